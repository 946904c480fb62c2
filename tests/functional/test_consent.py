# SPDX-License-Identifier: Apache-2.0
"""Clients that require consent: stored consents of users, and what happens without one."""
import pytest

from support.change import reload
from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, switched_client, user

ALL = ["profile", "email", "roles", "read"]


def consents(**clients):
    return {"clientConsents": [{"clientId": name, "grantedClientScopes": scopes,
                                "createdDate": 1_700_000_000_000} for name, scopes in clients.items()]}


def make_realm(dialect="strict", **alice):
    return realm(
        "consent", errorDialect=dialect, scopes=[scope("read"), scope("write")],
        attributes={"cambist.consent.url": "https://id.example/ask?c={client_id}&s={scope}"},
        clients=[public_client("web", scopes=["read"], sent_to=["gate", "ruled"]),
                 public_client("careful", optional=["read"], consentRequired=True),
                 switched_client("gate", refresh=True, consentRequired=True, optional=["read"]),
                 client("ruled", consentRequired=True), client("b")],
        users=[user("alice", **alice), user("bob")],
        rules=[rule("ruled-b", "ruled", "b", scopes=["read"])])


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


def test_missing_consent_is_told_with_the_place_to_give_it(shop):
    body = refused(named(shop, "gate").exchange(login(shop, "bob")),
                   "interaction_required", "TX-CON-01")
    assert body["interaction_uri"] == "https://id.example/ask?c=gate&s=profile+email+roles"
    assert "'profile', 'email', 'roles'" in body["hint"]


def test_rule_does_not_get_around_the_consent(shop):
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
    assert body["error_description"].startswith("Missing consents for Token Exchange in client")
    body = refused(named(shop, "careful").password("bob", "bob"), "invalid_client")
    assert body["error_description"] == "Client requires user consent"
    token = granted(named(shop, "careful").password("alice", "alice"))["refresh_token"]
    reload(shop, make_realm("keycloak", **consents(careful=[])))
    body = refused(named(shop, "careful").refresh(token), "invalid_scope")
    assert body["error_description"] == "Client no longer has requested consent from user"
