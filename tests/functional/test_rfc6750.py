# SPDX-License-Identifier: Apache-2.0
"""RFC 6750 line by line: bearer tokens at userinfo, the resource that the server itself protects.

`specs: BRR-nn` is the number of the line in our checklist of the standard.
"""
import time

import pytest
import requests

from support.client import Client, granted, refused
from support.realms import client, public_client, realm, user

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "bearer", clients=[public_client("web"), client("api"), public_client(
            "brief", attributes={"access.token.lifespan": "2"})], users=[user("alice")]))


@pytest.fixture
def web(shop):
    return Client(shop.url, "bearer", "web")


@pytest.fixture
def token(web):
    return granted(web.password("alice", "alice", scope="openid"))["access_token"]


def ask(shop, method="GET", headers=None, **options):
    return requests.request(method, f"{shop.url}/realms/bearer/protocol/openid-connect/userinfo",
                            headers=headers, timeout=15, **options)


def bearer(token, scheme="Bearer"):
    return {"Authorization": f"{scheme} {token}"}


def test_token_sent_by_two_methods_is_invalid_request(shop, token):  # specs: BRR-01, BRR-07
    granted(ask(shop, "POST", data={"access_token": token}))
    two_headers = f"Bearer {token}, Bearer {token}"
    for response in (ask(shop, "POST", bearer(token), data={"access_token": token}),
                     ask(shop, "POST", bearer(token), data={"access_token": "another"}),
                     ask(shop, "POST", data={"access_token": [token, token]})):
        refused(response, "invalid_request", "TX-BRR-04")
        assert 'error="invalid_request"' in response.headers["WWW-Authenticate"]
    assert ask(shop, headers={"Authorization": two_headers}).status_code in (400, 401)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEARER"])
def test_scheme_is_compared_without_case(shop, token, scheme):  # specs: BRR-02
    assert granted(ask(shop, headers=bearer(token, scheme)))["sub"]


@pytest.mark.parametrize("scheme", ["Token", "Bearerx", "Basic", "DPoP"])
def test_other_schemes_are_no_bearer_token(shop, token, scheme):  # specs: BRR-02
    assert ask(shop, headers=bearer(token, scheme)).status_code == 401


@pytest.mark.parametrize("content_type", [
    "application/json", "multipart/form-data; boundary=x", "text/plain", FORM[:-2], None])
def test_body_is_read_only_if_it_is_a_form(shop, token, content_type):  # specs: BRR-03
    response = ask(shop, "POST", {"Content-Type": content_type} if content_type else None,
                   data=f"access_token={token}".encode())
    assert response.status_code == 401 and response.text == ""
    granted(ask(shop, "POST", {"Content-Type": FORM + "; charset=UTF-8"},
                data=f"access_token={token}"))


def test_multipart_form_is_not_read(shop, token):  # specs: BRR-03
    assert ask(shop, "POST", files={"access_token": (None, token)}).status_code == 401


def test_body_of_a_get_is_not_read(shop, token):  # specs: BRR-03
    assert ask(shop, "GET", data={"access_token": token}).status_code in (400, 401)


@pytest.mark.parametrize("body", ["access_token=%c3%a9", "access_token=%ff", "access_token=a%00b",
                                  "access_token=%zz"])
def test_body_that_holds_no_ascii_token_opens_nothing(shop, body):  # specs: BRR-03
    response = ask(shop, "POST", {"Content-Type": FORM}, data=body)
    assert response.status_code in (400, 401) and "sub" not in response.text


def test_query_is_not_read(shop, token):  # specs: BRR-04
    for method in ("GET", "POST"):
        response = ask(shop, method, params={"access_token": token})
        assert response.status_code in (400, 401) and "sub" not in response.text
    assert ask(shop, params={"access_token": token}).status_code == 401


def test_challenge_names_the_scheme_and_the_realm(shop, web, token):  # specs: BRR-05
    unscoped = granted(web.password("alice", "alice"))["access_token"]
    for response in (ask(shop), ask(shop, headers=bearer("x")), ask(shop, headers=bearer(unscoped)),
                     ask(shop, "POST", bearer(token), data={"access_token": token})):
        assert response.headers["WWW-Authenticate"].startswith('Bearer realm="bearer"')


def test_no_credentials_are_no_error(shop):  # specs: BRR-06
    basic = {"Authorization": "Basic eA=="}
    for response in (ask(shop), ask(shop, "POST"), ask(shop, headers=basic)):
        assert response.status_code == 401
        challenge = response.headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer realm="bearer", DPoP realm="bearer", algs="')
        assert "error" not in challenge


def test_token_that_is_no_good_is_invalid_token(shop, web, token):  # specs: BRR-07, ATJ-08
    brief = granted(Client(shop.url, "bearer", "brief").password(
        "alice", "alice", scope="openid"))["access_token"]
    revoked = granted(web.password("alice", "alice", scope="openid"))["access_token"]
    for good in (brief, revoked, token):
        granted(ask(shop, headers=bearer(good)))
    assert web.revoke(revoked).status_code == 200
    time.sleep(2.2)
    for bad in ("x", "x.y.z", token[:-2], brief, revoked):
        response = ask(shop, headers=bearer(bad))
        refused(response, "invalid_token", status=401)
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
        assert bad not in response.text
    granted(ask(shop, headers=bearer(token)))


def test_too_little_scope_is_403_and_names_what_is_missing(shop, web):  # specs: BRR-07
    token = granted(web.password("alice", "alice"))["access_token"]
    response = ask(shop, headers=bearer(token))
    refused(response, "insufficient_scope", status=403)
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]
    assert 'scope="openid"' in response.headers["WWW-Authenticate"]


def test_protected_answers_are_not_stored(shop, token):  # specs: BRR-08
    for response in (ask(shop, headers=bearer(token)), ask(shop, headers=bearer("x")),
                     ask(shop, "POST", data={"access_token": token})):
        assert "no-store" in response.headers["Cache-Control"]
