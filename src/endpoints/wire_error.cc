// SPDX-License-Identifier: Apache-2.0
#include "endpoints/wire_error.h"

#include <cstdlib>
#include <optional>

#include "endpoints/wire_keycloak.h"

namespace cambist::endpoints {

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
        case ErrorCode::kSamlResponse:
        case ErrorCode::kSamlStatus:
        case ErrorCode::kSamlEncryption:
        case ErrorCode::kSamlNotDecrypted:
        case ErrorCode::kSamlFeature:
        case ErrorCode::kSamlMetadata:
        case ErrorCode::kSamlMetadataExpired:
        case ErrorCode::kForeignTokenInactive:
        case ErrorCode::kHookInvalid:
        case ErrorCode::kIssuerUnknown:
        case ErrorCode::kIssuerDisabled:
        case ErrorCode::kIssuerNotForClient:
        case ErrorCode::kIssuerNotForUse:
        case ErrorCode::kIssuerNotServed:
        case ErrorCode::kForeignKind:
        case ErrorCode::kForeignAudience:
        case ErrorCode::kForeignParty:
        case ErrorCode::kForeignClaim:
        case ErrorCode::kForeignTooOld:
        case ErrorCode::kForeignTooLong:
        case ErrorCode::kForeignJtiMissing:
        case ErrorCode::kForeignReplayed:
        case ErrorCode::kForeignActor:
        case ErrorCode::kBindingNone:
        case ErrorCode::kBindingNotLinked:
        case ErrorCode::kBindingNoMatch:
        case ErrorCode::kBindingAmbiguous:
        case ErrorCode::kBindingUserExists:
        case ErrorCode::kBindingNotAdmitted:
        case ErrorCode::kNoUserOfOurs:
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
        case ErrorCode::kDeviceSecretWrong:
        case ErrorCode::kDeviceSecretExpired:
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
        case ErrorCode::kSubjectOrganizationLost:
        case ErrorCode::kOrganizationTwice:
        case ErrorCode::kOrganizationMissing:
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
        case ErrorCode::kDeviceSecretMissing:
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
        case ErrorCode::kDeviceSecretNotGiven:
        case ErrorCode::kOfflineNotForUser:
        case ErrorCode::kRefreshScopeWidened:
        // An organization is a part of the scope, also when its own parameter names it.
        case ErrorCode::kNotInOrganization:
        case ErrorCode::kOrganizationDisabled:
        case ErrorCode::kOrganizationUnknown:
        case ErrorCode::kOrganizationNotMapped:
            return {400, "invalid_scope", {}};
        case ErrorCode::kOrganizationDemands:
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
        case ErrorCode::kRefreshOrganizationLost:
        // RFC 6749 section 5.2: the grant that the refresh token stood for was revoked.
        case ErrorCode::kConsentWithdrawn:
        case ErrorCode::kUserCredentialsWrong:
        case ErrorCode::kUserUnknown:
        case ErrorCode::kUserDisabled:
        case ErrorCode::kUserLocked:
        case ErrorCode::kUserNotSetUp:
        case ErrorCode::kUserSecondFactor:
        case ErrorCode::kAssertionUnusable:
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
        case ErrorCode::kIssuerKeysUnavailable:
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

namespace {

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
