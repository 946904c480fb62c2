# SPDX-License-Identifier: Apache-2.0
"""RFC 7009 line by line: token revocation.

`specs: REV-nn` is the number of the line in our checklist of the standard.
"""
import time

import pytest
import requests

from support.client import Client, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, user


def takes_every_type(made):
    made["subject"]["tokenTypes"] = ["access_token", "id_token", "refresh_token"]
    return made


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "revoke", clients=[
            public_client("web", sent_to=["a"]), public_client("spa", sent_to=["a"]), client("b"),
            client("a", serviceAccountsEnabled=True, directAccessGrantsEnabled=True, sent_to=["a"]),
            public_client("brief", sent_to=["a"], attributes={"access.token.lifespan": "1"})],
        users=[user("alice")], rules=[takes_every_type(rule("a-b", "a", "b"))]))


def named(shop, name):
    return Client(shop.url, "revoke", name, secret_of(name))


@pytest.fixture
def web(shop):
    return Client(shop.url, "revoke", "web")


@pytest.fixture
def login(web):
    return granted(web.password("alice", "alice", scope="openid"))


def is_active(shop, token):
    return granted(named(shop, "a").introspect(token))["active"]


def raw(shop, data, **options):
    return requests.post(f"{shop.url}/realms/revoke/protocol/openid-connect/revoke", data=data,
                         timeout=15, **options)


def test_revocation_is_a_post_of_a_form_with_a_token(shop, web, login):  # specs: REV-01
    token = login["access_token"]
    url = web.endpoint("revoke")
    for method in ("GET", "PUT", "DELETE"):
        response = requests.request(method, url, timeout=15, params={
            "token": token, "client_id": "web"})
        assert response.status_code == 405
    refused(requests.post(url, json={"token": token, "client_id": "web"}, timeout=15),
            "invalid_request", "TX-PAR-07")
    refused(raw(shop, {"client_id": "web"}), "invalid_request", "TX-PAR-04")
    refused(raw(shop, {"client_id": "web", "token": [token, token]}), "invalid_request")
    assert is_active(shop, token)
    assert raw(shop, {"client_id": "web", "token": token}).status_code == 200
    assert not is_active(shop, token)


def test_client_proves_itself_as_at_the_token_endpoint(shop, login):  # specs: REV-02
    own = granted(named(shop, "a").client_credentials())["access_token"]
    refused(raw(shop, {"token": own}), "invalid_client", status=401)
    refused(raw(shop, {"token": own, "client_id": "a"}), "invalid_client", status=401)
    refused(raw(shop, {"token": own, "client_id": "a", "client_secret": "wrong"}),
            "invalid_client", status=401)
    refused(raw(shop, {"token": own, "client_id": "a", "client_secret": secret_of("a")},
                auth=("a", secret_of("a"))), "invalid_request", "TX-AUT-07")
    assert is_active(shop, own)
    assert raw(shop, {"token": own, "client_id": "a",
                      "client_secret": secret_of("a")}).status_code == 200
    assert not is_active(shop, own)
    assert is_active(shop, login["access_token"])


def test_token_of_another_client_is_not_revoked(shop, web, login):  # specs: REV-03
    own = granted(named(shop, "a").client_credentials())["access_token"]
    for stranger, token in ((Client(shop.url, "revoke", "spa"), login["access_token"]),
                            (named(shop, "a"), login["refresh_token"]), (web, own)):
        body = refused(stranger.revoke(token), "invalid_request", "TX-REV-01")
        assert "alice" not in str(body) and token not in str(body)
    assert is_active(shop, login["access_token"]) and is_active(shop, own)
    granted(web.refresh(login["refresh_token"]))


def test_what_is_no_token_any_more_is_a_success_without_a_body(shop, web, login):  # specs: REV-04
    expired = granted(Client(shop.url, "revoke", "brief").password("alice", "alice"))
    web.revoke(login["refresh_token"])
    time.sleep(1.2)
    assert not is_active(shop, expired["access_token"])
    for requester, token in ((web, "unknown"), (web, "a.b.c"), (web, login["refresh_token"]),
                             (web, login["access_token"]), (web, login["access_token"][:-3]),
                             (Client(shop.url, "revoke", "brief"), expired["access_token"])):
        response = requester.revoke(token)
        assert response.status_code == 200 and response.content == b"", token


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "unheard_of",
                                  "ACCESS_TOKEN", ""])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_hint_never_hides_a_token(shop, web, login, hint, kind):  # specs: REV-05
    assert web.revoke(login[kind], token_type_hint=hint).status_code == 200
    assert not is_active(shop, login["access_token"])
    if kind == "refresh_token":
        refused(web.refresh(login[kind]), "invalid_grant")


def test_every_type_that_is_issued_can_be_revoked(shop):  # specs: REV-06
    # So there is none to answer unsupported_token_type for.
    a = named(shop, "a")
    for kind in ("access_token", "refresh_token", "id_token"):
        token = granted(a.password("alice", "alice", scope="openid"))[kind]
        declared = f"urn:ietf:params:oauth:token-type:{kind}"
        granted(a.exchange(token, subject_token_type=declared, audience="b"))
        assert a.revoke(token).status_code == 200
        refused(a.exchange(token, subject_token_type=declared, audience="b"), "invalid_request")
        assert granted(a.introspect(token)) == {"active": False}, kind


def test_revoked_refresh_token_ends_the_access_tokens_of_its_grant(shop, web, login):
    # specs: REV-07
    again = granted(web.refresh(login["refresh_token"]))
    assert web.revoke(again["refresh_token"]).status_code == 200
    for answer in (login, again):
        assert not is_active(shop, answer["access_token"])
        refused(web.refresh(answer["refresh_token"]), "invalid_grant")


def test_what_was_exchanged_from_a_revoked_token_ends_too(shop, web, login):  # specs: REV-08
    derived = granted(named(shop, "a").exchange(
        login["access_token"], audience="b"))["access_token"]
    assert granted(named(shop, "b").introspect(derived))["active"] is True
    assert web.revoke(login["access_token"]).status_code == 200
    assert granted(named(shop, "b").introspect(derived)) == {"active": False}


def test_revoked_derivative_leaves_its_subject_token(shop, web, login):  # specs: REV-08
    a = named(shop, "a")
    derived = granted(a.exchange(login["access_token"], audience="b"))["access_token"]
    assert a.revoke(derived).status_code == 200
    assert granted(named(shop, "b").introspect(derived)) == {"active": False}
    assert is_active(shop, login["access_token"])


def test_scripts_of_other_sites_get_no_jsonp(shop, web, login):  # specs: REV-09
    url = web.endpoint("revoke")
    form = {"token": login["access_token"], "client_id": "web"}
    script = requests.get(url, params={**form, "callback": "package.f"}, timeout=15)
    assert script.status_code == 405
    assert is_active(shop, login["access_token"])
    response = raw(shop, {**form, "callback": "package.f"})
    assert "package.f" not in response.text
    assert "javascript" not in response.headers.get("Content-Type", "")
