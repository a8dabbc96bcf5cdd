"""Beside a sale's way: the words of `firmware-bridge sandbox …`, apart from its work: reading them loads no server."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Wish:
    """How a sandbox is wanted. `port` 0 = any free one; `faults`: `name` or `name:count` (without a count: for good);
    `profile`: which of the vendor's interfaces, "" = the one of today; `live`: it says that it is no test.

    For a vendor that keeps drawers: `currency` (ISO 4217), `drawers` as `name` or `name:float` in major units, and
    `drafts_may_stay`: whether a drawer's day may end while drafts are open, on which the vendor's papers are silent.

    For a till in the network: `state_file` in which its books outlive it, `token`: it wants one, `ssdp_port` on which
    a search for it is answered (None = none, 0 = any free one), `serial`: it has a serial line too.

    For who orders: `agent_s`: how often it asks about checks that wait, in seconds (0 = only when told, None = usual).
    """

    port: int = 0
    faults: tuple[str, ...] = ()
    profile: Literal["", "seed", "current", "core", "ecr"] = ""
    live: bool = False
    currency: str = ""
    drawers: tuple[str, ...] = ()
    drafts_may_stay: bool = False
    state_file: str = ""
    token: bool = False
    ssdp_port: int | None = None
    serial: bool = False
    agent_s: int | None = None


def add(commands: Any, port: Callable[[str], int], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `sandbox`; `port` reads the number of one, `do` carries the command out."""
    sandbox = commands.add_parser("sandbox", help="one vendor's sandbox alone")
    sandbox.add_argument("vendor", metavar="VENDOR", help="whose: checkbox, newstore, ikassa, smartone, bitrix24")
    sandbox.add_argument("--port", type=port, default=0, metavar="N", help="on 127.0.0.1 (default: any free one)")
    sandbox.add_argument("--fault", action="append", default=[], metavar="NAME[:COUNT]", help="wrong from the start")
    sandbox.add_argument(
        "--profile", choices=["seed", "current", "core", "ecr"], default="", help="which of the vendor's interfaces"
    )
    sandbox.add_argument("--live", action="store_true", help="say that it is a real register, no test one")
    sandbox.add_argument("--currency", default="", metavar="CODE", help="of the drawers (newstore), of the orders")
    sandbox.add_argument(
        "--drawer", action="append", default=[], metavar="NAME[:FLOAT]", help="newstore: a drawer of the store"
    )
    sandbox.add_argument(
        "--drafts-may-stay", action="store_true", help="newstore: a drawer's day may end while drafts are open"
    )
    sandbox.add_argument("--state-file", default="", metavar="FILE", help="ikassa: in which the books outlive it")
    sandbox.add_argument("--token", action="store_true", help="ikassa: operations want a token")
    sandbox.add_argument("--ssdp-port", type=port, metavar="N", help="ikassa: answer a search for it on this UDP port")
    sandbox.add_argument("--serial", action="store_true", help="smartone: a serial line too, on a pseudo-terminal")
    sandbox.add_argument("--agent", type=port, metavar="S", help="bitrix24: ask about what waits every S seconds")
    sandbox.add_argument("--while-stdin", action="store_true", help="stop when stdin ends, too")
    sandbox.set_defaults(do=do)


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(
        port=found["port"],
        faults=tuple(found["fault"]),
        profile=found["profile"],
        live=found["live"],
        currency=found["currency"],
        drawers=tuple(found["drawer"]),
        drafts_may_stay=found["drafts_may_stay"],
        state_file=found["state_file"],
        token=found["token"],
        ssdp_port=found["ssdp_port"],
        serial=found["serial"],
        agent_s=found["agent"],
    )
