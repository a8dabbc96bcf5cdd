"""A till in this process whose register comes and goes: an order that is let through is answered at once.

The register keeps what it was given, as the vendor would; it makes no mistake and jams at none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from drivers.printers.layout import Shop
from firmware_bridge.clock import SystemClock
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import TillCore
from firmware_bridge.fiscal_drain import failed
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.till import Till
from statemachines.arithmetic import compute
from statemachines.offline import FiscalClock, OfflineSettings
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import Sell
from statemachines.vocabulary.effects import (
    Ask,
    DeliverOffline,
    DrainStep,
    Effect,
    Fiscalise,
    GoOffline,
    GoOnline,
    LookAtRegister,
    PingTaxService,
    Print,
    RefillCodes,
)
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationUnknown,
    FiscalStamp,
    PrinterReady,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.offline_events import (
    FiscaliserUnreachable,
    OfflineCode,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)
from statemachines.vocabulary.receipt import LineRequest, Payment, Person, TaxGroup
from statemachines.vocabulary.receipt import Receipt as Sold
from statemachines.vocabulary.traits import FiscaliserTraits

CASHIER = Person("7", "Коваль О.", "cashier")
MANAGER = Person("1", "Мельник І.", "manager")
TRAITS = FiscaliserTraits(
    registers=True, prints=False, kicks=False, collects_card=False, polls=True, offline="codes", lookup="our_id",
    copy=False, sells_in_doubt=True,
)  # fmt: skip
CODES = tuple(OfflineCode(f"TEST-{at:06}", at) for at in range(1, 101))
QUICK = OfflineSettings(look_every_ms=50, go_online_every_ms=50, code_reserve=5, refill_below=10, refill_to=100)
STAMP = FiscalStamp("checkbox", "", "2026-10-01T10:00:00+00:00", register="TEST000001", shift_no="1")
DIGEST = b"\1" * 32


class Register:
    """A printer that prints at once, and a register. `away`: nothing reaches it; `silent`: it hears and says nothing;
    `refuses`: this document it does not take; `delivered`: what it was handed afterwards, in order.
    """

    def __init__(self) -> None:
        self.post: Callable[[Event], None] = lambda _: None
        self.away = self.silent = False
        self.asked: list[str] = []
        self.offline = self.manual = False
        self.refuses = ""
        self.made: list[str] = []
        self.delivered: list[DeliverOffline] = []
        self.steps: list[DrainStep] = []
        self.printed: list[Print] = []
        self._codes = list(CODES)

    def start(self) -> None:
        self.post(PrinterReady(counters=Counters(0, 0)))

    def close(self) -> None:
        pass

    def order(self, effect: Effect) -> None:
        match effect:
            case Print():
                self.printed.append(effect)
                counters = Counters(len(self.printed), 0)
                self.post(ReceiptPrinted(effect.document_id, effect.job_id, "process_id", counters))
            case Fiscalise():
                self.post(self._fiscalise(effect))
            case Ask(intention=Fiscalise(document_id=name)):
                self.asked.append(name)
                self.post(FiscalisationDoubtful(name, "no answer") if self.silent else self._found(name))
            case _ if isinstance(effect, DrainStep):
                self.steps.append(effect)
                self.post(failed(effect, "no route") if self.away else self._step(effect))
            case _:
                return

    def _fiscalise(self, order: Fiscalise) -> Event:
        if self.away:
            return FiscaliserUnreachable(order.document_id, "no route")
        self.made.append(order.document_id)
        if self.silent:
            return FiscalisationDoubtful(order.document_id, "no answer")
        return self._found(order.document_id)

    def _found(self, name: str) -> Event:
        if name not in self.made:
            return FiscalisationUnknown(name)
        stamp = replace(STAMP, number=f"F{1 + self.made.index(name)}", at=SystemClock().utc_ms())
        return ReceiptFiscalised(name, stamp, "not_mine")

    def _step(self, step: DrainStep) -> Event:
        match step:
            case LookAtRegister():
                later = SystemClock().utc_ms() + 60_000  # so that nobody has to wait for its clock
                return RegisterSeen(self.offline, self.manual, later, waiting=len(self.delivered))
            case RefillCodes():
                return OfflineCodesRefilled(0, tuple(self._codes))
            case GoOffline():
                self.offline = self.manual = True
                self._spend(step.code)
                return WentOffline(step.session_id)
            case DeliverOffline():
                return self._deliver(step)
            case GoOnline():
                self.offline = self.manual = False
                return WentOnline(step.session_id, step.tries)
            case PingTaxService():
                return TaxServicePinged(answers=True, text="DONE")

    def _deliver(self, step: DeliverOffline) -> Event:
        if step.document_id == self.refuses:
            return OfflineDocumentRefused(step.document_id, "the tax code is unknown")
        self.delivered.append(step)
        self._spend(step.code)
        number = "" if step.code is None else step.code.value
        stamp = replace(
            STAMP, number=number, offline=True, control=str(len(self.delivered)), at=step.fiscal_at,
            url=f"https://tax.example/?id={number}&mac=5e",
        )  # fmt: skip
        return OfflineDocumentDelivered(step.document_id, stamp)

    def _spend(self, code: OfflineCode | None) -> None:
        self._codes = [one for one in self._codes if one != code]


@asynccontextmanager
async def running(folder: Path, register: Register, **chosen: Any) -> AsyncIterator[Till]:
    """The till over the journal in `folder`; `chosen` of the offline settings."""
    clock, path = SystemClock(), folder / "journal.sqlite"
    settings = RuleSettings(traits=TRAITS, offline=replace(QUICK, **chosen))
    journal = JournalThread(partial(Journal.open, path, till_id="1", clock=clock.utc_ms, new_id=lambda: "journal"))
    await journal.start()
    composer = ShopComposer(Shop(("Shop",), zone="Europe/Kyiv"), 42, 2)
    trusted = FiscalClock(0, trusted=True)
    core = TillCore(settings, composer, clock, "UAH", fiscal_clock=lambda _: trusted)
    till = Till(core, journal, clock, settings, path=path, till_id="1", boot_id="b", version="test", zone="Europe/Kyiv")
    register.post = till.post
    await till.start({"printer": register, "fiscaliser": register})
    serving = asyncio.create_task(till.run())
    try:
        yield till
    finally:
        till.stop()
        await serving
        await journal.close()


async def reached(till: Till, mode: str) -> dict[str, Any]:
    """Wait until the register's mode is this one; what the status tells then."""
    async with asyncio.timeout(10):
        while till.status()["fiscal"]["mode"] != mode:
            await asyncio.sleep(0.005)
    found: dict[str, Any] = till.status()["fiscal"]
    return found


def card_sale(name: str) -> Sell:
    sums = compute(
        [LineRequest("1", "Хліб", 4100, 2000, "a")], [], [Payment("card", 8200)], {"a": TaxGroup("a", "А", ())}, "none",
        "sale",
    )  # fmt: skip
    return Sell(
        name, CASHIER, Sold(name, "sale", "", "UAH", "uk", CASHIER, "", sums.lines, (), sums.payments, sums.totals)
    )
