"""A till before the NewStore sandbox, in virtual time and without a socket."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from firmware_bridge.vendors.newstore.sandbox.options import SandboxOptions
from firmware_bridge.vendors.newstore.sandbox.service import Service
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from firmware_bridge.vendors.sandbox.wire import Reply

#: Bodies and answers of the vendor's page, by operation.
SAMPLES: Final[dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "seed_samples.json").read_text(encoding="utf-8")
)
DRAWER: Final = "/cash_drawers/drawer-1"


@dataclass(frozen=True)
class Said:
    status: int
    json: Any
    reply: Reply


class Till:
    """A client that has a token unless told otherwise."""

    def __init__(self, *, signed_in: bool = True, **options: Any) -> None:
        self.clock = VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        self.service = Service(SandboxOptions(**{"store_id": "s-1", **options}), self.clock, random.Random(20260302))
        self.headers: dict[str, str] = {}
        if signed_in:
            self.sign_in()

    def token(self, **form: str) -> Said:
        known = {
            "grant_type": "client_credentials",
            "client_id": self.service.client_id,
            "client_secret": self.service.client_secret,
        }
        sent = {name: value for name, value in {**known, **form}.items() if value}
        return self.raw("POST", self.service.token_path, urlencode(sent).encode())

    def sign_in(self) -> None:
        said = self.token()
        assert said.status == 200
        self.headers = {"Authorization": f"Bearer {said.json['access_token']}"}

    def raw(self, method: str, path: str, body: bytes = b"", query: Mapping[str, str] | None = None) -> Said:
        reply = self.service.handle(method, path, query or {}, self.headers, body)
        return Said(reply.status, json.loads(reply.body) if reply.body else None, reply)

    def call(self, url: str, body: Any = None, **query: Any) -> Said:
        """`url` = "METHOD /path"; underscores of a parameter's name are hyphens, but for store_id."""
        method, _, path = url.partition(" ")
        names = {name if name == "store_id" else name.replace("_", "-"): str(to) for name, to in query.items()}
        return self.raw(method, path, b"" if body is None else json.dumps(body).encode(), names)

    def ok(self, url: str, body: Any = None, **query: Any) -> Any:
        said = self.call(url, body, **query)
        assert said.status in (200, 204), said.json
        return said.json

    def activate(self, value: float = 200) -> None:
        self.ok(f"POST {DRAWER}/_activate", {"float_amount": usd(value)})

    def start(self, amount: float, given: float, order: str = "o-1") -> str:
        body = {"order_id": order, "amount": usd(amount), "given": usd(given)}
        return str(self.ok(f"POST {DRAWER}/transactions", body)["transaction_id"])

    def move(self, kind: str, **amounts: float) -> str:
        body = {"transaction_type": kind} | {name: usd(value) for name, value in amounts.items()}
        return str(self.ok(f"POST {DRAWER}/non_sale_transactions", body)["transaction_id"])

    def finish(self, transaction_id: str, status: str = "completed") -> None:
        self.ok(f"PATCH {DRAWER}/transactions/{transaction_id}", {"status": status})

    def count(self, value: float, reason: str = "end_of_day_balance") -> tuple[str, Any]:
        count_id = self.ok(f"POST {DRAWER}/counts", {"reason": reason})["count_id"]
        found = self.ok(f"PATCH {DRAWER}/counts/{count_id}", {"counted_amount": usd(value)})
        self.ok(f"POST {DRAWER}/counts/{count_id}/_submit")
        return count_id, found

    def close_day(self, value: float) -> None:
        self.ok(f"POST {DRAWER}/_deactivate", {"count_id": self.count(value)[0]})

    def report(self, **more: Any) -> Said:
        known: dict[str, Any] = {"offset": 0, "limit": 100, "start_time": "2026-03-01T00:00:00Z"}
        known["end_time"] = "2026-12-31T00:00:00Z"
        names = {name.replace("_", "-"): str(to) for name, to in {**known, **more}.items() if to is not None}
        return self.raw("GET", "/reports/transactions", query={"store-id": "s-1", **names})

    def fault(self, name: str, **more: Any) -> None:
        self.ok("POST /_fault", {"name": name, **more})

    def books(self) -> Any:
        return self.ok("GET /_books")

    @property
    def expected(self) -> Any:
        return self.books()["expected_cash"]["drawer-1"]["value"]


def usd(value: float) -> dict[str, Any]:
    return {"value": value, "currency": "USD"}


def same_form(ours: Any, sample: Any) -> bool:
    """Whether an answer has the fields of the sample, each of the same kind."""
    if isinstance(sample, dict):
        return isinstance(ours, dict) and all(name in ours and same_form(ours[name], sample[name]) for name in sample)
    if isinstance(sample, list):
        return isinstance(ours, list) and all(same_form(one, sample[0]) for one in ours)
    if isinstance(sample, bool) or isinstance(ours, bool):
        return isinstance(sample, bool) and isinstance(ours, bool)
    return isinstance(ours, int | float) if isinstance(sample, int | float) else isinstance(ours, str)
