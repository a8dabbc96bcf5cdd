"""One till between its devices and the model of the money: what is told to it is booked in both, and compared."""

from __future__ import annotations

from firmware_bridge import snapshot
from statemachines.rules import Consequences, Rules
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.commands import Command, Refusal
from statemachines.vocabulary.effects import Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    CashMoveRequested,
    Declined,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    HandedOver,
    PrintDoubtful,
    PrintFoundMissing,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    ReportRequested,
)
from statemachines.vocabulary.receipt import Person
from tests.support.cash_book import CashBook
from tests.support.money_model import Deal, Money, hold
from tests.support.rules import TILL, Bench, every, replayed
from tests.support.soak_devices import Choose, Side

MOST_SENDS = 5


class Till:
    """The rules, their devices and the model. `book` is called before the rules hear of anything, `cash_book` reads
    along what they write."""

    def __init__(self, settings: RuleSettings, choose: Choose) -> None:
        self.settings = settings
        self.choose = choose
        self.bench = Bench(settings, ready=False, shift=False)
        self.money = Money()
        self.side = Side(settings.traits, self.money, choose)
        self.jobs: dict[str, list[str]] = {}
        self.marked: set[str] = set()
        self.doubted: set[str] = set()
        self.openings: dict[str, dict[str, int]] = {}
        self.reports: dict[str, bool] = {}
        self.copies: set[str] = set()
        self.kept = (0, snapshot.encode(self.state))
        self.commits: list[tuple[int, bool]] = [(len(self.bench.records), True)]
        self.counter = 0
        self.cash_book = CashBook()

    @property
    def state(self) -> TillState:
        return self.bench.rules.state

    def name(self, kind: str) -> str:
        self.counter += 1
        return f"{kind}-{self.counter}"

    # --- what the till hears ------------------------------------------------------------------------------------

    def do(self, command: Command) -> bool:
        """Give a command; False when it is refused."""
        decision = self.bench.decide(command)
        if isinstance(decision, Refusal):
            return False
        for event in decision:
            self.hear(event, command.actor, command.command_id)
        return True

    def hear(self, event: Event, actor: Person = TILL, cause: str = "") -> None:
        self.book(event)
        self.took(self.bench.run(event, actor, cause))

    def took(self, done: Consequences) -> None:
        """Orders leave for the devices; what the rules have planned by themselves is held against the model."""
        durable = bool(done.intentions) or any(item.event.DURABLE for item in done.events)
        self.commits.append((len(self.bench.records), durable))
        for effect in done.effects:
            if isinstance(effect, Fiscalise):
                self._ordered(effect.document_id, effect)
            elif isinstance(effect, Print):
                self._ordered(effect.document_id, None)
                self._print_ordered(effect)
            elif isinstance(effect, Kick):
                self._kick_ordered(effect)
        self.side.mailbox += done.effects
        self.cash_book.read(done.events)

    def _print_ordered(self, job: Print) -> None:
        name = job.document_id
        hold(job.copy_no or not self.money.papers[name, 0], f"{name} is to be printed unmarked a second time")
        if job.job_id in self.state.copies:
            self.copies.add(job.job_id)
            return
        jobs = self.jobs.setdefault(name, [])
        if job.job_id not in jobs:
            jobs.append(job.job_id)
        if job.copy_no:
            self.marked.add(name)
        if job.kick is not None:
            hold(name not in self.doubted, f"{name} opens the drawer after a doubt")

    def _kick_ordered(self, kick: Kick) -> None:
        cause = self.state.drawers[kick.drawer_id].cause.id
        hold(kick.attempt > 1 or cause not in self.doubted, f"{cause} opens the drawer after a doubt")

    def _ordered(self, name: str, order: Fiscalise | None) -> None:
        """The first order for what the rules ask for themselves: float, collection, Z."""
        money, shift = self.money, self.money.shift
        if name in money.deals or name in self.reports:
            return
        if name.endswith(":float") and shift is not None:
            money.accept(Deal(name, "move", cash=sum(self.openings[name[:-6]].values()) - shift.start, ours=True))
        elif name.endswith(":removal") and shift is not None:
            money.accept(Deal(name, "move", cash=-shift.expected, ours=True))
        elif name.startswith("z-"):
            self.reports[name] = False
            hold(money.closing, "a Z report outside a closing")
            hold(not money.drafts, f"a Z report with drafts: {money.drafts}")
            hold(not money.counting, f"a Z report during a count: {money.counting}")
            if self.settings.count_at_close == "required":
                hold(set(money.days) <= money.counted, "a Z report without the counts that the shop demands")
            if order is None:
                self.happened(name)
            elif order.report is not None and shift is not None:
                hold(order.report.totals.expected_cash == shift.expected, "the Z report's cash is not the model's")
        if order is not None and name in money.deals:
            hold(self.side.cash_of(order) == money.deals[name].cash, f"the cash of {name} is not what was asked for")

    # --- booking what devices and people say --------------------------------------------------------------------

    def book(self, event: Event) -> None:
        """Before the till hears it: what it means for the money."""
        match event:
            case ReceiptFiscalised(document_id=name):
                self.happened(name, event.stamp.balance)
            case FiscalisationRefused(document_id=name) | Declined(document_id=name):
                deal = self.money.deals.get(name)
                if deal is not None and not deal.paid_elsewhere and not self.money.charged[name]:
                    self.money.off(name)
            case HandedOver(document_id=name):
                self.money.off(name)
            case FiscalisationDoubtful(document_id=name):
                self.doubted.add(name)
            case ReceiptPrinted() | PrintRefused() | PrintDoubtful() | PrintFoundMissing() | PrintUnresolved():
                if event.job_id not in self.copies and self.jobs.get(event.document_id, [""])[-1] == event.job_id:
                    self._book_paper(event.document_id, event)

    def _book_paper(self, name: str, event: Event) -> None:
        """Without a fiscaliser the paper decides. What nobody can tell about happened: its money was taken."""
        match event:
            case ReceiptPrinted() | PrintUnresolved(person_needed=True):
                self.money.certain(name)
            case PrintDoubtful():
                self.doubted.add(name)
            case PrintRefused():
                deal = self.money.deals.get(name)
                paid = deal is not None and deal.paid_elsewhere
                keeps = self.settings.unprinted_sale == "keep" or name in self.marked
                if paid or keeps:
                    self.money.certain(name)
                else:
                    self.money.off(name)
            case PrintFoundMissing(proven=proven):
                again = len(self.jobs[name]) < MOST_SENDS and (proven or self.settings.after_power_loss == "copy")
                if not again:
                    self.money.certain(name)

    def happened(self, name: str, balance: int | None = None) -> None:
        """The fiscaliser has it: a deal, a shift's opening, a Z report."""
        if name in self.openings:
            self.begin_shift(name, balance)
        elif name in self.reports:
            if not self.reports[name]:
                self._shift_over()
            self.reports[name] = True
        else:
            self.money.certain(name)

    def begin_shift(self, name: str, balance: int | None = None) -> None:
        floats = self.openings[name]
        self.money.open_shift(sum(floats.values()) if balance is None else balance)
        if self.settings.drawer_day == "with_shift":
            for drawer in self.settings.drawers:
                if drawer in self.money.held:
                    self.money.close_day(drawer)
                if drawer not in self.money.days:
                    self.money.open_day(drawer, floats.get(drawer, 0))

    def _shift_over(self) -> None:
        self.money.close_shift()
        if self.money.closing and self.settings.drawer_day == "with_shift":
            self.money.close_days()
        self.money.closing = False

    # --- power --------------------------------------------------------------------------------------------------

    def power_cut(self) -> None:
        """What was not committed yet is lost, with whatever was on its way."""
        self.same_from_records()
        if self.choose([True, False]):
            while self.commits and not self.commits[-1][1]:
                self.commits.pop()
            del self.bench.records[self.commits[-1][0] :]
            self.cash_book = CashBook().read(self.bench.records)
            if self.kept[0] > len(self.bench.records):
                self.kept = (len(self.bench.records), snapshot.encode(self._replayed()))
        self.side.lose_power()
        name_doubt = [d for d, doc in self._replayed().documents.items() if doc.state in ("fiscalising", "printing")]
        self.doubted.update(name_doubt)
        started = self.bench.restart()
        self._only_begins_anew(started)
        self.took(started)

    def _only_begins_anew(self, started: Consequences) -> None:
        """A start repeats nothing. A closing that goes on may ask for its removal or its Z then, for the first time."""
        moves, reports = every(started.events, CashMoveRequested), every(started.events, ReportRequested)
        fresh = {one.document_id for one in (*moves, *reports)}
        for kick in every(started.effects, Kick):
            hold(self.state.drawers[kick.drawer_id].cause.id in fresh, "a start opened the drawer")
        hold({job.document_id for job in every(started.effects, Print)} <= fresh, "a start printed")

    def _replayed(self) -> TillState:
        return replayed(self.bench.records, self.settings).state

    def same_from_records(self) -> None:
        """The live state is what the records say, and what a snapshot and the rest of them say."""
        hold(self._replayed() == self.state, "the records tell another state than the live one")
        at, body = self.kept
        state = snapshot.decode(body)
        hold(state is not None, "the snapshot cannot be read")
        rules = Rules(self.settings, self.bench.rules.composer, state)
        for record in self.bench.records[at:]:
            rules.replay(record)
        hold(rules.state == self.state, "snapshot and rest tell another state than the live one")
        self.kept = (len(self.bench.records), snapshot.encode(self.state))

    # --- after every step ---------------------------------------------------------------------------------------

    def check(self) -> None:
        state, money = self.state, self.money
        shift = money.shift
        standing = state.shift.state not in ("closed", "refused", "opening", "opening_doubt")
        hold(standing == (shift is not None), f"the shift is {state.shift.state}, and the fiscaliser's is not")
        if shift is not None:
            totals = state.shift.totals
            hold(totals.expected_cash == shift.expected, f"shift: {totals.expected_cash} for {shift.expected}")
            hold(totals.sales.total == shift.sales, "the shift's sales are not the model's")
            hold(totals.returns.total == shift.returns, "the shift's returns are not the model's")
            cards = [
                sum(p.amount for p in turn.payments if p.type == "card") for turn in (totals.sales, totals.returns)
            ]
            hold(cards == [shift.card_sold, shift.card_returned], "the shift's card money is not the model's")
        for drawer, day in state.days.items():
            hold((day.state != "inactive") == (drawer in money.days), f"drawer {drawer} is {day.state}")
            expected = money.days.get(drawer, day.expected)
            hold(day.expected == expected, f"drawer {drawer}: {day.expected} for {expected}")
            told = self.cash_book.sums.get(day.day_id, 0) if day.day_id else day.expected
            hold(day.expected == told, f"drawer {drawer}: {day.expected}, and a book has heard of {told}")
        hold((state.closing.state != "idle") == money.closing, f"the closing is {state.closing.state}")
        for deal in money.deals.values():
            document = state.documents.get(deal.name)
            hold(document is not None or deal.fate != "open", f"{deal.name} was forgotten before it was certain")
            if document is not None:
                booked = {"draft": "open", "completed": "certain", "settled": "certain"}.get(document.transaction)
                hold(deal.fate == (booked or deal.fate), f"{deal.name} is {document.transaction}, and {deal.fate}")
