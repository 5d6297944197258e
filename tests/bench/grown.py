# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A ledger of millions of rows, made by SQL: copies of one real submission.

Made by the cluster's superuser with triggers off and the indexes built afterwards, since 5,000,000
rows through the front door would take a day. What is copied is real: sealed address, hash key,
connection. Each copy has a registrant and a SPAR id of its own, and a hash that is nobody's.
"""

from dataclasses import dataclass

from tests.helpers.world import World
from tests.stack import postgres
from tests.stack.say import step

from .stage import MARK, database

#: Settled submissions that each registrant of the past has.
EACH = 5
#: Registrants more than settled ones need, for those that are carried and made up for.
SPARE = 400_000
#: What does not go by itself, in equal parts: state, reason, waits for an id, was observed to be.
STANDING = (
    ("held", "policy_change", False, None),
    ("held", "no_id", True, None),
    ("conflict", "changed_since_shown", False, None),
    ("rejected", "rejected", False, None),
    ("pending", None, False, "link"),
    ("pending", None, False, "same"),
    ("pending", None, False, "differs"),
    ("pending", None, False, "held"),
)
NOW = "now() AT TIME ZONE 'UTC'"
#: In chunks, so that no statement runs for minutes without a word.
CHUNK = 500_000


@dataclass
class Grown:
    """The benchmark's ledger, made large.

    Registrants with a past and those whose first address waits lie side by side, as they do where
    both came in over years.

    :ivar pattern: id of the submission that is copied; it is done
    :ivar first: id of the first of the registrants
    """

    world: World
    pattern: int
    first: int = 0

    def settle(self, count: int) -> None:
        """``count`` settled submissions; of each registrant the newest is confirmed."""
        self.first = self._registrants(2 * count // EACH + SPARE)
        with step(f"{count:,} settled submissions, and an event each"), self._bare_tables():
            for start in range(0, count, CHUNK):
                numbers = f"generate_series({start}, {min(start + CHUNK, count) - 1}) n"
                newest = f"n % {EACH} = {EACH - 1}"
                # A year's work, the oldest first.
                at = _ago(f"365 * ({count} - n)::bigint / {count}")
                self._copies(
                    numbers,
                    partner=f"{self.first} + 2 * (n / {EACH})",
                    at=at,
                    state="'done'",
                    spar_id=f"'{MARK}P-' || (n / {EACH})",
                    due_at=at,
                    settled_at=at,
                    outcome=f"CASE WHEN n % {EACH} = 0 THEN 'link' ELSE 'update' END",
                    confirmed=newest,
                    address_sealed=f"CASE WHEN {newest} THEN t.address_sealed END",
                )
            _superuser(
                "INSERT INTO spar_event (kind, detail, at, submission_id, partner_id) "
                "SELECT 'settled', outcome, settled_at, id, partner_id FROM spar_submission "
                f"WHERE spar_id LIKE '{MARK}P-%'"
            )
        self._analyse()

    def open(self, start: int, stop: int) -> None:
        """First links that wait. Not analysed: a mass import is drained at once, too."""
        with step(f"{stop - start:,} submissions that wait"):
            self._waiting(start, stop, state="'pending'", due_at=NOW)

    def stand(self, start: int, count: int) -> None:
        """``count`` submissions that wait for a person or for an id, or were only looked at."""
        each = count // len(STANDING)
        with step(f"{each * len(STANDING):,} submissions that do not go by themselves"):
            for place, (state, reason, waits, observed) in enumerate(STANDING):
                first = start + place * each
                self._waiting(
                    first,
                    first + each,
                    state=f"'{state}'",
                    hold_reason=f"'{reason}'" if reason else "NULL",
                    waits_for_id=str(waits),
                    observed=f"'{observed}'" if observed else "NULL",
                    # What sleeps has none.
                    due_at="NULL" if observed else NOW,
                )
        self._analyse()

    def _registrants(self, count: int) -> int:
        """Contacts by SQL, their refs are ``<MARK>O-<id>``; the first one's id."""
        with step(f"{count:,} registrants"):
            return int(
                _superuser(
                    "SELECT setval('res_partner_id_seq', nextval('res_partner_id_seq') + "
                    f"{count}) - {count};"
                    "INSERT INTO res_partner (id, name, complete_name, ref, active, is_company, "
                    "type, create_date) SELECT currval('res_partner_id_seq') - "
                    f"{count} + n, 'Demo ' || n, 'Demo ' || n, '{MARK}O-' || "
                    f"(currval('res_partner_id_seq') - {count} + n), true, false, 'contact', now() "
                    f"FROM generate_series(0, {count - 1}) n"
                )
            )

    def _waiting(self, start: int, stop: int, **own: str) -> None:
        """Copies that are not over, each of a registrant who has no past."""
        self._copies(
            f"generate_series({start}, {stop - 1}) n",
            partner=f"{self.first} + 2 * n + 1",
            at=NOW,
            spar_id="NULL",
            settled_at="NULL",
            outcome="NULL",
            confirmed="false",
            address_sealed="t.address_sealed",
            **own,
        )

    def _copies(self, numbers: str, *, partner: str, at: str, **own: str) -> None:
        kept = (
            "channel way operation payment_method payment_provider payment_branch account_mask "
            "last_four seal_key_id hash_key_id normaliser connection_id submitted_by create_uid"
        ).split()
        names = ["partner_id", *own, "address_hash", "create_date", "attempts", *kept]
        values = [partner, *own.values(), "md5(n::text) || md5((-n)::text)", at, "0"]
        values += [f"t.{name}" for name in kept]
        _superuser(
            f"INSERT INTO spar_submission ({', '.join(names)}) SELECT {', '.join(values)} "
            f"FROM {numbers}, (SELECT * FROM spar_submission WHERE id = {self.pattern}) t"
        )

    def _bare_tables(self):
        return _WithoutIndexes(("spar_submission", "spar_event"))

    def _analyse(self) -> None:
        with step("Statistics"):
            postgres.sql("VACUUM ANALYZE spar_submission, spar_event, res_partner", database())


class _WithoutIndexes:
    """Takes the indexes away, and makes them again: many times quicker than filling them."""

    def __init__(self, tables: tuple[str, ...]):
        names = ", ".join(f"'{table}'" for table in tables)
        self._tables = names

    def __enter__(self) -> None:
        rows = postgres.sql(
            "SELECT indexname, indexdef FROM pg_indexes "
            f"WHERE tablename IN ({self._tables}) AND indexname NOT LIKE '%_pkey'",
            database(),
        )
        self._indexes = [row.split("|", 1) for row in rows.splitlines()]
        for name, _definition in self._indexes:
            postgres.sql(f'DROP INDEX "{name}"', database())

    def __exit__(self, *_error) -> None:
        for _name, definition in self._indexes:
            postgres.sql(f"SET maintenance_work_mem = '1GB'; {definition}", database(), "odoo")


def _superuser(statement: str) -> str:
    """Run SQL with all triggers off, foreign keys' too; what it prints."""
    return postgres.sql(f"SET session_replication_role = replica; {statement}", database())


def _ago(days: str) -> str:
    return f"now() AT TIME ZONE 'UTC' - make_interval(days => ({days})::int)"
