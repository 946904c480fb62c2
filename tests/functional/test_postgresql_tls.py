# SPDX-License-Identifier: Apache-2.0
"""The way to the database: TLS that proves which server answers, or no start."""
import base64
import os
from urllib.parse import quote

import pytest
from test_postgresql import FIXED, KEY, ask, login, make_realm, start_refused

from support.certificate import make_certificate
from support.client import granted
from support.postgresql import PostgreSQL
from support.server import cambist

HOST = "db.example"  # what the certificate names; found at 127.0.0.1 by hostaddr
PASSWORD = base64.b64encode(os.urandom(18)).decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("database-tls")


@pytest.fixture(scope="module")
def encrypted(folder):
    """A PostgreSQL that takes TLS only; .url_with(host, trusted certificate, mode)."""
    pair = make_certificate(folder, "database", f"DNS:{HOST}")
    made = PostgreSQL(pair)
    made.sql(f"CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}'")
    made.sql("CREATE DATABASE sts OWNER locked")

    def url_with(host=HOST, trusted=pair[0], mode="verify-full", database="sts"):
        return (f"postgresql://locked:{quote(PASSWORD, safe='')}@{host}:{made.port}/{database}"
                f"?hostaddr=127.0.0.1&sslmode={mode}&sslrootcert={quote(str(trusted), safe='')}")
    made.url_with = url_with
    yield made
    made.close()


def start_refused_without_the_password(tmp_path, url):
    said = start_refused(tmp_path, url)
    assert PASSWORD not in said and quote(PASSWORD, safe="") not in said
    return said


def test_database_that_proves_its_name_is_used_over_tls(server, encrypted):
    shop = server(make_realm(), store=encrypted.url_with(), arguments=FIXED, environment=KEY)
    granted(ask(shop, "shop").exchange(login(shop)["access_token"]))
    sessions = encrypted.sql("SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                             " WHERE datname = 'sts'")
    assert sessions == "t", "every connection is encrypted"
    assert cambist("audit", "verify", "--store", shop.store).returncode == 0


def test_database_with_a_certificate_of_another_authority_is_refused(tmp_path, encrypted):
    other, _ = make_certificate(tmp_path, "other", f"DNS:{HOST}")
    said = start_refused_without_the_password(tmp_path, encrypted.url_with(trusted=other))
    assert "certificate verify failed" in said


def test_database_whose_certificate_names_another_host_is_refused(tmp_path, encrypted):
    said = start_refused_without_the_password(tmp_path, encrypted.url_with(host="other.example"))
    assert HOST in said and "does not match host name" in said


def test_authority_file_that_is_missing_is_refused(tmp_path, encrypted):
    said = start_refused_without_the_password(tmp_path, encrypted.url_with(trusted="/nowhere.pem"))
    assert "/nowhere.pem" in said


def test_database_that_takes_tls_only_is_not_reached_without(tmp_path, encrypted):
    said = start_refused_without_the_password(tmp_path, encrypted.url_with(mode="disable"))
    assert "no encryption" in said


def test_command_line_tools_prove_the_database_too(encrypted):
    done = cambist("audit", "verify", "--store", encrypted.url_with(host="other.example"))
    assert done.returncode == 1 and "does not match host name" in done.stderr
    assert PASSWORD not in done.stderr
