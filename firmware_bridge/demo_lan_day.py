"""A trading day at a till whose register is one of the shop's network, charges cards and prints itself.

The register is slow, loses its answers (to sales, to cash in or out, to the closing), its printer fails once, and the
till is killed twice while a sale is on its way there. What it knows of the cash in the drawer it was told as cash in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_bridge import demo_evening as evening
from firmware_bridge.api.answer_schema import Document
from firmware_bridge.demo_arguments import Wish
from firmware_bridge.demo_customers import Asked, Customers
from firmware_bridge.demo_day import CASH_MOVES, FLOAT, Day
from firmware_bridge.demo_evening import Result
from firmware_bridge.demo_lan import IkassaRegister, LanBench, Register, SmartOneRegister
from firmware_bridge.rehearsal import Networked, Rehearsal, write_config
from firmware_bridge.rehearsal_lan import Ikassa, SmartOne
from firmware_bridge.sandbox_command import SandboxProcess

#: So that a day of a minute does not wait as a shop does before it believes that nothing is on its way any more.
_SOON: Final = "answer_s = 10\nsettle_s = 1\ncard_wait_s = 30"


@dataclass(frozen=True, slots=True)
class Shop:
    """Who comes, in which currency they pay, and the cash moves of CASH_MOVES with their reasons in its language."""

    customers: Customers
    currency: str
    reasons: tuple[str, ...]

    @property
    def moves(self) -> Mapping[int, tuple[str, int, str]]:
        """As CASH_MOVES."""
        both = zip(CASH_MOVES.items(), self.reasons, strict=True)
        return {number: (kind, amount, reason) for (number, (kind, amount, _)), reason in both}

    @property
    def codes(self) -> Mapping[str, str]:
        """The reasons that the cash book has a code for."""
        return {self.reasons[1]: "post_office"}


BELARUS: Final = Shop(
    Customers(
        goods=(
            ("Хлеб пшеничный", 410),
            ("Молоко 2,5 %", 525),
            ("Сыр твёрдый весовой", 3899),
            ("Кофе молотый 250 г", 1897),
            ("Яблоки", 346),
            ("Салфетки", 219),
            ("Шоколад тёмный", 679),
        ),
        discount="Скидка",
        card="Карточка",
        by_device=True,
    ),
    "BYN",
    ("разменная монета", "почтовые расходы", "инкассация", "разменять деньги"),
)
AZERBAIJAN: Final = Shop(
    Customers(
        goods=(
            ("Çörək", 70),
            ("Süd 2,5 %", 240),
            ("Holland pendiri", 1499),
            ("Üyüdülmüş qəhvə 250 q", 1190),
            ("Alma", 180),
            ("Salfet", 95),
            ("Tünd şokolad", 345),
        ),
        group="vat18",
        discount="Endirim",
        card="Nağdsız",
        by_device=True,
        known_only=True,
    ),
    "AZN",
    ("xırda pul", "poçt xərcləri", "inkassasiya", "pul xırdalamaq"),
)


class LanDay(Day):
    """One day at one such till; as Day."""

    def __init__(self, folder: Path, secrets_in: Path, wish: Wish, step: Callable[[str], None]) -> None:
        super().__init__(folder, secrets_in, wish, step)
        self._shop = BELARUS if wish.fiscaliser == "ikassa" else AZERBAIJAN
        self._customers, self._moves, self._codes = self._shop.customers, self._shop.moves, self._shop.codes
        self._sandbox: SandboxProcess
        self._register: Register

    # --- the shop ---------------------------------------------------------------------------------------------------

    @property
    def _currency(self) -> str:
        return self._shop.currency

    def _config(self, stack: ExitStack) -> Rehearsal:
        networked: Networked
        if self._wish.fiscaliser == "ikassa":
            sandbox = stack.enter_context(SandboxProcess("ikassa", "--token"))
            self._register, networked = IkassaRegister(), Ikassa.of(sandbox.ready, self._secrets_in, _SOON)
        else:
            profile = self._wish.profile
            sandbox = stack.enter_context(SandboxProcess("smartone", "--profile", profile))
            self._register = SmartOneRegister(sandbox.ready)
            networked = SmartOne.of(sandbox.ready, self._secrets_in, _SOON)
        self._sandbox = self._fiscaliser = sandbox
        self._selling, self._own_numbers = self._register.selling, self._register.own_numbers
        if not self._register.carries_balance:
            self._float = 0
        return write_config(self._folder, newstore=self._newstore(stack), networked=networked)

    def _device(self, stack: ExitStack, pty: Path, options: list[str]) -> LanBench:
        made = LanBench(pty, [*options, "--columns", "42"], self._register, self._sandbox)
        return stack.enter_context(made)

    def _open(self) -> None:
        super()._open()
        if not self._float:
            body = {"type": "add_to_float", "amount": FLOAT, "reason": self._shop.reasons[0]}
            self._make(Asked(self._id("cash"), "cash", body))

    # --- trouble ----------------------------------------------------------------------------------------------------

    def _troubles(self) -> dict[int, Callable[[Asked], None]]:
        fault, more = self._register.troubles["sale"]
        return {**super()._troubles(), 15: self._meets(fault, **more), 45: self._killed_at_the_fiscaliser}

    def _at_the_fiscaliser(self) -> int:
        return len(self._register.receipts(self._sandbox.books()))

    def _make(self, asked: Asked) -> None:
        name = asked.body.get("type", "") or asked.kind
        if name != "sale" and name in self._register.troubles:
            fault, more = self._register.troubles[name]
            self._sandbox.fault(fault, count=1, **more)
        super()._make(asked)

    # --- the evening ------------------------------------------------------------------------------------------------

    def _registered(self) -> evening.Books | None:
        books = self._read(self._sandbox)
        return None if books is None else self._register.registered(books, self._documents)

    def _evening(self, report: Document) -> Result:
        result = super()._evening(report)
        # what lay there at first may have been registered, too
        others = sum(asked.kind not in ("sale", "return") for asked in self._documents) + 1
        wanted = 0 if self._register.prints_all else others
        beside = self._bench.beside if isinstance(self._bench, LanBench) else 0
        if beside > wanted:
            result.duplicated += beside - wanted
            result.notes.append(f"beside the register {beside} papers were printed, and {wanted} were wanted at most")
        return result
