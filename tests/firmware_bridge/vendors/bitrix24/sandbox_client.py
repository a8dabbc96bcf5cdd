"""A caller before the Bitrix24 sandbox, in virtual time and without a socket."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode

from firmware_bridge.vendors.bitrix24.sandbox.checks import Outgoing
from firmware_bridge.vendors.bitrix24.sandbox.options import SandboxOptions
from firmware_bridge.vendors.bitrix24.sandbox.service import Service
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from firmware_bridge.vendors.sandbox.wire import Reply

JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
CONFIG: Final = {"AUTH": {"LABEL": "Access", "ITEMS": {"KEYWORD": {"TYPE": "STRING", "LABEL": "Word"}}}}
HANDLER: Final[dict[str, Any]] = {
    "CODE": "restcashbox01",
    "NAME": "Rest",
    "SETTINGS": {"PRINT_URL": "https://gw/print", "CHECK_URL": "https://gw/check", "CONFIG": CONFIG},
}
#: The body of the seed's sample, to the letter.
SEED: Final[dict[str, Any]] = {
    "NAME": "Rest-Cash Register",
    "REST_CODE": "restcashbox01",
    "EMAIL": "user@example.com",
    "NUMBER_KKM": "123",
    "ACTIVE": "Y",
    "SORT": 100,
    "OFD": "bx_ofdruofd",
    "OFD_SETTINGS": {"OFD_MODE": {"IS_TEST": "N"}},
    "SETTINGS": {"AUTH": {"KEYWORD": "top_secret!", "PREFERENCE": "SECOND"}, "INTERACTION": {"MODE": "ACTIVE"}},
}


@dataclass(frozen=True)
class Said:
    status: int
    json: Any
    reply: Reply

    @property
    def result(self) -> Any:
        assert self.status == 200, self.json
        return self.json["result"]

    @property
    def error(self) -> tuple[int, str, str]:
        return self.status, self.json["error"], self.json["error_description"]


class Portal:
    """The sandbox, and a caller with its webhook."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        self.service = Service(SandboxOptions(**options), self.clock, random.Random(20260302))
        self.service.base_url = "http://portal"

    def raw(self, path: str, body: bytes, headers: dict[str, str], query: dict[str, str] | None = None) -> Said:
        reply = self.service.handle("POST", path, query or {}, headers, body)
        return Said(reply.status, json.loads(reply.body) if reply.body[:1] in (b"{", b"[") else None, reply)

    def call(self, method: str, body: Any = None) -> Said:
        content = json.dumps(body or {}).encode()
        return self.raw(f"{self.service.webhook_path}{method}", content, JSON)

    def form(self, method: str, **fields: str) -> Said:
        return self.raw(f"{self.service.webhook_path}{method}", urlencode(fields).encode(), FORM)

    def with_token(self, method: str, token: str, body: dict[str, Any]) -> Said:
        return self.raw(f"/rest/{method}", json.dumps(body | {"auth": token}).encode(), JSON)

    def token(self, **form: str) -> Said:
        known = {"client_id": self.service.tokens.client_id, "client_secret": self.service.tokens.client_secret}
        query = {name: value for name, value in {**known, **form}.items() if value}
        reply = self.service.handle("GET", "/oauth/token/", query, {}, b"")
        return Said(reply.status, json.loads(reply.body), reply)

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        reply = self.service.handle(method, path, {}, {}, json.dumps(body or {}).encode())
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def fault(self, name: str, **more: Any) -> None:
        self.control("/_fault", {"name": name, **more})

    def books(self) -> Any:
        return self.control("/_books", method="GET")

    def check(self, number: int = 1) -> Any:
        return next(one for one in self.books()["checks"] if one["id"] == number)

    def set_up(self, **handler: Any) -> None:
        """One handler and one active cash register."""
        assert self.call("sale.cashbox.handler.add", HANDLER | handler).status == 200
        assert self.call("sale.cashbox.add", SEED).status == 200

    def order(self, kind: str = "sell", **more: Any) -> Outgoing:
        """A paid order; returns the print request."""
        items = [{"name": "Tea", "price": "10.50", "quantity": "2", "vat": 1}]
        self.control("/_order", {"type": kind, "items": items} | more)
        return self.service.outbox.popleft()

    def answer(self, out: Outgoing, body: Any, status: int | None = 200) -> None:
        self.service.answered(out, status, body if isinstance(body, bytes) else json.dumps(body).encode())

    def printed(self, kind: str = "sell", uuid: str = "u-1") -> Outgoing:
        """An order whose print request was taken under `uuid`."""
        out = self.order(kind)
        self.answer(out, {"UUID": uuid})
        return out


def fields(out: Outgoing) -> dict[str, str]:
    """A form's fields by their names as they stand there."""
    return dict(parse_qsl(out.body.decode()))


def asked(out: Outgoing) -> str:
    return parse_qs(out.body.decode())["uuid"][0]
