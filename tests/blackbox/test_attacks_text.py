"""Text that a terminal, a log, a printer or a formatting function would obey, in every name that comes from outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from firmware_bridge import cli
from firmware_bridge.journal import browse
from firmware_bridge.logs import safe
from firmware_bridge.rehearsal import Rehearsal
from tests.firmware_bridge.console import desk as console
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.processes import QUICK, Ended, Json, line, sale, until

#: Title of the window, clearing it, an 8-bit CSI, right-to-left, a fresh line as if somebody else had written it.
ESCAPES: Final = "\x1b]0;owned\x07\x1b[2J\x9b2J\u202e\r\n<0>owned"
FORMATS: Final = "%s%n{}{0.__class__}$(id)`id`"
#: What goods and people may be called: no control character gets through the API, but these do.
NAME: Final = f"Хліб \u202e\u200b{FORMATS}"
#: What must not leave: everything that moves the cursor or changes what is read, but for ends of lines.
OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def obeyed(text: str) -> list[str]:
    """What of this a terminal would obey. A line ends with LF, on the console's line with CR LF."""
    return OBEYED.findall(text.replace("\r\n", "\n"))


@dataclass(slots=True)
class Shop:
    """A till where everything is called so that it hurts."""

    desk: DeviceDesk
    printer: subprocess.Popen[str]

    @property
    def at(self) -> Rehearsal:
        return self.desk.at

    def paper(self) -> str:
        assert self.printer.stdin is not None
        assert self.printer.stdout is not None
        self.printer.stdin.write(json.dumps({"do": "paper"}) + "\n")
        self.printer.stdin.flush()
        told: Json = json.loads(self.printer.stdout.readline())
        return "\n".join(line for piece in told["pieces"] for line in piece["lines"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("text")
    # a printer's words are printable ASCII or no words: the driver takes nothing else
    words = [sys.executable, "-m", "tests.support.planted", "printer", f"TM-{FORMATS}", FORMATS]
    printer = subprocess.Popen(
        [*words, "escpos", "--tcp", "0", *QUICK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert printer.stdout is not None
        port = json.loads(printer.stdout.readline())["port"]
        section = f'[printer]\nport = "tcp:127.0.0.1:{port}"\ncolumns = 42\n[drawers.main]\nsense_open_level = "high"\n'
        at = write(folder, section)
        text = at.config.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{console.free_port()}")
        token = folder / "looker.token"
        token.write_text("looker-" + "5" * 40)
        shower = folder / "journalctl"
        shower.write_text(f"#!/bin/sh\ncat {folder}/till.log\nprintf 'usb \\033[2J\\n'\n")
        shower.chmod(0o755)
        client = f'[[api.clients]]\nname = "looker"\nrole = "observer"\ntoken_file = "{token}"\n'
        tools = f'[console]\nclient = "looker"\nservice_tool = "/bin/true"\nlog_tool = "{shower}"\n'
        at.config.write_text(f"{text}\n{client}\n{tools}", "utf-8")
        with device_desk(at) as desk:
            desk.open_shift()
            people = {"cashier": f"Olena {NAME}", "header": "\u202e" + FORMATS, "context": {FORMATS: NAME}}
            desk.cashier.post("/v1/sales", {**sale("sale-1", line(NAME)), **people})
            until(lambda: desk.receipt("sale-1")["state"] == "paper_out", "the receipt to be printed")
            yield Shop(desk, printer)
    finally:
        printer.communicate(timeout=20)


def test_a_control_character_in_a_name_does_not_get_in(shop: Shop) -> None:
    for name in ("x\x1b[2J", "x\x9b", "x\r\ny", "x\x00", "x\x7f"):
        status, problem = shop.desk.cashier.request("POST", "/v1/sales", sale("bad", line(name)))
        assert (status, problem["outcome"]) == (422, "none")
        assert obeyed(json.dumps(problem, ensure_ascii=False)) == []


def test_the_log_shows_what_a_terminal_would_obey(shop: Shop) -> None:
    log = (shop.at.folder / "till.log").read_text("utf-8")
    assert obeyed(log) == []
    assert f"TM-{FORMATS}" in log, "the model was told of, and nothing was formatted"


def test_a_terminal_that_looks_at_the_journal_is_told_and_not_moved(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("journal", "tail", "-n", "99"), ("journal", "export"), ("journal", "stats"), ("journal", "verify")):
        done = here(capsys, *words, shop.at.journal)
        assert done.code == 0, done.err
        assert obeyed(done.out + done.err) == [], words
    assert FORMATS in here(capsys, "journal", "tail", "-n", "99", shop.at.journal).out, "nothing was formatted"
    told = here(capsys, "journal", "export", "--json", shop.at.journal).out
    assert obeyed(told) == []
    assert NAME in json.dumps([json.loads(row) for row in told.splitlines()], ensure_ascii=False), "and nothing is lost"


def test_a_console_shows_the_names_and_obeys_none(shop: Shop) -> None:
    with console.seat(shop.at.config) as person:
        for typed in ("status", "devices", "printer", "receipts", "receipt sale-1", "receipt sale-1 show", "shift"):
            person.do(typed, "\n> ", "-- more")
        assert FORMATS in "".join(person.text.split())
    left = re.sub(r"[\x07\x08]", "", person.seen.decode("utf-8"))  # BEL and BS are the editor's own
    assert obeyed(left) == []


def test_a_bundle_opened_in_a_terminal_moves_nothing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert here(capsys, "bundle", "--config", shop.at.config).code == 0
    (path,) = shop.at.folder.glob("till-1-*.tar.gz")
    with tarfile.open(path) as archive:
        for one in archive:
            content = archive.extractfile(one)
            assert content is not None
            assert obeyed(content.read().decode("utf-8") + one.name) == [], one.name


def test_paper_has_the_name_as_letters_and_the_printer_obeys_nothing_of_it(shop: Shop) -> None:
    paper = shop.paper()
    assert obeyed(paper) == []
    flat = "".join(paper.split())
    assert "%s%n{}{0.__class__}$(id)`id`" in flat


def here(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Ended:
    """The command line, in this process."""
    try:
        code = cli.main(list(map(str, words)))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    return Ended(code, *capsys.readouterr())


def test_names_of_files_are_shown_and_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = f"x{ESCAPES}{FORMATS}.toml".replace("/", "")
    present = tmp_path / hostile
    present.write_text("no = toml =")
    for place in (present, tmp_path / f"absent {hostile}"):
        for words in (
            ("check-config",), ("run", "--config"), ("console", "--config"), ("bundle", "--config"),
            ("journal", "verify"), ("journal", "tail"), ("wire", "show"),
        ):  # fmt: skip
            done = here(capsys, *words, place)
            assert done.code in (1, 2), words
            assert done.err, words
            assert obeyed(done.out + done.err) == [], (words, done.err)
            assert "owned" in done.err, words
            assert "Traceback" not in done.err


def test_the_same_look_finds_what_is_printed_as_it_came(shop: Shop) -> None:
    """The control: without `safe` they would be obeyed."""
    assert len(obeyed(ESCAPES)) == 5
    assert obeyed(safe(ESCAPES)) == []
    journal = json.dumps([one["fields"] for one in browse.export(shop.at.journal)], ensure_ascii=False)
    assert obeyed(journal) != [], "the journal keeps what was said; whoever shows it makes it harmless"


#: Lines of a recording that somebody sends, and what is said of them.
RECORDINGS: Final = {
    "nested": b'{"version": 1, "port": ' + b"[" * 100_000 + b"}\n",
    "not finite": b'{"t": NaN, "dir": "in", "hex": "", "note": ""}\n',
    "far too late": b'{"t": 1e400, "dir": "in", "hex": "", "note": ""}\n',
    "no hexadecimal": b'{"t": 0, "dir": "in", "hex": "zz", "note": ""}\n',
    "unknown direction": b'{"t": 0, "dir": "\\u001b[2J", "hex": "", "note": ""}\n',
    "broken text": b'{"t": 0, "dir": "in", "hex": "", "note": "\xff"}\n',
    "a list": b"[1, 2]\n",
    "a long line": b'{"t": 0, "dir": "in", "hex": "' + b"00" * 600_000 + b'", "note": ""}\n',
}
HEAD: Final = {"version": 1, "port": f"serial:{ESCAPES}", "driver": "escpos", "begun": FORMATS, "seed": None}


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_with_hostile_lines_is_refused_in_one_sentence(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.jsonl"
    head = b"" if name == "nested" else json.dumps(HEAD).encode() + b"\n"
    path.write_bytes(head + RECORDINGS[name])
    shown = here(capsys, "wire", "show", path)
    assert (shown.code, shown.out) == (1, "")
    assert shown.err.count("\n") == 1
    assert obeyed(shown.err) == []


def test_a_recording_whose_notes_and_bytes_are_hostile_is_shown_harmlessly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.jsonl"
    rows = [
        HEAD,
        {"t": 0, "dir": "out", "hex": ESCAPES.encode().hex(), "note": ""},
        {"t": 1, "dir": "in", "hex": (b"_" + ESCAPES.encode("utf-8") + b"\0").hex(), "note": ""},
        {"t": 2, "dir": "lost", "hex": "", "note": ESCAPES + FORMATS},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for language in ("escpos", "datecs", "none"):
        shown = here(capsys, "wire", "show", path, "--as", language)
        assert shown.code == 0, shown.err
        assert obeyed(shown.out) == []
        assert FORMATS in shown.out
