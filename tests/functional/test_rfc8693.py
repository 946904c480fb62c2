# SPDX-License-Identifier: Apache-2.0
"""RFC 8693 line by line: what its sections 2 to 4 demand of the server, one test (or more) a line.

`specs: TX-nn` is the number of the line in our checklist of the standard.
"""
import json

import pytest
import requests
from jwcrypto import jwk, jws

from support.client import (ACCESS_TOKEN, EXCHANGE, ID_TOKEN, JWT, REFRESH_TOKEN, Client,
                            check_token_answer, decode, granted, read_json, refused)
from support.realms import (client, public_client, realm, rule, scope, secret_of, switched_client,
                            user)

KEY = jwk.JWK.generate(kty="EC", crv="P-256")
B, C = "https://b.example/api?v=1", "https://c.example/api"
TYPES = "urn:ietf:params:oauth:token-type:"


def make_realm(name, **more):
    pem = KEY.export_to_pem(private_key=True, password=None).decode()
    return realm(
        name, keys=[{"name": "known to the tests", "algorithm": "ES256", "privateKey": pem}],
        scopes=[scope("read"), scope("write"), scope("to-b", "b", shown=False)],
        clients=[
            public_client("web", sent_to=["a", "gate"], optional=["read", "write"]),
            client("a"), client("b"), client("c"), client("outsider"),
            switched_client("gate", refresh=True, scopes=["to-b"], optional=["read", "write"],
                            serviceAccountsEnabled=True)],
        users=[user("alice"), user("bob")],
        rules=[rule("a-b", "a", "b", scopes=["read", "write"], resources=[B]),
               rule("a-c", "a", "c", scopes=["read"], resources=[C]),
               rule("outsider-b", "outsider", "b")], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm("rfc"), make_realm("kc", errorDialect="keycloak"))


def named(shop, name, realm_name="rfc"):
    return Client(shop.url, realm_name, name, secret_of(name))


def login(shop, realm_name="rfc", username="alice", **form):
    return granted(Client(shop.url, realm_name, "web").password(
        username, username, **{"scope": "openid read write", **form}))


@pytest.fixture(scope="module")
def token(shop):
    return login(shop)["access_token"]


@pytest.fixture
def a(shop):
    return named(shop, "a")


@pytest.fixture
def token_with(shop, token):
    """token_with(**claims): alice's token with these claims, rightly signed by the realm's key."""
    header, claims = decode(token)

    def make(key=KEY, **more):
        signed = jws.JWS(json.dumps({**claims, **more}))
        signed.add_signature(key, protected=json.dumps(header))
        return signed.serialize(compact=True)
    return make


def claims_of(response):
    return decode(granted(response)["access_token"])[1]


def aud_of(response):
    aud = claims_of(response)["aud"]
    return aud if isinstance(aud, list) else [aud]


# Section 2.1: the request.

@pytest.mark.parametrize("grant_type", [
    EXCHANGE.upper(), "token-exchange", EXCHANGE + " ", EXCHANGE + "/", "URN" + EXCHANGE[3:]])
def test_grant_type_is_compared_exactly(a, token, grant_type):  # specs: TX-01
    refused(a.token(grant_type, subject_token=token, subject_token_type=ACCESS_TOKEN, audience="b"),
            "unsupported_grant_type", "TX-GRT-01")


def test_exchange_is_a_post_of_a_form(a, token):  # specs: TX-01
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
    url, auth = a.endpoint("token"), ("a", secret_of("a"))
    assert requests.get(url, params=form, auth=auth, timeout=15).status_code == 405
    refused(requests.post(url, json=form, auth=auth, timeout=15), "invalid_request", "TX-PAR-07")


@pytest.mark.parametrize("name", ["subject_token", "subject_token_type"])
@pytest.mark.parametrize("value", [None, ""])
def test_subject_token_and_its_type_are_required(a, token, name, value):  # specs: TX-02, TX-03
    body = refused(a.exchange(token, audience="b", **{name: value}) if name != "subject_token"
                   else a.token(EXCHANGE, subject_token=value, subject_token_type=ACCESS_TOKEN),
                   "invalid_request", "TX-PAR-04")
    assert name in body["error_description"]


