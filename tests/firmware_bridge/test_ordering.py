"""From the commit to the lanes: every order has its device, and what no lane can be given comes back as an event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from firmware_bridge.journal.errors import JournalFailed
from firmware_bridge.ordering import Ordering, PrintedThere
from firmware_bridge.register_copies import LANE
from statemachines.vocabulary.effects import (
    Ask,
    DeliverOffline,
    Effect,
    Fiscalise,
    GoOnline,
    Kick,
    LookAtRegister,
    Print,
    RefillCodes,
    SignOut,
)
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalStamp,
    PrintRefused,
)
from statemachines.vocabulary.offline_events import DrainStepFailed, OfflineCode
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Person

PRINT = Print("d", "0001", Paper(32, (), "END", "COPY", "VOID"))
ORDER = Fiscalise("d", "f-d")
STEP = DeliverOffline("d", OfflineCode("c", 1), 1000)
WHOLE = DeliverOffline("d", OfflineCode("c", 1), 1000, ORDER)


class Lane:
    def __init__(self) -> None:
        self.orders: list[Effect] = []

    def start(self) -> None:
        pass

    def order(self, effect: Effect) -> None:
        self.orders.append(effect)

    def close(self) -> None:
        pass


async def found(step: DeliverOffline) -> DeliverOffline | None:
    return WHOLE if step == STEP else None


async def unread(_: DeliverOffline) -> DeliverOffline | None:
    raise JournalFailed("the disk does not answer")


async def printed_there(document_id: str) -> FiscalStamp | None:
    return FiscalStamp("x", "f-1", "") if document_id == "d" else None


async def unread_there(_: str) -> FiscalStamp | None:
    raise JournalFailed("the disk does not answer")


def given(
    effect: Effect,
    *lanes: str,
    journal: Callable[[DeliverOffline], Awaitable[DeliverOffline | None]] = found,
    there: PrintedThere = printed_there,
) -> tuple[dict[str, list[Effect]], list[Event]]:
    posted: list[Event] = []
    ordering = Ordering(journal, posted.append, there)
    made = {name: Lane() for name in lanes}
    ordering.lanes = made
    asyncio.run(ordering.give(effect))
    return {name: lane.orders for name, lane in made.items() if lane.orders}, posted


@pytest.mark.parametrize(
    ("effect", "lane"),
    [
        (PRINT, "printer"),
        (Ask(PRINT), "printer"),
        (Kick("main", 100, 0), "main"),
        (ORDER, "fiscaliser"),
        (Ask(ORDER), "fiscaliser"),
        (SignOut("s", Person("1", "A", "cashier")), "fiscaliser"),
        (LookAtRegister(), "fiscaliser"),
        (RefillCodes(5), "fiscaliser"),
        (GoOnline("s", 1), "fiscaliser"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_order_goes_to_the_lane_of_its_device(effect: Effect, lane: str) -> None:
    assert given(effect, "printer", "main", "fiscaliser") == ({lane: [effect]}, [])


COPY = replace(PRINT, copy_no=1)


def test_a_copy_of_what_the_register_printed_goes_there_and_every_other_paper_to_our_printer() -> None:
    lanes = ("printer", "fiscaliser", LANE)
    assert given(COPY, *lanes) == ({LANE: [COPY]}, [])
    ours = replace(COPY, document_id="printed by us")
    assert given(ours, *lanes) == ({"printer": [ours]}, [])
    assert given(PRINT, *lanes) == ({"printer": [PRINT]}, [])


def test_a_register_that_makes_no_copies_is_given_none() -> None:
    assert given(COPY, "printer", "fiscaliser") == ({"printer": [COPY]}, [])
    assert given(COPY, "printer", "fiscaliser", LANE, there=unread_there) == ({"printer": [COPY]}, [])


def test_what_is_handed_over_later_gets_its_content_from_the_journal() -> None:
    assert given(STEP, "fiscaliser") == ({"fiscaliser": [WHOLE]}, [])


def test_a_document_that_cannot_be_read_fails_its_step_which_is_taken_again() -> None:
    orders, (event,) = given(STEP, "fiscaliser", journal=unread)
    assert orders == {}
    assert isinstance(event, DrainStepFailed)
    assert (event.step, event.reached) == ("DeliverOffline", False)
    assert "the disk does not answer" in event.reason


def test_a_document_that_the_journal_does_not_hold_is_said_to_be_missing() -> None:
    orders, (event,) = given(DeliverOffline("other", None, 1000), "fiscaliser")
    assert orders == {}
    assert isinstance(event, DrainStepFailed)
    assert "holds no document other" in event.reason


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (PRINT, PrintRefused),
        (ORDER, FiscalisationRefused),
        (Ask(ORDER), FiscalisationDoubtful),
        (STEP, DrainStepFailed),
        (LookAtRegister(), DrainStepFailed),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_an_order_for_a_device_that_is_not_configured_is_answered_all_the_same(
    effect: Effect, kind: type[Event]
) -> None:
    orders, (event,) = given(effect)
    assert orders == {}
    assert isinstance(event, kind)
