// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/identities.h"
#include "identity/logins.h"
#include "issuers/foreign_tokens.h"
#include "model/flow.h"
#include "realms/snapshot.h"
#include "sessions/families.h"
#include "sessions/hand_offs.h"
#include "sessions/sessions.h"
#include "tokens/own_tokens.h"

namespace cambist::grants {

// One grant type of the token endpoint: what it alone must prove. Client authentication, the
// relation of the parties, rules, minting, recording and the answer are the work of exchange/, so
// that no grant can forget them. Thread-safe.
class Grant {
  public:
    virtual ~Grant() = default;
    virtual GrantType type() const = 0;
    // The parameters that may occur more than once (RFC 8693 section 2.1).
    virtual std::vector<std::string_view> repeatable() const { return {}; }
    // Known parameters that this grant can not honour: sent, they refuse the request.
    virtual std::vector<std::string_view> refused() const = 0;
    virtual Result<Evidence> prove(const TokenRequest& request, const AuthenticatedClient& client,
                                   const realms::Snapshot& realm) const = 0;
};

// What grants rest on; all must outlive them.
struct Sources {
    const identity::Identities& identities;
    const identity::Logins& logins;
    const sessions::Sessions& sessions;
    const sessions::Families& families;
    const sessions::HandOffs& hand_offs;
    const tokens::OwnTokens& tokens;
    const issuers::ForeignTokens* foreign = nullptr;  // null: own tokens only
};

std::unique_ptr<Grant> make_token_exchange(const Sources& sources);
std::unique_ptr<Grant> make_client_credentials(const Sources& sources);
std::unique_ptr<Grant> make_refresh_token(const Sources& sources);
std::unique_ptr<Grant> make_password(const Sources& sources);
std::unique_ptr<Grant> make_jwt_bearer(const Sources& sources);
std::unique_ptr<Grant> make_saml2_bearer(const Sources& sources);

// Who acts by the family's chain, for its rule to be asked again; null when nobody does, or a
// client that came without a token.
Result<std::shared_ptr<const Identity>> actor_of(const Sources& sources,
                                                 const realms::Snapshot& realm,
                                                 const RefreshFamily& family);

// The list of grants is a list: what is not here is not served.
class Grants {
  public:
    explicit Grants(const Sources& sources);
    const Grant* find(GrantType type) const;

  private:
    std::vector<std::unique_ptr<Grant>> grants_;
};

}  // namespace cambist::grants
