# SPDX-License-Identifier: Apache-2.0
"""Tokens of an identity provider as in Keycloak's legacy exchange ("V1"): an entry of kind keycloak-v1 with a rule, and the
identity providers of an export with their permission. Its texts, in its dialect."""
import base64
import json
import time

import pytest

from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted, refused
from support.foreign import allow, entry, foreign_rule, new_key, signed
from support.publisher import Publisher
from support.realms import client, public_client, realm, rule, scope, user
from support.server import cambist

KEY, OTHER = new_key(), new_key("k2")
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PARTNER, OPEN = "https://partner.example", "https://open.example"
GOOD = {"sub": "o1", "preferred_username": "Olga", "email": "olga@partner.example", "given_name": "Olga", "dept": "sales"}


def page(body, status=200):
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.fixture(scope="module", name="publisher")
def publisher_fixture():
    made = Publisher()
    made.pages["/userinfo"] = page(GOOD)
    made.pages["/closed"] = page({"error": "invalid_token"}, 401)
    yield made
    made.close()


def legacy_realm(name, url, dialect):
    aliases = ["partner", "open", "closed", "blind", "keyed", "off", "old"]
    result = {"types": ("access_token", "id_token", "jwt")}
    made = foreign_rule("in", "gate", "ledger", aliases, **result)
    made["result"] |= {"tokenTypes": ["access_token", "refresh_token"], "session": "create", "refresh": "bounded"}
    v1 = {"kind": "keycloak-v1", "binding": {"kind": "create"}}
    return realm(
        name, errorDialect=dialect, scopes=[scope("read")],
        clients=[client("gate"), client("ledger"), client("other", sent_to=["other"])],
        users=[user("taken"), user("mail@named.example"), user("gone", enabled=False,
                                   federatedIdentities=[{"identityProvider": "partner", "userId": "gone", "userName": "x"}])],
        rules=[made, rule("own", "other", "ledger", scopes=["read"])],
        trustedIssuers=[
            entry("partner", PARTNER, KEY, **v1, mappers=[{"claim": "dept", "attribute": "department"}]),
            entry("open", OPEN, **v1, audience="any", endpoints={"userinfo": f"{url}/userinfo"}),
            entry("closed", "https://closed.example", **v1, audience="any", endpoints={"userinfo": f"{url}/closed"}),
            entry("blind", "https://blind.example", **v1, endpoints={"userinfo": f"{url}/userinfo"}),
            entry("keyed", "https://keyed.example", KEY, **v1, endpoints={"userinfo": f"{url}/userinfo"}),
            entry("off", "https://off.example", KEY, **v1, enabled=False),
            entry("old", "https://plain.example", KEY)])


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, publisher, tmp_path_factory):
    return module_server(legacy_realm("kc", publisher.url, "keycloak"), legacy_realm("strict", publisher.url, "strict"),
                         arguments=allow(tmp_path_factory.mktemp("outbound")))


def gate(shop, name="kc", by="gate"):
    return Client(shop.url, name, by, f"{by}-secret")


def said(shop, realm_name="kc", key=KEY, **claims):
    return signed({"iss": PARTNER, "aud": f"{shop.url}/realms/{realm_name}", **claims}, key)


def bring(shop, token, issuer="partner", realm_name="kc", by="gate", **form):
    return gate(shop, realm_name, by).exchange(token, **{"audience": "ledger", "subject_issuer": issuer, **form})


def told(answer, error, text, status=400):
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_description"]) == (status, error, text), body


def test_the_type_of_the_subject_token_is_access_token_unless_the_request_says(shop):
    """reqs: S2-0c"""
    token = said(shop, sub="t1", preferred_username="tess")
    granted(bring(shop, token, subject_token_type=None))
    granted(bring(shop, token, "https://partner.example", subject_token_type=None))
    body = refused(bring(shop, token, "old", subject_token_type=None), "invalid_request")
    assert "subject_token_type" in body["error_description"]


def test_a_new_subject_becomes_a_user_once_with_the_mappers_and_the_link(shop):
    token = said(shop, sub="n1", preferred_username="Nora", email="nora@partner.example", dept="sales")
    first = granted(bring(shop, token, subject_token_type=JWT, requested_token_type=ACCESS_TOKEN))
    second = granted(bring(shop, said(shop, sub="n1", preferred_username="Nadia", dept="law"), subject_token_type=ID_TOKEN,
                           requested_token_type=ACCESS_TOKEN))
    assert decode(first["access_token"])[1]["sub"] == decode(second["access_token"])[1]["sub"]
    done = cambist("realm", "export", "kc", "--users", "--dev", "--store", shop.store)
    assert done.returncode == 0, done.stderr
    nora = next(one for one in json.loads(done.stdout)["users"] if one["username"] == "nora")
    assert nora["attributes"]["department"] == ["law"]
    assert [(one["identityProvider"], one["userId"]) for one in nora["federatedIdentities"]] == [("partner", "n1")]


