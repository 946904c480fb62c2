# SPDX-License-Identifier: Apache-2.0
"""Every parameter that the server knows, in every place: it has its meaning or the request is refused.

What is ignored in silence shows up as damage elsewhere: a token for somebody else, a restriction that
was dropped. So each combination of grant, parameter and way to send it has to be in one of the tables
below, or is refused with a code.
"""
import itertools
import re

import pytest
import requests

from support.client import (ACCESS_TOKEN, EXCHANGE, ID_TOKEN, Client, decode, granted, refused)
from support.realms import (client, public_client, realm, rule, scope, secret_of, switched_client,
                            user)
from support.server import ROOT

AUTHENTICATION = ["client_id", "client_secret", "client_assertion", "client_assertion_type"]
PARAMETERS = [
    "grant_type", "subject_token", "subject_token_type", "actor_token", "actor_token_type",
    "requested_token_type", "requested_subject", "requested_issuer", "subject_issuer", "audience",
    "resource", "scope", "organization", "authorization_details", "refresh_token", "username",
    "password", "code", "code_verifier", "assertion", "device_code", "auth_req_id", "dpop_jkt",
    "reason", "ticket", "code_challenge", "code_challenge_method", "origin", "acr", "amr", "device_secret",
    "redirect_uri", "claims", "acr_values", "max_age", "request", "request_uri", "requested_actor", "token",
    "token_type_hint", *AUTHENTICATION]
# Of authorization requests: here they would narrow nothing (RFC 6749 section 3.2).
IGNORED = ["nonce", "state", "prompt", "display", "ui_locales", "login_hint", "response_type", "unheard_of"]
# What each grant reads; all read grant_type, scope and the client's authentication.
MEANING = {
    EXCHANGE: {"subject_token", "subject_token_type", "requested_token_type", "audience",
               "resource", "subject_issuer", "reason", "ticket"},
    "client_credentials": set(),
    "refresh_token": {"refresh_token", "resource"},
    "password": {"username", "password"},
}
COMMON = {"grant_type", "scope", *AUTHENTICATION}
REPEATABLE = {EXCHANGE: {"audience", "resource"}, "refresh_token": {"resource"}}


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "all", scopes=[scope("read")], revokeRefreshToken=False,
        clients=[public_client("web", sent_to=["a"], optional=["read"]),
                 switched_client("a", serviceAccountsEnabled=True, directAccessGrantsEnabled=True,
                                 optional=["read"]),
                 client("b", attributes={"resource_url": "https://b.example/api"})],
        users=[user("alice")], rules=[rule("a-b", "a", "b", scopes=["read"])]))


class Asker:
    def __init__(self, shop):
        self.a = Client(shop.url, "all", "a", secret_of("a"))
        self.issuer = f"{shop.url}/realms/all"
        self.subject = granted(Client(shop.url, "all", "web").password(
            "alice", "alice", scope="read"))["access_token"]
        self.refresh = granted(self.a.password("alice", "alice", scope="read"))["refresh_token"]

    def form(self, grant):
        """A complete request of this grant."""
        parts = {EXCHANGE: {"subject_token": self.subject, "subject_token_type": ACCESS_TOKEN,
                            "audience": "b"},
                 "refresh_token": {"refresh_token": self.refresh},
                 "password": {"username": "alice", "password": "alice"}}
        return {"grant_type": grant, **parts.get(grant, {})}

    def value(self, name):
        """A value that would be right where the parameter is read."""
        return {"subject_token": self.subject, "actor_token": self.subject, "audience": "b",
                "subject_token_type": ACCESS_TOKEN, "actor_token_type": ACCESS_TOKEN,
                "requested_token_type": ACCESS_TOKEN, "resource": "https://b.example/api",
                "scope": "read", "refresh_token": self.refresh, "username": "alice",
                "password": "alice", "client_id": "a", "client_secret": secret_of("a"),
                "grant_type": EXCHANGE, "requested_subject": "alice", "subject_issuer": self.issuer}.get(name, "x")

    def send(self, form, query=None):
        """As client_secret_post, so that nothing but the parameter in question differs."""
        return requests.post(self.a.endpoint("token"), params=query, timeout=15,
                             data=[pair for name, value in form.items() for pair in
                                   ([(name, one) for one in value] if isinstance(value, list)
                                    else [(name, value)])],
                             headers={"Content-Type": "application/x-www-form-urlencoded"})

    def authenticated(self, grant):
        return {**self.form(grant), "client_id": "a", "client_secret": secret_of("a")}


