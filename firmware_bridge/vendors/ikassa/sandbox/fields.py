"""In the vendor's place on a sale's way: the fields of a body. What does not fit is 413, or the code that says why."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused, bad_body
from firmware_bridge.vendors.ikassa.sandbox.money import read, read_sum


class Body:
    """A JSON object; fields that are not known are ignored. Every method raises Refused."""

    def __init__(self, given: Any, where: str = "тело") -> None:
        if not isinstance(given, dict):
            raise bad_body(where, "ожидается объект")
        self._given = given
        self._where = where

    def has(self, name: str) -> bool:
        return self._given.get(name) is not None

    def place(self, name: str) -> str:
        return name if self._where == "тело" else f"{self._where}.{name}"

    def raw(self, name: str) -> Any:
        if not self.has(name):
            raise bad_body(self.place(name), "обязательное поле")
        return self._given[name]

    def text(self, name: str, default: str | None = None, *, least: int = 0) -> str:
        if default is not None and not self.has(name):
            return default
        value = self.raw(name)
        if not isinstance(value, str) or len(value) < least:
            raise bad_body(self.place(name), "ожидается строка")
        return value

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise bad_body(self.place(name), f"ожидается {', '.join(allowed)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._given.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise bad_body(self.place(name), "ожидается true или false")
        return value

    def whole(self, name: str) -> int:
        value = self.raw(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_body(self.place(name), "ожидается целое число")
        return value

    def uuid(self, name: str) -> str:
        value = self.text(name)
        try:
            return str(uuid.UUID(value))
        except ValueError as error:
            raise bad_body(self.place(name), "ожидается UUID") from error

    def sum(self, name: str) -> int:
        """Kopecks; 0 where it was not given."""
        return read_sum(self._given[name], self.place(name)) if self.has(name) else 0

    def quantity(self, name: str) -> int:
        """Thousandths; one piece where it was not given. Finer than a thousandth is too little of it (415)."""
        if not self.has(name):
            return 1000
        value = read(self._given[name], self.place(name), 6)
        if value < 1000:
            raise Refused(415)
        if value > 9_999_999_000:
            raise Refused(416)
        if value % 1000:
            raise bad_body(self.place(name), "не более 3 знаков после точки")
        return value // 1000

    def rate(self, name: str) -> int:
        """Hundredths of a per cent."""
        value = read(self._given[name], self.place(name))
        if value < 0:
            raise bad_body(self.place(name), "ожидается неотрицательный процент")
        return value

    def object(self, name: str) -> Body:
        return Body(self.raw(name), self.place(name))

    def objects(self, name: str) -> list[Body]:
        """The objects of an array; none where it was not given."""
        if not self.has(name):
            return []
        return each(self._given[name], self.place(name))

    @property
    def keys(self) -> set[str]:
        return {name for name, value in self._given.items() if value is not None}


def each(given: Any, where: str) -> list[Body]:
    """The objects of an array. Raises Refused."""
    if not isinstance(given, list):
        raise bad_body(where, "ожидается массив")
    return [Body(one, f"{where}[{at}]") for at, one in enumerate(given)]


def check_tax_number(body: Body) -> str:
    """tpTaxNumber: the buyer's УНП, nine digits; "" without one."""
    value = body.text("tpTaxNumber", "")
    if value and not (len(value) == 9 and value.isascii() and value.isdigit()):
        raise bad_body(body.place("tpTaxNumber"), "ожидается 9 цифр")
    return value


def check_extra_lines(body: Body) -> None:
    """prefix[] and suffix[]: {"Text": {"text"}} or {"QrCode": {"qrCode": base64}}."""
    for name in ("prefix", "suffix"):
        for one in body.objects(name):
            if one.keys == {"Text"}:
                one.object("Text").text("text")
            elif one.keys == {"QrCode"}:
                one.object("QrCode").text("qrCode", least=1)
            else:
                raise bad_body(one.place("Text"), "ожидается Text или QrCode")


def check_goods(item: Body) -> None:
    """section and markings of a position, which all receipts have alike."""
    if item.has("section"):
        item.object("section").whole("code")
        item.object("section").text("name", "")
    for one in item.objects("markings"):
        if one.keys not in ({"si"}, {"ukz"}):
            raise bad_body(one.place("si"), "ожидается si или ukz")
        one.text(next(iter(one.keys)), least=1)
