#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes hostile.json: tokens and keys that must be refused, each beside its good twin. By hand.

Nothing of ours makes them: signatures, keys and encryption are those of python3-cryptography, the
texts are put together here, so that every rule of RFC 7515 to 7518 can be broken on purpose.
"""
import base64
import json
import os
import zlib

from cryptography.hazmat.primitives import hashes, hmac, keywrap, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

CURVES = {"P-256": (ec.SECP256R1(), 32, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551),
          "P-384": (ec.SECP384R1(), 48, None), "P-521": (ec.SECP521R1(), 66, None)}
CLAIMS = b'{"iss":"https://idp.example","sub":"alice"}'
cases = {"jws": [], "jwk": [], "jwe": []}


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8 or 1, "big"))


def compact(*parts):
    return ".".join(part if isinstance(part, str) else b64(part) for part in parts)


def header(**members):
    return json.dumps(members, separators=(",", ":")).encode()


def ec_jwk(key, curve="P-256", **more):
    at, size = key.public_key().public_numbers(), CURVES[curve][1]
    return {"kty": "EC", "crv": curve, "x": number(at.x, size), "y": number(at.y, size), **more}


def rsa_jwk(key, **more):
    at = key.public_key().public_numbers()
    return {"kty": "RSA", "n": number(at.n), "e": number(at.e), **more}


def private(key, jwk):
    at = key.private_numbers()
    if jwk["kty"] == "EC":
        return {**jwk, "d": number(at.private_value, CURVES[jwk["crv"]][1])}
    return {**jwk, "d": number(at.d), "p": number(at.p), "q": number(at.q), "dp": number(at.dmp1),
            "dq": number(at.dmq1), "qi": number(at.iqmp)}


EC, OTHER_EC = ec.generate_private_key(CURVES["P-256"][0]), ec.generate_private_key(CURVES["P-256"][0])
EC384, EC521 = (ec.generate_private_key(CURVES[name][0]) for name in ("P-384", "P-521"))
RSA = rsa.generate_private_key(65537, 2048)
ED = ed25519.Ed25519PrivateKey.generate()
ES_KEY, ES384_KEY = ec_jwk(EC, kid="ec", alg="ES256"), ec_jwk(EC384, "P-384", kid="ec384", alg="ES384")
RS_KEY = rsa_jwk(RSA, kid="rsa", alg="RS256")
ED_KEY = {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "alg": "EdDSA", "x": b64(ED.public_key().public_bytes(
    serialization.Encoding.Raw, serialization.PublicFormat.Raw))}


# Signatures.

def jws(name, token, *keys, valid=False):
    cases["jws"].append({"name": name, "token": token, "keys": list(keys) or [ES_KEY], "valid": valid})


def raw_ecdsa(key, size, message, digest):
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def es256(head, payload=CLAIMS, key=EC):
    text = compact(head, payload)
    return compact(text, raw_ecdsa(key, 32, text.encode(), hashes.SHA256()))


def make_jws():
    good = es256(header(alg="ES256", kid="ec"))
    first, second, last = good.split(".")
    raw, order = base64.urlsafe_b64decode(last + "=="), CURVES["P-256"][2]
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")

    def with_signature(name, signature):
        jws(name, compact(first, second, signature))
    jws("good ES256", good, valid=True)
    with_signature("DER instead of r and s", EC.sign(f"{first}.{second}".encode(), ec.ECDSA(hashes.SHA256())))
    with_signature("r and s zero", bytes(64))
    with_signature("r zero", bytes(32) + raw[32:])
    with_signature("s zero", raw[:32] + bytes(32))
    with_signature("r is the order", order.to_bytes(32, "big") + raw[32:])
    with_signature("s is the order", raw[:32] + order.to_bytes(32, "big"))
    with_signature("r plus the order", ((r + order) % 2**256).to_bytes(32, "big") + raw[32:])
    with_signature("all ones", b"\xff" * 64)
    with_signature("one byte short", raw[:-1])
    with_signature("one byte more", raw + b"\0")
    with_signature("padded to 66 bytes each", bytes(34) + raw[:32] + bytes(34) + raw[32:])
    with_signature("r and s exchanged", raw[32:] + raw[:32])
    with_signature("signature twice", raw + raw)
    with_signature("empty signature", b"")
    # Both are valid for an ECDSA verifier: a token's bytes must not be taken for its identity.
    jws("s mirrored at the order", compact(first, second, raw[:32] + (order - s).to_bytes(32, "big")), valid=True)
    jws("signed by another key of the same kid", es256(header(alg="ES256", kid="ec"), key=OTHER_EC))
    for alg in ("none", "None", "nOnE", "NONE", ""):
        jws(f"alg {alg!r}, no signature", compact(header(alg=alg, kid="ec"), CLAIMS, ""))
        jws(f"alg {alg!r}, good signature of ES256", es256(header(alg=alg, kid="ec")))
    for alg in (["ES256"], 256, None, True, {"alg": "ES256"}, "es256", "ES256 ", "ES256K", "ES384", "RS256", "HS256"):
        jws(f"alg {alg!r} over a signature of ES256", es256(header(alg=alg, kid="ec")))
    jws("no alg", es256(header(kid="ec")))
    publics = {"PEM": EC.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
               "DER": EC.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
               "x": base64.urlsafe_b64decode(ES_KEY["x"] + "="), "JWK": json.dumps(ES_KEY).encode(), "empty": b""}
    for form, secret in publics.items():
        text, mac = compact(header(alg="HS256", kid="ec"), CLAIMS), hmac.HMAC(secret, hashes.SHA256())
        mac.update(text.encode())
        jws(f"HS256 with the public key as {form}", compact(text, mac.finalize()))
    make_jws_confusion()
    make_jws_headers(first, second, last)


def make_jws_confusion():
    text = compact(header(alg="RS256", kid="rsa"), CLAIMS)
    signature = RSA.sign(text.encode(), rsa_padding.PKCS1v15(), hashes.SHA256())
    jws("good RS256", compact(text, signature), RS_KEY, valid=True)
    jws("RS256 with leading zero", compact(text, b"\0" + signature), RS_KEY)
    jws("RS256 with a byte cut", compact(text, signature[1:]), RS_KEY)
    for alg, claimed, hashed in (("RS384", "RS256", hashes.SHA384()), ("RS256", "RS512", hashes.SHA256())):
        text = compact(header(alg=claimed, kid="rsa"), CLAIMS)
        jws(f"{claimed} over a signature of {alg}", compact(text, RSA.sign(text.encode(), rsa_padding.PKCS1v15(), hashed)), RS_KEY)
    text = compact(header(alg="RS256", kid="rsa"), CLAIMS)
    pss = rsa_padding.PSS(rsa_padding.MGF1(hashes.SHA256()), 32)
    jws("RS256 over a signature of PS256", compact(text, RSA.sign(text.encode(), pss, hashes.SHA256())), RS_KEY)
    text = compact(header(alg="PS256", kid="rsa"), CLAIMS)
    jws("PS256 with a key for RS256", compact(text, RSA.sign(text.encode(), pss, hashes.SHA256())), RS_KEY)
    ps_key = {**RS_KEY, "alg": "PS256"}
    jws("good PS256", compact(text, RSA.sign(text.encode(), pss, hashes.SHA256())), ps_key, valid=True)
    for salt in (0, 20, 64):
        other = rsa_padding.PSS(rsa_padding.MGF1(hashes.SHA256()), salt)
        jws(f"PS256 with a salt of {salt} bytes", compact(text, RSA.sign(text.encode(), other, hashes.SHA256())), ps_key)
    other = rsa_padding.PSS(rsa_padding.MGF1(hashes.SHA1()), 32)
    jws("PS256 with SHA-1 in the mask", compact(text, RSA.sign(text.encode(), other, hashes.SHA256())), ps_key)
    text = compact(header(alg="ES256", kid="ec384"), CLAIMS)
    jws("ES256 by a P-384 key", compact(text, raw_ecdsa(EC384, 48, text.encode(), hashes.SHA256())), ES384_KEY)
    text = compact(header(alg="ES384", kid="ec384"), CLAIMS)
    jws("ES384 with SHA-256", compact(text, raw_ecdsa(EC384, 48, text.encode(), hashes.SHA256())), ES384_KEY)
    jws("good ES384", compact(text, raw_ecdsa(EC384, 48, text.encode(), hashes.SHA384())), ES384_KEY, valid=True)
    text = compact(header(alg="EdDSA", kid="ed"), CLAIMS)
    good = ED.sign(text.encode())
    jws("good EdDSA", compact(text, good), ED_KEY, valid=True)
    jws("EdDSA cut", compact(text, good[:-1]), ED_KEY)
    order = 2**252 + 27742317777372353535851937790883648493
    s = (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")
    jws("EdDSA with s plus the order", compact(text, good[:32] + s), ED_KEY)
    jws("EdDSA all zero", compact(text, bytes(64)), ED_KEY)
    jws("ES256 token, kid of the RSA key", es256(header(alg="ES256", kid="rsa")), ES_KEY, RS_KEY)
    for kid in ("../../dev/null", "ec' OR '1'='1", "ec\0", "ec\n", "EC", "x" * 300, ["ec"], 1, None, {"kid": "ec"}):
        jws(f"kid {str(kid)[:20]!r}", es256(header(alg="ES256", kid=kid)), ES_KEY, RS_KEY)


def make_jws_headers(first, second, last):
    attacker = ec_jwk(OTHER_EC, kid="ec", alg="ES256")
    jws("jwk of the attacker", es256(header(alg="ES256", kid="ec", jwk=attacker), key=OTHER_EC))
    for name in ("jku", "x5u"):
        jws(f"{name} of the attacker", es256(header(alg="ES256", kid="ec", **{name: "https://evil.example"}), key=OTHER_EC))
    for crit in (["exp"], [], ["alg"], ["b64"], "exp", None, [1]):
        jws(f"crit {crit!r}", es256(header(alg="ES256", kid="ec", crit=crit, exp=1)))
    jws("b64 false", es256(header(alg="ES256", kid="ec", crit=["b64"], b64=False)))
    jws("b64 without crit", es256(header(alg="ES256", kid="ec", b64=True)))
    jws("zip", es256(header(alg="ES256", kid="ec", zip="DEF"), zlib.compress(CLAIMS)[2:-4]))
    for name, text in {"alg twice": b'{"alg":"none","alg":"ES256","kid":"ec"}',
                       "alg twice, escaped": b'{"alg":"ES256","kid":"ec","\\u0061lg":"none"}',
                       "kid twice": b'{"alg":"ES256","kid":"ec","kid":"rsa"}',
                       "trailing comma": b'{"alg":"ES256","kid":"ec",}', "comment": b'{"alg":"ES256"/**/,"kid":"ec"}',
                       "byte order mark": b'\xef\xbb\xbf{"alg":"ES256","kid":"ec"}',
                       "something after the header": b'{"alg":"ES256","kid":"ec"}{}',
                       "header cut": b'{"alg":"ES256","kid":"ec"', "header is a list": b'["ES256"]',
                       "header is null": b"null", "header of invalid UTF-8": b'{"alg":"ES256","kid":"ec","a":"\xff"}',
                       "header nested deeply": b'{"alg":"ES256","kid":"ec","a":' + b"[" * 50 + b"]" * 50 + b"}",
                       "header of 8 KiB": b'{"alg":"ES256","kid":"ec","a":"' + b"a" * 8192 + b'"}'}.items():
        jws(name, es256(text))
    jws("padding", f"{first}==.{second}.{last}")
    jws("stray bits in the signature", f"{first}.{second}.{last[:-1]}{chr(ord(last[-1]) + 1)}")
    jws("line break", f"{first}.{second}.{last}\n")
    jws("blank in front", f" {first}.{second}.{last}")
    jws("plus and slash", es256(header(alg="ES256", kid="ec", a="\u00ff\u00fe?>")).replace("-", "+").replace("_", "/") + "+")
    jws("four parts", f"{first}.{second}.{last}.")
    jws("five parts", f"{first}.{second}.{last}.{second}.{last}")
    jws("two parts", f"{first}.{second}")
    jws("no header", f".{second}.{last}")
    jws("detached payload", f"{first}..{last}")
    jws("JSON serialisation", json.dumps({"protected": first, "payload": second, "signature": last}))
    jws("general JSON serialisation", json.dumps({"payload": second, "signatures": [{"protected": first, "signature": last}]}))
    jws("longer than 16 KiB", es256(header(alg="ES256", kid="ec"), b'{"a":"' + b"a" * 16384 + b'"}'))
    jws("thousand dots", "." * 1000)


# Keys. "unusable" leaves the key out of its set, "refused" refuses the set.

def jwk(name, key, verdict, purpose="sig"):
    text = key if isinstance(key, str) else json.dumps(key)
    cases["jwk"].append({"name": name, "jwk": text, "purpose": purpose, "verdict": verdict})


def without(key, *members):
    return {name: value for name, value in key.items() if name not in members}


def make_jwk():
    for key, name in ((ES_KEY, "EC"), (RS_KEY, "RSA"), (ED_KEY, "OKP")):
        jwk(f"good {name}", key, "good")
        jwk(f"{name} for encryption", {**without(key, "alg"), "use": "enc"}, "unusable")
        jwk(f"{name} with the wrong case of use", {**key, "use": "SIG"}, "unusable")
        jwk(f"{name} for signing only", {**key, "key_ops": ["sign"]}, "unusable")
        jwk(f"{name} with key_ops that is no list", {**key, "key_ops": "verify"}, "unusable")
        jwk(f"{name} with d", {**key, "d": "AAAA"}, "refused")
        jwk(f"{name} with a kid of 1 KiB", {**key, "kid": "k" * 1024}, "refused")
        jwk(f"{name} with a kid that is a number", {**key, "kid": 1}, "refused")
        jwk(f"{name} without kty", without(key, "kty"), "refused")
        jwk(f"{name} for HS256", {**key, "alg": "HS256"}, "unusable")
        jwk(f"{name} for none", {**key, "alg": "none"}, "unusable")
        jwk(f"{name} with kid twice", json.dumps(key)[:-1] + ',"kid":"other"}', "refused")
    jwk("symmetric", {"kty": "oct", "k": b64(os.urandom(32)), "kid": "a"}, "refused")
    jwk("unknown kty", {**ES_KEY, "kty": "AKP"}, "unusable")
    jwk("kty in lower case", {**ES_KEY, "kty": "ec"}, "unusable")
    p, b = 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
    y = pow(b, (p + 1) // 4, p)
    jwk("P-256 with x zero, which is on the curve", {**ES_KEY, "x": number(0, 32), "y": number(y, 32)}, "good")
    jwk("point at infinity as zeros", {**ES_KEY, "x": number(0, 32), "y": number(0, 32)}, "refused")
    jwk("point not on the curve", {**ES_KEY, "y": number(1, 32)}, "refused")
    jwk("coordinates exchanged", {**ES_KEY, "x": ES_KEY["y"], "y": ES_KEY["x"]}, "refused")
    jwk("x plus the field's prime", {**ES_KEY, "x": b64(b"\xff" * 32)}, "refused")
    jwk("x one byte short", {**ES_KEY, "x": b64(base64.urlsafe_b64decode(ES_KEY["x"] + "=")[1:])}, "refused")
    jwk("x with a zero in front", {**ES_KEY, "x": b64(b"\0" + base64.urlsafe_b64decode(ES_KEY["x"] + "="))}, "refused")
    jwk("P-256 numbers called P-384", {**without(ES_KEY, "alg"), "crv": "P-384"}, "refused")
    jwk("P-384 numbers called P-256", {**without(ES384_KEY, "alg"), "crv": "P-256"}, "refused")
    jwk("secp256k1", {**without(ES_KEY, "alg"), "crv": "secp256k1"}, "unusable")
    jwk("no y", without(ES_KEY, "y"), "refused")
    jwk("x with padding", {**ES_KEY, "x": ES_KEY["x"] + "="}, "refused")
    jwk("x with a line break", {**ES_KEY, "x": ES_KEY["x"] + "\n"}, "refused")
    jwk("ES384 with P-256", {**ES_KEY, "alg": "ES384"}, "unusable")
    jwk("Ed448", {"kty": "OKP", "crv": "Ed448", "x": b64(os.urandom(57)), "kid": "a"}, "unusable")
    jwk("X25519 as if for signatures", {"kty": "OKP", "crv": "X25519", "x": b64(os.urandom(32)), "kid": "a"}, "unusable")
    jwk("Ed25519 of 31 bytes", {**ED_KEY, "x": b64(os.urandom(31))}, "refused")
    jwk("Ed25519 as EC", {**without(ED_KEY, "alg"), "kty": "EC"}, "unusable")
    weak = rsa.generate_private_key(65537, 1024)
    jwk("RSA of 1024 bits", rsa_jwk(weak, kid="a"), "unusable")
    jwk("RSA with exponent 1", {**RS_KEY, "e": "AQ"}, "unusable")
    jwk("RSA with an even exponent", {**RS_KEY, "e": "AQAA"}, "unusable")
    jwk("RSA with an exponent of 2048 bits", {**RS_KEY, "e": RS_KEY["n"]}, "unusable")
    jwk("RSA with an even modulus", {**RS_KEY, "n": number(RSA.public_key().public_numbers().n + 1)}, "unusable")
    jwk("RSA of 16384 bits", {**RS_KEY, "n": b64(b"\xff" * 2048)}, "unusable")
    jwk("RSA without e", without(RS_KEY, "e"), "refused")
    jwk("RSA with n empty", {**RS_KEY, "n": ""}, "refused")
    jwk("RSA for ES256", {**RS_KEY, "alg": "ES256"}, "unusable")
    jwk("a list", "[]", "refused")
    jwk("a string", '"key"', "refused")
    enc = {**without(ES_KEY, "alg"), "use": "enc"}
    jwk("good EC for encryption", enc, "good", "enc")
    jwk("good RSA for encryption", {**RS_KEY, "alg": "RSA-OAEP-256", "use": "enc"}, "good", "enc")
    jwk("a key for signatures", {**enc, "use": "sig"}, "unusable", "enc")
    jwk("a key of ES256", ES_KEY, "unusable", "enc")
    jwk("RSA1_5", {**RS_KEY, "alg": "RSA1_5", "use": "enc"}, "unusable", "enc")
    jwk("dir", {**enc, "alg": "dir"}, "unusable", "enc")
    jwk("OAEP on a curve", {**enc, "alg": "RSA-OAEP"}, "unusable", "enc")
    jwk("ECDH with RSA", {**without(RS_KEY, "alg"), "alg": "ECDH-ES"}, "unusable", "enc")
    jwk("Ed25519", without(ED_KEY, "alg"), "unusable", "enc")
    jwk("only decrypts", {**enc, "key_ops": ["decrypt"]}, "unusable", "enc")
    jwk("off the curve", {**enc, "y": number(1, 32)}, "refused", "enc")


# Encryption.

def encrypt_content(enc, key, plain, associated):
    if enc.endswith("GCM"):
        iv = os.urandom(12)
        sealed = AESGCM(key).encrypt(iv, plain, associated)
        return iv, sealed[:-16], sealed[-16:]
    half, iv = len(key) // 2, os.urandom(16)
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(key[half:]), modes.CBC(iv)).encryptor()
    text = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    return iv, text, cbc_tag(key, associated, iv, text)


def cbc_tag(key, associated, iv, text):
    half = len(key) // 2
    mac = hmac.HMAC(key[:half], {16: hashes.SHA256(), 24: hashes.SHA384(), 32: hashes.SHA512()}[half])
    mac.update(associated + iv + text + (len(associated) * 8).to_bytes(8, "big"))
    return mac.finalize()[:half]


SIZES = {"A128GCM": 16, "A192GCM": 24, "A256GCM": 32, "A128CBC-HS256": 32, "A192CBC-HS384": 48, "A256CBC-HS512": 64}


def concat(secret, alg, size, apu=b"", apv=b""):
    def counted(data):
        return len(data).to_bytes(4, "big") + data
    info = counted(alg.encode()) + counted(apu) + counted(apv) + (size * 8).to_bytes(4, "big")
    return ConcatKDFHash(hashes.SHA256(), size, info).derive(secret)


def oaep(digest):
    return rsa_padding.OAEP(rsa_padding.MGF1(digest), digest, None)


def make_token(alg, enc, key=None, plain=CLAIMS, curve="P-256", head=None, **more):
    """The parts of a token and its content key, to be broken; `head` goes over the good header."""
    more = {**more, **(head or {})}
    size, members, cek = SIZES[enc], {"alg": alg, "enc": enc}, os.urandom(SIZES[enc])
    if alg.startswith("RSA"):
        digest = hashes.SHA256() if alg.endswith("256") else hashes.SHA1()
        wrapped = (key or RSA).public_key().encrypt(cek, oaep(digest))
    else:
        ephemeral = ec.generate_private_key(CURVES[curve][0])
        secret = ephemeral.exchange(ec.ECDH(), (key or EC).public_key())
        members["epk"] = ec_jwk(ephemeral, curve)
        parties = [base64.urlsafe_b64decode(more.get(name, "") + "==") for name in ("apu", "apv")]
        if alg == "ECDH-ES":
            wrapped, cek = b"", concat(secret, enc, size, *parties)
        else:
            wrapped = keywrap.aes_key_wrap(concat(secret, alg, int(alg[9:12]) // 8, *parties), cek)
    first = b64(header(**{**members, **more}))
    iv, text, tag = encrypt_content(enc, cek, plain, first.encode())
    return first, wrapped, iv, text, tag, cek


def jwe(name, parts, alg, plain=None, key=None):
    token = parts if isinstance(parts, str) else compact(*parts[:5])
    default = private(RSA, rsa_jwk(RSA)) if alg.startswith("RSA") else private(EC, ec_jwk(EC))
    cases["jwe"].append({"name": name, "token": token, "alg": alg, "key": key or default,
                         "plaintext": plain.decode() if plain is not None else None})


def make_jwe():
    managements = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]
    for alg in managements:
        for enc in SIZES:
            jwe(f"good {alg} {enc}", make_token(alg, enc), alg, CLAIMS)
    for curve, key in (("P-384", EC384), ("P-521", EC521)):
        for alg in managements[2:]:
            jwe(f"good {alg} on {curve}", make_token(alg, "A256GCM", key, curve=curve), alg, CLAIMS,
                private(key, ec_jwk(key, curve)))
    jwe("good, nothing inside", make_token("RSA-OAEP-256", "A128GCM", plain=b""), "RSA-OAEP-256", b"")
    jwe("good, nothing inside, CBC", make_token("ECDH-ES", "A128CBC-HS256", plain=b""), "ECDH-ES", b"")
    jwe("good, with apu and apv", make_token("ECDH-ES", "A128GCM", apu="QWxpY2U", apv="Qm9i"), "ECDH-ES", CLAIMS)
    for alg in ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW"):
        for enc in ("A128GCM", "A128CBC-HS256"):
            break_parts(alg, enc)
    make_jwe_headers()
    make_jwe_keys()


def break_parts(alg, enc):
    head, wrapped, iv, text, tag, cek = make_token(alg, enc)
    name = f"{alg} {enc}: "

    def flip(data, at=0):
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:] if data else b"x"
    jwe(name + "tag changed", (head, wrapped, iv, text, flip(tag, -1)[:16]), alg)
    jwe(name + "tag of zeros", (head, wrapped, iv, text, bytes(16)), alg)
    for size in (0, 1, 4, 8, 12, 15):
        jwe(f"{name}tag cut to {size} bytes", (head, wrapped, iv, text, tag[:size]), alg)
    jwe(name + "tag longer", (head, wrapped, iv, text, tag + b"\0"), alg)
    jwe(name + "iv changed", (head, wrapped, flip(iv), text, tag), alg)
    jwe(name + "iv cut", (head, wrapped, iv[:-1], text, tag), alg)
    jwe(name + "iv empty", (head, wrapped, b"", text, tag), alg)
    jwe(name + "iv longer", (head, wrapped, iv + b"\0", text, tag), alg)
    jwe(name + "text changed", (head, wrapped, iv, flip(text), tag), alg)
    jwe(name + "text cut", (head, wrapped, iv, text[:-1], tag), alg)
    jwe(name + "text empty", (head, wrapped, iv, b"", tag), alg)
    jwe(name + "key changed", (head, flip(wrapped), iv, text, tag), alg)
    jwe(name + "key cut", (head, wrapped[:-1] or b"x", iv, text, tag), alg)
    jwe(name + "key twice", (head, (wrapped or b"x") * 2, iv, text, tag), alg)
    if wrapped:
        jwe(name + "key empty", (head, b"", iv, text, tag), alg)
        jwe(name + "key of zeros", (head, bytes(len(wrapped)), iv, text, tag), alg)
    other = b64(json.dumps({**json.loads(base64.urlsafe_b64decode(head + "==")), "typ": "JWT"}).encode())
    jwe(name + "header changed", (other, wrapped, iv, text, tag), alg)
    if enc.endswith("HS256"):
        blind = cbc_tag(cek, b"", iv, text)
        jwe(name + "tag without the header", (head, wrapped, iv, text, blind), alg)
        bad = os.urandom(32)
        jwe(name + "padding wrong under a good tag",
            (head, wrapped, iv, bad, cbc_tag(cek, head.encode(), iv, bad)), alg)
        odd = text + b"\0"
        jwe(name + "text no multiple of the block", (head, wrapped, iv, odd, cbc_tag(cek, head.encode(), iv, odd)), alg)


def make_jwe_headers():
    for name, more in {"zip": {"zip": "DEF"}, "zip null": {"zip": None}, "crit": {"crit": ["exp"], "exp": 1},
                       "crit empty": {"crit": []}, "b64": {"b64": False}, "enc missing": {"enc": None},
                       "enc unknown": {"enc": "A128CBC"}, "enc in lower case": {"enc": "a128gcm"},
                       "enc is an alg": {"enc": "RSA-OAEP-256"}, "enc of another key size": {"enc": "A256GCM"},
                       "alg none": {"alg": "none"}, "alg dir": {"alg": "dir"}, "alg RSA1_5": {"alg": "RSA1_5"},
                       "alg of another hash": {"alg": "RSA-OAEP"}, "alg A128KW": {"alg": "A128KW"},
                       "alg a list": {"alg": ["RSA-OAEP-256"]}, "kid a number": {"kid": 1},
                       "p2c bomb": {"alg": "PBES2-HS256+A128KW", "p2s": "AAAAAAAAAAAAAAAAAAAAAA", "p2c": 2**31 - 1},
                       "p2c bomb of GCM": {"alg": "PBES2-HS512+A256KW", "p2s": "AA", "p2c": 10**18},
                       "A256GCMKW": {"alg": "A256GCMKW", "iv": "AAAAAAAAAAAAAAAA", "tag": "AAAAAAAAAAAAAAAAAAAAAA"},
                       "ECDH with the RSA key": {"alg": "ECDH-ES", "epk": ec_jwk(EC)}}.items():
        jwe(name, make_token("RSA-OAEP-256", "A128GCM", head=more), "RSA-OAEP-256")
    bomb = zlib.compress(bytes(10**7))[2:-4]
    jwe("zip bomb", make_token("RSA-OAEP-256", "A128GCM", plain=bomb, zip="DEF"), "RSA-OAEP-256")
    head, *rest = make_token("RSA-OAEP-256", "A128GCM")
    text = base64.urlsafe_b64decode(head + "==").decode()
    for name, broken in {"alg twice": text[:-1] + ',"alg":"dir"}', "enc twice": text[:-1] + ',"\\u0065nc":"A128GCM"}',
                         "header cut": text[:-1], "header a list": "[]", "header of 8 KiB": text[:-1] + f',"a":"{"a" * 8192}"}}'}.items():
        jwe(name, (b64(broken.encode()), *rest), "RSA-OAEP-256")
    good = compact(head, *rest[:4])
    jwe("padding", good + "==", "RSA-OAEP-256")
    jwe("line break", good + "\n", "RSA-OAEP-256")
    jwe("four parts", good.rsplit(".", 1)[0], "RSA-OAEP-256")
    jwe("six parts", good + ".", "RSA-OAEP-256")
    jwe("three parts", es256(header(alg="ES256", kid="ec")), "RSA-OAEP-256")
    jwe("longer than 32 KiB", make_token("RSA-OAEP-256", "A128GCM", plain=b"a" * 32768), "RSA-OAEP-256")
    jwe("thousand dots", "." * 1000, "RSA-OAEP-256")


def make_jwe_keys():
    good = ec_jwk(OTHER_EC)
    for name, epk in {"off the curve": {**good, "y": number(1, 32)}, "infinity": {**good, "x": number(0, 32), "y": number(0, 32)},
                      "of another curve": ec_jwk(EC384, "P-384"), "P-256 called P-384": {**good, "crv": "P-384"},
                      "cut": {**good, "x": good["x"][:-2]}, "without y": without(good, "y"), "RSA": rsa_jwk(RSA),
                      "Ed25519": without(ED_KEY, "alg", "kid"), "oct": {"kty": "oct", "k": "AAAA"}, "null": None,
                      "a string": "epk", "with d": private(OTHER_EC, good), "secp256k1": {**good, "crv": "secp256k1"},
                      "for signatures": {**good, "use": "sig"}}.items():
        for alg in ("ECDH-ES", "ECDH-ES+A128KW"):
            jwe(f"{alg}: epk {name}", make_token(alg, "A128GCM", epk=epk), alg)
    jwe("epk missing", make_without_epk(), "ECDH-ES")
    jwe("apu not base64url", header_only({"apu": "a+b="}), "ECDH-ES")
    jwe("apu of 1 KiB", header_only({"apu": "A" * 1366}), "ECDH-ES")
    jwe("encrypted to another key", make_token("ECDH-ES", "A128GCM", OTHER_EC), "ECDH-ES")
    jwe("encrypted to another RSA key", make_token("RSA-OAEP-256", "A128GCM", rsa.generate_private_key(65537, 2048)), "RSA-OAEP-256")
    jwe("ECDH-ES for a key of ECDH-ES+A128KW", make_token("ECDH-ES", "A128GCM"), "ECDH-ES+A128KW")
    jwe("OAEP with SHA-1 for a key of OAEP-256", make_token("RSA-OAEP", "A128GCM"), "RSA-OAEP-256")
    head, _, iv, text, tag, cek = make_token("RSA-OAEP-256", "A128GCM")
    pkcs1 = RSA.public_key().encrypt(cek, rsa_padding.PKCS1v15())
    jwe("content key in PKCS#1 v1.5", (head, pkcs1, iv, text, tag), "RSA-OAEP-256")
    short = RSA.public_key().encrypt(cek[:15], oaep(hashes.SHA256()))
    jwe("content key too short", (head, short, iv, text, tag), "RSA-OAEP-256")


def header_only(members):
    head, *rest = make_token("ECDH-ES", "A128GCM")
    return (b64(json.dumps({**json.loads(base64.urlsafe_b64decode(head + "==")), **members}).encode()), *rest)


def make_without_epk():
    head, *rest = make_token("ECDH-ES", "A128GCM")
    return (b64(header(**without(json.loads(base64.urlsafe_b64decode(head + "==")), "epk"))), *rest)


make_jws()
make_jwk()
make_jwe()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile.json"), "w", encoding="utf-8") as out:
    groups = [f' "{group}": [\n' + ",\n".join("  " + json.dumps(case) for case in rows) + "\n ]" for group, rows in cases.items()]
    out.write("{\n" + ",\n".join(groups) + "\n}\n")
print({group: len(rows) for group, rows in cases.items()})
