"""`printer status|test|codepages|logo`: a technician at a printer, with the till stopped."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pictures

from drivers.ports.base import Clock, Port
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.ports.serial import SerialPort
from drivers.printers.escpos.simulated.paper import PrintedBarcode, PrintedImage, PrintedLine, PrintedQr
from drivers.printers.escpos.simulated.personality import PERSONALITIES, Personality
from drivers.printers.escpos.simulator import SimulatedPrinter
from firmware_bridge import config as config_file
from firmware_bridge import printer_arguments, printer_command
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.journal.lock import Lock
from firmware_bridge.journal.records import Entry
from firmware_bridge.journal.store import Journal
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Occurred, PrintDoubtful, ReceiptPrinted
from statemachines.vocabulary.paper import Paper, TextLine
from statemachines.vocabulary.receipt import Person
from tests.firmware_bridge.test_device_sim import device
from tests.support.processes import QUICK, command, desk, line, sale

CHINESE = replace(PERSONALITIES["cjk"], maker="Zjiang", model="POS-5890K")


def configured(folder: Path, *, port: str = "serial:/dev/ttyUSB0", more: str = "", columns: int = 42) -> Config:
    path = folder / "till.toml"
    path.write_text(
        f"""
[till]
id = "UA-17"
market = "UA"
zone = "Europe/Kyiv"
currency = "UAH"
language = "uk"
[shop]
name = "Shop"
[taxes.a]
letter = "A"
[rounding]
mode = "none"
[journal]
path = "{folder}/journal.sqlite"
[printer]
port = "{port}"
columns = {columns}
{more}
"""
    )
    return config_file.load(path)


def words(*arguments: str) -> printer_arguments.Wish:
    parser = argparse.ArgumentParser()
    printer_arguments.add(parser.add_subparsers(), argparse.ArgumentParser, lambda _: 0)
    return printer_arguments.wish(parser.parse_args(["printer", *arguments, "--config", "till.toml"]))


@dataclass
class Stand:
    """A printer in virtual time, the till's configuration, and what the command said."""

    folder: Path
    personality: Personality | str = "epson"
    columns: int = 42
    more: str = ""
    roll: int | None = None
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(100.0)
        self.printer = SimulatedPrinter(
            self.personality, now=100.0, columns=self.columns, roll_lines=self.roll, buffer_bytes=100_000
        )
        self.config = configured(self.folder, more=self.more, columns=self.columns)
        self.port = MemoryPort(self.printer, self.clock)

    def run(self, *arguments: str) -> int:
        def port(_: Config, __: Clock) -> Port:
            return self.port

        return printer_command.run(self.config, words(*arguments), self.said.append, clock=self.clock, port=port)

    def data(self, *arguments: str) -> dict[str, Any]:
        self.run(*arguments, "--json")
        found: dict[str, Any] = json.loads(self.said[-1])
        return found


# --- status -----------------------------------------------------------------------------------------------------


