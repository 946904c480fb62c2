# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect Native SSO for Mobile Apps 1.0: a second app of the device gets tokens of its own without a browser."""
import time

import pytest

from support.audit import record_of
from support.change import changing_realm
from support.client import ID_TOKEN, REFRESH_TOKEN, Client, decode, granted, refused
from support.dpop import DpopKey
from support.hand_off import make, pkce, redeem
from support.realms import client, public_client, realm, rule, scope, secret_of, user

DEVICE_SECRET = "urn:openid:params:token-type:device-secret"


def suite(rule_id="suite", requester="mail", *targets, **result):
    """An app of the same maker lives on the log-in of another one."""
    made = rule(rule_id, requester, None, binding="device-secret", scopes=["openid", "notes:read"],
                types=["access_token", "id_token", "refresh_token"],
                **{"refresh": "bounded", "lifetime": "5m", **result})
    made["requester"]["authMethods"] = ["none"]
    made["subject"]["tokenTypes"] = ["id_token"]
    made["target"]["audiences"] = list(targets or ["mail", "notes"])
    return made


def make_realm(name="suite", **more):
    open_session = rule("open", "api", "photos", holder="target", session="create", refresh="bounded",
                        types=["handoff", "id_token"], scopes=["openid", "device_sso"])
    join_session = rule("join", "api", "maps", holder="target", session="join", refresh="bounded",
                        types=["handoff", "id_token"], scopes=["openid", "device_sso"])
    open_session["subject"]["users"] = {"any": True}
    return realm(
        name, scopes=[scope("device_sso"), scope("notes:read")],
        clients=[public_client("photos", optional=["device_sso", "offline_access"], sent_to=["api"]),
                 public_client("maps"), public_client("mail"), public_client("stranger"),
                 client("api"), client("notes"), client("robot", serviceAccountsEnabled=True,
                                                        optional=["device_sso"])],
        users=[user("alice"), user("bob")],
        rules=[suite(), open_session, join_session,
               rule("ids", "api", "notes", types=["access_token"], scopes=["device_sso"], lifetime="5m")], **more)


@pytest.fixture(scope="module")
def phone(module_server):
    return module_server(make_realm())


@pytest.fixture
def app(phone):
    return lambda name: Client(phone.url, "suite", name, secret_of(name) if name in ("api", "notes", "robot") else None)


def log_in(app, name="alice", scope="openid device_sso", headers=None):
    return granted(app.token("password", headers, username=name, password=name, scope=scope))


def take(app, login, secret=None, headers=None, **form):
    """The second app's request; its secret is the log-in's unless another one is given."""
    form = {"audience": app.realm_url, "actor_token": secret or login["device_secret"],
            "actor_token_type": DEVICE_SECRET, **form}
    return app.exchange(login["id_token"], subject_token_type=ID_TOKEN, headers=headers, **form)


def claims_of(token):
    return decode(token)[1]


def test_second_app_gets_tokens_of_its_own_by_the_log_in_of_the_first(phone, app):
    """reqs: S2-3. Without a browser, in the same log-in, and nobody acts."""
    login = log_in(app("photos"))
    first = claims_of(login["id_token"])
    assert login["device_secret"].startswith("cds_") and first["ds_hash"] and first["sid"]
    answer = granted(take(app("mail"), login, scope="openid notes:read"))
    claims = claims_of(answer["access_token"])
    assert claims["azp"] == "mail" and claims["aud"] == "mail" and claims["scope"] == "openid notes:read"
    assert claims["sub"] == first["sub"] and claims["sid"] == first["sid"] and "act" not in claims
    assert claims_of(answer["id_token"])["aud"] == "mail" and "device_secret" not in answer
    again = granted(app("mail").refresh(answer["refresh_token"]))
    assert claims_of(again["access_token"])["azp"] == "mail"
    assert granted(app("mail").userinfo(again["access_token"]))["sub"] == first["sub"]
    refused(app("photos").refresh(again["refresh_token"]), "invalid_grant")
    assert "suite" in record_of(phone, claims["jti"])["rules"]
    assert app("mail").discovery()["native_sso_supported"] is True


