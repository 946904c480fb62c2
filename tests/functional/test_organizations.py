# SPDX-License-Identifier: Apache-2.0
"""Organizations: who is a member, what tokens say of it, which rules select by it, and how a user switches."""
import copy
import json

import pytest

from support.change import changing_realm, find
from support.client import ID_TOKEN, REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.realms import client, denial, public_client, realm, rule, scope, secret_of, switched_client, user
from support.server import cambist, write_realm

ACME_ID = "0d7fd7a5-8a2c-4a52-8a3e-0f3d9f3b0a01"


def organization(alias, *members, **more):
    """`members` are user names, or pairs with the membership type."""
    named = [(one, "UNMANAGED") if isinstance(one, str) else one for one in members]
    return {"name": f"{alias} AG", "alias": alias, "enabled": True,
            "domains": [{"name": f"{alias}.example", "verified": True}],
            "members": [{"username": name, "membershipType": kind} for name, kind in named], **more}


ORGANIZATIONS = [
    organization("acme", "alice", "carol", id=ACME_ID, attributes={"tier": ["gold"]}),
    organization("partner", "alice", "bob"),
    organization("bank", "alice", attributes={"cambist.required.acr": ["gold"]}),
    organization("closed", "alice", enabled=False),
]


def switching(rule_id, requester, target, **more):
    more = {"scopes": ["crm:read"], "organization": {"switch": True}, "lifetime": "5m", **more}
    return rule(rule_id, requester, target, **more)


