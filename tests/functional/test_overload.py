# SPDX-License-Identifier: Apache-2.0
"""More requests at once than there is room for, and connections that say nothing. How fast, tools/bench overload and
tools/bench idle tell."""
import base64
import contextlib
import json
import pathlib
import re
import socket
import threading
from urllib.parse import urlencode

import pytest
import requests
from test_crash import exported, hash_of

from support.client import ACCESS_TOKEN, EXCHANGE, Client, granted
from support.realms import public_client, realm, secret_of, switched_client, user

BURST, BURSTS, IDLE = 64, 40, 500
CONFIG = "workers: 1\nqueueLength: 4\n"


@pytest.fixture
def shop(server, tmp_path):
    """One worker, and room for four that wait."""
    config = tmp_path / "cambist.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    made = realm("shop", clients=[public_client("web", sent_to=["gate"]), switched_client("gate")], users=[user("alice")])
    return server(made, arguments=["--config", str(config)])


def request_of(shop):
    subject = granted(Client(shop.url, "shop", "web").password("alice", "alice"))["access_token"]
    body = urlencode({"grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN})
    login = base64.b64encode(f"gate:{secret_of('gate')}".encode()).decode()
    return (f"POST /realms/shop/protocol/openid-connect/token HTTP/1.1\r\nHost: shop\r\nAuthorization: Basic {login}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def connect(shop):
    host, port = shop.url.split("//")[1].split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def read_answer(connection):
    """(status, headers, JSON) of one answer."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536)
    head, body = text.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
    while len(body) < length:
        body += connection.recv(65536)
    assert len(body) == length
    return int(head.split(b" ")[1]), head.decode(), json.loads(body)


def resident_mib(shop):
    status = pathlib.Path(f"/proc/{shop.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


class Health(threading.Thread):
    def __init__(self, shop):
        super().__init__(daemon=True)
        self.url, self.over, self.told = f"{shop.management}/health/", threading.Event(), []

    def run(self):
        while not self.over.wait(0.02):
            for what in ("live", "ready"):
                self.told.append(requests.get(self.url + what, timeout=30).status_code)


def test_who_finds_no_room_is_told_so_at_once_and_the_others_are_served(shop):
    wanted = request_of(shop)
    health = Health(shop)
    health.start()
    served, refused, first = [], 0, None
    with contextlib.ExitStack() as held:
        connections = [held.enter_context(connect(shop)) for _ in range(BURST)]
        for _ in range(BURSTS):  # the same connections: who was refused is not cut off
            for connection in connections:
                connection.sendall(wanted)
            for connection in connections:
                status, head, body = read_answer(connection)
                if status == 200:
                    served.append(body["access_token"])
                    continue
                assert status == 503 and "Retry-After: 1" in head, head
                assert body["error"] == "temporarily_unavailable" and "access_token" not in body
                refused += 1
            first = first or resident_mib(shop)
        health.over.set()
        health.join(30)
        assert refused > BURST and len(served) > BURST
        assert health.told and set(health.told) == {200}, "health is told of however crowded it is"
        assert resident_mib(shop) < first + 16
        # And it is over with the crowd.
        for connection in connections[:8]:
            connection.sendall(wanted)
            assert read_answer(connection)[0] == 200
    recorded = {row.get("issuedTokenHash") for row in exported(shop.store)}
    assert {hash_of(token) for token in served} <= recorded


def test_connections_that_say_nothing_cost_little_and_hold_up_nobody(shop):
    wanted = request_of(shop)
    before = resident_mib(shop)
    with contextlib.ExitStack() as held:
        idle = [held.enter_context(connect(shop)) for _ in range(IDLE)]
        for connection in idle:
            connection.sendall(b"GET /realms/shop HTTP/1.1\r\nHost: shop\r\n\r\n")
            assert read_answer(connection)[0] == 200
        assert resident_mib(shop) < before + 8
        for connection in (idle[0], idle[-1]):
            connection.sendall(wanted)
            assert read_answer(connection)[0] == 200
