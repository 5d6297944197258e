from functools import cache

from odoo import _, fields, models

from ..spar import (
    WIRE_FORMATS,
    Diagnosis,
    RequestError,
    RouteUnusable,
    RsaSigner,
    WrongDatabase,
    generate_key,
)


class SparConnectionTest(models.TransientModel):
    """What came of Test connection: a line for each step of the way to SPAR."""

    _name = "spar.connection.test"
    _description = "SPAR connection test"

    connection_id = fields.Many2one("spar.connection", required=True, ondelete="cascade")
    passed = fields.Boolean()
    summary = fields.Char()
    line_ids = fields.One2many("spar.connection.test.line", "test_id")


class SparConnectionTestLine(models.TransientModel):
    _name = "spar.connection.test.line"
    _description = "SPAR connection test step"

    test_id = fields.Many2one("spar.connection.test", required=True, ondelete="cascade")
    step = fields.Char()
    state = fields.Selection(
        [
            ("ok", "ok"),
            ("warning", "look at it"),
            ("failed", "failed"),
            ("not_reached", "not reached"),
        ]
    )
    text = fields.Char(string="What it says")


class SparConnection(models.Model):
    _inherit = "spar.connection"

    def action_test_connection(self):
        """Walk to SPAR step by step, asking about an id that cannot exist, and show each step.

        ``params`` of the action say the outcome to who calls it by RPC.
        """
        self.ensure_one()
        connection = self._as_manager()
        try:
            own = connection._client_or_error()
            route = connection._route()
        except (WrongDatabase, RouteUnusable) as error:
            return self._say(connection._trouble(error), "danger")
        findings = Diagnosis(
            base_url=connection.base_url,
            route=route,
            wire=connection._wire(),
            own=own,
            stranger=connection._stranger(),
            formats=WIRE_FORMATS.values(),
            connect=connection.connect_seconds,
        ).run()
        if not isinstance(own, RequestError):
            if not any(finding.state == "failed" for finding in findings):
                connection._go_on()
                connection._follow(own)
                self.env["spar.dispatcher"]._wake()
            own.close()
        return connection.with_env(self.env)._show_test(findings)

    def _client_or_error(self):
        """The client, or the error for which there is none: the way is walked all the same."""
        try:
            return self._client()
        except (WrongDatabase, RouteUnusable):
            raise
        except RequestError as error:
            return error

    def _stranger(self):
        """(wire format) -> a client that signs by a key made for this one test."""
        key = cache(generate_key)

        def speak(wire):
            signer = RsaSigner(key(), canonical=wire.canonical) if wire.signed else None
            return self._client_signing(wire, signer)

        return speak

    def _show_test(self, findings):
        lines = [
            {
                "step": self._step_name(finding.step),
                "state": finding.state,
                "text": self._finding_words(finding),
            }
            for finding in findings
        ]
        failed = [line for line in lines if line["state"] == "failed"]
        warnings = [line for line in lines if line["state"] == "warning"]
        if failed:
            summary = failed[0]["text"]
        elif warnings:
            summary = _("SPAR answers. Look at this, though: %s", warnings[0]["text"])
        else:
            summary = _("SPAR answers: the whole way there is right.")
        test = (
            self.env["spar.connection.test"]
            .sudo()
            .create(
                {
                    "connection_id": self.id,
                    "passed": not failed,
                    "summary": summary,
                    "line_ids": [(0, 0, line) for line in lines],
                }
            )
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Test of %s", self.name),
            "res_model": test._name,
            "res_id": test.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "params": {"type": "danger" if failed else "success", "message": summary},
        }
