"""A trading day: a real till process, a simulated printer in another, and a cashier who only has the local API.

The day goes wrong where days go wrong: the paper ends in the middle of a receipt, the printer is unplugged and
comes back, the till is killed while it prints. In the evening the paper is read, and nothing but the paper: what
was acknowledged and is not on it is lost, what stands on it twice is doubled.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from firmware_bridge.errors import UserError
from firmware_bridge.rehearsal import Cashier, TillProcess, write_config
from firmware_bridge.simulation import Bench, OnPaper

SALES = 60
RETURNS_AFTER = (12, 33, 51)
ROLL_LINES = 620  # ends in the middle of a receipt, somewhere before noon
SPEED = "12"
FINISHED = ("paper_out", "paper_missing", "refused")
PATIENCE_S = 60.0
GOODS = (
    ("Хліб пшеничний", 4100),
    ("Молоко 2,5 %", 5250),
    ("Сир твердий ваговий", 38990),
    ("Кава мелена 250 г", 18975),
    ("Яблука", 3465),
    ("Серветки", 2199),
    ("Шоколад чорний", 6790),
)


@dataclass(slots=True)
class Asked:
    """A document that the cashier asked for, and what the till said of it."""

    document_id: str
    kind: str
    body: dict[str, Any]
    number: str = ""
    state: str = ""
    cash: int = 0


@dataclass(slots=True)
class Result:
    """What the paper says about the day."""

    sales: int = 0
    printed: int = 0
    lost: int = 0
    duplicated: int = 0
    copies: int = 0
    cash_documents: int = 0
    openings: int = 0
    expected_cash: int = 0
    counted_cash: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.lost and not self.duplicated and self.expected_cash == self.counted_cash

    @property
    def figures(self) -> dict[str, int]:
        """The contract's keys; without a fiscaliser and books nothing is fiscalised or delivered."""
        return {
            "sales": self.sales,
            "printed": self.printed,
            "fiscalised": 0,
            "delivered": 0,
            "lost": self.lost,
            "duplicated": self.duplicated,
        }


