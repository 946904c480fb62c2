# SPDX-License-Identifier: Apache-2.0
"""Who may come with tokens that only their issuer can judge, and which issuer it is where several could be. The publisher plays
all of them and keeps a list of what it was asked."""
import concurrent.futures
import json
import sqlite3
import time

import pytest

from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted, refused
from support.foreign import allow, entry, explained, foreign_rule, new_key, signed
from support.publisher import Publisher
from support.realms import client, realm, rule, scope, user

KEY = new_key()
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OLD, OIDC = "https://old.example", "https://oidc.example"
ASKED = [("intro", ACCESS_TOKEN), ("hook", ACCESS_TOKEN), ("old", REFRESH_TOKEN), ("oidc", ACCESS_TOKEN)]


def page(body, status=200):
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.fixture(scope="module", name="publisher")
def publisher_fixture():
    made = Publisher()
    made.pages["/intro"] = page({"active": True, "sub": "x", "aud": "us"})
    made.pages["/userinfo"] = page({"sub": "x", "aud": "us"})
    made.pages["/hook"] = page({"version": 1, "decision": "accept", "claims": {"sub": "q"}})
    made.pages["/token"] = page({"access_token": "o", "id_token": signed({"iss": OLD, "sub": "x", "aud": "us"}, KEY)})
    yield made
    made.close()


def issuers(url):
    ends = {"introspection": f"{url}/intro", "clientId": "x", "clientSecret": "y"}
    return [
        entry("intro", "https://intro.example", kind="introspection", audience="us", endpoints=ends,
              tokenTypes=["access_token", "jwt"], uses=["subject", "actor", "grant"]),
        entry("hook", "https://hook.example", kind="hook", endpoints={"hook": f"{url}/hook"}),
        entry("old", OLD, KEY, kind="legacy-refresh", audience="us", until="2099-01-01",
              endpoints={"token": f"{url}/token", "clientId": "x"}),
        entry("oidc", OIDC, KEY, kind="oidc", audience="us", endpoints={"userinfo": f"{url}/userinfo"})]


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, publisher, tmp_path_factory):
    names = [alias for alias, _ in ASKED]
    by_role = foreign_rule("by-role", "gate", "ledger", names, types=("access_token", "refresh_token"))
    by_role["requester"] = {"roles": ["bringer"]}
    off = foreign_rule("off", "other", "ledger", names, types=("access_token", "refresh_token"))
    expired = foreign_rule("expired", "late", "ledger", names, types=("access_token", "refresh_token"))
    made = realm(
        "shop", scopes=[scope("read")], roles={"realm": [{"name": "bringer"}]},
        clients=[client("gate"), client("ledger"), client("other", sent_to=["other"]), client("acting", sent_to=["acting"], serviceAccountsEnabled=True),
                 client("worker", serviceAccountsEnabled=True), client("idler", sent_to=["idler"], serviceAccountsEnabled=True),
                 client("late")],
        users=[{"username": "service-account-worker", "serviceAccountClientId": "worker", "realmRoles": ["bringer"]}],
        rules=[foreign_rule("in", "gate", "ledger", names, types=("access_token", "refresh_token")), by_role,
               rule("own", "other", "ledger", scopes=["read"]), {**off, "id": "off", "enabled": False},
               {**expired, "risk": {"reason": "while we move", "expires": "2026-01-01"}},
               rule("acts", "acting", "ledger", scopes=["read"]), rule("idles", "idler", "ledger", scopes=["read"])],
        trustedIssuers=issuers(publisher.url))
    return module_server(made, arguments=allow(tmp_path_factory.mktemp("outbound")))


def by(shop, name):
    return Client(shop.url, "shop", name, f"{name}-secret")


