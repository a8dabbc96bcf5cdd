"""Between two attempts to reach a book: how long the lane waits."""

from __future__ import annotations

import random
from dataclasses import dataclass

_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class PatienceSettings:
    """Seconds. A wait is drawn from 0 to a ceiling that begins at `first_s` and doubles up to `most_s`.

    `person_s`: between two attempts while a person has to do something. `linger_s`: how long the cursor is left
    behind records that are nothing to the book, so that a sale in the making does not pay for writing it.
    """

    first_s: float = 1.0
    most_s: float = 300.0
    person_s: float = 300.0
    linger_s: float = 0.25


class Patience:
    """Exponential back-off with full jitter: tills that lost their line together do not come back together."""

    def __init__(self, settings: PatienceSettings, chance: random.Random) -> None:
        self._settings = settings
        self._chance = chance
        self._failed = 0

    def wait(self, *, person: bool = False) -> float:
        """Return how many seconds to wait after one more attempt in vain."""
        if person:
            return self._settings.person_s
        ceiling = min(self._settings.first_s * 2.0**self._failed, self._settings.most_s)
        self._failed = min(self._failed + 1, _MOST_DOUBLINGS)
        return self._chance.uniform(0.0, ceiling)

    def reset(self) -> None:
        """Something was settled: begin with short waits again."""
        self._failed = 0
