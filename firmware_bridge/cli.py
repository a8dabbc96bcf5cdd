"""The command line. Exit 0 done, 1 failed, 2 wrong use or configuration; one clear line on stderr.

Imports stand inside the commands, so that each loads only what it needs: a till starts in a fraction of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware_bridge.errors import UsageError, UserError

if TYPE_CHECKING:
    from firmware_bridge.config import Config

Command = Callable[[argparse.Namespace], int]


def say(text: str) -> None:
    """One line on stdout, at once: others read it through a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _config(path: str) -> Config:
    from firmware_bridge import config, config_check

    loaded = config.load(Path(path))
    config_check.check(loaded, path)
    return loaded


# --- commands -------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    from firmware_bridge import app
    from firmware_bridge.logs import Logs

    config = _config(arguments.config)
    with Logs(journald="JOURNAL_STREAM" in os.environ) as logs:
        app.run(config, lambda address: say(json.dumps({"listen": address})), on_secret=logs.redactor.add)
    return 0


def _simulate(arguments: argparse.Namespace) -> int:
    from firmware_bridge import simulation

    return simulation.simulate(_config(arguments.config), fault="", say=say)


def _check_config(arguments: argparse.Namespace) -> int:
    from firmware_bridge import config_check, device_check

    config = _config(arguments.file)
    config_check.token_digests(config.api)
    absent = device_check.missing_devices(config)
    for sentence in absent:
        sys.stderr.write(f"firmware-bridge: {sentence}\n")
    say(f"{arguments.file}: can be used" + (", but a device is missing" if absent else ""))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from firmware_bridge import demo, demo_arguments

    return demo.run(demo_arguments.wish(arguments))


def _journal_verify(arguments: argparse.Namespace) -> int:
    from firmware_bridge.journal.verify import verify

    try:
        result = verify(arguments.path, arguments.anchor)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if arguments.json:
        say(json.dumps(_verification(result)))
    elif result.ok:
        say(f"{arguments.path}: {result.records} records, chain whole, head {result.head[0]}:{result.head[1].hex()}")
    else:
        for problem in result.problems:
            sys.stderr.write(f"firmware-bridge: {arguments.path}: {problem.text}\n")
    return 0 if result.ok else 1


def _verification(result: Any) -> dict[str, Any]:
    return {
        "ok": result.ok,
        "records": result.records,
        "head": f"{result.head[0]}:{result.head[1].hex()}",
        "problems": [{"seq": problem.seq, "text": problem.text} for problem in result.problems],
    }


def _journal_records(arguments: argparse.Namespace) -> int:
    from firmware_bridge.journal import browse

    path, tail = arguments.path, arguments.part == "tail"
    for record in browse.tail(path, arguments.lines) if tail else browse.export(path):
        say(json.dumps(record, ensure_ascii=False) if arguments.json else browse.line(record))
    return 0


def _journal_stats(arguments: argparse.Namespace) -> int:
    from firmware_bridge.journal import browse

    figures = browse.stats(arguments.path)
    if arguments.json:
        say(json.dumps(figures, ensure_ascii=False))
    else:
        for line in browse.stats_lines(figures):
            say(line)
    return 0


def _journal_forget(arguments: argparse.Namespace) -> int:
    import uuid

    from firmware_bridge.clock import SystemClock
    from firmware_bridge.journal import browse
    from firmware_bridge.journal.store import Journal

    till_id = browse.stats(arguments.path)["till_id"]
    journal = Journal.open(
        arguments.path, till_id=till_id, clock=SystemClock().utc_ms, new_id=lambda: str(uuid.uuid4()), training=None
    )
    try:
        known = journal.personal(arguments.document) is not None
        if known:
            journal.forget(arguments.document)
    finally:
        journal.close()
    if not known:
        raise UserError(f"{arguments.path} holds no customer's data about {arguments.document}; nothing was erased")
    say(f"the customer's data of {arguments.document} is erased; the chain is whole")
    return 0


def _device_sim(arguments: argparse.Namespace) -> int:
    from firmware_bridge import device_sim

    return device_sim.run(arguments)


def _sandbox(arguments: argparse.Namespace) -> int:
    from firmware_bridge import sandbox_arguments, sandbox_command

    wish = sandbox_arguments.wish(arguments)
    return sandbox_command.run(arguments.vendor, wish, say, while_stdin=arguments.while_stdin)


def _fiscal(arguments: argparse.Namespace) -> int:
    from firmware_bridge import app, fiscal_arguments, fiscal_command

    wish = fiscal_arguments.wish(arguments)
    return fiscal_command.run(_config(arguments.config), wish, say, app.version())


