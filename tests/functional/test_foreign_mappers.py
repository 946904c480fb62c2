# SPDX-License-Identifier: Apache-2.0
"""What the mappers of a trusted issuer make of its users. The partner is a second server of its own; the shop has it
as Keycloak's identity provider with Keycloak's mappers, and as entries of ours."""
import json

import pytest

from support.audit import records_of
from support.client import JWT, REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, rule, scope, user
from support.saml import IdentityProvider, base64url
from test_foreign_tokens import entry, foreign_rule, sent_to, signed

API = "https://shop.example/api"
ANN = "0b9c1f5e-5d0a-4f0e-9d43-0a53f2c2a001"
EVE = "0b9c1f5e-5d0a-4f0e-9d43-0a53f2c2a002"
SAML_ENTITY = "https://idp.assertions.example/metadata"
SAML2 = "urn:ietf:params:oauth:token-type:saml2"


def protocol_mapper(name, kind, **config):
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind,
            "config": {"access.token.claim": "true", "id.token.claim": "true", "userinfo.token.claim": "true",
                       "introspection.token.claim": "true", "jsonType.label": "String",
                       **{key.replace("__", "."): value for key, value in config.items()}}}


def idp_mapper(name, kind, alias="partner", **config):
    return {"name": name, "identityProviderAlias": alias, "identityProviderMapper": kind,
            "config": {key.replace("__", "."): value for key, value in config.items()}}


@pytest.fixture(scope="module", name="partner")
def partner_fixture(module_server):
    """ann is in sales and a manager; her app tells all of it, the plain one nothing."""
    told = [protocol_mapper("dept", "oidc-usermodel-attribute-mapper", user__attribute="dept", claim__name="org.dept"),
            protocol_mapper("groups", "oidc-group-membership-mapper", claim__name="groups", full__path="false")]
    apps = [public_client("app"), public_client("plain")]
    for one in apps:
        one["protocolMappers"].append(sent_to(API))
    apps[0]["protocolMappers"] += told
    return module_server(realm(
        "partner", clients=apps, groups=[{"name": "sales"}], roles={"realm": [{"name": "manager"}]},
        users=[user("ann", "/sales", roles=["manager"], id=ANN, attributes={"dept": ["d1"]}), user("eve", id=EVE)]))


def at_partner(partner, username="ann", app="app"):
    return granted(Client(partner.url, "partner", app).password(username, username, scope="openid"))["access_token"]


