"""Short stories of outages, each with what must not happen in it, and tills that are broken so that it does."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.errors import Unanswered
from firmware_bridge.core import TillCore
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Forms, Profile
from firmware_bridge.vendors.checkbox.offline_calls import OfflineCalls
from firmware_bridge.vendors.checkbox.offline_dates import written
from firmware_bridge.vendors.checkbox.offline_messages import GoOffline as GoOfflineBody
from statemachines import drain, offline_codes, stamping
from statemachines.offline import UNCERTAIN_MS, FiscalClock, whole_seconds
from statemachines.state import TillState
from statemachines.vocabulary.effects import DeliverOffline, GoOffline, GoOnline
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import OfflineCode, OfflineDocumentRefused, WentOffline, WentOnline
from tests.support.offline_stack import Parts, Stack
from tests.support.offline_stack_desk import Desk
from tests.support.offline_stack_time import VirtualLoop, virtually

Story = Callable[[Desk], Awaitable[None]]
Patch = pytest.MonkeyPatch


def told(story: Story, *, profile: Profile = "current", parts: Parts | None = None, **options: Any) -> list[str]:
    """What is wrong once a story has come to its end and everything is back; nothing, for a till that is whole."""

    async def main(loop: VirtualLoop) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            stack = Stack(loop, Path(folder), profile, parts=parts or Parts(), options=options)
            desk = Desk(stack, random.Random(5))
            try:
                await stack.start()
                await desk.open()
                await desk.sell()
                await stack.rest(20)
                await story(desk)
                return await ending(desk)
            finally:
                await stack.close()

    return virtually(main)


async def ending(desk: Desk) -> list[str]:
    stack = desk.stack
    stack.line.tell("DELETE", "/_fault")
    stack.clock.synchronise()
    await stack.set_line("up")
    if still := await desk.all_comes_back():
        return [f"it does not come back: {still}", *await desk.verdict()]
    unsold = await desk.sells_on_line()
    return [*([unsold] if unsold else []), *await desk.verdict()]


# --- stories ----------------------------------------------------------------------------------------------------------


async def a_session_ahead_of_the_clock(desk: Desk) -> None:
    """A sale has no answer, and before it is known whether the register still acts on it, the line is gone."""
    await desk.stack.set_line("hole")
    await desk.sell(wait_s=16)
    await desk.stack.set_line("refused")
    await desk.sell()
    await desk.sell()
    await desk.stack.rest(2)
    await desk.sell()
    await desk.stack.rest(60)


async def codes_that_the_register_has_used(desk: Desk) -> None:
    """It loses the tax service over a sale whose answer is lost: two codes are used, and the till knows of none."""
    line = desk.stack.line
    line.fault("tax-service-down")
    line.fault("lost-answer", 3)
    await desk.sell(wait_s=1)
    await desk.stack.set_line("refused")
    await desk.sell()
    await desk.sell()
    await desk.stack.rest(40)


async def going_off_line_is_not_answered(desk: Desk) -> None:
    await _two_answers_lost(desk, "/cash-registers/go-offline")


async def a_delivery_is_not_answered(desk: Desk) -> None:
    await _two_answers_lost(desk, "/receipts/sell-offline")


async def _two_answers_lost(desk: Desk, path: str) -> None:
    stack = desk.stack
    await stack.set_line("refused")
    for _ in range(3):
        await desk.sell()
    stack.line.fault("lost-answer", 2, path=path)
    await stack.set_line("up")
    await stack.rest(90)


async def power_fails_while_documents_wait(desk: Desk) -> None:
    await desk.stack.set_line("refused")
    for _ in range(3):
        await desk.sell()
    await desk.stack.kill(5)
    await desk.sell()
    await desk.stack.rest(20)


async def the_line_is_back_at_once(desk: Desk) -> None:
    """A sale is made in the very moment before the register is looked for."""
    desk.stack.line.rtt_s = 0.002
    await desk.stack.set_line("refused")
    await desk.sell()
    await desk.stack.rest(14.4)
    await desk.sell(wait_s=0.02)
    await desk.stack.set_line("up")
    await desk.stack.rest(30)


# --- tills that are broken -------------------------------------------------------------------------------------------


class Unlooking(CheckboxFiscaliser):
    """Does not look before it goes off line, and takes every refusal for one."""

    def __init__(self, client: CheckboxClient, forms: Forms, *rest: Any, **chosen: Any) -> None:
        super().__init__(client, forms, *rest, **chosen)
        self.calls = OfflineCalls(client, forms.profile)

    async def go_offline(self, step: GoOffline) -> Event:
        try:
            await self.calls.go_offline(GoOfflineBody(written(step.fiscal_at), step.code.value))
        except Rejected as no:
            return OfflineDocumentRefused(step.session_id, no.text)
        return WentOffline(step.session_id)


class Doubling(CheckboxFiscaliser):
    """Gives a document that was not answered another id and another code, and does not look for the first."""

    def __init__(self, client: CheckboxClient, forms: Forms, *rest: Any, **chosen: Any) -> None:
        super().__init__(client, forms, *rest, **chosen)
        self.calls = OfflineCalls(client, forms.profile)

    async def deliver(self, step: DeliverOffline) -> Event:
        try:
            return await super().deliver(step)
        except Unanswered:
            order, codes = step.order, await self.calls.free_codes()
            if order is None:
                raise
            code = OfflineCode(codes[0].fiscal_code, codes[0].serial_id)
            again = replace(order, fiscal_doc_id=f"{order.fiscal_doc_id[:-4]}{codes[0].serial_id:04d}")
            return await super().deliver(replace(step, order=again, code=code))


class Hasty(CheckboxFiscaliser):
    """Comes back on line whatever the clock says."""

    def __init__(self, client: CheckboxClient, forms: Forms, *rest: Any, **chosen: Any) -> None:
        super().__init__(client, forms, *rest, **chosen)
        self.calls = OfflineCalls(client, forms.profile)

    async def go_online(self, step: GoOnline) -> Event:
        await self.calls.go_online()
        return WentOnline(step.session_id, step.tries)


def _dates_without_max(patch: Patch) -> None:
    def now(_: TillState, clock: FiscalClock, at: int) -> int:
        return whole_seconds(at + clock.offset_ms + UNCERTAIN_MS)

    patch.setattr(stamping, "fiscal_now", now)


def _codes_from_the_low_end(patch: Patch) -> None:
    def lowest(pool: offline_codes.Pool, beside: str = "") -> OfflineCode | None:
        free = [code for code in pool.codes.values() if code.state == offline_codes.FREE and code.value != beside]
        best = min(free, key=lambda code: code.serial, default=None)
        return None if best is None else OfflineCode(best.value, best.serial)

    patch.setattr(offline_codes.Pool, "highest", lowest)


def _whatever_the_clock_says(patch: Patch) -> None:
    patch.setattr(drain.Memory, "passes", lambda *_: 0)


def _forgets(core: TillCore) -> None:
    core.rules.state.offline.queue = ()


@dataclass(frozen=True)
class Broken:
    """`says`: a part of what the judge must say. `options` of the sandbox."""

    name: str
    story: Story
    says: str
    parts: Parts = field(default_factory=Parts)
    patch: Callable[[Patch], None] = lambda _: None
    options: dict[str, Any] = field(default_factory=dict)


QUICK: Final = {"signing_delay_s": 0.01}
CONTROLS: Final = (
    Broken("dates without max", a_session_ahead_of_the_clock, "the till stopped", patch=_dates_without_max),
    Broken(
        "codes from the low end", codes_that_the_register_has_used, "the till stopped", patch=_codes_from_the_low_end
    ),
    Broken("goes off line unlooked", going_off_line_is_not_answered, "the till stopped", Parts(Unlooking)),
    Broken("delivers unlooked", a_delivery_is_not_answered, "stands 2 times", Parts(Doubling)),
    Broken("forgets its queue", power_fails_while_documents_wait, "delivered 0 times", Parts(restored=_forgets)),
    Broken("hasty", the_line_is_back_at_once, "the register is jammed", Parts(Hasty), _whatever_the_clock_says, QUICK),
)
