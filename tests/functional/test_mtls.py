# SPDX-License-Identifier: Apache-2.0
"""TLS client certificates (RFC 8705): who a client is, and what its tokens are bound to."""
import ipaddress
import json
from urllib.parse import quote

import pytest
import requests
from jwcrypto import jwk
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from support.certificate import Authority, make_certificate, self_signed
from support.change import reload
from support.client import Client, decode, granted, refused
from support.publisher import Publisher
from support.realms import client, public_client, realm, rule, secret_of, user

BOUND = {"tls.client.certificate.bound.access.tokens": "true"}
HEADER = "X-Client-Certificate"


def x509_client(name, **attributes):
    made = client(name, serviceAccountsEnabled=True, clientAuthenticatorType="client-x509",
                  attributes=attributes)
    del made["secret"]
    return made


class World:
    """The files of one test run: two authorities, and certificates of clients."""

    def __init__(self, folder):
        self.server = make_certificate(folder)
        self.ours, self.theirs = Authority(folder, "Ours"), Authority(folder, "Theirs")
        self.robot = self.ours.issue("robot")
        self.other = self.ours.issue("other")
        self.imposter = self.theirs.issue("robot-of-theirs", subject=[
            (NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, "robot")])
        self.expired = self.ours.issue("expired", days=-1, subject=[
            (NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, "robot")])
        self.of_server = self.ours.issue("of-server", usage=ExtendedKeyUsageOID.SERVER_AUTH,
                                         subject=[(NameOID.ORGANIZATION_NAME, "Example"),
                                                  (NameOID.COMMON_NAME, "robot")])
        self.odd = self.ours.issue("odd", subject=[
            (NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, 'Odd, "Inc" + Sons'),
            (NameOID.EMAIL_ADDRESS, "ops@example.com"), (NameOID.COMMON_NAME, "Größe #1")])
        self.host = self.ours.issue("host", also=[
            x509.DNSName("Agent.example.org"), x509.DNSName("*.wild.example"),
            x509.UniformResourceIdentifier("spiffe://example.org/agent"),
            x509.IPAddress(ipaddress.ip_address("2001:db8::1")), x509.RFC822Name("ops@Example.org")])
        self.foreign_host = self.theirs.issue("foreign-host", also=[x509.DNSName("agent.example.org")])
        self.publisher = Publisher(self.server)
        self.selfie, self.stranger = self_signed(folder, "selfie"), self_signed(folder, "stranger")
        self.old_selfie = self_signed(folder, "old", days=-1)
        self.arguments = ["--tls-cert", str(self.server[0]), "--tls-key", str(self.server[1]),
                          "--config", str(folder / "config.json"),
                          "--ask-client-certificates", "--client-trust", str(self.ours.file)]
        (folder / "config.json").write_text(json.dumps({"outbound": {
            "allow": ["127.0.0.1"], "caFile": str(self.server[0]), "timeoutSeconds": 1}}))
        self.publish(self.selfie)

    def publish(self, *certificates):
        """As the key set of a client: valid keys, each with its certificate."""
        keys = []
        for number, one in enumerate(certificates):
            key = json.loads(jwk.JWK.from_pem(one.pem.encode()).export_public())
            keys.append({**key, "kid": str(number), "x5c": [one.base64]})
        self.publisher.pages["/keys"] = (200, {}, json.dumps({"keys": keys}).encode())

    def realm(self):
        def registered(*certificates):
            return {"jwks.string": json.dumps({"keys": [
                {"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "x5c": [one.base64]}
                for one in certificates]})}
        return realm("mtls", clients=[
            x509_client("robot", **{"x509.subjectdn": "CN=robot,O=Example"}),
            x509_client("spaced", **{"x509.subjectdn": "cn = ROBOT , o=example"}),
            x509_client("reversed", **{"x509.subjectdn": "O=Example,CN=robot"}),
            x509_client("pattern", **{"x509.subjectdn": "CN=rob.*, O=Ex(.*?)(?:$)",
                                      "x509.allow.regex.pattern.comparison": "true"}),
            x509_client("odd", **{"x509.subjectdn": self.odd.subject}),
            x509_client("selfie", **registered(self.selfie, self.old_selfie)),
            x509_client("stored", **{"jwt.credential.certificate": self.selfie.base64}),
            x509_client("nobody"),
            *(x509_client(f"san-{kind}", **{f"cambist.x509.san.{kind}": text}) for kind, text in SANS.items()),
            x509_client("san-wild", **{"cambist.x509.san.dns": "a.wild.example"}),
            x509_client("published", **{"use.jwks.url": "true", "jwks.url": f"{self.publisher.url}/keys"}),
            x509_client("away", **{"use.jwks.url": "true", "jwks.url": f"{self.publisher.url}/nowhere"}),
            client("service", serviceAccountsEnabled=True, attributes={
                **BOUND, "client_credentials.use_refresh_token": "true"}),
            client("unbound", serviceAccountsEnabled=True),
            client("app", directAccessGrantsEnabled=True, sent_to=["app", "rebinds", "plain"],
                   attributes=BOUND),
            client("rebinds", attributes=BOUND), client("plain"), client("target"),
            public_client("web", attributes=BOUND, sent_to=["plain"])],
            users=[user("alice")], rules=[
                rule("app-target", "app", "target"), rule("plain-target", "plain", "target"),
                rebinding(rule("rebinds-target", "rebinds", "target"))])


SANS = {"dns": "agent.EXAMPLE.org", "uri": "spiffe://example.org/agent", "ip": "2001:DB8:0::1",
        "email": "ops@example.ORG"}


def rebinding(made):
    made["subject"]["rebind"] = True
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("certificates"))
    yield made
    made.publisher.close()


