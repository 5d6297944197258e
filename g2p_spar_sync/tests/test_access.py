from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import NO_ACCESS
from odoo.tests import new_test_user, tagged

from .common import DispatchCase

SECRET = ("spar.vault", "spar.key.secret", "spar.keymanager.secret", "spar.connection.secret")
#: model -> groups that may (read, write, create, unlink)
RIGHTS = {
    "spar.submission": ("viewer officer manager", "", "officer", ""),
    "spar.event": ("viewer officer manager", "", "", ""),
    "spar.channel": ("viewer officer manager", "manager", "", ""),
    "spar.connection": ("viewer officer manager", "manager", "manager", "manager"),
    "spar.key": ("manager", "", "", ""),
    "spar.strategy": ("viewer officer manager", "manager", "manager", "manager"),
    "spar.provider": ("viewer officer manager staff", "manager", "manager", "manager"),
    "spar.reconciliation": ("viewer officer manager", "", "", "manager"),
    "spar.reconciliation.line": ("viewer officer manager", "", "", "manager"),
    "spar.vault": ("", "", "", ""),
    "spar.key.secret": ("", "", "", ""),
    "spar.keymanager.secret": ("", "", "", ""),
    "spar.connection.header": ("manager", "manager", "manager", "manager"),
    "spar.connection.secret": ("", "", "", ""),
}


