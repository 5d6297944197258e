# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Every way a payment address comes in by, over Odoo's external API or by SQL."""

from dataclasses import dataclass

from tests.helpers.invent import BANK_CODE, Address, Inventor, bank, mpesa, paypal
from tests.helpers.world import World

from .entries import Entry, Journal


@dataclass
class Ways:
    """Hands in, and notes each entry in the journal."""

    world: World
    invent: Inventor
    journal: Journal

    def first_addresses(self) -> None:
        """Each registrant's first payment address: SPAR has to see a link."""
        self._sql_role()
        for address in (bank(), mpesa(), paypal()):
            self._new("payment fields, create", address, **address.parts)
        for address in (bank(), mpesa(), paypal()):
            partner, row = self._contact()
            self._write(partner, address.parts)
            self._note(row, partner, "payment fields, write", address)
        self._one_key_at_a_time()
        self._import_file()
        self._bank_accounts()
        self._ledger_rows()
        self._watched_fields()
        self._wizard(*self._contact(), mpesa(), "link")
        self._late_id()

    def changes(self) -> None:
        """Registrants that SPAR knows by now: it has to see an update, or an unlink."""
        linked = {}
        for entry in self.journal.entries:
            linked.setdefault(
                entry.way, (entry.partner, {"name": entry.name, "ref": entry.spar_id})
            )
        partner, row = linked["payment fields, create"]
        address = mpesa()
        self._write(partner, address.parts)
        self._note(row, partner, "payment fields, write again", address, "update")
        partner, row = linked["bank account, create"]
        account = self._read(partner, "bank_ids")[0]
        address = bank(branch="")
        self.world.admin.write("res.partner.bank", account, {"acc_number": address.account})
        self._note(row, partner, "bank account, edit", address, "update")
        partner, row = linked["watched field, create"]
        address = mpesa()
        self._write(partner, {"x_demo_wallet_number": address.account})
        self._note(row, partner, "watched field, write", address, "update")
        partner, row = linked["change form"]
        self._wizard(partner, row, paypal(), "update")
        partner, row = linked["row of the ledger"]
        address = next(e.address for e in self.journal.entries if e.partner == partner)
        vals = {"partner_id": partner, "operation": "remove", **address.parts}
        self.world.admin.create("spar.submission", vals)
        self._note(row, partner, "row of the ledger, removal", address, "unlink")

    def _sql_role(self) -> None:
        partner, row = self._contact()
        address = mpesa()
        vals = {"partner_id": partner, **address.parts, "origin_ref": row["ref"], "actor": "demo"}
        self.world.outside.run(
            f"INSERT INTO spar_submission ({', '.join(vals)}) "
            f"VALUES ({', '.join(['%s'] * len(vals))})",
            *vals.values(),
        )
        self._note(row, partner, "INSERT by the outside SQL role", address)

    def _one_key_at_a_time(self) -> None:
        """Three writes in one transaction, as programs do that set field after field."""
        household = {"name": "Demo Household", "is_company": True}
        parent = self.world.admin.create("res.partner", household)
        partner, row = self._contact(parent_id=parent)
        address = mpesa()
        writes = [(1, partner, {key: value}) for key, value in address.parts.items()]
        self._write(parent, {"child_ids": writes})
        self._note(row, partner, "payment fields, one write each", address)

    def _import_file(self) -> None:
        """A file as the import screen reads it."""
        addresses = [bank(), mpesa(), paypal()]
        rows = [self.invent.registrant() for _ in addresses]
        columns = ["payment_method", "payment_provider", "payment_branch", "payment_account"]
        data = [
            [row["name"], row["ref"], *(address.parts.get(name, "") for name in columns)]
            for row, address in zip(rows, addresses, strict=True)
        ]
        done = self.world.admin.call("res.partner", "load", ["name", "ref", *columns], data)
        for row, address, partner in zip(rows, addresses, done["ids"], strict=True):
            self._note(row, partner, "file import (CSV)", address)

    def _bank_accounts(self) -> None:
        admin = self.world.admin
        bank_id = admin.find("res.bank", [("spar_code", "=", BANK_CODE)], "id")[0]["id"]
        for way in ("bank account, nested in create", "bank account, create"):
            address = bank(branch="")
            account = {"acc_number": address.account, "bank_id": bank_id}
            if way == "bank account, create":
                partner, row = self._contact()
                admin.create("res.partner.bank", {"partner_id": partner, **account})
                self._note(row, partner, way, address)
            else:
                self._new(way, address, bank_ids=[(0, 0, account)])

    def _ledger_rows(self) -> None:
        address = paypal()
        self._new("row of the ledger, nested", address, submission_ids=[(0, 0, address.parts)])
        for address in (bank(), mpesa(), paypal()):
            partner, row = self._contact()
            vals = {"partner_id": partner, "origin_ref": row["ref"], **address.parts}
            self.world.admin.create("spar.submission", vals)
            self._note(row, partner, "row of the ledger", address)

    def _watched_fields(self) -> None:
        for way in ("watched field, create", "watched field, written later"):
            address = mpesa()
            vals = {
                "x_demo_wallet_number": address.account,
                "x_demo_wallet_provider": address.provider,
            }
            if way == "watched field, create":
                self._new(way, address, **vals)
            else:
                partner, row = self._contact()
                self._write(partner, vals)
                self._note(row, partner, way, address)

    def _wizard(self, partner: int, row: dict, address: Address, operation: str) -> None:
        """The form that officers change an address with."""
        admin = self.world.admin
        form = admin.call("res.partner", "spar_change", [partner])["res_id"]
        provider = admin.find(
            "spar.provider",
            [("code", "=", address.provider), ("method", "=", address.method)],
            "id",
        )[0]["id"]
        admin.write("spar.change.wizard", form, {"kind": address.method, "provider_id": provider})
        typed = {"account": address.account, "account_again": address.account}
        admin.write("spar.change.wizard", form, typed)
        admin.call("spar.change.wizard", "action_submit", [form])
        self._note(row, partner, "change form", address, operation)

    def _late_id(self) -> None:
        """The address first, the id by which SPAR knows the registrant afterwards."""
        row = self.invent.registrant()
        address = mpesa()
        vals = {"name": row["name"], **address.parts}
        partner = self.world.admin.create("res.partner", vals)
        self._write(partner, {"ref": row["ref"]})
        self._note(row, partner, "payment fields, id came later", address)

    def _contact(self, **more) -> tuple[int, dict]:
        """A registrant without an address: (id, values)."""
        row = self.invent.registrant(**more)
        return self.world.admin.create("res.partner", row), row

    def _new(self, way: str, address: Address, **more) -> None:
        partner, row = self._contact(**more)
        self._note(row, partner, way, address)

    def _write(self, partner: int, vals: dict) -> None:
        self.world.admin.write("res.partner", partner, vals)

    def _read(self, partner: int, field: str):
        return self.world.admin.read("res.partner", partner, field)[field]

    def _note(
        self, row: dict, partner: int, way: str, address: Address, operation: str = "link"
    ) -> None:
        now = self.world.spar.now()
        entry = Entry(row["name"], partner, row["ref"], way, address, operation, now)
        self.journal.entries.append(entry)
