"""A client before the iKassa sandbox, in virtual time and without a socket."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from firmware_bridge.vendors.ikassa.sandbox.options import SandboxOptions
from firmware_bridge.vendors.ikassa.sandbox.service import Service
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from firmware_bridge.vendors.sandbox.wire import Reply

#: Bodies and answers of the vendor's page.
SAMPLES: Final[dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "seed_samples.json").read_text(encoding="utf-8")
)
START: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    status: int
    json: Any
    reply: Reply

    @property
    def code(self) -> int:
        return int(self.json["resultCode"])


class Client:
    """`token` goes into Auth-token unless empty."""

    def __init__(self, clock: VirtualClock | None = None, **options: Any) -> None:
        self.clock = clock or VirtualClock(START)
        self.service = Service(SandboxOptions(**options), self.clock, random.Random(20260302))
        self.token = ""

    def raw(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Said:
        reply = self.service.handle(method, path, {}, headers, body)
        return Said(reply.status, json.loads(reply.body) if reply.body else None, reply)

    def do(self, operation: str, body: Any = None) -> Said:
        headers = {"INTENT_OPERATION_TYPE": operation} | ({"Auth-token": self.token} if self.token else {})
        return self.raw("POST", "/v1", headers, b"" if body is None else json.dumps(body).encode())

    def ok(self, operation: str, body: Any = None) -> Any:
        said = self.do(operation, body)
        assert said.code == 200, said.json
        return said.json

    def opened(self, cash: str = "") -> Client:
        self.ok("OPEN_SHIFT", {"cashier": "Анна"})
        if cash:
            self.ok("DEPOSIT", {"cashier": "Анна", "sum": cash})
        return self

    def fault(self, name: str, **more: Any) -> None:
        said = self.raw("POST", "/_fault", {}, json.dumps({"name": name, **more}).encode())
        assert said.status == 200, said.json

    def books(self) -> Any:
        return self.raw("GET", "/_books", {}).json


def sale(price: str = "10.00", quantity: str = "1", **more: Any) -> dict[str, Any]:
    """A body of SALE (or MONEY_BACK), paid in cash with a hundred unless told otherwise."""
    item = {"nameTitle": "Чай", "codeNumber": "4810000000017", "typeCode": "0", "price": price, "amount": quantity}
    body = {"cashier": "Анна", "itemList": [item], "cash": "100", "operationId": "op-1"} | more
    return {name: value for name, value in body.items() if value is not None}


def back(price: str = "10.00", **more: Any) -> dict[str, Any]:
    return sale(price, **{"cash": price, "operationId": "op-2", **more})


def cheque(uuid: str = "9aa03f0c-d77c-40ae-8f4d-236c432054a8", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "info": {"uuid": uuid, "name": "Чек", "chequeType": "Postponed"},
        "currency": "BYN",
        "items": [{"name": "Чай", "price": "5"}],
    }
    return {name: value for name, value in (body | more).items() if value is not None}
