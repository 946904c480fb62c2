#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the bank's realm in a real Keycloak, asks it who may exchange and impersonate, and keeps
the realm and the answers.

    tools/keycloak/permissions.py UNPACKED_KEYCLOAK OUT [--features LIST]

Writes bank.json (`kc.sh export`) and decisions.json: for each resource server setting and target
which requesters may exchange a token of anna's; for each setting of the two permissions of users
who may become whom; and whole answers to some requests."""
import argparse
import base64
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import requests

import bank
import exports

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
PASSWORD = "Correct-horse-7"


def role_ref(name):
    return name if isinstance(name, str) else f"{name[0]}/{name[1]}"


class Bank(exports.Admin):
    """The realm under question, over the admin API and over its token endpoint."""
    realm = "bank"

    def make_client(self, client_id, **settings):
        self("POST", "clients", {"clientId": client_id, "secret": f"{client_id}-secret", **settings})

    def assign(self, user, groups, roles, ids):
        for path in groups:
            self("PUT", f"users/{user}/groups/{ids[path]}")
        for name in roles:
            owner = "realm" if isinstance(name, str) else f"clients/{self.client(name[0])}"
            self("POST", f"users/{user}/role-mappings/{owner}", [self.role(name)])

    def server(self, path, method="GET", body=None, **query):
        manager = self.client("realm-management")
        return self(method, f"clients/{manager}/authz/resource-server{path}", body, **query)

    def permission(self, name):
        return self.server("/permission", name=name)[0]["id"]

    def set_policies(self, permission, policies, strategy):
        whole = self.server(f"/permission/scope/{permission}")
        ids = [self.policies[name] for name in policies]
        self.server(f"/permission/scope/{permission}", "PUT",
                    {**whole, "policies": ids, "decisionStrategy": strategy})

    def ask(self, form, client):
        data = {"client_id": client, **form}
        if client not in bank.FRONTS and client != "admin-cli":
            data["client_secret"] = f"{client}-secret"
        return requests.post(f"{self.base}/realms/bank/protocol/openid-connect/token", data=data, timeout=60)

    def login(self, name, client):
        answer = self.ask({"grant_type": "password", "username": name, "password": PASSWORD,
                             "scope": "openid"}, client)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def exchange(self, client, **form):
        return self.ask({"grant_type": EXCHANGE, "requested_token_type": ACCESS, **form}, client)


def make_people(realm):
    for name in bank.REALM_ROLES:
        realm("POST", "roles", {"name": name})
    realm("POST", f"clients/{realm.client('tools')}/roles", {"name": "run"})
    for name, parts in bank.COMPOSITES.items():
        realm("POST", f"roles/{name}/composites", [realm.role(part) for part in parts])
    ids = {}
    for path, role in bank.GROUPS.items():
        parent, _, name = path.rpartition("/")
        realm("POST", f"groups/{ids[parent]}/children" if parent else "groups", {"name": name})
        ids |= {one["path"]: one["id"] for one in exports.flat(realm("GET", "groups"))}
        if role:
            realm("POST", f"groups/{ids[path]}/role-mappings/realm", [realm.role(role)])
    for name, (groups, roles, attributes) in bank.USERS.items():
        realm("POST", "users", {"username": name, "enabled": True, "attributes": attributes,
                                "email": f"{name}@bank.example", "firstName": name, "lastName": "Bank",
                                "credentials": [{"type": "password", "value": PASSWORD}]})
        realm.assign(realm("GET", "users", username=name)[0]["id"], groups, roles, ids)
    for client, (groups, roles, attributes) in bank.ACCOUNTS.items():
        account = realm("GET", f"clients/{realm.client(client)}/service-account-user")
        realm("PUT", f"users/{account['id']}", {**account, "attributes": attributes})
        realm.assign(account["id"], groups, roles, ids)
    realm.groups = ids


def make_clients(realm):
    for client in bank.REQUESTERS:
        realm.make_client(client, serviceAccountsEnabled=client != "api-d", directAccessGrantsEnabled=True)
    for client, audiences in bank.FRONTS.items():
        mappers = [exports.mapper(f"to {one}", "oidc-audience-mapper", {
            "included.client.audience": one, "access.token.claim": "true"}) for one in audiences]
        realm.make_client(client, publicClient=True, directAccessGrantsEnabled=True, protocolMappers=mappers)
    for client in [*bank.TARGETS, *bank.CLOSED, "tools"]:
        realm.make_client(client)


def settings_of(realm, type_, given):
    settings = {key: value for key, value in given.items() if key != "policies"}
    if type_ == "client":
        settings["clients"] = [realm.client(one) for one in given["clients"]]
    if type_ == "user":
        settings["users"] = [realm("GET", "users", username=one)[0]["id"] for one in given["users"]]
    if type_ == "role":
        settings["roles"] = [{"id": realm.role(one)["id"], "required": needed} for one, needed in given["roles"]]
    if type_ == "group":
        settings["groups"] = [{"id": realm.groups[path], "extendChildren": down} for path, down in given["groups"]]
    if type_ == "aggregate":
        settings["policies"] = [realm.policies[one] for one in given["policies"]]
    return settings


def make_permissions(realm):
    realm("PUT", "users-management-permissions", {"enabled": True})
    for target in bank.TARGETS:
        realm("PUT", f"clients/{realm.client(target)}/management/permissions", {"enabled": True})
    realm.policies = {}
    for name, (type_, given) in bank.POLICIES.items():
        made = realm.server(f"/policy/{type_}", "POST", {"name": name, **settings_of(realm, type_, given)})
        realm.policies[name] = made["id"]
    for target, (policies, strategy) in bank.TARGETS.items():
        uuid = realm.client(target)
        realm.set_policies(realm.permission(f"token-exchange.permission.client.{uuid}"), policies, strategy)
    for name, (target, type_, scopes, policies) in bank.MORE.items():
        resource = realm.server("/resource", name=f"client.resource.{realm.client(target)}")[0]["_id"]
        body = {"name": name, "resources": [resource], "policies": [realm.policies[one] for one in policies]}
        if scopes:
            known = {one["name"]: one["id"] for one in realm.server("/scope")}
            body["scopes"] = [known[one] for one in scopes]
        realm.server(f"/permission/{type_}", "POST", body)


def ask_exchanges(realm):
    """server setting -> target -> the requesters that may exchange anna's token for it."""
    token, answers = realm.login("anna", "web"), {}
    for name, server in bank.SERVERS.items():
        whole = realm.server("")
        realm.server("", "PUT", {**whole, **server})
        answers[name] = {target: [client for client in bank.REQUESTERS if realm.exchange(
            client, subject_token=token, subject_token_type=ACCESS, audience=target).ok]
            for target in [*bank.TARGETS, *bank.CLOSED]}
    realm.server("", "PUT", {**realm.server(""), **bank.SERVERS["unanimous"]})
    return answers


