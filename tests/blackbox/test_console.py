"""The technician's console as a technician has it: typed on a dumb terminal, in a process beside the till's."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import socket
import subprocess
import tarfile
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.console import edits, guard
from firmware_bridge.journal import browse
from firmware_bridge.played_devices import Device
from firmware_bridge.rehearsal import Cashier, Checkbox
from firmware_bridge.sandbox_command import SandboxProcess
from tests.firmware_bridge.console.desk import PIN, ConsoleDesk, FarEnd, Seat, console_desk, running_console, seat
from tests.support.processes import MODULE, Json, command, sale, until

QUICK = ("--columns", "42", "--speed", "30", "--drawer-closes-after", "0.15")
#: What a dumb terminal may be sent: printable characters, BEL, BS, CR, LF.
DUMB = re.compile(r"[\x07\x08\r\n\x20-\x7e\xa0-\u2fff]*")


def records(desk: ConsoleDesk) -> list[Json]:
    """What the console wrote down of people."""
    place = Path(f"{desk.at.journal}.console")
    return [json.loads(line) for line in place.read_text("utf-8").splitlines()] if place.exists() else []


def ready(desk: ConsoleDesk, person: Seat) -> None:
    until(lambda: "ready" in person.do("printer"), "the printer to be ready", every=0.3)


class _Address:
    """Where the till of a desk listens, as Cashier wants it."""

    def __init__(self, desk: ConsoleDesk) -> None:
        found = re.search(r'listen = "([^"]+)"', desk.at.config.read_text("utf-8"))
        assert found is not None
        self.address = found[1]


def cashier(desk: ConsoleDesk) -> Cashier:
    return Cashier(_Address(desk), desk.at.token)  # type: ignore[arg-type]  # its address is all that is used


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleDesk]:
    folder = tmp_path_factory.mktemp("console")
    with Device("escpos", folder / "printer", QUICK), console_desk(folder) as found:
        found.service("start")
        yield found


def test_a_technician_looks_signs_in_and_acts_under_their_own_name(desk: ConsoleDesk) -> None:
    with seat(desk.at.config) as person:
        ready(desk, person)
        assert "CANNOT SELL" in person.do("st")
        assert "Sign in first" in person.do("drawer main open")
        assert "Signed in: olena, technician" in person.sign_in()
        assert person.do("drawer main open", "Why?")
        assert "main: " in person.do("looking at it")
        (asked,) = [one for one in browse.tail(desk.at.journal, 30) if one["name"] == "DrawerOpenRequested"]
        assert "olena" in json.dumps(asked), "the till's own journal names the person"
        assert DUMB.fullmatch(person.seen.decode()), "a dumb terminal got nothing that it does not know"
    noted = [record["what"] for record in records(desk)]
    assert noted[:2] == ["SignedIn", "CommandDone"]
    assert noted[-1] == "SignedOut", "who hangs up is signed out"
    assert PIN not in json.dumps(records(desk)) + person.text


def test_a_cashier_may_not_do_what_a_technician_may(desk: ConsoleDesk) -> None:
    with seat(desk.at.config) as person:
        assert "cashier" in person.sign_in("ivan")
        before = desk.at.config.read_bytes()
        for line in ("set printer.page 17", "till stop", "journal tail", "bundle", "secret set x"):
            assert "may not do this" in person.do(line), line
        assert desk.at.config.read_bytes() == before
        assert desk.service("is-active") == "active"


def test_receipts_are_found_by_place_number_and_id_and_shown(desk: ConsoleDesk) -> None:
    till = cashier(desk)
    with seat(desk.at.config) as person:
        ready(desk, person)
    if not till.get("/v1/status")["can_sell"]:
        till.post("/v1/shifts", {"id": "shift-1", "float_amount": 1000})
    sold = till.post("/v1/sales", sale("sale-1"))
    with seat(desk.at.config) as person:
        listed = person.do("receipts")
        place = next(line.split()[0] for line in listed.splitlines() if sold["number"] in line)
        for name in (place, sold["number"], "sale-1"):
            assert "sale-1" in person.do(f"receipt {name}")
        person.do("charset ascii")
        assert "Khlib" in person.do("receipt sale-1 show"), "on a terminal that has ASCII alone"
        person.do("charset utf8")
        person.do("pages off")
        assert "Хліб" in person.do("receipt sale-1 show")
        shift = person.do("shift")
        assert "cash expected: 20.00 UAH" in shift, shift
        for wanted in (sold["number"], "10.00", "10", "Хліб", "sale-1"):
            assert sold["number"] in person.do(f"receipts find {wanted}"), wanted
        assert "sale-1" in person.do("receipt 1"), "a place in the list that was found"
        assert "Nothing fits 999.99" in person.do("receipts find 999.99")
        assert "lines: 1" in person.do("receipts | include sale | count")


def test_a_cashier_opens_and_closes_the_shift_after_it_was_said_what_will_happen(tmp_path: Path) -> None:
    with Device("escpos", tmp_path / "printer", QUICK), console_desk(tmp_path) as desk:
        desk.service("start")
        with seat(desk.at.config) as person:
            person.sign_in()
            assert "may not do this" in person.do("shift open"), "a technician touches no money"
            person.sign_in("ivan")
            ready(desk, person)
            assert "is no sum" in person.do("shift open lots")
            asked = person.do("shift open 10.50", "yes:")
            assert "10.50 UAH in the drawer" in " ".join(asked.split())
            assert "Nothing was done." in person.do("no")
            assert "No shift" in person.do("status")
            _yes(person, "shift open 10.50")
            assert "cash expected: 10.50 UAH" in person.do("shift")
            _yes(person, "shift close")
            until(lambda: "closed" in person.do("shift"), "the shift to be closed", every=0.3)


def test_paper_that_ends_is_told_while_somebody_types_and_the_unfinished_line_comes_again(tmp_path: Path) -> None:
    with Device("escpos", tmp_path / "printer", QUICK) as printer, console_desk(tmp_path) as desk:
        desk.service("start")
        with seat(desk.at.config) as person:
            ready(desk, person)
            person.type("stat")
            person.until("stat")
            printer.do("open_cover")
            assert person.until("cover is open.").startswith("\nPRINTER"), "on a fresh line"
            assert person.until("> stat") == "\n> stat"
            person.type("us\r")
            assert "CANNOT SELL" in person.until("\n> ")
            assert DUMB.fullmatch(person.seen.decode())


def test_a_switch_turned_the_wrong_way_turns_back_although_its_console_was_killed(tmp_path: Path) -> None:
    with console_desk(tmp_path) as desk:
        text = desk.at.config.read_text("utf-8") + "keep_s = 5\n"
        desk.at.config.write_text(text, "utf-8")
        with seat(desk.at.config) as person:
            person.sign_in()
            assert "Changed for 5 s" in person.do("set drawers.main.sense_open_level low")
            assert 'sense_open_level = "low"' in desk.at.config.read_text("utf-8")
            person.kill()
        until(lambda: not list(tmp_path.glob("*.trial")), "the change to be taken back", within=15)
        assert desk.at.config.read_text("utf-8") == text


def test_a_machine_that_was_switched_off_in_the_middle_takes_the_change_back_at_the_consoles_next_start(
    tmp_path: Path,
) -> None:
    with console_desk(tmp_path) as desk:
        before = desk.at.config.read_text("utf-8")
        edits.change(desk.at.config, "drawers.main.sense_open_level", "low")
        guard.begin(desk.at.config, "drawers.main.sense_open_level", before, 60, ())
        note = guard.place(desk.at.config)
        note.write_text(note.read_text("utf-8").replace(guard.boot_id(), "the boot before"), "utf-8")
        assert desk.at.config.read_text("utf-8") != before, "nobody watches, nothing goes back"
        assert command("console", "--config", desk.at.config, "--do", "version").code == 0
        until(lambda: not note.exists(), "the change to be taken back")
        assert desk.at.config.read_text("utf-8") == before


def test_a_change_on_trial_is_undone_at_a_word_and_a_harmless_one_is_not_on_trial(tmp_path: Path) -> None:
    with console_desk(tmp_path) as desk:
        before = desk.at.config.read_text("utf-8")
        with seat(desk.at.config) as person:
            person.sign_in()
            assert "keep keeps it" in person.do("set printer.port serial:/dev/null?baud=9600")
            assert "keep keeps it" in person.do("set printer.page 17"), "it goes back with the other"
            assert "was taken back" in person.do("undo")
            assert desk.at.config.read_text("utf-8") == before
            assert "keep" not in person.do("set printer.page 17")
            assert "Nothing was done." in person.do("keep"), "nothing is on trial"


def test_a_dead_till_is_told_of_with_its_last_words_and_its_journal_is_still_read(desk: ConsoleDesk) -> None:
    desk.kill()
    try:
        with seat(desk.at.config) as person:
            person.sign_in()
            told = person.do("status")
            assert "THE TILL DOES NOT RUN" in told
            assert "inactive" in told
            assert "The journal is whole" in person.do("journal verify")
            assert "-- more" in person.do("journal tail 200", "-- more (space, q)")
            person.type("q")
            person.until("olena> ")
            person.do("pages off")
            assert "ShiftOpened" in person.do("journal tail 200")
            examined = person.do("doctor")
            assert "BAD till" in examined
            assert "till start" in examined
            assert "It is sent nowhere" in person.do("bundle")
            (path,) = desk.at.folder.glob("till-1-*.tar.gz")
            with tarfile.open(path) as archive:
                assert {"README.txt", "manifest.json", "journal.json", "doctor.txt"} <= set(archive.getnames())
            assert "Done." in person.do("till start")
            ready(desk, person)
    finally:
        desk.service("start")


def test_three_planted_faults_are_found_and_mended_with_nothing_but_the_console(tmp_path: Path) -> None:
    slow_hand = ("--columns", "42", "--speed", "200", "--drawer-closes-after", "600")
    with SandboxProcess("checkbox") as sandbox, Device("escpos", tmp_path / "printer", slow_hand) as printer:
        right = sandbox.ready["password"]
        expired = Checkbox.of({**sandbox.ready, "password": "last-year"}, "current", tmp_path)
        faults = {"page = 46": "page = 17", 'sense_open_level = "high"': 'sense_open_level = "low"'}
        with console_desk(tmp_path, expired, **faults) as desk:
            desk.service("start")
            with seat(desk.at.config) as person:
                person.sign_in()
                ready(desk, person)
                person.do("pages off")
                told = person.do("status").partition("\n")[2].rpartition("\n")[0] + "\n"
                assert len(told.replace("\n", "\r\n").encode()) <= 600, told
                assert told.count("\n") <= 12, told
                examined = person.do("doctor")
                _mend_the_password(person, examined, right)
                assert "letters: by the book cp1251 is page 46" in examined
                _mend_the_page(person, printer)
                _mend_the_drawer(person, printer, examined)
                assert "Done." in person.do("till start")
                ready(desk, person)
                well = person.do("doctor")
                assert "checkbox: in order" in well
                assert "BAD sign-in" not in well
                assert "BAD drawer" not in well
            assert right not in person.text, "a secret is not shown, not even while it is typed"
            text = desk.at.config.read_text("utf-8")
            assert ("page = 46\n" in text, 'sense_open_level = "high"' in text) == (True, True)
            assert right not in json.dumps(records(desk))


def _yes(person: Seat, line: str) -> str:
    person.do(line, "Type yes:", "yes:")
    return person.do("yes")


def _mend_the_password(person: Seat, examined: str, right: str) -> None:
    assert "BAD sign-in: checkbox" in examined
    assert "fiscaliser.checkbox.password" in person.do("secret")
    person.do("secret set fiscaliser.checkbox.password", "(it is not shown):")
    person.do(right, "Once more:")
    assert "Changed" in person.do(right)
    assert "ok  sign-in" in person.do("fiscal check")


def _mend_the_page(person: Seat, printer: Device) -> None:
    """The person reads the paper: which line of the code pages is right, and that the letters are, afterwards."""
    _yes(person, "printer codepages 45-47")
    assert any(line.split()[:2] == ["46", "cp1251:"] and "ІіЇїЄє" in line for line in _lines(printer))
    assert "Changed" in person.do("set printer.page 46")
    assert not _on_paper(printer, "АБВГҐДЕ"), "no letter of the test page was there yet"
    assert "Done." in _yes(person, "till stop")
    person.do("printer test")  # with the till stopped nobody is asked
    assert _on_paper(printer, "ЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ")


def _mend_the_drawer(person: Seat, printer: Device, examined: str) -> None:
    assert "BAD drawer" in examined
    assert "read the wrong way round" in " ".join(examined.split())
    printer.do("close_drawer")
    person.do("drawer main learn", "press Enter:")
    person.do("", "Type yes:")
    person.do("yes", "yes or no:")
    person.do("yes", "press Enter:")
    printer.do("close_drawer")
    learned = person.do("")
    assert "-> set drawers.main.sense_open_level high" in learned
    assert "Changed for 60 s" in person.do("set drawers.main.sense_open_level high")
    assert "Kept." in person.do("keep")


def _lines(printer: Device) -> list[str]:
    return [line for piece in printer.do("paper")["pieces"] for line in piece["lines"]]


def _on_paper(printer: Device, text: str) -> bool:
    return any(text in line for line in _lines(printer))


def test_every_command_that_looks_is_understood_and_recording_is_switched_on_and_off_again(desk: ConsoleDesk) -> None:
    looks = ("devices", "drawer", "shift", "outbox", "fiscal", "wire", "net", "time", "till", "undo x", "journal stats")
    with seat(desk.at.config) as person:
        person.sign_in()
        person.do("pages off")
        for line in looks:
            said = person.do(line)
            assert said.count("\n") >= 2, line
            assert "was not understood" not in said, line
        before = desk.at.config.read_bytes()
        assert "Changed" in person.do("wire on")
        assert b"record=" in desk.at.config.read_bytes()
        assert "printer: " in person.do("wire")
        assert "Changed" in person.do("wire off")
        assert desk.at.config.read_bytes() == before
        assert "Changed" in person.do("set drawers.main.pulse_ms 120")
        assert "Changed" in person.do("undo")
        assert desk.at.config.read_bytes() == before


def test_a_cable_pulled_in_the_middle_of_a_try_leaves_a_till_that_runs(desk: ConsoleDesk) -> None:
    with seat(desk.at.config) as person:
        person.sign_in()
        ready(desk, person)
        person.do("drawer main learn", "yes:")
        person.do("yes", "press Enter:")
        assert desk.service("is-active") == "inactive"
    assert desk.service("is-active") == "active", "hung up, signed out, and the till sells again"
    assert [record.get("result") for record in records(desk)[-2:]] == ["stopped", None], "the try, and the signing out"


def test_pins_are_kept_as_no_pin_and_tokens_stand_nowhere(desk: ConsoleDesk) -> None:
    kept = Path(f"{desk.at.journal}.pins").read_text("utf-8")
    assert PIN not in kept
    assert hashlib.sha256(PIN.encode()).hexdigest() not in kept
    assert Path(f"{desk.at.journal}.pins").stat().st_mode & 0o777 == 0o600


def test_the_same_console_answers_on_a_serial_line(desk: ConsoleDesk) -> None:
    master, slave = pty.openpty()
    line = os.ttyname(slave)
    options = ("--serial", line, "--baud", "9600")
    with running_console(desk, *options) as console:
        far = FarEnd(master)
        far.until("\n> ")
        far.type("version\r")
        assert "firmware-bridge " in far.until("\n> ")
        far.type("stat\t\r")
        assert "till 1" in far.until("\n> ")
        assert DUMB.fullmatch(far.seen.decode("ascii")), "at power-on it is ASCII alone"
        assert termios.tcgetattr(slave)[4] == termios.B9600
        far.type("rubb\0")  # as a BREAK arrives where it cannot be told from a NUL
        far.until("rubb")
        far.type("\0")
        far.until("19200 8N1")
        assert termios.tcgetattr(slave)[4] == termios.B19200
        far.until("> ")
        far.type("version\r")
        assert "firmware-bridge " in far.until("\n> ")
        assert console.poll() is None
    os.close(slave)
    os.close(master)


def test_the_same_console_answers_on_a_unix_socket_to_two_people_at_once(desk: ConsoleDesk) -> None:
    place = desk.at.folder / "console.sock"
    with running_console(desk, "--socket", str(place)):
        assert place.stat().st_mode & 0o777 == 0o660
        with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as two:
            for peer in (one, two):
                peer.connect(str(place))
            ends = [FarEnd(peer.fileno()) for peer in (one, two)]
            for end in ends:
                end.until("\n> ")
                end.type("devices\r")
            assert all("printer  escpos" in end.until("\n> ") for end in ends)
    assert not place.exists()


def test_a_device_of_the_till_is_no_line_for_a_console(desk: ConsoleDesk) -> None:
    refused = command("console", "--config", desk.at.config, "--serial", desk.at.folder / "printer")
    assert refused.code == 2
    assert "is a device of this till" in refused.err


def test_one_command_without_a_terminal_looks_and_changes_nothing(desk: ConsoleDesk) -> None:
    assert "Sign in first" in command("console", "--config", desk.at.config, "--do", "till stop").out
    assert command("console", "--config", desk.at.config, "--do", "version").out.startswith("firmware-bridge ")
    assert desk.service("is-active") == "active"


def test_a_pin_is_set_at_the_command_line_and_a_weak_one_is_refused(desk: ConsoleDesk) -> None:
    for pin, code in (("123456", 1), ("314159", 0)):
        done = subprocess.run(
            [*MODULE, "console", "--config", desk.at.config, "--pin", "olena"],
            input=f"{pin}\n{pin}\n", text=True, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, (pin, done.stderr)
        assert pin not in done.stdout + done.stderr
