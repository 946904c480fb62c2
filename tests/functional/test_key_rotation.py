# SPDX-License-Identifier: Apache-2.0
"""Signing keys are renewed by command and by age without a failed request, and what seals secrets is."""
import base64
import json
import os
import re
import threading
import time

import pytest
import requests
from test_postgresql import FIXED, KEY

from support.client import Client, decode, granted, verify
from support.realms import client, public_client, realm, secret_of, switched_client, user
from support.server import Server, cambist


def make_realm(**attributes):
    return realm("keys", attributes=attributes, clients=[
        public_client("web", sent_to=["gate"]), switched_client("gate"),
        client("worker", serviceAccountsEnabled=True)], users=[user("alice")])


def ask(url, name):
    return Client(url, "keys", name, None if name == "web" else secret_of(name))


class CachingVerifier:
    """A resource server that takes the key set at its word: a copy is kept as long as the answer says,
    and a key that is not in it is no key."""

    def __init__(self, url):
        self.url = ask(url, "web").endpoint("certs")
        self.until, self.certs = 0.0, ""

    def verify(self, token):
        if time.monotonic() >= self.until:
            answer = requests.get(self.url, timeout=10)
            self.until = time.monotonic() + int(
                re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])[1])
            self.certs = answer.text
        return verify(token, self.certs)


class Load(threading.Thread):
    """Gets tokens at one node, and has them checked by a verifier and exchanged at another."""

    def __init__(self, url, other):
        super().__init__(daemon=True)
        self.worker, self.gate = ask(url, "worker"), ask(other, "gate")
        self.first = granted(ask(url, "web").password("alice", "alice"))["access_token"]
        self.verifier = CachingVerifier(other)
        self.kids, self.count, self.fault = [], 0, None
        self.stopping = threading.Event()

    def run(self):
        try:
            while not self.stopping.is_set():
                header, _ = self.verifier.verify(
                    granted(self.worker.client_credentials())["access_token"])
                if header["kid"] not in self.kids:
                    self.kids.append(header["kid"])
                granted(self.gate.exchange(self.first))  # signed by the first key, all the time
                self.count += 1
        except Exception as fault:  # pylint: disable=broad-except
            self.fault = fault


def under_load(nodes, seconds, at_start=lambda: None):
    loads = [Load(one.url, nodes[n - 1].url) for n, one in enumerate(nodes)] * 1
    for load in loads:
        load.start()
    end = time.monotonic() + seconds
    at_start()
    while time.monotonic() < end and not any(load.fault for load in loads):
        time.sleep(0.1)
    for load in loads:
        load.stopping.set()
        load.join(30)
        assert load.fault is None, load.fault
        assert load.count > 10, "the load was too small to say anything"
    return loads


def settings(tmp_path):
    config = tmp_path / "cambist.yaml"
    config.write_text("upkeepSeconds: 1\n", encoding="utf-8")
    return ["--config", str(config), *FIXED]


@pytest.fixture(params=["sqlite", "postgresql"])
def nodes(request, server, tmp_path):
    """start(attributes...): one server on SQLite, or two on PostgreSQL."""
    def start(**attributes):
        options = {"arguments": settings(tmp_path), "environment": KEY}
        if request.param == "sqlite":
            return [server(make_realm(**attributes), **options)]
        options["store"] = request.getfixturevalue("database")
        return [server(make_realm(**attributes), **options) for _ in range(2)]
    return start


