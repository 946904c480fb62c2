#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Words that may not stand in a file, and the folders where each may. Exceptions in allow.txt."""
import re

from common import allowed, files, finish, text

CODE, ANY = (".cc", ".h"), ("",)
# What, in which files, where it may stand, what to do instead.
RULES = [
    (r"std::(recursive_|shared_|timed_)?mutex\b|std::condition_variable", CODE, "src/base/guarded.h",
     "shared state is a Guarded<T> (base/guarded.h)"),
    (r"\b(secure_)?getenv\b", CODE, "src/base/", "settings are passed in; base reads the environment"),
    (r"\bsystem_clock\b", CODE, "src/base/", "time comes from a Clock (base/clock.h)"),
    (r"\b(std::rand|srand|random_device|mt19937)\b", CODE, "src/base/|bench/",
     "randomness comes from Random (base/random.h)"),
    (r"\bTODO\b(?!\((now|soon|perf|security)\): )", ANY, "tools/lint/|docs/|CONTRIBUTING.md",
     "write TODO(now|soon|perf|security): what"),
    (r"\bTODO\((now|security)\)", ANY, "tools/lint/|docs/|CONTRIBUTING.md", "this kind stops a release"),
    (r"\b(FIXME|XXX|HACK)\b", CODE, "-", "write TODO(now|soon|perf|security): what"),
    (r"\b(TEST|TEST_F|TEST_P)\(\w+,\s*DISABLED_", CODE, "-", "a test runs or goes"),
    (r"NOLINT(?!\w*\([\w.,-]+\))", CODE, "-", "name the check, and say why"),
    (r"(npmjs|yarnpkg|pythonhosted)\.(org|com)|pypi\.org|(deb|security)\.debian\.org|crates\.io"
     r"|proxy\.golang\.org|maven\.org", ANY, "tools/lint/words.py", "name no package host"),
    (r"(?<![\w.~-])/work/", ANY, "tools/lint/words.py", "a path of one machine"),
]

exceptions, faults = allowed("words"), []
for path in files():
    if path.endswith((".png", ".ico", ".woff2", ".db", ".vec")) or path.startswith("fuzz/corpus/"):
        continue
    for number, line in enumerate(text(path).splitlines(), 1):
        for pattern, kinds, home, mend in RULES:
            if path.endswith(kinds) and not re.match(home, path) and path not in exceptions:
                if found := re.search(pattern, line):
                    faults.append(f"{path}:{number}: '{found[0]}': {mend}")
finish(faults)
