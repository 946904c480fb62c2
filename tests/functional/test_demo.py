# SPDX-License-Identifier: Apache-2.0
"""The demonstration realm does what its comments say."""
import pytest

from support.client import REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.server import ROOT, cambist

DEMO = ROOT / "examples/demo-realm.yaml"


@pytest.fixture(scope="module")
def demo(module_server):
    return module_server(DEMO)


def login(demo, username):
    return granted(Client(demo.url, "demo", "shop-web").password(username, username))[
        "access_token"]


def named(demo, name, secret):
    return Client(demo.url, "demo", name, secret)


def test_orders_api_turns_alices_token_into_one_for_billing(demo):
    orders = named(demo, "orders-api", "orders-secret")
    answer = granted(orders.exchange(login(demo, "alice"), audience="billing-api"))
    _, claims = orders.verify(answer["access_token"])
    assert claims["aud"] == "billing-api" and claims["scope"] == "invoice:read"
    assert claims["azp"] == "orders-api"


@pytest.mark.parametrize("username, audience, code", [
    ("bob", "billing-api", "TX-RUL-02"), ("root", "billing-api", "TX-RUL-01"),
    ("alice", "payroll-api", "TX-TGT-01"), ("alice", "biling-api", "TX-TGT-02")])
def test_what_no_rule_permits_is_refused_with_its_reason(demo, username, audience, code):
    orders = named(demo, "orders-api", "orders-secret")
    response = orders.exchange(login(demo, username), audience=audience)
    body = refused(response, "invalid_target", code)
    told = cambist("explain", body["trace_id"], "--store", demo.store)
    assert told.returncode == 0 and code in told.stdout


def test_gateway_exchanges_by_keycloaks_switch_and_refreshes(demo):
    gateway = named(demo, "gateway", "gateway-secret")
    answer = granted(gateway.exchange(login(demo, "bob"), audience="reports-api",
                                      requested_token_type=REFRESH_TOKEN))
    again = granted(gateway.refresh(refresh_token_of(answer)))
    assert decode(again["access_token"])[1]["aud"] == "reports-api"


def test_batch_gets_a_token_of_its_own(demo):
    granted(named(demo, "batch", "batch-secret").client_credentials())


def test_demo_file_has_no_fault():
    done = cambist("lint", DEMO)
    assert done.returncode == 0 and "fault" not in done.stdout
