"""Beside a sale's way, after it: the twenty requests to NewStore, made of the till's own values.

Money comes in minor units of the tenant's currency, times in UTC ms. Source: "Cash Drawer API (0)".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from msgspec import Struct

from firmware_bridge.vendors.http import Request
from firmware_bridge.vendors.newstore import messages
from firmware_bridge.vendors.newstore.messages import CountAction, CountReason, encode
from firmware_bridge.vendors.newstore.money import Money, major, to_money
from firmware_bridge.vendors.newstore.urls import Urls

REPORT_ROWS: Final = 100
"""Rows of operation 20 that one request gets at most."""


@dataclass(frozen=True, slots=True)
class ApiRequest(Request):
    """A request that knows which operation it is: a name of `urls.URLS`."""

    operation: str = ""


def rfc3339(at: int) -> str:
    """UTC ms -> "2019-10-11T10:11:17.250Z"."""
    seconds, ms = divmod(at, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


@dataclass(frozen=True, slots=True)
class Calls:
    """For one store of one tenant. `exponent`: decimals of `currency`. `drawer_id` is NewStore's everywhere."""

    urls: Urls
    store_id: str
    currency: str
    exponent: int

    # --- configuration and drawers ----------------------------------------------------------------------------------

    def put_config(self, drawer_type: str, *, enabled: bool) -> ApiRequest:
        body = messages.DrawerConfig(drawer_type, enabled)
        return self._request("put_config", body, store_id=self.store_id)

    def get_config(self) -> ApiRequest:
        return self._request("get_config", store_id=self.store_id)

    def list_types(self) -> ApiRequest:
        return self._request("list_types")

    def list_drawers(self) -> ApiRequest:
        return self._request("list_drawers", query=(("store_id", self.store_id),))

    def add_drawer(self, drawer_id: str, name: str, default_float: int, drawer_type: str) -> ApiRequest:
        """In this store and currency."""
        amount = major(default_float, self.exponent)
        body = messages.NewDrawer(drawer_id, name, self.currency, amount, self.store_id, drawer_type)
        return self._request("add_drawer", body)

    def update_drawer(self, drawer_id: str, name: str, default_float: int) -> ApiRequest:
        body = messages.DrawerUpdate(name, major(default_float, self.exponent))
        return self._request("update_drawer", body, drawer_id=drawer_id)

    def get_drawer(self, drawer_id: str) -> ApiRequest:
        return self._request("get_drawer", drawer_id=drawer_id)

    def decommission(self, drawer_id: str) -> ApiRequest:
        return self._request("decommission", drawer_id=drawer_id)

    # --- a drawer's day ---------------------------------------------------------------------------------------------

    def activate(self, drawer_id: str, float_amount: int) -> ApiRequest:
        return self._request("activate", messages.Activate(self._money(float_amount)), drawer_id=drawer_id)

    def deactivate(self, drawer_id: str, count_id: str) -> ApiRequest:
        return self._request("deactivate", messages.Deactivate(count_id), drawer_id=drawer_id)

    def start(self, drawer_id: str, order_id: str, amount: int, given: int) -> ApiRequest:
        body = messages.Start(order_id, self._money(amount), self._money(given))
        return self._request("start", body, drawer_id=drawer_id)

    def start_non_sale(
        self,
        drawer_id: str,
        transaction_type: str,
        reason_code: str | None,
        side: Literal["amount_in", "amount_out"],
        amount: int,
    ) -> ApiRequest:
        money = self._money(amount)
        into, out = (money, None) if side == "amount_in" else (None, money)
        body = messages.StartNonSale(transaction_type, reason_code, into, out)
        return self._request("start_non_sale", body, drawer_id=drawer_id)

    def track_activity(
        self,
        drawer_id: str,
        at: int,
        event: Literal["open", "close"],
        correlation: Literal["transaction", "count"],
        correlation_id: str,
    ) -> ApiRequest:
        body = messages.TrackActivity(rfc3339(at), event, correlation, correlation_id)
        return self._request("track_activity", body, drawer_id=drawer_id)

    def get_transaction(self, drawer_id: str, transaction_id: str) -> ApiRequest:
        return self._request("get_transaction", drawer_id=drawer_id, transaction_id=transaction_id)

    def finish(
        self, drawer_id: str, transaction_id: str, status: Literal["completed", "canceled"] = "completed"
    ) -> ApiRequest:
        body = messages.Finish(status)
        return self._request("finish", body, drawer_id=drawer_id, transaction_id=transaction_id)

    def perform_count(self, drawer_id: str, reason: CountReason) -> ApiRequest:
        return self._request("perform_count", messages.PerformCount(reason), drawer_id=drawer_id)

    def record_count(self, drawer_id: str, count_id: str, counted: int) -> ApiRequest:
        body = messages.RecordCount(self._money(counted))
        return self._request("record_count", body, drawer_id=drawer_id, count_id=count_id)

    def count_action(self, drawer_id: str, count_id: str, action: CountAction) -> ApiRequest:
        return self._request("count_action", drawer_id=drawer_id, count_id=count_id, action=action)

    # --- reports ----------------------------------------------------------------------------------------------------

    def daily_reports(self, drawer_id: str, offset: int = 0, limit: int | None = None) -> ApiRequest:
        """The page shows no parameters for it: `offset` and `limit` are left out unless they say something."""
        query = ((("offset", str(offset)),) if offset else ()) + ((("limit", str(limit)),) if limit else ())
        return self._request("daily_reports", query=query, drawer_id=drawer_id)

    def store_report(
        self, begin: int, end: int, transaction_type: str = "", offset: int = 0, limit: int = REPORT_ROWS
    ) -> ApiRequest:
        """From `begin` to `end`; `transaction_type` "" = of every type."""
        query = (
            ("store-id", self.store_id),
            ("start-time", rfc3339(begin)),
            ("end-time", rfc3339(end)),
            ("offset", str(offset)),
            ("limit", str(limit)),
        )
        return self._request(
            "store_report", query=query + ((("transaction-type", transaction_type),) if transaction_type else ())
        )

    def _money(self, amount: int) -> Money:
        return to_money(amount, self.currency, self.exponent)

    def _request(
        self, operation: str, body: Struct | None = None, query: tuple[tuple[str, str], ...] = (), **parts: str
    ) -> ApiRequest:
        method, path = self.urls.at(operation, **parts)
        raw, headers = (b"", {}) if body is None else (encode(body), {"Content-Type": "application/json"})
        return ApiRequest(method, path, query, headers, raw, operation)
