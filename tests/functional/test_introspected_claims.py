# SPDX-License-Identifier: Apache-2.0
"""Introspection tells what the token was issued with, also what could not be made again; and hides
exactly what a mapper keeps from it (introspection.token.claim)."""
import copy
import json

import pytest

from support.client import ACCESS_TOKEN, Client, decode, granted
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import ROOT

OPAQUE = {"cambist.access.token.format": "opaque"}
NOTE, HARDCODED = "oidc-usersessionmodel-note-mapper", "oidc-hardcoded-claim-mapper"
OF_SERVICES = ["clientId", "clientHost", "clientAddress"]
OF_SWITCHES = {"IMPERSONATOR_ID": None, "IMPERSONATOR_USERNAME": "dora",
               "IMPERSONATION_REASON": "a call", "IMPERSONATION_TICKET": "T-1"}


def mapper(claim, kind, shown="true", **config):
    return {"name": claim, "protocol": "openid-connect", "protocolMapper": kind,
            "config": {"claim.name": claim, "access.token.claim": "true", "introspection.token.claim": shown,
                       "jsonType.label": "String",
                       **{key.replace("__", "."): value for key, value in config.items()}}}


def noted(shown="true"):
    made = scope(f"noted-{shown}")
    made["protocolMappers"] = [mapper(f"n_{name}", NOTE, shown, user__session__note=name)
                               for name in [*OF_SERVICES, *OF_SWITCHES, "AUTH_TIME"]]
    return made


def fixed(claim, value="v", shown="true"):
    return mapper(claim, HARDCODED, shown, claim__value=value)


def make_realm():
    become = rule("become", "desk", "api", claims="full") | {"actor": {"users": {"any": True}}}
    become["result"]["mode"] = "switch-subject"
    quiet = copy.deepcopy(become) | {"id": "quiet"}
    quiet["requester"] = {"clients": ["quiet-desk"]}
    services = [client(f"{kind}-{shown}", serviceAccountsEnabled=True, scopes=[f"noted-{shown}"],
                       attributes=OPAQUE if kind == "opaque" else None)
                for kind in ("jwt", "opaque") for shown in ("true", "false")]
    mixed = public_client("mixed")
    mixed["protocolMappers"] = [fixed("a.shown"), fixed("a.hidden", shown="false"), fixed("b", shown="false"),
                                fixed("c")]
    return realm(
        "told", scopes=[noted(), noted("false")],
        clients=[*services, mixed, public_client("web", sent_to=["desk", "quiet-desk"]),
                 client("desk", scopes=["noted-true"]), client("quiet-desk", scopes=["noted-false"]),
                 client("api"),
                 client("watch", attributes={"ALLOW_TOKEN_INTROSPECTION_WITHOUT_AUDIENCE_CHECK": "true"})],
        users=[user("dora"), user("alice")], rules=[become, quiet])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def named(shop, name):
    return Client(shop.url, "told", name, None if name in ("web", "mixed") else secret_of(name))


def told(shop, token):
    return granted(named(shop, "watch").introspect(token))


@pytest.mark.parametrize("kind", ["jwt", "opaque"])
def test_notes_of_a_service_account_are_told_as_the_token_has_them(shop, kind):
    token = granted(named(shop, f"{kind}-true").client_credentials())["access_token"]
    seen = told(shop, token)
    assert seen["n_clientId"] == f"{kind}-true"
    assert seen["n_clientHost"] == seen["n_clientAddress"] == "127.0.0.1"
    if kind == "jwt":
        assert {name: seen.get(name) for name in decode(token)[1]} == decode(token)[1]


def switched(shop, desk):
    token = granted(named(shop, "web").password("dora", "dora"))["access_token"]
    return granted(named(shop, desk).exchange(token, requested_subject="alice", audience="api",
                                              reason="a call", ticket="T-1"))["access_token"]


@pytest.mark.parametrize("note", OF_SWITCHES)
def test_notes_of_an_impersonation_are_told_as_the_token_has_them(shop, note):
    token = switched(shop, "desk")
    claims, seen = decode(token)[1], told(shop, token)
    assert seen[f"n_{note}"] == claims[f"n_{note}"] and seen["username"] == "alice"
    assert OF_SWITCHES[note] in (None, claims[f"n_{note}"])


@pytest.mark.parametrize("note", [*OF_SERVICES, *OF_SWITCHES])
def test_notes_are_hidden_where_their_mapper_keeps_them_from_introspection(shop, note):
    token = (switched(shop, "quiet-desk") if note in OF_SWITCHES
             else granted(named(shop, "jwt-false").client_credentials())["access_token"])
    assert f"n_{note}" in decode(token)[1] and f"n_{note}" not in told(shop, token)


def test_claim_of_two_mappers_is_told_without_the_part_that_one_hides(shop):
    token = granted(named(shop, "mixed").password("alice", "alice"))["access_token"]
    claims, seen = decode(token)[1], told(shop, token)
    assert claims["a"] == {"shown": "v", "hidden": "v"} and claims["b"] == claims["c"] == "v"
    assert seen["a"] == {"shown": "v"} and "b" not in seen and seen["c"] == "v"


def test_claims_of_the_target_are_told_after_an_exchange_by_keycloaks_permissions(server):
    made = json.loads((ROOT / "tests/data/keycloak/bank/bank.json").read_text())
    target = next(one for one in made["clients"] if one["clientId"] == "t-a")
    target.setdefault("protocolMappers", []).extend([fixed("of_target"), fixed("kept", shown="false")])
    running = server(made)
    web, requester = Client(running.url, "bank", "web"), Client(running.url, "bank", "api-a", "api-a-secret")
    login = granted(web.password("anna", "Correct-horse-7", scope="openid"))["access_token"]
    token = granted(requester.exchange(login, audience="t-a", requested_token_type=ACCESS_TOKEN))["access_token"]
    claims, seen = decode(token)[1], granted(requester.introspect(token))
    assert claims["of_target"] == seen["of_target"] == "v"
    assert claims["kept"] == "v" and "kept" not in seen
    assert set(claims) - set(seen) == {"kept"}
