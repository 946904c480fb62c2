# SPDX-License-Identifier: Apache-2.0
"""The server on PostgreSQL: alone, and two of them on one database."""
import base64
import json
import os
import signal
import threading
import time
import uuid

import pytest
import requests
from jwcrypto import jwk, jwt
from test_crash import check_after_restart, exported, hash_of, run_until_killed
from test_crash import make_realm as make_crash_realm

from support.client import Client, granted, refused
from support.realms import client, public_client, realm, secret_of, switched_client, user
from support.server import Server, cambist, write_realm

ISSUER = "https://sso.example.org"
FIXED = ["--hostname", ISSUER]
KEY = {"CAMBIST_SECRET_KEY": base64.b64encode(os.urandom(32)).decode()}
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNER = jwk.JWK.generate(kty="EC", crv="P-256")


def make_realm(name="shop", **more):
    return realm(name, clients=[
        public_client("web", sent_to=["gate"]),
        switched_client("gate", refresh=True, directAccessGrantsEnabled=True),
        signing_client("signer"), *more.pop("clients", [])], users=[user("alice")], **more)


def signing_client(name):
    made = client(name, serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                  attributes={"jwks.string": json.dumps(
                      {"keys": [SIGNER.export_public(as_dict=True)]})})
    del made["secret"]
    return made


@pytest.fixture
def node(server, database):
    """node(realm...): a server on the test's database."""
    return lambda *realms, **options: server(
        *realms, **{"store": database, "arguments": FIXED, "environment": KEY, **options})


def ask(shop, name, known="gate"):
    return Client(shop.url, name, known, secret_of(known))


def login(shop, name="shop"):
    return granted(Client(shop.url, name, "web").password("alice", "alice"))


def eventually(check, within=1.0, slack=4.0):
    """Until check() holds; `slack` is what a busy machine may take beyond what is promised."""
    deadline = time.monotonic() + within + slack
    while not check():
        assert time.monotonic() < deadline, "it did not become so"
        time.sleep(0.05)


def at_once(*calls):
    """Runs them in parallel, as nearly at the same moment as can be; their results."""
    results, barrier = [None] * len(calls), threading.Barrier(len(calls))

    def run(at, call):
        barrier.wait()
        results[at] = call()
    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


# One node.

def test_exchange_is_recorded_and_every_command_reads_it(node, database):
    shop = node(make_realm())
    answer = granted(ask(shop, "shop").exchange(login(shop)["access_token"]))
    rows = exported(database)
    row = next(row for row in rows if row.get("issuedTokenHash") == hash_of(answer["access_token"]))
    verified = cambist("audit", "verify", "--store", database)
    assert verified.returncode == 0 and verified.stdout.startswith(f"intact: {len(rows)} records")
    explained = cambist("explain", row["trace"], "--store", database)
    assert explained.returncode == 0 and "gate" in explained.stdout
    assert cambist("audit", "tail", "--store", database).returncode == 0
    assert cambist("explain", "0" * 26, "--store", database).returncode == 1


def test_everything_is_there_after_a_restart(node):
    shop = node(make_realm())
    tokens = login(shop)
    shop.stop()
    shop.start()
    assert granted(ask(shop, "shop").introspect(tokens["access_token"]))["active"]
    granted(Client(shop.url, "shop", "web").refresh(tokens["refresh_token"]))


def test_backup_names_the_tool_that_does_it(node, database, tmp_path):
    node(make_realm())
    done = cambist("backup", tmp_path / "copy", "--store", database)
    assert done.returncode == 1 and "pg_dump" in done.stderr


@pytest.mark.parametrize("name", ["exchange", "refresh"])
def test_no_database_is_503_and_it_recovers_by_itself(node, postgresql, name):
    shop = node(make_realm())
    tokens = login(shop)

    def use():
        if name == "exchange":
            return ask(shop, "shop").exchange(tokens["access_token"])
        answer = Client(shop.url, "shop", "web").refresh(tokens["refresh_token"])
        if answer.status_code == 200:
            tokens.update(answer.json())
        return answer
    postgresql.stop()
    try:
        for _ in range(3):
            answer = use()
            assert answer.status_code == 503, answer.text
            assert "TX-SRV-01" in answer.text and "access_token" not in answer.text
            assert "postgresql://" not in answer.text and "test-" not in answer.text, "where it is is not told"
        assert requests.get(f"{shop.management}/health/ready", timeout=10).status_code == 503
        assert requests.get(f"{shop.management}/health/live", timeout=10).status_code == 200
    finally:
        postgresql.start()

    def is_ready():
        use()  # who asks all the time must not be refused once the server says that it is ready
        return requests.get(f"{shop.management}/health/ready", timeout=10).status_code == 200
    eventually(is_ready)
    granted(use())
    assert cambist("audit", "verify", "--store", shop.store).returncode == 0


def test_every_token_a_client_received_before_kill_9_is_in_the_audit(node):
    shop = node(make_crash_realm())
    loaders = run_until_killed(shop)
    check_records(shop, loaders)
    check_after_restart(shop, loaders)


