"""What is to be done next about the fiscaliser's mode: read from the state, one step at a time.

A restart forgets which step was on its way, and the same step is found again; each may be taken twice. The one that
may not be repeated blindly, the way back on line, is taken only after the mode that says so is in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from statemachines import document as documents
from statemachines import fiscal_mode as mode_machine
from statemachines import shift as shift_machine
from statemachines.document import Document
from statemachines.offline import UNCERTAIN_MS, OfflineSettings
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.effects import (
    DeliverOffline,
    DrainStep,
    GoOffline,
    GoOnline,
    LookAtRegister,
    PingTaxService,
    RefillCodes,
)
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import FiscalModeChanged, OfflineCodeSpent, RegisterSeen

_AT_ONCE = 0
_FAILURES = 2
"""After so many failures in a row nobody waits for the delivery any longer: selling goes on without the fiscaliser."""


LOOK_ON_LINE_MS: Final = 3_600_000
"""So often a fiscaliser that seems to be on line is looked at: it may be off line by itself without any document, and
what it makes then counts against the law's hours."""


READ_EVERY_MS: Final = 900_000
"""So often the free codes are read while a fiscaliser is off line by itself: each time that it goes off line anew it
uses one up, and tells nobody."""


@dataclass(slots=True)
class Memory:
    """What this process remembers of the steps it took; no part of the state. Times in monotonic ms.

    `rested_at`: the last step ended, or the mode changed, then. `seen`, `seen_at`: the latest look of this mode.
    `looked_at`: it was looked for last, whatever came of it; None before the till has started.
    `pool_read`: the free codes were read in this mode; `read_at`: when they were, or when the mode began.
    `went_online_at`, `asked_at`: of the last such request. `pinged`: after so many tries. `failures`: so many steps in
    a row came to nothing. `stirred_at`: something was sent last that makes a fiscaliser that is off line send what it
    has; `stirs`: so often since it was looked at. `lost_at`: a request for codes may have been heard, and was not
    answered. `most_waiting`: what it has had for the tax service at most. `made_at`: a fiscaliser's last outcome of a
    document. `doubted`: doubts that are older than this process, with the moment from which they age. `missed_early`:
    documents that the fiscaliser did not have when it was asked, and that might still have been on their way to it.
    """

    in_flight: bool = False
    rested_at: int = 0
    seen: RegisterSeen | None = None
    seen_at: int = 0
    looked_at: int | None = None
    pool_read: bool = False
    read_at: int = 0
    went_online_at: int | None = None
    asked_at: int | None = None
    pinged: int = 0
    failures: int = 0
    stirred_at: int | None = None
    stirs: int = 0
    lost_at: int | None = None
    most_waiting: int = 0
    made_at: int = 0
    doubted: dict[str, int] = field(default_factory=dict)
    missed_early: set[str] = field(default_factory=set)

    def new_mode(self, mono: int) -> None:
        self.seen = None
        self.pool_read = False
        self.failures = self.pinged = self.most_waiting = 0
        self.rested_at = self.read_at = mono

    def stir(self, mono: int) -> None:
        self.stirred_at = mono
        self.stirs += 1

    def look(self, seen: RegisterSeen, mono: int) -> None:
        self.seen, self.seen_at, self.stirs = seen, mono, 0
        self.most_waiting = max(self.most_waiting, seen.waiting)

    def passes(self, at: int) -> int:
        """When the fiscaliser's clock has certainly passed `at` (UTC ms), as it was seen."""
        ahead = 0 if self.seen is None else at - self.seen.server_at
        return self.seen_at + ahead if ahead > 0 else _AT_ONCE

    def doubted_at(self, document: Document) -> int:
        """From when the doubt about a document ages."""
        return self.doubted.get(document.document_id, document.doubted_mono)


@dataclass(frozen=True, slots=True)
class Due:
    """`step` may be taken from `at` (monotonic ms) on."""

    at: int
    step: DrainStep