@pytest.mark.parametrize("half", [{"actor_token": "x", "actor_token_type": None},
                                  {"actor_token_type": ACCESS_TOKEN}])
def test_actor_token_and_its_type_go_together(a, token, half):  # specs: TX-04, TX-05
    refused(a.exchange(token, audience="b", **half), "invalid_request", "TX-PAR-08")


@pytest.mark.parametrize("name", [
    "grant_type", "client_id", "subject_token", "subject_token_type", "actor_token",
    "actor_token_type", "requested_token_type", "scope"])
def test_parameters_that_are_single_are_refused_twice(a, token, name):  # specs: TX-06
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN,
            "actor_token": token, "actor_token_type": ACCESS_TOKEN, "client_id": "a",
            "requested_token_type": ACCESS_TOKEN, "scope": "read", "audience": "b"}
    if not name.startswith("actor"):
        del form["actor_token"], form["actor_token_type"]
    form[name] = [form[name]] * 2
    refused(a.post("token", form), "invalid_request", "TX-PAR-05")


def test_every_resource_is_considered(a, token):  # specs: TX-07, RES-01, RES-02, RES-06
    assert aud_of(a.exchange(token, resource=[B, C])) == [B, C]
    assert aud_of(a.exchange(token, resource=C)) == [C]
    unknown = "https://unknown.example/"
    for both in ([B, unknown], [unknown, B]):
        refused(a.exchange(token, resource=both), "invalid_target", "TX-TGT-02")


def test_every_audience_is_considered_and_mixes_with_resource(a, token):  # specs: TX-08; errors: E24
    assert aud_of(a.exchange(token, audience=["b", "c"])) == ["b", "c"]
    assert aud_of(a.exchange(token, audience="b", resource=C)) == ["b", C]
    refused(a.exchange(token, audience=["b", "web"]), "invalid_target", "TX-TGT-01")
    refused(a.exchange(token, audience="web", resource=B), "invalid_target", "TX-TGT-01")


@pytest.mark.parametrize("resource", [B + "#part", "#", "/api", "b.example", "https://", ""])
def test_resource_is_an_absolute_uri_without_a_fragment(a, token, resource):
    # specs: TX-09, RES-01, RES-02
    response = a.exchange(token, audience="b", resource=resource)
    if resource == "":  # RFC 6749 section 3.2: a parameter without a value was not sent
        assert aud_of(response) == ["b"]
    else:
        refused(response, "invalid_target")


@pytest.mark.parametrize("audience", ["B", "b/", "b ", " b", "bb", "%62"])
def test_audience_is_compared_byte_for_byte(a, token, audience):  # specs: TX-10; errors: E24
    refused(a.exchange(token, audience=audience), "invalid_target", "TX-TGT-02")


def test_unknown_parameters_are_ignored_and_known_restrictions_refused(a, token):  # specs: TX-11
    granted(a.exchange(token, audience="b", unheard_of="x", prompt="none"))
    refused(a.exchange(token, audience="b", authorization_details="[]"),
            "invalid_request", "TX-PAR-02")


@pytest.mark.parametrize("declared", ["access_token", ACCESS_TOKEN.upper(), "urn:x:y",
                                      TYPES + "saml1", TYPES + "saml2", REFRESH_TOKEN])
def test_subject_token_type_unknown_or_not_enabled_is_refused(a, token, declared):
    # specs: TX-12, TX-30, TX-31
    body = refused(a.exchange(token, audience="b", subject_token_type=declared), "invalid_request")
    assert body["error_code"].startswith("TX-TYP-")


@pytest.mark.parametrize("known", ["access_token", "refresh_token", "id_token", "saml1", "saml2",
                                   "jwt"])
