"""What is configured about one fiscal printer. Times in seconds, money in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from drivers.printers.datecs.dialects import DIALECTS, Dialect, DialectName, Reason
from statemachines.vocabulary.receipt import PaymentType

DrawerWay = Literal["none", "command", "payment"]

DEFAULT_PAYMENTS: Final[Mapping[PaymentType, str]] = MappingProxyType(
    {"cash": "cash", "card": "card", "certificate": "other", "bonus": "other", "transfer": "transfer"}
)
"""Our means of payment to the dialect's word; "other" (credit, instalments) is sent only where it is named."""


@dataclass(frozen=True, slots=True)
class Times:
    """Deadlines and rhythms, seconds.

    `first_byte`: until the device says anything (manual: 60 ms, in the field up to 500). `working`: between two of its
    SYN (manual: 60 ms, seen above 800). `inside` a frame that has begun. `attempts`, `naks`: so often is one frame sent
    into silence, and so often into NAK. `command`, `report`, `pinpad`: for one command as a whole. `replay`, `reopen`,
    `replay_once`: so long a frame may be repeated (dialogue.py says why not longer). `paper`: so long a receipt that is
    open waits for paper or the cover before it becomes doubtful; `look`: how often it looks meanwhile.
    """

    first_byte: float = 0.5
    working: float = 3.0
    inside: float = 0.3
    write: float = 1.0
    nak_pause: float = 0.075
    attempts: int = 6
    naks: int = 6
    command: float = 10.0
    report: float = 60.0
    pinpad: float = 180.0
    replay: float = 4.0
    replay_once: float = 1.6
    reopen: float = 2.0
    paper: float = 60.0
    look: float = 1.0
    heartbeat: float = 10.0


@dataclass(frozen=True, slots=True)
class DatecsSettings:
    """One fiscal printer or cash register.

    `dialect`: its row of dialects.py. `operator`, `password` ("" = the factory's), `till`: who sells, as it knows them.
    `taxes`: our tax group to its letter or number; `rates`: to its rate in hundredths of a per cent, compared with the
    device's when a shift is opened. `payments`: our means of payment to the dialect's word for it.
    `unp`: send the unique sale number that Bulgaria wants. `serial`: the one device that may answer ("" = the first
    that does). `drawer`: opened by command 6Ah, by the device itself with a payment, or there is none. `letters`: what
    becomes of letters that cp1251 lacks. `zero_line`: what becomes of a line that costs nothing. `reason` of a return.
    `clock_s`: its clock may differ by so much from ours before it is set, outside a shift; 0 = it is never set.
    `cut`: the paper is cut by command behind text that is no receipt, because the device does not by itself.
    `pinpad`: a card terminal hangs on the device (X). `first_item`: the first of the programmed items that a device
    which sells no others lends us. `exponent`: decimals of the currency.
    """

    dialect: Dialect = DIALECTS["bg"]
    operator: int = 1
    password: str = ""
    till: int = 1
    taxes: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[str, int] = field(default_factory=dict)
    payments: Mapping[PaymentType, str] = field(default_factory=lambda: DEFAULT_PAYMENTS)
    unp: bool = False
    serial: str = ""
    drawer: DrawerWay = "none"
    letters: Literal["refuse", "replace"] = "replace"
    zero_line: Literal["note", "refuse"] = "note"
    reason: Reason = "refund"
    clock_s: int = 60
    cut: bool = False
    pinpad: bool = False
    first_item: int = 1
    exponent: int = 2
    role: str = "fiscal printer"
    times: Times = field(default_factory=Times)

    def __post_init__(self) -> None:
        if not 1 <= self.operator <= self.dialect.operators:
            raise ValueError(f"this device knows operators 1 to {self.dialect.operators}, not {self.operator}")
        for group, letter in self.taxes.items():
            try:
                self.dialect.tax(letter)
            except ValueError as error:
                raise ValueError(f"tax group {group}: {error}") from error
        for kind, word in self.payments.items():
            if word not in self.dialect.payments and kind == "cash":
                raise ValueError(f"cash must be one of {', '.join(self.dialect.payments)}, not {word!r}")

    @property
    def secret(self) -> str:
        """The operator's password as it is sent."""
        return self.password or self.dialect.password


def settings_for(name: DialectName, **fields: object) -> DatecsSettings:
    """Settings of a dialect by its name."""
    return DatecsSettings(DIALECTS[name], **fields)  # type: ignore[arg-type]  # checked by the fields themselves
