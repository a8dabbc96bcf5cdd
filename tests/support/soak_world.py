"""What happens at a till: the steps of the soak, each drawn at random, and how everything comes to rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import (
    MoveCash,
    OpenDrawer,
    PrintCopy,
    PrintSlip,
    ReturnedBefore,
    Sell,
    TakeXReport,
)
from statemachines.vocabulary.events import (
    DrawerSensed,
    Event,
    FiscalisationDoubtful,
    OriginalReturned,
    PrintDoubtful,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    TimeReached,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.receipt import CashMove, Original, Receipt
from statemachines.vocabulary.slip import SLIP_KINDS, SlipBelongs
from tests.support.money_model import Deal, hold
from tests.support.rules import CASHIER, every, sale, slip
from tests.support.soak_day import OTHER, Day
from tests.support.soak_devices import Choose

PRICE = 250  # for 1.000
STEPS = (["serve"] * 14 + ["sell"] * 5 + ["take_back"] * 2 + ["time", "person", "ready"] * 2 + ["go_on"] * 24) + [
    "move",
    "move",
    "no_sale",
    "open_shift",
    "close_shift",
    "call_off",
    "x_report",
    "copy",
    "slip",
    "slip",
    "day",
    "assign",
    "count",
    "count",
    "counting",
    "counting",
    "counting",
    "silent",
    "drawer",
    "drawer",
    "power_cut",
    "late",
    "found_closed",
]


class World(Day):
    """The steps; every one is a method of this class."""

    def __init__(self, settings: RuleSettings, choose: Choose) -> None:
        super().__init__(settings, choose)
        self.sold: dict[str, Receipt] = {}
        self.spoken: list[Event] = []
        self.slips: dict[tuple[str, str, str], list[str]] = {}

    def step(self, what: str = "") -> None:
        getattr(self, what or self.choose(STEPS))()

    def go_on(self) -> None:
        """Somebody puts right what stands in the way of a sale; without that most tills would stand still."""
        state = self.state
        if state.printer.state != "ready":
            self.ready()
        elif self.side.mailbox:
            self.serve()
        elif self.money.shift is None:
            self.open_shift()
        elif self.money.counting:
            self.counting()
        elif self.money.closing and self.settings.count_at_close == "required":
            self.count()
        else:
            self.sell()

    # --- devices ------------------------------------------------------------------------------------------------

    def serve(self) -> None:
        if self.side.mailbox:
            for event in self.side.serve():
                self.spoken.append(event)
                self.hear(event)

    def late(self) -> None:
        """Something said before, again: never about a job or a question that is on its way."""
        at_work = {name for name, doc in self.state.documents.items() if doc.state in ("fiscalising", "fiscal_doubt")}
        jobs = {doc.job.job_id for doc in self.state.documents.values() if doc.job} | set(self.state.copies)
        old = [
            event
            for event in self.spoken[-30:]
            if (
                isinstance(event, ReceiptPrinted | PrintDoubtful | PrintFoundMissing | PrintUnresolved)
                and event.job_id not in jobs | {""}
            )
            or (isinstance(event, ReceiptFiscalised | FiscalisationDoubtful) and event.document_id not in at_work)
        ]
        if old:
            self.took(self.bench.run(self.choose(old)))

    def ready(self) -> None:
        self.hear(PrinterReady(counters=Counters(self.side.cuts, 5000)))

    def silent(self) -> None:
        self.hear(PrinterSilent("unplugged"))

    def drawer(self) -> None:
        self.hear(DrawerSensed(self.choose(list(self.settings.drawers)), open=self.choose([True, False])))

    def time(self) -> None:
        self._later(self.choose([300, 3_000, 40_000, 40_000, 900_000]))

    def _later(self, ms: int) -> None:
        """Let time pass; each deadline is kept once, as the till does."""
        until, fired = self.bench.mono + ms, set[tuple[str, int]]()
        while True:
            due = sorted((at, key) for key, at in self.bench.rules.deadlines().items() if (key, at) not in fired)
            if not due or due[0][0] > until:
                break
            fired.add((due[0][1], due[0][0]))
            self.bench.mono = max(self.bench.mono, due[0][0])
            self.hear(TimeReached(due[0][1]))
        self.bench.mono = until

    # --- customers and cashiers ---------------------------------------------------------------------------------

    def sell(self) -> None:
        name, quantity = self.name("s"), self.choose([1000, 2000, 3000])
        total = PRICE * quantity // 1000
        card = self.choose([0, 0, total, PRICE])
        receipt = sale(name, cash=total - card, card=card, drawer=self._drawer(), quantity=quantity)
        receipt = replace(receipt, operator=self.choose([CASHIER, CASHIER, OTHER]))
        by_device = card and self.settings.traits.collects_card and self.choose([True, True, False])
        if by_device:
            paid = [replace(p, collected="by_device" if p.type == "card" else "before") for p in receipt.payments]
            receipt = replace(receipt, payments=tuple(paid))
        backs = [d.name for d in self.money.deals.values() if d.kind == "return" and d.fate == "certain"]
        exchange = self.choose(["", *backs[-2:]]) if backs else ""
        command = Sell(name, CASHIER, replace(receipt, exchange_of=exchange))
        if exchange:
            # the caller knows of those that are not certain yet, too
            used = [d.name for d in self.money.deals.values() if d.exchange_of == exchange and d.alive]
            command = replace(command, exchanged=self.sold[exchange], exchanged_by="".join(used[:1]))
        deal = Deal(name, "sale", receipt.drawer_id, total - card, card, quantity, exchange_of=exchange)
        deal.paid_elsewhere = bool(card and not by_device)
        self._sell(command, deal)

    def _sell(self, command: Sell, deal: Deal) -> None:
        decision = self.bench.decide(command)
        if isinstance(decision, tuple):
            self.money.accept(deal)
            self.sold[deal.name] = command.receipt
            self.do(command)

    def take_back(self) -> None:
        sales = [deal for deal in self.money.deals.values() if deal.kind == "sale" and deal.fate == "certain"]
        if not sales:
            return
        sold = self.choose(sales[-4:])
        name, quantity = self.name("r"), self.choose([1000, 1000, 2000])
        amount = PRICE * quantity // 1000
        by_card = sold.cash == 0
        receipt = sale(name, cash=0 if by_card else amount, card=amount if by_card else 0, quantity=quantity)
        line = replace(receipt.lines[0], request=replace(receipt.lines[0].request, original_line=1))
        receipt = replace(
            receipt,
            kind="return",
            lines=(line,),
            drawer_id=self._drawer(),
            original=Original(id=sold.name),
            return_reason="",
        )
        command = Sell(name, CASHIER, receipt, original=self.sold[sold.name], returned=self._returned(sold.name))
        deal = Deal(name, "return", receipt.drawer_id, 0 if by_card else -amount, -amount if by_card else 0, quantity)
        deal.original, deal.paid_elsewhere = sold.name, by_card
        self._sell(command, deal)

    def _returned(self, name: str) -> tuple[ReturnedBefore, ...]:
        """What the journal holds of earlier returns: those that are certain. The rules know the others."""
        return tuple(
            ReturnedBefore(event.return_id, event.quantities, event.total, event.lines)
            for event in every(self.bench.records, OriginalReturned)
            if event.document_id == name
        )

    def move(self) -> None:
        way = self.choose(["in", "out"])
        name, amount = self.name("m"), self.choose([100, 500, 5_000])
        kind: Any = "add_petty_cash" if way == "in" else "remove_petty_cash"
        move = CashMove(name, kind, way, amount, "UAH", "en", "change", CASHIER, self._drawer())
        if isinstance(self.bench.decide(MoveCash(name, CASHIER, move)), tuple):
            self.money.accept(Deal(name, "move", move.drawer_id, amount if way == "in" else -amount))
            self.do(MoveCash(name, CASHIER, move))

    def no_sale(self) -> None:
        self.do(OpenDrawer(self.name("o"), CASHIER, self._drawer(), "change"))

    def copy(self) -> None:
        for document in list(self.state.documents.values())[:1]:
            paper = None if document.job is None or document.state == "refused" else document.job.paper
            self.do(PrintCopy(self.name("c"), CASHIER, document.document_id, "lost", paper, document.copies))

    def slip(self) -> None:
        """Paper beside the sales; for a sale the same words again and again, under a new id each time."""
        deals = [deal.name for deal in self.money.deals.values() if deal.kind == "sale"]
        sale_id, text = self.choose(["", *deals[-2:]]), self.choose(["APPROVED", "DECLINED"])
        name, kind = self.name("d"), self.choose(SLIP_KINDS)
        issued = tuple(event for event in every(self.bench.records, SlipBelongs) if event.sale_id == sale_id)
        command = PrintSlip(name, CASHIER, slip(name, kind, text, sale_id=sale_id), issued=issued)
        if self.do(command) and sale_id:
            self.slips.setdefault((sale_id, kind, text), []).append(name)

    def check(self) -> None:
        """As every day, and of each slip of a sale one unmarked original at most, however often it was asked for."""
        super().check()
        for what, names in self.slips.items():
            hold(sum(self.money.papers[name, 0] for name in names) <= 1, f"{what} was printed twice: {names}")

    def x_report(self) -> None:
        self.do(TakeXReport(self.name("x"), CASHIER, "en"))

    # --- the end ------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Nothing fails any more: every document ends or waits for a person, and then a closing ends."""
        self.side.honest = True
        self._rest()
        waiting = [d.document_id for d in self.state.documents.values() if not d.person_needed]
        hold(not waiting, f"neither finished nor waiting for a person: {waiting}")
        for _ in range(6):
            self.person()
            self._rest()
            for drawer in list(self.money.days) if self.money.closing else []:
                if drawer not in self.money.counted | self.money.counting:
                    self.count(drawer)
            for _ in range(2):
                self.counting()
            if self.state.closing.state == "stopped":
                self.close_shift()
            self._rest()
            self.check()
        hold(not self.state.documents, f"still there: {list(self.state.documents)}")
        hold(self.state.closing.state == "idle", f"the closing never ends: {self.state.closing.state}")
        self.same_from_records()
        self.cash_book.at_rest()

    def _rest(self) -> None:
        for _ in range(12):
            while self.side.mailbox:
                self.serve()
            self.ready()
            self._later(31_000)
            self.check()
        hold(not self.side.mailbox, "the till never comes to rest")
