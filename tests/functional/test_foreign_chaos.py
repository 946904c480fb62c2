# SPDX-License-Identifier: Apache-2.0
"""Issuers that are slow, away, huge, that send us elsewhere, lie, or change their keys under load: who needs them hears so in
a bounded time, and nobody else notices. What others feel is measured by turns with the same load on issuers that are well,
so that a busy machine is busy in both."""
import concurrent.futures
import json
import threading
import time

import pytest

from support.certificate import make_certificate
from support.client import ACCESS_TOKEN, JWT, Client, decode, granted, refused
from support.foreign import allow, entry, explained, foreign_rule, jwks, new_key, public, signed
from support.provider import free_port
from support.publisher import Publisher, silent, trickle
from support.realms import client, realm, scope

KEY, NEXT, LAST, STRANGER = (new_key(name) for name in ("k1", "k2", "k3", "k1"))
PAUSE = 10  # seconds between two fetches of one URL
EACH = 10  # issuers of one mood: more than there are fetchers and waiting places


def json_page(value, **headers):
    return 200, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def half_way(handler):
    """Promises more than it sends, and hangs up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"keys": [')


def thousands_of_keys():
    return json_page({"keys": [public(KEY, kid=f"k{number}") for number in range(2500)]})


def redirect(publisher):
    return 302, {"Location": f"{publisher.url}/well"}, b""


# Mood of a key set: (what is published, what the operator's log says of it, what the client hears).
def moods(publisher):
    return {
        "well": (json_page(jwks(KEY)), None),
        "silent": (silent, "took too long"),
        "trickling": (trickle, "took too long"),
        "huge": (json_page({"keys": [], "padding": "x" * 2_000_000}), "too large"),
        "redirecting": (redirect(publisher), "302"),
        "of thousands of keys": (thousands_of_keys(), "100 keys"),
        "failing": ((500, {}, b"{}"), "500"),
        "a page for people": ((200, {"Content-Type": "text/html"}, b"<html>maintenance</html>"), ""),
        "cut off": (half_way, ""),
        "compressed": (json_page(jwks(KEY), **{"Content-Encoding": "gzip"}), "compressed"),
        "of private keys": (json_page({"keys": [json.loads(KEY.export_private())]}), "private"),
        "of one key twice": (json_page(jwks(KEY, public(STRANGER))), "twice"),
        "of symmetric keys": (json_page({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]}), ""),
        "deep": ((200, {"Content-Type": "application/json"}, b"[" * 5000 + b"]" * 5000), ""),
        "twice said": ((200, {"Content-Type": "application/json"},
                        b'{"keys":[],"keys":' + json.dumps(jwks(KEY)["keys"]).encode() + b"}"), ""),
    }


def alias_of(mood, number=0):
    return f"{mood.replace(' ', '-')}-{number}"


def issuer_of(alias):
    return f"https://{alias}.example"


@pytest.fixture(scope="module", name="publisher")
def publisher_fixture():
    made = Publisher()
    for mood, (page, _) in moods(made).items():
        for number in range(EACH):
            made.pages[f"/{alias_of(mood, number)}"] = page
    made.pages["/well"] = json_page(jwks(KEY))
    yield made
    made.close()


def make_realm(issuers):
    return realm("shop", scopes=[scope("read")], trustedIssuers=issuers,
                 clients=[client("gate"), client("quiet", attributes={"cambist.diagnostics": "off"}), client("ledger"),
                          client("own", sent_to=["own"], serviceAccountsEnabled=True)],
                 rules=[foreign_rule(f"in-{one}", one, "ledger", [each["alias"] for each in issuers], types=("jwt", "access_token"))
                        for one in ("gate", "quiet")])


def issuers_of(publisher):
    made = [entry(alias_of(mood, number), issuer_of(alias_of(mood, number)),
                  keys={"jwksUrl": f"{publisher.url}/{alias_of(mood, number)}"})
            for mood in moods(publisher) for number in range(EACH)]
    gone = f"http://127.0.0.1:{free_port()}"
    made += [entry(alias_of("away", number), issuer_of(alias_of("away", number)), keys={"jwksUrl": f"{gone}/{number}"})
             for number in range(EACH)]
    return made


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, publisher, tmp_path_factory):
    return module_server(make_realm(issuers_of(publisher)), arguments=allow(tmp_path_factory.mktemp("out"), timeoutSeconds=2))


def us(shop):
    return f"{shop.url}/realms/shop"


def token_of(shop, issuer, key=KEY, **more):
    return signed({"iss": issuer, "sub": "x", "aud": us(shop), **more}, key)


def exchanged(shop, token, by="gate", **form):
    return Client(shop.url, "shop", by, f"{by}-secret").exchange(token, **{"subject_token_type": JWT, "audience": "ledger", **form})


MOODS = sorted(set(moods(type("Nowhere", (), {"url": ""}))) - {"well"})


@pytest.mark.parametrize("mood", [*MOODS, "away"])
def test_keys_that_can_not_be_had_refuse_in_time_and_the_log_says_why(shop, publisher, mood):
    """specs: NEG-45, NEG-60, NEG-61, JWB-11. Nothing is followed, nothing is read that is too much."""
    issuer = issuer_of(alias_of(mood))
    started = time.monotonic()
    answer = exchanged(shop, token_of(shop, issuer))
    assert time.monotonic() - started < 8
    body = refused(answer, "temporarily_unavailable", "TX-ISS-06", 503)
    assert alias_of(mood) in body["hint"] and publisher.url not in answer.text, "addresses are for the operator"
    quiet = exchanged(shop, token_of(shop, issuer), by="quiet")
    assert alias_of(mood) not in quiet.text and "access_token" not in quiet.text
    said = moods(publisher)[mood][1] if mood != "away" else ""

    def rows():
        return [row for row in shop.events("key_set_not_fetched") if row["url"].endswith(path_of(mood))]
    shop.wait_until(rows)
    assert said in rows()[0]["error"], rows()[0]
    assert explained(shop, quiet)["error"] == "TX-ISS-06"


def path_of(mood):
    return "/0" if mood == "away" else f"/{alias_of(mood)}"


def test_a_redirect_is_not_followed(shop, publisher):
    """specs: NEG-45, INC-18"""
    before = publisher.times_asked("/well")
    refused(exchanged(shop, token_of(shop, issuer_of(alias_of("redirecting", 1)))), "temporarily_unavailable", status=503)
    assert publisher.times_asked("/well") == before


# What others feel

def p99(times):
    return sorted(times)[max(0, int(len(times) * 0.99) - 1)]


def times_of(own, count=40):
    times = []
    for _ in range(count):
        started = time.monotonic()
        assert own.introspect("nothing").status_code == 200
        times.append(time.monotonic() - started)
    return times


class Load:
    """Six who present tokens of issuers of one mood, each again and again."""

    def __init__(self, shop, mood):
        self.shop, self.tokens = shop, [token_of(shop, issuer_of(alias_of(mood, number))) for number in range(EACH)]
        self.ending, self.answers = threading.Event(), []
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(6)]

    def run(self, number):
        web = Client(self.shop.url, "shop", "gate", "gate-secret")
        while not self.ending.is_set():
            number += 1
            self.answers.append(web.exchange(self.tokens[number % EACH], subject_token_type=JWT, audience="ledger").status_code)
            self.ending.wait(0.05)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        time.sleep(0.2)
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("mood", ["silent", "trickling", "away", "huge", "redirecting", "of thousands of keys"])
def test_others_are_as_fast_as_with_issuers_that_are_well(shop, mood):
    """specs: INC-17. p99 within twice, the best of three rounds; the 20 ms are what a busy machine may add."""
    own = Client(shop.url, "shop", "own", "own-secret")
    seen = []
    for _ in range(3):
        calm, busy = [], []
        for _ in range(3):  # by turns
            with Load(shop, "well") as load:
                calm += times_of(own)
            assert set(load.answers) == {200}
            with Load(shop, mood) as load:
                busy += times_of(own)
            assert set(load.answers) == {503}
        seen.append((p99(busy), p99(calm)))
        if p99(busy) <= 2 * p99(calm) + 0.02:
            return
    raise AssertionError(f"p99 with {mood}, and with issuers that are well: {seen}")


def test_who_waits_for_an_issuer_that_is_silent_waits_a_bounded_time_and_in_bounded_numbers(server, publisher, tmp_path):
    shop = server(make_realm(issuers_of(publisher)), arguments=allow(tmp_path, timeoutSeconds=2))
    tokens = [token_of(shop, issuer_of(alias_of("silent", number % EACH))) for number in range(60)]

    def timed(token):
        started = time.monotonic()
        return exchanged(shop, token).status_code, time.monotonic() - started
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(timed, tokens))
    assert {status for status, _ in answers} == {503}
    assert max(took for _, took in answers) < 10 and time.monotonic() - started < 20
    granted(exchanged(shop, token_of(shop, issuer_of(alias_of("well")))))


def test_of_many_who_come_at_once_before_the_keys_are_there_those_who_find_no_place_are_told_so(server, publisher, tmp_path):
    def slowly(handler):
        time.sleep(1.5)
        publisher.write(handler, *json_page(jwks(KEY)))
    publisher.pages["/cold"] = slowly
    made = make_realm([entry("cold", issuer_of("cold"), keys={"jwksUrl": f"{publisher.url}/cold"})])
    shop = server(made, arguments=allow(tmp_path))
    tokens = [token_of(shop, issuer_of("cold")) for _ in range(16)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda token: exchanged(shop, token), tokens))
    assert {answer.status_code for answer in answers} == {200, 503}
    for answer in (one for one in answers if one.status_code == 503):
        body = refused(answer, "temporarily_unavailable", "TX-ISS-06", status=503)
        assert "too many requests already wait" in body["hint"], body
    assert publisher.times_asked("/cold") == 1


# Keys that change

def test_keys_rotate_under_load_without_a_refusal(server, publisher, tmp_path):
    """specs: NEG-47. As an issuer does it: the new key is published before it signs, the old one stays for a while."""
    publisher.pages["/rotating"] = json_page(jwks(KEY))
    issuer = "https://rotating.example"
    shop = server(make_realm([entry("rotating", issuer, keys={"jwksUrl": f"{publisher.url}/rotating"})]), arguments=allow(tmp_path))
    signing, ending, answers = [KEY], threading.Event(), []

    def present():
        web = Client(shop.url, "shop", "gate", "gate-secret")
        while not ending.is_set():
            key = signing[0]
            answer = web.exchange(token_of(shop, issuer, key), subject_token_type=JWT, audience="ledger")
            answers.append((key["kid"], answer.status_code, answer.text if answer.status_code != 200 else ""))
            ending.wait(0.02)
    threads = [threading.Thread(target=present) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for published, signer in (((KEY, NEXT), NEXT), ((NEXT, LAST), LAST)):
            time.sleep(PAUSE + 0.5)
            publisher.pages["/rotating"] = json_page(jwks(*published))
            signing[0] = signer
        time.sleep(1)
    finally:
        ending.set()
        for thread in threads:
            thread.join()
    assert {kid for kid, _, _ in answers} == {"k1", "k2", "k3"}
    assert not [one for one in answers if one[1] != 200], [one for one in answers if one[1] != 200][:3]
    assert publisher.times_asked("/rotating") == 3, "one fetch a key, whoever asks"
    refused(exchanged(shop, token_of(shop, issuer, KEY)), "invalid_request", "TX-STK-05")  # withdrawn by its issuer


def test_the_last_good_keys_serve_while_their_issuer_is_unwell(server, publisher, tmp_path):
    """Until it says otherwise: what can not be read takes nothing away."""
    publisher.pages["/ailing"] = json_page(jwks(KEY), **{"Cache-Control": "max-age=60"})
    issuer = "https://ailing.example"
    shop = server(make_realm([entry("ailing", issuer, keys={"jwksUrl": f"{publisher.url}/ailing"})]), arguments=allow(tmp_path))
    granted(exchanged(shop, token_of(shop, issuer)))
    for page in ((500, {}, b""), redirect(publisher), (200, {}, b"{"), silent):
        publisher.pages["/ailing"] = page
        granted(exchanged(shop, token_of(shop, issuer)))
    time.sleep(PAUSE)  # now an unknown key may make it ask, in vain
    refused(exchanged(shop, token_of(shop, issuer, NEXT)), "invalid_request", "TX-STK-05")
    granted(exchanged(shop, token_of(shop, issuer)))


# Metadata that lie

def metadata(issuer, jwks_uri, **more):
    return json_page({"issuer": issuer, "jwks_uri": jwks_uri, **more})


LIES = {
    "another issuer": lambda url: metadata("https://evil.example", f"{url}/well"),
    "an issuer with a slash": lambda url: metadata(f"{url}/lies/", f"{url}/well"),
    "another path": lambda url: metadata(f"{url}/other", f"{url}/well"),
    "no issuer": lambda url: json_page({"jwks_uri": f"{url}/well"}),
    "two issuers": lambda url: json_page({"issuer": [f"{url}/lies", "https://evil.example"], "jwks_uri": f"{url}/well"}),
    "no keys": lambda url: json_page({"issuer": f"{url}/lies"}),
    "keys in our network": lambda url: metadata(f"{url}/lies", "http://169.254.169.254/latest/meta-data"),
    "keys at our router": lambda url: metadata(f"{url}/lies", "http://10.0.0.1/keys"),
    "keys in a file": lambda url: metadata(f"{url}/lies", "file:///etc/passwd"),
    "keys at no address": lambda url: metadata(f"{url}/lies", 5),
    "keys elsewhere by redirect": lambda url: (301, {"Location": f"{url}/honest/.well-known/openid-configuration"}, b""),
}


@pytest.mark.parametrize("lie", LIES)
def test_metadata_that_speak_of_another_issuer_or_lead_elsewhere_prove_nothing(server, publisher, tmp_path, lie):
    """specs: NEG-45, INC-18"""
    issuer = f"{publisher.url}/lies"
    publisher.pages["/lies/.well-known/openid-configuration"] = LIES[lie](publisher.url)
    shop = server(make_realm([entry("lies", issuer)]), arguments=allow(tmp_path))
    before = publisher.times_asked("/well")
    answer = exchanged(shop, token_of(shop, issuer))
    refused(answer, "temporarily_unavailable", "TX-ISS-06", status=503)
    assert publisher.times_asked("/well") == before
    assert explained(shop, answer)["error"] == "TX-ISS-06"


def test_metadata_that_are_honest_are_followed(server, publisher, tmp_path):
    issuer = f"{publisher.url}/honest"
    publisher.pages["/honest/.well-known/openid-configuration"] = metadata(issuer, f"{publisher.url}/well")
    shop = server(make_realm([entry("honest", issuer)]), arguments=allow(tmp_path))
    assert decode(granted(exchanged(shop, token_of(shop, issuer)))["access_token"])[1]["idp"]["alias"] == "honest"
    refused(exchanged(shop, token_of(shop, issuer, STRANGER)), "invalid_request", "TX-STK-06")


ANSWERS = {
    "another issuer's": ({"active": True, "sub": "x", "aud": "us", "iss": "https://evil.example"}, "TX-ASK-02"),
    "for somebody else": ({"active": True, "sub": "x", "aud": "them"}, "TX-FTK-02"),
    "for nobody": ({"active": True, "sub": "x"}, "TX-FTK-02"),
    "of nobody": ({"active": True, "aud": "us"}, "TX-STK-12"),
    "over": ({"active": True, "sub": "x", "aud": "us", "exp": 1700000000}, "TX-STK-03"),
    "not yet": ({"active": True, "sub": "x", "aud": "us", "nbf": 4102444800}, "TX-STK-04"),
    "not active": ({"active": False, "sub": "x", "aud": "us"}, "TX-ASK-01"),
    "active as a text": ({"active": "true", "sub": "x", "aud": "us"}, "TX-ASK-02"),
    "active as a number": ({"active": 1, "sub": "x", "aud": "us"}, "TX-ASK-02"),
    "a list": ([{"active": True, "sub": "x", "aud": "us"}], "TX-ASK-02"),
    "nothing": ({}, "TX-ASK-02"),
    "of an actor": ({"active": True, "sub": "x", "aud": "us", "act": {"sub": "boss"}}, "TX-FTK-09"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_introspection_that_lies_or_says_nothing_proves_nothing(shop_that_asks, publisher, answer):
    """specs: INC-03, NEG-39"""
    said, code = ANSWERS[answer]
    publisher.pages["/introspect"] = json_page(said)
    response = exchanged(shop_that_asks, "opaque", subject_token_type=ACCESS_TOKEN, subject_issuer="asked")
    assert response.json()["error_code"] == code and response.status_code == (503 if code == "TX-ASK-02" else 400), response.text


@pytest.fixture(scope="module", name="shop_that_asks")
def shop_that_asks_fixture(module_server, publisher, tmp_path_factory):
    asked = entry("asked", "https://asked.example", kind="introspection", audience="us", endpoints={
        "introspection": f"{publisher.url}/introspect", "clientId": "us", "clientSecret": "secret"})
    return module_server(make_realm([asked]), arguments=allow(tmp_path_factory.mktemp("out")))


def test_an_introspection_that_is_well_proves_and_one_that_fails_again_and_again_is_left_alone(shop_that_asks, publisher):
    """specs: INC-17"""
    publisher.pages["/introspect"] = json_page({"active": True, "sub": "x", "aud": ["us"]})
    granted(exchanged(shop_that_asks, "opaque", subject_token_type=ACCESS_TOKEN, subject_issuer="asked"))
    publisher.pages["/introspect"] = (500, {}, b"")
    before = publisher.times_asked("/introspect")
    for _ in range(30):
        refused(exchanged(shop_that_asks, "opaque", subject_token_type=ACCESS_TOKEN, subject_issuer="asked"), "temporarily_unavailable", "TX-ASK-02", 503)
    assert publisher.times_asked("/introspect") - before <= 12
    assert shop_that_asks.events("server_left_alone")


# Addresses that nobody may make us call

INSIDE = ["https://127.0.0.1:{port}/keys", "https://localhost:{port}/keys", "https://127.1:{port}/keys",
          "https://2130706433:{port}/keys", "https://0x7f000001:{port}/keys", "https://0177.0.0.1:{port}/keys",
          "https://[::1]:{port}/keys", "https://[::ffff:127.0.0.1]:{port}/keys", "https://0.0.0.0:{port}/keys",
          "https://169.254.169.254/latest", "https://10.0.0.1/keys", "https://192.168.0.1/keys", "https://[fd00::1]/keys",
          "https://[fe80::1]/keys", "https://100.64.0.1/keys", "http://issuer.example/keys"]


@pytest.fixture(scope="module", name="inside")
def inside_fixture(module_server, tmp_path_factory):
    """A server that may call nobody inside, and who would answer there."""
    folder = tmp_path_factory.mktemp("inside")
    publisher = Publisher(make_certificate(folder))
    publisher.publish("/keys", KEY)
    port = publisher.url.rpartition(":")[2]
    config = folder / "config.json"
    config.write_text(json.dumps({"outbound": {"caFile": str(folder / "tls.pem"), "timeoutSeconds": 2}}))
    issuers = [entry(f"inside-{number}", f"https://inside-{number}.example", keys={"jwksUrl": url.format(port=port)})
               for number, url in enumerate(INSIDE)]
    yield module_server(make_realm(issuers), arguments=["--config", str(config)]), publisher
    publisher.close()


@pytest.mark.parametrize("number", range(len(INSIDE)), ids=INSIDE)
def test_keys_inside_our_network_are_not_fetched_however_the_address_is_spelled(inside, number):
    """specs: NEG-45, INC-18"""
    shop, publisher = inside
    answer = exchanged(shop, token_of(shop, f"https://inside-{number}.example"))
    refused(answer, "temporarily_unavailable", "TX-ISS-06", status=503)
    assert publisher.connections == 0
