# SPDX-License-Identifier: Apache-2.0
"""Situations of docs/situations.md that need tokens of others or a second look: what the client sees, and what the operator.

Those about our own tokens are a table in test_error_situations.py.
"""
import json
import re
import time
import uuid

import pytest
from jwcrypto import jwk, jws

from support.client import ACCESS_TOKEN, EXCHANGE, ID_TOKEN, JWT, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import ROOT, cambist

KEY = jwk.JWK.generate(kty="EC", crv="P-256", kid="k1", use="sig")
OTHER_KEY = jwk.JWK.generate(kty="EC", crv="P-256", kid="k1", use="sig")
PARTNER, JOBS, LOGINS = "https://partner.example", "https://jobs.example", "https://logins.example"
QUIET = {"cambist.diagnostics": "off"}
NEUTRAL = "TX-STK-00"


def issuer(alias, url, **more):
    return {"alias": alias, "issuer": url, "keys": {"jwks": {"keys": [json.loads(KEY.export_public())]}},
            "scopes": ["read"], "audience": "https://shop.example", "binding": "service", **more}


def foreign_rule(rule_id, requester, issuers, target="ledger"):
    made = rule(rule_id, requester, target, scopes=["read"], lifetime="2m")
    made["subject"] |= {"issuers": issuers, "tokenTypes": ["access_token", "id_token", "jwt"]}
    return made


def make_realm():
    return realm(
        "shop", scopes=[scope("read"), scope("write")], groups=[{"name": "customers"}],
        users=[user("ann"), user("cora", "/customers"), user("taken", email="other@example.com")],
        clients=[client("gate", attributes=QUIET), client("other", attributes=QUIET), client("ledger"), client("desk"),
                 public_client("web", sent_to=["gate"], optional=["read"])],
        rules=[foreign_rule("in", "gate", ["partner", "jobs", "logins"]), rule("own", "gate", "desk", scopes=["read"]),
               {**rule("night", "desk", "ledger", scopes=["read"], users={"groups": ["/customers"]}, lifetime="2m"),
                "subject": {"naked": True, "users": {"groups": ["/customers"]}},
                "risk": {"reason": "a test", "expires": "2099-01-01"}}],
        trustedIssuers=[
            issuer("partner", PARTNER), issuer("jobs", JOBS, require={"repository_id": "74", "ref": "refs/heads/main"}),
            issuer("logins", LOGINS, tokenTypes=["id_token", "access_token", "jwt"],
                   binding={"kind": "create", "username": "${CLAIM.preferred_username}"})])


@pytest.fixture(scope="module")
def shop(module_server):
    made = make_realm()
    made["exchangeRules"][2]["result"]["mode"] = "switch-subject"
    return module_server(made)


def named(shop, name):
    return Client(shop.url, "shop", name, secret_of(name))


def signed(key=KEY, typ="JWT", **claims):
    now = int(time.time())
    said = {"iss": PARTNER, "sub": "theirs", "aud": "https://shop.example", "iat": now, "exp": now + 120,
            "jti": str(uuid.uuid4()), **claims}
    token = jws.JWS(json.dumps({name: value for name, value in said.items() if value is not None}))
    token.add_signature(key, None, json.dumps({"alg": "ES256", "kid": key["kid"], "typ": typ}))
    return token.serialize(compact=True)


def ask(shop, token, requester="gate", kind=JWT, audience="ledger", **form):
    return named(shop, requester).exchange(token, subject_token_type=kind, audience=audience, **form)


def story_of(shop, response):
    """What the operator reads of a decision, refused or not."""
    trace = response.headers["Cambist-Trace-Id"]
    done = cambist("explain", trace, "--store", shop.store)
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(shop, response, code, *words, shown=NEUTRAL):
    """The client sees the neutral code and no cause; the operator the code and the words."""
    assert 400 <= response.status_code < 500, response.text
    body = response.json()
    assert body["error_code"] == shown, body
    assert body["error_description"] and "hint" not in body, body
    story = story_of(shop, response)
    assert re.search(rf"^  why +{code} ", story, re.M), story
    for word in words:
        assert word in story and (shown == code or word not in response.text), story


def test_token_of_the_partner_is_taken_with_its_type_of_rfc_9068(shop):  # errors: E36
    for typ in ("JWT", "at+jwt", "application/at+jwt", "AT+JWT"):
        assert granted(ask(shop, signed(typ=typ)))["access_token"]


def test_issuer_that_no_rule_of_the_requester_takes_gives_nothing(shop):  # errors: E1
    answer = ask(shop, signed(), requester="other")
    assert answer.status_code in (400, 403), answer.text
    story = story_of(shop, answer)
    assert re.search(r"^  why +TX-(CLI-02|TGT-01|ISS-03) ", story, re.M), story
    assert "partner" not in answer.text


