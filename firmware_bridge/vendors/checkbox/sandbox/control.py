"""Beside the vendor's place on a sale's way: what a test sees and sets: books, faults, clock, the register's flags.

`GET /_books` · `GET`, `POST`, `DELETE /_fault` · `POST /_clock {"advance_s": n}` · `POST /_register {"is_test": bool,
"jam": ""}`. No real vendor has these; no credentials are asked for, which is why the server listens on the loopback
alone.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox import receipt_views, register_views, views
from firmware_bridge.vendors.checkbox.sandbox.clock import Clock, iso
from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.faults import FAULTS, Fault, Faults
from firmware_bridge.vendors.checkbox.sandbox.http import Answer, decode
from firmware_bridge.vendors.checkbox.sandbox.register import Register

Json = dict[str, Any]


class Control:
    """The paths that begin with `/_`."""

    def __init__(self, register: Register, faults: Faults, clock: Clock) -> None:
        self._register = register
        self._faults = faults
        self._clock = clock

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """400 with a sentence for what cannot be set, 404 for any other path."""
        try:
            given = decode(body) if body else {}
            if not isinstance(given, dict):
                return Answer({"message": "the body must be a JSON object"}, 400)
            return self._carry_out(method, path, given)
        except Refused as no:
            return Answer({"message": str(no)}, no.kind.status)
        except (ValueError, TypeError) as error:
            return Answer({"message": str(error)}, 400)

    def _carry_out(self, method: str, path: str, given: Json) -> Answer:
        match method, path:
            case "GET", "/_books":
                return Answer(self.books())
            case "POST", "/_fault":
                self._set_fault(given)
            case "DELETE", "/_fault":
                self._from_now_on()
                self._faults.clear()
            case "GET", "/_fault":
                pass
            case "POST", "/_clock":
                self._clock.advance(float(given.get("advance_s", 0)))
                return Answer({"now": iso(self._clock.now())})
            case "POST", "/_register":
                self._set_register(given)
                return Answer(register_views.info(self._register) | {"is_test": self._register.is_test})
            case _:
                raise Refused("not-found")
        return Answer({"set": [asdict(one) for one in self._faults.listed()], "known": FAULTS})

    def _set_fault(self, given: Json) -> None:
        unknown = given.keys() - {"name", "count", "path", "delay_s", "message"}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        count = given.get("count")
        if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
            raise ValueError("count is a number of times, or null for until cleared")
        fault = Fault(
            name=str(given.get("name", "")),
            count=count,
            path=str(given.get("path", "")),
            delay_s=float(given.get("delay_s", 2.0)),
            message=str(given.get("message", "")),
        )
        self._from_now_on()
        self._faults.put(fault)

    def _from_now_on(self) -> None:
        """What a fault stops or lets go, it stops or lets go now, not from when the line was last busy."""
        self._register.free_at = max(self._register.free_at, self._clock.now())

    def _set_register(self, given: Json) -> None:
        if not given or given.keys() - {"is_test", "jam"} or given.get("jam", "") != "":
            raise ValueError('a register takes {"is_test": true or false} and {"jam": ""} to free it')
        if "is_test" in given:
            if not isinstance(given["is_test"], bool):
                raise ValueError("is_test is true or false")
            self._register.is_test = given["is_test"]
        if "jam" in given:
            self._register.jam = ""
            for one in self._register.ledger.offline:
                one.wrong = ""

    def books(self) -> Json:
        """Everything the vendor has written down, and sums over it."""
        register = self._register
        receipts = [self._with_code(one) for one in register.receipts.values()]
        done = [one for one in register.receipts.values() if one.counted]
        return {
            "now": iso(self._clock.now()),
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
                | {"delivered": one.delivered, "wrong": one.wrong, "hash": one.digest}
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
            "faults": [asdict(one) for one in self._faults.listed()],
        }

    def _with_code(self, one: Any) -> Json:
        row = receipt_views.receipt(self._register, one, with_shift=False)
        return row | {"shift": one.shift.serial, "context": one.payload.get("context"), "counted": one.counted}

    def _too_soon(self) -> int:
        calls = self._register.go_online_calls
        pause = self._register.options.go_online_pause
        return sum((later - call).total_seconds() < pause for call, later in pairwise(calls))
