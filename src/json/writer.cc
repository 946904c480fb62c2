// SPDX-License-Identifier: Apache-2.0
#include "json/writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/plain_run.h"
#include "base/result.h"

namespace cambist::json {

namespace {

// What follows the backslash: 0 when the character needs none, 'u' when it needs \u00XX.
constexpr std::array<char, 256> make_escapes() {
    std::array<char, 256> escapes{};
    for (std::size_t c = 0; c < 0x20; ++c) escapes.at(c) = 'u';
    escapes['\b'] = 'b';
    escapes['\f'] = 'f';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    return escapes;
}
constexpr auto kEscapes = make_escapes();

}  // namespace

void append_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t from = 0;
    for (std::size_t i = plain_run(text); i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const char escape = kEscapes[byte];
        if (escape == 0) continue;
        out.append(text, from, i - from);
        from = i + 1;
        out += '\\';
        out += escape;
        if (escape == 'u') {
            constexpr std::string_view kDigits = "0123456789abcdef";
            out += "00";
            out += kDigits[byte >> 4U];
            out += kDigits[byte & 15U];
        }
    }
    out.append(text, from, text.size() - from);
    out += '"';
}

void Writer::before_value() {
    if (objects_[depth_]) {
        CAMBIST_ASSERT(after_key_);
        after_key_ = false;
    } else if (has_items_) {
        CAMBIST_ASSERT(depth_ > 0);
        out_ += ',';
    }
    has_items_ = true;
}

void Writer::open(char bracket, bool object) {
    before_value();
    CAMBIST_ASSERT(depth_ < kMaxDepth);
    ++depth_;
    objects_[depth_] = object;
    has_items_ = false;
    out_ += bracket;
}

void Writer::close(char bracket, bool object) {
    CAMBIST_ASSERT(depth_ > 0 && objects_[depth_] == object && !after_key_);
    --depth_;
    has_items_ = true;
    out_ += bracket;
}

Writer& Writer::begin_object() {
    open('{', true);
    return *this;
}

Writer& Writer::end_object() {
    close('}', true);
    return *this;
}

Writer& Writer::begin_array() {
    open('[', false);
    return *this;
}

Writer& Writer::end_array() {
    close(']', false);
    return *this;
}

Writer& Writer::key(std::string_view name) {
    CAMBIST_ASSERT(objects_[depth_] && !after_key_);
    if (has_items_) out_ += ',';
    append_string(out_, name);
    out_ += ':';
    has_items_ = true;
    after_key_ = true;
    return *this;
}

Writer& Writer::string(std::string_view text) {
    before_value();
    append_string(out_, text);
    return *this;
}

Writer& Writer::int64(std::int64_t number) {
    before_value();
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out_.append(digits.data(), end);
    return *this;
}

Writer& Writer::number(double number) {
    CAMBIST_ASSERT(std::isfinite(number));
    before_value();
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    const std::string_view text(digits.data(), end);
    out_ += text;
    // A double stays one when read again.
    if (text.find_first_of(".e") == std::string_view::npos) out_ += ".0";
    return *this;
}

Writer& Writer::boolean(bool value) {
    before_value();
    out_ += value ? "true" : "false";
    return *this;
}

Writer& Writer::null() {
    before_value();
    out_ += "null";
    return *this;
}

Writer& Writer::raw(std::string_view json) {
    CAMBIST_ASSERT(!json.empty());
    before_value();
    out_ += json;
    return *this;
}

Writer& Writer::value(const Value& value) {
    switch (value.kind()) {
        case Kind::kNull:
            return null();
        case Kind::kBool:
            return boolean(value.as_bool());
        case Kind::kInt64:
            return int64(value.as_int64());
        case Kind::kDouble:
            return number(value.as_double());
        case Kind::kString:
            return string(value.as_string());
        case Kind::kArray:
            begin_array();
            for (const auto& item : value.as_array()) this->value(item);
            return end_array();
        case Kind::kObject:
            begin_object();
            for (const auto& member : value.as_object()) key(member.key).value(member.value);
            return end_object();
    }
    std::abort();
}

}  // namespace cambist::json
