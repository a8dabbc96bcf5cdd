"""In the vendor's place on a sale's way: what the till has written down, and the file in which it outlives it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused
from firmware_bridge.vendors.sandbox.wire import Json

Kind = Literal["Sale", "MoneyBack", "Deposit", "Withdraw", "Rollback", "OpenShift", "CloseShift"]


@dataclass(slots=True)
class Document:
    """One fiscal document, or with `succeeded` False the attempt at one. Sums in kopecks.

    `ripe_at`: until then the till is busy with it (a card is waited for). `cash`: what it put into the drawer, signed.
    `payments`: as named in answers. `annulled`: taken back by a rollback.
    """

    kind: Kind
    number: int
    shift: int
    uid: str
    uuid: str
    operation_id: str
    cashier: str
    made_at: str
    ripe_at: str
    total: int = 0
    change: int = 0
    cash: int = 0
    payments: dict[str, int] = field(default_factory=dict)
    rrn: str = ""
    charged: int = 0
    printed: bool = True
    succeeded: bool = True
    annulled: bool = False
    items: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """Everything that a restart of the till keeps."""

    cash: int = 0
    shift: int = 0
    opened_at: str = ""
    numbers: int = 0
    documents: list[Document] = field(default_factory=list)
    cheques: dict[str, Json] = field(default_factory=dict)


class Ledger:
    """The books. Every change is on the disk, if there is a file, before it is answered."""

    def __init__(self, path: str, initial_cash: int) -> None:
        """Raises ValueError for a file that holds no books."""
        self._path = Path(path) if path else None
        self.state = State(cash=initial_cash)
        if self._path is not None and self._path.exists():
            self.state = _read(self._path)

    def save(self) -> None:
        if self._path is not None:
            beside = self._path.with_name(self._path.name + ".new")
            beside.write_text(json.dumps(asdict(self.state), ensure_ascii=False), encoding="utf-8")
            beside.replace(self._path)

    @property
    def is_open(self) -> bool:
        return self.state.opened_at != ""

    @property
    def opened_at(self) -> datetime:
        """Raises Refused (400)."""
        if not self.is_open:
            raise Refused(400)
        return datetime.fromisoformat(self.state.opened_at)

    def open(self, now: datetime) -> None:
        self.state.shift += 1
        self.state.opened_at = now.isoformat()

    def close(self) -> None:
        self.state.opened_at = ""

    def age(self, now: datetime, seconds: float) -> None:
        """Make the open shift `seconds` old."""
        if self.is_open:
            self.state.opened_at = (now - timedelta(seconds=seconds)).isoformat()

    def number(self) -> int:
        self.state.numbers += 1
        return self.state.numbers

    def enter(self, document: Document) -> None:
        """Write a document down: its cash moves with it."""
        self.state.documents.append(document)
        if document.succeeded:
            self.state.cash += document.cash

    def busy_with(self, now: datetime) -> Document | None:
        """The document that the till is not done with yet."""
        last = self.state.documents[-1] if self.state.documents else None
        return last if last is not None and datetime.fromisoformat(last.ripe_at) > now else None

    def of_operation(self, operation_id: str) -> Document | None:
        """The last document of this operationId that succeeded, else the last attempt."""
        found = [one for one in self.state.documents if one.operation_id == operation_id] if operation_id else []
        done = [one for one in found if one.succeeded]
        return next(reversed(done or found), None)

    def of_shift(self) -> list[Document]:
        """What was made in the open shift, or in the last one."""
        return [one for one in self.state.documents if one.shift == self.state.shift and one.succeeded]


def _read(path: Path) -> State:
    try:
        given: Any = json.loads(path.read_text("utf-8"))
        documents = [Document(**one) for one in given.pop("documents")]
        return State(documents=documents, **given)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} holds no books of this sandbox: {error}") from error
