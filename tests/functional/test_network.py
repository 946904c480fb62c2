# SPDX-License-Identifier: Apache-2.0
"""Browsers, proxies and addresses: CORS, forwarded headers, base path, the issuer."""
import json

import pytest
import requests

from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, secret_of, user
from support.server import cambist

ORIGIN, OTHER = "https://app.example", "https://evil.example"


def make_realm(**more):
    return realm("net", clients=[
        public_client("spa", webOrigins=[ORIGIN]),
        public_client("plus", webOrigins=["+"], redirectUris=[f"{ORIGIN}/callback*", "/here"],
                      rootUrl="https://root.example/base"),
        public_client("star", webOrigins=["*"]), public_client("none"),
        client("api", webOrigins=[ORIGIN])], users=[user("alice")], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def token_of(shop, client_id, origin, password="alice", **options):
    return Client(shop.url, "net", client_id, **options).token(
        "password", {"Origin": origin}, username="alice", password=password, scope="openid")


def allows(response, origin):
    return response.headers.get("Access-Control-Allow-Origin") == origin


@pytest.mark.parametrize("client_id, origin", [
    ("spa", ORIGIN), ("plus", ORIGIN), ("plus", "https://root.example"), ("star", OTHER)])
def test_allowed_origin_may_read_the_answer(shop, client_id, origin):
    response = token_of(shop, client_id, origin)
    granted(response)
    assert allows(response, origin)
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in response.headers["Vary"]
    assert "Cambist-Trace-Id" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("client_id, origin", [
    ("spa", OTHER), ("spa", "null"), ("spa", ORIGIN + ".evil.example"), ("spa", ORIGIN + ":444"),
    ("spa", "http://app.example"), ("spa", ORIGIN.upper()), ("none", ORIGIN), ("plus", OTHER),
    ("spa", ORIGIN + "/")])
def test_foreign_origin_gets_403_and_no_token(shop, client_id, origin):  # specs: TOK-36
    response = token_of(shop, client_id, origin)
    refused(response, "access_denied", "TX-COR-01", status=403)
    assert "Access-Control-Allow-Origin" not in response.headers


def test_errors_carry_the_headers_too(shop):  # errors: E41
    response = token_of(shop, "spa", ORIGIN, password="wrong")
    refused(response, "invalid_grant")
    assert allows(response, ORIGIN)
    secret = token_of(shop, "api", ORIGIN, secret="wrong")
    refused(secret, "invalid_client", status=401)
    assert allows(secret, ORIGIN)


@pytest.mark.parametrize("client_id, secret, name", [
    ("nobody", None, "token"), ("api", "wrong", "token"), ("api", "wrong", "revoke"),
    ("nobody", "x", "revoke"), ("nobody", "x", "logout")])
def test_script_may_read_why_its_client_is_not_known(shop, client_id, secret, name):
    """The same for clients that exist and that do not, else it would tell which ones do."""
    form = {"token": {"grant_type": "password", "username": "alice", "password": "alice"},
            "revoke": {"token": "x"}, "logout": {"refresh_token": "x"}}[name]
    response = Client(shop.url, "net", client_id, secret).post(name, form, {"Origin": OTHER})
    refused(response, "invalid_client", "TX-AUT-00", status=401)
    assert allows(response, OTHER)
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize("body", ["grant_type=%zz", "", "grant_type=password&client_id=spa&x=1&x=2"])
def test_script_may_read_what_is_wrong_with_its_request(shop, body):
    url = f"{shop.url}/realms/net/protocol/openid-connect/token"
    for origin in (ORIGIN, OTHER):
        response = requests.post(url, data=body, timeout=15, headers={
            "Origin": origin, "Content-Type": "application/x-www-form-urlencoded"})
        refused(response, "invalid_request")
        assert allows(response, origin)


@pytest.mark.parametrize("path, method, status", [
    ("/realms/net/protocol/openid-connect/tokens", "POST", 404), ("/nothing", "GET", 404),
    ("/realms/nobody/protocol/openid-connect/token", "POST", 404),
    ("/realms/nobody/protocol/openid-connect/userinfo", "GET", 404),
    ("/realms/net/protocol/openid-connect/token", "GET", 405)])
def test_script_with_a_wrong_address_may_read_that_it_is_wrong(shop, path, method, status):
    response = requests.request(method, shop.url + path, headers={"Origin": ORIGIN}, timeout=15)
    assert response.status_code == status and response.json()["error"]
    assert response.headers["Access-Control-Allow-Origin"] in (ORIGIN, "*")


def test_refusals_of_the_transport_are_json_that_scripts_may_read(shop):
    url = f"{shop.url}/realms/net/protocol/openid-connect/token"
    headers = {"Origin": ORIGIN}
    for response, status in (
            (requests.post(url, data="x" * 70000, headers=headers, timeout=15), 413),
            (requests.post(url, headers={**headers, "X-Long": "x" * 70000}, timeout=15), 431),
            (requests.post(url, data="x", headers={**headers, "Host": "a b"}, timeout=15), 400)):
        assert response.status_code == status
        assert response.headers["Content-Type"] == "application/json"
        assert allows(response, "*")
        assert response.json()["error"] == "invalid_request"
        assert response.json()["error_description"]


def test_request_without_an_origin_is_no_browsers(shop):
    response = Client(shop.url, "net", "none").password("alice", "alice")
    granted(response)
    assert "Access-Control-Allow-Origin" not in response.headers


def test_own_origin_is_not_foreign(shop):
    granted(token_of(shop, "none", shop.url))


@pytest.mark.parametrize("path, method", [("token", "POST"), ("revoke", "POST"),
                                          ("logout", "POST"), ("userinfo", "GET")])
def test_preflight_tells_methods_and_headers(shop, path, method):  # specs: TOK-36
    response = requests.options(
        f"{shop.url}/realms/net/protocol/openid-connect/{path}", timeout=15, headers={
            "Origin": ORIGIN, "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization"})
    assert response.status_code == 204 and response.text == ""
    assert allows(response, ORIGIN) and method in response.headers["Access-Control-Allow-Methods"]
    assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_options_without_an_origin_tells_the_methods(shop):
    response = requests.options(f"{shop.url}/realms/net/protocol/openid-connect/token", timeout=15)
    assert response.status_code == 204 and "POST" in response.headers["Allow"]
    assert "Access-Control-Allow-Origin" not in response.headers


def test_userinfo_is_for_the_origins_of_the_tokens_holder(shop):  # specs: TOK-36, NEG-58
    token = granted(token_of(shop, "spa", ORIGIN))["access_token"]
    url = f"{shop.url}/realms/net/protocol/openid-connect/userinfo"

    def ask(origin, bearer=token):
        return requests.get(url, timeout=15, headers={
            "Origin": origin, "Authorization": f"Bearer {bearer}"})
    good = ask(ORIGIN)
    granted(good)
    assert allows(good, ORIGIN)
    bad = ask(OTHER)
    assert bad.status_code == 403 and "alice" not in bad.text
    failed = ask(OTHER, "x")
    assert failed.status_code == 401 and allows(failed, "*"), "a script may read why"
    assert "Access-Control-Allow-Credentials" not in failed.headers


def test_revoke_and_logout_of_a_foreign_origin_do_nothing(shop):
    answer = granted(token_of(shop, "spa", ORIGIN))
    spa = Client(shop.url, "net", "spa")
    for name, field in (("revoke", "token"), ("logout", "refresh_token")):
        response = spa.post(name, {field: answer["refresh_token"]}, {"Origin": OTHER})
        refused(response, "access_denied", "TX-COR-01", status=403)
    granted(spa.refresh(answer["refresh_token"]))


def test_introspection_is_not_for_browsers(shop):
    response = Client(shop.url, "net", "api", secret_of("api")).post(
        "token/introspect", {"token": "x"}, {"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in response.headers


# Issuer, base path, proxies.

FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https",
             "X-Forwarded-Host": "evil.example", "Forwarded": "for=203.0.113.9;proto=https"}


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, FORWARDED])
def test_issuer_never_comes_from_the_request(shop, headers):  # specs: MET-03, NEG-68
    document = requests.get(f"{shop.url}/realms/net/.well-known/openid-configuration",
                            headers=headers, timeout=15).json()
    assert "evil" not in str(document)
    token = Client(shop.url, "net", "none").token("password", headers, username="alice",
                                                  password="alice")
    assert decode(granted(token)["access_token"])[1]["iss"] == f"{shop.url}/realms/net"


