// SPDX-License-Identifier: Apache-2.0
#include "realms/bringing.h"

#include <algorithm>

#include "base/text.h"
#include "model/issuer.h"
#include "policy/natural.h"
#include "policy/policy.h"

namespace cambist::realms {

Status check_may_bring(const Snapshot& realm, const identity::Identities& identities,
                       std::string_view client, std::string_view issuer, Brought as) {
    const auto* requester = realm.realm->find_client(client);
    if (requester == nullptr) return fail(ErrorCode::kClientUnknown);
    if (realm.policy->may_bring(*requester, nullptr, issuer, as)) return {};
    CAMBIST_TRY(const auto account,
                identities.service_account_of(*realm.realm, realm.version, requester->client_id));
    if (account != nullptr && realm.policy->may_bring(*requester, account.get(), issuer, as))
        return {};
    return fail(ErrorCode::kNoRule, "No rule of '" + printable(client) +
                                        "' takes tokens of issuer '" + printable(issuer) +
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
