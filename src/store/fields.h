// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

// Members of stored JSON objects. A member that holds its default is not written, and one that is
// missing leaves the default.
namespace cambist::store {

// As Writer::string(), for text that may hold bytes that are no UTF-8: they become U+FFFD.
inline void write_text(json::Writer& writer, std::string_view text) {
    if (is_valid_utf8(text)) {
        writer.string(text);
        return;
    }
    std::string quoted;
    append_json_string(quoted, text);
    writer.raw(quoted);
}

inline void write_field(json::Writer& writer, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    writer.key(name);
    write_text(writer, text);
}
inline void write_field(json::Writer& writer, std::string_view name, std::int64_t number) {
    if (number != 0) writer.member(name, number);
}
inline void write_flag(json::Writer& writer, std::string_view name, bool flag) {
    if (flag) writer.member(name, flag);
}
inline void write_list(json::Writer& writer, std::string_view name,
                       const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    writer.key(name).begin_array();
    for (const auto& text : texts) write_text(writer, text);
    writer.end_array();
}

// Reads the members of one object; a member of the wrong kind makes it `broken`.
class FieldReader {
  public:
    explicit FieldReader(const json::Value& object) : object_(object) {}
    // The member when it is there and has this kind; else null.
    const json::Value* find(std::string_view name, json::Kind kind) {
        const json::Value* value = object_.find(name);
        if (value == nullptr) return nullptr;
        if (value->kind() == kind) return value;
        broken_ = true;
        return nullptr;
    }
    std::string text(std::string_view name) {
        const auto* value = find(name, json::Kind::kString);
        return value != nullptr ? value->as_string() : std::string();
    }
    std::int64_t number(std::string_view name) {
        const auto* value = find(name, json::Kind::kInt64);
        return value != nullptr ? value->as_int64() : 0;
    }
    bool flag(std::string_view name) {
        const auto* value = find(name, json::Kind::kBool);
        return value != nullptr && value->as_bool();
    }
    // For flags whose absence would permit more.
    bool required_flag(std::string_view name) {
        if (object_.find(name) == nullptr) broken_ = true;
        return flag(name);
    }
    std::vector<std::string> list(std::string_view name) {
        std::vector<std::string> texts;
        const auto* value = find(name, json::Kind::kArray);
        if (value == nullptr) return texts;
        for (const auto& element : value->as_array()) {
            const auto* text = element.if_string();
            if (text == nullptr) {
                broken_ = true;
                break;
            }
            texts.push_back(*text);
        }
        return texts;
    }
    void set_broken() { broken_ = true; }
    bool is_broken() const { return broken_; }

  private:
    const json::Value& object_;
    bool broken_ = false;
};

}  // namespace cambist::store