def test_target_of_the_rule_may_be_a_service_too(app):
    answer = granted(take(app("mail"), log_in(app("photos")), audience="notes"))
    assert claims_of(answer["access_token"])["aud"] == "notes" and answer["scope"] == "notes:read"
    refused(take(app("mail"), log_in(app("photos")), audience="api"), "invalid_target")


def test_stolen_id_token_alone_is_useless(app):
    """reqs: S2-3"""
    login = log_in(app("photos"))
    mail = app("mail")
    refused(mail.exchange(login["id_token"], subject_token_type=ID_TOKEN, audience="mail"), "invalid_request",
            "TX-BND-02")
    for wrong in ("cds_" + "A" * 43, "nonsense", login["access_token"]):
        refused(take(mail, login, wrong), "invalid_request", "TX-DSS-01")
    refused(mail.exchange(login["id_token"], subject_token_type=ID_TOKEN, audience="mail", actor_token="",
                          actor_token_type=DEVICE_SECRET), "invalid_request")


def test_secret_of_another_log_in_is_useless(app):
    """reqs: S2-3"""
    photos, mail = app("photos"), app("mail")
    mine, later, other = log_in(photos), log_in(photos), log_in(photos, "bob")
    for login, secret in ((mine, other), (mine, later), (later, mine), (other, mine)):
        refused(take(mail, login, secret["device_secret"]), "invalid_request", "TX-DSS-01")
    granted(take(mail, mine))


def test_device_secret_without_an_id_token_proves_nothing(app):
    login = log_in(app("photos"))
    refused(app("mail").exchange(login["access_token"], audience="mail", actor_token=login["device_secret"],
                                 actor_token_type=DEVICE_SECRET), "invalid_request", "TX-ACT-08")
    refused(take(app("mail"), login, requested_subject="bob"), "unauthorized_client", "TX-PUB-02")
    plain = granted(app("photos").password("alice", "alice", scope="openid"))
    assert "device_secret" not in plain and "ds_hash" not in claims_of(plain["id_token"])
    refused(take(app("mail"), plain, login["device_secret"]), "invalid_request", "TX-DSS-01")


def test_app_without_a_rule_gets_nothing(app):
    refused(take(app("stranger"), log_in(app("photos"))), "unauthorized_client", "TX-PUB-01")
    refused(take(app("photos"), log_in(app("photos"))), "unauthorized_client", "TX-PUB-01")


def test_log_out_ends_the_secret_and_what_it_gave(app):
    photos, mail = app("photos"), app("mail")
    login = log_in(photos)
    answer = granted(take(mail, login))
    assert photos.logout(login["refresh_token"]).status_code == 204
    refused(take(mail, login), "invalid_request")
    refused(mail.refresh(answer["refresh_token"]), "invalid_grant")
    assert mail.userinfo(answer["access_token"]).status_code == 401


def test_refresh_brings_a_fresh_id_token_for_the_same_secret(app):
    photos = app("photos")
    login = log_in(photos)
    again = granted(photos.refresh(login["refresh_token"]))
    assert "device_secret" not in again
    assert claims_of(again["id_token"])["ds_hash"] == claims_of(login["id_token"])["ds_hash"]
    granted(take(app("mail"), {**login, "id_token": again["id_token"]}))


def test_id_token_past_its_end_serves_while_the_log_in_goes_on(server):
    """The apps of a device keep it for days; without the secret it is as dead as any."""
    started = server(make_realm("days", accessTokenLifespan=2))
    photos, mail = (Client(started.url, "days", name) for name in ("photos", "mail"))
    login = log_in(photos)
    time.sleep(2.5)
    answer = granted(take(mail, login))
    assert claims_of(answer["access_token"])["exp"] > time.time()
    refused(photos.exchange(login["id_token"], subject_token_type=ID_TOKEN, audience="mail"), "unauthorized_client")
    assert photos.logout(login["refresh_token"]).status_code == 204
    refused(take(mail, login), "invalid_request")