def test_registered_token_types_are_recognised(a, token, known):  # specs: TX-13, TX-26, TX-30
    response = a.exchange(token, audience="b", requested_token_type=TYPES + known)
    if known == "access_token":
        assert granted(response)["issued_token_type"] == ACCESS_TOKEN
    else:
        refused(response, "invalid_request",
                "TX-RT-02" if known == "refresh_token" else "TX-TYP-03")
    refused(a.exchange(token, audience="b", requested_token_type=TYPES + known.upper()),
            "invalid_request", "TX-TYP-02")
    refused(a.exchange(token, audience="b", requested_token_type=known),
            "invalid_request", "TX-TYP-02")


def test_subject_token_is_what_its_declared_type_says(a, shop, token):  # specs: TX-15
    id_token = login(shop)["id_token"]
    refused(a.exchange(id_token, audience="b"), "invalid_request", "TX-TYP-01")
    refused(a.exchange(token, audience="b", subject_token_type=ID_TOKEN),
            "invalid_request", "TX-TYP-06")


@pytest.mark.parametrize("actor", ["nonsense", "x.y.z", "expired", "of a stranger"])
def test_actor_token_that_is_no_good_is_refused(a, token, token_with, actor):  # specs: TX-16
    text = {"expired": token_with(exp=1), "of a stranger": token_with(
        key=jwk.JWK.generate(kty="EC", crv="P-256"))}.get(actor, actor)
    refused(a.exchange(token, audience="b", actor_token=text), "invalid_request")


def test_exchange_does_not_change_the_subject_token(shop, a, token):  # specs: TX-19
    before = granted(named(shop, "a").introspect(token))
    for _ in range(3):
        granted(a.exchange(token, audience="b"))
    assert granted(named(shop, "a").introspect(token)) == before and before["active"]


@pytest.mark.parametrize("value", ["read\twrite", "read  write", " read", "read ", 're"ad',
                                   "re\\ad", "réad", "read\nwrite", "re\x7fad"])
def test_scope_follows_its_grammar(a, token, value):  # specs: TX-22
    refused(a.exchange(token, audience="b", scope=value), "invalid_scope", "TX-SCP-03")


def test_scope_that_only_one_of_two_targets_has_is_refused_or_left_out(a, token):  # specs: TX-23
    both = ["b", "c"]
    body = refused(a.exchange(token, audience=both, scope="read write"),
                   "invalid_scope", "TX-SCP-01")
    assert "'write' is not allowed by rule 'a-c'" in body["hint"], "which target refuses it"
    assert "'read'" in body["hint"].split("Available", 1)[1]
    narrowed = granted(a.exchange(token, audience=both))
    assert narrowed["scope"] == decode(narrowed["access_token"])[1]["scope"] == "read"
    assert set(granted(a.exchange(token, audience="b"))["scope"].split()) == {"read", "write"}


def test_too_many_targets_are_refused(a, token):  # specs: TX-24
    refused(a.exchange(token, audience=[f"t{number}" for number in range(40)]),
            "invalid_target", "TX-TGT-06")


def test_access_token_is_one_of_this_realm(a, shop, token, token_with):  # specs: TX-27
    elsewhere = login(shop, "kc")["access_token"]
    stranger = jwk.JWK.generate(kty="EC", crv="P-256")
    for foreign in (elsewhere, token_with(iss="https://other.example"), token_with(key=stranger)):
        body = refused(a.exchange(foreign, audience="b"), "invalid_request")
        assert body["error_code"].startswith("TX-STK-"), body


def test_what_is_issued_as_an_access_token_says_so(shop, a, token):  # specs: TX-28
    header = decode(granted(a.exchange(token, audience="b"))["access_token"])[0]
    assert header["typ"] in ("JWT", "at+jwt")
    refused(a.exchange(token, audience="b", requested_token_type=JWT),
            "invalid_request", "TX-TYP-03")


# Section 2.2.1: the answer.

def test_answer_is_json_that_nobody_stores(a, token):  # specs: TX-32, TOK-09
    for response in (a.exchange(token, audience="b"), a.exchange("x", audience="b")):
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Pragma"] == "no-cache"


