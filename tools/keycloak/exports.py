#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a company's realm in a real Keycloak and keeps what that exports.

    tools/keycloak/exports.py UNPACKED_KEYCLOAK OUT [--features LIST] [--directory]

Starts the unpacked distribution (which it changes) on loopback, fills the realm of company.py over the admin API and writes
acme.json and master.json (`kc.sh export`, users in the same file), acme-partial.json (the admin
API's form, secrets masked) and with --directory also acme-directory/, a file for each 2 users.
What a version does not know is left out and printed."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import requests

import company

PORT = 18080
JAVA = "-Xms64m -Xmx512m -XX:MaxMetaspaceSize=320m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
ENVIRONMENT = {**os.environ, "JAVA_OPTS": JAVA + " --add-opens=java.base/java.util=ALL-UNNAMED",
               "KEYCLOAK_ADMIN": "admin", "KEYCLOAK_ADMIN_PASSWORD": "admin",
               "KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin"}


class Admin:
    """The admin API. What a version refuses is printed, not fatal: versions differ."""
    realm = "acme"

    def __init__(self):
        self.base, self.token, self.since = f"http://127.0.0.1:{PORT}", "", 0.0
        self.refused = []

    def call(self, method, path, body=None, **query):
        if time.time() - self.since > 30:
            answer = requests.post(f"{self.base}/realms/master/protocol/openid-connect/token", timeout=60, data={
                "grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"})
            answer.raise_for_status()
            self.token, self.since = answer.json()["access_token"], time.time()
        answer = requests.request(method, f"{self.base}/admin/{path}", json=body, params=query, timeout=120,
                                  headers={"Authorization": f"Bearer {self.token}"})
        if answer.status_code >= 300:
            self.refused.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer.json() if answer.content else {}

    def __call__(self, method, path, body=None, **query):
        return self.call(method, f"realms/{self.realm}" + ("/" + path if path else ""), body, **query)

    def client(self, client_id):
        return self("GET", "clients", clientId=client_id)[0]["id"]

    def role(self, name):
        """A realm role by its name, or a client's by (client, name)."""
        if isinstance(name, str):
            return self("GET", f"roles/{name}")
        return self("GET", f"clients/{self.client(name[0])}/roles/{name[1]}")


def mapper(name, type_, config, protocol="openid-connect"):
    return {"name": name, "protocol": protocol, "protocolMapper": type_, "config": config}


def make_roles(admin):
    for name in company.REALM_ROLES:
        admin("POST", "roles", {"name": name, "description": f"is {name}", "attributes": {"kind": [name]}})
    for client, names in company.CLIENT_ROLES.items():
        for name in names:
            admin("POST", f"clients/{admin.client(client)}/roles", {"name": name})
    for name, parts in company.COMPOSITES.items():
        admin("POST", f"roles/{name}/composites", [admin.role(part) for part in parts])


def make_scopes(admin):
    for scope in company.SCOPES:
        audience = mapper(f"to {scope['audience']}", "oidc-audience-mapper", {
            "included.client.audience": scope["audience"], "access.token.claim": "true",
            "introspection.token.claim": "true", "id.token.claim": "false"})
        admin("POST", "client-scopes", {"protocol": "openid-connect", "protocolMappers": [audience], **{
            key: value for key, value in scope.items() if key != "audience"}})
    ids = {one["name"]: one["id"] for one in admin("GET", "client-scopes")}
    for client, (default, optional) in company.CLIENT_SCOPES.items():
        for kind, names in (("default", default), ("optional", optional)):
            for name in names:
                admin("PUT", f"clients/{admin.client(client)}/{kind}-client-scopes/{ids[name]}")
    for client, names in company.SCOPE_MAPPINGS.items():
        for name in names:
            owner = "realm" if isinstance(name, str) else f"clients/{admin.client(name[0])}"
            admin("POST", f"clients/{admin.client(client)}/scope-mappings/{owner}", [admin.role(name)])


def make_all_mappers(admin):
    """A scope with a mapper of every type this version knows, as its console would make them."""
    types = admin.call("GET", "serverinfo")["protocolMapperTypes"]
    for protocol in ("openid-connect", "saml"):
        admin("POST", "client-scopes", {"name": f"every-{protocol}-mapper", "protocol": protocol})
        scope = [one["id"] for one in admin("GET", "client-scopes") if one["name"] == f"every-{protocol}-mapper"][0]
        for type_ in types[protocol]:
            config = {}
            for field in type_["properties"]:
                value = field.get("defaultValue")
                if isinstance(value, list):
                    value = value[0] if value else ""
                config[field["name"]] = str(value).lower() if isinstance(value, bool) else str(value or "")
            config["claim.name"] = "from_" + type_["id"].replace("-", "_")
            if "included.client.audience" in config:
                config["included.client.audience"] = "orders-api"
            if type_["id"] == "oidc-hardcoded-role-mapper":
                config["role"] = "employee"
            if type_["id"] == "oidc-role-name-mapper":
                config.update({"role": "employee", "new.role.name": "worker"})
            admin("POST", f"client-scopes/{scope}/protocol-mappers/models",
                  mapper(type_["name"], type_["id"], config, protocol))


def make_groups(admin, groups=company.GROUPS, parent=None):
    for group in groups:
        path = f"groups/{parent}/children" if parent else "groups"
        admin("POST", path, {"name": group["name"], "attributes": group.get("attributes", {})})
        # A list of children is paged away in newer versions, so the new group is looked for.
        ids = {one["path"].split("/")[-1]: one["id"] for one in flat(
            admin("GET", "groups", search=group["name"], exact="true"))}
        for name in group.get("roles", []):
            owner = "realm" if isinstance(name, str) else f"clients/{admin.client(name[0])}"
            admin("POST", f"groups/{ids[group['name']]}/role-mappings/{owner}", [admin.role(name)])
        make_groups(admin, group["children"], ids[group["name"]])


def flat(groups):
    for group in groups:
        yield group
        yield from flat(group.get("subGroups", []))


def make_brokers(admin):
    for provider in company.PROVIDERS:
        admin("POST", "identity-provider/instances", provider)
    for one in company.PROVIDER_MAPPERS:
        admin("POST", f"identity-provider/instances/{one['identityProviderAlias']}/mappers", one)


def make_components(admin):
    realm = admin("GET", "")["id"]
    for provider, config in company.KEYS:
        admin("POST", "components", {
            "name": f"acme {provider}", "providerId": provider, "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": realm, "config": {"priority": ["50"], "enabled": ["true"], "active": ["true"], **config}})
    admin("POST", "components", {
        "name": "ldap", "providerId": "ldap", "providerType": "org.keycloak.storage.UserStorageProvider",
        "parentId": realm, "config": {key: [value] for key, value in company.LDAP.items()}})


def make_flows(admin):
    admin("POST", "authentication/flows/browser/copy", {"newName": "acme browser"})
    admin("POST", "authentication/flows/acme browser/executions/execution", {"provider": "deny-access-authenticator"})
    for step in admin("GET", "authentication/flows/acme browser/executions"):
        if step.get("providerId") == "deny-access-authenticator":
            admin("POST", f"authentication/executions/{step['id']}/config",
                  {"alias": "no entry", "config": {"denyErrorMessage": "closed"}})
    admin("PUT", "", {"realm": "acme", "browserFlow": "acme browser"})
    browser = [one["id"] for one in admin("GET", "authentication/flows") if one["alias"] == "acme browser"][0]
    portal = admin("GET", f"clients/{admin.client('portal')}")
    admin("PUT", f"clients/{portal['id']}", {**portal, "authenticationFlowBindingOverrides": {"browser": browser}})


def make_policies(admin):
    admin("PUT", "client-policies/profiles", company.PROFILES)
    admin("PUT", "client-policies/policies", company.POLICIES)
    admin("POST", "localization/de", {"loginTitle": "Anmelden bei Acme"})
    ledger = admin.client("ledger")
    for kind, body in company.AUTHORIZATION:
        admin("POST", f"clients/{ledger}/authz/resource-server/{kind}", body)


def make_permissions(admin):
    """Legacy token exchange: orders-api may exchange for billing-api."""
    billing = admin.client("billing-api")
    if admin("PUT", f"clients/{billing}/management/permissions", {"enabled": True}) is None:
        return admin("PUT", "", {"realm": "acme", "adminPermissionsEnabled": True})
    server = f"clients/{admin.client('realm-management')}/authz/resource-server"
    admin("POST", f"{server}/policy/client", {"name": "orders may", "clients": [admin.client("orders-api")]})
    for permission in admin("GET", f"{server}/permission", name="token-exchange.permission"):
        policy = admin("GET", f"{server}/policy", name="orders may")[0]
        whole = admin("GET", f"{server}/permission/scope/{permission['id']}")
        admin("PUT", f"{server}/permission/scope/{permission['id']}", {**whole, "policies": [policy["id"]]})
    return None


def make_users(admin):
    # Only an import takes consents, links and times, too.
    admin("POST", "partialImport", {"ifResourceExists": "FAIL", "users": company.USERS})
    service = admin("GET", f"clients/{admin.client('orders-api')}/service-account-user")
    admin("POST", f"users/{service['id']}/role-mappings/realm", [admin.role("employee")])


def make_organization(admin):
    admin("PUT", "", {"realm": "acme", "organizationsEnabled": True})
    admin("POST", "organizations", {"name": "Partner AG", "alias": "partner-ag", "description": "a partner",
                                    "domains": [{"name": "partner.example", "verified": True}],
                                    "attributes": {"tier": ["gold"]}})
    found = admin("GET", "organizations")
    anna = admin("GET", "users", username="anna")
    if found and anna:
        admin("POST", f"organizations/{found[0]['id']}/members", anna[0]["id"])


def make_realm(admin):
    admin.call("POST", "realms", company.REALM)
    for client in company.CLIENTS:
        admin("POST", "clients", client)
    for make in (make_roles, make_scopes, make_all_mappers, make_groups, make_brokers, make_components, make_flows,
                 make_policies, make_permissions, make_users, make_organization):
        make(admin)


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def wait_for(server):
    for _ in range(600):
        try:
            if requests.get(f"http://127.0.0.1:{PORT}/realms/master", timeout=5).ok:
                return
        except requests.RequestException:
            if server.poll() is not None:
                raise SystemExit("Keycloak ended; see its log")
        time.sleep(1)
    raise SystemExit("Keycloak does not answer")


def run_server(home, features, log):
    command = [str(home / "bin/kc.sh"), "start-dev", f"--http-port={PORT}", "--http-host=127.0.0.1"]
    command += [f"--features={features}"] if features else []
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log, start_new_session=True)


