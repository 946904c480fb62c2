# SPDX-License-Identifier: Apache-2.0
"""Every refusal in both dialects: Keycloak's status, code and text, and the RFC's."""
import json

import pytest
import requests
from jwcrypto import jwk, jws

from support.change import changing_realm, find
from support.client import (ACCESS_TOKEN, EXCHANGE, ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode,
                            granted, refused)
from support.realms import (client, public_client, realm, scope, secret_of, switched_client, user)
from support.server import cambist

KEY = jwk.JWK.generate(kty="EC", crv="P-256")
SAML2 = "urn:ietf:params:oauth:token-type:saml2"
BAD_CLIENT = "Invalid client or Invalid client credentials"


def make_realm(name, dialect, **more):
    pem = KEY.export_to_pem(private_key=True, password=None).decode()
    return realm(
        name, errorDialect=dialect,
        keys=[{"name": "known to the tests", "algorithm": "ES256", "privateKey": pem}],
        scopes=[scope("billing", "billing-api", shown=False), scope("reports", "reports-api")],
        clients=[
            public_client("web", sent_to=["gate", "asks", "plain"], optional=["offline_access"]),
            switched_client("gate", refresh=True, scopes=["billing"],
                            optional=["reports", "offline_access"], serviceAccountsEnabled=True),
            switched_client("asks", consentRequired=True, scopes=["billing"]),
            switched_client("outsider"), client("plain"), client("off", enabled=False),
            client("bearer", bearerOnly=True), client("billing-api"), client("reports-api"),
            client("lonely-api"), client("other-api"), client("closed-api", enabled=False),
            public_client("kiosk", attributes={"standard.token.exchange.enabled": "true"}),
            client("asserts", clientAuthenticatorType="client-jwt",
                   attributes={"use.jwks.string": "true", "jwks.string": json.dumps(
                       {"keys": [KEY.export_public(as_dict=True)]})})],
        users=[user("alice"), user("bob", enabled=False),
               user("carol", requiredActions=["UPDATE_PASSWORD"])], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm("kc", "keycloak"), make_realm("rfc", "strict"),
                         make_realm("shut", "keycloak", enabled=False),
                         make_realm("tls", "keycloak", sslRequired="all"),
                         make_realm("trusts", "keycloak", trustedIssuers=[
                             {"alias": "partner", "issuer": "https://partner.example", "clients": ["plain"],
                              "tokenTypes": ["access_token"], "keys": {"jwks": {"keys": [
                                  {**KEY.export_public(as_dict=True), "alg": "ES256"}]}}}]))


class World:
    """One realm and what its tests need."""

    def __init__(self, shop, name):
        self.shop, self.name = shop, name
        self.web = Client(shop.url, name, "web")
        self.login = granted(self.web.password("alice", "alice", scope="openid"))
        self.token = self.login["access_token"]
        self.gate, self.plain = self.of("gate"), self.of("plain")
        self.header, self.claims = decode(self.token)

    def of(self, client_id, secret=None):
        return Client(self.shop.url, self.name, client_id, secret or secret_of(client_id))

    def token_with(self, **more):
        signed = jws.JWS(json.dumps({**self.claims, **more}))
        signed.add_signature(KEY, protected=json.dumps(self.header))
        return signed.serialize(compact=True)

    def bare(self, name, headers=None, **form):
        """A request without any authentication of a client."""
        return requests.post(self.web.endpoint(name), data=form, headers=headers, timeout=15)

    def exchange(self, **form):
        return self.gate.exchange(self.token, **form)


@pytest.fixture(scope="module")
def worlds(shop):
    return {name: World(shop, name) for name in ("kc", "rfc")}


def unsupported(name):
    return f"Parameter '{name}' is not supported for standard token exchange"


def required(name):
    return f"Parameter '{name}' required for standard token exchange"


NOT_FOR_THE_CLIENT = ("Sender-constrained token exchange rejected as the token was not issued for the "
                      "requesting client")

