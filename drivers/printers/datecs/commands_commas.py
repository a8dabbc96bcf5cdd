"""On a sale's way to a fiscal printer: the classic devices, whose fields are separated by commas and literal.

One blank too many is a syntax error to them. Source: manual P v1.00BG, commands by number; differences of the other
rows as dialects.py names them.
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
    LastError,
    Operator,
    Original,
    Paid,
    ReceiptState,
    Subtotal,
    Unreadable,
)
from drivers.printers.datecs.dialects import Reason
from drivers.printers.datecs.errors import Rejection

_UNP_LENGTH = 21
#: What 35h answers when it did not take the payment.
_UNPAID = {
    "F": Rejection("state", "payment_failed", "it did not take the payment"),
    "E": Rejection("business", "negative_sum", "the receipt's sum is negative"),
    "I": Rejection("business", "negative_tax_group", "the sum of a tax group is negative"),
}
_FAILED = {
    0x2E: Rejection("business", "original_unknown", "it does not know the receipt that comes back: look at its number"),
    0x46: Rejection("business", "no_cash", "there is not so much cash in the register, or a receipt is open"),
    0x6B: Rejection("state", "item_refused", "it does not take the programmed item: it may have been sold already"),
    0x2D: Rejection("operator", "cutter", "it did not cut the paper"),
}


_FAILURE = Rejection("state", "failed", "it says that it failed")


class CommaLanguage(Common):
    """commands.Language for Bulgarian printers, cash registers, FP-3530T and PF-500/550."""

    def rejection(self, command: Command, reply: Reply) -> Rejection | None:
        """Status bytes, then the letter with which some commands tell success (P) and failure (F, E, I)."""
        by_status = super().rejection(command, reply)
        return by_status or self._by_letter(command, reply)

    def _by_letter(self, command: Command, reply: Reply) -> Rejection | None:
        letter = text.decode(reply.data[:1])
        if command.number == 0x35:
            return _UNPAID.get(letter)
        return _FAILED.get(command.number, _FAILURE) if letter == "F" and not command.asks else None

    def _done(self, command: Command, reply: Reply) -> bool:
        """An order that is not carried out is answered without data, or with a letter that says so."""
        return bool(reply.data) and reply.data[:1] != b"F" and self._by_letter(command, reply) is None

    # --- asking -------------------------------------------------------------------------------------------------

    def status(self) -> Command:
        return self._ask(0x4A, "read the status")

    def lines_waiting(self) -> Command:
        """4Ah (74) `L`: lines that are not on paper yet; 0 when the paper is done."""
        return self._ask(0x4A, "read how much is not printed yet", "L")

    def waiting(self, reply: Reply) -> int:
        return text.number(text.decode(reply.data))

    def last_error(self, *, clear: bool = False) -> Command:
        """20h (32): the last command that failed; `clear` forgets it."""
        return self._ask(0x20, "read the last error", *(("CLEAR",) if clear else ()))

    def error(self, reply: Reply) -> LastError:
        fields = text.decode(reply.data).split(",", 3)
        return LastError(*(part.strip() for part in [*fields, "", "", "", ""][:4]))

    def receipt_state(self) -> Command:
        return self._ask(0x4C, "read the receipt's state", "T")

    def open_receipt(self, reply: Reply) -> ReceiptState:
        fields = self._fields(reply, 3)
        paid = self._amount(fields[3]) if len(fields) > 3 else 0
        return ReceiptState(
            "none" if text.number(fields[0]) == 0 else "fiscal", text.number(fields[1]), self._amount(fields[2]), paid
        )

    def last_document(self) -> Command:
        return self._ask(0x71, "read the last document's number")

    def last(self, reply: Reply) -> LastDocument:
        return LastDocument(text.number(self._fields(reply, 1)[0]))

    def cash_state(self) -> Command:
        return self._ask(0x46, "read the cash")

    def day_totals(self, kind: int = 0) -> Command:
        return self._ask(0x41, "read the day's sums", str(kind))

    def totals(self, reply: Reply) -> DayTotals:
        return DayTotals(self._amounts(self._fields(reply, 1)))

    def day_payments(self) -> Command:
        return self._ask(0x6E, "read the day's payments")

    def payments(self, reply: Reply) -> DayPayments:
        fields = self._fields(reply, 6)
        return DayPayments(self._amounts(fields[:-2]), text.number(fields[-2]))

    # --- a fiscal receipt ---------------------------------------------------------------------------------------

    def open_sale(self, operator: Operator, unp: str = "") -> Command:
        who, till = self._operator(operator), self._till(operator)
        number = (self._unp(unp),) if unp else ()
        fields = {
            "till_unp": (*who, till, *number),
            "unp_till": (*who, *number, till),
            "till_invoice": (*who, till, "I"),
            "till": (*who, till),
        }[self.dialect.open_sale]
        return self._order(0x30, "open a receipt", *fields)

    def open_return(self, operator: Operator, reason: Reason, original: Original, unp: str = "") -> Command:
        who, till = self._operator(operator), self._till(operator)
        number = (self._unp(unp),) if unp else ()
        if self.dialect.open_return == "as_sale":
            fields: tuple[str, ...] = (*who, till, *(("I",) if self.dialect.open_sale == "till_invoice" else ()))
        elif self.dialect.open_return == "fields":
            fields = (*who, *number, till, self.dialect.reasons[reason], str(original.document))
            fields += self._whence(original)
        else:
            fields = (*who, till, *number, f"{self.dialect.reasons[reason]}{original.document}")
            # With its number only, the device looks for the original in its own journal.
            fields += (original.unp, *self._whence(original)) if original.at is not None else ()
        return self._order(self.dialect.return_command, "open a return", *fields)

    def issued(self, reply: Reply) -> Issued:
        fields = self._fields(reply, 2)
        return Issued(text.number(fields[0]), text.number(fields[1]))

    def sale(self, item: Item) -> Command:
        if self.dialect.programmed_items:
            if item.plu <= 0:
                raise ValueError(f"{item.name!r} has no number: this device sells programmed items only")
            sold = f"{'-' if item.void else ''}{item.plu}*{text.thousandths(item.quantity)}{self._change(item.change)}"
            return Command(self.dialect.sale_command, text.encode(sold), "sell an item")
        name = text.wrapped(item.name, self.dialect.name_length, self.dialect.name_lines)
        mark = self.dialect.domestic_mark if item.domestic else ""
        price = f"{'-' if item.void else ''}{self._money(item.price)}*{text.thousandths(item.quantity)}"
        sold = f"{mark}{self.dialect.tax(item.tax)}{price}{self._change(item.change)}"
        data = b"\n".join(text.encode(line) for line in name) + b"\t" + text.encode(sold)
        return Command(self.dialect.sale_command, data, "sell an item")

    def subtotal(self, change: Change | None = None, *, printed: bool = False) -> Command:
        return Command(0x33, f"{printed:d}0{self._change(change)}".encode("ascii"), "read the subtotal")

    def sums(self, reply: Reply) -> Subtotal:
        total, *taxes = self._amounts(self._fields(reply, 1))
        return Subtotal(total, tuple(taxes))

    def payment(self, mode: str, amount: int | None = None) -> Command:
        paid = "" if amount is None else self._money(amount)
        # Without any mode the device takes all in cash; that form is the oldest, and known to all.
        whole = mode == self.dialect.payments["cash"] and amount is None
        return Command(0x35, b"\t" if whole else b"\t" + text.encode(f"{mode}{paid}"), "pay")

    def paid(self, reply: Reply) -> Paid:
        answer = text.decode(reply.data)
        if answer[:1] not in {"D", "R"}:
            raise Unreadable(f"the device answered {answer!r} to a payment")
        rest = self._amount(answer[1:])
        return Paid(due=rest, change=0) if answer[0] == "D" else Paid(due=0, change=rest)

    def text(self, line: str) -> Command:
        return Command(0x36, text.encode(self._line(line)), "print a line on the receipt")

    # --- other paper, money, time -------------------------------------------------------------------------------

    def nonfiscal_text(self, line: str) -> Command:
        return Command(0x2A, text.encode(self._line(line)), "print a line")

    def move_cash(self, amount: int) -> Command:
        if amount == 0:
            raise ValueError("no cash at all would be moved; nothing was sent")
        return self._order(0x46, "move cash", self._money(amount))

    def x_report(self, operator: Operator) -> Command:
        return self._report("2", "print the X report", operator)

    def z_report(self, operator: Operator) -> Command:
        return self._report("0", "print the Z report", operator)

    def report(self, reply: Reply) -> DayReport:
        fields = self._fields(reply, 2)
        return DayReport(text.number(fields[0]), self._amount(fields[1]), self._amounts(fields[2:]))

    def duplicate(self) -> Command:
        return self._order(0x6D, "print a copy", "1")

    # --- programmed items ---------------------------------------------------------------------------------------

    def program_item(self, operator: Operator, item: Item, group: int = 1) -> Command:
        (name,) = text.wrapped(item.name, self.dialect.name_length, 1) or ("",)
        what = f"P{self.dialect.tax(item.tax)}{item.plu}"
        fields = (what, str(group), self._money(item.price), self._operator(operator)[1])
        return Command(0x6B, self._join(fields) + b"," + text.encode(name), "program an item", prints=False)

    def delete_items(self, operator: Operator) -> Command:
        return self._order(0x6B, "delete the programmed items", "DA", self._operator(operator)[1], prints=False)

    # --- reading back -------------------------------------------------------------------------------------------

    def journal(self, document: int) -> Command:
        self._check_journal()
        return self._ask(0x77, "read the journal", f"W{document}", budget="long")

    def journal_next(self) -> Command:
        self._check_journal()
        return self._ask(0x77, "read the journal on", "w", budget="long")

    def journal_head(self, reply: Reply) -> JournalHead:
        raise Unreadable("this device begins a document of its journal with the first line")

    def journal_line(self, reply: Reply) -> JournalLine:
        line = text.decode(reply.data)
        if line[:1] in {"*", "F"} and not line[1:].strip(","):
            return JournalLine("end" if line[0] == "*" else "nothing")
        kind, *fields = line.split(",")
        return JournalLine(kind, tuple(fields))

    # --- helpers ------------------------------------------------------------------------------------------------

    def _join(self, fields: tuple[str, ...]) -> bytes:
        return b",".join(text.encode(text.field(part, ",")) for part in fields)

    def _fields(self, reply: Reply, least: int) -> list[str]:
        fields = text.decode(reply.data).split(",")
        if fields[0] in {"P", "F"}:
            fields = fields[1:]
        if len(fields) < least or not all(part.strip() for part in fields[:least]):
            raise Unreadable(f"the device answered {reply.data!r} to command {reply.command:02X}h")
        return fields

    def _amounts(self, fields: list[str]) -> tuple[int, ...]:
        return tuple(self._amount(part) for part in fields)

    def _change(self, change: Change | None) -> str:
        if change is None:
            return ""
        self._checked(change)
        if change.percent is not None:
            return f",{text.hundredths(change.percent)}"
        return f";{self._money(change.amount or 0)}"

    def _report(self, kind: str, name: str, operator: Operator) -> Command:
        who = (self._operator(operator)[1],) if self.dialect.password_in_reports else ()
        return self._order(0x45, name, *who, kind, budget="long")

    def _whence(self, original: Original) -> tuple[str, str]:
        if original.at is None or not original.register:
            raise ValueError("a return needs date, time and fiscal memory of the original; nothing was sent")
        return f"{original.at:%d%m%y%H%M%S}", original.register

    def _unp(self, unp: str) -> str:
        if len(unp) != _UNP_LENGTH:
            raise ValueError(f"a unique sale number has {_UNP_LENGTH} characters, {unp!r} has {len(unp)}")
        return unp

    def _check_journal(self) -> None:
        if self.dialect.journal != "structured":
            raise ValueError(f"a Datecs {self.dialect.name} device has no journal to read back; nothing was sent")
