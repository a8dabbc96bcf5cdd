"""Beside a sale's way: cash drawers behind a trigger box on a serial line, a USB port that looks like one, or HID.

The box is never probed and nothing is written to it but a kick or its own question. Its port stays open from one end
of the day to the other: to some boxes the opening of the port is a kick, and others must charge after it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.drawers.base import DutyGuard, SenseLevel
from drivers.drawers.trigger_box.boxes import Box, LineName
from drivers.drawers.trigger_box.replies import EscapeReplies, Reports, StatusBytes
from drivers.drawers.trigger_box.sensing import AsStream, ByQuestion, Levels, Nothing, OnLine, Replies, Telling
from drivers.drawers.watched import WatchedDrawer
from drivers.errors import DeviceError
from drivers.ports.base import Clock, Lines, Port, PortLost
from drivers.printers.base import Report
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKickDropped, DrawerKicked, DrawerSensed, Event

_WRITE_S: Final = 0.5
_GREETING_S: Final = 3.0
_UNSURE: Final = "look whether the drawer is open"


@dataclass(frozen=True, slots=True)
class BoxDrawer:
    """One drawer of a box. `number`: its socket there. `line`: where its switch is told; None: as the box is delivered.

    `sense_open_level`: high when the line is on, the stream flows or the answer says "open" while the drawer is open;
    low the other way round (a switch that is closed by an open drawer); none: no switch.
    """

    drawer_id: str
    number: int = 1
    sense_open_level: SenseLevel = "none"
    line: LineName | None = None
    guard: DutyGuard = field(default_factory=DutyGuard)


class TriggerBox:
    """drivers.drawers.base.CashDrawer for the drawers of one box on one port.

    `box`: a row of boxes.py, with its code filled in (box_of). `stream_gap_s`: so long without a byte, a drawer that
    tells by a stream is closed. `clock`: the one that `Kick.expires` was taken from; the port's unless given.
    Raises ValueError for a drawer that the box does not have or that it cannot tell of.
    """

    def __init__(
        self,
        port: Port,
        box: Box,
        drawers: Sequence[BoxDrawer],
        report: Report,
        *,
        stream_gap_s: float = 0.5,
        clock: Clock | None = None,
        role: str = "cash drawer",
    ) -> None:
        check_fit(box, drawers)
        self._port = port
        self._box = box
        self._report = report
        self._clock = clock or port.clock
        self._role = role
        self._drawers = {one.number: WatchedDrawer(one.drawer_id, one.sense_open_level, one.guard) for one in drawers}
        self._telling = _telling(port, box, drawers, stream_gap_s)
        self._connected = False
        self._trouble = "it has not been connected yet"
        self._begun = False
        self._ready_at = self._rested_at = 0.0
        self._lock = threading.RLock()
        self._closing = threading.Event()

    @property
    def connected(self) -> bool:
        """Is the port open, and does a box that is asked answer?"""
        return self._connected

    @property
    def trouble(self) -> str:
        """As drivers.drawers.base.CashDrawer says."""
        return self._trouble

    @property
    def lines(self) -> Lines | None:
        """The modem lines as they were seen last, for a box that tells on them; else None."""
        return self._telling.seen if isinstance(self._telling, OnLine) else None

    # --- connection ---------------------------------------------------------------------------------------------

    def connect(self) -> bool:
        """Open the port; a box that answers is asked. What is closed cannot be connected again."""
        with self._lock:
            if self._closing.is_set():
                return False
            self._connected = False
            try:
                self._port.open()
                self._greet()
            except DeviceError as error:
                self._lost(str(error))
                return False
            self._connected, self._trouble = True, ""
            return True

    def _greet(self) -> None:
        now = self._clock.monotonic()
        self._telling.begin(now)
        self._ready_at = now + self._box.charge_s
        if not self._begun:
            for drawer in self._drawers.values():
                drawer.guard.begins(now)
            self._begun = True
        if not isinstance(self._telling, ByQuestion):
            self._feed(self._telling.look(now))
            return
        end = now + self._box.deaf_s + _GREETING_S
        while not self._answered() and self._clock.monotonic() < end and not self._closing.is_set():
            self._turn(end)
        if not self._answered():
            raise PortLost("it does not answer its question; check its power and its cable", port=self._port.name)

    def _answered(self) -> bool:
        return all(drawer.heard for drawer in self._drawers.values() if drawer.wired)

    def _lost(self, reason: str) -> None:
        self._connected = False
        self._trouble = reason
        for drawer in self._drawers.values():
            drawer.lost()
        self._port.close()

    def wake(self) -> None:
        """Make `watch` return at once. From any thread."""
        self._port.wake()

    def close(self) -> None:
        """End what is under way and give the port back for good. From any thread."""
        self._closing.set()
        self._port.wake()
        with self._lock:
            self._connected = False
            self._trouble = "it is closed"
            self._port.close()

    # --- the switches -------------------------------------------------------------------------------------------

    def watch(self, timeout: float) -> None:
        """Listen for up to `timeout` s and report what the switches tell; returns earlier when woken."""
        with self._lock:
            if not self._connected or self._closing.is_set():
                return
            try:
                end = self._clock.monotonic() + timeout
                while self._turn(end) and self._clock.monotonic() < end:
                    pass
                self._settle()
            except DeviceError as error:
                self._lost(str(error))

    def _turn(self, end: float) -> bool:
        """One look at everything, at most until `end`; False when it was ended by a wake."""
        now = self._clock.monotonic()
        due = self._due(now)
        if due <= now:
            self._feed(self._telling.look(now))
            if self._telling.silent:
                raise PortLost("it does not answer its question any more; check its power", port=self._port.name)
            due = self._due(now)
        deadlines = [drawer.deadline for drawer in self._drawers.values() if drawer.deadline is not None]
        if any(deadline <= now for deadline in deadlines):
            self._feed(self._telling.glance(now))  # believed only when it is still so
            self._settle()
            return True
        stop = min(end, due, *deadlines)
        data = self._port.read(max(0.0, stop - now))
        now = self._clock.monotonic()
        if data:
            self._feed(self._telling.heard(data, now))
            return True
        before = self.lines
        if now < stop:
            self._feed(self._telling.glance(now))
        return now >= stop or self.lines != before

    def _due(self, now: float) -> float:
        return self._telling.due(now, moving=any(drawer.moves(now) for drawer in self._drawers.values()))

    def _feed(self, levels: Levels) -> None:
        now = self._clock.monotonic()
        for number, high in levels:
            if (drawer := self._drawers.get(number)) is not None:
                self._tell(drawer.sensed(high=high, now=now))

    def _settle(self) -> None:
        for drawer in self._drawers.values():
            self._tell(drawer.settled(self._clock.monotonic()))

    def _tell(self, news: DrawerSensed | None) -> None:
        if news is not None:
            self._report(news)

    # --- the coils ----------------------------------------------------------------------------------------------

    def kick(self, order: Kick) -> Event:
        """Send one kick; how long the pulse is, the box decides. DrawerKicked or DrawerKickDropped."""
        with self._lock:
            reason = self._kick(order)
            if reason:
                return DrawerKickDropped(order.drawer_id, f"{self._role} at {self._port.name}: {reason}")
            return DrawerKicked(order.drawer_id, order.attempt)

    def _kick(self, order: Kick) -> str:
        number = next((at for at, one in self._drawers.items() if one.drawer_id == order.drawer_id), None)
        if number is None:
            return f"drawer {order.drawer_id!r} does not hang on it; nothing was sent; correct the drawer's name"
        if not self._connected or self._closing.is_set():
            return f"it is not connected ({self._trouble}); nothing was sent"
        try:
            self._drain()
        except DeviceError as error:
            self._lost(str(error))
            return f"{error.text}; nothing was sent"
        now = self._clock.monotonic()
        drawer = self._drawers[number]
        reason = drawer.refusal(order, self._box.pulse_ms, now) or self._rest(now)
        if reason:
            return reason
        drawer.fired(order, self._box.pulse_ms, now)
        self._rested_at = now + self._box.rest_s
        return self._send(self._box.kicks[number - 1])

    def _drain(self) -> None:
        """What has come is heard before anything is sent; a port that is gone shows it here."""
        data = self._port.read(0.0)
        now = self._clock.monotonic()
        self._feed(self._telling.heard(data, now) if data else [])
        self._feed(self._telling.glance(now))

    def _rest(self, now: float) -> str:
        if now < self._ready_at:
            return f"the box charges for {self._ready_at - now:.1f} s more; nothing was sent; try again then"
        if now < self._rested_at:
            return f"the box needs {self._rested_at - now:.1f} s more after its last kick; nothing was sent; try then"
        return ""

    def _send(self, command: bytes) -> str:
        sent = 0
        end = self._clock.monotonic() + _WRITE_S
        try:
            while True:
                sent += self._port.write(command[sent:], max(0.0, end - self._clock.monotonic()))
                if sent == len(command) or self._clock.monotonic() >= end:
                    break
                self._drain()  # what is to be read would end the next attempt at once
        except DeviceError as error:
            # a port that breaks in the middle of a write may keep to itself how much had left
            self._lost(str(error))
            return f"{error.text}; {_UNSURE}"
        self._telling.kicked(self._clock.monotonic())
        if not sent:
            return "the box takes no bytes; nothing was sent; open the drawer with its key"
        if sent < len(command):
            self._lost("it took a part of a kick")
            return f"it took a part of the kick; {_UNSURE}"
        return ""


def check_fit(box: Box, drawers: Sequence[BoxDrawer]) -> None:
    """Raises ValueError with one sentence when these drawers cannot hang on this box."""
    numbers = [one.number for one in drawers]
    if not drawers or len(set(numbers)) != len(numbers) or len({one.drawer_id for one in drawers}) != len(drawers):
        raise ValueError(f"the {box.title} needs one or more drawers, each with a socket and a name of its own")
    for one in drawers:
        if not 1 <= one.number <= len(box.kicks):
            raise ValueError(f"the {box.title} has no socket {one.number} for drawer {one.drawer_id!r}")
        if one.sense_open_level != "none" and box.tells == "nothing":
            raise ValueError(f'the {box.title} cannot tell of drawer {one.drawer_id!r}; set sense_open_level = "none"')
        if one.line is not None and box.tells != "line":
            raise ValueError(f"the {box.title} tells nothing on a modem line; leave sense_line out")


def _telling(port: Port, box: Box, drawers: Sequence[BoxDrawer], gap_s: float) -> Telling:
    wired = [one for one in drawers if one.sense_open_level != "none"]
    if not wired:
        return Nothing()
    if box.tells == "line":
        lines = {one.number: one.line or box.line for one in wired}
        return OnLine(port, {number: line for number, line in lines.items() if line is not None})
    if box.tells == "stream":
        return AsStream(gap_s)
    readers: dict[str, type[Replies]] = {"escape": EscapeReplies, "status_byte": StatusBytes, "report": Reports}
    replies = readers[box.tells]()
    return ByQuestion(port, {one.number: box.questions[one.number - 1] for one in wired}, replies, box.deaf_s)
