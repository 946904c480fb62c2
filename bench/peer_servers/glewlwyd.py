# SPDX-License-Identifier: Apache-2.0
"""Debian's glewlwyd with an SQLite database: client_credentials of its OAuth 2 plugin. It has no token exchange."""
import http.cookiejar
import json
import pathlib
import shutil
import sqlite3
import urllib.request

from cryptography.hazmat.primitives import serialization

from bench import world
from bench.peer_servers.common import Missing, Process, Work, basic, need, run

NAME = "Debian glewlwyd"
SCHEMA = pathlib.Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
MODULES = pathlib.Path("/usr/lib/glewlwyd")
SCOPE = "invoice-read"
ADMINISTRATOR = {"username": "admin", "password": "password"}  # what its own schema makes


def get():
    """Installed if apt can; a package that starts a service of its own is told not to."""
    if not shutil.which("glewlwyd"):
        need("apt-get", "dpkg-query")
        run(["apt-get", "install", "-y", "--no-install-recommends", "glewlwyd"], "/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"})
    if not SCHEMA.exists():
        raise Missing(f"{SCHEMA} is not there")
    return run(["dpkg-query", "-W", "-f", "${Version}", "glewlwyd"], "/").strip()


def configuration(folder, port):
    return f"""port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}/"
api_prefix="api"
log_mode="console"
log_level="ERROR"
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="{MODULES}/user"
client_module_path="{MODULES}/client"
user_auth_scheme_module_path="{MODULES}/scheme"
plugin_module_path="{MODULES}/plugin"
hash_algorithm="SHA512"
database = {{ type = "sqlite3"; path = "{folder}/glewlwyd.db"; }};
"""


def plugin(key):
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption()).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    off = {f"auth-type-{kind}-enabled": False for kind in ("code", "implicit", "password", "refresh", "device")}
    return {"module": "oauth2-glewlwyd", "name": "glwd", "display_name": "bench", "enabled": True,
            "parameters": {"url": "http://127.0.0.1", "jwt-type": "ecdsa", "jwt-key-size": "256", "key": private,
                           "cert": public, "access-token-duration": 300, "refresh-token-duration": 3600,
                           "code-duration": 600, "refresh-token-rolling": False, **off,
                           "auth-type-client-enabled": True}}


class Administrator:
    """Its administration, as its pages use it."""

    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.post("auth/", ADMINISTRATOR)

    def post(self, path, body):
        request = urllib.request.Request(f"{self.base}/api/{path}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Missing(f"it refuses {path}: {error.code} {error.read().decode()}") from None


def start(folder, port, key):
    database = folder / "glewlwyd.db"
    database.unlink(missing_ok=True)
    with sqlite3.connect(database) as connection:
        connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    connection.close()
    words = folder / "glewlwyd.conf"
    words.write_text(configuration(folder, port), encoding="utf-8")
    base = f"http://127.0.0.1:{port}"
    server = Process(["glewlwyd", f"--config-file={words}"], folder, base + "/config")
    try:
        administrator = Administrator(base)
        administrator.post("scope/", {"name": SCOPE, "display_name": SCOPE, "password_required": False})
        administrator.post("mod/plugin/", plugin(key))
        administrator.post("client/", {
            "client_id": world.REQUESTER, "password": world.SECRET, "name": "bench", "confidential": True,
            "enabled": True, "scope": [SCOPE], "authorization_type": ["client_credentials"]})
    except Exception:
        server.stop()
        raise
    return server, [Work("client_credentials", "/api/glwd/token", [f"grant_type=client_credentials&scope={SCOPE}"],
                         basic(world.REQUESTER, world.SECRET))]
