"""Between SmartOne's calls and the network or the serial line on a sale's way: one signed form, one JSON answer.

What fails before a byte has left is NotSent; afterwards it is Unanswered. Nothing is repeated here.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from drivers.errors import NotSent, Refused, Unanswered
from drivers.ports.base import Port, PortLost
from firmware_bridge.vendors.http import HttpTransport, Limits, Request, Transport
from firmware_bridge.vendors.smartone.errors import ROLE, Unclear
from firmware_bridge.vendors.smartone.frames import BadFrame, Decoder, encode

WRITE_S: Final = 10.0
SLICE_S: Final = 0.5  # the port's thread looks this often whether it is to stop
LATE_S: Final = 1.0  # so long after an unanswered request an answer may be the late one of that
#: Ends a frame whose beginning an earlier process or a broken line has left, and makes its check sum wrong: it must
#: never be completed by what comes next. Between frames it means nothing.
SPOIL: Final = b"\x00\x03"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Wire(Protocol):
    """Carries one request at a time."""

    async def exchange(self, path: str, form: str, answer_s: float, *, harmless: bool) -> bytes:
        """The JSON of the answer, within `answer_s` seconds. `harmless`: a question, which may be asked twice.

        Raises NotSent, Refused, Unanswered.
        """

    async def close(self) -> None: ...


class HttpWire:
    """POST to `base_url`. A transport of its own for each patience that is asked for.

    A kept connection may have been closed by the other side, which shows only when it is used: a question is then asked
    again on a new one, and what makes a document goes on a new one always.
    """

    def __init__(self, base_url: str, make: Callable[[float], Transport]) -> None:
        """`make`: the transport for answers within so many seconds."""
        self._base = base_url
        self._make = make
        self._transports: dict[float, Transport] = {}

    async def exchange(self, path: str, form: str, answer_s: float, *, harmless: bool) -> bytes:
        """See Wire."""
        request = Request("POST", path, headers=_FORM, body=form.encode("ascii"))
        transport = self._transports.get(answer_s)
        if transport is None:
            transport = self._transports[answer_s] = self._make(answer_s)
        kept = transport.idle_s() is not None
        if kept and not harmless:
            await transport.close()
        try:
            response = await transport.exchange(request)
        except Unanswered:
            if not (kept and harmless):
                raise
            response = await transport.exchange(request)
        if response.status == 200:
            return response.body
        if response.status in (404, 405, 501):
            raise Refused(f"{self._base} knows no {path} (status {response.status}): have paths put right", role=ROLE)
        raise Unclear(f"{self._base} answered {path} with status {response.status}")

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.close()
        self._transports.clear()


def http(base_url: str, monotonic: Callable[[], float]) -> HttpWire:
    """Over plain HTTP in the shop's own network, as the vendor has it. Raises ValueError for what is no address."""

    def make(answer_s: float) -> HttpTransport:
        limits = Limits(answer_s=answer_s)
        return HttpTransport(base_url, monotonic, limits, role=ROLE, plain=True)

    make(1.0)
    return HttpWire(base_url, make)


class SerialWire:
    """A serial port, blocking, with one thread that owns it. `late_s`: see LATE_S.

    The vendor's frames bear no number by which an answer could be told from another. After an unanswered request the
    next one waits a moment longer, and of several answers the last one counts.
    """

    def __init__(self, port: Port, late_s: float = LATE_S) -> None:
        self._port = port
        self._late_s = late_s
        self._pool: ThreadPoolExecutor | None = None
        self._one_at_a_time = asyncio.Lock()
        self._stopping = threading.Event()
        self._open = False
        self._unanswered = False

    async def exchange(self, path: str, form: str, answer_s: float, *, harmless: bool) -> bytes:
        """See Wire."""
        frame = encode(f"command={path.strip('/')}&{form}".encode("ascii"))
        async with self._one_at_a_time:
            self._stopping.clear()
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "smartone-serial")
            work = asyncio.get_running_loop().run_in_executor(self._pool, self._talk, frame, answer_s)
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                self._stopping.set()
                self._port.wake()
                await asyncio.wait({work})
                work.exception()  # it was looked at: whoever cancelled is told nothing else
                raise

    async def close(self) -> None:
        async with self._one_at_a_time:
            pool, self._pool = self._pool, None
            if pool is None:
                return
            await asyncio.get_running_loop().run_in_executor(pool, self._let_go)
            pool.shutdown()

    # --- on the port's thread -------------------------------------------------------------------------------------

    def _talk(self, frame: bytes, answer_s: float) -> bytes:
        sent = 0
        try:
            self._begin()
            sent = self._write(frame)
            answer = self._read(answer_s, sent)
        except PortLost as error:
            self._let_go()
            if not sent:
                raise
            raise Unanswered(f"{error.text}; the request had left", port=self._port.name, role=ROLE) from error
        except Unanswered as error:
            self._unanswered = True
            if isinstance(error.__cause__, PortLost):
                self._let_go()
            raise
        self._unanswered = False
        return answer

    def _begin(self) -> None:
        """Open the port if it is not, spoil a frame that may stand half-sent there, forget what came unasked."""
        spoils = not self._open or self._unanswered
        if not self._open:
            self._port.open()
            self._open = True
        if spoils:
            self._write(SPOIL)
        while self._port.read(0):
            pass

    def _write(self, frame: bytes) -> int:
        """Raises NotSent when nothing left, Unanswered when a part did."""
        clock, sent = self._port.clock, 0
        until = clock.monotonic() + WRITE_S
        while sent < len(frame):
            left = until - clock.monotonic()
            if left <= 0 or self._stopping.is_set():
                told = "the register takes no bytes"
                if sent:
                    raise Unanswered(told, port=self._port.name, role=ROLE, sent=sent)
                raise NotSent(told, port=self._port.name, role=ROLE)
            try:
                taken = self._port.write(frame[sent:], min(left, SLICE_S))
            except PortLost as error:
                if not sent:
                    raise
                text = f"{error.text}; a part of the request had left"
                raise Unanswered(text, port=self._port.name, role=ROLE, sent=sent) from error
            sent += taken
            if not taken:
                self._port.read(0)  # nobody has been asked anything yet
        return sent

    def _read(self, answer_s: float, sent: int) -> bytes:
        clock, decoder = self._port.clock, Decoder()
        until = clock.monotonic() + answer_s
        found: list[bytes] = []
        while (left := until - clock.monotonic()) > 0 and not self._stopping.is_set():
            try:
                found += decoder.feed(self._port.read(min(left, SLICE_S)))
            except BadFrame as error:
                raise Unclear(f"{self._port.name} answered with a frame that cannot be read: {error}") from error
            if not found:
                continue
            if not self._unanswered:
                return found[-1]
            # perhaps the late answer to the request before: the right one would follow at once
            until = min(until, clock.monotonic() + self._late_s)
        if found:
            return found[-1]
        why = "the till is being stopped" if self._stopping.is_set() else f"no answer within {answer_s:g} s"
        raise Unanswered(why, port=self._port.name, role=ROLE, sent=sent)

    def _let_go(self) -> None:
        self._open = False
        self._port.close()
