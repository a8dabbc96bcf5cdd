"""A whole till in one thread and in virtual time: real journal file, real driver, simulated printer, power that fails.

`World.cut` pulls the plug of the controller, the printer or both after any byte or at any commit; a controller
that was cut is thrown away as it is, and the next one opens an image of the journal's files as they lay on the disk
at that moment.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from drivers.drawers.printer_kick import PrinterKick
from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.base import ReceiptPrinter
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.means import CodePage
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulated.audit import PrintedDocument, audit
from drivers.printers.escpos.simulator import SimulatedPrinter
from drivers.printers.layout import Shop
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import Batch, TillCore
from firmware_bridge.journal.records import Record
from firmware_bridge.journal.store import Journal
from firmware_bridge.lanes import NOT_CONNECTED, execute, refuse
from statemachines.arithmetic import compute
from statemachines.document import FINAL, Document
from statemachines.drawer import DrawerSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Command, OpenShift, Refusal, Sell
from statemachines.vocabulary.effects import Effect, Kick
from statemachines.vocabulary.events import Event, TimeReached
from statemachines.vocabulary.receipt import LineRequest, Payment, Person, Receipt, TaxGroup, TaxRate
from tests.support.stage import Stage

CASHIER = Person("7", "Коваль О.", "cashier")
GROUPS = {"vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),))}
WALL = 1_772_460_331_000  # UTC ms when the virtual clock reads 0
OFF_S = 20.0  # how long a printer stays without power
PATIENCE_S = 600.0

Victim = Literal["controller", "printer", "both"]


class PowerCut(BaseException):
    """The controller has no power from here on. No code may catch it."""


class WorldClock:
    """The till's clock over the virtual one."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def utc_ms(self) -> int:
        return WALL + int(self._clock.monotonic() * 1000)


