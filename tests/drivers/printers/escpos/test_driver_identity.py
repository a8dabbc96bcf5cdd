"""Who the printer is, and what the driver makes of it, through the driver alone."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

import pytest

from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.identity import Identity
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulated.paper import PrintedImage, PrintedLine, PrintedQr
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.events import Event, PrinterPaperEnd, PrinterReady, ReceiptPrinted
from tests.drivers.printers.escpos.rig import Rig, at, connected, job, printer_events

AUTO = EscPosSettings(columns=32)
CHINESE = replace(PERSONALITIES["cjk"], maker="Zjiang", model="POS-5890K", serial="Z1")


def who(till: EscPosPrinter) -> Identity | None:
    return till.identity


def test_maker_model_serial_and_firmware_are_asked_for_once() -> None:
    rig = Rig(settings=AUTO)
    till = connected(rig)
    assert who(till) == Identity("EPSON", "TM-T88V", "J5NF012345", "10.05 ESC/POS")
    asked = [bytes.fromhex(wire) for wire in ("1D 49 43", "1D 49 42", "1D 49 44", "1D 49 41")]
    assert [bytes(rig.wire).count(question) for question in asked] == [1, 1, 1, 1]
    assert isinstance(till.print(job()), ReceiptPrinted)
    assert [bytes(rig.wire).count(question) for question in asked] == [1, 1, 1, 1]


def test_nothing_is_known_before_the_first_connection() -> None:
    assert Rig().driver().identity is None


def test_known_model_prints_with_its_own_page_and_codes() -> None:
    rig = Rig(settings=AUTO)
    assert isinstance(connected(rig).print(job()), ReceiptPrinted)
    title, _, code, total, end = rig.printer.pieces[0].printed
    assert isinstance(title, PrintedLine)
    assert title.text == "Магазин «Соняшник»"
    assert isinstance(code, PrintedQr)
    assert isinstance(total, PrintedLine)
    assert isinstance(end, PrintedLine)
    assert bytes.fromhex("1B 74 2E") in rig.wire


@pytest.mark.parametrize("personality", ["no_process_id", "id_less", "barrier_only"])
def test_unknown_model_gets_dots_for_whatever_it_might_get_wrong(personality: str) -> None:
    rig = Rig(personality, AUTO)
    assert isinstance(connected(rig).print(job()), ReceiptPrinted)
    printed = rig.printer.pieces[0].printed
    assert {type(mark) for mark in printed} == {PrintedImage}
    assert bytes.fromhex("1B 74 00") in rig.wire


def test_chinese_printer_is_led_out_of_two_byte_mode_after_every_reset() -> None:
    rig = Rig(CHINESE, AUTO)
    till = connected(rig)
    assert isinstance(till.print(job()), ReceiptPrinted)
    rig.printer.power_off()
    rig.printer.power_on()
    assert till.connect()
    assert isinstance(till.print(job("K7Q3")), ReceiptPrinted)
    rig.pass_time(3.0)
    text = rig.printer.paper_text()
    assert text.count("Магазин «Соняшник»") == 2
    wire = bytes(rig.wire)
    resets = [at for at in range(len(wire)) if wire.startswith(b"\x1b@", at)]
    assert len(resets) == 2
    assert all(wire.startswith(bytes.fromhex("1C 2E 1B 74 49 1B 52 00 1B 32"), at + 2) for at in resets)


def test_control_without_the_prologue_the_same_printer_makes_hieroglyphs() -> None:
    printer = SimulatedPrinter(CHINESE, columns=32)
    printer.accept(b"\x1bt\x49" + "Чек".encode("cp1251") + b"\n\x1dVB\x00")
    printer.run_until(10)
    assert "Чек" not in printer.paper_text()
    printer.accept(b"\x1c.\x1bt\x49" + "Чек".encode("cp1251") + b"\n\x1dVB\x00")
    printer.run_until(20)
    assert "Чек" in printer.paper_text()


def test_choice_is_logged_with_advice_where_it_is_a_makeshift(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "drivers.printers.escpos"):
        connected(Rig(settings=AUTO))
        connected(Rig("id_less", AUTO))
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said[0][1] == (
        "receipt printer is EPSON TM-T88V, serial number J5NF012345: profile TM-T88V, page 46 (cp1251), QR codes its "
        "own, bar codes its own"
    )
    assert said[1][1].startswith("receipt printer is a printer that does not say what it is: no profile, ASCII")
    assert said[2][0] == "WARNING"
    assert "printer codepages" in said[2][1]
    assert len(said) == 3


def test_misspelt_profile_is_refused_before_anything_is_opened() -> None:
    rig = Rig()
    with pytest.raises(ValueError, match="no printer profile 'TM-T88W'"):
        EscPosPrinter(rig.port, EscPosSettings(profile="TM-T88W"), rig.events.append)


class Plug:
    """The end of a cable: whichever printer stands there now."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self.printer = printer

    def accept(self, data: bytes) -> int:
        return self.printer.accept(data)

    def output(self) -> bytes:
        return self.printer.output()

    def run_until(self, now: float) -> None:
        self.printer.run_until(now)

    def next_change(self) -> float | None:
        return self.printer.next_change()


