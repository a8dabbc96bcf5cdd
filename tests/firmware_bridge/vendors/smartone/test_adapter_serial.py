"""The adapter on a real serial line: frames, late and spoilt answers, half-sent requests, threads that end."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import tty
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from drivers.errors import NotSent, Unanswered
from drivers.ports.base import PortLost
from drivers.ports.serial import SerialPort
from firmware_bridge.clock import SystemClock
from firmware_bridge.vendors.smartone import wire
from firmware_bridge.vendors.smartone.frames import BadFrame, Decoder, encode
from firmware_bridge.vendors.smartone.signing import form
from firmware_bridge.vendors.smartone.wire import SerialWire

CLOCK = SystemClock()
FORM = form(b"{}", "m-1")


class Line:
    """The register's end of a pseudo-terminal, served by a thread: each request that comes gets what `says` gives."""

    def __init__(self, says: Callable[[bytes, int], bytes]) -> None:
        self.ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.path = os.ttyname(theirs)
        self.theirs = theirs
        self._says = says
        self.asked: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        decoder = Decoder()
        while True:
            try:
                data = os.read(self.ours, 4096)
            except OSError:
                return
            for text in self._texts(decoder, data):
                if text == b"stop":
                    return
                self.asked.append(text)
                os.write(self.ours, self._says(text, len(self.asked)))

    @staticmethod
    def _texts(decoder: Decoder, data: bytes) -> list[bytes]:
        try:
            return decoder.feed(data)
        except BadFrame:
            return decoder.feed(b"")  # a register drops what is no frame, and goes on behind it

    def close(self) -> None:
        if self.theirs >= 0:
            os.write(self.theirs, wire.SPOIL or b"\x00\x03")
            os.write(self.theirs, encode(b"stop"))
            self._thread.join()
            os.close(self.theirs)
            os.close(self.ours)
            self.theirs = -1


@contextmanager
def line_that(says: Callable[[bytes, int], bytes]) -> Iterator[Line]:
    line = Line(says)
    try:
        yield line
    finally:
        line.close()


def on(line: Line, talk: Callable[[SerialWire], Awaitable[None]], late_s: float = 0.2) -> None:
    async def main() -> None:
        serial = SerialWire(SerialPort(line.path, 115_200, CLOCK), late_s)
        try:
            await talk(serial)
        finally:
            await serial.close()
            await serial.close()

    asyncio.run(main())


def test_a_frame_on_the_line_is_command_and_form() -> None:
    async def talk(serial: SerialWire) -> None:
        assert await serial.exchange("/check_shift", FORM, 5, harmless=True) == b'{"code":0}'

    with line_that(lambda _, __: encode(b'{"code":0}')) as line:
        on(line, talk)
    assert line.asked == [f"command=check_shift&{FORM}".encode()]


@pytest.mark.parametrize("noise", [b"", b"\xff\x00garbage", encode(b'{"code":1}')[:5]])
def test_an_answer_in_pieces_behind_noise_is_read(noise: bytes) -> None:
    """Half a frame before it would swallow its beginning: then it is no answer."""

    async def talk(serial: SerialWire) -> None:
        if noise.startswith(b"\x02"):
            with pytest.raises(Unanswered, match="cannot be read"):
                await serial.exchange("/x", FORM, 2, harmless=True)
        else:
            assert await serial.exchange("/x", FORM, 5, harmless=True) == b'{"code":0}'

    with line_that(lambda _, __: noise + encode(b'{"code":0}')) as line:
        on(line, talk)


def test_silence_is_unanswered_and_a_wrong_check_sum_too() -> None:
    def says(_: bytes, number: int) -> bytes:
        return b"" if number == 1 else b'\x02{"code":0}abcd\x03'

    async def talk(serial: SerialWire) -> None:
        with pytest.raises(Unanswered, match=r"within 0\.2 s"):
            await serial.exchange("/sale", FORM, 0.2, harmless=False)
        with pytest.raises(Unanswered, match="check sum"):
            await serial.exchange("/sale", FORM, 5, harmless=False)

    with line_that(says) as line:
        on(line, talk)


