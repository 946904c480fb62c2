# SPDX-License-Identifier: Apache-2.0
"""Exchanges in a row: the tree they form, how long it lives, and how it ends."""
import time

import pytest

from support.client import REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.hand_off import make, pkce, redeem
from support.realms import (client, public_client, realm, rule, scope, secret_of, switched_client,
                            user)

RISK = {"reason": "test", "expires": "2099-01-01"}
SCOPES = ["read", "write", "openid"]


def make_realm(**more):
    return realm(
        "chain",
        scopes=[scope("read"), scope("write")],
        clients=[public_client("web", optional=["read", "write"], sent_to=["a", "b", "gate"]),
                 public_client("brief", sent_to=["a", "stretch"],
                               attributes={"access.token.lifespan": "20"}),
                 public_client("app", sent_to=["app-api"]), client("app-api"),
                 client("a"), client("b"), client("c"), client("stretch"),
                 switched_client("gate", refresh=True, sent_to=["a", "gate"])],
        users=[user("alice"), user("bob")],
        rules=[rule("a-b", "a", "b", scopes=["read", "write"], lifetime="1h"),
               rule("a-c", "a", "c", scopes=["read"], lifetime="1h"),
               rule("b-a", "b", "a", scopes=["read"], lifetime="1h", types=[
                   "access_token", "refresh_token"], refresh="bounded"),
               *(rule(f"{one}-app", one, "app", holder="target", session="join", refresh="bounded",
                      types=["handoff", "id_token"], scopes=["openid", "read"]) for one in "ab"),
               rule("app-b", "app-api", "b", scopes=["read"], binding="any") | {"risk": RISK},
               rule("s-s", "stretch", "stretch", types=["access_token", "refresh_token"], refresh="bounded",
                    lifetime="10m", extendTo="10m") | {"risk": RISK},
               {**rule("s-b", "stretch", "b", lifetime="10m", extendTo="10m"),
                "risk": {"reason": "test", "expires": "2099-01-01"}}], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


@pytest.fixture
def named(shop):
    return lambda name: Client(shop.url, "chain", name, secret_of(name))


@pytest.fixture
def web(shop):
    return Client(shop.url, "chain", "web")


@pytest.fixture
def login(web):
    return granted(web.password("alice", "alice", scope="openid read write"))


def hop(requester, token, audience, **form):
    return granted(requester.exchange(token, audience=audience, **form))


def claims_of(token):
    return decode(token)[1]


def is_active(requester, token):
    return granted(requester.introspect(token))["active"]


def list_of(value):
    return value if isinstance(value, list) else [value]


@pytest.fixture
def chain(named, login):
    """The login's token and what a, b and a made of it, one after the other."""
    tokens = [login["access_token"]]
    for requester, audience in (("a", "b"), ("b", "a"), ("a", "b")):
        tokens.append(hop(named(requester), tokens[-1], audience)["access_token"])
    return tokens


def test_chain_keeps_subject_session_and_tree_and_names_all_ancestors(chain):
    claims = [claims_of(token) for token in chain]
    for name in ("sub", "sid", "xid"):
        assert len({one[name] for one in claims}) == 1, name
    ancestors = [list_of(one["xp"]) for one in claims]
    for shorter, longer, rules in zip(ancestors, ancestors[1:], (1, 1, 0)):  # one rule serves twice
        assert longer[:len(shorter)] == shorter and len(longer) == len(shorter) + 1 + rules
    assert [one["azp"] for one in claims] == ["web", "a", "b", "a"]
    assert [one["aud"] for one in claims[1:]] == ["b", "a", "b"]


def test_chain_never_outlives_the_first_token_and_never_widens(chain):  # specs: NEG-65, TX-20
    claims = [claims_of(token) for token in chain]
    assert all(one["exp"] <= claims[0]["exp"] for one in claims)
    assert set(claims[1]["scope"].split()) == {"read", "write"}
    assert claims[2]["scope"] == "read"
    assert claims[3]["scope"] == "read", "what b-a took away does not come back"


def test_two_logins_are_two_trees(web):
    trees = {claims_of(granted(web.password("alice", "alice"))["access_token"])["xid"]
             for _ in range(3)}
    assert len(trees) == 3


def test_exchange_of_a_token_sent_to_somebody_else_breaks_the_chain(named, chain):  # specs: NEG-10
    refused(named("b").exchange(chain[2], audience="a"), "invalid_request", "TX-BND-01")


def test_chain_is_bounded(named, login):  # specs: NEG-64, INC-16
    token, names, hops = login["access_token"], ("a", "b"), 0
    while hops < 40:
        requester, target = names[hops % 2], names[(hops + 1) % 2]
        response = named(requester).exchange(token, audience=target)
        if response.status_code != 200:
            break
        token, hops = response.json()["access_token"], hops + 1
    refused(response, "invalid_request", "TX-ACT-06")
    assert 5 <= hops < 40, "at least five hops are served, and not any number"


def test_whatever_is_issued_at_the_end_of_a_chain_can_be_used(named, shop, login):  # errors: E15, E27
    """What could not be redeemed or refreshed is not given: a hand-off and a refresh token at the last link."""
    token, last, hops = login["access_token"], None, 0
    while hops < 40:
        requester, target = (("a", "b"), ("b", "a"))[hops % 2]
        response = named(requester).exchange(token, audience=target)
        if response.status_code != 200:
            break
        last, token, hops = token, response.json()["access_token"], hops + 1
    # The longest token that can still be exchanged, at whoever it was sent to.
    holder = named("a" if (hops - 1) % 2 == 0 else "b")
    verifier, challenge = pkce()
    code = granted(make(holder, challenge, last, audience="app"))["access_token"]
    app = Client(shop.url, "chain", "app")
    tokens = granted(redeem(app, code, verifier))
    again = granted(app.refresh(tokens["refresh_token"]))
    assert granted(app.userinfo(again["access_token"]))["sub"] == claims_of(login["access_token"])["sub"]
    refused(named("app-api").exchange(again["access_token"], audience="b"), "invalid_request", "TX-ACT-06")


def test_refresh_is_no_new_extension(named, shop):  # errors: E15
    """The first extension is the last, also for what is refreshed after it."""
    brief = granted(Client(shop.url, "chain", "brief").password("alice", "alice"))["access_token"]
    family = granted(named("stretch").exchange(brief, audience="stretch", requested_token_type=REFRESH_TOKEN))
    end = time.time() + family["expires_in"]
    assert family["expires_in"] <= 600, "the family ends with the extension"
    refreshed = named("stretch").refresh(refresh_token_of(family))
    claims = claims_of(granted(refreshed)["access_token"])
    assert claims["xexp"] <= end + 1
    time.sleep(1.1)
    again = claims_of(hop(named("stretch"), granted(refreshed)["access_token"], "b")["access_token"])
    assert again["xexp"] == claims["xexp"] and again["exp"] <= claims["xexp"]


def test_short_subject_token_makes_short_tokens(named, shop):  # specs: TX-20
    brief = granted(Client(shop.url, "chain", "brief").password("alice", "alice"))["access_token"]
    subject, issued = claims_of(brief), claims_of(hop(named("a"), brief, "b")["access_token"])
    assert subject["exp"] - subject["iat"] == 20
    assert issued["exp"] <= subject["exp"]


def test_lifetime_beyond_the_subject_needs_a_rule_that_says_so(named, shop):  # specs: TX-20
    brief = granted(Client(shop.url, "chain", "brief").password("alice", "alice"))["access_token"]
    issued = claims_of(hop(named("stretch"), brief, "b")["access_token"])
    assert claims_of(brief)["exp"] < issued["exp"] <= issued["iat"] + 600


@pytest.mark.parametrize("revoked", [0, 1, 2, 3])
def test_revocation_reaches_every_descendant_and_no_ancestor_at_once(web, named, chain, revoked):
    # specs: REV-08, INT-09, TX-21
    holders, readers = [web, named("a"), named("b"), named("a")], ["a", "b", "a", "b"]
    response = holders[revoked].revoke(chain[revoked])
    assert response.status_code == 200 and response.text == ""
    for index, token in enumerate(chain):
        assert is_active(named(readers[index]), token) is (index < revoked), index


def test_exchange_of_a_descendant_of_a_revoked_token_is_refused(web, named, chain):  # specs: INC-04
    assert web.revoke(chain[0]).status_code == 200
    for requester, token, target in (("a", chain[0], "b"), ("b", chain[1], "a"),
                                     ("a", chain[2], "b")):
        refused(named(requester).exchange(token, audience=target),
                "invalid_request", "TX-STK-09")


def test_refresh_of_a_family_below_a_revoked_token_is_refused(web, named, chain):
    family = hop(named("b"), chain[1], "a", requested_token_type=REFRESH_TOKEN)
    family = granted(named("b").refresh(refresh_token_of(family)))
    assert web.revoke(chain[0]).status_code == 200
    refused(named("b").refresh(family["refresh_token"]), "invalid_grant", "TX-RT-11")
    assert not is_active(named("b"), family["refresh_token"])
    assert not is_active(named("a"), family["access_token"])


def test_userinfo_of_a_descendant_of_a_revoked_token_is_refused(web, named, login):
    gate = named("gate")
    issued = granted(gate.exchange(login["access_token"], scope="openid"))["access_token"]
    assert granted(gate.userinfo(issued))["sub"]
    assert web.revoke(login["access_token"]).status_code == 200
    assert gate.userinfo(issued).status_code == 401


def test_revoking_the_logins_refresh_token_ends_all_that_came_of_it(web, named, login, chain):
    # specs: REV-07
    assert web.revoke(login["refresh_token"]).status_code == 200
    assert not is_active(named("b"), chain[3])
    assert not is_active(named("a"), chain[0])
    refused(web.refresh(login["refresh_token"]), "invalid_grant")


def test_revoking_an_exchanged_refresh_token_leaves_the_subject_alone(web, named, login):
    gate = named("gate")
    answer = granted(gate.exchange(login["access_token"], requested_token_type=REFRESH_TOKEN))
    family = granted(gate.refresh(refresh_token_of(answer)))
    below = hop(named("a"), family["access_token"], "b")["access_token"]
    assert gate.revoke(family["refresh_token"]).status_code == 200
    assert not is_active(gate, family["access_token"])
    assert not is_active(named("b"), below)
    assert is_active(gate, login["access_token"])
    granted(web.refresh(login["refresh_token"]))


def test_reuse_of_an_exchanged_refresh_token_ends_its_family_and_what_came_of_it(named, login):
    gate = named("gate")
    first = granted(gate.exchange(login["access_token"], requested_token_type=REFRESH_TOKEN))
    second = granted(gate.refresh(refresh_token_of(first)))
    below = hop(named("a"), second["access_token"], "b")["access_token"]
    refused(gate.refresh(refresh_token_of(first)), "invalid_grant", "TX-RT-07")
    refused(gate.refresh(second["refresh_token"]), "invalid_grant")
    assert not is_active(named("b"), below)
    assert is_active(gate, login["access_token"])


def test_logout_ends_every_token_of_the_session(web, named, login, chain):  # specs: INT-09, TX-85
    other = granted(web.password("alice", "alice"))["access_token"]
    assert web.logout(login["refresh_token"]).status_code == 204
    for requester, token in (("a", chain[0]), ("b", chain[1]), ("b", chain[3])):
        assert not is_active(named(requester), token)
    refused(named("a").exchange(chain[0], audience="b"), "invalid_request", "TX-STK-07")
    assert is_active(named("a"), other), "another session of the same user"


def test_session_bounds_the_life_of_exchanged_tokens(server):
    shop = server(make_realm(ssoSessionMaxLifespan=3, ssoSessionIdleTimeout=3))
    web, a = Client(shop.url, "chain", "web"), Client(shop.url, "chain", "a", secret_of("a"))
    token = granted(web.password("alice", "alice"))["access_token"]
    issued = hop(a, token, "b")["access_token"]
    assert claims_of(issued)["exp"] <= claims_of(token)["iat"] + 3
    time.sleep(4)
    refused(a.exchange(token, audience="b"), "invalid_request")
