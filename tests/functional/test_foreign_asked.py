# SPDX-License-Identifier: Apache-2.0
"""Tokens that only their issuer or a hook can judge. The partner is a second server of its own; the hook is a service
as docs/guides/hooks.md describes it, which proves who asks."""
import concurrent.futures
import hashlib
import http.server
import json
import threading
import time

import pytest
import requests
from jwcrypto.common import base64url_encode

from support.client import REFRESH_TOKEN, Client, decode, granted, refused, verify
from support.realms import client, public_client, realm, rule, scope, user

TICKET = "urn:acme:ticket"
OPAQUE = {"cambist.access.token.format": "opaque"}


class Hook:
    """Knows tickets; what it is asked by anybody but the realm it refuses with 401."""

    def __init__(self):
        self.tickets, self.questions, self.realm_url, self.mood = {}, [], None, None
        self.connections = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                outer.connections += 1
                super().setup()

            def do_POST(self):  # noqa: N802, the name is http.server's
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = outer.answer(self, body)
                text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/tickets"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler, body):
        kind, _, bearer = handler.headers["Authorization"].partition(" ")
        keys = requests.get(f"{self.realm_url}/protocol/openid-connect/certs", timeout=5).text
        header, claims = verify(bearer, keys)
        question = json.loads(body)
        proved = (kind == "Bearer" and header["typ"] == "hook-question+jwt" and claims["iss"] == self.realm_url
                  and claims["aud"] == self.url and claims["exp"] > time.time() and claims["jti"] == question["id"]
                  and claims["body_sha256"] == base64url_encode(hashlib.sha256(body).digest()))
        if not proved:
            return 401, {}
        self.questions.append((question, claims))
        if self.mood:
            return self.mood(handler)
        known = self.tickets.get(question["token"])
        if known is None:
            return 200, {"version": 1, "decision": "invalid", "reason": "no such ticket"}
        if known == "denied":
            return 200, {"version": 1, "decision": "deny", "reason": "tickets of the night desk stay there"}
        return 200, {"version": 1, "decision": "accept", "claims": known}


@pytest.fixture(scope="module", name="hook")
def hook_fixture():
    made = Hook()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module", name="partner")
def partner_fixture(module_server):
    gateway = client("our-gateway")
    apps = [public_client("app", sent_to=["our-gateway"], attributes=OPAQUE),
            public_client("elsewhere", attributes=OPAQUE), public_client("old-app")]
    return module_server(realm("partner", users=[user("ann"), user("bob")], clients=[gateway, *apps]))


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, partner, hook, tmp_path_factory):
    config = tmp_path_factory.mktemp("outbound") / "config.json"
    config.write_text(json.dumps({"outbound": {"allowHttp": True, "allow": ["127.0.0.1"]}}))
    there = f"{partner.url}/realms/partner"
    binding = {"kind": "ephemeral", "username": "partner-${CLAIM.sub}"}
    issuers = [
        {"alias": "partner", "kind": "introspection", "issuer": there, "audience": "our-gateway", "scopes": ["read"],
         "binding": binding, "endpoints": {"introspection": f"{there}/protocol/openid-connect/token/introspect",
                                           "clientId": "our-gateway", "clientSecret": "our-gateway-secret"}},
        {"alias": "tickets", "kind": "hook", "issuer": "https://tickets.example", "scopes": ["read"],
         "tokenTypes": ["access_token", TICKET],
         "binding": {"kind": "ephemeral", "username": "ticket-${CLAIM.sub}"}, "endpoints": {"hook": hook.url}},
        {"alias": "old", "kind": "legacy-refresh", "issuer": f"{there}", "audience": "old-app", "scopes": ["read"], "until": "2099-01-01",
         "keys": {"jwksUrl": f"{there}/protocol/openid-connect/certs"}, "binding": binding,
         "endpoints": {"token": f"{there}/protocol/openid-connect/token", "clientId": "old-app"}},
        {"alias": "gone", "kind": "introspection", "issuer": "https://gone.example", "audience": "us",
         "scopes": ["read"], "binding": binding,
         "endpoints": {"introspection": "http://127.0.0.1:1/introspect", "clientId": "x", "clientSecret": "y"}},
    ]
    names = [one["alias"] for one in issuers]
    entry = rule("in", "gate", "ledger", scopes=["read"], lifetime="2m")
    entry["subject"] |= {"issuers": names, "tokenTypes": ["access_token", "jwt", "refresh_token", "custom"]}
    made = realm("shop", scopes=[scope("read")], clients=[client("gate"), client("ledger"), client("own", sent_to=["own"])],
                 users=[user("ann")], rules=[entry], trustedIssuers=issuers)
    server = module_server(made, arguments=["--config", str(config)])
    hook.realm_url = f"{server.url}/realms/shop"
    return server


