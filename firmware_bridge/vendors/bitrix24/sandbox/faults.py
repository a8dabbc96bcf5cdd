"""In the place of who orders a sale: what can be made to go wrong with the portal, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.vendors.bitrix24.sandbox.errors import SYSTEM
from firmware_bridge.vendors.sandbox import faults

#: Name -> what happens. Every one is set by `POST /_fault` or named at the start.
FAULTS: Final[dict[str, str]] = {
    "slow": "the answer comes `delay_s` seconds late (2)",
    "not-reached": "the connection is closed before anything is done (also: down)",
    "lost-answer": "the method is carried out, then the connection is closed without an answer",
    "not-json": "the method is carried out, the answer is a page in HTML with status 200 (also: non-JSON)",
    "system-error": "the system error `code` (INTERNAL_SERVER_ERROR), nothing is done (also: 500)",
    "too-many": "503 QUERY_LIMIT_EXCEEDED, nothing is done (also: 503)",
    "operating-limit": "429 OPERATION_TIME_LIMIT, nothing is done (also: 429)",
    "token-expired": "401 expired_token, nothing is done; a new access token helps",
    "plain-http": "400 INVALID_REQUEST: https is required",
    "print-twice": "a print request is delivered twice (also: duplicate-print)",
    "print-lost": "the cash register gets the print request, its answer does not arrive (also: lost-print-answer)",
    "print-garbled": "the cash register's answer to a print request arrives as something that is no JSON",
    "print-unsent": "a print request does not reach the cash register",
    "check-lost": "the cash register's answer to a check request does not arrive",
}
ALIASES: Final[dict[str, str]] = {
    "down": "not-reached",
    "non-json": "not-json",
    "500": "system-error",
    "503": "too-many",
    "429": "operating-limit",
    "duplicate-print": "print-twice",
    "lost-print-answer": "print-lost",
}
KNOWN_FAULTS: Final[tuple[str, ...]] = (*FAULTS, *ALIASES)


@dataclass(frozen=True, slots=True)
class Fault(faults.Fault):
    """`code`: of the system error; `operation`: only calls of this method. Raises ValueError when it cannot be."""

    KNOWN: ClassVar[Mapping[str, str]] = FAULTS
    ALIASES: ClassVar[Mapping[str, str]] = ALIASES

    code: str = ""
    operation: str = ""

    def __post_init__(self) -> None:
        faults.Fault.__post_init__(self)
        if self.code and self.code not in SYSTEM:
            raise ValueError(f"there is no system error {self.code!r}; known are {', '.join(SYSTEM)}")

    def meets(self, path: str, operation: str) -> bool:
        return faults.Fault.meets(self, path, operation) and self.operation in ("", operation)


Faults = faults.Faults[Fault]
