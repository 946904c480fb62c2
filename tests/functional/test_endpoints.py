# SPDX-License-Identifier: Apache-2.0
"""The endpoints beside the token endpoint: documents, userinfo, introspection, revocation."""
import base64

import pytest
import requests
from jwcrypto import jwk

from support.client import ACCESS_TOKEN, EXCHANGE, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user

ENDPOINTS = {"token": "POST", "token/introspect": "POST", "revoke": "POST", "logout": "POST",
             "userinfo": "GET", "certs": "GET"}


def make_realm(name="ends", **more):
    return realm(
        name, scopes=[scope("read")],
        clients=[public_client("web", sent_to=["a", "rs"]), client("a"), client("b"),
                 client("rs", attributes={"resource_url": "https://rs.example/api"}),
                 client("stranger"), client("all-seeing", attributes={
                     "ALLOW_TOKEN_INTROSPECTION_WITHOUT_AUDIENCE_CHECK": "true"}),
                 {"clientId": "receiver", "bearerOnly": True}],
        users=[user("alice")], rules=[rule("a-b", "a", "b"), rule(
            "a-a", "a", "a", types=["access_token", "id_token"], scopes=["openid"]), rule(
            "a-rs", "a", None, resources=["https://rs.example/api"])], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    bare = realm("bare", clients=[client("only"), {"clientId": "admin-cli", "enabled": False,
                                                   "publicClient": True}])
    return module_server(make_realm(), make_realm("other"), bare)


@pytest.fixture
def web(shop):
    return Client(shop.url, "ends", "web")


@pytest.fixture
def login(web):
    return granted(web.password("alice", "alice", scope="openid"))


def named(shop, name):
    return Client(shop.url, "ends", name, secret_of(name))


def get(shop, path, **options):
    return requests.get(f"{shop.url}{path}", timeout=15, allow_redirects=False, **options)


# Documents.

def test_both_discovery_addresses_serve_the_same_document(shop):  # specs: MET-01, MET-02, MET-03
    openid = get(shop, "/realms/ends/.well-known/openid-configuration")
    oauth = get(shop, "/.well-known/oauth-authorization-server/realms/ends")
    beside = get(shop, "/realms/ends/.well-known/oauth-authorization-server")
    assert granted(openid) == granted(oauth) == granted(beside)
    assert openid.json()["issuer"] == f"{shop.url}/realms/ends"


def test_every_address_of_the_discovery_document_answers(web, shop):  # specs: MET-05, MET-09
    document = web.discovery()
    for name, method in (("token_endpoint", "POST"), ("introspection_endpoint", "POST"),
                         ("revocation_endpoint", "POST"), ("userinfo_endpoint", "GET"),
                         ("jwks_uri", "GET")):
        assert document[name].startswith(document["issuer"] + "/")
        response = requests.request(method, document[name], timeout=15)
        assert response.status_code in (200, 400, 401), name


def test_discovery_announces_what_is_on_and_nothing_else(shop, web):
    # specs: MET-05, MET-06, MET-07, MET-08
    document = web.discovery()
    assert set(document["grant_types_supported"]) == {EXCHANGE, "password", "refresh_token"}
    assert set(document["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic", "client_secret_post", "none"}
    assert "authorization_endpoint" not in document and "end_session_endpoint" not in document
    assert document["response_types_supported"] == []
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    for name, values in document.items():
        if name.endswith("alg_values_supported"):
            assert not {"none", "HS256", "HS384", "HS512"} & set(values), name
    bare = Client(shop.url, "bare", "only").discovery()
    assert bare["grant_types_supported"] == []


def test_documents_may_be_cached_and_asked_for_again_by_etag(shop):  # specs: MET-11
    for path in ("/realms/ends/.well-known/openid-configuration",
                 "/realms/ends/protocol/openid-connect/certs", "/realms/ends"):
        first = get(shop, path)
        assert "max-age" in first.headers["Cache-Control"]
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        again = get(shop, path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304 and again.text == ""


def test_certs_are_public_keys_with_unique_ids(shop, web):  # specs: MET-12
    keys = granted(get(shop, "/realms/ends/protocol/openid-connect/certs"))["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) > 0
    for key in keys:
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"}
        assert key["use"] == "sig" and key["alg"]
        assert jwk.JWK(**key).thumbprint()


def test_realm_document_has_the_public_key_for_old_adapters(shop):
    document = granted(get(shop, "/realms/ends"))
    assert document["realm"] == "ends"
    assert document["token-service"] == f"{shop.url}/realms/ends/protocol/openid-connect"
    pem = f"-----BEGIN PUBLIC KEY-----\n{document['public_key']}\n-----END PUBLIC KEY-----\n"
    assert base64.b64decode(document["public_key"]) and jwk.JWK.from_pem(pem.encode()).thumbprint()


def test_two_realms_have_different_keys(shop):
    kids = [{key["kid"] for key in granted(
        get(shop, f"/realms/{name}/protocol/openid-connect/certs"))["keys"]}
            for name in ("ends", "other")]
    assert not kids[0] & kids[1]


# Methods and addresses.

@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_other_methods_are_405_with_allow(shop, endpoint):  # specs: TOK-01, INT-01, REV-01
    wrong = "GET" if ENDPOINTS[endpoint] == "POST" else "DELETE"
    response = requests.request(
        wrong, f"{shop.url}/realms/ends/protocol/openid-connect/{endpoint}", timeout=15)
    assert response.status_code == 405
    assert ENDPOINTS[endpoint] in response.headers["Allow"]
    assert response.json()["error"] == "invalid_request"


def test_head_answers_as_get_without_a_body(shop):  # specs: TOK-36
    for path in ("/realms/ends", "/realms/ends/.well-known/openid-configuration",
                 "/realms/ends/protocol/openid-connect/certs"):
        full = get(shop, path)
        head = requests.head(f"{shop.url}{path}", timeout=15)
        assert head.status_code == 200 and head.content == b""
        assert head.headers["Content-Length"] == full.headers["Content-Length"]
        assert head.headers["ETag"] == full.headers["ETag"]


@pytest.mark.parametrize("path", [
    "/", "/realms", "/realms/", "/realms/ends/x", "/auth/realms/ends", "/REALMS/ends",
    "/realms/ends/protocol/openid-connect", "/realms/ends/protocol/openid-connect/token/",
    "/realms/ends/protocol/openid-connect/auth", "/realms/%zz", "/realms//ends", "/health",
    "/realms/ends/../ends", "/admin/realms"])
def test_nothing_is_served_at_other_addresses(shop, path):
    with requests.Session() as session:
        prepared = requests.Request("GET", shop.url).prepare()
        prepared.url = shop.url + path
        assert session.send(prepared, timeout=15).status_code in (400, 404)


@pytest.mark.parametrize("endpoint", [*ENDPOINTS, ""])
def test_unknown_realm_is_404_everywhere(shop, endpoint):
    stranger = Client(shop.url, "nowhere", "web")
    path = f"/realms/nowhere/protocol/openid-connect/{endpoint}" if endpoint else "/realms/nowhere"
    response = requests.request(ENDPOINTS.get(endpoint, "GET"), shop.url + path, timeout=15,
                                data={"grant_type": "password"} if endpoint == "token" else None)
    body = refused(response, "invalid_request", "TX-RLM-01", status=404)
    assert "nowhere" not in body["error_description"]
    assert stranger.http.get(f"{shop.url}/realms/nowhere/.well-known/openid-configuration",
                             timeout=15).status_code == 404


def test_realm_names_are_case_sensitive(shop):
    assert get(shop, "/realms/ENDS").status_code == 404


# Userinfo.

def test_userinfo_answers_get_and_post_by_header_and_by_form(web, login):
    # specs: BRR-02, BRR-03, BRR-08
    token = login["access_token"]
    by_get = granted(web.userinfo(token))
    assert by_get["preferred_username"] == "alice" and by_get["email"] == "alice@example.com"
    url = web.endpoint("userinfo")
    by_post = requests.post(url, headers={"Authorization": f"bEaReR {token}"}, timeout=15)
    by_form = requests.post(url, data={"access_token": token}, timeout=15)
    assert granted(by_post) == granted(by_form) == by_get
    assert by_post.headers["Cache-Control"] == "no-store"


def test_userinfo_without_a_token_challenges_without_an_error_code(web):  # specs: BRR-05, BRR-06
    response = web.http.get(web.endpoint("userinfo"), timeout=15)
    assert response.status_code == 401 and response.text == ""
    challenge = response.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="ends", DPoP realm="ends", algs="')
    assert "error" not in challenge


def test_userinfo_does_not_read_a_token_from_the_query(web, login):  # specs: BRR-04
    response = web.http.get(web.endpoint("userinfo"), timeout=15,
                            params={"access_token": login["access_token"]})
    assert response.status_code == 401


@pytest.mark.parametrize("text", ["x", "a.b.c", ""])
def test_userinfo_refuses_what_is_no_token(web, text):  # specs: BRR-05, BRR-07
    response = web.http.get(web.endpoint("userinfo"), timeout=15,
                            headers={"Authorization": f"Bearer {text}"})
    assert response.status_code == 401
    if text:
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_userinfo_without_scope_openid_is_insufficient_scope(web):  # specs: BRR-07
    token = granted(web.password("alice", "alice"))["access_token"]
    response = web.userinfo(token)
    refused(response, "insufficient_scope", "TX-BRR-03", status=403)
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]
    assert 'scope="openid"' in response.headers["WWW-Authenticate"]


def test_userinfo_with_two_tokens_is_refused(web, login):  # specs: BRR-01, BRR-07
    token = login["access_token"]
    response = requests.post(web.endpoint("userinfo"), data={"access_token": token}, timeout=15,
                             headers={"Authorization": f"Bearer {token}"})
    refused(response, "invalid_request", "TX-BRR-04")


def test_userinfo_takes_access_tokens_only(web, login):  # specs: NEG-32
    for token in (login["id_token"], login["refresh_token"]):
        assert web.userinfo(token).status_code == 401


# Introspection.

def test_introspection_tells_the_audience_and_the_holder(shop, login):  # specs: INT-03, INT-07
    seen = granted(named(shop, "a").introspect(login["access_token"]))
    claims = decode(login["access_token"])[1]
    assert seen["active"] is True and seen["token_type"] == "Bearer"
    assert seen["client_id"] == "web" and seen["username"] == "alice"
    for name in ("exp", "iat", "sub", "iss", "jti", "scope", "aud"):
        assert seen[name] == claims[name], name
    assert isinstance(seen["exp"], int) and isinstance(seen["scope"], str)


def test_introspection_by_another_client_is_inactive_and_nothing_more(shop, login):
    # specs: INT-04, INT-05, INT-06, INT-10, NEG-21
    response = named(shop, "stranger").introspect(login["access_token"])
    assert granted(response) == {"active": False}
    assert response.headers["Cache-Control"] == "no-store"
    assert granted(named(shop, "all-seeing").introspect(login["access_token"]))["active"] is True


def test_resource_server_is_its_resource_url_at_introspection(shop, login):  # specs: INT-06, NEG-21
    token = granted(named(shop, "a").exchange(
        login["access_token"], resource="https://rs.example/api"))["access_token"]
    assert decode(token)[1]["aud"] == "https://rs.example/api"
    assert granted(named(shop, "rs").introspect(token))["active"] is True
    assert granted(named(shop, "b").introspect(token)) == {"active": False}


def test_introspection_of_a_minimal_token_does_not_fill_it_up(shop, login):
    token = granted(named(shop, "a").exchange(login["access_token"], audience="b"))["access_token"]
    seen = granted(named(shop, "b").introspect(token))
    assert seen["active"] is True
    assert not set(seen) & {"email", "name", "realm_access", "resource_access"}


@pytest.mark.parametrize("text", ["x", "a.b.c", "cr_x", "e" * 20000],
                         ids=["x", "a.b.c", "cr_x", "long"])
def test_introspection_of_nonsense_is_inactive(shop, text):
    response = named(shop, "a").introspect(text)
    if response.status_code == 200:
        assert response.json() == {"active": False}
    else:
        refused(response, "invalid_request")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_wrong_hints_do_not_matter(shop, web, login, hint):  # specs: REV-01, REV-05
    assert granted(named(shop, "a").introspect(login["access_token"], token_type_hint=hint))[
        "active"] is True
    assert web.revoke(login["refresh_token"], token_type_hint=hint).status_code == 200
    refused(web.refresh(login["refresh_token"]), "invalid_grant")


def test_introspection_is_for_authenticated_confidential_clients(shop, web, login):
    # specs: INT-01, INT-02
    token = login["access_token"]
    refused(web.introspect(token), "unauthorized_client", "TX-PUB-03")
    anonymous = requests.post(web.endpoint("token/introspect"), data={"token": token}, timeout=15)
    refused(anonymous, "invalid_client", status=401)
    wrong = Client(shop.url, "ends", "a", "wrong").introspect(token)
    refused(wrong, "invalid_client", status=401)
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")
    refused(named(shop, "a").introspect(""), "invalid_request", "TX-PAR-04")


def test_refresh_token_is_introspected_by_its_own_client_only(shop, server):
    # specs: INT-05, INT-06
    made = make_realm()
    made["clients"][1]["directAccessGrantsEnabled"] = True
    own = server(made)
    a, b = (Client(own.url, "ends", name, secret_of(name)) for name in ("a", "all-seeing"))
    token = granted(a.password("alice", "alice"))["refresh_token"]
    seen = granted(a.introspect(token))
    assert seen["active"] is True and seen["typ"] == "Refresh" and seen["client_id"] == "a"
    assert granted(b.introspect(token)) == {"active": False}
    granted(a.refresh(token))
    assert granted(a.introspect(token)) == {"active": False}


def test_id_token_is_no_access_token_at_introspection(shop, login):
    """specs: NEG-30, NEG-32"""
    a = named(shop, "a")
    assert granted(a.introspect(login["id_token"])) == {"active": False}
    # Nor where it is for the one who asks.
    own = granted(a.exchange(login["access_token"], audience="a", scope="openid"))
    assert decode(own["id_token"])[1]["aud"] == "a"
    for hint in (None, "access_token", "id_token"):
        assert granted(a.introspect(own["id_token"], token_type_hint=hint)) == {"active": False}
    assert granted(a.introspect(own["access_token"]))["active"] is True


# Revocation.

def test_revocation_of_an_access_token_is_seen_at_once(shop, web, login):
    # specs: INT-09, REV-02, REV-04
    response = web.revoke(login["access_token"])
    assert response.status_code == 200 and response.text == ""
    assert granted(named(shop, "a").introspect(login["access_token"])) == {"active": False}
    assert web.userinfo(login["access_token"]).status_code == 401
    assert web.revoke(login["access_token"]).status_code == 200, "again is a success"


@pytest.mark.parametrize("text", ["x", "a.b.c", "cr_" + "x" * 43])
def test_revocation_of_an_unknown_token_is_a_success(web, text):  # specs: REV-04
    response = web.revoke(text)
    assert response.status_code == 200 and response.text == ""


def test_revocation_of_another_clients_token_is_refused_and_the_token_lives(shop, web, login):
    # specs: REV-03
    for token in (login["access_token"], login["refresh_token"]):
        refused(named(shop, "a").revoke(token), "invalid_request", "TX-REV-01")
    granted(web.userinfo(login["access_token"]))
    granted(web.refresh(login["refresh_token"]))


def test_revocation_needs_a_client_and_a_token(shop, web):  # specs: REV-01, REV-02
    refused(requests.post(web.endpoint("revoke"), data={"token": "x"}, timeout=15),
            "invalid_client", status=401)
    refused(web.revoke(""), "invalid_request", "TX-PAR-04")
    refused(Client(shop.url, "ends", "a", "wrong").revoke("x"), "invalid_client", status=401)
    refused(web.revoke(["x", "y"]), "invalid_request", "TX-PAR-05")


def test_other_realms_token_is_not_revoked_here(shop, web):  # specs: NEG-34
    other = Client(shop.url, "other", "web")
    token = granted(other.password("alice", "alice", scope="openid"))["access_token"]
    assert web.revoke(token).status_code == 200
    granted(other.userinfo(token))


def test_issued_type_is_told_by_exchanges_only(shop, login):
    assert "issued_token_type" not in login
    answer = granted(named(shop, "a").exchange(login["access_token"], audience="b"))
    assert answer["issued_token_type"] == ACCESS_TOKEN
