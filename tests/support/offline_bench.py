"""A till that can make documents lawful without its register, one event at a time: what tests of those rules run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from statemachines.offline import FiscalClock, OfflineSettings
from statemachines.rules import Consequences
from statemachines.vocabulary.commands import CloseShift, MoveCash, OpenShift, Refusal, Sell, TakeXReport
from statemachines.vocabulary.effects import DrainStep, Effect, Fiscalise
from statemachines.vocabulary.events import (
    CashMoved,
    Event,
    FiscalStamp,
    Occurred,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleCompleted,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscaliserUnreachable,
    OfflineCode,
    OfflineCodeBound,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    RegisterSeen,
    WentOffline,
)
from tests.support.rules import CASHIER, CLOUD, NOON, Bench, cash_move, every, replayed, sale, shop

REGISTER = "4000123456"
CODES = replace(CLOUD, offline="codes", sells_in_doubt=True, carries_balance=True, shift_limit_ms=86_400_000)
NO_LINE = "no connection to the register"
HOUR = 3_600_000


def stamp(at: int, *, number: str = "777", offline: bool = False, complete: bool = True) -> FiscalStamp:
    """The register's own."""
    return FiscalStamp("cloud", number, str(at), offline=offline, register=REGISTER, at=at, complete=complete)


def codes(count: int, first: int = 1) -> tuple[OfflineCode, ...]:
    return tuple(OfflineCode(f"code-{serial}", serial) for serial in range(first, first + count))


class OfflineBench(Bench):
    """A shift is open and `free` codes are known; `choices` replace fields of OfflineSettings."""

    def __init__(self, free: int = 60, *, settings: dict[str, Any] | None = None, **choices: Any) -> None:
        usual = OfflineSettings(refill_below=0, settle_ms=20_000)
        offline = replace(usual, **choices)
        super().__init__(shop(**{"traits": CODES, "offline": offline, **(settings or {})}), shift=False)
        self.do(OpenShift("shift-1", CASHIER, 10_000))
        self.run(ReceiptFiscalised("shift-1", stamp(self.now - 500), "not_mine"))
        self.run(OfflineCodesRefilled(0, codes(free)))
        self.later(30_000)  # nothing of an earlier process is at work any more

    @property
    def now(self) -> int:
        """The wall clock, UTC ms."""
        return NOON + self.mono

    def run(self, event: Event, *args: Any, **named: Any) -> Consequences:
        self.tell_time(self.fiscal_clock)
        return super().run(event, *args, **named)

    def decide(self, command: Any) -> Any:
        self.tell_time(self.fiscal_clock)
        return super().decide(command)

    def untrusted(self) -> None:
        self.tell_time(FiscalClock(0, trusted=False))

    @property
    def mode(self) -> str:
        return self.rules.state.mode.state

    @property
    def queue(self) -> list[str]:
        return [one.document_id for one in self.rules.state.offline.queue]

    @property
    def free(self) -> int:
        return self.rules.state.pool.left

    # --- documents --------------------------------------------------------------------------------------------------

    def unreachable(self, name: str = "s-1", cash: int = 1250) -> Consequences:
        """A sale on line of which nothing could be sent."""
        self.do(Sell(name, CASHIER, sale(name, cash=cash)))
        done = self.run(FiscaliserUnreachable(name, NO_LINE))
        self.printed(done)
        return done

    def sold(self, name: str) -> Consequences:
        """A sale in a session of the till's own."""
        done = self.do(Sell(name, CASHIER, sale(name)))
        self.printed(done)
        return done

    def ask_for(self, kind: str, name: str = "d-1") -> Consequences:
        """Any kind of document, as it is asked for. A shift is closed first where one is to be opened."""
        match kind:
            case "sale":
                return self.do(Sell(name, CASHIER, sale(name)))
            case "return":
                receipt = replace(sale(name), kind="return", return_reason="broken", approved_by=MANAGER)
                return self.do(Sell(name, MANAGER, receipt))
            case "cash_in" | "cash_out":
                return self.do(MoveCash(name, CASHIER, cash_move(name, "in" if kind == "cash_in" else "out")))
            case "shift_report":
                return self.do(CloseShift(name, CASHIER, "en"))
            case "x_report":
                return self.do(TakeXReport(name, CASHIER, "en"))
            case _:
                return self.do(OpenShift(name, CASHIER, 500))

    def refused_opening(self, name: str = "shift-2") -> Refusal:
        return self.refused(OpenShift(name, CASHIER, 500))

    def close_shift(self, name: str = "z-1") -> None:
        """On line."""
        self.do(CloseShift(name, CASHIER, "en"))
        self.printed(self.run(ReceiptFiscalised(name, stamp(self.now), "not_mine")))

    def printed(self, done: Consequences) -> None:
        for job in done.intentions:
            if not isinstance(job, Fiscalise):
                self.run(ReceiptPrinted(job.document_id, job.job_id, "process_id"))

    # --- the register -----------------------------------------------------------------------------------------------

    def seen(
        self, *, offline: bool = False, manual: bool = False, after: int = 0, last_at: int = 0, waiting: int = -1
    ) -> Consequences:
        """It is looked at; its clock is `after` ms ahead of the till's."""
        server_at = (self.now + after) // 1000 * 1000
        return self.run(RegisterSeen(offline, manual, server_at, last_at=last_at, waiting=waiting))

    def silent(self, step: str = "LookAtRegister") -> Consequences:
        return self.run(DrainStepFailed(step, NO_LINE, reached=False))

    def next_look(self) -> Consequences:
        """Time passes until the register is looked for."""
        return self.later(self.settings.offline.look_every_ms)

    def back(self, **seen: Any) -> Consequences:
        """The line is back: it was looked for and found, and what is due then was answered up to the going offline."""
        self.next_look()
        self.seen(**seen)
        return self.seen(**seen)

    def gone(self) -> Consequences:
        """The register takes the beginning of the session."""
        return self.run(WentOffline(self.rules.state.offline.session_id))

    def delivered(self, name: str) -> Consequences:
        waiting = self.rules.state.offline.of(name)
        assert waiting is not None
        whole = stamp(waiting.fiscal_at, number=waiting.code, offline=True)
        return self.run(OfflineDocumentDelivered(name, whole))

    def same(self) -> bool:
        """The records tell the same state."""
        return replayed(self.records, self.settings).state == self.rules.state


MANAGER = replace(CASHIER, role="manager")


def step(done: Consequences) -> DrainStep | None:
    """The one step that was ordered, if any."""
    steps = [effect for effect in done.effects if isinstance(effect, DrainStep)]
    assert len(steps) <= 1
    return steps[0] if steps else None


def orders(effects: list[Effect]) -> list[Fiscalise]:
    return every(effects, Fiscalise)


def bound(done: Consequences) -> list[tuple[str, int, bool]]:
    """(document, serial, reserved) of every code that was bound."""
    return [(e.document_id, e.code.serial, e.reserved) for e in every(done.events, OfflineCodeBound)]


def stamped(done: Consequences) -> FiscalStamp:
    """The stamp of the one document that became lawful."""
    (event,) = every(done.events, ReceiptFiscalised)
    return event.stamp


def certain(events: list[Occurred]) -> list[str]:
    """Which documents were said to have happened."""
    kinds = (SaleCompleted, CashMoved, ShiftOpened, ShiftClosed)
    return [type(one.event).__name__ for one in events if isinstance(one.event, kinds)]
