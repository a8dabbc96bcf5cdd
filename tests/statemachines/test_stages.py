"""The stages of a document with each kind of fiscaliser: what is ordered, what is durable before it, what is certain.

The kinds are stubs with their own memory: a cloud register (K1), a hardware fiscal printer (K2), a LAN register (K3,
by id and by totals), and none (K4). What fails in the middle of an exchange is the business of test_fiscal_doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from firmware_bridge.core import Batch, TillCore
from statemachines.vocabulary.commands import (
    CloseShift,
    Command,
    MoveCash,
    OpenShift,
    Sell,
    TakeXReport,
)
from statemachines.vocabulary.effects import Ask, DrainStep, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    Event,
    PrinterReady,
    ReceiptFiscalised,
    SaleCompleted,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import Payment, Receipt
from tests.support.counting_fiscalisers import HardwarePrinter
from tests.support.fiscal_till import FiscalTill, PlainPrinter
from tests.support.fiscalisers import (
    Fiscaliser,
    LanRegister,
    Printed,
)
from tests.support.kinds import KINDS, cash
from tests.support.rules import CASHIER, NOON, OneLinePaper, cash_move, every, names, only, sale, shop

KickAt = Literal["accepted", "fiscalised", "printed"]


# --- durable commits --------------------------------------------------------------------------------------------------


@dataclass
class HandClock:
    """Implements `TillClock`: it stands still."""

    ms: int = 5_000_000

    def monotonic(self) -> float:
        return self.ms / 1000

    def utc_ms(self) -> int:
        return NOON + self.ms


@dataclass
class Commits:
    """The till's core with its devices; `batches` are the commits, each with what it made durable."""

    fiscaliser: Fiscaliser
    printer: PlainPrinter = field(default_factory=PlainPrinter)
    batches: list[Batch] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = shop(traits=self.fiscaliser.traits)
        self.core = TillCore(settings, OneLinePaper(), HandClock(), "UAH")
        self.core.started("till-1", "boot", "1.0")
        self.core.take(PrinterReady(counters=Counters(100, 5000)))
        self.do(OpenShift("shift-1", CASHIER, 10_000))

    def do(self, command: Command) -> None:
        """Carry it out to the end; one commit for each answer of a device that needs one."""
        self.batches = []
        assert self.core.accept(command, bytes(32)) is None
        orders = self._commit()
        while orders:
            effect = orders.pop(0)
            if isinstance(effect, SignOut | DrainStep):
                continue
            asked = effect.intention if isinstance(effect, Ask) else effect
            device = self.fiscaliser if isinstance(asked, Fiscalise) else self.printer
            for event in device.serve(effect):
                self.core.take(event)
            orders += self._commit()

    def _commit(self) -> list[Effect]:
        batch = self.core.cut()
        if batch.entries:
            self.batches.append(batch)
        return list(batch.effects)

    def facts(self) -> list[list[str]]:
        """Commit by commit, the names of its durable events and intentions."""
        found = []
        for batch in self.batches:
            records = [entry.record for entry in batch.entries]
            bare = [record.event if hasattr(record, "event") else record for record in records]
            found.append([type(one).__name__ for one in bare if not isinstance(one, Event) or one.DURABLE])
        return found


STAGES = {
    "K1 cloud": [
        ["SaleRequested", "Fiscalise"],
        ["ReceiptFiscalised", "SaleCompleted", "DrawerOpenRequested", "Print"],
        ["SaleSettled", "ReceiptPrinted"],  # the drawer was shut while the paper came
    ],
    "K2 hardware printer": [["SaleRequested", "Fiscalise"], ["ReceiptFiscalised", "SaleCompleted"]],
    "K3 LAN register": [["SaleRequested", "Fiscalise"], ["ReceiptFiscalised", "SaleCompleted", "DrawerOpenRequested"]],
    "K3 by totals": [["SaleRequested", "Fiscalise"], ["ReceiptFiscalised", "SaleCompleted", "DrawerOpenRequested"]],
    "K4 none": [["SaleRequested", "DrawerOpenRequested", "Print"], ["ReceiptPrinted", "SaleCompleted", "SaleSettled"]],
}


