"""Before a document leaves for SmartOne on a sale's way: its request and the sums before it, on the disk first.

The journal holds the document and the order to register it; it cannot hold what the register showed right before it,
and the date under which the document was first sent. Both stand here, in a file beside the journal, before the first
byte leaves: so a till that lost its memory sends exactly the same bytes again, or judges by the same sums. When the
answer comes it is added, before anybody is told, so that an answer heard and not journalled is not lost either.

One file, the newest documents alone, written as a whole to a file beside it and put in its place.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from drivers.errors import NotSent
from firmware_bridge.vendors.smartone.errors import ROLE
from firmware_bridge.vendors.smartone.evidence import Evidence
from statemachines.vocabulary.events import FiscalStamp

log = logging.getLogger(__name__)

KEPT: Final = 16
Printed = Literal["yes", "no", "unknown", "not_mine"]


class Outcome(msgspec.Struct, frozen=True):
    """What the register answered. `picture`: the JPEG that it sent, in Base64."""

    stamp: FiscalStamp
    printed: Printed
    picture: str = ""


class Plan(msgspec.Struct, frozen=True):
    """One document. `operation` with `body`, its JSON, as it was and will be sent; `date` as it stands in it.

    `before`: the register's sums before it; None = they were not asked for.
    """

    fiscal_doc_id: str
    operation: str
    body: str
    date: str
    before: Evidence | None = None
    outcome: Outcome | None = None


class _File(msgspec.Struct, frozen=True):
    format: int
    plans: tuple[Plan, ...]


class Plans:
    """The newest plans. `path` None keeps them in memory alone, for a register whose documents are found by our id."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._plans: dict[str, Plan] = {}
        self._read = False
        self._trusted = False

    @property
    def complete(self) -> bool:
        """Is every document here that was ever prepared and is not long over? False when there was no file."""
        self._load()
        return self._trusted

    def find(self, fiscal_doc_id: str) -> Plan | None:
        self._load()
        return self._plans.get(fiscal_doc_id)

    def put(self, plan: Plan) -> None:
        """Write it down; returns when it is on the disk. Raises NotSent when it cannot be: then nothing may leave."""
        self._load()
        plans = {**self._plans}
        plans.pop(plan.fiscal_doc_id, None)
        plans[plan.fiscal_doc_id] = plan
        newest = dict(list(plans.items())[-KEPT:])
        try:
            self._write(tuple(newest.values()))
        except OSError as error:
            raise NotSent(f"what is to be sent could not be written to {self._path} ({error})", role=ROLE) from error
        self._plans, self._trusted = newest, True

    def note(self, plan: Plan, outcome: Outcome) -> None:
        """Add what the register answered. It is certain from here on: a note that cannot be written changes nothing."""
        try:
            self.put(msgspec.structs.replace(plan, outcome=outcome))
        except NotSent as error:
            log.warning("%s", error.text, extra={"vendor": "smartone"})

    def _load(self) -> None:
        if self._read:
            return
        self._read = True
        if self._path is None or not self._path.exists():
            return
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError):
            return  # as if there were none: then nothing is believed that it would have to prove
        self._trusted = found.format == 1
        self._plans = {plan.fiscal_doc_id: plan for plan in found.plans} if self._trusted else {}

    def _write(self, plans: Sequence[Plan]) -> None:
        if self._path is None:
            return
        beside = self._path.with_name(f"{self._path.name}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(_File(1, tuple(plans))))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
