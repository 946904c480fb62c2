// SPDX-License-Identifier: Apache-2.0
#include "endpoints/wire_error.h"

#include <cstdlib>

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
        case ErrorCode::kSubjectTypeMismatch:
        case ErrorCode::kRequestedTypeUnsupported:
        case ErrorCode::kRequestedTypeNotAllowed:
        case ErrorCode::kSubjectTokenNotAJwt:
        case ErrorCode::kSubjectTypeUnsupported:
        case ErrorCode::kSubjectTypeNotAllowed:
        case ErrorCode::kNotInAudience:
        case ErrorCode::kNotHolder:
        case ErrorCode::kActorTokenMissing:
        case ErrorCode::kChainTooDeep:
        case ErrorCode::kSenderConstrained:
        case ErrorCode::kRefreshNotAllowed:
        case ErrorCode::kRefreshNeedsSession:
        case ErrorCode::kBearerTwice:
        case ErrorCode::kRevocationOfAnotherClient:
        case ErrorCode::kTokenMalformed:
        case ErrorCode::kTokenTooLong:
        case ErrorCode::kTokenAlgorithm:
        case ErrorCode::kTokenSignature:
        case ErrorCode::kTokenClaims:
            return {400, "invalid_request", {}};
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
        case ErrorCode::kClientMethodMismatch:
        case ErrorCode::kClientAssertionInvalid:
        case ErrorCode::kClientAssertionReplayed:
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
            return {400, "invalid_target", {}};
        case ErrorCode::kScopeNotAllowed:
        case ErrorCode::kScopeMalformed:
        case ErrorCode::kOfflineNotAllowed:
        case ErrorCode::kRefreshScopeWidened:
            return {400, "invalid_scope", {}};
        case ErrorCode::kConsentMissing:
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
            return {403, "insufficient_scope", {}};
        case ErrorCode::kOriginNotAllowed:
            return {403, "access_denied", {}};
        case ErrorCode::kStoreUnavailable:
        case ErrorCode::kOverloaded:
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
            return {500, "server_error", {}};
    }
    std::abort();  // not a value of the enum: a bug, not an input
}

// Only where Keycloak differs from the table above.
// NOLINTNEXTLINE(readability-function-size): as above
WireError keycloak(ErrorCode code) {
    switch (code) {
        case ErrorCode::kClientUnknown:
        case ErrorCode::kClientDisabled:
        case ErrorCode::kClientNotServed:
        case ErrorCode::kClientNotAuthenticated:
            return {401, "invalid_client", "Invalid client or Invalid client credentials"};
        case ErrorCode::kClientSecretWrong:
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
        case ErrorCode::kSubjectTypeMismatch:
            return {400, "invalid_request", "Invalid subject token type"};
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
            return {400, "invalid_request", "Requested audience not available"};
        case ErrorCode::kScopeNotAllowed:
            return {400, "invalid_scope", "Invalid scopes"};
        case ErrorCode::kConsentMissing:
            return {400, "invalid_scope", "Missing consents for Token Exchange in client"};
        case ErrorCode::kRefreshNeedsSession:
            return {400, "invalid_request",
                    "Refresh token not valid as requested_token_type because creating a new "
                    "session is needed"};
        case ErrorCode::kOfflineNotAllowed:
            return {400, "invalid_request", "Scope offline_access not allowed for token exchange"};
        case ErrorCode::kRefreshTokenOfAnotherClient:
            return {400, "invalid_grant",
                    "Invalid refresh token. Token client and authorized client don't match"};
        case ErrorCode::kRefreshTokenInvalid:
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
        default:
            return strict(code);
    }
}

}  // namespace

WireError to_wire(ErrorCode code, ErrorDialect dialect) {
    auto wire = dialect == ErrorDialect::kKeycloak ? keycloak(code) : strict(code);
    // Keycloak tells a subject token that is no good in one way only.
    if (dialect == ErrorDialect::kKeycloak && wire.text.empty() &&
        error_row(code).neutral == ErrorCode::kSubjectTokenUnusable)
        wire.text = "Invalid token";
    return wire;
}

}  // namespace cambist::endpoints
