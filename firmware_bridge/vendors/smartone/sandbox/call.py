"""In the vendor's place on a sale's way: what an operation is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.vendors.smartone.sandbox.fields import Fields
from firmware_bridge.vendors.smartone.sandbox.ledger import Ledger
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in, and the books. `strikes`: whether the fault of that name strikes this request;
    `active` asks the same and counts nothing."""

    body: Fields
    options: SandboxOptions
    ledger: Ledger
    strikes: Callable[[str], bool]
    active: Callable[[str], bool]

    @property
    def core(self) -> bool:
        return self.options.profile == "core"
