// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/writer.h"
#include "json/yaml.h"

namespace cambist::json {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLongestPlain = 120;
// A key that stands before its colon has an end within 1024 characters (YAML 1.2, 7.4.2); longer
// ones are marked as keys.
constexpr std::size_t kLongestSimpleKey = 1000;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_plain_char(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') ||
           std::string_view("_./@+-").find(c) != std::string_view::npos;
}

// Words that readers of one version of YAML or another take for something else than text.
bool is_reserved(std::string_view text) {
    static constexpr std::array<std::string_view, 10> kWords{"true", "false", "null", "yes", "no",
                                                             "on",   "off",   "y",    "n",   "nan"};
    return std::ranges::find(kWords, to_lower_ascii(text)) != kWords.end();
}

// Text that is the same without quotes, to any reader. All else is quoted as in JSON, which
// YAML 1.2 takes over.
bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= kLongestPlain &&
           (is_letter(text.front()) || text.front() == '/') &&
           std::ranges::all_of(text, is_plain_char) && !is_reserved(text);
}

void append_scalar(std::string& out, std::string_view text) {
    if (is_plain(text))
        out += text;
    else
        append_string(out, text);
}

bool is_block(const Value& value) {
    return (value.is_object() && !value.as_object().empty()) ||
           (value.is_array() && !value.as_array().empty());
}

void append_block(std::string& out, const Value& value, std::size_t indent, bool is_inline);

// Behind "key:" or "-".
void append_value(std::string& out, const Value& value, std::size_t indent, bool in_list) {
    if (is_block(value)) {
        // The first line of what stands in a list begins behind its dash.
        if (!in_list) out += '\n';
        return append_block(out, value, indent + kIndent, in_list);
    }
    if (!in_list) out += ' ';
    if (const auto* text = value.if_string())
        append_scalar(out, *text);
    else
        out += value.to_text();
    out += '\n';
}

void append_key(std::string& out, std::string_view key, std::size_t indent) {
    std::string written;
    append_scalar(written, key);
    if (written.size() > kLongestSimpleKey) {
        out += "? " + written + '\n';
        out.append(indent, ' ');
    } else {
        out += written;
    }
    out += ':';
}

void append_block(std::string& out, const Value& value, std::size_t indent, bool is_inline) {
    const auto begin_line = [&] {
        if (!is_inline) out.append(indent, ' ');
        is_inline = false;
    };
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            begin_line();
            append_key(out, member.key, indent);
            append_value(out, member.value, indent, false);
        }
        return;
    }
    for (const auto& element : value.as_array()) {
        begin_line();
        out += "- ";
        append_value(out, element, indent, true);
    }
}

}  // namespace

std::string to_yaml(const Value& value) {
    std::string out;
    if (is_block(value))
        append_block(out, value, 0, false);
    else
        append_value(out, value, 0, true);
    return out;
}

}  // namespace cambist::json
