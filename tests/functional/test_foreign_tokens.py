# SPDX-License-Identifier: Apache-2.0
"""Tokens of trusted issuers in, ours out. The partner is a second server of its own; workloads are tokens in the
shapes that their platforms publish, signed by keys of the test."""
import concurrent.futures
import json
import time
import uuid

import pytest
from jwcrypto import jwk, jws

from support.client import Client, JWT, ID_TOKEN, REFRESH_TOKEN, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, rule, scope, user

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = jwk.JWK.generate(kty="EC", crv="P-256", kid="k1", use="sig")
OTHER = jwk.JWK.generate(kty="EC", crv="P-256", kid="k1", use="sig")
GITHUB = "https://token.actions.githubusercontent.com"
CLUSTER = "https://cluster.example"


def sent_to(audience):
    return {"name": f"to {audience}", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
            "config": {"included.custom.audience": audience, "access.token.claim": "true"}}


def jwks(*keys):
    return {"keys": [json.loads(key.export_public()) for key in keys]}


def signed(claims, key=KEY, typ="JWT"):
    now = int(time.time())
    token = jws.JWS(json.dumps({"iat": now, "exp": now + 120, "jti": str(uuid.uuid4()), **claims}))
    token.add_signature(key, None, json.dumps({"alg": "ES256", "kid": key["kid"], "typ": typ}))
    return token.serialize(compact=True)


def foreign_rule(rule_id, requester, target, issuers, **result):
    made = rule(rule_id, requester, target, scopes=["read"], **result)
    made["subject"] |= {"issuers": issuers, "tokenTypes": ["access_token", "id_token", "jwt"]}
    return made


def entry(alias, issuer, **more):
    return {"alias": alias, "issuer": issuer, "keys": {"jwks": jwks(KEY)}, "scopes": ["read"], **more}


@pytest.fixture(scope="module", name="partner")
def partner_fixture(module_server):
    """A customer's identity provider: ann and eve log in to its app, or to another one."""
    apps = [public_client("app"), public_client("unknown-app")]
    for one in apps:
        one["protocolMappers"].append(sent_to("https://shop.example/api"))
    return module_server(realm("partner", users=[user("ann"), user("eve"), user("zed"), user("yan")], clients=apps))


def at_partner(partner, username="ann", app="app"):
    return granted(Client(partner.url, "partner", app).password(username, username, scope="openid"))


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, partner, tmp_path_factory):
    config = tmp_path_factory.mktemp("outbound") / "config.json"
    config.write_text(json.dumps({"outbound": {"allowHttp": True, "allow": ["127.0.0.1"]}}))
    issuers = [
        {"alias": "partner", "preset": "keycloak", "issuer": f"{partner.url}/realms/partner",
         "audience": "https://shop.example/api", "authorizedParties": ["app"], "scopes": ["read"],
         "tokenTypes": ["access_token", "jwt"],
         "binding": {"kind": "create", "username": "partner-${CLAIM.preferred_username}"}},
        {"alias": "partner-logins", "preset": "keycloak", "issuer": f"{partner.url}/realms/partner",
         "audience": "app", "tokenTypes": ["id_token"], "scopes": ["read"],
         "binding": {"kind": "match", "match": [{"claim": "email", "attribute": "email"}]}},
        entry("offline", "https://offline.example", binding="service", uses=["subject", "grant"],
              require={"tier": ["gold", "silver"]}),
        entry("once", "https://once.example", binding="service", singleUse=True),
        entry("watched", "https://watched.example", binding="service", singleUse=True, mode="audit"),
        entry("linked", "https://linked.example", binding="link"),
        entry("staff", "https://staff.example",
              binding={"kind": "match", "match": [{"claim": "badge", "attribute": "badge"}]}),
        entry("fleeting", "https://fleeting.example", binding="ephemeral"),
        entry("scoped", "https://scoped.example", binding="service", scopes=["read", "write"],
              scopeMap={"orders.view": ["read"], "orders.edit": ["read", "write"], "root": ["admin"]}),
        {**entry("github", GITHUB), "preset": "github-actions", "algorithms": ["ES256"], "audience": "self", "binding": "service",
         "require": {"repository_id": "74", "repository_owner_id": "65", "ref": "refs/heads/main"}},
        {**entry("cluster", CLUSTER), "preset": "kubernetes", "audience": "self", "uses": ["client", "subject"],
         "binding": "service", "require": {"sub": "system:serviceaccount:prod:*"}},
        {"alias": "mesh", "preset": "spiffe", "trustDomain": "prod.example", "uses": ["client"],
         "keys": {"jwks": {"keys": [{**json.loads(KEY.export_public()), "use": "jwt-svid"}]}}},
    ]
    names = [one["alias"] for one in issuers if one["alias"] != "mesh"]

    def workload(name, issuer, subject):
        made = client(name, serviceAccountsEnabled=True, clientAuthenticatorType="federated-jwt",
                      attributes={"jwt.credential.issuer": issuer, "jwt.credential.sub": subject})
        del made["secret"]
        return made

    made = realm(
        "shop", scopes=[scope("read"), scope("write"), scope("admin")],
        users=[user("ann"), user("vip", federatedIdentities=[
                   {"identityProvider": "linked", "userId": "their-vip", "userName": "vip@there"}]),
               user("ben", attributes={"badge": ["17"]}), user("cleo", attributes={"badge": ["18"]}),
               user("dora", attributes={"badge": ["18"]})],
        clients=[client("gate"), client("ledger"), client("plain"), client("desk"),
                 client("quiet", attributes={"cambist.diagnostics": "off"}),
                 workload("pod", "cluster", "system:serviceaccount:prod:billing"),
                 workload("svid", "mesh", "spiffe://prod.example/billing")],
        rules=[foreign_rule("in", "gate", "ledger", names, lifetime="2m"),
               foreign_rule("quiet", "quiet", "ledger", names, lifetime="2m"),
               foreign_rule("stay", "gate", "plain", ["partner-logins"], extendTo="30m",
                            types=("access_token", "refresh_token"), refresh="bounded", session="create",
                            lifetime="2m")],
        trustedIssuers=issuers)
    desk = foreign_rule("desk", "gate", "desk", ["scoped", "offline"], lifetime="2m")
    desk["result"]["scopes"] = {"allow": ["read", "write", "admin"]}
    made["exchangeRules"].append(desk)
    made["exchangeRules"][2]["risk"] = {"reason": "the web client stays logged in", "expires": "2099-01-01"}
    return module_server(made, arguments=["--config", str(config)])


