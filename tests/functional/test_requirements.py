# SPDX-License-Identifier: Apache-2.0
"""What was asked for (docs/requirements.md) and no other test shows: each test says which row it is about."""
import base64
import copy
import hashlib
import json
import re
import secrets

import pytest
from jwcrypto import jwk, jwt

from support.audit import record_of, records_of
from support.client import ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import ROOT, cambist

RISK = {"reason": "test", "expires": "2099-01-01"}
STAFF, PEOPLE = {"groups": ["/staff"]}, {"groups": ["/people"]}
# mode, holder, hideActor, naked: whatever a rule can say about who is seen in a token.
SEEN = [("same-subject", "requester", False, False), ("same-subject", "target", False, False),
        ("delegation", "requester", False, False), ("delegation", "target", False, False),
        *(("switch-subject", holder, hidden, naked) for holder in ("requester", "target")
          for hidden in (False, True) for naked in (False, True))]


def name_of(mode, holder, hidden, naked):
    return f"{mode}-{holder}{'-hidden' if hidden else ''}{'-naked' if naked else ''}"


def rule_of(mode, holder, hidden, naked):
    target = name_of(mode, holder, hidden, naked)
    made = rule(target, "desk", target, users=PEOPLE, scopes=["read"], lifetime="5m", holder=holder)
    made["result"].update({"mode": mode, **({"hideActor": True} if hidden else {})})
    if naked:
        made["subject"] = {"naked": True, "users": PEOPLE}
    elif mode != "same-subject":
        made["actor"] = {"users": STAFF}
    if hidden or naked:
        made["risk"] = RISK
    return made


def matrix():
    """zoe becomes ben and cora only, dora eve and finn only."""
    for actor, subjects in (("zoe", ["ben", "cora"]), ("dora", ["eve", "finn"])):
        made = rule(f"{actor}-list", "desk", "matrix", users={"users": subjects}, lifetime="5m")
        made["result"]["mode"] = "switch-subject"
        made["actor"] = {"users": {"users": [actor]}}
        yield made


def ward():
    """A doctor sees little of a patient, and more in an emergency, which is told."""
    usual = rule("doctor", "desk", "ward", users=PEOPLE, scopes=["read"], lifetime="5m")
    usual["result"]["mode"] = "switch-subject"
    usual["actor"] = {"users": STAFF}
    emergency = copy.deepcopy(usual)
    emergency.update(id="emergency", target={"audiences": ["emergency-room"], "resources": []},
                     demands=["reason"], breakGlass=True, risk=RISK)
    emergency["result"].update(lifetime="1m", scopes={"allow": ["read", "write"]})
    return [usual, emergency]


def make_realm():
    expired = rule("old", "desk", "archive")
    expired["risk"] = {"reason": "test", "expires": "2020-01-01"}
    seen = [rule_of(*one) for one in SEEN]
    appendix = rule("appendix-a2", "desk", "urn:example:cooperation-context", users=PEOPLE, types=["jwt"],
                    lifetime="5m")
    appendix["subject"]["tokenTypes"] = ["jwt"]
    appendix["actor"] = {"users": STAFF, "tokenTypes": ["jwt"]}
    appendix["result"]["mode"] = "delegation"
    resource = rule("appendix-a1", "desk", None, resources=["https://backend.example.com/api"], lifetime="5m")
    resource["subject"]["tokenTypes"] = ["jwt"]
    return realm(
        "asked", scopes=[scope("read"), scope("write")], groups=[{"name": "staff"}, {"name": "people"}],
        clients=[public_client("web", sent_to=["desk", "worker"], optional=["read", "write"]),
                 public_client("narrow", sent_to=["desk"]), client("desk"), client("worker"),
                 *(client(name) for name in ("archive", "svc", "other-svc", "ward", "emergency-room",
                                                 "matrix")),
                 *(client(name_of(*one)) for one in SEEN)],
        users=[user("alice", "/people"), user("dora", "/staff"), user("kim"), user("zoe"), user("ben"),
               user("cora"), user("eve"), user("finn", clientRoles={"realm-management": ["manage-users"]})],
        rules=[*seen, *matrix(), *ward(), expired, appendix, resource,
               rule("ids", "desk", "desk", types=["access_token", "id_token"], scopes=["openid", "read"],
                    lifetime="5m"),
               rule("for-svc", "desk", "svc", scopes=["read"], lifetime="5m"),
               rule("itself", "worker", "worker", types=["access_token", "refresh_token"], refresh="bounded",
                    scopes=["read"], lifetime="5m")])


