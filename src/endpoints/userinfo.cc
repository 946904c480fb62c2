// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "endpoints/bearer.h"
#include "endpoints/endpoint.h"
#include "tokens/answer_jwt.h"
#include "tokens/encryption.h"
#include "tokens/introspection.h"

namespace cambist::endpoints {
namespace {

// OpenID Connect Core section 5.3, RFC 6750.
class Userinfo final : public PlainEndpoint {
  public:
    explicit Userinfo(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        return with_bearer(request, context, services_,
                           {.address = "/protocol/openid-connect/userinfo",
                            .check = [](const VerifiedToken& token) -> Status {
                                const auto& scopes = token.facts().scopes;
                                if (std::ranges::find(scopes, "openid") != scopes.end()) return {};
                                return fail(ErrorCode::kBearerScope);
                            },
                            .answer =
                                [&](const VerifiedToken& token, const Client* holder) {
                                    return answer_of(token, holder, context, scheme_of(request));
                                }});
    }

  private:
    // A client that asked for a signature or encryption always gets it, whatever the request
    // accepts: what may be left off by whoever stands in between protects nobody.
    http::Response answer_of(const VerifiedToken& token, const Client* holder,
                             const Context& context, Scheme scheme) const {
        auto document = claims_of(token, context);
        if (!document) return bearer_error(document.error(), context, scheme);
        const bool is_plain = holder == nullptr || (holder->userinfo_algorithm.empty() &&
                                                    !holder->userinfo_encryption.is_on());
        if (is_plain) return json_answer(200, document->to_text());
        auto jwt = tokens::sign_userinfo(*context.realm, *holder, *std::move(document));
        if (jwt && holder->userinfo_encryption.is_on())
            jwt = tokens::encrypt_for(services_.client_keys, *holder, holder->userinfo_encryption,
                                      *jwt, services_.random);
        if (!jwt) return error_answer(jwt.error(), context);
        return secret_answer("application/jwt", *std::move(jwt));
    }

    Result<json::Value> claims_of(const VerifiedToken& token, const Context& context) const {
        CAMBIST_TRY(
            const auto session,
            services_.sessions.find_live(*context.realm->realm, token.facts().session, context.at));
        return tokens::make_userinfo(*context.realm, token, session ? &*session : nullptr);
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_userinfo(const Services& services) {
    return std::make_unique<Userinfo>(services);
}

}  // namespace cambist::endpoints
