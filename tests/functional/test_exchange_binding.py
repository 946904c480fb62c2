# SPDX-License-Identifier: Apache-2.0
"""Exchanges of tokens that are bound to a key: nothing ever loses its binding."""
import json

import pytest

from support.client import Client, ID_TOKEN, REFRESH_TOKEN, decode, granted, refused
from support.dpop import DpopKey
from support.realms import (client, public_client, realm, rule, secret_of, switched_client, user)
from support.server import cambist

APP, BACK, OTHER = DpopKey(), DpopKey(), DpopKey()


def rebinding(made):
    made["subject"]["rebind"] = True
    return made


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(the_realm())


def the_realm():
    return realm(
        "bound", clients=[
            public_client("web", sent_to=["plain", "rebinds", "gate", "keeps"]),
            client("app", directAccessGrantsEnabled=True, sent_to=["app", "plain", "rebinds"]),
            client("plain"), client("rebinds"), client("keeps"), client("target"),
            switched_client("gate", sent_to=["target"])],
        users=[user("alice")], rules=[
            rule("app-target", "app", "target", types=["access_token", "id_token"]),
            rule("plain-target", "plain", "target"),
            rebinding(rule("rebinds-target", "rebinds", "target",
                           types=["access_token", "id_token"])),
            rebinding(rule("keeps-target", "keeps", "target", refresh="bounded",
                           types=["access_token", "refresh_token"]))])


def named(shop, name):
    return Client(shop.url, "bound", name, None if name == "web" else secret_of(name))


def proof(who, key):
    return {"DPoP": key.proof(who.endpoint("token"))} if key else None


def log_in(shop, name="app", key=APP):
    who = named(shop, name)
    return granted(who.token("password", username="alice", password="alice", scope="openid",
                             headers=proof(who, key)))


def exchange(shop, name, token, key=None, **form):
    who = named(shop, name)
    return who.exchange(token, headers=proof(who, key), audience="target", **form)


def cnf_of(answer):
    return decode(granted(answer)["access_token"])[1].get("cnf")


# The holder.

def test_holder_exchanges_its_bound_token_with_its_key_and_the_result_is_bound(shop):
    # specs: DPP-19, DPP-20, DPP-23
    token = log_in(shop)["access_token"]
    answer = exchange(shop, "app", token, APP)
    assert granted(answer)["token_type"] == "DPoP"
    assert cnf_of(answer) == {"jkt": APP.thumbprint}


def test_holder_without_its_proof_is_refused(shop):
    # specs: DPP-20, DPP-22, NEG-14
    token = log_in(shop)["access_token"]
    body = refused(exchange(shop, "app", token), "invalid_request", "TX-POP-01")
    assert APP.thumbprint in body["hint"] and "DPoP proof" in body["hint"]


def test_holder_with_another_key_is_refused(shop):
    # specs: DPP-20
    token = log_in(shop)["access_token"]
    body = refused(exchange(shop, "app", token, OTHER), "invalid_request", "TX-POP-07")
    assert OTHER.thumbprint in body["hint"]


# Another client.

def test_other_client_is_told_the_three_ways(shop):  # errors: E21
    # specs: DPP-21
    token = log_in(shop)["access_token"]
    for key in (None, BACK):
        body = refused(exchange(shop, "plain", token, key), "invalid_request", "TX-POP-01")
        for way in ("exchange it itself", "rebind: true", "unbound token"):
            assert way in body["hint"]


def test_keycloaks_switch_does_not_re_bind(shop):
    token = log_in(shop, "web")["access_token"]
    for key in (None, BACK):
        refused(exchange(shop, "gate", token, key), "invalid_request", "TX-POP-01")


def test_rule_that_re_binds_puts_the_key_of_the_requester_in_its_place(shop):
    # specs: DPP-21, DPP-23
    token = log_in(shop)["access_token"]
    answer = exchange(shop, "rebinds", token, BACK)
    assert granted(answer)["token_type"] == "DPoP"
    assert cnf_of(answer) == {"jkt": BACK.thumbprint}


