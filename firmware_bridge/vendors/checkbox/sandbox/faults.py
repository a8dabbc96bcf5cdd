"""In the vendor's place on a sale's way: what can be made to go wrong with it, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.vendors.sandbox import faults

#: name -> what happens. Every one is set by `POST /_fault` or named at the start.
FAULTS: Final[dict[str, str]] = {
    "slow": "the answer comes `delay_s` seconds late (2)",
    "not-reached": "the connection is closed before anything is done",
    "lost-answer": "the request is carried out, then the connection is closed without an answer",
    "maintenance": "503 Maintenance work",
    "token-expired": "401: the token of the request is revoked; with a count, signing in again helps",
    "cashier-deactivated": "403: the cashier was deactivated",
    "license-invalid": "401: the licence key is not known",
    "signature-off": "the signing agent does not run: 400, and what waits for a signature waits on",
    "receipt-error": "the tax service refuses the receipt: it ends in ERROR",
    "shift-error": "the tax service refuses to open the shift (CLOSED) or to close it (OPENED again)",
    "tax-service-down": "the tax service does not answer: the vendor goes offline by itself and spends its codes",
    "auto-offline": "the vendor has gone offline by itself, although the tax service answers",
    "other-client": "the shift counts as opened by CheckBox Kasa: 409 on closing it",
}
KNOWN_FAULTS: Final[tuple[str, ...]] = tuple(FAULTS)
#: Faults of single requests, which can be kept to a path; the others are states of the vendor or the tax service.
_OF_REQUESTS: Final = frozenset(
    {
        *("slow", "not-reached", "lost-answer", "maintenance"),
        *("token-expired", "cashier-deactivated", "license-invalid"),
    }
)


@dataclass(frozen=True, slots=True)
class Fault(faults.Fault):
    """`message`: the tax service's words, for the `…-error` faults. Raises ValueError when it cannot be."""

    KNOWN: ClassVar[Mapping[str, str]] = FAULTS

    message: str = ""

    def __post_init__(self) -> None:
        faults.Fault.__post_init__(self)
        if self.path and self.name not in _OF_REQUESTS:
            raise ValueError(f"{self.name} is no fault of single requests and takes no path")


Faults = faults.Faults[Fault]
