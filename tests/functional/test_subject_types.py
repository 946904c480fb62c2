# SPDX-License-Identifier: Apache-2.0
"""Every type of subject token, by every type that can be asked for, by every kind of rule."""
import concurrent.futures

import pytest

from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, switched_client, user

TYPES = {"access_token": ACCESS_TOKEN, "jwt": JWT, "id_token": ID_TOKEN,
         "refresh_token": REFRESH_TOKEN}
RISK = {"reason": "a test", "expires": "2099-01-01"}


def typed(rule_id, requester, target, *types, issues=("access_token",), **more):
    """A rule that takes these types of subject token; `subject` adds to its subject."""
    made = rule(rule_id, requester, target, types=issues, **more.pop("result", {}))
    made["subject"].update(tokenTypes=list(types), **more.pop("subject", {}))
    return made | more


def login_client(name, **more):
    """A confidential client where users log in, and which exchanges what it holds."""
    return client(name, directAccessGrantsEnabled=True, sent_to=[name], **more)


ALL = ("access_token", "jwt", "id_token")


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(realm(
        "types", revokeRefreshToken=False, scopes=[scope("read")],
        clients=[login_client("app", attributes={"access.token.header.type.rfc9068": "true"}),
                 login_client("only", scopes=["read"]), login_client("once"), login_client("spent"),
                 switched_client("gate", directAccessGrantsEnabled=True), client("thief"),
                 public_client("web", sent_to=["thief"]), client("b")],
        users=[user("alice"), user("bob")],
        rules=[typed("app-all", "app", "b", *TYPES, issues=ALL),
               typed("only-b", "only", "b", "id_token", result={"scopes": ["read"]}),
               typed("once-b", "once", "b", "refresh_token", subject={"consumeRefreshToken": True}),
               typed("spent-b", "spent", "b", "refresh_token"),
               typed("thief-b", "thief", "b", *TYPES, subject={"binding": "any"}, risk=RISK)]))


def named(shop, name):
    return Client(shop.url, "types", name, None if name == "web" else secret_of(name))


def login(shop, name, username="alice"):
    """The tokens of a log-in by the name of the type that each can be presented as."""
    answer = granted(named(shop, name).password(username, username, scope="openid"))
    return {"access_token": answer["access_token"], "jwt": answer["access_token"],
            "id_token": answer["id_token"], "refresh_token": answer["refresh_token"]}


def present(shop, name, token, declared, **form):
    form = {"audience": "b", **form}
    return named(shop, name).exchange(token, subject_token_type=TYPES[declared], **form)


@pytest.fixture(scope="module")
def tokens(shop):
    return login(shop, "app")


@pytest.mark.parametrize("requested", [None, *ALL])
@pytest.mark.parametrize("presented", TYPES)
def test_rule_that_names_the_type_serves_every_type_it_issues(shop, tokens, presented, requested):  # specs: INC-15
    answer = granted(present(shop, "app", tokens[presented], presented,
                             requested_token_type=requested and TYPES[requested]))
    assert answer["issued_token_type"] == TYPES[requested or "access_token"]
    assert answer["token_type"] == ("N_A" if requested == "id_token" else "Bearer")
    header, claims = named(shop, "app").verify(answer["access_token"])
    before = decode(tokens["access_token"])[1]
    assert (claims["sub"], claims["sid"]) == (before["sub"], before["sid"])
    assert claims["typ"] == ("ID" if requested == "id_token" else "Bearer")
    assert header["typ"] == ("at+jwt" if requested in (None, "access_token") else "JWT")


@pytest.mark.parametrize("presented", TYPES)
def test_switch_takes_access_tokens_only(shop, presented):
    answer = present(shop, "gate", login(shop, "gate")[presented], presented, audience=None)
    if presented == "access_token":
        granted(answer)
    else:
        refused(answer, "invalid_request", "TX-TYP-06")


