"""A trading day: a real till process, a simulated printer and vendors' sandboxes in others, and a cashier at the API.

The day goes wrong where days go wrong: the paper ends in the middle of a receipt, the printer is unplugged and
comes back, the till is killed while it prints; the fiscaliser is slow, forgets who is signed in, does its work and
loses the answer, and the till is killed while a sale is on its way there. The cash book is away for a dozen sales,
forgets who is signed in, and loses the answers to beginning and finishing a transaction, an opening of the drawer, a
count, the day's begin and its end. In the evening the paper, the fiscaliser's and the cash book's own books are read,
and nothing but these: what was acknowledged and is not there is lost, what is there twice is doubled.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from firmware_bridge import demo_book, demo_outage, demo_register
from firmware_bridge import demo_customers as customers
from firmware_bridge import demo_evening as evening
from firmware_bridge.api.answer_schema import Document
from firmware_bridge.client.till import Till
from firmware_bridge.demo_arguments import Wish
from firmware_bridge.demo_book import CashBook, Delivery
from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import Result
from firmware_bridge.demo_hands import PATIENCE_S, Hands
from firmware_bridge.demo_outage import Outage
from firmware_bridge.demo_register import RegisterBench
from firmware_bridge.rehearsal import Cashier, Checkbox, Datecs, NewStore, Rehearsal, TillProcess, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench

SALES: Final = 60
RETURNS_AFTER: Final = (12, 33, 51)
#: After which sale: type, amount in minor units, reason.
CASH_MOVES: Final[Mapping[int, tuple[str, int, str]]] = {
    8: ("add_petty_cash", 75_000, "розмінна монета"),
    22: ("remove_petty_cash", 12_500, "поштові витрати"),
    40: ("cash_pull", 50_000, "інкасація"),
    48: ("no_sale", 0, "розміняти гроші"),
}
#: The reasons that the cash book has a code for.
CODES: Final = {"поштові витрати": "post_office"}
COUNT_AFTER: Final = 28
AWAY: Final = (20, 32)  # before which sale the cash book goes away, and before which it is back
BOOK_TROUBLES: Final[Mapping[int, tuple[str, Mapping[str, Any]]]] = {
    3: ("lost-answer", {"operation": "finish"}),
    7: ("lost-answer", {"operation": "start"}),
    11: ("lost-answer", {"operation": "track_activity"}),
    14: ("token-expired", {}),
    36: ("slow", {"operation": "start", "delay_s": 0.5}),
    42: ("500", {"operation": "finish"}),
}
STEPS: Final = SALES + len(RETURNS_AFTER) + len(CASH_MOVES) + 6  # the shift, an X report, two counts, the close, books
ROLL_LINES: Final = 620  # ends in the middle of a receipt, somewhere before noon
SPEED: Final = "20"
FLOAT: Final = 100_000
_DRAWER: Final = "drawer-1"
#: Openings that the cash book may have twice, because the answer to the first was lost or the till was killed.
_TOLD_TWICE: Final = 3


class Day:
    """One day at one till. `step` is called after every document; `secrets_in`: a folder for the sandboxes' keys."""

    #: Who comes, the cash moves as in CASH_MOVES with the book's codes for their reasons, what lies in the drawer when
    #: the shift is opened, which of the fiscaliser's requests sell, and whether paper is known by our own numbers.
    _customers = customers.UKRAINE
    _moves: Mapping[int, tuple[str, int, str]] = CASH_MOVES
    _codes: Mapping[str, str] = CODES
    _float = FLOAT
    _selling: Mapping[str, str] = {"path": "/receipts/sell"}
    _own_numbers = False

    def __init__(self, folder: Path, secrets_in: Path, wish: Wish, step: Callable[[str], None]) -> None:
        self._chance = random.Random(wish.seed)  # noqa: S311 - a shop's day, not a secret
        self._wish = wish
        self._step = step
        self._secrets_in = secrets_in
        self._folder = folder
        self._documents: list[Asked] = []
        self._counts: list[Delivery] = []
        self._counter = 0
        self._fiscaliser: SandboxProcess | None = None
        self._book: SandboxProcess | None = None
        self._outage: Outage | None = None
        self._bench: Bench | RegisterBench
        self._till: TillProcess
        self._client: Till
        self._hands: Hands

    def run(self) -> Result:
        """Raises UserError when the day cannot go on."""
        options = ["--paper", str(self._folder / "paper.txt"), "--roll", str(ROLL_LINES), "--speed", SPEED]
        with ExitStack() as stack:
            config = self._config(stack)
            self._bench = self._device(stack, config.pty, [*options, "--drawer-closes-after", "0.12"])
            self._till = stack.enter_context(TillProcess(config, self._wish.till_fault))
            self._client = Cashier(self._till, config.token).client
            self._hands = Hands(self._client, self._bench, self._id, self._step)
            self._open()
            self._trade()
            return self._evening(self._close())

    def _config(self, stack: ExitStack) -> Rehearsal:
        return write_config(self._folder, self._checkbox(stack), self._newstore(stack), self._datecs)

    def _device(self, stack: ExitStack, pty: Path, options: list[str]) -> Bench | RegisterBench:
        if self._datecs is None:
            return stack.enter_context(Bench(pty, [*options, "--columns", "42"]))
        return stack.enter_context(RegisterBench(pty, self._datecs.dialect, options))

    @property
    def _datecs(self) -> Datecs | None:
        return Datecs(self._wish.dialect) if self._wish.fiscaliser == "datecs" else None

    def _checkbox(self, stack: ExitStack) -> Checkbox | None:
        if self._wish.fiscaliser != "checkbox":
            return None
        self._fiscaliser = stack.enter_context(SandboxProcess("checkbox", "--profile", self._wish.profile))
        self._outage = stack.enter_context(Outage(self._wish, self._fiscaliser.ready["base_url"]))
        return self._outage.register(Checkbox.of(self._fiscaliser.ready, self._wish.profile, self._secrets_in))

    def _newstore(self, stack: ExitStack) -> NewStore | None:
        if not self._wish.book:
            return None
        options = ("--currency", self._currency, "--drawer", f"{_DRAWER}:1000", "--drafts-may-stay")
        self._book = stack.enter_context(SandboxProcess("newstore", *options))
        return NewStore.of(self._book.ready, self._secrets_in, _DRAWER, self._codes)

    @property
    def _currency(self) -> str:
        return "UAH" if self._datecs is None else self._datecs.shop["currency"]

    # --- the day ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._hands.wait(lambda status: status.printer.state == "ready", "the printer to answer")
        self._book_meets("lost-answer", operation="activate")
        self._hands.open_shift(self._id("shift"), self._float)
        self._hands.wait(lambda status: status.can_sell, "the till to be ready to sell")
        self._step("shift opened")

    def _trade(self) -> None:
        troubles = self._troubles()
        for number in range(1, SALES + 1):
            self._book_troubles(number)
            if self._outage is not None:
                self._outage.before(number)
            sale = customers.sale(self._chance, self._id("sale"), self._customers)
            troubles.get(number, self._make)(sale)
            if number in RETURNS_AFTER:
                back = customers.given_back(self._chance, self._id("return"), self._documents, self._customers)
                self._make(back)
            if number in self._moves:
                kind, amount, reason = self._moves[number]
                self._make(Asked(self._id("cash"), "cash", {"type": kind, "amount": amount, "reason": reason}))
            if number == COUNT_AFTER:
                self._count("intra_day_balance", self._cash - 10_000, self._cash)
            if number == SALES // 2:
                self._make(Asked(self._id("x"), "x_report", {}))

    def _close(self) -> Document:
        self._count("end_of_day_balance", self._cash)
        self._book_meets("lost-answer", operation="deactivate")
        report = Asked(self._id("close"), "shift_report", {})
        self._make(report)
        return self._client.receipt(report.document_id)

    @property
    def _cash(self) -> int:
        """What lies in the drawer, as whoever stands at it has seen it come and go."""
        return self._float + sum(asked.cash for asked in self._documents)

    def _id(self, kind: str) -> str:
        self._counter += 1
        return f"demo-{self._wish.seed}-{kind}-{self._counter}"

    def _make(self, asked: Asked) -> None:
        self._documents.append(asked)
        self._hands.make(asked)

    def _count(self, reason: str, *found: int) -> None:
        """Count, and count again as long as there is something else to be `found`."""
        self._hands.count(reason, found)
        self._counts.append(Delivery("count", reason, found[-1]))

    # --- trouble ----------------------------------------------------------------------------------------------------

    def _troubles(self) -> dict[int, Callable[[Asked], None]]:
        """Which sale meets which."""
        troubles: dict[int, Callable[[Asked], None]] = {18: self._unplugged, 45: self._killed}
        if self._fiscaliser is not None:
            troubles |= {
                6: self._meets("lost-answer", **self._selling),
                15: self._meets("token-expired"),
                24: self._meets("slow", **self._selling, delay_s=1.0),
                37: self._meets("lost-answer", **self._selling),
                55: self._killed_at_the_fiscaliser,
            }
        return {**troubles, demo_outage.KILLED: self._killed} if self._wish.outage else troubles

    def _book_troubles(self, number: int) -> None:
        """What the cash book meets before sale `number`; it is told of the sale by and by."""
        if number in BOOK_TROUBLES:
            fault, more = BOOK_TROUBLES[number]
            self._book_meets(fault, **more)
        if self._book is not None and number == AWAY[0]:
            self._book.fault("down")
        if self._book is not None and number == AWAY[1]:
            self._book.fault("down", count=0)
            self._book.fault("lost-answer", count=1, operation="count_action")

    def _book_meets(self, fault: str, **more: Any) -> None:
        if self._book is not None:
            self._book.fault(fault, count=1, **more)

    def _unplugged(self, asked: Asked) -> None:
        def trouble() -> None:
            self._bench.do("unplug")
            self._hands.wait(lambda status: status.printer.state == "silent", "the till to miss its printer")
            self._bench.do("plug")

        self._hands.in_the_middle(asked, trouble)
        self._finish(asked)

    def _killed(self, asked: Asked) -> None:
        self._hands.shut()
        self._hands.in_the_middle(asked, self._till.restart)
        self._finish(asked)

    def _meets(self, fault: str, **more: Any) -> Callable[[Asked], None]:
        """The next sale meets this fault of the fiscaliser, once."""

        def meet(asked: Asked) -> None:
            if self._fiscaliser is not None:
                self._fiscaliser.fault(fault, count=1, **more)
            self._make(asked)

        return meet

    def _killed_at_the_fiscaliser(self, asked: Asked) -> None:
        """The vendor has the sale and takes its time to say so; meanwhile the till is killed."""
        if self._fiscaliser is not None:
            self._fiscaliser.fault("slow", count=1, **self._selling, delay_s=2.0)
        self._hands.shut()
        before = self._at_the_fiscaliser()
        self._hands.while_asking(asked, lambda: self._at_the_fiscaliser() > before, self._till.restart)
        self._finish(asked)

    def _at_the_fiscaliser(self) -> int:
        """How many receipts the vendor has, in whatever state."""
        return 0 if self._fiscaliser is None else len(self._fiscaliser.books()["receipts"])

    def _finish(self, asked: Asked) -> None:
        self._hands.wait(lambda status: status.printer.state in ("ready", "paper_end"), "the printer to be back")
        self._make(asked)

    # --- the evening ------------------------------------------------------------------------------------------------

    def _evening(self, report: Document) -> Result:
        on_line = self._hands.waited(lambda status: status.fiscal is None or status.fiscal.mode == "online")
        everything_told = self._hands.waited(lambda status: not any(one["behind"] for one in status.books))
        cash_book = self._read(self._book)
        result = evening.count(
            self._documents, self._bench.printed(), self._registered(), own_numbers=self._own_numbers
        )
        pulses = self._bench.do("drawer")["pulses"]
        result.openings = sum(1 for pulse in pulses if pulse["result"] == "opens")
        result.cash_in_drawer = self._cash
        result.cash_of_till = report.totals["expected_cash"] if isinstance(report.totals, dict) else 0
        if cash_book is not None:
            found = CashBook.of(cash_book)
            wanted = demo_book.owed(self._documents, self._float, self._counts, self._codes)
            result.openings_seen = sum(map(self._hands.saw_it_open, self._documents))
            result.told = demo_book.compare(wanted, found, result.openings_seen, repeated=_TOLD_TWICE)
            result.cash_of_book = found.expected
        if cash_book is not None and not everything_told:
            result.notes.append(f"{PATIENCE_S:.0f} s after the close the till still has to tell its cash book of some")
        if not on_line:
            result.notes.append(f"{PATIENCE_S:.0f} s after the close the register is not on line again")
        self._step("the books are read")
        return result

    def _registered(self) -> evening.Books | None:
        if isinstance(self._bench, RegisterBench):
            return demo_register.registered(self._bench.books(self._folder / "datecs.json"), self._documents)
        books = self._read(self._fiscaliser)
        return None if books is None else evening.Books.of(books)

    def _read(self, vendor: SandboxProcess | None) -> dict[str, Any] | None:
        """A vendor's books, a copy of which is left in the folder."""
        if vendor is None:
            return None
        books = vendor.books()
        text = json.dumps(books, ensure_ascii=False, indent=1)
        (self._folder / f"{vendor.vendor}.json").write_text(text, encoding="utf-8")
        return books
