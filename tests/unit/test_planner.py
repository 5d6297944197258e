"""What to do with a submission: every rule of the planner as a row of a table."""

from datetime import datetime, timedelta

import pytest

from spar.answers import NotLinked
from spar.planner import Confirmed, Known, Plan, Policy, Unreadable, Wanted, may_link_unseen, plan

NOW = datetime(2026, 11, 22, 9)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)
NONE = NotLinked()
UNDATED = Confirmed(identity="old", at=None)
BROKEN = Unreadable(fa_identity="broken")

SEND = Policy(first_link="send", change="send")
HOLD = Policy(first_link="hold", change="hold")
USUAL = Policy(first_link="send", change="hold")
OVERWRITE = Policy(first_link="send", change="send", on_conflict="overwrite")
OVERWRITE_HELD = Policy(first_link="send", change="hold", on_conflict="overwrite")


def new(**kwargs):
    return Wanted(**{"operation": "set", "identity": "new", "fa": "fa:new"} | kwargs)


def gone(**kwargs):
    return Wanted(**{"operation": "remove", "identity": "old", "fa": "fa:old"} | kwargs)


def stale(**kwargs):
    return new(collected_at=EARLIER, **kwargs)


def held(identity, fa=None):
    return Known(identity=identity, fa=fa or f"fa:{identity}")


def sure(identity):
    return Confirmed(identity=identity, at=NOW)


UNKNOWN = "conflict unknown_value_after_send"
SHOWN = "conflict changed_since_shown"
COLLECTED = "conflict changed_since_collected"

