# SPDX-License-Identifier: Apache-2.0
"""What the company has: the settings, roles, clients, groups and users that exports.py makes."""
REALM = {
    "realm": "acme", "displayName": "Acme Ltd", "displayNameHtml": "<b>Acme</b>", "enabled": True,
    "accessTokenLifespan": 240, "ssoSessionIdleTimeout": 3600, "ssoSessionMaxLifespan": 43200,
    "clientSessionIdleTimeout": 1200, "clientSessionMaxLifespan": 7200, "offlineSessionMaxLifespanEnabled": True,
    "clientOfflineSessionIdleTimeout": 86400, "rememberMe": True, "ssoSessionIdleTimeoutRememberMe": 604800,
    "revokeRefreshToken": True, "refreshTokenMaxReuse": 1, "registrationAllowed": True, "verifyEmail": True,
    "resetPasswordAllowed": True, "bruteForceProtected": True, "failureFactor": 10,
    "passwordPolicy": "length(8) and notUsername(undefined)", "notBefore": 1577836800,
    "internationalizationEnabled": True, "supportedLocales": ["en", "de"], "defaultLocale": "en",
    "eventsEnabled": True, "eventsExpiration": 604800, "adminEventsEnabled": True,
    "enabledEventTypes": ["LOGIN", "TOKEN_EXCHANGE", "TOKEN_EXCHANGE_ERROR"],
    "smtpServer": {"host": "mail.acme.example", "from": "sso@acme.example", "auth": "true", "user": "sso",
                   "password": "smtp-password"},
    "browserSecurityHeaders": {"xFrameOptions": "DENY"},
    "attributes": {"acr.loa.map": '{"silver":"1","gold":"2"}', "frontendUrl": ""}}

REALM_ROLES = ["employee", "auditor", "contractor"]
CLIENT_ROLES = {"orders-api": ["orders:read", "orders:write", "clerk"], "billing-api": ["invoice:read"]}
# role -> what it is made of
COMPOSITES = {"auditor": ["employee", ("orders-api", "orders:read"), ("billing-api", "invoice:read")]}

SCOPES = [
    {"name": "orders", "description": "Orders of the shop", "attributes": {
        "include.in.token.scope": "true", "display.on.consent.screen": "true", "consent.screen.text": "Your orders",
        "gui.order": "7"}, "audience": "orders-api"},
    {"name": "billing", "attributes": {"include.in.token.scope": "false", "display.on.consent.screen": "false"},
     "audience": "billing-api"}]

EXCHANGE = "standard.token.exchange.enabled"
CLIENTS = [
    {"clientId": "shop", "name": "Web shop", "publicClient": True, "directAccessGrantsEnabled": True,
     "rootUrl": "https://shop.acme.example", "baseUrl": "/", "redirectUris": ["/*"], "webOrigins": ["+"],
     "attributes": {"pkce.code.challenge.method": "S256", "post.logout.redirect.uris": "+",
                    "access.token.lifespan": "120"}},
    {"clientId": "orders-api", "secret": "orders-secret", "serviceAccountsEnabled": True,
     "standardFlowEnabled": False, "fullScopeAllowed": False,
     "attributes": {EXCHANGE: "true", EXCHANGE.replace("enabled", "enableRefreshRequestedTokenType"):
                    "SAME_SESSION", "client_credentials.use_refresh_token": "true"}},
    {"clientId": "billing-api", "bearerOnly": True, "notBefore": 1577836800},
    {"clientId": "portal", "secret": "portal-secret", "consentRequired": True, "frontchannelLogout": True,
     "redirectUris": ["https://portal.acme.example/cb"], "webOrigins": ["https://portal.acme.example"],
     "attributes": {"backchannel.logout.url": "https://portal.acme.example/logout",
                    "backchannel.logout.session.required": "true", "use.refresh.tokens": "true",
                    "user.info.response.signature.alg": "RS256", "login_theme": "keycloak"}},
    {"clientId": "ledger", "secret": "ledger-secret", "serviceAccountsEnabled": True,
     "authorizationServicesEnabled": True, "redirectUris": ["https://ledger.acme.example/*"]},
    {"clientId": "batch", "clientAuthenticatorType": "client-jwt", "serviceAccountsEnabled": True,
     "standardFlowEnabled": False, "attributes": {
         "use.jwks.url": "true", "jwks.url": "https://batch.acme.example/jwks",
         "token.endpoint.auth.signing.alg": "ES256", "access.token.signed.response.alg": "ES256"}},
    {"clientId": "mailer", "clientAuthenticatorType": "client-secret-jwt", "secret": "mailer-secret-mailer-secret-xx",
     "serviceAccountsEnabled": True, "attributes": {"token.endpoint.auth.signing.alg": "HS256"}},
    {"clientId": "gateway", "clientAuthenticatorType": "client-x509", "serviceAccountsEnabled": True,
     "attributes": {"x509.subjectdn": "CN=gateway,O=Acme", "tls.client.certificate.bound.access.tokens": "true"}},
    {"clientId": "vault", "secret": "vault-secret", "attributes": {
        "id.token.encrypted.response.alg": "RSA-OAEP", "id.token.encrypted.response.enc": "A256GCM",
        "use.jwks.url": "true", "jwks.url": "https://vault.acme.example/jwks"}},
    {"clientId": "phone", "publicClient": True, "attributes": {
        "oauth2.device.authorization.grant.enabled": "true", "dpop.bound.access.tokens": "true",
        "client.use.lightweight.access.token.enabled": "true"}},
    {"clientId": "old-crm", "protocol": "saml", "redirectUris": ["https://crm.acme.example/acs"], "attributes": {
        "saml.assertion.signature": "true", "saml_name_id_format": "email"}},
    {"clientId": "retired", "enabled": False, "secret": "retired-secret", "implicitFlowEnabled": True}]

