# SPDX-License-Identifier: Apache-2.0
"""A confidential client makes a one-time code; a public client redeems it for tokens of its own."""
import threading

import pytest

from support.audit import record_of
from support.change import changing_realm, find, reload
from support.client import ID_TOKEN, Client, decode, granted, refused
from support.dpop import DpopKey
from support.hand_off import HAND_OFF, make, pkce, redeem
from support.realms import client, public_client, realm, rule, scope, secret_of, user

RISK = {"reason": "test", "expires": "2099-01-01"}
ORIGIN = "https://spa.example"


def handing(rule_id, requester, target, *, session="create", types=("handoff", "id_token"),
            refresh="bounded", **more):
    return rule(rule_id, requester, target, holder="target", session=session, types=types,
                refresh=refresh, **more)


def make_realm(**more):
    legacy = handing("after-legacy-login", "api", "spa", scopes=["openid", "notes:read"],
                     users={"any": True}, statements={"acr": ["2"], "amr": ["otp", "pwd"]})
    legacy["result"]["mode"] = "switch-subject"
    legacy["subject"] = {"naked": True, "users": {"groups": ["/people"]}}
    legacy["risk"] = RISK
    view_as = handing("view-as", "api", "spa", scopes=["openid", "notes:read"],
                      users={"groups": ["/people"]}, binding="audience")
    view_as["result"]["mode"] = "switch-subject"
    view_as["actor"] = {"users": {"groups": ["/desk"]}}
    return realm(
        "hand", scopes=[scope("notes:read")], groups=[{"name": "people"}, {"name": "desk"}],
        clients=[public_client("web", sent_to=["api"], optional=["notes:read"]),
                 public_client("spa", webOrigins=[ORIGIN], redirectUris=[ORIGIN + "/*"]),
                 public_client("other"), client("api"), client("notes")],
        users=[user("alice", "/people"), user("dora", "/desk")],
        rules=[handing("same-user", "api", "spa", session="join", scopes=["openid", "notes:read"]),
               view_as, legacy], **more)


@pytest.fixture(scope="module")
def hand(module_server):
    return module_server(make_realm())


@pytest.fixture
def api(hand):
    return Client(hand.url, "hand", "api", secret_of("api"))


@pytest.fixture
def spa(hand):
    return Client(hand.url, "hand", "spa")


@pytest.fixture
def web(hand):
    return Client(hand.url, "hand", "web")


def claims_of(token):
    return decode(token)[1]


def code_for(api, requested="alice", **form):
    verifier, challenge = pkce()
    answer = granted(make(api, challenge, requested_subject=requested, **form))
    return answer["access_token"], verifier


def test_spa_gets_tokens_of_its_own_after_a_legacy_login(hand, api, spa):
    """reqs: S0-5, S0-7, S0-19, S2-9"""
    verifier, challenge = pkce()
    answer = granted(make(api, challenge, requested_subject="alice"))
    assert answer["issued_token_type"] == HAND_OFF and answer["token_type"] == "N_A"
    assert 0 < answer["expires_in"] <= 60 and "refresh_token" not in answer
    tokens = granted(redeem(spa, answer["access_token"], verifier))
    claims = claims_of(tokens["access_token"])
    assert claims["azp"] == claims["client_id"] == "spa"
    assert claims["act"]["client_id"] == "api"
    assert claims_of(tokens["id_token"])["aud"] == "spa"
    assert claims_of(tokens["id_token"])["sub"] == claims["sub"]
    again = granted(spa.refresh(tokens["refresh_token"]))
    assert claims_of(again["access_token"])["azp"] == "spa"
    assert granted(spa.userinfo(again["access_token"]))["sub"] == claims["sub"]
    assert spa.logout(again["refresh_token"]).status_code == 204
    refused(spa.refresh(again["refresh_token"]), "invalid_grant")


