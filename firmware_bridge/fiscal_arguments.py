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
    `at`: whom alone to ask whether it is a till, None = the shop's network; `wait_s`: how long an answer is waited for.
    `action`: what is to be done about the webhook, to be set to `url`.
    """

    part: Literal["check", "search", "report", "receipt", "mode", "codes", "find", "webhook"]
    live: bool = False
    as_json: bool = False
    first: str = ""
    last: str = ""
    fiscal_code: str = ""
    receipt: str = ""
    png: Path | None = None
    at: tuple[str, int] | None = None
    wait_s: float = 3.0
    action: Literal["set", "show", "remove"] = "show"
    url: str = ""


def add(commands: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `fiscal` with its parts; `do` carries each of them out."""
    fiscal = commands.add_parser("fiscal", help="look at the fiscal register; only webhook changes anything there")
    names = "check|search|report|receipt|mode|codes|find|webhook"
    parts = fiscal.add_subparsers(dest="part", metavar=names, required=True, parser_class=parser_class)
    check = parts.add_parser("check", help="sign-in, register, taxes, signature, shift, clock")
    search = parts.add_parser("search", help="receipts of a time, by the register's own books")
    report = parts.add_parser("report", help="the turnover of a time, or (SmartOne) of the open shift")
    receipt = parts.add_parser("receipt", help="the register's own picture of a receipt, should ours be lost")
    mode = parts.add_parser("mode", help="on line or off line, since when, and what waits for the tax service")
    codes = parts.add_parser("codes", help="how many codes for selling off line the register has")
    find = parts.add_parser("find", help="ikassa: which tills answer on the shop's network")
    webhook = parts.add_parser("webhook", help="checkbox: where it sends by itself what became of documents")
    for part in (check, search, report, receipt, mode, codes, find, webhook):
        part.add_argument("--config", required=True, metavar="FILE")
        part.add_argument("--live", action="store_true", help="it may be a live register")
        part.add_argument("--json", action="store_true")
        part.set_defaults(do=do)
    for part, needed in ((search, True), (report, False)):
        part.add_argument(
            "--from", required=needed, default="", dest="first", metavar="WHEN", help="2026-01-31 or a moment"
        )
        part.add_argument(
            "--to", required=needed, default="", dest="last", metavar="WHEN", help="a date counts as a whole"
        )
    find.add_argument("--at", type=_place, metavar="HOST:PORT", help="ask there alone and not the whole network")
    find.add_argument("--wait", type=_seconds, default=3.0, metavar="S", help="wait so long for answers (default: 3)")
    webhook.add_argument("action", choices=("set", "show", "remove"))
    webhook.add_argument("url", nargs="?", default="", metavar="URL", help="set: the till's public address")
    search.add_argument("--fiscal-code", default="", metavar="NUMBER", help="the tax service's number")
    receipt.add_argument("receipt", metavar="ID", help="the till's id, the register's, or the fiscal number")
    form = receipt.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="on stdout (the default)")
    form.add_argument("--png", type=Path, metavar="FILE", help="as a picture into a new file")


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT, such as 192.168.1.2:1900")
    return host, int(port)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 30:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0 and up to 30")
    return seconds


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
        at=found.get("at"),
        wait_s=found.get("wait", 3.0),
        action=found.get("action", "show"),
        url=found.get("url", ""),
    )
