"""Beside a sale's way: what can be looked at of the devices of a running till, by the name of their lane.

Filled while the lanes are wired, read by the metrics and by the dumps of the wire. Not kept: the process's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from drivers.ports.base import Port
from drivers.ports.ring import RingPort
from drivers.printers.tally import PaperTally
from firmware_bridge.wire_dumps import Dumper
from firmware_bridge.wire_failures import WireWatch


@runtime_checkable
class HasTally(Protocol):
    """A driver that counts what it puts on paper."""

    @property
    def tally(self) -> PaperTally: ...


@dataclass(slots=True)
class Instruments:
    """`rings`: device -> its port; `papers`: printer -> what its driver counts. `dumper` None: no dumps are made."""

    dumper: Dumper | None = None
    rings: dict[str, RingPort] = field(default_factory=dict)
    papers: dict[str, PaperTally] = field(default_factory=dict)

    def ring(self, device: str, port: Port, driver: str) -> RingPort:
        """The port with a ring around it, to be given to the driver."""
        made = RingPort(port, driver=driver)
        self.rings[device] = made
        return made

    def note_paper(self, device: str, driver: object) -> None:
        """The driver of a printer was made; if it counts, what it counts is looked at."""
        if isinstance(driver, HasTally):
            self.papers[device] = driver.tally

    def watch(self, device: str) -> WireWatch | None:
        """Who looks at the lane of this device; None where nothing passes a wire, or nobody wants dumps."""
        ring = self.rings.get(device)
        return None if ring is None or self.dumper is None else WireWatch(device, ring, self.dumper)
