# SPDX-License-Identifier: Apache-2.0
"""npm's oidc-provider as somebody's identity provider (tests/provider): a process of its own, where users log in as in a
browser, with its forms and cookies."""
import re
import shutil
import socket
import subprocess
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from support.server import ROOT

FOLDER = ROOT / "tests/provider"
HERE = "127.0.0.1"


def free_port():
    with socket.socket() as one:
        one.bind((HERE, 0))
        return one.getsockname()[1]


class OpenidProvider:
    """Clients are `app` and `stranger`, where users log in, and `gateway`, which introspects."""

    def __init__(self, algorithm="ES256"):
        if shutil.which("npm") is None or shutil.which("node") is None:
            pytest.skip("there is no npm here: tools/setup test installs it")
        assert (FOLDER / "node_modules").exists(), "tests/provider has no packages yet: run tools/setup test"
        port = free_port()
        self.url, self.said = f"http://{HERE}:{port}", []
        self.process = subprocess.Popen(["node", str(FOLDER / "provider.mjs"), str(port), algorithm], text=True, cwd=FOLDER,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True).start()
        self._expect("ready")

    def _expect(self, pattern):
        line = self.process.stdout.readline().strip()
        assert re.fullmatch(pattern, line), (line, self.said)
        return line

    def tell(self, word):
        """rotate: a new key signs; forget: the older ones are not published any more. The kid of the key that signs."""
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self._expect("key-.*")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait(10)

    @staticmethod
    def secret_of(client):
        return f"{client}-secret-of-some-length"

    def code(self, user, client, **request):
        """The code that the browser of a user brings back to the client."""
        browser, callback = requests.Session(), f"https://{client}.example/callback"
        browser.trust_env = False
        answer = browser.get(f"{self.url}/auth", timeout=15, allow_redirects=False, params={
            "client_id": client, "response_type": "code", "redirect_uri": callback, "scope": "openid", **request})
        for _ in range(8):
            place = answer.headers.get("Location", "")
            if place.startswith(callback):
                found = parse_qs(urlsplit(place).query)
                assert "code" in found, place
                return found["code"][0]
            if place:
                answer = browser.get(requests.compat.urljoin(self.url, place), timeout=15, allow_redirects=False)
                continue
            form = re.search(r'action="([^"]+)"', answer.text)
            assert form, f"{answer.status_code} {answer.text}"
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)[1]
            answer = browser.post(form[1], timeout=15, allow_redirects=False,
                                  data={"prompt": prompt, "login": user, "password": user})
        raise AssertionError(f"no code after {answer.url}")

    def login(self, user="ann", client="app", resource=None, **request):
        """The answer of the token endpoint after a log-in at the client; with a resource, tokens for it."""
        if resource:
            request["resource"] = resource
        answer = requests.post(f"{self.url}/token", timeout=15, auth=(client, self.secret_of(client)), data={
            "grant_type": "authorization_code", "code": self.code(user, client, **request),
            "redirect_uri": f"https://{client}.example/callback", **({"resource": resource} if resource else {})})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def revoke(self, token, client="app"):
        answer = requests.post(f"{self.url}/token/revocation", timeout=15, auth=(client, self.secret_of(client)),
                               data={"token": token})
        assert answer.status_code == 200, answer.text
