# SPDX-License-Identifier: Apache-2.0
"""DPoP (RFC 9449): what a proof must be, and what a bound token is good for."""
import concurrent.futures
import json
import time
import uuid
from base64 import urlsafe_b64encode

import pytest
import requests

from support.client import Client, decode, granted, refused
from support.dpop import DpopKey, hash_of
from support.realms import client, public_client, realm, secret_of, user

KEY, OTHER = DpopKey(), DpopKey()


def the_realm(name, **more):
    return realm(name, clients=[
        public_client("web", webOrigins=["https://app.example"]),
        client("service", serviceAccountsEnabled=True,
               attributes={"client_credentials.use_refresh_token": "true"}),
        client("strict", serviceAccountsEnabled=True,
               attributes={"dpop.bound.access.tokens": "true"})], users=[user("alice")], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(the_realm("plain"), the_realm("nonces", attributes={
        "cambist.dpop.nonce": "true"}))


def named(shop, name, realm_name="plain"):
    return Client(shop.url, realm_name, name, None if name == "web" else secret_of(name))


def with_proof(who, key=KEY, url=None, **how):
    return {"DPoP": key.proof(url or who.endpoint("token"), **how)}


def service_token(shop, proof, name="service"):
    who = named(shop, name)
    return who.token("client_credentials", headers=None if proof is None else {"DPoP": proof})


def log_in(who, key=KEY, **more):
    return granted(who.token("password", username="alice", password="alice",
                             scope="openid", headers=with_proof(who, key, **more)))


def userinfo(who, token, scheme="DPoP", key=KEY, method="GET", proof=True, **how):
    headers = {"Authorization": f"{scheme} {token}"}
    if proof:
        headers["DPoP"] = key.proof(who.endpoint("userinfo"), method, token=token, **how)
    return requests.request(method, who.endpoint("userinfo"), headers=headers, timeout=15)


# The token endpoint.

@pytest.mark.parametrize("alg, kind", [
    ("ES256", {"kty": "EC", "crv": "P-256"}), ("ES384", {"kty": "EC", "crv": "P-384"}),
    ("ES512", {"kty": "EC", "crv": "P-521"}), ("RS256", {"kty": "RSA", "size": 2048}),
    ("PS256", {"kty": "RSA", "size": 2048}), ("EdDSA", {"kty": "OKP", "crv": "Ed25519"})])
def test_token_is_bound_to_the_key_of_the_proof(shop, alg, kind):
    # specs: DPP-11, DPP-14
    key, who = DpopKey(**kind), named(shop, "service")
    answer = granted(service_token(shop, key.proof(who.endpoint("token"), alg=alg)))
    assert answer["token_type"] == "DPoP"
    claims = who.verify(answer["access_token"])[1]
    assert claims["cnf"] == {"jkt": key.thumbprint}
    assert claims["typ"] == "Bearer"


def test_without_a_proof_the_token_is_a_bearer_token(shop):
    answer = granted(service_token(shop, None))
    assert answer["token_type"] == "Bearer"
    assert "cnf" not in decode(answer["access_token"])[1]


def test_client_that_must_be_bound_gets_nothing_without_a_proof(shop):
    # specs: DPP-11, DPP-24
    refused(service_token(shop, None, "strict"), "invalid_dpop_proof", "TX-POP-05")
    proof = KEY.proof(named(shop, "strict").endpoint("token"))
    assert granted(service_token(shop, proof, "strict"))["token_type"] == "DPoP"


def url_of(shop):
    return named(shop, "service").endpoint("token")


WRONG = {
    "typ of a plain JWT": {"header": {"typ": "JWT"}},
    "no typ": {"leave_out": ["typ"]},
    "typ in other letters": {"header": {"typ": "DPoP+JWT"}},
    "typ as media type": {"header": {"typ": "application/dpop+jwt"}},
    "no jwk": {"leave_out": ["jwk"]},
    "jwk is a text": {"header": {"jwk": "x"}},
    "jwk with its private half": {"header": {"jwk": json.loads(KEY.key.export_private())}},
    "symmetric jwk": {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    "jwk of another alg": {"header": {"jwk": {**KEY.public, "alg": "ES384"}}},
    "jwk for encryption": {"header": {"jwk": {**KEY.public, "use": "enc"}}},
    "point off the curve": {"header": {"jwk": {**KEY.public, "y": KEY.public["x"]}}},
    "signed by another key": {"signer": OTHER},
    "critical extension": {"header": {"crit": ["b64"], "b64": True}},
    "no jti": {"leave_out": ["jti"]}, "empty jti": {"jti": ""}, "jti is a number": {"jti": 1},
    "jti too long": {"jti": "x" * 1025},
    "no htm": {"leave_out": ["htm"]}, "other method": {"htm": "GET"},
    "method in small letters": {"htm": "post"},
    "no htu": {"leave_out": ["htu"]}, "other host": {"htu": "https://other.example/token"},
    "relative htu": {"htu": "/realms/plain/protocol/openid-connect/token"},
    "htu is no text": {"htu": ["x"]}, "empty htu": {"htu": ""},
    "no iat": {"leave_out": ["iat"]}, "iat is a text": {"iat": "now"},
    "an hour old": {"iat": int(time.time()) - 3600},
    "an hour ahead": {"iat": int(time.time()) + 3600},
    "negative iat": {"iat": -1},
    "nonce is a number": {"nonce": 1},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_wrong_proof_is_refused(shop, wrong):
    # specs: DPP-03, DPP-04, DPP-06, DPP-07, DPP-09, DPP-12
    refused(service_token(shop, KEY.proof(url_of(shop), **wrong)), "invalid_dpop_proof",
            "TX-POP-02")


def part(value):
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_unsigned_and_symmetric_proofs_are_refused(shop):
    # specs: DPP-05
    good = KEY.proof(url_of(shop))
    _, claims, signature = good.split(".")
    for alg in ("none", "HS256", "ES256K", "es256", "RS1"):
        head = part({"typ": "dpop+jwt", "alg": alg, "jwk": KEY.public})
        for end in ("", signature):
            refused(service_token(shop, f"{head}.{claims}.{end}"), "invalid_dpop_proof")


@pytest.mark.parametrize("text", ["x", "a.b.c", "a.b", "a.b.c.d.e", "eyJ.eyJ.x", "", "{}"])
def test_what_is_no_jwt_is_no_proof(shop, text):
    # specs: DPP-02
    refused(service_token(shop, text), "invalid_dpop_proof", "TX-POP-02")


@pytest.mark.parametrize("where", range(3))
def test_changed_proof_is_refused(shop, where):
    parts = KEY.proof(url_of(shop)).split(".")
    middle = len(parts[where]) // 2
    old = parts[where][middle]
    parts[where] = parts[where][:middle] + ("A" if old != "A" else "B") + parts[where][middle + 1:]
    refused(service_token(shop, ".".join(parts)), "invalid_dpop_proof")


def test_two_proofs_are_none(shop):
    # specs: DPP-01
    one, two = KEY.proof(url_of(shop)), KEY.proof(url_of(shop))
    refused(service_token(shop, f"{one}, {two}"), "invalid_dpop_proof", "TX-POP-02")
    raw = requests.Request("POST", url_of(shop), data={"grant_type": "client_credentials"},
                           auth=("service", "service-secret")).prepare()
    # requests joins nothing: the header goes out twice.
    raw.headers = list(raw.headers.items()) + [("DPoP", one), ("DPoP", two)]
    import http.client
    host = shop.url.split("//")[1]
    wire = http.client.HTTPConnection(host, timeout=15)
    wire.putrequest("POST", raw.path_url, skip_host=True)
    for name, value in [("Host", host), *raw.headers]:
        wire.putheader(name, value)
    wire.endheaders(raw.body.encode())
    answer = wire.getresponse()
    assert answer.status == 400
    assert json.loads(answer.read())["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize("shape", [
    lambda url: url + "?a=b", lambda url: url + "#x", lambda url: url.replace("http", "HTTP", 1),
    lambda url: url.replace("/realms", "/./realms"), lambda url: url.replace("token", "%74oken")])
def test_htu_is_compared_after_normalisation(shop, shape):
    # specs: DPP-07
    granted(service_token(shop, KEY.proof(shape(url_of(shop)))))


def test_clock_of_the_client_may_differ_a_little(shop):
    # specs: DPP-09
    for seconds in (-50, -10, 10):
        granted(service_token(shop, KEY.proof(url_of(shop), iat=int(time.time()) + seconds)))
    for seconds in (-90, 60):
        refused(service_token(shop, KEY.proof(url_of(shop), iat=int(time.time()) + seconds)),
                "invalid_dpop_proof")


def test_proof_is_good_once(shop):
    # specs: DPP-10
    proof = KEY.proof(url_of(shop))
    granted(service_token(shop, proof))
    refused(service_token(shop, proof), "invalid_dpop_proof", "TX-POP-03")


def test_proof_used_in_parallel_has_one_winner(shop):
    proof = KEY.proof(url_of(shop))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = [answer.status_code
                 for answer in pool.map(lambda _: service_token(shop, proof), range(8))]
    assert sorted(codes) == [200] + [400] * 7


def test_jti_of_one_key_does_not_burn_that_of_another(shop):
    jti = str(uuid.uuid4())
    for key in (KEY, OTHER):
        granted(service_token(shop, key.proof(url_of(shop), jti=jti)))


def test_refused_request_does_not_use_the_proof_up(shop):
    proof = KEY.proof(url_of(shop))
    who = named(shop, "service")
    refused(who.token("client_credentials", headers={"DPoP": proof}, scope="no-such-scope"),
            "invalid_scope")
    granted(service_token(shop, proof))


def test_wrong_secret_is_told_before_a_wrong_proof(shop):
    who = Client(shop.url, "plain", "service", "wrong")
    refused(who.token("client_credentials", headers={"DPoP": "x"}), "invalid_client", status=401)


# Refresh.

def test_refresh_of_a_public_client_needs_the_same_key(shop):
    # specs: DPP-13
    web = named(shop, "web")
    first = log_in(web)
    token = first["refresh_token"]
    refused(web.refresh(token), "invalid_grant", "TX-POP-09")
    refused(web.token("refresh_token", refresh_token=token, headers=with_proof(web, OTHER)),
            "invalid_grant", "TX-POP-09")
    again = granted(web.token("refresh_token", refresh_token=token, headers=with_proof(web)))
    assert again["token_type"] == "DPoP"
    assert decode(again["access_token"])[1]["cnf"] == {"jkt": KEY.thumbprint}
    refused(web.refresh(again["refresh_token"]), "invalid_grant")


def test_refresh_of_a_confidential_client_may_change_the_key_but_not_drop_it(shop):
    # specs: DPP-13
    service = named(shop, "service")
    first = granted(service.token("client_credentials", headers=with_proof(service)))
    token = first["refresh_token"]
    refused(service.refresh(token), "invalid_grant", "TX-POP-09")
    again = granted(service.token("refresh_token", refresh_token=token,
                                  headers=with_proof(service, OTHER)))
    assert decode(again["access_token"])[1]["cnf"] == {"jkt": OTHER.thumbprint}


# Introspection and userinfo.

def test_introspection_shows_the_key_and_the_type(shop):
    # specs: DPP-14
    service = named(shop, "service")
    token = granted(service_token(shop, KEY.proof(url_of(shop))))["access_token"]
    seen = granted(service.introspect(token))
    assert seen["cnf"] == {"jkt": KEY.thumbprint} and seen["token_type"] == "DPoP"
    first = granted(service.token("client_credentials", headers=with_proof(service)))
    assert granted(service.introspect(first["refresh_token"]))["cnf"]["jkt"] == KEY.thumbprint


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_userinfo_takes_a_bound_token_with_its_proof(shop, method):
    # specs: DPP-15
    web = named(shop, "web")
    token = log_in(web)["access_token"]
    assert granted(userinfo(web, token, method=method))["sub"]
    assert granted(userinfo(web, token, scheme="dpop", method=method))["sub"]


def refused_at_userinfo(response, error):
    assert response.status_code == 401, response.text
    assert response.json()["error"] == error
    assert f'error="{error}"' in response.headers["WWW-Authenticate"]
    return response


def test_bound_token_is_no_bearer_token(shop):
    # specs: DPP-15
    web = named(shop, "web")
    token = log_in(web)["access_token"]
    for proof in (False, True):
        refused_at_userinfo(userinfo(web, token, scheme="Bearer", proof=proof), "invalid_token")
    sent = requests.post(web.endpoint("userinfo"), data={"access_token": token}, timeout=15)
    refused_at_userinfo(sent, "invalid_token")


def test_bearer_token_is_no_bound_token(shop):
    web = named(shop, "web")
    token = granted(web.password("alice", "alice", scope="openid"))["access_token"]
    refused_at_userinfo(userinfo(web, token), "invalid_token")
    granted(userinfo(web, token, scheme="Bearer", proof=False))


def test_userinfo_challenges_with_the_algorithms(shop):
    # specs: DPP-15
    web = named(shop, "web")
    token = log_in(web)["access_token"]
    answer = userinfo(web, token, proof=False)
    refused_at_userinfo(answer, "invalid_dpop_proof")
    assert answer.headers["WWW-Authenticate"].startswith("DPoP realm=")
    assert "ES256" in answer.headers["WWW-Authenticate"].split('algs="')[1]
    nothing = requests.get(web.endpoint("userinfo"), timeout=15)
    assert "Bearer" in nothing.headers["WWW-Authenticate"]
    assert "DPoP" in nothing.headers["WWW-Authenticate"]
    assert "error=" not in nothing.headers["WWW-Authenticate"]


@pytest.mark.parametrize("wrong", [
    {"leave_out": ["ath"]}, {"ath": "x"}, {"ath": hash_of("another")}, {"htm": "POST"},
    {"htu": "https://other.example/userinfo"}, {"iat": 1}, {"header": {"typ": "JWT"}}])
def test_userinfo_refuses_a_wrong_proof(shop, wrong):
    web = named(shop, "web")
    token = log_in(web)["access_token"]
    refused_at_userinfo(userinfo(web, token, **wrong), "invalid_dpop_proof")


def test_userinfo_refuses_the_proof_of_another_key_and_a_second_use(shop):
    web = named(shop, "web")
    token = log_in(web)["access_token"]
    refused_at_userinfo(userinfo(web, token, key=OTHER), "invalid_token")
    jti = str(uuid.uuid4())
    granted(userinfo(web, token, jti=jti))
    assert refused_at_userinfo(userinfo(web, token, jti=jti),
                               "invalid_dpop_proof").json()["error_code"] == "TX-POP-03"


def test_proof_is_no_token_of_any_kind(shop):
    web, service = named(shop, "web"), named(shop, "service")
    proof = KEY.proof(web.endpoint("userinfo"), "GET")
    refused_at_userinfo(userinfo(web, proof, scheme="Bearer", proof=False), "invalid_token")
    assert granted(service.introspect(proof)) == {"active": False}
    refused(web.refresh(proof), "invalid_grant")


# Nonces.

def test_nonce_is_demanded_given_and_taken(shop):
    # specs: DPP-08, DPP-16, DPP-17
    service = named(shop, "service", "nonces")
    demanded = service.token("client_credentials", headers=with_proof(service))
    refused(demanded, "use_dpop_nonce", "TX-POP-04")
    nonce = demanded.headers["DPoP-Nonce"]
    assert demanded.headers["Cache-Control"] == "no-store"
    answer = service.token("client_credentials", headers=with_proof(service, nonce=nonce))
    assert granted(answer)["token_type"] == "DPoP"
    fresh = answer.headers["DPoP-Nonce"]
    assert fresh != nonce
    for one in (nonce, fresh):  # the one before still serves for a while
        granted(service.token("client_credentials", headers=with_proof(service, nonce=one)))


def test_nonce_of_somebody_else_is_refused(shop):
    # specs: DPP-08, NEG-56
    service = named(shop, "service", "nonces")
    good = service.token("client_credentials", headers=with_proof(service)).headers["DPoP-Nonce"]
    changed = good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB")
    for nonce in ("", "x", "a" * 500, changed, good + "A"):
        refused(service.token("client_credentials", headers=with_proof(service, nonce=nonce)),
                "use_dpop_nonce")


def test_missing_proof_is_answered_with_a_nonce_too(shop):
    answer = named(shop, "strict", "nonces").client_credentials()
    refused(answer, "invalid_dpop_proof", "TX-POP-05")
    assert answer.headers["DPoP-Nonce"]
    assert "DPoP-Nonce" not in named(shop, "service", "nonces").client_credentials().headers
    assert "DPoP-Nonce" not in service_token(shop, KEY.proof(url_of(shop))).headers


def test_userinfo_demands_a_nonce_of_its_own(shop):
    # specs: DPP-16
    web = named(shop, "web", "nonces")
    first = web.token("password", username="alice", password="alice", headers=with_proof(web))
    token = log_in(web, nonce=first.headers["DPoP-Nonce"])["access_token"]
    demanded = userinfo(web, token)
    refused_at_userinfo(demanded, "use_dpop_nonce")
    assert demanded.headers["WWW-Authenticate"].startswith("DPoP ")
    granted(userinfo(web, token, nonce=demanded.headers["DPoP-Nonce"]))


def test_nonce_outlives_a_restart(server):
    running = server(the_realm("nonces", attributes={"cambist.dpop.nonce": "true"}))
    service = Client(running.url, "nonces", "service", "service-secret")
    nonce = service.token("client_credentials",
                          headers=with_proof(service)).headers["DPoP-Nonce"]
    running.stop()
    running.start()
    again = Client(running.url, "nonces", "service", "service-secret")
    granted(again.token("client_credentials", headers=with_proof(again, nonce=nonce)))


# Discovery and scripts.

def test_discovery_names_the_algorithms(shop):
    # specs: DPP-24
    named_algorithms = named(shop, "web").discovery()["dpop_signing_alg_values_supported"]
    assert {"ES256", "RS256", "PS256", "EdDSA"} <= set(named_algorithms)
    assert not {"none", "HS256"} & set(named_algorithms)


def test_scripts_may_send_proofs_and_read_nonces(shop):
    web = named(shop, "web", "nonces")
    for name in ("token", "userinfo"):
        asked = requests.options(web.endpoint(name), timeout=15, headers={
            "Origin": "https://app.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "dpop, authorization"})
        assert "DPoP" in asked.headers["Access-Control-Allow-Headers"]
    demanded = web.token("password", username="alice", password="alice", headers={
        **with_proof(web), "Origin": "https://app.example"})
    refused(demanded, "use_dpop_nonce")
    assert "DPoP-Nonce" in demanded.headers["Access-Control-Expose-Headers"]
    assert demanded.headers["DPoP-Nonce"]


def test_proof_names_the_configured_address_not_the_host_header(server):
    running = server(the_realm("plain"), arguments=["--hostname", "https://sso.example"])
    inside = Client(running.url, "plain", "service", "service-secret")
    outside = "https://sso.example/realms/plain/protocol/openid-connect/token"
    for url in (outside, outside.replace("sso.example", "SSO.example:443")):
        granted(inside.token("client_credentials", headers={"DPoP": KEY.proof(url)}))
    refused(inside.token("client_credentials", headers=with_proof(inside)), "invalid_dpop_proof")
    refused(inside.token("client_credentials", headers={
        "DPoP": KEY.proof("https://evil.example/realms/plain/protocol/openid-connect/token"),
        "Host": "evil.example"}), "invalid_dpop_proof")


def test_explain_tells_the_key(shop):
    from support.server import cambist
    answer = service_token(shop, KEY.proof(url_of(shop)))
    told = cambist("explain", answer.headers["Cambist-Trace-Id"], "--store", shop.store)
    assert told.returncode == 0
    assert f"proved DPoP key {KEY.thumbprint}" in told.stdout
    assert f"bound to DPoP key {KEY.thumbprint}" in told.stdout
