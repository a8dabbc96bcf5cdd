"""Beside a sale's way: the words of `firmware-bridge drawer …`, apart from its work: reading them loads no driver."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

LEVELS = ("high", "low", "none")
LINES = ("cts", "dsr", "dcd", "ri")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a drawer of the configuration, or one that is described here and not configured yet.

    `drawer`: its id, "" = the only one. `port`: "serial:…" with `box`, or "gpio:N"; "" = as configured. `yes`: the
    pulse was agreed to. The rest as in firmware_bridge.drawer_hardware.DrawerHardware.
    """

    part: Literal["test", "learn"]
    config: str = ""
    drawer: str = ""
    port: str = ""
    box: str = ""
    code: str = ""
    number: int = 1
    sense_open_level: Literal["high", "low", "none"] = "none"
    sense_line: Literal["cts", "dsr", "dcd", "ri", ""] = ""
    sense_port: str = ""
    pulse_ms: int = 100
    yes: bool = False
    as_json: bool = False


def add(commands: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `drawer` with its parts; `do` carries each of them out."""
    drawer = commands.add_parser(
        "drawer", help="open a cash drawer once, to see whether it works (the till is stopped)"
    )
    parts = drawer.add_subparsers(dest="part", metavar="test|learn", required=True, parser_class=parser_class)
    test = parts.add_parser("test", help="one pulse; what happened, and what to look at")
    learn = parts.add_parser("learn", help="one pulse; what its switch says, as a line for the configuration")
    for part in (test, learn):
        where = part.add_mutually_exclusive_group(required=True)
        where.add_argument("--config", default="", metavar="FILE", help="a drawer that is configured")
        where.add_argument("--port", default="", metavar="URL", help="one that is not: serial:/dev/… or gpio:N")
        part.add_argument("--drawer", default="", metavar="ID", help="which one (default: the only one)")
        part.add_argument("--box", default="", metavar="NAME", help="which trigger box is at the serial port")
        part.add_argument("--code", default="", metavar="HEX", help="the code that is set in the box")
        part.add_argument("--number", type=int, choices=(1, 2), default=1, help="its socket at the box (1)")
        part.add_argument("--sense-line", choices=LINES, default="", help="the modem line on which the box tells")
        part.add_argument("--sense-port", default="", metavar="URL", help="the pin of its switch, gpio:N?pull=up")
        part.add_argument("--pulse-ms", type=int, choices=range(20, 201), default=100, metavar="MS", help="20 to 200")
        part.add_argument("--yes", action="store_true", help="open it without asking")
        part.add_argument("--json", action="store_true")
        part.set_defaults(do=do)
    test.add_argument("--sense-open-level", choices=LEVELS, default="none", help="what its switch says when it is open")


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(
        part=found["part"],
        config=found["config"],
        drawer=found["drawer"],
        port=found["port"],
        box=found["box"],
        code=found["code"],
        number=found["number"],
        sense_open_level=found.get("sense_open_level", "none"),
        sense_line=found["sense_line"],
        sense_port=found["sense_port"],
        pulse_ms=found["pulse_ms"],
        yes=found["yes"],
        as_json=found["json"],
    )
