"""A till without a journal and devices without bytes: what the tests of the rules run.

`Bench` is the rules with a clock and a list of records in the order in which a journal would hold them. `Devices` is
the other side of the lanes: it knows what really stands on the paper, and answers no more than a printer can know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from statemachines.decisions import Decisions, Moment
from statemachines.document import Document
from statemachines.drawer import DrawerSettings
from statemachines.machine import Row, Table
from statemachines.offline import FiscalClock, OfflineSettings
from statemachines.rules import Consequences, Rules
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Command, OpenShift, Refusal, Sell
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Intention, Kick, Print, SignOut
from statemachines.vocabulary.events import (
    DrawerKicked,
    DrawerSensed,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    Occurred,
    PrintDoubtful,
    PrinterReady,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    TillStarted,
    TimeReached,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.paper import Paper, TextLine
from statemachines.vocabulary.receipt import (
    CashMove,
    Line,
    LineRequest,
    Original,
    Payment,
    Person,
    Receipt,
    TaxAmount,
    Totals,
)
from statemachines.vocabulary.slip import Slip, SlipKind, SlipText
from statemachines.vocabulary.traits import FiscaliserTraits

CASHIER = Person("c-1", "Olena", "cashier")
TILL = Person("till", "till", "system")
STAMP = FiscalStamp("register", "4000123", "2026-10-01T10:00:00", register="3000456")
NOON = 1_790_000_000_000
MONTH_MS = 30 * 86_400_000
DRAWER = "main"
DAY = f"shift-1:{DRAWER}"

CLOUD = FiscaliserTraits(
    registers=True,
    prints=False,
    kicks=False,
    collects_card=False,
    polls=True,
    offline="none",
    lookup="our_id",
    copy=False,
)
KEEPS_CODES = OfflineSettings(code_reserve=0, paper="none")
"""Codes are kept for documents in doubt, down to the last one, and nobody gets a paper that says so."""
REGISTER = replace(CLOUD, prints=True, polls=False, lookup="last_document")

Record = Occurred | Intention
Item = TypeVar("Item")
Choose = Callable[[Sequence[Item]], Item]


def shop(**choices: Any) -> RuleSettings:
    """A shop with one drawer on the printer's socket, its switch wired, that keeps no reserve of codes; `choices`
    replace fields of RuleSettings."""
    usual = RuleSettings(drawers={DRAWER: DrawerSettings()}, offline=OfflineSettings(code_reserve=0))
    return replace(usual, **choices)


class OneLinePaper:
    """Implements `statemachines.context.Composer`: a paper that names its document."""

    def paper(self, document: Document) -> Paper:
        return Paper(32, (TextLine(f"{document.kind} {document.number}"),), "END", "COPY", "VOID")

    def business_date(self, at: int) -> str:
        return f"day {at // 86_400_000}"

    def month_begins(self, at: int) -> int:
        return at // MONTH_MS * MONTH_MS


# --- documents --------------------------------------------------------------------------------------------------


def sale(
    name: str = "s-1", *, cash: int = 1250, card: int = 0, given: int = 0, drawer: str = DRAWER, quantity: int = 1000
) -> Receipt:
    """Tea for `cash` + `card` minor units, 20 % of it tax; `given` is handed over in cash (0: exactly)."""
    total = cash + card
    tax = (TaxAmount("a", "A", "VAT", 2000, total, total // 6),)
    paid = [Payment("cash", cash, given or cash)] if cash else []
    paid += [Payment("card", card)] if card else []
    change = (given or cash) - cash
    request = LineRequest("tea", "Tea", total * 1000 // quantity, quantity, "a")
    return Receipt(
        document_id=name,
        kind="sale",
        number="",
        currency="UAH",
        language="en",
        operator=CASHIER,
        drawer_id=drawer,
        lines=(Line(1, request, total, (), 0, total, tax),),
        adjustments=(),
        payments=tuple(paid),
        totals=Totals(total, 0, tax, total, 0, total, total + change, change),
    )


def taken_back(name: str, original: str, *, cash: int = 1250, quantity: int = 1000, code: str = "tea") -> Receipt:
    """A return of `quantity` thousandths for `cash`."""
    one = sale(name, cash=cash, quantity=quantity)
    line = replace(one.lines[0], request=replace(one.lines[0].request, code=code))
    return replace(one, kind="return", lines=(line,), original=Original(id=original))


def cash_move(name: str = "m-1", direction: Literal["in", "out"] = "in", amount: int = 500) -> CashMove:
    kind: Literal["add_to_float", "cash_pull"] = "add_to_float" if direction == "in" else "cash_pull"
    return CashMove(name, kind, direction, amount, "UAH", "en", "change", CASHIER, DRAWER)


def slip(name: str = "d-1", kind: SlipKind = "card_slip", text: str = "APPROVED", *, sale_id: str = "") -> Slip:
    """A slip of one line."""
    return Slip(name, kind, "", "en", CASHIER, (SlipText(text),), sale_id=sale_id)


# --- the till ---------------------------------------------------------------------------------------------------


class Bench:
    """The rules of one till. `records` is its journal; every input returns what it led to."""

    def __init__(self, settings: RuleSettings | None = None, *, ready: bool = True, shift: bool = True) -> None:
        self.settings = settings or shop()
        self.records: list[Record] = []
        self.fiscal_clock = FiscalClock(0, trusted=True)
        self.mono = 5_000_000
        self._begin(Rules(self.settings, OneLinePaper()))
        self.start()
        if ready:
            self.run(PrinterReady(counters=Counters(100, 5000)))
        if shift:
            self.do(OpenShift("shift-1", CASHIER, 10_000))
            if self.rules.state.shift.state == "opening":
                self.run(ReceiptFiscalised("shift-1", STAMP, "not_mine"))

    def _begin(self, rules: Rules) -> None:
        self.rules = rules
        self.decisions = Decisions(self.settings, OneLinePaper(), rules.state)
        self.tell_time(self.fiscal_clock)

    def tell_time(self, clock: FiscalClock) -> None:
        """From now on the fiscaliser's clock is known like this."""
        self.fiscal_clock = self.rules.fiscal_clock = clock
        self.decisions.tell_time(NOON + self.mono, clock)

    def start(self) -> Consequences:
        return self.run(TillStarted("till-1", f"boot-{self.mono}", "1.0"))

    def restart(self) -> Consequences:
        """The power goes and comes back: the state is what the records say."""
        self._begin(replayed(self.records, self.settings))
        self.mono = 5_000_000 + self.mono % 1000
        return self.start()

    def run(self, event: Event, actor: Person = TILL, cause: str = "") -> Consequences:
        done = self.rules.run(Occurred(NOON + self.mono, self.mono, event, actor, cause))
        self.records += [*done.events, *done.intentions]
        return done

    def do(self, command: Command) -> Consequences:
        """A command that is accepted."""
        done = Consequences()
        decision = self.decide(command)
        assert not isinstance(decision, Refusal), decision
        for event in decision:
            one = self.run(event, command.actor, command.command_id)
            done.events += one.events
            done.effects += one.effects
        return done

    def decide(self, command: Command) -> tuple[Event, ...] | Refusal:
        return self.decisions.decide(command, Moment(NOON + self.mono, "7:abc", "UAH"))

    def refused(self, command: Command) -> Refusal:
        decision = self.decide(command)
        assert isinstance(decision, Refusal), decision
        return decision

    def sell(self, receipt: Receipt | None = None) -> Print:
        """Sell, and return the print job of it."""
        receipt = receipt or sale()
        return only(self.do(Sell(receipt.document_id, CASHIER, receipt)).effects, Print)

    def later(self, ms: int) -> Consequences:
        """Let time pass and keep the deadlines on the way, each once, as the till does."""
        until = self.mono + ms
        done, fired = Consequences(), set[tuple[str, int]]()
        while True:
            due = sorted((at, key) for key, at in self.rules.deadlines().items() if (key, at) not in fired)
            if not due or due[0][0] > until:
                break
            at, key = due[0]
            fired.add((key, at))
            self.mono = max(self.mono, at)
            one = self.run(TimeReached(key))
            done.events += one.events
            done.effects += one.effects
        self.mono = until
        return done

    def document(self, name: str = "s-1") -> Document:
        return self.rules.state.documents[name]

    def drawer_state(self) -> str:
        return self.rules.state.drawers[DRAWER].state


