# SPDX-License-Identifier: Apache-2.0
"""RFC 8693 section 2.1: the request, and section 2.2.2: how a bad one is refused."""
import base64
import json
import urllib.parse

from .bench import NOBODY, Failed, Skipped, expect
from .requirement import MUST, SHOULD, requirement
from .wire import GRANT, TYPE, audience_of, claims_of


@requirement("TX-01", "2.1", MUST, "The grant type is compared exactly, by POST only")
def grant_type(bench):
    token = bench.subject()
    bench.issued(token=token)
    for wrong in (GRANT.upper(), GRANT.replace("token-exchange", "Token-Exchange"), GRANT + "/", "token-exchange"):
        bench.refused(bench.exchange(token=token, grant_type=wrong), "unsupported_grant_type")
    query = urllib.parse.urlencode({"grant_type": GRANT, "subject_token": token, "client_id": bench.client["id"],
                                    "subject_token_type": TYPE + "access_token"})
    answer = bench.wire.request("GET", f"{bench.token_endpoint}?{query}")
    expect(not answer.issued, "GET brought a token")


def missing_or_empty(bench, name):
    bench.refused(bench.exchange(without=[name]), "invalid_request")
    bench.refused(bench.exchange(**{name: ""}), "invalid_request")


@requirement("TX-02", "2.1", MUST, "subject_token is required and not empty")
def subject_token(bench):
    missing_or_empty(bench, "subject_token")


@requirement("TX-03", "2.1", MUST, "subject_token_type is required and not empty")
def subject_token_type(bench):
    missing_or_empty(bench, "subject_token_type")


@requirement("TX-04", "2.1", MUST, "actor_token without actor_token_type is refused")
def actor_token_alone(bench):
    bench.need_actors()
    token = bench.subject()
    bench.refused(bench.exchange(token=token, actor_token=token), "invalid_request")


@requirement("TX-05", "2.1", MUST, "actor_token_type without actor_token is refused")
def actor_token_type_alone(bench):
    bench.need_actors()
    bench.refused(bench.exchange(actor_token_type=TYPE + "access_token"), "invalid_request")


@requirement("TX-06", "2.1", MUST, "Parameters other than resource and audience must not be repeated")
def repeated(bench):
    token = bench.subject()
    for pair in (("subject_token", token), ("subject_token_type", TYPE + "access_token"),
                 ("grant_type", GRANT)):
        bench.refused(bench.exchange(pair, token=token), "invalid_request")
    for name, value in (("requested_token_type", TYPE + "access_token"), ("scope", "a")):
        bench.refused(bench.exchange((name, value), (name, value), token=token), "invalid_request")


@requirement("TX-07", "2.1", MUST, "Every resource value is considered")
def resources(bench):
    first, second = bench.need("resource"), bench.need("second_resource")
    bench.need_resources()
    answer = bench.exchange(("resource", first), ("resource", second), without=["audience"])
    if not answer.issued:
        bench.refused(answer, "invalid_target")  # considered, and refused as a whole
        return
    both = audience_of(claims_of(answer.body["access_token"]) or {})
    alone = [audience_of(bench.claims(("resource", one), without=["audience"])) for one in (first, second)]
    expect(both and both >= alone[0] | alone[1], f"aud is {sorted(both)}, but one by one {[sorted(a) for a in alone]}")


@requirement("TX-08", "2.1", MUST, "Every audience value is considered")
def audiences(bench):
    second = bench.need("second_audience")
    answer = bench.exchange(("audience", second))
    if not answer.issued:
        bench.refused(answer, "invalid_target")
        return
    claims = claims_of(answer.body["access_token"])
    if claims is not None:
        expect(audience_of(claims) >= {bench.config["audience"], second}, f"aud is {claims.get('aud')}")


@requirement("TX-09", "2.1", MUST, "A resource is an absolute URI without a fragment")
def resource_form(bench):
    bench.need_resources()
    for wrong in ("/orders", "orders", "https://api.example/orders#part", "https://"):
        bench.refused(bench.exchange(resource=wrong), "invalid_target", "invalid_request")


@requirement("TX-10", "2.1", SHOULD, "An audience is compared exactly")
def audience_exact(bench):
    name = bench.config["audience"]
    for wrong in (name + "/", name + " ", name[:-1], name.swapcase()):
        bench.refused(bench.exchange(audience=wrong), "invalid_target", "invalid_request", "invalid_client")


@requirement("TX-11", "2.1", MUST, "Unknown parameters are ignored")
def unknown_parameter(bench):
    bench.issued(("x_unknown_parameter", "1"))


@requirement("TX-12", "2.1", MUST, "An unknown subject_token_type is refused")
def unknown_subject_type(bench):
    for wrong in ("access_token", TYPE + "Access_Token", "urn:example:token-type:unknown"):
        bench.refused(bench.exchange(subject_token_type=wrong), "invalid_request")


@requirement("TX-13", "2.1", MUST, "An unknown requested_token_type is refused and never replaced by another")
def unknown_requested_type(bench):
    for wrong in ("access_token", TYPE + "Access_Token", "urn:example:token-type:unknown"):
        bench.refused(bench.exchange(requested_token_type=wrong), "invalid_request")


@requirement("TX-14", "2.1", SHOULD, "Without requested_token_type an access token is issued")
def default_type(bench):
    issued = bench.issued().body["issued_token_type"]
    expect(issued == TYPE + "access_token", f"issued_token_type is {issued}")


