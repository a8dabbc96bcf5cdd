"""Beside the paper at a sale's end: a cash drawer without the steel, driven by pulses, read by one switch.

Model: solenoid latch, micro-switch of either polarity (or not wired: the printer's pull-up reads HIGH for ever), a
coil that heats by what it is given (Epson: repeat a pulse only after four times its length) and a person who
pushes the drawer shut. Sans-I/O: seconds on the caller's clock; `run_until` moves it, `next_change` tells when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

#: A coil takes this much pulse (seconds of current) at once before it burns, and cools by so much each second:
#: a fifth of the time, which is the duty that drawer makers permit.
_BURNS_AT: Final = 3.0
_COOLS_PER_S: Final = 0.2
#: The switch when a drawer is pushed shut: seconds after the push, closed or open again.
_BOUNCE: Final = ((0.0, False), (0.02, True), (0.05, False), (0.07, True), (0.09, False))


@dataclass(frozen=True, slots=True)
class DrawerPulse:
    """One pulse through the coil: when, how long (seconds), and what came of it."""

    at: float
    seconds: float
    result: Literal["opens", "already_open", "too_short", "stuck", "locked", "burnt"]


class SimulatedDrawer:
    """`open_level`: the level that the switch gives when the drawer is open.

    `latch_delay` (0.05-0.3 s): from the pulse's start until the switch moves. `min_pulse`: shorter ones do not
    release the latch. `stuck`: so many pulses have no effect. `closes_after`: a person pushes it shut that many
    seconds after it opened (None: `push_shut`). `wrong_voltage`: a 24 V drawer on 12 V never opens.
    """

    def __init__(
        self,
        *,
        now: float = 0.0,
        open_level: Literal["high", "low"] = "high",
        wired: bool = True,
        latch_delay: float = 0.1,
        min_pulse: float = 0.04,
        stuck: int = 0,
        closes_after: float | None = None,
        bounces: bool = True,
        wrong_voltage: bool = False,
    ) -> None:
        self.wired = wired
        self.stuck = stuck
        self.locked = False
        self.burnt = False
        self.pulses: list[DrawerPulse] = []
        self._now = now
        self._open_is_high = open_level == "high"
        self._latch_delay = latch_delay
        self._min_pulse = min_pulse
        self._closes_after = closes_after
        self._bounces = bounces
        self._wrong_voltage = wrong_voltage
        self._open = False
        self._contact_open = False
        self._heat = 0.0
        self._heat_at = now
        self._held_since: float | None = None
        self._due: list[tuple[float, Literal["open", "push", "contact_open", "contact_closed"]]] = []

    @property
    def is_open(self) -> bool:
        """The drawer itself, whatever the switch says."""
        return self._open

    @property
    def level(self) -> bool:
        """Level of the sense line (connector pin 3): True is HIGH."""
        return not self.wired or self._contact_open == self._open_is_high

    # --- electrics ---------------------------------------------------------------------------------------------

    def pulse(self, at: float, seconds: float) -> None:
        """Current for `seconds` from `at` on."""
        self.run_until(at)
        self._warm(at, seconds)
        result = self._result(seconds)
        self.pulses.append(DrawerPulse(at, seconds, result))
        if result == "opens":
            self._plan(at + self._latch_delay, "open")

    def energise(self, at: float) -> None:
        """A GPIO line goes on; the pulse is known when it goes off."""
        self.run_until(at)
        if self._held_since is None:
            self._held_since = at

    def release(self, at: float) -> None:
        """The GPIO line goes off. Held for longer than the coil bears, it is burnt."""
        if self._held_since is not None:
            since, self._held_since = self._held_since, None
            self.pulse(since, at - since)
            self.run_until(at)

    # --- hands -------------------------------------------------------------------------------------------------

    def push_shut(self) -> None:
        """A person closes it; the contact bounces."""
        if not self._open:
            return
        self._open = False
        self._due = [item for item in self._due if item[1] != "push"]
        for after, contact in _BOUNCE if self._bounces else _BOUNCE[:1]:
            self._plan(self._now + after, "contact_open" if contact else "contact_closed")
        self.run_until(self._now)

    def force_open(self) -> None:
        """Somebody opens it without a command: a key, a crowbar, the lever below."""
        self._set_open()

    def lock(self) -> None:
        self.locked = True

    def unlock(self) -> None:
        self.locked = False

    # --- time --------------------------------------------------------------------------------------------------

    def run_until(self, now: float) -> None:
        while self._due and self._due[0][0] <= max(now, self._now):
            at, what = self._due.pop(0)
            self._now = max(self._now, at)
            if what == "open":
                self._set_open()
            elif what == "push":
                self.push_shut()
            else:
                self._contact_open = what == "contact_open"
        self._now = max(self._now, now)

    def next_change(self) -> float | None:
        return self._due[0][0] if self._due else None

    # --- inside ------------------------------------------------------------------------------------------------

    def _result(self, seconds: float) -> Literal["opens", "already_open", "too_short", "stuck", "locked", "burnt"]:
        if self.burnt:
            return "burnt"
        if self._open:
            return "already_open"
        if self.locked:
            return "locked"
        if seconds < self._min_pulse or self._wrong_voltage:
            return "too_short"
        if self.stuck:
            self.stuck -= 1
            return "stuck"
        return "opens"

    def _warm(self, at: float, seconds: float) -> None:
        self._heat = max(0.0, self._heat - (at - self._heat_at) * _COOLS_PER_S) + seconds
        self._heat_at = at
        self.burnt = self.burnt or self._heat > _BURNS_AT

    def _plan(self, at: float, what: Literal["open", "push", "contact_open", "contact_closed"]) -> None:
        self._due.append((at, what))
        self._due.sort(key=lambda item: item[0])

    def _set_open(self) -> None:
        if self._open:
            return
        self._open = self._contact_open = True
        # what is left of a bounce is overtaken by the real opening
        self._due = [item for item in self._due if item[1] not in ("contact_open", "contact_closed")]
        if self._closes_after is not None:
            self._plan(self._now + self._closes_after, "push")
