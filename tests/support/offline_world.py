"""A till and its register with everything between them that can go wrong: the line, three clocks, the process itself.

Virtual time in ms. The till's lane takes one order at a time, as in life; what it answers comes later, and meanwhile
deadlines pass, customers come and processes die. `line` and `flaky` say what becomes of the next request.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from statemachines.decisions import Decisions, Moment
from statemachines.offline import FiscalClock
from statemachines.rules import Consequences, Rules
from statemachines.settings import RuleSettings
from statemachines.state import TillState, fiscal_doc_id
from statemachines.vocabulary.commands import Command, Refusal
from statemachines.vocabulary.effects import Ask, DeliverOffline, DrainStep, Effect, Fiscalise, Print
from statemachines.vocabulary.events import (
    CashMoveRequested,
    Event,
    FiscalisationDoubtful,
    FiscalisationRetried,
    Occurred,
    PrinterReady,
    ReceiptFiscalised,
    ReceiptPrinted,
    ReportRequested,
    SaleRequested,
    ShiftOpenRequested,
    TillStarted,
    TimeReached,
)
from statemachines.vocabulary.receipt import Person
from tests.support.money_model import hold
from tests.support.offline_chain import Options, second
from tests.support.offline_line import (
    LATE_MS,
    PATIENCE_MS,
    POLL_MS,
    RECEIPT_MS,
    SKEW_MS,
    UNSURE,
    WAITS_MS,
    Exchange,
    unanswered,
)
from tests.support.offline_register import Register
from tests.support.rules import TILL, OneLinePaper, Record, replayed

Choose = Callable[[Sequence[Any]], Any]


class World:
    """`t`: true time, UTC ms. The till's wall clock is `wall_error` off; its monotonic clock began at `booted`."""

    def __init__(self, settings: RuleSettings, options: Options, choose: Choose, begins_at: int) -> None:
        self.settings = settings
        self.choose = choose
        self.t = self.booted = begins_at
        self.wall_error = 0
        self.synchronised = True
        self.anchor: tuple[int, int] | None = None
        self.register = Register(begins_at + SKEW_MS, options)
        self.line = "up"
        self.flaky = False
        self.mailbox: deque[Effect] = deque()
        self.exchange: Exchange | None = None
        self.records: list[Record] = []
        self.orders: dict[str, Fiscalise] = {}
        self.ids: dict[str, list[str]] = {}
        self.fired: dict[str, int] = {}
        self.counted: Counter[str] = Counter()
        self.watchers: list[Callable[[Consequences], None]] = []
        self.watched: list[Callable[[Event], None]] = []
        self._boot(Rules(settings, OneLinePaper()))
        self._start()

    # --- the till's process -----------------------------------------------------------------------------------------

    @property
    def state(self) -> TillState:
        return self.rules.state

    @property
    def mono(self) -> int:
        return self.t - self.booted

    @property
    def wall(self) -> int:
        return self.t + self.wall_error

    def _boot(self, rules: Rules) -> None:
        self.rules = rules
        self.decisions = Decisions(self.settings, OneLinePaper(), rules.state)

    def _start(self) -> None:
        self.hear(TillStarted("till-1", f"boot-{self.booted}", "1.0"))
        self.hear(PrinterReady())

    def kill(self, *, reboot: bool) -> None:
        """The process dies and comes back; what was on its way is carried out or not, and nobody hears of it."""
        rules = self.same_from_records()
        self.mailbox.clear()
        self.exchange = None
        self.fired.clear()
        if reboot:
            self.booted, self.anchor = self.t, None
        self._boot(rules)
        self._start()

    def same_from_records(self) -> Rules:
        """Rules with the state that the journal tells, which is the one that the till has."""
        rules = replayed(self.records, self.settings)
        names = [one.name for one in fields(TillState)]
        apart = [name for name in names if getattr(rules.state, name) != getattr(self.state, name)]
        hold(not apart, f"the records tell another state: {apart}")
        return rules

    # --- clocks -----------------------------------------------------------------------------------------------------

    def clock(self) -> FiscalClock:
        """As the till's own `fiscal_time` has it: the register's clock when it was learned in this boot, carried on by
        the monotonic one; else the wall clock, if it is synchronised and not behind the journal."""
        if self.anchor is not None:
            server = self.anchor[0] + self.mono - self.anchor[1]
            return FiscalClock(server - self.wall, trusted=True)
        return FiscalClock(0, trusted=self.synchronised and self.wall >= self.state.latest_at)

    def _learn_time(self, waited: int) -> None:
        latest = second(self.register.now) + 1000 + waited
        if self.anchor is not None:
            latest = min(latest, self.anchor[0] + self.mono - self.anchor[1])
        self.anchor = (latest, self.mono)

    def step_wall(self, ms: int) -> None:
        """Somebody sets the clock by hand: the kernel calls it synchronised no longer."""
        self.wall_error += ms
        self.synchronised = False

    def synchronise(self) -> None:
        self.wall_error, self.synchronised = 0, True

    # --- what the till hears ----------------------------------------------------------------------------------------

    def hear(self, event: Event, actor: Person = TILL, cause: str = "") -> Consequences:
        for watch in self.watched:
            watch(event)
        clock = self.rules.fiscal_clock = self.clock()
        self.decisions.tell_time(self.wall, clock)
        done = self.rules.run(Occurred(self.wall, self.mono, event, actor, cause))
        self.records += [*done.events, *done.intentions]
        for one in done.events:
            self._note(one.event)
        for effect in done.effects:
            if isinstance(effect, Fiscalise):
                self._named(effect.document_id, effect)
        for watch_done in self.watchers:
            watch_done(done)
        printed = [effect for effect in done.effects if isinstance(effect, Print)]
        self.mailbox += [one for one in done.effects if isinstance(one, Fiscalise | Ask | DrainStep)]
        for job in printed:
            self.hear(ReceiptPrinted(job.document_id, job.job_id, "process_id"))
        self._begin_exchange()
        return done

    def decide(self, command: Command) -> tuple[Event, ...] | Refusal:
        self.decisions.tell_time(self.wall, self.clock())
        return self.decisions.decide(command, Moment(self.wall, "7:abc", "UAH"))

    def do(self, command: Command) -> bool:
        decision = self.decide(command)
        if isinstance(decision, Refusal):
            self.counted[f"refused: {decision.code}"] += 1
            return False
        for event in decision:
            self.hear(event, command.actor, command.command_id)
        return True

    def _note(self, event: Event) -> None:
        """What the journal tells of a document when it is to be delivered."""
        match event:
            case SaleRequested(document_id=name, receipt=receipt):
                self._named(name, Fiscalise(name, fiscal_doc_id(name, 1), receipt))
            case CashMoveRequested(document_id=name, move=move):
                self._named(name, Fiscalise(name, fiscal_doc_id(name, 1), move=move))
            case ReportRequested(document_id=name, report=report):
                self._named(name, Fiscalise(name, fiscal_doc_id(name, 1), report=report))
            case ShiftOpenRequested(document_id=name, opening=opening):
                self._named(name, Fiscalise(name, fiscal_doc_id(name, 1), opening=opening))
            case FiscalisationRetried(document_id=name, fiscal_doc_id=fiscal):
                self._named(name, replace(self.orders[name], fiscal_doc_id=fiscal))

    def _named(self, name: str, order: Fiscalise) -> None:
        self.orders[name] = order
        known = self.ids.setdefault(name, [])
        if order.fiscal_doc_id not in known:
            known.append(order.fiscal_doc_id)

    # --- time -------------------------------------------------------------------------------------------------------

    def later(self, ms: int) -> None:
        """Let time pass; each deadline is kept once, as the till does."""
        until = self.t + ms
        while True:
            wanted = {k: at for k, at in self.rules.deadlines().items() if self.fired.get(k) != at}
            key = min(wanted, key=lambda name: wanted[name], default="")
            timer = max(self.t, wanted[key] + self.booted) if key else until + 1
            answer = self.exchange.due if self.exchange is not None else until + 1
            if min(timer, answer) > until:
                break
            self._to(min(timer, answer))
            if answer <= timer:
                self._answered()
            else:
                self.fired = {name: at for name, at in self.fired.items() if name in self.rules.deadlines()}
                self.fired[key] = wanted[key]
                self.hear(TimeReached(key))
        self._to(until)

    def _to(self, t: int) -> None:
        self.t = max(self.t, t)
        self.register.advance(self.t + SKEW_MS)

    # --- the lane ---------------------------------------------------------------------------------------------------

    def _begin_exchange(self) -> None:
        if self.exchange is not None or not self.mailbox:
            return
        effect = self.mailbox.popleft()
        fate = self._fate()
        self.counted[f"exchange {fate}"] += 1
        waits = self.choose(WAITS_MS)
        self.register.advance(self.t + SKEW_MS)
        if fate in UNSURE:
            due = self.t + (PATIENCE_MS if fate == "not sent" else waits)
            self._maybe_carried_out(effect, fate, due)
            self.exchange = Exchange(effect, self.t, due, unanswered(effect, fate, self.wall + self.clock().offset_ms))
            return
        outcome = self._carry_out(effect)
        self.exchange = Exchange(effect, self.t, self.t + waits, outcome, told=True)

    def _fate(self) -> str:
        if self.line == "down":
            return "not sent"
        if self.line == "breaking":  # the last request before it is down
            self.line = "down"
            return str(self.choose(["lost", "late", "gone", "not sent"]))
        return str(self.choose(["ok"] * 8 + list(UNSURE))) if self.flaky else "ok"

    def _maybe_carried_out(self, effect: Effect, fate: str, due: int) -> None:
        if isinstance(effect, Ask):
            return
        if fate == "lost":
            self._carry_out(effect)
        elif fate == "late" and isinstance(effect, Fiscalise | DrainStep):
            whole = self._with_order(effect)
            self.register.late.append((due + SKEW_MS + self.choose([0, 2_000, LATE_MS]), whole))

    def _carry_out(self, effect: Effect) -> Event | None:
        if isinstance(effect, Ask):
            assert isinstance(effect.intention, Fiscalise)
            return self.register.find(effect.intention)
        assert isinstance(effect, Fiscalise | DrainStep)
        return self.register.take(self._with_order(effect))

    def _with_order(self, effect: Fiscalise | DrainStep) -> Fiscalise | DrainStep:
        if not isinstance(effect, DeliverOffline):
            return effect
        return replace(effect, order=self.orders[effect.document_id])

    def _answered(self) -> None:
        done = self.exchange
        assert done is not None
        effect, outcome = done.effect, done.outcome
        if done.told:
            self._learn_time(done.due - done.begun if outcome is not None else POLL_MS)
        asked = effect.intention if isinstance(effect, Ask) else effect
        if outcome is None and isinstance(asked, Fiscalise):
            outcome = self._polled(asked, done)
            if outcome is None:
                return
        assert outcome is not None
        self.exchange = None
        self.hear(outcome)
        self._begin_exchange()

    def _polled(self, order: Fiscalise, done: Exchange) -> Event | None:
        """A document that the tax service has not answered yet is asked for until the patience ends."""
        if self.line == "down":
            return FiscalisationDoubtful(order.document_id, "the line broke")
        found = self.register.find(order)
        if isinstance(found, ReceiptFiscalised) or self.t - done.begun >= RECEIPT_MS:
            return found
        done.due = self.t + POLL_MS
        return None
