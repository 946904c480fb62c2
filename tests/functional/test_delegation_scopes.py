# SPDX-License-Identifier: Apache-2.0
"""may_act by what is asked for: Keycloak's scopes delegation:user:<name> and delegation:client:<id>, and by a relation."""
import time

import pytest

from support.change import changing_realm, find
from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user

LOG_IN_SCOPES = ["delegation:user", "delegation:client", "read"]


def acting(rule_id, requester, target, users, actor, **result):
    made = rule(rule_id, requester, target, users=users, **{"scopes": ["read"], "lifetime": "5m", **result})
    made["result"]["mode"], made["actor"] = "delegation", actor
    return made


def make_realm(name="family", **more):
    named_by_relation = rule("named", "desk", "home", scopes=["read", "delegation:user"], lifetime="5m",
                             mayAct={"relation": "guardian"})
    return realm(
        name, scopes=[scope("read"), scope("delegation:user"), scope("delegation:client")],
        groups=[{"name": "staff"}],
        clients=[public_client("app", optional=LOG_IN_SCOPES, sent_to=["desk", "agent"]),
                 public_client("plain", sent_to=["desk"]),
                 client("desk", sent_to=["desk"], directAccessGrantsEnabled=True),
                 client("agent", serviceAccountsEnabled=True, sent_to=["agent"]),
                 client("idle", serviceAccountsEnabled=True), client("mute"), client("home"), client("school")],
        users=[user("kid"), user("twin"), user("orphan"), user("mum"), user("dad"), user("zoe"),
               user("tom", "/staff"), user("gone", enabled=False)],
        rules=[acting("guardians", "desk", "school", {"relation": "guardian"}, {"users": {"any": True}}),
               acting("staff", "desk", "home", {"any": True}, {"users": {"groups": ["/staff"]}}),
               acting("robots", "agent", "school", {"any": True}, {"clients": ["agent"]}), named_by_relation],
        relations=[{"kind": "guardian", "actor": {"user": "mum"}, "subject": {"user": "kid"}},
                   {"kind": "guardian", "actor": {"user": "mum"}, "subject": {"user": "twin"}},
                   {"kind": "guardian", "actor": {"user": "dad"}, "subject": {"user": "twin"}}], **more)


@pytest.fixture(scope="module")
def family(module_server):
    return module_server(make_realm())


@pytest.fixture
def named(family):
    public = ("app", "plain")
    return lambda name: Client(family.url, "family", name, None if name in public else secret_of(name))


def log_in(app, name, scope="openid"):
    return granted(app.password(name, name, scope=scope))


def claims_of(token):
    return decode(token)[1]


def act(requester, subject, actor, audience="school", **form):
    return requester.exchange(subject, actor_token=actor, audience=audience, **form)


@pytest.mark.parametrize("who", ["mum", "tom"])
def test_user_names_at_the_log_in_who_may_act(named, who):
    """By a relation (mum), and by a group that a rule selects (tom)."""
    app, desk = named("app"), named("desk")
    answer = log_in(app, "kid", f"openid read delegation:user:{who}")
    claims, actor = claims_of(answer["access_token"]), log_in(app, who)["access_token"]
    assert f"delegation:user:{who}" in answer["scope"].split()
    assert claims["may_act"] == {"iss": claims["iss"], "sub": claims_of(actor)["sub"]}
    assert claims_of(answer["id_token"])["may_act"] == claims["may_act"]
    target = "school" if who == "mum" else "home"
    delegated = claims_of(granted(act(desk, answer["access_token"], actor, target))["access_token"])
    assert delegated["sub"] == claims["sub"] and delegated["act"]["sub"] == claims_of(actor)["sub"]
    assert "may_act" not in delegated
    other = log_in(app, "tom" if who == "mum" else "mum")["access_token"]
    refused(act(desk, answer["access_token"], other, target), "invalid_request", "TX-ACT-04")
    refused(desk.exchange(answer["access_token"], audience="home"), "invalid_request", "TX-ACT-01")


def test_user_names_a_client(named):
    app, agent = named("app"), named("agent")
    answer = log_in(app, "kid", "read delegation:client:agent")
    robot = granted(agent.client_credentials())["access_token"]
    assert claims_of(answer["access_token"])["may_act"]["client_id"] == "agent"
    assert claims_of(answer["access_token"])["may_act"]["sub"] == claims_of(robot)["sub"]
    delegated = claims_of(granted(act(agent, answer["access_token"], robot))["access_token"])
    assert delegated["act"]["client_id"] == "agent"


