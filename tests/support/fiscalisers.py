"""Stub fiscalisers, one for each set of traits: they remember what the till forgets, and tell no more than they know.

`serve` carries out `Fiscalise` or `Ask(Fiscalise)` and returns what the till hears when only the line fails at the
point `cut` (one of `points`; None: nothing fails). Whoever lets the till itself lose its power drops what it hears and
calls `restarted`: the driver's memory is gone then, the device's is not. `books` is what was really registered.

Order of knowledge: an own id is found for ever; a device that only counts knows its last document and what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from statemachines.vocabulary.effects import Ask, Effect, Fiscalise
from statemachines.vocabulary.events import (
    Declined,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    HandedOver,
    ReceiptFiscalised,
)
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits

Kind = Literal["sale", "return", "in", "out", "opening", "x", "z"]
Printed = Literal["yes", "no", "unknown", "not_mine"]
NOT_SENT = "not sent"
ON_ITS_WAY = "on its way"
SILENCE = "the fiscaliser does not answer"
UNREACHABLE = "the fiscaliser cannot be reached: nothing was sent"


@dataclass(frozen=True, slots=True)
class Registered:
    """One document in the fiscaliser's memory. `cash` and `total` in minor units, `cash` signed: into the drawer."""

    number: int
    kind: Kind
    document_id: str
    fiscal_doc_id: str
    total: int
    cash: int


@dataclass(slots=True)
class Books:
    """What really happened. `charges`: (document, amount) of every card that the register charged itself."""

    documents: list[Registered] = field(default_factory=list)
    charges: list[tuple[str, int]] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    voided: int = 0

    def of(self, document_id: str) -> list[Registered]:
        return [entry for entry in self.documents if entry.document_id == document_id]

    def count(self, kind: Kind) -> int:
        return sum(entry.kind == kind for entry in self.documents)

    @property
    def cash(self) -> int:
        """The cash that the fiscaliser counts: floats, sales, returns and moves."""
        return sum(entry.cash for entry in self.documents)


def content(order: Fiscalise) -> tuple[Kind, int, int]:
    """Kind, total and signed cash of what is ordered."""
    if order.receipt is not None:
        receipt = order.receipt
        sign = 1 if receipt.kind == "sale" else -1
        cash = sum(payment.amount for payment in receipt.payments if payment.type == "cash")
        return receipt.kind, receipt.totals.total, sign * cash
    if order.move is not None:
        move = order.move
        kind: Kind = "out" if move.direction == "out" else "in"
        return kind, move.amount, -move.amount if kind == "out" else move.amount
    if order.opening is not None:
        return "opening", order.opening.float_amount, order.opening.float_amount
    return ("x" if order.report is not None and order.report.kind == "x_report" else "z"), 0, 0


def by_device(order: Fiscalise) -> int:
    """What the register itself is to charge to a card."""
    payments = order.receipt.payments if order.receipt is not None else ()
    return sum(payment.amount for payment in payments if payment.collected == "by_device")


class Fiscaliser:
    """What all kinds share. `refuse`, `decline` and `charge_and_refuse` say what it answers to the next document."""

    traits: ClassVar[FiscaliserTraits]
    points: ClassVar[tuple[str, ...]]

    def __init__(self, printed: Printed = "not_mine") -> None:
        self.books = Books()
        self.serial = "SN-1"
        self.printed: Printed = printed
        self.pulses = 0
        self.refuse = ""
        self.decline = ""
        self.charge_and_refuse = ""

    def restarted(self, known: str) -> None:
        """The till has lost its memory; `known` is the last document number that its journal holds."""

    def serve(self, effect: Effect, cut: str | None = None) -> list[Event]:
        if isinstance(effect, Fiscalise):
            if cut == NOT_SENT:
                return [FiscalisationRefused(effect.document_id, UNREACHABLE)]
            return [self._make(effect, cut)]
        if isinstance(effect, Ask) and isinstance(effect.intention, Fiscalise):
            if cut is not None:
                return [FiscalisationDoubtful(effect.intention.document_id, SILENCE)]
            return [self._find(effect.intention)]
        raise TypeError(f"a fiscaliser cannot {type(effect).__name__}")

    def _make(self, order: Fiscalise, cut: str | None) -> Event:
        raise NotImplementedError

    def _find(self, order: Fiscalise) -> Event:
        raise NotImplementedError

    def _register(self, order: Fiscalise) -> Registered:
        kind, total, cash = content(order)
        entry = Registered(len(self.books.documents) + 1, kind, order.document_id, order.fiscal_doc_id, total, cash)
        self.books.documents.append(entry)
        return entry

    def _refusal(self, order: Fiscalise) -> Event | None:
        """What the next document is answered instead of a stamp, once."""
        name = order.document_id
        if self.charge_and_refuse and by_device(order):
            self.books.charges.append((name, by_device(order)))
            reason, self.charge_and_refuse = self.charge_and_refuse, ""
            return FiscalisationRefused(name, reason, charged=True)
        if self.decline and by_device(order):
            reason, self.decline = self.decline, ""
            return Declined(name, reason)
        if self.refuse:
            reason, self.refuse = self.refuse, ""
            return FiscalisationRefused(name, reason)
        return None

    def _charge(self, order: Fiscalise) -> None:
        if by_device(order):
            self.books.charges.append((order.document_id, by_device(order)))

    def _stamp(self, entry: Registered) -> FiscalStamp:
        shift = 1 + self.books.count("z")
        return FiscalStamp(
            "stub",
            str(entry.number),
            "2026-10-01T10:00:00",
            register="3000456",
            document_no=str(entry.number),
            shift_no=str(shift),
            serial=self.serial,
        )

    def _made(self, entry: Registered, printed: Printed, *, kicked: bool = False) -> ReceiptFiscalised:
        return ReceiptFiscalised(entry.document_id, self._stamp(entry), printed, kicked)


