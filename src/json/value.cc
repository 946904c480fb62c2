// SPDX-License-Identifier: Apache-2.0
#include "json/value.h"

#include <algorithm>
#include <cstdlib>

#include "base/result.h"
#include "json/writer.h"

namespace cambist::json {

std::string describe(Position position) {
    if (position.line == 0) return "an unknown place";
    return "line " + std::to_string(position.line) + ", column " + std::to_string(position.column);
}

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::kNull:
            return "null";
        case Kind::kBool:
            return "a boolean";
        case Kind::kInt64:
            return "an integer";
        case Kind::kDouble:
            return "a number";
        case Kind::kString:
            return "a string";
        case Kind::kArray:
            return "an array";
        case Kind::kObject:
            return "an object";
    }
    std::abort();
}

Value Value::array() { return Value(Array{}); }
Value Value::object() { return Value(Object{}); }

void Value::require_fits(bool fits) { CAMBIST_ASSERT(fits); }

bool Value::as_bool() const {
    CAMBIST_ASSERT(is_bool());
    return std::get<bool>(data_);
}

std::int64_t Value::as_int64() const {
    CAMBIST_ASSERT(is_int64());
    return std::get<std::int64_t>(data_);
}

double Value::as_double() const {
    CAMBIST_ASSERT(is_number());
    if (is_int64()) return static_cast<double>(std::get<std::int64_t>(data_));
    return std::get<double>(data_);
}

const std::string& Value::as_string() const {
    CAMBIST_ASSERT(is_string());
    return std::get<std::string>(data_);
}

const Array& Value::as_array() const {
    CAMBIST_ASSERT(is_array());
    return std::get<Array>(data_);
}

Array& Value::as_array() {
    CAMBIST_ASSERT(is_array());
    return std::get<Array>(data_);
}

const Object& Value::as_object() const {
    CAMBIST_ASSERT(is_object());
    return std::get<Object>(data_);
}

Object& Value::as_object() {
    CAMBIST_ASSERT(is_object());
    return std::get<Object>(data_);
}

std::optional<bool> Value::if_bool() const {
    if (!is_bool()) return std::nullopt;
    return std::get<bool>(data_);
}

std::optional<std::int64_t> Value::if_int64() const {
    if (!is_int64()) return std::nullopt;
    return std::get<std::int64_t>(data_);
}

const Member* Value::find_member(std::string_view key) const {
    const auto* object = if_object();
    if (object == nullptr) return nullptr;
    for (const auto& member : *object) {
        if (member.key == key) return &member;
    }
    return nullptr;
}

const Value* Value::find(std::string_view key) const {
    const auto* member = find_member(key);
    return member == nullptr ? nullptr : &member->value;
}

Value* Value::find(std::string_view key) {
    auto* object = std::get_if<Object>(&data_);
    if (object == nullptr) return nullptr;
    for (auto& member : *object) {
        if (member.key == key) return &member.value;
    }
    return nullptr;
}

const std::string* Value::find_string(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? nullptr : value->if_string();
}

Value& Value::set(std::string key, Value value) {
    if (is_null()) data_ = Object{};
    if (auto* present = find(key)) {
        *present = std::move(value);
    } else {
        as_object().push_back(Member{std::move(key), std::move(value)});
    }
    return *this;
}

Value& Value::push(Value value) {
    if (is_null()) data_ = Array{};
    as_array().push_back(std::move(value));
    return *this;
}

bool Value::erase(std::string_view key) {
    auto* object = std::get_if<Object>(&data_);
    if (object == nullptr) return false;
    return std::erase_if(*object, [&](const Member& member) { return member.key == key; }) > 0;
}

std::string Value::to_text() const {
    std::string text;
    Writer(text).value(*this);
    return text;
}

namespace {

bool same_members(const Object& a, const Object& b) {
    if (a.size() != b.size()) return false;
    if (std::ranges::equal(a, b)) return true;
    const auto sorted = [](const Object& object) {
        std::vector<const Member*> members;
        members.reserve(object.size());
        for (const auto& member : object) members.push_back(&member);
        std::ranges::sort(members, {},
                          [](const Member* member) -> const std::string& { return member->key; });
        return members;
    };
    return std::ranges::equal(sorted(a), sorted(b),
                              [](const Member* x, const Member* y) { return *x == *y; });
}

void append_pretty(std::string& out, const Value& value, std::size_t indent) {
    const auto line = [&](std::size_t depth) { out.append("\n").append(depth * 2, ' '); };
    if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
        const char* before = "[";
        for (const auto& item : *array) {
            out += before;
            before = ",";
            line(indent + 1);
            append_pretty(out, item, indent + 1);
        }
        line(indent);
        out += ']';
    } else if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        const char* before = "{";
        for (const auto& member : *object) {
            out += before;
            before = ",";
            line(indent + 1);
            append_string(out, member.key);
            out += ": ";
            append_pretty(out, member.value, indent + 1);
        }
        line(indent);
        out += '}';
    } else {
        Writer(out).value(value);
    }
}

}  // namespace

std::string Value::to_pretty_text() const {
    std::string text;
    append_pretty(text, *this, 0);
    return text;
}

bool operator==(const Value& a, const Value& b) {
    if (a.kind() != b.kind()) return false;
    if (const auto* object = a.if_object()) return same_members(*object, *b.if_object());
    return a.data_ == b.data_;
}

}  // namespace cambist::json
