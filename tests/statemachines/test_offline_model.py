"""The model of a register that the rules are held against: it takes what is in order, and jams at what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from statemachines.vocabulary.effects import DeliverOffline, Fiscalise, GoOffline, GoOnline, LookAtRegister, RefillCodes
from statemachines.vocabulary.events import Event, FiscalisationDoubtful, FiscalisationUnknown, ReceiptFiscalised
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodesNotRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    RegisterSeen,
    WentOffline,
)
from statemachines.vocabulary.receipt import ShiftOpening
from tests.support.offline_chain import HOUR, MONTH, Options
from tests.support.offline_register import Register
from tests.support.rules import CASHIER, sale

MINUTE = 60_000


def opening(name: str) -> Fiscalise:
    return Fiscalise(name, name, opening=ShiftOpening(name, 1, 0, (), CASHIER, "day", "UAH", "en"))


def sold(name: str) -> Fiscalise:
    return Fiscalise(name, name, sale(name))


def register(*, manual: bool = False, **options: Any) -> Register:
    """A shift is open and ten codes are free; `manual`: off line since now."""
    made = Register(600 * MONTH, Options(**{"codes": 10, **options}))
    made.take(opening("shift"))
    made.advance(made.now + 5_000)
    made.take(RefillCodes(10))
    if manual:
        assert made.take(GoOffline("offline", code(made, 10), made.now)) == WentOffline("offline")
    return made


def code(made: Register, serial: int) -> OfflineCode:
    return next(OfflineCode(value, place) for value, place in made.codes.items() if place == serial)


def hand_over(made: Register, name: str, serial: int, at: int) -> Event | None:
    return made.take(DeliverOffline(name, code(made, serial), at, sold(name)))


def test_what_is_in_order_is_taken_and_reaches_the_tax_service() -> None:
    made = register(manual=True)
    for number, name in enumerate(("s-1", "s-2")):
        assert isinstance(hand_over(made, name, 9 - number, made.now + 1000 * number), OfflineDocumentDelivered)
    made.advance(made.now + MINUTE)
    made.take(GoOnline("offline", 1))
    made.advance(made.now + MINUTE)
    assert (made.jam, made.mode, made.waiting, made.refusals) == ("", "online", [], [])
    assert all(one.delivered for one in made.entries)


def going_off_line(made: Register) -> None:
    made.take(sold("s-0"))
    made.take(GoOffline("offline", code(made, 10), made.now - 1_000))


def a_document(made: Register) -> None:
    made.take(GoOffline("offline", code(made, 10), made.now))
    hand_over(made, "s-1", 9, made.now - 1_000)


def coming_on_line(made: Register) -> None:
    made.take(GoOffline("offline", code(made, 10), made.now))
    hand_over(made, "s-1", 9, made.now + MINUTE)
    made.take(GoOnline("offline", 1))
    made.advance(made.now + 10_000)


def after_a_request_for_codes(made: Register) -> None:
    made.take(RefillCodes(10))
    made.take(GoOffline("offline", code(made, 10), made.asked_at - 1))


@pytest.mark.parametrize("what", [going_off_line, a_document, coming_on_line, after_a_request_for_codes])
def test_a_date_out_of_order_jams_it(what: Callable[[Register], None]) -> None:
    made = register()
    what(made)
    assert made.jam


@pytest.mark.parametrize(("limit", "why"), [("session_ms", "after going off line"), ("month_ms", "in its month")])
def test_a_document_beyond_a_limit_jams_it(limit: str, why: str) -> None:
    made = register(manual=True, shift_ms=100 * HOUR, **{limit: 36 * HOUR})
    hand_over(made, "s-1", 9, made.now + 36 * HOUR + 1_000)
    made.advance(made.now + 37 * HOUR)
    made.take(GoOnline("offline", 1))
    made.advance(made.now + MINUTE)
    assert why in made.jam


def used(made: Register) -> Event | None:
    made.spent[code(made, 9).value] = "somebody"
    return hand_over(made, "s-1", 9, made.now)


def never_given(made: Register) -> Event | None:
    return made.take(DeliverOffline("s-1", OfflineCode("never given", 9), made.now, sold("s-1")))


def twice(made: Register) -> Event | None:
    hand_over(made, "s-0", 9, made.now)
    return hand_over(made, "s-1", 9, made.now)


def too_old_a_shift(made: Register) -> Event | None:
    return hand_over(made, "s-1", 9, made.now + 25 * HOUR)


def with_its_shift(made: Register) -> Event | None:
    assert made.shift is not None
    return hand_over(made, "s-1", 9, made.shift.date)


@pytest.mark.parametrize("what", [used, never_given, twice, too_old_a_shift, with_its_shift])
def test_what_no_register_takes_is_refused(what: Callable[[Register], Event | None]) -> None:
    made = register(manual=True)
    assert isinstance(what(made), OfflineDocumentRefused)
    assert made.refusals


def test_a_document_is_refused_while_it_is_not_off_line_by_order() -> None:
    made = register()
    assert isinstance(hand_over(made, "s-1", 9, made.now), OfflineDocumentRefused)


def sells_with_the_opening(made: Register) -> tuple[Event | None, Event | None]:
    """A shift is opened off line, and a sale bears the same date or one a second later."""
    report = DeliverOffline("shift-2", code(made, 9), made.now + 1_000, opening("shift-2"))
    made.shift = None
    assert isinstance(made.take(report), OfflineDocumentDelivered)
    with_it = hand_over(made, "s-1", 8, made.now + 1_000)
    return with_it, hand_over(made, "s-2", 7, made.now + 2_000)


def test_a_sale_dated_with_its_shifts_opening_is_refused_where_the_interface_is_the_current_one() -> None:
    with_it, after_it = sells_with_the_opening(register(manual=True))
    assert isinstance(with_it, OfflineDocumentRefused)
    assert isinstance(after_it, OfflineDocumentDelivered)
    older, _ = sells_with_the_opening(register(manual=True, after_opening=False))
    assert isinstance(older, OfflineDocumentDelivered)


def test_what_is_there_already_is_told_as_done() -> None:
    made = register(manual=True)
    at = made.now
    first = hand_over(made, "s-1", 9, at)
    made.advance(at + MINUTE)
    assert hand_over(made, "s-1", 9, at) == first
    assert made.take(GoOffline("offline", code(made, 10), at)) == WentOffline("offline")
    assert made.arrivals.count("s-1") == 1


def test_it_goes_off_line_by_itself_and_spends_its_lowest_codes() -> None:
    made = register()
    made.tax_down = True
    made.take(sold("s-1"))
    assert isinstance(made.find(sold("s-1")), FiscalisationDoubtful)
    made.advance(made.now + 10_000)
    found = made.find(sold("s-1"))
    assert isinstance(found, ReceiptFiscalised)
    assert (found.stamp.offline, found.stamp.complete) == (True, True)
    assert (found.stamp.number, made.mode) == (code(made, 2).value, "auto"), "the going off line has the first"
    made.tax_down = False
    made.take(sold("s-2"))
    made.advance(made.now + 10_000)
    assert (made.mode, made.waiting) == ("online", [])


def test_it_gives_no_codes_off_line_or_too_often() -> None:
    often = register()
    for _ in range(10):
        often.take(RefillCodes(10))
    assert "too often" in often.refusals[0]
    away = register(manual=True)
    before = away.asked_at
    assert isinstance(away.take(RefillCodes(10)), OfflineCodesNotRefilled)
    assert away.asked_at == before


def test_the_older_interface_sends_one_document_a_request() -> None:
    made = register(manual=True, sends=1)
    hand_over(made, "s-1", 9, made.now)
    made.advance(made.now + 5_000)
    waiting = []
    for tries in range(3):
        made.take(GoOnline("offline", tries))
        made.advance(made.now + 5_000)
        seen = made.take(LookAtRegister())
        assert isinstance(seen, RegisterSeen)
        waiting.append(seen.waiting)
    assert waiting == [1, 0, 0], "the going off line is one"
    assert made.mode == "online"


def test_a_late_request_is_carried_out_late() -> None:
    made = register()
    made.late.append((made.now + 9_000, sold("s-1")))
    made.advance(made.now + 8_000)
    assert isinstance(made.find(sold("s-1")), FiscalisationUnknown)
    made.advance(made.now + 2_000)
    assert isinstance(made.find(sold("s-1")), ReceiptFiscalised)