def test_proof_of_the_login_is_stated_and_goes_into_the_id_token(hand, api, spa):
    code, verifier = code_for(api, acr="2", amr="otp", reason="one-time password by e-mail")
    tokens = granted(redeem(spa, code, verifier))
    claims = claims_of(tokens["id_token"])
    assert claims["amr"] == ["otp"] and claims["acr"] == "2"
    record = record_of(hand, claims_of(tokens["access_token"])["jti"])
    assert record["client"] == "spa" and "after-legacy-login" in record["rules"]


def test_method_that_was_stated_is_told_once_whatever_mappers_write(server):
    made = make_realm()
    find(made["exchangeRules"], "id", "after-legacy-login")["result"]["claims"] = "full"
    find(made["clients"], "clientId", "spa")["protocolMappers"] = [
        {"name": "amr", "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper",
         "config": {"claim.name": "amr", "claim.value": "pwd", "access.token.claim": "true",
                    "id.token.claim": "true"}}]
    running = server(made)
    code, verifier = code_for(Client(running.url, "hand", "api", secret_of("api")), amr="otp")
    spa = Client(running.url, "hand", "spa")
    tokens = granted(redeem(spa, code, verifier))
    assert claims_of(tokens["access_token"])["amr"] == claims_of(tokens["id_token"])["amr"] == ["otp"]
    granted(spa.userinfo(tokens["access_token"]))


@pytest.mark.parametrize("form", [{"acr": "3"}, {"amr": "face"}, {"amr": "otp face"}])
def test_statement_that_the_rule_does_not_allow_is_refused(api, form):
    _, challenge = pkce()
    refused(make(api, challenge, requested_subject="alice", **form), "invalid_request", "TX-HOF-06")


@pytest.mark.parametrize("form", [
    {"code_challenge": None}, {"code_challenge": ""}, {"code_challenge": "short"},
    {"code_challenge": "=" * 43}, {"code_challenge_method": "plain"}, {"code_challenge_method": None}])
def test_hand_off_needs_a_good_challenge(api, form):  # specs: NEG-24
    _, challenge = pkce()
    refused(make(api, form.get("code_challenge", challenge), requested_subject="alice",
                 **{k: v for k, v in form.items() if k != "code_challenge"}), "invalid_request")


def test_second_use_revokes_what_the_first_gave(api, spa):
    """reqs: S0-19"""
    code, verifier = code_for(api)
    tokens = granted(redeem(spa, code, verifier))
    assert granted(spa.userinfo(tokens["access_token"]))
    refused(redeem(spa, code, verifier), "invalid_request")
    assert spa.userinfo(tokens["access_token"]).status_code == 401
    refused(spa.refresh(tokens["refresh_token"]), "invalid_grant")


def test_spent_code_without_its_verifier_ends_nothing(hand, api, spa):
    """reqs: S0-19. Whoever saw the code pass, and no more, can not log the user out (RFC 6749 section 10.5)."""
    code, verifier = code_for(api)
    tokens = granted(redeem(spa, code, verifier))
    other = Client(hand.url, "hand", "other")
    answers = [refused(redeem(other, code, verifier), "invalid_request"),
               refused(redeem(spa, code, pkce()[0]), "invalid_request"),
               refused(spa.exchange(code, subject_token_type=HAND_OFF), "invalid_request")]
    fresh, _ = code_for(api)
    again = [refused(redeem(other, fresh, verifier), "invalid_request"),
             refused(redeem(spa, fresh, pkce()[0]), "invalid_request"),
             refused(spa.exchange(fresh, subject_token_type=HAND_OFF), "invalid_request")]
    told = [[(body["error_code"], body["error_description"]) for body in bodies] for bodies in (answers, again)]
    assert told[0] == told[1], "a spent code reads as a fresh one"
    refused(redeem(api, code, verifier), "invalid_request", "TX-HOF-04")
    assert granted(spa.userinfo(tokens["access_token"]))
    tokens = granted(spa.refresh(tokens["refresh_token"]))
    refused(redeem(spa, code, verifier), "invalid_request")  # its own client, with the verifier: a thief or he
    assert spa.userinfo(tokens["access_token"]).status_code == 401


