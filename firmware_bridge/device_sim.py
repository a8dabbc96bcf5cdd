"""Beside the till: one simulated device in a process of its own, behind a pty or a TCP port, in real time.

`firmware-bridge device-sim KIND (--pty PATH | --tcp PORT)`, also `python -m firmware_bridge.device_sim`. One JSON
line says that it is ready; each JSON line on stdin is an order to the person beside the device and is answered by
one JSON line. It stops at the end of stdin or with SIGTERM and takes its link and its port with it.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.simulated.box import SimulatedBox
from drivers.drawers.trigger_box.simulator import CODE, CODED, NAMES, SOCKETS, simulated_box
from drivers.printers.datecs.simulator import FAULTS as REGISTER_FAULTS
from drivers.printers.datecs.simulator import SimulatedRegister
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulated.photo import render_pieces
from drivers.printers.escpos.simulator import SimulatedPrinter
from firmware_bridge import box_sim
from firmware_bridge.device_control import Bench, obey
from firmware_bridge.device_loop import Simulation, Surroundings
from firmware_bridge.device_memory import RememberingRegister
from firmware_bridge.device_wire import PtyWire, TcpWire, Wire, WireError

KINDS: Final = ("escpos", "datecs", "datecs-x", "drawer-box")
REGISTERS: Final = ("datecs", "datecs-x")
DIALECTS: Final = ("bg", "ua", "mk", "c", "sy55")
#: Fault -> what it does to the drawer, before the device is switched on.
DRAWER_FAULTS: Final = {
    "stuck_latch": "the first drawer pulse has no effect",
    "drawer_locked": "the drawer is locked by key",
    "no_switch": "the drawer's switch is not wired",
    "inverted_switch": "the drawer's switch reads LOW when open",
    "nobody_closes": "nobody pushes the drawer shut",
}
#: Fault -> what it does to a receipt printer, before it is switched on.
FAULTS: Final = {
    "paper_end": "no paper is loaded",
    "near_end": "the roll is nearly at its end",
    "cover_open": "the cover is open",
    "cutter_jam": "the first cut jams",
    "overheat": "the head is too hot for five seconds",
    "unrecoverable": "an error that only a power cycle clears",
    **DRAWER_FAULTS,
    "xonxoff": "flow control bytes among the answers",
    "busy_when_offline": "takes no data while offline",
    "split_replies": "answers arrive one byte at a time",
    "late_replies": "answers arrive half a second late",
}
_LATE_S: Final = 0.5


class WrongUse(Exception):
    """The arguments do not go together; one sentence for a person."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `device-sim`."""
    parser.add_argument("kind", choices=KINDS, help="the device's language")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--pty", type=Path, metavar="PATH", help="make PATH a link to a new pseudo terminal")
    where.add_argument("--tcp", type=int, metavar="PORT", help="listen on 127.0.0.1:PORT (0: any free port)")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[:VALUE]", help=_fault_help())
    parser.add_argument("--paper", type=Path, metavar="FILE", help="write the text on paper to FILE, PNG beside it")
    parser.add_argument("--personality", default="epson", choices=sorted(PERSONALITIES), help="escpos: which make")
    parser.add_argument("--dialect", choices=DIALECTS, help="datecs: which country's protocol (bg)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="datecs: its memory, which outlives the process")
    parser.add_argument("--roll", type=int, metavar="LINES", help="lines of paper on the roll (default: no end)")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="mechanics X times as fast")
    parser.add_argument("--columns", type=int, default=48, metavar="N", help="escpos: characters to a line")
    parser.add_argument(
        "--drawer-closes-after", type=float, default=0.3, metavar="S", help="a person closes it after S seconds"
    )
    box_sim.add_arguments(parser, NAMES)


def _fault_help() -> str:
    printer = "; ".join(f"{name}: {what}" for name, what in FAULTS.items())
    register = "; ".join(
        f"{name}{':' + unit.upper() if unit else ''}: {what}" for name, (what, _, unit) in REGISTER_FAULTS.items()
    )
    box = "; ".join(f"{name}: {what}" for name, what in box_sim.FAULTS.items())
    return f"escpos - {printer}. datecs - {register}. drawer-box - {box}. Both also - those of the drawer"


def run(args: argparse.Namespace) -> int:
    """Serve until stdin ends or SIGTERM. 0 done, 1 could not be opened, 2 wrong use (said on stderr)."""
    try:
        _check(args)
        wire: Wire = PtyWire(args.pty) if args.pty is not None else TcpWire(args.tcp)
        device = build(args, time.monotonic())
        wire.open()
    except WrongUse as error:
        sys.stderr.write(f"device-sim: {error} See --help.\n")
        return 2
    except WireError as error:
        sys.stderr.write(f"device-sim: {error}\n")
        return 1
    simulation = _surround(args, device, wire)
    try:
        simulation.serve()
    except BrokenPipeError:
        # nobody reads our answers any more: whoever started us is gone
        return 0
    finally:
        simulation.close()
    return 0


def build(args: argparse.Namespace, now: float) -> SimulatedPrinter | SimulatedRegister | SimulatedBox:
    """The device and drawer that the arguments describe. Raises WrongUse."""
    if args.kind == "drawer-box":
        return _box(args, now)
    return _printer(args, now) if args.kind == "escpos" else _register(args, now)


