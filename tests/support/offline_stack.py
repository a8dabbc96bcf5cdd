"""A whole till before the vendor's sandbox, in virtual time: real loop, journal, lanes, HTTP and server; and power that
fails.

A life is one process of the till. It ends at any await when a test or chance wants it: its tasks are gone, its sockets
are closed, and the next one knows what is in the journal. The printer prints whatever it is given, at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from drivers.printers.layout import Shop
from firmware_bridge.api.backend import Answer
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import TillCore
from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.fiscal_time import FiscalTime, Memory
from firmware_bridge.journal.records import Record
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import InlineExecutor, JournalThread
from firmware_bridge.till import Till
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS, CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Forms, Profile
from firmware_bridge.vendors.checkbox.sandbox.server import CheckboxSandbox, SandboxOptions
from statemachines.offline import OfflineSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Command
from statemachines.vocabulary.effects import Ask, Effect, Print
from statemachines.vocabulary.events import Event, PrinterReady, PrintFoundMissing, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import TaxGroup, TaxRate
from tests.support.offline_stack_line import Line, State, Wire
from tests.support.offline_stack_time import LIFE, MachineClock, VendorClock, VirtualLoop

START: Final = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)
GROUPS: Final = {"vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),))}
PAUSE_MS: Final[dict[Profile, int]] = {"current": 120_000, "seed": 15_000}
PRINT_S: Final = 0.4
COMPOSER: Final = ShopComposer(Shop(("ТОВ «Приклад»",), zone="Europe/Kyiv", till="1"), 42, 2)
FEW_CODES: Final = OfflineSettings(returns="allow", code_reserve=8, refill_below=40, refill_to=120)


@dataclass(frozen=True)
class Parts:
    """What a broken variant has instead."""

    adapter: type[CheckboxFiscaliser] = CheckboxFiscaliser
    restored: Callable[[TillCore], None] = lambda _: None


class Printer:
    """A lane that always prints. `printed`: whatever came out of it, by any process."""

    def __init__(self, life: Life, printed: list[Print]) -> None:
        self._life = life
        self._printed = printed

    def start(self) -> None:
        self._life.hear(PrinterReady(counters=Counters(len(self._printed), 0)), 0.0)

    def close(self) -> None:
        pass

    def order(self, effect: Effect) -> None:
        if isinstance(effect, Print):
            self._printed.append(effect)
            self._tell(effect)
        elif isinstance(effect, Ask) and isinstance(effect.intention, Print):
            self._tell(effect.intention)

    def _tell(self, job: Print) -> None:
        """Whether it came out: the process before this one may have died before it ordered it."""
        name, counters = job.document_id, Counters(len(self._printed), 0)
        out = any((one.document_id, one.job_id) == (name, job.job_id) for one in self._printed)
        missing = PrintFoundMissing(name, job.job_id, proven=True, fragment=False, evidence="no such job was printed")
        self._life.hear(ReceiptPrinted(name, job.job_id, "process_id", counters) if out else missing, PRINT_S)


class Guarded(JournalThread):
    """The journal of a process that may lose its power before and after each commit."""

    def __init__(self, opener: Callable[[], Journal], life: Life) -> None:
        super().__init__(opener, InlineExecutor())
        self._life = life

    async def append(self, *batch: Any, **beside: Any) -> list[Record]:
        await self._life.point("before a commit")
        records = await super().append(*batch, **beside)
        self._life.stack.counted["commits"] += 1
        await self._life.point("after a commit")
        return records


class Life:
    """One process of the till. `dead`: it has lost its power."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.tasks: set[asyncio.Task[Any]] = set()
        self.dead = asyncio.Event()
        self.journal = Guarded(
            partial(
                Journal.open,
                stack.path,
                till_id="1",
                clock=stack.clock.utc_ms,
                new_id=lambda: "journal",
            ),
            self,
        )
        self.wire = Wire(stack.line, stack.clock.monotonic, self.point)
        self.till: Till

    async def point(self, name: str) -> None:
        """Here this process may end; whoever is here when it does goes no further."""
        if self.dead.is_set():
            raise asyncio.CancelledError
        stack = self.stack
        if stack.dies_in is None:
            return
        stack.dies_in -= 1
        if stack.dies_in < 0:
            stack.dies_in = None
            stack.counted[f"killed {name.split('/', maxsplit=1)[0].strip()}"] += 1
            self.dead.set()
            await asyncio.Event().wait()

    def hear(self, event: Event, after_s: float) -> None:
        """A device tells it something, while it lives."""

        def tell() -> None:
            if not self.dead.is_set():
                self.till.post(event)

        self.stack.loop.call_later(after_s, tell)

    async def begin(self) -> None:
        """Until it serves, or dies on the way."""
        token = LIFE.set(self.tasks)
        try:
            starting = asyncio.create_task(self._start())
            dead = asyncio.create_task(self.dead.wait())
        finally:
            LIFE.reset(token)
        await asyncio.wait({starting, dead}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()

    async def _start(self) -> None:
        stack = self.stack
        await self.journal.start()
        time = FiscalTime(
            stack.clock,
            lambda: stack.clock.synchronised,
            Memory(stack.path.with_suffix(".clock"), f"boot-{stack.clock.boots}"),
        )
        core = TillCore(stack.settings, COMPOSER, stack.clock, "UAH", 300, time.read)
        self.till = Till(
            core,
            self.journal,
            stack.clock,
            stack.settings,
            path=stack.path,
            till_id="1",
            boot_id=f"boot-{stack.clock.boots}",
            version="test",
            free=lambda _: 1.0,
            zone="Europe/Kyiv",
        )
        fiscaliser = stack.fiscaliser(self.wire)
        time.follow(fiscaliser)
        lane = FiscalLane("fiscaliser", fiscaliser, self.till.post, stack.clock)
        await self.till.start({"printer": Printer(self, stack.printed), "fiscaliser": lane})
        stack.parts.restored(core)
        asyncio.create_task(self._serve())  # noqa: RUF006 - kept in `tasks`

    async def _serve(self) -> None:
        try:
            await self.till.run()
        except Exception as error:
            self.stack.failed.append(error)
            self.dead.set()
            raise

    async def end(self) -> None:
        """No power: whatever it was doing is not done, and its sockets are closed."""
        self.dead.set()
        for _ in range(20):
            waiting = {task for task in self.tasks if not task.done()}
            if not waiting:
                break
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        await self.wire.close()
        await self.journal.close()


@dataclass
class Told:
    """What the cashier knows of one wish: `outcome` "" = nothing was heard of it."""

    command: Command
    outcome: str = ""
    answer: Answer | None = None


@dataclass
class Stack:
    """The till and everything around it; `start` before anything else. `dies_in`: so many points until the power goes.
    `failed`: what has ended a process by itself.
    """

    loop: VirtualLoop
    folder: Path
    profile: Profile = "current"
    seed: int = 0
    start_at: datetime = START
    skew_s: float = 0.2
    offline: OfflineSettings = FEW_CODES
    parts: Parts = field(default_factory=Parts)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"line {self.seed}")
        self.clock = MachineClock(self.loop, self.start_at)
        self.path = self.folder / "journal.sqlite"
        self.settings = RuleSettings(
            traits=replace(TRAITS, offline="codes"),
            returns_without_original="manager",
            offline=replace(self.offline, go_online_every_ms=PAUSE_MS[self.profile]),
        )
        self.counted: Counter[str] = Counter()
        self.printed: list[Print] = []
        self.told: dict[str, Told] = {}
        self.failed: list[Exception] = []
        self.dies_in: int | None = None
        self.life: Life | None = None
        self.line: Line

    async def start(self) -> None:
        options = SandboxOptions(profile=self.profile, **{"signing_delay_s": 0.6, **self.options})
        vendor = VendorClock(self.loop, self.start_at, self.skew_s)
        self.sandbox = CheckboxSandbox(options, clock=vendor, entropy=random.Random(f"vendor {self.seed}"))
        await self.sandbox.start()
        self.line = Line(self.loop, self.sandbox, self.rng)
        await self.line.start()
        await self.power_on()

    async def close(self) -> None:
        if self.life is not None:
            await self.life.end()
        await self.line.close()
        await self.sandbox.close()

    def fiscaliser(self, wire: Wire) -> CheckboxFiscaliser:
        known = self.sandbox.service.credentials
        keys = Credentials(known.license_key, known.login, known.password, access_key=known.access_key)
        client = CheckboxClient(wire, keys, self.clock, client_name="till", client_version="1.0")
        forms = Forms({"vat20": (1,)}, GROUPS, self.profile, till_id="1")
        return self.parts.adapter(client, forms, self.clock, asyncio.sleep, traits=self.settings.traits)

    # --- power ------------------------------------------------------------------------------------------------------

    @property
    def alive(self) -> Life:
        if self.life is None:
            raise AssertionError("there is no process")
        return self.life

    async def power_on(self) -> None:
        """Another process over the same journal, until one lives long enough to serve."""
        while True:
            self.life = Life(self)
            await self.life.begin()
            if not self.life.dead.is_set():
                return
            await self.life.end()

    async def kill(self, off_s: float = 1.0, *, reboot: bool = False) -> None:
        """Pull the plug; after `off_s` it is put in again."""
        self.counted["kills"] += 1
        await self.alive.end()
        self.dies_in = None
        self._no_defect()
        await asyncio.sleep(off_s)
        if reboot:
            self.counted["reboots"] += 1
            self.clock.boot()
        await self.power_on()

    def _no_defect(self) -> None:
        if self.failed:
            raise AssertionError(f"the till's process has ended by itself: {self.failed[0]!r}") from self.failed[0]

    # --- who stands before it ---------------------------------------------------------------------------------------

    async def ask(self, command: Command, wait_s: float = 30.0) -> Answer | None:
        """Ask the till once. None: it has died meanwhile, and is back."""
        digest = hashlib.sha256(repr(command).encode()).digest()
        one = self.told.setdefault(command.command_id, Told(command))
        answered = await self._while_it_lives(asyncio.create_task(self.alive.till.submit(command, digest, wait_s)))
        if answered is None:
            one.outcome = "killed"
            return None
        one.outcome, one.answer = answered.outcome, answered
        code = f" {answered.refusal.code}" if answered.refusal is not None else ""
        self.counted[f"{type(command).__name__} {answered.outcome}{code}"] += 1
        return answered

    async def rest(self, seconds: float) -> None:
        """Let time pass; a process that dies meanwhile comes back."""
        until = self.loop.time() + seconds
        while (left := until - self.loop.time()) > 0:
            await self._while_it_lives(asyncio.create_task(asyncio.sleep(left, "rested")))

    async def _while_it_lives(self, work: asyncio.Task[Any]) -> Any:
        dead = asyncio.create_task(self.alive.dead.wait())
        await asyncio.wait({work, dead}, return_when=asyncio.FIRST_COMPLETED)
        dead.cancel()
        if work.done():
            await asyncio.gather(dead, return_exceptions=True)
            return work.result()
        work.cancel()
        await asyncio.gather(work, dead, return_exceptions=True)
        await self.kill(self.rng.choice([0.2, 3.0, 30.0]), reboot=self.rng.random() < 0.3)
        return None

    # --- the line ---------------------------------------------------------------------------------------------------

    async def set_line(self, state: State) -> None:
        if state != self.line.state:
            self.counted[f"line {state}"] += 1
        self.line.state = state
        if state != "up":
            await self.alive.wire.cut()

    # --- what it shows ----------------------------------------------------------------------------------------------

    def fiscal(self) -> dict[str, Any]:
        """What the status tells of the register."""
        found: dict[str, Any] = self.alive.till.status()["fiscal"]
        return found

    @property
    def mode(self) -> str:
        return str(self.fiscal()["mode"])

    def books(self) -> dict[str, Any]:
        found: dict[str, Any] = self.line.tell("GET", "/_books")
        return found

    async def records(self) -> list[Record]:
        """The whole journal."""
        found: list[Record] = []
        while piece := await self.alive.journal.read(found[-1].seq if found else 0, 5000):
            found += piece
        return found
