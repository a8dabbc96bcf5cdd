"""Beside the vendor's place behind a sale: its books as a test sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from firmware_bridge.vendors.newstore.sandbox import drawers
from firmware_bridge.vendors.newstore.sandbox.clock import stamp
from firmware_bridge.vendors.newstore.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.newstore.sandbox.ledger import Activity, Count, Day, Drawer, Ledger, Transaction
from firmware_bridge.vendors.newstore.sandbox.tokens import Tokens
from firmware_bridge.vendors.sandbox import control
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json


class Control(control.Control[Fault]):
    """The paths that begin with `/_`."""

    def __init__(self, ledger: Ledger, faults: Faults, clock: Clock, tokens: Tokens) -> None:
        super().__init__(faults, clock)
        self._ledger = ledger
        self._tokens = tokens

    def stamp(self, at: datetime) -> str:
        return stamp(at)

    def books(self) -> Json:
        """Everything the vendor has written down; `expected_cash` of the active drawers."""
        all_drawers = list(self._ledger.drawers.values())
        return {
            "now": stamp(self.clock.now()),
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
            "faults": self.set_faults(),
        }


def _days(all_drawers: list[Drawer]) -> Iterator[tuple[Drawer, Day]]:
    return ((drawer, day) for drawer in all_drawers for day in drawer.days)


def _drawer(one: Drawer) -> Json:
    shown = drawers.shown(one) | {"store_id": one.store_id, "decommissioned": one.gone}
    return shown | {"days": [_day(day) for day in one.days]}


def _day(one: Day) -> Json:
    return {
        "activated_at": stamp(one.activated_at),
        "open_float": one.open_float,
        "expected": one.expected,
        "deactivated_at": None if one.deactivated_at is None else stamp(one.deactivated_at),
        "end_count": None if one.end_count is None else one.end_count.count_id,
    }


def _transaction(drawer: Drawer, one: Transaction) -> Json:
    finished = None if one.finished_at is None else stamp(one.finished_at)
    times = {"created_at": stamp(one.created_at), "finished_at": finished}
    return asdict(one) | times | {"cash_drawer_id": drawer.drawer_id, "currency": drawer.currency}


def _count(drawer: Drawer, one: Count) -> Json:
    return asdict(one) | {"started_at": stamp(one.started_at), "cash_drawer_id": drawer.drawer_id}


def _activity(one: Activity) -> Json:
    return asdict(one) | {"at": stamp(one.at), "arrived_at": stamp(one.arrived_at)}