def test_nobody_is_taken_over_by_a_name_or_an_address(shop):
    """reqs: S2-0c"""
    for claims in ({"preferred_username": "taken"}, {"preferred_username": "fresh", "email": "taken@example.com",
                                                     "email_verified": True},
                   # People log in by both: nobody is to stand in between.
                   {"preferred_username": "taken@example.com"}, {"preferred_username": "fresh", "email": "mail@named.example"}):
        told(bring(shop, said(shop, sub="thief", **claims)), "invalid_token", "User already exists")
        refused(bring(shop, said(shop, "strict", sub="thief", **claims), realm_name="strict"), "invalid_request", "TX-WHO-05")


def test_an_opaque_access_token_is_shown_at_the_user_information(shop, publisher):
    publisher.asked.clear()
    token = granted(bring(shop, "opaque", "open"))
    assert [(path, one["Authorization"]) for path, one in publisher.asked] == [("/userinfo", "Bearer opaque")]
    answer = granted(gate(shop).introspect(token["access_token"]))
    assert answer["username"] == "olga"
    # Keycloak gives a refresh token unless told otherwise, of a log-in of its own.
    told(bring(shop, "opaque", "closed"), "invalid_token", "invalid token")
    # It does not say for whom the token was: only who says `any` takes it.
    told(bring(shop, "opaque", "blind"), "invalid_token", "invalid token")
    assert "TX-FTK-02" in json.dumps(bring(shop, "opaque", "blind").json())


def test_who_knows_no_issuer_is_told_in_keycloaks_words(shop):
    for name in ("nobody", "https://nobody.example"):
        told(bring(shop, said(shop, sub="x"), name), "invalid_issuer", "Invalid subject_issuer parameter")
    told(bring(shop, said(shop, sub="x", iss="https://off.example"), "off"), "invalid_issuer",
         "Invalid subject_issuer parameter")


def test_what_is_wrong_with_the_token_is_told_in_keycloaks_words(shop):
    bad = [said(shop, sub="x", key=OTHER), said(shop, sub="x", exp=int(time.time()) - 3600), said(shop, sub="x", typ="Logout"),
           said(shop, sub="x", typ="Refresh"), said(shop, sub="x", aud="https://elsewhere.example")]
    for token in bad:
        told(bring(shop, token), "invalid_token", "invalid token")
    told(bring(shop, said(shop, sub="x"), subject_token_type=REFRESH_TOKEN), "invalid_token", "invalid token type")
    told(bring(shop, said(shop, sub="x"), subject_token_type="urn:x:y"), "invalid_token", "invalid token type")
    told(bring(shop, said(shop, sub="gone")), "invalid_token", "Invalid Token")


def test_a_jwt_that_proves_nothing_is_not_shown_to_the_issuer_instead(shop, publisher):
    """Only what is no JWT is shown at the user information."""
    publisher.asked.clear()
    head, body = (part.rstrip("=") for part in (
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in (
            {"alg": "none"}, {"iss": PARTNER, "sub": "x", "aud": f"{shop.url}/realms/kc", "exp": int(time.time()) + 60})))
    for token in (f"{head}.{body}.", f"{head}.{body}.AA", f"{head}.{body}.!"):
        told(bring(shop, token, "keyed"), "invalid_token", "invalid token")
    assert not publisher.asked


def test_it_takes_a_rule_that_names_the_issuer(shop):
    told(bring(shop, said(shop, sub="x"), by="other"), "access_denied", "Client not allowed to exchange", 403)
    refused(bring(shop, said(shop, "strict", sub="x"), realm_name="strict", by="other"), "invalid_target", "TX-TGT-01")


def exported(name, jwks_url, permitted=True, **config):
    """What Keycloak writes of a realm with its legacy permissions of an identity provider and of a client."""
    def policy(named, clients):
        return {"name": named, "type": "client", "logic": "POSITIVE", "decisionStrategy": "UNANIMOUS",
                "config": {"clients": json.dumps(clients)}}

    def permission(named, resource, policies):
        return {"name": named, "type": "scope", "logic": "POSITIVE", "decisionStrategy": "UNANIMOUS",
                "config": {"resources": json.dumps([resource]), "scopes": '["token-exchange"]',
                           "applyPolicies": json.dumps(policies)}}

    settings = {
        "policyEnforcementMode": "ENFORCING", "decisionStrategy": "UNANIMOUS",
        "resources": [{"name": "idp.resource.id-kc", "type": "IdentityProvider", "scopes": [{"name": "token-exchange"}]},
                      {"name": "client.resource.id-ledger", "type": "Client", "scopes": [{"name": "token-exchange"}]}],
        "policies": [policy("gate may", ["gate"]), policy("both may", ["gate", "other"]),
                     permission("token-exchange.permission.idp.id-kc", "idp.resource.id-kc",
                                ["gate may"] if permitted else []),
                     permission("token-exchange.permission.client.id-ledger", "client.resource.id-ledger", ["both may"])],
        "scopes": [{"name": "token-exchange"}]}
    made = realm(name, errorDialect="keycloak",
                 clients=[client("gate"), client("other"), {**client("ledger"), "id": "id-ledger"},
                          {"clientId": "realm-management", "bearerOnly": True, "authorizationServicesEnabled": True,
                           "authorizationSettings": settings}], users=[user("taken")])
    made["identityProviders"] = [
        {"alias": "partner", "internalId": "id-kc", "providerId": "oidc", "enabled": True,
         "config": {"issuer": PARTNER, "clientId": "kc-app", "useJwksUrl": "false", "validateSignature": "true",
                    "publicKeySignatureVerifier": json.dumps({"keys": [json.loads(KEY.export_public())]}), **config}}]
    return made


