from odoo import _, models
from odoo.exceptions import UserError


class SparSilent(UserError):
    """SPAR cannot be asked now, and what was to be decided depends on it."""


class SparSubmission(models.Model):
    """What SPAR says now, where a person decides."""

    _inherit = "spar.submission"

    def _ask_spar(self):
        """{row: SPAR's answer now, for the id that the row went out for}.

        UserError when SPAR cannot be asked.
        """
        answers = {}
        for connection in self.connection_id:
            rows = self.filtered(lambda row, connection=connection: row.connection_id == connection)
            said = connection._ask_in_batches(set(rows.mapped("spar_id")))
            for row in rows:
                if "answer" in said[row.spar_id]:
                    answers[row] = said[row.spar_id]["answer"]
        missing = self.filtered(lambda row: row not in answers)
        if missing:
            raise SparSilent(
                _(
                    "SPAR cannot be asked about %s now, so nothing was decided. Try again once "
                    "it answers.",
                    self._some(missing.mapped("reference")),
                )
            )
        return answers

    def _refuse_arrived(self):
        """Of rows that were sent, and nobody knows how that ended: SPAR knows."""
        arrived = [
            row
            for row, answer in self._ask_spar().items()
            if row._hash_of(answer) == (row.address_hash if row.operation == "set" else "")
        ]
        if arrived:
            raise UserError(
                _(
                    "%s has reached SPAR, so it cannot be cancelled any more. Submit the address "
                    "that is to be paid to instead.",
                    ", ".join(row.reference for row in arrived),
                )
            )

    def _hash_of(self, answer):
        """The keyed hash by which the planner knows ``answer``; "" for not linked."""
        return self.connection_id._reader().interpret(answer)[1]

    def _accept(self, answer):
        """A row that says: this is what SPAR holds, and a person accepted it."""
        self.ensure_one()
        ours = self.search(
            [
                ("partner_id", "in", self.partner_id._spar_lines()[self.partner_id.id]),
                ("connection_id", "=", self.connection_id.id),
                ("spar_id", "=", self.spar_id),
                ("confirmed", "=", True),
            ],
            order="id desc",
            limit=1,
        )
        newest = self.way != "old_id" and self._where_they_are()
        self._insert_accepted(
            {
                **self._columns_of(self.connection_id, answer, ours),
                "partner_id": self.partner_id.id,
                "channel": self.channel,
                # The order of a line leaves out the removals from an old id; this is none.
                "way": "row" if self.way == "old_id" else self.way,
                "connection_id": self.connection_id.id,
                "spar_id": self.spar_id,
                "replaces_id": self.id,
                "as_old_as_id": None if newest else self._age(),
                "submitted_by": self.env.uid,
            }
        )
