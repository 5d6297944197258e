from uuid import uuid4

from odoo.addons.g2p_spar_sync.tests.common import DispatchCase


class RegistryCase(DispatchCase):
    """Registrants and households that go by an id of a type of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.id_type = cls.env["g2p.id.type"].create({"name": f"National id {uuid4().hex[:6]}"})
        cls.other_type = cls.env["g2p.id.type"].create({"name": f"Other id {uuid4().hex[:6]}"})
        cls.head_kind = cls.env.ref("g2p_registry_membership.group_membership_kind_head")
        cls.connection.write(
            {"registrant_domain": "[('is_registrant', '=', True)]", "id_type_id": cls.id_type.id}
        )

    @classmethod
    def individual(cls, value=None, **vals):
        """A person with an id of the type, or with none."""
        return cls._registrant(value, is_group=False, **vals)

    @classmethod
    def household(cls, head=None, value=None, **vals):
        household = cls._registrant(value, is_group=True, **vals)
        if head:
            cls.join(household, head, head=True)
        return household

    @classmethod
    def join(cls, household, member, head=False):
        kind = [(4, cls.head_kind.id)] if head else []
        return cls.env["g2p.group.membership"].create(
            {"group": household.id, "individual": member.id, "kind": kind}
        )

    @classmethod
    def _registrant(cls, value, **vals):
        partner = cls.env["res.partner"].create(
            {"name": f"R {uuid4().hex}", "is_registrant": True, **vals}
        )
        if value:
            cls.give_id(partner, value)
        return partner

    @classmethod
    def give_id(cls, partner, value, id_type=None, **vals):
        return cls.env["g2p.reg.id"].create(
            {
                "partner_id": partner.id,
                "id_type": (id_type or cls.id_type).id,
                "value": value,
                **vals,
            }
        )

    def carried(self, partner, account, **vals):
        """A row of this account, after a worker's turn."""
        row = self.submit(partner, account, **vals)
        self.drain()
        return row
