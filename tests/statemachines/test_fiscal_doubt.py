"""Every exchange cut at every point: one fiscal document per accepted document, one pulse, the cash right.

A till with a fiscaliser of each kind makes a document of each kind; one exchange of it is cut at one point, and the
controller, the line or both fail. After a restart and questions the fiscaliser's books must tell the journal's story.
The same check runs over rules that are broken on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from statemachines import document as documents
from statemachines import receipt
from statemachines.context import Planning
from statemachines.document import Document
from statemachines.machine import Output, Row
from statemachines.vocabulary.commands import CloseShift, Command, MoveCash, OpenShift, Refusal, Sell, TakeXReport
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveRequested,
    Event,
    FiscalisationDoubtful,
    HandedOver,
    ReportRefused,
    ReportRequested,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
    ShiftClosed,
    ShiftOpened,
    ShiftOpenRequested,
)
from tests.support.counting_fiscalisers import HardwarePrinter, LanRegisterByTotals
from tests.support.fiscal_till import KEPT, UNCOMMITTED, FiscalTill, Victim
from tests.support.fiscalisers import Cloud, Fiscaliser, LanRegister, NoFiscaliser, OrderTaker
from tests.support.rules import CASHIER, cash_move, replayed, sale, shop, taken_back, with_rows

KINDS: dict[str, Callable[[], Fiscaliser]] = {
    "cloud": Cloud,
    "hardware": HardwarePrinter,
    "hardware with unique numbers": lambda: HardwarePrinter(unique_numbers=True),
    "lan by id": LanRegister,
    "lan by id, tells no paper": lambda: LanRegister("yes", "unknown"),
    "lan by totals": LanRegisterByTotals,
    "order taker": OrderTaker,
    "none": NoFiscaliser,
}
VICTIMS: tuple[Victim, ...] = ("controller", "line", "both")
NAME = "d-1"


def card_sale(fiscaliser: Fiscaliser) -> Command:
    """Where the register collects the card it does so; elsewhere a terminal did before."""
    one = sale(NAME, cash=0, card=700)
    if fiscaliser.traits.collects_card:
        one = replace(one, payments=tuple(replace(paid, collected="by_device") for paid in one.payments))
    return Sell(NAME, CASHIER, one)


DOCUMENTS: dict[str, Callable[[Fiscaliser], Command]] = {
    "cash sale": lambda _: Sell(NAME, CASHIER, sale(NAME)),
    "card sale": card_sale,
    "return": lambda _: Sell(NAME, CASHIER, taken_back(NAME, "s-0"), original=sale("s-0")),
    "cash in": lambda _: MoveCash(NAME, CASHIER, cash_move(NAME)),
    "cash out": lambda _: MoveCash(NAME, CASHIER, cash_move(NAME, "out")),
    "opening": lambda _: OpenShift(NAME, CASHIER, 5_000),
    "X report": lambda _: TakeXReport(NAME, CASHIER, "en"),
    "Z report": lambda _: CloseShift(NAME, CASHIER, "en"),
}
SELLABLE = ("cash sale", "card sale", "return", "cash in", "cash out")


@dataclass
class Trial:
    """One document of one kind at one fiscaliser, with at most one failure."""

    kind: str
    document: str
    plan: tuple[int, str, Victim] | None

    def run(self) -> FiscalTill:
        fiscaliser = KINDS[self.kind]()
        till = FiscalTill(fiscaliser, shift=self.document != "opening", settings=shop(traits=fiscaliser.traits))
        if self.document != "opening":
            till.do(Sell("s-0", CASHIER, sale("s-0")))  # an earlier one of the same sum: nobody may mistake it for ours
        self.pulses_before = till.pulses
        till.plan = self.plan
        till.do(DOCUMENTS[self.document](fiscaliser))
        till.plan = None
        return till

    def faults(self, till: FiscalTill) -> list[str]:
        """Every promise that this till has broken."""
        found = [*_counted(till), *_pulsed(till, self.pulses_before), *_certain(till, self.document)]
        if replayed(till.bench.records, till.bench.settings).state.shift.totals != till.bench.rules.state.shift.totals:
            found.append("the journal tells other totals than the state")
        return found if found or self.document not in SELLABLE else list(_goes_on(till))


def _counted(till: FiscalTill) -> Iterator[str]:
    books, name = till.fiscaliser.books, NAME
    made = len(books.of(name)) + books.orders.count(name)
    if not isinstance(till.fiscaliser, NoFiscaliser | OrderTaker):
        if books.count("x") == 0 and made > 1:
            yield "two fiscal documents for one"
        if books.cash != till.bench.rules.state.shift.expected_cash:
            yield "the fiscaliser counts other cash than the till"
    elif books.orders.count(name) > 1 or till.printer.originals(name) > 1:
        yield "two originals for one"
    if len([charge for charge in books.charges if charge[0] == name]) > 1:
        yield "a card was charged twice"


def _pulsed(till: FiscalTill, before: int) -> Iterator[str]:
    if till.pulses - before > 1:
        yield "the drawer opened twice"
    if till.restarts and till.printer.pulses != till.pulses_at_cut:
        yield "the drawer opened after a restart"


def _certain(till: FiscalTill, what: str) -> Iterator[str]:
    """Registered and certain are the same; what is neither certain nor refused is not lawful and somebody knows it."""
    name, bench = NAME, till.bench
    requests = till.about(name, SaleRequested, CashMoveRequested, ReportRequested, ShiftOpenRequested)
    if what == "X report":
        return  # it may be made as often as one likes
    done: list[Event] = [*till.about(name, SaleCompleted, CashMoved, HandedOver)]
    done += [event for event in till.said(ShiftOpened) if event.shift_id == name]
    done += [event for event in till.said(ShiftClosed) if event.document_id == name]
    refused = till.about(name, SaleRefused, CashMoveRefused, ReportRefused)
    if till.fiscaliser.traits.registers and not isinstance(till.fiscaliser, OrderTaker):
        registered = bool(till.fiscaliser.books.of(name))
        if registered != bool(done):
            yield "registered and certain are not the same"
    # without a fiscaliser paper is the proof, unless a card was charged before: that sale stands without paper too
    proven_by_paper = isinstance(till.fiscaliser, NoFiscaliser) and what in SELLABLE and what != "card sale"
    if proven_by_paper and bool(till.printer.originals(name)) != bool(done):
        yield "on paper and certain are not the same"
    if len(done) > 1 or (done and refused):
        yield "it is certain twice"
    paid = name in bench.rules.state.documents and bench.document(name).state == documents.PAID_UNFISCALISED
    stopped = what in ("opening", "Z report")
    if requests and not (done or refused or paid or stopped):
        yield "it was accepted and nobody knows what became of it"


def _goes_on(till: FiscalTill) -> Iterator[str]:
    """The next sale, of the same sum, is made and not taken for the one before."""
    command = Sell("s-2", CASHIER, sale("s-2"))
    if isinstance(till.bench.decide(command), Refusal):
        yield "the next sale is refused"
        return
    till.do(command)
    if not till.about("s-2", SaleCompleted, HandedOver):
        yield "the next sale was not completed"


def trials(kind: str, document: str) -> list[Trial]:
    """Every point of every exchange, with every victim; and the commit before the first of them."""
    whole = Trial(kind, document, None).run()
    found = [Trial(kind, document, (0, point, "controller")) for point in (UNCOMMITTED, KEPT)]
    for number, effect in enumerate(whole.served):
        found += [Trial(kind, document, (number, at, who)) for at in whole.points(effect) for who in VICTIMS]
    return found


def caught(kind: str, document: str) -> list[str]:
    return [fault for trial in trials(kind, document) for fault in trial.faults(trial.run())]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_at_any_point_loses_and_doubles_nothing(kind: str, document: str) -> None:
    for trial in trials(kind, document):
        assert trial.faults(trial.run()) == [], trial


@pytest.mark.parametrize("kind", KINDS)
def test_every_exchange_of_a_sale_is_cut(kind: str) -> None:
    """The campaign means what it says: it cuts inside each exchange, with each victim."""
    cut = {trial.plan[1:] for trial in trials(kind, "cash sale") if trial.plan is not None}
    wanted = KINDS[kind]().points or ("begun", "whole")
    assert {(point, victim) for point in wanted for victim in VICTIMS} <= cut
    for trial in trials(kind, "cash sale"):
        assert trial.plan is not None
        assert trial.run().restarts == (trial.plan[2] != "line"), trial


# --- negative controls --------------------------------------------------------------------------------------------


def _new_id(document: Document, event: FiscalisationDoubtful, _: Any) -> Iterable[Output]:
    order = document.fiscalise
    assert order is not None
    return [replace(order, fiscal_doc_id=f"{order.fiscal_doc_id}'", attempt=order.attempt + 1)]


def _resend(row: Row[Any, Any]) -> Row[Any, Any]:
    if row.event is FiscalisationDoubtful and row.source == documents.FISCALISING:
        return replace(row, target=documents.FISCALISING, then=_new_id)
    return row


def _silence_is_no(row: Row[Any, Any]) -> Row[Any, Any]:
    def refused(document: Document, event: FiscalisationDoubtful, context: Any) -> Iterable[Output]:
        return [SaleRefused(document.document_id, event.reason)]

    if row.event is FiscalisationDoubtful and row.source == documents.FISCALISING:
        return replace(row, target=documents.REFUSED, then=refused)
    return row


@pytest.mark.parametrize("kind", ["cloud", "hardware", "lan by id", "lan by totals"])
def test_control_rules_that_send_again_under_a_new_id_are_caught(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "TABLE", with_rows(receipt.TABLE, _resend))
    assert "two fiscal documents for one" in caught(kind, "cash sale")


@pytest.mark.parametrize("kind", ["cloud", "hardware", "lan by id", "lan by totals"])
def test_control_rules_that_take_silence_for_a_refusal_are_caught(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "TABLE", with_rows(receipt.TABLE, _silence_is_no))
    assert "registered and certain are not the same" in caught(kind, "cash sale")


@pytest.mark.parametrize("kind", ["cloud", "lan by id", "lan by totals", "none"])
def test_control_rules_that_pulse_after_a_recovery_are_caught(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Planning.open_drawer

    def forgetful(self: Planning, document: Document, point: str) -> Iterable[Output]:
        was, document.doubted = document.doubted, False
        outputs = list(honest(self, document, "accepted" if was else point))
        document.doubted = was
        return outputs

    monkeypatch.setattr(Planning, "open_drawer", forgetful)
    assert {"the drawer opened after a restart", "the drawer opened twice"} & set(caught_with("accepted", kind))


def caught_with(kick_at: str, kind: str) -> list[str]:
    """As `caught`, for a shop that opens the drawer when the sale is accepted."""
    found: list[str] = []
    for trial in trials(kind, "cash sale"):
        fiscaliser = KINDS[kind]()
        till = FiscalTill(fiscaliser, settings=shop(traits=fiscaliser.traits, kick_at=kick_at))
        trial.pulses_before, till.plan = till.pulses, trial.plan
        till.do(DOCUMENTS["cash sale"](fiscaliser))
        found += _pulsed(till, trial.pulses_before)
    return found


@pytest.mark.parametrize("kind", ["cloud", "lan by id", "lan by totals", "none"])
def test_a_shop_that_opens_the_drawer_at_once_opens_it_once(kind: str) -> None:
    assert caught_with("accepted", kind) == []
