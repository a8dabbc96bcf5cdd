"""In the place of who orders a sale: what the portal has written down: handlers, cash registers, checks."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from firmware_bridge.vendors.bitrix24.sandbox.errors import Refused, denied
from firmware_bridge.vendors.sandbox.wire import Json

Status = Literal["N", "P", "Y", "E"]


@dataclass(slots=True)
class Handler:
    """`app_id`: the application that made it; "" = a webhook did."""

    id: int
    app_id: str
    code: str
    name: str
    sort: int
    settings: Json


@dataclass(slots=True)
class Cashbox:
    """One cash register of a handler."""

    id: int
    app_id: str
    rest_code: str
    name: str
    email: str
    created_at: datetime
    ofd: str = ""
    ofd_settings: Json = field(default_factory=dict)
    number_kkm: str = ""
    kkm_id: str = ""
    active: str = "N"
    sort: int = 100
    use_offline: str = "N"
    enabled: str = "Y"
    settings: Json = field(default_factory=dict)
    last_check: datetime | None = None


@dataclass(slots=True)
class Check:
    """One receipt. `uuid`: the portal's id of the document; `external`: what the cash register answered."""

    id: int
    kind: str
    content: Json
    created_at: datetime
    status: Status = "N"
    cashbox_id: int = 0
    uuid: str = ""
    external: str = ""
    result: Json = field(default_factory=dict)
    error: str = ""
    prints: int = 0
    asked: int = 0


class Ledger:
    """All of it, in memory. `app` is who calls: a client id, "" for a webhook."""

    def __init__(self, entropy: random.Random) -> None:
        self.handlers: dict[int, Handler] = {}
        self.cashboxes: dict[int, Cashbox] = {}
        self.checks: dict[int, Check] = {}
        self.mails: list[Json] = []
        self._entropy = entropy
        self._last = {"handler": 0, "cashbox": 0, "check": 0}

    def next_id(self, what: str) -> int:
        self._last[what] += 1
        return self._last[what]

    def handler(self, number: int, app: str) -> Handler:
        """Raises Refused: 400 unknown, 403 another application's."""
        if number not in self.handlers:
            raise Refused(400, "ERROR_HANDLER_NOT_FOUND", "Handler not found")
        _own(self.handlers[number].app_id, app)
        return self.handlers[number]

    def handler_of(self, code: str) -> Handler | None:
        return next((one for one in self.handlers.values() if one.code == code), None)

    def cashbox(self, number: int, app: str) -> Cashbox:
        """Raises Refused: 400 unknown, 403 another application's."""
        if number not in self.cashboxes:
            raise Refused(400, "ERROR_CASHBOX_NOT_FOUND", "Cashbox not found")
        _own(self.cashboxes[number].app_id, app)
        return self.cashboxes[number]

    def any_cashbox(self) -> Cashbox | None:
        """One that prints, drawn by lot."""
        found = [one for one in self.cashboxes.values() if one.active == "Y" and one.enabled == "Y"]
        return self._entropy.choice(found) if found else None


def _own(theirs: str, app: str) -> None:
    if theirs and app and theirs != app:
        raise denied()


def check_owner(theirs: str, app: str) -> None:
    """Raises Refused (403) when it is another application's."""
    _own(theirs, app)
