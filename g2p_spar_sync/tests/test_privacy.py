import json
import logging

from odoo.exceptions import UserError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .common import DispatchCase

NAME = "Wanjiku Confidential"
VALUES = {
    "account": "4711000815",
    "changed": "4711000816",
    "foreign": "5500990011",
    "phone": "0712340815",
    "mail": "wanjiku.private@example.org",
    "malformed": "47-N/A-secret",
}


@tagged("post_install", "-at_install")
class TestPrivacy(DispatchCase):
    """Whatever happens, no log line, job, event or error carries an address or a name."""

    def _walk(self):
        """Every kind of outcome once. Texts of the errors that people saw on the way."""
        partners = self.env["res.partner"]
        texts = []
        for parts in (
            self.bank_parts(VALUES["account"]),
            self.bank_parts(VALUES["malformed"]),
            self.wallet_parts(VALUES["phone"]),
            self.email_parts(VALUES["mail"]),
        ):
            partner = self.registrant(name=NAME)
            partner.with_user(self.officer).write(parts)
            partners |= partner
        self.next_transaction()
        self.drain()
        for behaviour in (
            hostile.fail,
            hostile.html,
            hostile.truncated,
            hostile.cut,
            hostile.error_in_200,
            hostile.unavailable,
        ):
            partner = self.registrant(name=NAME)
            self.submit(partner, VALUES["account"])
            self.spar.next(behaviour, "link")
            self.drain()
            self.later(120)
            self.drain()
            partners |= partner
        partner = partners[0]
        self.spar.table[partner.ref] = self.spar.table[partner.ref].replace(
            VALUES["account"], VALUES["foreign"]
        )
        self.submit(partner, VALUES["changed"])
        self.drain()
        for row in self.rows(partners).with_user(self.officer):
            for method in ("action_release", "action_send_ours"):
                try:
                    getattr(row, method)()
                except UserError as error:
                    texts.append(str(error))
        self.drain()
        self.connection.with_user(self.manager).action_test_connection()
        partner.with_user(self.officer).spar_panel()
        partner.with_user(self.officer).spar_reveal()
        self.assertGreater(len(set(self.rows(partners).mapped("state"))), 2)
        self.rows_made = self.rows(partners)
        return texts

    def _stored(self, table, records):
        self.env.flush_all()
        self.env.cr.execute(
            f"SELECT to_jsonb(t) FROM {table} t WHERE id IN %s", (tuple(records.ids),)
        )
        return json.dumps(self.env.cr.fetchall(), ensure_ascii=False)

    def _assert_silent(self, text):
        for label, value in {**VALUES, "name": NAME, "e164": "+254712340815"}.items():
            self.assertNotIn(value, text, label)
        self.assertNotIn(VALUES["phone"].removeprefix("0"), text)

    def test_nothing_personal_is_left_behind(self):
        jobs = self.env["queue.job"]
        before = jobs.search([])
        with self.assertLogs("odoo.addons.g2p_spar_sync", logging.DEBUG) as logged:
            texts = self._walk()
        self.assertTrue(any("carried" in line for line in logged.output))
        self._assert_silent("\n".join(logged.output))
        self._assert_silent("\n".join(texts))
        made = jobs.search([]) - before
        self.assertTrue(made)
        self._assert_silent(self._stored("queue_job", made))
        self._assert_silent(self._stored("spar_event", self.rows_made.event_ids))
        self._assert_silent(json.dumps(self.rows_made.mapped("explanation")))
        self._assert_silent(self._stored("spar_submission", self.rows_made))
        self._assert_silent(self._stored("spar_connection", self.connection))

    def test_nor_in_other_loggers(self):
        """urllib3, requests and Odoo's own, at the level that a registry runs with."""
        root = logging.getLogger()
        with self.assertLogs(root, logging.INFO) as logged:
            self._walk()
        self._assert_silent("\n".join(logged.output))

    def test_no_message_on_the_registrant(self):
        partner = self.registrant(name=NAME)
        before = partner.message_ids
        self.submit(partner, VALUES["account"])
        self.drain()
        self._assert_silent(json.dumps((partner.message_ids - before).mapped("body")))
