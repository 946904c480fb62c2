# SPDX-License-Identifier: Apache-2.0
"""The grants beside token exchange: password, client credentials, refresh, log-out."""
import base64
import concurrent.futures
import copy
import ctypes
import hashlib
import json
import time

import pytest

from support.change import reload
from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, scope, secret_of, user


def keycloak_hash(algorithm, value, salt, iterations, **parameters):
    """A password as Keycloak's realm export writes it."""
    return [{"type": "password",
             "secretData": json.dumps({"value": base64.b64encode(value).decode(),
                                       "salt": base64.b64encode(salt).decode(),
                                       "additionalParameters": {}}),
             "credentialData": json.dumps({
                 "hashIterations": iterations, "algorithm": algorithm,
                 "additionalParameters": {key: [text] for key, text in parameters.items()}})}]


def pbkdf2(name, digest, iterations, length, password="secret"):
    salt = bytes(range(16))
    value = hashlib.pbkdf2_hmac(digest, password.encode(), salt, iterations, length)
    return user(name) | {"credentials": keycloak_hash(name, value, salt, iterations)}


def argon2(name, value, salt, iterations, memory):
    return user(name) | {"credentials": keycloak_hash(
        "argon2", value, salt, iterations, type="id", version="1.3", hashLength="32",
        memory=str(memory), parallelism="1")}


def argon2id(password, salt, iterations, memory):
    """By the reference implementation; the server has another one."""
    size, out = ctypes.c_size_t, ctypes.create_string_buffer(32)
    assert ctypes.CDLL("libargon2.so.1").argon2id_hash_raw(
        iterations, memory, 1, password, size(len(password)), salt, size(len(salt)), out,
        size(32)) == 0
    return out.raw


# The reference implementation's own test.
KNOWN = "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"
assert argon2id(b"password", b"somesalt", 2, 256).hex() == KNOWN
SALT = b"sixteen bytes!!!"


