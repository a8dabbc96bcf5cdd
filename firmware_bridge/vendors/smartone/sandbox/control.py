"""Beside the vendor's place on a sale's way: its books as a test sees them, and the orders of a restaurant's tables.

`POST /_orders {"open": n}`: so many orders are open at the register, which stand in the way of closing a shift.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from firmware_bridge.vendors.sandbox import control
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json
from firmware_bridge.vendors.smartone.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.smartone.sandbox.ledger import Document, Ledger, Shift


class Control(control.Control[Fault]):
    """The paths that begin with `/_`. `bad_frames`: how many a serial line brought that were none."""

    def __init__(self, ledger: Ledger, faults: Faults, clock: Clock) -> None:
        super().__init__(faults, clock)
        self._ledger = ledger
        self.bad_frames = 0

    def stamp(self, at: datetime) -> str:
        return self._ledger.local(at)

    def more(self, method: str, path: str, given: Json) -> Json | None:
        if (method, path) != ("POST", "/_orders"):
            return None
        number = given.get("open")
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ValueError("open is a number of orders")
        self._ledger.open_orders = number
        return {"open": number}

    def books(self) -> Json:
        """Everything the register has written down."""
        ledger = self._ledger
        return {
            "now": ledger.local(ledger.now()),
            "cash": ledger.cash,
            "open_orders": ledger.open_orders,
            "shifts": [self._shift(one) for one in ledger.shifts],
            "documents": [self._document(one) for one in ledger.documents],
            "charges": [asdict(one) for one in ledger.charges],
            "bad_frames": self.bad_frames,
            "faults": self.set_faults(),
        }

    def _shift(self, one: Shift) -> Json:
        return {
            "shift_id": one.shift_id,
            "opened_at": self.stamp(one.opened_at),
            "closed_at": None if one.closed_at is None else self.stamp(one.closed_at),
            "start_cash": one.start_cash,
            "documents": [document.number for document in one.documents],
        }

    def _document(self, one: Document) -> Json:
        return asdict(one) | {"made_at": self.stamp(one.made_at)}
