"""A cashier and a manager before a till whose register comes and goes: what they ask for, and how they go on."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final, Literal

from firmware_bridge.api.backend import Answer
from statemachines.arithmetic import compute
from statemachines.vocabulary.commands import (
    CloseShift,
    Command,
    MoveCash,
    OpenShift,
    PrintCopy,
    ResolveDoubt,
    RetryFiscalisation,
    Sell,
    TakeXReport,
)
from statemachines.vocabulary.events import Verdict
from statemachines.vocabulary.receipt import CashMove, LineRequest, Original, Payment, Person, Receipt
from tests.support.offline_stack import GROUPS, Stack
from tests.support.offline_stack_judge import wrongs

CASHIER: Final = Person("7", "Коваль О.", "cashier")
MANAGER: Final = Person("1", "Мельник І.", "manager")
HOUR: Final = 3600.0


def receipt(
    name: str, payments: list[Payment], kind: Literal["sale", "return"] = "sale", original: Original | None = None
) -> Receipt:
    total = sum(one.amount for one in payments)
    sums = compute([LineRequest("1", "Хліб", total, 1000, "vat20")], [], payments, GROUPS, "none", kind)
    return Receipt(
        name, kind, "", "UAH", "uk", CASHIER, "", sums.lines, (), sums.payments, sums.totals, original=original
    )  # fmt: skip


@dataclass
class Desk:
    """`sold`: sales that the till has acknowledged, by id, which may be brought back. `unheard`: asked for, and no
    answer came: it is asked for again under the same id.
    """

    stack: Stack
    rng: random.Random
    sold: dict[str, int] = field(default_factory=dict)
    unheard: list[Command] = field(default_factory=list)
    papers_due: list[str] = field(default_factory=list)
    number: int = 0

    def name(self, what: str) -> str:
        self.number += 1
        return f"{what}-{self.number}"

    async def ask(self, command: Command, wait_s: float = 30.0) -> Answer | None:
        answer = await self.stack.ask(command, wait_s)
        if answer is None:
            self.unheard.append(command)
        return answer

    async def repeat_unheard(self) -> None:
        """Whoever had no answer asks again, under the same id."""
        waiting, self.unheard = self.unheard, []
        for command in waiting:
            self._heard(command, await self.ask(command))

    def _heard(self, command: Command, answer: Answer | None) -> None:
        done = answer is not None and answer.outcome in ("done", "replayed")
        if done and isinstance(command, Sell) and command.receipt.kind == "sale":
            self.sold[command.command_id] = command.receipt.totals.total

    # --- wishes -----------------------------------------------------------------------------------------------------

    async def sell(self, amount: int = 0, *, card: bool = False, wait_s: float = 30.0) -> Answer | None:
        amount = amount or self.rng.randint(1, 90) * 100
        name = self.name("sale")
        paid = [Payment("card", amount)] if card else [Payment("cash", amount, amount + 500)]
        command = Sell(name, CASHIER, receipt(name, paid))
        answer = await self.ask(command, wait_s)
        self._heard(command, answer)
        return answer

    async def bring_back(self) -> Answer | None:
        """A sale comes back as a whole, for cash."""
        if not self.sold:
            return None
        original = self.rng.choice(sorted(self.sold))
        amount, name = self.sold.pop(original), self.name("return")
        value = receipt(name, [Payment("cash", amount)], "return", Original(id=original))
        return await self.ask(Sell(name, CASHIER, value))

    async def move(self, direction: Literal["in", "out"], amount: int = 0) -> Answer | None:
        kind: Literal["add_to_float", "cash_pull"] = "add_to_float" if direction == "in" else "cash_pull"
        name = self.name("move")
        amount = amount or self.rng.randint(1, 50) * 100
        return await self.ask(
            MoveCash(name, CASHIER, CashMove(name, kind, direction, amount, "UAH", "uk", "change", CASHIER, ""))
        )

    async def x_report(self) -> Answer | None:
        return await self.ask(TakeXReport(self.name("x"), CASHIER, "uk"))

    # --- shifts -----------------------------------------------------------------------------------------------------

    @property
    def shift_state(self) -> str:
        shift = self.stack.alive.till.shift()
        return "closed" if shift is None else str(shift["state"])

    @property
    def cash(self) -> int:
        shift = self.stack.alive.till.shift()
        totals = None if shift is None else shift["totals"]
        return 0 if totals is None else int(totals["expected_cash"])

    async def open(self) -> Answer | None:
        return await self.ask(OpenShift(self.name("shift"), CASHIER, self.cash), 90.0)

    async def close(self) -> Answer | None:
        return await self.ask(CloseShift(self.name("z"), CASHIER, "uk"), 90.0)

    async def shift_wanted(self) -> None:
        """Whoever wants to sell opens a shift, and closes one that is too old first."""
        if self.shift_state == "expired":
            await self.close()
        if self.shift_state in ("closed", "refused"):
            await self.open()

    # --- troubles that a person has to end ----------------------------------------------------------------------------

    async def tidy(self) -> None:
        """What was paid and is not lawful is tried again; a closing that has stopped is begun again."""
        await self.repeat_unheard()
        await self._copies_due()
        status = self.stack.alive.till.status()
        for document in status["unfinished"]:
            if document["state"] == "paid_unfiscalised":
                await self._lawful_or_paid_back(document["id"])
            elif document["state"] == "print_doubt" and document["person_needed"]:
                await self._look_at_the_paper(document["id"])
        if status["closing"]["state"] == "stopped":
            await self.close()

    async def _lawful_or_paid_back(self, name: str) -> None:
        answer = await self.ask(RetryFiscalisation(self.name("retry"), MANAGER, name))
        if answer is not None and answer.outcome == "none":  # the shift is over: nothing can be made in it any more
            await self.ask(ResolveDoubt(self.name("refund"), MANAGER, name, "refunded", "given back in cash"))

    async def _look_at_the_paper(self, name: str) -> None:
        out = any(job.document_id == name for job in self.stack.printed)
        verdict: Verdict = "printed" if out else "not_printed"
        await self.ask(ResolveDoubt(self.name("looked"), MANAGER, name, verdict, "looked at the paper"))
        if not out:
            self.papers_due.append(name)

    async def _copies_due(self) -> None:
        waiting, self.papers_due = self.papers_due, []
        for name in waiting:
            answer = await self.ask(PrintCopy(self.name("copy"), CASHIER, name, "nothing came out"))
            self.papers_due += [name] if answer is not None and answer.outcome == "none" else []

    async def all_comes_back(self, within_s: float = 6 * HOUR) -> str:
        """Until nothing waits any more and the register is on line; "" or what it still waits for then."""
        until, waits = self.stack.loop.time() + within_s, ""
        while self.stack.loop.time() < until:
            waits = self._still()
            if not waits:
                return ""
            await self.stack.rest(30)
            await self.tidy()
        return waits

    def _still(self) -> str:
        till = self.stack.alive.till
        status = till.status()
        fiscal = status["fiscal"]
        waiting = [one for one in status["unfinished"] if one["state"] not in ("paper_out", "filed")]
        if self.unheard or self.papers_due:
            return f"{len(self.unheard)} have no answer, {len(self.papers_due)} no paper"
        if waiting:
            return f"{waiting[0]['id']} is {waiting[0]['state']} ({waiting[0]['doubt']})"
        if fiscal["mode"] != "online" or fiscal["waiting"]["count"]:
            return f"the register is {fiscal['mode']} ({fiscal['reason']}), {fiscal['waiting']['count']} wait"
        if status["closing"]["state"] != "idle":
            return f"the closing is at {status['closing']['state']} ({status['closing']['waits_for']})"
        if self.shift_state not in ("open", "expiring", "expired", "closed", "refused"):
            return f"the shift is {self.shift_state}"
        return ""

    async def sells_on_line(self) -> str:
        """Afterwards it sells as ever; "" or why not.

        The first sale may find out what nobody could know: that the organisation has closed the shift, or that the
        register has gone off line by itself.
        """
        told = ""
        for _ in range(3):
            await self.shift_wanted()
            answer = await self.sell(1200)
            stamp = {} if answer is None or answer.view is None else answer.view["fiscal"] or {}
            if stamp and not stamp["offline"]:
                return ""
            told = f"no sale afterwards that is an on line one: {answer}"
            if still := await self.all_comes_back():
                return f"it does not come back after a sale: {still}"
        return told

    async def verdict(self) -> list[str]:
        """What is wrong after a life, one sentence each."""
        await self.stack.rest(5)
        records = await self.stack.records()
        return wrongs(records, self.stack.books(), self.stack.printed, expected_cash=self.cash)
