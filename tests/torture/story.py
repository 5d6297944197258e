# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A registrant's whole story, for whoever has to find out: rows, events, SPAR's trail.

No address in it: each is called by its serial number, as #17.
"""

from collections.abc import Iterator

from .cast import Cast

_STORY = """
SELECT e.at, s.id, e.kind, e.detail, s.operation, s.last_four, s.spar_id, e.reference_id
  FROM spar_event e JOIN spar_submission s ON s.id = e.submission_id
 WHERE s.partner_id = %s ORDER BY e.id
"""
_ROWS = """
SELECT id, last_four, channel, way, operation, state, hold_reason, outcome, spar_id, attempts,
       confirmed, replaces_id, create_date, sent_at, settled_at, suspect_until, recheck_at
  FROM spar_submission WHERE partner_id = %s ORDER BY id
"""


def tell(cast: Cast, registrant: int, most: int = 400) -> Iterator[str]:
    """Lines; of a long story the last ``most`` of each part."""
    partner = cast.partners[registrant]
    serials = {
        cast.fa(registrant, one.serial): one.serial
        for one in cast.plan.submissions
        if one.registrant == registrant
    }
    yield f"registrant {registrant}, contact {partner}"
    yield "  ledger:"
    for row, last_four, *rest in cast.world.ledger.rows(_ROWS, partner)[-most:]:
        yield f"    {row} #{int(last_four or 0)} " + " ".join(map(str, rest))
    yield "  events:"
    for at, row, kind, detail, operation, last_four, spar_id, reference in cast.world.ledger.rows(
        _STORY, partner
    )[-most:]:
        about = f"{row} #{int(last_four or 0)} {operation} for {spar_id}"
        yield f"    {at} {kind} {detail or ''} {about} {(reference or '')[:8]}"
    yield "  SPAR's trail:"
    ids = [spar_id for spar_id, owner in cast.spar_ids().items() if owner == registrant]
    for change in cast.world.spar.audit(ids)[-most:]:
        old, new = (_called(value, serials) for value in (change.old, change.new))
        at = change.at.replace(tzinfo=None)
        yield f"    {at} {change.seq} {change.operation} {change.spar_id}: {old} -> {new}"


def _called(fa: str | None, serials: dict[str, int]) -> str:
    if fa is None:
        return "nothing"
    return f"#{serials[fa]}" if fa in serials else "an address of somebody else's"
