# SPDX-License-Identifier: Apache-2.0
"""Clients that require consent: stored consents of users, and what happens without one."""
import time
from urllib.parse import quote

import pytest
import requests

from support.change import reload
from support.client import Client, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, switched_client, user

ALL = ["profile", "email", "roles", "read"]


def consents(**clients):
    return {"clientConsents": [{"clientId": name, "grantedClientScopes": scopes,
                                "createdDate": 1_700_000_000_000} for name, scopes in clients.items()]}


def make_realm(dialect="strict", **alice):
    return realm(
        "consent", errorDialect=dialect, scopes=[scope("read"), scope("write")],
        attributes={"cambist.consent.url": "https://id.example/ask?c={client_id}&s={scope}"},
        clients=[public_client("web", scopes=["read"], sent_to=["gate", "ruled", "giver"]),
                 public_client("careful", optional=["read"], consentRequired=True),
                 switched_client("gate", refresh=True, consentRequired=True, optional=["read"]),
                 client("ruled", consentRequired=True), client("b"), client("giver"),
                 client("keeper", consentRequired=True, attributes={"resource_url": "https://keeper.example"})],
        users=[user("alice", **alice), user("bob")],
        rules=[rule("ruled-b", "ruled", "b", scopes=["read"]),
               rule("giver-keeper", "giver", "keeper", scopes=["read"], holder="target",
                    resources=["https://keeper.example"])])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm(**consents(gate=ALL, ruled=["read"], careful=ALL)))


def named(shop, name):
    public = name in ("web", "careful")
    return Client(shop.url, "consent", name, None if public else secret_of(name))


def login(shop, username):
    return granted(named(shop, "web").password(username, username))["access_token"]


def test_stored_consent_permits_the_exchange(shop):
    alice = login(shop, "alice")
    assert decode(granted(named(shop, "gate").exchange(alice))["access_token"])[1]["azp"] == "gate"
    granted(named(shop, "ruled").exchange(alice, audience="b"))


def test_missing_consent_is_told_with_the_place_to_give_it(shop):  # errors: E16
    body = refused(named(shop, "gate").exchange(login(shop, "bob")),
                   "interaction_required", "TX-CON-01")
    assert body["interaction_uri"] == "https://id.example/ask?c=gate&s=profile+email+roles"
    assert "'profile', 'email', 'roles'" in body["hint"]


def test_rule_does_not_get_around_the_consent(shop):  # specs: KCD-12
    """specs: NEG-07"""
    body = refused(named(shop, "ruled").exchange(login(shop, "bob"), audience="b"),
                   "interaction_required", "TX-CON-01")
    assert body["interaction_uri"].endswith("s=read")


def test_consent_covers_the_scopes_that_it_names_only(shop):
    granted(named(shop, "careful").password("alice", "alice", scope="read"))
    body = refused(named(shop, "careful").password("bob", "bob"),
                   "interaction_required", "TX-CON-03")
    assert "interaction_uri" in body


def test_consent_outlives_a_restart_and_its_end_ends_the_refresh(server):
    first = make_realm(**consents(careful=ALL))
    shop = server(first)
    token = granted(named(shop, "careful").password("alice", "alice"))["refresh_token"]
    shop.stop()
    shop.start()
    token = granted(named(shop, "careful").refresh(token))["refresh_token"]
    reload(shop, make_realm(**consents(careful=["profile"])))
    refused(named(shop, "careful").refresh(token), "invalid_grant", "TX-CON-02")


def test_keycloaks_dialect_has_keycloaks_words(server):
    shop = server(make_realm("keycloak", **consents(careful=ALL)))
    body = refused(named(shop, "gate").exchange(login(shop, "alice")), "invalid_scope")
    assert body["error_description"] == "Missing consents for Token Exchange in client gate"
    for target in ({"audience": "keeper"}, {"resource": "https://keeper.example"}):
        body = refused(named(shop, "giver").exchange(login(shop, "alice"), **target), "invalid_scope")
        assert body["error_description"] == "Missing consents for Token Exchange in client keeper"
    body = refused(named(shop, "careful").password("bob", "bob"), "invalid_client")
    assert body["error_description"] == "Client requires user consent"
    token = granted(named(shop, "careful").password("alice", "alice"))["refresh_token"]
    reload(shop, make_realm("keycloak", **consents(careful=[])))
    body = refused(named(shop, "careful").refresh(token), "invalid_scope")
    assert body["error_description"] == "Client no longer has requested consent from user"


REFRESH = "urn:ietf:params:oauth:token-type:refresh_token"


class Account:
    """What a user does with his own token at the account endpoints."""

    def __init__(self, shop, username, client_id="web"):
        self.url = f"{shop.url}/realms/consent/account/applications"
        self.token = granted(named(shop, client_id).password(username, username))["access_token"]

    def ask(self, method, client_id, body=None, token=None):
        path = "" if client_id is None else f"/{quote(client_id, safe='')}/consent"
        return requests.request(method, self.url + path, json=body, timeout=30,
                                headers={"Authorization": f"Bearer {token or self.token}"})

    def gives(self, client_id, *scopes, method="PUT"):
        answer = self.ask(method, client_id, {"grantedScopes": [{"name": name} for name in scopes]})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def takes_back(self, client_id):
        answer = self.ask("DELETE", client_id)
        assert answer.status_code == 204 and answer.content == b"", answer.text

    def has(self):
        answer = self.ask("GET", None)
        assert answer.status_code == 200, answer.text
        return {one["clientId"]: [scope["name"] for scope in one["consent"]["grantedScopes"]]
                for one in answer.json()}


@pytest.fixture
def fresh(server):
    """A server of its own, since the tests change the users; nobody has consented to anything."""
    return server(make_realm())


