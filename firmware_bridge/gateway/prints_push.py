"""After a sale's way: a portal is told at once what became of a document it ordered (sale.cashbox.check.apply).

The portal asks by itself too, so nothing here is needed for the truth, only for its haste. Telling twice does no harm:
the portal keeps the first data. What it does not know yet (its check may not have our id yet) is told again three times
within ten minutes and left to its own question then; what does not get through is told until it does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from drivers.errors import DeviceError, Refused, Unanswered
from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.patience import Patience
from firmware_bridge.gateway.prints_store import Due, PrintStore, Push
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.link import LinkError
from firmware_bridge.vendors.bitrix24.check_view import particulars
from firmware_bridge.vendors.bitrix24.client import BatchAnswer
from firmware_bridge.vendors.bitrix24.errors import NotNow, Rejected
from firmware_bridge.vendors.bitrix24.messages import CHECK_APPLY, Applied, Json

log = logging.getLogger(__name__)

T = TypeVar("T")
MOST: Final = 50
UNKNOWN_TRIES: Final = 3
UNKNOWN_AGAIN_MS: Final = 200_000
REFUSED_AGAIN_S: Final = 900.0
"""How long nothing is told when a person has to change something first."""


class Caller(Protocol):
    """A portal's methods (`vendors.bitrix24.client.Client`)."""

    async def call(self, method: str, parameters: Json | None = None) -> Any:
        """See Client.call."""
        ...

    async def batch(self, commands: Mapping[str, tuple[str, Json]], *, halt: bool = False) -> BatchAnswer:
        """See Client.batch."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """How long to wait for the next round, in seconds; None: until there is something. `held`: whatever there is."""

    pause: float | None
    held: bool = False


class Pusher:
    """One portal's. `run` until cancelled; `wake` when there may be something to tell."""

    def __init__(
        self,
        domain: str,
        caller: Caller,
        store: PrintStore,
        clock: TillClock,
        patience: Patience,
        *,
        executor: Executor | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._domain = domain
        self._caller = caller
        self._store = store
        self._clock = clock
        self._patience = patience
        self._executor = executor
        self._bell = asyncio.Event()

    def wake(self) -> None:
        """There may be something to tell; on the loop. A pause is not cut short."""
        self._bell.set()

    async def run(self) -> None:
        """Tell what is to be told, then wait for more."""
        while True:
            self._bell.clear()
            turn = await self.turn()
            if turn.held:
                await self._sleep(turn.pause or 0.0)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(turn.pause):
                    await self._bell.wait()

    async def turn(self) -> Turn:
        """One round: tell what is due now."""
        try:
            due = await self._beside(self._store.due, self._domain, self._clock.utc_ms(), MOST)
            if not due:
                return await self._until_next()
            await self._tell(due)
        except NotNow as no:
            return self._held(no.after_s, no.text)
        except (Rejected, Refused) as no:
            return self._held(REFUSED_AGAIN_S, no.text)
        except (DeviceError, LinkError) as error:
            return self._held(self._patience.wait(), str(error))
        except Exception as error:
            log.exception(
                "unforeseen error while %s was told", self._domain, extra=about("program-error", vendor=self._domain)
            )
            return self._held(self._patience.wait(), f"unforeseen error ({type(error).__name__})")
        self._patience.reset()
        return Turn(0.0)

    def _held(self, seconds: float, why: str) -> Turn:
        log.warning(
            "%s is not told what became of its checks: %s",
            self._domain,
            why,
            extra=about("order-waits", vendor=self._domain),
        )
        return Turn(seconds, held=True)

    async def _until_next(self) -> Turn:
        at = await self._beside(self._store.next_due, self._domain)
        return Turn(None if at is None else max(0.0, (at - self._clock.utc_ms()) / 1000))

    async def _tell(self, due: list[Due]) -> None:
        """Raises what the caller raises; nothing is written down then, and all of it is told again."""
        commands = {one.id: (CHECK_APPLY, Applied(one.id, particulars(one.particulars)).parameters()) for one in due}
        if len(due) == 1:
            refusals = await self._one(due[0].id, commands[due[0].id][1])
        else:
            answered = await self._caller.batch(commands)
            refusals = answered.refusals
            missing = set(commands) - set(answered.results) - set(refusals)
            due = [one for one in due if one.id not in missing]
            if not due:
                raise Unanswered("the portal said nothing about any of them")
        ends: dict[str, Push] = {}
        later: dict[str, int] = {}
        for one in due:
            no = refusals.get(one.id)
            if no is None:
                ends[one.id] = "told"
            elif no.meaning.sort == "gone" and one.tries < UNKNOWN_TRIES - 1:
                later[one.id] = self._clock.utc_ms() + UNKNOWN_AGAIN_MS
            elif no.meaning.sort in ("gone", "content"):
                log.warning(
                    "%s is left to ask for check %s itself: %s",
                    self._domain,
                    one.id,
                    no.text,
                    extra=about("order-waits", vendor=self._domain, receipt=one.id),
                )
                ends[one.id] = "left"
            else:
                raise no
        await self._beside(self._store.pushed, ends, later)

    async def _one(self, name: str, parameters: Json) -> Mapping[str, Rejected]:
        try:
            await self._caller.call(CHECK_APPLY, parameters)
        except Rejected as no:
            return {name: no}
        return {}

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(work, *arguments))
