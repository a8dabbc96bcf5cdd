"""After a sale: the particulars of a document as the fiscal printer tells them, and what tells the next one from it.

Beside the document's own number a stamp keeps what the device showed right after it: number of the last document,
shift, cash and turnover. That is the baseline by which a doubt about the next document is judged (readback.py), and it
is durable, because a stamp is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from drivers.printers.datecs.commands_values import Identity
from drivers.printers.datecs.readback import Standing, turnover
from statemachines.vocabulary.events import FiscalStamp, StampTotals

NAME: Final = "datecs"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stamps:
    """Makes stamps for one device; its clock runs in `zone`."""

    identity: Identity
    zone: tzinfo

    def stamp(
        self,
        number: str,
        at: datetime,
        now: Standing,
        *,
        shift: int | None = None,
        unp: str = "",
        totals: StampTotals | None = None,
    ) -> FiscalStamp:
        """`at`: the device's clock at the document. `shift`: the document's, when it is not the one that is open now.

        `number` is the document's own, `document_no` that of the last document on this device, the same except for an
        opening, which is no document there, and for a Z report, which counts on its own. `vendor_id` is the unique sale
        number, `control` the turnover of the shift (sales/returns) after the document.
        """
        return FiscalStamp(
            fiscaliser=NAME,
            number=number,
            date=at.isoformat(timespec="seconds"),
            control=turnover(now),
            register=self.identity.register or self.identity.serial,
            document_no=f"{now.document:07d}",
            shift_no=str(now.shift if shift is None else shift),
            serial=self.identity.serial,
            vendor_id=unp,
            at=self.utc_ms(at),
            balance=now.cash,
            totals=totals,
        )

    def utc_ms(self, at: datetime) -> int:
        """The device's clock, which knows no zone, as UTC ms."""
        since = at.replace(tzinfo=self.zone) - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1000

    def local(self, utc_ms: int) -> datetime:
        """What the device's clock ought to show at a UTC time."""
        return datetime.fromtimestamp(utc_ms / 1000, self.zone).replace(tzinfo=None, microsecond=0)
