"""A cash desk whose register is one of the shop's network, in the vendor's sandbox; and a stranger who reads its books.

The stranger knows what was asked for and what the till has acknowledged, reads the register's own books, and believes
nothing else: no journal, no number that the till gave out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from firmware_bridge.rehearsal import Cashier, Rehearsal, TillProcess, write_config
from firmware_bridge.rehearsal_lan import Ikassa, SmartOne
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench
from tests.support.processes import QUICK, Json, until

Vendor = Literal["ikassa", "core", "ecr"]
Kind = Literal["sale", "return", "in", "out"]
VENDORS: Final[tuple[Vendor, ...]] = ("ikassa", "core", "ecr")
#: No longer than the configuration allows it to be short: what is not there is believed soon.
SOON: Final = "answer_s = 5\nsettle_s = 1\ncard_wait_s = 30\n"
#: A payment that the register itself charges; it wants an amount.
CARD: Final[Json] = {"type": "card", "collected": "by_device"}
_WORDS: Final[dict[Vendor, tuple[str, ...]]] = {
    "ikassa": ("ikassa", "--token"),
    "core": ("smartone", "--profile", "core"),
    "ecr": ("smartone", "--profile", "ecr"),
}
#: Codes by which a card is refused there, where they are not the usual ones.
_DECLINED: Final[dict[Vendor, str]] = {"ikassa": "", "core": "", "ecr": "declined = [8]\n"}
_KINDS: Final[dict[str, Kind]] = {
    "Sale": "sale",
    "MoneyBack": "return",
    "Deposit": "in",
    "Withdraw": "out",
    "sale": "sale",
    "refund": "return",
    "deposit": "in",
    "withdraw": "out",
}
#: Which of its requests make it, for a fault.
_PATHS: Final[dict[str, str]] = {
    "sale": "/sale",
    "return": "/refund",
    "in": "/deposit",
    "out": "/withdraw",
    "open": "/open_shift",
    "close": "/close_shift",
}
_OPERATIONS: Final[dict[str, str]] = {
    "sale": "SALE",
    "return": "MONEY_BACK",
    "in": "DEPOSIT",
    "out": "WITHDRAW",
    "open": "OPEN_SHIFT",
    "close": "CLOSE_SHIFT",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A document in the register's books. Sums in minor units; `cash` signed, `prints`: how often it is on paper."""

    kind: Kind
    amount: int
    cash: int
    change: int
    prints: int
    name: str


@dataclass(slots=True)
class LanDesk:
    """The running till, the register, and the receipt printer with the drawer on its socket (None: there is none)."""

    vendor: Vendor
    at: Rehearsal
    till: TillProcess
    cashier: Cashier
    sandbox: SandboxProcess
    bench: Bench | None
    group: str
    _count: int = field(default=0)

    # --- the till ---------------------------------------------------------------------------------------------------

    def new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def status(self) -> Json:
        return self.cashier.get("/v1/status")

    def receipt(self, document_id: str) -> Json:
        return self.cashier.get(f"/v1/receipts/{document_id}")

    def ready(self) -> None:
        """Wait until the till has found its receipt printer."""
        if self.bench is not None:
            until(lambda: self._printer() == "ready", "the printer to be ready")

    def _printer(self) -> str:
        found = self.cashier.try_get("/v1/status")
        return "" if found is None else str(found["printer"]["state"])

    def open_shift(self, float_amount: int = 10_000) -> Json:
        """A register that knows its cash is told of the float by and by, through an open drawer."""
        self.ready()
        opened = self.cashier.post("/v1/shifts", {"id": self.new("shift"), "float_amount": float_amount})
        if self.vendor != "ikassa":
            until(lambda: self.cash() == float_amount, "the float to be registered")
        until(self.at_rest, "the drawer to be pushed shut")
        return opened

    def at_rest(self) -> bool:
        """Is nothing being made, and the drawer shut?"""
        found = self.cashier.try_get("/v1/status")
        return found is not None and found["can_sell"] and not found["drawers"][0]["opened"]

    def line(self, name: str = "Xleb", price: int = 1000, **more: object) -> Json:
        return {"code": name, "name": name, "price": price, "quantity": 1000, "tax_group": self.group, **more}

    def sale(self, price: int = 1000, payments: list[Json] | None = None, **more: object) -> Json:
        """A body; paid in cash with a larger note unless told otherwise."""
        paid = [{"type": "cash", "amount": price, "given": price + 500}] if payments is None else payments
        return {"id": self.new("sale"), "lines": [self.line(price=price)], "payments": paid, **more}

    def sell(self, price: int = 1000, payments: list[Json] | None = None) -> Json:
        return self.answered("/v1/sales", self.sale(price, payments))

    def answered(self, path: str, body: Json) -> Json:
        """Ask with the same id until it is done or refused; whoever is needed looks at the register's paper."""
        found: Json = {}

        def over() -> bool:
            nonlocal found
            status, found = self.cashier.try_post(path, body, wait=2)
            assert status not in (400, 401, 403, 404, 422), (status, found)
            if status in (200, 201) or (status == 409 and found["outcome"] == "refused"):
                return True
            self.look(body["id"])
            return False

        until(over, f"an answer about {body['id']}", within=60)
        return found

    def look(self, document_id: str) -> None:
        """Whoever is asked says what the register's own books say of it."""
        view = self.cashier.try_get(f"/v1/receipts/{document_id}")
        if view is None or not view["person_needed"]:
            return
        there = self.of(view)
        if view["state"] == "fiscal_doubt":
            verdict = "not_fiscalised" if not there else "printed" if there[0].prints else "fiscalised"
        else:
            verdict = "printed" if there and there[0].prints else "not_printed"
        body = {"id": self.new("look"), "verdict": verdict, "evidence": "looked at the register"}
        self.cashier.try_post(f"/v1/receipts/{document_id}/resolve", body)

    def of(self, view: Json) -> list[Made]:
        """What of a document, of whose kind and sum there is no other, stands in the books."""
        kinds = {"cash_in": "in", "cash_out": "out"}
        if view["kind"] in ("x_report", "shift_report"):
            return [Made("sale", 0, 0, 0, 1, "")]  # a report that was made is on its paper
        kind, amount = kinds.get(view["kind"], view["kind"]), view.get("amount") or view["totals"]["payable"]
        return [one for one in self.made() if (one.kind, one.amount) == (kind, amount)]

    # --- the register -----------------------------------------------------------------------------------------------

    def fault(self, name: str, what: str = "", *, count: int | None = 1, **more: object) -> None:
        """Let its next request (of one kind: sale, return, in, out, open, close) meet a fault."""
        narrowed: dict[str, object] = {}
        if what:
            ikassa = self.vendor == "ikassa"
            narrowed = {"operation": _OPERATIONS[what]} if ikassa else {"path": _PATHS[what]}
        self.sandbox.fault(name, count=count, **narrowed, **more)

    def made(self) -> list[Made]:
        """The documents in its books, in their order; shifts and reports are none."""
        return [made(row) for row in self.sandbox.books()["documents"] if row["kind"] in _KINDS]

    def charged(self) -> int:
        """What cards have paid there, less what was given back to them."""
        books = self.sandbox.books()
        return int(books["charged"]) if self.vendor == "ikassa" else sum(one["amount"] for one in books["charges"])

    def cash(self) -> int:
        return int(self.sandbox.books()["cash"])

    def shifts(self) -> tuple[int, int]:
        """How many were opened and closed there."""
        books = self.sandbox.books()
        if self.vendor == "ikassa":
            kinds = [row["kind"] for row in books["documents"]]
            return kinds.count("OpenShift"), kinds.count("CloseShift")
        return len(books["shifts"]), sum(one["closed_at"] is not None for one in books["shifts"])

    def pulses(self) -> int:
        assert self.bench is not None
        return len(self.bench.do("drawer")["pulses"])

    def pieces(self) -> list[Json]:
        """What came out of the receipt printer beside the register, with what it drew."""
        assert self.bench is not None
        found: list[Json] = self.bench.do("paper")["pieces"]
        return found

    def papers(self) -> list[list[str]]:
        """The same, the lines of text alone."""
        return [piece["lines"] for piece in self.pieces()]