def make_shop(partner):
    provider = {"alias": "partner", "providerId": "keycloak-oidc", "enabled": True,
                "config": {"issuer": f"{partner.url}/realms/partner", "useJwksUrl": "true", "clientId": API,
                           "jwksUrl": f"{partner.url}/realms/partner/protocol/openid-connect/certs",
                           "syncMode": "FORCE", "allowedClockSkew": "10"}}
    mappers = [
        idp_mapper("department", "oidc-user-attribute-idp-mapper", claim="org.dept", user__attribute="department",
                   syncMode="INHERIT"),
        idp_mapper("clerks", "oidc-role-idp-mapper", claim="groups", claim__value="sales", role="clerk",
                   syncMode="INHERIT"),
        idp_mapper("leads", "keycloak-oidc-role-to-role-idp-mapper", external__role="manager", role="ledger.lead",
                   syncMode="FORCE"),
        idp_mapper("desk", "oidc-advanced-group-idp-mapper", group="/desk", syncMode="FORCE",
                   claims=json.dumps([{"key": "groups", "value": "sa.*"}, {"key": "azp", "value": "app"}]),
                   are__claim__values__regex="true"),
        idp_mapper("origin", "hardcoded-user-session-attribute-idp-mapper", attribute="origin",
                   attribute__value="the partner", syncMode="INHERIT"),
        idp_mapper("path", "saml-xpath-attribute-idp-mapper", attribute__name="x", syncMode="INHERIT"),
    ]
    shows = [protocol_mapper("department", "oidc-usermodel-attribute-mapper", user__attribute="department",
                             claim__name="department"),
             protocol_mapper("origin", "oidc-usersessionmodel-note-mapper", user__session__note="origin",
                             claim__name="came_from"),
             protocol_mapper("groups", "oidc-group-membership-mapper", claim__name="groups", full__path="true"),
             protocol_mapper("roles", "oidc-usermodel-realm-role-mapper", claim__name="realm_roles",
                             multivalued="true"),
             protocol_mapper("lead", "oidc-usermodel-client-role-mapper", claim__name="ledger_roles",
                             multivalued="true", usermodel__clientRoleMapping__clientId="ledger")]
    idp = IdentityProvider(SAML_ENTITY, "https://shop.example/saml", "https://shop.example/acs")
    issuers = [
        entry("fleeting", "https://fleeting.example",
              binding={"kind": "ephemeral", "attributes": {"department": "dept"}},
              mappers=[{"claim": "groups", "values": "eng-*", "role": "clerk"}]),
        entry("made", "https://made.example", binding={"kind": "create", "username": "made-${CLAIM.sub}"},
              mappers=[{"claim": "dept", "attribute": "department"},
                       {"claim": "groups", "values": ["eng-*"], "role": "clerk"},
                       {"claim": "groups", "values": ["eng-*"], "inGroup": "/desk", "role": "ledger:lead"},
                       {"claim": "groups", "values": ["eng-*"], "hasAttributes": {"department": ["d2"]}, "role": "ledger:lead"}]),
        entry("old", "https://old.example", binding="service", until="2020-01-01"),
        {"alias": "assertions", "kind": "saml2", "issuer": SAML_ENTITY, "audience": ["https://shop.example/saml"],
         "keys": {"pem": idp.certificate_pem()}, "scopes": ["read"], "binding": {"kind": "create", "username": "x"},
         "saml": {"recipients": ["https://shop.example/acs"]}},
    ]
    mappers += [
        idp_mapper("name", "saml-username-idp-mapper", "assertions", template="${ALIAS}.${ATTRIBUTE.mail | localpart}"),
        idp_mapper("mail", "saml-user-attribute-idp-mapper", "assertions", attribute__name="mail",
                   user__attribute="department"),
        idp_mapper("role", "saml-role-idp-mapper", "assertions", attribute__name="team", attribute__value="red",
                   role="clerk")]
    names = ["partner", *(one["alias"] for one in issuers)]
    gate = client("gate", scopes=["read"])
    gate["protocolMappers"] += shows
    ledger = client("ledger")
    on = rule("on", "gate", "vault", binding="azp", scopes=["read"], claims="full", lifetime="2m",
              users={"any": True})
    rules = [foreign_rule("in", "gate", "ledger", names, claims="full", lifetime="2m"), on,
             foreign_rule("stay", "gate", "web", ["partner"], claims="full", lifetime="2m", extendTo="30m",
                          types=("access_token", "refresh_token"), refresh="bounded", session="create")]
    rules[0]["subject"]["tokenTypes"].append("saml2")
    rules[2]["risk"] = {"reason": "the web client stays logged in", "expires": "2099-01-01"}
    made = realm(
        "shop", scopes=[scope("read")], clients=[gate, ledger, client("vault"), client("web")],
        groups=[{"name": "desk"}], rules=rules, trustedIssuers=issuers, identityProviders=[provider],
        roles={"realm": [{"name": "clerk"}], "client": {"ledger": [{"name": "lead"}]}},
        identityProviderMappers=mappers,
        users=[user("lena", federatedIdentities=[{"identityProvider": "partner", "userId": ANN, "userName": "ann"}]),
               user("evi", federatedIdentities=[{"identityProvider": "partner", "userId": EVE, "userName": "eve"}])])
    return made, idp


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, partner, tmp_path_factory):
    config = tmp_path_factory.mktemp("outbound") / "config.json"
    config.write_text(json.dumps({"outbound": {"allowHttp": True, "allow": ["127.0.0.1"]}}))
    made, idp = make_shop(partner)
    started = module_server(made, arguments=["--config", str(config)])
    started.idp = idp
    return started


def gate(shop):
    return Client(shop.url, "shop", "gate", "gate-secret")


def us(shop):
    return f"{shop.url}/realms/shop"


def exchanged(shop, token, kind=JWT, audience="ledger", **form):
    return gate(shop).exchange(token, subject_token_type=kind, audience=audience, **form)


def claims_of(answer):
    return decode(granted(answer)["access_token"])[1]


def test_the_mappers_of_an_identity_provider_follow_its_tokens(shop, partner):
    """reqs: S2-18c"""
    ours = claims_of(exchanged(shop, at_partner(partner)))
    assert ours["preferred_username"] == "lena" and ours["department"] == "d1"
    assert "clerk" in ours["realm_roles"] and ours["ledger_roles"] == ["lead"] and ours["groups"] == ["/desk"]
    assert ours["came_from"] == "the partner"
    plain = claims_of(exchanged(shop, at_partner(partner, app="plain")))
    assert plain["preferred_username"] == "lena" and "department" not in plain
    assert "clerk" not in plain.get("realm_roles", []) and "groups" not in plain, "what it says no more is taken away"
    assert plain["ledger_roles"] == ["lead"] and plain["came_from"] == "the partner"
    again = claims_of(exchanged(shop, at_partner(partner)))
    assert "clerk" in again["realm_roles"]


def test_what_mappers_give_one_user_no_other_has(shop, partner):
    claims_of(exchanged(shop, at_partner(partner)))
    other = claims_of(exchanged(shop, at_partner(partner, "eve")))
    assert other["preferred_username"] == "evi" and "clerk" not in other.get("realm_roles", [])


def test_a_refusal_leaves_the_user_as_he_is(shop, partner):
    claims_of(exchanged(shop, at_partner(partner)))
    refused(exchanged(shop, at_partner(partner, app="plain"), audience="nowhere"), "invalid_target")
    ours = claims_of(exchanged(shop, granted(exchanged(shop, at_partner(partner)))["access_token"],
                               "urn:ietf:params:oauth:token-type:access_token", "vault"))
    assert "clerk" in ours["realm_roles"]


