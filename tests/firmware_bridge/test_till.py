"""The loop over a real journal: order before effect, refusals that change nothing, a disk that says no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from drivers.printers.layout import Shop
from firmware_bridge.api.backend import Answer
from firmware_bridge.clock import SystemClock
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import TillCore
from firmware_bridge.journal.records import Record
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.journal.verify import verify
from firmware_bridge.till import Till
from statemachines.arithmetic import compute
from statemachines.drawer import DrawerSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import CloseShift, OpenDrawer, OpenShift, PrintCopy, Sell
from statemachines.vocabulary.effects import Effect, Print
from statemachines.vocabulary.events import Event, PrinterReady, PrintRefused, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import LineRequest, Payment, Person, Receipt, TaxGroup, TaxRate
from tests.support.disk import files_at_most

CASHIER = Person("7", "Коваль О.", "cashier")
GROUPS = {"vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),))}
DIGEST = b"\1" * 32


class Lane:
    """A printer that prints at once, or keeps the order until it is told what to say."""

    def __init__(self) -> None:
        self.orders: list[Effect] = []
        self.post: Callable[[Event], None] = lambda _: None
        self.holds = False
        self.cuts = 0
        self.seen: Callable[[], None] = lambda: None

    def start(self) -> None:
        self.post(PrinterReady(counters=Counters(0, 0)))

    def order(self, effect: Effect) -> None:
        self.orders.append(effect)
        self.seen()
        if isinstance(effect, Print) and not self.holds:
            self.print(effect)

    def print(self, effect: Print) -> None:
        self.cuts += 1
        self.post(ReceiptPrinted(effect.document_id, effect.job_id, "process_id", Counters(self.cuts, 0)))

    def close(self) -> None:
        pass


@asynccontextmanager
async def running(
    folder: Path,
    lane: Lane,
    clock: SystemClock | None = None,
    thread: Callable[[Callable[[], Journal]], JournalThread] = JournalThread,
    **options: Any,
) -> AsyncIterator[Till]:
    clock = clock or SystemClock()
    path = folder / "journal.sqlite"
    opener = partial(Journal.open, path, till_id="1", clock=clock.utc_ms, new_id=lambda: "journal")
    journal = thread(opener)
    await journal.start()
    settings = RuleSettings(drawers={"main": DrawerSettings(sensed=False)})
    core = TillCore(settings, ShopComposer(Shop(("Shop",), zone="Europe/Kyiv"), 42, 2), clock, "UAH")
    till = Till(core, journal, clock, settings, path=path, till_id="1", boot_id="b", version="test", **options)
    lane.post = till.post
    await till.start({"printer": lane, "main": lane})
    serving = asyncio.create_task(till.run())
    try:
        yield till
    finally:
        till.stop()
        await serving
        await journal.close()


def sale(name: str) -> Sell:
    sums = compute(
        [LineRequest("1", "Bread", 4100, 2000, "vat20")], [], [Payment("cash", 8200)], GROUPS, "none", "sale"
    )
    receipt = Receipt(
        name, "sale", "", "UAH", "uk", CASHIER, "", sums.lines, sums.adjustments, sums.payments, sums.totals
    )
    return Sell(name, CASHIER, receipt)


async def opened(till: Till) -> None:
    assert (await till.submit(OpenShift("shift", CASHIER, 0), DIGEST, 5)).outcome == "done"


async def sold(till: Till, name: str, wait: float = 5) -> Answer:
    return await till.submit(sale(name), DIGEST, wait)


def test_an_order_leaves_only_after_its_intention_is_on_the_disk(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        found: list[bool] = []

        def look() -> None:
            # another reader of the file, at the very moment at which the order leaves
            records = verify(tmp_path / "journal.sqlite")
            found.append(records.ok and records.records >= 4)

        lane.seen = look
        async with running(tmp_path, lane) as till:
            await opened(till)
            assert (await sold(till, "a")).outcome == "done"
        assert found == [True]

    asyncio.run(scenario())


def test_a_disk_that_is_full_refuses_the_sale_before_any_device_is_touched(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        async with running(tmp_path, lane) as till:
            await opened(till)
            with files_at_most((tmp_path / "journal.sqlite-wal").stat().st_size):
                answer = await sold(till, "a")
                assert answer.outcome == "none"
                assert answer.refusal is not None
                assert answer.refusal.code == "storage"
                assert "nothing was sent" in answer.refusal.text
            assert lane.orders == []
            # the disk has room again: the same id may be used, and the sale is made once
            while not till.status()["can_sell"]:
                await asyncio.sleep(0.05)
            assert (await sold(till, "a")).outcome == "done"
        assert [order.document_id for order in lane.orders if isinstance(order, Print)] == ["a"]

    asyncio.run(scenario())


def test_what_a_device_said_while_the_disk_refused_is_not_lost(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        lane.holds = True
        async with running(tmp_path, lane) as till:
            await opened(till)
            answer = await sold(till, "a", wait=0.2)
            assert answer.outcome == "accepted"
            order = lane.orders[-1]
            assert isinstance(order, Print)
            with files_at_most((tmp_path / "journal.sqlite-wal").stat().st_size):
                lane.print(order)
                while till.status()["can_sell"] or till.status()["reasons"][0]["code"] != "storage":
                    await asyncio.sleep(0.01)
            async with asyncio.timeout(10):
                while True:
                    view = await till.receipt("a")
                    if view is not None and view["state"] == "paper_out":
                        break
                    await asyncio.sleep(0.05)

    asyncio.run(scenario())


def test_too_little_room_on_the_disk_refuses_sales_with_a_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        room = [0.5]
        async with running(tmp_path, lane, free=lambda _: room[0]) as till:
            await opened(till)
            room[0] = 0.04
            answer = await sold(till, "a")
            assert answer.refusal is not None
            assert (answer.outcome, answer.refusal.code) == ("none", "storage")
            assert till.status()["reasons"][0]["code"] == "storage"
            assert lane.orders == []

    asyncio.run(scenario())


def test_sales_that_come_together_share_a_commit_or_wait_their_turn_and_are_all_made_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        async with running(tmp_path, lane) as till:
            await opened(till)
            names = [f"s{number}" for number in range(20)]
            answers = await asyncio.gather(*(sold(till, name) for name in names))
            assert [answer.outcome for answer in answers] == ["done"] * 20
            again = await asyncio.gather(*(sold(till, name) for name in names))
            assert [answer.outcome for answer in again] == ["replayed"] * 20
            assert [answer.view for answer in again] == [answer.view for answer in answers]
        printed = [order.document_id for order in lane.orders if isinstance(order, Print)]
        assert sorted(printed) == sorted(names)

    asyncio.run(scenario())


def test_the_same_id_twice_in_one_batch_is_one_sale(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        async with running(tmp_path, lane) as till:
            await opened(till)
            answers = await asyncio.gather(sold(till, "a"), sold(till, "a"), till.submit(sale("a"), b"\2" * 32, 5))
            assert sorted(answer.outcome for answer in answers) == ["conflict", "done", "replayed"]
        assert len(lane.orders) == 1

    asyncio.run(scenario())


def test_a_sale_that_has_to_wait_too_long_is_refused_and_binds_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        lane.holds = True
        async with running(tmp_path, lane) as till:
            await opened(till)
            assert (await sold(till, "a", wait=0.05)).outcome == "accepted"
            waited = await sold(till, "b", wait=0.1)
            assert waited.refusal is not None
            assert (waited.outcome, waited.refusal.code) == ("none", "busy")
            order = lane.orders[-1]
            assert isinstance(order, Print)
            lane.holds = False
            lane.print(order)
            assert (await sold(till, "b")).outcome == "done"

    asyncio.run(scenario())


class Leaping(SystemClock):
    """Goes `ahead` seconds further when it is told to."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class Busy(JournalThread):
    """`meanwhile` happens while a batch is on its way to the disk."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    async def append(self, *batch: Any, **more: Any) -> list[Record]:
        Busy.meanwhile()
        await asyncio.sleep(0)
        return await super().append(*batch, **more)


def test_a_command_that_is_looked_up_while_something_comes_due_is_answered(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane, clock = Lane(), Leaping()
        later: list[asyncio.Task[Answer]] = []

        async with running(tmp_path, lane, clock, Busy) as till:
            await opened(till)
            lane.holds = True

            def meanwhile() -> None:
                if not later:
                    clock.ahead = 100_000.0
                    later.append(asyncio.create_task(sold(till, "b", wait=0)))

            Busy.meanwhile = staticmethod(meanwhile)
            first = asyncio.create_task(sold(till, "a", wait=0))
            async with asyncio.timeout(10):
                assert (await first).outcome == "accepted"
                assert (await later[0]).outcome == "none", "it is busy with the other sale"

    try:
        asyncio.run(scenario())
    finally:
        Busy.meanwhile = staticmethod(lambda: None)


def test_a_print_that_never_began_refuses_the_sale_for_ever(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        lane.holds = True
        async with running(tmp_path, lane) as till:
            await opened(till)
            asking = asyncio.create_task(sold(till, "a"))
            while not lane.orders:
                await asyncio.sleep(0.01)
            order = lane.orders[-1]
            assert isinstance(order, Print)
            till.post(PrintRefused("a", order.job_id, "the cable was pulled; nothing was sent"))
            first = await asking
            assert first.outcome == "refused"
            lane.holds = False
            second = await sold(till, "a")
            assert second.outcome == "refused"
            assert second.refusal == first.refusal
            assert len(lane.orders) == 1

    asyncio.run(scenario())


def test_whoever_waits_is_told_when_the_till_stops(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        lane.holds = True
        async with running(tmp_path, lane) as till:
            await opened(till)
            await sold(till, "a", wait=0.05)
            held = asyncio.create_task(sold(till, "b", wait=30))
            await asyncio.sleep(0)
        answer = await held
        assert answer.refusal is not None
        assert answer.outcome == "none"
        assert answer.refusal.code in ("busy", "stopping")

    asyncio.run(scenario())


def test_the_answer_to_an_id_never_changes_whatever_happens_to_the_document_later(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        async with running(tmp_path, lane) as till:
            await opened(till)
            first = await sold(till, "a")
            copied = await till.submit(PrintCopy("copy", CASHIER, "a", "the customer wants it"), DIGEST, 5)
            assert copied.view is not None
            assert copied.view["paper"]["copies"] == 1
            assert (await sold(till, "a")).view == first.view
            now = await till.receipt("a")
            assert now is not None
            assert now["paper"]["copies"] == 1

    asyncio.run(scenario())


def test_the_id_of_an_earlier_shift_is_answered_with_that_shift(tmp_path: Path) -> None:
    async def scenario() -> None:
        lane = Lane()
        async with running(tmp_path, lane) as till:
            first = await till.submit(OpenShift("one", CASHIER, 100), DIGEST, 5)
            assert (await till.submit(CloseShift("close", CASHIER, "en"), DIGEST, 5)).outcome == "done"
            assert (await till.submit(OpenShift("two", CASHIER, 200), DIGEST, 5)).outcome == "done"
            again = await till.submit(OpenShift("one", CASHIER, 100), DIGEST, 5)
            assert again.outcome == "replayed"
            assert again.view == first.view
            assert again.view is not None
            assert (again.view["number"], again.view["totals"]["float"]) == (1, 100)

    asyncio.run(scenario())


def test_a_drawer_that_was_opening_when_the_till_stopped_is_never_pulsed_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        order = OpenDrawer("open", CASHIER, "main", "change")
        lane = Lane()
        async with running(tmp_path, lane) as till:
            assert (await till.submit(order, DIGEST, 0.05)).outcome == "accepted"
        again = Lane()
        async with running(tmp_path, again) as till:
            answer = await till.submit(order, DIGEST, 5)
            assert answer.refusal is not None
            assert (answer.outcome, answer.refusal.code) == ("refused", "drawer-not-opened")
        assert again.orders == []

    asyncio.run(scenario())
