// SPDX-License-Identifier: Apache-2.0
#include "policy/permissions.h"

#include <string>
#include <utility>

#include "model/permission.h"

namespace cambist::policy {
namespace {

ClausePointer make_clause(decltype(Clause::what) what) {
    return std::make_shared<const Clause>(Clause{.name = {}, .what = std::move(what)});
}
ClausePointer of(Party party, ClausePointer part) {
    return make_clause(PartyClause{.party = party, .part = std::move(part)});
}
ClausePointer join(Strategy strategy, std::vector<ClausePointer> parts) {
    std::erase(parts, nullptr);
    if (parts.size() == 1) return parts.front();
    return make_clause(AggregateClause{.strategy = strategy, .parts = std::move(parts)});
}
ClausePointer all_of(std::vector<ClausePointer> parts) {
    return join(Strategy::kUnanimous, std::move(parts));
}

// For whom a rule is: one target, or the requester itself, which Keycloak asks no permission for.
struct Aim {
    std::string target;   // empty: the requester
    ClausePointer guard;  // null: none
};

class Compiler {
  public:
    explicit Compiler(const Realm& realm)
        : permissions_(*realm.permissions),
          manager_(realm.name.text() == "master" ? "master-realm" : "realm-management") {}

    std::vector<Rule> compile() && {
        for (const auto& [target, guard] : permissions_.exchange)
            if (guard) add({target, guard});
        add({{}, nullptr});
        return std::move(rules_);
    }

  private:
    void add(const Aim& aim) {
        exchange(aim);
        for (const auto& [alias, guard] : permissions_.issuers)
            if (guard) bring(aim, alias, guard);
        if (!permissions_.guards_users) return;
        impersonate(aim);
        if (permissions_.impersonate) impersonate_naked(aim);
    }

    // What all have in common: Keycloak's V1 takes the scopes of the target, to be held by the
    // requester, and a token of whomever when the target's permission grants.
    Rule& start(const Aim& aim, const std::string& what) {
        const bool is_own = aim.target.empty();
        Rule& rule = rules_.emplace_back();
        rule.id = RuleId((is_own ? "requester:" : "client:" + aim.target + ":") + what);
        rule.owner = aim.target;
        rule.requester.emplace().any = true;
        SubjectSelector& subject = rule.subject.emplace();
        subject.token_types = {TokenType::kAccessToken};
        subject.issuers = {"self"};
        subject.binding = is_own ? Binding::kAudienceOrHolder : Binding::kAny;
        subject.users.emplace().any = true;
        TargetSelector& target = rule.target.emplace();
        target.requester = is_own;
        if (!is_own) target.audiences = {aim.target};
        RuleResult& result = rule.result;
        result.token_types = {TokenType::kAccessToken, TokenType::kIdToken,
                              TokenType::kRefreshToken};
        result.client_scopes = true;
        result.target_scopes = true;
        result.claims = ClaimsKind::kFull;
        result.refresh = RefreshKind::kBounded;
        result.session = SessionMode::kJoin;
        rule.source = is_own ? "Keycloak's legacy exchange, for the requester itself"
                             : "permission token-exchange of client " + aim.target;
        return rule;
    }

    // The standard exchange goes first, where a client has it.
    void exchange(const Aim& aim) {
        Rule& rule = start(aim, "token-exchange-permission");
        rule.condition = all_of({make_clause(NoSwitchClause{}), aim.guard});
    }

    // Of a token of an identity provider: Keycloak makes a log-in of it, looks at no audience and
    // no holder, and asks for both permissions.
    void bring(const Aim& aim, const std::string& alias, const ClausePointer& guard) {
        Rule& rule = start(aim, "token-exchange-permission:" + alias);
        rule.subject->token_types = {TokenType::kAccessToken, TokenType::kIdToken, TokenType::kJwt};
        rule.subject->issuers = {alias};
        rule.subject->binding = Binding::kAny;
        rule.result.session = SessionMode::kCreate;
        rule.condition = all_of({guard, aim.guard});
        rule.source += ", and permission token-exchange of identity provider " + alias;
    }

    Rule& become(const Aim& aim, const std::string& what) {
        Rule& rule = start(aim, what);
        rule.result.mode = Mode::kSwitchSubject;
        rule.result.session = SessionMode::kCreate;
        // Who may be impersonated is said there: administrators too. Where nobody said, they may
        // not, unlike in Keycloak.
        rule.subject->admins = permissions_.impersonated != nullptr;
        rule.source += ", and impersonate of users";
        return rule;
    }
    ClausePointer impersonated() const {
        return permissions_.impersonated ? of(Party::kSubject, permissions_.impersonated) : nullptr;
    }

    void impersonate(const Aim& aim) {
        Rule& rule = become(aim, "impersonate-permission");
        rule.actor.emplace().kind = ActorSelector::Kind::kRequired;
        RoleClause role;
        role.roles.push_back({RoleRef{.client = manager_, .name = "impersonation"}, false});
        const auto actor = of(Party::kActor, join(Strategy::kAffirmative,
                                                  {make_clause(role), permissions_.impersonate}));
        rule.condition = all_of({actor, impersonated(), aim.guard});
    }
    void impersonate_naked(const Aim& aim) {
        Rule& rule = become(aim, "naked-impersonate-permission");
        rule.subject->naked = true;
        rule.condition = all_of({permissions_.impersonate, impersonated(), aim.guard});
    }

    const LegacyPermissions& permissions_;
    std::string manager_;
    std::vector<Rule> rules_;
};

}  // namespace

std::vector<Rule> compile_permissions(const Realm& realm) {
    if (!realm.permissions) return {};
    return Compiler(realm).compile();
}

}  // namespace cambist::policy
