"""The driver against a simulated printer in virtual time: connecting, printing, proving, watching."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.encode import CodePage
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    DrawerSensed,
    PrintDoubtful,
    PrinterCoverOpen,
    PrinterEvent,
    PrinterFault,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters, PrintEvidence
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
from tests.drivers.printers.escpos.rig import PAPER, Rig, TillCut, job

LONG = Paper(32, tuple(TextLine(f"Line {number}") for number in range(60)), "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНИЙ")

# By each kind of printer: the best proof that it can give.
PROOF: dict[str, PrintEvidence] = {
    "epson": "process_id",
    "epson_runs_ahead": "process_id",
    "no_process_id": "odometer",
    "odometer_lags": "odometer",
    "barrier_only": "barrier",
    "barrier_runs_ahead": "barrier",
    "mute": "assumed",
    "cjk": "odometer",
    "no_clear": "process_id",
    "asb_default_on": "process_id",
    "initialize_ends_asb": "process_id",
    "no_realtime_when_full": "process_id",
}


def settings_for(personality: str) -> EscPosSettings:
    if personality == "mute":
        return EscPosSettings(columns=32, confirm="none")
    if personality == "cjk":
        return EscPosSettings(columns=32, page=CodePage("cp1251", 73))
    return EscPosSettings(columns=32)


def connected(rig: Rig) -> EscPosPrinter:
    till = rig.driver()
    assert till.connect()
    return till


def printer_events(rig: Rig) -> list[PrinterEvent]:
    return [event for event in rig.events if isinstance(event, PrinterEvent)]


# --- connecting ---------------------------------------------------------------------------------------------------


def test_every_personality_is_tried() -> None:
    assert set(PROOF) == set(PERSONALITIES)


def test_connecting_tells_who_the_printer_is_and_what_it_counts() -> None:
    rig = Rig()
    connected(rig)
    assert printer_events(rig) == [
        PrinterReady(paper_near_end=False, model="TM-T88V", serial="J5NF012345", counters=Counters(0, 0))
    ]


@pytest.mark.parametrize("personality", sorted(PROOF))
def test_connecting_reports_exactly_one_condition(personality: str) -> None:
    rig = Rig(personality, settings_for(personality))
    connected(rig)
    assert len(printer_events(rig)) == 1


def test_connecting_sends_nothing_that_prints_cuts_or_wipes() -> None:
    rig = Rig()
    connected(rig)
    assert rig.wire.startswith(bytes.fromhex("09 09 10 04 01 10 04 04 1D 61 0F 1D 72 01"))
    for disruptive in ("1B 40", "1D 56", "10 14", "10 05", "1B 64", "0A", "1B 70"):
        assert bytes.fromhex(disruptive) not in rig.wire
    assert rig.printer.pieces == ()


def test_printer_without_power_is_silent() -> None:
    rig = Rig()
    rig.printer.power_off()
    till = rig.driver()
    assert not till.connect()
    assert not till.connected
    (silent,) = printer_events(rig)
    assert isinstance(silent, PrinterSilent)
    assert "does not answer" in silent.reason


def test_missing_port_is_silent_with_the_ports_words() -> None:
    rig = Rig()
    rig.port.unplug()
    assert not rig.driver().connect()
    (silent,) = printer_events(rig)
    assert isinstance(silent, PrinterSilent)
    assert "unplugged" in silent.reason


def test_printer_without_paper_connects_and_says_so() -> None:
    rig = Rig(roll_lines=0)
    connected(rig)
    assert printer_events(rig) == [PrinterPaperEnd()]


def test_printer_that_answers_nothing_connects_when_configured_so() -> None:
    rig = Rig("mute", settings_for("mute"))
    connected(rig)
    assert printer_events(rig) == [PrinterReady()]


def test_half_a_drawer_pulse_of_a_dead_till_does_not_open_the_drawer() -> None:
    rig = Rig()
    rig.printer.accept(bytes.fromhex("1B 70 00"))
    connected(rig)
    rig.pass_time(2.0)
    assert not rig.drawer.is_open


# --- printing -----------------------------------------------------------------------------------------------------


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
    rig = Rig(settings=EscPosSettings(columns=32, confirm=confirm))  # type: ignore[arg-type]  # table of strings
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
    printed = till.print(job(paper=LONG))
    assert isinstance(printed, ReceiptPrinted), printed
    assert printed.evidence == "process_id"
    assert printed.interrupted
    assert rig.clock.monotonic() > 130.0
    lines = [line for piece in rig.printer.pieces for line in piece.text_lines]
    assert lines[:-1] == [f"Line {number}" for number in range(60)]
    assert PrinterPaperEnd() in rig.events


def at(rig: Rig, after: float, action: Callable[[], object]) -> None:
    """Call `action` when the printer's time gets there."""
    due = rig.clock.monotonic() + after
    run_until = rig.printer.run_until
    next_change = rig.printer.next_change
    done: list[bool] = []

    def later(now: float) -> None:
        if now >= due and not done:
            done.append(True)
            run_until(due)
            action()
        run_until(now)

    def sooner() -> float | None:
        change = next_change()
        return change if done else due if change is None else min(change, due)

    rig.printer.run_until = later  # type: ignore[method-assign]  # a hand at the printer
    rig.printer.next_change = sooner  # type: ignore[method-assign]


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
    doubtful = till.print(job(paper=LONG))
    assert isinstance(doubtful, PrintDoubtful), doubtful
    assert "off and on" in doubtful.reason


