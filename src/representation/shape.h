// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "json/value.h"
#include "representation/reading.h"

namespace cambist::representation {

// What may stand at a key.
enum class Form : std::uint8_t {
    kText,
    kFlag,
    kInteger,       // not negative
    kTexts,         // ["a", "b"]
    kTextMap,       // any key -> text; true, false and integers are taken as their texts
    kTextsMap,      // any key -> texts; a lone text is a list of one
    kObject,        // of the row's shape
    kList,          // objects of the row's shape
    kListMap,       // any key -> list of objects of the row's shape
    kTextOrObject,  // of the row's shape
    kTextOrTexts,
};

struct Shape;
struct KeyRow {
    std::string_view key;
    Form form = Form::kText;
    const Shape* shape = nullptr;
};

// The keys of one kind of object, as data: those we read, and those of Keycloak's that we only
// keep. Any other key is a fault.
struct Shape {
    std::span<const KeyRow> read;
    std::span<const std::string_view> kept = {};
    std::string_view kept_note = "kept, but not used";
};

// shapes_*.cc: the tables.
extern const Shape kRealmShape;
extern const Shape kClientShape;
extern const Shape kClientScopeShape;
extern const Shape kMapperShape;
extern const Shape kRoleShape;
extern const Shape kGroupShape;
extern const Shape kUserShape;
extern const Shape kRuleShape;

// Unknown keys, wrong types and missing values become faults, kept keys notes. Scalars in text maps
// become texts and lone texts lists where the form says so.
void check_shape(json::Value& value, const Shape& shape, const std::string& path, Reading& reading);

}  // namespace cambist::representation
