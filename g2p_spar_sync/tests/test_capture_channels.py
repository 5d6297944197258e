from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.channel_marks import API, CONTEXT_KEY, MARKS, ODK
from .common import SparCase


@tagged("post_install", "-at_install")
class TestCaptureChannels(SparCase):
    """Who handed it in, and that nobody can claim to be somebody else."""

    def _channel_of(self, env_partner, **parts):
        env_partner.write(parts or self.bank_parts("1000000001"))
        self.next_transaction()
        row = self.rows(env_partner)[-1:]
        return row.channel, row.state, row.hold_reason

    def test_officer_is_backend_and_everybody_else_unknown(self):
        held = ("unknown", "held", "unknown_channel")
        for user, expected in {
            self.officer: ("backend", "pending", False),
            self.manager: held,
            self.viewer: held,
            self.staff: held,
        }.items():
            with self.subTest(user.login):
                partner = self.registrant().with_user(user)
                self.assertEqual(self._channel_of(partner), expected)

    def test_superuser_mode_proves_nothing(self):
        for user in (self.portal, self.env.ref("base.public_user"), self.staff):
            with self.subTest(user.login):
                partner = self.registrant().with_user(user).sudo()
                self.assertEqual(self._channel_of(partner)[0], "unknown")
        partner = self.registrant().with_user(self.officer).sudo()
        self.assertEqual(self._channel_of(partner)[0], "backend")

    def test_glue_names_the_channel_by_a_mark(self):
        for mark in MARKS:
            with self.subTest(mark):
                partner = (
                    self.registrant().with_user(self.staff).with_context(**{CONTEXT_KEY: mark})
                )
                self.assertEqual(self._channel_of(partner)[0], str(mark))

    def test_a_forged_mark_is_ignored(self):
        for forged in ("backend", "odk", "".join(["o", "dk"]), ["odk"], {"odk": 1}, 1, True):
            with self.subTest(forged=forged):
                context = {CONTEXT_KEY: forged}
                partner = self.registrant().with_user(self.staff).with_context(**context)
                self.assertEqual(self._channel_of(partner)[0], "unknown")

    def test_the_mark_survives_a_returned_context(self):
        """A method that hands its context back over RPC must still be able to."""
        self.assertEqual(f"{ODK}", "odk")
        self.assertIsInstance(ODK, str)

    def _load(self, user, **context):
        name = self.registrant().ref
        partners = self.env["res.partner"].with_user(user).with_context(**context)
        result = partners.load(
            ["name", "payment_method", "payment_provider", "payment_account"],
            [[name, "bank_account", self.bank.spar_code, "1000000001"]],
        )
        self.assertFalse(result["messages"])
        return self.rows(self.env["res.partner"].browse(result["ids"]))

    def test_an_officers_file_is_an_import(self):
        row = self._load(self.officer)
        self.assertEqual((row.channel, row.state), ("import", "pending"))

    def test_anybody_elses_file_is_unknown(self):
        row = self._load(self.staff)
        self.assertEqual((row.channel, row.state), ("unknown", "held"))

    def test_a_marked_file_keeps_its_channel(self):
        self.assertEqual(self._load(self.officer, **{CONTEXT_KEY: ODK}).channel, "odk")

    def test_nested_submissions(self):
        inputs = {**self.bank_parts("1000000001"), "actor": "enumerator 7", "origin_ref": "uuid:1"}
        partner = (
            self.env["res.partner"]
            .with_user(self.officer)
            .create({"name": "nested", "submission_ids": [(0, 0, inputs)]})
        )
        row = self.rows(partner)
        self.assertEqual((row.way, row.state, row.channel), ("row", "pending", "backend"))
        self.assertEqual((row.actor, row.origin_ref), ("enumerator 7", "uuid:1"))

    def test_nested_submissions_under_sudo_are_unmarked(self):
        partner = self.registrant().with_user(self.portal).sudo()
        partner.write({"submission_ids": [(0, 0, self.bank_parts("1000000001"))]})
        self.assertEqual(self.rows(partner).hold_reason, "unknown_channel")

    def test_only_inputs_are_taken(self):
        partner = self.registrant()
        for key, value in {
            "state": "done",
            "channel": "odk",
            "confirmed": True,
            "address_hash": "x",
            "spar_id": "someone",
            "submitted_by": self.viewer.id,
            "released_by": self.viewer.id,
            "shown_hash": "",
            "decided": True,
            "hold_reason": False,
            "way": "wizard",
            "bank": self.bank.id,
        }.items():
            with self.subTest(key), self.assertRaisesRegex(UserError, key):
                self.submit(partner, "1000000001", **{key: value})
        self.assertFalse(self.rows(partner))

    def test_defaults_in_the_context_are_ignored(self):
        forged = {
            "default_state": "done",
            "default_channel": "odk",
            "default_confirmed": True,
            "default_released_by": self.viewer.id,
            "default_submitted_by": self.viewer.id,
            "default_decided": True,
            "default_shown_hash": "x",
            "default_spar_id": "someone",
        }
        user_env = self.env(user=self.officer, context=forged)
        partner = self.registrant()
        parts = self.bank_parts("1000000001")
        user_env["spar.submission"].create({"partner_id": partner.id, **parts})
        self.next_transaction()
        partner.with_env(user_env).write(parts)
        self.next_transaction()
        partner.with_env(user_env).write({"submission_ids": [(0, 0, parts)]})
        other = self.registrant()
        user_env["res.partner.bank"].create(
            {"partner_id": other.id, "acc_number": "1000000001", "bank_id": self.bank.id}
        )
        rows = self.rows(partner | other)
        self.assertEqual(len(rows), 4)
        for row in rows:
            self.assertEqual((row.state, row.channel), ("pending", "backend"))
            self.assertEqual(row.submitted_by, self.officer)
            self.assertFalse(row.confirmed or row.released_by or row.decided or row.spar_id)
            self.assertFalse(row.shown_hash)

    def test_only_an_officer_writes_rows(self):
        partner = self.registrant()
        for user in (self.viewer, self.manager, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.submit(partner, "1000000001", user=user)
        for user in (self.staff, self.manager, self.viewer):
            with self.subTest(user.login), self.assertRaises(AccessError):
                partner.with_user(user).write(
                    {"submission_ids": [(0, 0, self.bank_parts("1000000001"))]}
                )
        self.assertFalse(self.rows(partner))

    def test_the_same_origin_twice_is_one_submission(self):
        """A retry of an import must neither submit twice nor fail as a whole."""
        submissions = self.Submission.sudo().with_context(**{CONTEXT_KEY: API})
        vals = {"partner_id": self.registrant().id, "origin_ref": "request-1"}
        for account in ("1000000001", "1000000001"):
            submissions.create({**vals, **self.bank_parts(account)})
        self.assertEqual(self.Submission.search_count([("origin_ref", "=", "request-1")]), 1)

    def test_something_else_under_the_same_origin_is_held(self):
        submissions = self.Submission.sudo().with_context(**{CONTEXT_KEY: API})
        first, second = self.registrant(), self.registrant()
        inputs = [
            {"partner_id": partner.id, "origin_ref": "request-2", **self.bank_parts(account)}
            for partner, account in (
                (first, "1000000001"),
                (first, "1000000002"),
                (second, "1000000001"),
            )
        ]
        for _again in range(2):
            for vals in inputs:
                submissions.create(vals)
        rows = self.rows(first | second)
        self.assertEqual(rows.mapped("state"), ["pending", "held", "held"])
        self.assertEqual(set(rows[1:].mapped("hold_reason")), {"origin_reused"})
        self.assertIn("request-2", rows[1].explanation)
        rows[1].with_user(self.officer).action_release()
        self.assertEqual(rows[1].state, "pending")

    def test_files_of_accounts_and_of_submissions_are_imports(self):
        partner = self.registrant()
        result = (
            self.env["res.partner.bank"]
            .with_user(self.officer)
            .load(
                ["acc_number", "partner_id/.id", "bank_id/.id"],
                [["1000000001", str(partner.id), str(self.bank.id)]],
            )
        )
        self.assertFalse(result["messages"])
        result = self.Submission.with_user(self.officer).load(
            ["partner_id/.id", "payment_method", "payment_provider", "payment_account"],
            [[str(partner.id), "bank_account", self.bank.spar_code, "1000000002"]],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.rows(partner).mapped("channel"), ["import", "import"])