@pytest.fixture(scope="module")
def shop(module_server, world):
    running = module_server(world.realm(), arguments=world.arguments)
    running.url = running.url.replace("http://", "https://")
    return running


def with_certificate(shop, world, name, certificate=None, secret=None):
    made = Client(shop.url, "mtls", name, secret)
    made.http.verify = str(world.server[0])
    made.http.cert = certificate.pair if certificate else None
    return made


def named(shop, world, name, certificate=None):
    return with_certificate(shop, world, name, certificate,
                            None if name == "web" else secret_of(name))


# Who the client is.

@pytest.mark.parametrize("name", ["robot", "spaced", "pattern"])
def test_client_is_known_by_the_subject_of_its_certificate(shop, world, name):
    # specs: MTL-01, MTL-08
    granted(with_certificate(shop, world, name, world.robot).client_credentials())


def test_subject_with_special_characters_is_compared_as_rfc_4514_has_it(shop, world):
    # specs: MTL-08
    granted(with_certificate(shop, world, "odd", world.odd).client_credentials())
    refused(with_certificate(shop, world, "odd", world.robot).client_credentials(),
            "invalid_client", status=401)


@pytest.mark.parametrize("which", ["other", "imposter", "expired", "of_server", "selfie"])
@pytest.mark.parametrize("name", ["robot", "pattern"])
def test_certificate_of_another_name_authority_time_or_use_is_refused(shop, world, name, which):
    # specs: MTL-01
    who = with_certificate(shop, world, name, getattr(world, which))
    refused(who.client_credentials(), "invalid_client", "TX-AUT-00", status=401)


def test_order_of_the_name_counts(shop, world):
    refused(with_certificate(shop, world, "reversed", world.robot).client_credentials(),
            "invalid_client", status=401)


@pytest.mark.parametrize("kind", SANS)
def test_client_is_known_by_one_alternative_name_of_its_certificate(shop, world, kind):
    # specs: MTL-01
    granted(with_certificate(shop, world, f"san-{kind}", world.host).client_credentials())
    for certificate in (world.robot, world.other, world.foreign_host, world.selfie, None):
        refused(with_certificate(shop, world, f"san-{kind}", certificate).client_credentials(),
                "invalid_client", status=401)


def test_wildcard_of_a_certificate_names_nobody(shop, world):
    refused(with_certificate(shop, world, "san-wild", world.host).client_credentials(),
            "invalid_client", status=401)


def test_registered_certificate_may_stand_in_the_key_set_that_the_client_publishes(shop, world):
    # specs: MTL-02
    world.publish(world.selfie)
    granted(with_certificate(shop, world, "published", world.selfie).client_credentials())
    for certificate in (world.stranger, world.robot, None):
        refused(with_certificate(shop, world, "published", certificate).client_credentials(),
                "invalid_client", status=401)
    refused(with_certificate(shop, world, "away", world.selfie).client_credentials(),
            "invalid_client", status=401)


@pytest.mark.parametrize("name", ["selfie", "stored"])
def test_registered_certificate_needs_no_authority(shop, world, name):
    # specs: MTL-02
    granted(with_certificate(shop, world, name, world.selfie).client_credentials())
    for certificate in (world.stranger, world.robot, None):
        refused(with_certificate(shop, world, name, certificate).client_credentials(),
                "invalid_client", status=401)


