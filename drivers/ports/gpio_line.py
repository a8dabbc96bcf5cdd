"""Between a drawer and a pin: one GPIO line of the Raspberry Pi that drives the coil. The switch: gpio_input.py.

Software cannot end a pulse when the process is killed, the kernel hangs or the Pi crashes in the middle of it: the
pin stays where it is, and a coil that is held burns. A one-shot (NE555, 74HC123; 200 ms) between pin and coil is not
an option but part of the wiring; what is here is the second line. Pins are BCM numbers.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from gpiozero import OutputDevice

from drivers.errors import NotSent, Unanswered
from drivers.ports.base import Clock, PortLost
from drivers.ports.gpio_factory import pin_factory, why_not
from drivers.ports.gpio_guard import LONGEST_MS, Guard
from drivers.ports.owners import Hold, hold

log = logging.getLogger(__name__)

_PATIENCE: Final = 0.05

Active = Literal["high", "low"]
#: Wait until the event is set, at most so many seconds.
Wait = Callable[[threading.Event, float], object]


@dataclass(frozen=True, slots=True)
class Pulse:
    """A pulse that was: seconds of the port's clock. `cut_short`: `interrupt`, `close` or the guard ended it."""

    began: float
    ended: float
    cut_short: bool = False


class GpioOutput:
    """A pin that pulses and is off at all other times. `open`, `pulse` belong to one thread; the rest to any.

    `active`: the level that drives the coil. With "low" the library matters: lgpio claims a pin at low level before
    it sets one, a blip of microseconds that a one-shot may answer; choose rpigpio (GPIOZERO_PIN_FACTORY) or wire it
    for "high". `wait`: what passes the time of a pulse; a test in virtual time has another one.
    """

    def __init__(
        self,
        pin: int,
        clock: Clock,
        *,
        active: Active = "high",
        role: str = "",
        factory: Any = None,
        wait: Wait = threading.Event.wait,
    ) -> None:
        self.name = f"gpio:{pin}"
        self.clock = clock
        self._pin = pin
        self._active = active
        self._role = role
        self._factory = factory
        self._wait = wait
        self._device: Any = None
        self._hold: Hold | None = None
        self._stop = threading.Event()
        self._busy = threading.Lock()
        self._moving = threading.RLock()
        self._off_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self._device is not None

    def open(self) -> None:
        """Take the pin and switch it off. Raises PortLost: no such pin, in use, no permission, no library."""
        self.close()
        factory = pin_factory(self.name, self._role, output=True, given=self._factory)
        taken = hold([("gpio", self._pin)], self.name, self._role)
        try:
            device = OutputDevice(
                self._pin, active_high=self._active == "high", initial_value=False, pin_factory=factory
            )
        except Exception as error:
            taken.release()
            raise PortLost(why_not(error), port=self.name, role=self._role) from error
        self._device, self._hold = device, taken

    def pulse(self, ms: int) -> Pulse:
        """Switch on for `ms` milliseconds (1 to 300) and off again. Returns what the coil saw.

        It is off when this returns or raises, also by an exception from outside. Raises ValueError for another
        length, NotSent when nothing was switched (PortLost: not open), Unanswered when the pin may have moved and
        could not be followed.
        """
        if not 1 <= ms <= LONGEST_MS:
            raise ValueError(f"a pulse is 1 to {LONGEST_MS} ms long, not {ms}; nothing was sent")
        if not self._busy.acquire(blocking=False):
            raise NotSent("it pulses already; nothing was sent; wait for its end", port=self.name, role=self._role)
        try:
            return self._pulse(ms)
        finally:
            self._busy.release()

    def _pulse(self, ms: int) -> Pulse:
        guard = Guard(self.name, self._force_off)
        try:
            guard.start()
        except RuntimeError as error:
            raise NotSent(
                f"nothing could watch over the pulse ({error}); nothing was sent; the machine is overloaded",
                port=self.name,
                role=self._role,
            ) from error
        try:
            began = self._on()
            self._wait(self._stop, ms / 1000)
        finally:
            # The guard is called off only by a pin that is off: if this line is interrupted too, it still watches.
            early = self._off_at is not None or self._stop.is_set()
            self._off()
            guard.done()
        return Pulse(began, self._off_at if self._off_at is not None else self.clock.monotonic(), early)

    def _on(self) -> float:
        with self._moving:
            if self._device is None:
                raise PortLost(
                    "the pin is not open; nothing was sent; it will be opened again", port=self.name, role=self._role
                )
            self._stop.clear()
            self._off_at = None
            began = self.clock.monotonic()
            try:
                self._device.on()
            except Exception as error:
                self._off_at = began
                raise Unanswered(
                    f"the pin could not be switched on ({error}); whether it moved is not known; look at the drawer",
                    port=self.name,
                    role=self._role,
                ) from error
            return began

    def _off(self) -> None:
        with self._moving:
            self._switch_off()

    def _switch_off(self) -> None:
        if self._device is None:
            return
        try:
            self._device.off()
        except Exception as error:
            log.critical(
                "%s could not be switched off: %s; it becomes an input",
                self.name,
                error,
                extra={"kind": "coil-stuck", "port": self.name},
            )
            self._give_back()
            raise Unanswered(
                f"the pin could not be switched off ({error}) and was made an input; pull the drawer's plug if its "
                "coil hums or grows hot",
                port=self.name,
                role=self._role,
            ) from error
        if self._off_at is None:
            self._off_at = self.clock.monotonic()

    def _force_off(self) -> None:
        log.critical(
            "%s: a pulse did not end by itself within %d ms and is ended",
            self.name,
            LONGEST_MS,
            extra={"kind": "coil-stuck", "port": self.name},
        )
        # Whoever is stuck with the pin in his hands is not waited for.
        taken = self._moving.acquire(timeout=_PATIENCE)
        try:
            self._switch_off()
        except Unanswered:
            log.exception("%s: the coil may be held", self.name, extra={"kind": "coil-stuck", "port": self.name})
        finally:
            if taken:
                self._moving.release()

    def interrupt(self) -> None:
        """End a pulse under way now; the next one is not affected. Harmless without one."""
        if self._busy.locked():
            self._stop.set()
            self._off()

    def close(self) -> None:
        """End a pulse, switch off, make the pin an input and give it back; harmless when closed.

        The pull-down at the gate keeps the coil off from then on.
        """
        with self._moving:
            self._stop.set()
            with contextlib.suppress(Unanswered):
                self._switch_off()
            self._give_back()

    def _give_back(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            try:
                device.close()
            except Exception:
                log.exception(
                    "%s could not be made an input", self.name, extra={"kind": "coil-stuck", "port": self.name}
                )
        if self._hold is not None:
            self._hold.release()
            self._hold = None
