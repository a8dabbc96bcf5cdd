"""Beside a sale's way: what a person can ask a till of iKassa, and which tills answer on the shop's network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UserError
from firmware_bridge.fiscal_arguments import Wish
from firmware_bridge.fiscal_lan import Teller
from firmware_bridge.vendors.ikassa import build, discovery, inspection
from firmware_bridge.vendors.ikassa.errors import Rejected
from firmware_bridge.vendors.ikassa.messages import Answer, StatusRequest
from statemachines.state import fiscal_doc_id

_ON_PAPER: Final = "it prints its reports itself: ask the running till for one (POST /v1/reports/x)"


class IkassaDesk:
    """One look at one till."""

    name = "iKassa"
    instead: Mapping[str, str] = MappingProxyType(
        {
            "search": "fiscal receipt ID asks about one receipt",
            "report": _ON_PAPER,
            "mode": "it works with or without the tax service and does not say; fiscal check shows that it answers",
            "codes": "it keeps whatever it needs for that itself",
        }
    )

    def __init__(self, config: Config, wish: Wish, teller: Teller, clock: TillClock) -> None:
        """Reads its secret; raises UsageError."""
        self._config = config
        self._wish = wish
        self._teller = teller
        self._clock = clock
        self._client, self._forms, self._manner = build.parts(config, clock, teller.secrets.append)

    @property
    def parts(self) -> Mapping[str, Callable[[], Awaitable[int]]]:
        """See Desk."""
        return {"check": self._check, "receipt": self._receipt, "find": self._find}

    async def close(self) -> None:
        await self._client.close()

    async def _check(self) -> int:
        groups = tuple(self._config.taxes)
        return self._teller.tell_rows(await inspection.inspect(self._client, self._forms, self._manner, groups))

    async def _receipt(self) -> int:
        """What became of a document, by the till's id for it. Raises UserError when it is not known there."""
        wanted = self._wish.receipt
        try:
            answer = await self._client.call("status", StatusRequest(fiscal_doc_id(wanted, 1)))
        except Rejected as no:
            if no.judgement.code in self._manner.unknown:
                raise UserError(f"iKassa knows no document {wanted}; nothing was changed there") from no
            raise
        self._teller.tell(_text(answer), _data(answer))
        return 0

    async def _find(self) -> int:
        """Who answers in the shop's network, or at one address. Raises UserError when nobody does."""
        group = self._wish.at or discovery.GROUP
        try:
            tills = await asyncio.to_thread(self._search, group)
        except OSError as error:
            raise UserError(f"The network could not be asked: {error.strerror or error}; nothing was sent") from error
        if not tills:
            raise UserError(
                "No till of iKassa has answered in the shop's network",
                "see that its server is switched on in its settings, and that both are in one network",
            )
        for till in tills:
            more = ", ".join(part for part in (till.server, till.location) if part)
            self._teller.tell(f"{till.url}  {more}".rstrip(), {"url": till.url, **asdict(till)})
        return 0

    def _search(self, group: tuple[str, int]) -> tuple[discovery.Till, ...]:
        with closing(discovery.multicast()) as udp:
            return discovery.discover(udp, self._clock.monotonic, wait_s=self._wish.wait_s, group=group)


def _text(answer: Answer) -> str:
    number = "" if answer.header is None else answer.header.cheque_number
    date = "" if answer.header is None else answer.header.date or ""
    made = "made" if answer.is_succeed else "not made"
    return (
        f"{date}  {answer.operation_type or '-'}  number {number or '-'}  {answer.uid or '-'}  {answer.total}  {made}"
    )


def _data(answer: Answer) -> dict[str, object]:
    """The sum as the till writes it: a decimal text."""
    head = answer.header
    return {
        "id": answer.operation_id,
        "type": answer.operation_type,
        "made": answer.is_succeed,
        "number": None if head is None else head.cheque_number,
        "date": None if head is None else head.date,
        "fiscal_number": answer.uid,
        "vendor_id": answer.uuid,
        "total": None if answer.total is None else str(answer.total),
    }
