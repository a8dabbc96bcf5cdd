"""In a simulated fiscal printer: its firmware without the protocol. What may be done when, and what it leaves behind.

Selling is in selling.py. Every verb raises Refusal and then has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.datecs.simulated.memory import Closure, Day, DocumentKind, JournalDocument, Memory, Plu
from drivers.printers.datecs.simulated.personality import Personality
from drivers.printers.datecs.simulated.printing import PaperDocument, Printing
from drivers.printers.datecs.simulated.receipt import FiscalDocument, OpenReceipt
from drivers.printers.datecs.simulated.refusals import Refusal
from drivers.printers.datecs.simulated.slips import Slips

_STRIKES: Final = 3
_FEED_TO_KNIFE: Final = 2


class Register:
    """`now` gives the caller's seconds; at 0 of them the device's clock shows `clock`."""

    def __init__(
        self,
        who: Personality,
        memory: Memory,
        printing: Printing,
        drawer: SimulatedDrawer | None,
        *,
        now: Callable[[], float],
        clock: datetime,
    ) -> None:
        self.who = who
        self.memory = memory
        self.printing = printing
        self.drawer = drawer
        self.slips = Slips(who)
        self.papers: list[PaperDocument] = []
        self.locked = False
        self._strikes = 0
        self._now = now
        self._clock = clock
        self._clock_at = now()
        self.paper: PaperDocument | None = None

    # --- power -------------------------------------------------------------------------------------------------

    def power_on(self) -> None:
        self.locked = False
        self._strikes = 0

    def forget(self) -> None:
        """The battery failed."""
        self.memory.reset(dict.fromkeys(range(1, self.who.operators + 1), self.who.password))
        self.printing.forget()
        self.paper = None

    # --- clock -------------------------------------------------------------------------------------------------

    def time(self) -> datetime:
        return (self._clock + timedelta(seconds=self._now() - self._clock_at)).replace(microsecond=0)

    def set_time(self, at: datetime) -> None:
        self.check_closed()
        last = self.memory.journal[-1].at if self.memory.journal else None
        if last is not None and at < last:
            raise Refusal("early_clock")
        self._clock, self._clock_at = at, self._now()
        self.memory.clock_unset = self.memory.was_reset = False

    # --- what stands in the way ---------------------------------------------------------------------------------

    def check_printable(self) -> None:
        printing = self.printing
        if printing.no_paper:
            raise Refusal("no_paper")
        if printing.cover_open:
            raise Refusal("cover_open")
        if printing.cutter_stuck:
            raise Refusal("cutter")
        if printing.hot:
            raise Refusal("overheated")

    def check_closed(self) -> None:
        receipt = self.memory.receipt
        if receipt is not None:
            raise Refusal("return_open" if receipt.kind == "return" else "receipt_open")
        if self.memory.nonfiscal:
            raise Refusal("nonfiscal_open")

    def check_operator(self, number: int, password: str) -> None:
        """Three wrong passwords lock the device until it is switched off and on."""
        if number not in self.memory.passwords:
            raise Refusal("syntax")
        if self.memory.passwords[number] != password:
            self._strikes += 1
            self.locked = self.who.locks and self._strikes >= _STRIKES
            raise Refusal("password")
        self._strikes = 0

    def check_day(self) -> None:
        memory = self.memory
        if memory.clock_unset:
            raise Refusal("clock_unset")
        if memory.full:
            raise Refusal("fiscal_memory_full")
        if memory.journal_full:
            raise Refusal("journal_full")
        began, hours = memory.day.began, self.who.shift_hours
        if memory.day_exceeded or (hours and began is not None and self.time() - began > timedelta(hours=hours)):
            raise Refusal("day_exceeded")

    def change_password(self, number: int, old: str, new: str) -> None:
        self.check_closed()
        self.check_operator(number, old)
        self.memory.passwords[number] = new

    # --- other paper --------------------------------------------------------------------------------------------

    def open_nonfiscal(self) -> tuple[int, int]:
        self.check_printable()
        self.check_closed()
        if self.memory.clock_unset:
            raise Refusal("clock_unset")
        if self.memory.journal_full:
            raise Refusal("journal_full")
        self.memory.nonfiscal = True
        self.begin("nonfiscal", [*self.slips.head(1, 1), self.slips.centred(self.slips.word("nonfiscal"))])
        return self.counters()

    def nonfiscal_text(self, text: str) -> None:
        self.check_printable()
        if not self.memory.nonfiscal:
            raise Refusal("receipt_closed")
        self.write([text])

    def close_nonfiscal(self) -> tuple[int, int]:
        self.check_printable()
        if not self.memory.nonfiscal:
            raise Refusal("receipt_closed")
        self.memory.nonfiscal = False
        self.end("nonfiscal", self.slips.foot(self.memory.document + 1, self.time()))
        return self.counters()

    def move_cash(self, amount: int) -> None:
        """Positive in, negative out; 0 asks only."""
        if amount == 0:
            return
        if self.memory.receipt is not None or self.memory.nonfiscal:
            raise Refusal("receipt_open", "F")
        self.check_printable()
        if self.memory.cash + amount < 0:
            raise Refusal("no_cash", "F")
        self.memory.cash += amount
        if amount > 0:
            self.memory.day.paid_in += amount
        else:
            self.memory.day.paid_out -= amount
        kind: DocumentKind = "cash_in" if amount > 0 else "cash_out"
        self.begin(kind, [*self.slips.head(1, 1), self.slips.amount(self.slips.word(kind), abs(amount))])
        self.end(kind, self.slips.foot(self.memory.document + 1, self.time()))

    def report(self, *, closing: bool) -> Closure:
        """X or Z report. Z writes the fiscal memory and begins a new day."""
        self.check_printable()
        self.check_closed()
        if self.memory.clock_unset:
            raise Refusal("clock_unset")
        if closing and self.memory.full:
            raise Refusal("fiscal_memory_full")
        memory, day = self.memory, self.memory.day
        closure = Closure(memory.closure, self.time(), tuple(day.sales), tuple(day.returns))
        kind: DocumentKind = "z_report" if closing else "x_report"
        self.begin(kind, self._report_lines(kind, closure))
        self.end(kind, self.slips.foot(memory.document + 1, self.time()))
        if closing:
            memory.closures.append(closure)
            memory.day = Day(memory.groups)
            memory.day_exceeded = False
            for plu in memory.plus.values():
                plu.turnover = plu.quantity = 0
        return closure

    def _report_lines(self, kind: str, closure: Closure) -> list[str]:
        slips, day = self.slips, self.memory.day
        lines = [*slips.head(1, 1), slips.centred(slips.word(kind)), slips.pair("Z", f"{closure.number:04d}")]
        for letter, sold, back in zip(self.who.taxes, closure.taxes, closure.returns, strict=True):
            if sold or back:
                lines += [slips.amount(letter, sold), slips.amount(f"{letter} -", back)]
        lines += [slips.amount(slips.word(means), paid) for means, paid in sorted(day.payments.items())]
        return [*lines, slips.amount(slips.word("total"), sum(closure.taxes)), slips.amount("=", self.memory.cash)]

    def duplicate(self) -> None:
        """Once, and only of the last fiscal receipt."""
        self.check_printable()
        self.check_closed()
        last = self.memory.last_receipt
        if last is None or last.cancelled or self.memory.copied == last.number:
            raise Refusal("nothing_to_copy")
        self.memory.copied = last.number
        lines = next(doc.lines for doc in reversed(self.memory.journal) if doc.number == last.number)
        self.paper = PaperDocument(last.number, "duplicate")
        self.papers.append(self.paper)
        self.write([self.slips.centred(self.slips.word("duplicate")), *lines])
        self._off()

    def feed(self, lines: int) -> None:
        self.check_printable()
        self.printing.feed(lines)

    def cut(self) -> None:
        self.check_printable()
        self.printing.feed(_FEED_TO_KNIFE)
        self.printing.cut()

    def kick(self, milliseconds: int | None) -> None:
        if milliseconds is not None:
            self.memory.pulse_ms = milliseconds
        if self.drawer is not None:
            self.drawer.pulse(self._now(), self.memory.pulse_ms / 1000)

    # --- programmed items ---------------------------------------------------------------------------------------

    def program(self, plu: Plu) -> None:
        known = self.memory.plus.get(plu.number)
        if known is not None and (known.turnover or known.quantity):
            raise Refusal("item_sold", "F")
        self.memory.plus[plu.number] = plu

    def delete_plus(self) -> None:
        self.memory.plus = {number: plu for number, plu in self.memory.plus.items() if plu.turnover or plu.quantity}

    # --- counters -----------------------------------------------------------------------------------------------

    def counters(self) -> tuple[int, int]:
        """The two numbers that opening and closing answer, the open document counted where the device does that."""
        memory = self.memory
        day, is_open = memory.day, memory.receipt is not None
        if self.who.counts_closed:
            return day.closed_sales, day.closed_returns
        return day.documents + (is_open or memory.nonfiscal), day.receipts + is_open

    # --- paper and journal --------------------------------------------------------------------------------------

    def begin(self, kind: str, lines: Iterable[str]) -> None:
        self.paper = PaperDocument(self.memory.document + 1, kind)
        self.papers.append(self.paper)
        self.write(lines)

    def write(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.printing.put(line, self.paper)

    def end(
        self,
        kind: DocumentKind,
        lines: Iterable[str],
        receipt: FiscalDocument | None = None,
        opened: OpenReceipt | None = None,
    ) -> None:
        """The document is complete: it gets its number and its place in the journal."""
        self.write(lines)
        memory = self.memory
        memory.document += 1
        memory.day.documents += 1
        written = tuple(self.paper.lines) if self.paper is not None else ()
        if self.paper is not None:
            self.paper.kind = kind
        memory.journal.append(
            JournalDocument(
                number=memory.document,
                kind=kind,
                at=self.time(),
                closure=memory.closure,
                lines=written,
                receipt=receipt,
                opened=opened.at if opened else None,
                till=opened.till if opened else 1,
                changes=tuple(opened.changes) if opened else (),
            )
        )
        self._off()

    def _off(self) -> None:
        self.paper = None
        if self.memory.auto_cut:
            self.printing.feed(_FEED_TO_KNIFE)
            self.printing.cut()
