# SPDX-License-Identifier: Apache-2.0
"""What the lints share: the files of the project, the exceptions, and how a fault is told."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def files(*suffixes, under=""):
    """Paths relative to the root of what git knows or would add, by suffix and folder."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(path for path in listed if path.startswith(under)
                  and path.endswith(suffixes or ("",)) and (ROOT / path).is_file())


def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def allowed(lint):
    """The exceptions of one lint: allow.txt has '<lint> <what> <reason>' a line."""
    rows = [line.split(maxsplit=2) for line in text("tools/lint/allow.txt").splitlines()
            if line.strip() and not line.startswith("#")]
    for row in rows:
        if len(row) < 3:
            sys.exit(f"tools/lint/allow.txt: '{' '.join(row)}' gives no reason")
    return {row[1] for row in rows if row[0] == lint}


def finish(faults):
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)