@pytest.mark.parametrize("realm_name", ["rfc", "kc"])
def test_id_token_travels_in_access_token_and_is_not_one(shop, realm_name):
    # specs: TX-33, TX-34, TX-35, TX-36
    gate = named(shop, "gate", realm_name)
    subject = login(shop, realm_name)["access_token"]
    answer = granted(gate.exchange(subject, requested_token_type=ID_TOKEN, scope="openid"))
    assert (answer["issued_token_type"], answer["token_type"]) == (ID_TOKEN, "N_A")
    _, claims = decode(answer["access_token"])
    assert claims["typ"] == "ID" and "id_token" not in answer
    assert abs(claims["exp"] - claims["iat"] - answer["expires_in"]) <= 1


def test_requested_refresh_token_travels_alone_in_access_token(shop, token):
    # specs: TX-33, TX-34, TX-35, TX-36, TX-37
    gate = named(shop, "gate")
    answer = granted(gate.exchange(token, requested_token_type=REFRESH_TOKEN, scope="openid"))
    assert (answer["issued_token_type"], answer["token_type"]) == (REFRESH_TOKEN, "N_A")
    assert not {"refresh_token", "refresh_expires_in", "id_token"} & set(answer)
    assert answer["expires_in"] > 60, "its own life, not that of an access token"
    refreshed = granted(gate.refresh(answer["access_token"]))
    assert refreshed["token_type"] == "Bearer" and decode(refreshed["access_token"])[1]["sub"]
    refused(gate.exchange(answer["access_token"]), "invalid_request")


def test_requested_refresh_token_stands_beside_an_access_token_in_keycloaks_dialect(shop):
    # specs: TX-34 (as Keycloak understands it)
    gate = named(shop, "gate", "kc")
    answer = granted(gate.exchange(login(shop, "kc")["access_token"],
                                   requested_token_type=REFRESH_TOKEN))
    assert (answer["issued_token_type"], answer["token_type"]) == (REFRESH_TOKEN, "Bearer")
    assert decode(answer["access_token"])[1]["typ"] == "Bearer"
    assert granted(gate.refresh(answer["refresh_token"]))["access_token"]


def test_access_token_is_a_bearer_token(a, token):  # specs: TX-33, TX-34, TX-35, TX-37, TX-14
    answer = granted(a.exchange(token, audience="b"))
    assert (answer["issued_token_type"], answer["token_type"]) == (ACCESS_TOKEN, "Bearer")
    _, claims = decode(answer["access_token"])
    assert abs(claims["exp"] - claims["iat"] - answer["expires_in"]) <= 1


def test_scope_is_always_answered(a, token):  # specs: TX-38, TX-39
    for asked, expected in ((None, {"read", "write"}), ("read", {"read"}),
                            ("write read", {"read", "write"})):
        answer = granted(a.exchange(token, audience="b", scope=asked))
        assert set(answer["scope"].split()) == expected


@pytest.mark.parametrize("realm_name", ["rfc", "kc"])
def test_every_token_answer_has_each_member_once_and_rightly_typed(shop, realm_name):
    # specs: TX-42, TOK-08
    subject = login(shop, realm_name)
    web, gate = Client(shop.url, realm_name, "web"), named(shop, "gate", realm_name)
    a_rule = named(shop, "a", realm_name)
    responses = [
        web.password("alice", "alice"), web.password("alice", "alice", scope="openid read"),
        web.refresh(subject["refresh_token"]), gate.client_credentials(),
        a_rule.exchange(subject["access_token"], audience="b"),
        gate.exchange(subject["access_token"]),
        gate.exchange(subject["access_token"], scope="openid read"),
        gate.exchange(subject["access_token"], requested_token_type=ID_TOKEN, scope="openid"),
        gate.exchange(subject["access_token"], requested_token_type=REFRESH_TOKEN)]
    for response in responses:
        assert response.status_code == 200, response.text
        check_token_answer(read_json(response))


# Section 2.2.2: errors.

