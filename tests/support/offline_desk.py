"""A cash desk whose register is in the vendor's sandbox behind a line that can be cut, and who judges it afterwards.

The judge knows what was asked for and what the till acknowledged, reads the vendor's own books and the paper, and
believes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from firmware_bridge.demo_line import Line
from firmware_bridge.rehearsal import Cashier, Checkbox, TillProcess, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import FISCAL_HEADINGS, Bench
from tests.support.processes import QUICK, Desk, Json, card, cash, line, sale, until

#: So that a test waits no longer than it must: looked for every five seconds, few codes.
SOON = "look_every_s = 5\ngo_online_every_s = 10\ncode_reserve = 5\ncode_threshold = 30\ncode_target = 60"
Profile = Literal["seed", "current"]


@dataclass(slots=True)
class Sold:
    """What was asked for and what the till has answered: `number` is the fiscal one on the customer's paper."""

    document_id: str
    kind: Literal["SELL", "RETURN"] = "SELL"
    number: str = ""
    total: int = 0


@dataclass(slots=True)
class Outage:
    """The desk, its line to the register, and the register in its sandbox."""

    desk: Desk
    line: Line
    sandbox: SandboxProcess
    sold: list[Sold] = field(default_factory=list)

    # --- a cashier --------------------------------------------------------------------------------------------------

    def sell(self, *, by_card: bool = False, price: int = 1000) -> Json:
        """One sale; the same id is asked again until the till has an answer."""
        name = self.desk.new_id("sale")
        payments = [card(price)] if by_card else [cash(price, price + 500)]
        body = sale(name, line(price=price), payments=payments)
        return self.answered("/v1/sales", body, Sold(name, total=price))

    def answered(self, path: str, body: Json, wish: Sold) -> Json:
        """Ask until it is done; it is remembered as sold."""
        found: dict[str, Any] = {}

        def done() -> bool:
            nonlocal found
            status, found = self.desk.cashier.try_post(path, body, wait=5)
            assert status in (0, 200, 201, 202) or found["outcome"] == "none", (status, found)
            return status in (200, 201)

        until(done, f"an answer about {wish.document_id}")
        wish.number = found["fiscal"]["number"]
        self.sold.append(wish)
        return found

    def fiscal(self) -> Json:
        """What the status tells of the register."""
        found: Json = self.desk.status()["fiscal"]
        return found

    def mode_is(self, *modes: str, within: float = 60) -> Json:
        """Wait until the register's mode is one of these."""

        def reached() -> Json | None:
            status = self.desk.cashier.try_get("/v1/status")
            return status["fiscal"] if status is not None and status["fiscal"]["mode"] in modes else None

        found: Json | None = until(reached, f"the mode to be {' or '.join(modes)}", within)
        assert found is not None
        return found

    def drained(self) -> Json:
        """Wait until everything is handed over and the register is on line."""
        return self.mode_is("online", within=80)

    def codes_are_there(self, count: int = 60) -> None:
        until(lambda: self.fiscal()["codes"]["free"] >= count, f"{count} codes")

    def restart(self) -> None:
        """Pull the plug of the till's process and start it again."""
        self.desk.till.kill()
        self.desk.till.start()
        self.desk.printer_is("ready")

    def wait_for_the_last(self, left: int) -> None:
        """Wait until no more than `left` documents are still to be handed over."""
        until(lambda: self.fiscal()["waiting"]["count"] <= left, f"{left} documents to be left", within=60)

    # --- who judges it ----------------------------------------------------------------------------------------------

    def sins(self) -> list[str]:
        """What is wrong, one sentence each; nothing when everything is there once, as told, in order."""
        books = self.sandbox.books()
        found = [*_registered(self.sold, books), *_papers(self.sold, self.desk)]
        if books["jam"]:
            found.append(f"the register is jammed: {books['jam']}")
        dated = [one for one in books["receipts"] if one["is_created_offline"]]
        dates = [one["fiscal_date"] for one in dated]
        if dates != sorted(dates):
            found.append(f"dates went back: {dates}")
        return found


def _registered(sold: Sequence[Sold], books: Json) -> Iterator[str]:
    """Every sale stands in the vendor's books once, under the number on the customer's paper, in order."""
    rows = [row for row in books["receipts"] if row["type"] in ("SELL", "RETURN") and row["status"] == "DONE"]
    ours = [(row["context"] or {}).get("sale_id", "") for row in rows]
    for wish in sold:
        mine = [row for row, name in zip(rows, ours, strict=True) if name == wish.document_id]
        if len(mine) != 1:
            yield f"{wish.document_id} stands {len(mine)} times in the register's books"
        elif (mine[0]["fiscal_code"], mine[0]["type"], mine[0]["total_sum"]) != (wish.number, wish.kind, wish.total):
            yield f"{wish.document_id} is {mine[0]['type']} {mine[0]['fiscal_code']} of {mine[0]['total_sum']} there"
    asked = [wish.document_id for wish in sold]
    if [name for name in ours if name in asked] != [name for name in asked if name in ours]:
        yield f"the order is another one: {ours}, sold were {asked}"
    yield from (f"nobody asked for {name or 'one without our id'}" for name in ours if name not in asked)
    codes = [row["fiscal_code"] for row in rows]
    if len(set(codes)) < len(codes):
        yield "two documents have one number"


def _papers(sold: Sequence[Sold], desk: Desk) -> Iterator[str]:
    """Every sale is on one unmarked original with its number."""
    papers = desk.papers(FISCAL_HEADINGS)
    for wish in sold:
        paper = papers.get(f"fiscal {wish.number}")
        if paper is None or paper.originals != 1:
            yield f"{wish.document_id} ({wish.number}) is on {0 if paper is None else paper.originals} originals"


@contextmanager
def outage_desk(
    folder: Path, *, profile: Profile = "current", offline: str = SOON, fault: str = "", shift: bool = True
) -> Iterator[Outage]:
    """A desk with its shift open and its codes there; `fault`: a broken till, which the judge has to catch."""
    secrets = folder / "secrets"
    secrets.mkdir()
    with SandboxProcess("checkbox", "--profile", profile) as sandbox, Line(sandbox.ready["base_url"]) as between:
        register = Checkbox.of(sandbox.ready, profile, secrets)
        at = write_config(folder, replace(register, base_url=between.url, offline=offline))
        with Bench(at.pty, QUICK) as bench, TillProcess(at, fault) as till:
            found = Outage(Desk(at, bench, till, Cashier(till, at.token)), between, sandbox)
            if shift:
                found.desk.open_shift()
                found.codes_are_there()
            yield found
