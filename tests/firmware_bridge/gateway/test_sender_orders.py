"""What a person can do about a book: have it tried again, set aside what holds it, give up what it will never take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from firmware_bridge.gateway import sender
from firmware_bridge.gateway.book import Call, Later, Verdict
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.journal.records import ParkedState
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.book_events import VendorParked, VendorResumed
from statemachines.vocabulary.events import Event
from tests.firmware_bridge.gateway.lanes import Lane, serving
from tests.support.book_days import closed, completed, count, kicked, nothing, opened, sale, settled, shut
from tests.support.books import Fault, StubBook


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    return Lane(tmp_path / "journal.sqlite")


def refusing(*names: str) -> Callable[[int, Request], Fault]:
    """These requests ("start a") are refused."""
    return lambda _, request: (
        "refused" if any(request.path == f"/{name.split()[0]}" and _is(request, name) for name in names) else ""
    )


def _is(request: Request, name: str) -> bool:
    return f'"ours": "{name.split()[1]}"' in request.body.decode()


def well(_: int, __: Request) -> Fault:
    return ""


def states(lane: Lane) -> Awaitable[dict[int, ParkedState]]:
    async def look() -> dict[int, ParkedState]:
        return {seq: row.state for seq, row in (await lane.rows()).items()}

    return look()


async def refused_sale(lane: Lane) -> None:
    """Day 1 with a sale that is refused, one that is not, the day's end, and a second day; another drawer beside."""
    lane.line.fault = refusing("start a")
    await lane.write(
        opened(), opened("day-o", "other"), kicked("a"), *sale("a")[:1], shut("a"), *sale("b"), settled("a")
    )
    await lane.write(closed(), opened("day-2"), *sale("c", "day-2"), *sale("o", "day-o", "other"))
    await lane.idle()