def undecided(state: TillState) -> bool:
    """Is there a document of which a machine may still find out whether the fiscaliser made it?"""
    at_work = (documents.FISCALISING, documents.FISCAL_DOUBT)
    return any(one.state in at_work and not one.person_needed for one in state.documents.values())


def being_made(state: TillState, document: Document) -> Document | None:
    """Another document that the fiscaliser is making at this moment."""
    others = (one for one in state.documents.values() if one.document_id != document.document_id)
    return next((one for one in others if one.state == documents.FISCALISING), None)


def quiet_from(settings: RuleSettings, state: TillState, memory: Memory) -> int:
    """From when on (monotonic ms) the fiscaliser makes nothing by itself any more of what it was sent: neither what it
    has not answered, nor its coming back on line."""
    choices, at_work = settings.offline, (documents.FISCALISING, documents.FISCAL_DOUBT)
    doubts = [one for one in state.documents.values() if one.doubted and one.state in at_work]
    lost = [memory.doubted_at(one) for one in doubts] + ([] if memory.lost_at is None else [memory.lost_at])
    until = max((at + choices.settle_ms for at in lost), default=_AT_ONCE)
    if state.mode.state == mode_machine.OFFLINE_AUTO and memory.stirred_at is not None:
        told = -1 if memory.seen is None else memory.seen.waiting
        waiting = (state.offline.handed if told < 0 else told) + memory.stirs + 1  # with the going offline itself
        until = max(until, memory.stirred_at + choices.settle_ms + choices.send_ms * waiting)
    return until


# --- the next step --------------------------------------------------------------------------------------------------


def next_step(settings: RuleSettings, state: TillState, memory: Memory) -> Due | None:
    """The next step, one at a time; None while there is nothing to do."""
    if memory.in_flight or settings.traits.offline != "codes":
        return None
    match state.mode.state:
        case mode_machine.ONLINE:
            return _on_line(settings, state, memory)
        case mode_machine.OFFLINE_MANUAL:
            return Due(memory.rested_at + settings.offline.look_every_ms, LookAtRegister())
        case mode_machine.DRAINING:
            return _drain(settings.offline, state, memory)
        case mode_machine.OFFLINE_AUTO:
            return _sooner(_go_online(settings.offline, state, memory), _reading(settings, state, memory))
        case _:
            return None


def _sooner(one: Due | None, other: Due | None) -> Due | None:
    """The first of the two that is due; `one` where both are."""
    if one is None or other is None:
        return one or other
    return other if other.at < one.at else one


def _reading(settings: RuleSettings, state: TillState, memory: Memory) -> Due | None:
    """The free codes, while a shift is open, of a fiscaliser that uses them itself."""
    if memory.failures or not settings.stamps or state.shift.state not in shift_machine.STANDING or undecided(state):
        return None
    # a step puts off the looks that follow it, which must not be for ever
    return Due(memory.read_at + max(READ_EVERY_MS, 4 * settings.offline.look_every_ms), RefillCodes())


def _on_line(settings: RuleSettings, state: TillState, memory: Memory) -> Due | None:
    codes = _codes(settings, state, memory)
    if memory.looked_at is None or not settings.stamps or undecided(state):
        return codes
    return _sooner(codes, Due(memory.looked_at + LOOK_ON_LINE_MS, LookAtRegister()))


def _codes(settings: RuleSettings, state: TillState, memory: Memory) -> Due | None:
    """Codes are read once a shift is open, and asked for when they run out. Never while a document is being made."""
    choices, pool = settings.offline, state.pool
    if not settings.stamps or state.shift.state not in shift_machine.SELLING or undecided(state):
        return None
    if memory.failures:
        return Due(memory.rested_at + choices.refill_pause_ms, RefillCodes())
    if not memory.pool_read:
        return Due(_AT_ONCE, RefillCodes())
    # so rarely that of any ten transactions at most four are requests for codes
    asked_lately = pool.asked_at and state.offline.stamps < 2
    if pool.left >= choices.refill_below or asked_lately:
        return None
    pause = 0 if memory.asked_at is None else memory.asked_at + choices.refill_pause_ms
    return Due(pause, RefillCodes(choices.refill_to))


