"""What no combination of circumstances may make the planner do."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from spar.answers import NotLinked
from spar.planner import Confirmed, Known, Policy, Unreadable, Wanted, may_link_unseen, plan

IDS = st.sampled_from("abcd")
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3))
FAS = st.sampled_from(["fa1", "fa2"])
wanteds = st.builds(
    Wanted,
    operation=st.sampled_from(["set", "remove"]),
    identity=IDS,
    fa=FAS,
    sent_before=st.booleans(),
    shown=st.none() | st.just("") | IDS,
    collected_at=st.none() | TIMES,
    released=st.booleans(),
    decided=st.booleans(),
)
answers = (
    st.just(NotLinked())
    | st.builds(Known, identity=IDS, fa=FAS)
    | st.builds(Unreadable, fa_identity=IDS)
)
confirmeds = st.none() | st.builds(Confirmed, identity=st.none() | IDS, at=TIMES)
policies = st.builds(
    Policy,
    first_link=st.sampled_from(["send", "hold"]),
    change=st.sampled_from(["send", "hold"]),
    on_conflict=st.sampled_from(["hold", "overwrite"]),
)
in_flights = st.frozensets(st.sampled_from(["", *"abcd"]), max_size=2)
circumstances = st.tuples(wanteds, answers, confirmeds, policies, in_flights)
MANY = settings(max_examples=300, deadline=None)


@MANY
@given(circumstances)
def test_a_plan_fits_what_spar_holds(case):
    wanted, answer, confirmed, policy, in_flight = case
    made = plan(*case)
    assert made == plan(*case)
    if isinstance(answer, NotLinked):
        assert made.action not in ("update", "unlink")
    else:
        assert made.action != "link"
    assert made.action not in (("link", "update") if wanted.operation == "remove" else ("unlink",))
    assert made.re_encode == (made.reason == "re_encode")


@MANY
@given(circumstances)
def test_nothing_unknown_is_overwritten(case):
    wanted, answer, confirmed, policy, in_flight = case
    made = plan(*case)
    if made.action != "update" or made.re_encode:
        return
    held = answer.fa_identity if isinstance(answer, Unreadable) else answer.identity
    known = {wanted.shown, confirmed.identity if confirmed else None} | in_flight
    assert held in known or policy.on_conflict == "overwrite"
    if confirmed is None or confirmed.identity is None:
        assert held in in_flight or (wanted.decided and wanted.shown == held)
    if wanted.sent_before and held not in in_flight and not wanted.decided:
        assert confirmed.identity == held


@MANY
@given(circumstances)
def test_a_re_encode_moves_no_money(case):
    wanted, answer, *_ = case
    made = plan(*case)
    if made.re_encode:
        assert made.action == "update"
        assert answer.identity == wanted.identity and answer.fa != wanted.fa


@MANY
@given(circumstances)
def test_a_removal_takes_only_its_own(case):
    wanted, answer, confirmed, _policy, in_flight = case
    made = plan(*case)
    if made.action == "unlink" and made.reason == "repair":
        assert confirmed.identity is None and answer.identity in in_flight
    elif made.action == "unlink":
        seen = wanted.decided and wanted.shown == answer.identity
        assert answer.identity == wanted.identity or seen
        assert wanted.decided or confirmed.identity == wanted.identity


@MANY
@given(circumstances)
def test_what_waits_for_a_person_waits(case):
    wanted, answer, confirmed, policy, in_flight = case
    action = plan(*case).action
    held = policy.first_link == policy.change == "hold"
    outcome = None if wanted.operation == "remove" else wanted.identity
    restores = bool(confirmed) and confirmed.identity == outcome
    if held and not (wanted.released or wanted.decided or (in_flight and restores)):
        assert action in ("hold", "conflict", "nothing") or plan(*case).re_encode


@MANY
@given(circumstances)
def test_nothing_means_that_spar_is_as_wanted(case):
    wanted, answer, *_ = case
    if plan(*case).action == "nothing":
        if wanted.operation == "remove":
            assert answer == NotLinked()
        else:
            assert answer.identity == wanted.identity


@MANY
@given(wanteds, confirmeds, policies, in_flights)
def test_linking_unseen_is_only_a_short_cut(wanted, confirmed, policy, in_flight):
    if may_link_unseen(wanted, confirmed, policy):
        assert plan(wanted, NotLinked(), confirmed, policy, in_flight).action == "link"


@MANY
@given(circumstances)
def test_a_release_never_makes_less_happen(case):
    wanted, *rest = case
    order = {"conflict": 0, "hold": 0, "nothing": 1, "link": 1, "update": 1, "unlink": 1}
    as_it_is = plan(wanted, *rest).action
    fields = {name: getattr(wanted, name) for name in wanted.__dataclass_fields__}
    released = plan(Wanted(**fields | {"released": True}), *rest).action
    assert order[released] >= order[as_it_is]
    assert released != "hold"
