# SPDX-License-Identifier: Apache-2.0
"""What users asked of tokens that others issue, row by row (docs/requirements.md), as far as no other file shows it."""
import json
import sqlite3

from support.change import changing_realm, find, reload
from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, Client, decode, granted, refused
from support.foreign import allow, entry, foreign_rule, jwks, new_key, signed
from support.hand_off import HAND_OFF, make, pkce, redeem
from support.publisher import Publisher
from support.realms import client, public_client, realm, scope, user
from support.saml import IdentityProvider
from support.server import cambist, write_realm

KEY, RSA, OTHER = new_key(), new_key("r1", "RS256"), new_key()
GOOGLE_APP = "1234987819200.apps.googleusercontent.com"


def us(server):
    return f"{server.url}/realms/shop"


def exchanged(server, token, kind=JWT, by="gate", **form):
    return Client(server.url, "shop", by, f"{by}-secret").exchange(
        token, subject_token_type=kind, **{"audience": "ledger", **form})


def claims_of(answer):
    return decode(granted(answer)["access_token"])[1]


def make_realm(*issuers, users=(), **more):
    return realm("shop", scopes=[scope("read")], clients=[client("gate"), client("ledger"), *more.pop("clients", ())],
                 rules=[foreign_rule("in", "gate", "ledger", [one["alias"] for one in issuers]), *more.pop("rules", ())],
                 users=users, trustedIssuers=list(issuers), **more)


def test_a_log_in_at_google_becomes_a_session_of_the_browser_app(server):
    """reqs: S0-23, S0-5. The backend that got Google's ID token hands off; the tokens are the app's, and it refreshes them."""
    google = {"alias": "google", "preset": "google", "audience": GOOGLE_APP, "keys": {"jwks": jwks(RSA)}, "scopes": ["read"],
              "binding": {"kind": "create", "username": "google-${CLAIM.sub}"}}
    hand_off = foreign_rule("to-the-app", "gate", "spa", ["google"], types=("id_token",))
    hand_off["result"] |= {"tokenTypes": ["handoff", "id_token"], "holder": "target", "session": "create", "refresh": "bounded",
                           "extendTo": "8h", "scopes": {"allow": ["openid", "read"]}, "lifetime": "5m"}
    hand_off["risk"] = {"reason": "the app's log-in", "expires": "2099-01-01"}
    server = server(make_realm(google, clients=[public_client("spa", attributes={"cambist.diagnostics": "on"})], rules=[hand_off]))
    login = signed({"iss": "https://accounts.google.com", "aud": GOOGLE_APP, "azp": GOOGLE_APP, "sub": "1101", "email": "ann@gmail.example",
                    "email_verified": True, "nonce": "n"}, RSA, "RS256")
    verifier, challenge = pkce()
    gate, spa = Client(server.url, "shop", "gate", "gate-secret"), Client(server.url, "shop", "spa")
    made = granted(make(gate, challenge, login, subject_token_type=ID_TOKEN))
    assert made["issued_token_type"] == HAND_OFF and made["expires_in"] <= 60 and "refresh_token" not in made
    refused(redeem(spa, made["access_token"], verifier[:-1] + "x"), "invalid_request")
    made = granted(make(gate, challenge, signed({**decode(login)[1], "nonce": "m"}, RSA, "RS256"), subject_token_type=ID_TOKEN))
    tokens = granted(redeem(spa, made["access_token"], verifier))
    first = decode(tokens["access_token"])[1]
    assert first["azp"] == "spa" and decode(tokens["id_token"])[1]["aud"] == "spa"
    for _ in range(5):  # and so on for as long as the session lives
        tokens = granted(spa.refresh(tokens["refresh_token"]))
        assert decode(tokens["access_token"])[1]["sub"] == first["sub"]
        assert granted(spa.userinfo(tokens["access_token"]))["sub"] == first["sub"]
    assert spa.logout(tokens["refresh_token"]).status_code == 204
    refused(spa.refresh(tokens["refresh_token"]), "invalid_grant")


