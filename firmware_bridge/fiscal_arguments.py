"""Beside a sale's way: the words of `firmware-bridge fiscal …`, apart from its work: reading them loads no network."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `first`, `last`: a date (a whole day of the till's zone) or a moment, ISO 8601.

    `receipt`: the till's id, the vendor's id or the fiscal number; its picture goes to `png`, else it is told as text.
    """

    part: Literal["check", "search", "report", "receipt"]
    live: bool = False
    as_json: bool = False
    first: str = ""
    last: str = ""
    fiscal_code: str = ""
    receipt: str = ""
    png: Path | None = None


def add(commands: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `fiscal` with its parts; `do` carries each of them out."""
    fiscal = commands.add_parser("fiscal", help="look at the fiscal register; changes nothing there")
    names = "check|search|report|receipt"
    parts = fiscal.add_subparsers(dest="part", metavar=names, required=True, parser_class=parser_class)
    check = parts.add_parser("check", help="sign-in, register, taxes, signature, shift, clock")
    search = parts.add_parser("search", help="receipts of a time, by the register's own books")
    report = parts.add_parser("report", help="the turnover of a time, as the register's own text")
    receipt = parts.add_parser("receipt", help="the register's own picture of a receipt, should ours be lost")
    for part in (check, search, report, receipt):
        part.add_argument("--config", required=True, metavar="FILE")
        part.add_argument("--live", action="store_true", help="it may be a live register")
        part.add_argument("--json", action="store_true")
        part.set_defaults(do=do)
    for part in (search, report):
        part.add_argument("--from", required=True, dest="first", metavar="WHEN", help="2026-01-31 or a moment")
        part.add_argument("--to", required=True, dest="last", metavar="WHEN", help="a date counts as a whole")
    search.add_argument("--fiscal-code", default="", metavar="NUMBER", help="the tax service's number")
    receipt.add_argument("receipt", metavar="ID", help="the till's id, the register's, or the fiscal number")
    form = receipt.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="on stdout (the default)")
    form.add_argument("--png", type=Path, metavar="FILE", help="as a picture into a new file")


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(
        part=found["part"],
        live=found["live"],
        as_json=found["json"],
        first=found.get("first", ""),
        last=found.get("last", ""),
        fiscal_code=found.get("fiscal_code", ""),
        receipt=found.get("receipt", ""),
        png=found.get("png"),
    )
