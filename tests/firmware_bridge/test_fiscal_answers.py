"""A fiscaliser that refuses what was paid: what is told, what a person may do, and the same answer for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from drivers.printers.layout import Shop
from firmware_bridge.clock import SystemClock
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import TillCore
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.till import Till
from statemachines.arithmetic import compute
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import (
    CloseShift,
    OpenShift,
    PrintCopy,
    ResolveDoubt,
    RetryFiscalisation,
    Sell,
)
from statemachines.vocabulary.effects import Effect, Fiscalise, Print
from statemachines.vocabulary.events import (
    Event,
    FiscalisationRefused,
    FiscalStamp,
    PrinterReady,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import LineRequest, Payment, Person, Receipt, TaxGroup
from statemachines.vocabulary.traits import FiscaliserTraits

CASHIER = Person("7", "Коваль О.", "cashier")
KASA = FiscaliserTraits(
    registers=True, prints=False, kicks=False, collects_card=False, polls=False, offline="none", lookup="our_id",
    copy=False,
)  # fmt: skip
DIGEST = b"\1" * 32


class Devices:
    """A printer that prints at once, and a fiscaliser that refuses as often as `refuses` says."""

    def __init__(self) -> None:
        self.post: Callable[[Event], None] = lambda _: None
        self.refuses = 0
        self.cuts = 0
        self.asked: list[str] = []

    def start(self) -> None:
        self.post(PrinterReady(counters=Counters(0, 0)))

    def order(self, effect: Effect) -> None:
        if isinstance(effect, Print):
            self.cuts += 1
            printed = ReceiptPrinted(effect.document_id, effect.job_id, "process_id", Counters(self.cuts, 0))
            self.post(printed)
        elif isinstance(effect, Fiscalise):
            self.asked.append(effect.fiscal_doc_id)
            if self.refuses:
                self.refuses -= 1
                self.post(FiscalisationRefused(effect.document_id, "the tax code is unknown"))
            else:
                stamp = FiscalStamp("kasa", f"F{len(self.asked)}", "2026-10-01")
                self.post(ReceiptFiscalised(effect.document_id, stamp, "not_mine"))

    def close(self) -> None:
        pass


@asynccontextmanager
async def running(folder: Path, devices: Devices) -> AsyncIterator[Till]:
    clock, path, settings = SystemClock(), folder / "journal.sqlite", RuleSettings(traits=KASA)
    journal = JournalThread(partial(Journal.open, path, till_id="1", clock=clock.utc_ms, new_id=lambda: "journal"))
    await journal.start()
    core = TillCore(settings, ShopComposer(Shop(("Shop",), zone="Europe/Kyiv"), 42, 2), clock, "UAH")
    till = Till(core, journal, clock, settings, path=path, till_id="1", boot_id="b", version="test")
    devices.post = till.post
    await till.start({"printer": devices, "fiscaliser": devices})
    serving = asyncio.create_task(till.run())
    try:
        yield till
    finally:
        till.stop()
        await serving
        await journal.close()


def card_sale(name: str) -> Sell:
    sums = compute(
        [LineRequest("1", "Хліб", 4100, 2000, "a")], [], [Payment("card", 8200)], {"a": TaxGroup("a", "А", ())}, "none",
        "sale",
    )  # fmt: skip
    receipt = Receipt(name, "sale", "", "UAH", "uk", CASHIER, "", sums.lines, (), sums.payments, sums.totals)
    return Sell(name, CASHIER, receipt)


async def refused_after_payment(till: Till, devices: Devices) -> None:
    assert (await till.submit(OpenShift("shift", CASHIER, 0), DIGEST, 5)).outcome == "done"
    devices.refuses = 1
    answer = await till.submit(card_sale("s-1"), DIGEST, 5)
    assert answer.view is not None
    assert (answer.outcome, answer.view["state"]) == ("accepted", "paid_unfiscalised")


def test_paid_document_that_was_refused_is_shown_with_what_to_do_and_stops_the_closing(tmp_path: Path) -> None:
    async def scenario() -> None:
        devices = Devices()
        async with running(tmp_path, devices) as till:
            await refused_after_payment(till, devices)
            (told,) = till.status()["unfinished"]
            assert (told["id"], told["state"], told["person_needed"]) == ("s-1", "paid_unfiscalised", True)
            assert "/v1/receipts/s-1/retry" in told["advice"]
            closing = await till.submit(CloseShift("z", CASHIER, "uk"), DIGEST, 5)
            assert (closing.outcome, closing.refusal is not None and closing.refusal.code) == ("none", "drafts")

    asyncio.run(scenario())


def test_retry_has_one_answer_for_ever_whatever_becomes_of_the_document_later(tmp_path: Path) -> None:
    async def scenario() -> None:
        devices = Devices()
        retry = RetryFiscalisation("again-1", CASHIER, "s-1")
        async with running(tmp_path, devices) as till:
            await refused_after_payment(till, devices)
            devices.refuses = 1
            first = await till.submit(retry, DIGEST, 5)
            assert first.view is not None
            assert (first.outcome, first.view["state"]) == ("accepted", "paid_unfiscalised")
            second = await till.submit(RetryFiscalisation("again-2", CASHIER, "s-1"), DIGEST, 5)
            assert second.view is not None
            assert (second.outcome, second.view["state"], second.view["fiscal"]["number"]) == (
                "done",
                "paper_out",
                "F4",
            )
            assert len(set(devices.asked)) == 4  # every attempt was a document of its own
            copied = await till.submit(PrintCopy("c", CASHIER, "s-1", "lost"), DIGEST, 5)
            await till.submit(PrintCopy("c-2", CASHIER, "s-1", "lost"), DIGEST, 5)
        async with running(tmp_path, devices) as till:
            assert (await till.submit(retry, DIGEST, 5)).view == first.view
            again = await till.submit(RetryFiscalisation("again-2", CASHIER, "s-1"), DIGEST, 5)
            assert (again.outcome, again.view) == ("replayed", second.view)
            assert (await till.submit(PrintCopy("c", CASHIER, "s-1", "lost"), DIGEST, 5)).view == copied.view
            now = await till.receipt("s-1")
            assert now is not None
            assert now["paper"]["copies"] == 2
            assert now != second.view
            assert len(devices.asked) == 4

    asyncio.run(scenario())


def test_money_given_back_ends_the_document_and_the_shift_can_be_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        devices = Devices()
        async with running(tmp_path, devices) as till:
            await refused_after_payment(till, devices)
            back = ResolveDoubt("back", CASHIER, "s-1", "refunded", "slip 000123 cancelled at the terminal")
            first = await till.submit(back, DIGEST, 5)
            assert first.view is not None
            assert (first.outcome, first.view["cash_transaction"]) == ("done", "cancelled")
            assert (await till.submit(back, DIGEST, 5)).view == first.view
            closed = await till.submit(CloseShift("z", CASHIER, "uk"), DIGEST, 5)
            assert closed.outcome == "done", closed
            shift = till.shift()
            assert shift is not None
            assert (shift["state"], shift["totals"]["sales"]["count"]) == ("closed", 0)

    asyncio.run(scenario())
