"""In the vendor's place behind a sale: what an operation is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from firmware_bridge.vendors.newstore.sandbox.fields import Body, Query
from firmware_bridge.vendors.newstore.sandbox.http import Request
from firmware_bridge.vendors.newstore.sandbox.ledger import Drawer, Ledger
from firmware_bridge.vendors.newstore.sandbox.options import SandboxOptions


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in, and the books. `strikes`: whether the fault of that name strikes this request."""

    request: Request
    options: SandboxOptions
    ledger: Ledger
    now: datetime
    strikes: Callable[[str], bool]

    @property
    def body(self) -> Body:
        """Raises Refused (400)."""
        return Body(self.request.body)

    @property
    def query(self) -> Query:
        return Query(self.request.query)

    def captured(self, name: str) -> str:
        return self.request.captured[name]

    @property
    def drawer(self) -> Drawer:
        """The drawer of the path. Raises Refused (404)."""
        return self.ledger.drawer(self.captured("drawer_id"))
