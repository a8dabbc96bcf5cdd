"""At the paper's end of a sale: which printer the simulator is, as rows of data.

Sources: Epson ESC/POS command reference (ESC t, GS I, GS ( H, GS g 2, DLE DC4), the code page numbers of the
public printer profiles, and what clones are known to leave out. A personality never changes while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

#: ESC t n on Epson printers and most clones -> Python codec (only tables that Python knows).
EPSON_PAGES: Final = MappingProxyType(
    {
        0: "cp437",
        2: "cp850",
        3: "cp860",
        4: "cp863",
        5: "cp865",
        13: "cp857",
        14: "cp737",
        15: "iso8859_7",
        16: "cp1252",
        17: "cp866",
        18: "cp852",
        19: "cp858",
        33: "cp775",
        34: "cp855",
        35: "cp861",
        36: "cp862",
        37: "cp864",
        38: "cp869",
        39: "iso8859_2",
        40: "iso8859_15",
        44: "cp1125",
        45: "cp1250",
        46: "cp1251",
        47: "cp1253",
        48: "cp1254",
        49: "cp1255",
        50: "cp1256",
        51: "cp1257",
        52: "cp1258",
    }
)

#: ESC t n on the cheap 58 mm boards (POS-5890 and its kin).
POS5890_PAGES: Final = MappingProxyType(
    {0: "cp437", 2: "cp850", 16: "cp1252", 18: "cp852", 59: "cp866", 60: "cp855", 73: "cp1251"}
)


@dataclass(frozen=True, slots=True)
class Personality:
    """What one make of printer does and leaves out.

    `run_ahead`: how many mechanical actions (lines, cuts) may still wait while commands behind them are already
    interpreted, so that GS r answers before the paper is there. `knife_dots`: distance from print head to knife.
    `near_end_lines`: lines left when the near-end sensor trips. `counters_lag`: the odometers are written to
    non-volatile memory only every 16 lines, and a cut only with the next one; a power cut falls back to that.
    `kanji`: two-byte mode after power-on and ESC @. `realtime_when_full`: real-time commands are executed, and
    then not stored, when the receive buffer has no room (serial interfaces; USB needs the bytes to be taken).
    `asb`: it knows automatic status (GS a).
    `initialize_ends_asb`: ESC @ also switches automatic status off (makes differ). `busy_when_offline`: it takes no
    data while offline, as a USB printer that answers NAK. `usb`: its port is lost with its power. `paper_stops`:
    without, it says that the paper is at its end, stays online and prints on, onto nothing. `mute` is any one-way
    printer: USB of protocol 1, Bluetooth, a parallel line.
    """

    name: str
    answers: bool = True
    process_id: bool = True
    barrier: bool = True
    identifies: bool = True
    odometers: bool = True
    ram_graphics: bool = True
    nv_graphics: bool = True
    clears: bool = True
    qr: bool = True
    asb: bool = True
    asb_at_start: int = 0
    counters_lag: bool = False
    kanji: bool = False
    run_ahead: int = 0
    realtime_when_full: bool = True
    initialize_ends_asb: bool = False
    busy_when_offline: bool = False
    usb: bool = False
    paper_stops: bool = True
    knife_dots: int = 110
    near_end_lines: int = 40
    maker: str = "EPSON"
    model: str = "TM-T88V"
    firmware: str = "10.05 ESC/POS"
    serial: str = "J5NF012345"
    model_id: int = 0x20
    type_bits: int = 0x02
    version: int = 0x0A
    pages: MappingProxyType[int, str] = field(default_factory=lambda: EPSON_PAGES)


_EPSON: Final = Personality("epson")
_CLONE: Final = Personality(
    "no_process_id",
    process_id=False,
    ram_graphics=False,
    maker="XPRINTER",
    model="XP-Q200",
    firmware="1.07",
    serial="XP20230117",
)

#: Every personality by name.
PERSONALITIES: Final = MappingProxyType(
    {
        row.name: row
        for row in (
            _EPSON,
            replace(_EPSON, name="epson_runs_ahead", run_ahead=2),
            _CLONE,
            replace(_CLONE, name="odometer_lags", counters_lag=True),
            replace(_CLONE, name="barrier_only", odometers=False, nv_graphics=False, identifies=False, clears=False),
            replace(_CLONE, name="barrier_runs_ahead", odometers=False, identifies=False, run_ahead=3),
            replace(
                _CLONE,
                name="mute",
                answers=False,
                usb=True,
                barrier=False,
                identifies=False,
                odometers=False,
                nv_graphics=False,
                clears=False,
            ),
            replace(_CLONE, name="no_asb", asb=False),
            replace(_CLONE, name="cjk", kanji=True, pages=POS5890_PAGES, model="POS-5890K", nv_graphics=False),
            replace(_EPSON, name="no_clear", clears=False),
            replace(_EPSON, name="asb_default_on", asb_at_start=0x0F),
            replace(_EPSON, name="initialize_ends_asb", initialize_ends_asb=True),
            replace(_EPSON, name="no_realtime_when_full", realtime_when_full=False),
            replace(_EPSON, name="usb", realtime_when_full=False, busy_when_offline=True, usb=True),
            replace(_EPSON, name="prints_past_paper_end", paper_stops=False),
            replace(_CLONE, name="id_less", identifies=False),
        )
    }
)