def export(home, out, with_directory):
    """The command line reads the stopped server's database."""
    def run(*arguments):
        subprocess.run([str(home / "bin/kc.sh"), "export", *arguments], env=ENVIRONMENT, check=True, cwd=home)
    with tempfile.TemporaryDirectory() as folder:
        for realm in ("acme", "master"):
            run("--file", f"{folder}/{realm}.json", "--realm", realm, "--users", "same_file")
            write(out / f"{realm}.json", json.loads(pathlib.Path(folder, f"{realm}.json").read_text()))
        if with_directory:
            run("--dir", f"{folder}/all", "--realm", "acme", "--users", "different_files", "--users-per-file", "2")
            for path in pathlib.Path(folder, "all").iterdir():
                write(out / "acme-directory" / path.name, json.loads(path.read_text()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--features", default="")
    parser.add_argument("--directory", action="store_true")
    options = parser.parse_args()
    home = options.home.resolve()
    shutil.rmtree(home / "data" / "h2", ignore_errors=True)
    with open(home / "server.log", "w", encoding="utf-8") as log:
        server = run_server(home, options.features, log)
        try:
            wait_for(server)
            admin = Admin()
            make_realm(admin)
            write(options.out / "acme-partial.json",
                  admin("POST", "partial-export", exportClients="true", exportGroupsAndRoles="true"))
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()
    print("\n".join(["this version refused:", *admin.refused]) if admin.refused else "nothing was refused")
    export(home, options.out, options.directory)


if __name__ == "__main__":
    main()
