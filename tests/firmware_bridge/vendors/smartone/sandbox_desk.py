"""A client before SmartOne's sandbox, in virtual time, with its own hands: nothing here is the adapter's."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from firmware_bridge.vendors.sandbox.clock import VirtualClock
from firmware_bridge.vendors.sandbox.wire import Reply
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions
from firmware_bridge.vendors.smartone.sandbox.service import Service

Json = dict[str, Any]
MERCHANT = "A1B2C3"
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # ten o'clock in Baku


def signed(value: object, merchant: str = MERCHANT) -> dict[str, str]:
    return sealed(base64.b64encode(json.dumps(value, ensure_ascii=False).encode()).decode(), merchant)


def sealed(data: str, merchant: str = MERCHANT) -> dict[str, str]:
    digest = hashlib.sha1((data + merchant).encode()).hexdigest()
    return {"data": data, "sign": base64.b64encode(digest.encode()).decode()}


def form(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={quote(text, safe='')}" for name, text in fields.items()).encode()


@dataclass(frozen=True)
class Said:
    status: int
    json: Any
    reply: Reply

    @property
    def code(self) -> int:
        return int(self.json["code"])


class Desk:
    """`profile` and further options are the sandbox's."""

    def __init__(self, profile: Literal["core", "ecr"] = "ecr", **options: Any) -> None:
        self.clock = VirtualClock(START)
        self.profile = profile
        made = SandboxOptions(profile=profile, **{"merchant_id": MERCHANT, **options})
        self.service = Service(made, self.clock, random.Random(20260302))

    def raw(self, method: str, path: str, body: bytes = b"") -> Said:
        reply = self.service.handle(method, path, {}, {}, body)
        return Said(reply.status, json.loads(reply.body) if reply.body else None, reply)

    def call(self, name: str, value: object = None) -> Said:
        return self.raw("POST", f"/{name}", form(signed({} if value is None else value)))

    def ok(self, name: str, value: object = None) -> Json:
        """What the register says, without its envelope."""
        said = self.call(name, value)
        assert said.json is not None
        assert said.json["status"] == "success", said.json
        found: Json = said.json["data"] if self.profile == "core" else said.json
        return found

    def opened(self) -> Desk:
        self.ok("open_shift", {"employeeName": "Aynur"})
        return self

    def control(self, method: str, path: str, value: Json | None = None) -> Any:
        said = self.raw(method, path, b"" if value is None else json.dumps(value).encode())
        assert said.status == 200, said.json
        return said.json

    def fault(self, name: str, **more: Any) -> None:
        self.control("POST", "/_fault", {"name": name, **more})

    def books(self) -> Any:
        return self.control("GET", "/_books")

    # --- documents ------------------------------------------------------------------------------------------------

    def sale(self, amount: int = 1000, n: int = 1, cash: int | None = None, card: int = 0, **more: Any) -> Json:
        """The body of a sale of one piece; `cash` is what was handed over."""
        given = amount - card if cash is None else cash
        goods = [item(amount)]
        if self.profile == "core":
            paid = [{"type": code, "amount": sum_} for code, sum_ in (("C", given), ("V", card)) if sum_]
            body: Json = {
                "date": at(n),
                "docNumber": str(n),
                "payments": paid,
                "genPreview": False,
            }
        else:
            paid_by = {"cashAmount": given, "cashlessAmount": card}
            body = {"docTime": at(n), "docNumber": str(n), "payments": paid_by}
            body["documentExtID"] = f"ext-{n}"
        return {**body, "employeeName": "Aynur", "amount": amount, "currency": "AZN", "items": goods, **more}

    def back(self, parent: str, amount: int = 1000, n: int = 50, **more: Any) -> Json:
        return self.sale(amount, n, parentDocID=parent, **more)

    def sold(self, amount: int = 1000, n: int = 1, **more: Any) -> str:
        """Sell; the fiscal id."""
        said = self.ok("sale", self.sale(amount, n, **more))
        return str(said["document_id" if self.profile == "core" else "fiscalID"])

    def move(self, amount: int, n: int = 90) -> Json:
        return {"docNumber": str(n), "employeeName": "Aynur", "amount": amount, "currency": "AZN"}

    def x(self) -> Json:
        return self.ok("x_report")


def item(amount: int, quantity: int = 1000, item_id: str = "c-1", rate: int = 1800, code: str = "A") -> Json:
    tax = {"taxName": "ƏDV 18%", "taxCode": code, "taxPrc": rate, "taxAmount": 0, "calcType": 1}
    return {
        "itemId": item_id,
        "itemName": "Çörək",
        "itemCode": item_id,
        "itemQty": quantity,
        "itemAmount": amount,
        "discount": 0,
        "itemTaxes": [tax],
    }


def at(n: int) -> str:
    """The time of the n-th document."""
    return f"2026-03-02 10:{n // 60:02d}:{n % 60:02d}"
