"""The real driver over each real port, against a simulated printer in real time: what is ordered is on paper once."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from drivers.ports.base import Port
from drivers.ports.recorded import load
from drivers.ports.recording import RecordingPort
from drivers.ports.replay_port import ReplayPort
from drivers.ports.tcp import TcpPort
from drivers.ports.usb import UsbPort
from drivers.ports.usb_address import UsbAddress
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.events import Event, ReceiptPrinted
from tests.drivers.ports.benches import SerialBench
from tests.drivers.ports.conformance import SystemClock
from tests.drivers.ports.usb_backend import FakeBackend, FakeDevice
from tests.drivers.printers.escpos.rig import expected_lines, job, settings

#: Bytes that the printer keeps: less than a job, so that the port has to wait.
BUFFER = 128

Give = Callable[[int], bytes]
Take = Callable[[bytes], None]


@contextmanager
def running(printer: SimulatedPrinter, give: Give, take: Take) -> Iterator[None]:
    """Let the printer live: `give` up to so many bytes to it, `take` what it says."""
    stopping = threading.Event()

    def live() -> None:
        while not stopping.wait(0.001):
            printer.run_until(time.monotonic())
            room = BUFFER - printer.buffered
            data = give(room) if room > 0 else b""
            while data:
                data = data[printer.accept(data) :]
                printer.run_until(time.monotonic())
            if answer := printer.output():
                take(answer)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def over_serial(printer: SimulatedPrinter) -> Iterator[Port]:
    bench = SerialBench()
    with running(printer, bench.takes_some, bench.says):
        yield bench.port
    bench.close()


@contextmanager
def over_tcp(printer: SimulatedPrinter) -> Iterator[Port]:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        clients: list[socket.socket] = []

        def give(room: int) -> bytes:
            if select.select([listener], [], [], 0)[0]:
                clients.append(stack.enter_context(listener.accept()[0]))
            if not clients or not select.select(clients[-1:], [], [], 0)[0]:
                return b""
            return clients[-1].recv(room)

        stack.enter_context(running(printer, give, lambda data: clients[-1].sendall(data)))
        yield TcpPort("127.0.0.1", listener.getsockname()[1], SystemClock(), linger=0.0)


@contextmanager
def over_usb(printer: SimulatedPrinter) -> Iterator[Port]:
    device = FakeDevice(room=BUFFER)

    def give(room: int) -> bytes:
        with device.changed:
            data = bytes(device.received[:room])
            del device.received[: len(data)]
            device.room += len(data)
            device.changed.notify_all()
        return data

    with running(printer, give, device.says):
        yield UsbPort(UsbAddress(), SystemClock(), backend=FakeBackend(device))


WAYS = {"serial": over_serial, "tcp": over_tcp, "usb": over_usb}


def print_over(port: Port, jobs: int) -> tuple[list[Event], list[Event]]:
    """What the driver reported, and the outcome of each job."""
    seen: list[Event] = []
    driver = EscPosPrinter(port, settings(), seen.append, None)
    assert driver.connect(), seen
    try:
        return seen, [driver.print(job(f"K7Q{number}")) for number in range(jobs)]
    finally:
        driver.close()


@pytest.mark.parametrize("way", list(WAYS))
def test_receipts_are_on_paper_once_and_proved(way: str) -> None:
    printer = SimulatedPrinter(now=time.monotonic(), columns=32, speed_lines_per_s=2000, cut_s=0.01)
    with WAYS[way](printer) as port:
        _, outcomes = print_over(port, 3)
    assert [type(outcome) for outcome in outcomes] == [ReceiptPrinted] * 3
    texts = [piece.text_lines for piece in printer.pieces if any("#K7Q" in line for line in piece.text_lines)]
    assert texts == [expected_lines(job(f"K7Q{number}")) for number in range(3)]


@pytest.mark.parametrize("way", list(WAYS))
def test_recorded_receipt_replays_with_the_same_outcome(way: str, tmp_path: Path) -> None:
    printer = SimulatedPrinter(now=time.monotonic(), columns=32, speed_lines_per_s=2000, cut_s=0.01)
    path = tmp_path / "wire.jsonl"
    with WAYS[way](printer) as port:
        then = print_over(RecordingPort(port, path, driver="escpos", begun="2026-03-01T09:00:00Z"), 1)
    replay = ReplayPort(load(path).entries)
    assert print_over(replay, 1) == then
    assert replay.device.difference == ""