@pytest.fixture(scope="module")
def asked(module_server):
    return module_server(make_realm())


@pytest.fixture
def named(asked):
    return lambda name: Client(asked.url, "asked", name, secret_of(name))


@pytest.fixture
def login(asked):
    return lambda name, client_id="web": granted(
        Client(asked.url, "asked", client_id).password(
            name, name, scope="openid read write" if client_id == "web" else "openid"))["access_token"]


def claims_of(token):
    return decode(token)[1]


def verify_as_a_relying_party(client_, token):
    """What an OpenID Connect client does with an ID token (Core section 3.1.3.7), by a library's own checks."""
    told = client_.discovery()
    keys = jwk.JWKSet.from_json(client_.http.get(told["jwks_uri"], timeout=15).text)
    # An expected time of None: the claim must be there, and the library compares it with now.
    proved = jwt.JWT(jwt=token, key=keys, algs=told["id_token_signing_alg_values_supported"],
                     check_claims={"iss": told["issuer"], "aud": client_.client_id, "azp": client_.client_id,
                                   "exp": None, "iat": None, "sub": None})
    return json.loads(proved.claims)


def test_both_ways_to_an_id_token_give_one_that_its_holder_accepts(named, login):
    """reqs: S0-3. A nonce is never invented."""
    alice, desk = login("alice"), named("desk")
    beside = granted(desk.exchange(alice, audience="desk", scope="openid read"))
    alone = granted(desk.exchange(alice, audience="desk", requested_token_type=ID_TOKEN))
    assert alone["issued_token_type"] == ID_TOKEN and alone["token_type"] == "N_A"
    for token in (beside["id_token"], alone["access_token"]):
        claims = verify_as_a_relying_party(desk, token)
        assert claims["sub"] == claims_of(alice)["sub"] and "nonce" not in claims
    with pytest.raises(jwt.JWTInvalidClaimValue):
        verify_as_a_relying_party(named("svc"), beside["id_token"])


def actors_of(claims):
    link = claims.get("act")
    while link is not None:
        yield link
        link = link.get("act")


@pytest.mark.parametrize("mode,holder,hidden,naked", SEEN, ids=lambda value: str(value))
def test_who_exchanged_can_be_told_from_the_token_or_the_audit_trail(asked, named, login, mode, holder, hidden,
                                                                     naked):
    """reqs: S0-11"""
    target = name_of(mode, holder, hidden, naked)
    form = {"audience": target}
    if mode == "delegation":
        form["actor_token"] = login("dora")
    if mode == "switch-subject":
        form["requested_subject"] = "alice"
    token = None if naked else login("dora" if mode == "switch-subject" else "alice")
    claims = claims_of(granted(named("desk").exchange(token, **form))["access_token"])
    assert claims["azp"] == (target if holder == "target" else "desk")
    shown = claims["azp"] == "desk" or "desk" in [link.get("client_id") for link in actors_of(claims)]
    record = record_of(asked, claims["jti"])
    assert record["client"] == "desk" and (shown or hidden)
    assert record["subject"] == claims["sub"]
    if mode != "same-subject" and not naked:
        assert record["actorName"] == "dora"
        assert ("dora" in [link.get("preferred_username") for link in actors_of(claims)]) is not hidden


def test_target_exchanges_the_token_that_was_sent_to_it_for_itself(named, login):
    """reqs: S0-12"""
    worker, alice = named("worker"), login("alice")
    assert "worker" in claims_of(alice)["aud"]
    claims = claims_of(granted(worker.exchange(alice, audience="worker"))["access_token"])
    assert claims["azp"] == claims["client_id"] == claims["aud"] == "worker" and "act" not in claims
    family = granted(worker.exchange(alice, audience="worker", requested_token_type=REFRESH_TOKEN))
    assert claims_of(granted(worker.refresh(refresh_token_of(family)))["access_token"])["azp"] == "worker"
    refused(worker.exchange(login("alice", "narrow"), audience="worker"), "invalid_request", "TX-BND-01")


