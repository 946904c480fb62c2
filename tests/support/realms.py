# SPDX-License-Identifier: Apache-2.0
"""Realm files as dicts, made of small parts. Every secret is "<client>-secret"."""
SWITCH = "standard.token.exchange.enabled"
SWITCH_REFRESH = "standard.token.exchange.enableRefreshRequestedTokenType"
BUILTIN_SCOPES = ["basic", "profile", "email", "roles", "acr", "web-origins"]


def secret_of(client_id):
    return f"{client_id}-secret"


def scope(name, *audiences, shown=True, **more):
    """A client scope; with audiences, it puts these clients into `aud`."""
    return {"name": name, "protocol": "openid-connect",
            "attributes": {"include.in.token.scope": "true" if shown else "false"},
            "protocolMappers": [audience_mapper(one) for one in audiences], **more}


def audience_mapper(audience):
    return {"name": f"to {audience}", "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {"included.client.audience": audience, "access.token.claim": "true"}}


def client(client_id, *, sent_to=(), scopes=(), optional=(), attributes=None, **more):
    """A confidential client whose refusals say why; its own tokens are sent to `sent_to`."""
    return {"clientId": client_id, "secret": secret_of(client_id),
            "defaultClientScopes": [*BUILTIN_SCOPES, *scopes], "optionalClientScopes": [*optional],
            "protocolMappers": [audience_mapper(one) for one in sent_to],
            "attributes": {"cambist.diagnostics": "on", **(attributes or {})}, **more}


def public_client(client_id, **more):
    """A client where users log in with their password."""
    made = client(client_id, publicClient=True, directAccessGrantsEnabled=True, **more)
    del made["secret"]
    return made


def switched_client(client_id, *, refresh=False, attributes=None, **more):
    """A client with Keycloak's switch for token exchange."""
    switches = {SWITCH: "true", **({SWITCH_REFRESH: "SAME_SESSION"} if refresh else {})}
    return client(client_id, attributes={**switches, **(attributes or {})}, **more)


def user(username, *groups, roles=(), password=None, **more):
    """A user whose password is the name, unless told otherwise."""
    return {"username": username, "enabled": True, "email": f"{username}@example.com",
            "emailVerified": True, "firstName": username.capitalize(), "lastName": "Example",
            "groups": list(groups), "realmRoles": list(roles),
            "credentials": [{"type": "password", "value": password or username}], **more}


def rule(rule_id, requester, target, *, users=None, binding="audience", types=("access_token",),
         scopes=(), resources=(), **result):
    """A same-subject permit; `result` takes lifetime, refresh, claims, …"""
    return {"id": rule_id, "owner": "tests", "effect": "permit",
            "requester": {"clients": [requester]},
            "subject": {"tokenTypes": ["access_token"], "issuers": ["self"], "binding": binding,
                        "users": users or {"any": True}},
            "target": {"audiences": [target] if target else [], "resources": list(resources)},
            "result": {"mode": "same-subject", "tokenTypes": list(types),
                       "scopes": {"allow": list(scopes)}, **result}}


def denial(rule_id, target, **parts):
    """`parts` takes requester and subject; what is absent selects everybody."""
    return {"id": rule_id, "owner": "tests", "effect": "deny", "target": {"audiences": [target]},
            **parts}


def realm(name, *, clients=(), users=(), rules=(), scopes=(), **more):
    return {"realm": name, "enabled": True, "sslRequired": "none", "accessTokenLifespan": 300,
            "clientScopes": list(scopes), "clients": list(clients), "users": list(users),
            "exchangeRules": list(rules), **more}
