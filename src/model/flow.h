// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "model/audit.h"
#include "model/client.h"
#include "model/confirmation.h"
#include "model/foreign.h"
#include "model/form.h"
#include "model/hand_off.h"
#include "model/ids.h"
#include "model/realm.h"
#include "model/relation.h"
#include "model/rule.h"
#include "model/session.h"
#include "model/token_type.h"
#include "model/user.h"

// The nouns of one exchange, in the order in which they come to be. The verbs are in
// exchange/exchange.cc. A type that proves a stage can be made by that stage only.
namespace cambist::clients {
class ClientAuthenticators;
}
namespace cambist::tokens {
class OwnTokens;
}
namespace cambist::issuers {
class ForeignTokens;
}
namespace cambist::policy {
class Policy;
}
namespace cambist::possession {
class Prover;
}

namespace cambist {

// 1 parse ---------------------------------------------------------------------------------------

// Where the request came from, after trusted proxies were considered.
struct Caller {
    std::string address;
    bool secure = false;
    std::string origin;                     // of the page whose script asks, or empty
    std::string authorization;              // the Authorization header, or empty
    std::vector<std::string> dpop;          // the DPoP headers that came (RFC 9449 section 4.1)
    std::vector<std::string> certificates;  // the client's TLS certificate and its chain, DER
};

// What the client asks for.
struct Wanted {
    std::vector<std::string> audiences;
    std::vector<std::string> resources;
    std::vector<std::string> scopes;
    bool has_scope = false;  // the parameter was there
    std::optional<TokenType> token_type;
    std::string organization;       // its alias; empty: none, or a scope names it
    std::string requested_subject;  // whom to become; empty: nobody else
    std::string reason;             // why, in the words of who asks; for the audit trail
    std::string ticket;
    HandOffTerms hand_off;  // requested_token_type handoff
};

// A request whose syntax is right; nothing in it is trusted.
struct TokenRequest {
    TraceId trace;
    TimePoint at{};
    GrantType grant = GrantType::kTokenExchange;
    Form form;
    Caller caller;
    Wanted wanted;
};

// 2 authenticate the client ---------------------------------------------------------------------

// A client that proved who it is (or a public one that said so). Only clients/ can make one.
class AuthenticatedClient {
  public:
    class Proof {
        friend class clients::ClientAuthenticators;
        Proof() = default;
    };
    AuthenticatedClient(Proof, std::shared_ptr<const Realm> realm, const Client& client,
                        ClientAuthMethod method)
        : realm_(std::move(realm)), client_(&client), method_(method) {}
    const Client& client() const { return *client_; }
    const Realm& realm() const { return *realm_; }
    ClientAuthMethod method() const { return method_; }

  private:
    std::shared_ptr<const Realm> realm_;  // keeps client_ alive
    const Client* client_;
    ClientAuthMethod method_;
};

// The keys that the request proved to hold, and the proof that may not come again: it is taken with
// the issue. Only possession/ can make one.
class Possession {
  public:
    class Proof {
        friend class possession::Prover;
        Proof() = default;
    };
    struct OneTime {
        std::string id;            // unguessable and the same for the same proof; empty: none
        std::int64_t expires = 0;  // seconds since 1970: nobody accepts it any more
    };
    Possession(Proof, Confirmation keys, OneTime one_time)
        : keys_(std::move(keys)), one_time_(std::move(one_time)) {}
    const Confirmation& keys() const { return keys_; }
    const OneTime& one_time() const { return one_time_; }