def make_realm(dialect="strict", organizations=ORGANIZATIONS, **more):
    return realm(
        "orgs", errorDialect=dialect, organizationsEnabled=True, organizations=copy.deepcopy(organizations),
        scopes=[scope("crm:read"), scope("crm:write")],
        attributes={"cambist.organization.url":
                    "https://id.example/login?org={organization}&acr={acr}&app={client_id}"},
        clients=[public_client("web", sent_to=["desk", "gate", "demanding", "narrow", "few"],
                               scopes=["crm:read"], optional=["organization"]),
                 client("desk", optional=["organization"]), client("demanding", optional=["organization"]),
                 client("narrow"), client("few", optional=["organization"]),
                 switched_client("gate", optional=["organization"]), switched_client("bare", optional=[]),
                 client("crm"), client("files")],
        users=[user("alice"), user("bob"), user("carol"), user("dave")],
        rules=[switching("desk-crm", "desk", "crm", refresh={"kind": "bounded"},
                         tokenTypes=["access_token", "refresh_token", "id_token"]),
               {**switching("demanding-crm", "demanding", "crm"), "demands": ["organization"]},
               rule("narrow-crm", "narrow", "crm", scopes=["crm:read", "organization:*"], claims="full"),
               switching("few-crm", "few", "crm", organization={"switch": True, "among": ["acme"]})],
        **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def named(shop, name):
    return Client(shop.url, "orgs", name, None if name == "web" else secret_of(name))


def login(shop, username, **form):
    return granted(named(shop, "web").password(username, username, **form))["access_token"]


def claims_of(answer):
    return decode(answer["access_token"])[1]


# What tokens say of memberships, as Keycloak does


@pytest.mark.parametrize("username, asked, expected", [
    ("alice", "organization:acme", ["acme"]),
    ("alice", "organization:*", ["acme", "partner"]),  # the bank demands more than a password
    ("alice", "organization", None),  # several: a browser would ask which
    ("bob", "organization", ["partner"]),
    ("dave", "organization", None),
    ("dave", "organization:*", None),
    ("alice", "profile", None)])
def test_scope_says_which_organizations_a_token_names(shop, username, asked, expected):
    answer = granted(named(shop, "web").password(username, username, scope=f"openid {asked}"))
    assert asked in answer["scope"].split()
    for token in (answer["access_token"], answer["id_token"]):
        found = decode(token)[1].get("organization")
        assert (sorted(found) if found else found) == expected
    told = granted(named(shop, "web").userinfo(answer["access_token"]))
    assert told.get("organization") == claims_of(answer).get("organization")
    told = granted(named(shop, "desk").introspect(answer["access_token"]))
    assert told["active"] and told.get("organization") == claims_of(answer).get("organization")


@pytest.mark.parametrize("config, expected", [
    ({}, ["acme"]),
    ({"multivalued": "false"}, "acme"),
    ({"jsonType.label": "JSON"}, {"acme": {}}),
    ({"addOrganizationId": "true"}, {"acme": {"id": ACME_ID}}),
    ({"addOrganizationAttributes": "true", "jsonType.label": "boolean"}, {"acme": {"tier": ["gold"]}}),
    ({"addOrganizationId": "true", "addOrganizationAttributes": "true"}, {"acme": {"tier": ["gold"], "id": ACME_ID}}),
], ids=str)
def test_mapper_writes_what_keycloaks_does_at_its_switches(server, config, expected):
    mapper = {"name": "organization", "protocol": "openid-connect",
              "protocolMapper": "oidc-organization-membership-mapper",
              "config": {"claim.name": "organization", "multivalued": "true", "access.token.claim": "true",
                         "id.token.claim": "true", "introspection.token.claim": "true", **config}}
    made = make_realm()
    made["clientScopes"].append(scope("organization", protocolMappers=[mapper]))
    shop = server(made)
    token = login(shop, "alice", scope="organization:acme")
    assert decode(token)[1]["organization"] == expected
    assert granted(named(shop, "desk").introspect(token))["organization"] == expected


@pytest.mark.parametrize("username, alias", [("bob", "acme"), ("alice", "closed"), ("alice", "nowhere")])
def test_password_grant_gives_no_organization_that_the_user_is_not_in(shop, username, alias):
    refused(named(shop, "web").password(username, username, scope=f"organization:{alias}"),
            "invalid_scope", "TX-ORG-01")


def test_two_organizations_in_one_request_are_one_too_many(shop):
    refused(named(shop, "web").password("alice", "alice", scope="organization:acme organization:partner"),
            "invalid_request", "TX-ORG-04")
    refused(named(shop, "desk").exchange(login(shop, "alice"), audience="crm", organization="acme",
                                         scope="crm:read organization:partner"), "invalid_request", "TX-ORG-04")


def test_managed_member_has_no_account_where_his_organization_is_disabled(server):
    made = make_realm(organizations=[organization("acme", ("alice", "MANAGED"), "bob", enabled=False)])
    shop = server(made)
    refused(named(shop, "web").password("alice", "alice"), "invalid_grant")
    login(shop, "bob")


# Switching by an exchange


def test_member_switches_his_organization_without_a_log_in(shop):
    """reqs: S2-25. By the parameter and by the scope; the new token names the new organization only."""
    first = login(shop, "alice", scope="crm:read organization:acme")
    assert decode(first)[1]["organization"] == ["acme"]
    by_parameter = granted(named(shop, "desk").exchange(first, audience="crm", organization="partner"))
    by_scope = granted(named(shop, "desk").exchange(first, audience="crm", scope="crm:read organization:partner"))
    for answer in (by_parameter, by_scope):
        claims = claims_of(answer)
        assert claims["organization"] == ["partner"] and claims["aud"] == "crm"
        assert sorted(claims["scope"].split()) == ["crm:read", "organization:partner"]
        assert "acme" not in json.dumps({k: v for k, v in claims.items() if k != "iss"})
        told = granted(named(shop, "crm").introspect(answer["access_token"]))
        assert told["active"] and told["organization"] == ["partner"]


def test_organization_of_the_subject_token_stays_unless_another_is_asked_for(shop):
    """reqs: S2-25"""
    first = login(shop, "alice", scope="crm:read organization:acme")
    assert claims_of(granted(named(shop, "desk").exchange(first, audience="crm")))["organization"] == ["acme"]
    plain = claims_of(granted(named(shop, "desk").exchange(login(shop, "alice"), audience="crm")))
    assert "organization" not in plain and plain["scope"] == "crm:read"


@pytest.mark.parametrize("username, alias, code", [
    ("bob", "acme", "TX-ORG-01"), ("alice", "closed", "TX-ORG-02"), ("alice", "nowhere", "TX-ORG-03")])
def test_nobody_switches_into_an_organization_that_is_not_his(shop, username, alias, code):
    """reqs: S2-25. The operator reads the cause; who has no diagnostics reads one answer for all."""
    token = login(shop, username)
    desk = named(shop, "desk")
    refused(desk.exchange(token, audience="crm", organization=alias), "invalid_scope", code)
    refused(desk.exchange(token, audience="crm", scope=f"crm:read organization:{alias}"), "invalid_scope", code)
    refused(desk.exchange(token, audience="crm", organization="*"), "invalid_scope")


def test_stranger_can_not_tell_why_an_organization_is_refused(server):
    """reqs: S2-25"""
    made = make_realm()
    find(made["clients"], "clientId", "desk")["attributes"] = {}
    shop = server(made)
    answers = []
    for username, alias in (("bob", "acme"), ("alice", "closed"), ("alice", "nowhere")):
        body = refused(named(shop, "desk").exchange(login(shop, username), audience="crm", organization=alias),
                       "invalid_scope", "TX-ORG-01")
        answers.append({key: value for key, value in body.items() if key != "trace_id"})
    assert answers[0] == answers[1] == answers[2]
    told = cambist("explain", body["trace_id"], "--store", shop.store)
    assert "TX-ORG-03" in told.stdout and "nowhere" in told.stdout


def test_rule_without_the_switch_keeps_the_organization(shop):
    """reqs: S2-25. It may narrow what the token has: all organizations to one."""
    narrow = named(shop, "narrow")
    first = login(shop, "alice", scope="crm:read organization:acme")
    body = refused(narrow.exchange(first, audience="crm", organization="partner"), "invalid_scope", "TX-SCP-01")
    assert "result.organization.switch" in body["hint"]
    assert claims_of(granted(narrow.exchange(first, audience="crm")))["organization"] == ["acme"]
    assert claims_of(granted(narrow.exchange(first, audience="crm", organization="acme")))["organization"] == ["acme"]
    every = login(shop, "alice", scope="crm:read organization:*")
    claims = claims_of(granted(narrow.exchange(every, audience="crm", organization="partner")))
    assert claims["organization"] == ["partner"]


def test_rule_names_the_organizations_it_is_about(shop):
    """reqs: S2-25"""
    token = login(shop, "alice")
    granted(named(shop, "few").exchange(token, audience="crm", organization="acme"))
    body = refused(named(shop, "few").exchange(token, audience="crm", organization="partner"),
                   "invalid_scope", "TX-SCP-01")
    assert "none of the organizations of rule 'few-crm'" in body["hint"]


def test_rule_demands_that_an_organization_is_named(shop):
    """reqs: S2-25"""
    demanding = named(shop, "demanding")
    body = refused(demanding.exchange(login(shop, "alice"), audience="crm"), "invalid_request", "TX-ORG-05")
    assert "demanding-crm" in body["hint"]
    granted(demanding.exchange(login(shop, "alice"), audience="crm", organization="acme"))
    granted(demanding.exchange(login(shop, "alice", scope="organization:acme"), audience="crm"))


def test_organization_that_demands_more_tells_where_to_log_in(server):  # specs: NEG-19
    """reqs: S2-25. The bank takes log-ins of acr gold only."""
    shop = server(make_realm())
    body = refused(named(shop, "desk").exchange(login(shop, "alice"), audience="crm", organization="bank"),
                   "interaction_required", "TX-ORG-07")
    assert body["interaction_uri"] == "https://id.example/login?org=bank&acr=gold&app=desk"
    assert "demands acr 'gold'" in body["hint"]
    body = refused(named(shop, "web").password("alice", "alice", scope="organization:bank"),
                   "interaction_required", "TX-ORG-07")
    assert body["interaction_uri"].endswith("app=web")


def test_organization_whose_demand_is_met_is_given(server):
    """reqs: S2-25"""
    bank = organization("bank", "alice", attributes={"cambist.required.acr": ["1", "gold"]})
    shop = server(make_realm(organizations=[organization("acme"), bank]))
    answer = granted(named(shop, "desk").exchange(login(shop, "alice"), audience="crm", organization="bank"))
    assert claims_of(answer)["organization"] == ["bank"]


def test_keycloaks_switch_gives_an_organization_by_its_client_scope(shop):
    """As Keycloak's standard exchange: an optional client scope of the requester, for members."""
    token = login(shop, "alice")
    answer = granted(named(shop, "gate").exchange(token, scope="organization:acme"))
    assert claims_of(answer)["organization"] == ["acme"]
    answer = granted(named(shop, "gate").exchange(token, organization="partner"))
    assert claims_of(answer)["organization"] == ["partner"]
    refused(named(shop, "gate").exchange(login(shop, "bob"), organization="acme"), "invalid_scope", "TX-ORG-01")


def test_client_without_the_scope_gets_no_organization(server):
    made = make_realm()
    find(made["clients"], "clientId", "web")["protocolMappers"][0]["config"]["included.client.audience"] = "bare"
    shop = server(made)
    refused(named(shop, "bare").exchange(login(shop, "alice"), organization="acme"), "invalid_scope", "TX-ORG-06")


def test_keycloak_dialect_calls_it_an_invalid_scope(server):
    shop = server(make_realm("keycloak"))
    for username, alias in (("bob", "acme"), ("alice", "closed"), ("alice", "nowhere")):
        body = refused(named(shop, "gate").exchange(login(shop, username), scope=f"organization:{alias}"),
                       "invalid_scope")
        assert body["error_description"] == f"Invalid scopes: organization:{alias}"


@pytest.mark.parametrize("grant, form", [("password", {"username": "alice", "password": "alice"}),
                                         ("client_credentials", {}), ("refresh_token", {"refresh_token": "x"})])
def test_parameter_organization_belongs_to_the_exchange(shop, grant, form):
    refused(named(shop, "desk").token(grant, organization="acme", **form), "invalid_request", "TX-PAR-02")


def test_empty_organization_is_a_mistake(shop):
    refused(named(shop, "desk").exchange(login(shop, "alice"), audience="crm", organization=""), "invalid_request")


# The end of a membership


def without(alias, username):
    def edit(made):
        one = find(made["organizations"], "alias", alias)
        one["members"] = [member for member in one["members"] if member["username"] != username]
    return edit


def disabled(alias):
    def edit(made):
        find(made["organizations"], "alias", alias)["enabled"] = False
    return edit


@pytest.mark.parametrize("edit", [without("partner", "alice"), disabled("partner")],
                         ids=["not a member any more", "disabled"])
def test_end_of_a_membership_ends_its_tokens_at_once(server, edit):
    """reqs: S2-25"""
    shop, change = changing_realm(server, make_realm())
    desk, crm = named(shop, "desk"), named(shop, "crm")
    first = login(shop, "alice", scope="crm:read organization:acme openid")
    answer = granted(desk.exchange(first, audience="crm", organization="partner", requested_token_type=REFRESH_TOKEN))
    answer = granted(desk.refresh(refresh_token_of(answer)))
    token, refresh = answer["access_token"], answer["refresh_token"]
    assert decode(token)[1]["organization"] == ["partner"]
    log_in = granted(named(shop, "web").password("alice", "alice", scope="organization:partner"))
    assert granted(crm.introspect(token))["active"] and granted(desk.introspect(refresh))["active"]
    change(edit)
    assert granted(crm.introspect(token)) == {"active": False}
    assert granted(desk.introspect(refresh)) == {"active": False}
    refused(desk.refresh(refresh), "invalid_grant", "TX-ORG-08")
    refused(named(shop, "web").refresh(log_in["refresh_token"]), "invalid_grant")
    refused(desk.exchange(log_in["access_token"], audience="crm"), "invalid_request", "TX-ORG-09")
    # What he has in another organization is as it was.
    assert granted(desk.introspect(first))["active"]
    granted(desk.exchange(first, audience="crm"))


def test_refresh_keeps_the_organization_or_fails(server):
    """reqs: S2-25. A rule that takes the switch back ends what it gave."""
    shop, change = changing_realm(server, make_realm())
    desk = named(shop, "desk")
    answer = granted(desk.exchange(login(shop, "alice"), audience="crm", organization="partner",
                                   requested_token_type=REFRESH_TOKEN))

    def take_back(made):
        del find(made["exchangeRules"], "id", "desk-crm")["result"]["organization"]
    change(take_back)
    refused(desk.refresh(refresh_token_of(answer)), "invalid_grant", "TX-ORG-08")


def test_refresh_narrows_all_organizations_to_one_and_never_widens(shop):
    web = named(shop, "web")
    answer = granted(web.password("alice", "alice", scope="organization:*"))
    answer = granted(web.refresh(answer["refresh_token"], scope="organization:acme"))
    assert claims_of(answer)["organization"] == ["acme"]
    answer = granted(web.password("alice", "alice", scope="organization:acme"))
    refused(web.refresh(answer["refresh_token"], scope="organization:partner"), "invalid_scope", "TX-RT-12")


# Who is selected


SELECTED = {"organizations": ["acme"]}


def selecting(**parts):
    made = make_realm()
    made["exchangeRules"] = [{**rule("r", "desk", "crm", scopes=["crm:read"]), **parts}]
    return made


def outcome(shop, username, **form):
    answer = named(shop, "desk").exchange(login(shop, username), audience="crm", **form)
    return "granted" if answer.status_code == 200 else answer.json()["error_code"]


def test_rule_selects_subjects_by_their_organizations(server):
    subject = {"binding": "audience", "users": {**SELECTED, "not": {"organizations": ["partner"]}}}
    shop, change = changing_realm(server, selecting(subject=subject))
    assert outcome(shop, "carol") == "granted"
    assert outcome(shop, "alice") == outcome(shop, "bob") == outcome(shop, "dave") == "TX-RUL-02"
    change(without("partner", "alice"))
    assert outcome(shop, "alice") == "granted"
    change(disabled("partner"))  # who is in it stays excluded
    assert outcome(shop, "alice") == "TX-RUL-02"
    change(disabled("acme"))
    assert outcome(shop, "carol") == "TX-RUL-02"


def test_denial_by_an_organization_holds_also_while_it_is_disabled(server):
    made = selecting()
    made["exchangeRules"].append(denial("d", "crm", subject={"users": SELECTED}))
    shop, change = changing_realm(server, made)
    assert outcome(shop, "bob") == "granted"
    assert outcome(shop, "alice") == outcome(shop, "carol") == "TX-RUL-01"
    change(disabled("acme"))
    assert outcome(shop, "carol") == "TX-RUL-01"
    change(without("acme", "carol"))
    assert outcome(shop, "carol") == "granted"


def test_rule_selects_by_a_common_organization(server):
    made = selecting(actor={"users": {"organizations": ["partner"]}},
                     subject={"binding": "audience", "users": {"sameOrganization": True}})
    made["exchangeRules"][0]["result"]["mode"] = "switch-subject"
    made["organizations"] = [organization("acme", "alice", "carol"), organization("partner", "alice", "bob")]
    shop = server(made)
    assert outcome(shop, "alice", requested_subject="carol") == "granted"
    assert outcome(shop, "alice", requested_subject="bob") == "granted"
    assert outcome(shop, "bob", requested_subject="carol") != "granted"  # they share none
    assert outcome(shop, "carol", requested_subject="alice") != "granted"  # no actor by the rule
    assert outcome(shop, "alice", requested_subject="dave") != "granted"


def test_rule_selects_a_requester_by_the_organization_of_its_account(server):
    made = selecting(requester={"organizations": ["acme"]})
    find(made["clients"], "clientId", "desk")["serviceAccountsEnabled"] = True
    made["users"].append({"username": "service-account-desk", "serviceAccountClientId": "desk"})
    acme = find(made["organizations"], "alias", "acme")
    acme["members"].append({"username": "service-account-desk", "membershipType": "UNMANAGED"})
    shop, change = changing_realm(server, made)
    assert outcome(shop, "dave") == "granted"
    change(without("acme", "service-account-desk"))
    assert outcome(shop, "dave") == "TX-CLI-02"


# The realm file


def test_organizations_and_members_come_out_as_they_went_in(server, tmp_path):
    made = make_realm()
    made["organizations"][0].update(description="the first", redirectUrl="https://acme.example/in",
                                    identityProviders=[{"alias": "acme-idp"}])
    shop = server(made)
    shop.stop()
    out = cambist("realm", "export", "orgs", "--users", "--dev", "--store", shop.store)
    assert out.returncode == 0, out.stderr
    exported = json.loads(out.stdout)
    assert exported["organizationsEnabled"] is True
    by_alias = {one["alias"]: one for one in exported["organizations"]}
    for wanted in made["organizations"]:
        found = by_alias[wanted["alias"]]
        assert {key: found[key] for key in wanted if key != "members"} == \
            {key: value for key, value in wanted.items() if key != "members"}
        assert sorted(found["members"], key=str) == sorted(wanted["members"], key=str)
    told = cambist("realm", "diff", write_realm(tmp_path, made), "--dev", "--store", shop.store)
    assert told.returncode == 0 and "change" not in told.stdout, told.stdout
    without("partner", "bob")(made)
    told = cambist("realm", "diff", write_realm(tmp_path, made), "--dev", "--store", shop.store)
    assert told.returncode == 1 and "bob" in told.stdout and "organizations" in told.stdout, told.stdout


def test_file_without_members_leaves_them_as_they_are(server):
    shop, change = changing_realm(server, make_realm())

    def be_silent(made):
        for one in made["organizations"]:
            del one["members"]
    change(be_silent)
    assert decode(login(shop, "alice", scope="organization:acme"))[1]["organization"] == ["acme"]


def test_organization_that_left_the_file_stays_with_its_members_until_it_is_pruned(server):
    shop, change = changing_realm(server, make_realm())

    def leave(made):
        made["organizations"] = [one for one in made["organizations"] if one["alias"] != "partner"]
    change(leave)
    assert decode(login(shop, "alice", scope="organization:partner"))[1]["organization"] == ["partner"]


def test_membership_outlives_a_restart(server):
    shop = server(make_realm())
    shop.stop()
    shop.start()
    assert decode(login(shop, "alice", scope="organization:acme"))[1]["organization"] == ["acme"]


def faults_of(tmp_path, made):
    told = cambist("lint", write_realm(tmp_path, made))
    assert told.returncode == 1, told.stdout
    return told.stdout


def test_lint_names_what_is_wrong_with_organizations(tmp_path):
    made = selecting(subject={"binding": "audience", "users": {"organizations": ["acmee"]}})
    assert 'no organization "acmee"' in faults_of(tmp_path, made)
    made = selecting(subject={"binding": "audience", "users": SELECTED})
    made["organizationsEnabled"] = False
    assert "organizationsEnabled: true" in faults_of(tmp_path, made)
    made = make_realm(organizations=[organization("acme"), organization("acme")])
    assert "occurs twice" in faults_of(tmp_path, made)
    made = selecting(demands=["organization"])
    assert "lets no request name the organization" in faults_of(tmp_path, made)
    made = selecting()
    made["exchangeRules"][0]["result"]["scopes"]["allow"] = ["organization:nowhere"]
    assert 'no organization "nowhere"' in faults_of(tmp_path, made)


def test_unknown_member_is_named_and_nothing_is_applied(tmp_path):
    made = make_realm(organizations=[organization("acme", "mallory")])
    told = cambist("realm", "import", write_realm(tmp_path, made), "--dev", "--store", f"sqlite:{tmp_path}/x.db")
    assert told.returncode == 1 and "mallory" in told.stdout + told.stderr


def test_rules_about_organizations_read_as_sentences(tmp_path):
    subject = {"binding": "audience", "users": {**SELECTED, "not": {"organizations": ["partner"]}}}
    made = selecting(subject=subject, demands=["organization"])
    made["exchangeRules"][0]["result"]["organization"] = {"switch": True, "among": ["acme", "partner"]}
    path = write_realm(tmp_path, made)
    told = cambist("lint", path).stdout
    assert "members of acme (not members of partner)" in told, told
    assert "in the organization that it asks for, acme or partner" in told and "naming an organization" in told, told
    assert "members of acme" in cambist("report", "access", "--realm", path).stdout
    assert "members of acme" in cambist("reach", "--realm", path, "--from", "desk", "--to", "crm").stdout


def test_simulation_knows_members(tmp_path):
    path = write_realm(tmp_path, make_realm())
    common = ("simulate", "--realm", path, "--requester", "desk", "--audience", "crm")
    told = cambist(*common, "--subject", "alice", "--organization", "partner")
    assert told.returncode == 0 and "organization:partner" in told.stdout, told.stdout
    told = cambist(*common, "--subject", "bob", "--organization", "acme")
    assert told.returncode == 1 and "TX-ORG-01" in told.stdout, told.stdout


def test_id_token_of_an_exchange_names_the_organization(shop):
    first = login(shop, "alice", scope="openid crm:read")
    answer = granted(named(shop, "desk").exchange(first, audience="crm", organization="acme",
                                                  scope="openid crm:read"))
    assert decode(answer["id_token"])[1]["organization"] == ["acme"]
    answer = granted(named(shop, "desk").exchange(first, audience="crm", organization="acme",
                                                  requested_token_type=ID_TOKEN))
    assert decode(answer["access_token"])[1]["organization"] == ["acme"]
