"""Beside a till: the words of `firmware-bridge wire …`, apart from its work: reading them loads no more."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

#: firmware_bridge.wire_show.LANGUAGES and the dialects of drivers.printers.datecs.dialects (x is datecs-x).
_LANGUAGES: Final = ("escpos", "datecs", "datecs-x", "http", "none")
_DIALECTS: Final = ("bg", "c", "ua", "mk", "sy55")


def add(
    commands: Any,
    parser_class: type[argparse.ArgumentParser],
    number: Callable[[str], int],
    do: Callable[[argparse.Namespace], int],
) -> None:
    """Add `wire` with its parts; `number` reads a TCP port, `do` carries each of them out."""
    wire = commands.add_parser("wire", help="a recording of a port, decoded or played as a device")
    parts = wire.add_subparsers(dest="part", metavar="show|replay", required=True, parser_class=parser_class)
    show = parts.add_parser("show", help="one line for each exchange, in words")
    show.add_argument("file", type=Path, metavar="FILE")
    show.add_argument(
        "--as", dest="language", choices=_LANGUAGES, help="the language (default: the recording's; none: the bytes)"
    )
    show.add_argument("--dialect", choices=_DIALECTS, default="bg", help="of classic Datecs (default: bg)")
    show.add_argument(
        "--encoding", default="cp1251", metavar="NAME", help="code page of ESC/POS text (default: cp1251)"
    )
    show.add_argument("--json", action="store_true")
    show.set_defaults(do=do)
    replay = parts.add_parser("replay", help="play the device to whoever opens it, until stdin ends or SIGTERM")
    replay.add_argument("file", type=Path, metavar="FILE")
    where = replay.add_mutually_exclusive_group(required=True)
    where.add_argument("--pty", type=Path, metavar="PATH", help="make PATH a link to a new pseudo terminal")
    where.add_argument("--tcp", type=number, metavar="PORT", help="listen on 127.0.0.1:PORT (0: any free port)")
    replay.add_argument("--lenient", action="store_true", help="answer other questions than the recorded ones too")
    replay.add_argument("--at-once", action="store_true", help="answer at once, not as late as the device did")
    replay.set_defaults(do=do)
