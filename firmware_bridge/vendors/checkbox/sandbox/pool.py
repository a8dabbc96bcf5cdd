"""In the vendor's place on a sale's way: offline codes: those the tax service would give, and those the vendor has.

The tax service gives a code again and again until a transaction with it has reached it; the vendor counts it as spent
as soon as it has a document with it. Source: the page, "Отримати з ДПС список фіскальних номерів" and what follows.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.values import OfflineCode

_LETTERS: Final = string.ascii_letters + string.digits + "-_"


def fiscal_code(entropy: random.Random, *, test: bool) -> str:
    """A number as the tax service gives it: 11 characters, `TEST-` and six for a test register."""
    head = "TEST-" if test else ""
    return head + "".join(entropy.choice(_LETTERS) for _ in range(11 - len(head)))


class Pool:
    """Codes of one register. `fresh` makes a number nobody has had."""

    def __init__(self, fresh: Callable[[], str], given: Iterable[str], at: datetime) -> None:
        """`given`: codes that both sides already know."""
        self._fresh = fresh
        self._unspent_there: list[str] = []
        self._here: dict[str, OfflineCode] = {}
        self._spent_since_asked = 0
        #: When codes were last asked for: no offline document may be older.
        self.asked_at: datetime | None = None
        self._take_in([*given], at)
        self._unspent_there.extend(self._here)

    def ask(self, count: int, at: datetime) -> None:
        """The tax service gives `count` codes: those not spent with it yet, then new ones."""
        while len(self._unspent_there) < count:
            self._unspent_there.append(self._fresh())
        self._take_in(self._unspent_there[:count], at)
        self._spent_since_asked = 0
        self.asked_at = at

    def _take_in(self, codes: list[str], at: datetime) -> None:
        for code in codes:
            if code not in self._here:
                self._here[code] = OfflineCode(code, len(self._here) + 1, at)

    def free(self, count: int | None = None) -> list[OfflineCode]:
        """Codes without a document, lowest serial first, at most `count`."""
        return [one for one in self._here.values() if not one.spent_on][:count]

    def spent(self) -> list[OfflineCode]:
        return [one for one in self._here.values() if one.spent_on]

    @property
    def spent_since_asked(self) -> int:
        return self._spent_since_asked

    def check(self, code: str) -> None:
        """Raises Refused when `code` was used before, or never given."""
        known = self._here.get(code)
        if known is None:
            raise Refused("code-unknown", code)
        if known.spent_on:
            raise Refused("code-used", code)

    def spend(self, code: str, document: str) -> str:
        """Bind `code` to `document`; raises Refused as `check` does."""
        self.check(code)
        self._here[code].spent_on = document
        self._spent_since_asked += 1
        return code

    def spend_any(self, document: str) -> str:
        """Bind the lowest free code, as the vendor does where the client gives none. Raises Refused without one."""
        free = self.free(1)
        if not free:
            raise Refused("no-codes")
        return self.spend(free[0].code, document)

    def reached_tax_service(self, code: str) -> None:
        """A transaction with `code` has arrived: it is never given again."""
        if code in self._unspent_there:
            self._unspent_there.remove(code)
