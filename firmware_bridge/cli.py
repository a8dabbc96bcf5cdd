"""The command line. Exit 0 done, 1 failed, 2 wrong use or configuration; one clear line on stderr.

Imports stand inside the commands, so that each loads only what it needs: a till starts in a fraction of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firmware_bridge import cli_parser
from firmware_bridge.cli_parser import Command
from firmware_bridge.errors import UsageError, UserError

if TYPE_CHECKING:
    from firmware_bridge.config import Config


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
    for sentence in (*config_check.notes(config), *absent):
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
    from firmware_bridge import fiscal_arguments, fiscal_command, release

    wish = fiscal_arguments.wish(arguments)
    return fiscal_command.run(_config(arguments.config), wish, say, release.version())


def _outbox(arguments: argparse.Namespace) -> int:
    from firmware_bridge import outbox_arguments, outbox_command

    return outbox_command.run(_config(arguments.config), outbox_arguments.wish(arguments), say)


def _book(arguments: argparse.Namespace) -> int:
    from firmware_bridge import book_arguments, book_command, release

    wish = book_arguments.wish(arguments)
    return book_command.run(_config(arguments.config), wish, say, release.version())


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


def _gateway(arguments: argparse.Namespace) -> int:
    from firmware_bridge import gateway_arguments, gateway_command, gateway_config, release
    from firmware_bridge.logs import Logs

    wish = gateway_arguments.wish(arguments)
    config = gateway_config.load(Path(arguments.config))
    if wish.part != "run":
        return gateway_command.run(config, wish, say, release.version(), lambda _: None)
    with Logs(journald="JOURNAL_STREAM" in os.environ) as logs:
        return gateway_command.run(config, wish, say, release.version(), logs.redactor.add)


def _enrol(arguments: argparse.Namespace) -> int:
    from firmware_bridge import gateway_command

    config = _config(arguments.config)
    return gateway_command.enrol(config, arguments.code, say, new=arguments.new_token, on_secret=lambda _: None)


def _console(arguments: argparse.Namespace) -> int:
    from firmware_bridge import console_arguments, console_command, release

    return console_command.run(console_arguments.wish(arguments), say, release.version())


def _bitrix24(arguments: argparse.Namespace) -> int:
    from firmware_bridge import bitrix24_arguments, bitrix24_command, release

    return bitrix24_command.run(bitrix24_arguments.wish(arguments), say, release.version())


_DO: Final[Mapping[str, Command]] = {
    "run": _run,
    "simulate": _simulate,
    "check-config": _check_config,
    "journal verify": _journal_verify,
    "journal tail": _journal_records,
    "journal stats": _journal_stats,
    "journal export": _journal_records,
    "journal forget": _journal_forget,
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
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the process's exit code."""
    from firmware_bridge.journal.errors import JournalError

    words = sys.argv[1:] if arguments is None else arguments
    parser = cli_parser.parser(words[0] if words else "", _DO)
    parsed = parser.parse_args(words)
    if parsed.version:
        from firmware_bridge.release import version

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