def test_malformed_request_is_invalid_request(a):  # specs: TX-45
    response = requests.post(a.endpoint("token"), data="grant_type=%zz", timeout=15, headers={
        "Content-Type": "application/x-www-form-urlencoded"})
    refused(response, "invalid_request", "TX-PAR-01")


def test_bad_subject_token_is_invalid_request_whatever_is_wrong(shop, a, token, token_with):
    # specs: TX-46
    revoked = login(shop)["access_token"]
    assert Client(shop.url, "rfc", "web").revoke(revoked).status_code == 200
    for bad in ("x", "x.y.z", token[:-8], token_with(exp=1), token_with(sub="nobody"), revoked):
        refused(a.exchange(bad, audience="b"), "invalid_request")
    refused(named(shop, "outsider").exchange(token, audience="b"), "invalid_request", "TX-BND-01")


def test_other_errors_are_those_of_oauth(shop, a, token):  # specs: TX-47, TX-48
    refused(Client(shop.url, "rfc", "a", "wrong").exchange(token, audience="b"),
            "invalid_client", status=401)
    refused(Client(shop.url, "rfc", "web").exchange(token, audience="b"), "unauthorized_client")
    refused(named(shop, "c").exchange(token, audience="b"), "unauthorized_client")
    refused(a.token("nonsense"), "unsupported_grant_type")
    refused(a.exchange(token, audience="b", scope="admin"), "invalid_scope")
    refused(a.exchange(token, audience="nobody"), "invalid_target")


def quiet_shop(server, dialect):
    """The same realm, whose clients may not see causes."""
    made = make_realm("quiet", errorDialect=dialect)
    for one in made["clients"]:
        one["attributes"].pop("cambist.diagnostics")
    return server(made)


@pytest.mark.parametrize("dialect", ["strict", "keycloak"])
def test_no_error_tells_of_the_tokens_or_of_what_would_be_allowed(server, dialect):
    """specs: TX-50. What may be told to a client with diagnostics is in its hint, and no token is there either."""
    shop = quiet_shop(server, dialect)
    header, claims = decode(login(shop, "quiet")["access_token"])

    def token_with(key=KEY, **more):
        signed = jws.JWS(json.dumps({**claims, "jti": "SECRET-jti", "email": "SECRET@mail", **more}))
        signed.add_signature(key, protected=json.dumps(header))
        return signed.serialize(compact=True)
    good, bob = token_with(), login(shop, "quiet", "bob")["access_token"]
    a, outsider, gate = (named(shop, name, "quiet") for name in ("a", "outsider", "gate"))
    subjects = [token_with(exp=1), token_with(nbf=9999999999), token_with(iss="https://SECRET.example"),
                token_with(key=jwk.JWK.generate(kty="EC", crv="P-256")), token_with(sub="SECRET-sub"),
                token_with(azp="SECRET-azp"), token_with(act="SECRET-act"), token_with(aud="SECRET-aud"),
                token_with(may_act={"sub": "SECRET-may"}), token_with(cnf={"jkt": "SECRET-jkt"}),
                token_with(sid="SECRET-sid"), good + "x", "SECRET.SECRET.SECRET", "SECRET"]
    asked = [(a.exchange(one, audience="b"), one) for one in subjects]
    asked += [(a.exchange(good, audience="b", actor_token=one), one) for one in [*subjects, good, bob]]
    asked += [(outsider.exchange(good, audience="b"), good), (a.exchange(good), good),
              (outsider.exchange(good, audience="c"), good), (gate.exchange(good, audience="c"), good),
              (a.exchange(good, audience=["b", "c"], scope="read admin"), good),
              (a.exchange(good, audience="b", requested_token_type=ID_TOKEN), good),
              (a.exchange(good, subject_token_type=ID_TOKEN, audience="b"), good),
              (gate.exchange(good, scope="admin"), good)]
    for response, sent in asked:
        body = refused(response, response.json()["error"], status=response.status_code)
        assert "hint" not in body
        del body["trace_id"]
        told = json.dumps(body) + json.dumps(dict(response.headers))
        for secret in (sent, good, "SECRET", claims["sub"], claims["sid"], claims["azp"], "alice", C, B):
            if secret not in ("web", ""):
                assert secret not in told, (secret, told)
        assert "'b'" not in told and "'c'" not in told and "outsider" not in told, told


