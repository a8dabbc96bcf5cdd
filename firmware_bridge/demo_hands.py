"""Beside a sale's way, on the demo day: what a person at the till does: asks, waits, loads paper, looks, counts.

Asked is as any till program asks: by the client, with an id made before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from firmware_bridge.api.answer_schema import Status, Unfinished
from firmware_bridge.client.errors import BadContent, Declined, NotAllowed, TillError
from firmware_bridge.client.till import Till
from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import OnPaper
from firmware_bridge.errors import UserError


class Bench(Protocol):
    """The device at the paper's end, as a person beside it has it."""

    def do(self, what: str, **arguments: Any) -> dict[str, Any]: ...
    def printed(self) -> list[OnPaper]: ...
    def again(self, asked: Asked) -> bool:
        """Let whoever has printed the document print it once more; False: that is the till's own matter."""


PATIENCE_S: Final = 60.0
_SHUT_S: Final = 1.5
_LOOK_S: Final = 0.05  # between two looks at what a person waits for
_AT_ONCE_S: Final = 2.0  # the client's time, after which a person looks up and sees what is the matter
_THROUGH_S: Final = 10.0  # its time to come through a trouble


class Hands:
    """`new_id` makes the ids of what is asked for by the way; `step` is called after every document."""

    def __init__(self, client: Till, bench: Bench, new_id: Callable[[str], str], step: Callable[[str], None]) -> None:
        self._client = client
        self._bench = bench
        self._new_id = new_id
        self._step = step
        self._open_for: Asked | None = None

    def make(self, asked: Asked) -> None:
        """Ask, and stay until it is made; the same id is repeated whenever no answer came. Raises UserError."""
        self._before(asked)
        self.ask_until_done(lambda: self._ask(asked, _AT_ONCE_S), f"{asked.kind} {asked.document_id}")
        self._made(asked)

    def open_shift(self, shift_id: str, float_amount: int) -> None:
        """As `make`; it leaves no document. Raises UserError."""
        body = {"id": shift_id, "float_amount": float_amount}
        self.ask_until_done(lambda: self._client.open_shift(body, within=_AT_ONCE_S), "the shift")

    def _ask(self, asked: Asked, within: float) -> None:
        asks: dict[str, Callable[..., object]] = {
            "sale": self._client.sell,
            "return": self._client.take_back,
            "cash": self._client.move_cash,
            "x_report": self._client.x_report,
            "shift_report": self._client.close_shift,
        }
        asks[asked.kind]({"id": asked.document_id, **asked.body}, within=within)

    def ask_until_done(self, ask: Callable[[], object], what: str) -> None:
        """Until the till says that it is done, or that it was refused for good. Raises UserError."""
        until = time.monotonic() + PATIENCE_S
        why = ""
        while time.monotonic() < until:
            self.help()
            try:
                ask()
            except Declined:
                return
            except (BadContent, NotAllowed) as error:
                raise UserError(f"The till refused {what}: {error}") from error
            except TillError as error:
                why = error.text
                time.sleep(_LOOK_S)
            else:
                return
        raise UserError(f"{what} was not made within {PATIENCE_S:.0f} s: {why}")

    def _made(self, asked: Asked) -> None:
        view = self._client.receipt(asked.document_id)
        asked.number, asked.state = view.number, view.state
        if view.fiscal is not None:
            # a register that was found out by its sums alone has told the number on its own paper, and no other
            asked.fiscal = view.fiscal.number or view.fiscal.document_no
            asked.named = bool(view.fiscal.number)
        else:
            asked.fiscal, asked.named = "", False
        if asked.kind in ("sale", "return") and isinstance(view.totals, dict):
            sign = 1 if asked.kind == "sale" else -1
            card = sum(p["amount"] for p in asked.body["payments"] if p["type"] != "cash")
            has_cash = any(p["type"] == "cash" for p in asked.body["payments"])
            asked.total = view.totals["total"]
            asked.cash = sign * (view.totals["payable"] - card) if has_cash else 0
        if asked.kind == "cash" and isinstance(view.amount, int):
            asked.cash = {"in": 1, "out": -1}.get(str(view.direction), 0) * view.amount
        if view.paper.interrupted or asked.state == "paper_missing":
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
            with suppress(TillError):
                if self._client.receipt(asked.document_id).drawer.state not in ("opening", "open"):
                    return
            time.sleep(_LOOK_S)
        # a till that was killed meanwhile does not know any more whom it opened it for
        self.wait(lambda status: not status.drawers[0].opened, "the drawer to be pushed shut")

    def _sees_the_drawer(self) -> bool:
        """Does the drawer tell the till whether it is shut? The one on a fiscal printer does not."""
        status = self._status()
        return status is None or status.drawers[0].cap_status

    def _status(self) -> Status | None:
        """None: the till does not answer."""
        try:
            return self._client.status(within=0)
        except TillError:
            return None

    def saw_it_open(self, asked: Asked) -> bool:
        """Whether the till says that the drawer sprang open for this document."""
        return self._client.receipt(asked.document_id).drawer.state in ("open", "closed")

    def _copy(self, asked: Asked) -> None:
        """The customer has two pieces of paper, or none: a copy, marked as one, or from the register itself."""
        if self._bench.again(asked):
            return
        body = {"id": self._new_id("copy"), "reason": "папір закінчився посеред чека"}
        self._client.copy(asked.document_id, body)

    def help(self) -> None:
        """Load paper when the till asks for it, look at the paper when it is in doubt."""
        status = self._status()
        if status is None:
            return
        if status.printer.state == "paper_end":
            self._bench.do("load_paper", lines=None)
        for unfinished in status.unfinished:
            if unfinished.person_needed:
                self._look(unfinished)

    def _look(self, unfinished: Unfinished) -> None:
        fiscal = self._client.receipt(unfinished.id).fiscal
        numbers = {unfinished.number, (fiscal.number if fiscal is not None else "") or None}
        seen = any(paper.number in numbers and paper.originals + paper.copies for paper in self._bench.printed())
        verdict = {"verdict": "printed" if seen else "not_printed", "evidence": "looked at the printer"}
        self._client.resolve(unfinished.id, {"id": self._new_id("look"), **verdict})

    def count(self, reason: str, found: Sequence[int]) -> None:
        """Count the drawer: what is `found` each time, the last is submitted. Raises UserError."""
        self.shut()
        count_id = self._new_id("count")
        self._client.start_count({"id": count_id, "drawer": "main", "reason": reason})
        for again, counted in enumerate(found):
            if again:
                self._client.recount(count_id, {"id": self._new_id("recount")})
            self._client.record_count(count_id, {"id": self._new_id("found"), "counted": counted})
        self._client.submit_count(count_id, {"id": self._new_id("submit")})
        self._step(f"count {reason}")

    # --- when something goes wrong ----------------------------------------------------------------------------------

    def in_the_middle(self, asked: Asked, trouble: Callable[[], object]) -> None:
        """Ask for the document and make trouble when its first lines are on paper, or when it is made without."""
        before = self._bench.do("status")["lines"]
        self.while_asking(asked, lambda: self._bench.do("status")["lines"] >= before + 6, trouble)

    def while_asking(self, asked: Asked, reached: Callable[[], bool], trouble: Callable[[], object]) -> None:
        """Ask for the document and make trouble when `reached`; the client comes through it, or gives up in time.

        Raises UserError when it is never reached.
        """
        self.help()
        self._before(asked)
        first = threading.Thread(target=self._try, args=(asked,))
        first.start()
        until = time.monotonic() + PATIENCE_S
        while first.is_alive() and not reached():
            if time.monotonic() > until:
                raise UserError(f"{asked.kind} {asked.document_id} did not begin within {PATIENCE_S:.0f} s")
            time.sleep(0.005)
        trouble()
        first.join()

    def _try(self, asked: Asked) -> None:
        with suppress(TillError):
            self._ask(asked, _THROUGH_S)

    def wait(self, reached: Callable[[Status], bool], what: str) -> None:
        """Wait until the till's status shows it. Raises UserError."""
        if not self.waited(reached):
            raise UserError(f"Waited {PATIENCE_S:.0f} s in vain for {what}")

    def waited(self, reached: Callable[[Status], bool], patience_s: float = PATIENCE_S) -> bool:
        """Whether the till's status showed it in time."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            status = self._status()
            if status is not None and reached(status):
                return True
            time.sleep(_LOOK_S)
        return False