@pytest.mark.parametrize("presented", ["https://partner.example/", "http://partner.example", "https://PARTNER.example"])
def test_issuer_that_is_nearly_the_one_is_named_with_the_one_that_is_trusted(shop, presented):  # errors: E17
    told(shop, ask(shop, signed(iss=presented)), "TX-STK-02", f"iss is '{presented}'",
         f"the nearest that is trusted is '{PARTNER}'")


def test_issuer_that_is_like_no_other_is_told_so(shop):  # errors: E17
    told(shop, ask(shop, signed(iss="https://accounts.google.com")), "TX-STK-02", "none of the 3 trusted is near")


def test_issuer_that_is_asked_for_is_that_of_the_token_or_nothing_is_given(shop):  # errors: E9, E17
    granted(ask(shop, signed(), subject_issuer="partner"))
    for wrong in ("nobody", "jobs", PARTNER + "/"):
        told(shop, ask(shop, signed(), subject_issuer=wrong), "TX-ISS-01")


def test_token_that_names_no_issuer_is_read_as_one_of_ours(shop):  # errors: E17
    told(shop, ask(shop, signed(iss=None)), "TX-STK-05", "'k1'")
    told(shop, ask(shop, signed(iss=None), subject_issuer="partner"), "TX-ISS-01", "it has no iss")


def test_user_of_the_same_name_is_not_merged_and_the_operator_learns_which(shop):  # errors: E18
    made = ask(shop, signed(iss=LOGINS, sub="1", preferred_username="newcomer"))
    assert decode(granted(made)["access_token"])[1]["sub"]
    told(shop, ask(shop, signed(iss=LOGINS, sub="2", preferred_username="taken")), "TX-WHO-05", "taken")


def test_tokens_of_other_providers_are_not_given_out(shop):  # errors: E19
    web = Client(shop.url, "shop", "web")
    token = granted(web.password("ann", "ann", scope="openid read"))["access_token"]
    answer = ask(shop, token, kind=ACCESS_TOKEN, audience="desk", requested_issuer="google")
    body = refused(answer, "invalid_request", "TX-PAR-02")
    assert "access_token" not in body


def test_trace_says_where_the_scopes_of_the_result_come_from(shop):  # errors: E29
    """Nobody's token is there whose scopes could be inherited: the rule's are given, and openid is not among them."""
    desk = named(shop, "desk")
    answer = desk.token(EXCHANGE, requested_subject="cora", audience="ledger", scope="read")
    assert granted(answer)["scope"].split() == ["read"]
    assert re.search(r"^  . scopes +.*read", story_of(shop, answer), re.M), story_of(shop, answer)
    answer = desk.token(EXCHANGE, requested_subject="cora", audience="ledger", scope="openid read")
    body = refused(answer, "invalid_scope", "TX-SCP-01")
    assert "openid" in body["hint"] and "night" in body["hint"], "which scope, and the rule that has it not"


@pytest.mark.parametrize("claims, code", [
    ({"iss": "https://stranger.example"}, "TX-STK-02"),
    ({"aud": "https://elsewhere.example"}, "TX-FTK-02"),
    ({"aud": None}, "TX-FTK-02")])
def test_issuer_and_audience_are_told_before_a_signature(shop, claims, code):  # errors: E32
    """specs: NEG-39. The token is signed by a stranger as well, and that is not what is wrong first."""
    told(shop, ask(shop, signed(OTHER_KEY, **claims)), code)


def test_own_token_of_another_issuer_is_told_so_before_its_signature(shop):  # errors: E32, E34
    web = Client(shop.url, "shop", "web")
    _, claims = decode(granted(web.password("ann", "ann"))["access_token"])
    elsewhere = claims["iss"].replace("/realms/shop", "/realms/shop2")
    for key in (KEY, OTHER_KEY):
        told(shop, ask(shop, signed(key, **{**claims, "iss": elsewhere}), kind=ACCESS_TOKEN), "TX-STK-02", elsewhere,
             claims["iss"])


def test_all_stages_of_a_decision_are_in_one_trace(shop):  # errors: E33
    web = Client(shop.url, "shop", "web")
    token = granted(web.password("ann", "ann", scope="openid read"))["access_token"]
    stages = ["shape", "client", "subject", "binding", "parties", "rules", "targets", "scopes"]

    def passed(answer):
        return [line.split()[1] for line in story_of(shop, answer).splitlines() if line.startswith("  \u2713")]
    good = ask(shop, token, kind=ACCESS_TOKEN, audience="desk")
    granted(good)
    seen = [stage for stage in passed(good) if stage in stages]
    assert seen == sorted(set(seen), key=stages.index) and {"client", "subject", "rules"} <= set(seen), seen
    bad = ask(shop, token, kind=ACCESS_TOKEN, audience="ledger")
    refused(bad, "invalid_target")
    short = [stage for stage in passed(bad) if stage in stages]
    assert short == seen[:len(short)] and len(short) < len(seen), (short, seen)


