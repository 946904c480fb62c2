// SPDX-License-Identifier: Apache-2.0
#include "json/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"

namespace cambist::json {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

bool is_null_word(std::string_view text) {
    return is_one_of(text, {"", "~", "null", "Null", "NULL"});
}

std::optional<bool> bool_word(std::string_view text) {
    if (is_one_of(text, {"true", "True", "TRUE"})) return true;
    if (is_one_of(text, {"false", "False", "FALSE"})) return false;
    return std::nullopt;
}

std::string_view without_sign(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return text;
}

// The base of an integer of the core schema; 0 when it is none.
int integer_base(std::string_view text) {
    const auto all = [](std::string_view digits, auto is) {
        return !digits.empty() && std::ranges::all_of(digits, is);
    };
    if (text.starts_with("0o"))
        return all(text.substr(2), [](char c) { return c >= '0' && c <= '7'; }) ? 8 : 0;
    if (text.starts_with("0x"))
        return all(text.substr(2),
                   [](char c) {
                       return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
                   })
                   ? 16
                   : 0;
    return all(without_sign(text), is_digit) ? 10 : 0;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
    text = without_sign(text);
    const auto eat_digits = [&] {
        const auto count =
            static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
        text.remove_prefix(count);
        return count;
    };
    auto digits = eat_digits();
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        digits += eat_digits();
    }
    if (digits == 0) return false;
    if (text.starts_with('e') || text.starts_with('E')) {
        text = without_sign(text.substr(1));
        if (eat_digits() == 0) return false;
    }
    return text.empty();
}

bool is_not_finite(std::string_view text) {
    return is_one_of(without_sign(text), {".inf", ".Inf", ".INF"}) ||
           is_one_of(text, {".nan", ".NaN", ".NAN"});
}

Result<Value> to_integer(std::string_view text, int base) {
    std::string_view digits = text;
    if (base != 10) digits.remove_prefix(2);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t number = 0;
    const auto end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
    if (error != std::errc() || stop != end)
        return fail(ErrorCode::kParse, "an integer is too large to be kept exactly");
    return Value(number);
}

Result<Value> to_float(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double number = 0;
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || !std::isfinite(number))
        return fail(ErrorCode::kParse, "a number is too large or too small");
    return Value(number);
}

Result<Value> resolve_plain(const std::string& text) {
    if (is_null_word(text)) return Value();
    if (const auto flag = bool_word(text)) return Value(*flag);
    if (const int base = integer_base(text); base != 0) return to_integer(text, base);
    if (is_float(text)) return to_float(text);
    if (is_not_finite(text)) return fail(ErrorCode::kParse, "a number must be finite");
    return Value(text);
}

}  // namespace

Result<Value> resolve_yaml_scalar(const std::string& text, std::string_view tag) {
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "?") return resolve_plain(text);
    if (tag == "!") return Value(text);
    const auto name = tag.starts_with(kCore) ? tag.substr(kCore.size()) : std::string_view{};
    if (name == "str") return Value(text);
    if (!is_one_of(name, {"null", "bool", "int", "float"}))
        return fail(ErrorCode::kParse, "the tag " + printable(tag, 80) + " is not supported");
    CAMBIST_TRY(auto value, resolve_plain(text));
    if (name == "float" && value.is_int64()) return Value(value.as_double());
    const bool good = (name == "null" && value.is_null()) || (name == "bool" && value.is_bool()) ||
                      (name == "int" && value.is_int64()) || (name == "float" && value.is_double());
    if (!good) return fail(ErrorCode::kParse, "the text does not fit its tag");
    return value;
}

}  // namespace cambist::json
