"""What a model of a vendor's register has and does by itself: transactions in their order, codes, going off line and
coming back, documents that reach the tax service one after another. What a till asks of it: `offline_register`.

It defends itself against nothing: a date out of order or beyond a limit jams it (`jam`). Times are UTC ms of its own
clock, which `advance` moves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from statemachines.vocabulary.effects import DrainStep, Fiscalise
from statemachines.vocabulary.events import Event

RegisterMode = Literal["online", "auto", "manual", "draining"]
Request = Fiscalise | DrainStep
HOUR: Final = 3_600_000
MONTH: Final = 30 * 24 * HOUR  # of the tests' calendar


def second(at: int) -> int:
    """The whole second in which `at` lies, as a server tells the time."""
    return at // 1000 * 1000


@dataclass(frozen=True, slots=True)
class Options:
    """`signing_ms`: to the tax service and back. `timeout_ms`: how long a silent one is waited for. `sends`: documents
    that one request to go on line sends, 0 = all. `codes`: the tax service gives so many at most. `shift_ms`: how long
    a shift lasts. `after_opening`: what is made in a shift has to be dated after its opening, not with it."""

    signing_ms: int = 200
    timeout_ms: int = 3_000
    sends: int = 0
    codes: int = 60
    service_codes: bool = False
    shift_ms: int = 24 * HOUR
    after_opening: bool = True
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
class Chain(ABC):
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

    @abstractmethod
    def take(self, request: Request) -> Event | None:
        """Do what is asked for, whoever hears of it."""

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
