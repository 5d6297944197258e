# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A restore drill: the registry's database is put back to what it was some time ago."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from tests.helpers import copies, faults, readme
from tests.stack import control

from .breaker import resume
from .desk import Desk
from .drill_spar import await_run, decide
from .gather import gather, rows
from .judge import OPEN
from .judge_restored import Restored
from .later import newer, removals
from .plan import Step, Submission
from .wire import Wire

BACKUP = "registry_backup"
#: What becomes of registrants in the time that is lost, in shares. The rest stay as they are.
CHANGED, HELD, REMOVED = 0.45, 0.1, 0.15
_WAITS = ("held", "conflict", "rejected")


@dataclass
class RegistryDrill:
    """``remember``, later ``lose``, then ``restore``: what the README says, with two officers.

    :ivar numbers: what happened, for the report
    """

    desk: Desk
    wire: Wire
    until_quiet: Callable[[], None]
    numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        self._cast, self._world = self.desk.cast, self.desk.world
        self._database = self._world.endpoints["odoo_db"]
        self._rng = Random(f"drill {self._cast.plan.seed}")
        self._last = 0
        self._open: set[int] = set()
        self._moved: list[int] = []
        self._still: list[int] = []

    def remember(self) -> None:
        """The backup, made while SPAR is away and submissions wait for it."""
        self.wire.fault(faults.server_error)
        try:
            linked = list(self._linked())
            self._hand_in(self._newer(self._rng.sample(linked, len(linked) // 2)))
            control.down(["odoo"])
            found = self._rows("id, partner_id", OPEN)
            self._last = self._world.ledger.value("SELECT max(id) FROM spar_submission")
            copies.keep(self._database, BACKUP)
        finally:
            self.wire.clear()
            control.up(["odoo"])
        numbers = {partner: number for number, partner in self._cast.partners.items()}
        self._open = {numbers[partner] for _row, partner in found}
        self.numbers["rows open in the backup"] = len(found)

    def lose(self) -> None:
        """SPAR gets what the backup does not have."""
        held_by = self._linked()
        linked = self._rng.sample(list(held_by), len(held_by))
        changed, held = round(len(linked) * CHANGED), round(len(linked) * HELD)
        self._moved, rest = linked[:changed], linked[changed:]
        self._hand_in(self._newer(self._moved))
        self._hand_in(self._newer(rest[:held], "sql"))
        # Of a row that is open in the backup nobody could tell that it was removed since.
        quiet = [one for one in rest[held:] if one not in self._open]
        removed = quiet[: round(len(linked) * REMOVED)]
        self._still = quiet[len(removed) :]
        self._hand_in(self._removals({one: held_by[one] for one in removed}))
        self.until_quiet()
        self.numbers["registrants that changed in the lost time"] = changed + len(removed)

    def restore(self) -> Restored:
        """Put the backup in the place of the database, and do what the README says."""
        truth = gather(self._cast, self.desk.accepted, self.wire)
        control.down(["odoo"])
        copies.put_back(self._database, BACKUP)
        readme.run(readme.REGISTRY_RESTORED, self._database)
        world, began = self._world, len(self.wire.sent)
        stopped = world.ledger.value(
            "SELECT bool_and(state = 'paused' AND restored_to > 0) FROM spar_connection"
        )
        before = world.ledger.value("SELECT COALESCE(max(id), 0) FROM spar_reconciliation")
        control.up(["odoo"])
        # PostgreSQL has another number for it: it asks whether it is the original.
        world.admin.call("spar.connection", "action_confirm_database", [world.connection])
        fresh = self._hand_in(self._newer(self._still))
        run = await_run(world, "registry_restored", before)
        paused = self.wire.sent[began:]
        resume(world)
        self.until_quiet()
        decide(world, "action_accept_all", run)
        self._settle(run)
        fresh += self._hand_in(self._newer(self._moved))
        self.until_quiet()
        seen = max((change.seq for change in truth.audit), default=0)
        return Restored(
            truth=truth,
            last=self._last,
            stopped=stopped,
            paused=paused,
            changes=world.spar.audit(truth.owners, seen),
            rows=rows(self._cast),
            held=world.spar.mapping(truth.owners),
            fresh={one.number for one in fresh},
            differing=self._differing(truth.owners),
        )

    def _settle(self, run: int) -> None:
        """What waits for people: the newest of what was held for the restore is released, the rest
        of those about whom something differs is dropped, and SPAR's is accepted for these, too."""
        held = self._rows("id, partner_id, submitted_by", ("held",), "hold_reason = 'restored'")
        self.numbers["rows held after the restore"] = len(held)
        newest = {partner: (row, user) for row, partner, user in held}
        for row, user in newest.values():
            by = self._world.officer if user == self._world.admin.uid else self._world.admin
            by.call("spar.submission", "action_release", [row])
        self.until_quiet()
        differing = f"SELECT partner_id FROM spar_reconciliation_line WHERE run_id = {run}"
        waiting = self._rows("id", _WAITS, f"partner_id IN ({differing} AND state = 'open')")
        self.numbers["rows dropped for what SPAR holds"] = len(waiting)
        if waiting:
            left = [row for [row] in waiting]
            self._world.officer.call("spar.submission", "action_cancel", left)
        decide(self._world, "action_accept_all", run)
        self.until_quiet()
        self.numbers["addresses of SPAR's accepted"] = self._world.ledger.value(
            "SELECT count(*) FROM spar_reconciliation_line WHERE run_id = %s "
            "AND state = 'accepted'",
            run,
        )

    def _differing(self, owners: dict[str, int]) -> list[str]:
        """Of these ids, those about which a comparison finds a difference now."""
        world = self._world
        world.admin.call("spar.connection", "action_compare", [world.connection])
        found = world.ledger.rows(
            "SELECT spar_id FROM spar_reconciliation_line WHERE run_id = %s AND state = 'open'",
            await_run(world, "compare"),
        )
        return [spar_id for [spar_id] in found if spar_id in owners]

    def _newer(self, registrants: Iterable[int], way: str = "rows") -> Step:
        return newer(self._cast.plan, registrants, way)

    def _removals(self, held: dict[int, str]) -> Step:
        """:param held: {registrant: the string that SPAR holds for it}"""
        plan, fa = self._cast.plan, self._cast.fa
        serials = {
            one.registrant: one.serial
            for one in plan.submissions
            if held.get(one.registrant) == fa(one.registrant, one.serial)
        }
        return removals(plan, serials)

    def _hand_in(self, step: Step) -> tuple[Submission, ...]:
        if step.submissions:
            self.desk.hand_in(step)
        return step.submissions

    def _rows(self, columns: str, states: tuple[str, ...], also: str = "true") -> list[tuple]:
        return self._world.ledger.rows(
            f"SELECT {columns} FROM spar_submission WHERE partner_id = ANY(%s) AND state IN %s "
            f"AND {also} ORDER BY id",
            list(self._cast.partners.values()),
            states,
        )

    def _linked(self) -> dict[int, str]:
        """{registrant: string} of whom SPAR pays by the id carried at the end; no households."""
        ids = {
            one.number: self._cast.ref(one.number, one.refs[-1])
            for one in self._cast.plan.registrants
            if one.head is None and one.refs
        }
        held = self._world.spar.mapping(ids.values())
        return {number: held[spar_id] for number, spar_id in ids.items() if spar_id in held}