# Section 4: the claims.

AGENT = {"sub": "agent", "iss": "https://elsewhere.example"}


def test_no_actor_is_invented(a, token):  # specs: TX-52
    assert "act" not in claims_of(a.exchange(token, audience="b"))


NOT_IDENTITY = {"exp": 9999999999, "nbf": 1, "iat": 1, "aud": "b", "scope": "admin"}


@pytest.mark.parametrize("name", NOT_IDENTITY)
def test_actor_with_a_claim_that_is_no_identity_makes_the_token_unusable(a, token_with, name):
    # specs: TX-55, TX-65
    odd = {**AGENT, name: NOT_IDENTITY[name]}
    for act in (odd, {**AGENT, "act": odd}):
        refused(a.exchange(token_with(act=act), audience="b"), "invalid_request", "TX-STK-12")


def test_only_the_top_level_and_the_outermost_actor_count(shop, token_with):  # specs: TX-59
    issuer = f"{shop.url}/realms/rfc"
    insider = {"sub": "a", "client_id": "a", "azp": "a", "iss": issuer}
    for act in (insider, {**AGENT, "act": insider}, {**AGENT, "act": {**AGENT, "act": insider}}):
        # `a` stands in the chain, yet the token was sent to somebody else: no right comes of it.
        refused(named(shop, "a").exchange(token_with(aud="gate", act=act), audience="b"),
                "invalid_request", "TX-BND-01")
    # may_act asks for the acting party, and that is never one of the past.
    refused(named(shop, "a").exchange(token_with(
        may_act={"sub": "agent"}, act={**AGENT, "act": insider}), audience="b"),
        "invalid_request", "TX-ACT-01")
    # Nor does one of the past take a right away: the chain is a record.
    assert claims_of(named(shop, "a").exchange(
        token_with(act={**AGENT, "act": {**AGENT, "sub": "older"}}), audience="b"))["sub"]


def test_introspection_tells_the_chain_as_it_is_nested(shop, a, token_with):  # specs: TX-63, INT-08
    chain = {**AGENT, "act": {**AGENT, "sub": "root"}}
    issued = granted(a.exchange(token_with(act=chain), audience="b"))["access_token"]
    assert granted(named(shop, "b").introspect(issued))["act"] == chain


@pytest.mark.parametrize("may_act", ["a", ["a"], 7, True, [{"sub": "a"}]])
def test_may_act_is_an_object(a, token_with, may_act):  # specs: TX-66, TX-70
    refused(a.exchange(token_with(may_act=may_act), audience="b"), "invalid_request")


def test_members_of_may_act_that_are_no_identity_mean_nothing(a, token_with):  # specs: TX-72
    granted(a.exchange(token_with(may_act={"client_id": "a", "exp": 1, "nbf": 2**40, "iat": 1}),
                       audience="b"))


def test_scope_claim_is_one_string(a, token):  # specs: TX-73
    claims = claims_of(a.exchange(token, audience="b", scope="read write"))
    assert claims["scope"] == "read write"


def test_client_id_claim_is_whose_the_issued_token_is(shop, a, token):
    # specs: TX-75, TX-76, NEG-16
    assert decode(token)[1]["azp"] == "web"
    claims = claims_of(a.exchange(token, audience="b"))
    assert claims["client_id"] == claims["azp"] == "a"


def test_subject_stays_who_he_was(shop, a):  # specs: TX-77
    for username in ("alice", "bob"):
        subject = login(shop, username=username)["access_token"]
        assert claims_of(a.exchange(subject, audience="b"))["sub"] == decode(subject)[1]["sub"]


def test_client_that_may_not_exchange_is_told_so_before_its_token_is_read(shop):  # specs: TX-18
    for subject_token in ("no token at all", "a.b.c", None):
        refused(named(shop, "c").exchange(subject_token), "unauthorized_client", "TX-CLI-02")
