"""In the vendor's place on a sale's way: what a request says, field by field; anything else is code 3."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from firmware_bridge.vendors.smartone.sandbox.codes import Refused

TIME: Final = "%Y-%m-%d %H:%M:%S"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_LARGEST: Final = 10**14


class Fields:
    """One JSON object; `where` stands before a field's name in refusals."""

    def __init__(self, given: object, where: str = "") -> None:
        """Raises Refused (3) for what is no object."""
        if not isinstance(given, dict):
            raise Refused(3, where or "data")
        self._given: dict[str, Any] = given
        self._where = f"{where}." if where else ""

    def has(self, name: str) -> bool:
        return self._given.get(name) not in (None, "")

    def text(self, *names: str) -> str:
        """The first of these that is given; a number counts as its text. Raises Refused (3) when none is."""
        found = self.optional(*names)
        if not found:
            raise Refused(3, self._where + names[0])
        return found

    def optional(self, *names: str) -> str:
        for name in names:
            value = self._given.get(name)
            if isinstance(value, str) and value:
                return value
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            if value not in (None, ""):
                raise Refused(3, self._where + name)
        return ""

    def time(self, name: str) -> str:
        """`YYYY-MM-DD HH:MM:SS`, 24 hours. Raises Refused (3)."""
        text = self.text(name)
        if not _is_time(text):
            raise Refused(3, self._where + name)
        return text

    def amount(self, name: str, *, least: int = 0) -> int:
        """Minor units or thousandths, an integer and no other number. Raises Refused (3)."""
        if name not in self._given:
            raise Refused(3, self._where + name)
        return self.amount_or(name, 0, least=least)

    def amount_or(self, name: str, otherwise: int, *, least: int = 0) -> int:
        value = self._given.get(name)
        if value is None:
            return otherwise
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _LARGEST:
            raise Refused(3, self._where + name)
        return value

    def flag(self, name: str) -> bool:
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            raise Refused(3, self._where + name)
        return value

    def rows(self, name: str, *, needed: bool = True) -> list[Fields]:
        value = self._given.get(name)
        if value is None and not needed:
            return []
        if not isinstance(value, list) or (needed and not value):
            raise Refused(3, self._where + name)
        return [Fields(one, f"{self._where}{name}[{at}]") for at, one in enumerate(value)]

    def object(self, name: str) -> Fields:
        return Fields(self._given.get(name), self._where + name)


def _is_time(text: str) -> bool:
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.strptime(text, TIME)  # noqa: DTZ007 - a wall time: these papers know no zones
    except ValueError:
        return False
    return True
