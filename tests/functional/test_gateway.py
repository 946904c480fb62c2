# SPDX-License-Identifier: Apache-2.0
"""cambist gateway: an app, its gateway and two APIs, and no token in the browser."""
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from test_recipes import commands_of, differences

from support.browser import Browser
from support.client import Client, granted
from support.server import ALARMS, ROOT, binary, cambist

sys.path.insert(0, str(ROOT / "examples/gateway"))
from demo import Demo, Handler, Part, free_port  # noqa: E402


class Odd(Handler):
    """An API as none should be: by the path, it is slow, huge, cut off, shows its token, or speaks for the origin."""

    def do_GET(self):
        self.server.asked.append((self.command, self.path, dict(self.headers.items())))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        kind = self.path.split("?")[0].strip("/").split("/")[-1]
        if kind == "slow" or "/realms/slow/" in self.path:
            time.sleep(3)
        bodies = {"huge": b"x" * 70_000, "mirror": json.dumps({"you sent": token}).encode()}
        body = bodies.get(kind, b"{}")
        self.send_response({"refused": 401, "moved": 302, "elsewhere": 302}.get(kind, 200))
        for name, value in {
                "headers": [("Set-Cookie", "__Host-cambist=planted; Path=/; Secure"), ("WWW-Authenticate", "Basic"),
                            ("Access-Control-Allow-Origin", "*"), ("Clear-Site-Data", '"*"'), ("ETag", '"7"'),
                            ("Content-Security-Policy", "default-src *"), ("Connection", "X-Hop"), ("X-Hop", "1")],
                "moved": [("Location", f"{self.server.url}v1/7")],
                "elsewhere": [("Location", "http://10.0.0.1/secret")],
                "tell": [("X-Token", token)]}.get(kind, []):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (10 if kind == "cut" else 0)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if kind == "cut":
            self.close_connection = True

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The example as it stands, and a second gateway on its server with tight bounds and an odd API."""
    started = Demo(binary(), tmp_path_factory.mktemp("gateway"))
    odd = Part(Odd)
    odd.asked, odd.handle_error = [], lambda *_: None  # it is hung up on
    started.odd, started.parts = odd, (*started.parts, odd)
    started.tight = f"http://127.0.0.1:{free_port()}"
    config = started.config(started.tight, maxAnswerBytes=65_536, maxRequestBytes=2048, session={"atOnce": 4})
    config["services"] += [
        {"path": "/odd/", "url": f"{odd.url}v1/", "audience": "orders-api", "timeoutSeconds": 1, "atOnce": 2},
        {"path": "/wide/", "url": odd.url, "audience": "orders-api", "timeoutSeconds": 2},
        {"path": "/down/", "url": "http://127.0.0.1:1/", "audience": "orders-api"},
        {"path": "/nobody/", "url": odd.url, "audience": "nobody"}]
    started.start_gateway(started.tight, started.folder / "tight.json", config)
    yield started
    assert started.stop() == [0, 0, 0]
    for log in started.folder.glob("*.log"):
        assert not ALARMS.search(log.read_text(encoding="utf-8")), log.read_text(encoding="utf-8")


def log_in(app, user="alice", password="wonderland"):
    challenge = app.ask("/gateway/start", {}).json()["code_challenge"]
    made = app.ask("/api/login/", {"user": user, "password": password, "code_challenge": challenge})
    assert made.status_code == 200, made.text
    answer = app.ask("/gateway/login", {"code": made.json()["code"]})
    assert answer.status_code == 200, answer.text
    return app


@pytest.fixture
def app(demo):
    return log_in(Browser(demo.url))


@pytest.fixture
def tight(demo):
    return log_in(Browser(demo.tight))


def error_of(answer, status):
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert set(body) == {"error", "error_description"} and len(body["error_description"]) > 20
    assert answer.headers["Cache-Control"] == "no-store"
    return body["error"]


def test_app_calls_two_apis_and_no_token_reaches_the_browser(demo):
    """reqs: S0-14. Each API gets a token of its own, which the other would not take, and the browser a cookie."""
    app = Browser(demo.url)
    page = app.ask("/")
    assert page.status_code == 200 and "app.js" in page.text and "script-src" not in page.headers
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert app.ask("/app.js").headers["Content-Type"].startswith("text/javascript")
    assert app.ask("/gateway/session").json() == {"loggedIn": False}
    log_in(app)
    assert app.ask("/gateway/session").json() == {"loggedIn": True, "user": "alice"}
    before = len(demo.orders.tokens)
    for _ in range(3):
        orders = app.ask("/api/orders/").json()
        assert (orders["api"], orders["user"], orders["scope"]) == ("orders-api", "alice", "orders:read")
    invoices = app.ask("/api/invoices/?year=2026").json()
    assert (invoices["api"], invoices["user"], invoices["path"]) == ("invoices-api", "alice", "/?year=2026")
    assert not {"Cookie", "X-Cambist-Gateway"} & set(orders["headers"]), "the browser's cookie stays with the gateway"
    mine = demo.orders.tokens[before:]
    assert len(mine) == 3 and len(set(mine)) == 1, "kept until it ends"
    assert not set(demo.orders.tokens) & set(demo.invoices.tokens)
    for name, token in (("orders-api", mine[0]), ("invoices-api", demo.invoices.tokens[-1])):
        assert granted(Client(demo.server, "companion", name, f"{name}-secret").introspect(token))["aud"] == name
    everything = "\n".join(app.seen)
    for token in {*mine, *demo.invoices.tokens}:
        assert token and token not in everything and token.split(".")[2] not in everything
    for text in ("eyJ", "cr_", "access_token", "refresh_token", "id_token", "gateway-secret"):
        assert text not in everything, text
    assert "access_token" not in json.dumps(app.cookies) and len(app.cookies["__Host-cambist"]) == 43


def test_every_method_its_body_and_its_headers_reach_the_api(app, demo):
    for method, body in [("POST", {"a": 1}), ("PUT", {"a": 2}), ("PATCH", {"a": 3}), ("DELETE", None), ("GET", None)]:
        told = app.ask("/api/orders/7/lines?b=%20c&b=d", body, method, {"Idempotency-Key": "k", "Accept-Language": "de"})
        assert told.status_code == 200, told.text
        seen = told.json()
        assert (seen["method"], seen["path"]) == (method, "/7/lines?b=%20c&b=d")
        assert json.loads(seen["body"] or "null") == body
        assert seen["headers"]["Idempotency-Key"] == "k" and seen["headers"]["Accept-Language"] == "de"
        assert seen["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert app.ask("/api/orders").json()["path"] == "/", "without the last slash too"
    head = app.ask("/api/orders/", method="HEAD")
    assert head.status_code == 200 and head.text == ""
    assert error_of(app.ask("/api/orders/", method="OPTIONS"), 405) == "method_not_allowed"
    assert demo.orders.tokens[-1] in demo.orders.tokens[:-1], "one token for all of them"


def test_what_only_the_gateway_may_say_does_not_pass_to_the_api(tight, demo):
    tight.ask("/odd/ok", headers={
        "Authorization": "Bearer forged", "X-Forwarded-For": "6.6.6.6", "X-Forwarded-User": "root", "X_Forwarded_For": "6.6.6.6",
        "Forwarded": "for=6.6.6.6", "DPoP": "x", "X-Real-IP": "6.6.6.6", "Referer": tight.url + "/secret",
        "Connection": "keep-alive, X-Hop", "X-Hop": "1", "Origin": tight.url})
    _, path, headers = demo.odd.asked[-1]
    assert path == "/v1/ok" and headers["Authorization"] != "Bearer forged"
    assert "6.6.6.6" not in str(headers) and "root" not in str(headers) and "secret" not in str(headers)
    assert not {"X-Hop", "DPoP", "Cookie", "Origin", "X-Cambist-Gateway"} & set(headers)


def test_what_an_api_says_for_the_origin_does_not_pass_to_the_browser(tight):
    cookie = dict(tight.cookies)
    answer = tight.ask("/odd/headers")
    assert answer.status_code == 200 and answer.headers["ETag"] == '"7"'
    assert not {"WWW-Authenticate", "Access-Control-Allow-Origin", "Clear-Site-Data", "X-Hop", "Set-Cookie"} & set(
        answer.headers)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store" and tight.cookies == cookie
    assert tight.ask("/odd/moved").headers["Location"] == "/odd/7"
    elsewhere = tight.ask("/odd/elsewhere")
    assert elsewhere.status_code == 302 and "Location" not in elsewhere.headers
    assert "10.0.0.1" not in "\n".join(tight.seen)


def test_answer_that_holds_a_token_is_withheld(tight):
    """reqs: S0-14. Whatever an API does, in a body or in a header."""
    for path in ("/odd/mirror", "/odd/tell"):
        assert error_of(tight.ask(path), 502) == "service_shows_tokens"
    assert "eyJ" not in "\n".join(tight.seen)


@pytest.mark.parametrize("headers", [
    {"X-Cambist-Gateway": None}, {"X-Cambist-Gateway": "2"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}], ids=str)
def test_request_that_is_not_the_apps_is_refused_though_the_cookie_comes(app, demo, headers):
    """reqs: S0-14"""
    before = len(demo.orders.tokens)
    for path, body in [("/api/orders/", None), ("/api/orders/", {}), ("/gateway/session", None),
                       ("/gateway/logout", {}), ("/gateway/start", {}), ("/gateway/login", {"code": "x"}),
                       ("/api/login/", {})]:
        assert error_of(app.ask(path, body, headers=headers), 403) == "not_from_the_app", path
    assert len(demo.orders.tokens) == before
    assert app.ask("/gateway/session").json()["loggedIn"]


def test_preflight_of_another_origin_is_not_answered(app):
    answer = app.ask("/api/orders/", method="OPTIONS", headers={
        "X-Cambist-Gateway": None, "Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-cambist-gateway"})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_code_serves_only_the_browser_that_began_the_log_in(demo):
    mine, thief = Browser(demo.url), Browser(demo.url)
    begun = mine.ask("/gateway/start", {}).json()
    assert begun["code_challenge_method"] == "S256"
    code = mine.ask("/api/login/", {"user": "alice", "password": "wonderland", **begun}).json()["code"]
    assert error_of(thief.ask("/gateway/login", {"code": code}), 400) == "no_login_begun"
    thief.ask("/gateway/start", {})
    assert error_of(thief.ask("/gateway/login", {"code": code}), 401) == "login_refused"
    thief.cookies["__Host-cambist-login"] = "9999999999." + mine.cookies["__Host-cambist-login"].split(".")[1]
    assert error_of(thief.ask("/gateway/login", {"code": code}), 401) == "login_refused"
    assert "__Host-cambist" not in thief.cookies
    assert mine.ask("/gateway/login", {"code": code}).status_code == 200, "a thief's attempt does not use it up"
    assert "__Host-cambist-login" not in mine.cookies
    mine.ask("/gateway/start", {})
    assert error_of(mine.ask("/gateway/login", {"code": code}), 401) == "login_refused"
    for body in ({}, {"code": ""}, {"code": 1}, {"code": "x", "more": "y"}, ["x"], b"no json", b"x" * 5000):
        assert error_of(mine.ask("/gateway/login", body), 400) == "no_login_begun", body
    assert mine.ask("/api/login/", {"user": "alice", "password": "wrong", **begun}).status_code == 403


def test_cookie_is_new_at_every_log_in_and_dead_after_the_log_out(demo):
    app, old = Browser(demo.url), Browser(demo.url)
    app.cookies["__Host-cambist"] = "planted"
    first = log_in(app).cookies["__Host-cambist"]
    assert first != "planted"
    second = log_in(app).cookies["__Host-cambist"]
    assert second != first
    old.cookies["__Host-cambist"] = first
    assert error_of(old.ask("/api/orders/"), 401) == "not_logged_in", "one browser, one session"
    assert app.ask("/api/orders/").status_code == 200
    told = Client(demo.server, "companion", "orders-api", "orders-api-secret")
    token = demo.orders.tokens[-1]
    assert granted(told.introspect(token))["active"]
    old.cookies["__Host-cambist"] = second
    assert app.ask("/gateway/logout", {}).json() == {"loggedIn": False, "endedAtServer": True}
    assert "__Host-cambist" not in app.cookies
    for browser in (old, app):
        assert error_of(browser.ask("/api/orders/"), 401) == "not_logged_in"
    assert not granted(told.introspect(token))["active"], "the log-in at the server has ended too"
    assert app.ask("/gateway/logout", {}).json()["loggedIn"] is False, "twice does no harm"


def test_two_cookies_of_the_name_are_none(app):
    cookie = app.cookies["__Host-cambist"]
    for header in (f"__Host-cambist=planted; __Host-cambist={cookie}", f"__Host-cambist={cookie}; __Host-cambist=planted"):
        assert app.ask("/gateway/session", headers={"Cookie": header}).json() == {"loggedIn": False}


def test_session_that_ended_at_the_server_ends_at_the_next_request(app, demo):
    assert app.ask("/api/orders/").status_code == 200
    done = cambist("sessions", "revoke", "--user", "alice", "--realm", "companion", "--store", demo.store, "--dev")
    assert done.returncode == 0, done.stderr
    deadline = time.monotonic() + 10
    answer = app.ask("/api/orders/")
    while answer.status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
        answer = app.ask("/api/orders/")
    assert error_of(answer, 401) == "not_logged_in"
    assert "__Host-cambist" not in app.cookies and app.ask("/gateway/session").json() == {"loggedIn": False}
    time.sleep(2.1)  # what was made in the second of the revocation is covered by it
    assert log_in(app).ask("/api/orders/").status_code == 200


def test_user_without_a_right_to_an_api_is_told_so_and_stays_logged_in(demo):
    app = log_in(Browser(demo.url), "bob", "builder")
    assert app.ask("/api/orders/").json()["user"] == "bob"
    assert error_of(app.ask("/api/invoices/"), 403) == "no_token_for_this_service"
    assert app.ask("/api/orders/").status_code == 200
    log = (demo.folder / "gateway.log").read_text(encoding="utf-8")
    line = next(line for line in log.splitlines() if '"no_token_for_service"' in line and "invoices-api" in line)
    trace = re.search(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", line)[0]
    told = cambist("explain", trace, "--store", demo.store)
    assert told.returncode == 0 and "accountants" in told.stdout, "the log names the case at the server"


def test_token_that_is_kept_for_one_user_and_service_serves_no_other(demo):
    """specs: INC-10. By turns and at once, so that each asks while the other's are kept."""
    alice, bob = log_in(Browser(demo.url)), log_in(Browser(demo.url), "bob", "builder")
    asked = [(alice, "alice"), (bob, "bob")] * 8
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda one: one[0].ask("/api/orders/").json(), asked))
    assert [(one["user"], one["api"]) for one in seen] == [(name, "orders-api") for _, name in asked]
    assert alice.ask("/api/invoices/").json()["api"] == "invoices-api", "nor another service's"


