// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/client.h"
#include "model/ids.h"
#include "model/token_type.h"

namespace cambist {

struct Clause;

enum class Effect : std::uint8_t { kPermit, kDeny };
enum class Mode : std::uint8_t { kSameSubject, kDelegation, kSwitchSubject };
// How the subject token must name the requester. kAudienceOrHolder is Keycloak's own test.
// kDeviceSecret: it need not, but the secret of the device where its user logged in must come too.
enum class Binding : std::uint8_t { kAudience, kHolder, kAudienceOrHolder, kAny, kDeviceSecret };
enum class Holder : std::uint8_t { kRequester, kTarget };
enum class RefreshKind : std::uint8_t { kNone, kBounded, kOffline };
enum class SessionMode : std::uint8_t { kNone, kJoin, kCreate };
enum class ClaimsKind : std::uint8_t { kMinimal, kFull, kList };

// Selects people (or workloads) by what the server knows of them. All members that are given must
// match, within one member any entry; `any` matches everybody. Relational members compare the
// subject with the actor.
struct UserSelector {
    bool any = false;
    std::vector<std::string> users;    // user names
    std::vector<std::string> groups;   // paths
    std::vector<std::string> roles;    // "role" or "client:role"
    std::vector<std::string> clients;  // service accounts of these clients
    std::vector<std::string> organizations;
    std::map<std::string, std::vector<std::string>> attributes;
    bool same_group = false;
    bool same_organization = false;
    bool manages = false;
    std::vector<std::string> relations;  // any of these; "grant": the subject's own word
    std::string granted_by;
    std::shared_ptr<const UserSelector> except;  // written `not`
};

struct RequesterSelector {
    bool any = false;
    std::vector<std::string> clients;
    std::vector<std::string> roles;              // of the requester's service account
    std::vector<std::string> groups;             // of the requester's service account
    std::vector<std::string> organizations;      // of the requester's service account
    std::vector<ClientAuthMethod> auth_methods;  // empty: any
};

struct SubjectSelector {
    std::vector<TokenType> token_types;  // empty: access_token in a permit, all in a deny
    std::vector<std::string> issuers;  // "self" or aliases; empty: self in a permit, all in a deny
    Binding binding = Binding::kAudience;
    std::optional<UserSelector> users;
    bool naked = false;
    // Administrators too, whom a switch-subject rule else reaches only by name or by role.
    bool admins = false;
    // A bound token of another client may come with the requester's key instead of its own.
    bool rebind = false;
    bool consume = false;  // consumeRefreshToken: a refresh token can be exchanged once, then ends
};

// Who acts: in a delegation the party of the actor token, in a switch of the subject the one whose
// token is presented. kRequester: the client itself acts, without an actor token (RFC 8693 section
// 4.1 does not say who does when there is none).
struct ActorSelector {
    enum class Kind : std::uint8_t { kNone, kRequired, kRequester, kSelected };
    Kind kind = Kind::kNone;
    std::vector<std::string> clients;  // as the actor's own service account
    std::optional<UserSelector> users;
    std::vector<TokenType> token_types;            // of the actor token; empty: access_token
    std::vector<std::string> issuers;              // of the actor token; empty: self
    Binding binding = Binding::kAudienceOrHolder;  // of the actor token to the requester
};

struct TargetSelector {
    std::vector<std::string> audiences;  // client ids or logical names, matched byte for byte
    std::vector<std::string> resources;  // RFC 8707 URIs, matched byte for byte
    // Keycloak's switch: whatever audiences the requester's client scopes yield for the subject.
    bool reachable = false;
    bool requester = false;  // Keycloak's legacy exchange: the requester itself
};

// Whom the issued token names as the one who may act (RFC 8693 section 4.4). One member is set.
struct MayAct {
    std::string client;
    std::string user;      // user name
    std::string relation;  // whoever stands in it to the subject; must be one
    bool empty() const { return client.empty() && user.empty() && relation.empty(); }
    friend bool operator==(const MayAct&, const MayAct&) = default;
};

// What the requester of a hand-off may state of how the user proved who he is.
struct Statements {
    std::vector<std::string> acr;
    std::vector<std::string> amr;
};

// In which of the subject's organizations the token may be.
struct OrganizationTerms {
    bool change = false;             // `switch`: in another than the subject token's
    std::vector<std::string> among;  // aliases; empty: any
};

struct RuleResult {
    Mode mode = Mode::kSameSubject;
    std::vector<TokenType> token_types{TokenType::kAccessToken};
    std::vector<std::string> scopes;  // scopes.allow
    bool beyond_subject = false;      // scopes.beyondSubject
    bool client_scopes = false;       // Keycloak's switch: the requester's own client scopes decide
    bool target_scopes = false;       // with it: the target's do, as in Keycloak's legacy exchange
    std::optional<Seconds> lifetime;  // absent: the holder's and the realm's
    std::optional<Seconds> extend_to;
    RefreshKind refresh = RefreshKind::kNone;
    std::optional<Seconds> refresh_max_age;
    std::optional<std::int64_t> refresh_max_uses;
    Holder holder = Holder::kRequester;
    SessionMode session = SessionMode::kNone;
    ClaimsKind claims = ClaimsKind::kMinimal;
    std::vector<std::string> claim_names;
    bool hide_actor = false;
    std::optional<std::int64_t> per_day;  // issues for one actor on one UTC day
    MayAct may_act;
    Statements statements;
    OrganizationTerms organization;
};

struct Risk {
    std::string reason;
    std::string expires;          // as written: a date or a time, UTC
    std::int64_t expires_at = 0;  // seconds since 1970; a date counts to its end
};

// One rule: requester x subject x actor x target -> result, or a denial. Owned by the target.
// In a permit an absent selector matches nobody, in a deny everybody (design: default deny).
struct Rule {
    RuleId id;
    std::string owner;
    Effect effect = Effect::kPermit;
    bool enabled = true;
    std::optional<RequesterSelector> requester;
    std::optional<SubjectSelector> subject;
    std::optional<ActorSelector> actor;
    std::optional<TargetSelector> target;
    RuleResult result;
    std::optional<Risk> risk;
    // What the request must say, for the audit trail: parameters `reason` and `ticket`.
    bool demands_reason = false;
    bool demands_ticket = false;
    bool demands_organization = false;  // the token must be in one that the request names
    bool break_glass = false;           // each use raises an event
    // Keycloak's permissions that it was compiled from: serves only when they grant. Null: none.
    std::shared_ptr<const Clause> condition;
    // "exchangeRules[3]", or what it was compiled from: "client orders-api,
    // standard.token.exchange.enabled"
    std::string source;
};

std::string_view name_of(Mode mode);
std::string_view name_of(Binding binding);

}  // namespace cambist
