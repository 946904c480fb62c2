#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Links and paths in our pages resolve; no table says a thing twice; docs/flow.md names every stage of the exchange."""
import collections
import pathlib
import re

from common import ROOT, allowed, files, finish, text

STAGES = ["parse", "authenticate", "prove", "relate", "decide", "mint", "record", "respond"]
exceptions, faults = allowed("docs"), []

for path in files(".md"):
    folder = (ROOT / path).parent
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", re.sub(r"```.*?```|`[^`\n]*`", "", text(path), flags=re.S)):
        if not re.match(r"[a-z]+:", link) and not (folder / link).exists():
            faults.append(f"{path}: link to {link}, which is not there")
    for named in re.findall(r"`((?:src|docs|tests|tools|fuzz|bench|examples|cmake)/[\w./-]*\w)`", text(path)):
        if not (ROOT / named).exists() and named not in exceptions:
            faults.append(f"{path}: names {named}, which is not there")
    # A merge that took both sides leaves a row twice, and one of them is old.
    for table in re.findall(r"(?:^\|.*\n){3,}", re.sub(r"```.*?```", "", text(path), flags=re.S), re.M):
        rows = collections.Counter(tuple(re.split(r"(?<!\\)\|", row)[1:3]) for row in table.splitlines())
        faults += [f"{path}: a table has two rows '{'|'.join(row).strip()}'" for row, times in rows.items() if times > 1]

flow, exchange = ROOT / "docs/flow.md", ROOT / "src/exchange/exchange.cc"
if flow.exists() and exchange.exists():
    page = flow.read_text(encoding="utf-8").lower()
    faults += [f"docs/flow.md: does not name the stage '{stage}' of exchange.cc" for stage in STAGES if stage not in page]
    for call in sorted(set(re.findall(r"CAMBIST_(?:TRY|CHECK)\((?:[^;]*?[ .>])?(\w+)\(", exchange.read_text(encoding="utf-8")))):
        if call not in page:
            faults.append(f"docs/flow.md: does not name {call}(), which exchange.cc calls")
for number, path in enumerate(files(".md", under="docs/decisions/"), 1):
    if not pathlib.PurePath(path).name.startswith(f"{number:04}-"):
        faults.append(f"{path}: the decisions are numbered without gaps; this should be {number:04}")
finish(faults)
