"""What goes wrong between a till and NewStore, how a lane can be broken, and what an evening shows: plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from firmware_bridge.demo_book import Told
from firmware_bridge.gateway.book import Book, Service
from firmware_bridge.vendors.newstore.tokens import Tokens
from tests.support.newstore_day import Days


class World(Protocol):
    """What can be made to go wrong."""

    def fault(self, name: str, count: int | None = 1, **more: Any) -> None:
        """Set a fault of the sandbox: `count` times, None for good."""


Act = Callable[[World], None]
When = Literal["before", "after"]


@dataclass(frozen=True)
class Breakage:
    """A lane that is wrong in one way, as a control. `name`: what it does."""

    name: str = ""
    service: Callable[[Service], Service] = lambda service: service
    book: Callable[[Book], Book] = lambda book: book
    tokens: type[Tokens] = Tokens
    between_lives: Callable[[Path], None] = lambda _: None
    days: Callable[[Days], None] = lambda _: None


WHOLE: Final = Breakage()


@dataclass(frozen=True)
class Trouble:
    """`acts`: before which request what is done to the world; `kills`: at which the till is killed, and when."""

    acts: Mapping[int, Act] = field(default_factory=dict)
    kills: Mapping[int, When] = field(default_factory=dict)


@dataclass(frozen=True)
class Spared:
    """How many openings of the drawer may stand twice, because an answer was lost, and how many may be left out,
    because two were: the book's statistics, no money.
    """

    repeated: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class Evening:
    """What the vendor's books show. `requests` were sent, `tokens` given out; `lives`: how often the till was started,
    `helped`: how often a person had to do something, `drafts`: how many transactions nobody finishes.
    """

    told: Told
    requests: int
    tokens: int
    lives: int
    helped: int
    drafts: int

    @property
    def good(self) -> bool:
        return not self.told.lost and not self.told.duplicated

    def __str__(self) -> str:
        told = self.told
        return (
            f"owed={told.owed} delivered={told.delivered} lost={told.lost} duplicated={told.duplicated} "
            f"requests={self.requests} lives={self.lives} helped={self.helped} drafts={self.drafts}"
        )