def new_ones(desk: LanDesk, before: Sequence[Made]) -> list[Made]:
    """What was made since then."""
    return desk.made()[len(before) :]


def made(row: Json) -> Made:
    """One row of the books of either vendor."""
    amount, name = row["amount"] if "amount" in row else row["total"], row.get("fiscal_id") or row["uid"]
    prints = row["prints"] if "prints" in row else int(row["printed"])
    return Made(_KINDS[row["kind"]], amount, row["cash"], row["change"], prints, name)


@contextmanager
def sandboxed(vendor: Vendor, *words: str) -> Iterator[SandboxProcess]:
    """The register alone."""
    with SandboxProcess(*_WORDS[vendor], *words) as sandbox:
        yield sandbox


def register(vendor: Vendor, sandbox: SandboxProcess, folder: Path, more: str = "") -> Ikassa | SmartOne:
    """Its section. `more`: TOML in place of what is usual here."""
    if vendor == "ikassa":
        return Ikassa.of(sandbox.ready, folder, SOON + more)
    return SmartOne.of(sandbox.ready, folder, SOON + _DECLINED[vendor] + more, serial="serial" in sandbox.ready)


def configured(
    folder: Path, vendor: Vendor, sandbox: SandboxProcess, more: str = "", devices: str | None = None
) -> Rehearsal:
    """A till's config. `devices`: in place of a receipt printer with the drawer on its socket."""
    at = write_config(folder, networked=register(vendor, sandbox, folder, more))
    if devices is not None:
        text = at.config.read_text("utf-8")
        begin, end = text.index("[printer]"), text.index("gap_ms = 400\n")
        at.config.write_text(text[:begin] + devices + text[end:], "utf-8")
    return at


@contextmanager
def lan_desk(
    folder: Path,
    vendor: Vendor,
    *words: str,
    more: str = "",
    fault: str = "",
    shift: bool = True,
    options: Sequence[str] = QUICK,
) -> Iterator[LanDesk]:
    """A till in `folder`; all processes end with the block. `words`: for the sandbox, `more`: for the section."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(sandboxed(vendor, *words))
        at = configured(folder, vendor, sandbox, more)
        bench = stack.enter_context(Bench(at.pty, options))
        till = stack.enter_context(TillProcess(at, fault))
        group = "vat20" if vendor == "ikassa" else "vat18"
        found = LanDesk(vendor, at, till, Cashier(till, at.token), sandbox, bench, group)
        if shift:
            found.open_shift()
        yield found
