"""In the vendor's place on a sale's way: what it would send by itself to an address it was given, and how it signs.

Nothing is sent: the books show each body with its signature, for a test to carry over. Source: OpenAPI 0.1.79,
GET, POST, DELETE /webhook and the schemas ReceiptUpdateSchema, ServiceReceiptUpdateSchema, ShiftUpdateSchema.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from firmware_bridge.vendors.checkbox.sandbox import receipt_views, views
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.sandbox.wire import Json, encode


@dataclass(frozen=True, slots=True)
class Notice:
    """One request that the vendor would make; `signature` goes into the header x-request-signature."""

    url: str
    body: bytes
    signature: str


class Webhooks:
    """The address of one register, its key, and what was to be sent there."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._url = ""
        self._key = ""
        self._created_at: datetime | None = None
        self._told: dict[str, str] = {}
        self.sent: list[Notice] = []

    def set(self, url: str, now: datetime) -> Json:
        """POST: a new key each time, told this once. What is there already is not told of."""
        self._url, self._created_at = url, now
        self._key = f"{self._register.entropy.getrandbits(256):064x}"
        self._told = {key: state for key, state, _ in self._states()}
        return self.shown() | {"key": self._key}

    def shown(self) -> Json:
        """GET."""
        return {
            "url": self._url,
            "last_error_date": None,
            "last_error_message": None,
            "created_at": views.when(self._created_at),
            "updated_at": None,
        }

    @property
    def is_set(self) -> bool:
        return bool(self._url)

    def remove(self) -> None:
        """DELETE."""
        self._url = self._key = ""

    def notice(self) -> None:
        """Note what has come to an end since the last call."""
        if not self._url:
            return
        for key, state, body in self._states():
            if self._told.get(key) != state:
                self._told[key] = state
                raw = encode(body)
                self.sent.append(Notice(self._url, raw, sign(self._key, raw)))

    def _states(self) -> list[tuple[str, str, Json]]:
        """Of each document that is decided: its id, its state, what is said of it."""
        register = self._register
        found: list[tuple[str, str, Json]] = []
        for receipt in register.receipts.values():
            if receipt.status in ("DONE", "ERROR"):
                name = "receipt" if receipt.totals is not None else "service_receipt"
                body = receipt_views.receipt(register, receipt, with_shift=False)
                found.append((receipt.id, f"{receipt.status} {receipt.sent_at}", {name: body}))
        for shift in register.shifts:
            if shift.status in ("OPENED", "CLOSED"):
                body = views.shift(register, shift, with_cashier=False, with_register=False)
                found.append((shift.id, shift.status, {"shift": body}))
        return found


def sign(key: str, body: bytes) -> str:
    """The vendor's signature of a body."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
