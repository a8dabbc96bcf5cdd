"""Beside a sale's way: a cash drawer whose coil and switch hang on pins of the Raspberry Pi.

The pulse is made by drivers.ports.gpio_line, which ends it whatever happens to this program short of its death; for
that there is the one-shot in the wiring. The switch is debounced here: the pin's own filter is not the same with every
library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.drawers.base import DutyGuard, SenseLevel
from drivers.drawers.watched import WatchedDrawer
from drivers.errors import DeviceError, NotSent
from drivers.ports.base import Clock, PortLost
from drivers.printers.base import Report
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKickDropped, DrawerKicked, DrawerSensed, Event

#: Wait until the event is set, at most so many seconds.
Wait = Callable[[threading.Event, float], object]


class Coil(Protocol):
    """The pin that drives the coil: drivers.ports.gpio_line.GpioOutput."""

    name: str

    def open(self) -> None: ...
    def pulse(self, ms: int) -> object: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


class Seen(Protocol):
    """A level of the switch's line and when it was there."""

    @property
    def high(self) -> bool: ...
    @property
    def at(self) -> float: ...


class Switch(Protocol):
    """The pin that sees the switch: drivers.ports.gpio_input.GpioInput."""

    name: str

    def open(self) -> None: ...
    def level(self) -> bool: ...
    def read(self, timeout: float) -> Sequence[Seen]: ...
    def wake(self) -> None: ...
    def close(self) -> None: ...


class GpioDrawer:
    """drivers.drawers.base.CashDrawer on one or two pins. `switch` None: none is wired, and nothing is ever reported.

    `sense_open_level`: the level of the switch's line when the drawer is open, as `drawer learn` finds it; a contact to
    ground with the pull-up reads LOW when it is closed. `clock`: the one that `Kick.expires` was taken from, and the
    pins'. `wait`: what passes the time where there is no switch; a test in virtual time has another one. Raises
    ValueError for a switch without a level or a level without a switch.
    """

    def __init__(
        self,
        drawer_id: str,
        coil: Coil,
        report: Report,
        clock: Clock,
        *,
        switch: Switch | None = None,
        sense_open_level: SenseLevel = "none",
        guard: DutyGuard | None = None,
        role: str = "cash drawer",
        wait: Wait = threading.Event.wait,
    ) -> None:
        if (switch is None) != (sense_open_level == "none"):
            raise ValueError(
                f"drawer {drawer_id!r} needs both a pin for its switch and the level that it has when open, or neither"
            )
        self._drawer = WatchedDrawer(drawer_id, sense_open_level, guard)
        self._coil = coil
        self._switch = switch
        self._report = report
        self._clock = clock
        self._role = role
        self._wait = wait
        self._connected = False
        self._trouble = "it has not been connected yet"
        self._begun = False
        self._lock = threading.RLock()
        self._woken = threading.Event()
        self._closing = threading.Event()

    @property
    def connected(self) -> bool:
        """Are both pins ours?"""
        return self._connected

    @property
    def trouble(self) -> str:
        """As drivers.drawers.base.CashDrawer says."""
        return self._trouble

    # --- connection ---------------------------------------------------------------------------------------------

    def connect(self) -> bool:
        """Take the pins; the coil is off. A closed drawer cannot be connected again."""
        with self._lock:
            if self._closing.is_set():
                return False
            self._connected = False
            try:
                self._coil.open()
                if self._switch is not None:
                    self._switch.open()
            except DeviceError as error:
                self._lost(error)
                return False
            if not self._begun:
                self._drawer.guard.begins(self._clock.monotonic())
                self._begun = True
            self._connected, self._trouble = True, ""
            return True

    def _lost(self, error: DeviceError) -> None:
        self._connected = False
        self._trouble = str(error)
        self._drawer.lost()
        self._give_back()

    def _give_back(self) -> None:
        self._coil.close()
        if self._switch is not None:
            self._switch.close()

    def wake(self) -> None:
        """Make `watch` return at once. From any thread."""
        self._woken.set()
        if self._switch is not None:
            self._switch.wake()

    def close(self) -> None:
        """End a pulse that is under way and give the pins back for good. From any thread."""
        self._closing.set()
        self._coil.interrupt()
        self.wake()
        with self._lock:
            self._connected = False
            self._trouble = "it is closed"
            self._give_back()

    # --- the switch ---------------------------------------------------------------------------------------------

    def watch(self, timeout: float) -> None:
        """Wait up to `timeout` s for the switch and report what it tells; returns earlier when woken."""
        with self._lock:
            if not self._connected or self._closing.is_set():
                return
            if self._switch is None:
                self._wait(self._woken, timeout)
                self._woken.clear()
                return
            try:
                self._watch(self._switch, timeout)
            except PortLost as error:
                self._lost(error)

    def _watch(self, switch: Switch, timeout: float) -> None:
        now = self._clock.monotonic()
        end = now + timeout
        while True:
            self._tell(self._drawer.settled(now))
            deadline = self._drawer.deadline
            stop = end if deadline is None else min(end, deadline)
            seen = switch.read(max(0.0, stop - now))
            self._feel(seen)
            now = self._clock.monotonic()
            if now >= end or (not seen and now < stop):
                self._woken.clear()
                self._tell(self._drawer.settled(now))
                return

    def _feel(self, seen: Sequence[Seen]) -> None:
        for one in seen:
            self._tell(self._drawer.sensed(high=one.high, now=one.at))

    def _tell(self, news: DrawerSensed | None) -> None:
        if news is not None:
            self._report(news)

    # --- the coil -----------------------------------------------------------------------------------------------

    def kick(self, order: Kick) -> Event:
        """One pulse of `order.pulse_ms`; it has ended when this returns. DrawerKicked or DrawerKickDropped."""
        with self._lock:
            reason = self._kick(order)
            if reason:
                return DrawerKickDropped(order.drawer_id, f"{self._role} at {self._coil.name}: {reason}")
            return DrawerKicked(order.drawer_id, order.attempt)

    def _kick(self, order: Kick) -> str:
        if order.drawer_id != self._drawer.drawer_id:
            return f"drawer {order.drawer_id!r} does not hang on it; nothing was sent; correct the drawer's name"
        if not self._connected or self._closing.is_set():
            return f"it is not connected ({self._trouble}); nothing was sent"
        try:
            self._look()
        except PortLost as error:
            self._lost(error)
            return f"{error.text}; nothing was sent"
        now = self._clock.monotonic()
        reason = self._drawer.refusal(order, order.pulse_ms, now)
        if reason:
            return reason
        self._drawer.fired(order, order.pulse_ms, now)
        try:
            self._coil.pulse(order.pulse_ms)
        except DeviceError as error:
            self._lost(error)
            return error.text if isinstance(error, NotSent) else f"{error.text}; look whether the drawer is open"
        return ""

    def _look(self) -> None:
        """What the switch says at this moment, before anything is sent."""
        if self._switch is None:
            return
        self._feel(self._switch.read(0.0))
        now = self._clock.monotonic()
        self._tell(self._drawer.sensed(high=self._switch.level(), now=now))