def gate(shop, name="gate"):
    return Client(shop.url, "shop", name, f"{name}-secret")


def us(shop):
    return f"{shop.url}/realms/shop"


def exchanged(shop, token, kind=JWT, audience="ledger", **form):
    return gate(shop).exchange(token, subject_token_type=kind, audience=audience, **form)


def claims_of(answer):
    return decode(granted(answer)["access_token"])[1]


def test_a_partners_token_becomes_ours_and_its_user_is_made_once(shop, partner):
    """reqs: S2-13a, S2-0c. specs: INC-14"""
    token = at_partner(partner, "zed")["access_token"]
    _, theirs = decode(token)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: exchanged(shop, token, audience="ledger"), range(8)))
    ours = [claims_of(one) for one in answers]
    assert len({one["sub"] for one in ours}) == 1, "made once, whoever comes first"
    assert ours[0]["sub"] != theirs["sub"] and ours[0]["iss"] == us(shop) and ours[0]["aud"] == "ledger"
    assert all(one["exp"] <= theirs["exp"] for one in ours)
    again = claims_of(exchanged(shop, at_partner(partner, "zed")["access_token"], subject_issuer="partner"))
    assert again["sub"] == ours[0]["sub"]
    assert claims_of(exchanged(shop, at_partner(partner, "eve")["access_token"]))["sub"] != again["sub"]


def test_a_token_that_the_partner_issued_to_an_unknown_app_is_refused(shop, partner):
    """reqs: S2-22a"""
    body = refused(exchanged(shop, at_partner(partner, app="unknown-app")["access_token"]), "invalid_request",
                   "TX-FTK-03")
    assert "unknown-app" in body["hint"]


def test_a_login_elsewhere_becomes_a_session_that_refreshes(shop, partner):
    """reqs: S0-23"""
    login = at_partner(partner)["id_token"]
    answer = granted(exchanged(shop, login, ID_TOKEN, "plain", requested_token_type=REFRESH_TOKEN))
    first = refresh_token_of(answer)
    fresh = granted(gate(shop).refresh(first))
    again = granted(gate(shop).refresh(refresh_token_of(fresh)))
    assert decode(again["access_token"])[1]["aud"] == "plain"
    refused(exchanged(shop, at_partner(partner, "yan")["id_token"], ID_TOKEN), "invalid_request", "TX-WHO-03")


def test_a_key_in_the_realm_is_enough_and_claims_are_demanded(shop):
    """reqs: S2-23"""
    base = {"iss": "https://offline.example", "sub": "robot-7", "aud": us(shop)}
    token = claims_of(exchanged(shop, signed({**base, "tier": "gold"})))
    assert token["idp"] == {"alias": "offline", "sub": "robot-7", "name": "offline.robot-7"}
    assert token["scope"] == "read"
    body = refused(exchanged(shop, signed({**base, "tier": "tin"})), "invalid_request", "TX-FTK-04")
    assert "tier is 'tin'" in body["hint"]
    refused(exchanged(shop, signed({**base, "tier": "gold", "aud": "https://elsewhere.example"})),
            "invalid_request", "TX-FTK-02")
    refused(exchanged(shop, signed({**base, "tier": "gold"}, OTHER)), "invalid_request", "TX-STK-06")
    refused(exchanged(shop, signed({**base, "tier": "gold", "exp": int(time.time()) - 60})), "invalid_request",
            "TX-STK-03")
    refused(exchanged(shop, signed({**base, "iss": "https://offline.example/", "tier": "gold"})),
            "invalid_request", "TX-STK-02")


