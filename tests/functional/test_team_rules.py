# SPDX-License-Identifier: Apache-2.0
"""A realm folder in which every team keeps the rules of its own service, and of no other."""
import json

import pytest

from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import cambist

RESOURCE = "https://billing.example.com/"


def main_realm():
    return realm("teams", scopes=[scope("read")], users=[user("alice")],
                 clients=[public_client("web", sent_to=["orders"], optional=["read"]), client("orders"),
                          client("billing", attributes={"resource_url": RESOURCE}), client("ledger")],
                 rules=[{**rule("central", "orders", "orders", scopes=["read"], lifetime="5m"), "owner": "platform"}])


def team_rule(rule_id, target, owner=None, **more):
    made = rule(rule_id, "orders", target, scopes=["read"], lifetime="5m", **more)
    del made["owner"]
    return {**made, **({"owner": owner} if owner else {})}


def write(folder, **files):
    """A folder with the realm and one file for each owner."""
    place = folder / "realms"
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    (place / "teams.json").write_text(json.dumps(main_realm()), encoding="utf-8")
    for owner, content in files.items():
        (place / f"teams-rules-{owner}.json").write_text(json.dumps(content), encoding="utf-8")
    return place


def test_team_opens_its_own_service(server, tmp_path):
    """reqs: S2-24b"""
    folder = write(tmp_path, billing={"realm": "teams", "owner": "billing", "exchangeRules": [
        team_rule("orders-to-billing", "billing"),
        team_rule("by-address", None, owner="billing", resources=[RESOURCE])]})
    shop = server(folder)
    web, orders = Client(shop.url, "teams", "web"), Client(shop.url, "teams", "orders", secret_of("orders"))
    alice = granted(web.password("alice", "alice", scope="openid read"))["access_token"]
    for form in ({"audience": "billing"}, {"resource": RESOURCE}, {"audience": "orders"}):
        granted(orders.exchange(alice, **form))
    refused(orders.exchange(alice, audience="ledger"), "invalid_target", "TX-TGT-01")
    exported = json.loads(cambist("realm", "export", "teams", "--store", shop.store, "--dev").stdout)
    owners = {one["id"]: one["owner"] for one in exported["exchangeRules"]}
    assert owners == {"central": "platform", "orders-to-billing": "billing", "by-address": "billing"}
    assert decode(alice)[1]["aud"]


REFUSED = {
    "another target": ({"exchangeRules": [team_rule("mine", "billing"), team_rule("theirs", "ledger")]},
                       "exchangeRules[1].target.audiences", 'is for "ledger"'),
    "one of two targets": ({"exchangeRules": [{**team_rule("both", "billing"),
                                               "target": {"audiences": ["billing", "ledger"]}}]},
                           "exchangeRules[0].target.audiences", 'is for "ledger"'),
    "another resource": ({"exchangeRules": [team_rule("r", "billing", resources=["https://ledger.example.com/"])]},
                         "exchangeRules[0].target.resources", "https://ledger.example.com/"),
    "another owner": ({"exchangeRules": [team_rule("stolen", "billing", owner="ledger")]},
                      "exchangeRules[0].owner", 'the rule belongs to "ledger"'),
    "denial of everything": ({"exchangeRules": [{"id": "all", "effect": "deny"}]},
                             "exchangeRules[0].target", "must name its target"),
    "empty target": ({"exchangeRules": [{"id": "all", "effect": "deny", "target": {"audiences": []}}]},
                     "exchangeRules[0].target", "must name its target"),
    "rule that is there": ({"exchangeRules": [team_rule("central", "billing")]}, "exchangeRules[0].id", "central"),
    "unknown key of a rule": ({"exchangeRules": [{**team_rule("x", "billing"), "efect": "permit"}]},
                              "exchangeRules[0].efect", "effect"),
    "another realm": ({"realm": "other", "exchangeRules": []}, "realm", "is not the realm"),
    "another owner of the file": ({"owner": "ledger", "exchangeRules": []}, "owner", "whom the file is named after"),
    "more than rules": ({"exchangeRules": [], "clients": []}, "clients", "does not belong"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_the_teams_is_refused_by_name(tmp_path, name):
    """reqs: S2-24b"""
    content, path, complaint = REFUSED[name]
    folder = write(tmp_path, ledger={"exchangeRules": [team_rule("fine", "ledger")]}, billing=content)
    done = cambist("realm", "import", folder, "--store", f"sqlite:{tmp_path}/teams.db", "--dev")
    assert done.returncode == 1, done.stdout
    line = next((one for one in done.stderr.splitlines() if complaint in one), None)
    assert line and "teams-rules-billing.json" in line and path in line, done.stderr


def test_file_of_a_team_that_is_no_client_is_refused(tmp_path):
    folder = write(tmp_path, payments={"exchangeRules": []})
    done = cambist("realm", "import", folder, "--store", f"sqlite:{tmp_path}/teams.db", "--dev")
    assert done.returncode == 1 and "no client of the realm" in done.stderr and "payments" in done.stderr
    (folder / "teams-rules-payments.json").unlink()
    (folder / "others-rules-billing.json").write_text("{}", encoding="utf-8")
    done = cambist("realm", "import", folder, "--store", f"sqlite:{tmp_path}/teams.db", "--dev")
    assert done.returncode == 1 and "others" in done.stderr