@pytest.mark.parametrize("name", [
    "user:nobody", "user:gone", "user:zoe", "user:kid", "client:nobody", "client:idle", "client:mute", "user:dad",
    "user:service-account-agent"])
def test_nobody_learns_who_exists_by_asking_for_him(named, name):
    body = refused(named("app").password("kid", "kid", scope=f"read delegation:{name}"), "invalid_scope", "TX-SCP-01")
    assert body["error_description"] == "A requested scope is unknown or not allowed."


def test_scope_is_the_clients_and_says_one_name(named):
    refused(named("plain").password("kid", "kid", scope="delegation:user:mum"), "invalid_scope", "TX-SCP-01")
    for wrong in ("delegation:user", "delegation:user:", "delegation:user:mum delegation:user:tom",
                  "delegation:user:mum delegation:client:agent"):
        refused(named("app").password("kid", "kid", scope=wrong), "invalid_scope", "TX-SCP-01")
    assert "may_act" not in claims_of(log_in(named("app"), "kid")["access_token"])


def test_refresh_keeps_the_name_as_long_as_he_may_act(server):
    started, change = changing_realm(server, make_realm("asked"))
    app = Client(started.url, "asked", "app")
    answer = log_in(app, "kid", "openid read delegation:user:mum")
    again = granted(app.refresh(answer["refresh_token"]))
    assert claims_of(again["access_token"])["may_act"] == claims_of(answer["access_token"])["may_act"]
    change(lambda made: find(made["exchangeRules"], "id", "guardians").update(enabled=False))
    again = granted(app.refresh(again["refresh_token"]))
    assert "may_act" not in claims_of(again["access_token"]) and "delegation" not in again["scope"]


def test_rule_names_who_may_act_by_a_relation_that_holds(named):
    app, desk = named("app"), named("desk")
    mum = log_in(app, "mum")["access_token"]
    kid = log_in(app, "kid", "openid read")["access_token"]
    token = granted(desk.exchange(kid, audience="home"))["access_token"]
    assert claims_of(token)["may_act"]["sub"] == claims_of(mum)["sub"]
    orphan = log_in(app, "orphan", "openid read")["access_token"]
    refused(desk.exchange(orphan, audience="home"), "invalid_target", "TX-ACT-09")


def test_of_several_who_stand_in_the_relation_the_request_names_one(named):
    app, desk = named("app"), named("desk")
    twin, dad = log_in(app, "twin", "openid read")["access_token"], log_in(app, "dad")["access_token"]
    refused(desk.exchange(twin, audience="home"), "invalid_target", "TX-ACT-09")
    token = granted(desk.exchange(twin, audience="home", scope="read delegation:user:dad"))["access_token"]
    assert claims_of(token)["may_act"]["sub"] == claims_of(dad)["sub"]
    # He may act by another rule, and is no guardian.
    refused(desk.exchange(twin, audience="home", scope="read delegation:user:tom"), "invalid_target", "TX-ACT-09")


def test_end_of_the_relation_ends_the_token_that_names_somebody_by_it(server):
    started, change = changing_realm(server, make_realm("over"))
    app = Client(started.url, "over", "app")
    desk, home = (Client(started.url, "over", name, secret_of(name)) for name in ("desk", "home"))
    kid = log_in(app, "kid", "openid read")["access_token"]
    token = granted(desk.exchange(kid, audience="home"))["access_token"]
    assert granted(home.introspect(token))["active"]
    change(lambda made: made["relations"].pop(0))
    deadline = time.monotonic() + 5
    while granted(home.introspect(token))["active"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert granted(home.introspect(token)) == {"active": False}


def test_id_token_tells_too_and_consent_is_asked_value_by_value(server):
    made = make_realm("consent")
    find(made["clients"], "clientId", "app")["consentRequired"] = True
    for one in made["clientScopes"]:
        one["attributes"]["display.on.consent.screen"] = "true" if one["name"].startswith("delegation") else "false"
    kid = find(made["users"], "username", "kid")
    kid["clientConsents"] = [{"clientId": "app", "grantedClientScopes": [
        "profile", "email", "roles", "delegation:user:mum"]}]
    started = server(made)
    app = Client(started.url, "consent", "app")
    assert claims_of(log_in(app, "kid", "openid read delegation:user:mum")["id_token"])["may_act"]
    assert app.password("kid", "kid", scope="openid read delegation:user:tom").status_code == 400
