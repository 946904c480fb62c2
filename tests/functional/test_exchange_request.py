# SPDX-License-Identifier: Apache-2.0
"""The form of the request: nothing is guessed, nothing is silently ignored."""
import subprocess

import pytest
import requests

from support.client import ACCESS_TOKEN, EXCHANGE, ID_TOKEN, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, user


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "myrealm",
        clients=[public_client("web", sent_to=["token-exchange-client"]),
                 client("token-exchange-client", serviceAccountsEnabled=True),
                 client("target-audience")],
        users=[user("alice")],
        rules=[rule("hello", "token-exchange-client", "target-audience")]))


@pytest.fixture(scope="module")
def token(shop):
    return granted(Client(shop.url, "myrealm", "web").password("alice", "alice"))["access_token"]


@pytest.fixture
def exchanger(shop):
    return Client(shop.url, "myrealm", "token-exchange-client", secret_of("token-exchange-client"))


def test_curl_of_the_guide_works_with_host_realm_and_secret_changed(shop, token):
    done = subprocess.run(
        ["curl", "-sS", "-w", "\n%{http_code}", "-X", "POST",
         "-u", f"token-exchange-client:{secret_of('token-exchange-client')}",
         "-d", "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
         "-d", f"subject_token={token}",
         "-d", "subject_token_type=urn:ietf:params:oauth:token-type:access_token",
         "-d", "requested_token_type=urn:ietf:params:oauth:token-type:access_token",
         "-d", "audience=target-audience",
         f"{shop.url}/realms/myrealm/protocol/openid-connect/token"],
        capture_output=True, text=True, check=True, timeout=30)
    body, status = done.stdout.rsplit("\n", 1)
    assert status == "200", done.stdout
    issued = requests.models.complexjson.loads(body)
    claims = decode(issued["access_token"])[1]
    assert claims["aud"] == "target-audience" and claims["azp"] == "token-exchange-client"
    assert issued["issued_token_type"] == ACCESS_TOKEN


@pytest.mark.parametrize("name", ["requested_issuer", "authorization_details"])
def test_parameters_that_can_not_be_honoured_are_refused(exchanger, token, name):
    body = refused(exchanger.exchange(token, **{name: "alice"}), "invalid_request", "TX-PAR-02")
    assert name in body["error_description"], "it says which"
    granted(exchanger.exchange(token, **{name: ""}))  # RFC 6749 section 3.2: not sent


def test_actor_token_and_requested_subject_are_never_ignored(exchanger, token):  # errors: E23, E24
    """specs: TX-16"""
    account = granted(exchanger.client_credentials())["access_token"]
    refused(exchanger.exchange(token, actor_token=account), "invalid_target", "TX-ACT-09")
    refused(exchanger.exchange(token, requested_subject="alice"), "invalid_target", "TX-IMP-02")


@pytest.mark.parametrize("half", [{"actor_token": "x", "actor_token_type": None},
                                  {"actor_token_type": ACCESS_TOKEN}])
def test_actor_token_and_its_type_come_together(exchanger, token, half):
    refused(exchanger.exchange(token, **half), "invalid_request", "TX-PAR-08")


def test_all_missing_parameters_are_named_at_once(exchanger):
    body = refused(exchanger.token(EXCHANGE), "invalid_request", "TX-PAR-04")
    assert "subject_token, subject_token_type" in body["error_description"]
    assert "subject_token_type=" in body["hint"], "an example"


@pytest.mark.parametrize("form", [
    {"subject_token": "", "subject_token_type": ACCESS_TOKEN},
    {"subject_token_type": ACCESS_TOKEN}])
def test_empty_subject_token_is_a_missing_one(exchanger, form):  # specs: TOK-03
    body = refused(exchanger.token(EXCHANGE, **form), "invalid_request", "TX-PAR-04")
    assert "subject_token" in body["error_description"]


@pytest.mark.parametrize("form", [{"subject_token_type": ""}, {"subject_token_type": None}])
def test_empty_subject_token_type_is_a_missing_one(exchanger, token, form):  # specs: TOK-03
    refused(exchanger.exchange(token, **form), "invalid_request", "TX-PAR-04")


@pytest.mark.parametrize("name", ["subject_token", "subject_token_type", "requested_token_type",
                                  "scope", "grant_type", "client_id", "unheard_of"])
def test_repeated_parameters_are_refused(exchanger, token, name):  # specs: TOK-04
    value = {"subject_token": token, "subject_token_type": ACCESS_TOKEN, "grant_type": EXCHANGE,
             "requested_token_type": ACCESS_TOKEN, "client_id": "token-exchange-client"}
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN,
            name: [value.get(name, "x")] * 2}
    refused(exchanger.post("token", form), "invalid_request", "TX-PAR-05")


def test_repeated_parameter_with_an_escaped_name_is_found_too(shop, exchanger, token):
    # specs: TOK-06
    body = (f"grant_type={EXCHANGE}&grant%5Ftype=password&subject_token={token}"
            f"&subject_token_type={ACCESS_TOKEN}")
    response = requests.post(exchanger.endpoint("token"), data=body, timeout=15, headers={
        "Content-Type": "application/x-www-form-urlencoded"},
        auth=("token-exchange-client", secret_of("token-exchange-client")))
    refused(response, "invalid_request", "TX-PAR-05")


