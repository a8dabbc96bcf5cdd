"""What stands beside the till in the soak: a printer and a fiscaliser of any kind, which know what really happened.

They answer no more than such devices can know, fail at random, and write every paper, every fiscal document and every
card payment into the model of the money. `honest`: from then on nothing fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    Declined,
    DrawerKicked,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    HandedOver,
    PrintDoubtful,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.traits import FiscaliserTraits
from tests.support.money_model import Money, hold

Choose = Callable[[Sequence[Any]], Any]


@dataclass(slots=True)
class Side:
    """Both devices. `mailbox`: orders on their way."""

    traits: FiscaliserTraits
    money: Money
    choose: Choose
    mailbox: list[Effect] = field(default_factory=list)
    honest: bool = False
    done: set[str] = field(default_factory=set)
    books: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)
    balance: int = 0
    cuts: int = 100

    def pick(self, options: Sequence[Any]) -> Any:
        """One of these; the first is what happens when nothing fails."""
        return options[0] if self.honest else self.choose(options)

    def serve(self) -> list[Event]:
        """Carry out the oldest order; what the till hears of it."""
        effect = self.mailbox.pop(0)
        match effect:
            case Print():
                return self._print(effect)
            case Ask(intention=Print() as job):
                return [self._look_for(job)]
            case Ask(intention=Fiscalise() as order):
                return self._look_up(order)
            case Fiscalise():
                return self._fiscalise(effect)
            case Kick():
                return [DrawerKicked(effect.drawer_id, effect.attempt)]
            case SignOut():
                return []
        raise TypeError(f"no device takes {effect}")

    def lose_power(self) -> None:
        """The till goes out: its orders were carried out or not, and nobody hears of it."""
        for effect in self.mailbox:
            if isinstance(effect, Print) and self.choose([False, False, True]):
                self._comes_out(effect)
            elif isinstance(effect, Fiscalise) and self.choose([False, True]):
                self._make_unheard(effect)
        self.mailbox.clear()

    def _make_unheard(self, order: Fiscalise) -> None:
        if self._may_make(order) and not self.traits.takes_orders:
            self._make(order)

    # --- the printer --------------------------------------------------------------------------------------------

    def _comes_out(self, job: Print) -> None:
        self.money.paper(job.document_id, job.copy_no)
        self.done.add(job.job_id)
        self.cuts += job.cuts

    def _print(self, job: Print) -> list[Event]:
        name, job_id = job.document_id, job.job_id
        what = self.pick(["printed"] * 5 + ["refused", "outdated", "answer lost", "fragment", "nothing came out"])
        if what == "refused":
            return [PrintRefused(name, job_id, "the cover is open")]
        if what == "outdated":
            return [PrintOutdated(name, job_id, Counters(self.cuts, 5000))]
        kicked: list[Event] = [DrawerKicked(job.kick.drawer_id, job.kick.attempt)] if job.kick is not None else []
        if what in ("printed", "answer lost"):
            self._comes_out(job)
        if what == "printed":
            return [*kicked, ReceiptPrinted(name, job_id, "process_id", Counters(self.cuts, 5000))]
        end_sent = self.pick([None, True] if what == "answer lost" else [None, True, False])
        return [*kicked, PrintDoubtful(name, job_id, "no answer", end_sent)]

    def _look_for(self, job: Print) -> Event:
        name, job_id = job.document_id, job.job_id
        what = self.pick(["tells", "tells", "lost its power", "later", "a person"])
        if what == "tells" and job_id in self.done:
            return ReceiptPrinted(name, job_id, "odometer", Counters(self.cuts, 5000))
        if what in ("tells", "lost its power"):
            return PrintFoundMissing(name, job_id, what == "tells", self.pick([True, False]), "the knife did not cut")
        return PrintUnresolved(name, job_id, "it cannot tell", person_needed=what == "a person")

    # --- the fiscaliser -----------------------------------------------------------------------------------------

    def _may_make(self, order: Fiscalise) -> bool:
        closes = order.report is not None and order.report.kind == "shift_report"
        return not (closes and self.traits.empties_at_close and self.balance > 0)

    def _make(self, order: Fiscalise) -> None:
        """It is in the books now. Only who is told our id can see that it was there before."""
        if self.traits.lookup == "our_id" and order.fiscal_doc_id in self.ids:
            return
        self.money.file(order.document_id)
        self.ids.add(order.fiscal_doc_id)
        self.books.append(order.document_id)
        self._charge(order)
        if order.opening is not None and not self.traits.carries_balance:
            self.balance = order.opening.float_amount
        self.balance += self.cash_of(order)

    @staticmethod
    def cash_of(order: Fiscalise) -> int:
        """What its content says of cash, signed."""
        if order.move is not None:
            return {"in": order.move.amount, "out": -order.move.amount, "none": 0}[order.move.direction]
        if order.receipt is None:
            return 0
        cash = sum(payment.amount for payment in order.receipt.payments if payment.type == "cash")
        return cash if order.receipt.kind == "sale" else -cash

    def _charge(self, order: Fiscalise) -> bool:
        payments = order.receipt.payments if order.receipt is not None else ()
        ours = [payment for payment in payments if payment.collected == "by_device"]
        if ours:
            self.money.charge(order.document_id)
        return bool(ours)

    def _fiscalise(self, order: Fiscalise) -> list[Event]:
        name = order.document_id
        if self.traits.takes_orders:
            return [HandedOver(name, "another register")]
        if self.traits.lookup == "our_id" and order.fiscal_doc_id in self.ids:
            return [self._made(name)]
        what = self.pick(["made"] * 5 + ["refused", "charged", "declined", "answer lost", "never arrived"])
        if what == "refused" or not self._may_make(order):
            return [FiscalisationRefused(name, "the register says no")]
        if what == "charged" and self.traits.collects_card and order.receipt is not None:
            return [FiscalisationRefused(name, "no document, but the card is charged", charged=self._charge(order))]
        if what == "declined" and self.traits.collects_card and self.money.charged[name] == 0:
            return [Declined(name, "the card was refused")]
        if what != "never arrived":
            self._make(order)
        return [self._made(name)] if what == "made" else [FiscalisationDoubtful(name, "no answer")]

    def _made(self, name: str) -> ReceiptFiscalised:
        balance = self.balance if self.traits.carries_balance else None
        stamp = FiscalStamp("register", "1", "today", register="3000456", balance=balance)
        printed: Literal["yes", "no", "unknown", "not_mine"] = "not_mine"
        if self.traits.prints:
            printed = self.pick(["yes", "yes", "no", "unknown"])
            if printed == "yes":
                self.money.paper(name, 0)
            elif printed == "unknown":
                self.untold.add(name)
        return ReceiptFiscalised(name, stamp, printed, kicked=self.traits.kicks)

    def _look_up(self, order: Fiscalise) -> list[Event]:
        name = order.document_id
        if name in self.untold:
            sure = self.pick([True, False])
            return [
                ReceiptPrinted(name, "", "read_back")
                if sure
                else PrintUnresolved(name, "", "it does not tell", person_needed=self.pick([True, False]))
            ]
        if self.pick([False, False, False, True]):
            return [FiscalisationDoubtful(name, "still no answer")]
        if self.traits.lookup == "none":
            return [FiscalisationDoubtful(name, "it cannot be asked", person_needed=True)]
        found = order.fiscal_doc_id in self.ids if self.traits.lookup == "our_id" else self.books[-1:] == [name]
        if found:
            return [self._made(name)]
        hold(not self.money.filed[name], f"{name} is filed, and the register was asked too late to find it")
        return [FiscalisationUnknown(name)]
