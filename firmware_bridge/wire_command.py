"""Beside a till: `firmware-bridge wire …`, a recorded port read by a person, or played to a till as the device.

`wire replay` prints one JSON line when it is ready, one when all was played and one at its end. It ends with the end
of stdin or SIGTERM, and with exit code 1 as soon as the till writes something else than was recorded.
"""

from __future__ import annotations

import argparse
import codecs
import json
import sys
from collections.abc import Callable, Sequence

from drivers.ports.recorded import Recording, RecordingError, load
from drivers.ports.replay import RecordedDevice, RecordingDiffers
from firmware_bridge import wire_arguments, wire_show
from firmware_bridge.device_wire import PtyWire, TcpWire, WireError
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.wire_replay import Player
from firmware_bridge.wire_words import words_of

Say = Callable[[str], None]


def run(arguments: argparse.Namespace, say: Say, progress: Progress = QUIET) -> int:
    """Carry it out; returns 0. Raises UserError with one sentence, OSError for a file that cannot be read."""
    try:
        recording = load(arguments.file)
    except RecordingError as error:
        raise UserError(str(error)) from error
    if arguments.part == "show":
        return _show(recording, arguments, say)
    return _replay(recording, arguments, say, progress)


def _show(recording: Recording, arguments: argparse.Namespace, say: Say) -> int:
    words = _words(recording, arguments)
    if not arguments.json:
        say(f"# {wire_show.heading(recording)}")
    for row in wire_show.rows(recording, words):
        say(json.dumps(row, ensure_ascii=False) if arguments.json else wire_show.line(row))
    if recording.cut_off and not arguments.json:
        say("# the last line of the file is cut off and left out")
    return 0


def _words(recording: Recording, arguments: argparse.Namespace) -> wire_show.Words:
    language = arguments.language or recording.header.driver
    encoding = _code_page(arguments.encoding) if language == "escpos" else ""
    return words_of(language, arguments.dialect, encoding)


def _code_page(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise UsageError(f"--encoding {name} is no code page; write for example cp1251 or cp866") from error


def _replay(recording: Recording, arguments: argparse.Namespace, say: Say, progress: Progress) -> int:
    device = RecordedDevice(
        recording.entries, strict=not arguments.lenient, pace="at once" if arguments.at_once else "recorded"
    )
    wire = PtyWire(arguments.pty) if arguments.pty is not None else TcpWire(arguments.tcp)
    try:
        wire.open()
        progress.begin("playing the recording", len(recording.entries), "events")
        Player(device, wire, sys.stdin, say, progress).serve()
    except WireError as error:
        raise UserError(str(error)) from error
    except RecordingDiffers as error:
        raise UserError(
            f"The till does not write what it wrote then: {error}", "--lenient answers other questions too"
        ) from error
    finally:
        wire.close()
    say(json.dumps({"finished": device.finished, "accepted": device.accepted}))
    return 0


def _port_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m firmware_bridge.wire_command show|replay …`."""
    parser = argparse.ArgumentParser(prog="firmware-bridge")
    commands = parser.add_subparsers(required=True)
    wire_arguments.add(commands, argparse.ArgumentParser, _port_number, lambda parsed: run(parsed, _say))
    try:
        parsed = parser.parse_args(["wire", *(sys.argv[1:] if arguments is None else arguments)])
        outcome: int = parsed.do(parsed)
    except UserError as error:
        sys.stderr.write(error.line() + "\n")
        return error.exit_code
    return outcome


if __name__ == "__main__":
    sys.exit(main())
