// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "policy/actors.h"
#include "policy/consent.h"
#include "policy/delegation_scope.h"
#include "policy/device.h"
#include "policy/limits.h"
#include "policy/natural.h"
#include "policy/offline.h"
#include "policy/organizations.h"
#include "policy/refresh_rules.h"
#include "policy/refusal.h"
#include "policy/scopes.h"
#include "policy/select.h"
#include "policy/sender.h"
#include "policy/standing.h"
#include "policy/terms.h"

namespace cambist::policy {
namespace {

Status check_family(const Facts& facts, Trace& trace) {
    const RefreshFamily& family = *facts.family;
    const std::string requester = quoted(facts.requester->client_id.text());
    if (family.client != facts.requester->client_id)
        return fail(ErrorCode::kRefreshTokenOfAnotherClient,
                    "This refresh token belongs to " + quoted(family.client.text()) +
                        "; the requester is " + requester +
                        (family.xid.empty() ? "." : ". It came from exchange " + family.xid + ".") +
                        " To give " + requester +
                        " one of its own use a hand-off, or holder: target.");
    CAMBIST_CHECK(check_refresh_proof(facts));
    const bool is_orphan =
        !family.requester.empty() && (facts.asked_by == nullptr || !facts.asked_by->enabled);
    if (is_orphan)
        return fail(ErrorCode::kRefreshRuleGone, "Client " + quoted(family.requester.text()) +
                                                     ", which asked for it, is disabled or gone.");
    trace.pass(
        "binding",
        (facts.redeems ? "the hand-off is for " : "the refresh token belongs to ") + requester);
    if (!facts.subject->user->enabled)
        return fail(ErrorCode::kRefreshSubjectDisabled,
                    "Subject " + quoted(facts.subject->user->username) + " is disabled.");
    if (!family.session.empty() && facts.session == nullptr)
        return fail(ErrorCode::kRefreshSessionEnded, "Its session is gone.");
    if (facts.session != nullptr && facts.session->offline && !may_be_offline(facts))
        return fail(ErrorCode::kRefreshRuleGone,
                    "Subject " + quoted(facts.subject->user->username) +
                        " has none of the roles of the client scope offline_access any more.");
    const std::int64_t now = to_unix(facts.now);
    if (family.not_after > 0 && family.not_after <= now)
        return fail(ErrorCode::kRefreshTokenExpired,
                    "Its family ended at " + std::to_string(family.not_after) + ".");
    CAMBIST_CHECK(check_still_member(facts));
    trace.pass("parties", "subject " + quoted(facts.subject->user->username));
    return {};
}

// One that is always there and that no scope claim names: the family does not name it either.
bool is_hidden_default(const Facts& facts, const std::string& name) {
    const ClientScope* scope = facts.realm->find_scope(name);
    return scope != nullptr && !scope->include_in_token_scope &&
           holds(facts.requester->default_scopes, name);
}

Status check_no_wider(const Facts& facts) {
    std::vector<std::string> wider = facts.wanted->scopes;
    std::erase_if(wider, [&](const std::string& scope) {
        return covers_scope(*facts.realm, facts.family->scopes, scope) ||
               is_hidden_default(facts, scope);
    });
    if (wider.empty()) return {};
    return fail(ErrorCode::kRefreshScopeWidened,
                quoted(wider) + ": not in what was granted: " + quoted(facts.family->scopes) +
                    ". Leave it out, or ask for a new grant.");
}

// Keycloak's semantics: default client scopes stay, optional ones by request, none is new.
Result<std::vector<std::string>> refreshed_client_scopes(const Facts& facts) {
    const Wanted& wanted = *facts.wanted;
    std::vector<std::string> gone = common(wanted.scopes, facts.reach.unknown_scopes);
    std::erase(gone, "openid");
    if (!gone.empty())
        return fail(ErrorCode::kScopeNotAllowed, quoted(gone) + ": no client scope of " +
                                                     quoted(facts.requester->client_id.text()) +
                                                     " any more.");
    CAMBIST_CHECK(check_delegable(facts, wanted.scopes));
    std::vector<std::string> scopes = facts.reach.scopes;
    // As in Keycloak, the log-in goes on without one that names nobody any more; `scope` tells.
    std::erase_if(scopes, [&](const std::string& scope) {
        return !covers_scope(*facts.realm, facts.family->scopes, scope) ||
               !is_delegable(facts, scope);
    });
    const bool keeps_openid = !wanted.has_scope || holds(wanted.scopes, "openid");
    if (keeps_openid && holds(facts.family->scopes, "openid") && !holds(scopes, "openid"))
        scopes.insert(scopes.begin(), "openid");
    return scopes;
}

// Those shown in the scope claim follow it. Hidden ones are the reach's: default ones stay,
// optional ones are asked for by the family's scopes, which name them, or by the request's.
void narrow_client_scopes(PlanFacts& plan, const Facts& facts) {
    std::erase_if(plan.client_scopes, [&](const std::string& name) {
        return holds(facts.reach.scopes, name) && !holds(plan.scopes, name);
    });
}

// What the rules of the exchange still allow of the family's scopes.
Result<std::vector<std::string>> refreshed_rule_scopes(const Facts& facts, const Terms& terms) {
    const auto is_allowed = [&](const std::string& scope) {
        if (!is_delegable(facts, scope)) return false;
        return std::ranges::all_of(terms.rules, [&](const Rule* rule) {
            if (scope == "openid" && holds_type(*rule, TokenType::kIdToken)) return true;
            if (scope == kOfflineScope && rule->result.refresh == RefreshKind::kOffline)
                return true;
            if (is_of_organizations(*facts.realm, scope))
                return still_allows_organization(*rule, facts, scope);
            return rule->result.client_scopes ? holds(facts.reach.scopes, scope)
                                              : lists_scope(*rule, *facts.realm, scope);
        });
    };
    const Wanted& wanted = *facts.wanted;
    std::vector<std::string> scopes = wanted.has_scope ? wanted.scopes : facts.family->scopes;
    std::vector<std::string> refused = scopes;
    std::erase_if(refused, is_allowed);
    std::erase_if(scopes, [&](const std::string& scope) { return !is_allowed(scope); });
    if (wanted.has_scope && !refused.empty())
        return fail(ErrorCode::kScopeNotAllowed, quoted(refused) + ": not allowed by rule " +
                                                     quoted(terms.rules.front()->id.text()) +
                                                     " any more.");
    return scopes;
}

std::vector<std::string> names_of(const Targets& targets) {
    std::vector<std::string> names;
    for (const Target& target : targets) names.push_back(target.name);
    return names;
}

// The rules may bound more strictly by now than when they granted the family.
Result<FamilyBounds> check_bounds(const Facts& facts, const Terms& terms) {
    const FamilyBounds bounds = family_bounds(facts, terms.rules);
    const std::string by = "By rule " + quoted(terms.rules.front()->id.text()) + " its family ";
    if (bounds.not_after > 0 && bounds.not_after <= to_unix(facts.now))
        return fail(ErrorCode::kRefreshTokenExpired,
                    by + "ended at " + std::to_string(bounds.not_after) + ".");
    if (bounds.max_uses > 0 && facts.family->uses >= bounds.max_uses)
        return fail(ErrorCode::kRefreshUsesSpent,
                    by + "may refresh " + std::to_string(bounds.max_uses) + " time(s).");
    return bounds;
}

// The switch of the client that the family came from is still on?
Status check_grant_of_origin(const Facts& facts) {
    const Client& client = *facts.requester;
    const bool by_service = facts.family->grant_of_origin == GrantType::kClientCredentials;
    const bool by_password = facts.family->grant_of_origin == GrantType::kPassword;
    if ((by_service && !client.service_accounts) || (by_password && !client.direct_access_grants))
        return fail(ErrorCode::kRefreshRuleGone,
                    "The grant that this refresh token came from is switched off for " +
                        quoted(client.client_id.text()) + ".");
    return {};
}

// A token of a log-in: as the log-in's, within what was granted then.
Result<PlanFacts> plan_natural_refresh(const Facts& facts) {
    CAMBIST_CHECK(check_grant_of_origin(facts));
    CAMBIST_TRY(std::vector<std::string> scopes, refreshed_client_scopes(facts));
    PlanFacts plan = make_natural_plan(facts, std::move(scopes));
    plan.with_id_token = true;
    narrow_client_scopes(plan, facts);
    if (!facts.family->audience_restricted) return plan;
    CAMBIST_TRY(Targets targets, enabled_targets(facts));
    std::erase_if(targets, [&](const Target& target) {
        return !holds(facts.reach.audiences, audience_of(target));
    });
    plan.audience = names_of(targets);
    plan.audience_restricted = true;
    return plan;
}

// A public client holds what it got by a hand-off or a device secret, and nothing else of an
// exchange.
Status check_public(const Facts& facts, const Terms& terms) {
    const bool by_device = std::ranges::all_of(terms.rules, [](const Rule* rule) {
        return rule->subject && rule->subject->binding == Binding::kDeviceSecret;
    });
    if (facts.requester->is_confidential() || terms.allows_type(TokenType::kHandOff) || by_device)
        return {};
    return fail(ErrorCode::kPublicClientExchange, "Client " +
                                                      quoted(facts.requester->client_id.text()) +
                                                      " has become public since the exchange.");
}

// Keycloak's legacy exchange names its target, whether its mappers yield it or not.
std::vector<std::string> still_reached(const Facts& facts, const Terms& terms,
                                       std::vector<std::string> audience) {
    if (terms.scoped != nullptr && terms.scoped != facts.requester)
        audience.push_back(terms.scoped->client_id.text());
    return audience;
}

// Which session the refresh token of a hand-off hangs on: an offline one where that was asked for,
// else the subject's log-in, else one of its own.
Status open_redeemed(PlanFacts& plan, const Facts& facts, const Terms& terms) {
    const bool is_alone = facts.session == nullptr && terms.may_create_session;
    if (is_alone) plan.opens = OpenSession::kOnline;
    if (!holds(plan.scopes, kOfflineScope)) return {};
    // The rule may give none any more, and then refreshed_rule_scopes() has left the scope out.
    if (!may_be_offline(facts) || plan.refresh == IssueRefresh::kNone)
        return fail(ErrorCode::kOfflineNotForUser,
                    "Subject " + quoted(facts.subject->user->username) +
                        " has none of the roles of the client scope offline_access, or client " +
                        quoted(facts.requester->client_id.text()) +
                        " does not use refresh tokens.");
    plan.opens = OpenSession::kOffline;
    return {};
}

Result<PlanFacts> plan_exchange_refresh(const RuleIndex& index, const Facts& facts, Trace& trace) {
    Targets targets;
    if (facts.family->audience_restricted) {
        CAMBIST_TRY(targets, enabled_targets(facts));
    }
    CAMBIST_TRY(const std::vector<Choice> choices, choose_again(index, facts, targets, trace));
    CAMBIST_TRY(const Terms terms, combine(choices, facts));
    CAMBIST_CHECK(check_public(facts, terms));
    CAMBIST_TRY(std::vector<std::string> scopes, terms.all_by_switch
                                                     ? refreshed_client_scopes(facts)
                                                     : refreshed_rule_scopes(facts, terms));
    PlanFacts plan = make_natural_plan(facts, std::move(scopes));
    if (terms.all_by_switch) narrow_client_scopes(plan, facts);
    if (terms.claims == ClaimsKind::kMinimal) plan.client_scopes.clear();
    if (terms.all_by_switch && !targets.empty()) {
        const Targets wanted = wanted_of(targets, facts);
        plan.scopes = scopes_that_serve(plan.scopes, facts, wanted);
        plan.client_scopes = scopes_that_serve(plan.client_scopes, facts, wanted);
    }
    plan.claims = terms.claims;
    plan.claim_names = terms.claim_names;
    if (facts.family->audience_restricted)
        plan.audience = names_of(targets);
    else  // by the switch, without targets: what was reached then, and no more
        plan.audience =
            common(still_reached(facts, terms, std::move(plan.audience)), facts.family->audience);
    plan.scoped = terms.scoped;
    plan.audience_restricted = facts.family->audience_restricted;
    for (const Rule* rule : terms.rules) plan.rules.push_back(rule->id);
    plan.with_id_token = terms.allows_type(TokenType::kIdToken);
    plan.may_act = terms.may_act;
    plan.switches_subject = std::ranges::any_of(
        terms.rules, [](const Rule* rule) { return rule->result.mode == Mode::kSwitchSubject; });
    if (facts.redeems && terms.may_refresh && facts.requester->use_refresh_tokens)
        plan.refresh = IssueRefresh::kNewFamily;
    if (facts.redeems) CAMBIST_CHECK(open_redeemed(plan, facts, terms));
    CAMBIST_TRY(const FamilyBounds bounds, check_bounds(facts, terms));
    plan.refresh_not_after = bounds.not_after;
    plan.refresh_max_uses = bounds.max_uses;
    // A refresh may outlive the subject token, but not what each rule gives a token.
    plan.expires_at = exchange_end(facts, *facts.requester, terms.rules).at;
    CAMBIST_TRY(const auto standings, standings_of(facts, terms.rules, targets));
    CAMBIST_CHECK(narrow_by(plan, facts, standings));
    map_organizations(plan, facts);
    CAMBIST_CHECK(check_organization_demands(facts, terms.rules, plan));
    end_with(plan, standings);
    return plan;
}

bool came_from_exchange(const RefreshFamily& family) {
    return family.grant_of_origin == GrantType::kTokenExchange;
}

}  // namespace

Result<PlanFacts> plan_refresh(const RuleIndex& index, const Facts& facts, Trace& trace) {
    CAMBIST_CHECK(check_family(facts, trace));
    const bool by_exchange = came_from_exchange(*facts.family);
    CAMBIST_CHECK(check_no_wider(facts));
    CAMBIST_TRY(PlanFacts plan, by_exchange ? plan_exchange_refresh(index, facts, trace)
                                            : plan_natural_refresh(facts));
    CAMBIST_CHECK(narrow_to_wanted_targets(plan, facts));
    CAMBIST_CHECK(check_organization_kept(facts, plan));
    if (!by_exchange) CAMBIST_CHECK(check_organization_demands(facts, {}, plan));
    CAMBIST_CHECK(settle_delegation(plan));
    trace.pass("rules",
               by_exchange ? "the exchange's rule still permits" : "the client's own scopes");
    trace.pass("targets", "audience: " + quoted(plan.audience));
    plan.with_id_token = plan.with_id_token && holds(plan.scopes, "openid");
    trace.pass("scopes", "granted: " + quoted(plan.scopes));
    if (facts.family->grant_of_origin != GrantType::kClientCredentials)  // there nobody is asked
        CAMBIST_CHECK(check_consent(facts, plan, ErrorCode::kConsentWithdrawn, trace));
    // Realm and client may have become stricter since.
    const bool rotates =
        facts.family->rotate || facts.realm->revoke_refresh_token || facts.requester->is_public();
    plan.actors = facts.family->act;
    plan.act = shown(plan.actors);
    plan.refresh = rotates ? IssueRefresh::kRotate : IssueRefresh::kKeep;
    plan.transient_session = facts.family->session.empty();
    const std::int64_t end = plan.expires_at;
    CAMBIST_CHECK(set_natural_times(plan, facts, ErrorCode::kRefreshSessionEnded));
    if (by_exchange) {
        plan.expires_at = std::min(plan.expires_at, end);
        plan.id_token_expires_at = plan.expires_at;
        bound_family(plan, {plan.refresh_not_after, plan.refresh_max_uses});
    }
    trace.pass("plan", "access token until " + std::to_string(plan.expires_at));
    return plan;
}

namespace {

Result<PlanFacts> plan_redeemed(const RuleIndex& index, const Facts& facts, Trace& trace) {
    CAMBIST_CHECK(check_family(facts, trace));
    CAMBIST_CHECK(check_no_wider(facts));
    const TokenType type = facts.wanted->token_type.value_or(TokenType::kAccessToken);
    if (type != TokenType::kAccessToken)
        return fail(ErrorCode::kRequestedTypeNotAllowed,
                    "A hand-off gives an access token, with what its rule adds. Leave "
                    "requested_token_type out.");
    CAMBIST_TRY(PlanFacts plan, plan_exchange_refresh(index, facts, trace));
    std::erase_if(plan.rules, [](const RuleId& id) { return id.text().starts_with("builtin:"); });
    CAMBIST_CHECK(narrow_to_wanted_targets(plan, facts));
    CAMBIST_CHECK(settle_delegation(plan));
    trace.pass("rules", "the hand-off's rule still permits");
    trace.pass("scopes", "granted: " + quoted(plan.scopes));
    plan.with_id_token = plan.with_id_token && holds(plan.scopes, "openid");
    CAMBIST_CHECK(check_consent(facts, plan, ErrorCode::kConsentMissing, trace));
    CAMBIST_CHECK(settle_device_secret(plan, facts));
    plan.actors = facts.family->act;
    plan.act = shown(plan.actors);
    plan.transient_session = facts.session == nullptr && plan.opens == OpenSession::kNone;
    if (plan.transient_session) plan.refresh = IssueRefresh::kNone;
    const std::int64_t end = plan.expires_at;
    CAMBIST_CHECK(set_natural_times(plan, facts, ErrorCode::kSubjectSessionEnded));
    plan.expires_at = std::min(plan.expires_at, end);
    if (facts.redeem_end > 0) plan.expires_at = std::min(plan.expires_at, facts.redeem_end);
    plan.id_token_expires_at = plan.expires_at;
    bound_family(plan, {plan.refresh_not_after, plan.refresh_max_uses});
    trace.pass("plan", "access token until " + std::to_string(plan.expires_at));
    return plan;
}

// What a refresh would be refused with, in the words of a hand-off.
Error as_hand_off(Error error) {
    if (error.code == ErrorCode::kRefreshOrganizationLost)
        error.code = ErrorCode::kNotInOrganization;
    if (error.code == ErrorCode::kRefreshRuleGone) error.code = ErrorCode::kHandOffInvalid;
    if (error.code == ErrorCode::kRefreshScopeWidened) error.code = ErrorCode::kScopeNotAllowed;
    return error;
}

}  // namespace

Result<PlanFacts> plan_redemption(const RuleIndex& index, const Facts& facts, Trace& trace) {
    auto plan = plan_redeemed(index, facts, trace);
    if (!plan) return std::unexpected(as_hand_off(std::move(plan).error()));
    return plan;
}

}  // namespace cambist::policy
