"""After a lost answer on a sale's way: which documents may still be at work at the till, and for how long.

A question that comes too early gets the answer "unknown", and a document that is sent again on its word could be made
twice. So a document counts as on its way for a while. After a restart nobody knows when it left: the first question
begins its time anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST: Final = 256


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: `card_s` from when a document with a card left, `settle_s` from when its answer was lost."""

    card_s: float = 180.0
    settle_s: float = 5.0


class OnTheirWay:
    """`monotonic`: seconds. Documents are known by their fiscal id; the oldest are forgotten beyond `MOST`."""

    def __init__(self, monotonic: Callable[[], float], patience: Patience) -> None:
        self._monotonic = monotonic
        self._patience = patience
        self._until: dict[str, float] = {}

    def left(self, name: str, *, card: bool) -> None:
        """It is about to be sent."""
        self._until.pop(name, None)
        self._until[name] = self._monotonic() + (self._patience.card_s if card else self._patience.settle_s)
        if len(self._until) > MOST:
            del self._until[next(iter(self._until))]

    def lost(self, name: str) -> None:
        """Its answer does not come any more."""
        self._until[name] = max(self._until.get(name, 0.0), self._monotonic() + self._patience.settle_s)

    def known(self, name: str) -> None:
        """What became of it is certain."""
        self._until.pop(name, None)

    def asked(self, name: str, *, card: bool) -> bool:
        """Somebody asks about it: may it still be at work?"""
        if name not in self._until:
            self.left(name, card=card)
        return self._monotonic() < self._until[name]
