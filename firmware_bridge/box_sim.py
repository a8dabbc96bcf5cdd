"""Beside the till: the kind `drawer-box` of device-sim, a trigger box, its drawers and the person there.

The control lines are those of the other kinds as far as a box has what they name. What a pseudo terminal does not have
are modem lines: a box that tells on them is asked beside the cable, with {"do":"lines"}, and what the till holds on DTR
and RTS is told with {"do":"host_lines"} (at the start both are high). Not covered: what opening a tty does to the lines
of a real one, bit rates, break.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final, Protocol

from drivers.ports.base import Lines
from firmware_bridge.device_loop import Surroundings, Unheard
from firmware_bridge.device_wire import Wire, WireError

Json = dict[str, Any]

#: Fault -> what it does to a box, before it is switched on. Those of the drawer come beside these.
FAULTS: Final = {
    "deaf": "it takes everything and does nothing",
    "no_power": "it is without power",
    "garbage": "its line makes noise at once",
    "bounces_open": "the contact bounces when the drawer springs open",
    "late_latch": "the latch gives way after 0.9 s",
    "wrong_voltage": "a 24 V drawer on 12 V",
}
_NOISE: Final = bytes.fromhex("00 80 41 54 0d 1b")


class Pulse(Protocol):
    """One pulse through a coil, a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Drawer(Protocol):
    """What is looked at and done to a simulated drawer."""

    locked: bool
    burnt: bool

    @property
    def is_open(self) -> bool: ...
    @property
    def level(self) -> bool: ...
    @property
    def temperature(self) -> float: ...
    @property
    def pulses(self) -> Sequence[Pulse]: ...
    def push_shut(self) -> None: ...
    def force_open(self) -> None: ...


