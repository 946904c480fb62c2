# SPDX-License-Identifier: Apache-2.0
"""RFC 8693 sections 2.2.1 and 4: what is issued, and what it says."""
import time

from .bench import NotSupported, Skipped, expect
from .requirement import MUST, SHOULD, requirement
from .wire import GRANT, TYPE, audience_of, claims_of


@requirement("TX-32", "2.2.1", MUST, "200, application/json, not to be stored")
def success_headers(bench):
    answer = bench.issued()
    expect(answer.header("Content-Type").split(";")[0].strip().lower() == "application/json",
           f"Content-Type is {answer.header('Content-Type')!r}")
    expect("no-store" in answer.header("Cache-Control").lower(), "Cache-Control has no no-store")


@requirement("TX-34", "2.2.1", MUST, "access_token, issued_token_type and token_type are there, each once, as text")
def success_members(bench):
    answer = bench.issued()
    expect(not answer.repeated, f"members occur twice: {answer.repeated}")
    for name in ("access_token", "issued_token_type", "token_type"):
        value = answer.body.get(name)
        expect(isinstance(value, str) and value, f"{name} is {value!r}")
    for name in ("scope", "refresh_token", "id_token"):
        expect(isinstance(answer.body.get(name, ""), str), f"{name} is no text")


@requirement("TX-35", "2.2.1", MUST, "token_type of an access token is Bearer, DPoP or another way to use it")
def token_type(bench):
    answer = bench.issued(requested_token_type=TYPE + "access_token")
    expect(answer.body["issued_token_type"] == TYPE + "access_token", str(answer))
    expect(answer.body["token_type"].lower() in ("bearer", "dpop", "pop"), f"token_type {answer.body['token_type']}")


def requested(bench, name, usable):
    answer = bench.supported(bench.exchange(requested_token_type=TYPE + name))
    expect(answer.body.get("issued_token_type") == TYPE + name, f"issued_token_type of {answer}")
    if not usable:
        kind = answer.body.get("token_type")
        expect(kind == "N_A", f"token_type is {kind!r}, and N_A for what is no access token")
    return answer


@requirement("TX-36", "2.2.1", MUST, "An ID token comes in access_token with token_type N_A")
def issued_id_token(bench):
    claims = claims_of(requested(bench, "id_token", usable=False).body["access_token"])
    expect(claims is not None, "what was issued is no JWT")
    for name in ("iss", "sub", "aud", "exp", "iat"):
        expect(name in claims, f"the ID token has no {name}")


@requirement("TX-33", "2.2.1", MUST, "A refresh token comes in access_token with token_type N_A")
def issued_refresh_token(bench):
    token = requested(bench, "refresh_token", usable=False).body["access_token"]
    answer = bench.wire.post(bench.token_endpoint, [("grant_type", "refresh_token"), ("refresh_token", token)],
                             bench.client)
    expect(answer.issued, f"what was issued does not refresh: {answer}")


@requirement("TX-28", "3", MUST, "A JWT that was asked for is a JWT")
def issued_jwt(bench):
    answer = requested(bench, "jwt", usable=True)
    expect(claims_of(answer.body["access_token"]) is not None, "what was issued is no JWT")


@requirement("TX-37", "2.2.1", SHOULD, "expires_in is there, a number, and agrees with exp")
def expires_in(bench):
    before = time.time()
    answer = bench.issued()
    seconds = answer.body.get("expires_in")
    expect(isinstance(seconds, (int, float)) and not isinstance(seconds, bool), f"expires_in is {seconds!r}")
    expect(seconds > 0, f"expires_in is {seconds}")
    claims = claims_of(answer.body["access_token"])
    if claims and "exp" in claims:
        drift = abs(claims["exp"] - before - seconds)
        expect(drift <= 5, f"exp and expires_in differ by {drift:.0f} s (or the clocks do)")


@requirement("TX-38", "2.2.1", MUST, "scope is told when it is not what was asked for")
def scope_told(bench):
    scope = bench.need("scope")
    answer = bench.issued(scope=scope)
    told = answer.body.get("scope")
    claims = claims_of(answer.body["access_token"]) or {}
    granted = told if told is not None else claims.get("scope")
    if told is None and granted is not None:
        expect(set(granted.split()) == set(scope.split()), f"granted {granted!r} for {scope!r} without saying so")
    unknown = bench.exchange(scope=scope + " nobody:has:this:scope")
    if unknown.issued:
        expect("nobody:has:this:scope" not in unknown.body.get("scope", "nobody:has:this:scope").split(),
               "a scope that does not exist was granted, or narrowing was not told")
    else:
        bench.refused(unknown, "invalid_scope", "invalid_request")


@requirement("TX-52", "1.1", MUST, "Without an actor token no actor is invented")
def no_actor(bench):
    subject = claims_of(bench.subject()) or {}
    claims = bench.claims()
    expect(claims.get("act") == subject.get("act"), f"act is {claims.get('act')}")