def peer_of(shop, response):
    record = cambist("explain", response.headers["Cambist-Trace-Id"], "--store", shop.store,
                     "--json")
    return json.dumps(json.loads(record.stdout))


def test_forwarded_headers_of_strangers_are_not_believed(shop):  # specs: NEG-68
    response = Client(shop.url, "net", "none").token("password", FORWARDED, username="alice",
                                                     password="alice")
    assert "203.0.113.9" not in peer_of(shop, response)


def test_forwarded_headers_of_a_trusted_proxy_are_believed(server):
    shop = server(make_realm(), arguments=["--trusted-proxy", "127.0.0.0/8"])
    response = Client(shop.url, "net", "none").token("password", {
        "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}, username="alice",
        password="alice")
    granted(response)
    assert "203.0.113.9" in peer_of(shop, response)


@pytest.mark.parametrize("required, address, proto, status", [
    ("all", None, None, 403), ("all", "203.0.113.9", "http", 403),
    ("all", "203.0.113.9", "https", 200), ("external", "203.0.113.9", "http", 403),
    ("external", "10.1.2.3", "http", 200), ("external", "203.0.113.9", "https", 200),
    ("none", "203.0.113.9", "http", 200)])
def test_realm_may_require_https_of_strangers(server, required, address, proto, status):
    shop = server(make_realm() | {"sslRequired": required},
                  arguments=["--trusted-proxy", "127.0.0.1"])
    headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": proto} if address else {}
    response = Client(shop.url, "net", "none").token("password", headers, username="alice",
                                                     password="alice")
    assert response.status_code == status
    if status == 403:
        refused(response, "invalid_request", "TX-RLM-03", status=403)


def test_base_path_stands_before_realms_and_in_the_issuer(server):  # specs: MET-01, MET-03
    shop = server(make_realm(), arguments=["--base-path", "/auth"])
    under = Client(f"{shop.url}/auth", "net", "none")
    token = granted(under.password("alice", "alice", scope="openid"))["access_token"]
    assert decode(token)[1]["iss"] == f"{shop.url}/auth/realms/net"
    assert granted(under.userinfo(token))["sub"]
    assert under.discovery()["token_endpoint"].startswith(f"{shop.url}/auth/realms/net/")
    well_known = requests.get(
        f"{shop.url}/.well-known/oauth-authorization-server/auth/realms/net", timeout=15)
    assert granted(well_known) == under.discovery()
    assert requests.get(f"{shop.url}/realms/net", timeout=15).status_code == 404


def test_hostname_is_the_issuer(server):  # specs: MET-04
    shop = server(make_realm(), arguments=["--hostname", "https://sso.example.org",
                                           "--base-path", "/auth"])
    document = Client(f"{shop.url}/auth", "net", "none").discovery()
    assert document["issuer"] == "https://sso.example.org/auth/realms/net"


def test_realms_frontend_url_goes_before_the_hostname(server):
    shop = server(make_realm(attributes={"frontendUrl": "https://login.example"}))
    document = Client(shop.url, "net", "none").discovery()
    assert document["issuer"] == "https://login.example/realms/net"
