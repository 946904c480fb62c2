# SPDX-License-Identifier: Apache-2.0
"""Exchange by explicit rules: who gets what, and that nobody gets more."""
import time

import pytest

from support.client import (ID_TOKEN, REFRESH_TOKEN, Client, decode, granted, refresh_token_of,
                            refused)
from support.realms import client, denial, public_client, realm, rule, scope, secret_of, user

SCOPES = ["invoice:read", "invoice:write", "ledger:read"]


def beyond_subject(requester):
    made = rule(f"{requester}-billing", requester, "billing")
    made["result"]["scopes"] = {"allow": ["ledger:read"], "beyondSubject": True}
    return made


def make_realm():
    return realm(
        "rules",
        scopes=[scope(name) for name in SCOPES],
        clients=[
            public_client("web", optional=SCOPES, sent_to=[
                "orders", "staff-only", "both", "refresher", "named", "by-role", "by-group",
                "off", "counted", "aged", "expired", "wide", "id-only", "post-only"]),
            client("orders", directAccessGrantsEnabled=True, serviceAccountsEnabled=True),
            client("staff-only"), client("both"), client("refresher"), client("named"),
            client("counted"), client("aged"),
            client("by-role", serviceAccountsEnabled=True),
            client("by-group", serviceAccountsEnabled=True),
            client("off"), client("expired"), client("wide"), client("id-only"),
            client("post-only"), client("holder", directAccessGrantsEnabled=True),
            client("anyone"), client("billing"), client("ledger"), client("payroll"),
            client("vault", enabled=False)],
        groups=[{"name": "staff", "subGroups": [{"name": "night"}]}, {"name": "guests"}],
        roles={"realm": [{"name": "admin"}, {"name": "exchanger"},
                         {"name": "boss", "composite": True, "composites": {"realm": ["admin"]}}]},
        users=[user("alice", "/staff"), user("nora", "/staff/night"), user("bob", "/guests"),
               user("root", "/staff", roles=["admin"]), user("queen", "/staff", roles=["boss"]),
               user("zed", "/staff", attributes={"country": ["se"]}),
               {"username": "service-account-by-role", "enabled": True,
                "serviceAccountClientId": "by-role", "realmRoles": ["exchanger"]},
               {"username": "service-account-by-group", "enabled": True,
                "serviceAccountClientId": "by-group", "groups": ["/staff"]}],
        rules=[
            rule("orders-billing", "orders", "billing", scopes=["invoice:read", "invoice:write"],
                 lifetime="2m"),
            rule("staff-billing", "staff-only", "billing",
                 users={"groups": ["/staff"], "not": {"roles": ["admin"]}}),
            rule("both-billing", "both", "billing", scopes=["invoice:read"], lifetime="2m"),
            rule("both-ledger", "both", "ledger", scopes=["invoice:read", "ledger:read"],
                 lifetime="1m"),
            rule("both-payroll", "both", "payroll", scopes=["invoice:read"]),
            rule("refresher-billing", "refresher", "billing", types=["access_token",
                 "refresh_token"], refresh={"kind": "bounded", "maxAge": "10m"},
                 scopes=["invoice:read"], lifetime="1m"),
            rule("counted-billing", "counted", "billing", types=["access_token",
                 "refresh_token"], refresh={"kind": "bounded", "maxUses": 2}),
            rule("aged-billing", "aged", "billing", types=["access_token",
                 "refresh_token"], refresh={"kind": "bounded", "maxAge": "4s"}),
            rule("named-billing", "named", "billing",
                 users={"attributes": {"country": ["se"]}}),
            {**rule("role-billing", "by-role", "billing"),
             "requester": {"roles": ["exchanger"]}},
            {**rule("group-billing", "by-group", "ledger"),
             "requester": {"groups": ["/staff"]}},
            {**rule("off-billing", "off", "billing"), "enabled": False},
            {**beyond_subject("expired"), "risk": {"reason": "test", "expires": "2020-01-01"}},
            {**beyond_subject("wide"), "risk": {"reason": "test", "expires": "2099-01-01"}},
            rule("id-billing", "id-only", "billing", types=["id_token"], scopes=["openid"],
                 claims="full"),
            {**rule("post-billing", "post-only", "billing"),
             "requester": {"clients": ["post-only"], "authMethods": ["client_secret_post"]}},
            rule("holder-billing", "holder", "billing", binding="azp"),
            {**rule("any-ledger", "anyone", "ledger", binding="any"),
             "risk": {"reason": "test", "expires": "2099-01-01"}},
            rule("orders-logical", "orders", "https://api.example", resources=[
                "https://files.example/v1"], scopes=["ledger:read"]),
            rule("orders-vault", "orders", "vault"),
            denial("no-admins-in-ledger", "ledger", subject={"users": {"roles": ["admin"]}}),
            denial("no-both-in-payroll", "payroll", requester={"clients": ["both"]})])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


