"""Between Checkbox's operations and the network on a sale's way: one call at a time, each told from its failure.

A call returns the answer, or raises NotSent (nothing reached Checkbox), Rejected (it said no, nothing was done) or
Unanswered (it may have been done). A session that ended is renewed once, for a call that it refused. Before a document
leaves on a connection that has been silent, a question goes first: a line that is dead is found out before anything
can be in doubt. Source: the vendor's API page of 2022 and OpenAPI 0.1.79.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from drivers.errors import DeviceError, NotSent, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.log_kinds import about
from firmware_bridge.logs import Passing
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.errors import ROLE, Judgement, Rejected, Unclear, judge
from firmware_bridge.vendors.checkbox.messages import SignIn, SignInPin, Token
from firmware_bridge.vendors.checkbox.server_clock import ServerClock
from firmware_bridge.vendors.http import Request, Response, Transport

log = logging.getLogger(__name__)

API: Final = "/api/v1"
FRESH_S: Final = 5.0  # a connection that answered so recently is taken for alive
_DONE: Final = (200, 201, 202, 205)
_Answer = TypeVar("_Answer")
Query = tuple[tuple[str, str], ...]


class CheckboxSession:
    """One register's line. `client_name` and `client_version` are what Checkbox knows this program by.

    `on_secret` hears each token, to keep it out of logs and journal.
    """

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        clock: TillClock,
        *,
        client_name: str,
        client_version: str,
        on_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._clock = clock
        self._token = ""
        self._on_secret = on_secret
        self._one_at_a_time = asyncio.Lock()
        self.server_clock = ServerClock(clock.monotonic)
        self._headers = {
            "Accept": "application/json",
            "X-Client-Name": client_name,
            "X-Client-Version": client_version,
            "X-License-Key": credentials.license_key,
            **({"X-Access-Key": credentials.access_key} if credentials.access_key else {}),
        }

    @property
    def signed_in(self) -> bool:
        return bool(self._token)

    @property
    def clock_offset_ms(self) -> int | None:
        """How far Checkbox's clock is ahead of the till's wall clock at least; None before the first answer."""
        earliest = self.server_clock.earliest_ms()
        return None if earliest is None else earliest - self._clock.utc_ms()

    async def close(self) -> None:
        await self._transport.close()

    async def sign_in(self) -> None:
        """POST /cashier/signin or /cashier/signinPinCode."""
        async with self._one_at_a_time:
            await self._sign_in()

    async def sign_out(self) -> None:
        """POST /cashier/signout; without a session there is nothing to do."""
        async with self._one_at_a_time:
            token, self._token = self._token, ""
            if token:
                headers = {"Authorization": f"Bearer {token}"}
                await self._exchange(Request("POST", f"{API}/cashier/signout", headers=headers))

    # --- one call -------------------------------------------------------------------------------------------------

    async def get(self, path: str, answer: type[_Answer], query: Query = ()) -> _Answer:
        """Ask a question. Raises NotSent, Rejected, Unanswered, as all of these do."""
        return decoded(await self.call("GET", path, query=query), answer, path)

    async def post(self, path: str, request: msgspec.Struct | None, answer: type[_Answer]) -> _Answer:
        """Have something done or made."""
        body = b"" if request is None else msgspec.json.encode(request)
        return decoded(await self.call("POST", path, body, makes=True), answer, path)

    async def call(
        self, method: str, path: str, body: bytes = b"", query: Query = (), *, makes: bool = False
    ) -> Response:
        """`makes`: something becomes of it, so whatever can go wrong before it leaves has to go wrong before."""
        async with self._one_at_a_time:
            if makes:
                await self._make_sure_of_the_line()
            for renewed in (False, True):
                if not self._token:
                    await self._before(self._sign_in())
                request = Request(method, API + path, query, self._with_token(body), body)
                response = await self._exchange_raw(request)
                if response.status in _DONE:
                    return response
                judgement = judge(response.status, response.body)
                if judgement.verdict != "sign_in_again" or renewed:
                    break
                self._token = ""
            raise _failure(judgement, request)

    async def _make_sure_of_the_line(self) -> None:
        idle = self._transport.idle_s()
        if idle is not None and idle > FRESH_S:
            headers = {**self._headers}
            await self._before(self._exchange_raw(Request("GET", f"{API}/cash-registers/info", headers=headers)))

    async def _before(self, step: Awaitable[object]) -> None:
        """A step without which the document does not leave: if it is not answered, the document was not sent."""
        try:
            await step
        except Unanswered as error:
            raise NotSent(error.text, port=error.port, role=ROLE) from error

    async def _sign_in(self) -> None:
        own = self._credentials
        if not own.login:
            path, body = "/cashier/signinPinCode", msgspec.json.encode(SignInPin(own.pin_code))
        else:
            path, body = "/cashier/signin", msgspec.json.encode(SignIn(own.login, own.password))
        headers = {"Content-Type": "application/json"}
        response = await self._exchange(Request("POST", API + path, headers=headers, body=body))
        self._token = decoded(response, Token, path).access_token
        self._on_secret(Passing(self._token))

    def _with_token(self, body: bytes) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._token}"}
        return headers | ({"Content-Type": "application/json"} if body else {})

    async def _exchange(self, request: Request) -> Response:
        response = await self._exchange_raw(request)
        if response.status not in _DONE:
            raise _failure(judge(response.status, response.body), request)
        return response

    async def _exchange_raw(self, request: Request) -> Response:
        begun = self._clock.monotonic()
        full = Request(request.method, request.path, request.query, {**self._headers, **request.headers}, request.body)
        try:
            response = await self._transport.exchange(full)
        except DeviceError as error:
            log.info("%s %s: %s", request.method, request.path, error.text, extra={"vendor": "checkbox"})
            raise
        ended = self._clock.monotonic()
        log.debug(
            "%s %s: %d, %d ms",
            request.method,
            request.path,
            response.status,
            round((ended - begun) * 1000),
            extra=about(vendor="checkbox"),
        )
        self._learn_the_time(response, begun, ended)
        return response

    def _learn_the_time(self, response: Response, sent: float, received: float) -> None:
        try:
            at = parsedate_to_datetime(response.headers.get("date", "").replace(",", ", "))
        except ValueError:
            return
        self.server_clock.learn(round(at.timestamp() * 1000), sent, received)


def _failure(judgement: Judgement, request: Request) -> Rejected | Unclear:
    if judgement.verdict == "doubt":
        return Unclear(f"{judgement.told}: whether {request.method} {request.path} was done is not known")
    return Rejected(judgement)


def decoded(response: Response, answer: type[_Answer], path: str) -> _Answer:
    """Raises Unclear: the answer was a success that cannot be read."""
    try:
        return msgspec.json.decode(response.body, type=answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unclear(
            f"Checkbox answered {path} with something that cannot be read ({type(error).__name__})"
        ) from error


def text(response: Response) -> str:
    """Raises Unclear."""
    try:
        return response.body.decode()
    except UnicodeDecodeError as error:
        raise Unclear("Checkbox answered with a text that cannot be read") from error


def part(key: str) -> str:
    """A key as a part of a path."""
    return quote(key, safe="")
