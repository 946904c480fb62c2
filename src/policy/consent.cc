// SPDX-License-Identifier: Apache-2.0
#include "policy/consent.h"

#include <algorithm>

#include "base/text.h"
#include "model/form.h"
#include "policy/scopes.h"

namespace cambist::policy {
namespace {

constexpr std::string_view kConsentUrl = "cambist.consent.url";

const UserConsent* find_consent(const User& user, const Client& client) {
    const auto found =
        std::ranges::find(user.consents, client.client_id.text(), &UserConsent::client);
    return found == user.consents.end() ? nullptr : &*found;
}

std::string attribute(const std::map<std::string, std::string>& attributes, std::string_view name) {
    const auto found = attributes.find(std::string(name));
    return found == attributes.end() ? std::string() : found->second;
}

void fill_in(std::string& text, std::string_view name, const std::string& value) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
        text.replace(at, name.size(), value);
        at += value.size();
    }
}

bool is_web_address(std::string_view text) {
    return (text.starts_with("https://") || text.starts_with("http://")) && is_resource_uri(text);
}

// Where the client has its users log in, which is where they are asked.
std::string home_of(const Client& client) {
    if (is_web_address(client.base_url)) return client.base_url;
    const std::string joined = client.root_url + client.base_url;
    return is_web_address(joined) ? joined : std::string();
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
    fill_in(uri, "{client_id}", form_encode(client.client_id.text()));
    fill_in(uri, "{scope}", form_encode(join(scopes, " ")));
    if (uri.empty()) uri = home_of(client);
    return is_web_address(uri) ? uri : account_address(facts, client);
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
            const ClientScope* scope = facts.realm->find_scope(name);
            const bool is_asked = scope != nullptr && scope->display_on_consent_screen;
            if (is_asked && !holds(given, name) && !holds(missing, name)) missing.push_back(name);
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
