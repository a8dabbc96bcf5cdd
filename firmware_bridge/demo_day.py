"""A trading day: a real till process, a simulated printer and a vendor's sandbox in others, and a cashier at the API.

The day goes wrong where days go wrong: the paper ends in the middle of a receipt, the printer is unplugged and
comes back, the till is killed while it prints; the fiscaliser is slow, forgets who is signed in, does its work and
loses the answer, and the till is killed while a sale is on its way there. In the evening the paper and the fiscaliser's
own books are read, and nothing but these: what was acknowledged and is not there is lost, what is there twice is
doubled.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from firmware_bridge import demo_customers as customers
from firmware_bridge import demo_evening as evening
from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import Result
from firmware_bridge.errors import UserError
from firmware_bridge.rehearsal import Cashier, Checkbox, TillProcess, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench

SALES: Final = 60
RETURNS_AFTER: Final = (12, 33, 51)
STEPS: Final = SALES + len(RETURNS_AFTER) + 5  # the shift, two cash moves, an X report, the close
ROLL_LINES: Final = 620  # ends in the middle of a receipt, somewhere before noon
SPEED: Final = "12"
PATIENCE_S: Final = 60.0
_SELL: Final = "/receipts/sell"
_PATHS: Final = {
    "sale": "/v1/sales",
    "return": "/v1/returns",
    "cash": "/v1/cash",
    "x_report": "/v1/reports/x",
    "shift_report": "/v1/shifts/current/close",
}


@dataclass(frozen=True, slots=True)
class Vendor:
    """Whose sandbox registers the sales, and which of its interfaces it has.

    `current` takes two receipts a second and no more, which makes a day of a minute; `seed` takes what comes.
    """

    name: str
    profile: Literal["seed", "current"] = "seed"


class Day:
    """One day at one till. `step` is called after every document; `secrets_in`: a folder for the sandbox's keys."""

    def __init__(
        self, folder: Path, secrets_in: Path, seed: int, fault: str, vendor: Vendor | None, step: Callable[[str], None]
    ) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a shop's day, not a secret
        self._step = step
        self._secrets_in = secrets_in
        self._fault = fault
        self._vendor = vendor
        self._folder = folder
        self._documents: list[Asked] = []
        self._float = 100_000
        self._counter = 0
        self._seed = seed
        self._sandbox: SandboxProcess | None = None
        self._bench: Bench
        self._till: TillProcess
        self._cashier: Cashier

    def run(self) -> Result:
        """Raises UserError when the day cannot go on."""
        options = ["--paper", str(self._folder / "paper.txt"), "--roll", str(ROLL_LINES), "--speed", SPEED]
        with ExitStack() as stack:
            checkbox = None
            if self._vendor is not None:
                api = self._vendor.profile
                self._sandbox = stack.enter_context(SandboxProcess(self._vendor.name, "--profile", api))
                checkbox = Checkbox.of(self._sandbox.ready, api, self._secrets_in)
            config = write_config(self._folder, checkbox)
            device = Bench(config.pty, [*options, "--columns", "42", "--drawer-closes-after", "0.05"])
            self._bench = stack.enter_context(device)
            self._till = stack.enter_context(TillProcess(config, self._fault))
            self._cashier = Cashier(self._till, config.token)
            self._open()
            self._trade()
            return self._evening(self._close())

    # --- the day ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._wait(lambda status: status["printer"]["state"] == "ready", "the printer to answer")
        body = {"id": self._id("shift"), "float_amount": self._float}
        self._ask_until_done("/v1/shifts", body, "the shift")
        self._wait(lambda status: status["can_sell"], "the till to be ready to sell")
        self._step("shift opened")

    def _trade(self) -> None:
        troubles: dict[int, Callable[[Asked], None]] = {18: self._unplugged, 45: self._killed}
        if self._sandbox is not None:
            troubles |= {
                6: self._meets("lost-answer", path=_SELL),
                15: self._meets("token-expired"),
                24: self._meets("slow", path=_SELL, delay_s=1.0),
                37: self._meets("lost-answer", path=_SELL),
                55: self._killed_at_the_fiscaliser,
            }
        for number in range(1, SALES + 1):
            sale = customers.sale(self._chance, self._id("sale"))
            troubles.get(number, self._make)(sale)
            if number in RETURNS_AFTER:
                self._make(customers.given_back(self._chance, self._id("return"), self._documents))
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

    def _id(self, kind: str) -> str:
        self._counter += 1
        return f"demo-{self._seed}-{kind}-{self._counter}"

    def _cash_move(self, kind: str, amount: int, reason: str) -> Asked:
        return Asked(self._id("cash"), "cash", {"type": kind, "amount": amount, "reason": reason})

    # --- making documents -------------------------------------------------------------------------------------------

    def _make(self, asked: Asked) -> None:
        """Ask, and stay until it is made; the same id is repeated whenever no answer came."""
        self._documents.append(asked)
        body = {"id": asked.document_id, **asked.body}
        self._ask_until_done(_PATHS[asked.kind], body, f"{asked.kind} {asked.document_id}")
        self._made(asked)

    def _ask_until_done(self, path: str, body: dict[str, Any], what: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self._help()
            status, answer = self._cashier.try_post(path, body, wait=1)
            if status in (200, 201) or (status == 409 and answer.get("outcome") == "refused"):
                return
            if status in (400, 401, 403, 415, 422):
                raise UserError(f"The till refused {what}: {answer}")
        raise UserError(f"{what} was not made within {PATIENCE_S:.0f} s: {answer.get('detail', status)}")

    def _made(self, asked: Asked) -> None:
        view = self._cashier.get(f"/v1/receipts/{asked.document_id}")
        asked.number, asked.state = view["number"], view["state"]
        asked.fiscal = (view["fiscal"] or {}).get("number", "")
        if asked.kind in ("sale", "return"):
            sign = 1 if asked.kind == "sale" else -1
            card = sum(p["amount"] for p in asked.body["payments"] if p["type"] != "cash")
            has_cash = any(p["type"] == "cash" for p in asked.body["payments"])
            asked.total = view["totals"]["total"]
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
        path = f"/v1/receipts/{unfinished['id']}"
        numbers = {unfinished["number"], (self._cashier.get(path)["fiscal"] or {}).get("number") or None}
        seen = any(paper.number in numbers and paper.originals + paper.copies for paper in self._bench.printed())
        verdict = {"verdict": "printed" if seen else "not_printed", "evidence": "looked at the printer"}
        self._cashier.post(f"{path}/resolve", {"id": self._id("look"), **verdict})

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

    def _meets(self, fault: str, **more: Any) -> Callable[[Asked], None]:
        """The next sale meets this fault of the vendor, once."""

        def meet(asked: Asked) -> None:
            if self._sandbox is not None:
                self._sandbox.fault(fault, count=1, **more)
            self._make(asked)

        return meet

    def _killed_at_the_fiscaliser(self, asked: Asked) -> None:
        """The vendor has the sale and takes its time to say so; meanwhile the till is killed."""
        if self._sandbox is not None:
            self._sandbox.fault("slow", count=1, path=_SELL, delay_s=2.0)
        self._help()
        self._while_asking(asked, lambda: asked.document_id in self._at_the_vendor(), self._till.kill)
        self._till.start()
        self._finish(asked)

    def _at_the_vendor(self) -> set[str]:
        """Our ids of all receipts that the vendor has, in whatever state."""
        rows = [] if self._sandbox is None else self._sandbox.books()["receipts"]
        return {(row["context"] or {}).get("sale_id", "") for row in rows}

    def _in_the_middle(self, asked: Asked, trouble: Callable[[], object]) -> None:
        """Ask for the document and make trouble when its first lines are on paper, or when it is made without."""
        self._help()
        before = self._bench.do("status")["lines"]
        self._while_asking(asked, lambda: self._bench.do("status")["lines"] >= before + 6, trouble)

    def _while_asking(self, asked: Asked, reached: Callable[[], bool], trouble: Callable[[], object]) -> None:
        body = {"id": asked.document_id, **asked.body}
        first = threading.Thread(target=self._cashier.try_post, args=(_PATHS[asked.kind], body), kwargs={"wait": 1})
        first.start()
        until = time.monotonic() + PATIENCE_S
        while first.is_alive() and not reached():
            if time.monotonic() > until:
                raise UserError(f"{asked.kind} {asked.document_id} did not begin within {PATIENCE_S:.0f} s")
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

    def _evening(self, report: dict[str, Any]) -> Result:
        books = None
        if self._sandbox is not None:
            told = self._sandbox.books()
            (self._folder / f"{self._sandbox.vendor}.json").write_text(
                json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8"
            )
            books = evening.Books.of(told)
        result = evening.count(self._documents, self._bench.printed(), books)
        pulses = self._bench.do("drawer")["pulses"]
        result.openings = sum(1 for pulse in pulses if pulse["result"] == "opens")
        result.cash_in_drawer = self._float + sum(asked.cash for asked in self._documents)
        result.cash_of_till = report["totals"]["expected_cash"]
        return result
