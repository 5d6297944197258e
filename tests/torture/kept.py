# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is left of a plan when it is shortened, and the file that keeps it. No address is in it."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.stack.paths import read_json, write_json

from .plan import Plan, Step, draw


@dataclass(frozen=True)
class Kept:
    """A part of an unshortened plan.

    :ivar registrants: their numbers
    :ivar steps: their numbers in the unshortened list
    :ivar faults: their places in the unshortened list
    """

    registrants: tuple[int, ...]
    steps: tuple[int, ...]
    faults: tuple[int, ...]


def everything(whole: Plan) -> Kept:
    """Nothing is shortened yet."""
    return Kept(
        tuple(one.number for one in whole.registrants),
        tuple(range(len(whole.steps))),
        tuple(whole.places),
    )


def shorten(whole: Plan, kept: Kept) -> Plan:
    """The plan of what is kept. A fault comes after what came before it in the unshortened one."""
    people = set(kept.registrants)
    steps = [_of(whole.steps[number], people) for number in kept.steps]
    numbers = [one.number for step in steps for one in step.submissions]
    return Plan(
        seed=whole.seed,
        registrants=[one for one in whole.registrants if one.number in people],
        steps=steps,
        faults=[whole.faults[place] for place in kept.faults],
        places=list(kept.faults),
        dues=[bisect_left(numbers, whole.dues[place]) for place in kept.faults],
    )


def only(whole: Plan, kept: Kept, registrants: Iterable[int]) -> Kept:
    """Of what is kept, these registrants, those whose ids they use, and what is handed in for them.

    People's decisions stay.
    """
    people = _reached(registrants, _ties(whole))
    steps = (number for number in kept.steps if _concerns(whole.steps[number], people))
    return replace(kept, registrants=tuple(sorted(people)), steps=tuple(steps))


def circle(whole: Plan, registrants: Iterable[int]) -> set[int]:
    """These, and all who use an id of theirs, or whose id they use."""
    ties = _ties(whole)
    return _reached(registrants, [*ties, *((owner, user) for user, owner in ties)])


def save(path: Path, drawn: dict, whole: Plan, kept: Kept, kind: str) -> None:
    """Write what gives the same plan again.

    :param drawn: what ``draw`` was called with, except the kinds of fault
    :param kind: of violation
    """
    content = {"drawn": drawn, "digest": _digest(whole), "violates": kind, "kept": asdict(kept)}
    write_json(path, content)


def load(path: Path, kinds: dict[str, float]) -> tuple[dict, Plan, Kept]:
    """What was saved: the arguments of ``draw``, the unshortened plan, and what is kept of it.

    :raises ValueError: no such file, or today's ``draw`` makes another plan of that seed
    """
    content = read_json(path)
    if not content:
        raise ValueError(f"{path} is not there, or empty.")
    whole = draw(kinds=kinds, **content["drawn"])
    if _digest(whole) != content["digest"]:
        raise ValueError(
            f"{path} was kept when plans were drawn in another way: run it at the commit that "
            "kept it, or shrink a failure again."
        )
    return (
        content["drawn"],
        whole,
        Kept(**{name: tuple(numbers) for name, numbers in content["kept"].items()}),
    )


def _of(step: Step, people: set[int]) -> Step:
    mine = tuple(one for one in step.submissions if one.registrant in people)
    return replace(step, submissions=mine)


def _concerns(step: Step, people: set[int]) -> bool:
    if step.kind == "id":
        return step.registrant in people
    return not step.submissions or any(one.registrant in people for one in step.submissions)


def _ties(whole: Plan) -> list[tuple[int, int]]:
    """(registrant, whose id it uses): its head's, or by mistake somebody's."""
    heads = [(one.number, one.head) for one in whole.registrants if one.head is not None]
    return heads + [
        (one.number, int(ref[1:]))
        for one in whole.registrants
        for ref in one.refs
        if ref and ref.startswith("@")
    ]


def _reached(registrants: Iterable[int], ties: list[tuple[int, int]]) -> set[int]:
    found = set(registrants)
    while more := {end for start, end in ties if start in found} - found:
        found |= more
    return found


def _digest(whole: Plan) -> str:
    drawn = repr((whole.registrants, whole.steps, whole.faults, whole.dues))
    return hashlib.sha256(drawn.encode()).hexdigest()