@pytest.mark.parametrize("alias, kind", ASKED)
def test_nobody_is_asked_about_a_token_of_a_client_without_a_rule_for_its_issuer(shop, publisher, alias, kind):
    publisher.asked.clear()
    answer = by(shop, "other").exchange("a-secret", audience="ledger", subject_issuer=alias, subject_token_type=kind)
    assert "issuer was not asked" in refused(answer, "invalid_target", "TX-TGT-01")["hint"]
    # A rule for somebody with the role is none for who has it not.
    refused(by(shop, "idler").exchange("a-secret", audience="ledger", subject_issuer=alias, subject_token_type=kind),
            "invalid_target", "TX-TGT-01")
    # Nor is one whose day is over.
    answer = by(shop, "late").exchange("a-secret", audience="ledger", subject_issuer=alias, subject_token_type=kind)
    assert "ended on 2026-01-01" in refused(answer, "invalid_target", "TX-RUL-03")["hint"]
    assert publisher.asked == []
    # The same request of one who has a rule is asked about.
    granted(by(shop, "gate").exchange(f"{alias}-named", audience="ledger", subject_issuer=alias, subject_token_type=kind))
    assert len(publisher.asked) == 1
    granted(by(shop, "worker").exchange(f"{alias}-role", audience="ledger", subject_issuer=alias, subject_token_type=kind))
    assert len(publisher.asked) == 2


def test_neither_an_actor_token_nor_an_assertion_is_asked_about_without_a_rule(shop, publisher):
    theirs = signed({"iss": "https://intro.example", "sub": "x", "aud": "us"}, KEY)
    publisher.asked.clear()
    refused(by(shop, "other").token(JWT_BEARER, assertion=theirs, audience="ledger"), "invalid_grant", "TX-GRT-02")
    own = granted(by(shop, "acting").token("client_credentials"))["access_token"]
    answer = by(shop, "acting").exchange(own, audience="ledger", actor_token=theirs, actor_token_type=ACCESS_TOKEN)
    refused(answer, "invalid_request", "TX-ACT-02")
    assert publisher.asked == []


def test_a_refresh_token_of_an_older_system_is_taken_once_until_the_trust_ends(shop):
    """That system does not rotate: it would give as much for it every day."""
    send = lambda: by(shop, "gate").exchange("never-rotated", audience="ledger", subject_issuer="old",  # noqa: E731
                                             subject_token_type=REFRESH_TOKEN)
    granted(send())
    refused(send(), "invalid_request", "TX-FTK-08")
    with sqlite3.connect(shop.store.removeprefix("sqlite:")) as store:
        ends = [end for (end,) in store.execute("SELECT expires FROM taken")]
    assert max(ends) > time.time() + 20 * 365 * 86400


def test_of_many_with_one_refresh_token_of_an_older_system_one_asks_and_is_served(shop, publisher):
    usual = publisher.pages["/token"]

    def slowly(handler):
        time.sleep(0.7)
        publisher.write(handler, *usual)

    def send(_=None):
        return by(shop, "gate").exchange("at-once", audience="ledger", subject_issuer="old", subject_token_type=REFRESH_TOKEN)
    publisher.asked.clear()
    publisher.pages["/token"] = slowly
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, range(8)))
    finally:
        publisher.pages["/token"] = usual
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    for answer in answers:
        if answer.status_code == 400:
            assert "another request" in refused(answer, "invalid_request", "TX-FTK-08")["hint"]
    # Whoever comes a moment later is one of them too.
    refused(send(), "invalid_request", "TX-FTK-08")
    assert publisher.times_asked("/token") == 1


def test_a_refresh_token_that_the_older_system_could_not_look_at_may_come_again(shop, publisher):
    usual = publisher.pages["/token"]
    publisher.pages["/token"] = page({}, status=503)
    send = lambda: by(shop, "gate").exchange("again", audience="ledger", subject_issuer="old",  # noqa: E731
                                             subject_token_type=REFRESH_TOKEN)
    try:
        refused(send(), "temporarily_unavailable", status=503)
    finally:
        publisher.pages["/token"] = usual
    granted(send())


PARTNER, ACME = "https://partner.example", "https://acme.example"


def provider(alias, issuer, key, **config):
    return {"alias": alias, "providerId": "oidc", "internalId": f"id-{alias}", "enabled": True,
            "config": {"issuer": issuer, "clientId": f"{alias}-app", "useJwksUrl": "false",
                       "publicKeySignatureVerifier": json.dumps({"keys": [json.loads(key.export_public())]}), **config}}


def two_providers(**more):
    linked = [{"identityProvider": alias, "userId": "7", "userName": "7"} for alias in ("staff", "guests")]
    made = realm("twins", scopes=[scope("read")], clients=[client("gate"), client("ledger")],
                 users=[user("ann", federatedIdentities=linked[:1]), user("bob", federatedIdentities=linked[1:])],
                 rules=[foreign_rule("in", "gate", "ledger", ["staff", "guests"])], **more)
    grant = {"jwtAuthorizationGrantEnabled": "true"}
    return made | {"identityProviders": [provider("staff", PARTNER, KEY, **grant), provider("guests", PARTNER, KEY, **grant)]}


