"""A port that takes a job in pieces: what has left is never sent again.

Sockets and USB endpoints take what they have room for; a USB time-out leaves a part behind. The wire is the judge: with
the real-time queries taken out, which no job contains, every byte of the job is on it once and in order.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.ports.memory import MemoryPort
from drivers.printers.escpos.encode import encode
from drivers.printers.escpos.means import CodePage, Means
from drivers.printers.escpos.settings import EscPosSettings
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import PrintDoubtful, PrintFoundMissing, PrintUnresolved, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.paper import Image, Paper, QrCode, TextLine
from tests.drivers.printers.escpos.rig import Rig, at, connected, job

QUERY = re.compile(rb"\x10\x04[\x01-\x04]")
PICTURE = Image(384, bytes((x * 7 + 3) & 0x7F for x in range(48 * 60)))
PAPER = Paper(
    32,
    (TextLine("Магазин «Соняшник»"), PICTURE, TextLine("əə їжа"), QrCode("https://shop.example/412"), TextLine("5.00")),
    "END",
    "COPY",
    "VOID",
)
MEANS = Means(page=CodePage("cp1251", 46), dots=384)

Take = Callable[[random.Random], int]


class Reluctant(MemoryPort):
    """Takes at most `take(chance)` bytes a write. `lies`: once it says that it took none of a piece, which is what a
    driver would believe that does not count what a time-out leaves behind."""

    take: Take
    chance: random.Random
    lies = False

    def write(self, data: bytes, timeout: float) -> int:
        most = self.take(self.chance)
        if most == 0:
            self.clock.advance(min(timeout, 0.05))
            return 0
        taken = super().write(data[:most], timeout)
        if self.lies and taken and len(data) > 300:
            self.lies = False
            return 0
        return taken


def tcp(chance: random.Random) -> int:
    return chance.choice((0, 1, 2, 3, 7, 64, 512))


def usb(chance: random.Random) -> int:
    return 64 * chance.choice((0, 0, 1, 2, 8))


def one(_: random.Random) -> int:
    return 1


def print_through(take: Take, seed: int, *, lies: bool = False, roll: int | None = None, who: str = "epson") -> Rig:
    settings = EscPosSettings(columns=32, page=CodePage("cp1251", 46), qr="native", kick="buffered")
    rig = Rig(who, settings, roll_lines=roll, buffer_bytes=600)
    rig.port = Reluctant(rig.printer, rig.clock, on_bytes=lambda _, data: rig.wire.extend(data))
    rig.port.take, rig.port.chance = take, random.Random(seed)
    till = connected(rig)
    if roll is not None:
        at(rig, 20.0, rig.printer.load_paper)
    rig.port.lies = lies
    printed = till.print(order())
    assert isinstance(printed, ReceiptPrinted), printed
    assert printed.interrupted == (roll is not None)
    return rig


def order(before: Counters | None = None) -> Print:
    return job(paper=PAPER, before=before)


def times_on_the_wire(rig: Rig) -> int:
    """How often the whole job, from its marker to its process id, is there without anything in between."""
    wire = QUERY.sub(b"", bytes(rig.wire))
    markers = frozenset({" E"}) if rig.printer.personality.ram_graphics else None
    return wire.count(encode(order(), MEANS, markers=markers).data)


@pytest.mark.parametrize("take", [tcp, usb, one])
@pytest.mark.parametrize("who", ["epson", "usb", "no_process_id", "no_asb"])
def test_job_in_pieces_is_on_the_wire_once(take: Take, who: str, seed: int) -> None:
    rig = print_through(take, seed, who=who)
    assert times_on_the_wire(rig) == 1
    assert len(rig.printer.pieces) == 1


@pytest.mark.parametrize("take", [tcp, usb])
@pytest.mark.parametrize("who", ["epson", "usb"])
def test_job_that_waited_for_paper_goes_on_at_its_byte(take: Take, who: str, seed: int) -> None:
    rig = print_through(take, seed, roll=3, who=who)
    assert times_on_the_wire(rig) == 1
    assert [piece.ending for piece in rig.printer.pieces] == ["roll_end", "partial_cut"]


def test_control_a_till_that_does_not_know_what_left_is_caught() -> None:
    caught = 0
    for seed in range(10):
        try:
            caught += times_on_the_wire(print_through(tcp, seed, lies=True)) != 1
        except AssertionError:
            caught += 1
    assert caught == 10


def test_picture_cut_off_by_the_paper_end_of_a_printer_that_reports_nothing_is_found_missing_and_sent_again() -> None:
    """In the middle of a band it cannot be asked why it takes nothing: the job is in doubt, and the printer decides."""
    settings = EscPosSettings(columns=32, page=CodePage("cp1251", 46), qr="native", band=128)
    rig = Rig("no_asb", settings, roll_lines=1, buffer_bytes=128)
    till = connected(rig)
    before = rig.counters()
    doubtful = till.print(order(before))
    assert isinstance(doubtful, PrintDoubtful), doubtful
    assert doubtful.end_sent is False
    later = till.ask(order(before), doubtful.end_sent)
    assert isinstance(later, PrintUnresolved)
    assert not later.person_needed
    rig.printer.load_paper()
    found = till.ask(order(before), doubtful.end_sent)
    assert isinstance(found, PrintFoundMissing), found
    assert found.proven
    again = replace(order(found.counters), job_id="K7Q3", void_fragment=found.fragment, cuts=1 + found.fragment)
    printed = till.print(again)
    assert isinstance(printed, ReceiptPrinted), printed
    whole = rig.printer.pieces[-1].text_lines
    assert whole[0] == "Магазин «Соняшник»"
    assert whole[-1].startswith("#K7Q3")
