// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "representation/shape.h"

// Keycloak's representations of what stands in a realm, as of 26.
namespace cambist::representation {

namespace {

constexpr std::array kMapperRead{
    KeyRow{"id", Form::kText},        KeyRow{"name", Form::kText},
    KeyRow{"protocol", Form::kText},  KeyRow{"protocolMapper", Form::kText},
    KeyRow{"config", Form::kTextMap},
};
constexpr std::array kMapperKept{
    KeptKey{"consentRequired", topic::kOther},
    KeptKey{"consentText", topic::kOld},
};

constexpr std::array kClientRead{
    KeyRow{"id", Form::kText},
    KeyRow{"clientId", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"description", Form::kText},
    KeyRow{"enabled", Form::kFlag},
    KeyRow{"rootUrl", Form::kText},
    KeyRow{"baseUrl", Form::kText},
    KeyRow{"clientAuthenticatorType", Form::kText},
    KeyRow{"secret", Form::kText},
    KeyRow{"defaultRoles", Form::kTexts},
    KeyRow{"redirectUris", Form::kTexts},
    KeyRow{"webOrigins", Form::kTexts},
    KeyRow{"notBefore", Form::kInteger},
    KeyRow{"bearerOnly", Form::kFlag},
    KeyRow{"publicClient", Form::kFlag},
    KeyRow{"consentRequired", Form::kFlag},
    KeyRow{"standardFlowEnabled", Form::kFlag},
    KeyRow{"implicitFlowEnabled", Form::kFlag},
    KeyRow{"directAccessGrantsEnabled", Form::kFlag},
    KeyRow{"serviceAccountsEnabled", Form::kFlag},
    KeyRow{"protocol", Form::kText},
    KeyRow{"attributes", Form::kTextMap},
    KeyRow{"fullScopeAllowed", Form::kFlag},
    KeyRow{"protocolMappers", Form::kList, &kMapperShape},
    KeyRow{"defaultClientScopes", Form::kTexts},
    KeyRow{"optionalClientScopes", Form::kTexts},
};
constexpr std::array kClientKept{
    KeptKey{"type", topic::kOther},
    KeptKey{"adminUrl", topic::kPages},
    KeptKey{"surrogateAuthRequired", topic::kLogIn},
    KeptKey{"alwaysDisplayInConsole", topic::kPages},
    KeptKey{"registrationAccessToken", topic::kPolicies},
    KeptKey{"authorizationServicesEnabled", topic::kAuthorization},
    KeptKey{"directGrantsOnly", topic::kOld},
    KeptKey{"frontchannelLogout", topic::kLogIn},
    KeptKey{"authenticationFlowBindingOverrides", topic::kLogIn},
    KeptKey{"nodeReRegistrationTimeout", topic::kPolicies},
    KeptKey{"registeredNodes", topic::kPolicies},
    KeptKey{"oauth2DeviceAuthorizationGrantEnabled", topic::kOld},
    KeptKey{"clientTemplate", topic::kOld},
    KeptKey{"useTemplateConfig", topic::kOld},
    KeptKey{"useTemplateScope", topic::kOld},
    KeptKey{"useTemplateMappers", topic::kOld},
    KeptKey{"authorizationSettings", topic::kAuthorization},
    KeptKey{"access", topic::kOther},
    KeptKey{"origin", topic::kOther},
    KeptKey{"claims", topic::kOld},
};

constexpr std::array kClientScopeRead{
    KeyRow{"id", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"description", Form::kText},
    KeyRow{"protocol", Form::kText},
    KeyRow{"attributes", Form::kTextMap},
    KeyRow{"protocolMappers", Form::kList, &kMapperShape},
};

constexpr std::array kCompositesRead{
    KeyRow{"realm", Form::kTexts},
    KeyRow{"client", Form::kTextsMap},
};
constexpr std::array kCompositesKept{
    KeptKey{"application", topic::kOld},
};
constexpr Shape kCompositesShape{kCompositesRead, kCompositesKept};

constexpr std::array kRoleRead{
    KeyRow{"id", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"description", Form::kText},
    KeyRow{"composite", Form::kFlag},
    KeyRow{"composites", Form::kObject, &kCompositesShape},
    KeyRow{"attributes", Form::kTextsMap},
    KeyRow{"clientRole", Form::kFlag},
    KeyRow{"containerId", Form::kText},
};
constexpr std::array kRoleKept{
    KeptKey{"scopeParamRequired", topic::kOld},
};

constexpr std::array kGroupRead{
    KeyRow{"id", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"path", Form::kText},
    KeyRow{"subGroups", Form::kList, &kGroupShape},
    KeyRow{"attributes", Form::kTextsMap},
    KeyRow{"realmRoles", Form::kTexts},
    KeyRow{"clientRoles", Form::kTextsMap},
};
constexpr std::array kGroupKept{
    KeptKey{"parentId", topic::kOther},
    KeptKey{"subGroupCount", topic::kOther},
    KeptKey{"description", topic::kOther},
    KeptKey{"access", topic::kOther},
};

constexpr std::array kCredentialRead{
    KeyRow{"id", Form::kText},
    KeyRow{"type", Form::kText},
    KeyRow{"createdDate", Form::kInteger},
    KeyRow{"secretData", Form::kText},
    KeyRow{"credentialData", Form::kText},
    KeyRow{"value", Form::kText},
    KeyRow{"temporary", Form::kFlag},
    // Before Keycloak 8
    KeyRow{"hashedSaltedValue", Form::kText},
    KeyRow{"salt", Form::kText},
    KeyRow{"hashIterations", Form::kInteger},
    KeyRow{"algorithm", Form::kText},
};
constexpr std::array kCredentialKept{
    KeptKey{"userLabel", topic::kUsers}, KeptKey{"priority", topic::kUsers},
    KeptKey{"device", topic::kUsers},    KeptKey{"counter", topic::kUsers},
    KeptKey{"digits", topic::kUsers},    KeptKey{"period", topic::kUsers},
    KeptKey{"config", topic::kUsers},    KeptKey{"federationLink", topic::kFederation},
};
constexpr std::array kConsentRead{
    KeyRow{"clientId", Form::kText},
    KeyRow{"grantedClientScopes", Form::kTexts},
    KeyRow{"createdDate", Form::kInteger},
    KeyRow{"lastUpdatedDate", Form::kInteger},
};
// Before Keycloak 4
constexpr std::array kConsentKept{KeptKey{"grantedRealmRoles", topic::kOld},
                                  KeptKey{"grantedClientRoles", topic::kOld},
                                  KeptKey{"grantedProtocolMappers", topic::kOld}};
constexpr Shape kConsentShape{kConsentRead, kConsentKept};

constexpr std::array kUserRead{
    KeyRow{"id", Form::kText},
    KeyRow{"username", Form::kText},
    KeyRow{"email", Form::kText},
    KeyRow{"emailVerified", Form::kFlag},
    KeyRow{"firstName", Form::kText},
    KeyRow{"lastName", Form::kText},
    KeyRow{"enabled", Form::kFlag},
    KeyRow{"createdTimestamp", Form::kInteger},
    KeyRow{"notBefore", Form::kInteger},
    KeyRow{"attributes", Form::kTextsMap},
    KeyRow{"credentials", Form::kList, &representation::kCredentialShape},
    KeyRow{"requiredActions", Form::kTexts},
    KeyRow{"realmRoles", Form::kTexts},
    KeyRow{"clientRoles", Form::kTextsMap},
    KeyRow{"groups", Form::kTexts},
    KeyRow{"serviceAccountClientId", Form::kText},
    KeyRow{"clientConsents", Form::kList, &kConsentShape},
};
constexpr std::array kUserKept{
    KeptKey{"self", topic::kOther},
    KeptKey{"origin", topic::kOther},
    KeptKey{"totp", topic::kUsers},
    KeptKey{"federationLink", topic::kFederation},
    KeptKey{"disableableCredentialTypes", topic::kUsers},
    KeptKey{"federatedIdentities", topic::kUsed},
    KeptKey{"applicationRoles", topic::kOld},
    KeptKey{"socialLinks", topic::kBrokering},
    KeptKey{"access", topic::kOther},
    KeptKey{"userProfileMetadata", topic::kUsers},
    KeptKey{"verifiableCredentials", topic::kUsers},
    KeptKey{"issuedVerifiableCredentials", topic::kUsers},
};

}  // namespace

constinit const Shape kMapperShape{kMapperRead, kMapperKept};
constinit const Shape kClientShape{kClientRead, kClientKept};
constinit const Shape kClientScopeShape{kClientScopeRead};
constinit const Shape kRoleShape{kRoleRead, kRoleKept};
constinit const Shape kGroupShape{kGroupRead, kGroupKept};
constinit const Shape kCredentialShape{kCredentialRead, kCredentialKept};
constinit const Shape kUserShape{kUserRead, kUserKept};

}  // namespace cambist::representation
