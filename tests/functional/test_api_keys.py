# SPDX-License-Identifier: Apache-2.0
"""API keys: made and ended by their owners, exchanged for short access tokens."""
import re
import subprocess
import time

import pytest
import requests

from support.change import changing_realm, find
from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import ROOT, cambist

API_KEY = "urn:cambist:params:oauth:token-type:api-key"
RECIPE = ROOT / "docs/recipes/api-keys.md"


def make_realm():
    keys = rule("keys", "gateway", "billing", scopes=["invoice:read", "invoice:write"], lifetime="2m")
    keys["subject"]["tokenTypes"] = ["api-key"]
    beyond = rule("beyond", "gateway", "reports", scopes=["invoice:read", "invoice:write"], lifetime="2m")
    beyond["subject"]["tokenTypes"] = ["api-key"]
    beyond["result"]["scopes"]["beyondSubject"] = True
    beyond["risk"] = {"reason": "test", "expires": "2099-01-01"}
    return realm("shop", scopes=[scope("invoice:read"), scope("invoice:write")],
                 clients=[public_client("web", sent_to=["gateway"]), client("gateway"), client("billing"),
                          client("reports"), client("plain"), client("robot", serviceAccountsEnabled=True)],
                 users=[user("ann"), user("bob")],
                 rules=[keys, beyond, rule("plain", "gateway", "plain")])


