"""The command line. Exit 0 done, 1 failed, 2 wrong use or configuration, 130 Ctrl-C; one clear line on stderr.

Imports stand inside the commands, so that each loads only what it needs: a till starts in a fraction of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware_bridge import cli_parser
from firmware_bridge.cli_parser import Command
from firmware_bridge.errors import UserError

if TYPE_CHECKING:
    from firmware_bridge.config import Config
    from firmware_bridge.progress import Progress


#: C0 and C1 controls but for TAB and LF, what turns the direction of reading, what has no width.
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def say(text: str) -> None:
    """One line on stdout, at once: others read it through a pipe. What a terminal would obey is shown, in JSON as \\u….

    Letters of every alphabet stay; what vendors and devices say may stand in it.
    """
    if _OBEYED.search(text):
        as_json = text.startswith(("{", "["))
        text = _OBEYED.sub(lambda one: f"\\u{ord(one[0]):04x}" if as_json else f"<{ord(one[0]):02X}>", text)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _config(path: str) -> Config:
    from firmware_bridge import config, config_check

    loaded = config.load(Path(path))
    config_check.check(loaded, path)
    return loaded


@contextmanager
def _waiting(what: str, *, quiet: bool) -> Iterator[Progress]:
    """While it lasts, whoever sits at a terminal sees how long it takes already, or how far it is."""
    from firmware_bridge.progress import on_terminal

    with on_terminal(quiet=quiet) as progress, progress.pulse():
        progress.begin(what)
        yield progress


# --- commands -------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    import faulthandler

    from firmware_bridge import app
    from firmware_bridge.journald import is_stream
    from firmware_bridge.logs import Logs
    from firmware_bridge.progress import on_terminal

    config = _config(arguments.config)
    faulthandler.enable()  # killed by a watchdog (SIGABRT) it leaves every thread's stack in the log
    with Logs(journald=is_stream(os.environ, sys.stderr)) as logs:
        app.run(
            config,
            lambda address: say(json.dumps({"listen": address})),
            on_secret=logs.redactor.add,
            progress=on_terminal(),
        )
    return 0


def _simulate(arguments: argparse.Namespace) -> int:
    from firmware_bridge import simulation
    from firmware_bridge.progress import on_terminal

    return simulation.simulate(_config(arguments.config), "", say, on_terminal())


def _check_config(arguments: argparse.Namespace) -> int:
    from firmware_bridge import config_check, device_check
    from firmware_bridge.logs import safe

    config = _config(arguments.file)
    config_check.token_digests(config.api)
    absent = device_check.missing_devices(config)
    for sentence in (*config_check.notes(config), *absent):
        sys.stderr.write(safe(f"firmware-bridge: {sentence}") + "\n")
    say(safe(f"{arguments.file}: can be used") + (", but a device is missing" if absent else ""))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from firmware_bridge import demo, demo_arguments

    return demo.run(demo_arguments.wish(arguments))


def _journal(arguments: argparse.Namespace) -> int:
    from firmware_bridge import journal_command

    return journal_command.run(arguments, say)


def _device_sim(arguments: argparse.Namespace) -> int:
    from firmware_bridge import device_sim

    return device_sim.run(arguments)


def _sandbox(arguments: argparse.Namespace) -> int:
    from firmware_bridge import sandbox_arguments, sandbox_command

    wish = sandbox_arguments.wish(arguments)
    return sandbox_command.run(arguments.vendor, wish, say, while_stdin=arguments.while_stdin)


def _fiscal(arguments: argparse.Namespace) -> int:
    from firmware_bridge import fiscal_arguments, fiscal_command, release

    wish, config = fiscal_arguments.wish(arguments), _config(arguments.config)
    with _waiting("asking the register", quiet=wish.as_json) as progress:
        return fiscal_command.run(config, wish, progress.aside(say), release.version(), progress)


def _outbox(arguments: argparse.Namespace) -> int:
    from firmware_bridge import outbox_arguments, outbox_command

    return outbox_command.run(_config(arguments.config), outbox_arguments.wish(arguments), say)


def _book(arguments: argparse.Namespace) -> int:
    from firmware_bridge import book_arguments, book_command, release

    wish, config = book_arguments.wish(arguments), _config(arguments.config)
    with _waiting("asking the book", quiet=wish.as_json) as progress:
        return book_command.run(config, wish, progress.aside(say), release.version(), progress)


def _drawer(arguments: argparse.Namespace) -> int:
    from firmware_bridge import drawer_arguments, drawer_command
    from firmware_bridge.progress import on_terminal

    wish = drawer_arguments.wish(arguments)
    config = _config(wish.config) if wish.config else None
    with on_terminal(quiet=wish.as_json) as progress:  # without a pulse: while it waits, a question stands there
        return drawer_command.run(config, wish, progress.aside(say), progress=progress)


def _printer(arguments: argparse.Namespace) -> int:
    from firmware_bridge import printer_arguments, printer_command

    wish, config = printer_arguments.wish(arguments), _config(arguments.config)
    with _waiting("connecting to the printer", quiet=wish.as_json) as progress:
        return printer_command.run(config, wish, progress.aside(say), progress=progress)


def _devices(arguments: argparse.Namespace) -> int:
    from firmware_bridge import devices_command

    return devices_command.run(_config(arguments.config), arguments, say)


def _wire(arguments: argparse.Namespace) -> int:
    from firmware_bridge import wire_command

    with _waiting("reading the recording", quiet=vars(arguments).get("json", False)) as progress:
        return wire_command.run(arguments, progress.aside(say), progress)


def _gateway(arguments: argparse.Namespace) -> int:
    from firmware_bridge import gateway_arguments, gateway_command, gateway_config, release
    from firmware_bridge.journald import is_stream
    from firmware_bridge.logs import Logs

    wish = gateway_arguments.wish(arguments)
    config = gateway_config.load(Path(arguments.config))
    if wish.part != "run":
        return gateway_command.run(config, wish, say, release.version(), lambda _: None)
    with Logs(journald=is_stream(os.environ, sys.stderr)) as logs:
        return gateway_command.run(config, wish, say, release.version(), logs.redactor.add)


def _enrol(arguments: argparse.Namespace) -> int:
    from firmware_bridge import gateway_command

    config = _config(arguments.config)
    with _waiting("asking the gateway", quiet=False) as progress:
        told = progress.aside(say)
        return gateway_command.enrol(config, arguments.code, told, new=arguments.new_token, on_secret=lambda _: None)


def _console(arguments: argparse.Namespace) -> int:
    from firmware_bridge import console_arguments, console_command, release

    return console_command.run(console_arguments.wish(arguments), say, release.version())


def _bundle(arguments: argparse.Namespace) -> int:
    from firmware_bridge import bundle_arguments, bundle_command, release

    wish = bundle_arguments.wish(arguments)
    with _waiting("making the bundle", quiet=wish.quiet) as progress:
        return bundle_command.run(wish, say, release.version(), progress)


def _bitrix24(arguments: argparse.Namespace) -> int:
    from firmware_bridge import bitrix24_arguments, bitrix24_command, release

    wish = bitrix24_arguments.wish(arguments)
    with _waiting("asking the portal", quiet=wish.as_json) as progress:
        return bitrix24_command.run(wish, progress.aside(say), release.version(), progress)


_DO: Final[Mapping[str, Command]] = {
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


#: As shells count it: 128 and the number of the signal.
_BY_CTRL_C: Final = 130
#: What Ctrl-C leaves behind, by command or command and part.
_LEFT_BEHIND: Final[Mapping[str, str]] = {
    "check-config": "nothing was changed",
    "journal": "nothing was changed",
    "journal forget": "the data may be erased or not, type it again: it says so",
    "outbox": "look with `outbox status` before you ask again",
    "printer": "what was sent already may still come out",
    "drawer": "a pulse that was sent already may still open the drawer",
    "fiscal": "nothing was changed there",
    "fiscal webhook": "`fiscal webhook show` says what is set now",
    "book": "nothing was changed there",
    "book config": "`book config` without more says what is set now",
    "book drawers": "`book drawers` without more says what is done",
    "bitrix24": "what is done stays, run it again: it looks first",
    "enrol": "type it again with the same code, that does no harm",
    "demo": "the day is over, and nothing of it was real",
}


def _left_behind(parsed: argparse.Namespace) -> str:
    names = (f"{parsed.command} {vars(parsed).get('part')}", parsed.command)
    return next((_LEFT_BEHIND[name] for name in names if name in _LEFT_BEHIND), "what was done by then stays")


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
        sys.stderr.write(UserError(str(error)).line() + "\n")
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(UserError(f"{where}{error.strerror or error}").line() + "\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"firmware-bridge: stopped by Ctrl-C; {_left_behind(parsed)}\n")
        return _BY_CTRL_C


if __name__ == "__main__":
    sys.exit(main())
