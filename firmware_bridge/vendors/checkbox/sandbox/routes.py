"""In the vendor's place on a sale's way: which operation is where, and which headers it demands.

Source: the page for those it shows, OpenAPI 0.1.79 and 2.106.4 for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from firmware_bridge.vendors.checkbox.sandbox import document_operations as documents
from firmware_bridge.vendors.checkbox.sandbox import operations
from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.http import Answer, Call

License = Literal["no", "optional", "demanded"]
_PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Route:
    """`token`: a bearer token is demanded. `license`: X-License-Key. `headers`: X-Client-Name and -Version are demanded
    where the interface demands them at all. `since_current`: unknown to the interface of 2022.
    """

    method: str
    path: str
    act: Callable[[Call], Answer]
    token: bool = True
    license: License = "no"
    headers: bool = True
    since_current: bool = False


def _public(path: str, act: Callable[[Call], Answer]) -> Route:
    """A picture of a receipt: for anyone who knows its id."""
    return Route("GET", path, act, token=False, headers=False)


#: Signing in and out is done by the service itself, which keeps the tokens.
ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/cashier/me", operations.me),
    Route("GET", "/cashier/shift", operations.cashier_shift),
    Route("GET", "/cashier/check-signature", operations.check_signature),
    Route("GET", "/cashier/tax", operations.taxes, since_current=True),
    Route("GET", "/cash-registers/info", operations.register_info, token=False, license="demanded"),
    Route("GET", "/cash-registers", operations.registers),
    Route("POST", "/cash-registers/go-online", operations.go_online, license="optional"),
    Route("POST", "/cash-registers/go-offline", operations.go_offline, license="optional"),
    Route("POST", "/cash-registers/ping-tax-service", operations.ping, license="demanded"),
    Route("GET", "/cash-registers/ask-offline-codes", operations.ask_codes, license="demanded"),
    Route("GET", "/cash-registers/get-offline-codes", operations.get_codes, license="optional"),
    Route("GET", "/cash-registers/get-offline-codes-count", operations.count_codes, license="demanded"),
    Route("GET", "/cash-registers/get-offline-time", operations.offline_time, token=False, license="demanded"),
    Route("GET", "/cash-registers/{id}", operations.one_register),
    Route("POST", "/shifts", operations.open_shift, license="demanded"),
    Route("GET", "/shifts", operations.list_shifts),
    Route("POST", "/shifts/close", operations.close_shift),
    Route("GET", "/shifts/{id}", operations.one_shift),
    Route("POST", "/shifts/{id}/close", operations.close_other_shift, license="demanded"),
    Route("POST", "/receipts/sell", documents.sell),
    Route("POST", "/receipts/sell-offline", documents.sell_offline),
    Route("POST", "/receipts/service", documents.service),
    Route("POST", "/receipts/validate", documents.validate, since_current=True),
    Route("GET", "/receipts", documents.list_receipts),
    Route("GET", "/receipts/search", documents.search_receipts),
    Route("GET", "/receipts/{id}", documents.one_receipt),
    _public("/receipts/{id}/html", documents.receipt_html),
    _public("/receipts/{id}/text", documents.receipt_text),
    _public("/receipts/{id}/png", documents.receipt_png),
    _public("/receipts/{id}/qrcode", documents.receipt_qrcode),
    Route("POST", "/receipts/{id}/email", documents.mail_receipt),
    Route("POST", "/receipts/{id}/sms", documents.text_receipt),
    Route("POST", "/reports", documents.x_report),
    Route("GET", "/reports", documents.list_reports),
    Route("GET", "/reports/search", documents.search_reports),
    Route("GET", "/reports/periodical", documents.periodical, token=False, license="demanded"),
    Route("GET", "/reports/{id}", documents.one_report),
    _public("/reports/{id}/text", documents.report_text),
    Route("GET", "/transactions", operations.transactions),
    Route("GET", "/transactions/{id}", operations.one_transaction),
    Route("GET", "/tax", operations.taxes, token=False, license="demanded"),
    Route("GET", "/webhook", operations.show_webhook, license="demanded"),
    Route("POST", "/webhook", operations.set_webhook, license="demanded"),
    Route("DELETE", "/webhook", operations.remove_webhook, license="demanded"),
)
_PATTERNS: Final = tuple(
    (re.compile(_PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path)), route) for route in ROUTES
)


def find(method: str, path: str, *, current: bool) -> tuple[Route, Mapping[str, str]]:
    """The first route that fits. Raises Refused: not-found, no-method."""
    known_path = False
    for pattern, route in _PATTERNS:
        match = pattern.fullmatch(path)
        if match is None or (route.since_current and not current):
            continue
        known_path = True
        if route.method == method:
            return route, match.groupdict()
    raise Refused("no-method" if known_path else "not-found")
