# SPDX-License-Identifier: Apache-2.0
"""RFC 6749 line by line: the token endpoint, its answers and its errors, for every grant.

`specs: TOK-nn` is the number of the line in our checklist of the standard.
"""
import base64
import itertools
import re

import pytest
import requests

from support.client import EXCHANGE, Client, decode, granted, read_json, refused
from support.realms import (client, public_client, realm, scope, secret_of, switched_client, user)

FORM = "application/x-www-form-urlencoded"
# Section 5.2: what error_description may hold.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "oauth", scopes=[scope("read"), scope("write"), scope("basics")],
        clients=[public_client("web", optional=["read", "write"], sent_to=["gate"]),
                 public_client("spa"), client("plain"),
                 client("job", serviceAccountsEnabled=True, scopes=["basics"],
                        optional=["read", "write"]),
                 switched_client("gate", refresh=True, optional=["read"],
                                 directAccessGrantsEnabled=True)],
        users=[user("alice"), user("spaced", password="pass word+1%")]))


def named(shop, name):
    return Client(shop.url, "oauth", name, secret_of(name))


@pytest.fixture
def web(shop):
    return Client(shop.url, "oauth", "web")


def raw(shop, body, headers=None, name="token"):
    return requests.post(f"{shop.url}/realms/oauth/protocol/openid-connect/{name}", data=body,
                         timeout=15, headers={"Content-Type": FORM, **(headers or {})})


def answers(shop):
    """Name and response of each grant that succeeds."""
    web, gate = Client(shop.url, "oauth", "web"), named(shop, "gate")
    login = web.password("alice", "alice", scope="openid")
    yield "password", login
    yield "refresh_token", web.refresh(login.json()["refresh_token"])
    yield "client_credentials", named(shop, "job").client_credentials()
    yield "token_exchange", gate.exchange(login.json()["access_token"])


def errors(shop):
    """Name, expected error and status, and response of each kind of refusal."""
    web, job, gate = Client(shop.url, "oauth", "web"), named(shop, "job"), named(shop, "gate")
    yield "no grant type", "invalid_request", 400, web.post("token", {"scope": "read"})
    yield "broken form", "invalid_request", 400, raw(shop, "grant_type=%zz")
    yield "repeated", "invalid_request", 400, web.token("password", username=["a", "b"])
    yield "grant type", "unsupported_grant_type", 400, web.token("nonsense")
    yield "unknown client", "invalid_client", 401, Client(
        shop.url, "oauth", "nobody", "x").client_credentials()
    yield "wrong secret", "invalid_client", 401, Client(
        shop.url, "oauth", "job", "x").client_credentials()
    yield "no service account", "unauthorized_client", 400, named(
        shop, "plain").client_credentials()
    yield "wrong password", "invalid_grant", 400, web.password("alice", "wrong")
    yield "refresh token", "invalid_grant", 400, web.refresh("nonsense")
    yield "unknown scope", "invalid_scope", 400, job.client_credentials(scope="admin")
    yield "subject token", "invalid_request", 400, gate.exchange("nonsense")
    yield "target", "invalid_target", 400, gate.exchange(
        web.password("alice", "alice").json()["access_token"], audience="nobody")


# Section 3.2: the request.

@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_token_endpoint_takes_post_only(shop, method):  # specs: TOK-01
    response = requests.request(
        method, f"{shop.url}/realms/oauth/protocol/openid-connect/token", timeout=15,
        params={"grant_type": "password", "client_id": "web", "username": "alice",
                "password": "alice"})
    assert response.status_code == 405 and "access_token" not in response.text
    assert "POST" in response.headers["Allow"].split(", ")


def test_parameters_of_the_query_are_never_credentials(shop):  # specs: TOK-01, TOK-19
    url = f"{shop.url}/realms/oauth/protocol/openid-connect/token"
    for query, form in (
            ({"client_id": "job", "client_secret": secret_of("job")}, {}),
            ({"client_secret": secret_of("job")}, {"client_id": "job"}),
            ({"grant_type": "client_credentials"}, {"client_id": "job",
                                                    "client_secret": secret_of("job")})):
        form = form if "grant_type" in query else {"grant_type": "client_credentials", **form}
        response = requests.post(url, params=query, data=form, timeout=15)
        assert response.status_code in (400, 401) and "access_token" not in response.text
    granted(requests.post(url, timeout=15, data={
        "grant_type": "client_credentials", "client_id": "job", "client_secret": secret_of("job")}))


@pytest.mark.parametrize("content_type", [None, "", "application/json", FORM + "-x", "text/plain"])
def test_body_that_is_no_form_is_invalid_request(shop, content_type):  # specs: TOK-02
    request = requests.Request(
        "POST", f"{shop.url}/realms/oauth/protocol/openid-connect/token",
        data=b"grant_type=password&client_id=web&username=alice&password=alice").prepare()
    request.headers.pop("Content-Type", None)
    if content_type is not None:
        request.headers["Content-Type"] = content_type
    with requests.Session() as session:
        refused(session.send(request, timeout=15), "invalid_request", "TX-PAR-07")


