# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Users without the right try it over the external API, past every screen."""

import json

import pytest

from tests.helpers.arrivals import wait_until
from tests.helpers.invent import mpesa
from tests.helpers.rpc import RpcError
from tests.helpers.world import make_user

SECRET_FIELDS = (
    "payment_account address_sealed address_hash shown_hash seal_key_id lease_token last_four"
).split()
SECRET_MODELS = ("spar.key.secret", "spar.vault")
ACTIONS = (
    "action_release",
    "action_retry",
    "action_cancel",
    "action_send_ours",
    "action_keep_spars",
)
#: login -> groups of users who are no officers
STRANGERS = {
    "e2e_internal": ("base.group_user", "base.group_partner_manager"),
    "e2e_portal": ("base.group_portal",),
    "e2e_manager": (
        "base.group_user",
        "base.group_partner_manager",
        "g2p_spar_sync.group_spar_manager",
    ),
}


@pytest.fixture(scope="module")
def users(world):
    """{login: client}"""
    return {login: make_user(world, login, *groups) for login, groups in STRANGERS.items()}


@pytest.fixture
def registrant(world, flood):
    """(partner, its submission) of a registrant whose address is at SPAR."""
    [ref] = flood.register(1).refs
    flood.expect_newest()
    partner = flood.partners[ref]
    return partner, world.admin.find("spar.submission", [("partner_id", "=", partner)], "id")[0][
        "id"
    ]


@pytest.fixture
def held(world, invent):
    """A row that admin submitted and that is held: a number out of a spreadsheet."""
    vals = {**invent.registrant(), "payment_account": "1.2E+10", "payment_provider": "DEMOKENA"}
    partner = world.admin.create("res.partner", {**vals, "payment_method": "bank_account"})
    return world.admin.find("spar.submission", [("partner_id", "=", partner)], "id")[0]["id"]


def _refused(client, model, method, *args, **kwargs):
    with pytest.raises(RpcError) as refused:
        client.call(model, method, *args, **kwargs)
    assert "Error" in refused.value.name and "psycopg2" not in refused.value.name
    return refused.value


@pytest.mark.parametrize("login", STRANGERS)
def test_strangers_may_not_submit_decide_or_reveal(world, users, registrant, held, login):
    client, (partner, _row) = users[login], registrant
    _refused(client, "spar.submission", "create", [{"partner_id": partner, **mpesa().parts}])
    _refused(client, "res.partner", "spar_reveal", [partner])
    _refused(client, "res.partner", "spar_change", [partner])
    for action in ACTIONS:
        _refused(client, "spar.submission", action, [held])
    _refused(client, "spar.submission", "write", [held], {"state": "pending"})
    _refused(client, "spar.submission", "unlink", [held])
    _refused(client, "spar.change.wizard", "create", [{"partner_id": partner}])
    assert world.admin.read("spar.submission", held, "state")["state"] == "held"


@pytest.mark.parametrize("login", ["e2e_internal", "e2e_portal"])
def test_strangers_read_no_ledger_and_no_panel(users, registrant, login):
    client, (partner, row) = users[login], registrant
    _refused(client, "spar.submission", "read", [row], ["state"])
    _refused(client, "spar.submission", "search_read", [], ["state"])
    _refused(client, "spar.event", "search_read", [], ["kind"])
    _refused(client, "spar.connection", "search_read", [], ["base_url"])
    try:
        said = client.call("res.partner", "spar_panel", [partner])
    except RpcError:
        return
    assert said == {"state": "no_right"}


def test_a_contact_manager_who_writes_payment_fields_moves_no_money(
    world, users, flood, registrant
):
    """The fields are everybody's to write; whoever is no officer is channel unknown, and held."""
    partner, _row = registrant
    [ref] = flood.refs
    before = world.spar.mapping([ref])
    forged = {"spar_channel": "backend", "default_channel": "backend", "default_state": "pending"}
    users["e2e_internal"].write("res.partner", partner, mpesa().parts, context=forged)
    wait_until(lambda: len(flood.states()) == 2, "It was not captured")
    [row] = world.admin.find(
        "spar.submission",
        [("partner_id", "=", partner)],
        "state",
        "channel",
        "hold_reason",
        limit=1,
    )
    assert (row["state"], row["channel"]) == ("held", "unknown")
    assert world.spar.mapping([ref]) == before


