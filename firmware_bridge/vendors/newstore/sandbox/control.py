"""Beside the vendor's place behind a sale: what a test sees and sets: books, faults, clock.

`GET /_books` · `GET`, `POST`, `DELETE /_fault` · `POST /_clock {"advance_s": n}`. No real vendor has these; no
credentials are asked for, which is why the server listens on the loopback alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from firmware_bridge.vendors.newstore.sandbox import drawers
from firmware_bridge.vendors.newstore.sandbox.clock import Clock, stamp
from firmware_bridge.vendors.newstore.sandbox.errors import Refused
from firmware_bridge.vendors.newstore.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.newstore.sandbox.http import Answer, Json, decode
from firmware_bridge.vendors.newstore.sandbox.ledger import Activity, Count, Day, Drawer, Ledger, Transaction
from firmware_bridge.vendors.newstore.sandbox.routes import URLS
from firmware_bridge.vendors.newstore.sandbox.tokens import Tokens


class Control:
    """The paths that begin with `/_`."""

    def __init__(self, ledger: Ledger, faults: Faults, clock: Clock, tokens: Tokens) -> None:
        self._ledger = ledger
        self._faults = faults
        self._clock = clock
        self._tokens = tokens

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """400 with a sentence for what cannot be set, 404 for any other path."""
        try:
            given = decode(body) if body else {}
            if not isinstance(given, dict):
                return Answer({"message": "the body must be a JSON object"}, 400)
            return self._carry_out(method, path, given)
        except Refused as no:
            return Answer({"message": no.message}, no.kind.status)
        except (ValueError, TypeError) as error:
            return Answer({"message": str(error)}, 400)

    def _carry_out(self, method: str, path: str, given: Json) -> Answer:
        match method, path:
            case "GET", "/_books":
                return Answer(self.books())
            case "POST", "/_fault":
                self._faults.put(_fault(given))
            case "DELETE", "/_fault":
                self._faults.clear()
            case "GET", "/_fault":
                pass
            case "POST", "/_clock":
                self._clock.advance(float(given.get("advance_s", 0)))
                return Answer({"now": stamp(self._clock.now())})
            case _:
                raise Refused("no-path")
        return Answer({"set": [asdict(one) for one in self._faults.listed()]})

    def books(self) -> Json:
        """Everything the vendor has written down; `expected_cash` of the active drawers."""
        all_drawers = list(self._ledger.drawers.values())
        return {
            "now": stamp(self._clock.now()),
            "stores": [asdict(one) for one in self._ledger.stores.values()],
            "drawers": [_drawer(one) for one in all_drawers],
            "expected_cash": {
                one.drawer_id: one.money(one.day.expected).json() for one in all_drawers if one.day is not None
            },
            "transactions": [
                _transaction(drawer, made) for drawer, day in _days(all_drawers) for made in day.transactions.values()
            ],
            "counts": [_count(drawer, made) for drawer, day in _days(all_drawers) for made in day.counts.values()],
            "activities": [_activity(one) for one in self._ledger.activities],
            "tokens_given": self._tokens.given,
            "faults": [asdict(one) for one in self._faults.listed()],
        }


def _days(all_drawers: list[Drawer]) -> Iterator[tuple[Drawer, Day]]:
    return ((drawer, day) for drawer in all_drawers for day in drawer.days)


def _drawer(one: Drawer) -> Json:
    days = [{"activated_at": stamp(day.activated_at), "open_float": day.open_float} for day in one.days]
    return drawers.shown(one) | {"store_id": one.store_id, "decommissioned": one.gone, "days": days}


def _transaction(drawer: Drawer, one: Transaction) -> Json:
    finished = None if one.finished_at is None else stamp(one.finished_at)
    times = {"created_at": stamp(one.created_at), "finished_at": finished}
    return asdict(one) | times | {"cash_drawer_id": drawer.drawer_id, "currency": drawer.currency}


def _count(drawer: Drawer, one: Count) -> Json:
    return asdict(one) | {"started_at": stamp(one.started_at), "cash_drawer_id": drawer.drawer_id}


def _activity(one: Activity) -> Json:
    return asdict(one) | {"at": stamp(one.at), "arrived_at": stamp(one.arrived_at)}


def _fault(given: Json) -> Fault:
    if unknown := given.keys() - {"name", "count", "path", "operation", "delay_s"}:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    count: Any = given.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
        raise TypeError("count is a whole number, or null for good")
    delay: Any = given.get("delay_s", 2)
    if isinstance(delay, bool) or not isinstance(delay, int | Decimal):
        raise TypeError("delay_s is a number of seconds")
    name, path, operation = (str(given.get(one, "")) for one in ("name", "path", "operation"))
    if operation not in ("", "token", *URLS):
        raise ValueError(f"there is no operation {operation!r}; known are token, {', '.join(URLS)}")
    return Fault(name, count, path, operation, float(delay))