def replayed(records: Sequence[Record], settings: RuleSettings) -> Rules:
    rules = Rules(settings, OneLinePaper())
    for record in records:
        rules.replay(record)
    return rules


def as_told(document: Document | None) -> Document | None:
    """A document as far as its own records tell it: in which day of its drawer it is they tell when it is certain."""
    if document is None:
        return None
    return document if document.transaction in ("completed", "settled") else replace(document, day_id="")


def only(found: Sequence[object], kind: type[Item]) -> Item:
    """The one of this kind (an event may be wrapped in its header)."""
    (one,) = every(found, kind)
    return one


def every(found: Sequence[object], kind: type[Item]) -> list[Item]:
    bare = [item.event if isinstance(item, Occurred) else item for item in found]
    return [item for item in bare if isinstance(item, kind)]


def names(done: Consequences) -> list[str]:
    return [type(item.event).__name__ for item in done.events]


def with_rows(table: Table[Any, Any], change: Callable[[Row[Any, Any]], Row[Any, Any] | None]) -> Table[Any, Any]:
    """The same machine with some rows changed or (None) taken away: what a negative control runs."""
    rows = [new for row in table.rows if (new := change(row)) is not None]
    return Table(table.name, table.states, rows, table.rejects, table.attribute)


# --- the devices ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Devices:
    """A printer with its drawer and a fiscaliser; `choose` decides what goes wrong.

    `whole`: (document, copy number) of every complete paper that came out, in order; `done` the jobs that did.
    """

    choose: Choose[Any]
    mailbox: list[Effect] = field(default_factory=list)
    whole: list[tuple[str, int]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    registered: set[str] = field(default_factory=set)
    spoken: list[Event] = field(default_factory=list)
    cuts: int = 100

    def order(self, effects: Sequence[Effect]) -> None:
        self.mailbox += effects

    def originals(self, document_id: str) -> int:
        return self.whole.count((document_id, 0))

    def serve(self) -> list[Event]:
        """Carry out the oldest order; what the till hears of it."""
        if not self.mailbox:
            return []
        effect = self.mailbox.pop(0)
        match effect:
            case Print():
                heard = self._print(effect)
            case Ask(intention=Print() as job):
                heard = [self._look_for(job)]
            case Ask(intention=Fiscalise() as order):
                heard = [self._look_up(order)]
            case Fiscalise():
                heard = [self._fiscalise(effect)]
            case Kick():
                heard = [DrawerKicked(effect.drawer_id, effect.attempt)]
            case SignOut():
                heard = []
        self.spoken += heard
        return heard

    def lose_power(self) -> None:
        """Everything that is on its way is carried out to some point, and nobody hears of it."""
        for effect in self.mailbox:
            if isinstance(effect, Print) and self.choose([False, False, True]):
                self._comes_out(effect)
            elif isinstance(effect, Fiscalise) and self.choose([False, True]):
                self.registered.add(effect.fiscal_doc_id)
        self.mailbox.clear()

    def late(self, current: Sequence[str]) -> list[Event]:
        """Something said before, again: never the outcome of a job that is on its way."""
        old = [
            event
            for event in self.spoken
            if isinstance(event, PrintFoundMissing | PrintUnresolved)
            or (isinstance(event, ReceiptPrinted | PrintDoubtful | PrintOutdated) and event.job_id not in current)
        ]
        return [self.choose(old)] if old else []

    def _comes_out(self, job: Print) -> None:
        self.whole.append((job.document_id, job.copy_no))
        self.done.add(job.job_id)
        self.cuts += job.cuts

    def _print(self, job: Print) -> list[Event]:
        name, job_id = job.document_id, job.job_id
        what = self.choose(["printed", "printed", "refused", "outdated", "answer lost", "fragment", "nothing came out"])
        if what == "refused":
            return [PrintRefused(name, job_id, "the cover is open")]
        if what == "outdated":
            return [PrintOutdated(name, job_id, Counters(self.cuts, 5000))]
        kicked: list[Event] = [DrawerKicked(job.kick.drawer_id, job.kick.attempt)] if job.kick is not None else []
        if what in ("printed", "answer lost"):
            self._comes_out(job)
        if what == "printed":
            cut_up = self.choose([False, False, True])
            counters = Counters(self.cuts, 5000)
            return [*kicked, ReceiptPrinted(name, job_id, "process_id", counters, interrupted=cut_up)]
        end_sent = self.choose([None, True] if what == "answer lost" else [None, True, False])
        return [*kicked, PrintDoubtful(name, job_id, "no answer", end_sent)]

    def _look_for(self, job: Print) -> Event:
        name, job_id = job.document_id, job.job_id
        what = self.choose(["tells", "tells", "lost its power", "later", "a person"])
        if what == "tells" and job_id in self.done:
            return ReceiptPrinted(name, job_id, "odometer", Counters(self.cuts, 5000))
        if what in ("tells", "lost its power"):
            fragment = self.choose([True, False])
            return PrintFoundMissing(name, job_id, what == "tells", fragment, "the knife did not cut")
        return PrintUnresolved(name, job_id, "it cannot tell", person_needed=what == "a person")

    def _fiscalise(self, order: Fiscalise) -> Event:
        what = self.choose(["stamped", "stamped", "refused", "answer lost", "never arrived"])
        if what == "refused" and order.fiscal_doc_id not in self.registered:
            return FiscalisationRefused(order.document_id, "the tax group is unknown")
        if what != "never arrived":
            self.registered.add(order.fiscal_doc_id)
        if what == "stamped":
            return ReceiptFiscalised(order.document_id, STAMP, "not_mine")
        return FiscalisationDoubtful(order.document_id, "no answer")

    def _look_up(self, order: Fiscalise) -> Event:
        if self.choose([False, False, True]):
            return FiscalisationDoubtful(order.document_id, "still no answer")
        if order.fiscal_doc_id in self.registered:
            return ReceiptFiscalised(order.document_id, STAMP, "not_mine")
        return FiscalisationUnknown(order.document_id)


def opened() -> DrawerSensed:
    return DrawerSensed(DRAWER, open=True)


def shut() -> DrawerSensed:
    return DrawerSensed(DRAWER, open=False)
