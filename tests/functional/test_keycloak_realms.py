# SPDX-License-Identifier: Apache-2.0
"""Realms that real Keycloaks exported (tests/data/keycloak): imported, served, exported, compared."""
import json
import re
import shutil
import subprocess

import pytest

from support.client import Client, granted, refused
from support.server import ROOT, binary, cambist

EXPORTS = ROOT / "tests/data/keycloak"
VERSIONS = ["18", "22", "26"]
PASSWORD = "Correct-horse-7"
GUIDE = ROOT / "docs/guides/keycloak_realm.md"


def realm(command, *arguments, store, code=0):
    done = cambist("realm", command, *arguments, "--store", store, "--dev")
    assert done.returncode == code, done.stdout + done.stderr
    return done


def imported(path, store, *options):
    return json.loads(realm("import", path, "--json", *options, store=store).stdout)


def exported(store, *options, name="acme"):
    return realm("export", "--realm", name, *options, store=store).stdout


def store_in(folder, name="realm.db"):
    return f"sqlite:{folder / name}"


def edited(folder, text, change, name="edited.json"):
    """A file with the realm of `text` after change(realm)."""
    value = json.loads(text)
    change(value)
    path = folder / name
    path.write_text(json.dumps(value))
    return path


def client_of(value, client_id):
    return next(one for one in value["clients"] if one["clientId"] == client_id)