@pytest.mark.parametrize("claims, words", [
    ({"repository_id": "75", "ref": "refs/heads/main"}, ["repository_id", "75", "74"]),
    ({"repository_id": "74", "ref": "refs/heads/fix"}, ["ref", "refs/heads/fix", "refs/heads/main"]),
    ({"repository_id": "74"}, ["ref", "refs/heads/main"])])
def test_condition_for_a_workload_is_told_with_what_came_and_what_is_demanded(shop, claims, words):  # errors: E35
    granted(ask(shop, signed(iss=JOBS, repository_id="74", ref="refs/heads/main")))
    told(shop, ask(shop, signed(iss=JOBS, **claims)), "TX-FTK-04", *words)


@pytest.mark.parametrize("kind, typ, code", [
    (ID_TOKEN, "at+jwt", "TX-TYP-01"), (ACCESS_TOKEN, "logout+jwt", "TX-FTK-01"), (JWT, "dpop+jwt", "TX-FTK-01")])
def test_token_of_the_partner_under_a_wrong_type_is_told_so(shop, kind, typ, code):  # errors: E7
    answer = ask(shop, signed(typ=typ), kind=kind)
    assert re.search(rf"^  why +({code}|TX-TYP-0[16]|TX-FTK-01) ", story_of(shop, answer), re.M), story_of(shop, answer)


@pytest.mark.parametrize("broken", [
    lambda token: token[:100] + "\n" + token[100:], lambda token: token[:100] + " " + token[100:],
    lambda token: token + "\r\n", lambda token: "\t" + token, lambda token: f'"{token}"'])
def test_token_that_was_copied_with_a_line_break_is_told_so(shop, broken):  # errors: E6
    web = Client(shop.url, "shop", "web")
    token = granted(web.password("ann", "ann", scope="openid read"))["access_token"]
    answer = ask(shop, broken(token), kind=ACCESS_TOKEN, audience="desk")
    assert answer.status_code == 400 and answer.json()["error"] == "invalid_request", answer.text
    story = story_of(shop, answer)
    assert re.search(r"^  why +TX-(STK-01|TYP-04|PAR-01) ", story, re.M), story


def test_check_says_why_a_resource_server_does_not_take_a_token(shop):  # errors: E40
    web = Client(shop.url, "shop", "web")
    token = granted(web.password("ann", "ann", scope="openid read"))["access_token"]
    token = granted(ask(shop, token, kind=ACCESS_TOKEN, audience="desk"))["access_token"]
    header, claims = decode(token)
    right = ["--issuer", claims["iss"], "--audience", "desk", "--algorithm", header["alg"], "--scope", "read"]
    done = cambist("token", "check", token, *right)
    assert done.returncode == 0 and "\u2717" not in done.stdout, done.stdout
    for option, wrong, what in [("--issuer", "http://inside:8080/realms/shop", "issuer"), ("--audience", "billing", "audience"),
                                ("--algorithm", "PS384", "algorithm"), ("--type", "logout+jwt", "type"),
                                ("--scope", "write", "scope")]:
        done = cambist("token", "check", token, *right, option, wrong)
        failed = [line for line in done.stdout.splitlines() if line.startswith("\u2717")]
        if option in ("--issuer", "--audience", "--algorithm"):  # the wrong one alone; a list takes any of its values
            done = cambist("token", "check", token, option, wrong)
            failed = [line for line in done.stdout.splitlines() if line.startswith("\u2717")]
        assert done.returncode == 1 and len(failed) == 1, done.stdout
        assert failed[0].split()[1] == what and wrong in failed[0], failed
    listed = json.loads(cambist("token", "check", token, "--audience", "billing", "--json").stdout)
    assert listed["taken"] is False
    assert [one["presented"] for one in listed["checks"] if not one["passed"]] == ["desk"]


def test_check_of_what_is_no_jwt_or_has_expired_refuses(shop):  # errors: E40
    assert cambist("token", "check", "abcdef").returncode == 1
    done = cambist("token", "check", signed(exp=1))
    assert done.returncode == 1 and "\u2717 expiry" in done.stdout, done.stdout


def test_code_of_a_refusal_leads_to_its_place_on_the_page_of_errors(shop):  # errors: E43
    page = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    answers = [ask(shop, "x"), ask(shop, signed(iss="https://stranger.example")), named(shop, "gate").token("nonsense")]
    for answer in answers:
        [link] = re.findall(r"docs/reference/errors\.md#(\S+)", story_of(shop, answer))
        assert f'<a id="{link}"></a>' in page
