# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The real SPAR behind TLS that asks who we are, behind a gateway with a key, behind a proxy."""

import pytest
import requests

from tests.helpers.arrivals import wait_until
from tests.unit.authority import authority, certified, server_context
from tests.unit.connect_proxy import proxying
from tests.unit.server import serving

KEY = "e2e-gateway-key"
PROXY = {"proxy_user": "registry", "proxy_password": "e2e-proxy-password"}
PLAIN = {
    "ca_bundle": False,
    "client_certificate": False,
    "proxy_url": False,
    "proxy_user": False,
    "header_ids": [(5, 0, 0)],
}


@pytest.fixture
def gateway(world, tmp_path):
    """(URL, what it saw): TLS for partners' certificates only, then a key, then SPAR."""

    def pass_on(handler, _request):
        path, headers, body = handler.seen.requests[-1]
        if headers.get("X-Gateway-Key") != KEY:
            handler.send(403, b"{}")
            return
        kept = {name: headers[name] for name in ("Signature", "Content-Type")}
        answer = requests.post(world.endpoints["spar_url"] + path, body, headers=kept, timeout=20)
        handler.send(answer.status_code, answer.content)

    context = server_context(tmp_path, certified("gateway"), clients=authority("partners"))
    with serving(pass_on, context) as (url, seen):
        yield url, seen


@pytest.fixture
def route(world, quick, gateway):
    """The connection goes by the gateway, through a proxy."""
    leaf = certified("registry", "partners")
    with proxying(":".join(PROXY.values())) as (proxy, passed):
        world.configure(
            base_url=gateway[0],
            ca_bundle=authority().pem,
            client_certificate=leaf.pem,
            client_key=leaf.key_pem("once"),
            client_key_password="once",
            proxy_url=proxy,
            header_ids=[(0, 0, {"name": "X-Gateway-Key", "value": KEY})],
            **PROXY,
        )
        yield passed
        world.configure(base_url=world.endpoints["spar_url"], **PLAIN)


def _test(world):
    """{step: (state, text)} of Test connection."""
    action = world.admin.call("spar.connection", "action_test_connection", [world.connection])
    lines = world.admin.find(
        "spar.connection.test.line", [("test_id", "=", action["res_id"])], "step", "state", "text"
    )
    return {line["step"]: (line["state"], line["text"]) for line in lines}


def test_the_whole_way(world, route, gateway, flood):
    said = _test(world)
    assert {state for state, _text in said.values()} == {"ok"}, said
    assert not {"Name", "Port"} & said.keys()
    flood.register(3).expect_newest()
    flood.change(2).expect_newest()
    flood.expect_every_change_in_order()
    assert {method for method, _target, _headers in route.requests} == {"CONNECT"}
    assert len(gateway[1].requests) > 3


def test_what_is_shown_is_shown_to_nobody_else(world, route, gateway):
    fields = ("client_key", "client_key_password", "proxy_password")
    assert not any(world.state(*fields)[name] for name in fields)
    headers = world.admin.find("spar.connection.header", [], "name", "value")
    assert [(header["name"], header["value"]) for header in headers] == [("X-Gateway-Key", False)]
    for table in ("spar_connection", "spar_connection_secret", "spar_connection_header"):
        for (row,) in world.ledger.rows(f"SELECT t.*::text FROM {table} t"):
            assert KEY not in row and "PRIVATE KEY" not in row
            assert PROXY["proxy_password"] not in row


def test_each_mistake_is_found_at_its_step(world, route, flood):
    for vals, step, word in (
        ({"proxy_password": "wrong"}, "Proxy", "password"),
        (PROXY | {"ca_bundle": authority("other").pem}, "TLS", "authority"),
        ({"ca_bundle": authority().pem, "header_ids": [(5, 0, 0)]}, "Let in", "gateway"),
    ):
        world.configure(**vals)
        said = _test(world)
        assert [name for name, (state, _text) in said.items() if state == "failed"] == [step], said
        assert word in said[step][1]
    flood.register(1)
    wait_until(lambda: world.state("state")["state"] == "waiting", "It did not wait", 60)
    assert world.state("paused_reason")["paused_reason"] == "not_allowed"
    world.configure(header_ids=[(0, 0, {"name": "X-Gateway-Key", "value": KEY})])
    assert {state for state, _text in _test(world).values()} == {"ok"}
    flood.expect_newest()
