# SPDX-License-Identifier: Apache-2.0
"""What all peers have: a place under build/, a process on the server's core, requests."""
import base64
import dataclasses
import pathlib
import shutil
import subprocess
import time
import urllib.error
import urllib.request

from bench import machine, world

HOME = machine.ROOT / "build/peers"


class Missing(Exception):
    """A peer that is not to be had here, and why."""


@dataclasses.dataclass
class Work:
    """One kind of request."""
    kind: str  # "client_credentials", "exchange"
    path: str
    bodies: list
    header: str = world.BASIC


def basic(client, secret):
    return "Authorization: Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")


def run(command, folder, minutes=10, **options):
    """For what is done once; Missing when it fails."""
    try:
        done = subprocess.run([str(word) for word in command], cwd=folder, text=True, capture_output=True,
                              timeout=60 * minutes, check=False, **options)
    except subprocess.TimeoutExpired:
        raise Missing(f"{command[0]} took more than {minutes} minutes") from None
    if done.returncode != 0:
        raise Missing(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def tree(pid):
    """A process and all that came of it."""
    found = [pid]
    for one in found:
        for task in pathlib.Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text(encoding="ascii").split()]
            except OSError:
                pass
    return found


class Process:
    """A server on the server's core, ready when its address answers."""

    def __init__(self, command, folder, ready, minutes=5, **options):
        self.log_path = pathlib.Path(folder) / "peer.log"
        with open(self.log_path, "w", encoding="utf-8") as log:
            start = time.perf_counter()
            self.process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=log, stderr=log,
                                            preexec_fn=machine.confined_to(machine.SERVER_CORE), **options)
        self.pid = self.process.pid
        while not answers(ready):
            if self.process.poll() is not None or time.perf_counter() - start > 60 * minutes:
                self.stop()
                raise Missing(f"it does not start: {self.log_path.read_text(encoding='utf-8')[-500:]}")
            time.sleep(0.005)
        self.milliseconds_to_ready = (time.perf_counter() - start) * 1000

    def cpu_seconds(self):
        return sum(machine.cpu_seconds(pid) for pid in tree(self.pid))

    def resident_mib(self):
        return sum(machine.resident_mib(pid) for pid in tree(self.pid))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False