@pytest.fixture(scope="module")
def login(shop):
    """login(user, scope) -> access token held by `web`, cached for the module."""
    web, known = Client(shop.url, "rules", "web"), {}

    def login(username, scopes=" ".join(SCOPES)):
        key = username, scopes
        if key not in known:
            known[key] = granted(web.password(username, username, scope=scopes))["access_token"]
        return known[key]
    return login


@pytest.fixture
def named(shop):
    return lambda name: Client(shop.url, "rules", name, secret_of(name))


def claims_of(answer):
    return decode(granted(answer)["access_token"])[1]


def test_rule_gives_exactly_its_target_and_scopes(named, login):  # specs: TX-82
    orders = named("orders")
    answer = granted(orders.exchange(login("alice"), audience="billing"))
    _, claims = orders.verify(answer["access_token"])
    assert claims["aud"] == "billing" and claims["azp"] == "orders"
    assert set(claims["scope"].split()) == {"invoice:read", "invoice:write"}
    assert answer["scope"].split() == claims["scope"].split()


def test_minimal_token_says_nothing_about_the_user_but_who_it_is(named, login):
    claims = claims_of(named("orders").exchange(login("alice"), audience="billing"))
    assert not set(claims) & {"email", "name", "given_name", "preferred_username",
                              "realm_access", "resource_access"}
    assert claims["sub"] and claims["sid"] and claims["xid"] and claims["auth_time"]


def test_requested_scope_narrows(named, login):
    claims = claims_of(named("orders").exchange(login("alice"), audience="billing",
                                                scope="invoice:read"))
    assert claims["scope"] == "invoice:read"


def test_scope_that_the_subject_token_lacks_is_not_granted(named, login):  # specs: NEG-17, TX-78
    answer = granted(named("orders").exchange(login("alice", "invoice:read"), audience="billing"))
    assert answer["scope"] == "invoice:read"
    refused(named("orders").exchange(login("alice", "invoice:read"), audience="billing",
                                     scope="invoice:write"), "invalid_scope", "TX-SCP-01")


def test_scope_that_the_rule_does_not_allow_is_refused_by_name(named, login):  # specs: ACT-11
    # specs: NEG-17, TX-78
    body = refused(named("orders").exchange(login("alice"), audience="billing",
                                            scope="invoice:read ledger:read"),
                   "invalid_scope", "TX-SCP-01")
    assert "ledger:read" in body["hint"] and "orders-billing" in body["hint"]


@pytest.mark.parametrize("text", [" invoice:read", "invoice:read ", "a  b", 'a"b', "a\\b", "é"])
def test_malformed_scope_is_invalid_scope(named, login, text):  # specs: TOK-15
    refused(named("orders").exchange(login("alice"), audience="billing", scope=text),
            "invalid_scope", "TX-SCP-03")


def test_scopes_beyond_the_subject_need_a_rule_that_says_so(named, login):  # specs: TX-78
    claims = claims_of(named("wide").exchange(login("alice", "invoice:read"), scope="ledger:read"))
    assert claims["scope"] == "ledger:read"


def test_lifetime_is_the_rules(named, login):
    claims = claims_of(named("orders").exchange(login("alice"), audience="billing"))
    assert claims["exp"] - claims["iat"] == 120


def test_only_target_of_a_client_is_its_default_target(named, login):  # specs: TX-25
    assert claims_of(named("staff-only").exchange(login("alice")))["aud"] == "billing"


def test_client_with_several_targets_must_name_one(named, login):  # specs: RES-02, TX-25
    body = refused(named("both").exchange(login("alice")), "invalid_target", "TX-TGT-04")
    assert "billing" in body["hint"] and "ledger" in body["hint"]