def test_rule_that_re_binds_gives_nothing_that_is_unbound(shop):
    # specs: DPP-22, NEG-14, INC-05
    token = log_in(shop)["access_token"]
    body = refused(exchange(shop, "rebinds", token), "invalid_request", "TX-POP-08")
    assert body["error_description"] == \
        "A token that is bound to a key is not exchanged for one that is not."
    assert "Send a DPoP proof" in body["hint"]


def test_same_key_serves_another_client_without_re_binding(shop):
    token = log_in(shop)["access_token"]
    assert cnf_of(exchange(shop, "plain", token, APP)) == {"jkt": APP.thumbprint}


def test_token_that_was_not_sent_to_the_requester_is_not_re_bound(shop):
    body = refused(exchange(shop, "keeps", log_in(shop)["access_token"], BACK), "invalid_request")
    assert body["error_code"] == "TX-BND-01"


def test_unbound_token_may_become_bound(shop):
    token = log_in(shop, key=None)["access_token"]
    assert cnf_of(exchange(shop, "plain", token)) is None
    assert cnf_of(exchange(shop, "plain", token, BACK)) == {"jkt": BACK.thumbprint}


# Whatever the token looks like.

TYPES = ("access_token", "jwt", "id_token", "refresh_token")
FORMS = {"plain": {}, "opaque": {"cambist.access.token.format": "opaque"},
         "light": {"client.use.lightweight.access.token.enabled": "true"},
         "rfc9068": {"access.token.header.type.rfc9068": "true"}}


@pytest.fixture(scope="module")
def every_form(module_server):
    def takes_all(name):
        made = rule(f"{name}-b", name, "b", types=TYPES, refresh="bounded")
        made["subject"]["tokenTypes"] = list(TYPES)
        return made
    return module_server(realm(
        "forms", revokeRefreshToken=False, users=[user("alice")],
        clients=[client(name, directAccessGrantsEnabled=True, sent_to=[name], attributes=attributes)
                 for name, attributes in FORMS.items()] + [
                     client("job", serviceAccountsEnabled=True, attributes={
                         "dpop.bound.access.tokens": "true"}), client("b")],
        rules=[takes_all(name) for name in FORMS]))


@pytest.mark.parametrize("form, presented", [
    (form, presented) for form in FORMS for presented in TYPES if (form, presented) != ("opaque", "jwt")])
def test_no_form_and_no_type_of_a_token_loses_its_binding(every_form, form, presented):
    # specs: DPP-19, DPP-20, DPP-22, NEG-14
    who = Client(every_form.url, "forms", form, secret_of(form))
    login = granted(who.token("password", username="alice", password="alice", scope="openid",
                              headers=proof(who, APP)))
    token = login["access_token" if presented == "jwt" else presented]

    def ask(wanted, key):
        return who.exchange(token, subject_token_type=f"urn:ietf:params:oauth:token-type:{presented}",
                            audience="b", headers=proof(who, key),
                            requested_token_type=f"urn:ietf:params:oauth:token-type:{wanted}")
    for wanted in TYPES:
        refused(ask(wanted, None), "invalid_request", "TX-POP-01")
        refused(ask(wanted, OTHER), "invalid_request", "TX-POP-07")
        issued = granted(ask(wanted, APP))
        assert issued["token_type"] == ("DPoP" if wanted in ("access_token", "jwt") else "N_A")
        told = (decode(issued["access_token"])[1] if issued["access_token"].count(".") == 2
                else granted(who.introspect(issued["access_token"])))
        assert told["cnf"] == {"jkt": APP.thumbprint}, (wanted, told)