@pytest.fixture(scope="module", name="twins")
def twins_fixture(module_server):
    return module_server(two_providers())


def test_of_two_identity_providers_for_one_issuer_the_request_names_one(twins):
    us = f"{twins.url}/realms/twins"
    gate = Client(twins.url, "twins", "gate", "gate-secret")
    theirs = signed({"iss": PARTNER, "sub": "7", "aud": us}, KEY)
    for name in (None, PARTNER):
        body = refused(gate.exchange(theirs, audience="ledger", subject_issuer=name, subject_token_type=JWT),
                       "invalid_request", "TX-PAR-04")
        assert body["error_description"] == "Missing parameter: subject_issuer."
        assert "'staff'" in body["hint"] and "'guests'" in body["hint"]
    found = {}
    for alias in ("staff", "guests"):
        answer = gate.exchange(theirs, audience="ledger", subject_issuer=alias, subject_token_type=JWT)
        found[alias] = decode(granted(answer)["access_token"])[1]["sub"]
    assert found["staff"] != found["guests"]
    # An assertion can not say which is meant.
    assert "TX-PAR-04" in refused(gate.token(JWT_BEARER, assertion=theirs, audience="ledger"), "invalid_grant")["hint"]


ACCOUNT = "system:serviceaccount:prod:billing"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def test_a_client_of_a_cluster_is_the_account_and_not_its_name(module_server):
    """Whoever deletes the service account and makes it anew has its name, with another uid."""
    attributes = {"jwt.credential.issuer": "cluster", "jwt.credential.sub": ACCOUNT, "cambist.diagnostics": "on"}
    job = {"clientId": "job", "clientAuthenticatorType": "federated-jwt", "serviceAccountsEnabled": True,
           "attributes": {**attributes, "cambist.jwt.credential.id": "uid-1"}}
    cluster = {"alias": "cluster", "preset": "kubernetes", "issuer": "https://k.example", "audience": "self", "uses": ["client"],
               "keys": {"jwks": {"keys": [json.loads(KEY.export_public())]}}}
    server = module_server(realm("pods", clients=[job], trustedIssuers=[cluster]))

    def send(uid):
        pod = {"namespace": "prod", "serviceaccount": {"name": "billing", "uid": uid}, "pod": {"name": "p", "uid": "u"}}
        token = signed({"iss": "https://k.example", "sub": ACCOUNT, "aud": [f"{server.url}/realms/pods"], "kubernetes.io": pod}, KEY)
        return Client(server.url, "pods", "job").token("client_credentials", client_assertion=token,
                                                       client_assertion_type=ASSERTION_TYPE)
    granted(send("uid-1"))
    answer = send("uid-2")
    refused(answer, "invalid_client", status=401)
    assert "cambist.jwt.credential.id" in json.dumps(explained(server, answer))


def test_an_address_that_nobody_verified_finds_nobody_whatever_its_claim_is_called(module_server):
    match = [{"claim": "attributes.mail", "attribute": "username"}]
    made = realm("mail", scopes=[scope("read")], clients=[client("gate"), client("ledger")],
                 users=[user("boss@acme.example", email="boss@acme.example")],
                 rules=[foreign_rule("in", "gate", "ledger", ["loose", "trusting"])],
                 trustedIssuers=[entry("loose", "https://loose.example", KEY, binding={"kind": "match", "match": match}),
                                 entry("trusting", "https://trusting.example", KEY,
                                       binding={"kind": "match", "match": match, "trustEmail": True})])
    server = module_server(made)

    def send(issuer, **more):
        token = signed({"iss": f"https://{issuer}.example", "sub": "e", "aud": f"{server.url}/realms/mail",
                        "attributes": {"mail": "boss@acme.example"}, **more}, KEY)
        return Client(server.url, "mail", "gate", "gate-secret").exchange(token, audience="ledger")
    refused(send("loose"), "invalid_request", "TX-WHO-03")
    # What is verified is another address.
    refused(send("loose", email="eve@acme.example", email_verified=True), "invalid_request", "TX-WHO-03")
    granted(send("loose", email="boss@acme.example", email_verified=True))
    granted(send("trusting"))
