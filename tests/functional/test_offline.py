# SPDX-License-Identifier: Apache-2.0
"""Offline sessions: scope offline_access at log-in and by a rule's refresh: offline."""
import time

import pytest

from support.client import REFRESH_TOKEN, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, switched_client, user

RISK = {"reason": "a test", "expires": "2099-01-01"}


def make_realm(name="offline", **more):
    return realm(
        name, scopes=[scope("read")],
        clients=[public_client("web", optional=["offline_access"], scopes=["read"],
                               sent_to=["job", "gate"]),
                 client("job", sent_to=["job"]),
                 client("robot", sent_to=["job"], serviceAccountsEnabled=True),
                 switched_client("gate", refresh=True, optional=["offline_access"]), client("b")],
        users=[user("alice", roles=["offline_access"]), user("bob")],
        rules=[rule("job-b", "job", "b", scopes=["read"], types=["access_token", "refresh_token"],
                    refresh="offline", session="create") | {"risk": RISK}], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    # Without the default role: who has offline_access has it by name.
    made = make_realm()
    made["roles"] = {"realm": [{"name": "offline_access"}, {"name": "plain"}]}
    made["defaultRole"] = {"name": "plain"}
    return module_server(made)


def named(shop, name, realm_name="offline"):
    return Client(shop.url, realm_name, name, None if name == "web" else secret_of(name))


def login(shop, scope="openid offline_access", username="alice"):
    return granted(named(shop, "web").password(username, username, scope=scope))


def offline_exchange(shop, token, **form):
    form = {"audience": "b", "scope": "read offline_access", **form}
    return named(shop, "job").exchange(token, requested_token_type=REFRESH_TOKEN, **form)


def test_log_in_gives_an_offline_token(shop):
    answer = login(shop)
    assert "offline_access" in answer["scope"].split()
    assert answer["refresh_expires_in"] > 24 * 3600
    assert decode(answer["access_token"])[1]["jti"].startswith("ofrtro:")


def test_offline_token_outlives_the_idle_time_of_log_ins(server):
    shop = server(make_realm("idle", ssoSessionIdleTimeout=3))
    web = named(shop, "web", "idle")
    online = granted(web.password("alice", "alice", scope="openid"))
    offline = granted(web.password("alice", "alice", scope="openid offline_access"))
    time.sleep(4)
    refused(web.refresh(online["refresh_token"]), "invalid_grant")
    again = granted(web.refresh(offline["refresh_token"]))
    claims = decode(again["access_token"])[1]
    assert claims["jti"].startswith("ofrtrt:")
    assert claims["sid"] == decode(offline["access_token"])[1]["sid"]
    granted(web.userinfo(again["access_token"]))


def test_user_without_the_role_gets_none(shop):
    body = refused(named(shop, "web").password("bob", "bob", scope="offline_access"),
                   "invalid_scope", "TX-RT-15")
    assert "access_token" not in body


def test_exchange_by_a_rule_outlives_the_log_out(shop):
    subject = login(shop, "openid")
    issued = granted(offline_exchange(shop, subject["access_token"]))["access_token"]
    job = named(shop, "job")
    before, seen = decode(subject["access_token"])[1], granted(job.introspect(issued))
    assert seen["typ"] == "Offline" and seen["sid"] != before["sid"], "a session of its own"
    assert named(shop, "web").logout(subject["refresh_token"]).status_code == 204
    again = granted(job.refresh(issued))
    claims = decode(again["access_token"])[1]
    assert (claims["sub"], claims["aud"], claims["sid"]) == (before["sub"], "b", seen["sid"])
    assert claims["auth_time"] == before["auth_time"], "the log-in is not made younger"
    assert granted(named(shop, "b").introspect(again["access_token"]))["active"]


def test_revoking_the_offline_token_ends_its_session(shop):
    job = named(shop, "job")
    issued = granted(offline_exchange(shop, login(shop, "openid")["access_token"]))["access_token"]
    again = granted(job.refresh(issued))
    assert job.revoke(again["refresh_token"]).status_code == 200
    assert granted(job.introspect(again["refresh_token"])) == {"active": False}
    assert granted(named(shop, "b").introspect(again["access_token"])) == {"active": False}
    refused(job.refresh(again["refresh_token"]), "invalid_grant")


def test_revoking_the_subject_token_ends_it_too(shop):
    subject = login(shop, "openid")
    issued = granted(offline_exchange(shop, subject["access_token"]))["access_token"]
    assert named(shop, "web").revoke(subject["access_token"]).status_code == 200
    refused(named(shop, "job").refresh(issued), "invalid_grant", "TX-RT-11")


def test_scope_is_asked_for_together_with_the_refresh_token(shop):
    token = login(shop, "openid")["access_token"]
    refused(named(shop, "job").exchange(token, audience="b", scope="offline_access"),
            "invalid_scope", "TX-RT-04")
    bound = granted(offline_exchange(shop, token, scope="read"))["access_token"]
    assert granted(named(shop, "job").introspect(bound))["typ"] == "Refresh"


def test_rule_creates_a_session_for_a_subject_that_has_none(shop):
    robot = granted(named(shop, "robot").client_credentials())["access_token"]
    assert "sid" not in decode(robot)[1]
    issued = granted(named(shop, "job").exchange(
        robot, audience="b", requested_token_type=REFRESH_TOKEN))["access_token"]
    again = granted(named(shop, "job").refresh(issued))
    claims = decode(again["access_token"])[1]
    assert claims["sub"] == decode(robot)[1]["sub"] and claims["sid"]


def test_switch_gives_none(shop):
    token = login(shop, "openid")["access_token"]
    refused(named(shop, "gate").exchange(token, scope="offline_access",
                                         requested_token_type=REFRESH_TOKEN),
            "invalid_scope", "TX-RT-04")


def test_offline_sessions_end_by_their_own_times(server):
    made = make_realm("short", offlineSessionIdleTimeout=2)
    shop = server(made)
    web = named(shop, "web", "short")
    answer = granted(web.password("alice", "alice", scope="offline_access"))
    assert answer["refresh_expires_in"] == 2
    time.sleep(2.2)
    refused(web.refresh(answer["refresh_token"]), "invalid_grant")


def test_client_has_offline_times_of_its_own(server):
    made = make_realm("own", offlineSessionMaxLifespanEnabled=True)

    def app(name, **attributes):
        return public_client(name, optional=["offline_access"], attributes={
            f"client.{key.replace('_', '.')}": value for key, value in attributes.items()})
    made["clients"] += [app("idles", offline_session_idle_timeout="2", session_idle_timeout="900"),
                        app("ends", offline_session_max_lifespan="77", session_max_lifespan="900")]
    shop = server(made)

    def log_in(name, **form):
        return granted(Client(shop.url, "own", name).password("alice", "alice", **form))
    online = log_in("idles")
    assert online["refresh_expires_in"] == log_in("ends")["refresh_expires_in"] == 900
    idle, ends = log_in("idles", scope="offline_access"), log_in("ends", scope="offline_access")
    assert idle["refresh_expires_in"] == 2 and idle["expires_in"] == 300
    assert ends["refresh_expires_in"] == ends["expires_in"] == 77, "no token outlives it"
    time.sleep(2.2)
    refused(Client(shop.url, "own", "idles").refresh(idle["refresh_token"]), "invalid_grant")
    granted(Client(shop.url, "own", "idles").refresh(online["refresh_token"]))


def test_offline_token_outlives_a_restart(server):
    shop = server(make_realm("kept"))
    token = granted(named(shop, "web", "kept").password(
        "alice", "alice", scope="offline_access"))["refresh_token"]
    shop.stop()
    shop.start()
    granted(named(shop, "web", "kept").refresh(token))