def test_status_says_who_the_printer_is_and_what_it_is_driven_with(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert stand.run("status") == 0
    assert stand.said[0] == (
        "condition:     ready\n"
        "printer:       EPSON TM-T88V, serial number J5NF012345, firmware 10.05 ESC/POS\n"
        "profile:       TM-T88V\n"
        "paper:         42 columns, 512 dots\n"
        "letters:       page 46 (cp1251)\n"
        "codes:         QR codes its own, bar codes its own\n"
        "counters:      0 cuts, 0 lines\n"
        "drawer switch: its line is high"
    )
    assert stand.printer.pieces == ()


def test_status_of_an_unknown_printer_comes_with_advice(tmp_path: Path) -> None:
    stand = Stand(tmp_path, "id_less")
    assert stand.run("status") == 0
    assert "printer:       it does not say" in stand.said[0]
    assert "letters:       ASCII, the rest drawn" in stand.said[0]
    assert "firmware-bridge printer codepages" in stand.said[0]


@pytest.mark.parametrize(
    ("trouble", "condition"),
    [
        ("open_cover", "the cover is open: close it"),
        ("mechanical_error", "the mechanism is stuck: take out the jammed paper"),
        ("unrecoverable", "it reports an error that only switching it off and on ends"),
    ],
)
def test_status_of_a_printer_in_trouble_says_what_to_do_and_is_no_success(
    tmp_path: Path, trouble: str, condition: str
) -> None:
    stand = Stand(tmp_path)
    getattr(stand.printer, trouble)()
    assert stand.run("status") == 1
    assert stand.said[0].startswith(f"condition:     {condition}\n")


def test_status_as_json_has_the_same_facts(tmp_path: Path) -> None:
    found = Stand(tmp_path, CHINESE, columns=32).data("status")
    assert (found["ready"], found["model"], found["profile"]) == (True, "POS-5890K", "POS-5890")
    assert (found["encoding"], found["page"], found["own_qr_codes"], found["knife"]) == ("cp1251", 73, False, "none")


def test_status_leaves_the_evidence_of_an_unfinished_job_alone(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.printer.accept(bytes.fromhex("1D 28 4C 0C 00 30 53 30 51 32 01 08 00 01 00 31 00"))
    with_doubt(tmp_path)
    assert stand.run("status") == 0
    assert stand.printer.downloaded_keys == (b"Q2",)


# --- test -------------------------------------------------------------------------------------------------------


def test_test_page_shows_edges_letters_and_codes_and_is_proved(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert stand.run("test") == 0
    assert stand.said == [
        "Printed: the printer confirmed the job's own number after printing it: the best proof there is."
    ]
    (piece,) = stand.printer.pieces
    text = "\n".join(piece.text_lines)
    assert "|" + "-" * 40 + "|" in text
    assert "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя" in text.replace("\n   ", "")
    assert "EPSON TM-T88V, serial number J5NF012345" in text
    kinds = [type(mark) for mark in piece.printed]
    assert PrintedQr in kinds
    assert PrintedBarcode in kinds
    assert kinds.count(PrintedImage) == 1, "the line with letters that no page has together is drawn"
    assert max(len(line) for line in piece.text_lines if not line.startswith("[")) <= 42


@pytest.mark.parametrize(
    ("personality", "more", "words_"),
    [
        ("no_process_id", "", "counter of cuts"),
        ("barrier_only", "", "it cannot tell"),
        ("mute", 'confirm = "none"', "never answers"),
    ],
)
def test_test_page_says_how_it_was_proved(tmp_path: Path, personality: str, more: str, words_: str) -> None:
    stand = Stand(tmp_path, personality, more=more)
    assert stand.run("test") == 0
    assert words_ in stand.said[0]


def test_test_page_without_paper_is_refused_with_the_reason(tmp_path: Path) -> None:
    stand = Stand(tmp_path, roll=0)
    with pytest.raises(UserError, match="the paper is at its end: put in a new roll; nothing was printed"):
        stand.run("test")


def test_test_page_over_the_end_of_the_roll_of_a_printer_that_prints_on_is_not_certain(tmp_path: Path) -> None:
    stand = Stand(tmp_path, "prints_past_paper_end", roll=4)
    assert stand.run("test") == 1
    assert "It is not certain that the page is whole" in stand.said[0]


# --- code pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("personality", "right"), [("epson", "46 cp1251"), (CHINESE, "73 cp1251"), ("no_process_id", "44 cp1125")]
)
def test_right_code_page_is_read_off_one_line(tmp_path: Path, personality: Personality | str, right: str) -> None:
    stand = Stand(tmp_path, personality)
    assert stand.run("codepages") == 0
    lines = [mark.text.strip() for mark in stand.printer.pieces[0].printed if isinstance(mark, PrintedLine)]
    exact = {"cp1251": "ТЕСТ ІіЇїЄєҐґЎў...", "cp1125": "ТЕСТ ІіЇїЄєҐґ....."}
    matching = [line for line in lines if any(line.endswith(f": {text}") for text in exact.values())]
    assert f"{right}: {exact[right.split()[1]]}" in matching
    assert len(matching) <= 2, "no other page reads like it"
    assert len(lines) >= 2 * 128
    assert 'encoding = "cp1251"' in stand.said[0]


def test_what_must_be_read_stands_on_top_as_a_picture(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.run("codepages", "--pages", "44-46", "--encoding", "cp1251")
    marks = stand.printer.pieces[0].printed
    assert isinstance(marks[1], PrintedImage)
    assert [mark.text for mark in marks[2:5] if isinstance(mark, PrintedLine)][2] == " 46 cp1251: ТЕСТ ІіЇїЄєҐґЎў..."
    assert len(marks) == 6


@pytest.mark.parametrize("encoding", ["cp932", "utf-16", "klingon"])
def test_encoding_that_is_no_code_page_is_refused(tmp_path: Path, encoding: str) -> None:
    stand = Stand(tmp_path)
    with pytest.raises(UsageError, match="is no code page"):
        stand.run("codepages", "--encoding", encoding)
    assert stand.printer.pieces == ()


@pytest.mark.parametrize("pages", ["5-3", "0-256", "-1-5", "x", "٣-٤"])
def test_page_numbers_are_0_to_255(pages: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        words("codepages", f"--pages={pages}")
    assert "page numbers" in capsys.readouterr().err


# --- logo -------------------------------------------------------------------------------------------------------


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "logo.png"
    Pictures.new("1", (200, 60), 0).save(path)
    return str(path)


def test_logo_is_looked_for_and_written_when_that_is_said(tmp_path: Path, picture: str) -> None:
    stand = Stand(tmp_path)
    assert stand.run("logo", picture) == 1
    assert "does not keep the logo yet" in stand.said[-1]
    assert stand.printer.nv_writes == 0
    assert stand.run("logo", picture, "--write") == 0
    assert "The printer keeps the logo" in stand.said[-1]
    assert stand.run("logo", picture, "--write") == 0
    assert stand.printer.nv_writes == 1, "what is there is not written again"
    assert stand.printer.pieces == ()


def test_printer_that_keeps_no_pictures_is_told(tmp_path: Path, picture: str) -> None:
    stand = Stand(tmp_path, "no_process_id")
    assert stand.run("logo", picture, "--write") == 0
    assert "keeps no pictures" in stand.said[-1]


def test_logo_that_cannot_be_read_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    with pytest.raises(UsageError, match="No such file"):
        stand.run("logo", str(tmp_path / "none.png"))
    with pytest.raises(UsageError, match="No logo is configured"):
        stand.run("logo")
    assert stand.port.handed == 0


# --- the till comes first ---------------------------------------------------------------------------------------

ACTOR = Person("till", "till", "system")
PAPER = Paper(42, (TextLine("x"),), "END", "COPY", "VOID")


def journal_with(folder: Path, *outcomes: ReceiptPrinted | PrintDoubtful) -> None:
    journal = Journal.open(
        folder / "journal.sqlite", till_id="UA-17", clock=lambda: 1_000, new_id=lambda: "journal", training=None
    )
    try:
        entries = [Entry("doc", Print("doc", "K7Q2", PAPER))]
        entries += [Entry("doc", Occurred(1_000, 0, outcome, ACTOR, "")) for outcome in outcomes]
        journal.append(entries, [], personal={}, snapshot=None, anchor=None)
    finally:
        journal.close()


def with_doubt(folder: Path) -> None:
    journal_with(folder, PrintDoubtful("doc", "K7Q2", "the line was cut"))


@pytest.mark.parametrize("part", ["test", "codepages"])
def test_nothing_is_printed_while_a_job_of_the_till_is_in_doubt(tmp_path: Path, part: str) -> None:
    with_doubt(tmp_path)
    stand = Stand(tmp_path)
    with pytest.raises(UserError, match="What became of job #K7Q2 of document doc is not known yet") as refused:
        stand.run(part)
    assert "start the till" in refused.value.hint
    assert stand.port.handed == 0


def test_job_that_was_proved_is_in_nobodys_way(tmp_path: Path) -> None:
    journal_with(tmp_path, PrintDoubtful("doc", "K7Q2", ""), ReceiptPrinted("doc", "K7Q2", "odometer"))
    assert Stand(tmp_path).run("test") == 0


@pytest.mark.parametrize("part", ["status", "test", "codepages"])
def test_running_till_keeps_its_printer(tmp_path: Path, part: str) -> None:
    stand = Stand(tmp_path)
    lock = Lock(tmp_path / "journal.sqlite")
    try:
        with pytest.raises(UserError, match="The till is running and the printer is its own; nothing was sent"):
            stand.run(part)
    finally:
        lock.free()
    assert stand.port.handed == 0
    assert stand.run(part) == 0


def test_silent_printer_is_told_with_advice_for_its_port(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.printer.power_off()
    with pytest.raises(UserError, match="it does not answer") as refused:
        stand.run("status")
    assert "self-test page" in refused.value.hint


def test_till_without_a_receipt_printer_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "till.toml"
    configured(tmp_path)
    path.write_text(path.read_text().partition("[printer]")[0])
    with pytest.raises(UsageError, match=r"no \[printer\]"):
        printer_command.run(config_file.load(path), words("status"), print)


def test_misspelt_profile_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"printer\.profile: there is no printer profile 'TM-X'; known are: .*TM-T20II"
    ):
        Stand(tmp_path, more='profile = "TM-X"').run("status")


# --- in real time -----------------------------------------------------------------------------------------------


def test_over_a_real_line_and_not_while_another_program_has_it(tmp_path: Path) -> None:
    tty = tmp_path / "tty"
    with device("--pty", str(tty), "--columns", "42"):
        config = configured(tmp_path, port=f"serial:{tty}")
        said: list[str] = []
        owner = SerialPort(str(tty), 115200, SystemClock(), role="drawer")
        owner.open()
        try:
            with pytest.raises(UserError, match="in use by the drawer of this till"):
                printer_command.run(config, words("status"), said.append)
        finally:
            owner.close()
        assert printer_command.run(config, words("status"), said.append) == 0
        assert printer_command.run(config, words("test", "--json"), said.append) == 0
    assert "TM-T88V" in said[0]
    assert json.loads(said[1]) == {"printed": True, "evidence": "process_id", "interrupted": False}


def test_reading_the_words_loads_no_driver() -> None:
    program = (
        "import sys\nfrom firmware_bridge import printer_arguments\n"
        "print([name for name in sys.modules if name.startswith('drivers')])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "[]\n"


def test_command_line_refuses_while_the_till_runs_and_works_when_it_has_stopped(tmp_path: Path) -> None:
    with desk(tmp_path, *QUICK) as place:
        place.post("/v1/sales", sale("s-1", line()))
        refused = command("printer", "test", "--config", place.at.config)
        assert (refused.code, refused.out) == (1, "")
        assert refused.err == (
            "firmware-bridge: The till is running and the printer is its own; nothing was sent (stop it first, or look "
            "at GET /v1/status)\n"
        )
        place.till.stop()
        shown = command("printer", "status", "--config", place.at.config)
        assert (shown.code, shown.err) == (0, "")
        assert "EPSON TM-T88V" in shown.out
        tested = command("printer", "test", "--config", place.at.config, "--json")
        assert json.loads(tested.out) == {"printed": True, "evidence": "process_id", "interrupted": False}
        assert command("printer", "codepages", "--pages", "9-1", "--config", place.at.config).code == 2
