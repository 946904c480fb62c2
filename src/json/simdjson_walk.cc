// SPDX-License-Identifier: Apache-2.0
#include "json/simdjson_walk.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "base/text.h"

namespace cambist::json {

namespace od = simdjson::ondemand;

std::string describe(simdjson::error_code code) {
    switch (code) {
        case simdjson::UTF8_ERROR:
            return "the text is not valid UTF-8";
        case simdjson::UNCLOSED_STRING:
            return "a string is not closed";
        case simdjson::UNESCAPED_CHARS:
            return "a string holds a control character that must be escaped";
        case simdjson::EMPTY:
            return "the text is empty";
        case simdjson::STRING_ERROR:
            return "a string holds a wrong escape";
        case simdjson::T_ATOM_ERROR:
        case simdjson::F_ATOM_ERROR:
        case simdjson::N_ATOM_ERROR:
            return "only true, false and null are written without quotes";
        case simdjson::NUMBER_ERROR:
        case simdjson::NUMBER_OUT_OF_RANGE:
            return "this is no number, or one too large to be kept exactly";
        default:
            return "a comma, colon, quote or bracket is missing or too many";
    }
}

namespace {

// Index of a member whose key was there before, and of the first with that key; in source order.
using Repeats = std::vector<std::pair<std::size_t, std::size_t>>;

Repeats find_repeats_of_few(const Object& object) {
    Repeats repeats;
    for (std::size_t i = 1; i < object.size(); ++i) {
        const auto* first = object.data();
        while (first->key != object[i].key) ++first;
        const auto at = static_cast<std::size_t>(first - object.data());
        if (at != i) repeats.emplace_back(i, at);
    }
    return repeats;
}

// Few members are compared each with each, many are sorted: an attacker gains nothing by many.
Repeats find_repeats(const Object& object) {
    constexpr std::size_t kFew = 24;
    if (object.size() <= kFew) return find_repeats_of_few(object);
    std::vector<std::size_t> order(object.size());
    std::ranges::generate(order, [next = std::size_t{0}]() mutable { return next++; });
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        const int compared = object[a].key.compare(object[b].key);
        return compared != 0 ? compared < 0 : a < b;
    });
    Repeats repeats;
    std::size_t first = order.front();
    for (const auto index : std::span(order).subspan(1)) {
        if (object[index].key == object[first].key) {
            repeats.emplace_back(index, first);
        } else {
            first = index;
        }
    }
    std::ranges::sort(repeats);
    return repeats;
}

// simdjson 3.0.1 reads a fraction of more than 19 digits as 0.0, so the number is read here.
std::optional<Value> number_of(std::string_view token) {
    const auto digits = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
    const auto* end = digits.data() + digits.size();
    const auto read = [&](auto number) -> std::optional<Value> {
        const auto [stop, error] = std::from_chars(digits.data(), end, number);
        if (error != std::errc() || stop != end) return std::nullopt;
        return Value(number);
    };
    if (digits.find_first_of(".eE") == std::string_view::npos) return read(std::int64_t{0});
    return read(0.0);
}

}  // namespace

Position LineCursor::at(std::size_t offset) {
    offset = std::min(offset, text_.size());
    while (offset_ < offset) {
        const char* from = text_.data() + offset_;
        const void* newline = std::memchr(from, '\n', offset - offset_);
        if (newline == nullptr) break;
        offset_ += static_cast<std::size_t>(static_cast<const char*>(newline) - from) + 1;
        ++position_.line;
        position_.column = 1;
    }
    for (; offset_ < offset; ++offset_) {
        const bool continues = (static_cast<unsigned char>(text_[offset_]) & 0xC0U) == 0x80U;
        if (!continues) ++position_.column;
    }
    return position_;
}

std::size_t Walk::offset_of(const char* place) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(text_.data());
    const auto at = reinterpret_cast<std::uintptr_t>(place);
    if (at < begin) return 0;
    return std::min(static_cast<std::size_t>(at - begin), text_.size());
}

Position Walk::here(const char* place) {
    last_ = place;
    if (positions_ == Positions::kNone) return {};
    return cursor_.at(offset_of(place));
}

bool Walk::refuse(std::string what) {
    error_ = std::move(what);
    error_position_ = last_ == nullptr ? Position{1, 1} : position_of(text_, offset_of(last_));
    return false;
}

bool Walk::refuse(simdjson::error_code code) {
    const char* place = nullptr;
    const bool structural =
        code == simdjson::TAPE_ERROR || code == simdjson::INCOMPLETE_ARRAY_OR_OBJECT;
    if (structural && document_->current_location().get(place) == simdjson::SUCCESS)
        last_ = text_.data() + std::max(offset_of(place), last_ == nullptr ? 0 : offset_of(last_));
    return refuse(describe(code));
}

