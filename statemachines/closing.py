"""Closing a shift, step by step; a closing that was interrupted goes on at the step where it stood.

Block sales, wait for drafts, wait for the end-of-day count where there is a drawer, take the cash out where the
fiscaliser demands it, Z report, end the drawers' day, sign out. Which step may begin is decided by the state of the
other machines (`Context.step_done`), never by a memory of what was tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.day_events import (
    CloseRequested,
    ClosingAdvanced,
    ClosingCalledOff,
    ClosingFinished,
    ClosingStep,
    ClosingStopped,
    ShiftCloseRefused,
)
from statemachines.vocabulary.events import CashMoveRefused, Event, ShiftClosed
from statemachines.vocabulary.receipt import Person

IDLE = "idle"
DRAFTS = "drafts"
COUNT = "count"
REMOVAL = "removal"
REPORT = "report"
DRAWERS = "drawers"
SIGN_OUT = "sign_out"
STOPPED = "stopped"
STATES = (IDLE, DRAFTS, COUNT, REMOVAL, REPORT, DRAWERS, SIGN_OUT, STOPPED)
STEPS: tuple[ClosingStep, ...] = ("drafts", "count", "removal", "report", "drawers", "sign_out")
BEFORE_REPORT = (DRAFTS, COUNT, REMOVAL)
AFTER_REPORT = (DRAWERS, SIGN_OUT)
AFTER_COUNT = (REMOVAL, REPORT, *AFTER_REPORT)


@dataclass(slots=True)
class Closing:
    """`step`: where a stopped closing goes on. `document_id`: the shift report that ends it."""

    state: str = IDLE
    step: str = DRAFTS
    shift_id: str = ""
    document_id: str = ""
    actor: Person | None = None
    currency: str = ""
    language: str = ""
    anchor: str = ""
    reason: str = ""

    @property
    def removal_id(self) -> str:
        """Under which the cash move of its removal step is known."""
        return f"{self.document_id}:removal"


class Context(Protocol):
    def begin_step(self, closing: Closing) -> Iterable[Output]:
        """What the step that has just begun orders: a cash move, the report, the end of the drawers' day."""


def _requested(closing: Closing, event: CloseRequested, _: Context) -> Iterable[Output]:
    closing.shift_id = event.shift_id
    closing.document_id = event.document_id
    closing.actor = event.actor
    closing.currency, closing.language, closing.anchor = event.currency, event.language, event.anchor
    closing.reason = ""
    return ()


def _advanced(closing: Closing, event: ClosingAdvanced, context: Context) -> Iterable[Output]:
    closing.step = event.step
    return context.begin_step(closing)


def _stopped(closing: Closing, event: ClosingStopped, _: Context) -> Iterable[Output]:
    closing.step = event.step
    closing.reason = event.reason
    return ()


def _refused(closing: Closing, event: ShiftCloseRefused | CashMoveRefused, _: Context) -> Iterable[Output]:
    step: ClosingStep = "removal" if closing.state == REMOVAL else "report"
    return [ClosingStopped(closing.shift_id, step, event.reason)]


def _closed_elsewhere(closing: Closing, _: Event, context: Context) -> Iterable[Output]:
    # a shift that somebody else closed ends no drawer's day: nobody has counted it
    closing.step = SIGN_OUT
    return context.begin_step(closing)


def _over(closing: Closing, _: Event, __: Context) -> Iterable[Output]:
    closing.step = DRAFTS
    closing.reason = ""
    return ()


def _to(step: str) -> Any:
    def is_step(_: Closing, event: ClosingAdvanced, __: Context) -> bool:
        return event.step == step

    return is_step


def _ours(closing: Closing, event: CashMoveRefused, _: Context) -> bool:
    return event.document_id == closing.removal_id


ROWS: tuple[Row[Closing, Context], ...] = (
    Row((IDLE, STOPPED), CloseRequested, DRAFTS, _requested, note="sales are blocked"),
    Row(DRAFTS, ClosingAdvanced, COUNT, _advanced),
    Row(COUNT, ClosingAdvanced, REMOVAL, _advanced),
    Row(REMOVAL, ClosingAdvanced, REPORT, _advanced, _to("report"), "Z"),
    Row(REPORT, ClosingAdvanced, DRAWERS, _advanced),
    Row(DRAWERS, ClosingAdvanced, SIGN_OUT, _advanced),
    Row(SIGN_OUT, ClosingFinished, IDLE, _over),
    Row(REPORT, ShiftCloseRefused, "=", _refused, note="ClosingStopped"),
    Row(REMOVAL, CashMoveRefused, "=", _refused, _ours, "ClosingStopped"),
    Row((REPORT, REMOVAL), ClosingStopped, STOPPED, _stopped),
    Row((DRAFTS, COUNT, STOPPED), ClosingCalledOff, IDLE, _over),
    Row((DRAFTS, COUNT, REMOVAL, STOPPED), ShiftClosed, SIGN_OUT, _closed_elsewhere, note="closed by somebody else"),
    Row(REPORT, ShiftClosed, REPORT, note="the next step may begin"),
)

_ACTIVE = tuple(state for state in STATES if state not in (IDLE, STOPPED))
REJECTS: tuple[Reject, ...] = (
    Reject(_ACTIVE, (CloseRequested,), "shift-closing", "The shift is being closed already."),
    Reject((IDLE, STOPPED, SIGN_OUT, REMOVAL), (ClosingAdvanced,), "late", "This step is not due."),
    Reject(tuple(s for s in STATES if s != SIGN_OUT), (ClosingFinished,), "late", "The closing is not at its end."),
    Reject(tuple(s for s in STATES if s != REPORT), (ShiftCloseRefused,), "late", "The Z report is not under way."),
    Reject(STATES, (CashMoveRefused,), "not-ours", "This cash move is not part of the closing."),
    Reject(
        tuple(s for s in STATES if s not in (REPORT, REMOVAL)),
        (ClosingStopped,),
        "late",
        "No step is under way that could be refused.",
    ),
    Reject(IDLE, (ClosingCalledOff,), "not-closing", "No shift is being closed, so there is nothing to call off."),
    Reject(
        (REMOVAL, REPORT, *AFTER_REPORT),
        (ClosingCalledOff,),
        "too-late",
        "The closing is with the fiscaliser already and cannot be called off: wait for its answer.",
    ),
    Reject((IDLE, *AFTER_REPORT), (ShiftClosed,), "not-closing", "No shift is being closed."),
)

TABLE: Table[Closing, Context] = Table("closing", STATES, ROWS, REJECTS)


def next_step(state: str) -> ClosingStep | None:
    """The step after this one; None for the last."""
    at = STEPS.index(state) + 1
    return STEPS[at] if at < len(STEPS) else None
