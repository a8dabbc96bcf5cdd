"""A pure model of a vendor's register and of the tax service behind it: what it has, of which dates, under which codes.

It answers the orders of the rules as an adapter would: it looks before it acts, and what is there already is told as
done. It defends itself against nothing: a date out of order or beyond a limit jams it (`jam`), and a code that it
cannot take is refused (`refusals`). Written from the vendor's rules and sharing no code with the adapter or a sandbox.
Times are UTC ms of its own clock, which `advance` moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from statemachines.vocabulary.effects import (
    DeliverOffline,
    DrainStep,
    Fiscalise,
    GoOffline,
    GoOnline,
    LookAtRegister,
    PingTaxService,
    RefillCodes,
)
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodesNotRefilled,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)

RegisterMode = Literal["online", "auto", "manual", "draining"]
Request = Fiscalise | DrainStep
HOUR: Final = 3_600_000
MONTH: Final = 30 * 24 * HOUR  # of the tests' calendar
NUMBER: Final = "4000000001"
MOST_ASKED: Final = 6  # of the last ten entries


def second(at: int) -> int:
    """The whole second in which `at` lies, as a server tells the time."""
    return at // 1000 * 1000


@dataclass(frozen=True, slots=True)
class Options:
    """`signing_ms`: to the tax service and back. `timeout_ms`: how long a silent one is waited for. `sends`: documents
    that one request to go on line sends, 0 = all. `codes`: the tax service gives so many at most. `shift_ms`: how long
    a shift lasts."""

    signing_ms: int = 200
    timeout_ms: int = 3_000
    sends: int = 0
    codes: int = 60
    service_codes: bool = False
    shift_ms: int = 24 * HOUR
    session_ms: int = 36 * HOUR
    month_ms: int = 168 * HOUR


@dataclass(slots=True)
class Entry:
    """One transaction. `name` is the document's fiscal id; `made_at`: when the register made it; `ours`: the till had
    made it lawful before."""

    kind: str
    name: str
    date: int
    made_at: int
    code: str = ""
    delivered: bool = False
    ours: bool = False


@dataclass(slots=True)
class Register:
    """`entries`: the chain. `online`: waits for an answer of the tax service; `waiting`: made off line, sent later.
    `arrivals`: documents in the order in which they came. `late`: requests that are still on their way, with their
    moments. `unlawful`: ids of documents that it will not make. `latest`: the latest date of all but code requests."""

    now: int
    options: Options = field(default_factory=Options)
    mode: RegisterMode = "online"
    tax_down: bool = False
    jam: str = ""
    refusals: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    online: list[Entry] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    documents: dict[str, Entry] = field(default_factory=dict)
    arrivals: list[str] = field(default_factory=list)
    moves: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    spent: dict[str, str] = field(default_factory=dict)
    unspent_there: list[str] = field(default_factory=list)
    asked_at: int = 0
    latest: int = 0
    given: int = 0
    shift: Entry | None = None
    stretches: list[list[int]] = field(default_factory=list)
    late: list[tuple[int, Request]] = field(default_factory=list)
    may_send: int = 0
    free_at: int = 0
    unlawful: set[str] = field(default_factory=set)
    counted: dict[str, int] = field(default_factory=dict)

    @property
    def offline(self) -> bool:
        return self.mode != "online"

    def count(self, what: str) -> None:
        self.counted[what] = self.counted.get(what, 0) + 1

    # --- time -----------------------------------------------------------------------------------------------------

    def advance(self, to: int) -> None:
        """Let everything happen that happens by itself until then."""
        while (due := min(self._steps(), key=lambda step: step[0], default=None)) is not None and due[0] <= to:
            self.now = max(self.now, due[0])
            due[1]()
        self.now = max(self.now, to)

    def _steps(self) -> list[tuple[int, Callable[[], None]]]:
        steps: list[tuple[int, Callable[[], None]]] = []
        if self.late:
            steps.append((min(at for at, _ in self.late), self._late_request))
        attempt = self.options.signing_ms + (self.options.timeout_ms if self.tax_down else 0)
        if self.online:
            steps.append((max(self.free_at, self.online[0].made_at) + attempt, self._answer))
        elif self.mode == "draining" and not self.waiting:
            steps.append((self.free_at, self._come_online))
        elif self.mode == "draining" and self.may_send and not self.jam:
            steps.append((self.free_at + attempt, self._send))
        return steps

    def _late_request(self) -> None:
        late = min(self.late, key=lambda one: one[0])
        self.late.remove(late)
        self.count("late requests")
        self.take(late[1])

    def _answer(self) -> None:
        """The tax service answers for the oldest document made on line, or is silent: then it is made off line."""
        self.free_at = self.now
        if not self.tax_down:
            one = self.online.pop(0)
            one.delivered = True
            return
        self.lose_tax_service()

    def lose_tax_service(self) -> None:
        """It goes off line by itself, with the lowest codes; what waited for an answer is dated now."""
        if not self.offline and self._lowest():
            self._begin(self.now)
            self._add("go_offline", "", self.now, self._spend_lowest("go_offline"))
            self.mode = "auto"
            self.count("automatic offline")
        while self.online and self._lowest():
            one = self.online.pop(0)
            self.entries.remove(one)
            self._dated(self.now)
            one.date, one.code = self.now, self._spend_lowest(one.name)
            self.latest = self.now
            self.entries.append(one)
            self.waiting.append(one)

    def _send(self) -> None:
        self.free_at = self.now
        if self.tax_down:
            self.may_send = 0
            return
        one = self.waiting.pop(0)
        self._check_limits(one)
        if self.jam:
            return
        self.may_send -= 1
        one.delivered = True
        if one.code in self.unspent_there:
            self.unspent_there.remove(one.code)

    def _come_online(self) -> None:
        """A transaction of its own, dated now."""
        if self.now < self.latest:
            self.jam = f"coming on line at {self.now} is before the last document, {self.latest}"
            self.mode = "manual"
            return
        self.mode, self.may_send = "online", 0
        self.stretches[-1][1] = self.now
        self.entries.append(Entry("go_online", "", self.now, self.now, delivered=True))
        self.latest = self.now

    def come_back(self) -> None:
        """It finds the tax service again by itself."""
        if self.mode == "auto" and not self.tax_down:
            self._drain()

    def _drain(self) -> None:
        self.mode = "draining"
        self.may_send += self.options.sends or 1_000_000
        self.free_at = max(self.free_at, self.now)

    # --- what breaks it -------------------------------------------------------------------------------------------

    def _dated(self, date: int) -> None:
        """A document made off line comes after everything that was made, sent or asked for before."""
        last = max(self.asked_at, self.latest)
        if date < last and not self.jam:
            self.jam = f"a date of {date} is before {last}"

    def _check_limits(self, one: Entry) -> None:
        if not one.ours:  # what it makes by itself beyond a limit is its own matter
            return
        begun = self.stretches[-1][0]
        if one.date - begun > self.options.session_ms:
            self.jam = f"{one.name} was made {one.date - begun} ms after going off line"
        if self.month_ms(one.date) > self.options.month_ms:
            self.jam = f"{one.name} was made after {self.month_ms(one.date)} ms off line in its month"

    def month_ms(self, until: int) -> int:
        first = until // MONTH * MONTH
        return sum(max(0, min(end or until, until) - max(begin, first)) for begin, end in self.stretches)

    def _begin(self, at: int) -> None:
        if not self.stretches or self.stretches[-1][1]:
            self.stretches.append([at, 0])

    # --- codes ----------------------------------------------------------------------------------------------------

    def free(self) -> list[str]:
        return [code for code in self.codes if code not in self.spent]

    def _lowest(self) -> str:
        return min(self.free(), key=lambda code: self.codes[code], default="")

    def _spend_lowest(self, name: str) -> str:
        code = self._lowest()
        self.spent[code] = name
        self.count("codes spent by the register")
        return code

    def give(self, count: int) -> None:
        """The tax service gives codes: those that it has not seen used, then new ones."""
        while len(self.unspent_there) < count:
            self.given += 1
            self.unspent_there.append(f"code-{self.given}")
        for code in self.unspent_there[:count]:
            self.codes.setdefault(code, len(self.codes) + 1)

    def _add(self, kind: str, name: str, date: int, code: str = "") -> Entry:
        one = Entry(kind, name, date, self.now, code)
        self.latest = max(self.latest, date)
        self.entries.append(one)
        (self.waiting if code else self.online).append(one)
        return one

    # --- requests: taken (whoever hears of it), and told ------------------------------------------------------------

    def take(self, request: Request) -> Event | None:  # noqa: C901 - a case a request
        """Do it. The outcome, or None of a document whose outcome comes later (`find`)."""
        match request:
            case Fiscalise():
                return self._fiscalise(request)
            case LookAtRegister():
                return self._look()
            case RefillCodes():
                return self._refill(request)
            case GoOffline():
                return self._go_offline(request)
            case DeliverOffline():
                return self._deliver(request)
            case GoOnline():
                if self.offline:
                    self._drain()
                return WentOnline(request.session_id, request.tries)
            case PingTaxService():
                if self.tax_down:
                    return TaxServicePinged(answers=False, text="DEADLINE_EXCEEDED")
                if self.offline:
                    self._drain()
                return TaxServicePinged(answers=True, text="DONE")

    def _fiscalise(self, order: Fiscalise) -> Event | None:
        """As an on line document: the register itself gives it a code while it is off line."""
        kind, name = kind_of(order), order.fiscal_doc_id
        if kind == "x_report":
            return ReceiptFiscalised(order.document_id, stamp("", self.now, offline=False), "not_mine")
        if name in self.documents or name in self.moves:
            return None
        if name in self.unlawful:
            return FiscalisationRefused(order.document_id, "the tax group is unknown")
        if wrong := self._shift_wrong(kind, self.now):
            return FiscalisationRefused(order.document_id, wrong)
        if kind in ("cash_in", "cash_out"):
            self.moves[name] = self.now
            return None
        if self.mode == "auto" and not self.tax_down:
            self._drain()
        code = self._spend_lowest(name) if self.offline and self._lowest() else ""
        if self.offline and not code:
            return FiscalisationRefused(order.document_id, "there is no code left")
        if code:
            self._dated(self.now)
        self._made(kind, name, self._add(kind, name, self.now, code))
        return None

    def _made(self, kind: str, name: str, one: Entry) -> None:
        self.documents[name] = one
        self.arrivals.append(name)
        if kind == "shift_open":
            self.shift = one
        elif kind == "shift_report":
            self.shift = None

    def _shift_wrong(self, kind: str, at: int) -> str:
        if kind == "shift_open":
            return "a shift is open" if self.shift is not None else ""
        if self.shift is None:
            return "no shift is open"
        old = kind != "shift_report" and at - self.shift.date > self.options.shift_ms
        return "the shift is too old" if old else ""

    def find(self, order: Fiscalise) -> Event:
        """What became of it."""
        one = self.documents.get(order.fiscal_doc_id)
        if order.fiscal_doc_id in self.moves:
            date = self.moves[order.fiscal_doc_id]
            return ReceiptFiscalised(order.document_id, stamp("", date, offline=False), "not_mine")
        if one is None:
            return FiscalisationUnknown(order.document_id)
        if one in self.online:
            return FiscalisationDoubtful(order.document_id, "the tax service has not answered yet")
        return ReceiptFiscalised(order.document_id, stamp(one.code, one.date, offline=bool(one.code)), "not_mine")

    def _look(self) -> RegisterSeen:
        running = self.offline and self.stretches
        return RegisterSeen(
            offline=self.offline,
            manual=self.mode == "manual",
            server_at=second(self.now),
            last_at=max(self.latest, self.asked_at),
            last_delivered_at=max((one.date for one in self.entries if one.delivered), default=0),
            waiting=len(self.waiting) + len(self.online),
            session_ms=self.now - self.stretches[-1][0] if running else 0,
            month_ms=self.month_ms(self.now),
        )

    def _refill(self, step: RefillCodes) -> Event:
        if self.shift is None:
            return OfflineCodesNotRefilled("no shift is open")
        asked_at = 0
        if step.ask:
            if self.offline:
                return OfflineCodesNotRefilled("the register is off line")
            if sum(one.kind == "ask" for one in self.entries[-10:]) >= MOST_ASKED:
                self.refusals.append("codes were asked for too often")
                return OfflineCodesNotRefilled("asked for too often")
            self.count("requests for codes")
            self.asked_at = asked_at = self.now
            self.entries.append(Entry("ask", "", self.now, self.now, delivered=True))
            if self.tax_down:
                return OfflineCodesNotRefilled("the tax service does not answer", second(self.now) + 1000)
            self.give(min(step.ask, self.options.codes))
        found = tuple(OfflineCode(code, self.codes[code]) for code in self.free())
        return OfflineCodesRefilled(asked_at and second(asked_at) + 1000, found)

    def _go_offline(self, step: GoOffline) -> Event:
        if self.mode == "manual":
            return WentOffline(step.session_id)
        if step.code.value not in self.free():
            return self._refused(step.session_id, f"code {step.code.value} of going off line is not free")
        self._dated(step.fiscal_at)
        self._begin(step.fiscal_at)
        self.spent[step.code.value] = step.session_id
        self._add("go_offline", "", step.fiscal_at, step.code.value)
        self.mode, self.may_send = "manual", 0
        self.count("manual offline")
        return WentOffline(step.session_id)

    def _deliver(self, step: DeliverOffline) -> Event:
        order = step.order
        assert order is not None
        kind, name = kind_of(order), order.fiscal_doc_id
        code = "" if step.code is None else step.code.value
        if name in self.documents:
            one = self.documents[name]
            return OfflineDocumentDelivered(step.document_id, stamp(one.code, one.date, offline=bool(one.code)))
        if name in self.moves:
            return OfflineDocumentDelivered(step.document_id, stamp(code, self.moves[name], offline=True))
        if self.mode != "manual":
            return self._refused(step.document_id, f"{step.document_id} came while the register is {self.mode}")
        if wrong := self._shift_wrong(kind, step.fiscal_at):
            return self._refused(step.document_id, f"{step.document_id}: {wrong}")
        wants_code = kind not in ("cash_in", "cash_out") or self.options.service_codes
        if wants_code and code not in self.free():
            return self._refused(step.document_id, f"code {code} of {step.document_id} is not free")
        if code:
            self.spent[code] = name
        if kind in ("cash_in", "cash_out"):
            self.moves[name] = step.fiscal_at
            self.arrivals.append(name)
        else:
            self._dated(step.fiscal_at)
            self._made(kind, name, self._add(kind, name, step.fiscal_at, code))
            self.documents[name].ours = True
        self.count("documents delivered")
        return OfflineDocumentDelivered(step.document_id, stamp(code, step.fiscal_at, offline=True))

    def _refused(self, name: str, reason: str) -> OfflineDocumentRefused:
        self.refusals.append(reason)
        return OfflineDocumentRefused(name, reason)


def kind_of(order: Fiscalise) -> str:
    if order.receipt is not None:
        return order.receipt.kind
    if order.move is not None:
        return "cash_in" if order.move.direction == "in" else "cash_out"
    return "shift_open" if order.report is None else order.report.kind


def stamp(code: str, at: int, *, offline: bool) -> FiscalStamp:
    """The register's own particulars, which are always whole."""
    return FiscalStamp("model", code or f"n{at}", str(at), offline=offline, control="1", register=NUMBER, at=at)
