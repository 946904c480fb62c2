# SPDX-License-Identifier: Apache-2.0
"""What a realm file allows, asked without a server: reach, report access, simulate with actors."""
import json
import os
import re
import shutil
import subprocess

import pytest

from support.realms import (client, denial, public_client, realm, rule, scope, switched_client, user)
from support.server import ROOT, binary, cambist, write_realm

GUIDE = ROOT / "docs/guides/review_access.md"
RISK = {"reason": "test", "expires": "2099-01-01"}


def switch(rule_id, requester, target, actor, users, **result):
    made = rule(rule_id, requester, target, users=users, lifetime="5m", **result)
    made["result"]["mode"] = "switch-subject"
    made["actor"] = actor
    return made


def make_realm(*more_rules, **more):
    rules = [rule("a-b", "a", "b", lifetime="2m"),
             rule("a-c-held", "a", "c", holder="target", lifetime="2m", users={"groups": ["/staff"]}),
             rule("c-d", "c", "d", binding="azp", lifetime="2m"),
             rule("off", "b", "a") | {"enabled": False},
             switch("desk", "a", "d", {"users": {"groups": ["/desk"]}}, {"groups": ["/customers"]}),
             *more_rules]
    delegation = rule("agent", "a", "e", lifetime="2m")
    delegation["result"]["mode"] = "delegation"
    delegation["actor"] = {"clients": ["robot"]}
    clients = [public_client("web", sent_to=["a"]),
               *(client(name, standardFlowEnabled=False) for name in "abcdef"),
               client("alone", standardFlowEnabled=False, directAccessGrantsEnabled=False),
               switched_client("s", standardFlowEnabled=True, scopes=["f-scope"]),
               client("robot", serviceAccountsEnabled=True)]
    groups = [{"name": name} for name in ("staff", "desk", "customers")]
    users = [user("ann", "/staff"), user("dora", "/desk"), user("carl", "/customers")]
    return realm("reach", clients=clients, groups=groups, users=users, rules=[*rules, delegation],
                 scopes=[scope("f-scope", "f")], **more)


@pytest.fixture(scope="module")
def realm_file(tmp_path_factory):
    return write_realm(tmp_path_factory.mktemp("realm"), make_realm())


