// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "endpoints/endpoint.h"
#include "endpoints/form_request.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"

namespace cambist::endpoints {
namespace {

// RFC 7009. The hint is not needed: a token shows what it is. A token that is unknown, expired or
// revoked already is a success (section 2.2); one of another client is refused and stays.
class Revoke final : public PlainEndpoint {
  public:
    explicit Revoke(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto caller = caller_of(request);
        const Client* named =
            request.header("Origin") ? named_client(request, context, caller) : nullptr;
        return with_cors(request, named, services_.origin,
                         [&] { return answer(request, context); });
    }

  private:
    http::Response answer(const http::Request& request, const Context& context) const {
        const auto opened =
            open_form_request(request, context, services_, {"token", "token_type_hint"});
        if (!opened) return error_answer(opened.error(), context);
        const auto audience = opened->diagnostics ? Audience::kTrusted : Audience::kStranger;
        const auto token = opened->form.find("token");
        if (!token)
            return error_answer({ErrorCode::kMissingParameter, "Missing parameter: token.", {}, {}},
                                context, audience);
        const auto done = sessions::looks_like_refresh_token(*token)
                              ? refresh_token(*token, opened->client.client(), context)
                              : own_token(*token, opened->client.client(), context);
        if (!done) return error_answer(done.error(), context, audience);
        services_.log.info("revoked", {{"trace", context.trace.text()},
                                       {"realm", context.realm_name},
                                       {"client", opened->client.client().client_id.text()}});
        auto response = json_answer(200, {});
        return response;
    }

    // The token and, through their `xp`, all that was ever exchanged from it; also when it is
    // expired or out of use for now: what came from it may live longer, and it may come back.
    Status own_token(std::string_view text, const Client& caller, const Context& context) const {
        const auto facts = services_.tokens.recognise(*context.realm, text);
        if (!facts) return unknown_token();
        if (facts->holder != caller.client_id) return another_client();
        const auto& realm = *context.realm->realm;
        const auto until =
            std::max(sessions::revocation_end(realm, to_unix(context.at)), facts->expires_at);
        return services_.revocations.add(
            realm.name.text(), {RevocationKind::kToken, sessions::short_id(facts->jti), 0, until});
    }

    Status refresh_token(std::string_view text, const Client& caller,
                         const Context& context) const {
        const auto& realm = *context.realm->realm;
        CAMBIST_TRY(const auto stored, services_.families.find(realm, text));
        if (!stored) return unknown_token();
        if (stored->family.client != caller.client_id) return another_client();
        // Nothing else hangs on an offline session: it ends with its token, as Keycloak's does.
        if (!stored->family.session.empty()) {
            CAMBIST_TRY(const auto session,
                        services_.sessions.find_live(realm, stored->family.session, context.at));
            if (session && session->offline)
                CAMBIST_CHECK(services_.sessions.end(realm, session->id, context.at));
        }
        return services_.families.revoke(realm, stored->family, context.at);
    }

    // Nothing to revoke; what that looks like says the wire table.
    static std::unexpected<Error> unknown_token() { return fail(ErrorCode::kTokenMalformed); }
    static std::unexpected<Error> another_client() {
        return fail(ErrorCode::kRevocationOfAnotherClient);
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_revoke(const Services& services) {
    return std::make_unique<Revoke>(services);
}

}  // namespace cambist::endpoints
