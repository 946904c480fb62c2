# SPDX-License-Identifier: Apache-2.0
"""What a case stands on: the server under test, and what the configuration says may be done there."""
from .wire import GRANT, TYPE, Wire, audience_of, claims_of

NOBODY = "nobody-has-this-name-4711"  # a target that no server has
WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


class Failed(Exception):
    """The server does what the requirement forbids, or not what it demands."""


class NotSupported(Exception):
    """The server says that it does not do this, in a way that the standard allows."""


class Skipped(Exception):
    """The configuration has not what this case needs."""


class Unusable(Exception):
    """Nothing can be tested: the server or the configuration is wrong."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


class Bench:
    def __init__(self, issuer, config):
        self.issuer, self.config = issuer.rstrip("/"), config
        self.wire = Wire(config.get("ca_file"))
        self.metadata = self._discover()
        self.token_endpoint = config.get("token_endpoint") or self.metadata.get("token_endpoint")
        if not self.token_endpoint:
            raise Unusable("no token endpoint: neither in the metadata nor as token_endpoint in the configuration")
        for needed in ("client", "subject", "audience"):
            if needed not in config:
                raise Unusable(f"the configuration has no '{needed}'")
        self.client = config["client"]

    def _discover(self):
        for path in WELL_KNOWN:
            answer = self.wire.request("GET", self.issuer + path)
            if answer.status == 200 and answer.body:
                return answer.body
        return {}

    def need(self, name):
        if name not in self.config:
            raise Skipped(f"no '{name}' in the configuration")
        return self.config[name]

    def obtain(self, how):
        """The answer that brings a token, by what the configuration says of it."""
        if "value" in how:
            return {"access_token": how["value"]}
        form = {key: value for key, value in how.items() if key != "client"}
        answer = self.wire.post(self.token_endpoint, form.items(), how.get("client", self.client))
        if not answer.issued:
            raise Unusable(f"no token by {form.get('grant_type')}: {answer}")
        return answer.body

    def subject(self):
        return self.obtain(self.config["subject"])["access_token"]

    def exchange(self, *more, client=None, token=None, without=(), **form):
        """An exchange that is permitted but for what the arguments change. `more`: further pairs."""
        pairs = {"grant_type": GRANT, "subject_token": None,
                 "subject_token_type": TYPE + "access_token", "audience": self.config["audience"]}
        pairs.update(form)
        for name in without:
            pairs.pop(name, None)
        if "subject_token" in pairs and pairs["subject_token"] is None:
            pairs["subject_token"] = token if token is not None else self.subject()
        return self.wire.post(self.token_endpoint, [*pairs.items(), *more],
                              self.client if client is None else client)

    def issued(self, *more, **form):
        """The answer to an exchange that must be permitted."""
        answer = self.exchange(*more, **form)
        expect(answer.issued, f"a token was expected, but came {answer}")
        return answer

    def claims(self, *more, **form):
        answer = self.issued(*more, **form)
        claims = claims_of(answer.body["access_token"])
        if claims is None:
            raise Skipped("the issued access token is no JWT: its claims are the server's own affair")
        return claims

    def need_actors(self):
        """NotSupported when actor tokens are not looked at (RFC 6749 section 3.2: what a server does not
        know it ignores)."""
        answer = self.exchange(actor_token="garbage", actor_token_type=TYPE + "access_token")
        claims = claims_of(answer.body["access_token"]) if answer.issued else None
        if claims is not None and "act" not in claims:
            raise NotSupported("actor tokens are ignored, also one that is garbage")

    def need_resources(self):
        """NotSupported when resource changes nothing, whatever it names."""
        answer = self.exchange(resource=f"https://{NOBODY}.example")
        claims = claims_of(answer.body["access_token"]) if answer.issued else None
        if claims and audience_of(claims) and audience_of(claims) == audience_of(self.claims()):
            raise NotSupported("resource is ignored, also one that nobody has")

    def refused(self, answer, *errors, status=400):
        expect(not answer.issued, "a token was issued")
        expect(answer.body is not None, f"an error as JSON was expected, but {answer.fault}")
        expect(answer.error in errors, f"error {' or '.join(errors)} was expected, but came {answer}")
        statuses = (400, 401) if answer.error == "invalid_client" else (status,)
        expect(answer.status in statuses, f"status {status} was expected, but came {answer}")
        return answer

    def supported(self, answer):
        """The answer; NotSupported when the server refuses what nobody must offer."""
        refusals = ("invalid_request", "unsupported_token_type", "unauthorized_client", "access_denied",
                    "invalid_scope", "invalid_target")
        if not answer.issued and answer.status in (400, 403) and answer.error in refusals:
            raise NotSupported(str(answer))
        expect(answer.issued, f"neither a token nor a proper refusal: {answer}")
        return answer
