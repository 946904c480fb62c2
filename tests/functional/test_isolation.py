# SPDX-License-Identifier: Apache-2.0
"""Two nodes on one PostgreSQL, asked at the same moment: what was read and decided by is still so when it is written.
Of several takers of a one-time thing one wins, bounds hold, and no token outlives what it was issued by. (Refresh
tokens, assertions and hand-offs have their races in test_postgresql.py and test_failover.py.)"""
import threading
import time

import pytest
import requests
from test_foreign_tokens import JWT, entry, foreign_rule, signed
from test_postgresql import FIXED, ISSUER, KEY, at_once, eventually

from support.client import REFRESH_TOKEN, Client, granted, refresh_token_of
from support.dpop import DpopKey
from support.realms import client, public_client, realm, rule, scope, secret_of, switched_client, user
from support.server import cambist

TIMES = 4
TAKERS = 6  # half of them at each node
KEYS, GRANTS = 50, 100  # the most of an account


def make_realm():
    counted = rule("counted", "gate", "billing", scopes=["read"], perDay=5)
    twice = rule("twice", "desk", "billing", types=["access_token", "refresh_token"], scopes=["read"],
                 refresh={"kind": "bounded", "maxUses": 2})
    once = rule("once", "shelf", "billing", scopes=["read"])
    once["subject"] |= {"tokenTypes": ["refresh_token"], "binding": "azp", "consumeRefreshToken": True}
    acting = rule("acting", "manager", "engine", users={"grantedBy": "subject"}, scopes=["read"], lifetime="5m")
    acting["result"]["mode"], acting["actor"] = "delegation", {"clients": ["manager"]}
    return realm(
        "race", scopes=[scope("read")], bruteForceProtected=True, failureFactor=100, refreshTokenMaxReuse=10,
        minimumQuickLoginWaitSeconds=0,
        clients=[public_client("web", scopes=["read"], sent_to=["gate", "desk", "manager", "consenting", "plain"]),
                 client("gate"), client("desk"), client("billing"), client("engine"), client("ledger"),
                 client("manager", serviceAccountsEnabled=True, sent_to=["manager"]),
                 client("service", serviceAccountsEnabled=True),
                 client("shelf", scopes=["read"], directAccessGrantsEnabled=True),
                 switched_client("plain"), switched_client("consenting", consentRequired=True)],
        users=[user(name) for name in ("alice", "keys", "grants", "acts", "consents", "leaves", "forgets")],
        rules=[counted, twice, once, acting, foreign_rule("in", "gate", "ledger", ["once", "made"], lifetime="2m")],
        trustedIssuers=[entry("once", "https://once.example", binding="service", singleUse=True),
                        entry("made", "https://made.example",
                              binding={"kind": "create", "username": "made-${CLAIM.sub}"})])


@pytest.fixture(scope="module", name="pair")
def pair_fixture(module_server, postgresql):
    url = postgresql.database("race")
    return [module_server(make_realm(), store=url, arguments=FIXED, environment=KEY) for _ in range(2)]


def at(shop, name="gate"):
    made = Client(shop.url, "race", name, None if name == "web" else secret_of(name))
    made.discovery()  # connected before the race
    return made


def takers(pair, name="gate"):
    return [at(pair[number % 2], name) for number in range(TAKERS)]


def login(shop, name="alice"):
    return granted(at(shop, "web").password(name, name))


def codes(answers):
    return sorted(answer.status_code for answer in answers)


def foreign(issuer, **claims):
    return signed({"iss": f"https://{issuer}.example", "sub": "x", "aud": f"{ISSUER}/realms/race", **claims})


# What may be taken once.

def test_one_proof_of_possession_serves_once(pair):
    key = DpopKey()
    for _ in range(TIMES):
        services = takers(pair, "service")
        proof = {"DPoP": key.proof(f"{ISSUER}/realms/race/protocol/openid-connect/token")}
        answers = at_once(*[lambda one=one: one.token("client_credentials", headers=proof) for one in services])
        assert codes(answers) == [200] + [400] * (TAKERS - 1), [answer.text for answer in answers]