class Box(Protocol):
    """What is looked at and done to a simulated box; it is also a device of device_loop."""

    deaf: bool
    bus_powered: bool
    dtr: bool
    rts: bool
    drawers: Any
    written: list[tuple[float, int]]

    @property
    def powered(self) -> bool: ...
    @property
    def now(self) -> float: ...
    def accept(self, data: bytes) -> int: ...
    def lines(self) -> Lines: ...
    def host_lines(self, *, dtr: bool, rts: bool) -> None: ...
    def noise(self, data: bytes) -> None: ...
    def power_off(self) -> None: ...
    def power_on(self) -> None: ...
    def plugged(self) -> None: ...
    def unplugged(self) -> None: ...
    def run_until(self, now: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Bench:
    """The box and the cable it hangs on."""

    box: Box
    wire: Wire
    kind: str


def add_arguments(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """The arguments that only a drawer-box has."""
    parser.add_argument("--box", choices=names, help="drawer-box: which box")
    parser.add_argument("--code", metavar="HEX", help="drawer-box: the code that is set in it, hexadecimal")
    parser.add_argument("--drawers", type=int, metavar="N", help="drawer-box: how many drawers hang on it (1)")


def wrong_use(args: argparse.Namespace, sockets: Mapping[str, int], coded: Sequence[str]) -> str:
    """Why these arguments do not go together, one sentence; "" when they do. `sockets`: of boxes with more than one."""
    if args.kind != "drawer-box":
        given = [name for name in ("box", "code", "drawers") if getattr(args, name) is not None]
        return f"--{given[0]} belongs to the kind drawer-box, not to {args.kind}." if given else ""
    if args.box is None:
        return "a drawer-box needs --box."
    if args.paper is not None:
        return "a drawer-box has no paper."
    if args.drawers is not None and not 1 <= args.drawers <= sockets.get(args.box, 1):
        return f"the box {args.box} takes 1 to {sockets.get(args.box, 1)} drawers."
    if args.code is not None and (args.box not in coded or not code_of(args.code)):
        return f"--code {args.code} is not possible: it is for {', '.join(coded)}, in hexadecimal, such as 1b7030."
    return ""


def code_of(text: str) -> bytes:
    """Hexadecimal to bytes; b"" for what is none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def begin(box: Box, faults: Sequence[str]) -> None:
    """What is wrong with it from the start; its cable is in."""
    box.host_lines(dtr=True, rts=True)
    box.deaf = "deaf" in faults
    if "no_power" in faults:
        box.power_off()
    if "garbage" in faults:
        box.noise(_NOISE)


def surroundings(bench: Bench) -> Surroundings:
    """What is around a box: hands, and no paper."""
    return Surroundings(obey=lambda line: obey(bench, line), picture=bytes)


def obey(bench: Bench, line: bytes) -> Json:
    """Carry out one control line and return its answer. Raises Unheard."""
    try:
        order = json.loads(line)
    except ValueError as error:
        raise Unheard(f"not a JSON line ({error}); nothing was done.") from error
    if not isinstance(order, dict) or not isinstance(order.get("do"), str):
        raise Unheard('an order is an object with "do", such as {"do":"status"}; nothing was done.')
    row = _ORDERS.get(order.pop("do"))
    if row is None:
        raise Unheard(f"unknown order; known are {', '.join(sorted(_ORDERS))}. Nothing was done.")
    allowed, action = row
    for name, value in order.items():
        if name not in allowed or type(value) is not allowed[name]:
            raise Unheard(f"argument {name!r} is unknown here or has no value that it takes; nothing was done.")
    return action(bench, order)


def _drawer_of(bench: Bench, order: Json) -> Drawer:
    number = order.get("number", 1)
    if not 1 <= number <= len(bench.box.drawers):
        raise Unheard(f"there is no drawer {number} here; nothing was done.")
    drawer: Drawer = bench.box.drawers[number - 1]
    return drawer


def _hex(order: Json) -> bytes:
    data = code_of(order.get("hex", ""))
    if not data:
        raise Unheard('"hex" must be bytes in hexadecimal, such as "41540d"; nothing was done.')
    return data


def _status(bench: Bench, order: Json) -> Json:
    box = bench.box
    return {
        "ok": True,
        "box": bench.kind,
        "powered": box.powered,
        "plugged": bench.wire.plugged,
        "deaf": box.deaf,
        "drawers": len(box.drawers),
        "written": bytes(byte for _, byte in box.written).hex(),
    }


def _drawer(bench: Bench, order: Json) -> Json:
    drawer = _drawer_of(bench, order)
    return {
        "ok": True,
        "open": drawer.is_open,
        "level": drawer.level,
        "burnt": drawer.burnt,
        "temperature": round(drawer.temperature, 3),
        "pulses": [asdict(pulse) for pulse in drawer.pulses],
    }


def _lines(bench: Bench, order: Json) -> Json:
    return {"ok": True, **asdict(bench.box.lines())}


def _plug(bench: Bench, order: Json) -> Json:
    try:
        bench.wire.open()
    except WireError as error:
        raise Unheard(str(error)) from error
    bench.box.plugged()
    bench.box.host_lines(dtr=True, rts=True)
    return {"ok": True, **bench.wire.ready()}


def _unplug(bench: Bench, order: Json) -> None:
    bench.wire.close()
    bench.box.unplugged()


def _power_off(bench: Bench, order: Json) -> None:
    bench.box.power_off()
    bench.wire.power_lost()


def _host_lines(bench: Bench, order: Json) -> None:
    box = bench.box
    box.host_lines(dtr=order.get("dtr", box.dtr), rts=order.get("rts", box.rts))


def _fault(bench: Bench, order: Json) -> None:
    name = order.get("name", "")
    if name not in ("deaf", "garbage"):
        raise Unheard(f"there is no fault {name!r} that begins now; known are deaf and garbage. Nothing was done.")
    if name == "deaf":
        bench.box.deaf = bool(order.get("value", 1))
    else:
        bench.box.noise(_NOISE)


def _lock(bench: Bench, order: Json, *, locked: bool) -> None:
    _drawer_of(bench, order).locked = locked


def _done(action: Callable[[Bench, Json], object]) -> Callable[[Bench, Json], Json]:
    def answer(bench: Bench, order: Json) -> Json:
        action(bench, order)
        bench.box.run_until(bench.box.now)
        return {"ok": True}

    return answer


_NONE: Final[Mapping[str, type]] = {}
_WHICH: Final[Mapping[str, type]] = {"number": int}
#: Order -> its arguments and what to do.
_ORDERS: Final[Mapping[str, tuple[Mapping[str, type], Callable[[Bench, Json], Json]]]] = {
    "status": (_NONE, _status),
    "drawer": (_WHICH, _drawer),
    "lines": (_NONE, _lines),
    "host_lines": ({"dtr": bool, "rts": bool}, _done(_host_lines)),
    "plug": (_NONE, _plug),
    "unplug": (_NONE, _done(_unplug)),
    "power_off": (_NONE, _done(_power_off)),
    "power_on": (_NONE, _done(lambda bench, order: bench.box.power_on())),
    "close_drawer": (_WHICH, _done(lambda bench, order: _drawer_of(bench, order).push_shut())),
    "force_drawer": (_WHICH, _done(lambda bench, order: _drawer_of(bench, order).force_open())),
    "lock_drawer": (_WHICH, _done(lambda bench, order: _lock(bench, order, locked=True))),
    "unlock_drawer": (_WHICH, _done(lambda bench, order: _lock(bench, order, locked=False))),
    "fault": ({"name": str, "value": int}, _done(_fault)),
    # another program on the same port, such as ModemManager with "41540d"
    "strange_bytes": ({"hex": str}, _done(lambda bench, order: bench.box.accept(_hex(order)))),
    "noise": ({"hex": str}, _done(lambda bench, order: bench.box.noise(_hex(order)))),
}
