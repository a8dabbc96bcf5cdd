"""Before the first call to NewStore, after a sale: the access token of an API client, got anew before it ends.

OpenID Connect, client credentials (the vendor's authentication pages; RFC 6749 sections 4.4 and 5.2). Neither secret
nor token is ever shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import msgspec

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.logs import Passing
from firmware_bridge.vendors.http import Request, Response, Transport
from firmware_bridge.vendors.newstore.words import LOOK_AT, ROLE

log = logging.getLogger(__name__)

_EARLY_S: Final = 30.0
_UNTOLD_S: Final = 300.0
_NOT_NOW: Final = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Who we are there: an API client of the tenant (Omnichannel Manager, Users & roles)."""

    client_id: str
    client_secret: str = field(repr=False)


class Granted(msgspec.Struct, frozen=True):
    """The answer. `expires_in`: seconds; 0 = not told."""

    access_token: str
    expires_in: float = 0

    def __repr__(self) -> str:
        return f"Granted(expires_in={self.expires_in})"


class Tokens:
    """The one token that is in use. `path`: of the token address on `transport`'s host; `monotonic`: seconds.

    `on_secret` hears each token, to keep it out of logs and journal.
    """

    def __init__(
        self,
        transport: Transport,
        path: str,
        known: ApiClient,
        monotonic: Callable[[], float],
        user_agent: str,
        on_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._transport = transport
        self._path = path
        self._known = known
        self._monotonic = monotonic
        self._on_secret = on_secret
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": user_agent,
        }
        self._token = ""
        self._ends = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """The token, a new one when the last is about to end. Raises NotSent; Refused when we are not let in."""
        async with self._one_at_a_time:
            if not self._token or self._monotonic() >= self._ends:
                await self._renew()
            return self._token

    def refused(self, token: str) -> None:
        """`token` was not accepted: the next one is new. One that was replaced meanwhile changes nothing."""
        if token == self._token:
            self._token = ""

    async def close(self) -> None:
        await self._transport.close()

    async def _renew(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._known.client_id,
            "client_secret": self._known.client_secret,
        }
        request = Request("POST", self._path, headers=self._headers, body=urlencode(form).encode())
        begun = self._monotonic()
        try:
            response = await self._transport.exchange(request)
        except Unanswered as error:
            raise NotSent(
                f"no access token came ({error.text}); nothing was sent", port=error.port, role=ROLE
            ) from error
        granted = _granted(response)
        self._on_secret(Passing(granted.access_token))
        lasts = granted.expires_in if granted.expires_in > 0 else _UNTOLD_S
        self._token, self._ends = granted.access_token, begun + lasts - min(_EARLY_S, lasts / 10)
        log.debug("a new access token for %d s", lasts, extra={"vendor": "newstore"})


def _granted(response: Response) -> Granted:
    """Raises NotSent (not now), Refused (not at all)."""
    status = response.status
    if status in _NOT_NOW or status >= 500:
        raise NotSent(f"the token address answered {status}; nothing was sent", role=ROLE)
    if status != 200:
        why = _why(response.body)
        raise Refused(
            f"the token address does not let this till's API client in ({status}{why}); nothing was sent: "
            f"check client_id, client_secret and token_url in [book.newstore]; {LOOK_AT}",
            role=ROLE,
        )
    try:
        granted = msgspec.json.decode(response.body, type=Granted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        granted = Granted("")
    if not (granted.access_token.isascii() and granted.access_token.isprintable() and granted.access_token):
        raise Refused(
            "the token address answered with something that is no access token; nothing was sent: "
            f"check token_url in [book.newstore]; {LOOK_AT}",
            role=ROLE,
        )
    return granted


class _OAuthError(msgspec.Struct, frozen=True):
    error: str = ""


def _why(body: bytes) -> str:
    """The error's code alone (RFC 6749 5.2): a description might quote what was sent."""
    try:
        code = msgspec.json.decode(body, type=_OAuthError).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    sound = code.isascii() and code.replace("_", "").isalnum() and len(code) <= 64
    return f" {code}" if sound else ""
