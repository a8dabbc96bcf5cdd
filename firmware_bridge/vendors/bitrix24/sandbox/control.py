"""Beside the place of who orders a sale: the portal's books as a test sees them, and the manager's hands.

`POST /_order {"type", "items", "payments", …}`: an order was paid · `POST /_reprint {"check"}` · `POST /_ask
{"check"}`: the manager looks · `POST /_agent`: the agent runs · `POST /_install`: a person lets the application in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from firmware_bridge.vendors.bitrix24.sandbox.checks import Desk, Outgoing
from firmware_bridge.vendors.bitrix24.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.bitrix24.sandbox.ledger import Ledger
from firmware_bridge.vendors.bitrix24.sandbox.tokens import Tokens
from firmware_bridge.vendors.sandbox import control
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json


class Control(control.Control[Fault]):
    """The paths that begin with `/_`. `send` takes what goes to the cash register."""

    def __init__(
        self,
        ledger: Ledger,
        desk: Desk,
        faults: Faults,
        clock: Clock,
        tokens: Tokens,
        send: Callable[[Outgoing], None],
    ) -> None:
        super().__init__(faults, clock)
        self._ledger = ledger
        self._desk = desk
        self._tokens = tokens
        self._send = send

    def stamp(self, at: datetime) -> str:
        return at.isoformat(timespec="milliseconds")

    def more(self, method: str, path: str, given: Json) -> Json | None:
        """Raises ValueError."""
        if method != "POST":
            return None
        now = self.clock.now()
        match path:
            case "/_order":
                check = self._desk.pay(given, now)
                self._let_go(self._desk.print(check, now))
                return {"check": check.id, "uuid": check.uuid, "status": check.status}
            case "/_reprint" | "/_ask":
                found = self._ledger.checks.get(int(given.get("check", 0)))
                if found is None:
                    raise ValueError(f"there is no check {given.get('check')}")
                sent = self._let_go(self._desk.print(found, now) if path == "/_reprint" else self._desk.ask(found))
                return {"check": found.id, "uuid": found.uuid, "status": found.status, "sent": sent}
            case "/_agent":
                asked = self._desk.agent()
                for one in asked:
                    self._let_go(one)
                return {"asked": [one.check_id for one in asked]}
            case "/_install":
                return {"code": self._tokens.code(now), "refresh_token": self._tokens.refresh_token(now)}
            case _:
                return None

    def _let_go(self, out: Outgoing | None) -> bool:
        if out is not None:
            self._send(out)
        return out is not None

    def books(self) -> Json:
        """Everything the portal has written down."""
        boxes = [
            asdict(one)
            | {
                "created_at": self.stamp(one.created_at),
                "last_check": None if one.last_check is None else self.stamp(one.last_check),
            }
            for one in self._ledger.cashboxes.values()
        ]
        return {
            "now": self.stamp(self.clock.now()),
            "handlers": [asdict(one) for one in self._ledger.handlers.values()],
            "cashboxes": boxes,
            "checks": [
                asdict(one) | {"created_at": self.stamp(one.created_at)} for one in self._ledger.checks.values()
            ],
            "mails": self._ledger.mails,
            "tokens_given": self._tokens.given,
            "faults": self.set_faults(),
        }
