# SPDX-License-Identifier: Apache-2.0
"""Load on every grant, by clients that write down what they know."""
import functools
import json
import random
import threading
import time

import requests

from chaos.book import hash_of
from chaos.once import ONCE, PARTNER, PROVIDER, REALM, SIGNER, USERS
from support.client import ID_TOKEN, REFRESH_TOKEN, Client, check_token_answer, refresh_token_of
from support.realms import client, public_client, realm, rule, scope, secret_of, switched_client, user

DEVICE_SECRET = "urn:openid:params:token-type:device-secret"


def foreign_rule(alias, kind):
    made = rule(alias, "gate", "spa", lifetime="5m")
    made["subject"].update(tokenTypes=[kind], issuers=[alias])
    return made


def second_app_rule():
    made = rule("second-app", "spa", None, binding="device-secret", scopes=["openid"],
                types=["access_token", "id_token"], lifetime="5m")
    made["requester"]["authMethods"] = ["none"]
    made["subject"]["tokenTypes"] = ["id_token"]
    made["target"]["audiences"] = ["spa"]
    return made


def user_of_provider(name):
    return user(name, federatedIdentities=[{"identityProvider": "idp", "userId": name, "userName": name}])


def make_realm():
    signer = client("signer", serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                    attributes={"jwks.string": json.dumps(
                        {"keys": [SIGNER.export_public(as_dict=True)]})})
    del signer["secret"]
    hand_off = rule("hand-off", "gate", "spa", holder="target", session="join",
                    types=["handoff", "id_token"], refresh="bounded", scopes=["openid"])
    once = {"uses": ["subject", "grant"], "singleUse": True}
    partner = {"alias": "partner", "issuer": PARTNER, "binding": "service", **once,
               "keys": {"jwks": {"keys": [SIGNER.export_public(as_dict=True)]}}}
    provider = {"alias": "idp", "kind": "saml2", "issuer": PROVIDER.entity_id, "audience": [PROVIDER.audience],
                "binding": "link", **once, "keys": {"pem": PROVIDER.certificate_pem()},
                "saml": {"recipients": [PROVIDER.recipient]}}
    return realm(REALM, scopes=[scope("device_sso")], clients=[
        public_client("web", sent_to=["gate", "opaque"], optional=["device_sso"]), public_client("spa"), signer,
        switched_client("gate", refresh=True, directAccessGrantsEnabled=True,
                        serviceAccountsEnabled=True),
        switched_client("opaque", attributes={"cambist.access.token.format": "opaque"})],
        users=[user_of_provider(f"user{n}") for n in range(USERS)],
        rules=[hand_off, foreign_rule("partner", "jwt"), foreign_rule("idp", "saml2"), second_app_rule()],
        trustedIssuers=[partner, provider], revokeRefreshToken=True,
        offlineSessionIdleTimeout=7200)  # revocations are kept for as long as that, and a day


def client_of(url, name):
    return Client(url, REALM, name, secret_of(name) if name in ("gate", "opaque") else None)


def send_once(url, kind, form):
    """What serves once, sent by a client that knows nothing of the first time."""
    return ONCE[kind].send(client_of(url, ONCE[kind].client), form)


def by_device(spa, login):
    """The second app of a device asks for tokens by the log-in of the first."""
    return spa.exchange(login["id_token"], subject_token_type=ID_TOKEN, audience="spa",
                        actor_token=login["device_secret"], actor_token_type=DEVICE_SECRET)


class Loader(threading.Thread):
    """Until stop() or the end of the server. A refusal is no fault here: the book says what was had."""

    def __init__(self, url, book, seed, login=None):
        super().__init__(daemon=True)
        self.url, self.book, self.random = url, book, random.Random(seed)
        self.stopping, self.lost = threading.Event(), False
        self.clients = {name: client_of(url, name) for name in ("web", "spa", "gate", "opaque", "signer")}
        self.login, self.refresh_token = login, login and login["refresh_token"]
        self.device = None  # a log-in with the secret of the device
        self.granted_at, self.answers = 0.0, 0

    def stop(self):
        self.stopping.set()

    def run(self):
        turns = [self.exchange, self.refresh, self.refresh, self.exchange_opaque, self.own_tokens,
                 self.revoke, self.log_out, self.second_app,
                 *[functools.partial(self.use_once, kind) for kind in ONCE]]
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

    def use_once(self, kind):
        form = ONCE[kind].make(self)
        if form and self.keep(kind, ONCE[kind].send(self.clients[ONCE[kind].client], form)):
            self.book.add("taken", (kind, form))

    def assert_once(self):
        self.use_once("assertion")

    def hand_off(self):
        self.use_once("hand-off")

    def log_in_on_device(self):
        name = f"user{self.random.randrange(USERS)}"
        return self.keep("password", self.clients["web"].password(name, name, scope="openid device_sso"))

    def second_app(self):
        """By a log-in that serves for some of these, and is then ended."""
        login = self.device = self.device or self.log_in_on_device()
        if login is None:
            return
        if self.keep("device-secret", by_device(self.clients["spa"], login)) and self.random.random() < 0.6:
            return
        self.device = None
        if self.clients["web"].logout(login["refresh_token"]).status_code == 204:
            self.book.add("parted", login)

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
