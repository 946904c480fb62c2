# SPDX-License-Identifier: Apache-2.0
"""The table of requirements: each case puts itself into it."""
import dataclasses
import typing

MUST, SHOULD = "must", "should"


@dataclasses.dataclass(frozen=True)
class Requirement:
    number: str
    section: str  # of RFC 8693, unless it names another
    level: str
    text: str
    test: typing.Callable


TABLE = []


def requirement(number, section, level, text):
    def enter(test):
        TABLE.append(Requirement(number, section, level, text, test))
        return test
    return enter