def linted(tmp_path, *rules):
    path = tmp_path / "realm.json"
    path.write_text(json.dumps(realm("asked", clients=[client("desk"), client("svc"), public_client("web")],
                                     groups=[{"name": "people"}], rules=rules)))
    return cambist("lint", path)


def handing(**more):
    made = rule("give", "desk", "web", holder="target", types=["handoff"], session="create", refresh="bounded")
    made["result"]["mode"] = "switch-subject"
    made["subject"] = {"naked": True, "users": PEOPLE}
    return {**made, **more}


def test_tokens_for_an_app_need_a_reason_and_an_end_and_none_are_given_after_it(tmp_path, named, login):
    """reqs: S0-15"""
    told = linted(tmp_path, handing())
    assert told.returncode == 1 and "takes a risk (subject.naked) that nobody states" in told.stdout + told.stderr
    told = linted(tmp_path, handing(risk={"expires": "2099-01-01"}))
    assert told.returncode == 1 and "a risk needs its reason" in told.stdout + told.stderr
    told = linted(tmp_path, handing(risk={"reason": "log-in by the older system"}))
    assert told.returncode == 1 and "a risk needs its end" in told.stdout + told.stderr
    assert linted(tmp_path, handing(risk=RISK)).returncode == 0
    refused(named("desk").exchange(login("alice"), audience="archive"), "invalid_target", "TX-RUL-03")


def test_weaker_bindings_of_subject_tokens_are_a_choice_that_lint_lists(tmp_path):
    """reqs: S0-26"""
    usual, held = rule("usual", "desk", "svc"), rule("held", "desk", "svc", binding="azp")
    weak = [rule("weak-1", "desk", "svc", binding="any"), rule("weak-2", "desk", "web", binding="any")]
    del usual["subject"]["binding"]
    for one in weak:
        one["risk"] = RISK
    told = linted(tmp_path, usual, held, *weak)
    assert told.returncode == 0
    sentences = {name: text for name, text in re.findall(r"^rule (\S+): (.*(?:\n    .*)*)", told.stdout, re.M)}
    assert "that were sent to it" in sentences["usual"] and "that it holds" in sentences["held"]
    assert [name for name, text in sentences.items() if "risk anyBinding" in text] == ["weak-1", "weak-2"]
    del weak[0]["risk"]
    assert linted(tmp_path, *weak).returncode == 1


def test_default_binding_is_the_audience(named, login):
    """reqs: S0-26"""
    stray = login("alice", "narrow")
    refused(named("worker").exchange(stray, audience="worker"), "invalid_request", "TX-BND-01")


def test_who_views_as_a_user_can_not_write_and_both_are_in_the_audit_trail(asked, named, login):
    """reqs: S2-19"""
    dora = login("dora")
    assert "write" in claims_of(dora)["scope"].split()
    refused(named("desk").exchange(dora, requested_subject="alice", audience="ward", scope="write"),
            "invalid_scope", "TX-SCP-01")
    claims = claims_of(granted(named("desk").exchange(dora, requested_subject="alice", audience="ward"))[
        "access_token"])
    assert claims["scope"] == "read"
    record = record_of(asked, claims["jti"])
    assert (record["subjectName"], record["actorName"]) == ("alice", "dora")


def test_doctor_has_few_scopes_and_an_emergency_needs_a_reason_and_is_told_at_once(asked, named, login):
    """reqs: S2-21b"""
    desk, dora = named("desk"), login("dora")
    claims = claims_of(granted(desk.exchange(dora, requested_subject="alice", audience="ward"))["access_token"])
    assert claims["scope"] == "read" and claims["act"]["preferred_username"] == "dora"
    refused(desk.exchange(dora, requested_subject="alice", audience="emergency-room"), "invalid_request",
            "TX-IMP-05")
    answer = granted(desk.exchange(dora, requested_subject="alice", audience="emergency-room", reason="heart"))
    claims = claims_of(answer["access_token"])
    assert claims["scope"] == "read write" and claims["exp"] - claims["iat"] <= 60
    trace = record_of(asked, claims["jti"])["trace"]
    asked.wait_until(lambda: asked.events("break_glass", trace=trace), timeout=1)


