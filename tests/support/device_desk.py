"""A cash desk in real processes with other devices than a plain printer on a tty: its config, and who works there."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_bridge.rehearsal import Cashier, Rehearsal, TillProcess
from tests.support.processes import until

Json = dict[str, Any]

_SHOP = """\
[till]
id = "1"
market = "{market}"
zone = "Europe/Kyiv"
currency = "{currency}"
language = "{language}"

[shop]
name = "Магазин"

[taxes.vat20]
letter = "А"
taxes = [{{ name = "ПДВ", rate = 2000 }}]
{letter}

[rounding]
mode = "none"

[journal]
path = {journal}

[api]
listen = "127.0.0.1:0"

[[api.clients]]
name = "pos"
role = "manager"
token_sha256 = "{token}"
"""


def write(folder: Path, devices: str, *, letter: str = "", market: str = "UA") -> Rehearsal:
    """A till's config in `folder`; `devices`: the sections of its devices as TOML, `letter`: of its taxes there."""
    token = secrets.token_hex(32)
    at = Rehearsal(folder, folder / "till.toml", folder / "printer", token)
    text = _SHOP.format(
        market=market,
        currency={"UA": "UAH", "BG": "EUR", "MK": "MKD"}[market],
        language={"UA": "uk", "BG": "en", "MK": "en"}[market],
        letter=f'datecs = "{letter}"' if letter else "",
        journal=json.dumps(str(at.journal)),
        token=hashlib.sha256(token.encode()).hexdigest(),
    )
    at.config.write_text(text + devices, "utf-8")
    return at


@dataclass(slots=True)
class DeviceDesk:
    """A running till. `new` makes ids that no other document has."""

    at: Rehearsal
    till: TillProcess
    cashier: Cashier
    _count: int = field(default=0)

    def new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def status(self) -> Json:
        return self.cashier.get("/v1/status")

    def printer_is(self, state: str) -> None:
        def told() -> bool:
            found = self.cashier.try_get("/v1/status")
            return found is not None and found["printer"]["state"] == state

        until(told, f"the printer to be {state}")

    def open_shift(self, float_amount: int = 10_000) -> Json:
        self.printer_is("ready")
        return self.cashier.post("/v1/shifts", {"id": self.new("shift"), "float_amount": float_amount})

    def receipt(self, document_id: str) -> Json:
        return self.cashier.get(f"/v1/receipts/{document_id}")

    def settled(self, document_id: str) -> Json:
        """The document when nothing is to be found out about it any more."""

        def rest() -> Json | None:
            found = self.cashier.try_get(f"/v1/receipts/{document_id}")
            over = found is not None and found["state"] in ("paper_out", "refused", "paper_missing", "complete")
            return found if over else None

        return until(rest, f"{document_id} to be settled") or {}


@contextmanager
def device_desk(at: Rehearsal, *module: str) -> Iterator[DeviceDesk]:
    """The till of this config; its process ends with the block. `module`: what is run instead of the product itself."""
    with TillProcess(at, module=module) as till:
        yield DeviceDesk(at, till, Cashier(till, at.token))
