// SPDX-License-Identifier: Apache-2.0
#include "endpoints/endpoint.h"
#include "endpoints/form_request.h"

namespace cambist::endpoints {
namespace {

// Keycloak's back-channel form of log-out: the client proves who it is and sends its refresh token;
// the session ends with everything that hangs on it. Answers 204.
class Logout final : public PlainEndpoint {
  public:
    explicit Logout(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto caller = caller_of(request);
        const Client* named =
            request.header("Origin") ? named_client(request, context, caller) : nullptr;
        return with_cors(request, named, services_.origin,
                         [&] { return answer(request, context); });
    }

  private:
    http::Response answer(const http::Request& request, const Context& context) const {
        const auto opened = open_form_request(request, context, services_, {"refresh_token"});
        if (!opened) return error_answer(opened.error(), context);
        const auto done = end(*opened, context);
        if (!done)
            return error_answer(done.error(), context,
                                opened->diagnostics ? Audience::kTrusted : Audience::kStranger);
        services_.log.info("logout", {{"trace", context.trace.text()},
                                      {"realm", context.realm_name},
                                      {"client", opened->client.client().client_id.text()}});
        return {204, {{"Cache-Control", "no-store"}}, {}};
    }

    Status end(const FormRequest& opened, const Context& context) const {
        const auto token = opened.form.find("refresh_token");
        if (!token)
            return std::unexpected(
                Error{ErrorCode::kMissingParameter, "Missing parameter: refresh_token.", {}, {}});
        const auto& realm = *context.realm->realm;
        CAMBIST_TRY(const auto stored, services_.families.find(realm, *token));
        if (!stored) return fail(ErrorCode::kRefreshTokenInvalid);
        if (stored->family.client != opened.client.client().client_id)
            return fail(ErrorCode::kRefreshTokenOfAnotherClient);
        // The end of a session takes its families along, and is what its tokens are told to die of.
        if (stored->family.session.empty())
            return services_.families.revoke(realm, stored->family, context.at);
        return services_.sessions.end(realm, stored->family.session, context.at);
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_logout(const Services& services) {
    return std::make_unique<Logout>(services);
}

}  // namespace cambist::endpoints
