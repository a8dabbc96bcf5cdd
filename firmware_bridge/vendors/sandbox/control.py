"""Beside any vendor's place on a sale's way: what a test sees and sets: books, faults, clock.

`GET /_books` · `GET`, `POST`, `DELETE /_fault` · `POST /_clock {"advance_s": n}`. No real vendor has these; no
credentials are asked for, which is why the server listens on the loopback alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from datetime import datetime
from typing import Generic

from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.faults import F, Faults
from firmware_bridge.vendors.sandbox.wire import Json, decode


class Control(ABC, Generic[F]):
    """The paths that begin with `/_`."""

    def __init__(self, faults: Faults[F], clock: Clock) -> None:
        self.faults = faults
        self.clock = clock

    @abstractmethod
    def books(self) -> Json:
        """Everything the vendor has written down."""

    @abstractmethod
    def stamp(self, at: datetime) -> str:
        """A moment as the vendor writes it."""

    def more(self, method: str, path: str, given: Json) -> Json | None:
        """The answer on a path that this vendor's sandbox alone has; None: there is none. Raises ValueError."""
        return None

    def changing(self) -> None:
        """A fault is about to be set or cleared."""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Json]:
        """Status and body: 400 with a sentence for what cannot be set, 404 for any other path."""
        try:
            given = decode(body) if body else {}
            if not isinstance(given, dict):
                return 400, {"message": "the body must be a JSON object"}
            said = self._carry_out(method, path, given)
        except (ValueError, TypeError) as error:
            return 400, {"message": str(error)}
        return (404, {"message": f"there is no {method} {path}"}) if said is None else (200, said)

    def _carry_out(self, method: str, path: str, given: Json) -> Json | None:
        match method, path:
            case "GET", "/_books":
                return self.books()
            case "POST", "/_fault":
                fault = self.faults.kind.of(given)
                self.changing()
                self.faults.put(fault)
            case "DELETE", "/_fault":
                self.changing()
                self.faults.clear()
            case "GET", "/_fault":
                pass
            case "POST", "/_clock":
                self.clock.advance(float(given.get("advance_s", 0)))
                return {"now": self.stamp(self.clock.now())}
            case _:
                return self.more(method, path, given)
        return {"set": self.set_faults(), "known": self.faults.kind.KNOWN}

    def set_faults(self) -> list[Json]:
        """The faults that are set, as books and answers show them."""
        return [asdict(one) for one in self.faults.listed()]
