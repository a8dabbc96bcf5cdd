"""The soak's day: shifts, drawers' days, counts, and people who look at what is in doubt."""

from __future__ import annotations

from collections.abc import Iterator

from statemachines.document import Document
from statemachines.vocabulary.commands import (
    ActivateDrawer,
    AskRecount,
    AssignCashiers,
    CallOffClosing,
    CancelCount,
    CloseShift,
    DeactivateDrawer,
    OpenShift,
    RecordCount,
    ResolveDoubt,
    RetryFiscalisation,
    StartCount,
    SubmitCount,
)
from statemachines.vocabulary.day_events import CountRecorded, ShiftFoundClosed
from statemachines.vocabulary.events import Verdict
from statemachines.vocabulary.receipt import Person
from tests.support.money_model import hold
from tests.support.rules import CASHIER, every
from tests.support.soak_till import Till

OTHER = Person("c-2", "Taras", "cashier")


class Day(Till):
    """Every public method is a step."""

    def _drawer(self) -> str:
        return str(self.choose(list(self.settings.drawers)))

    def open_shift(self) -> None:
        name = self.name("shift")
        floats = {drawer: self.choose([0, 1_000, 10_000]) for drawer in self.settings.drawers}
        command = OpenShift(name, CASHIER, 0, tuple(floats.items()), self.choose([None, CASHIER]))
        if isinstance(self.bench.decide(command), tuple):
            self.openings[name] = floats
            if not self.settings.traits.registers or self.settings.traits.takes_orders:
                self.begin_shift(name)
            self.do(command)

    def close_shift(self) -> None:
        command = CloseShift(self.name("z"), CASHIER, "en")
        if isinstance(self.bench.decide(command), tuple):
            self.money.closing = True
            self.do(command)

    def call_off(self) -> None:
        if self.do(CallOffClosing(self.name("k"), CASHIER, "customers came")):
            self.money.closing = False

    def found_closed(self) -> None:
        """The register closed its day by itself, at a moment when nothing is on its way to it."""
        busy = any(doc.state in ("fiscalising", "fiscal_doubt") for doc in self.state.documents.values())
        if self.money.shift is not None and not busy and self.settings.traits.registers and self.choose([True, False]):
            self.money.close_shift()
            self.money.closing = False
            self.hear(ShiftFoundClosed(self.state.shift.shift_id, "the register at midnight"))

    def day(self) -> None:
        drawer = self._drawer()
        if drawer in self.money.days:
            if self.do(DeactivateDrawer(self.name("d"), CASHIER, drawer)):
                self.money.close_day(drawer)
            return
        amount, cashiers = self.choose([0, 2_000]), self.choose([(), (), (OTHER.id,), (CASHIER.id,)])
        if self.do(ActivateDrawer(self.name("a"), CASHIER, drawer, amount, cashiers)):
            self.money.open_day(drawer, amount)

    def assign(self) -> None:
        cashiers = self.choose([(), (), (OTHER.id,), (CASHIER.id, OTHER.id)])
        self.do(AssignCashiers(self.name("b"), CASHIER, self._drawer(), cashiers))

    def count(self, drawer: str = "") -> None:
        drawer, reason = drawer or self._drawer(), self.choose(["end_of_day_balance", "intra_day_balance"])
        command = StartCount(self.name("n"), CASHIER, drawer, "end_of_day_balance" if self.side.honest else reason)
        if self.do(command):
            going = [d.name for d in self.money.deals.values() if d.fate == "open" and d.cash and d.drawer == drawer]
            hold(not [name for name in going if not self.money.deals[name].ours], f"a count with drafts: {going}")
            self.money.counting.add(drawer)
            self.money.counted.discard(drawer)

    def counting(self) -> None:
        for count in [c for c in self.state.counts.values() if c.drawer_id in self.money.counting]:
            hold(count.drawer_id in self.money.days, f"the count of {count.drawer_id} outlives its drawer's day")
            match self.side.pick(["record", "record", "recount", "cancel"]) if count.state != "recorded" else "submit":
                case "record":
                    self._record(count.count_id, count.drawer_id)
                case "recount":
                    self.do(AskRecount(self.name("q"), CASHIER, count.count_id))
                case "cancel":
                    self.money.counting.discard(count.drawer_id)
                    self.do(CancelCount(self.name("q"), CASHIER, count.count_id, "called away"))
                case _:
                    self.money.counting.discard(count.drawer_id)
                    if count.reason == "end_of_day_balance":
                        self.money.counted.add(count.drawer_id)
                    self.do(SubmitCount(self.name("q"), CASHIER, count.count_id))

    def _record(self, count_id: str, drawer: str) -> None:
        lies_there = self.money.days[drawer] + self.choose([0, 0, 7, -300])
        if self.do(RecordCount(self.name("q"), CASHIER, count_id, max(0, lies_there))):
            said = every(self.bench.records[-3:], CountRecorded)[-1]
            difference = max(0, lies_there) - self.money.days[drawer]
            hold(said.difference == difference, f"a count of {drawer} is off by {difference}, not {said.difference}")

    # --- people who look ----------------------------------------------------------------------------------------

    def person(self) -> None:
        for document in [doc for doc in list(self.state.documents.values()) if doc.person_needed]:
            self.answer(document)

    def answer(self, document: Document) -> None:
        """Somebody looks, and tells what is there."""
        name, money = document.document_id, self.money
        if document.state == "paid_unfiscalised":
            if self.side.pick([False, True, True]) and self.do(RetryFiscalisation(self.name("t"), CASHIER, name)):
                return
            self._resolve(name, self.side.pick(["refunded", "refunded", "abandoned"]))
        elif document.state == "fiscal_doubt":
            if (
                name not in self.openings
                and not name.startswith("z-")
                and not self.side.honest
                and self.choose([0, 0, 1])
            ):
                self._resolve(name, "abandoned")
            else:
                self._resolve(name, "fiscalised" if money.filed[name] else "not_fiscalised")
        elif document.state == "print_doubt":
            self._resolve(name, "printed" if money.papers[name, 0] else "not_printed")

    def _resolve(self, name: str, verdict: Verdict) -> None:
        command = ResolveDoubt(self.name("v"), CASHIER, name, verdict, "I looked")
        deal = self.money.deals.get(name)
        if not isinstance(self.bench.decide(command), tuple):
            return
        stays_paid = deal is not None and (deal.paid_elsewhere or self.money.charged[name])
        if verdict in ("fiscalised", "printed") or name in self._on_paper():
            self.happened(name)
        elif verdict == "abandoned":
            self.money.off(name, "given_up")
        elif verdict == "refunded" or not stays_paid:
            self.money.off(name)
        self.do(command)

    def _on_paper(self) -> Iterator[str]:
        """What is only a question of paper: its money is certain whichever way."""
        return (name for name, doc in self.state.documents.items() if doc.state == "print_doubt")
