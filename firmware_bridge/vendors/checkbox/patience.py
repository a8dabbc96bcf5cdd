"""After a document has left for Checkbox on a sale's way: sent once, then read until the tax service has decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from drivers.errors import DeviceError, NotSent, Unanswered
from firmware_bridge.vendors.checkbox.errors import ROLE, Rejected, Unclear
from firmware_bridge.vendors.checkbox.rate import Sleep
from statemachines.vocabulary.events import Event

FIRST_LOOK_S: Final = 0.1
EAGER_PAUSE_S: Final = 0.125  # while somebody waits at the till: what is decided is known this soon
EAGER_S: Final = 3.0  # after that each pause is twice the one before
LONGEST_PAUSE_S: Final = 1.6
_Read = TypeVar("_Read")


class Patience:
    """Waits by `sleep` (seconds) and looks again; `monotonic` in seconds."""

    def __init__(self, monotonic: Callable[[], float], sleep: Sleep) -> None:
        self._monotonic = monotonic
        self._sleep = sleep

    async def poll(
        self, read: Callable[[], Awaitable[_Read]], outcome: Callable[[_Read], Event | None], until: float
    ) -> Event:
        """Read after 100 ms and then often until `outcome` is one. Raises Unanswered when time is up: Checkbox has it.

        A pause is what is lost at most when the tax service has decided just after a look.
        """
        pause, begun = FIRST_LOOK_S, self._monotonic()
        while (left := until - self._monotonic()) > 0:
            await self._sleep(min(pause, left))
            eager = self._monotonic() - begun < EAGER_S
            pause = EAGER_PAUSE_S if eager else min(2 * pause, LONGEST_PAUSE_S)
            try:
                event = outcome(await read())
            except (NotSent, Unanswered):
                continue
            except Rejected as no:
                if no.judgement.verdict not in ("unknown", "later"):
                    raise Unclear(f"what became of the document cannot be read: {no.text}") from no
                continue
            if event is not None:
                return event
        raise Unclear("Checkbox has the document, and the tax service has not decided in time")


async def send_or_read(
    send: Callable[[], Awaitable[_Read]], read: Callable[[], Awaitable[_Read]]
) -> tuple[_Read, bool]:
    """Send; what Checkbox has already under this id is read instead, and True says so.

    Raises NotSent, Rejected, Unanswered.
    """
    try:
        return await send(), False
    except Rejected as no:
        if no.judgement.verdict != "exists":
            raise
    return await read_back(read()), True


async def not_sent_yet(step: Awaitable[_Read]) -> _Read:
    """A question before the document leaves: unanswered, it leaves nothing in doubt. Raises NotSent, Rejected."""
    try:
        return await step
    except Unanswered as error:
        raise NotSent(error.text, port=error.port, role=ROLE) from error


async def read_back(step: Awaitable[_Read]) -> _Read:
    """A question about what Checkbox certainly has: whatever goes wrong, it has it. Raises Unanswered."""
    try:
        return await step
    except DeviceError as error:
        raise Unclear(f"Checkbox has the document, and it cannot be read: {error.text}") from error
