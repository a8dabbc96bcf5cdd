"""On the way back from a drawer: one GPIO line of the Raspberry Pi that sees its switch. Pins are BCM numbers."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Final, Literal

from gpiozero import InputDevice

from drivers.ports.base import Clock, PortLost
from drivers.ports.gpio_factory import pin_factory, why_not
from drivers.ports.owners import Hold, hold

_KEPT: Final = 256

Pull = Literal["up", "down", "none"]


@dataclass(frozen=True, slots=True)
class Level:
    """What the line was seen at, `at` in seconds of the port's clock. Raw: pull and polarity are not taken out."""

    high: bool
    at: float


class GpioInput:
    """A pin that is watched. Edges come from the library's thread and are handed out by `read`, not debounced.

    `pull`: the resistor inside the Pi; a dry contact to ground needs "up". `open`, `read`, `level` belong to one
    thread, `wake` to any.
    """

    def __init__(self, pin: int, clock: Clock, *, pull: Pull = "up", role: str = "", factory: Any = None) -> None:
        self.name = f"gpio:{pin}"
        self.clock = clock
        self._pin = pin
        self._pull = pull
        self._role = role
        self._factory = factory
        self._device: Any = None
        self._hold: Hold | None = None
        self._changed = threading.Condition()
        self._woken = False
        self._told: bool | None = None
        self._seen: deque[Level] = deque(maxlen=_KEPT)

    @property
    def is_open(self) -> bool:
        return self._device is not None

    def open(self) -> None:
        """Take the pin; the level that it has is the first that `read` returns. Raises PortLost as GpioOutput does."""
        self.close()
        factory = pin_factory(self.name, self._role, output=False, given=self._factory)
        taken = hold([("gpio", self._pin)], self.name, self._role)
        try:
            self._device = self._taken(factory)
        except Exception as error:
            taken.release()
            raise PortLost(why_not(error), port=self.name, role=self._role) from error
        self._hold = taken

    def _taken(self, factory: Any) -> Any:
        pull = {"up": True, "down": False, "none": None}[self._pull]
        state = {} if pull is not None else {"active_state": True}
        device = InputDevice(self._pin, pull_up=pull, pin_factory=factory, **state)
        try:
            device.pin.edges = "both"
            device.pin.when_changed = self._edge
            self._note(high=bool(device.pin.state))
        except BaseException:
            device.close()
            raise
        return device

    def _edge(self, _ticks: object, state: object) -> None:
        self._note(high=bool(state))

    def _note(self, *, high: bool) -> None:
        with self._changed:
            self._seen.append(Level(high, self.clock.monotonic()))
            self._told = high
            self._changed.notify_all()

    def level(self) -> bool:
        """Is the line high now? Raises PortLost."""
        if self._device is None:
            raise PortLost("the pin is not open; it will be opened again", port=self.name, role=self._role)
        try:
            return bool(self._device.pin.state)
        except Exception as error:
            self.close()
            raise PortLost(f"the pin cannot be read any more ({error})", port=self.name, role=self._role) from error

    def read(self, timeout: float) -> list[Level]:
        """What was seen since the last call, waiting up to `timeout` s for a change; [] on time-out or wake.

        Of more than 256 changes the latest are kept. Raises PortLost.
        """
        high = self.level()
        with self._changed:
            if not self._seen and high != self._told:
                # an edge that nobody reported: the kernel keeps a limited number of them
                self._note(high=high)
            if not self._seen and not self._woken:
                self._changed.wait(max(0.0, timeout))
            self._woken = False
            seen = list(self._seen)
            self._seen.clear()
            return seen

    def wake(self) -> None:
        """Make a waiting `read` return at once, or the next one."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Give the pin back; harmless when closed."""
        device, self._device = self._device, None
        if device is not None:
            device.pin.when_changed = None
            device.close()
        if self._hold is not None:
            self._hold.release()
            self._hold = None
        with self._changed:
            self._seen.clear()
            self._told = None
