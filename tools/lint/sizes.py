#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Budgets: lines of a file, a header, a test, a function. Exceptions in allow.txt."""
import re

from common import allowed, files, finish, text

FILE, HEADER, TEST, FUNCTION = 500, 250, 800, 60
exceptions, faults = allowed("sizes"), []
NOISE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|//[^\n]*|/\*.*?\*/'
                   r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)


def blank(match):
    """Strings, comments and directives go, their line breaks stay."""
    return "\n" * match[0].count("\n") if match[0][0] in "/#" or not match[0].strip()[0] in "\"R'" \
        else '""' + "\n" * match[0].count("\n")


def functions(code):
    """(name, first line, lines) of each function body outside of another one."""
    code, stack, start = NOISE.sub(blank, code), [], 0
    for place in re.finditer(r"[{};]", code):
        head, start = code[start:place.start()], place.end()
        if place[0] == "{":
            outside = all(kind == "scope" for kind, _, _ in stack)
            scope = re.search(r"\b(namespace|class|struct|union|enum|extern)\b", head) and ")" not in head
            kind = "function" if outside and "(" in head and not re.search(r"=\s*$", head) else "block"
            name = re.search(r"([\w:~]+(?:<[^<>]*>)?)\s*\(([^,()]*,?[^,()]*)", head)
            label = name and (f"{name[1]}({name[2].strip()})" if name[1].startswith("TEST") else name[1])
            first = place.start() - len(head.lstrip())
            stack.append(("scope" if scope and outside else kind, label, first))
        elif place[0] == "}" and stack:
            kind, label, first = stack.pop()
            if kind == "function":
                top, bottom = code.count("\n", 0, first) + 1, code.count("\n", 0, place.start()) + 1
                yield label, top, bottom - top + 1


for path in files(".cc", ".h", ".py", ".mjs", ".sh"):
    lines = text(path).count("\n")
    is_test = re.search(r"_test\.cc$|^tests/", path)
    limit = TEST if is_test else HEADER if path.endswith(".h") else FILE
    if lines > limit and path not in exceptions:
        faults.append(f"{path}: {lines} lines, at most {limit}")
    if path.endswith((".cc", ".h")):
        for name, line, size in functions(text(path)):
            if size > FUNCTION and f"{path}:{name}" not in exceptions:
                faults.append(f"{path}:{line}: {name} has {size} lines, at most {FUNCTION}")
finish(faults)
