// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "grants/grant.h"

namespace cambist::grants {
namespace {

// RFC 8693: a verified subject token. Actor tokens and other subjects are refused by name until
// they are served.
class TokenExchange final : public Grant {
  public:
    explicit TokenExchange(const Sources& sources) : sources_(sources) {}

    GrantType type() const override { return GrantType::kTokenExchange; }
    std::vector<std::string_view> repeatable() const override { return {"audience", "resource"}; }
    std::vector<std::string_view> refused() const override {
        return {"actor_token",    "actor_token_type", "requested_subject",    "requested_issuer",
                "subject_issuer", "organization",     "authorization_details"};
    }

    Result<Evidence> prove(const TokenRequest& request, const AuthenticatedClient& client,
                           const realms::Snapshot& realm) const override {
        CAMBIST_TRY(const auto type, subject_token_type(request.form));
        // Before the token is looked at: who may not exchange learns nothing about tokens.
        if (client.client().is_public())
            return fail(ErrorCode::kPublicClientExchange,
                        "client '" + client.client().client_id.text() + "' is public");
        const auto text = *request.form.find("subject_token");
        CAMBIST_TRY(auto token, sources_.tokens.verify(realm, text, type, request.at));
        Evidence evidence;
        evidence.subject = token.subject();
        if (!token.facts().session.empty()) {
            CAMBIST_TRY(evidence.session, sources_.sessions.find_live(
                                              *realm.realm, token.facts().session, request.at));
        }
        evidence.subject_token = std::move(token);
        return evidence;
    }

  private:
    // Names all that is missing at once. A subject token that is sent without a value is missing:
    // there is no path on which an exchange goes on without one.
    static Result<TokenType> subject_token_type(const Form& form) {
        std::vector<std::string> missing;
        for (const auto* name : {"subject_token", "subject_token_type"})
            if (!form.has(name)) missing.emplace_back(name);
        if (!missing.empty())
            return std::unexpected(Error{ErrorCode::kMissingParameter,
                                         "Missing parameter: " + join(missing, ", ") + ".",
                                         "send subject_token and subject_token_type=" +
                                             std::string(urn_of(TokenType::kAccessToken)),
                                         {}});
        const auto urn = *form.find("subject_token_type");
        const auto type = find_token_type(urn);
        if (type == TokenType::kAccessToken || type == TokenType::kIdToken) return *type;
        return fail(ErrorCode::kSubjectTypeUnsupported,
                    "got '" + printable(urn) +
                        "', supported: " + std::string(urn_of(TokenType::kAccessToken)));
    }

    Sources sources_;
};

}  // namespace

std::unique_ptr<Grant> make_token_exchange(const Sources& sources) {
    return std::make_unique<TokenExchange>(sources);
}

}  // namespace cambist::grants