def gate(shop):
    return Client(shop.url, "shop", "gate", "gate-secret")


def exchanged(shop, token, issuer, **form):
    return gate(shop).exchange(token, audience="ledger", subject_issuer=issuer, **form)


def opaque(partner, name="ann", app="app"):
    return granted(Client(partner.url, "partner", app).password(name, name, scope="openid"))["access_token"]


def test_an_opaque_token_of_the_partner_is_introspected_there(shop, partner):
    """reqs: S2-0c"""
    token = opaque(partner)
    assert token.startswith("cat_")
    ours = decode(granted(exchanged(shop, token, "partner"))["access_token"])[1]
    theirs = granted(Client(partner.url, "partner", "our-gateway", "our-gateway-secret").introspect(token))
    assert ours["idp"]["sub"] == theirs["sub"] and ours["aud"] == "ledger" and ours["exp"] <= theirs["exp"]
    # By its issuer's own name as well.
    granted(exchanged(shop, token, f"{partner.url}/realms/partner"))


def test_what_the_partner_does_not_accept_is_refused(shop, partner):
    token = opaque(partner)
    assert Client(partner.url, "partner", "app").revoke(token).status_code == 200
    refused(exchanged(shop, token, "partner"), "invalid_request", "TX-ASK-01")
    refused(exchanged(shop, "nonsense", "partner"), "invalid_request", "TX-ASK-01")
    # Sent to somebody else: the partner tells it to nobody but its audience.
    refused(exchanged(shop, opaque(partner, app="elsewhere"), "partner"), "invalid_request", "TX-ASK-01")


def test_an_issuer_that_can_not_be_asked_is_no_reason_to_let_anybody_in(shop):
    answer = exchanged(shop, "whatever", "gone")
    assert answer.status_code == 503
    refused(answer, "temporarily_unavailable", "TX-ASK-02", status=503)


def test_a_ticket_of_an_older_system_is_judged_by_a_hook(shop, hook):
    """reqs: S0-9, S0-24, S2-13b"""
    hook.tickets["T-1"] = {"sub": "4711", "exp": int(time.time()) + 60}
    answer = exchanged(shop, "T-1", "tickets", scope="read")
    ours = decode(granted(answer)["access_token"])[1]
    assert ours["idp"]["sub"] == "4711" and ours["scope"] == "read"
    question, _ = hook.questions[-1]
    assert (question["version"], question["question"], question["token"]) == (1, "subject_token", "T-1")
    assert (question["realm"], question["issuer"], question["requester"]) == ("shop", "tickets", "gate")
    assert (question["audience"], question["scope"]) == (["ledger"], ["read"])


def test_a_type_of_its_own_names_the_issuer(shop, hook):
    """reqs: S0-9"""
    hook.tickets["T-5"] = {"sub": "4715"}
    answer = gate(shop).exchange("T-5", subject_token_type=TICKET, audience="ledger")
    assert decode(granted(answer)["access_token"])[1]["idp"]["sub"] == "4715"
    assert hook.questions[-1][0]["token_type"] == TICKET
    refused(gate(shop).exchange("T-5", subject_token_type="urn:acme:other", audience="ledger"), "invalid_request",
            "TX-TYP-05")


def test_a_hook_refuses_and_denies_in_two_ways(shop, hook):
    """reqs: S2-0f"""
    body = refused(exchanged(shop, "T-unknown", "tickets"), "invalid_request", "TX-HOK-01")
    assert "no such ticket" in body["hint"]
    hook.tickets["T-denied"] = "denied"
    body = refused(exchanged(shop, "T-denied", "tickets"), "invalid_target", "TX-HOK-02")
    assert "night desk" in body["hint"]


