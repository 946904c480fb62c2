# SPDX-License-Identifier: Apache-2.0
"""Tokens of products, in the claims that their makers publish, signed by keys of the test: those of ours are taken, and
those of somebody who registered the same name later are not. Where a product is run by its users, its keys are found at
the address that the product has for them."""
import json
import time
import uuid

import pytest

from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, Client, decode, granted, refused
from support.foreign import allow, entry, explained, foreign_rule, jwks, new_key, public, signed
from support.publisher import Publisher
from support.realms import client, realm, scope, user
from support.server import cambist, write_realm

RSA, EC, OTHER_EC, EDDSA = new_key("r1", "RS256"), new_key("e1"), new_key("e1"), new_key("d1", "EdDSA")
GOOGLE_APP = "1234987819200.apps.googleusercontent.com"
GITHUB = "https://token.actions.githubusercontent.com"
TENANT, OTHER_TENANT = "9122040d-6c67-4c5b-b112-36a304b66dad", "72f988bf-86f1-41af-91ab-2d7cd011db47"
API = "api://ef1da9d4-ff77-4c3e-a005-840c3f830745"
OID = "690222be-ff1a-4d56-abd1-7e4f7d38e474"
ACCOUNT_UID = "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"
OLD_CLUSTER, CLUSTER = "https://kubernetes.default.svc.cluster.local", "https://oidc.cluster.example/id/B0C4"
WORKFLOW = "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main"
NUMBER = 9007199254740993  # what a double can not hold


def linked(alias, subject):
    return {"identityProvider": alias, "userId": subject, "userName": subject}


@pytest.fixture(scope="module", name="forge")
def forge_fixture():
    """A GitLab, a GitHub and a cluster of our own; each publishes its keys where the product does."""
    made = Publisher()
    for path in ("/oauth/discovery/keys", "/.well-known/jwks", "/openid/v1/jwks"):
        made.publish(path, RSA)
    made.pages["/.well-known/openid-configuration"] = (200, {"Content-Type": "application/json"}, (
        '{"issuer":"%s","jwks_uri":"%s/openid/v1/jwks","response_types_supported":["id_token"],'
        '"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}' % (made.url, made.url)).encode())
    yield made
    made.close()


def issuers_of(forge):
    keys, pods = {"keys": {"jwks": jwks(RSA)}}, "system:serviceaccount:prod:*"
    service = {"scopes": ["read"], "binding": "service"}
    return [
        {"alias": "google", "preset": "google", "audience": GOOGLE_APP, "require": {"hd": "shop.example"}, "scopes": ["read"],
         "binding": "link", **keys},
        {"alias": "entra", "preset": "entra", "tenant": TENANT, "audience": [API, API[6:]], "scopes": ["read"],
         "binding": "link", **keys},
        {"alias": "github", "preset": "github-actions", "audience": "self", "clients": ["gate"], **service, **keys,
         "require": {"repository_id": "74", "repository_owner_id": "65", "environment": "prod", "job_workflow_ref": WORKFLOW}},
        {"alias": "github-sub", "preset": "github-actions", "audience": "self", "clients": ["desk"], "singleUse": True,
         "require": {"repository_id": ["74", str(NUMBER)], "sub": [
             "repo:octo-org@65/octo-repo@74:ref:refs/heads/*", "repo:octo-org/octo-repo:environment:prod"]}, **service, **keys},
        {"alias": "github-ours", "preset": "github-actions", "issuer": forge.url, "audience": "self", **service,
         "require": {"repository_owner_id": "65", "ref": "refs/heads/main"}, "clients": ["gate"]},
        {"alias": "gitlab", "preset": "gitlab", "audience": "self", **service, **keys,
         "require": {"project_id": "20", "ref_protected": "true"}},
        {"alias": "gitlab-ours", "preset": "gitlab", "issuer": forge.url, "audience": "self", "clients": ["desk"], **service,
         "require": {"namespace_id": "72", "environment_protected": "true"}},
        {"alias": "cluster", "preset": "kubernetes", "issuer": [OLD_CLUSTER, CLUSTER], "audience": "self", **service, **keys,
         "require": {"sub": pods, "kubernetes\\.io.serviceaccount.uid": [ACCOUNT_UID, "uid-of-worker"]}},
        {"alias": "cluster-ours", "preset": "kubernetes", "issuer": forge.url, "audience": "self", **service,
         "require": {"sub": pods}, "clients": ["pods"], "maxLifetime": "2h"},
        {"alias": "mesh", "preset": "spiffe", "trustDomain": "prod.example", "audience": "self", **service,
         "keys": {"jwks": {"keys": [public(EC, use="jwt-svid")]}}},
        {"alias": "mesh-of-tests", "preset": "spiffe", "trustDomain": "test.example", "audience": "self", **service,
         "keys": {"jwks": {"keys": [public(OTHER_EC, use="jwt-svid")]}}}]


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, forge, tmp_path_factory):
    issuers = issuers_of(forge)
    rules = [foreign_rule(f"in-{one}", one, "ledger", [each["alias"] for each in issuers]) for one in ("gate", "desk", "pods")]
    ann = user("ann", federatedIdentities=[linked("google", "110169484474386276334"), linked("entra", OID)])
    return module_server(realm("shop", scopes=[scope("read")], users=[ann], trustedIssuers=issuers, rules=rules,
                               clients=[client("gate"), client("desk"), client("pods"), client("ledger")]),
                         arguments=allow(tmp_path_factory.mktemp("out")))


