"""What a lane does when an answer is lost, does not tell, or is none that it hoped for: a row for every class."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.gateway.book import Call, Plan
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.book_events import VendorParked
from statemachines.vocabulary.events import Event
from tests.firmware_bridge.gateway.lanes import Lane, serving
from tests.support.book_days import closed, completed, count, kicked, opened, sale, settled
from tests.support.books import Fault, StubBook


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    return Lane(tmp_path / "journal.sqlite")


def on(operation: str, *faults: Fault) -> Callable[[int, Request], Fault]:
    """These faults happen to the first requests of an operation, one each."""
    left = list(faults)
    return lambda _, request: left.pop(0) if left and request.path == f"/{operation}" else ""


def told(lane: Lane, *events: Event, fault: Callable[[int, Request], Fault], hours: float = 24) -> list[str]:
    """What left the till for one sale (or other events) after the day was opened."""
    lane.line.fault = fault

    async def act(lane: Lane) -> None:
        await lane.write(opened(), *events)
        await lane.idle(hours)

    return serving(lane, act).line.sent[1:]


A_SALE = ("start a", "activity a#3", "activity a#4", "finish a")
A_COUNT = ("perform c", "record c", "submit c")

LOST = [
    # natural key: sent again until it is answered
    ("record", ["lost before"] * 3, ["perform c", *["record c"] * 4, "submit c"]),
    ("record", ["lost after"] * 3, ["perform c", *["record c"] * 4, "submit c"]),
    # state: read it, and send only what is not reached
    ("submit", ["lost before"], [*A_COUNT, "count? c", "submit c"]),
    ("submit", ["lost after"], [*A_COUNT, "count? c"]),
    ("submit", ["lost before", "lost after"], [*A_COUNT, "count? c", "submit c", "count? c"]),
    ("finish", ["lost before"], [*A_SALE, "transaction? a", "finish a"]),
    ("finish", ["lost after"], [*A_SALE, "transaction? a"]),
    # harmless twice: look, then once more
    ("start", ["lost before"], ["start a", "drafts? a", *A_SALE]),
    ("start", ["lost after"], ["start a", "drafts? a", *A_SALE]),
    ("start", ["garbled"], ["start a", "drafts? a", *A_SALE]),
    # the same without a look, and left out when it is lost for good
    ("activity", ["lost before"], ["start a", "activity a#3", *A_SALE[1:]]),
    ("activity", ["lost after", "lost after"], ["start a", "activity a#3", *A_SALE[1:]]),
    ("activity", ["lost before"] * 4, ["start a", *["activity a#3"] * 2, *["activity a#4"] * 2, "finish a"]),
]


@pytest.mark.parametrize(("operation", "faults", "sent"), LOST)
def test_a_lost_answer_is_met_as_its_class_says(
    lane: Lane, operation: str, faults: list[Fault], sent: list[str]
) -> None:
    events = count("c") if operation in ("record", "submit") else sale("a")
    assert told(lane, *events, fault=on(operation, *faults)) == sent
    assert lane.posted == []


@pytest.mark.parametrize("faults", [["lost before"] * 2, ["lost after"] * 2, ["lost after", "garbled"]])
def test_a_start_that_is_lost_twice_is_a_person_s_and_is_never_sent_a_third_time(
    lane: Lane, faults: list[Fault]
) -> None:
    sent = told(lane, *sale("a"), *sale("b"), fault=on("start", *faults))
    assert sent[:3] == ["start a", "drafts? a", "start a"]
    assert [one for one in sent if one.endswith(" a") and one != "drafts? a"] == ["start a", "start a"]
    assert sent[-4:] == ["start b", "activity b#7", "activity b#8", "finish b"]
    assert lane.posted == [VendorParked("cashbook", "main/day-1/a", 2, "no answer came to the sale a")]

    async def again(lane: Lane) -> None:
        rows = await lane.rows()
        assert [(row.state, row.place) for row in rows.values()] == [
            ("refused", ("main", "day-1", "a")),
            *[("behind", ("main", "day-1", "a"))] * 3,
        ]
        assert (await lane.idle()).behind == 3

    assert len(serving(lane, again).line.sent[1:]) == len(sent)


def test_a_count_whose_beginning_is_lost_is_a_person_s_and_holds_its_day_s_end_alone(lane: Lane) -> None:
    events = [opened("day-o", "other"), *count("c"), closed(count="c"), opened("day-2"), *sale("o", "day-o", "other")]
    sent = told(lane, *events, fault=on("perform", "lost after"))
    assert sent == ["activate day-o", "perform c", "start o", "activity o#9", "activity o#10", "finish o"]
    (event,) = lane.posted
    assert isinstance(event, VendorParked)
    assert event.reason == "no answer came to the count c: finish it in the book"

    async def look(lane: Lane) -> None:
        found = {seq: (row.state, row.place) for seq, row in (await lane.rows()).items()}
        assert found == {
            3: ("refused", ("main", "day-1", "c")),
            4: ("behind", ("main", "day-1", "c")),
            5: ("behind", ("main", "day-1", "c")),
            6: ("behind", ("main",)),
            7: ("behind", ("main", "day-2")),
        }

    serving(lane, look)


@pytest.mark.parametrize("operation", ["activate", "start", "activity", "finish", "perform", "record", "deactivate"])
@pytest.mark.parametrize("fault", ["not sent", "account", "trouble"])
def test_what_did_not_happen_is_sent_again_as_if_for_the_first_time(lane: Lane, operation: str, fault: Fault) -> None:
    events = [*sale("a"), *count("c"), closed(count="c")]
    told(lane, *events, fault=on(operation, *[fault] * 5))
    assert lane.vendor.times(operation).total() == (2 if operation == "activity" else 1)
    assert [word for word, _ in lane.vendor.facts] == [
        *("activate", "start", "activity", "activity", "finish", "perform", "record", "submit", "deactivate")
    ]
    assert not lane.line.lost
    assert lane.posted == []


def test_a_request_that_never_left_is_no_lost_one_after_a_restart(lane: Lane) -> None:
    lane.line.fault = on("perform", "not sent", "not sent", "not sent")

    async def act(lane: Lane) -> None:
        if not lane.line.sent:
            await lane.write(opened(), *count("c"))
        await asyncio.sleep(0.5)
        assert await lane.journal.intent("cashbook") is None

    for _ in range(10):
        serving(lane, act)
    assert lane.line.sent == ["activate day-1", *A_COUNT]
    assert lane.posted == []


def test_a_lane_whose_book_cannot_be_reached_says_so_and_waits_longer_and_longer(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    lane.line.fault = lambda _, __: "not sent"

    async def act(lane: Lane) -> None:
        await lane.write(opened())
        await asyncio.sleep(20)
        early = lane.line.count
        assert 4 < early < 30
        status = lane.sender.status()
        assert (status.state, status.head) == ("waiting", 1)
        assert status.reason == "the vendor could not be reached"
        await asyncio.sleep(36 * 3600)
        assert 36 * 12 < lane.line.count < 36 * 12 * 3
        ahead = lane.sender.status().retry_at - (1_700_000_000_000 + 1000 * (20 + 36 * 3600))
        assert 0 <= ahead <= 300_000
        lane.line.fault = lambda _, __: ""
        await lane.idle()

    with caplog.at_level(logging.INFO, logger="firmware_bridge.gateway"):
        serving(lane, act)
    assert [record.getMessage() for record in caplog.records] == [
        "cashbook waits at record 1: the vendor could not be reached",
        "cashbook goes on",
    ]
    assert lane.line.sent == ["activate day-1"]


def test_new_records_do_not_cut_a_pause_short(lane: Lane) -> None:
    lane.line.fault = lambda _, __: "account"

    async def act(lane: Lane) -> None:
        await lane.write(opened())
        await asyncio.sleep(1)
        for n in range(100):
            await lane.write(completed(f"s{n}"))
            await asyncio.sleep(1)
        assert lane.line.count == 1

    serving(lane, act)


def test_a_hold_for_a_person_says_what_to_do_and_is_tried_slowly(lane: Lane) -> None:
    lane.line.fault = lambda _, __: "account"

    async def act(lane: Lane) -> None:
        await lane.write(opened())
        await asyncio.sleep(1)
        status = lane.sender.status()
        assert (status.state, status.head, status.parked) == ("held", 1, 0)
        assert status.reason == "the client secret is wrong: correct [book.cashbook]"
        await asyncio.sleep(3600)
        assert lane.line.count == 12
        lane.line.fault = lambda _, __: ""
        assert (await lane.idle()).state == "idle"

    serving(lane, act)


def test_waits_begin_short_again_after_an_answer(lane: Lane) -> None:
    faults = ["not sent"] * 40

    def fault(_: int, request: Request) -> Fault:
        return "not sent" if faults and request.path == "/start" and faults.pop() else ""

    lane.line.fault = fault

    async def act(lane: Lane) -> None:
        await lane.write(opened(), *sale("a"))
        await lane.idle()
        faults.append("not sent")
        await lane.write(*sale("b"))
        await asyncio.sleep(2)  # below the first ceiling of a second and the answers' time
        assert "finish b" in lane.line.sent

    serving(lane, act)


def test_a_question_that_is_not_answered_is_asked_again_before_anything_is_sent(lane: Lane) -> None:
    faults: dict[str, list[Fault]] = {"/finish": ["lost after"], "/transaction": ["lost before", "trouble", "not sent"]}
    sent = told(lane, *sale("a"), fault=lambda _, asked: (faults.get(asked.path) or [""]).pop(0))
    assert sent == [*A_SALE, *["transaction? a"] * 3]  # the third of four did not leave


def test_a_refusal_that_the_book_s_state_explains_is_a_delivery(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened(), completed("a"))
        await lane.idle()
        lane.vendor.finished.add("T1")  # somebody else was first
        await lane.write(settled("a"))
        status = await lane.idle()
        assert (status.already, status.delivered) == (1, 3)

    serving(lane, act)
    assert lane.line.sent[2:] == ["finish a", "transaction? a"]


def test_a_refusal_that_the_book_s_state_does_not_explain_is_tried_once_more_and_then_waits(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened(), completed("a"))
        await lane.idle()
        lane.vendor.drafts.clear()
        await lane.write(settled("a"))
        await asyncio.sleep(0.35)
        status = lane.sender.status()
        assert (status.state, status.head) == ("waiting", 3)
        assert status.reason.startswith("cashbook refused finish of record 3 twice")

    serving(lane, act)
    assert lane.line.sent[2:] == ["finish a", "transaction? a", "finish a"]


def test_what_the_book_can_do_without_is_left_out_when_it_is_refused(lane: Lane) -> None:
    sent = told(lane, *sale("a"), fault=on("activity", "refused"))
    assert sent == list(A_SALE)
    assert lane.sender.status().optional_left_out == 1
    assert lane.posted == []


def test_a_refused_sale_holds_its_own_records_alone(lane: Lane) -> None:
    sent = told(lane, *sale("a"), *sale("b"), fault=on("start", "refused"))
    assert sent == ["start a", "start b", "activity b#7", "activity b#8", "finish b"]
    assert lane.posted == [VendorParked("cashbook", "main/day-1/a", 2, "start: 422 it cannot be read")]
    assert lane.sender.status().parked == 1


def test_figures_tell_what_became_of_the_calls(lane: Lane) -> None:
    told(lane, *sale("a"), *sale("b"), fault=on("start", "lost after"))
    status = lane.sender.status()
    assert (status.delivered, status.already, status.repeated, status.optional_left_out) == (9, 0, 1, 0)
    assert status.last_delivered_at > 1_700_000_000_000


# --- mistakes in this program -----------------------------------------------------------------------------------------


def test_a_record_that_cannot_be_planned_is_set_aside_with_what_depends_on_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    book = StubBook(breaks=lambda record: record.seq == 2)
    lane = Lane(tmp_path / "journal.sqlite", book=book)
    sent = told(lane, *sale("a"), *sale("b"), closed(), opened("day-o", "other"), fault=lambda _, __: "")
    assert sent == ["start b", "activity b#7", "activity b#8", "finish b", "activate day-o"]
    assert book.planned[2] == 1
    (event,) = lane.posted
    assert isinstance(event, VendorParked)
    assert (event.seq, event.place) == (2, "main/day-1/a")
    assert "An error in this program (KeyError) kept record 2 (SaleCompleted)" in event.reason
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.getMessage() == "cashbook cannot plan record 2 (SaleCompleted)"

    async def later(lane: Lane) -> None:
        assert {row.state for row in (await lane.rows()).values()} == {"refused", "behind"}
        book.breaks = lambda _: False
        await lane.sender.retry(None, "ann")
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, later)
    assert lane.line.sent[-5:] == [*A_SALE, "deactivate day-1"]


def test_an_answer_that_cannot_be_judged_is_set_aside_and_not_asked_for_again(tmp_path: Path) -> None:
    book = StubBook(deaf=lambda call: call.operation in ("start", "activity"))
    lane = Lane(tmp_path / "journal.sqlite", book=book)
    assert told(lane, *sale("a"), opened("day-o", "other"), fault=lambda _, __: "") == ["start a", "activate day-o"]
    (event,) = lane.posted
    assert isinstance(event, VendorParked)
    assert "(ValueError) left it open what cashbook answered to start" in event.reason


def test_an_error_in_the_service_is_a_lost_answer(lane: Lane) -> None:
    exchange = lane.line.exchange
    failed: list[Request] = []

    async def fails(request: Request) -> Response:
        response = await exchange(request)
        if request.path == "/start" and not failed:
            failed.append(request)
            raise ValueError("a mistake")
        return response

    lane.line.exchange = fails  # type: ignore[method-assign]  # a service that fails after the vendor has acted
    assert told(lane, *sale("a"), fault=lambda _, __: "") == ["start a", "drafts? a", *A_SALE]


def test_a_plan_that_asks_for_ever_for_an_id_it_was_given_does_not_spin(lane: Lane) -> None:
    class Forgetful(StubBook):
        def plan(self, record: Record, refs: Mapping[str, str]) -> Plan:
            return super().plan(record, {} if record.name == "SaleSettled" else refs)

    lane.book = Forgetful()
    assert told(lane, *sale("a"), fault=lambda _, __: "") == list(A_SALE[:3])
    (event,) = lane.posted
    assert isinstance(event, VendorParked)
    assert "LookupError" in event.reason


def test_a_request_found_open_whose_record_means_something_else_by_now_is_a_person_s(lane: Lane) -> None:
    class Renamed(StubBook):
        def plan(self, record: Record, refs: Mapping[str, str]) -> Plan:
            plan = super().plan(record, refs)
            return replace(plan, operation="begin") if isinstance(plan, Call) and record.seq == 2 else plan

    async def first(lane: Lane) -> None:
        await lane.write(opened(), completed("a"), completed("b"))
        await asyncio.sleep(0.15)  # the start of a is on its way
        lane.task.cancel()

    async def second(lane: Lane) -> None:
        await lane.idle()
        assert (await lane.rows())[2].reason.startswith("begin of record 2 may have been carried out")

    lane.book = Renamed()
    serving(lane, first)
    lane.book = StubBook()
    serving(lane, second)
    assert lane.line.sent == ["activate day-1", "start b"]


def test_no_body_and_no_secret_is_logged(lane: Lane, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        told(lane, *sale("a"), kicked("x"), fault=on("start", "refused"))
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "it cannot be read" in text
    assert json.dumps("day-1") not in text
