"""One turn of a lane after the other, on the test's own thread and in virtual time, with its dumps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drivers.ports.base import Port
from drivers.ports.memory import VirtualClock
from drivers.ports.recorded import Recording, load
from drivers.ports.ring import RingPort
from firmware_bridge.lanes import Service
from firmware_bridge.logs import Redactor
from firmware_bridge.wire_dumps import BYTES, FILES, WireDumps
from firmware_bridge.wire_failures import WireWatch
from statemachines.vocabulary.effects import Effect
from statemachines.vocabulary.events import Event

NOON_MS = 1_784_548_390_250


@dataclass
class Wall:
    """A virtual clock with a wall time."""

    inner: VirtualClock

    def monotonic(self) -> float:
        return self.inner.monotonic()

    def utc_ms(self) -> int:
        return NOON_MS + round(self.inner.monotonic() * 1000)


@dataclass
class WireLane:
    """What PortLane does with a device whose port has a ring. `settle` waits until all dumps are written."""

    folder: Path
    port: Port
    clock: VirtualClock
    driver: str
    redactor: Redactor = field(default_factory=Redactor)
    files: int = FILES
    size: int = BYTES

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.ring = RingPort(self.port, driver=self.driver)
        self.dumps = WireDumps(
            self.folder / "journal.wire", Wall(self.clock), self.redactor, files=self.files, size=self.size
        )
        self._watch = WireWatch("register", self.ring, self.dumps)

    def order(self, effect: Effect, execute: Callable[[Effect], Event | None], *, stopping: bool = False) -> Event:
        """Have an order carried out."""
        service = Service(execute, lambda _: None, lambda _: None)
        event = self._watch.over(service, lambda: stopping).execute(effect)
        assert event is not None
        return event

    def trouble(self, reason: str = "") -> None:
        """The connection has ended."""
        service = Service(lambda _: None, lambda _: None, lambda _: None)
        self._watch.over(service, lambda: False).on_trouble(reason)

    def settle(self) -> list[Path]:
        """Write what waits; no dump is made any more."""
        finish(self.dumps)
        return files(self.dumps.folder)

    def only(self) -> Recording:
        """The one dump that was made."""
        (path,) = self.settle()
        return load(path)


def finish(dumps: WireDumps) -> None:
    """`close` waits for a slow disk no longer than a till that stops may; a test does."""
    dumps.close()
    for thread in threading.enumerate():
        if thread.name == "wire-dumps":
            thread.join(30)


def files(folder: Path) -> list[Path]:
    """The dumps in the order of their names."""
    return sorted(folder.glob("*")) if folder.is_dir() else []


def said(recording: Recording, way: str) -> bytes:
    """All bytes of one direction."""
    return b"".join(entry.data for entry in recording.entries if entry.dir == way)
