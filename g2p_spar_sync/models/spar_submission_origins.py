from odoo import api, models

from .channel_marks import origin


def origin_of(row):
    """What tells a retry from a second submission; None where the sender gave no reference."""
    return (str(row["channel"]), row["origin_ref"]) if row.get("origin_ref") else None


class SparSubmission(models.Model):
    """What a sender calls its rows: by that a retry is no second submission."""

    _inherit = "spar.submission"

    @api.model
    def _with_origin(self, inputs):
        """``inputs`` with what glue knows of where they come from."""
        source = origin(self.env.context)
        if source is None:
            return inputs
        numbers = {}
        known = []
        for vals in inputs:
            way = vals["way"]
            known.append({**source.inputs(way, numbers.get(way)), **vals})
            numbers[way] = numbers.get(way, 0) + 1
        return known

    @api.model
    def _known_origins(self, rows):
        """{(channel, origin_ref): rows of what came in before by it}"""
        origins = {origin_of(row) for row in rows} - {None}
        if not origins:
            return {}
        self.env.cr.execute(
            "SELECT id, channel, COALESCE(origin_ref, hold_params->>'id') AS origin_ref, "
            "partner_id, operation, address_hash, address_sealed, seal_key_id "
            "FROM spar_submission WHERE (channel, origin_ref) IN %(origins)s "
            "OR hold_reason = 'origin_reused' AND (channel, hold_params->>'id') IN %(origins)s "
            "AND partner_id IN %(partners)s",
            {
                "origins": tuple(origins),
                "partners": tuple({row.get("partner_id") or 0 for row in rows}),
            },
        )
        known = {}
        for row in self.env.cr.dictfetchall():
            known.setdefault(origin_of(row), []).append(row)
        return known

    @api.model
    def _retried(self, row, earlier):
        """The one of the ``earlier`` rows of its origin that ``row`` hands in once more, or None.

        Another registrant or address under the same origin is no retry: a person looks at it.
        """
        if not row.get("origin_ref"):
            return None
        for known in earlier:
            same = self._same_registrant(known, row) and known["operation"] == row["operation"]
            if same and self._content(known) == self._content(row):
                return known
        if earlier:
            if not row["hold_reason"]:
                row.update(
                    state="held",
                    hold_reason="origin_reused",
                    hold_params={"id": row["origin_ref"]},
                )
            row["origin_ref"] = None
        return None

    @api.model
    def _same_registrant(self, known, row):
        """Glue overrides this where a sender makes a new contact on each retry."""
        return known["partner_id"] == row.get("partner_id")

    @api.model
    def _content(self, row):
        """What tells two addresses apart, be they good or bad; None once it was deleted."""
        if row["address_hash"] or not row["address_sealed"]:
            return row["address_hash"]
        return self.env["spar.vault"]._unseal(row["address_sealed"], row["seal_key_id"])["given"]
