# SPDX-License-Identifier: Apache-2.0
"""`cambist issuer add` and `cambist issuer test` against a real issuer, and against bad ones."""
import json
import subprocess
import time

import pytest
import yaml

from support.client import JWT, Client, decode, granted
from support.publisher import Publisher
from support.realms import client, public_client, realm, scope, user
from support.server import binary, cambist
from test_foreign_tokens import KEY, OTHER, entry, foreign_rule, sent_to, signed

API = "https://shop.example/api"


@pytest.fixture(scope="module", name="partner")
def partner_fixture(module_server):
    app = public_client("app")
    app["protocolMappers"].append(sent_to(API))
    started = module_server(realm("partner", users=[user("ann")], clients=[app]))
    started.issuer = f"{started.url}/realms/partner"
    return started


@pytest.fixture(scope="module", name="config")
def config_fixture(tmp_path_factory):
    path = tmp_path_factory.mktemp("outbound") / "config.json"
    path.write_text(json.dumps({"outbound": {"allowHttp": True, "allow": ["127.0.0.1"]}}))
    return str(path)


def parsed(done, code=0):
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def add(config, url, *more):
    return cambist("issuer", "add", url, "--config", config, *more)


def realm_text():
    return yaml.safe_dump(realm("shop", scopes=[scope("read")], clients=[client("gate"), client("ledger")],
                                rules=[foreign_rule("in", "gate", "ledger", ["partner"], lifetime="2m")]),
                          sort_keys=False)


def test_an_issuer_is_discovered_and_what_is_missing_is_said(partner, config):
    """reqs: S2-13a"""
    told = parsed(add(config, partner.issuer, "--json"))
    made = told["entry"]
    assert made["issuer"] == partner.issuer and made["preset"] == "keycloak" and made["audience"] == "self"
    assert made["binding"] == "none" and made["alias"] == "127.0.0.1-partner"
    found, missing, risks = ("\n".join(told[name]) for name in ("found", "missing", "risks"))
    assert f"metadata at {partner.issuer}/.well-known/openid-configuration" in found and "key " in found
    assert "introspection endpoint" in found
    assert "in aud" in missing and "binding: none" in missing and "a rule" in missing
    assert "any of its clients" in risks and "plain HTTP" in risks


def test_the_address_of_the_document_is_the_issuers_too(partner, config):
    told = parsed(add(config, f"{partner.issuer}/.well-known/openid-configuration", "--json"))
    assert told["entry"]["issuer"] == partner.issuer


def test_what_is_printed_is_ready_to_be_a_realm_s(partner, config):
    done = add(config, partner.issuer, "--alias", "partner", "--aud", API, "--azp", "app", "--require", "typ=Bearer",
               "--binding", "ephemeral")
    assert done.returncode == 0, done.stderr
    made = yaml.safe_load(done.stdout)["trustedIssuers"]
    assert made == [{"alias": "partner", "issuer": partner.issuer, "keys": {"discovery": partner.issuer},
                     "preset": "keycloak", "require": {"typ": ["Bearer"]}, "audience": [API],
                     "authorizedParties": ["app"], "binding": "ephemeral"}]


def test_an_entry_is_written_into_a_file_that_then_serves(partner, config, server, tmp_path):
    """reqs: S2-23"""
    path = tmp_path / "realm.yaml"
    path.write_text("# ours\n" + realm_text())
    done = add(config, partner.issuer, "--alias", "partner", "--aud", API, "--azp", "app", "--binding", "ephemeral",
               "--into", str(path))
    assert done.returncode == 0, done.stderr
    assert path.read_text().startswith("# ours\n"), "the rest of the file stays"
    made = yaml.safe_load(path.read_text())
    shop = server(made, arguments=["--config", config])
    token = granted(Client(partner.url, "partner", "app").password("ann", "ann"))["access_token"]
    answer = Client(shop.url, "shop", "gate", "gate-secret").exchange(token, subject_token_type=JWT, audience="ledger")
    assert decode(granted(answer)["access_token"])[1]["idp"]["alias"] == "partner"
    again = add(config, partner.issuer, "--alias", "partner", "--into", str(path))
    assert again.returncode == 1 and "occurs twice" in again.stderr
    assert yaml.safe_load(path.read_text()) == made, "what would be refused is not written"


