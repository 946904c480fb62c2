#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the share of lines that a run of an instrumented build reached, by module of src/."""
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
build = pathlib.Path(sys.argv[1]).resolve()
lines = collections.defaultdict(dict)  # file -> line number -> was reached
data = [str(path) for path in build.rglob("*.gcda")]
with tempfile.TemporaryDirectory() as out:
    if data:
        subprocess.run(["gcov-12", "--json-format", "--hash-filenames", *data], cwd=out, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for report in pathlib.Path(out).glob("*.gz"):
        for file in json.loads(gzip.decompress(report.read_bytes()))["files"]:
            path = (build / file["file"]).resolve()
            if path.is_relative_to(root / "src") and not path.name.endswith("_test.cc"):
                seen = lines[str(path.relative_to(root / "src"))]
                for line in file["lines"]:
                    number = line["line_number"]
                    seen[number] = seen.get(number, False) or line["count"] > 0
modules = collections.defaultdict(lambda: [0, 0])
for path, seen in lines.items():
    for key in (path.split("/")[0], "all"):
        modules[key][0] += sum(seen.values())
        modules[key][1] += len(seen)
for name, (reached, total) in sorted(modules.items(), key=lambda row: (row[0] == "all", row[0])):
    print(f"{name:16} {100 * reached / max(total, 1):5.1f} %  {reached} of {total} lines")
