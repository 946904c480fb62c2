# SPDX-License-Identifier: Apache-2.0
"""What went wrong in other servers, tried here: the negative tests that need no foreign issuer.

`specs: NEG-nn` is the number of the case in our checklist. Cases of the form of a JWT stand in
test_rfc8725.py, of clients' assertions in test_clients.py, of `act` in test_exchange_bound.py.
"""
import concurrent.futures
import gzip
import json
import statistics
import time
import uuid

import pytest
import requests
from jwcrypto import jwk, jws

from support.change import changing_realm, find
from support.client import (EXCHANGE, ID_TOKEN, REFRESH_TOKEN, Client, decode, granted,
                            refresh_token_of, refused)
from support.realms import (client, public_client, realm, rule, scope, secret_of, switched_client,
                            user)

FIXED = ["--hostname", "https://sso.example.org"]
MINE = jwk.JWK.generate(kty="EC", crv="P-256", kid="mine")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
B = "https://b.example/api"


def make_realm(**more):
    signer = client("signer", serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                    attributes={"jwks.string": json.dumps(
                        {"keys": [json.loads(MINE.export_public())]})})
    del signer["secret"]
    return realm(
        "neg", scopes=[scope("read"), scope("write"), scope("to-b", "b", shown=False),
                       scope("to-c", "c", shown=False)],
        clients=[public_client("web", sent_to=["a", "gate", "quiet"], optional=["read", "write"]),
                 public_client("plain", sent_to=["a", "gate"]), client("a"), client("b"),
                 client("c"), client("unrelated"), signer,
                 switched_client("gate", refresh=True, scopes=["to-b", "to-c"], optional=["read"]),
                 client("lone"), client("quiet", attributes={"cambist.diagnostics": "off"}),
                 client("api", directAccessGrantsEnabled=True)],
        users=[user("alice"), user("bob"), user("closed", enabled=False)],
        rules=[rule("a-c", "a", "c", scopes=["read"]),
               rule("quiet-b", "quiet", "b"), rule("other-b", "lone", None, resources=[B])], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def named(shop, name):
    return Client(shop.url, "neg", name, secret_of(name))


def login(shop, username="alice", client_id="web", **form):
    return granted(Client(shop.url, "neg", client_id).password(
        username, username, **{"scope": "openid", **form}))


@pytest.fixture
def token(shop):
    return login(shop)["access_token"]


@pytest.fixture
def changing(server):
    return changing_realm(server, make_realm())


def aud_of(token):
    aud = decode(token)[1].get("aud", [])
    return aud if isinstance(aud, list) else [aud]


# Time passes between two requests.

def test_user_disabled_after_his_log_in_gets_nothing_more(changing):  # specs: NEG-01, NEG-03
    shop, change = changing
    web, gate = Client(shop.url, "neg", "web"), named(shop, "gate")
    mine, other = login(shop), login(shop, "bob")
    exchanged = granted(gate.exchange(mine["access_token"], requested_token_type=REFRESH_TOKEN))
    change(lambda made: find(made["users"], "username", "alice").update(enabled=False))
    refused(web.refresh(mine["refresh_token"]), "invalid_grant")
    refused(gate.refresh(refresh_token_of(exchanged)), "invalid_grant")
    refused(gate.exchange(mine["access_token"]), "invalid_request")
    refused(gate.exchange(mine["id_token"], subject_token_type=ID_TOKEN), "invalid_request")
    granted(web.refresh(other["refresh_token"]))


def test_user_locked_after_his_log_in_keeps_his_session(server):  # specs: NEG-03
    shop = server(make_realm(bruteForceProtected=True, failureFactor=2, waitIncrementSeconds=60,
                             quickLoginCheckMilliSeconds=0))
    web, session = Client(shop.url, "neg", "web"), login(shop)
    for _ in range(2):
        refused(web.password("alice", "wrong"), "invalid_grant")
    refused(web.password("alice", "alice"), "invalid_grant")
    # Else anybody who knows a name could end that user's sessions.
    granted(web.refresh(session["refresh_token"]))


def test_disabled_target_is_in_no_new_token(changing):  # specs: KCD-04, NEG-06
    shop, change = changing
    gate, token = named(shop, "gate"), login(shop)["access_token"]
    family = refresh_token_of(granted(gate.exchange(token, requested_token_type=REFRESH_TOKEN)))
    first = granted(gate.refresh(family))
    assert {"b", "c"} <= set(aud_of(first["access_token"]))
    change(lambda made: find(made["clients"], "clientId", "b").update(enabled=False))
    again = gate.refresh(first["refresh_token"])
    if again.status_code == 200:
        assert "b" not in aud_of(again.json()["access_token"])
    else:
        refused(again, "invalid_grant")
    fresh = gate.exchange(token)
    if fresh.status_code == 200:
        assert "b" not in aud_of(fresh.json()["access_token"])
    refused(gate.exchange(token, audience="b"), "invalid_target")


def test_family_for_a_target_that_was_disabled_gives_nothing(changing):  # specs: KCD-04, NEG-06
    shop, change = changing
    gate, token = named(shop, "gate"), login(shop)["access_token"]
    family = refresh_token_of(granted(gate.exchange(
        token, audience="b", requested_token_type=REFRESH_TOKEN)))
    change(lambda made: find(made["clients"], "clientId", "b").update(enabled=False))
    response = gate.refresh(family)
    assert response.status_code == 400, response.text
    assert response.json()["error"] in ("invalid_grant", "invalid_target")


def test_replayed_refresh_token_is_known_after_a_restart(server):  # specs: NEG-25
    shop = server(make_realm(), arguments=FIXED)
    first = login(shop)
    second = granted(Client(shop.url, "neg", "web").refresh(first["refresh_token"]))
    shop.stop()
    shop.start()
    web = Client(shop.url, "neg", "web")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for response in pool.map(lambda _: Client(shop.url, "neg", "web").refresh(
                first["refresh_token"]), range(4)):
            refused(response, "invalid_grant")
    refused(web.refresh(second["refresh_token"]), "invalid_grant")
    assert granted(named(shop, "a").introspect(second["access_token"])) == {"active": False}


# Whose token, and for whom.

@pytest.mark.parametrize("target", ["web", "unrelated", "gate", "b", "account", "realm-management",
                                    "admin-cli", "signer"])
def test_client_does_not_name_its_target_at_will(shop, token, target):
    # specs: NEG-09, NEG-15, TX-80
    response = named(shop, "a").exchange(token, audience=target)
    assert response.status_code == 400 and "access_token" not in response.json()
    assert response.json()["error"] in ("invalid_target", "unauthorized_client")


def test_target_out_of_reach_is_refused_by_every_way_to_name_it(shop, token):  # specs: NEG-15
    a = named(shop, "a")
    granted(a.exchange(token, audience="c"))
    for form in ({"audience": "b"}, {"resource": B}, {"audience": ["c", "b"]},
                 {"audience": "c", "resource": B}, {"audience": B}):
        refused(a.exchange(token, **form), "invalid_target")
    assert aud_of(granted(a.exchange(token))["access_token"]) == ["c"], "its default is no other"
    refused(named(shop, "lone").exchange(token), "invalid_request", "TX-BND-01")


def test_token_of_one_client_is_nothing_to_another(shop):  # specs: NEG-10
    answer = login(shop, client_id="plain")
    granted(named(shop, "a").exchange(answer["access_token"], audience="c"))
    for stranger in ("lone", "quiet"):
        refused(named(shop, stranger).exchange(answer["access_token"]), "invalid_request")
    for name in ("a", "gate", "lone", "quiet"):
        refused(named(shop, name).exchange(answer["id_token"], subject_token_type=ID_TOKEN),
                "invalid_request")


def test_holder_is_the_requester_and_nobody_else(shop, token):  # specs: KCD-13, NEG-16
    for requester, form in (("a", {"audience": "c"}), ("gate", {}), ("gate", {"audience": "b"})):
        claims = decode(granted(named(shop, requester).exchange(token, **form))["access_token"])[1]
        assert claims["azp"] == claims["client_id"] == requester
        assert "act" not in claims or "azp" not in claims["act"]


@pytest.mark.parametrize("asked", ["write", "read write", "admin", "openid write"])
def test_scope_never_grows(shop, asked):  # specs: NEG-17
    narrow = login(shop, scope="openid read")["access_token"]
    none = login(shop, client_id="plain", scope="")["access_token"]
    for token in (narrow, none):
        refused(named(shop, "a").exchange(token, audience="c", scope=asked), "invalid_scope")
        refused(named(shop, "gate").exchange(token, scope=asked), "invalid_scope")
    refused(named(shop, "a").exchange(none, audience="c", scope="read"), "invalid_scope")


def test_path_of_a_request_does_not_change_when_a_part_is_missing(shop, token):
    # specs: NEG-20, NEG-29
    form = {"grant_type": EXCHANGE, "subject_token": token, "audience": "c",
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}
    granted(named(shop, "a").post("token", form))
    for name in ("subject_token", "subject_token_type", "grant_type"):
        for value in (None, ""):
            refused(named(shop, "a").post("token", {**form, name: value}), "invalid_request")
    refused(named(shop, "api").post("token", {
        **form, "subject_token": None, "username": "alice", "password": "alice"}),
        "invalid_request")


def assertion(shop, **changes):
    now = int(time.time())
    signed = jws.JWS(json.dumps({
        "iss": "signer", "sub": "signer", "aud": f"{shop.url}/realms/neg",
        "jti": uuid.uuid4().hex, "iat": now, "exp": now + 60, **changes}))
    signed.add_signature(MINE, protected='{"alg":"ES256","kid":"mine"}')
    return signed.serialize(compact=True)


def test_fake_assertion_beside_a_secret_opens_nothing(shop):  # specs: NEG-20
    signer = Client(shop.url, "neg", "signer", "x")
    good = {"client_assertion_type": ASSERTION, "client_assertion": assertion(shop)}
    for form in ({"client_assertion_type": ASSERTION, "client_assertion": "x.y.z"}, good,
                 {"client_assertion_type": ASSERTION}, {}):
        response = signer.client_credentials(**form)
        assert response.status_code in (400, 401) and "access_token" not in response.json()
    anonymous = Client(shop.url, "neg", "signer")
    refused(anonymous.client_credentials(client_secret="x"), "invalid_client", status=401)
    refused(anonymous.client_credentials(), "invalid_client", status=401)
    granted(anonymous.client_credentials(**good))


def test_tokens_in_the_place_of_others_open_nothing(shop, token):  # specs: NEG-32, NEG-35
    gate, answer = named(shop, "gate"), login(shop)
    as_id = granted(gate.exchange(token, requested_token_type=ID_TOKEN, scope="openid"))[
        "access_token"]
    family = refresh_token_of(granted(gate.exchange(token, requested_token_type=REFRESH_TOKEN)))
    for text in (as_id, family, answer["id_token"], answer["refresh_token"], assertion(shop)):
        assert gate.userinfo(text).status_code == 401
        refused(named(shop, "a").exchange(text, audience="c"), "invalid_request")
    for text in (as_id, token, assertion(shop)):
        refused(gate.refresh(text), "invalid_grant")
    for text in (as_id, token, family):
        refused(requests.post(gate.endpoint("token"), timeout=15, data={
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION,
            "client_assertion": text}), "invalid_client", status=401)


@pytest.mark.parametrize("aud", ["token", "revoke", "token/introspect", "certs"])
def test_assertion_for_another_address_is_refused(shop, aud):  # specs: NEG-28
    issuer = f"{shop.url}/realms/neg"
    address = f"{issuer}/protocol/openid-connect/{aud}"
    anonymous = Client(shop.url, "neg", "signer")
    for audience in (address, [issuer, address], [issuer, "https://other.example"],
                     "https://other.example", issuer + "/", issuer.replace("neg", "NEG"), []):
        refused(anonymous.client_credentials(client_assertion_type=ASSERTION, client_assertion=(
            assertion(shop, aud=audience))), "invalid_client", status=401)


# Sizes.

BIG = {
    "scope": {"scope": "s" * 4000}, "scopes": {"scope": " ".join(f"s{n}" for n in range(500))},
    "audiences": {"audience": [f"a{n}" for n in range(250)]},
    "resources": {"resource": [f"https://a{n}.example" for n in range(250)]},
    "dots": {"subject_token": "." * 16000}, "long token": {"subject_token": "a" * 60000},
    "deep JSON": {"authorization_details": "[" * 4000}}


@pytest.mark.parametrize("what", BIG)
def test_big_requests_are_refused_quickly(shop, token, what):  # specs: NEG-60
    big = BIG[what]
    response = named(shop, "a").exchange(big.get("subject_token", token), **{
        name: value for name, value in big.items() if name != "subject_token"})
    assert response.status_code == 400 and response.elapsed.total_seconds() < 10
    granted(named(shop, "a").exchange(token, audience="c"))


def test_deep_json_in_a_token_is_refused(shop, token):  # specs: NEG-60
    header, _, signature = token.split(".")
    payload = jws.base64url_encode("{\"a\":" * 2000 + "1" + "}" * 2000)
    for text in (f"{header}.{payload}.{signature}", f"{payload}.{payload}.{signature}"):
        refused(named(shop, "a").exchange(text, audience="c"), "invalid_request")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "x-gzip"])
