"""Beside the till: the hands of the person at a simulated device, told by JSON lines what to do.

Each order is an object with "do" and perhaps arguments; each has one answer. An order that is not understood does
nothing and says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.datecs.simulator import FAULTS, SimulatedRegister
from drivers.printers.escpos.simulated.paper import PrintedImage
from drivers.printers.escpos.simulator import SimulatedPrinter
from firmware_bridge.device_loop import Unheard
from firmware_bridge.device_wire import Wire, WireError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """The device and the cable it hangs on."""

    printer: SimulatedPrinter | SimulatedRegister
    wire: Wire


def obey(bench: Bench, line: bytes) -> Json:
    """Carry out one line and return its answer. Raises Unheard."""
    try:
        order = json.loads(line)
    except ValueError as error:
        raise Unheard(f"not a JSON line ({error}); nothing was done.") from error
    if not isinstance(order, dict) or not isinstance(order.get("do"), str):
        raise Unheard('an order is an object with "do", such as {"do":"status"}; nothing was done.')
    orders = {**_COMMON, **(_REGISTER if isinstance(bench.printer, SimulatedRegister) else _ESCPOS)}
    row = orders.get(order.pop("do"))
    if row is None:
        raise Unheard(f"unknown order; known are {', '.join(sorted(orders))}. Nothing was done.")
    allowed, action = row
    for name, value in order.items():
        if name not in allowed or not _fits(value, allowed[name]):
            raise Unheard(f"argument {name!r} is unknown here or not a number it takes; nothing was done.")
    return action(bench, order)


def _fits(value: object, kind: str) -> bool:
    if kind == "name":
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        return kind == "count_or_null" and value is None
    return kind == "seconds" or isinstance(value, int)


def _drawer_of(bench: Bench) -> SimulatedDrawer | None:
    return bench.printer.drawer


def _status(bench: Bench, order: Json) -> Json:
    printer = bench.printer
    found: Json = {"ok": True, "powered": printer.powered, "plugged": bench.wire.plugged}
    if isinstance(printer, SimulatedPrinter):
        found |= {**asdict(printer.status), "buffered": printer.buffered, "nv_writes": printer.nv_writes}
    else:
        books = printer.books
        found |= {
            "dialect": printer.personality.name,
            "status": printer.status.hex(" "),
            "open_receipt": books.open_receipt,
            "document": books.document,
            "cash": books.cash,
        }
    return {
        **found,
        "busy": printer.busy,
        "lines_left": printer.lines_left,
        "lines": printer.lines,
        "cuts": printer.cuts,
    }


def _drawer(bench: Bench, order: Json) -> Json:
    drawer = _drawer_of(bench)
    if drawer is None:
        return {"ok": True, "open": None, "pulses": []}
    pulses = [asdict(pulse) for pulse in drawer.pulses]
    return {"ok": True, "open": drawer.is_open, "level": drawer.level, "burnt": drawer.burnt, "pulses": pulses}


def _paper(bench: Bench, order: Json) -> Json:
    pieces = [
        {
            "ending": piece.ending,
            "lines": list(piece.text_lines),
            "printed": [
                {"kind": type(mark).__name__, "width": mark.width, "height": mark.height, "rows": len(mark.rows)}
                if isinstance(mark, PrintedImage)
                else {"kind": type(mark).__name__, **asdict(mark)}
                for mark in piece.printed
            ],
        }
        for piece in bench.printer.pieces
    ]
    return {"ok": True, "pieces": pieces}


def _plug(bench: Bench, order: Json) -> Json:
    try:
        bench.wire.open()
    except WireError as error:
        raise Unheard(str(error)) from error
    return {"ok": True, **bench.wire.ready()}


def _power_off(bench: Bench, order: Json) -> None:
    bench.printer.power_off()
    bench.wire.power_lost()


def _close_drawer(bench: Bench, order: Json) -> None:
    if (drawer := _drawer_of(bench)) is not None:
        drawer.push_shut()


def _force_drawer(bench: Bench, order: Json) -> None:
    if (drawer := _drawer_of(bench)) is not None:
        drawer.force_open()


def _lock(bench: Bench, *, locked: bool) -> None:
    if (drawer := _drawer_of(bench)) is not None:
        drawer.locked = locked


def _register(bench: Bench) -> SimulatedRegister:
    if not isinstance(bench.printer, SimulatedRegister):
        raise TypeError("a receipt printer is no fiscal register")
    return bench.printer


def _printer(bench: Bench) -> SimulatedPrinter:
    if not isinstance(bench.printer, SimulatedPrinter):
        raise TypeError("a fiscal register is no plain receipt printer")
    return bench.printer


def _fault(bench: Bench, order: Json) -> None:
    name = order.get("name", "")
    try:
        _register(bench).fault(name, order.get("value"))
    except KeyError as error:
        raise Unheard(f"there is no fault {name!r} here; known are {', '.join(sorted(FAULTS))}.") from error


def _books(bench: Bench, order: Json) -> Json:
    books = _register(bench).books
    papers = [{**asdict(paper), "complete": paper.complete} for paper in books.papers]
    plain: Json = _plain({**asdict(books), "papers": papers})
    return {"ok": True, **plain}


def _plain(value: Any) -> Any:
    """Values of a dataclass as JSON has them; times as the device's clock shows them, without a zone."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _done(action: Callable[[Bench, Json], object]) -> Callable[[Bench, Json], Json]:
    def answer(bench: Bench, order: Json) -> Json:
        action(bench, order)
        bench.printer.run_until(bench.printer.now)
        return {"ok": True}

    return answer


