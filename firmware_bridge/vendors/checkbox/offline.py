"""Checkbox's register around an offline time on a sale's way: what mode it is in, codes, there and back.

Each step looks before it acts, so that it may be taken again at any time: what was done is told as done. Only answers
that certainly changed nothing are told as not sent. Source: the vendor's API page of 2022, sections on go-online, ping,
codes and go-offline.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Final, TypeVar

from drivers.errors import DeviceError, NotSent, Refused, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.checkbox.books import Chain, RegisterBooks
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import ROLE, Rejected
from firmware_bridge.vendors.checkbox.messages import Info
from firmware_bridge.vendors.checkbox.offline_calls import OfflineCalls
from firmware_bridge.vendors.checkbox.offline_dates import Floor, written
from firmware_bridge.vendors.checkbox.offline_messages import Answered, GoOffline
from statemachines.vocabulary import effects
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodesNotRefilled,
    OfflineCodesRefilled,
    OfflineDocumentRefused,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)

log = logging.getLogger(__name__)

TOO_OFTEN: Final = "Занадто часто"
SILENT: Final = ("DEADLINE_EXCEEDED", "_InactiveRpcError")  # how Checkbox says that the tax service did not answer
NO_SHIFT: Final = "codes are told while a shift is open at Checkbox alone: they are read when one is"
_Read = TypeVar("_Read")


async def put_off(step: Awaitable[_Read]) -> _Read:
    """A step of the offline time: what Checkbox put off, it did not do. Raises NotSent, Rejected, Unanswered."""
    try:
        return await step
    except Rejected as no:
        if no.judgement.verdict == "later" and no.judgement.status != 400:
            raise NotSent(no.text, port=no.port, role=ROLE) from no
        raise


class CheckboxOffline:
    """One register's mode and codes. Every method raises NotSent, Refused, Unanswered.

    `floor`: the latest date seen. `books`: what documents the register has.
    """

    def __init__(self, client: CheckboxClient, calls: OfflineCalls, clock: TillClock) -> None:
        self._client = client
        self._calls = calls
        self._clock = clock
        self._looked = False
        self.books = RegisterBooks(client, calls)
        self.floor = Floor()

    async def look(self) -> RegisterSeen:
        return await put_off(self._look())

    async def look_once(self) -> None:
        """See the dates that the register has, if this process has not seen them yet."""
        if not self._looked:
            await put_off(self._see())

    async def refill(self, step: effects.RefillCodes) -> Event:
        """A request for codes that may have been heard is told with its time, whatever becomes of the answer."""
        if step.ask <= 0:
            return await put_off(self._read_codes(0))
        info = await put_off(self._client.info())
        if info.offline_mode:
            return OfflineCodesNotRefilled("Checkbox is off line, where the tax service gives no codes: ask later")
        if not info.has_shift:
            return OfflineCodesNotRefilled(NO_SHIFT)
        asked_at, told = await self._ask(step.ask)
        if told:
            return OfflineCodesNotRefilled(told, asked_at)
        try:
            return await self._read_codes(asked_at)
        except DeviceError as error:
            return OfflineCodesNotRefilled(f"the codes that were asked for cannot be read: {error.text}", asked_at)

    async def go_offline(self, step: effects.GoOffline) -> Event:
        return await put_off(self._go_offline(step))

    async def go_online(self, step: effects.GoOnline) -> WentOnline:
        """Never before Checkbox's clock has passed every date that was seen: coming back is a document of that time."""
        now = self._client.server_clock.earliest_ms()
        if now is None:
            await put_off(self._client.info())
            now = self._client.server_clock.earliest_ms()
        if now is not None and now < self.floor.at:
            raise Refused(
                f"the register is sent back on line when its clock has passed {written(self.floor.at)}", role=ROLE
            )
        await put_off(self._calls.go_online())
        return WentOnline(step.session_id, step.tries)

    async def ping(self) -> TaxServicePinged:
        """Any answer of the tax service tells that it is there, one that a document is missing too (the page)."""
        answer = await put_off(self._calls.ping())
        text = " ".join((answer.error or "").split())
        silent = any(word in text for word in SILENT)
        there = not silent and (bool(text) or answer.status in ("DONE", "DELIVERED"))
        return TaxServicePinged(there, text or answer.status)

    # --- looking --------------------------------------------------------------------------------------------------

    async def _look(self) -> RegisterSeen:
        info = await self._client.info()
        server_at = self._client.server_clock.earliest_ms() or 0
        chain = await self._read_books(info)
        session_ms, month_ms = await self._times()
        return RegisterSeen(
            offline=info.offline_mode,
            manual=_manual(info),
            server_at=server_at,
            last_at=chain.last_at,
            last_delivered_at=chain.last_delivered_at,
            waiting=chain.waiting,
            session_ms=session_ms,
            month_ms=month_ms,
        )

    async def _see(self) -> None:
        await self._read_books(await self._client.info())

    async def _read_books(self, info: Info) -> Chain:
        chain = await self.books.read(manual=_manual(info))
        self.floor.seen(chain.last_at, "the last document or request for codes at Checkbox,")
        self._looked = True
        return chain

    async def _times(self) -> tuple[int, int]:
        """How long Checkbox counts itself as off line (ms), now and this month; -1 where it does not tell."""
        try:
            status = (await self._calls.offline_time()).status
        except (Rejected, Unanswered) as error:
            log.info("Checkbox does not tell how long it was off line: %s", error.text, extra={"vendor": "checkbox"})
            return -1, -1
        return status.current * 1000, status.total * 1000

    # --- codes ----------------------------------------------------------------------------------------------------

    async def _ask(self, count: int) -> tuple[int, str]:
        """The time of the request (UTC ms, 0 = the tax service was not asked), and why it came to nothing, or ""."""
        try:
            answer = await self._calls.ask_codes(count)
        except (NotSent, Rejected) as error:
            return 0, error.text
        except Unanswered as error:
            return self._asked_now(), error.text
        if TOO_OFTEN in (answer.error or ""):
            return 0, f'codes were asked for too often, nothing was asked now (Checkbox: "{answer.error}")'
        return self._asked_now(), "" if answer.status in ("DONE", "OK") else _no_codes(answer)

    def _asked_now(self) -> int:
        latest = self._client.server_clock.latest_ms()
        at = self._clock.utc_ms() if latest is None else latest
        self.floor.seen(at, "the last request for codes,")
        return at

    async def _read_codes(self, asked_at: int) -> Event:
        try:
            codes = await self._calls.free_codes()
        except Rejected as no:
            if no.judgement.verdict == "shift_not_open":
                return OfflineCodesNotRefilled(NO_SHIFT, asked_at)
            raise
        return OfflineCodesRefilled(asked_at, tuple(OfflineCode(one.fiscal_code, one.serial_id) for one in codes))

    # --- there ----------------------------------------------------------------------------------------------------

    async def _go_offline(self, step: effects.GoOffline) -> Event:
        info = await self._client.info()
        if _manual(info):
            return self._went_offline(step)
        await self._read_books(info)
        if wrong := self.floor.against(step.fiscal_at):
            return OfflineDocumentRefused(
                step.session_id, f"the register cannot go off line: {wrong}; nothing was sent"
            )
        try:
            await self._calls.go_offline(GoOffline(written(step.fiscal_at), step.code.value))
        except Rejected as no:
            return await self._not_gone(step, no)
        return self._went_offline(step)

    async def _not_gone(self, step: effects.GoOffline, no: Rejected) -> Event:
        """It said no: because an earlier try of ours had done it, or for a reason that passes, or for good."""
        done = no.judgement.verdict in ("offline_already", "code_used")
        if done and _manual(await self._client.info()):
            return self._went_offline(step)
        if no.judgement.passes:
            raise no
        told = f"the register cannot go off line with the number {step.code.value}, have a technician look at it"
        return OfflineDocumentRefused(step.session_id, f"{told}: {no.text}")

    def _went_offline(self, step: effects.GoOffline) -> WentOffline:
        self.books.dated(step.code.value, step.fiscal_at)
        self.floor.seen(step.fiscal_at, "the beginning of this offline time,")
        return WentOffline(step.session_id)


def _manual(info: Info) -> bool:
    return info.offline_mode and info.stay_offline


def _no_codes(answer: Answered) -> str:
    words = " ".join((answer.error or answer.status).split())[:300]
    return f'the tax service gave no codes: ask later (Checkbox: "{words}")'
