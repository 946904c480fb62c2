// SPDX-License-Identifier: Apache-2.0
#include "model/uri.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace cambist {
namespace {

// Boost 1.81 ends an authority where a port, or a host of four numbers, ends, and takes the rest
// for a path: of https://host:443.example/ it makes the host "host" and the path ".example/".
bool is_cut_right(const boost::urls::url_view& url) {
    const std::string_view path = url.encoded_path();
    return !url.has_authority() || path.empty() || path.starts_with('/');
}

}  // namespace

bool is_absolute_uri(std::string_view text) {
    const auto uri = boost::urls::parse_uri(text);
    if (!uri || uri->has_fragment()) return false;
    // 10.0.0.1.example is a name all the same; nothing stands behind a port.
    return is_cut_right(*uri) || !uri->has_port();
}

std::optional<std::string> normalised_url(std::string_view text) {
    constexpr std::size_t kMaxUrl = 2048;
    if (text.size() > kMaxUrl) return std::nullopt;
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || parsed->has_userinfo() || parsed->encoded_host().empty() ||
        !is_cut_right(*parsed))
        return std::nullopt;
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