@tagged("post_install", "-at_install")
class TestAccess(DispatchCase):
    """Who may do what, asked of the server, as RPC asks it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.by_role = {
            "viewer": cls.viewer,
            "officer": cls.officer,
            "manager": cls.manager,
            "staff": cls.staff,
            "portal": cls.portal,
        }
        cls.admin = new_test_user(cls.env, "spar-admin", "base.group_system")

    def _may(self, user, model, operation):
        records = self.env[model].with_user(user)
        if hasattr(records, "has_access"):
            return records.has_access(operation)
        return records.check_access_rights(operation, raise_exception=False)

    def test_every_model(self):
        for model, allowed in RIGHTS.items():
            for operation, roles in zip(
                ("read", "write", "create", "unlink"), allowed, strict=True
            ):
                for role, user in self.by_role.items():
                    with self.subTest(f"{role} {operation} {model}"):
                        self.assertEqual(self._may(user, model, operation), role in roles.split())

    def test_every_model_is_in_the_table(self):
        names = self.env["ir.model"].search([("model", "=like", "spar.%")])
        stored = {
            name
            for name in names.mapped("model")
            if not self.env[name]._abstract and not self.env[name]._transient
        }
        self.assertEqual(stored, RIGHTS.keys())

    def test_the_administrator_manages_and_is_no_officer(self):
        self.assertTrue(self.admin.has_group("g2p_spar_sync.group_spar_manager"))
        self.assertFalse(self.admin.has_group("g2p_spar_sync.group_spar_officer"))
        self.assertFalse(self.manager.has_group("g2p_spar_sync.group_spar_officer"))
        for model in SECRET:
            self.assertFalse(self._may(self.admin, model, "read"))

    def _refused_for(self, roles, records, *methods):
        for method in methods:
            for role in roles:
                with self.subTest(f"{role} {method}"), self.assertRaises(AccessError):
                    getattr(records.with_user(self.by_role[role]), method)()

    def _public(self, model, prefixes):
        """Names of the methods of ours that RPC reaches."""
        return sorted(
            name
            for name in dir(type(self.env[model]))
            if name.startswith(prefixes)
            and callable(getattr(type(self.env[model]), name))
            and name not in ("action_archive", "action_unarchive")
        )

    def test_every_public_method_refuses_strangers(self):
        row = self.submit(self.registrant(), "1000000001")
        for record, prefixes in (
            (row, "action_"),
            (self.connection, "action_"),
            (row.partner_id, "spar_"),
        ):
            names = self._public(record._name, prefixes)
            self.assertGreater(len(names), 1)
            for name in names:
                for role in ("staff", "portal"):
                    with self.subTest(f"{role} {name}"):
                        try:
                            said = getattr(record.with_user(self.by_role[role]), name)()
                        except AccessError:
                            continue
                        self.assertEqual(said, {"state": "no_right"})
        self.assertEqual((row.state, self.spar.log), ("pending", []))

    def test_decisions_are_an_officers(self):
        row = self.submit(self.registrant(), "1000000001")
        self._refused_for(
            ("viewer", "manager", "staff", "portal"), row, *self._public(row._name, "action_")
        )
        self.assertEqual(row.state, "pending")

    def test_connections_are_a_managers(self):
        # A viewer may look at what was observed; one's own activities are Odoo's.
        not_ours = {"action_observed", *dir(type(self.env["mail.activity.mixin"]))}
        names = set(self._public("spar.connection", "action_")) - not_ours
        self.assertLess({"action_confirm_database", "action_registry_restored"}, names)
        self._refused_for(("viewer", "officer", "staff", "portal"), self.connection, *sorted(names))
        self.assertFalse(self.connection.key_ids)
        self.assertEqual(self.connection.state, "running")

    def test_what_buttons_ask_about_is_written_by_nobody(self):
        connection = self.connection.with_user(self.manager)
        for vals in ({"state": "running", "restored_to": 0}, {"home_database": {}}):
            with self.subTest(vals), self.assertRaises(AccessError):
                connection.write(vals)
        connection.action_pause()
        self.assertEqual(connection.state, "paused")

    def test_a_domain_asks_for_nothing_that_its_manager_may_not_read(self):
        """Who is a registrant would tell it, letter by letter."""
        for name in ("registrant_domain", "pilot_domain"):
            with self.subTest(name), self.refused(ValidationError):
                self.connection.with_user(self.manager).write(
                    {name: "[('submission_ids.address_hash', '=like', '0%')]"}
                )
            self.connection.with_user(self.manager).write({name: "[('ref', '!=', False)]"})

    def test_nor_is_such_a_field_watched(self):
        with (
            patch.object(self.env["res.partner"]._fields["function"], "groups", NO_ACCESS),
            self.refused(ValidationError),
        ):
            self.connection.with_user(self.manager).write({"watch_account": "function"})
        self.connection.with_user(self.manager).write({"watch_account": "function"})

    def test_keys_and_their_forms_are_a_managers(self):
        self.connection.with_user(self.manager).action_generate_key()
        key = self.connection.key_ids
        others = ("viewer", "officer", "staff", "portal")
        self._refused_for(others, key, *self._public("spar.key", "action_"))
        for model, vals, method in (
            ("spar.key.wizard", {"connection_id": self.connection.id}, "action_make"),
            ("spar.key.id.wizard", {"key_id": key.id}, "action_set"),
            ("spar.master.key.wizard", {}, "action_wrap_anew"),
        ):
            self._refused_for(others, self.env[model].create(vals), method)
        self.assertEqual(self.connection.key_ids, key)

    def test_differences_are_an_officers(self):
        run = self.env["spar.reconciliation"]._start(self.connection)
        run.write({"state": "done", "purpose": "spar_restored"})
        line = self.env["spar.reconciliation.line"].create(
            {
                "run_id": run.id,
                "connection_id": self.connection.id,
                "partner_id": self.registrant().id,
                "kind": "missing",
            }
        )
        others = ("viewer", "manager", "staff", "portal")
        self._refused_for(others, line, *self._public(line._name, "action_"))
        self._refused_for(others, run, "action_send_all", "action_accept_all")
        self._refused_for(("viewer", "staff", "portal"), run, "action_pause", "action_cancel")
        form = self.env["spar.ignore.wizard"].with_context(active_ids=line.ids)
        self._refused_for(others, form.create({"note": "x"}), "action_ignore")
        self.assertEqual(line.state, "open")

    def test_forms_are_their_users_own(self):
        self.connection.with_user(self.manager).action_generate_key()
        for model, vals, owner in (
            ("spar.key.id.wizard", {"key_id": self.connection.key_ids.id}, self.manager),
            ("spar.ignore.wizard", {"note": "agreed"}, self.officer),
        ):
            form = self.env[model].with_user(owner).create(vals)
            other = self._user(owner.login.rstrip("0123456789"))
            with self.subTest(model), self.assertRaises(AccessError):
                form.with_user(other).read()

    def test_a_private_key_is_nobodys(self):
        self.connection.with_user(self.manager).action_generate_key()
        key = self.connection.key_ids
        secret = self.env["spar.key.secret"].search([("key_id", "=", key.id)])
        self.assertNotIn("PRIVATE KEY", secret.wrapped)
        for user in (*self.by_role.values(), self.admin):
            for record in (secret, self.env["spar.vault"].search([], limit=1)):
                with self.subTest(f"{user.login} {record}"), self.assertRaises(AccessError):
                    record.with_user(user).read(["wrapped"])
        shown = key.with_user(self.manager).read()[0]
        self.assertIn("BEGIN CERTIFICATE", shown["certificate"])
        self.assertNotIn("PRIVATE", str(shown))
        self.assertNotIn("wrapped", shown)

    def test_the_panel(self):
        partner = self.confirmed()
        for role in ("staff", "portal"):
            self.assertEqual(
                partner.with_user(self.by_role[role]).spar_panel(), {"state": "no_right"}
            )
        said = partner.with_user(self.viewer).spar_panel()
        self.assertEqual((said["state"], said["mask"]), ("linked", "•••• 001"))
        self.assertFalse(said["can_submit"] or said["can_reveal"])
        self.assertNotIn("1000000001", str(said))
        said = partner.with_user(self.officer).spar_panel()
        self.assertTrue(said["can_submit"] and said["can_reveal"])
        self.assertNotIn("1000000001", str(said))

    def test_revealed_by_an_officer_and_written_down(self):
        partner = self.confirmed()
        self._refused_for(("viewer", "manager", "staff", "portal"), partner, "spar_reveal")
        events = self.env["spar.event"]
        about = [("kind", "=", "revealed"), ("partner_id", "=", partner.id)]
        self.assertFalse(events.search(about))
        shown = partner.with_user(self.officer).spar_reveal()
        self.assertEqual(shown["account_number"], "1000000001")
        event = events.search(about)
        self.assertEqual((event.user_id, event.detail), (self.officer, partner.ref))

    def test_record_rules_of_companies(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.connection.copy({"company_id": company.id, "sequence": 1})
        ours = self.submit(self.registrant(), "1000000001")
        partner = self.registrant(company_id=company.id)
        [theirs] = self.Submission._hand_in(
            [{"partner_id": partner.id, **self.bank_parts("1000000001")}]
        )
        both = ours | theirs
        for user in (self.officer, self.viewer, self.manager):
            with self.subTest(user.login):
                seen = self.Submission.with_user(user).search([("id", "in", both.ids)])
                self.assertEqual(seen.ids, ours.ids)
                events = self.env["spar.event"].with_user(user)
                domain = [("submission_id", "in", both.ids)]
                self.assertEqual(events.search(domain).submission_id.ids, ours.ids)
                self.assertFalse(
                    self.env["spar.connection"]
                    .with_user(user)
                    .search([("company_id", "=", company.id)])
                )
        officer = theirs.with_user(self.officer)
        for method in ("action_release", "action_cancel", "action_retry"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(officer, method)()
        for call in ("spar_panel", "spar_reveal"):
            with self.subTest(call), self.assertRaises(AccessError):
                getattr(partner.with_user(self.officer), call)()
        with self.assertRaises(AccessError):
            self.submit(partner, "1000000002")

    def test_where_a_bank_is_paid_is_a_managers(self):
        for vals in ({"spar_code": "EVIL"}, {"spar_number_form": "digits"}):
            for bank in (self.bank.with_user(self.staff), self.bank.with_user(self.staff).sudo()):
                with self.assertRaises(AccessError):
                    bank.write(vals)
            with self.assertRaises(AccessError):
                self.bank.with_user(self.staff).create({"name": "Other", **vals})
        sneaky = self.bank.with_user(self.staff).with_context(default_spar_code="EVIL")
        with self.assertRaises(AccessError):
            sneaky.create({"name": "Other"})
        plain = {"name": "Other", "spar_code": False, "spar_number_form": "any"}
        self.bank.with_user(self.staff).create(plain).write({"name": "Another"})
        self.bank.with_user(self.manager).write({"spar_code": "RIGHT"})
        self.assertEqual(self.bank.spar_code, "RIGHT")
