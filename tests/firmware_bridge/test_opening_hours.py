"""A kiosk's shift opens and closes by itself, once a day, whatever is restarted when."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from drivers.printers.layout import Shop
from firmware_bridge.api.backend import Answer
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import SYSTEM, TillCore
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.opening_hours import ATTEMPTS, OpeningHours
from firmware_bridge.schedule import Schedule, ShiftTimes
from firmware_bridge.till import Till
from statemachines.arithmetic import compute
from statemachines.drawer import DrawerSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import CallOffClosing, CloseShift, Command, OpenShift, Refusal, Sell
from statemachines.vocabulary.effects import Effect, Print
from statemachines.vocabulary.events import Event, PrinterReady, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import LineRequest, Payment, Person, Receipt, TaxGroup

DAY = Schedule("08:00", "23:45", "Europe/Kyiv")
MANAGER = Person("7", "Коваль О.", "manager")
DIGEST = b"\1" * 32


class Clock:
    """A wall clock that stands where it is set; the monotonic one goes on by itself, and by `later`."""

    def __init__(self, text: str) -> None:
        self.ahead = 0.0
        self.set(text)

    def set(self, text: str) -> None:
        self.now = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)

    def later(self, seconds: float) -> None:
        self.ahead += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def utc_ms(self) -> int:
        return self.now


class Printer:
    """Prints at once."""

    def __init__(self) -> None:
        self.post: Callable[[Event], None] = lambda _: None
        self.cuts = 0

    def start(self) -> None:
        self.post(PrinterReady(counters=Counters(0, 0)))

    def order(self, effect: Effect) -> None:
        if isinstance(effect, Print):
            self.cuts += 1
            done = ReceiptPrinted(effect.document_id, effect.job_id, "process_id", Counters(self.cuts, 0))
            self.post(done)

    def close(self) -> None:
        pass


@asynccontextmanager
async def kiosk(folder: Path, clock: Clock, **rules: Any) -> AsyncIterator[Till]:
    path = folder / "journal.sqlite"
    journal = JournalThread(partial(Journal.open, path, till_id="1", clock=clock.utc_ms, new_id=lambda: "journal"))
    await journal.start()
    settings = RuleSettings(drawers={"main": DrawerSettings(sensed=False)}, **rules)
    core = TillCore(settings, ShopComposer(Shop(("Shop",), zone="Europe/Kyiv"), 42, 2), clock, "UAH")
    till = Till(core, journal, clock, settings, path=path, till_id="1", boot_id="b", version="test")
    lane = Printer()
    lane.post = till.post
    await till.start({"printer": lane, "main": lane})
    serving = asyncio.create_task(till.run())
    try:
        yield till
    finally:
        till.stop()
        await serving
        await journal.close()


def hours(till: Till, clock: Clock, float_amount: int | None = None) -> OpeningHours:
    return OpeningHours(till, DAY, clock, "uk", float_amount)


async def happened(till: Till, name: str) -> list[dict[str, Any]]:
    return [event["data"] for event in await till.events(0, 500) if event["name"] == name]


async def sell(till: Till, name: str) -> None:
    sums = compute(
        [LineRequest("1", "Хліб", 4100, 2000, "a")], [], [Payment("cash", 8200)], {"a": TaxGroup("a", "А", ())}, "none",
        "sale",
    )  # fmt: skip
    receipt = Receipt(name, "sale", "", "UAH", "uk", MANAGER, "main", sums.lines, (), sums.payments, sums.totals)
    assert (await till.submit(Sell(name, MANAGER, receipt), DIGEST, 5)).outcome == "done"


def test_shift_opens_and_closes_once_a_day_however_often_the_till_starts(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = Clock("2026-10-01 04:59:59")
        for moment in ("04:59:59", "05:00:00", "05:00:00", "05:00:30", "12:00:00"):
            clock.set(f"2026-10-01 {moment}")
            async with kiosk(tmp_path, clock) as till:
                for _ in range(2):
                    await hours(till, clock).look()
                assert len(await happened(till, "ShiftOpened")) == (0 if moment == "04:59:59" else 1)
        for moment in ("20:45:00", "20:45:00", "20:45:01", "23:00:00"):
            clock.set(f"2026-10-01 {moment}")
            async with kiosk(tmp_path, clock) as till:
                for _ in range(2):
                    await hours(till, clock).look()
                (closed,) = await happened(till, "ShiftClosed")
                assert closed["document_id"] == "auto-close-2026-10-01"
                (opened,) = await happened(till, "ShiftOpened")
                assert (opened["shift_id"], opened["cashier"]["role"]) == ("auto-open-2026-10-01", "system")

    asyncio.run(scenario())


class Forgetful:
    """A till that does not remember what it did; `renames` forgets even the day's id."""

    def __init__(self, till: Till, *, renames: bool) -> None:
        self._till = till
        self._renames = renames

    async def submit(self, command: Command, digest: bytes, wait: float) -> Answer:
        if self._renames:
            command = replace(command, command_id=f"{command.command_id}-again")
        return await self._till.submit(command, digest, wait)

    async def shift_times(self) -> ShiftTimes:
        return ShiftTimes("closed")

    def cash_left(self) -> tuple[tuple[str, int], ...]:
        return self._till.cash_left()


@pytest.mark.parametrize(("renames", "openings"), [(False, 1), (True, 2)], ids=["same id", "control: another id"])
def test_id_of_the_day_alone_keeps_a_shift_from_being_opened_twice(
    tmp_path: Path, renames: bool, openings: int
) -> None:
    async def scenario() -> None:
        clock = Clock("2026-10-01 05:00:00")
        async with kiosk(tmp_path, clock) as till:
            await hours(till, clock).look()
            assert (await till.submit(CloseShift("early", MANAGER, "uk"), DIGEST, 5)).outcome == "done"
            answer = await OpeningHours(Forgetful(till, renames=renames), DAY, clock, "uk").look()
            assert answer is not None
            assert len(await happened(till, "ShiftOpened")) == openings

    asyncio.run(scenario())


