"""Beside a sale's way: the words of `firmware-bridge gateway` and `enrol`, apart from their work."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["run", "check", "enrol", "tills", "revoke"]
Do = Callable[[argparse.Namespace], int]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a gateway. `till`: whose code or token; `new_journal`: it may come with another journal."""

    part: Part
    till: str = ""
    new_journal: bool = False
    as_json: bool = False


def add(commands: Any, do: Do) -> None:
    """Add `gateway`."""
    gateway = commands.add_parser("gateway", help="takes tills' records, keeps their books, serves order sources")
    gateway.add_argument(
        "part",
        nargs="?",
        choices=("run", "check", "enrol", "tills", "revoke"),
        default="run",
        help="run it (the default) · see whether its files can be used · make a code with which a till is enrolled · "
        "list the tills · take a till's token",
    )
    gateway.add_argument("till", nargs="?", default="", metavar="TILL")
    gateway.add_argument("--config", required=True, metavar="FILE", help="the gateway's own")
    gateway.add_argument("--new-journal", action="store_true", help="with enrol: the till has begun a new journal")
    gateway.add_argument("--json", action="store_true")
    gateway.set_defaults(do=do)


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    return Wish(arguments.part, arguments.till, arguments.new_journal, arguments.json)


def add_enrol(commands: Any, do: Do) -> None:
    """Add `enrol`, the till's side."""
    enrol = commands.add_parser("enrol", help="sign this till in at its gateway, with a code made there")
    enrol.add_argument("code", metavar="CODE", help="as `firmware-bridge gateway enrol TILL` has shown it")
    enrol.add_argument("--config", required=True, metavar="FILE", help="the till's own, with [uplink]")
    enrol.add_argument("--new-token", action="store_true", help="make a new token although there is one")
    enrol.set_defaults(do=do)
