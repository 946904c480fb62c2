# SPDX-License-Identifier: Apache-2.0
"""What went wrong in other servers with tokens of trusted issuers, tried here.

`specs: NEG-nn` and `KCD-nn` are the numbers of the cases in our checklist (docs/standards.md).
"""
import json
import time
import uuid

import pytest
from jwcrypto import jwk, jws

from support.change import changing_realm, find
from support.client import JWT, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Both have the same kid, as keys of strangers may.
KEYS = {name: jwk.JWK.generate(kty="EC", crv="P-256", kid="k1", use="sig") for name in ("a", "b")}
ISSUERS = {name: f"https://{name}.example" for name in ("a", "b", "c", "hd", "mail", "once")}


def issuer(alias, key="a", **more):
    return {"alias": alias, "issuer": ISSUERS[alias], "keys": {"jwks": {"keys": [json.loads(KEYS[key].export_public())]}},
            "scopes": ["read"], "binding": "service", **more}


def foreign(made, *issuers):
    made["subject"] |= {"issuers": list(issuers), "tokenTypes": ["jwt"]}
    return made


def make_realm(name="neg"):
    linked = {"kind": "match", "match": [{"claim": "email", "attribute": "email"}]}
    talk = foreign(rule("talk", "gate", "talk", scopes=["read"], lifetime="5m"), "a")
    talk["actor"] = {"issuers": ["self", "c"], "users": {"any": True}}
    talk["result"]["mode"] = "delegation"
    return realm(
        name, scopes=[scope("read")],
        clients=[client("gate"), client("side"), client("ledger"), client("talk"), public_client("web", sent_to=["gate"])],
        users=[user("ann"), user("zoe")],
        trustedIssuers=[
            issuer("a", uses=["subject", "grant"]), issuer("b", "b", clients=["side"]), issuer("c", uses=["actor"]),
            issuer("hd", require={"hd": "ours.example"}), issuer("mail", binding=linked),
            issuer("once", uses=["subject", "grant", "client"], singleUse=True)],
        rules=[foreign(rule("in", "gate", "ledger", scopes=["read"], lifetime="5m"), *(one for one in ISSUERS if one != "c")),
               foreign(rule("aside", "side", "ledger", scopes=["read"], lifetime="5m"), "b"), talk])


def signed(of="a", key=None, **claims):
    """A token of this issuer, by its own key or another's."""
    now = int(time.time())
    said = {"iss": ISSUERS[of], "sub": "theirs", "iat": now, "exp": now + 120, "jti": str(uuid.uuid4()), **claims}
    token = jws.JWS(json.dumps({name: value for name, value in said.items() if value is not None}))
    token.add_signature(KEYS[key or ("b" if of == "b" else "a")], None, json.dumps({"alg": "ES256", "kid": "k1"}))
    return token.serialize(compact=True)


class World:
    def __init__(self, server, name="neg"):
        self.server, self.name = server, name
        self.issuer = f"{server.url}/realms/{name}"

    def of(self, client_id):
        return Client(self.server.url, self.name, client_id, secret_of(client_id))

    def token(self, of="a", **claims):
        return signed(of, **{"aud": self.issuer, **claims})

    def ask(self, token, client_id="gate", audience="ledger", **form):
        return self.of(client_id).exchange(token, subject_token_type=JWT, audience=audience, **form)

    def assertion(self, token):
        return self.of("gate").token(BEARER, assertion=token, audience="ledger")

    def own(self, name):
        web = Client(self.server.url, self.name, "web")
        return granted(web.password(name, name))["access_token"]


@pytest.fixture(scope="module")
def world(module_server):
    return World(module_server(make_realm(), make_realm("twin")))


def test_control_tokens_of_both_issuers_are_taken(world):
    """Or no refusal below would say anything."""
    granted(world.ask(world.token()))
    granted(world.ask(world.token("b"), "side"))
    granted(world.assertion(world.token()))
    granted(world.ask(world.token("hd", hd="ours.example")))
    assert granted(world.ask(world.token("mail", email="zoe@example.com", email_verified=True)))


def test_key_of_one_issuer_proves_no_token_of_another(world):  # specs: NEG-46
    """Whatever its kid is called, and whatever was looked up before."""
    for _ in range(2):
        refused(world.ask(world.token("b", key="a"), "side"), "invalid_request", "TX-STK-06")
        refused(world.ask(world.token("a", key="b")), "invalid_request", "TX-STK-06")
        granted(world.ask(world.token("b"), "side"))
        granted(world.ask(world.token("a")))


def test_issuers_of_a_client_hold_at_the_exchange_too(world):  # specs: NEG-18, KCD-09
    """Refused whether the token is good or not: nothing is learned of an issuer that is not for the client."""
    for token in (world.token("b"), world.token("b", key="a"), world.token("b", exp=1)):
        refused(world.ask(token), "invalid_request", "TX-ISS-03")
    refused(world.ask(world.token("a"), "side"), "invalid_target", "TX-TGT-01")


