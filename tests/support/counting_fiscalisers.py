"""Stub fiscalisers that know no id of ours: their memory is a counter, a last document and perhaps an open one.

A driver without memory compares the device's last number with the last one that the till's journal holds. No new
document: it did not happen. One more, of our kind and sum: it is ours. Anything else is a person's question. The one
exception is a document that bears our own unique number, where the law wants that printed on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationUnknown,
)
from statemachines.vocabulary.traits import FiscaliserTraits
from tests.support.fiscalisers import (
    NOT_SENT,
    ON_ITS_WAY,
    SILENCE,
    Fiscaliser,
    Kind,
    Printed,
    Registered,
    content,
)


@dataclass(slots=True)
class OpenReceipt:
    """A document that was begun: sums of the items so far, and what was tendered. Minor units."""

    kind: Kind
    items: list[int]
    tender: int = 0


def items_of(order: Fiscalise) -> list[int]:
    """The sums that the device is given one by one."""
    if order.receipt is not None:
        return [line.sum for line in order.receipt.lines]
    return [content(order)[1]]


class _Counting(Fiscaliser):
    """`seen`: what the driver holds for the last document before the doubtful one."""

    def __init__(self, printed: Printed = "yes", *, unique_numbers: bool = False) -> None:
        super().__init__(printed)
        self.unique_numbers = unique_numbers
        self._seen = 0
        self._seen_z = 0
        self._seen_serial = self.serial

    def restarted(self, known: str) -> None:
        self._seen = int(known or 0)
        self._seen_z = sum(entry.kind == "z" for entry in self.books.documents if entry.number <= self._seen)

    def somebody_else(self, kind: Kind, total: int) -> None:
        """Another hand makes a document at the device itself."""
        self.books.documents.append(Registered(len(self.books.documents) + 1, kind, "", "", total, 0))

    def exchanged(self, serial: str) -> None:
        """Another device stands in its place."""
        self.serial = serial

    def _note(self) -> None:
        self._seen = len(self.books.documents)
        self._seen_z = self.books.count("z")
        self._seen_serial = self.serial

    def _look(self, order: Fiscalise) -> Event | Registered:
        """What the counters tell of a document that is not open any more."""
        name = order.document_id
        if self.serial != self._seen_serial:
            return FiscalisationDoubtful(name, f"another device answers ({self.serial})", person_needed=True)
        new = self.books.documents[self._seen :]
        if self.unique_numbers:
            ours = [entry for entry in new if entry.fiscal_doc_id == order.fiscal_doc_id]
            return ours[-1] if ours else FiscalisationUnknown(name)
        if not new or content(order)[0] == "x":  # an X report may be made as often as one likes
            return FiscalisationUnknown(name)
        kind, total, _ = content(order)
        if len(new) == 1 and (new[0].kind, new[0].total) == (kind, total):
            return new[0]
        return FiscalisationDoubtful(name, "its last document is not this one", person_needed=True)


class LanRegisterByTotals(_Counting):
    """K3 without ids: one exchange, found again by the number and sums of its totals; its paper is not told later."""

    traits = FiscaliserTraits(
        registers=True,
        prints=True,
        kicks=False,
        collects_card=True,
        polls=False,
        offline="none",
        lookup="last_document",
        copy=False,
    )
    points = (NOT_SENT, ON_ITS_WAY, "registered")

    def _make(self, order: Fiscalise, cut: str | None) -> Event:
        self._note()
        if cut == ON_ITS_WAY:
            return FiscalisationDoubtful(order.document_id, SILENCE)
        refusal = self._refusal(order)
        if refusal is not None:
            return refusal
        self._charge(order)
        entry = self._register(order)
        if cut is not None:
            return FiscalisationDoubtful(order.document_id, SILENCE)
        return self._made(entry, self.printed)

    def _find(self, order: Fiscalise) -> Event:
        found = self._look(order)
        return self._made(found, "unknown") if isinstance(found, Registered) else found


class HardwarePrinter(_Counting):
    """K2: a receipt is opened, filled, paid and closed command by command, and stays open when the line fails.

    It prints and opens the drawer itself (`kicks`). A close without answer is in its memory. Without paper it holds
    what it has to print; a driver that looks makes it go on.
    """

    traits = FiscaliserTraits(
        registers=True,
        prints=True,
        kicks=True,
        collects_card=False,
        polls=False,
        offline="none",
        lookup="last_document",
        copy=True,
    )
    points = (NOT_SENT, "opened", "item", "paid", "closed", "printed")

    def __init__(self, printed: Printed = "yes", *, unique_numbers: bool = False) -> None:
        super().__init__(printed, unique_numbers=unique_numbers)
        self.open: OpenReceipt | None = None
        self.paper = True
        self.on_paper: list[int] = []

    def _make(self, order: Fiscalise, cut: str | None) -> Event:
        doubt = FiscalisationDoubtful(order.document_id, SILENCE)
        refusal = self._refusal(order)
        if refusal is not None:
            return refusal
        if self.open is None:
            self._note()
            self.open = OpenReceipt(content(order)[0], [])
        if cut == "opened":
            return doubt
        for amount in items_of(order)[len(self.open.items) :]:
            self.open.items.append(amount)
            if cut == "item":
                return doubt
        self._pay(self.open, order)
        if cut == "paid":
            return doubt
        entry = self._close(order)
        if cut == "closed":
            return doubt
        self._print(entry)
        if cut is not None:
            return doubt
        return self._made(entry, self._paper_of(entry), kicked=entry.cash != 0)

    def _pay(self, open_one: OpenReceipt, order: Fiscalise) -> None:
        """The drawer opens with the payment, once."""
        kind, total, cash = content(order)
        if cash and kind != "opening" and open_one.tender < total:
            self.pulses += 1
        open_one.tender = total

    def _close(self, order: Fiscalise) -> Registered:
        self.open = None
        return self._register(order)

    def _print(self, entry: Registered) -> None:
        if self.paper and entry.number not in self.on_paper:
            self.on_paper.append(entry.number)

    def _paper_of(self, entry: Registered) -> Printed:
        return "yes" if entry.number in self.on_paper else "no"

    def _find(self, order: Fiscalise) -> Event:
        name = order.document_id
        if self.serial == self._seen_serial and self.open is not None:
            ours = items_of(order)
            prefix = self.open.kind == content(order)[0] and self.open.items == ours[: len(self.open.items)]
            if not prefix:
                self.open = None
                self.books.voided += 1
                return FiscalisationUnknown(name)
            if self.open.tender < content(order)[1] or len(self.open.items) < len(ours):
                return FiscalisationUnknown(name)  # sending it goes on where it stopped
            self._close(order)
        found = self._look(order)
        if not isinstance(found, Registered):
            return found
        self._print(found)
        return self._made(found, self._paper_of(found), kicked=found.cash != 0)
