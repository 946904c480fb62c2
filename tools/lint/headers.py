#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The first lines of files, and the README of every module."""
import pathlib
import re

from common import ROOT, allowed, files, finish, text

LICENCE = "SPDX-License-Identifier: Apache-2.0"
exceptions, faults = allowed("headers"), []

for path in files(".h", ".cc", ".py", ".sh", ".mjs"):
    lines = text(path).splitlines() or [""]
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    if LICENCE not in first:
        faults.append(f"{path}:1: the first line is '{LICENCE}'")
    if path.endswith(".h") and "#pragma once" not in lines:
        faults.append(f"{path}:2: no #pragma once")
    if path.endswith(".h") and any(line.startswith("using namespace") for line in lines):
        faults.append(f"{path}: 'using namespace' in a header")

for path in files(".cc", under="src/"):
    own = path[len("src/"):-len(".cc")] + ".h"
    includes = re.findall(r'^#include\s+(\S+)', text(path), re.M)
    if (ROOT / "src" / own).exists() and includes[:1] != [f'"{own}"']:
        faults.append(f'{path}: its first include is "{own}"')
    for include in includes:
        if include.startswith('"') and "/" not in include:
            faults.append(f"{path}: {include} misses its folder")

for folder in {str(pathlib.PurePath(path).parent) for path in files("CMakeLists.txt", under="src/")}:
    if folder == "src" or folder in exceptions:
        continue
    readme = f"{folder}/README.md"
    if not (ROOT / readme).exists():
        faults.append(f"{readme}: missing: what it is, owns, must not know, how to add one more")
    elif text(readme).count("\n") > 40:
        faults.append(f"{readme}: over 40 lines")
finish(faults)
