# SPDX-License-Identifier: Apache-2.0
"""Who may become whom: requested_subject, with the token of who asks or (naked) without one."""
import pytest

from support.audit import record_of, records_of
from support.change import changing_realm, find
from support.client import (EXCHANGE, ID_TOKEN, REFRESH_TOKEN, Client, decode, granted,
                            refresh_token_of, refused)
from support.realms import client, public_client, realm, rule, scope, secret_of, user

RISK = {"reason": "test", "expires": "2099-01-01"}


def switch(rule_id, requester, target, actor, users, *, binding="audience", **result):
    made = rule(rule_id, requester, target, users=users, binding=binding, **result)
    made["result"]["mode"] = "switch-subject"
    if actor is None:
        made["subject"] = {"naked": True, "users": users}
        made["risk"] = RISK
    else:
        made["actor"] = actor
    return made


DESK = {"users": {"groups": ["/desk"]}}
CUSTOMERS = {"groups": ["/customers"]}


def make_realm(**more):
    demanding = switch("demanding", "desk", "vault", DESK, CUSTOMERS, lifetime="5m")
    demanding["demands"] = ["reason", "ticket"]
    glass = switch("glass", "desk", "safe", DESK, {"groups": ["/customers"]}, lifetime="1m")
    glass.update(breakGlass=True, demands=["reason"], risk=RISK)
    hidden = switch("hidden", "desk", "mirror", DESK, CUSTOMERS, lifetime="5m", hideActor=True,
                    refresh="bounded", session="create", types=["access_token", "refresh_token"])
    hidden["risk"] = RISK
    admins = switch("admins", "desk", "office", DESK, {"roles": ["realm-management:view-users"]},
                    lifetime="5m")
    return realm(
        "shop", scopes=[scope("shop:read"), scope("shop:write")],
        groups=[{"name": "desk"}, {"name": "customers"}, {"name": "team-a"}, {"name": "team-b"}],
        clients=[public_client("web", sent_to=["desk"]),
                 client("desk"), client("shop"), client("vault"), client("safe"), client("mirror"),
                 client("office"), client("team"), client("plain"),
                 client("night-job", serviceAccountsEnabled=True)],
        users=[user("dora", "/desk", "/team-a"), user("zoe"), user("dora2", "/desk", "/customers"),
               user("alice", "/customers", "/team-a"), user("bob", "/customers", "/team-b"),
               user("carol", "/customers", enabled=False),
               user("root", "/customers", clientRoles={"realm-management": ["realm-admin"]}),
               user("viewer", "/customers", clientRoles={"realm-management": ["view-users"]})],
        rules=[switch("view-as", "desk", "shop", DESK, CUSTOMERS, scopes=["shop:read"], lifetime="15m",
                      types=["access_token", "id_token", "refresh_token"], refresh="bounded",
                      session="create"),
               switch("same-team", "desk", "team", {"users": {"any": True}}, {"sameGroup": True},
                      scopes=["shop:read"], lifetime="5m"),
               switch("statements", "night-job", "shop", None, CUSTOMERS, scopes=["shop:read"],
                      lifetime="2m"),
               switch("home", "desk", "desk", DESK, CUSTOMERS, lifetime="5m"),
               rule("plain", "desk", "plain"),
               demanding, glass, hidden, admins], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


@pytest.fixture
def named(shop):
    return lambda name: Client(shop.url, "shop", name, secret_of(name))


@pytest.fixture
def login(shop):
    return lambda name: granted(Client(shop.url, "shop", "web").password(name, name, scope="openid"))


@pytest.fixture
def dora(login):
    return login("dora")["access_token"]


def claims_of(token):
    return decode(token)[1]


def test_support_views_as_a_customer_with_both_names_visible(named, login):  # specs: ACT-01
    """reqs: S0-20, S2-0d. The actor's log-in is nothing of the subject's."""
    dora = login("dora")["access_token"]
    answer = granted(named("desk").exchange(dora, requested_subject="alice", audience="shop"))
    claims = claims_of(answer["access_token"])
    assert claims["sub"] == claims_of(login("alice")["access_token"])["sub"]
    assert claims["act"] == {"sub": claims_of(dora)["sub"], "iss": claims["iss"],
                             "preferred_username": "dora", "sid": claims_of(dora)["sid"]}
    assert claims["scope"] == "shop:read" and claims["aud"] == "shop"
    assert "sid" not in claims and "auth_time" not in claims and "acr" not in claims
    assert claims["exp"] <= claims_of(dora)["exp"]


@pytest.mark.parametrize("requested", ["alice", "ALICE", "username:alice", "email:alice@example.com"])
def test_subject_is_named_by_what_support_staff_know(named, login, dora, requested):
    """reqs: S1-7"""
    answer = granted(named("desk").exchange(dora, requested_subject=requested, audience="shop"))
    assert claims_of(answer["access_token"])["sub"] == claims_of(login("alice")["access_token"])["sub"]


def test_subject_is_named_by_id(named, login, dora):
    wanted = claims_of(login("alice")["access_token"])["sub"]
    for requested in (wanted, f"id:{wanted}"):
        answer = granted(named("desk").exchange(dora, requested_subject=requested, audience="shop"))
        assert claims_of(answer["access_token"])["sub"] == wanted


def test_name_of_one_that_is_the_id_of_another_is_refused_untyped(server):
    """reqs: S1-7"""
    made = make_realm()
    find(made["users"], "username", "bob").update(id="alice")
    started = server(made)
    desk = Client(started.url, "shop", "desk", secret_of("desk"))
    dora = granted(Client(started.url, "shop", "web").password("dora", "dora"))["access_token"]
    refused(desk.exchange(dora, requested_subject="alice", audience="shop"), "invalid_target",
            "TX-SUB-03")
    by_id = granted(desk.exchange(dora, requested_subject="id:alice", audience="shop"))
    assert claims_of(by_id["access_token"])["sub"] == "alice"
    by_name = granted(desk.exchange(dora, requested_subject="username:alice", audience="shop"))
    assert claims_of(by_name["access_token"])["sub"] != "alice"


def test_address_of_two_users_is_refused(server):
    made = make_realm(duplicateEmailsAllowed=True, loginWithEmailAllowed=False)
    find(made["users"], "username", "bob").update(email="alice@example.com")
    started = server(made)
    dora = granted(Client(started.url, "shop", "web").password("dora", "dora"))["access_token"]
    refused(Client(started.url, "shop", "desk", secret_of("desk")).exchange(
        dora, requested_subject="email:alice@example.com", audience="shop"),
        "invalid_target", "TX-SUB-03")


@pytest.mark.parametrize("requested,code", [
    ("nobody", "TX-SUB-01"), ("email:nobody@example.com", "TX-SUB-01"), ("carol", "TX-SUB-02"),
    ("service-account-night-job", "TX-SUB-01"), ("zoe", "TX-RUL-02"), ("root", "TX-IMP-03")])
def test_whom_a_rule_does_not_reach_nobody_becomes(named, dora, requested, code):
    refused(named("desk").exchange(dora, requested_subject=requested, audience="shop"),
            "invalid_target", code)


@pytest.mark.parametrize("requested", ["id:", "username:", "x" * 300])
def test_malformed_subject_is_refused(named, dora, requested):
    refused(named("desk").exchange(dora, requested_subject=requested, audience="shop"),
            "invalid_request", "TX-SUB-04")


def test_client_without_diagnostics_can_not_tell_who_exists(server):
    """reqs: S1-2. Wrong actor, wrong subject, missing subject, wrong target: one answer."""
    made = make_realm()
    del find(made["clients"], "clientId", "desk")["attributes"]["cambist.diagnostics"]
    started = server(made)
    desk = Client(started.url, "shop", "desk", secret_of("desk"))
    web = Client(started.url, "shop", "web")
    dora, zoe = (granted(web.password(name, name))["access_token"] for name in ("dora", "zoe"))
    answers = [desk.exchange(zoe, requested_subject="alice", audience="shop"),
               desk.exchange(dora, requested_subject="zoe", audience="shop"),
               desk.exchange(dora, requested_subject="nobody", audience="shop"),
               desk.exchange(dora, requested_subject="carol", audience="shop"),
               desk.exchange(dora, requested_subject="root", audience="shop"),
               desk.exchange(dora, requested_subject="alice", audience="night-job")]
    seen = set()
    for answer in answers:
        body = refused(answer, "invalid_target")
        body.pop("trace_id", None)
        seen.add(tuple(sorted(body.items())))
    assert len(seen) == 1, seen
    codes = [record["error"] for record in records_of(started) if record.get("error")]
    assert codes == ["TX-IMP-02", "TX-RUL-02", "TX-SUB-01", "TX-SUB-02", "TX-IMP-03", "TX-TGT-01"]


def test_actor_that_the_rule_does_not_select_is_refused(named, login):
    refused(named("desk").exchange(login("zoe")["access_token"], requested_subject="alice",
                                   audience="shop"), "invalid_target", "TX-IMP-02")


def test_right_is_looked_up_and_not_read_from_the_token(server):
    """reqs: S1-1. A minimal and a full token of the same moderator decide alike."""
    made = make_realm()
    made["clients"].append(public_client("slim", sent_to=["desk"],
                                         attributes={"client.use.lightweight.access.token.enabled": "true"},
                                         fullScopeAllowed=False))
    moderators = switch("moderators", "desk", "plain", {"users": {"roles": ["realm-management:impersonation"]}},
                        CUSTOMERS, lifetime="5m")
    made["exchangeRules"].insert(0, moderators)
    find(made["users"], "username", "zoe")["clientRoles"] = {"realm-management": ["impersonation"]}
    started = server(made)
    desk = Client(started.url, "shop", "desk", secret_of("desk"))
    for login in ("web", "slim"):
        web = Client(started.url, "shop", login)
        zoe, bob = (granted(web.password(name, name))["access_token"] for name in ("zoe", "bob"))
        granted(desk.exchange(zoe, requested_subject="alice", audience="plain"))
        refused(desk.exchange(bob, requested_subject="alice", audience="plain"),
                "invalid_target", "TX-IMP-02")


def test_group_admin_reaches_his_own_group_only(server):
    """reqs: S0-21. Moving the user away denies the next exchange at once."""
    started, change = changing_realm(server, make_realm())
    desk = Client(started.url, "shop", "desk", secret_of("desk"))
    dora = granted(Client(started.url, "shop", "web").password("dora", "dora"))["access_token"]
    granted(desk.exchange(dora, requested_subject="alice", audience="team"))
    refused(desk.exchange(dora, requested_subject="bob", audience="team"), "invalid_target", "TX-RUL-02")
    change(lambda made: find(made["users"], "username", "alice").update(groups=["/team-b"]))
    refused(desk.exchange(dora, requested_subject="alice", audience="team"), "invalid_target",
            "TX-RUL-02")


def test_administrators_are_out_of_reach_unless_named(named, dora):
    """reqs: S0-20"""
    refused(named("desk").exchange(dora, requested_subject="viewer", audience="shop"),
            "invalid_target", "TX-IMP-03")
    granted(named("desk").exchange(dora, requested_subject="viewer", audience="office"))


def test_reason_and_ticket_are_demanded_and_kept(shop, named, dora):
    desk = named("desk")
    refused(desk.exchange(dora, requested_subject="alice", audience="vault"), "invalid_request",
            "TX-IMP-05")
    refused(desk.exchange(dora, requested_subject="alice", audience="vault", reason="call"),
            "invalid_request", "TX-IMP-05")
    answer = granted(desk.exchange(dora, requested_subject="alice", audience="vault",
                                   reason="customer calls", ticket="T-17"))
    record = record_of(shop, claims_of(answer["access_token"])["jti"])
    assert (record["reason"], record["ticket"]) == ("customer calls", "T-17")
    assert (record["subjectName"], record["actorName"]) == ("alice", "dora")


def test_reason_that_is_too_long_is_refused(named, dora):
    refused(named("desk").exchange(dora, requested_subject="alice", audience="vault",
                                   reason="x" * 513, ticket="T"), "invalid_request", "TX-PAR-06")


def test_break_glass_raises_an_event(shop, named, dora):
    answer = granted(named("desk").exchange(dora, requested_subject="alice", audience="safe",
                                            reason="fire"))
    record = record_of(shop, claims_of(answer["access_token"])["jti"])
    assert record["event"] == "break_glass"
    assert shop.events("break_glass", trace=record["trace"])


def test_naked_exchange_names_the_client_as_actor(named, login):  # specs: ACT-01
    """reqs: S2-0e"""
    answer = granted(named("night-job").exchange(requested_subject="alice", audience="shop"))
    claims = claims_of(answer["access_token"])
    assert claims["act"] == {"sub": "night-job", "iss": claims["iss"], "client_id": "night-job"}
    assert claims["sub"] == claims_of(login("alice")["access_token"])["sub"]
    assert claims["scope"] == "shop:read"
    assert granted(named("shop").introspect(answer["access_token"]))["act"] == claims["act"]


def test_naked_exchange_needs_a_rule_for_it(named, dora):
    refused(named("desk").exchange(requested_subject="alice", audience="shop"), "invalid_target",
            "TX-IMP-01")
    refused(named("night-job").exchange(requested_subject="zoe", audience="shop"), "invalid_target",
            "TX-RUL-02")


@pytest.mark.parametrize("form", [
    {"subject_token": "", "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"},
    {"subject_token": ""}, {"subject_token_type": "urn:ietf:params:oauth:token-type:access_token"},
    {"subject_token": "nonsense", "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"},
    {"subject_token": "x" * 20000, "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}])
def test_subject_token_that_is_unusable_is_never_as_none(named, form):  # specs: KCD-01
    """CVE-2026-9704 of Keycloak."""
    refused(named("night-job").token(EXCHANGE, requested_subject="alice", audience="shop", **form),
            "invalid_request")


def test_public_client_becomes_nobody(shop, login):
    """reqs: S1-6"""
    web = Client(shop.url, "shop", "web")
    own = login("dora")["access_token"]
    body = refused(web.exchange(own, requested_subject="alice", audience="shop"), "unauthorized_client")
    assert body["error"] == "unauthorized_client"
    refused(web.exchange(requested_subject="alice", audience="shop"), "unauthorized_client")


def test_requested_subject_and_actor_token_contradict_each_other(named, login, dora):
    refused(named("desk").exchange(dora, requested_subject="alice", audience="shop",
                                   actor_token=login("zoe")["access_token"]),
            "invalid_request", "TX-PAR-03")


def test_empty_requested_subject_is_refused(named, dora):
    refused(named("desk").exchange(dora, requested_subject="", audience="plain"), "invalid_request",
            "TX-SUB-04")


def test_token_in_which_somebody_acts_becomes_no_third(named, dora):
    desk = named("desk")
    as_alice = granted(desk.exchange(dora, requested_subject="alice", audience="desk"))["access_token"]
    as_dora2 = granted(desk.exchange(dora, requested_subject="dora2", audience="desk"))["access_token"]
    for token in (as_alice, as_dora2):
        refused(desk.exchange(token, requested_subject="bob", audience="shop"), "invalid_request",
                "TX-IMP-06")


def test_impersonation_opens_userinfo_and_introspection_of_the_subject(named, login, dora):  # errors: E28
    """reqs: S1-8"""
    answer = granted(named("desk").exchange(dora, requested_subject="alice", audience="shop",
                                            scope="openid shop:read"))
    alice = claims_of(login("alice")["access_token"])["sub"]
    info = granted(named("desk").userinfo(answer["access_token"]))
    assert info["sub"] == alice and info["act"]["preferred_username"] == "dora"
    assert claims_of(answer["id_token"])["act"] == info["act"]
    seen = granted(named("shop").introspect(answer["access_token"]))
    assert seen["active"] and seen["sub"] == alice and seen["act"] == info["act"]


def test_requested_id_token_is_of_the_subject(named, login, dora):
    answer = granted(named("desk").exchange(dora, requested_subject="alice", audience="shop",
                                            requested_token_type=ID_TOKEN))
    claims = claims_of(answer["access_token"])
    assert claims["sub"] == claims_of(login("alice")["access_token"])["sub"]
    assert claims["act"]["preferred_username"] == "dora"


def test_view_as_session_refreshes_until_the_actor_logs_out(shop, named, login):
    dora = login("dora")
    answer = granted(named("desk").exchange(dora["access_token"], requested_subject="alice",
                                            audience="shop", requested_token_type=REFRESH_TOKEN))
    again = granted(named("desk").refresh(refresh_token_of(answer)))
    claims = claims_of(again["access_token"])
    assert claims["act"]["preferred_username"] == "dora" and claims["sid"]
    assert claims["sid"] != claims_of(dora["access_token"])["sid"]
    assert granted(named("shop").introspect(again["access_token"]))["active"]
    assert Client(shop.url, "shop", "web").logout(dora["refresh_token"]).status_code == 204
    assert granted(named("shop").introspect(again["access_token"])) == {"active": False}
    refused(named("desk").refresh(again.get("refresh_token", refresh_token_of(answer))), "invalid_grant")


def test_hidden_actor_is_in_the_audit_only_and_his_log_out_still_ends_the_token(shop, named, login):
    dora = login("dora")
    answer = granted(named("desk").exchange(dora["access_token"], requested_subject="alice",
                                            audience="mirror"))
    claims = claims_of(answer["access_token"])
    assert "act" not in claims
    assert "dora" not in str(claims) and claims_of(dora["access_token"])["sub"] not in str(claims)
    assert record_of(shop, claims["jti"])["actorName"] == "dora"
    family = granted(named("desk").exchange(dora["access_token"], requested_subject="alice",
                                            audience="mirror", requested_token_type=REFRESH_TOKEN))
    again = granted(named("desk").refresh(refresh_token_of(family)))
    assert "act" not in claims_of(again["access_token"])
    assert granted(named("mirror").introspect(answer["access_token"]))["active"]
    assert Client(shop.url, "shop", "web").logout(dora["refresh_token"]).status_code == 204
    assert granted(named("mirror").introspect(answer["access_token"])) == {"active": False}
    refused(named("desk").refresh(again.get("refresh_token", refresh_token_of(family))), "invalid_grant")


def test_hidden_actor_who_is_disabled_ends_his_running_tokens(server):
    """As with one who is named: at introspection, userinfo, exchange and refresh, and until he is enabled again."""
    made = make_realm()
    onward = rule("onward", "mirror", "shop", users=CUSTOMERS, lifetime="5m")
    made["exchangeRules"].append(onward)
    started, change = changing_realm(server, made)
    web, desk, mirror = (Client(started.url, "shop", name, None if name == "web" else secret_of(name))
                         for name in ("web", "desk", "mirror"))
    dora = granted(web.password("dora", "dora"))["access_token"]
    token = granted(desk.exchange(dora, requested_subject="alice", audience="mirror"))["access_token"]
    passed_on = granted(mirror.exchange(token, audience="shop"))["access_token"]
    family = granted(desk.exchange(dora, requested_subject="alice", audience="mirror",
                                   requested_token_type=REFRESH_TOKEN))
    shop = Client(started.url, "shop", "shop", secret_of("shop"))

    def are_active():
        return [granted(one.introspect(it))["active"] for one, it in ((mirror, token), (shop, passed_on))]
    assert are_active() == [True, True] and "xact" not in granted(mirror.introspect(token))
    for claims in (claims_of(token), claims_of(passed_on)):
        assert "act" not in claims and "dora" not in str(claims)
    change(lambda changed: find(changed["users"], "username", "dora").update(enabled=False))
    assert are_active() == [False, False]
    assert desk.userinfo(token).status_code == 401
    refused(mirror.exchange(token, audience="shop"), "invalid_request", "TX-STK-09")
    refused(desk.refresh(refresh_token_of(family)), "invalid_grant")
    change(lambda changed: None)
    assert are_active() == [True, True]


def test_rule_serves_an_actor_so_often_a_day(server):  # errors: E31
    """reqs: S2-0e"""
    made = make_realm()
    find(made["exchangeRules"], "id", "view-as")["result"]["perDay"] = 2
    find(made["exchangeRules"], "id", "statements")["result"]["perDay"] = 3
    made["users"].append(user("dan", "/desk"))
    started = server(made)
    web, desk = Client(started.url, "shop", "web"), Client(started.url, "shop", "desk", secret_of("desk"))
    dora, dan = (granted(web.password(name, name))["access_token"] for name in ("dora", "dan"))

    def view(token, whom="alice"):
        return desk.exchange(token, requested_subject=whom, audience="shop")
    granted(view(dora))
    granted(view(dora, "bob"))
    spent = view(dora)
    body = refused(spent, "temporarily_unavailable", "TX-IMP-04", status=429)
    assert 0 < int(spent.headers["Retry-After"]) <= 86400 and "view-as" in body["hint"], "which counter, and until when"
    granted(view(dan))
    job = Client(started.url, "shop", "night-job", secret_of("night-job"))
    for _ in range(3):
        granted(job.exchange(requested_subject="alice", audience="shop"))
    refused(job.exchange(requested_subject="bob", audience="shop"), "temporarily_unavailable",
            "TX-IMP-04", status=429)


def test_caps_of_a_rule_hold_whatever_is_asked_for(named, dora):
    """Life and scopes: at the exchange, and at each refresh of what it gave."""
    job, desk = named("night-job"), named("desk")
    answer = granted(job.exchange(requested_subject="alice", audience="shop"))
    assert 115 <= answer["expires_in"] <= 120, "the rule's two minutes, not the realm's five"
    for scope_asked in ("shop:write", "shop:read shop:write", "openid shop:read"):
        refused(job.exchange(requested_subject="alice", audience="shop", scope=scope_asked), "invalid_scope", "TX-SCP-01")
    kept = refresh_token_of(granted(desk.exchange(dora, requested_subject="alice", audience="shop",
                                                  requested_token_type=REFRESH_TOKEN)))
    refused(desk.refresh(kept, scope="shop:read shop:write"), "invalid_scope")
    again = granted(desk.refresh(kept))
    assert again["scope"].split() == ["shop:read"] and again["expires_in"] <= 15 * 60


def note(name, claim):
    return {"name": claim, "protocol": "openid-connect",
            "protocolMapper": "oidc-usersessionmodel-note-mapper",
            "config": {"user.session.note": name, "claim.name": claim, "jsonType.label": "String",
                       "access.token.claim": "true", "id.token.claim": "true"}}


def test_mappers_read_who_impersonates_and_why(server):
    """Keycloak's notes of an impersonation give its claim `impersonator`."""
    made = make_realm()
    find(made["clients"], "clientId", "desk")["protocolMappers"] += [
        note("IMPERSONATOR_ID", "impersonator.id"), note("IMPERSONATOR_USERNAME", "impersonator.username"),
        note("IMPERSONATION_REASON", "why"), note("IMPERSONATION_TICKET", "ticket")]
    view = find(made["exchangeRules"], "id", "view-as")
    view["result"]["claims"] = "full"
    started = server(made)
    web, desk = Client(started.url, "shop", "web"), Client(started.url, "shop", "desk", secret_of("desk"))
    dora = granted(web.password("dora", "dora"))["access_token"]
    answer = granted(desk.exchange(dora, requested_subject="alice", audience="shop", reason="call",
                                   ticket="T-1", requested_token_type=REFRESH_TOKEN))
    token = granted(desk.exchange(dora, requested_subject="alice", audience="shop", reason="call",
                                  ticket="T-1"))["access_token"]
    claims = claims_of(token)
    assert claims["impersonator"] == {"id": claims_of(dora)["sub"], "username": "dora"}
    assert (claims["why"], claims["ticket"]) == ("call", "T-1")
    again = claims_of(granted(desk.refresh(refresh_token_of(answer)))["access_token"])
    assert again["impersonator"] == claims["impersonator"]
    plain = claims_of(dora)
    assert "impersonator" not in plain


def test_hidden_impersonation_is_no_way_to_a_third(server):
    """Nobody could tell afterwards who it was."""
    made = make_realm()
    hidden = switch("hidden-home", "desk", "desk", DESK, CUSTOMERS, lifetime="5m", hideActor=True)
    hidden["risk"] = RISK
    acting = rule("acts", "desk", "team", users={"any": True}, lifetime="5m")
    acting["result"]["mode"], acting["actor"] = "delegation", "required"
    made["exchangeRules"] = [hidden, acting, *made["exchangeRules"]]
    started = server(made)
    web, desk = Client(started.url, "shop", "web"), Client(started.url, "shop", "desk", secret_of("desk"))
    dora, zoe = (granted(web.password(name, name))["access_token"] for name in ("dora", "zoe"))
    as_dora2 = granted(desk.exchange(dora, requested_subject="dora2", audience="desk"))["access_token"]
    assert "act" not in claims_of(as_dora2)
    refused(desk.exchange(as_dora2, requested_subject="alice", audience="shop"), "invalid_request",
            "TX-IMP-06")
    refused(desk.exchange(zoe, actor_token=as_dora2, audience="team"), "invalid_request", "TX-ACT-05")


def test_what_is_wrong_with_the_token_reads_alike_for_every_name(server):
    """reqs: S1-2"""
    made = make_realm()
    del find(made["clients"], "clientId", "desk")["attributes"]["cambist.diagnostics"]
    made["clients"].append(public_client("stray"))
    started = server(made)
    desk = Client(started.url, "shop", "desk", secret_of("desk"))
    not_meant = granted(Client(started.url, "shop", "stray").password("dora", "dora"))["access_token"]
    dora = granted(Client(started.url, "shop", "web").password("dora", "dora"))["access_token"]
    acted = granted(desk.exchange(dora, requested_subject="alice", audience="desk"))["access_token"]
    for token in (not_meant, acted):
        seen = set()
        for name in ("alice", "nobody", "carol", "zoe", "root"):
            body = desk.exchange(token, requested_subject=name, audience="shop").json()
            body.pop("trace_id")
            seen.add(tuple(sorted(body.items())))
        assert len(seen) == 1, seen


def test_keycloaks_dialect_tells_nobody_who_exists_either(server):
    made = make_realm(errorDialect="keycloak")
    del find(made["clients"], "clientId", "desk")["attributes"]["cambist.diagnostics"]
    started = server(made)
    desk = Client(started.url, "shop", "desk", secret_of("desk"))
    dora = granted(Client(started.url, "shop", "web").password("dora", "dora"))["access_token"]
    seen = set()
    for name, audience in (("zoe", "shop"), ("nobody", "shop"), ("carol", "shop"), ("root", "shop"),
                           ("alice", "night-job"), ("alice", "missing"), ("nobody", "missing")):
        answer = desk.exchange(dora, requested_subject=name, audience=audience)
        body = {key: value for key, value in answer.json().items() if key.startswith("error")}
        seen.add((answer.status_code, body["error"], body["error_description"]))
    assert seen == {(403, "access_denied", "Client not allowed to exchange")}


def test_denial_ends_what_was_got_without_a_token_too(server):
    made = make_realm()
    find(made["exchangeRules"], "id", "statements")["result"].update(
        refresh="bounded", session="create", tokenTypes=["access_token", "refresh_token"])
    started, change = changing_realm(server, made)
    job = Client(started.url, "shop", "night-job", secret_of("night-job"))
    token = refresh_token_of(granted(job.exchange(requested_subject="alice", audience="shop",
                                                  requested_token_type=REFRESH_TOKEN)))
    token = granted(job.refresh(token)).get("refresh_token", token)
    change(lambda one: one["exchangeRules"].append({
        "id": "nobody-acts", "owner": "tests", "effect": "deny", "actor": "required",
        "target": {"audiences": ["shop"]}}))
    refused(job.refresh(token), "invalid_target", "TX-RUL-01")


def test_denial_of_naked_requests_leaves_other_refreshes(server):
    made = make_realm()
    made["exchangeRules"].append({"id": "no-naked", "owner": "tests", "effect": "deny",
                                  "subject": {"naked": True}, "target": {"audiences": ["shop"]}})
    started = server(made)
    web, desk = Client(started.url, "shop", "web"), Client(started.url, "shop", "desk", secret_of("desk"))
    dora = granted(web.password("dora", "dora"))["access_token"]
    token = refresh_token_of(granted(desk.exchange(dora, requested_subject="alice", audience="shop",
                                                   requested_token_type=REFRESH_TOKEN)))
    granted(desk.refresh(token))
    job = Client(started.url, "shop", "night-job", secret_of("night-job"))
    refused(job.exchange(requested_subject="alice", audience="shop"), "invalid_target", "TX-RUL-01")
