"""In the vendor's place on a sale's way: what can be made to go wrong with it, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.vendors.sandbox import faults

#: Name -> what happens. Every one is set by `POST /_fault` or named at the start.
FAULTS: Final[dict[str, str]] = {
    "slow": "the answer comes `delay_s` seconds late (2); the operation was carried out at once",
    "not-reached": "the connection is closed before anything is done (also: down)",
    "lost-answer": "the operation is carried out, then the connection is closed without an answer",
    "printer-failed": "a document is made and isPrintSuccess is false",
    "blocked": "409, nothing is done",
    "unfinished": "410: a sale in the application blocks the operations on the shift and with money",
    "aged-shift": "the open shift becomes older than it may be: 412 until it is closed and opened again",
    "certificate": "407, nothing is done",
    "token-expired": "405: the token of the request is no longer valid; a new one helps",
    "declined": "a card payment or refund is declined, nothing is made",
    "slow-card": "a card payment or refund takes `delay_s` seconds; until then the till is busy (410)",
    "slow-card-lost": "as slow-card, and the connection is closed at once without an answer",
    "server-error": "399, nothing is done (also: refused)",
}
ALIASES: Final[dict[str, str]] = {"down": "not-reached", "refused": "server-error"}
KNOWN_FAULTS: Final[tuple[str, ...]] = (*FAULTS, *ALIASES)


@dataclass(frozen=True, slots=True)
class Fault(faults.Fault):
    """`operation`: only requests of this one, as `operations.OPERATIONS` names it; "" = all."""

    KNOWN: ClassVar[Mapping[str, str]] = FAULTS
    ALIASES: ClassVar[Mapping[str, str]] = ALIASES

    operation: str = ""

    def meets(self, path: str, operation: str) -> bool:
        return faults.Fault.meets(self, path, operation) and self.operation.upper() in ("", operation)


Faults = faults.Faults[Fault]
