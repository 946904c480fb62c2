# SPDX-License-Identifier: Apache-2.0
"""tools/conformance: a table of RFC 8693 that any server can be held against."""
import base64
import http.server
import json
import re
import subprocess
import sys
import threading
from urllib.parse import parse_qs

import pytest

from support.realms import client, public_client, realm, rule, scope, secret_of, switched_client, user
from support.server import ROOT

CLIENT = {"id": "orders", "secret": secret_of("orders")}
LOGIN = {"grant_type": "password", "client": {"id": "web"}, "username": "alice", "password": "alice",
         "scope": "openid"}
CONFIG = {
    "client": CLIENT,
    "subject": LOGIN,
    "audience": "billing", "second_audience": "reports",
    "resource": "https://billing.example", "second_resource": "https://reports.example/api",
    "scope": "invoice:read",
    "unpermitted_client": {"id": "batch", "secret": secret_of("batch")},
    "unrelated_subject": {**LOGIN, "client": {"id": "elsewhere"}},
    "actor": {"grant_type": "client_credentials", "client": CLIENT},
}


def conformance(issuer, config, folder, *arguments):
    path = folder / "conformance.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return subprocess.run([sys.executable, ROOT / "tools/conformance", "--issuer", issuer, "--config", path,
                           "--format", "json", *arguments], capture_output=True, text=True, timeout=300, check=False)


