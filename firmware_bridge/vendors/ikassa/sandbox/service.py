"""In the vendor's place on a sale's way: a request comes in, an answer goes out; no socket, no thread, no waiting.

The order in which a request is looked at: faults of the line (not-reached) -> path and method -> the operation's header
(its name in capitals, as the bytes have it) -> token (401, 405) -> 407, 409 and 399 by fault -> the body is JSON (413)
-> the operation's own rules (register.py). The vendor's papers do not tell; this order is inferred.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from firmware_bridge.vendors.ikassa.sandbox import answers
from firmware_bridge.vendors.ikassa.sandbox.control import Control
from firmware_bridge.vendors.ikassa.sandbox.errors import Refused, bad_body
from firmware_bridge.vendors.ikassa.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.ikassa.sandbox.ledger import Ledger
from firmware_bridge.vendors.ikassa.sandbox.operations import ACTS, BODILESS, Said
from firmware_bridge.vendors.ikassa.sandbox.options import SandboxOptions
from firmware_bridge.vendors.ikassa.sandbox.register import Call, Register
from firmware_bridge.vendors.ikassa.sandbox.tokens import Tokens
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json, Reply, decode, encode

PATH: Final = "/v1"
HEADER: Final = "INTENT_OPERATION_TYPE"
_NO_OPERATION: Final = "Не указан тип операции в заголовке INTENT_OPERATION_TYPE"
_UNKNOWN: Final = "Неизвестный тип операции"


class Service:
    """The vendor: one till."""

    def __init__(self, options: SandboxOptions, clock: Clock, entropy: random.Random) -> None:
        """`entropy` gives ids, the PIN and tokens. Raises ValueError for an unknown fault or a file without books."""
        self.options = options
        self._clock = clock
        self._faults = Faults(Fault, options.faults)
        self._ledger = Ledger(options.state_file, options.initial_cash)
        self._register = Register(options, self._ledger, entropy)
        self._tokens = Tokens(options, entropy)
        self._control = Control(self._register, self._faults, clock, self._tokens)

    @property
    def pin(self) -> str:
        return self._tokens.pin

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer one request; `headers` with their names as they came."""
        now = self._clock.now()
        if path.startswith("/_"):
            status, told = self._control.answer(method, path, body)
            return _reply(told, status, now)
        named = headers[HEADER].strip().upper() if HEADER in {*headers} else ""
        if self._faults.strike("not-reached", path, named):
            return Reply(0, {}, b"", dropped=True)
        late = self._faults.strike("slow", path, named)
        lost = self._faults.strike("lost-answer", path, named) is not None
        delay = late.delay_s if late else 0.0
        try:
            said = self._carry_out(method, path, named, headers, body, now)
            self._ledger.save()
            delay, lost = delay + said.delay_s, lost or said.lost
            if said.refused is not None:
                raise said.refused
            answer = answers.done(named, said.detail, self.options.register_number, said.more)
            reply = _reply(answer, 200, now)
        except Refused as no:
            status = self.options.unauthorised_status if no.code in (401, 405) else 200
            reply = _reply(answers.failed(named, no), status, now)
        # an answer that is lost is lost at once, however long the till is at work
        return replace(reply, dropped=lost, delay_s=0.0 if lost else delay)

    def _carry_out(
        self, method: str, path: str, named: str, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Said:
        if path != PATH or method != "POST":
            raise Refused(399, f"{method} {path}")
        if not named:
            raise Refused(399, _NO_OPERATION)
        subject = self.options.by_name.get(named)
        if subject is None:
            raise Refused(399, _UNKNOWN)
        if subject == "auth":
            return Said("Авторизация выполнена", self._tokens.grant(_read(body, empty=False)))

        def strike(name: str) -> Fault | None:
            return self._faults.strike(name, path, named)

        self._tokens.check(headers, expired=strike("token-expired") is not None)
        for name, code in (("certificate", 407), ("blocked", 409), ("server-error", 399)):
            if strike(name):
                raise Refused(code, "Внутренняя ошибка")
        given = _read(body, empty=subject in BODILESS)
        return ACTS[subject](self._register, Call(now, strike), given)


def _read(body: bytes, *, empty: bool) -> Any:
    """JSON with exact decimals; None for a body that may be empty and is. Raises Refused (413)."""
    if not body.strip() and empty:
        return None
    try:
        return decode(body)
    except ValueError as error:
        raise bad_body("тело", "ожидается JSON") from error


def _reply(answer: Json, status: int, now: datetime) -> Reply:
    headers = {"Date": format_datetime(now.replace(microsecond=0), usegmt=True)}
    return Reply(status, headers | {"Content-Type": "application/json; charset=utf-8"}, encode(answer))
