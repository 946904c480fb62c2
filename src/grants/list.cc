// SPDX-License-Identifier: Apache-2.0
#include "grants/grant.h"

namespace cambist::grants {

Grants::Grants(const Sources& sources) {
    grants_.push_back(make_token_exchange(sources));
    grants_.push_back(make_client_credentials(sources));
    grants_.push_back(make_refresh_token(sources));
    grants_.push_back(make_password(sources));
    grants_.push_back(make_jwt_bearer(sources));
    grants_.push_back(make_saml2_bearer(sources));
}

const Grant* Grants::find(GrantType type) const {
    for (const auto& grant : grants_)
        if (grant->type() == type) return grant.get();
    return nullptr;
}

}  // namespace cambist::grants