def unordered(value):
    """Without the order of names, which differs from one export of Keycloak's to the next."""
    if isinstance(value, dict):
        return {key: unordered(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted(map(unordered, value), key=json.dumps)
    return value


@pytest.fixture(scope="module", name="acme", params=VERSIONS)
def acme_fixture(request, tmp_path_factory):
    """A store with the company's realm of one version: .version, .store, .report"""
    folder = tmp_path_factory.mktemp(f"acme-{request.param}")

    class Acme:
        version, store = request.param, store_in(folder)
        report = imported(EXPORTS / request.param / "acme.json", store_in(folder))
    return Acme


def test_a_company_s_export_is_imported_with_its_risks_named(acme):
    report = acme.report
    assert report["changed"] and report["users_written"] >= 3
    risks = "\n".join(report["risks"])
    for word in ("github", "permissions of \"ledger\" are not evaluated"):
        assert word in risks, risks
    assert "legacy exchange" not in risks  # its permissions are rules
    kept = "\n".join(report["kept"])
    assert all(line.startswith("kept, not used by this server: ") for line in report["kept"])
    assert "authenticationFlows" in kept and "identityProviderMappers[]" not in kept
    assert any('identity provider "partner": tokens of users' in note for note in report["notes"]), report["notes"]
    assert "federatedIdentities" not in kept, "the links of users are used"
    assert len(report["kept"]) < 16, "short enough to be read"
    assert report["absent"] == []


def test_a_second_import_changes_nothing_and_differs_in_nothing(acme):
    path = EXPORTS / acme.version / "acme.json"
    again = imported(path, acme.store)
    assert again["changed"] is False
    assert again["objects_written"] == again["users_written"] == again["objects_removed"] == 0
    told = realm("diff", path, "--json", store=acme.store)
    assert json.loads(told.stdout) == {"realm": "acme", "changes": [], "absent": []}


def test_what_is_exported_imports_to_the_same_realm(acme, tmp_path):
    for form in ("json", "yaml"):
        out = exported(acme.store, "--users", "--with-secrets", "--format", form)
        path = tmp_path / f"again.{form}"
        path.write_text(out)
        other = store_in(tmp_path, f"{form}.db")
        imported(path, other)
        assert exported(other, "--users", "--with-secrets", "--format", form) == out
        told = realm("diff", path, "--json", store=acme.store)
        assert json.loads(told.stdout)["changes"] == []


def test_an_export_has_no_secret_unless_asked_for(acme):
    # Private keys begin so: RSA, EC, EdDSA.
    secret = re.compile(r"(orders|portal|broker|smtp|ldap|ledger|vault)-(secret|password)|MII(E[op]|JK)|MEECAQ|MC4CAQ")
    masked = exported(acme.store, "--users")
    assert not secret.search(masked)
    assert secret.search(exported(acme.store, "--users", "--with-secrets"))
    value = json.loads(masked)
    assert client_of(value, "orders-api")["secret"] == "**********"
    assert all(one["secretData"] == "**********" for user in value["users"] for one in user["credentials"])
    assert "orders-secret" in exported(acme.store, "--with-secrets")
    assert "users" not in json.loads(exported(acme.store))


def test_a_masked_export_keeps_every_secret_when_it_is_imported_again(acme, tmp_path):
    masked = tmp_path / "masked.json"
    masked.write_text(exported(acme.store, "--users"))
    assert imported(masked, acme.store)["changed"] is False
    told = realm("import", masked, store=store_in(tmp_path, "empty.db"), code=1)
    assert "orders-api" in told.stderr and "--without-secrets" in told.stderr
    assert imported(masked, store_in(tmp_path, "empty.db"), "--without-secrets")["changed"] is True


@pytest.mark.parametrize("version", VERSIONS)
def test_tokens_are_exchanged_in_the_imported_realm(version, server, tmp_path):
    store = store_in(tmp_path)
    imported(EXPORTS / version / "acme.json", store)
    shop = server(store=store)
    login = granted(Client(shop.url, "acme", "shop").password("anna", PASSWORD))["access_token"]
    orders = Client(shop.url, "acme", "orders-api", "orders-secret")
    answer = granted(orders.exchange(login, audience="billing-api"))
    header, claims = orders.verify(answer["access_token"])
    assert header["alg"] == "RS256" and claims["aud"] == "billing-api" and claims["azp"] == "orders-api"
    assert claims["preferred_username"] == "anna"
    assert claims["exp"] - claims["iat"] <= 240
    refused(Client(shop.url, "acme", "shop").password("ben", PASSWORD), "invalid_grant")
    refused(Client(shop.url, "acme", "shop").password("carla", PASSWORD), "invalid_grant")


def test_a_client_that_is_registered_for_what_is_not_served_is_refused(server, tmp_path):
    def change(value):
        client_of(value, "orders-api")["clientAuthenticatorType"] = "of-an-extension"
    path = edited(tmp_path, (EXPORTS / "26" / "acme.json").read_text(), change)
    store = store_in(tmp_path)
    risks = "\n".join(imported(path, store)["risks"])
    assert "\"of-an-extension\" is not served here: client \"orders-api\" gets no tokens" in risks
    shop = server(store=store)
    response = Client(shop.url, "acme", "orders-api", "orders-secret").client_credentials()
    refused(response, "invalid_client", status=401)
    told = cambist("explain", response.headers["Cambist-Trace-Id"], "--store", store)
    assert "TX-CLI-04" in told.stdout and "is not served" in told.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partial_export_takes_its_secrets_from_the_environment(version, server, tmp_path):
    source = EXPORTS / version / "acme-partial.json"
    store = store_in(tmp_path)
    told = realm("import", source, store=store, code=1)
    assert "orders-api" in told.stderr and "${NAME}" in told.stderr

    def fill(value):
        for client in value["clients"]:
            if client.get("secret") == "**********":
                client["secret"] = "${SECRET}"
        value["users"] = value.get("users", []) + [{
            "username": "dora", "enabled": True, "emailVerified": True, "email": "dora@acme.example",
            "firstName": "Dora", "lastName": "Dachs", "credentials": [{"type": "password", "value": "dora"}]}]
    path = edited(tmp_path, source.read_text(), fill)
    shop = server(path, store=store, environment={"SECRET": "from-outside"})
    login = granted(Client(shop.url, "acme", "shop").password("dora", "dora"))["access_token"]
    orders = Client(shop.url, "acme", "orders-api", "from-outside")
    granted(orders.exchange(login, audience="billing-api"))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_realm_master_is_imported_and_exported_unchanged(version, tmp_path):
    store = store_in(tmp_path)
    imported(EXPORTS / version / "master.json", store)
    before = json.loads((EXPORTS / version / "master.json").read_text())
    after = json.loads(exported(store, "--with-secrets", "--users", name="master"))
    assert {one["clientId"] for one in after["clients"]} == {one["clientId"] for one in before["clients"]}
    assert after["users"][0]["username"] == "admin"
    same = [key for key in before if isinstance(before[key], (str, int, bool))]
    assert {key: after.get(key) for key in same} == {key: before[key] for key in same}


def test_keycloak_s_folder_is_the_same_realm_as_its_file(tmp_path):
    one, other = store_in(tmp_path, "file.db"), store_in(tmp_path, "folder.db")
    whole = imported(EXPORTS / "26" / "acme.json", one)
    parts = imported(EXPORTS / "26" / "acme-directory", other)
    assert parts["users_written"] == whole["users_written"] >= 8
    texts = [exported(store, "--users", "--with-secrets") for store in (one, other)]
    assert unordered(json.loads(texts[0])) == unordered(json.loads(texts[1]))
    shutil.copytree(EXPORTS / "26" / "acme-directory", tmp_path / "wrong")
    (tmp_path / "wrong" / "acme-users-9.json").write_text('{"realm": "acme", "users": [{"username": 7}]}')
    told = realm("import", tmp_path / "wrong", store=other, code=1)
    assert re.search(r"acme-users-9\.json:1:\d+: users\[0\]\.username: is an integer", told.stderr)


def test_a_folder_of_realm_files_is_imported_whole_and_served(server, tmp_path):
    folder = tmp_path / "realms"
    folder.mkdir()
    (folder / "a.yaml").write_text("realm: a\n")
    (folder / "b.json").write_text('{"realm": "b"}')
    (folder / "notes.txt").write_text("not a realm")
    store = store_in(tmp_path)
    assert [one["realm"] for one in imported(folder, store)] == ["a", "b"]
    assert realm("diff", folder, store=store).stdout.count("0 differences") == 2
    (folder / "c.yaml").write_text("realm: c\n")
    shop = server(store=store, arguments=["--realm", str(folder)])
    for name in ("a", "b", "c"):
        assert Client(shop.url, name, "x").discovery()["issuer"].endswith(f"/realms/{name}")
    (folder / "d.yaml").write_text("realm: c\n")
    assert "two files of realm c" in realm("diff", folder, store=store, code=2).stderr
    (tmp_path / "none").mkdir()
    assert "no realm file" in realm("diff", tmp_path / "none", store=store, code=2).stderr


def small(*clients, users=(), life=300):
    return json.dumps({"realm": "small", "accessTokenLifespan": life, "roles": {"realm": [{"name": "clerk"}]},
                       "groups": [{"name": "staff"}],
                       "clients": [{"clientId": name, "secret": f"{name}-1", "serviceAccountsEnabled": True}
                                   for name in clients],
                       "users": [{"username": name, "realmRoles": ["clerk"]} for name in users]})


def test_diff_says_what_import_would_do_and_writes_nothing(tmp_path):
    store, path = store_in(tmp_path), tmp_path / "small.json"
    path.write_text(small("a", "b", users=["ann"]))
    imported(path, store)
    before = exported(store, "--users", "--with-secrets", name="small")
    path.write_text(small("a", "c", users=["ben"], life=240).replace("a-1", "a-2"))
    told = realm("diff", path, store=store, code=1).stdout
    for line in ("~ client a\n    secret: changed\n", "+ client c\n", "+ user ben\n",
                 "~ realm small\n    accessTokenLifespan: 300 -> 240\n"):
        assert line in told, told
    assert "not in the file, and kept: client b, user ann, user service-account-b" in told
    assert "a-1" not in told and "a-2" not in told and "c-1" not in told
    pruned = realm("diff", path, "--prune", "--prune-users", store=store, code=1).stdout
    for line in ("- client b\n", "- user ann\n", "- user service-account-b\n"):
        assert line in pruned, pruned
    assert exported(store, "--users", "--with-secrets", name="small") == before
    assert realm("diff", path, store=store_in(tmp_path, "none.db"), code=2).stdout == ""


def test_diff_shows_values_as_they_stand_and_long_ones_cut(tmp_path):
    store, path = store_in(tmp_path), tmp_path / "small.json"
    path.write_text(small("a"))
    imported(path, store)
    for before in ("a" * 54, "a" * 55):  # the cut falls on either byte of a character
        path.write_text(json.dumps({**json.loads(small("a")), "displayName": before + '"é' * 9}))
        told = realm("diff", path, store=store, code=1).stdout
        line = next(line for line in told.splitlines() if "displayName" in line)
        assert line.endswith("...") and not line.endswith("....") and "?" not in line, line
        assert before + '\\"' in line, line


def test_what_a_file_does_not_have_goes_only_when_pruned(tmp_path):
    store, path = store_in(tmp_path), tmp_path / "small.json"
    path.write_text(small("a", "b", users=["ann", "ben"]))
    imported(path, store)
    path.write_text(small("a", users=["ann"]))
    report = imported(path, store)
    assert report["changed"] is False and report["absent"] == ["client b"]
    report = imported(path, store, "--prune")
    assert report["objects_removed"] == 1 and report["users_removed"] == 1
    left = json.loads(exported(store, "--users", name="small"))
    assert "b" not in {one["clientId"] for one in left["clients"]}
    assert {one["username"] for one in left["users"]} == {"ann", "ben", "service-account-a"}
    report = imported(path, store, "--prune", "--prune-users")
    assert report["users_removed"] == 1 and report["objects_removed"] == 0
    assert imported(path, store, "--prune", "--prune-users")["changed"] is False
    assert realm("diff", path, "--prune", "--prune-users", store=store).stdout.endswith("0 differences\n")


PROVIDER = {"alias": "partner", "providerId": "oidc", "enabled": True, "config": {
    "issuer": "https://idp.example", "jwksUrl": "https://idp.example/jwks", "useJwksUrl": "true",
    "validateSignature": "true", "clientId": "c", "clientSecret": "s-1"}}
ELEMENTS = {
    "identity-provider partner": ("identityProviders", [PROVIDER]),
    "identity-provider-mapper partner/staff": ("identityProviderMappers", [
        {"name": "staff", "identityProviderAlias": "partner", "identityProviderMapper": "oidc-hardcoded-group-idp-mapper",
         "config": {"group": "/staff", "syncMode": "FORCE"}}]),
    "trusted-issuer robots": ("trustedIssuers", [
        {"alias": "robots", "issuer": "https://robots.example", "keys": {"jwksUrl": "https://robots.example/jwks"}}]),
    "organization firm": ("organizations", [{"name": "firm", "alias": "firm", "members": [{"username": "ann"}]}]),
    "key signer": ("keys", [{"name": "signer", "algorithm": "ES256", "generate": True}]),
    "component KeyProvider/hmac-generated/hmac": ("components", {"org.keycloak.keys.KeyProvider": [
        {"name": "hmac", "providerId": "hmac-generated", "config": {"priority": ["100"]}}]}),
}
RULES = [{"id": name, "owner": "b", "effect": "permit", "requester": {"clients": ["a"]},
          "subject": {"tokenTypes": ["access_token"], "issuers": ["self"], "users": {"any": True}},
          "target": {"audiences": ["b"]},
          "result": {"mode": "same-subject", "tokenTypes": ["access_token"], "scopes": {"allow": []},
                     "lifetime": "60s", "claims": "minimal"}} for name in ("first", "second")]


def rich(folder, without=(), rules=RULES):
    """A realm with one of each element, as a file, but for those."""
    whole = {**json.loads(small("a", "b", users=["ann"])), "organizationsEnabled": True, "exchangeRules": rules}
    for name, (section, elements) in ELEMENTS.items():
        if name not in without:
            whole[section] = elements
    path = folder / "rich.json"
    path.write_text(json.dumps(whole))
    return path


@pytest.mark.parametrize("empty", [False, True], ids=["section is missing", "section is empty"])
def test_elements_that_a_file_does_not_have_stay_and_are_named(tmp_path, empty):
    store = store_in(tmp_path)
    imported(rich(tmp_path), store)
    before = json.loads(exported(store, "--users", "--with-secrets", name="small"))
    path = rich(tmp_path, without=ELEMENTS)
    if empty:
        path.write_text(json.dumps({**json.loads(path.read_text()), "components": {},
                                    **{section: [] for section, _ in ELEMENTS.values() if section != "components"}}))
    told = realm("diff", path, store=store).stdout
    assert "0 differences" in told and all(name in told for name in ELEMENTS), told
    report = imported(path, store)
    assert report["changed"] is False and sorted(report["absent"]) == sorted(ELEMENTS), report
    assert json.loads(exported(store, "--users", "--with-secrets", name="small")) == before


@pytest.mark.parametrize("name", ELEMENTS)
def test_element_that_a_file_does_not_have_goes_when_it_is_pruned_and_is_named(tmp_path, name):
    store, section = store_in(tmp_path), ELEMENTS[name][0]
    imported(rich(tmp_path), store)
    without = [name, *(["identity-provider-mapper partner/staff"] if name == "identity-provider partner" else [])]
    differences = len(without) + (name == "organization firm")  # and its member's membership
    path = rich(tmp_path, without=without)
    told = realm("diff", path, "--prune", store=store, code=1).stdout
    assert f"- {name}\n" in told and "?" not in told and f"{differences} differences" in told, told
    report = imported(path, store, "--prune")
    assert sorted(report["removed"]) == sorted(without) and report["objects_removed"] == len(without)
    assert not json.loads(exported(store, name="small")).get(section)
    assert imported(path, store, "--prune")["changed"] is False


def test_organization_that_was_pruned_and_comes_again_has_no_members_of_before(tmp_path):
    store = store_in(tmp_path)

    def members():
        return json.loads(exported(store, "--users", name="small"))["organizations"][0]["members"]
    imported(rich(tmp_path), store)
    assert [one["username"] for one in members()] == ["ann"]
    imported(rich(tmp_path, without=["organization firm"]), store, "--prune")
    path = rich(tmp_path)
    again = json.loads(path.read_text())
    del again["organizations"][0]["members"]
    path.write_text(json.dumps(again))
    imported(path, store)
    assert members() == []


def test_what_of_an_element_changes_is_told_member_by_member_without_its_secret(tmp_path):
    store = store_in(tmp_path)
    path = rich(tmp_path)
    imported(path, store)
    path.write_text(path.read_text().replace("https://idp.example/jwks", "https://idp.example/keys").replace("s-1", "s-2"))
    told = realm("diff", path, store=store, code=1).stdout
    assert told == ("~ identity-provider partner\n    config.clientSecret: changed\n"
                    '    config.jwksUrl: "https://idp.example/jwks" -> "https://idp.example/keys"\n'
                    "realm small: 1 differences\n"), told


def test_file_with_a_part_of_a_list_changes_nothing_of_the_rest_and_its_order(tmp_path):
    def issuers(*names):
        return {"realm": "small", "trustedIssuers": [
            {"alias": name, "issuer": f"https://{name}.example", "keys": {"jwksUrl": f"https://{name}.example/k"}}
            for name in names]}
    store, path = store_in(tmp_path), tmp_path / "small.json"
    path.write_text(json.dumps(issuers("c", "a", "b")))
    imported(path, store)
    path.write_text(json.dumps(issuers("b", "a")))
    assert imported(path, store)["changed"] is False
    path.write_text(json.dumps(issuers("d", "b")))
    assert "+ trusted-issuer d\nnot in" in realm("diff", path, store=store, code=1).stdout
    imported(path, store)
    assert [one["alias"] for one in json.loads(exported(store, name="small"))["trustedIssuers"]] == list("cabd")


def test_scope_mappings_of_a_client_that_the_file_does_not_have_stay_with_it(tmp_path):
    store, path = store_in(tmp_path), tmp_path / "small.json"
    whole = {**json.loads(small("a", "b")), "scopeMappings": [{"client": name, "roles": ["clerk"]} for name in "ab"],
             "clientScopeMappings": {"account": [{"client": "b", "roles": ["view-profile"]}]}}
    path.write_text(json.dumps(whole))
    imported(path, store)
    before = json.loads(exported(store, name="small"))
    path.write_text(json.dumps({**json.loads(small("a")), "scopeMappings": [{"client": "a", "roles": ["clerk"]}]}))
    assert imported(path, store)["changed"] is False
    assert json.loads(exported(store, name="small")) == before


def test_import_names_the_rules_that_it_removes(tmp_path):
    store = store_in(tmp_path)
    imported(rich(tmp_path), store)
    path = rich(tmp_path, rules=RULES[1:])
    assert "- rule first\n" in realm("diff", path, store=store, code=1).stdout
    told = realm("import", path, store=store).stdout
    assert "not in the file, and removed: rule first\n" in told and "1 objects, 0 users removed" in told, told


def test_realm_whose_file_left_the_folder_is_named_and_goes_only_when_asked(tmp_path):
    store, folder = store_in(tmp_path), tmp_path / "realms"
    folder.mkdir()
    (folder / "kept.yaml").write_text("realm: kept\n")
    (folder / "small.json").write_text(small("a", users=["ann"]))
    imported(folder, store)
    left = tmp_path / "small.json"
    (folder / "small.json").rename(left)
    for command in ("diff", "import"):
        told = realm(command, folder, "--prune", store=store).stdout
        assert "realm small: not in the folder, and kept (--prune-realms removes realms)" in told, told
    assert json.loads(realm("diff", folder, "--json", store=store).stdout)[1] == {
        "realm": "small", "in_folder": False, "removed": False}
    assert "a folder" in realm("import", left, "--prune-realms", store=store, code=1).stderr
    assert "- realm small" in realm("diff", folder, "--prune-realms", store=store, code=1).stdout
    assert "ann" in exported(store, "--users", name="small")
    assert "- realm small" in realm("import", folder, "--prune-realms", store=store).stdout
    assert "no realm" in realm("export", "--realm", "small", store=store, code=1).stderr
    assert "small" not in realm("diff", folder, store=store).stdout
    rows = [json.loads(line) for line in cambist("audit", "tail", "--json", "--store", store).stdout.splitlines()]
    assert rows[-1]["realm"] == "small" and rows[-1]["steps"][0]["stage"] == "realm import", rows[-1]
    assert "removed" in json.dumps(rows[-1]["steps"])
    left.write_text(small("a"))
    assert imported(left, store)["objects_written"] > 50
    assert "ann" not in exported(store, "--users", name="small"), "nothing of it comes back"


def test_unknown_keys_of_an_export_are_kept_and_named_as_risks(tmp_path):
    def later(value):
        value["newThing"] = {"on": True}
        value["clients"][0]["newSwitch"] = "x"
        value["users"][0]["newTrait"] = ["y"]
    store = store_in(tmp_path)
    path = edited(tmp_path, (EXPORTS / "26" / "acme.json").read_text(), later)
    risks = "\n".join(imported(path, store)["risks"])
    for place in ("newThing", "newSwitch", "newTrait"):
        assert re.search(rf"{place}: unknown key, kept and not used", risks), risks
    again = exported(store, "--users", "--with-secrets")
    value = json.loads(again)
    assert value["newThing"] == {"on": True}
    assert sum("newSwitch" in one for one in value["clients"]) == 1
    assert sum("newTrait" in one for one in value["users"]) == 1
    assert imported(edited(tmp_path, again, lambda value: None), store)["changed"] is False


@pytest.mark.parametrize("change, mend", [
    (lambda value: value.pop("keycloakVersion"), "unknown key"),
    (lambda value: value.update(exchangeRule=value.pop("newThing")), "did you mean \"exchangeRules\""),
    (lambda value: value.update(exchangeRules=[{**RULES[0], "newThing": True}]), "exchangeRules"),
], ids=["in a file of ours", "nearly a key of ours", "in a rule"])
def test_unknown_key_that_may_be_meant_for_us_is_an_error(tmp_path, change, mend):
    def edit(value):
        value["newThing"] = True
        change(value)
    path = edited(tmp_path, (EXPORTS / "26" / "acme.json").read_text(), edit)
    told = realm("import", path, store=store_in(tmp_path), code=1).stderr
    assert "unknown key" in told and mend in told, told


def test_a_realm_that_is_not_there_can_not_be_exported(tmp_path):
    store, path = store_in(tmp_path), tmp_path / "small.json"
    path.write_text(small("a"))
    imported(path, store)
    assert "no realm" in realm("export", "--realm", "other", store=store, code=1).stderr


def test_the_commands_of_the_guide_do_what_it_says(tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "cambist").symlink_to(binary().resolve())
    shutil.copy(EXPORTS / "26" / "acme.json", tmp_path / "acme.json")
    blocks = re.findall(r"```console\n(.*?)```", GUIDE.read_text(), re.S)
    assert len(blocks) >= 5
    for line_of_commands in blocks:
        command, expected = None, []
        for line in [*line_of_commands.splitlines(), "$ true"]:
            if not line.startswith("$ "):
                expected.append(line)
                continue
            if command is not None:
                done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True,
                                      env={"PATH": f"{tools}:/usr/bin:/bin"}, timeout=60, check=False)
                for wanted in expected:
                    assert wanted in done.stdout + done.stderr, f"{command}\n{done.stdout}{done.stderr}"
            command, expected = line[2:], []
