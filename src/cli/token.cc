// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "cli/commands.h"
#include "tokens/inspect.h"

namespace cambist::cli {
namespace {

std::string read_token(const std::string& token) {
    std::string text = token;
    if (token == "-")
        text.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
    return std::string(trim(text));
}

// One thing that a resource server looks at.
struct Check {
    std::string_view what;
    bool passed = true;
    std::string presented;
    std::string expected;
};

bool has(const std::vector<std::string>& all, std::string_view one) {
    return std::ranges::find(all, one) != all.end();
}

std::string text_of(const json::Value& object, std::string_view name) {
    const auto* text = object.find_string(name);
    return text == nullptr ? std::string() : *text;
}

std::optional<std::int64_t> number_of(const json::Value& object, std::string_view name) {
    const auto* found = object.find(name);
    return found == nullptr ? std::nullopt : found->if_int64();
}

// `aud` is a text or a list of texts.
std::vector<std::string> audiences_of(const json::Value& claims) {
    const auto* found = claims.find("aud");
    std::vector<std::string> all;
    if (found == nullptr) return all;
    if (found->kind() == json::Kind::kString) return {found->as_string()};
    if (found->kind() != json::Kind::kArray) return all;
    for (const auto& one : found->as_array())
        if (one.kind() == json::Kind::kString) all.push_back(one.as_string());
    return all;
}

// RFC 9068 section 4: the prefix may be left out, and the case does not matter.
std::string plain_type(const std::string& type) {
    const auto lower = to_lower_ascii(type);
    constexpr std::string_view kPrefix = "application/";
    return lower.starts_with(kPrefix) ? lower.substr(kPrefix.size()) : lower;
}

std::vector<Check> check_times(const json::Value& claims, std::int64_t now) {
    std::vector<Check> checks;
    const auto expires = number_of(claims, "exp");
    checks.push_back({"expiry", expires && *expires > now,
                      expires ? to_iso8601(from_unix(*expires)) : "",
                      "later than " + to_iso8601(from_unix(now))});
    if (const auto begins = number_of(claims, "nbf"))
        checks.push_back({"not before", *begins <= now, to_iso8601(from_unix(*begins)),
                          "not later than " + to_iso8601(from_unix(now))});
    return checks;
}

std::vector<Check> check_all(const tokens::Inspection& token, const CheckOptions& wish,
                             std::int64_t now) {
    auto checks = check_times(token.claims, now);
    const auto issuer = text_of(token.claims, "iss");
    if (!wish.issuer.empty())
        checks.push_back({"issuer", issuer == wish.issuer, issuer, wish.issuer});
    const auto audiences = audiences_of(token.claims);
    if (!wish.audiences.empty())
        checks.push_back({"audience",
                          std::ranges::any_of(
                              audiences, [&](const auto& one) { return has(wish.audiences, one); }),
                          join(audiences, ", "), join(wish.audiences, " or ")});
    const auto type = text_of(token.header, "typ");
    if (!wish.type.empty())
        checks.push_back({"type", plain_type(type) == plain_type(wish.type), type, wish.type});
    const auto algorithm = text_of(token.header, "alg");
    if (!wish.algorithms.empty())
        checks.push_back({"algorithm", has(wish.algorithms, algorithm), algorithm,
                          join(wish.algorithms, " or ")});
    const auto scope = text_of(token.claims, "scope");
    const auto scopes = split(scope, ' ');
    for (const auto& one : wish.scopes)
        checks.push_back({"scope", std::ranges::find(scopes, one) != scopes.end(), scope, one});
    return checks;
}

void print_checks(const std::vector<Check>& checks) {
    for (const auto& check : checks) {
        const auto presented =
            check.presented.empty() ? "the token has none" : printable(check.presented, 200);
        fmt::print(
            "{} {:<11}{}\n", check.passed ? "\u2713" : "\u2717", check.what,
            check.passed ? presented : presented + ", expected " + printable(check.expected, 200));
    }
    fmt::print("The signature was not looked at.\n");
}

void print_checks_as_json(const std::vector<Check>& checks, bool taken) {
    auto list = json::Value::array();
    for (const auto& check : checks) {
        auto one = json::Value::object();
        one.set("what", check.what).set("passed", check.passed);
        list.push(one.set("presented", check.presented).set("expected", check.expected));
    }
    auto out = json::Value::object();
    fmt::print("{}\n", out.set("taken", taken).set("checks", std::move(list)).to_pretty_text());
}

}  // namespace

int inspect_token(const std::string& token, bool json) {
    const auto inspection = tokens::inspect(read_token(token), SystemClock().now());
    fmt::print("{}\n",
               json ? tokens::to_json(inspection).to_pretty_text() : tokens::to_text(inspection));
    return kDone;
}

int check_token(const CheckOptions& options) {
    const auto text = read_token(options.token);
    const auto now = SystemClock().now();
    const auto inspection = tokens::inspect(text, now);
    if (inspection.claims.is_null()) {
        fmt::print(stderr, "cambist: this is {}, not a JWT; ask the introspection endpoint\n",
                   tokens::describe_shape(text));
        return kRefused;
    }
    const auto checks = check_all(inspection, options, to_unix(now));
    const bool taken = std::ranges::all_of(checks, &Check::passed);
    options.json ? print_checks_as_json(checks, taken) : print_checks(checks);
    return taken ? kDone : kRefused;
}

}  // namespace cambist::cli
