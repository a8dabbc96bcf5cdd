"""Beside a sale's way: the words of `firmware-bridge demo`, apart from its work: reading them loads no simulator."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from firmware_bridge.errors import UsageError

#: Deliberately broken tills, the demo's controls.
FAULTS: Final = ("double-send", "drop-record", "drop-delivery", "drop-queue")
#: Who registers the sales -> its interfaces, the usual one first.
FISCALISERS: Final[Mapping[str, tuple[str, ...]]] = {
    "checkbox": ("seed", "current"),
    "datecs": (),
    "ikassa": ("sale",),
    "smartone": ("core", "ecr"),
    "none": (),
}
#: Of the shop's network: they print themselves.
NETWORKED: Final = ("ikassa", "smartone")
#: The register cannot be reached for a while; the till is whole.
OUTAGE: Final = "outage"


@dataclass(frozen=True, slots=True)
class Wish:
    """Which day is played. `seed`: same number, same day; `keep`: where journal, paper and books are left.

    `fiscaliser`: who registers the sales, "" = nobody; `profile`: which interface of it, one of FISCALISERS (`current`
    of checkbox takes two receipts a second and no more, which makes a day of a minute; `seed` takes what comes);
    `dialect`: which country's fiscal printer datecs is, which prints by itself. `book`: who keeps the cash book,
    "" = nobody. `fault`: one of FAULTS, "" = a till that is whole, or OUTAGE.
    """

    seed: int = 1
    keep: Path | None = None
    as_json: bool = False
    fiscaliser: Literal["", "checkbox", "datecs", "ikassa", "smartone"] = "checkbox"
    profile: str = "seed"
    dialect: Literal["ua", "bg"] = "ua"
    book: Literal["", "newstore"] = "newstore"
    fault: str = ""

    @property
    def outage(self) -> bool:
        """Is the register away for a while? A queue cannot be lost without one."""
        return self.fault in (OUTAGE, "drop-queue")

    @property
    def till_fault(self) -> str:
        """What is wrong with the till itself."""
        return "" if self.fault == OUTAGE else self.fault


def add(commands: Any, do: Callable[[argparse.Namespace], int]) -> None:
    """Add `demo`; `do` carries it out."""
    demo = commands.add_parser("demo", help="a trading day on simulated devices and vendors' sandboxes")
    demo.add_argument("--seed", type=int, default=1, metavar="N", help="same number, same day")
    demo.add_argument("--keep", metavar="DIR", help="leave journal, paper and the vendors' books there")
    demo.add_argument("--json", action="store_true", help="one object instead of the table")
    demo.add_argument("--fiscaliser", choices=list(FISCALISERS), default="checkbox", help="who registers the sales")
    demo.add_argument(
        "--profile",
        choices=[name for profiles in FISCALISERS.values() for name in profiles],
        help="which interface: checkbox: seed or current (default: seed; current for outage), smartone: core or ecr",
    )
    demo.add_argument("--dialect", choices=["ua", "bg"], default="ua", help="datecs: which country's fiscal printer")
    demo.add_argument("--book", choices=["newstore", "none"], default="newstore", help="who keeps the cash book")
    demo.add_argument(
        "--fault", choices=(*FAULTS, OUTAGE), default="", help="a broken till, as a control; or the register goes away"
    )
    demo.set_defaults(do=do)


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    if found["fault"] in (OUTAGE, "drop-queue") and found["fiscaliser"] != "checkbox":
        raise UsageError(f"--fault {found['fault']} needs --fiscaliser checkbox, whose register can go away")
    profiles, profile = FISCALISERS[found["fiscaliser"]], found["profile"]
    if profile and profile not in profiles:
        raise UsageError(f"--fiscaliser {found['fiscaliser']} has no profile {profile}; nothing was begun")
    # of the older interface one request sends one document, which makes coming back a matter of minutes
    usual = "current" if found["fault"] in (OUTAGE, "drop-queue") else next(iter(profiles), "")
    return Wish(
        seed=found["seed"],
        keep=Path(found["keep"]) if found["keep"] else None,
        as_json=found["json"],
        fiscaliser="" if found["fiscaliser"] == "none" else found["fiscaliser"],
        profile=profile or usual,
        dialect=found["dialect"],
        book="" if found["book"] == "none" else found["book"],
        fault=found["fault"],
    )
