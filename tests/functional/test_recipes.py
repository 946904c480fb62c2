# SPDX-License-Identifier: Apache-2.0
"""docs/recipes: each page's realm is served, its commands are run in order, what they print is compared with the page."""
import json
import os
import re
import subprocess

import pytest

from support.provider import free_port
from support.server import ROOT, cambist

FOLDER = ROOT / "docs/recipes"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.with_suffix(".yaml").exists())
ELSEWHERE = {"README", "api-keys", "browser-gateway"}  # an index; run by test_api_keys.py, test_gateway.py


def blocks_of(page):
    """[(language, text)] of the fenced blocks."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def commands_of(page):
    """[(commands, kind of what they print, what they print)]: the block that follows directly, or nothing."""
    blocks = [*blocks_of(page), ("", "")]
    return [(text, kind if kind in ("json", "text") else "", expected)
            for (language, text), (kind, expected) in zip(blocks, blocks[1:]) if language == "sh"]


def differences(expected, actual, path="$"):
    """Where the JSON differs; the text … stands for any value."""
    if expected == "…":
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted(set(expected) | set(actual)):
            if name not in expected or name not in actual:
                yield f"{path}.{name}: {'missing in the answer' if name in expected else 'missing on the page'}"
            else:
                yield from differences(expected[name], actual[name], f"{path}.{name}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for n, pair in enumerate(zip(expected, actual)):
            yield from differences(*pair, f"{path}[{n}]")
    elif isinstance(expected, str) and isinstance(actual, str) and "…" in expected:
        if not re.fullmatch(".*".join(map(re.escape, expected.split("…"))), actual, re.S):
            yield f"{path}: {actual!r}, and the page says {expected!r}"
    elif expected != actual or type(expected) is not type(actual):
        yield f"{path}: {actual!r}, and the page says {expected!r}"


@pytest.fixture(name="elsewhere")
def elsewhere_fixture(page, tmp_path):
    """What a realm file takes from the environment: the keys of others, which the page makes first, and where they are."""
    environment = {"RECIPE_KEYS": str(tmp_path / "keys"), "OLD_SYSTEM": f"http://127.0.0.1:{free_port()}"}
    for line in re.findall(r"^\$ (\. docs/recipes/helpers.sh && make_key .*)$", page.read_text(encoding="utf-8"), re.M):
        subprocess.run(["bash", "-euc", line], cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment}, check=True, timeout=60)
    return environment


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_recipe_does_what_its_page_says(page, server, tmp_path, elsewhere):  # errors: E43
    """reqs: S0-4, S2-12, S2-13a, S2-17, S2-20, S2-22a, S2-23"""
    config = page.with_suffix(".json")
    started = server(page.with_suffix(".yaml"), environment=elsewhere,
                     arguments=["--config", str(config)] if config.exists() else [])
    commands = commands_of(page)
    assert len(commands) >= 3, "a recipe without commands shows nothing"
    script = "".join(f"{{\n{text}}} >{tmp_path}/{n}.out\n" for n, (text, _, _) in enumerate(commands))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "BASE": started.url, **elsewhere}, timeout=120, check=False)
    printed = [(tmp_path / f"{n}.out").read_text() for n in range(len(commands)) if (tmp_path / f"{n}.out").exists()]
    assert done.returncode == 0, f"{commands[len(printed) - 1][0]}\n{printed[-1]}{done.stderr}"
    for (text, kind, expected), actual in zip(commands, printed, strict=True):
        if kind == "json":
            found = list(differences(json.loads(expected), json.loads(actual)))
            assert not found, "\n".join([text, *found, actual])
        else:
            assert actual.strip() == expected.strip() if kind else actual == "", text + actual


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_recipe_shows_its_realm_as_it_is(page, elsewhere):
    """reqs: S0-4. The parts of the page stand in the file, which has no fault, and is what the page starts."""
    realm = page.with_suffix(".yaml")
    told = cambist("lint", realm, env={**os.environ, **elsewhere})
    assert told.returncode == 0, told.stdout
    parts = [text for language, text in blocks_of(page) if language == "yaml"]
    assert parts
    for part in parts:
        assert part in realm.read_text(encoding="utf-8"), part
    assert f"cambist serve --dev --store sqlite:/tmp/{page.stem}.db --realm docs/recipes/{page.stem}.yaml" \
        in page.read_text(encoding="utf-8")


def test_every_recipe_is_run_and_listed():
    """reqs: S0-4"""
    pages = {path.stem for path in FOLDER.glob("*.md")}
    assert pages - {path.stem for path in PAGES} <= ELSEWHERE
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for page in sorted(pages - ELSEWHERE):
        assert f"({page}.md)" in index, page


def test_comparison_of_pages_sees_what_drifts():
    page = {"azp": "spa", "exp": "…", "aud": ["a"], "iss": "…/realms/recipe"}
    answer = {"azp": "spa", "exp": 5, "aud": ["a"], "iss": "http://h/realms/recipe"}
    assert not list(differences(page, answer))
    for drifted in ({"azp": "api"}, {"act": {}}, {"aud": ["b"]}, {"aud": "a"}, {"iss": "http://h/realms/other"}):
        assert list(differences(page, {**answer, **drifted})), drifted
    assert list(differences(page, {"azp": "spa"}))
