# SPDX-License-Identifier: Apache-2.0
"""What may happen between a server and its database: a proxy on Unix sockets, as PostgreSQL's, that
lets bytes through, delays them, swallows them, or cuts its connections."""
import pathlib
import select
import shutil
import socket
import tempfile
import threading
import time
from urllib.parse import quote

PIECE = 65536


class FaultyProxy:
    """Between whoever connects to url() and a PostgreSQL of support.postgresql; close() ends it."""

    def __init__(self, target):
        self._target = str(target.folder / ".s.PGSQL.5432")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cambist-proxy-", dir="/tmp"))
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.folder / ".s.PGSQL.5432"))
        self._listening.listen(64)
        self._lock = threading.Lock()
        self._pairs = set()
        self._is_closed = False
        self.delay = 0.0        # seconds before each piece goes on
        self.swallows = False   # takes all and passes nothing on, as a network that is gone
        self.refuses = False    # cuts new connections at once
        self.connections = 0    # how many there were
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database, user="app"):
        return f"postgresql://{user}@/{database}?host={quote(str(self.folder), safe='')}"

    def reset(self):
        """Cuts all connections; returns how many."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        return len(pairs)

    def close(self):
        self._is_closed = True
        try:
            self._listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listening.close()
        self.swallows = False
        self.reset()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self):
        while not self._is_closed:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        pair = (client, server)
        try:
            if self.refuses:
                return
            server.connect(self._target)
            with self._lock:
                self._pairs.add(pair)
            self._pump(client, server)
        except OSError:
            pass
        finally:
            with self._lock:
                self._pairs.discard(pair)
            client.close()
            server.close()

    def _pump(self, client, server):
        other = {client: server, server: client}
        while not self._is_closed:
            for end in select.select(list(other), [], [], 1)[0]:
                piece = end.recv(PIECE)
                if not piece:
                    return
                if self.delay:
                    time.sleep(self.delay)
                if not self.swallows:
                    other[end].sendall(piece)

