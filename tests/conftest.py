# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the functional tests: the real binary on free ports, with a realm and a database."""
import uuid

import pytest

from support.client import Client
from support.postgresql import PostgreSQL
from support.server import Server, binary

collect_ignore = ["clients"]


@pytest.fixture(scope="session", name="binary")
def binary_fixture():
    return binary()


def servers(folder):
    """start(realm..., arguments=[...], store=...): every server started is stopped, and checked."""
    started = []

    def start(*realms, **options):
        home = folder / f"server-{len(started)}"
        home.mkdir()
        started.append(Server(home, *realms, **options))
        return started[-1].start()

    yield start
    faults = []
    for server in started:
        try:
            server.stop()
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)


@pytest.fixture
def server(tmp_path):
    yield from servers(tmp_path)


@pytest.fixture(scope="module")
def module_server(tmp_path_factory):
    """As `server`, for a module whose tests share one: much faster."""
    yield from servers(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL of this run; a test that stops it has to start it again."""
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture
def database(postgresql):
    """The URL of a new database."""
    return postgresql.database(f"test-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def client_of():
    """client_of(server, realm, client_id, secret=None) -> Client"""
    return lambda server, realm, client_id, secret=None: Client(server.url, realm, client_id, secret)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the log of its servers' last lines."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for value in item.funcargs.values():
            if isinstance(value, Server):
                report.sections.append(("server log", "\n".join(value.log().splitlines()[-60:])))

