"""Between the fiscaliser and the network on a sale's way: Checkbox's calls, one at a time, each told from its failure.

A call returns the answer, or raises NotSent (nothing reached Checkbox), Rejected (it said no, nothing was done) or
Unanswered (it may have been done). A session that ended is renewed once, for a call that it refused. Before a document
leaves on a connection that has been silent, a question goes first: a line that is dead is found out before anything
can be in doubt. Source: the vendor's API page of 2022 and OpenAPI 0.1.79; validate is of OpenAPI 2.106.4.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from drivers.errors import DeviceError, NotSent, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.errors import ROLE, Judgement, Rejected, Unclear, judge
from firmware_bridge.vendors.checkbox.messages import (
    Info,
    OpenShift,
    Receipt,
    Receipts,
    Report,
    Reports,
    Sell,
    Service,
    Shift,
    Signature,
    SignIn,
    SignInPin,
    Tax,
    Token,
)
from firmware_bridge.vendors.checkbox.queries import Search, Shifts
from firmware_bridge.vendors.http import Request, Response, Transport

log = logging.getLogger(__name__)

API: Final = "/api/v1"
FRESH_S: Final = 5.0  # a connection that answered so recently is taken for alive
_DONE: Final = (200, 201, 202, 205)
_Answer = TypeVar("_Answer")


class CheckboxClient:
    """One register's calls. `client_name` and `client_version` are what Checkbox knows this program by.

    `clock_offset_ms`: how far Checkbox's clock is ahead of the till's, from the last answer with a date (which has no
    fractions of a second); None before the first.
    """

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        clock: TillClock,
        *,
        client_name: str,
        client_version: str,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._clock = clock
        self._token = ""
        self._one_at_a_time = asyncio.Lock()
        self.clock_offset_ms: int | None = None
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

    async def close(self) -> None:
        await self._transport.close()

    # --- the cashier ----------------------------------------------------------------------------------------------

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

    async def check_signature(self) -> Signature:
        return await self._get("/cashier/check-signature", Signature)

    async def current_shift(self) -> Shift | None:
        """The cashier's shift that is not closed yet."""
        path = "/cashier/shift"
        response = await self._call("GET", path)
        return None if response.body.strip() == b"null" else _decoded(response, Shift, path)

    # --- the register ---------------------------------------------------------------------------------------------

    async def info(self) -> Info:
        return await self._get("/cash-registers/info", Info)

    async def taxes(self) -> list[Tax]:
        return await self._get("/tax", list[Tax])

    # --- shifts and reports ---------------------------------------------------------------------------------------

    async def open_shift(self, shift_id: str) -> Shift:
        return await self._post("/shifts", OpenShift(shift_id), Shift)

    async def shift(self, shift_id: str) -> Shift:
        return await self._get(f"/shifts/{_part(shift_id)}", Shift)

    async def shifts(self, limit: int = 10) -> list[Shift]:
        """The cashier's newest shifts, newest first."""
        return (await self._get("/shifts", Shifts, (("desc", "true"), ("limit", str(limit))))).results

    async def close_shift(self) -> Shift:
        """Close the cashier's shift with Checkbox's own figures."""
        return await self._post("/shifts/close", None, Shift)

    async def x_report(self) -> Report:
        return await self._post("/reports", None, Report)

    async def reports(self, *, is_z: bool, limit: int = 1) -> list[Report]:
        """The newest X or Z reports of this cashier, newest first."""
        query = (("is_z_report", "true" if is_z else "false"), ("desc", "true"), ("limit", str(limit)))
        return (await self._get("/reports", Reports, query)).results

    async def periodical_report(self, from_date: str, to_date: str, width: int = 42) -> str:
        """The turnover between two moments (ISO 8601) as text, `width` characters a line."""
        query = (("from_date", from_date), ("to_date", to_date), ("width", str(width)))
        return _text(await self._call("GET", "/reports/periodical", query=query))

    # --- receipts -------------------------------------------------------------------------------------------------

    async def sell(self, request: Sell) -> Receipt:
        return await self._post("/receipts/sell", request, Receipt)

    async def service(self, request: Service) -> Receipt:
        return await self._post("/receipts/service", request, Receipt)

    async def validate(self, request: Sell) -> None:
        """Would Checkbox take this receipt? Makes nothing. Raises Rejected with its reason when not."""
        await self._call("POST", "/receipts/validate", msgspec.json.encode(request))

    async def receipt(self, key: str) -> Receipt:
        """By our id, or by the tax service's number of 11 characters."""
        return await self._get(f"/receipts/{_part(key)}", Receipt)

    async def search(self, wanted: Search) -> list[Receipt]:
        return (await self._get("/receipts/search", Receipts, wanted.query())).results

    async def receipt_text(self, receipt_id: str, width: int = 42) -> str:
        """Checkbox's own picture of the receipt, `width` 10 to 250 characters a line."""
        return _text(await self._call("GET", f"/receipts/{_part(receipt_id)}/text", query=(("width", str(width)),)))

    async def receipt_png(self, receipt_id: str, width: int = 30, paper_width: int = 58) -> bytes:
        """Checkbox's own picture of the receipt as PNG: `width` 22 to 100 characters, paper 40 to 80 mm."""
        query = (("width", str(width)), ("paper_width", str(paper_width)))
        return (await self._call("GET", f"/receipts/{_part(receipt_id)}/png", query=query)).body

    # --- one call -------------------------------------------------------------------------------------------------

    async def _get(self, path: str, answer: type[_Answer], query: tuple[tuple[str, str], ...] = ()) -> _Answer:
        return _decoded(await self._call("GET", path, query=query), answer, path)

    async def _post(self, path: str, request: msgspec.Struct | None, answer: type[_Answer]) -> _Answer:
        body = b"" if request is None else msgspec.json.encode(request)
        return _decoded(await self._call("POST", path, body, makes=True), answer, path)

    async def _call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        query: tuple[tuple[str, str], ...] = (),
        *,
        makes: bool = False,
    ) -> Response:
        """`makes`: it makes a document, so whatever can go wrong before it leaves has to go wrong before."""
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
        self._token = _decoded(response, Token, path).access_token

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
        took = round((self._clock.monotonic() - begun) * 1000)
        log.debug("%s %s: %d, %d ms", request.method, request.path, response.status, took)
        self._learn_the_time(response)
        return response

    def _learn_the_time(self, response: Response) -> None:
        try:
            at = parsedate_to_datetime(response.headers.get("date", "").replace(",", ", "))
        except ValueError:
            return
        self.clock_offset_ms = round(at.timestamp() * 1000) - self._clock.utc_ms()


def _failure(judgement: Judgement, request: Request) -> Rejected | Unclear:
    if judgement.verdict == "doubt":
        return Unclear(f"{judgement.told}: whether {request.method} {request.path} was done is not known")
    return Rejected(judgement)


def _decoded(response: Response, answer: type[_Answer], path: str) -> _Answer:
    """Raises Unclear: the answer was a success that cannot be read."""
    try:
        return msgspec.json.decode(response.body, type=answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unclear(
            f"Checkbox answered {path} with something that cannot be read ({type(error).__name__})"
        ) from error


def _text(response: Response) -> str:
    """Raises Unclear."""
    try:
        return response.body.decode()
    except UnicodeDecodeError as error:
        raise Unclear("Checkbox answered with a text that cannot be read") from error


def _part(key: str) -> str:
    return quote(key, safe="")
