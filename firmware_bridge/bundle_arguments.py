"""Beside a till: the words of `firmware-bridge bundle`, apart from its work: reading them loads no more."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Wish:
    """`into`: the folder that it is written into, None = beside the journal. `quiet`: no progress is shown."""

    config: Path
    into: Path | None = None
    quiet: bool = False


def add(commands: Any, do: Callable[[argparse.Namespace], int]) -> None:
    """Add `bundle`."""
    bundle = commands.add_parser(
        "bundle", help="one file with all that a supporter needs and no secret (till running or not)"
    )
    bundle.add_argument("--config", required=True, type=Path, metavar="FILE")
    bundle.add_argument("--into", type=Path, metavar="FOLDER", help="where to write it (default: beside the journal)")
    bundle.add_argument("--quiet", action="store_true", help="show no progress")
    bundle.set_defaults(do=do)


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(found["config"], found["into"], found["quiet"])
