"""Beside a sale's way, on the demo day: what a person at the till does: asks, waits, loads paper, looks, counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import OnPaper
from firmware_bridge.errors import UserError
from firmware_bridge.rehearsal import Cashier


class Bench(Protocol):
    """The device at the paper's end, as a person beside it has it."""

    def do(self, what: str, **arguments: Any) -> dict[str, Any]: ...
    def printed(self) -> list[OnPaper]: ...
    def again(self, asked: Asked) -> bool:
        """Let whoever has printed the document print it once more; False: that is the till's own matter."""


PATIENCE_S: Final = 60.0
_SHUT_S: Final = 1.5
_LOOK_S: Final = 0.05  # between two looks at what a person waits for
_PATHS: Final = {
    "sale": "/v1/sales",
    "return": "/v1/returns",
    "cash": "/v1/cash",
    "x_report": "/v1/reports/x",
    "shift_report": "/v1/shifts/current/close",
}


class Hands:
    """`new_id` makes the ids of what is asked for by the way; `step` is called after every document."""

    def __init__(
        self, cashier: Cashier, bench: Bench, new_id: Callable[[str], str], step: Callable[[str], None]
    ) -> None:
        self._cashier = cashier
        self._bench = bench
        self._new_id = new_id
        self._step = step
        self._open_for: Asked | None = None

    def make(self, asked: Asked) -> None:
        """Ask, and stay until it is made; the same id is repeated whenever no answer came. Raises UserError."""
        self._before(asked)
        body = {"id": asked.document_id, **asked.body}
        self.ask_until_done(_PATHS[asked.kind], body, f"{asked.kind} {asked.document_id}")
        self._made(asked)

    def ask_until_done(self, path: str, body: dict[str, Any], what: str) -> None:
        """As `make`, for what leaves no document. Raises UserError."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self.help()
            status, answer = self._cashier.try_post(path, body, wait=1)
            if status in (200, 201) or (status == 409 and answer.get("outcome") == "refused"):
                return
            if status in (400, 401, 403, 415, 422):
                raise UserError(f"The till refused {what}: {answer}")
        raise UserError(f"{what} was not made within {PATIENCE_S:.0f} s: {answer.get('detail', status)}")

    def _made(self, asked: Asked) -> None:
        view = self._cashier.get(f"/v1/receipts/{asked.document_id}")
        asked.number, asked.state = view["number"], view["state"]
        fiscal = view["fiscal"] or {}
        # a register that was found out by its sums alone has told the number on its own paper, and no other
        asked.fiscal = fiscal.get("number") or fiscal.get("document_no", "")
        asked.named = bool(fiscal.get("number"))
        if asked.kind in ("sale", "return"):
            sign = 1 if asked.kind == "sale" else -1
            card = sum(p["amount"] for p in asked.body["payments"] if p["type"] != "cash")
            has_cash = any(p["type"] == "cash" for p in asked.body["payments"])
            asked.total = view["totals"]["total"]
            asked.cash = sign * (view["totals"]["payable"] - card) if has_cash else 0
        if asked.kind == "cash":
            asked.cash = {"in": 1, "out": -1, "none": 0}[view["direction"]] * view["amount"]
        if view["paper"]["interrupted"] or asked.state == "paper_missing":
            self._copy(asked)
        self._step(f"{asked.kind} {asked.number}")

    def _before(self, asked: Asked) -> None:
        if asked.kind == "cash" or any(one["type"] == "cash" for one in asked.body.get("payments", ())):
            self.shut()
            self._open_for = asked

    def shut(self) -> None:
        """Wait until the drawer, sprung open for an earlier document, is seen shut: nobody needs it twice at once."""
        asked, self._open_for = self._open_for, None
        if asked is None or not self._sees_the_drawer():
            return
        until = time.monotonic() + _SHUT_S
        while time.monotonic() < until:
            view = self._cashier.try_get(f"/v1/receipts/{asked.document_id}")
            if view is not None and view["drawer"]["state"] not in ("opening", "open"):
                return
            time.sleep(_LOOK_S)
        # a till that was killed meanwhile does not know any more whom it opened it for
        self.wait(lambda status: not status["drawers"][0]["opened"], "the drawer to be pushed shut")

    def _sees_the_drawer(self) -> bool:
        """Does the drawer tell the till whether it is shut? The one on a fiscal printer does not."""
        status = self._cashier.try_get("/v1/status")
        return status is None or bool(status["drawers"][0]["cap_status"])

    def saw_it_open(self, asked: Asked) -> bool:
        """Whether the till says that the drawer sprang open for this document."""
        view = self._cashier.get(f"/v1/receipts/{asked.document_id}")
        return view["drawer"]["state"] in ("open", "closed")

    def _copy(self, asked: Asked) -> None:
        """The customer has two pieces of paper, or none: a copy, marked as one, or from the register itself."""
        if self._bench.again(asked):
            return
        body = {"id": self._new_id("copy"), "reason": "папір закінчився посеред чека"}
        self._cashier.post(f"/v1/receipts/{asked.document_id}/copy", body)

    def help(self) -> None:
        """Load paper when the till asks for it, look at the paper when it is in doubt."""
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
        self._cashier.post(f"{path}/resolve", {"id": self._new_id("look"), **verdict})

    def count(self, reason: str, found: Sequence[int]) -> None:
        """Count the drawer: what is `found` each time, the last is submitted. Raises UserError."""
        self.shut()
        count_id = self._new_id("count")
        path = f"/v1/counts/{count_id}"
        self._cashier.post("/v1/counts", {"id": count_id, "drawer": "main", "reason": reason})
        for again, counted in enumerate(found):
            if again:
                self._cashier.post(f"{path}/recount", {"id": self._new_id("recount")})
            self._cashier.post(path, {"id": self._new_id("found"), "counted": counted}, method="PUT")
        self._cashier.post(f"{path}/submit", {"id": self._new_id("submit")})
        self._step(f"count {reason}")

    # --- when something goes wrong ----------------------------------------------------------------------------------

    def in_the_middle(self, asked: Asked, trouble: Callable[[], object]) -> None:
        """Ask for the document and make trouble when its first lines are on paper, or when it is made without."""
        before = self._bench.do("status")["lines"]
        self.while_asking(asked, lambda: self._bench.do("status")["lines"] >= before + 6, trouble)

    def while_asking(self, asked: Asked, reached: Callable[[], bool], trouble: Callable[[], object]) -> None:
        """Ask for the document and make trouble when `reached`. Raises UserError when it never is."""
        self.help()
        self._before(asked)
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

    def wait(self, reached: Callable[[dict[str, Any]], bool], what: str) -> None:
        """Wait until the till's status shows it. Raises UserError."""
        if not self.waited(reached):
            raise UserError(f"Waited {PATIENCE_S:.0f} s in vain for {what}")

    def waited(self, reached: Callable[[dict[str, Any]], bool], patience_s: float = PATIENCE_S) -> bool:
        """Whether the till's status showed it in time."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            status = self._cashier.try_get("/v1/status")
            if status is not None and reached(status):
                return True
            time.sleep(_LOOK_S)
        return False
