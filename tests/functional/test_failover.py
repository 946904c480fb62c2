# SPDX-License-Identifier: Apache-2.0
"""What happens to the database of two nodes: its primary dies, the network fails, an engine without
notifications; and how nodes of several versions and background work share it."""
import base64
import hashlib
import secrets
import signal
import threading
import time
import uuid

import pytest
import requests
from test_crash import exported, hash_of
from test_postgresql import FIXED, KEY, ask, at_once, eventually, login, make_realm, node  # noqa: F401

from chaos.load import client_of
from chaos.load import make_realm as make_chaos_realm
from chaos.once import HAND_OFF
from support.client import REFRESH_TOKEN, Client, granted, refresh_token_of, refused
from support.faulty_proxy import FaultyProxy
from support.postgresql import PostgreSQL
from support.server import Server, cambist

WITHIN = 10  # seconds from the promotion until all nodes serve again


@pytest.fixture
def cluster():
    """A primary, and a standby that has what the primary has committed."""
    primary = PostgreSQL()
    standby = None
    try:
        standby = PostgreSQL(standby_of=primary)
        yield primary, standby
    finally:
        for one in (primary, standby):
            if one is not None:
                one.close()


def url_of(primary, standby, name):
    primary.sql(f'CREATE DATABASE "{name}" OWNER app')
    return f"postgresql://app@/{name}?host={primary.folder},{standby.folder}"


class Load(threading.Thread):
    """Exchanges and refreshes until it is told to stop; a node without a database says 503."""

    def __init__(self, shop):
        super().__init__(daemon=True)
        self.shop, self.gate = shop, ask(shop, "shop")
        self.subject = login(shop)["access_token"]
        self.answers, self.used, self.strange = [], [], None
        self.refused_at, self.granted_at = 0.0, 0.0
        self.stopping = threading.Event()

    def run(self):
        try:
            token = None
            while not self.stopping.is_set():
                token = self.turn(token)
        except (AssertionError, requests.RequestException) as fault:
            self.strange = fault

    def turn(self, token):
        """One exchange and one refresh; the refresh token to go on with, None: a new one."""
        if token is None:
            answer = self.keep(self.gate.exchange(self.subject, requested_token_type=REFRESH_TOKEN))
            return answer and refresh_token_of(answer)
        self.keep(self.gate.exchange(self.subject))
        response = self.gate.refresh(token)
        if response.status_code == 400:  # it was used by a request whose answer was lost
            return None
        answer = self.keep(response)
        if answer is None:
            return token
        self.used.append(token)
        return answer["refresh_token"]

    def keep(self, response):
        if response.status_code == 503:
            self.refused_at = time.monotonic()
            time.sleep(0.02)
            return None
        answer = granted(response)
        self.granted_at = time.monotonic()
        self.answers.append(answer)
        return answer


def test_nodes_follow_to_the_new_primary_and_nothing_that_a_client_has_is_lost(node, cluster):
    primary, standby = cluster
    store = url_of(primary, standby, "failover")
    shops = [node(make_realm(), store=store) for _ in range(2)]
    loads = [Load(shop) for shop in shops for _ in range(2)]
    for load in loads:
        load.start()
    time.sleep(1.5)
    primary.stop(signal.SIGQUIT)  # as a crash
    time.sleep(0.5)
    before = sum(len(load.answers) for load in loads)
    assert before > 40
    standby.promote()
    promoted = time.monotonic()
    eventually(lambda: all(load.granted_at > promoted for load in loads), within=WITHIN)
    time.sleep(1)
    for load in loads:
        load.stopping.set()
    for load in loads:
        load.join(30)
        assert load.strange is None, load.strange
        assert load.refused_at > 0, "the primary was away, and nobody noticed"
    rows = exported(store)
    recorded = {row.get("issuedTokenHash") for row in rows} | {row.get("refreshTokenHash") for row in rows}
    for load in loads:
        for answer in load.answers:
            assert hash_of(answer["access_token"]) in recorded
            if "refresh_token" in answer:
                assert hash_of(answer["refresh_token"]) in recorded
        assert load.used
        for token in load.used[-3:]:
            refused(load.gate.refresh(token), "invalid_grant")
    verified = cambist("audit", "verify", "--store", store)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    # What one revokes reaches the other over the new primary, too.
    token = granted(ask(shops[0], "shop").exchange(login(shops[0])["access_token"]))["access_token"]
    assert granted(ask(shops[1], "shop").introspect(token))["active"]
    assert ask(shops[0], "shop").revoke(token).status_code == 200
    eventually(lambda: not granted(ask(shops[1], "shop").introspect(token))["active"])


