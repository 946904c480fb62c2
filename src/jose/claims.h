// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "json/value.h"

namespace cambist::jose {

// The claims of a JWT (RFC 7519 section 4): a JSON object, read strictly, without positions. Fails
// with kTokenMalformed.
Result<json::Value> parse_claims(std::string_view payload);

// A claim in the form it must have: absent is nothing, another form is kTokenClaims with the
// claim's name in the hint. `null` is another form.
Result<std::optional<std::string>> string_claim(const json::Value& claims, std::string_view name);
Result<std::optional<bool>> bool_claim(const json::Value& claims, std::string_view name);
// NumericDate (RFC 7519 section 2): a number from 0 to the end of the year 9999; a fraction counts.
Result<std::optional<TimePoint>> date_claim(const json::Value& claims, std::string_view name);
// A string or an array of strings, as `aud` (RFC 7519 section 4.1.3); absent is empty. An empty
// array is another form.
Result<std::vector<std::string>> strings_claim(const json::Value& claims, std::string_view name);
// A claim that must be there.
Result<std::string> required_string(const json::Value& claims, std::string_view name);
Result<TimePoint> required_date(const json::Value& claims, std::string_view name);
// Strings separated by one space (`scope`, RFC 6749 section 3.3); absent is empty.
Result<std::vector<std::string>> scope_claim(const json::Value& claims, std::string_view name);

}  // namespace cambist::jose
