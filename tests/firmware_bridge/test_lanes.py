"""The one loop of every lane: connect, watch, execute, refuse. Pauses grow, nothing is silent or left behind."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from drivers.ports.base import PortLost
from firmware_bridge.clock import SystemClock
from firmware_bridge.lanes import NOT_CONNECTED, PortLane, PrinterLane, Service, doubt, execute, refuse
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintDoubtful,
    PrinterSilent,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.paper import Paper
from statemachines.vocabulary.receipt import Person
from tests.support.inbox import PATIENCE, Heard

JOB = Print("doc", "0001", Paper(48, (), "END", "COPY", "VOID"))
ORDER = Fiscalise("doc", "fiscal-doc")
KICK = Kick("main", 100, 10**15)


@dataclass
class Printer:
    """A printer that does as it is told. `lives`: looks that each connection lasts; the last one for ever."""

    lives: list[int] = field(default_factory=list)
    there: bool = True
    connected: bool = False
    error: Exception | None = None
    connecting: Exception | None = None
    watching: Exception | None = None
    closed: bool = False
    done: list[str] = field(default_factory=list)
    tried: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    woken: threading.Event = field(default_factory=threading.Event)
    left: int | None = None

    def connect(self) -> bool:
        self.tried.release()
        if self.connecting is not None:
            raise self.connecting
        self.connected = self.there and not self.closed
        self.left = self.lives.pop(0) if self.lives else None
        return self.connected

    def watch(self, timeout: float) -> None:
        if self.watching is not None:
            raise self.watching
        if self.left is not None:
            self.left -= 1
            self.connected = self.left > 0
            return
        self.woken.wait(timeout)
        self.woken.clear()

    def print(self, intention: Print) -> Event:
        return self._do("print", ReceiptPrinted(intention.document_id, intention.job_id, "process_id"))

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        return self._do("ask", ReceiptPrinted(intention.document_id, intention.job_id, "odometer"))

    def kick(self, order: Kick) -> Event:
        return self._do("kick", DrawerKicked(order.drawer_id, 1))

    def _do(self, what: str, event: Event) -> Event:
        self.done.append(what)
        if self.error is not None:
            raise self.error
        return event

    def wake(self) -> None:
        self.woken.set()

    def close(self) -> None:
        self.closed, self.connected = True, False
        self.woken.set()


@contextmanager
def running(printer: Printer, bus: Heard) -> Iterator[PrinterLane]:
    lane = PrinterLane("printer", printer, bus.post, SystemClock())
    lane.start()
    try:
        yield lane
    finally:
        lane.close()
    assert "lane-printer" not in [thread.name for thread in threading.enumerate()]


def test_orders_are_served_one_after_the_other() -> None:
    printer, bus = Printer(), Heard()
    with running(printer, bus) as lane:
        for effect in (JOB, Ask(JOB), KICK):
            lane.order(effect)
        outcomes = [type(bus.next()) for _ in range(3)]
    assert outcomes == [ReceiptPrinted, ReceiptPrinted, DrawerKicked]
    assert printer.done == ["print", "ask", "kick"]


def test_orders_are_refused_at_once_while_nobody_is_there() -> None:
    printer, bus = Printer(there=False), Heard()
    with running(printer, bus) as lane:
        for effect in (JOB, KICK, Ask(JOB)):
            lane.order(effect)
        assert bus.next() == PrintRefused("doc", "0001", NOT_CONNECTED)
        assert bus.next() == DrawerKickDropped("main", NOT_CONNECTED)
        assert bus.next() == PrintUnresolved("doc", "0001", NOT_CONNECTED, person_needed=False)
    assert printer.done == []


def test_pauses_start_anew_only_after_something_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.lanes.RECONNECT_S", (0.0, 0.0, 60.0))
    # three connections that end with their first look: the fourth would come after a minute
    useless, bus = Printer(lives=[1] * 10), Heard()
    with running(useless, bus):
        for _ in range(3):
            assert useless.tried.acquire(timeout=PATIENCE)
        assert not useless.tried.acquire(timeout=0.1)
    # the control: with a second look in the third connection they start anew
    useful = Printer(lives=[1, 1, 2, 1, 1, 1])
    with running(useful, bus):
        for _ in range(6):
            assert useful.tried.acquire(timeout=PATIENCE)
        assert not useful.tried.acquire(timeout=0.1)


def test_connection_that_was_of_use_is_made_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.lanes.RECONNECT_S", (60.0,))
    printer, bus = Printer(lives=[2]), Heard()
    with running(printer, bus) as lane:
        for _ in range(2):
            assert printer.tried.acquire(timeout=PATIENCE)
        lane.order(JOB)
        assert isinstance(bus.next(), ReceiptPrinted)


def test_lost_port_is_told_with_its_reason() -> None:
    printer, bus = Printer(watching=PortLost("it was pulled out", port="memory:", role="printer")), Heard()
    with running(printer, bus):
        assert bus.next() == PrinterSilent("it was pulled out")


@pytest.mark.parametrize("where", ["connecting", "watching"])
def test_error_that_nobody_foresaw_is_told_and_the_lane_lives(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.lanes.RECONNECT_S", (0.0,))
    printer, bus = Printer(), Heard()
    setattr(printer, where, RuntimeError("boom"))
    with running(printer, bus) as lane:
        assert bus.next() == PrinterSilent("unforeseen error in the driver (RuntimeError: boom)")
        setattr(printer, where, None)
        while True:  # it may be told once more before it works again
            lane.order(KICK)
            while isinstance(event := bus.next(), PrinterSilent):
                pass
            if isinstance(event, DrawerKicked):
                break
            assert isinstance(event, DrawerKickDropped)


def test_close_sends_nothing_that_still_waits() -> None:
    printer, bus = Printer(), Heard()
    lane = PrinterLane("printer", printer, bus.post, SystemClock())
    lane.order(JOB)
    lane.close()
    assert printer.done == []
    assert bus.nothing()


@pytest.mark.parametrize(
    ("effect", "kind"), [(JOB, PrintDoubtful), (Ask(JOB), PrintUnresolved), (KICK, DrawerKickDropped)]
)
def test_error_that_nobody_foresaw_in_an_order_is_doubt(effect: Effect, kind: type[Event]) -> None:
    outcome = execute(Printer(error=RuntimeError("a defect")), effect)
    assert isinstance(outcome, kind)
    assert "a defect" in str(outcome)


@pytest.mark.parametrize(
    ("effect", "refused", "doubtful"),
    [
        (JOB, PrintRefused, PrintDoubtful),
        (ORDER, FiscalisationRefused, FiscalisationDoubtful),
        (Ask(JOB), PrintUnresolved, PrintUnresolved),
        (Ask(ORDER), FiscalisationDoubtful, FiscalisationDoubtful),
        (KICK, DrawerKickDropped, DrawerKickDropped),
        (SignOut("shift", Person("1", "O", "cashier")), type(None), type(None)),
    ],
)
def test_refusal_and_doubt_are_told_apart(effect: Effect, refused: type, doubtful: type) -> None:
    assert isinstance(refuse(effect, "why"), refused)
    assert isinstance(doubt(effect, "why"), doubtful)


def test_any_driver_gets_a_lane_by_what_it_does_with_an_order() -> None:
    printer, bus, troubles = Printer(), Heard(), queue.SimpleQueue[str]()
    service = Service(
        execute=lambda effect: DrawerKicked("side", 1) if isinstance(effect, Kick) else None,
        refuse=lambda effect: refuse(effect, "nobody"),
        on_trouble=troubles.put,
        on_ready=lambda: bus.post(PrinterSilent("ready, for once")),
    )
    lane = PortLane("side", printer, bus.post, SystemClock(), service)
    lane.start()
    try:
        assert bus.next() == PrinterSilent("ready, for once")
        lane.order(KICK)
        assert bus.next() == DrawerKicked("side", 1)
        printer.watching = RuntimeError("boom")
        lane.order(KICK)
        assert "boom" in troubles.get(timeout=PATIENCE)
    finally:
        lane.close()