def us(shop):
    return f"{shop.url}/realms/shop"


def exchanged(shop, token, kind=JWT, by="gate"):
    return Client(shop.url, "shop", by, f"{by}-secret").exchange(token, subject_token_type=kind, audience="ledger")


def taken(shop, token, kind=JWT, by="gate"):
    return decode(granted(exchanged(shop, token, kind, by))["access_token"])[1]


def denied(shop, token, code, kind=JWT, by="gate", said=""):
    answer = exchanged(shop, token, kind, by)
    assert said in refused(answer, "invalid_request", code)["hint"], answer.text
    assert explained(shop, answer)["error"] == code


def by_rsa(claims, **header):
    return signed(claims, RSA, "RS256", **header)


# Google: https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload

def google(**more):
    return by_rsa({"iss": "https://accounts.google.com", "azp": GOOGLE_APP, "aud": GOOGLE_APP, "jti": None,
                   "sub": "110169484474386276334", "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "hd": "shop.example",
                   "email": "ann@shop.example", "email_verified": True, "nonce": "0394852-3190485-2490358",
                   "name": "Ann Example", "picture": "https://lh3.example/p", "given_name": "Ann", "family_name": "Example",
                   **more})


def test_a_google_log_in_is_who_it_was_linked_to(shop):
    """reqs: S2-0c"""
    ann = taken(shop, google(), ID_TOKEN)
    assert "idp" not in ann
    assert taken(shop, google(iss="accounts.google.com"), ID_TOKEN)["sub"] == ann["sub"], "both names are Google's"


def test_a_google_address_that_somebody_else_has_now_is_somebody_else(shop):
    """specs: INC-13, NEG-42"""
    denied(shop, google(sub="110169484474386279999"), "TX-WHO-02", ID_TOKEN)
    denied(shop, google(sub="ann@shop.example"), "TX-WHO-02", ID_TOKEN)
    denied(shop, google(hd=None), "TX-FTK-04", ID_TOKEN, said="hd")  # a private account with the same address
    denied(shop, google(aud="1234987819201.apps.googleusercontent.com"), "TX-FTK-02", ID_TOKEN)
    denied(shop, google(iss="https://accounts.google.com/"), "TX-STK-02", ID_TOKEN)


# Entra: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference

def entra2(**more):
    return by_rsa({"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "aud": API[6:], "azp": "c44b4083", "azpacr": "0",
                   "aio": "AXQAi/8TAAAA", "name": "Ann Example", "oid": OID, "preferred_username": "ann@contoso.example",
                   "rh": "I", "scp": "access_as_user", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": TENANT,
                   "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0", "jti": None, **more}, x5t="nOo3ZDrODXEK1jKWhXslHR_KXEg")


def entra1(**more):
    return by_rsa({"iss": f"https://sts.windows.net/{TENANT}/", "aud": API, "acr": "1", "amr": ["pwd", "mfa"],
                   "appid": "c44b4083", "appidacr": "0", "ipaddr": "203.0.113.7", "oid": OID, "scp": "access_as_user",
                   "sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": TENANT, "unique_name": "ann@contoso.example",
                   "upn": "ann@contoso.example", "ver": "1.0", "jti": None, **more}, x5t="nOo3ZDrODXEK1jKWhXslHR_KXEg")


