"""Printing: one receipt on paper, proven as well as the printer can, through everything that holds it up."""

from __future__ import annotations

import threading

import pytest

from drivers.printers.escpos.simulated.personality import PERSONALITIES
from statemachines.vocabulary.events import (
    PrintDoubtful,
    PrinterFault,
    PrinterPaperEnd,
    PrintOutdated,
    PrintRefused,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters, PrintEvidence
from tests.drivers.printers.escpos.rig import (
    LONG_PAPER,
    Rig,
    at,
    connected,
    job,
    settings,
    settings_for,
)

# By each kind of printer: the best proof that it can give.
PROOF: dict[str, PrintEvidence] = {
    "epson": "process_id",
    "epson_runs_ahead": "process_id",
    "no_process_id": "odometer",
    "odometer_lags": "odometer",
    "barrier_only": "barrier",
    "barrier_runs_ahead": "barrier",
    "mute": "assumed",
    "no_asb": "odometer",
    "cjk": "odometer",
    "no_clear": "process_id",
    "asb_default_on": "process_id",
    "initialize_ends_asb": "process_id",
    "no_realtime_when_full": "process_id",
    "usb": "process_id",
    "prints_past_paper_end": "process_id",
    "id_less": "odometer",
}


def test_every_personality_is_tried() -> None:
    assert set(PROOF) == set(PERSONALITIES)


@pytest.mark.parametrize("personality", sorted(PROOF))
@pytest.mark.parametrize("wire", ["whole", "byte by byte", "late"])
def test_receipt_is_printed_once_with_the_best_proof(personality: str, wire: str) -> None:
    rig = Rig(
        personality,
        settings_for(personality),
        split=wire == "byte by byte",
        delay=0.15 if wire == "late" else 0.0,
    )
    till = connected(rig)
    for number, job_id in enumerate(("K7Q1", "K7Q2", "K7Q3")):
        printed = till.print(job(job_id))
        assert isinstance(printed, ReceiptPrinted), printed
        assert printed.evidence == PROOF[personality]
        rig.pass_time(3.0)
        assert rig.whole(job(job_id)) == 1
        if printed.counters is not None:
            assert printed.counters.cuts == number + 1
    assert len(rig.printer.pieces) == 3


@pytest.mark.parametrize(
    ("confirm", "evidence"),
    [("process_id", "process_id"), ("odometer", "odometer"), ("barrier", "barrier"), ("none", "assumed")],
)
def test_configured_proof_switches_the_better_ones_off(confirm: str, evidence: str) -> None:
    rig = Rig(settings=settings(confirm=confirm))
    printed = connected(rig).print(job())
    assert isinstance(printed, ReceiptPrinted)
    assert printed.evidence == evidence


def test_job_with_a_fragment_before_it_cuts_twice() -> None:
    rig = Rig("no_process_id")
    printed = connected(rig).print(job(void=True))
    assert isinstance(printed, ReceiptPrinted)
    assert printed.counters is not None
    assert printed.counters.cuts == 2
    assert rig.printer.pieces[0].text_lines[-1].strip() == "ФРАГМЕНТ НЕДІЙСНИЙ"
    assert rig.whole(job()) == 1


def test_odometer_that_moved_since_the_plan_sends_nothing() -> None:
    rig = Rig()
    till = connected(rig)
    out = till.print(job(before=Counters(cuts=7, lines=0)))
    assert out == PrintOutdated("doc-K7Q2", "K7Q2", Counters(0, 0))
    assert rig.printer.pieces == ()
    assert b"#K7Q2" not in rig.wire


def test_offline_printer_refuses_and_nothing_is_sent() -> None:
    rig = Rig()
    till = connected(rig)
    rig.printer.open_cover()
    sent = len(rig.wire)
    refused = till.print(job())
    assert isinstance(refused, PrintRefused)
    assert "the cover is open: close it; nothing was printed" in refused.reason
    assert rig.wire[sent:].replace(bytes.fromhex("1004"), b"") == bytes([1, 2, 3, 4])


def test_unconnected_printer_refuses() -> None:
    out = Rig().driver().print(job())
    assert isinstance(out, PrintRefused)
    assert out.reason.startswith("receipt printer at memory:: it is not connected; nothing was printed")


def test_bad_job_id_is_refused_before_the_first_byte() -> None:
    rig = Rig()
    out = connected(rig).print(job("K Q2"))
    assert isinstance(out, PrintRefused)
    assert rig.printer.pieces == ()


def test_paper_end_in_the_middle_waits_and_goes_on_with_the_next_line() -> None:
    rig = Rig(roll_lines=20, buffer_bytes=256)
    till = connected(rig)
    at(rig, 30.0, rig.printer.load_paper)
    printed = till.print(job(paper=LONG_PAPER))
    assert isinstance(printed, ReceiptPrinted), printed
    assert printed.evidence == "process_id"
    assert printed.interrupted
    assert rig.clock.monotonic() > 130.0
    lines = [line for piece in rig.printer.pieces for line in piece.text_lines]
    assert lines[:-1] == [f"Line {number}" for number in range(60)]
    assert PrinterPaperEnd() in rig.events


def test_open_cover_while_waiting_for_the_proof_stops_the_clock() -> None:
    rig = Rig(speed=4.0)
    till = connected(rig)
    at(rig, 1.0, rig.printer.open_cover)
    at(rig, 61.0, rig.printer.close_cover)
    printed = till.print(job())
    assert isinstance(printed, ReceiptPrinted), printed
    assert printed.interrupted
    assert rig.whole(job()) == 1


def test_cutter_jam_is_recovered_and_the_receipt_completed() -> None:
    rig = Rig()
    till = connected(rig)
    rig.printer.cutter_jam()
    printed = till.print(job())
    assert isinstance(printed, ReceiptPrinted), printed
    assert rig.whole(job()) == 1
    assert any(isinstance(event, PrinterFault) and event.recoverable for event in rig.events)


def test_unrecoverable_error_makes_the_receipt_doubtful() -> None:
    rig = Rig(speed=4.0)
    till = connected(rig)
    at(rig, 0.5, rig.printer.unrecoverable)
    doubtful = till.print(job())
    assert isinstance(doubtful, PrintDoubtful)
    assert "switching it off and on" in doubtful.reason


def test_printer_that_was_switched_off_while_it_waited_for_paper_is_not_believed() -> None:
    rig = Rig("no_process_id", roll_lines=20, buffer_bytes=256)
    till = connected(rig)
    at(rig, 20.0, rig.printer.power_off)
    at(rig, 25.0, rig.printer.load_paper)
    at(rig, 26.0, rig.printer.power_on)
    doubtful = till.print(job(paper=LONG_PAPER))
    assert isinstance(doubtful, PrintDoubtful), doubtful
    assert "off and on" in doubtful.reason


@pytest.mark.parametrize("personality", ["epson", "no_process_id"])
def test_power_lost_in_the_middle_is_doubtful_and_says_whether_the_end_left(personality: str) -> None:
    rig = Rig(personality, buffer_bytes=256, speed=4.0)
    till = connected(rig)
    at(rig, 3.0, rig.printer.power_off)
    doubtful = till.print(job(paper=LONG_PAPER))
    assert isinstance(doubtful, PrintDoubtful)
    assert doubtful.end_sent is False


def test_close_from_another_thread_ends_an_endless_wait() -> None:
    rig = Rig(roll_lines=20, buffer_bytes=256)
    till = connected(rig)
    closer = threading.Thread(target=till.close)
    at(rig, 50.0, closer.start)
    doubtful = till.print(job(paper=LONG_PAPER))
    closer.join(5)
    assert isinstance(doubtful, PrintDoubtful)
    assert "being stopped" in doubtful.reason
    assert not till.connected
