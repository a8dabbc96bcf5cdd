"""Beside the paper at a sale's end: a cash drawer without the steel, driven by pulses, read by one switch.

Model: solenoid latch, micro-switch of either polarity (or not wired: the printer's pull-up reads HIGH for ever), a
coil that heats by what it is given (Epson: repeat a pulse only after four times its length), a lock with a key and a
person who pushes the drawer shut. Sans-I/O: seconds on the caller's clock; `run_until` moves it, `next_change` tells
when.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

#: A coil takes this much pulse (seconds of current) at once before it burns, and cools by so much each second:
#: a fifth of the time, which is the duty that drawer makers permit.
_BURNS_AT: Final = 3.0
_COOLS_PER_S: Final = 0.2
#: The switch when a drawer is pushed shut: seconds after the push, closed or open again.
_BOUNCE: Final = ((0.0, False), (0.02, True), (0.05, False), (0.07, True), (0.09, False))
#: The same when it springs open.
_OPENING_BOUNCE: Final = ((0.0, True), (0.008, False), (0.015, True), (0.021, False), (0.03, True))

Result = Literal["opens", "already_open", "too_short", "weak", "stuck", "locked", "burnt"]
_What = Literal["open", "push", "contact_open", "contact_closed", "pulled", "burns"]


@dataclass(frozen=True, slots=True)
class DrawerPulse:
    """One pulse through the coil: when, how long (seconds), and what came of it."""

    at: float
    seconds: float
    result: Result


class SimulatedDrawer:
    """`open_level`: the level that the switch gives when the drawer is open.

    `latch_delay` (0.05-0.3 s): from the pulse's start until the switch moves. `min_pulse`: shorter ones do not
    release the latch. `stuck`: so many pulses have no effect; `stuck_probability`: each has none with this chance
    (drawn from `seed`). `closes_after`: a person pushes it shut that many seconds after it opened (None: `push_shut`).
    `bounces`: the contact does when it is pushed shut, `bounces_open` when it springs open. `wrong_voltage`: a 24 V
    drawer on 12 V never opens.
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
        stuck_probability: float = 0.0,
        seed: int = 0,
        closes_after: float | None = None,
        bounces: bool = True,
        bounces_open: bool = False,
        wrong_voltage: bool = False,
    ) -> None:
        self.wired = wired
        self.stuck = stuck
        self.stuck_probability = stuck_probability
        self.latch_delay = latch_delay
        self.min_pulse = min_pulse
        self.locked = False
        self.burnt = False
        self.hottest = 0.0
        self.openings: list[float] = []
        self.pulses: list[DrawerPulse] = []
        self._random = random.Random(seed)  # noqa: S311 - a stuck latch is no secret
        self._now = now
        self._open_is_high = open_level == "high"
        self._closes_after = closes_after
        self._bounces = bounces
        self._bounces_open = bounces_open
        self._wrong_voltage = wrong_voltage
        self._open = False
        self._contact_open = False
        self._heat = 0.0
        self._heat_at = now
        self._held_since: float | None = None
        self._held_result: Result | None = None
        self._due: list[tuple[float, _What]] = []

    @property
    def is_open(self) -> bool:
        """The drawer itself, whatever the switch says."""
        return self._open

    @property
    def level(self) -> bool:
        """Level of the sense line (connector pin 3): True is HIGH."""
        return not self.wired or self._contact_open == self._open_is_high

    @property
    def temperature(self) -> float:
        """How warm the coil is now: 0 cold, above 1 it burns. `hottest` is the most that it ever was."""
        if self._held_since is not None:
            return (self._heat + self._now - self._held_since) / _BURNS_AT
        return max(0.0, self._heat - max(0.0, self._now - self._heat_at) * _COOLS_PER_S) / _BURNS_AT

    # --- electrics ---------------------------------------------------------------------------------------------

    def pulse(self, at: float, seconds: float) -> None:
        """Current for `seconds` from `at` on."""
        self.run_until(at)
        self._warm(at, seconds)
        result = self._result(seconds)
        self.pulses.append(DrawerPulse(at, seconds, result))
        if result == "opens":
            self._plan(at + self.latch_delay, "open")

    def energise(self, at: float) -> None:
        """A GPIO line goes on. The latch lets go while it is held; held for too long, the coil burns."""
        self.run_until(at)
        if self._held_since is None:
            self._heat = max(0.0, self._heat - (at - self._heat_at) * _COOLS_PER_S)
            self._held_since = self._heat_at = at
            self._held_result = None
            self._plan(at + self.min_pulse, "pulled")
            self._plan(at + _BURNS_AT - self._heat, "burns")

    def release(self, at: float) -> None:
        """The GPIO line goes off: now it is known how long the pulse was."""
        self.run_until(at)
        if self._held_since is None:
            return
        since, self._held_since = self._held_since, None
        self._due = [item for item in self._due if item[1] not in ("pulled", "burns")]
        self._heat += at - since
        self._heat_at = at
        self._feel_heat()
        result = self._held_result or self._result(at - since)
        self.pulses.append(DrawerPulse(since, at - since, result))

    # --- hands -------------------------------------------------------------------------------------------------

    def push_shut(self) -> None:
        """A person closes it; the contact bounces."""
        if not self._open:
            return
        self._open = False
        self._due = [item for item in self._due if item[1] not in ("push", "contact_open", "contact_closed")]
        self._move_contact(_BOUNCE if self._bounces else _BOUNCE[:1])
        self.run_until(self._now)

    def force_open(self) -> None:
        """Somebody opens it without a command: a key, a crowbar, the lever below."""
        self._set_open()
        self.run_until(self._now)

    def lock(self) -> None:
        self.locked = True

    def unlock(self) -> None:
        self.locked = False

    # --- time --------------------------------------------------------------------------------------------------

    def run_until(self, now: float) -> None:
        while self._due and self._due[0][0] <= max(now, self._now):
            at, what = self._due.pop(0)
            self._now = max(self._now, at)
            self._happens(what)
        self._now = max(self._now, now)

    def next_change(self) -> float | None:
        return self._due[0][0] if self._due else None

    # --- inside ------------------------------------------------------------------------------------------------

    def _happens(self, what: _What) -> None:
        match what:
            case "open":
                self._set_open()
            case "push":
                self.push_shut()
            case "pulled":
                self._pull()
            case "burns":
                self.burnt = True
                self.hottest = max(self.hottest, self.temperature)
            case _:
                self._contact_open = what == "contact_open"

    def _pull(self) -> None:
        """The current has flowed long enough to move the latch."""
        if self._held_since is None:
            return
        self._held_result = self._result(self.min_pulse)
        if self._held_result == "opens":
            self._plan(max(self._now, self._held_since + self.latch_delay), "open")

    def _result(self, seconds: float) -> Result:
        if self.burnt:
            return "burnt"
        if self._open:
            return "already_open"
        if self.locked:
            return "locked"
        if self._wrong_voltage:
            return "weak"
        if seconds < self.min_pulse:
            return "too_short"
        if self.stuck:
            self.stuck -= 1
            return "stuck"
        if self.stuck_probability and self._random.random() < self.stuck_probability:
            return "stuck"
        return "opens"

    def _warm(self, at: float, seconds: float) -> None:
        self._heat = max(0.0, self._heat - (at - self._heat_at) * _COOLS_PER_S) + seconds
        self._heat_at = at
        self._feel_heat()

    def _feel_heat(self) -> None:
        self.hottest = max(self.hottest, self._heat / _BURNS_AT)
        self.burnt = self.burnt or self._heat > _BURNS_AT

    def _plan(self, at: float, what: _What) -> None:
        self._due.append((at, what))
        self._due.sort(key=lambda item: item[0])

    def _move_contact(self, steps: tuple[tuple[float, bool], ...]) -> None:
        for after, contact in steps:
            self._plan(self._now + after, "contact_open" if contact else "contact_closed")

    def _set_open(self) -> None:
        if self._open:
            return
        self._open = True
        self.openings.append(self._now)
        # What is left of a bounce is overtaken by the real opening, and a latch gives way once, however often pulsed.
        self._due = [item for item in self._due if item[1] not in ("open", "contact_open", "contact_closed")]
        self._contact_open = True
        if self._bounces_open:
            self._move_contact(_OPENING_BOUNCE[1:])
        if self._closes_after is not None:
            self._plan(self._now + self._closes_after, "push")