def test_both_versions_of_an_entra_token_are_the_same_user(shop):
    """`sub` is another one for each application; `oid` is not."""
    ann = taken(shop, entra2(), ACCESS_TOKEN)
    assert taken(shop, entra1(), ACCESS_TOKEN)["sub"] == ann["sub"]
    assert taken(shop, entra2(sub="of-another-application"), ACCESS_TOKEN)["sub"] == ann["sub"]


@pytest.mark.parametrize("make", [entra1, entra2])
def test_an_entra_account_or_tenant_of_the_same_name_is_another(shop, make):
    """specs: INC-13, NEG-34"""
    denied(shop, make(oid="00000000-0000-0000-66f3-3332eca7ea81"), "TX-WHO-02", ACCESS_TOKEN)  # made anew with the same name
    denied(shop, make(oid=None), "TX-STK-12", ACCESS_TOKEN)
    denied(shop, make(tid=OTHER_TENANT), "TX-FTK-04", ACCESS_TOKEN, said="tid")
    denied(shop, make(tid=None), "TX-FTK-04", ACCESS_TOKEN)
    for issuer in (f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0", f"https://sts.windows.net/{OTHER_TENANT}/",
                   f"https://sts.windows.net/{TENANT}", "https://login.microsoftonline.com/common/v2.0",
                   "https://login.microsoftonline.com/contoso.example/v2.0"):
        denied(shop, make(iss=issuer), "TX-STK-02", ACCESS_TOKEN)
    denied(shop, make(aud="00000003-0000-0000-c000-000000000000"), "TX-FTK-02", ACCESS_TOKEN)  # for Microsoft Graph


# GitHub: https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments

def github(shop, **more):
    return by_rsa({"jti": str(uuid.uuid4()), "sub": "repo:octo-org/octo-repo:environment:prod", "environment": "prod",
                   "aud": us(shop), "ref": "refs/heads/main", "sha": "example-sha", "repository": "octo-org/octo-repo",
                   "repository_owner": "octo-org", "actor_id": "12", "repository_visibility": "private", "repository_id": "74",
                   "repository_owner_id": "65", "run_id": "5", "run_number": "10", "run_attempt": "2",
                   "runner_environment": "github-hosted", "actor": "octocat", "workflow": "example-workflow", "head_ref": "",
                   "base_ref": "", "event_name": "workflow_dispatch", "ref_type": "branch", "job_workflow_ref": WORKFLOW,
                   "iss": GITHUB, "nbf": int(time.time()) - 5, **more}, x5t="example-thumbprint")


def test_a_github_job_is_taken_by_the_ids_of_its_repository(shop):
    """specs: WLI-06"""
    assert taken(shop, github(shop))["idp"]["alias"] == "github"
    assert taken(shop, github(shop, repository_id=74))["idp"]["alias"] == "github"
    assert taken(shop, github(shop, repository="octo-org/renamed"))["idp"]["alias"] == "github"


@pytest.mark.parametrize("wrong", [
    {"repository_id": "75"}, {"repository_id": None}, {"repository_id": 740}, {"repository_id": "074"}, {"repository_id": 74.5},
    {"repository_owner_id": "6"}, {"environment": "staging"}, {"environment": None}, {"environment": "Prod"},
    {"job_workflow_ref": WORKFLOW.replace("main", "feature")}, {"job_workflow_ref": WORKFLOW.replace("octo-org", "octo-evil")},
    {"job_workflow_ref": None}, {"environment": None, "event_name": "pull_request", "ref": "refs/pull/1/merge",
                                 "sub": "repo:octo-org/octo-repo:pull_request"}])
def test_a_github_job_of_another_repository_by_the_same_name_is_refused(shop, wrong):
    """specs: WLI-06, WLI-08, INC-13"""
    denied(shop, github(shop, **wrong), "TX-FTK-04")


def test_a_github_job_must_ask_for_a_token_for_us(shop):
    """specs: WLI-06"""
    for audience in ("https://github.com/octo-org", "api://AzureADTokenExchange", None):
        denied(shop, github(shop, aud=audience), "TX-FTK-02")


def test_both_forms_of_a_github_subject_are_compared_step_by_step(shop):
    """specs: WLI-07, NEG-33"""
    new = "repo:octo-org@65/octo-repo@74:ref:refs/heads/main"
    for subject in (new, new.replace("main", "release"), "repo:octo-org/octo-repo:environment:prod"):
        taken(shop, github(shop, sub=subject), by="desk")
    for subject in (new.replace("@74", "@75"), new.replace("@65", "@66"), new.replace("@74", ""), new.replace("main", "a/b"),
                    new.replace("octo-repo", "octo-Repo"), new + ":x", "repo:octo-org/octo-repo:pull_request",
                    "repo:octo-org/octo-repo:environment:prod2", "repo:octo-org/octo-repo:ref:refs/heads/main"):
        denied(shop, github(shop, sub=subject), "TX-FTK-04", by="desk")