def test_a_note_of_the_login_there_stays_through_refresh_exchange_and_introspection(shop, partner):
    login = granted(exchanged(shop, at_partner(partner), audience="web", requested_token_type=REFRESH_TOKEN))
    fresh = granted(gate(shop).refresh(refresh_token_of(login)))
    assert decode(fresh["access_token"])[1]["came_from"] == "the partner"
    first = granted(exchanged(shop, at_partner(partner)))["access_token"]
    told = granted(Client(shop.url, "shop", "ledger", "ledger-secret").introspect(first))
    assert told["came_from"] == "the partner"
    onward = claims_of(exchanged(shop, first, "urn:ietf:params:oauth:token-type:access_token", "vault"))
    assert onward["came_from"] == "the partner"


def test_what_a_fleeting_subject_is_like_is_known_at_its_second_exchange(shop):
    """reqs: S2-18b"""
    token = signed({"iss": "https://fleeting.example", "sub": "guest", "aud": us(shop), "dept": "d7",
                    "groups": ["x", "eng-1"]})
    first = granted(exchanged(shop, token))["access_token"]
    once = decode(first)[1]
    again = claims_of(exchanged(shop, first, "urn:ietf:params:oauth:token-type:access_token", "vault"))
    assert once["department"] == again["department"] == "d7"
    assert "clerk" in once["realm_roles"] and "clerk" in again["realm_roles"]
    assert again["idp"] == once["idp"] == {"alias": "fleeting", "sub": "guest", "name": "fleeting.guest"}
    told = granted(Client(shop.url, "shop", "ledger", "ledger-secret").introspect(first))
    assert "xidp" in once and "xidp" not in told, "for this server alone"


def test_own_mappers_make_and_change_the_users_of_an_entry(shop):
    base = {"iss": "https://made.example", "sub": "u1", "aud": us(shop)}
    ours = claims_of(exchanged(shop, signed({**base, "dept": "d1", "groups": "eng-1"})))
    assert ours["department"] == "d1" and "clerk" in ours["realm_roles"] and "ledger_roles" not in ours
    later = claims_of(exchanged(shop, signed({**base, "dept": "d2"})))
    assert later["sub"] == ours["sub"] and later["department"] == "d2" and "clerk" not in later.get("realm_roles", [])


def test_the_audit_record_names_what_mappers_changed_and_no_values(shop):
    base = {"iss": "https://made.example", "sub": "u9", "aud": us(shop)}
    granted(exchanged(shop, signed({**base, "dept": "d1", "groups": "x"})))
    granted(exchanged(shop, signed({**base, "dept": "secret-dept", "groups": "eng-1"})))
    granted(exchanged(shop, signed({**base, "groups": "x"})))
    granted(exchanged(shop, signed({**base, "groups": "x"})))
    steps = [step["text"] for record in records_of(shop) for step in record.get("steps", [])
             if step["text"].startswith("of issuer made: u9")]
    assert [step.partition(", changed by mappers")[2] for step in steps] == [
        "", " (roles given: clerk; attributes set: department)",
        " (roles taken: clerk; attributes removed: department)", ""]
    assert "secret-dept" not in "".join(steps)


def test_an_attribute_that_the_user_has_here_decides_with_the_claim(shop):
    """reqs: S2-18c"""
    base = {"iss": "https://made.example", "aud": us(shop), "groups": "eng-1"}
    for subject, department in (("u2", "d2"), ("u3", "d3")):
        assert "ledger_roles" not in claims_of(exchanged(shop, signed({**base, "sub": subject, "dept": department})))
    # By now the users have them.
    assert claims_of(exchanged(shop, signed({**base, "sub": "u2", "dept": "d2"})))["ledger_roles"] == ["lead"]
    assert "ledger_roles" not in claims_of(exchanged(shop, signed({**base, "sub": "u3", "dept": "d3"})))
    assert "ledger_roles" not in claims_of(exchanged(shop, signed({**base, "sub": "u2", "dept": "d2", "groups": "x"})))


def test_mappers_of_assertions_read_their_attributes(shop):
    """reqs: S2-17"""
    xml = shop.idp.assertion("n-1", attributes={"mail": ["Ann.Lee@there.example"], "team": ["blue", "red"]})
    ours = claims_of(exchanged(shop, base64url(xml), SAML2))
    assert ours["preferred_username"] == "assertions.ann.lee" and ours["department"] == "Ann.Lee@there.example"
    assert "clerk" in ours["realm_roles"]


def test_an_issuer_is_refused_after_its_end(shop):
    """reqs: S2-12"""
    body = refused(exchanged(shop, signed({"iss": "https://old.example", "sub": "x", "aud": us(shop)})),
                   "invalid_request", "TX-ISS-02")
    assert "was trusted until 2020-01-02T00:00:00Z" in body["hint"]