def make_realm(**more):
    return realm(
        "grants", scopes=[scope("read"), scope("write")],
        clients=[public_client("web", optional=["read", "write"]),
                 public_client("other"), public_client("no-refresh", attributes={
                     "use.refresh.tokens": "false"}),
                 client("api", directAccessGrantsEnabled=True, optional=["read"]),
                 client("plain"), client("job", serviceAccountsEnabled=True, optional=["read"]),
                 client("job-refresh", serviceAccountsEnabled=True, attributes={
                     "client_credentials.use_refresh_token": "true"}),
                 public_client("closed") | {"directAccessGrantsEnabled": False},
                 {"clientId": "receiver", "bearerOnly": True}],
        users=[user("alice"), user("bob", enabled=False),
               user("todo", requiredActions=["UPDATE_PASSWORD"]),
               user("temp") | {"credentials": [
                   {"type": "password", "value": "temp", "temporary": True}]},
               user("nopass") | {"credentials": []},
               pbkdf2("pbkdf2", "sha1", 1000, 64), pbkdf2("pbkdf2-sha256", "sha256", 1000, 64),
               pbkdf2("pbkdf2-sha512", "sha512", 1000, 64),
               argon2("argon2", argon2id(b"password", SALT, 5, 7168), SALT, 5, 7168),
               argon2("argon2-cheap", argon2id(b"password", SALT, 2, 256), SALT, 2, 256)],
        **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


@pytest.fixture
def web(shop):
    return Client(shop.url, "grants", "web")


def named(shop, name):
    return Client(shop.url, "grants", name, secret_of(name))


# Password.

def test_password_gives_access_and_refresh_token_in_one_session(web):
    answer = granted(web.password("alice", "alice"))
    _, claims = web.verify(answer["access_token"])
    assert claims["azp"] == "web" and claims["typ"] == "Bearer"
    assert claims["preferred_username"] == "alice" and claims["sid"]
    assert answer["expires_in"] == 300 and answer["refresh_expires_in"] == 1800
    assert "id_token" not in answer and "issued_token_type" not in answer


def test_scope_openid_adds_an_id_token_for_the_client(web):
    answer = granted(web.password("alice", "alice", scope="openid"))
    _, claims = web.verify(answer["id_token"])
    assert claims["aud"] == "web" and claims["at_hash"] and claims["auth_time"]


def test_user_may_log_in_by_email_and_in_any_case(web):
    ids = {decode(granted(web.password(name, "alice"))["access_token"])[1]["sub"]
           for name in ("alice", "ALICE", "alice@example.com", "Alice@Example.com")}
    assert len(ids) == 1


def test_password_grant_is_off_without_its_switch_whatever_the_password(shop):
    # specs: TOK-13, TOK-28
    closed = Client(shop.url, "grants", "closed")
    for password in ("alice", "wrong"):
        refused(closed.password("alice", password), "unauthorized_client")
        body = refused(named(shop, "plain").password("alice", password),
                       "unauthorized_client", "TX-CLI-03")
        assert "directAccessGrantsEnabled" in body["hint"]


def test_wrong_password_missing_user_and_disabled_user_look_alike(shop):  # specs: NEG-66
    api = Client(shop.url, "grants", "web")
    bodies = [refused(api.password(*pair), "invalid_grant", "TX-USR-01")
              for pair in (("alice", "wrong"), ("nobody", "x"), ("bob", "bob"), ("bob", "wrong"),
                           ("nopass", "nopass"), ("nopass", " "),
                           ("service-account-job", "service-account-job"))]
    assert len({body["error_description"] for body in bodies}) == 1


def test_missing_password_and_user_name_are_named_at_once(web):
    body = refused(web.token("password"), "invalid_request", "TX-PAR-04")
    assert "username, password" in body["error_description"]
    refused(web.password("alice", ""), "invalid_request", "TX-PAR-04")


@pytest.mark.parametrize("name", ["todo", "temp"])
def test_account_that_is_not_set_up_is_told_so_only_with_the_right_password(web, name):
    refused(web.password(name, name), "invalid_grant", "TX-USR-06")
    refused(web.password(name, "wrong"), "invalid_grant", "TX-USR-01")


@pytest.mark.parametrize("name", ["pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512"])
def test_keycloaks_pbkdf2_hashes_verify_and_still_do_after_their_upgrade(web, name):
    refused(web.password(name, "secrets"), "invalid_grant")
    for _ in range(3):
        granted(web.password(name, "secret"))
    refused(web.password(name, "secrets"), "invalid_grant")


@pytest.mark.parametrize("name", ["argon2", "argon2-cheap"])
def test_keycloaks_argon2_hashes_verify(web, name):
    refused(web.password(name, "passworD"), "invalid_grant")
    for _ in range(2):
        granted(web.password(name, "password"))


@pytest.mark.parametrize("extra", ["audience", "resource", "authorization_details"])
def test_parameters_that_these_grants_can_not_honour_are_refused(shop, web, extra):
    value = {extra: "https://a.example"}
    token = granted(web.password("alice", "alice"))["refresh_token"]
    for response in (web.password("alice", "alice", **value),
                     named(shop, "job").client_credentials(**value)):
        refused(response, "invalid_request", "TX-PAR-02")
    if extra == "resource":  # has a meaning here (RFC 8707 section 2.2)
        refused(web.refresh(token, **value), "invalid_target")
    else:
        refused(web.refresh(token, **value), "invalid_request", "TX-PAR-02")
    granted(web.refresh(token))


def test_many_wrong_passwords_lock_the_user_and_not_others(server):  # specs: TOK-28
    shop = server(make_realm(bruteForceProtected=True, failureFactor=3, waitIncrementSeconds=60,
                             quickLoginCheckMilliSeconds=0))
    web = Client(shop.url, "grants", "web")
    for _ in range(3):
        refused(web.password("alice", "wrong"), "invalid_grant", "TX-USR-01")
    refused(web.password("alice", "alice"), "invalid_grant", "TX-USR-01")
    assert shop.wait_for_event("login.user_locked")["failures"] == 3
    granted(web.password("pbkdf2", "secret"))


def test_right_password_clears_the_count_of_failures(server):
    shop = server(make_realm(bruteForceProtected=True, failureFactor=3,
                             quickLoginCheckMilliSeconds=0))
    web = Client(shop.url, "grants", "web")
    for _ in range(3):
        for _ in range(2):
            refused(web.password("alice", "wrong"), "invalid_grant")
        granted(web.password("alice", "alice"))


def test_lock_ends_after_its_time(server):
    shop = server(make_realm(bruteForceProtected=True, failureFactor=2, waitIncrementSeconds=5,
                             quickLoginCheckMilliSeconds=0))
    web = Client(shop.url, "grants", "web")
    for _ in range(2):
        refused(web.password("alice", "wrong"), "invalid_grant")
    refused(web.password("alice", "alice"), "invalid_grant")
    time.sleep(5.2)
    granted(web.password("alice", "alice"))


def test_parallel_guesses_do_not_get_past_the_lock(server):
    shop = server(make_realm(bruteForceProtected=True, failureFactor=3, waitIncrementSeconds=60))
    guesses = [f"guess-{number}" for number in range(8)] + ["alice"]
    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        for response in pool.map(lambda guess: Client(shop.url, "grants", "web").password(
                "alice", guess), guesses[:8]):
            assert response.status_code in (400, 503)
    refused(Client(shop.url, "grants", "web").password("alice", "alice"), "invalid_grant")


# Client credentials.

def test_client_credentials_give_a_token_of_the_service_account(shop):  # specs: TOK-27
    job = named(shop, "job")
    answer = granted(job.client_credentials(scope="read"))
    _, claims = job.verify(answer["access_token"])
    assert claims["azp"] == "job" and claims["preferred_username"] == "service-account-job"
    assert "read" in claims["scope"].split() and "sid" not in claims
    assert "refresh_token" not in answer


def test_client_credentials_are_for_confidential_clients_with_a_service_account(shop, web):
    # specs: TOK-13, TOK-15, TOK-27
    refused(web.client_credentials(), "unauthorized_client", "TX-PUB-03")
    refused(named(shop, "plain").client_credentials(), "unauthorized_client", "TX-CLI-03")
    refused(named(shop, "job").client_credentials(scope="write"), "invalid_scope", "TX-SCP-01")


def test_client_credentials_give_a_refresh_token_only_with_the_switch(shop):
    requester = named(shop, "job-refresh")
    answer = granted(requester.client_credentials())
    again = granted(requester.refresh(answer["refresh_token"]))
    assert decode(again["access_token"])[1]["azp"] == "job-refresh"


# Refresh.

def test_refresh_token_rotates_and_keeps_session_subject_and_scope(web):
    # specs: TOK-29, TOK-30, ATJ-05
    first = granted(web.password("alice", "alice", scope="openid read"))
    second = granted(web.refresh(first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"]
    before, after = (decode(one["access_token"])[1] for one in (first, second))
    for name in ("sub", "sid", "azp", "xid", "auth_time"):
        assert before[name] == after[name], name
    assert set(before["scope"].split()) == set(after["scope"].split())
    assert before["jti"] != after["jti"] and second["id_token"]


def test_reuse_of_a_refresh_token_ends_its_family_and_its_access_tokens(shop, web):
    # specs: TOK-12, TOK-30, NEG-25
    first = granted(web.password("alice", "alice", scope="openid"))
    second = granted(web.refresh(first["refresh_token"]))
    refused(web.refresh(first["refresh_token"]), "invalid_grant", "TX-RT-06")
    refused(web.refresh(second["refresh_token"]), "invalid_grant", "TX-RT-06")
    for answer in (first, second):
        assert web.userinfo(answer["access_token"]).status_code == 401


def test_parallel_use_of_a_refresh_token_has_one_winner_at_most(shop, web):  # specs: TOK-30, NEG-25
    for _ in range(3):
        token = granted(web.password("alice", "alice"))["refresh_token"]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(
                lambda _, text=token: Client(shop.url, "grants", "web").refresh(text), range(8)))
        winners = [one for one in answers if one.status_code == 200]
        assert len(winners) == 1
        for one in answers:
            if one.status_code != 200:
                refused(one, "invalid_grant")
        refused(web.refresh(winners[0].json()["refresh_token"]), "invalid_grant")


def test_refresh_token_of_another_client_is_refused_and_lives_on(shop, web):
    # specs: TOK-12, TOK-29, NEG-23
    token = granted(web.password("alice", "alice"))["refresh_token"]
    for stranger in (Client(shop.url, "grants", "other"), named(shop, "api")):
        refused(stranger.refresh(token), "invalid_grant", "TX-RT-05")
    granted(web.refresh(token))


def test_refresh_may_narrow_the_scope_for_one_token_and_not_widen_it(web):  # specs: TOK-29
    first = granted(web.password("alice", "alice", scope="read write"))
    narrow = granted(web.refresh(first["refresh_token"], scope="read"))
    assert "write" not in narrow["scope"].split() and "read" in narrow["scope"].split()
    full = granted(web.refresh(narrow["refresh_token"]))
    assert {"read", "write"} <= set(full["scope"].split()), "the grant itself is not narrowed"
    only_read = granted(web.password("alice", "alice", scope="read"))
    refused(web.refresh(only_read["refresh_token"], scope="read write"), "invalid_scope",
            "TX-RT-12")


@pytest.mark.parametrize("text", ["x", "cr_x", "", "eyJhbGciOiJub25lIn0.e30."])
def test_text_that_is_no_refresh_token_is_refused(web, text):  # specs: TOK-12
    response = web.refresh(text)
    assert response.json()["error"] == ("invalid_grant" if text else "invalid_request")


def test_changed_refresh_token_is_refused(web):  # specs: TOK-12, NEG-41, NEG-56
    token = granted(web.password("alice", "alice"))["refresh_token"]
    for changed in (token[:-1], token + "A", token[:-1] + ("A" if token[-1] != "A" else "B"),
                    token.swapcase()):
        refused(web.refresh(changed), "invalid_grant", "TX-RT-06")
    granted(web.refresh(token))


def test_client_without_refresh_tokens_gets_none(shop):
    answer = granted(Client(shop.url, "grants", "no-refresh").password("alice", "alice"))
    assert "refresh_token" not in answer and "refresh_expires_in" not in answer


def test_refresh_token_may_be_used_again_until_a_newer_one_is_used(server):
    # specs: TOK-30
    shop = server(make_realm(revokeRefreshToken=True, refreshTokenMaxReuse=1))
    web = Client(shop.url, "grants", "web")
    first = granted(web.password("alice", "alice"))["refresh_token"]
    granted(web.refresh(first))
    second = granted(web.refresh(first))["refresh_token"]  # the answer before was lost
    third = granted(web.refresh(second))["refresh_token"]
    granted(web.refresh(second))
    refused(web.refresh(first), "invalid_grant")
    refused(web.refresh(third), "invalid_grant")  # what is stale ends the family

    spent = granted(web.password("alice", "alice"))["refresh_token"]
    fresh = [granted(web.refresh(spent))["refresh_token"] for _ in range(2)][-1]
    refused(web.refresh(spent), "invalid_grant")
    refused(web.refresh(fresh), "invalid_grant")

    stale = granted(web.password("alice", "alice"))["refresh_token"]
    newer = granted(web.refresh(stale))["refresh_token"]
    newest = granted(web.refresh(newer))["refresh_token"]
    refused(web.refresh(stale), "invalid_grant")  # one of its uses was left
    refused(web.refresh(newest), "invalid_grant")


def test_without_rotation_a_refresh_token_of_a_confidential_client_is_kept(server):  # specs: TOK-30
    shop = server(make_realm(revokeRefreshToken=False))
    api, web = named(shop, "api"), Client(shop.url, "grants", "web")
    token = granted(api.password("alice", "alice"))["refresh_token"]
    for _ in range(3):
        granted(api.refresh(token))
    public = granted(web.password("alice", "alice"))["refresh_token"]
    granted(web.refresh(public))
    refused(web.refresh(public), "invalid_grant")  # a public client's always rotates


def test_refresh_token_ends_with_its_idle_time(server):  # specs: TOK-12
    shop = server(make_realm(ssoSessionIdleTimeout=4))
    web = Client(shop.url, "grants", "web")
    again = granted(web.password("alice", "alice"))
    for _ in range(5):
        time.sleep(1)
        again = granted(web.refresh(again["refresh_token"]))
    time.sleep(5.2)
    refused(web.refresh(again["refresh_token"]), "invalid_grant")


def test_refresh_sees_what_changed_in_the_realm_meanwhile(server):
    made = make_realm()
    shop = server(made)
    web = Client(shop.url, "grants", "web")
    token = granted(web.password("alice", "alice", scope="read"))["refresh_token"]
    changed = copy.deepcopy(made)
    changed["users"][0].update(lastName="Changed", requiredActions=[])
    next(one for one in changed["clients"] if one["clientId"] == "web")[
        "optionalClientScopes"] = ["write"]
    reload(shop, changed)
    answer = granted(web.refresh(token))
    claims = decode(answer["access_token"])[1]
    assert claims["family_name"] == "Changed"
    assert "read" not in claims["scope"].split(), "a scope that was taken away"


# Log-out.

def test_logout_ends_the_session_for_all_its_tokens(web):  # specs: TOK-12
    answer = granted(web.password("alice", "alice", scope="openid"))
    response = web.logout(answer["refresh_token"])
    assert response.status_code == 204 and response.text == ""
    assert web.userinfo(answer["access_token"]).status_code == 401
    refused(web.refresh(answer["refresh_token"]), "invalid_grant")
    refused(web.logout(answer["refresh_token"]), "invalid_grant")


def test_logout_with_a_refresh_token_of_another_client_is_refused(shop, web):
    token = granted(web.password("alice", "alice"))["refresh_token"]
    refused(Client(shop.url, "grants", "other").logout(token), "invalid_grant", "TX-RT-05")
    refused(Client(shop.url, "grants", "other").logout(""), "invalid_request", "TX-PAR-04")
    granted(web.refresh(token))
