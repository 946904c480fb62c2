// SPDX-License-Identifier: Apache-2.0
#include "policy/consent.h"

#include <algorithm>

#include "base/text.h"
#include "model/form.h"
#include "policy/interaction.h"
#include "policy/organizations.h"
#include "policy/scopes.h"

namespace cambist::policy {
namespace {

constexpr std::string_view kConsentUrl = "cambist.consent.url";

const UserConsent* find_consent(const User& user, const Client& client) {
    const auto found =
        std::ranges::find(user.consents, client.client_id.text(), &UserConsent::client);
    return found == user.consents.end() ? nullptr : &*found;
}

// Where an application of the user's gives and takes back his consents.
std::string account_address(const Facts& facts, const Client& client) {
    std::string name = form_encode(client.client_id.text());
    for (auto at = name.find('+'); at != std::string::npos; at = name.find('+', at))
        name.replace(at, 1, "%20");  // in a path a blank is none
    return std::string(facts.issuer) + "/account/applications/" + name + "/consent";
}

std::string interaction_uri(const Facts& facts, const Client& client,
                            const std::vector<std::string>& scopes) {
    std::string uri = attribute(client.attributes, kConsentUrl);
    if (uri.empty()) uri = attribute(facts.realm->attributes, kConsentUrl);
    uri = interaction_address(std::move(uri), client, {{"{scope}", join(scopes, " ")}});
    return uri.empty() ? account_address(facts, client) : uri;
}

}  // namespace

std::string consent_id(const UserId& user, const UserConsent& consent) {
    // The length keeps two pairs apart that would read the same.
    return "consent:" + std::to_string(consent.created_ms) + ":" +
           std::to_string(user.text().size()) + ":" + user.text() + ":" + consent.client;
}

std::vector<std::string> missing_consents(const Facts& facts, const PlanFacts& plan) {
    std::vector<std::string> missing;
    if (!plan.holder->consent_required) return missing;
    const auto* consent = find_consent(*facts.subject->user, *plan.holder);
    const auto given = consent == nullptr ? std::vector<std::string>() : consent->scopes;
    for (const auto* names : {&plan.scopes, &plan.client_scopes}) {
        for (const std::string& name : *names) {
            // A parameterized scope is consented to value by value.
            const ClientScope* scope = facts.realm->find_asked_scope(name);
            if (scope == nullptr) scope = scope_of(*facts.realm, name);
            if (scope != nullptr && scope->is_parameterized() && scope->name == name) continue;
            const bool is_asked = scope != nullptr && scope->display_on_consent_screen;
            const bool is_given = is_asked && (holds(given, name) || holds(given, scope->name));
            if (is_asked && !is_given && !holds(missing, name)) missing.push_back(name);
        }
    }
    return missing;
}

Status check_consent(const Facts& facts, PlanFacts& plan, ErrorCode code, Trace& trace) {
    const auto missing = missing_consents(facts, plan);
    if (missing.empty()) {
        const User& user = *facts.subject->user;
        const auto* consent = find_consent(user, *plan.holder);
        if (plan.holder->consent_required && consent != nullptr)
            plan.rests_on.push_back(consent_id(user.id, *consent));
        trace.pass("consent", plan.holder->consent_required ? "the user has consented"
                                                            : "the client needs none");
        return {};
    }
    Error error{.code = code,
                .safe = {},
                .hint = "Subject " + quoted(facts.subject->user->username) +
                        " has not consented to " + quoted(missing) + " for client " +
                        quoted(plan.holder->client_id.text()) +
                        ". Send the user to interaction_uri.",
                .detail = {},
                .interaction_uri = interaction_uri(facts, *plan.holder, missing)};
    return std::unexpected(std::move(error));
}

}  // namespace cambist::policy
