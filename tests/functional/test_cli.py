# SPDX-License-Identifier: Apache-2.0
"""The commands an operator types: exit codes 0, 1, 2, and --json that parses."""
import json
import shutil
import sqlite3
import subprocess

import pytest
from jwcrypto import jwk

from support.client import Client, decode, granted, refused
from support.realms import client, denial, public_client, realm, rule, scope, secret_of, user
from support.server import ROOT, binary, cambist, write_realm

GUIDE = ROOT / "tests/data/realms/guide-client.json"
MENDED = ROOT / "tests/data/realms/guide-client-mended.json"
FIXED = ["--hostname", "https://sso.example.org"]


def make_realm():
    return realm(
        "cli", scopes=[scope("read")],
        clients=[public_client("web", sent_to=["a"], optional=["read"]), client("a"), client("b")],
        roles={"realm": [{"name": "admin"}]},
        users=[user("alice"), user("root", roles=["admin"])],
        rules=[rule("a-b", "a", "b", scopes=["read"], lifetime="2m"),
               denial("no-admins", "b", subject={"users": {"roles": ["admin"]}})])


@pytest.fixture(scope="module")
def shop(module_server):
    """With one permitted and one refused exchange in its audit: .good and .bad are trace ids."""
    started = module_server(make_realm(), arguments=FIXED)
    web, a = Client(started.url, "cli", "web"), Client(started.url, "cli", "a", secret_of("a"))
    token = granted(web.password("alice", "alice", scope="read"))["access_token"]
    good = a.exchange(token, audience="b")
    admin = granted(web.password("root", "root"))["access_token"]
    bad = a.exchange(admin, audience="b")
    refused(bad, "invalid_target", "TX-RUL-01")
    started.token, started.issued = token, granted(good)["access_token"]
    started.good, started.bad = (one.headers["Cambist-Trace-Id"] for one in (good, bad))
    return started


@pytest.fixture(scope="module")
def realm_file(tmp_path_factory):
    return write_realm(tmp_path_factory.mktemp("realm"), make_realm())


def parsed(done, code=0):
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_explain_shows_the_steps_of_a_permit_while_the_server_runs(shop):
    done = cambist("explain", shop.good, "--store", shop.store)
    assert done.returncode == 0, done.stderr
    for word in ("alice", "a-b", "web", "parse", "mint", "client_secret_basic"):
        assert word in done.stdout, word


def test_explain_names_the_rule_and_the_code_of_a_refusal(shop):
    done = cambist("explain", shop.bad, "--store", shop.store)
    assert done.returncode == 0, done.stderr
    for word in ("TX-RUL-01", "no-admins", "root"):
        assert word in done.stdout, word


def test_explain_as_json_and_as_a_diagram(shop):
    record = parsed(cambist("explain", shop.bad, "--store", shop.store, "--json"))
    assert "TX-RUL-01" in json.dumps(record) and shop.bad in json.dumps(record)
    for trace in (shop.good, shop.bad):
        diagram = cambist("explain", trace, "--store", shop.store, "--mermaid")
        assert diagram.returncode == 0 and diagram.stdout.startswith("sequenceDiagram")


def test_explain_of_an_unknown_trace_is_1(shop):
    done = cambist("explain", "01JAAAAAAAAAAAAAAAAAAAAAAA", "--store", shop.store)
    assert done.returncode == 1 and "01JAAAAAAAAAAAAAAAAAAAAAAA" in done.stderr


def test_audit_verify_tail_and_export_while_the_server_runs(shop):
    report = parsed(cambist("audit", "verify", "--store", shop.store, "--json"))
    assert report["intact"] is True and report["rows"] >= 4
    assert "intact" in cambist("audit", "verify", "--store", shop.store).stdout
    lines = cambist("audit", "tail", "-n", "2", "--store", shop.store).stdout.splitlines()
    assert len(lines) == 2 and shop.bad in lines[-1] and "TX-RUL-01" in lines[-1]
    rows = [json.loads(line) for line in
            cambist("audit", "export", "--store", shop.store).stdout.splitlines()]
    good = next(row for row in rows if row["trace"] == shop.good)
    assert good["issued"] is True and good["rules"] == ["a-b"]
    assert good["subjectName"] == "alice" and good["client"] == "a"
    assert good["grantedAudience"] == ["b"] and good["grantedScopes"] == ["read"]
    assert good["issuedJti"] == decode(shop.issued)[1]["jti"]
    tail = cambist("audit", "tail", "--json", "--store", shop.store).stdout.splitlines()
    assert json.loads(tail[-1])["trace"] == shop.bad


