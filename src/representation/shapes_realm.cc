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
constexpr std::array<std::string_view, 3> kComponentKept{"subType", "subComponents", "parentId"};
constexpr Shape kComponentShape{kComponentRead, kComponentKept};

constexpr std::array kRealmRolesRead{
    KeyRow{"realm", Form::kList, &kRoleShape},
    KeyRow{"client", Form::kListMap, &kRoleShape},
};
constexpr std::array<std::string_view, 1> kRealmRolesKept{"application"};
constexpr Shape kRealmRolesShape{kRealmRolesRead, kRealmRolesKept};

constexpr std::array kScopeMappingRead{
    KeyRow{"client", Form::kText},
    KeyRow{"clientScope", Form::kText},
    KeyRow{"roles", Form::kTexts},
};
constexpr std::array<std::string_view, 2> kScopeMappingKept{"self", "clientTemplate"};
constexpr Shape kScopeMappingShape{kScopeMappingRead, kScopeMappingKept};

constexpr std::array kKeyRead{
    KeyRow{"name", Form::kText},        KeyRow{"algorithm", Form::kText},
    KeyRow{"state", Form::kText},       KeyRow{"priority", Form::kInteger},
    KeyRow{"privateKey", Form::kText},  KeyRow{"privateKeyFile", Form::kText},
    KeyRow{"certificate", Form::kText},
};
constexpr Shape kKeyShape{kKeyRead};

constexpr std::array kAuditRead{KeyRow{"durability", Form::kText}};
constexpr Shape kAuditShape{kAuditRead};

// What is not served yet is only allowed to be empty; its elements are not looked at.
constexpr Shape kNothingShape{};

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
    // Ours
    KeyRow{"exchangeRules", Form::kList, &kRuleShape},
    KeyRow{"errorDialect", Form::kText},
    KeyRow{"maxChainDepth", Form::kInteger},
    KeyRow{"maxTargets", Form::kInteger},
    KeyRow{"keys", Form::kList, &kKeyShape},
    KeyRow{"audit", Form::kObject, &kAuditShape},
    KeyRow{"trustedIssuers", Form::kList, &kNothingShape},
    KeyRow{"relations", Form::kList, &kNothingShape},
};

constexpr std::array<std::string_view, 111> kRealmKept{
    "displayNameHtml",
    "accessTokenLifespanForImplicitFlow",
    "ssoSessionIdleTimeoutRememberMe",
    "ssoSessionMaxLifespanRememberMe",
    "clientOfflineSessionIdleTimeout",
    "clientOfflineSessionMaxLifespan",
    "accessCodeLifespan",
    "accessCodeLifespanUserAction",
    "accessCodeLifespanLogin",
    "actionTokenGeneratedByAdminLifespan",
    "actionTokenGeneratedByUserLifespan",
    "oauth2DeviceCodeLifespan",
    "oauth2DevicePollingInterval",
    "passwordCredentialGrantAllowed",
    "registrationAllowed",
    "registrationEmailAsUsername",
    "rememberMe",
    "verifyEmail",
    "resetPasswordAllowed",
    "editUsernameAllowed",
    "userCacheEnabled",
    "realmCacheEnabled",
    "maxTemporaryLockouts",
    "bruteForceStrategy",
    "maxSecondaryAuthFailures",
    "privateKey",
    "publicKey",
    "certificate",
    "codeSecret",
    "requiredCredentials",
    "passwordPolicy",
    "otpPolicyType",
    "otpPolicyAlgorithm",
    "otpPolicyInitialCounter",
    "otpPolicyDigits",
    "otpPolicyLookAheadWindow",
    "otpPolicyPeriod",
    "otpPolicyCodeReusable",
    "otpSupportedApplications",
    "webAuthnPolicyRpEntityName",
    "webAuthnPolicySignatureAlgorithms",
    "webAuthnPolicyRpId",
    "webAuthnPolicyAttestationConveyancePreference",
    "webAuthnPolicyAuthenticatorAttachment",
    "webAuthnPolicyRequireResidentKey",
    "webAuthnPolicyUserVerificationRequirement",
    "webAuthnPolicyCreateTimeout",
    "webAuthnPolicyAvoidSameAuthenticatorRegister",
    "webAuthnPolicyAcceptableAaguids",
    "webAuthnPolicyExtraOrigins",
    "webAuthnPolicyPasswordlessRpEntityName",
    "webAuthnPolicyPasswordlessSignatureAlgorithms",
    "webAuthnPolicyPasswordlessRpId",
    "webAuthnPolicyPasswordlessAttestationConveyancePreference",
    "webAuthnPolicyPasswordlessAuthenticatorAttachment",
    "webAuthnPolicyPasswordlessRequireResidentKey",
    "webAuthnPolicyPasswordlessUserVerificationRequirement",
    "webAuthnPolicyPasswordlessCreateTimeout",
    "webAuthnPolicyPasswordlessAvoidSameAuthenticatorRegister",
    "webAuthnPolicyPasswordlessAcceptableAaguids",
    "webAuthnPolicyPasswordlessExtraOrigins",
    "webAuthnPolicyPasswordlessPasskeysEnabled",
    "clientProfiles",
    "clientPolicies",
    "federatedUsers",
    "protocolMappers",
    "browserSecurityHeaders",
    "smtpServer",
    "userFederationProviders",
    "userFederationMappers",
    "loginTheme",
    "accountTheme",
    "adminTheme",
    "emailTheme",
    "eventsEnabled",
    "eventsExpiration",
    "eventsListeners",
    "enabledEventTypes",
    "adminEventsEnabled",
    "adminEventsDetailsEnabled",
    "identityProviders",
    "identityProviderMappers",
    "internationalizationEnabled",
    "supportedLocales",
    "defaultLocale",
    "localizationTexts",
    "authenticationFlows",
    "authenticatorConfig",
    "requiredActions",
    "browserFlow",
    "registrationFlow",
    "directGrantFlow",
    "resetCredentialsFlow",
    "clientAuthenticationFlow",
    "dockerAuthenticationFlow",
    "firstBrokerLoginFlow",
    "userManagedAccessAllowed",
    "organizationsEnabled",
    "organizations",
    "adminPermissionsEnabled",
    "adminPermissionsClient",
    "verifiableCredentialsEnabled",
    "scimApiEnabled",
    "workflows",
    "social",
    "socialProviders",
    "updateProfileOnInitialSocialLogin",
    "applications",
    "applicationScopeMappings",
    "oauthClients",
    "clientTemplates",
};

}  // namespace

constinit const Shape kRealmShape{kRealmRead, kRealmKept};

}  // namespace cambist::representation
