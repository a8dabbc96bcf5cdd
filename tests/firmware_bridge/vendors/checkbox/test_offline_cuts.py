"""The line is cut at every request of a delivery, in every way: each document is delivered once, with its own number.

And the controls: a till that does not look before it acts must double, lose or jam where this one does not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.errors import Unanswered
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Profile
from firmware_bridge.vendors.checkbox.offline_calls import OfflineCalls
from firmware_bridge.vendors.checkbox.offline_dates import written
from firmware_bridge.vendors.checkbox.offline_messages import GoOffline as GoOfflineBody
from statemachines.vocabulary.effects import DeliverOffline, GoOffline, GoOnline
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import OfflineCode, OfflineDocumentRefused, WentOffline, WentOnline
from tests.firmware_bridge.vendors.checkbox.offline_till import Stamped, Till, wrongs
from tests.firmware_bridge.vendors.checkbox.virtual import Cut, World, run, uuid_of

CUTS: tuple[Cut, ...] = ("before", "on its way", "after")
NOTHING: tuple[Cut, ...] = ("",)
PROFILES = pytest.mark.parametrize("profile", ["current", "seed"])


def away(profile: Profile = "current", **options: Any) -> tuple[World, Till]:
    """A till with thirty codes whose documents of a day wait."""
    world = World(profile, **options).opened()
    till = Till(lambda: world.fiscaliser, world.time)
    run(till.refill(30))
    run(till.a_day_away())
    world.line.sent.clear()
    world.line.idle = world.time.monotonic()
    return world, till


def after(at: int, *cuts: Cut) -> list[Cut]:
    """So many requests get through, then these happen."""
    return [*NOTHING * at, *cuts]


def requests(profile: Profile) -> int:
    world, till = away(profile)
    assert run(till.drains())
    return len(world.line.sent)


@PROFILES
@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_at_any_request_of_the_delivery_delivers_each_document_once(cut: Cut, profile: Profile) -> None:
    step = 1 if profile == "current" else 3
    for at in range(CUTS.index(cut) % step, requests(profile), step):
        world, till = away(profile)
        world.line.cuts = after(at, cut)
        assert run(till.drains()), f"{cut} request {at}: {till.told}"
        assert wrongs(world.books(), till) == [], f"{cut} request {at}: {world.line.calls}"


def test_three_cuts_in_a_row_at_any_request_deliver_each_document_once() -> None:
    for at in range(0, requests("current"), 2):
        for cut in CUTS:
            world, till = away()
            world.line.cuts = after(at, "after", cut, "after")
            assert run(till.drains())
            assert wrongs(world.books(), till) == [], f"after, {cut}, after at {at}: {world.line.calls}"


# --- the controls -----------------------------------------------------------------------------------------------------


class Careless(CheckboxFiscaliser):
    """Does not look before it goes off line, and takes every refusal of a repeated document for one."""

    calls: OfflineCalls

    async def go_offline(self, step: GoOffline) -> Event:
        try:
            await self.calls.go_offline(GoOfflineBody(written(step.fiscal_at), step.code.value))
        except Rejected as no:
            return OfflineDocumentRefused(step.session_id, no.text)
        return WentOffline(step.session_id)


class Doubling(CheckboxFiscaliser):
    """Gives a document that was not answered another id, and another number."""

    spare: list[OfflineCode]

    async def deliver(self, step: DeliverOffline) -> Event:
        try:
            return await super().deliver(step)
        except Unanswered:
            assert step.order is not None
            order = replace(step.order, fiscal_doc_id=uuid_of(900 + len(self.spare)))
            return await super().deliver(replace(step, order=order, code=self.spare.pop()))


class Hasty(CheckboxFiscaliser):
    """Comes back on line whatever the clock says."""

    calls: OfflineCalls

    async def go_online(self, step: GoOnline) -> Event:
        await self.calls.go_online()
        return WentOnline(step.session_id, step.tries)


def in_place(world: World, kind: type[CheckboxFiscaliser]) -> CheckboxFiscaliser:
    world.fiscaliser = kind(world.client, world.forms, world.time, world.time.sleep)
    if isinstance(world.fiscaliser, Careless | Hasty):
        world.fiscaliser.calls = OfflineCalls(world.client, "current")
    return world.fiscaliser


def test_a_till_that_did_not_look_before_it_goes_off_line_is_stuck_after_a_lost_answer() -> None:
    world, till = away()
    in_place(world, Careless)
    at = next(n for n, call in enumerate(calls_of(world, till)) if call == "POST /cash-registers/go-offline")
    world, till = away()
    in_place(world, Careless)
    world.line.cuts = after(at, "after")
    assert not run(till.drains())
    assert "offline mode already" in till.refusal or "used already" in till.refusal


def calls_of(world: World, till: Till) -> list[str]:
    run(till.drains())
    return world.line.calls


def test_a_till_that_gave_an_unanswered_document_another_id_would_double_it() -> None:
    world, till = away()
    doubling = in_place(world, Doubling)
    assert isinstance(doubling, Doubling)
    doubling.spare = [till.pool.pop()]
    before = away()
    in_place(before[0], CheckboxFiscaliser)
    at = next(n for n, call in enumerate(calls_of(*before)) if call == "POST /receipts/sell-offline")
    world.line.cuts = after(at, "after")
    run(till.drains())
    assert len(world.books()["receipts"]) > sum(one.order.receipt is not None for one in till.queue)


def test_a_till_that_did_not_wait_for_the_vendors_clock_jams_the_register() -> None:
    for kind, jams in ((CheckboxFiscaliser, False), (Hasty, True)):
        world, till = away()
        in_place(world, kind)
        late = till.queue[-1]
        till.queue[-1] = Stamped(late.order, late.code, late.fiscal_at + 120_000)  # a till's clock that was ahead
        assert run(till.drains()) is not jams
        assert bool(world.books()["jam"]) is jams


def test_what_is_dated_before_the_last_document_is_not_sent() -> None:
    world, till = away()
    first, second = till.queue[0], till.queue[1]
    till.queue[:2] = [Stamped(first.order, first.code, second.fiscal_at), second]
    run(till.goes_offline())
    run(world.fiscaliser.deliver(till.queue[0].step))
    sent = len(world.line.sent)
    early = replace(till.queue[1].step, fiscal_at=first.fiscal_at)
    event = run(world.fiscaliser.deliver(early))
    assert isinstance(event, OfflineDocumentRefused)
    assert "stuck for good" in event.reason
    assert "nothing was sent" in event.reason
    assert "POST /receipts/sell-offline" not in world.line.calls[sent:]
