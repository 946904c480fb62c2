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
    kAny,  // whoever reads it looks at it
};

struct Shape;
struct KeyRow {
    std::string_view key;
    Form form = Form::kText;
    const Shape* shape = nullptr;
};

// A key of Keycloak's that we only keep, and what it is about: the import report groups by that.
struct KeptKey {
    std::string_view key;
    std::string_view topic;
};
namespace topic {
inline constexpr std::string_view kUsed;  // kept as text, and used: no note
inline constexpr std::string_view kLogIn = "log-in and its flows";
inline constexpr std::string_view kFactors = "one-time passwords and passkeys";
inline constexpr std::string_view kBrokering = "identity brokering";
inline constexpr std::string_view kFederation = "user federation";
inline constexpr std::string_view kAuthorization = "authorization services";
inline constexpr std::string_view kPolicies = "client policies and registration";
inline constexpr std::string_view kTimes = "life times of what is not served";
inline constexpr std::string_view kPages = "pages, languages and mail";
inline constexpr std::string_view kEvents = "events";
inline constexpr std::string_view kKeys = "keys";
inline constexpr std::string_view kOrganizations = "organizations";
inline constexpr std::string_view kUsers = "users";
inline constexpr std::string_view kOld = "of older releases of Keycloak";
inline constexpr std::string_view kOther = "other settings";
}  // namespace topic

// The keys of one kind of object, as data: those we read, and those of Keycloak's that we only
// keep. Any other key is a fault, but in an export of Keycloak's a risk that is kept.
struct Shape {
    std::span<const KeyRow> read;
    std::span<const KeptKey> kept = {};
};
// Whether a kept value says something: not false, 0, "", [], {} or null.
bool says_something(const json::Value& value);
// The members of an object that are not read and say something, as JSON text with its members in
// order; empty when there are none. put_kept() puts them back.
std::string kept_members(const json::Value& object, const Shape& shape);
void put_kept(json::Value& object, const std::string& kept);

// shapes_*.cc: the tables.
extern const Shape kRealmShape;
extern const Shape kClientShape;
extern const Shape kClientScopeShape;
extern const Shape kMapperShape;
extern const Shape kRoleShape;
extern const Shape kGroupShape;
extern const Shape kUserShape;
extern const Shape kCredentialShape;
extern const Shape kRuleShape;
extern const Shape kIssuerShape;
extern const Shape kIdentityProviderShape;
extern const Shape kIdentityProviderMapperShape;

// Unknown keys (unless Keycloak wrote them), wrong types and missing values become faults, kept
// keys notes. Scalars in text maps become texts and lone texts lists where the form says so.
void check_shape(json::Value& value, const Shape& shape, const std::string& path, Reading& reading);

}  // namespace cambist::representation
