# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is handed in and what breaks, drawn from a seed. Pure: the same seed, the same plan."""

from dataclasses import dataclass, field
from math import ceil
from random import Random

from tests.helpers.invent import BANK_CODE, Address

#: Submissions of one registrant: the last four digits of its numbers tell them apart.
MOST_EACH = 9_999
#: Ways in, their share of the submissions, and how many submissions one step has.
WAYS = {
    "rows": (50, 60, 300),
    "sql": (20, 40, 250),
    "nested": (10, 4, 20),
    "file": (10, 20, 100),
    "unknown": (3, 1, 1),
    "fields": (2, 1, 1),
    "watched": (2, 1, 1),
    "bank": (2, 1, 1),
    "form": (1, 1, 1),
}
#: Of ways by which one registrant's address comes at a time, a large plan has no more than these.
_SINGLE = 2_000
#: These carry a reference of their own, so that a retry is no second submission.
WITH_ORIGIN = {"rows", "sql", "nested"}
#: What people do now and then; in a hundred steps so many.
DECISIONS = {"release": 4, "cancel": 2, "retry": 1}


@dataclass(frozen=True)
class Submission:
    """One payment address, or its removal, of one registrant.

    :ivar number: unique in the plan
    :ivar serial: which of its registrant's addresses
    """

    number: int
    registrant: int
    way: str
    operation: str
    serial: int


@dataclass(frozen=True)
class Step:
    """One transaction, or one decision of a person.

    :ivar kind: a way in, a decision, or ``id``
    :ivar registrant: whose id comes or changes
    :ivar ref: the id, its last part
    """

    kind: str
    submissions: tuple[Submission, ...] = ()
    registrant: int = 0
    ref: str = ""


@dataclass(frozen=True)
class Registrant:
    """:ivar refs: the ids it carries, one after the other: None for none yet, ``@7`` for that of
        registrant 7, by mistake
    :ivar head: of a household, who shares its id with it; None for everybody else
    """

    number: int
    refs: tuple[str | None, ...]
    head: int | None = None


@dataclass
class Plan:
    """All that one run does."""

    seed: int
    registrants: list[Registrant]
    steps: list[Step]
    faults: list[str]
    #: random numbers for each fault, by its place in the unshortened list
    places: list[int] = field(default_factory=list)
    #: for each fault, after how many submissions it comes
    dues: list[int] = field(default_factory=list)

    @property
    def submissions(self) -> list[Submission]:
        """All of them, in the order of the steps."""
        return [one for step in self.steps for one in step.submissions]


def draw(
    seed: int,
    submissions: int,
    faults: int,
    kinds: dict[str, float],
    registrants: int = 0,
    households: bool = False,
) -> Plan:
    """A plan.

    :param kinds: {kind of fault: weight}
    :param registrants: 0: so many that each has some 200 submissions
    :param households: some registrants are households, which go by the id of their head
    """
    rng = Random(seed)
    count = registrants or max(40, min(900, submissions // 200))
    people: list[Registrant] = []
    for number in range(count):
        people.append(_registrant(rng, number, people, households))
    return Plan(
        seed=seed,
        registrants=people,
        steps=_steps(rng, people, submissions),
        faults=rng.choices(list(kinds), weights=list(kinds.values()), k=faults),
        places=list(range(faults)),
        dues=[ceil(submissions * (place + 0.5) / faults) for place in range(faults)],
    )


def address(registrant: int, serial: int) -> Address:
    """The address of that serial number: no other submission of a run has the same."""
    tail = f"{registrant:03d}{serial:04d}"
    kind = (registrant + serial) % 5
    if kind < 2:
        number = f"990000{tail}"
        return Address("bank_account", BANK_CODE, number, number)
    local = f"07{'0129'[kind % 4]}{tail}"
    return Address("mobile_wallet", "MPESA", local, "+254" + local[1:])


def _registrant(rng: Random, number: int, people: list[Registrant], households: bool) -> Registrant:
    what = rng.random()
    if households and people and people[-1].refs and what > 0.75:
        return Registrant(number, (), head=people[-1].number)
    if what < 0.1:
        return Registrant(number, (None, "a"))
    if what < 0.2:
        return Registrant(number, ("a", "b") if what < 0.16 else ("a", "b", "a"))
    plain = [one.number for one in people if one.refs == ("a",)]
    if what < 0.24 and plain:
        return Registrant(number, ("a", f"@{rng.choice(plain)}", "b"))
    return Registrant(number, ("a",))


def _steps(rng: Random, people: list[Registrant], wanted: int) -> list[Step]:
    serials = dict.fromkeys(range(len(people)), 0)
    newest: dict[int, int] = {}
    weights = _weights(wanted)
    steps, count = [], 0
    while count < wanted:
        way = rng.choices(list(WAYS), weights=weights)[0]
        _share, least, most = WAYS[way]
        size = min(rng.randint(least, most), wanted - count)
        whose = _whose(rng, way, size, len(people))
        made = []
        for registrant in whose:
            made.append(_submission(rng, count + len(made), registrant, way, serials, newest))
        steps.append(Step(way, tuple(made)))
        count += len(made)
        if rng.random() < sum(DECISIONS.values()) / 100:
            steps.append(Step(rng.choices(list(DECISIONS), list(DECISIONS.values()))[0]))
    for person in people:
        changes = person.refs[1:]
        places = sorted(rng.randint(len(steps) // 10, len(steps) * 8 // 10) for _ in changes)
        # The last one first, so that it does not move the others' places.
        for place, ref in reversed(list(zip(places, changes, strict=True))):
            steps.insert(place, Step("id", registrant=person.number, ref=ref))
    return steps


def _weights(wanted: int) -> list[float]:
    """Of steps, so that the submissions come in the shares of ``WAYS``."""
    single = {way: share for way, (share, _least, most) in WAYS.items() if most < 5}
    fewer = min(1.0, 100 * _SINGLE / (sum(single.values()) * wanted))
    return [
        share * (fewer if way in single else 1) / ((least + most) / 2)
        for way, (share, least, most) in WAYS.items()
    ]


def _whose(rng: Random, way: str, size: int, people: int) -> list[int]:
    if way in ("nested", "fields", "watched", "bank", "form", "unknown"):
        one = rng.randrange(people)
        return [one] * (size if way == "nested" else 1)
    return [rng.randrange(people) for _ in range(size)]


def _submission(
    rng: Random,
    number: int,
    registrant: int,
    way: str,
    serials: dict[int, int],
    newest: dict[int, int],
) -> Submission:
    """Now and then the removal of what its registrant handed in last."""
    what = rng.random()
    if way in WITH_ORIGIN and registrant in newest and what < 0.08:
        if what < 0.04:
            return Submission(number, registrant, way, "remove", newest[registrant])
        # Back to an address that it had before.
        return Submission(number, registrant, way, "set", rng.randint(1, newest[registrant]))
    serials[registrant] += 1
    if serials[registrant] > MOST_EACH:
        raise ValueError(f"Too few registrants: no more than {MOST_EACH} submissions each.")
    serial = serials[registrant]
    if way in ("rows", "nested"):
        newest[registrant] = serial
    return Submission(number, registrant, way, "set", serial)