def _drain(choices: OfflineSettings, state: TillState, memory: Memory) -> Due | None:
    offline, seen = state.offline, memory.seen
    look = Due(memory.rested_at + choices.look_every_ms, LookAtRegister())
    if undecided(state):  # what became of them decides where the session begins
        return look
    soon = look.at if memory.failures else _AT_ONCE
    if seen is None:
        return Due(soon, LookAtRegister())
    step: DrainStep
    if not offline.acknowledged:
        if seen.offline and not seen.manual and not memory.pool_read:
            return Due(soon, RefillCodes())
        at = offline.goes_at(seen.last_at)
        step = GoOffline(offline.session_id, offline.offline_code, at)
    elif offline.queue:
        first = offline.queue[0]
        at, step = first.fiscal_at, DeliverOffline(first.document_id, first.offline_code, first.fiscal_at)
    else:
        at, step = state.pool.last_fiscal_at, GoOnline(offline.session_id, offline.tries + 1)
    # nothing is handed over before its date, and what the fiscaliser dates itself comes after what we have dated
    due = max(soon, memory.passes(at))
    return Due(due, step) if due <= look.at else look


def _go_online(choices: OfflineSettings, state: TillState, memory: Memory) -> Due | None:
    """The fiscaliser sends what it has, and is reminded of it, until it is on line."""
    offline, seen = state.offline, memory.seen
    look = Due(memory.rested_at + choices.look_every_ms, LookAtRegister())
    again = _AT_ONCE if memory.went_online_at is None else memory.went_online_at + choices.go_online_every_ms
    first = offline.acknowledged and not offline.tries
    if memory.failures or (seen is None and not first):
        return look
    waiting = max(memory.most_waiting, offline.handed)
    if offline.tries > waiting and memory.pinged < offline.tries:
        return Due(_AT_ONCE, PingTaxService())
    if undecided(state) or again > look.at:
        return look
    return Due(again, GoOnline(offline.session_id or "auto", offline.tries + 1))


# --- what comes before it -------------------------------------------------------------------------------------------


def mode_before(settings: RuleSettings, state: TillState, memory: Memory, mono: int) -> list[Event]:
    """What has to be in the journal before the next step leaves: that the session is over, in one way or the other.

    Whatever is made after the fiscaliser was told to go on line may be dated before its coming back: so from then on
    the fiscaliser makes it, and not the till.
    """
    offline, seen = state.offline, memory.seen
    over = state.mode.state == mode_machine.DRAINING and not offline.queue and not memory.in_flight
    if not over or seen is None or undecided(state):
        return []
    if not offline.acknowledged and not seen.manual:
        # it was never told of the session, and of that nobody can be sure
        unsure: list[Event] = [OfflineCodeSpent(offline.code)] if offline.code else []
        return [*unsure, _back(seen, "nothing was made without it")]
    if not seen.manual:
        return [_back(seen, "somebody else has let it go on line")]
    due = next_step(settings, state, memory)
    if due is None or due.at > mono or not isinstance(due.step, GoOnline):
        return []
    return [FiscalModeChanged(mode_machine.OFFLINE_AUTO, "it has all that was made without it, and sends it")]


def _back(seen: RegisterSeen, reason: str) -> FiscalModeChanged:
    if seen.offline:
        return FiscalModeChanged(mode_machine.OFFLINE_AUTO, reason)
    return on_line(seen, reason)


def on_line(seen: RegisterSeen, reason: str) -> FiscalModeChanged:
    """Coming on line is a transaction of the fiscaliser's own, up to a second later than it tells the time."""
    return FiscalModeChanged(mode_machine.ONLINE, reason, fiscal_at=seen.server_at + UNCERTAIN_MS)


def stuck_on(memory: Memory) -> bool:
    """Has the delivery failed so often that selling goes on without it?"""
    return memory.failures >= _FAILURES
