"""At the paper's end of a sale's way, on the demo day: a register of the shop's network, its paper and its books.

It prints itself; beside it stands the receipt printer with the drawer on its socket, which prints what the register
leaves to the till. Nothing but the register's own books is read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from firmware_bridge.client.line import Tcp, exchange
from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import Books, OnPaper, Registered
from firmware_bridge.errors import UserError
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench
from firmware_bridge.vendors.smartone.signing import form
from statemachines.state import fiscal_doc_id

Json = dict[str, Any]
_WAIT_S: Final = 10.0
_END: Final = re.compile(r"^#[!-~]{4} +(?:END|КОНЕЦ|КАНЕЦ|SON)$")


class Register(Protocol):
    """One vendor's register, as whoever reads its books and its paper finds it."""

    #: Whether its paper bears the till's own numbers, or those that it gives; of its requests those that sell; whether
    #: it knows of the cash that a shift begins with; and whether cash moves and reports are on its paper, too.
    own_numbers: bool
    selling: Mapping[str, str]
    carries_balance: bool
    prints_all: bool
    #: What it meets at the fifteenth sale, at cash moves of a type and at the close: a fault, and which requests.
    troubles: Mapping[str, tuple[str, Mapping[str, str]]]

    def receipts(self, books: Json) -> list[Json]:
        """The rows of sales and returns."""

    def papers(self, books: Json) -> list[OnPaper]: ...
    def registered(self, books: Json, made: Iterable[Asked]) -> Books: ...
    def again(self, asked: Asked) -> bool:
        """Somebody lets it print a document once more; False: it cannot. Raises UserError."""


class IkassaRegister:
    """A till of iKassa. Its books know our id, its paper its own identifier of each document."""

    own_numbers = False
    selling: Mapping[str, str] = MappingProxyType({"operation": "SALE"})
    carries_balance = False
    prints_all = True
    troubles: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
        {
            "sale": ("token-expired", {}),
            "add_petty_cash": ("printer-failed", {"operation": "DEPOSIT"}),
            "remove_petty_cash": ("lost-answer", {"operation": "WITHDRAW"}),
            "shift_report": ("lost-answer", {"operation": "CLOSE_SHIFT"}),
        }
    )
    _TYPES: Final[Mapping[str, str]] = {"Sale": "SELL", "MoneyBack": "RETURN"}

    def receipts(self, books: Json) -> list[Json]:
        """See Register."""
        return [row for row in books["documents"] if row["kind"] in self._TYPES]

    def papers(self, books: Json) -> list[OnPaper]:
        """Every document that is on its paper; it makes no copies."""
        return [
            OnPaper(row["uid"], "fiscal" if row["kind"] in self._TYPES else "report", 1, 0)
            for row in books["documents"]
            if row["printed"]
        ]

    def registered(self, books: Json, made: Iterable[Asked]) -> Books:
        """See Register."""
        ours = {fiscal_doc_id(asked.document_id, 1): asked.document_id for asked in made}
        rows = (
            Registered(ours.get(row["operation_id"], ""), row["uid"], self._TYPES[row["kind"]], row["total"])
            for row in self.receipts(books)
        )
        return Books(tuple(rows), books["cash"])

    def again(self, _: Asked) -> bool:
        """That is done in its own application, which nobody plays."""
        return False


class SmartOneRegister:
    """A register of SmartOne. Core knows a document by our number alone, ECR by our id; the number is on the paper."""

    own_numbers = True
    selling: Mapping[str, str] = MappingProxyType({"path": "/sale"})
    carries_balance = True
    prints_all = False
    troubles: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
        {
            "sale": ("printer-failed", {"path": "/sale"}),
            "remove_petty_cash": ("lost-answer", {"path": "/withdraw"}),
            "shift_report": ("lost-answer", {"path": "/close_shift"}),
        }
    )
    _TYPES: Final[Mapping[str, str]] = {"sale": "SELL", "refund": "RETURN"}
    _KINDS: Final[Mapping[str, str]] = {"sale": "sale", "refund": "return"}

    def __init__(self, ready: Json) -> None:
        """`ready`: the sandbox's ready line."""
        self._ready = ready
        self._core = ready["profile"] == "core"

    def receipts(self, books: Json) -> list[Json]:
        """See Register."""
        return [row for row in books["documents"] if row["kind"] in self._TYPES]

    def papers(self, books: Json) -> list[OnPaper]:
        """Whatever comes out once more is an unmarked original too."""
        found: Counter[tuple[str, str]] = Counter()
        for row in books["documents"]:
            found[row["doc_number"], self._KINDS.get(row["kind"], "report")] += row["prints"]
        return [OnPaper(number, kind, prints, 0) for (number, kind), prints in found.items() if prints]

    def registered(self, books: Json, made: Iterable[Asked]) -> Books:
        """See Register."""
        asked_for = list(made)
        by_id = {fiscal_doc_id(one.document_id, 1): one.document_id for one in asked_for}
        by_number = {one.number: one.document_id for one in asked_for if one.kind in ("sale", "return")}
        told = {one.fiscal for one in asked_for}

        def entry(row: Json) -> Registered:
            ours = by_number.get(row["doc_number"], "") if self._core else by_id.get(row["ext_id"], "")
            names = (row["fiscal_id"], str(row["number"]))
            number = next((name for name in names if name in told), row["fiscal_id"])
            return Registered(ours, number, self._TYPES[row["kind"]], row["amount"])

        return Books(tuple(map(entry, self.receipts(books))), books["cash"])

    def again(self, asked: Asked) -> bool:
        """2.03 print, /check_copy: whoever stands at the register has it print the document once more."""
        path, name = ("/print", "document_id") if self._core else ("/check_copy", "fiscalID")
        body = form(json.dumps({name: asked.fiscal}).encode(), self._ready["merchant_id"])
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        place = Tcp.of(urlsplit(self._ready["base_url"]).netloc)
        try:
            answer = json.loads(exchange(place, "POST", path, headers, body.encode(), _WAIT_S).body)
        except (OSError, ValueError) as error:
            raise UserError(f"The register does not print {asked.number} again: {error}") from error
        if answer["status"] != "success":
            raise UserError(f"The register does not print {asked.number} again: {answer['message']}")
        return True


class LanBench(Bench):
    """The receipt printer with the drawer, and the paper of the register beside it."""

    def __init__(self, pty: Path, options: Sequence[str], register: Register, sandbox: SandboxProcess) -> None:
        super().__init__(pty, options)
        self._register = register
        self._sandbox = sandbox

    def printed(self) -> list[OnPaper]:
        """What has come out of the register."""
        return self._register.papers(self._sandbox.books())

    @property
    def beside(self) -> int:
        """How many papers have come out of the receipt printer, whole. Of some languages it draws all but their end."""
        pieces = self.do("paper")["pieces"]
        return sum(_END.match(line) is not None for piece in pieces for line in piece["lines"])

    def again(self, asked: Asked) -> bool:
        """Cash slips and reports are printed once more by nobody: what a customer needs is from the register."""
        return self._register.again(asked) if asked.kind in ("sale", "return") else True
