"""Beside a sale's way: the cash drawer's coil and switch. How often it may be pulsed, when its switch is believed.

No I/O and no clock: the owner passes the time, in seconds of a clock that only goes forward.
"""

from __future__ import annotations

from collections import deque
from typing import Literal, Protocol

from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import Event

SenseLevel = Literal["high", "low", "none"]

ABSOLUTE_LONGEST_MS = 300
_REST_FACTOR = 4  # Epson TM-T88IV manual: the next pulse at least four times the on-time later
_OPEN_STABLE = 0.040
_CLOSED_STABLE = 0.200


class CashDrawer(Protocol):
    """One or more drawers on a port of their own. Owned by that port's thread; `wake` and `close` from any.

    It reports what its switches tell (DrawerSensed) and answers each order with exactly one event. No method raises
    for a drawer that is missing, silent or stuck: that is an outcome.
    """

    def connect(self) -> bool:
        """Open the port and look at the switches. Returns whether that worked; called again, with pauses, until."""

    def watch(self, timeout: float) -> None:
        """Listen for up to `timeout` s and report what moves; returns earlier when woken, at once if not connected."""

    def kick(self, order: Kick) -> Event:
        """Send one pulse: DrawerKicked, or DrawerKickDropped with a sentence that says why and whether any left."""

    @property
    def connected(self) -> bool:
        """False after the port was lost, until `connect` succeeds again."""

    @property
    def trouble(self) -> str:
        """Why it is not connected, one sentence; "" when it is."""

    def wake(self) -> None:
        """Make `watch` return at once (from any thread)."""

    def close(self) -> None:
        """End every wait soon, a pulse too, and give the port back for good (from any thread)."""


class DutyGuard:
    """Keeps the coil cool: it is built for pulses and burns when held.

    A pulse is at most `longest_ms` (200 unless configured, never above 300); the next comes at least four
    pulse lengths and `gap_s` after its end; at most `per_minute` in any minute.
    """

    def __init__(self, longest_ms: int = 200, gap_s: float = 1.0, per_minute: int = 10) -> None:
        if not 1 <= longest_ms <= ABSOLUTE_LONGEST_MS:
            raise ValueError(f"the longest drawer pulse is 1 to {ABSOLUTE_LONGEST_MS} ms, not {longest_ms}")
        self.longest_ms = longest_ms
        self._rest_until = float("-inf")
        self._gap_s = gap_s
        self._recent: deque[float] = deque(maxlen=per_minute)

    def refusal(self, pulse_ms: int, now: float) -> str:
        """Why a pulse of `pulse_ms` must not be sent at `now`; "" when it may. Changes nothing."""
        if pulse_ms < 1 or pulse_ms > self.longest_ms:
            return (
                f"a pulse of {pulse_ms} ms is outside 1 to {self.longest_ms} ms and would burn the coil; "
                "nothing was sent; correct the drawer's pulse in the configuration"
            )
        if now < self._rest_until:
            return (
                f"the coil must rest {self._rest_until - now:.1f} s more after the last pulse; "
                "nothing was sent; try again then"
            )
        if len(self._recent) == self._recent.maxlen and now - self._recent[0] < 60.0:
            return (
                f"{self._recent.maxlen} pulses were sent within a minute and the coil must cool; "
                "nothing was sent; open the drawer with its key"
            )
        return ""

    def begins(self, now: float) -> None:
        """The coil is ours from `now` on. What was done to it before is not known: it rests as after a long pulse."""
        length = self.longest_ms / 1000
        self._rest_until = max(self._rest_until, now + max(_REST_FACTOR * length, self._gap_s))

    def fired(self, pulse_ms: int, now: float) -> None:
        """A pulse was sent at `now`."""
        length = pulse_ms / 1000
        self._rest_until = now + length + max(_REST_FACTOR * length, self._gap_s)
        self._recent.append(now)


class SwitchSense:
    """The drawer's switch, debounced: open is believed after 40 ms, closed after 200 ms without a change.

    Feed every level that is seen; ask `settle` at `deadline`, because a switch that came to rest says no more.
    """

    def __init__(self, open_level: SenseLevel) -> None:
        self._open_level = open_level
        self._believed: bool | None = None
        self._candidate: bool | None = None
        self._since = 0.0

    @property
    def wired(self) -> bool:
        """Is there a switch at all?"""
        return self._open_level != "none"

    @property
    def is_open(self) -> bool | None:
        """What is believed; None as long as nothing is known, or without a switch for ever."""
        return self._believed

    @property
    def deadline(self) -> float | None:
        """When `settle` has something to say if nothing changes before; None when all is settled."""
        if self._candidate is None or self._candidate == self._believed:
            return None
        return self._since + (_OPEN_STABLE if self._candidate else _CLOSED_STABLE)

    def feed(self, *, high: bool, now: float) -> None:
        """The level of the line at `now`."""
        if self._open_level == "none":
            return
        is_open = high == (self._open_level == "high")
        if is_open != self._candidate:
            self._candidate = is_open
            self._since = now

    def settle(self, now: float) -> bool | None:
        """The new state (True = open) when one has become believable by `now`, else None."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return None
        self._believed = self._candidate
        return self._believed

    def forget(self) -> None:
        """The line cannot be seen any more: whatever is seen next counts as news."""
        self._believed = None
        self._candidate = None


def kick_too_old(order: Kick, now: float) -> bool:
    """Whether `order` has expired at `now` seconds of the clock that its `expires` (ms) was taken from."""
    return now * 1000 >= order.expires
