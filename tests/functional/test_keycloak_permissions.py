# SPDX-License-Identifier: Apache-2.0
"""Keycloak's permissions of the legacy token exchange (V1), against what a real Keycloak decided.

tests/data/keycloak/bank holds a realm and the decisions; tools/keycloak/permissions.py made both."""
import json
import sys

import pytest

from support.client import REFRESH_TOKEN, Client, decode, granted, refused
from support.server import ROOT, cambist, write_realm

sys.path.insert(0, str(ROOT / "tools/keycloak"))
import bank  # noqa: E402  # pylint: disable=wrong-import-position

BANK = ROOT / "tests/data/keycloak/bank"
DECIDED = json.loads((BANK / "decisions.json").read_text())
PASSWORD = "Correct-horse-7"


def realm_of(change=None, name="bank"):
    value = json.loads((BANK / "bank.json").read_text())
    value["realm"] = name
    if change:
        change(value)
    return value


def resource_server(value):
    return next(one for one in value["clients"] if one["clientId"] == "realm-management")["authorizationSettings"]


def policy(value, name):
    return next(one for one in resource_server(value)["policies"] if one["name"] == name)


def client_of(url, name, realm="bank"):
    return Client(url, realm, name, None if name in bank.FRONTS else f"{name}-secret")


def login(url, user, client, realm="bank"):
    answer = client_of(url, client, realm).password(user, PASSWORD, scope="openid")
    return granted(answer)["access_token"]


@pytest.fixture(scope="module", name="url")
def url_fixture(module_server):
    def affirmative(value):
        resource_server(value)["decisionStrategy"] = "AFFIRMATIVE"

    def disabled(value):
        resource_server(value)["policyEnforcementMode"] = "DISABLED"
    return module_server(realm_of(), realm_of(affirmative, "affirmative"), realm_of(disabled, "disabled")).url


def asked(url, realm):
    token = login(url, "anna", "web", realm)
    targets = DECIDED["exchange"]["unanimous"]
    return {target: [client for client in bank.REQUESTERS
                     if client_of(url, client, realm).exchange(token, audience=target).status_code == 200]
            for target in targets}


def test_each_permission_lets_in_whom_keycloak_lets_in(url):
    assert asked(url, "bank") == DECIDED["exchange"]["unanimous"]


def test_permissions_of_one_target_combine_as_in_keycloak(url):
    assert asked(url, "affirmative") == DECIDED["exchange"]["affirmative"]


def test_a_resource_server_that_enforces_nothing_lets_nobody_in_here(url, tmp_path):
    assert not any(asked(url, "disabled").values())
    done = cambist("lint", write_realm(tmp_path, realm_of(
        lambda value: resource_server(value).update(policyEnforcementMode="DISABLED"))))
    assert "policyEnforcementMode: is DISABLED: Keycloak lets everybody exchange" in done.stdout + done.stderr


def test_what_is_issued_is_what_keycloak_issues(url):
    token = login(url, "anna", "web")
    for name, form in {"to a target": {"audience": "t-a"},
                       "to a target, some scopes": {"audience": "t-a", "scope": "email phone"}}.items():
        theirs = DECIDED["whole"][name]
        answer = granted(client_of(url, "api-a").exchange(
            token, requested_token_type="urn:ietf:params:oauth:token-type:access_token", **form))
        ours = decode(answer["access_token"])[1]
        for claim in ("sub", "azp", "typ", "acr", "preferred_username", "email", "name"):
            assert ours[claim] == theirs["access_token"][claim], claim
        assert sorted(ours["aud"]) == sorted(theirs["access_token"]["aud"])
        assert set(ours["scope"].split()) == set(theirs["access_token"]["scope"].split())
        assert set(ours["realm_access"]["roles"]) == set(theirs["access_token"]["realm_access"]["roles"])
        assert ours["resource_access"].keys() == theirs["access_token"]["resource_access"].keys()
        assert set(answer["scope"].split()) == set(theirs["scope"].split())
        assert "refresh_token" not in answer and "id_token" not in answer


def test_a_refresh_token_comes_without_being_asked_for_and_refreshes(url):
    client = client_of(url, "api-a")
    token = login(url, "anna", "web")
    for form in ({}, {"requested_token_type": REFRESH_TOKEN}):
        answer = granted(client.exchange(token, audience="t-a", **form))
        again = granted(client.refresh(answer["refresh_token"]))
        claims = decode(again["access_token"])[1]
        assert claims["azp"] == "api-a" and set(claims["aud"]) == {"account", "t-a"}
        assert claims["preferred_username"] == "anna"


