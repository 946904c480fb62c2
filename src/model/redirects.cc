// SPDX-License-Identifier: Apache-2.0
#include "model/redirects.h"

#include <algorithm>
#include <string>

namespace cambist {

std::string_view host_of(std::string_view uri) {
    const auto scheme = uri.find("://");
    if (!uri.starts_with("http") || scheme == std::string_view::npos) return {};
    auto authority = uri.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.find(':'));
}

std::string_view sector_of(const Client& client) {
    std::string_view sector;
    for (const auto& uri : client.redirect_uris) {
        const auto host = host_of(uri.starts_with('/') ? client.root_url : uri);
        if (host.empty()) continue;
        if (!sector.empty() && host != sector) return {};
        sector = host;
    }
    return sector;
}

bool is_redirect_of(const Client& client, std::string_view uri) {
    return std::ranges::any_of(client.redirect_uris, [&](const std::string& registered) {
        std::string pattern =
            registered.starts_with('/') ? client.root_url + registered : registered;
        if (!pattern.ends_with('*')) return pattern == uri;
        pattern.pop_back();
        // What stands behind the star must not be able to move the host.
        return pattern.find('/', pattern.find("://") + 3) != std::string::npos &&
               uri.starts_with(pattern);
    });
}

}  // namespace cambist
