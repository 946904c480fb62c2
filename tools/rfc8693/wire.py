# SPDX-License-Identifier: Apache-2.0
"""Requests as bytes and answers read strictly: what a lenient client would forgive is kept visible."""
import base64
import http.client
import json
import ssl
import urllib.parse

TIMEOUT = 20
GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPE = "urn:ietf:params:oauth:token-type:"


class Unreachable(Exception):
    """No HTTP answer at all."""


class Answer:
    """One HTTP answer. `body` is the JSON object, or None; `repeated` are members that occur twice."""

    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw
        self.body, self.repeated, self.fault = None, [], None
        try:
            value = json.loads(raw.decode("utf-8"), object_pairs_hook=self._members)
            if isinstance(value, dict):
                self.body = value
            else:
                self.fault = "the body is JSON, but no object"
        except (UnicodeDecodeError, ValueError) as error:
            self.fault = f"the body is no JSON: {error}"

    def _members(self, pairs):
        names = [name for name, _ in pairs]
        self.repeated += sorted({name for name in names if names.count(name) > 1})
        return dict(pairs)

    @property
    def issued(self):
        return self.status == 200 and self.body is not None and "access_token" in self.body

    @property
    def error(self):
        return None if self.body is None else self.body.get("error")

    def header(self, name):
        return self.headers.get(name, "")

    def __str__(self):
        if self.issued:
            return f"{self.status} with a token of type {self.body.get('issued_token_type')}"
        if self.error is not None:
            return f"{self.status} {self.error}: {self.body.get('error_description', '')}"[:300]
        return f"{self.status}, {self.fault or 'neither token nor error'}"


class Wire:
    """Sends to one server. `ca_file`: whom to trust beside the system; never nobody."""

    def __init__(self, ca_file=None):
        self.context = ssl.create_default_context(cafile=ca_file)

    def request(self, method, url, body=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT, context=self.context)
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
        path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{method} {url}: {error}") from error
        finally:
            connection.close()

    def post(self, url, pairs, client=None):
        """A form; `client` has id, secret and auth (client_secret_basic, client_secret_post, none)."""
        pairs, headers = list(pairs), {"Content-Type": "application/x-www-form-urlencoded",
                                       "Accept": "application/json"}
        if client:
            method = client.get("auth") or ("client_secret_basic" if client.get("secret") else "none")
            if method == "client_secret_basic":  # RFC 6749 section 2.3.1: both are form-encoded first
                both = ":".join(urllib.parse.quote_plus(client[key]) for key in ("id", "secret"))
                headers["Authorization"] = "Basic " + base64.b64encode(both.encode()).decode()
            else:
                pairs.append(("client_id", client["id"]))
                if method == "client_secret_post":
                    pairs.append(("client_secret", client["secret"]))
        return self.request("POST", url, urllib.parse.urlencode(pairs).encode(), headers)


def claims_of(token):
    """The claims of a JWT, unverified; None for anything else."""
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def audience_of(claims):
    value = claims.get("aud", [])
    return set(value) if isinstance(value, list) else {value}
