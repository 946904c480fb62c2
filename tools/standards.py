#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which line of which standard is held by which test: prints docs/standards.md, or checks that it is current."""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES, PAGE = ROOT / "tools/standards.tsv", ROOT / "docs/standards.md"
LEVELS = {"M": "must", "S": "should", "P": "ours"}
NUMBER = r"[A-Z]{2,4}-\d{2,3}[a-z]?"
NAMED = re.compile(rf"specs: *({NUMBER}(?:, *{NUMBER})*)")
TESTS = [
    ("tests/**/test_*.py", re.compile(r"^ *def (test_\w+)\(")),
    ("src/**/*_test.cc", re.compile(r"^TEST(?:_[FP])?\((\w+, *\w+)\)")),
    ("src/store/conformance/*.cc", re.compile(r"^TEST(?:_[FP])?\((\w+, *\w+)\)")),
    ("tests/clients/*.test.mjs", re.compile(r"^ *(?:await )?(?:t\.)?test\(['\"`](.+?)['\"`],")),
]


def read_lines():
    """[(standard, [(number, level, section, text)])] in the order of the file."""
    standards = []
    for line in LINES.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            standards.append((line.strip("[]"), []))
        elif line and not line.startswith("#"):
            standards[-1][1].append(tuple(line.split("\t")))
    return standards


def tests_of_file(path, begins, named):
    """(test, numbers): a comment counts for the test that it stands on, in, or directly above."""
    waiting, current = [], None
    for line in path.read_text(encoding="utf-8").splitlines():
        began = begins.match(line)
        if began:
            current = re.sub(r", *", ".", began[1])
            if waiting:
                yield current, waiting
                waiting = []
        numbers = [number for found in named.finditer(line) for number in re.split(r", *", found[1])]
        if not numbers:
            if not began and not line.lstrip().startswith(("#", "//", "@", '"', "'", ")", "]", "(")) and line.strip():
                waiting = []
            continue
        if began or line.startswith((" ", "\t")):
            yield current or path.name, numbers
        else:
            waiting += numbers


def find_tests(named=NAMED):
    """{number: tests that name it}, in the order of the files."""
    found = collections.defaultdict(list)
    for pattern, begins in TESTS:
        for path in sorted(ROOT.glob(pattern)):
            if "node_modules" in path.parts:
                continue
            for test, numbers in tests_of_file(path, begins, named):
                for number in numbers:
                    entry = f"`{path.relative_to(ROOT)}` {test}"
                    if entry not in found[number]:
                        found[number].append(entry)
    return found


def page_of(standards, found):
    out = ["# The standards, line by line", "",
           "Printed by `tools/standards.py --print` from `tools/standards.tsv` and from the tests: each names the lines it "
           "holds.", "\"—\": no test names it yet. \"n/a\": the server has nothing that the line is about.", "",
           "| Standard | Must | of them tested | Should and ours | of them tested |", "|---|---|---|---|---|"]
    for standard, lines in standards:
        counts = collections.Counter()
        for number, level, _, _ in lines:
            if not level.endswith("-"):
                counts[level == "M"] += 1
                counts[(level == "M", "tested")] += bool(found.get(number))
        out.append(f"| {standard} | {counts[True]} | {counts[(True, 'tested')]} | {counts[False]} "
                   f"| {counts[(False, 'tested')]} |")
    for standard, lines in standards:
        out += ["", f"## {standard}", "", "| | Level | Section | What it says | Tests |", "|---|---|---|---|---|"]
        for number, level, section, text in lines:
            tests = "<br>".join(found.get(number, [])) or ("n/a" if level.endswith("-") else "—")
            out.append(f"| {number} | {LEVELS[level[0]]} | {section} | {text.replace('|', '&#124;')} | {tests} |")
    return "\n".join(out) + "\n"


def main():
    standards, found = read_lines(), find_tests()
    page = page_of(standards, found)
    if sys.argv[1:] == ["--print"]:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        print(f"{PAGE.relative_to(ROOT)} is not current: tools/standards.py --print")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
