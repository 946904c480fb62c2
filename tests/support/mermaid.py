# SPDX-License-Identifier: Apache-2.0
"""Readers of Mermaid's sequence diagrams: a strict one, as far as we draw them, and Mermaid itself."""
import html
import json
import re
import shutil
import subprocess

import pytest

from support.server import ROOT

ARROWS = ("->>", "-->>", "-)", "--)", "-x", "--x", "->", "-->")
PARTY = re.compile(r"(participant|actor) (\w+) as (\S.*)")
MESSAGE = re.compile(rf"(\w+?)({'|'.join(map(re.escape, sorted(ARROWS, key=len, reverse=True)))})(\w+): (\S.*)")
NOTE = re.compile(r"Note (over|left of|right of) (\w+)(?:,(\w+))?: (\S.*)")
ENTITY = re.compile(r"#(\d+);")
# What its grammar gives a meaning inside a line; an entity is how to write it.
FORBIDDEN = set(";:<>{}\"`%\\#")


class Diagram:
    """parties {id: (kind, name)}, messages [(from, arrow, to, text)], notes [(ids, text)]."""

    def __init__(self, text):
        lines = text.rstrip("\n").split("\n")
        assert lines[0] == "sequenceDiagram", lines[0]
        self.parties, self.messages, self.notes = {}, [], []
        for line in lines[1:]:
            assert line.startswith("    ") and line == line.rstrip(), repr(line)
            self._read(line.strip())

    def _read(self, line):
        if party := PARTY.fullmatch(line):
            kind, name, text = party.groups()
            assert name not in self.parties and not self.messages, f"{line}: declared twice or late"
            self.parties[name] = kind, plain(text)
        elif note := NOTE.fullmatch(line):
            ids = [one for one in note.groups()[1:3] if one]
            assert set(ids) <= set(self.parties), f"{line}: nobody of this name"
            assert len(ids) == 1 or note[1] == "over", line
            self.notes.append((ids, plain(note[4])))
        elif message := MESSAGE.fullmatch(line):
            sender, arrow, receiver, text = message.groups()
            assert {sender, receiver} <= set(self.parties), f"{line}: nobody of this name"
            self.messages.append((sender, arrow, receiver, plain(text)))
        else:
            raise AssertionError(f"no line of a sequence diagram: {line!r}")

    def named(self, name):
        """The id of a party."""
        return next(key for key, (_, shown) in self.parties.items() if shown == name)


def plain(text):
    """What a reader sees of a text; nothing in it may have a meaning for the grammar."""
    bare = ENTITY.sub("", text)
    assert not FORBIDDEN & set(bare), f"{text!r} has a character with a meaning"
    return html.unescape(ENTITY.sub(lambda match: f"&#{match[1]};", text))


class Mermaid:
    """Mermaid's own parser as a process; close() ends it."""

    def __init__(self):
        if shutil.which("npm") is None:
            pytest.skip("there is no npm here, and without it no Mermaid: tools/setup test installs it")
        program = ROOT / "tests/diagrams/read.mjs"
        assert (program.parent / "node_modules/mermaid").is_dir(), "npm's mermaid is not installed: tools/setup test"
        self._process = subprocess.Popen(["node", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, text):
        """{type, parties, messages, notes}, or {error}."""
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        assert self._process.wait(30) == 0

    def check(self, text):
        """It understands of our diagram what our own reader does, and nothing else."""
        seen, ours = self.read(text), Diagram(text)
        assert seen.get("type") == "sequence", seen
        assert {key: tuple(value) for key, value in seen["parties"].items()} == ours.parties
        assert [tuple(one) for one in seen["messages"]] == [(one, other, said) for one, _, other, said in ours.messages]
        assert seen["notes"] == [said for _, said in ours.notes]
        return ours
