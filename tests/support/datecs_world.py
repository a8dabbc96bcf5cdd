"""A whole till before a simulated fiscal printer, in one thread and in virtual time, and power and cables that fail.

Real rules (TillCore), real driver, real lane decisions; the journal is a list of what was committed, because a commit
is whole or not there. A till that was cut is thrown away as it is, and the next one replays that list.
"""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Literal

from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.base import Port
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.datecs.driver import DatecsRegister
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.simulator import SimulatedRegister
from drivers.printers.layout import Shop
from firmware_bridge import views
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import Batch, TillCore
from firmware_bridge.hardware_registers import register_traits
from firmware_bridge.journal.codec import Stored
from firmware_bridge.journal.records import Record
from firmware_bridge.register_lane import HardwareRegister, execute, not_connected
from statemachines.document import FINAL, Document
from statemachines.drawer import DrawerSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Command, OpenShift, Refusal
from statemachines.vocabulary.effects import Effect, Print
from statemachines.vocabulary.events import Event, ReceiptPrinted, TimeReached
from statemachines.vocabulary.paper import Paper, TextLine
from tests.support.datecs_bench import OFF_S, Bench, configured
from tests.support.datecs_counter import CASHIER, START, Counter

Victim = Literal["till", "device", "blip", "both", "line", "cable"]
"""Who fails: the till's power, the device's, the device's for two seconds only, both powers; the line for so long that
an unanswered frame may not be repeated any more, or for half a second (a bumped cable)."""

BLIP_S = 2.0
LINE_S = 6.0
CABLE_S = 0.5
PATIENCE_S = 900.0
FLOAT = 30_000

Driver = Callable[[HardwareRegister], HardwareRegister]
Wire = Callable[[MemoryPort], Port]


class PowerCut(BaseException):
    """The till has no power from here on. No code may catch it."""


class WorldClock:
    """The till's clock over the virtual one."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def utc_ms(self) -> int:
        return int(START.timestamp() * 1000) + int(self._clock.monotonic() * 1000)


@dataclass(frozen=True, slots=True)
class Past:
    """A world at rest: its time, what the device keeps and what the till's journal holds."""

    now: float
    device: bytes
    journal: tuple[tuple[str, Stored], ...]


