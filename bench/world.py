# SPDX-License-Identifier: Apache-2.0
"""What a benchmark serves: realms with keys of its own, and subject tokens signed with them."""
import base64
import hashlib
import json
import multiprocessing
import pathlib
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from bench.machine import Failure, go_first

REQUESTER, SECRET, TARGET, WEB = "orders-api", "orders-secret", "billing-api", "shop-web"
PASSWORD = "a password of the benchmark"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
DAY = 24 * 3600
BEFORE = urllib.parse.urlencode({
    "grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN, "audience": TARGET,
    "scope": "invoice:read"}) + "&subject_token="
BASIC = "Authorization: Basic " + base64.b64encode(f"{REQUESTER}:{SECRET}".encode()).decode()


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def make_key(algorithm, path):
    key = rsa.generate_private_key(65537, 2048) if algorithm == "RS256" else ec.generate_private_key(ec.SECP256R1())
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()))
    return key


def user_id(number):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"user-{number}.bench.example"))


def user(number):
    return {"id": user_id(number), "username": f"user-{number}", "email": f"user-{number}@bench.example",
            "emailVerified": True, "firstName": "User", "lastName": str(number), "groups": ["/staff"]}


def rule(requester, target):
    return {"id": f"{requester}-to-{target}", "owner": target, "requester": {"clients": [requester]},
            "subject": {"tokenTypes": ["access_token"], "binding": "audience", "users": {"groups": ["/staff"]}},
            "target": {"audiences": [target]},
            "result": {"mode": "same-subject", "tokenTypes": ["access_token"],
                       "scopes": {"allow": ["invoice:read"]}, "lifetime": "5m"}}


def realm(name, algorithm, key_path, clients=10, rules=10, users=100, more_rules=()):
    """The demo's shop with this many clients, rules and users."""
    named = [
        {"clientId": WEB, "publicClient": True, "directAccessGrantsEnabled": True,
         "defaultClientScopes": ["basic", "profile", "email", "roles", "acr", "orders", "invoice:read"]},
        {"clientId": REQUESTER, "secret": SECRET, "fullScopeAllowed": False},
        {"clientId": TARGET, "bearerOnly": True}]
    more = [{"clientId": f"service-{n}", "secret": f"secret-of-service-{n}", "fullScopeAllowed": False}
            for n in range(clients - len(named))]
    # The other rules are of other pairs: each service may ask for tokens for each, up to the number.
    pairs = ((a["clientId"], b["clientId"]) for distance in range(1, len(more))
             for a, b in zip(more, more[distance:] + more[:distance]))
    people = [user(n) for n in range(users)]
    people[0]["credentials"] = [{"type": "password", "value": PASSWORD}]
    return {
        "realm": name, "defaultSignatureAlgorithm": algorithm, "accessTokenLifespan": DAY,
        "keys": [{"name": "bench", "algorithm": algorithm, "state": "active", "priority": 1000,
                  "privateKeyFile": str(key_path)}],
        "groups": [{"name": "staff"}],
        "clientScopes": [
            {"name": "invoice:read"},
            {"name": "orders", "attributes": {"include.in.token.scope": "false"},
             "protocolMappers": [{"name": REQUESTER, "protocolMapper": "oidc-audience-mapper",
                                  "config": {"included.client.audience": REQUESTER,
                                             "access.token.claim": "true"}}]}],
        "clients": named + more, "users": people,
        "exchangeRules": [rule(REQUESTER, TARGET), *more_rules] + [
            rule(a, b) for (a, b), _ in zip(pairs, range(rules - 1))]}


def post(url, form):
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Failure(f"{url}: {error.code} {error.read().decode()}") from None


def sample_claims(base):
    """Header and claims of a token that the server itself issued, of the first user. The tokens of the
    benchmark are such tokens without a session."""
    answer = post(f"{base}/protocol/openid-connect/token",
                  {"grant_type": "password", "client_id": WEB, "username": "user-0", "password": PASSWORD})
    header, claims, _ = answer["access_token"].split(".")
    claims = json.loads(decode(claims))
    for name in ("sid", "xp", "xid", "jti", "exp", "iat"):
        claims.pop(name, None)
    return json.loads(decode(header)), claims