def test_many_requests_at_once_fetch_one_token(demo):
    app = log_in(Browser(demo.url))
    before = len(demo.orders.tokens)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.ask("/api/orders/").status_code, range(16)))
    assert answers == [200] * 16
    assert len(set(demo.orders.tokens[before:])) == 1


def test_service_that_is_down_slow_huge_or_cut_is_explained(tight):
    assert error_of(tight.ask("/down/"), 502) == "service_failed"
    begun = time.monotonic()
    assert error_of(tight.ask("/odd/slow"), 502) == "service_failed"
    assert time.monotonic() - begun < 2.5, "after the second that the file gives it"
    assert error_of(tight.ask("/odd/huge"), 502) == "service_failed"
    assert error_of(tight.ask("/odd/cut"), 502) == "service_failed"
    assert error_of(tight.ask("/nobody/"), 403) == "no_token_for_this_service"
    assert tight.ask("/odd/ok").status_code == 200
    assert tight.ask("/odd/refused").status_code == 401, "what the API itself says"
    assert tight.ask("/gateway/session").json()["loggedIn"]


def test_slow_service_leaves_the_others_their_room(tight):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(tight.ask, "/odd/slow") for _ in range(4)]
        time.sleep(0.3)
        begun = time.monotonic()
        assert tight.ask("/api/orders/").status_code == 200 and time.monotonic() - begun < 0.7
        errors = sorted(one.result().json()["error"] for one in slow)
    assert errors == ["service_busy", "service_busy", "service_failed", "service_failed"], "two at once are its own"


