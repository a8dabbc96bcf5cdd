"""The line is cut at every request of every operation, in every way; then the till asks as its rules do.

Whatever happens: never two documents, never a claim that is not so, and in the end the document is made once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.errors import DeviceError, NotSent, Refused, Unanswered
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.checkbox.virtual import Cut, World, back, move, opening, report, sale, uuid_of

CUTS: tuple[Cut, ...] = ("before", "on its way", "after")
NOTHING: tuple[Cut, ...] = ("",)


def fresh() -> World:
    return World()


def with_shift() -> World:
    return World().opened()


def with_sale() -> World:
    world = World().opened()
    world.do(sale(5000, 30))
    world.line.sent.clear()
    return world


CASES: dict[str, tuple[Callable[[], World], Fiscalise]] = {
    "opening": (fresh, opening()),
    "sale": (with_shift, sale()),
    "return": (with_sale, back()),
    "cash in": (with_shift, move(700)),
    "cash out": (with_sale, move(700, 50, "out")),
    "z report": (with_sale, report("shift_report")),
}


def made(world: World, order: Fiscalise) -> int:
    """How many documents of this order the vendor has."""
    books = world.books()
    if order.opening is not None:
        return sum(one["status"] != "CLOSED" for one in books["shifts"])
    if order.report is not None:
        return sum(one["status"] in ("CLOSING", "CLOSED") for one in books["shifts"])
    return sum(one["id"] == order.fiscal_doc_id for one in [*books["receipts"], *books["service"]])


def requests_of(case: str) -> int:
    build, order = CASES[case]
    world = build()
    assert isinstance(world.do(order), ReceiptFiscalised)
    return len(world.line.sent)


def outcome(world: World, order: Fiscalise, work: Callable[[Fiscalise], Event]) -> Event:
    """As the lane makes an event of an exception."""
    try:
        return work(order)
    except (NotSent, Refused) as error:
        kind = FiscalisationRefused if work == world.do else FiscalisationDoubtful
        return kind(order.document_id, error.text)
    except Unanswered as error:
        return FiscalisationDoubtful(order.document_id, error.text)


def to_the_end(world: World, order: Fiscalise) -> list[Event]:
    """What the rules do: doubt is asked about, unknown is sent again under the same id, a refusal ends it."""
    told = [outcome(world, order, world.do)]
    while len(told) < 20 and not isinstance(told[-1], ReceiptFiscalised | FiscalisationRefused):
        again = isinstance(told[-1], FiscalisationUnknown)
        told.append(outcome(world, order, world.do if again else world.ask))
    return told


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("case", CASES)
def test_a_cut_at_any_request_leaves_one_document_or_none_and_the_truth(case: str, cut: Cut) -> None:
    build, order = CASES[case]
    for at in range(requests_of(case)):
        world = build()
        world.line.cuts = [*NOTHING * at, cut]
        told = to_the_end(world, order)
        where = f"{cut} request {at} of {case}: {told}, {world.line.calls}"
        if isinstance(told[-1], ReceiptFiscalised):
            assert made(world, order) == 1, where
        else:
            assert isinstance(told[-1], FiscalisationRefused), where
            assert made(world, order) == 0, where


@pytest.mark.parametrize("case", CASES)
def test_two_cuts_in_a_row_leave_one_document_or_none_and_the_truth(case: str) -> None:
    build, order = CASES[case]
    for at in range(requests_of(case)):
        for first in CUTS:
            for second in CUTS:
                world = build()
                world.line.cuts = [*NOTHING * at, first, second]
                told = to_the_end(world, order)
                expected = 1 if isinstance(told[-1], ReceiptFiscalised) else 0
                assert made(world, order) == expected, f"{first}, {second} at {at} of {case}: {told}"


def test_a_till_that_took_every_cut_for_a_refusal_would_tell_lies() -> None:
    """The control: the same check on a careless till must find fault."""
    build, order = CASES["sale"]
    world = build()
    world.line.cuts = ["after"]
    try:
        world.do(order)
        refused = False
    except DeviceError:
        refused = True
    assert refused
    assert made(world, order) == 1


@pytest.mark.parametrize("case", CASES)
def test_a_power_cut_after_the_request_is_solved_by_asking(case: str) -> None:
    build, order = CASES[case]
    world = build()
    world.do(order)
    assert isinstance(world.ask(order), ReceiptFiscalised)
    assert made(world, order) == 1


def test_no_document_is_sent_twice_while_the_first_is_unanswered() -> None:
    world = with_shift()
    world.line.cuts = ["after", "on its way", "on its way"]
    told = to_the_end(world, sale())
    assert isinstance(told[-1], ReceiptFiscalised)
    assert world.line.calls.count("POST /receipts/sell") == 1


def test_a_till_that_sent_again_under_a_new_id_would_make_two() -> None:
    """The control: what the ids are for."""
    world = with_shift()
    world.line.cuts = ["after"]
    with pytest.raises(Unanswered):
        world.do(sale())
    world.do(replace(sale(), fiscal_doc_id=uuid_of(11)))
    assert len(world.books()["receipts"]) == 2