def test_ids_are_compared_by_their_digits(shop):
    """specs: WLI-10"""
    taken(shop, github(shop, repository_id=NUMBER), by="desk")
    taken(shop, github(shop, repository_id=str(NUMBER)), by="desk")
    for near in (NUMBER - 1, float(NUMBER), f"{NUMBER}.0", f"0{NUMBER}", f"{NUMBER:,}", [NUMBER - 1]):
        denied(shop, github(shop, repository_id=near), "TX-FTK-04", by="desk")


def test_a_github_token_serves_once_if_the_realm_says_so(shop):
    """specs: WLI-09, INC-11"""
    token = github(shop)
    taken(shop, token, by="desk")
    denied(shop, token, "TX-FTK-08", by="desk")
    denied(shop, github(shop, jti=None), "TX-FTK-07", by="desk")
    again = github(shop)
    assert taken(shop, again) and taken(shop, again), "of the other entry it serves until it ends"


# GitLab: https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload

def gitlab(shop, **more):
    return by_rsa({"namespace_id": "72", "namespace_path": "my-group", "project_id": "20", "project_path": "my-group/my-project",
                   "user_id": "1", "user_login": "sample-user", "user_email": "sample-user@example.com",
                   "user_access_level": "developer", "user_identities": [{"provider": "github", "extern_uid": "2435223452345"}],
                   "pipeline_id": "574", "pipeline_source": "push", "job_id": "302", "ref": "main", "ref_type": "branch",
                   "ref_path": "refs/heads/main", "ref_protected": "true", "groups_direct": ["mygroup/mysubgroup"],
                   "environment": "prod", "environment_protected": "true", "deployment_tier": "production",
                   "environment_action": "start", "runner_id": 1, "runner_environment": "self-hosted", "sha": "714a629c0b40",
                   "project_visibility": "public", "ci_config_sha": "714a629c0b40", "iss": "https://gitlab.com",
                   "ci_config_ref_uri": "gitlab.com/my-group/my-project//.gitlab-ci.yml@refs/heads/main",
                   "nbf": int(time.time()) - 5, "aud": us(shop),
                   "sub": "project_path:my-group/my-project:ref_type:branch:ref:main", **more})


def test_a_gitlab_job_is_taken_by_the_id_of_its_project_on_protected_branches(shop):
    """specs: WLI-01"""
    assert taken(shop, gitlab(shop))["idp"]["alias"] == "gitlab"
    for wrong in ({"project_id": "21"}, {"project_id": None}, {"project_id": "2"}, {"ref_protected": "false"},
                  {"ref_protected": None}, {"ref_protected": False}, {"ref_protected": "True"}):
        denied(shop, gitlab(shop, **wrong), "TX-FTK-04")
    denied(shop, gitlab(shop, aud="https://gitlab.com"), "TX-FTK-02")
    denied(shop, gitlab(shop, iss="https://gitlab.example"), "TX-STK-02")


# Kubernetes: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims

def pod(shop, account="billing", uid=ACCOUNT_UID, **more):
    now = int(time.time())
    return by_rsa({"aud": [us(shop)], "exp": now + 3607, "iat": now, "nbf": now, "iss": CLUSTER, "jti": str(uuid.uuid4()),
                   "kubernetes.io": {"namespace": "prod", "node": {"name": "127.0.0.1", "uid": "58456cb0-dd00"},
                                     "pod": {"name": "billing-69cbfb9798-jv9gn", "uid": "778a530c-b3f4"},
                                     "serviceaccount": {"name": account, "uid": uid}, "warnafter": now + 3607},
                   "sub": f"system:serviceaccount:prod:{account}", **more}, typ=None)


def test_a_pod_is_its_service_account_and_that_is_its_uid(shop):
    """specs: WLI-02, WLI-04, WLI-05"""
    billing = taken(shop, pod(shop))
    assert billing["idp"]["sub"] == ACCOUNT_UID
    assert taken(shop, pod(shop, iss=OLD_CLUSTER))["sub"] == billing["sub"], "the same cluster by its former name"
    assert taken(shop, pod(shop, "worker", "uid-of-worker"))["sub"] != billing["sub"]


