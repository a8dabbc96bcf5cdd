"""In the vendor's place on a sale's way: the software till itself: its shift, its drawer, its documents.

Order of the checks of an operation with money: the till is busy or a sale in the application is unfinished (410) ->
shift open (400) -> shift not too old (412) -> fields and sums (selling.py) -> a known operationId. The vendor's papers
give the codes, not their order.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused
from firmware_bridge.vendors.ikassa.sandbox.faults import Fault
from firmware_bridge.vendors.ikassa.sandbox.ledger import Document, Kind, Ledger
from firmware_bridge.vendors.ikassa.sandbox.options import SandboxOptions
from firmware_bridge.vendors.ikassa.sandbox.selling import Wanted

DECLINED: Final = "Оплата картой отклонена"
REPEATED: Final = "Операция уже выполнена"
CARD_FAULTS: Final = ("slow-card", "slow-card-lost")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `strike`: the fault of that name, if it strikes this request."""

    now: datetime
    strike: Callable[[str], Fault | None]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a request: the document, how long its answer takes, and whether it is lost on the way."""

    document: Document
    delay_s: float = 0.0
    lost: bool = False


class Register:
    """One till. Every method raises Refused."""

    def __init__(self, options: SandboxOptions, ledger: Ledger, entropy: random.Random) -> None:
        self.options = options
        self.ledger = ledger
        self._entropy = entropy
        self._zone = ZoneInfo(options.zone)

    def written(self, now: datetime) -> str:
        """A moment as the till writes it: by its own clock, no zone."""
        return now.astimezone(self._zone).strftime(self.options.date_format)

    def check_free(self, call: Call) -> None:
        """410 while a card is waited for, or a sale in the application is unfinished."""
        if self.ledger.busy_with(call.now) is not None or call.strike("unfinished"):
            raise Refused(410)

    def check_shift(self, call: Call) -> None:
        """400 without a shift, 412 in one that is too old."""
        if call.strike("aged-shift"):
            self.ledger.age(call.now, self.options.shift_limit_s + 1)
        age = (call.now - self.ledger.opened_at).total_seconds()
        if age >= self.options.shift_limit_s:
            raise Refused(412)

    # --- the shift ------------------------------------------------------------------------------------------------

    def open_shift(self, call: Call, wanted: Wanted) -> Made:
        if self.ledger.is_open:
            raise Refused(406)
        self.ledger.open(call.now)
        return self._make("OpenShift", call, wanted)

    def close_shift(self, call: Call, wanted: Wanted) -> Made:
        if not self.ledger.is_open:
            raise Refused(408)
        made = self._make("CloseShift", call, wanted)
        self.ledger.close()
        return made

    # --- documents ------------------------------------------------------------------------------------------------

    def known(self, wanted: Wanted) -> Made | None:
        """What the till says at once to an operationId that it has carried out already; None: nothing."""
        before = self.ledger.of_operation(wanted.operation_id)
        if before is None or not before.succeeded or self.options.repeated_id == "again":
            return None
        if self.options.repeated_id == "refused":
            raise Refused(399, REPEATED)
        return Made(before)

    def make(self, kind: Kind, call: Call, wanted: Wanted) -> Made:
        """A document with money. A card takes its time, and may be declined."""
        return self._with_card(kind, call, wanted) if wanted.card else self._make(kind, call, wanted)

    def roll_back(self, call: Call, wanted: Wanted) -> Made:
        """Annul the last payment document of the shift, if nothing came after it (411)."""
        made = self.ledger.of_shift()
        last = made[-1] if made else None
        if last is None or last.kind not in ("Sale", "MoneyBack") or last.annulled:
            raise Refused(411)
        if self.ledger.state.cash - last.cash < 0:
            raise Refused(399, "Недостаточно наличных в кассе")
        last.annulled = True
        wanted.total, wanted.cash, wanted.payments = last.total, -last.cash, dict(last.payments)
        return self._make("Rollback", call, wanted)

    def _with_card(self, kind: Kind, call: Call, wanted: Wanted) -> Made:
        slow = next((fault for name in CARD_FAULTS if (fault := call.strike(name))), None)
        delay = slow.delay_s if slow is not None else 0.0
        lost = slow is not None and slow.name == "slow-card-lost"
        declined = call.strike("declined") is not None
        if declined and not self.options.remembers_declined:
            raise Refused(self.options.declined_code, DECLINED)
        return self._make(kind, call, wanted, delay, lost=lost, succeeded=not declined)

    def _make(
        self,
        kind: Kind,
        call: Call,
        wanted: Wanted,
        delay: float = 0.0,
        *,
        lost: bool = False,
        succeeded: bool = True,
    ) -> Made:
        ripe = call.now + timedelta(seconds=delay)
        document = Document(
            kind=kind,
            number=self.ledger.number() if succeeded else 0,
            shift=self.ledger.state.shift,
            uid=f"{self._entropy.getrandbits(96):024X}",
            uuid=str(uuid.UUID(int=self._entropy.getrandbits(128), version=4)),
            operation_id=wanted.operation_id,
            cashier=wanted.cashier,
            made_at=self.written(ripe),
            ripe_at=ripe.isoformat(),
            total=wanted.total,
            change=wanted.change,
            cash=wanted.cash,
            payments=wanted.payments,
            rrn=f"{self._entropy.randrange(10**12):012d}" if wanted.card and succeeded else "",
            charged=wanted.card if succeeded else 0,
            printed=not (wanted.prints and call.strike("printer-failed")),
            succeeded=succeeded,
            items=wanted.items,
        )
        self.ledger.enter(document)
        return Made(document, delay, lost)