def _served(facts: list[list[str]]) -> list[list[str]]:
    """The commits before the customer is served: that the drawer was shut afterwards keeps nobody waiting."""
    return [commit for commit in facts if commit != ["SaleSettled"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sale_takes_one_commit_and_one_more_for_each_stage(kind: str) -> None:
    commits = Commits(KINDS[kind]())
    commits.do(cash())
    assert _served(commits.facts()) == STAGES[kind]
    assert len(STAGES[kind]) == {"K1": 3, "K2": 2, "K3": 2, "K4": 2}[kind[:2]]


@pytest.mark.parametrize("kind", KINDS)
def test_no_intention_leaves_before_it_is_durable(kind: str) -> None:
    commits = Commits(KINDS[kind]())
    for command in (cash(), MoveCash("m-1", CASHIER, cash_move()), CloseShift("z-1", CASHIER, "en")):
        commits.do(command)
        for batch in commits.batches:
            intended = [effect for effect in batch.effects if isinstance(effect, Print | Fiscalise)]
            assert [effect for effect in intended if effect not in [entry.record for entry in batch.entries]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_paper_shows_a_number_that_the_journal_does_not_know(kind: str) -> None:
    """The stamp is durable in the commit from which the print job leaves, or before it."""
    commits = Commits(KINDS[kind]())
    commits.do(cash())
    known = not commits.fiscaliser.traits.registers
    for names_of, batch in zip(commits.facts(), commits.batches, strict=True):
        known = known or "ReceiptFiscalised" in names_of
        assert known or not every(batch.effects, Print)


# --- events and effects -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "orders"),
    [
        ("K1 cloud", [Fiscalise, Print]),
        ("K2 hardware printer", [Fiscalise]),
        ("K3 LAN register", [Fiscalise, Kick]),
        ("K3 by totals", [Fiscalise, Kick]),
        ("K4 none", [Print]),
    ],
)
def test_the_orders_of_a_cash_sale_are_those_of_the_kind(kind: str, orders: list[type[Effect]]) -> None:
    till = FiscalTill(KINDS[kind]())
    till.do(cash())
    assert [type(effect) for effect in till.served] == orders
    assert till.pulses == 1
    assert till.bench.rules.state.shift.expected_cash == 11_250
    assert not till.bench.rules.state.documents


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "K4 none"])
def test_every_document_of_a_day_is_in_the_fiscalisers_books(kind: str) -> None:
    till = FiscalTill(KINDS[kind]())
    till.do(cash())
    till.do(MoveCash("m-1", CASHIER, cash_move("m-1", "out")))
    till.do(TakeXReport("x-1", CASHIER, "en"))
    till.do(CloseShift("z-1", CASHIER, "en"))
    assert [entry.kind for entry in till.fiscaliser.books.documents] == ["opening", "sale", "out", "x", "z"]
    assert till.fiscaliser.books.cash == 10_000 + 1250 - 500
    assert (till.bench.rules.state.shift.state, till.bench.rules.state.closing.state) == ("closed", "idle")
    assert isinstance(till.served[-1], SignOut)
    assert not till.bench.rules.state.documents


def _stages_with_a_pulse(kind: str, kick_at: KickAt) -> list[str]:
    """After which fact the pulse was ordered: alone, or as the first bytes of the job."""
    fiscaliser = KINDS[kind]()
    till = FiscalTill(fiscaliser, settings=shop(traits=fiscaliser.traits, kick_at=kick_at))
    found: list[str] = []
    done = till.bench.do(cash())
    while done.events:
        kicks = every(done.effects, Kick) + [job.kick for job in every(done.effects, Print) if job.kick is not None]
        found += [names(done)[0]] * len(kicks)
        orders = [effect for effect in done.effects if not isinstance(effect, Kick)]
        if not orders:
            break
        device = fiscaliser if isinstance(orders[0], Fiscalise) else till.printer
        done = till.bench.run(device.serve(orders[0])[-1])
    return found


@pytest.mark.parametrize(
    ("kind", "kick_at", "after"),
    [
        ("K1 cloud", "accepted", "SaleRequested"),
        ("K1 cloud", "fiscalised", "ReceiptFiscalised"),
        ("K1 cloud", "printed", "ReceiptPrinted"),
        ("K3 LAN register", "accepted", "SaleRequested"),
        ("K3 LAN register", "fiscalised", "ReceiptFiscalised"),
        ("K3 LAN register", "printed", "ReceiptFiscalised"),
        ("K4 none", "accepted", "SaleRequested"),
        ("K4 none", "fiscalised", "SaleRequested"),
        ("K4 none", "printed", "ReceiptPrinted"),
    ],
)
def test_the_drawer_is_pulsed_once_at_the_shops_point(kind: str, kick_at: KickAt, after: str) -> None:
    assert _stages_with_a_pulse(kind, kick_at) == [after]


@pytest.mark.parametrize("kick_at", ["fiscalised", "printed"])
def test_a_fiscaliser_that_opens_the_drawer_itself_is_not_helped(kick_at: KickAt) -> None:
    assert _stages_with_a_pulse("K2 hardware printer", kick_at) == []


@pytest.mark.parametrize(
    ("printed", "state", "orders"),
    [
        ("yes", "paper_out", [Kick]),
        ("no", "paper_missing", [Kick]),
        ("unknown", "print_doubt", [Kick, Ask]),
        ("not_mine", "printing", [Print]),
    ],
)
def test_what_the_fiscaliser_printed_decides_the_paper_and_never_the_sale(
    printed: Printed, state: str, orders: list[type[Effect]]
) -> None:
    till = FiscalTill(LanRegister(printed))
    order = only(till.bench.do(cash()).effects, Fiscalise)
    done = till.bench.run(only(till.fiscaliser.serve(order), ReceiptFiscalised))
    assert only(done.events, SaleCompleted).cash_due == 1250
    assert {type(effect) for effect in done.effects} == set(orders)
    assert len(done.effects) == len(orders)
    assert till.bench.document().state == state


def test_a_register_without_paper_says_so_and_the_next_sale_is_made() -> None:
    hardware = HardwarePrinter()
    till = FiscalTill(hardware)
    hardware.paper = False
    till.do(cash())
    assert only(till.about("s-1", ReceiptFiscalised), ReceiptFiscalised).printed == "no"
    hardware.paper = True
    till.do(cash("s-2"))
    assert hardware.books.count("sale") == 2


def split_payment() -> Receipt:
    """Card 3.00 first, cash takes the rest: 9.50 of 20.00 handed over."""
    one = sale("s-1", cash=950, card=300, given=2000)
    return replace(one, payments=(Payment("card", 300), Payment("cash", 950, 2000)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_split_payment_tells_cash_change_and_card_apart(kind: str) -> None:
    till = FiscalTill(KINDS[kind]())
    till.do(Sell("s-1", CASHIER, split_payment()))
    completed = only(till.about("s-1", SaleCompleted), SaleCompleted)
    assert (completed.cash_due, completed.cash_given, completed.change) == (950, 2000, 1050)
    assert [(paid.type, paid.amount) for paid in completed.non_cash] == [("card", 300)]