def test_compressed_body_is_refused_and_not_unpacked(shop, coding):  # specs: NEG-61
    body = gzip.compress(b"grant_type=client_credentials&x=" + b"0" * 20_000_000)
    response = requests.post(
        f"{shop.url}/realms/neg/protocol/openid-connect/token", data=body, timeout=15,
        headers={"Content-Encoding": coding, "Content-Type": "application/x-www-form-urlencoded"})
    assert 400 <= response.status_code < 500 and response.elapsed.total_seconds() < 10


# What answers give away.

def test_messages_do_not_tell_what_exists(shop, token):  # specs: NEG-66
    web, quiet = Client(shop.url, "neg", "web"), named(shop, "quiet")

    def same(*responses):
        told = {json.dumps({name: value for name, value in response.json().items()
                            if name != "trace_id"}, sort_keys=True) for response in responses}
        assert len(told) == 1, told
    same(web.password("alice", "wrong"), web.password("nobody", "wrong"),
         web.password("closed", "closed"), web.password("closed", "wrong"))
    same(*(Client(shop.url, "neg", name, "wrong").client_credentials()
           for name in ("a", "nobody", "signer", "web")))
    same(*(quiet.exchange(token, audience=name) for name in ("c", "nobody", "realm-management")))
    unknown, foreign = "x", login(shop, client_id="plain")["access_token"]
    same(quiet.introspect(unknown), quiet.introspect(foreign))