# Default client scopes beside the realm's, and optional ones.
CLIENT_SCOPES = {"shop": (["orders"], []), "orders-api": (["billing"], []), "portal": ([], ["orders"])}
# Roles that a client without full scope may pass on.
SCOPE_MAPPINGS = {"orders-api": ["employee", ("billing-api", "invoice:read")]}

GROUPS = [
    {"name": "staff", "attributes": {"site": ["Berlin", "Graz"]}, "roles": ["employee"], "children": [
        {"name": "finance", "attributes": {"cost centre": ["4711"]}, "roles": ["auditor"], "children": []},
        {"name": "sales", "roles": [("orders-api", "clerk")], "children": [{"name": "export", "children": []}]}]},
    {"name": "customers", "children": []}]

PASSWORD = "Correct-horse-7"
USERS = [
    {"username": "anna", "email": "anna@acme.example", "emailVerified": True, "firstName": "Anna",
     "lastName": "Ahorn", "enabled": True, "groups": ["/staff/finance"], "attributes": {"phone": ["+43 1 234"]},
     "realmRoles": ["contractor"], "clientRoles": {"orders-api": ["orders:write"]}, "notBefore": 1577836800,
     "federatedIdentities": [{"identityProvider": "partner", "userId": "p-17", "userName": "anna.a"}],
     "clientConsents": [{"clientId": "portal", "grantedClientScopes": ["profile", "email"],
                         "createdDate": 1672531200000, "lastUpdatedDate": 1672531200000}]},
    {"username": "ben", "email": "ben@acme.example", "emailVerified": False, "firstName": "Ben", "lastName": "Buche",
     "enabled": True, "groups": ["/staff/sales", "/customers"], "requiredActions": ["UPDATE_PASSWORD"]},
    {"username": "carla", "email": "carla@acme.example", "firstName": "Carla", "lastName": "Christ",
     "enabled": False, "groups": ["/customers"]}]
for user in USERS:
    user["credentials"] = [{"type": "password", "value": PASSWORD, "temporary": False}]

BROKER = {"clientId": "acme", "clientSecret": "broker-secret", "authorizationUrl": "https://id.partner.example/auth",
          "tokenUrl": "https://id.partner.example/token", "issuer": "https://id.partner.example",
          "jwksUrl": "https://id.partner.example/jwks", "useJwksUrl": "true", "validateSignature": "true",
          "syncMode": "FORCE"}
PROVIDERS = [
    {"alias": "partner", "displayName": "Partner", "providerId": "oidc", "enabled": True, "storeToken": True,
     "addReadTokenRoleOnCreate": True, "trustEmail": True, "config": BROKER},
    {"alias": "github", "providerId": "github", "enabled": True, "config": {
        "clientId": "gh", "clientSecret": "gh-secret"}},
    {"alias": "adfs", "providerId": "saml", "enabled": False, "config": {
        "singleSignOnServiceUrl": "https://adfs.partner.example/sso", "nameIDPolicyFormat":
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "postBindingResponse": "true"}}]
PROVIDER_MAPPERS = [
    {"name": "department", "identityProviderAlias": "partner", "identityProviderMapper":
     "oidc-user-attribute-idp-mapper", "config": {"claim": "dept", "user.attribute": "department",
                                                  "syncMode": "INHERIT"}},
    {"name": "staff", "identityProviderAlias": "partner", "identityProviderMapper": "oidc-role-idp-mapper",
     "config": {"claim": "groups", "claim.value": "staff", "role": "employee", "syncMode": "FORCE"}}]

KEYS = [("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-256"]}), ("eddsa-generated", {}),
        ("rsa-generated", {"algorithm": ["PS256"]}), ("hmac-generated", {"algorithm": ["HS512"]}),
        ("aes-generated", {}), ("ecdh-generated", {})]
LDAP = {"vendor": "other", "connectionUrl": "ldap://ldap.acme.example", "usersDn": "ou=people,dc=acme",
        "bindDn": "cn=sso,dc=acme", "bindCredential": "ldap-password", "usernameLDAPAttribute": "uid",
        "rdnLDAPAttribute": "uid", "uuidLDAPAttribute": "entryUUID", "userObjectClasses": "inetOrgPerson",
        "authType": "simple", "editMode": "READ_ONLY", "enabled": "false"}

PROFILES = {"profiles": [{"name": "strict", "description": "for partners", "executors": [
    {"executor": "secure-client-authenticator", "configuration": {
        "allowed-client-authenticators": ["client-jwt"], "default-client-authenticator": "client-jwt"}}]}]}
POLICIES = {"policies": [{"name": "partners", "description": "", "enabled": False, "conditions": [
    {"condition": "client-roles", "configuration": {"roles": ["partner"]}}], "profiles": ["strict"]}]}

# Authorization services of one client: (kind of object, its representation)
AUTHORIZATION = [
    ("scope", {"name": "view"}),
    ("resource", {"name": "accounts", "type": "urn:ledger:account", "uris": ["/accounts/*"],
                  "scopes": [{"name": "view"}], "ownerManagedAccess": True, "attributes": {"tier": ["1"]}}),
    ("policy/role", {"name": "staff only", "logic": "POSITIVE", "roles": [{"id": "employee", "required": True}]}),
    ("permission/resource", {"name": "see accounts", "resources": ["accounts"], "policies": ["staff only"],
                             "decisionStrategy": "UNANIMOUS"})]
