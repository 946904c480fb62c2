# SPDX-License-Identifier: Apache-2.0
"""Protocol mappers at each of their switches: access token, ID token, userinfo, introspection."""
import pytest

from support.client import Client, decode, granted, refused
from support.realms import BUILTIN_SCOPES, client, realm, rule, secret_of, user

PLACES = ["access.token.claim", "id.token.claim", "userinfo.token.claim",
          "introspection.token.claim", "lightweight.claim"]
SHORT = {key: key.split(".", maxsplit=1)[0] for key in PLACES}


def mapper(name, kind, switches=PLACES, **config):
    """A mapper with the switches that are on; the others are off."""
    made = {key: "true" if key in switches else "false" for key in PLACES}
    made.update({key.replace("__", "."): value for key, value in config.items()})
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": made}


# Every kind that writes a claim: its type, its configuration, its claim and what that holds.
KINDS = {
    "attribute": ("oidc-usermodel-attribute-mapper",
                  {"user__attribute": "team", "claim__name": "team"}, "team", "blue"),
    "property": ("oidc-usermodel-property-mapper",
                 {"user__attribute": "username", "claim__name": "login"}, "login", "alice"),
    "full-name": ("oidc-full-name-mapper", {}, "name", "Alice Example"),
    "address": ("oidc-address-mapper", {}, "address",
                {"street_address": "Mill Lane 1", "country": "DE"}),
    "realm-role": ("oidc-usermodel-realm-role-mapper",
                   {"claim__name": "duties", "multivalued": "true",
                    "usermodel__realmRoleMapping__rolePrefix": "r-"}, "duties",
                   ["r-default-roles-mappers", "r-offline_access", "r-seller",
                    "r-uma_authorization"]),
    "client-role": ("oidc-usermodel-client-role-mapper",
                    {"claim__name": "api", "multivalued": "true",
                     "usermodel__clientRoleMapping__clientId": "api"}, "api", ["reader"]),
    "group": ("oidc-group-membership-mapper", {"claim__name": "groups", "full__path": "true"},
              "groups", ["/staff/berlin"]),
    "hardcoded": ("oidc-hardcoded-claim-mapper",
                  {"claim__name": "n", "claim__value": "7", "jsonType__label": "int"}, "n", 7),
    "origins": ("oidc-allowed-origins-mapper", {}, "allowed-origins", ["https://shop.example"]),
    "acr": ("oidc-acr-mapper", {}, "acr", "1"),
    "amr": ("oidc-amr-mapper", {}, "amr", ["pwd"]),
    "session-state": ("oidc-session-state-mapper", {}, "session_state", None),
    "note": ("oidc-usersessionmodel-note-mapper",
             {"user__session__note": "AUTH_TIME", "claim__name": "at", "jsonType__label": "long"},
             "at", None),
}


def kind_client(name, switch, lightweight=False):
    """A client whose only mapper has one switch on."""
    kind, config, _, _ = KINDS[name]
    more = {"client.use.lightweight.access.token.enabled": "true"} if lightweight else None
    made = client(f"{name}-{SHORT[switch]}", directAccessGrantsEnabled=True, attributes=more,
                  webOrigins=["https://shop.example"])
    made["defaultClientScopes"] = []
    made["protocolMappers"] = [mapper("m", kind, [switch], **config)]
    return made


def logger(client_id, *mappers, scopes=(), **more):
    made = client(client_id, directAccessGrantsEnabled=True, **more)
    made["defaultClientScopes"] = list(scopes)
    made["protocolMappers"] = list(mappers)
    return made


def hardcoded(claim, value="v", **config):
    return mapper(claim, "oidc-hardcoded-claim-mapper", claim__name=claim, claim__value=value,
                  **config)


def attribute(name, claim, **config):
    return mapper(claim, "oidc-usermodel-attribute-mapper", user__attribute=name,
                  claim__name=claim, **config)


def bare(name, kind, **config):
    """A mapper as an old export has it: without any switch."""
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind,
            "config": {key.replace("__", "."): value for key, value in config.items()}}


