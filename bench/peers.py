# SPDX-License-Identifier: Apache-2.0
"""cambist beside other servers, in one run on one core: requests a second, their latency at half of that rate,
memory and start. Peers are had under build/peers/ the first time; one that is not to be had is left out, by name.

What they do differs: the peers keep no durable audit record of what they issue, npm's server keeps no state, and
glewlwyd hashes the client's secret for each request."""
import json
import pathlib

from bench import machine, world
from bench.peer_servers import glewlwyd, keycloak, oidc_provider
from bench.peer_servers.common import Missing, Process, Work
from bench.stage import Stage, parser, say

PEERS = (oidc_provider, glewlwyd, keycloak)


def measure(stage, name, server, works, idle):
    quick = stage.given.quick
    for work in works:
        bodies = stage.folder / "bodies"
        bodies.write_text("".join(f"200 {body}\n" for body in work.bodies), encoding="ascii")
        fixed = ["--port", stage.port, "--path", work.path, "--header", work.header, "--bodies", bodies,
                 "--expect", "access_token"]

        def load(*words, fixed=fixed):
            before = server.cpu_seconds()
            result = machine.load(stage.helpers, [*fixed, *words], server)
            return {**result, "cpu": server.cpu_seconds() - before}

        say(f"{name}: {work.kind}")
        warm = 5 if quick else 30  # seconds, for what is compiled while it runs
        load("--connections", 32, "--warmup", 0, "--seconds", warm)
        full = load("--connections", 32, "--warmup", 0, "--seconds", 4 if quick else 15)
        half = load("--connections", 32, "--warmup", 0.5, "--seconds", 4 if quick else 15, "--rate",
                    full["per_second"] / 2)
        stage.add(f"{name}: {work.kind}", round(full["answered"] / full["cpu"]), None, None, unit="requests a second and core",
                  per_second=round(full["per_second"]), p50_ms=round(half["p50_us"] / 1000, 2),
                  p99_ms=round(half["p99_us"] / 1000, 2), start_ms=round(server.milliseconds_to_ready),
                  idle_mib=round(idle), used_mib=round(server.resident_mib()))


class Cambist(Process):
    """This server, with a realm file."""

    def __init__(self, stage, realm):
        path = stage.folder / "realm.json"
        path.write_text(json.dumps(realm), encoding="utf-8")
        for old in stage.folder.glob("cambist.db*"):
            old.unlink()
        words = [stage.binary, "serve", "--dev", "--store", f"sqlite:{stage.folder}/cambist.db", "--listen",
                 f"127.0.0.1:{stage.port}", "--realm", path, *stage.given.server_argument]
        super().__init__(words, stage.folder, stage.base())


def measure_cambist(stage):
    server = Cambist(stage, keycloak.realm())
    try:
        measure(stage, "cambist, Keycloak's realm file", server, keycloak.works(f"http://127.0.0.1:{stage.port}"),
                server.resident_mib())
    finally:
        server.stop()
    own = world.realm("bench", stage.algorithm, stage.key_path)
    own["clients"][1]["serviceAccountsEnabled"] = True
    server = Cambist(stage, own)
    try:
        idle = server.resident_mib()
        tokens = stage.mint(stage.folder / "tokens", 2000 if stage.given.quick else 10_000, 100)
        path = "/realms/bench/protocol/openid-connect/token"
        measure(stage, "cambist", server, [
            Work("client_credentials", path, ["grant_type=client_credentials"]),
            Work("exchange", path, [world.BEFORE + token for token in tokens.read_text(encoding="ascii").split()])], idle)
    finally:
        server.stop()


def measure_peer(stage, peer):
    try:
        version = peer.get()
        server, works = peer.start(stage.folder, stage.port, stage.key)
    except Missing as why:
        stage.add(f"{peer.NAME}", "left out", None, None, because=str(why))
        return
    try:
        measure(stage, f"{peer.NAME} {version}", server, works, server.resident_mib())
    finally:
        server.stop()


COLUMNS = {"per_second": "req/s", "p50_ms": "p50 ms", "p99_ms": "p99 ms", "start_ms": "start ms", "idle_mib": "idle MiB",
           "used_mib": "used MiB"}


def show(stage):
    """Side by side: what each serves of a core, latency at half of its rate, start and memory."""
    if stage.given.json:
        return stage.show()
    width = max(len(row["figure"]) for row in stage.rows)
    print(f"{'':<{width}}  {'req/s and core':>14}" + "".join(f"{title:>10}" for title in COLUMNS.values()))
    for row in stage.rows:
        beside = row["beside"]
        if "because" in beside:
            print(f"{row['figure']:<{width}}  {row['value']:>14}  {beside['because']}")
            continue
        print(f"{row['figure']:<{width}}  {row['value']:>14}" + "".join(f"{beside[name]:>10}" for name in COLUMNS))
    print("\n" + "; ".join(f"{name} {value}" for name, value in stage.facts.items()))
    return 0


def main(words):
    more = parser(__doc__)
    more.add_argument("--only", choices=["cambist", *(pathlib.Path(peer.__file__).stem for peer in PEERS)],
                      action="append", help="these (repeatable)")
    given = more.parse_args(words)
    with Stage(given) as stage:
        if not given.only or "cambist" in given.only:
            measure_cambist(stage)
        for peer in PEERS:
            if not given.only or pathlib.Path(peer.__file__).stem in given.only:
                measure_peer(stage, peer)
        return show(stage)