def test_assistant_becomes_the_bosses_of_the_list_and_nobody_else(named, login):
    """reqs: S2-11a"""
    desk, dora = named("desk"), login("dora")
    claims = claims_of(granted(desk.exchange(dora, requested_subject="alice", audience="ward"))["access_token"])
    assert claims["act"]["preferred_username"] == "dora"
    refused(desk.exchange(dora, requested_subject="kim", audience="ward"), "invalid_target", "TX-RUL-02")


@pytest.mark.parametrize("actor,subject,permitted", [
    ("zoe", "ben", True), ("zoe", "cora", True), ("zoe", "eve", False), ("zoe", "finn", False),
    ("dora", "eve", True), ("dora", "finn", True), ("dora", "ben", False), ("dora", "cora", False)])
def test_who_becomes_whom_is_a_matrix(named, login, actor, subject, permitted):
    """reqs: S0-20. finn has an administrator's role, and is named."""
    answer = named("desk").exchange(login(actor), requested_subject=subject, audience="matrix")
    if permitted:
        assert claims_of(granted(answer)["access_token"])["act"]["preferred_username"] == actor
    else:
        refused(answer, "invalid_target")


def test_requests_of_the_rfcs_appendix_are_served_with_tokens_of_this_realm(named, login):
    """reqs: S2-21c. RFC 8693 appendix A.1 (resource) and A.2 (actor token, audience, JWTs)."""
    desk, alice = named("desk"), login("alice")
    answer = granted(desk.exchange(alice, subject_token_type=JWT, resource="https://backend.example.com/api"))
    claims = claims_of(answer["access_token"])
    assert claims["aud"] == "https://backend.example.com/api" and claims["sub"] == claims_of(alice)["sub"]
    assert answer["token_type"] == "Bearer"
    answer = granted(desk.exchange(alice, subject_token_type=JWT, actor_token=login("dora"), actor_token_type=JWT,
                                   audience="urn:example:cooperation-context", requested_token_type=JWT))
    assert answer["issued_token_type"] == JWT
    claims = claims_of(answer["access_token"])
    assert claims["aud"] == "urn:example:cooperation-context" and claims["sub"] == claims_of(alice)["sub"]
    assert claims["act"]["sub"] == claims_of(login("dora"))["sub"]


def test_targets_come_from_rules_and_not_from_the_subject_token(named, login):
    """reqs: S2-24a"""
    token = login("alice", "narrow")
    assert "svc" not in claims_of(token)["aud"]
    assert claims_of(granted(named("desk").exchange(token, audience="svc"))["access_token"])["aud"] == "svc"
    body = refused(named("desk").exchange(token, audience="other-svc"), "invalid_target", "TX-TGT-01")
    assert "No rule gives 'desk' the target 'other-svc'" in body["hint"]


HAND_OFF = "urn:cambist:params:oauth:token-type:handoff"


def hand_off(backend, token=None, **form):
    """(verifier, code)"""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return verifier, granted(backend.exchange(token, requested_token_type=HAND_OFF, code_challenge=challenge,
                                              code_challenge_method="S256", **form))["access_token"]


def test_proof_of_the_log_in_is_in_the_id_token_and_in_the_audit_trail(server):
    """reqs: S0-13. The realm is that of the recipe."""
    started = server(ROOT / "docs/recipes/spa-after-legacy-login.yaml")
    backend = Client(started.url, "recipe", "login-api", "login-api-secret")
    app = Client(started.url, "recipe", "notes-app")
    verifier, code = hand_off(backend, requested_subject="anna", audience="notes-app", amr="otp",
                              reason="one-time password by e-mail")
    tokens = granted(app.exchange(code, subject_token_type=HAND_OFF, code_verifier=verifier))
    assert claims_of(tokens["id_token"])["amr"] == ["otp"]
    made, taken = records_of(started)
    assert (made["client"], made["subjectName"]) == ("login-api", "anna")
    assert made["reason"] == "one-time password by e-mail"
    assert taken["client"] == "notes-app" and taken["xid"] == made["xid"]
    assert taken["issuedJti"] == claims_of(tokens["access_token"])["jti"]


