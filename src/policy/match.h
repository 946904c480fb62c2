// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/brought.h"
#include "model/flow.h"

namespace cambist::policy {

// What keeps a permit from serving a request; a rule may have several, as bits of one number.
enum class Obstacle : std::uint32_t {
    kDisabled = 1U << 0U,
    kExpired = 1U << 1U,
    kMode = 1U << 2U,           // for another mode than the request's
    kActor = 1U << 3U,          // does not select the actor
    kRequester = 1U << 4U,      // selects other clients
    kAuthMethod = 1U << 5U,     // demands another client authentication
    kAudience = 1U << 6U,       // the subject token was not sent to the requester
    kHolder = 1U << 7U,         // the subject token is held by another client
    kTokenType = 1U << 8U,      // subject token of another type
    kIssuer = 1U << 9U,         // subject token of another issuer
    kUsers = 1U << 10U,         // does not select the subject
    kProof = 1U << 12U,         // bound to the key of another client, and the rule does not re-bind
    kReachable = 1U << 11U,     // the requester's client scopes do not yield the target
    kNaked = 1U << 13U,         // demands a subject token, or does without one, and the request not
    kProtected = 1U << 14U,     // the subject is an administrator that the rule does not name
    kActorToken = 1U << 15U,    // actor token of another type
    kActorBinding = 1U << 16U,  // the actor token was not meant for the requester
    kGrant = 1U << 17U,         // the subject's own grant does not reach this target
    kCondition = 1U << 18U,     // Keycloak's permissions do not grant it
    kDevice = 1U << 19U,        // demands the secret of the device, or does without, and it came
};
class Obstacles {
  public:
    void add(Obstacle obstacle) { bits_ |= static_cast<std::uint32_t>(obstacle); }
    void remove(Obstacle obstacle) { bits_ &= ~static_cast<std::uint32_t>(obstacle); }
    void add_if(bool condition, Obstacle obstacle) {
        if (condition) add(obstacle);
    }
    bool has(Obstacle one) const { return (bits_ & static_cast<std::uint32_t>(one)) != 0; }
    bool none() const { return bits_ == 0; }
    bool only(Obstacle obstacle) const { return bits_ == static_cast<std::uint32_t>(obstacle); }
    int count() const { return __builtin_popcount(bits_); }

  private:
    std::uint32_t bits_ = 0;
};
// "disabled; the subject is not selected", in the order of Obstacle.
std::string describe(Obstacles obstacles);

// kUnknown: the server does not hold what the selector asks for.
enum class Answer : std::uint8_t { kNo, kUnknown, kYes };

// Between whom a relational selector looks. Null members: there is nobody, so nothing holds.
struct Pair {
    const Identity* actor = nullptr;
    const Identity* subject = nullptr;
    const Relationship* relationship = nullptr;
};

// A UserSelector made ready: lists sorted, roles parsed.
class UserMatcher {
  public:
    explicit UserMatcher(const UserSelector& selector);
    // `if_empty`: what a selector that names nobody says, apart from those it excludes.
    Answer matches(const Identity& who, const Pair& pair, Answer if_empty) const;
    bool is_relational() const { return relational_ || (except_ && except_->is_relational()); }
    // Names this user himself, or a role of his that is also one of `roles`.
    bool names(const Identity& who, const std::vector<RoleRef>& roles) const;

  private:
    Answer matches_included(const Identity& who, const Pair& pair, Answer if_empty) const;
    bool relations_hold(const Pair& pair) const;

    bool is_empty_ = true;
    bool any_ = false;
    bool relational_ = false;
    bool same_group_ = false;
    bool same_organization_ = false;
    bool manages_ = false;
    bool granted_ = false;
    std::vector<std::string> relation_;  // any of these
    std::vector<std::string> organizations_;
    std::vector<std::string> users_;
    std::vector<std::string> groups_;
    std::vector<std::string> clients_;
    std::vector<RoleRef> roles_;
    std::map<std::string, std::vector<std::string>> attributes_;
    std::shared_ptr<const UserMatcher> except_;
};

// One rule made ready. Refers to the rule, which must outlive it.
class RuleMatcher {
  public:
    explicit RuleMatcher(const Rule& rule);
    const Rule& rule() const { return *rule_; }

    // Of a permit; the target is not looked at.
    Obstacles obstacles(const Facts& facts) const;
    // Of a permit, at a refresh of what it granted: the subject token is gone by then.
    Obstacles obstacles_at_refresh(const Facts& facts) const;
    // Of a delegation: the actor may act for the subject, whoever asks and for whatever target.
    bool lets_act(const Facts& facts) const;
    // Of a denial; the target is not looked at.
    bool denies(const Facts& facts) const;
    // The requester selector alone, authentication method aside.
    bool selects_requester(const Client& requester, const Identity* account) const;
    // Of a permit, before the token is known: it may serve this requester now, and takes tokens of
    // this trusted issuer.
    bool lets_bring(const Facts& facts, std::string_view alias, Brought as) const;
    // Whether a selector compares the subject with the actor by what only a look-up tells.
    bool is_relational() const;
    // Selects its requesters by something else than their names.
    bool has_open_requester() const { return clients_.empty(); }

  private:
    void check_requester(const Facts& facts, Obstacles& found) const;
    void check_subject_token(const Facts& facts, Obstacles& found) const;
    void check_subject(const Facts& facts, Obstacles& found) const;
    void check_mode(const Facts& facts, Obstacles& found) const;
    void check_actor_token(const Facts& facts, Obstacles& found) const;
    bool selects_actor(const Facts& facts, Answer if_empty) const;
    bool denies_actor(const Facts& facts) const;
    bool denies_token(const Facts& facts) const;
    bool allows_method(ClientAuthMethod method) const;

    const Rule* rule_;
    bool requester_any_ = false;
    std::vector<std::string> clients_;
    std::vector<std::string> groups_;
    std::vector<std::string> organizations_;
    std::vector<RoleRef> roles_;
    std::shared_ptr<const UserMatcher> users_;  // null: absent
    std::shared_ptr<const UserMatcher> actors_;
    std::vector<std::string> actor_clients_;
    std::vector<std::string> issuers_;
    std::vector<std::string> actor_issuers_;
};

}  // namespace cambist::policy