def test_missing_user_takes_as_long_as_a_wrong_password(shop):  # specs: NEG-66
    web = Client(shop.url, "neg", "web")

    def median(username):
        return statistics.median(web.password(username, f"wrong-{n}").elapsed.total_seconds()
                                 for n in range(9))
    web.password("alice", "wrong")
    known, unknown = median("bob"), median("nobody")
    # The hash of a password costs many times what the rest does: nobody skips it.
    assert unknown > known / 4, (known, unknown)


@pytest.mark.parametrize("headers", [
    {"X-Client-Cert": "MIIB", "X-SSL-Client-Cert": "MIIB", "SSL_CLIENT_CERT": "MIIB"},
    {"Client-Cert": ":MIIB:", "X-Forwarded-Client-Cert": "Hash=00;Subject=\"CN=a\""},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "1", "X-Forwarded-Prefix": "/evil"},
    {"Host": "evil.example", "X-Original-URL": "/evil", "X-HTTP-Method-Override": "GET"}])
def test_headers_that_only_a_proxy_may_send_change_nothing(shop, headers):  # specs: NEG-68
    web = Client(shop.url, "neg", "web")
    answer = granted(web.token("password", headers, username="alice", password="alice"))
    claims = decode(answer["access_token"])[1]
    assert claims["iss"] == f"{shop.url}/realms/neg" and "cnf" not in claims
    url = f"{shop.url}/realms/neg/.well-known/openid-configuration"
    assert requests.get(url, headers=headers, timeout=15).json() == web.discovery()
    refused(Client(shop.url, "neg", "a").token("client_credentials", headers),
            "invalid_client", status=401)
