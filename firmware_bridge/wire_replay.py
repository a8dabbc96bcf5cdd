"""Beside a till: a recorded device in a process of its own, behind a pseudo terminal or a TCP port, in real time."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import Final, TextIO

from drivers.ports.base import PortLost
from drivers.ports.replay import RecordedDevice
from firmware_bridge.device_wire import Wire
from firmware_bridge.progress import QUIET, Progress

_CHUNK: Final = 4096


class Player:
    """The loop: wire, stdin (its end is the end) and the recording's own time.

    A recorded loss pulls the cable, and the cable is back when the recording was opened again.
    """

    def __init__(
        self,
        device: RecordedDevice,
        wire: Wire,
        control: TextIO,
        say: Callable[[str], None],
        progress: Progress = QUIET,
    ) -> None:
        self._progress = progress
        self._device = device
        self._wire = wire
        self._control = control
        self._say = say
        self._back_at: float | None = None
        self._coming = b""
        self._told = False
        self._stopping = False

    def serve(self) -> None:
        """Until the end of stdin or SIGTERM. Raises RecordingDiffers, WireError."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(0.0)
            theirs.settimeout(0.0)
            former_fd = signal.set_wakeup_fd(theirs.fileno())
            former = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
            try:
                self._say(json.dumps(self._wire.ready()))
                while not self._stopping:
                    self._turn(ours)
            finally:
                for number, handler in former.items():
                    signal.signal(number, handler)
                signal.set_wakeup_fd(former_fd)

    def _turn(self, signals: socket.socket) -> None:
        self._play(time.monotonic())
        # select() also takes a regular file as stdin, which epoll refuses
        with selectors.SelectSelector() as selector:
            selector.register(signals, selectors.EVENT_READ, "signal")
            selector.register(self._control, selectors.EVENT_READ, "control")
            for fd, interest in self._wire.interests(reading=True, writing=bool(self._coming)):
                selector.register(fd, interest, "wire")
            ready = {key.data for key, _ in selector.select(self._timeout())}
        if "signal" in ready or ("control" in ready and not os.read(self._control.fileno(), 65536)):
            self._stopping = True  # after what the till has written by now
        self._play(time.monotonic())
        self._device.accept(self._wire.read(_CHUNK))
        self._coming += self._device.output()
        self._coming = self._coming[self._wire.write(self._coming) :] if self._coming else b""

    def _play(self, now: float) -> None:
        if self._back_at is not None and now >= self._back_at:
            self._plug()
        self._device.run_until(now)
        self._progress.at(self._device.happened)
        self._coming += self._device.output()
        if self._device.lost and self._wire.plugged and not self._coming:
            self._wire.close()
            after = self._device.back_after()
            self._back_at = None if after is None else now + after
        if self._device.finished and not self._told:
            self._told = True
            self._say(json.dumps({"finished": True, "accepted": self._device.accepted}))

    def _plug(self) -> None:
        self._back_at = None
        self._wire.open()
        while True:
            try:
                self._device.reopen()
            except PortLost:
                continue  # it was tried in vain then; nobody tries here
            return

    def _timeout(self) -> float | None:
        due = self._back_at if self._back_at is not None else self._device.next_change()
        return None if due is None else max(0.0, due - time.monotonic())
