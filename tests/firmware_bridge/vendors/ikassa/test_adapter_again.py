"""What the till does not keep by our id is ordered again: a shift's opening and closing, and receipts handed over.

Until that is answered the doubt stands: neither a line that is dead nor a refusal without a reason ends it.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.ikassa.manner import Manner
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    HandedOver,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.ikassa.adapter_world import (
    Cut,
    World,
    heard,
    opening,
    report,
    sale,
    to_the_end,
)

CUTS: tuple[Cut, ...] = ("before", "on its way", "after")
DEAD: tuple[Cut, ...] = ("before",)


def forgetful(world: World) -> World:
    """A till that keeps sales by our id, and nothing else."""
    unknown = json.dumps({"resultCode": 399, "messageDetail": "Операция не найдена"}).encode()

    def script(request: Request) -> Response | None:
        asked = request.headers["INTENT_OPERATION_TYPE"] == "OPERATION_ID"
        return Response(200, {}, unknown) if asked else None

    world.line.scripted = script
    return world


def sink() -> World:
    return World(manner=Manner("sink"))


CASES: dict[str, tuple[Callable[[], World], Fiscalise]] = {
    "opening": (lambda: forgetful(World()), opening()),
    "z report": (lambda: forgetful(World().opened()), report("shift_report")),
    "handed over": (sink, sale()),
}


def made(world: World, order: Fiscalise) -> int:
    books = world.books()
    kind = "OpenShift" if order.opening is not None else "CloseShift"
    return len(books["cheques"]) or sum(one["kind"] == kind for one in books["documents"])


@pytest.mark.parametrize("first", CUTS)
@pytest.mark.parametrize("second", CUTS)
@pytest.mark.parametrize("case", CASES)
def test_it_is_made_once_and_told_as_made(case: str, first: Cut, second: Cut) -> None:
    build, order = CASES[case]
    world = build()
    world.line.cuts = [first, "", second]
    told = to_the_end(world, order)
    done = isinstance(told[-1], ReceiptFiscalised | HandedOver)
    assert done or isinstance(told[-1], FiscalisationRefused), told
    assert made(world, order) == done, told


def test_a_till_that_took_the_second_refusal_for_the_whole_truth_would_tell_lies() -> None:
    """The control: the line dies when it is ordered again, and what was ordered first is there."""
    build, order = CASES["z report"]
    world = build()
    world.line.cuts = ["after"]
    heard(world.do, order, asks=False)
    world.time.vendor.advance(10)
    assert isinstance(world.ask(order), FiscalisationUnknown)
    assert made(world, order) == 1
    world.line.cuts = ["before"]
    assert isinstance(heard(world.do, order, asks=False), FiscalisationDoubtful)


@pytest.mark.parametrize("case", ["opening", "z report", "handed over"])
def test_what_is_ordered_again_and_refused_without_a_reason_is_a_persons_question(case: str) -> None:
    build, order = CASES[case]
    world = build()
    world.line.cuts = ["after"]
    heard(world.do, order, asks=False)
    world.time.vendor.advance(10)
    heard(world.ask, order, asks=True)
    world.fault("blocked", count=1)
    event = heard(world.do, order, asks=False)
    assert isinstance(event, FiscalisationDoubtful)
    assert event.person_needed


@pytest.mark.parametrize("case", ["opening", "z report", "handed over"])
def test_a_register_that_is_not_there_is_not_asked_without_a_pause(case: str) -> None:
    """Whatever happens, the question fails before anything is ordered again: the rules wait between questions."""
    build, order = CASES[case]
    world = build()
    world.line.cuts = ["after", *DEAD * 40]
    heard(world.do, order, asks=False)
    for _ in range(5):
        world.time.vendor.advance(30)
        event = heard(world.ask, order, asks=True)
        assert isinstance(event, FiscalisationDoubtful)
        assert not event.person_needed
    world.line.cuts.clear()
    told = [heard(world.ask, order, asks=True)]
    if isinstance(told[-1], FiscalisationUnknown):
        told.append(heard(world.do, order, asks=False))
    assert isinstance(told[-1], ReceiptFiscalised | HandedOver)
    assert made(world, order) == 1


def test_a_blocked_till_that_takes_orders_is_asked_later() -> None:
    world = sink()
    world.line.cuts = ["after"]
    heard(world.do, sale(), asks=False)
    world.fault("blocked", count=1)
    world.time.vendor.advance(10)
    event = heard(world.ask, sale(), asks=True)
    assert isinstance(event, FiscalisationDoubtful)
    assert not event.person_needed
    assert isinstance(world.ask(sale()), FiscalisationUnknown)
    assert isinstance(world.do(sale()), HandedOver)
