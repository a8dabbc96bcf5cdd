"""Behind a sale's way: the words of `firmware-bridge outbox …`, apart from its work: reading them loads no more."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["status", "parked", "retry", "park", "drop"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `book`: "" = all, or the only one; `seq`: the record that is meant, 0 = none was named.

    `by`: who asks, "" = whoever is logged in. `yes`: what is dropped was looked at.
    """

    part: Part
    book: str = ""
    seq: int = 0
    by: str = ""
    yes: bool = False
    as_json: bool = False


def add(
    commands: Any,
    parser_class: type[argparse.ArgumentParser],
    number: Callable[[str], int],
    do: Callable[[argparse.Namespace], int],
) -> None:
    """Add `outbox` with its parts; `number` reads a record's number, `do` carries each of them out."""
    outbox = commands.add_parser("outbox", help="what the books have not confirmed yet, and what to do about it")
    names = "status|parked|retry|park|drop"
    parts = outbox.add_subparsers(dest="part", metavar=names, required=True, parser_class=parser_class)
    status = parts.add_parser("status", help="how far each book is; beside a till that runs, or one that does not")
    parked = parts.add_parser("parked", help="the records that are set aside, with the reasons")
    retry = parts.add_parser("retry", help="have what is set aside sent again, and a lane that is held tried at once")
    park = parts.add_parser("park", help="have the record set aside at which a lane is held")
    drop = parts.add_parser("drop", help="have a record that is set aside given up for good")
    for part in (status, parked, retry, park, drop):
        part.add_argument("--config", required=True, metavar="FILE")
        part.add_argument("--book", default="", metavar="NAME", help="which book (default: all, or the only one)")
        part.add_argument("--json", action="store_true")
        part.set_defaults(do=do)
    for part in (retry, park, drop):
        needed = part is not retry
        part.add_argument("--seq", type=number, default=0, required=needed, metavar="N", help="the record's number")
        part.add_argument("--by", default="", metavar="NAME", help="who asks (default: the login name)")
    drop.add_argument("--yes", action="store_true", help="give it up: the book will never hear of it")


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(
        part=found["part"],
        book=found["book"],
        seq=found.get("seq", 0),
        by=found.get("by", ""),
        yes=found.get("yes", False),
        as_json=found["json"],
    )
