import jq

from odoo.tests import BaseCase, tagged

from ..models.mapping import KEY, around

GIVEN = {
    "__id": "uuid:1",
    "__system": {"submissionDate": "2026-03-01T10:00:00Z", "submitterId": "17"},
    "name": "N",
    "members": [{"account": "1"}, {"account": "2"}],
}


@tagged("post_install", "-at_install")
class TestMapping(BaseCase):
    """The mapping gives what it gave, and one key beside it."""

    def _both(self, mapping, given=None):
        given = GIVEN if given is None else given
        wrapped = jq.first(around(mapping), given)
        about = wrapped.pop(KEY, None)
        self.assertEqual(wrapped, jq.first(mapping, given))
        return about

    def test_the_mapping_itself_is_unchanged(self):
        for mapping in (
            "{name: .name}",
            "def f: .name; {name: f}",
            "{name: .name} # a comment at the end",
            ". as $spar_given | {name: $spar_given.name}",
            "{a: 1}, {a: 2}",
            ".",
        ):
            with self.subTest(mapping):
                self.assertEqual(self._both(mapping)["instance"], "uuid:1")

    def test_forms_that_lack_everything(self):
        for given in ({}, {"__system": None, "meta": "x"}, {"__system": [], "meta": None}):
            with self.subTest(given):
                about = self._both("{name: .name}", given)
                self.assertIsNone(about["instance"])
                self.assertIsNone(about["collected_at"])

    def test_instance_of_an_older_central(self):
        about = self._both("{}", {"meta": {"instanceID": "uuid:2"}})
        self.assertEqual(about["instance"], "uuid:2")

    def test_members_by_position(self):
        about = self._both(
            "{group_membership_ids: [.members[] | {payment_account: .account, b: 1}]}"
        )
        self.assertEqual(about["members"], [{"payment_account": "1"}, {"payment_account": "2"}])

    def test_what_is_no_mapping_stays_what_it_is(self):
        self.assertEqual(around("{name: "), "{name: ")
        self.assertEqual(jq.first(around(".name"), GIVEN), "N")
