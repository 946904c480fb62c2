# SPDX-License-Identifier: Apache-2.0
"""What users manage themselves: who may act for them. And the relations of the realm file."""
import time

import pytest
import requests

from support.change import changing_realm
from support.client import Client, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user

ANYBODY = {"users": {"any": True}}


def switch(rule_id, target, users, *, actor=None, **result):
    made = rule(rule_id, "desk", target, users=users, scopes=["shop:read", "shop:write"],
                binding="azp", lifetime="5m", **result)
    made["result"]["mode"] = "switch-subject"
    made["actor"] = actor or ANYBODY
    return made


def make_realm():
    job = switch("job", "school", {"relation": "assistant"})
    del job["actor"]
    job.update(requester={"clients": ["job"]}, subject={"naked": True, "users": {"relation": "assistant"}},
               risk={"reason": "test", "expires": "2099-01-01"})
    return realm(
        "clinic", scopes=[scope("shop:read"), scope("shop:write")],
        groups=[{"name": "ward", "subGroups": [{"name": "night"}]}, {"name": "patients"}],
        clients=[client("desk", directAccessGrantsEnabled=True, sent_to=["desk"]),
                 public_client("narrow", fullScopeAllowed=False),
                 client("shop"), client("school"), client("job", serviceAccountsEnabled=True)],
        users=[user("ann"), user("bob"), user("mum"), user("kid"), user("nora", "/ward/night"),
               user("pat", "/patients"), user("gone", enabled=False)],
        rules=[switch("granted", "shop", {"grantedBy": "subject"}, refresh="bounded", session="create",
                      types=["access_token", "refresh_token"]),
               switch("guardian", "school", {"relation": "guardian"}),
               switch("care", "desk", {"relation": "care"}), job],
        relations=[{"kind": "guardian", "actor": {"user": "mum"}, "subject": {"user": "kid"},
                    "scopes": ["shop:read"], "expires": "2099-06-30"},
                   {"kind": "care", "actor": {"group": "/ward"}, "subject": {"group": "/patients"}},
                   {"kind": "assistant", "actor": {"client": "job"}, "subject": {"user": "pat"}}])


@pytest.fixture(scope="module")
def clinic(module_server):
    return module_server(make_realm())


