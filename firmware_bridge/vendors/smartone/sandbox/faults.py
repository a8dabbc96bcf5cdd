"""In the vendor's place on a sale's way: what can be made to go wrong with it, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.vendors.sandbox import faults

#: Name -> what happens. Every one is set by `POST /_fault` or named at the start.
FAULTS: Final[dict[str, str]] = {
    "slow": "the answer comes `delay_s` seconds late (2)",
    "slow-card": "as slow, but only where a card is charged",
    "not-reached": "the connection is closed before anything is done (also: down)",
    "lost-answer": "the request is carried out, then the connection is closed without an answer",
    "printer-failed": "the document is made, and does not come on paper",
    "blocked": "code 5, nothing is done",
    "aged-shift": "the shift has lasted too long: nothing new fits into it (22)",
    "declined": "the card is not accepted: code 8, nothing is done",
}
ALIASES: Final[dict[str, str]] = {"down": "not-reached"}
KNOWN_FAULTS: Final[tuple[str, ...]] = (*FAULTS, *ALIASES)


@dataclass(frozen=True, slots=True)
class Fault(faults.Fault):
    """`path` may be a command of the serial line too. Raises ValueError when it cannot be."""

    KNOWN: ClassVar[Mapping[str, str]] = FAULTS
    ALIASES: ClassVar[Mapping[str, str]] = ALIASES


Faults = faults.Faults[Fault]