def test_typo_in_the_grant_type_is_answered_with_the_right_one(exchanger, token):  # specs: TOK-14; errors: E38
    wrong = EXCHANGE.replace("token-exchange", "token_exchange")
    body = refused(exchanger.token(wrong, subject_token=token, subject_token_type=ACCESS_TOKEN),
                   "unsupported_grant_type", "TX-GRT-01")
    assert EXCHANGE in body["error_description"]


@pytest.mark.parametrize("grant", [EXCHANGE.upper(), "authorization_code", "nonsense",
                                   "urn:openid:params:grant-type:ciba"])
def test_other_grant_types_are_unsupported(exchanger, grant):  # specs: TOK-14
    refused(exchanger.token(grant), "unsupported_grant_type", "TX-GRT-01")


def test_missing_grant_type_is_named(exchanger):  # specs: TOK-14
    body = refused(exchanger.post("token", {"scope": "x"}), "invalid_request", "TX-PAR-04")
    assert "grant_type" in body["error_description"]


def test_parameters_in_the_query_are_refused(exchanger, token):  # specs: TOK-01, TOK-06
    response = exchanger.http.post(
        exchanger.endpoint("token") + "?audience=target-audience", timeout=15,
        data={"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN},
        auth=("token-exchange-client", secret_of("token-exchange-client")))
    refused(response, "invalid_request", "TX-PAR-01")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data",
                                          "application/x-www-form-urlencodedx", ""])
def test_other_content_types_are_refused(exchanger, token, content_type):  # specs: TOK-02
    response = exchanger.post("token", {
        "grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN},
        headers={"Content-Type": content_type})
    refused(response, "invalid_request", "TX-PAR-07")


def test_content_type_with_a_charset_is_taken(exchanger, token):  # specs: TOK-02
    granted(exchanger.exchange(token, headers={
        "Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}))


def test_unknown_parameters_are_ignored(exchanger, token):  # specs: TOK-05
    granted(exchanger.exchange(token, unheard_of="x"))


@pytest.mark.parametrize("extra", [
    {"refresh_token": "x"}, {"username": "root", "password": "root"}, {"code": "x"},
    {"assertion": "x"}])
def test_parameters_of_other_grants_are_refused(exchanger, token, extra):  # specs: NEG-29
    body = refused(exchanger.exchange(token, **extra), "invalid_request", "TX-PAR-02")
    assert next(iter(extra)) in body["error_description"]


@pytest.mark.parametrize("resource", ["billing", "/api", "https://a.example/#part", "http://",
                                      "https://a b.example"])
def test_resource_must_be_an_absolute_uri_without_fragment(exchanger, token, resource):
    # specs: RES-01, RES-02
    refused(exchanger.exchange(token, resource=resource), "invalid_target")


@pytest.mark.parametrize("body", ["%", "a=%zz", "a=%00", "=x", "a=%ff", "a=%0g"])
def test_malformed_form_is_refused(exchanger, body):  # specs: TOK-07
    response = requests.post(exchanger.endpoint("token"), data=body, timeout=15, headers={
        "Content-Type": "application/x-www-form-urlencoded"})
    refused(response, "invalid_request", "TX-PAR-01")


def test_long_parameters_are_refused_by_name_of_the_limit(exchanger, token):
    # specs: TOK-32, NEG-60
    refused(exchanger.exchange(token, audience="a" * 5000), "invalid_request", "TX-PAR-06")
    refused(exchanger.exchange("e" * 17000), "invalid_request")


def test_body_beyond_the_limit_is_413(exchanger):  # specs: TOK-32, NEG-60
    response = exchanger.post("token", {"grant_type": EXCHANGE, "scope": "x" * 70000})
    assert response.status_code == 413


def test_too_many_targets_are_refused(exchanger, token):  # specs: TOK-32, NEG-60
    for number in (20, 65):
        refused(exchanger.exchange(token, audience=[f"a{i}" for i in range(number)]),
                "invalid_target", "TX-TGT-06")


def test_proof_that_is_none_is_refused_and_not_overlooked(exchanger, token):
    refused(exchanger.exchange(token, headers={"DPoP": "x.y.z"}), "invalid_dpop_proof",
            "TX-POP-02")


def test_error_texts_never_reflect_what_was_sent(exchanger, token):  # specs: TOK-16
    probe = "<script>alert(1)</script>"
    for response in (exchanger.exchange(token, audience=probe), exchanger.token(probe),
                     exchanger.exchange(token, scope=probe.replace(" ", "")),
                     exchanger.exchange(token, requested_token_type=probe),
                     exchanger.exchange(token, **{probe: ["1", "2"]}),
                     exchanger.exchange(probe)):
        body = response.json()
        assert response.status_code == 400
        assert "script" not in body["error_description"], body
        assert not set(body["error_description"]) & set('"\\')


def test_declared_id_token_that_is_an_access_token_is_refused(exchanger, token):  # specs: NEG-31
    body = refused(exchanger.exchange(token, subject_token_type=ID_TOKEN), "invalid_request")
    assert body["error_code"] in ("TX-TYP-01", "TX-TYP-06"), body
