# SPDX-License-Identifier: Apache-2.0
"""The real server as a child process: on free ports, with its own realm files and database."""
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATIENCE = 30  # seconds to start or to stop; sanitizer builds are slow
# What no run may print, whatever its exit code: sanitizers, aborts, broken assertions.
ALARMS = re.compile(r"Sanitizer|runtime error:|assertion failed|terminate called|stack smashing", re.I)


def binary():
    """The program under test: CAMBIST_BINARY, else the release build."""
    path = pathlib.Path(os.environ.get("CAMBIST_BINARY") or ROOT / "build/release/cambist")
    if not path.exists():
        raise FileNotFoundError(f"{path}: build it with ./test, or name one in CAMBIST_BINARY")
    return path


def cambist(*arguments, timeout=PATIENCE, **options):
    """Runs one command of the program to its end: .returncode, .stdout, .stderr."""
    done = subprocess.run([str(binary()), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, stdin=subprocess.DEVNULL, check=False, **options)
    assert not ALARMS.search(done.stderr), done.stderr
    return done


def write_realm(folder, realm, name="realm"):
    """A path for a realm given as a path, a dict (as JSON) or a text (YAML or JSON)."""
    if isinstance(realm, pathlib.Path):
        return realm
    path = pathlib.Path(folder) / f"{name}{'.json' if isinstance(realm, dict) else '.yaml'}"
    path.write_text(json.dumps(realm, indent=2) if isinstance(realm, dict) else realm, encoding="utf-8")
    return path


class Server:
    """Made by start(), ended by stop(). `url` and `management` are base URLs without a slash."""

    def __init__(self, folder, *realms, store=None, arguments=(), environment=None):
        self.folder = pathlib.Path(folder)
        self.store = store or f"sqlite:{self.folder / 'cambist.db'}"
        self.realms = [write_realm(folder, realm, f"realm-{n}") for n, realm in enumerate(realms)]
        self.command = [str(binary()), "serve", "--store", self.store, "--listen", "127.0.0.1:0",
                        "--management", "127.0.0.1:0", "--dev"]
        for path in self.realms:
            self.command += ["--realm", str(path)]
        self.command += list(arguments)
        self.environment = {**os.environ, **(environment or {})}
        self.process, self.url, self.management = None, None, None
        self.lines = []  # of stderr, as they come
        self._news = threading.Condition()
        self._ended = False
        self._reader = None

    def start_without_waiting(self):
        """For who ends it at once."""
        self.lines, self._ended, self.url, self.management = [], False, None, None
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        env=self.environment, cwd=self.folder)
        self._reader = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        self._reader.start()

    def start(self):
        self.start_without_waiting()
        try:
            self.url = "http://" + self.wait_for_event("listening", kind="public")["address"]
            self.management = "http://" + self.wait_for_event("listening", kind="management")["address"]
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self):
        """SIGTERM, and what a clean end is: exit code 0 and no alarm in the log."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop within "
                                 f"{PATIENCE} s of SIGTERM\n{self.log()}") from None
        self._wait_for(lambda: self._ended, 5)
        self.process = None
        assert code == 0, f"the server ended with {code}\n{self.log()}"
        assert not ALARMS.search(self.log()), self.log()

    def kill(self):
        """SIGKILL, for tests of what survives a crash; no check."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
            self._reader.join(PATIENCE)  # its last word must not fall into the next life
            self.process = None

    def log(self):
        with self._news:
            return "\n".join(self.lines)

    def events(self, event=None, **fields):
        """Structured log lines with these fields, oldest first."""
        with self._news:
            lines = list(self.lines)
        parsed = [json.loads(line) for line in lines if line.startswith("{")]
        return [row for row in parsed if (event is None or row.get("event") == event)
                and all(row.get(key) == value for key, value in fields.items())]

    def wait_for_event(self, event, timeout=PATIENCE, **fields):
        self._wait_for(lambda: self._ended or self.events(event, **fields), timeout)
        found = self.events(event, **fields)
        assert found, f"no log line {event} {fields}\n{self.log()}"
        return found[0]

    def wait_until(self, ready, timeout=PATIENCE):
        """Waits for log lines until ready() holds; the server may also have ended."""
        self._wait_for(lambda: self._ended or ready(), timeout)
        assert ready(), self.log()

    def metric(self, name):
        """The sum of all samples of a metric."""
        page = requests.get(f"{self.management}/metrics", timeout=5).text
        rows = re.findall(rf"^{re.escape(name)}(?:\{{[^}}]*\}})? (\S+)$", page, re.M)
        return sum(map(float, rows))

    def _read(self, stream):
        for line in stream:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _wait_for(self, ready, timeout):
        with self._news:
            self._news.wait_for(ready, timeout)

    def _wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(f"{self.management}/health/ready", timeout=2).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"the server did not become ready\n{self.log()}")