class World(Counter):
    """One till, one fiscal printer, one drawer. `broken` makes a broken variant of the driver, `wire` of its port.

    `past`: it goes on from there, with a till that has just been started.
    """

    def __init__(
        self,
        dialect: str = "bg",
        *,
        broken: Driver = lambda register: register,
        settings: DatecsSettings | None = None,
        wire: Wire = lambda port: port,
        keeps_last_answer: bool = False,
        seed: int = 0,
        past: Past | None = None,
    ) -> None:
        begun = 0.0 if past is None else past.now
        self._wire = wire
        self._chance = random.Random(seed)
        self._broken = broken
        self.dialect = dialect
        self.settings = settings or configured(dialect)
        self.clock = VirtualClock(begun)
        self.drawer = SimulatedDrawer(now=begun, closes_after=1.0)
        self.device = SimulatedRegister(
            dialect,
            now=begun,
            drawer=self.drawer,
            clock=START.replace(tzinfo=None) + timedelta(seconds=begun),
            keeps_last_answer=keeps_last_answer,
            last_document=self._chance.randrange(1000),
            seed=seed,
            memory=None if past is None else past.device,
        )
        self.bench = Bench(self.device)
        self.journal: list[tuple[str, Stored]] = [] if past is None else list(past.journal)
        self.rules = RuleSettings(traits=register_traits(self.settings), drawers={"main": DrawerSettings(sensed=False)})
        self._composer = ShopComposer(Shop(("ТОВ «Приклад»",), zone="UTC", till="1"), 42, 2)
        self._commit_cut: tuple[int, bool] | None = None
        self.commits = 0
        self.boots = 0
        self.asked = 0
        self.boot()

    # --- the till's life ------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Power on: a new process over what was committed."""
        clock = WorldClock(self.clock)
        self.boots += 1
        self.core = TillCore(self.rules, self._composer, clock, "BGN", snapshot_every=10**9)
        records = [
            Record(number + 1, 0, subject, type(one).__name__, one, b"\0" * 32)
            for number, (subject, one) in enumerate(self.journal)
        ]
        assert self.core.restore(None, records)
        self._inbox: deque[Event] = deque()
        self._orders: deque[Effect] = deque()
        self._fired: dict[str, int] = {}
        self.port = MemoryPort(self.bench, self.clock, name="memory:fiscal")
        self.driver = DatecsRegister(
            self._wire(self.port),
            self.settings,
            self._inbox.append,
            zone=UTC,
            utc_ms=clock.utc_ms,
            drawer_id="main",
            wait=self.pass_time,
            first_seq=self._chance.randrange(0x20, 0x80),
        )
        self.register = self._broken(self.driver)
        self.core.started("1", f"boot-{self.boots}", "test")
        self._commit()

    @property
    def past(self) -> Past:
        return Past(self.clock.monotonic(), self.device.memory, tuple(self.journal))

    # --- doing things ---------------------------------------------------------------------------------------------

    def order(self, command: Command) -> Refusal | None:
        refusal = self.core.accept(command, command.command_id.encode().ljust(32, b"\0"))
        self._commit()
        return refusal

    def do(self, command: Command) -> None:
        """A command that must be accepted, and everything that follows from it."""
        refusal = self.order(command)
        assert refusal is None, refusal
        self.settle()

    def open_shift(self) -> None:
        self.settle()
        self.do(OpenShift("shift", CASHIER, FLOAT))

    def slip(self) -> None:
        """Text that is no receipt comes out of the fiscal printer, which numbers it."""
        paper = Paper(32, (TextLine("Купон №1"),), "КРАЙ", "КОПИЕ", "НЕВАЛИДНО", mark_at=1)
        printed = self.driver.print(Print("slip", "K7Q2", paper))
        assert isinstance(printed, ReceiptPrinted), printed

    def settle(self) -> None:
        """Let time pass until nothing is on its way any more that a machine could finish."""
        until = self.clock.monotonic() + PATIENCE_S
        while not self.quiet and self.clock.monotonic() < until:
            self.turn()

    @property
    def quiet(self) -> bool:
        state = self.core.rules.state
        closing = state.closing.state in ("idle", "stopped")
        rest = all(self._rests(document) for document in state.documents.values())
        waits = closing or any(document.person_needed for document in state.documents.values())
        return self.register.connected and not self._inbox and not self._orders and rest and waits

    def _rests(self, document: Document) -> bool:
        return document.person_needed or (document.state in FINAL and document.transaction != "draft")

    def turn(self) -> None:
        """One look at everything, as the lane and the till's loop take it."""
        if not self.register.connected and not self.register.connect():
            while self._orders:
                self._answer(not_connected(self._orders.popleft()))
            self.pass_time(1.0)
        elif self._orders:
            self._answer(execute(self.register, self._orders.popleft()))
        else:
            self.register.watch(0.5)
        while self._inbox:
            self.core.take(self._inbox.popleft())
        now = int(self.clock.monotonic() * 1000)
        for key, due in self.core.rules.deadlines().items():
            if due <= now and self._fired.get(key) != due:
                self._fired[key] = due
                self.core.take(TimeReached(key))
        self._commit()

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.bench.run_until(self.clock.monotonic())

    def _answer(self, event: Event | None) -> None:
        if event is not None:
            self._inbox.append(event)

    def _commit(self) -> None:
        batch: Batch = self.core.cut()
        if batch.entries:
            self.commits += 1
            self._cut_at_commit(before=True)
            self.journal += [(entry.subject, entry.record) for entry in batch.entries]
            self.core.committed((len(self.journal), b"\0" * 32))
            self._cut_at_commit(before=False)
        self._orders.extend(batch.effects)

    # --- power and cables -----------------------------------------------------------------------------------------

    def cut_after_bytes(self, count: int, victim: Victim) -> None:
        """After `count` more bytes have left the till, the victim fails."""
        error = PowerCut() if victim in ("till", "both") else None
        self.port.cut_after(count, error=error, then=None if victim == "till" else lambda: self._fails(victim))

    def cut_answer(self, count: int, victim: Victim) -> None:
        """After `count` more bytes of the device's answers, device or line fail."""
        if victim == "device":
            self.device.fault("power_cut_out", count)
        else:
            self.device.on_unplug = lambda: self._fails(victim)
            self.device.fault("unplug_out", count)

    def disarm(self) -> None:
        """A cut that has not come to pass will not."""
        self.port.cut_after(10**9)
        self.device.fault("power_cut_out", 0)
        self.device.fault("unplug_out", 0)
        self._commit_cut = None

    def cut_at_commit(self, number: int, *, before: bool) -> None:
        """The till loses its power right before or after its `number`-th commit from now."""
        self._commit_cut = (self.commits + number, before)

    def _cut_at_commit(self, *, before: bool) -> None:
        if self._commit_cut == (self.commits, before):
            self._commit_cut = None
            raise PowerCut

    def _fails(self, victim: Victim) -> None:
        now = self.clock.monotonic()
        if victim in ("device", "both", "blip"):
            self.device.power_off()
            self.bench.at(now + (BLIP_S if victim == "blip" else OFF_S), self.device.power_on)
        else:
            self.port.unplug()
            self.bench.at(now + (LINE_S if victim == "line" else CABLE_S), self._plug)

    def _plug(self) -> None:
        self.port.plug()

    # --- what came of it ------------------------------------------------------------------------------------------

    def document(self, name: str) -> Document | None:
        """As the journal tells it."""
        return views.document_of([one for subject, one in self.journal if subject == name], self.rules)

    def events(self, name: str, kind: type[Event]) -> list[Event]:
        return [
            one.event
            for subject, one in self.journal
            if subject == name and hasattr(one, "event") and isinstance(one.event, kind)
        ]


def seed_of_run() -> int:
    """SEED in the environment replays a campaign."""
    return int(os.environ.get("SEED") or random.SystemRandom().getrandbits(32))
