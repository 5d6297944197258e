# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Runs last: nothing that a test of this session used lies where it must not be.

SPAR's own log is left out: the mapper writes into it the parameters of statements that its database
refused, addresses included. That is SPAR's matter, and its administrator's. So is Odoo's chatter
about a merge of contacts, which names them.
"""

import pytest
from cryptography.fernet import Fernet

from tests.helpers.arrivals import wait_until
from tests.helpers.invent import NAMES, USED
from tests.helpers.leaks import Leaks
from tests.helpers.proxy import SIGNATURES
from tests.helpers.rpc import ERRORS
from tests.stack import passwords, paths

#: Tables of Odoo's that keep text for people, programs or administrators.
TABLES = (
    "queue_job",
    "mail_message",
    "mail_mail",
    "mail_tracking_value",
    "mail_notification",
    "mail_activity",
    "ir_logging",
    "bus_bus",
)
#: Every table and view of this addon's: events, settings, comparisons, monitoring and all.
OURS = """
SELECT relname FROM pg_class WHERE relname LIKE 'spar!_%%' ESCAPE '!' AND relkind IN ('r', 'v')
"""
#: What keeps numbers of registrants, sealed.
SEALED = ("spar_submission", "spar_change_wizard")
MERGED = "Merged with the following partners:"
LOGS = ("odoo.log", "postgres.log", "odoo-install.log", "keymanager.log")


@pytest.fixture(scope="module")
def leaks(world):
    """Everything that this session used. Nothing more is handed out when these tests run."""
    assert len(USED) > 10 and NAMES, "run some other tests before these"
    return Leaks(USED, NAMES, _secrets(world))


def _secrets(world):
    """Passwords and keys of the stack, private signing keys, signatures that were sent."""
    yield from paths.read_json(paths.STATE / "secrets.json").values()
    master = Fernet(passwords.master_key())
    for (wrapped,) in world.ledger.rows("SELECT wrapped FROM spar_key_secret"):
        pem = master.decrypt(wrapped.encode()).decode()
        yield from (line for line in pem.splitlines() if "-----" not in line)
    for (wrapped,) in world.ledger.rows("SELECT wrapped FROM spar_vault"):
        yield master.decrypt(wrapped.encode()).decode()
    for signature in SIGNATURES:
        yield signature.rpartition(".")[2]


def _assert_silent(leaks, texts, where):
    found = [(leaks.find(text), number) for number, text in enumerate(texts, 1)]
    found = [(needles, number) for needles, number in found if needles]
    assert not found, f"{len(found)} in {where}, the first in {found[0][1]}: {found[0][0]}"


def _nothing_new(world):
    """Rows from outside are sealed as soon as they are judged."""
    wait_until(
        lambda: not world.ledger.value("SELECT count(*) FROM spar_submission WHERE state = 'new'"),
        "Rows from outside were not judged",
    )


def _rows(world, table):
    return [text for (text,) in world.ledger.rows(f"SELECT t.*::text FROM {table} t")]


def test_the_search_finds_what_is_there(leaks):
    for needle in (*sorted(USED)[:3], *sorted(NAMES)[:1]):
        assert leaks.find(f"a line with '{needle}'.")


@pytest.mark.parametrize("name", LOGS)
def test_nothing_in_logs(leaks, name):
    path = paths.LOGS / name
    if not path.exists():
        pytest.skip(f"this stack has no {name}")
    with path.open(errors="replace") as lines:
        _assert_silent(leaks, lines, name)


@pytest.mark.parametrize("table", TABLES)
def test_nothing_in_tables(world, leaks, table):
    if not world.ledger.value("SELECT to_regclass(%s)", table):
        pytest.skip(f"this Odoo has no table {table}")
    texts = [text for text in _rows(world, table) if MERGED not in text]
    _assert_silent(leaks, texts, table)


def test_nothing_in_our_own_tables(world, leaks):
    _nothing_new(world)
    tables = [name for (name,) in world.ledger.rows(OURS)]
    assert {"spar_event", "spar_connection", "spar_monitoring"} <= {*tables}
    for table in tables:
        _assert_silent(leaks, _rows(world, table), table)


def test_nothing_in_what_the_server_said_of_errors(leaks):
    assert ERRORS, "no test met an error"
    _assert_silent(leaks, ERRORS, "errors")


@pytest.mark.parametrize("table", SEALED)
def test_what_keeps_numbers_keeps_them_sealed(world, leaks, table):
    """Of every column; the sealed one is compared too, and would tell if it were not sealed."""
    _nothing_new(world)
    rows = _rows(world, table)
    assert rows, f"the test looks at an empty {table}"
    _assert_silent(leaks, rows, table)