@pytest.mark.parametrize("personality", ["epson", "no_process_id"])
def test_power_lost_in_the_middle_is_doubtful_and_says_whether_the_end_left(personality: str) -> None:
    rig = Rig(personality, buffer_bytes=256, speed=4.0)
    till = connected(rig)
    at(rig, 3.0, rig.printer.power_off)
    doubtful = till.print(job(paper=LONG))
    assert isinstance(doubtful, PrintDoubtful)
    assert doubtful.end_sent is False


def test_close_from_another_thread_ends_an_endless_wait() -> None:
    rig = Rig(roll_lines=20, buffer_bytes=256)
    till = connected(rig)
    closer = threading.Thread(target=till.close)
    at(rig, 50.0, closer.start)
    doubtful = till.print(job(paper=LONG))
    closer.join(5)
    assert isinstance(doubtful, PrintDoubtful)
    assert "being stopped" in doubtful.reason
    assert not till.connected


# --- asking -------------------------------------------------------------------------------------------------------


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


# --- watching -----------------------------------------------------------------------------------------------------


def test_change_of_condition_is_reported_once() -> None:
    rig = Rig()
    till = connected(rig)
    assert isinstance(till.print(job()), ReceiptPrinted)
    rig.events.clear()
    rig.printer.open_cover()
    till.watch(10.0)
    rig.printer.close_cover()
    till.watch(10.0)
    ready = PrinterReady(paper_near_end=False, model="TM-T88V", serial="J5NF012345")
    assert printer_events(rig) == [PrinterCoverOpen(), ready]


def test_near_end_of_the_paper_is_reported() -> None:
    rig = Rig(roll_lines=50)
    till = connected(rig)
    assert isinstance(till.print(job()), ReceiptPrinted)
    till.watch(1.0)
    assert isinstance(rig.events[-1], PrinterReady)
    assert rig.events[-1].paper_near_end


@pytest.mark.parametrize("personality", ["epson", "barrier_only", "asb_default_on"])
def test_loss_of_power_is_noticed_within_two_heartbeats(personality: str) -> None:
    rig = Rig(personality)
    till = connected(rig)
    till.watch(1.0)
    rig.events.clear()
    rig.printer.power_off()
    gone = rig.clock.monotonic()
    while till.connected:
        till.watch(1.0)
    assert rig.clock.monotonic() - gone < 8.0
    assert [type(event) for event in printer_events(rig)] == [PrinterSilent]


def test_unplugged_port_is_noticed_and_comes_back() -> None:
    rig = Rig()
    till = connected(rig)
    rig.port.unplug()
    till.watch(1.0)
    assert not till.connected
    before_return = rig.clock.monotonic()
    till.watch(5.0)
    assert rig.clock.monotonic() == before_return
    rig.port.plug()
    assert till.connect()
    assert isinstance(till.print(job()), ReceiptPrinted)


def test_heartbeat_is_one_question_every_three_seconds() -> None:
    rig = Rig()
    till = connected(rig)
    sent = len(rig.wire)
    till.watch(30.2)
    assert bytes(rig.wire[sent:]) == bytes.fromhex("10 04 01") * 10


def test_mute_printer_is_left_alone() -> None:
    rig = Rig("mute", settings_for("mute"))
    till = connected(rig)
    sent = len(rig.wire)
    till.watch(30.0)
    assert len(rig.wire) == sent


