"""Beside a sale's way: the words of `firmware-bridge printer …`, apart from its work: reading them loads no driver."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

PAGES = (0, 127)
ENCODINGS = ("cp1251", "cp1125")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `pages`: first and last number after ESC t; `encodings`: Python's names of what to try there.

    `picture`: the logo's file, None = as configured; `write`: put it into the printer's memory now.
    """

    part: Literal["test", "codepages", "status", "logo"]
    config: str = ""
    as_json: bool = False
    pages: tuple[int, int] = PAGES
    encodings: tuple[str, ...] = ENCODINGS
    picture: Path | None = None
    write: bool = False


def add(commands: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `printer` with its parts; `do` carries each of them out."""
    printer = commands.add_parser("printer", help="look at the receipt printer, or try it (the till is stopped)")
    names = "status|test|codepages|logo"
    parts = printer.add_subparsers(dest="part", metavar=names, required=True, parser_class=parser_class)
    status = parts.add_parser("status", help="who it is, how it is, what it is driven with; prints nothing")
    test = parts.add_parser("test", help="one page with letters, sizes and codes, and how it was proved")
    pages = parts.add_parser("codepages", help="a line for every code page, so that the right one can be read off")
    logo = parts.add_parser("logo", help="whether the printer keeps the shop's logo; --write puts it there")
    for part in (status, test, pages, logo):
        part.add_argument("--config", required=True, metavar="FILE")
        part.add_argument("--json", action="store_true")
        part.set_defaults(do=do)
    pages.add_argument(
        "--pages", type=_pages, default=PAGES, metavar="FIRST-LAST", help="numbers from 0 to 255 (0-127)"
    )
    pages.add_argument(
        "--encoding", action="append", metavar="NAME", help=f"what to try on each ({', '.join(ENCODINGS)})"
    )
    logo.add_argument("picture", nargs="?", type=Path, metavar="PICTURE", help="its file (default: as configured)")
    logo.add_argument("--write", action="store_true", help="write it now; flash wears out: a few times a day at most")


def _pages(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    numbers = [int(part) for part in (first, last if dash else first) if part.isascii() and part.isdigit()]
    if len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1] <= 255:
        raise argparse.ArgumentTypeError(f"{text!r} are no page numbers; write for example 0-127")
    return numbers[0], numbers[1]


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(
        part=found["part"],
        config=found["config"],
        as_json=found["json"],
        pages=found.get("pages", PAGES),
        encodings=tuple(found.get("encoding") or ENCODINGS),
        picture=found.get("picture"),
        write=found.get("write", False),
    )
