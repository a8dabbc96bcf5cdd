"""Steps of the drain through the lane: each is answered by one event, whatever becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.fiscal_lane import FiscalLane
from statemachines.vocabulary.effects import (
    DeliverOffline,
    DrainStep,
    Fiscalise,
    GoOffline,
    GoOnline,
    LookAtRegister,
    PingTaxService,
    RefillCodes,
)
from statemachines.vocabulary.events import Event, FiscalisationRefused, FiscalStamp
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscaliserUnreachable,
    OfflineCode,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)
from tests.firmware_bridge.test_fiscal_lane import Inbox, Register, order, serving

CODE = OfflineCode("TEST-abc123", 7)
STAMP = FiscalStamp("checkbox", CODE.value, "2026-11-21T10:00:00+02:00", offline=True, control="77")
STEPS: tuple[tuple[DrainStep, Event], ...] = (
    (LookAtRegister(), RegisterSeen(offline=True, manual=False, server_at=1)),
    (RefillCodes(20), OfflineCodesRefilled(5, (CODE,))),
    (GoOffline("s-1", CODE, 1000), WentOffline("s-1")),
    (DeliverOffline("d", CODE, 1000, order()), OfflineDocumentDelivered("d", STAMP)),
    (GoOnline("s-1", 1), WentOnline("s-1", 1)),
    (PingTaxService(), TaxServicePinged(answers=True, text="DONE")),
)


@dataclass
class OfflineRegister(Register):
    """A register that also takes what was made without it; it answers as it is told and keeps what it was asked."""

    steps: list[object] = field(default_factory=list)

    async def _step(self, step: object) -> Event:
        self.steps.append(step)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def look(self) -> Event:
        return await self._step(LookAtRegister())

    async def refill(self, step: RefillCodes) -> Event:
        return await self._step(step)

    async def go_offline(self, step: GoOffline) -> Event:
        return await self._step(step)

    async def deliver(self, step: DeliverOffline) -> Event:
        return await self._step(step)

    async def go_online(self, step: GoOnline) -> Event:
        return await self._step(step)

    async def ping(self) -> Event:
        return await self._step(PingTaxService())


def answered(register: Register, *steps: DrainStep | Fiscalise) -> list[Event]:
    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        for step in steps:
            lane.order(step)
        await inbox.until(len(steps))

    return serving(register, act)


def test_every_step_reaches_its_own_call_and_its_answer_comes_back() -> None:
    register = OfflineRegister([answer for _, answer in STEPS])
    assert answered(register, *(step for step, _ in STEPS)) == [answer for _, answer in STEPS]
    assert register.steps == [step for step, _ in STEPS]


@pytest.mark.parametrize("step", [step for step, _ in STEPS], ids=lambda step: type(step).__name__)
@pytest.mark.parametrize(
    ("error", "reached"),
    [
        (NotSent("no connection"), False),
        (Unanswered("no answer within 5 s"), False),
        (Refused("the register is busy"), True),
        (RuntimeError("token eyJsecret"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_step_that_failed_is_told_as_failed_and_never_left_in_the_air(
    step: DrainStep, error: Exception, reached: bool
) -> None:
    (event,) = answered(OfflineRegister([error]), step)
    assert isinstance(event, DrainStepFailed)
    assert (event.step, event.reached) == (type(step).__name__, reached)
    assert "eyJsecret" not in event.reason


def test_a_step_for_a_fiscaliser_that_knows_none_fails_and_the_lane_goes_on() -> None:
    (event, after) = answered(Register(), LookAtRegister(), order())
    assert isinstance(event, DrainStepFailed)
    assert not event.reached
    assert after is not None


def test_that_nothing_could_be_sent_passes_through_as_the_fiscaliser_says_it() -> None:
    (event,) = answered(OfflineRegister([FiscaliserUnreachable("d", "no route")]), order())
    assert event == FiscaliserUnreachable("d", "no route")
    (control,) = answered(OfflineRegister([NotSent("no route")]), order())
    assert isinstance(control, FiscalisationRefused), "an adapter that only raises has not tried for a while"
