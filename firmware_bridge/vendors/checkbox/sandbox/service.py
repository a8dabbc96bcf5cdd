"""In the vendor's place on a sale's way: a request comes in, an answer goes out; no socket, no thread, no waiting.

The order in which a request is looked at: faults of the line (not-reached, maintenance) -> X-Access-Key -> path ->
the body is JSON -> client headers -> token (missing, wrong, cashier deactivated) -> licence key -> fields -> the
operation's own rules. The page lists refusals, not their order; this is the order of the framework whose words it
shows.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from firmware_bridge.vendors.checkbox.sandbox import delivery, payloads, routes
from firmware_bridge.vendors.checkbox.sandbox.control import Control
from firmware_bridge.vendors.checkbox.sandbox.credentials import Credentials, make_cashiers
from firmware_bridge.vendors.checkbox.sandbox.errors import Invalid, Refused
from firmware_bridge.vendors.checkbox.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.checkbox.sandbox.http import Answer, Call, Request, decode
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.routes import Route
from firmware_bridge.vendors.checkbox.sandbox.schema import Problem, Problems
from firmware_bridge.vendors.checkbox.sandbox.tokens import Tokens, same
from firmware_bridge.vendors.checkbox.sandbox.values import Cashier
from firmware_bridge.vendors.checkbox.sandbox.webhooks import Webhooks
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Reply, encode

_SIGN_IN: Final = "/api/v1/cashier/signin"
_SIGN_IN_PIN: Final = "/api/v1/cashier/signinPinCode"
_SIGN_OUT: Final = "/api/v1/cashier/signout"
_OWN: Final = {_SIGN_IN: "POST", _SIGN_IN_PIN: "POST", _SIGN_OUT: "POST"}


class Service:
    """The vendor: one organisation with one register and two cashiers, the second a senior one."""

    def __init__(self, options: SandboxOptions, clock: Clock, entropy: random.Random) -> None:
        """`entropy` gives ids, keys and numbers. Raises ValueError for an unknown fault."""
        self.options = options
        self.credentials = Credentials.of(options, entropy)
        self._clock = clock
        self._entropy = entropy
        self._faults = Faults(Fault, options.faults)
        self._register = Register(options, self._faults, entropy, clock.now())
        self._tokens = Tokens(make_cashiers(self.credentials, entropy, clock.now()), entropy)
        self._webhooks = Webhooks(self._register)
        self._control = Control(self._register, self._faults, self._webhooks, clock)

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer one request. A parameter given more than once comes joined by commas."""
        self._settle(self._clock.now())
        if path.startswith("/_"):
            status, said = self._control.answer(method, path, body)
            reply = self._finish(Answer(said, status), self._clock.now())
            self._settle(self._clock.now())
            return reply
        now = self._clock.now()
        if self._faults.strike("not-reached", path):
            return Reply(0, {}, b"", dropped=True)
        late = self._faults.strike("slow", path)
        lost = self._faults.strike("lost-answer", path)
        names = {name.lower(): value for name, value in headers.items()}
        answer = self._answer(method, path, query, names, body, now)
        self._settle(now)
        reply = self._finish(answer, now)
        return replace(reply, dropped=lost is not None, delay_s=late.delay_s if late else 0.0)

    def _settle(self, now: datetime) -> None:
        delivery.settle(self._register, now)
        self._webhooks.notice()

    def _answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Answer:
        try:
            return self._carry_out(method, path, query, headers, body, now)
        except (Refused, Invalid) as no:
            status, said = no.answer(current=self.options.current)
            return Answer(said, status)

    def _carry_out(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Answer:
        if self._faults.strike("maintenance", path):
            raise Refused("maintenance")
        key = headers.get("x-access-key")
        if key is not None and not same(key, self.credentials.access_key):
            raise Refused("bad-access-key")
        if path in _OWN:
            if method != _OWN[path]:
                raise Refused("no-method")
            return self._sign(path, headers, decode(body) if body else None, now)
        route, captured = routes.find(method, path, current=self.options.current)
        given = decode(body) if body and method == "POST" else None
        if route.headers:
            self._demand_client(headers)
        cashier = self._cashier(headers, path) if route.token else None
        self._check_license(route, headers, path)
        request = Request(method, path, query, headers, captured, given)
        return route.act(Call(request, self.options, self._register, now, cashier, self._webhooks))

    def _demand_client(self, headers: Mapping[str, str]) -> None:
        if not self.options.demands_client_headers:
            return
        problems = Problems(self.options.current)
        for name in ("x-client-name", "x-client-version"):
            if not headers.get(name):
                problems.add(("header", name), Problem("value_error.missing"))
        if problems.rows:
            raise Invalid(problems.rows)

    def _cashier(self, headers: Mapping[str, str], path: str) -> Cashier:
        cashier, token = self._tokens.holder(headers.get("authorization", ""))
        if self._faults.strike("token-expired", path):
            self._tokens.revoke(token)
            raise Refused("bad-token")
        if self._faults.strike("cashier-deactivated", path):
            raise Refused("deactivated")
        return cashier

    def _check_license(self, route: Route, headers: Mapping[str, str], path: str) -> None:
        demanded = route.license == "demanded" or (self.options.license_everywhere and route.token)
        if demanded or (route.license == "optional" and "x-license-key" in headers):
            self._demand_license(headers, path)

    def _demand_license(self, headers: Mapping[str, str], path: str) -> None:
        key = headers.get("x-license-key")
        if key is None:
            problems = Problems(self.options.current)
            problems.add(("header", "x-license-key"), Problem("value_error.missing"))
            raise Invalid(problems.rows)
        if self._faults.strike("license-invalid", path) or not same(key, self.credentials.license_key):
            raise Refused("bad-license")

    def _sign(self, path: str, headers: Mapping[str, str], body: Any, now: datetime) -> Answer:
        if path == _SIGN_OUT:
            _, token = self._tokens.holder(headers.get("authorization", ""))
            self._tokens.revoke(token)
            return Answer(status=205, raw=b"")
        self._demand_client(headers)
        request = Request("POST", path, {}, headers, {}, body)
        call = Call(request, self.options, self._register, now, None, self._webhooks)
        if path == _SIGN_IN:
            given = call.body(payloads.SIGN_IN)
            token = self._tokens.by_password(given["login"], given["password"], now)
        else:
            self._demand_license(headers, path)
            token = self._tokens.by_pin(call.body(payloads.SIGN_IN_PIN)["pin_code"], now)
        return Answer({"type": "bearer", "token_type": "bearer", "access_token": token})

    def _finish(self, answer: Answer, now: datetime) -> Reply:
        raw = encode(answer.body) if answer.raw is None else answer.raw
        headers = {
            "Content-Type": answer.kind,
            "Date": format_datetime(now.replace(microsecond=0), usegmt=True),
            "Server": "nginx",
            "x-request-id": self._register.new_id(),
            "x-correlation-id": f"{self._entropy.getrandbits(128):032x}",
        }
        if answer.location:
            headers["location"] = f"https://api.checkbox.ua{answer.location}"
        return Reply(answer.status, headers, raw)
