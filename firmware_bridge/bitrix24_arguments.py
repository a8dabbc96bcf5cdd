"""Before a sale's way begins: the words of `firmware-bridge bitrix24 …`, apart from its work: reading loads no more."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["setup", "remove", "list", "authorise"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `portal`: its name in the configuration, "" = the only one. `code`: of authorise."""

    part: Part
    config: str
    portal: str = ""
    code: str = ""
    as_json: bool = False


def add(commands: Any, parser_class: type[argparse.ArgumentParser], do: Callable[[argparse.Namespace], int]) -> None:
    """Add `bitrix24` with its parts; `do` carries each of them out."""
    whole = commands.add_parser("bitrix24", help="the tills as cash registers of a Bitrix24 portal")
    parts = whole.add_subparsers(
        dest="part", metavar="setup|remove|list|authorise", required=True, parser_class=parser_class
    )
    setup = parts.add_parser("setup", help="make the portal's handler and cash registers what the configuration says")
    remove = parts.add_parser("remove", help="take them away again")
    shown = parts.add_parser("list", help="the portal's handlers and cash registers")
    authorise = parts.add_parser("authorise", help="change the code of an application for its tokens (within 30 s)")
    authorise.add_argument("code", metavar="CODE", help="as it stands in the address that the browser was sent to")
    for part in (setup, remove, shown, authorise):
        part.add_argument("--config", required=True, metavar="FILE", help="the gateway's configuration")
        part.add_argument("--portal", default="", metavar="NAME", help="[bitrix24.NAME] (default: the only one)")
        part.add_argument("--json", action="store_true")
        part.set_defaults(do=do)


def wish(arguments: argparse.Namespace) -> Wish:
    """What these arguments ask for."""
    found = vars(arguments)
    return Wish(found["part"], found["config"], found["portal"], found.get("code", ""), found["json"])
