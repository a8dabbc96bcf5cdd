"""Codes of the tax service: asked for rarely, read at once, and never forgotten when they were asked for."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.forms import Profile
from statemachines.vocabulary.effects import RefillCodes
from statemachines.vocabulary.offline_events import (
    OfflineCodesNotRefilled,
    OfflineCodesRefilled,
)
from tests.firmware_bridge.vendors.checkbox.offline_steps import (
    POOL,
    PROFILES,
    code,
    gone,
    look,
    seconds,
    world_with_codes,
)
from tests.firmware_bridge.vendors.checkbox.virtual import (
    World,
    run,
    sale,
    stamp_of,
)


@PROFILES
def test_codes_are_asked_for_and_read_with_their_serials(profile: Profile) -> None:
    world = World(profile).opened()
    before = world.time.utc_ms()
    event = run(world.fiscaliser.refill(RefillCodes(50)))
    assert isinstance(event, OfflineCodesRefilled)
    assert [one.serial for one in event.codes] == list(range(1, 51))
    assert {one.value for one in event.codes} == set(world.books()["codes"]["free"])
    assert before < event.asked_at <= world.time.utc_ms() + 1001
    asked = next(one for one in world.line.sent if one.path.endswith("ask-offline-codes"))
    assert dict(asked.query) == {"count": "50", "sync": "true"}


def test_reading_the_pool_asks_the_tax_service_nothing() -> None:
    world = world_with_codes()
    event = run(world.fiscaliser.refill(RefillCodes(0)))
    assert event == OfflineCodesRefilled(0, tuple(code(n) for n in range(1, 9)))
    assert not any("ask-offline-codes" in call for call in world.line.calls)


def test_nothing_may_be_dated_before_the_request_for_codes() -> None:
    """The request's own time is known to the second alone: what is told is never earlier than it was."""
    world = World().opened()
    for n in range(20):
        world.time.vendor.advance(0.077)
        event = run(world.fiscaliser.refill(RefillCodes(5)))
        assert isinstance(event, OfflineCodesRefilled)
        asked = world.books()["transactions"][-1]
        assert asked["type"] == "ASK_OFFLINE_CODES"
        assert event.asked_at >= 1000 * seconds(asked["created_at"])
        stamp_of(world.do(sale(100, 100 + n)))


def test_off_line_no_codes_are_asked_for() -> None:
    world = world_with_codes()
    gone(world)
    event = run(world.fiscaliser.refill(RefillCodes(50)))
    assert isinstance(event, OfflineCodesNotRefilled)
    assert event.asked_at == 0
    assert "off line" in event.reason
    assert not any("ask-offline-codes" in call for call in world.line.calls)


def test_without_a_shift_no_codes_are_asked_for_or_read() -> None:
    world = World(offline_codes=POOL)
    for ask in (0, 50):
        event = run(world.fiscaliser.refill(RefillCodes(ask)))
        assert isinstance(event, OfflineCodesNotRefilled)
        assert "while a shift is open" in event.reason
        assert event.asked_at == 0
    assert not any("ask-offline-codes" in call for call in world.line.calls)


def test_asking_too_often_tells_that_nothing_was_asked() -> None:
    world = World().opened()
    events = [run(world.fiscaliser.refill(RefillCodes(5))) for _ in range(8)]
    last = events[-1]
    assert isinstance(last, OfflineCodesNotRefilled)
    assert last.asked_at == 0
    assert "Занадто часто виконується запит отримання офлайн кодів" in last.reason


def test_a_silent_tax_service_may_have_heard_the_request() -> None:
    world = world_with_codes()
    world.fault("tax-service-down", count=1)
    event = run(world.fiscaliser.refill(RefillCodes(50)))
    assert isinstance(event, OfflineCodesNotRefilled)
    assert "gave no codes" in event.reason
    assert world.time.utc_ms() <= event.asked_at <= world.time.utc_ms() + 1001


@pytest.mark.parametrize(("cut", "heard"), [("before", False), ("on its way", True), ("after", True)])
def test_a_request_for_codes_that_was_not_answered_is_told_with_its_time(cut: Any, heard: bool) -> None:
    world = world_with_codes()
    look(world)
    world.line.cuts = ["", cut]
    event = run(world.fiscaliser.refill(RefillCodes(50)))
    assert isinstance(event, OfflineCodesNotRefilled)
    assert (event.asked_at >= world.time.utc_ms() - 100) is heard
    assert (event.asked_at == 0) is not heard


def test_codes_that_cannot_be_read_after_they_were_asked_for_keep_the_time_of_the_request() -> None:
    world = world_with_codes()
    look(world)
    world.line.cuts = ["", "", "after"]
    event = run(world.fiscaliser.refill(RefillCodes(50)))
    assert isinstance(event, OfflineCodesNotRefilled)
    assert event.asked_at > 0
    assert "cannot be read" in event.reason


def test_no_more_codes_are_asked_for_than_the_interface_gives() -> None:
    world = World().opened()
    run(world.fiscaliser.refill(RefillCodes(9000)))
    asked = next(one for one in world.line.sent if one.path.endswith("ask-offline-codes"))
    assert dict(asked.query)["count"] == "5000"