def test_one_foreign_token_that_serves_once_serves_once(pair):
    for _ in range(TIMES):
        token = foreign("once")
        answers = at_once(*[lambda one=one: one.exchange(token, subject_token_type=JWT, audience="ledger")
                            for one in takers(pair)])
        assert codes(answers) == [200] + [400] * (TAKERS - 1), [answer.text for answer in answers]


def test_one_refresh_token_that_is_consumed_as_subject_token_serves_once(pair):
    for _ in range(TIMES):
        token = granted(at(pair[0], "shelf").password("alice", "alice"))["refresh_token"]
        answers = at_once(*[lambda one=one: one.exchange(token, subject_token_type=REFRESH_TOKEN, audience="billing")
                            for one in takers(pair, "shelf")])
        assert codes(answers).count(200) == 1, [answer.text for answer in answers]


def test_new_user_of_an_issuer_is_made_once_however_many_tokens_bring_him(pair, postgresql):
    for number in range(TIMES):
        tokens = [foreign("made", sub=f"new-{number}") for _ in range(TAKERS)]
        answers = at_once(*[
            lambda one=one, token=token: one.exchange(token, subject_token_type=JWT, audience="ledger")
            for one, token in zip(takers(pair), tokens)])
        assert codes(answers) == [200] * TAKERS, [answer.text for answer in answers]
        made = postgresql.sql(f"SELECT count(*) FROM cambist.realm_user WHERE username='made-new-{number}'", "race")
        assert made == "1"


# Bounds.

def test_rule_serves_no_more_than_its_number_a_day(pair):
    token = login(pair[0])["access_token"]
    answers = [answer for _ in range(3) for answer in at_once(
        *[lambda one=one: one.exchange(token, audience="billing") for one in takers(pair)])]
    assert codes(answers) == [200] * 5 + [429] * (3 * TAKERS - 5), [answer.text for answer in answers]


def test_refresh_token_is_not_used_more_often_than_its_rule_says(pair):
    for _ in range(TIMES):
        answer = granted(at(pair[0], "desk").exchange(login(pair[0])["access_token"], audience="billing",
                                                      requested_token_type=REFRESH_TOKEN))
        token = refresh_token_of(answer)
        answers = at_once(*[lambda one=one: one.refresh(token) for one in takers(pair, "desk")])
        assert codes(answers) == [200] * 2 + [400] * (TAKERS - 2), [answer.text for answer in answers]


def test_every_wrong_password_is_counted(pair, postgresql):
    answers = at_once(*[lambda one=one: one.password("forgets", "wrong") for one in takers(pair, "web")])
    assert {answer.json()["error_code"] for answer in answers} == {"TX-USR-01"}
    assert postgresql.sql("SELECT sum(count) FROM cambist.login_failure", "race") == str(TAKERS)


class Account:
    def __init__(self, shop, name, path):
        self.url = f"{shop.url}/realms/race/account/{path}"
        self.headers = {"Authorization": f"Bearer {login(shop, name)['access_token']}"}

    def ask(self, method, body=None, item=""):
        return requests.request(method, self.url + item, json=body, headers=self.headers, timeout=30)


@pytest.mark.parametrize("name, path, kind, most, body", [
    ("keys", "api-keys", "apiKeys", KEYS, {"name": "script", "scopes": ["read"], "expiresIn": 3600}),
    ("grants", "grants", "grants", GRANTS, {"actor": {"client": "manager"}, "expiresIn": 3600})])
def test_account_has_no_more_than_it_may_have(pair, name, path, kind, most, body):
    accounts = [Account(shop, name, path) for shop in pair]
    for number in range(most - 1):
        assert accounts[number % 2].ask("POST", body).status_code == 201
    for _ in range(TIMES):
        answers = at_once(*[lambda one=accounts[number % 2]: one.ask("POST", body) for number in range(TAKERS)])
        made = [answer.json() for answer in answers if answer.status_code == 201]
        # Of two that see each other both may give way: there is never one too many, and often one.
        assert len(made) <= 1, [answer.text for answer in answers]
        assert len(accounts[0].ask("GET").json()[kind]) == most - 1 + len(made)
        for one in made:
            assert accounts[1].ask("DELETE", item=f"/{one['id']}").status_code == 204
    assert accounts[0].ask("POST", body).status_code == 201
    assert accounts[1].ask("POST", body).json()["error_code"] == "TX-ACC-04"


