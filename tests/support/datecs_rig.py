"""A fiscal printer, its wire and its driver in virtual time, and the orders that tests give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.datecs.commands import Language, language
from drivers.printers.datecs.commands_values import Command, Item, Operator
from drivers.printers.datecs.driver import DatecsRegister
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.simulator import SimulatedRegister
from statemachines.arithmetic import compute
from statemachines.vocabulary.effects import Fiscalise, Kick, Print
from statemachines.vocabulary.events import Event, FiscalStamp, PrinterEvent, ReceiptFiscalised
from statemachines.vocabulary.paper import Paper, TextLine
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    CashMove,
    CashMoveType,
    LineRequest,
    Original,
    Payment,
    Person,
    Receipt,
    Report,
    ShiftOpening,
    ShiftTotals,
    TaxGroup,
    TaxRate,
    Turnover,
)
from tests.support.datecs_bench import configured

START = datetime(2026, 7, 20, 10, 53, 10, tzinfo=UTC)
CASHIER = Person("7", "Коваль О.", "cashier")
GROUPS = {"a": TaxGroup("a", "Б", (TaxRate("ДДС", 2000),))}
NOTHING = ShiftTotals(Turnover(), Turnover(), 0, 0, 0, 0)
BREAD = LineRequest("1", "Хляб пшеничен", 410, 2000, "a")
CHEESE = LineRequest("2", "Сирене", 523, 1000, "a")
PAPER = Paper(32, (TextLine("Купон №1"), TextLine("  10 %  отстъпка")), "КРАЙ", "КОПИЕ", "НЕВАЛИДНО", mark_at=1)


def receipt(
    name: str = "s-1",
    lines: Sequence[LineRequest] = (BREAD, CHEESE),
    *,
    adjustments: Sequence[AdjustmentRequest] = (),
    card: int = 0,
    given: int | None = None,
    by_device: bool = False,
    number: str = "000001",
    total: int | None = None,
    header: str = "",
    footer: str = "",
) -> Receipt:
    """A sale paid by card (`card`) and the rest in cash. `total` is needed where lines have discounts of their own."""
    total = compute_total(lines, adjustments) if total is None else total
    paid = [Payment("card", card, collected="by_device" if by_device else "before")] if card else []
    paid += [Payment("cash", total - card, given)] if total > card else []
    sums = compute(lines, adjustments, paid, GROUPS, "none", "sale")
    return Receipt(
        name,
        "sale",
        number,
        "BGN",
        "bg",
        CASHIER,
        "main",
        sums.lines,
        sums.adjustments,
        sums.payments,
        sums.totals,
        header=header,
        footer=footer,
    )


def compute_total(lines: Sequence[LineRequest], adjustments: Sequence[AdjustmentRequest]) -> int:
    """What the lines come to after the adjustments of the whole receipt."""
    total = sum((2 * line.price * line.quantity + 1000) // 2000 for line in lines)
    for one in adjustments:
        part = (2 * total * one.value + 10_000) // 20_000 if one.mode == "percent" else one.value
        total += part if one.kind == "surcharge" else -part
    return total


def taken_back(of: Receipt, stamp: FiscalStamp, name: str = "r-1", number: str = "000002") -> Receipt:
    """The whole sale comes back, in the means it was paid with."""
    original = Original(of.document_id, fiscal_number=stamp.number, date=stamp.date, number=of.number)
    payments = tuple(replace(payment, given=None) for payment in of.payments)
    return replace(of, document_id=name, kind="return", number=number, payments=payments, original=original)


@dataclass
class Rig:
    """One simulated device; `clock_differs_s`: its clock at the start, `clock_is_ahead_s`: the till's.

    `till()` makes a new till on it; `before` is the last stamp that the journal would hold.
    """

    dialect: str = "bg"
    change: Callable[[DatecsSettings], DatecsSettings] = lambda settings: settings
    clock_differs_s: int = 0
    clock_is_ahead_s: int = 0
    roll_lines: int | None = None
    keeps: bool = False
    split: bool = False
    lost_without_power: bool = False
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blinks = 0
        self.clock = VirtualClock(100.0)
        self.drawer = SimulatedDrawer(now=100.0)
        self.device = SimulatedRegister(
            self.dialect,
            now=100.0,
            drawer=self.drawer,
            clock=(START + timedelta(seconds=self.clock_differs_s)).replace(tzinfo=None),
            roll_lines=self.roll_lines,
            keeps_last_answer=self.keeps,
        )
        self.wire = bytearray()
        self.port = MemoryPort(
            self.device,
            self.clock,
            name="memory:fiscal",
            split=self.split,
            lost_without_power=self.lost_without_power,
            on_bytes=lambda _, data: self.wire.extend(data),
        )
        self.settings = self.change(configured(self.dialect))
        self.before: FiscalStamp | None = None

    def till(self, *, first_seq: int = 0x20) -> DatecsRegister:
        return DatecsRegister(
            self.port,
            self.settings,
            self.events.append,
            zone=UTC,
            utc_ms=self.utc_ms,
            drawer_id="main",
            wait=self.pass_time,
            first_seq=first_seq,
        )

    def connected(self) -> DatecsRegister:
        till = self.till()
        assert till.connect()
        return till

    def open(self, till: DatecsRegister, name: str = "shift-1") -> Event:
        return self.give(till, Fiscalise(name, name, opening=ShiftOpening(name, 1, 0, (), CASHIER, "d", "BGN", "bg")))

    def working(self) -> DatecsRegister:
        """Connected, with a shift and 100.00 in cash."""
        till = self.connected()
        self.open(till)
        assert isinstance(self.give(till, self.cash("in", 10_000, "float")), ReceiptFiscalised)
        return till

    # --- orders -----------------------------------------------------------------------------------------------------

    def sell(self, sale: Receipt | None = None, attempt: int = 1) -> Fiscalise:
        sale = sale or receipt()
        return Fiscalise(sale.document_id, f"{sale.document_id}#{attempt}", sale, attempt=attempt, before=self.before)

    def cash(self, direction: Literal["in", "out"], amount: int, name: str = "m-1") -> Fiscalise:
        kind: CashMoveType = "add_to_float" if direction == "in" else "cash_pull"
        move = CashMove(name, kind, direction, amount, "BGN", "bg", "", CASHIER, "main")
        return Fiscalise(name, name, move=move, before=self.before)

    def report(self, kind: Literal["x_report", "shift_report"] = "shift_report", name: str = "z-1") -> Fiscalise:
        report = Report(name, kind, "1", 1, 0, "BGN", "bg", CASHIER, NOTHING, "")
        return Fiscalise(name, name, report=report, before=self.before)

    def kick(self, pulse_ms: int = 100, ttl: float = 4.0, drawer: str = "main") -> Kick:
        return Kick(drawer, pulse_ms, int((self.clock.monotonic() + ttl) * 1000))

    def slip(self, job_id: str = "K7Q2", copy_no: int = 0, document: str = "doc", kick: Kick | None = None) -> Print:
        return Print(document, job_id, PAPER, copy_no=copy_no, kick=kick)

    def give(self, till: DatecsRegister, order: Fiscalise) -> Event:
        """Let it be made; a stamp is kept as the journal keeps it."""
        return self._keep(till.fiscalise(order))

    def ask(self, till: DatecsRegister, order: Fiscalise) -> Event:
        return self._keep(till.ask(order))

    def _keep(self, outcome: Event) -> Event:
        if isinstance(outcome, ReceiptFiscalised):
            self.before = outcome.stamp
        return outcome

    # --- time and wire ----------------------------------------------------------------------------------------------

    def utc_ms(self) -> int:
        return int(START.timestamp() * 1000) + int((self.clock.monotonic() - 100 + self.clock_is_ahead_s) * 1000)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.device.run_until(self.clock.monotonic())

    def at(self, after: float, action: Callable[[], object]) -> None:
        """Call `action` when the device's time gets there."""
        due = self.clock.monotonic() + after
        run_until, next_change = self.device.run_until, self.device.next_change
        done: list[bool] = []

        def later(now: float) -> None:
            if now >= due and not done:
                done.append(True)
                run_until(due)
                action()
            run_until(now)

        def sooner() -> float | None:
            change = next_change()
            return change if done else due if change is None else min(change, due)

        self.device.run_until = later  # type: ignore[method-assign]  # a hand at the device
        self.device.next_change = sooner  # type: ignore[method-assign]  # a hand at the device

    def by_hand(self, *orders: Command) -> None:
        """Another program gives the device orders, under numbers of its own."""
        for seq, order in enumerate(orders):
            self.device.accept(self.settings.dialect.envelope.request(0x70 + seq, order.number, order.data))
            self.pass_time(3)
            self.device.output()

    @property
    def speak(self) -> Language:
        """The device's words, for another program."""
        return language(self.settings.dialect)

    @property
    def operator(self) -> Operator:
        return Operator(1, self.settings.dialect.password)

    def sold_by_hand(self, price: int = 100, *, paid: bool = True, closed: bool = True, plu: int = 9_999) -> None:
        """Another program sells one piece; `paid`, `closed`: so far."""
        item = Item("X", self.settings.taxes["a"], price, plu=plu)
        orders = [self.speak.program_item(self.operator, item)] if self.settings.dialect.programmed_items else []
        orders += [self.speak.open_sale(self.operator), self.speak.sale(item)]
        orders += [self.speak.payment(self.settings.dialect.payments["cash"], price)] if paid else []
        orders += [self.speak.close_sale()] if paid and closed else []
        self.by_hand(*orders)

    def loses_power_after(self, order: bytes, seconds: float) -> None:
        """For so long, once, right after it has carried out the next frame that holds `order`."""
        begun = len(self.wire)

        def watch(_: int, data: bytes) -> None:
            self.wire.extend(data)
            frame = bytes(self.wire[self.wire.rfind(b"\x01") :])
            if len(self.wire) > begun and order in frame and frame.endswith(b"\x03"):
                self.port.on_bytes = lambda _, more: self.wire.extend(more)
                self.device.power_off()
                self.at(seconds, self.device.power_on)
                self.blinks += 1

        self.port.on_bytes = watch

    def told(self) -> list[PrinterEvent]:
        """What was reported of the device's condition."""
        return [event for event in self.events if isinstance(event, PrinterEvent)]


def stamped(event: Event) -> FiscalStamp:
    assert isinstance(event, ReceiptFiscalised), event
    return event.stamp
