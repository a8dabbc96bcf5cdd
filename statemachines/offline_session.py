"""One stretch of working without the fiscaliser: what waits to be delivered, in which order, how long it has lasted.

Everything here comes from journalled events. A document's content stays in the journal; here stand its place, its code
and its date.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal

from statemachines.vocabulary.offline_events import OfflineCode, OfflineLimit
from statemachines.vocabulary.receipt import DocumentKind

_KEPT_MS: Final = 70 * 24 * 3_600_000  # longer than the month before this one


@dataclass(slots=True)
class Waiting:
    """A document that is lawful and that the fiscaliser does not have. `code` "" = it needs none. `order`: among those
    of one date it is delivered in the order in which they got their dates."""

    document_id: str
    kind: DocumentKind
    fiscal_at: int
    code: str = ""
    serial: int = 0
    order: int = 0

    @property
    def offline_code(self) -> OfflineCode | None:
        return OfflineCode(self.code, self.serial) if self.code else None


@dataclass(slots=True)
class Stretch:
    """Off line from `begin` to `end` (UTC ms of the fiscaliser's clock; 0 = still)."""

    begin: int
    end: int = 0


@dataclass(slots=True)
class Offline:
    """`queue` in the order of delivery. `begun_at`, `code`, `serial`: the going offline itself, once it is dated;
    `acknowledged`: the fiscaliser has it. `handed`: documents of this stretch that the fiscaliser has, delivered or
    made by itself; `tries`: requests to go on line since. `stretches`: of this month and the last, whoever went
    offline. `warned_…`: the highest step told (of the month: at `warned_month_at` of the till's clock). `register`: the
    register's number, as its last stamp had it. `stamps`: documents for the tax service since codes were asked for.
    `advice`: what a person should do when it does not come on line. `beyond_…`: how much longer than ours the
    fiscaliser's own count is (ms; of months: when that was found, too). `stuck`: what a jammed register does not take.
    `shift_id`, `shift_at`: the last shift and the date (UTC ms) of its opening. `moved_at`: when (UTC ms of the till)
    the delivery last went on. `dated`: how many documents got their dates so far."""

    queue: tuple[Waiting, ...] = ()
    session_id: str = ""
    begun_at: int = 0
    code: str = ""
    serial: int = 0
    acknowledged: bool = False
    handed: int = 0
    tries: int = 0
    stretches: tuple[Stretch, ...] = ()
    warned_session: int = 0
    warned_month: int = 0
    warned_month_at: int = 0
    warned_codes: int = 0
    register: str = ""
    stamps: int = 0
    advice: str = ""
    beyond_session: int = 0
    beyond_month: tuple[tuple[int, int], ...] = ()
    disagreed: bool = False
    stuck: str = ""
    shift_id: str = ""
    shift_at: int = 0
    moved_at: int = 0
    dated: int = 0

    @property
    def offline_code(self) -> OfflineCode:
        """Of the going offline itself."""
        return OfflineCode(self.code, self.serial)

    def next_place(self) -> int:
        """The place among those of one date of what is dated now."""
        self.dated += 1
        return self.dated

    @property
    def head(self) -> str:
        """What is delivered next; "" when nothing waits."""
        return self.queue[0].document_id if self.queue else ""

    def goes_at(self, last_at: int) -> int:
        """The date of the going offline: the session's beginning, or the first document's where the fiscaliser has one
        (of `last_at`) in between."""
        return self.queue[0].fiscal_at if self.queue and last_at > self.begun_at else self.begun_at

    def conflicts(self, last_at: int) -> bool:
        """Is what the fiscaliser has (the latest of `last_at`) dated after what waits for it?"""
        return bool(self.queue) and last_at > self.queue[0].fiscal_at

    def rebind(self, code: OfflineCode) -> None:
        """The going offline gets another code: nobody has the first one on paper."""
        self.code, self.serial, self.acknowledged = code.value, code.serial, False

    def add(self, waiting: Waiting) -> None:
        """Into its place: by date, and in the order in which they were dated where dates are equal."""
        place = bisect_right(self.queue, (waiting.fiscal_at, waiting.order), key=lambda one: (one.fiscal_at, one.order))
        self.queue = (*self.queue[:place], waiting, *self.queue[place:])

    def of(self, document_id: str) -> Waiting | None:
        return next((one for one in self.queue if one.document_id == document_id), None)

    def drop(self, document_id: str) -> None:
        self.queue = tuple(one for one in self.queue if one.document_id != document_id)

    def begin(self, at: int) -> None:
        """A stretch begins, if none runs."""
        if not self.stretches or self.stretches[-1].end:
            kept = (one for one in self.stretches if one.end > at - _KEPT_MS)
            self.stretches = (*kept, Stretch(at))

    def end(self, at: int) -> None:
        """It is over: the next one counts from nothing."""
        if self.stretches and not self.stretches[-1].end:
            self.stretches[-1].end = max(at, self.stretches[-1].begin + 1)
        self.session_id = self.code = self.advice = self.stuck = ""
        self.begun_at = self.serial = self.handed = self.tries = self.beyond_session = 0
        self.acknowledged = self.disagreed = False
        self.warned_session = self.warned_codes = 0

    def warned(self, kind: OfflineLimit, month_begins: int) -> int:
        """The highest step that was told of this limit, of the month's in this month (all by the till's clock)."""
        month = self.warned_month if self.warned_month_at >= month_begins else 0
        return {"session": self.warned_session, "month": month, "codes": self.warned_codes}[kind]

    def warn(self, kind: OfflineLimit, step: int, at: int) -> None:
        match kind:
            case "session":
                self.warned_session = step
            case "month":
                self.warned_month, self.warned_month_at = step, at
            case "codes":
                self.warned_codes = step

    def disagree(self, kind: Literal["session", "month"], beyond: int, at: int) -> None:
        """The fiscaliser counts `beyond` ms more; the larger counts."""
        self.disagreed = True
        if kind == "session":
            self.beyond_session += beyond
        else:
            kept = (one for one in self.beyond_month if one[0] > at - _KEPT_MS)
            self.beyond_month = (*kept, (at, beyond))

    def session_ms(self, now: int) -> int:
        """How long this stretch has lasted at `now`; 0 on line."""
        if not self.stretches or self.stretches[-1].end:
            return 0
        return max(0, now - self.stretches[-1].begin) + self.beyond_session

    def month_ms(self, now: int, month_begins: int) -> int:
        """How long the till was off line since the month began."""
        spent = 0
        for one in self.stretches:
            spent += max(0, min(one.end or now, now) - max(one.begin, month_begins))
        return spent + sum(beyond for at, beyond in self.beyond_month if at >= month_begins)
