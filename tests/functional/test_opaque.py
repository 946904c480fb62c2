# SPDX-License-Identifier: Apache-2.0
"""Opaque access tokens: a client's choice, cambist.access.token.format."""
import re
import sqlite3
import time

import pytest

from support.client import JWT, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, user

OPAQUE = {"cambist.access.token.format": "opaque"}


def takes_jwts(made):
    made["subject"]["tokenTypes"] = ["access_token", "jwt"]
    return made


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "opaque", clients=[public_client("web", sent_to=["a"], attributes=OPAQUE),
                           public_client("brief", sent_to=["a"],
                                         attributes={**OPAQUE, "access.token.lifespan": "2"}),
                           client("a"), client("o", sent_to=["o"], attributes=OPAQUE,
                                               serviceAccountsEnabled=True), client("b")],
        users=[user("alice")],
        rules=[takes_jwts(rule("a-b", "a", "b")),
               rule("o-b", "o", "b", types=["access_token", "jwt"])]))


def named(shop, name):
    public = name in ("web", "brief")
    return Client(shop.url, "opaque", name, None if public else secret_of(name))


def login(shop, name="web"):
    return granted(named(shop, name).password("alice", "alice", scope="openid"))


def test_token_says_nothing_and_can_be_found_by_scanners(shop):
    first, second = login(shop)["access_token"], login(shop)["access_token"]
    assert first != second
    for token in (first, second):
        assert re.fullmatch(r"cat_[A-Za-z0-9_-]{43}", token), "256 bits"


def test_introspection_and_userinfo_say_what_a_jwt_would_say(shop):
    answer = login(shop)
    claims = granted(named(shop, "a").introspect(answer["access_token"]))
    assert claims["active"] and "a" in claims["aud"] and claims["azp"] == "web"
    assert claims["username"] == "alice" and claims["sid"] == decode(answer["id_token"])[1]["sid"]
    assert granted(named(shop, "b").introspect(answer["access_token"])) == {"active": False}
    assert granted(named(shop, "web").userinfo(answer["access_token"]))["sub"] == claims["sub"]


def test_it_is_a_subject_token_like_any_other(shop):
    token = login(shop)["access_token"]
    subject = granted(named(shop, "a").introspect(token))
    issued = decode(granted(named(shop, "a").exchange(token, audience="b"))["access_token"])[1]
    assert (issued["sub"], issued["aud"], issued["xid"]) == (subject["sub"], "b", subject["xid"])
    assert issued["exp"] <= subject["exp"]


def test_it_is_no_jwt(shop):
    token = login(shop)["access_token"]
    body = refused(named(shop, "a").exchange(token, audience="b", subject_token_type=JWT),
                   "invalid_request", "TX-TYP-01")
    assert "opaque" in body["hint"]


def test_exchange_issues_one_to_its_holder_and_a_jwt_when_that_is_asked_for(shop):
    own = granted(named(shop, "o").client_credentials())["access_token"]
    issued = granted(named(shop, "o").exchange(own, audience="b"))
    assert issued["access_token"].startswith("cat_") and issued["token_type"] == "Bearer"
    assert granted(named(shop, "b").introspect(issued["access_token"]))["aud"] == "b"
    jwt = granted(named(shop, "o").exchange(own, audience="b", requested_token_type=JWT))
    assert (jwt["issued_token_type"], jwt["token_type"]) == (JWT, "Bearer")
    assert decode(jwt["access_token"])[1]["aud"] == "b"


def test_revocation_reaches_it_and_what_came_of_it(shop):
    token = login(shop)["access_token"]
    issued = granted(named(shop, "a").exchange(token, audience="b"))["access_token"]
    refused(named(shop, "a").revoke(token), "invalid_request")  # of another client: stays
    assert granted(named(shop, "a").introspect(token))["active"]
    assert named(shop, "web").revoke(token).status_code == 200
    for reader, gone in (("a", token), ("b", issued)):
        assert granted(named(shop, reader).introspect(gone)) == {"active": False}
    assert named(shop, "web").userinfo(token).status_code == 401
    refused(named(shop, "a").exchange(token, audience="b"), "invalid_request", "TX-STK-09")


def test_log_out_ends_it(shop):
    answer = login(shop)
    assert named(shop, "web").logout(answer["refresh_token"]).status_code == 204
    assert granted(named(shop, "a").introspect(answer["access_token"])) == {"active": False}


def test_it_expires(shop):
    token = login(shop, "brief")["access_token"]
    assert granted(named(shop, "a").introspect(token))["active"]
    time.sleep(2.2)
    assert granted(named(shop, "a").introspect(token)) == {"active": False}
    body = refused(named(shop, "a").exchange(token, audience="b"), "invalid_request")
    assert body["error_code"] in ("TX-STK-03", "TX-STK-14")  # it may have been pruned


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: token + "A",
                                    lambda token: token[:-5] + "AAAAA", lambda token: "cat_"])
def test_changed_one_is_unknown(shop, change):
    """specs: NEG-41, NEG-56"""
    token = change(login(shop)["access_token"])
    refused(named(shop, "a").exchange(token, audience="b"), "invalid_request", "TX-STK-14")


def test_only_a_hash_is_kept_and_it_outlives_a_restart(server, tmp_path):
    made = realm("kept", attributes={"frontendUrl": "https://id.example"},
                 clients=[public_client("web", sent_to=["a"], attributes=OPAQUE), client("a")],
                 users=[user("alice")])
    database = tmp_path / "kept.db"
    shop = server(made, store=f"sqlite:{database}")
    token = granted(Client(shop.url, "kept", "web").password("alice", "alice"))["access_token"]
    shop.stop()
    rows = sqlite3.connect(database).execute("SELECT hash FROM reference_token").fetchall()
    assert len(rows) == 1 and token not in rows[0][0]
    for path in tmp_path.glob("kept.db*"):
        assert token.encode() not in path.read_bytes(), path
    shop.start()
    assert granted(Client(shop.url, "kept", "a", "a-secret").introspect(token))["active"]