# What ends while it is being used.

class Issuing(threading.Thread):
    """Asks for tokens one after the other; all that it got."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask, self.tokens, self.refused, self.over = ask, [], 0, threading.Event()

    def run(self):
        while not self.over.is_set():
            answer = self.ask()
            if answer.status_code == 200:
                self.tokens.append(answer.json()["access_token"])
            else:
                self.refused += 1

    def end(self):
        self.over.set()
        self.join(30)


def check_that_all_ends(pair, ask, end):
    """While tokens are issued at both nodes, `end` at one: none of them lives a second later, and none comes."""
    issuing = [Issuing(lambda shop=shop: ask(shop)) for shop in pair for _ in range(2)]
    for one in issuing:
        one.start()
    eventually(lambda: all(one.tokens for one in issuing), within=10)
    end()
    eventually(lambda: all(one.refused > 1 for one in issuing), within=1)
    for one in issuing:
        one.end()
    tokens = [token for one in issuing for token in one.tokens]
    for shop in pair:
        gate = at(shop)
        alive = [token for token in tokens if granted(gate.introspect(token))["active"]]
        assert not alive, f"{len(alive)} of {len(tokens)} tokens live on"
    assert all(ask(shop).status_code == 400 for shop in pair)


def test_no_token_outlives_the_grant_that_it_was_issued_by(pair):
    account = Account(pair[0], "acts", "grants")
    tokens = [login(shop, "acts")["access_token"] for shop in pair]
    managers = {shop.url: (at(shop, "manager"), token) for shop, token in zip(pair, tokens)}
    own = {shop.url: granted(at(shop, "manager").client_credentials())["access_token"] for shop in pair}

    def ask(shop):
        manager, token = managers[shop.url]
        return manager.exchange(token, actor_token=own[shop.url], audience="engine")
    for _ in range(2):
        grant = account.ask("POST", {"actor": {"client": "manager"}, "expiresIn": 3600}).json()
        eventually(lambda: all(ask(shop).status_code == 200 for shop in pair))
        check_that_all_ends(pair, ask, lambda: account.ask("DELETE", item=f"/{grant['id']}"))


def test_no_token_outlives_the_consent_that_it_was_issued_under(pair):
    account = Account(pair[0], "consents", "applications")
    tokens = {shop.url: login(shop, "consents")["access_token"] for shop in pair}
    clients = {shop.url: at(shop, "consenting") for shop in pair}
    scopes = {"grantedScopes": [{"name": name} for name in ("profile", "email", "roles")]}

    def ask(shop):
        return clients[shop.url].exchange(tokens[shop.url])
    for _ in range(2):
        answer = account.ask("PUT", scopes, item="/consenting/consent")
        assert answer.status_code == 200, answer.text
        eventually(lambda: all(ask(shop).status_code == 200 for shop in pair), within=6)
        check_that_all_ends(pair, ask, lambda: account.ask("DELETE", item="/consenting/consent"))


def test_no_token_outlives_the_session_that_it_belongs_to(pair):
    for _ in range(2):
        tokens = login(pair[0], "leaves")
        clients = {shop.url: at(shop, "plain") for shop in pair}
        check_that_all_ends(pair, lambda shop: clients[shop.url].exchange(tokens["access_token"]),
                            lambda: at(pair[0], "web").logout(tokens["refresh_token"]))


def test_chain_that_all_of_it_was_written_to_is_whole(pair, postgresql):
    """Last in this file: every record of the races follows from the one before."""
    time.sleep(0.2)
    done = cambist("audit", "verify", "--store", pair[0].store)
    rows = postgresql.sql("SELECT count(*) FROM cambist.audit", "race")
    assert done.returncode == 0 and int(rows) > 100, done.stdout
