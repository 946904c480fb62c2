# SPDX-License-Identifier: Apache-2.0
"""Keycloak from Maven Central, built for production with its embedded database; its standard token exchange."""
import json
import urllib.parse
import zipfile

from bench import world
from bench.peer_servers.common import HOME, Missing, Process, Work, need, run

NAME = "Keycloak"
VERSIONS = ("26.5.6", "26.5.5", "26.4.7")
SUBJECTS, LOGINS = 400, 8


def get():
    need("java", "mvn")
    folder = HOME / "keycloak"
    folder.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        home = folder / f"keycloak-{version}"
        if not home.exists():
            archive = folder / f"keycloak-quarkus-dist-{version}.zip"
            if not archive.exists():
                try:
                    run(["mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
                         f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{version}:zip", "-DoutputDirectory=."], folder)
                except Missing:
                    continue
            with zipfile.ZipFile(archive) as content:
                content.extractall(folder)
            (home / "bin/kc.sh").chmod(0o755)
            run(["bin/kc.sh", "build", "--db=dev-file", "--health-enabled=true"], home)
        return version
    raise Missing("none of its versions can be had from Maven Central")


def realm(name="bench"):
    """Keycloak's own file, which cambist serves too: standard token exchange, ES256."""
    def mapper(kind, **config):
        return {"name": kind, "protocol": "openid-connect", "protocolMapper": kind,
                "config": {**config, "access.token.claim": "true"}}
    return {
        "realm": name, "enabled": True, "sslRequired": "none", "defaultSignatureAlgorithm": "ES256",
        "accessTokenLifespan": world.DAY, "ssoSessionMaxLifespan": world.DAY, "ssoSessionIdleTimeout": world.DAY,
        "components": {"org.keycloak.keys.KeyProvider": [
            {"name": "ec", "providerId": "ecdsa-generated",
             "config": {"priority": ["1000"], "ecdsaEllipticCurveKey": ["P-256"]}}]},
        "clients": [
            {"clientId": world.WEB, "publicClient": True, "directAccessGrantsEnabled": True, "standardFlowEnabled": False,
             "protocolMappers": [mapper("oidc-audience-mapper", **{"included.client.audience": world.REQUESTER})]},
            {"clientId": world.REQUESTER, "secret": world.SECRET, "serviceAccountsEnabled": True,
             "standardFlowEnabled": False, "attributes": {"standard.token.exchange.enabled": "true"},
             "protocolMappers": [mapper("oidc-audience-mapper", **{"included.client.audience": world.TARGET})]},
            {"clientId": world.TARGET, "bearerOnly": True}],
        "users": [{"username": f"user-{n}", "enabled": True, "email": f"user-{n}@bench.example", "emailVerified": True,
                   "firstName": "User", "lastName": str(n),
                   "credentials": [{"type": "password", "value": world.PASSWORD}]} for n in range(LOGINS)]}


def subject_tokens(token_url):
    """Of a few log-ins, each refreshed again and again: all different."""
    tokens = []
    for number in range(LOGINS):
        answer = world.post(token_url, {"grant_type": "password", "client_id": world.WEB, "scope": "openid",
                                        "username": f"user-{number}", "password": world.PASSWORD})
        while True:
            tokens.append(answer["access_token"])
            if len(tokens) >= (number + 1) * SUBJECTS // LOGINS:
                break
            answer = world.post(token_url, {"grant_type": "refresh_token", "client_id": world.WEB,
                                            "refresh_token": answer["refresh_token"]})
    return tokens


def works(base):
    path = "/realms/bench/protocol/openid-connect/token"
    before = urllib.parse.urlencode({"grant_type": world.EXCHANGE, "subject_token_type": world.ACCESS_TOKEN,
                                     "audience": world.TARGET}) + "&subject_token="
    return [Work("client_credentials", path, ["grant_type=client_credentials"]),
            Work("exchange", path, [before + token for token in subject_tokens(base + path)])]


def start(folder, port, _key):
    version = get()
    home = HOME / "keycloak" / f"keycloak-{version}"
    (home / "data/import").mkdir(parents=True, exist_ok=True)
    for old in (home / "data/h2").glob("*"):
        old.unlink()
    (home / "data/import/bench-realm.json").write_text(json.dumps(realm()), encoding="utf-8")
    base = f"http://127.0.0.1:{port}"
    server = Process(["bin/kc.sh", "start", "--optimized", "--import-realm", "--http-enabled=true", "--http-host=127.0.0.1",
                      f"--http-port={port}", "--hostname-strict=false", "--cache=local", "--log-level=warn"],
                     home, base + "/realms/bench", minutes=10)
    return server, works(base)
