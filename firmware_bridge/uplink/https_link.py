"""The link of a till whose books are kept by a gateway elsewhere: HTTPS, always asked from the till's side.

So it works behind any router: the gateway never calls. Commands come within a moment all the same, because a question
for them is kept open until there is one (`down`). What failed before a request was written is LinkDown; afterwards it
is LinkDoubtful, and so is every answer that is not the gateway's own (a proxy's page, another request's answer).
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote

from drivers.errors import DeviceError, NotSent
from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.limits import WireError
from firmware_bridge.uplink.link import Delivered, LinkDoubtful, LinkDown, LinkForeign, LinkMisuse
from firmware_bridge.uplink.over_http import (
    CONTENT,
    ECHO,
    MAX_ANSWER,
    MAX_WAIT_S,
    VERSION,
    Down,
    NoAnswer,
    error_of,
    is_wire,
    pack_opening,
    read_down,
    read_head,
    read_said,
)
from firmware_bridge.vendors.http import HttpTransport, Limits, Request, Response

T = TypeVar("T")
ROLE = "gateway"
LIMITS = Limits(connect_s=10.0, write_s=30.0, answer_s=30.0, answer_bytes=MAX_ANSWER)
"""An envelope may be 3 MiB over a poor line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a till's gateway is, and what the till says of itself there.

    `url`: https; http on this machine alone. `token`: the till's own. `journal`: its id. `begin`: the record after
    which books begin that the gateway does not know yet. `release`: of this program. `tls`: adds to the system's
    certificates.
    """

    url: str
    token: str
    journal: str
    begin: int = 0
    release: str = ""
    tls: ssl.SSLContext | None = None


class HttpsLink:
    """A `Link` of `till` to the gateway at `place`, for one caller at a time. `monotonic`: seconds."""

    def __init__(self, till: str, place: Place, monotonic: Callable[[], float], limits: Limits = LIMITS) -> None:
        """Raises ValueError for an address that is not to be used."""
        self._till = till
        self._place = place
        self._monotonic = monotonic
        self._limits = limits
        self._transport = HttpTransport(place.url, monotonic, limits, place.tls, ROLE)
        self._open = False

    def sign_in(self, token: str, tls: ssl.SSLContext | None) -> None:
        """Use this token and these certificates from the next opening on."""
        self._place = replace(self._place, token=token, tls=tls)
        self._transport = HttpTransport(self._place.url, self._monotonic, self._limits, tls, ROLE)

    async def open(self, till: str) -> None:
        """See Link.open. Says which journal is meant; the gateway keeps that for the till."""
        if self._open:
            raise LinkMisuse(f"The link of till {self._till} is open already; nothing was done.")
        if till != self._till:
            raise LinkForeign(f"This is the link of till {self._till}, not of {till}; nothing was done.")
        place = self._place
        await self._ask("open", pack_opening(place.journal, place.begin, place.release))
        self._open = True

    async def watermark(self) -> Head:
        """See Link.watermark."""
        self._check()
        return self._head(await self._ask("watermark"))

    async def append(self, envelope: bytes, expected: int) -> Head:
        """See Link.append."""
        self._check()
        return self._head(await self._ask("append", envelope, {"expected": str(expected)}))

    async def receive(self, after: int) -> list[Delivered]:
        """See Link.receive."""
        return list((await self.down(after)).commands)

    async def down(self, after: int, news_after: int | None = None, wait_s: int = 0) -> Down:
        """Return what waits for the till: commands above `after`, news above `news_after` (None: not asked for).

        The till holds what is up to these numbers. When there is nothing, wait for it for `wait_s` (at most
        MAX_WAIT_S) seconds. Raises LinkError.
        """
        self._check()
        query = {"after": str(after), "wait": str(min(wait_s, MAX_WAIT_S))}
        if news_after is not None:
            query["news"] = str(news_after)
        return self._read(read_down, await self._ask("down", query=query))

    async def order(self, command: bytes) -> str:
        """Have the gateway see to something that a book refused (gateway/commands.py); returns what was done.

        Raises over_http.Refused when it is not possible as things stand, LinkError.
        """
        self._check()
        return self._read(read_said, await self._ask("order", command))

    async def close(self) -> None:
        """See Link.close."""
        self._open = False
        await self._transport.close()

    # --- one request ------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if not self._open:
            raise LinkMisuse(f"The link of till {self._till} is not open; nothing was done.")

    async def _ask(self, what: str, body: bytes = b"", query: Mapping[str, str] | None = None) -> bytes:
        """Return the content of the gateway's answer. Raises LinkError, WireError."""
        echo = secrets.token_urlsafe(12)
        request = Request(
            "POST",
            f"/v{VERSION}/tills/{quote(self._till, safe='')}/{what}",
            tuple((query or {}).items()),
            {"Authorization": f"Bearer {self._place.token}", ECHO: echo, "Content-Type": CONTENT},
            body,
        )
        try:
            answer = await self._transport.exchange(request)
        except NotSent as error:
            raise LinkDown(f"{error.text}; nothing was stored.") from error
        except DeviceError as error:
            raise LinkDoubtful(f"{error.text}; ask for the watermark.") from error
        return _content(answer, echo, what)

    def _head(self, body: bytes) -> Head:
        return self._read(read_head, body)

    def _read(self, reader: Callable[[bytes], T], body: bytes) -> T:
        try:
            return reader(body)
        except NoAnswer as error:
            raise LinkDoubtful(f"The gateway's answer cannot be used: {error}; ask for the watermark.") from error


def _content(answer: Response, echo: str, what: str) -> bytes:
    ours = answer.headers.get(ECHO.lower()) == echo
    if ours and answer.status == 200 and answer.headers.get("content-type", "") == CONTENT:
        return answer.body
    error = error_of(answer.body) if ours else None
    if error is None:
        raise LinkDoubtful(
            f"The answer {answer.status} to {what} is not the gateway's (something between changes or answers it); ask "
            f"for the watermark."
        )
    if is_wire(answer.body):
        raise WireError(f"the gateway says so ({error})")
    raise error
