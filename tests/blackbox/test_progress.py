"""Progress as a person sees it: the installed command at a pseudo terminal, in a time that runs a hundredfold.

Nobody waits here: to the command a second is ten milliseconds, so what it does in 200 ms takes it 20 seconds.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_bridge.journal.records import Entry
from firmware_bridge.journal.store import Journal
from statemachines.vocabulary.events import Occurred, PrinterReady
from statemachines.vocabulary.receipt import Person

RECORDS = 3000
_HASTE = "import time; now = time.monotonic; time.monotonic = lambda: now() * 100; "
_MAIN = "import sys; from firmware_bridge.cli import main; sys.exit(main(sys.argv[1:]))"
#: The first progress holds the whole command, until it is told to go on: else it might be done before anybody sees it.
#: Whoever runs these tests in the background of a shell has Ctrl-C ignored; a person at a terminal has not.
_HELD = (
    "import os, signal, sys; write, held = sys.stderr.write, []; "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "
    "sys.stderr.write = lambda text: (write(text), sys.stderr.flush(), "
    "' left' in text and not held and (held.append(text), os.kill(os.getpid(), signal.SIGSTOP))); "
)
#: A command that takes every place for a terminal: what shows that the checks below can fail.
_BLIND = "import sys; sys.stderr.isatty = lambda: True; "
_LINE = re.compile(rb"\r([^\r\n]*?: (\d+) %, [^\r\n]* left \(([\d ]+) of 3 000 records, [\d .]+/s\))")


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "journal.sqlite"
    made = Journal.open(path, till_id="T1", clock=lambda: 0, new_id=lambda: str(uuid.uuid4()))
    event = Occurred(0, 0, PrinterReady(paper_near_end=False), Person("1", "A", "cashier"), "")
    for _ in range(RECORDS // 500):
        made.append([Entry("", event)] * 500)
    made.close()
    return path


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a command: on the terminal, and in what stood in its place."""

    code: int
    screen: bytes
    out: bytes
    err: bytes

    @property
    def rest(self) -> bytes:
        """What a person still sees on the terminal in the end: of each row what was written behind the last CR."""
        rows = self.screen.replace(b"\r\n", b"\n").split(b"\n")
        return b"\n".join(row.rpartition(b"\r")[2].removeprefix(b"\x1b[K") for row in rows)


def at_terminal(
    *words: str | Path,
    out: bool = True,
    err: bool = True,
    term: str = "xterm",
    stop: bool = False,
    before: str = _HASTE,
) -> Seen:
    """Run it with stdout and stderr at a pseudo terminal, or not. `stop`: Ctrl-C at the first sign of progress, which
    holds it."""
    ours, theirs = os.openpty()
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(
            [sys.executable, "-c", before + _MAIN, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=theirs if out else printed,
            stderr=theirs if err else complained,
            env={**os.environ, "TERM": term},
        )
        os.close(theirs)
        screen = b""
        while piece := _read(ours):
            screen += piece
            if stop and b" left" in screen:
                os.waitid(os.P_PID, process.pid, os.WSTOPPED)
                process.send_signal(signal.SIGINT)
                process.send_signal(signal.SIGCONT)
                stop = False
        os.close(ours)
        code = process.wait(timeout=60)
        printed.seek(0)
        complained.seek(0)
        return Seen(code, screen, printed.read(), complained.read())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError as error:
        if error.errno == errno.EIO:  # the other end is closed
            return b""
        raise


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_long_verify_tells_rate_and_time_left_and_leaves_its_result_alone_on_the_screen(journal: Path) -> None:
    seen = at_terminal("journal", "verify", journal)
    lines = _LINE.findall(seen.screen)
    counts = [int(count.replace(b" ", b"")) for _, _, count in lines]
    assert len(counts) >= 2
    assert counts == sorted(counts)
    assert re.fullmatch(rb"\S+: 3000 records, chain whole, head 3000:[0-9a-f]{64}\n", seen.rest)
    assert seen.code == 0


def test_away_from_a_terminal_there_is_not_a_byte_of_progress(journal: Path) -> None:
    seen = at_terminal("journal", "verify", journal, out=False, err=False)
    assert (seen.code, seen.screen, seen.err) == (0, b"", b"")
    assert seen.out.count(b"\n") == 1


def test_that_check_finds_a_command_that_does_not_look_where_it_writes(journal: Path) -> None:
    seen = at_terminal("journal", "verify", journal, out=False, err=False, before=_BLIND + _HASTE)
    assert b" left" in seen.err


def test_json_is_json_and_nothing_else_also_at_a_terminal(journal: Path) -> None:
    seen = at_terminal("journal", "verify", journal, "--json", out=False)
    assert seen.screen == b""
    assert json.loads(seen.out)["records"] == RECORDS


def test_ctrl_c_is_one_sentence_and_the_journal_is_as_it_was(journal: Path) -> None:
    before = digest(journal)
    seen = at_terminal("journal", "verify", journal, stop=True, before=_HELD + _HASTE)
    assert seen.code == 130
    assert seen.rest == b"firmware-bridge: stopped by Ctrl-C; nothing was changed\n"
    assert digest(journal) == before


def test_a_dumb_terminal_gets_whole_lines(journal: Path) -> None:
    seen = at_terminal("journal", "verify", journal, term="dumb")
    *progress, result = seen.screen.replace(b"\r\n", b"\n").splitlines()
    assert progress
    assert all(line.decode().isprintable() for line in progress)
    assert b"chain whole" in result


def test_an_export_into_a_file_shows_its_progress_beside_it(journal: Path) -> None:
    seen = at_terminal("journal", "export", journal, out=False)
    assert _LINE.search(seen.screen)
    assert seen.rest == b""
    assert seen.out.count(b"\n") == RECORDS


def test_an_export_down_the_terminal_is_its_own_progress(journal: Path) -> None:
    seen = at_terminal("journal", "export", journal)
    assert b" left" not in seen.screen
    assert seen.screen.count(b"\n") == RECORDS
