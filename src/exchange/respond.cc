// SPDX-License-Identifier: Apache-2.0
#include "exchange/respond.h"

#include "base/text.h"

namespace cambist::exchange {

TokenResponse respond(const MintedToken& minted, const IssuePlan& plan,
                      const TokenRequest& request) {
    const auto now = to_unix(request.at);
    TokenResponse response;
    response.access_token = minted.text;
    response.token_type = minted.token_type;
    response.expires_in = minted.expires_at - now;
    response.scope = join(minted.scopes, " ");
    response.refresh_token = minted.refresh_token;
    // Without rotation clients get back what they sent, as Keycloak's do: they store what comes.
    if (plan.facts().refresh == IssueRefresh::kKeep)
        response.refresh_token = request.form.find("refresh_token").value_or("");
    if (!response.refresh_token.empty())
        response.refresh_expires_in = minted.refresh_expires_at - now;
    response.id_token = minted.id_token;
    response.device_secret = minted.device_secret;
    response.session_state = minted.session.text();
    // RFC 8693 section 2.2.1: always says what was issued.
    if (request.grant == GrantType::kTokenExchange)
        response.issued_token_type = plan.facts().token_type;
    return response;
}

}  // namespace cambist::exchange
