# SPDX-License-Identifier: Apache-2.0
"""Three times as many requests as the server can answer: what it still answers, how soon it turns the others
away, whether it stays within its memory and tells of its health, and how soon it is itself again."""
import threading
import time
import urllib.request

from bench import machine

from bench.stage import Stage, parser, say

CONNECTIONS = 4000  # more than the server lets wait for a worker
TIMES = 3


class Watcher(threading.Thread):
    """Asks for the health ten times a second, and looks at the memory."""

    def __init__(self, stage, server):
        super().__init__(daemon=True)
        self.url = f"http://127.0.0.1:{stage.management}/health/"
        self.pid, self.over = server.pid, threading.Event()
        self.slowest, self.failed, self.asked, self.resident = 0.0, 0, 0, []

    def run(self):
        while not self.over.wait(0.1):
            for what in ("live", "ready"):
                start = time.perf_counter()
                try:
                    with urllib.request.urlopen(self.url + what, timeout=5) as answer:
                        self.failed += answer.status != 200
                except OSError:
                    self.failed += 1
                self.asked += 1
                self.slowest = max(self.slowest, time.perf_counter() - start)
            self.resident.append(machine.resident_mib(self.pid))

    def end(self):
        self.over.set()
        self.join()
        return self


def measure(stage, server):
    given, seconds = stage.given, 3 if stage.given.quick else 10
    tokens = stage.mint(stage.folder / "tokens", 2000 if given.quick else 10_000, 100)
    closed = ["--tokens", tokens, "--connections", 64, "--warmup", 0.5, "--seconds", seconds]
    stage.load(server, *closed)
    best = stage.load(server, *closed)["per_second"]
    rate = TIMES * best
    say(f"{best:.0f} exchanges a second at best; now {rate:.0f} are asked for")
    watcher = Watcher(stage, server)
    watcher.start()
    result = stage.load(server, "--tokens", tokens, "--connections", CONNECTIONS, "--rate", rate, "--warmup", 1,
                        "--seconds", seconds, "--may-be-refused")
    watcher.end()
    start = time.perf_counter()
    after = stage.load(server, "--tokens", tokens, "--connections", 64, "--warmup", 0, "--seconds", 1)
    share = result["per_second"] / best
    stage.add("throughput at 3 x capacity / best", f"{share:.2f}", ">= 0.9", share >= 0.9,
              best=round(best), answered=round(result["per_second"]), refused=round(result["refused"] / seconds),
              never_sent=result["unsent"])
    slowest = result["refused_max_us"] / 1000
    stage.add("slowest refusal, ms", f"{slowest:.0f}", "<= 100", slowest <= 100,
              p99=round(result["refused_p99_us"] / 1000, 1), with_retry_after="all")
    stage.add("health answered, failures", watcher.failed, "0", watcher.failed == 0, asked=watcher.asked,
              slowest_ms=round(watcher.slowest * 1000))
    first, last = watcher.resident[len(watcher.resident) // 3], watcher.resident[-1]
    stage.add("memory grown meanwhile, MiB", f"{last - first:.1f}", "<= 8", last - first <= 8,
              from_mib=round(first, 1), to_mib=round(last, 1))
    recovered = after["per_second"] / best
    stage.add("throughput in the second after / best", f"{recovered:.2f}", ">= 0.9", recovered >= 0.9,
              p99_ms=round(after["p99_us"] / 1000, 1), took_s=round(time.perf_counter() - start, 1))


def main(words):
    given = parser(__doc__).parse_args(words)
    with Stage(given) as stage:
        with stage.serve([stage.write_realm()]) as server:
            measure(stage, server)
        return stage.show()


