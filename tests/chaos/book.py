# SPDX-License-Identifier: Apache-2.0
"""What the clients of a run know: what they got, used up and revoked. And what the server says it
recorded, read from its database with nothing of its own."""
import base64
import hashlib
import json
import sqlite3
import threading


def hash_of(token):
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


class Book:
    """Thread-safe. Lists of what is sure: the answer that says so was received whole."""

    def __init__(self):
        self._lock = threading.Lock()
        self.issued = []      # hashes of tokens since the last check
        self.rotated = []     # (client name, refresh token): used, and its successor was received
        self.taken = []       # (kind, thing): one-time things that gave something
        self.revoked = []     # access tokens whose revocation was confirmed
        self.ended = []       # refresh tokens of sessions whose log-out was confirmed
        self.parted = []      # the same of log-ins that gave a device its secret: answers with both
        self.strange = []     # what must not happen at all
        self.counts = {}      # answers by grant
        self.replays = {}     # what served once and was sent again, by its kind and how it was refused
        self.refusals = {}    # answers that gave nothing, by their error or status

    def add(self, name, thing):
        with self._lock:
            getattr(self, name).append(thing)

    def count(self, grant):
        self._count(self.counts, grant)

    def refuse(self, what):
        self._count(self.refusals, what)

    def replay(self, kind, cause):
        self._count(self.replays, f"{kind} {cause}")

    def _count(self, numbers, what):
        with self._lock:
            numbers[what] = numbers.get(what, 0) + 1

    def take(self, name):
        """All of a list, which is empty afterwards."""
        with self._lock:
            things = getattr(self, name)
            setattr(self, name, [])
        return things


class Trail:
    """The audit chain as it grows: every row is checked once, and kept as a set of token hashes."""

    def __init__(self, read_rows):
        self._read_rows = read_rows  # (sequence) -> node, [(sequence, previous, hash, body)] behind it
        self._sequence, self._hash = 0, "0" * 64
        self.recorded, self.rows = set(), 0

    def follow(self):
        node, rows = self._read_rows(self._sequence)
        for sequence, previous, digest, body in rows:
            assert sequence == self._sequence + 1, f"record {self._sequence + 1} is missing"
            assert previous == self._hash, f"record {sequence} does not follow from the one before"
            text = f"{node}\n{sequence}\n{previous}\n".encode() + body
            assert hashlib.sha256(text).hexdigest() == digest, f"record {sequence} was changed"
            self._sequence, self._hash = sequence, digest
            record = json.loads(body)
            self.recorded |= {record.get("issuedTokenHash"), record.get("refreshTokenHash")}
            self.rows += 1


def sqlite_rows(path):
    def read(sequence):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        try:
            (node,) = database.execute("SELECT value FROM meta WHERE name='node'").fetchone()
            rows = database.execute("SELECT sequence,hex(previous),hex(hash),body FROM audit WHERE "
                                    "sequence>? ORDER BY sequence", (sequence,)).fetchall()
        finally:
            database.close()
        return node, [(n, previous.lower(), digest.lower(), bytes(body))
                      for n, previous, digest, body in rows]
    return read


def postgresql_rows(server, database):
    def read(sequence):
        node = server.sql("SELECT node FROM cambist.audit_head", database)
        text = server.sql("SELECT sequence,encode(previous,'hex'),encode(hash,'hex'),"
                          f"encode(body,'hex') FROM cambist.audit WHERE sequence>{sequence} "
                          "ORDER BY sequence", database)
        rows = [line.split("|") for line in text.splitlines()]
        return node, [(int(n), previous, digest, bytes.fromhex(body))
                      for n, previous, digest, body in rows]
    return read