def test_parameter_without_a_value_is_as_if_not_sent(web, shop):  # specs: TOK-03
    answer = granted(web.password("alice", "alice", scope=""))
    assert answer["scope"] == granted(web.password("alice", "alice"))["scope"]
    body = refused(web.token("password", username="", password="x"), "invalid_request", "TX-PAR-04")
    assert "username" in body["error_description"]
    refused(web.token(""), "invalid_request", "TX-PAR-04")
    granted(raw(shop, "grant_type=client_credentials&client_id=job&client_secret="
                + secret_of("job") + "&scope&unheard_of"))


@pytest.mark.parametrize("name", ["grant_type", "client_id", "username", "password", "scope",
                                  "unheard_of"])
def test_parameter_sent_twice_is_invalid_request(web, name):  # specs: TOK-04
    form = {"grant_type": "password", "client_id": "web", "username": "alice",
            "password": "alice", "scope": "read", "unheard_of": "x"}
    granted(web.post("token", form))
    refused(web.post("token", {**form, name: [form[name]] * 2}), "invalid_request", "TX-PAR-05")


def test_unknown_parameters_are_ignored_by_every_grant(shop, web):  # specs: TOK-05
    extra = {"unheard_of": "x", "prompt": "none", "Scope": "admin", "grant-type": "x"}
    login = granted(web.password("alice", "alice", **extra))
    granted(web.refresh(login["refresh_token"], **extra))
    granted(named(shop, "job").client_credentials(**extra))
    granted(named(shop, "gate").exchange(login["access_token"], **extra))


def test_values_are_form_decoded_and_must_be_text(shop):  # specs: TOK-07
    start = "grant_type=password&client_id=web&username=spaced&password="
    for encoded in ("pass+word%2B1%25", "pass%20word%2b1%25", "%70ass+word%2B1%25"):
        granted(raw(shop, start + encoded))
    refused(raw(shop, start + "pass%2Bword%2B1%25"), "invalid_grant")
    for broken in ("x%00", "x%ff", "x%c3", "%", "%4", "%4g", "x%ed%a0%80", "%c0%80"):
        refused(raw(shop, start + broken), "invalid_request", "TX-PAR-01")


# Section 5.1: the answer.

def test_every_grant_answers_with_the_members_of_the_standard(shop):  # specs: TOK-08
    for name, response in answers(shop):
        answer = granted(response)
        assert answer["token_type"] == "Bearer", name
        claims = decode(answer["access_token"])[1]
        assert abs(claims["exp"] - claims["iat"] - answer["expires_in"]) <= 1, name
        assert set(answer["scope"].split()) == set(claims["scope"].split()), name


def test_scope_is_told_where_it_is_not_what_was_asked(shop):  # specs: TOK-08
    answer = granted(named(shop, "job").client_credentials(scope="read"))
    assert {"read", "basics"} <= set(answer["scope"].split())
    assert "write" not in answer["scope"].split()


def test_nothing_that_the_token_endpoint_says_is_stored(shop):  # specs: TOK-09
    told = [(name, response) for name, response in answers(shop)]
    told += [(name, response) for name, _, _, response in errors(shop)]
    assert len(told) == 16
    for name, response in told:
        assert response.headers["Cache-Control"] == "no-store", name
        assert response.headers["Pragma"] == "no-cache", name


# Section 5.2: errors.

def test_errors_are_json_with_their_status_and_code(shop):
    # specs: TOK-10, TOK-12, TOK-13, TOK-14, TOK-15
    for name, error, status, response in errors(shop):
        body = refused(response, error, status=status)
        assert {"error", "error_description"} <= set(body), name
        assert all(isinstance(value, str) for value in body.values()), name
        assert response.headers["Content-Type"] == "application/json", name
        assert ("WWW-Authenticate" in response.headers) is (status == 401), name


def test_descriptions_hold_allowed_characters_only_and_nothing_of_the_request(shop):
    # specs: TOK-16
    probes = ['"quoted"', "back\\slash", "ümläut", "<b>tag</b>", "line\nend", "tab\t", "\u202e"]
    web, job = Client(shop.url, "oauth", "web"), named(shop, "job")
    for probe in probes:
        for response in (web.token(probe), web.token("password", username=probe, password=probe),
                         web.refresh(probe), job.client_credentials(scope=probe),
                         web.post("token", {"grant_type": "password", probe: ["1", "2"]}),
                         Client(shop.url, "oauth", probe, probe).client_credentials(),
                         raw(shop, f"client_id={probe}".encode())):
            assert response.status_code in (400, 401), probe
            text = read_json(response)["error_description"]
            assert DESCRIPTION.fullmatch(text), text
            assert probe not in text and probe.strip('"<>\n\t') not in text, text
    for name, _, _, response in errors(shop):
        assert DESCRIPTION.fullmatch(response.json()["error_description"]), name


