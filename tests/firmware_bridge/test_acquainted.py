"""Which printer is the till's own: remembered by its serial number, in a file, whoever else comes gets nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from firmware_bridge.acquainted import Acquaintances, AcquaintedPrinter, DeviceMemory, Known, accept
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    Event,
    PrinterFault,
    PrinterReady,
    PrinterSilent,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.paper import Paper

JOB = Print("sale-1", "0001", Paper(42, (), end_label="END", copy_label="COPY", void_label="VOID"))
KICK = Kick("main", 100, 1, 10_000)
OURS, OTHER = Known("TM-T88V", "A1"), Known("TM-T88V", "B2")


class Wired:
    """A printer that says what it is told to say, and counts what it is given."""

    def __init__(self, known: Acquaintances) -> None:
        self.told: list[object] = []
        self.who: Known | None = OURS
        self.late: Known | None = None
        self._known = known

    connected = True

    def connect(self) -> bool:
        who = self.who or Known("", "")
        self._known.report(PrinterReady(model=who.model, serial=who.serial))
        return True

    def watch(self, timeout: float) -> None:
        pass

    def print(self, intention: Print) -> Event:
        self.told.append(intention)
        return ReceiptPrinted(intention.document_id, intention.job_id, "process_id", None)

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        self.told.append(intention)
        if self.late is not None:
            self._known.report(PrinterReady(model=self.late.model, serial=self.late.serial))
        return ReceiptPrinted(intention.document_id, intention.job_id, "process_id", None)

    def kick(self, order: Kick) -> Event:
        self.told.append(order)
        return DrawerKicked(order.drawer_id, order.attempt)

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


class Bench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[Event] = []
        known = Acquaintances(path, "printer", self.events.append)
        self.wired = Wired(known)
        self.printer = AcquaintedPrinter(self.wired, known)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "devices")
    made.printer.connect()
    return made


def test_the_first_printer_is_the_till_s_own_and_is_remembered(bench: Bench) -> None:
    assert bench.events == [PrinterReady(model="TM-T88V", serial="A1")]
    assert DeviceMemory(bench.path).known("printer") == OURS
    assert isinstance(bench.printer.print(JOB), ReceiptPrinted)


def test_another_one_after_a_restart_gets_neither_job_nor_question_nor_pulse(bench: Bench) -> None:
    later = Bench(bench.path)
    later.wired.who = OTHER
    assert later.printer.connect()
    (fault,) = later.events
    assert isinstance(fault, PrinterFault)
    assert "B2" in fault.cause
    assert "A1" in fault.cause
    assert isinstance(later.printer.print(JOB), PrintRefused)
    answer = later.printer.ask(JOB, None)
    assert isinstance(answer, PrintUnresolved)
    assert not answer.person_needed, "its own printer may still come back"
    assert isinstance(later.printer.kick(KICK), DrawerKickDropped)
    assert later.wired.told == []


def test_control_without_the_memory_the_other_printer_is_asked_about_a_job_of_the_first(bench: Bench) -> None:
    later = Bench(bench.path)
    bench.path.unlink()
    later.wired.who = OTHER
    later.printer.connect()
    assert isinstance(later.printer.ask(JOB, None), ReceiptPrinted)


def test_the_own_printer_is_taken_again_when_it_comes_back(bench: Bench) -> None:
    bench.wired.who = OTHER
    bench.printer.connect()
    bench.wired.who = OURS
    bench.printer.connect()
    assert bench.events[-1] == PrinterReady(model="TM-T88V", serial="A1")
    assert isinstance(bench.printer.print(JOB), ReceiptPrinted)


def test_a_stranger_that_is_accepted_is_greeted_anew_and_then_the_till_s_own(bench: Bench) -> None:
    bench.wired.who = OTHER
    bench.printer.connect()
    before = bench.printer.connected
    assert accept(bench.path, "printer") == OTHER
    assert (before, bench.printer.connected) == (True, False), "the lane connects again"
    bench.printer.connect()
    assert bench.events[-1] == PrinterReady(model="TM-T88V", serial="B2")
    assert DeviceMemory(bench.path).stranger("printer") is None
    assert accept(bench.path, "printer") is None


def test_a_printer_that_says_nothing_is_not_asked_at_once_but_some_time(bench: Bench) -> None:
    bench.wired.who = None
    bench.printer.connect()
    answers = [type(bench.printer.ask(JOB, None)) for _ in range(2)]
    assert answers == [PrintUnresolved, ReceiptPrinted]


@pytest.mark.parametrize(("late", "believed"), [(OURS, ReceiptPrinted), (OTHER, PrintUnresolved)])
def test_one_that_says_only_with_its_answer_who_it_is_is_believed_when_it_is_the_till_s_own(
    bench: Bench, late: Known, believed: type[Event]
) -> None:
    bench.wired.who, bench.wired.late = None, late
    bench.printer.connect()
    bench.printer.ask(JOB, None)
    assert isinstance(bench.printer.ask(JOB, None), believed)
    assert isinstance(bench.printer.print(JOB), PrintRefused if late is OTHER else ReceiptPrinted)


def test_that_a_stranger_was_unplugged_is_told(bench: Bench) -> None:
    bench.wired.who = OTHER
    known = Acquaintances(bench.path, "printer", bench.events.append)
    known.begin()
    known.report(PrinterReady(model="TM-T88V", serial="B2"))
    known.report(PrinterSilent("unplugged"))
    assert bench.events[-1] == PrinterSilent("unplugged")


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"printer": 7}', '{"printer": {"known": {"model": 1}}}'])
def test_a_broken_file_keeps_no_till_from_selling(tmp_path: Path, content: str) -> None:
    (tmp_path / "devices").write_text(content)
    made = Bench(tmp_path / "devices")
    made.printer.connect()
    assert isinstance(made.printer.print(JOB), ReceiptPrinted)


def test_a_file_that_cannot_be_written_is_told_to_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = Bench(tmp_path / "gone" / "devices")
    with caplog.at_level(logging.WARNING):
        made.printer.connect()
    assert "cannot be remembered" in caplog.text
    assert isinstance(made.printer.print(JOB), ReceiptPrinted)