def test_a_service_account_made_anew_under_its_name_is_another(shop):
    """specs: WLI-04, INC-13"""
    denied(shop, pod(shop, uid="0c0c0c0c-a7e2-420f-9f9a-dbc4507c3798"), "TX-FTK-04", said="uid")
    one, two = (taken(shop, pod(shop, uid=uid, iss=shop_forge(shop)), by="pods") for uid in ("u-1", "u-2"))
    assert one["sub"] != two["sub"], "where only the name is demanded the identity is the uid all the same"


def shop_forge(shop):
    """The address of our own cluster, as the realm file has it."""
    made = json.loads(shop.realms[0].read_text())
    return next(one["issuer"] for one in made["trustedIssuers"] if one["alias"] == "cluster-ours")


def test_a_token_that_is_bound_to_no_pod_is_refused(shop):
    """specs: WLI-02, WLI-03"""
    flat = {"kubernetes.io/serviceaccount/namespace": "prod", "kubernetes.io/serviceaccount/secret.name": "billing-token",
            "kubernetes.io/serviceaccount/service-account.name": "billing",
            "kubernetes.io/serviceaccount/service-account.uid": ACCOUNT_UID, "kubernetes.io": None, "nbf": None, "iat": None}
    legacy = {**flat, "aud": None, "exp": None, "jti": None}
    denied(shop, pod(shop, iss="kubernetes/serviceaccount", **legacy), "TX-STK-02")
    denied(shop, pod(shop, **legacy), "TX-STK-12")
    denied(shop, pod(shop, **flat), "TX-STK-12")
    denied(shop, pod(shop, exp=None), "TX-STK-12")
    denied(shop, pod(shop, aud=["https://kubernetes.default.svc"]), "TX-FTK-02")
    denied(shop, pod(shop, "billing", sub="system:serviceaccount:test:billing"), "TX-FTK-04")
    denied(shop, pod(shop, "billing", sub="system:serviceaccount:prod:billing:x"), "TX-FTK-04")
    denied(shop, pod(shop, iss=CLUSTER + "/"), "TX-STK-02")


def test_products_that_are_run_by_their_users_publish_their_keys_where_the_product_does(shop, forge):
    """specs: WLI-05"""
    assert taken(shop, github(shop, iss=forge.url))["idp"]["alias"] == "github-ours"
    assert taken(shop, gitlab(shop, iss=forge.url), by="desk")["idp"]["alias"] == "gitlab-ours"
    assert taken(shop, pod(shop, iss=forge.url), by="pods")["idp"]["alias"] == "cluster-ours"
    assert all(forge.times_asked(path) == 1 for path in ("/oauth/discovery/keys", "/.well-known/jwks", "/openid/v1/jwks"))
    denied(shop, github(shop, iss=forge.url, repository_owner_id="66"), "TX-FTK-04")
    denied(shop, gitlab(shop, iss=forge.url, namespace_id="73"), "TX-FTK-04", by="desk")
    denied(shop, pod(shop, iss=forge.url, exp=int(time.time()) + 9000), "TX-FTK-06", by="pods")


# SPIFFE: the JWT-SVID specification

BILLING = "spiffe://prod.example/ns/prod/sa/billing"


def svid(shop, subject=BILLING, key=EC, alg="ES256", **more):
    return signed({"sub": subject, "aud": [us(shop)], "jti": None, **more}, key, alg)


def test_a_svid_is_exchanged_by_the_bundle_of_its_trust_domain(shop):
    """specs: SPF-03, SPF-07, SPF-09"""
    assert taken(shop, svid(shop))["idp"] == {"alias": "mesh", "sub": BILLING, "name": f"mesh.{BILLING}"}
    assert taken(shop, svid(shop, iss="https://anybody.example"))["idp"]["alias"] == "mesh", "iss is not looked at"
    tests = BILLING.replace("prod.", "test.")
    assert taken(shop, svid(shop, tests, OTHER_EC))["idp"]["alias"] == "mesh-of-tests"
    denied(shop, svid(shop, tests, EC), "TX-STK-06")
    denied(shop, svid(shop, key=OTHER_EC), "TX-STK-06")