  private:
    Confirmation keys_;
    OneTime one_time_;
};

// 3 prove and relate the parties ----------------------------------------------------------------

// What a token says, once somebody has checked it.
struct TokenFacts {
    TokenType type = TokenType::kAccessToken;
    std::string issuer;
    UserId subject;
    std::vector<std::string> audience;
    ClientId holder;  // azp
    std::vector<std::string> scopes;
    std::int64_t issued_at = 0;
    std::int64_t expires_at = 0;
    std::int64_t chain_end = 0;  // claim xexp: nothing that comes of it may live longer; 0: none
    std::int64_t auth_time = 0;
    std::string acr;
    std::string jti;
    SessionId session;  // empty: none
    std::string xid;
    std::vector<std::string> xp;
    std::string act;        // JSON text, or empty
    std::string may_act;    // JSON text, or empty
    bool is_bound = false;  // carries cnf, maybe one that cnf below can not tell
    Confirmation cnf;
    bool is_lightweight = false;
    bool hides_actor = false;  // somebody acts in it whom its claim act does not name
    std::string device_hash;   // claim ds_hash of an ID token, or empty
    std::string hash;          // base64url SHA-256 of the token's text
    std::string claims;        // the payload's JSON text
    std::shared_ptr<const ForeignFacts> foreign;  // of a trusted issuer's token; null: it is ours
};

// A token whose signature, issuer, times and live state (revocation, session, user, client) were
// checked. Only a verifier can make one.
class VerifiedToken {
  public:
    class Proof {
        friend class tokens::OwnTokens;
        friend class issuers::ForeignTokens;
        Proof() = default;
    };
    VerifiedToken(Proof, TokenFacts facts, std::shared_ptr<const Identity> subject)
        : facts_(std::move(facts)), subject_(std::move(subject)) {}
    const TokenFacts& facts() const { return facts_; }
    const std::shared_ptr<const Identity>& subject() const { return subject_; }
    // What it says, for a stage that goes on without the proof.
    TokenFacts release() && { return std::move(facts_); }

