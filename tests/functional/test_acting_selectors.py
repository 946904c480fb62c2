# SPDX-License-Identifier: Apache-2.0
"""Who may become whom by each selector of a rule, and what actors and `may_act` of other realms and issuers are worth."""
import json
import time
import uuid

import pytest
from jwcrypto import jwk, jws

from support.client import JWT, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user

KEY = jwk.JWK.generate(kty="EC", crv="P-256", kid="k1", use="sig")
BELIEVED, DOUBTED = "https://believed.example", "https://doubted.example"
# Whom dora (/desk, manages mark, team-a, in the organization acme) becomes by each selector, and whom not.
SELECTORS = {
    "by-group": ({"groups": ["/customers"]}, "alice", "mark"),
    "by-role": ({"roles": ["viewable"]}, "rita", "alice"),
    "by-attribute": ({"attributes": {"tier": ["gold"]}}, "gina", "alice"),
    "by-organization": ({"organizations": ["acme"]}, "olga", "alice"),
    "by-manager": ({"manages": True}, "mark", "alice"),
    "by-same-group": ({"sameGroup": True}, "alice", "mark"),
    "by-same-organization": ({"sameOrganization": True}, "olga", "alice"),
    "by-relation": ({"relation": "support"}, "rita", "alice"),
    "but-not": ({"any": True, "not": {"roles": ["viewable"]}}, "alice", "rita"),
    "by-both": ({"groups": ["/customers"], "attributes": {"tier": ["gold"]}}, "gina", "alice"),
}


def switch(name, users):
    made = rule(name, "desk", name, users=users, scopes=["read"], binding="azp", lifetime="5m")
    made["result"]["mode"] = "switch-subject"
    return {**made, "actor": {"users": {"groups": ["/desk"]}}}


def acting():
    made = rule("acts", "desk", "talk", users={"any": True}, scopes=["read"], lifetime="5m")
    made["subject"] |= {"issuers": ["self", "believed", "doubted"], "tokenTypes": ["access_token", "jwt"]}
    made["result"]["mode"] = "delegation"
    return {**made, "actor": {"issuers": ["self", "believed"], "users": {"any": True},
                              "tokenTypes": ["access_token", "jwt"]}}


def plain():
    made = rule("plain", "desk", "ledger", scopes=["read"], lifetime="5m")
    made["subject"] |= {"issuers": ["believed", "doubted"], "tokenTypes": ["jwt"]}
    return made


def issuer(alias, url, uses):
    return {"alias": alias, "issuer": url, "keys": {"jwks": {"keys": [json.loads(KEY.export_public())]}}, "scopes": ["read"],
            "binding": "service", "uses": uses}


def make_realm(name="selects"):
    return realm(
        name, scopes=[scope("read")], groups=[{"name": one} for one in ("desk", "customers", "team-a")],
        roles={"realm": [{"name": "viewable"}]}, organizationsEnabled=True,
        organizations=[{"name": "acme", "alias": "acme", "domains": [{"name": "acme.example"}],
                        "members": [{"username": "dora", "membershipType": "UNMANAGED"},
                                    {"username": "olga", "membershipType": "UNMANAGED"}]}],
        clients=[client("desk", directAccessGrantsEnabled=True, sent_to=["desk"]), client("talk"), client("ledger"),
                 public_client("web", sent_to=["desk"]), *(client(one) for one in SELECTORS)],
        users=[user("dora", "/desk", "/team-a"), user("zoe"), user("alice", "/customers", "/team-a"),
               user("mark", attributes={"manager": ["dora"]}), user("rita", roles=["viewable"]),
               user("gina", "/customers", attributes={"tier": ["gold"]}), user("olga")],
        relations=[{"kind": "support", "actor": {"group": "/desk"}, "subject": {"user": "rita"}}],
        trustedIssuers=[issuer("believed", BELIEVED, ["subject", "actor"]), issuer("doubted", DOUBTED, ["subject"])],
        rules=[*(switch(one, users) for one, (users, _, _) in SELECTORS.items()), acting(), plain()])


class World:
    def __init__(self, server, name="selects"):
        self.server, self.name, self.issuer = server, name, f"{server.url}/realms/{name}"
        self.desk = Client(server.url, name, "desk", secret_of("desk"))

    def token(self, name, client_id="desk"):
        secret = secret_of("desk") if client_id == "desk" else None
        return granted(Client(self.server.url, self.name, client_id, secret).password(name, name))["access_token"]

    def theirs(self, of, **claims):
        now = int(time.time())
        token = jws.JWS(json.dumps({"iss": of, "sub": "theirs", "aud": self.issuer, "iat": now, "exp": now + 120,
                                    "jti": str(uuid.uuid4()), **claims}))
        token.add_signature(KEY, None, json.dumps({"alg": "ES256", "kid": "k1"}))
        return token.serialize(compact=True)


