// SPDX-License-Identifier: Apache-2.0
#include "model/uri.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace cambist {

std::optional<std::string> normalised_url(std::string_view text) {
    constexpr std::size_t kMaxUrl = 2048;
    if (text.size() > kMaxUrl) return std::nullopt;
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || parsed->has_userinfo() || parsed->encoded_host().empty()) return std::nullopt;
    boost::urls::url url(*parsed);
    url.remove_query();
    url.remove_fragment();
    url.normalize();
    const std::string_view scheme = url.scheme();
    if (scheme != "https" && scheme != "http") return std::nullopt;
    const std::string_view port = url.port();
    if (url.has_port() && (port.empty() || port == (scheme == "https" ? "443" : "80")))
        url.remove_port();
    if (url.encoded_path().empty()) url.set_path_absolute(true);
    return std::string(url.buffer());
}

}  // namespace cambist
