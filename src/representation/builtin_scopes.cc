// SPDX-License-Identifier: Apache-2.0
#include "representation/builtin.h"

// The client scopes of a new realm of Keycloak 26, with its mappers, as a realm file would write
// them.
namespace cambist::representation {

const std::string_view kBuiltinScopes = R"yaml(
clientScopes:
  - name: basic
    description: "OpenID Connect scope for add all basic claims to the token"
    protocol: openid-connect
    attributes: {include.in.token.scope: "false", display.on.consent.screen: "false"}
    protocolMappers:
      - name: sub
        protocol: openid-connect
        protocolMapper: oidc-sub-mapper
        config: {access.token.claim: "true", introspection.token.claim: "true"}
      - name: auth_time
        protocol: openid-connect
        protocolMapper: oidc-usersessionmodel-note-mapper
        config: {user.session.note: AUTH_TIME, claim.name: auth_time, jsonType.label: long,
          id.token.claim: "true", access.token.claim: "true", introspection.token.claim: "true"}
  - name: profile
    description: "OpenID Connect built-in scope: profile"
    protocol: openid-connect
    attributes: {include.in.token.scope: "true", display.on.consent.screen: "true", consent.screen.text: "${profileScopeConsentText}"}
    protocolMappers:
      - name: full name
        protocol: openid-connect
        protocolMapper: oidc-full-name-mapper
        config: {id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: family name
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: lastName, claim.name: family_name, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: given name
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: firstName, claim.name: given_name, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: middle name
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: middleName, claim.name: middle_name, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: nickname
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: nickname, claim.name: nickname, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: username
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: username, claim.name: preferred_username, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: profile
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: profile, claim.name: profile, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: picture
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: picture, claim.name: picture, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: website
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: website, claim.name: website, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: gender
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: gender, claim.name: gender, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: birthdate
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: birthdate, claim.name: birthdate, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: zoneinfo
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: zoneinfo, claim.name: zoneinfo, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: locale
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: locale, claim.name: locale, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: updated at
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: updatedAt, claim.name: updated_at, jsonType.label: long,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
  - name: email
    description: "OpenID Connect built-in scope: email"
    protocol: openid-connect
    attributes: {include.in.token.scope: "true", display.on.consent.screen: "true", consent.screen.text: "${emailScopeConsentText}"}
    protocolMappers:
      - name: email
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: email, claim.name: email, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: email verified
        protocol: openid-connect
        protocolMapper: oidc-usermodel-property-mapper
        config: {user.attribute: emailVerified, claim.name: email_verified,
          jsonType.label: boolean, id.token.claim: "true", access.token.claim: "true",
          userinfo.token.claim: "true", introspection.token.claim: "true"}
  - name: roles
    description: "OpenID Connect scope for add user roles to the access token"
    protocol: openid-connect
    attributes: {include.in.token.scope: "false", display.on.consent.screen: "true", consent.screen.text: "${rolesScopeConsentText}"}
    protocolMappers:
      - name: realm roles
        protocol: openid-connect
        protocolMapper: oidc-usermodel-realm-role-mapper
        config: {user.attribute: foo, claim.name: realm_access.roles, jsonType.label: String,
          multivalued: "true", access.token.claim: "true", introspection.token.claim: "true"}
      - name: client roles
        protocol: openid-connect
        protocolMapper: oidc-usermodel-client-role-mapper
        config: {user.attribute: foo, claim.name: "resource_access.${client_id}.roles",
          jsonType.label: String, multivalued: "true", access.token.claim: "true",
          introspection.token.claim: "true"}
      - name: audience resolve
        protocol: openid-connect
        protocolMapper: oidc-audience-resolve-mapper
        config: {access.token.claim: "true", introspection.token.claim: "true"}
  - name: web-origins
    description: "OpenID Connect scope for add allowed web origins to the access token"
    protocol: openid-connect
    attributes: {include.in.token.scope: "false", display.on.consent.screen: "false", consent.screen.text: ""}
    protocolMappers:
      - name: allowed web origins
        protocol: openid-connect
        protocolMapper: oidc-allowed-origins-mapper
        config: {access.token.claim: "true", introspection.token.claim: "true"}
  - name: acr
    description: "OpenID Connect scope for add acr (authentication context class reference) to the token"
    protocol: openid-connect
    attributes: {include.in.token.scope: "false", display.on.consent.screen: "false"}
    protocolMappers:
      - name: acr loa level
        protocol: openid-connect
        protocolMapper: oidc-acr-mapper
        config: {id.token.claim: "true", access.token.claim: "true",
          introspection.token.claim: "true"}
  - name: address
    description: "OpenID Connect built-in scope: address"
    protocol: openid-connect
    attributes: {include.in.token.scope: "true", display.on.consent.screen: "true", consent.screen.text: "${addressScopeConsentText}"}
    protocolMappers:
      - name: address
        protocol: openid-connect
        protocolMapper: oidc-address-mapper
        config: {user.attribute.formatted: formatted, user.attribute.street: street,
          user.attribute.locality: locality, user.attribute.region: region,
          user.attribute.postal_code: postal_code, user.attribute.country: country,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
  - name: phone
    description: "OpenID Connect built-in scope: phone"
    protocol: openid-connect
    attributes: {include.in.token.scope: "true", display.on.consent.screen: "true", consent.screen.text: "${phoneScopeConsentText}"}
    protocolMappers:
      - name: phone number
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: phoneNumber, claim.name: phone_number, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: phone number verified
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: phoneNumberVerified, claim.name: phone_number_verified,
          jsonType.label: boolean, id.token.claim: "true", access.token.claim: "true",
          userinfo.token.claim: "true", introspection.token.claim: "true"}
  - name: offline_access
    description: "OpenID Connect built-in scope: offline_access"
    protocol: openid-connect
    attributes: {display.on.consent.screen: "true", consent.screen.text: "${offlineAccessScopeConsentText}"}
    protocolMappers: []
  - name: microprofile-jwt
    description: "Microprofile - JWT built-in scope"
    protocol: openid-connect
    attributes: {include.in.token.scope: "true", display.on.consent.screen: "false"}
    protocolMappers:
      - name: upn
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: username, claim.name: upn, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
      - name: groups
        protocol: openid-connect
        protocolMapper: oidc-usermodel-realm-role-mapper
        config: {user.attribute: foo, claim.name: groups, jsonType.label: String,
          multivalued: "true", id.token.claim: "true", access.token.claim: "true",
          introspection.token.claim: "true"}
  - name: organization
    description: "Additional claims about the organization a subject belongs to"
    protocol: openid-connect
    attributes: {include.in.token.scope: "true", display.on.consent.screen: "true", consent.screen.text: "${organizationScopeConsentText}"}
    protocolMappers:
      - name: organization
        protocol: openid-connect
        protocolMapper: oidc-organization-membership-mapper
        config: {claim.name: organization, jsonType.label: String, multivalued: "true",
          id.token.claim: "true", access.token.claim: "true", introspection.token.claim: "true"}
  - name: service_account
    description: "Specific scope for a client enabled for service accounts"
    protocol: openid-connect
    attributes: {include.in.token.scope: "false", display.on.consent.screen: "false"}
    protocolMappers:
      - name: Client ID
        protocol: openid-connect
        protocolMapper: oidc-usersessionmodel-note-mapper
        config: {user.session.note: client_id, claim.name: client_id, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", introspection.token.claim: "true"}
      - name: Client Host
        protocol: openid-connect
        protocolMapper: oidc-usersessionmodel-note-mapper
        config: {user.session.note: clientHost, claim.name: clientHost, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", introspection.token.claim: "true"}
      - name: Client IP Address
        protocol: openid-connect
        protocolMapper: oidc-usersessionmodel-note-mapper
        config: {user.session.note: clientAddress, claim.name: clientAddress,
          jsonType.label: String, id.token.claim: "true", access.token.claim: "true",
          introspection.token.claim: "true"}
  - name: role_list
    description: "SAML role list"
    protocol: saml
    attributes: {consent.screen.text: "${samlRoleListScopeConsentText}", display.on.consent.screen: "true"}
    protocolMappers:
      - name: role list
        protocol: saml
        protocolMapper: saml-role-list-mapper
        config: {single: "false", attribute.nameformat: Basic, attribute.name: Role}
  - name: saml_organization
    description: "Organization Membership"
    protocol: saml
    attributes: {display.on.consent.screen: "false"}
    protocolMappers:
      - name: organization
        protocol: saml
        protocolMapper: saml-organization-membership-mapper
        config: {}
defaultDefaultClientScopes: [role_list, saml_organization, profile, email, roles, web-origins, acr, basic]
defaultOptionalClientScopes: [offline_access, address, phone, microprofile-jwt, organization]
scopeMappings:
  - {clientScope: offline_access, roles: [offline_access]}
)yaml";

}  // namespace cambist::representation
