// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "endpoints/accept.h"
#include "endpoints/endpoint.h"
#include "endpoints/form_request.h"
#include "tokens/answer_jwt.h"
#include "tokens/introspection.h"

namespace cambist::endpoints {
namespace {

constexpr std::string_view kIntrospectionJwt = "application/token-introspection+jwt";

// RFC 7662. Whatever is not active, or not this caller's business, is {"active":false}. RFC 9701:
// who asks for it gets the same as a JWT for himself.
class Introspect final : public PlainEndpoint {
  public:
    explicit Introspect(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto opened =
            open_form_request(request, context, services_, {"token", "token_type_hint"});
        if (!opened) return error_answer(opened.error(), context);
        const Client& caller = opened->client.client();
        const auto audience = opened->diagnostics ? Audience::kTrusted : Audience::kStranger;
        if (!caller.is_confidential())
            return error_answer({ErrorCode::kPublicClientGrant, {}, {}, {}}, context, audience);
        const auto token = opened->form.find("token");
        if (!token)
            return error_answer({ErrorCode::kMissingParameter, "Missing parameter: token.", {}, {}},
                                context, audience);
        // Keycloak's `jwt` member, for resource servers that may have it.
        const auto jwt = caller.introspection_jwt_claim && accepts(request, "application/jwt")
                             ? tokens::JwtMember::kAdd
                             : tokens::JwtMember::kNone;
        auto document = sessions::looks_like_refresh_token(*token)
                            ? refresh_token(*token, caller, context)
                            : own_token(*token, caller, context, jwt);
        if (!document) return error_answer(document.error(), context, audience);
        if (!accepts(request, kIntrospectionJwt)) return json_answer(200, *std::move(document));
        auto answer = tokens::sign_introspection(*context.realm, caller, *document, context.at);
        if (!answer) return error_answer(answer.error(), context, audience);
        return secret_answer(kIntrospectionJwt, *std::move(answer));
    }

  private:
    Result<std::string> own_token(std::string_view text, const Client& caller,
                                  const Context& context, tokens::JwtMember jwt) const {
        const auto token = services_.tokens.verify_any(*context.realm, text, context.at);
        // A store that can not be read is not an inactive token.
        if (!token && token.error().code == ErrorCode::kStoreUnavailable)
            return std::unexpected(token.error());
        // A resource server asks whether it may let somebody in, and an ID token lets nobody in
        // anywhere: whoever shows one for an access token is told so here.
        if (!token || token->facts().type == TokenType::kIdToken ||
            !tokens::may_introspect(caller, token->facts()))
            return std::string(tokens::kInactive);
        CAMBIST_TRY(const auto session,
                    services_.sessions.find_live(*context.realm->realm, token->facts().session,
                                                 context.at));
        return tokens::render_introspection(*context.realm, *token, session ? &*session : nullptr,
                                            jwt);
    }

    // Only its own client may know about a refresh token.
    Result<std::string> refresh_token(std::string_view text, const Client& caller,
                                      const Context& context) const {
        const auto& realm = *context.realm->realm;
        CAMBIST_TRY(const auto stored, services_.families.find(realm, text));
        std::string inactive(tokens::kInactive);
        const auto now = to_unix(context.at);
        if (!stored || stored->family.client != caller.client_id || stored->family.expires <= now ||
            (stored->state == store::RefreshState::kUsed && stored->family.rotate))
            return inactive;
        const auto& family = stored->family;
        if (services_.revocations.covers(realm.name.text(), family)) return inactive;
        CAMBIST_TRY(const auto subject,
                    services_.identities.find(realm, context.realm->version, family.user));
        if (subject == nullptr || !subject->user->enabled) return inactive;
        if (!lost_organization(realm, family.scopes, *subject).empty()) return inactive;
        if (family.created <
            std::max({realm.not_before, caller.not_before, subject->user->not_before}))
            return inactive;
        auto session = std::optional<Session>();
        if (!family.session.empty()) {
            CAMBIST_TRY(session, services_.sessions.find_live(realm, family.session, context.at));
            if (!session) return inactive;
        }
        const auto acting = services_.tokens.check_actors(*context.realm, family, context.at);
        if (!acting && acting.error().code == ErrorCode::kRefreshActorGone) return inactive;
        if (!acting) return std::unexpected(acting.error());
        return tokens::render_refresh_introspection(*context.realm, family, *subject,
                                                    session ? &*session : nullptr);
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_introspect(const Services& services) {
    return std::make_unique<Introspect>(services);
}

}  // namespace cambist::endpoints
