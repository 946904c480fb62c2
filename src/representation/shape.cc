// SPDX-License-Identifier: Apache-2.0
#include "representation/shape.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "json/parse.h"
#include "representation/objects.h"

namespace cambist::representation {

namespace {

std::string path_of(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

struct Place {
    json::Value& value;
    const std::string& path;
    Reading& reading;

    void must_be(std::string_view what, std::string mend = {}) const {
        reading.fault(
            value.position(), path,
            "is " + std::string(json::kind_name(value.kind())) + ", must be " + std::string(what),
            std::move(mend));
    }
};

// A zero byte would end names elsewhere, and is never meant.
void check_text(const Place& place, std::string mend = {}) {
    const auto* text = place.value.if_string();
    if (text == nullptr)
        place.must_be("a string", std::move(mend));
    else if (text->find('\0') != std::string::npos)
        place.reading.fault(place.value.position(), place.path, "holds a zero byte");
}

void check_flag(const Place& place) {
    if (place.value.is_bool()) return;
    const auto* text = place.value.if_string();
    const bool looks_like_one = text != nullptr && (*text == "true" || *text == "false");
    place.must_be("true or false", looks_like_one ? "write it without quotes" : "");
}

void check_integer(const Place& place) {
    const auto number = place.value.if_int64();
    if (!number)
        place.must_be("an integer", place.value.is_string() ? "write it without quotes" : "");
    else if (*number < 0)
        place.reading.fault(place.value.position(), place.path, "must not be negative");
}

bool make_text(json::Value& value) {
    if (value.is_string()) return true;
    const auto position = value.position();
    if (const auto flag = value.if_bool())
        value = json::Value(*flag ? "true" : "false");
    else if (const auto number = value.if_int64())
        value = json::Value(std::to_string(*number));
    else
        return false;
    value.set_position(position);
    return true;
}

void check_texts(const Place& place) {
    if (!place.value.is_array()) return place.must_be("a list of strings");
    auto& array = place.value.as_array();
    for (std::size_t i = 0; i < array.size(); ++i) {
        const auto path = path_of(place.path, i);
        check_text({array[i], path, place.reading}, "write it in quotes");
    }
}

void check_text_map(const Place& place) {
    if (!place.value.is_object()) return place.must_be("an object");
    for (auto& member : place.value.as_object()) {
        const auto path = path_to(place.path, member.key);
        if (!make_text(member.value)) Place{member.value, path, place.reading}.must_be("a string");
    }
}

void check_texts_map(const Place& place) {
    if (!place.value.is_object()) return place.must_be("an object");
    for (auto& member : place.value.as_object()) {
        const auto path = path_to(place.path, member.key);
        if (make_text(member.value)) {
            const auto position = member.value.position();
            json::Array one;
            one.push_back(std::move(member.value));
            member.value = json::Value(std::move(one));
            member.value.set_position(position);
        } else if (member.value.is_array()) {
            for (auto& element : member.value.as_array()) make_text(element);
        }
        check_texts({member.value, path, place.reading});
    }
}

void check_list(const Place& place, const Shape& shape) {
    if (!place.value.is_array()) return place.must_be("a list");
    auto& array = place.value.as_array();
    for (std::size_t i = 0; i < array.size(); ++i)
        check_shape(array[i], shape, path_of(place.path, i), place.reading);
}

void check_list_map(const Place& place, const Shape& shape) {
    if (!place.value.is_object()) return place.must_be("an object");
    for (auto& member : place.value.as_object())
        check_list({member.value, path_to(place.path, member.key), place.reading}, shape);
}

void check_form(const Place& place, const KeyRow& row) {
    switch (row.form) {
        case Form::kText:
            return check_text(place);
        case Form::kFlag:
            return check_flag(place);
        case Form::kInteger:
            return check_integer(place);
        case Form::kTexts:
            return check_texts(place);
        case Form::kTextMap:
            return check_text_map(place);
        case Form::kTextsMap:
            return check_texts_map(place);
        case Form::kObject:
            return check_shape(place.value, *row.shape, place.path, place.reading);
        case Form::kList:
            return check_list(place, *row.shape);
        case Form::kListMap:
            return check_list_map(place, *row.shape);
        case Form::kTextOrObject:
            if (place.value.is_object())
                check_shape(place.value, *row.shape, place.path, place.reading);
            else if (!place.value.is_string())
                place.must_be("a string or an object");
            return;
        case Form::kTextOrTexts:
            if (!place.value.is_string()) check_texts(place);
            return;
        case Form::kAny:
            return;
    }
}

// What only files for us have, and what is within it.
constexpr std::array<std::string_view, 8> kOurs{"exchangeRules", "trustedIssuers", "relations",
                                                "keys",          "audit",          "errorDialect",
                                                "maxChainDepth", "maxTargets"};

bool is_ours(std::string_view path) {
    return std::ranges::find(kOurs, path.substr(0, path.find_first_of(".["))) != kOurs.end();
}

// A later Keycloak writes keys that nobody here has heard of. But one that is nearly ours was meant
// to be ours: what was to permit or deny is never left out.
void report_unknown(const json::Member& member, const Shape& shape, const std::string& path,
                    Reading& reading) {
    std::vector<std::string_view> keys;
    for (const auto& kept : shape.kept) keys.push_back(kept.key);
    for (const auto& row : shape.read) keys.push_back(row.key);
    if (reading.is_export && !is_ours(path)) {
        const auto near = nearest(member.key, keys);
        if (!near || &shape != &kRealmShape || !is_ours(*near))
            return reading.note(member.position, path, "unknown key, kept and not used",
                                NoteKind::kRisk);
    }
    reading.fault(member.position, path, "unknown key " + quoted(member.key),
                  did_you_mean(member.key, keys));
}

}  // namespace

std::string kept_members(const json::Value& object, const Shape& shape) {
    auto kept = json::Value::object();
    const auto* members = object.if_object();
    if (members == nullptr) return {};
    for (const auto& member : *members) {
        // Also what Keycloak's export had that is not known.
        if (std::ranges::find(shape.read, member.key, &KeyRow::key) == shape.read.end() &&
            says_something(member.value))
            kept.set(member.key, member.value);
    }
    if (kept.as_object().empty()) return {};
    sort_members(kept);
    return kept.to_text();
}

void put_kept(json::Value& object, const std::string& kept) {
    if (kept.empty()) return;
    auto members = json::parse(kept, json::kConfigLimits, json::Positions::kNone);
    if (!members || !members->is_object()) return;  // never written so
    for (auto& member : members->as_object()) object.set(member.key, std::move(member.value));
}

bool says_something(const json::Value& value) {
    if (const auto flag = value.if_bool()) return *flag;
    if (const auto number = value.if_int64()) return *number != 0;
    if (const auto* text = value.if_string()) return !text->empty();
    if (const auto* array = value.if_array()) return !array->empty();
    if (const auto* object = value.if_object()) return !object->empty();
    return !value.is_null();
}

void check_shape(json::Value& value, const Shape& shape, const std::string& path,
                 Reading& reading) {
    if (!value.is_object()) return Place{value, path, reading}.must_be("an object");
    for (auto& member : value.as_object()) {
        const auto member_path = path_to(path, member.key);
        const auto row = std::ranges::find(shape.read, member.key, &KeyRow::key);
        if (row != shape.read.end()) {
            if (member.value.is_null())
                reading.fault(member.position, member_path, "has no value",
                              "give it one or remove the key");
            else
                check_form({member.value, member_path, reading}, *row);
        } else if (const auto kept = std::ranges::find(shape.kept, member.key, &KeptKey::key);
                   kept != shape.kept.end()) {
            if (says_something(member.value) && !kept->topic.empty())
                reading.note(member.position, member_path, "kept, but not used", NoteKind::kKept,
                             kept->topic);
        } else {
            report_unknown(member, shape, member_path, reading);
        }
    }
}

}  // namespace cambist::representation