class _ByOurId(Fiscaliser):
    """It keeps every document under the id that it came with, refused ones too, and takes none twice."""

    slow: ClassVar[str] = ""

    def __init__(self, printed: Printed = "not_mine") -> None:
        super().__init__(printed)
        self._known: dict[str, Registered | Event] = {}
        self._working: dict[str, Fiscalise] = {}

    def _make(self, order: Fiscalise, cut: str | None) -> Event:
        if cut == ON_ITS_WAY:
            return FiscalisationDoubtful(order.document_id, SILENCE)
        if order.fiscal_doc_id not in self._known and order.fiscal_doc_id not in self._working:
            self._working[order.fiscal_doc_id] = order
        if cut is not None and cut == self.slow:
            return FiscalisationDoubtful(order.document_id, SILENCE)
        self._finish(order.fiscal_doc_id)
        if cut is not None:
            return FiscalisationDoubtful(order.document_id, SILENCE)
        return self._answer(order, asked=False)

    def _finish(self, name: str) -> None:
        order = self._working.pop(name, None)
        if order is None:
            return
        refusal = self._refusal(order)
        if refusal is not None:
            self._known[name] = refusal
            return
        self._charge(order)
        self._known[name] = self._register(order)

    def _find(self, order: Fiscalise) -> Event:
        if order.fiscal_doc_id in self._working:
            self._finish(order.fiscal_doc_id)  # it is done by the next question
            return FiscalisationDoubtful(order.document_id, "it is still being made")
        if order.fiscal_doc_id not in self._known:
            return FiscalisationUnknown(order.document_id)
        return self._answer(order, asked=True)

    def _answer(self, order: Fiscalise, *, asked: bool) -> Event:
        known = self._known[order.fiscal_doc_id]
        if isinstance(known, Event):
            return known
        return self._made(known, self._paper(asked=asked))

    def _paper(self, *, asked: bool) -> Printed:
        return self.printed


class Cloud(_ByOurId):
    """K1: found by our id; its answer may come later and is polled; paper is another printer's work."""

    traits = FiscaliserTraits(
        registers=True,
        prints=False,
        kicks=False,
        collects_card=False,
        polls=True,
        offline="codes",
        lookup="our_id",
        copy=False,
        sells_in_doubt=True,
        carries_balance=True,
        shift_limit_ms=86_400_000,
    )
    slow = "accepted"
    points = (NOT_SENT, ON_ITS_WAY, "accepted", "stamped")


class LanRegister(_ByOurId):
    """K3: one exchange that may take minutes for a card; it charges cards and prints itself, or does not tell."""

    traits = FiscaliserTraits(
        registers=True,
        prints=True,
        kicks=False,
        collects_card=True,
        polls=False,
        offline="none",
        lookup="our_id",
        copy=False,
    )
    slow = "at the terminal"
    points = (NOT_SENT, ON_ITS_WAY, "at the terminal", "registered")

    def __init__(self, printed: Printed = "yes", told_later: Printed | None = None) -> None:
        super().__init__(printed)
        self._told_later: Printed = printed if told_later is None else told_later

    def _paper(self, *, asked: bool) -> Printed:
        return self._told_later if asked else self.printed


class OrderTaker(_ByOurId):
    """A register whose own cashier finishes the order: nothing more is learned about it."""

    traits = FiscaliserTraits(
        registers=True,
        prints=True,
        kicks=True,
        collects_card=True,
        polls=False,
        offline="none",
        lookup="our_id",
        copy=False,
        takes_orders=True,
    )
    points = (NOT_SENT, ON_ITS_WAY, "taken")

    def _finish(self, name: str) -> None:
        order = self._working.pop(name, None)
        if order is None:
            return
        refusal = self._refusal(order)
        if refusal is None:
            self.books.orders.append(order.document_id)
        self._known[name] = refusal or HandedOver(order.document_id, "the register's cashier")


class NoFiscaliser(Fiscaliser):
    """K4: there is none, and nobody may ask it anything."""

    traits = NO_FISCALISER
    points = ()

    def serve(self, effect: Effect, cut: str | None = None) -> list[Event]:
        raise AssertionError(f"{type(effect).__name__} was ordered, and there is no fiscaliser")
