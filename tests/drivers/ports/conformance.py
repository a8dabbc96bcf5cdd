"""What every port promises, as tests: subclass `Conformance`, say how a bench is made, and all of it is held to.

A port that takes whatever comes is a `Common`, one that nobody else can open `Fills`.

A bench is one port and the device's end of its wire. `more_than_fits`: bytes that the wire cannot hold when the
device takes none of them; 0 where it takes whatever comes. `virtual`: the clock jumps, so that nothing can happen
during a wait. `another`: None where a device has no name by which somebody else could open it.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from drivers.ports.base import Port, PortLost

SOON = 5.0


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()


class Bench(Protocol):
    port: Port

    @property
    def more_than_fits(self) -> int: ...

    @property
    def virtual(self) -> bool: ...

    def says(self, data: bytes) -> None:
        """The device puts bytes on the wire."""

    def takes(self, count: int) -> bytes:
        """The device takes so many bytes off the wire, waiting for them."""

    def unplug(self) -> None:
        """Pull the cable, from any thread."""

    def plug(self) -> None:
        """The cable is back."""

    def another(self) -> Port | None:
        """A second port on the same device, for another role."""

    def close(self) -> None: ...


class Common:
    """What every port promises, whatever it stands on."""

    def make(self) -> Bench:
        raise NotImplementedError

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        made = self.make()
        made.port.open()
        yield made
        made.port.close()
        made.close()

    # --- bytes ---

    def test_bytes_go_out_unchanged(self, bench: Bench) -> None:
        data = bytes(range(256)) * 3
        assert _write_all(bench.port, data) == len(data)
        assert bench.takes(len(data)) == data

    def test_bytes_come_in_unchanged(self, bench: Bench) -> None:
        data = bytes(range(256)) * 3
        bench.says(data)
        assert _read(bench.port, len(data)) == data

    def test_questions_and_answers_alternate(self, bench: Bench) -> None:
        for number in range(20):
            assert bench.port.write(bytes([number, 4]), 1.0) == 2
            assert bench.takes(2) == bytes([number, 4])
            bench.says(bytes([number]))
            assert _read(bench.port, 1) == bytes([number])

    def test_nothing_written_is_nothing_taken(self, bench: Bench) -> None:
        assert bench.port.write(b"", 1.0) == 0

    def test_unread_input_does_not_hold_the_output_back(self, bench: Bench) -> None:
        bench.says(b"\x12")
        assert bench.port.write(b"abc", 1.0) == 3
        assert bench.takes(3) == b"abc"
        assert _read(bench.port, 1) == b"\x12"

    # --- waiting ---

    def test_silence_is_no_loss(self, bench: Bench) -> None:
        assert bench.port.read(0.0) == b""
        assert bench.port.read(0.02) == b""
        assert bench.port.write(b"x", 1.0) == 1

    def test_silence_takes_its_time(self, bench: Bench) -> None:
        before = bench.port.clock.monotonic()
        assert bench.port.read(0.15) == b""
        assert bench.port.clock.monotonic() - before >= 0.149

    def test_an_answer_ends_the_wait(self, bench: Bench) -> None:
        with _later(bench, lambda: bench.says(b"\x16")) as before:
            assert bench.port.read(30.0) == b"\x16"
        assert time.monotonic() - before < SOON

    def test_wake_ends_a_waiting_read_from_another_thread(self, bench: Bench) -> None:
        with _later(bench, bench.port.wake) as before:
            assert bench.port.read(30.0) == b""
        assert time.monotonic() - before < SOON

    def test_wake_before_the_read_is_not_lost_and_counts_once(self, bench: Bench) -> None:
        bench.port.wake()
        bench.port.wake()
        before = bench.port.clock.monotonic()
        assert bench.port.read(30.0) == b""
        assert bench.port.clock.monotonic() - before < SOON
        before = bench.port.clock.monotonic()
        assert bench.port.read(0.1) == b""
        assert bench.port.clock.monotonic() - before >= 0.099

    # --- loss ---

    def test_a_loss_while_reading_is_told_until_the_port_is_opened_again(self, bench: Bench) -> None:
        with _later(bench, bench.unplug), pytest.raises(PortLost) as lost:
            bench.port.read(30.0)
        assert lost.value.port == bench.port.name
        for call in (lambda: bench.port.read(0.0), lambda: bench.port.write(b"x", 0.1)):
            with pytest.raises(PortLost):
                call()

    def test_a_loss_is_told_to_a_writer_too(self, bench: Bench) -> None:
        bench.unplug()
        assert _written_until_lost(bench.port, bytes(1000)) <= 1000

    def test_a_lost_port_can_be_opened_again(self, bench: Bench) -> None:
        bench.unplug()
        with pytest.raises(PortLost):
            _read(bench.port, 1)
        bench.plug()
        bench.port.open()
        assert bench.port.write(b"again", 1.0) == 5
        assert bench.takes(5) == b"again"

    def test_opening_without_a_device_says_that_nothing_was_sent(self, bench: Bench) -> None:
        bench.port.close()
        bench.unplug()
        with pytest.raises(PortLost, match=r"; .*(check|plug)") as lost:
            bench.port.open()
        assert str(lost.value).startswith((bench.port.name, "receipt printer at " + bench.port.name))

    # --- open, close, owners ---

    def test_a_closed_port_is_lost_and_closing_twice_is_harmless(self, bench: Bench) -> None:
        bench.port.close()
        bench.port.close()
        bench.port.wake()
        for call in (lambda: bench.port.read(1.0), lambda: bench.port.write(b"x", 1.0)):
            with pytest.raises(PortLost, match="not open"):
                call()

    def test_an_open_port_may_be_opened_again(self, bench: Bench) -> None:
        bench.port.open()
        assert bench.port.write(b"x", 1.0) == 1
        bench.says(b"y")
        assert _read(bench.port, 1) == b"y"


class Fills(Common):
    """A device that has no more room."""

    def test_a_full_device_takes_a_part_and_the_port_tells_how_much(self, bench: Bench) -> None:
        data = os.urandom(bench.more_than_fits)
        sent = _filled(bench.port, data)
        assert 0 < sent < len(data)
        assert bench.takes(sent) == data[:sent]

    def test_the_rest_of_a_partial_write_follows_without_gap(self, bench: Bench, seed: int) -> None:
        data, draw = os.urandom(bench.more_than_fits), random.Random(seed)
        got = bytearray()
        reader = threading.Thread(target=lambda: got.extend(bench.takes(len(data))))
        sent = bench.port.write(data[:50_000], 0.01)
        reader.start()
        deadline = time.monotonic() + 20
        while sent < len(data) and time.monotonic() < deadline:
            sent += bench.port.write(data[sent : sent + draw.randint(1, 30_000)], 0.2)
        reader.join(SOON)
        assert bytes(got) == data

    def test_a_blocked_write_returns_when_there_is_something_to_read(self, bench: Bench) -> None:
        data = os.urandom(bench.more_than_fits)
        sent = _filled(bench.port, data)
        with _later(bench, lambda: bench.says(b"\x14\x00\x00\x0f")) as before:
            assert bench.port.write(data[sent:], 30.0) == 0
        assert time.monotonic() - before < SOON
        assert _read(bench.port, 4) == b"\x14\x00\x00\x0f"

    def test_wake_ends_a_blocked_write(self, bench: Bench) -> None:
        data = os.urandom(bench.more_than_fits)
        sent = _filled(bench.port, data)
        with _later(bench, bench.port.wake) as before:
            assert bench.port.write(data[sent:], 30.0) == 0
        assert time.monotonic() - before < SOON

    def test_what_was_taken_before_a_loss_is_told_or_nothing_is(self, bench: Bench) -> None:
        data = os.urandom(bench.more_than_fits)
        told = _filled(bench.port, data)
        with _later(bench, bench.unplug):
            told += _written_until_lost(bench.port, data[told:])
        assert 0 < told < len(data)


class Conformance(Fills):
    """A port of this machine, which somebody else could open."""

    def test_a_device_has_one_owner_and_both_are_named(self, bench: Bench) -> None:
        other = bench.another()
        assert other is not None
        with pytest.raises(PortLost, match=r"in use by the receipt printer of this till") as refused:
            other.open()
        assert str(refused.value).startswith("cash drawer at ")
        assert bench.port.write(b"still ours", 1.0) == 10
        bench.port.close()
        other.open()
        other.close()


def _write_all(port: Port, data: bytes) -> int:
    sent, deadline = 0, time.monotonic() + SOON
    while sent < len(data) and time.monotonic() < deadline:
        sent += port.write(data[sent:], 1.0)
    return sent


def _read(port: Port, count: int) -> bytes:
    got, deadline = b"", time.monotonic() + SOON
    while len(got) < count and time.monotonic() < deadline:
        got += port.read(1.0)
    return got


def _filled(port: Port, data: bytes) -> int:
    """Write until nothing more is taken; how many bytes were."""
    sent = 0
    while taken := port.write(data[sent:], 0.1):
        sent += taken
    return sent


def _written_until_lost(port: Port, data: bytes) -> int:
    """How many bytes a writer who also reads was told of before the port was lost."""
    told, deadline = 0, time.monotonic() + SOON
    while time.monotonic() < deadline:
        try:
            told += port.write(data[told:] or b"x", 1.0)
            port.read(0.0)
        except PortLost:
            return told
    raise AssertionError("the port was never lost")


class _later:  # noqa: N801 - reads as a word in a `with`
    """Do something in another thread a moment after the block has begun; gives the moment it began."""

    def __init__(self, bench: Bench, what: Callable[[], object]) -> None:
        self._virtual = bench.virtual
        self._what = what
        self._timer = threading.Timer(0.03, what)

    def __enter__(self) -> float:
        if self._virtual:
            self._what()
        else:
            self._timer.start()
        return time.monotonic()

    def __exit__(self, *_: object) -> None:
        if not self._virtual:
            self._timer.join(SOON)
