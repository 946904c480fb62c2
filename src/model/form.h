// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cambist {

// The fields of an application/x-www-form-urlencoded body, in order. A parameter without a value is
// treated as omitted (RFC 6749 section 3.2), except that its presence stays visible to has_empty().
class Form {
  public:
    // Strict: %XX complete, `+` is a space, UTF-8, no NUL, bounded in fields; else
    // kMalformedRequest.
    static Result<Form> parse(std::string_view body);

    std::optional<std::string_view> find(std::string_view name) const;  // the first value
    std::vector<std::string_view> all(std::string_view name) const;
    bool has(std::string_view name) const { return find(name).has_value(); }
    // The parameter was sent, but with no value: for those whose emptiness must not pass as
    // absence.
    bool has_empty(std::string_view name) const;
    // The first name that occurs more than once and is not in `repeatable` (compared decoded).
    std::optional<std::string_view> find_repeated(
        const std::vector<std::string_view>& repeatable) const;
    const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// RFC 6749 appendix B: one half of client_secret_basic. Nothing when malformed.
std::optional<std::string> form_decode(std::string_view text);
std::string form_encode(std::string_view text);

// RFC 8707 section 2: an absolute URI without a fragment.
bool is_resource_uri(std::string_view text);

}  // namespace cambist
