from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job

from ..models.spar_in_parts import PART
from . import hostile_spar as hostile
from .observe import FOREIGN, ObserveCase


@tagged("post_install", "-at_install")
class TestAdopt(ObserveCase):
    """What SPAR holds already is confirmed, without a request that changes anything."""

    def _same(self, account="1000000001", **vals):
        partner = self.registrant(**vals)
        self.held_at_spar(partner, account)
        return self.submit(partner, account)

    def test_adopted(self):
        rows = self._same() | self._same()
        self.observe(*rows)
        rows.with_user(self.second_officer).action_adopt()
        self.assertEqual(set(rows.mapped("state")), {"pending"})
        self.observe()
        for row in rows:
            self.assertEqual((row.state, row.outcome, row.confirmed), ("done", "nothing", True))
            self.assertEqual(row.adopted_by, self.second_officer)
            decided = row.event_ids.filtered(lambda event: event.kind == "decided")
            self.assertEqual((decided.detail, decided.user_id), ("adopt", self.second_officer))
            self.assertFalse(row.sent_at)

    def test_a_change_after_it_is_known_as_a_change(self):
        row = self._same()
        change = self.submit(row.partner_id, "1000000002")
        self.assertEqual(self.observe(row, change), ["same", "behind"])
        row.with_user(self.second_officer).action_adopt()
        self.assertEqual(self.observe(change), ["update"])
        self.go_live()
        self.assertEqual((change.state, change.outcome), ("done", "update"))

    def test_nothing_stale_is_adopted(self):
        row, gone = self._same(), self._same()
        self.observe(row, gone)
        (row | gone).with_user(self.second_officer).action_adopt()
        self.spar.table[row.partner_id.ref] = FOREIGN
        del self.spar.table[gone.partner_id.ref]
        self.assertEqual(self.observe(row, gone), ["differs", "link"])
        self.assertFalse(any(r.confirmed or r.adopted_by for r in (row, gone)))
        self.held_at_spar(row.partner_id, "1000000001")
        self.connection.action_observe_again()
        self.assertEqual(self.observe(row), ["same"], "the adoption was of another time")

    def test_an_outage_is_waited_for(self):
        row = self._same()
        self.observe(row)
        row.with_user(self.second_officer).action_adopt()
        self.spar.always["resolve"] = hostile.unavailable
        self.drain()
        self.assertEqual(row.state, "pending")
        self.spar.always.clear()
        self.later(600)
        self.drain()
        self.assertEqual(row.state, "done")

    def test_an_id_that_is_anothers_by_now_is_not_adopted(self):
        row, thief = self._same(), self._same()
        self.observe(row, thief)
        thief.partner_id.ref = row.partner_id.ref
        self.observe()
        self.assertEqual((thief.state, thief.hold_reason), ("held", "duplicate_id"))

    def test_who_may(self):
        own, others = self._same(), self._same()
        self.observe(own, others)
        for user in (self.viewer, self.manager, self.staff):
            with self.refused(AccessError):
                own.with_user(user).action_adopt()
        with self.refused(UserError):
            (own | others).with_user(self.officer).action_adopt()
        with self.refused(UserError):
            own.with_user(self.officer).sudo().action_adopt()
        self.assertFalse((own | others).adopted_by)
        self.env.ref("g2p_spar_sync.channel_backend").second_person = False
        own.with_user(self.officer).action_adopt()
        self.assertEqual(own.adopted_by, self.officer)

    def test_only_what_is_the_same(self):
        row = self.submit(self.registrant(), "1000000001")
        for _ in range(2):
            with self.refused(UserError):
                row.with_user(self.second_officer).action_adopt()
            self.observe(row)