# (wanted, SPAR's answer, confirmed, policy, in flight) -> action, reason
SET = [
    # Unreadable: linked, but to what?
    (new(), BROKEN, None, SEND, (), "conflict unreadable"),
    (new(), BROKEN, sure("old"), OVERWRITE, (), "conflict unreadable"),
    (new(released=True), BROKEN, sure("old"), SEND, (), "conflict unreadable"),
    (new(decided=True), BROKEN, sure("old"), SEND, (), "conflict unreadable"),
    (new(decided=True, shown="other"), BROKEN, sure("old"), SEND, (), "conflict unreadable"),
    (new(decided=True, shown=""), BROKEN, sure("old"), SEND, (), "conflict unreadable"),
    (new(shown="broken", released=True), BROKEN, sure("old"), SEND, (), "conflict unreadable"),
    (new(decided=True, shown="broken"), BROKEN, None, HOLD, (), "update decided"),
    # Not linked, never confirmed: the first link.
    (new(), NONE, None, SEND, (), "link first_link"),
    (new(), NONE, None, HOLD, (), "hold policy_first_link"),
    (new(released=True), NONE, None, HOLD, (), "link first_link"),
    (new(decided=True, shown=""), NONE, None, HOLD, (), "link first_link"),
    (new(sent_before=True), NONE, None, SEND, (), "link first_link"),
    (new(sent_before=True), NONE, None, HOLD, (), "hold policy_first_link"),
    (stale(), NONE, None, SEND, (), "link first_link"),
    # Not linked, confirmed as removed.
    (new(), NONE, sure(None), SEND, (), "link first_link"),
    (new(), NONE, sure(None), HOLD, (), "hold policy_first_link"),
    (new(collected_at=LATER), NONE, sure(None), SEND, (), "link first_link"),
    (new(collected_at=NOW), NONE, sure(None), SEND, (), "link first_link"),
    (stale(), NONE, sure(None), SEND, (), COLLECTED),
    (stale(released=True), NONE, sure(None), HOLD, (), "link first_link"),
    (stale(decided=True), NONE, sure(None), HOLD, (), "link first_link"),
    # Confirmed, and nobody knows when: it may be newer than what was collected.
    (stale(), held("old"), UNDATED, SEND, (), COLLECTED),
    # Not linked, though we were confirmed: gone from SPAR.
    (new(), NONE, sure("old"), SEND, (), "conflict gone"),
    (new(), NONE, sure("new"), SEND, (), "conflict gone"),
    (new(sent_before=True), NONE, sure("old"), OVERWRITE, (), "conflict gone"),
    (new(released=True), NONE, sure("old"), SEND, (), "conflict gone"),
    (new(decided=True, shown="old"), NONE, sure("old"), SEND, (), "conflict gone"),
    (new(decided=True), NONE, sure("old"), SEND, (), "conflict gone"),
    (new(shown=""), NONE, sure("old"), SEND, (), "conflict gone"),
    (new(decided=True, shown=""), NONE, sure("old"), HOLD, (), "link decided"),
    (new(), NONE, sure("old"), SEND, ("older",), "conflict gone"),
    (new(), NONE, sure("old"), SEND, ("",), "link repair"),
    (new(), NONE, sure("old"), HOLD, ("",), "hold policy_change"),
    (new(released=True), NONE, sure("old"), HOLD, ("",), "link repair"),
    (new(), NONE, sure("new"), HOLD, ("",), "link repair"),
    # The same account.
    (new(), held("new"), None, HOLD, (), "nothing already"),
    (new(sent_before=True), held("new"), None, HOLD, (), "nothing already"),
    (new(decided=True, shown="x"), held("new"), sure("new"), SEND, ("new",), "nothing already"),
    (new(), held("new"), sure("old"), HOLD, (), "nothing already"),
    (stale(shown="x"), held("new"), sure("old"), HOLD, (), "nothing already"),
    # The same account in another form.
    (new(), held("new", "form"), None, SEND, (), "nothing already"),
    (new(), held("new", "form"), sure(None), OVERWRITE, (), "nothing already"),
    (new(), held("new", "form"), sure("old"), SEND, (), "nothing already"),
    (new(), held("new", "form"), sure("new"), HOLD, (), "update re_encode"),
    (new(decided=True), held("new", "form"), None, HOLD, (), "update re_encode"),
    (new(released=True), held("new", "form"), None, HOLD, (), "update re_encode"),
    (new(), held("new", "form"), None, HOLD, ("new",), "update re_encode"),
    # An older value of ours that landed late.
    (new(), held("older"), sure("new"), HOLD, ("older",), "update repair"),
    (new(), held("older"), None, SEND, ("older",), "update repair"),
    (new(sent_before=True), held("older"), None, SEND, ("older",), "update repair"),
    # Which gives nobody a right to a change: neither late, nor while what is confirmed travels on.
    (new(), held("older"), sure("old"), HOLD, ("older",), "hold policy_change"),
    (new(), held("older"), None, HOLD, ("older",), "hold policy_change"),
    (new(released=True), held("older"), sure("old"), HOLD, ("older",), "update repair"),
    (new(), held("old"), sure("old"), HOLD, ("old",), "hold policy_change"),
    (new(), held("old"), sure("old"), SEND, ("old",), "update change"),
    (stale(), held("old"), sure("old"), SEND, ("old",), COLLECTED),
    (new(decided=True, shown="old"), held("older"), None, HOLD, ("older",), "update repair"),
    (new(), held("other"), sure("old"), SEND, ("older",), "conflict differs_from_confirmed"),
    # A person decided, having seen what SPAR holds.
    (new(decided=True, shown="other"), held("other"), None, HOLD, (), "update decided"),
    (new(decided=True, shown="other"), held("other"), sure("old"), HOLD, (), "update decided"),
    (
        new(decided=True, shown="other"),
        held("third"),
        sure("old"),
        OVERWRITE,
        (),
        SHOWN,
    ),
    (
        new(decided=True, shown=""),
        held("other"),
        sure("old"),
        SEND,
        (),
        SHOWN,
    ),
    (new(decided=True), held("other"), sure("old"), SEND, (), SHOWN),
    # Sent before: never over an unknown value.
    (
        new(sent_before=True),
        held("other"),
        None,
        OVERWRITE,
        (),
        UNKNOWN,
    ),
    (
        new(sent_before=True),
        held("other"),
        sure("old"),
        OVERWRITE,
        (),
        UNKNOWN,
    ),
    (
        new(sent_before=True),
        held("other"),
        sure(None),
        SEND,
        (),
        UNKNOWN,
    ),
    (
        new(sent_before=True, shown="other", released=True),
        held("other"),
        sure("old"),
        SEND,
        (),
        UNKNOWN,
    ),
    (new(sent_before=True), held("old"), sure("old"), SEND, (), "update change"),
    # Never confirmed by us: a stranger's money, whatever the policy.
    (new(), held("other"), None, OVERWRITE, (), "conflict never_confirmed"),
    (new(), held("other"), sure(None), OVERWRITE, (), "conflict never_confirmed"),
    (new(shown="other"), held("other"), None, SEND, (), "conflict never_confirmed"),
    (new(released=True), held("other"), None, SEND, (), "conflict never_confirmed"),
    # SPAR holds what we confirmed: a change.
    (new(), held("old"), sure("old"), SEND, (), "update change"),
    (new(), held("old"), sure("old"), USUAL, (), "hold policy_change"),
    (new(released=True), held("old"), sure("old"), USUAL, (), "update change"),
    (new(shown="old"), held("old"), sure("old"), SEND, (), "update change"),
    (new(collected_at=LATER), held("old"), sure("old"), SEND, (), "update change"),
    # SPAR holds something else.
    (new(), held("other"), sure("old"), SEND, (), "conflict differs_from_confirmed"),
    (new(released=True), held("other"), sure("old"), SEND, (), "conflict differs_from_confirmed"),
    (new(), held("other"), sure("new"), SEND, (), "conflict differs_from_confirmed"),
    (new(shown="other"), held("other"), sure("old"), SEND, (), "update change"),
    (new(shown="other"), held("other"), sure("old"), USUAL, (), "hold policy_change"),
    (new(), held("other"), sure("old"), OVERWRITE, (), "update change"),
    (new(), held("other"), sure("old"), OVERWRITE_HELD, (), "hold policy_change"),
    # Collected before what is confirmed.
    (
        stale(),
        held("old"),
        sure("old"),
        SEND,
        (),
        COLLECTED,
    ),
    (stale(), held("old"), sure("old"), OVERWRITE, (), "update change"),
    (
        stale(released=True),
        held("old"),
        sure("old"),
        USUAL,
        (),
        "update change",
    ),
    # The submitter was shown something else.
    (new(shown=""), held("old"), sure("old"), SEND, (), SHOWN),
    (new(shown="third"), held("old"), sure("old"), SEND, (), SHOWN),
    (new(shown="third"), held("old"), sure("old"), OVERWRITE, (), SHOWN),
    (new(shown="third"), held("other"), sure("old"), OVERWRITE, (), SHOWN),
]
REMOVE = [
    (gone(), NONE, sure("old"), HOLD, (), "nothing already"),
    (gone(), NONE, None, SEND, (), "nothing already"),
    (gone(decided=True, shown="broken"), BROKEN, sure("old"), SEND, (), "conflict unreadable"),
    (gone(), held("old"), sure("old"), SEND, (), "unlink remove"),
    (gone(sent_before=True), held("old"), sure("old"), SEND, (), "unlink remove"),
    (gone(), held("old", "form"), sure("old"), SEND, (), "unlink remove"),
    (gone(), held("old"), sure("old"), HOLD, (), "hold policy_change"),
    (gone(released=True), held("old"), sure("old"), HOLD, (), "unlink remove"),
    (gone(decided=True), held("old"), sure("old"), HOLD, (), "unlink decided"),
    (gone(decided=True), held("old"), None, HOLD, (), "unlink decided"),
    (gone(), held("old"), None, SEND, (), "conflict never_confirmed"),
    (gone(), held("old"), sure(None), OVERWRITE, (), "conflict never_confirmed"),
    (gone(released=True), held("old"), sure("third"), OVERWRITE, (), "conflict never_confirmed"),
    (
        gone(collected_at=EARLIER),
        held("old"),
        sure("old"),
        SEND,
        (),
        COLLECTED,
    ),
    (
        gone(collected_at=EARLIER, released=True),
        held("old"),
        sure("old"),
        SEND,
        (),
        "unlink remove",
    ),
    (gone(collected_at=LATER), held("old"), sure("old"), SEND, (), "unlink remove"),
    (gone(), held("other"), sure("old"), OVERWRITE, (), "conflict differs"),
    (
        gone(decided=True, shown="third"),
        held("other"),
        sure("other"),
        OVERWRITE,
        (),
        "conflict differs",
    ),
    (gone(shown="other"), held("other"), sure("other"), SEND, (), "conflict differs"),
    # A person saw that one, and wants nothing to be paid to it.
    (gone(decided=True, shown="other"), held("other"), sure(None), HOLD, (), "unlink decided"),
    (gone(), held("older"), sure("old"), SEND, ("older",), "conflict differs"),
    # Removed before, and an older link of ours landed after that.
    (gone(), held("older"), sure(None), HOLD, ("older",), "unlink repair"),
    (gone(), held("old"), sure(None), HOLD, ("old",), "unlink repair"),
    (gone(), held("other"), sure(None), SEND, ("older",), "conflict differs"),
]