@pytest.fixture(scope="module", name="imported")
def imported_fixture(module_server, publisher, tmp_path_factory):
    return module_server(exported("yes", None, userInfoUrl=f"{publisher.url}/userinfo"), exported("no", None, permitted=False),
                         arguments=allow(tmp_path_factory.mktemp("outbound")))


def test_an_identity_provider_with_keycloaks_permission_is_served_as_there(imported):
    """reqs: S2-0c"""
    def send(realm_name, by, **form):
        token = signed({"iss": PARTNER, "aud": "kc-app", "sub": "i1", "preferred_username": "ina"}, KEY)
        return Client(imported.url, realm_name, by, f"{by}-secret").exchange(
            token, **{"subject_issuer": "partner", "subject_token_type": None, **form})

    body = granted(send("yes", "gate", audience="ledger"))
    claims = decode(body["access_token"])[1]
    assert claims["preferred_username"] == "ina" and claims["azp"] == "gate" and "ledger" in claims["aud"]
    # Unless told otherwise it is a log-in with a refresh token, which goes on when the provider's token has ended.
    assert body["issued_token_type"] == REFRESH_TOKEN
    granted(Client(imported.url, "yes", "gate", "gate-secret").refresh(body["refresh_token"]))
    # Without a target, for itself.
    assert decode(granted(send("yes", "gate", requested_token_type=ACCESS_TOKEN))["access_token"])[1]["azp"] == "gate"
    # It has the permission of the target, and not that of the provider.
    told(send("yes", "other", audience="ledger"), "access_denied", "Client not allowed to exchange", 403)
    # Without a policy the permission lets nobody in.
    assert send("no", "gate", audience="ledger").status_code in (400, 403)


def test_no_provider_is_shown_a_token_of_a_client_that_its_permission_refuses(imported, publisher):
    def show(by):
        return Client(imported.url, "yes", by, f"{by}-secret").exchange("opaque", audience="ledger", subject_issuer="partner")

    publisher.asked.clear()
    told(show("other"), "access_denied", "Client not allowed to exchange", 403)
    assert publisher.asked == []
    show("gate")
    assert [path for path, _ in publisher.asked] == ["/userinfo"]


def test_a_provider_without_keys_is_told_as_a_fault_of_the_servers_settings(server):
    made = exported("bare", None)
    del made["identityProviders"][0]["config"]["publicKeySignatureVerifier"]
    shop = server(made)
    for kind in (JWT, ID_TOKEN, None):
        answer = Client(shop.url, "bare", "gate", "gate-secret").exchange(
            signed({"iss": PARTNER, "aud": "kc-app", "sub": "x"}, KEY), audience="ledger", subject_issuer="partner",
            subject_token_type=kind)
        told(answer, "invalid_config", "Invalid server config")


def test_whom_wrong_passwords_have_locked_comes_in_by_no_token_of_another_issuer(server):
    linked = {"identityProvider": "partner", "userId": "guessed", "userName": "x"}

    def make(name, dialect):
        made = legacy_realm(name, "http://127.0.0.1:1", dialect)
        uses = {"uses": ["subject", "grant"]}
        return made | {"bruteForceProtected": True, "failureFactor": 2, "waitIncrementSeconds": 600, "maxFailureWaitSeconds": 600,
                       "trustedIssuers": [one | uses if one["alias"] == "partner" else one for one in made["trustedIssuers"]],
                       "clients": made["clients"] + [public_client("web")],
                       "users": made["users"] + [user("guess", federatedIdentities=[linked])]}

    shop = server(make("kc", "keycloak"), make("strict", "strict"))
    for name in ("kc", "strict"):
        granted(bring(shop, said(shop, name, sub="guessed"), realm_name=name))
        for _ in range(2):
            assert Client(shop.url, name, "web").password("guess", "wrong").status_code in (400, 401)
    told(bring(shop, said(shop, sub="guessed")), "invalid_token", "Invalid Token")
    body = refused(bring(shop, said(shop, "strict", sub="guessed"), realm_name="strict"), "invalid_request")
    assert "locked" in body["hint"], body
    # Nor by an assertion; and nobody else is concerned.
    answer = gate(shop, "strict").token(JWT_BEARER, assertion=said(shop, "strict", sub="guessed"), audience="ledger")
    assert "locked" in refused(answer, "invalid_grant")["hint"]
    granted(bring(shop, said(shop, "strict", sub="other", preferred_username="other"), realm_name="strict"))
