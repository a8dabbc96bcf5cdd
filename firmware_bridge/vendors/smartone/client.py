"""Between the fiscaliser and the wire on a sale's way: SmartOne's calls, one at a time, each told from its failure.

A call returns the answer, or raises NotSent (nothing reached it), Rejected (it said no) or Unanswered (it may have been
done). Core-cashbox answers {status, message, data}; ECR a code with the fields beside it or in `data`: both are read
whichever profile is set. Source: core-cashbox fiscal API 2.01 to 2.09; ECR fiscal API over HTTP and serial, version 1.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from drivers.errors import DeviceError
from firmware_bridge.vendors.smartone.errors import Rejected, Unclear, judge
from firmware_bridge.vendors.smartone.messages import Envelope, empty
from firmware_bridge.vendors.smartone.signing import form
from firmware_bridge.vendors.smartone.wire import Wire

log = logging.getLogger(__name__)

PATHS: Final[Mapping[str, str]] = {
    "sale": "/sale",
    "refund": "/refund",
    "print": "/print",
    "open_shift": "/open_shift",
    "x_report": "/x_report",
    "close_shift": "/close_shift",
    "check_shift": "/check_shift",
    "deposit": "/deposit",
    "withdraw": "/withdraw",
    "status": "/check_status",
}
"""ECR's own; core-cashbox's were not to be had, and are taken for the same."""
QUESTIONS: Final = frozenset({"check_shift", "x_report", "status"})
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. `answer`: for any answer; `card`: where a card is waited for; `settle`: so long after that what was
    sent may still be at work."""

    answer: float = 20.0
    card: float = 180.0
    settle: float = 10.0


@dataclass(slots=True)
class SmartOneClient:
    """One register's calls, signed with `merchant_id`. `declined`: codes by which a card is refused."""

    wire: Wire
    merchant_id: str = field(repr=False)
    times: Times = Times()
    paths: Mapping[str, str] = field(default_factory=dict)
    declined: tuple[int, ...] = ()
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def call(self, operation: str, body: bytes, answer: type[_Answer], *, card: bool = False) -> _Answer:
        """`body`: the request's JSON. `card`: a card may be waited for. Raises NotSent, Rejected, Unanswered."""
        path = {**PATHS, **self.paths}[operation]
        seconds = self.times.card if card else self.times.answer
        harmless = operation in QUESTIONS
        async with self._one_at_a_time:
            try:
                raw = await self.wire.exchange(path, form(body, self.merchant_id), seconds, harmless=harmless)
            except DeviceError as error:
                log.info("%s: %s", path, error.text, extra={"vendor": "smartone"})
                raise
        return self._decoded(operation, raw, answer)

    async def ask(self, operation: str, answer: type[_Answer], question: msgspec.Struct | None = None) -> _Answer:
        """A question, which makes nothing."""
        body = b"{}" if question is None else msgspec.json.encode(question)
        return await self.call(operation, body, answer)

    async def close(self) -> None:
        await self.wire.close()

    def _check(self, operation: str, given: Envelope) -> None:
        """Raises Rejected; Unclear for what is neither a success nor an error."""
        if given.status == "error" or given.code not in (None, 0):
            raise Rejected(judge(given.code or None, given.message or "", operation, self.declined))
        if given.status != "success" and given.code is None:
            raise Unclear(f"SmartOne answered {operation} neither with success nor with an error")

    def _decoded(self, operation: str, raw: bytes, answer: type[_Answer]) -> _Answer:
        """Raises Rejected; Unclear for a success that cannot be read."""
        try:
            given = msgspec.json.decode(raw, strict=False, type=Envelope)
            self._check(operation, given)
            return msgspec.json.decode(_content(raw, given), type=answer, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            what = f"SmartOne answered {operation} with something that cannot be read ({error})"
            raise Unclear(what) from error


def _content(raw: bytes, given: Envelope) -> bytes:
    """The answer's own fields: in `data`, or for ECR beside the code."""
    if not empty(given.data):
        return bytes(given.data)
    return b"{}" if given.code is None else raw


def encoded(request: Any) -> bytes:
    """A request as its JSON."""
    return msgspec.json.encode(request)
