"""What a till's records say of ordered documents, record after record: the same each time, and done wins."""

from __future__ import annotations

import itertools
import random

import pytest

from firmware_bridge.gateway.prints_projection import REFUNDED, Projection, fold
from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.bitrix24.check_view import Outcome, Particulars, answer
from statemachines.vocabulary.events import (
    DoubtResolved,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalStamp,
    HandedOver,
    Occurred,
    ReceiptFiscalised,
    SaleCompleted,
    SaleRefused,
    ShiftOpened,
)
from statemachines.vocabulary.receipt import Person

WHO = Person("7", "Коваль О.", "cashier")
AT = 1_772_442_000_000
STAMP = FiscalStamp(
    "checkbox", "TEST-1", "2026-03-02", register="4000000001", document_no="17", shift_no="3", at=AT + 5000
)


def record(seq: int, event: Event) -> Record:
    return Record(seq, AT + seq, "", type(event).__name__, Occurred(AT + seq, 0, event, WHO), b"")


def said(*events: Event) -> dict[str, Outcome]:
    return fold(Projection("till-1"), [record(seq, event) for seq, event in enumerate(events, 1)])[1]


def shift(number: int, vendor: str = "") -> ShiftOpened:
    return ShiftOpened("s", number, 0, WHO, "2026-03-02", vendor_number=vendor)


def test_a_document_is_done_as_soon_as_it_is_fiscalised_on_paper_or_not() -> None:
    (found,) = said(ReceiptFiscalised("a", STAMP, "no")).values()
    assert found == Outcome(
        "done",
        particulars=Particulars("checkbox", "TEST-1", "4000000001", "17", "3", at=AT + 5000, till="till-1"),
    )
    assert answer("a", found)["STATUS"] == "DONE"


@pytest.mark.parametrize(
    "event",
    [
        FiscalisationDoubtful("a", "no answer"),
        FiscalisationRefused("a", "no"),
        HandedOver("a", "other"),
        DoubtResolved("a", "abandoned", "", WHO),
        DoubtResolved("a", "fiscalised", "", WHO),
    ],
)
def test_a_doubt_and_what_may_still_become_something_say_nothing(event: Event) -> None:
    assert said(event) == {}


def test_a_refusal_says_why_and_money_given_back_is_one() -> None:
    assert said(SaleRefused("a", "no paper")) == {"a": Outcome("refused", "no paper")}
    assert said(DoubtResolved("a", "refunded", "seen", WHO)) == {"a": Outcome("refused", REFUNDED)}


def test_a_till_without_a_fiscaliser_tells_its_own_numbers() -> None:
    (found,) = said(shift(7), SaleCompleted("a", 0, 0, 0, number="000042")).values()
    known = found.particulars
    assert (known.local, known.shift, known.till, known.at) == ("000042", "7", "till-1", AT + 2)


def test_the_shift_is_the_registers_where_the_stamp_does_not_tell_it() -> None:
    bare = FiscalStamp("ikassa", "UID", "")
    (found,) = said(shift(7, "99"), ReceiptFiscalised("a", bare, "yes")).values()
    assert answer("a", found)["SHIFT_NUMBER"] == "99"
    (later,) = said(shift(7), shift(8), ReceiptFiscalised("a", bare, "yes")).values()
    assert answer("a", later)["SHIFT_NUMBER"] == "8"


def test_done_wins_in_whatever_order_and_the_first_data_stay() -> None:
    events = [SaleRefused("a", "no"), ReceiptFiscalised("a", STAMP, "yes"), SaleCompleted("a", 0, 0, 0, number="1")]
    for order in itertools.permutations(events):
        assert said(*order)["a"].state == "done"
    assert said(*events)["a"].particulars.fiscaliser == "checkbox"
    assert said(events[2], events[1])["a"].particulars.local == "1"


def test_records_that_are_read_twice_or_are_not_understood_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    events: list[Event] = [shift(1)]
    events += [ReceiptFiscalised(f"d{number}", STAMP, "yes") for number in range(20)]
    events += [SaleRefused(f"r{number}", "no") for number in range(20)]
    records = [record(seq, event) for seq, event in enumerate(events, 1)]
    whole = fold(Projection("t"), records)
    again, told = Projection("t"), dict[str, Outcome]()
    at = 0
    while at < len(records):
        begin = chance.randrange(at + 1)
        end = min(len(records), at + chance.randrange(1, 9))
        again, found = fold(again, records[begin:end])
        told |= found
        at = end
    assert (again, told) == whole
    odd = Record(99, AT, "", "New", Unknown("event", "New", b"", "newer"), b"")
    assert fold(whole[0], [odd])[1] == {}
