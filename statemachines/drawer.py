"""A cash drawer as the rules remember it: its settings, where it stands, and what its coil bears.

States in UnifiedPOS terms: a drawer whose switch is wired has CapStatus, one without is `assumed`. How it gets from
one to the other is `drawer_table.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from statemachines.vocabulary.events import DrawerCause, Occurred

UNKNOWN = "unknown"
CLOSED = "closed"
OPENING = "opening"
OPEN = "open"
LEFT_OPEN = "left_open"
FORCED = "forced"
FAILED = "failed"
STATES = (UNKNOWN, CLOSED, OPENING, OPEN, LEFT_OPEN, FORCED, FAILED)
STANDING_OPEN = (OPEN, LEFT_OPEN, FORCED)

NO_CAUSE = DrawerCause("none")
LATE_OPENING_MS = 10_000
LONGEST_MS = 200
SLACK_MS = 50  # the lane's clock is read a moment after ours


@dataclass(frozen=True, slots=True)
class DrawerSettings:
    """`sensed`: its switch is wired. Times in ms; `confirm_ms` from the pulse to the switch, `retry_gap_ms` the rest
    between two pulses, `assume_ms` how long an unwired drawer is taken for open."""

    sensed: bool = True
    pulse_ms: int = 100
    attempts: int = 3
    confirm_ms: int = 800
    retry_gap_ms: int = 1000
    kick_ttl_ms: int = 4000
    left_open_ms: int = 60_000
    assume_ms: int = 5000
    through_printer: bool = True


@dataclass(slots=True)
class Drawer:
    """`reason`: what whoever commanded this opening gave for it. `commanded`: by a command of its own, and not for a
    document. `forced_id`: the name of the opening when it was forced open, recorded or not. `silent`: why its port is
    not connected, "" when it is; what stands in `state` was seen before."""

    drawer_id: str
    state: str = UNKNOWN
    cause: DrawerCause = NO_CAUSE
    attempt: int = 0
    wanted_mono: int = 0
    requested_mono: int = 0
    kicked_mono: int = 0
    opened_mono: int = 0
    failure: str = ""
    reason: str = ""
    commanded: bool = False
    forced_id: str = ""
    silent: str = ""


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...
    def drawer_settings(self, drawer_id: str) -> DrawerSettings: ...
    def day_of(self, drawer_id: str) -> str:
        """The day that is open in this drawer now; "" when none is."""

    def is_document(self, document_id: str) -> bool:
        """Is this the id of a document that is under way?"""

    def forced_id(self, drawer_id: str) -> str:
        """The name of the next forced opening of this drawer's day."""

    def records_opening(self, drawer_id: str, *, forced: bool) -> bool:
        """Is a book to be told of an opening of this drawer that no document explains?"""


def pulse_ms(settings: DrawerSettings, attempt: int) -> int:
    """Each attempt is longer than the one before, up to what every coil bears (or what the shop has set)."""
    return min(settings.pulse_ms + 50 * (attempt - 1), max(settings.pulse_ms, LONGEST_MS))


def retry_after_ms(settings: DrawerSettings, attempt: int) -> int:
    """When the coil may be pulsed again: the guard at the drawer counts the rest from the end of the pulse.

    Duty 20 % (Epson TM-T88IV manual: four times the on-time). A printer that pulses in real time counts in tenths
    of a second.
    """
    pulse = -(-pulse_ms(settings, attempt) // 100) * 100
    return pulse + max(settings.retry_gap_ms, 4 * pulse) + SLACK_MS


def due(drawer: Drawer, settings: DrawerSettings) -> int | None:
    """When (monotonic ms) the drawer wants TimeReached; None for never."""
    if drawer.state == OPENING:
        if drawer.kicked_mono:
            last = drawer.attempt >= settings.attempts
            wait = 0 if last else retry_after_ms(settings, drawer.attempt)
            return drawer.kicked_mono + max(settings.confirm_ms, wait)
        return drawer.requested_mono + settings.kick_ttl_ms + settings.retry_gap_ms
    if drawer.state == OPEN:
        return drawer.opened_mono + (settings.left_open_ms if settings.sensed else settings.assume_ms)
    return None


def why_not(drawer: Drawer) -> str:
    """Why it cannot be reached and what to do, in one sentence; "" when nobody knows of anything."""
    if not drawer.silent:
        return ""
    return f"Drawer {drawer.drawer_id} is not connected: {drawer.silent.rstrip('.')}. It opens with its key meanwhile."
