# SPDX-License-Identifier: Apache-2.0
"""What stands in an exchanged token; decisions rest on the state of the server, not on claims."""
import copy
import itertools

import pytest

from support.change import reload
from support.client import REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.realms import (SWITCH, SWITCH_REFRESH, client, public_client, realm, rule, secret_of,
                            switched_client, user)

ROLES = [f"role-{number}" for number in range(20)]
KINDS = {"minimal": "minimal", "full": "full", "list": ["email", "realm_access"]}
MATRIX = list(itertools.product([False, True], repeat=3))


def refresher(number, switch, uses, by_rule):
    """A client and perhaps a rule, for every combination of what allows a refresh token."""
    made = client(f"matrix-{number}", attributes={
        SWITCH: "false" if by_rule else "true", "use.refresh.tokens": "true" if uses else "false",
        SWITCH_REFRESH: "SAME_SESSION" if switch else "NO"})
    if not by_rule:
        return made, []
    more = {"types": ["access_token", "refresh_token"], "refresh": "bounded"} if switch else {}
    return made, [rule(f"matrix-{number}", f"matrix-{number}", "api", **more)]


def make_realm():
    matrix = [refresher(number, *row) for number, row in enumerate(MATRIX)]
    return realm(
        "claims", roles={"realm": [{"name": name} for name in ROLES]},
        groups=[{"name": "staff"}, {"name": "guests"}],
        clients=[
            public_client("web", sent_to=["a", "narrow", *KINDS, *(one["clientId"]
                                                                  for one, _ in matrix)]),
            public_client("bare", sent_to=["a"]) | {"defaultClientScopes": ["basic"]},
            client("a"), client("api"), switched_client("narrow", fullScopeAllowed=False),
            *(client(name) for name in KINDS), *(one for one, _ in matrix)],
        scopeMappings=[{"client": "narrow", "roles": [ROLES[7]]}],
        users=[user("alice", "/staff", roles=ROLES), user("bob", "/guests")],
        rules=[rule("by-role", "a", "api", users={"roles": [ROLES[3]]}, scopes=["openid"]),
               *(rule(f"{name}-api", name, "api", claims=kind) for name, kind in KINDS.items()),
               *itertools.chain.from_iterable(rules for _, rules in matrix)])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def named(shop, name):
    return Client(shop.url, "claims", name, secret_of(name))


def login(shop, username="alice", client_id="web", **form):
    return granted(Client(shop.url, "claims", client_id).password(username, username, **form))[
        "access_token"]


def exchanged(shop, requester, token, **form):
    return decode(granted(named(shop, requester).exchange(token, audience="api", **form))[
        "access_token"])[1]


def test_minimal_claims_hold_no_role_though_the_subject_has_many(shop):  # specs: ATJ-10; reqs: S1-3
    subject = decode(login(shop))[1]
    assert len(set(subject["realm_access"]["roles"]) & set(ROLES)) == 20
    claims = exchanged(shop, "minimal", login(shop))
    assert not set(claims) & {"realm_access", "resource_access", "email", "name"}


def test_listed_claims_are_the_only_ones(shop):
    claims = exchanged(shop, "list", login(shop))
    assert claims["email"] == "alice@example.com"
    assert set(ROLES) <= set(claims["realm_access"]["roles"])
    assert not set(claims) & {"name", "given_name", "preferred_username", "resource_access"}


def test_full_claims_are_those_of_the_holders_scopes(shop):
    claims = exchanged(shop, "full", login(shop))
    assert claims["preferred_username"] == "alice" and claims["name"] == "Alice Example"
    assert set(ROLES) <= set(claims["realm_access"]["roles"])


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_claims_changes_who_and_for_whom_the_token_is(shop, kind):
    # specs: ATJ-05, TX-83
    token = login(shop)
    claims, subject = exchanged(shop, kind, token), decode(token)[1]
    assert claims["aud"] == "api" and claims["azp"] == kind
    for name in ("sub", "sid", "xid"):
        assert claims[name] == subject[name]
    assert claims.get("auth_time", subject["auth_time"]) == subject["auth_time"]
    assert ("auth_time" in claims) is (kind != "list"), "a list is exact"


def test_token_may_carry_exactly_one_role_of_twenty(shop):  # specs: ATJ-10; reqs: S1-4
    token = granted(named(shop, "narrow").exchange(login(shop)))["access_token"]
    assert set(decode(token)[1]["realm_access"]["roles"]) & set(ROLES) == {ROLES[7]}


def test_right_of_a_user_is_looked_up_and_not_read_from_the_token(shop):
    token = login(shop, client_id="bare")
    assert "realm_access" not in decode(token)[1]
    exchanged(shop, "a", token)
    refused(named(shop, "a").exchange(login(shop, "bob", "bare"), audience="api"),
            "invalid_target", "TX-RUL-02")


def test_userinfo_of_an_exchanged_token_with_openid_is_the_subjects(shop):
    token = login(shop, scope="openid")
    answer = granted(named(shop, "a").exchange(token, audience="api", scope="openid"))
    info = granted(named(shop, "a").userinfo(answer["access_token"]))
    assert info["sub"] == decode(token)[1]["sub"]
    assert "email" not in info, "the rule's claims are minimal, at userinfo too"


def test_userinfo_of_an_exchanged_token_without_openid_is_refused(shop):  # specs: NEG-37
    token = login(shop, scope="openid")
    issued = granted(named(shop, "a").exchange(token, audience="api"))["access_token"]
    assert "openid" not in decode(issued)[1].get("scope", "").split()
    refused(named(shop, "a").userinfo(issued), "insufficient_scope", status=403)
    assert granted(named(shop, "a").userinfo(token))["sub"] == decode(issued)[1]["sub"]


@pytest.mark.parametrize("number", range(len(MATRIX)))
def test_refresh_token_is_given_exactly_if_it_can_be_used(shop, number):  # specs: TX-43
    switch, uses, _ = MATRIX[number]
    requester = named(shop, f"matrix-{number}")
    token = login(shop)
    target = {"audience": "api"} if MATRIX[number][2] else {}
    response = requester.exchange(token, requested_token_type=REFRESH_TOKEN, **target)
    if switch and uses:
        granted(requester.refresh(refresh_token_of(granted(response))))
    else:
        refused(response, "invalid_request", "TX-RT-02")
        granted(requester.exchange(token, **target))


@pytest.fixture
def changing(server):
    """change(alice=...): the realm with her changed, while the server runs."""
    made = make_realm()
    shop = server(made)

    def change(**what):
        changed = copy.deepcopy(made)
        changed["users"][0].update(what)
        reload(shop, changed)
    return shop, change


def test_role_that_is_taken_away_denies_the_next_exchange(changing):
    shop, change = changing
    token = login(shop)
    exchanged(shop, "a", token)
    change(realmRoles=[ROLES[0]])
    assert ROLES[3] in decode(token)[1]["realm_access"]["roles"], "the old token still says so"
    refused(named(shop, "a").exchange(token, audience="api"), "invalid_target", "TX-RUL-02")
    change(realmRoles=[ROLES[3]])
    exchanged(shop, "a", token)


def test_exchanged_token_has_the_users_data_of_now(changing):
    shop, change = changing
    token = login(shop)
    change(email="new@example.com")
    assert exchanged(shop, "full", token)["email"] == "new@example.com"