def test_an_entry_is_written_into_a_list_that_is_there_and_into_json(partner, config, tmp_path):
    listed = tmp_path / "listed.yaml"
    listed.write_text(realm_text() + "trustedIssuers:\n- alias: partner\n  issuer: https://i.example\n")
    assert add(config, partner.issuer, "--alias", "second", "--into", str(listed)).returncode == 0
    assert [one["alias"] for one in yaml.safe_load(listed.read_text())["trustedIssuers"]] == ["second", "partner"]
    plain = tmp_path / "realm.json"
    plain.write_text(json.dumps(yaml.safe_load(realm_text())))
    assert add(config, partner.issuer, "--alias", "partner", "--into", str(plain)).returncode == 0
    assert json.loads(plain.read_text())["trustedIssuers"][0]["issuer"] == partner.issuer


def test_a_file_that_only_its_owner_reads_stays_so(partner, config, tmp_path):
    path, link = tmp_path / "realm.yaml", tmp_path / "link.yaml"
    path.write_text(realm_text())
    path.chmod(0o600)
    link.symlink_to(path)
    assert add(config, partner.issuer, "--alias", "partner", "--into", str(link)).returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600 and link.is_symlink()
    assert "partner" in path.read_text()
    path.write_text(realm_text())
    (tmp_path / "realm.yaml.new").symlink_to(tmp_path / "elsewhere")
    refused_there = add(config, partner.issuer, "--alias", "partner", "--into", str(path))
    assert refused_there.returncode == 1 and "can not be made" in refused_there.stderr
    assert not (tmp_path / "elsewhere").exists(), "nobody's link is followed"


def test_an_issuer_that_publishes_its_keys_only_is_enough(config):
    """reqs: S2-23"""
    publisher = Publisher()
    publisher.publish("/keys", KEY)
    told = parsed(add(config, "https://idp.example", "--jwks", f"{publisher.url}/keys", "--json"))
    assert told["entry"]["keys"] == {"jwksUrl": f"{publisher.url}/keys"}
    assert [one for one, _ in publisher.asked] == ["/keys"], "nothing else is asked"
    publisher.close()


def serve_metadata(publisher, **members):
    publisher.publish("/keys", KEY)
    document = {"issuer": publisher.url, "jwks_uri": f"{publisher.url}/keys", **members}
    document = {key: value for key, value in document.items() if value is not None}
    publisher.pages["/.well-known/openid-configuration"] = (
        200, {"Content-Type": "application/json"}, json.dumps(document).encode())


