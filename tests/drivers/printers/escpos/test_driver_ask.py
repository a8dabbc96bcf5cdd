"""Asking after a cut: the dialogue, and the verdict where the paper is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.printers.escpos.driver import EscPosPrinter
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    PrinterReady,
    PrintFoundMissing,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
from tests.drivers.printers.escpos.rig import (
    Rig,
    TillCut,
    connected,
    job,
    printer_events,
    settings_for,
)

WITH_LONG_CODE = Paper(
    32,
    (TextLine("Магазин"), QrCode("https://cabinet.tax.gov.ua/cashregs/check?" + "a" * 400)),
    "КІНЕЦЬ",
    "КОПІЯ",
    "ФРАГМЕНТ НЕДІЙСНИЙ",
)
CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")


def stuck_in_a_code(rig: Rig) -> tuple[EscPosPrinter, Print]:
    """The till died in the middle of a QR code; the till after it, and what was being printed."""
    till = connected(rig)
    done = till.print(job("K7Q1"))
    assert isinstance(done, ReceiptPrinted)
    intention = job(before=done.counters, paper=WITH_LONG_CODE)
    rig.port.on_bytes = None
    rig.port.cut_after(230, error=TillCut())
    with pytest.raises(TillCut):
        till.print(intention)
    rig.new_port()
    rig.wire.clear()
    return connected(rig), intention


def test_parser_stuck_in_a_qr_code_is_cleared_and_the_receipt_proven_missing() -> None:
    rig = Rig()
    till, intention = stuck_in_a_code(rig)
    assert printer_events(rig)[-1] == PrinterReady()
    found = till.ask(intention, None)
    assert isinstance(found, PrintFoundMissing), found
    assert found.proven
    assert found.fragment
    assert CLEAR in rig.wire


def test_connecting_to_a_stuck_printer_leaves_the_evidence_alone() -> None:
    rig = Rig()
    stuck_in_a_code(rig)
    assert rig.printer.downloaded_keys == (b"Q2",)
    assert CLEAR not in rig.wire
    assert b"\x1b@" not in rig.wire


def test_parser_stuck_in_a_qr_code_without_clear_is_fed_to_its_end() -> None:
    rig = Rig("no_clear")
    till, intention = stuck_in_a_code(rig)
    found = till.ask(intention, None)
    assert isinstance(found, PrintFoundMissing), found
    assert found.proven
    assert b"\x00" * 256 in rig.wire


@pytest.mark.parametrize("personality", ["epson", "no_clear"])
def test_resend_after_a_fragment_gives_one_whole_receipt_and_a_voided_piece(personality: str) -> None:
    rig = Rig(personality)
    till, intention = stuck_in_a_code(rig)
    found = till.ask(intention, None)
    assert isinstance(found, PrintFoundMissing)
    again = replace(job("K7Q3", void=True), before=found.counters)
    printed = till.print(again)
    assert isinstance(printed, ReceiptPrinted), printed
    assert rig.whole(job("K7Q3")) == 1
    voided = rig.printer.pieces[-2].text_lines
    assert voided[-1].strip() == "ФРАГМЕНТ НЕДІЙСНИЙ"


def test_receipt_whose_answer_was_lost_is_found_printed() -> None:
    rig = Rig("no_process_id")
    till = connected(rig)
    first = till.print(job("K7Q1"))
    assert isinstance(first, ReceiptPrinted)
    second = till.print(job(before=first.counters))
    assert isinstance(second, ReceiptPrinted)
    rig.new_port()
    found = connected(rig).ask(job(before=first.counters), None)
    assert isinstance(found, ReceiptPrinted)
    assert found.evidence == "odometer"


def test_process_id_that_comes_while_the_till_is_back_proves_the_receipt() -> None:
    rig = Rig(speed=4.0)
    till = connected(rig)
    assert isinstance(till.print(job("K7Q1")), ReceiptPrinted)
    process_id = bytes.fromhex("1D 28 48 06 00 30 30") + b"K7Q2"
    seen = bytearray()

    def die_behind_the_id(_: int, data: bytes) -> None:
        seen.extend(data)
        if process_id in seen:
            raise TillCut

    rig.port.on_bytes = die_behind_the_id
    with pytest.raises(TillCut):
        till.print(job("K7Q2"))
    assert rig.whole(job("K7Q2")) == 0
    rig.new_port()
    found = connected(rig).ask(job("K7Q2"), None)
    assert isinstance(found, ReceiptPrinted)
    assert found.evidence == "process_id"
    assert rig.whole(job("K7Q2")) == 1


def test_offline_printer_is_asked_later() -> None:
    rig = Rig()
    till = connected(rig)
    rig.printer.open_cover()
    found = till.ask(job(before=Counters(0, 0)), None)
    assert isinstance(found, PrintUnresolved)
    assert not found.person_needed
    rig.printer.close_cover()
    found = till.ask(job(before=Counters(0, 0)), end_sent=False)
    assert isinstance(found, PrintFoundMissing)


def test_older_receipt_is_a_persons_question_once_another_was_begun() -> None:
    rig = Rig("no_process_id")
    till = connected(rig)
    assert isinstance(till.print(job("K7Q2")), ReceiptPrinted)
    found = till.ask(job("K7Q1", before=Counters(0, 0)), None)
    assert isinstance(found, PrintUnresolved)
    assert found.person_needed


def test_printer_that_answers_nothing_is_a_persons_question() -> None:
    rig = Rig("mute", settings_for("mute"))
    found = connected(rig).ask(job(), None)
    assert isinstance(found, PrintUnresolved)
    assert found.person_needed
