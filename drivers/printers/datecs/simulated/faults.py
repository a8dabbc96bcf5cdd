"""At a simulated fiscal printer's end of the wire: what goes wrong between it and the host, by name.

A fault is set with a value and, where that makes sense, holds for so many answers. Mechanical faults and the state of
the fiscal memory are the person's beside the device (simulator.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

#: Fault -> what it does, the value it has when none is told, what the value means ("" = none).
WIRE_FAULTS: Final = MappingProxyType(
    {
        "dribble": ("answers arrive in pieces of 1 to 8 bytes", 1, ""),
        "garbage": ("noise before and after every answer", 1, ""),
        "deaf": ("it hears nothing", 1, ""),
        "late": ("every answer is late by so many milliseconds, without SYN", 700, "ms"),
        "lost_answer": ("it acts, and so many answers are lost", 1, "answers"),
        "drop_request": ("so many orders are not heard", 1, "orders"),
        "bad_checksum": ("so many answers have a wrong check sum", 1, "answers"),
        "duplicate_answer": ("every answer comes twice", 1, ""),
        "stale_answer": ("the answer before is sent again before every answer", 1, ""),
        "nak_storm": ("so many orders are answered with NAK", 8, "orders"),
        "syn_gap": ("one SYN, then nothing for so many milliseconds, then the answer", 900, "ms"),
        "silence": ("nothing for so many milliseconds before the next answer, then as before", 2000, "ms"),
        "wrong_dialect": ("every frame is answered with NAK", 1, ""),
        "wrong_speed": ("whatever comes is answered with 00 bytes", 1, ""),
        "error": ("the next order is refused with this X error code under healthy status bytes", 111003, "code"),
        "terminal": ("the card terminal's next payment ends with this X error code", 111028, "code"),
        "power_cut_in": ("its power is cut when so many more bytes have come in", 1, "bytes"),
        "power_cut_out": ("its power is cut when so many more bytes have gone out", 1, "bytes"),
        "unplug_in": ("its cable is pulled when so many more bytes have come in", 1, "bytes"),
        "unplug_out": ("its cable is pulled when so many more bytes have gone out", 1, "bytes"),
    }
)
#: Those whose value is a number of times: each use takes one away.
_COUNTED: Final = frozenset({"lost_answer", "drop_request", "bad_checksum", "nak_storm"})
_AT_A_BYTE_IN: Final = frozenset({"power_cut_in", "unplug_in"})
_AT_A_BYTE_OUT: Final = frozenset({"power_cut_out", "unplug_out"})
_ONCE: Final = frozenset({"silence", "error", "terminal"})


@dataclass(slots=True)
class Faults:
    """The faults that are set, by name; 0 is off."""

    values: dict[str, int]

    def set(self, name: str, value: int | None = None) -> None:
        """Raises KeyError for an unknown name, ValueError for a negative value."""
        default = WIRE_FAULTS[name][1]
        if value is not None and value < 0:
            raise ValueError(f"the fault {name} takes no negative value")
        self.values[name] = default if value is None else value
        if not self.values[name]:
            del self.values[name]

    @property
    def cutting_in(self) -> bool:
        """One of those that strike after a byte that comes in is set."""
        return not _AT_A_BYTE_IN.isdisjoint(self.values)

    @property
    def cutting_out(self) -> bool:
        """One of those that strike after a byte that goes out is set."""
        return not _AT_A_BYTE_OUT.isdisjoint(self.values)

    def on(self, name: str) -> bool:
        return self.values.get(name, 0) > 0

    def value(self, name: str) -> int:
        return self.values.get(name, 0)

    def use(self, name: str) -> int:
        """Its value; a counted one has one time less afterwards, one that happens once is off."""
        value = self.values.get(name, 0)
        if value and name in _COUNTED:
            self.values[name] = value - 1
        elif name in _ONCE:
            self.values[name] = 0
        return value
