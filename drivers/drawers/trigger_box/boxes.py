"""Beside a sale's way: the trigger boxes that can be driven, one row each. A new box is a row here.

Where a document leaves something open, the row says so and takes what opens no drawer unasked. None of these is ever
probed: to most of them any byte is a kick.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

LineName = Literal["cts", "dsr", "dcd", "ri"]
#: How a box tells: not at all, on a modem line, by a stream of bytes, or when it is asked.
Telling = Literal["nothing", "line", "stream", "escape", "status_byte", "report"]

_LONGEST_CODE: Final = 16
#: Bytes of every report of a Posiflex drawer, in either direction.
REPORT: Final = 120


@dataclass(frozen=True, slots=True)
class Box:
    """One kind of box. Times in seconds.

    `kicks`: the bytes for drawer 1, drawer 2; () where the code is set in the box and must be configured. `speed`: bits
    per second that it is delivered with. `dtr`, `rts`: how these lines are held; high where they power the box.
    `questions`: what asks for the switch of drawer 1, drawer 2. `line`: where it tells as delivered. `charge_s`: from
    the opening of the port until it can kick. `rest_s`: between two kicks. `deaf_s`: after a kick it takes no byte,
    and none is sent. `link`: what it is plugged into; a HID device gets each kick and each question as one report.
    `pulse_ms`: how long it is taken to hold the coil, for the guard; no box lets that be chosen.
    `confirm_ms`: how long after a kick its switch may first be heard. `attempts`: pulses to one order at most.
    `source`: what the row was written from.
    """

    name: str
    title: str
    kicks: tuple[bytes, ...]
    tells: Telling
    source: str
    speed: int = 9600
    dtr: bool = False
    rts: bool = False
    questions: tuple[bytes, ...] = ()
    line: LineName | None = None
    charge_s: float = 0.0
    rest_s: float = 1.0
    deaf_s: float = 0.0
    pulse_ms: int = 200
    confirm_ms: int = 800
    attempts: int = 3
    link: Literal["serial", "hid"] = "serial"


def _reports(command: int) -> tuple[bytes, ...]:
    """A Posiflex drawer's report for each number that the drawer may have: the number, then number + `command`."""
    return tuple(bytes((number, number + command)).ljust(REPORT, b"\0") for number in range(8))


_ROWS: Final = (
    Box(
        "safescan-uc100",
        "Safescan UC-100",
        # One byte, because each one may be another pulse. BEL, because elsewhere it does the least harm.
        kicks=(b"\x07",),
        tells="nothing",
        attempts=1,
        source="Safescan support, how the UC-100 works: anything that is sent to its port opens the drawer",
    ),
    Box(
        "apg-484a",
        "APG 484A SerialPRO II",
        kicks=(b"\x07",),
        tells="line",
        line="ri",
        dtr=True,
        rts=True,
        charge_s=12.0,
        rest_s=6.0,
        # It has recharged for a second pulse when nobody waits for the first any more.
        attempts=1,
        source=(
            "APG model 484A user's guide: BEL; 600 to 19200 bit/s; powered from DTR and RTS, 12 s to charge when the "
            "port is opened first, 6 s between two openings; status on CTS, DCD or RI as its DIP switches say"
        ),
    ),
    Box(
        "apg-212a",
        "APG 212A Smart SerialPRO",
        kicks=(),
        tells="line",
        line="cts",
        source=(
            "APG model 212A owner's manual: one or two characters set with switches; 300 to 19200 bit/s; a power "
            "supply of its own; status on a line chosen with jumpers"
        ),
    ),
    Box(
        "glancetron-8005u",
        "Glancetron 8005U",
        kicks=(b"\x1b4", b"\x1b5"),
        tells="escape",
        questions=(b"\x1b:", b"\x1b;"),
        # A second byte of a question that falls behind the end of the lock-out while the first fell into it would be
        # "any character", which opens drawer 1: so nothing is sent until it is over for certain.
        deaf_s=1.2,
        rest_s=1.2,
        confirm_ms=2200,
        attempts=2,
        source=(
            "Glancetron 8005U user manual, section 7: 9600 8N1; any character but ESC opens drawer 1; ESC 4, ESC 5; "
            "ESC : and ESC ; are answered by ESC 4 or ESC 5 and A (closed) or B (open); 1 s until the next command"
        ),
    ),
    Box(
        "acode-at10u3",
        "ACODE AT10U3",
        kicks=(),
        tells="stream",
        confirm_ms=1000,
        source=(
            "ACODE product pages of the AT10U3 (non-dedicated): opens on a code set by the maker; sends 00 over and "
            "over while the drawer is open, nothing when it is closed or its switch is not wired"
        ),
    ),
    Box(
        "ibm-4840",
        "IBM/Toshiba 4840 SurePOS",
        kicks=(b"\x07", b"\x1b\x07"),
        tells="status_byte",
        # 06 asks for both drawers. ESC 06 is the status of drawer 2 on model xx3 and a toggle of unasked reports on
        # the older ones, so it is never sent.
        questions=(b"\x06", b"\x06"),
        source=(
            "IBM SurePOS 500/600 reference, cash drawer commands: BEL, ESC BEL, ACK; status byte: bit 6 drawer 1 "
            "open, bit 5 drawer 2 open, bits 4 and 3 the drawer is there, bit 7 always 0"
        ),
    ),
    Box(
        "posiflex-cr4000",
        "Posiflex CR-4000",
        # A drawer that is its own box, USB 0d3a:0200 to 0207: socket n here is the drawer with the number n - 1, the
        # product's last digit. Other second bytes reach its programming (F0: it is no drawer any more), so none but
        # these two is ever sent.
        kicks=_reports(0),
        tells="report",
        questions=_reports(1),
        link="hid",
        source=(
            "ndf-zz/posiflex-hidcd, README, tried on a CR-4115G2: reports of 120 bytes without a number; out: drawer, "
            "command (drawer = open, drawer + 1 = status); in: drawer * 16, + 1 when it is closed"
        ),
    ),
)

BOXES: Final = MappingProxyType({row.name: row for row in _ROWS})


def box_of(name: str, code: bytes = b"") -> Box:
    """The row `name`, with `code` as its kick where that is set in the box. Raises ValueError that says what to do."""
    try:
        row = BOXES[name]
    except KeyError:
        raise ValueError(f"there is no trigger box {name!r}; known are {', '.join(sorted(BOXES))}") from None
    if row.kicks:
        if code:
            raise ValueError(f"the {row.title} opens on bytes of its own; leave the code out")
        return row
    if not code:
        raise ValueError(f"the {row.title} opens on a code that is set in it; give that code")
    if len(code) > _LONGEST_CODE:
        raise ValueError(f"a code is 1 to {_LONGEST_CODE} bytes long, not {len(code)}")
    return replace(row, kicks=(code,))
