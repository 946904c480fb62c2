#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints "<passed> <failed>" over JUnit files: of GoogleTest (*.xml), pytest and ctest (*.junit).

A ctest file speaks only where GoogleTest could not: a test program that failed without a failing
case in its own file (it crashed, or ran out of time) counts as one failure.
"""
import pathlib
import sys
import xml.etree.ElementTree as tree


def counts(path):
    """(cases that ran, cases that failed) of one file; an unreadable file is one failure."""
    try:
        cases = list(tree.parse(path).iter("testcase"))
    except (OSError, tree.ParseError):
        return 0, 1
    ran = [case for case in cases if case.find("skipped") is None
           and case.get("status") not in ("notrun", "disabled")]
    failed = [case for case in ran if case.find("failure") is not None
              or case.find("error") is not None or case.get("status") == "fail"]
    return len(ran), len(failed)


def main(paths):
    paths = [pathlib.Path(path) for path in paths]
    ctest = [path for path in paths if path.name == "ctest.junit"]
    passed = failed = 0
    for path in paths:
        if path not in ctest:
            ran, bad = counts(path)
            passed, failed = passed + ran - bad, failed + bad
    for path in ctest:
        _, bad = counts(path)
        failed = max(failed, bad)
    print(passed, failed)


main(sys.argv[1:])