def test_one_browser_does_not_take_all_workers(tight):
    tight.ask("/wide/ok")
    with concurrent.futures.ThreadPoolExecutor(7) as pool:
        answers = list(pool.map(lambda _: tight.ask("/wide/slow"), range(7)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 3 and {error_of(answer, 429) for answer in refused} == {"too_many_at_once"}
    assert refused[0].headers["Retry-After"] == "1"
    assert tight.ask("/wide/ok").status_code == 200


def test_log_ins_at_a_slow_server_leave_the_others_their_room(demo):
    url = f"http://127.0.0.1:{free_port()}"
    config = demo.config(url, realm=f"{demo.odd.url}realms/slow", session={"idleMinutes": 1})
    program = demo.start_gateway(url, demo.folder / "slow.json", config)
    demo.programs.remove(program)

    def try_one(_):
        app = Browser(url)
        app.ask("/gateway/start", {})
        answer = app.ask("/gateway/login", {"code": "hc_x"})
        return error_of(answer, 429 if answer.status_code == 429 else 503)

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        errors = sorted(pool.map(try_one, range(20)))
    assert errors == ["server_failed"] * 16 + ["too_many_at_once"] * 4
    assert Browser(url).ask("/gateway/health").status_code == 200
    assert program.stop() == 0


def test_request_beyond_its_bounds_is_refused(tight):
    assert tight.ask("/api/orders/", b"x" * 2048, "POST").status_code == 200
    assert tight.ask("/api/orders/", b"x" * 2049, "POST").status_code == 413
    assert error_of(tight.ask("/api/orders/", b"x", "GET"), 400) == "request_not_passed_on"


@pytest.mark.parametrize("path", [
    "/api/orders/%2e%2e/x", "/api/orders/../x", "/api/orders//x", "/api/orders/..;/x", "/api/orders/a%2fb", "/api/orders/%5c",
    "/api/orders/%252e%252e/x", "/api/orders/%00"])
def test_path_that_can_be_read_in_two_ways_is_refused(app, demo, path):
    before = len(demo.orders.tokens)
    assert error_of(app.ask(path), 400) == "path_not_plain"
    assert len(demo.orders.tokens) == before


def test_files_are_those_of_the_app_only(app):
    for path in ("/.git/config", "/%2e%2e/realm.yaml", "/../realm.yaml", "/realm.yaml", "/demo.py", "/none.js", "/app/app.js",
                 "/gateway/other", "//etc/passwd.txt"):
        assert app.ask(path).status_code == 404, path
    assert app.ask("/orders/7").text == app.ask("/").text, "a page that the app itself routes"
    assert error_of(app.ask("/", {}, "POST"), 405) == "method_not_allowed"
    assert app.ask("/", headers={"X-Cambist-Gateway": None, "Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert app.ask("/gateway/health", headers={"X-Cambist-Gateway": None}).json() == {"status": "UP"}


@pytest.fixture
def hasty(tmp_path):
    """The example with tokens that live three seconds."""
    realm = tmp_path / "hasty.yaml"
    realm.write_text((ROOT / "examples/gateway/realm.yaml").read_text(encoding="utf-8").replace("lifetime: 5m", "lifetime: 3s"),
                     encoding="utf-8")
    started = Demo(binary(), tmp_path, realm=realm)
    yield started
    assert set(started.stop()) == {0}


def test_tokens_that_ended_are_renewed_without_the_browsers_notice(hasty):
    app = log_in(Browser(hasty.url))
    cookies = dict(app.cookies)
    for _ in range(3):
        assert app.ask("/api/orders/").json()["user"] == app.ask("/api/invoices/").json()["user"] == "alice"
        time.sleep(2.5)
    assert len(set(hasty.orders.tokens)) == len(set(hasty.invoices.tokens)) == 3
    assert app.cookies == cookies and "eyJ" not in "\n".join(app.seen)


def test_session_survives_the_servers_absence(hasty):
    app = log_in(Browser(hasty.url))
    server = hasty.programs.pop(0)
    server.stop()
    assert error_of(app.ask("/api/orders/"), 503) == "server_failed"
    assert error_of(app.ask("/gateway/login", {"code": "hc_x"}), 400) == "no_login_begun"
    begun = time.monotonic()
    assert error_of(app.ask("/api/orders/"), 503) == "server_failed" and time.monotonic() - begun < 1
    assert app.ask("/gateway/session").json()["loggedIn"]
    hasty.programs.insert(0, hasty.start_server(server.address))
    hasty.programs.pop()
    time.sleep(5.1)  # as long as a refusal is believed
    assert app.ask("/api/orders/").json()["user"] == "alice"
    app.ask("/gateway/start", {})
    hasty.programs[0].stop()
    assert error_of(app.ask("/gateway/login", {"code": "hc_x"}), 503) == "server_failed"
    assert app.ask("/gateway/logout", {}).json() == {"loggedIn": False, "endedAtServer": False}
    assert error_of(app.ask("/api/orders/"), 401) == "not_logged_in", "here it has ended all the same"


def test_api_token_that_was_revoked_is_replaced(app, demo):
    assert app.ask("/api/orders/").status_code == 200
    token = demo.orders.tokens[-1]
    done = cambist("revoke", "token", token, "--realm", "companion", "--store", demo.store, "--dev")
    assert done.returncode == 0, done.stderr
    told = Client(demo.server, "companion", "orders-api", "orders-api-secret")
    deadline = time.monotonic() + 5
    while granted(told.introspect(token))["active"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert app.ask("/api/orders/").status_code == 200, "the API's word is believed, and another token fetched"
    assert demo.orders.tokens[-2:] == [token, demo.orders.tokens[-1]] and demo.orders.tokens[-1] != token


def test_page_does_what_it_says(demo, tmp_path):
    """reqs: S0-4, S0-14. docs/recipes/browser-gateway.md: curl as the browser, its own rules for cookies."""
    commands = commands_of(ROOT / "docs/recipes/browser-gateway.md")
    assert len(commands) > 6
    script = "".join(f"{{\n{text}}} >{tmp_path}/{n}.out\n" for n, (text, _, _) in enumerate(commands))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "APP": demo.url, "JAR": str(tmp_path / "jar")}, timeout=60, check=False)
    printed = [(tmp_path / f"{n}.out").read_text() for n in range(len(commands)) if (tmp_path / f"{n}.out").exists()]
    assert done.returncode == 0, f"{commands[len(printed) - 1][0]}\n{printed[-1]}{done.stderr}"
    for (text, kind, expected), actual in zip(commands, printed, strict=True):
        if kind == "json":
            assert not list(differences(json.loads(expected), json.loads(actual))), (text, actual)
        else:
            assert actual.strip() == expected.strip() if kind else actual == "", (text, actual)


def test_page_shows_a_configuration_that_is_read(tmp_path):
    """reqs: S0-4"""
    page = (ROOT / "docs/recipes/browser-gateway.md").read_text(encoding="utf-8")
    shown = re.search(r"^```yaml\n(# gateway.yaml.*?)^```$", page, re.M | re.S)[1]
    (tmp_path / "gateway.yaml").write_text(shown, encoding="utf-8")
    (tmp_path / "gateway.secret").write_text("s", encoding="utf-8")
    (tmp_path / "gateway.secret").chmod(0o600)
    with_fault = shown.replace("audience: orders", "audiance: orders")
    (tmp_path / "fault.yaml").write_text(with_fault, encoding="utf-8")
    told = cambist("gateway", "--config", "fault.yaml", cwd=tmp_path)
    assert told.returncode == 1 and "did you mean 'audience'?" in told.stderr
    # The certificate that it names is not there: all else was read.
    told = cambist("gateway", "--config", "gateway.yaml", cwd=tmp_path)
    assert told.returncode == 1 and "tls.pem" in told.stderr and "unknown key" not in told.stderr, told.stderr


def test_example_starts_by_one_command(tmp_path):
    """reqs: S0-14. App, gateway, older system and two APIs; Ctrl-C ends them all."""
    port = free_port()
    with subprocess.Popen([ROOT / "examples/gateway/run", str(port)], stdout=subprocess.PIPE, text=True, cwd=tmp_path,
                          env={**os.environ, "CAMBIST_BINARY": str(binary().resolve())}) as run:
        assert run.stdout.readline().startswith(f"Open http://127.0.0.1:{port} ")
        app = log_in(Browser(f"http://127.0.0.1:{port}"))
        assert app.ask("/api/orders/").json()["user"] == app.ask("/api/invoices/").json()["user"] == "alice"
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 0
    with pytest.raises(OSError):
        app.ask("/")
