"""The line is cut at every request, and the till ended at every step of its own.

Then the till asks as its rules do. Whatever happens: never two documents, never a card charged twice, never a claim
that is not so; what cannot be known ends with a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.errors import DeviceError
from firmware_bridge.vendors.ikassa.manner import Manner
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    HandedOver,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.ikassa.adapter_cuts import charged, ended_at, made, truth
from tests.firmware_bridge.vendors.ikassa.adapter_world import (
    Cut,
    World,
    back,
    by_card,
    heard,
    move,
    opening,
    report,
    sale,
    to_the_end,
    uuid_of,
)

CUTS: tuple[Cut, ...] = ("before", "on its way", "after")
NOTHING: tuple[Cut, ...] = ("",)


def fresh() -> World:
    return World()


def with_shift() -> World:
    return World().opened(5000)


def with_sale() -> World:
    world = World().opened(5000)
    world.do(sale(5000, 30))
    world.line.sent.clear()
    return world


def aged() -> World:
    world = World().opened(5000)
    world.fault("aged-shift", count=1)
    return world


def sink() -> World:
    return World(manner=Manner("sink"))


CASES: dict[str, tuple[Callable[[], World], Fiscalise]] = {
    "opening": (fresh, opening()),
    "sale": (with_shift, sale()),
    "sale by card": (with_shift, by_card()),
    "sale in a shift too old": (aged, sale()),
    "return": (with_sale, back()),
    "return to the card": (with_sale, by_card(kind="return")),
    "cash in": (with_shift, move(700)),
    "cash out": (with_sale, move(700, 50, "out")),
    "x report": (with_sale, report("x_report")),
    "z report": (with_sale, report("shift_report")),
    "handed over": (sink, sale()),
}


def requests_of(case: str) -> int:
    build, order = CASES[case]
    world = build()
    assert isinstance(world.do(order), ReceiptFiscalised | HandedOver)
    return len(world.line.sent)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("case", CASES)
def test_a_cut_at_any_request_leaves_one_document_or_none_and_the_truth(case: str, cut: Cut) -> None:
    build, order = CASES[case]
    for at in range(requests_of(case)):
        world = build()
        world.line.cuts = [*NOTHING * at, cut]
        told = to_the_end(world, order)
        assert truth(told, world.books(), order), f"{cut} request {at} of {case}: {told}, {world.line.calls}"


@pytest.mark.parametrize("case", CASES)
def test_two_cuts_in_a_row_leave_one_document_or_none_and_the_truth(case: str) -> None:
    build, order = CASES[case]
    for at in range(requests_of(case)):
        for first in CUTS:
            for second in CUTS:
                world = build()
                world.line.cuts = [*NOTHING * at, first, second]
                told = to_the_end(world, order)
                assert truth(told, world.books(), order), f"{first}, {second} at {at} of {case}: {told}"


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("case", CASES)
def test_a_cut_and_a_restart_leave_one_document_or_none_and_the_truth(case: str, cut: Cut) -> None:
    """The till's power goes with the line: it knows nothing but its intention, and asks."""
    build, order = CASES[case]
    for at in range(requests_of(case)):
        world = build()
        world.line.cuts = [*NOTHING * at, cut]
        heard(world.do, order, asks=False)
        world.restart()
        told: list[Event] = [FiscalisationDoubtful(order.document_id, "the till was restarted")]
        for pause in (0.0, 2.0, 5.0, 10.0, *[30.0] * 10):
            last = told[-1]
            if isinstance(last, ReceiptFiscalised | FiscalisationRefused | HandedOver):
                break
            if isinstance(last, FiscalisationDoubtful) and not last.person_needed:
                world.time.vendor.advance(pause)
                told.append(heard(world.ask, order, asks=True))
            elif not isinstance(last, FiscalisationDoubtful):
                told.append(heard(world.do, order, asks=False))
        assert truth(told, world.books(), order), f"{cut} request {at} of {case}: {told}"


