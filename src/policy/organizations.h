// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/flow.h"

// In which organization a token is. It stands in its scope ("organization:acme"), so that the claim
// of the mapper, introspection, exchange and refresh read one thing.
namespace cambist::policy {

// By which scope the organization stands in a token of this holder: by one of its client scopes
// that maps organizations, else by the realm's first. Empty: the realm has none.
std::string organization_scope(const Realm& realm, const Client& holder, std::string_view alias);
// The client scope that a name in a scope list stands for; null: none.
const ClientScope* scope_of(const Realm& realm, std::string_view name);
bool is_of_organizations(const Realm& realm, std::string_view scope);

// At most one organization is asked for, by parameter or by scope: kOrganizationTwice.
Status check_one_organization(const Facts& facts);
// Why the rule gives no such scope, one that names organizations; empty: it does.
std::string organization_obstacle(const Rule& rule, const Facts& facts, const std::string& scope);
// Whether the rule still gives it at a refresh, where no subject token is.
bool still_allows_organization(const Rule& rule, const Facts& facts, const std::string& scope);
// The subject is a member of every organization that these scopes name, and of the one that the
// parameter names: kOrganizationUnknown, kOrganizationDisabled, kNotInOrganization.
Status check_membership(const Facts& facts, const std::vector<std::string>& scopes);
// What the client scopes do not yield: the cause when it names an organization.
Status check_yielded(const Facts& facts);
// The same at a refresh, of what was granted: kRefreshOrganizationLost.
Status check_still_member(const Facts& facts);
Status check_organization_kept(const Facts& facts, const PlanFacts& plan);
// The scopes of the token's organizations come to be those whose mappers apply, in a minimal token
// they alone.
void map_organizations(PlanFacts& plan, const Facts& facts);
// What the rules demand and what the organization demands: kOrganizationMissing,
// kOrganizationDemands with the address where the user can log in anew.
Status check_organization_demands(const Facts& facts, const std::vector<const Rule*>& rules,
                                  const PlanFacts& plan);

}  // namespace cambist::policy
