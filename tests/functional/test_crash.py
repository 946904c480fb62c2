# SPDX-License-Identifier: Apache-2.0
"""kill -9 under load: what a client holds was recorded, and nothing that was used works again."""
import base64
import hashlib
import json
import threading
import time

import pytest
import requests

from support.client import REFRESH_TOKEN, Client, granted, refresh_token_of, refused
from support.realms import public_client, realm, secret_of, switched_client, user
from support.server import cambist

LOADERS = 4


def make_realm():
    return realm("crash", clients=[
        public_client("web", sent_to=["gate"]),
        switched_client("gate", refresh=True, directAccessGrantsEnabled=True)],
        users=[user("alice")])


def hash_of(token):
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


class Loader(threading.Thread):
    """Exchanges and refreshes until the server is gone; keeps every answer it received whole."""

    def __init__(self, url, subject):
        super().__init__(daemon=True)
        self.gate = Client(url, "crash", "gate", secret_of("gate"))
        self.subject, self.answers, self.refresh_tokens = subject, [], []
        self.strange = None

    def run(self):
        try:
            self.keep(self.gate.exchange(self.subject, requested_token_type=REFRESH_TOKEN))
            while True:
                self.keep(self.gate.exchange(self.subject))
                self.keep(self.gate.refresh(self.refresh_tokens[-1]))
        except requests.RequestException:
            return  # the server was killed
        except AssertionError as fault:
            self.strange = fault

    def keep(self, response):
        answer = granted(response)
        self.answers.append(answer)
        if "refresh_token" in answer or answer["token_type"] == "N_A":
            self.refresh_tokens.append(refresh_token_of(answer))


def exported(store):
    done = cambist("audit", "export", "--store", store)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def run_until_killed(shop):
    subject = granted(Client(shop.url, "crash", "web").password("alice", "alice"))["access_token"]
    loaders = [Loader(shop.url, subject) for _ in range(LOADERS)]
    for loader in loaders:
        loader.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and min(len(one.answers) for one in loaders) < 20:
        time.sleep(0.05)
    shop.kill()
    for loader in loaders:
        loader.join(20)
        assert loader.strange is None, loader.strange
        assert len(loader.answers) >= 20, "the load was too small to say anything"
    return loaders


@pytest.mark.parametrize("attempt", [1, 2])
def test_every_token_a_client_received_before_kill_9_is_in_the_audit(server, attempt):
    shop = server(make_realm(), arguments=["--hostname", "https://sso.example.org"])
    loaders = run_until_killed(shop)
    records = exported(shop.store)
    recorded = {row.get("issuedTokenHash") for row in records}
    recorded |= {row.get("refreshTokenHash") for row in records}
    for loader in loaders:
        for answer in loader.answers:
            assert hash_of(answer["access_token"]) in recorded
            if "refresh_token" in answer:
                assert hash_of(answer["refresh_token"]) in recorded
    verified = cambist("audit", "verify", "--store", shop.store)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    check_after_restart(shop, loaders)


def check_after_restart(shop, loaders):
    shop.start()
    verified = cambist("audit", "verify", "--store", shop.store)
    assert verified.returncode == 0 and "intact" in verified.stdout
    gate = Client(shop.url, "crash", "gate", secret_of("gate"))
    for loader in loaders:
        *used, last = loader.refresh_tokens
        seen = gate.introspect(loader.answers[-1]["access_token"])
        assert granted(seen)["active"] is True, "a session survives"
        # The last one may have been taken by a request whose answer never came.
        first_try = gate.refresh(last)
        if first_try.status_code != 200:
            refused(first_try, "invalid_grant")
        refused(gate.refresh(last), "invalid_grant")
        for token in used[-5:]:
            refused(gate.refresh(token), "invalid_grant")
    granted(Client(shop.url, "crash", "web").password("alice", "alice"))


def test_used_refresh_token_stays_used_across_a_kill(server):
    shop = server(make_realm(), arguments=["--hostname", "https://sso.example.org"])
    web = Client(shop.url, "crash", "web")
    first = granted(web.password("alice", "alice"))["refresh_token"]
    second = granted(web.refresh(first))["refresh_token"]
    shop.kill()
    shop.start()
    web = Client(shop.url, "crash", "web")
    third = granted(web.refresh(second))["refresh_token"]
    refused(web.refresh(first), "invalid_grant")
    refused(web.refresh(third), "invalid_grant")  # reuse ended the family