def test_a_refused_sale_holds_the_end_of_its_day_and_all_later_days_of_its_drawer(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await refused_sale(lane)
        assert await states(lane) == {
            3: "waits",
            4: "refused",
            5: "behind",
            10: "behind",
            11: "behind",
            **dict.fromkeys(range(12, 17), "behind"),
        }
        assert [row.reason for row in (await lane.rows()).values()][2:5] == [
            "waits behind record 4",
            "waits behind record 4",
            "waits behind record 4",
        ]
        assert lane.line.sent[-4:] == ["start o", "activity o#18", "activity o#19", "finish o"]

    serving(lane, act)


@pytest.mark.parametrize("lives", [1, 2])
def test_days_later_the_sale_its_drawer_records_the_day_s_end_and_all_behind_it_follow_in_order(
    lane: Lane, lives: int
) -> None:
    async def retried(lane: Lane) -> None:
        before = len(lane.line.sent)
        await asyncio.sleep(3 * 86_400)
        lane.line.fault = well
        said = await lane.sender.retry(4, "ann")
        assert said == "Record 4 is sent to cashbook again, and what waits behind it after it."
        await lane.idle()
        assert await lane.rows() == {}
        assert lane.line.sent[before:] == [
            *("start a", "activity a#3", "activity a#5", "finish a", "deactivate day-1"),
            *("activate day-2", "start c", "activity c#14", "activity c#15", "finish c"),
        ]

    async def both(lane: Lane) -> None:
        await refused_sale(lane)
        await retried(lane)

    if lives == 1:
        serving(lane, both)
    else:
        serving(serving(lane, refused_sale), retried)
    reason = "start: 422 it cannot be read"
    assert lane.posted == [
        VendorParked("cashbook", "main/day-1/a", 4, reason),
        VendorResumed("cashbook", "main/day-1/a", 4, "delivered", ""),
    ]


def test_what_is_refused_again_goes_back_with_all_that_waits_behind_it(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await refused_sale(lane)
        before, sent = await lane.rows(), len(lane.line.sent)
        await lane.sender.retry(None, "ann")
        await lane.idle()
        after = await lane.rows()
        assert lane.line.sent[sent:] == ["start a"]
        assert {seq: row for seq, row in after.items() if seq != 4} == {s: r for s, r in before.items() if s != 4}
        assert (after[4].state, after[4].at > before[4].at) == ("refused", True)

    serving(lane, act)
    assert [type(event) for event in lane.posted] == [VendorParked, VendorParked]


def test_of_two_refused_ones_the_other_stays_where_it_is(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = refusing("start a", "start b")
        await lane.write(opened(), *sale("a"), *sale("b"), closed())
        await lane.idle()
        lane.line.fault = refusing("start a")
        await lane.sender.retry(6, "ann")
        await lane.idle()
        assert await states(lane) == {2: "refused", **dict.fromkeys([3, 4, 5, 10], "behind")}
        with pytest.raises(GatewayMisuse, match="Record 10 waits behind record 2: see to that one; nothing"):
            await lane.sender.retry(10, "ann")
        lane.line.fault = well
        assert await lane.sender.retry(None, "ann") == "1 record of cashbook is sent again, in order."
        await lane.idle()

    serving(lane, act)
    assert lane.line.sent[-9:] == [
        *("start b", "activity b#7", "activity b#8", "finish b"),
        *("start a", "activity a#3", "activity a#4", "finish a", "deactivate day-1"),
    ]


def test_what_is_retried_goes_before_what_has_arrived_since(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await refused_sale(lane)
        lane.line.fault = well
        before = len(lane.line.sent)
        retried = asyncio.create_task(lane.sender.retry(None, "ann"))
        await lane.write(*sale("d", "day-2"))
        await retried
        await lane.idle()
        assert [
            one for one in lane.line.sent[before:] if one.startswith(("start", "deact", "act")) and "#" not in one
        ] == [*("start a", "deactivate day-1", "activate day-2", "start c", "start d")]

    serving(lane, act)


def test_a_retry_survives_the_end_of_the_process(lane: Lane) -> None:
    async def first(lane: Lane) -> None:
        await refused_sale(lane)
        lane.line.fault = lambda _, __: "not sent"
        await lane.sender.retry(4, "ann")
        await asyncio.sleep(5)
        assert lane.sender.status().head == 4

    async def second(lane: Lane) -> None:
        lane.line.fault = well
        await lane.idle()
        assert await lane.rows() == {}

    serving(serving(lane, first), second)


@pytest.mark.parametrize("fault", ["account", "not sent"])
def test_a_retry_ends_a_hold_and_a_pause(lane: Lane, fault: Fault) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = lambda _, __: fault
        await lane.write(nothing(1), opened(), opened("day-o", "other"))
        await asyncio.sleep(4000)
        tried = lane.line.count
        assert await lane.sender.retry(2, "ann") == "Record 2 is sent to cashbook again now."
        await asyncio.sleep(0.2)
        assert lane.line.count == tried + 1
        lane.line.fault = well
        assert await lane.sender.retry(None, "ann") == "cashbook is tried again now."
        await asyncio.sleep(0.5)
        assert lane.line.sent == ["activate day-1", "activate day-o"]

    serving(lane, act)


def test_the_record_that_holds_the_lane_can_be_set_aside(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = lambda _, request: "trouble" if _is(request, "start a") else ""
        await lane.write(opened(), *sale("a"), *sale("b"))
        await asyncio.sleep(60)
        with pytest.raises(GatewayMisuse, match="is held at record 2, not at 3; nothing was changed"):
            await lane.sender.park("ann", 3)
        assert (await lane.sender.park("ann", 2)).startswith("Record 2 is set aside: cashbook goes on without it")
        assert (await lane.idle()).state == "idle"
        assert await states(lane) == {2: "refused", 3: "behind", 4: "behind", 5: "behind"}
        assert (await lane.rows())[2].reason == "set aside by ann: the book is out of order"
        with pytest.raises(
            GatewayMisuse, match="cashbook is held at no record that can be set aside; nothing was changed"
        ):
            await lane.sender.park("ann")
        lane.line.fault = well
        await lane.sender.retry(2, "bob")
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, act)
    assert lane.vendor.finished_sales() == {"a": 1, "b": 1}


def test_a_record_set_aside_with_its_answer_open_says_that_it_may_have_been_carried_out(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        def fault(_: int, request: Request) -> Fault:
            return {"/start": "lost after", "/drafts": "not sent"}.get(request.path, "")  # type: ignore[return-value]

        lane.line.fault = fault
        await lane.write(opened(), *sale("a"))
        await asyncio.sleep(60)
        await lane.sender.park("ann")
        assert await lane.journal.intent("cashbook") is None
        assert (await lane.rows())[2].reason.endswith("; start was sent and may have been carried out")

    serving(lane, act)
    assert lane.line.sent == ["activate day-1", "start a"]


def test_dropping_a_sale_gives_up_its_records_and_lets_its_day_end(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await refused_sale(lane)
        before = len(lane.line.sent)
        said = await lane.sender.drop(4, "ann")
        assert said == (
            "Record 4 (main/day-1/a) and 3 records that belonged to it given up: cashbook is not told of it any more."
        )
        await lane.idle()
        assert await lane.rows() == {}
        assert lane.line.sent[before:] == [
            *("deactivate day-1", "activate day-2", "start c", "activity c#14", "activity c#15", "finish c")
        ]
        with pytest.raises(GatewayMisuse, match="Record 4 is not set aside for cashbook; nothing was changed"):
            await lane.sender.drop(4, "ann")

    serving(lane, act)
    assert lane.posted[-1] == VendorResumed("cashbook", "main/day-1/a", 4, "dropped", "ann")


def test_dropping_the_end_of_a_day_keeps_what_only_stood_behind_it(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = refusing("deactivate day-1")
        await lane.write(opened(), *sale("a"), closed(), opened("day-2"), *sale("b", "day-2"))
        await lane.idle()
        assert await states(lane) == {6: "refused", **dict.fromkeys(range(7, 12), "behind")}
        lane.vendor.days.clear()  # ended by hand
        assert await lane.sender.drop(6, "ann") == (
            "Record 6 (main/day-1) given up: cashbook is not told of it any more."
        )
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, act)
    assert lane.line.sent[-5:] == ["activate day-2", "start b", "activity b#9", "activity b#10", "finish b"]


def test_dropping_the_beginning_of_a_day_gives_up_the_day_with_its_end_and_no_other(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = refusing("activate day-1")
        await lane.write(opened(), *sale("a"), *count("c"), closed(count="c"), opened("day-2"), *sale("b", "day-2"))
        await lane.idle()
        assert await states(lane) == {1: "refused", **dict.fromkeys(range(2, 15), "behind")}
        assert "and 8 records that belonged" in await lane.sender.drop(1, "ann")
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, act)
    assert lane.line.sent[1:] == ["activate day-2", "start b", "activity b#12", "activity b#13", "finish b"]


def test_after_a_count_is_dropped_its_day_ends_without_it(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = lambda _, request: "lost before" if request.path == "/perform" else ""
        await lane.write(opened(), *count("c"), closed(count="c"))
        await lane.idle()
        assert await states(lane) == {2: "refused", 3: "behind", 4: "behind", 5: "behind"}
        await lane.sender.drop(2, "ann")
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, act)
    assert lane.line.sent == ["activate day-1", "perform c", "deactivate day-1"]


def test_what_waits_for_an_id_can_be_dropped_and_not_retried(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened(), kicked("a"), kicked("b"))
        await lane.idle()
        with pytest.raises(GatewayMisuse, match="waits until cashbook has an id for a and is sent then; nothing"):
            await lane.sender.retry(2, "ann")
        assert (await lane.sender.drop(2, "ann")).startswith("Record 2 (main/day-1/a) given up")
        assert await states(lane) == {3: "waits"}

    serving(lane, act)
    assert lane.posted == []


def test_a_drawer_that_moves_after_its_sale_was_dropped_is_nothing_to_the_book(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        lane.line.fault = refusing("start a")
        await lane.write(opened(), completed("a"), kicked("a"))
        await lane.idle()
        await lane.sender.drop(2, "ann")
        await lane.write(shut("a"), settled("a"), completed("b"))
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, act)
    assert lane.line.sent[-1] == "start b"


def test_what_is_asked_in_vain_changes_nothing(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await lane.write(opened(), completed("a"))
        await lane.idle()
        for order, text in [
            (lane.sender.retry(None, "ann"), "Nothing of cashbook is set aside or held; nothing was changed"),
            (lane.sender.retry(2, "ann"), "Record 2 is not set aside for cashbook; nothing was changed"),
            (lane.sender.drop(99, "ann"), "Record 99 is not set aside for cashbook; nothing was changed"),
            (lane.sender.park("ann"), "cashbook is held at no record that can be set aside; nothing was changed"),
        ]:
            with pytest.raises(GatewayMisuse, match=text):
                await order

    serving(lane, act)

    async def stopped(lane: Lane) -> None:
        lane.sender.stop()
        await lane.task
        with pytest.raises(GatewayMisuse, match="The till is not sending to cashbook; nothing was changed"):
            await lane.sender.retry(None, "ann")

    serving(lane, stopped)


def test_an_order_waits_for_the_request_under_way_and_is_answered_when_the_lane_stops_instead(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await refused_sale(lane)
        lane.line.seconds = 30
        await lane.write(*sale("p", "day-o", "other"))
        await asyncio.sleep(5)
        retried = asyncio.create_task(lane.sender.retry(4, "ann"))
        await asyncio.sleep(20)
        assert not retried.done()
        await asyncio.sleep(10)
        assert retried.done()
        late = asyncio.create_task(lane.sender.retry(4, "ann"))
        await asyncio.sleep(1)
        lane.sender.stop()
        with pytest.raises(GatewayMisuse, match="has stopped sending to cashbook; nothing was changed"):
            await late

    serving(lane, act)


def test_an_order_is_carried_out_though_nobody_waits_for_it_any_more(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        await refused_sale(lane)
        lane.line.fault = well
        asked = asyncio.create_task(lane.sender.retry(4, "ann"))
        await asyncio.sleep(0)
        asked.cancel()
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, act)


def test_when_all_is_refused_the_lane_stops_asking_until_a_person_has_looked(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "MOST_REFUSED", 5)

    async def act(lane: Lane) -> None:
        lane.line.fault = lambda _, request: "refused" if request.path == "/start" else ""
        events: list[Event] = [opened()]
        for n in range(9):
            events += sale(f"s{n}")
        await lane.write(*events)
        await asyncio.sleep(1)
        await asyncio.sleep(3600)
        status = lane.sender.status()
        assert (status.state, status.parked, status.head) == ("held", 5, 0)
        assert status.reason == "5 records are set aside: see why, then retry them"
        with pytest.raises(GatewayMisuse, match="held at no record"):
            await lane.sender.park("ann")
        lane.line.fault = well
        assert await lane.sender.retry(None, "ann") == "5 records of cashbook are sent again, in order."
        await lane.idle()
        assert await lane.rows() == {}

    serving(lane, act)
    assert lane.vendor.finished_sales() == {f"s{n}": 1 for n in range(9)}


class Counting(StubBook):
    """A book that takes no sale while it is out of order, and says that a later record may end that."""

    steps_back = True

    def judge(self, call: Call, response: Response) -> Verdict:
        if call.operation == "start" and response.status == 503:
            return Later("a count is open", steps_back=self.steps_back)
        return super().judge(call, response)


class Waiting(Counting):
    """One that does not say so: the control."""

    steps_back = False


async def retried_into_a_count(lane: Lane) -> dict[int, ParkedState]:
    """Sale a was refused; it is retried while the book can take no sale before it has heard of sale b's day's end."""
    await refused_sale(lane)
    lane.line.fault = lambda _, request: "trouble" if _is(request, "start a") and request.path == "/start" else ""
    await lane.sender.retry(4, "Ганна")
    await lane.write(opened("day-z", "third"))
    await asyncio.sleep(900)
    return await states(lane)


def test_a_retried_record_steps_back_where_a_later_one_has_to_come_first(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        assert (await retried_into_a_count(lane))[4] == "refused"
        assert lane.line.sent[-1] == "activate day-z"
        assert lane.sender.status().state == "idle"

    lane.book = Counting()
    serving(lane, act)


def test_a_retried_record_that_did_not_step_back_would_hold_the_lane(lane: Lane) -> None:
    async def act(lane: Lane) -> None:
        assert (await retried_into_a_count(lane))[4] == "retry"
        assert "activate day-z" not in lane.line.sent
        lane.line.fault = well

    lane.book = Waiting()
    serving(lane, act)