@requirement("TX-54", "4.1", MUST, "With an actor token, act names the actor")
def actor(bench):
    actor_token = bench.obtain(bench.need("actor"))["access_token"]
    bench.need_actors()
    answer = bench.exchange(actor_token=actor_token, actor_token_type=TYPE + "access_token")
    if not answer.issued:
        bench.refused(answer, "invalid_request", "invalid_target", "access_denied", "unauthorized_client")
        raise NotSupported(str(answer))
    claims = claims_of(answer.body["access_token"])
    if claims is None:
        raise Skipped("the issued token is no JWT")
    act = claims.get("act")
    expect(isinstance(act, dict), f"act is {act!r}")
    expect(act.get("sub") == (claims_of(actor_token) or {}).get("sub"), f"act names {act.get('sub')}")
    extra = {"exp", "nbf", "aud", "iat", "scope"} & set(act)
    expect(not extra, f"act holds {sorted(extra)}, which are no identity")


@requirement("TX-73", "4.2", MUST, "The scope claim is one text, separated by spaces")
def scope_claim(bench):
    scope = bench.claims().get("scope", "")
    expect(isinstance(scope, str), f"scope is {scope!r}")


@requirement("TX-75", "4.3", MUST, "client_id names the client that made the exchange")
def client_id_claim(bench):
    claims = bench.claims()
    named = claims.get("client_id", claims.get("azp"))
    if named is None:
        raise Skipped("the token names no client")
    expect(named == bench.client["id"], f"client_id (or azp) is {named}")


@requirement("TX-77", "1.1", MUST, "sub is the subject of the subject token")
def subject_kept(bench):
    token = bench.subject()
    before, after = claims_of(token), bench.claims(token=token)
    if before is None or "sub" not in before:
        raise Skipped("the subject token tells no sub")
    expect(after.get("sub") == before["sub"], f"sub was {before['sub']} and is {after.get('sub')}")


@requirement("TX-82", "2.1", MUST, "The issued token is for the target that was asked for")
def audience_claim(bench):
    claims = bench.claims()
    expect(bench.config["audience"] in audience_of(claims), f"aud is {claims.get('aud')}")


@requirement("TX-82b", "2.1", SHOULD, "The issued token is for nobody else")
def audience_only(bench):
    claims = bench.claims()
    expect(audience_of(claims) == {bench.config["audience"]}, f"aud is {claims.get('aud')}")


@requirement("TX-20", "2.1", SHOULD, "The issued token does not outlive the subject token")
def lifetime(bench):
    token = bench.subject()
    before, after = claims_of(token), bench.claims(token=token)
    if before is None or "exp" not in before:
        raise Skipped("the subject token tells no exp")
    expect(after.get("exp", 0) <= before["exp"] + 1, f"{after['exp'] - before['exp']} s longer")


@requirement("TX-84", "2.2.1", SHOULD, "Every issued token is a new one")
def fresh(bench):
    token = bench.subject()
    first, second = (bench.issued(token=token).body["access_token"] for _ in range(2))
    expect(first != second, "two exchanges gave the same token")
    one, two = claims_of(first), claims_of(second)
    if one and two:
        expect(one.get("jti") != two.get("jti"), f"both have jti {one.get('jti')}")


@requirement("TX-81", "5", SHOULD, "A token that has nothing to do with the client is not exchanged by it")
def unrelated(bench):
    token = bench.obtain(bench.need("unrelated_subject"))["access_token"]
    # Its status is judged by TX-45b.
    answer = bench.exchange(token=token)
    bench.refused(answer, "invalid_request", "access_denied", "unauthorized_client", "invalid_token",
                  "invalid_target", status=403 if answer.status == 403 else 400)


@requirement("META-1", "RFC 8414 2", MUST, "The metadata names the grant type")
def metadata(bench):
    if not bench.metadata:
        raise NotSupported("no metadata below the issuer")
    expect(GRANT in bench.metadata.get("grant_types_supported", []), "grant_types_supported does not have it")
    expect(bench.metadata.get("issuer") == bench.issuer, f"the metadata is of {bench.metadata.get('issuer')}")


@requirement("META-2", "RFC 7515 5.2", MUST, "The issued token verifies with the published keys")
def signature(bench):
    if "jwks_uri" not in bench.metadata:
        raise NotSupported("the metadata has no jwks_uri")
    try:
        from jwcrypto import jwk, jws  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise Skipped("the Python package jwcrypto is not installed") from None
    token = bench.issued().body["access_token"]
    if claims_of(token) is None:
        raise Skipped("the issued token is no JWT")
    keys = bench.wire.request("GET", bench.metadata["jwks_uri"])
    expect(keys.body is not None and keys.status == 200, f"the keys: {keys}")
    verifier = jws.JWS()
    verifier.deserialize(token)
    key = next((one for one in keys.body.get("keys", []) if one.get("kid") == verifier.jose_header.get("kid")), None)
    expect(key is not None, "no published key has the kid of the token")
    try:
        verifier.verify(jwk.JWK(**key))
    except jws.InvalidJWSSignature:
        expect(False, "the signature is wrong")


@requirement("TX-21", "2.1", SHOULD, "An issued token is active, and no longer once it was revoked")
def revoked(bench):
    ends = [bench.metadata.get(name) for name in ("introspection_endpoint", "revocation_endpoint")]
    if None in ends:
        raise NotSupported("no introspection or no revocation in the metadata")
    token = bench.issued().body["access_token"]
    reader = bench.config.get("introspection_client", bench.client)
    active = bench.wire.post(ends[0], [("token", token)], reader).body or {}
    expect(active.get("active") is True, f"introspection says {active}")
    bench.wire.post(ends[1], [("token", token)], bench.client)
    after = bench.wire.post(ends[0], [("token", token)], reader).body or {}
    expect(after.get("active") is False, "it is still active after it was revoked")
