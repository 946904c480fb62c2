// SPDX-License-Identifier: Apache-2.0
#include "http/head_rules.h"

#include <algorithm>
#include <charconv>

#include "http/text.h"

namespace cambist::http {

namespace {

struct Framing {
    Refusal refusal;
    std::size_t size = 0;
};

// RFC 9112 section 6.3, without what is optional: a body has exactly one Content-Length.
Framing check_framing(const Request& request, const Limits& limits) {
    if (request.count("Transfer-Encoding") > 0)
        return {{400, "Transfer-Encoding is not accepted; send Content-Length."}, 0};
    const auto lengths = request.headers("Content-Length");
    if (lengths.empty()) return {};
    if (lengths.size() > 1) return {{400, "There is more than one Content-Length."}, 0};
    const auto text = lengths.front();
    constexpr std::size_t kMaxDigits = 18;
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return {{400, "Content-Length is not a number."}, 0};
    std::size_t size = 0;
    if (text.size() <= kMaxDigits) std::from_chars(text.data(), text.data() + text.size(), size);
    if (text.size() > kMaxDigits || size > limits.body_bytes)
        return {{413, "The body is too large."}, 0};
    return {{}, size};
}

// RFC 9112 section 3.2: exactly one Host, and one that could be a host.
Refusal check_host(const Request& request, bool http11) {
    const auto hosts = request.headers("Host");
    if (hosts.size() > 1) return {400, "There is more than one Host."};
    if (hosts.empty()) return http11 ? Refusal{400, "There is no Host."} : Refusal{};
    if (hosts.front().find_first_of(" \t,/?#@\\") != std::string_view::npos)
        return {400, "Host is malformed."};
    return {};
}

bool is_visible_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// Where the path of an absolute-form target begins; npos for another form.
std::size_t authority_begin(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (same_name(target.substr(0, scheme.size()), scheme)) return scheme.size();
    return std::string_view::npos;
}

}  // namespace

HeadFacts check_head(const Request& request, bool http11, const Limits& limits) {
    HeadFacts facts;
    const auto framing = check_framing(request, limits);
    facts.refusal = framing.refusal;
    facts.body_size = framing.size;
    if (!facts.refusal) facts.refusal = check_host(request, http11);
    // Keep-alive of HTTP/1.0 is a hop-by-hop invention that old proxies pass on without knowing it.
    facts.keeps_alive = http11;
    for (std::size_t i = 0; i < request.header_count(); ++i) {
        const auto [name, value] = request.header_at(i);
        if (same_name(name, "Connection") && lists_token(value, "close")) facts.keeps_alive = false;
        if (!same_name(name, "Expect") || !http11) continue;
        if (!same_name(value, "100-continue") && !facts.refusal)
            facts.refusal = {417, "The expectation is unknown."};
        facts.expects_continue = true;
    }
    return facts;
}

std::string_view target_authority(std::string_view head, HeadSpan span) {
    const auto target = head.substr(span.begin, span.size);
    const auto begin = authority_begin(target);
    if (begin == std::string_view::npos) return {};
    const auto end = target.find_first_of("/?", begin);
    return target.substr(begin, end == std::string_view::npos ? end : end - begin);
}

Refusal split_target(std::string_view head, HeadSpan span, HeadLayout& layout) {
    const auto target = head.substr(span.begin, span.size);
    const auto method = head.substr(layout.method.begin, layout.method.size);
    if (!is_visible_ascii(target) || target.find('#') != std::string_view::npos)
        return {400, "The request target is malformed."};
    std::size_t begin = 0;
    if (const auto authority = authority_begin(target); authority != std::string_view::npos) {
        begin = std::min(target.find_first_of("/?", authority), target.size());
        // "http://host" and "http://host?query" have an empty path; no route of ours is empty.
        if (begin == target.size() || target[begin] != '/')
            return {400, "The request target has no path."};
    } else if (target == "*" ? method != "OPTIONS" : !target.starts_with('/')) {
        return {400, "The request target is malformed."};
    }
    const auto span_of = [&](std::size_t from, std::size_t to) {
        return HeadSpan{span.begin + static_cast<std::uint32_t>(from),
                        static_cast<std::uint32_t>(to - from)};
    };
    const auto mark = std::min(target.find('?', begin), target.size());
    layout.path = span_of(begin, mark);
    layout.has_query = mark < target.size();
    layout.query = layout.has_query ? span_of(mark + 1, target.size()) : HeadSpan{};
    return {};
}

}  // namespace cambist::http
