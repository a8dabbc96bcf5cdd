"""Between a planned call and the book: how often it may leave, and what is asked when no answer came.

A request of a class that may not simply be repeated has its intent written before it leaves. Only an answer, or the
certainty that nothing left, takes the intent back; one that is found open is a lost answer.

    natural_key     lost: repeated after a pause, for ever
    state           lost: the state is read; not reached: sent again
    harmless_twice  lost: the look, if there is one, then sent once more; lost again: a person
    never           lost: a person
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import DeviceError, NotSent, Refused
from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.book import (
    Asks,
    Book,
    Call,
    Delivered,
    Later,
    Look,
    LookVerdict,
    NotDone,
    Rejected,
    Service,
    Verdict,
)
from firmware_bridge.gateway.ledger import Ledger
from firmware_bridge.journal.records import Intent
from firmware_bridge.log_kinds import about
from firmware_bridge.vendors.http import Request, Response

log = logging.getLogger(__name__)

MOST_SENDS = 2
"""Of a request that does no harm when it arrives twice, without a person."""
STOPPING = "the till is being stopped; the rest follows at its next start"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The book does without it. `reason`: why it was refused or lost."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Lost:
    """The request may have been carried out. `look`: what an answer that does not tell asks for; None: no answer."""

    reason: str
    look: Look | None = None


Outcome = Delivered | Later | Rejected | LeftOut


class Courier:
    """Carries the calls of one lane, one at a time. `stopping`: whether to begin no further request.

    `repeated` counts the requests sent again after a lost answer.
    """

    def __init__(
        self, book: Book, service: Service, ledger: Ledger, clock: TillClock, stopping: Callable[[], bool]
    ) -> None:
        self._book = book
        self._service = service
        self._ledger = ledger
        self._clock = clock
        self._stopping = stopping
        self._lost: set[int] = set()
        self.repeated = 0

    def forget(self, seq: int) -> bool:
        """Let a person see to record `seq`: its next request is the first. Returns whether an answer was owed."""
        owed = self._owed(seq)
        self._lost.discard(seq)
        return owed

    async def deliver(self, seq: int, call: Call) -> Outcome:
        """Carry the call for record `seq` to an outcome. Raises JournalError.

        After Later the intent is open if an answer is still owed; after anything else there is none, and the caller
        writes that with the outcome.
        """
        outcome = await self._pursue(seq, call)
        if isinstance(outcome, Later):
            return outcome
        self._ledger.intent = None
        self._lost.discard(seq)
        return LeftOut(outcome.reason) if isinstance(outcome, Rejected) and call.optional else outcome

    async def _pursue(self, seq: int, call: Call) -> Delivered | Later | Rejected:
        if self._owed(seq) and call.repeat != "natural_key":
            found = await self._after_loss(seq, call, _Lost(f"no answer came to {call.operation}"))
            if not isinstance(found, NotDone):
                return found
        said = await self._send(seq, call)
        found = await self._look_into(seq, call, said)
        if not isinstance(found, NotDone):
            return found
        said = await self._send(seq, call)
        if isinstance(said, Asks):
            return Later(
                f"{self._book.name} refused {call.operation} of record {seq} twice, although what it shows does not "
                f"stand in its way"
            )
        found = await self._look_into(seq, call, said)
        return Later(f"no answer came to {call.operation}") if isinstance(found, NotDone) else found

    def _owed(self, seq: int) -> bool:
        """Whether an earlier request for this record has no answer."""
        return seq in self._lost or self._sends(seq) > 0

    def _sends(self, seq: int) -> int:
        intent = self._ledger.intent
        return intent.sends if intent is not None and intent.seq == seq else 0

    async def _look_into(self, seq: int, call: Call, said: Verdict | _Lost) -> Delivered | Later | Rejected | NotDone:
        """What is settled, or what a question finds out; NotDone: it may be sent again."""
        match said:
            case _Lost():
                return await self._after_loss(seq, call, said)
            case Asks(look):
                return await self._ask(call, look)
            case _:
                return said

    async def _after_loss(self, seq: int, call: Call, lost: _Lost) -> LookVerdict:
        may_repeat = call.repeat != "never" and (call.repeat != "harmless_twice" or self._sends(seq) < MOST_SENDS)
        look = lost.look
        if look is None:
            if not may_repeat:
                return Rejected(_if_lost(call, seq))
            if call.repeat == "natural_key":
                return Later(lost.reason)
            look = call.look
        if look is None:
            return NotDone() if call.repeat == "harmless_twice" else Later(lost.reason)
        found = await self._ask(call, look)
        return Rejected(_if_lost(call, seq)) if isinstance(found, NotDone) and not may_repeat else found

    async def _ask(self, call: Call, look: Look) -> LookVerdict:
        if self._stopping():
            return Later(STOPPING)
        answer = await self._exchange(look.request)
        if not isinstance(answer, Response):
            return Later(answer.text, person=isinstance(answer, Refused))
        try:
            return self._book.judge_look(call, look, answer)
        except Exception as error:
            log.exception(
                "%s cannot judge the answer to %s",
                self._book.name,
                call.operation,
                extra=about("program-error", vendor=self._book.name),
            )
            return self._poisoned(call, error)

    async def _send(self, seq: int, call: Call) -> Verdict | _Lost:
        if self._stopping():
            return Later(STOPPING)
        before = self._ledger.intent
        self.repeated += self._owed(seq)
        if call.repeat in ("harmless_twice", "never"):
            self._ledger.intent = Intent(
                self._book.name, seq, call.operation, self._sends(seq) + 1, self._clock.utc_ms()
            )
        await self._ledger.flush()
        answer = await self._exchange(call.request)
        verdict = self._heard(call, answer)
        match verdict:
            case _Lost():
                self._lost.add(seq)
            case Later() | Asks():
                self._ledger.intent = before  # nothing came of this one
        return verdict

    def _heard(self, call: Call, answer: Response | DeviceError) -> Verdict | _Lost:
        match answer:
            case NotSent() | Refused():
                return Later(answer.text, person=isinstance(answer, Refused))
            case DeviceError():
                return _Lost(answer.text)
        try:
            verdict = self._book.judge(call, answer)
        except Exception as error:
            log.exception(
                "%s cannot judge the answer to %s",
                self._book.name,
                call.operation,
                extra=about("program-error", vendor=self._book.name),
            )
            return self._poisoned(call, error)
        if isinstance(verdict, Asks) and not 400 <= answer.status < 500:
            return _Lost(f"the answer {answer.status} to {call.operation} does not tell what came of it", verdict.look)
        return verdict

    async def _exchange(self, request: Request) -> Response | DeviceError:
        try:
            return await self._service.exchange(request)
        except DeviceError as error:
            return error
        except Exception as error:
            log.exception(
                "unforeseen error while %s was asked",
                self._book.name,
                extra=about("program-error", vendor=self._book.name),
            )
            return DeviceError(f"unforeseen error in this program ({type(error).__name__})")

    def _poisoned(self, call: Call, error: Exception) -> Rejected:
        return Rejected(
            f"An error in this program ({type(error).__name__}) left it open what {self._book.name} answered to "
            f"{call.operation}: it may have been carried out; have the log and the book looked at before it is retried."
        )


def _if_lost(call: Call, seq: int) -> str:
    return call.if_lost or (
        f"No answer came to {call.operation} of record {seq}: it may have been carried out; look in the book before it "
        f"is retried."
    )