def keys(command, store, *arguments, key=None):
    done = cambist("keys", command, *arguments, "--store", store, "--json",
                   env={**os.environ, **(KEY if key is None else key)})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_keys_rotated_by_command_under_load_cost_no_request(nodes):
    """The command runs beside the servers, also on SQLite."""
    shops = nodes(**{"cambist.keys.publish": "4s"})
    store = shops[0].store
    (old,) = keys("list", store)

    def rotate():
        (kid,) = keys("rotate", store, "--realm", "keys")
        states = {key["kid"]: key for key in keys("list", store)}
        assert states[old["kid"]]["state"] == "active" and "signsFrom" in states[kid]
        # It is in the set before it is used.
        for shop in shops:
            deadline = time.monotonic() + 3
            while kid not in requests.get(ask(shop.url, "web").endpoint("certs"), timeout=10).text:
                assert time.monotonic() < deadline, "the new key is not published"
                time.sleep(0.05)
    for load in under_load(shops, 9, rotate):
        assert len(load.kids) == 2, "the new key signs"
        assert load.kids[0] == old["kid"]
    states = {key["kid"]: key for key in keys("list", store)}
    assert states[old["kid"]]["state"] == "passive" and "goesAt" in states[old["kid"]]


def test_keys_are_renewed_by_age_under_load_and_cost_no_request(nodes):
    shops = nodes(**{"cambist.keys.publish": "2s", "cambist.keys.max.age": "5s"})
    for load in under_load(shops, 13):
        assert len(load.kids) >= 3, load.kids


def test_key_that_signs_at_once_is_for_emergencies(server, tmp_path):
    shop = server(make_realm(), arguments=settings(tmp_path), environment=KEY)
    (kid,) = keys("rotate", shop.store, "--realm", "keys", "--now", "--algorithm", "ES256")
    deadline = time.monotonic() + 5
    while decode(granted(ask(shop.url, "worker").client_credentials())["access_token"])[0]["kid"] != kid:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("arguments, said", [
    (["--realm", "nowhere"], "no realm nowhere"),
    (["--realm", "keys", "--algorithm", "PS512"], "signs with ES256"),
])
def test_what_can_not_be_rotated_is_told(server, tmp_path, arguments, said):
    shop = server(make_realm(), arguments=settings(tmp_path), environment=KEY)
    done = cambist("keys", "rotate", *arguments, "--store", shop.store, env={**os.environ, **KEY})
    assert done.returncode == 1 and said in done.stderr


def test_length_of_time_that_is_none_is_refused_with_its_place(tmp_path):
    path = tmp_path / "realm.json"
    path.write_text(json.dumps(make_realm(**{"cambist.keys.max.age": "soon"})), encoding="utf-8")
    done = cambist("lint", path)
    assert done.returncode == 1 and "cambist.keys.max.age" in done.stdout + done.stderr


def key_file(folder, name):
    path = folder / name
    path.write_text(base64.b64encode(os.urandom(32)).decode(), encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def test_key_of_secrets_is_renewed_while_serving_and_the_old_one_can_go(server, tmp_path):
    old, new = key_file(tmp_path, "old.key"), key_file(tmp_path, "new.key")
    store = f"sqlite:{tmp_path / 'store.db'}"

    def start(*files, described=True):
        return server(*([make_realm()] if described else []), store=store,
                      arguments=[*FIXED, *(word for file in files for word in ("--secret-key-file", file))])
    shop = start(old)
    token = granted(ask(shop.url, "worker").client_credentials())["access_token"]
    shop.stop()
    shop = start(new, old)
    done = cambist("keys", "reseal", "--store", store, "--secret-key-file", new, "--secret-key-file", old)
    assert done.returncode == 0 and int(done.stdout.split()[0]) >= 1, done.stdout + done.stderr
    again = cambist("keys", "reseal", "--store", store, "--secret-key-file", new, "--secret-key-file", old)
    assert again.stdout.startswith("0 "), again.stdout
    granted(ask(shop.url, "worker").client_credentials())
    shop.stop()
    shop = start(new, described=False)
    assert granted(ask(shop.url, "worker").introspect(token))["active"]
    shop.stop()
    gone = Server(tmp_path, store=store, arguments=[*FIXED, "--secret-key-file", old])
    with pytest.raises(AssertionError):
        gone.start()
    assert "another key file" in gone.log()
