# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A connection of wire format ``request-body``, of a company of its own, to the stand-in for 2.x.

The demo's connection stays what it is, and so does every registrant of another test.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificate

from tests.stack import paths
from tests.stand_in_spar_2 import Partners, serving
from tests.stand_in_spar_2_table import Table

from .arrivals import wait_until
from .invent import Address, Inventor
from .world import World

SENDER = "e2e-request-body"
_COMPANY = "E2E: SPAR 2.x"
_TRANSCRIPT = paths.CHECKOUT / "tests" / "unit" / "transcripts" / "spar-develop.json"


@dataclass
class Spar2:
    """The stand-in as these tests see it, and their registrants.

    :ivar connection: id of the connection to it
    """

    world: World
    invent: Inventor
    company: int
    connection: int
    table: Table
    partners: Partners
    url: str = ""
    _running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Serve; where it was before, if it was."""
        port = urlsplit(self.url).port or 0
        self.url = self._running.enter_context(serving(self.partners, self.table, port))

    def stop(self) -> None:
        """Nothing listens there any more; the table stays."""
        self._running.close()

    def register_key(self) -> None:
        """Our active key, as SPAR's administrator registers it."""
        domain = [("connection_id", "=", self.connection), ("state", "=", "active")]
        [key] = self.world.admin.find("spar.key", domain, "certificate")
        public = load_pem_x509_certificate(key["certificate"].encode()).public_key()
        self.partners.keys = {f"PARTNER_{SENDER.replace('-', '_').upper()}": [public]}

    def register(self, *addresses: Address) -> list[tuple[str, int]]:
        """[(SPAR id, id of the contact)], each with a first address handed in by an officer."""
        rows = [self.invent.registrant(company_id=self.company) for _ in addresses]
        vals = [{**row, **address.parts} for row, address in zip(rows, addresses, strict=True)]
        ids = self.world.admin.create("res.partner", vals)
        return [(row["ref"], partner) for row, partner in zip(rows, ids, strict=True)]

    def submit(self, partner: int, address: Address, **more: str) -> int:
        """Another row of a registrant, by an officer. Its id."""
        vals = {"partner_id": partner, **address.parts, **more}
        return self.world.admin.create("spar.submission", vals)

    def fa(self, address: Address) -> str:
        """The string that SPAR 2.x makes of it: it takes ``BANK`` where 1.x was sent another."""
        return address.fa(self.world.names).replace("fa_type:BANK_ACCOUNT", "fa_type:BANK")

    def held(self, spar_id: str) -> str | None:
        """What SPAR's table holds for the id."""
        row = self.table.rows.get(spar_id)
        return row and row.fa

    def expect(self, wanted: dict[str, Address | None], timeout: float = 60) -> None:
        """Until SPAR holds exactly these."""
        strings = {key: address and self.fa(address) for key, address in wanted.items()}
        wait_until(
            lambda: {key: self.held(key) for key in wanted} == strings,
            f"SPAR does not hold what was wanted for {sorted(wanted)}",
            timeout,
        )

    def wait_for(self, row: int, state: str, timeout: float = 60) -> tuple:
        """(state, reason, attempts) of a submission, once it is in ``state``."""
        statement = (
            "SELECT state, hold_reason, coalesce(attempts, 0) FROM spar_submission WHERE id = %s"
        )
        wait_until(
            lambda: self.world.ledger.rows(statement, row)[0][0] == state,
            f"The submission did not become {state}",
            timeout,
        )
        return self.world.ledger.rows(statement, row)[0]

    def wait_for_reason(self, *codes: str) -> None:
        """Until the connection waits, for one of these reasons."""

        def waits():
            said = self.state()
            return said["state"] == "waiting" and said["paused_reason"] in codes

        wait_until(waits, f"The connection did not wait for {codes}", 60)

    def state(self) -> dict:
        """``state`` and ``paused_reason`` of the connection."""
        return self.world.admin.read("spar.connection", self.connection, "state", "paused_reason")


@contextmanager
def open_spar_2(world: World, invent: Inventor) -> Iterator[Spar2]:
    """Set all of it up; at the end the connection is archived."""
    transcript = json.loads(_TRANSCRIPT.read_text())
    strategies = {
        row["id"]: (row["construct_strategy"], row["deconstruct_strategy"])
        for row in transcript["strategies"]
    }
    company = _company(world)
    spar = Spar2(
        world=world,
        invent=invent,
        company=company,
        connection=_connection(world, company),
        table=Table(strategies=strategies),
        partners=Partners({}),
    )
    try:
        spar.start()
        world.admin.write("spar.connection", spar.connection, {"base_url": spar.url})
        spar.register_key()
        yield spar
    finally:
        spar.stop()
        # Refused while something waits to be sent, which no test leaves behind.
        world.admin.write("spar.connection", spar.connection, {"active": False})


def _company(world: World) -> int:
    """The tests' company, which both officers work for, too."""
    admin = world.admin
    found = admin.find("res.company", [("name", "=", _COMPANY)], "id")
    company = found[0]["id"] if found else admin.create("res.company", {"name": _COMPANY})
    for user in (admin.uid, world.officer.uid):
        admin.write("res.users", user, {"company_ids": [(4, company)]})
    return company


def _connection(world: World, company: int) -> int:
    # By SQL: over what a broken-off run left, something may wait to be sent.
    statement = "UPDATE spar_connection SET active = false WHERE company_id = %s"
    world.ledger.run(statement, company)
    kenya = world.admin.find("res.country", [("code", "=", "KE")], "id")[0]["id"]
    connection = world.admin.create(
        "spar.connection",
        {
            "name": _COMPANY,
            "sequence": 1,
            "company_id": company,
            "base_url": "http://127.0.0.1:1",
            "wire_format": "request-body",
            "sender_id": SENDER,
            "registrant_domain": "[('is_company', '=', False)]",
            "country_id": kenya,
            "connect_seconds": 1,
            "read_seconds": 2,
            "lease_seconds": 16,
            "in_flight_seconds": 12,
        },
    )
    world.admin.call("spar.connection", "action_generate_key", [connection])
    return connection