class Person:
    """Somebody with a token, at the account endpoints."""

    def __init__(self, server, name, client_id="desk"):
        self.desk = Client(server.url, "clinic", client_id,
                           secret_of(client_id) if client_id == "desk" else None)
        self.name = name
        self.token = granted(self.desk.password(name, name))["access_token"]
        self.account = f"{server.url}/realms/clinic/account"

    def ask(self, method, path, body=None, token=None):
        return requests.request(method, f"{self.account}/{path}", json=body, timeout=30,
                                headers={"Authorization": f"Bearer {token or self.token}"})

    def lets(self, actor, **more):
        """Makes a grant; the answer's JSON."""
        body = {"actor": actor if isinstance(actor, dict) else {"username": actor}, "expiresIn": 3600}
        if "expires" in more:
            del body["expiresIn"]
        answer = self.ask("POST", "grants", {**body, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def takes_back(self, grant):
        answer = self.ask("DELETE", f"grants/{grant['id']}")
        assert answer.status_code == 204 and answer.content == b"", answer.text

    def becomes(self, whom, audience="shop", **form):
        return self.desk.exchange(self.token, requested_subject=whom, audience=audience, **form)


@pytest.fixture
def person(clinic):
    return lambda name, client_id="desk": Person(clinic, name, client_id)


@pytest.fixture
def shop(clinic):
    return Client(clinic.url, "clinic", "shop", secret_of("shop"))


def is_active(shop, token):
    return granted_json(shop.introspect(token))["active"]


def granted_json(response):
    assert response.status_code == 200, response.text
    return response.json()


def test_user_lets_another_act_for_him_until_he_takes_it_back(person, shop):
    """reqs: S0-22. What rests on the grant is dead within a second of its end."""
    ann, bob = person("ann"), person("bob")
    refused(bob.becomes("ann"), "invalid_target")
    grant = ann.lets("bob", scopes=["shop:read"])
    family = granted(bob.becomes("ann", requested_token_type="urn:ietf:params:oauth:token-type:refresh_token"))
    answer = granted(bob.becomes("ann"))
    claims = decode(answer["access_token"])[1]
    assert claims["act"]["preferred_username"] == "bob" and claims["scope"] == "shop:read"
    assert is_active(shop, answer["access_token"])
    refreshed = granted(bob.desk.refresh(refresh_token_of(family)))
    assert is_active(shop, refreshed["access_token"])
    ann.takes_back(grant)
    start = time.monotonic()
    assert not is_active(shop, answer["access_token"])
    assert not is_active(shop, refreshed["access_token"])
    assert time.monotonic() - start < 1
    refused(bob.desk.refresh(refreshed.get("refresh_token", refresh_token_of(family))), "invalid_grant")
    refused(bob.becomes("ann"), "invalid_target")
    assert granted_json(ann.ask("GET", "grants"))["grants"] == []


def test_grant_bounds_scopes_targets_and_time(person):
    ann, bob = person("ann"), person("bob")
    grant = ann.lets("bob", scopes=["shop:read"], audiences=["school"])
    refused(bob.becomes("ann"), "invalid_target")
    ann.takes_back(grant)
    grant = ann.lets("bob", scopes=["shop:read"], audiences=["shop"], expiresIn=20)
    refused(bob.becomes("ann", scope="shop:write"), "invalid_scope", "TX-SCP-01")
    claims = decode(granted(bob.becomes("ann"))["access_token"])[1]
    assert claims["exp"] <= grant["expires"]
    ann.takes_back(grant)
    short = ann.lets("bob", expires=int(time.time()) + 2)
    granted(bob.becomes("ann"))
    time.sleep(max(0, short["expires"] - time.time()) + 0.1)
    refused(bob.becomes("ann"), "invalid_target")
    assert granted_json(ann.ask("GET", "grants"))["grants"] == []


def test_grant_is_for_its_actor_and_its_subject_only(person):
    ann = person("ann")
    grant = ann.lets("bob")
    refused(person("mum").becomes("ann"), "invalid_target")
    refused(person("ann").becomes("bob"), "invalid_target")
    refused(person("bob").becomes("mum"), "invalid_target")
    ann.takes_back(grant)


def test_grants_are_listed_for_who_made_them_and_nobody_else_removes_them(person):
    ann, bob = person("ann"), person("bob")
    grant = ann.lets("bob", scopes=["shop:read"], audiences=["shop"])
    assert grant["actor"]["username"] == "bob" and grant["scopes"] == ["shop:read"]
    assert granted_json(ann.ask("GET", "grants"))["grants"] == [grant]
    assert granted_json(bob.ask("GET", "grants"))["grants"] == []
    for path in (f"grants/{grant['id']}", "grants/01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        answer = bob.ask("DELETE", path)
        assert answer.status_code == 404 and answer.json()["error_code"] == "TX-ACC-03"
    assert bob.ask("DELETE", "grants/..%2fgrants").status_code == 404
    ann.takes_back(grant)
    assert ann.ask("DELETE", f"grants/{grant['id']}").status_code == 404


@pytest.mark.parametrize("body", [
    None, [], "x", {}, {"actor": {"username": "bob"}},
    {"actor": {"username": "bob"}, "expiresIn": 0}, {"actor": {"username": "bob"}, "expiresIn": 1.5},
    {"actor": {"username": "bob"}, "expiresIn": 367 * 86400},
    {"actor": {"username": "bob"}, "expires": 1}, {"actor": {"username": "bob"}, "expires": 2**62},
    {"actor": {"username": "bob"}, "expiresIn": 9, "expires": 9},
    {"actor": {"username": "bob"}, "expiresIn": 9, "more": 1},
    {"actor": {"username": "bob", "client": "desk"}, "expiresIn": 9},
    {"actor": "bob", "expiresIn": 9}, {"actor": {}, "expiresIn": 9},
    {"actor": {"username": "ann"}, "expiresIn": 9}, {"actor": {"username": "nobody"}, "expiresIn": 9},
    {"actor": {"username": "gone"}, "expiresIn": 9}, {"actor": {"client": "narrow"}, "expiresIn": 9},
    {"actor": {"username": "service-account-job"}, "expiresIn": 9},
    {"actor": {"username": "bob"}, "expiresIn": 9, "scopes": "a"},
    {"actor": {"username": "bob"}, "expiresIn": 9, "scopes": ["a b"]},
    {"actor": {"username": "bob"}, "expiresIn": 9, "scopes": ["a", "a"]},
    {"actor": {"username": "bob"}, "expiresIn": 9, "scopes": [str(n) for n in range(33)]},
    {"actor": {"username": "bob"}, "expiresIn": 9, "audiences": ["x" * 256]},
])
def test_grant_that_says_something_else_is_refused(person, body):
    answer = person("ann").ask("POST", "grants", body)
    assert answer.status_code == 400 and answer.json()["error_code"] == "TX-PAR-09", answer.text


def test_body_with_a_repeated_member_or_of_another_type_is_refused(person):
    ann = person("ann")
    for kind, body in [("application/json", '{"expiresIn":9,"expiresIn":9,"actor":{"username":"bob"}}'),
                       ("text/plain", '{"expiresIn":9,"actor":{"username":"bob"}}')]:
        answer = requests.post(f"{ann.account}/grants", data=body, timeout=30, headers={
            "Authorization": f"Bearer {ann.token}", "Content-Type": kind})
        assert answer.status_code == 400 and answer.json()["error_code"] == "TX-PAR-09"


def test_account_is_closed_to_whoever_acts_for_its_owner(person):
    """specs: NEG-71"""
    mum = person("mum")
    of_kid = granted(mum.becomes("kid", "school"))["access_token"]
    for method, path in [("GET", "grants"), ("POST", "grants"), ("GET", "api-keys"), ("POST", "api-keys")]:
        answer = mum.ask(method, path, {} if method == "POST" else None, token=of_kid)
        assert answer.status_code == 403 and answer.json()["error_code"] == "TX-ACC-01", answer.text


def test_account_needs_a_token_that_is_meant_for_it(person):
    narrow = person("ann", "narrow")
    assert "account" not in decode(narrow.token)[1].get("aud", [])
    answer = narrow.ask("GET", "grants")
    assert answer.status_code == 403 and answer.json()["error_code"] == "TX-ACC-02"
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert requests.get(f"{narrow.account}/grants", timeout=30).status_code == 401
    assert narrow.ask("GET", "grants", token="x").status_code == 401
    assert narrow.ask("PUT", "grants").status_code == 405


def test_guardian_acts_for_the_child_within_what_the_relation_allows(person):
    """reqs: S2-21a"""
    mum = person("mum")
    answer = granted(mum.becomes("kid", "school"))
    claims = decode(answer["access_token"])[1]
    assert claims["act"]["preferred_username"] == "mum" and claims["scope"] == "shop:read"
    refused(mum.becomes("kid", "school", scope="shop:write"), "invalid_scope", "TX-SCP-01")
    refused(mum.becomes("ann", "school"), "invalid_target")
    refused(person("kid").becomes("mum", "school"), "invalid_target")


def test_relation_of_groups_holds_for_their_members_and_those_below(person):
    granted(person("nora").becomes("pat", "desk"))
    refused(person("nora").becomes("ann", "desk"), "invalid_target")
    refused(person("ann").becomes("pat", "desk"), "invalid_target")


def test_relation_of_a_client_lets_it_ask_without_a_token(clinic):
    job = Client(clinic.url, "clinic", "job", secret_of("job"))
    granted(job.exchange(requested_subject="pat", audience="school"))
    refused(job.exchange(requested_subject="kid", audience="school"), "invalid_target")


def test_relation_that_the_file_loses_ends_what_rests_on_it(server):
    started, change = changing_realm(server, make_realm())
    mum, ann, bob = (Person(started, name) for name in ("mum", "ann", "bob"))
    school = Client(started.url, "clinic", "school", secret_of("school"))
    ann.lets("bob")
    of_kid = granted(mum.becomes("kid", "school"))["access_token"]
    change(lambda made: None)
    assert is_active(school, of_kid)
    change(lambda made: made["relations"].pop(0))
    deadline = time.monotonic() + 5
    while is_active(school, of_kid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_active(school, of_kid)
    refused(mum.becomes("kid", "school"), "invalid_target")
    granted(bob.becomes("ann"))  # what users made stays
    change(lambda made: made.pop("relations"))
    granted(Person(started, "nora").becomes("pat", "desk"))  # nothing was said of them
