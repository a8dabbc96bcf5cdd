"""In the vendor's place behind a sale: what it has written down: stores, drawers and their days, and finds again."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from firmware_bridge.vendors.newstore.sandbox.errors import Refused
from firmware_bridge.vendors.newstore.sandbox.money import ZERO, Money
from firmware_bridge.vendors.newstore.sandbox.options import DrawerType, SandboxOptions


@dataclass(slots=True)
class Store:
    """`drawer_type` None: no configuration yet."""

    store_id: str
    drawer_type: DrawerType | None = None
    enabled: bool = False


@dataclass(slots=True)
class Transaction:
    """Amounts in major units: what goes into the drawer and what comes out of it once it is completed."""

    transaction_id: str
    kind: str
    order_id: str
    reason_code: str
    amount_in: Decimal
    amount_out: Decimal
    created_at: datetime
    status: Literal["draft", "completed", "canceled"] = "draft"
    finished_at: datetime | None = None


@dataclass(slots=True)
class Count:
    """`expected` and `counted` are of the last record."""

    count_id: str
    reason: str
    started_at: datetime
    status: Literal["started", "recorded", "submitted", "cancelled"] = "started"
    expected: Decimal = ZERO
    counted: Decimal = ZERO

    @property
    def open(self) -> bool:
        return self.status in ("started", "recorded")

    @property
    def variance(self) -> Decimal:
        return self.counted - self.expected


@dataclass(slots=True)
class Day:
    """From activation to deactivation, which names the end-of-day count."""

    activated_at: datetime
    open_float: Decimal
    transactions: dict[str, Transaction] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    deactivated_at: datetime | None = None
    end_count: Count | None = None

    @property
    def expected(self) -> Decimal:
        """Cash that should be in the drawer now: only completed transactions have moved any."""
        done = [one for one in self.transactions.values() if one.status == "completed"]
        return self.open_float + sum((one.amount_in - one.amount_out for one in done), ZERO)

    @property
    def open_count(self) -> Count | None:
        return next((one for one in self.counts.values() if one.open), None)


@dataclass(slots=True)
class Drawer:
    """`day`: the present one while it is active. `default_float` in major units."""

    drawer_id: str
    name: str
    currency: str
    default_float: Decimal
    store_id: str
    type: DrawerType
    day: Day | None = None
    days: list[Day] = field(default_factory=list)
    gone: bool = False

    @property
    def status(self) -> str:
        return "inactive" if self.day is None else "active"

    def money(self, value: Decimal) -> Money:
        return Money(value, self.currency)

    def active_day(self) -> Day:
        """Raises Refused (409)."""
        if self.day is None:
            raise Refused("drawer-inactive", self.drawer_id)
        return self.day

    def transaction(self, transaction_id: str) -> tuple[Day, Transaction]:
        """Of any day. Raises Refused (404)."""
        for day in self.days:
            if transaction_id in day.transactions:
                return day, day.transactions[transaction_id]
        raise Refused("no-transaction", transaction_id)

    def count(self, count_id: str) -> tuple[Day, Count]:
        """Of any day. Raises Refused (404)."""
        for day in self.days:
            if count_id in day.counts:
                return day, day.counts[count_id]
        raise Refused("no-count", count_id)


@dataclass(frozen=True, slots=True)
class Activity:
    """`at`: the device's time, `arrived_at`: the vendor's."""

    event_id: str
    drawer_id: str
    event: str
    correlation: str
    correlation_id: str
    at: datetime
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the store's report; `transaction` where it is one, `amount` in major units where it is none."""

    drawer: Drawer
    drawer_status: str
    created_at: datetime
    kind: str
    amount: Decimal = ZERO
    transaction: Transaction | None = None


class Ledger:
    """Everything the vendor knows."""

    def __init__(self, options: SandboxOptions, store_id: str, entropy: random.Random) -> None:
        self._entropy = entropy
        self.stores = {one: Store(one) for one in (store_id, *options.other_stores)}
        self.drawers: dict[str, Drawer] = {}
        self.activities: list[Activity] = []
        self.entries: list[Entry] = []
        if options.drawer_type is not None:
            self.stores[store_id] = Store(store_id, options.drawer_type, enabled=True)
            for one in options.drawers:
                self.drawers[one.drawer_id] = Drawer(
                    one.drawer_id, one.name, one.currency, one.float_amount, store_id, options.drawer_type
                )

    def new_id(self) -> str:
        return str(uuid.UUID(int=self._entropy.getrandbits(128), version=4))

    def store(self, store_id: str) -> Store:
        """Raises Refused (404)."""
        if store_id not in self.stores:
            raise Refused("no-store", store_id)
        return self.stores[store_id]

    def drawer(self, drawer_id: str) -> Drawer:
        """Raises Refused (404), also for one that was decommissioned."""
        found = self.drawers.get(drawer_id)
        if found is None or found.gone:
            raise Refused("no-drawer", drawer_id)
        return found

    def of_store(self, store_id: str) -> Iterator[Drawer]:
        return (one for one in self.drawers.values() if one.store_id == store_id and not one.gone)

    def enter(self, drawer: Drawer, at: datetime, kind: str, what: Decimal | Transaction) -> None:
        """Write a row of the store's report."""
        if isinstance(what, Transaction):
            self.entries.append(Entry(drawer, drawer.status, at, kind, transaction=what))
        else:
            self.entries.append(Entry(drawer, drawer.status, at, kind, what))