def ask_impersonations(realm):
    """permissions -> who asks -> whom it may become. Who: `anna by portal at api-a`, or a client."""
    permissions = [realm.permission(f"{name}.permission.users")
                   for name in ("admin-impersonating", "user-impersonated")]
    tokens = {(name, front): realm.login(name, front) for name in bank.PEOPLE[:3] for front in ("portal", "desk")}
    answers = {}
    for setting, both in bank.IMPERSONATIONS.items():
        for permission, (policies, strategy) in zip(permissions, both):
            realm.set_policies(permission, policies, strategy)
        table = answers[setting] = {}
        for (name, front), token in tokens.items():
            for client in ("api-a", "api-b") if front == "portal" else ("api-a",):
                table[f"{name} by {front} at {client}"] = [whom for whom in bank.PEOPLE if realm.exchange(
                    client, subject_token=token, subject_token_type=ACCESS, requested_subject=whom).ok]
        for client in bank.REQUESTERS:
            table[client] = [whom for whom in bank.PEOPLE if realm.exchange(client, requested_subject=whom).ok]
    return answers


def payload(token):
    text = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def told(answer):
    body = answer.json()
    if answer.ok:
        for name in ("access_token", "refresh_token", "id_token"):
            if name in body:
                body[name] = payload(body[name])
    return {"status": answer.status_code, **body}