def test_client_credentials_are_bound_like_a_log_in(every_form):  # specs: DPP-11, DPP-19
    job = Client(every_form.url, "forms", "job", secret_of("job"))
    refused(job.client_credentials(), "invalid_dpop_proof", "TX-POP-05")
    answer = granted(job.client_credentials(headers=proof(job, BACK)))
    assert answer["token_type"] == "DPoP"
    assert decode(answer["access_token"])[1]["cnf"] == {"jkt": BACK.thumbprint}


# Along the chain.

def test_id_token_of_an_exchange_keeps_the_binding(shop):
    token = log_in(shop)["access_token"]
    refused(exchange(shop, "app", token, requested_token_type=ID_TOKEN), "invalid_request",
            "TX-POP-01")
    answer = granted(exchange(shop, "app", token, APP, requested_token_type=ID_TOKEN))
    assert answer["token_type"] == "N_A"
    assert decode(answer["access_token"])[1]["cnf"] == {"jkt": APP.thumbprint}
    logged_in = log_in(shop)
    assert decode(logged_in["id_token"])[1]["cnf"] == {"jkt": APP.thumbprint}


def test_refresh_after_an_exchange_keeps_the_binding(shop):
    token = log_in(shop, "web")["access_token"]
    keeps = named(shop, "keeps")
    answer = granted(exchange(shop, "keeps", token, BACK, requested_token_type=REFRESH_TOKEN))
    assert answer["token_type"] == "N_A"  # it travels alone, and is no access token
    refused(keeps.refresh(answer["access_token"]), "invalid_grant", "TX-POP-09")
    again = granted(keeps.token("refresh_token", refresh_token=answer["access_token"],
                                headers=proof(keeps, BACK)))
    assert decode(again["access_token"])[1]["cnf"] == {"jkt": BACK.thumbprint}
    assert again["token_type"] == "DPoP"


# Explained.

def test_explain_tells_why_and_the_rule_says_so(shop, tmp_path):  # errors: E21
    token = log_in(shop)["access_token"]
    answer = exchange(shop, "rebinds", token)
    told = cambist("explain", answer.headers["Cambist-Trace-Id"], "--store", shop.store).stdout
    assert "TX-POP-08" in told and APP.thumbprint in told
    path = tmp_path / "realm.json"
    path.write_text(json.dumps(the_realm()), encoding="utf-8")
    said = cambist("lint", path).stdout
    assert "bound to another's key against a key of its own" in said


@pytest.mark.parametrize("options, code", [
    (["--requester", "app", "--subject-client", "app"], "TX-POP-01"),
    (["--requester", "app", "--subject-client", "app", "--proven-key", OTHER.thumbprint],
     "TX-POP-07"),
    (["--requester", "app", "--subject-client", "app", "--proven-key", APP.thumbprint], None),
    (["--requester", "plain", "--subject-client", "app", "--proven-key", BACK.thumbprint],
     "TX-POP-01"),
    (["--requester", "rebinds", "--subject-client", "app"], "TX-POP-08"),
    (["--requester", "rebinds", "--subject-client", "app", "--proven-key", BACK.thumbprint], None)])
def test_simulate_decides_as_the_server(tmp_path, options, code):
    path = tmp_path / "realm.json"
    path.write_text(json.dumps(the_realm()), encoding="utf-8")
    done = cambist("simulate", "--realm", path, "--subject", "alice", "--subject-key",
                   APP.thumbprint, "--subject-audience", options[1], "--audience", "target",
                   "--json", *options)
    told = json.loads(done.stdout)
    assert told["permitted"] is (code is None), told
    assert told.get("error_code") == code
    if code is None:
        assert told["cnf"]["jkt"] in (APP.thumbprint, BACK.thumbprint)


def test_only_a_rule_that_demands_the_audience_may_re_bind(tmp_path):
    faulty = the_realm()
    faulty["exchangeRules"][2]["subject"]["binding"] = "any"
    path = tmp_path / "realm.json"
    path.write_text(json.dumps(faulty), encoding="utf-8")
    assert "re-bound only by a client that it was sent to" in cambist("lint", path).stdout
