"""Before a sale's way begins: NewStore's book and its service from their section of the configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from firmware_bridge import credentials
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.gateway.book import Book, Service
from firmware_bridge.vendors.http import HttpTransport
from firmware_bridge.vendors.newstore.book import NewStoreBook
from firmware_bridge.vendors.newstore.calls import Calls
from firmware_bridge.vendors.newstore.client import NewStoreClient
from firmware_bridge.vendors.newstore.config import NewStoreConfig
from firmware_bridge.vendors.newstore.facts import Known, SetUp
from firmware_bridge.vendors.newstore.service import NewStoreService
from firmware_bridge.vendors.newstore.terms import Terms
from firmware_bridge.vendors.newstore.tokens import ApiClient, Tokens
from firmware_bridge.vendors.newstore.urls import urls
from firmware_bridge.vendors.newstore.words import ROLE

__all__ = ["Parts", "build", "parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the book of one till is made of. `client` alone asks no set-up to fit: administration goes through it."""

    client: NewStoreClient
    calls: Calls
    terms: Terms
    set_up: SetUp


def build(config: Config, clock: TillClock, version: str, on_secret: Callable[[str], None]) -> tuple[Book, Service]:
    """The book of [book.newstore]. Reads its secret; raises UsageError with one sentence. Nothing is sent yet."""
    made = parts(config, clock, version, on_secret)
    known = Known()
    return NewStoreBook(made.terms, known), NewStoreService(made.client, made.calls, made.set_up, known)


def parts(config: Config, clock: TillClock, version: str, on_secret: Callable[[str], None]) -> Parts:
    """Its parts. Reads the secret; raises UsageError with one sentence. Closing is the caller's (`client.close`)."""
    section = _section(config)
    try:
        calls = Calls(urls(section.urls), section.store_id, config.till.currency, config.exponent)
        client = _client(section, clock, version, on_secret)
    except ValueError as error:
        raise UsageError(f"book.newstore: {error}") from error
    drawers = section.drawers or {name: name for name in config.drawers}
    terms = Terms(calls, drawers, section.order_id, section.uncounted, section.reasons)
    return Parts(client, calls, terms, SetUp(section.store_id, config.till.currency, drawers))


def _client(
    section: NewStoreConfig, clock: TillClock, version: str, on_secret: Callable[[str], None]
) -> NewStoreClient:
    """Raises ValueError, UsageError."""
    secret = credentials.read(section.client_secret, "book.newstore.client_secret", on_secret)
    address = urlsplit(section.token_address)
    user_agent = f"firmware-bridge/{version}"
    tokens = Tokens(
        HttpTransport(f"{address.scheme}://{address.netloc}", clock.monotonic, role=ROLE),
        address.path,
        ApiClient(section.client_id, secret),
        clock.monotonic,
        user_agent,
        on_secret,
    )
    transport = HttpTransport(section.base_url, clock.monotonic, role=ROLE)
    return NewStoreClient(transport, tokens, clock, user_agent)


def _section(config: Config) -> NewStoreConfig:
    section = config.book.newstore if config.book is not None else None
    if section is None:
        raise UsageError("There is no [book.newstore] in the configuration")
    return section
