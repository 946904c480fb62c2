# SPDX-License-Identifier: Apache-2.0
"""No secret and no token can be read in the database, the logs, the metrics or the audit."""
import base64
import json

import pytest
import requests
from jwcrypto import jwk

from support.client import EXCHANGE, REFRESH_TOKEN, Client, granted, refresh_token_of
from support.realms import public_client, realm, switched_client, user
from support.server import cambist

SECRET = "S3cret-of-the-gate-0123456789"
PASSWORD = "correct horse battery staple"
WRONG = ["wr0ng-secret-777777", "wr0ng-passw0rd-888888", "wr0ng-assertion-999999"]


@pytest.fixture(scope="module")
def traces(module_server, tmp_path_factory):
    """What a day of requests left behind: .places name -> bytes, and .secrets name -> text."""
    key = jwk.JWK.generate(kty="EC", crv="P-256")
    pem = key.export_to_pem(private_key=True, password=None).decode()
    audit_file = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    shop = module_server(realm(
        "secret", clients=[public_client("web", sent_to=["gate"]),
                           switched_client("gate", refresh=True) | {"secret": SECRET}],
        users=[user("alice", password=PASSWORD)],
        keys=[{"name": "mine", "algorithm": "ES256", "privateKey": pem}]),
        arguments=["--audit-file", str(audit_file), "--log-level", "debug"])
    web = Client(shop.url, "secret", "web")
    gate = Client(shop.url, "secret", "gate", SECRET)
    login = granted(web.password("alice", PASSWORD, scope="openid"))
    exchanged = granted(gate.exchange(login["access_token"], scope="openid",
                                      requested_token_type=REFRESH_TOKEN))
    refreshed = granted(gate.refresh(refresh_token_of(exchanged)))
    misuse(shop, web, gate, login)
    tokens = {f"{name} of {origin}": answer[name]
              for origin, answer in (("log-in", login), ("exchange", exchanged),
                                     ("refresh", refreshed))
              for name in ("access_token", "refresh_token", "id_token") if name in answer}

    class Traces:
        secrets = {**tokens, "client secret": SECRET, "password": PASSWORD,
                   **{f"wrong {one}": one for one in WRONG}}
        private_key = {"PEM": "BEGIN PRIVATE KEY", "PEM body": pem.splitlines()[1],
                       "scalar": key.export_private(as_dict=True)["d"]}
        places = {"log": shop.log().encode(), "audit file": audit_file.read_bytes(),
                  "metrics": requests.get(f"{shop.management}/metrics", timeout=5).content,
                  "audit export": cambist("audit", "export", "--store", shop.store).stdout.encode(),
                  **{path.name: path.read_bytes() for path in shop.folder.glob("cambist.db*")
                     if not path.name.endswith(".key")}}
    return Traces


def misuse(shop, web, gate, login):
    """Requests with secrets and tokens where they do not belong."""
    Client(shop.url, "secret", "gate", WRONG[0]).exchange(login["access_token"])
    web.password("alice", WRONG[1])
    gate.exchange(login["access_token"], audience=login["access_token"])
    gate.exchange(login["access_token"], scope=login["id_token"])
    gate.exchange(login["refresh_token"])
    gate.exchange(login["access_token"] + "x")
    gate.token(EXCHANGE + login["access_token"])
    gate.token(EXCHANGE, **{login["access_token"]: ["1", "2"]})
    web.refresh(login["access_token"])
    gate.exchange("x", headers={"traceparent": login["access_token"],
                                "User-Agent": login["access_token"]})
    web.token("client_credentials", client_id="gate", client_assertion=WRONG[2],
              client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    gate.introspect(login["access_token"])
    gate.userinfo(login["access_token"])
    web.http.get(f"{shop.url}/realms/secret/protocol/openid-connect/userinfo",
                 params={"access_token": login["access_token"]}, timeout=15)


def telling_parts(secret):
    """A token is given away by its signature as much as by itself."""
    yield secret.encode()
    if secret.count(".") == 2:
        yield secret.rsplit(".", 1)[1].encode()
    yield base64.b64encode(secret.encode()).rstrip(b"=")[:-1]


@pytest.mark.parametrize("place", ["log", "audit file", "metrics", "audit export", "cambist.db",
                                   "cambist.db-wal"])
def test_no_secret_or_token_is_readable_in(traces, place):  # specs: NEG-67
    data = traces.places[place]
    assert data, f"{place} is empty: nothing was looked at"
    for name, secret in traces.secrets.items():
        for part in telling_parts(secret):
            assert part not in data, f"{name} in {place}"


def test_private_keys_are_not_readable_in_the_database(traces):
    for place in ("cambist.db", "cambist.db-wal", "log"):
        for name, text in traces.private_key.items():
            assert text.encode() not in traces.places[place], f"{name} in {place}"
            if name == "scalar":
                raw = base64.urlsafe_b64decode(text + "==")
                assert raw not in traces.places[place], f"raw {name} in {place}"


def test_audit_records_have_hashes_of_tokens(traces):
    rows = [json.loads(line) for line in traces.places["audit export"].splitlines()]
    issued = [row for row in rows if row["issued"]]
    assert len(issued) == 3 and all(len(row["issuedTokenHash"]) == 43 for row in issued)
    assert len(rows) >= 12, "refusals are recorded too"


def test_audit_file_and_audit_export_tell_the_same(traces):
    rows = [json.loads(line) for line in traces.places["audit export"].splitlines()]
    lines = [json.loads(line) for line in traces.places["audit file"].splitlines()]
    assert [row["trace"] for row in lines] == [row["trace"] for row in rows]
