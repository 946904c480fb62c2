# SPDX-License-Identifier: Apache-2.0
"""RFC 8707 line by line: resource indicators at the token endpoint.

`specs: RES-nn` is the number of the line in our checklist of the standard.
"""
import pytest

from support.client import (REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused)
from support.realms import client, public_client, realm, rule, scope, secret_of, user

B, C, D = "https://b.example/api", "https://c.example/api?v=1", "urn:example:d"


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "res", scopes=[scope("read"), scope("write")], revokeRefreshToken=False,
        clients=[public_client("web", sent_to=["a", "wide", "lone", "keep"], optional=["read", "write"]),
                 client("a"), client("wide"), client("lone"), client("c"),
                 client("keep", sent_to=["c", "d"], directAccessGrantsEnabled=True),
                 client("d", attributes={"resource_url": B})],
        users=[user("alice")],
        rules=[rule("a-b", "a", None, resources=[B], scopes=["read", "write"]),
               rule("a-c", "a", None, resources=[C], scopes=["read"]),
               rule("wide-b", "wide", None, resources=[B, D], scopes=["read"]),
               rule("wide-wide", "wide", "wide", scopes=["read"]),
               rule("lone-d", "lone", None, resources=[D]),
               rule("keep-b-c", "keep", None, resources=[B, C], scopes=["read"],
                    types=["access_token", "refresh_token"], refresh="bounded")]))


def named(shop, name):
    return Client(shop.url, "res", name, secret_of(name))


@pytest.fixture(scope="module")
def token(shop):
    return granted(Client(shop.url, "res", "web").password(
        "alice", "alice", scope="read write"))["access_token"]


@pytest.fixture
def a(shop):
    return named(shop, "a")


def aud_of(response):
    aud = decode(granted(response)["access_token"])[1]["aud"]
    return aud if isinstance(aud, list) else [aud]


@pytest.mark.parametrize("resource", [
    "api", "/api", "b.example/api", "//b.example/api", "https://", "https://b.example/api#",
    B + "#part", "https://b.example/a b", " " + B, B + "\n", "https://b.example/%zz", ":",
    "https:"])
def test_what_is_no_absolute_uri_without_fragment_is_invalid_target(a, token, resource):
    # specs: RES-01, RES-02
    refused(a.exchange(token, resource=resource), "invalid_target")


def test_query_is_allowed_and_part_of_the_name(a, token):  # specs: RES-01
    assert aud_of(a.exchange(token, resource=C)) == [C]
    for other in (C.split("?", 1)[0], C + "&w=2", C.replace("v=1", "v=2")):
        refused(a.exchange(token, resource=other), "invalid_target", "TX-TGT-02")


@pytest.mark.parametrize("resource", [
    B + "/", B.upper(), "HTTPS://b.example/api", "https://B.example/api",
    "https://b.example:443/api",
    "https://b.example/%61pi", "https://b.example/./api", "https://b.example/api/x",
    "https://b.example/", "http://b.example/api"])
def test_resources_are_compared_byte_for_byte(a, token, resource):  # specs: RES-01, RES-02
    refused(a.exchange(token, resource=resource), "invalid_target", "TX-TGT-02")


def test_resource_may_be_repeated_and_twice_the_same_is_once(a, token):  # specs: RES-01
    assert aud_of(a.exchange(token, resource=[B, C])) == [B, C]
    assert aud_of(a.exchange(token, resource=[B, B])) == [B]


def test_resource_that_is_unknown_or_not_allowed_is_invalid_target(shop, a, token):
    # specs: RES-02, RES-04, NEG-15
    refused(a.exchange(token, resource="https://unknown.example"), "invalid_target", "TX-TGT-02")
    refused(a.exchange(token, resource=D), "invalid_target")
    refused(named(shop, "lone").exchange(token, resource=B), "invalid_target")
    refused(a.exchange(token, resource=[B, D]), "invalid_target")
    refused(a.exchange(token, audience=B.replace("b.", "x.")), "invalid_target")


def test_missing_resource_is_invalid_target_where_none_is_the_default(shop, a, token):
    # specs: RES-02, ATJ-07
    refused(a.exchange(token), "invalid_target")
    refused(a.exchange(token, resource=""), "invalid_target")
    assert aud_of(named(shop, "lone").exchange(token)) == [D], "its only target"


def test_resource_narrows_what_a_wider_token_was_for(shop, token):  # specs: RES-04
    wide = named(shop, "wide")
    first = granted(wide.exchange(token, audience="wide", resource=[B, D]))["access_token"]
    assert decode(first)[1]["aud"] == ["wide", B, D]
    assert aud_of(wide.exchange(first, resource=B)) == [B]
    refused(wide.exchange(first, resource=C), "invalid_target")


def test_audience_is_what_was_asked_for_and_nothing_else(a, token):  # specs: RES-06, TX-82
    assert "a" in decode(token)[1]["aud"] and "account" in decode(token)[1]["aud"]
    for asked in ([B], [C], [B, C], [C, B]):
        assert set(aud_of(a.exchange(token, resource=asked))) == set(asked)


def test_several_resources_share_what_each_of_them_grants(a, token):  # specs: RES-07
    both = granted(a.exchange(token, resource=[B, C]))
    assert both["scope"] == decode(both["access_token"])[1]["scope"] == "read"
    refused(a.exchange(token, resource=[B, C], scope="write"), "invalid_scope")
    assert granted(a.exchange(token, resource=B, scope="write"))["scope"] == "write"


def test_refresh_may_ask_for_a_part_of_the_granted_resources(shop, token):  # specs: RES-05
    keep = named(shop, "keep")
    family = refresh_token_of(granted(keep.exchange(token, resource=[B, C],
                                                    requested_token_type=REFRESH_TOKEN)))
    assert aud_of(keep.refresh(family, resource=B)) == [B]
    assert aud_of(keep.refresh(family, resource=[C, B, C])) == [C, B]
    assert aud_of(keep.refresh(family)) == [B, C], "the grant itself is not shrunk"
    for outside in (D, [B, D], B + "/", "no uri"):
        refused(keep.refresh(family, resource=outside), "invalid_target")
    refused(keep.refresh(family, audience="d"), "invalid_request", "TX-PAR-02")
    assert aud_of(keep.refresh(family)) == [B, C], "a refusal costs nothing"


def test_narrowed_refresh_rotates_to_the_whole_grant(server):  # specs: RES-05
    turning = server(realm(
        "res", revokeRefreshToken=True, users=[user("alice")],
        clients=[client("a", directAccessGrantsEnabled=True, sent_to=["b", "c"]),
                 client("b", attributes={"resource_url": B}), client("c")]))
    a = named(turning, "a")
    first = granted(a.password("alice", "alice"))
    assert set(decode(first["access_token"])[1]["aud"]) >= {"b", "c"}
    narrow = granted(a.refresh(first["refresh_token"], resource=B))
    claims = decode(narrow["access_token"])[1]
    assert claims["aud"] == B and "account" not in claims.get("resource_access", {})
    full = granted(a.refresh(narrow["refresh_token"]))
    assert set(decode(full["access_token"])[1]["aud"]) >= {"b", "c"}
    refused(a.refresh(full["refresh_token"], resource=C), "invalid_target")
    granted(a.refresh(full["refresh_token"]))