@pytest.mark.parametrize("case", CASES)
def test_a_task_ended_at_any_step_leaves_one_document_or_none_and_the_truth(case: str) -> None:
    """The lane is closed while the register is at work; the next start asks."""
    build, order = CASES[case]
    for step in range(1, 60):
        world = build()
        ended, event = ended_at(step, lambda world=world: world.fiscaliser.fiscalise(order))  # type: ignore[misc]  # bound now
        if not ended:
            assert event is not None
            assert truth([event], world.books(), order)
            break
        told: list[Event] = [FiscalisationDoubtful(order.document_id, "the till was stopped")]
        told += after(world, order)
        assert truth(told, world.books(), order), f"ended at step {step} of {case}: {told}"
    else:
        pytest.fail("it has no end")


def after(world: World, order: Fiscalise) -> list[Event]:
    """What the next start does, for as long as it takes."""
    told = [heard(world.ask, order, asks=True)]
    for pause in (2.0, 5.0, 10.0, *[30.0] * 10):
        last = told[-1]
        if isinstance(last, ReceiptFiscalised | FiscalisationRefused | HandedOver):
            break
        if isinstance(last, FiscalisationDoubtful):
            if last.person_needed:
                break
            world.time.vendor.advance(pause)
            told.append(heard(world.ask, order, asks=True))
        else:
            told.append(heard(world.do, order, asks=False))
    return told


# --- the controls -----------------------------------------------------------------------------------------------------


def test_a_till_that_took_every_cut_for_a_refusal_would_tell_lies() -> None:
    """The control: the same check on a careless till must find fault."""
    world = with_shift()
    world.line.cuts = ["after"]
    try:
        world.do(sale())
        told: list[Event] = []
    except DeviceError as error:
        told = [FiscalisationRefused("s", error.text)]
    assert not truth(told, world.books(), sale())


def test_a_till_that_sent_again_without_asking_would_make_two() -> None:
    """The control: the register makes again what it is sent again, so the check must see two."""
    world = with_shift()
    world.line.cuts = ["after"]
    heard(world.do, sale(), asks=False)
    told = [world.do(sale())]
    assert made(world.books(), sale()) == 2
    assert not truth(told, world.books(), sale())


def test_a_till_that_sent_a_card_again_would_charge_twice() -> None:
    world = with_shift()
    world.line.cuts = ["after"]
    heard(world.do, by_card(), asks=False)
    told = [world.do(by_card())]
    assert charged(world.books(), by_card()) == 2
    assert not truth(told, world.books(), by_card())


def test_a_till_that_sent_again_under_a_new_id_would_make_two() -> None:
    """The control: what the ids are for."""
    world = with_shift()
    world.line.cuts = ["after"]
    heard(world.do, sale(), asks=False)
    world.do(replace(sale(), fiscal_doc_id=uuid_of(99)))
    assert sum(one["kind"] == "Sale" for one in world.books()["documents"]) == 2


def test_a_till_that_believed_unknown_at_once_would_make_two() -> None:
    """The control: what the moment of waiting is for. The request is still on its way when the question comes."""
    world = with_shift()
    world.line.cuts = ["on its way"]
    heard(world.do, sale(), asks=False)
    late = world.line.sent[-1]
    world.service.handle("POST", "/v1", {}, late.headers, late.body)  # it arrives after the line was cut
    careless = heard(world.do, sale(), asks=False)
    assert made(world.books(), sale()) == 2
    assert not truth([careless], world.books(), sale())


def test_a_request_that_arrives_late_is_found_by_the_till_that_waits() -> None:
    world = with_shift()
    world.line.cuts = ["on its way"]
    heard(world.do, sale(), asks=False)
    assert isinstance(world.ask(sale()), FiscalisationDoubtful)
    late = world.line.sent[0]
    world.service.handle("POST", "/v1", {}, late.headers, late.body)
    told = after(world, sale())
    assert isinstance(told[-1], ReceiptFiscalised)
    assert truth(told, world.books(), sale())