def test_audit_verify_finds_a_changed_record(shop, tmp_path):
    copy = tmp_path / "copy.db"
    assert cambist("backup", copy, "--store", shop.store).returncode == 0
    with sqlite3.connect(copy) as database:
        for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        changed = database.execute(
            "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'alice', 'mallo') AS BLOB) "
            "WHERE CAST(body AS TEXT) LIKE '%alice%'").rowcount
    assert changed
    done = cambist("audit", "verify", "--store", f"sqlite:{copy}")
    assert done.returncode == 1 and "BROKEN" in done.stdout
    report = parsed(cambist("audit", "verify", "--json", "--store", f"sqlite:{copy}"), 1)
    assert report["intact"] is False and report["reason"]


def test_backup_taken_while_serving_serves_the_same_tokens(shop, server, tmp_path):
    copy = tmp_path / "copy.db"
    done = cambist("backup", copy, "--store", shop.store)
    assert done.returncode == 0, done.stderr
    again = cambist("backup", copy, "--store", shop.store)
    assert again.returncode == 1 and "exists" in again.stderr
    shutil.copy(shop.folder / "cambist.db.key", f"{copy}.key")
    other = server(store=f"sqlite:{copy}", arguments=FIXED)
    seen = Client(other.url, "cli", "b", secret_of("b")).introspect(shop.issued)
    assert granted(seen)["active"] is True


def test_store_that_is_not_there_is_1_and_is_not_made(tmp_path):
    for command in (["explain", "X"], ["audit", "verify"], ["audit", "export"],
                    ["backup", tmp_path / "b.db"]):
        done = cambist(*command, "--store", f"sqlite:{tmp_path / 'missing.db'}")
        assert done.returncode == 1 and "missing.db" in done.stderr, done.stderr
    assert not list(tmp_path.iterdir())


def simulate(realm_file, *more, subject="alice"):
    return cambist("simulate", "--realm", realm_file, "--requester", "a", "--subject", subject,
                   "--subject-audience", "a", "--subject-scope", "read", "--audience", "b", *more)


def test_simulate_permits_as_the_server_would(realm_file):
    done = simulate(realm_file)
    assert done.returncode == 0, done.stderr
    assert "permitted" in done.stdout and "a-b" in done.stdout
    plan = parsed(simulate(realm_file, "--json"))
    assert plan["permitted"] is True and plan["audience"] == ["b"] and plan["scopes"] == ["read"]
    assert plan["rules"] and "a" in plan["rules"][0]


@pytest.mark.parametrize("at, permitted", [
    ("2027-06-30", True), ("2027-06-30T23:59:59Z", True), ("2027-07-02", False),
    ("2027-07-01T00:00:01Z", False), ("1814400001", False), ("1", True)])
def test_simulate_asks_for_another_time_by_date_or_seconds(tmp_path, at, permitted):
    risky = {**rule("a-b", "a", "b", binding="any"),
             "risk": {"reason": "a test", "expires": "2027-06-30"}}
    path = write_realm(tmp_path, realm("later", clients=[client("a"), client("b")],
                                       users=[user("alice")], rules=[risky]))
    done = simulate(path, "--at", at)
    assert done.returncode == (0 if permitted else 1), done.stdout + done.stderr
    for wrong in ("tomorrow", "2027-13-01", "2027-06-30T12:00", "7x", ""):
        if wrong:
            assert simulate(path, "--at", wrong).returncode == 2


@pytest.mark.parametrize("kind", ["jwt", "id_token", "refresh_token"])
def test_simulate_knows_the_types_of_subject_tokens(realm_file, kind):
    done = simulate(realm_file, "--subject-token-type", kind)
    assert done.returncode == 1 and "TX-TYP-06" in done.stdout, done.stdout
    assert simulate(realm_file, "--subject-token-type", "saml").returncode == 2


