#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of one's own: in a temporary folder, on a Unix socket (and with a certificate on
TLS at 127.0.0.1 too), gone afterwards.

postgresql.py -- COMMAND...: runs a command beside one, its URL in CAMBIST_TEST_POSTGRESQL.
"""
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

PATIENCE = 60  # seconds to start or to stop
OPTIONS = ["listen_addresses=", "fsync=on", "synchronous_commit=on", "max_connections=60",
           "shared_buffers=32MB", "dynamic_shared_memory_type=posix", "log_min_messages=warning"]


def program(name):
    """PostgreSQL's own folder of the newest version wins over what stands in the path."""
    homes = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda home: int(home.split("/")[4]))
    for home in reversed(homes):
        if os.access(f"{home}/{name}", os.X_OK):
            return f"{home}/{name}"
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name}: install PostgreSQL (tools/setup test)")
    return found


def account():
    """(user id, group id) to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
        except KeyError:
            pass
    raise LookupError("no user 'postgres' and none 'nobody' to run PostgreSQL as")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostgreSQL:
    """Made and started at once; close() ends it and removes its folder."""

    def __init__(self, certificate=None, standby_of=None):
        """certificate: (certificate file, key file), then it listens on .port, for TLS only.
        standby_of: a PostgreSQL that this one follows until promote()."""
        self.port = free_port() if certificate else 5432
        self._options = list(OPTIONS)
        # Not below TMPDIR: a socket's path has to be short, and its folder open to the account.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cambist-pg-", dir="/tmp"))
        self.process = None
        self._account = account()
        try:
            if self._account:
                os.chown(self.folder, *self._account)
            if standby_of:
                self._follow(standby_of)
            else:
                self._create(certificate)
        except BaseException:
            self.close()
            raise

    def _create(self, certificate):
        self._run("initdb", "--pgdata", self._data, "--username", "cambist", "--auth", "trust",
                  "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
        (self._data / "pg_hba.conf").write_text(
            "local all locked scram-sha-256\nlocal all all trust\nlocal replication all trust\n"
            "hostssl all locked 127.0.0.1/32 scram-sha-256\nhostssl all all 127.0.0.1/32 trust\n",
            encoding="utf-8")
        if certificate:
            self._listen_with_tls(*certificate)
        self.start()
        self.sql("CREATE ROLE app LOGIN")

    def _follow(self, primary):
        """From now on a commit of the primary waits until it is on our disk too."""
        self._run("pg_basebackup", "--pgdata", self._data, "--host", primary.folder,
                  "--username", "cambist", "--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
        self.start()
        primary.sql("ALTER SYSTEM SET synchronous_standby_names='*'")
        primary.sql("SELECT pg_reload_conf()")
        primary.wait_for("SELECT count(*) FROM pg_stat_replication WHERE sync_state='sync'", "1")

    def promote(self):
        """A standby becomes the primary; returns when it takes writes."""
        assert self.sql("SELECT pg_promote(true, 30)") == "t", self.log()

    def wait_for(self, question, answer):
        deadline = time.monotonic() + PATIENCE
        while (said := self.sql(question)) != answer:
            assert time.monotonic() < deadline, f"{question}: {said}"
            time.sleep(0.05)

    @property
    def _data(self):
        return self.folder / "data"

    def _as_account(self, *command):
        """Ends with us, however we end (SIGINT: PostgreSQL's fast shutdown)."""
        who = ["--reuid", str(self._account[0]), "--regid", str(self._account[1]),
               "--clear-groups"] if self._account else []
        return ["setpriv", *who, "--pdeathsig", "INT", *map(str, command)]

    def _run(self, name, *arguments, user=True):
        command = [program(name), *map(str, arguments)]
        done = subprocess.run(self._as_account(*command) if user else command, text=True,
                              capture_output=True, timeout=PATIENCE, cwd=self.folder, check=False,
                              env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
        assert done.returncode == 0, f"{name}: {done.stderr}"
        return done.stdout

    def _listen_with_tls(self, *certificate):
        for source, name in zip(certificate, ("server.crt", "server.key")):
            target = self._data / name
            shutil.copy(source, target)
            target.chmod(0o600)
            if self._account:
                os.chown(target, *self._account)
        self._options += ["listen_addresses=127.0.0.1", f"port={self.port}", "ssl=on"]

    def start(self):
        options = [word for option in self._options for word in ("-c", option)]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self._as_account(program("postgres"), "-D", self._data, "-k", self.folder, *options),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                start_new_session=True, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
        deadline = time.monotonic() + PATIENCE
        ready = [program("pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port),
                 "-d", "postgres"]
        while subprocess.run(ready, check=False, timeout=PATIENCE).returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.02)

    def stop(self, how=signal.SIGINT):
        """SIGINT: fast shutdown; SIGQUIT: as a crash, the next start recovers."""
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(PATIENCE)
        self.process = None

    def close(self):
        try:
            self.stop()
        finally:
            if self.process is not None:
                self.process.kill()
                self.process.wait(PATIENCE)
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def sql(self, text, database="postgres"):
        """Runs statements as the superuser; the rows, columns between bars."""
        return self._run("psql", "-h", self.folder, "-p", self.port, "-U", "cambist", "-d", database, "-X", "-A", "-t",
                         "-q", "-v", "ON_ERROR_STOP=1", "-c", text, user=False).strip()

    def url(self, database="postgres", user="app", password=None):
        login = quote(user, safe="") + (":" + quote(password, safe="") if password else "")
        return f"postgresql://{login}@/{database}?host={quote(str(self.folder), safe='')}"

    def database(self, name):
        """A new database that `app`, who is no superuser, owns; its URL."""
        self.sql(f'CREATE DATABASE "{name}" OWNER app')
        return self.url(name)


def main():
    if len(sys.argv) < 3 or sys.argv[1] != "--":
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what we started ends too
    server = PostgreSQL()
    try:
        url = server.database("unit")
        code = subprocess.run(sys.argv[2:], check=False,
                              env={**os.environ, "CAMBIST_TEST_POSTGRESQL": url}).returncode
        if code != 0:
            print(server.log()[-4000:], file=sys.stderr)
        return code
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
