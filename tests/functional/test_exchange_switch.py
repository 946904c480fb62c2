# SPDX-License-Identifier: Apache-2.0
"""Keycloak's standard token exchange, by its own client switch and nothing else."""
import base64
import hashlib

import pytest

from support.client import ACCESS_TOKEN, ID_TOKEN, REFRESH_TOKEN, Client, decode, granted, refused
from support.realms import (client, public_client, realm, scope, secret_of, switched_client, user)

SAML2 = "urn:ietf:params:oauth:token-type:saml2"


def make_realm(**more):
    return realm(
        "shop",
        scopes=[scope("billing", "billing-api", shown=False), scope("ledger", "ledger-api"),
                scope("reports", "reports-api"), scope("closed", "closed-api", shown=False),
                scope("invoice:read"), scope("for-admins", "ledger-api")],
        clients=[
            public_client("web", sent_to=["gateway", "plain", "no-refresh", "rfc9068"]),
            public_client("kiosk", attributes={"standard.token.exchange.enabled": "true"},
                          sent_to=["kiosk"]),
            switched_client("gateway", refresh=True, scopes=["billing", "ledger", "closed"],
                            optional=["reports", "invoice:read", "offline_access"],
                            directAccessGrantsEnabled=True),
            switched_client("no-refresh", scopes=["billing"]),
            switched_client("outsider", scopes=["billing"]),
            switched_client("job", refresh=True, scopes=["billing"], serviceAccountsEnabled=True),
            switched_client("rfc9068", scopes=["billing"],
                            attributes={"access.token.header.type.rfc9068": "true",
                                        "token.response.type.bearer.lower-case": "true"}),
            client("plain", scopes=["billing"]),
            client("billing-api", attributes={"resource_url": "https://billing.example/api"}),
            client("ledger-api", fullScopeAllowed=False), client("reports-api"),
            client("closed-api", enabled=False), client("lonely-api")],
        users=[user("alice", clientRoles={"ledger-api": ["clerk"], "reports-api": ["reader"]}),
               user("bob")],
        roles={"client": {"ledger-api": [{"name": "clerk"}], "reports-api": [{"name": "reader"}]}},
        **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm(), make_realm(errorDialect="keycloak") | {"realm": "kc"})


@pytest.fixture(scope="module")
def alice(shop):
    return granted(Client(shop.url, "shop", "web").password("alice", "alice", scope="openid"))


@pytest.fixture
def gateway(shop):
    return Client(shop.url, "shop", "gateway", secret_of("gateway"))


def named(shop, name, realm_name="shop"):
    return Client(shop.url, realm_name, name, secret_of(name))


def audience_of(token):
    aud = decode(token)[1].get("aud", [])
    return sorted([aud] if isinstance(aud, str) else aud)