def test_a_client_may_exchange_for_itself_what_it_holds_or_was_sent(url):
    client = client_of(url, "api-a")
    own = decode(granted(client.exchange(login(url, "anna", "api-a")))["access_token"])[1]
    assert own["azp"] == "api-a" and own["aud"] in ("account", ["account"])
    sent = decode(granted(client.exchange(login(url, "anna", "portal"), audience="api-a"))["access_token"])[1]
    assert set(sent["aud"]) == {"account", "api-a"}
    theirs = DECIDED["whole"]["to itself, of another"]
    answer = refused(client.exchange(login(url, "anna", "web")), theirs["error"], status=theirs["status"])
    assert answer["error_description"] == theirs["error_description"]


@pytest.mark.parametrize("name, audience", [("to nobody", "nobody"), ("to a closed target", "t-none")])
def test_a_refusal_reads_as_keycloak_s(url, name, audience):
    theirs = DECIDED["whole"][name]
    answer = refused(client_of(url, "api-a").exchange(login(url, "anna", "web"), audience=audience),
                     theirs["error"], status=theirs["status"])
    assert answer["error_description"] == theirs["error_description"]


def test_a_target_that_asks_for_consent_is_refused(server):
    def change(value):
        next(one for one in value["clients"] if one["clientId"] == "t-a")["consentRequired"] = True
    url = server(realm_of(change)).url
    answer = refused(client_of(url, "api-a").exchange(login(url, "anna", "web"), audience="t-a"), "invalid_client")
    assert answer["error_description"] == "Client requires user consent"


def test_a_policy_that_can_not_be_told_grants_nothing_and_is_named(server, tmp_path):
    def change(value):
        for name in ("a or b", "not a"):
            policy(value, name).update(type="js", config={"code": "$evaluation.grant();"})
        for name in ("trusted", "not trusted"):
            policy(value, name)["config"]["roles"] = "[{\"id\":\"gone\",\"required\":false}]"
    url = server(realm_of(change)).url
    answers = asked(url, "bank")
    assert not answers["t-a-or-b"] and not answers["t-not-a"] and not answers["t-all-of"]
    assert not answers["t-trusted"] and not answers["t-not-trusted"] and not answers["t-none-of"]
    # What does not rest on it decides alone.
    assert answers["t-any"] == ["api-b"] and answers["t-a"] == ["api-a"]
    done = cambist("lint", write_realm(tmp_path, realm_of(change)))
    told = done.stdout + done.stderr
    assert 'policy "a or b" can not be told here' in told and 'policies of type "js" are not served' in told
    assert 'policy "trusted" can not be told here' in told and '"gone"' in told


def test_permissions_read_as_sentences(tmp_path):
    done = cambist("lint", write_realm(tmp_path, realm_of()))
    assert ("any client may turn access tokens of anybody, whoever they were sent to, into tokens for t-a with the "
            "target's client scopes, to be refreshed, if (the client has not the switch of the standard exchange and "
            "the client is api-a).") in done.stdout
    assert 'policy "all partners" also means "/partners-old"' in done.stdout + done.stderr


def test_the_standard_exchange_goes_first_where_a_client_has_it(server):
    def change(value):
        one = next(one for one in value["clients"] if one["clientId"] == "api-a")
        one["attributes"]["standard.token.exchange.enabled"] = "true"
    url = server(realm_of(change)).url
    client = client_of(url, "api-a")
    answer = refused(client.exchange(login(url, "anna", "portal"), audience="t-a"), "invalid_request")
    assert answer["error_description"] == "Requested audience not available: t-a"


def test_permissions_survive_import_and_export_unchanged(tmp_path):
    store = ("--store", f"sqlite:{tmp_path / 'realm.db'}", "--dev")
    path = write_realm(tmp_path, realm_of())
    assert cambist("realm", "import", path, *store).returncode == 0
    value = json.loads(cambist("realm", "export", "--realm", "bank", *store).stdout)
    assert resource_server(value) == resource_server(realm_of())


def test_a_list_that_is_no_json_is_a_fault(tmp_path):
    def change(value):
        policy(value, "a")["config"]["clients"] = "api-a"
    done = cambist("lint", write_realm(tmp_path, realm_of(change)))
    assert done.returncode == 1 and "is no list in JSON" in done.stdout + done.stderr


# --- impersonation ------------------------------------------------------------------------------

def impersonation_realm(name, setting):
    def change(value):
        for permission, (policies, strategy) in zip(("admin-impersonating", "user-impersonated"),
                                                    bank.IMPERSONATIONS[setting]):
            one = policy(value, f"{permission}.permission.users")
            one["decisionStrategy"] = strategy
            one["config"]["applyPolicies"] = json.dumps(policies)
    return realm_of(change, name)


