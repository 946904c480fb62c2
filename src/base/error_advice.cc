// SPDX-License-Identifier: Apache-2.0
#include "base/error_advice.h"

namespace cambist {

// NOLINTNEXTLINE(readability-function-size): one row for each code
std::string_view advice_for(ErrorCode code) {
    switch (code) {
#define CAMBIST_ADVICE(name, text) \
    case ErrorCode::name:          \
        return text;
#include "base/error_advice.def"
#undef CAMBIST_ADVICE
        default:
            return {};
    }
}

}  // namespace cambist
