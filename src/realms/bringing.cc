// SPDX-License-Identifier: Apache-2.0
#include "realms/bringing.h"

#include <algorithm>

#include "base/text.h"
#include "model/issuer.h"
#include "policy/natural.h"
#include "policy/policy.h"
#include "policy/risk.h"

namespace cambist::realms {
namespace {

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// The permit that would let the client bring such a token, had its day not passed.
const Rule* find_expired(const policy::Policy& policy, const Facts& facts, std::string_view issuer,
                         Brought as) {
    Facts before = facts;
    before.now = from_unix(0);
    if (!policy.may_bring(before, issuer, as)) return nullptr;
    const auto is_it = [&](const Rule& rule) {
        if (!rule.enabled || !rule.requester || !policy::has_expired(rule, facts.now)) return false;
        const auto& clients = rule.requester->clients;
        const bool names_issuer = as == Brought::kActor
                                      ? rule.actor && holds(rule.actor->issuers, issuer)
                                      : rule.subject && holds(rule.subject->issuers, issuer);
        return names_issuer &&
               (clients.empty() || holds(clients, facts.requester->client_id.text()));
    };
    const auto found = std::ranges::find_if(policy.rules(), is_it);
    return found == policy.rules().end() ? nullptr : &*found;
}

}  // namespace

Status check_may_bring(const Snapshot& realm, const identity::Identities& identities,
                       std::string_view client, std::string_view issuer, Brought as,
                       TimePoint now) {
    Facts facts;
    facts.requester = realm.realm->find_client(client);
    facts.now = now;
    if (facts.requester == nullptr) return fail(ErrorCode::kClientUnknown);
    CAMBIST_TRY(const auto account, identities.service_account_of(*realm.realm, realm.version,
                                                                  facts.requester->client_id));
    facts.requester_account = account.get();
    if (realm.policy->may_bring(facts, issuer, as)) return {};
    if (const Rule* expired = find_expired(*realm.policy, facts, issuer, as))
        return fail(ErrorCode::kRuleExpired,
                    "The risk statement of rule '" + printable(expired->id.text()) + "' ended on " +
                        printable(expired->risk->expires) + ", so issuer '" + printable(issuer) +
                        "' was not asked. Its owner may renew it.");
    return fail(ErrorCode::kNoRule, "No rule that serves '" + printable(client) +
                                        "' now takes tokens of issuer '" + printable(issuer) +
                                        "' (subject.issuers), so the issuer was not asked.");
}

bool is_assertion_client(const Realm& realm, std::string_view client, std::string_view issuer) {
    const auto* requester = realm.find_client(client);
    return requester != nullptr && policy::is_assertion_client(*requester, issuer);
}

bool names_legacy_issuer(const Realm& realm, std::string_view name) {
    const auto is_legacy = [](const TrustedIssuer* one) {
        return one != nullptr && one->kind == IssuerKind::kKeycloakV1;
    };
    if (name.empty()) return false;
    return is_legacy(realm.find_issuer(name)) ||
           std::ranges::any_of(realm.issuers_of(name), is_legacy);
}

}  // namespace cambist::realms