@pytest.mark.parametrize("subject", [
    "spiffe://prod.example", "spiffe://prod.example/", BILLING + "/", BILLING.replace("/sa", "//sa"), BILLING + "/..",
    BILLING + "/./x", BILLING + "?x", BILLING + "#x", BILLING.replace("billing", "bill%69ng"), BILLING + "é",
    BILLING.replace("prod.example", "PROD.example"), BILLING.replace("prod.example", "prod.example:443"),
    BILLING.replace("prod.example", "u@prod.example"), BILLING.replace("spiffe:", "SPIFFE:"), BILLING + "/" + "x" * 2048])
def test_a_spiffe_id_is_written_in_one_way(shop, subject):
    """specs: SPF-06"""
    answer = exchanged(shop, svid(shop, subject))
    refused(answer, "invalid_request")
    # What names no trust domain of ours is not known to be anybody's.
    assert explained(shop, answer)["error"] in ("TX-STK-12", "TX-FTK-01", "TX-STK-05"), explained(shop, answer)


def test_a_svid_has_an_end_an_audience_and_the_algorithms_of_the_specification(shop):
    """specs: SPF-02, SPF-04"""
    denied(shop, svid(shop, exp=None), "TX-STK-12")
    denied(shop, svid(shop, aud=["https://other.example"]), "TX-FTK-02")
    denied(shop, svid(shop, key=EDDSA, alg="EdDSA"), "TX-STK-11")
    denied(shop, signed({"sub": BILLING, "aud": [us(shop)]}, EC, typ="at+jwt"), "TX-FTK-01")
    taken(shop, signed({"sub": BILLING, "aud": [us(shop)]}, EC, typ="JOSE"))
    taken(shop, signed({"sub": BILLING, "aud": [us(shop)]}, EC, typ=None))
    denied(shop, signed({"sub": BILLING, "aud": [us(shop)]}, EC, kid=None, typ="wit+jwt"), "TX-FTK-01")


# What a realm file may not leave out

GITHUB_ENTRY = {"preset": "github-actions", "audience": "self", "require": {"repository_id": "74", "ref": "refs/heads/main"}}
WIDE = {
    "github, any repository": {**GITHUB_ENTRY, "require": {"ref": "refs/heads/main"}},
    "github, by name": {**GITHUB_ENTRY, "require": {"repository": "octo-org/octo-repo", "ref": "refs/heads/main"}},
    "github, a pattern of ids": {**GITHUB_ENTRY, "require": {"repository_id": "7*", "ref": "refs/heads/main"}},
    "github, any branch": {**GITHUB_ENTRY, "require": {"repository_id": "74"}},
    "github, the audience of all": {**GITHUB_ENTRY, "audience": "https://github.com/octo-org"},
    "github, no audience": {"preset": "github-actions", "require": GITHUB_ENTRY["require"]},
    "gitlab, any branch": {"preset": "gitlab", "audience": "self", "require": {"project_id": "20"}},
    "gitlab, by name": {"preset": "gitlab", "audience": "self", "require": {"project_path": "a/b", "ref_protected": "true"}},
    "entra, any tenant": {"preset": "entra", "audience": API},
    "entra, a tenant by name": {"preset": "entra", "tenant": "contoso.example", "audience": API},
    "google, any client": {"preset": "google"},
    "kubernetes, any pod": {"preset": "kubernetes", "issuer": CLUSTER, "audience": "self"},
    "spiffe, any trust domain": {"preset": "spiffe", "audience": "self", "keys": {"jwksUrl": "https://spire.example/keys"}},
}


@pytest.mark.parametrize("name", WIDE)
def test_an_entry_that_anybody_of_the_product_would_pass_can_not_be_written(name, tmp_path):
    """specs: WLI-01, WLI-08, NEG-39"""
    made = realm("r", trustedIssuers=[{"alias": "x", "binding": "service", **WIDE[name]}])
    done = cambist("lint", write_realm(tmp_path, made))
    assert done.returncode == 1 and "trustedIssuers[0]" in done.stdout, done.stdout


def test_of_two_rules_for_one_token_the_first_decides(server):
    """specs: WLI-11"""
    keys = entry("ci", "https://ci.example", EC)
    rules = [foreign_rule(name, "gate", "ledger", ["ci"], lifetime=lifetime) for name, lifetime in (("long", "100s"), ("short", "20s"))]
    for order, lives in ((rules, 100), (rules[::-1], 20)):
        shop = server(realm("shop", scopes=[scope("read")], clients=[client("gate"), client("ledger")], rules=order, trustedIssuers=[keys]))
        for _ in range(3):
            made = taken(shop, signed({"iss": "https://ci.example", "sub": "x", "aud": us(shop)}, EC))
            assert made["exp"] - made["iat"] == lives
