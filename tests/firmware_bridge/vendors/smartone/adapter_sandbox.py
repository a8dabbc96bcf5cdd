"""The adapter before the vendor's sandbox, in virtual time and without a socket."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any, Literal

from firmware_bridge.vendors.smartone.build import ECR_PATHS
from firmware_bridge.vendors.smartone.client import Times
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions
from firmware_bridge.vendors.smartone.sandbox.service import Service
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import ReceiptFiscalised
from tests.firmware_bridge.vendors.smartone.adapter_orders import ECR, FORMS, opening
from tests.firmware_bridge.vendors.smartone.adapter_world import MERCHANT, Answer, Line, VirtualTime, World

Profile = Literal["core", "ecr"]


class SandboxWorld(World):
    """A till's fiscaliser and the register that the sandbox plays."""

    def __init__(
        self, folder: Path, profile: Profile = "core", times: Times | None = None, more: Any = None, **options: Any
    ) -> None:
        time = VirtualTime()
        known = {"profile": profile, "merchant_id": MERCHANT, **options}
        self.service = Service(SandboxOptions(**known), time.vendor, random.Random(7))
        folder.mkdir(exist_ok=True)
        forms, paths = (ECR, ECR_PATHS) if profile == "ecr" else (FORMS, {})
        super().__init__(self._answer, folder, forms, times, time=time, paths=paths, **(more or {}))

    def copied(self, folder: Path) -> SandboxWorld:
        """The same register and the same disk, once more, for another end of the story."""
        folder.mkdir()
        other: SandboxWorld = copy.copy(self)
        other.service, other.time = copy.deepcopy((self.service, self.time))
        other.line = Line(other._answer, other.time)
        other._plans = folder / "journal.smartone"
        if self._plans is not None and self._plans.exists():
            other._plans.write_bytes(self._plans.read_bytes())
        other.restart()
        return other

    def _answer(self, path: str, form: str) -> Answer:
        reply = self.service.handle("POST", path, {}, {}, form.encode())
        return Answer(None if reply.dropped else reply.body, reply.delay_s)

    def fault(self, name: str, **more: Any) -> None:
        reply = self.service.handle("POST", "/_fault", {}, {}, json.dumps({"name": name, **more}).encode())
        assert reply.status == 200, reply.body

    def books(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.service.handle("GET", "/_books", {}, {}, b"").body)
        return found

    def opened(self) -> SandboxWorld:
        assert isinstance(self.do(opening()), ReceiptFiscalised)
        self.line.asked.clear()
        return self

    def count(self, order: Fiscalise) -> int:
        """How many documents of this order the register has; of an opening or a closing, how many shifts it shows."""
        books = self.books()
        if order.opening is not None:
            return len(books["shifts"])
        if order.report is not None:
            return sum(one["closed_at"] is not None for one in books["shifts"])
        number = order.receipt.number if order.receipt is not None else order.move.number if order.move else ""
        return sum(one["doc_number"] == number for one in books["documents"])
