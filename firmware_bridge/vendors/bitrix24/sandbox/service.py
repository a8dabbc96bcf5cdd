"""In the place of who orders a sale: a request comes in, an answer goes out; no socket, no thread, no waiting.

The order in which a call is looked at: faults of the line -> https -> bucket (503) -> webhook or token (401) -> system
errors by fault -> the method exists (404) -> scope (403) -> operating time (429) -> administrator (403) -> parameters
in the order of the method's page. The pages list refusals by status, not their order; this one is inferred.

What goes to the cash register lies in `outbox` until somebody sends it (`server.py`) and brings the answer.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import parse_qsl

from firmware_bridge.vendors.bitrix24.sandbox import batch, cashboxes, handlers
from firmware_bridge.vendors.bitrix24.sandbox.call import Call
from firmware_bridge.vendors.bitrix24.sandbox.checks import Desk, Outgoing
from firmware_bridge.vendors.bitrix24.sandbox.control import Control
from firmware_bridge.vendors.bitrix24.sandbox.errors import Refused, denied, system
from firmware_bridge.vendors.bitrix24.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.bitrix24.sandbox.ledger import Ledger
from firmware_bridge.vendors.bitrix24.sandbox.limits import Bucket, Operating
from firmware_bridge.vendors.bitrix24.sandbox.options import SandboxOptions
from firmware_bridge.vendors.bitrix24.sandbox.params import Given, capitals, read
from firmware_bridge.vendors.bitrix24.sandbox.tokens import PATH, Tokens
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json, Reply, encode

_PAGE: Final = b"<html><body>502 Bad Gateway</body></html>"
_ZONE: Final = timezone(timedelta(hours=2))
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class _Caller:
    """`app`: the application's client id, "" for a webhook."""

    app: str
    method: str


