// SPDX-License-Identifier: Apache-2.0
#include "grants/grant.h"

namespace cambist::grants {
namespace {

// RFC 6749 section 4.4: the client asks for itself; the subject is its service account. Whether it
// may is decided by its rule, like everything.
class ClientCredentials final : public Grant {
  public:
    explicit ClientCredentials(const Sources& sources) : sources_(sources) {}

    GrantType type() const override { return GrantType::kClientCredentials; }
    std::vector<std::string_view> refused() const override {
        return {"audience", "resource", "authorization_details"};
    }

    Result<Evidence> prove(const TokenRequest&, const AuthenticatedClient& client,
                           const realms::Snapshot& realm) const override {
        const Client& asker = client.client();
        if (!asker.is_confidential())
            return fail(ErrorCode::kPublicClientGrant,
                        "client_credentials is for confidential clients");
        if (!asker.service_accounts)
            return fail(ErrorCode::kGrantNotAllowed, "client '" + asker.client_id.text() +
                                                         "' needs serviceAccountsEnabled: true");
        CAMBIST_TRY(auto account, sources_.identities.service_account_of(
                                      *realm.realm, realm.version, asker.client_id));
        if (account == nullptr || !account->user->enabled)
            return fail(ErrorCode::kGrantNotAllowed, "the service account of client '" +
                                                         asker.client_id.text() +
                                                         "' is missing or disabled");
        Evidence evidence;
        evidence.subject = std::move(account);
        return evidence;
    }

  private:
    Sources sources_;
};

}  // namespace

std::unique_ptr<Grant> make_client_credentials(const Sources& sources) {
    return std::make_unique<ClientCredentials>(sources);
}

}  // namespace cambist::grants