bool Walk::run(od::document& document, Value& out) {
    document_ = &document;
    if (!walk(document, 0, out)) return false;
    const char* rest = nullptr;
    if (document.current_location().get(rest) == simdjson::SUCCESS) {
        last_ = rest;
        return refuse("there is something after the value");
    }
    return true;
}

template <class Node>
bool Walk::walk(Node&& node, std::size_t depth, Value& out) {
    std::string_view token;
    if (const auto code =
            simdjson::simdjson_result<std::string_view>(node.raw_json_token()).get(token))
        return refuse(code);
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): a place in the text
    const auto position = here(token.data());
    od::json_type type{};
    if (const auto code = node.type().get(type)) return refuse(code);
    bool good = false;
    if (type == od::json_type::array) {
        od::array array;
        if (const auto code = node.get_array().get(array)) return refuse(code);
        good = walk_array(array, depth + 1, out);
    } else if (type == od::json_type::object) {
        od::object object;
        if (const auto code = node.get_object().get(object)) return refuse(code);
        good = walk_object(object, depth + 1, out);
    } else {
        good = walk_scalar(node, type, token, out);
    }
    out.set_position(position);
    return good;
}

template <class Node>
bool Walk::walk_scalar(Node&& node, od::json_type type, std::string_view token, Value& out) {
    if (type == od::json_type::string) {
        std::string_view text;
        if (const auto code = node.get_string().get(text)) return refuse(code);
        // simdjson lets escaped lone surrogates through; as UTF-8 they are not valid.
        const bool escaped = token.substr(1, text.size()).find('\\') != std::string_view::npos;
        if (escaped && !is_valid_utf8(text)) return refuse("a string holds half a surrogate pair");
        out = Value(text);
        return true;
    }
    if (type == od::json_type::number) {
        od::number number;  // checks the grammar only, see number_of()
        if (const auto code = node.get_number().get(number)) return refuse(code);
        auto value = number_of(token);
        if (!value) return refuse(simdjson::NUMBER_OUT_OF_RANGE);
        out = *std::move(value);
        return true;
    }
    if (type == od::json_type::boolean) {
        bool flag = false;
        if (const auto code = node.get_bool().get(flag)) return refuse(code);
        out = Value(flag);
        return true;
    }
    bool null = false;
    if (simdjson::simdjson_result<bool>(node.is_null()).get(null) != simdjson::SUCCESS || !null)
        return refuse(simdjson::N_ATOM_ERROR);
    out = Value();
    return true;
}

bool Walk::walk_array(od::array array, std::size_t depth, Value& out) {
    if (depth > max_depth_) return refuse("the nesting is too deep");
    Array items;
    for (auto entry : array) {
        od::value node;
        if (const auto code = std::move(entry).get(node)) return refuse(code);
        if (!walk(node, depth, items.emplace_back())) return false;
    }
    out = Value(std::move(items));
    return true;
}

bool Walk::walk_object(od::object object, std::size_t depth, Value& out) {
    if (depth > max_depth_) return refuse("the nesting is too deep");
    Object members;
    for (auto entry : object) {
        od::field field;
        if (const auto code = std::move(entry).get(field)) return refuse(code);
        const char* raw = field.key().raw();
        const auto position = here(raw - 1);
        std::string_view key;
        if (const auto code = field.unescaped_key().get(key)) return refuse(code);
        const bool escaped = std::memchr(raw, '\\', key.size()) != nullptr;
        if (escaped && !is_valid_utf8(key)) return refuse("a key holds half a surrogate pair");
        auto& member = members.emplace_back(Member{std::string(key), Value(), position});
        if (!walk(field.value(), depth, member.value)) return false;
    }
    if (!check_duplicates(members)) return false;
    out = Value(std::move(members));
    return true;
}

bool Walk::refuse_duplicate(const Member& first, const Member& second) {
    is_duplicate_ = true;
    std::string text = "the key \"" + printable(second.key, 80) + "\" occurs twice";
    if (first.position.line != 0) text += " (first at " + describe(first.position) + ")";
    if (faults_ != nullptr) {
        faults_->push_back(Fault{second.position, second.key, std::move(text)});
        return true;
    }
    error_ = std::move(text);
    error_position_ = second.position;
    return false;
}

bool Walk::check_duplicates(Object& object) {
    const auto repeats = find_repeats(object);
    if (repeats.empty()) return true;
    std::vector<bool> drop(object.size());
    for (const auto& [repeat, first] : repeats) {
        if (!refuse_duplicate(object[first], object[repeat])) return false;
        drop[repeat] = true;
    }
    std::size_t index = 0;
    std::erase_if(object, [&](const Member&) { return drop[index++]; });
    return true;
}

}  // namespace cambist::json
