# SPDX-License-Identifier: Apache-2.0
"""docs/guides: pages that are run as they stand, in an empty folder, with the program in the path and nothing else."""
import json
import os
import re
import socket
import subprocess

import pytest
from test_recipes import commands_of, differences

from support.client import Client, granted, refused
from support.realms import client, public_client, realm, secret_of, user
from support.server import ROOT, binary, cambist, write_realm

HAND_OFF_PAGE = "docs/recipes/spa-after-legacy-login.md"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def matches(expected, actual):
    """… stands for any text within a line."""
    pattern = ".*".join(map(re.escape, expected.strip().split("…")))
    return re.fullmatch(pattern, actual.strip()) is not None


@pytest.mark.parametrize("page", ["first_view_as"])
def test_guide_does_what_its_page_says(page, tmp_path):  # errors: E43
    """reqs: S0-28. From nothing to the first view-as with the page alone: a file, one rule, one request."""
    commands = commands_of(ROOT / f"docs/guides/{page}.md")
    assert len(commands) > 5
    port, folder, home = free_port(), tmp_path / "bin", tmp_path / "empty"
    folder.mkdir()
    home.mkdir()
    (folder / "cambist").symlink_to(binary().resolve())
    script = "trap 'kill %1 2>/dev/null; wait' EXIT\n" + "".join(
        f"{{\n{text}}} >{tmp_path}/{n}.out\n" for n, (text, _, _) in enumerate(commands))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script.replace("8080", str(port))], cwd=home,
                          capture_output=True, text=True, timeout=120, check=False,
                          env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")})
    printed = [(tmp_path / f"{n}.out").read_text(encoding="utf-8") for n in range(len(commands))
               if (tmp_path / f"{n}.out").exists()]
    assert done.returncode == 0, f"{commands[len(printed) - 1][0]}\n{printed[-1]}{done.stderr}"
    for (text, kind, expected), actual in zip(commands, printed, strict=True):
        actual = actual.replace(str(port), "8080")
        if kind == "json":
            assert not list(differences(json.loads(expected), json.loads(actual))), (text, actual)
        else:
            assert matches(expected, actual) if kind else actual == "", (text, actual)


def test_password_grant_is_for_migration_and_leads_to_the_hand_off(server, tmp_path):
    """reqs: S0-29"""
    made = realm("old", users=[user("alice")],
                 clients=[public_client("legacy"), client("desk"),
                          client("app", publicClient=True, directAccessGrantsEnabled=False)])
    shop = server(made)
    granted(Client(shop.url, "old", "legacy").password("alice", "alice"))
    for name, secret in (("desk", secret_of("desk")), ("app", None)):
        for password in ("alice", "wrong"):
            body = refused(Client(shop.url, "old", name, secret).password("alice", password),
                           "unauthorized_client", "TX-CLI-03")
            told = cambist("explain", body["trace_id"], "--store", shop.store).stdout
            assert HAND_OFF_PAGE in told and "migration" in told, told
            assert secret is None or HAND_OFF_PAGE in body["hint"], body
    lines = [line for line in cambist("lint", write_realm(tmp_path, made)).stdout.splitlines()
             if "directAccessGrantsEnabled" in line]
    assert len(lines) == 1 and "clients[0]" in lines[0] and "migration only" in lines[0], lines
    assert HAND_OFF_PAGE in lines[0] and (ROOT / HAND_OFF_PAGE).exists()
    assert f"]({HAND_OFF_PAGE.removeprefix('docs/')})" in (ROOT / "docs/which-flow.md").read_text(encoding="utf-8")
