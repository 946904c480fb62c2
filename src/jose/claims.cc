// SPDX-License-Identifier: Apache-2.0
#include "jose/claims.h"

#include <cmath>

#include "base/text.h"
#include "json/parse.h"

namespace cambist::jose {

namespace {

constexpr std::int64_t kEndOfYear9999 = 253'402'300'799;

std::unexpected<Error> wrong(std::string_view name, std::string_view expected) {
    return fail(ErrorCode::kTokenClaims,
                "the claim " + std::string(name) + " must be " + std::string(expected));
}

std::unexpected<Error> missing(std::string_view name) {
    return fail(ErrorCode::kTokenClaims, "the claim " + std::string(name) + " is missing");
}

}  // namespace

Result<json::Value> parse_claims(std::string_view payload) {
    auto claims = json::parse(payload, {}, json::Positions::kNone);
    if (!claims)
        return fail(ErrorCode::kTokenMalformed,
                    "the claims are no strict JSON: " + claims.error().hint);
    if (!claims->is_object())
        return fail(ErrorCode::kTokenMalformed, "the claims must be an object");
    return claims;
}

Result<std::optional<std::string>> string_claim(const json::Value& claims, std::string_view name) {
    const auto* value = claims.find(name);
    if (value == nullptr) return std::nullopt;
    const auto* text = value->if_string();
    if (text == nullptr) return wrong(name, "a string");
    return *text;
}

Result<std::optional<bool>> bool_claim(const json::Value& claims, std::string_view name) {
    const auto* value = claims.find(name);
    if (value == nullptr) return std::nullopt;
    const auto flag = value->if_bool();
    if (!flag) return wrong(name, "true or false");
    return flag;
}

Result<std::optional<TimePoint>> date_claim(const json::Value& claims, std::string_view name) {
    constexpr std::string_view kExpected = "a time in seconds since 1970";
    const auto* value = claims.find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) return wrong(name, kExpected);
    if (const auto whole = value->if_int64()) {
        if (*whole < 0 || *whole > kEndOfYear9999) return wrong(name, kExpected);
        return from_unix(*whole);
    }
    const double seconds = value->as_double();
    if (!(seconds >= 0 && seconds <= static_cast<double>(kEndOfYear9999)))
        return wrong(name, kExpected);
    const double whole = std::floor(seconds);
    const auto fraction = std::chrono::microseconds(
        static_cast<std::int64_t>(std::floor((seconds - whole) * 1'000'000)));
    return from_unix(static_cast<std::int64_t>(whole)) + fraction;
}

Result<std::vector<std::string>> strings_claim(const json::Value& claims, std::string_view name) {
    constexpr std::string_view kExpected = "a string or an array of strings";
    const auto* value = claims.find(name);
    if (value == nullptr) return std::vector<std::string>{};
    if (const auto* text = value->if_string()) return std::vector<std::string>{*text};
    const auto* list = value->if_array();
    if (list == nullptr || list->empty()) return wrong(name, kExpected);
    std::vector<std::string> strings;
    strings.reserve(list->size());
    for (const auto& item : *list) {
        const auto* text = item.if_string();
        if (text == nullptr) return wrong(name, kExpected);
        strings.push_back(*text);
    }
    return strings;
}

Result<std::string> required_string(const json::Value& claims, std::string_view name) {
    CAMBIST_TRY(auto text, string_claim(claims, name));
    if (!text) return missing(name);
    if (text->empty()) return wrong(name, "a string that is not empty");
    return *std::move(text);
}

Result<TimePoint> required_date(const json::Value& claims, std::string_view name) {
    CAMBIST_TRY(const auto date, date_claim(claims, name));
    if (!date) return missing(name);
    return *date;
}

Result<std::vector<std::string>> scope_claim(const json::Value& claims, std::string_view name) {
    CAMBIST_TRY(const auto text, string_claim(claims, name));
    if (!text || text->empty()) return std::vector<std::string>{};
    auto scopes = parse_scope(*text);
    if (!scopes) return wrong(name, "scopes with one space between them");
    return *std::move(scopes);
}

}  // namespace cambist::jose
