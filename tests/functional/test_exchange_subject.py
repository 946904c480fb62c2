# SPDX-License-Identifier: Apache-2.0
"""Subject tokens that must not be taken, each for one cause, and told apart to the trusted."""
import base64
import copy
import json
import time

import pytest
from jwcrypto import jwk, jws

from support.change import reload
from support.client import ACCESS_TOKEN, ID_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, rule, secret_of, switched_client, user


def make_realm(name="subject", **more):
    return realm(
        name,
        clients=[public_client("web", sent_to=["a", "gate"]), client("a"), client("b"),
                 public_client("brief", sent_to=["a"], attributes={"access.token.lifespan": "3"}),
                 switched_client("gate", refresh=True), client("quiet", attributes={
                     "cambist.diagnostics": "off"}),
                 client("robot", serviceAccountsEnabled=True, sent_to=["a"])],
        users=[user("alice"), user("bob")],
        rules=[rule("a-b", "a", "b"), rule("quiet-b", "quiet", "b", binding="audience")], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm(), make_realm("twin"))


def named(shop, name, realm_name="subject"):
    return Client(shop.url, realm_name, name, secret_of(name))


def login(shop, username="alice", realm_name="subject", client_id="web", **form):
    return granted(Client(shop.url, realm_name, client_id).password(username, username, **form))


@pytest.fixture
def token(shop):
    return login(shop)["access_token"]


def segments(token):
    return token.split(".")