def users_in(server):
    with sqlite3.connect(server.store.removeprefix("sqlite:")) as base:
        return {row[0] for row in base.execute("SELECT username FROM user")}


def test_making_users_has_three_settings_and_none_is_the_default(server):
    """reqs: S2-18b"""
    def issuer(alias, binding):
        return entry(alias, f"https://{alias}.example", KEY, binding=binding)
    issuers = [issuer("off", {"kind": "match", "match": [{"claim": "email", "attribute": "email"}]}),
               issuer("create", {"kind": "create", "username": "made-${CLAIM.sub}", "onlyIf": {"domain": "partner.example"}}),
               issuer("ephemeral", {"kind": "ephemeral", "username": "fleeting-${CLAIM.sub}"})]
    unbound = entry("unbound", "https://unbound.example", KEY)
    del unbound["binding"]
    server = server(make_realm(*issuers, unbound, users=[user("ann")]))

    def token(alias, **claims):
        return signed({"iss": f"https://{alias}.example", "sub": "x", "aud": us(server), "domain": "partner.example", **claims}, KEY)
    before = users_in(server)
    refused(exchanged(server, token("unbound")), "invalid_request", "TX-WHO-01")
    refused(exchanged(server, token("off")), "invalid_request", "TX-WHO-03")
    refused(exchanged(server, token("create", domain="elsewhere.example")), "invalid_request", "TX-WHO-06")
    told = claims_of(exchanged(server, token("ephemeral")))
    assert users_in(server) == before and told["idp"]["name"] == "fleeting-x"
    claims_of(exchanged(server, token("create")))
    assert users_in(server) == before | {"made-x"}


def test_services_and_users_of_a_partner_call_until_the_partner_is_cut_off(server):
    """reqs: S2-20"""
    users = entry("partner-users", "https://partner.example", KEY, tokenTypes=["access_token"], authorizedParties=["portal"],
                  binding={"kind": "create", "username": "partner-${CLAIM.sub}", "groups": ["/partner"]})
    services = entry("partner-services", "https://sts.partner.example", KEY, authorizedParties=["erp"])
    server, change = changing_realm(server, make_realm(users, services, groups=[{"name": "partner"}]))

    def call(issuer, **claims):
        return exchanged(server, signed({"iss": issuer, "sub": "7", "aud": us(server), **claims}, KEY), ACCESS_TOKEN)

    def user_call():
        return call("https://partner.example", azp="portal")

    def service_call():
        return call("https://sts.partner.example", client_id="erp")
    of_user, of_service = claims_of(user_call()), claims_of(service_call())
    assert of_service["idp"] == {"alias": "partner-services", "sub": "7", "name": "partner-services.7"}
    assert of_user["sub"] != of_service["sub"] and of_user["aud"] == of_service["aud"] == "ledger"
    ledger = Client(server.url, "shop", "ledger", "ledger-secret")
    kept = granted(service_call())["access_token"]
    assert granted(ledger.introspect(kept))["active"] is True

    def cut_off(made):
        for one in made["trustedIssuers"]:
            one["enabled"] = False
    change(cut_off)
    refused(user_call(), "invalid_request", "TX-ISS-02")
    refused(service_call(), "invalid_request", "TX-ISS-02")
    assert granted(ledger.introspect(kept)) == {"active": False}, "what its services have ends with it"


