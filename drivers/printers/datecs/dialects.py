"""Before a command is written: which of the Datecs protocols a device speaks, as one row of facts each.

Sources: Datecs programmer's manuals bg.isl.dt.p.protocol v1.00BG (P), FP-700X/DP-25X v2.02 (X), the cash registers'
C protocol as public drivers send it, FP-3530T and FPU-550 (Ukraine), Synergy PF-500/PF-550 v1.36 (North Macedonia) and
the recorded answers of a Synergy SY55. A device's diagnostic answer (5Ah) tells which row it is, not its envelope.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from drivers.framing.datecs import CLASSIC, Envelope, X

DialectName = Literal["bg", "c", "ua", "mk", "sy55", "x"]
#: Why goods come back: the operator's error, the customer's wish, a tax base that was too high.
Reason = Literal["error", "refund", "tax_base"]
#: Order of the fields of 30h. `tabs`: every field ends with TAB.
OpenFields = Literal["till_unp", "unp_till", "till_invoice", "till", "tabs"]
ReturnFields = Literal["letter_document", "fields", "as_sale", "tabs"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One row. Lengths are characters of cp1251, `passwords` the factory's.

    `taxes`: what stands for the tax groups in their order, first as it is sent. `payments`: our words to the code of
    35h (cash, card, credit, cheque, transfer, coupon, pinpad, other). `counters`: what the two numbers of 30h and 38h
    count: all and fiscal receipts (`issued`), or sales and returns, each counted when it is closed (`closed`).
    `cancels`: commands that cancel an open receipt before its first payment, in the order to try (one that lacks it
    answers "invalid command"); none where the manual lists none. `verdict`: how the data of an answer begin: with an
    error code, with P or F, or with neither. `journal`: how a document is read back (77h `W`, 7Dh), if at all.
    `shift_hours`: how long after its first receipt a shift may go on (0: the device sets no limit).
    `replays_on`: when the device takes a frame for a repetition of the last one.
    """

    name: DialectName
    envelope: Envelope
    status_table: Literal["bg", "ua", "mk", "x"]
    open_sale: OpenFields
    open_return: ReturnFields
    return_command: int
    close_return: int
    taxes: tuple[str, ...]
    payments: MappingProxyType[str, str]
    reasons: MappingProxyType[Reason, str]
    password: str
    cancels: tuple[int, ...] = (0x3C,)
    sale_command: int = 0x31
    programmed_items: bool = False
    domestic_mark: str = ""
    absolute_discounts: bool = True
    name_length: int = 42
    name_lines: int = 2
    text_length: int = 42
    items: int = 512
    counters: Literal["issued", "closed"] = "issued"
    password_in_reports: bool = False
    has_last_error: bool = True
    journal: Literal["structured", "lines", "none"] = "structured"
    verdict: Literal["none", "letter", "code"] = "none"
    operators: int = 16
    shift_hours: int = 24
    replays_on: Literal["seq", "seq_and_command"] = "seq"
    speeds: tuple[int, ...] = (115200, 9600, 19200, 38400, 57600)

    @property
    def tabs(self) -> bool:
        """Fields are each followed by a TAB, not separated by commas."""
        return self.open_sale == "tabs"

    def tax(self, group: str) -> str:
        """What is sent for a tax group given as Latin letter, Cyrillic letter or number from 1.

        Raises ValueError that names the groups this device has.
        """
        for row in (self.taxes, _LATIN, _CYRILLIC, _DIGITS):
            if group in row[: len(self.taxes)]:
                return self.taxes[row.index(group)]
        known = ", ".join(self.taxes)
        raise ValueError(f"there is no tax group {group!r} on a Datecs {self.name} device; it has {known}")

    def tax_index(self, group: str) -> int:
        """The place of a tax group, from 0, in the sums that the device answers. Raises ValueError."""
        return self.taxes.index(self.tax(group))


