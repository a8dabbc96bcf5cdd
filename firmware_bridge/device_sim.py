"""Beside the till: one simulated device in a process of its own, behind a pty or a TCP port, in real time.

`firmware-bridge device-sim escpos (--pty PATH | --tcp PORT)`, also `python -m firmware_bridge.device_sim`. One JSON
line says that it is ready; each JSON line on stdin is an order to the person beside the device and is answered by
one JSON line. It stops at the end of stdin or with SIGTERM and takes its link and its port with it.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Final, TextIO

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulated.photo import render_pieces
from drivers.printers.escpos.simulator import SimulatedPrinter
from firmware_bridge.device_control import Bench, ControlError, obey
from firmware_bridge.device_wire import PtyWire, TcpWire, Wire, WireError

KINDS: Final = ("escpos",)
#: Fault -> what it does to the device before it is switched on.
FAULTS: Final = {
    "paper_end": "no paper is loaded",
    "near_end": "the roll is nearly at its end",
    "cover_open": "the cover is open",
    "cutter_jam": "the first cut jams",
    "overheat": "the head is too hot for five seconds",
    "unrecoverable": "an error that only a power cycle clears",
    "stuck_latch": "the first drawer pulse has no effect",
    "drawer_locked": "the drawer is locked by key",
    "no_switch": "the drawer's switch is not wired",
    "inverted_switch": "the drawer's switch reads LOW when open",
    "nobody_closes": "nobody pushes the drawer shut",
    "xonxoff": "flow control bytes among the answers",
    "busy_when_offline": "takes no data while offline",
    "split_replies": "answers arrive one byte at a time",
    "late_replies": "answers arrive half a second late",
}
_LATE_S: Final = 0.5
_CHUNK: Final = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `device-sim`."""
    parser.add_argument("kind", choices=KINDS, help="the device's language")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--pty", type=Path, metavar="PATH", help="make PATH a link to a new pseudo terminal")
    where.add_argument("--tcp", type=int, metavar="PORT", help="listen on 127.0.0.1:PORT (0: any free port)")
    parser.add_argument(
        "--fault", action="append", default=[], choices=sorted(FAULTS), metavar="NAME", help=_fault_help()
    )
    parser.add_argument("--paper", type=Path, metavar="FILE", help="write the text on paper to FILE, PNG beside it")
    parser.add_argument("--personality", default="epson", choices=sorted(PERSONALITIES))
    parser.add_argument("--roll", type=int, metavar="LINES", help="lines of paper on the roll (default: no end)")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="mechanics X times as fast")
    parser.add_argument("--columns", type=int, default=48, metavar="N", help="characters to a line")
    parser.add_argument(
        "--drawer-closes-after", type=float, default=0.3, metavar="S", help="a person closes it after S seconds"
    )


def _fault_help() -> str:
    return "; ".join(f"{name}: {what}" for name, what in FAULTS.items())


def run(args: argparse.Namespace) -> int:
    """Serve until stdin ends or SIGTERM. 0 done, 1 could not be opened, 2 wrong use (said on stderr)."""
    if args.speed <= 0 or not 16 <= args.columns <= 64 or (args.roll is not None and args.roll < 0):
        sys.stderr.write("device-sim: --speed must be above 0, --columns 16 to 64, --roll not negative.\n")
        return 2
    try:
        wire: Wire = PtyWire(args.pty) if args.pty is not None else TcpWire(args.tcp)
        wire.open()
    except WireError as error:
        sys.stderr.write(f"device-sim: {error}\n")
        return 1
    simulation = Simulation(args, wire, sys.stdin, sys.stdout)
    try:
        simulation.serve()
    except BrokenPipeError:
        # nobody reads our answers any more: whoever started us is gone
        return 0
    finally:
        simulation.close()
    return 0


def build(args: argparse.Namespace, now: float) -> SimulatedPrinter:
    """The printer and drawer that the arguments describe."""
    faults: set[str] = set(args.fault)
    drawer = SimulatedDrawer(
        now=now,
        open_level="low" if "inverted_switch" in faults else "high",
        wired="no_switch" not in faults,
        stuck=1 if "stuck_latch" in faults else 0,
        closes_after=None if "nobody_closes" in faults else args.drawer_closes_after,
    )
    roll: int | None = 0 if "paper_end" in faults else args.roll
    if "near_end" in faults:
        roll = PERSONALITIES[args.personality].near_end_lines
    printer = SimulatedPrinter(
        args.personality,
        now=now,
        drawer=drawer,
        columns=args.columns,
        roll_lines=roll,
        speed_lines_per_s=40.0 * args.speed,
        cut_s=0.3 / args.speed,
        xonxoff="xonxoff" in faults,
        busy_when_offline="busy_when_offline" in faults,
    )
    if "drawer_locked" in faults:
        drawer.lock()
    if "cover_open" in faults:
        printer.open_cover()
    if "cutter_jam" in faults:
        printer.cutter_jam()
    if "overheat" in faults:
        printer.overheat()
    if "unrecoverable" in faults:
        printer.unrecoverable()
    return printer


