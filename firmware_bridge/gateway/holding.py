"""Where a sale's records end their way up: everything that a gateway keeps, in one folder.

    tills.sqlite         the tills it knows, their tokens' digests, codes for new ones (tills.py)
    inboxes.sqlite       the commands that wait for each till (inboxes.py)
    journals/TILL.sqlite the records of each till, byte for byte its journal (replica.py)

Replicas are read and written on one thread, the small files on a few others. An answer to a till is given only after
the commit: whoever kills this process at any moment loses nothing that was answered and doubles nothing that was not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.follower import Follower
from firmware_bridge.gateway.inboxes import TillInboxes
from firmware_bridge.gateway.replica import Replica, ReplicaThread
from firmware_bridge.gateway.tills import Tills, is_till
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.errors import JournalError, JournalFailed, JournalMisuse
from firmware_bridge.journal.lock import Lock
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.envelope import read
from firmware_bridge.uplink.link import LinkDoubtful, LinkDown, LinkError, LinkForeign, LinkMisuse
from firmware_bridge.uplink.over_http import Down, LaneState

log = logging.getLogger(__name__)

T = TypeVar("T")
SETTLE_S = 30.0
"""How often what was written is moved from the logs into the files: a log that nobody empties grows without end."""
THREADS = 4
"""For the small files and for reading envelopes."""
JOURNALS = "journals"


@dataclass(slots=True)
class _Held:
    """One till that is open."""

    replica: ReplicaThread
    bells: set[asyncio.Event] = field(default_factory=set)
    asking: int = 0
    shown: tuple[tuple[str, str, str], ...] = ()

    def ring(self) -> None:
        for bell in self.bells:
            bell.set()


class GatewayStore:
    """All of it, between `start` and `close`. `clock` gives UTC ms. `followers` may be added to before `start`.

    `lanes` tells how a till's lanes stand, for the till to show.
    """

    def __init__(self, folder: str | Path, clock: TillClock) -> None:
        self.folder = Path(folder)
        self.followers: list[Follower] = []
        self.lanes: Callable[[str], Sequence[LaneState]] = lambda _: ()
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._opening = asyncio.Lock()
        self._journals: Executor | None = None
        self._beside: ThreadPoolExecutor | None = None
        self._lock: Lock | None = None
        self._own: list[ThreadPoolExecutor] = []
        self.tills: Tills
        self.inboxes: TillInboxes

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open everything that is there. Raises LinkError, JournalError, OSError (another gateway has the folder)."""
        journals = self.folder / JOURNALS
        journals.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._lock = Lock(self.folder / "gateway")
        self._journals = self._thread(1, "replicas")
        self._beside = self._thread(THREADS, "gateway")
        loop = asyncio.get_running_loop()
        self.tills = await self._on(self._beside, partial(Tills, self.folder / "tills.sqlite", self._clock.utc_ms))

        def rung(till: str) -> None:
            loop.call_soon_threadsafe(self.ring, till)

        self.inboxes = await self._on(self._beside, partial(TillInboxes, self.folder / "inboxes.sqlite", rung))
        for path in sorted(journals.glob("*.sqlite")):
            till = path.stem
            if is_till(till):
                await self._reopen(till, path)

    async def close(self) -> None:
        """Close everything; harmless twice. Whoever follows is ended before."""
        held, self._held = self._held, {}
        for one in held.values():
            one.ring()
            await one.replica.close()
        own, self._own = self._own, []
        for executor in own:
            await asyncio.to_thread(executor.shutdown)
        if self._lock is not None:
            self._lock.free()
            self._lock = None

    def _thread(self, number: int, name: str) -> ThreadPoolExecutor:
        made = ThreadPoolExecutor(max_workers=number, thread_name_prefix=name)
        self._own.append(made)
        return made

    async def _reopen(self, till: str, path: Path) -> None:
        """One replica that cannot be opened keeps the others from nothing."""
        try:
            await self._hold(till, path, "", 0)
        except (JournalError, LinkError) as error:
            log.error(  # noqa: TRY400 - told, no bug
                "the records of till %s cannot be opened: %s", till, error, extra=about("records-unread", till=till)
            )

    async def settle(self) -> None:
        """Move what was written since the last time into the files."""
        for till, held in list(self._held.items()):
            if held.replica.unsettled:
                try:
                    await held.replica.checkpoint()
                except JournalError as error:
                    log.warning(
                        "the records of till %s were not settled: %s",
                        till,
                        error,
                        extra=about("records-unread", till=till),
                    )

    async def keep_settled(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Do that now and then, until cancelled."""
        while True:
            await sleep(SETTLE_S)
            await self.settle()

    # --- a till's link ----------------------------------------------------------------------------------------------

    async def open(self, till: str, journal: str, begin: int) -> None:
        """A till has come, with this journal. Raises LinkForeign, LinkDown when its records cannot be opened."""
        async with self._opening:
            held = self._held.get(till)
            if held is not None and held.replica.journal_id == journal:
                return
            if held is not None:
                if not await self.beside(self.tills.renewed, till):
                    raise LinkForeign(_other_journal(till, held.replica.journal_id, journal))
                await self._put_aside(till, held)
            try:
                await self._hold(till, self._path(till), journal, begin)
            except JournalError as error:
                raise LinkDown(f"The gateway cannot open the records of till {till}: {error}") from error

    async def _hold(self, till: str, path: Path, journal: str, begin: int) -> None:
        """Open a replica; `journal` "": whichever it is of."""
        opener = partial(Replica.open_for, path, till, journal, begin, self._clock.utc_ms)
        replica = ReplicaThread(opener, self._journals, partial(self.ring, till))
        await replica.start()
        self._held[till] = _Held(replica)
        for follower in self.followers:
            await follower.opened(till, replica)

    async def _put_aside(self, till: str, held: _Held) -> None:
        """The till has begun a new journal: the old one's records stay, under a name of their own."""
        del self._held[till]
        held.ring()
        for follower in self.followers:
            await follower.closing(till)
        path = self._path(till)
        aside = path.with_name(f"{till}.{held.replica.journal_id}.aside")
        await held.replica.close()
        await self.beside(_rename, path, aside)
        log.warning(
            "till %s has begun a new journal; the records of the old one are in %s",
            till,
            aside,
            extra=about("records-moved", till=till),
        )

    def _path(self, till: str) -> Path:
        return self.folder / JOURNALS / f"{till}.sqlite"

    def replica(self, till: str) -> ReplicaThread:
        """Return the till's records. Raises LinkMisuse when it never opened its link."""
        return self._of(till).replica

    def _of(self, till: str) -> _Held:
        held = self._held.get(till)
        if held is None:
            raise LinkMisuse(f"Till {till} has not said which journal it has; nothing was done, open the link first.")
        return held

    async def watermark(self, till: str) -> Head:
        """See Link.watermark."""
        held = self._of(till)
        return await self._kept(till, held.replica.head)

    async def append(self, till: str, envelope: bytes, expected: int) -> Head:
        """See Link.append."""
        held = self._of(till)
        found = await self.beside(read, envelope)
        taken = await self._kept(till, partial(held.replica.take, found, expected))
        if taken.new:
            for follower in self.followers:
                await follower.arrived(till, taken.new)
        return taken.watermark

    async def _kept(self, till: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do something with a replica. After a disk's refusal the file is asked what it really holds."""
        replica = self._of(till).replica
        try:
            return await work()
        except JournalFailed as error:
            log.error("the records of till %s: %s", till, error, extra=about("records-unread", till=till))  # noqa: TRY400 - told, no bug
            try:
                await replica.reopen()
            except JournalError:
                log.warning(
                    "the records of till %s cannot be opened again yet", till, extra=about("records-unread", till=till)
                )
            raise LinkDoubtful(f"The gateway's disk did not confirm that it stored: {error}") from error
        except JournalMisuse as error:
            raise LinkMisuse(str(error)) from error
        except JournalError as error:
            raise LinkDown(f"The gateway cannot read the records of till {till}: {error}") from error

    # --- what goes down ---------------------------------------------------------------------------------------------

    async def down(self, till: str, after: int, news_after: int | None, wait_s: float) -> Down:
        """Return what waits for the till, see HttpsLink.down; of two questions at once, the older is answered now."""
        held = self._of(till)
        held.asking += 1
        turn = held.asking
        held.ring()
        bell = asyncio.Event()
        held.bells.add(bell)
        until = asyncio.get_running_loop().time() + wait_s
        try:
            while True:
                bell.clear()
                found = await self._waiting(till, held, after, news_after)
                left = until - asyncio.get_running_loop().time()
                shown = tuple([(lane.book, lane.state, lane.reason) for lane in found.lanes])
                over = left <= 0 or held.asking != turn or self._held.get(till) is not held
                if over or found.commands or found.news or (shown != held.shown and news_after is not None):
                    held.shown = shown if news_after is not None else held.shown
                    return found
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await bell.wait()
        finally:
            held.bells.discard(bell)

    def asked(self, till: str) -> bool:
        """Whether a question of the till is kept open now."""
        held = self._held.get(till)
        return held is not None and bool(held.bells)

    def hang_up(self) -> None:
        """Answer every question that is kept open, now; the store is closed soon."""
        for held in self._held.values():
            held.asking += 1
            held.ring()

    async def _waiting(self, till: str, held: _Held, after: int, news_after: int | None) -> Down:
        commands = await self.beside(self.inboxes.receive, till, after)
        news = [] if news_after is None else await self._kept(till, partial(held.replica.news, news_after))
        return Down(tuple(commands), tuple(news), tuple(self.lanes(till)))

    def ring(self, till: str) -> None:
        """There is something for the till; on the loop."""
        held = self._held.get(till)
        if held is not None:
            held.ring()

    # --- threads ----------------------------------------------------------------------------------------------------

    async def beside(self, work: Callable[..., T], *arguments: object) -> T:
        """Do on another thread what waits for a disk. Raises what `work` raises."""
        return await self._on(self._beside, partial(work, *arguments))

    @staticmethod
    async def _on(executor: Executor | None, work: Callable[[], T]) -> T:
        if executor is None:
            raise LinkMisuse("The gateway's store is not open; nothing was done.")
        return await asyncio.get_running_loop().run_in_executor(executor, work)


def _other_journal(till: str, held: str, journal: str) -> str:
    return (
        f"The gateway holds the records of journal {held} of till {till}, which has come with journal {journal} now: "
        f"nothing was stored. If it was given a new journal, enrol it again with `gateway enrol {till} --new-journal`."
    )


def _rename(path: Path, aside: Path) -> None:
    """With what SQLite keeps beside it. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        side = Path(f"{path}{suffix}")
        if side.exists():
            side.replace(f"{aside}{suffix}")