def test_registered_certificate_that_has_expired_is_refused(shop, world):
    refused(with_certificate(shop, world, "selfie", world.old_selfie).client_credentials(),
            "invalid_client", status=401)


def test_client_without_any_registration_can_not_authenticate(shop, world):
    for certificate in (world.robot, world.selfie, None):
        refused(with_certificate(shop, world, "nobody", certificate).client_credentials(),
                "invalid_client", status=401)


def test_without_a_certificate_or_with_a_secret_the_client_is_refused(shop, world):
    # specs: MTL-03
    refused(with_certificate(shop, world, "robot").client_credentials(), "invalid_client",
            status=401)
    for certificate in (world.robot, None):
        who = with_certificate(shop, world, "robot", certificate, "some-secret")
        refused(who.client_credentials(), "invalid_client", status=401)


def test_certificate_does_not_replace_the_secret_of_another_client(shop, world):
    who = with_certificate(shop, world, "unbound", world.robot)
    refused(who.client_credentials(), "invalid_client", status=401)


def test_clients_without_certificates_are_served_as_ever(shop, world):
    answer = granted(named(shop, world, "unbound").client_credentials())
    assert "cnf" not in decode(answer["access_token"])[1]
    shown = granted(named(shop, world, "unbound", world.other).client_credentials())
    assert "cnf" not in decode(shown["access_token"])[1], "bound only where that is registered"


# What tokens are bound to.

def test_token_is_bound_to_the_certificate(shop, world):
    # specs: MTL-04
    service = named(shop, world, "service", world.other)
    answer = granted(service.client_credentials())
    assert answer["token_type"] == "Bearer"
    expected = {"x5t#S256": world.other.thumbprint}
    assert decode(answer["access_token"])[1]["cnf"] == expected
    assert granted(service.introspect(answer["access_token"]))["cnf"] == expected


def test_client_that_must_be_bound_gets_nothing_without_a_certificate(shop, world):
    # specs: MTL-10
    refused(named(shop, world, "service").client_credentials(), "invalid_request", "TX-POP-06")


def log_in(shop, world, name, certificate):
    return granted(named(shop, world, name, certificate).password("alice", "alice",
                                                                  scope="openid"))


def test_userinfo_wants_the_same_certificate(shop, world):
    # specs: MTL-05
    token = log_in(shop, world, "web", world.robot)["access_token"]
    granted(named(shop, world, "web", world.robot).userinfo(token))
    for certificate in (world.other, None):
        answer = named(shop, world, "web", certificate).userinfo(token)
        assert answer.status_code == 401 and answer.json()["error"] == "invalid_token"


def test_refresh_of_a_public_client_wants_the_same_certificate(shop, world):
    # specs: MTL-06
    token = log_in(shop, world, "web", world.robot)["refresh_token"]
    refused(named(shop, world, "web", world.other).refresh(token), "invalid_grant", "TX-POP-09")
    again = granted(named(shop, world, "web", world.robot).refresh(token))
    assert decode(again["access_token"])[1]["cnf"] == {"x5t#S256": world.robot.thumbprint}


def test_refresh_of_a_confidential_client_may_come_with_a_new_certificate(shop, world):
    token = granted(named(shop, world, "service", world.robot).client_credentials())
    refused(named(shop, world, "service").refresh(token["refresh_token"]), "invalid_request",
            "TX-POP-06")
    again = granted(named(shop, world, "service", world.other).refresh(token["refresh_token"]))
    assert decode(again["access_token"])[1]["cnf"] == {"x5t#S256": world.other.thumbprint}


def test_exchange_by_the_holder_wants_its_certificate(shop, world):
    token = log_in(shop, world, "app", world.robot)["access_token"]

    def ask(certificate):
        return named(shop, world, "app", certificate).exchange(token, audience="target")
    issued = granted(ask(world.robot))["access_token"]
    assert decode(issued)[1]["cnf"] == {"x5t#S256": world.robot.thumbprint}
    refused(ask(world.other), "invalid_request", "TX-POP-07")


def test_exchange_by_another_client_wants_a_rule_that_re_binds(shop, world):
    token = log_in(shop, world, "app", world.robot)["access_token"]
    for certificate in (world.other, None):
        who = named(shop, world, "plain", certificate)
        refused(who.exchange(token, audience="target"), "invalid_request", "TX-POP-01")
    issued = granted(named(shop, world, "rebinds", world.other).exchange(
        token, audience="target"))["access_token"]
    assert decode(issued)[1]["cnf"] == {"x5t#S256": world.other.thumbprint}


