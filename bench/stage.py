# SPDX-License-Identifier: Apache-2.0
"""What the modes of tools/bench have in common: a folder on a disk, a realm, tokens, a server, rows."""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import sys
import tempfile

from bench import machine, world
from bench.machine import Failure

ROOT = machine.ROOT



def say(text):
    print(text, file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parser(description):
    words = argparse.ArgumentParser(prog="tools/bench", description=description,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--quick", action="store_true", help="shorter rounds")
    words.add_argument("--json", action="store_true")
    words.add_argument("--algorithm", choices=["ES256", "RS256"], default="ES256")
    words.add_argument("--binary", type=pathlib.Path,
                       default=pathlib.Path(os.environ.get("CAMBIST_BINARY") or ROOT / "build/release/cambist"))
    words.add_argument("--server-argument", action="append", default=[], metavar="WORD",
                       help="also given to cambist serve (repeatable)")
    return words


class Stage:
    """A folder that goes away, with a copy of the binary, a key and the tokens signed with it."""

    def __init__(self, given):
        if not given.binary.exists():
            raise Failure(f"{given.binary}: build it with ./test, or name one in CAMBIST_BINARY")
        if len(machine.CORES) < 2:
            raise Failure("two cores are needed: one for the server, one for the load")
        self.given, self.algorithm, self.rows = given, given.algorithm, []
        self.helpers = machine.helpers()
        parent = ROOT / "build"  # a real disk: durable must mean durable
        parent.mkdir(exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
        self.binary = shutil.copy2(given.binary, self.folder / "cambist")  # a build meanwhile changes nothing
        self.facts = machine.facts(self.folder, given.binary)
        self.port, self.management = free_port(), free_port()
        self.key_path = self.folder / "key.pem"
        self.key = world.make_key(self.algorithm, self.key_path)
        self.sample = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_realm(self, name="bench", **size):
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(world.realm(name, self.algorithm, self.key_path, **size)), encoding="utf-8")
        return path

    def serve(self, realms=(), *arguments):
        return machine.Server(self.binary, self.folder, self.port, realms,
                              ["--management", f"127.0.0.1:{self.management}", *self.given.server_argument, *arguments])

    def base(self, name="bench"):
        return f"http://127.0.0.1:{self.port}/realms/{name}"

    def mint(self, path, count, users, name="bench", sessions=None, more=None, lives=world.DAY):
        """Subject tokens as the running server makes them."""
        if self.sample is None:
            self.sample = world.sample_claims(self.base(name))
        header, claims = self.sample
        world.mint(path, self.key_path, self.algorithm, (header, {**claims, **(more or {})}), count, users, sessions,
                   lives)
        return path

    def load(self, server, *words, name="bench", before=world.BEFORE):
        return machine.load(self.helpers, [
            "--port", self.port, "--path", f"/realms/{name}/protocol/openid-connect/token",
            "--header", world.BASIC, "--before", before, *words], server)

    def floor(self):
        return machine.floor(self.helpers, self.key_path, self.algorithm, 0.3 if self.given.quick else 1)

    def cost(self, server, count, *words, rounds=3, **options):
        """Processor microseconds of one request, and that as a multiple of the floor measured around it."""
        found, before = [], self.floor()
        for _ in range(rounds):
            result = self.load(server, "--count", count, *words, **options)
            after = self.floor()
            cpu = 1e6 * result["server_cpu"] / count
            found.append((cpu, cpu / ((before["both_us"] + after["both_us"]) / 2), result["per_second"]))
            before = after
        return {"cpu_us": statistics.median(row[0] for row in found),
                "floors": statistics.median(row[1] for row in found),
                "per_second": statistics.median(row[2] for row in found)}

    def add(self, figure, value, target, met, **beside):
        self.rows.append({"figure": figure, "value": value, "target": target, "met": met, "beside": beside})

    def show(self):
        """Prints the rows; 1 when a target was missed."""
        if self.given.json:
            print(json.dumps({"rows": self.rows, "machine": self.facts}, indent=2))
        else:
            width = max(len(row["figure"]) for row in self.rows)
            for row in self.rows:
                beside = ", ".join(f"{name} {value}" for name, value in row["beside"].items())
                verdict = {True: "met", False: "MISSED", None: ""}[row["met"]]
                print(f"{row['figure']:<{width}}  {row['value']:>10}  {row['target'] or '':<12} {verdict:<7}"
                      + (f" ({beside})" if beside else ""))
            print("\n" + "; ".join(f"{name} {value}" for name, value in self.facts.items()))
        return int(any(row["met"] is False for row in self.rows))
