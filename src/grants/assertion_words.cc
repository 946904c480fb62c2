// SPDX-License-Identifier: Apache-2.0
#include "grants/assertion_words.h"

namespace cambist::grants {
namespace {

// Keycloak's JWT authorization grant names each cause.
std::string_view keycloak_text(ErrorCode cause) {
    switch (cause) {
        case ErrorCode::kSubjectTokenMalformed:
        case ErrorCode::kSubjectTokenNotAJwt:
            return "The provided assertion is not a valid JWT";
        case ErrorCode::kIssuerUnknown:
            return "No Identity Provider for provided issuer";
        case ErrorCode::kIssuerDisabled:
            return "Identity Provider is not enabled";
        case ErrorCode::kIssuerNotForClient:
        case ErrorCode::kNoRule:
            return "Identity Provider is not allowed for the client";
        case ErrorCode::kIssuerNotForUse:
        case ErrorCode::kIssuerNotServed:
            return "Identity Provider is not configured for JWT Authorization Grant";
        case ErrorCode::kForeignAudience:
            return "Invalid token audience";
        case ErrorCode::kSubjectTokenExpired:
        case ErrorCode::kSubjectTokenNotYetValid:
            return "Token is not active";
        case ErrorCode::kForeignTooOld:
            return "Token was issued too far in the past to be used now";
        case ErrorCode::kForeignJtiMissing:
            return "Token jti claim is required";
        case ErrorCode::kSubjectTokenAlgorithm:
            return "Invalid signature algorithm";
        case ErrorCode::kSubjectTokenSignature:
        case ErrorCode::kSubjectTokenKeyUnknown:
            return "Invalid signature";
        case ErrorCode::kForeignReplayed:
            return "Token reuse detected";
        case ErrorCode::kBindingNone:
        case ErrorCode::kBindingNotLinked:
        case ErrorCode::kBindingNoMatch:
            return "User not found";
        case ErrorCode::kSubjectDisabled:
            return "User is not enabled";
        case ErrorCode::kUserNotSetUp:
            return "Account is not fully set up";
        default:
            return {};
    }
}

}  // namespace

Error told_of_assertion(Error error, const Realm& realm) {
    error.safe = realm.error_dialect == ErrorDialect::kKeycloak
                     ? std::string(keycloak_text(error.code))
                     : std::string();
    error.hint =
        "As " + std::string(error_row(error.code).id) + " of a subject token says: " + error.hint;
    error.code = ErrorCode::kAssertionUnusable;
    return error;
}

}  // namespace cambist::grants