def _outbox(arguments: argparse.Namespace) -> int:
    from firmware_bridge import outbox_arguments, outbox_command

    return outbox_command.run(_config(arguments.config), outbox_arguments.wish(arguments), say)


def _book(arguments: argparse.Namespace) -> int:
    from firmware_bridge import app, book_arguments, book_command

    wish = book_arguments.wish(arguments)
    return book_command.run(_config(arguments.config), wish, say, app.version())


def _drawer(arguments: argparse.Namespace) -> int:
    from firmware_bridge import drawer_arguments, drawer_command

    wish = drawer_arguments.wish(arguments)
    return drawer_command.run(_config(wish.config) if wish.config else None, wish, say)


def _printer(arguments: argparse.Namespace) -> int:
    from firmware_bridge import printer_arguments, printer_command

    return printer_command.run(_config(arguments.config), printer_arguments.wish(arguments), say)


def _devices(arguments: argparse.Namespace) -> int:
    from firmware_bridge import devices_command

    return devices_command.run(_config(arguments.config), arguments, say)


def _wire(arguments: argparse.Namespace) -> int:
    from firmware_bridge import wire_command

    return wire_command.run(arguments, say)


# --- the parser -----------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Wrong use is one line and exit code 2; the long usage text is for --help."""

    def error(self, message: str) -> Any:
        self.exit(2, f"firmware-bridge: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="firmware-bridge", description="Drives cash drawers and receipt printers beside a till.")
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    run = commands.add_parser("run", help="the controller, until stopped")
    run.add_argument("--config", required=True, metavar="FILE")
    run.set_defaults(do=_run)

    simulate = commands.add_parser("simulate", help="the controller with every configured device and vendor simulated")
    simulate.add_argument("--config", required=True, metavar="FILE")
    simulate.set_defaults(do=_simulate)

    check = commands.add_parser("check-config", help="read a configuration and say what is wrong with it")
    check.add_argument("file", metavar="FILE")
    check.set_defaults(do=_check_config)

    _journal_parser(commands)

    from firmware_bridge import (
        book_arguments,
        demo_arguments,
        device_sim,
        devices_arguments,
        drawer_arguments,
        fiscal_arguments,
        outbox_arguments,
        printer_arguments,
        sandbox_arguments,
        wire_arguments,
    )

    demo_arguments.add(commands, _demo)
    device = commands.add_parser("device-sim", help="one simulated device alone")
    device_sim.add_arguments(device)
    device.set_defaults(do=_device_sim)
    sandbox_arguments.add(commands, _number("port", 65_535), _sandbox)
    fiscal_arguments.add(commands, _Parser, _fiscal)
    book_arguments.add(commands, _Parser, _book)
    outbox_arguments.add(commands, _Parser, _number("record", 999_999_999), _outbox)
    printer_arguments.add(commands, _Parser, _printer)
    drawer_arguments.add(commands, _Parser, _drawer)
    devices_arguments.add(commands, _Parser, _devices)
    wire_arguments.add(commands, _Parser, _number("port", 65_535), _wire)
    return parser


def _number(what: str, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
            raise argparse.ArgumentTypeError(f"{text!r} is no {what}")
        return int(text)

    return number


def _journal_parser(commands: Any) -> None:
    journal = commands.add_parser("journal", help="look into a journal, running or not")
    parts = journal.add_subparsers(
        dest="part", metavar="verify|tail|stats|export|forget", required=True, parser_class=_Parser
    )
    for name, do, text in (
        ("verify", _journal_verify, "check hash chain, anchors and gaps"),
        ("tail", _journal_records, "the last records"),
        ("stats", _journal_stats, "figures"),
        ("export", _journal_records, "all records"),
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
        part.set_defaults(do=do)
    forget = parts.add_parser("forget", help="erase the customer's data of one document (the till must be stopped)")
    forget.add_argument("path", metavar="PATH")
    forget.add_argument("document", metavar="ID")
    forget.set_defaults(do=_journal_forget)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the process's exit code."""
    from firmware_bridge.journal.errors import JournalError

    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.version:
        from firmware_bridge.app import version

        say(version())
        return 0
    if parsed.command is None:
        parser.error("a command is missing")
    try:
        do: Command = parsed.do
        return do(parsed)
    except UserError as error:
        sys.stderr.write(error.line() + "\n")
        return error.exit_code
    except JournalError as error:
        sys.stderr.write(f"firmware-bridge: {error}\n")
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"firmware-bridge: {where}{error.strerror or error}\n")
        return 1
    except KeyboardInterrupt:
        return 1


if __name__ == "__main__":
    sys.exit(main())