def ask_whole(realm):
    """Some requests with all that Keycloak answers; set to `customers`."""
    for name, (policies, strategy) in zip(("admin-impersonating", "user-impersonated"),
                                          bank.IMPERSONATIONS["customers"]):
        realm.set_policies(realm.permission(f"{name}.permission.users"), policies, strategy)
    web, portal, own = realm.login("anna", "web"), realm.login("anna", "portal"), realm.login("anna", "api-a")
    refresh = ACCESS.replace("access", "refresh")
    of = {"subject_token_type": ACCESS}
    asked = {
        "to a target": ("api-a", {"subject_token": web, "audience": "t-a", **of}),
        "to a target, refreshable": ("api-a", {"subject_token": web, "audience": "t-a",
                                               "requested_token_type": refresh, **of}),
        "to a target, default type": ("api-a", {"subject_token": web, "audience": "t-a",
                                                "requested_token_type": None, **of}),
        "to a target, some scopes": ("api-a", {"subject_token": web, "audience": "t-a", "scope": "email phone", **of}),
        "to itself, own token": ("api-a", {"subject_token": own, **of}),
        "to itself, sent to it": ("api-a", {"subject_token": portal, "audience": "api-a", **of}),
        "to itself, of another": ("api-a", {"subject_token": web, **of}),
        "to nobody": ("api-a", {"subject_token": web, "audience": "nobody", **of}),
        "to a closed target": ("api-a", {"subject_token": web, "audience": "t-none", **of}),
        "by a public client, own token": ("web", {"subject_token": web, **of}),
        "by a public client, of another": ("web", {"subject_token": portal, "audience": "t-a", **of}),
        "as dora": ("api-a", {"subject_token": portal, "requested_subject": "dora", **of}),
        "as dora for a target": ("api-a", {"subject_token": web, "requested_subject": "dora", "audience": "t-a", **of}),
        "as dora, refreshable": ("api-a", {"subject_token": portal, "requested_subject": "dora",
                                           "requested_token_type": refresh, **of}),
        "as dora with a token of another": ("api-a", {"subject_token": web, "requested_subject": "dora", **of}),
        "as bert": ("api-a", {"subject_token": portal, "requested_subject": "bert", **of}),
        "as nobody": ("api-a", {"subject_token": portal, "requested_subject": "nobody", **of}),
        "as dora by bert": ("api-a", {"subject_token": realm.login("bert", "portal"), "requested_subject": "dora",
                                      **of}),
        "naked as dora": ("api-a", {"requested_subject": "dora"}),
        "naked as dora for a target": ("api-a", {"requested_subject": "dora", "audience": "t-a"}),
        "naked as dora for a closed target": ("api-a", {"requested_subject": "dora", "audience": "t-b"}),
        "naked as bert": ("api-a", {"requested_subject": "bert"}),
        "naked by another": ("api-b", {"requested_subject": "dora"}),
        "naked by a public client": ("web", {"requested_subject": "dora"}),
        "an ID token wanted": ("api-a", {"subject_token": web, "audience": "t-a",
                                         "requested_token_type": ACCESS.replace("access", "id"), **of}),
        "a bad token": ("api-a", {"subject_token": "x.y.z", "audience": "t-a", **of}),
        "a token of a strange type": ("api-a", {"subject_token": web, "audience": "t-a",
                                                "subject_token_type": refresh}),
    }
    return {name: told(realm.exchange(client, **form)) for name, (client, form) in asked.items()}


def export(home, out):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([str(home / "bin/kc.sh"), "export", "--file", f"{folder}/bank.json", "--realm", "bank",
                        "--users", "same_file"], env=exports.ENVIRONMENT, check=True, cwd=home)
        exports.write(out / "bank.json", json.loads(pathlib.Path(folder, "bank.json").read_text()))


def record(out):
    realm = Bank()
    realm.call("POST", "realms", bank.REALM)
    make_clients(realm)
    make_people(realm)
    make_permissions(realm)
    exports.write(out / "decisions.json", {"exchange": ask_exchanges(realm), "impersonate": ask_impersonations(realm),
                                           "whole": ask_whole(realm)})
    print("\n".join(realm.refused))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--features", default="token-exchange,admin-fine-grained-authz")
    options = parser.parse_args()
    home = options.home.resolve()
    shutil.rmtree(home / "data" / "h2", ignore_errors=True)
    with open(home / "server.log", "w", encoding="utf-8") as log:
        server = exports.run_server(home, options.features, log)
        try:
            exports.wait_for(server)
            record(options.out)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()
    export(home, options.out)


if __name__ == "__main__":
    main()
