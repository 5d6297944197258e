from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..dispatch.claim import claim
from .common import DispatchCase

PERSON = {"name", "phone_number"}
NAME, PHONE = "Wanjiku Confidential", "+254700000815"


@tagged("post_install", "-at_install")
class TestPersonSent(DispatchCase):
    """SPAR is told id and address, and of the person only what a manager chose."""

    def _registrant(self):
        return self.registrant(name=NAME, phone=PHONE, email="private@example.org", street="Lane 1")

    def _sent(self):
        """Everything that link, update, unlink and resolve send of one registrant, by SPAR."""
        self.spar.reset()
        partner = self._registrant()
        for vals in ({}, {}, {"operation": "remove"}):
            account = "1000000002" if self.rows(partner) else "1000000001"
            self.submit(partner, account, **vals)
            self.drain()
        operations = [operation for operation, _items in self.spar.log]
        self.assertEqual(operations, ["link", "resolve", "update", "resolve", "unlink"])
        return list(zip(operations, self.spar.items, strict=True))

    def _built(self, wire_format):
        """The items of a link, as a wire format writes them for a claimed row."""
        self.connection.wire_format = wire_format
        partner = self._registrant()
        self.submit(partner, "1000000001")
        identify, _key = self.env["spar.vault"]._identifier()
        lines = claim(self.env, self.connection, identify).lines
        for line in lines:
            self.assertNotIn(NAME, repr(line))
            self.assertNotIn(PHONE, repr((line, line.item())))
        _path, body = self.connection._wire().build(
            "link",
            [line.item() for line in lines],
            sender_id="s",
            receiver_id="r",
            message_id="m",
            transaction_id="t",
            now=self.env.cr.now(),
        )
        message = body.get("message") or body["request_body"]["request_payload"]
        return message["link_request"]

    def _choose(self, **choice):
        self.connection.with_user(self.manager).write(choice)

    def test_nothing_of_the_person_by_default(self):
        self.assertFalse(self.connection.send_name or self.connection.send_phone)
        common = {"reference_id", "timestamp", "id"}
        shapes = {
            "link": common | {"fa", "additional_info"},
            "update": common | {"fa", "additional_info"},
            "unlink": common | {"fa"},
            "resolve": common | {"scope"},
        }
        for operation, item in self._sent():
            self.assertEqual(set(item), shapes[operation], operation)
            self.assertNotIn(NAME, str(item))
            self.assertNotIn(PHONE, str(item))
        for wire_format in ("g2p-connect", "request-body"):
            for item in self._built(wire_format):
                self.assertFalse(PERSON & set(item), wire_format)
                for value in (NAME, PHONE, "private@example.org", "Lane 1"):
                    self.assertNotIn(value, str(item))

    def test_what_a_manager_chose(self):
        for choice, expected in (
            ({"send_name": True}, {"name": NAME}),
            ({"send_phone": True, "send_name": False}, {"phone_number": PHONE}),
            ({"send_name": True}, {"name": NAME, "phone_number": PHONE}),
        ):
            self._choose(**choice)
            for operation, item in self._sent():
                said = {key: item[key] for key in PERSON & set(item)}
                wanted = expected if operation in ("link", "update") else {}
                self.assertEqual(said, wanted, (choice, operation))
            for wire_format in ("g2p-connect", "request-body"):
                for item in self._built(wire_format):
                    self.assertEqual({key: item[key] for key in PERSON & set(item)}, expected)
                self.connection.wire_format = "g2p-connect-1.0"

    def test_a_registrant_without_a_phone(self):
        self._choose(send_phone=True)
        self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertFalse(PERSON & set(self.spar.items[-1]))

    def test_the_choice_is_a_managers_and_leaves_an_event(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.officer).send_name = True
        self._choose(send_name=True)
        other = self.connection.with_user(self.manager).create(
            {"name": "Other", "base_url": self.spar.url, "sender_id": "x", "send_phone": True}
        )
        said = self.env["spar.event"].search(
            [("kind", "=", "configured"), ("user_id", "=", self.manager.id)]
        )
        self.assertEqual(
            set(said.mapped("detail")),
            {
                f"spar.connection {self.connection.id}: send_name",
                f"spar.connection {other.id}: send_phone",
            },
        )
