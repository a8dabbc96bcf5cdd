"""Beside a sale's way: the words of `firmware-bridge demo`, apart from its work: reading them loads no simulator."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

#: Deliberately broken tills, the demo's controls.
FAULTS: Final = ("double-send", "drop-record", "drop-delivery")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which day is played. `seed`: same number, same day; `keep`: where journal, paper and books are left.

    `fiscaliser`: who registers the sales, "" = nobody; `profile`: which interface of checkbox (`current` takes two
    receipts a second and no more, which makes a day of a minute; `seed` takes what comes); `dialect`: which country's
    fiscal printer datecs is, which prints by itself. `book`: who keeps the cash book,
    "" = nobody. `fault`: one of FAULTS, "" = a till that is whole.
    """

    seed: int = 1
    keep: Path | None = None
    as_json: bool = False
    fiscaliser: Literal["", "checkbox", "datecs"] = "checkbox"
    profile: Literal["seed", "current"] = "seed"
    dialect: Literal["ua", "bg"] = "ua"
    book: Literal["", "newstore"] = "newstore"
    fault: str = ""


def add(commands: Any, do: Callable[[argparse.Namespace], int]) -> None:
    """Add `demo`; `do` carries it out."""
    demo = commands.add_parser("demo", help="a trading day on simulated devices and vendors' sandboxes")
    demo.add_argument("--seed", type=int, default=1, metavar="N", help="same number, same day")
    demo.add_argument("--keep", metavar="DIR", help="leave journal, paper and the vendors' books there")
    demo.add_argument("--json", action="store_true", help="one object instead of the table")
    demo.add_argument(
        "--fiscaliser", choices=["checkbox", "datecs", "none"], default="checkbox", help="who registers the sales"
    )
    demo.add_argument("--profile", choices=["seed", "current"], default="seed", help="checkbox: which interface")
    demo.add_argument("--dialect", choices=["ua", "bg"], default="ua", help="datecs: which country's fiscal printer")
    demo.add_argument("--book", choices=["newstore", "none"], default="newstore", help="who keeps the cash book")
    demo.add_argument("--fault", choices=FAULTS, default="", help="a broken till, as a control")
    demo.set_defaults(do=do)


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(
        seed=found["seed"],
        keep=Path(found["keep"]) if found["keep"] else None,
        as_json=found["json"],
        fiscaliser="" if found["fiscaliser"] == "none" else found["fiscaliser"],
        profile=found["profile"],
        dialect=found["dialect"],
        book="" if found["book"] == "none" else found["book"],
        fault=found["fault"],
    )
