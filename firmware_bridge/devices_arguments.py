"""Beside a sale's way: the words of `firmware-bridge devices …`, apart from its work: reading them loads no driver."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add(commands: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `devices` with its parts; `do` carries each of them out."""
    devices = commands.add_parser("devices", help="which devices the till takes for its own, by their serial numbers")
    parts = devices.add_subparsers(dest="part", metavar="show|accept", required=True, parser_class=parser_class)
    for name, text in (
        ("show", "who is remembered, and who else was seen in its place"),
        ("accept", "the device that was seen last is the till's own from now on (the till may run)"),
    ):
        part = parts.add_parser(name, help=text)
        part.add_argument("--config", required=True, metavar="FILE")
        part.add_argument("--device", choices=("printer",), default="printer", help="which one (printer)")
        part.set_defaults(do=do)