@pytest.mark.parametrize("presented", ["access_token", "jwt", "refresh_token"])
def test_rule_takes_no_type_that_it_does_not_name(shop, presented):
    mine = login(shop, "only")
    refused(present(shop, "only", mine[presented], presented), "invalid_request", "TX-TYP-06")
    granted(present(shop, "only", mine["id_token"], "id_token"))


@pytest.mark.parametrize("really, declared", [
    (really, declared) for really in ("access_token", "id_token", "refresh_token")
    for declared in TYPES
    if really != declared and (really, declared) != ("access_token", "jwt")])
def test_token_that_is_declared_as_something_else_is_refused(shop, tokens, really, declared):
    refused(present(shop, "app", tokens[really], declared), "invalid_request", "TX-TYP-01")


def test_id_token_is_for_the_client_that_it_names(shop, tokens):
    """specs: NEG-10. A rule with binding any may take it, at its stated risk; others may not."""
    refused(present(shop, "only", tokens["id_token"], "id_token"), "invalid_request", "TX-BND-01")
    granted(present(shop, "thief", tokens["id_token"], "id_token"))


def test_id_token_has_no_scopes_of_its_own(shop):
    """specs: TX-79"""
    mine = login(shop, "only")["id_token"]
    assert "scope" not in granted(present(shop, "only", mine, "id_token"))
    refused(present(shop, "only", mine, "id_token", scope="read"), "invalid_scope", "TX-SCP-01")


def test_refresh_token_is_its_own_clients_only_whatever_the_binding(shop, tokens):
    refused(present(shop, "thief", tokens["refresh_token"], "refresh_token"),
            "invalid_request", "TX-BND-02")
    granted(named(shop, "app").refresh(tokens["refresh_token"]))


def test_refresh_token_is_not_used_up_by_an_exchange(shop):
    app, mine = named(shop, "app"), login(shop, "app")["refresh_token"]
    for _ in range(3):
        granted(present(shop, "app", mine, "refresh_token"))
    granted(app.refresh(mine))


def test_refresh_token_is_used_up_where_the_rule_says_so(shop):
    mine = login(shop, "once")["refresh_token"]
    issued = granted(present(shop, "once", mine, "refresh_token"))["access_token"]
    refused(present(shop, "once", mine, "refresh_token"), "invalid_request", "TX-STK-14")
    refused(named(shop, "once").refresh(mine), "invalid_grant")
    assert granted(named(shop, "b").introspect(issued))["active"]


def test_of_two_who_use_it_up_at_once_one_wins(shop):
    mine = login(shop, "once")["refresh_token"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda _: present(shop, "once", mine, "refresh_token").status_code, range(8)))
    assert sorted(answers) == [200, *[400] * 7]


def test_end_of_the_refresh_token_reaches_what_was_exchanged_from_it(shop):
    spent, mine = named(shop, "spent"), login(shop, "spent")["refresh_token"]
    issued = granted(present(shop, "spent", mine, "refresh_token"))["access_token"]
    assert granted(named(shop, "b").introspect(issued))["active"]
    assert spent.revoke(mine).status_code == 200
    assert granted(named(shop, "b").introspect(issued)) == {"active": False}
    refused(present(shop, "spent", mine, "refresh_token"), "invalid_request", "TX-STK-14")


@pytest.mark.parametrize("presented", ["jwt", "id_token", "refresh_token"])
def test_end_of_the_session_ends_every_type(shop, presented):
    mine = login(shop, "app", "bob")
    granted(present(shop, "app", mine[presented], presented))
    assert named(shop, "app").logout(mine["refresh_token"]).status_code == 204
    body = refused(present(shop, "app", mine[presented], presented), "invalid_request")
    assert body["error_code"] in ("TX-STK-07", "TX-STK-09", "TX-STK-14"), body


def test_unknown_refresh_token_tells_a_stranger_nothing(shop):
    refused(present(shop, "app", "cr_" + "A" * 43, "refresh_token"), "invalid_request", "TX-STK-14")
    refused(present(shop, "app", "A" * 43, "refresh_token"), "invalid_request", "TX-TYP-01")
