# SPDX-License-Identifier: Apache-2.0
"""Running the server: faults at start, signals, TLS, what a restart keeps."""
import json
import shutil
import signal
import socket
import ssl
import stat
import threading
import time

import pytest
import requests
from jwcrypto import jwk

from support.certificate import make_certificate
from support.change import hang_up, reload
from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, switched_client, user
from support.server import cambist, write_realm

FIXED = ["--hostname", "https://sso.example.org"]


def make_realm(**more):
    return realm("ops", clients=[
        public_client("web", sent_to=["a", "gate"]), client("a"), client("b"),
        switched_client("gate", refresh=True)], users=[user("alice")],
        rules=[rule("a-b", "a", "b")], **more)


def named(shop, name):
    return Client(shop.url, "ops", name, secret_of(name))


def login(shop, **form):
    return granted(Client(shop.url, "ops", "web").password("alice", "alice", **form))


# Faults at start: exit code, and a message with the mend.

@pytest.mark.parametrize("arguments, code, words", [
    (["--listen", "127.0.0.1:0"], 1, ["--hostname", "--dev"]),
    (["--listen", "0.0.0.0:0", "--dev"], 1, ["--tls-cert", "--trusted-proxy"]),
    (["--listen", "nonsense", "--dev"], 1, ["127.0.0.1:8080"]),
    (["--listen", "127.0.0.1:0", "--hostname", "http://a.example"], 1, ["https://"]),
    (["--listen", "127.0.0.1:0", "--hostname", "https://a.example"], 1, ["--secret-key-file"]),
    (["--listen", "127.0.0.1:0", "--dev", "--store", "mysql://x"], 1, ["sqlite:PATH"]),
    (["--listen", "127.0.0.1:0", "--dev", "--tls-cert", "x.pem"], 1, ["certificate", "key"]),
    (["--listen", "127.0.0.1:0", "--dev", "--tls-cert", "x.pem", "--tls-key", "x.key"], 1,
     ["x.pem"]),
    (["--listen", "127.0.0.1:0", "--dev", "--realm", "missing.yaml"], 1, ["missing.yaml"]),
    (["--listen", "127.0.0.1:0", "--dev", "--base-path", "auth"], 1, ["/auth"]),
    (["--listen", "127.0.0.1:0", "--dev", "--config", "missing.yaml"], 1, ["missing.yaml"]),
    (["--nonsense"], 2, ["--nonsense"]),
    (["--audit-durability", "sometimes"], 2, ["sometimes"])])