@pytest.mark.parametrize(
    ("wanted", "answer", "confirmed", "policy", "in_flight", "expected"), SET + REMOVE
)
def test_plans(wanted, answer, confirmed, policy, in_flight, expected):
    made = plan(wanted, answer, confirmed, policy, frozenset(in_flight))
    action, reason = expected.split()
    assert made == Plan(action=action, reason=reason, re_encode=reason == "re_encode")


def test_the_table_reaches_every_reason():
    reached = {expected.split()[1] for *_, expected in SET + REMOVE}
    assert reached == set(Plan.__annotations__["reason"].__args__)


@pytest.mark.parametrize(
    ("wanted", "confirmed", "policy", "expected"),
    [
        (new(), None, SEND, True),
        (stale(), None, SEND, True),
        (new(released=True), None, HOLD, True),
        (new(), None, HOLD, False),
        (new(), sure("old"), SEND, False),
        (new(), sure(None), SEND, False),
        (new(sent_before=True), None, SEND, False),
        (new(decided=True), None, SEND, False),
        (new(shown=""), None, SEND, False),
        (new(shown="old"), None, SEND, False),
        (gone(), None, SEND, False),
    ],
)
def test_linking_without_asking_first(wanted, confirmed, policy, expected):
    assert may_link_unseen(wanted, confirmed, policy) is expected


def test_no_repr_shows_an_address():
    assert "fa:" not in repr([new(), held("x"), plan(new(), NONE, None, SEND)])
