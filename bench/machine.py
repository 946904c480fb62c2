# SPDX-License-Identifier: Apache-2.0
"""The machine of a benchmark: its two cores, programs confined to one of them, and its facts."""
import json
import os
import pathlib
import platform
import re
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Something that makes every figure worthless."""


def go_first():
    """Before whatever else runs on the machine, where the system lets us."""
    os.setsid()
    try:  # the scheduler weighs sessions first, then what is in them
        pathlib.Path("/proc/self/autogroup").write_text("-20", encoding="ascii")
    except OSError:
        pass
    try:
        os.nice(-20)
    except OSError:
        pass


def confined_to(core):
    """For Popen(preexec_fn=): this core only, and first."""
    def confine():
        go_first()
        os.sched_setaffinity(0, {core})
    return confine


def run_confined(core, command, **options):
    return subprocess.run([str(word) for word in command], preexec_fn=confined_to(core), text=True,
                          capture_output=True, check=False, **options)


def helpers():
    """Folder of cambist_load and cambist_floor, built if they are not current."""
    folder = ROOT / "build/bench"
    if not (folder / "build.ninja").exists():
        quietly(["cmake", "--preset", "release", "-B", folder, "-DCAMBIST_TESTS=OFF", "-DCAMBIST_BENCH=ON"])
    quietly(["ninja", "-C", folder, "cambist_load", "cambist_floor"])
    return folder


def quietly(command):
    done = subprocess.run([str(word) for word in command], cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def busy_ticks(core):
    """(all, steal) of one core since it started, in ticks, without idling."""
    line = re.search(rf"^cpu{core} (.*)$", pathlib.Path("/proc/stat").read_text(encoding="ascii"), re.M)
    user, nice, system, _, _, irq, softirq, steal = map(int, line[1].split()[:8])
    return user + nice + system + irq + softirq + steal, steal


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def sync_microseconds(folder, times=100):
    """Median time of an appended page and fdatasync: what a durable commit waits for here."""
    spent = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(times):
            start = time.perf_counter()
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
            spent.append((time.perf_counter() - start) * 1e6)
    return sorted(spent)[times // 2]


def facts(folder, binary):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    mount = subprocess.run(["findmnt", "-no", "SOURCE,FSTYPE", "-T", folder], text=True,
                           capture_output=True, check=False).stdout.split()
    return {
        "cpu": cpu[1] if cpu else platform.machine(), "cores": len(CORES), "kernel": platform.release(),
        "openssl": subprocess.run(["openssl", "version"], text=True, capture_output=True,
                                  check=False).stdout.split(" (")[0].strip(),
        "disk": " ".join(mount), "fdatasync_us": round(sync_microseconds(folder)),
        "load_average": round(os.getloadavg()[0], 2),
        "binary": str(binary), "binary_mib": round(os.path.getsize(binary) / 2**20, 1),
        "head": subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True,
                                 capture_output=True, check=False).stdout.strip(),
    }


class Server:
    """`cambist serve` on one core, with a database in `folder` that outlives it."""

    def __init__(self, binary, folder, port, realms=(), arguments=()):
        command = [binary, "serve", "--dev", "--store", f"sqlite:{folder}/cambist.db",
                   "--listen", f"127.0.0.1:{port}", *arguments]
        for realm in realms:
            command += ["--realm", realm]
        self.log_path = pathlib.Path(folder) / "server.log"
        log = open(self.log_path, "w", encoding="utf-8")  # closed below: the child has its own
        start = time.perf_counter()
        self.process = subprocess.Popen([str(word) for word in command], cwd=folder, stderr=log,
                                        stdout=subprocess.DEVNULL, preexec_fn=confined_to(SERVER_CORE))
        log.close()
        self.pid = self.process.pid
        while '"event":"ready"' not in self.log():
            if self.process.poll() is not None or time.perf_counter() - start > 120:
                self.stop()
                raise Failure(f"the server did not get ready\n{self.log()[-3000:]}")
            time.sleep(0.001)
        self.milliseconds_to_ready = (time.perf_counter() - start) * 1000

    def log(self):
        return self.log_path.read_text(encoding="utf-8")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failure("the server did not stop within 30 s of SIGTERM") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def floor(folder, key, algorithm, seconds):
    """Microseconds of one signature check and one signature of OpenSSL, on the server's core."""
    done = run_confined(SERVER_CORE, [folder / "cambist_floor", key, algorithm, seconds])
    if done.returncode != 0:
        raise Failure(done.stderr)
    parts = json.loads(done.stdout)
    return {**parts, "both_us": parts["sign_us"] + parts["verify_us"]}


def load(folder, words, server):
    """A run of cambist_load, with what the server's core did meanwhile."""
    cpu, (busy, steal) = cpu_seconds(server.pid), busy_ticks(SERVER_CORE)
    done = run_confined(LOAD_CORE, [folder / "cambist_load", *words])
    if not done.stdout:
        raise Failure(f"cambist_load: {done.stderr}")
    result = json.loads(done.stdout)
    if done.returncode != 0 or result["failed"]:
        raise Failure(f"{result['failed']} of {result['failed'] + result['good']} exchanges failed, the first: "
                      f"{result['first_failure']}")
    cpu, busy = cpu_seconds(server.pid) - cpu, (busy_ticks(SERVER_CORE)[0] - busy) / TICKS
    steal = (busy_ticks(SERVER_CORE)[1] - steal) / TICKS
    return {**result, "server_cpu": cpu, "others_cpu": max(0.0, busy - cpu), "stolen_cpu": steal}
