// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cambist {

// One end of a relation: a user by id, the service of a client by client id, or everybody in a
// group by its path.
enum class EndKind : std::uint8_t { kUser, kClient, kGroup };
struct RelationEnd {
    EndKind kind = EndKind::kUser;
    std::string id;
    friend auto operator<=>(const RelationEnd&, const RelationEnd&) = default;
};
// "user:4f1c…", "client:desk", "group:/staff"; no two ends have the same text.
std::string to_text(const RelationEnd& end);
std::optional<RelationEnd> parse_relation_end(std::string_view text);

// The kind of the relations that a user made for himself: who may act for me.
inline constexpr std::string_view kGrantKind = "grant";

// "The actor stands in this relation to the subject": what rules select on with `relation` and
// `grantedBy`. A value. An administrator makes those of any kind in the realm file, the subject
// itself those of kind "grant".
struct Relation {
    std::string id;    // a ULID, never given again: tokens that rest on it name it
    std::string kind;  // "guardian"
    RelationEnd actor;
    RelationEnd subject;                 // no client
    std::vector<std::string> scopes;     // at most these; empty: the rule's
    std::vector<std::string> audiences;  // at most these; empty: the rule's
    std::int64_t expires = 0;            // seconds since 1970: over then; 0: never
    std::int64_t created = 0;
    std::string created_by;  // id of the user who made it; empty: the realm file
    bool is_grant() const { return kind == kGrantKind; }
    friend bool operator==(const Relation&, const Relation&) = default;
};

}  // namespace cambist
