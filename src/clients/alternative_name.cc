// SPDX-License-Identifier: Apache-2.0
#include "clients/alternative_name.h"

#include <array>
#include <utility>

namespace cambist::clients {

std::optional<RegisteredName> find_registered_name(const Client& client) {
    using Kind = crypto::AlternativeName::Kind;
    static constexpr std::array<std::pair<std::string_view, Kind>, 4> kAttributes{
        {{"cambist.x509.san.dns", Kind::kDns},
         {"cambist.x509.san.uri", Kind::kUri},
         {"cambist.x509.san.ip", Kind::kIp},
         {"cambist.x509.san.email", Kind::kEmail}}};
    for (const auto& [attribute, kind] : kAttributes) {
        const auto found = client.attributes.find(std::string(attribute));
        if (found != client.attributes.end() && !found->second.empty())
            return RegisteredName{kind, attribute, &found->second};
    }
    return std::nullopt;
}

}  // namespace cambist::clients
