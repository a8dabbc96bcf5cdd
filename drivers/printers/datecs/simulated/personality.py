"""In a simulated fiscal printer: which device it is, as rows of data. A personality never changes while it runs.

Sources: manuals P v1.00BG, X v2.02, PF-550 v1.36; public drivers for FP-3530T and FPU-550; recorded answers of a
PF-500, a SY55 and a DP-150MX, whose names and numbers the rows bear.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal

_CYRILLIC: Final = "АБВГДЕЖЗ"
_LETTER_MEANS: Final = MappingProxyType(
    {
        "P": "cash",
        "N": "credit",
        "C": "cheque",
        "D": "card",
        "I": "other1",
        "J": "other2",
        "K": "other3",
        "L": "other4",
        "i": "other1",
        "j": "other2",
        "k": "other3",
        "l": "other4",
        "m": "coupon",
        "n": "external_coupon",
        "o": "packaging",
        "p": "internal",
        "q": "damage",
        "r": "bank",
        "s": "cheque2",
    }
)
_X_MEANS: Final = MappingProxyType(
    {"0": "cash", "1": "card", "2": "pinpad", "3": "other3", "4": "other4", "5": "other5", "6": "foreign"}
)


@dataclass(frozen=True, slots=True)
class Personality:
    """One device. `rates`: per cent of its tax groups, None: switched off. `longest`: bytes of DATA it takes.

    `open_order`: fields of 30h after number and password. `storno`: how 2Eh, 2Bh or 55h is written. `plus_only`: sells
    programmed items only. `amounts`: the old firmware writes amounts without point, zero padded.
    `counts_closed`: its two counters are sales and returns, counted when closed. `unknown`: classic commands that this
    device does not have. `takes_any_means`: an unknown payment letter is taken for cash.
    """

    name: str
    wide: bool = False
    status_length: int = 6
    status: Literal["bg", "ua", "mk", "x"] = "bg"
    longest: int = 213
    payload: Literal["commas", "code", "letter"] = "commas"
    taxes: str = _CYRILLIC
    rates: tuple[int | None, ...] = (0, 20, 20, 9, None, None, None, None)
    means: MappingProxyType[str, str] = field(default_factory=lambda: _LETTER_MEANS)
    open_order: Literal["till_unp", "unp_till", "till_invoice", "till"] = "till_unp"
    storno: Literal["letter", "numbers", "as_sale", "tabs"] = "letter"
    return_command: int = 0x2E
    close_return: int = 0x38
    cancels: tuple[int, ...] = (0x3C,)
    cut_command: int = 0x2D
    plus_only: bool = False
    domestic: bool = False
    absolute: bool = True
    report_password: bool = False
    counts_closed: bool = False
    amounts: Literal["padded", "point"] = "padded"
    takes_any_means: bool = False
    unknown: frozenset[int] = frozenset()
    structured_journal: bool = False
    password: str = "0000"  # noqa: S105 - the factory's, printed in the manual
    operators: int = 16
    items: int = 512
    name_length: int = 42
    shift_hours: int = 24
    locks: bool = True
    model: str = "FP-800"
    firmware: str = "1.00BG 23NOV18 1000"
    checksum: str = "1A2B"
    serial: str = "DT000600"
    fiscal_memory: str = "02000600"
    columns: int = 42


_BG: Final = Personality("bg", structured_journal=True, unknown=frozenset({0x55, 0x56}))
_NO_BG: Final = frozenset({0x20, 0x2E, 0x77})
_X: Final = Personality(
    "x",
    wide=True,
    status_length=8,
    status="x",
    longest=496,
    payload="code",
    taxes="12345678",
    means=_X_MEANS,
    storno="tabs",
    return_command=0x2B,
    cut_command=0x2E,
    amounts="point",
    operators=30,
    name_length=72,
    locks=False,
    model="FP-700X",
    firmware="2.02 10Jul19 1200",
    checksum="9460",
    serial="DT700001",
    fiscal_memory="02700001",
    columns=48,
)

#: Every personality by name.
PERSONALITIES: Final = MappingProxyType(
    {
        row.name: row
        for row in (
            _BG,
            replace(
                _BG,
                name="c",
                open_order="unp_till",
                storno="numbers",
                structured_journal=False,
                password="1",  # noqa: S106 - the factory's, printed in the manual
                operators=30,
                amounts="point",
                takes_any_means=True,
                means=MappingProxyType({"P": "cash", "C": "card", "N": "credit", "L": "other4"}),
                unknown=frozenset({0x55, 0x56, 0x77}),
                name_length=36,
                model="DP-150",
                serial="DT150001",
                fiscal_memory="02150001",
                columns=32,
            ),
            replace(
                _BG,
                name="ua",
                status="ua",
                taxes=_CYRILLIC[:5],
                rates=(20, 7, 0, None, None),
                means=MappingProxyType({"P": "cash", "N": "credit", "C": "cheque", "D": "card"}),
                open_order="till_invoice",
                storno="as_sale",
                return_command=0x55,
                plus_only=True,
                structured_journal=False,
                report_password=True,
                unknown=_NO_BG | {0x31, 0x56},
                name_length=36,
                model="FP-3530T",
                firmware="1.31UA 12Sep16 0930",
                serial="ZK00003530",
                fiscal_memory="3000003530",
                columns=42,
            ),
            replace(
                _BG,
                name="mk",
                status="mk",
                taxes=_CYRILLIC[:4],
                rates=(18, 5, 0, 0),
                means=MappingProxyType({"P": "cash", "N": "credit", "C": "cheque", "D": "card"}),
                open_order="till",
                storno="as_sale",
                return_command=0x55,
                close_return=0x56,
                cancels=(),
                domestic=True,
                absolute=False,
                counts_closed=True,
                structured_journal=False,
                unknown=_NO_BG | {0x3C},
                items=99,
                name_length=30,
                shift_hours=0,
                model="PF-550",
                firmware="1.36 10Mar10 1015",
                serial="AC100550",
                fiscal_memory="AC100550",
                columns=42,
            ),
            replace(
                _X,
                name="sy55",
                wide=False,
                status_length=6,
                status="bg",
                longest=213,
                payload="letter",
                taxes="1234",
                rates=(18, 5, 0, 0),
                shift_hours=0,
                model="SY55",
                firmware="354628 06Nov15 1800",
                checksum="5339",
                serial="AC215101278",
                fiscal_memory="",
                columns=42,
            ),
            _X,
        )
    }
)
