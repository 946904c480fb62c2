// SPDX-License-Identifier: Apache-2.0
#include "postgresql/query.h"

#include <array>

#include "base/base64url.h"
#include "base/text.h"

namespace cambist::postgresql {
namespace {

// pg_type.dat: these never change.
constexpr std::uint32_t kBytea = 17;
constexpr std::uint32_t kInt8 = 20;
constexpr std::uint32_t kText = 25;
constexpr std::uint32_t kByteaArray = 1001;
constexpr std::uint32_t kTextArray = 1009;
constexpr std::uint32_t kInt8Array = 1016;

constexpr std::string_view kMark = "\x01hex:";

template <std::integral T>
void append_big_endian(std::string& out, T value) {
    for (std::size_t i = sizeof(T); i-- > 0;)
        out += static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xffU);
}

// array_recv() in PostgreSQL's arrayfuncs.c: dimensions, has nulls, type; length and lower bound of
// the only dimension; then each element behind its length.
template <class Values, class AppendValue>
std::string to_array(std::uint32_t type, const Values& values, AppendValue&& append_value) {
    std::string out;
    append_big_endian(out, std::uint32_t{values.empty() ? 0U : 1U});
    append_big_endian(out, std::uint32_t{0});
    append_big_endian(out, type);
    if (values.empty()) return out;
    append_big_endian(out, static_cast<std::uint32_t>(values.size()));
    append_big_endian(out, std::uint32_t{1});
    for (const auto& value : values) append_value(out, value);
    return out;
}

void append_counted(std::string& out, std::string_view value) {
    append_big_endian(out, static_cast<std::uint32_t>(value.size()));
    out += value;
}

}  // namespace

std::string to_stored(std::string_view text) {
    const bool is_plain = !text.contains('\0') && !text.starts_with(kMark) && is_valid_utf8(text);
    if (is_plain) return std::string(text);
    return std::string(kMark) + hex_encode(text);
}

std::string from_stored(std::string_view stored) {
    if (stored.starts_with(kMark))
        if (auto text = hex_decode(stored.substr(kMark.size()))) return *std::move(text);
    return std::string(stored);
}

Query& Query::text(std::string_view value) {
    types_.push_back(kText);
    values_.push_back(to_stored(value));
    return *this;
}

Query& Query::bytes(std::string_view value) {
    types_.push_back(kBytea);
    values_.emplace_back(value);
    return *this;
}

Query& Query::int64(std::int64_t value) {
    types_.push_back(kInt8);
    append_big_endian(values_.emplace_back(), value);
    return *this;
}

Query& Query::texts(const std::vector<std::string>& values) {
    types_.push_back(kTextArray);
    values_.push_back(to_array(kText, values, [](std::string& out, const std::string& value) {
        append_counted(out, to_stored(value));
    }));
    return *this;
}

Query& Query::byte_strings(const std::vector<std::string>& values) {
    types_.push_back(kByteaArray);
    values_.push_back(to_array(kBytea, values, append_counted));
    return *this;
}

Query& Query::numbers(const std::vector<std::int64_t>& values) {
    types_.push_back(kInt8Array);
    values_.push_back(to_array(kInt8, values, [](std::string& out, std::int64_t value) {
        append_big_endian(out, std::uint32_t{sizeof(value)});
        append_big_endian(out, value);
    }));
    return *this;
}

}  // namespace cambist::postgresql
