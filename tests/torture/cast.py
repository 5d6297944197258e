# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The registrants of a run in the running stack, and the names by which things are known there."""

import secrets
import string

from tests.helpers.rpc import Odoo
from tests.helpers.world import World, grant, make_user
from tests.stack.errors import StackError

from .plan import Plan, Registrant, Submission, address

#: May write contacts, and is no SPAR officer.
CLERK = "spar_torture_clerk"
_CHUNK = 200
_GLUE = "g2p_spar_sync_registry"
_GROUPS = ("g2p_registry_base.group_g2p_admin", "g2p_registry_base.group_g2p_registrar")
_HEAD = ("g2p_registry_membership", "group_membership_kind_head")


class Cast:
    """Makes the registrants of a plan.

    In a plan with households ids are those of the registry's glue (``g2p.reg.id``), else ``ref``.

    :ivar partners: {registrant: id of its contact}
    """

    def __init__(self, world: World, plan: Plan):
        self.world, self.plan = world, plan
        alphabet = string.ascii_uppercase + string.digits
        self.prefix = "TORTURE-" + "".join(secrets.choice(alphabet) for _ in range(6))
        self.partners: dict[int, int] = {}
        self.clerk = make_user(world, CLERK, "base.group_user", "base.group_partner_manager")
        self._heads = {one.number: one.head for one in plan.registrants if one.head is not None}
        self._id_type = self._make_id_type() if self._heads else 0

    def assemble(self) -> None:
        """Create them."""
        people = self.plan.registrants
        for first in range(0, len(people), _CHUNK):
            chunk = people[first : first + _CHUNK]
            ids = self.world.admin.create("res.partner", [self._vals(one) for one in chunk])
            self.partners.update(zip((one.number for one in chunk), ids, strict=True))
        if self._heads:
            self._make_households()

    def line(self, registrant: int) -> int:
        """Whose id a registrant goes by: its own, or its head's."""
        return self._heads.get(registrant, registrant)

    def ref(self, registrant: int, ref: str | None) -> str | bool:
        """An id of a registrant, whole; False for none."""
        if ref and ref.startswith("@"):
            return self.ref(int(ref[1:]), "a")
        return f"{self.prefix}-{registrant:03d}{ref}" if ref else False

    def give_id(self, client: Odoo, registrant: int, ref: str) -> None:
        """Another id, or the first one."""
        partner, value = self.partners[registrant], self.ref(registrant, ref)
        if not self._heads:
            client.write("res.partner", partner, {"ref": value})
            return
        found = client.find("g2p.reg.id", [("partner_id", "=", partner)], "id")
        if found:
            client.write("g2p.reg.id", found[0]["id"], {"value": value})
        else:
            vals = {"partner_id": partner, "id_type": self._id_type, "value": value}
            client.create("g2p.reg.id", vals)

    def spar_ids(self) -> dict[str, int]:
        """{id at SPAR: registrant}, also of ids that come later or are given up."""
        return {
            self.ref(one.number, ref): one.number
            for one in self.plan.registrants
            for ref in one.refs
            if ref and not ref.startswith("@")
        }

    def mistaken(self) -> set[int]:
        """Who carries somebody else's id for a while."""
        return {
            one.number
            for one in self.plan.registrants
            if any(ref and ref.startswith("@") for ref in one.refs)
        }

    def origin(self, submission: Submission) -> str:
        """The reference by which a retry is known."""
        return f"{self.prefix}-{submission.number}"

    def fa(self, registrant: int, serial: int) -> str:
        """The string SPAR stores for an address."""
        return address(registrant, serial).fa(self.world.names)

    def _vals(self, one: Registrant) -> dict:
        vals = {"name": f"Demo Torture {one.number}"}
        value = self.ref(one.number, one.refs[0] if one.refs else None)
        if not self._heads:
            return vals | {"ref": value}
        if value:
            vals["reg_ids"] = [(0, 0, {"id_type": self._id_type, "value": value})]
        return vals | {"is_registrant": True, "is_group": one.head is not None}

    def _make_id_type(self) -> int:
        """The connection keys on this type of id from now on."""
        admin = self.world.admin
        domain = [("name", "=", _GLUE), ("state", "=", "installed")]
        if not admin.find("ir.module.module", domain, "id"):
            raise StackError(f"Odoo has no {_GLUE}.", "Install it, or leave out --households.")
        grant(admin, admin.uid, *_GROUPS)
        id_type = admin.create("g2p.id.type", {"name": f"Demo id {self.prefix}"})
        self.world.configure(id_type_id=id_type, household_id="head")
        return id_type

    def _make_households(self) -> None:
        admin = self.world.admin
        domain = [("module", "=", _HEAD[0]), ("name", "=", _HEAD[1])]
        kind = admin.find("ir.model.data", domain, "res_id")[0]["res_id"]
        vals = [
            {
                "group": self.partners[household],
                "individual": self.partners[head],
                "kind": [(6, 0, [kind])],
            }
            for household, head in self._heads.items()
        ]
        admin.create("g2p.group.membership", vals)
