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
constexpr std::array<std::string_view, 2> kMapperKept{"consentRequired", "consentText"};

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
constexpr std::array<std::string_view, 19> kClientKept{
    "type",
    "adminUrl",
    "surrogateAuthRequired",
    "alwaysDisplayInConsole",
    "registrationAccessToken",
    "authorizationServicesEnabled",
    "directGrantsOnly",
    "frontchannelLogout",
    "authenticationFlowBindingOverrides",
    "nodeReRegistrationTimeout",
    "registeredNodes",
    "clientTemplate",
    "useTemplateConfig",
    "useTemplateScope",
    "useTemplateMappers",
    "authorizationSettings",
    "access",
    "origin",
    "claims",
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
constexpr std::array<std::string_view, 1> kCompositesKept{"application"};
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
constexpr std::array<std::string_view, 1> kRoleKept{"scopeParamRequired"};

constexpr std::array kGroupRead{
    KeyRow{"id", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"path", Form::kText},
    KeyRow{"subGroups", Form::kList, &kGroupShape},
    KeyRow{"attributes", Form::kTextsMap},
    KeyRow{"realmRoles", Form::kTexts},
    KeyRow{"clientRoles", Form::kTextsMap},
};
constexpr std::array<std::string_view, 4> kGroupKept{"parentId", "subGroupCount", "description",
                                                     "access"};

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
constexpr std::array<std::string_view, 8> kCredentialKept{
    "userLabel", "priority", "device", "counter", "digits", "period", "config", "federationLink"};
// Users are stored as model/user.h has them, so there is no place to keep more.
constexpr std::string_view kLeftOut = "left out: there is no use for it";
constexpr Shape kCredentialShape{kCredentialRead, kCredentialKept, kLeftOut};

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
    KeyRow{"credentials", Form::kList, &kCredentialShape},
    KeyRow{"requiredActions", Form::kTexts},
    KeyRow{"realmRoles", Form::kTexts},
    KeyRow{"clientRoles", Form::kTextsMap},
    KeyRow{"groups", Form::kTexts},
    KeyRow{"serviceAccountClientId", Form::kText},
};
constexpr std::array<std::string_view, 12> kUserKept{
    "self",
    "origin",
    "totp",
    "federationLink",
    "disableableCredentialTypes",
    "federatedIdentities",
    "clientConsents",
    "applicationRoles",
    "socialLinks",
    "access",
    "userProfileMetadata",
    "verifiableCredentials",
};

}  // namespace

constinit const Shape kMapperShape{kMapperRead, kMapperKept};
constinit const Shape kClientShape{kClientRead, kClientKept};
constinit const Shape kClientScopeShape{kClientScopeRead};
constinit const Shape kRoleShape{kRoleRead, kRoleKept};
constinit const Shape kGroupShape{kGroupRead, kGroupKept};
constinit const Shape kUserShape{kUserRead, kUserKept, kLeftOut};

}  // namespace cambist::representation
