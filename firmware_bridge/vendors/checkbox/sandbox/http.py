"""In the vendor's place on a sale's way: a request and its answer as plain values, no socket in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from firmware_bridge.vendors.checkbox.sandbox import schema
from firmware_bridge.vendors.checkbox.sandbox.errors import Invalid, Refused
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.values import Cashier
from firmware_bridge.vendors.checkbox.sandbox.webhooks import Webhooks
from firmware_bridge.vendors.sandbox import wire


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` with lower-case names; `captured`: the parts of the path that vary; `body` as JSON, None if empty."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    captured: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation is given. `cashier` is the one of the token, where a token is demanded."""

    request: Request
    options: SandboxOptions
    register: Register
    now: datetime
    signed_in: Cashier | None
    webhooks: Webhooks

    @property
    def cashier(self) -> Cashier:
        """Raises Refused where nobody has signed in."""
        if self.signed_in is None:
            raise Refused("no-token")
        return self.signed_in

    @property
    def client(self) -> str:
        return self.request.headers.get("x-client-name", "")

    def body(self, reader: schema.Reader, *, optional: bool = False) -> dict[str, Any]:
        """The body as `reader` reads it; an optional one may be empty. Raises Invalid."""
        given = self.request.body
        if given is None and optional:
            given = {}
        problems = schema.Problems(self.options.current)
        if given is None:
            problems.add(("body",), schema.Problem("value_error.missing"))
            raise Invalid(problems.rows)
        where = ("body",) if self.options.current else ("body", "payload")
        value = schema.read(reader, given, where, problems)
        if problems.rows:
            raise Invalid(problems.rows)
        return cast("dict[str, Any]", value)

    def query(self, name: str, reader: schema.Reader, default: Any = None) -> Any:
        """One query parameter; numbers and booleans are made of their text. Raises Invalid."""
        given = self.request.query.get(name)
        if given is None:
            return default
        problems = schema.Problems(self.options.current)
        value = schema.read(reader, _typed(given), ("query", name), problems)
        if problems.rows:
            raise Invalid(problems.rows)
        return value

    def word(self, name: str) -> str | None:
        """A query parameter that is text, whatever it looks like."""
        return self.request.query.get(name)

    def demanded(self, name: str, reader: schema.Reader) -> Any:
        """A query parameter that must be there. Raises Invalid."""
        if name not in self.request.query:
            problems = schema.Problems(self.options.current)
            problems.add(("query", name), schema.Problem("value_error.missing"))
            raise Invalid(problems.rows)
        return self.query(name, reader)


def _typed(given: str) -> Any:
    if given in ("true", "false"):
        return given == "true"
    return int(given) if given.lstrip("-").isdigit() and given.isascii() else given


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gives back: JSON, or `raw` bytes of another `kind`. `location`: of what was made."""

    body: Any = None
    status: int = 200
    location: str = ""
    raw: bytes | None = None
    kind: str = "application/json"


def decode(raw: bytes) -> Any:
    """JSON, decimals exact. Raises Refused when it is none."""
    try:
        return wire.decode(raw)
    except ValueError as error:
        raise Refused("unparsable") from error
