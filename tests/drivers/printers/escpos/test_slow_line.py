"""A receipt with a large picture on a line of 9600 bits per second: waiting is measured by the bytes still to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.settings import EscPosSettings, Times
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Event, PrintDoubtful, PrintFoundMissing, ReceiptPrinted
from statemachines.vocabulary.evidence import PrintEvidence
from statemachines.vocabulary.paper import Image, Paper, TextLine
from tests.drivers.printers.escpos.rig import LONG_PAPER, Rig, TillCut, at, connected, job, settings, settings_for
from tests.support.slow_line import SlowLine

BYTES_PER_S = 960.0
ROWS = 400
PICTURE = Image(384, bytes(range(0x20, 0x50)) * ROWS)
PAPER = Paper(32, (TextLine("Shop"), PICTURE, TextLine("Thank you")), "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНИЙ")
JOB = Print("doc-1", "K7Q2", PAPER)


class Bench:
    """One printer of this personality behind a slow line, and its driver."""

    def __init__(
        self,
        personality: str,
        holds: int,
        *,
        bytes_per_s: float = BYTES_PER_S,
        byte: float = EscPosSettings().times.byte,
        make: type[SimulatedPrinter] = SimulatedPrinter,
    ) -> None:
        self.clock = VirtualClock(100.0)
        self.printer = make(personality, now=100.0, columns=32)
        self.line = SlowLine(self.printer, holds, bytes_per_s)
        self.events: list[Event] = []
        settings = replace(settings_for(personality), times=Times(byte=byte))
        self.till = EscPosPrinter(MemoryPort(self.line, self.clock), settings, self.events.append)
        assert self.till.connect()

    def whole(self) -> bool:
        """The first piece that was cut off is the receipt, with all rows of the picture."""
        piece = next(piece for piece in self.printer.pieces if piece.ending == "partial_cut")
        rows = sum(mark.height for mark in piece.printed if hasattr(mark, "height"))
        return rows == ROWS and any("#K7Q2" in line for line in piece.text_lines)


def switched(printer: SimulatedPrinter, *moments: tuple[float, Callable[[], None]]) -> None:
    """A hand at the switch. What the line brings meanwhile is lost."""
    due = list(moments)
    run_until, next_change, accept = printer.run_until, printer.next_change, printer.accept

    def later(now: float) -> None:
        while due and due[0][0] <= now:
            moment, act = due.pop(0)
            run_until(moment)
            act()
        run_until(now)

    def sooner() -> float | None:
        times = [next_change(), due[0][0] if due else None]
        return min((at for at in times if at is not None), default=None)

    printer.run_until = later  # type: ignore[method-assign]  # a hand at the printer
    printer.next_change = sooner  # type: ignore[method-assign]  # a hand at the printer
    printer.accept = lambda data: accept(data) if printer.powered else len(data)  # type: ignore[method-assign]  # a line


@pytest.mark.parametrize("holds", [4096, 64 * 1024])
@pytest.mark.parametrize(
    ("personality", "by"),
    [("epson", "process_id"), ("no_process_id", "odometer"), ("barrier_only", "barrier"), ("mute", "assumed")],
)
def test_a_large_picture_on_a_slow_line_is_printed_without_doubt(
    personality: str, by: PrintEvidence, holds: int
) -> None:
    bench = Bench(personality, holds)
    printed = bench.till.print(JOB)
    assert isinstance(printed, ReceiptPrinted), printed
    assert printed.evidence == by
    if by != "assumed":
        assert bench.whole()
        # what comes next is answered at once again
        assert isinstance(
            bench.till.print(replace(JOB, job_id="K7Q3", paper=replace(PAPER, blocks=()))), ReceiptPrinted
        )


def test_a_line_slower_than_its_driver_was_told_ends_in_doubt() -> None:
    """The control: without the account of bytes the same wait is too short."""
    printed = Bench("epson", 64 * 1024, byte=0.0).till.print(JOB)
    assert isinstance(printed, PrintDoubtful)
    assert isinstance(Bench("epson", 64 * 1024, bytes_per_s=120.0, byte=1 / 120).till.print(JOB), ReceiptPrinted)


def test_a_printer_unplugged_behind_a_print_server_is_missed_when_the_bytes_had_time_to_go() -> None:
    bench = Bench("epson", 64 * 1024)
    bench.till.watch(1.0)
    before = bench.clock.monotonic()
    bench.line.unplugged_at = before + 5.0
    doubt = bench.till.print(JOB)
    assert isinstance(doubt, PrintDoubtful)
    assert "does not answer" in doubt.reason
    size = ROWS * 384 // 8
    # then three questions, 3 s apart, stay without answer
    assert size / BYTES_PER_S < bench.clock.monotonic() - before < size / BYTES_PER_S + 15


@pytest.mark.parametrize(("patience", "end"), [(1.0, ReceiptPrinted), (0.0, PrintFoundMissing)])
def test_what_a_former_till_sent_is_printed_to_its_end_before_anything_is_cleared(
    patience: float, end: type[Event]
) -> None:
    """The control has no patience: it clears a receipt that was about to come out, and may print a copy of it."""
    times = Times(line=patience * Times().line, byte=patience * Times().byte)
    rig = Rig(settings=settings(times=times), speed=6.5, buffer_bytes=64 * 1024)
    former = connected(rig)
    assert isinstance(former.print(job("K7Q1")), ReceiptPrinted)
    begun = job("K7Q2", paper=LONG_PAPER, before=rig.counters())
    # all of it is in the printer by then
    at(rig, 1.0, lambda: rig.port.cut_after(0, error=TillCut()))
    with pytest.raises(TillCut):
        former.print(begun)
    rig.new_port()
    found = connected(rig).ask(begun, None)
    assert isinstance(found, end), found
    out = [piece.ending for piece in rig.printer.pieces if "#K7Q2" in piece.text_lines[-1]]
    assert out == (["partial_cut"] if patience else [])


@pytest.mark.parametrize("personality", ["epson", "no_process_id", "no_asb"])
@pytest.mark.parametrize("holds", [256, 64 * 1024])
def test_a_printer_that_loses_its_power_while_it_waits_is_not_waited_for(personality: str, holds: int) -> None:
    bench = Bench(personality, holds)
    begun = bench.clock.monotonic()
    hands = [(begun + 5.0, bench.printer.open_cover), (begun + 30.0, bench.printer.power_off)]
    switched(bench.printer, *hands)
    doubt = bench.till.print(JOB)
    assert isinstance(doubt, PrintDoubtful)
    assert bench.clock.monotonic() - begun < 60
