"""The command line's words: one parser for each command, of which only the wanted one is made and loaded.

A till starts with every boot, and with every second of it customers wait: it must not load what other commands know.
"""
# ruff: noqa: PLC0415 - each command loads only what it needs

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

Command = Callable[[argparse.Namespace], int]
Commands = Mapping[str, Command]


class _Parser(argparse.ArgumentParser):
    """Wrong use is one line and exit code 2; the long usage text is for --help."""

    def error(self, message: str) -> Any:
        from firmware_bridge.logs import safe

        self.exit(2, safe(f"firmware-bridge: {message} (see {self.prog} --help)") + "\n")


def parser(wanted: str, do: Commands) -> argparse.ArgumentParser:
    """The parser with all commands, or with `wanted` alone where that is one. `do`: by command, what carries it out."""
    whole = _Parser(prog="firmware-bridge", description="Drives cash drawers and receipt printers beside a till.")
    whole.add_argument("--version", action="store_true", help="print the version")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, add in _COMMANDS.items():
        if wanted == name or wanted not in _COMMANDS:
            add(commands, do)
    return whole


def _number(what: str, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
            raise argparse.ArgumentTypeError(f"{text!r} is no {what}")
        return int(text)

    return number


# --- one command each -------------------------------------------------------------------------------------------------


def _run(commands: Any, do: Commands) -> None:
    run = commands.add_parser("run", help="the controller, until stopped")
    run.add_argument("--config", required=True, metavar="FILE")
    run.set_defaults(do=do["run"])


def _simulate(commands: Any, do: Commands) -> None:
    simulate = commands.add_parser("simulate", help="the controller with every configured device and vendor simulated")
    simulate.add_argument("--config", required=True, metavar="FILE")
    simulate.set_defaults(do=do["simulate"])


def _check_config(commands: Any, do: Commands) -> None:
    check = commands.add_parser("check-config", help="read a configuration and say what is wrong with it")
    check.add_argument("file", metavar="FILE")
    check.set_defaults(do=do["check-config"])


def _journal(commands: Any, do: Commands) -> None:
    journal = commands.add_parser("journal", help="look into a journal, running or not")
    parts = journal.add_subparsers(
        dest="part", metavar="verify|tail|stats|export|forget", required=True, parser_class=_Parser
    )
    for name, text in (
        ("verify", "check hash chain, anchors and gaps"),
        ("tail", "the last records"),
        ("stats", "figures"),
        ("export", "all records"),
    ):
        part = parts.add_parser(name, help=text)
        part.add_argument("path", metavar="PATH")
        part.add_argument("--json", action="store_true")
        if name == "verify":
            part.add_argument(
                "--anchor", action="append", default=[], metavar="SEQ:HASH", help="as printed on a shift report"
            )
        if name == "tail":
            part.add_argument("-n", "--lines", type=_number("number of records", 999_999_999), default=20, metavar="N")
        part.set_defaults(do=do["journal"])
    forget = parts.add_parser("forget", help="erase the customer's data of one document (the till must be stopped)")
    forget.add_argument("path", metavar="PATH")
    forget.add_argument("document", metavar="ID")
    forget.set_defaults(do=do["journal"])


def _demo(commands: Any, do: Commands) -> None:
    from firmware_bridge import demo_arguments

    demo_arguments.add(commands, do["demo"])


def _device_sim(commands: Any, do: Commands) -> None:
    from firmware_bridge import device_sim

    device = commands.add_parser("device-sim", help="one simulated device alone")
    device_sim.add_arguments(device)
    device.set_defaults(do=do["device-sim"])


def _sandbox(commands: Any, do: Commands) -> None:
    from firmware_bridge import sandbox_arguments

    sandbox_arguments.add(commands, _number("port", 65_535), do["sandbox"])


def _fiscal(commands: Any, do: Commands) -> None:
    from firmware_bridge import fiscal_arguments

    fiscal_arguments.add(commands, _Parser, do["fiscal"])


def _book(commands: Any, do: Commands) -> None:
    from firmware_bridge import book_arguments

    book_arguments.add(commands, _Parser, do["book"])


def _outbox(commands: Any, do: Commands) -> None:
    from firmware_bridge import outbox_arguments

    outbox_arguments.add(commands, _Parser, _number("record", 999_999_999), do["outbox"])


def _printer(commands: Any, do: Commands) -> None:
    from firmware_bridge import printer_arguments

    printer_arguments.add(commands, _Parser, do["printer"])


def _drawer(commands: Any, do: Commands) -> None:
    from firmware_bridge import drawer_arguments

    drawer_arguments.add(commands, _Parser, do["drawer"])


def _devices(commands: Any, do: Commands) -> None:
    from firmware_bridge import devices_arguments

    devices_arguments.add(commands, _Parser, do["devices"])


def _wire(commands: Any, do: Commands) -> None:
    from firmware_bridge import wire_arguments

    wire_arguments.add(commands, _Parser, _number("port", 65_535), do["wire"])


def _gateway(commands: Any, do: Commands) -> None:
    from firmware_bridge import gateway_arguments

    gateway_arguments.add(commands, do["gateway"])


def _enrol(commands: Any, do: Commands) -> None:
    from firmware_bridge import gateway_arguments

    gateway_arguments.add_enrol(commands, do["enrol"])


def _console(commands: Any, do: Commands) -> None:
    from firmware_bridge import console_arguments

    console_arguments.add(commands, do["console"])


def _bundle(commands: Any, do: Commands) -> None:
    from firmware_bridge import bundle_arguments

    bundle_arguments.add(commands, do["bundle"])


def _bitrix24(commands: Any, do: Commands) -> None:
    from firmware_bridge import bitrix24_arguments

    bitrix24_arguments.add(commands, _Parser, do["bitrix24"])


#: In the order of --help.
_COMMANDS: Mapping[str, Callable[[Any, Commands], None]] = {
    "run": _run,
    "simulate": _simulate,
    "check-config": _check_config,
    "journal": _journal,
    "demo": _demo,
    "device-sim": _device_sim,
    "sandbox": _sandbox,
    "fiscal": _fiscal,
    "book": _book,
    "outbox": _outbox,
    "printer": _printer,
    "drawer": _drawer,
    "devices": _devices,
    "wire": _wire,
    "gateway": _gateway,
    "enrol": _enrol,
    "bitrix24": _bitrix24,
    "console": _console,
    "bundle": _bundle,
}
