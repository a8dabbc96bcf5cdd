"""Before a sale's way begins: from [uplink] of the configuration to a till's outbox over a gateway."""

from __future__ import annotations

import logging
import random
import ssl
from collections.abc import Callable

from firmware_bridge import credentials
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config, Uplink
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.gateway.commands import inbox_path
from firmware_bridge.gateway.remote import RemoteOutbox, Take, let_go
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.https_link import HttpsLink, Place
from firmware_bridge.uplink.link import LinkDown
from statemachines.vocabulary.events import Event

log = logging.getLogger(__name__)


def trusted(section: Uplink) -> ssl.SSLContext | None:
    """Return what TLS trusts: the system's certificates and `ca_file`; None: the system's alone. Raises UsageError."""
    if not section.ca_file:
        return None
    try:
        context = ssl.create_default_context()
        context.load_verify_locations(section.ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"uplink.ca_file: {section.ca_file} cannot be used: {reason}") from error
    return context


def attach(
    config: Config,
    journal: JournalThread,
    clock: TillClock,
    post: Callable[[Event], None],
    *,
    version: str,
    on_secret: Callable[[str], None] = lambda _: None,
    take: Take = let_go,
) -> RemoteOutbox:
    """Make the outbox of a till whose books a gateway keeps, not started.

    The token and the certificate are read each time a link is made: a till that is enrolled while it runs need not be
    started again. One that cannot be read is a link that is down, and says why.
    """
    section = config.uplink
    if section is None:
        raise UsageError("There is no [uplink] in the configuration")

    def link(begin: int) -> HttpsLink:
        return _LateLink(config.till.id, section, journal, begin, version, clock, on_secret)

    inbox = inbox_path(config.journal.path)
    return RemoteOutbox(config.till.id, journal, link, inbox, clock, random.SystemRandom(), post, take)


class _LateLink(HttpsLink):
    """An HttpsLink that reads its token when it is opened."""

    def __init__(
        self,
        till: str,
        section: Uplink,
        journal: JournalThread,
        begin: int,
        version: str,
        clock: TillClock,
        on_secret: Callable[[str], None],
    ) -> None:
        self._section = section
        self._on_secret = on_secret
        place = Place(section.url, "", journal.journal_id, begin, version)
        super().__init__(till, place, clock.monotonic)

    async def open(self, till: str) -> None:
        """See Link.open."""
        try:
            secret = credentials.Secret(file=self._section.token_file)
            token = credentials.read(secret, "uplink.token_file", self._on_secret)
            self.sign_in(token, trusted(self._section))
        except UserError as error:
            raise LinkDown(f"{error.text}; enrol the till: firmware-bridge enrol CODE --config FILE") from error
        await super().open(till)
