// SPDX-License-Identifier: Apache-2.0
#include "policy/trace.h"

namespace cambist::policy {

void Trace::refuse(const Error& error) {
    steps.push_back({std::string(stage_of(error.code)), false, error.describe()});
}

namespace {

bool is_about_scopes(ErrorCode code) {
    switch (code) {
        case ErrorCode::kScopeNotAllowed:
        case ErrorCode::kOfflineNotAllowed:
        case ErrorCode::kOfflineNotForUser:
        case ErrorCode::kDeviceSecretNotGiven:
        case ErrorCode::kRefreshScopeWidened:
        case ErrorCode::kNotInOrganization:
        case ErrorCode::kOrganizationDisabled:
        case ErrorCode::kOrganizationUnknown:
        case ErrorCode::kOrganizationMissing:
        case ErrorCode::kOrganizationNotMapped:
        case ErrorCode::kOrganizationDemands:
            return true;
        default:
            return false;
    }
}

// What is settled last: types, times and sessions.
bool is_of_plan(ErrorCode code) {
    switch (code) {
        case ErrorCode::kRequestedTypeNotAllowed:
        case ErrorCode::kRefreshNotAllowed:
        case ErrorCode::kRefreshNeedsSession:
        case ErrorCode::kSubjectTokenExpired:
        case ErrorCode::kSubjectSessionEnded:
        case ErrorCode::kRefreshTokenExpired:
        case ErrorCode::kRefreshUsesSpent:
        case ErrorCode::kChainTooDeep:
        case ErrorCode::kRefreshSessionEnded:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::string_view stage_of(ErrorCode code) {
    if (is_about_scopes(code)) return "scopes";
    switch (code) {
        case ErrorCode::kClientBearerOnly:
        case ErrorCode::kClientDisabled:
        case ErrorCode::kClientNotServed:
        case ErrorCode::kGrantNotAllowed:
        case ErrorCode::kPublicClientExchange:
        case ErrorCode::kPublicClientGrant:
        case ErrorCode::kDpopProofMissing:
        case ErrorCode::kCertificateMissing:
        case ErrorCode::kExchangeNotEnabled:
            return "client";
        case ErrorCode::kSenderConstrained:
        case ErrorCode::kBindingMismatch:
        case ErrorCode::kBindingDropped:
        case ErrorCode::kRefreshNotProved:
        case ErrorCode::kNotInAudience:
        case ErrorCode::kNotHolder:
        case ErrorCode::kRefreshTokenOfAnotherClient:
        case ErrorCode::kActorNotBound:
        case ErrorCode::kDeviceSecretMissing:
            return "binding";
        case ErrorCode::kActorTokenMissing:
        case ErrorCode::kActorIsSubject:
        case ErrorCode::kMayActMismatch:
        case ErrorCode::kActorTokenChain:
        case ErrorCode::kSwitchChain:
        case ErrorCode::kSubjectDisabled:
        case ErrorCode::kUserDisabled:
        case ErrorCode::kRefreshSubjectDisabled:
        case ErrorCode::kRefreshOrganizationLost:
            return "parties";
        case ErrorCode::kTargetUnknown:
        case ErrorCode::kTargetDisabled:
        case ErrorCode::kTargetMissing:
        case ErrorCode::kTargetNotReachable:
        case ErrorCode::kTooManyTargets:
        case ErrorCode::kTargetsDisagree:
            return "targets";
        case ErrorCode::kConsentMissing:
        case ErrorCode::kConsentWithdrawn:
        case ErrorCode::kConsentBeforeLogin:
            return "consent";
        default:
            return is_of_plan(code) ? "plan" : "rules";
    }
}

std::string quoted(std::string_view name) {
    std::string text;
    text.reserve(name.size() + 2);
    text.append("'").append(name).append("'");
    return text;
}

std::string quoted(const std::vector<std::string>& names) {
    if (names.empty()) return "nothing";
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text += ", ";
        text += quoted(name);
    }
    return text;
}

}  // namespace cambist::policy
