"""Errors that a printer can be talked out of, and printers that go on without paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.printers.escpos.simulated.personality import PERSONALITIES
from statemachines.vocabulary.events import (
    PrintDoubtful,
    PrinterFault,
    PrinterPaperEnd,
    PrintFoundMissing,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.paper import Image
from tests.drivers.printers.escpos.rig import (
    LONG_PAPER,
    Rig,
    TillCut,
    at,
    connected,
    job,
    printer_events,
    settings_for,
)

GO_ON = bytes.fromhex("10 05 01")
FORGET = bytes.fromhex("10 05 02")
PAST_THE_END = PERSONALITIES["prints_past_paper_end"]


def test_stuck_knife_is_freed_for_a_new_job_and_what_was_left_in_the_buffer_is_forgotten() -> None:
    rig = Rig()
    till = connected(rig)
    rig.printer.accept(b"left over\n" * 3)
    rig.printer.mechanical_error()
    rig.pass_time(1.0)
    till.watch(0.5)
    assert isinstance(printer_events(rig)[-1], PrinterFault)
    printed = till.print(job())
    assert isinstance(printed, ReceiptPrinted), printed
    assert rig.wire.count(FORGET) == 1
    assert GO_ON not in rig.wire
    assert rig.whole(job()) == 1
    assert "left over" not in rig.printer.paper_text()


def test_control_going_on_instead_would_print_what_was_left() -> None:
    rig = Rig()
    rig.printer.accept(b"left over\n" * 3)
    rig.printer.mechanical_error()
    rig.printer.accept(GO_ON)
    rig.pass_time(5.0)
    assert "left over" in rig.printer.paper_text()


def test_error_that_does_not_go_away_refuses_and_prints_nothing() -> None:
    rig = Rig()
    till = connected(rig)
    rig.printer.mechanical_error()
    rig.printer.open_cover()
    refused = till.print(job())
    assert isinstance(refused, PrintRefused)
    assert rig.printer.pieces == ()


def test_job_that_jammed_when_the_till_died_is_finished_by_the_next_till() -> None:
    rig = Rig()
    till = connected(rig)
    first = till.print(job("K7Q1"))
    assert isinstance(first, ReceiptPrinted)
    rig.printer.cutter_jam()
    process_id = bytes.fromhex("1D 28 48 06 00 30 30") + b"K7Q2"
    seen = bytearray()

    def die_behind_the_job(_: int, data: bytes) -> None:
        seen.extend(data)
        if process_id in seen:
            raise TillCut

    rig.port.on_bytes = die_behind_the_job
    with pytest.raises(TillCut):
        till.print(job(before=first.counters))
    rig.pass_time(5.0)
    assert rig.whole(job()) == 0
    rig.new_port()
    found = connected(rig).ask(job(before=first.counters), None)
    assert isinstance(found, ReceiptPrinted), found
    assert found.evidence == "process_id"
    assert GO_ON in rig.wire
    assert FORGET not in rig.wire, "nothing of a job in doubt is thrown away"
    assert rig.whole(job()) == 1


def test_job_in_doubt_stays_in_doubt_while_the_knife_is_stuck() -> None:
    rig = Rig()
    till = connected(rig)
    rig.printer.accept(b"half a receipt\n\x1dVB\x00")
    rig.printer.cutter_jam(9)
    rig.pass_time(5.0)
    for _ in range(3):
        found = till.ask(job(), None)
        assert isinstance(found, PrintUnresolved), found
        assert not found.person_needed
    rig.printer.cutter_jam(0)
    found = till.ask(job(), end_sent=False)
    assert isinstance(found, PrintUnresolved | PrintFoundMissing)
    rig.pass_time(1.0)
    assert rig.printer.pieces[0].ending == "partial_cut"


@pytest.mark.parametrize(
    "who", [PAST_THE_END, replace(PAST_THE_END, asb=False)], ids=["reports by itself", "has to be asked"]
)
def test_receipt_over_the_paper_end_of_a_printer_that_does_not_stop_is_a_persons_question(who: object) -> None:
    rig = Rig(who, roll_lines=20)  # type: ignore[arg-type]  # a row of the table, changed
    till = connected(rig)
    doubtful = till.print(job(paper=LONG_PAPER))
    assert isinstance(doubtful, PrintDoubtful), doubtful
    assert "a part of the receipt is on no paper" in doubtful.reason
    assert "Line 59" not in rig.printer.paper_text()
    later = till.ask(job(paper=LONG_PAPER), doubtful.end_sent)
    assert isinstance(later, PrintUnresolved)
    assert not later.person_needed
    rig.printer.load_paper()
    found = till.ask(job(paper=LONG_PAPER), doubtful.end_sent)
    assert isinstance(found, PrintUnresolved), "it answered the job's process id, and its knife cut"
    assert found.person_needed


def test_job_in_doubt_that_meets_such_a_printer_without_paper_is_a_persons_question() -> None:
    rig = Rig(PAST_THE_END, roll_lines=20)
    till = connected(rig)
    assert isinstance(till.print(job(paper=LONG_PAPER)), PrintDoubtful)
    rig.new_port()
    next_till = connected(rig)
    assert isinstance(next_till.ask(job(paper=LONG_PAPER), None), PrintUnresolved)
    rig.printer.load_paper()
    found = next_till.ask(job(paper=LONG_PAPER), None)
    assert isinstance(found, PrintUnresolved)
    assert found.person_needed


def test_control_the_same_receipt_on_enough_paper_is_not_interrupted() -> None:
    rig = Rig(PAST_THE_END)
    printed = connected(rig).print(job(paper=LONG_PAPER))
    assert isinstance(printed, ReceiptPrinted)
    assert not printed.interrupted


@pytest.mark.parametrize(
    "who", [PAST_THE_END, replace(PAST_THE_END, asb=False)], ids=["reports by itself", "has to be asked"]
)
def test_printer_without_paper_that_says_it_is_ready_gets_no_job(who: object) -> None:
    rig = Rig(who, roll_lines=0)  # type: ignore[arg-type]  # a row of the table, changed
    till = connected(rig)
    assert PrinterPaperEnd() in printer_events(rig)
    refused = till.print(job())
    assert isinstance(refused, PrintRefused)
    assert "the paper is at its end: put in a new roll; nothing was printed" in refused.reason
    rig.printer.load_paper()
    assert isinstance(till.print(job()), ReceiptPrinted)
    assert rig.whole(job()) == 1


@pytest.mark.parametrize("personality", ["epson", "usb", "no_process_id", "no_asb"])
def test_printer_prints_on_after_new_paper_and_the_job_is_told_as_interrupted(personality: str) -> None:
    rig = Rig(personality, roll_lines=20, buffer_bytes=256)
    till = connected(rig)
    at(rig, 90.0, rig.printer.load_paper)
    printed = till.print(job(paper=LONG_PAPER))
    assert isinstance(printed, ReceiptPrinted), printed
    assert printed.interrupted
    lines = [line for piece in rig.printer.pieces for line in piece.text_lines]
    assert lines[:-1] == [f"Line {number}" for number in range(60)]


# --- a buffer that is full in the middle of a command -----------------------------------------------------------------


def test_error_that_strikes_in_the_middle_of_a_line_is_ended_although_the_buffer_is_full() -> None:
    rig = Rig(buffer_bytes=64)
    till = connected(rig)
    at(rig, 0.3, rig.printer.mechanical_error)
    printed = till.print(job(paper=LONG_PAPER))
    assert isinstance(printed, ReceiptPrinted), printed
    assert rig.wire.count(GO_ON) == 1


@pytest.mark.parametrize("personality", ["epson", "usb", "no_asb"])
def test_error_that_only_a_switch_ends_makes_the_job_doubtful_wherever_it_strikes(personality: str) -> None:
    for after in (0.3, 0.32, 0.34, 0.5):
        rig = Rig(personality, buffer_bytes=64)
        till = connected(rig)
        at(rig, after, rig.printer.unrecoverable)
        assert isinstance(till.print(job(paper=LONG_PAPER)), PrintDoubtful)


def test_nothing_is_slipped_into_a_picture_that_stands_still() -> None:
    """A real-time command inside it would be a part of the picture, and its tail text."""
    picture = Image(384, b"\xaa" * 48 * 96)
    rig = Rig("no_asb", replace(settings_for("no_asb"), band=96), buffer_bytes=64)
    till = connected(rig)
    at(rig, 0.3, rig.printer.open_cover)
    at(rig, 4.0, rig.printer.close_cover)
    printed = till.print(job(paper=replace(LONG_PAPER, blocks=(picture, *LONG_PAPER.blocks))))
    assert isinstance(printed, ReceiptPrinted), printed
    assert picture.data in bytes(rig.wire)


def test_question_of_which_one_byte_was_taken_does_not_eat_the_next_letter() -> None:
    rig = Rig("no_realtime_when_full", buffer_bytes=64)
    till = connected(rig)
    at(rig, 0.3, rig.printer.open_cover)
    take, held, asked = rig.printer.accept, bytearray(), bytearray()

    def accept(data: bytes) -> int:
        """Offline there is room for one byte of a question, and for nothing else; it comes first when there is more."""
        if not rig.printer.status.offline:
            del held[: take(bytes(held))]
            return 0 if held else take(data)
        if data[:1] != b"\x10" or asked:
            return 0
        asked.extend(data[:1])
        held.extend(data[:1])
        at(rig, 5.0, rig.printer.close_cover)
        return 1

    rig.printer.accept = accept  # type: ignore[method-assign]  # a printer with an awkward buffer
    printed = till.print(job(paper=LONG_PAPER))
    assert asked
    assert isinstance(printed, ReceiptPrinted), printed
    assert [line for piece in rig.printer.pieces for line in piece.text_lines][:60] == [f"Line {n}" for n in range(60)]
