"""Beside a sale's way: the words of `firmware-bridge book …`, apart from its work: reading them loads no network."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from firmware_bridge.errors import UsageError

Part = Literal[
    "check", "config", "types", "drawers", "add", "update", "remove", "drawer", "reports", "transactions", "reconcile"
]
DRAWER_TYPES: Final = ("integrated", "non_integrated")
_DRAWER: Final = "the till's name of it, or the book's"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; "" = not said. `drawer`: ours or the book's. `amount`: a float in major units.

    `first`, `last`: a date (a whole day of the till's zone) or a moment, ISO 8601. `day`: the journal's id of one.
    """

    part: Part
    as_json: bool = False
    drawer: str = ""
    name: str = ""
    amount: str = ""
    currency: str = ""
    drawer_type: str = ""
    cash_management: str = ""
    first: str = ""
    last: str = ""
    kind: str = ""
    day: str = ""


def add(commands: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `book` with its parts; `do` carries each of them out."""
    book = commands.add_parser("book", help="the cash book of the drawers: look, change its drawers, compare its days")
    names = "check|config|types|drawers|drawer|reports|transactions|reconcile"
    parts = book.add_subparsers(dest="part", metavar=names, required=True, parser_class=parser_class)

    def part(name: str, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = parts.add_parser(name, help=text)
        made.add_argument("--config", required=True, metavar="FILE")
        made.add_argument("--json", action="store_true")
        made.set_defaults(do=do)
        return made

    part("check", "sign-in, store, drawers, types and reasons: does all of it fit this till?")
    part("types", "types of cash moves and their reasons")
    config = part("config", "the store's drawer configuration; with an option: change it")
    config.add_argument("--type", choices=DRAWER_TYPES, default="", dest="drawer_type")
    config.add_argument("--cash-management", choices=("on", "off"), default="")
    part("drawer", "one drawer").add_argument("drawer", metavar="DRAWER", help=_DRAWER)
    part("reports", "the daily cash reports of a drawer").add_argument("drawer", metavar="DRAWER", help=_DRAWER)
    transactions = part("transactions", "the store's transactions of a time")
    _times(transactions, needed=True)
    transactions.add_argument("--type", default="", dest="kind", metavar="TYPE", help="sale, cash_pull, …")
    reconcile = part("reconcile", "the journal against the book, to the cent; without a time: the last closed day")
    reconcile.add_argument("--drawer", default="", metavar="DRAWER", help="the till's name of it (default: all)")
    reconcile.add_argument("--day", default="", metavar="ID", help="one day of the journal")
    _times(reconcile, needed=False)
    _drawers(parts, parser_class, do)


def _drawers(parts: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """`drawers` alone lists them, with a word behind it changes one; --config may stand before or behind that word."""
    every = parts.add_parser("drawers", help="the store's drawers; add, update or remove one")
    every.add_argument("--config", default="", metavar="FILE")
    every.add_argument("--json", action="store_true")
    every.set_defaults(do=do, change="")
    changes = every.add_subparsers(dest="change", metavar="add|update|remove", parser_class=parser_class)
    for name, text in (
        ("add", "a new one"),
        ("update", "another name or default float"),
        ("remove", "decommission it for good"),
    ):
        made = changes.add_parser(name, help=text)
        made.add_argument("drawer", metavar="DRAWER", help=_DRAWER)
        made.add_argument("--config", default=argparse.SUPPRESS, metavar="FILE")
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name != "remove":
            new = name == "add"
            made.add_argument("--name", default="", required=new, metavar="TEXT", help="for people")
            made.add_argument("--float", default="", required=new, metavar="AMOUNT", dest="amount", help="as 250.00")
        if name == "add":
            made.add_argument("--currency", default="", metavar="CODE", help="default: the till's")
            made.add_argument("--type", choices=DRAWER_TYPES, default="", dest="drawer_type", help="as the store's")


def _times(part: argparse.ArgumentParser, *, needed: bool) -> None:
    part.add_argument("--from", required=needed, default="", dest="first", metavar="WHEN", help="date or moment")
    part.add_argument("--to", required=needed, default="", dest="last", metavar="WHEN", help="a date counts as a whole")


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for. Raises UsageError for what cannot be meant together."""
    found = vars(arguments)
    if not found["config"]:
        raise UsageError("the following arguments are required: --config (see firmware-bridge book drawers --help)")
    if bool(found.get("first")) != bool(found.get("last")) or (found.get("day") and found.get("first")):
        raise UsageError("--from and --to belong together, and --day stands alone; nothing was asked for")
    said = {name: found.get(name) or "" for name in Wish.__dataclass_fields__ if name not in ("part", "as_json")}
    if said["name"] or found.get("change"):
        _check_update(found)
    return Wish(part=found.get("change") or found["part"], as_json=found["json"], **said)


def _check_update(found: dict[str, Any]) -> None:
    if found["change"] == "update" and not (found["name"] or found["amount"]):
        raise UsageError("update needs --name or --float; nothing was done")