def encode(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def resigned(token, key, **header):
    """The same claims, signed by somebody else."""
    old, claims = decode(token)
    made = jws.JWS(json.dumps(claims))
    made.allowed_algs = [*made.allowed_algs, "HS256"]
    made.add_signature(key, protected=json.dumps({**old, **header}))
    return made.serialize(compact=True)


def refuse(shop, token, code, **form):
    """Refused with this cause, and with the neutral one where nobody may know."""
    refused(named(shop, "a").exchange(token, audience="b", **form), "invalid_request", code)
    body = refused(named(shop, "quiet").exchange(token, audience="b", **form), "invalid_request")
    assert "hint" not in body


def test_expired_token_is_refused_and_told_to_be_expired(shop):
    brief = login(shop, client_id="brief")["access_token"]
    granted(named(shop, "a").exchange(brief, audience="b"))
    time.sleep(3.2)
    refuse(shop, brief, "TX-STK-03")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_tampered_token_is_refused(shop, token, part):
    parts = segments(token)
    middle = len(parts[part]) // 2
    changed = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + changed + parts[part][middle + 1:]
    response = named(shop, "a").exchange(".".join(parts), audience="b")
    body = refused(response, "invalid_request")
    assert body["error_code"].startswith("TX-STK-")


def test_claims_that_were_changed_are_refused_as_a_wrong_signature(shop, token):  # specs: JWB-04
    header, _, signature = segments(token)
    claims = decode(token)[1] | {"scope": "admin"}
    refuse(shop, ".".join((header, encode(claims), signature)), "TX-STK-06")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
def test_unsigned_token_is_refused(shop, token, alg):  # specs: JWB-03, NEG-51
    header, claims = decode(token)
    for signature in ("", segments(token)[2]):
        forged = f"{encode({**header, 'alg': alg})}.{encode(claims)}.{signature}"
        body = refused(named(shop, "a").exchange(forged, audience="b"), "invalid_request")
        assert body["error_code"] in ("TX-STK-11", "TX-STK-01", "TX-TYP-04"), body


def test_hmac_with_the_public_key_is_refused(shop, token):  # specs: JWB-01, NEG-50
    kid = decode(token)[0]["kid"]
    keys = jwk.JWKSet.from_json(Client(shop.url, "subject", "web").http.get(
        f"{shop.url}/realms/subject/protocol/openid-connect/certs", timeout=15).text)
    for secret in (keys.get_key(kid).export_to_pem(),
                   keys.get_key(kid).export_public().encode()):
        forged = resigned(token, jwk.JWK(kty="oct", k=encode(secret)), alg="HS256")
        refuse(shop, forged, "TX-STK-11")


def test_token_of_an_unknown_key_is_refused(shop, token):
    key = jwk.JWK.generate(kty="EC", crv="P-256", kid="other")
    refuse(shop, resigned(token, key, alg="ES256", kid="other"), "TX-STK-05")


def test_token_of_another_key_under_our_kid_is_refused(shop, token):  # specs: JWB-09
    refuse(shop, resigned(token, jwk.JWK.generate(kty="EC", crv="P-256"), alg="ES256"),
           "TX-STK-06")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_keys_that_a_token_brings_along_are_not_believed(shop, token, name):
    # specs: JWB-11, NEG-49
    key = jwk.JWK.generate(kty="EC", crv="P-256", kid="mine")
    value = {"jwk": json.loads(key.export_public()), "x5c": ["MIIB"]}.get(
        name, "http://127.0.0.1:1/keys")
    forged = resigned(token, key, alg="ES256", kid="mine", **{name: value})
    body = refused(named(shop, "a").exchange(forged, audience="b"), "invalid_request")
    assert body["error_code"] in ("TX-STK-05", "TX-STK-01"), body


def test_token_of_another_realm_is_refused_by_issuer(shop):  # specs: JWB-09, NEG-34; errors: E34
    twin = login(shop, realm_name="twin")["access_token"]
    refuse(shop, twin, "TX-STK-02")


def test_tokens_of_another_realm_open_nothing_here(shop):  # specs: ATJ-08, INT-05, NEG-34
    twin = login(shop, realm_name="twin", scope="openid")
    a = named(shop, "a")
    assert granted(a.introspect(twin["access_token"])) == {"active": False}
    assert a.userinfo(twin["access_token"]).status_code == 401
    refused(Client(shop.url, "subject", "web").refresh(twin["refresh_token"]), "invalid_grant")


def test_declared_type_must_be_the_real_type(shop):  # specs: JWB-13, NEG-30, NEG-31
    answer = login(shop, scope="openid")
    refuse(shop, answer["id_token"], "TX-TYP-01")
    refused(named(shop, "a").exchange(answer["access_token"], audience="b",
                                      subject_token_type=ID_TOKEN),
            "invalid_request", "TX-TYP-06")


def test_refresh_token_is_no_access_token(shop):  # specs: JWB-13, NEG-32
    answer = login(shop)
    refuse(shop, answer["refresh_token"], "TX-TYP-01")
    refused(Client(shop.url, "subject", "web").refresh(answer["access_token"]), "invalid_grant")
    assert named(shop, "a").userinfo(answer["refresh_token"]).status_code == 401


@pytest.mark.parametrize("text", ["nonsense", "a.b", "a.b.c.d", "..", "{}", "1" * 3000],
                         ids=["word", "two parts", "four parts", "dots", "json", "digits"])
def test_text_that_is_no_jwt_is_refused_as_such(shop, text):  # specs: JWB-15
    body = refused(named(shop, "a").exchange(text, audience="b"), "invalid_request")
    assert body["error_code"] in ("TX-TYP-04", "TX-STK-01"), body


@pytest.mark.parametrize("broken", ["%s ", " %s", "%s=", "%s.", "%s\n"])
def test_token_with_something_around_it_is_refused(shop, token, broken):  # specs: JWB-15
    body = refused(named(shop, "a").exchange(broken % token, audience="b"), "invalid_request")
    assert body["error_code"].startswith(("TX-STK-", "TX-TYP-", "TX-PAR-")), body


def test_strangers_can_not_tell_why_a_token_is_no_good(shop, token):  # specs: NEG-66, TX-49
    quiet = named(shop, "quiet")
    forged = resigned(token, jwk.JWK.generate(kty="EC", crv="P-256"), alg="ES256")
    bodies = [refused(quiet.exchange(one, audience="b"), "invalid_request", "TX-STK-00")
              for one in (forged, "a.b.c", login(shop, realm_name="twin")["access_token"])]
    assert len({body["error_description"] for body in bodies}) == 1


@pytest.fixture
def changing(server):
    """change(what): the running server's realm with this change; .shop is the server."""
    class Changing:
        realm = make_realm()
        shop = server(realm)

        def change(self, what):
            changed = copy.deepcopy(self.realm)
            what(changed)
            reload(self.shop, changed)
    return Changing()


def find(items, key, value):
    return next(item for item in items if item[key] == value)


def disable_user(made):
    find(made["users"], "username", "alice")["enabled"] = False


def test_token_of_a_disabled_user_is_refused_everywhere_at_once(changing):
    # specs: INT-09, NEG-01, TX-86
    shop = changing.shop
    answer, gate = login(shop, scope="openid"), named(shop, "gate")
    token = answer["access_token"]
    exchanged = granted(gate.exchange(token, requested_token_type=(
        "urn:ietf:params:oauth:token-type:refresh_token"), scope="openid"))
    exchanged = granted(gate.refresh(refresh_token_of(exchanged)))
    changing.change(disable_user)
    refused(named(shop, "a").exchange(token, audience="b"), "invalid_request", "TX-STK-08")
    refused(gate.refresh(exchanged["refresh_token"]), "invalid_grant", "TX-RT-10")
    assert granted(named(shop, "a").introspect(token)) == {"active": False}
    assert gate.userinfo(exchanged["access_token"]).status_code == 401
    refused(Client(shop.url, "subject", "web").password("alice", "alice"), "invalid_grant")
    assert login(shop, "bob")["access_token"], "others are not concerned"


def test_user_who_is_enabled_again_may_again(changing):
    shop = changing.shop
    changing.change(disable_user)
    reload(shop, changing.realm)
    granted(named(shop, "a").exchange(login(shop)["access_token"], audience="b"))


def test_token_of_a_disabled_client_is_refused(changing):  # specs: INT-09, TX-86
    shop = changing.shop
    token = login(shop)["access_token"]
    changing.change(lambda made: find(made["clients"], "clientId", "web").update(enabled=False))
    refused(named(shop, "a").exchange(token, audience="b"), "invalid_request", "TX-STK-10")
    assert granted(named(shop, "a").introspect(token)) == {"active": False}


def test_token_of_a_service_account_ends_with_its_client(changing):
    shop = changing.shop
    robot = granted(named(shop, "robot").client_credentials())["access_token"]
    granted(named(shop, "a").exchange(robot, audience="b"))
    changing.change(lambda made: find(made["clients"], "clientId", "robot").update(enabled=False))
    refused(named(shop, "a").exchange(robot, audience="b"), "invalid_request")


def test_disabled_requester_and_target_are_refused_at_once(changing):  # specs: TX-86
    shop = changing.shop
    token = login(shop)["access_token"]
    changing.change(lambda made: find(made["clients"], "clientId", "b").update(enabled=False))
    refused(named(shop, "a").exchange(token, audience="b"), "invalid_target", "TX-TGT-03")
    changing.change(lambda made: find(made["clients"], "clientId", "a").update(enabled=False))
    refused(named(shop, "a").exchange(token, audience="b"), "invalid_client", status=401)


def test_rule_that_is_taken_away_stops_exchanges_at_once(changing):
    shop = changing.shop
    token = login(shop)["access_token"]
    granted(named(shop, "a").exchange(token, audience="b"))
    changing.change(lambda made: made.update(exchangeRules=[]))
    refused(named(shop, "a").exchange(token, audience="b"), "unauthorized_client", "TX-CLI-02")


@pytest.mark.parametrize("of", ["realm", "client", "user"])
def test_not_before_ends_tokens_issued_before_it(changing, of):  # specs: INT-09, NEG-05
    shop = changing.shop
    token = login(shop)["access_token"]
    later = int(time.time()) + 100

    def change(made):
        owner = {"realm": made, "client": find(made["clients"], "clientId", "web"),
                 "user": find(made["users"], "username", "alice")}[of]
        owner["notBefore"] = later
    changing.change(change)
    refused(named(shop, "a").exchange(token, audience="b"), "invalid_request", "TX-STK-09")
    assert granted(named(shop, "a").introspect(token)) == {"active": False}


def test_disabled_realm_issues_nothing(changing):
    shop = changing.shop
    token = login(shop)["access_token"]
    changing.change(lambda made: made.update(enabled=False))
    response = named(shop, "a").exchange(token, audience="b")
    assert response.status_code == 403 and response.json()["error_code"] == "TX-RLM-02"


def test_faulty_realm_file_changes_nothing(changing):
    shop = changing.shop
    token = login(shop)["access_token"]
    with pytest.raises(AssertionError, match="clientz"):
        changing.change(lambda made: made.update(clientz=[]))
    granted(named(shop, "a").exchange(token, audience="b", requested_token_type=ACCESS_TOKEN))