def test_a_late_answer_to_the_request_before_is_not_taken_for_this_ones() -> None:
    def says(_: bytes, number: int) -> bytes:
        first, second = encode(b'{"answer":1}'), encode(b'{"answer":2}')
        return b"" if number == 1 else first + second

    async def talk(serial: SerialWire) -> None:
        with pytest.raises(Unanswered):
            await serial.exchange("/x_report", FORM, 0.1, harmless=True)
        assert await serial.exchange("/x_report", FORM, 5, harmless=True) == b'{"answer":2}'

    with line_that(says) as line:
        on(line, talk)


def test_what_came_unasked_is_forgotten() -> None:
    async def talk(serial: SerialWire) -> None:
        await serial.exchange("/x", FORM, 5, harmless=True)
        os.write(line.ours, encode(b'{"answer":0}'))
        assert json.loads(await serial.exchange("/x", FORM, 5, harmless=True)) == {"answer": 2}

    with line_that(lambda _, number: encode(b'{"answer":%d}' % number)) as line:
        on(line, talk)


def test_a_frame_that_was_left_half_sent_is_spoilt_and_never_completed() -> None:
    """A till died while it sent; but for its last byte the sale was there."""
    half = encode(f"command=sale&{FORM}".encode())[:-1]

    async def talk(serial: SerialWire) -> None:
        os.write(line.theirs, half)
        assert await serial.exchange("/x_report", FORM, 5, harmless=True) == b'{"code":0}'

    with line_that(lambda _, __: encode(b'{"code":0}')) as line:
        on(line, talk)
    assert [text.partition(b"&")[0] for text in line.asked] == [b"command=x_report"]


def test_without_the_spoiling_bytes_the_half_sent_frame_takes_the_next_one_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""
    monkeypatch.setattr(wire, "SPOIL", b"")

    async def talk(serial: SerialWire) -> None:
        os.write(line.theirs, encode(b"command=sale")[:-1])
        with pytest.raises(Unanswered):
            await serial.exchange("/x_report", FORM, 0.2, harmless=True)

    with line_that(lambda _, __: encode(b'{"code":0}')) as line:
        on(line, talk)


def test_no_device_is_not_sent() -> None:
    async def main() -> None:
        serial = SerialWire(SerialPort("/dev/no-such-register", 115_200, CLOCK))
        try:
            with pytest.raises(NotSent, match="there is no device"):
                await serial.exchange("/sale", FORM, 1, harmless=False)
        finally:
            await serial.close()

    asyncio.run(main())


def test_a_cancelled_exchange_ends_its_thread_and_the_next_one_works() -> None:
    heard = threading.Event()

    def says(_: bytes, number: int) -> bytes:
        heard.set()
        return b"" if number == 1 else encode(b'{"code":0}')

    async def talk(serial: SerialWire) -> None:
        work = asyncio.create_task(serial.exchange("/sale", FORM, 60, harmless=False))
        await asyncio.to_thread(heard.wait)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert await serial.exchange("/x", FORM, 5, harmless=True) == b'{"code":0}'

    with line_that(says) as line:
        on(line, talk)


class BrokenPort:
    """A port that is lost after `taken` bytes, or takes none."""

    def __init__(self, taken: int, *, lost: bool) -> None:
        self.name = "broken:"
        self.clock = CLOCK
        self.taken, self.lost = taken, lost
        self.closed = 0

    def open(self) -> None: ...

    def close(self) -> None:
        self.closed += 1

    def wake(self) -> None: ...

    def read(self, timeout: float) -> bytes:
        if self.lost and not self.taken and timeout:
            raise PortLost("it was unplugged", port=self.name)
        return b""

    def write(self, data: bytes, timeout: float) -> int:
        if self.taken:
            now, self.taken = min(self.taken, len(data)), max(0, self.taken - len(data))
            return now
        raise PortLost("it was unplugged", port=self.name)


@pytest.mark.parametrize(("taken", "kind"), [(0, NotSent), (3, Unanswered), (10_000, Unanswered)])
def test_a_line_that_is_unplugged_tells_whether_anything_left(taken: int, kind: type[Exception]) -> None:
    port = BrokenPort(taken, lost=True)

    async def main() -> None:
        serial = SerialWire(port)
        port_before = port.taken
        try:
            with pytest.raises(kind, match="unplugged" if port_before < 10_000 else "no answer"):
                await serial.exchange("/sale", FORM, 0.1, harmless=False)
        finally:
            await serial.close()

    asyncio.run(main())
    assert port.closed