@pytest.fixture(scope="module")
def asker(shop):
    return Asker(shop)


ASSERTIONS = ["urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer"]


def test_every_parameter_that_the_server_knows_is_tried_here():
    source = (ROOT / "src/exchange/parameters.cc").read_text(encoding="utf-8")
    known = set(re.findall(r'Owned\{"(\w+)"', source))
    assert len(known) > 20 and known <= set(PARAMETERS), known - set(PARAMETERS)


@pytest.mark.parametrize("name", sorted(set(PARAMETERS) - COMMON - {"assertion", "audience", "resource"}))
@pytest.mark.parametrize("grant", ASSERTIONS)
def test_parameter_of_another_grant_is_refused_beside_an_assertion(asker, grant, name):
    form = {"grant_type": grant, "assertion": "x", "client_id": "a", "client_secret": secret_of("a")}
    body = refused(asker.send({**form, name: asker.value(name)}), "invalid_request")
    # Half a pair is told as that, where its grant would not be read either.
    assert body["error_code"] in ("TX-PAR-02", "TX-PAR-08"), body
    # Without a value it is as if it were not sent: what is wrong is the assertion.
    assert asker.send({**form, name: ""}).json()["error_code"] == asker.send(form).json()["error_code"] != "TX-PAR-02"


def is_refused_with_a_code(response):
    assert 400 <= response.status_code < 500, response.text
    body = refused(response, response.json()["error"], status=response.status_code)
    assert body["error_code"].startswith("TX-")
    return True


# Of an exchange, for whom and by whom it is: without them another token would come of it.
NEVER_DROPPED = {"requested_subject", "organization", "actor_token", "actor_token_type"}


@pytest.mark.parametrize("grant", MEANING)
def test_complete_request_of_the_grant_is_granted(asker, grant):
    granted(asker.send(asker.authenticated(grant)))


@pytest.mark.parametrize("grant, name", itertools.product(MEANING, PARAMETERS))
def test_parameter_has_a_meaning_for_its_grant_or_is_refused(asker, grant, name):
    form = asker.authenticated(grant)
    if name in MEANING[grant] | COMMON:
        form.setdefault(name, asker.value(name))
        if name == "client_assertion" or name == "client_assertion_type":
            is_refused_with_a_code(asker.send(form))  # two ways to authenticate
        elif name != "resource":  # the two targets `b` and its URL
            granted(asker.send(form))
        return
    form[name] = asker.value(name)
    assert is_refused_with_a_code(asker.send(form)), name


@pytest.mark.parametrize("grant, name", itertools.product(MEANING, PARAMETERS))
def test_empty_parameter_is_omitted_unless_it_is_what_the_grant_is_about(asker, grant, name):
    """As known clients send it (python-keycloak names all that it has with every grant)."""
    form = asker.authenticated(grant)
    required = name in form
    form[name] = ""
    response = asker.send(form)
    if name in MEANING[grant] | COMMON and not required:
        granted(response)  # RFC 6749 section 3.2: as if it had not been sent
    elif name == "audience" and grant == EXCHANGE:
        # Without it, the switch gives what the client's scopes yield: nothing of `b`.
        assert "b" not in str(decode(granted(response)["access_token"])[1].get("aud"))
    elif required or grant == EXCHANGE and name in NEVER_DROPPED:
        is_refused_with_a_code(response)
    else:
        granted(response)


@pytest.mark.parametrize("grant, name", itertools.product(MEANING, [*PARAMETERS, "unheard_of"]))
def test_repeated_parameter_is_refused_unless_all_its_values_count(asker, grant, name):
    form = asker.authenticated(grant)
    value = form.get(name) or asker.value(name)
    form[name] = [value, value]
    response = asker.send(form)
    if name in REPEATABLE.get(grant, ()):
        if response.status_code == 200:
            assert decode(response.json()["access_token"])[1]["aud"]
        else:
            is_refused_with_a_code(response)
    else:
        refused(response, "invalid_request", "TX-PAR-05")


