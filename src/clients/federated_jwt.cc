// SPDX-License-Identifier: Apache-2.0
#include "clients/federated_jwt.h"

#include <algorithm>

#include "base/text.h"
#include "clients/assertion.h"
#include "clients/method.h"

namespace cambist::clients {
namespace {

Result<issuers::CheckedForeign> told_of_client(Result<issuers::CheckedForeign> checked) {
    if (checked) return checked;
    auto error = std::move(checked).error();
    if (error.code == ErrorCode::kIssuerKeysUnavailable)
        return fail(ErrorCode::kClientKeysUnavailable, error.hint, error.detail);
    return refuse_assertion(
        "As " + std::string(error_row(error.code).id) + " of a subject token says: " + error.hint,
        error.detail);
}

// A name can be given up and taken by somebody else; what the product calls it for ever can not
// (the account's uid of Kubernetes, oid of Entra: the claim that its issuer's binding knows it by).
Status check_id(const issuers::CheckedForeign& token, const Client& client) {
    const auto wanted = client.attributes.find("cambist.jwt.credential.id");
    if (wanted == client.attributes.end() || wanted->second == token.foreign.subject) return {};
    return refuse_assertion(token.issuer->binding.subject_claim + " is '" +
                            printable(token.foreign.subject) + "', the client is registered for '" +
                            printable(wanted->second) + "' (cambist.jwt.credential.id)");
}

}  // namespace

Status FederatedJwt::check(const Presented& presented, const Client& client,
                           const realms::Snapshot& realm, TimePoint now) const {
    if (!presented.is_foreign) return refuse_method(presented.method, client);
    if (foreign_ == nullptr) return refuse_assertion("tokens of other issuers are not taken here");
    CAMBIST_TRY(const auto token, told_of_client(foreign_->check(
                                      realm,
                                      {presented.assertion, TokenType::kJwt, issuers::Use::kClient,
                                       client.client_id.text(), client.federated_issuer},
                                      now)));
    if (token.issuer->alias != client.federated_issuer)
        return refuse_assertion("the client is registered for issuer '" + client.federated_issuer +
                                "'");
    const auto* subject = token.claims.find_string("sub");
    if (subject == nullptr || *subject != client.federated_subject)
        return refuse_assertion("sub is '" + printable(subject == nullptr ? "" : *subject) +
                                "', the client is registered for '" + client.federated_subject +
                                "'");
    CAMBIST_CHECK(check_id(token, client));
    if (token.foreign.one_time.empty()) return {};
    const store::TakeOnce once{"client-assertion", token.facts.issuer, token.foreign.one_time,
                               token.foreign.one_time_until};
    auto taken = store_.commit({realm.realm->name.text(), {once}});
    if (!taken && taken.error().code == ErrorCode::kConflict)
        return fail(ErrorCode::kClientAssertionReplayed, "this jti was used before");
    return taken;
}

const Client* find_federated(const Realm& realm, const Presented& presented) {
    const auto subject = std::string_view(presented.foreign_subject);
    constexpr std::string_view kSpiffe = "spiffe://";
    const auto domain = subject.starts_with(kSpiffe)
                            ? subject.substr(0, subject.find('/', kSpiffe.size()))
                            : std::string_view();
    std::vector<std::string_view> aliases;
    for (const auto name : {std::string_view(presented.foreign_issuer), domain})
        for (const auto* issuer : realm.issuers_of(name)) aliases.push_back(issuer->alias);
    const Client* found = nullptr;
    for (const auto& client : realm.clients) {
        const bool is_it = client.authenticator == ClientAuthenticator::kFederatedJwt &&
                           client.federated_subject == subject &&
                           std::ranges::find(aliases, client.federated_issuer) != aliases.end();
        if (!is_it) continue;
        if (found != nullptr) return nullptr;
        found = &client;
    }
    return found;
}

}  // namespace cambist::clients
