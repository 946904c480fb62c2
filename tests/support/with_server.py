#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""with_server.py REALM-FILE -- COMMAND...: runs a command beside a server, with CAMBIST_URL set."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.server import Server  # noqa: E402


def main():
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="cambist-") as folder:
        try:
            server = Server(folder, pathlib.Path(sys.argv[1]).resolve()).start()
        except (AssertionError, FileNotFoundError) as fault:
            sys.exit(f"with_server: {fault}")
        try:
            code = subprocess.run(sys.argv[3:], check=False, timeout=300, env={
                **os.environ, "CAMBIST_URL": server.url,
                "CAMBIST_MANAGEMENT_URL": server.management}).returncode
        except BaseException:
            server.kill()
            raise
        if code != 0:
            print(server.log(), file=sys.stderr)
        server.stop()
        return code


if __name__ == "__main__":
    sys.exit(main())