BAD = {
    "another issuer": ({"issuer": "https://idp.example"}, "speak for"),
    "no keys": ({"jwks_uri": None}, "no jwks_uri"),
    "keys that are not there": ({"jwks_uri": "http://127.0.0.1:1/keys"}, "127.0.0.1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_issuer_is_not_made_an_entry(config, name):
    members, why = BAD[name]
    publisher = Publisher()
    serve_metadata(publisher, **members)
    done = add(config, publisher.url)
    publisher.close()
    assert done.returncode == 1 and why in done.stderr and "trustedIssuers" not in done.stdout


def test_an_address_where_nobody_is_discovered_is_told(partner, config):
    done = add(config, partner.url)
    assert done.returncode == 1 and "nothing was discovered" in done.stderr and "--jwks" in done.stderr


def test_private_addresses_are_not_called_without_leave(partner):
    done = cambist("issuer", "add", partner.issuer)
    assert done.returncode == 1 and "key " not in done.stdout


def test_weak_words_of_an_issuer_are_risks(config):
    publisher = Publisher()
    serve_metadata(publisher, id_token_signing_alg_values_supported=["ES256", "HS256", "none"],
                   subject_types_supported=["pairwise"])
    told = parsed(add(config, publisher.url, "--binding", "create", "--json"))
    publisher.close()
    risks = "\n".join(told["risks"])
    for word in ("HS256", "none", "pairwise", "whoever has an account there"):
        assert word in risks, risks
    assert "no introspection endpoint" in "\n".join(told["missing"])


@pytest.fixture(scope="module", name="file")
def file_fixture(tmp_path_factory):
    issuers = [
        entry("partner", "https://partner.example", binding="ephemeral", require={"tier": ["gold"]}, maxAge="1h"),
        entry("staff", "https://staff.example", binding={"kind": "match", "match": [
            {"claim": "login", "attribute": "username"}]}),
        entry("watched", "https://watched.example", binding="service", mode="audit", require={"tier": ["gold"]}),
        {"alias": "legacy", "kind": "legacy-refresh", "issuer": "https://legacy.example", "binding": "link",
         "until": "2099-01-01", "endpoints": {"token": "https://legacy.example/token"}}]
    made = realm("shop", scopes=[scope("read")], clients=[client("gate"), client("ledger"), client("other")],
                 users=[user("ann")], trustedIssuers=issuers,
                 rules=[foreign_rule("in", "gate", "ledger", ["partner", "staff", "watched"], lifetime="2m")])
    path = tmp_path_factory.mktemp("realm") / "shop.json"
    path.write_text(json.dumps(made))
    return str(path)


US = "https://id.example/realms/shop"


def tried(file, token, *more, code=0):
    done = cambist("issuer", "test", token, "--realm", file, "--hostname", "https://id.example", "--json", *more)
    assert token not in done.stdout + done.stderr, "the token is never told"
    return parsed(done, code)


GOOD = {"iss": "https://partner.example", "sub": "u1", "aud": US, "tier": "gold"}


def failed(told):
    return [one["check"] for one in told["checks"] if not one["passed"]]


def test_a_good_token_is_told_with_its_issuer_its_subject_and_its_rules(file):
    told = tried(file, signed(GOOD), "--client", "gate")
    assert told["good"] and told["issuer"] == "partner" and failed(told) == []
    assert [one["check"] for one in told["checks"]] == [
        "form", "issuer", "signature", "subject", "kind", "audience", "times", "demands", "rights", "user"]
    assert told["subject"] == "u1" and told["user"] == "partner.u1" and told["how"] == "without a user here"
    assert [one["id"] for one in told["rules"]] == ["in"] and "gate" in told["rules"][0]["sentence"]
    assert tried(file, signed(GOOD), "--client", "other")["rules"] == []


def test_all_that_is_wrong_is_told_at_once(file):
    wrong = signed({**GOOD, "aud": "https://elsewhere.example", "tier": "tin", "exp": int(time.time()) - 99}, OTHER)
    told = tried(file, wrong, code=1)
    assert failed(told) == ["signature", "audience", "times", "demands"] and told["user"] == ""
    text = "\n".join(one["text"] for one in told["checks"])
    for code in ("TX-STK-06", "TX-FTK-02", "TX-STK-03", "TX-FTK-04"):
        assert code in text, text


def test_whom_a_token_binds_to_is_told_or_why_to_nobody(file):
    staff = {"iss": "https://staff.example", "sub": "s", "aud": US}
    told = tried(file, signed({**staff, "login": "ann"}))
    assert told["user"] == "ann" and told["how"] == "a user"
    told = tried(file, signed({**staff, "login": "zoe"}), code=1)
    assert failed(told) == ["user"] and "TX-WHO-03" in told["checks"][-1]["text"]


def test_what_mode_audit_would_refuse_is_told(file):
    told = tried(file, signed({"iss": "https://watched.example", "sub": "s", "aud": US}))
    assert told["good"] and "TX-FTK-04" in told["audit"][0]


def test_strangers_and_what_is_no_token_are_told(file):
    told = tried(file, signed({**GOOD, "iss": "https://nobody.example"}), code=1)
    assert failed(told) == ["issuer"] and "TX-ISS-01" in told["checks"][-1]["text"]
    assert failed(tried(file, "no-token-at-all", code=1)) == ["form"]


def test_a_refresh_token_of_an_older_system_is_not_used_up(file):
    told = tried(file, "old-refresh-token", "--type", "refresh_token", "--issuer", "legacy")
    assert told["issuer"] == "legacy" and "not tried" in told["checks"][-1]["text"]


def test_a_token_comes_by_standard_input_and_is_told_in_words(file):
    done = subprocess.run([binary(), "issuer", "test", "-", "--realm", file, "--hostname", "https://id.example"],
                          input=signed(GOOD) + "\n", capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("ok   signature", "ok   user: partner.u1, without a user here", "rule in: gate may turn"):
        assert line in done.stdout, done.stdout


def test_wrong_use_is_exit_code_2(file, tmp_path):
    assert cambist("issuer", "test", "x", "--realm", str(tmp_path / "none.yaml")).returncode == 2
    assert cambist("issuer", "test", "x", "--realm", file, "--use", "cook").returncode == 2
    assert cambist("issuer").returncode == 2