def results_of(done):
    assert done.returncode in (0, 1), done.stderr
    return {one["requirement"]: one for one in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def shop(module_server):
    both = {"target": {"audiences": ["billing", "reports"],
                       "resources": ["https://billing.example", "https://reports.example/api"]}}
    types = ("access_token", "id_token", "refresh_token")
    return module_server(realm(
        "shop",
        scopes=[scope("invoice:read")],
        clients=[public_client("web", sent_to=["orders"], scopes=["invoice:read"]), public_client("elsewhere"),
                 # As a stranger sees it: without causes.
                 client("orders", optional=["invoice:read"], serviceAccountsEnabled=True,
                        attributes={"cambist.diagnostics": "off"}),
                 client("batch"), client("billing"), client("reports")],
        users=[user("alice")],
        rules=[{**rule("orders-to-all", "orders", "billing", scopes=["invoice:read"], types=types,
                       refresh="bounded"), **both}]))


def test_every_line_that_must_hold_holds(shop, tmp_path):
    done = conformance(f"{shop.url}/realms/shop", CONFIG, tmp_path, "--strict")
    bad = [one for one in results_of(done).values() if one["result"] == "fail"]
    assert not bad and done.returncode == 0, json.dumps(bad, indent=2)


def test_example_of_the_page_runs_against_the_demo_as_the_page_says(server, tmp_path):
    page = (ROOT / "docs/conformance.md").read_text(encoding="utf-8")
    config = json.loads(re.search(r"```json\n(.*?)```", page, re.S)[1])
    demo = server(ROOT / "examples/demo-realm.yaml")
    results = results_of(conformance(f"{demo.url}/realms/demo", config, tmp_path))
    assert [number for number, one in results.items() if one["result"] == "fail"] == ["TX-49"]
    assert sum(one["result"] == "pass" for one in results.values()) > 30


def test_nothing_is_skipped_here_and_only_the_known_is_not_supported(shop, tmp_path):
    results = results_of(conformance(f"{shop.url}/realms/shop", CONFIG, tmp_path))
    assert len(results) >= 45
    assert [one for one in results.values() if one["result"] == "skipped"] == []
    # The rule names neither the type jwt nor an actor.
    assert {name for name, one in results.items() if one["result"] == "not supported"} == {"TX-28", "TX-54"}


class YesToAll(http.server.BaseHTTPRequestHandler):
    """Gives the same worthless token to whoever asks for anything."""
    ANSWER = json.dumps({"access_token": "e30.eyJzdWIiOiJhIiwiYWN0Ijp7fX0.e30", "token_type": "Bearer",
                         "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.ANSWER.encode())

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


def test_a_server_that_permits_everything_fails_every_refusal(tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), YesToAll) as bad:
        threading.Thread(target=bad.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{bad.server_port}"
        done = conformance(url, {**CONFIG, "token_endpoint": url + "/token"}, tmp_path)
        bad.shutdown()
    results = results_of(done)
    assert done.returncode == 1
    failed = {name for name, one in results.items() if one["result"] == "fail"}
    assert failed >= {"TX-01", "TX-02", "TX-03", "TX-04", "TX-05", "TX-06", "TX-07", "TX-08", "TX-09", "TX-10", "TX-12",
                      "TX-13", "TX-15", "TX-17", "TX-18", "TX-22", "TX-32", "TX-33", "TX-36", "TX-37", "TX-45", "TX-46",
                      "TX-47", "TX-51", "TX-54", "TX-81", "TX-82", "TX-84"}
    assert {name for name, one in results.items() if one["result"] == "pass"} <= \
        {"TX-11", "TX-14", "TX-19", "TX-34", "TX-35", "TX-49", "TX-52", "TX-73", "TX-77"}
    assert results["META-1"]["result"] == "not supported"


class Ignorant(YesToAll):
    """Looks at nothing but the audience: no actor, no resource changes what it gives."""
    CLAIMS = base64.urlsafe_b64encode(json.dumps({"sub": "a", "aud": ["billing"]}).encode()).decode().rstrip("=")
    ANSWER = json.dumps({"access_token": f"e30.{CLAIMS}.e30", "token_type": "Bearer",
                         "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}).encode()
    REFUSAL = b'{"error": "access_denied"}'

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        permitted = form.get("audience", ["billing"]) == ["billing"]
        self.send_response(200 if permitted else 403)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.ANSWER if permitted else self.REFUSAL)


def test_what_a_server_ignores_it_does_not_support_and_its_refusals_have_a_status(tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ignorant) as ignorant:
        threading.Thread(target=ignorant.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{ignorant.server_port}"
        results = results_of(conformance(url, {**CONFIG, "token_endpoint": url + "/token"}, tmp_path))
        ignorant.shutdown()
    for name in ("TX-04", "TX-05", "TX-54"):
        assert (results[name]["result"], "actor tokens are ignored" in results[name]["why"]) == ("not supported", True)
    for name in ("TX-07", "TX-09"):
        assert (results[name]["result"], "resource is ignored" in results[name]["why"]) == ("not supported", True)
    assert results["TX-45b"]["result"] == "fail" and "403 access_denied" in results["TX-45b"]["why"]


def test_one_requirement_can_be_chosen_and_shown_as_a_table(shop, tmp_path):
    done = conformance(f"{shop.url}/realms/shop", CONFIG, tmp_path, "--only", "TX-02", "--format", "table")
    assert done.returncode == 0 and done.stdout.startswith("PASS") and done.stdout.count("\n") == 1
    done = conformance(f"{shop.url}/realms/shop", CONFIG, tmp_path, "--only", "TX-02", "--format", "markdown")
    assert "| TX-02 subject_token is required and not empty | 2.1 | must | pass |" in done.stdout


@pytest.mark.parametrize("change,says", [
    ({"token_endpoint": "http://127.0.0.1:1/token"}, "127.0.0.1:1"),
    ({"subject": {**LOGIN, "password": "wrong"}}, "no token by password"),
    ({"audience": None}, "no 'audience'"),
])
def test_what_can_not_be_tested_is_said_and_is_no_result(shop, tmp_path, change, says):
    config = {name: value for name, value in {**CONFIG, **change}.items() if value is not None}
    done = conformance(f"{shop.url}/realms/shop", config, tmp_path)
    assert done.returncode == 2 and says in done.stderr and done.stdout == ""
    assert "wrong" not in done.stderr, "no password is shown"