class World:
    """One till, one printer, one drawer. `break_printer` and `break_journal` make the broken variants."""

    def __init__(
        self,
        folder: Path,
        *,
        personality: str = "epson",
        settings: RuleSettings | None = None,
        break_printer: Callable[[ReceiptPrinter], ReceiptPrinter] = lambda printer: printer,
        break_batch: Callable[[Batch], Batch] = lambda batch: batch,
        roll_lines: int | None = None,
        bytes_per_second: float = 1920.0,
    ) -> None:
        self._folder = folder
        self._images = 0
        self._break_printer = break_printer
        self._break_batch = break_batch
        self.clock = VirtualClock()
        self.drawer = SimulatedDrawer(now=0.0, closes_after=1.0)
        self.printer = SimulatedPrinter(
            personality, now=0.0, drawer=self.drawer, columns=42, roll_lines=roll_lines, speed_lines_per_s=40.0
        )
        self._page = next(number for number, name in self.printer.personality.pages.items() if name == "cp1251")
        self.stage = Stage(self.printer, bytes_per_second)
        # a printer that answers nothing cannot tell of the drawer's switch either
        self._senses = self.printer.personality.answers
        self.settings = settings or RuleSettings(drawers={"main": DrawerSettings(sensed=self._senses)})
        self._composer = ShopComposer(Shop(("ТОВ «Приклад»",), zone="Europe/Kyiv", till="1"), 42, 2)
        self._path = folder / "journal-0.sqlite"
        self._append_cut: tuple[int, bool] | None = None
        self.commits = 0
        self.second_cut: tuple[int, Victim] | None = None
        self.port: MemoryPort
        self.core: TillCore
        self._journal: Journal | None = None
        self.boot()

    # --- the controller's life ----------------------------------------------------------------------------------

    def boot(self) -> None:
        """Power on: a new process over the journal as it lies on the disk."""
        clock = WorldClock(self.clock)
        self._journal = Journal.open(self._path, till_id="1", clock=clock.utc_ms, new_id=lambda: "journal")
        self.core = TillCore(self.settings, self._composer, clock, "UAH")
        body, records = self._journal.replay_from_snapshot()
        if not self.core.restore(body, list(records)):
            raise AssertionError("a snapshot of this very release cannot be used")
        self.core.committed(self._journal.head())
        self._inbox: deque[Event] = deque()
        self._orders: deque[Effect] = deque()
        self._fired: dict[str, int] = {}
        who = self.printer.personality
        self.port = MemoryPort(self.stage, self.clock, lost_without_power=who.usb)
        settings = EscPosSettings(
            columns=42, page=CodePage("cp1251", self._page), confirm="auto" if who.answers else "none"
        )
        kick = PrinterKick("main", 2, "high" if self._senses else "none")
        self.device = self._break_printer(EscPosPrinter(self.port, settings, self._inbox.append, kick))
        self.core.started("1", f"boot-{self._images}", "test")
        self._commit()

    def crash(self) -> None:
        """The controller has lost its power: keep the files as they are, forget everything else."""
        self._images += 1
        image = self._folder / f"journal-{self._images}.sqlite"
        for suffix in ("", "-wal"):
            source = self._path.with_name(self._path.name + suffix)
            if source.exists():
                shutil.copyfile(source, image.with_name(image.name + suffix))
        self.shut_down()
        self._path = image

    def shut_down(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    # --- doing things -------------------------------------------------------------------------------------------

    def order(self, command: Command) -> Refusal | None:
        """A command, decided and committed; its effects are waiting."""
        refusal = self.core.accept(command, command.command_id.encode().ljust(32, b"\0"))
        self._commit()
        return refusal

    def open_shift(self) -> None:
        self.settle()
        if (refusal := self.order(OpenShift("shift", CASHIER, 100_000))) is not None:
            raise AssertionError(refusal.text)
        self.settle()

    def sale(self, name: str, given: int = 20_000) -> Sell:
        lines = [LineRequest("1", "Хліб пшеничний", 4100, 2000, "vat20"), LineRequest("2", "Сир", 5230, 1000, "vat20")]
        sums = compute(lines, [], [Payment("cash", 13430, given)], GROUPS, "none", "sale")
        receipt = Receipt(
            name, "sale", "", "UAH", "uk", CASHIER, "main", sums.lines, sums.adjustments, sums.payments, sums.totals
        )
        return Sell(name, CASHIER, receipt)

    def settle(self) -> None:
        """Let time pass until nothing is on its way any more that a machine could finish."""
        until = self.clock.monotonic() + PATIENCE_S
        while not self.quiet and self.clock.monotonic() < until:
            self.turn()

    @property
    def quiet(self) -> bool:
        return (
            self.device.connected
            and not self._inbox
            and not self._orders
            and not self.core.rules.state.copies
            and all(self._rests(document) for document in self.core.rules.state.documents.values())
        )

    def _rests(self, document: Document) -> bool:
        return document.person_needed or (document.state in FINAL and document.transaction in ("settled", "cancelled"))

    def turn(self) -> None:
        """One look at everything."""
        if not self.device.connected and not self.device.connect():
            while self._orders:
                self._answer(refuse(self._orders.popleft(), NOT_CONNECTED))
            self._pass_time(1.0)
        elif self._orders:
            self._answer(execute(self.device, self._orders.popleft()))
        else:
            self.device.watch(0.5)
        while self._inbox:
            self.core.take(self._inbox.popleft())
        now = int(self.clock.monotonic() * 1000)
        for key, due in self.core.rules.deadlines().items():
            if due <= now and self._fired.get(key) != due:
                self._fired[key] = due
                self.core.take(TimeReached(key))
        self._commit()

    def _pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.stage.run_until(self.clock.monotonic())

    def _answer(self, event: Event | None) -> None:
        if event is not None:
            self._inbox.append(event)

    def _commit(self) -> None:
        batch = self._break_batch(self.core.cut())
        if batch.entries:
            if self._journal is None:
                raise AssertionError("the journal is closed")
            self.commits += 1
            self._cut_at_commit(before=True)
            self._journal.append(
                batch.entries, batch.requests, personal=batch.personal, snapshot=batch.snapshot, anchor=batch.anchor
            )
            self.core.committed(self._journal.head())
            self._cut_at_commit(before=False)
        self._orders.extend(batch.effects)

    # --- power --------------------------------------------------------------------------------------------------

    def cut_after_bytes(self, count: int, victim: Victim) -> None:
        """After `count` more bytes have left the controller, the victim loses its power."""
        error = None if victim == "printer" else PowerCut()
        self.port.cut_after(count, error=error, then=self._printer_off if victim != "controller" else None)

    def cut_at_commit(self, number: int, *, before: bool) -> None:
        """The controller loses its power right before or after its `number`-th commit from now."""
        self._append_cut = (self.commits + number, before)

    def _cut_at_commit(self, *, before: bool) -> None:
        if self._append_cut == (self.commits, before):
            self._append_cut = None
            raise PowerCut

    def _printer_off(self) -> None:
        self.printer.power_off()
        self.stage.at(self.clock.monotonic() + OFF_S, self.printer.power_on)

    # --- paper --------------------------------------------------------------------------------------------------

    def shorten_roll(self, lines: int, new_after_s: float = 30.0) -> None:
        """From here on there are only so many lines of paper; `new_after_s` after their end somebody brings a roll."""
        self.printer.load_paper(lines)
        self.stage.watch(lambda: self.printer.status.paper_end, new_after_s, self.printer.load_paper)

    # --- what came of it ----------------------------------------------------------------------------------------

    def paper(self) -> dict[str, PrintedDocument]:
        """By number: what a reader of the paper finds; the last piece still hangs in the printer."""
        self.printer.run_until(self.clock.monotonic())
        return {document.number: document for document in audit(self.printer.pieces) if document.kind == "sale"}

    def records(self, subject: str) -> list[Record]:
        if self._journal is None:
            raise AssertionError("the journal is closed")
        return self._journal.by_subject(subject)

    @property
    def pulses(self) -> int:
        return len(self.drawer.pulses)

    def orders_waiting(self) -> list[Effect]:
        return list(self._orders)

    def kicks_waiting(self) -> bool:
        return any(isinstance(effect, Kick) for effect in self._orders)