def make_realm():
    kinds = [kind_client(name, switch, switch == "lightweight.claim")
             for name in KINDS for switch in PLACES]
    return realm(
        "mappers",
        groups=[{"name": "staff", "attributes": {"floor": ["3"], "site": ["east"]},
                 "subGroups": [{"name": "berlin", "attributes": {"site": ["west"]}}]}],
        roles={"realm": [{"name": "seller"}, {"name": "boss"}],
               "client": {"api": [{"name": "reader"}, {"name": "auditor"}]}},
        clients=[
            client("api", attributes={
                "ALLOW_TOKEN_INTROSPECTION_WITHOUT_AUDIENCE_CHECK": "true"}),
            *kinds,
            logger("names", attribute("team", "a.b.c"), attribute("team", r"a.b.d\.e"),
                   attribute("team", r"back\\slash"), attribute("team", ".lead"),
                   attribute("team", "gap..x"), attribute("team", "trail.")),
            logger("types", attribute("number", "s", jsonType__label="String"),
                   attribute("number", "i", jsonType__label="int"),
                   attribute("number", "l", jsonType__label="long"),
                   attribute("flag", "b", jsonType__label="boolean"),
                   attribute("json", "j", jsonType__label="JSON"),
                   attribute("number", "no_b", jsonType__label="boolean"),
                   attribute("team", "no_i", jsonType__label="int"),
                   attribute("big", "no_int", jsonType__label="int"),
                   attribute("big", "big", jsonType__label="long"),
                   attribute("team", "no_j", jsonType__label="JSON")),
            logger("many", attribute("tags", "first"), attribute("tags", "all", multivalued="true"),
                   attribute("site", "own"),
                   attribute("site", "sites", multivalued="true", aggregate__attrs="true"),
                   attribute("floor", "floor"),
                   mapper("one", "oidc-usermodel-realm-role-mapper", claim__name="one"),
                   bare("g", "oidc-group-membership-mapper", claim__name="g") | {
                       "config": {"claim.name": "g", "access.token.claim": "true"}}),
            logger("absent", bare("id", "oidc-hardcoded-claim-mapper", claim__name="by_id",
                                  claim__value="v", id__token__claim="true"),
                   bare("at", "oidc-hardcoded-claim-mapper", claim__name="by_at",
                        claim__value="v", access__token__claim="true"),
                   bare("no", "oidc-hardcoded-claim-mapper", claim__name="nowhere",
                        claim__value="v"),
                   bare("o", "oidc-allowed-origins-mapper"), webOrigins=["https://o.example"]),
            logger("roles", bare("b", "oidc-hardcoded-role-mapper", role="boss"),
                   bare("c", "oidc-hardcoded-role-mapper", role="api.auditor"),
                   bare("n", "oidc-role-name-mapper", role="seller",
                        new__role__name="api.vendor"), scopes=BUILTIN_SCOPES,
                   fullScopeAllowed=True),
            logger("audience", mapper("a", "oidc-audience-mapper", ["id.token.claim"],
                                      included__client__audience="api"),
                   mapper("b", "oidc-audience-mapper", ["access.token.claim"],
                          included__custom__audience="https://custom.example")),
            logger("taken", hardcoded("sub"), hardcoded("exp"), hardcoded("nonce"),
                   hardcoded("realm_access"), hardcoded("fine")),
            logger("quiet", bare("n", "oidc-nonce-backwards-compatible-mapper",
                                 access__token__claim="true"),
                   bare("c", "oidc-claims-param-token-mapper", access__token__claim="true"),
                   bare("s", "oidc-sub-mapper", access__token__claim="true")),
        ],
        users=[user("alice", "/staff/berlin", roles=["seller", "default-roles-mappers"],
                    clientRoles={"api": ["reader"]},
                    attributes={"team": ["blue"], "street": ["Mill Lane 1"], "country": ["DE"],
                                "number": ["+5"], "flag": ["TRUE"], "json": ['{"a":[1,null]}'],
                                "big": ["2147483648"], "tags": ["x", "y"], "site": ["home"]}),
               user("bob")])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


