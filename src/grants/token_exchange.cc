// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "grants/device_secret.h"
#include "grants/grant.h"
#include "grants/hand_off.h"
#include "grants/locked.h"
#include "identity/requested.h"
#include "issuers/named.h"
#include "model/issuer.h"
#include "realms/bringing.h"

namespace cambist::grants {
namespace {

constexpr std::string_view kTypeOfSubject = "subject_token_type";

// RFC 8693: a verified subject token, and where they are asked for an actor token or the user to
// become. Without a subject token only a confidential client can ask for a subject.
class TokenExchange final : public Grant {
  public:
    explicit TokenExchange(const Sources& sources) : sources_(sources) {}

    GrantType type() const override { return GrantType::kTokenExchange; }
    std::vector<std::string_view> repeatable() const override { return {"audience", "resource"}; }
    std::vector<std::string_view> refused() const override {
        return {"requested_issuer", "authorization_details"};
    }

    Result<Evidence> prove(const TokenRequest& request, const AuthenticatedClient& client,
                           const realms::Snapshot& realm) const override {
        const bool naked = is_naked(request.form);
        if (!naked) CAMBIST_CHECK(subject_token_type(request.form, realm));
        if (const auto urn = request.form.find("subject_token_type");
            urn && find_token_type(*urn) == TokenType::kHandOff)
            return redeem_hand_off(sources_, request, client, realm);
        const bool switches = wants_switch(request.form);
        if (request.form.find("actor_token_type") == kDeviceSecretType)
            return prove_device(sources_, request, realm);
        if (client.client().is_public() && (switches || request.form.has("actor_token")))
            return fail(ErrorCode::kPublicClientSwitch,
                        "client '" + client.client().client_id.text() + "' is public");
        CAMBIST_CHECK(check_combination(request.form));
        Evidence evidence;
        if (naked) {
            evidence.naked = true;
            CAMBIST_CHECK(find_requested(request, realm, evidence));
            return evidence;
        }
        CAMBIST_CHECK(prove_subject(request, client, realm, evidence));
        if (request.form.has("actor_token"))
            CAMBIST_CHECK(prove_actor(request, client, realm, evidence));
        if (switches) CAMBIST_CHECK(find_requested(request, realm, evidence));
        return evidence;
    }

  private:
    static bool wants_switch(const Form& form) {
        return form.has("requested_subject") || form.has_empty("requested_subject");
    }

    // Keycloak's naked impersonation. A subject token that is there without a value is a mistake,
    // and never a request to go on without one (CVE-2026-9704).
    static bool is_naked(const Form& form) {
        const auto sent = [&](std::string_view name) {
            return form.has(name) || form.has_empty(name);
        };
        return wants_switch(form) && !sent("subject_token") && !sent("subject_token_type");
    }

    // An actor token says who acts, and so does the subject token when another subject is asked
    // for.
    static Status check_combination(const Form& form) {
        for (const auto* name : {"actor_token", "actor_token_type"}) {
            if (form.has_empty(name))
                return fail(ErrorCode::kMissingParameter,
                            std::string(name) + " was sent without a value");
            if (wants_switch(form) && form.has(name))
                return fail(ErrorCode::kParameterConflict,
                            "requested_subject asks to become another, actor_token to act for the "
                            "subject of the subject token: send one of them");
        }
        return {};
    }

    // Whoever can not be had is told at the end: before that, what is wrong with the token itself
    // must read alike for every name.
    Status find_requested(const TokenRequest& request, const realms::Snapshot& realm,
                          Evidence& evidence) const {
        auto found = identity::find_requested(sources_.identities, *realm.realm, realm.version,
                                              request.wanted.requested_subject);
        if (found) {
            evidence.requested = *std::move(found);
            return {};
        }
        if (error_row(found.error().code).neutral != ErrorCode::kNoRule)
            return std::unexpected(std::move(found).error());
        evidence.requested_error = std::move(found).error();
        auto nobody = std::make_shared<User>();
        nobody->username = printable(request.wanted.requested_subject);
        evidence.requested =
            std::make_shared<const Identity>(Identity{std::move(nobody), {}, {}, {}});
        return {};
    }