def _check(args: argparse.Namespace) -> None:
    if args.speed <= 0 or not 16 <= args.columns <= 64 or (args.roll is not None and args.roll < 0):
        raise WrongUse("--speed must be above 0, --columns 16 to 64, --roll not negative.")
    if args.dialect is not None and args.kind != "datecs":
        raise WrongUse(f"--dialect belongs to the kind datecs, not to {args.kind}.")
    if args.state is not None and args.kind not in REGISTERS:
        raise WrongUse(f"--state belongs to the kinds {' and '.join(REGISTERS)}, not to {args.kind}.")
    if wrong := box_sim.wrong_use(args, SOCKETS, CODED):
        raise WrongUse(wrong)
    own = box_sim.FAULTS if args.kind == "drawer-box" else REGISTER_FAULTS
    known = FAULTS if args.kind == "escpos" else {**own, **DRAWER_FAULTS}
    for fault in args.fault:
        name, colon, value = fault.partition(":")
        if name not in known:
            raise WrongUse(f"there is no fault {name!r} for {args.kind}; known are {', '.join(sorted(known))}.")
        if colon and (name not in REGISTER_FAULTS or args.kind not in REGISTERS or not value.isdigit()):
            raise WrongUse(f"the fault {name!r} takes no value {value!r} here.")


def _faults(args: argparse.Namespace) -> dict[str, int | None]:
    """Name -> value; None: as the fault sees fit."""
    split = (fault.partition(":") for fault in args.fault)
    return {name: int(value) if colon else None for name, colon, value in split}


def _drawer(args: argparse.Namespace, now: float) -> SimulatedDrawer:
    faults = _faults(args)
    drawer = SimulatedDrawer(
        now=now,
        open_level="low" if "inverted_switch" in faults else "high",
        wired="no_switch" not in faults,
        stuck=1 if "stuck_latch" in faults else 0,
        closes_after=None if "nobody_closes" in faults else args.drawer_closes_after,
        latch_delay=0.9 if "late_latch" in faults else 0.1,
        bounces_open="bounces_open" in faults,
        wrong_voltage="wrong_voltage" in faults,
    )
    if "drawer_locked" in faults:
        drawer.lock()
    return drawer


def _printer(args: argparse.Namespace, now: float) -> SimulatedPrinter:
    faults = _faults(args)
    roll: int | None = 0 if "paper_end" in faults else args.roll
    if "near_end" in faults:
        roll = PERSONALITIES[args.personality].near_end_lines
    printer = SimulatedPrinter(
        args.personality,
        now=now,
        drawer=_drawer(args, now),
        columns=args.columns,
        roll_lines=roll,
        speed_lines_per_s=40.0 * args.speed,
        cut_s=0.3 / args.speed,
        xonxoff="xonxoff" in faults,
        busy_when_offline="busy_when_offline" in faults,
    )
    if "cover_open" in faults:
        printer.open_cover()
    if "cutter_jam" in faults:
        printer.cutter_jam()
    if "overheat" in faults:
        printer.overheat()
    if "unrecoverable" in faults:
        printer.unrecoverable()
    return printer


def _register(args: argparse.Namespace, now: float) -> SimulatedRegister:
    kept = args.state.read_bytes() if args.state is not None and args.state.exists() else None
    try:
        register = SimulatedRegister(
            "x" if args.kind == "datecs-x" else args.dialect or "bg",
            now=now,
            drawer=_drawer(args, now),
            clock=datetime.now(UTC).astimezone().replace(tzinfo=None, microsecond=0),
            roll_lines=args.roll,
            speed_lines_per_s=40.0 * args.speed,
            cut_s=0.3 / args.speed,
            work=1 / args.speed,
            memory=kept,
        )
    except ValueError as error:
        raise WrongUse(f"--state {args.state}: {error}.") from error
    for name, value in _faults(args).items():
        if name in REGISTER_FAULTS:
            try:
                register.fault(name, value)
            except KeyError as error:
                raise WrongUse(f"a {register.personality.name} device has no {name}.") from error
    return register


def _box(args: argparse.Namespace, now: float) -> SimulatedBox:
    drawers = [_drawer(args, now) for _ in range(args.drawers or 1)]
    code = CODE if args.code is None else box_sim.code_of(args.code)
    box = simulated_box(args.box, drawers, now=now, code=code)
    box_sim.begin(box, args.fault)
    return box


def _surround(
    args: argparse.Namespace, device: SimulatedPrinter | SimulatedRegister | SimulatedBox, wire: Wire
) -> Simulation:
    if isinstance(device, SimulatedBox):
        hands = box_sim.Bench(device, wire, args.box)
        return Simulation(device, wire, box_sim.surroundings(hands), sys.stdin, sys.stdout)
    bench = Bench(device, wire)
    columns = args.columns if isinstance(device, SimulatedPrinter) else device.personality.columns
    around = Surroundings(
        obey=lambda line: obey(bench, line),
        picture=lambda: render_pieces(device.pieces, columns),
        paper=args.paper,
        split="split_replies" in args.fault,
        delay=_LATE_S if "late_replies" in args.fault else 0.0,
    )
    if isinstance(device, SimulatedRegister) and args.state is not None:
        simulation = Simulation(RememberingRegister(device, args.state), wire, around, sys.stdin, sys.stdout)
    else:
        simulation = Simulation(device, wire, around, sys.stdin, sys.stdout)
    if isinstance(device, SimulatedRegister):
        device.on_unplug = simulation.pull
    return simulation


def main() -> int:
    parser = argparse.ArgumentParser(prog="firmware-bridge device-sim", description=__doc__.partition("\n")[0])
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
