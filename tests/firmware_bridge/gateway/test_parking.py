"""What a record that is set aside closes, and whom it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.gateway.book import Blocked, Call, Place, Plan, Skip
from firmware_bridge.gateway.parking import Closed, lies_in, place_of, text_of
from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Request
from statemachines.vocabulary.day_events import CountRecorded
from statemachines.vocabulary.effects import SignOut
from statemachines.vocabulary.events import DrawerCause, DrawerClosed, DrawerForced, Event, Occurred, SaleSettled
from tests.support.book_days import ANN, closed, completed, kicked, nothing, opened

SALE: Place = ("main", "day-1", "a")


def test_a_refused_sale_closes_itself_alone() -> None:
    held = Closed()
    held.close(SALE, 5)
    assert held.by(SALE, 6) == 5
    assert held.by(("main", "day-1", "a", "deeper"), 6) == 5
    assert held.by(("main", "day-1", "b"), 6) is None
    assert held.by(("main", "day-1"), 6) is None
    assert held.by(("other", "day-1", "a"), 6) is None


def test_what_ends_a_place_waits_for_anything_within_it() -> None:
    held = Closed()
    held.close(SALE, 5)
    assert held.by(("main", "day-1"), 6, closes=True) == 5
    assert held.by(("main", "day-2"), 6, closes=True) is None
    held.close(("main",), 6)
    assert held.by(("main", "day-2", "x"), 7) == 6
    assert held.by(("other", "day-1", "x"), 7) is None


def test_nobody_waits_behind_a_later_record() -> None:
    held = Closed()
    held.close(SALE, 5)
    assert held.by(SALE, 5) is None
    assert held.by(SALE, 4) is None
    held.close(SALE, 3)
    assert held.by(SALE, 4) == 3
    assert held.by(("main", "day-1"), 4, closes=True) == 3


def test_the_outermost_place_closes_everything() -> None:
    held = Closed()
    held.close((), 1)
    assert held.by(("anything",), 2) == 1


def test_thousands_behind_one_record_are_kept_as_one() -> None:
    held = Closed()
    for seq in range(1, 5000):
        held.close(("main", "day-1", f"s{seq}") if seq > 1 else ("main",), seq)
    assert len(held) == 1


PLACES = st.lists(st.sampled_from("ab"), max_size=3).map(tuple)


@given(st.lists(st.tuples(PLACES, st.integers(1, 12)), max_size=8), PLACES, st.integers(1, 12), st.booleans())
def test_a_record_is_held_exactly_when_an_earlier_one_closes_its_place(
    rows: list[tuple[Place, int]], place: Place, seq: int, closes: bool
) -> None:
    held = Closed()
    for row in rows:
        held.close(*row)
    behind = [by for closed_place, by in rows if by < seq and lies_in(place, closed_place)]
    within = [by for closed_place, by in rows if by < seq and lies_in(closed_place, place)]
    found = held.by(place, seq, closes=closes)
    assert (found is not None) == bool(behind or (closes and within))
    assert found is None or found in behind + within


# --- where a record lies that has no plan -----------------------------------------------------------------------------


def record(event: Event) -> Record:
    return Record(7, 0, "", type(event).__name__, Occurred(0, 0, event), b"")


@pytest.mark.parametrize(
    ("event", "place"),
    [
        (completed("a"), SALE),
        (SaleSettled("a", "timeout", "main", "day-1"), SALE),
        (kicked("a"), SALE),
        (CountRecorded("c", "main", 1, 0, (), 0, 0, ANN, "day-1"), ("main", "day-1", "c")),
        (completed("a", day=""), ("main",)),
        (DrawerClosed("main", DrawerCause("none"), 5, "day-1"), ("main", "day-1")),
        (DrawerForced("main"), ("main",)),
        (opened(), ("main",)),
        (closed(count="c"), ("main",)),
        (completed("a", drawer=""), ("", "7")),
        (nothing(1), ("", "7")),
    ],
)
def test_without_a_plan_the_event_s_own_names_tell_where_it_lies(event: Event, place: Place) -> None:
    assert place_of(record(event)) == place


def test_what_is_no_event_lies_apart() -> None:
    for stored in (SignOut("shift", ANN), Unknown("event", "New", b"", "newer")):
        assert place_of(Record(7, 0, "", "", stored, b"")) == ("", "7")  # type: ignore[arg-type]  # as the file may hold


def test_a_plan_tells_it_better() -> None:
    call = Call("x", Request("GET", "/"), ("z",), (), "state")
    plans: list[tuple[Plan, Place]] = [(call, ("z",)), (Blocked("a", ("y",)), ("y",)), (Skip(), SALE)]
    for plan, place in plans:
        assert place_of(record(completed("a")), plan) == place
    assert text_of(SALE) == "main/day-1/a"
