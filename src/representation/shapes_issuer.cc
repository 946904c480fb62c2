// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "representation/shape.h"

// Our trustedIssuers, and Keycloak's IdentityProviderRepresentation as of 26.
namespace cambist::representation {

namespace {

constexpr std::array kKeysRead{
    KeyRow{"discovery", Form::kText}, KeyRow{"jwksUrl", Form::kText}, KeyRow{"jwks", Form::kAny},
    KeyRow{"pem", Form::kText},       KeyRow{"file", Form::kText},
};
constexpr Shape kKeysShape{kKeysRead};

constexpr std::array kMatchRead{
    KeyRow{"claim", Form::kText},
    KeyRow{"attribute", Form::kText},
};
constexpr Shape kMatchShape{kMatchRead};

constexpr std::array kBindingRead{
    KeyRow{"kind", Form::kText},
    KeyRow{"subjectClaim", Form::kText},
    KeyRow{"match", Form::kList, &kMatchShape},
    KeyRow{"autoLink", Form::kFlag},
    KeyRow{"trustEmail", Form::kFlag},
    KeyRow{"onlyIf", Form::kTextsMap},
    KeyRow{"username", Form::kText},
    KeyRow{"attributes", Form::kTextMap},
    KeyRow{"roles", Form::kTexts},
    KeyRow{"groups", Form::kTexts},
};
constexpr Shape kBindingShape{kBindingRead};

constexpr std::array kEndpointsRead{
    KeyRow{"introspection", Form::kText}, KeyRow{"userinfo", Form::kText},
    KeyRow{"token", Form::kText},         KeyRow{"hook", Form::kText},
    KeyRow{"samlMetadata", Form::kText},  KeyRow{"clientId", Form::kText},
    KeyRow{"clientSecret", Form::kText},
};
constexpr Shape kEndpointsShape{kEndpointsRead};

constexpr std::array kSamlRead{
    KeyRow{"metadata", Form::kText},      KeyRow{"recipients", Form::kTextOrTexts},
    KeyRow{"nameIdFormat", Form::kText},  KeyRow{"responses", Form::kFlag},
    KeyRow{"signed", Form::kText},        KeyRow{"requireLogin", Form::kFlag},
    KeyRow{"decryptionKey", Form::kText}, KeyRow{"allowCbc", Form::kFlag},
};
constexpr Shape kSamlShape{kSamlRead};

constexpr std::array kOwnMapperRead{
    KeyRow{"claim", Form::kText},
    KeyRow{"values", Form::kTextOrTexts},
    KeyRow{"pattern", Form::kText},
    KeyRow{"inGroup", Form::kText},
    KeyRow{"value", Form::kText},
    KeyRow{"role", Form::kText},
    KeyRow{"group", Form::kText},
    KeyRow{"attribute", Form::kText},
    KeyRow{"note", Form::kText},
    KeyRow{"sync", Form::kText},
    KeyRow{"hasAttributes", Form::kTextsMap},
};
constexpr Shape kOwnMapperShape{kOwnMapperRead};

constexpr std::array kIssuerRead{
    KeyRow{"alias", Form::kText},
    KeyRow{"displayName", Form::kText},
    KeyRow{"enabled", Form::kFlag},
    KeyRow{"kind", Form::kText},
    KeyRow{"preset", Form::kText},
    KeyRow{"mode", Form::kText},
    KeyRow{"uses", Form::kTexts},
    KeyRow{"issuer", Form::kTextOrTexts},
    KeyRow{"keys", Form::kObject, &kKeysShape},
    KeyRow{"algorithms", Form::kTexts},
    KeyRow{"audience", Form::kTextOrTexts},
    KeyRow{"authorizedParties", Form::kTexts},
    KeyRow{"require", Form::kTextsMap},
    KeyRow{"tokenTypes", Form::kTexts},
    KeyRow{"headerTypes", Form::kTexts},
    KeyRow{"clockSkew", Form::kText},
    KeyRow{"maxAge", Form::kText},
    KeyRow{"maxLifetime", Form::kText},
    KeyRow{"assertionMaxAge", Form::kText},
    KeyRow{"singleUse", Form::kFlag},
    KeyRow{"scopes", Form::kTexts},
    KeyRow{"scopeMap", Form::kTextsMap},
    KeyRow{"clients", Form::kTexts},
    KeyRow{"tenant", Form::kText},
    KeyRow{"trustDomain", Form::kText},
    KeyRow{"organization", Form::kText},
    KeyRow{"binding", Form::kTextOrObject, &kBindingShape},
    KeyRow{"mappers", Form::kList, &kOwnMapperShape},
    KeyRow{"until", Form::kText},
    KeyRow{"endpoints", Form::kObject, &kEndpointsShape},
    KeyRow{"saml", Form::kObject, &kSamlShape},
};

constexpr std::array kProviderRead{
    KeyRow{"alias", Form::kText},          KeyRow{"displayName", Form::kText},
    KeyRow{"internalId", Form::kText},     KeyRow{"providerId", Form::kText},
    KeyRow{"enabled", Form::kFlag},        KeyRow{"trustEmail", Form::kFlag},
    KeyRow{"linkOnly", Form::kFlag},       KeyRow{"config", Form::kTextMap},
    KeyRow{"organizationId", Form::kText},
};
constexpr std::array kProviderKept{
    KeptKey{"updateProfileFirstLoginMode", topic::kOld},
    KeptKey{"updateProfileFirstLogin", topic::kOld},
    KeptKey{"storeToken", topic::kBrokering},
    KeptKey{"addReadTokenRoleOnCreate", topic::kBrokering},
    KeptKey{"authenticateByDefault", topic::kBrokering},
    KeptKey{"hideOnLogin", topic::kBrokering},
    KeptKey{"firstBrokerLoginFlowAlias", topic::kBrokering},
    KeptKey{"postBrokerLoginFlowAlias", topic::kBrokering},
    KeptKey{"types", topic::kBrokering},
};

constexpr std::array kProviderMapperRead{
    KeyRow{"id", Form::kText},
    KeyRow{"name", Form::kText},
    KeyRow{"identityProviderAlias", Form::kText},
    KeyRow{"identityProviderMapper", Form::kText},
    KeyRow{"config", Form::kTextMap},
};

}  // namespace

constinit const Shape kIssuerShape{kIssuerRead};
constinit const Shape kIdentityProviderShape{kProviderRead, kProviderKept};
constinit const Shape kIdentityProviderMapperShape{kProviderMapperRead};

}  // namespace cambist::representation
