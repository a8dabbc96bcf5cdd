"""Between NewStore's book and the network, after a sale: requests signed in, one at a time.

A request that is refused with 401 or 403 (NewStore says 403 for a token that ended) is sent once more with a new
token; the second answer is handed on, whatever it is. Source: the vendor's authentication pages.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Final

from drivers.errors import DeviceError
from firmware_bridge.clock import TillClock
from firmware_bridge.log_kinds import about
from firmware_bridge.vendors.http import Request, Response, Transport
from firmware_bridge.vendors.newstore.tokens import Tokens

log = logging.getLogger(__name__)

_NOT_LET_IN: Final = (401, 403)


class NewStoreClient:
    """One tenant. `answered_at`: when NewStore answered last by its own clock, UTC ms; 0 = not told yet."""

    def __init__(self, transport: Transport, tokens: Tokens, clock: TillClock, user_agent: str) -> None:
        self._transport = transport
        self._tokens = tokens
        self._clock = clock
        self._headers = {"Accept": "application/json", "User-Agent": user_agent}
        self._one_at_a_time = asyncio.Lock()
        self.answered_at = 0

    def idle_s(self) -> float | None:
        """As `Transport.idle_s`."""
        return self._transport.idle_s()

    async def exchange(self, request: Request) -> Response:
        """Return the answer, whatever its status. Raises NotSent, Unanswered; Refused when no token is to be had."""
        async with self._one_at_a_time:
            response, token = await self._signed_in(request)
            if response.status in _NOT_LET_IN:
                self._tokens.refused(token)
                response, _ = await self._signed_in(request)
            return response

    async def close(self) -> None:
        """Let the connections go; harmless when there are none."""
        await self._transport.close()
        await self._tokens.close()

    async def _signed_in(self, request: Request) -> tuple[Response, str]:
        token = await self._tokens.token()
        headers = {**self._headers, **request.headers, "Authorization": f"Bearer {token}"}
        begun = self._clock.monotonic()
        try:
            response = await self._transport.exchange(replace(request, headers=headers))
        except DeviceError as error:
            log.info("%s %s: %s", request.method, request.path, error.text, extra={"vendor": "newstore"})
            raise
        took = round((self._clock.monotonic() - begun) * 1000)
        log.debug(
            "%s %s: %d, %d ms", request.method, request.path, response.status, took, extra=about(vendor="newstore")
        )
        self._learn_the_time(response)
        return response, token

    def _learn_the_time(self, response: Response) -> None:
        try:
            at = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        self.answered_at = round(at.timestamp() * 1000)
