# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A restore drill: SPAR's table is put back to what it held some time ago, as from a backup."""

from collections.abc import Callable

from tests.helpers.arrivals import wait_until

from .cast import Cast

_PATIENCE = 600


class Drill:
    """``remember``, and later ``restore``; then the registry brings SPAR up to date.

    :ivar lost: how many ids SPAR holds otherwise, after it was restored
    """

    def __init__(self, cast: Cast):
        self._cast, self._world = cast, cast.world
        self._then: dict[str, str] | None = None
        self.lost = 0

    def remember(self) -> None:
        """The backup: what SPAR holds now."""
        self._then = self._world.spar.mapping(self._cast.spar_ids())

    def restore(self, until_quiet: Callable[[], None]) -> None:
        """Put the backup back, and have an officer send everything again that differs."""
        then = self._then or {}
        now = self._world.spar.mapping(self._cast.spar_ids())
        # What was unlinked since is left out: the strategy of its row is gone with it.
        differing = [spar_id for spar_id in now if then.get(spar_id) != now[spar_id]]
        self.lost = len(differing)
        for spar_id in differing:
            if spar_id in then:
                statement = "UPDATE id_fa_mappings SET fa_value = %s WHERE id_value = %s"
                self._world.spar.run(statement, then[spar_id], spar_id)
            else:
                self._world.spar.run("DELETE FROM id_fa_mappings WHERE id_value = %s", spar_id)
        world = self._world
        world.admin.call("spar.connection", "action_spar_restored", [world.connection])
        self._await_run()
        [run] = self._runs()
        for officer in (world.admin, world.officer):  # one proposes, the second decides
            officer.call("spar.reconciliation", "action_send_all", [run["id"]])
        self._await_run()
        until_quiet()

    def _runs(self) -> list[dict]:
        domain = [("purpose", "=", "spar_restored")]
        return self._world.admin.find(
            "spar.reconciliation", domain, "state", limit=1, order="id desc"
        )

    def _await_run(self) -> None:
        wait_until(
            lambda: self._runs()[0]["state"] == "done",
            "The comparison with the restored SPAR did not end",
            _PATIENCE,
        )