def test_simulate_refuses_as_the_server_would(realm_file):
    done = simulate(realm_file, subject="root")
    assert done.returncode == 1 and "TX-RUL-01" in done.stdout and "no-admins" in done.stdout
    plan = parsed(simulate(realm_file, "--json", subject="root"), 1)
    assert plan["permitted"] is False and plan["error_code"] == "TX-RUL-01"
    assert any(row["rule"] == "no-admins" and row["applies"] for row in plan["reasons"])


def test_simulate_takes_a_real_token(shop, realm_file):
    # The realm file makes the same user ids, as they are derived from the names.
    done = cambist("simulate", "--realm", realm_file, "--requester", "a", "--subject-token",
                   shop.token, "--audience", "b", "--json")
    assert parsed(done)["permitted"] is True


@pytest.mark.parametrize("arguments", [
    [], ["--subject", "alice", "--subject-token", "x"], ["--subject", "alice", "--at", "noon"],
    ["--subject", "alice", "--auth-method", "magic"],
    ["--subject", "alice", "--requested-token-type", "magic"], ["--nonsense"]])
def test_simulate_used_wrongly_is_2(realm_file, arguments):
    done = cambist("simulate", "--realm", realm_file, "--requester", "a", *arguments)
    assert done.returncode == 2 and done.stderr


def test_lint_prints_the_rules_of_a_sound_file_as_sentences(realm_file):
    done = cambist("lint", realm_file)
    assert done.returncode == 0, done.stdout
    assert "rule a-b: a may turn access tokens" in done.stdout
    found = parsed(cambist("lint", realm_file, "--json"))
    assert {one["id"] for one in found["rules"]} >= {"a-b", "no-admins"}


def test_lint_finds_every_fault_of_the_guides_client_with_its_line():
    found = parsed(cambist("lint", GUIDE, "--json"), 1)["findings"]
    faults = [one for one in found if one["severity"] == "fault"]
    assert len(faults) >= 7 and all(one["line"] > 0 for one in faults)
    text = cambist("lint", GUIDE).stdout
    for name in ("baseUrl", "rootUrl", "adminUrl", "surrogateAuthRequired", "fullScopeAllowed",
                 "clientAuthenticatorType", "optionalClientScopes"):
        assert name in text, name
    assert f"{GUIDE}:" in text


def test_lint_accepts_the_guides_client_once_mended():
    done = cambist("lint", MENDED)
    assert done.returncode == 0, done.stdout


def signer(*keys):
    made = client("signer", clientAuthenticatorType="client-jwt",
                  attributes={"jwks.string": json.dumps({"keys": [json.loads(one) for one in keys]})})
    del made["secret"]
    return made


@pytest.mark.parametrize("of, why", [
    ({"kty": "RSA", "size": 1024}, "key 2: the key can not be used"),
    ({"kty": "oct", "size": 256}, "no key serves: key 2: a symmetric key"),
    ({"kty": "EC", "crv": "P-256", "private": True}, "no key serves: key 2: the private member d"),
    ({"kty": "EC", "crv": "P-256"}, None)], ids=["weak", "symmetric", "private", "good"])
def test_key_of_a_client_that_can_not_serve_is_named_by_lint_and_import(tmp_path, of, why):
    # specs: JWB-03
    private = of.pop("private", False)
    key = jwk.JWK.generate(kid="second", **of)
    text = key.export(private_key=True) if private or of["kty"] == "oct" else key.export_public()
    good = jwk.JWK.generate(kty="EC", crv="P-256", kid="first").export_public()
    path = write_realm(tmp_path, realm("weak", clients=[signer(good, text)]))
    told = cambist("lint", path).stdout
    store = ["--store", f"sqlite:{tmp_path}/store.db", "--dev"]
    imported = parsed(cambist("realm", "import", path, *store, "--json"))
    if why is None:
        assert "jwks.string" not in told and imported["risks"] == []
        return
    line = next(line for line in told.splitlines() if "risk:" in line and "jwks.string" in line)
    assert "client 'signer'" in line.replace('"', "'") and why in line
    assert any("jwks.string" in risk and why in risk for risk in imported["risks"])
    for secret in ("d", "k"):
        if secret in json.loads(text):
            assert json.loads(text)[secret] not in told + json.dumps(imported)


