"""Tills that are broken in one place each, and the story in which that must be found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from drivers.errors import Unanswered
from firmware_bridge.core import TillCore
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.offline_calls import OfflineCalls
from firmware_bridge.vendors.checkbox.offline_dates import written
from firmware_bridge.vendors.checkbox.offline_messages import GoOffline as GoOfflineBody
from statemachines import drain, offline_codes, stamping
from statemachines.offline import UNCERTAIN_MS, FiscalClock, whole_seconds
from statemachines.state import TillState
from statemachines.vocabulary.effects import DeliverOffline, GoOffline, GoOnline
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import OfflineCode, OfflineDocumentRefused, WentOffline, WentOnline
from tests.support.offline_stack import Parts
from tests.support.offline_stack_stories import (
    Story,
    a_delivery_is_not_answered,
    a_session_ahead_of_the_clock,
    codes_that_the_register_has_used,
    going_off_line_is_not_answered,
    nobody_sells_while_the_register_is_off_line,
    off_line_again_and_again,
    power_fails_while_documents_wait,
    the_line_is_back_at_once,
    the_tax_service_is_away_for_too_long,
)

Patch = pytest.MonkeyPatch


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


def _whatever_the_law_says(patch: Patch) -> None:
    patch.setattr(stamping.Stamping, "made_too_late", lambda *_: None)


def _never_looks_on_line(patch: Patch) -> None:
    patch.setattr(drain, "LOOK_ON_LINE_MS", 10**12)


def _reads_no_codes(patch: Patch) -> None:
    patch.setattr(drain, "READ_EVERY_MS", 10**12)


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
    Broken(
        "sends beyond the hours",
        the_tax_service_is_away_for_too_long,
        "hours allowed in a row",
        patch=_whatever_the_law_says,
    ),
    Broken(
        "never looks on line",
        nobody_sells_while_the_register_is_off_line,
        "hours allowed in a row",
        patch=_never_looks_on_line,
    ),
    Broken("reads no codes", off_line_again_and_again, "the till stopped", patch=_reads_no_codes),
    Broken("hasty", the_line_is_back_at_once, "the register is jammed", Parts(Hasty), _whatever_the_clock_says, QUICK),
)