def test_secret_of_an_offline_log_in_ends_though_the_log_in_goes_on(server):
    started = server(make_realm("old", offlineSessionIdleTimeout=8))
    photos, mail = (Client(started.url, "old", name) for name in ("photos", "mail"))
    login = log_in(photos, scope="openid device_sso offline_access")
    again = granted(photos.refresh(login["refresh_token"]))
    granted(take(mail, login))
    time.sleep(5)
    again = granted(photos.refresh(again["refresh_token"]))
    time.sleep(4)
    refused(take(mail, login), "invalid_request", "TX-DSS-02")
    granted(photos.refresh(again["refresh_token"]))


def test_device_secret_comes_with_a_log_in_only(app):
    photos = app("photos")
    refused(photos.password("alice", "alice", scope="device_sso"), "invalid_scope", "TX-DSS-03")
    refused(app("robot").client_credentials(scope="openid device_sso"), "invalid_scope", "TX-DSS-03")
    refused(app("mail").password("alice", "alice", scope="openid device_sso"), "invalid_scope")
    login = log_in(photos)["access_token"]
    refused(app("api").exchange(login, audience="notes", scope="device_sso"), "invalid_scope", "TX-DSS-03")
    refused(photos.token("password", username="alice", password="alice", device_secret="x"), "invalid_request",
            "TX-PAR-02")


def test_app_that_redeems_a_hand_off_starts_a_chain_of_its_own(app, phone):
    login = granted(app("photos").password("alice", "alice", scope="openid device_sso"))["access_token"]
    verifier, challenge = pkce()
    code = granted(make(app("api"), challenge, login, audience="photos", scope="openid device_sso"))["access_token"]
    tokens = granted(redeem(app("photos"), code, verifier))
    granted(take(app("mail"), tokens))
    # What belongs to the log-in of another app has that one's secret.
    code = granted(make(app("api"), challenge, login, audience="maps", scope="openid device_sso"))["access_token"]
    refused(redeem(app("maps"), code, verifier), "invalid_scope", "TX-DSS-03")


def test_bound_log_in_gives_a_token_that_is_bound_to_the_other_apps_key(app):
    photos, mail = app("photos"), app("mail")
    key, own = DpopKey(), DpopKey()
    url = photos.endpoint("token")
    login = log_in(photos, headers={"DPoP": key.proof(url)})
    refused(take(mail, login), "invalid_request")
    answer = granted(take(mail, login, headers={"DPoP": own.proof(url)}))
    assert claims_of(answer["access_token"])["cnf"] == {"jkt": own.thumbprint}
    refused(mail.refresh(answer["refresh_token"]), "invalid_grant")


def test_secret_is_kept_nowhere(app, phone):
    secret = log_in(app("photos"))["device_secret"].encode()
    kept = b"".join(path.read_bytes() for path in phone.folder.glob("cambist.db*"))
    assert secret not in kept and secret not in phone.log().encode()


def test_rule_that_is_gone_ends_the_other_apps_tokens(server):
    started, change = changing_realm(server, make_realm("gone"))
    photos, mail = (Client(started.url, "gone", name) for name in ("photos", "mail"))
    login = log_in(photos)
    answer = granted(take(mail, login))
    answer = granted(mail.refresh(answer["refresh_token"]))
    change(lambda made: made["exchangeRules"].pop(0))
    refused(mail.refresh(answer["refresh_token"]), "invalid_grant")
    assert take(mail, login).status_code == 400


@pytest.mark.parametrize("form", [{"requested_token_type": REFRESH_TOKEN}])
def test_refresh_token_can_be_asked_for_alone(app, form):
    answer = granted(take(app("mail"), log_in(app("photos")), **form))
    assert answer["token_type"] == "N_A"
    granted(app("mail").refresh(answer["access_token"]))