@pytest.mark.parametrize("serial", ["J5NF012345", "J5NF099999"])
def test_another_serial_number_than_last_time_is_told(serial: str, caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock()
    plug = Plug(SimulatedPrinter("epson", columns=32))
    events: list[Event] = []
    till = EscPosPrinter(MemoryPort(plug, clock), AUTO, events.append)
    assert till.connect()
    plug.printer = SimulatedPrinter(replace(PERSONALITIES["epson"], serial=serial), now=clock.monotonic(), columns=32)
    assert till.connect()
    found = who(till)
    assert found is not None
    assert found.serial == serial
    told = [event for event in events if isinstance(event, PrinterReady)]
    assert [event.serial for event in told] == ["J5NF012345", serial]
    warnings = [record.getMessage() for record in caplog.records]
    other = (
        f"receipt printer at memory:: it is another printer than before: EPSON TM-T88V, serial number {serial} instead "
        "of EPSON TM-T88V, serial number J5NF012345"
    )
    assert warnings == ([other] if serial != "J5NF012345" else [])


def test_printer_without_paper_is_introduced_when_it_is_back() -> None:
    rig = Rig(settings=AUTO, roll_lines=0)
    till = connected(rig)
    assert printer_events(rig) == [PrinterPaperEnd()]
    assert who(till) is None
    rig.printer.load_paper()
    till.watch(5.0)
    assert who(till) is not None
    ready = printer_events(rig)[-1]
    assert isinstance(ready, PrinterReady)
    assert (ready.model, ready.serial) == ("TM-T88V", "J5NF012345")


def test_printer_that_was_busy_while_connecting_is_introduced_before_its_first_job() -> None:
    rig = Rig(settings=AUTO, speed=4.0)
    rig.printer.accept(b"line\n" * 60)
    till = connected(rig)
    assert who(till) is None
    assert isinstance(till.print(job()), ReceiptPrinted)
    assert who(till) is not None
    assert "[QR " in rig.printer.paper_text(), "what it can do was known before the job was written"


def test_a_printer_that_was_busy_while_connecting_has_said_who_it_is_when_it_answers_about_a_job() -> None:
    rig = Rig(settings=AUTO, speed=4.0)
    rig.printer.accept(b"line\n" * 60)
    till = connected(rig)
    assert [event.serial for event in rig.events if isinstance(event, PrinterReady)] == [""]
    till.ask(job(), None)
    till.ask(job(), None)
    assert [event.serial for event in rig.events if isinstance(event, PrinterReady)] == ["", "J5NF012345"], "once"


@pytest.mark.parametrize("personality", ["epson", "no_process_id", "no_asb"])
def test_a_printer_that_is_switched_on_again_while_it_introduces_itself_is_known_all_the_same(personality: str) -> None:
    """Cut everywhere in the introduction; not to know it would be to draw every letter of its receipts."""
    models = set()
    for byte in range(0, 60, 3):
        rig = Rig(personality, settings=AUTO)
        rig.port.cut_after(byte, then=partial(_blink, rig))
        till = rig.driver()
        while not till.connect():
            rig.pass_time(1.0)
        till.print(job())
        models.add(till.identity.model if till.identity is not None else None)
    assert models == {PERSONALITIES[personality].model}


def _blink(rig: Rig) -> None:
    rig.printer.power_off()
    at(rig, 0.8, rig.printer.power_on)