_Row = tuple[Mapping[str, str], Callable[[Bench, Json], Json]]
_NONE: Final[Mapping[str, str]] = {}
#: Order -> its arguments and what to do; these every device knows.
_COMMON: Final[dict[str, _Row]] = {
    "status": (_NONE, _status),
    "drawer": (_NONE, _drawer),
    "paper": (_NONE, _paper),
    "plug": (_NONE, _plug),
    "unplug": (_NONE, _done(lambda bench, order: bench.wire.close())),
    "power_off": (_NONE, _done(_power_off)),
    "power_on": (_NONE, _done(lambda bench, order: bench.printer.power_on())),
    "load_paper": (
        {"lines": "count_or_null"},
        _done(lambda bench, order: bench.printer.load_paper(order.get("lines"))),
    ),
    "tear_off": (_NONE, _done(lambda bench, order: bench.printer.tear_off())),
    "open_cover": (_NONE, _done(lambda bench, order: bench.printer.open_cover())),
    "close_cover": (_NONE, _done(lambda bench, order: bench.printer.close_cover())),
    "press_feed": (
        {"lines": "count"},
        _done(lambda bench, order: bench.printer.press_feed(order.get("lines", 1))),
    ),
    "close_drawer": (_NONE, _done(_close_drawer)),
    "force_drawer": (_NONE, _done(_force_drawer)),
    "lock_drawer": (_NONE, _done(lambda bench, order: _lock(bench, locked=True))),
    "unlock_drawer": (_NONE, _done(lambda bench, order: _lock(bench, locked=False))),
}
_ESCPOS: Final[dict[str, _Row]] = {
    "cutter_jam": ({"times": "count"}, _done(lambda bench, order: _printer(bench).cutter_jam(order.get("times", 1)))),
    "mechanical_error": (_NONE, _done(lambda bench, order: _printer(bench).mechanical_error())),
    "overheat": (
        {"seconds": "seconds"},
        _done(lambda bench, order: _printer(bench).overheat(order.get("seconds", 5.0))),
    ),
    "unrecoverable": (_NONE, _done(lambda bench, order: _printer(bench).unrecoverable())),
}
_REGISTER: Final[dict[str, _Row]] = {
    "books": (_NONE, _books),
    "fault": ({"name": "name", "value": "count"}, _done(_fault)),
    "clear_jam": (_NONE, _done(lambda bench, order: _register(bench).clear_jam())),
    "cutter_jam": (
        {"times": "count"},
        _done(lambda bench, order: _register(bench).fault("cutter_jam", order.get("times", 1))),
    ),
    "overheat": (
        {"seconds": "count"},
        _done(lambda bench, order: _register(bench).fault("overheat", order.get("seconds", 5))),
    ),
}