class Seen:
    """What a log-in of a client shows at each place."""

    def __init__(self, shop, client_id, username="alice"):
        self.client = Client(shop.url, "mappers", client_id, secret_of(client_id))
        response = self.client.password(username, username, scope="openid")
        assert response.status_code == 200, response.text
        self.answer = response.json()
        self.access = decode(self.answer["access_token"])[1]
        self.id = decode(self.answer["id_token"])[1]
        self.userinfo = granted(self.client.userinfo(self.answer["access_token"]))
        api = Client(shop.url, "mappers", "api", secret_of("api"))
        self.introspection = granted(api.introspect(self.answer["access_token"]))

    def at(self, switch):
        return {"access.token.claim": self.access, "id.token.claim": self.id,
                "userinfo.token.claim": self.userinfo, "lightweight.claim": self.access,
                "introspection.token.claim": self.introspection}[switch]


@pytest.mark.parametrize("switch", PLACES)
@pytest.mark.parametrize("name", KINDS)
def test_mapper_writes_where_its_switch_is_on_and_nowhere_else(shop, name, switch):
    """reqs: S1-5"""
    _, _, claim, expected = KINDS[name]
    seen = Seen(shop, f"{name}-{SHORT[switch]}")
    for place in PLACES:
        if place == "lightweight.claim" and switch == "access.token.claim":
            continue  # both stand for the access token, of two kinds of clients
        if place == "access.token.claim" and switch == "lightweight.claim":
            continue
        assert (claim in seen.at(place)) is (place == switch), (place, seen.at(place))
    if expected is not None:
        assert seen.at(switch)[claim] == expected


BESIDE = "access.tokenResponse.claim"


def test_hardcoded_claims_and_notes_may_stand_beside_the_token(server):
    def beside(claim, kind="oidc-hardcoded-claim-mapper", **config):
        made = mapper(claim, kind, [], claim__name=claim, **config)
        made["config"][BESIDE] = "true"
        return made
    note = {"user__session__note": "AUTH_TIME", "jsonType__label": "long"}
    mappers = [beside("plan.name", claim__value="gold"),
               beside("level", claim__value="7", jsonType__label="int"),
               beside("since", "oidc-usersessionmodel-note-mapper", **note),
               beside("expires_in", claim__value="9"), beside("scope", claim__value="all"),
               beside("login", "oidc-usermodel-property-mapper", user__attribute="username")]
    running = server(realm(
        "mappers", users=[user("alice")], clients=[
            client("a", directAccessGrantsEnabled=True, protocolMappers=mappers), client("b")],
        rules=[rule("full", "a", "b", binding="azp", claims="full"),
               rule("bare", "a", "a", binding="azp")]))
    a = Client(running.url, "mappers", "a", secret_of("a"))
    answer = a.password("alice", "alice").json()
    token = decode(answer["access_token"])[1]
    assert answer["plan"] == {"name": "gold"} and answer["level"] == 7
    assert answer["since"] == token["auth_time"]
    assert answer["expires_in"] == 300 and answer["scope"] != "all", "never a member of its own"
    assert "login" not in answer and not {"plan", "level", "since"} & set(token)
    assert a.refresh(answer["refresh_token"]).json()["level"] == 7
    assert a.exchange(answer["access_token"], audience="b").json()["level"] == 7
    granted(a.exchange(answer["access_token"], audience="a"))  # minimal: nothing of mappers


def test_note_and_session_state_are_those_of_the_session(shop):
    seen = Seen(shop, "session-state-access")
    assert seen.access["session_state"] == seen.access["sid"]
    assert abs(Seen(shop, "note-access").access["at"] - seen.access["iat"]) < 30


def test_names_are_split_at_dots_as_keycloak_splits_them(shop):
    claims = Seen(shop, "names").access
    assert claims["a"] == {"b": {"c": "blue", "d.e": "blue"}}
    assert claims["back\\slash"] == claims[".lead"] == claims["trail"] == "blue"
    assert claims["gap"] == {".x": "blue"}


def test_values_have_the_json_type_that_is_configured(shop):
    claims = Seen(shop, "types").access
    assert claims["s"] == "+5" and claims["i"] == claims["l"] == 5 and claims["b"] is True
    assert claims["j"] == {"a": [1, None]} and claims["big"] == 2147483648
    assert claims["no_b"] is False, "as Java reads it: whatever is not true is false"
    assert not {"no_i", "no_int", "no_j"} & set(claims), "what is not of the type is left out"


