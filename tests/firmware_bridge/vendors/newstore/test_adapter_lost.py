"""Answers of NewStore that are lost, in the midst of a day: what its own state tells, and what no question can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import Unanswered
from firmware_bridge.gateway.book import Asks, Call, Delivered, NotDone, Skip
from firmware_bridge.vendors.http import Response
from statemachines.vocabulary.day_events import (
    CountCancelled,
    CountRecountAsked,
    CountSubmitted,
)
from statemachines.vocabulary.events import (
    Event,
)
from tests.firmware_bridge.vendors.newstore.adapter_day import OPENED, SALE, SETTLED, count, ended, lane, tell
from tests.firmware_bridge.vendors.newstore.adapter_records import ANNA
from tests.firmware_bridge.vendors.newstore.adapter_world import Lane, record, run

# --- lost answers -----------------------------------------------------------------------------------------------------


def call_of(told: Lane, event: Event) -> Call:
    made = told.plan(record(event, 50, told.world.utc_ms()))
    assert isinstance(made, Call)
    return made


def lose(told: Lane, event: Event) -> Call:
    """Have the request carried out and its answer lost."""
    call = call_of(told, event)
    told.world.line.cuts = ["after"]
    with pytest.raises(Unanswered):
        told.world.exchange(call.request)
    return call


def look(told: Lane, call: Call) -> object:
    assert call.look is not None
    return run(told.ask(call, call.look))


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("step", ["activate", "finish", "deactivate"])
def test_state_tells_whether_the_lost_request_was_carried_out(step: str, done: bool) -> None:
    told = lane()
    told.world.ready()
    before = {"activate": [], "finish": [OPENED, SALE]}.get(
        step, [OPENED, *count("c-1", "end_of_day_balance", 20000, expected=20000)]
    )
    tell(told, *before)
    event = {"activate": OPENED, "finish": SETTLED, "deactivate": ended(20000, 20000, "c-1")}[step]
    call = lose(told, event) if done else call_of(told, event)
    assert look(told, call) == (Delivered() if done else NotDone())


def test_lost_start_is_looked_at_and_sent_once_more_and_moves_its_cash_once(caplog: pytest.LogCaptureFixture) -> None:
    told = lane()
    tell(told, OPENED)
    call = lose(told, SALE)
    told.world.till.clock.advance(30)
    assert look(told, call) == NotDone()
    assert "1 transactions like s-1 stand in NewStore's report" in caplog.text
    tell(told, SALE, SETTLED)
    assert [one["status"] for one in told.world.till.books()["transactions"]] == ["draft", "completed"]
    assert told.world.till.expected == 339.5


def test_report_finds_a_draft_of_now_although_the_sale_is_of_yesterday(caplog: pytest.LogCaptureFixture) -> None:
    told = lane()
    tell(told, OPENED)
    told.world.till.clock.advance(86_400)
    told.take(replace(OPENED, day_id="day-1"))  # NewStore's time is known again
    made = told.plan(record(SALE, 9, told.world.utc_ms() - 86_400_000))
    assert isinstance(made, Call)
    told.world.line.cuts = ["after"]
    with pytest.raises(Unanswered):
        told.world.exchange(made.request)
    assert look(told, made) == NotDone()
    assert "1 transactions like s-1" in caplog.text


def test_lost_count_is_never_begun_twice() -> None:
    told = lane()
    tell(told, OPENED)
    started = count("c-1", "intra_day_balance", 1, expected=1)[0]
    call = lose(told, started)
    assert (call.repeat, call.look) == ("never", None)
    assert "must not be begun twice" in call.if_lost
    assert len(told.world.till.books()["counts"]) == 1
    assert told.plan(record(CountSubmitted("c-1", "main", "intra_day_balance", 1, 1, 0, ANNA, "day-1"))) == Skip()


@pytest.mark.parametrize("action", [CountRecountAsked("c-1", "main", 1, ANNA, "day-1"),
                                    CountCancelled("c-1", "main", ANNA, "x", "day-1")])  # fmt: skip
def test_lost_count_action_is_sent_again_and_a_second_time_does_no_harm(action: Event) -> None:
    told = lane()
    tell(told, OPENED, *count("c-1", "intra_day_balance", 100, expected=20000)[:-1])
    call = lose(told, action)
    assert look(told, call) == NotDone()
    assert told.take(action) == Delivered(already=True)


def test_lost_record_of_a_count_is_simply_repeated() -> None:
    told = lane()
    started, recorded, submitted = count("c-1", "intra_day_balance", 20000, expected=20000)
    tell(told, OPENED, started)
    assert lose(told, recorded).repeat == "natural_key"
    tell(told, recorded, submitted)
    assert told.world.till.books()["counts"][0]["counted"] == 200


def test_success_that_cannot_be_read_is_asked_about_like_a_lost_one() -> None:
    told = lane()
    tell(told, OPENED)
    call = call_of(told, SALE)
    verdict = told.world.book.judge(call, Response(200, {}, b"<html>"))
    assert isinstance(verdict, Asks)
    assert verdict.look == call.look