def test_start_with_a_fault_ends_with_its_code_and_the_mend(tmp_path, arguments, code, words):
    done = cambist("serve", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr + done.stdout


def test_fault_in_a_realm_file_is_told_with_file_line_and_nearest_key(tmp_path):
    (tmp_path / "bad.yaml").write_text("realm: x\nclientz: []\nusers:\n  - usrename: a\n")
    done = cambist("serve", "--dev", "--listen", "127.0.0.1:0", "--realm", "bad.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "bad.yaml:2" in done.stderr and "clients" in done.stderr
    assert "bad.yaml:4" in done.stderr and "username" in done.stderr, "all faults at once"


def test_fault_in_the_configuration_is_told_with_line_and_nearest_key(tmp_path):
    (tmp_path / "c.yaml").write_text("dev: true\nhostnam: x\n")
    done = cambist("serve", "--config", "c.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "c.yaml:2" in done.stderr and "hostname" in done.stderr


def test_secret_in_a_tracked_realm_file_is_refused_without_dev(tmp_path):
    (tmp_path / ".git").mkdir()
    key = tmp_path / "cambist.key"
    key.write_text("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")
    key.chmod(0o600)
    write_realm(tmp_path, make_realm())
    done = cambist("serve", *FIXED, "--listen", "127.0.0.1:0", "--secret-key-file", key,
                   "--realm", "realm.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "version control" in done.stderr and "${" in done.stderr
    assert secret_of("a") not in done.stderr


def test_port_in_use_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = cambist("serve", "--dev", "--listen", f"127.0.0.1:{port}", cwd=tmp_path)
    assert done.returncode == 1 and str(port) in done.stderr


def test_second_server_on_the_same_database_is_refused(server):
    shop = server(make_realm())
    done = cambist("serve", "--dev", "--listen", "127.0.0.1:0", "--store", shop.store,
                   cwd=shop.folder)
    assert done.returncode == 1 and "cambist.db" in done.stderr
    assert login(shop)["access_token"], "the first one is not disturbed"


def test_store_with_another_secret_key_is_refused_and_not_harmed(server):
    shop = server(make_realm(), arguments=FIXED)
    token = login(shop)["access_token"]
    shop.stop()
    key = shop.folder / "cambist.db.key"
    kept = key.read_bytes()
    key.write_text("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")
    done = cambist("serve", "--dev", *FIXED, "--listen", "127.0.0.1:0", "--store", shop.store,
                   cwd=shop.folder)
    assert done.returncode == 1 and "key" in done.stderr
    key.write_bytes(kept)
    shop.start()
    assert granted(named(shop, "a").introspect(token))["active"] is True


def test_configuration_file_serves_and_the_command_line_wins(server, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("hostname: https://from-file.example\nlogLevel: info\nworkers: 2\n")
    shop = server(make_realm(), arguments=["--config", str(config)])
    assert Client(shop.url, "ops", "web").discovery()["issuer"] == \
        "https://from-file.example/realms/ops"
    shop.stop()
    shop.command += ["--hostname", "https://from-line.example"]
    shop.start()
    assert Client(shop.url, "ops", "web").discovery()["issuer"] == \
        "https://from-line.example/realms/ops"


# Signals.

def test_sigterm_answers_what_was_asked_and_ends_with_0(server):
    shop = server(make_realm())
    token = login(shop)["access_token"]
    answers, torn = [], []

    def load():
        requester = named(shop, "a")
        try:
            while True:
                answers.append(granted(requester.exchange(token, audience="b")))
        except requests.exceptions.ChunkedEncodingError as fault:
            torn.append(fault)
        except requests.ConnectionError:
            pass
        except requests.JSONDecodeError as fault:
            torn.append(fault)
    threads = [threading.Thread(target=load, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    idle = socket.create_connection(tuple_of(shop.url))
    time.sleep(0.4)
    started = time.monotonic()
    shop.stop()
    assert time.monotonic() - started < 10, "an idle connection does not delay the end"
    for thread in threads:
        thread.join(10)
    idle.close()
    assert answers and not torn


def tuple_of(url):
    host, port = url.rsplit("/", 1)[1].rsplit(":", 1)
    return host, int(port)


def test_sigint_ends_cleanly_too(server):
    shop = server(make_realm())
    shop.process.send_signal(signal.SIGINT)
    assert shop.process.wait(20) == 0
    shop.process = None


def test_sighup_without_changes_changes_nothing(server):
    shop = server(make_realm())
    token = login(shop)["access_token"]
    assert not hang_up(shop)
    last = shop.events("realm_applied")[-1]
    assert last["changed"] is False and last["objects_written"] == 0
    assert last["users_written"] == 0 and last["keys_added"] == 0
    granted(named(shop, "a").exchange(token, audience="b"))


def test_sighup_serves_the_new_realm_file_without_a_pause(server):
    shop = server(make_realm())
    token, stop, bad = login(shop)["access_token"], threading.Event(), []

    def load():
        requester = named(shop, "a")
        while not stop.is_set():
            response = requester.exchange(token, audience="b")
            if response.status_code != 200:
                bad.append(response.text)
    thread = threading.Thread(target=load)
    thread.start()
    changed = make_realm()
    changed["clients"].append(client("c"))
    changed["exchangeRules"].append(rule("a-c", "a", "c"))
    reload(shop, changed)
    claims = decode(granted(named(shop, "a").exchange(token, audience="c"))["access_token"])[1]
    stop.set()
    thread.join(20)
    assert claims["aud"] == "c" and not bad, bad[:1]


def test_faulty_realm_file_at_sighup_is_logged_and_the_old_one_stays(server):
    shop = server(make_realm())
    token = login(shop)["access_token"]
    shop.realms[0].write_text("{", encoding="utf-8")
    failed = hang_up(shop)
    assert failed and str(shop.realms[0]) in json.dumps(failed)
    granted(named(shop, "a").exchange(token, audience="b"))


# TLS.

@pytest.fixture
def tls(server, tmp_path):
    """A server with a certificate; .url is https, .cert and .key are its files."""
    cert, key = make_certificate(tmp_path)
    shop = server(make_realm(), arguments=["--tls-cert", str(cert), "--tls-key", str(key)])
    shop.url = shop.url.replace("http://", "https://")
    shop.cert, shop.key = cert, key
    return shop


def trusting(shop, client_id):
    made = named(shop, client_id) if client_id != "web" else Client(shop.url, "ops", "web")
    made.http.verify = str(shop.cert)
    return made


def test_exchange_over_tls_and_the_issuer_is_https(tls):
    token = granted(trusting(tls, "web").password("alice", "alice"))["access_token"]
    answer = granted(trusting(tls, "a").exchange(token, audience="b"))
    assert decode(answer["access_token"])[1]["iss"] == f"{tls.url}/realms/ops"


@pytest.mark.parametrize("version, works", [
    (ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True),
    (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1, False)])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_versions_from_1_2_on_are_served(tls, version, works):
    context = ssl.create_default_context(cafile=tls.cert)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version

    def connect():
        with socket.create_connection(tuple_of(tls.url), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as made:
                return made.version()
    if works:
        assert connect() == version.name.replace("_", ".")
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connect()


def test_plain_http_on_a_tls_port_gets_no_answer_with_data(tls):
    with pytest.raises(requests.ConnectionError):
        requests.get(tls.url.replace("https", "http") + "/realms/ops", timeout=10)


def test_sighup_takes_a_new_certificate_for_new_connections(tls):
    old = ssl.get_server_certificate(tuple_of(tls.url))
    lasting = trusting(tls, "web")
    assert lasting.discovery()
    fresh_cert, fresh_key = make_certificate(tls.folder, "fresh")
    shutil.copy(fresh_cert, tls.cert)
    shutil.copy(fresh_key, tls.key)
    assert not hang_up(tls)
    assert ssl.get_server_certificate(tuple_of(tls.url)).strip() == \
        fresh_cert.read_text().strip() != old.strip()
    assert lasting.discovery(), "a connection that was open stays open"


def test_faulty_certificate_at_sighup_leaves_the_old_one(tls):
    old = ssl.get_server_certificate(tuple_of(tls.url))
    tls.cert.write_text("no certificate")
    assert hang_up(tls)
    assert ssl.get_server_certificate(tuple_of(tls.url)) == old


# What a restart keeps.

def test_restart_keeps_keys_sessions_refresh_tokens_and_revocations(server):
    shop = server(make_realm(), arguments=FIXED)
    web = Client(shop.url, "ops", "web")
    kept, revoked = login(shop, scope="openid"), login(shop)
    used = granted(web.refresh(kept["refresh_token"]))
    assert web.revoke(revoked["access_token"]).status_code == 200
    certs = web.http.get(web.endpoint("certs"), timeout=15).json()
    shop.stop()
    shop.start()
    web, a = Client(shop.url, "ops", "web"), named(shop, "a")
    assert web.http.get(web.endpoint("certs"), timeout=15).json() == certs
    assert shop.events("realm_applied")[-1]["changed"] is False
    granted(a.exchange(kept["access_token"], audience="b"))
    assert granted(web.userinfo(kept["access_token"]))["sub"]
    refused(a.exchange(revoked["access_token"], audience="b"), "invalid_request", "TX-STK-09")
    granted(web.refresh(used["refresh_token"]))
    refused(web.refresh(kept["refresh_token"]), "invalid_grant")


def test_restart_without_a_realm_file_serves_what_is_stored(server):
    shop = server(make_realm(), arguments=FIXED)
    token = login(shop)["access_token"]
    shop.stop()
    at = shop.command.index("--realm")
    del shop.command[at:at + 2]
    shop.start()
    granted(named(shop, "a").exchange(token, audience="b"))


def test_key_of_the_realm_file_signs_and_is_in_the_certs(server):
    key = jwk.JWK.generate(kty="EC", crv="P-256")
    pem = key.export_to_pem(private_key=True, password=None).decode()
    shop = server(make_realm(keys=[{"name": "mine", "algorithm": "ES256", "privateKey": pem}]))
    header, _ = Client(shop.url, "ops", "web").verify(login(shop)["access_token"])
    certs = jwk.JWKSet.from_json(requests.get(
        f"{shop.url}/realms/ops/protocol/openid-connect/certs", timeout=15).text)
    assert certs.get_key(header["kid"]).thumbprint() == key.thumbprint()
    for one in certs["keys"]:
        assert not one.has_private


def test_files_that_hold_secrets_are_the_owners_only(server):
    shop = server(make_realm())
    for name in ("cambist.db.key", "cambist.db"):
        mode = stat.S_IMODE((shop.folder / name).stat().st_mode)
        assert mode & 0o077 == 0, f"{name} {mode:o}"


def test_health_tells_alive_and_ready(server):
    shop = server(make_realm())
    for path in ("/health", "/health/live", "/health/ready"):
        assert requests.get(shop.management + path, timeout=5).status_code == 200
    assert requests.get(f"{shop.url}/metrics", timeout=5).status_code == 404, "not for the public"
    response = requests.post(f"{shop.management}/metrics", timeout=5)
    assert response.status_code == 405 and response.headers["Allow"] == "GET, HEAD"


def test_metrics_count_what_was_issued_and_refused(server):
    shop = server(make_realm())
    token = login(shop)["access_token"]
    for _ in range(3):
        granted(named(shop, "a").exchange(token, audience="b"))
    refused(named(shop, "a").exchange("x", audience="b"), "invalid_request")
    page = requests.get(f"{shop.management}/metrics", timeout=5).text
    issued = [line for line in page.splitlines() if line.startswith("cambist_tokens_issued_total{")
              and "token-exchange" in line]
    assert len(issued) == 1 and issued[0].endswith(" 3") and 'realm="ops"' in issued[0]
    refusals = [line for line in page.splitlines()
                if line.startswith("cambist_tokens_refused_total{")]
    assert len(refusals) == 1 and 'code="TX-TYP-04"' in refusals[0]
    assert shop.metric("cambist_stage_seconds_count") > 0
    assert 'realm="nonsense"' not in page


def test_metrics_get_no_labels_that_strangers_choose(server):
    shop = server(make_realm())
    for name in ("nonsense-1", "nonsense-2"):
        assert Client(shop.url, name, "x").token("password").status_code == 404
        Client(shop.url, "ops", name).token(name)
    assert "nonsense" not in requests.get(f"{shop.management}/metrics", timeout=5).text


def test_each_decision_is_one_log_line_with_the_trace_id_of_the_answer(server):  # errors: E42
    shop = server(make_realm())
    token = login(shop)["access_token"]
    good = named(shop, "a").exchange(token, audience="b", headers={
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    bad = named(shop, "a").exchange(token, audience="nobody")
    for response, issued in ((good, True), (bad, False)):
        trace = response.headers["Cambist-Trace-Id"]
        shop.wait_for_event("decision", trace=trace)
        rows = shop.events("decision", trace=trace)
        assert len(rows) == 1 and rows[0]["issued"] is issued
    assert bad.json()["trace_id"] == bad.headers["Cambist-Trace-Id"]
    row = shop.wait_for_event("decision", trace=good.headers["Cambist-Trace-Id"])
    assert "0af7651916cd43dd8448eb211c80319c" in row["traceparent"]
