// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "endpoints/cors.h"
#include "endpoints/endpoint.h"
#include "endpoints/form_request.h"
#include "exchange/secure.h"
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
        auto response = respond(request, context);
        const auto& realm = *context.realm->realm;
        if (realm.dpop_nonce && request.count("DPoP") != 0)
            response.headers.emplace_back("DPoP-Nonce",
                                          services_.possession.fresh_nonce(realm, context.at));
        return response;
    }

  private:
    http::Response respond(const http::Request& request, const Context& context) const {
        const auto token = verify(request, context);
        const Client* holder =
            token ? context.realm->realm->find_client(token->facts().holder.text()) : nullptr;
        const auto authorization = to_lower_ascii(request.header("Authorization").value_or(""));
        const auto scheme = authorization.starts_with("dpop ") ? Scheme::kDpop : Scheme::kBearer;
        const auto answer = [&] {
            if (!token) return bearer_error(token.error(), context, scheme);
            const auto origin = request.header("Origin").value_or("");
            if (holder != nullptr)
                if (const auto allowed = check_origin(origin, *holder, services_.origin); !allowed)
                    return error_answer(allowed.error(), context);
            return answer_of(*token, holder, context, scheme);
        };
        // The holder's origins are known only from a token that was verified; an answer that says
        // no tells nothing and may be read by any script.
        if (!token && request.header("Origin")) {
            auto response = answer();
            allow_any_origin(response);
            return response;
        }
        return with_cors(request, holder, services_.origin, answer);
    }

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

    Result<VerifiedToken> verify(const http::Request& request, const Context& context) const {
        const auto& realm = *context.realm;
        if (!realm.realm->enabled) return fail(ErrorCode::kRealmDisabled);
        if (!exchange::is_secure_enough(realm.realm->ssl_required, caller_of(request)))
            return fail(ErrorCode::kHttpsRequired);
        CAMBIST_TRY(const auto shown, token_of(request));
        auto token =
            services_.tokens.verify(realm, shown.text, TokenType::kAccessToken, context.at);
        if (!token) {
            if (token.error().code == ErrorCode::kStoreUnavailable) return token;
            return fail(ErrorCode::kBearerInvalid, {}, token.error().describe());
        }
        const auto caller = caller_of(request);
        CAMBIST_CHECK(
            services_.possession.check_access({.method = request.method(),
                                               .address = "/protocol/openid-connect/userinfo",
                                               .token = shown.text,
                                               .by_dpop = shown.by_dpop,
                                               .caller = &caller},
                                              token->facts(), realm, context.at));
        if (std::ranges::find(token->facts().scopes, "openid") == token->facts().scopes.end())
            return fail(ErrorCode::kBearerScope);
        return token;
    }

    struct Shown {
        std::string text;
        bool by_dpop = false;
    };

    // RFC 6750 section 2, RFC 9449 section 7.1: by header or by form, never by both; a token that
    // is bound by DPoP never by form.
    static Result<Shown> token_of(const http::Request& request) {
        std::vector<Shown> found;
        for (const auto value : request.headers("Authorization")) {
            const auto space = value.find(' ');
            const auto scheme = to_lower_ascii(value.substr(0, space));
            if (space == std::string_view::npos || (scheme != "bearer" && scheme != "dpop"))
                return fail(ErrorCode::kBearerMissing);
            found.emplace_back(std::string(trim(value.substr(space))), scheme == "dpop");
        }
        const auto type = to_lower_ascii(request.header("Content-Type").value_or(""));
        if (request.method() == "POST" && type.starts_with("application/x-www-form-urlencoded")) {
            CAMBIST_TRY(const auto form, Form::parse(request.body()));
            for (const auto value : form.all("access_token"))
                found.emplace_back(std::string(value));
        }
        if (found.empty()) return fail(ErrorCode::kBearerMissing);
        if (found.size() > 1) return fail(ErrorCode::kBearerTwice);
        return found.front();
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_userinfo(const Services& services) {
    return std::make_unique<Userinfo>(services);
}

}  // namespace cambist::endpoints
