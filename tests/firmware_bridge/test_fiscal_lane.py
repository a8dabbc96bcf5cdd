"""The lane of a network fiscaliser: one order at a time, an event for everything, nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.clock import SystemClock
from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.ordering import PrintedThere, nowhere
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    PrintDoubtful,
    PrintRefused,
    ReceiptPrinted,
)
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Person
from statemachines.vocabulary.traits import FiscaliserTraits

CASHIER = Person("1", "Olena", "cashier")


@dataclass
class Register:
    """A fiscaliser that does what it is told. `held`: it waits for this before it answers."""

    answers: list[Event | Exception] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    held: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0
    connecting: Exception | None = None
    closed: int = 0

    @property
    def traits(self) -> FiscaliserTraits:
        return TRAITS

    async def connect(self) -> None:
        self.done.append("connect")
        if self.connecting is not None:
            raise self.connecting

    async def fiscalise(self, order: Fiscalise) -> Event:
        return await self._work(f"fiscalise {order.document_id}", order)

    async def ask(self, order: Fiscalise) -> Event:
        return await self._work(f"ask {order.document_id}", order)

    async def sign_out(self, effect: SignOut) -> None:
        await self._work(f"sign out {effect.shift_id}", Fiscalise("", ""))

    async def close(self) -> None:
        self.closed += 1

    async def _work(self, name: str, order: Fiscalise) -> Event:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.begun.set()
            await (self.held.wait() if self.held is not None else asyncio.sleep(0))
        finally:
            self.at_once -= 1
        self.done.append(name)
        answer = self.answers.pop(0) if self.answers else FiscalisationUnknown(order.document_id)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Inbox:
    events: list[Event] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def post(self, event: Event) -> None:
        self.events.append(event)
        self.changed.set()

    async def until(self, count: int) -> list[Event]:
        async with asyncio.timeout(5):
            while len(self.events) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.events


def serving(
    register: Register,
    act: Callable[[FiscalLane, Inbox], Awaitable[None]],
    printed_there: PrintedThere = nowhere,
) -> list[Event]:
    """Run a lane, act, and close it as the till does: from another thread."""

    async def main() -> list[Event]:
        inbox = Inbox()
        lane = FiscalLane("checkbox", register, inbox.post, SystemClock(), printed_there)
        lane.start()
        await act(lane, inbox)
        await asyncio.to_thread(lane.close)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
        return inbox.events

    return asyncio.run(main())


def outcome(effect: Effect, answer: Event | Exception) -> Event:
    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        lane.order(effect)
        await inbox.until(1)

    (event,) = serving(Register([answer]), act)
    return event


class Copying(Register):
    """One that prints itself and copies what has this number."""

    async def copy(self, stamp: FiscalStamp) -> bool:
        answer = self.answers.pop(0) if self.answers else True
        self.done.append(f"copy {stamp.number}")
        if isinstance(answer, Exception):
            raise answer
        return answer is True


COPY = Print("d", "0007", Paper(32, (), "END", "COPY", "VOID"), copy_no=1)


def copied(register: Register, number: str = "f-1", *, known: bool = True) -> Event:
    async def printed_there(document_id: str) -> FiscalStamp | None:
        return FiscalStamp("x", number, "") if known and document_id == "d" else None

    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        lane.order(COPY)
        await inbox.until(1)

    (event,) = serving(register, act, printed_there)
    return event


def test_a_copy_is_printed_by_the_register_under_its_own_number() -> None:
    register = Copying()
    assert copied(register) == ReceiptPrinted("d", "0007", "read_back")
    assert "copy f-1" in register.done


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (False, PrintRefused, "the register's printer has failed"),
        (NotSent("no line"), PrintRefused, "no line; nothing was sent"),
        (Refused("code 9"), PrintRefused, "code 9"),
        (Unanswered("no answer"), PrintDoubtful, "no answer"),
        (ValueError("x"), PrintDoubtful, "unforeseen error"),
    ],
    ids=["no paper", "not sent", "refused", "unanswered", "unforeseen"],
)
def test_a_copy_that_did_not_come_out_says_whether_it_may_have(
    answer: Exception | bool, kind: type[PrintRefused | PrintDoubtful], words: str
) -> None:
    event = copied(Copying([answer]))  # type: ignore[list-item]  # what `copy` returns, where an event stands else
    assert isinstance(event, kind)
    assert (event.document_id, event.job_id) == ("d", "0007")
    assert words in event.reason


@pytest.mark.parametrize(
    ("register", "number", "known"), [(Register(), "f-1", True), (Copying(), "", True), (Copying(), "f-1", False)]
)
def test_what_cannot_be_copied_there_is_a_persons_matter(register: Register, number: str, *, known: bool) -> None:
    event = copied(register, number, known=known)
    assert isinstance(event, PrintRefused)
    assert "at the register itself" in event.reason
    assert not any(one.startswith("copy") for one in register.done)


def order(name: str = "d") -> Fiscalise:
    return Fiscalise(name, f"fiscal-{name}")


def test_orders_are_served_one_at_a_time_and_in_order() -> None:
    register = Register()

    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        for n in range(5):
            lane.order(order(str(n)) if n % 2 else Ask(order(str(n))))
        await inbox.until(5)

    events = serving(register, act)
    assert [event.document_id for event in events if isinstance(event, FiscalisationUnknown)] == list("01234")
    assert register.done == ["connect", "ask 0", "fiscalise 1", "ask 2", "fiscalise 3", "ask 4"]
    assert register.most_at_once == 1


def test_what_was_not_sent_is_refused_and_says_so() -> None:
    event = outcome(order(), NotSent("the vendor could not be reached"))
    assert event == FiscalisationRefused("d", "the vendor could not be reached; nothing was sent")


def test_what_was_refused_is_refused() -> None:
    assert outcome(order(), Refused("no such tax")) == FiscalisationRefused("d", "no such tax")


@pytest.mark.parametrize("error", [Unanswered("no answer"), RuntimeError("boom"), ValueError("boom")])
def test_what_may_have_happened_is_doubt(error: Exception) -> None:
    event = outcome(order(), error)
    assert isinstance(event, FiscalisationDoubtful)
    assert not event.person_needed


@pytest.mark.parametrize("error", [NotSent("no line"), Refused("no right"), Unanswered("no answer"), KeyError("x")])
def test_a_question_that_was_not_answered_leaves_the_doubt(error: Exception) -> None:
    assert isinstance(outcome(Ask(order()), error), FiscalisationDoubtful)


def test_an_unforeseen_error_does_not_end_the_lane_nor_show_its_text() -> None:
    register = Register([RuntimeError("token eyJsecret"), FiscalisationUnknown("b")])

    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        lane.order(order("a"))
        lane.order(order("b"))
        await inbox.until(2)

    first, second = serving(register, act)
    assert "eyJsecret" not in repr(first)
    assert second == FiscalisationUnknown("b")


def test_an_order_on_its_way_at_close_becomes_doubt() -> None:
    async def act(lane: FiscalLane, _: Inbox) -> None:
        lane.order(order("begun"))
        lane.order(order("waiting"))
        await register.begun.wait()

    async def main() -> None:
        register.held = asyncio.Event()

    register = Register()
    asyncio.run(main())
    (event,) = serving(register, act)
    assert isinstance(event, FiscalisationDoubtful)
    assert event.document_id == "begun"
    assert register.done == ["connect"]


def test_an_order_after_close_is_left_undone() -> None:
    register = Register()

    async def act(lane: FiscalLane, _: Inbox) -> None:
        await asyncio.to_thread(lane.close)
        lane.order(order())
        await asyncio.sleep(0)

    assert serving(register, act) == []
    assert "fiscalise d" not in register.done


def test_closing_lets_the_connection_go_once_and_twice_is_harmless() -> None:
    register = Register()

    async def act(lane: FiscalLane, _: Inbox) -> None:
        await asyncio.to_thread(lane.close)

    serving(register, act)
    assert register.closed == 1


def test_closing_at_once_after_the_start_leaves_nothing_behind() -> None:
    register = Register()

    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        del lane, inbox

    serving(register, act)
    assert register.closed == 1


def test_closing_on_the_loop_itself_does_not_block_it() -> None:
    async def main() -> None:
        register = Register()
        lane = FiscalLane("checkbox", register, Inbox().post, SystemClock())
        lane.start()
        lane.close()
        async with asyncio.timeout(5):
            while not register.closed:
                await asyncio.sleep(0)
        await asyncio.to_thread(lane.close)

    asyncio.run(main())


def test_a_lane_that_was_never_started_closes() -> None:
    FiscalLane("checkbox", Register(), Inbox().post, SystemClock()).close()


@pytest.mark.parametrize("error", [NotSent("no line"), Refused("wrong key"), RuntimeError("boom")])
def test_a_lane_serves_though_connecting_failed(error: Exception) -> None:
    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        lane.order(order())
        await inbox.until(1)

    assert serving(Register(connecting=error), act) == [FiscalisationUnknown("d")]


def test_a_sign_out_leads_to_no_event_whatever_comes_of_it() -> None:
    register = Register([FiscalisationUnknown("ignored"), NotSent("no line"), RuntimeError("boom")])

    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        for _ in range(3):
            lane.order(SignOut("s", CASHIER))
        lane.order(order())
        await inbox.until(1)

    assert serving(register, act) == [FiscalisationUnknown("d")]


def test_an_order_for_another_device_leads_to_no_event() -> None:
    async def act(lane: FiscalLane, inbox: Inbox) -> None:
        lane.order(Kick("main", 100, 0))
        lane.order(order())
        await inbox.until(1)

    assert serving(Register(), act) == [FiscalisationUnknown("d")]