@pytest.fixture(scope="module")
def world(module_server):
    return World(module_server(make_realm(), make_realm("twin")))


@pytest.mark.parametrize("selector", SELECTORS)
def test_actor_becomes_whom_the_selector_names_and_nobody_else(world, selector):
    """reqs: S0-20"""
    _, whom, not_whom = SELECTORS[selector]
    dora, zoe = world.token("dora"), world.token("zoe")
    answer = granted(world.desk.exchange(dora, requested_subject=whom, audience=selector))
    claims = decode(answer["access_token"])[1]
    assert claims["act"]["preferred_username"] == "dora"
    refused(world.desk.exchange(dora, requested_subject=not_whom, audience=selector), "invalid_target", "TX-RUL-02")
    refused(world.desk.exchange(zoe, requested_subject=whom, audience=selector), "invalid_target", "TX-IMP-02")


def test_actor_of_another_realm_of_the_same_server_acts_for_nobody(world):
    twin = World(world.server, "twin")
    mine, actor = world.token("alice", "web"), world.token("dora")
    granted(world.desk.exchange(mine, actor_token=actor, audience="talk"))
    body = refused(world.desk.exchange(mine, actor_token=twin.token("dora"), audience="talk"), "invalid_request", "TX-ACT-02")
    assert "/realms/twin" in body["hint"], body
    refused(world.desk.exchange(twin.token("alice", "web"), actor_token=actor, audience="talk"), "invalid_request", "TX-STK-02")


def test_may_act_of_an_issuer_that_is_believed_is_honoured(world):
    """specs: NEG-12. Whom it names acts, nobody else does, and it never comes out clean."""
    zoe = decode(world.token("zoe"))[1]
    named = world.theirs(BELIEVED, may_act={"sub": zoe["sub"], "iss": world.issuer})

    def exchange(token, **form):
        return world.desk.exchange(token, subject_token_type=JWT, **form)
    acted = granted(exchange(named, audience="talk", actor_token=world.token("zoe")))
    assert decode(acted["access_token"])[1]["act"]["preferred_username"] == "zoe"
    refused(exchange(named, audience="talk", actor_token=world.token("dora")), "invalid_request", "TX-ACT-04")
    refused(exchange(named, audience="ledger"), "invalid_request", "TX-ACT-01")
    granted(exchange(world.theirs(BELIEVED), audience="ledger"))


@pytest.mark.parametrize("claim", ["may_act", "act"])
def test_issuer_that_is_not_believed_says_nothing_of_actors(world, claim):  # specs: ACT-13
    """Refused, not ignored: else the token would come out clean."""
    said = {claim: {"sub": "robot", "iss": DOUBTED}}
    granted(world.desk.exchange(world.theirs(DOUBTED), subject_token_type=JWT, audience="ledger"))
    refused(world.desk.exchange(world.theirs(DOUBTED, **said), subject_token_type=JWT, audience="ledger"), "invalid_request",
            "TX-FTK-09")


def test_actor_chain_of_an_issuer_that_is_believed_is_kept(world):  # specs: ACT-05
    token = world.theirs(BELIEVED, act={"sub": "robot", "iss": BELIEVED, "act": {"sub": "first", "iss": BELIEVED}})
    claims = decode(granted(world.desk.exchange(token, subject_token_type=JWT, audience="talk",
                                                actor_token=world.token("zoe")))["access_token"])[1]
    chain, link = [], claims["act"]
    while link:
        chain.append(link.get("preferred_username") or link["sub"])
        link = link.get("act")
    assert chain == ["zoe", "robot", "first"]


def test_subject_of_another_issuer_of_the_same_name_is_another_one(world):  # specs: ACT-02
    alice = world.token("alice", "web")
    sub = decode(alice)[1]["sub"]
    refused(world.desk.exchange(alice, actor_token=world.token("alice"), audience="talk"), "invalid_request", "TX-ACT-03")
    answer = granted(world.desk.exchange(alice, actor_token=world.theirs(BELIEVED, sub=sub), actor_token_type=JWT,
                                         audience="talk"))
    claims = decode(answer["access_token"])[1]
    assert claims["sub"] == sub and (claims["act"]["sub"], claims["act"]["iss"]) != (sub, claims["iss"])


def test_key_inside_an_actor_binds_nothing(world):  # specs: ACT-04
    """A token whose actor once had a key is no bound token, and makes none."""
    bound = {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}
    token = world.theirs(BELIEVED, act={"sub": "robot", "iss": BELIEVED, "cnf": bound})
    answer = world.desk.exchange(token, subject_token_type=JWT, audience="talk", actor_token=world.token("zoe"))
    claims = decode(granted(answer)["access_token"])[1]
    assert "cnf" not in claims and claims["act"]["act"]["sub"] == "robot"
    refused(world.desk.exchange(world.theirs(BELIEVED, cnf=bound), subject_token_type=JWT, audience="ledger"),
            "invalid_request", "TX-POP-01")
