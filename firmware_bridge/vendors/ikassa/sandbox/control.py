"""Beside the vendor's place on a sale's way: its books as a test sees them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from firmware_bridge.vendors.ikassa.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.ikassa.sandbox.ledger import Document
from firmware_bridge.vendors.ikassa.sandbox.register import Register
from firmware_bridge.vendors.ikassa.sandbox.tokens import Tokens
from firmware_bridge.vendors.sandbox import control
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json


class Control(control.Control[Fault]):
    """The paths that begin with `/_`."""

    def __init__(self, register: Register, faults: Faults, clock: Clock, tokens: Tokens) -> None:
        super().__init__(faults, clock)
        self._register = register
        self._tokens = tokens

    def stamp(self, at: datetime) -> str:
        return at.isoformat()

    def books(self) -> Json:
        """Everything the till has written down; sums in kopecks. `documents`: those that succeeded and whose time has
        come; `attempts`: all others. `charged`: what cards have paid, less what was given back to them.
        """
        now = self.clock.now()
        ledger = self._register.ledger
        made = [one for one in ledger.state.documents if _done(one, now)]
        return {
            "now": self.stamp(now),
            "register": self._register.options.register_number,
            "shift": {
                "open": ledger.is_open,
                "number": ledger.state.shift,
                "opened_at": ledger.state.opened_at or None,
            },
            "cash": ledger.state.cash,
            "documents": [asdict(one) for one in made],
            "attempts": [asdict(one) for one in ledger.state.documents if not _done(one, now)],
            "by_operation": {
                name: sum(one.operation_id == name for one in made)
                for name in dict.fromkeys(one.operation_id for one in made if one.operation_id)
            },
            "charged": sum(-one.charged if one.kind == "MoneyBack" else one.charged for one in made),
            "cheques": ledger.state.cheques,
            "tokens_given": self._tokens.given,
            "faults": self.set_faults(),
        }


def _done(document: Document, now: datetime) -> bool:
    return document.succeeded and datetime.fromisoformat(document.ripe_at) <= now