@pytest.fixture(scope="module", name="desk")
def desk_fixture(module_server):
    """The URL of a server with a realm for each setting."""
    realms = [impersonation_realm(f"bank-{n}", setting) for n, setting in enumerate(bank.IMPERSONATIONS)]
    return module_server(*realms).url


def audience_of(claims):
    return {claims["aud"]} if isinstance(claims["aud"], str) else set(claims["aud"])


def become(url, realm, client, whom, token=None, **form):
    return client_of(url, client, realm).exchange(token, requested_subject=whom, **form)


@pytest.mark.parametrize("setting", bank.IMPERSONATIONS)
def test_who_may_become_whom_is_as_in_keycloak(desk, setting):
    realm = f"bank-{list(bank.IMPERSONATIONS).index(setting)}"
    # Here nobody becomes an administrator unless user-impersonated says who can be impersonated.
    is_open = not bank.IMPERSONATIONS[setting][1][0]
    for who, theirs in DECIDED["impersonate"][setting].items():
        name, _, way = who.partition(" by ")
        front, _, client = way.partition(" at ")
        token = login(desk, name, front, realm) if way else None
        others = [whom for whom in bank.PEOPLE if not (is_open and whom == "carl")]
        ours = [whom for whom in others
                if become(desk, realm, client or name, whom, token).status_code == 200]
        assert ours == [whom for whom in others if whom in theirs], who


@pytest.fixture(name="shown")
def shown_fixture(url):
    """Answers of the realm as exported: setting `customers`."""
    def show(user, front, client, whom, **form):
        return become(url, "bank", client, whom, front and login(url, user, front), **form)
    return show


def test_what_an_impersonation_issues_is_what_keycloak_issues_and_names_who_acts(shown):
    access = "urn:ietf:params:oauth:token-type:access_token"
    for name, front, form in [("as dora", "portal", {}), ("as dora for a target", "web", {"audience": "t-a"}),
                              ("naked as dora", None, {}), ("naked as dora for a target", None, {"audience": "t-a"})]:
        theirs = DECIDED["whole"][name]["access_token"]
        answer = granted(shown("anna", front, "api-a", "dora", requested_token_type=access, **form))
        ours = decode(answer["access_token"])[1]
        assert (ours["sub"], ours["azp"], ours["preferred_username"]) == (theirs["sub"], "api-a", "dora"), name
        assert audience_of(ours) == audience_of(theirs), name
        assert set(ours["scope"].split()) == set(theirs["scope"].split()), name
        assert set(ours["realm_access"]["roles"]) == set(theirs["realm_access"]["roles"]), name
        if front:
            assert ours["act"]["preferred_username"] == "anna"
        else:
            assert ours["act"]["client_id"] == "api-a"
        assert "refresh_token" not in answer


def test_an_impersonation_refreshes_while_its_permission_holds(shown, url):
    answer = granted(shown("anna", "portal", "api-a", "dora", requested_token_type=REFRESH_TOKEN))
    again = granted(client_of(url, "api-a").refresh(answer["refresh_token"]))
    claims = decode(again["access_token"])[1]
    assert claims["preferred_username"] == "dora" and claims["act"]["preferred_username"] == "anna"


@pytest.mark.parametrize("name, arguments", {
    "as bert": ("anna", "portal", "api-a", "bert"),
    "as nobody": ("anna", "portal", "api-a", "nobody"),
    "as dora by bert": ("bert", "portal", "api-a", "dora"),
    "as dora with a token of another": ("anna", "web", "api-a", "dora"),
    "naked as bert": (None, None, "api-a", "bert"),
    "naked by another": (None, None, "api-b", "dora"),
    "naked by a public client": (None, None, "web", "dora")}.items())
def test_a_refused_impersonation_reads_as_keycloak_s(shown, name, arguments):
    theirs = DECIDED["whole"][name]
    answer = refused(shown(*arguments), theirs["error"], status=theirs["status"])
    assert answer["error_description"] == theirs["error_description"]


def test_a_closed_target_stays_closed_for_who_may_impersonate(shown):
    theirs = DECIDED["whole"]["naked as dora for a closed target"]
    answer = refused(shown(None, None, "api-a", "dora", audience="t-b"), theirs["error"], status=theirs["status"])
    assert answer["error_description"] == theirs["error_description"]


def test_the_role_counts_that_the_server_knows_not_the_one_in_a_token(server):
    """Keycloak reads the token; here a moderator keeps small tokens and his right (and loses it at once)."""
    value = impersonation_realm("bank", "unset")
    next(one for one in value["clients"] if one["clientId"] == "portal")["fullScopeAllowed"] = False
    url = server(value).url
    token = login(url, "carl", "portal")
    assert "realm-management" not in decode(token)[1].get("resource_access", {})
    granted(become(url, "bank", "api-a", "dora", token))
