"""A printer without marks in its RAM is switched off and on while a job comes in over a slow line: that is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.printers.escpos.encode import encode
from drivers.printers.escpos.evidence import Evidence, judge
from drivers.printers.escpos.means import Means
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Event, PrintDoubtful, PrintUnresolved, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from tests.drivers.printers.escpos.rig import job
from tests.drivers.printers.escpos.test_slow_line import JOB, PAPER, Bench, switched

WITHOUT_MARKS = sorted(
    name for name, row in PERSONALITIES.items() if row.answers and not row.ram_graphics and not row.usb and row.barrier
)
ASKED = bytes.fromhex("10 04 01")


def blinked(bench: Bench, off_s: float) -> tuple[Event, Event]:
    """The power goes for `off_s` when 8 s of the 20 s of a job are in; what the till says then, and when asked."""
    first = bench.till.print(replace(JOB, job_id="K7Q1", paper=replace(PAPER, blocks=())))
    assert isinstance(first, ReceiptPrinted)
    order = replace(JOB, before=first.counters)
    begun = bench.clock.monotonic()
    switched(bench.printer, (begun + 8, bench.printer.power_off), (begun + 8 + off_s, bench.printer.power_on))
    said = bench.till.print(order)
    for _ in range(20):
        if bench.till.connected or bench.till.connect():
            found = bench.till.ask(order, end_sent=True)
            if not isinstance(found, PrintUnresolved) or found.person_needed:
                return said, found
        bench.clock.advance(1.0)
    raise AssertionError("the printer is back and was never ready to be asked")


@pytest.mark.parametrize("off_s", [1.0, 8.0])
@pytest.mark.parametrize("holds", [256, 64 * 1024])
@pytest.mark.parametrize("personality", WITHOUT_MARKS)
def test_a_receipt_whose_middle_was_lost_with_the_power_is_not_called_printed(
    personality: str, holds: int, off_s: float
) -> None:
    said, found = blinked(Bench(personality, holds), off_s)
    assert isinstance(said, PrintDoubtful), said
    assert not isinstance(found, ReceiptPrinted), found


def test_control_without_questions_in_the_job_it_would_be_called_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.printers.escpos.writer.ASK_EVERY", 1 << 30)
    said, _ = blinked(Bench("no_process_id", 64 * 1024), 1.0)
    assert isinstance(said, ReceiptPrinted)


class Deaf(SimulatedPrinter):
    """A clone that drops questions while data are in its buffer; what it prints is printed all the same."""

    def accept(self, data: bytes) -> int:
        at = data.find(ASKED)
        if at == 0 and (self.busy or len(data) > len(ASKED)):
            return len(ASKED)
        return super().accept(data if at <= 0 else data[:at])


def test_a_printer_that_is_deaf_while_it_prints_is_believed_and_not_asked_again() -> None:
    bench = Bench("no_process_id", 64 * 1024, make=Deaf)
    asked = bytearray()
    accept = bench.line.accept

    def heard(data: bytes) -> int:
        taken = accept(data)
        asked.extend(data[:taken])
        return taken

    bench.line.accept = heard  # type: ignore[method-assign]  # a listener on the line
    counts = []
    for number in (1, 2):
        asked.clear()
        printed = bench.till.print(replace(JOB, job_id=f"K7Q{number}"))
        assert isinstance(printed, ReceiptPrinted), printed
        counts.append(asked.count(ASKED))
    assert counts[0] > 10 > counts[1]


def test_questions_stand_between_commands_and_never_behind_the_end_line() -> None:
    order = Print("doc-1", "K7Q2", PAPER)
    plain = encode(order, Means(dots=384))
    asking = encode(order, Means(dots=384), asks=True)
    assert asking.data.replace(ASKED, b"") == plain.data
    assert len(asking.questions) == asking.data.count(ASKED) > 10
    assert set(asking.questions) <= set(asking.boundaries)
    assert all(asking.data[end - 3 : end] == ASKED for end in asking.questions)
    assert not plain.questions
    assert asking.data[: asking.end_sent_at].replace(ASKED, b"") == plain.data[: plain.end_sent_at]


@pytest.mark.parametrize("seen", [Evidence(process_id=True, gap=True), Evidence(counters=Counters(11, 130), gap=True)])
def test_proof_that_came_behind_a_gap_is_none(seen: Evidence) -> None:
    verdict = judge(job(before=Counters(10, 100)), None, seen)
    assert isinstance(verdict, PrintUnresolved)
    assert verdict.person_needed
    assert isinstance(judge(job(before=Counters(10, 100)), None, replace(seen, gap=False)), ReceiptPrinted)
