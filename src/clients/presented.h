// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/client.h"
#include "model/flow.h"
#include "model/form.h"

namespace cambist::clients {

// What a request offers as proof of its client; nothing of it is checked yet.
struct Presented {
    ClientId client_id;
    ClientAuthMethod method = ClientAuthMethod::kNone;
    Secret secret;                               // client_secret_basic, client_secret_post
    std::string assertion;                       // private_key_jwt, client_secret_jwt
    std::vector<std::string> certificates = {};  // tls_client_auth: DER, the client's own first
    // The assertion is another issuer's token, which names somebody there: client_id may be empty.
    bool is_foreign = false;
    std::string foreign_issuer = {};  // as the assertion says
    std::string foreign_subject = {};
};

// RFC 6749 section 2.3: at most one method. client_secret_basic is form-decoded after base64
// (section 2.3.1); a client_id parameter beside it must name the same client. An assertion names
// its client itself (RFC 7521 section 4.2).
Result<Presented> parse_presented(const Form& form, const Caller& caller);

// The client a request names, right or wrong: for CORS and the log, never as proof.
std::optional<ClientId> named_client(const Form& form, const Caller& caller);

}  // namespace cambist::clients