class Owner:
    def __init__(self, server, name="ann"):
        self.url = server.url
        web = Client(server.url, "shop", "web")
        if name == "robot":
            web = Client(server.url, "shop", "robot", secret_of("robot"))
            self.token = granted(web.client_credentials())["access_token"]
        else:
            self.token = granted(web.password(name, name))["access_token"]
        self.gateway = Client(server.url, "shop", "gateway", secret_of("gateway"))
        self.billing = Client(server.url, "shop", "billing", secret_of("billing"))

    def ask(self, method, path="", body=None):
        return requests.request(method, f"{self.url}/realms/shop/account/api-keys{path}", json=body,
                                timeout=30, headers={"Authorization": f"Bearer {self.token}"})

    def key(self, *scopes, **more):
        answer = self.ask("POST", body={"name": "script", "scopes": list(scopes) or ["invoice:read"],
                                        "expiresIn": 3600, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def use(self, key, audience="billing", **form):
        return self.gateway.exchange(key, subject_token_type=API_KEY, audience=audience, **form)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


@pytest.fixture
def owner(shop):
    return lambda name="ann": Owner(shop, name)


def test_key_becomes_a_short_access_token_of_its_owner(owner):
    """reqs: S2-15"""
    ann = owner()
    made = ann.key("invoice:read", "invoice:write")
    assert re.fullmatch(r"ck_[A-Za-z0-9_-]{43}", made["key"])
    answer = granted(ann.use(made["key"], scope="invoice:read"))
    claims = decode(answer["access_token"])[1]
    assert claims["sub"] == decode(ann.token)[1]["sub"] and claims["aud"] == "billing"
    assert claims["scope"] == "invoice:read" and answer["expires_in"] <= 120
    assert "refresh_token" not in answer and "sid" not in claims and "act" not in claims
    assert ann.billing.introspect(answer["access_token"]).json()["active"]


def test_key_is_shown_once_and_kept_as_a_hash(owner, shop):
    ann = owner("bob")
    made = ann.key()
    listed = ann.ask("GET").json()["apiKeys"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert "key" not in listed[0] and listed[0]["name"] == "script"
    granted(ann.use(made["key"]))
    for path in shop.folder.glob("cambist.db*"):
        assert made["key"].encode() not in path.read_bytes()
    assert made["key"] not in shop.log()
    ann.ask("DELETE", f"/{made['id']}")


def test_no_token_goes_beyond_the_scopes_of_its_key(owner):
    """Not even by a rule that goes beyond subject tokens."""
    ann = owner()
    key = ann.key("invoice:read")["key"]
    assert granted(ann.use(key))["scope"] == "invoice:read"
    for audience in ("billing", "reports"):
        refused(ann.use(key, audience, scope="invoice:write"), "invalid_scope", "TX-SCP-01")
    other = ann.key("something:else")["key"]
    assert "scope" not in granted(ann.use(other))


def test_revoked_key_is_dead_with_all_that_was_made_of_it(owner):
    ann = owner()
    made = ann.key()
    token = granted(ann.use(made["key"]))["access_token"]
    assert owner("bob").ask("DELETE", f"/{made['id']}").status_code == 404
    assert ann.ask("DELETE", f"/{made['id']}").status_code == 204
    start = time.monotonic()
    assert not ann.billing.introspect(token).json()["active"]
    assert time.monotonic() - start < 1
    refused(ann.use(made["key"]), "invalid_request", "TX-STK-14")
    assert made["id"] not in [one["id"] for one in ann.ask("GET").json()["apiKeys"]]
    assert ann.ask("DELETE", f"/{made['id']}").status_code == 404


def test_key_ends_with_its_time(owner):
    ann = owner()
    answer = ann.ask("POST", body={"name": "short", "scopes": ["invoice:read"], "expires": int(time.time()) + 3})
    made = answer.json()
    claims = decode(granted(ann.use(made["key"]))["access_token"])[1]
    assert claims["exp"] <= made["expires"]
    time.sleep(max(0, made["expires"] - time.time()) + 0.1)
    response = ann.use(made["key"])
    assert response.status_code == 400 and response.json()["error_code"] in ("TX-STK-03", "TX-STK-14")


def test_key_serves_only_where_a_rule_takes_keys(owner):
    ann = owner()
    key = ann.key()["key"]
    refused(ann.use(key, "plain"), "invalid_request", "TX-TYP-06")
    refused(ann.gateway.exchange(key, audience="billing"), "invalid_request", "TX-TYP-01")
    refused(ann.gateway.exchange(ann.token, subject_token_type=API_KEY, audience="billing"),
            "invalid_request", "TX-TYP-01")
    refused(ann.use("ck_" + "A" * 43), "invalid_request", "TX-STK-14")
    refused(ann.use(key + "A"), "invalid_request", "TX-TYP-01")
    assert requests.get(f"{ann.url}/realms/shop/account/api-keys", timeout=30,
                        headers={"Authorization": f"Bearer {key}"}).status_code == 401
    assert not ann.billing.introspect(key).json()["active"]


def test_token_of_a_key_makes_no_keys(owner):
    ann = owner()
    ann.token = granted(ann.use(ann.key()["key"]))["access_token"]
    assert ann.ask("POST", body={}).status_code == 403


def test_service_has_keys_of_its_own(owner):
    robot = owner("robot")
    made = robot.key()
    claims = decode(granted(robot.use(made["key"]))["access_token"])[1]
    assert claims["sub"] == decode(robot.token)[1]["sub"]


def test_key_of_a_disabled_user_is_worth_nothing(server):
    started, change = changing_realm(server, make_realm())
    ann = Owner(started)
    key = ann.key()["key"]
    granted(ann.use(key))

    def disable(made):
        find(made["users"], "username", "ann")["enabled"] = False
    change(disable)
    refused(ann.use(key), "invalid_request", "TX-STK-08")


@pytest.mark.parametrize("body", [{}, {"name": "", "scopes": ["a"], "expiresIn": 9},
                                  {"name": "x" * 101, "scopes": ["a"], "expiresIn": 9},
                                  {"name": "x", "scopes": [], "expiresIn": 9},
                                  {"name": "x", "scopes": ["a"]},
                                  {"name": "x", "scopes": ["a"], "expiresIn": 400 * 86400},
                                  {"name": "x", "scopes": ["a"], "expiresIn": 9, "key": "ck_mine"}])
def test_key_that_says_something_else_is_refused(owner, body):
    answer = owner().ask("POST", body=body)
    assert answer.status_code == 400 and answer.json()["error_code"] == "TX-PAR-09", answer.text


def test_recipe_works_as_it_is_written(server, tmp_path):
    """docs/recipes/api-keys.md: its realm file and its commands, in order."""
    text = RECIPE.read_text(encoding="utf-8")
    path = tmp_path / "shop.yaml"
    path.write_text(re.search(r"```yaml\n(.*?)```", text, re.S)[1], encoding="utf-8")
    assert cambist("lint", path).returncode == 0
    started = server(path)
    script = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    script = script.replace("http://localhost:8080", started.url)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True,
                          cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"active":true' in done.stdout and '"active":false' in done.stdout, done.stdout
    assert "TX-STK-00" in done.stdout
