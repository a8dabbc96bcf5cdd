"""A till's journal, read as an auditor reads it: what each document was, under which number, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from firmware_bridge.journal.records import Record
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveRequested,
    DoubtResolved,
    Event,
    FiscalisationRetried,
    FiscalStamp,
    Occurred,
    ReceiptFiscalised,
    ReportRequested,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
    ShiftClosed,
    ShiftOpened,
    ShiftOpenRequested,
)
from statemachines.vocabulary.offline_events import FiscalModeChanged, OfflineDocumentDelivered
from statemachines.vocabulary.receipt import CashMove, Receipt, Report, ShiftTotals


@dataclass
class Kept:
    """What the journal says of one document. `ids`: under which the fiscaliser was given it. `done`: the number of the
    record with which it was certain. `missing`: a person has seen that nothing came out of the printer.
    """

    name: str
    kind: str
    receipt: Receipt | None = None
    move: CashMove | None = None
    report: Report | None = None
    ids: list[str] = field(default_factory=list)
    stamp: FiscalStamp | None = None
    delivered: FiscalStamp | None = None
    outcome: str = ""
    times: int = 0
    done: int = 0
    missing: bool = False

    @property
    def cash(self) -> int:
        """What it puts into the drawer; negative what it takes out."""
        if self.move is not None:
            return self.move.amount if self.move.direction == "in" else -self.move.amount
        paid = () if self.receipt is None else self.receipt.payments
        return sum(one.amount for one in paid if one.type == "cash") * (1 if self.kind == "sale" else -1)

    @property
    def made_by_till(self) -> bool:
        stamp = self.stamp
        return stamp is not None and stamp.offline and not stamp.complete and self.kind != "x_report"


@dataclass
class Story:
    """A journal, read. `modes`: each (mode, reason). `opened`, `closed`: a shift's id -> the number of the record.
    `totals`: what each closed shift came to.
    """

    documents: dict[str, Kept] = field(default_factory=dict)
    modes: list[tuple[str, str]] = field(default_factory=list)
    opened: dict[str, int] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    totals: dict[str, ShiftTotals] = field(default_factory=dict)

    @property
    def by_till(self) -> list[Kept]:
        return [one for one in self.documents.values() if one.made_by_till]


def read(records: Sequence[Record]) -> Story:
    story = Story()
    for record in records:
        item = record.record
        if isinstance(item, Occurred):
            _heard(story, item.event, record.seq)
        elif isinstance(item, Fiscalise):
            ids = story.documents[item.document_id].ids
            ids += [item.fiscal_doc_id] if item.fiscal_doc_id not in ids else []
    return story


def _heard(story: Story, event: Event, seq: int) -> None:  # noqa: C901 - a case a kind of event
    known = story.documents
    match event:
        case SaleRequested(document_id=name, receipt=receipt):
            known.setdefault(name, _kept(name, receipt.kind, receipt=receipt))
        case CashMoveRequested(document_id=name, move=move):
            known.setdefault(name, _kept(name, f"cash_{move.direction}", move=move))
        case ReportRequested(document_id=name, report=report):
            known.setdefault(name, _kept(name, report.kind, report=report))
        case ShiftOpenRequested(document_id=name):
            known.setdefault(name, _kept(name, "shift_open"))
        case FiscalisationRetried(document_id=name, fiscal_doc_id=fiscal):
            known[name].ids.append(fiscal)
        case ReceiptFiscalised(document_id=name, stamp=stamp) if known[name].stamp is None:
            known[name].stamp = stamp
        case OfflineDocumentDelivered(document_id=name, stamp=stamp):
            known[name].delivered = stamp
            known[name].times += 1
        case SaleCompleted(document_id=name) | CashMoved(document_id=name):
            known[name].outcome += "done "
            known[name].done = seq
        case SaleRefused(document_id=name) | CashMoveRefused(document_id=name):
            known[name].outcome += "refused "
        case DoubtResolved(document_id=name, verdict="not_printed") if name in known:
            known[name].missing = True
        case ShiftOpened(shift_id=name):
            story.opened[name] = seq
        case ShiftClosed(shift_id=name, totals=totals):
            story.closed[name], story.totals[name] = seq, totals
        case FiscalModeChanged(to=mode, reason=reason):
            story.modes.append((mode, reason))


def _kept(name: str, kind: str, **content: Any) -> Kept:
    return Kept(name, kind, ids=[fiscal_doc_id(name, 1)], **content)
