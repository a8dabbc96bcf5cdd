"""Beside a sale's way: everything that a fiscal printer tells of itself, for a person who looks at it. Only questions.

What a device does not know how to tell is None, never guessed. Sources: manuals P v1.00BG and X v2.02, the commands
of looking.py, 44h (68) for the room in the fiscal memory, X variable PrintColumns (FFh).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from drivers.errors import Refused
from drivers.ports.base import Port
from drivers.printers.datecs.commands import language
from drivers.printers.datecs.commands_values import Identity, ReceiptState
from drivers.printers.datecs.dialogue import Dialogue, Wait
from drivers.printers.datecs.looking import Looking
from drivers.printers.datecs.readback import Standing
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.speech import Speech
from drivers.printers.datecs.status import Status

T = TypeVar("T")
#: Names of models -> the dialects that their kind speaks. The longest beginning that fits decides.
_MODELS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("SY55", ("sy55",)),
    ("PF-", ("mk",)),
    ("FP-3530", ("ua",)),
    ("FPU-", ("ua",)),
    ("EXELLIO", ("ua",)),
    ("FP-", ("bg",)),
    ("FMP-", ("bg",)),
    ("SK1-", ("bg",)),
    ("DP-", ("c",)),
    ("WP-", ("c",)),
    ("MP-", ("c",)),
)
#: First letters of a serial number -> whose device it is (Bulgaria).
_MAKERS: Final = {"DT": "Datecs", "DY": "Daisy", "ED": "Eltrade", "IN": "Incotex", "ZK": "Tremol"}


@dataclass(frozen=True, slots=True)
class Examination:
    """One look at one device; None = it does not tell. `rates` in hundredths of a per cent, money in minor units.

    `clock` is the device's own, without a zone. `closures_left`: Z reports that its fiscal memory still takes.
    """

    identity: Identity
    status: Status
    receipt: ReceiptState | None
    clock: datetime | None
    rates: tuple[int | None, ...] | None
    standing: Standing | None
    last_at: datetime | None
    closures_left: int | None
    columns: int | None


def examine(port: Port, settings: DatecsSettings, *, wait: Wait | None = None) -> Examination:
    """Open the port, look, close it. Raises NotSent and Unanswered: the device is not there, or not in this dialect."""
    dialogue = Dialogue(port, settings.dialect.envelope, settings.times, role=settings.role, wait=wait)
    try:
        dialogue.open()
        dialogue.greet()
        speech = Speech(dialogue, language(settings.dialect, settings.exponent), settings, lambda _: None)
        return _look(speech, Looking(speech))
    finally:
        port.close()


def _look(speech: Speech, looking: Looking) -> Examination:
    identity = looking.identity()
    standing = _told(lambda: looking.standing(identity.serial))
    return Examination(
        identity,
        speech.look(),
        standing.receipt if standing is not None else _told(looking.receipt),
        _told(looking.clock),
        _told(looking.rates),
        standing,
        None if standing is None else _told(lambda: looking.time_of(standing.document)),
        looking.closures_left(),
        looking.columns(),
    )


def _told(ask: Callable[[], T | None]) -> T | None:
    with suppress(Refused):
        return ask()
    return None


def dialects_of(identity: Identity) -> tuple[str, ...]:
    """Which dialects a device of this name speaks; empty for a name that is not known."""
    name = identity.model.upper().strip()
    if name.endswith(("X", "XE")):
        return ("x",)
    return next((dialects for beginning, dialects in _MODELS if name.startswith(beginning)), ())


def maker_of(identity: Identity, dialect: str) -> str:
    """Whose device it is, by its Bulgarian serial number; "" where that does not tell."""
    return _MAKERS.get(identity.serial[:2].upper(), "") if dialect in ("bg", "c", "x") else ""