def test_exchange_without_audience_reaches_what_the_client_scopes_yield(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"]))
    _, claims = gateway.verify(answer["access_token"])
    assert {"billing-api", "ledger-api"} <= set(audience_of(answer["access_token"]))
    assert "closed-api" not in audience_of(answer["access_token"]), "a disabled client"
    assert claims["azp"] == claims["client_id"] == "gateway"
    assert claims["sub"] == decode(alice["access_token"])[1]["sub"]
    assert answer["issued_token_type"] == ACCESS_TOKEN
    assert answer["token_type"] == "Bearer"
    assert "refresh_token" not in answer and "id_token" not in answer


def test_exchange_answer_is_never_cached_and_carries_its_trace_id(gateway, alice):
    response = gateway.exchange(alice["access_token"])
    granted(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    assert response.headers["Content-Type"] == "application/json"
    assert len(response.headers["Cambist-Trace-Id"]) == 26


def test_expires_in_agrees_with_exp_of_the_token(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"]))
    _, claims = decode(answer["access_token"])
    assert abs(claims["exp"] - claims["iat"] - answer["expires_in"]) <= 1
    assert isinstance(answer["expires_in"], int)


def test_audience_parameter_restricts_the_token_to_that_audience(gateway, alice):  # specs: TX-82
    answer = granted(gateway.exchange(alice["access_token"], audience="billing-api"))
    assert decode(answer["access_token"])[1]["aud"] == "billing-api", "one audience is a string"


def test_several_audiences_become_an_array(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"],
                                      audience=["billing-api", "ledger-api"]))
    assert decode(answer["access_token"])[1]["aud"] == ["billing-api", "ledger-api"]


def test_same_audience_twice_is_one_audience(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"],
                                      audience=["billing-api", "billing-api"]))
    assert decode(answer["access_token"])[1]["aud"] == "billing-api"


def test_restricted_token_holds_no_roles_of_other_clients(gateway, alice):
    wide = decode(granted(gateway.exchange(alice["access_token"]))["access_token"])[1]
    assert wide["resource_access"]["ledger-api"]["roles"] == ["clerk"]
    narrow = granted(gateway.exchange(alice["access_token"], audience="billing-api"))
    claims = decode(narrow["access_token"])[1]
    assert set(claims.get("resource_access", {})) <= {"billing-api"}
    ledger = granted(gateway.exchange(alice["access_token"], audience="ledger-api"))
    assert decode(ledger["access_token"])[1]["resource_access"] == {
        "ledger-api": {"roles": ["clerk"]}}


def test_resource_is_found_by_the_resource_url_of_a_client(gateway, alice):  # specs: RES-06
    answer = granted(gateway.exchange(alice["access_token"],
                                      resource="https://billing.example/api"))
    assert audience_of(answer["access_token"]) == ["https://billing.example/api"]


def test_unknown_resource_is_refused_as_invalid_target(gateway, alice):  # specs: RES-02
    refused(gateway.exchange(alice["access_token"], resource="https://billing.example/api/"),
            "invalid_target", "TX-TGT-02")


def test_resource_with_a_fragment_is_refused(gateway, alice):  # specs: RES-01
    refused(gateway.exchange(alice["access_token"], resource="https://billing.example/api#x"),
            "invalid_target", "TX-TGT-05")


def test_optional_scope_is_added_on_request_and_brings_its_audience(gateway, alice):
    without = granted(gateway.exchange(alice["access_token"]))
    assert "reports" not in without["scope"].split()
    with_it = granted(gateway.exchange(alice["access_token"], scope="reports"))
    assert "reports" in with_it["scope"].split()
    assert "reports-api" in audience_of(with_it["access_token"])
    assert decode(with_it["access_token"])[1]["scope"].split() == with_it["scope"].split()


def test_scope_that_the_client_does_not_have_is_refused_by_name(gateway, alice):
    # specs: TOK-15, NEG-17
    body = refused(gateway.exchange(alice["access_token"], scope="ledger nonsense"),
                   "invalid_scope", "TX-SCP-01")
    assert "nonsense" in body["hint"] and "ledger" not in body["hint"].split("'")[1]


def test_requested_id_token_travels_in_access_token(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"], requested_token_type=ID_TOKEN,
                                      scope="openid"))
    assert answer["issued_token_type"] == ID_TOKEN
    assert answer["token_type"] == "N_A"
    _, claims = gateway.verify(answer["access_token"])
    assert claims["aud"] == claims["azp"] == "gateway"
    assert claims["typ"] == "ID" and "nonce" not in claims
    assert claims["sub"] == decode(alice["access_token"])[1]["sub"]


