"""On a sale's way to a fiscal printer: the X family, where every field, the last and the empty ones too, ends with TAB.

An answer begins with an error code, 0 when all is well; the hybrid Synergy SY55 says P or F there. Source: manual
FP-700X/DP-25X v2.02, commands by number; what a SY55 was seen to answer.
"""

from __future__ import annotations

from drivers.framing.datecs import Reply
from drivers.printers.datecs import commands_text as text
from drivers.printers.datecs.commands_common import Common
from drivers.printers.datecs.commands_values import (
    Change,
    Command,
    DayPayments,
    DayReport,
    DayTotals,
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
    Unreadable,
)
from drivers.printers.datecs.dialects import Reason
from drivers.printers.datecs.errors import NOT_ALLOWED, UNTOLD, Rejection, explain

_DISCOUNT_PERCENT, _SURCHARGE_PERCENT, _DISCOUNT, _SURCHARGE = "2", "1", "4", "3"
_JOURNAL = 0x7D
#: "No more data" and "no records": where a journal ends.
_ENDS = frozenset({-100003, -105000})


class TabLanguage(Common):
    """commands.Language for X devices and the SY55."""

    def rejection(self, command: Command, reply: Reply) -> Rejection | None:
        """The error field first: status bytes may look healthy under a command that failed."""
        first = text.decode(reply.data).partition("\t")[0]
        if self.dialect.verdict == "letter":
            if first == "F":
                return super().rejection(command, reply) or NOT_ALLOWED
            return None if first == "P" else super().rejection(command, reply)
        try:
            code = text.number(first)
        except Unreadable:
            code = None
        if code is not None:
            at_the_end = command.number == _JOURNAL and command.data[:1] == b"1" and code in _ENDS
            return None if code >= 0 or at_the_end else explain(code)
        return super().rejection(command, reply) or (None if command.asks else UNTOLD)

    # --- asking -------------------------------------------------------------------------------------------------

    def status(self) -> Command:
        return self._ask(0x4A, "read the status")

    def explain_code(self, code: int) -> Command:
        """64h (100): the device's own words for an error code."""
        return self._ask(0x64, "translate an error code", str(code))

    def receipt_state(self) -> Command:
        return self._ask(0x4C, "read the receipt's state")

    def open_receipt(self, reply: Reply) -> ReceiptState:
        kind, document, items, *amounts = self._fields(reply, 5)
        return ReceiptState(
            # 2 to 4 are returns by their reason, 5 is text that is no fiscal receipt
            {0: "none", 1: "sale", 5: "none"}.get(text.number(kind), "return"),  # type: ignore[arg-type]  # the three words
            text.number(items),
            self._amount(amounts[-2]),
            self._amount(amounts[-1]),
            text.number(document),
        )

    def last_document(self) -> Command:
        # the number of the last sale since the Z report; that of all documents is the variable nBon (FFh)
        return self._ask(0x7B, "read the last sale's number", "3")

    def last(self, reply: Reply) -> LastDocument:
        fields = self._fields(reply, 3)
        return LastDocument(text.number(fields[0]), text.time_of(fields[1]), text.number(fields[2]))

    def cash_state(self) -> Command:
        return self._ask(0x46, "read the cash", "0", self._money(0))

    def day_totals(self, kind: int = 0) -> Command:
        return self._ask(0x41, "read the day's sums", str(kind))

    def totals(self, reply: Reply) -> DayTotals:
        closure, *taxes = self._fields(reply, 2)
        return DayTotals(self._amounts(taxes), text.number(closure))

    def day_payments(self) -> Command:
        return self._ask(0x6E, "read the day's payments", "0")

    def payments(self, reply: Reply) -> DayPayments:
        return DayPayments(self._amounts(self._fields(reply, 1)))

    # --- a fiscal receipt ---------------------------------------------------------------------------------------

    def open_sale(self, operator: Operator, unp: str = "") -> Command:
        number = (unp,) if unp else ()
        return self._order(0x30, "open a receipt", *self._operator(operator), *number, self._till(operator), "")

    def open_return(self, operator: Operator, reason: Reason, original: Original, unp: str = "") -> Command:
        if original.at is None or not original.register:
            raise ValueError("a storno needs date, time and fiscal memory of the original; nothing was sent")
        fields = (
            *self._operator(operator),
            self._till(operator),
            self.dialect.reasons[reason],
            str(original.document),
            f"{original.at:%d-%m-%y %H:%M:%S}",
            original.register,
            "",
            "",
            "",
            unp,
        )
        return self._order(self.dialect.return_command, "open a return", *fields)

    def issued(self, reply: Reply) -> Issued:
        return Issued(document=text.number(self._fields(reply, 1)[0]))

    def sale(self, item: Item) -> Command:
        (name,) = text.wrapped(item.name, self.dialect.name_length, 1) or ("",)
        price = f"{'-' if item.void else ''}{self._money(item.price)}"
        quantity = text.thousandths(item.quantity)
        unit = (item.unit,) if item.unit else ()
        fields = (name, self.dialect.tax(item.tax), price, quantity, *self._change(item.change), str(item.department))
        return self._order(self.dialect.sale_command, "sell an item", *fields, *unit)

    def subtotal(self, change: Change | None = None, *, printed: bool = False) -> Command:
        return self._order(0x33, "read the subtotal", f"{printed:d}", "0", *self._change(change))

    def sums(self, reply: Reply) -> Subtotal:
        _, total, *taxes = self._fields(reply, 2)
        return Subtotal(self._amount(total), self._amounts(taxes))

    def payment(self, mode: str, amount: int | None = None) -> Command:
        if amount is None:
            raise ValueError("an X device has to be told how much is paid; nothing was sent")
        by_terminal = mode == self.dialect.payments.get("pinpad")
        kind = "1" if by_terminal else ""
        return self._order(0x35, "pay", mode, self._money(amount), kind, budget="terminal" if by_terminal else "normal")

    def finish_terminal(self) -> Command:
        """37h (55) option 13, operation 1: the card terminal took the money, the register is to book it too."""
        return self._order(0x37, "finish the card payment", "13", "1", budget="terminal")

    def paid(self, reply: Reply) -> Paid:
        letter, rest = self._fields(reply, 2)[:2]
        if letter not in {"D", "R"}:
            raise Unreadable(f"the device answered {letter!r} to a payment")
        return Paid(self._amount(rest), 0) if letter == "D" else Paid(0, self._amount(rest))

    def text(self, line: str) -> Command:
        return self._order(0x36, "print a line on the receipt", self._line(line), *[""] * 5)

    # --- other paper, money, time -------------------------------------------------------------------------------

    def nonfiscal_text(self, line: str) -> Command:
        return self._order(0x2A, "print a line", self._line(line), *[""] * 5)

    def move_cash(self, amount: int) -> Command:
        if amount == 0:
            raise ValueError("no cash at all would be moved; nothing was sent")
        return self._order(0x46, "move cash", "0" if amount > 0 else "1", self._money(abs(amount)))

    def x_report(self, operator: Operator) -> Command:
        return self._order(0x45, "print the X report", "X", budget="long")

    def z_report(self, operator: Operator) -> Command:
        return self._order(0x45, "print the Z report", "Z", budget="long")

    def report(self, reply: Reply) -> DayReport:
        fields = self._fields(reply, 2)
        sums = self._amounts(fields[1:])
        taxes, returns = sums[:8], sums[8:16]
        return DayReport(text.number(fields[0]), sum(taxes), taxes, returns)

    def duplicate(self) -> Command:
        return self._order(0x6D, "print a copy")

    def program_item(self, operator: Operator, item: Item, group: int = 1) -> Command:
        (name,) = text.wrapped(item.name, self.dialect.name_length, 1) or ("",)
        tax = "ABCDEFGH"[self.dialect.tax_index(item.tax)]
        fixed = (str(item.department), str(group), "0", self._money(item.price), "", "0.000", "", "", "", "")
        return self._order(0x6B, "program an item", "P", str(item.plu), tax, *fixed, name, prints=False)

    def delete_items(self, operator: Operator) -> Command:
        return self._order(0x6B, "delete the programmed items", "D", "A", prints=False)

    # --- reading back -------------------------------------------------------------------------------------------

    def journal(self, document: int) -> Command:
        self._check_journal()
        return self._ask(_JOURNAL, "read the journal", "0", str(document), "0", budget="long")

    def journal_head(self, reply: Reply) -> JournalHead:
        fields = self._fields(reply, 5)
        number, of_kind, at, kind, closure = fields[:5]
        return JournalHead(text.number(number), text.number(of_kind), text.time_of(at), kind, text.number(closure))

    def journal_next(self) -> Command:
        self._check_journal()
        return self._ask(_JOURNAL, "read the journal on", "1", "", "", budget="long")

    def journal_line(self, reply: Reply) -> JournalLine:
        first, _, rest = text.decode(reply.data).partition("\t")
        code = text.number(first)
        if code in _ENDS:
            return JournalLine("end" if code == -100003 else "nothing")
        if code < 0:
            raise Unreadable(f"the device answered error {code} to a question about its journal")
        return JournalLine("text", (rest.removesuffix("\t"),))

    # --- helpers ------------------------------------------------------------------------------------------------

    def _join(self, fields: tuple[str, ...]) -> bytes:
        return b"".join(text.encode(part) + b"\t" for part in fields)

    def _fields(self, reply: Reply, least: int) -> list[str]:
        verdict, *fields = text.decode(reply.data).removesuffix("\t").split("\t")
        good = verdict == "P" if self.dialect.verdict == "letter" else verdict.strip() == "0"
        if not good or len(fields) < least:
            raise Unreadable(f"the device answered {reply.data!r} to command {reply.command:02X}h")
        return fields

    def _amounts(self, fields: list[str]) -> tuple[int, ...]:
        return tuple(self._amount(part) for part in fields)

    def _change(self, change: Change | None) -> tuple[str, str]:
        if change is None:
            return "", ""
        self._checked(change)
        if change.percent is not None:
            kind = _DISCOUNT_PERCENT if change.percent < 0 else _SURCHARGE_PERCENT
            return kind, text.hundredths(abs(change.percent))
        amount = change.amount or 0
        return _DISCOUNT if amount < 0 else _SURCHARGE, self._money(abs(amount))

    def _check_journal(self) -> None:
        if self.dialect.journal != "lines":
            raise ValueError(f"a Datecs {self.dialect.name} device has no journal to read back; nothing was sent")
