// SPDX-License-Identifier: Apache-2.0
#include "policy/organizations.h"

#include <algorithm>

#include "base/text.h"
#include "model/organization_login.h"
#include "policy/interaction.h"
#include "policy/scopes.h"
#include "policy/trace.h"

namespace cambist::policy {
namespace {

using Kind = OrganizationScope::Kind;

constexpr const char* kOrganizationUrl = "cambist.organization.url";

Status check_member(const Facts& facts, std::string_view alias) {
    const std::string who = "Subject " + quoted(facts.subject->user->username);
    const std::string name = quoted(printable(alias));
    const Organization* organization = facts.realm->find_organization(alias);
    if (!facts.realm->organizations_enabled)
        return fail(ErrorCode::kOrganizationUnknown,
                    "The realm has organizations switched off (organizationsEnabled).");
    if (organization == nullptr)
        return fail(ErrorCode::kOrganizationUnknown, "There is no organization " + name + ".");
    if (!organization->enabled)
        return fail(ErrorCode::kOrganizationDisabled, "Organization " + name + " is disabled.");
    if (!holds(facts.subject->organizations, alias))
        return fail(ErrorCode::kNotInOrganization, who + " is no member of " + name + ", but of " +
                                                       quoted(facts.subject->organizations) + ".");
    return {};
}

// The organizations that scopes name.
std::vector<std::string> named_in(const Realm& realm, const std::vector<std::string>& scopes) {
    std::vector<std::string> aliases;
    for (const std::string& scope : scopes) {
        const auto asked = find_organization_scope(realm, scope);
        if (asked && asked->kind == Kind::kNamed) aliases.emplace_back(asked->alias);
    }
    return aliases;
}

// Also by the plain scope, for who has one organization.
bool is_held(const Facts& facts, const OrganizationScope& asked, const std::string& scope) {
    if (facts.subject_token == nullptr) return false;
    const auto& scopes = facts.subject_token->scopes;
    if (covers_scope(*facts.realm, scopes, scope)) return true;
    const auto& own = facts.subject->organizations;
    return asked.kind == Kind::kNamed && own.size() == 1 && own.front() == asked.alias &&
           holds(scopes, asked.scope->name);
}

bool is_among(const OrganizationTerms& terms, const OrganizationScope& asked) {
    return terms.among.empty() || (asked.kind == Kind::kNamed && holds(terms.among, asked.alias));
}

// How the subject logged in; what a hand-off states counts once it is made.
std::string acr_of(const Facts& facts) {
    if (facts.mode == Mode::kSwitchSubject) return {};
    if (!facts.wanted->hand_off.acr.empty()) return facts.wanted->hand_off.acr;
    if (facts.session != nullptr) return facts.session->acr;
    // Another issuer's levels are its own.
    const TokenFacts* token = facts.subject_token;
    return token == nullptr || token->issuer != facts.issuer ? std::string() : token->acr;
}

std::string login_address(const Facts& facts, const PlanFacts& plan,
                          const Organization& organization) {
    const std::string* own = find_attribute(organization, kOrganizationUrl);
    const std::string text =
        own == nullptr ? attribute(facts.realm->attributes, kOrganizationUrl) : *own;
    return interaction_address(text, *plan.holder,
                               {{"{organization}", organization.alias},
                                {"{acr}", join(required_acr(organization), " ")},
                                {"{scope}", join(plan.scopes, " ")}});
}

Status check_log_in(const Facts& facts, const PlanFacts& plan, const Organization& organization) {
    const std::string acr = acr_of(facts);
    if (takes_login(organization, acr)) return {};
    Error error{.code = ErrorCode::kOrganizationDemands,
                .safe = {},
                .hint = "Organization " + quoted(organization.alias) + " demands acr " +
                        quoted(required_acr(organization)) + ", and subject " +
                        quoted(facts.subject->user->username) + " logged in with " +
                        (acr.empty() ? "none" : quoted(acr)) + ".",
                .detail = {},
                .interaction_uri = login_address(facts, plan, organization)};
    return std::unexpected(std::move(error));
}

}  // namespace

std::string organization_scope(const Realm& realm, const Client& holder, std::string_view alias) {
    const auto name = [&](const ClientScope& scope) {
        return scope.name + ":" + std::string(alias);
    };
    for (const auto* names : {&holder.default_scopes, &holder.optional_scopes})
        for (const std::string& one : *names)
            if (const ClientScope* scope = realm.find_scope(one);
                scope != nullptr && maps_organizations(*scope))
                return name(*scope);
    const auto found = std::ranges::find_if(realm.scopes, maps_organizations);
    return found == realm.scopes.end() ? std::string() : name(*found);
}

const ClientScope* scope_of(const Realm& realm, std::string_view name) {
    if (const ClientScope* scope = realm.find_scope(name)) return scope;
    const auto asked = find_organization_scope(realm, name);
    return asked ? asked->scope : nullptr;
}

bool is_of_organizations(const Realm& realm, std::string_view scope) {
    return find_organization_scope(realm, scope).has_value();
}

Status check_one_organization(const Facts& facts) {
    const auto count = std::ranges::count_if(facts.wanted->scopes, [&](const std::string& scope) {
        return is_of_organizations(*facts.realm, scope);
    });
    if (count + std::ptrdiff_t{!facts.wanted->organization.empty()} <= 1) return {};
    return fail(
        ErrorCode::kOrganizationTwice,
        "Scope " + quoted(facts.wanted->scopes) +
            (facts.wanted->organization.empty() ? "." : " and the parameter organization."));
}

std::string organization_obstacle(const Rule& rule, const Facts& facts, const std::string& scope) {
    const auto asked = find_organization_scope(*facts.realm, scope);
    const std::string by = "rule " + quoted(rule.id.text());
    // Who is no member is told so afterwards.
    if (rule.result.client_scopes) return {};
    if (!is_among(rule.result.organization, *asked)) return "is none of the organizations of " + by;
    if (asked->kind == Kind::kNamed && rule.result.organization.change) return {};
    if (!covers_scope(*facts.realm, rule.result.scopes, scope)) return "is not allowed by " + by;
    const bool is_free = rule.result.mode == Mode::kSwitchSubject || rule.result.beyond_subject;
    if (is_free || is_held(facts, *asked, scope)) return {};
    return "is not in the subject token, and " + by +
           " does not let the organization change (result.organization.switch)";
}

bool still_allows_organization(const Rule& rule, const Facts& facts, const std::string& scope) {
    const auto asked = find_organization_scope(*facts.realm, scope);
    if (rule.result.client_scopes) return holds(facts.reach.scopes, scope);
    return is_among(rule.result.organization, *asked) &&
           ((asked->kind == Kind::kNamed && rule.result.organization.change) ||
            covers_scope(*facts.realm, rule.result.scopes, scope));
}

Status check_membership(const Facts& facts, const std::vector<std::string>& scopes) {
    if (!facts.wanted->organization.empty()) {
        CAMBIST_CHECK(check_member(facts, facts.wanted->organization));
        if (facts.reach.organization_scope.empty())
            return fail(ErrorCode::kOrganizationNotMapped,
                        "No client scope of the realm has a mapper of organizations.");
    }
    for (const std::string& alias : named_in(*facts.realm, scopes))
        CAMBIST_CHECK(check_member(facts, alias));
    return {};
}

Status check_yielded(const Facts& facts) {
    CAMBIST_CHECK(check_one_organization(facts));
    CAMBIST_CHECK(check_membership(facts, facts.reach.unknown_scopes));
    const std::string& wanted = facts.reach.organization_scope;
    if (wanted.empty() || holds(facts.reach.scopes, wanted)) return {};
    return fail(ErrorCode::kOrganizationNotMapped,
                "Client " + quoted(facts.requester->client_id.text()) +
                    " would need the client scope of " + quoted(wanted) + ".");
}

Status check_still_member(const Facts& facts) {
    for (const std::string& alias : named_in(*facts.realm, facts.family->scopes)) {
        const auto member = check_member(facts, alias);
        if (!member) return fail(ErrorCode::kRefreshOrganizationLost, member.error().describe());
    }
    return {};
}

Status check_organization_kept(const Facts& facts, const PlanFacts& plan) {
    if (facts.wanted->has_scope) return {};
    for (const std::string& scope : facts.family->scopes)
        if (is_of_organizations(*facts.realm, scope) && !holds(plan.scopes, scope))
            return fail(ErrorCode::kRefreshOrganizationLost,
                        quoted(scope) + " can not be had any more, by the rule or by client " +
                            quoted(facts.requester->client_id.text()) + ".");
    return {};
}

void map_organizations(PlanFacts& plan, const Facts& facts) {
    for (const std::string& scope : plan.scopes) {
        const auto asked = find_organization_scope(*facts.realm, scope);
        if (!asked || holds(plan.client_scopes, scope)) continue;
        std::erase(plan.client_scopes, asked->scope->name);
        plan.client_scopes.push_back(scope);
    }
}

Status check_organization_demands(const Facts& facts, const std::vector<const Rule*>& rules,
                                  const PlanFacts& plan) {
    const auto named = named_in(*facts.realm, plan.scopes);
    const auto demanding = std::ranges::find_if(rules, &Rule::demands_organization);
    if (demanding != rules.end() && named.empty())
        return fail(ErrorCode::kOrganizationMissing,
                    "Rule " + quoted((*demanding)->id.text()) +
                        " demands the parameter organization; subject " +
                        quoted(facts.subject->user->username) + " is in " +
                        quoted(facts.subject->organizations) + ".");
    // A hand-off that is redeemed was looked at when it was made, a minute ago at most.
    if (facts.redeems) return {};
    for (const std::string& alias : named)
        if (const Organization* organization = facts.realm->find_organization(alias))
            CAMBIST_CHECK(check_log_in(facts, plan, *organization));
    return {};
}

}  // namespace cambist::policy
