#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a real Keycloak against RFC 8693: tools/conformance, with a realm made for it.

    tools/keycloak/conformance.py UNPACKED_KEYCLOAK [option of tools/conformance...]

Starts the unpacked distribution (which it changes) on loopback. Keycloak's standard token exchange is
on where its documentation says to switch it on: at the client."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from exports import PORT, Admin, run_server, wait_for

TOOL = pathlib.Path(__file__).resolve().parent.parent / "conformance"
EXCHANGES = {"standard.token.exchange.enabled": "true",
             "standard.token.exchange.enableRefreshRequestedTokenType": "SAME_SESSION"}


def audience(client):
    return {"name": f"for-{client}", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
            "config": {"included.client.audience": client, "access.token.claim": "true"}}


def public(name, *audiences):
    return {"clientId": name, "publicClient": True, "directAccessGrantsEnabled": True,
            "protocolMappers": [audience(one) for one in audiences]}


def confidential(name, *audiences, **more):
    return {"clientId": name, "secret": f"secret-of-{name}", "serviceAccountsEnabled": True,
            "protocolMappers": [audience(one) for one in audiences], **more}


REALM = {
    "realm": "conformance", "enabled": True,
    "clients": [public("web", "orders"), public("elsewhere"), confidential("billing"), confidential("reports"),
                confidential("orders", "billing", "reports", attributes=EXCHANGES), confidential("batch")],
    "users": [{"username": "alice", "enabled": True, "email": "alice@example.org", "firstName": "A", "lastName": "L",
               "emailVerified": True, "credentials": [{"type": "password", "value": "alice"}]}],
}
SCOPE = {"name": "invoice:read", "protocol": "openid-connect", "attributes": {"include.in.token.scope": "true"}}
CLIENT = {"id": "orders", "secret": "secret-of-orders"}
LOGIN = {"grant_type": "password", "client": {"id": "web"}, "username": "alice", "password": "alice", "scope": "openid"}
CONFIG = {
    "client": CLIENT, "subject": LOGIN, "audience": "billing", "second_audience": "reports",
    "resource": "https://billing.example", "second_resource": "https://reports.example/api", "scope": "invoice:read",
    "unpermitted_client": {"id": "batch", "secret": "secret-of-batch"},
    "unrelated_subject": {**LOGIN, "client": {"id": "elsewhere"}},
    "introspection_client": {"id": "billing", "secret": "secret-of-billing"},
    "actor": {"grant_type": "client_credentials", "client": CLIENT},
}


def make_realm(admin):
    admin.call("POST", "realms", REALM)
    admin.call("POST", "realms/conformance/client-scopes", SCOPE)  # in the realm it would stand in for all built-in ones
    scopes = {scope["name"]: scope["id"] for scope in admin.call("GET", "realms/conformance/client-scopes")}
    orders = admin.call("GET", "realms/conformance/clients", clientId="orders")[0]["id"]
    admin.call("PUT", f"realms/conformance/clients/{orders}/optional-client-scopes/{scopes['invoice:read']}")
    if admin.refused:
        raise SystemExit("\n".join(["this version refused:", *admin.refused]))


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    home = pathlib.Path(sys.argv[1]).resolve()
    shutil.rmtree(home / "data" / "h2", ignore_errors=True)
    with open(home / "server.log", "w", encoding="utf-8") as log, tempfile.TemporaryDirectory() as folder:
        server = run_server(home, "", log)
        try:
            wait_for(server)
            make_realm(Admin())
            config = pathlib.Path(folder, "conformance.json")
            config.write_text(json.dumps(CONFIG), encoding="utf-8")
            return subprocess.run([TOOL, "--issuer", f"http://127.0.0.1:{PORT}/realms/conformance", "--config", config,
                                   *sys.argv[2:]], check=False).returncode
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


if __name__ == "__main__":
    sys.exit(main())
