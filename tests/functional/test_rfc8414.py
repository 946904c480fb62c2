# SPDX-License-Identifier: Apache-2.0
"""RFC 8414 and OpenID Connect Discovery line by line: what the server says of itself is so.

`specs: MET-nn` is the number of the line in our checklist of the standard.
"""
import json

import pytest
import requests
from jwcrypto import jwk

from support.change import reload
from support.client import EXCHANGE, Client, decode, granted, refused
from support.realms import (client, public_client, realm, rule, secret_of, switched_client, user)
from support.server import cambist

EC = jwk.JWK.generate(kty="EC", crv="P-256", kid="ec")
HOST = "https://sso.example.org"


def signing_client(name):
    made = client(name, serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                  attributes={"jwks.string": json.dumps(
                      {"keys": [json.loads(EC.export_public())]})})
    del made["secret"]
    return made


QUIET = [{"clientId": "admin-cli", "enabled": False, "publicClient": True}]


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(
        realm("full", clients=[public_client("web", sent_to=["gate"]), switched_client("gate"),
                               client("job", serviceAccountsEnabled=True)], users=[user("alice")]),
        realm("bare", clients=[client("only"), *QUIET]),
        realm("signed", clients=[signing_client("signer"), *QUIET]),
        realm("ruled", clients=[client("a"), client("b"), *QUIET], rules=[rule("a-b", "a", "b")]))


def get(shop, path, **options):
    return requests.get(f"{shop.url}{path}", timeout=15, **options)


def document(shop, name="full"):
    return granted(get(shop, f"/realms/{name}/.well-known/openid-configuration"))


def values_of(found):
    return [value for value in found.values() if isinstance(value, str)]


def test_both_forms_of_the_address_serve_the_same(shop):  # specs: MET-01, MET-02
    for name in ("full", "bare", "signed"):
        inserted = get(shop, f"/.well-known/oauth-authorization-server/realms/{name}")
        assert granted(inserted) == document(shop, name)
        assert inserted.headers["Content-Type"] == "application/json"
    for path in ("/.well-known/oauth-authorization-server/realms/nowhere",
                 "/.well-known/oauth-authorization-server",
                 "/.well-known/oauth-authorization-server/realms/full/"):
        assert get(shop, path).status_code == 404


def test_issuer_is_what_the_address_was_made_of_and_what_tokens_say(shop):  # specs: MET-03
    for name in ("full", "bare"):
        assert document(shop, name)["issuer"] == f"{shop.url}/realms/{name}"
    token = granted(Client(shop.url, "full", "web").password("alice", "alice", scope="openid"))
    for kind in ("access_token", "id_token"):
        assert decode(token[kind])[1]["iss"] == document(shop)["issuer"]


def test_issuer_is_https_without_query_and_fragment(server):  # specs: MET-04
    shop = server(realm("full"), arguments=["--hostname", HOST])
    found = document(shop)
    assert found["issuer"] == f"{HOST}/realms/full"
    for url in values_of(found):
        assert url.startswith(HOST + "/realms/full") and not set("?#") & set(url)


@pytest.mark.parametrize("hostname", [
    "http://sso.example.org", f"{HOST}?a=b", f"{HOST}#part", "sso.example.org", "ftp://a.example"])
def test_host_name_that_makes_no_issuer_is_refused_at_start(tmp_path, hostname):  # specs: MET-04
    done = cambist("serve", "--hostname", hostname, "--listen", "127.0.0.1:0", cwd=tmp_path)
    assert done.returncode == 1 and "hostname" in done.stderr


def test_members_that_must_be_there_are(shop):  # specs: MET-05, MET-07
    for name in ("full", "bare", "signed", "ruled"):
        found, base = document(shop, name), f"{shop.url}/realms/{name}/protocol/openid-connect"
        assert found["token_endpoint"] == f"{base}/token"
        assert found["jwks_uri"] == f"{base}/certs"
        assert isinstance(found["response_types_supported"], list)
        assert ("authorization_endpoint" in found) is bool(found["response_types_supported"])
        assert found["subject_types_supported"] == ["public"]
        assert "RS256" in found["id_token_signing_alg_values_supported"]
        assert granted(requests.get(found["jwks_uri"], timeout=15))["keys"]


def test_grant_types_are_exactly_those_that_are_on(shop):  # specs: MET-06, NEG-74, TOK-28; errors: E38
    expected = {"full": {EXCHANGE, "password", "client_credentials", "refresh_token"},
                "bare": set(), "signed": {"client_credentials"}, "ruled": {EXCHANGE}}
    for name, grants in expected.items():
        listed = document(shop, name)["grant_types_supported"]
        assert set(listed) == grants and len(listed) == len(grants), name


def test_grant_that_is_not_listed_is_not_served(shop):  # specs: MET-06, NEG-74
    only = Client(shop.url, "bare", "only", secret_of("only"))
    for response in (only.client_credentials(), only.password("alice", "alice")):
        refused(response, "unauthorized_client")
    for grant in ("authorization_code", "urn:ietf:params:oauth:grant-type:device_code",
                  "urn:ietf:params:oauth:grant-type:jwt-bearer"):
        if grant not in document(shop, "bare")["grant_types_supported"]:
            assert only.token(grant).json()["error"] in ("unsupported_grant_type",
                                                         "unauthorized_client")


