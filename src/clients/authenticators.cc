// SPDX-License-Identifier: Apache-2.0
#include "clients/authenticators.h"

#include "base/text.h"
#include "clients/federated_jwt.h"

namespace cambist::clients {
namespace {

// Nobody has proved who he is, so the record names no client: the cause does.
std::unexpected<Error> about(const Client& client, Error error) {
    const auto name = "'" + client.client_id.text() + "'";
    if (!error.hint.contains(name)) error.hint = "client " + name + ": " + error.hint;
    return std::unexpected(std::move(error));
}

// The mistake is seldom a missing registration: a client's own assertion says who it is twice.
std::string of_assertion(const Presented& presented) {
    return "for an assertion with iss '" + printable(presented.foreign_issuer) + "' and sub '" +
           printable(presented.foreign_subject) +
           "'; one of the client's own has its client_id in both";
}

}  // namespace

Result<AuthenticatedClient> ClientAuthenticators::authenticate(const realms::Snapshot& realm,
                                                               const Form& form,
                                                               const Caller& caller,
                                                               TimePoint now) const {
    CAMBIST_TRY(auto presented, parse_presented(form, caller));
    const bool is_unnamed = presented.is_foreign && presented.client_id.empty();
    const Client* client = is_unnamed ? find_federated(*realm.realm, presented)
                                      : realm.realm->find_client(presented.client_id.text());
    if (client == nullptr)
        return fail(
            ErrorCode::kClientUnknown,
            "realm '" + realm.realm->name.text() + "' has no client " +
                (is_unnamed ? of_assertion(presented) : "'" + presented.client_id.text() + "'"));
    if (!client->enabled)
        return fail(ErrorCode::kClientDisabled,
                    "client '" + client->client_id.text() + "' is disabled");
    if (client->kind == ClientKind::kBearerOnly)
        return fail(ErrorCode::kClientBearerOnly,
                    "client '" + client->client_id.text() + "' is bearer-only");
    if (!client->unserved.empty())
        return fail(ErrorCode::kClientNotServed,
                    "client '" + client->client_id.text() + "': " + client->unserved);
    // RFC 8705 section 2: such a client sends its client_id and nothing else; the certificate came
    // with the connection.
    if (presented.method == ClientAuthMethod::kNone && client->is_confidential() &&
        client->authenticator == ClientAuthenticator::kX509) {
        presented.method = tls_method_of(*client);
        presented.certificates = caller.certificates;
    }
    for (const auto& method : methods_) {
        if (method->method() != presented.method) continue;
        if (auto checked = method->check(presented, *client, realm, now); !checked)
            return about(*client, std::move(checked).error());
        return AuthenticatedClient(AuthenticatedClient::Proof(), realm.realm, *client,
                                   presented.method);
    }
    return fail(ErrorCode::kInternal, {}, "a client authentication method is not in the list");
}

}  // namespace cambist::clients