@pytest.mark.parametrize("claims", [{}, {"hd": "evil.example"}, {"hd": ["evil.example"]}, {"hd": "OURS.example"},
                                    {"hd": "ours.example.evil.example"}, {"hd": ""}])
def test_what_is_demanded_at_a_log_in_is_demanded_at_the_exchange(world, claims):  # specs: NEG-19, KCD-07
    refused(world.ask(world.token("hd", **claims)), "invalid_request", "TX-FTK-04")


@pytest.mark.parametrize("aud, code", [
    (None, "TX-FTK-02"), ([], "TX-STK-12"), ("", "TX-FTK-02"), ("https://elsewhere.example", "TX-FTK-02"),
    (["https://elsewhere.example", "gate"], "TX-FTK-02")])
def test_token_that_is_not_meant_for_us_is_refused(world, aud, code):  # specs: NEG-39, KCD-08
    refused(world.ask(world.token(aud=aud)), "invalid_request", code)
    refused(world.assertion(world.token(aud=aud)), "invalid_grant", "TX-GRT-02")


def test_token_for_one_realm_is_none_for_its_twin(world):  # specs: NEG-34
    twin = World(world.server, "twin")
    refused(twin.ask(world.token()), "invalid_request", "TX-FTK-02")
    granted(twin.ask(twin.token()))


def test_token_without_an_end_is_refused(world):  # specs: NEG-40
    refused(world.ask(world.token(exp=None)), "invalid_request", "TX-STK-12")


@pytest.mark.parametrize("claims", [{"email_verified": False}, {}, {"email_verified": "false"}, {"email_verified": 1}])
def test_unverified_address_finds_nobody(world, claims):  # specs: NEG-42
    refused(world.ask(world.token("mail", email="zoe@example.com", **claims)), "invalid_request", "TX-WHO-03")


def test_issuer_that_is_trusted_for_subjects_makes_no_actors(world):  # specs: NEG-73
    answer = world.ask(world.token(), audience="talk", actor_token=world.token("a", sub="robot"), actor_token_type=JWT)
    body = refused(answer, "invalid_request", "TX-ACT-02")
    assert "TX-ISS-04" in body["hint"], body
    refused(world.ask(world.token("c")), "invalid_request", "TX-ISS-04")  # nor the other way round
    acted = granted(world.ask(world.token(), audience="talk", actor_token=world.own("ann")))
    assert decode(acted["access_token"])[1]["act"]["preferred_username"] == "ann"


def test_refused_token_is_not_used_up_and_a_forged_one_uses_up_nothing(world):  # specs: KCD-05
    jti = str(uuid.uuid4())
    refused(world.ask(world.token("once", key="b", jti=jti)), "invalid_request", "TX-STK-06")
    refused(world.ask(world.token("once", jti=jti), audience="nowhere"), "invalid_target")
    granted(world.ask(world.token("once", jti=jti)))
    refused(world.ask(world.token("once", jti=jti)), "invalid_request", "TX-FTK-08")


def test_what_was_used_in_one_realm_or_of_one_issuer_is_not_used_in_another(world):  # specs: KCD-05, KCD-06
    jti, twin = str(uuid.uuid4()), World(world.server, "twin")
    granted(world.ask(world.token("once", jti=jti)))
    granted(twin.ask(twin.token("once", jti=jti)))
    granted(world.assertion(world.token("a", jti=jti)))
    refused(world.assertion(world.token("a", jti=jti)), "invalid_grant", "TX-GRT-02")


def test_disabled_user_and_disabled_issuer_give_nothing_by_any_way(server):  # specs: NEG-02, NEG-04, KCD-02, KCD-03
    made = make_realm()
    for row in made["trustedIssuers"]:
        if row["alias"] == "mail":
            row["uses"] = ["subject", "grant"]
    started, change = changing_realm(server, made)
    world = World(started)

    def ways():
        token = {"email": "zoe@example.com", "email_verified": True}
        return [world.ask(world.token("mail", **token)), world.assertion(world.token("mail", **token))]
    before = [granted(one)["access_token"] for one in ways()]

    def ends(edit):
        change(edit)
        for answer in ways():
            assert answer.status_code == 400, answer.text
        for token in before:
            assert granted(world.of("ledger").introspect(token)) == {"active": False}
        change(lambda _: None)
        for answer in ways():
            granted(answer)
    ends(lambda realm_: find(realm_["users"], "username", "zoe").update(enabled=False))
    change(lambda realm_: find(realm_["trustedIssuers"], "alias", "mail").update(enabled=False))
    for answer, code in zip(ways(), ("TX-ISS-02", "TX-GRT-02")):
        assert answer.json()["error_code"] == code, answer.text