def test_authentication_methods_and_their_algorithms_are_listed(shop):  # specs: MET-08
    signed, full = document(shop, "signed"), document(shop)
    for where in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        methods, algorithms = f"{where}_auth_methods_supported", (
            f"{where}_auth_signing_alg_values_supported")
        assert "private_key_jwt" in signed[methods]
        assert {"ES256", "RS256", "PS256"} <= set(signed[algorithms])
        assert not {"none", "HS256"} & set(signed[algorithms])
        assert {"client_secret_basic", "client_secret_post"} <= set(full[methods])
        assert "private_key_jwt" not in full[methods] and algorithms not in full
    assert "none" in full["token_endpoint_auth_methods_supported"], "it has a public client"
    assert "none" not in full["introspection_endpoint_auth_methods_supported"]


FEATURES = {
    "authorization_endpoint": "auth", "pushed_authorization_request_endpoint": "ext/par/request",
    "device_authorization_endpoint": "auth/device", "registration_endpoint": "registrations",
    "backchannel_authentication_endpoint": "ext/ciba/auth", "end_session_endpoint": "logout"}


@pytest.mark.parametrize("member", FEATURES)
def test_endpoint_is_announced_if_it_is_served_and_only_then(shop, member):  # specs: MET-09, NEG-74
    found = document(shop)
    if member in found:
        assert requests.get(found[member], timeout=15).status_code != 404
    elif member != "end_session_endpoint":  # the log-out of apps is Keycloak's, not OpenID's
        response = get(shop, f"/realms/full/protocol/openid-connect/{FEATURES[member]}")
        assert response.status_code == 404


def test_introspection_and_revocation_are_announced(shop):  # specs: MET-09
    found = document(shop)
    for member in ("introspection_endpoint", "revocation_endpoint", "userinfo_endpoint"):
        assert requests.post(found[member], timeout=15).status_code in (400, 401), member


def test_codes_are_announced_together_with_their_endpoint(shop):  # specs: MET-09
    found = document(shop)
    if "authorization_endpoint" not in found:
        assert not {"code_challenge_methods_supported", "response_modes_supported",
                    "authorization_response_iss_parameter_supported",
                    "require_pushed_authorization_requests"} & set(found)


def test_documents_are_cached_revalidated_and_open_to_scripts(shop):  # specs: MET-11
    for path in ("/realms/full/.well-known/openid-configuration",
                 "/.well-known/oauth-authorization-server/realms/full",
                 "/realms/full/protocol/openid-connect/certs"):
        first = get(shop, path, headers={"Origin": "https://any.example"})
        assert "max-age=" in first.headers["Cache-Control"]
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        tag = first.headers["ETag"]
        assert get(shop, path, headers={"If-None-Match": tag}).status_code == 304
        assert get(shop, path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_document_changes_with_the_realm_and_so_does_its_tag(server):  # specs: MET-06, MET-11
    made = realm("full", clients=[client("job"), *QUIET])
    shop = server(made)
    path = "/realms/full/.well-known/openid-configuration"
    before = get(shop, path)
    made["clients"][0]["serviceAccountsEnabled"] = True
    reload(shop, made)
    after = get(shop, path, headers={"If-None-Match": before.headers["ETag"]})
    assert granted(after)["grant_types_supported"] == ["client_credentials"]
    assert before.json()["grant_types_supported"] == []


PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def test_keys_are_public_named_and_for_signatures(shop):  # specs: MET-12
    for name in ("full", "signed"):
        keys = granted(get(shop, f"/realms/{name}/protocol/openid-connect/certs"))["keys"]
        assert len({key["kid"] for key in keys}) == len(keys) >= 1
        for key in keys:
            assert not PRIVATE & set(key) and key["kty"] in ("EC", "RSA", "OKP")
            assert key["use"] == "sig" and key["alg"] not in ("none", "HS256")


def test_key_that_signs_no_more_is_shown_while_its_tokens_live(server):  # specs: MET-12
    old, new = (jwk.JWK.generate(kty="EC", crv="P-256") for _ in range(2))

    def with_keys(*keys):
        return realm("full", clients=[public_client("web")], users=[user("alice")], keys=[
            {"name": name, "algorithm": "ES256", "priority": priority,
             "privateKey": key.export_to_pem(private_key=True, password=None).decode()}
            for name, priority, key in keys])
    shop = server(with_keys(("old", 100, old)))
    web = Client(shop.url, "full", "web")
    before = granted(web.password("alice", "alice", scope="openid"))["access_token"]
    reload(shop, with_keys(("old", 100, old), ("new", 200, new)))
    after = granted(web.password("alice", "alice"))["access_token"]
    assert decode(before)[0]["kid"] != decode(after)[0]["kid"]
    for token in (before, after):
        web.verify(token)
    granted(web.userinfo(before))