def test_hand_off_gives_an_offline_session_where_the_rule_says_so(server):
    """It outlives the log-in that it came from, and ends by itself or by log-out in the app."""
    made = make_realm()
    for rule_id in ("after-legacy-login", "same-user"):
        found = find(made["exchangeRules"], "id", rule_id)
        found["result"]["refresh"] = {"kind": "offline", "maxAge": "30d"}
        found["risk"] = RISK
    started = server(made)
    api, spa = Client(started.url, "hand", "api", secret_of("api")), Client(started.url, "hand", "spa")
    web = Client(started.url, "hand", "web")
    login = granted(web.password("alice", "alice", scope="openid notes:read"))
    verifier, challenge = pkce()
    code = granted(make(api, challenge, login["access_token"], scope="openid offline_access"))["access_token"]
    tokens = granted(redeem(spa, code, verifier))
    claims = claims_of(tokens["access_token"])
    assert "offline_access" in tokens["scope"].split() and claims["sid"] != claims_of(login["access_token"])["sid"]
    assert tokens["refresh_expires_in"] > 24 * 3600
    assert web.logout(login["refresh_token"]).status_code == 204
    again = granted(spa.refresh(tokens["refresh_token"]))
    assert granted(spa.userinfo(again["access_token"]))["sub"] == claims["sub"]
    # Whoever redeems may leave it out, and who made it may not have asked.
    code, verifier = code_for(api, scope="openid offline_access")
    narrow = granted(redeem(spa, code, verifier, scope="openid"))
    assert "offline_access" not in narrow["scope"] and narrow["refresh_expires_in"] <= 36000
    code, verifier = code_for(api)
    assert "offline_access" not in granted(redeem(spa, code, verifier))["scope"]
    assert spa.logout(again["refresh_token"]).status_code == 204
    refused(spa.refresh(again["refresh_token"]), "invalid_grant")


def test_rule_without_leave_hands_no_offline_session_off(api):
    _, challenge = pkce()
    refused(make(api, challenge, requested_subject="alice", scope="openid offline_access"), "invalid_scope", "TX-RT-04")


def test_of_many_takers_at_once_at_most_one_wins_and_nothing_stays(api, spa, hand):
    code, verifier = code_for(api)
    answers = []

    def take():
        answers.append(redeem(Client(hand.url, "hand", "spa"), code, verifier))
    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1, [answer.text for answer in answers]
    refused(spa.refresh(won[0].json()["refresh_token"]), "invalid_grant")


def test_wrong_verifier_is_refused_and_does_not_use_the_code_up(api, spa):  # specs: NEG-24
    code, verifier = code_for(api)
    for wrong in (pkce()[0], "short", "", "é" * 50):
        refused(redeem(spa, code, wrong), "invalid_request")
    refused(spa.exchange(code, subject_token_type=HAND_OFF), "invalid_request")
    granted(redeem(spa, code, verifier))


def test_another_client_can_not_redeem(hand, api, spa):
    code, verifier = code_for(api)
    refused(redeem(Client(hand.url, "hand", "other"), code, verifier), "invalid_request")
    refused(redeem(api, code, verifier), "invalid_request", "TX-HOF-04")
    granted(redeem(spa, code, verifier))