# A situation: what is done, Keycloak's (status, error, description), our (status, error, code).
SITUATIONS = {
    # Before any grant.
    "no grant_type": (
        lambda w: w.gate.post("token", {"scope": "x"}),
        (400, "invalid_request", "Missing form parameter: grant_type"),
        (400, "invalid_request", "TX-PAR-04")),
    "unknown grant": (
        lambda w: w.gate.token("nonsense"),
        (400, "unsupported_grant_type", "Unsupported grant_type"),
        (400, "unsupported_grant_type", "TX-GRT-01")),
    "no client": (
        lambda w: w.bare("token", grant_type="client_credentials"),
        (400, "invalid_client", "Missing client_id parameter"),
        (401, "invalid_client", "TX-AUT-01")),
    "unknown client": (
        lambda w: w.of("nobody").client_credentials(),
        (401, "invalid_client", BAD_CLIENT), (401, "invalid_client", "TX-AUT-00")),
    "disabled client": (
        lambda w: w.of("off").client_credentials(),
        (401, "invalid_client", BAD_CLIENT), (401, "invalid_client", "TX-AUT-00")),
    "wrong secret": (
        lambda w: w.of("gate", "wrong").client_credentials(),
        (401, "unauthorized_client", BAD_CLIENT), (401, "invalid_client", "TX-AUT-00")),
    "no secret": (
        lambda w: Client(w.shop.url, w.name, "gate").client_credentials(),
        (401, "unauthorized_client", BAD_CLIENT), (401, "invalid_client", "TX-AUT-00")),
    "secret of a client with a key": (
        lambda w: w.of("asserts").client_credentials(),
        (401, "unauthorized_client", BAD_CLIENT), (401, "invalid_client", "TX-AUT-00")),
    "bearer-only client": (
        lambda w: w.of("bearer").client_credentials(),
        (400, "invalid_client", "Bearer-only not allowed"), (401, "invalid_client", "TX-AUT-00")),
    "parameter twice": (
        lambda w: w.exchange(scope=["billing", "billing"]),
        (400, "invalid_request", "duplicated parameter"), (400, "invalid_request", "TX-PAR-05")),
    # What the standard exchange declines.
    **{f"{name}": (
        lambda w, name=name: w.exchange(**{name: "x"}),
        (400, "invalid_request", unsupported(name)), (400, "invalid_request", "TX-PAR-02"))
       for name in ("requested_issuer",)},
    **{f"bound token of {whose}, {how}": (
        lambda w, holder=holder, cnf=cnf: w.gate.exchange(
            w.token_with(azp=holder, client_id=holder, aud=["gate"], cnf={cnf: "x" * 43})),
        (400, "invalid_request", text), (400, "invalid_request", "TX-POP-01"))
       for whose, holder, how, cnf, text in (
           ("another", "web", "key", "jkt", NOT_FOR_THE_CLIENT),
           ("another", "web", "certificate", "x5t#S256", NOT_FOR_THE_CLIENT),
           ("its own", "gate", "key", "jkt", "DPoP proof is missing"),
           ("its own", "gate", "certificate", "x5t#S256",
            "Client Certification missing for MTLS HoK Token Binding"))},
    "requested_subject that nothing permits": (
        lambda w: w.exchange(requested_subject="x"),
        (403, "access_denied", "Client not allowed to exchange"), (400, "invalid_target", "TX-SUB-01")),
    "switch off": (
        lambda w: w.plain.exchange(w.token),
        (400, "invalid_request", "Standard token exchange is not enabled for the requested client"),
        (400, "unauthorized_client", "TX-CLI-02")),
    "no subject_token": (
        lambda w: w.gate.token(EXCHANGE, subject_token_type=ACCESS_TOKEN),
        (400, "invalid_request", required("subject_token")), (400, "invalid_request", "TX-PAR-04")),
    "no subject_token, no type": (
        lambda w: w.gate.token(EXCHANGE),
        (400, "invalid_request", required("subject_token")), (400, "invalid_request", "TX-PAR-04")),
    "no subject_token_type": (
        lambda w: w.gate.token(EXCHANGE, subject_token=w.token),
        (400, "invalid_request", required("subject_token_type")),
        (400, "invalid_request", "TX-PAR-04")),
    "SAML as subject": (
        lambda w: w.exchange(subject_token_type=SAML2),
        (400, "invalid_request", "Parameter 'subject_token' supports access tokens only"),
        (400, "invalid_request", "TX-TYP-05")),
    **{f"{what}, by the switch alone": (
        lambda w, token=token, kind=kind: w.gate.exchange(token(w), subject_token_type=kind),
        (400, "invalid_request", "Parameter 'subject_token' supports access tokens only"),
        (400, "invalid_request", "TX-TYP-06"))
       for what, kind, token in (
           ("ID token as what it is", ID_TOKEN, lambda w: w.login["id_token"]),
           ("refresh token as what it is", REFRESH_TOKEN, lambda w: w.login["refresh_token"]),
           ("access token as a JWT", JWT, lambda w: w.token),
           ("access token as an ID token", ID_TOKEN, lambda w: w.token),
           ("garbage as an ID token", ID_TOKEN, lambda w: "nonsense"))},
    "subject_issuer in a realm that trusts nobody": (
        lambda w: w.exchange(subject_issuer="alice"),
        (400, "invalid_request", unsupported("subject_issuer")), (400, "invalid_request", "TX-ISS-01")),
    # Its checks, in order.
    "ID token declared as access token": (
        lambda w: w.gate.exchange(w.login["id_token"]),
        (400, "invalid_request", "Invalid token"), (400, "invalid_request", "TX-TYP-01")),
    "garbage": (
        lambda w: w.gate.exchange("nonsense"),
        (400, "invalid_request", "Invalid token"), (400, "invalid_request", "TX-TYP-04")),
    "expired": (
        lambda w: w.gate.exchange(w.token_with(exp=1)),
        (400, "invalid_request", "Invalid token"), (400, "invalid_request", "TX-STK-03")),
    "may_act of somebody else": (
        lambda w: w.gate.exchange(w.token_with(may_act={"sub": "other"})),
        (400, "invalid_request", "subject_token with a 'may_act' or 'act' claim requires the "
         "delegation token exchange with an actor_token"), (400, "invalid_request", "TX-ACT-01")),
    "SAML wanted": (
        lambda w: w.exchange(requested_token_type=SAML2),
        (400, "invalid_request", "requested_token_type unsupported"),
        (400, "invalid_request", "TX-TYP-03")),
    "refresh token without its switch": (
        lambda w: w.of("outsider").exchange(w.token_with(aud=["outsider"]),
                                            requested_token_type=REFRESH_TOKEN),
        (400, "invalid_request", "requested_token_type unsupported"),
        (400, "invalid_request", "TX-RT-02")),
    "audience is no client": (
        lambda w: w.exchange(audience="nobody"),
        (400, "invalid_client", "Audience not found"), (400, "invalid_target", "TX-TGT-02")),
    "public client": (
        lambda w: Client(w.shop.url, w.name, "kiosk").exchange(w.token),
        (400, "invalid_client", "Public client is not allowed to exchange token"),
        (400, "unauthorized_client", "TX-PUB-01")),
    "disabled target": (
        lambda w: w.exchange(audience="closed-api"),
        (400, "invalid_client", "Client disabled"), (400, "invalid_target", "TX-TGT-03")),
    "token of others": (
        lambda w: w.of("outsider").exchange(w.token),
        (403, "access_denied", "Client is not within the token audience"),
        (400, "invalid_request", "TX-BND-01")),
    "unknown scopes": (
        lambda w: w.exchange(scope="reports nonsense rubbish"),
        (400, "invalid_scope", "Invalid scopes: reports nonsense rubbish"),
        (400, "invalid_scope", "TX-SCP-01")),
    "refresh token without a session": (
        lambda w: w.gate.exchange(granted(w.gate.client_credentials())["access_token"],
                                  requested_token_type=REFRESH_TOKEN),
        (400, "invalid_request", "Refresh token not valid as requested_token_type because creating "
         "a new session is needed"), (400, "invalid_request", "TX-RT-03")),
    "refresh token for an offline session": (
        lambda w: w.gate.exchange(
            granted(w.web.password("alice", "alice", scope="offline_access"))["access_token"],
            requested_token_type=REFRESH_TOKEN),
        (400, "invalid_request", "Refresh token not valid as requested_token_type because creating "
         "a new session is needed"), (400, "invalid_request", "TX-RT-03")),
    "offline access": (
        lambda w: w.exchange(scope="offline_access", requested_token_type=REFRESH_TOKEN),
        (400, "invalid_request", "Scope offline_access not allowed for token exchange"),
        (400, "invalid_scope", "TX-RT-04")),
    "consent is missing": (
        lambda w: w.of("asks").exchange(w.token),
        (400, "invalid_scope", "Missing consents for Token Exchange in client asks"),
        (400, "interaction_required", "TX-CON-01")),
    "audiences out of reach": (
        lambda w: w.exchange(audience=["lonely-api", "billing-api", "other-api"]),
        (400, "invalid_request", "Requested audience not available: lonely-api,other-api"),
        (400, "invalid_target", "TX-TGT-08")),
    # The other grants.
    "no refresh token": (
        lambda w: w.web.token("refresh_token"),
        (400, "invalid_request", "No refresh token"), (400, "invalid_request", "TX-PAR-04")),
    "bad refresh token": (
        lambda w: w.web.refresh("nonsense"),
        (400, "invalid_grant", "Invalid refresh token"), (400, "invalid_grant", "TX-RT-06")),
    "refresh token of others": (
        lambda w: w.gate.refresh(w.login["refresh_token"]),
        (400, "invalid_grant",
         "Invalid refresh token. Token client and authorized client don't match"),
        (400, "invalid_grant", "TX-RT-05")),
    "no username": (
        lambda w: w.web.token("password", password="x"),
        (401, "invalid_request", "Missing parameter: username"),
        (400, "invalid_request", "TX-PAR-04")),
    "wrong password": (
        lambda w: w.web.password("alice", "wrong"),
        (401, "invalid_grant", "Invalid user credentials"), (400, "invalid_grant", "TX-USR-01")),
    "unknown user": (
        lambda w: w.web.password("nobody", "wrong"),
        (401, "invalid_grant", "Invalid user credentials"), (400, "invalid_grant", "TX-USR-01")),
    "disabled user": (
        lambda w: w.web.password("bob", "bob"),
        (400, "invalid_grant", "Account disabled"), (400, "invalid_grant", "TX-USR-01")),
    "user with something to do": (
        lambda w: w.web.password("carol", "carol"),
        (400, "invalid_grant", "Account is not fully set up"),
        (400, "invalid_grant", "TX-USR-06")),
    "password grant is off": (
        lambda w: w.gate.password("alice", "alice"),
        (400, "unauthorized_client", "Client not allowed for direct access grants"),
        (400, "unauthorized_client", "TX-CLI-03")),
    "no service account": (
        lambda w: w.plain.client_credentials(),
        (401, "unauthorized_client", "Client not enabled to retrieve service account"),
        (400, "unauthorized_client", "TX-CLI-03")),
    "public client asks for itself": (
        lambda w: w.web.client_credentials(),
        (401, "unauthorized_client", "Public client not allowed to retrieve service account"),
        (400, "unauthorized_client", "TX-PUB-03")),
    # Revocation and introspection.
    "revoke nothing": (
        lambda w: w.gate.post("revoke", {"x": "y"}),
        (400, "invalid_request", "Token not provided"), (400, "invalid_request", "TX-PAR-04")),
    "revoke a token of others": (
        lambda w: w.gate.revoke(w.token),
        (400, "invalid_request", "Unmatching clients"), (400, "invalid_request", "TX-REV-01")),
    "introspect nothing": (
        lambda w: w.gate.post("token/introspect", {"x": "y"}),
        (400, "invalid_request", "Token not provided."), (400, "invalid_request", "TX-PAR-04")),
    "introspect with a wrong secret": (
        lambda w: w.of("gate", "wrong").introspect(w.token),
        (401, "invalid_request", "Authentication failed."), (401, "invalid_client", "TX-AUT-00")),
    "introspect as nobody": (
        lambda w: w.bare("token/introspect", token=w.token),
        (401, "invalid_request", "Authentication failed."), (401, "invalid_client", "TX-AUT-01")),
    "introspect as a public client": (
        lambda w: w.web.introspect(w.token),
        (403, "invalid_request", "Client not allowed."), (400, "unauthorized_client", "TX-PUB-03")),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_keycloaks_dialect_has_its_status_its_code_and_its_text(worlds, situation):
    ask, (status, error, text), _ = SITUATIONS[situation]
    assert refused(ask(worlds["kc"]), error, status=status)["error_description"] == text


@pytest.mark.parametrize("situation", SITUATIONS)
def test_strict_dialect_has_the_code_of_the_rfc_and_ours(worlds, situation):
    ask, _, (status, error, code) = SITUATIONS[situation]
    body = refused(ask(worlds["rfc"]), error, status=status)
    assert body["error_code"] == code, body


@pytest.mark.parametrize("name", ["kc", "rfc"])
def test_revoking_what_is_no_token_succeeds(worlds, name):
    for nothing in ("nonsense", "x.y.z", "a" * 60):
        response = worlds[name].gate.revoke(nothing)
        assert response.status_code == 200
        if name == "rfc":
            assert response.text == "", "RFC 7009 section 2.2"
        else:
            body = response.json()
            assert (body["error"], body["error_description"]) == ("invalid_token", "Invalid token")


def test_realm_that_is_disabled_or_needs_https_says_so_as_keycloak_does(shop):
    for name, error, text in (("shut", "access_denied", "Realm not enabled"),
                              ("tls", "invalid_request", "HTTPS required")):
        body = refused(Client(shop.url, name, "web").password("alice", "alice"), error, status=403)
        assert body["error_description"] == text


def test_only_who_fails_to_prove_a_client_is_asked_for_basic_credentials(worlds):
    world = worlds["kc"]
    assert "WWW-Authenticate" not in world.web.password("alice", "wrong").headers
    assert "WWW-Authenticate" not in world.web.token("password", password="x").headers
    for response in (world.of("gate", "wrong").client_credentials(),
                     world.of("gate", "wrong").introspect("x"),
                     world.bare("token", {"Authorization": "Basic !!!"},
                                grant_type="client_credentials")):
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Basic realm="kc"'


def test_subject_issuer_where_others_are_trusted_has_the_texts_of_the_legacy_exchange(shop):
    world = World(shop, "trusts")
    body = refused(world.exchange(subject_issuer="partnr"), "invalid_issuer")
    assert body["error_description"] == "Invalid subject_issuer parameter"
    story = cambist("explain", body["trace_id"], "--store", shop.store).stdout
    assert "no trusted issuer has the alias or iss 'partnr'" in story and "nearest that is trusted is 'partner'" in story
    foreign = world.token_with(iss="https://partner.example")
    body = refused(world.gate.exchange(foreign, subject_issuer="partner"), "access_denied", status=403)
    assert body["error_description"] == "Client not allowed to exchange"


def test_names_in_keycloaks_texts_are_harmless(worlds):
    for probe in ('"><script>', "a\\u0022", "é", "x\r\ny"):
        for response in (worlds["kc"].exchange(audience=probe),
                         worlds["kc"].exchange(scope=f"{probe}".replace(" ", ""))):
            text = refused(response, response.json()["error"])["error_description"]
            assert not set(text) & set('"\\\r\n') and text.isascii(), text


def userinfo_refusals(world):
    """Keycloak's texts of userinfo by situation: the answer, status, error, text."""
    web, url = world.web, world.web.endpoint("userinfo")

    def bearer(token, **options):
        return requests.request("POST" if options else "GET", url, timeout=15, **options,
                                headers={"Authorization": f"Bearer {token}"})
    tokens = granted(web.password("alice", "alice", scope="openid"))
    without = granted(web.password("alice", "alice"))["access_token"]
    revoked = granted(web.password("alice", "alice", scope="openid"))["access_token"]
    assert web.revoke(revoked).status_code == 200
    assert web.logout(tokens["refresh_token"]).status_code == 204
    bad, gone = "Token verification failed", "user_session_not_found"
    yield "twice", bearer(world.token, data={"access_token": world.token}), 400, "invalid_request", \
        "More than one method used for including an access token"
    yield "no openid", bearer(without), 403, "insufficient_scope", "Missing openid scope"
    yield "nonsense", bearer("x"), 401, "invalid_token", bad
    yield "expired", bearer(world.token_with(exp=1)), 401, "invalid_token", bad
    yield "revoked", bearer(revoked), 401, "invalid_token", bad
    yield "ID token", bearer(world.login["id_token"]), 401, "invalid_token", bad
    yield "bound", bearer(world.token_with(cnf={"jkt": "x"})), 401, "invalid_token", bad
    yield "logged out", bearer(tokens["access_token"]), 401, "invalid_token", gone
    yield "disabled client", bearer(world.token_with(azp="off")), 401, "invalid_token", "Client disabled"


def test_keycloaks_dialect_has_its_texts_at_userinfo(worlds):
    for name, answer, status, error, text in userinfo_refusals(worlds["kc"]):
        body = refused(answer, error, status=status)
        assert body["error_description"] == text, name
        challenge = answer.headers["WWW-Authenticate"]
        assert f'error="{error}", error_description="{text}"' in challenge, name
    bare = requests.get(worlds["kc"].web.endpoint("userinfo"), timeout=15)
    assert (bare.status_code, bare.text) == (401, "")
    assert bare.headers["WWW-Authenticate"].startswith('Bearer realm="kc"')


def test_strict_dialect_tells_all_bad_tokens_in_one_way_at_userinfo(worlds):
    codes = {"invalid_request": "TX-BRR-04", "insufficient_scope": "TX-BRR-03", "invalid_token": "TX-BRR-02"}
    for name, answer, status, error, _ in userinfo_refusals(worlds["rfc"]):
        assert refused(answer, error, status=status)["error_code"] == codes[error], name


def test_user_who_was_disabled_is_told_so_at_userinfo_in_keycloaks_dialect(server):
    shop, change = changing_realm(server, make_realm("kc", "keycloak"))
    web = Client(shop.url, "kc", "web")
    token = granted(web.password("alice", "alice", scope="openid"))["access_token"]
    assert web.userinfo(token).status_code == 200
    change(lambda made: find(made["users"], "username", "alice").update(enabled=False))
    body = refused(web.userinfo(token), "invalid_token", status=401)
    assert body["error_description"] == "User disabled"
