# SPDX-License-Identifier: Apache-2.0
"""Whatever mappers a realm has: what the server makes it takes again, at every place."""
import json

import pytest

from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, user

# Every claim that the check of our own tokens reads, and those that the minter writes besides.
READ = ["iss", "sub", "azp", "sid", "aud", "scope", "exp", "iat", "auth_time", "xexp", "nbf", "jti", "acr",
        "xid", "xp", "ds_hash", "xact", "act", "may_act", "cnf", "typ", "xscope", "xidp", "idp", "client_id",
        "at_hash", "nonce", "session_state", "realm_access", "resource_access", "amr", "allowed-origins", "active"]
# Every kind of mapper that has a claim of its own name, with what it takes its value from.
KINDS = {
    "attribute": ("oidc-usermodel-attribute-mapper", {"user.attribute": "word"}),
    "number": ("oidc-usermodel-attribute-mapper", {"user.attribute": "number"}),
    "property": ("oidc-usermodel-property-mapper", {"user.attribute": "username"}),
    "realm-role": ("oidc-usermodel-realm-role-mapper", {}),
    "client-role": ("oidc-usermodel-client-role-mapper", {}),
    "group": ("oidc-group-membership-mapper", {}),
    "organization": ("oidc-organization-membership-mapper", {}),
    "hardcoded": ("oidc-hardcoded-claim-mapper", {"claim.value": "7"}),
    "auth-time": ("oidc-usersessionmodel-note-mapper", {"user.session.note": "AUTH_TIME"}),
    "client": ("oidc-usersessionmodel-note-mapper", {"user.session.note": "clientId"}),
}
FORMS = {
    "as it is": {}, "string": {"jsonType.label": "String"}, "boolean": {"jsonType.label": "boolean"},
    "long": {"jsonType.label": "long"}, "json": {"jsonType.label": "JSON"},
    "many": {"multivalued": "true"}, "many longs": {"multivalued": "true", "jsonType.label": "long"},
}
PATHS = ["{}", "{}.x"]
ON = {f"{place}.token.claim": "true" for place in ("access", "id", "userinfo", "introspection")}


def nested(depth):
    return "[" * depth + "]" * depth


def mapper(kind, claim, **config):
    of_type, own = KINDS[kind]
    return {"name": claim, "protocol": "openid-connect", "protocolMapper": of_type,
            "config": {**ON, **own, **config, "claim.name": claim,
                       **({"claim.value": "true"} if config.get("jsonType.label") == "boolean" else {})}}


def front(name, mappers):
    made = public_client(name, sent_to=["desk"], webOrigins=["https://shop.example"])
    made["protocolMappers"] += mappers
    return made


NAMES = {(kind, form, path): f"f{number}" for number, (kind, form, path) in enumerate(
    (kind, form, path) for kind in KINDS for form in FORMS for path in PATHS)}


@pytest.fixture(scope="module")
def shop(module_server):
    clients = [front(name, [mapper(kind, path.format(claim), **FORMS[form]) for claim in READ])
               for (kind, form, path), name in NAMES.items()]
    roles = {"realm": [{"name": "seller"}], "client": {name: [{"name": "r"}] for name in ("cnf", "act", "scope")}}
    return module_server(realm(
        "readable", roles=roles, groups=[{"name": "staff"}],
        clients=[*clients, *[client(name) for name in roles["client"]], client("api"),
                 front("placed", [mapper("client-role", "${client_id}"), mapper("client-role", "${client_id}.x"),
                                  mapper("client-role", "x.${client_id}", multivalued="true")]),
                 front("deep", [mapper("attribute", "edge", **{"user.attribute": "edge", "jsonType.label": "JSON"}),
                                *[mapper("attribute", claim, **{"user.attribute": name, "jsonType.label": "JSON",
                                                                "multivalued": many})
                                  for name, claim, many in (
                                      ("deep", "dfalse", "false"), ("edge", "dtrue", "true"),
                                      ("edge", "efalse.f", "false"), ("edge", "etrue.f.g", "true"))]]),
                 client("desk", attributes={"ALLOW_TOKEN_INTROSPECTION_WITHOUT_AUDIENCE_CHECK": "true"})],
        users=[user("alice", "/staff", roles=["seller"],
                    clientRoles={name: ["r"] for name in roles["client"]},
                    attributes={"word": ["blue"], "number": ["7"], "edge": [nested(15)], "deep": [nested(16)]})],
        rules=[rule("desk-api", "desk", "api")]))


def check(shop, name):
    answer = granted(Client(shop.url, "readable", name).password("alice", "alice", scope="openid"))
    token, desk = answer["access_token"], Client(shop.url, "readable", "desk", secret_of("desk"))
    assert granted(desk.introspect(token))["active"] is True
    granted(Client(shop.url, "readable", name).userinfo(token))
    granted(desk.exchange(token, audience="api"))
    return decode(token)[1]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_token_of_whatever_mapper_is_taken_at_every_place(shop, kind, form, path):
    claims = check(shop, NAMES[kind, form, path])
    assert isinstance(claims.get("auth_time", 0), int) and not isinstance(claims.get("auth_time"), bool)


@pytest.mark.parametrize("name", ["placed", "deep"])
def test_token_of_clients_called_like_claims_and_of_deep_values_is_taken(shop, name):
    check(shop, name)


@pytest.mark.parametrize("form", FORMS)
def test_time_of_the_log_in_is_a_whole_number_whatever_its_mapper_says(shop, form):
    claims = check(shop, NAMES["auth-time", form, "{}"])
    assert abs(claims["auth_time"] - claims["iat"]) < 30


def test_value_that_would_make_a_token_too_deep_to_be_read_is_left_out(shop):
    claims = check(shop, "deep")
    assert claims["edge"] == json.loads(nested(15)), "the deepest that can be read"
    assert not {"dtrue", "dfalse", "etrue", "efalse"} & set(claims)


def test_what_is_too_long_to_be_taken_again_is_not_given_and_the_cause_says_what_to_do(module_server):
    """errors: E27"""
    groups = [f"department-{number}-of-the-northern-branch" for number in range(450)]
    kind, config = KINDS["group"]
    written = {"name": "groups", "protocol": "openid-connect", "protocolMapper": kind,
               "config": {**ON, **config, "claim.name": "groups", "full.path": "true"}}

    def web(name, **more):
        made = client(name, directAccessGrantsEnabled=True, **more)
        made["protocolMappers"] = [*made.get("protocolMappers", []), written]
        return made

    made = realm("big", clients=[web("web"), web("brief", attributes={"cambist.access.token.format": "opaque"})],
                 users=[user("member", groups=[f"/{name}" for name in groups]), user("guest")])
    made["groups"] = [{"name": name} for name in groups]
    server = module_server(made)
    granted(Client(server.url, "big", "web", secret_of("web")).password("guest", "guest"))
    body = refused(Client(server.url, "big", "web", secret_of("web")).password("member", "member"), "invalid_request", "TX-JWS-02")
    assert "16384" in body["hint"] and "opaque" in body["hint"]
    brief = Client(server.url, "big", "brief", secret_of("brief"))
    token = granted(brief.password("member", "member"))["access_token"]
    assert granted(brief.introspect(token))["active"] is True