    // A token of ours, or of a trusted issuer. What is ours costs nothing more for the others.
    // Keycloak's subject_issuer, an alias or a value of iss, is about the subject token.
    Result<VerifiedToken> verify(std::string_view text, TokenType type, issuers::Use use,
                                 const TokenRequest& request, const AuthenticatedClient& client,
                                 const realms::Snapshot& realm) const {
        const bool is_subject = use == issuers::Use::kSubject;
        const auto named = is_subject ? request.form.find("subject_issuer").value_or("") : "";
        const bool is_own = named == realm.issuer;
        std::optional<Error> of_own;
        // This realm issues no assertions of SAML.
        if ((named.empty() || is_own) && type != TokenType::kCustom && type != TokenType::kSaml2) {
            auto own = sources_.tokens.verify(realm, text, type, request.at);
            if (own || is_own || !may_be_foreign(own.error(), type, text, realm)) return own;
            of_own = std::move(own).error();
        }
        if (!named.empty() && !is_own) CAMBIST_CHECK(issuers::check_named(*realm.realm, named));
        if (sources_.foreign == nullptr)
            return fail(ErrorCode::kIssuerUnknown, "tokens of other issuers are not taken here");
        auto token = sources_.foreign->verify(
            realm,
            {text, type, use, client.client().client_id.text(), named,
             request.form.find("subject_token_type").value_or(""), &request.form},
            request.at);
        // Of somebody whom nobody trusts: what is said of it as of a token of ours tells more.
        if (!token && token.error().code == ErrorCode::kIssuerUnknown && of_own) {
            of_own->detail = std::move(token).error().detail;
            return std::unexpected(*std::move(of_own));
        }
        if (token) CAMBIST_CHECK(check_unlocked(sources_, realm, *token, request.at));
        return token;
    }

    bool may_be_foreign(const Error& error, TokenType type, std::string_view text,
                        const realms::Snapshot& realm) const {
        return sources_.foreign != nullptr && !realm.realm->issuers.empty() &&
               error.code != ErrorCode::kStoreUnavailable && type != TokenType::kApiKey &&
               issuers::is_foreign(realm, text);
    }

    Status prove_subject(const TokenRequest& request, const AuthenticatedClient& client,
                         const realms::Snapshot& realm, Evidence& evidence) const {
        CAMBIST_TRY(const auto type, subject_token_type(request.form, realm));
        const auto text = *request.form.find("subject_token");
        CAMBIST_TRY(auto token,
                    type == TokenType::kRefreshToken && !request.form.has("subject_issuer")
                        ? refresh_token(text, client, realm, request.at, evidence)
                        : verify(text, type, issuers::Use::kSubject, request, client, realm));
        evidence.subject = token.subject();
        if (!token.facts().session.empty()) {
            CAMBIST_TRY(evidence.session, sources_.sessions.find_live(
                                              *realm.realm, token.facts().session, request.at));
        }
        evidence.subject_token = std::move(token);
        return {};
    }

    // RFC 8693 section 2.1: the actor token is proved as a subject token is.
    Status prove_actor(const TokenRequest& request, const AuthenticatedClient& client,
                       const realms::Snapshot& realm, Evidence& evidence) const {
        const auto urn = *request.form.find("actor_token_type");
        const auto type = find_token_type(urn);
        if (type != TokenType::kAccessToken && type != TokenType::kJwt &&
            type != TokenType::kIdToken)
            return fail(ErrorCode::kActorTypeUnsupported,
                        "got '" + printable(urn) +
                            "', supported: access_token, id_token, jwt, and with an ID token " +
                            std::string(kDeviceSecretType));
        auto token = verify(*request.form.find("actor_token"), *type, issuers::Use::kActor, request,
                            client, realm);
        if (token) {
            evidence.actor = token->subject();
            evidence.actor_token = *std::move(token);
            return {};
        }
        auto error = std::move(token).error();
        if (error.code == ErrorCode::kStoreUnavailable) return std::unexpected(std::move(error));
        error.hint = "As " + std::string(error_row(error.code).id) +
                     " of a subject token says: " + error.hint;
        error.safe.clear();
        error.code = ErrorCode::kActorTokenUnusable;
        return std::unexpected(std::move(error));
    }

    // What an issuer that the realm trusts calls its tokens. Looks at all of them.
    static bool is_custom(std::string_view urn, const realms::Snapshot& realm) {
        return std::ranges::any_of(realm.realm->issuers, [&](const auto& issuer) {
            return std::ranges::find(issuer->custom_types, urn) != issuer->custom_types.end();
        });
    }

