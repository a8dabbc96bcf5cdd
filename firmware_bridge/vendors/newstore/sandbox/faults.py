"""In the vendor's place behind a sale: what can be made to go wrong with it, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.vendors.newstore.sandbox.routes import URLS
from firmware_bridge.vendors.sandbox import faults

#: Name -> what happens. Every one is set by `POST /_fault` or named at the start.
FAULTS: Final[dict[str, str]] = {
    "slow": "the answer comes `delay_s` seconds late (2)",
    "not-reached": "the connection is closed before anything is done (also: down)",
    "lost-answer": "the request is carried out, then the connection is closed without an answer",
    "maintenance": "503",
    "server-error": "500, nothing is done (also: 500)",
    "token-expired": "403: the token of the request is no longer valid; a new one helps",
    "forbidden": "403: the token lacks a scope; a new one does not help",
    "refused": "400 invalid_body, nothing is done",
    "wrong-amount": "a transaction is written down with the smallest coin too much, and answered as if it was right",
}
ALIASES: Final[dict[str, str]] = {"down": "not-reached", "500": "server-error"}
KNOWN_FAULTS: Final[tuple[str, ...]] = (*FAULTS, *ALIASES)


@dataclass(frozen=True, slots=True)
class Fault(faults.Fault):
    """`operation`: only requests of this one of `routes.URLS` (or `token`). Raises ValueError when it cannot be."""

    KNOWN: ClassVar[Mapping[str, str]] = FAULTS
    ALIASES: ClassVar[Mapping[str, str]] = ALIASES

    operation: str = ""

    def __post_init__(self) -> None:
        faults.Fault.__post_init__(self)
        if self.operation not in ("", "token", *URLS):
            raise ValueError(f"there is no operation {self.operation!r}; known are token, {', '.join(URLS)}")

    def meets(self, path: str, operation: str) -> bool:
        return faults.Fault.meets(self, path, operation) and self.operation in ("", operation)


Faults = faults.Faults[Fault]