def test_shift_that_a_person_closed_stays_closed_for_the_day_and_opens_on_the_next(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = Clock("2026-10-01 05:00:00")
        async with kiosk(tmp_path, clock) as till:
            await hours(till, clock).look()
            clock.set("2026-10-01 12:00:00")
            assert (await till.submit(CloseShift("early", MANAGER, "uk"), DIGEST, 5)).outcome == "done"
        async with kiosk(tmp_path, clock) as till:
            assert await hours(till, clock).look() is None
            clock.set("2026-10-02 05:00:00")
            answer = await hours(till, clock).look()
            assert answer is not None
            assert (answer.outcome, answer.document_id) == ("done", "auto-open-2026-10-02")

    asyncio.run(scenario())


def test_missed_closing_is_made_up_for_and_then_the_new_day_begins(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = Clock("2026-10-01 05:00:00")
        async with kiosk(tmp_path, clock) as till:
            await hours(till, clock).look()
        clock.set("2026-10-03 07:00:00")
        async with kiosk(tmp_path, clock) as till:
            keeper = hours(till, clock)
            found = [await keeper.look() for _ in range(3)]
            done = [None if answer is None else answer.document_id for answer in found]
            assert done == ["auto-close-2026-10-02", "auto-open-2026-10-03", None]

    asyncio.run(scenario())


@pytest.mark.parametrize(("told", "expected"), [(None, 8200 + 500), (300, 300)], ids=["carried over", "told"])
def test_new_shift_begins_with_the_cash_that_lies_there(tmp_path: Path, told: int | None, expected: int) -> None:
    async def scenario() -> None:
        clock = Clock("2026-10-01 05:00:00")
        async with kiosk(tmp_path, clock) as till:
            await hours(till, clock, 500).look()
            await sell(till, "s-1")
            clock.set("2026-10-01 20:45:00")
            await hours(till, clock).look()
            clock.set("2026-10-02 05:00:00")
            await hours(till, clock, told).look()
            opened = await happened(till, "ShiftOpened")
            assert [shift["float_amount"] for shift in opened] == [500, expected]
            assert till.drawers()[0]["day"]["expected_cash"] == expected

    asyncio.run(scenario())


def test_closing_that_a_person_called_off_is_not_asked_for_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = Clock("2026-10-01 05:00:00")
        async with kiosk(tmp_path, clock, count_at_close="required") as till:
            await hours(till, clock).look()
            clock.set("2026-10-01 20:45:00")
            keeper = hours(till, clock)
            first = await keeper.look()
            assert first is not None
            assert first.outcome == "accepted"
            answer = await till.submit(CallOffClosing("off", MANAGER, "guests"), DIGEST, 5)
            assert answer.outcome == "done"
            second = await keeper.look()
            assert second is not None
            assert second.refusal is not None
            assert second.refusal.code == "called-off"
            assert await keeper.look() is None
            assert len(await happened(till, "CloseRequested")) == 1

    asyncio.run(scenario())


# --- a till that says no ----------------------------------------------------------------------------------------------


class Scripted:
    """Answers with one outcome, and remembers the ids."""

    def __init__(self, outcome: Any, code: str = "refused") -> None:
        self.outcome, self.code = outcome, code
        self.asked: list[tuple[str, bytes]] = []

    async def submit(self, command: Command, digest: bytes, wait: float) -> Answer:
        assert isinstance(command, OpenShift)
        assert command.actor == SYSTEM
        assert wait > 0
        self.asked.append((command.command_id, digest))
        return Answer(self.outcome, command.command_id, Refusal(self.code, "Because."))

    async def shift_times(self) -> ShiftTimes:
        return ShiftTimes("closed")

    def cash_left(self) -> tuple[tuple[str, int], ...]:
        return ()


def looked(desk: Scripted, times: int, pause: float) -> list[str]:
    async def scenario() -> None:
        clock = Clock("2026-10-01 05:00:00")
        keeper = OpeningHours(desk, DAY, clock, "uk")
        for _ in range(times):
            await keeper.look()
            clock.later(pause)

    asyncio.run(scenario())
    return [name for name, _ in desk.asked]


def test_refused_opening_is_asked_for_again_later_under_a_new_id_but_not_without_end() -> None:
    day = "auto-open-2026-10-01"
    assert looked(Scripted("refused"), 20, 700) == [day, *(f"{day}.{n}" for n in range(2, ATTEMPTS + 1))]
    assert looked(Scripted("refused"), 20, 10) == [day]


def test_opening_of_which_nothing_happened_is_asked_for_again_under_the_same_id() -> None:
    desk = Scripted("none", "busy")
    assert looked(desk, 3, 1) == ["auto-open-2026-10-01"] * 3
    assert {digest for _, digest in desk.asked} == {hashlib.sha256(b"auto-open-2026-10-01").digest()}


def test_id_that_somebody_else_has_used_is_left_to_people() -> None:
    assert looked(Scripted("conflict", "id-reused"), 3, 700) == ["auto-open-2026-10-01"]


def test_till_without_a_schedule_has_nothing_to_do() -> None:
    async def scenario() -> None:
        desk = Scripted("none")
        keeper = OpeningHours(desk, Schedule("", "", "UTC"), Clock("2026-10-01 05:00:00"), "uk")
        await keeper.run()
        assert (keeper.wanted, desk.asked) == (False, [])

    asyncio.run(scenario())