  private:
    TokenFacts facts_;
    std::shared_ptr<const Identity> subject_;
};

// What the server knows of an actor's standing towards a subject. Gathered before the decision.
struct Standing {
    std::string kind;  // "guardian"; "grant": the subject himself lets the actor act for him
    std::string id;    // its end is the end of all that rests on it
    std::vector<std::string> scopes;     // empty: any
    std::vector<std::string> audiences;  // empty: any
    std::int64_t expires = 0;            // seconds since 1970; 0: until it is taken back
};
struct Relationship {
    std::vector<Standing> standings;  // those that hold now
    bool manages = false;
};

// What a grant proved: who the subject is, and what that rests on.
struct Evidence {
    std::shared_ptr<const Identity> subject;    // of the subject token
    std::shared_ptr<const Identity> requested;  // whom requested_subject names
    // Why he can not be had; `requested` is then somebody who is nobody, so that what is wrong
    // besides is told as for anybody else.
    std::optional<Error> requested_error;
    bool naked = false;  // no subject token: the requester itself asks
    // The secret of the device came with the ID token of a log-in there.
    bool proves_device = false;
    std::optional<VerifiedToken> actor_token;
    // A refresh: who acts by the family's chain.
    std::shared_ptr<const Identity> actor;
    std::optional<VerifiedToken> subject_token;   // token exchange
    std::optional<Session> session;               // the live session that was found or is to come
    bool session_is_new = false;                  // to be stored with the issue (password)
    std::optional<RefreshFamily> family;          // refresh_token: the family that was presented
    std::string refresh_hash;                     // of the refresh token that was presented
    std::optional<RefreshFamily> subject_family;  // token exchange: of its refresh token
    std::optional<HandedOver> handed;             // token exchange: of its hand-off code
    std::string hand_off_hash;
};

// The parties of one request, related to each other: binding, chains and depth are checked.
struct Parties {
    // What the request asks for: an actor token makes it a delegation, requested_subject a switch.
    Mode mode = Mode::kSameSubject;
    std::shared_ptr<const Identity> subject;  // whom the issued token is about
    // Who acts for him: the subject of the actor token, or of the subject token when another
    // subject is requested. Null: nobody, or (naked) the requester itself.
    std::shared_ptr<const Identity> actor;
    std::optional<TokenFacts> actor_token;
    bool naked = false;
    bool proves_device = false;
    std::string device_secret;             // made with the log-in; told once, kept as a hash
    std::optional<Error> requested_error;  // as of Evidence
    Relationship relationship;             // of the actor, or of the requester, to the subject
    std::string may_act;                   // to be written, JSON text or empty
    std::optional<TokenFacts> subject_token;
    std::optional<Session> session;
    bool session_is_new = false;
    std::optional<RefreshFamily> family;
    std::string refresh_hash;
    std::optional<RefreshFamily> subject_family;  // of the refresh token that is exchanged
    std::optional<HandedOver> handed;             // what is redeemed
    std::string hand_off_hash;
    std::string act;              // actor chain to be written, JSON text or empty
    std::string xid;              // exchange tree of what will be issued; empty: a new tree
    std::vector<std::string> xp;  // ancestors, oldest first
    // Where the log-in comes from; empty when it was another one's, as in a token exchange.
    std::string client_address;
};

// 4 decide --------------------------------------------------------------------------------------

// What the holder's client scopes would yield for this subject: computed by claims/ before the
// decision, so that the decision stays a pure function.
struct Reach {
    std::vector<std::string> audiences;  // what the mappers put into aud, disabled clients out
    std::vector<std::string> scopes;     // effective client scopes, as named in the token's scope
    std::vector<std::string> client_scopes;   // all effective client scopes, hidden ones too
    std::vector<std::string> unknown_scopes;  // requested, but neither default nor optional
    // By which scope the organization that the parameter names would stand in the token
    // ("organization:acme"); empty: none is named, or the realm has no such scope.
    std::string organization_scope;
};

// Everything a decision may look at: pure data, so that it can be replayed.
struct Facts {
    const Realm* realm = nullptr;
    const Client* requester = nullptr;
    ClientAuthMethod method = ClientAuthMethod::kNone;
    const Identity* requester_account = nullptr;  // its service account, or null
    GrantType grant = GrantType::kTokenExchange;
    Mode mode = Mode::kSameSubject;  // of the request
    const Identity* subject = nullptr;
    const Identity* actor = nullptr;            // null: nobody, or (naked) the requester
    const TokenFacts* subject_token = nullptr;  // null: the grant needs none
    const TokenFacts* actor_token = nullptr;
    bool naked = false;
    bool proves_device = false;
    // The scopes "delegation:…" that were asked for and may be had: whom they name exists, and a
    // rule lets him act for the subject.
    std::vector<std::string> delegable;
    const Relationship* relationship = nullptr;  // null: nothing is known
    std::string_view issuer;                     // of this realm
    const Session* session = nullptr;            // null: none
    const RefreshFamily* family = nullptr;       // refresh_token, or what a hand-off made ready
    const Client* asked_by = nullptr;            // who asked for that family; null: the requester
    const Identity* asked_account = nullptr;     // its service account, or null
    std::int64_t redeem_end = 0;                 // of what it gives at first; 0: none
    bool redeems = false;                        // the latter
    const Wanted* wanted = nullptr;
    const Confirmation* proven = nullptr;  // the keys that the request proved to hold; null: none
    Reach reach;
    TimePoint now{};
};

enum class OpenSession : std::uint8_t { kNone, kOnline, kOffline };
enum class IssueRefresh : std::uint8_t { kNone, kNewFamily, kRotate, kKeep };

// What may be issued, exactly.
struct PlanFacts {
    GrantType grant = GrantType::kTokenExchange;
    const Realm* realm = nullptr;
    const Client* holder = nullptr;
    const Client* requester = nullptr;
    const Client* scoped = nullptr;                  // whose mappers apply; null: the holder's
    TokenType token_type = TokenType::kAccessToken;  // what travels in access_token
    bool with_id_token = false;                      // an extra id_token member
    IssueRefresh refresh = IssueRefresh::kNone;
    std::vector<std::string> audience;
    // resource_access holds the audience's clients only, and aud is not made by mappers.
    bool audience_restricted = false;
    std::vector<std::string> scopes;         // the token's scope claim
    std::vector<std::string> client_scopes;  // whose mappers apply
    ClaimsKind claims = ClaimsKind::kFull;
    std::vector<std::string> claim_names;
    std::int64_t expires_at = 0;
    std::int64_t id_token_expires_at = 0;
    std::int64_t refresh_expires_at = 0;     // 0: no refresh token
    std::int64_t refresh_not_after = 0;      // when the family ends, refreshed or not; 0: never
    std::int64_t refresh_max_uses = 0;       // how often the family may refresh; 0: unbounded
    bool transient_session = false;          // the token has no session, or none of its own
    OpenSession opens = OpenSession::kNone;  // beside the subject's, for the refresh token
    bool consumes_subject = false;           // the refresh token that is exchanged ends
    bool gives_device_secret = false;        // for the device where the user logged in just now
    std::int64_t chain_end = 0;              // claim xexp; 0: none
    std::string act;                         // claim act, JSON text or empty
    std::string actors;                      // the same with hidden actors, for the record
    MayAct may_act;                          // claim may_act
    std::vector<std::string> rests_on;       // ids of relations and grants: ancestors in xp
    struct DailyLimit {
        RuleId rule;
        std::int64_t limit = 0;
    };
    std::vector<DailyLimit> daily_limits;
    std::int64_t redeem_end = 0;  // of the first access token that a hand-off gives
    HandOffTerms hand_off;        // of the code, when one is made
    bool joins_session = false;   // what it gives is of the subject's log-in
    bool break_glass = false;
    bool switches_subject = false;  // the actor became the subject
    std::string reason;             // what the request gave, for mappers
    std::string ticket;
    Confirmation cnf;  // what the tokens are bound to
    std::vector<RuleId> rules;
};

// A permission. Only policy/ can make one, and nobody can widen it.
class IssuePlan {
  public:
    class Proof {
        friend class policy::Policy;
        Proof() = default;
    };
    IssuePlan(Proof, PlanFacts facts) : facts_(std::move(facts)) {}
    const PlanFacts& facts() const { return facts_; }

