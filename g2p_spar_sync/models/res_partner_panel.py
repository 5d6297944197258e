import time
from datetime import datetime, timezone
from uuid import uuid4

from odoo import _, fields, models
from odoo.exceptions import AccessError

from ..spar import Item, NotLinked, RequestError, is_spar_id

VIEWER = "g2p_spar_sync.group_spar_viewer"
OFFICER = "g2p_spar_sync.group_spar_officer"
OPEN = ("new", "held", "pending", "sending", "conflict")
#: Seconds. Longer than this nobody looks at a panel, and the worker is needed elsewhere.
PATIENCE = 10


class ResPartner(models.Model):
    """Back: what SPAR says now. Nothing here is read from our own rows."""

    _inherit = "res.partner"

    def _spar_resolve(self):
        """What SPAR holds for each registrant in ``self``, asked live, in one call a connection.

        Asked once within a transaction, which is one request. The address itself is not in it.

        :return: {partner id: dict} with ``state`` (linked, unreadable, not_linked, no_id,
            no_connection, unreachable), ``spar_id``, ``method``, ``provider``, ``mask``,
            ``asked_at`` (naive UTC) and, when unreachable, ``code``
        """
        return {
            partner: {key: value for key, value in said.items() if key not in ("answer", "address")}
            for partner, said in self._spar_asked().items()
        }

    def _spar_asked(self):
        cache = self.env.cr.cache.setdefault("spar_resolve", {})
        connections = self._spar_connections()
        spar_ids = self._spar_id()
        said, ask = {}, {}
        for partner in self.ids:
            connection, spar_id = connections.get(partner), spar_ids.get(partner)
            if not connection:
                said[partner] = {"state": "no_connection", "spar_id": False}
            elif not spar_id or not is_spar_id(spar_id):
                said[partner] = {"state": "no_id", "spar_id": spar_id or False}
            elif (connection.id, spar_id) not in cache:
                ask.setdefault(connection, set()).add(spar_id)
        for connection, ids in ask.items():
            for spar_id, answer in connection._ask(ids).items():
                cache[connection.id, spar_id] = {"spar_id": spar_id, **answer}
        for partner in set(self.ids) - said.keys():
            said[partner] = cache[connections[partner].id, spar_ids[partner]]
        return said

    def spar_panel(self):
        """For the form's panel: SPAR's answer in words, masked, and what is on its way.

        :raise AccessError: the user is no viewer, or may not see the registrant
        """
        self.ensure_one()
        if not self.env.user.has_group(VIEWER):
            return {"state": "no_right"}
        self.mapped("display_name")  # Raises where the registrant is not the user's to see.
        said = self._spar_resolve()[self.id]
        if said["state"] == "no_id":
            said["explanation"] = self._spar_no_id().get(self.id, "")
        if said.get("asked_at"):
            said["asked_at"] = fields.Datetime.to_string(said["asked_at"])
        rows = self.env["spar.submission"].search(
            [("partner_id", "=", self.id), ("state", "in", OPEN)], order="id"
        )
        states = dict(rows._fields["state"]._description_selection(self.env))
        return {
            **said,
            "can_submit": self.env.user.has_group(OFFICER),
            "can_reveal": self.env.user.has_group(OFFICER) and said["state"] == "linked",
            "open": [
                {
                    "id": row.id,
                    "reference": row.reference,
                    "mask": row.account_mask or "",
                    "state": row.state,
                    "state_label": states[row.state],
                    "explanation": row.explanation or "",
                }
                for row in rows
            ],
        }

    def spar_reveal(self):
        """The whole address that SPAR holds, for an officer; the look is an event.

        :return: dict with the parts of the address
        """
        self.ensure_one()
        if not self.env.user.has_group(OFFICER):
            raise AccessError(_("Only a SPAR officer may reveal a payment address."))
        self.mapped("display_name")
        said = self._spar_asked()[self.id]
        if said["state"] != "linked":
            return {}
        self.env["spar.event"].sudo().create(
            {
                "kind": "revealed",
                "detail": said["spar_id"],
                "at": fields.Datetime.now(),
                "partner_id": self.id,
                "user_id": self.env.uid,
            }
        )
        return said["address"].as_dict()


class SparConnection(models.Model):
    _inherit = "spar.connection"

    def _ask(self, spar_ids):
        """{SPAR id: what ``_spar_asked`` says of it}, in one call. Never raises for SPAR's sake."""
        self.ensure_one()
        now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
        items = [Item(reference_id=uuid4().hex, spar_id=spar_id) for spar_id in sorted(spar_ids)]
        try:
            deadline = time.monotonic() + PATIENCE
            outcomes = self._client().resolve(items, deadline=deadline).outcomes
        except RequestError as error:
            unreachable = {"state": "unreachable", "code": error.code, "asked_at": now}
            return dict.fromkeys(spar_ids, unreachable)
        return {
            item.spar_id: {**self._worded(outcome.answer), "asked_at": now}
            for item, outcome in zip(items, outcomes, strict=True)
        }

    def _worded(self, answer):
        if answer is None:
            return {"state": "unreachable", "code": "refused"}
        if isinstance(answer, NotLinked):
            return {"state": "not_linked", "answer": answer}
        address = self._reader().interpret(answer)[2]
        if address is None:
            return {"state": "unreadable", "answer": answer}
        parts = address.as_dict()
        return {
            "state": "linked",
            "answer": answer,
            "address": address,
            "method": address.method,
            "provider": parts.get("bank_name")
            or parts.get("provider_name")
            or parts.get("bank_code")
            or parts.get("provider_code"),
            "mask": address.mask(),
        }
