# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The registrants of a run in the running stack, and the names by which things are known there."""

import secrets
import string

from tests.helpers.world import World, make_user

from .plan import Plan, Submission, address

#: May write contacts, and is no SPAR officer.
CLERK = "spar_torture_clerk"
_CHUNK = 200


class Cast:
    """Makes the registrants of a plan.

    :ivar partners: {registrant: id of its contact}
    """

    def __init__(self, world: World, plan: Plan):
        self.world, self.plan = world, plan
        alphabet = string.ascii_uppercase + string.digits
        self.prefix = "TORTURE-" + "".join(secrets.choice(alphabet) for _ in range(6))
        self.partners: dict[int, int] = {}
        self.clerk = make_user(world, CLERK, "base.group_user", "base.group_partner_manager")

    def assemble(self) -> None:
        """Create them."""
        people = self.plan.registrants
        for first in range(0, len(people), _CHUNK):
            chunk = people[first : first + _CHUNK]
            vals = [
                {"name": f"Demo Torture {one.number}", "ref": self.ref(one.number, one.refs[0])}
                for one in chunk
            ]
            ids = self.world.admin.create("res.partner", vals)
            self.partners.update(zip((one.number for one in chunk), ids, strict=True))

    def ref(self, registrant: int, ref: str | None) -> str | bool:
        """An id of a registrant, whole; False for none."""
        return f"{self.prefix}-{registrant:03d}{ref}" if ref else False

    def spar_ids(self) -> dict[str, int]:
        """{id at SPAR: registrant}, also of ids that come later or are given up."""
        return {
            self.ref(one.number, ref): one.number
            for one in self.plan.registrants
            for ref in one.refs
            if ref
        }

    def origin(self, submission: Submission) -> str:
        """The reference by which a retry is known."""
        return f"{self.prefix}-{submission.number}"

    def fa(self, registrant: int, serial: int) -> str:
        """The string SPAR stores for an address."""
        return address(registrant, serial).fa(self.world.names)
