# SPDX-License-Identifier: Apache-2.0
"""What people see and what is really wrong: a client gets a code and a neutral text, the operator the cause.

Texts and codes are compared with docs/reference/errors.md, which is made from the table of causes.
"""
import json
import pathlib
import re
import time
import uuid

import pytest
from jwcrypto import jwk, jws

from support.change import reload
from support.client import (ACCESS_TOKEN, EXCHANGE, ID_TOKEN, REFRESH_TOKEN, Client, decode,
                            granted)
from support.realms import (client, public_client, realm, rule, scope, secret_of, switched_client,
                            user)
from support.server import ROOT, cambist

KEY = jwk.JWK.generate(kty="EC", crv="P-256")
QUIET = {"cambist.diagnostics": "off"}
SAML2 = "urn:ietf:params:oauth:token-type:saml2"


def documented():
    """{code: (text, the code it looks like to a stranger)} of the page of errors."""
    page = pathlib.Path(ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\*\*(TX-\w+-\d+)\*\* (.*)\n\n(?:- looks like: (TX-\w+-\d+) )?", page, re.M)
    return {code: (text, neutral or code) for code, text, neutral in rows}


PAGE = documented()


def quiet(client_id, **more):
    return client(client_id, attributes={**QUIET, **more.pop("attributes", {})}, **more)


def taking(token_type, made):
    made["subject"]["tokenTypes"] = [token_type]
    return made


def acting(rule_id, requester, target, mode, **parts):
    """A rule of another mode; a member of staff acts."""
    made = rule(rule_id, requester, target, scopes=["read"], users=parts.pop("users", {"groups": ["/customers"]}),
                binding="azp" if mode == "switch-subject" else "audience", lifetime="5m")
    made["result"]["mode"] = mode
    return {**made, "actor": {"users": {"groups": ["/staff"]}}, **parts}


def make_realm(**more):
    pem = KEY.export_to_pem(private_key=True, password=None).decode()
    past = {"reason": "a test", "expires": "2020-01-01"}
    return realm(
        "cases", keys=[{"name": "known to the tests", "algorithm": "ES256", "privateKey": pem}],
        scopes=[scope("read"), scope("write"), scope("to-b", "b", shown=False)],
        groups=[{"name": "staff"}, {"name": "customers"}], maxTargets=3,
        clients=[
            public_client("web", sent_to=["a", "gate", "asks", "ruleless"],
                          optional=["read", "write"], webOrigins=["https://app.example"]),
            quiet("a"), quiet("b"), quiet("c"), quiet("d"), quiet("e"), quiet("strange"),
            quiet("off", enabled=False), quiet("ruleless"), quiet("own"),
            quiet("keyed", clientAuthenticatorType="client-jwt",
                  attributes={"use.jwks.string": "true", "jwks.string": json.dumps(
                      {"keys": [KEY.export_public(as_dict=True)]})}),
            switched_client("gate", attributes=QUIET, refresh=True, scopes=["to-b"],
                            serviceAccountsEnabled=True, optional=["offline_access"]),
            switched_client("asks", attributes=QUIET, consentRequired=True, scopes=["to-b"]),
            quiet("desk", directAccessGrantsEnabled=True), quiet("view"), quiet("talk"), quiet("night"),
            quiet("twin"), quiet("late", attributes={"client.secret.expiration.time": "1000000000"}),
            quiet("bearer", bearerOnly=True), quiet("bound", attributes={"dpop.bound.access.tokens": "true"}),
            quiet("carded", clientAuthenticatorType="client-x509", attributes={"x509.subjectdn": "CN=carded"})],
        users=[user("alice", "/staff"), user("bob"), user("carl", enabled=False), user("dave", "/customers"),
               user("gone", "/customers", enabled=False), user("rita", requiredActions=["UPDATE_PASSWORD"]),
               user("otto") | {"credentials": [{"type": "password", "value": "otto"}, {"type": "otp"}]},
               user("boss", "/customers", clientRoles={"realm-management": ["realm-admin"]})],
        rules=[rule("a-b", "a", "b", scopes=["read"]), rule("strange-b", "strange", "b"),
               rule("own-b", "own", "b", binding="azp"), taking("id_token", rule("own-d", "own", "d")),
               rule("a-c", "a", "c", users={"groups": ["/staff"]}),
               {**rule("a-d", "a", "d"), "requester": {"clients": ["a"],
                                                       "authMethods": ["private_key_jwt"]}},
               {**rule("a-e", "a", "e", binding="any"), "risk": past},
               acting("desk-view", "desk", "view", "switch-subject", demands=["reason"]),
               acting("a-talk", "a", "talk", "delegation")], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


class World:
    def __init__(self, shop):
        self.shop, self.web = shop, Client(shop.url, "cases", "web")
        self.login = granted(self.web.password("alice", "alice", scope="openid read write"))
        self.token = self.login["access_token"]
        self.a, self.gate = self.of("a"), self.of("gate")
        self.header, self.claims = decode(self.token)

    def of(self, client_id, secret=None):
        return Client(self.shop.url, "cases", client_id, secret or secret_of(client_id))

    def signed(self, key=KEY, header=None, **claims):
        made = jws.JWS(json.dumps({**self.claims, **claims}))
        made.add_signature(key, protected=json.dumps({**self.header, **(header or {})}))
        return made.serialize(compact=True)

    def bob(self):
        return granted(self.web.password("bob", "bob", scope="openid read"))["access_token"]

    def token_of(self, name, client_id="web"):
        return granted((self.of(client_id) if client_id != "web" else self.web).password(
            name, name, scope="openid read" if client_id == "web" else None))["access_token"]

    def become(self, whom, actor="alice", **form):
        """Somebody at the desk asks for a token of a customer."""
        form = {"audience": "view", "reason": "asked for help", **form}
        return self.of("desk").exchange(self.token_of(actor, "desk"), requested_subject=whom, **form)

    def delegate(self, subject="dave", actor="alice", audience="talk", **form):
        return self.a.exchange(self.token_of(subject), audience=audience, actor_token=self.token_of(actor), **form)

    def exchange(self, audience="b", **form):
        return self.a.exchange(self.token, audience=audience, **form)

    def asserted(self, *, times=1, **changes):
        """The answer to the last of these requests with one client assertion of `keyed`."""
        now = int(time.time())
        made = jws.JWS(json.dumps({"iss": "keyed", "sub": "keyed", "aud": self.claims["iss"], "iat": now,
                                   "exp": now + 60, "jti": str(uuid.uuid4()), **changes}))
        made.add_signature(KEY, protected=json.dumps({"alg": "ES256"}))
        form = {"grant_type": "client_credentials", "client_assertion": made.serialize(compact=True),
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        return [self.a.http.post(self.a.endpoint("token"), data=form, timeout=15) for _ in range(times)][-1]

    def send_header(self, text):
        return self.a.http.post(self.a.endpoint("token"), data={"grant_type": "client_credentials"}, timeout=15,
                                headers={"Authorization": text})

    def gone(self, name):
        """A token of a session that has ended, or that was revoked."""
        login = granted(self.web.password("alice", "alice"))
        if name == "session":
            assert self.web.logout(login["refresh_token"]).status_code == 204
        else:
            assert self.web.revoke(login["access_token"]).status_code == 200
        return login["access_token"]


@pytest.fixture(scope="module")
def world(shop):
    return World(shop)


OTHER_KEY = jwk.JWK.generate(kty="EC", crv="P-256")

# The situation: what is done, the operator's code, and words of the operator's explanation.
SITUATIONS = {
    "token was not sent to the requester": (  # errors: E2
        lambda w: w.of("strange").exchange(w.token, audience="b"), "TX-BND-01",
        ["'strange' may only exchange tokens that were sent to it", "held by 'web'", "Fix A",
         "Fix B"]),
    "token of another holder": (  # errors: E3
        lambda w: w.of("own").exchange(w.signed(aud=["own"]), audience="b"), "TX-BND-02",
        ["only exchange tokens that it holds", "held by 'web'"]),
    "no rule for the target": (  # errors: E4
        lambda w: w.exchange("web"), "TX-TGT-01", ["No rule gives 'a' the target 'web'"]),
    "target out of reach of the client scopes": (  # errors: E4
        lambda w: w.gate.exchange(w.token, audience="c"), "TX-TGT-08",
        ["The client scopes of 'gate' yield", "not 'c'"]),
    "audience with a typo": (  # errors: E5
        lambda w: w.exchange("strangee"), "TX-TGT-02",
        ["'strangee' is neither a client", "nearest client of the realm: 'strange'"]),
    "audience with a blank": (  # errors: E5
        lambda w: w.exchange("b "), "TX-TGT-02", ["The audience 'b '"]),
    "disabled target": (lambda w: w.exchange("off"), "TX-TGT-03", ["Client 'off' is disabled"]),
    "no target and several rules": (
        lambda w: w.a.exchange(w.token), "TX-TGT-04", ["several targets"]),
    "too many targets": (
        lambda w: w.a.exchange(w.token, audience=["b", "c", "d", "e"]), "TX-TGT-06",
        ["4 targets", "allows 3"]),
    "subject is not selected": (
        lambda w: w.a.exchange(w.bob(), audience="c"), "TX-RUL-02", ["'bob'", "'a-c'", "staff"]),
    "authentication is too weak for the rule": (
        lambda w: w.exchange("d"), "TX-RUL-04", ["client_secret_basic", "'private_key_jwt'"]),
    "risk statement ran out": (lambda w: w.exchange("e"), "TX-RUL-03", ["2020-01-01"]),
    # The subject token: six causes and more, one answer.
    "expired": (lambda w: w.a.exchange(w.signed(exp=1), audience="b"), "TX-STK-03", ["expired"]),  # errors: E6
    "not valid yet": (  # errors: E6
        lambda w: w.a.exchange(w.signed(nbf=w.claims["exp"] + 10**6), audience="b"), "TX-STK-04",
        ["valid in"]),
    "of another issuer": (  # errors: E6
        lambda w: w.a.exchange(w.signed(iss="https://id.example.com/realms/cases"), audience="b"),
        "TX-STK-02", ["https://id.example.com/realms/cases"]),
    "of an unknown key": (  # errors: E6
        lambda w: w.a.exchange(w.signed(header={"kid": "unheard-of"}), audience="b"), "TX-STK-05",
        ["unheard-of"]),
    "with a wrong signature": (  # errors: E6
        lambda w: w.a.exchange(w.signed(OTHER_KEY), audience="b"), "TX-STK-06", []),
    "of a session that has ended": (  # errors: E6
        lambda w: w.a.exchange(w.gone("session"), audience="b"), "TX-STK-07", []),
    "that was revoked": (lambda w: w.a.exchange(w.gone("token"), audience="b"), "TX-STK-09", []),  # errors: E6
    "of a client that is gone": (  # errors: E6
        lambda w: w.a.exchange(w.signed(azp="nobody"), audience="b"), "TX-STK-10", ["nobody"]),
    "with odd claims": (  # errors: E6
        lambda w: w.a.exchange(w.signed(scope=7), audience="b"), "TX-STK-12", ["scope"]),
    "too long to be read": (  # errors: E6
        lambda w: w.a.exchange(w.token + "x" * 17_000, audience="b"), "TX-STK-13", ["16384"]),
    "no JWT at all": (  # errors: E6, E37
        lambda w: w.a.exchange("SplxlOBeZQQYbYS6WxSbIA", audience="b"), "TX-TYP-04", []),
    "access token declared as ID token": (  # errors: E7
        lambda w: w.of("own").exchange(w.token, audience="d", subject_token_type=ID_TOKEN), "TX-TYP-01",
        ["declared as id_token", ACCESS_TOKEN]),
    "type that no rule of the client takes": (  # errors: E7
        lambda w: w.exchange(subject_token_type=ID_TOKEN), "TX-TYP-06",
        ["declared as 'id_token'", "take access_token"]),
    "ID token declared as access token": (  # errors: E7
        lambda w: w.a.exchange(w.login["id_token"], audience="b"), "TX-TYP-01",
        ["declared as access_token"]),
    "unknown requested type": (  # errors: E11, E31
        lambda w: w.exchange(requested_token_type="urn:x"), "TX-TYP-02", ["urn:x"]),
    "requested type that no rule gives": (  # errors: E11, E31
        lambda w: w.exchange(requested_token_type=SAML2), "TX-TYP-03", ["'saml2'"]),
    # The client.
    "switch is off and no rule names it": (  # errors: E8
        lambda w: w.of("ruleless").exchange(w.token, audience="b"), "TX-CLI-02",
        ["'ruleless'", "standard.token.exchange.enabled"]),
    "public client": (lambda w: w.web.exchange(w.token, audience="b"), "TX-PUB-01", ["'web'"]),  # errors: E10
    "password grant is off": (lambda w: w.a.password("alice", "alice"), "TX-CLI-03", ["'a'"]),
    "no credentials": (  # errors: E39
        lambda w: w.a.http.post(w.a.endpoint("token"), timeout=15,
                                data={"grant_type": "client_credentials"}), "TX-AUT-01", []),
    "client does not exist": (  # errors: E39
        lambda w: w.of("nobody").client_credentials(), "TX-AUT-02", ["'nobody'"]),
    "client is disabled": (lambda w: w.of("off").client_credentials(), "TX-AUT-03", ["'off'"]),  # errors: E39
    "secret is wrong": (lambda w: w.of("a", "wrong").client_credentials(), "TX-AUT-04", ["'a'"]),  # errors: E39
    "method is another one": (  # errors: E39
        lambda w: w.of("keyed").client_credentials(), "TX-AUT-05",
        ["client_secret_basic", "private_key_jwt"]),
    "assertion is for somebody else": (  # errors: E39
        lambda w: w.asserted(aud="https://elsewhere.example"), "TX-AUT-06",
        ["client 'keyed'", "aud must be exactly the issuer", "'https://elsewhere.example'"]),
    "assertion is of a clock that is late": (  # errors: E39
        lambda w: w.asserted(exp=1_700_000_000), "TX-AUT-06", ["it says 2023-11-14T22:13:20", "here it is 2"]),
    "assertion has another iss than sub": (  # errors: E39
        lambda w: w.asserted(iss="https://app.example"), "TX-AUT-02",
        ["iss 'https://app.example' and sub 'keyed'", "its client_id in both"]),
    "assertion comes twice": (  # errors: E39
        lambda w: w.asserted(times=2, jti="once"), "TX-AUT-08", ["client 'keyed'", "'once'"]),
    "header is malformed": (lambda w: w.send_header("Basic !!!"), "TX-AUT-10", []),  # errors: E39
    "secret has expired": (lambda w: w.of("late").client_credentials(), "TX-AUT-12", ["'late'"]),  # errors: E39
    "certificate is missing": (  # errors: E39
        lambda w: w.a.http.post(w.a.endpoint("token"), timeout=15, data={
            "grant_type": "client_credentials", "client_id": "carded"}), "TX-AUT-13", ["'carded'"]),
    "client is bearer-only": (lambda w: w.of("bearer").client_credentials(), "TX-CLI-01", ["'bearer'"]),  # errors: E39
    "proof of a key is none": (lambda w: w.a.exchange(w.token, headers={"DPoP": "x"}, audience="b"), "TX-POP-02", []),  # errors: E21
    "proof of a key is demanded": (  # errors: E21
        lambda w: w.of("bound").client_credentials(), "TX-POP-05", ["'bound'", "dpop.bound.access.tokens"]),
    "two methods": (  # errors: E39
        lambda w: w.a.client_credentials(client_secret="x"), "TX-AUT-07", []),
    "client_id is another one": (
        lambda w: w.a.client_credentials(client_id="b"), "TX-AUT-09", []),
    "origin is foreign": (  # errors: E41
        lambda w: w.web.token("password", {"Origin": "https://evil.example"}, username="alice",
                              password="alice"), "TX-COR-01", ["https://evil.example", "'web'"]),
    # Scope, consent, refresh.
    "scopes": (  # errors: E25
        lambda w: w.exchange(scope="read write unheard-of"), "TX-SCP-01",
        ["'write' is not allowed by rule 'a-b'", "'unheard-of'"]),
    "consent": (  # errors: E16
        lambda w: w.of("asks").exchange(w.token), "TX-CON-01", ["'alice' has not consented"]),
    "refresh token by a rule without": (  # errors: E11
        lambda w: w.exchange(requested_token_type=REFRESH_TOKEN), "TX-RT-02", ["refresh: none"]),
    "refresh token without a session": (  # errors: E12
        lambda w: w.gate.exchange(granted(w.gate.client_credentials())["access_token"],
                                  requested_token_type=REFRESH_TOKEN), "TX-RT-03",
        ["no online session"]),
    "offline access": (  # errors: E13
        lambda w: w.gate.exchange(w.token, scope="offline_access"), "TX-RT-04", ["offline_access"]),
    "refresh token of somebody else": (  # errors: E14
        lambda w: w.gate.refresh(w.login["refresh_token"]), "TX-RT-05", ["'web'", "'gate'"]),
    "refresh token of nobody": (lambda w: w.web.refresh("x"), "TX-RT-06", []),
    # Actors and keys.
    "may_act names another one": (  # errors: E22
        lambda w: w.a.exchange(w.signed(may_act={"sub": "other"}), audience="b"), "TX-ACT-01",
        ["may_act"]),
    "may_act names another one than the actor": (  # errors: E22
        lambda w: w.a.exchange(w.signed(may_act={"sub": "other"}), audience="talk",
                               actor_token=w.token_of("bob")), "TX-ACT-04", []),
    "actor token has expired": (  # errors: E22
        lambda w: w.a.exchange(w.token_of("dave"), audience="talk", actor_token=w.signed(exp=1)), "TX-ACT-02",
        ["expired"]),
    "actor is the subject": (  # errors: E22
        lambda w: w.delegate("dave", "dave"), "TX-ACT-03", ["'dave'"]),
    "actor acts for another already": (  # errors: E22
        lambda w: w.a.exchange(w.token_of("dave"), audience="talk",
                               actor_token=w.signed(act={"sub": decode(w.bob())[1]["sub"], "iss": w.claims["iss"],
                                                         "preferred_username": "bob"})), "TX-ACT-05", []),
    "actor token was sent to somebody else": (
        lambda w: w.a.exchange(w.token_of("dave"), audience="talk", actor_token=w.token_of("alice", "desk")),
        "TX-ACT-07", ["'desk'"]),
    "actor token type is none of ours": (
        lambda w: w.delegate(actor_token_type=SAML2), "TX-ACT-08", []),
    "actor is not selected": (  # errors: E22, E23
        lambda w: w.delegate(actor="bob"), "TX-ACT-09", ["'bob'", "a-talk"]),
    "rule wants an actor and none came": (
        lambda w: w.a.exchange(w.token_of("dave"), audience="talk"), "TX-RUL-05", ["a-talk"]),
    "token is bound to a key that nobody proved": (  # errors: E21
        lambda w: w.a.exchange(w.signed(cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
                               audience="b"), "TX-POP-01", []),
    # Becoming somebody: seven causes, one answer where they would tell who exists and who may what.
    "nobody is of that name": (lambda w: w.become("nobody"), "TX-SUB-01", ["'nobody'"]),  # errors: E1
    "whom to become is disabled": (lambda w: w.become("gone"), "TX-SUB-02", ["gone"]),  # errors: E1
    "whom to become can not be read": (lambda w: w.become("username:"), "TX-SUB-04", []),
    "actor may become nobody": (  # errors: E1
        lambda w: w.become("dave", actor="bob"), "TX-IMP-02", ["'bob'", "desk-view"]),
    "subject is not one of those to become": (  # errors: E1
        lambda w: w.become("bob"), "TX-RUL-02", ["'bob'", "desk-view"]),
    "subject is an administrator": (lambda w: w.become("boss"), "TX-IMP-03", ["'boss'"]),
    "no rule lets the client become anybody there": (  # errors: E1
        lambda w: w.become("dave", audience="night"), "TX-TGT-01", ["'night'"]),
    "client asks by its own right": (  # errors: E1
        lambda w: w.of("desk").token(EXCHANGE, requested_subject="dave", audience="view", reason="x"), "TX-IMP-01",
        ["'desk'"]),
    "reason is missing": (lambda w: w.become("dave", reason=None), "TX-IMP-05", ["reason"]),
    "public client becomes somebody": (  # errors: E1
        lambda w: w.web.exchange(w.token, requested_subject="dave", audience="view"), "TX-PUB-02", ["'web'"]),
    "one of several targets": (  # errors: E24
        lambda w: w.a.exchange(w.token, audience=["b", "web"]), "TX-TGT-01", ["'web'"]),
    # Nothing is ignored.
    "parameter of what is not served": (  # errors: E9
        lambda w: w.exchange(authorization_details="[]"), "TX-PAR-02", []),
    "actor token type without its token": (  # errors: E23
        lambda w: w.exchange(actor_token_type=ACCESS_TOKEN), "TX-PAR-08", []),
    "parameter twice": (lambda w: w.exchange(scope=["read", "read"]), "TX-PAR-05", ["'scope'"]),
    "everything is missing": (lambda w: w.a.token(EXCHANGE), "TX-PAR-04", ["subject_token_type="]),
    "unknown grant": (lambda w: w.a.token("nonsense"), "TX-GRT-01", ["'nonsense'"]),  # errors: E38
    # Users.
    "wrong password": (lambda w: w.web.password("alice", "wrong"), "TX-USR-01", []),
    "unknown user": (lambda w: w.web.password("nobody", "wrong"), "TX-USR-03", []),
    "disabled user": (lambda w: w.web.password("carl", "carl"), "TX-USR-04", []),
    "user has something to do first": (lambda w: w.web.password("rita", "rita"), "TX-USR-06", []),
    "user has a second factor": (lambda w: w.web.password("otto", "otto"), "TX-USR-07", []),
}
OWN_WORDS = {"TX-PAR-02", "TX-PAR-04", "TX-GRT-01"}  # these name our own words, such as a parameter


@pytest.mark.parametrize("situation", SITUATIONS)
def test_client_gets_code_and_neutral_text_and_the_operator_the_cause(world, situation):
    ask, code, words = SITUATIONS[situation]
    response = ask(world)
    assert 400 <= response.status_code < 500, response.text
    body = response.json()
    text, neutral = PAGE[code]
    assert body["error_code"] == neutral, body
    if neutral not in OWN_WORDS:
        assert body["error_description"] == PAGE[neutral][0], body
    assert "hint" not in body, "this client may not see causes"
    story = cambist("explain", body["trace_id"], "--store", world.shop.store)
    assert story.returncode == 0, story.stderr
    assert re.search(rf"^  why +{code} {re.escape(text)}$", story.stdout, re.M), story.stdout
    assert f"docs/reference/errors.md#{code.lower()}" in story.stdout
    assert re.search(r"^  do +\S", story.stdout, re.M), story.stdout
    for word in words:
        assert word in story.stdout, story.stdout
    if neutral != code:
        assert re.search(rf"^  told +{neutral} ", story.stdout, re.M), story.stdout


def test_situations_look_alike_to_a_stranger_exactly_where_the_page_says_so(world):  # errors: E1, E6, E39
    """Whatever is wrong with a subject token, the answer but for its trace id is the same."""
    answers = {}
    for ask, code, _ in SITUATIONS.values():
        if PAGE[code][1] != code:
            body = ask(world).json()
            del body["trace_id"]
            answers.setdefault(PAGE[code][1], []).append(body)
    assert len(answers["TX-STK-00"]) > 8 and len(answers["TX-AUT-00"]) == 11
    for bodies in answers.values():
        assert all(body == bodies[0] for body in bodies), bodies


def test_user_that_is_disabled_and_client_that_is_disabled_have_their_causes(server):  # errors: E6
    made = make_realm()
    shop = server(made)
    world = World(shop)
    granted(world.exchange())
    for change, code in (({"users": ("alice", "enabled", False)}, "TX-STK-08"),
                         ({"clients": ("web", "enabled", False)}, "TX-STK-10")):
        changed = json.loads(json.dumps(made))
        for kind, (name, key, value) in change.items():
            for row in changed[kind]:
                if name in (row.get("username"), row.get("clientId")):
                    row[key] = value
        reload(shop, changed)
        body = world.exchange().json()
        assert body["error_code"] == "TX-STK-00"
        assert f" {code} " in cambist("explain", body["trace_id"], "--store", shop.store).stdout
        reload(shop, made)


def test_trusted_client_sees_the_cause_itself(server):
    made = make_realm()
    for row in made["clients"]:
        row["attributes"]["cambist.diagnostics"] = "on"
    world = World(server(made))
    for situation in ("expired", "of another issuer", "subject is not selected",
                      "authentication is too weak for the rule"):
        ask, code, words = SITUATIONS[situation]
        body = ask(world).json()
        assert (body["error_code"], body["error_description"]) == (code, PAGE[code][0])
        for word in words:
            assert word in body["hint"], body


def test_hint_for_a_client_never_names_clients_it_may_not_see(server):
    made = make_realm()
    for row in made["clients"]:
        row["attributes"]["cambist.diagnostics"] = "on"
    world = World(server(made))
    body = world.a.exchange(world.token, audience="strangee").json()
    assert body["error_code"] == "TX-TGT-02"
    assert "'strange'" not in body["hint"], "that is for the operator"
    assert "Did you mean 'b'" in world.a.exchange(world.token, audience="bb").json()["hint"]
