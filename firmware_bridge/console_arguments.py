"""Beside a till: the words of `firmware-bridge console …`, apart from its work: reading them loads no more."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SPEEDS: Final = (9600, 19200, 38400, 57600, 115200)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `serial`, `socket`: where it is offered; both "" = here. `pin`: whose PIN is to be set.

    `remove`: that PIN is to be taken away. `do`: one command, and then it ends.
    """

    config: Path
    serial: str = ""
    baud: int = 115200
    socket: str = ""
    pin: str = ""
    remove: bool = False
    do: str = ""


def add(commands: Any, do: Callable[[argparse.Namespace], int]) -> None:
    """Add `console`."""
    console = commands.add_parser("console", help="the technician's console: here, on a serial line, on a unix socket")
    console.add_argument("--config", required=True, type=Path, metavar="FILE")
    where = console.add_mutually_exclusive_group()
    where.add_argument("--serial", default="", metavar="DEVICE", help="offer it on a serial line, until stopped")
    where.add_argument("--socket", default="", metavar="PATH", help="offer it on a unix socket, until stopped")
    where.add_argument("--pin", default="", metavar="NAME", help="set the PIN of a client of [[api.clients]]")
    where.add_argument(
        "--do",
        default="",
        dest="command_line",
        metavar="COMMAND",
        help="carry out one command that only looks, and end",
    )
    console.add_argument("--baud", type=int, choices=SPEEDS, default=115200, help="of the serial line (115200)")
    console.add_argument("--remove", action="store_true", help="with --pin: take the PIN away")
    console.set_defaults(do=do)


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(
        config=found["config"],
        serial=found["serial"],
        baud=found["baud"],
        socket=found["socket"],
        pin=found["pin"],
        remove=found["remove"],
        do=found["command_line"],
    )
