// SPDX-License-Identifier: Apache-2.0
#include "endpoints/bearer.h"

#include <string>
#include <vector>

#include "base/text.h"
#include "endpoints/cors.h"
#include "endpoints/form_request.h"
#include "exchange/secure.h"

namespace cambist::endpoints {
namespace {

struct Shown {
    std::string text;
    bool by_dpop = false;
};

// RFC 6750 section 2, RFC 9449 section 7.1: by header or by form, never by both; a token that
// is bound by DPoP never by form.
Result<Shown> token_of(const http::Request& request) {
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
        for (const auto value : form.all("access_token")) found.emplace_back(std::string(value));
    }
    if (found.empty()) return fail(ErrorCode::kBearerMissing);
    if (found.size() > 1) return fail(ErrorCode::kBearerTwice);
    return found.front();
}

// The token is no good. Keycloak's dialect says at userinfo what ended beside it.
Error bad_token(ErrorCode cause, std::string detail, const Context& context) {
    const auto dialect = context.realm->realm->error_dialect;
    Error error{ErrorCode::kBearerInvalid, {}, {}, std::move(detail)};
    if (error_row(cause).neutral != ErrorCode::kSubjectTokenUnusable)
        cause = ErrorCode::kSubjectTokenUnusable;
    if (context.place == Place::kUserinfo) error.safe = to_wire(cause, dialect, context.place).text;
    return error;
}

Result<VerifiedToken> verify(const http::Request& request, const Context& context,
                             const Services& services, const BearerUse& use) {
    const auto& realm = *context.realm;
    const auto caller = caller_of(request);
    if (!realm.realm->enabled) return fail(ErrorCode::kRealmDisabled);
    if (!exchange::is_secure_enough(realm.realm->ssl_required, caller))
        return fail(ErrorCode::kHttpsRequired);
    CAMBIST_TRY(const auto shown, token_of(request));
    auto token = services.tokens.verify(realm, shown.text, TokenType::kAccessToken, context.at);
    if (!token) {
        if (token.error().code == ErrorCode::kStoreUnavailable) return token;
        return std::unexpected(bad_token(token.error().code, token.error().describe(), context));
    }
    auto proved = services.possession.check_access({.method = request.method(),
                                                    .address = use.address,
                                                    .token = shown.text,
                                                    .by_dpop = shown.by_dpop,
                                                    .caller = &caller},
                                                   token->facts(), realm, context.at);
    if (!proved && proved.error().code == ErrorCode::kBearerInvalid)
        return std::unexpected(
            bad_token(ErrorCode::kSubjectTokenUnusable, std::move(proved.error().detail), context));
    CAMBIST_CHECK(std::move(proved));
    CAMBIST_CHECK(use.check(*token));
    return token;
}

http::Response respond(const http::Request& request, const Context& context,
                       const Services& services, const BearerUse& use) {
    const auto token = verify(request, context, services, use);
    const Client* holder =
        token ? context.realm->realm->find_client(token->facts().holder.text()) : nullptr;
    const auto answer = [&] {
        if (!token) return bearer_error(token.error(), context, scheme_of(request));
        const auto origin = request.header("Origin").value_or("");
        if (holder != nullptr)
            if (const auto allowed = check_origin(origin, *holder, services.origin); !allowed)
                return error_answer(allowed.error(), context);
        return use.answer(*token, holder);
    };
    // The holder's origins are known only from a token that was verified; an answer that says
    // no tells nothing and may be read by any script.
    if (!token && request.header("Origin")) {
        auto response = answer();
        allow_any_origin(response);
        return response;
    }
    return with_cors(request, holder, services.origin, answer);
}

}  // namespace

Scheme scheme_of(const http::Request& request) {
    const auto authorization = to_lower_ascii(request.header("Authorization").value_or(""));
    return authorization.starts_with("dpop ") ? Scheme::kDpop : Scheme::kBearer;
}

http::Response with_bearer(const http::Request& request, const Context& context,
                           const Services& services, const BearerUse& use) {
    auto response = respond(request, context, services, use);
    const auto& realm = *context.realm->realm;
    if (realm.dpop_nonce && request.count("DPoP") != 0)
        response.headers.emplace_back("DPoP-Nonce",
                                      services.possession.fresh_nonce(realm, context.at));
    return response;
}

}  // namespace cambist::endpoints