def test_mobile_app_is_logged_in_by_a_link_that_is_useless_to_who_reads_it(server):
    """reqs: S2-26a, S2-26b. The realm is that of the recipe."""
    started = server(ROOT / "docs/recipes/mobile-hand-off.yaml")
    web, mobile = Client(started.url, "recipe", "web"), Client(started.url, "recipe", "mobile")
    backend = Client(started.url, "recipe", "web-backend", "web-backend-secret")
    alice = granted(web.password("alice", "alice", scope="openid trips:read"))["access_token"]
    verifier, code = hand_off(backend, alice, audience="mobile")
    refused(mobile.exchange(code, subject_token_type=HAND_OFF), "invalid_request")
    refused(mobile.exchange(code, subject_token_type=HAND_OFF, code_verifier=secrets.token_urlsafe(48)),
            "invalid_request")
    tokens = granted(mobile.exchange(code, subject_token_type=HAND_OFF, code_verifier=verifier))
    claims = claims_of(tokens["access_token"])
    assert claims["azp"] == "mobile" and claims["sub"] == claims_of(alice)["sub"]
    assert claims_of(granted(mobile.refresh(tokens["refresh_token"]))["access_token"])["azp"] == "mobile"


# The page that answers a row, for the rows that ask for a flow.
ANSWERS = {
    "recipes/service-to-service.md": ["S0-3", "S0-11", "S2-24a", "S2-24b"],
    "recipes/token-for-another-client.md": ["S0-1", "S0-2", "S0-10", "S0-12", "S0-18", "S0-25", "S0-26"],
    "recipes/spa-after-legacy-login.md": ["S0-5", "S0-7", "S0-8", "S0-13", "S0-15", "S0-19", "S0-29"],
    "recipes/view-as.md": ["S0-20", "S0-21", "S0-27", "S0-28", "S1-1", "S1-2", "S1-3", "S1-6", "S1-7", "S1-8",
                           "S2-0d", "S2-19"],
    "recipes/assistant-boss.md": ["S0-17", "S2-10", "S2-11a", "S2-11b"],
    "recipes/parent-child.md": ["S2-21a"],
    "recipes/doctor-patient.md": ["S2-21b"],
    "recipes/batch-job.md": ["S2-0e"],
    "recipes/organization-switch.md": ["S2-25"],
    "recipes/mobile-hand-off.md": ["S2-8", "S2-9", "S2-16", "S2-26a", "S2-26b"],
}


def links_of(page):
    """The pages of the repository that a page links to."""
    links = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
    return {(page.parent / link).resolve() for link in links if "://" not in link}


def test_every_situation_leads_to_its_recipe_within_three_clicks():
    """reqs: S0-30, S2-26c"""
    clicks, reached = 0, {ROOT / "README.md"}
    chooser, found = ROOT / "docs/which-flow.md", {}
    while clicks < 3:
        clicks += 1
        reached |= {link for page in list(reached) if page.exists() for link in links_of(page)}
        for page in reached:
            found.setdefault(page, clicks)
    assert found[chooser] == 1
    known = set(re.findall(r"^(S\d-\w+)\t", (ROOT / "tools/requirements.tsv").read_text(encoding="utf-8"), re.M))
    for page, rows in ANSWERS.items():
        assert set(rows) <= known, set(rows) - known
        assert ROOT / "docs" / page in links_of(chooser) and found[ROOT / "docs" / page] <= 3
    recipes = set((ROOT / "docs/recipes").glob("*.md")) - {ROOT / "docs/recipes" / page for page in
                                                            ("README.md", "api-keys.md")}
    assert recipes <= links_of(chooser), recipes - links_of(chooser)
