#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which situation is reproduced by which test: prints docs/situations.md, or with --check says whether it is current, each
row has a test, and every code that it names exists."""
import re
import sys

from standards import ROOT, tests_of_file

ROWS, PAGE, CODES = ROOT / "tools/situations.tsv", ROOT / "docs/situations.md", ROOT / "docs/reference/errors.md"
NAMED = re.compile(r"errors: *(E\d{1,2}(?:, *E\d{1,2})*)")
# A test, or a case in a table of cases: the mark stands on its first line.
BEGINS = re.compile(r'^ *(?:def (?=test_)|"(?=[^"]+": \())([^"(]+)')
NEVER = "never: "
HEAD = """# What goes wrong, and what you are told

Situations in which people fail with token exchange, each with what it is about and what cambist answers: a code and a
neutral text for the client, and the whole cause for the operator (`cambist explain TRACE_ID`; a client with
`cambist.diagnostics: on` sees it too). What a code means and what to do: [Errors](reference/errors.md).

Printed by `tools/situations.py --print` from `tools/situations.tsv` and from the tests: each names the situations that it
reproduces. What can not come about says why, and names the tests that would show it.
"""


def read_rows():
    """[(number, what people see, what is behind it, answer)]"""
    lines = ROWS.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]


def find_tests():
    found = {}
    for path in sorted((ROOT / "tests/functional").glob("test_*.py")):
        for test, numbers in tests_of_file(path, BEGINS, NAMED):
            for number in numbers:
                entry = f"`{path.stem}` {test}"
                if entry not in found.setdefault(number, []):
                    found[number].append(entry)
    return found


def linked(answer):
    """Codes lead to their place on the page of errors."""
    return re.sub(r"TX-\w+-\d+", lambda match: f"[{match[0]}](reference/errors.md#{match[0].lower()})", answer)


def page_of(rows, found):
    never = sum(answer.startswith(NEVER) for *_, answer in rows)
    out = [HEAD, f"{len(rows)} situations, {never} of which can not come about.", "",
           "| | What people see | What is behind it | Here | Tests |", "|---|---|---|---|---|"]
    for number, seen, behind, answer in rows:
        tests = "<br>".join(found.get(number, [])) or "open"
        out.append(f"| {number} | {seen} | {behind} | {linked(answer)} | {tests} |")
    return "\n".join(out) + "\n"


def faults_of(rows, found):
    known = set(re.findall(r"^\*\*(TX-\w+-\d+)\*\*", CODES.read_text(encoding="utf-8"), re.M))
    numbers = [number for number, *_ in rows]
    for number in numbers:
        if number not in found:
            yield f"{number}: no test names it"
    for number in sorted(set(found) - set(numbers)):
        yield f"{number}: {found[number][0]} names it, and {ROWS.relative_to(ROOT)} does not have it"
    for number, *_, answer in rows:
        for code in re.findall(r"TX-\w+-\d+", answer):
            if code not in known:
                yield f"{number}: no code {code}"


def main():
    rows, found = read_rows(), find_tests()
    page = page_of(rows, found)
    if sys.argv[1:] == ["--print"]:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    faults = list(faults_of(rows, found))
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        faults.append(f"{PAGE.relative_to(ROOT)} is not current: tools/situations.py --print")
    print("".join(f"{fault}\n" for fault in faults), end="")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
