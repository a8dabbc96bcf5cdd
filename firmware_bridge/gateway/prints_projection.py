"""After a sale's way: what the records of a till say of the documents that were ordered, one record after the other.

Pure: the same records in the same order give the same. Done wins over refused, refused over waiting, and what was done
first stays; so a record that is taken twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.bitrix24.check_view import Outcome, Particulars
from statemachines.vocabulary.day_events import ShiftFoundOpen
from statemachines.vocabulary.events import (
    DoubtResolved,
    Event,
    FiscalStamp,
    Occurred,
    ReceiptFiscalised,
    SaleCompleted,
    SaleRefused,
    ShiftOpened,
)

REFUNDED = "The fiscal register did not make the document; the money was given back"


@dataclass(frozen=True, slots=True)
class Projection:
    """A till as its records have told so far: `seq` of the last one, `shift`: the number of its shift."""

    till: str
    seq: int = 0
    shift: str = ""

    def take(self, record: Record) -> tuple[Projection, tuple[str, Outcome] | None]:
        """The projection after one more record, and what it says of which document. One that is known changes
        nothing."""
        if record.seq <= self.seq:
            return self, None
        now = replace(self, seq=record.seq)
        if not isinstance(record.record, Occurred):
            return now, None
        event = record.record.event
        if isinstance(event, ShiftOpened | ShiftFoundOpen):
            return replace(now, shift=event.vendor_number or str(event.number)), None
        return now, now._said(event, record.at)

    def _said(self, event: Event, at: int) -> tuple[str, Outcome] | None:
        match event:
            case ReceiptFiscalised():
                return event.document_id, Outcome("done", particulars=self._stamped(event.stamp, at))
            case SaleCompleted():
                known = Particulars(at=at, local=event.number, shift=self.shift, till=self.till)
                return event.document_id, Outcome("done", particulars=known)
            case SaleRefused():
                return event.document_id, Outcome("refused", event.reason)
            case DoubtResolved(verdict="refunded"):
                return event.document_id, Outcome("refused", REFUNDED)
            case _:
                return None

    def _stamped(self, stamp: FiscalStamp, at: int) -> Particulars:
        return Particulars(
            fiscaliser=stamp.fiscaliser,
            number=stamp.number,
            register=stamp.register,
            document_no=stamp.document_no,
            shift_no=stamp.shift_no,
            serial=stamp.serial,
            vendor_id=stamp.vendor_id,
            at=stamp.at or at,
            shift=self.shift,
            till=self.till,
        )


def fold(projection: Projection, records: Iterable[Record]) -> tuple[Projection, dict[str, Outcome]]:
    """The projection after all these records, and the last word on each document that they speak of."""
    found: dict[str, Outcome] = {}
    for record in records:
        projection, said = projection.take(record)
        if said is not None and not outranks(found.get(said[0]), said[1]):
            found[said[0]] = said[1]
    return projection, found


def outranks(old: Outcome | None, new: Outcome) -> bool:
    """Whether the old word stays."""
    if old is None or old.state == "waiting":
        return False
    return old.state == "done" or new.state != "done"
