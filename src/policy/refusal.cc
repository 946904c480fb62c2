// SPDX-License-Identifier: Apache-2.0
#include "policy/refusal.h"

#include <algorithm>

#include "base/text.h"
#include "policy/condition.h"
#include "policy/sentence.h"

namespace cambist::policy {
namespace {

struct Case {
    const RuleIndex& index;
    const Facts& facts;
    const Target* target;
    const Rule& rule;  // the closest one

    std::string requester() const { return quoted(facts.requester->client_id.text()); }
    std::string rule_name() const { return "rule " + quoted(rule.id.text()); }
    std::string target_name() const {
        return target == nullptr ? std::string("what it can reach") : quoted(target->name);
    }
};

Error make(ErrorCode code, std::string hint) {
    return {.code = code, .safe = {}, .hint = std::move(hint), .detail = {}};
}

std::string presented_token(const Case& c) {
    const TokenFacts& token = *c.facts.subject_token;
    return "This token is for " + quoted(token.audience) + ", held by " +
           quoted(token.holder.text()) + ".";
}

// E2 of the error catalogue: the commonest trap, with both ways out.
Error explain_audience(const Case& c) {
    const TokenFacts& token = *c.facts.subject_token;
    std::string hint =
        c.requester() + " may only exchange tokens that were sent to it" +
        (c.rule.subject->binding == Binding::kAudienceOrHolder ? std::string(" or that it holds. ")
                                                               : std::string(" (aud names it). ")) +
        presented_token(c);
    if (token.holder == c.facts.requester->client_id) {
        hint += " Fix A: let its client scopes add " + c.requester() +
                " to the audience of its own tokens. Fix B: set binding to azp in " +
                c.rule_name() + ", so that it may exchange the tokens it holds.";
    } else if (c.rule.target && c.rule.target->reachable) {
        hint += " Fix A: let " + quoted(token.holder.text()) + " ask for audience " +
                c.requester() +
                " (a client scope with an audience mapper). Fix B (weaker): write "
                "a rule for this exchange with binding any, and a risk statement.";
    } else {
        hint += " Fix A: let " + quoted(token.holder.text()) + " ask for audience " +
                c.requester() + ". Fix B (weaker): set binding to any in " + c.rule_name() +
                ", and state the risk.";
    }
    return make(ErrorCode::kNotInAudience, hint + owner_of(c.rule));
}

Error explain_holder(const Case& c) {
    return make(ErrorCode::kNotHolder,
                "By " + c.rule_name() + " " + c.requester() +
                    " may only exchange tokens that it holds. " + presented_token(c) +
                    " Send a token of " + c.requester() +
                    " itself, or set binding to audience in the rule." + owner_of(c.rule));
}

Error explain_device(const Case& c) {
    return make(
        ErrorCode::kDeviceSecretMissing,
        c.facts.proves_device
            ? "A device secret came, and " + c.rule_name() + " has binding " +
                  std::string(name_of(c.rule.subject->binding)) + "." + owner_of(c.rule)
            : c.rule_name() +
                  " has binding device-secret: send the secret of the device as actor_token, "
                  "beside an ID token of the log-in that gave it." +
                  owner_of(c.rule));
}

// E21 of the error catalogue: a token that is bound to the key of another client has three ways.
Error explain_proof(const Case& c) {
    const std::string holder = quoted(c.facts.subject_token->holder.text());
    return make(ErrorCode::kSenderConstrained,
                "The subject token is bound to a key of " + holder + ", and " + c.requester() +
                    " did not prove that key. One way: let " + holder +
                    " exchange it itself. Another: set rebind: true in the subject of " +
                    c.rule_name() + ", and let " + c.requester() +
                    " prove a key of its own. The last: let " + holder +
                    " get an unbound token for this hop." + owner_of(c.rule));
}

Error explain_method(const Case& c) {
    std::vector<std::string> methods;
    for (const ClientAuthMethod method : c.rule.requester->auth_methods)
        methods.emplace_back(name_of(method));
    return make(ErrorCode::kRuleAuthMethod, c.requester() + " authenticated by " +
                                                std::string(name_of(c.facts.method)) + ", but " +
                                                c.rule_name() + " demands " + quoted(methods) +
                                                "." + owner_of(c.rule));
}

Error explain_token_type(const Case& c) {
    std::vector<std::string> types;
    for (const TokenType type : c.rule.subject->token_types)
        types.emplace_back(short_name_of(type));
    if (types.empty()) types.emplace_back(short_name_of(TokenType::kAccessToken));
    return make(ErrorCode::kSubjectTypeNotAllowed,
                "The subject token was sent as " +
                    quoted(short_name_of(c.facts.subject_token->type)) + ", but " + c.rule_name() +
                    " takes " + quoted(types) + "." + owner_of(c.rule));
}

Error explain_users(const Case& c) {
    const auto& users = c.rule.subject ? c.rule.subject->users : std::optional<UserSelector>();
    return make(ErrorCode::kRuleSubjectNotSelected,
                "Subject " + quoted(c.facts.subject->user->username) + " is not among those that " +
                    c.rule_name() + " selects: " + (users ? describe(*users) : "nobody") +
                    ". Give the subject the group or role, or widen the rule." + owner_of(c.rule));
}

Error explain_reach(const Case& c) {
    return make(ErrorCode::kTargetNotReachable,
                "The client scopes of " + c.requester() + " yield " +
                    quoted(c.facts.reach.audiences) + " for subject " +
                    quoted(c.facts.subject->user->username) + ", not " + c.target_name() +
                    ". Give " + c.requester() +
                    " a client scope with an audience mapper for it, or the subject a role of it, "
                    "or write a rule." +
                    suggest_target(c.index, c.facts, c.target == nullptr ? "" : c.target->name));
}

// What kind of request this is, and which one the rule is for.
Error explain_mode(const Case& c) {
    const std::string rule = "The only fitting one, " + c.rule_name() + ", is for mode " +
                             std::string(name_of(c.rule.result.mode));
    switch (c.facts.mode) {
        case Mode::kSameSubject:
            return make(ErrorCode::kRuleNeedsActor,
                        rule +
                            ", and this request has no actor: send an actor_token, or a "
                            "requested_subject." +
                            owner_of(c.rule));
        case Mode::kDelegation:
            return make(ErrorCode::kActorNotSelected,
                        rule + ", and this request has an actor token." + owner_of(c.rule));
        case Mode::kSwitchSubject:
            break;
    }
    return make(ErrorCode::kSwitchNotAllowed,
                rule + ", and this request asks to become another subject." + owner_of(c.rule));
}

Error explain_naked(const Case& c) {
    if (c.facts.naked)
        return make(ErrorCode::kNakedNotAllowed,
                    "No subject token came, and " + c.rule_name() +
                        " demands one of who asks (subject.naked is not set)." + owner_of(c.rule));
    return make(ErrorCode::kSwitchNotAllowed,
                c.rule_name() + " is for requests without a subject token, and one came." +
                    owner_of(c.rule));
}

Error explain_actor_binding(const Case& c) {
    const TokenFacts& token = *c.facts.actor_token;
    return make(ErrorCode::kActorNotBound, "The actor token is for " + quoted(token.audience) +
                                               ", held by " + quoted(token.holder.text()) +
                                               ", and " + c.rule_name() +
                                               " wants it to be meant "
                                               "for " +
                                               c.requester() + "." + owner_of(c.rule));
}

Error explain_actor(const Case& c) {
    const ErrorCode code = c.facts.mode == Mode::kSwitchSubject ? ErrorCode::kSwitchNotAllowed
                                                                : ErrorCode::kActorNotSelected;
    const std::string actor =
        c.facts.actor == nullptr ? std::string("nobody") : quoted(c.facts.actor->user->username);
    const auto& selector = c.rule.actor;
    std::string selected = "nobody";
    if (selector && selector->users) selected = describe(*selector->users);
    if (selector && !selector->clients.empty()) selected = quoted(selector->clients);
    return make(code, "The actor is " + actor + ", and " + c.rule_name() + " selects: " + selected +
                          ", by an access token unless it says otherwise. What counts is the "
                          "actor's standing here, not what his token carries." +
                          owner_of(c.rule));
}

Error explain_protected(const Case& c) {
    return make(ErrorCode::kSubjectProtected,
                quoted(c.facts.subject->user->username) + " has an administrative role, and " +
                    c.rule_name() + " names neither him nor the role." + owner_of(c.rule));
}

// What of Keycloak's permissions did not hold.
Error explain_condition(const Case& c) {
    const ErrorCode code = c.facts.mode != Mode::kSwitchSubject ? ErrorCode::kPermissionDenies
                           : c.facts.naked                      ? ErrorCode::kNakedNotAllowed
                                                                : ErrorCode::kSwitchNotAllowed;
    return make(code, "By " + c.rule.source + " " + c.requester() + " may have tokens for " +
                          c.target_name() + " only if " + describe(*c.rule.condition) + "." +
                          owner_of(c.rule));
}

Error explain_closest(const Case& c, Obstacles obstacles) {
    if (obstacles.has(Obstacle::kDisabled))
        return make(ErrorCode::kNoRule,
                    "The only fitting one, " + c.rule_name() + ", is disabled." + owner_of(c.rule));
    if (obstacles.has(Obstacle::kCondition)) return explain_condition(c);
    if (obstacles.has(Obstacle::kMode)) return explain_mode(c);
    if (obstacles.has(Obstacle::kNaked)) return explain_naked(c);
    if (obstacles.has(Obstacle::kDevice)) return explain_device(c);
    if (obstacles.has(Obstacle::kAudience)) return explain_audience(c);
    if (obstacles.has(Obstacle::kHolder)) return explain_holder(c);
    if (obstacles.has(Obstacle::kProof)) return explain_proof(c);
    if (obstacles.has(Obstacle::kReachable)) return explain_reach(c);
    if (obstacles.has(Obstacle::kTokenType)) return explain_token_type(c);
    if (obstacles.has(Obstacle::kActorBinding)) return explain_actor_binding(c);
    if (obstacles.has(Obstacle::kActorToken) || obstacles.has(Obstacle::kActor))
        return explain_actor(c);
    if (obstacles.has(Obstacle::kUsers)) return explain_users(c);
    if (obstacles.has(Obstacle::kProtected)) return explain_protected(c);
    if (obstacles.has(Obstacle::kAuthMethod)) return explain_method(c);
    if (obstacles.has(Obstacle::kExpired))
        return make(ErrorCode::kRuleExpired,
                    "The risk statement of " + c.rule_name() + " ended on " +
                        (c.rule.risk ? c.rule.risk->expires : std::string("an unknown day")) +
                        ". Its owner may renew it." + owner_of(c.rule));
    return make(ErrorCode::kNoRule, "The closest one, " + c.rule_name() + ", does not serve: " +
                                        describe(obstacles) + "." + owner_of(c.rule));
}

// No rule lets this requester have this target.
Error explain_nothing(const RuleIndex& index, const Facts& facts, const Target* target) {
    const std::string requester = quoted(facts.requester->client_id.text());
    if (target == nullptr)
        return make(ErrorCode::kTargetMissing, "No rule gives " + requester + " a default target.");
    std::string hint = "No rule gives " + requester + " the target " + quoted(target->name) + ".";
    if (index.has_permissions && !facts.requester->standard_token_exchange)
        return make(ErrorCode::kPermissionDenies,
                    hint + " No permission token-exchange of the target has a policy.");
    const auto visible = visible_targets(index, facts);
    if (const auto closest = nearest(target->name, visible)) {
        hint += " Closest rule target: " + quoted(*closest) + ".";
    } else if (!visible.empty()) {
        std::vector<std::string> names(
            visible.begin(), visible.begin() + static_cast<std::ptrdiff_t>(
                                                   std::min(visible.size(), std::size_t{5})));
        hint += " Its rules name " + quoted(names) + ".";
    }
    return make(ErrorCode::kNoRule,
                hint + " The owner of " + quoted(target->name) + " can write a rule.");
}

// Fewest obstacles; of equal ones min_element keeps the first in the realm's order.
bool is_closer(const Candidate& a, const Candidate& b) {
    return a.obstacles.count() < b.obstacles.count();
}

}  // namespace

std::string owner_of(const Rule& rule) {
    return rule.owner.empty() ? std::string() : " The rule's owner is " + quoted(rule.owner) + ".";
}

Error explain_refusal(const RuleIndex& index, const Facts& facts, const Target* target,
                      const std::vector<Candidate>& candidates) {
    std::vector<Candidate> of_requester;
    std::ranges::copy_if(candidates, std::back_inserter(of_requester), [](const Candidate& one) {
        return !one.obstacles.has(Obstacle::kRequester);
    });
    const auto closest = std::ranges::min_element(of_requester, is_closer);
    if (closest == of_requester.end()) return explain_nothing(index, facts, target);
    const Case c{.index = index, .facts = facts, .target = target, .rule = closest->rule->rule()};
    return explain_closest(c, closest->obstacles);
}

}  // namespace cambist::policy
