# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reads the evidence out of the two databases."""

from dataclasses import replace

from .cast import Cast
from .judge import Evidence, Row
from .plan import Submission
from .wire import Wire

_ROWS = """
SELECT s.id, s.partner_id, s.origin_ref, s.last_four, s.way, s.operation, s.state, s.hold_reason,
       s.outcome, s.spar_id, s.released_by IS NOT NULL, COALESCE(s.confirmed, false),
       s.suspect_until IS NOT NULL, COALESCE(s.waits_for_id, false), s.replaces_id IS NOT NULL,
       COALESCE(e.kinds, '{}')
  FROM spar_submission s
  LEFT JOIN (SELECT submission_id, array_agg(kind ORDER BY id) AS kinds FROM spar_event
              WHERE partner_id = ANY(%s) GROUP BY 1) e ON e.submission_id = s.id
 WHERE s.partner_id = ANY(%s) ORDER BY s.id
"""


def gather(cast: Cast, accepted: set[int], wire: Wire) -> Evidence:
    """Everything the judge wants to know."""
    owners = cast.spar_ids()
    return Evidence(
        submissions=cast.plan.submissions,
        accepted=accepted,
        rows=rows(cast),
        owners=owners,
        mistaken=cast.mistaken(),
        held=cast.world.spar.mapping(owners),
        audit=cast.world.spar.audit(owners),
        sent=list(wire.sent),
        overdue=set(wire.overdue),
    )


def rows(cast: Cast) -> list[Row]:
    """The ledger of this run; an address is known by its last four digits, the serial number."""
    by_number = {one.number: one for one in cast.plan.submissions}
    by_serial: dict[tuple[int, int], Submission] = {}
    for one in cast.plan.submissions:  # the first one is the one that may lack a reference
        if one.operation == "set":
            by_serial.setdefault((one.registrant, one.serial), one)
    registrants = {partner: number for number, partner in cast.partners.items()}
    partners = list(registrants)
    found = []
    for row, partner, origin, last_four, way, *rest, made, kinds in cast.world.ledger.rows(
        _ROWS, partners, partners
    ):
        registrant, serial = registrants[partner], int(last_four or 0)
        one = _submission(cast, origin, by_number) or by_serial.get((registrant, serial))
        found.append(_row(cast, row, registrant, serial, way, one, rest, kinds))
        if made:  # a copy: of a decision that came late, or of an id that changed
            found[-1] = replace(found[-1], number=None)
    return found


def _submission(cast: Cast, origin: str | None, known: dict[int, Submission]) -> Submission | None:
    """The one whose reference it is."""
    prefix, _, number = (origin or "").rpartition("-")
    return known.get(int(number)) if prefix == cast.prefix else None


def _row(
    cast: Cast,
    row: int,
    registrant: int,
    serial: int,
    way: str,
    one: Submission | None,
    rest: list,
    kinds: list[str],
) -> Row:
    operation, state, reason, outcome, spar_id, released, confirmed, suspect, waits = rest
    return Row(
        id=row,
        registrant=registrant,
        line=cast.line(registrant),
        number=one.number if one else None,
        way="old_id" if way == "old_id" else one.way if one else str(way),
        operation=operation,
        fa=cast.fa(registrant, serial),
        state=state,
        reason=reason,
        outcome=outcome,
        spar_id=spar_id,
        released=released,
        confirmed=confirmed,
        suspect=suspect,
        waits_for_id=waits,
        events=tuple(kinds),
    )