    static bool takes_saml(const Realm& realm) {
        return std::ranges::any_of(realm.issuers, [](const auto& issuer) {
            return issuer->unserved.empty() && issuer->takes(TokenType::kSaml2);
        });
    }

    // Names all that is missing at once. A subject token that is sent without a value is missing:
    // there is no path on which an exchange goes on without one.
    static Result<TokenType> subject_token_type(const Form& form, const realms::Snapshot& realm) {
        // Keycloak's legacy exchange has a default (keycloak-v1).
        const bool has_default =
            !form.has_empty("subject_token_type") &&
            realms::names_legacy_issuer(*realm.realm, form.find("subject_issuer").value_or(""));
        std::vector<std::string> missing;
        for (const auto* name : {"subject_token", "subject_token_type"})
            if (!form.has(name) && !(has_default && name == kTypeOfSubject))
                missing.emplace_back(name);
        if (!missing.empty())
            return std::unexpected(Error{ErrorCode::kMissingParameter,
                                         "Missing parameter: " + join(missing, ", ") + ".",
                                         "send subject_token and subject_token_type=" +
                                             std::string(urn_of(TokenType::kAccessToken)),
                                         {}});
        const auto urn = form.find(kTypeOfSubject).value_or(urn_of(TokenType::kAccessToken));
        const auto type = find_token_type(urn);
        if (!type && is_custom(urn, realm)) return TokenType::kCustom;
        std::vector<std::string> served;
        for (const auto one : {TokenType::kAccessToken, TokenType::kJwt, TokenType::kIdToken,
                               TokenType::kRefreshToken, TokenType::kSaml2, TokenType::kHandOff,
                               TokenType::kApiKey}) {
            if (one == TokenType::kSaml2 && !takes_saml(*realm.realm)) continue;
            if (type == one) return one;
            served.emplace_back(urn_of(one));
        }
        return fail(ErrorCode::kSubjectTypeUnsupported,
                    "got '" + printable(urn) + "', supported: " + join(served, ", "));
    }

    // Looked at and not used up, unless the rule says so. Nobody but its own client may present it
    // (RFC 6749 section 6), whatever a rule's binding is.
    Result<VerifiedToken> refresh_token(std::string_view text, const AuthenticatedClient& client,
                                        const realms::Snapshot& realm, TimePoint now,
                                        Evidence& evidence) const {
        if (!sessions::looks_like_refresh_token(text))
            return fail(ErrorCode::kSubjectTypeMismatch,
                        "you sent something else declared as refresh_token; the refresh tokens of "
                        "this server begin with 'cr_'");
        const auto& requester = client.client().client_id;
        CAMBIST_TRY(const auto stored, sources_.families.find(*realm.realm, text));
        if (!stored)
            return fail(ErrorCode::kSubjectTokenUnknown, "its family was revoked or has ended");
        if (stored->family.client != requester)
            return fail(ErrorCode::kNotHolder,
                        "this refresh token belongs to '" + stored->family.client.text() +
                            "'; you are '" + requester.text() +
                            "'. A refresh token can be presented by its own client only.");
        auto found = sources_.families.find_usable(*realm.realm, text, now);
        if (!found) return as_subject(std::move(found).error());
        evidence.refresh_hash = found->hash;
        CAMBIST_TRY(auto token, sources_.tokens.verify_family(realm, found->family,
                                                              std::move(found->hash), now));
        evidence.subject_family = std::move(found->family);
        return token;
    }

    // The same cause in the words of a subject token (RFC 8693 section 2.2.2: invalid_request).
    static std::unexpected<Error> as_subject(Error error) {
        switch (error.code) {
            case ErrorCode::kRefreshTokenExpired:
                error.code = ErrorCode::kSubjectTokenExpired;
                break;
            case ErrorCode::kRefreshRevoked:
            case ErrorCode::kRefreshTokenReused:
                error.code = ErrorCode::kSubjectTokenRevoked;
                break;
            case ErrorCode::kRefreshTokenInvalid:
            case ErrorCode::kRefreshUsesSpent:
                error.code = ErrorCode::kSubjectTokenUnknown;
                break;
            default:
                break;
        }
        return std::unexpected(std::move(error));
    }

    Sources sources_;
};

}  // namespace

std::unique_ptr<Grant> make_token_exchange(const Sources& sources) {
    return std::make_unique<TokenExchange>(sources);
}

}  // namespace cambist::grants
