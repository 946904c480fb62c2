// SPDX-License-Identifier: Apache-2.0
#include "clients/method.h"

#include "clients/alternative_name.h"

namespace cambist::clients {

ClientAuthMethod tls_method_of(const Client& client) {
    const bool has_name = !client.x509_subject_dn.empty() || find_registered_name(client);
    return has_name ? ClientAuthMethod::kTlsClientAuth : ClientAuthMethod::kSelfSignedTlsClientAuth;
}

namespace {

std::string_view registered_for(const Client& client) {
    if (client.is_public()) return "none";
    switch (client.authenticator) {
        case ClientAuthenticator::kSecret:
            return "client_secret_basic or client_secret_post";
        case ClientAuthenticator::kJwt:
            return "private_key_jwt";
        case ClientAuthenticator::kSecretJwt:
            return "client_secret_jwt";
        case ClientAuthenticator::kX509:
            return name_of(tls_method_of(client));
        case ClientAuthenticator::kFederatedJwt:
            return "private_key_jwt with a token of its trusted issuer";
    }
    return "nothing";
}

}  // namespace

std::unexpected<Error> refuse_method(ClientAuthMethod got, const Client& client) {
    return fail(ErrorCode::kClientMethodMismatch,
                "got " + std::string(name_of(got)) + ", client '" + client.client_id.text() +
                    "' is registered for " + std::string(registered_for(client)));
}

std::vector<std::unique_ptr<Method>> make_methods(store::Store& store,
                                                  const trust::ClientKeys& keys,
                                                  const TrustedCertificates& trusted,
                                                  const issuers::ForeignTokens* foreign) {
    std::vector<std::unique_ptr<Method>> methods;
    methods.push_back(make_none());
    methods.push_back(make_secret(ClientAuthMethod::kClientSecretBasic));
    methods.push_back(make_secret(ClientAuthMethod::kClientSecretPost));
    methods.push_back(make_private_key_jwt(store, keys, foreign));
    methods.push_back(make_client_secret_jwt(store));
    methods.push_back(make_tls_client_auth(trusted));
    methods.push_back(make_self_signed_tls(keys));
    return methods;
}

}  // namespace cambist::clients
