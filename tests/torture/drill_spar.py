# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A restore drill: SPAR's table is put back to what it held some time ago, as from a backup."""

from collections.abc import Callable

from tests.helpers import readme
from tests.helpers.arrivals import wait_until
from tests.helpers.world import World

from .cast import Cast

_PATIENCE = 600


class SparDrill:
    """``remember``, and later ``restore``; then the registry brings SPAR up to date.

    :ivar lost: how many ids SPAR holds otherwise, after it was restored
    """

    def __init__(self, cast: Cast):
        self._cast, self._world = cast, cast.world
        self._then: dict[str, str] = {}
        self.lost = 0

    def remember(self) -> None:
        """The backup: what SPAR holds now."""
        self._then = self._world.spar.mapping(self._cast.spar_ids())

    def restore(self, until_quiet: Callable[[], None]) -> None:
        """Put the backup back, and do what the README says: send again everything that differs."""
        self._put_back()
        name = self._world.state("name")["name"]
        readme.run(readme.SPAR_RESTORED, self._world.endpoints["odoo_db"], name)
        run = await_run(self._world, "spar_restored")
        decide(self._world, "action_send_all", run)
        until_quiet()

    def _put_back(self) -> None:
        now = self._world.spar.mapping(self._cast.spar_ids())
        # What was unlinked since is left out: the strategy of its row is gone with it.
        differing = [spar_id for spar_id in now if self._then.get(spar_id) != now[spar_id]]
        self.lost = len(differing)
        for spar_id in differing:
            if spar_id in self._then:
                statement = "UPDATE id_fa_mappings SET fa_value = %s WHERE id_value = %s"
                self._world.spar.run(statement, self._then[spar_id], spar_id)
            else:
                self._world.spar.run("DELETE FROM id_fa_mappings WHERE id_value = %s", spar_id)


def await_run(world: World, purpose: str, after: int = 0) -> int:
    """The id of the newest comparison for that purpose, behind ``after``, when it is done."""

    def newest() -> int | None:
        return world.ledger.value(
            "SELECT id FROM (SELECT id, state FROM spar_reconciliation WHERE purpose = %s "
            "AND id > %s ORDER BY id DESC LIMIT 1) AS newest WHERE state = 'done'",
            purpose,
            after,
        )

    return wait_until(newest, f"The comparison ({purpose}) did not end", _PATIENCE)


def decide(world: World, action: str, run: int) -> None:
    """Two officers decide on all differences of a comparison: one proposes, the second decides.

    Nothing is done where nothing is left to decide on.
    """
    may = action.replace("action_", "may_").removesuffix("_all")
    if not world.admin.read("spar.reconciliation", run, may)[may]:
        return
    for officer in (world.admin, world.officer):
        officer.call("spar.reconciliation", action, [run])
    purpose = world.admin.read("spar.reconciliation", run, "purpose")["purpose"]
    await_run(world, purpose)
