"""Before a sale's way begins: from the configuration to the books of the till, by their vendors' sections.

A vendor's code is imported only where its section is: a till without it does not pay for it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config, Uplink
from firmware_bridge.vendors.newstore.config import NewStoreConfig

if TYPE_CHECKING:
    from firmware_bridge.gateway.auditor import Comparer
    from firmware_bridge.gateway.book import Book, Service
    from firmware_bridge.journal.thread import JournalThread

VENDORS = {"newstore": "firmware_bridge.vendors.newstore.build"}
"""Section of [book] -> the module that builds it."""

AUDITS = {"newstore": "firmware_bridge.vendors.newstore.audit.comparer"}
"""Section of [book] -> the module that holds its ended days against the journal; loaded when a day has ended."""


class Builder(Protocol):
    """What such a module offers."""

    def build(
        self, config: Config, clock: TillClock, version: str, on_secret: Callable[[str], None]
    ) -> tuple[Book, Service]:
        """The book of this configuration and who carries its calls; raises UsageError with one sentence."""


class Audit(Protocol):
    """What a module of AUDITS offers."""

    def comparer(self, config: Config, service: Service, journal: JournalThread, now: Callable[[], int]) -> Comparer:
        """Who reads the book's ended days back, over the same service. `now`: UTC ms. Raises UsageError."""


def names(config: Config) -> tuple[str, ...]:
    """The books of this till, by their sections; none in training, where nothing is real."""
    book = config.book
    if book is None or config.till.training:
        return ()
    return tuple(name for name in VENDORS if getattr(book, name) is not None)


def is_remote(config: Config) -> bool:
    """Whether a gateway keeps the books of this till; not in training."""
    return config.uplink is not None and not config.till.training


def openings(config: Config) -> NewStoreConfig | Uplink | None:
    """The section that says which openings of a drawer are written down for the books; None: there are no books."""
    if is_remote(config):
        return config.uplink
    return config.book.newstore if config.book is not None and names(config) else None


def make(
    name: str, config: Config, clock: TillClock, *, version: str, on_secret: Callable[[str], None] = lambda _: None
) -> tuple[Book, Service]:
    """Return one of the books. Reads its secrets; raises UsageError with one sentence."""
    builder = cast("Builder", importlib.import_module(VENDORS[name]))
    return builder.build(config, clock, version, on_secret)


def comparer(name: str, config: Config, service: Service, journal: JournalThread, now: Callable[[], int]) -> Comparer:
    """Return who holds the ended days of a book against `journal`. Raises UsageError with one sentence."""
    return cast("Audit", importlib.import_module(AUDITS[name])).comparer(config, service, journal, now)