class Day:
    """One day at one till. `step` is called after every document."""

    def __init__(self, folder: Path, seed: int, fault: str, step: Callable[[str], None]) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a shop's day, not a secret
        self._step = step
        self._config = write_config(folder)
        self._fault = fault
        self._folder = folder
        self._documents: list[Asked] = []
        self._float = 100_000
        self._counter = 0
        self._seed = seed
        self._bench: Bench
        self._till: TillProcess
        self._cashier: Cashier

    def run(self) -> Result:
        paper = self._folder / "paper.txt"
        options = ["--paper", str(paper), "--roll", str(ROLL_LINES), "--speed", SPEED, "--columns", "42"]
        with (
            Bench(self._config.pty, [*options, "--drawer-closes-after", "0.15"]) as bench,
            TillProcess(self._config, self._fault) as till,
        ):
            self._bench, self._till = bench, till
            self._cashier = Cashier(till, self._config.token)
            self._open()
            self._trade()
            report = self._close()
            return self._read_the_paper(report)

    # --- the day ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._wait(lambda status: status["printer"]["state"] == "ready", "the printer to answer")
        self._cashier.post("/v1/shifts", {"id": self._id("shift"), "float_amount": self._float})
        self._step("shift opened")

    def _trade(self) -> None:
        troubles: dict[int, Callable[[Asked], None]] = {18: self._unplugged, 45: self._killed}
        for number in range(1, SALES + 1):
            sale = self._sale()
            troubles.get(number, self._make)(sale)
            if number in RETURNS_AFTER:
                self._make(self._return())
            if number == 8:
                self._make(self._cash_move("add_petty_cash", 75_000, "розмінна монета"))
            if number == 40:
                self._make(self._cash_move("cash_pull", 50_000, "інкасація"))
            if number == 30:
                self._make(Asked(self._id("x"), "x_report", {}))

    def _close(self) -> dict[str, Any]:
        report = Asked(self._id("close"), "shift_report", {})
        self._make(report)
        answer: dict[str, Any] = self._cashier.get(f"/v1/receipts/{report.document_id}")
        return answer

    # --- documents --------------------------------------------------------------------------------------------------

    def _id(self, kind: str) -> str:
        self._counter += 1
        return f"demo-{self._seed}-{kind}-{self._counter}"

    def _sale(self) -> Asked:
        lines = []
        for name, price in self._random.sample(GOODS, self._random.randint(1, 4)):
            quantity = self._random.choice((1000, 1000, 2000, 350, 1250))
            line = {"code": name[:12], "name": name, "price": price, "quantity": quantity, "tax_group": "vat20"}
            if self._random.random() < 0.2:
                line["adjustments"] = [{"kind": "discount", "mode": "percent", "value": 500, "name": "Знижка"}]
            lines.append(line)
        total = sum(_net(line) for line in lines)
        return Asked(self._id("sale"), "sale", {"lines": lines, "payments": self._payments(total)})

    def _payments(self, total: int) -> list[dict[str, Any]]:
        way = self._random.choice(("cash", "card", "mixed"))
        card = {"type": "card", "label": "Картка", "card": {"mask": "5168****1234", "rrn": "000123"}}
        if way == "card":
            return [{**card, "amount": total}]
        if way == "mixed" and total > 2:
            part = total // 2
            return [{**card, "amount": part}, {"type": "cash", "amount": total - part, "given": _notes(total - part)}]
        return [{"type": "cash", "amount": total, "given": _notes(total)}]

    def _return(self) -> Asked:
        """One article of an earlier sale that had no discount; what was paid in cash is paid back in cash."""
        sold = [
            asked
            for asked in self._documents
            if asked.kind == "sale" and asked.state == "paper_out" and asked.body["payments"][0]["type"] == "cash"
        ]
        self._random.shuffle(sold)
        for asked in sold:
            for line in asked.body["lines"]:
                if "adjustments" not in line and not any(a.body.get("original") for a in self._documents if a is asked):
                    body = {
                        "lines": [line],
                        "payments": [{"type": "cash", "amount": _net(line)}],
                        "original": {"id": asked.document_id},
                    }
                    asked.kind = "sale returned"
                    return Asked(self._id("return"), "return", body)
        raise UserError("The day has sold nothing that could be returned")

    def _cash_move(self, kind: str, amount: int, reason: str) -> Asked:
        body = {"type": kind, "amount": amount, "reason": reason}
        return Asked(self._id("cash"), "cash", body)

    # --- making them ------------------------------------------------------------------------------------------------

    def _make(self, asked: Asked) -> None:
        """Ask, and stay until it is made; the same id is repeated whenever no answer came."""
        paths = {
            "sale": "/v1/sales",
            "return": "/v1/returns",
            "cash": "/v1/cash",
            "x_report": "/v1/reports/x",
            "shift_report": "/v1/shifts/current/close",
        }
        self._documents.append(asked)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self._help()
            status, answer = self._cashier.try_post(paths[asked.kind], {"id": asked.document_id, **asked.body}, wait=1)
            if status in (200, 201) or (status == 409 and answer.get("outcome") == "refused"):
                self._made(asked)
                return
            if status in (400, 401, 403, 415, 422):
                raise UserError(f"The till refused {asked.kind}: {answer}")
        raise UserError(f"{asked.kind} {asked.document_id} was not made within {PATIENCE_S:.0f} s")

    def _made(self, asked: Asked) -> None:
        view = self._cashier.get(f"/v1/receipts/{asked.document_id}")
        asked.number, asked.state = view["number"], view["state"]
        if asked.kind in ("sale", "return"):
            sign = 1 if asked.kind == "sale" else -1
            card = sum(p["amount"] for p in asked.body["payments"] if p["type"] != "cash")
            has_cash = any(p["type"] == "cash" for p in asked.body["payments"])
            asked.cash = sign * (view["totals"]["payable"] - card) if has_cash else 0
        if asked.kind == "cash":
            asked.cash = view["amount"] if view["direction"] == "in" else -view["amount"]
        if view["paper"]["interrupted"] or asked.state == "paper_missing":
            self._copy(asked)
        if asked.cash:
            self._wait(lambda status: not status["drawers"][0]["opened"], "the drawer to be pushed shut")
        self._step(f"{asked.kind} {asked.number}")

    def _copy(self, asked: Asked) -> None:
        """The customer has two pieces of paper, or none: a copy, marked as one."""
        body = {"id": self._id("copy"), "reason": "папір закінчився посеред чека"}
        self._cashier.post(f"/v1/receipts/{asked.document_id}/copy", body)

    def _help(self) -> None:
        """What a person at the till does: load paper when it asks for it, look at the paper when it is in doubt."""
        status = self._cashier.try_get("/v1/status")
        if status is None:
            return
        if status["printer"]["state"] == "paper_end":
            self._bench.do("load_paper", lines=None)
        for unfinished in status["unfinished"]:
            if unfinished["person_needed"]:
                self._look(unfinished)

    def _look(self, unfinished: dict[str, Any]) -> None:
        seen = any(
            document.number == unfinished["number"] and document.originals + document.copies
            for document in self._bench.printed()
        )
        verdict = {"verdict": "printed" if seen else "not_printed", "evidence": "looked at the printer"}
        self._cashier.post(f"/v1/receipts/{unfinished['id']}/resolve", {"id": self._id("look"), **verdict})

    # --- trouble ----------------------------------------------------------------------------------------------------

    def _unplugged(self, asked: Asked) -> None:
        self._in_the_middle(asked, lambda: self._bench.do("unplug"))
        self._wait(lambda status: status["printer"]["state"] == "silent", "the till to miss its printer")
        self._bench.do("plug")
        self._finish(asked)

    def _killed(self, asked: Asked) -> None:
        self._in_the_middle(asked, self._till.kill)
        self._till.start()
        self._finish(asked)

    def _in_the_middle(self, asked: Asked, trouble: Callable[[], object]) -> None:
        """Ask for the document and make trouble when its first lines are on paper, or when it is made without."""
        self._help()
        before = self._bench.do("status")["lines"]
        body = {"id": asked.document_id, **asked.body}
        first = threading.Thread(target=self._cashier.try_post, args=("/v1/sales", body), kwargs={"wait": 5})
        first.start()
        until = time.monotonic() + PATIENCE_S
        while first.is_alive() and self._bench.do("status")["lines"] < before + 6:
            if time.monotonic() > until:
                raise UserError("The printer did not begin to print")
            time.sleep(0.005)
        trouble()
        first.join()

    def _finish(self, asked: Asked) -> None:
        self._wait(lambda status: status["printer"]["state"] in ("ready", "paper_end"), "the printer to be back")
        self._make(asked)

    def _wait(self, reached: Callable[[dict[str, Any]], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            status = self._cashier.try_get("/v1/status")
            if status is not None and reached(status):
                return
            time.sleep(0.02)
        raise UserError(f"Waited {PATIENCE_S:.0f} s in vain for {what}")

    # --- the evening ------------------------------------------------------------------------------------------------

    def _read_the_paper(self, report: dict[str, Any]) -> Result:
        found = {(document.number, _kind(document)): document for document in self._bench.printed()}
        pulses = self._bench.do("drawer")["pulses"]
        result = Result(
            cash_documents=sum(1 for asked in self._documents if asked.cash),
            openings=sum(1 for pulse in pulses if pulse["result"] == "opens"),
        )
        asked_numbers = set()
        for asked in self._documents:
            kind = "return" if asked.kind == "return" else "sale"
            if not asked.kind.startswith(("sale", "return")) or asked.state == "refused":
                continue
            asked_numbers.add((asked.number, kind))
            result.sales += 1
            document = found.get((asked.number, kind))
            originals, copies = (document.originals, document.copies) if document is not None else (0, 0)
            result.printed += bool(originals + copies)
            result.lost += not originals + copies
            result.duplicated += max(0, originals - 1)
            result.copies += copies
        for key, document in found.items():
            if key[1] in ("sale", "return") and key not in asked_numbers:
                result.duplicated += document.originals
                result.notes.append(f"{key[1]} {key[0]} is on paper, but nobody asked for it")
        result.expected_cash = self._float + sum(asked.cash for asked in self._documents)
        result.counted_cash = report["totals"]["expected_cash"]
        return result


def _kind(document: OnPaper) -> str:
    return document.kind or "sale"


def _net(line: dict[str, Any]) -> int:
    """What the line costs; half up, and a discount of five per cent where there is one."""
    gross = (line["price"] * line["quantity"] * 2 + 1000) // 2000
    discount = (gross * 500 * 2 + 10_000) // 20_000 if "adjustments" in line else 0
    return int(gross - discount)


def _notes(due: int) -> int:
    """Banknotes that cover the sum, after rounding up to half a hryvnia."""
    return (due + 50 + 9_999) // 10_000 * 10_000


def run(seed: int, keep: Path | None, *, as_json: bool, fault: str) -> int:
    """Run the day; 0 when nothing was lost or doubled, else 1."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="firmware-bridge-demo-") as temporary:
        folder = keep or Path(temporary)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder} cannot be made: {error.strerror}", "give another directory to --keep") from error
        if (folder / "journal.sqlite").exists():
            raise UserError(f"{folder} holds a journal already; nothing was begun", "give an empty directory to --keep")
        columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("opening", total=SALES + len(RETURNS_AFTER) + 5)
            result = Day(folder, seed, fault, lambda what: progress.update(task, advance=1, description=what)).run()
    if as_json:
        sys.stdout.write(json.dumps(result.figures) + "\n")
    else:
        _show(console, result)
        sys.stdout.write("demo: " + " ".join(f"{key}={value}" for key, value in result.figures.items()) + "\n")
    return 0 if result.good else 1


def _show(console: Console, result: Result) -> None:
    table = Table(title="The day, as the paper tells it")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, figure in (
        ("sales and returns asked for", result.sales),
        ("of them on paper, complete", result.printed),
        ("marked copies", result.copies),
        ("lost", result.lost),
        ("unmarked twice", result.duplicated),
        ("documents with cash", result.cash_documents),
        ("drawer openings", result.openings),
        ("cash expected by the cashier", f"{result.expected_cash / 100:.2f}"),
        ("cash expected by the till", f"{result.counted_cash / 100:.2f}"),
    ):
        table.add_row(what, str(figure))
    console.print(table)
    for note in result.notes:
        console.print(note)