class Simulation:
    """The loop: wire, stdin and the device's own time."""

    def __init__(self, args: argparse.Namespace, wire: Wire, control: TextIO, answers: TextIO) -> None:
        self._printer = build(args, time.monotonic())
        self._bench = Bench(self._printer, wire)
        self._wire = wire
        self._paper: Path | None = args.paper
        self._columns: int = args.columns
        self._split = "split_replies" in args.fault
        self._delay = _LATE_S if "late_replies" in args.fault else 0.0
        self._control = control
        self._answers = answers
        self._pending = b""
        self._late: list[tuple[float, bytes]] = []
        self._typed = b""
        self._shown = -1
        self._stopping = False

    def serve(self) -> None:
        """Until the end of stdin or SIGTERM (the former handler is put back)."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(0.0)
            theirs.settimeout(0.0)
            former_fd = signal.set_wakeup_fd(theirs.fileno())
            former = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
            try:
                self._say(self._wire.ready())
                while not self._stopping:
                    self._turn(ours)
            finally:
                for number, handler in former.items():
                    signal.signal(number, handler)
                signal.set_wakeup_fd(former_fd)

    def close(self) -> None:
        """Paper and picture are written a last time; link, pty and sockets are gone afterwards."""
        self._wire.close()
        self._show_paper()
        if self._paper is not None:
            _replace(self._paper.with_suffix(".png"), render_pieces(self._printer.pieces, self._columns))

    def _turn(self, signals: socket.socket) -> None:
        # select() also takes a regular file as stdin, which epoll refuses
        with selectors.SelectSelector() as selector:
            selector.register(signals, selectors.EVENT_READ, "signal")
            selector.register(self._control, selectors.EVENT_READ, "control")
            for fd, interest in self._wire.interests(reading=not self._pending, writing=self._due_reply()):
                selector.register(fd, interest, "wire")
            ready = {key.data for key, _ in selector.select(self._timeout())}
        self._printer.run_until(time.monotonic())
        if "signal" in ready:
            self._stopping = True
        if "control" in ready:
            self._read_control()
        self._pump()
        self._show_paper()

    def _timeout(self) -> float | None:
        now = time.monotonic()
        times = [self._printer.next_change(), self._late[0][0] if self._late else None]
        due = [at for at in times if at is not None and at > now]
        if any(at is not None and at <= now for at in times[:1]):
            return 0.0
        return min(due) - now if due else None

    def _due_reply(self) -> bool:
        return bool(self._late) and self._late[0][0] <= time.monotonic()

    def _pump(self) -> None:
        """Bytes both ways, as far as both sides take them now."""
        if not self._wire.plugged:
            self._pending = b""
            self._late.clear()
        if not self._pending:
            self._pending = self._wire.read(_CHUNK)
        if self._pending:
            if self._printer.powered:
                self._pending = self._pending[self._printer.accept(self._pending) :]
            else:
                self._pending = b""
        self._printer.run_until(time.monotonic())
        data = self._printer.output()
        at = time.monotonic() + self._delay
        if data:
            self._late.extend((at, bytes((b,))) for b in data) if self._split else self._late.append((at, data))
        while self._due_reply():
            sent = self._wire.write(self._late[0][1])
            if sent < len(self._late[0][1]):
                self._late[0] = (self._late[0][0], self._late[0][1][sent:])
                break
            self._late.pop(0)
            if self._split:
                break

    def _read_control(self) -> None:
        data = os.read(self._control.fileno(), 65536)
        if not data:
            self._stopping = True
            return
        self._typed += data
        *lines, self._typed = self._typed.split(b"\n")
        for line in lines:
            if line.strip():
                try:
                    self._say(obey(self._bench, line))
                except ControlError as error:
                    self._say({"error": str(error)})
        if len(self._typed) > 65536:
            self._typed = b""
            self._say({"error": "the control line is longer than 65536 bytes; it was ignored."})

    def _say(self, answer: object) -> None:
        self._answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        self._answers.flush()

    def _show_paper(self) -> None:
        if self._paper is not None and self._shown != self._printer.revision:
            self._shown = self._printer.revision
            _replace(self._paper, self._printer.paper_text().encode("utf-8"))


def _replace(path: Path, data: bytes) -> None:
    """Write beside and rename: a reader never sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="firmware-bridge device-sim", description=__doc__.partition("\n")[0])
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