def test_one_value_or_all_and_those_of_groups(shop):
    claims = Seen(shop, "many").access
    assert claims["first"] == "x" and claims["all"] == ["x", "y"]
    assert claims["own"] == "home" and claims["sites"] == ["home", "west"]
    assert claims["floor"] == "3", "an attribute of a group fills a gap"
    assert claims["one"] == "default-roles-mappers", "the first alone, unless multivalued"
    assert claims["g"] == ["berlin"], "names, unless full.path says paths"


def test_name_of_a_group_may_hold_a_slash_and_is_no_group_below_another(server):
    paths = mapper("paths", "oidc-group-membership-mapper", claim__name="paths", full__path="true")
    names = mapper("names", "oidc-group-membership-mapper", claim__name="names")
    running = server(realm(
        "mappers", groups=[{"name": "staff/berlin"}, {"name": "staff", "subGroups": [
            {"name": "rome"}]}],
        users=[user("alice", "/staff~/berlin"), user("bob", "/staff/rome")],
        clients=[client("a", directAccessGrantsEnabled=True, protocolMappers=[paths, names]),
                 client("b")],
        rules=[rule("staff", "a", "b", binding="azp", users={"groups": ["/staff"]})]))
    a = Client(running.url, "mappers", "a", secret_of("a"))
    alice, bob = (granted(a.password(name, name))["access_token"] for name in ("alice", "bob"))
    assert decode(alice)[1]["paths"] == ["/staff~/berlin"]
    assert decode(alice)[1]["names"] == ["staff/berlin"]
    assert decode(bob)[1]["paths"] == ["/staff/rome"] and decode(bob)[1]["names"] == ["rome"]
    granted(a.exchange(bob, audience="b"))
    refused(a.exchange(alice, audience="b"), "invalid_target")


def test_parts_of_an_address_come_from_the_attributes_that_are_named(server):
    parts = {"street": "street_address", "locality": "locality", "region": "region",
             "postal_code": "postal_code", "country": "country", "formatted": "formatted"}
    own = mapper("a", "oidc-address-mapper",
                 **{f"user__attribute__{part}": f"my-{part}" for part in parts})
    running = server(realm(
        "mappers", clients=[client("a", directAccessGrantsEnabled=True, protocolMappers=[own])],
        users=[user("alice", attributes={f"my-{part}": [f"the {part}"] for part in parts})]))
    a = Client(running.url, "mappers", "a", secret_of("a"))
    claims = decode(granted(a.password("alice", "alice"))["access_token"])[1]
    assert claims["address"] == {claim: f"the {part}" for part, claim in parts.items()}


def test_empty_list_is_no_claim(shop):
    assert "g" not in Seen(shop, "many", "bob").access


def test_switches_that_are_not_there_are_read_as_keycloak_reads_them(shop):
    seen = Seen(shop, "absent")
    assert [("by_id" in place) for place in
            (seen.access, seen.id, seen.userinfo, seen.introspection)] == [False, True, True, False]
    assert [("by_at" in place) for place in
            (seen.access, seen.id, seen.userinfo, seen.introspection)] == [True, False, False, True]
    for place in (seen.access, seen.id, seen.userinfo, seen.introspection):
        assert "nowhere" not in place
    assert seen.access["allowed-origins"] == ["https://o.example"]


def test_roles_are_added_and_renamed_before_other_mappers_read_them(shop):
    seen = Seen(shop, "roles")
    for claims in (seen.access, seen.introspection):
        assert "boss" in claims["realm_access"]["roles"]
        assert "seller" not in claims["realm_access"]["roles"]
        assert claims["resource_access"]["api"]["roles"] == ["auditor", "reader", "vendor"]


def test_audience_mapper_serves_id_and_access_token_apart(shop):
    seen = Seen(shop, "audience")
    assert seen.id["aud"] == ["audience", "api"]
    assert seen.access["aud"] == "https://custom.example"


def test_mapper_can_not_write_what_the_token_rests_on(shop):
    seen = Seen(shop, "taken")
    for place in (seen.access, seen.id, seen.userinfo, seen.introspection):
        assert place["sub"] != "v" and "nonce" not in place and "realm_access" not in place
        assert place["fine"] == "v"
    assert isinstance(seen.access["exp"], int)


def test_mappers_without_a_source_write_nothing(shop):
    seen = Seen(shop, "quiet")
    assert "nonce" not in seen.access and seen.access["sub"] == seen.id["sub"]
