"""The port in memory: virtual time, back-pressure, and a wire that is cut at any byte."""

from __future__ import annotations

import threading

import pytest

from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.base import Port, PortLost
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.simulator import SimulatedPrinter

PROCESS_ID = b"\x1d(H\x06\x0000ab12"
JOB = b"one\ntwo\n\x1dVB\x00" + PROCESS_ID


class Cut(Exception):
    """The till lost its power."""


def bench(**options: object) -> tuple[SimulatedPrinter, MemoryPort, VirtualClock]:
    clock = VirtualClock(100.0)
    printer = SimulatedPrinter(now=100.0, drawer=SimulatedDrawer(now=100.0), speed_lines_per_s=10)
    port = MemoryPort(printer, clock, **options)  # type: ignore[arg-type]  # the port's own options
    port.open()
    return printer, port, clock


def test_it_is_a_port() -> None:
    port: Port = bench()[1]
    assert port.clock.monotonic() == 100.0


def test_read_jumps_to_the_answer_and_not_further() -> None:
    _, port, clock = bench()
    assert port.write(JOB, 1.0) == len(JOB)
    assert port.read(60.0) == b"7\x22ab12\x00"
    assert clock.monotonic() == pytest.approx(100.0 + 0.2 + 110 / 300 + 0.3)


def test_silence_takes_exactly_the_time_out() -> None:
    _, port, clock = bench()
    assert port.read(2.5) == b""
    assert clock.monotonic() == 102.5


def test_write_waits_for_room_and_stops_at_the_time_out() -> None:
    _, port, clock = bench()
    data = b"0123456789\n" * 500
    taken = port.write(data, 2.0)
    # 4096 in the buffer, one line being printed, and twenty lines printed within the two seconds
    assert taken == 4096 + 11 + 20 * 11
    assert clock.monotonic() == pytest.approx(102.0)


def test_write_returns_early_when_there_is_something_to_read() -> None:
    printer, port, clock = bench()
    port.write(b"\x1da\x0f", 1.0)
    port.read(1.0)
    printer.overheat(3.0)
    port.read(1.0)
    taken = port.write(b"x" * 5000, 60.0)
    # the buffer, and what the printer took out of it for the first line once the head had cooled
    assert taken == 4096 + 64
    assert clock.monotonic() == pytest.approx(103.0)
    assert port.read(0.0) == b"\x10\x00\x00\x0f"


def test_delayed_and_split_answers_arrive_byte_by_byte() -> None:
    _, port, clock = bench(delay=0.5, split=True, byte_gap=0.01)
    port.write(b"\x1dIB", 1.0)
    parts = []
    while part := port.read(1.0):
        parts.append((part, round(clock.monotonic() - 100, 3)))
    assert b"".join(part for part, _ in parts) == b"_EPSON\x00"
    assert [at for _, at in parts] == [0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56]


def test_unplugged_port_is_lost_until_it_is_opened_again() -> None:
    printer, port, _ = bench()
    port.write(b"\x1dIB", 1.0)
    port.unplug()
    for call in (lambda: port.read(1.0), lambda: port.write(b"x", 1.0), port.open):
        with pytest.raises(PortLost, match="unplugged"):
            call()
    port.plug()
    with pytest.raises(PortLost, match="not open"):
        port.read(1.0)
    port.open()
    assert port.read(1.0) == b""
    assert printer.powered


def test_printer_that_keeps_its_power_prints_on_while_unplugged() -> None:
    printer, port, clock = bench()
    port.write(JOB, 1.0)
    port.unplug()
    clock.advance(10)
    printer.run_until(clock.monotonic())
    assert printer.pieces[0].text_lines == ("one", "two")


def test_port_without_power_is_lost_only_where_that_shows() -> None:
    for lost in (True, False):
        printer, port, _ = bench(lost_without_power=lost)
        printer.power_off()
        if lost:
            with pytest.raises(PortLost, match="no power"):
                port.read(1.0)
        else:
            assert port.read(1.0) == b""
            assert port.write(b"x", 1.0) == 0


@pytest.mark.parametrize("count", range(len(JOB) + 1))
def test_till_is_cut_exactly_after_the_byte(count: int) -> None:
    seen: list[bytes] = []
    printer, port, _ = bench(on_bytes=lambda total, data: seen.append(data))
    port.cut_after(count, error=Cut())
    with pytest.raises(Cut):
        port.write(JOB, 1.0)
    assert printer.accepted == port.handed == count
    assert b"".join(seen) == JOB[:count]


@pytest.mark.parametrize("count", [0, 1, 17, len(JOB) - 1])
def test_printer_is_cut_exactly_after_the_byte(count: int) -> None:
    printer, port, _ = bench()
    port.cut_after(count, then=printer.power_off)
    assert port.write(JOB, 1.0) == count
    assert (printer.powered, printer.buffered) == (False, 0)


def test_both_are_cut_at_once_and_only_once() -> None:
    printer, port, _ = bench()
    port.cut_after(5, error=Cut(), then=printer.power_off)
    with pytest.raises(Cut):
        port.write(JOB, 1.0)
    assert not printer.powered
    printer.power_on()
    assert port.write(JOB, 1.0) == len(JOB)


def test_wake_from_another_thread_ends_the_read() -> None:
    _, port, clock = bench()
    thread = threading.Thread(target=port.wake)
    thread.start()
    thread.join()
    assert port.read(10.0) == b""
    assert clock.monotonic() == 100.0
    assert port.read(1.0) == b""
    assert clock.monotonic() == 101.0


def test_closed_port_is_lost() -> None:
    _, port, _ = bench()
    port.close()
    port.close()
    with pytest.raises(PortLost):
        port.write(b"x", 1.0)
