# SPDX-License-Identifier: Apache-2.0
"""Keys that clients publish: fetched with care, kept, looked for again; for assertions and encryption."""
import json
import time
import uuid

import pytest
from jwcrypto import jwe, jwk, jws
from jwcrypto.common import base64url_decode

from support.certificate import make_certificate
from support.client import Client, granted, refused, verify
from support.publisher import Publisher, silent, trickle
from support.realms import client, public_client, realm, user

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY, NEXT = (jwk.JWK.generate(kty="EC", crv="P-256", kid=name, use="sig") for name in ("first", "next"))
ENC_EC = jwk.JWK.generate(kty="EC", crv="P-256", kid="enc-ec", use="enc")
ENC_OKP = jwk.JWK.generate(kty="OKP", crv="X25519", kid="enc-okp", use="enc")
ENC_RSA = jwk.JWK.generate(kty="RSA", size=2048, kid="enc-rsa", use="enc", alg="RSA-OAEP-256")
ENC_RSA1 = jwk.JWK(**{**ENC_RSA.export(as_dict=True), "kid": "enc-rsa1", "alg": "RSA-OAEP"})
KEYS = {"RSA-OAEP-256": ENC_RSA, "RSA-OAEP": ENC_RSA1}  # the others are for ENC_EC
BAD = {"slow": "took too long", "silent": "took too long", "huge": "too large", "moved": "302",
       "gone": "404", "garbage": "", "private-half": "", "no-http": "no HTTP", "zipped": "compressed",
       "hang-up": "TX-OUT-02"}


@pytest.fixture(scope="module", name="place")
def place_fixture(tmp_path_factory):
    return tmp_path_factory.mktemp("published")