_LATIN: Final = tuple("ABCDEFGH")
_CYRILLIC: Final = tuple("АБВГДЕЖЗ")
_DIGITS: Final = tuple("12345678")
_LETTERS: Final = MappingProxyType({"cash": "P", "credit": "N", "cheque": "C", "card": "D"})
_BG_LETTERS: Final = MappingProxyType({**_LETTERS, "transfer": "r", "coupon": "m", "other": "I"})
_X_MODES: Final = MappingProxyType({"cash": "0", "card": "1", "cheque": "3", "transfer": "4", "other": "5"})
_NO_REASONS: Final[MappingProxyType[Reason, str]] = MappingProxyType({})
_NUMBERED_REASONS: Final[MappingProxyType[Reason, str]] = MappingProxyType(
    {"error": "0", "refund": "1", "tax_base": "2"}
)

_BG: Final = Dialect(
    name="bg",
    envelope=CLASSIC,
    status_table="bg",
    open_sale="till_unp",
    open_return="letter_document",
    return_command=0x2E,
    close_return=0x38,
    taxes=_CYRILLIC,
    payments=_BG_LETTERS,
    reasons=MappingProxyType({"error": "E", "refund": "R", "tax_base": "T"}),
    password="0000",  # noqa: S106 - the factory's, printed in the manual
)
_C: Final = replace(
    _BG,
    name="c",
    open_sale="unp_till",
    open_return="fields",
    reasons=_NUMBERED_REASONS,
    # Cash registers (DP-150 firmware 3.00) know P, L and N only and take any other letter for cash.
    payments=MappingProxyType({"cash": "P", "card": "C", "credit": "N", "other": "L"}),
    password="1",  # noqa: S106 - the factory's, printed in the manual
    journal="none",
    name_length=36,
    operators=30,
)
_UA: Final = replace(
    _BG,
    name="ua",
    status_table="ua",
    open_sale="till_invoice",
    open_return="as_sale",
    return_command=0x55,
    taxes=_CYRILLIC[:5],
    payments=_LETTERS,
    reasons=_NO_REASONS,
    # 3Ch stands in the manual of the FP-3530, 39h in the drivers of its successor FPU-550.
    cancels=(0x3C, 0x39),
    sale_command=0x34,
    programmed_items=True,
    name_length=36,
    name_lines=1,
    text_length=36,
    password_in_reports=True,
    has_last_error=False,
    journal="none",
    speeds=(9600, 19200, 115200, 38400, 57600),
)
_MK: Final = replace(
    _BG,
    name="mk",
    status_table="mk",
    open_sale="till",
    open_return="as_sale",
    return_command=0x55,
    close_return=0x56,
    taxes=_CYRILLIC[:4],
    payments=_LETTERS,
    reasons=_NO_REASONS,
    # Password: the PF-550's manual prints six zeros, a PF-500 was recorded with four.
    cancels=(),
    domestic_mark="@",
    absolute_discounts=False,
    name_length=30,
    text_length=38,
    items=99,
    counters="closed",
    has_last_error=False,
    journal="none",
    shift_hours=0,
    speeds=(9600, 19200, 115200, 38400, 57600),
)
_SY55: Final = replace(
    _MK,
    name="sy55",
    status_table="bg",
    cancels=(0x3C,),
    verdict="letter",
    open_sale="tabs",
    open_return="tabs",
    return_command=0x2B,
    close_return=0x38,
    reasons=_NUMBERED_REASONS,
    payments=_X_MODES,
    taxes=_DIGITS[:4],
    absolute_discounts=True,
    domestic_mark="",
    name_length=72,
    name_lines=1,
    counters="issued",
)
_X: Final = replace(
    _BG,
    name="x",
    envelope=X,
    status_table="x",
    open_sale="tabs",
    open_return="tabs",
    return_command=0x2B,
    taxes=_DIGITS,
    payments=MappingProxyType({**_X_MODES, "pinpad": "2"}),
    reasons=_NUMBERED_REASONS,
    name_length=72,
    name_lines=1,
    text_length=40,  # PrintColumns less 2; most models print 42
    has_last_error=False,
    journal="lines",
    verdict="code",
    operators=30,
)

#: Every dialect by name.
DIALECTS: Final = MappingProxyType({row.name: row for row in (_BG, _C, _UA, _MK, _SY55, _X)})
