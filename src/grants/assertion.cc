// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "grants/assertion_words.h"
#include "grants/grant.h"
#include "grants/locked.h"

namespace cambist::grants {
namespace {

// RFC 7521 section 4.1: an assertion of a trusted issuer as an authorization grant, a JWT (RFC 7523
// section 2.1) or one of SAML 2.0 (RFC 7522 section 2.1). What comes of it is decided by the
// client's switch, as in Keycloak, or else by the rules of the exchange.
class AssertionGrant final : public Grant {
  public:
    AssertionGrant(const Sources& sources, GrantType type, TokenType format)
        : sources_(sources), type_(type), format_(format) {}

    GrantType type() const override { return type_; }
    std::vector<std::string_view> repeatable() const override { return {"audience", "resource"}; }
    std::vector<std::string_view> refused() const override { return {"authorization_details"}; }

    Result<Evidence> prove(const TokenRequest& request, const AuthenticatedClient& client,
                           const realms::Snapshot& realm) const override {
        const auto& name = client.client().client_id.text();
        const bool is_served = std::ranges::any_of(
            realm.realm->issuers, [](const auto& issuer) { return issuer->uses.grant; });
        if (!is_served)
            return fail(ErrorCode::kGrantTypeUnsupported,
                        "no issuer of this realm is trusted for assertions (uses: grant)");
        if (client.client().is_public())
            return fail(ErrorCode::kPublicClientGrant, "client '" + name + "' is public");
        const auto assertion = request.form.find("assertion");
        if (!assertion)
            return std::unexpected(
                Error{ErrorCode::kMissingParameter, "Missing parameter: assertion.", {}, {}});
        if (sources_.foreign == nullptr)
            return fail(ErrorCode::kIssuerUnknown, "tokens of other issuers are not taken here");
        auto token = sources_.foreign->verify(
            realm, {*assertion, format_, issuers::Use::kGrant, name, {}, {}, nullptr}, request.at);
        if (!token) return refuse(std::move(token).error(), realm);
        if (auto unlocked = check_unlocked(sources_, realm, *token, request.at); !unlocked)
            return refuse(std::move(unlocked).error(), realm);
        // Whoever has still to do something at a log-in has not agreed to act without one.
        const auto& user = *token->subject()->user;
        if (!user.required_actions.empty())
            return refuse({.code = ErrorCode::kUserNotSetUp,
                           .safe = {},
                           .hint = "user '" + user.username + "' must first do " +
                                   user.required_actions.front(),
                           .detail = {}},
                          realm);
        Evidence evidence;
        evidence.subject = token->subject();
        evidence.subject_token = *std::move(token);
        return evidence;
    }

  private:
    // What is the matter with us, and not with the assertion, is told as it is.
    static std::unexpected<Error> refuse(Error error, const realms::Snapshot& realm) {
        if (error.code == ErrorCode::kStoreUnavailable ||
            error.code == ErrorCode::kIssuerKeysUnavailable ||
            error.code == ErrorCode::kForeignTokenUnanswered ||
            error.code == ErrorCode::kHookUnanswered)
            return std::unexpected(std::move(error));
        return std::unexpected(told_of_assertion(std::move(error), *realm.realm));
    }

    Sources sources_;
    GrantType type_;
    TokenType format_;
};

}  // namespace

std::unique_ptr<Grant> make_jwt_bearer(const Sources& sources) {
    return std::make_unique<AssertionGrant>(sources, GrantType::kJwtBearer, TokenType::kJwt);
}
std::unique_ptr<Grant> make_saml2_bearer(const Sources& sources) {
    return std::make_unique<AssertionGrant>(sources, GrantType::kSaml2Bearer, TokenType::kSaml2);
}

}  // namespace cambist::grants