class Service:
    """The portal: one user with one webhook, and one application. `base_url` stands in the tokens it grants."""

    def __init__(self, options: SandboxOptions, clock: Clock, entropy: random.Random) -> None:
        """`entropy` gives secrets and draws the cash register. Raises ValueError for an unknown fault."""
        self.options = options
        self.base_url = ""
        self.outbox: deque[Outgoing] = deque()
        self.on_outgoing: Callable[[], None] = lambda: None
        self.tokens = Tokens(options, entropy)
        self._clock = clock
        self._faults = Faults(Fault, options.faults)
        self._ledger = Ledger(entropy)
        self._desk = Desk(self._ledger, options)
        self._bucket = Bucket(options.burst, options.rate_per_s)
        self._operating = Operating(options.operating_limit_s)
        self._control = Control(self._ledger, self._desk, self._faults, clock, self.tokens, self._send)
        self._methods: dict[str, Callable[[Call], Any]] = {
            "sale.cashbox.handler.add": handlers.add,
            "sale.cashbox.handler.update": handlers.update,
            "sale.cashbox.handler.list": handlers.listed,
            "sale.cashbox.handler.delete": handlers.delete,
            "sale.cashbox.add": cashboxes.add,
            "sale.cashbox.update": cashboxes.update,
            "sale.cashbox.list": cashboxes.listed,
            "sale.cashbox.delete": cashboxes.delete,
            "sale.cashbox.check.apply": self._desk.apply,
        }

    @property
    def webhook_path(self) -> str:
        return f"/rest/{self.options.user_id}/{self.tokens.webhook_secret}/"

    # --- what comes in ----------------------------------------------------------------------------------------------

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer one request. A parameter given more than once comes joined by commas."""
        now = self._clock.now()
        if path.startswith("/_"):
            status, said = self._control.answer(method, path, body)
            return Reply(status, dict(_JSON), encode(said))
        operation = path.rstrip("/").rpartition("/")[2].removesuffix(".json").lower()
        if self._faults.strike("not-reached", path, operation):
            return Reply(0, {}, b"", dropped=True)
        late = self._faults.strike("slow", path, operation)
        lost = self._faults.strike("lost-answer", path, operation)
        garbled = self._faults.strike("not-json", path, operation)
        if path == PATH:
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            reply = self._reply(*self.tokens.grant({**query, **form}, now, self.base_url))
        else:
            reply = self._answered(path, query, headers, body, now)
        if garbled is not None:
            reply = Reply(200, {"Content-Type": "text/html"}, _PAGE)
        return replace(reply, dropped=lost is not None, delay_s=late.delay_s if late else 0.0)

    def _answered(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Reply:
        try:
            operation = path.rstrip("/").rpartition("/")[2].removesuffix(".json").lower()
            if self._faults.strike("plain-http", path, operation):
                raise system("INVALID_REQUEST")
            if self._faults.strike("too-many", path, operation):
                raise system("QUERY_LIMIT_EXCEEDED")
            self._bucket.take(now)
            given = {name.upper(): value for name, value in read(query, headers, body).items()}
            caller = self._let_in(path, given, now)
            if self._faults.strike("token-expired", path, operation):
                raise system("expired_token")
            wrong = self._faults.strike("system-error", path, operation)
            if wrong is not None:
                raise system(wrong.code or "INTERNAL_SERVER_ERROR")
            if self._faults.strike("operating-limit", path, operation):
                raise system("OPERATION_TIME_LIMIT")
            return self._reply(200, self._carried_out(caller, given, now))
        except Refused as no:
            return self._reply(no.status, {"error": no.code, "error_description": no.description})

    def _let_in(self, path: str, given: Json, now: datetime) -> _Caller:
        """Raises Refused (401, 404)."""
        parts = path.strip("/").split("/")
        token = str(given.pop("AUTH", ""))
        match parts:
            case ["rest", method]:
                if not token:
                    raise system("NO_AUTH_FOUND")
                return _Caller(self.tokens.check(token, now), method)
            case ["rest", user, secret, method]:
                self.tokens.check_webhook(user, secret)
                return _Caller("", method)
            case _:
                raise system("ERROR_METHOD_NOT_FOUND")

    def _carried_out(self, caller: _Caller, given: Json, now: datetime) -> Json:
        method = caller.method.lower().removesuffix(".json")
        if method == "batch":

            def one(name: str, parameters: Json) -> tuple[Any, Json]:
                said = self._method(caller.app, name.lower(), capitals(parameters), now)
                return said, self._time(name.lower(), now)

            return {"result": batch.run(given, one), "time": self._time("batch", now)}
        result = self._method(caller.app, method, given, now)
        more = {"total": len(result)} if method == "sale.cashbox.list" else {}
        return {"result": result, **more, "time": self._time(method, now)}

    def _method(self, app: str, method: str, given: Json, now: datetime) -> Any:
        carry_out = self._methods.get(method.removesuffix(".json"))
        if carry_out is None:
            raise system("ERROR_METHOD_NOT_FOUND")
        if not set(self.options.needed_scope) <= set(self.options.scope):
            raise system("insufficient_scope")
        self._operating.check(method, now)
        if not self.options.admin:
            raise denied()
        said = carry_out(Call(Given(given), self._ledger, now, app))
        self._operating.add(method, now, self.options.operating_s)
        return said

    def _time(self, method: str, now: datetime) -> Json:
        """What every answer tells of itself. Source: the seed's sample."""
        start, took = now.timestamp(), self.options.operating_s
        local = now.astimezone(_ZONE)
        return {
            "start": start,
            "finish": start + took,
            "duration": took,
            "processing": took,
            "date_start": local.isoformat(timespec="seconds"),
            "date_finish": (local + timedelta(seconds=took)).isoformat(timespec="seconds"),
            "operating_reset_at": self._operating.resets_at(method, now),
            "operating": self._operating.used(method, now),
        }

    def _reply(self, status: int, said: Json) -> Reply:
        return Reply(status, dict(_JSON), encode(said))

    # --- what goes out ----------------------------------------------------------------------------------------------

    def _send(self, out: Outgoing) -> None:
        if out.what == "print":
            out = replace(
                out,
                times=2 if self._faults.strike("print-twice") else 1,
                lost=self._faults.strike("print-lost") is not None,
                garbled=self._faults.strike("print-garbled") is not None,
                unsent=self._faults.strike("print-unsent") is not None,
            )
        else:
            out = replace(out, lost=self._faults.strike("check-lost") is not None)
        self.outbox.append(out)
        self.on_outgoing()

    def run_agent(self) -> None:
        """Ask about some of the checks that wait."""
        for one in self._desk.agent():
            self._send(one)

    def answered(self, out: Outgoing, status: int | None, body: bytes) -> None:
        """What the cash register has answered; `status` None: the connection broke."""
        if out.unsent or out.lost:
            status, body = None, b""
        elif out.garbled:
            body = _PAGE
        self._desk.answered(out, status, body, self._clock.now())
