"""The product in this very process, beside hardware that no machine without it has; and the hands of who stands there.

`python -m tests.support.odd_till pins HANDS …` runs the till on gpiozero's mock pins with a drawer on two of them;
`… lines HANDS BOX …` runs it at a simulated trigger box on a pseudo terminal, whose modem lines (a pseudo terminal has
none) are read beside the cable. `HANDS` is a unix socket: one JSON line in, one JSON line out. `… soon` runs it with a
printer that counts as idle sooner than after half a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from gpiozero import Device as GpioDevice
from gpiozero.pins.mock import MockFactory

from drivers.drawers.gpio.simulator import GpioHarness
from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports import serial
from drivers.ports.base import Lines
from drivers.printers.escpos.settings import Times
from firmware_bridge import cli, wiring
from firmware_bridge.clock import SystemClock
from firmware_bridge.played_devices import Device

Json = dict[str, Any]
Do = Callable[[Json], Json]
COIL, SWITCH = 17, 27
_LOOK_S: Final = 0.001


class Hands:
    """A thread that obeys whoever connects."""

    def __init__(self, path: str, do: Do) -> None:
        self._do = do
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen(1)
        threading.Thread(target=self._serve, name="hands", daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            with connection, connection.makefile("rwb") as lines:
                for line in lines:
                    lines.write(json.dumps(self._do(json.loads(line))).encode() + b"\n")
                    lines.flush()


def ask(path: Path, what: str, **more: Any) -> Json:
    """From the test's process: let the hands do something."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        with connection.makefile("rwb") as lines:
            lines.write(json.dumps({"do": what, **more}).encode() + b"\n")
            lines.flush()
            found: Json = json.loads(lines.readline())
            return found


class Pins:
    """A drawer on mock pins, its life on a thread of its own. What the coil saw is the pin's own history."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._clock = SystemClock()
        self._factory = MockFactory()
        GpioDevice.pin_factory = self._factory
        self._coil, switch = self._factory.pin(COIL), self._factory.pin(SWITCH)
        self.drawer = SimulatedDrawer(
            now=self._clock.monotonic(), closes_after=args.closes_after, stuck=args.stuck, bounces_open=True
        )
        self._harness = GpioHarness(
            self.drawer, self._coil, None if args.no_switch else switch, now=self._clock.monotonic()
        )
        self._lock = threading.Lock()
        self._stop_in_pulse = threading.Event()
        threading.Thread(target=self._live, name="drawer", daemon=True).start()

    def _live(self) -> None:
        while True:
            with self._lock:
                self._harness.run_until(self._clock.monotonic())
            if self._coil.state and self._stop_in_pulse.is_set():
                self._stop_in_pulse.clear()
                os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(_LOOK_S)

    def history(self) -> Json:
        """Pulses in ms with the rest before each, from the pin's own history, and how it stands now."""
        states = list(self._coil.states)
        ended = [(before, after) for before, after in pairwise(states) if after.state is False]
        return {
            "pulses": [round(after.timestamp * 1000, 1) for _, after in ended],
            "rests": [round(before.timestamp * 1000, 1) for before, _ in ended],
            "on": bool(self._coil.state),
            "function": self._coil.function,
        }

    def do(self, order: Json) -> Json:
        with self._lock:
            match order["do"]:
                case "force":
                    self.drawer.force_open()
                case "push":
                    self.drawer.push_shut()
                case "stop_in_pulse":
                    self._stop_in_pulse.set()
        results = [pulse.result for pulse in self.drawer.pulses]
        return {**self.history(), "results": results, "open": self.drawer.is_open, "burnt": self.drawer.burnt}


def read_lines_beside_the_cable(box: Device, lock: threading.Lock) -> None:
    """Let the serial port's modem lines be those of the simulated box."""

    class BesideTheCable(serial.SerialPort):
        def lines(self) -> Lines:
            with lock:
                found = box.do("lines")
            return Lines(**{name: found[name] for name in ("cts", "dsr", "dcd", "ri")})

    serial.SerialPort = BesideTheCable  # type: ignore[misc]  # the catalogue looks it up by this name


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="odd_till")
    kinds = parser.add_subparsers(dest="kind", required=True)
    pins = kinds.add_parser("pins")
    pins.add_argument("--closes-after", type=float)
    pins.add_argument("--stuck", type=int, default=0)
    pins.add_argument("--no-switch", action="store_true")
    pins.add_argument("--history", type=Path)
    lines = kinds.add_parser("lines")
    lines.add_argument("--box", required=True)
    lines.add_argument("--pty", type=Path, required=True)
    soon = kinds.add_parser("soon")
    soon.add_argument("--idle", type=float, required=True)
    for one in (pins, lines):
        one.add_argument("--hands", required=True)
    for one in (pins, lines, soon):
        one.add_argument("--config", required=True)
    args = parser.parse_args(words)
    run = ["run", "--config", args.config]
    if args.kind == "soon":
        configured = wiring.printer_settings
        wiring.printer_settings = lambda config: replace(configured(config), times=Times(idle=args.idle))
        return cli.main(run)
    if args.kind == "pins":
        played = Pins(args)
        Hands(args.hands, played.do)
        code = cli.main(run)
        if args.history is not None:
            whole = args.history.with_suffix(".new")
            whole.write_text(json.dumps(played.history()), "utf-8")
            whole.rename(args.history)
        return code
    lock = threading.Lock()
    with Device("drawer-box", args.pty, ["--box", args.box, "--drawer-closes-after", "0.4"]) as box:
        read_lines_beside_the_cable(box, lock)

        def do(order: Json) -> Json:
            with lock:
                return box.do(**{"what" if name == "do" else name: value for name, value in order.items()})

        Hands(args.hands, do)
        return cli.main(run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
