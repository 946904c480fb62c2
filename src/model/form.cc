// SPDX-License-Identifier: Apache-2.0
#include "model/form.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"
#include "model/uri.h"

namespace cambist {

namespace {

// Generous for a token request, and a bound on the work of find_repeated().
constexpr std::size_t kMaxFields = 256;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '*';
}

enum class FormByte : std::uint8_t { kPlain, kBeyond, kCoded, kRefused };
constexpr std::array<FormByte, 256> make_form_bytes() {
    std::array<FormByte, 256> bytes{};
    for (std::size_t c = 0; c < 0x20; ++c) bytes.at(c) = FormByte::kRefused;
    bytes[0x7f] = FormByte::kRefused;
    for (std::size_t c = 0x80; c < bytes.size(); ++c) bytes.at(c) = FormByte::kBeyond;
    bytes['+'] = bytes['%'] = FormByte::kCoded;
    return bytes;
}
constexpr auto kFormBytes = make_form_bytes();

// How many bytes from `from` on stand for themselves; tokens are nothing else.
std::size_t plain_run(std::string_view text, std::size_t from) {
    const auto* const begin = text.data() + from;
    const auto* const end = text.data() + text.size();
    const auto* at = begin;
    while (at != end && kFormBytes[static_cast<unsigned char>(*at)] == FormByte::kPlain) ++at;
    return static_cast<std::size_t>(at - begin);
}

}  // namespace

std::optional<std::string> form_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool is_ascii = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto run = plain_run(text, i);
        out.append(text, i, run);
        i += run;
        if (i == text.size()) break;
        char c = text[i];
        if (kFormBytes[static_cast<unsigned char>(c)] == FormByte::kRefused) return std::nullopt;
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return std::nullopt;
        is_ascii = is_ascii && static_cast<unsigned char>(c) < 0x80;
        out.push_back(c);
    }
    if (!is_ascii && !is_valid_utf8(out)) return std::nullopt;
    return out;
}

std::string form_encode(std::string_view text) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else if (c == ' ') {
            out.push_back('+');
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kDigits[byte >> 4U]);
            out.push_back(kDigits[byte & 0x0fU]);
        }
    }
    return out;
}

Result<Form> Form::parse(std::string_view body) {
    Form form;
    while (!body.empty()) {
        const auto end = std::min(body.find('&'), body.size());
        const auto field = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (field.empty()) continue;
        if (form.fields_.size() == kMaxFields)
            return fail(ErrorCode::kMalformedRequest, "the body has too many parameters");
        const auto equals = std::min(field.find('='), field.size());
        auto name = form_decode(field.substr(0, equals));
        auto value = form_decode(field.substr(std::min(equals + 1, field.size())));
        const auto number = std::to_string(form.fields_.size() + 1);
        if (!name || !value)
            return fail(ErrorCode::kMalformedRequest,
                        "parameter " + number +
                            " of the body is not form-encoded UTF-8 (a character must be escaped "
                            "as %XX; NUL and control characters are refused)");
        if (name->empty())
            return fail(ErrorCode::kMalformedRequest,
                        "parameter " + number + " of the body has no name");
        form.fields_.emplace_back(*std::move(name), *std::move(value));
    }
    return form;
}

std::optional<std::string_view> Form::find(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (key == name && !value.empty()) return value;
    }
    return std::nullopt;
}

std::vector<std::string_view> Form::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : fields_) {
        if (key == name && !value.empty()) values.emplace_back(value);
    }
    return values;
}

bool Form::has_empty(std::string_view name) const {
    return std::ranges::any_of(
        fields_, [&](const auto& field) { return field.first == name && field.second.empty(); });
}

std::optional<std::string_view> Form::find_repeated(
    const std::vector<std::string_view>& repeatable) const {
    for (std::size_t i = 1; i < fields_.size(); ++i) {
        const std::string_view name = fields_[i].first;
        if (std::ranges::find(repeatable, name) != repeatable.end()) continue;
        for (std::size_t before = 0; before < i; ++before) {
            if (fields_[before].first == name) return name;
        }
    }
    return std::nullopt;
}

bool is_resource_uri(std::string_view text) { return is_absolute_uri(text); }

}  // namespace cambist
