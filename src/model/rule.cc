// SPDX-License-Identifier: Apache-2.0
#include "model/rule.h"

#include <cstdlib>

namespace cambist {

std::string_view name_of(Mode mode) {
    switch (mode) {
        case Mode::kSameSubject:
            return "same-subject";
        case Mode::kDelegation:
            return "delegation";
        case Mode::kSwitchSubject:
            return "switch-subject";
    }
    std::abort();
}

std::string_view name_of(Binding binding) {
    switch (binding) {
        case Binding::kAudience:
            return "audience";
        case Binding::kHolder:
            return "azp";
        case Binding::kAudienceOrHolder:
            return "audience-or-azp";
        case Binding::kAny:
            return "any";
        case Binding::kDeviceSecret:
            return "device-secret";
    }
    std::abort();
}

}  // namespace cambist
