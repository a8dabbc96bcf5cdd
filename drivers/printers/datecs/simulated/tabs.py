"""In a simulated fiscal printer: the X protocol's payload. Source: manual FP-700X/DP-25X v2.02 by command number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.printers.datecs.simulated import parsing
from drivers.printers.datecs.simulated.memory import Plu
from drivers.printers.datecs.simulated.refusals import CAUSES, Refusal
from drivers.printers.datecs.simulated.selling import Selling
from drivers.printers.datecs.simulated.status import status_bytes
from drivers.printers.datecs.simulated.tabs_journal import TabJournal
from drivers.printers.datecs.simulated.tabs_selling import Fields, TabSelling

_CODEC: Final = "cp1251"
_DATE: Final = "%d-%m-%y %H:%M:%S"


class TabPayload(TabSelling):
    """DATA of an order to DATA of its answer. Raises Refusal."""

    def __init__(self, register: Selling) -> None:
        super().__init__(register)
        who = register.who
        self._ok = "P" if who.payload == "letter" else "0"
        self._commands: dict[int, Callable[[Fields], Fields]] = {
            0x26: self._open_nonfiscal,
            0x27: self._close_nonfiscal,
            0x2A: self._nonfiscal_text,
            0x2B: self._open_return,
            0x2C: self._feed,
            0x2D: lambda fields: [],
            0x2E: self._cut,
            0x30: self._open,
            0x31: self._sell,
            0x32: self._rates,
            0x33: self._subtotal,
            0x35: self._pay,
            0x36: self._text,
            0x37: self._terminal,
            0x38: self._close,
            0x3A: self._sell_programmed,
            0x3C: self._cancel,
            0x3D: self._set_clock,
            0x3E: lambda fields: [f"{register.time():{_DATE}}"],
            0x41: self._totals,
            0x44: lambda fields: [str(register.memory.room)],
            0x45: self._report,
            0x46: self._cash,
            0x4C: self._receipt_state,
            0x64: self._explain,
            0x65: self._password,
            0x67: self._current,
            0x6A: self._kick,
            0x6B: self._programmed,
            0x6D: self._duplicate,
            0x6E: self._day_payments,
            0x7B: self._last_receipt,
            0x7D: TabJournal(register.memory).read,
            0xFF: self._variable,
        }

    def knows(self, command: int) -> bool:
        return command in {0x4A, 0x5A} or command in self._commands

    def handle(self, command: int, data: bytes) -> bytes:
        if command == 0x4A:
            register = self._register
            status = status_bytes(self._who, register.memory, register.printing)
            return self._ok.encode("ascii") + b"\t" + status + b"\t"
        if command == 0x5A:
            return self._diagnostic(data)
        if data and not data.endswith(b"\t"):
            raise Refusal("syntax")
        fields = data.decode(_CODEC, errors="replace").split("\t")[:-1]
        answer = [self._ok, *self._commands[command](fields)]
        return "".join(f"{part}\t" for part in answer).encode(_CODEC, errors="replace")

    # --- asking -------------------------------------------------------------------------------------------------

    def _diagnostic(self, data: bytes) -> bytes:
        """Without TAB the answer has commas, as on classic devices."""
        who = self._who
        numbers = [who.serial, who.fiscal_memory] if who.fiscal_memory else [who.serial]
        if data in {b"1", b""}:
            return ",".join([who.model, who.firmware, who.checksum, "00000000", *numbers]).encode(_CODEC)
        if data not in {b"1\t", b"\t"}:
            raise Refusal("syntax")
        return "".join(
            f"{part}\t" for part in [self._ok, who.model, *who.firmware.split(" "), who.checksum, "00000000", *numbers]
        ).encode(_CODEC)

    def _receipt_state(self, fields: Fields) -> Fields:
        self._none(fields)
        memory = self._register.memory
        receipt, last = memory.receipt, memory.last_receipt
        if receipt is not None:
            kind = 1 if receipt.kind == "sale" else 2 + receipt.reason
            figures = (receipt.number, len(receipt.lines), receipt.total, receipt.tendered)
        elif last is not None:
            kind = 0
            figures = (last.number, len(last.lines), last.total, sum(paid for _, paid in last.payments) + last.change)
        else:
            kind, figures = 0, (0, 0, 0, 0)
        number, items, amount, paid = figures
        return [str(kind), str(number), str(items), self._money(amount), self._money(paid)]

    def _current(self, fields: Fields) -> Fields:
        self._none(fields)
        receipt = self._register.memory.receipt
        sums = self._eight([] if receipt is None else receipt.sums)
        return [*sums, "0", "0", f"{receipt is not None and receipt.kind == 'return':d}"]

    def _totals(self, fields: Fields) -> Fields:
        kind = parsing.whole(fields[0] if fields else "", 0, 3)
        memory = self._register.memory
        sums = memory.day.sales if kind < 2 else memory.day.returns
        if kind % 2:
            sums = [
                part - round(part * 100 / (100 + (rate or 0))) for part, rate in zip(sums, self._who.rates, strict=True)
            ]
        return [str(memory.closure), *self._eight(sums)]

    def _day_payments(self, fields: Fields) -> Fields:
        kind = parsing.whole(fields[0] if fields else "", 0, 5)
        day = self._register.memory.day
        if kind == 2:
            return [str(day.receipts), self._money(sum(day.sales))]
        if kind == 3:
            return ["0", "0.00", "0", "0.00"]
        if kind == 4:
            return [str(day.voids), "0.00", str(day.cancelled), "0.00"]
        if kind == 5:
            return ["0", self._money(day.paid_in), "0", self._money(day.paid_out)]
        paid = day.payments if kind == 0 else day.return_payments
        return [self._money(paid[means]) for means in self._who.means.values()]

    def _last_receipt(self, fields: Fields) -> Fields:
        """Option 3: number, time and Z report of the last fiscal receipt. Option 1: who the device is."""
        if fields == ["1"]:
            return [self._who.serial, self._who.fiscal_memory, self._who.model]
        if fields != ["3"]:
            raise Refusal("syntax")
        memory = self._register.memory
        if not memory.fiscal:
            return ["0", "01-01-00 00:00:00", "0", "01-01-00"]
        last = memory.fiscal[-1]
        return [str(last.number), f"{last.at:{_DATE}}", str(last.closure), f"{last.at:%d-%m-%y}"]

    def _variable(self, fields: Fields) -> Fields:
        """FFh: reading only, and two switches."""
        if len(fields) != 3:
            raise Refusal("syntax")
        name, _, value = fields
        memory = self._register.memory
        if value:
            if name not in {"AutoPaperCutting", "EcrSafeOpening"} or value not in {"0", "1"}:
                raise Refusal("syntax")
            setattr(memory, "auto_cut" if name == "AutoPaperCutting" else "auto_drawer", value == "1")
            return []
        values = {
            "nBon": str(memory.document),
            "nFBon": str(memory.day.receipts),
            "nLastFiscalDoc": str(memory.fiscal[-1].number if memory.fiscal else 0),
            "UNP": memory.last_unp,
            "PrintColumns": str(self._who.columns),
            "AutoPaperCutting": f"{memory.auto_cut:d}",
            "EcrSafeOpening": f"{memory.auto_drawer:d}",
        }
        if name not in values:
            raise Refusal("syntax")
        return [values[name]]

    def _rates(self, fields: Fields) -> Fields:
        self._none(fields)
        rates = [f"{rate}.00" if rate is not None else "100.00" for rate in self._who.rates]
        return ["1", *rates, *["100.00"] * (8 - len(rates)), "01-01-19"]

    def _explain(self, fields: Fields) -> Fields:
        code = int(fields[0]) if fields and fields[0].lstrip("-").isdigit() else 0
        known = next((cause for cause, (_, number) in CAUSES.items() if number == code), None)
        if known is None:
            raise Refusal("syntax")
        return [str(code), known.replace("_", " ")]

    # --- orders -------------------------------------------------------------------------------------------------

    def _open_nonfiscal(self, fields: Fields) -> Fields:
        self._none(fields)
        self._register.open_nonfiscal()
        return [self._slip()]

    def _nonfiscal_text(self, fields: Fields) -> Fields:
        if len(fields) != 6:
            raise Refusal("syntax")
        self._register.nonfiscal_text(fields[0])
        return []

    def _close_nonfiscal(self, fields: Fields) -> Fields:
        self._none(fields)
        self._register.close_nonfiscal()
        return [self._slip()]

    def _feed(self, fields: Fields) -> Fields:
        self._register.feed(parsing.whole(fields[0] if fields and fields[0] else "1", 1, 99))
        return []

    def _cut(self, fields: Fields) -> Fields:
        self._none(fields)
        self._register.cut()
        return []

    def _kick(self, fields: Fields) -> Fields:
        self._register.kick(parsing.whole(fields[0], 5, 100) if fields and fields[0] else None)
        return []

    def _set_clock(self, fields: Fields) -> Fields:
        if len(fields) != 1:
            raise Refusal("syntax")
        self._register.set_time(parsing.moment(fields[0].removesuffix(" DST"), _DATE))
        return []

    def _cash(self, fields: Fields) -> Fields:
        if len(fields) != 2:
            raise Refusal("syntax")
        direction, amount = parsing.whole(fields[0], 0, 1), parsing.scaled(fields[1], 2)
        self._register.move_cash(-amount if direction else amount)
        memory = self._register.memory
        return [self._money(memory.cash), self._money(memory.day.paid_in), self._money(memory.day.paid_out)]

    def _report(self, fields: Fields) -> Fields:
        if fields not in (["X"], ["Z"]):
            raise Refusal("syntax")
        closure = self._register.report(closing=fields == ["Z"])
        return [str(closure.number), *self._eight(closure.taxes), *self._eight(closure.returns)]

    def _password(self, fields: Fields) -> Fields:
        if len(fields) != 3:
            raise Refusal("syntax")
        self._register.change_password(parsing.whole(fields[0], 1, self._who.operators), fields[1], fields[2])
        return []

    def _duplicate(self, fields: Fields) -> Fields:
        self._none(fields)
        self._register.duplicate()
        return []

    def _programmed(self, fields: Fields) -> Fields:
        """`P` with 14 fields, `D A`."""
        if fields == ["D", "A"]:
            self._register.delete_plus()
            return []
        if len(fields) not in {14, 15} or fields[0] != "P":
            raise Refusal("syntax")
        tax = parsing.tax_group(self._who, fields[2])
        number, group = parsing.whole(fields[1], 1, 100_000), parsing.whole(fields[4], 1, 99)
        self._register.program(Plu(number, fields[13], tax, parsing.scaled(fields[6], 2), group))
        return []

    # --- helpers ------------------------------------------------------------------------------------------------

    def _eight(self, sums: list[int] | tuple[int, ...]) -> Fields:
        return [self._money(part) for part in (*sums, *[0] * (8 - len(sums)))]
