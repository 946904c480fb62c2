// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cambist::json {

// Where a thing stood in its source, both from 1 (column in characters); 0 is unknown.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const Position&, const Position&) = default;
};
// "line 3, column 14", or "an unknown place".
std::string describe(Position position);

class Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // in the order of the source or of insertion

enum class Kind { kNull, kBool, kInt64, kDouble, kString, kArray, kObject };
std::string_view kind_name(Kind kind);  // "a string", "an object", ...

// A JSON value (RFC 8259) in memory. Integers are exact and within 64 bits, keys of an object are
// unique. A value type; the as_...() accessors assert the kind, the if_...() ones ask for it.
class Value {
  public:
    Value() noexcept;
    Value(std::nullptr_t) noexcept;
    Value(const Value&);
    Value(Value&&) noexcept;
    Value& operator=(const Value&);
    Value& operator=(Value&&) noexcept;
    ~Value();
    template <std::same_as<bool> T>
    Value(T value) : data_(value) {}
    template <std::integral T>
        requires(!std::same_as<T, bool> && !std::same_as<T, char>)
    Value(T value) : data_(checked(value)) {}
    Value(double value);
    Value(char) = delete;
    Value(std::string value);
    Value(std::string_view value);
    Value(const char* value);
    Value(Array value);
    Value(Object value);

    static Value array();   // []
    static Value object();  // {}

    Kind kind() const { return static_cast<Kind>(data_.index()); }
    bool is_null() const { return kind() == Kind::kNull; }
    bool is_bool() const { return kind() == Kind::kBool; }
    bool is_int64() const { return kind() == Kind::kInt64; }
    bool is_double() const { return kind() == Kind::kDouble; }
    bool is_number() const { return is_int64() || is_double(); }
    bool is_string() const { return kind() == Kind::kString; }
    bool is_array() const { return kind() == Kind::kArray; }
    bool is_object() const { return kind() == Kind::kObject; }

    bool as_bool() const;
    std::int64_t as_int64() const;
    double as_double() const;  // also of an integer
    const std::string& as_string() const;
    const Array& as_array() const;
    Array& as_array();
    const Object& as_object() const;
    Object& as_object();

    std::optional<bool> if_bool() const;
    std::optional<std::int64_t> if_int64() const;
    const std::string* if_string() const { return std::get_if<std::string>(&data_); }
    const Array* if_array() const { return std::get_if<Array>(&data_); }
    const Object* if_object() const { return std::get_if<Object>(&data_); }

    // The member's value; nullptr when there is none or this is no object. O(members).
    const Value* find(std::string_view key) const;
    Value* find(std::string_view key);
    const Member* find_member(std::string_view key) const;
    // The member's string; nullptr when there is none or it is no string.
    const std::string* find_string(std::string_view key) const;

    // Replaces the member in its place or appends it; null becomes an object first.
    Value& set(std::string key, Value value);
    // Appends to an array; null becomes an array first.
    Value& push(Value value);
    // Removes the member; false when there was none.
    bool erase(std::string_view key);

    Position position() const { return position_; }
    void set_position(Position position) { position_ = position; }

    // Without white space; members in their order, so equal values built alike give equal texts.
    std::string to_text() const;
    // Two spaces of indentation, no line end after the last line.
    std::string to_pretty_text() const;

    // Ignores positions and the order of members; an integer never equals a double.
    friend bool operator==(const Value& a, const Value& b);

  private:
    template <std::integral T>
    static std::int64_t checked(T value) {
        require_fits(std::in_range<std::int64_t>(value));
        return static_cast<std::int64_t>(value);
    }
    static void require_fits(bool fits);

    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
    Position position_;
};

// One key and value of an object.
struct Member {
    std::string key;
    Value value;
    Position position = {};  // of the key

    friend bool operator==(const Member& a, const Member& b) {
        return a.key == b.key && a.value == b.value;
    }
};

// Here, because a Value can only be made, moved or destroyed where Member is complete.
inline Value::Value() noexcept = default;
inline Value::Value(std::nullptr_t) noexcept {}
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;
inline Value::~Value() = default;
inline Value::Value(double value) : data_(value) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(std::string_view value) : data_(std::string(value)) {}
inline Value::Value(const char* value) : data_(std::string(value)) {}
inline Value::Value(Array value) : data_(std::move(value)) {}
inline Value::Value(Object value) : data_(std::move(value)) {}

}  // namespace cambist::json