def test_discovery_tells_of_certificates(shop, world):
    # specs: MTL-10
    found = named(shop, world, "web").discovery()
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(
        found["token_endpoint_auth_methods_supported"])
    assert "mtls_endpoint_aliases" not in found


# Other ways to come in.

def test_listener_of_its_own_has_its_aliases(server, world):
    # specs: MTL-07
    running = server(world.realm(), arguments=[*world.arguments, "--mtls-hostname",
                                               "https://mtls.example"])
    running.url = running.url.replace("http://", "https://")
    aliases = named(running, world, "web").discovery()["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == \
        "https://mtls.example/realms/mtls/protocol/openid-connect/token"
    assert "jwks_uri" not in aliases and "userinfo_endpoint" in aliases


def test_authorities_change_at_sighup(server, world, tmp_path):
    trust = tmp_path / "trust.pem"
    trust.write_text(world.theirs.file.read_text())
    arguments = [*world.arguments[:-1], str(trust)]
    running = server(world.realm(), arguments=arguments)
    running.url = running.url.replace("http://", "https://")
    refused(with_certificate(running, world, "robot", world.robot).client_credentials(),
            "invalid_client", status=401)
    trust.write_text(world.ours.file.read_text() + world.theirs.file.read_text())
    reload(running, world.realm())
    granted(with_certificate(running, world, "robot", world.robot).client_credentials())


@pytest.fixture(scope="module")
def behind_proxy(module_server, world):
    """The tests themselves are the trusted proxy that ends TLS."""
    return module_server(world.realm(), arguments=[
        "--trusted-proxy", "127.0.0.1", "--client-certificate-header", HEADER,
        "--client-trust", str(world.ours.file)])


def by_header(url, name, *values):
    wire = requests.Request(
        "POST", f"{url}/realms/mtls/protocol/openid-connect/token",
        data={"grant_type": "client_credentials", "client_id": name}).prepare()
    for value in values:
        wire.headers[HEADER] = value
    return requests.Session().send(wire, timeout=15)


def forms_of(certificate):
    return {"RFC 9440": f":{certificate.base64}:", "nginx": quote(certificate.pem, safe=""),
            "base64": certificate.base64}


@pytest.mark.parametrize("form", ["RFC 9440", "nginx", "base64"])
def test_trusted_proxy_passes_the_certificate_on(behind_proxy, world, form):
    # specs: MTL-09
    granted(by_header(behind_proxy.url, "robot", forms_of(world.robot)[form]))
    granted(by_header(behind_proxy.url, "selfie", forms_of(world.selfie)[form]))
    refused(by_header(behind_proxy.url, "robot", forms_of(world.imposter)[form]),
            "invalid_client", status=401)


@pytest.mark.parametrize("value", ["", "::", "x", "%", "%2", "-----BEGIN CERTIFICATE-----", "MIIB"])
def test_header_that_is_no_certificate_is_none(behind_proxy, value):
    refused(by_header(behind_proxy.url, "robot", value), "invalid_client", status=401)


def test_header_of_anybody_else_is_not_read(server, world):
    # specs: MTL-09
    for arguments in ([], ["--trusted-proxy", "192.0.2.1", "--client-certificate-header", HEADER],
                      ["--trusted-proxy", "127.0.0.1"]):
        running = server(world.realm(), arguments=[
            *arguments, "--client-trust", str(world.ours.file)])
        refused(by_header(running.url, "robot", f":{world.robot.base64}:"), "invalid_client",
                status=401)


def test_own_certificate_of_the_proxy_is_not_the_clients(server, world):
    running = server(world.realm(), arguments=[
        *world.arguments, "--trusted-proxy", "127.0.0.1", "--client-certificate-header", HEADER])
    running.url = running.url.replace("http://", "https://")
    refused(with_certificate(running, world, "robot", world.robot).client_credentials(),
            "invalid_client", status=401)


def test_header_without_a_proxy_and_a_wrong_trust_file_stop_the_start(world, tmp_path):
    from support.server import cambist
    base = ["serve", "--dev", "--listen", "127.0.0.1:0", "--store", f"sqlite:{tmp_path}/db"]
    alone = cambist(*base, "--client-certificate-header", HEADER)
    assert alone.returncode == 1 and "trustedProxies" in alone.stderr
    wrong = cambist(*base, "--client-trust", world.server[1])
    assert wrong.returncode == 1 and "clientTrust" in wrong.stderr
    plain = cambist(*base, "--ask-client-certificates")
    assert plain.returncode == 1 and "needs TLS" in plain.stderr
