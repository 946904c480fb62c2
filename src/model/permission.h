// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/pattern.h"
#include "model/role.h"

// Keycloak's fine-grained admin permissions, version 1, as far as token exchange asks for them.
namespace cambist {

enum class Strategy : std::uint8_t { kUnanimous, kAffirmative, kConsensus };
// Whose identity a clause is about.
enum class Party : std::uint8_t { kRequester, kActor, kSubject };

struct Clause;
using ClausePointer = std::shared_ptr<const Clause>;

// The client that asks: of the requester and the subject the requester; of the actor the client
// that its token was issued to.
struct ClientClause {
    std::vector<std::string> clients;
};
struct RoleClause {
    struct Entry {
        RoleRef role;
        bool required = false;
    };
    std::vector<Entry> roles;
};
struct UserClause {
    std::vector<std::string> users;  // names
};
struct GroupClause {
    struct Entry {
        std::string path;
        bool extend_children = false;
    };
    std::vector<Entry> groups;
};
// A claim of the actor's token, an attribute of the subject, nothing of the requester.
struct RegexClause {
    std::string claim;
    std::string pattern;
    std::shared_ptr<const Pattern> compiled;
};
// Times are "2027-06-30 12:00:00", UTC, or empty.
struct TimeClause {
    struct Range {
        int from = 0;
        int to = 0;
    };
    std::string not_before;
    std::string not_on_or_after;
    // Day of the month, month, year, hour, minute.
    std::array<std::optional<Range>, 5> ranges;
};
// The requester has not Keycloak's switch of the standard exchange, which goes first.
struct NoSwitchClause {};
// What can not be evaluated here: it neither grants nor denies, negated or not.
struct UnmappedClause {
    std::string why;
};
struct AggregateClause {
    Strategy strategy = Strategy::kUnanimous;
    std::vector<ClausePointer> parts;
};
// The part is about this party.
struct PartyClause {
    Party party = Party::kRequester;
    ClausePointer part;
};

// One node of a condition. A tree of values, made once and shared.
struct Clause {
    std::string name;
    bool negative = false;
    std::variant<ClientClause, RoleClause, UserClause, GroupClause, RegexClause, TimeClause,
                 NoSwitchClause, UnmappedClause, AggregateClause, PartyClause>
        what;
};

// What the resource server of realm-management says about token exchange. A null clause says
// nothing.
struct LegacyPermissions {
    std::map<std::string, ClausePointer> exchange;  // by the client_id of the target
    std::map<std::string, ClausePointer> issuers;   // by the alias of the identity provider
    bool guards_users = false;                      // there are permissions of users at all
    ClausePointer impersonate;                      // of the actor, or of the naked requester
    ClausePointer impersonated;                     // of the subject
};

}  // namespace cambist