def test_code_is_bound_to_the_origin(api, spa):
    """reqs: S2-16"""
    code, verifier = code_for(api, origin=ORIGIN)
    refused(redeem(spa, code, verifier), "invalid_request")
    answer = redeem(spa, code, verifier, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    granted(answer)


def test_code_is_bound_to_the_redirect_uri(api, spa):
    _, challenge = pkce()
    refused(make(api, challenge, requested_subject="alice", redirect_uri="https://evil.example/cb"),
            "invalid_request", "TX-HOF-06")
    code, verifier = code_for(api, redirect_uri=ORIGIN + "/cb")
    refused(redeem(spa, code, verifier), "invalid_request")
    refused(redeem(spa, code, verifier, redirect_uri=ORIGIN + "/other"), "invalid_request")
    granted(redeem(spa, code, verifier, redirect_uri=ORIGIN + "/cb"))


def test_same_user_moves_to_another_app_within_his_login(api, spa, web):
    """reqs: S2-9. Logging out there ends it here."""
    login = granted(web.password("alice", "alice", scope="openid notes:read"))
    verifier, challenge = pkce()
    code = granted(make(api, challenge, login["access_token"]))["access_token"]
    tokens = granted(redeem(spa, code, verifier))
    assert claims_of(tokens["access_token"])["sid"] == claims_of(login["access_token"])["sid"]
    again = granted(spa.refresh(tokens["refresh_token"]))
    assert web.logout(login["refresh_token"]).status_code == 204
    refused(spa.refresh(again["refresh_token"]), "invalid_grant")
    assert spa.userinfo(tokens["access_token"]).status_code == 401


def test_support_views_as_a_user_inside_the_app_until_she_logs_out(api, spa, web):
    """reqs: S0-27"""
    dora = granted(web.password("dora", "dora"))
    verifier, challenge = pkce()
    code = granted(make(api, challenge, dora["access_token"], requested_subject="alice"))["access_token"]
    tokens = granted(redeem(spa, code, verifier))
    act = claims_of(tokens["id_token"])["act"]
    assert act["preferred_username"] == "dora" and act["act"]["client_id"] == "api"
    again = granted(spa.refresh(tokens["refresh_token"]))
    assert claims_of(again["access_token"])["act"] == act
    assert web.logout(dora["refresh_token"]).status_code == 204
    refused(spa.refresh(again["refresh_token"]), "invalid_grant")
    assert spa.userinfo(again["access_token"]).status_code == 401


def test_code_dies_with_the_login_it_came_from(api, spa, web):
    login = granted(web.password("alice", "alice", scope="openid notes:read"))
    verifier, challenge = pkce()
    code = granted(make(api, challenge, login["access_token"]))["access_token"]
    assert web.logout(login["refresh_token"]).status_code == 204
    refused(redeem(spa, code, verifier), "invalid_request")


@pytest.mark.parametrize("name", ["code_challenge", "code_challenge_method", "origin", "acr", "amr",
                                  "redirect_uri", "code_verifier"])
def test_terms_of_a_hand_off_are_refused_where_none_is_made(api, web, name):
    token = granted(web.password("alice", "alice"))["access_token"]
    refused(api.exchange(token, audience="spa", **{name: "x"}), "invalid_request", "TX-PAR-02")


def test_redeeming_takes_nothing_else(api, spa, web):
    code, verifier = code_for(api)
    token = granted(web.password("alice", "alice"))["access_token"]
    refused(redeem(spa, code, verifier, actor_token=token), "invalid_request")
    refused(redeem(spa, code, verifier, requested_subject="dora"), "invalid_request")
    refused(redeem(spa, code, verifier, requested_token_type=ID_TOKEN), "invalid_request")
    refused(redeem(spa, code, verifier, scope="openid notes:write"), "invalid_scope")
    narrow = granted(redeem(spa, code, verifier, scope="openid"))
    assert narrow["scope"] == "openid"


def test_other_texts_are_no_codes(spa):  # specs: NEG-56
    for text in ("nonsense", "hc_" + "A" * 43, "cr_" + "A" * 43):
        refused(redeem(spa, text, pkce()[0]), "invalid_request")


def test_public_client_exchanges_nothing_but_a_hand_off(spa, web):
    token = granted(web.password("alice", "alice"))["access_token"]
    refused(spa.exchange(token, audience="notes"), "unauthorized_client")


def test_rule_that_is_gone_gives_nothing_any_more(server):
    started, change = changing_realm(server, make_realm())
    api = Client(started.url, "hand", "api", secret_of("api"))
    spa = Client(started.url, "hand", "spa")
    code, verifier = code_for(api)
    kept, kept_verifier = code_for(api)
    tokens = granted(redeem(spa, kept, kept_verifier))
    change(lambda made: find(made["exchangeRules"], "id", "after-legacy-login").update(enabled=False))
    refused(redeem(spa, code, verifier), "invalid_request")
    refused(spa.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize("edit", [
    lambda made: find(made["exchangeRules"], "id", "after-legacy-login")["requester"].update(clients=["notes"]),
    lambda made: find(made["clients"], "clientId", "api").update(enabled=False),
    lambda made: made["exchangeRules"].append({
        "id": "stop", "owner": "tests", "effect": "deny", "requester": {"clients": ["api"]},
        "target": {"audiences": ["spa"]}}),
    lambda made: find(made["users"], "username", "alice").update(groups=[])],
    ids=["rule names another client", "client is disabled", "denial of the client", "user left"])
def test_what_was_handed_over_ends_with_the_right_of_who_made_it(server, edit):
    started, change = changing_realm(server, make_realm())
    api = Client(started.url, "hand", "api", secret_of("api"))
    spa = Client(started.url, "hand", "spa")
    kept, kept_verifier = code_for(api)
    code, verifier = code_for(api)
    tokens = granted(redeem(spa, code, verifier))
    tokens = granted(spa.refresh(tokens["refresh_token"]))
    change(edit)
    assert spa.refresh(tokens["refresh_token"]).status_code == 400
    assert redeem(spa, kept, kept_verifier).status_code == 400


def test_bound_token_is_handed_to_a_client_that_binds_its_own_only(server):
    made = make_realm()
    made["clients"].append(public_client("keyed", attributes={"dpop.bound.access.tokens": "true"}))
    made["exchangeRules"].append(handing("keyed", "api", "keyed", session="join",
                                         scopes=["openid", "notes:read"]))
    started = server(made)
    web, api = Client(started.url, "hand", "web"), Client(started.url, "hand", "api", secret_of("api"))
    key, own = DpopKey(), DpopKey()
    url = web.endpoint("token")
    for rule_id in ("same-user", "keyed"):
        find(made["exchangeRules"], "id", rule_id)["subject"]["rebind"] = True
    reload(started, made)
    login = granted(web.token("password", username="alice", password="alice", scope="openid",
                              headers={"DPoP": key.proof(url)}))["access_token"]
    verifier, challenge = pkce()
    refused(make(api, challenge, login, headers={"DPoP": own.proof(url)}), "invalid_request", "TX-POP-08")
    code = granted(make(api, challenge, login, audience="keyed",
                        headers={"DPoP": own.proof(url)}))["access_token"]
    keyed = Client(started.url, "hand", "keyed")
    assert redeem(keyed, code, verifier).status_code == 400
    spas = DpopKey()
    tokens = granted(redeem(keyed, code, verifier, headers={"DPoP": spas.proof(url)}))
    assert claims_of(tokens["access_token"])["cnf"] == {"jkt": spas.thumbprint}


def test_first_token_of_a_hand_off_ends_with_what_it_was_made_from(server):
    made = make_realm()
    made["clients"].append(public_client("brief", sent_to=["api"], optional=["notes:read"],
                                         attributes={"access.token.lifespan": "20"}))
    started = server(made)
    api, spa = Client(started.url, "hand", "api", secret_of("api")), Client(started.url, "hand", "spa")
    login = granted(Client(started.url, "hand", "brief").password("alice", "alice", scope="openid"))
    verifier, challenge = pkce()
    code = granted(make(api, challenge, login["access_token"]))["access_token"]
    tokens = granted(redeem(spa, code, verifier))
    assert claims_of(tokens["access_token"])["exp"] <= claims_of(login["access_token"])["exp"]


def test_nothing_is_stated_of_a_login_that_is_joined(server):
    made = make_realm()
    find(made["exchangeRules"], "id", "same-user")["result"]["statements"] = {"acr": ["2"]}
    started = server(made)
    login = granted(Client(started.url, "hand", "web").password("alice", "alice", scope="openid"))
    refused(make(Client(started.url, "hand", "api", secret_of("api")), pkce()[1],
                 login["access_token"], acr="2"), "invalid_request", "TX-HOF-06")
