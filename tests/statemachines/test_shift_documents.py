"""Opening and closing a shift are documents of the fiscaliser: refused, in doubt, stopped, resumed, made once."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from statemachines.vocabulary.commands import (
    CloseShift,
    OpenShift,
    ResolveDoubt,
)
from statemachines.vocabulary.day_events import (
    ClosingFinished,
    ClosingStopped,
    ShiftCloseDoubtful,
    ShiftCloseRefused,
    ShiftOpenDoubtful,
    ShiftOpenRefused,
)
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    ReceiptFiscalised,
    SaleCompleted,
    ShiftClosed,
    ShiftOpened,
)
from tests.support.counting_fiscalisers import HardwarePrinter
from tests.support.fiscal_till import FiscalTill, Victim
from tests.support.fiscalisers import (
    Cloud,
    Fiscaliser,
)
from tests.support.kinds import KINDS, MANAGER, cash
from tests.support.rules import CASHIER, only, shop

REGISTERING = [kind for kind in KINDS if kind != "K4 none"]


@pytest.mark.parametrize("kind", REGISTERING)
def test_an_opening_in_doubt_is_found_by_asking(kind: str) -> None:
    till = FiscalTill(KINDS[kind](), shift=False)
    till.plan = (0, till.fiscaliser.points[-1], "both")
    till.open_shift()
    assert till.said(ShiftOpenDoubtful)
    assert only(till.said(ShiftOpened), ShiftOpened).float_amount == 10_000
    assert till.fiscaliser.books.count("opening") == 1
    assert till.bench.rules.state.shift.state == "open"


def test_a_shift_in_doubt_sells_nothing_and_is_not_opened_twice() -> None:
    till = FiscalTill(Cloud(), shift=False)
    till.bench.do(OpenShift("shift-1", CASHIER, 10_000))
    till.bench.run(FiscalisationDoubtful("shift-1", "no answer"))
    assert till.bench.rules.state.shift.state == "opening_doubt"
    assert till.bench.refused(cash()).code == "shift-opening"
    assert till.bench.refused(OpenShift("shift-2", CASHIER, 10_000)).code == "shift-opening"
    assert till.bench.refused(ResolveDoubt("d-1", MANAGER, "shift-1", "abandoned", "I do not know")).code == "verdict"


@pytest.mark.parametrize(("verdict", "state"), [("fiscalised", "open"), ("not_fiscalised", "refused")])
def test_a_person_ends_the_doubt_about_an_opening(verdict: Literal["fiscalised", "not_fiscalised"], state: str) -> None:
    till = FiscalTill(Cloud(), shift=False)
    till.bench.do(OpenShift("shift-1", CASHIER, 10_000))
    till.bench.run(FiscalisationDoubtful("shift-1", "another device answers", person_needed=True))
    till.do(ResolveDoubt("d-1", MANAGER, "shift-1", verdict, "the cabinet shows it"))
    assert till.bench.rules.state.shift.state == state
    assert not till.bench.rules.state.documents


@pytest.mark.parametrize("kind", REGISTERING)
def test_a_refused_opening_sells_nothing_and_can_be_asked_for_again(kind: str) -> None:
    till = FiscalTill(KINDS[kind](), shift=False)
    till.fiscaliser.refuse = "the cashier is not signed in"
    till.open_shift()
    assert only(till.said(ShiftOpenRefused), ShiftOpenRefused).reason == "the cashier is not signed in"
    refusal = till.bench.refused(cash())
    assert refusal.code == "shift-closed"
    assert "the cashier is not signed in" in refusal.text
    till.open_shift("shift-2")
    till.do(cash())
    assert till.bench.rules.state.shift.number == 1
    assert till.about("s-1", SaleCompleted)


@pytest.mark.parametrize("kind", REGISTERING)
def test_a_z_report_in_doubt_is_found_by_asking_and_made_once(kind: str) -> None:
    till = FiscalTill(KINDS[kind]())
    till.do(cash())
    till.plan = (0, till.fiscaliser.points[-1], "both")
    till.do(CloseShift("z-1", CASHIER, "en"))
    assert till.said(ShiftCloseDoubtful)
    assert only(till.said(ShiftClosed), ShiftClosed).document_id == "z-1"
    assert till.fiscaliser.books.count("z") == 1
    assert till.said(ClosingFinished)


@pytest.mark.parametrize("kind", REGISTERING)
def test_a_closing_that_the_fiscaliser_stopped_is_resumed_by_asking_again(kind: str) -> None:
    till = FiscalTill(KINDS[kind]())
    till.do(cash())
    till.fiscaliser.refuse = "documents are waiting to be sent"
    till.do(CloseShift("z-1", CASHIER, "en"))
    shift = till.bench.rules.state.shift
    assert only(till.said(ClosingStopped), ClosingStopped) == ClosingStopped(
        "shift-1", "report", "documents are waiting to be sent"
    )
    assert till.said(ShiftCloseRefused)
    assert shift.state == "open"
    assert till.bench.refused(cash("s-2")).code == "shift-closing"
    till.do(CloseShift("z-2", CASHIER, "en"))
    assert till.bench.rules.state.shift.state == "closed"
    assert till.fiscaliser.books.count("z") == 1


def emptied(fiscaliser: Fiscaliser) -> FiscalTill:
    """A register whose cash must be registered as taken out before its Z report."""
    till = FiscalTill(fiscaliser, settings=shop(traits=replace(fiscaliser.traits, empties_at_close=True)))
    till.do(cash())
    return till


@pytest.mark.parametrize("victim", ["controller", "line", "both"])
@pytest.mark.parametrize("at", Cloud.points[1:])
def test_a_closing_that_was_cut_takes_the_cash_out_once_and_then_reports_once(at: str, victim: Victim) -> None:
    till = emptied(Cloud())
    till.plan = (0, at, victim)
    till.do(CloseShift("z-1", CASHIER, "en"))
    books = till.fiscaliser.books
    assert [entry.kind for entry in books.documents] == ["opening", "sale", "out", "z"]
    assert books.cash == till.bench.rules.state.shift.expected_cash == 0
    assert (till.bench.rules.state.shift.state, till.bench.rules.state.closing.state) == ("closed", "idle")


def test_a_removal_that_was_refused_stops_the_closing_and_is_made_when_it_is_resumed() -> None:
    till = emptied(Cloud())
    till.fiscaliser.refuse = "the sum is not in the register"
    till.do(CloseShift("z-1", CASHIER, "en"))
    assert only(till.said(ClosingStopped), ClosingStopped).step == "removal"
    assert till.fiscaliser.books.count("z") == 0
    till.do(CloseShift("z-2", CASHIER, "en"))
    assert [entry.kind for entry in till.fiscaliser.books.documents] == ["opening", "sale", "out", "z"]


@pytest.mark.parametrize(("lies_there", "moved"), [(0, "in"), (4_000, "in"), (10_000, ""), (12_000, "out")])
def test_what_the_register_does_not_count_yet_is_put_in_once_with_the_opening(lies_there: int, moved: str) -> None:
    """It says how much cash it knows of; the difference to the float is a cash move of the opening."""
    till = FiscalTill(Cloud(), shift=False)
    order = only(till.bench.do(OpenShift("shift-1", CASHIER, 10_000)).effects, Fiscalise)
    stamped = only(till.fiscaliser.serve(order), ReceiptFiscalised)
    till.orders += till.bench.run(replace(stamped, stamp=replace(stamped.stamp, balance=lies_there))).effects
    till.settle()
    moves = [entry for entry in till.fiscaliser.books.documents if entry.kind != "opening"]
    assert [(entry.kind, entry.total) for entry in moves] == ([(moved, abs(10_000 - lies_there))] if moved else [])
    assert till.bench.rules.state.shift.expected_cash == 10_000


def test_a_reopened_till_begins_its_next_shift_where_the_last_ended() -> None:
    till = FiscalTill(HardwarePrinter())
    till.do(CloseShift("z-1", CASHIER, "en"))
    till.open_shift("shift-2", 4_000)
    assert (till.bench.rules.state.shift.number, till.bench.rules.state.shift.expected_cash) == (2, 4_000)