def test_every_token_a_client_received_before_the_database_crashed_is_in_the_audit(node, postgresql):
    shop = node(make_crash_realm())
    subject = granted(Client(shop.url, "crash", "web").password("alice", "alice"))["access_token"]
    gate, answers, stop = ask(shop, "crash"), [], threading.Event()

    def load():
        mine = ask(shop, "crash")
        while not stop.is_set():
            answer = mine.exchange(subject)
            if answer.status_code == 200:
                answers.append(answer.json()["access_token"])
            else:
                assert answer.status_code == 503, answer.text
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            time.sleep(0.5)
            postgresql.stop(signal.SIGQUIT)  # as a crash: no checkpoint, no farewell
            postgresql.start()
        time.sleep(0.5)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert len(answers) > 20
    eventually(lambda: gate.exchange(subject).status_code == 200)
    recorded = {row.get("issuedTokenHash") for row in exported(shop.store)}
    assert {hash_of(token) for token in answers} <= recorded
    assert cambist("audit", "verify", "--store", shop.store).returncode == 0


def check_records(shop, loaders):
    recorded = set()
    for row in exported(shop.store):
        recorded |= {row.get("issuedTokenHash"), row.get("refreshTokenHash")}
    for loader in loaders:
        for answer in loader.answers:
            assert hash_of(answer["access_token"]) in recorded
    verified = cambist("audit", "verify", "--store", shop.store)
    assert verified.returncode == 0, verified.stdout + verified.stderr


# Faults at start, and secrets.

def start_refused(tmp_path, store, environment=None):
    """What a server that must not start says."""
    shop = Server(tmp_path, make_realm(), store=store, arguments=FIXED,
                  environment=KEY if environment is None else environment)
    with pytest.raises(AssertionError):
        shop.start()
    return shop.log()


def test_wrong_password_is_refused_at_start_and_not_printed(tmp_path, postgresql):
    postgresql.sql("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'right-one'")
    said = start_refused(tmp_path, postgresql.url("postgres", "locked", "hunter2-wrong"))
    assert "password authentication failed" in said and "postgresql://locked@" in said
    assert "hunter2" not in said


def test_right_password_is_nowhere_in_what_is_printed_or_kept(node, postgresql, database):
    postgresql.sql("DROP ROLE IF EXISTS locked")
    postgresql.sql("CREATE ROLE locked LOGIN PASSWORD 'corr@ct/horse?'; GRANT app TO locked; "
                   "ALTER ROLE locked SET role TO app")
    url = postgresql.url(database.split("/")[3].split("?")[0], "locked", "corr@ct/horse?")
    shop = node(make_realm(), store=url)
    granted(ask(shop, "shop").exchange(login(shop)["access_token"]))
    page = requests.get(f"{shop.management}/metrics", timeout=10).text
    for text in ("corr@ct", "corr%40ct"):
        assert text not in shop.log() and text not in page
    done = cambist("audit", "verify", "--store", url)
    assert done.returncode == 0 and "corr" not in done.stdout + done.stderr


@pytest.mark.parametrize("store", ["postgresql://app:hunter2@db@host/x", "postgres:/app:hunter2@host/x",
                                   "postgresql://app:hun/ter2@host/x", "mysql://app:hunter2@host/x"])
def test_url_that_can_not_be_read_is_refused_without_repeating_it(tmp_path, store):
    for said in (start_refused(tmp_path, store), cambist("audit", "verify", "--store", store).stderr):
        assert "postgresql://USER@HOST" in said
        assert "hunter2" not in said and "ter2" not in said


def test_no_server_at_that_address_is_a_clear_refusal(tmp_path):
    said = start_refused(tmp_path, "postgresql://app:hunter2@127.0.0.1:1/sts")
    assert "can not connect" in said and "postgresql://app@127.0.0.1:1/sts" in said and "hunter2" not in said


def test_newer_schema_is_refused(node, tmp_path, postgresql, database):
    node(make_realm()).stop()
    name = database.split("/")[3].split("?")[0]
    postgresql.sql("UPDATE cambist.meta SET value=value+1 WHERE name='schema'", name)
    assert "use the newer cambist" in start_refused(tmp_path, database)
    verified = cambist("audit", "verify", "--store", database)
    assert verified.returncode == 1 and "use the newer cambist" in verified.stderr


def test_reading_commands_make_no_tables(database):
    done = cambist("audit", "verify", "--store", database)
    assert done.returncode == 1 and "run cambist migrate" in done.stderr


def test_dev_makes_no_key_for_a_database_that_others_share(tmp_path, database):
    assert "--secret-key-file" in start_refused(tmp_path, database, {})


# Two nodes on one database.

@pytest.fixture
def pair(node):
    one = node(make_realm())
    return one, node(make_realm())


def test_nodes_that_start_together_agree_on_keys_and_users(tmp_path, database):
    shops = []
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        shops.append(Server(tmp_path / name, make_realm(), store=database, arguments=FIXED,
                            environment=KEY))
    try:
        at_once(*[shop.start for shop in shops])
        certs = [requests.get(ask(shop, "shop").endpoint("certs"), timeout=10).text for shop in shops]
        assert certs[0] == certs[1] == certs[2]
        token = login(shops[0])["access_token"]
        for shop in shops:
            assert granted(ask(shop, "shop").introspect(token))["active"]
    finally:
        for shop in shops:
            shop.stop()