@pytest.fixture(scope="module", name="publisher")
def publisher_fixture(place):
    made = Publisher(make_certificate(place))
    made.publish("/good", KEY, **{"Cache-Control": "max-age=3600"})
    made.publish("/rotating", KEY)
    made.publish("/both", KEY, ENC_EC, ENC_RSA)
    made.pages.update({
        "/slow": trickle, "/silent": silent, "/huge": (200, {}, b"x" * 2_000_000),
        "/moved": (302, {"Location": f"{made.url}/target"}, b""), "/garbage": (200, {}, b"{\"keys\":"),
        "/private-half": (200, {}, json.dumps({"keys": [json.loads(KEY.export_private())]}).encode()),
        "/zipped": (200, {"Content-Encoding": "gzip"}, b"x"),
        "/hang-up": lambda handler: None,
        "/no-http": lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n" * 10)})
    yield made
    made.close()


def signer(name, url, **attributes):
    made = client(name, serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                  attributes={"use.jwks.url": "true", "jwks.url": url, **attributes})
    del made["secret"]
    return made


def encrypted(name, alg, enc=None, url=None, keys=None, **more):
    attributes = {"id.token.encrypted.response.alg": alg}
    if enc:
        attributes["id.token.encrypted.response.enc"] = enc
    if url:
        attributes |= {"use.jwks.url": "true", "jwks.url": url}
    if keys:
        attributes["jwks.string"] = json.dumps({"keys": [json.loads(key.export_public()) for key in keys]})
    return public_client(name, attributes={**attributes, **more})


def write_config(folder, place, **outbound):
    path = folder / f"config-{uuid.uuid4().hex}.json"
    settings = {"allow": ["127.0.0.1"], "caFile": str(place / "tls.pem"), "timeoutSeconds": 1, **outbound}
    path.write_text(json.dumps({"outbound": settings}))
    return ["--config", str(path)]


PAIRS = [(alg, enc) for alg in ("RSA-OAEP-256", "RSA-OAEP", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
         for enc in ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")]


OKP_ALGS = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]


@pytest.fixture(scope="module")
def shop(module_server, publisher, place):
    inline = [ENC_EC, ENC_RSA1, ENC_RSA]
    made = realm("keys", users=[user("alice")], clients=[
        signer("good", f"{publisher.url}/good"), signer("rotating", f"{publisher.url}/rotating"),
        signer("both", f"{publisher.url}/both"),
        *(signer(name, f"{publisher.url}/{name}") for name in BAD),
        encrypted("by-url", "ECDH-ES", "A128GCM", url=f"{publisher.url}/both"),
        *(encrypted(f"okp-{alg}", alg, "A128GCM", keys=[ENC_OKP]) for alg in OKP_ALGS),
        encrypted("default-enc", "RSA-OAEP-256", keys=inline),
        encrypted("no-key", "ECDH-ES"), encrypted("only-rsa", "ECDH-ES", keys=[ENC_RSA]),
        encrypted("away", "ECDH-ES", url=f"{publisher.url}/nowhere"),
        encrypted("info", "ECDH-ES", keys=inline, **{"user.info.encrypted.response.alg": "RSA-OAEP-256",
                                                     "user.info.encrypted.response.enc": "A256GCM",
                                                     "user.info.response.signature.alg": "EdDSA"}),
        *(encrypted(f"{alg}-{enc}", alg, enc, keys=inline) for alg, enc in PAIRS)])
    return module_server(made, arguments=write_config(place, place))


def ask(shop, client_id, key=KEY, name="keys"):
    claims = {"iss": client_id, "sub": client_id, "aud": f"{shop.url}/realms/{name}",
              "exp": int(time.time()) + 60, "jti": str(uuid.uuid4())}
    token = jws.JWS(json.dumps(claims))
    token.add_signature(key, None, json.dumps({"alg": "ES256", "kid": key["kid"]}))
    http = Client(shop.url, name, client_id)
    return http.http.post(http.endpoint("token"), timeout=15, data={
        "grant_type": "client_credentials", "client_assertion_type": ASSERTION,
        "client_assertion": token.serialize(compact=True)})


def login(shop, client_id):
    return Client(shop.url, "keys", client_id).password("alice", "alice", scope="openid")


def certs(shop):
    web = Client(shop.url, "keys", "x")
    return web.http.get(web.endpoint("certs"), timeout=15).text


def opened(token, key, alg, enc):
    box = jwe.JWE(algs=[alg, enc])
    box.deserialize(token, key)
    assert (box.jose_header["alg"], box.jose_header["enc"], box.jose_header["cty"]) == (alg, enc, "JWT")
    assert box.jose_header["kid"] == key["kid"]
    return box.payload.decode()


# Assertions.

def test_a_client_is_authenticated_by_the_keys_that_it_publishes(shop, publisher):
    for _ in range(5):
        granted(ask(shop, "good"))
    assert publisher.times_asked("/good") == 1, "the set is kept"
    _, headers = next(one for one in publisher.asked if one[0] == "/good")
    assert headers["Host"] == publisher.url.removeprefix("https://")
    assert "Authorization" not in headers and "Cookie" not in headers
    refused(ask(shop, "good", NEXT), "invalid_client", status=401)


def test_a_new_key_of_the_client_is_found_and_not_asked_for_too_often(shop, publisher):
    # specs: NEG-47
    granted(ask(shop, "rotating"))
    for _ in range(5):
        refused(ask(shop, "rotating", NEXT), "invalid_client", status=401)
    assert publisher.times_asked("/rotating") == 1, "unknown keys do not make us ask again at once"
    publisher.publish("/rotating", NEXT)
    time.sleep(10.5)
    granted(ask(shop, "rotating", NEXT))
    assert publisher.times_asked("/rotating") == 2
    refused(ask(shop, "rotating", KEY), "invalid_client", status=401)


@pytest.mark.parametrize("name", BAD)
def test_a_server_that_behaves_badly_authenticates_nobody_and_holds_up_nobody(shop, publisher, name):
    # specs: NEG-45
    begun = time.monotonic()
    refused(ask(shop, name), "invalid_client", "TX-AUT-00", status=401)
    refused(ask(shop, name), "invalid_client", "TX-AUT-00", status=401)
    assert time.monotonic() - begun < 8
    told = shop.wait_for_event("key_set_not_fetched", url=f"{publisher.url}/{name}")
    assert BAD[name] in told["error"], told
    assert publisher.times_asked(f"/{name}") == 1, "a failure is not tried again at once"
    assert publisher.times_asked("/target") == 0, "redirects are not followed"
    granted(ask(shop, "good"))


def test_nobody_else_waits_for_a_slow_server(module_server, publisher, place):
    slow = module_server(realm("keys", clients=[signer(f"c{i}", f"{publisher.url}/silent?{i}") for i in range(30)]
                               + [client("quick", serviceAccountsEnabled=True)]),
                         arguments=write_config(place, place, timeoutSeconds=5))
    for i in range(30):
        publisher.pages[f"/silent?{i}"] = silent
    import concurrent.futures
    with concurrent.futures.ThreadPoolExecutor(30) as many:
        waiting = [many.submit(ask, slow, f"c{i}") for i in range(30)]
        time.sleep(0.3)
        begun = time.monotonic()
        granted(Client(slow.url, "keys", "quick", "quick-secret").client_credentials())
        assert time.monotonic() - begun < 2
        for one in waiting:
            refused(one.result(), "invalid_client", status=401)


# What may be called.

def refuses(server, folder, url, why, **outbound):
    shop = server(realm("keys", clients=[signer("c", url)]), arguments=write_config(folder, folder, **outbound))
    refused(ask(shop, "c"), "invalid_client", status=401)
    assert why in shop.wait_for_event("key_set_not_fetched")["error"]


def test_a_private_address_is_not_connected_to(server, publisher, place):
    # specs: NEG-45
    before = publisher.connections
    refuses(server, place, f"{publisher.url}/good", "TX-OUT-01", allow=[])
    assert publisher.connections == before
    refuses(server, place, f"{publisher.url}/good".replace("127.0.0.1", "localhost"), "TX-OUT-01", allow=["10.0.0.0/8"])
    assert publisher.connections == before


def test_a_host_that_is_allowed_by_name_may_be_private(server, publisher, place):
    certificate = make_certificate(place, "named", "DNS:localhost")
    named = Publisher(certificate)
    named.publish("/good", KEY)
    url = named.url.replace("127.0.0.1", "localhost")
    shop = server(realm("keys", clients=[signer("c", f"{url}/good")]),
                  arguments=write_config(place, place, allow=["localhost"], caFile=str(certificate[0])))
    granted(ask(shop, "c"))
    named.close()


def test_plain_http_is_called_only_if_that_is_allowed(server, place):
    plain = Publisher()
    plain.publish("/good", KEY)
    refuses(server, place, f"{plain.url}/good", "TX-OUT-01")
    assert plain.connections == 0
    shop = server(realm("keys", clients=[signer("c", f"{plain.url}/good")]),
                  arguments=write_config(place, place, allowHttp=True))
    granted(ask(shop, "c"))
    plain.close()


@pytest.mark.parametrize("names,trusted", [("IP:127.0.0.1", False), ("DNS:other.example", True), ("IP:127.0.0.2", True)])
def test_a_certificate_that_proves_nothing_ends_the_call_before_the_request(server, place, names, trusted):
    certificate = make_certificate(place, f"wrong-{uuid.uuid4().hex}", names)
    wrong = Publisher(certificate)
    wrong.publish("/good", KEY)
    more = {"caFile": str(certificate[0])} if trusted else {}
    refuses(server, place, f"{wrong.url}/good", "certificate was not accepted", **more)
    assert wrong.asked == []
    wrong.close()


def test_proxies_of_the_environment_are_not_used(server, publisher, place):
    shop = server(realm("keys", clients=[signer("c", f"{publisher.url}/good")]), arguments=write_config(place, place),
                  environment={"https_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"})
    granted(ask(shop, "c"))


@pytest.mark.parametrize("outbound,fault", [
    ({"allow": ["not a host"]}, "no host name, address or CIDR block"), ({"timeoutSeconds": 0}, "from 1 to 60"),
    ({"caFile": "/nowhere.pem"}, "/nowhere.pem"), ({"alow": []}, "did you mean 'allow'")])
def test_a_fault_in_the_settings_is_told_at_the_start(tmp_path, place, outbound, fault):
    from support.server import cambist
    done = cambist("serve", "--dev", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0",
                   "--store", f"sqlite:{tmp_path}/x.db", *write_config(tmp_path, place, **outbound))
    assert done.returncode != 0 and fault in done.stderr, done.stderr


# Encryption.

@pytest.mark.parametrize("alg,enc", PAIRS)
def test_an_id_token_is_signed_and_then_encrypted_to_the_client(shop, alg, enc):
    tokens = granted(login(shop, f"{alg}-{enc}"))
    key = KEYS.get(alg, ENC_EC)
    header, claims = verify(opened(tokens["id_token"], key, alg, enc), certs(shop))
    assert claims["aud"] == f"{alg}-{enc}" and claims["typ"] == "ID" and header["alg"] == "ES256"
    verify(tokens["access_token"], certs(shop))


def test_an_id_token_is_encrypted_to_a_key_that_the_client_publishes(shop):
    opened(granted(login(shop, "by-url"))["id_token"], ENC_EC, "ECDH-ES", "A128GCM")


@pytest.mark.parametrize("alg", OKP_ALGS)
def test_an_id_token_is_encrypted_to_an_x25519_key(shop, alg):
    """RFC 8037 section 3.2, read by python3-jwcrypto."""
    token = granted(login(shop, f"okp-{alg}"))["id_token"]
    opened(token, ENC_OKP, alg, "A128GCM")
    header = json.loads(base64url_decode(token.split(".")[0]))
    assert header["epk"]["kty"] == "OKP" and header["epk"]["crv"] == "X25519"
    assert set(header["epk"]) == {"kty", "crv", "x"}


def test_the_content_encryption_defaults_to_that_of_openid_connect(shop):
    opened(granted(login(shop, "default-enc"))["id_token"], ENC_RSA, "RSA-OAEP-256", "A128CBC-HS256")


@pytest.mark.parametrize("client_id,code,status", [
    ("no-key", "TX-ENC-01", 400), ("only-rsa", "TX-ENC-01", 400), ("away", "TX-ENC-02", 503)])
def test_without_a_key_to_encrypt_to_there_are_no_tokens(shop, client_id, code, status):
    answer = login(shop, client_id)
    assert answer.status_code == status
    body = answer.json()
    assert body["error_code"] == code and "id_token" not in body and "access_token" not in body


def test_encrypted_userinfo_is_signed_inside(shop):
    access = granted(login(shop, "info"))["access_token"]
    answer = Client(shop.url, "keys", "info").userinfo(access)
    assert answer.headers["Content-Type"] == "application/jwt"
    header, claims = verify(opened(answer.text, ENC_RSA, "RSA-OAEP-256", "A256GCM"), certs(shop))
    assert header["alg"] == "EdDSA" and claims["preferred_username"] == "alice" and claims["aud"] == "info"


def test_an_encrypted_token_is_no_subject_token(shop):
    token = granted(login(shop, "by-url"))["id_token"]
    answer = ask(shop, "good")
    assert Client(shop.url, "keys", "by-url").userinfo(token).status_code == 401
    assert granted(answer)["access_token"]


def test_discovery_says_what_can_be_encrypted_with(shop):
    shown = Client(shop.url, "keys", "x").discovery()
    for name in ("id_token", "userinfo"):
        assert shown[f"{name}_encryption_alg_values_supported"][0] == "RSA-OAEP-256"
        assert "A128GCM" in shown[f"{name}_encryption_enc_values_supported"]
        assert not {"RSA1_5", "dir", "none"} & set(shown[f"{name}_encryption_alg_values_supported"])


@pytest.mark.parametrize("alg", ["RSA1_5", "dir", "A128KW", "PBES2-HS256+A128KW"])
def test_an_encryption_that_is_not_served_is_refused_by_name(tmp_path, alg):
    from support.server import cambist, write_realm
    done = cambist("lint", write_realm(tmp_path, realm("bad", clients=[encrypted("c", alg)])))
    assert done.returncode == 1 and alg in done.stdout + done.stderr
