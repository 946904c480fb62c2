#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo behind ./run: starts cambist with the demo realm, makes one exchange and one that is
refused, explains both, and leaves the server up (or stops it: --once). Any surprise is an error.
"""
import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml
from jwcrypto import jwk, jws

ROOT = pathlib.Path(__file__).resolve().parent.parent
REALM_FILE, REALM = ROOT / "examples/demo-realm.yaml", "demo"
WEB, REQUESTER, TARGET, FORBIDDEN = "shop-web", "orders-api", "billing-api", "payroll-api"
USER = "alice"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
SHOWN = ("iss", "sub", "preferred_username", "azp", "aud", "scope", "act", "xid", "exp", "jti")


class Surprise(Exception):
    """Something did not go as the demo says it does."""


def expect(condition, what):
    if not condition:
        raise Surprise(what)


def style(code, text):
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() else text


def heading(text):
    print("\n" + style("1;36", text))


def free_port(wanted):
    """The wanted port of loopback, or another one when that is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise Surprise("no free port on 127.0.0.1")


class Demo:
    def __init__(self, binary):
        realm = yaml.safe_load(REALM_FILE.read_text(encoding="utf-8"))
        self.secrets = {row["clientId"]: row.get("secret") for row in realm["clients"]}
        user = next(row for row in realm["users"] if row["username"] == USER)
        self.password = next(row["value"] for row in user["credentials"] if row["type"] == "password")
        self.binary, self.home = str(pathlib.Path(binary).resolve()), ROOT / "build/demo"
        shutil.rmtree(self.home, ignore_errors=True)  # each demo starts afresh
        self.home.mkdir(parents=True)
        self.store = f"sqlite:{self.home / 'cambist.db'}"
        self.log = self.home / "server.log"
        self.listen = f"127.0.0.1:{free_port(8080)}"
        self.management = f"127.0.0.1:{free_port(9000)}"
        self.url = f"http://{self.listen}/realms/{REALM}/protocol/openid-connect"
        self.server = None

    # -- the server ------------------------------------------------------------------------------

    def start(self):
        command = [self.binary, "serve", "--realm", str(REALM_FILE), "--store", self.store,
                   "--listen", self.listen, "--management", self.management, "--dev"]
        heading("1. The server")
        print("   " + " ".join(os.path.relpath(part) if part.startswith("/") else part for part in command))
        started = time.monotonic()
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while self.server.poll() is None and time.monotonic() < started + 15:
            try:
                if self.http(f"http://{self.management}/health/ready")[0] == 200:
                    print(f"   ready after {1000 * (time.monotonic() - started):.0f} ms; log: {os.path.relpath(self.log)}")
                    return
            except OSError:
                pass
            time.sleep(0.01)
        raise Surprise("the server did not become ready; its log:\n" + self.log.read_text(errors="replace"))

    def stop(self):
        """Stops the server; a clean end is exit code 0."""
        if self.server is not None:
            server, self.server = self.server, None
            server.send_signal(signal.SIGTERM)
            try:
                code = server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
                raise Surprise("the server did not stop within 15 s of SIGTERM") from None
            expect(code == 0, f"the server ended with {code}; its log: {self.log}")

    # -- one request, one command ------------------------------------------------------------------

    def http(self, url, form=None, client=None):
        """(status, text) of a GET, or of a POST of a form as one of the demo's clients."""
        headers, data = {}, None
        if form is not None:
            if client and self.secrets[client] is not None:
                pair = ":".join(urllib.parse.quote(part, safe="") for part in (client, self.secrets[client]))
                headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
            else:
                form = {**form, "client_id": client}
            data = urllib.parse.urlencode(form).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, data, headers), timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def post_token(self, form, client):
        status, text = self.http(f"{self.url}/token", form, client)
        return status, json.loads(text)

    def exchange(self, token, audience):
        return self.post_token({"grant_type": EXCHANGE, "subject_token": token,
                                "subject_token_type": ACCESS_TOKEN, "audience": audience}, REQUESTER)

    def cambist(self, *arguments):
        """Standard output of one command of the program, which must succeed."""
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=30,
                              stdin=subprocess.DEVNULL, check=False)
        expect(done.returncode == 0, f"cambist {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        expect(done.stdout.strip(), f"cambist {arguments[0]} printed nothing")
        return done.stdout

    def verify(self, token):
        """The claims of a token that one of the realm's published keys signed."""
        keys = jwk.JWKSet.from_json(self.http(f"{self.url}/certs")[1])
        parts = jws.JWS()
        parts.deserialize(token)
        header = parts.jose_header
        key = keys.get_key(header["kid"])
        expect(key is not None, f"the certs hold no key {header['kid']}")
        try:
            parts.verify(key, alg=header["alg"])
        except jws.InvalidJWSSignature as fault:
            raise Surprise(f"the signature of the token is wrong: {fault}") from fault
        return json.loads(parts.payload)

    # -- the story ---------------------------------------------------------------------------------

    def login(self):
        heading(f"2. {USER} logs in at {WEB}, which calls {REQUESTER} with her token")
        status, answer = self.post_token({"grant_type": "password", "username": USER,
                                          "password": self.password, "scope": "openid"}, WEB)
        expect(status == 200, f"no token for {USER}: {status} {answer}")
        token = answer["access_token"]
        claims = self.verify(token)
        expect(REQUESTER in listed(claims["aud"]), f"the token of {WEB} does not name {REQUESTER}: {claims['aud']}")
        expect(claims["azp"] == WEB, f"the token of {WEB} says azp={claims['azp']}")
        print(f"   an access token, held by {claims['azp']}, for {', '.join(listed(claims['aud']))}")
        return token, claims

    def permitted(self, token, before):
        heading(f"3. {REQUESTER} exchanges it for a token for {TARGET}")
        status, answer = self.exchange(token, TARGET)
        expect(status == 200, f"the exchange was refused: {status} {answer}")
        expect(answer["issued_token_type"] == ACCESS_TOKEN, f"issued_token_type is {answer['issued_token_type']}")
        after = self.verify(answer["access_token"])
        expect(listed(after["aud"]) == [TARGET], f"aud is {after['aud']}")
        expect(after["azp"] == REQUESTER, f"azp is {after['azp']}")
        expect(after["sub"] == before["sub"], "sub changed")
        expect(after["exp"] <= before["exp"], "the new token outlives the old one")
        side_by_side(before, after)
        print("\n   Its signature is that of a key the realm publishes. The rule that permits it:")
        print("   " + style("32", self.sentence()))
        return answer["access_token"]

    def sentence(self):
        """The rule as a sentence, from the lint of the realm file."""
        def sentences(value):
            if isinstance(value, dict):
                if isinstance(value.get("sentence"), str):
                    yield value["sentence"]
                value = list(value.values())
            if isinstance(value, list):
                for one in value:
                    yield from sentences(one)
        rules = sentences(json.loads(self.cambist("lint", str(REALM_FILE), "--json")))
        found = [rule for rule in rules if re.search(rf"\b{REQUESTER}\b.*\b{TARGET}\b", rule)]
        expect(found, f"cambist lint shows no rule from {REQUESTER} to {TARGET}")
        return found[0]

    def refused(self, token):
        heading(f"4. The same for {FORBIDDEN}: no rule, no token")
        status, answer = self.exchange(token, FORBIDDEN)
        expect(status in (400, 403) and "access_token" not in answer, f"not refused: {status} {answer}")
        expect(answer.get("error") == "invalid_target", f"refused, but with error {answer.get('error')}")
        trace = answer.get("trace_id")
        expect(trace and re.fullmatch(r"[\w-]+", trace), f"the refusal carries no trace id: {answer}")
        print(f"   {status} " + json.dumps(answer, indent=2).replace("\n", "\n   "))
        command = ["explain", trace, "--store", self.store]
        print(f"\n   The client sees that. You see why:  cambist explain {trace}\n")
        print("   " + self.cambist(*command).rstrip().replace("\n", "\n   "))
        expect(json.loads(self.cambist(*command, "--json")), "explain --json is empty")

    def audited(self):
        heading("5. Every request has left a record; the chain of them is whole")
        print("   " + self.cambist("audit", "verify", "--store", self.store).rstrip().replace("\n", "\n   "))

    def next(self):
        secret = f"{REQUESTER}:{self.secrets[REQUESTER]}"
        heading("Try next, in another terminal")
        who = f"-u {WEB}:{self.secrets[WEB]}" if self.secrets[WEB] else f"-d client_id={WEB}"
        print(f"""
   TOKEN=$(curl -s {self.url}/token {who} -d grant_type=password \\
       -d username={USER} -d password={self.password} | grep -o '"access_token": *"[^"]*' | cut -d'"' -f4)
   curl -s {self.url}/token -u {secret} -d grant_type={EXCHANGE} \\
       -d subject_token=$TOKEN -d subject_token_type={ACCESS_TOKEN} -d audience={TARGET}

   Paste what you get into:   build/release/cambist token inspect TOKEN
   The realm, and its rules:  examples/demo-realm.yaml   (check a change: build/release/cambist lint FILE)
   Health and metrics:        http://{self.management}/health/ready   http://{self.management}/metrics
""")

    def tell(self):
        self.start()
        token, before = self.login()
        self.permitted(token, before)
        self.refused(token)
        self.audited()

    def stay(self):
        self.next()
        print(style("1", f"cambist is up at http://{self.listen}; Ctrl-C stops it."), flush=True)
        try:
            code = self.server.wait()
        except KeyboardInterrupt:
            return
        self.server = None
        raise Surprise(f"the server ended by itself with {code}; its log: {self.log}")


def listed(value):
    return value if isinstance(value, list) else [value]


def side_by_side(before, after):
    def cell(value):
        text = value if isinstance(value, str) else json.dumps(value)
        return text if len(text) <= 44 else text[:43] + "…"
    print(f"\n   {'':20} {'before':46} after")
    for name in SHOWN:
        if name in before or name in after:
            old, new = (cell(claims[name]) if name in claims else "–" for claims in (before, after))
            print(f"   {name:20} {old:46} " + (new if old == new else style("33", new)))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--binary", default="build/release/cambist")
    options.add_argument("--once", action="store_true", help="stop after the exchange")
    options = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    demo = None
    try:
        demo = Demo(options.binary)
        try:
            demo.tell()
            if not options.once:
                demo.stay()
        finally:
            demo.stop()
    except KeyboardInterrupt:
        return 130
    except (Surprise, OSError, ValueError, KeyError, StopIteration, subprocess.SubprocessError) as surprise:
        print(f"\n{style('1;31', 'The demo failed')}: {type(surprise).__name__}: {surprise}", file=sys.stderr)
        return 1
    print("\n" + style("1;32", "All of it worked.") if options.once else "\nStopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
