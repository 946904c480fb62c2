# SPDX-License-Identifier: Apache-2.0
"""Load on every grant, by clients that write down what they know."""
import base64
import hashlib
import json
import random
import secrets
import threading
import time
import uuid

import requests
from jwcrypto import jwk, jwt

from chaos.book import hash_of
from support.client import REFRESH_TOKEN, Client, check_token_answer, refresh_token_of
from support.realms import client, public_client, realm, rule, secret_of, switched_client, user

REALM = "chaos"
ISSUER = "https://sso.example.org"
HAND_OFF = "urn:cambist:params:oauth:token-type:handoff"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PARTNER = "https://partner.example"
USERS = 8
SIGNER = jwk.JWK.generate(kty="EC", crv="P-256")


def make_realm():
    signer = client("signer", serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                    attributes={"jwks.string": json.dumps(
                        {"keys": [SIGNER.export_public(as_dict=True)]})})
    del signer["secret"]
    hand_off = rule("hand-off", "gate", "spa", holder="target", session="join",
                    types=["handoff", "id_token"], refresh="bounded", scopes=["openid"])
    partner = rule("partner", "gate", "spa", lifetime="5m")
    partner["subject"].update(tokenTypes=["jwt"], issuers=["partner"])
    return realm(REALM, clients=[
        public_client("web", sent_to=["gate", "opaque"]), public_client("spa"), signer,
        switched_client("gate", refresh=True, directAccessGrantsEnabled=True,
                        serviceAccountsEnabled=True),
        switched_client("opaque", attributes={"cambist.access.token.format": "opaque"})],
        users=[user(f"user{n}") for n in range(USERS)], rules=[hand_off, partner], revokeRefreshToken=True,
        trustedIssuers=[{"alias": "partner", "issuer": PARTNER, "binding": "service", "uses": ["grant"], "singleUse": True,
                         "keys": {"jwks": {"keys": [SIGNER.export_public(as_dict=True)]}}}],
        offlineSessionIdleTimeout=7200)  # revocations are kept for as long as that, and a day


def client_of(url, name):
    return Client(url, REALM, name, secret_of(name) if name in ("gate", "opaque") else None)


def signed(issuer, subject):
    now = int(time.time())
    token = jwt.JWT(header={"alg": "ES256"}, claims={
        "iss": issuer, "sub": subject, "aud": f"{ISSUER}/realms/{REALM}", "jti": uuid.uuid4().hex,
        "iat": now, "exp": now + 290})
    token.make_signed_token(SIGNER)
    return token.serialize()


def assertion():
    return {"grant_type": "client_credentials", "client_assertion_type": ASSERTION,
            "client_assertion": signed("signer", "signer")}


class Loader(threading.Thread):
    """Until stop() or the end of the server. A refusal is no fault here: the book says what was had."""

    def __init__(self, url, book, seed, login=None):
        super().__init__(daemon=True)
        self.url, self.book, self.random = url, book, random.Random(seed)
        self.stopping, self.lost = threading.Event(), False
        self.clients = {name: client_of(url, name) for name in ("web", "spa", "gate", "opaque", "signer")}
        self.login, self.refresh_token = login, login and login["refresh_token"]
        self.granted_at, self.answers = 0.0, 0

    def stop(self):
        self.stopping.set()

    def run(self):
        turns = [self.exchange, self.refresh, self.refresh, self.exchange_opaque, self.own_tokens,
                 self.assert_once, self.bear_once, self.hand_off, self.revoke, self.log_out]
        try:
            self.own_tokens()
            while not self.stopping.is_set():
                self.random.choice(turns)()
        except requests.RequestException:
            self.lost = True  # the server is gone, or took a connection that it could not serve
        except Exception as fault:  # pylint: disable=broad-except
            self.book.add("strange", f"{type(fault).__name__}: {fault}")

    def keep(self, grant, response):
        """The answer, once it is whole and in the book; None for a refusal."""
        if response.status_code != 200:
            self.refuse(response)
            return None
        answer = response.json()
        check_token_answer(answer)
        for name in ("access_token", "refresh_token"):
            if name in answer:
                self.book.add("issued", hash_of(answer[name]))
        self.book.count(grant)
        self.granted_at = time.monotonic()
        self.answers += 1
        return answer

    def refuse(self, response):
        if response.status_code >= 500:
            time.sleep(0.01)
            self.book.refuse(response.status_code)
        else:
            self.book.refuse(response.json().get("error_code", response.status_code))
            self.login = None

    def log_in(self):
        name = f"user{self.random.randrange(USERS)}"
        self.login = self.keep("password", self.clients["web"].password(name, name))
        self.refresh_token = self.login and self.login["refresh_token"]
        return self.login is not None

    def logged_in(self):
        return self.login is not None or self.log_in()

    def exchange(self):
        if self.logged_in():
            self.keep("exchange", self.clients["gate"].exchange(self.login["access_token"]))

    def exchange_opaque(self):
        if self.logged_in():
            self.keep("opaque", self.clients["opaque"].exchange(self.login["access_token"]))

    def own_tokens(self):
        self.keep("client_credentials", self.clients["gate"].client_credentials())

    def refresh(self):
        if not self.logged_in():
            return
        used = self.refresh_token
        answer = self.keep("refresh", self.clients["web"].refresh(used))
        if answer is None:
            return
        self.book.add("rotated", ("web", used))
        self.login, self.refresh_token = answer, answer["refresh_token"]

    def assert_once(self):
        form = assertion()
        signer = self.clients["signer"]
        response = signer.http.post(signer.endpoint("token"), data=form, timeout=15)
        if self.keep("assertion", response):
            self.book.add("taken", ("assertion", form))

    def bear_once(self):
        form = {"assertion": signed(PARTNER, "job"), "audience": "spa"}
        if self.keep("jwt-bearer", self.clients["gate"].token(BEARER, **form)):
            self.book.add("taken", ("jwt-bearer", form))

    def hand_off(self):
        if not self.logged_in():
            return
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        made = self.clients["gate"].exchange(
            self.login["access_token"], audience="spa", requested_token_type=HAND_OFF, scope="openid",
            code_challenge=challenge, code_challenge_method="S256")
        if made.status_code != 200:
            self.refuse(made)
            return
        form = {"subject_token": made.json()["access_token"], "subject_token_type": HAND_OFF,
                "code_verifier": verifier}
        answer = self.keep("hand-off", self.clients["spa"].exchange(**form))
        if answer:
            self.book.add("taken", ("hand-off", form))

    def revoke(self):
        if not self.logged_in():
            return
        gate = self.clients["gate"]
        answer = self.keep("exchange", gate.exchange(self.login["access_token"],
                                                     requested_token_type=REFRESH_TOKEN))
        if answer is None:
            return
        token = refresh_token_of(answer)
        fresh = self.keep("refresh", gate.refresh(token))
        if fresh is None:
            return
        self.book.add("rotated", ("gate", token))
        if gate.revoke(fresh["access_token"]).status_code == 200:
            self.book.add("revoked", fresh["access_token"])

    def log_out(self):
        if self.random.random() < 0.7 or not self.logged_in():
            return
        token, self.login = self.refresh_token, None
        if self.clients["web"].logout(token).status_code == 204:
            self.book.add("ended", token)