@requirement("TX-15", "2.1", MUST, "A subject token is validated as the type that is declared")
def declared_type(bench):
    token = bench.subject()
    for other in ("id_token", "refresh_token", "saml1", "saml2"):
        bench.refused(bench.exchange(token=token, subject_token_type=TYPE + other), "invalid_request")


@requirement("TX-17", "2.1", MUST, "A client that does not prove who it is gets no token")
def client_proof(bench):
    token = bench.subject()
    wrong = {**bench.client, "secret": "not-" + bench.client["secret"]}
    bench.refused(bench.exchange(token=token, client=wrong), "invalid_client", status=401)
    nobody = {"id": bench.client["id"], "auth": "none"}
    bench.refused(bench.exchange(token=token, client=nobody), "invalid_client", "unauthorized_client",
                  "invalid_request", status=401)


@requirement("TX-18", "2.1", SHOULD, "A client that may not use the grant hears unauthorized_client")
def client_without_grant(bench):
    client = bench.need("unpermitted_client")
    bench.refused(bench.exchange(client=client), "unauthorized_client")


@requirement("TX-19", "2.1", MUST, "An exchange does not use up the subject token")
def subject_survives(bench):
    token = bench.subject()
    for _ in range(3):
        bench.issued(token=token)


@requirement("TX-22", "2.1", MUST, "scope follows the grammar of RFC 6749 section 3.3")
def scope_grammar(bench):
    for wrong in ('a"b', "a\\b", "a\tb", "a\u00e9"):
        bench.refused(bench.exchange(scope=wrong), "invalid_scope", "invalid_request")


@requirement("TX-45", "2.2.2", MUST, "A refusal is an error of RFC 6749 section 5.2")
def refusal_form(bench):
    answer = bench.refused(bench.exchange(without=["subject_token"]), "invalid_request")
    expect(answer.header("Content-Type").split(";")[0].strip().lower() == "application/json",
           f"Content-Type is {answer.header('Content-Type')!r}")
    expect("no-store" in answer.header("Cache-Control").lower(), "Cache-Control has no no-store")
    expect(not answer.repeated, f"members occur twice: {answer.repeated}")
    for name in ("error", "error_description"):
        text = answer.body.get(name, "")
        expect(all(0x20 <= ord(c) <= 0x7E and c not in '"\\' for c in text), f"{name} has other characters: {text!r}")


@requirement("TX-45b", "2.2.2", MUST, "A refusal has status 400, or 401 for a client that is not known")
def refusal_status(bench):
    answers = [bench.exchange(audience=NOBODY)]
    if "unpermitted_client" in bench.config:
        answers.append(bench.exchange(client=bench.config["unpermitted_client"]))
    if "unrelated_subject" in bench.config:
        token = bench.obtain(bench.config["unrelated_subject"])["access_token"]
        answers.append(bench.exchange(token=token))
    refusals = [answer for answer in answers if not answer.issued]
    if not refusals:
        raise Skipped("nothing was refused")
    for answer in refusals:
        statuses = (400, 401) if answer.error == "invalid_client" else (400,)
        expect(answer.status in statuses, f"status 400 was expected, but came {answer}")


def broken_tokens(token):
    """Subject tokens that nobody may accept, made from a good one."""
    yield "garbage", "garbage"
    yield "empty parts", ".."
    parts = token.split(".")
    if len(parts) != 3:
        yield "cut short", token[:-4]
        return
    head, body, signature = parts
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    yield "another signature", f"{head}.{body}.{flipped}"
    yield "no signature", f"{head}.{body}."
    claims = claims_of(token) or {}
    claims["sub"] = "somebody-else"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    yield "another subject", f"{head}.{forged}.{signature}"
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    yield "alg none", f"{none}.{forged}."
    yield "a part too many", token + ".e30"


@requirement("TX-46", "2.2.2", MUST, "An invalid subject token is invalid_request")
def invalid_subject(bench):
    for what, token in broken_tokens(bench.subject()):
        try:
            bench.refused(bench.exchange(token=token), "invalid_request")
        except Failed as failure:
            raise Failed(f"{what}: {failure}") from None


@requirement("TX-47", "2.2.2", SHOULD, "A target that can not be served is invalid_target")
def invalid_target(bench):
    bench.refused(bench.exchange(audience=NOBODY), "invalid_target")
    bench.refused(bench.exchange(resource=f"https://{NOBODY}.example"), "invalid_target")


@requirement("TX-51", "2.2.2", SHOULD, "A request of which one target is refused fails as a whole")
def one_bad_target(bench):
    bench.refused(bench.exchange(("audience", NOBODY)), "invalid_target", "invalid_request",
                  "invalid_client")


@requirement("TX-49", "2.2.2", SHOULD, "Errors do not tell one fault of a subject token from another")
def no_oracle(bench):
    token = bench.subject()
    told = {what: bench.exchange(token=bad).body or {} for what, bad in broken_tokens(token)}
    texts = {body.get("error_description") for body in told.values()}
    expect(len(texts) == 1, f"different descriptions: {sorted(map(str, texts))}")


@requirement("TX-50", "2.2.2", SHOULD, "Errors do not repeat tokens")
def no_echo(bench):
    token = bench.subject()
    for form in ({"subject_token_type": "urn:example:x"}, {"audience": NOBODY},
                 {"requested_token_type": "urn:example:x"}):
        raw = bench.exchange(token=token, **form).raw.decode("utf-8", "replace")
        expect(token not in raw, "the subject token stands in the error")
        expect(token.split(".")[-1][:40] not in raw, "a part of the subject token stands in the error")
