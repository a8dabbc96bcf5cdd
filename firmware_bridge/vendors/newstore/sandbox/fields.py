"""In the vendor's place behind a sale: the fields of a body and of a query, as the page describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from firmware_bridge.vendors.newstore.sandbox.clock import read_stamp
from firmware_bridge.vendors.newstore.sandbox.errors import bad_field, bad_parameter
from firmware_bridge.vendors.newstore.sandbox.money import Money, read_money

_LONGEST = 256


class Body:
    """A JSON object; unknown fields are ignored. Every method raises Refused (400, `invalid_body`)."""

    def __init__(self, given: Any) -> None:
        if not isinstance(given, dict):
            raise bad_field("body", "must be a JSON object.")
        self._given = given

    def has(self, name: str) -> bool:
        return self._given.get(name) is not None

    def raw(self, name: str) -> Any:
        if not self.has(name):
            raise bad_field(name, "is required.")
        return self._given[name]

    def text(self, name: str, longest: int = _LONGEST) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise bad_field(name, f"must be a string of 1 to {longest} characters.")
        return value

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or value not in allowed:
            raise bad_field(name, f"must be one of {', '.join(allowed)}.")
        return value

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if not isinstance(value, bool):
            raise bad_field(name, "must be a boolean.")
        return value

    def money(self, name: str) -> Money:
        return read_money(self.raw(name), name)

    def not_negative(self, name: str) -> Money:
        amount = self.money(name)
        if amount.value < 0:
            raise bad_field(f"{name}.value", "must not be negative.")
        return amount

    def moment(self, name: str) -> datetime:
        try:
            return read_stamp(self.text(name))
        except ValueError as error:
            raise bad_field(name, "must be a date-time in RFC 3339 format.") from error


class Query:
    """Parameters after the question mark. Every method raises Refused (400, `invalid_request`)."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def text(self, name: str) -> str:
        value = self._given.get(name, "")
        if not value:
            raise bad_parameter(name, "is required.")
        return value

    def moment(self, name: str) -> datetime:
        try:
            return read_stamp(self.text(name))
        except ValueError as error:
            raise bad_parameter(name, "must be a time in RFC 3339 format.") from error

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        if default is not None and name not in self._given:
            return default
        text = self.text(name)
        if not (text.isascii() and text.isdigit() and len(text) <= 9) or not least <= int(text) <= most:
            raise bad_parameter(name, f"must be a number from {least} to {most}.")
        return int(text)

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        """None where it was not given."""
        value = self._given.get(name)
        if value is not None and value not in allowed:
            raise bad_parameter(name, f"must be one of {', '.join(allowed)}.")
        return value
