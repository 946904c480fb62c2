# SPDX-License-Identifier: Apache-2.0
"""Everybody else in the recipes: signs what a partner, a platform or an older system would say now.

    partner.py sign KEY.pem CLAIMS      a JWT with iat, exp (in five minutes) and jti, signed with an EC key
    partner.py old-system KEY.pem URL   an older authorization server at this address: GET /log-in gives a refresh token,
                                        POST /token uses it and gives another, and an ID token
"""
import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse
import uuid


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(key, claims):
    now = int(time.time())
    claims = {"iat": now, "exp": now + 300, "jti": str(uuid.uuid4()), **claims}
    text = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "ES256", "typ": "JWT"}, claims))
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), capture_output=True, check=True).stdout
    numbers, at = b"", 2  # SEQUENCE { INTEGER r, INTEGER s }
    for _ in range(2):
        length = der[at + 1]
        numbers += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return f"{text}.{encode(numbers)}"


def old_system(key, url):
    tokens = set()

    def new_token():
        tokens.add(made := f"old-{uuid.uuid4().hex}")
        return made

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, status, body):
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self):  # noqa: N802, the name is http.server's
            self.answer(200, {"refresh_token": new_token()})

        def do_POST(self):  # noqa: N802
            form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            used = form["refresh_token"][0]
            if used not in tokens:
                return self.answer(400, {"error": "invalid_grant"})
            tokens.remove(used)
            said = {"iss": url, "sub": "4711", "aud": "old-app", "email": "anna@example.com", "email_verified": True}
            return self.answer(200, {"access_token": "of no use here", "token_type": "Bearer", "expires_in": 300,
                                     "refresh_token": new_token(), "id_token": sign(key, said)})

        def log_message(self, *args):
            pass

    place = urllib.parse.urlsplit(url)
    http.server.ThreadingHTTPServer((place.hostname, place.port), Handler).serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "sign":
        print(sign(sys.argv[2], json.loads(sys.argv[3])))
    else:
        old_system(*sys.argv[2:])
