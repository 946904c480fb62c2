// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/brought.h"
#include "model/flow.h"
#include "model/realm.h"
#include "model/rule.h"

namespace cambist::policy {

struct RuleIndex;
class SubjectTypes;

// The one decision: who may have which token. Compiled from a realm's rules and switches, then
// immutable and cheap to copy; every member function is pure and may be called from any thread.
// It keeps nothing of the realm: the facts of a request carry it.
class Policy {
  public:
    // A policy without rules: every exchange is refused.
    Policy();
    // Copies what it needs; the realm need not outlive the policy. The realm must be indexed.
    static Policy compile(const Realm& realm);

    // Same facts, same answer. All pointers of the facts that are not documented as optional must
    // be set. The decision holds either a plan or a refusal; reasons name every rule that was
    // looked at, steps every check as far as it came.
    Decision decide(const Facts& facts) const;

    // Whether some permit, of whatever target, selects this requester; `account` is its service
    // account, or null. Without rules that select by groups or roles, one look-up by its name.
    bool may_exchange(const Client& requester, const Identity* account) const;
    // Fails with kExchangeNotEnabled when none does.
    Status check_may_exchange(const Client& requester, const Identity* account) const;

    // Whether some permit that serves the requester now, or Keycloak's switch of the client, takes
    // tokens of this issuer at all, by its alias: facts.requester, requester_account and now are
    // read, and of Keycloak's permissions what they say of these. Before the issuer is asked about
    // a token: who has no rule makes nobody use one up, and shows nobody any text.
    bool may_bring(const Facts& facts, std::string_view issuer, Brought as) const;
    // Before a token is proved: fails with kSubjectTypeNotAllowed when no permit takes subject
    // tokens of this type of the requester. Permits that do not name it by its client id may select
    // it.
    Status check_subject_type(const Client& requester, TokenType declared) const;

    // Which client the issued token would belong to, as far as requester, subject and targets tell;
    // facts.reach is not read. Reach is to be computed for this client before decide() is called.
    const Client* foresee_holder(const Facts& facts) const;

    // Whether a rule looks at what stands between subject and actor, so that it must be gathered.
    bool needs_relationship() const;
    // Whether some rule of mode delegation, of whatever requester and target, selects this actor
    // for this subject: facts.realm, subject, actor, relationship and now are read.
    bool lets_act(const Facts& facts) const;
    // Whether a rule lets this public client exchange its own tokens.
    bool serves_public(const ClientId& client) const;

    // Keycloak's legacy exchange takes the client scopes of the target: what facts.reach is to be
    // computed for when a rule of it may decide. Nothing: for the holder, as is asked for.
    struct ScopesOf {
        const Client* client = nullptr;
        std::vector<std::string> requested;
    };
    std::optional<ScopesOf> foresee_scopes(const Facts& facts) const;

    // The realm's own rules in its order, then those compiled from Keycloak's switches.
    const std::vector<Rule>& rules() const;
    // 16 hexadecimal digits that change when any rule changes.
    const std::string& version() const;

  private:
    explicit Policy(std::shared_ptr<const RuleIndex> index);
    std::shared_ptr<const RuleIndex> index_;
    std::shared_ptr<const SubjectTypes> subject_types_;
};

}  // namespace cambist::policy
