"""A till's desk before the Checkbox sandbox, in virtual time and without a socket."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast

from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.service import Service
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from firmware_bridge.vendors.sandbox.wire import Reply

#: Bodies and answers of the vendor's page. Repaired, because the page had lost them: line ends in `custom`, the e-mail.
SAMPLES: Final[dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "seed_samples.json").read_text(encoding="utf-8")
)
#: Offline codes for registers that begin with some.
CODES: Final = tuple(f"TEST-{n:06}" for n in range(1, 9))
START: Final = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DELAY: Final = 1.0


@dataclass(frozen=True)
class Said:
    """An answer: status, headers in lower case, JSON (None if it is none)."""

    status: int
    json: Any
    reply: Reply

    @property
    def message(self) -> str:
        return str(self.json["message"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.reply.headers.items()}

    @property
    def text(self) -> str:
        return self.reply.body.decode()


class Desk:
    """A client that does everything right unless told otherwise."""

    def __init__(self, profile: str = "current", *, start: datetime = START, signed_in: bool = True, **options: Any):
        self.clock = VirtualClock(start)
        settings = SandboxOptions(profile=cast("Any", profile), **{"signing_delay_s": DELAY, **options})
        self.service = Service(settings, self.clock, random.Random(20260302))
        known = self.service.credentials
        self.headers = {
            "X-Client-Name": "Till",
            "X-Client-Version": "1.0",
            "X-Access-Key": known.access_key,
            "X-License-Key": known.license_key,
        }
        if signed_in:
            self.sign_in()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def wait(self, seconds: float = DELAY) -> None:
        self.clock.advance(seconds)

    def raw(self, method: str, path: str, body: bytes, **headers: str | None) -> Said:
        """`headers` with underscores; None leaves one out."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        kept = {name: value for name, value in sent.items() if value is not None}
        where, _, query = path.partition("?")
        pairs = dict(one.split("=", 1) for one in query.split("&") if one)
        where = where if where.startswith("/_") else "/api/v1" + where
        reply = self.service.handle(method, where, pairs, kept, body)
        is_json = reply.headers.get("Content-Type") == "application/json" and reply.body
        return Said(reply.status, json.loads(reply.body) if is_json else None, reply)

    def call(self, method: str, path: str, body: Any = None, **headers: str | None) -> Said:
        return self.raw(method, path, b"" if body is None else json.dumps(body, default=str).encode(), **headers)

    def get(self, path: str, **headers: str | None) -> Said:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str | None) -> Said:
        return self.call("POST", path, body, **headers)

    def ok(self, said: Said) -> Any:
        assert said.status in (200, 201, 202), said.json
        return said.json

    def sign_in(self, *, senior: bool = False) -> None:
        known = self.service.credentials
        login, password = (known.senior_login, known.senior_password) if senior else (known.login, known.password)
        answer = self.ok(self.post("/cashier/signin", {"login": login, "password": password}, Authorization=None))
        self.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def open_shift(self, cash: int = 0, **body: Any) -> dict[str, Any]:
        shift = self.ok(self.post("/shifts", body))
        self.wait()
        assert self.get(f"/shifts/{shift['id']}").json["status"] == "OPENED"
        if cash:
            self.ok(self.post("/receipts/service", {"payment": {"type": "CASH", "value": cash}}))
        return cast("dict[str, Any]", self.get(f"/shifts/{shift['id']}").json)

    def close_shift(self, **body: Any) -> dict[str, Any]:
        shift = self.ok(self.post("/shifts/close", body or None))
        self.wait()
        closed = self.get(f"/shifts/{shift['id']}").json
        assert closed["status"] == "CLOSED"
        return cast("dict[str, Any]", closed)

    def sell(self, body: Mapping[str, Any] | None = None, *, settled: bool = True, **changes: Any) -> dict[str, Any]:
        made = self.ok(self.post("/receipts/sell", {**(body or sale()), **changes}))
        if not settled:
            return cast("dict[str, Any]", made)
        self.wait()
        return self.receipt(made["id"])

    def receipt(self, receipt_id: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.ok(self.get(f"/receipts/{receipt_id}")))

    def refill(self, count: int = 20) -> list[str]:
        """Codes asked for and fetched; a shift must be open."""
        assert self.get(f"/cash-registers/ask-offline-codes?count={count}&sync=true").json["status"] == "DONE"
        return self.codes()

    def codes(self) -> list[str]:
        return [one["fiscal_code"] for one in self.ok(self.get("/cash-registers/get-offline-codes?count=10000"))]

    def go_offline(self, code: str | None = None, date: datetime | None = None) -> Said:
        body = {"fiscal_code": code, "go_offline_date": date}
        return self.post("/cash-registers/go-offline", {key: value for key, value in body.items() if value})

    def sell_offline(self, code: str, date: datetime, **changes: Any) -> Said:
        return self.post("/receipts/sell-offline", {**sale(), "fiscal_code": code, "fiscal_date": date, **changes})

    def info(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.ok(self.get("/cash-registers/info")))

    def books(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.ok(self.get("/_books")))

    def fault(self, name: str, count: int | None = None, **more: Any) -> None:
        self.ok(self.post("/_fault", {"name": name, "count": count, **more}))

    def clear(self, name: str) -> None:
        self.fault(name, 0)

    def after(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)


def good(price: int, *, quantity: int = 1000, tax: Any = (1,), returned: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "good": {"code": "1", "name": "Кава", "price": price, "tax": list(tax), **more.pop("good", {})},
        "quantity": quantity,
        "is_return": returned,
        **more,
    }


def cash(value: int) -> dict[str, Any]:
    return {"type": "CASH", "value": value, "label": "Готівка"}


def card(value: int, **more: Any) -> dict[str, Any]:
    return {"type": "CASHLESS", "value": value, "label": "Картка", "code": 1, **more}


def sale(price: int = 12000, **changes: Any) -> dict[str, Any]:
    return {"goods": [good(price)], "payments": [cash(price)], **changes}


def refund(price: int = 12000, **changes: Any) -> dict[str, Any]:
    return {"goods": [good(price, returned=True)], "payments": [cash(price)], **changes}


def broken_links(transactions: list[dict[str, Any]]) -> list[str]:
    """Transactions of the books that do not carry the hash of the delivered one before them; hashes used twice."""
    chain = [one for one in transactions if one["delivered"] and one["hash"]]
    broken = [later["type"] for one, later in pairwise(chain) if later["previous_hash"] != one["hash"]]
    return broken + [one["type"] for one in chain if sum(other["hash"] == one["hash"] for other in chain) > 1]


def go_online(desk: Desk, seconds: float = 60) -> dict[str, Any]:
    desk.ok(desk.post("/cash-registers/go-online"))
    desk.wait(seconds)
    return desk.info()


def offline_day(desk: Desk, count: int = 3) -> list[str]:
    """Go offline with the first code, then so many sales a minute apart; their ids."""
    desk.ok(desk.go_offline(CODES[0], desk.now))
    ids = []
    for i in range(count):
        desk.wait(60)
        said = desk.sell_offline(CODES[i + 1], desk.now)
        assert said.status == 201
        ids.append(said.json["id"])
    return ids