def reach(path, source, target, code=0):
    done = cambist("reach", "--realm", path, "--from", source, "--to", target, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_reach_finds_a_token_that_is_sent_and_exchanged(realm_file):
    found = reach(realm_file, "a", "b")
    assert found["reachable"] == "yes"
    assert [(one["client"], one["rule"]) for one in found["steps"]] == [("web", ""), ("a", "a-b")]
    assert all(not one["conditions"] for one in found["steps"])


def test_reach_goes_over_a_token_that_the_target_holds_and_names_whom_it_is_for(realm_file):
    found = reach(realm_file, "c", "d")
    assert found["reachable"] == "perhaps"
    assert [one["rule"] for one in found["steps"]] == ["", "a-c-held", "c-d"]
    assert found["steps"][1]["holder"] == "c"
    assert found["steps"][1]["conditions"] == ["for staff"]


def test_reach_says_no_and_why(realm_file):
    found = reach(realm_file, "b", "a", code=1)
    assert found["reachable"] == "no" and not found["steps"]
    assert "rule off is disabled" in found["why_not"]
    assert "rule a-b serves a" in reach(realm_file, "d", "b", code=1)["why_not"]
    assert any("not confidential" in one for one in reach(realm_file, "web", "b", code=1)["why_not"])


def test_reach_knows_what_the_switch_of_keycloak_reaches(realm_file):
    found = reach(realm_file, "s", "f")
    assert found["reachable"] == "yes" and len(found["steps"]) == 1
    assert "its client scopes send to f" in found["steps"][0]["text"]


def test_reach_does_not_decide_who_acts(realm_file):
    assert "with an actor" in reach(realm_file, "a", "e")["steps"][-1]["conditions"]
    conditions = reach(realm_file, "a", "d")["steps"][-1]["conditions"]
    assert "for customers" in conditions
    assert "as whom it names, by who may become him" in conditions


def test_reach_keeps_a_denial_of_some_apart_from_one_of_all(tmp_path):
    some = write_realm(tmp_path, make_realm(denial("no-staff", "b", subject={"users": {"groups": ["/staff"]}})))
    found = reach(some, "a", "b")
    assert found["reachable"] == "perhaps"
    assert found["steps"][-1]["conditions"][0].startswith("unless rule no-staff denies it")
    everybody = write_realm(tmp_path, make_realm(denial("closed", "b")), "closed")
    assert "rule closed denies it" in reach(everybody, "a", "b", code=1)["why_not"]


def test_reach_counts_a_token_of_whomever_as_a_condition(tmp_path):
    anybody = rule("any", "alone", "d", binding="any", lifetime="1m")
    anybody["risk"] = RISK
    found = reach(write_realm(tmp_path, make_realm(anybody)), "alone", "d")
    assert found["steps"][0]["conditions"] == ["if it gets hold of a token of whomever"]


RECIPES = ROOT / "docs/recipes"


@pytest.mark.parametrize("recipe, source, target, words", [
    ("mobile-hand-off", "mobile", "mobile", ["yes: mobile can hold a token for mobile",
                                                "by rule web-to-mobile, for a code", "held by mobile"]),
    ("spa-after-legacy-login", "notes-app", "notes-app", ["asks without a token", "for a code"]),
    ("view-as", "shop-app", "shop-app", ["for a code"]),
    ("saml-shop", "web-shop", "orders-api", ["with a token of the trusted issuer partner"]),
    ("second-app", "mail", "notes-api", ["with the secret of a device"])])
def test_reach_knows_codes_devices_and_tokens_of_others(recipe, source, target, words, tmp_path):
    """What a recipe does, reach does not deny."""
    environment = {**os.environ, "RECIPE_KEYS": str(tmp_path)}
    subprocess.run(["bash", "-euc", ". docs/recipes/helpers.sh && make_key partner"], cwd=ROOT, env=environment,
                   capture_output=True, check=True, timeout=60)
    done = cambist("reach", "--realm", RECIPES / f"{recipe}.yaml", "--from", source, "--to", target, env=environment)
    assert done.returncode == 0, done.stdout
    for word in words:
        assert word in done.stdout, done.stdout


@pytest.mark.parametrize("arguments", [["--from", "nobody", "--to", "b"], ["--from", "a", "--to", "nothing"], ["--from", "a"]])
def test_reach_used_wrongly_is_2(realm_file, arguments):
    assert cambist("reach", "--realm", realm_file, *arguments).returncode == 2


def test_the_report_of_rights_begins_with_the_riskiest(tmp_path):
    naked = rule("night", "robot", "d", lifetime="1m")
    naked["subject"] = {"naked": True, "users": {"any": True}}
    naked["result"]["mode"] = "switch-subject"
    naked["risk"] = RISK
    path = write_realm(tmp_path, make_realm(naked, denial("closed", "f")))
    done = cambist("report", "access", "--realm", path, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rights"][0]["id"] == "night"
    assert {"naked", "anyUser"} <= {risk["kind"] for risk in report["rights"][0]["risks"]}
    counts = [len(one["risks"]) for one in report["rights"]]
    assert counts == sorted(counts, reverse=True)
    assert [one["id"] for one in report["denials"]] == ["closed"]
    assert [one["id"] for one in report["idle"]] == ["off"]
    assert {one["id"] for one in report["rights"]} >= {"a-b", "desk", "agent", "client:s:standard-token-exchange"}
    text = cambist("report", "access", "--realm", path).stdout
    assert "robot may get tokens as anybody for d" in text
    assert text.index("robot may") < text.index("into tokens for b")


def test_report_has_what_is_no_rule_and_lets_somebody_act(tmp_path):
    """Relations, who may name an actor, and Keycloak's switch for assertions: or a review would miss them."""
    made = make_realm()
    made["relations"] = [{"kind": "guardian", "actor": {"user": "ann"}, "subject": {"group": "/wards"}, "scopes": ["read"],
                          "expires": "2099-06-30"}]
    made["groups"] = [*made.get("groups", []), {"name": "wards"}]
    made["clientScopes"] = [*made.get("clientScopes", []), {"name": "delegation:user", "protocol": "openid-connect"}]
    web = made["clients"][0]
    web["optionalClientScopes"] = [*web.get("optionalClientScopes", []), "delegation:user"]
    made["clients"].append(client("jobs", attributes={"oauth2.jwt.authorization.grant.enabled": "true",
                                                      "oauth2.jwt.authorization.grant.idp": "ci"}))
    path = write_realm(tmp_path, made)
    done = cambist("report", "access", "--realm", path, "--json")
    assert done.returncode == 0, done.stderr
    sentences = [one["sentence"] for one in json.loads(done.stdout)["beside"]]
    assert sentences == [
        "jobs may have tokens for assertions of the issuers ci, with its own client scopes.",
        f"users of {web['clientId']} may name in their tokens who acts for them, a user.",
        "ann acts as guardian of whoever is in /wards where a rule goes by that, with at most read, until "
        "2099-07-01T00:00:00.000000Z."], sentences
    text = cambist("report", "access", "--realm", path).stdout
    assert all(one in text for one in sentences) and text.index("rights,") < text.index("Beside the rules:")


def simulate(path, *arguments):
    done = cambist("simulate", "--realm", path, "--requester", "a", "--json", *arguments)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_simulate_lets_an_actor_act(realm_file):
    code, told = simulate(realm_file, "--subject", "ann", "--actor", "service-account-robot", "--audience", "e")
    assert code == 0, told
    assert (told["subject"], told["actor"]) == ("ann", "service-account-robot")
    code, told = simulate(realm_file, "--subject", "ann", "--actor", "dora", "--audience", "e")
    assert code == 1 and told["error_code"] == "TX-ACT-09"


def test_simulate_switches_the_subject(realm_file):
    code, told = simulate(realm_file, "--subject", "dora", "--requested-subject", "username:carl", "--audience", "d")
    assert code == 0 and (told["subject"], told["actor"]) == ("carl", "dora")
    code, told = simulate(realm_file, "--subject", "ann", "--requested-subject", "carl", "--audience", "d")
    assert code == 1 and told["error_code"] == "TX-IMP-02"
    code, told = simulate(realm_file, "--requested-subject", "carl", "--audience", "d")
    assert code == 1 and told["error_code"] == "TX-IMP-01"


def test_simulate_asked_for_both_is_wrong_use(realm_file):
    for wrong in (["--subject", "ann", "--actor", "dora", "--requested-subject", "carl"],
                  ["--subject", "ann", "--actor", "dora", "--actor-token", "x.y.z"]):
        assert simulate(realm_file, *wrong, "--audience", "d")[0] == 2


def test_the_guide_s_commands_say_what_the_guide_says(tmp_path):
    text = GUIDE.read_text()
    (tmp_path / "shop.yaml").write_text(re.search(r"```yaml\n(.*?)```", text, re.S)[1])
    tools = tmp_path / "tools"
    tools.mkdir()
    shutil.copy(binary(), tools / "cambist")
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "ORDERS": "one", "BILLING": "two", "LEDGER": "three"}
    commands = 0
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for part in block.split("$ ")[1:]:
            command, *expected = part.strip().splitlines()
            done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True,
                                  env=environment, timeout=60, check=False)
            for wanted in expected:
                assert wanted in done.stdout + done.stderr, f"{command}\n{done.stdout}{done.stderr}"
            commands += 1
    assert commands == 7