def test_an_officer_cannot_forge_what_the_ledger_writes(world, flood, registrant):
    partner, _row = registrant
    vals = {"partner_id": partner, **mpesa().parts}
    for name, value in {
        "state": "done",
        "channel": "selfservice",
        "submitted_by": 1,
        "released_by": 1,
        "confirmed": True,
        "decided": True,
        "spar_id": "somebody",
        "address_hash": "0" * 64,
        "bank": 1,
        "hold_reason": "merged",
    }.items():
        _refused(world.officer, "spar.submission", "create", [{**vals, name: value}])
    context = {"default_state": "done", "default_confirmed": True, "spar_channel": "selfservice"}
    row = world.officer.create("spar.submission", vals, context=context)
    assert world.admin.read("spar.submission", row, "channel", "state")["channel"] == "backend"
    flood.addresses = {}
    wait_until(lambda: flood.open() == 0, "It stayed open")


def test_nobody_reads_secrets(world, users, registrant):
    """Not even admin, officer and manager in one, by read, search, group, export or relation."""
    partner, row = registrant
    for client in (world.admin, world.officer, users["e2e_manager"]):
        for model in SECRET_MODELS:
            _refused(client, model, "search_read", [], [])
            _refused(client, model, "search_count", [])
        for name in SECRET_FIELDS:
            _refused(client, "spar.submission", "read", [row], [name])
            _refused(client, "spar.submission", "search", [(name, "!=", False)])
            _refused(client, "spar.submission", "search_read", [], ["state"], order=f"{name} asc")
            _refused(client, "spar.submission", "export_data", [row], [name])
            _refused(client, "res.partner", "search", [(f"submission_ids.{name}", "!=", False)])
        assert not set(SECRET_FIELDS) & set(client.call("spar.submission", "fields_get"))


def test_payment_fields_read_back_empty_and_find_nothing(world, flood, registrant):
    partner, _row = registrant
    address = flood.addresses[flood.refs[0]][-1]
    names = list(address.parts)
    assert not any(world.admin.read("res.partner", partner, *names)[name] for name in names)
    for operator, value in (("=", address.kept), ("ilike", address.kept[-4:]), ("!=", False)):
        assert (
            world.admin.call("res.partner", "search", [("payment_account", operator, value)]) == []
        )
    assert address.kept not in json.dumps(
        [
            world.admin.call("res.partner", "read", [partner]),
            world.admin.find("spar.submission", [("partner_id", "=", partner)]),
            world.admin.find("spar.event", [("partner_id", "=", partner)]),
        ],
        default=str,
    )


def test_an_officer_does_not_release_what_they_submitted(world, users, invent, flood, registrant):
    """By a channel that wants a second person: the second officer has to."""
    partner, _row = registrant
    address = mpesa()
    columns = ["id", *address.parts]
    admin = world.admin
    [external] = admin.call("res.partner", "export_data", [partner], ["id"])["datas"]
    admin.call("res.partner", "load", columns, [[external[0], *address.parts.values()]])
    [ref] = flood.refs
    flood.addresses[ref].append(address)

    def state():
        found = admin.find("spar.submission", [("partner_id", "=", partner)], "state", limit=1)
        return found[0]["id"] if found[0]["state"] == "held" else None

    row = wait_until(state, "The import's change was not held")
    _refused(admin, "spar.submission", "action_release", [row])
    assert admin.read("spar.submission", row, "state")["state"] == "held"
    world.officer.call("spar.submission", "action_release", [row])
    flood.expect_newest()


def test_only_managers_run_connections(world, users, registrant):
    for client in (world.officer, users["e2e_internal"], users["e2e_portal"]):
        for action in ("action_pause", "action_resume", "action_generate_key"):
            _refused(client, "spar.connection", action, [world.connection])
        _refused(client, "spar.connection", "action_test_connection", [world.connection])
        _refused(client, "spar.connection", "write", [world.connection], {"name": "x"})
        _refused(client, "spar.connection", "create", [{"name": "x"}])
    plain = {"base_url": "http://spar.example.org"}
    _refused(users["e2e_manager"], "spar.connection", "write", [world.connection], plain)
