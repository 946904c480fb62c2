// SPDX-License-Identifier: Apache-2.0
#include "policy/exchange.h"

#include <algorithm>

#include "model/redirects.h"
#include "policy/actors.h"
#include "policy/consent.h"
#include "policy/delegation_scope.h"
#include "policy/device.h"
#include "policy/limits.h"
#include "policy/offline.h"
#include "policy/organizations.h"
#include "policy/scopes.h"
#include "policy/select.h"
#include "policy/sender.h"
#include "policy/standing.h"
#include "policy/targets.h"
#include "policy/terms.h"

namespace cambist::policy {
namespace {

constexpr std::int64_t kHandOffLife = 60;  // seconds

// Without authentication anybody can be this client. It may turn its own tokens into lesser ones,
// or those that are bound to a key of its own, by a rule that names it and authMethods: [none].
Status check_public_client(const RuleIndex& index, const Facts& facts) {
    const std::string requester = quoted(facts.requester->client_id.text());
    if (!index.serves_public(facts.requester->client_id))
        return fail(ErrorCode::kPublicClientExchange,
                    "Client " + requester +
                        " is public. Let its confidential back end exchange, and hand the result "
                        "off.");
    if (facts.mode != Mode::kSameSubject)
        return fail(ErrorCode::kPublicClientSwitch, "Client " + requester + " is public.");
    // The log-in of another app on the device, which its secret proves (OpenID Connect Native SSO).
    if (facts.subject_token->holder == facts.requester->client_id || facts.proves_device) return {};
    return fail(ErrorCode::kNotHolder, "The public client " + requester +
                                           " may exchange its own tokens only, and this one is "
                                           "held by " +
                                           quoted(facts.subject_token->holder.text()) + ".");
}

// Of a public client: what it gets is bound to its key, or less than it has.
Status check_public_terms(const Facts& facts, const Terms& terms, const Targets& targets,
                          const PlanFacts& plan) {
    if (facts.requester->is_confidential()) return {};
    const std::string requester = quoted(facts.requester->client_id.text());
    if (terms.holder == facts.requester && facts.proves_device) return {};
    if (terms.holder != facts.requester || plan.refresh != IssueRefresh::kNone)
        return fail(ErrorCode::kPublicClientExchange,
                    "Client " + requester +
                        " is public: it gets no refresh token by an exchange, and no token for "
                        "another holder.");
    if (facts.subject_token->is_bound) return {};
    const auto& audience = facts.subject_token->audience;
    const bool is_narrower = std::ranges::all_of(targets, [&](const Target& target) {
        return holds(audience, target.name) ||
               (target.client != nullptr && holds(audience, target.client->client_id.text()));
    });
    const bool has_scopes = std::ranges::all_of(plan.scopes, [&](const std::string& scope) {
        return covers_scope(*facts.realm, facts.subject_token->scopes, scope);
    });
    const bool is_no_longer = plan.expires_at <= facts.subject_token->expires_at;
    const bool is_a_login =
        plan.token_type != TokenType::kIdToken || holds(facts.subject_token->scopes, "openid");
    if (is_narrower && has_scopes && is_no_longer && is_a_login && !targets.empty()) return {};
    return fail(ErrorCode::kPublicClientExchange,
                "Client " + requester +
                    " is public and its token is bound to no key, so it may only narrow it: to "
                    "targets among " +
                    quoted(audience) + " and scopes among " + quoted(facts.subject_token->scopes) +
                    ", for no longer than it lives. Bind its tokens by DPoP, or let its back end "
                    "exchange.");
}

Status check_client(const RuleIndex& index, const Facts& facts, Trace& trace) {
    const std::string requester = quoted(facts.requester->client_id.text());
    const bool is_public = !facts.requester->is_confidential();
    if (is_public) {
        CAMBIST_CHECK(check_public_client(index, facts));
    } else {
        CAMBIST_CHECK(check_selected(index, *facts.requester, facts.requester_account));
    }
    trace.pass("client", std::string(is_public ? "public" : "confidential") + " client " +
                             requester + " has rules");
    return {};
}

std::string describe_actor(const Facts& facts) {
    if (facts.naked) return ", asked for by the requester alone";
    if (facts.actor != nullptr) return ", actor " + quoted(facts.actor->user->username);
    return facts.subject_token->act.empty() ? ", no actor" : ", the token's actors stay";
}

Status check_parties(const Facts& facts, Trace& trace) {
    const std::string subject = quoted(facts.subject->user->username);
    if (!facts.subject->user->enabled)
        return fail(ErrorCode::kSubjectDisabled, "Subject " + subject + " is disabled.");
    CAMBIST_CHECK(check_actor(facts));
    trace.pass("parties", "subject " + subject + describe_actor(facts));
    return {};
}

std::string describe_binding(const Facts& facts) {
    if (facts.naked) return "no subject token";
    const TokenFacts& token = *facts.subject_token;
    return "the subject token is for " + quoted(token.audience) + ", held by " +
           quoted(token.holder.text()) +
           (facts.proves_device ? ", and the secret of its device came with it" : "");
}

// Binding comes with the rules, yet is told before the parties: a token that was not meant for the
// requester says nothing else to it.
Result<std::vector<Choice>> choose(const RuleIndex& index, const Facts& facts,
                                   const Result<Targets>& targets, Trace& trace) {
    CAMBIST_CHECK(check_sender(facts));
    CAMBIST_CHECK(check_actor_sender(facts));
    Result<std::vector<Choice>> choices =
        targets ? select(index, facts, *targets, trace)
                : Result<std::vector<Choice>>(std::unexpected(targets.error()));
    if (!choices && stage_of(choices.error().code) == "binding") return choices;
    trace.pass("binding", describe_binding(facts));
    CAMBIST_CHECK(check_parties(facts, trace));
    if (!choices) return choices;
    CAMBIST_CHECK(check_rebound(facts));
    std::vector<std::string> ids;
    for (const Choice& choice : *choices) ids.push_back(choice.rule->rule().id.text());
    trace.pass("rules", "permitted by " + quoted(ids));
    return choices;
}

// What a rule wants to be said, for the people who read the audit trail.
Status check_demands(const Facts& facts, const Terms& terms) {
    for (const Rule* rule : terms.rules) {
        const bool lacks_reason = rule->demands_reason && facts.wanted->reason.empty();
        const bool lacks_ticket = rule->demands_ticket && facts.wanted->ticket.empty();
        if (!lacks_reason && !lacks_ticket) continue;
        return fail(ErrorCode::kReasonMissing, "Rule " + quoted(rule->id.text()) +
                                                   " demands the parameter " +
                                                   (lacks_reason ? "reason" : "ticket") + ".");
    }
    return {};
}

Status check_type(const Facts& facts, const Terms& terms, TokenType type) {
    if (terms.allows_type(type)) return {};
    std::vector<std::string> possible;
    for (const TokenType one : terms.rules.front()->result.token_types) {
        if (terms.allows_type(one)) possible.emplace_back(short_name_of(one));
    }
    return fail(ErrorCode::kRequestedTypeNotAllowed,
                quoted(facts.requester->client_id.text()) + " asked for " +
                    quoted(short_name_of(type)) + ", the rules of the targets give " +
                    quoted(possible) + ".");
}

// An ID token is for relying parties (OpenID Connect Core section 2): clients, by their ids.
Status check_relying_parties(const Targets& targets, TokenType type) {
    if (type != TokenType::kIdToken) return {};
    for (const Target& target : targets) {
        if (!target.is_resource && target.client != nullptr) continue;
        return fail(ErrorCode::kTargetNotReachable,
                    "An ID token is for a client, and " + quoted(target.name) +
                        (target.is_resource ? " is a resource. Name the client as audience, or"
                                            : " is none of this realm. Name a client, or") +
                        " ask for an access token.");
    }
    return {};
}

// A target that can not have its tokens here is not to hold one made for another.
Status check_holder(const Client& holder) {
    if (holder.unserved.empty()) return {};
    return fail(ErrorCode::kClientNotServed, "Client " + quoted(holder.client_id.text()) +
                                                 " would hold the token: " + holder.unserved + ".");
}

std::vector<std::string> plan_audience(const Facts& facts, const Targets& targets,
                                       const Terms& terms) {
    if (!targets.empty() && terms.scoped == nullptr) {
        std::vector<std::string> audience;
        for (const Target& target : targets)
            if (!holds(audience, target.name)) audience.push_back(target.name);
        return audience;
    }
    std::vector<std::string> audience = facts.reach.audiences;
    // Keycloak's legacy exchange names what the mappers yield, and the target that was asked for.
    if (terms.scoped != nullptr && !facts.wanted->audiences.empty() &&
        !holds(audience, facts.wanted->audiences.front()))
        audience.push_back(facts.wanted->audiences.front());
    std::erase_if(audience, [&](const std::string& name) {
        const Client* client = facts.realm->find_client(name);
        return client != nullptr && !client->enabled;
    });
    return audience;
}

void plan_scopes(PlanFacts& plan, const Facts& facts, const Terms& terms, const Targets& targets) {
    if (terms.claims != ClaimsKind::kMinimal) plan.client_scopes = facts.reach.client_scopes;
    if (!terms.all_by_switch || targets.empty() || terms.scoped != nullptr) return;
    plan.scopes = scopes_that_serve(plan.scopes, facts, targets);
    plan.client_scopes = scopes_that_serve(plan.client_scopes, facts, targets);
}

Status plan_times(PlanFacts& plan, const Facts& facts, const Terms& terms) {
    const ExchangeEnd end = exchange_end(facts, *terms.holder, terms.rules);
    plan.expires_at = end.at;
    plan.chain_end = end.of_chain;
    const std::int64_t now = to_unix(facts.now);
    if (plan.expires_at <= now) {
        const bool by_session =
            facts.session != nullptr && facts.session->expires > 0 && facts.session->expires <= now;
        return fail(by_session ? ErrorCode::kSubjectSessionEnded : ErrorCode::kSubjectTokenExpired,
                    "The new token would end at " + std::to_string(plan.expires_at) +
                        ", and it is " + std::to_string(now) + ".");
    }
    plan.id_token_expires_at = plan.expires_at;
    if (plan.refresh == IssueRefresh::kNone) return {};
    const Session opened = session_to_open(facts, plan.opens);
    plan.refresh_expires_at = refresh_end(
        facts, *terms.holder, plan.opens == OpenSession::kNone ? facts.session : &opened);
    FamilyBounds bounds = family_bounds(facts, terms.rules);
    // What a refresh gives comes of the first extension too, and is no new one.
    if (plan.chain_end > 0)
        bounds.not_after =
            bounds.not_after == 0 ? plan.chain_end : std::min(bounds.not_after, plan.chain_end);
    bound_family(plan, bounds);
    return {};
}

bool says_nothing_else(const std::vector<std::string>& stated,
                       const std::vector<std::string>& allowed) {
    return std::ranges::all_of(stated, [&](const std::string& one) { return holds(allowed, one); });
}

bool joins_session(const Terms& terms) {
    return std::ranges::all_of(
        terms.rules, [](const Rule* rule) { return rule->result.session == SessionMode::kJoin; });
}

// What a hand-off is bound to and states, before anybody redeems it.
Status check_hand_off(const Facts& facts, const Terms& terms) {
    const HandOffTerms& wanted = facts.wanted->hand_off;
    const Client& holder = *terms.holder;
    const std::string name = quoted(holder.client_id.text());
    if (terms.holder == facts.requester)
        return fail(ErrorCode::kHandOffTerms,
                    "By the rule the requester would redeem it itself. Set holder to target.");
    if (facts.subject_token != nullptr && facts.subject_token->is_bound && !holder.dpop_bound)
        return fail(ErrorCode::kBindingDropped,
                    "The subject token is bound to a key, and client " + name +
                        " is not registered for tokens that are (dpop.bound.access.tokens).");
    if (!wanted.redirect_uri.empty() && !is_redirect_of(holder, wanted.redirect_uri))
        return fail(ErrorCode::kHandOffTerms,
                    quoted(wanted.redirect_uri) + " is no redirect URI of client " + name + ".");
    const bool states = !wanted.acr.empty() || !wanted.amr.empty();
    if (states && facts.session != nullptr && joins_session(terms))
        return fail(ErrorCode::kHandOffTerms,
                    "What it gives belongs to the subject's own log-in, which acr and amr can not "
                    "change.");
    for (const Rule* rule : terms.rules) {
        const Statements& allowed = rule->result.statements;
        const std::vector<std::string> acr =
            wanted.acr.empty() ? std::vector<std::string>() : std::vector{wanted.acr};
        if (says_nothing_else(acr, allowed.acr) && says_nothing_else(wanted.amr, allowed.amr))
            continue;
        return fail(ErrorCode::kHandOffTerms,
                    "Rule " + quoted(rule->id.text()) + " lets the requester state acr " +
                        quoted(allowed.acr) + " and amr " + quoted(allowed.amr) + " only.");
    }
    return {};
}

// Who acts in what is issued, who may, and what is kept of it.
Status plan_acting(PlanFacts& plan, const Facts& facts, const Terms& terms) {
    CAMBIST_TRY(auto chain, chain_of(facts, terms));
    plan.act = std::move(chain.written);
    plan.actors = std::move(chain.actors);
    plan.may_act = terms.may_act;
    plan.daily_limits = terms.daily_limits;
    plan.break_glass = terms.break_glass;
    plan.switches_subject = facts.mode == Mode::kSwitchSubject;
    plan.reason = facts.wanted->reason;
    plan.ticket = facts.wanted->ticket;
    return {};
}

// Keycloak's legacy exchange gives a refresh token unless told otherwise, where one can be had.
TokenType default_type(const Facts& facts, const Terms& terms) {
    const bool has_session = facts.session != nullptr && !facts.session->offline &&
                             facts.subject_token != nullptr &&
                             !facts.subject_token->session.empty();
    // In the strict dialect a refresh token travels alone: only who asks for one gets it.
    const bool is_refreshable =
        terms.scoped != nullptr && facts.realm->error_dialect == ErrorDialect::kKeycloak &&
        facts.requester->use_refresh_tokens && (has_session || terms.may_create_session);
    return is_refreshable ? TokenType::kRefreshToken : TokenType::kAccessToken;
}

// There the target must not ask for consent at all.
Status check_target_consent(const Terms& terms) {
    if (terms.scoped == nullptr || !terms.scoped->consent_required) return {};
    return fail(ErrorCode::kConsentBeforeLogin,
                "Target " + quoted(terms.scoped->client_id.text()) +
                    " asks for consent, which Keycloak's permissions can not give.");
}

// The code lives a minute; what it gives ends as if it were given now.
void end_hand_off(PlanFacts& plan, const Facts& facts, const Terms& terms) {
    FamilyBounds bounds = family_bounds(facts, terms.rules);
    if (plan.chain_end > 0)
        bounds.not_after =
            bounds.not_after == 0 ? plan.chain_end : std::min(bounds.not_after, plan.chain_end);
    plan.redeem_end = plan.expires_at;
    bound_family(plan, bounds);
    plan.expires_at = std::min(plan.expires_at, to_unix(facts.now) + kHandOffLife);
}

// OpenID Connect Native SSO: the app gets what a log-in gives, so a refresh token comes beside the
// access token where the rule and the session allow one.
Status plan_refresh_beside(PlanFacts& plan, const Facts& facts, const Terms& terms, bool offline) {
    if (!facts.proves_device || plan.token_type != TokenType::kAccessToken) return {};
    const auto opens = choose_session(facts, terms, offline);
    if (!opens && offline) return std::unexpected(opens.error());
    if (!opens) return {};
    plan.opens = *opens;
    plan.refresh = IssueRefresh::kNewFamily;
    return {};
}

// Sessions and families are a user's; who came from a trusted issuer without one comes again.
Status check_has_user(const Facts& facts) {
    if (facts.subject->issuer.empty()) return {};
    return fail(ErrorCode::kNoUserOfOurs,
                "Issuer " + quoted(facts.subject->issuer) + " binds its subjects to no user.");
}

Result<PlanFacts> make_plan(const Facts& facts, const Terms& terms, const Targets& targets,
                            Trace& trace) {
    CAMBIST_CHECK(check_holder(*terms.holder));
    const bool hands_off = facts.wanted->token_type == TokenType::kHandOff;
    if (hands_off) {
        CAMBIST_CHECK(check_hand_off(facts, terms));
    } else {
        CAMBIST_CHECK(check_holder_key(facts, *terms.holder));
    }
    PlanFacts plan;
    plan.grant = facts.grant;
    plan.realm = facts.realm;
    plan.holder = terms.holder;
    plan.requester = facts.requester;
    plan.scoped = terms.scoped;
    CAMBIST_TRY(const bool offline, wants_offline(facts, terms));
    CAMBIST_TRY(plan.scopes, grant_scopes(facts, terms));
    CAMBIST_CHECK(settle_device_scope(plan, facts, hands_off));
    plan_scopes(plan, facts, terms, targets);
    CAMBIST_TRY(const auto standings, standings_of(facts, terms.rules, targets));
    CAMBIST_CHECK(narrow_by(plan, facts, standings));
    map_organizations(plan, facts);
    CAMBIST_CHECK(check_organization_demands(facts, terms.rules, plan));
    trace.pass("scopes", "granted: " + quoted(plan.scopes));
    CAMBIST_CHECK(check_target_consent(terms));
    CAMBIST_CHECK(check_consent(facts, plan, ErrorCode::kConsentMissing, trace));
    plan.token_type = facts.wanted->token_type.value_or(default_type(facts, terms));
    if (plan.token_type == TokenType::kRefreshToken) {
        CAMBIST_TRY(plan.opens, choose_session(facts, terms, offline));
        plan.refresh = IssueRefresh::kNewFamily;
    } else {
        CAMBIST_CHECK(check_type(facts, terms, plan.token_type));
        CAMBIST_CHECK(plan_refresh_beside(plan, facts, terms, offline));
    }
    if (plan.refresh != IssueRefresh::kNone || hands_off) CAMBIST_CHECK(check_has_user(facts));
    CAMBIST_CHECK(check_relying_parties(targets, plan.token_type));
    CAMBIST_CHECK(plan_acting(plan, facts, terms));
    CAMBIST_CHECK(settle_delegation(plan));
    plan.consumes_subject = terms.consumes_subject && facts.subject_token != nullptr &&
                            facts.subject_token->type == TokenType::kRefreshToken;
    plan.with_id_token = plan.token_type != TokenType::kIdToken && !hands_off &&
                         holds(plan.scopes, "openid") && terms.allows_type(TokenType::kIdToken);
    plan.audience = plan_audience(facts, targets, terms);
    plan.audience_restricted = !targets.empty() && terms.scoped == nullptr;
    plan.claims = terms.claims;
    plan.claim_names = terms.claim_names;
    // A hand-off is bound by its challenge; what it gives to the key of who redeems it.
    if (!hands_off) plan.cnf = binding_of(facts);
    plan.hand_off = facts.wanted->hand_off;
    plan.joins_session = hands_off && facts.session != nullptr && joins_session(terms);
    plan.transient_session = plan.refresh == IssueRefresh::kNone;
    for (const Rule* rule : terms.rules) plan.rules.push_back(rule->id);
    CAMBIST_CHECK(plan_times(plan, facts, terms));
    end_with(plan, standings);
    CAMBIST_CHECK(check_public_terms(facts, terms, targets, plan));
    if (hands_off) end_hand_off(plan, facts, terms);
    trace.pass("plan", std::string(short_name_of(plan.token_type)) + " until " +
                           std::to_string(plan.expires_at));
    return plan;
}

}  // namespace

Status check_selected(const RuleIndex& index, const Client& requester, const Identity* account) {
    if (index.selects(requester, account)) return {};
    return fail(ErrorCode::kExchangeNotEnabled,
                "No rule names the requesting client " + quoted(requester.client_id.text()) +
                    ". Write a rule for it, or set its attribute standard.token.exchange.enabled "
                    "to true.");
}

Result<PlanFacts> plan_exchange(const RuleIndex& index, const Facts& facts, Trace& trace) {
    CAMBIST_CHECK(check_client(index, facts, trace));
    const Result<Targets> targets = resolve_targets(index, facts);
    CAMBIST_TRY(const std::vector<Choice> choices, choose(index, facts, targets, trace));
    CAMBIST_TRY(const Terms terms, combine(choices, facts));
    CAMBIST_CHECK(check_demands(facts, terms));
    trace.pass("targets", targets->empty() ? "all that the requester's client scopes yield"
                                           : "all " + std::to_string(targets->size()) +
                                                 " targets are permitted");
    return make_plan(facts, terms, *targets, trace);
}

}  // namespace cambist::policy
