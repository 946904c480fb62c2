# SPDX-License-Identifier: Apache-2.0
"""What went wrong in other servers that exchange tokens, tried here: what no test of one part shows."""
import concurrent.futures
import json
import time

import pytest

from support.audit import records_of
from support.client import ACCESS_TOKEN, JWT, Client, granted, refused
from support.foreign import allow, entry, foreign_rule, new_key, signed
from support.publisher import Publisher
from support.realms import client, denial, public_client, realm, rule, scope, secret_of, user

KEY = new_key()
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PARTNER, BROAD = "https://partner.example", "https://broad.example"


@pytest.fixture(scope="module", name="publisher")
def publisher_fixture():
    made = Publisher()
    said = {"active": True, "sub": "x", "aud": "us", "scope": "read"}
    made.pages["/introspect"] = (200, {"Content-Type": "application/json"}, json.dumps(said).encode())
    yield made
    made.close()


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, publisher, tmp_path_factory):
    issuers = [
        entry("partner", PARTNER, KEY, uses=["subject", "grant"]),
        {**entry("broad", BROAD, KEY), "scopes": [], "scopeMap": {"see": ["read"], "edit": ["write"]}},
        entry("asked", "https://asked.example", kind="introspection", audience="us",
              endpoints={"introspection": f"{publisher.url}/introspect", "clientId": "x", "clientSecret": "y"})]
    names = [one["alias"] for one in issuers]
    rules = []
    for target in ("ledger", "vault"):
        rules += [rule(f"own-{target}", "gate", target, scopes=["read", "write"]),
                  foreign_rule(f"theirs-{target}", "gate", target, names)]
    rules[1]["result"]["scopes"]["allow"] = ["read", "write"]
    return module_server(
        realm("shop", scopes=[scope("read"), scope("write")], trustedIssuers=issuers, users=[user("ann")],
              clients=[client("gate", sent_to=["gate"], serviceAccountsEnabled=True), client("ledger"), client("vault"),
                       public_client("web", sent_to=["gate"], optional=["read", "write"])],
              rules=[*rules, rule("on", "ledger", "vault", scopes=["read"]), denial("nobody", "vault", requester={"clients": ["gate"]})]),
        arguments=allow(tmp_path_factory.mktemp("outbound")))


def gate(shop):
    return Client(shop.url, "shop", "gate", secret_of("gate"))


def theirs(shop, issuer=PARTNER, **claims):
    return signed({"iss": issuer, "sub": "x", "aud": f"{shop.url}/realms/shop", **claims}, KEY)


def ours(shop, scopes="openid"):
    return granted(Client(shop.url, "shop", "web").password("ann", "ann", scope=scopes))["access_token"]


WAYS = {
    "a token of ours": lambda shop, to: gate(shop).exchange(ours(shop), audience=to),
    "a JWT of a partner": lambda shop, to: gate(shop).exchange(theirs(shop), audience=to, subject_token_type=JWT),
    "a token that is asked about": lambda shop, to: gate(shop).exchange(
        "opaque", audience=to, subject_token_type=ACCESS_TOKEN, subject_issuer="asked"),
    "an assertion": lambda shop, to: gate(shop).token(JWT_BEARER, assertion=theirs(shop), audience=to),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_denial_holds_whatever_a_client_comes_with(shop, way):
    """specs: INC-01. Each has a permit for both targets, so that nothing but the denial refuses."""
    granted(WAYS[way](shop, "ledger"))
    refused(WAYS[way](shop, "vault"), "invalid_target", "TX-RUL-01")


def test_a_token_without_scopes_brings_none_that_a_rule_could_add(shop):
    """specs: INC-08"""
    plain = ours(shop)
    for asked in ("read", "write"):
        refused(gate(shop).exchange(plain, audience="ledger", scope=asked), "invalid_scope")
    assert not {"read", "write"} & set(granted(gate(shop).exchange(plain, audience="ledger")).get("scope", "").split())
    full = granted(gate(shop).exchange(ours(shop, "openid read"), audience="ledger"))
    assert "read" in full["scope"].split() and "write" not in full["scope"].split()
    for said in (None, "", "write", "seen"):
        foreign = theirs(shop, BROAD, scope=said)
        refused(gate(shop).exchange(foreign, audience="ledger", scope="read", subject_token_type=JWT), "invalid_scope")
        answer = granted(gate(shop).exchange(foreign, audience="ledger", subject_token_type=JWT))
        assert not answer.get("scope"), answer
    seen = granted(gate(shop).exchange(theirs(shop, BROAD, scope="see"), audience="ledger", subject_token_type=JWT))
    assert seen["scope"] == "read"


def test_who_exchanges_while_the_token_is_revoked_keeps_nothing(shop):
    """specs: INC-04. What was begun before the revocation ends with it; what begins after its answer is refused."""
    for _ in range(5):
        token = ours(shop)
        taken, ends = [], time.monotonic() + 20

        def exchange_on(taken=taken, token=token, ends=ends):
            requester = gate(shop)
            while time.monotonic() < ends:
                answer = requester.exchange(token, audience="ledger")
                if answer.status_code != 200:
                    return answer
                taken.append(answer.json()["access_token"])
            return answer
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            racing = [pool.submit(exchange_on) for _ in range(4)]
            while len(taken) < 4:
                time.sleep(0.001)
            assert Client(shop.url, "shop", "web").revoke(token).status_code == 200
            refused(gate(shop).exchange(token, audience="ledger"), "invalid_request", "TX-STK-09")
            for one in racing:
                refused(one.result(), "invalid_request", "TX-STK-09")
        ledger = Client(shop.url, "shop", "ledger", secret_of("ledger"))
        assert [ledger.introspect(one).json()["active"] for one in taken] == [False] * len(taken)
        refused(ledger.exchange(taken[-1], audience="vault"), "invalid_request", "TX-STK-09")


def test_what_a_record_shortens_ends_with_a_whole_character(shop):
    """A record that is no UTF-8 could not be read again."""
    answer = gate(shop).exchange(ours(shop), audience="a" + "é" * 200)
    refused(answer, "invalid_target")
    record = next(one for one in records_of(shop) if one["trace"] == answer.json()["trace_id"])
    assert record["audiences"] == ["a" + "é" * 127]