@pytest.mark.parametrize("grant, name", itertools.product(MEANING, PARAMETERS))
def test_parameter_in_the_query_is_refused(asker, grant, name):
    form = asker.authenticated(grant)
    value = form.pop(name, asker.value(name))
    refused(asker.send(form, {name: value}), "invalid_request", "TX-PAR-01")


@pytest.mark.parametrize("name, value", [
    ("subject_token", "7"), ("subject_token", "[]"), ("subject_token_type", "7"),
    ("requested_token_type", "7"), ("requested_token_type", "[]"), ("audience", "7"),
    ("resource", "7"), ("scope", "[\"read\"]"), ("grant_type", "7"), ("client_id", "7"),
    ("subject_token_type", ID_TOKEN)])
def test_value_of_the_wrong_kind_is_refused(asker, name, value):
    form = asker.authenticated(EXCHANGE)
    form[name] = value
    is_refused_with_a_code(asker.send(form))


@pytest.mark.parametrize("grant, name", itertools.product(MEANING, IGNORED))
def test_parameter_that_narrows_nothing_and_that_nobody_knows_is_ignored(asker, grant, name):
    granted(asker.send({**asker.authenticated(grant), name: "x"}))


@pytest.mark.parametrize("grant", set(MEANING) - {EXCHANGE})
def test_redirect_uri_that_clients_of_keycloak_send_with_every_grant_is_ignored_in_its_dialect_only(
        module_server, asker, grant):
    refused(asker.send({**asker.authenticated(grant), "redirect_uri": "https://app.example"}),
            "invalid_request", "TX-PAR-02")
    shop = module_server(realm("kc", errorDialect="keycloak", users=[user("alice")], clients=[
        switched_client("a", serviceAccountsEnabled=True, directAccessGrantsEnabled=True)]))
    a = Client(shop.url, "kc", "a", secret_of("a"))
    form = {"password": {"username": "alice", "password": "alice"},
            "refresh_token": {"refresh_token": granted(a.password("alice", "alice"))["refresh_token"]}}
    granted(a.token(grant, redirect_uri="https://app.example", **form.get(grant, {})))
    refused(a.token(grant, claims="{}", **form.get(grant, {})), "invalid_request")


SMALL = {"token/introspect": {"token", "token_type_hint"}, "revoke": {"token", "token_type_hint"},
         "logout": {"refresh_token"}}


@pytest.mark.parametrize("endpoint, name", itertools.product(SMALL, [*PARAMETERS, *IGNORED]))
def test_parameter_of_a_token_request_is_refused_at_the_small_endpoints(asker, endpoint, name):
    field = "refresh_token" if endpoint == "logout" else "token"
    token = granted(asker.a.password("alice", "alice"))["refresh_token"]
    form = {field: token, "client_id": "a", "client_secret": secret_of("a")}
    for value in ("x", ""):
        answer = requests.post(asker.a.endpoint(endpoint), data={**form, name: value}, timeout=15) \
            if name not in form else None
        if name in SMALL[endpoint] | set(IGNORED):
            assert answer is None or answer.status_code in (200, 204), answer.text
            token = granted(asker.a.password("alice", "alice"))["refresh_token"]
            form[field] = token
        elif name in ("client_assertion", "client_assertion_type"):
            assert value == "" or answer.status_code == 400  # two ways to authenticate
        elif value == "":
            assert name in form or answer.status_code in (200, 204), answer.text  # as if it were not sent
        elif name not in form:
            body = refused(answer, "invalid_request", "TX-PAR-02")
            assert name in body["error_description"], body


@pytest.mark.parametrize("endpoint, field", [("token/introspect", "token"), ("revoke", "token"),
                                             ("logout", "refresh_token")])
def test_small_endpoints_read_their_body_only_and_each_parameter_once(asker, endpoint, field):
    token = granted(asker.a.password("alice", "alice"))["refresh_token"]
    url = asker.a.endpoint(endpoint)
    auth = ("a", secret_of("a"))
    refused(requests.post(url, params={field: token}, data={"x": "y"}, auth=auth, timeout=15),
            "invalid_request", "TX-PAR-01")
    refused(requests.post(url, data=[(field, token), (field, token)], auth=auth, timeout=15),
            "invalid_request", "TX-PAR-05")
    for nothing in ({}, {field: ""}):
        refused(asker.a.post(endpoint, {"x": "y", **nothing}), "invalid_request", "TX-PAR-04")
    granted(asker.a.refresh(token))
