# SPDX-License-Identifier: Apache-2.0
"""A client of one realm, as a program that uses the server would be written."""
import json
from urllib.parse import quote

import requests
from jwcrypto import jwk, jws

TIMEOUT = 15
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
REFRESH_TOKEN = "urn:ietf:params:oauth:token-type:refresh_token"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"


def fields(form):
    """Pairs of a form: an absent value is left out, a list repeats its name."""
    for name, value in form.items():
        if value is not None:
            for one in value if isinstance(value, (list, tuple)) else [value]:
                yield name, one


class Client:
    """With a secret: client_secret_basic. Without: a public client. All calls give the Response."""

    def __init__(self, url, realm, client_id, secret=None):
        self.realm_url = f"{url}/realms/{realm}"
        self.client_id, self.secret = client_id, secret
        self.http = requests.Session()
        self.http.trust_env = False  # no proxy, no .netrc

    def endpoint(self, name):
        return f"{self.realm_url}/protocol/openid-connect/{name}"

    def post(self, name, form, headers=None):
        """Posts a form with the client's own authentication."""
        pairs = list(fields(form))
        auth = None
        if self.secret is not None:  # RFC 6749 section 2.3.1: both are form-encoded first
            auth = (quote(self.client_id, safe=""), quote(self.secret, safe=""))
        elif not any(key == "client_id" for key, _ in pairs):
            pairs.append(("client_id", self.client_id))
        return self.http.post(self.endpoint(name), data=pairs, auth=auth, headers=headers,
                              timeout=TIMEOUT, allow_redirects=False)

    def token(self, grant_type, headers=None, **form):
        return self.post("token", {"grant_type": grant_type, **form}, headers)

    def password(self, username, password, **form):
        return self.token("password", username=username, password=password, **form)

    def client_credentials(self, **form):
        return self.token("client_credentials", **form)

    def refresh(self, refresh_token, **form):
        return self.token("refresh_token", refresh_token=refresh_token, **form)

    def exchange(self, subject_token=None, *, headers=None, **form):
        """RFC 8693; types default to access_token. Pass name=None to leave a parameter out."""
        if subject_token is not None:
            form = {"subject_token": subject_token, "subject_token_type": ACCESS_TOKEN, **form}
        if form.get("actor_token") is not None:
            form = {"actor_token_type": ACCESS_TOKEN, **form}
        return self.token(EXCHANGE, headers, **form)

    def introspect(self, token, **form):
        return self.post("token/introspect", {"token": token, **form})

    def revoke(self, token, **form):
        return self.post("revoke", {"token": token, **form})

    def logout(self, refresh_token, **form):
        return self.post("logout", {"refresh_token": refresh_token, **form})

    def userinfo(self, access_token):
        return self.http.get(self.endpoint("userinfo"), timeout=TIMEOUT,
                             headers={"Authorization": f"Bearer {access_token}"})

    def discovery(self):
        return granted(self.http.get(f"{self.realm_url}/.well-known/openid-configuration",
                                     timeout=TIMEOUT))

    def verify(self, token):
        """(header, claims) of a JWT whose signature one of the realm's keys made."""
        return verify(token, self.http.get(self.endpoint("certs"), timeout=TIMEOUT).text)


# RFC 6749 section 5.1, RFC 8693 section 2.2.1 and Keycloak's own: a member and its JSON type.
TOKEN_ANSWER = {"access_token": str, "token_type": str, "expires_in": int, "scope": str,
                "refresh_token": str, "refresh_expires_in": int, "id_token": str, "device_secret": str,
                "issued_token_type": str, "session_state": str, "not-before-policy": int}


def once_each(pairs):
    """A JSON object whose members occur once; anything else is a broken answer."""
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"members twice: {names}"
    return dict(pairs)


def read_json(response):
    """The JSON of an answer by a strict reader: UTF-8, every member once, its media type right."""
    assert response.headers["Content-Type"] == "application/json", response.headers
    return json.loads(response.content.decode("utf-8"), object_pairs_hook=once_each)


def check_token_answer(answer):
    """specs: TX-42. Known members only, of the right JSON type, none empty."""
    for name, value in answer.items():
        assert name in TOKEN_ANSWER, f"unknown member {name}"
        assert type(value) is TOKEN_ANSWER[name], f"{name}: {value!r}"  # a bool is no int here
        assert value != "", f"{name} is empty"
    assert {"access_token", "token_type", "expires_in"} <= set(answer), answer
    assert answer["token_type"] in ("Bearer", "bearer", "DPoP", "N_A"), answer


def granted(response):
    """The JSON of an answer with status 200, strictly read."""
    assert response.status_code == 200, f"{response.status_code} {response.text}"
    answer = read_json(response)
    if isinstance(answer, dict) and "access_token" in answer:
        check_token_answer(answer)
    return answer


def refresh_token_of(answer):
    """The refresh token of an answer: alone in access_token where that is what was asked for."""
    if answer.get("issued_token_type") == REFRESH_TOKEN and answer["token_type"] == "N_A":
        return answer["access_token"]
    return answer["refresh_token"]


def refused(response, error, code=None, status=400):
    """The JSON of a refusal: its status, its OAuth error, and our code where the realm shows it."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    body = read_json(response)
    assert body["error"] == error, body
    assert code is None or body.get("error_code") == code, body
    assert "access_token" not in body, body
    return body


def decode(token):
    """(header, claims) of a JWT, nothing verified."""
    parts = jws.JWS()
    parts.deserialize(token)
    return dict(parts.jose_header), json.loads(parts.objects["payload"])


def verify(token, certs):
    """(header, claims) of a JWT, its signature checked against a JWK set given as text."""
    keys = jwk.JWKSet.from_json(certs)
    parts = jws.JWS()
    parts.deserialize(token)
    header = parts.jose_header
    assert header["alg"] not in ("none", "HS256", "HS384", "HS512"), header
    key = keys.get_key(header["kid"])
    assert key is not None, f"no key {header['kid']} in the realm's certs"
    parts.verify(key, alg=header["alg"])
    return header, json.loads(parts.payload)
