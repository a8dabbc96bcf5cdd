"""A whole till before the vendor's sandbox, in virtual time: real loop, journal, lanes, HTTP and server; and power that
fails.

The till's process ends at any await when a test or chance wants it, and another begins over the same journal. The
printer prints whatever it is given, at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from firmware_bridge.api.backend import Answer
from firmware_bridge.core import TillCore
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS, CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Forms, Profile
from firmware_bridge.vendors.checkbox.sandbox.server import CheckboxSandbox, SandboxOptions
from statemachines.offline import OfflineSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Command
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.receipt import TaxGroup, TaxRate
from tests.support.offline_stack_line import Line, State, Wire
from tests.support.offline_stack_process import Life
from tests.support.offline_stack_time import MachineClock, VendorClock, VirtualLoop

START: Final = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)
GROUPS: Final = {"vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),))}
PAUSE_MS: Final[dict[Profile, int]] = {"current": 120_000, "seed": 15_000}
FEW_CODES: Final = OfflineSettings(returns="allow", code_reserve=8, refill_below=40, refill_to=120)


def quick() -> str | None:
    """Where a commit costs little; what is proved here is no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass(frozen=True)
class Parts:
    """What a broken variant has instead."""

    adapter: type[CheckboxFiscaliser] = CheckboxFiscaliser
    restored: Callable[[TillCore], None] = lambda _: None


@dataclass
class Told:
    """What the cashier knows of one wish: `outcome` "" = nothing was heard of it."""

    command: Command
    outcome: str = ""
    answer: Answer | None = None


@dataclass
class Stack:
    """The till and everything around it; `start` before anything else. `dies_in`: so many points until the power goes.
    `failed`: what has ended a process by itself. `through`: another line to the vendor's address; it gives its own.
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
    through: Callable[[str], Awaitable[str]] | None = None

    def __post_init__(self) -> None:
        self.rng = random.Random(f"line {self.seed}")
        self.clock = MachineClock(self.loop, self.start_at)
        self.path = self.folder / "journal.sqlite"
        self.settings = RuleSettings(
            traits=replace(TRAITS, offline="codes"),
            returns_without_original="manager",
            offline=replace(
                self.offline, go_online_every_ms=max(PAUSE_MS[self.profile], self.offline.look_every_ms // 2)
            ),
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
        if self.through is not None:
            self.line.rtt_s, self.line.vendor_url = 0.0, await self.through(self.sandbox.base_url)
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
        asking = asyncio.create_task(self.alive.till.submit(command, digest, wait_s))
        answered: Answer | None = await self._while_it_lives(asking)
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
