# SPDX-License-Identifier: Apache-2.0
"""Optional client scopes that the scope claim does not name (include.in.token.scope): they count
like any other, where they were asked for, and stay as long as what was granted with them."""
import pytest

from support.client import REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, scope, secret_of, switched_client, user

PLACES = ["access.token.claim", "id.token.claim", "userinfo.token.claim", "introspection.token.claim"]


def hardcoded(name, places):
    return {"name": name, "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper",
            "config": {"claim.name": name, "claim.value": "v",
                       **{place: "true" if place in places else "false" for place in PLACES}}}


def make_realm():
    to_api = scope("to-api", "api", shown=False)
    marked = scope("marked", shown=False)
    marked["protocolMappers"] = [hardcoded("everywhere", PLACES), hardcoded("only-told", PLACES[2:])]
    always = scope("always", shown=False)
    optional = ["to-api", "marked", "seen"]
    return realm(
        "hidden", scopes=[to_api, marked, always, scope("seen")],
        clients=[public_client("web", sent_to=["gate"], optional=[*optional, "offline_access"], scopes=["always"]),
                 public_client("light", optional=optional, attributes={
                     "client.use.lightweight.access.token.enabled": "true"}),
                 public_client("opaque", optional=optional, attributes={"cambist.access.token.format": "opaque"}),
                 switched_client("gate", refresh=True, optional=optional), client("api"),
                 client("watch", attributes={"ALLOW_TOKEN_INTROSPECTION_WITHOUT_AUDIENCE_CHECK": "true"})],
        users=[user("alice", roles=["offline_access"])])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def named(shop, name):
    public = name in ("web", "light", "opaque")
    return Client(shop.url, "hidden", name, None if public else secret_of(name))


def login(shop, scope="openid", name="web"):
    return granted(named(shop, name).password("alice", "alice", scope=scope))


def exchanged(shop, **form):
    return granted(named(shop, "gate").exchange(
        login(shop)["access_token"], requested_token_type=REFRESH_TOKEN, **form))


def is_for_api(token):
    audience = decode(token)[1].get("aud", [])
    return "api" in ([audience] if isinstance(audience, str) else audience)


def words(answer):
    return set(answer["scope"].split())


def test_scope_that_was_asked_for_at_log_in_stays_at_every_refresh(shop):
    web, answer = named(shop, "web"), login(shop, "openid to-api seen")
    for _ in range(3):
        assert is_for_api(answer["access_token"])
        assert words(answer) == {"openid", "profile", "email", "seen"}, "it is not shown"
        answer = granted(web.refresh(answer["refresh_token"]))


def test_scope_that_was_asked_for_stays_with_an_offline_token(shop):
    web, answer = named(shop, "web"), login(shop, "to-api offline_access")
    again = granted(web.refresh(granted(web.refresh(answer["refresh_token"]))["refresh_token"]))
    assert is_for_api(answer["access_token"]) and is_for_api(again["access_token"])
    assert "to-api" not in words(again) and "offline_access" in words(again)


@pytest.mark.parametrize("audience", [None, "api"])
def test_scope_that_an_exchange_was_asked_for_stays_at_refresh(server, audience):
    made = make_realm() | {"errorDialect": "keycloak"}  # which sends the access token beside
    shop = server(made)
    answer = exchanged(shop, scope="to-api", audience=audience)
    assert is_for_api(answer["access_token"])
    again = granted(named(shop, "gate").refresh(answer["refresh_token"]))
    assert is_for_api(again["access_token"])
    assert decode(again["access_token"])[1]["aud"] == decode(answer["access_token"])[1]["aud"]
    assert "to-api" not in words(again) | words(answer)


@pytest.mark.parametrize("audience", [None, "api"])
def test_scope_of_an_exchange_that_gave_the_refresh_token_alone_stays(shop, audience):
    token = refresh_token_of(exchanged(shop, scope="to-api", audience=audience))
    assert is_for_api(granted(named(shop, "gate").refresh(token))["access_token"])


def test_refresh_may_name_the_hidden_scopes_that_were_granted_and_no_others(shop):
    web, answer = named(shop, "web"), login(shop, "openid to-api")
    kept = granted(web.refresh(answer["refresh_token"], scope="openid to-api"))
    assert is_for_api(kept["access_token"])
    always = granted(web.refresh(kept["refresh_token"], scope="openid always"))
    assert not is_for_api(always["access_token"]), "what a refresh does not ask for it does not get"
    refused(web.refresh(always["refresh_token"], scope="openid marked"), "invalid_scope", "TX-RT-12")
    assert is_for_api(granted(web.refresh(always["refresh_token"]))["access_token"]), "and can have again"


def test_scope_that_was_not_asked_for_does_not_come_at_refresh(shop):
    web, answer = named(shop, "web"), login(shop)
    assert not is_for_api(answer["access_token"])
    assert not is_for_api(granted(web.refresh(answer["refresh_token"]))["access_token"])
    again = granted(web.refresh(login(shop)["refresh_token"]))
    refused(web.refresh(again["refresh_token"], scope="openid to-api"), "invalid_scope", "TX-RT-12")


@pytest.mark.parametrize("name", ["web", "light", "opaque"])
def test_its_claims_are_seen_at_introspection_and_userinfo(shop, name):
    client_of, watch = named(shop, name), named(shop, "watch")
    answer = login(shop, "openid marked", name)
    for token in (answer["access_token"], granted(client_of.refresh(answer["refresh_token"]))["access_token"]):
        for told in (granted(watch.introspect(token)), granted(client_of.userinfo(token))):
            assert told["everywhere"] == told["only-told"] == "v"
        told = granted(watch.introspect(token))
        assert "marked" not in words(told) and "xscope" not in told
    plain = login(shop, "openid", name)["access_token"]
    for told in (granted(watch.introspect(plain)), granted(client_of.userinfo(plain))):
        assert not {"everywhere", "only-told"} & set(told), "nobody asked for it"


def test_its_claims_are_seen_of_an_exchanged_token(shop):
    gate = named(shop, "gate")
    token = granted(gate.exchange(login(shop)["access_token"], scope="openid marked"))["access_token"]
    assert decode(token)[1]["everywhere"] == "v" and "only-told" not in decode(token)[1]
    for told in (granted(named(shop, "watch").introspect(token)), granted(gate.userinfo(token))):
        assert told["only-told"] == told["everywhere"] == "v"


def test_refresh_token_does_not_show_it_either(shop):
    token = refresh_token_of(exchanged(shop, scope="to-api seen"))
    assert words(granted(named(shop, "gate").introspect(token))) == {"profile", "email", "seen"}