@tagged("post_install", "-at_install")
class TestObservedDecisions(ObserveCase):
    """Conflicts to be are decided on before going live, one by one or thousands at once."""

    def _differs(self, number=1):
        rows = self.Submission
        for _ in range(number):
            partner = self.registrant()
            self.spar.table[partner.ref] = FOREIGN
            rows |= self.submit(partner, "1000000001")
        self.assertEqual(set(self.observe(*rows)), {"differs"})
        return rows.with_user(self.second_officer)

    def test_send_ours(self):
        row = self._differs()
        with self.refused(UserError):
            row.with_user(self.officer).action_send_ours()
        row.action_send_ours()
        self.assertEqual(self.observe(row), ["update"])
        self.assertEqual(row.observed_reason, "decided")
        self.go_live()
        self.assertEqual((row.state, row.outcome), ("done", "update"))

    def test_ours_is_sent_over_what_was_seen_only(self):
        row = self._differs()
        row.action_send_ours()
        self.spar.table[row.partner_id.ref] = FOREIGN.replace("9999999999", "8888888888")
        self.assertEqual(self.observe(row), ["differs"])
        self.assertEqual(row.observed_reason, "changed_since_shown")

    def test_keep_spars(self):
        row = self._differs()
        row.action_keep_spars()
        accepted = self.rows(row.partner_id)[-1]
        self.assertEqual((row.state, accepted.state), ("cancelled", "done"))
        self.assertTrue(accepted.confirmed)
        self.observe()
        self.go_live()
        self.assertEqual(self.spar.table[row.partner_id.ref], FOREIGN)

    def test_what_was_not_seen_is_not_kept(self):
        row = self._differs()
        self.spar.table[row.partner_id.ref] = FOREIGN.replace("9999999999", "8888888888")
        row.action_keep_spars()
        self.assertEqual((row.state, len(self.rows(row.partner_id))), ("pending", 1))
        self.assertEqual(self.observe(row), ["differs"])
        row.action_keep_spars()
        self.assertEqual(row.state, "cancelled")

    def test_a_newer_one_is_not_dropped_with_it(self):
        row = self._differs()
        newer = self.submit(row.partner_id, "1000000002")
        with self.assertRaisesRegex(UserError, row.reference):
            row.action_keep_spars()
        self.assertEqual(self.observe(row, newer), ["differs", "differs"])
        newer.with_user(self.second_officer).action_keep_spars()
        self.observe()
        self.assertEqual((row.state, newer.state), ("superseded", "cancelled"))

    def test_many_at_once_go_in_parts_each_in_a_job(self):
        rows = self._differs(PART + 2)
        self.connection.batch_size = 30
        for action in ("action_send_ours", "action_keep_spars"):
            with self.refused(UserError):
                getattr(rows.with_user(self.officer), action)()
        before = self.env["queue.job"].search([])
        rows.action_keep_spars()
        jobs = self.env["queue.job"].search([], order="id") - before
        jobs = jobs.filtered(lambda job: job.model_name == "spar.submission")
        self.assertEqual(jobs.user_id, self.second_officer)
        self.assertEqual([len(job.records) for job in jobs], [PART, 2])
        self.spar.log.clear()
        jobs = [Job.load(self.env, job.uuid) for job in jobs]
        self.spar.table[rows[0].partner_id.ref] = FOREIGN.replace("9999999999", "8888888888")
        rows[1].with_user(self.officer).action_cancel()
        jobs[0].perform()
        self.assertLessEqual(max(len(items) for _operation, items in self.spar.log), 30)
        states = rows[:PART].mapped("state")
        self.assertEqual(states, ["pending"] + ["cancelled"] * (PART - 1))
        self.assertEqual(
            self.events(rows[1].with_env(self.env))[-1],
            ("delayed", "not_decided: action_keep_spars"),
        )
        self.spar.always["resolve"] = hostile.fail
        with self.refused(RetryableJobError):
            jobs[1].perform()
        self.spar.always.clear()
        jobs[1].perform()
        self.assertEqual(rows[PART:].mapped("state"), ["cancelled"] * 2)
        self.assertFalse(self.spar.writes())

    def test_a_job_decides_on_nothing_that_was_found_otherwise_since(self):
        rows = self._differs(PART + 1)
        rows.action_send_ours()
        jobs = self.env["queue.job"].search(
            [("model_name", "=", "spar.submission")], order="id desc", limit=2
        )
        changed = rows[0].with_env(self.env)
        self.spar.table[changed.partner_id.ref] = FOREIGN.replace("9999999999", "8888888888")
        changed.with_user(self.officer).action_retry()
        self.drain()
        self.assertEqual(changed.observed, "differs")
        for job in jobs:
            Job.load(self.env, job.uuid).perform()
        self.assertEqual(rows.mapped("decided"), [False] + [True] * PART)
        self.assertEqual(self.events(changed)[-1], ("delayed", "not_decided: action_send_ours"))
