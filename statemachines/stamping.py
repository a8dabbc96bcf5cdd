"""A document made lawful without its fiscaliser: may it be, and under which code and date. Changes nothing.

Source of the gates: the fiscaliser's own rules of the offline time (dates never decrease, never before the last
document that was delivered or the last request for codes) and the law's limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from statemachines import fiscal_mode as mode_machine
from statemachines.document import FISCAL_DOUBT, Document
from statemachines.drain import being_made
from statemachines.offline import UNCERTAIN_MS, FiscalClock, whole_seconds
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.events import Event, FiscalisationRefused, FiscalStamp, ReceiptFiscalised
from statemachines.vocabulary.offline_events import FiscalModeChanged, OfflineCode, OfflineCodeBound
from statemachines.vocabulary.receipt import DocumentKind

MonthBegins = Callable[[int], int]
ENDING: Final[tuple[DocumentKind, ...]] = ("shift_report", "shift_open")
"""What the reserve of codes is for."""
GOINGS: Final = 2
"""So many codes the fiscaliser may have used for going off line by itself, of which no document tells."""
COUNTED_ALIKE_MS: Final = 5 * 60_000
"""Two counts of the time off line that are no further apart are the same."""
LOCAL: Final = "till"
"""The fiscaliser of a report that no fiscaliser has made."""
UNTRUSTED: Final = (
    "Nobody knows what time it is: the till's clock is not synchronised and the register has not been heard since the "
    "till was switched on. Nothing can be dated, so nothing can be made off line; connect the till to the network."
)


def fiscal_now(state: TillState, clock: FiscalClock, at: int) -> int:
    """The date of a document that is made now (UTC ms, whole seconds): never before any other that the fiscaliser has
    or will have."""
    return whole_seconds(max(state.pool.last_fiscal_at, state.pool.asked_at, at + clock.offset_ms + UNCERTAIN_MS))


def shift_expired(state: TillState, settings: RuleSettings, now: int) -> bool:
    """Is the open shift too old for a document of `now`, by the dates that the fiscaliser compares?"""
    offline, limit = state.offline, settings.limit_ms
    known = limit and offline.shift_at and offline.shift_id == state.shift.shift_id
    return bool(known) and now - offline.shift_at >= limit - settings.shift_stop_ms


def stamps_now(document: Document, settings: RuleSettings, state: TillState) -> bool:
    """Is it the till itself that makes this document lawful?"""
    if not settings.stamps:
        return False
    held = state.pool.of(document.document_id)
    return state.mode.state in mode_machine.OWN_SESSION or (held is not None and held.reserved)


class Stamping:
    """Plans stamps of one moment. `month_begins`: local calendar, UTC ms -> UTC ms. `quiet_ms`: for so long from now on
    the fiscaliser may still make something by itself, and a session begins after that."""

    def __init__(
        self,
        settings: RuleSettings,
        state: TillState,
        clock: FiscalClock,
        at: int,
        month_begins: MonthBegins,
        quiet_ms: int = 0,
    ) -> None:
        self._settings = settings
        self._state = state
        self._clock = clock
        self._at = at
        self._month_begins = month_begins
        self._quiet_ms = quiet_ms

    # --- may it be? -----------------------------------------------------------------------------------------------

    def refused(self, kind: DocumentKind, document_id: str = "") -> Refusal | None:
        """Why no document of this kind can be made without the fiscaliser now; None when it can. `document_id`: of the
        one that is to be made, where it was sent before."""
        if kind == "x_report":
            return None
        choices, offline, state = self._settings.offline, self._state.offline, self._state
        if not self._settings.stamps:
            return Refusal("fiscal-offline", "The register cannot be reached, and this till sells nothing without it.")
        if state.mode.state == mode_machine.JAMMED:
            return Refusal("fiscal-jammed", f"The register is jammed ({state.mode.reason}): a manager has to decide.")
        if not self._clock.trusted:
            return Refusal("clock-untrusted", UNTRUSTED)
        if not offline.register:
            return Refusal(
                "fiscal-offline",
                "The register cannot be reached, and nothing is known of it yet: its first shift is opened on line.",
            )
        if kind == "return" and choices.returns == "refuse":
            return Refusal(
                "returns-offline", "Returns are not made while the register cannot be reached: do it when it is back."
            )
        return (
            self._still_sending()
            or self._too_old(kind)
            or self.too_long(kind)
            or self._too_few_codes(kind, document_id)
        )

    def _still_sending(self) -> Refusal | None:
        """A session that began before the fiscaliser is back on line by itself could never be delivered."""
        if not self.begins_session or self._quiet_ms <= self._settings.offline.ahead_ms:
            return None
        text = (
            "The register cannot be reached while it is sending what it has to the tax service, and may come on line "
            f"by itself: nothing is sold without it before that is over. Repeat in {-(-self._quiet_ms // 1000)} s."
        )
        return Refusal("fiscal-draining", text)

    def _too_old(self, kind: DocumentKind) -> Refusal | None:
        if kind in ENDING or not shift_expired(self._state, self._settings, self.now):
            return None
        hours = self._settings.limit_ms / 3_600_000
        text = f"The shift may last {hours:g} hours and is nearly there: close it and open a new one."
        return Refusal("shift-expired", text)

    def too_long(self, kind: DocumentKind) -> Refusal | None:
        """Has it been off line for as long as the law allows, whoever made the documents meanwhile?"""
        if not self._clock.trusted:
            return None
        choices = self._settings.offline
        ahead = min(COUNTED_ALIKE_MS, choices.stop_ms) if kind == "shift_report" else choices.stop_ms
        if self._state.offline.session_ms(self.now) >= choices.session_limit_ms - ahead:
            hours = choices.session_limit_ms / 3_600_000
            text = f"The register has been off line for nearly the {hours:g} hours in a row that the law allows"
        elif self.month_ms >= choices.month_limit_ms - ahead:
            hours = choices.month_limit_ms / 3_600_000
            text = f"The register has been off line for nearly the {hours:g} hours a month that the law allows"
        else:
            return None
        return Refusal("offline-limit", f"{text}: nothing is sold before it is on line again.")

    def made_too_late(self, kind: DocumentKind) -> Refusal | None:
        """May the fiscaliser, off line by itself, be given this? What it makes then counts as its offline time, too."""
        auto = self._state.mode.state == mode_machine.OFFLINE_AUTO and self._settings.stamps
        return self.too_long(kind) if auto and kind != "x_report" else None

    def _too_few_codes(self, kind: DocumentKind, document_id: str) -> Refusal | None:
        """Beside the reserve a code is left for each other document that the fiscaliser has not answered: it may have
        used one for it, off line by itself, from the low end and without our knowing of it."""
        needed = (1 if self.bears_code(kind) else 0) + (1 if self.begins_session else 0)
        others = [one for one in self._state.documents.values() if one.document_id != document_id]
        doubts = sum(one.state == FISCAL_DOUBT for one in others)
        reserve = self._settings.offline.code_reserve
        if kind in ENDING:
            reserve = min(reserve, GOINGS + doubts)
        free = self._state.pool.left
        if not needed or free >= reserve + doubts + needed:
            return None
        why = f" and {doubts} for documents in doubt" if doubts else ""
        text = (
            f"Too few of the codes are left that the tax service gave for working off line ({free}; {reserve} are kept "
            f"for closing{why}): nothing is sold before the register is on line again."
        )
        return Refusal("offline-codes", text)

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def trusted(self) -> bool:
        """Does anybody know what time it is?"""
        return self._clock.trusted

    @property
    def now(self) -> int:
        """The date of what is made now; of a session that begins now, after all that the fiscaliser may still make."""
        now = fiscal_now(self._state, self._clock, self._at)
        if not self.begins_session or self._quiet_ms <= 0:
            return now
        return max(now, whole_seconds(self._at + self._clock.offset_ms + UNCERTAIN_MS + self._quiet_ms))

    @property
    def month_begins(self) -> int:
        return self._month_begins(self.now)

    @property
    def till_month_begins(self) -> int:
        """Of the month that the till's own clock shows."""
        return self._month_begins(self._at)

    @property
    def month_ms(self) -> int:
        """How long the till was off line this month."""
        return self._state.offline.month_ms(self.now, self.month_begins)

    @property
    def begins_session(self) -> bool:
        return self._state.mode.state in (mode_machine.ONLINE, mode_machine.OFFLINE_AUTO)

    def bears_code(self, kind: DocumentKind) -> bool:
        return self._settings.offline.move_codes or kind not in ("cash_in", "cash_out")

    def begin(self, reason: str) -> list[Event]:
        """The session begins with its own code and date; nothing when it has begun."""
        code = self._state.pool.highest()
        if not self.begins_session or code is None:
            return []
        session = f"offline-{self.now}-{code.serial}"  # two may begin in one second
        return [
            FiscalModeChanged(mode_machine.OFFLINE_MANUAL, reason, session, code.value, self.now),
            OfflineCodeBound(session, code, self.now, reserved=False),
        ]

    def reserve(self, document: Document, reason: str) -> Iterator[Event]:
        """A code and a date are kept for a document in doubt: neither sent nor printed."""
        if self.refused(document.kind, document.document_id) is not None:
            return
        begun = self.begin(reason)
        code = self._code(begun)
        if code is not None:
            yield from begun
            yield OfflineCodeBound(document.document_id, code, self.now, reserved=True)

    def stamp(self, document: Document, reason: str) -> list[Event]:
        """What makes it lawful now, or what refuses it."""
        if document.kind == "x_report":
            return [self._fiscalised(document, "", fiscal_now(self._state, self._clock, self._at))]
        held = self._state.pool.of(document.document_id)
        if held is not None and held.reserved:  # its place was kept
            code, at = OfflineCode(held.value, held.serial), held.fiscal_at
            return [
                OfflineCodeBound(document.document_id, code, at, reserved=False),
                self._fiscalised(document, code.value, at),
            ]
        no = self.refused(document.kind) or self._beside(document)
        if no is not None:
            return [
                FiscalisationRefused(
                    document.document_id, f"{reason}; nothing was sent. {no.text}" if reason else no.text
                )
            ]
        begun = self.begin(reason)
        if not self.bears_code(document.kind):
            return [*begun, self._fiscalised(document, "", self.now)]
        found = self._code(begun)
        if found is None:
            return [FiscalisationRefused(document.document_id, f"{reason}; no code is left")]
        bound = OfflineCodeBound(document.document_id, found, self.now, reserved=False)
        return [*begun, bound, self._fiscalised(document, found.value, self.now)]

    def _beside(self, document: Document) -> Refusal | None:
        """What the fiscaliser makes at this very moment may be dated after the beginning of a session."""
        other = being_made(self._state, document) if self.begins_session else None
        if other is None:
            return None
        return Refusal("busy", f"Document {other.number} is still being made: repeat in a moment.")

    def _code(self, begun: list[Event]) -> OfflineCode | None:
        """The highest that is free, beside the one that the beginning of the session takes."""
        taken = next((event.code.value for event in begun if isinstance(event, OfflineCodeBound)), "")
        return self._state.pool.highest(taken)

    def _fiscalised(self, document: Document, code: str, at: int) -> ReceiptFiscalised:
        """X reports move nothing and are never delivered: they are whole as they are."""
        last, local = self._state.last_stamp, document.kind == "x_report"
        stamp = FiscalStamp(
            fiscaliser=LOCAL if local or last is None else last.fiscaliser,
            number=code,
            date=(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).isoformat(timespec="seconds"),
            offline=True,
            register=self._state.offline.register,
            shift_no="" if document.kind == "shift_open" else self._state.shift.vendor_number,
            at=at,
            balance=self._left() if document.kind == "shift_open" else None,
            complete=local,
        )
        later = document.receipt is not None and self._settings.offline.paper == "none"
        return ReceiptFiscalised(document.document_id, stamp, "no" if later else "not_mine")

    def _left(self) -> int | None:
        """What lies in the drawer by the books, where the fiscaliser would carry it over."""
        shift = self._state.shift
        return shift.expected_cash if self._settings.traits.carries_balance and shift.number else None
