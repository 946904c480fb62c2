#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: src/** against tools/layers.toml. --print writes docs/layers.md."""
import graphlib
import re
import sys
import tomllib

from common import ROOT, files, finish, text

table = tomllib.loads(text("tools/layers.toml"))
modules, walls, tests = table["modules"], table["walls"], table.get("tests", {})
faults = []


def may(module, path):
    rights = {module, "base", *modules.get(module, [])}
    if re.search(r"_test\.cc$|/test_\w+\.h$", path):  # test_….h: shared by tests
        rights |= {"store", "store_memory", *tests.get(module, [])}
    return rights


def rows(head, table):
    return ["", f"| {head} |", "|---|---|"] + [
        f"| `{name}` | {'everything' if row == ['*'] else ', '.join(row) or '–'} |" for name, row in table.items()]


def page():
    out = ["# Who may include whom", "", "Printed from `tools/layers.toml` by `tools/lint/layers.py --print`.",
           "Every module may include itself and `base`; tests also `store` and `store_memory`."]
    out += rows("Module | may include", modules) + (rows("Tests of | may also include", tests) if tests else [])
    return "\n".join(out + rows("Third-party header | only in", walls)) + "\n"


for path in files(".h", ".cc", under="src/"):
    module = path.split("/")[1]
    if module not in modules:
        faults.append(f"{path}: module '{module}' has no row in tools/layers.toml")
    for number, line in enumerate(text(path).splitlines(), 1):
        if ours := re.match(r'\s*#\s*include\s+"([^"/]+)/', line):
            if "*" not in may(module, path) and ours[1] not in may(module, path):
                faults.append(f"{path}:{number}: '{module}' may not include '{ours[1]}'")
        for wall, homes in walls.items():
            if re.match(rf"\s*#\s*include\s+<{re.escape(wall)}", line) and module not in homes:
                faults.append(f"{path}:{number}: <{wall}…> may only stand in {', '.join(homes)}")
try:  # stops at the first cycle; a table without one orders itself
    graphlib.TopologicalSorter(modules).prepare()
except graphlib.CycleError as cycle:
    faults.append(f"tools/layers.toml: cycle {' -> '.join(cycle.args[1])}")
if "--print" in sys.argv:
    (ROOT / "docs/layers.md").write_text(page(), encoding="utf-8")
elif not (ROOT / "docs/layers.md").exists() or text("docs/layers.md") != page():
    faults.append("docs/layers.md: not current, run tools/lint/layers.py --print")
finish(faults)