def test_a_client_without_diagnostics_learns_nothing_of_what_is_wrong(shop):
    good = {"iss": "https://offline.example", "sub": "x", "aud": us(shop), "tier": "gold"}
    late = int(time.time()) - 99
    told = set()
    for wrong in ({"aud": "y"}, {"iss": "https://nobody.example"}, {"exp": late}, {"tier": "tin"},
                  {"iss": "https://linked.example"}, {"sub": ""}):
        answer = gate(shop, "quiet").exchange(signed({**good, **wrong}), subject_token_type=JWT, audience="ledger")
        body = refused(answer, "invalid_request")
        told.add(tuple(sorted((name, value) for name, value in body.items() if name.startswith("error"))))
    assert len(told) == 1, told
    claims_of(gate(shop, "quiet").exchange(signed(good), subject_token_type=JWT, audience="ledger"))


@pytest.mark.parametrize("claims, ours", [
    ({"scope": "orders.view"}, {"read"}), ({"scp": "orders.view orders.edit"}, {"read", "write"}),
    ({"scope": ["orders.edit", "other"]}, {"read", "write"}), ({"scp": ["orders.view"]}, {"read"}),
    ({"scope": "read write"}, set()), ({"scope": "root"}, set()), ({"scp": {"orders.view": True}}, set()),
    ({"scope": "ORDERS.VIEW"}, set()), ({}, set())])
def test_scopes_of_others_count_as_the_map_says_however_they_are_written(shop, claims, ours):
    # specs: TX-74
    token = signed({"iss": "https://scoped.example", "sub": "robot", "aud": us(shop), **claims})
    assert set(claims_of(exchanged(shop, token, audience="desk")).get("scope", "").split()) == ours
    if "write" not in ours:
        refused(exchanged(shop, token, audience="desk", scope="write"), "invalid_scope")


@pytest.mark.parametrize("claim", ["scope", "scp"])
def test_scopes_of_others_mean_nothing_without_a_map(shop, claim):  # specs: TX-74
    for theirs in ("write admin", ["write", "admin"]):
        token = signed({"iss": "https://offline.example", "sub": "robot", "aud": us(shop), "tier": "gold",
                        claim: theirs})
        assert claims_of(exchanged(shop, token, audience="desk"))["scope"] == "read"
        refused(exchanged(shop, token, audience="desk", scope="write"), "invalid_scope")


def test_a_token_that_serves_once_serves_once(shop):
    token = signed({"iss": "https://once.example", "sub": "x", "aud": us(shop)})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: exchanged(shop, token), range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [400] * 7
    refused(exchanged(shop, token), "invalid_request", "TX-FTK-08")


def test_what_is_only_recorded_of_a_token_does_not_let_it_serve_twice(shop):
    """It lives longer than a token that serves once may; mode audit records that, and no more."""
    token = signed({"iss": "https://watched.example", "sub": "x", "aud": us(shop), "exp": int(time.time()) + 3 * 86400})
    claims_of(exchanged(shop, token))
    refused(exchanged(shop, token), "invalid_request", "TX-FTK-08")


def test_links_come_with_the_users_of_an_export(shop):
    linked = {"iss": "https://linked.example", "sub": "their-vip", "aud": us(shop)}
    token = claims_of(exchanged(shop, signed(linked)))
    assert "idp" not in token, "a user of ours"
    refused(exchanged(shop, signed({**linked, "sub": "their-other"})), "invalid_request", "TX-WHO-02")


def test_an_employee_is_found_by_one_attribute_or_not_at_all(shop):
    """reqs: S2-18a"""
    staff = {"iss": "https://staff.example", "sub": "s", "aud": us(shop)}
    claims_of(exchanged(shop, signed({**staff, "badge": "17"})))
    body = refused(exchanged(shop, signed({**staff, "badge": "18"})), "invalid_request", "TX-WHO-04")
    assert "2 users" in body["hint"]
    refused(exchanged(shop, signed({**staff, "badge": "19"})), "invalid_request", "TX-WHO-03")


def test_a_fleeting_subject_leaves_no_user_and_its_token_is_known_again(shop):
    """reqs: S2-18b"""
    fleeting = signed({"iss": "https://fleeting.example", "sub": "guest", "aud": us(shop)})
    answer = granted(exchanged(shop, fleeting))
    told = granted(Client(shop.url, "shop", "ledger", "ledger-secret").introspect(answer["access_token"]))
    assert told["active"] is True


