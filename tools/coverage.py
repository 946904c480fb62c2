#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the share of lines that a run of an instrumented build reached, by module of src/."""
import argparse
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def read(build):
    """File below src/ -> line number -> was it reached? Tests do not count."""
    lines = collections.defaultdict(dict)
    data = [str(path) for path in build.rglob("*.gcda")]
    with tempfile.TemporaryDirectory() as out:
        if data:
            subprocess.run(["gcov-12", "--json-format", "--hash-filenames", *data], cwd=out, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for report in pathlib.Path(out).glob("*.gz"):
            for file in json.loads(gzip.decompress(report.read_bytes()))["files"]:
                path = (build / file["file"]).resolve()
                if path.is_relative_to(ROOT / "src") and not path.name.endswith("_test.cc"):
                    seen = lines[str(path.relative_to(ROOT / "src"))]
                    for line in file["lines"]:
                        number = line["line_number"]
                        seen[number] = seen.get(number, False) or line["count"] > 0
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--least", type=float, default=95, metavar="PERCENT",
                        help="exit code 1 when a module of --of has less (default: 95)")
    parser.add_argument("--of", nargs="+", default=[], metavar="MODULE")
    parser.add_argument("--missing", action="store_true", help="print the lines of --of that nothing reached")
    options = parser.parse_args()
    lines = read(options.build.resolve())
    modules = collections.defaultdict(lambda: [0, 0])
    for path, seen in lines.items():
        for key in (path.split("/")[0], "all"):
            modules[key][0] += sum(seen.values())
            modules[key][1] += len(seen)
    short = []
    for name, (reached, total) in sorted(modules.items(), key=lambda row: (row[0] == "all", row[0])):
        share = 100 * reached / max(total, 1)
        print(f"{name:16} {share:5.1f} %  {reached} of {total} lines")
        if name in options.of and share < options.least:
            short.append(name)
    short += [name for name in options.of if name not in modules]
    if options.missing:
        for path in sorted(lines):
            missing = sorted(number for number, reached in lines[path].items() if not reached)
            if path.split("/")[0] in options.of and missing:
                print(f"src/{path}: {', '.join(map(str, missing))}")
    if short:
        print(f"less than {options.least:g} % of {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
