"""A simulated ESC/POS printer in a process of its own that may be killed: what is kept without power is in a file.

`python -m tests.support.remembering_printer --state FILE (--pty PATH | --tcp PORT) [--personality NAME] [--speed X]`

Paper, counters and drawer pulses are in the file before any byte leaves that tells of them, so that a printer started
with that file is the one that was killed, and nobody was told of more than it knows.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulator import SimulatedPrinter
from firmware_bridge.device_control import Bench, obey
from firmware_bridge.device_loop import Simulation, Surroundings
from firmware_bridge.device_wire import PtyWire, TcpWire, Wire


class Remembering:
    """`printer` for the loop (device_loop.Device). `pulses`: how many its coil had in former lives."""

    def __init__(self, printer: SimulatedPrinter, file: Path) -> None:
        self._printer = printer
        self._file = file
        self.pulses = 0
        if file.exists():
            kept = json.loads(file.read_bytes())
            self.pulses = kept["pulses"]
            printer.recall(kept["memory"].encode())
        self._written: tuple[int, ...] = ()
        self._save()

    @property
    def powered(self) -> bool:
        return self._printer.powered

    @property
    def revision(self) -> int:
        return self._printer.revision

    def accept(self, data: bytes) -> int:
        return self._printer.accept(data)

    def output(self) -> bytes:
        data = self._printer.output()
        self._save()
        return data

    def run_until(self, now: float) -> None:
        self._printer.run_until(now)

    def next_change(self) -> float | None:
        return self._printer.next_change()

    def paper_text(self) -> str:
        return self._printer.paper_text()

    def _save(self) -> None:
        printer = self._printer
        now = (printer.revision, printer.changes, printer.lines, printer.cuts, len(printer.pulses))
        if now != self._written:
            text = json.dumps({"pulses": self.pulses + len(printer.pulses), "memory": printer.memory.decode()})
            beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
            beside.write_text(text, "utf-8")
            beside.replace(self._file)
            self._written = now


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--state", type=Path, required=True, metavar="FILE")
    parser.add_argument("--pty", type=Path, metavar="PATH")
    parser.add_argument("--tcp", type=int, metavar="PORT")
    parser.add_argument("--personality", default="epson", choices=sorted(PERSONALITIES))
    parser.add_argument("--speed", type=float, default=1.0, metavar="X")
    wish = parser.parse_args()
    now = time.monotonic()
    printer = SimulatedPrinter(
        wish.personality,
        now=now,
        drawer=SimulatedDrawer(now=now, open_level="high", closes_after=0.15),
        columns=42,
        speed_lines_per_s=40.0 * wish.speed,
        cut_s=0.3 / wish.speed,
    )
    device = Remembering(printer, wish.state)
    wire: Wire = PtyWire(wish.pty) if wish.pty is not None else TcpWire(wish.tcp)
    wire.open()

    def hands(line: bytes) -> dict[str, Any]:
        answer = obey(Bench(printer, wire), line)
        return {**answer, "earlier": device.pulses} if "pulses" in answer else answer

    try:
        Simulation(device, wire, Surroundings(hands, lambda: b""), sys.stdin, sys.stdout).serve()
    finally:
        wire.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
