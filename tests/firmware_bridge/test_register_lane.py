"""The lane of a fiscal printer: one order after the other, doubt instead of silence, a swapped device told about."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC

import pytest

from drivers.ports.memory import MemoryPort
from drivers.printers.datecs.driver import DatecsRegister
from drivers.printers.datecs.simulated.personality import PERSONALITIES
from drivers.printers.datecs.simulator import SimulatedRegister
from firmware_bridge.clock import SystemClock
from firmware_bridge.lanes import doubt
from firmware_bridge.register_lane import HardwareRegister, RegisterLane, execute, not_connected
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintDoubtful,
    PrinterEvent,
    PrinterFault,
    PrinterReady,
    PrinterSilent,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from statemachines.vocabulary.receipt import Person
from tests.support.datecs_rig import Rig, stamped

SOON_S = 10.0


class Bus(queue.SimpleQueue[Event]):
    """What the lane posts; `hear` waits for the next of some kinds."""

    def hear(self, *kinds: type[Event]) -> Event:
        while True:
            event = self.get(timeout=SOON_S)
            if isinstance(event, kinds):
                return event


@contextmanager
def running(register: HardwareRegister, bus: Bus) -> Iterator[RegisterLane]:
    lane = RegisterLane("fiscal", register, bus.put, SystemClock())
    lane.start()
    try:
        yield lane
    finally:
        lane.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "lane-fiscal"]


def register_of(rig: Rig, bus: Bus) -> DatecsRegister:
    return DatecsRegister(
        rig.port, rig.settings, bus.put, zone=UTC, utc_ms=rig.utc_ms, drawer_id="main", wait=rig.pass_time
    )


class Stub:
    """A driver that does as it is told; `connects` as often as it is said, then for ever."""

    def __init__(self, *, connects: int = 0) -> None:
        self.connected = False
        self.refusals_to_connect = connects
        self.error: Exception | None = None
        self.entered = threading.Event()
        self.released = threading.Event()
        self.served: list[str] = []

    def connect(self) -> bool:
        if self.refusals_to_connect:
            self.refusals_to_connect -= 1
            return False
        self.connected = True
        return True

    def watch(self, timeout: float) -> None:
        self.released.wait(min(timeout, 0.01))

    def fiscalise(self, order: Fiscalise) -> Event:
        return self._serve(FiscalisationRefused(order.document_id, "stub"))

    def ask(self, order: Fiscalise) -> Event:
        return self._serve(FiscalisationDoubtful(order.document_id, "stub"))

    def kick(self, order: Kick) -> Event:
        return self._serve(DrawerKicked(order.drawer_id, 1))

    def print(self, intention: Print) -> Event:
        return self._serve(ReceiptPrinted(intention.document_id, intention.job_id, "read_back"))

    def ask_print(self, intention: Print) -> Event:
        return self._serve(ReceiptPrinted(intention.document_id, intention.job_id, "read_back"))

    def _serve(self, event: Event) -> Event:
        self.served.append(type(event).__name__)
        if self.error is not None:
            raise self.error
        return event

    def wake(self) -> None:
        return

    def close(self) -> None:
        self.connected = False
        self.released.set()


class Blocking(Stub):
    """An order takes until the driver is closed."""

    def fiscalise(self, order: Fiscalise) -> Event:
        self.entered.set()
        assert self.released.wait(SOON_S)
        return FiscalisationDoubtful(order.document_id, "the till is being stopped")


def effects(rig: Rig) -> list[Effect]:
    return [rig.sell(), Ask(rig.sell()), rig.kick(), rig.slip(), Ask(rig.slip())]


def test_orders_are_served_one_after_the_other_in_their_order() -> None:
    stub, bus = Stub(), Bus()
    with running(stub, bus) as lane:
        for effect in effects(Rig()):
            lane.order(effect)
        outcomes = [type(bus.get(timeout=SOON_S)).__name__ for _ in range(5)]
    assert outcomes == stub.served
    assert outcomes == [
        "FiscalisationRefused",
        "FiscalisationDoubtful",
        "DrawerKicked",
        "ReceiptPrinted",
        "ReceiptPrinted",
    ]


def test_while_nobody_is_there_orders_are_refused_and_questions_stay_open() -> None:
    stub, bus, rig = Stub(connects=10**6), Bus(), Rig()
    with running(stub, bus) as lane:
        for effect in effects(rig):
            lane.order(effect)
        sale, asked, kick, slip, asked_slip = (bus.get(timeout=SOON_S) for _ in range(5))
    assert isinstance(sale, FiscalisationRefused)
    assert "nothing was sent" in sale.reason
    assert isinstance(asked, FiscalisationDoubtful)
    assert "nothing was sent" not in asked.reason
    assert not asked.person_needed
    assert isinstance(kick, DrawerKickDropped)
    assert isinstance(slip, PrintRefused)
    assert isinstance(asked_slip, PrintUnresolved)
    assert stub.served == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (0, FiscalisationDoubtful),
        (1, FiscalisationDoubtful),
        (2, DrawerKickDropped),
        (3, PrintDoubtful),
        (4, PrintUnresolved),
    ],
)
def test_an_error_that_nobody_foresaw_is_doubt(number: int, kind: type[Event]) -> None:
    stub = Stub()
    stub.error = RuntimeError("a defect")
    outcome = execute(stub, effects(Rig())[number])
    assert isinstance(outcome, kind)
    assert "a defect" in str(outcome)


def test_an_error_while_connecting_or_watching_is_told_and_tried_again() -> None:
    class Shaky(Stub):
        def connect(self) -> bool:
            if not self.served:
                self.served.append("connect")
                raise RuntimeError("first")
            return super().connect()

        def watch(self, timeout: float) -> None:
            if len(self.served) == 1:
                self.served.append("watch")
                raise RuntimeError("second")
            super().watch(timeout)

    bus = Bus()
    with running(Shaky(), bus):
        assert ["first" in str(bus.hear(PrinterSilent)), "second" in str(bus.hear(PrinterSilent))] == [True, True]


def test_an_order_on_its_way_when_the_lane_is_closed_becomes_doubtful() -> None:
    stub, bus = Blocking(), Bus()
    with running(stub, bus) as lane:
        lane.order(Rig().sell())
        assert stub.entered.wait(SOON_S)
    assert isinstance(bus.hear(FiscalisationDoubtful), FiscalisationDoubtful)


def test_a_signing_out_is_nothing_to_a_fiscal_printer() -> None:
    assert execute(Stub(), SignOut("shift-1", Person("1", "", "cashier"))) is None
    assert not_connected(SignOut("shift-1", Person("1", "", "cashier"))) is None
    assert doubt(SignOut("shift-1", Person("1", "", "cashier")), "") is None


def test_a_cable_that_is_pulled_in_the_middle_leaves_doubt_that_the_question_resolves() -> None:
    rig, bus = Rig("bg"), Bus()
    rig.before = stamped(rig.open(rig.connected()))
    order = rig.sell()
    cut: list[bool] = []

    def pull(_: int, __: bytes) -> None:
        if rig.device.books.open_receipt and not cut:
            cut.append(True)
            rig.port.unplug()

    rig.port.on_bytes = pull
    with running(register_of(rig, bus), bus) as lane:
        bus.hear(PrinterReady)
        lane.order(order)
        doubted = bus.hear(FiscalisationDoubtful, ReceiptFiscalised, FiscalisationRefused)
        assert isinstance(doubted, FiscalisationDoubtful), doubted
        bus.hear(PrinterSilent)
        rig.port.plug()
        bus.hear(PrinterReady)
        lane.order(Ask(order))
        assert isinstance(bus.hear(ReceiptFiscalised, FiscalisationDoubtful), ReceiptFiscalised)
    assert len(rig.device.books.fiscal) == 1


def test_a_swapped_device_is_told_about_and_takes_nothing_until_the_right_one_is_back() -> None:
    rig, bus = Rig("bg"), Bus()
    stranger = replace(PERSONALITIES["bg"], serial="DT999999", fiscal_memory="02999999")
    other = SimulatedRegister(stranger, now=rig.clock.monotonic())
    switch = Switch(rig.device)
    rig.port = MemoryPort(switch, rig.clock, name="memory:fiscal")
    till = register_of(rig, bus)
    assert till.connect()
    switch.device = other
    rig.port.unplug()
    till.watch(0.1)
    rig.port.plug()
    with running(till, bus) as lane:
        assert isinstance(bus.hear(PrinterFault), PrinterFault)
        lane.order(rig.sell())
        assert isinstance(bus.hear(FiscalisationRefused, ReceiptFiscalised), FiscalisationRefused)
        lane.order(Ask(rig.sell()))
        asked = bus.hear(FiscalisationDoubtful, ReceiptFiscalised)
        assert isinstance(asked, FiscalisationDoubtful)
        assert asked.person_needed
    assert other.books.journal == ()
    switch.device = rig.device
    assert till.connect()
    assert isinstance(till.fiscalise(rig.sell()), ReceiptFiscalised)


class Switch:
    """A cable that ends at one device or the other."""

    def __init__(self, device: SimulatedRegister) -> None:
        self.device = device

    def accept(self, data: bytes) -> int:
        return self.device.accept(data)

    def output(self) -> bytes:
        return self.device.output()

    def run_until(self, now: float) -> None:
        self.device.run_until(now)

    def next_change(self) -> float | None:
        return self.device.next_change()


def test_the_condition_of_the_device_comes_by_itself() -> None:
    rig, bus = Rig("bg"), Bus()
    with running(register_of(rig, bus), bus):
        assert isinstance(bus.hear(PrinterEvent), PrinterReady)