def test_lint_of_a_missing_file_is_1(tmp_path):
    done = cambist("lint", tmp_path / "missing.yaml")
    assert done.returncode == 1 and "missing.yaml" in done.stderr


def test_inspect_explains_a_token_offline(shop):
    done = cambist("token", "inspect", shop.issued)
    assert done.returncode == 0
    for word in ("https://sso.example.org/realms/cli", "azp", "ES256"):
        assert word in done.stdout, word
    shown = parsed(cambist("token", "inspect", shop.issued, "--json"))
    assert decode(shop.issued)[1]["jti"] in json.dumps(shown)


def test_inspect_reads_a_token_from_standard_input_and_shows_no_signature(shop):
    done = subprocess.run([str(binary()), "token", "inspect", "-"], input=shop.issued + "\n",
                          capture_output=True, text=True, timeout=30, check=True)
    assert decode(shop.issued)[1]["jti"] in done.stdout
    assert shop.issued.rsplit(".", 1)[1] not in done.stdout


@pytest.mark.parametrize("text", ["x", "a.b.c", "x" * 20000, "", "\x1b[31mred"])
def test_inspect_of_something_else_says_what_it_looks_like(text):
    done = cambist("token", "inspect", text)
    assert done.returncode in (0, 1, 2)
    assert "\x1b" not in done.stdout + done.stderr


def test_import_fills_a_store_that_a_server_then_serves(server, realm_file, tmp_path):
    store = f"sqlite:{tmp_path / 'fresh.db'}"
    report = parsed(cambist("realm", "import", realm_file, "--dev", "--store", store, "--json"))
    assert report["realm"] == "cli" and report["changed"] is True and report["users_written"] == 2
    again = parsed(cambist("realm", "import", realm_file, "--dev", "--store", store, "--json"))
    assert again["changed"] is False and again["objects_written"] == 0
    assert cambist("migrate", "--store", store).returncode == 0
    rows = [json.loads(line) for line in cambist("audit", "export", "--store", store).stdout.splitlines()]
    assert [(row["grant"], row["steps"][0]["stage"]) for row in rows] == [("command", "realm import"), ("command", "migrate")]
    assert rows[0]["realm"] == "cli" and "2 of 2 users" in rows[0]["steps"][0]["text"] and "(uid " in rows[0]["peer"]
    shop = server(store=store)
    granted(Client(shop.url, "cli", "web").password("alice", "alice"))
    running = cambist("realm", "import", realm_file, "--dev", "--store", store)
    assert running.returncode == 1, "not while a server writes to it"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["audit"], ["token"], ["explain"],
                                       ["lint"], ["audit", "verify", "--nonsense"], ["backup"]])
def test_wrong_use_is_2(arguments):
    done = cambist(*arguments)
    assert done.returncode == 2 and done.stderr + done.stdout


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--stroe"], ["audit", "verify"],
                                       ["explain", "0" * 26], ["serve", "--store", "sqlite:x", "--store"]])
def test_wrong_use_repeats_no_address_of_a_store(arguments):
    done = cambist(*arguments, "postgresql://app:hunter2@db.example/sts")
    assert done.returncode == 2 and "--help" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_store_of_the_command_line_wins_also_when_it_is_the_default(tmp_path):
    (tmp_path / "c.yaml").write_text("store: nowhere\n", encoding="utf-8")
    words = [binary(), "serve", "--dev", "--config", "c.yaml", "--trusted-proxy",
             "10.0.0.1", "--listen", "203.0.113.1:8080"]  # no address of ours, so it never serves

    def said(*more):
        return subprocess.run([*words, *more], cwd=tmp_path, capture_output=True, text=True,
                              timeout=30, check=False).stderr
    assert "the store is neither" in said()
    assert "the store is neither" not in said("--store", "sqlite:cambist.db")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serve", "--help"],
                                       ["audit", "--help"]])
def test_help_and_version_are_0(arguments):
    done = cambist(*arguments)
    assert done.returncode == 0 and "cambist" in done.stdout.lower()
