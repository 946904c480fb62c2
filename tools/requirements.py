#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which requirement is shown by which test: prints docs/requirements.md, or checks that it is current."""
import re
import sys

from standards import ROOT, find_tests

ROWS, PAGE = ROOT / "tools/requirements.tsv", ROOT / "docs/requirements.md"
NUMBER = r"S\d-\d{1,2}[a-z]?"
NAMED = re.compile(rf"reqs: *({NUMBER}(?:, *{NUMBER})*)")
HEAD = """# What was asked for, row by row

Printed by `tools/requirements.py --print` from `tools/requirements.tsv` and from the tests: each names the rows that it
shows. "open": no test shows it yet. How to do it: [Which flow do I need?](which-flow.md)
"""


def read_rows():
    """[(chapter, [(number, need, shown)])] in the order of the file."""
    chapters = []
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            chapters.append((line.strip("[]"), []))
        elif line and not line.startswith("#"):
            number, need, shown = line.split("\t")
            chapters[-1][1].append((number, need, shown))
    return chapters


def page_of(chapters, found):
    rows = [row for _, chapter in chapters for row in chapter]
    shown = sum(bool(found.get(number)) for number, _, _ in rows)
    out = [HEAD, f"{shown} of {len(rows)} are shown."]
    for chapter, rows in chapters:
        out += ["", f"## {chapter}", "", "| | Who needs what | What shows it | Tests |", "|---|---|---|---|"]
        out += [f"| {number} | {need} | {shows} | {'<br>'.join(found.get(number, [])) or 'open'} |"
                for number, need, shows in rows]
    return "\n".join(out) + "\n"


def main():
    chapters, found = read_rows(), find_tests(NAMED)
    page = page_of(chapters, found)
    if sys.argv[1:] == ["--print"]:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        print(f"{PAGE.relative_to(ROOT)} is not current: tools/requirements.py --print")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
