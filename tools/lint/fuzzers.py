#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every parse_… that a header offers is called by a fuzz target, and every target is built."""
import pathlib
import re

from common import ROOT, allowed, files, finish, text

exceptions, faults = allowed("fuzzers"), []
targets = {pathlib.PurePath(path).stem: text(path) for path in files(".cc", under="fuzz/")}
declared = set(re.findall(r"^cambist_fuzz\((\w+)", text("fuzz/CMakeLists.txt"), re.M))

faults += [f"fuzz/{name}.cc: no cambist_fuzz({name} …) in fuzz/CMakeLists.txt" for name in sorted(set(targets) - declared)]
faults += [f"fuzz/CMakeLists.txt: {name}: no fuzz/{name}.cc" for name in sorted(declared - set(targets))]
for name in sorted(pathlib.PurePath(path).parts[2] for path in files(under="fuzz/corpus/")):
    if name not in targets:
        faults.append(f"fuzz/corpus/{name}: seeds of no target")
for name, code in sorted(targets.items()):
    if "LLVMFuzzerTestOneInput" not in code:
        faults.append(f"fuzz/{name}.cc: no LLVMFuzzerTestOneInput")

fuzzed = "\n".join(targets.values())
for path in files(".h", under="src/"):
    for parser in sorted(set(re.findall(r"^[^/\n]*\s(parse_\w+)\(", text(path), re.M))):
        if not re.search(rf"\b{parser}\b", fuzzed) and parser not in exceptions:
            faults.append(f"{path}: {parser} has no fuzz target (or a reason in tools/lint/allow.txt)")
finish(faults)
