// SPDX-License-Identifier: Apache-2.0
#include "endpoints/endpoint.h"
#include "endpoints/form_request.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"

namespace cambist::endpoints {
namespace {

// RFC 7009. The hint is not needed: a token shows what it is. A token that is unknown, expired or
// revoked already is a success (section 2.2); one of another client is refused and stays.
class Revoke final : public Endpoint {
  public:
    explicit Revoke(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto caller = caller_of(request);
        const Client* named =
            request.header("Origin") ? named_client(request, context, caller) : nullptr;
        return with_cors(request, named, services_.origin, context,
                         [&] { return serve(request, context); });
    }

  private:
    http::Response serve(const http::Request& request, const Context& context) const {
        const auto opened = open_form_request(request, context, services_);
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

    // The token and, through their `xp`, all that was ever exchanged from it.
    Status own_token(std::string_view text, const Client& caller, const Context& context) const {
        const auto token = services_.tokens.verify_any(*context.realm, text, context.at);
        if (!token) {
            if (token.error().code == ErrorCode::kStoreUnavailable)
                return std::unexpected(token.error());
            return {};
        }
        const auto& facts = token->facts();
        if (facts.holder != caller.client_id) return another_client();
        const auto& realm = *context.realm->realm;
        return services_.revocations.add(realm.name.text(),
                                         {RevocationKind::kToken, sessions::short_id(facts.jti), 0,
                                          sessions::revocation_end(realm, to_unix(context.at))});
    }

    Status refresh_token(std::string_view text, const Client& caller,
                         const Context& context) const {
        const auto& realm = *context.realm->realm;
        CAMBIST_TRY(const auto stored, services_.families.find(realm, text));
        if (!stored) return {};
        if (stored->family.client != caller.client_id) return another_client();
        return services_.families.revoke(realm, stored->family, context.at);
    }

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