def test_server_that_finds_only_a_standby_does_not_start(tmp_path, cluster):
    primary, standby = cluster
    primary.sql("CREATE DATABASE alone OWNER app")
    standby.wait_for("SELECT count(*) FROM pg_database WHERE datname='alone'", "1")
    shop = Server(tmp_path, make_realm(), arguments=FIXED, environment=KEY, store=standby.url("alone"))
    with pytest.raises(AssertionError):
        shop.start()
    assert "read-only" in shop.log()


@pytest.fixture
def proxy(postgresql):
    made = FaultyProxy(postgresql)
    yield made
    made.close()


@pytest.fixture
def behind(node, postgresql, proxy):
    """A server whose database is behind the proxy."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    postgresql.database(name)
    shop = node(make_realm(), store=proxy.url(name))
    shop.direct = postgresql.url(name)
    return shop


def test_connections_that_are_reset_all_the_time_cost_no_record(behind, proxy):
    loads = [Load(behind) for _ in range(3)]
    for load in loads:
        load.start()
    end, cut = time.monotonic() + 4, 0
    while time.monotonic() < end:
        time.sleep(0.15)
        cut += proxy.reset()
    time.sleep(0.5)
    for load in loads:
        load.stopping.set()
    for load in loads:
        load.join(60)
        assert load.strange is None, load.strange
    assert cut > 10
    answers = [answer for load in loads for answer in load.answers]
    assert len(answers) > 20
    recorded = {row.get("issuedTokenHash") for row in exported(behind.direct)}
    recorded |= {row.get("refreshTokenHash") for row in exported(behind.direct)}
    assert {hash_of(answer["access_token"]) for answer in answers} <= recorded
    assert cambist("audit", "verify", "--store", behind.direct).returncode == 0
    granted(ask(behind, "shop").exchange(login(behind)["access_token"]))


def test_slow_network_delays_and_refuses_nothing(behind, proxy):
    token = login(behind)["access_token"]
    proxy.delay = 0.05
    started = time.monotonic()
    granted(ask(behind, "shop").exchange(token))
    assert time.monotonic() - started > 0.1
    proxy.delay = 0


def test_network_that_swallows_all_ends_in_503_within_its_bound_and_recovers(behind, proxy):  # errors: E20
    token = login(behind)["access_token"]
    gate = ask(behind, "shop")
    granted(gate.exchange(token))
    proxy.swallows = True
    started = time.monotonic()
    answer = gate.http.post(gate.endpoint("token"), timeout=60, auth=("gate", "gate-secret"), data={
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"})
    waited = time.monotonic() - started
    body = answer.json()
    assert answer.status_code == 503 and body["error_code"] == "TX-SRV-01" and body["error_description"]
    assert behind.events(trace=body["trace_id"]), "the log names the case, which no record can"
    assert waited < 40, "an answer of the database may take 15 s, and a new connection 5 s"
    proxy.swallows = False
    proxy.reset()
    eventually(lambda: gate.exchange(token).status_code == 200, within=5)


# Learning of changes.

@pytest.mark.parametrize("arguments", [[], ["--poll-only"]])
def test_revocation_reaches_a_node_that_listens_and_one_that_only_polls(node, postgresql, database, arguments):
    one = node(make_realm())
    two = node(make_realm(), arguments=[*FIXED, *arguments])
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname='{}'".format(
        database.split("/")[3].split("?")[0])
    postgresql.wait_for(listening, "1" if arguments else "2")
    delays = []
    for _ in range(5):
        token = granted(ask(one, "shop").exchange(login(one)["access_token"]))["access_token"]
        gate = ask(two, "shop")
        assert granted(gate.introspect(token))["active"]
        assert ask(one, "shop").revoke(token).status_code == 200
        started = time.monotonic()
        eventually(lambda gate=gate, token=token: not granted(gate.introspect(token))["active"])
        delays.append(time.monotonic() - started)
    if not arguments:
        assert sorted(delays)[2] < 0.4, f"who listens does not wait for the next look: {delays}"


# Versions, and background work.

def test_servers_that_may_not_migrate_wait_for_who_does(tmp_path, node, database):
    shop = Server(tmp_path, make_realm(), store=database, arguments=[*FIXED, "--migrate", "never"],
                  environment=KEY)
    with pytest.raises(AssertionError):
        shop.start()
    assert "run cambist migrate" in shop.log()
    done = cambist("migrate", "--store", database)
    assert done.returncode == 0, done.stderr
    running = node(make_realm(), arguments=[*FIXED, "--migrate", "never"])
    granted(ask(running, "shop").exchange(login(running)["access_token"]))


def test_sqlite_that_may_not_be_migrated_is_refused_and_migrated_by_command(tmp_path, server):
    store = f"sqlite:{tmp_path / 'store.db'}"
    shop = Server(tmp_path, make_realm(), store=store, arguments=[*FIXED, "--migrate", "never"])
    with pytest.raises(AssertionError):
        shop.start()
    assert "run cambist migrate" in shop.log()
    assert cambist("migrate", "--store", store).returncode == 0
    running = server(make_realm(), store=store, arguments=[*FIXED, "--migrate", "never"])
    granted(ask(running, "shop").exchange(login(running)["access_token"]))


def test_node_whose_database_a_newer_version_has_migrated_gets_no_new_requests(node, postgresql, database):
    shop = node(make_realm())
    tokens = login(shop)
    name = database.split("/")[3].split("?")[0]
    postgresql.sql("UPDATE cambist.meta SET value=value+1 WHERE name='schema'", name)
    assert requests.get(f"{shop.management}/health/ready", timeout=10).status_code == 503
    # What still comes is served: the others are renewed one by one.
    granted(ask(shop, "shop").exchange(tokens["access_token"]))
    postgresql.sql("UPDATE cambist.meta SET value=value-1 WHERE name='schema'", name)
    assert requests.get(f"{shop.management}/health/ready", timeout=10).status_code == 200


def test_of_two_nodes_one_does_the_background_work_and_the_other_follows_when_it_dies(
        node, postgresql, database, tmp_path):
    config = tmp_path / "cambist.yaml"
    config.write_text("upkeepSeconds: 1\n", encoding="utf-8")
    quick = [*FIXED, "--config", config]
    name = database.split("/")[3].split("?")[0]

    def holder():
        return postgresql.sql("SELECT holder FROM cambist.lease WHERE name='upkeep'", name)
    one = node(make_realm(), arguments=quick)
    eventually(lambda: holder() != "", within=2)
    first = holder()
    node(make_realm(), arguments=quick)
    time.sleep(2)
    assert holder() == first
    one.kill()
    eventually(lambda: holder() != first, within=5)


def test_of_two_nodes_that_get_one_hand_off_at_once_one_redeems_it(node):
    shops = [node(make_chaos_realm()) for _ in range(2)]
    gate = client_of(shops[0].url, "gate")
    subject = granted(client_of(shops[0].url, "web").password("user1", "user1"))["access_token"]
    for _ in range(6):
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        code = granted(gate.exchange(subject, audience="spa", requested_token_type=HAND_OFF,
                                     scope="openid", code_challenge=challenge,
                                     code_challenge_method="S256"))["access_token"]
        spas = [client_of(shop.url, "spa") for shop in shops]
        for each in spas:
            each.discovery()  # connected before the race
        answers = at_once(*[lambda each=each: each.exchange(
            code, subject_token_type=HAND_OFF, code_verifier=verifier) for each in spas])
        assert sorted(answer.status_code for answer in answers) == [200, 400], \
            [answer.text for answer in answers]
