// SPDX-License-Identifier: Apache-2.0
// The bytes of a connection, as the server reads them. However they are cut into pieces, the same
// requests come out; and what comes out satisfies what the parser promises.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/parser.h"

namespace {

using cambist::http::Limits;
using cambist::http::ParseState;
using cambist::http::RequestParser;

void require(bool holds) {
    if (!holds) __builtin_trap();
}

void check_promises(const RequestParser& parser, const Limits& limits) {
    const auto& request = parser.request();
    require(request.path() == "*" || request.path().starts_with('/'));
    require(request.path().find_first_of("?# ") == std::string_view::npos);
    require(request.count("Host") <= 1);
    require(request.count("Content-Length") <= 1);
    require(request.count("Transfer-Encoding") == 0);
    require(request.header_count() <= limits.header_count);
    require(request.body().size() <= limits.body_bytes);
    for (std::size_t i = 0; i < request.header_count(); ++i) {
        const auto [name, value] = request.header_at(i);
        constexpr std::string_view kBreakers("\r\n\0", 3);
        require(!name.empty() && name.find_first_of(": \t") == std::string_view::npos);
        require(value.find_first_of(kBreakers) == std::string_view::npos);
    }
}

// All requests in `bytes`, fed `step` bytes at a time; every part of each is in the text.
std::string read_all(std::string_view bytes, std::size_t step) {
    const Limits limits{512, 8, 256};
    RequestParser parser(limits);
    std::string seen;
    while (!bytes.empty() && parser.state() != ParseState::kRefused) {
        const auto used = parser.feed(bytes.substr(0, step));
        require(used > 0 && used <= bytes.size());
        bytes.remove_prefix(used);
        if (parser.state() != ParseState::kComplete) continue;
        check_promises(parser, limits);
        const auto& request = parser.request();
        seen += std::string(request.method()) + " " + std::string(request.path()) + "?" +
                std::string(request.query().value_or("-")) + "\n";
        for (std::size_t i = 0; i < request.header_count(); ++i)
            seen += std::string(request.header_at(i).first) + "=" +
                    std::string(request.header_at(i).second) + "\n";
        seen += request.body() + (parser.keeps_alive() ? " stays\n" : " ends\n");
        parser.reset();
    }
    return seen + std::to_string(parser.refusal().status);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = read_all(bytes, size + 1);
    require(read_all(bytes, 1) == whole);
    require(read_all(bytes, 7) == whole);
    return 0;
}