def is_active(shop, token):
    answer = named(shop, "gate").introspect(token)
    assert answer.status_code == 200, answer.text
    return answer.json()["active"]


def test_user_consents_while_the_server_runs_and_the_exchange_succeeds(fresh):
    alice = Account(fresh, "alice")
    refused(named(fresh, "gate").exchange(alice.token), "interaction_required", "TX-CON-01")
    told = alice.gives("gate", *ALL[:3])
    assert [scope["name"] for scope in told["grantedScopes"]] == ALL[:3]
    assert all(scope["id"] for scope in told["grantedScopes"])
    assert abs(told["createdDate"] / 1000 - time.time()) < 60
    token = granted(named(fresh, "gate").exchange(alice.token))["access_token"]
    assert decode(token)[1]["azp"] == "gate"
    assert alice.has() == {"gate": ALL[:3]}
    assert alice.ask("GET", "gate").json() == told
    refused(named(fresh, "gate").exchange(login(fresh, "bob")), "interaction_required", "TX-CON-01")


def test_consent_taken_back_ends_at_once_what_was_issued_under_it(fresh):
    """Access tokens, what was exchanged from them, and refresh tokens; others of the user live on."""
    alice = Account(fresh, "alice")
    alice.gives("gate", *ALL)
    answer = granted(named(fresh, "gate").exchange(alice.token, requested_token_type=REFRESH))
    access = granted(named(fresh, "gate").exchange(alice.token))["access_token"]
    refreshed = granted(named(fresh, "gate").refresh(refresh_token_of(answer)))
    tokens = [access, refreshed["access_token"]]
    assert all(is_active(fresh, token) for token in tokens)
    alice.takes_back("gate")
    start = time.monotonic()
    assert not any(is_active(fresh, token) for token in tokens)
    refused(named(fresh, "gate").refresh(refreshed.get("refresh_token") or refresh_token_of(answer)),
            "invalid_grant")
    refused(named(fresh, "gate").exchange(alice.token), "interaction_required", "TX-CON-01")
    assert time.monotonic() - start < 1
    assert is_active(fresh, alice.token)
    assert alice.has() == {}
    assert alice.ask("GET", "gate").status_code == alice.ask("DELETE", "gate").status_code == 404
    # Given anew, it is another consent: what ended stays ended, what is new works at once.
    alice.gives("gate", *ALL, method="POST")
    assert is_active(fresh, granted(named(fresh, "gate").exchange(alice.token))["access_token"])
    assert not any(is_active(fresh, token) for token in tokens)


def test_narrower_consent_ends_what_the_wider_one_gave_and_a_wider_one_does_not(fresh):
    alice = Account(fresh, "alice")
    alice.gives("gate", *ALL[:3])
    first = granted(named(fresh, "gate").exchange(alice.token))["access_token"]
    alice.gives("gate", *ALL)
    assert is_active(fresh, first)
    alice.gives("gate", *ALL[:3])
    assert not is_active(fresh, first)
    assert is_active(fresh, granted(named(fresh, "gate").exchange(alice.token))["access_token"])


def test_consent_given_or_taken_back_by_the_user_outlives_restart_and_realm_file(server):
    first = make_realm(**consents(careful=ALL, gate=ALL))
    shop = server(first)
    alice = Account(shop, "alice")
    alice.takes_back("gate")
    alice.gives("ruled", "read")
    reload(shop, first)
    shop.stop()
    shop.start()
    assert Account(shop, "alice").has() == {"careful": ALL, "ruled": ["read"]}
    refused(named(shop, "gate").exchange(login(shop, "alice")), "interaction_required", "TX-CON-01")


def test_without_an_address_of_its_own_the_account_is_where_to_consent(server):
    made = make_realm()
    del made["attributes"]["cambist.consent.url"]
    shop = server(made)
    alice = Account(shop, "alice")
    body = refused(named(shop, "gate").exchange(alice.token), "interaction_required", "TX-CON-01")
    assert body["interaction_uri"] == f"{alice.url}/gate/consent"
    answer = requests.put(body["interaction_uri"], timeout=30,
                          json={"grantedScopes": [{"name": name} for name in ALL]},
                          headers={"Authorization": f"Bearer {alice.token}"})
    assert answer.status_code == 200, answer.text
    granted(named(shop, "gate").exchange(alice.token))


@pytest.mark.parametrize("body", [
    None, {}, {"grantedScopes": []}, {"grantedScopes": ["read"]}, {"grantedScopes": [{"name": "none"}]},
    {"grantedScopes": [{"name": "read"}, {"name": "read"}]}, {"grantedScopes": [{"name": 1}]},
    {"grantedScopes": [{"name": "read", "id": "nobody"}]}, {"grantedScopes": [{"name": "openid"}]},
    {"grantedScopes": [{"name": "read", "more": 1}]}, {"scopes": ["read"]}])
def test_consent_to_what_is_no_scope_is_refused(shop, body):
    alice = Account(shop, "bob")
    answer = alice.ask("PUT", "gate", body)
    refused(answer, "invalid_request")
    assert alice.has() == {}


def test_consent_is_given_to_clients_that_ask_for_it_and_by_the_user_himself(shop):
    bob = Account(shop, "bob")
    scopes = {"grantedScopes": [{"name": "read"}]}
    answers = [bob.ask("PUT", name, scopes) for name in ("web", "nobody", "a/b", "%", "x" * 800)]
    assert {answer.status_code for answer in answers} == {404}
    assert bob.ask("PUT", "gate", scopes, token="x").status_code == 401
    by_gate = granted(named(shop, "gate").exchange(login(shop, "alice")))["access_token"]
    assert bob.ask("PUT", "careful", scopes, token=by_gate).status_code == 403
    assert bob.has() == {}