def sign(algorithm, key, text):
    if algorithm == "RS256":
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    r, s = utils.decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def is_signed(algorithm, key, token):
    text, signature = token.encode().rsplit(b".", 1)
    signature = decode(signature.decode())
    if algorithm == "RS256":
        key.public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        return
    pair = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    key.public_key().verify(pair, text, ec.ECDSA(hashes.SHA256()))


def mint_some(job):
    key_path, algorithm, header, claims, numbers, users, sessions, lives = job
    key = serialization.load_pem_private_key(pathlib.Path(key_path).read_bytes(), None)
    head, now, tokens = encode(json.dumps(header, separators=(",", ":")).encode()), int(time.time()), []
    for number in numbers:
        who = number % users
        mine = {"exp": now + lives, "iat": now - (DAY if lives < 0 else 0), "jti": f"trrtro:{uuid.uuid4()}", **claims, "sub": user_id(who),
                "xid": encode(uuid.uuid4().bytes[:12])}
        for name, value in (("preferred_username", f"user-{who}"), ("email", f"user-{who}@bench.example"),
                            ("family_name", str(who)), ("name", f"User {who}")):
            if name in mine:
                mine[name] = value
        if sessions:
            mine["sid"] = sessions[number]
        text = (head + "." + encode(json.dumps(mine, separators=(",", ":")).encode())).encode()
        tokens.append(text.decode() + "." + encode(sign(algorithm, key, text)))
    return tokens


def mint(path, key_path, algorithm, sample, count, users, sessions=None, lives=DAY):
    """Writes `count` different subject tokens, of the first `users` users in turn, one a line. They live for so many
    seconds; below 0 they have expired."""
    header, claims = sample
    jobs = [(str(key_path), algorithm, header, claims, range(start, min(start + 500, count)), users, sessions,
             lives)
            for start in range(0, count, 500)]
    with multiprocessing.Pool(2, go_first) as pool:
        tokens = [token for some in pool.map(mint_some, jobs) for token in some]
    if len(set(tokens)) != count:
        raise Failure("subject tokens that are not distinct")
    path.write_text("\n".join(tokens) + "\n", encoding="ascii")
    return len(tokens[0])


def check_samples(path, algorithm, key):
    """Issued tokens are what they must be: rightly signed, for the target, all different."""
    seen = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        token = json.loads(line)["access_token"]
        claims = json.loads(decode(token.split(".")[1]))
        is_signed(algorithm, key, token)
        if TARGET not in claims["aud"] or claims["azp"] != REQUESTER or claims["jti"] in seen:
            raise Failure(f"an issued token is wrong: {claims}")
        seen.add(claims["jti"])
    if not seen:
        raise Failure("no answers to look at")
    return len(seen)


def add_users(database, name, count):
    """Users straight into the table of a stopped server, as copies of user-1."""
    with sqlite3.connect(database) as connection:
        body = connection.execute("SELECT body FROM user WHERE realm=? AND username='user-1'", [name]).fetchone()[0]
        first = connection.execute("SELECT count(*) FROM user WHERE realm=? AND username LIKE 'user-%'",
                                   [name]).fetchone()[0]
        other = {"id": user_id(1), "username": "user-1", "email": "user-1@bench.example"}

        def rows():
            for number in range(first, count):
                made = user(number)
                text = body
                for key, value in sorted(other.items(), reverse=True):
                    text = text.replace(f'"{value}"', f'"{made[key]}"')
                yield name, made["id"], made["username"], made["email"], "", text
        connection.executemany("INSERT INTO user(realm,id,username,email,service_account_of,body) "
                               "VALUES(?,?,?,?,?,?)", rows())
    connection.close()


def add_sessions(database, name, count, users):
    """Live sessions straight into the table of a stopped server; their ids."""
    now = int(time.time())
    ids = [encode(hashlib.sha256(f"session {n}".encode()).digest()[:18]) for n in range(count)]
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO session(realm,id,user,client,started,last_access,expires,auth_method,acr,offline) "
            "VALUES(?,?,?,?,?,?,?,'password','1',0)",
            [(name, id, user_id(n % users), WEB, now - 60, now, now + 10 * 3600) for n, id in enumerate(ids)])
    connection.close()
    return ids
