// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "representation/shape.h"

// Keycloak's RealmRepresentation as of 26, and our own keys.
namespace cambist::representation {

namespace {

constexpr std::array kComponentRead{
    KeyRow{"id", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"providerId", Form::kText},
    KeyRow{"config", Form::kTextsMap},
};
constexpr std::array kComponentKept{
    KeptKey{"subType", topic::kOther},
    KeptKey{"subComponents", topic::kOther},
    KeptKey{"parentId", topic::kOther},
};
constexpr Shape kComponentShape{kComponentRead, kComponentKept};

constexpr std::array kRealmRolesRead{
    KeyRow{"realm", Form::kList, &kRoleShape},
    KeyRow{"client", Form::kListMap, &kRoleShape},
};
constexpr std::array kRealmRolesKept{
    KeptKey{"application", topic::kOld},
};
constexpr Shape kRealmRolesShape{kRealmRolesRead, kRealmRolesKept};

constexpr std::array kScopeMappingRead{
    KeyRow{"client", Form::kText},
    KeyRow{"clientScope", Form::kText},
    KeyRow{"roles", Form::kTexts},
};
constexpr std::array kScopeMappingKept{
    KeptKey{"self", topic::kOther},
    KeptKey{"clientTemplate", topic::kOld},
};
constexpr Shape kScopeMappingShape{kScopeMappingRead, kScopeMappingKept};

constexpr std::array kKeyRead{
    KeyRow{"name", Form::kText},        KeyRow{"algorithm", Form::kText},
    KeyRow{"state", Form::kText},       KeyRow{"priority", Form::kInteger},
    KeyRow{"privateKey", Form::kText},  KeyRow{"privateKeyFile", Form::kText},
    KeyRow{"certificate", Form::kText}, KeyRow{"generate", Form::kFlag},
    KeyRow{"keySize", Form::kInteger},
};
constexpr Shape kKeyShape{kKeyRead};

constexpr std::array kAuditRead{KeyRow{"durability", Form::kText}};
constexpr Shape kAuditShape{kAuditRead};

constexpr std::array kRelationEndRead{
    KeyRow{"user", Form::kText},
    KeyRow{"client", Form::kText},
    KeyRow{"group", Form::kText},
};
constexpr Shape kRelationEndShape{kRelationEndRead};

constexpr std::array kRelationRead{
    KeyRow{"kind", Form::kText},
    KeyRow{"actor", Form::kObject, &kRelationEndShape},
    KeyRow{"subject", Form::kObject, &kRelationEndShape},
    KeyRow{"scopes", Form::kTexts},
    KeyRow{"audiences", Form::kTexts},
    KeyRow{"expires", Form::kText},
};
constexpr Shape kRelationShape{kRelationRead};

constexpr std::array kDomainRead{
    KeyRow{"name", Form::kText},
    KeyRow{"verified", Form::kFlag},
};
constexpr Shape kDomainShape{kDomainRead};

constexpr std::array kMemberRead{
    KeyRow{"username", Form::kText},
    KeyRow{"membershipType", Form::kText},
};
constexpr Shape kMemberShape{kMemberRead};

constexpr std::array kOrganizationRead{
    KeyRow{"id", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"alias", Form::kText},
    KeyRow{"enabled", Form::kFlag},
    KeyRow{"attributes", Form::kTextsMap},
    KeyRow{"domains", Form::kList, &kDomainShape},
    KeyRow{"members", Form::kList, &kMemberShape},
};
constexpr std::array kOrganizationKept{
    KeptKey{"description", topic::kOrganizations},   KeptKey{"redirectUrl", topic::kOrganizations},
    KeptKey{"identityProviders", topic::kBrokering}, KeptKey{"groups", topic::kOrganizations},
    KeptKey{"roles", topic::kOrganizations},
};
constexpr Shape kOrganizationShape{kOrganizationRead, kOrganizationKept};

constexpr std::array kRealmRead{
    KeyRow{"id", Form::kText},
    KeyRow{"realm", Form::kText},
    KeyRow{"displayName", Form::kText},
    KeyRow{"enabled", Form::kFlag},
    KeyRow{"sslRequired", Form::kText},
    KeyRow{"notBefore", Form::kInteger},
    KeyRow{"defaultSignatureAlgorithm", Form::kText},
    KeyRow{"keycloakVersion", Form::kText},
    KeyRow{"attributes", Form::kTextMap},
    // Life times
    KeyRow{"accessTokenLifespan", Form::kInteger},
    KeyRow{"ssoSessionIdleTimeout", Form::kInteger},
    KeyRow{"ssoSessionMaxLifespan", Form::kInteger},
    KeyRow{"clientSessionIdleTimeout", Form::kInteger},
    KeyRow{"clientSessionMaxLifespan", Form::kInteger},
    KeyRow{"clientOfflineSessionIdleTimeout", Form::kInteger},
    KeyRow{"clientOfflineSessionMaxLifespan", Form::kInteger},
    KeyRow{"offlineSessionIdleTimeout", Form::kInteger},
    KeyRow{"offlineSessionMaxLifespanEnabled", Form::kFlag},
    KeyRow{"offlineSessionMaxLifespan", Form::kInteger},
    KeyRow{"revokeRefreshToken", Form::kFlag},
    KeyRow{"refreshTokenMaxReuse", Form::kInteger},
    // Log-in
    KeyRow{"loginWithEmailAllowed", Form::kFlag},
    KeyRow{"duplicateEmailsAllowed", Form::kFlag},
    KeyRow{"bruteForceProtected", Form::kFlag},
    KeyRow{"permanentLockout", Form::kFlag},
    KeyRow{"failureFactor", Form::kInteger},
    KeyRow{"waitIncrementSeconds", Form::kInteger},
    KeyRow{"maxFailureWaitSeconds", Form::kInteger},
    KeyRow{"quickLoginCheckMilliSeconds", Form::kInteger},
    KeyRow{"minimumQuickLoginWaitSeconds", Form::kInteger},
    KeyRow{"maxDeltaTimeSeconds", Form::kInteger},
    // Who and what
    KeyRow{"roles", Form::kObject, &kRealmRolesShape},
    KeyRow{"defaultRole", Form::kObject, &kRoleShape},
    KeyRow{"defaultRoles", Form::kTexts},
    KeyRow{"groups", Form::kList, &kGroupShape},
    KeyRow{"defaultGroups", Form::kTexts},
    KeyRow{"users", Form::kList, &kUserShape},
    KeyRow{"clients", Form::kList, &kClientShape},
    KeyRow{"clientScopes", Form::kList, &kClientScopeShape},
    KeyRow{"defaultDefaultClientScopes", Form::kTexts},
    KeyRow{"defaultOptionalClientScopes", Form::kTexts},
    KeyRow{"scopeMappings", Form::kList, &kScopeMappingShape},
    KeyRow{"clientScopeMappings", Form::kListMap, &kScopeMappingShape},
    KeyRow{"components", Form::kListMap, &kComponentShape},
    KeyRow{"identityProviders", Form::kList, &kIdentityProviderShape},
    KeyRow{"identityProviderMappers", Form::kList, &kIdentityProviderMapperShape},
    KeyRow{"organizationsEnabled", Form::kFlag},
    KeyRow{"organizations", Form::kList, &kOrganizationShape},
    // Ours
    KeyRow{"exchangeRules", Form::kList, &kRuleShape},
    KeyRow{"errorDialect", Form::kText},
    KeyRow{"maxChainDepth", Form::kInteger},
    KeyRow{"maxTargets", Form::kInteger},
    KeyRow{"keys", Form::kList, &kKeyShape},
    KeyRow{"audit", Form::kObject, &kAuditShape},
    KeyRow{"trustedIssuers", Form::kList, &kIssuerShape},
    KeyRow{"relations", Form::kList, &kRelationShape},
};

constexpr std::array kRealmKept{
    KeptKey{"displayNameHtml", topic::kPages},
    KeptKey{"accessTokenLifespanForImplicitFlow", topic::kTimes},
    KeptKey{"ssoSessionIdleTimeoutRememberMe", topic::kTimes},
    KeptKey{"ssoSessionMaxLifespanRememberMe", topic::kTimes},
    KeptKey{"accessCodeLifespan", topic::kTimes},
    KeptKey{"accessCodeLifespanUserAction", topic::kTimes},
    KeptKey{"accessCodeLifespanLogin", topic::kTimes},
    KeptKey{"actionTokenGeneratedByAdminLifespan", topic::kTimes},
    KeptKey{"actionTokenGeneratedByUserLifespan", topic::kTimes},
    KeptKey{"oauth2DeviceCodeLifespan", topic::kTimes},
    KeptKey{"oauth2DevicePollingInterval", topic::kTimes},
    KeptKey{"passwordCredentialGrantAllowed", topic::kOld},
    KeptKey{"registrationAllowed", topic::kLogIn},
    KeptKey{"registrationEmailAsUsername", topic::kLogIn},
    KeptKey{"rememberMe", topic::kLogIn},
    KeptKey{"verifyEmail", topic::kLogIn},
    KeptKey{"resetPasswordAllowed", topic::kLogIn},
    KeptKey{"editUsernameAllowed", topic::kLogIn},
    KeptKey{"userCacheEnabled", topic::kOld},
    KeptKey{"realmCacheEnabled", topic::kOld},
    KeptKey{"maxTemporaryLockouts", topic::kLogIn},
    KeptKey{"bruteForceStrategy", topic::kLogIn},
    KeptKey{"maxSecondaryAuthFailures", topic::kLogIn},
    KeptKey{"privateKey", topic::kKeys},
    KeptKey{"publicKey", topic::kKeys},
    KeptKey{"certificate", topic::kKeys},
    KeptKey{"codeSecret", topic::kKeys},
    KeptKey{"requiredCredentials", topic::kOld},
    KeptKey{"passwordPolicy", topic::kLogIn},
    KeptKey{"otpPolicyType", topic::kFactors},
    KeptKey{"otpPolicyAlgorithm", topic::kFactors},
    KeptKey{"otpPolicyInitialCounter", topic::kFactors},
    KeptKey{"otpPolicyDigits", topic::kFactors},
    KeptKey{"otpPolicyLookAheadWindow", topic::kFactors},
    KeptKey{"otpPolicyPeriod", topic::kFactors},
    KeptKey{"otpPolicyCodeReusable", topic::kFactors},
    KeptKey{"otpSupportedApplications", topic::kFactors},
    KeptKey{"webAuthnPolicyRpEntityName", topic::kFactors},
    KeptKey{"webAuthnPolicySignatureAlgorithms", topic::kFactors},
    KeptKey{"webAuthnPolicyRpId", topic::kFactors},
    KeptKey{"webAuthnPolicyAttestationConveyancePreference", topic::kFactors},
    KeptKey{"webAuthnPolicyAuthenticatorAttachment", topic::kFactors},
    KeptKey{"webAuthnPolicyRequireResidentKey", topic::kFactors},
    KeptKey{"webAuthnPolicyResidentKey", topic::kFactors},
    KeptKey{"webAuthnPolicyUserVerificationRequirement", topic::kFactors},
    KeptKey{"webAuthnPolicyCreateTimeout", topic::kFactors},
    KeptKey{"webAuthnPolicyAvoidSameAuthenticatorRegister", topic::kFactors},
    KeptKey{"webAuthnPolicyAcceptableAaguids", topic::kFactors},
    KeptKey{"webAuthnPolicyExtraOrigins", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessRpEntityName", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessSignatureAlgorithms", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessRpId", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessAttestationConveyancePreference", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessAuthenticatorAttachment", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessRequireResidentKey", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessResidentKey", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessMediation", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessUserVerificationRequirement", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessCreateTimeout", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessAvoidSameAuthenticatorRegister", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessAcceptableAaguids", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessExtraOrigins", topic::kFactors},
    KeptKey{"webAuthnPolicyPasswordlessPasskeysEnabled", topic::kFactors},
    KeptKey{"clientProfiles", topic::kPolicies},
    KeptKey{"clientPolicies", topic::kPolicies},
    KeptKey{"federatedUsers", topic::kFederation},
    KeptKey{"protocolMappers", topic::kOld},
    KeptKey{"browserSecurityHeaders", topic::kLogIn},
    KeptKey{"smtpServer", topic::kPages},
    KeptKey{"userFederationProviders", topic::kFederation},
    KeptKey{"userFederationMappers", topic::kFederation},
    KeptKey{"loginTheme", topic::kPages},
    KeptKey{"accountTheme", topic::kPages},
    KeptKey{"adminTheme", topic::kPages},
    KeptKey{"emailTheme", topic::kPages},
    KeptKey{"eventsEnabled", topic::kEvents},
    KeptKey{"eventsExpiration", topic::kEvents},
    KeptKey{"eventsListeners", topic::kEvents},
    KeptKey{"enabledEventTypes", topic::kEvents},
    KeptKey{"adminEventsEnabled", topic::kEvents},
    KeptKey{"adminEventsDetailsEnabled", topic::kEvents},
    KeptKey{"internationalizationEnabled", topic::kPages},
    KeptKey{"supportedLocales", topic::kPages},
    KeptKey{"defaultLocale", topic::kPages},
    KeptKey{"localizationTexts", topic::kPages},
    KeptKey{"authenticationFlows", topic::kLogIn},
    KeptKey{"authenticatorConfig", topic::kLogIn},
    KeptKey{"requiredActions", topic::kLogIn},
    KeptKey{"browserFlow", topic::kLogIn},
    KeptKey{"registrationFlow", topic::kLogIn},
    KeptKey{"directGrantFlow", topic::kLogIn},
    KeptKey{"resetCredentialsFlow", topic::kLogIn},
    KeptKey{"clientAuthenticationFlow", topic::kLogIn},
    KeptKey{"dockerAuthenticationFlow", topic::kLogIn},
    KeptKey{"firstBrokerLoginFlow", topic::kLogIn},
    KeptKey{"userManagedAccessAllowed", topic::kLogIn},
    KeptKey{"adminPermissionsEnabled", topic::kAuthorization},
    KeptKey{"adminPermissionsClient", topic::kAuthorization},
    KeptKey{"verifiableCredentialsEnabled", topic::kOther},
    KeptKey{"scimApiEnabled", topic::kOther},
    KeptKey{"workflows", topic::kOther},
    KeptKey{"social", topic::kOld},
    KeptKey{"socialProviders", topic::kOld},
    KeptKey{"updateProfileOnInitialSocialLogin", topic::kOld},
    KeptKey{"applications", topic::kOld},
    KeptKey{"applicationScopeMappings", topic::kOld},
    KeptKey{"oauthClients", topic::kOld},
    KeptKey{"clientTemplates", topic::kOld},
};

}  // namespace

constinit const Shape kRealmShape{kRealmRead, kRealmKept};

}  // namespace cambist::representation