def test_two_targets_share_what_both_rules_give(named, login):  # specs: RES-07
    claims = claims_of(named("both").exchange(login("alice"), audience=["billing", "ledger"]))
    assert sorted(claims["aud"]) == ["billing", "ledger"]
    assert claims["scope"] == "invoice:read", "allowed by both rules"
    assert claims["exp"] - claims["iat"] == 60, "the shorter life"


def test_one_refused_target_refuses_all(named, login):  # specs: RES-07, TX-51; errors: E24
    refused(named("both").exchange(login("alice"), audience=["billing", "payroll"]),
            "invalid_target", "TX-RUL-01")
    refused(named("orders").exchange(login("alice"), audience=["billing", "payroll"]),
            "invalid_target", "TX-TGT-01")


def test_denial_wins_over_the_permit_of_the_same_target(named, login):
    refused(named("both").exchange(login("alice"), audience="payroll"),
            "invalid_target", "TX-RUL-01")


@pytest.mark.parametrize("username", ["root", "queen"])
def test_denial_by_role_sees_roles_inside_roles(named, login, username):
    granted(named("both").exchange(login(username), audience="billing"))
    refused(named("both").exchange(login(username), audience="ledger"),
            "invalid_target", "TX-RUL-01")
    refused(named("both").exchange(login(username), audience=["billing", "ledger"]),
            "invalid_target", "TX-RUL-01")


@pytest.mark.parametrize("username, permitted", [
    ("alice", True), ("nora", True), ("bob", False), ("root", False), ("queen", False)])
def test_rule_selects_subjects_by_group_and_excludes_by_role(named, login, username, permitted):
    answer = named("staff-only").exchange(login(username), audience="billing")
    if permitted:
        granted(answer)
    else:
        refused(answer, "invalid_target", "TX-RUL-02")


def test_rule_selects_subjects_by_attribute(named, login):
    granted(named("named").exchange(login("zed")))
    refused(named("named").exchange(login("alice")), "invalid_target", "TX-RUL-02")


def test_rule_selects_requesters_by_role_and_group_of_their_account(named, login):
    granted(named("by-role").exchange(login("alice"), audience="billing"))
    granted(named("by-group").exchange(login("alice"), audience="ledger"))
    refused(named("by-role").exchange(login("alice"), audience="ledger"), "invalid_target")
    refused(named("by-group").exchange(login("alice"), audience="billing"), "invalid_target")


def test_disabled_rule_gives_nothing(named, login):
    response = named("off").exchange(login("alice"), audience="billing")
    assert response.status_code == 400
    assert response.json()["error"] in ("unauthorized_client", "invalid_target")


def test_expired_rule_gives_nothing_and_says_so(named, login):
    refused(named("expired").exchange(login("alice"), audience="billing"),
            "invalid_target", "TX-RUL-03")


def test_rule_may_demand_an_authentication_method(shop, named, login):
    refused(named("post-only").exchange(login("alice")), "invalid_target", "TX-RUL-04")
    anonymous = Client(shop.url, "rules", "post-only")
    granted(anonymous.exchange(login("alice"), client_secret=secret_of("post-only")))


def test_binding_audience_is_not_satisfied_by_holding_the_token(named):  # specs: NEG-10, TX-81
    orders = named("orders")
    own = granted(orders.password("alice", "alice"))["access_token"]
    refused(orders.exchange(own, audience="billing"), "invalid_request", "TX-BND-01")


def test_binding_azp_demands_holding_the_token(named, login):  # specs: TX-81
    holder = named("holder")
    granted(holder.exchange(granted(holder.password("alice", "alice"))["access_token"]))
    refused(holder.exchange(login("alice")), "invalid_request", "TX-BND-02")


def test_binding_any_is_a_choice_of_the_rule(named, login):  # specs: TX-81
    granted(named("anyone").exchange(login("bob"), audience="ledger"))


def test_logical_names_and_resources_are_matched_byte_for_byte(named, login):
    # specs: RES-01, RES-02
    orders = named("orders")
    assert claims_of(orders.exchange(login("alice"), audience="https://api.example"))[
        "aud"] == "https://api.example"
    assert claims_of(orders.exchange(login("alice"), resource="https://files.example/v1"))[
        "aud"] == "https://files.example/v1"
    for form in ({"audience": "https://api.example/"}, {"audience": "HTTPS://api.example"},
                 {"audience": "billing "}, {"audience": "Billing"},
                 {"resource": "https://files.example/v1/"},
                 {"resource": "https://files.example/v1?x=1"},
                 {"resource": "https://FILES.example/v1"}):
        refused(orders.exchange(login("alice"), **form), "invalid_target")


