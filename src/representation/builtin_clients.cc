// SPDX-License-Identifier: Apache-2.0
#include "representation/builtin.h"

// The settings, roles and clients of a new realm of Keycloak 26, as a realm file would write them.
namespace cambist::representation {

const std::string_view kBuiltinSettings = R"yaml(
enabled: true
sslRequired: external
notBefore: 0
accessTokenLifespan: 300
ssoSessionIdleTimeout: 1800
ssoSessionMaxLifespan: 36000
clientSessionIdleTimeout: 0
clientSessionMaxLifespan: 0
offlineSessionIdleTimeout: 2592000
offlineSessionMaxLifespanEnabled: false
offlineSessionMaxLifespan: 5184000
refreshTokenMaxReuse: 0
loginWithEmailAllowed: true
duplicateEmailsAllowed: false
bruteForceProtected: false
permanentLockout: false
failureFactor: 30
waitIncrementSeconds: 60
maxFailureWaitSeconds: 900
quickLoginCheckMilliSeconds: 1000
minimumQuickLoginWaitSeconds: 60
maxDeltaTimeSeconds: 43200
)yaml";

const std::string_view kBuiltinClients = R"yaml(
roles:
  realm:
    - {name: offline_access, description: "${role_offline-access}"}
    - {name: uma_authorization, description: "${role_uma_authorization}"}
    - name: default-roles-{realm-lower}
      description: "${role_default-roles}"
      composite: true
      composites:
        realm: [offline_access, uma_authorization]
        client: {account: [view-profile, manage-account]}
  client:
    account:
      - {name: view-profile, description: "${role_view-profile}"}
      - name: manage-account
        description: "${role_manage-account}"
        composite: true
        composites: {client: {account: [manage-account-links]}}
      - {name: manage-account-links, description: "${role_manage-account-links}"}
      - {name: view-applications, description: "${role_view-applications}"}
      - {name: view-consent, description: "${role_view-consent}"}
      - name: manage-consent
        description: "${role_manage-consent}"
        composite: true
        composites: {client: {account: [view-consent]}}
      - {name: view-groups, description: "${role_view-groups}"}
      - {name: delete-account, description: "${role_delete-account}"}
    broker:
      - {name: read-token, description: "${role_read-token}"}
    realm-management:
      - name: realm-admin
        description: "${role_realm-admin}"
        composite: true
        composites:
          client:
            realm-management:
              - create-client
              - view-realm
              - view-users
              - view-clients
              - view-events
              - view-identity-providers
              - view-authorization
              - manage-realm
              - manage-users
              - manage-clients
              - manage-events
              - manage-identity-providers
              - manage-authorization
              - query-users
              - query-clients
              - query-realms
              - query-groups
              - impersonation
      - {name: create-client, description: "${role_create-client}"}
      - {name: view-realm, description: "${role_view-realm}"}
      - name: view-users
        description: "${role_view-users}"
        composite: true
        composites: {client: {realm-management: [query-users, query-groups]}}
      - name: view-clients
        description: "${role_view-clients}"
        composite: true
        composites: {client: {realm-management: [query-clients]}}
      - {name: view-events, description: "${role_view-events}"}
      - {name: view-identity-providers, description: "${role_view-identity-providers}"}
      - {name: view-authorization, description: "${role_view-authorization}"}
      - {name: manage-realm, description: "${role_manage-realm}"}
      - {name: manage-users, description: "${role_manage-users}"}
      - {name: manage-clients, description: "${role_manage-clients}"}
      - {name: manage-events, description: "${role_manage-events}"}
      - {name: manage-identity-providers, description: "${role_manage-identity-providers}"}
      - {name: manage-authorization, description: "${role_manage-authorization}"}
      - {name: query-users, description: "${role_query-users}"}
      - {name: query-clients, description: "${role_query-clients}"}
      - {name: query-realms, description: "${role_query-realms}"}
      - {name: query-groups, description: "${role_query-groups}"}
      - {name: impersonation, description: "${role_impersonation}"}
clients:
  - clientId: account
    name: "${client_account}"
    rootUrl: "${authBaseUrl}"
    baseUrl: /realms/{realm}/account/
    redirectUris: ["/realms/{realm}/account/*"]
    publicClient: true
    standardFlowEnabled: true
    fullScopeAllowed: false
    attributes: {post.logout.redirect.uris: "+"}
  - clientId: account-console
    name: "${client_account-console}"
    rootUrl: "${authBaseUrl}"
    baseUrl: /realms/{realm}/account/
    redirectUris: ["/realms/{realm}/account/*"]
    publicClient: true
    standardFlowEnabled: true
    fullScopeAllowed: false
    attributes: {post.logout.redirect.uris: "+", pkce.code.challenge.method: S256}
    protocolMappers:
      - name: audience resolve
        protocol: openid-connect
        protocolMapper: oidc-audience-resolve-mapper
        config: {}
  - clientId: admin-cli
    name: "${client_admin-cli}"
    publicClient: true
    standardFlowEnabled: false
    directAccessGrantsEnabled: true
    fullScopeAllowed: true
    attributes: {client.use.lightweight.access.token.enabled: "true"}
  - clientId: broker
    name: "${client_broker}"
    bearerOnly: true
    standardFlowEnabled: false
    fullScopeAllowed: false
    attributes: {realm_client: "true"}
  - clientId: realm-management
    name: "${client_realm-management}"
    bearerOnly: true
    standardFlowEnabled: false
    fullScopeAllowed: false
    attributes: {realm_client: "true"}
  - clientId: security-admin-console
    name: "${client_security-admin-console}"
    rootUrl: "${authAdminUrl}"
    baseUrl: /admin/{realm}/console/
    redirectUris: ["/admin/{realm}/console/*"]
    webOrigins: ["+"]
    publicClient: true
    standardFlowEnabled: true
    fullScopeAllowed: true
    attributes:
      post.logout.redirect.uris: "+"
      pkce.code.challenge.method: S256
      client.use.lightweight.access.token.enabled: "true"
    protocolMappers:
      - name: locale
        protocol: openid-connect
        protocolMapper: oidc-usermodel-attribute-mapper
        config: {user.attribute: locale, claim.name: locale, jsonType.label: String,
          id.token.claim: "true", access.token.claim: "true", userinfo.token.claim: "true",
          introspection.token.claim: "true"}
clientScopeMappings:
  account:
    - {client: account-console, roles: [manage-account, view-groups]}
)yaml";

}  // namespace cambist::representation
