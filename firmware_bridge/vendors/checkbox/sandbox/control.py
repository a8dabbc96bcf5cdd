"""Beside the vendor's place on a sale's way: its books as a test sees them, and the register's flags.

`POST /_register {"is_test": bool, "jam": ""}`.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox import receipt_views, register_views, views
from firmware_bridge.vendors.checkbox.sandbox.clock import iso
from firmware_bridge.vendors.checkbox.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.webhooks import Webhooks
from firmware_bridge.vendors.sandbox import control
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json


class Control(control.Control[Fault]):
    """The paths that begin with `/_`."""

    def __init__(self, register: Register, faults: Faults, webhooks: Webhooks, clock: Clock) -> None:
        super().__init__(faults, clock)
        self._register = register
        self._webhooks = webhooks

    def stamp(self, at: datetime) -> str:
        return iso(at)

    def more(self, method: str, path: str, given: Json) -> Json | None:
        if (method, path) != ("POST", "/_register"):
            return None
        self._set_register(given)
        return register_views.info(self._register) | {"is_test": self._register.is_test}

    def changing(self) -> None:
        """What a fault stops or lets go, it stops or lets go now, not from when the line was last busy."""
        self._register.free_at = max(self._register.free_at, self.clock.now())

    def _set_register(self, given: Json) -> None:
        if not given or given.keys() - {"is_test", "jam"} or given.get("jam", "") != "":
            raise ValueError('a register takes {"is_test": true or false} and {"jam": ""} to free it')
        if "is_test" in given:
            if not isinstance(given["is_test"], bool):
                raise ValueError("is_test is true or false")
            self._register.is_test = given["is_test"]
        if "jam" in given:
            self._register.jam = ""
            self._register.free_at = max(self._register.free_at, self.clock.now())
            for one in self._register.ledger.offline:
                one.wrong = ""

    def books(self) -> Json:
        """Everything the vendor has written down, and sums over it."""
        register = self._register
        receipts = [self._with_code(one) for one in register.receipts.values()]
        done = [one for one in register.receipts.values() if one.counted]
        return {
            "now": iso(self.clock.now()),
            "profile": register.options.profile,
            "is_test": register.is_test,
            "register": register_views.info(register),
            "mode": register.mode,
            "jam": register.jam,
            "receipts": [one for one in receipts if one["type"] in ("SELL", "RETURN")],
            "service": [one for one in receipts if one["type"] in ("SERVICE_IN", "SERVICE_OUT")],
            "shifts": [views.shift(register, one) for one in register.shifts],
            "reports": [views.report(register, one) | {"shift": one.shift.serial} for one in register.reports],
            "transactions": [
                (views.transaction(register, one) or {})
                | {"delivered": one.delivered, "wrong": one.wrong, "hash": one.digest, "dated": iso(one.fiscal_date)}
                for one in register.ledger.all
            ],
            "codes": {
                "free": [one.code for one in register.pool.free()],
                "spent": {one.code: one.spent_on for one in register.pool.spent()},
            },
            "offline_sessions": [{"start": iso(one.start), "end": views.when(one.end)} for one in register.sessions],
            "balance": register.cash,
            "totals": {
                kind.lower(): {
                    "count": sum(one.type == kind for one in done),
                    "sum": sum(one.total for one in done if one.type == kind),
                    "due": sum(one.due for one in done if one.type == kind),
                }
                for kind in ("SELL", "RETURN", "SERVICE_IN", "SERVICE_OUT")
            },
            "waiting": len(register.ledger.online) + len(register.ledger.offline),
            "go_online": {"calls": len(register.go_online_calls), "too_soon": self._too_soon()},
            "rate_limit": {"held": register.held_times},
            "mails": [{"receipt": receipt, "to": to} for receipt, to in register.mails],
            "webhooks": [
                {"url": one.url, "body": one.body.decode(), "signature": one.signature} for one in self._webhooks.sent
            ],
            "faults": self.set_faults(),
        }

    def _with_code(self, one: Any) -> Json:
        row = receipt_views.receipt(self._register, one, with_shift=False)
        return row | {"shift": one.shift.serial, "context": one.payload.get("context"), "counted": one.counted}

    def _too_soon(self) -> int:
        calls = self._register.go_online_calls
        pause = self._register.options.go_online_pause
        return sum((later - call).total_seconds() < pause for call, later in pairwise(calls))
