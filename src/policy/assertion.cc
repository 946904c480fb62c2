// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "policy/consent.h"
#include "policy/may_act.h"
#include "policy/natural.h"
#include "policy/scopes.h"

namespace cambist::policy {
namespace {

std::string_view attribute(const Client& client, const char* name) {
    const auto found = client.attributes.find(name);
    return found == client.attributes.end() ? std::string_view() : std::string_view(found->second);
}

// Keycloak joins the aliases by "##".
bool names_alias(std::string_view list, std::string_view alias) {
    constexpr std::string_view kBetween = "##";
    while (!list.empty()) {
        const auto end = std::min(list.find(kBetween), list.size());
        if (list.substr(0, end) == alias) return true;
        list.remove_prefix(std::min(end + kBetween.size(), list.size()));
    }
    return false;
}

// Nothing beyond what the issuer's tokens may lead to.
Status narrow_to_ceiling(const Facts& facts, PlanFacts& plan) {
    const auto& ceiling = facts.subject_token->foreign->ceiling;
    if (!ceiling) return {};
    const auto is_beyond = [&](const std::string& scope) {
        return scope != "openid" && !holds(*ceiling, scope);
    };
    for (const auto& scope : facts.wanted->scopes)
        if (is_beyond(scope))
            return fail(ErrorCode::kScopeNotAllowed,
                        quoted(scope) + " is not among the scopes of issuer " +
                            quoted(facts.subject_token->foreign->alias) + ".");
    std::erase_if(plan.scopes, is_beyond);
    std::erase_if(plan.client_scopes, [&](const std::string& scope) {
        const auto* known = facts.realm->find_scope(scope);
        return known != nullptr && known->include_in_token_scope && is_beyond(scope);
    });
    return {};
}

}  // namespace

bool is_assertion_client(const Facts& facts) {
    return facts.subject_token != nullptr && facts.subject_token->foreign != nullptr &&
           is_assertion_client(*facts.requester, facts.subject_token->foreign->alias);
}

bool is_assertion_client(const Client& client, std::string_view issuer) {
    return attribute(client, "oauth2.jwt.authorization.grant.enabled") == "true" &&
           names_alias(attribute(client, "oauth2.jwt.authorization.grant.idp"), issuer);
}

Result<PlanFacts> plan_assertion(const Facts& facts, Trace& trace) {
    const std::string name = quoted(facts.requester->client_id.text());
    if (!facts.requester->is_confidential())
        return fail(ErrorCode::kPublicClientGrant,
                    "Client " + name + " is public, so that anybody could present the assertion.");
    if (!facts.subject->user->enabled)
        return fail(ErrorCode::kSubjectDisabled,
                    "Subject " + quoted(facts.subject->user->username) + " is disabled.");
    if (!facts.subject_token->may_act.empty() && !may_act_names_requester(facts))
        return fail(ErrorCode::kMayActMismatch,
                    "The assertion names who may act, and that is not " + name + ".");
    trace.pass("client", "client " + name + " may use assertions of issuer " +
                             quoted(facts.subject_token->foreign->alias));
    CAMBIST_TRY(std::vector<std::string> scopes, natural_scopes(facts));
    PlanFacts plan = make_natural_plan(facts, std::move(scopes));
    CAMBIST_CHECK(narrow_to_wanted_targets(plan, facts));
    CAMBIST_CHECK(narrow_to_ceiling(facts, plan));
    trace.pass("targets", "audience: " + quoted(plan.audience));
    trace.pass("scopes", "granted: " + quoted(plan.scopes));
    CAMBIST_CHECK(check_consent(facts, plan, ErrorCode::kConsentMissing, trace));
    plan.transient_session = true;
    plan.act = facts.subject_token->act;
    plan.actors = facts.subject_token->act;
    CAMBIST_CHECK(set_natural_times(plan, facts, ErrorCode::kSubjectTokenExpired));
    plan.expires_at = std::min(plan.expires_at, facts.subject_token->expires_at);
    plan.id_token_expires_at = plan.expires_at;
    trace.pass("plan", "access token until " + std::to_string(plan.expires_at));
    return plan;
}

}  // namespace cambist::policy