def test_token_of_one_node_is_exchanged_and_refreshed_at_the_other(pair):
    one, two = pair
    tokens = login(one)
    granted(ask(two, "shop").exchange(tokens["access_token"]))
    fresh = granted(Client(two.url, "shop", "web").refresh(tokens["refresh_token"]))
    granted(Client(one.url, "shop", "web").refresh(fresh["refresh_token"]))


def test_of_two_nodes_that_rotate_one_refresh_token_at_once_one_wins(pair):
    one, two = pair
    for _ in range(8):
        token = login(one)["refresh_token"]
        clients = [Client(shop.url, "shop", "web") for shop in pair]
        for each in clients:
            each.discovery()  # connected before the race
        answers = at_once(*[lambda each=each: each.refresh(token) for each in clients])
        winners = [answer for answer in answers if answer.status_code == 200]
        losers = [answer for answer in answers if answer.status_code != 200]
        assert len(winners) == 1, [answer.text for answer in answers]
        refused(losers[0], "invalid_grant")
        # Reuse ends the family, also what the winner holds, on both nodes.
        for each in clients:
            refused(each.refresh(winners[0].json()["refresh_token"]), "invalid_grant")
    assert cambist("audit", "verify", "--store", two.store).returncode == 0


def test_of_two_nodes_that_get_one_assertion_at_once_one_takes_it(pair):
    for _ in range(8):
        now = int(time.time())
        token = jwt.JWT(header={"alg": "ES256"}, claims={
            "iss": "signer", "sub": "signer", "aud": f"{ISSUER}/realms/shop", "jti": uuid.uuid4().hex,
            "iat": now, "exp": now + 60})
        token.make_signed_token(SIGNER)
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION,
                "client_assertion": token.serialize()}
        clients = [Client(shop.url, "shop", "signer") for shop in pair]
        answers = at_once(*[lambda each=each: each.http.post(each.endpoint("token"), data=form,
                                                             timeout=15) for each in clients])
        assert sorted(answer.status_code for answer in answers) == [200, 401], \
            [answer.text for answer in answers]


def test_revocation_reaches_the_other_node_within_a_second(pair):
    one, two = pair
    token = granted(ask(one, "shop").exchange(login(one)["access_token"]))["access_token"]
    assert granted(ask(two, "shop").introspect(token))["active"]
    assert ask(one, "shop").revoke(token).status_code == 200
    eventually(lambda: not granted(ask(two, "shop").introspect(token))["active"])


def test_logout_reaches_the_other_node_within_a_second(pair):
    one, two = pair
    tokens = login(one)
    assert granted(ask(two, "shop").introspect(tokens["access_token"]))["active"]
    assert Client(one.url, "shop", "web").logout(tokens["refresh_token"]).status_code == 204
    eventually(lambda: not granted(ask(two, "shop").introspect(tokens["access_token"]))["active"])
    refused(ask(two, "shop").exchange(tokens["access_token"]), "invalid_request")


def test_realms_that_are_imported_beside_running_nodes_are_served_within_a_second(pair, tmp_path):
    def import_realm(described):
        path = write_realm(tmp_path, described, "imported")
        done = cambist("realm", "import", path, "--dev", "--store", pair[0].store,
                       env={**os.environ, **KEY})
        assert done.returncode == 0, done.stderr
    import_realm(make_realm("depot"))
    import_realm(make_realm("shop", clients=[client("late", serviceAccountsEnabled=True)]))
    for shop in pair:
        eventually(lambda shop=shop: ask(shop, "shop", "late").client_credentials().status_code == 200)
        eventually(lambda shop=shop: Client(shop.url, "depot", "web").password(
            "alice", "alice").status_code == 200)


def test_disabled_user_is_refused_at_the_other_node_within_a_second(pair, tmp_path):
    tokens = login(pair[1])
    granted(ask(pair[1], "shop").exchange(tokens["access_token"]))
    changed = make_realm()
    changed["users"][0]["enabled"] = False
    path = write_realm(tmp_path, changed, "changed")
    assert cambist("realm", "import", path, "--dev", "--store", pair[0].store,
                   env={**os.environ, **KEY}).returncode == 0
    for shop in pair:
        eventually(lambda shop=shop: ask(shop, "shop").exchange(
            tokens["access_token"]).status_code == 400)


def test_both_nodes_write_one_audit_chain(pair):
    def load(shop):
        token = login(shop)["access_token"]
        for _ in range(40):
            granted(ask(shop, "shop").exchange(token))
    at_once(*[lambda shop=shop: load(shop) for shop in (*pair, *pair)])
    rows = exported(pair[0].store)
    assert len(rows) >= 4 * 41
    verified = cambist("audit", "verify", "--store", pair[0].store)
    assert verified.returncode == 0 and verified.stdout.startswith(f"intact: {len(rows)} records")
