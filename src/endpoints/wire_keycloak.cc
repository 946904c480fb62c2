// SPDX-License-Identifier: Apache-2.0
#include "endpoints/wire_keycloak.h"

#include "model/token_type.h"

namespace cambist::endpoints {
namespace {

// "Invalid scopes: a b"; the bare text when there is nothing to name.
std::string with(std::string text, std::string_view before, std::string_view names) {
    if (!names.empty()) text.append(before).append(names);
    return text;
}

bool is_access_token(std::string_view urn) { return urn == urn_of(TokenType::kAccessToken); }

// A missing parameter has another text for every parameter.
WireError keycloak_missing(std::string_view name) {
    if (name == "grant_type") return {400, "invalid_request", "Missing form parameter: grant_type"};
    if (name == "subject_token")
        return {400, "invalid_request",
                "Parameter 'subject_token' required for standard token exchange"};
    if (name == "subject_token_type")
        return {400, "invalid_request",
                "Parameter 'subject_token_type' required for standard token exchange"};
    if (name == "refresh_token") return {400, "invalid_request", "No refresh token"};
    if (name == "username") return {401, "invalid_request", "Missing parameter: username"};
    if (name == "password") return {401, "invalid_grant", "Invalid user credentials"};
    if (name == "assertion") return {400, "invalid_grant", "Missing parameter:assertion"};
    return strict(ErrorCode::kMissingParameter);
}

WireError keycloak_grant_not_allowed(ErrorCode code, std::string_view grant) {
    if (grant == "password")
        return {400, "unauthorized_client", "Client not allowed for direct access grants"};
    if (grant == name_of(GrantType::kJwtBearer) && code == ErrorCode::kPublicClientGrant)
        return {400, "invalid_grant", "Public client not allowed to use authorization grant"};
    if (grant != "client_credentials") return strict(code);
    return {401, "unauthorized_client",
            code == ErrorCode::kPublicClientGrant
                ? "Public client not allowed to retrieve service account"
                : "Client not enabled to retrieve service account"};
}

// Keycloak's legacy exchange of a token of an identity provider ("V1", subject_issuer).
std::optional<WireError> keycloak_legacy_issuer(ErrorCode code) {
    switch (code) {
        case ErrorCode::kIssuerDisabled:
            return WireError{400, "invalid_issuer", "Invalid subject_issuer parameter"};
        // Its entry lacks what proves a token: no keys, and nobody to ask.
        case ErrorCode::kIssuerNotServed:
            return WireError{400, "invalid_config", "Invalid server config"};
        case ErrorCode::kNoRule:
        case ErrorCode::kPermissionDenies:
        case ErrorCode::kExchangeNotEnabled:
        case ErrorCode::kIssuerNotForClient:
            return WireError{403, "access_denied", "Client not allowed to exchange"};
        case ErrorCode::kIssuerNotForUse:
        case ErrorCode::kSubjectTypeUnsupported:
        case ErrorCode::kSubjectTypeMismatch:
        case ErrorCode::kSubjectTypeNotAllowed:
            return WireError{400, "invalid_token", "invalid token type"};
        case ErrorCode::kBindingUserExists:
            return WireError{400, "invalid_token", "User already exists"};
        case ErrorCode::kSubjectDisabled:
            return WireError{400, "invalid_token", "Invalid Token"};
        default:
            break;
    }
    if (error_row(code).neutral != ErrorCode::kSubjectTokenUnusable) return std::nullopt;
    return WireError{400, "invalid_token", "invalid token"};
}

// As since Keycloak 26.7: a bound token is its holder's, with proof of the key.
WireError keycloak_sender_constrained(const Named& named) {
    if (!named.is_holder)
        return {400, "invalid_request",
                "Sender-constrained token exchange rejected as the token was not issued for the "
                "requesting client"};
    return {400, "invalid_request",
            named.is_bound_by_dpop ? "DPoP proof is missing"
                                   : "Client Certification missing for MTLS HoK Token Binding"};
}

// The standard exchange does not take the parameter; the legacy one does, and says what is wrong.
std::optional<WireError> keycloak_subject_issuer(ErrorCode code, Named::SubjectIssuer sent) {
    if (sent == Named::SubjectIssuer::kAbsent) return std::nullopt;
    if (code == ErrorCode::kIssuerNotForClient)
        return WireError{403, "access_denied", "Client not allowed to exchange"};
    if (code != ErrorCode::kIssuerUnknown) return std::nullopt;
    if (sent == Named::SubjectIssuer::kSent)
        return WireError{400, "invalid_issuer", "Invalid subject_issuer parameter"};
    return WireError{400, "invalid_request",
                     "Parameter 'subject_issuer' is not supported for standard token exchange"};
}

}  // namespace

// Only where Keycloak differs from the table above.
// NOLINTNEXTLINE(readability-function-size): as above
WireError keycloak(ErrorCode code, const Named& named) {
    // Whatever keeps one from becoming another reads alike, so that nobody learns who there is.
    if (named.switches && error_row(code).neutral == ErrorCode::kNoRule)
        return {403, "access_denied", "Client not allowed to exchange"};
    if (code == ErrorCode::kExchangeNotEnabled && named.grant == name_of(GrantType::kJwtBearer))
        return {400, "invalid_grant",
                "JWT Authorization Grant is not supported for the requested client"};
    if (named.brings_legacy)
        if (auto wire = keycloak_legacy_issuer(code)) return *std::move(wire);
    if (auto wire = keycloak_subject_issuer(code, named.subject_issuer)) return *std::move(wire);
    switch (code) {
        case ErrorCode::kMissingParameter:
            return keycloak_missing(named.missing);
        case ErrorCode::kParameterNotSupported:
            if (named.unsupported.empty()) return strict(code);
            return {400, "invalid_request",
                    "Parameter '" + named.unsupported +
                        "' is not supported for standard token exchange"};
        case ErrorCode::kGrantNotAllowed:
        case ErrorCode::kPublicClientGrant:
            return keycloak_grant_not_allowed(code, named.grant);
        case ErrorCode::kClientUnknown:
        case ErrorCode::kClientDisabled:
        case ErrorCode::kClientNotServed:
        case ErrorCode::kClientNotAuthenticated:
            return {401, "invalid_client", "Invalid client or Invalid client credentials"};
        case ErrorCode::kClientSecretWrong:
        case ErrorCode::kClientMethodMismatch:
        case ErrorCode::kClientAssertionInvalid:
        case ErrorCode::kClientAssertionReplayed:
        case ErrorCode::kClientSecretExpired:
            return {401, "unauthorized_client", "Invalid client or Invalid client credentials"};
        case ErrorCode::kClientCredentialsMissing:
            return {400, "invalid_client", "Missing client_id parameter"};
        case ErrorCode::kClientBearerOnly:
            return {400, "invalid_client", "Bearer-only not allowed"};
        case ErrorCode::kDuplicateParameter:
            return {400, "invalid_request", "duplicated parameter"};
        case ErrorCode::kGrantTypeUnsupported:
            return {400, "unsupported_grant_type", "Unsupported grant_type"};
        case ErrorCode::kRealmDisabled:
            return {403, "access_denied", "Realm not enabled"};
        case ErrorCode::kHttpsRequired:
            return {403, "invalid_request", "HTTPS required"};
        case ErrorCode::kExchangeNotEnabled:
            return {400, "invalid_request",
                    "Standard token exchange is not enabled for the requested client"};
        case ErrorCode::kPublicClientExchange:
            return {400, "invalid_client", "Public client is not allowed to exchange token"};
        case ErrorCode::kNotInAudience:
        case ErrorCode::kNotHolder:
            return {403, "access_denied", "Client is not within the token audience"};
        case ErrorCode::kSubjectTypeUnsupported:
        case ErrorCode::kSubjectTypeNotAllowed:
            return {400, "invalid_request",
                    "Parameter 'subject_token' supports access tokens only"};
        case ErrorCode::kSubjectTypeMismatch:
            return {400, "invalid_request",
                    is_access_token(named.subject_token_type) ? "Invalid token"
                                                              : "Invalid subject token type"};
        case ErrorCode::kActorTokenMissing:
            return {400, "invalid_request",
                    "subject_token with a 'may_act' or 'act' claim requires the delegation token "
                    "exchange with an actor_token"};
        // Keycloak tells all that keeps a subject from being switched in one way, without a hint
        // whether the subject exists.
        case ErrorCode::kNakedNotAllowed:
        case ErrorCode::kSwitchNotAllowed:
        case ErrorCode::kSubjectProtected:
        case ErrorCode::kRequestedSubjectUnknown:
        case ErrorCode::kRequestedSubjectDisabled:
        case ErrorCode::kRequestedSubjectAmbiguous:
        case ErrorCode::kRequestedSubjectMalformed:
        case ErrorCode::kPublicClientSwitch:
        case ErrorCode::kPermissionDenies:
            return {403, "access_denied", "Client not allowed to exchange"};
        case ErrorCode::kActorTokenUnusable:
            return {400, "invalid_request", "Invalid actor token"};
        case ErrorCode::kActorTypeUnsupported:
            return {400, "invalid_request", "Invalid actor token type"};
        case ErrorCode::kActorNotBound:
            return {403, "access_denied", "Client is not within the token audience"};
        case ErrorCode::kActorIsSubject:
            return {400, "invalid_request", "Actor and subject user cannot be the same user"};
        case ErrorCode::kMayActMismatch:
            return {400, "invalid_request",
                    "Actor user is not allowed by the may_act claim inside the subject_token"};
        case ErrorCode::kSenderConstrained:
            return keycloak_sender_constrained(named);
        case ErrorCode::kRequestedTypeUnsupported:
        case ErrorCode::kRequestedTypeNotAllowed:
        case ErrorCode::kRefreshNotAllowed:
            return {400, "invalid_request", "requested_token_type unsupported"};
        case ErrorCode::kTargetUnknown:
            return {400, "invalid_client", "Audience not found"};
        case ErrorCode::kTargetDisabled:
            return {400, "invalid_client", "Client disabled"};
        case ErrorCode::kNoRule:
        case ErrorCode::kTargetNotReachable:
        case ErrorCode::kRuleDenies:
        case ErrorCode::kRuleSubjectNotSelected:
        case ErrorCode::kRuleExpired:
        case ErrorCode::kRuleAuthMethod:
        case ErrorCode::kRuleNeedsActor:
        case ErrorCode::kActorNotSelected:
            return {400, "invalid_request",
                    with("Requested audience not available", ": ", named.targets)};
        case ErrorCode::kScopeNotAllowed:
        case ErrorCode::kNotInOrganization:
        case ErrorCode::kOrganizationDisabled:
        case ErrorCode::kOrganizationUnknown:
        case ErrorCode::kOrganizationNotMapped:
            return {400, "invalid_scope", with("Invalid scopes", ": ", named.scopes)};
        case ErrorCode::kConsentMissing:
            return {400, "invalid_scope",
                    with("Missing consents for Token Exchange in client", " ", named.client)};
        case ErrorCode::kConsentBeforeLogin:
            return {400, "invalid_client", "Client requires user consent"};
        case ErrorCode::kConsentWithdrawn:
            return {400, "invalid_scope", "Client no longer has requested consent from user"};
        case ErrorCode::kRefreshNeedsSession:
            return {400, "invalid_request",
                    "Refresh token not valid as requested_token_type because creating a new "
                    "session is needed"};
        case ErrorCode::kOfflineNotAllowed:
            return {400, "invalid_request", "Scope offline_access not allowed for token exchange"};
        case ErrorCode::kOfflineNotForUser:
            return {400, "not_allowed", "Offline tokens not allowed for the user or client"};
        case ErrorCode::kRefreshTokenOfAnotherClient:
            return {400, "invalid_grant",
                    "Invalid refresh token. Token client and authorized client don't match"};
        case ErrorCode::kRefreshTokenInvalid:
        case ErrorCode::kRefreshSubjectDisabled:
        case ErrorCode::kRefreshRevoked:
        case ErrorCode::kRefreshRuleGone:
        case ErrorCode::kRefreshUsesSpent:
        case ErrorCode::kRefreshActorGone:
        case ErrorCode::kRefreshOrganizationLost:
            return {400, "invalid_grant", "Invalid refresh token"};
        case ErrorCode::kRefreshTokenExpired:
            return {400, "invalid_grant", "Token is not active"};
        case ErrorCode::kRefreshSessionEnded:
            return {400, "invalid_grant", "Session not active"};
        case ErrorCode::kRefreshTokenReused:
            return {400, "invalid_grant", "Maximum allowed refresh token reuse exceeded"};
        case ErrorCode::kUserCredentialsWrong:
        case ErrorCode::kUserUnknown:
        case ErrorCode::kUserLocked:
        case ErrorCode::kUserSecondFactor:
            return {401, "invalid_grant", "Invalid user credentials"};
        case ErrorCode::kUserDisabled:
            return {400, "invalid_grant", "Account disabled"};
        case ErrorCode::kUserNotSetUp:
            return {400, "invalid_grant", "Account is not fully set up"};
        case ErrorCode::kRevocationOfAnotherClient:
            return {400, "invalid_request", "Unmatching clients"};
        case ErrorCode::kDpopProofMissing:
            return {400, "invalid_dpop_proof", "DPoP proof is missing"};
        case ErrorCode::kCertificateMissing:
            return {400, "invalid_request",
                    "Client Certification missing for MTLS HoK Token Binding"};
        default:
            return strict(code);
    }
}

// Introspection tells nobody which half of his credentials is wrong.
std::optional<WireError> keycloak_introspection(ErrorCode code) {
    if (code == ErrorCode::kPublicClientGrant)
        return WireError{403, "invalid_request", "Client not allowed."};
    if (code == ErrorCode::kMissingParameter)
        return WireError{400, "invalid_request", "Token not provided."};
    const bool is_authentication = error_row(code).neutral == ErrorCode::kClientNotAuthenticated ||
                                   code == ErrorCode::kClientCredentialsMissing ||
                                   code == ErrorCode::kAuthorizationHeaderMalformed;
    if (is_authentication) return WireError{401, "invalid_request", "Authentication failed."};
    return std::nullopt;
}

// All that keeps an access token from being one is told in one way, but what ended beside it.
std::optional<WireError> keycloak_userinfo(ErrorCode code) {
    switch (code) {
        case ErrorCode::kBearerTwice:
            return WireError{400, "invalid_request",
                             "More than one method used for including an access token"};
        case ErrorCode::kBearerScope:
            return WireError{403, "insufficient_scope", "Missing openid scope"};
        case ErrorCode::kSubjectTokenClientDisabled:
            return WireError{401, "invalid_token", "Client disabled"};
        case ErrorCode::kSubjectDisabled:
            return WireError{401, "invalid_token", "User disabled"};
        case ErrorCode::kSubjectSessionEnded:
            return WireError{401, "invalid_token", "user_session_not_found"};
        default:
            break;
    }
    if (error_row(code).neutral == ErrorCode::kSubjectTokenUnusable)
        return WireError{401, "invalid_token", "Token verification failed"};
    return std::nullopt;
}

}  // namespace cambist::endpoints
