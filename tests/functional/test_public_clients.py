# SPDX-License-Identifier: Apache-2.0
"""What a public client may exchange: its own tokens, for less, or bound to its key; else nothing."""
import pytest

from support.client import ID_TOKEN, REFRESH_TOKEN, Client, decode, granted, refused
from support.dpop import DpopKey
from support.realms import client, public_client, realm, rule, scope, secret_of, user


def of_public(rule_id, requester, target, **more):
    made = rule(rule_id, requester, target, binding="azp", **more)
    made["requester"]["authMethods"] = ["none"]
    return made


@pytest.fixture(scope="module")
def world(module_server):
    hybrid = of_public("hybrid-narrow", "hybrid", "notes", scopes=["read"], lifetime="5m")
    full = rule("hybrid-full", "hybrid", "vault", binding="azp", scopes=["read"], lifetime="5m")
    return module_server(realm(
        "pub", scopes=[scope("read"), scope("write")],
        clients=[public_client("spa", sent_to=["notes"], optional=["read", "write"]),
                 public_client("plain", sent_to=["notes", "spa"], optional=["read"]),
                 public_client("mixed", sent_to=["notes"], optional=["read"]),
                 client("hybrid", directAccessGrantsEnabled=True, sent_to=["notes"], optional=["read"]),
                 client("notes"), client("vault"), client("api")],
        users=[user("alice"), user("bob")],
        rules=[of_public("narrow", "spa", "notes", scopes=["read", "write"], lifetime="5m",
                         types=["access_token", "refresh_token", "id_token"], refresh="bounded"),
               of_public("bound", "spa", "vault", scopes=["read"], lifetime="5m"),
               rule("no-marker", "mixed", "notes", binding="azp", scopes=["read"], lifetime="5m"),
               hybrid, full]))


@pytest.fixture
def spa(world):
    return Client(world.url, "pub", "spa")


def claims_of(token):
    return decode(token)[1]


def login(asked, scope="openid read write", **more):
    return granted(asked.password("alice", "alice", scope=scope, **more))["access_token"]


def test_public_client_narrows_its_own_token(world, spa):
    """reqs: S0-8, S0-16. Fewer scopes, one audience, and no longer a life."""
    own = login(spa)
    answer = granted(spa.exchange(own, audience="notes", scope="read"))
    claims = claims_of(answer["access_token"])
    assert claims["aud"] == "notes" and claims["scope"] == "read" and claims["azp"] == "spa"
    assert claims["exp"] <= claims_of(own)["exp"]
    assert "refresh_token" not in answer


def test_public_client_does_not_widen(world, spa):
    """reqs: S0-8, S0-16"""
    refused(spa.exchange(login(spa), audience="vault"), "unauthorized_client")
    refused(spa.exchange(login(spa, "openid read"), audience="notes", scope="write"), "invalid_scope")


def test_public_client_gets_no_refresh_token_by_an_exchange(world, spa):
    refused(spa.exchange(login(spa), audience="notes", requested_token_type=REFRESH_TOKEN),
            "unauthorized_client")


def test_token_of_another_client_is_refused_even_when_it_was_sent_here(world, spa):
    stray = login(Client(world.url, "pub", "plain"), "openid read")
    refused(spa.exchange(stray, audience="notes"), "invalid_request")


def test_public_client_without_a_rule_for_it_exchanges_nothing(world):
    # specs: NEG-44
    """reqs: S0-8. A rule that does not say `none` is for who can authenticate."""
    for name in ("plain", "mixed"):
        asked = Client(world.url, "pub", name)
        refused(asked.exchange(login(asked, "openid read"), audience="notes"), "unauthorized_client")


def test_client_learns_nothing_of_tokens_without_a_rule(world):
    plain = Client(world.url, "pub", "plain")
    refused(plain.exchange("nonsense", audience="notes"), "unauthorized_client")


@pytest.mark.parametrize("form", [{"requested_subject": "bob"}, {"requested_subject": ""}])
def test_public_client_becomes_nobody_else(world, spa, form):
    refused(spa.exchange(login(spa), audience="notes", **form), "unauthorized_client")


def test_public_client_brings_no_actor(world, spa):
    own = login(spa)
    other = granted(spa.password("bob", "bob"))["access_token"]
    refused(spa.exchange(own, actor_token=other, audience="notes"), "unauthorized_client")


def test_token_that_is_bound_to_its_key_reaches_further(world, spa):
    """reqs: S0-8: the second pattern, a sender-constrained token of its own."""
    key = DpopKey()
    token_url = spa.endpoint("token")
    own = granted(spa.token("password", username="alice", password="alice", scope="openid read",
                            headers={"DPoP": key.proof(token_url)}))["access_token"]
    refused(spa.exchange(own, audience="vault"), "invalid_request")  # without the proof
    answer = granted(spa.exchange(own, audience="vault", headers={"DPoP": key.proof(token_url)}))
    claims = claims_of(answer["access_token"])
    assert claims["aud"] == "vault" and claims["cnf"] == claims_of(own)["cnf"]


def test_same_client_is_narrow_without_its_secret_only_where_it_is_public(world):
    """reqs: S0-16. A confidential client does not come without its secret at all."""
    known = Client(world.url, "pub", "hybrid", secret_of("hybrid"))
    own = login(known, "openid read")
    granted(known.exchange(own, audience="vault"))
    bare = Client(world.url, "pub", "hybrid")
    assert bare.exchange(own, audience="notes").status_code == 401


def test_public_client_does_not_prolong_its_token(server):
    """reqs: S0-8"""
    made = of_public("longer", "spa", "notes", scopes=["read"], lifetime="10m", extendTo="1h")
    made["risk"] = {"reason": "test", "expires": "2099-01-01"}
    started = server(realm("pub", scopes=[scope("read")], users=[user("alice")], rules=[made], clients=[
        public_client("spa", sent_to=["notes"], optional=["read"]), client("notes")]))
    spa = Client(started.url, "pub", "spa")
    refused(spa.exchange(login(spa, "openid read"), audience="notes"), "unauthorized_client")