def test_wake_ends_the_watch() -> None:
    rig = Rig()
    till = connected(rig)
    started = rig.clock.monotonic()
    till.wake()
    till.watch(60.0)
    assert rig.clock.monotonic() - started < 1.0


# --- the drawer ---------------------------------------------------------------------------------------------------


def drawer_states(rig: Rig) -> list[bool]:
    return [event.open for event in rig.events if isinstance(event, DrawerSensed)]


def test_kick_opens_the_drawer_and_the_switch_tells() -> None:
    rig = Rig()
    till = connected(rig)
    till.watch(1.0)
    assert till.kick(rig.kick_order()) == DrawerKicked("drawer-1", 1)
    till.watch(1.0)
    rig.drawer.push_shut()
    till.watch(1.0)
    assert drawer_states(rig) == [False, True, False]
    assert rig.wire.count(bytes.fromhex("10 14 01 00 01")) == 1


def test_printer_of_unknown_make_is_kicked_in_its_turn() -> None:
    rig = Rig("no_process_id")
    till = connected(rig)
    assert till.kick(rig.kick_order()) == DrawerKicked("drawer-1", 1)
    rig.pass_time(1.0)
    assert rig.drawer.is_open
    assert rig.wire.endswith(bytes.fromhex("1B 70 00 32 32"))


@pytest.mark.parametrize("personality", ["epson", "no_process_id"])
def test_kick_works_with_the_paper_at_its_end(personality: str) -> None:
    rig = Rig(personality, roll_lines=0)
    till = connected(rig)
    assert isinstance(till.kick(rig.kick_order()), DrawerKicked)
    rig.pass_time(1.0)
    assert rig.drawer.is_open


def test_buffered_kick_is_dropped_while_offline_and_never_fires_later() -> None:
    rig = Rig(settings=EscPosSettings(columns=32, kick="buffered"), roll_lines=0)
    till = connected(rig)
    dropped = till.kick(rig.kick_order())
    assert isinstance(dropped, DrawerKickDropped)
    assert "unattended" in dropped.reason
    rig.printer.load_paper()
    rig.pass_time(5.0)
    assert rig.printer.pulses == []


def test_expired_kick_is_dropped() -> None:
    rig = Rig()
    till = connected(rig)
    order = rig.kick_order(ttl=3.0)
    rig.pass_time(3.1)
    assert isinstance(till.kick(order), DrawerKickDropped)
    assert rig.printer.pulses == []


def test_second_kick_is_dropped_while_the_coil_rests() -> None:
    rig = Rig()
    till = connected(rig)
    assert isinstance(till.kick(rig.kick_order()), DrawerKicked)
    assert isinstance(till.kick(rig.kick_order()), DrawerKickDropped)
    rig.pass_time(1.2)
    assert isinstance(till.kick(rig.kick_order()), DrawerKicked)
    assert not rig.drawer.burnt


def test_kick_of_a_job_leaves_before_everything_else_of_it() -> None:
    rig = Rig()
    till = connected(rig)
    assert isinstance(till.print(job("K7Q1")), ReceiptPrinted)
    sent = len(rig.wire)
    assert isinstance(till.print(job(kick=rig.kick_order())), ReceiptPrinted)
    own = bytes(rig.wire[sent:])
    assert own.index(bytes.fromhex("1B 70 00 32 32")) < own.index(bytes.fromhex("1D 28 4C"))
    assert DrawerKicked("drawer-1", 1) in rig.events
    assert rig.drawer.is_open


def test_expired_kick_of_a_job_is_taken_out_and_the_receipt_is_printed() -> None:
    rig = Rig()
    till = connected(rig)
    order = rig.kick_order(ttl=0.5)
    rig.pass_time(1.0)
    assert isinstance(till.print(job(kick=order)), ReceiptPrinted)
    assert [event.reason for event in rig.events if isinstance(event, DrawerKickDropped)]
    assert DrawerKicked("drawer-1", 1) not in rig.events
    assert rig.printer.pulses == []


def test_kick_without_a_drawer_is_dropped() -> None:
    rig = Rig(with_drawer=False)
    assert isinstance(connected(rig).kick(rig.kick_order()), DrawerKickDropped)


def test_copy_is_printed_with_its_mark() -> None:
    rig = Rig()
    assert isinstance(connected(rig).print(job(copy_no=2)), ReceiptPrinted)
    lines = rig.printer.pieces[0].text_lines
    assert [line.strip() for line in lines].count("КОПІЯ 2") == 2
    assert len(lines) == len(PAPER.blocks) + 3
