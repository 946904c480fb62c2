# SPDX-License-Identifier: Apache-2.0
"""An app, its gateway, an older system that logs users in, and two APIs: all of it in one place, to try and to test."""
import base64
import http.server
import json
import os
import pathlib
import re
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
HAND_OFF = "urn:cambist:params:oauth:token-type:handoff"
PASSWORDS = {"alice": "wonderland", "bob": "builder"}  # of the older system


def call(url, form, client):
    """(status, JSON) of a form that a client of the realm posts."""
    basic = base64.b64encode(f"{client}:{client}-secret".encode()).decode()
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), {"Authorization": f"Basic {basic}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers JSON by the server's respond(request, body)."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.server.respond(self, body)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_):
        pass


class Part(http.server.ThreadingHTTPServer):
    """One server of the demonstration, on a free port of loopback; `realm` is set once it is known."""

    daemon_threads = True

    def __init__(self, handler=Handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.realm = None
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class Api(Part):
    """Takes tokens that are for it alone, as the realm's introspection tells."""

    def __init__(self, name):
        super().__init__()
        self.name, self.tokens = name, []  # all that it was ever called with

    def respond(self, request, body):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.tokens.append(token)
        _, told = call(f"{self.realm}/token/introspect", {"token": token}, self.name)
        if not told.get("active") or told.get("aud") != self.name:
            return 401, {"error": "invalid_token"}
        seen = {name: value for name, value in request.headers.items() if name != "Authorization"}
        return 200, {"api": self.name, "user": told["username"], "scope": told["scope"], "method": request.command,
                     "path": request.path, "body": body.decode(), "headers": seen}


class OlderSystem(Part):
    """Knows the users and their passwords; asks for a code that only the gateway can redeem, for this browser."""

    def respond(self, request, body):
        asked = json.loads(body or b"{}")
        if asked.get("user") not in PASSWORDS or PASSWORDS[asked["user"]] != asked.get("password"):
            return 403, {"error": "wrong name or password"}
        status, told = call(f"{self.realm}/token", {
            "grant_type": EXCHANGE, "requested_subject": f"username:{asked['user']}", "audience": "gateway",
            "requested_token_type": HAND_OFF, "scope": "openid profile",
            "code_challenge": asked.get("code_challenge", ""), "code_challenge_method": "S256"}, "login")
        return (200, {"code": told["access_token"]}) if status == 200 else (502, {"error": told.get("error")})


class Program:
    """One process of the program, until stop(); `address` is where it listens."""

    def __init__(self, binary, log, *words, **environment):
        with log.open("w", encoding="utf-8") as out:
            self.child = subprocess.Popen([str(binary), *map(str, words)], stderr=out, stdin=subprocess.DEVNULL,
                                          env={**os.environ, **environment})
        ready = re.compile(r'"event":"ready"' if words[0] == "serve" else r'"event":"listening"')
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.child.poll() is None:
            text = log.read_text(encoding="utf-8")
            if ready.search(text):
                self.address = re.search(r'"event":"listening".*?"address":"([^"]+)"', text)[1]
                return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"cambist {words[0]} did not start:\n{log.read_text(encoding='utf-8')}")

    def stop(self):
        """The exit code."""
        self.child.terminate()
        return self.child.wait(30)


class Demo:
    """Everything, until stop(). `url` is where the browser goes; `port` 0 takes a free one."""

    def __init__(self, binary, folder, port=0, realm=HERE / "realm.yaml"):
        self.binary, self.folder, self.realm = binary, pathlib.Path(folder), realm
        self.store = f"sqlite:{self.folder}/companion.db"
        self.parts = self.orders, self.invoices, self.older = Api("orders-api"), Api("invoices-api"), OlderSystem()
        self.programs = []
        try:
            self.server = f"http://{self.start_server().address}"
            for part in self.parts:
                part.realm = f"{self.server}/realms/companion/protocol/openid-connect"
            self.url = f"http://127.0.0.1:{port or free_port()}"
            self.start_gateway(self.url, self.folder / "gateway.json", self.config(self.url))
        except BaseException:
            self.stop()
            raise

    def config(self, url, **more):
        """What the gateway is told; docs/recipes/browser-gateway.md says it in words."""
        return {"listen": url.removeprefix("http://"), "origin": url, "realm": f"{self.server}/realms/companion",
                "client": "gateway", "app": str(HERE / "app"), "services": [
                    {"path": "/api/login/", "url": self.older.url},
                    {"path": "/api/orders/", "url": self.orders.url, "audience": "orders-api", "scope": "orders:read"},
                    {"path": "/api/invoices/", "url": self.invoices.url, "audience": "invoices-api"}], **more}

    def start_server(self, address="127.0.0.1:0"):
        program = Program(self.binary, self.folder / "serve.log", "serve", "--dev", "--store", self.store,
                          "--realm", self.realm, "--listen", address)
        self.programs.append(program)
        return program

    def start_gateway(self, url, path, config):
        path.write_text(json.dumps(config, indent=2), encoding="utf-8")
        program = Program(self.binary, path.with_suffix(".log"), "gateway", "--config", path,
                          CAMBIST_GATEWAY_SECRET="gateway-secret")
        assert url == f"http://{program.address}"
        self.programs.append(program)
        return program

    def stop(self):
        """The exit codes of the programs."""
        codes = [program.stop() for program in reversed(self.programs)]
        for part in self.parts:
            part.stop()
        return codes


def free_port():
    probe = Part()
    probe.stop()
    return probe.server_port
