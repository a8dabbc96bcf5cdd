"""In the place of who orders a sale: what a method is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from firmware_bridge.vendors.bitrix24.sandbox.errors import Refused, failed
from firmware_bridge.vendors.bitrix24.sandbox.ledger import Ledger
from firmware_bridge.vendors.bitrix24.sandbox.params import Given


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was let in. `app`: the application's client id, "" for a webhook."""

    given: Given
    ledger: Ledger
    now: datetime
    app: str

    def demand(self, *names: str) -> None:
        """Raises Refused (400) for the first that is missing or empty."""
        for name in names:
            if not self.given.has(name):
                raise not_defined(name)


def not_defined(name: str) -> Refused:
    """400: a parameter is missing."""
    return failed(f"Parameter {name} is not defined")