MOODS = {
    "slow": lambda handler: (time.sleep(4), (200, {"version": 1, "decision": "accept", "claims": {"sub": "x"}}))[1],
    "broken": lambda handler: (200, b"{"),
    "failing": lambda handler: (500, {}),
    "newer": lambda handler: (200, {"version": 2, "decision": "accept", "claims": {"sub": "x"}}),
    "nobody": lambda handler: (200, {"version": 1, "decision": "accept", "claims": {}}),
}


@pytest.mark.parametrize("mood", list(MOODS))
def test_a_hook_that_does_not_answer_lets_nobody_in(shop, hook, mood):
    """reqs: S2-0f"""
    hook.tickets["T-2"] = {"sub": "4712"}
    hook.mood = MOODS[mood]
    try:
        started = time.monotonic()
        body = refused(exchanged(shop, "T-2", "tickets"), "temporarily_unavailable", "TX-HOK-03", status=503)
        assert "'tickets'" in body["hint"], "which hook it is"
        assert time.monotonic() - started < 3.5
    finally:
        hook.mood = None
    granted(exchanged(shop, "T-2", "tickets"))


def test_a_refresh_token_of_an_older_system_is_used_up_once(shop, partner):
    """reqs: S2-12"""
    answer = granted(Client(partner.url, "partner", "old-app").password("bob", "bob", scope="openid"))
    old = answer["refresh_token"]
    ours = granted(exchanged(shop, old, "old", subject_token_type=REFRESH_TOKEN))
    assert decode(ours["access_token"])[1]["idp"]["sub"] == decode(answer["id_token"])[1]["sub"]
    refused(exchanged(shop, old, "old", subject_token_type=REFRESH_TOKEN), "invalid_request")
    refused(exchanged(shop, "cr_nonsense", "old", subject_token_type=REFRESH_TOKEN), "invalid_request", "TX-ASK-01")


def test_refresh_tokens_of_an_older_system_come_in_numbers_and_each_serves_once(shop, partner):
    """reqs: S2-12. Also when several gateways have seen the same one."""
    apps = [granted(Client(partner.url, "partner", "old-app").password("bob", "bob", scope="openid"))["refresh_token"]
            for _ in range(12)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda token: (token, exchanged(shop, token, "old", subject_token_type=REFRESH_TOKEN)), apps * 3))
    for token in apps:
        codes = [answer.status_code for sent, answer in answers if sent == token]
        assert codes.count(200) == 1 and set(codes) <= {200, 400, 503}, codes


def test_tickets_are_still_taken_after_the_server_was_replaced(shop, hook):
    """reqs: S0-9. The hook is a service of its own: nothing of it is part of the server."""
    hook.tickets["T-9"] = {"sub": "4719"}
    before = decode(granted(exchanged(shop, "T-9", "tickets"))["access_token"])[1]
    shop.stop()
    shop.start()
    hook.realm_url = f"{shop.url}/realms/shop"
    assert decode(granted(exchanged(shop, "T-9", "tickets"))["access_token"])[1]["sub"] == before["sub"]


def test_a_hook_is_asked_over_a_connection_that_is_kept(shop, hook):
    """specs: INC-17"""
    hook.tickets["T-9"] = {"sub": "4799"}
    granted(exchanged(shop, "T-9", "tickets"))
    connections, questions = hook.connections, len(hook.questions)
    for _ in range(8):
        granted(exchanged(shop, "T-9", "tickets"))
    assert len(hook.questions) == questions + 8
    assert hook.connections <= connections + 1, "one may have been idle for too long"


def test_others_are_not_slowed_by_an_issuer_that_is(shop, hook):
    """specs: INC-17. An own request takes its usual time while as many as may wait for a hook that does not answer."""
    hook.tickets["T-3"] = {"sub": "4713"}
    own = Client(shop.url, "shop", "own", "own-secret")

    def own_time():
        started = time.monotonic()
        assert own.introspect("nothing").status_code == 200
        return time.monotonic() - started

    calm = sorted(own_time() for _ in range(50))
    hook.mood = MOODS["slow"]
    try:
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            waiting = [pool.submit(exchanged, shop, "T-3", "tickets") for _ in range(40)]
            time.sleep(0.3)
            busy = sorted(own_time() for _ in range(50))
            codes = [one.result().status_code for one in waiting]
    finally:
        hook.mood = None
    assert set(codes) == {503}
    assert busy[25] < max(5 * calm[25], 0.25), (calm[25], busy[25])