def test_an_assertion_is_a_grant_by_rule_and_is_refused_as_a_grant(shop):
    """specs: AST-01, AST-09, AST-10"""
    token = signed({"iss": "https://offline.example", "sub": "robot", "aud": us(shop), "tier": "gold"})
    ours = claims_of(gate(shop).token(BEARER, assertion=token, audience="ledger"))
    assert ours["aud"] == "ledger"
    body = refused(gate(shop).token(BEARER, assertion=token, audience="ledger"), "invalid_grant", "TX-GRT-02")
    assert "TX-FTK-08" in body["hint"]
    refused(gate(shop).token(BEARER, assertion="x.y.z", audience="ledger"), "invalid_grant", "TX-GRT-02")
    found = gate(shop).http.get(f"{us(shop)}/.well-known/openid-configuration", timeout=15).json()
    assert BEARER in found["grant_types_supported"]


def github(shop, **more):
    """The shape of https://docs.github.com: OpenID Connect in workflows."""
    return signed({"iss": GITHUB, "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "aud": us(shop),
                   "ref": "refs/heads/main", "repository": "octo-org/octo-repo", "repository_owner": "octo-org",
                   "repository_id": "74", "repository_owner_id": "65", "event_name": "workflow_dispatch",
                   "job_workflow_ref": "octo-org/octo-repo/.github/workflows/w.yml@refs/heads/main", **more})


def test_a_ci_job_needs_the_ids_that_nobody_else_can_register(shop):
    """specs: WLI-06, WLI-08"""
    assert claims_of(exchanged(shop, github(shop)))["idp"]["alias"] == "github"
    for wrong in ({"repository_id": "75"}, {"repository_id": 740}, {"ref": "refs/pull/1/merge"},
                  {"repository_owner_id": "6"}, {"ref": "refs/heads/main2"}):
        refused(exchanged(shop, github(shop, **wrong)), "invalid_request", "TX-FTK-04")
    refused(exchanged(shop, github(shop, aud="https://github.com/octo-org")), "invalid_request", "TX-FTK-02")


def pod(shop, name="billing", **more):
    return signed({"iss": CLUSTER, "sub": f"system:serviceaccount:prod:{name}", "aud": [us(shop)],
                   "kubernetes.io": {"namespace": "prod", "serviceaccount": {"name": name, "uid": f"uid-{name}"},
                                     "pod": {"name": "p", "uid": "u"}}, **more})


def by_assertion(shop, token, kind=ASSERTION, **form):
    web = Client(shop.url, "shop", "")
    return web.http.post(web.endpoint("token"), timeout=15, data={
        "grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": token, **form})


def test_a_pod_proves_its_client_by_the_token_of_its_cluster(shop):
    """specs: WLI-02, WLI-04, NEG-28"""
    assert claims_of(by_assertion(shop, pod(shop)))["azp"] == "pod"
    assert claims_of(by_assertion(shop, pod(shop), client_id="pod"))["azp"] == "pod"
    refused(by_assertion(shop, pod(shop, "other")), "invalid_client", status=401)
    refused(by_assertion(shop, pod(shop, aud=[us(shop), "https://x.example"])), "invalid_client", status=401)
    refused(by_assertion(shop, pod(shop, **{"kubernetes.io": {}})), "invalid_client", status=401)
    refused(by_assertion(shop, signed({"iss": CLUSTER, "sub": "system:serviceaccount:prod:billing",
                                       "aud": us(shop)}, OTHER)), "invalid_client", status=401)
    assert claims_of(exchanged(shop, pod(shop, "worker")))["idp"]["sub"] == "uid-worker", "the account, not its name"
    refused(exchanged(shop, signed({"iss": CLUSTER, "sub": "system:serviceaccount:test:x", "aud": us(shop),
                                    "kubernetes.io": {"namespace": "test", "serviceaccount": {"name": "x",
                                                                                              "uid": "u"}}})),
            "invalid_request", "TX-FTK-04")


def test_a_svid_proves_its_client_and_its_trust_domain_alone(shop):
    """specs: SPF-01, SPF-02, SPF-03, SPF-06, SPF-07"""
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"
    svid = {"sub": "spiffe://prod.example/billing", "aud": [us(shop)]}
    assert claims_of(by_assertion(shop, signed(svid), kind))["azp"] == "svid"
    for wrong in ({"sub": "spiffe://test.example/billing"}, {"sub": "spiffe://prod.example/billing/"},
                  {"sub": "spiffe://prod.example/other"}, {"aud": ["https://x.example"]}):
        refused(by_assertion(shop, signed({**svid, **wrong}), kind), "invalid_client", status=401)
    refused(by_assertion(shop, signed(svid, OTHER), kind), "invalid_client", status=401)