  private:
    PlanFacts facts_;
};

// One rule that was looked at, and why it did or did not serve.
struct Reason {
    RuleId rule;
    Effect effect = Effect::kPermit;
    bool applies = false;
    std::string target;
    std::string text;
};

struct Decision {
    std::optional<IssuePlan> plan;
    std::optional<Error> refusal;  // present exactly when there is no plan
    std::vector<Reason> reasons;
    std::vector<TraceStep> steps;
};

// 5 mint ----------------------------------------------------------------------------------------

// Tokens that exist only in memory; nobody may see them before record has succeeded.
struct MintedToken {
    TokenType type = TokenType::kAccessToken;
    std::string token_type;  // Bearer, bearer, DPoP, N_A
    std::string text;        // what travels in access_token
    std::string jti;
    std::int64_t expires_at = 0;
    std::string id_token;       // or empty
    std::string device_secret;  // or empty
    std::string refresh_token;  // or empty
    std::int64_t refresh_expires_at = 0;
    std::optional<RefreshFamily> new_family;
    std::string refresh_hash;                 // of refresh_token
    std::optional<ReferenceToken> reference;  // when `text` is opaque
    std::optional<HandOff> hand_off;          // when `text` is the code of one
    std::vector<std::string> scopes;
    std::vector<std::string> audience;
    std::string xid;
    SessionId session;
};

// 7 respond -------------------------------------------------------------------------------------

// The members of RFC 6749 section 5.1 and RFC 8693 section 2.2.1, with Keycloak's additions.
struct TokenResponse {
    std::string access_token;
    std::string token_type;
    std::int64_t expires_in = 0;
    std::string scope;
    std::string refresh_token;
    std::int64_t refresh_expires_in = 0;
    std::string id_token;
    std::string device_secret;
    std::string session_state;
    std::optional<TokenType> issued_token_type;  // token exchange only
};

}  // namespace cambist
