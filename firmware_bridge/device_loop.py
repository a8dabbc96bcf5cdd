"""Beside the till: the loop in which a simulated device lives in real time, between its wire and its control lines.

It knows no device: bytes in, bytes out, the next moment at which something happens, and the paper.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

from firmware_bridge.device_wire import Wire

_CHUNK: Final = 512
_LONGEST_LINE: Final = 65536


class Device(Protocol):
    """What the loop needs of a simulated device; times are seconds of time.monotonic()."""

    @property
    def powered(self) -> bool: ...
    @property
    def revision(self) -> int: ...
    def accept(self, data: bytes) -> int: ...
    def output(self) -> bytes: ...
    def run_until(self, now: float) -> None: ...
    def next_change(self) -> float | None: ...
    def paper_text(self) -> str: ...


class Unheard(Exception):
    """An order on a control line was not carried out; one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around a device. `obey`: one control line to its answer, raises Unheard; `picture`: the paper as PNG.

    `paper`: the file for its text, None for no files. `split`: answers leave one byte at a time; `delay`: seconds.
    """

    obey: Callable[[bytes], dict[str, Any]]
    picture: Callable[[], bytes]
    paper: Path | None = None
    split: bool = False
    delay: float = 0.0


class Simulation:
    """The loop: wire, stdin and the device's own time."""

    def __init__(self, device: Device, wire: Wire, around: Surroundings, control: TextIO, answers: TextIO) -> None:
        self._device = device
        self._wire = wire
        self._around = around
        self._control = control
        self._answers = answers
        self._pending = b""
        self._late: list[tuple[float, bytes]] = []
        self._typed = b""
        self._shown = -1
        self._stopping = False
        self._pulled = False
        self._was_powered = device.powered

    def pull(self) -> None:
        """Somebody pulls the cable, as soon as what has left the device is on the wire."""
        self._pulled = True

    def serve(self) -> None:
        """Until the end of stdin or SIGTERM (the former handler is put back)."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(0.0)
            theirs.settimeout(0.0)
            former_fd = signal.set_wakeup_fd(theirs.fileno())
            former = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
            try:
                self._say(self._wire.ready())
                while not self._stopping:
                    self._turn(ours)
            finally:
                for number, handler in former.items():
                    signal.signal(number, handler)
                signal.set_wakeup_fd(former_fd)

    def close(self) -> None:
        """Paper and picture are written a last time; link, pty and sockets are gone afterwards."""
        self._wire.close()
        self._show_paper()
        if self._around.paper is not None:
            _replace(self._around.paper.with_suffix(".png"), self._around.picture())

    def _turn(self, signals: socket.socket) -> None:
        # select() also takes a regular file as stdin, which epoll refuses
        with selectors.SelectSelector() as selector:
            selector.register(signals, selectors.EVENT_READ, "signal")
            selector.register(self._control, selectors.EVENT_READ, "control")
            for fd, interest in self._wire.interests(reading=not self._pending, writing=self._due_reply()):
                selector.register(fd, interest, "wire")
            ready = {key.data for key, _ in selector.select(self._timeout())}
        self._device.run_until(time.monotonic())
        if "signal" in ready:
            self._stopping = True
        if "control" in ready:
            self._read_control()
        self._pump()
        self._follow_power_and_cable()
        self._show_paper()

    def _timeout(self) -> float | None:
        now = time.monotonic()
        change = self._device.next_change()
        times = [change, self._late[0][0] if self._late else None]
        due = [at for at in times if at is not None and at > now]
        if change is not None and change <= now:
            return 0.0
        return min(due) - now if due else None

    def _due_reply(self) -> bool:
        return bool(self._late) and self._late[0][0] <= time.monotonic()

    def _pump(self) -> None:
        """Bytes both ways, as far as both sides take them now."""
        if not self._wire.plugged:
            self._pending = b""
            self._late.clear()
        # Before the bytes and not behind them: what the device then leaves waits for a change of its own, told by
        # `next_change`. Time that passed behind them could make room, and nothing would be left to wake us for it.
        self._device.run_until(time.monotonic())
        if not self._pending:
            self._pending = self._wire.read(_CHUNK)
        if self._pending:
            if self._device.powered:
                self._pending = self._pending[self._device.accept(self._pending) :]
            else:
                self._pending = b""
        data = self._device.output()
        at = time.monotonic() + self._around.delay
        if data:
            self._late.extend((at, bytes((b,))) for b in data) if self._around.split else self._late.append((at, data))
        while self._due_reply():
            sent = self._wire.write(self._late[0][1])
            if sent < len(self._late[0][1]):
                self._late[0] = (self._late[0][0], self._late[0][1][sent:])
                break
            self._late.pop(0)
            if self._around.split:
                break

    def _follow_power_and_cable(self) -> None:
        """A device that lost its power by itself, or whose cable was pulled, drops the line when all is sent."""
        if self._late:
            return
        if self._was_powered and not self._device.powered:
            self._wire.power_lost()
        self._was_powered = self._device.powered
        if self._pulled:
            self._pulled = False
            self._wire.close()

    def _read_control(self) -> None:
        data = os.read(self._control.fileno(), _LONGEST_LINE)
        if not data:
            self._stopping = True
            return
        self._typed += data
        *lines, self._typed = self._typed.split(b"\n")
        for line in lines:
            if line.strip():
                try:
                    self._say(self._around.obey(line))
                except Unheard as error:
                    self._say({"error": str(error)})
        if len(self._typed) > _LONGEST_LINE:
            self._typed = b""
            self._say({"error": f"the control line is longer than {_LONGEST_LINE} bytes; it was ignored."})

    def _say(self, answer: object) -> None:
        self._answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        self._answers.flush()

    def _show_paper(self) -> None:
        if self._around.paper is not None and self._shown != self._device.revision:
            self._shown = self._device.revision
            _replace(self._around.paper, self._device.paper_text().encode("utf-8"))


def _replace(path: Path, data: bytes) -> None:
    """Write beside and rename: a reader never sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)
