// SPDX-License-Identifier: Apache-2.0
#include "policy/natural.h"

#include <algorithm>

#include "policy/consent.h"
#include "policy/delegation_scope.h"
#include "policy/device.h"
#include "policy/limits.h"
#include "policy/offline.h"
#include "policy/organizations.h"
#include "policy/scopes.h"
#include "policy/sender.h"

namespace cambist::policy {
namespace {

// A log-in can be an offline one; a service account has no log-in.
Status check_offline(const Facts& facts) {
    if (!holds(facts.wanted->scopes, kOfflineScope)) return {};
    if (facts.grant != GrantType::kPassword)
        return fail(ErrorCode::kOfflineNotAllowed,
                    "This grant gives " + quoted(facts.requester->client_id.text()) +
                        " no offline session. Leave offline_access out.");
    if (!holds(facts.reach.client_scopes, kOfflineScope))
        return fail(ErrorCode::kOfflineNotForUser,
                    "User " + quoted(facts.subject->user->username) +
                        " has none of the roles of the client scope offline_access.");
    if (!facts.requester->use_refresh_tokens)
        return fail(ErrorCode::kOfflineNotForUser,
                    "Client " + quoted(facts.requester->client_id.text()) +
                        " does not use refresh tokens (use.refresh.tokens).");
    return {};
}

Result<PlanFacts> plan_natural(const Facts& facts, Trace& trace) {
    CAMBIST_TRY(std::vector<std::string> scopes, natural_scopes(facts));
    CAMBIST_CHECK(check_offline(facts));
    PlanFacts plan = make_natural_plan(facts, std::move(scopes));
    CAMBIST_CHECK(narrow_to_wanted_targets(plan, facts));
    CAMBIST_CHECK(check_organization_demands(facts, {}, plan));
    CAMBIST_CHECK(settle_delegation(plan));
    trace.pass("targets", "audience: " + quoted(plan.audience));
    trace.pass("scopes", "granted: " + quoted(plan.scopes));
    return plan;
}

}  // namespace

// RFC 8707 section 2.2: a target may narrow the audience that the client scopes yield.
Status narrow_to_wanted_targets(PlanFacts& plan, const Facts& facts) {
    const Wanted& wanted = *facts.wanted;
    if (wanted.audiences.empty() && wanted.resources.empty()) return {};
    std::vector<std::string> audience;
    std::vector<std::string> missing;
    const auto add = [&](const std::string& asked, const std::string& name, bool is_uri) {
        const bool is_there = (!name.empty() && holds(plan.audience, name)) ||
                              (is_uri && holds(plan.audience, asked));
        std::vector<std::string>& into = is_there ? audience : missing;
        if (!holds(into, asked)) into.push_back(asked);
    };
    for (const std::string& name : wanted.audiences) add(name, name, false);
    for (const std::string& uri : wanted.resources) {
        const Client* client = facts.realm->find_client_by_resource(uri);
        add(uri, client == nullptr ? std::string() : client->client_id.text(), true);
    }
    if (!missing.empty())
        return fail(ErrorCode::kTargetNotReachable,
                    quoted(facts.requester->client_id.text()) + " asked for " + quoted(missing) +
                        "; there is only " + quoted(plan.audience) + ".");
    plan.audience = std::move(audience);
    plan.audience_restricted = true;
    return {};
}

PlanFacts make_natural_plan(const Facts& facts, std::vector<std::string> scopes) {
    PlanFacts plan;
    plan.grant = facts.grant;
    plan.realm = facts.realm;
    plan.holder = facts.requester;
    plan.requester = facts.requester;
    plan.audience = facts.reach.audiences;
    std::erase_if(plan.audience, [&](const std::string& name) {
        const Client* client = facts.realm->find_client(name);
        return client != nullptr && !client->enabled;
    });
    plan.scopes = std::move(scopes);
    plan.client_scopes = facts.reach.client_scopes;
    plan.with_id_token = holds(plan.scopes, "openid");
    plan.cnf = binding_of(facts);
    plan.rules = {RuleId("builtin:" + std::string(name_of(facts.grant)))};
    return plan;
}

Status set_natural_times(PlanFacts& plan, const Facts& facts, ErrorCode if_over) {
    const Session opened = session_to_open(facts, plan.opens);
    const Session* session = plan.opens == OpenSession::kNone ? facts.session : &opened;
    plan.expires_at = natural_end(facts, session);
    if (plan.expires_at <= to_unix(facts.now))
        return fail(if_over, "The session ended at " + std::to_string(plan.expires_at) + ".");
    plan.id_token_expires_at = plan.expires_at;
    if (plan.refresh != IssueRefresh::kNone)
        plan.refresh_expires_at = refresh_end(facts, *plan.holder, session);
    return {};
}

Result<PlanFacts> plan_client_credentials(const Facts& facts, Trace& trace) {
    const Client& client = *facts.requester;
    const std::string name = quoted(client.client_id.text());
    if (!client.is_confidential())
        return fail(ErrorCode::kPublicClientGrant,
                    "Client " + name + " is public, so it can prove nothing of itself.");
    if (!client.service_accounts)
        return fail(
            ErrorCode::kGrantNotAllowed,
            "Client " + name + " has no service account. Set serviceAccountsEnabled to true.");
    if (!facts.subject->user->enabled)
        return fail(ErrorCode::kUserDisabled, "The service account of " + name + " is disabled.");
    trace.pass("client", "confidential client " + name + " has a service account");
    CAMBIST_TRY(PlanFacts plan, plan_natural(facts, trace));
    plan.refresh =
        client.client_credentials_refresh ? IssueRefresh::kNewFamily : IssueRefresh::kNone;
    plan.transient_session = facts.session == nullptr;
    CAMBIST_CHECK(settle_device_secret(plan, facts));
    CAMBIST_CHECK(set_natural_times(plan, facts, ErrorCode::kSubjectSessionEnded));
    trace.pass("plan", "access token until " + std::to_string(plan.expires_at));
    return plan;
}

Result<PlanFacts> plan_password(const Facts& facts, Trace& trace) {
    const Client& client = *facts.requester;
    const std::string name = quoted(client.client_id.text());
    if (!client.direct_access_grants)
        return fail(ErrorCode::kGrantNotAllowed,
                    "Client " + name +
                        " has no directAccessGrantsEnabled. Instead of taking passwords, let its "
                        "back end get a token by exchange and give it to the app by the recipe "
                        "hand-off, docs/recipes/spa-after-legacy-login.md");
    if (!facts.subject->user->enabled)
        return fail(ErrorCode::kUserDisabled,
                    "User " + quoted(facts.subject->user->username) + " is disabled.");
    trace.pass("client", "client " + name + " may take passwords");
    CAMBIST_TRY(PlanFacts plan, plan_natural(facts, trace));
    CAMBIST_CHECK(check_consent(facts, plan, ErrorCode::kConsentBeforeLogin, trace));
    plan.refresh = client.use_refresh_tokens ? IssueRefresh::kNewFamily : IssueRefresh::kNone;
    plan.transient_session = facts.session == nullptr;
    if (client.use_refresh_tokens && holds(plan.client_scopes, kOfflineScope))
        plan.opens = OpenSession::kOffline;
    CAMBIST_CHECK(settle_device_secret(plan, facts));
    CAMBIST_CHECK(set_natural_times(plan, facts, ErrorCode::kSubjectSessionEnded));
    trace.pass("plan", "access token until " + std::to_string(plan.expires_at));
    return plan;
}

}  // namespace cambist::policy