def test_failed_basic_is_answered_with_a_basic_challenge(shop):  # specs: TOK-11
    for client_id in ("job", "nobody"):
        response = Client(shop.url, "oauth", client_id, "wrong").client_credentials()
        refused(response, "invalid_client", status=401)
        assert response.headers["WWW-Authenticate"].split()[0] == "Basic"
    refused(raw(shop, "grant_type=client_credentials"), "invalid_client", status=401)
    for scheme in ("Digest username=job", "Negotiate abc", "Bearer x"):
        refused(raw(shop, "grant_type=client_credentials", {"Authorization": scheme}),
                "invalid_client", status=401)


def test_unsupported_grant_is_told_before_the_client_is_known(shop):  # specs: TOK-14
    for grant in ("authorization_code", "implicit", "PASSWORD", "refresh-token",
                  "urn:openid:params:grant-type:ciba"):
        refused(named(shop, "job").token(grant), "unsupported_grant_type", "TX-GRT-01")


# Sections 2.3 and 4.4: clients.

def test_basic_and_body_credentials_are_never_mixed(shop):  # specs: TOK-17, TOK-21
    job = named(shop, "job")
    granted(job.client_credentials(client_id="job"))
    refused(job.client_credentials(client_secret=secret_of("job")), "invalid_request", "TX-AUT-07")
    refused(job.client_credentials(client_id="plain"), "invalid_request", "TX-AUT-09")
    pair = base64.b64encode(f"job:{secret_of('job')}".encode()).decode()
    with requests.Session() as session:
        response = session.post(job.endpoint("token"), timeout=15, data={
            "grant_type": "client_credentials", "client_id": "job",
            "client_secret": secret_of("job")}, headers={"Authorization": f"Basic {pair}"})
    refused(response, "invalid_request", "TX-AUT-07")


def test_client_credentials_are_for_who_has_proved_himself(shop):  # specs: TOK-27
    answer = granted(named(shop, "job").client_credentials())
    assert "refresh_token" not in answer and "refresh_expires_in" not in answer
    refused(Client(shop.url, "oauth", "spa").client_credentials(), "unauthorized_client")
    refused(Client(shop.url, "oauth", "job").client_credentials(), "invalid_client", status=401)


# Section 6: refresh.

def test_refresh_without_scope_gives_what_was_granted(web):  # specs: TOK-29
    first = granted(web.password("alice", "alice", scope="read"))
    again = granted(web.refresh(first["refresh_token"]))
    assert set(again["scope"].split()) == set(first["scope"].split())
    refused(web.refresh(again["refresh_token"], scope="write"), "invalid_scope")


# Section 10.10: what nobody can guess.

def bits_of(text):
    """Bits that differ in about every second token: an estimate of what is drawn at random."""
    padded = text + "=" * (-len(text) % 4)
    return int.from_bytes(base64.urlsafe_b64decode(padded), "big")


def test_refresh_tokens_can_not_be_guessed(web):  # specs: TOK-31
    tokens = [granted(web.password("alice", "alice"))["refresh_token"] for _ in range(24)]
    assert len(set(tokens)) == 24
    values = [bits_of(token.split("_", 1)[1]) for token in tokens]
    ones = [sum(value >> bit & 1 for value in values) for bit in range(max(values).bit_length())]
    # A fair bit is the same in all 24 tokens once in 2^23 times.
    assert sum(0 < one < 24 for one in ones) >= 250, "fewer than 250 bits change"
    apart = [bin(one ^ other).count("1") for one, other in itertools.combinations(values, 2)]
    assert min(apart) > 64


def test_ids_of_tokens_can_not_be_guessed(shop):  # specs: TOK-31
    ids = [decode(granted(named(shop, "job").client_credentials())["access_token"])[1]["jti"]
           for _ in range(12)]
    tails = {one.split(":")[-1] for one in ids}
    assert len(tails) == 12 and all(len(tail) >= 22 for tail in tails), ids


# Limits, browsers.

@pytest.mark.parametrize("form", [
    {"username": "u" * 5000, "password": "x"}, {"username": "alice", "password": "p" * 5000},
    {"username": "alice", "password": "alice", "scope": " ".join(f"s{n}" for n in range(101))},
    {f"p{number}": "x" for number in range(300)}],
    ids=["user name", "password", "scopes", "parameters"])
def test_sizes_are_bounded_with_an_error_and_the_server_lives(web, form):
    # specs: TOK-32, NEG-60
    response = web.token("password", **form)
    assert response.elapsed.total_seconds() < 10
    error = "invalid_scope" if "scope" in form else "invalid_request"
    refused(response, error)
    granted(web.password("alice", "alice"))


def test_large_heads_and_bodies_are_refused_by_their_status(shop, web):  # specs: TOK-32, NEG-60
    assert raw(shop, "a=" + "b" * 70000).status_code == 413
    response = raw(shop, "grant_type=password", {"X-Long": "h" * 40000})
    assert response.status_code == 431
    assert web.token(EXCHANGE, subject_token="." * 60000).status_code == 400
    granted(web.password("alice", "alice"))


def test_head_and_options_of_the_token_endpoint_are_defined(shop):  # specs: TOK-36
    url = f"{shop.url}/realms/oauth/protocol/openid-connect/token"
    assert requests.head(url, timeout=15).status_code == 405
    assert requests.options(url, timeout=15).status_code == 204
