// SPDX-License-Identifier: Apache-2.0
#include "json/plain_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "base/plain_run.h"
#include "base/text.h"

namespace cambist::json {
namespace {

// The keys of one object are compared each with each.
constexpr std::size_t kMostMembers = 40;
// Of a token's claims, and of what stands in them.
constexpr std::size_t kMembersOfClaims = 24;
constexpr std::size_t kMembersWithin = 4;

// What ends the plain run of a string, or tells that it is no ASCII.
enum class Stop : std::uint8_t { kNone, kQuote, kBeyond, kNotPlain };
constexpr std::array<Stop, 256> make_stops() {
    std::array<Stop, 256> stops{};
    for (std::size_t c = 0; c < 0x20; ++c) stops.at(c) = Stop::kNotPlain;
    for (std::size_t c = 0x80; c < stops.size(); ++c) stops.at(c) = Stop::kBeyond;
    stops['"'] = Stop::kQuote;
    stops['\\'] = Stop::kNotPlain;
    return stops;
}
constexpr auto kStops = make_stops();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class PlainReader {
  public:
    PlainReader(std::string_view text, std::size_t max_depth)
        : at_(text.data()), end_(text.data() + text.size()), max_depth_(max_depth) {}

    bool read(Value& out) {
        skip_space();
        if (!read_value(0, out)) return false;
        skip_space();
        return at_ == end_;
    }

  private:
    bool is_at(char c) const { return at_ != end_ && *at_ == c; }
    bool take(char c) {
        if (!is_at(c)) return false;
        ++at_;
        return true;
    }
    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
    }

    bool read_value(std::size_t depth, Value& out) {
        if (at_ == end_) return false;
        switch (*at_) {
            case '"': {
                std::string_view text;
                if (!read_string(text)) return false;
                out = Value(text);
                return true;
            }
            case '{':
                return read_object(depth + 1, out);
            case '[':
                return read_array(depth + 1, out);
            case 't':
                return read_word("true", Value(true), out);
            case 'f':
                return read_word("false", Value(false), out);
            case 'n':
                return read_word("null", Value(), out);
            default:
                return read_integer(out);
        }
    }

    bool read_word(std::string_view word, Value value, Value& out) {
        if (!std::string_view(at_, end_).starts_with(word)) return false;
        at_ += word.size();
        out = std::move(value);
        return true;
    }

    // RFC 8259 section 6, without fraction and exponent.
    bool read_integer(Value& out) {
        const char* const start = at_;
        if (is_at('-')) ++at_;
        const char* const digits = at_;
        while (at_ != end_ && is_digit(*at_)) ++at_;
        if (at_ == digits || (*digits == '0' && at_ - digits > 1)) return false;
        std::int64_t number = 0;
        const auto [stop, error] = std::from_chars(start, at_, number);
        if (error != std::errc() || stop != at_) return false;
        // A fraction or an exponent is refused here by whoever expects a comma or an end.
        out = Value(number);
        return true;
    }

    // Without escapes; a view of the text.
    bool read_string(std::string_view& out) {
        if (!take('"')) return false;
        const char* const start = at_;
        bool is_ascii = true;
        at_ += plain_run({at_, end_});
        for (; at_ != end_; ++at_) {
            const auto stop = kStops[static_cast<unsigned char>(*at_)];
            if (stop == Stop::kNone) [[likely]]
                continue;
            if (stop == Stop::kBeyond) {
                is_ascii = false;
                continue;
            }
            if (stop == Stop::kNotPlain) return false;
            out = {start, at_};
            ++at_;
            return is_ascii || is_valid_utf8(out);
        }
        return false;
    }

    bool read_array(std::size_t depth, Value& out) {
        if (depth > max_depth_) return false;
        ++at_;
        Array items;
        skip_space();
        if (take(']')) return end(std::move(items), out);
        while (true) {
            skip_space();
            if (!read_value(depth, items.emplace_back())) return false;
            skip_space();
            if (take(']')) return end(std::move(items), out);
            if (!take(',')) return false;
        }
    }

    bool read_object(std::size_t depth, Value& out) {
        if (depth > max_depth_) return false;
        ++at_;
        Object members;
        skip_space();
        if (take('}')) return end(std::move(members), out);
        members.reserve(depth == 1 ? kMembersOfClaims : kMembersWithin);
        while (true) {
            skip_space();
            if (!read_member(depth, members)) return false;
            skip_space();
            if (take('}')) return end(std::move(members), out);
            if (!take(',')) return false;
        }
    }

    bool read_member(std::size_t depth, Object& members) {
        std::string_view key;
        if (members.size() == kMostMembers || !read_string(key)) return false;
        const bool is_new =
            std::ranges::none_of(members, [&](const Member& member) { return member.key == key; });
        skip_space();
        if (!is_new || !take(':')) return false;
        skip_space();
        auto& member = members.emplace_back(Member{std::string(key), Value(), {}});
        return read_value(depth, member.value);
    }

    template <class Items>
    static bool end(Items items, Value& out) {
        out = Value(std::move(items));
        return true;
    }

    const char* at_;
    const char* end_;
    std::size_t max_depth_;
};

}  // namespace

bool read_plain(std::string_view text, std::size_t max_depth, Value& out) {
    return PlainReader(text, max_depth).read(out);
}

}  // namespace cambist::json
