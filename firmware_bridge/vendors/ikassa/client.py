"""Between the fiscaliser and the network on a sale's way: iKassa's operations, one at a time.

All go to one URL; the header INTENT_OPERATION_TYPE, in capital letters as the till demands, says which it is. A call
returns the answer, or raises NotSent (nothing reached the till), Rejected (it said no, nothing was done) or Unanswered
(it may have been done). Each call has a connection of its own: none that died unseen can put a document in doubt. A
call that was refused for want of a token is made once more with a new one. Source: the vendor's books, pages on the
transport and on response codes; AUTH and its HTTP status 401 as a public Java client has them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from drivers.errors import DeviceError, NotSent, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.log_kinds import about
from firmware_bridge.logs import Passing
from firmware_bridge.vendors.http import Request, Response, Transport
from firmware_bridge.vendors.ikassa.config import Operation
from firmware_bridge.vendors.ikassa.errors import ROLE, Judgement, Rejected, Unclear, judge
from firmware_bridge.vendors.ikassa.forms import OPERATIONS
from firmware_bridge.vendors.ikassa.messages import Answer, SignIn

log = logging.getLogger(__name__)

HEADER: Final = "INTENT_OPERATION_TYPE"
TOKEN: Final = "Auth-token"  # noqa: S105 - a header's name
_UNAUTHORISED: Final = 401
_NO_SUCH_PLACE: Final = (404, 405)
_ELSEWHERE: Final = "what answers there is no iKassa: have the address put right (fiscaliser.ikassa.url)"


@dataclass(frozen=True, slots=True)
class Place:
    """`path` of the one URL; `names` of operations that differ from `forms.OPERATIONS`; `pin` "" = none is wanted."""

    path: str = "/v1"
    names: Mapping[Operation, str] = field(default_factory=dict)
    pin: str = field(default="", repr=False)
    remember_pin: bool = False


class IkassaClient:
    """One till. `quick` carries what is answered at once, `patient` what may wait for a card at the terminal.

    `on_secret` hears each token, to keep it out of logs and journal.
    """

    def __init__(
        self,
        quick: Transport,
        patient: Transport,
        place: Place,
        clock: TillClock,
        on_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._quick = quick
        self._patient = patient
        self._place = place
        self._clock = clock
        self._names = {**OPERATIONS, **place.names}
        self._token = ""
        self._on_secret = on_secret
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        await self._quick.close()
        await self._patient.close()

    async def sign_in(self) -> None:
        """AUTH, where a PIN is configured. Raises NotSent, Rejected, Unanswered."""
        async with self._one_at_a_time:
            if self._place.pin:
                await self._sign_in()

    def forget_token(self) -> None:
        """The cashier leaves; the next call signs in anew."""
        self._token = ""

    async def call(self, operation: Operation, body: object = None, *, patient: bool = False) -> Answer:
        """Carry out one operation; `patient`: a card may be waited for. Raises NotSent, Rejected, Unanswered."""
        raw = b"" if body is None else msgspec.json.encode(body)
        transport = self._patient if patient else self._quick
        async with self._one_at_a_time:
            if self._place.pin and not self._token:
                await not_sent_yet(self._sign_in())
            try:
                return await self._carry_out(transport, operation, raw)
            except Rejected as no:
                if no.judgement.verdict != "sign_in_again" or not self._place.pin:
                    raise
            self._token = ""
            await not_sent_yet(self._sign_in())
            return await self._carry_out(transport, operation, raw)

    async def _sign_in(self) -> None:
        known = self._place
        body = msgspec.json.encode(SignIn(known.pin, known.remember_pin, return_token=True))
        answer = await self._carry_out(self._quick, "auth", body)
        if not answer.token:
            raise Unclear("iKassa took the PIN and gave no token")
        self._token = answer.token
        self._on_secret(Passing(answer.token))

    async def _carry_out(self, transport: Transport, operation: Operation, raw: bytes) -> Answer:
        name = self._names[operation]
        headers = {HEADER: name, "Content-Type": "application/json", "Accept": "application/json"}
        if self._token and operation != "auth":
            headers[TOKEN] = self._token
        response = await self._exchange(transport, name, Request("POST", self._place.path, headers=headers, body=raw))
        answer = _read(response, name)
        code = _UNAUTHORISED if response.status == _UNAUTHORISED else answer.result_code
        if code is None and _complete(operation, answer):
            return answer
        if code is None:
            raise Unclear(f"iKassa answered {name} without a result code")
        judgement = judge(code, answer.words)
        if judgement.verdict != "done":
            raise Rejected(judgement, answer)
        return answer

    async def _exchange(self, transport: Transport, name: str, request: Request) -> Response:
        begun = self._clock.monotonic()
        try:
            response = await transport.exchange(request)
        except DeviceError as error:
            log.info("%s: %s", name, error.text, extra={"vendor": "ikassa"})
            raise
        finally:
            await transport.close()
        log.debug(
            "%s: %d, %d ms",
            name,
            response.status,
            round((self._clock.monotonic() - begun) * 1000),
            extra=about(vendor="ikassa"),
        )
        return response


def _complete(operation: Operation, answer: Answer) -> bool:
    """Two answers are what they are without a result code."""
    return (operation == "status" and answer.operation_id is not None) or (
        operation == "auth" and answer.token is not None
    )


def _read(response: Response, name: str) -> Answer:
    """Raises Rejected for an address that is no iKassa, Unclear for what cannot be read."""
    try:
        answer: Answer = msgspec.json.decode(response.body, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if response.status == _UNAUTHORISED:
            return Answer()
        if response.status in _NO_SUCH_PLACE:
            raise Rejected(Judgement(response.status, "operator", _ELSEWHERE), Answer()) from error
        told = f"status {response.status}, {type(error).__name__}"
        raise Unclear(f"iKassa answered {name} with something that cannot be read ({told})") from error
    return answer


async def not_sent_yet(step: Awaitable[object]) -> None:
    """A step before a document leaves: unanswered, it leaves nothing in doubt. Raises NotSent, Refused."""
    try:
        await step
    except Unanswered as error:
        raise NotSent(error.text, port=error.port, role=ROLE) from error
