// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bitset>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/value.h"

namespace cambist::json {

// Appends `text` as a JSON string, with its quotes. The text must be UTF-8.
void append_string(std::string& out, std::string_view text);

// Writes compact JSON straight to the end of a string, commas included. Misuse (a value without a
// key, an end without its begin) asserts; keys are not checked for duplicates. For one thread.
class Writer {
  public:
    // `out` must outlive this.
    explicit Writer(std::string& out) : out_(out) {}

    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& string(std::string_view text);
    Writer& int64(std::int64_t number);
    Writer& number(double number);  // finite
    Writer& boolean(bool value);
    Writer& null();
    Writer& value(const Value& value);
    // `json` must be one complete JSON value; it is not looked at.
    Writer& raw(std::string_view json);

    // key() and the value in one.
    Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
    Writer& member(std::string_view name, const char* text) { return key(name).string(text); }
    Writer& member(std::string_view name, const std::string& text) {
        return key(name).string(text);
    }
    template <std::same_as<bool> T>
    Writer& member(std::string_view name, T flag) {
        return key(name).boolean(flag);
    }
    template <std::integral T>
        requires(!std::same_as<T, bool> && !std::same_as<T, char>)
    Writer& member(std::string_view name, T number) {
        return key(name).int64(static_cast<std::int64_t>(number));
    }
    Writer& member(std::string_view name, const Value& json) { return key(name).value(json); }

    // True when exactly one whole value has been written.
    bool complete() const { return depth_ == 0 && has_items_; }

  private:
    static constexpr std::size_t kMaxDepth = 128;
    void before_value();
    void open(char bracket, bool object);
    void close(char bracket, bool object);

    std::string& out_;
    std::size_t depth_ = 0;
    std::bitset<kMaxDepth + 1> objects_;  // bit d: the container at depth d is an object
    bool has_items_ = false;              // the open container has something in it
    bool after_key_ = false;
};

}  // namespace cambist::json