def test_mistyped_audience_is_answered_with_the_nearest_one_that_the_client_may_see(named, login):
    body = refused(named("orders").exchange(login("alice"), audience="biling"),
                   "invalid_target", "TX-TGT-02")
    assert "'billing'" in body["hint"]
    body = refused(named("orders").exchange(login("alice"), audience="payrol"),
                   "invalid_target", "TX-TGT-02")
    assert "payroll" not in body["hint"], "no rule of this client names it"


def test_audience_and_resource_may_be_mixed(named, login):
    claims = claims_of(named("orders").exchange(
        login("alice"), audience="https://api.example", resource="https://files.example/v1"))
    assert sorted(claims["aud"]) == ["https://api.example", "https://files.example/v1"]


def test_target_that_is_disabled_is_refused_in_spite_of_its_rule(named, login):
    refused(named("orders").exchange(login("alice"), audience="vault"),
            "invalid_target", "TX-TGT-03")


def test_refresh_token_only_by_a_rule_that_grants_it(named, login):  # specs: TX-40
    refused(named("orders").exchange(login("alice"), audience="billing",
                                     requested_token_type=REFRESH_TOKEN),
            "invalid_request", "TX-RT-02")
    answer = granted(named("refresher").exchange(login("alice"),
                                                 requested_token_type=REFRESH_TOKEN))
    assert 0 < answer["expires_in"] <= 600
    again = granted(named("refresher").refresh(refresh_token_of(answer)))
    claims = decode(again["access_token"])[1]
    assert claims["aud"] == "billing" and claims["scope"] == "invoice:read"
    assert claims["exp"] - claims["iat"] <= 60
    assert 0 < again["refresh_expires_in"] <= 600


def test_refresh_token_may_be_used_as_often_as_the_rule_says(named, login):
    counted = named("counted")
    answer = granted(counted.exchange(login("alice"), requested_token_type=REFRESH_TOKEN))
    for _ in range(2):
        answer = granted(counted.refresh(refresh_token_of(answer)))
    if "refresh_token" in answer:
        refused(counted.refresh(answer["refresh_token"]), "invalid_grant")


def test_refreshing_does_not_prolong_a_family_beyond_its_age(named, login):
    aged = named("aged")
    answer = granted(aged.exchange(login("alice"), requested_token_type=REFRESH_TOKEN))
    assert 0 < answer["expires_in"] <= 4
    time.sleep(2)
    answer = granted(aged.refresh(refresh_token_of(answer)))
    assert answer["refresh_expires_in"] <= 2
    time.sleep(2.5)
    refused(aged.refresh(answer["refresh_token"]), "invalid_grant")


def test_type_that_the_rule_does_not_give_is_refused(named, login):
    refused(named("orders").exchange(login("alice"), audience="billing",
                                     requested_token_type=ID_TOKEN),
            "invalid_request", "TX-TYP-03")
    refused(named("id-only").exchange(login("alice")), "invalid_request", "TX-TYP-03")
    answer = granted(named("id-only").exchange(login("alice"), requested_token_type=ID_TOKEN))
    assert decode(answer["access_token"])[1]["aud"] == "billing", "the only target of its rules"


def test_disabled_and_foreign_audiences_are_told_alike_to_clients_without_diagnostics(server):
    # specs: NEG-66
    """What a client may not know it is not told; its error code is the neutral one."""
    quiet = make_realm()
    for one in quiet["clients"]:
        one["attributes"].pop("cambist.diagnostics", None)
    shop = server(quiet)
    token = granted(Client(shop.url, "rules", "web").password("bob", "bob"))["access_token"]
    bodies = []
    for name, audience in (("orders", "vault"), ("orders", "nowhere"), ("orders", "payroll"),
                           ("both", "payroll"), ("staff-only", "billing")):
        body = refused(Client(shop.url, "rules", name, secret_of(name))
                       .exchange(token, audience=audience), "invalid_target", "TX-TGT-01")
        assert "hint" not in body
        bodies.append(body["error_description"])
    assert len(set(bodies)) == 1
