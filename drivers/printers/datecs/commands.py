"""On a sale's way to a fiscal printer: every order as CMD and DATA, every answer back as a value, in any dialect.

    speak = language(DIALECTS["bg"])
    order = speak.open_sale(Operator(password="0000"), unp="DT000600-OP01-0001000")
    # … one exchange of the dialogue …
    refused = speak.rejection(order, reply)
    issued = speak.issued(reply)

Orders raise ValueError when a value does not fit the device (nothing was sent); answers raise Unreadable when they are
not what the manual says. Each method names its command as the manuals' sections do: bg.isl.dt.p.protocol v1.00BG for
classic, FP-700X/DP-25X v2.02 for X. Discounts that this file cannot say in a dialect are refused, not rounded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from drivers.framing.datecs import Reply
from drivers.printers.datecs.commands_commas import CommaLanguage
from drivers.printers.datecs.commands_tabs import TabLanguage
from drivers.printers.datecs.commands_values import (
    CashState,
    Change,
    Command,
    DayPayments,
    DayReport,
    DayTotals,
    Identity,
    Issued,
    Item,
    JournalHead,
    JournalLine,
    LastDocument,
    Operator,
    Original,
    Paid,
    ReceiptState,
    Subtotal,
)
from drivers.printers.datecs.dialects import Dialect, Reason
from drivers.printers.datecs.errors import Rejection
from drivers.printers.datecs.status import Status


class Language(Protocol):
    """All that is said to a device and understood of it. Amounts are minor units with `decimals` places."""

    @property
    def dialect(self) -> Dialect: ...
    @property
    def decimals(self) -> int: ...

    # --- what an answer says before its fields are read ---------------------------------------------------------

    def state(self, reply: Reply) -> Status:
        """The status bytes under any answer."""

    def rejection(self, command: Command, reply: Reply) -> Rejection | None:
        """Why the order was not carried out; None when it was. X: the error field decides, whatever the bytes say."""

    # --- asking -------------------------------------------------------------------------------------------------

    def status(self) -> Command:
        """4Ah (74): status, at once. Read it with `state`."""

    def diagnostic(self) -> Command:
        """5Ah (90) `1`: who the device is."""

    def identity(self, reply: Reply) -> Identity: ...

    def closures_left(self) -> Command:
        """44h (68): how many Z reports the fiscal memory still takes."""

    def left(self, reply: Reply) -> int: ...

    def receipt_state(self) -> Command:
        """4Ch (76), classic `T`: is a receipt open, how far is it."""

    def open_receipt(self, reply: Reply) -> ReceiptState: ...

    def last_document(self) -> Command:
        """71h (113): of whatever kind. X 7Bh (123) option 3: the last sale, counted since the Z report."""

    def last(self, reply: Reply) -> LastDocument: ...

    def clock(self) -> Command:
        """3Eh (62)."""

    def time(self, reply: Reply) -> datetime:
        """The device's clock, without a zone."""

    def cash_state(self) -> Command:
        """46h (70) without amount: how much cash the register counts. Prints nothing."""

    def cash(self, reply: Reply) -> CashState: ...

    def day_totals(self, kind: int = 0) -> Command:
        """41h (65): sums by tax group since the last Z report; 0 sales, 1 their taxes (UA: 1 returns)."""

    def totals(self, reply: Reply) -> DayTotals: ...

    def day_payments(self) -> Command:
        """6Eh (110), X option 0: sums by means of payment."""

    def payments(self, reply: Reply) -> DayPayments: ...

    # --- a fiscal receipt ---------------------------------------------------------------------------------------

    def open_sale(self, operator: Operator, unp: str = "") -> Command:
        """30h (48). `unp`: the unique sale number (Bulgaria)."""

    def open_return(self, operator: Operator, reason: Reason, original: Original, unp: str = "") -> Command:
        """2Eh (46), X 2Bh (43), UA and MK 55h (85, which names no original)."""

    def issued(self, reply: Reply) -> Issued:
        """Answer to opening and to closing."""

    def sale(self, item: Item) -> Command:
        """31h (49); UA 34h (52), the sale of a programmed item."""

    def subtotal(self, change: Change | None = None, *, printed: bool = False) -> Command:
        """33h (51), with a discount or surcharge on the whole receipt."""

    def sums(self, reply: Reply) -> Subtotal: ...

    def payment(self, mode: str, amount: int | None = None) -> Command:
        """35h (53). `mode`: a value of `Dialect.payments`; no amount: all that is due (X must be told)."""

    def paid(self, reply: Reply) -> Paid: ...

    def text(self, line: str) -> Command:
        """36h (54): a line of text on the fiscal receipt."""

    def close_sale(self) -> Command:
        """38h (56)."""

    def close_return(self) -> Command:
        """38h (56); MK 56h (86)."""

    def cancels(self) -> tuple[Command, ...]:
        """3Ch (60) and what else cancels a receipt before its first payment, in the order to try. MK: none."""

    # --- other paper, money, time -------------------------------------------------------------------------------

    def open_nonfiscal(self) -> Command:
        """26h (38)."""

    def nonfiscal_text(self, line: str) -> Command:
        """2Ah (42)."""

    def close_nonfiscal(self) -> Command:
        """27h (39)."""

    def move_cash(self, amount: int) -> Command:
        """46h (70): positive in, negative out. Read the answer with `cash`."""

    def x_report(self, operator: Operator) -> Command:
        """45h (69) `2`, X `X`."""

    def z_report(self, operator: Operator) -> Command:
        """45h (69) `0`, X `Z`."""

    def report(self, reply: Reply) -> DayReport: ...

    def set_clock(self, at: datetime) -> Command:
        """3Dh (61). The device refuses it with a receipt open, and a time before its last record."""

    def duplicate(self) -> Command:
        """6Dh (109): a copy of the last fiscal receipt, once."""

    def drawer(self, milliseconds: int) -> Command:
        """6Ah (106), 5 to 100 ms; the value is remembered, so it is always sent."""

    def feed(self, lines: int) -> Command:
        """2Ch (44), 1 to 99 lines."""

    def cut(self) -> Command:
        """2Dh (45), X 2Eh (46)."""

    # --- programmed items (UA) ----------------------------------------------------------------------------------

    def program_item(self, operator: Operator, item: Item, group: int = 1) -> Command:
        """6Bh (107) `P`: an item may be sold by its number from now on. Refused while it has turnover."""

    def delete_items(self, operator: Operator) -> Command:
        """6Bh (107) `DA`: all items without turnover."""

    # --- reading back -------------------------------------------------------------------------------------------

    def journal(self, document: int) -> Command:
        """77h (119) `W`, X 7Dh (125) option 0: begin to read a document.

        Raises ValueError where no journal can be read.
        """

    def journal_head(self, reply: Reply) -> JournalHead:
        """X: which document is read now. (Classic begins with the first line: `journal_line`.)"""

    def journal_next(self) -> Command:
        """77h `w`, X 7Dh option 1: the next line."""

    def journal_line(self, reply: Reply) -> JournalLine: ...


def language(dialect: Dialect, decimals: int = 2) -> Language:
    """How to speak to a device of this dialect. `decimals`: places of its money (53h, field 2; normally 2)."""
    return TabLanguage(dialect, decimals) if dialect.tabs else CommaLanguage(dialect, decimals)
