// SPDX-License-Identifier: Apache-2.0
#include "endpoints/wire_error.h"

#include <cstdlib>
#include <optional>

#include "model/token_type.h"

namespace cambist::endpoints {
namespace {

// No default: a new ErrorCode must find its place here.
// NOLINTNEXTLINE(readability-function-size): one switch over all codes is the point
WireError strict(ErrorCode code) {
    switch (code) {
        case ErrorCode::kMalformedRequest:
        case ErrorCode::kParameterNotSupported:
        case ErrorCode::kParameterConflict:
        case ErrorCode::kMissingParameter:
        case ErrorCode::kDuplicateParameter:
        case ErrorCode::kParameterTooLong:
        case ErrorCode::kContentTypeWrong:
        case ErrorCode::kUnpairedParameter:
        case ErrorCode::kClientAuthenticatedTwice:
        case ErrorCode::kClientIdMismatch:
        // RFC 8693 section 2.2.2: a subject or actor token that is invalid or unacceptable for any
        // reason is invalid_request, not invalid_grant.
        case ErrorCode::kSubjectTokenUnusable:
        case ErrorCode::kSubjectTokenMalformed:
        case ErrorCode::kSubjectTokenIssuer:
        case ErrorCode::kSubjectTokenExpired:
        case ErrorCode::kSubjectTokenNotYetValid:
        case ErrorCode::kSubjectTokenKeyUnknown:
        case ErrorCode::kSubjectTokenSignature:
        case ErrorCode::kSubjectSessionEnded:
        case ErrorCode::kSubjectDisabled:
        case ErrorCode::kSubjectTokenRevoked:
        case ErrorCode::kSubjectTokenClientDisabled:
        case ErrorCode::kSubjectTokenAlgorithm:
        case ErrorCode::kSubjectTokenClaims:
        case ErrorCode::kSubjectTokenTooLong:
        case ErrorCode::kSubjectTokenUnknown:
        case ErrorCode::kSamlMalformed:
        case ErrorCode::kSamlTooLarge:
        case ErrorCode::kSamlDoctype:
        case ErrorCode::kSamlStructure:
        case ErrorCode::kSamlWrapped:
        case ErrorCode::kSamlIdRepeated:
        case ErrorCode::kSamlUnsigned:
        case ErrorCode::kSamlSignatureForm:
        case ErrorCode::kSamlAlgorithm:
        case ErrorCode::kSamlSignature:
        case ErrorCode::kSamlDigest:
        case ErrorCode::kSamlIssuer:
        case ErrorCode::kSamlExpired:
        case ErrorCode::kSamlNotYetValid:
        case ErrorCode::kSamlAudience:
        case ErrorCode::kSamlCondition:
        case ErrorCode::kSamlConfirmation:
        case ErrorCode::kSamlRecipient:
        case ErrorCode::kSamlConfirmationExpired:
        case ErrorCode::kSamlNameId:
        case ErrorCode::kSamlLifetime:
        case ErrorCode::kSamlAuthnStatement:
        case ErrorCode::kSamlReplayed:
        case ErrorCode::kSamlResponse:
        case ErrorCode::kSamlStatus:
        case ErrorCode::kSamlEncryption:
        case ErrorCode::kSamlNotDecrypted:
        case ErrorCode::kSamlFeature:
        case ErrorCode::kSamlMetadata:
        case ErrorCode::kSamlMetadataExpired:
        case ErrorCode::kForeignTokenInactive:
        case ErrorCode::kHookInvalid:
        case ErrorCode::kSubjectTypeMismatch:
        case ErrorCode::kRequestedTypeUnsupported:
        case ErrorCode::kRequestedTypeNotAllowed:
        case ErrorCode::kSubjectTokenNotAJwt:
        case ErrorCode::kSubjectTypeUnsupported:
        case ErrorCode::kSubjectTypeNotAllowed:
        case ErrorCode::kNotInAudience:
        case ErrorCode::kNotHolder:
        // RFC 8693 section 2.2.2: a subject token that is no good, and a code is one.
        case ErrorCode::kHandOffTaken:
        case ErrorCode::kHandOffInvalid:
        case ErrorCode::kHandOffExpired:
        case ErrorCode::kHandOffOfAnotherClient:
        case ErrorCode::kHandOffNotProved:
        case ErrorCode::kHandOffTerms:
        case ErrorCode::kActorTokenMissing:
        case ErrorCode::kActorTokenUnusable:
        case ErrorCode::kActorIsSubject:
        case ErrorCode::kMayActMismatch:
        case ErrorCode::kActorTokenChain:
        case ErrorCode::kActorNotBound:
        case ErrorCode::kActorTypeUnsupported:
        case ErrorCode::kReasonMissing:
        case ErrorCode::kSwitchChain:
        case ErrorCode::kRequestedSubjectMalformed:
        case ErrorCode::kChainTooDeep:
        case ErrorCode::kSenderConstrained:
        case ErrorCode::kCertificateMissing:
        case ErrorCode::kBindingMismatch:
        case ErrorCode::kBindingDropped:
        case ErrorCode::kRefreshNotAllowed:
        case ErrorCode::kRefreshNeedsSession:
        case ErrorCode::kBearerTwice:
        case ErrorCode::kRevocationOfAnotherClient:
        case ErrorCode::kJsonBodyWrong:
        case ErrorCode::kNotInOrganization:
        case ErrorCode::kAccountFull:
        case ErrorCode::kTokenMalformed:
        case ErrorCode::kTokenTooLong:
        case ErrorCode::kTokenAlgorithm:
        case ErrorCode::kTokenSignature:
        case ErrorCode::kTokenClaims:
        case ErrorCode::kTokenNotDecrypted:
        case ErrorCode::kEncryptionKeyMissing:
            return {400, "invalid_request", {}};
        // RFC 9449 section 5; the missing proof of a client that must send one is section 5.2.
        case ErrorCode::kDpopProofInvalid:
        case ErrorCode::kDpopProofReplayed:
        case ErrorCode::kDpopProofMissing:
            return {400, "invalid_dpop_proof", {}};
        case ErrorCode::kDpopNonceRequired:
            return {400, "use_dpop_nonce", {}};
        case ErrorCode::kGrantTypeUnsupported:
            return {400, "unsupported_grant_type", {}};
        case ErrorCode::kRealmUnknown:
            return {404, "invalid_request", {}};
        case ErrorCode::kRealmDisabled:
            return {403, "access_denied", {}};
        case ErrorCode::kHttpsRequired:
            return {403, "invalid_request", {}};
        case ErrorCode::kClientNotAuthenticated:
        case ErrorCode::kClientCredentialsMissing:
        case ErrorCode::kClientUnknown:
        case ErrorCode::kClientDisabled:
        case ErrorCode::kClientSecretWrong:
        case ErrorCode::kClientSecretExpired:
        case ErrorCode::kClientCertificateMissing:
        case ErrorCode::kClientCertificateWrong:
        case ErrorCode::kClientMethodMismatch:
        case ErrorCode::kClientAssertionInvalid:
        case ErrorCode::kClientAssertionReplayed:
        case ErrorCode::kClientKeysUnavailable:
        case ErrorCode::kClientBearerOnly:
        case ErrorCode::kClientNotServed:
        case ErrorCode::kAuthorizationHeaderMalformed:
            return {401, "invalid_client", {}};
        case ErrorCode::kExchangeNotEnabled:
        case ErrorCode::kGrantNotAllowed:
        case ErrorCode::kPublicClientExchange:
        case ErrorCode::kPublicClientSwitch:
        case ErrorCode::kPublicClientGrant:
            return {400, "unauthorized_client", {}};
        case ErrorCode::kClientLocked:
        case ErrorCode::kDailyLimitReached:
            return {429, "temporarily_unavailable", {}};
        case ErrorCode::kNoRule:
        case ErrorCode::kTargetUnknown:
        case ErrorCode::kTargetDisabled:
        case ErrorCode::kTargetMissing:
        // RFC 8707 section 2 counts a malformed resource under invalid_target.
        case ErrorCode::kResourceMalformed:
        case ErrorCode::kTooManyTargets:
        case ErrorCode::kTargetsDisagree:
        case ErrorCode::kTargetNotReachable:
        case ErrorCode::kRuleDenies:
        case ErrorCode::kRuleSubjectNotSelected:
        case ErrorCode::kRuleExpired:
        case ErrorCode::kRuleAuthMethod:
        case ErrorCode::kRuleNeedsActor:
        case ErrorCode::kPermissionDenies:
        case ErrorCode::kHookDenied:
        case ErrorCode::kActorNotSelected:
        case ErrorCode::kNakedNotAllowed:
        case ErrorCode::kSwitchNotAllowed:
        case ErrorCode::kSubjectProtected:
        case ErrorCode::kRequestedSubjectUnknown:
        case ErrorCode::kRequestedSubjectDisabled:
        case ErrorCode::kRequestedSubjectAmbiguous:
            return {400, "invalid_target", {}};
        case ErrorCode::kScopeNotAllowed:
        case ErrorCode::kScopeMalformed:
        case ErrorCode::kOfflineNotAllowed:
        case ErrorCode::kOfflineNotForUser:
        case ErrorCode::kRefreshScopeWidened:
            return {400, "invalid_scope", {}};
        case ErrorCode::kConsentMissing:
        case ErrorCode::kConsentBeforeLogin:
            return {400, "interaction_required", {}};
        case ErrorCode::kRefreshTokenOfAnotherClient:
        case ErrorCode::kRefreshTokenInvalid:
        case ErrorCode::kRefreshTokenReused:
        case ErrorCode::kRefreshTokenExpired:
        case ErrorCode::kRefreshSessionEnded:
        case ErrorCode::kRefreshSubjectDisabled:
        case ErrorCode::kRefreshRevoked:
        case ErrorCode::kRefreshRuleGone:
        case ErrorCode::kRefreshUsesSpent:
        case ErrorCode::kRefreshNotProved:
        case ErrorCode::kRefreshActorGone:
        // RFC 6749 section 5.2: the grant that the refresh token stood for was revoked.
        case ErrorCode::kConsentWithdrawn:
        case ErrorCode::kUserCredentialsWrong:
        case ErrorCode::kUserUnknown:
        case ErrorCode::kUserDisabled:
        case ErrorCode::kUserLocked:
        case ErrorCode::kUserNotSetUp:
        case ErrorCode::kUserSecondFactor:
            return {400, "invalid_grant", {}};
        case ErrorCode::kBearerMissing:
        case ErrorCode::kBearerInvalid:
            return {401, "invalid_token", {}};
        case ErrorCode::kBearerScope:
        case ErrorCode::kAccountNotAllowed:
            return {403, "insufficient_scope", {}};
        case ErrorCode::kAccountUnknown:
            return {404, "invalid_request", {}};
        case ErrorCode::kOriginNotAllowed:
        case ErrorCode::kAccountActs:
            return {403, "access_denied", {}};
        case ErrorCode::kStoreUnavailable:
        case ErrorCode::kOverloaded:
        case ErrorCode::kEncryptionKeysUnavailable:
        case ErrorCode::kForeignTokenUnanswered:
        case ErrorCode::kHookUnanswered:
            return {503, "temporarily_unavailable", {}};
        // The rest can not be caused by a request: when it gets here, we failed.
        case ErrorCode::kInternal:
        case ErrorCode::kSigningKeyMissing:
        case ErrorCode::kConfigInvalid:
        case ErrorCode::kNotFound:
        case ErrorCode::kConflict:
        case ErrorCode::kParse:
        case ErrorCode::kCrypto:
        case ErrorCode::kSchemaTooNew:
        case ErrorCode::kAuditBroken:
        case ErrorCode::kOutboundRefused:
        case ErrorCode::kOutboundFailed:
        case ErrorCode::kOutboundBusy:
            return {500, "server_error", {}};
    }
    std::abort();  // not a value of the enum: a bug, not an input
}

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
    return strict(ErrorCode::kMissingParameter);
}

WireError keycloak_grant_not_allowed(ErrorCode code, std::string_view grant) {
    if (grant == "password")
        return {400, "unauthorized_client", "Client not allowed for direct access grants"};
    if (grant != "client_credentials") return strict(code);
    return {401, "unauthorized_client",
            code == ErrorCode::kPublicClientGrant
                ? "Public client not allowed to retrieve service account"
                : "Client not enabled to retrieve service account"};
}

// Only where Keycloak differs from the table above.
// NOLINTNEXTLINE(readability-function-size): as above
WireError keycloak(ErrorCode code, const Named& named) {
    // Whatever keeps one from becoming another reads alike, so that nobody learns who there is.
    if (named.switches && error_row(code).neutral == ErrorCode::kNoRule)
        return {403, "access_denied", "Client not allowed to exchange"};
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
            return {400, "invalid_request",
                    "Sender-constrained tokens are not supported as subject_token. Use a Bearer "
                    "token instead."};
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

// RFC 7009 section 2.2: a token that is not ours is as good as revoked. Keycloak says so and that
// it was none.
std::optional<WireError> revocation(ErrorCode code, ErrorDialect dialect) {
    const bool is_keycloak = dialect == ErrorDialect::kKeycloak;
    if (code == ErrorCode::kTokenMalformed)
        return is_keycloak ? WireError{200, "invalid_token", "Invalid token"}
                           : WireError{200, {}, {}};
    if (code == ErrorCode::kMissingParameter && is_keycloak)
        return WireError{400, "invalid_request", "Token not provided"};
    return std::nullopt;
}

}  // namespace

WireError to_wire(ErrorCode code, ErrorDialect dialect, Place place, const Named& named) {
    if (place == Place::kRevocation)
        if (auto wire = revocation(code, dialect)) return *std::move(wire);
    if (dialect == ErrorDialect::kStrict) return strict(code);
    if (place == Place::kIntrospection)
        if (auto wire = keycloak_introspection(code)) return *std::move(wire);
    if (place == Place::kUserinfo)
        if (auto wire = keycloak_userinfo(code)) return *std::move(wire);
    auto wire = keycloak(code, named);
    // Keycloak tells a subject token that is no good in one way only.
    if (wire.text.empty() && error_row(code).neutral == ErrorCode::kSubjectTokenUnusable)
        wire.text = "Invalid token";
    return wire;
}

}  // namespace cambist::endpoints