def test_trust_by_keys_calls_nobody_but_for_keys(server, tmp_path):
    """reqs: S2-23"""
    publisher = Publisher()
    try:
        publisher.publish("/keys", KEY)
        file = tmp_path / "keys.json"
        file.write_text(json.dumps(jwks(OTHER)))
        require = {"tier": "gold"}
        by_url = entry("by-url", f"{publisher.url}/issuer", keys={"jwksUrl": f"{publisher.url}/keys"}, require=require)
        by_file = entry("by-file", f"{publisher.url}/other", keys={"file": str(file)}, require=require)
        server = server(make_realm(by_url, by_file), arguments=allow(tmp_path))

        def token(entry_of, key, **claims):
            return signed({"iss": entry_of["issuer"], "sub": "x", "aud": us(server), "tier": "gold", **claims}, key)
        assert claims_of(exchanged(server, token(by_file, OTHER)))["idp"]["alias"] == "by-file"
        assert publisher.connections == 0, "a file of keys is enough"
        for _ in range(3):
            assert claims_of(exchanged(server, token(by_url, KEY)))["idp"]["alias"] == "by-url"
        refused(exchanged(server, token(by_url, KEY, tier="tin")), "invalid_request", "TX-FTK-04")
        assert [path for path, _ in publisher.asked] == ["/keys"]
    finally:
        publisher.close()


def test_what_can_be_exchanged_is_said_when_something_else_comes(server):
    """reqs: S2-17. SAML 2.0 is named where an issuer of it is trusted, and only there."""
    partner, idp = entry("partner", "https://partner.example", KEY), IdentityProvider("https://idp.example", "us", "https://us.example/acs")
    saml = {"alias": "saml", "kind": "saml2", "issuer": idp.entity_id, "audience": ["us"], "binding": "link",
            "keys": {"pem": idp.certificate_pem()}, "saml": {"recipients": ["https://us.example/acs"]}}
    for issuers, is_taken in (([partner], False), ([partner, saml], True)):
        started = server(make_realm(*issuers))
        body = refused(exchanged(started, "PHNhbWwvPg", "urn:ietf:params:oauth:token-type:saml1"), "invalid_request", "TX-TYP-05")
        assert "token-type:jwt" in body["hint"] and ("token-type:saml2" in body["hint"]) == is_taken, body


def test_an_upgrade_tells_which_exchange_of_a_foreign_token_it_would_decide_otherwise(server, tmp_path):
    """reqs: S2-22b, S0-6"""
    issuers = [entry("partner", "https://partner.example", KEY, binding={"kind": "create", "username": "partner-${CLAIM.sub}"}),
               entry("robots", "https://robots.example", KEY)]
    path = tmp_path / "decisions.jsonl"
    made = make_realm(*issuers)
    server = server(made, arguments=["--record", str(path)])
    for issuer in ("partner", "robots"):
        claims_of(exchanged(server, signed({"iss": f"https://{issuer}.example", "sub": "x", "aud": us(server)}, KEY)))
    done = cambist("replay", path, "--store", server.store, "--json", "--dev")
    assert done.returncode == 0 and json.loads(done.stdout) == {"played": 2, "changed": []}, done.stdout + done.stderr
    find(made["exchangeRules"], "id", "in")["subject"]["issuers"] = ["partner"]
    done = cambist("replay", path, "--realm", write_realm(tmp_path, made), "--store", server.store, "--json", "--dev")
    assert done.returncode == 1, done.stdout + done.stderr
    changed = json.loads(done.stdout)["changed"]
    assert len(changed) == 1 and "permitted, now refused" in changed[0]["differences"][0], changed


def test_tokens_of_an_unknown_client_of_a_shared_provider_open_nothing(server):
    """reqs: S2-22a. The provider's tokens get permissions here, for the clients that are listed, and the list can change."""
    provider = entry("provider", "https://provider.example", KEY, authorizedParties=["our-app"],
                     binding={"kind": "create", "username": "p-${CLAIM.sub}"})
    made = make_realm(provider)
    server, change = changing_realm(server, made)

    def call(party):
        return exchanged(server, signed({"iss": "https://provider.example", "sub": "x", "aud": us(server), "azp": party}, KEY))
    assert claims_of(call("our-app"))["scope"] == "read"
    refused(call("third-app"), "invalid_request", "TX-FTK-03")
    change(lambda new: find(new["trustedIssuers"], "alias", "provider").update(authorizedParties=["our-app", "third-app"]))
    assert claims_of(call("third-app"))["scope"] == "read"
    reload(server, made)
    refused(call("third-app"), "invalid_request", "TX-FTK-03")
