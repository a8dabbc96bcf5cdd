"""In a simulated fiscal printer: the classic protocol's payload, fields between commas.

Source: manual P v1.00BG by command number; the other dialects' differences as in personality.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from drivers.printers.datecs.simulated import parsing
from drivers.printers.datecs.simulated.commas_selling import CommaSelling
from drivers.printers.datecs.simulated.journal_lines import structured
from drivers.printers.datecs.simulated.memory import JournalDocument, Plu
from drivers.printers.datecs.simulated.refusals import Refusal
from drivers.printers.datecs.simulated.selling import Selling
from drivers.printers.datecs.simulated.status import status_bytes

_CODEC: Final = "cp1251"
#: Money of 6Eh in the order of its fields.
_PAYMENTS: Final = ("cash", "credit", "card", "cheque", "other1", "other2", "other3", "other4")


class CommaPayload(CommaSelling):
    """DATA of an order to DATA of its answer. Raises Refusal."""

    def __init__(self, register: Selling) -> None:
        super().__init__(register)
        who = register.who
        self._reading: Iterator[str] = iter(())
        self._commands: dict[int, Callable[[str], str | None]] = {
            0x20: self._last_error,
            0x26: lambda text: self._numbers(register.open_nonfiscal()),
            0x27: lambda text: self._numbers(register.close_nonfiscal()),
            0x2A: register.nonfiscal_text,
            0x2B: self._options,
            0x2C: self._feed,
            who.cut_command: self._cut,
            who.return_command: self._open_return,
            0x30: self._open,
            0x31: self._sell,
            0x33: self._subtotal,
            0x34: self._sell_any,
            0x35: self._pay,
            0x36: register.text,
            0x38: self._close,
            0x3A: self._sell_programmed,
            0x3D: self._set_clock,
            0x3E: lambda text: f"{register.time():%d-%m-%y %H:%M:%S}",
            0x41: self._totals,
            0x44: lambda text: f"{register.memory.room:04d},{register.memory.room:04d}",
            0x45: self._report,
            0x46: self._cash,
            0x4C: self._receipt_state,
            0x53: lambda text: self._decimals(),
            0x5A: self._diagnostic,
            0x65: self._password,
            0x67: lambda text: self._current(),
            0x6A: self._kick,
            0x6B: self._programmed,
            0x6D: self._duplicate,
            0x6E: lambda text: self._day_payments(),
            0x71: lambda text: f"{register.memory.document:07d}",
            0x77: self._journal,
        }
        if who.close_return != 0x38:
            self._commands[who.close_return] = lambda text: self._numbers_after(register.close("return"))
        for number in who.cancels:
            self._commands[number] = self._cancel

    def knows(self, command: int) -> bool:
        if command in self._who.unknown:
            return False
        return command == 0x4A or command in self._commands

    def handle(self, command: int, data: bytes) -> bytes:
        if command == 0x4A:
            return self._status(data)
        text = data.decode(_CODEC, errors="replace")
        return (self._commands[command](text) or "").encode(_CODEC, errors="replace")

    # --- asking -------------------------------------------------------------------------------------------------

    def _status(self, data: bytes) -> bytes:
        register = self._register
        if data in {b"", b"X", b"W", b"S"}:
            return status_bytes(self._who, register.memory, register.printing)
        if data == b"L":
            return str(register.printing.waiting).encode("ascii")
        if data == b"P":
            return f"P{register.printing.lines * 4},{register.memory.document},{register.printing.cuts},1,0".encode()
        raise Refusal("syntax")

    def _last_error(self, text: str) -> str:
        memory = self._register.memory
        answer = ",".join(memory.last_error)
        if text == "CLEAR":
            memory.last_error = ("", "0", "", "")
        elif text:
            raise Refusal("syntax")
        return answer

    def _diagnostic(self, text: str) -> str:
        if text not in {"1", "*1", ""}:
            raise Refusal("syntax")
        who = self._who
        numbers = [who.serial, who.fiscal_memory] if who.fiscal_memory != who.serial else [who.serial]
        return ",".join([who.model, who.firmware, who.checksum, "00000000", *numbers])

    def _receipt_state(self, text: str) -> str:
        if text not in {"", "T"}:
            raise Refusal("syntax")
        memory = self._register.memory
        receipt = memory.receipt
        if receipt is not None:
            figures = (len(receipt.lines), receipt.total, receipt.tendered)
        elif memory.last_receipt is not None:
            last = memory.last_receipt
            figures = (len(last.lines), last.total, sum(amount for _, amount in last.payments) + last.change)
        else:
            figures = (0, 0, 0)
        items, amount, paid = figures
        answer = f"{receipt is not None:d},{items:04d},{self._money(amount, 9)}"
        return f"{answer},{self._money(paid, 9)}" if text == "T" else answer

    def _current(self) -> str:
        receipt = self._register.memory.receipt
        sums = [0] * len(self._who.taxes) if receipt is None else receipt.sums
        can_void = receipt is not None and not receipt.paying
        return ",".join([f"{can_void:d}", *(self._money(part, 9) for part in sums), "0", "0000000"])

    def _totals(self, text: str) -> str:
        kind = parsing.whole(text or "0", 0, 3 if self._who.name == "ua" else 1)
        day = self._register.memory.day
        returns = kind in {1, 3} and self._who.name == "ua"
        sums = day.returns if returns else day.sales
        if kind in ({2, 3} if self._who.name == "ua" else {1}):
            sums = [
                part - round(part * 100 / (100 + (rate or 0))) for part, rate in zip(sums, self._who.rates, strict=True)
            ]
        return ",".join(self._money(part, 11) for part in sums)

    def _day_payments(self) -> str:
        memory = self._register.memory
        paid = [self._money(memory.day.payments[means], 9) for means in _PAYMENTS]
        return ",".join([*paid, f"{memory.closure:04d}", f"{memory.day.receipts + 1:04d}"])

    def _decimals(self) -> str:
        rates = ",".join(f"{rate or 0}.00" for rate in self._who.rates)
        return f"0,2,{''.join('1' if rate is not None else '0' for rate in self._who.rates)},{rates}"

    # --- other --------------------------------------------------------------------------------------------------

    def _cash(self, text: str) -> str:
        amount = parsing.scaled(text.removeprefix("+"), 2, signed=True) if text else 0
        self._register.move_cash(amount)
        memory = self._register.memory
        sums = (memory.cash, memory.day.paid_in, memory.day.paid_out)
        return ",".join(["P", *(self._money(part, 9) for part in sums)])

    def _report(self, text: str) -> str:
        fields = text.split(",")
        if self._who.report_password:
            if len(fields) != 2:
                raise Refusal("syntax")
            self._register.check_operator(1, fields.pop(0))
        kind = fields[0].removesuffix("N") or "0"
        if kind not in {"0", "2"} or len(fields) != 1:
            raise Refusal("syntax")
        closure = self._register.report(closing=kind == "0")
        total = sum(closure.taxes)
        sums = ",".join(self._money(part, 11) for part in closure.taxes)
        return f"{closure.number:04d},{self._money(total, 11)},{sums}"

    def _set_clock(self, text: str) -> str:
        self._register.set_time(parsing.moment(text, "%d-%m-%y %H:%M:%S", "%d-%m-%y %H:%M"))
        return ""

    def _password(self, text: str) -> str:
        fields = text.split(",")
        if len(fields) != 3:
            raise Refusal("syntax")
        self._register.change_password(self._operator(fields[0]), fields[1], fields[2])
        return ""

    def _options(self, text: str) -> str:
        """`X` drawer on payment, `C` cut by itself; `I` asks."""
        memory = self._register.memory
        if text in {"IX", "IC"}:
            return f"{memory.auto_drawer if text == 'IX' else memory.auto_cut:d}"
        if text[:1] not in {"X", "C"} or text[1:] not in {"0", "1"}:
            raise Refusal("syntax")
        if text[0] == "X":
            memory.auto_drawer = text[1] == "1"
        else:
            memory.auto_cut = text[1] == "1"
        return ""

    def _feed(self, text: str) -> None:
        self._register.feed(parsing.whole(text or "1", 1, 99))

    def _cut(self, text: str) -> None:
        if text:
            raise Refusal("syntax")
        self._register.cut()

    def _kick(self, text: str) -> None:
        self._register.kick(parsing.whole(text, 5, 100) if text else None)

    def _duplicate(self, text: str) -> str:
        if text != "1":
            raise Refusal("syntax")
        self._register.duplicate()
        return ""

    def _programmed(self, text: str) -> str:
        if text.startswith("P"):
            return self._program(text[1:])
        if text.startswith("DA,"):
            self._register.check_operator(1, text[3:])
            self._register.delete_plus()
            return "P"
        plu = self._register.memory.plus.get(parsing.whole(text[1:], 1, 999_999_999)) if text[:1] == "R" else None
        if text[:1] != "R":
            raise Refusal("syntax")
        if plu is None:
            return "F"
        head = f"P{plu.number},{self._who.taxes[plu.tax]},{plu.group},{self._money(plu.price, 9)}"
        return f"{head},{self._money(plu.turnover, 9)},{plu.quantity / 1000:.3f},{plu.name}"

    def _program(self, text: str) -> str:
        """`<tax><no>,<group>,<price>,<pwd>,<name>`."""
        fields = text.split(",", 4)
        if len(fields) != 5 or not fields[0] or len(fields[4]) > self._who.name_length:
            raise Refusal("syntax", "F")
        self._register.check_operator(1, fields[3])
        tax = parsing.tax_group(self._who, fields[0][0])
        number = parsing.whole(fields[0][1:], 1, 999_999_999)
        price = parsing.scaled(fields[2], 2)
        self._register.program(Plu(number, fields[4], tax, price, parsing.whole(fields[1], 1, 99)))
        return "P"

    def _journal(self, text: str) -> str:
        """`W<doc>` and `w` structured, `R<doc>` and `N` as text."""
        if text[:1] in {"W", "R"}:
            document = self._document(text[1:].partition(",")[0])
            if document is None:
                self._reading = iter(())
                return "F"
            if text[0] == "W":
                self._reading = iter([*structured(self._who, self._register.memory, document), "*"])
            else:
                self._reading = iter([*(f"P,{line}" for line in document.lines), "*,"])
        elif text not in {"w", "N"}:
            raise Refusal("syntax")
        return next(self._reading, "F")

    def _document(self, text: str) -> JournalDocument | None:
        number = parsing.whole(text, 1, 9_999_999)
        return next((doc for doc in self._register.memory.journal if doc.number == number), None)