def test_scope_openid_adds_an_id_token_whose_at_hash_fits(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"], scope="openid"))
    header, claims = gateway.verify(answer["id_token"])
    assert claims["aud"] == "gateway"
    assert claims["at_hash"] == at_hash(header["alg"], answer["access_token"])
    assert claims["auth_time"] == decode(alice["id_token"])[1]["auth_time"]


def at_hash(alg, token):
    digest = hashlib.new(f"sha{alg[-3:]}", token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:len(digest) // 2]).rstrip(b"=").decode()


def test_requested_refresh_token_travels_alone_in_access_token_and_refreshes(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"], requested_token_type=REFRESH_TOKEN,
                                      audience="billing-api"))
    assert answer["issued_token_type"] == REFRESH_TOKEN and answer["token_type"] == "N_A"
    assert not {"refresh_token", "refresh_expires_in", "id_token"} & set(answer)
    assert answer["expires_in"] > 0
    again = granted(gateway.refresh(answer["access_token"]))
    claims = decode(again["access_token"])[1]
    assert claims["aud"] == "billing-api", "the audience restriction stays"
    assert claims["azp"] == "gateway"
    assert claims["sid"] == decode(alice["access_token"])[1]["sid"]


def test_refresh_token_is_refused_without_the_second_switch(shop, alice):  # specs: TX-40
    refused(named(shop, "no-refresh").exchange(alice["access_token"],
                                               requested_token_type=REFRESH_TOKEN),
            "invalid_request", "TX-RT-02")


def test_refresh_token_of_a_service_account_is_refused_it_has_no_session(shop):
    job = named(shop, "job")
    own = granted(job.client_credentials())["access_token"]
    refused(job.exchange(own, requested_token_type=REFRESH_TOKEN), "invalid_request", "TX-RT-03")


def test_service_account_exchanges_its_own_token(shop):  # errors: E30
    job = named(shop, "job")
    own = granted(job.client_credentials())["access_token"]
    answer = granted(job.exchange(own, audience="billing-api"))
    claims = decode(answer["access_token"])[1]
    assert claims["aud"] == "billing-api"
    assert claims["sub"] == decode(own)[1]["sub"]
    assert "sid" not in claims


def test_client_exchanges_a_token_that_it_holds_itself(gateway):  # specs: TX-81
    own = granted(gateway.password("alice", "alice"))["access_token"]
    assert "gateway" not in audience_of(own)
    granted(gateway.exchange(own, audience="ledger-api"))


def test_offline_access_is_refused_and_not_dropped(gateway, alice):  # errors: E13, E24
    for kind in (ACCESS_TOKEN, REFRESH_TOKEN):
        refused(gateway.exchange(alice["access_token"], scope="offline_access",
                                 requested_token_type=kind), "invalid_scope", "TX-RT-04")


def test_session_of_the_subject_is_kept(gateway, alice):  # specs: TX-85
    answer = granted(gateway.exchange(alice["access_token"]))
    assert decode(answer["access_token"])[1]["sid"] == decode(alice["access_token"])[1]["sid"]


def test_exchange_leaves_the_subject_token_as_it_was(shop, gateway, alice):
    granted(gateway.exchange(alice["access_token"]))
    granted(gateway.exchange(alice["access_token"]))
    assert granted(Client(shop.url, "shop", "web").userinfo(alice["access_token"]))["sub"]


def test_exchanged_token_opens_userinfo_with_scope_openid(gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"], scope="openid"))
    info = granted(gateway.userinfo(answer["access_token"]))
    assert info["sub"] == decode(alice["access_token"])[1]["sub"]
    assert info["preferred_username"] == "alice"


def test_exchanged_token_is_active_for_its_audience(shop, gateway, alice):
    answer = granted(gateway.exchange(alice["access_token"], audience="billing-api"))
    seen = granted(named(shop, "billing-api").introspect(answer["access_token"]))
    assert seen["active"] is True and seen["client_id"] == "gateway"
    assert seen["username"] == "alice"


def test_rfc9068_header_and_lower_case_bearer_follow_the_client(shop, alice):  # specs: ATJ-01
    answer = granted(named(shop, "rfc9068").exchange(alice["access_token"]))
    assert answer["token_type"] == "bearer"
    assert decode(answer["access_token"])[0]["typ"] == "at+jwt"


def test_token_ids_are_never_reused(gateway, alice):
    ids = {decode(granted(gateway.exchange(alice["access_token"]))["access_token"])[1]["jti"]
           for _ in range(20)}
    assert len(ids) == 20
    assert all(one.split(":")[0][-2:] == "te" for one in ids), ids


# Keycloak's list of refusals (its checks in order), in our words.

def test_exchange_refuses_an_id_token_declared_as_access_token(gateway, alice):  # specs: NEG-30
    refused(gateway.exchange(alice["id_token"]), "invalid_request", "TX-TYP-01")


@pytest.mark.parametrize("declared", [SAML2, "urn:acme:ticket", "access_token"])
def test_exchange_refuses_other_subject_token_types(gateway, alice, declared):
    refused(gateway.exchange(alice["access_token"], subject_token_type=declared),
            "invalid_request", "TX-TYP-05")


@pytest.mark.parametrize("wanted, code", [
    (SAML2, "TX-TYP-03"), ("urn:ietf:params:oauth:token-type:jwt", "TX-TYP-03"),
    ("urn:acme:ticket", "TX-TYP-02")])
def test_exchange_refuses_requested_types_that_no_switch_gives(gateway, alice, wanted, code):
    refused(gateway.exchange(alice["access_token"], requested_token_type=wanted),
            "invalid_request", code)


def test_exchange_refuses_an_audience_that_is_no_client(gateway, alice):  # specs: NEG-09
    refused(gateway.exchange(alice["access_token"], audience="biling-api"),
            "invalid_target", "TX-TGT-02")


def test_exchange_refuses_a_public_client_before_it_looks_at_the_token(shop):  # specs: TX-17
    kiosk = Client(shop.url, "shop", "kiosk")
    refused(kiosk.exchange("nonsense"), "unauthorized_client", "TX-PUB-01")
    own = granted(kiosk.password("alice", "alice"))["access_token"]
    refused(kiosk.exchange(own), "unauthorized_client", "TX-PUB-01")


def test_exchange_refuses_a_disabled_target(gateway, alice):
    refused(gateway.exchange(alice["access_token"], audience="closed-api"),
            "invalid_target", "TX-TGT-03")


def test_exchange_refuses_token_for_other_audience(shop, alice):  # specs: JWB-10, NEG-10, TX-81
    body = refused(named(shop, "outsider").exchange(alice["access_token"]),
                   "invalid_request", "TX-BND-01")
    assert "web" in body["hint"], "who holds the token"


def test_exchange_refuses_an_audience_out_of_reach_and_does_not_narrow(gateway, alice):
    # specs: NEG-09, NEG-15, TX-51, TX-80
    refused(gateway.exchange(alice["access_token"], audience="lonely-api"), "invalid_target")
    refused(gateway.exchange(alice["access_token"], audience=["billing-api", "lonely-api"]),
            "invalid_target")


def test_exchange_refuses_a_client_without_switch_and_rule(shop, alice):
    body = refused(named(shop, "plain").exchange(alice["access_token"]),
                   "unauthorized_client", "TX-CLI-02")
    assert "standard.token.exchange.enabled" in body["hint"]


def test_keycloak_dialect_answers_with_keycloaks_status_code_and_text(shop):
    token = granted(Client(shop.url, "kc", "web").password("alice", "alice"))["access_token"]
    gate = named(shop, "gateway", "kc")
    rows = [
        (named(shop, "outsider", "kc").exchange(token), 403, "access_denied",
         "Client is not within the token audience"),
        (named(shop, "plain", "kc").exchange(token), 400, "invalid_request",
         "Standard token exchange is not enabled for the requested client"),
        (gate.exchange("nonsense"), 400, "invalid_request", "Invalid token"),
        (gate.exchange(token, audience="nobody"), 400, "invalid_client", "Audience not found"),
        (gate.exchange(token, audience="closed-api"), 400, "invalid_client", "Client disabled"),
        (gate.exchange(token, audience="lonely-api"), 400, "invalid_request",
         "Requested audience not available: lonely-api"),
        (gate.exchange(token, requested_token_type=SAML2), 400, "invalid_request",
         "requested_token_type unsupported"),
        (gate.exchange(token, subject_token_type=SAML2), 400, "invalid_request",
         "Parameter 'subject_token' supports access tokens only"),
        (gate.exchange(token, scope="nonsense"), 400, "invalid_scope",
         "Invalid scopes: nonsense"),
        (Client(shop.url, "kc", "kiosk").exchange(token), 400, "invalid_client",
         "Public client is not allowed to exchange token")]
    for response, status, error, text in rows:
        body = refused(response, error, status=status)
        assert body["error_description"] == text


def test_keycloak_dialect_has_keycloaks_members_in_the_answer(shop):
    token = granted(Client(shop.url, "kc", "web").password("alice", "alice"))["access_token"]
    answer = granted(named(shop, "gateway", "kc").exchange(token))
    assert answer["not-before-policy"] == 0 and answer["refresh_expires_in"] == 0
    assert answer["session_state"] == decode(token)[1]["sid"]
    assert "refresh_token" not in answer
