"""A day and a half without the register and 2,000 documents in it, handed over afterwards. Run by `make bench`.

The whole stack: till, journal, lanes, HTTP and the vendor's sandbox. First in virtual time over 36 hours, once for each
of the vendor's interfaces: nothing may be lost or doubled, all in order. Then in real time over a line with a round
trip: what a document costs beyond one round trip and the vendor's own time. DOCUMENTS and HANDED in the environment
choose other numbers.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from firmware_bridge import snapshot
from firmware_bridge.core import TillCore
from firmware_bridge.journal.records import Record
from firmware_bridge.progress import QUIET, Progress, on_terminal
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS
from firmware_bridge.vendors.checkbox.forms import Profile
from statemachines.offline import OfflineSettings
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.events import Occurred
from statemachines.vocabulary.offline_events import OfflineDocumentDelivered, WentOffline
from tests.bench.checkbox import ROUND_TRIPS_MS, Proxy
from tests.support.offline_stack import Stack, quick
from tests.support.offline_stack_desk import HOUR, Desk
from tests.support.offline_stack_journal import read
from tests.support.offline_stack_judge import SESSION_S
from tests.support.offline_stack_process import COMPOSER
from tests.support.offline_stack_time import Passing, VirtualLoop, virtually

DOCUMENTS: Final = 2_000
HANDED: Final = 100
SELLS_S: Final = SESSION_S - 1800 - 600
"""Nothing is sold in the last half hour of what the law allows."""
SERVER_MS: Final = 50
"""What the vendor needs for one document."""
SHIFT_S: Final = 12 * HOUR
ALLOWED: Final = 1.5
"""A document may take so many times the round trip and the vendor's time, and `OWN_MS` more."""
OWN_MS: Final = 100
PROFILES: Final[tuple[Profile, ...]] = ("current", "seed")


# --- a day and a half, in virtual time --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outage:
    """`made`: documents of the till's own. `wrong`: what a judge says. `handed_s`: from the first to the last of them,
    `online_s`: until the register was on line again (both virtual). `cpu_ms`: of till and vendor together, for each
    document made and handed over. `state_kb`: what the state grew by, written down; `rss_kb`: in a process's memory."""

    profile: Profile
    made: int
    lost: int
    doubled: int
    in_order: bool
    wrong: tuple[str, ...]
    handed_s: float
    online_s: float
    requests: int
    cpu_ms: float
    state_kb: int
    rss_kb: int


def outage(
    profile: Profile, documents: int = DOCUMENTS, hours: float = SELLS_S / HOUR, progress: Progress = QUIET
) -> Outage:
    """Play it. Raises AssertionError when the till does not sell or does not come back."""
    offline = OfflineSettings(returns="allow", refill_below=documents, refill_to=documents + 100)

    async def main(loop: VirtualLoop) -> Outage:
        with tempfile.TemporaryDirectory(dir=quick()) as folder:
            stack = Stack(loop, Path(folder), profile, offline=offline)
            desk = Desk(stack, random.Random(1))
            try:
                await stack.start()
                await desk.open()
                await desk.sell()
                await stack.rest(30)
                return await _away(desk, documents, hours * HOUR, progress)
            finally:
                await stack.close()

    return virtually(main)


async def _away(desk: Desk, documents: int, seconds: float, progress: Progress) -> Outage:
    stack, begun = desk.stack, time.process_time()
    before = await _weighed(stack)
    await stack.set_line("refused")
    began = opened = stack.loop.time()
    progress.begin("selling without the register", documents, "sales")
    for number in progress.over(range(documents)):
        await stack.rest(max(0.0, began + number * seconds / documents - stack.loop.time()))
        if stack.loop.time() - opened > SHIFT_S:
            await desk.close()
            await desk.open()
            opened = stack.loop.time()
        answer = await desk.sell()
        if answer is None or answer.outcome != "done":
            raise AssertionError(f"sale {number} of {documents} was not made: {answer}")
    waiting = await _weighed(stack)
    requests, back = stack.line.counted["requests"], stack.loop.time()
    await stack.set_line("up")
    progress.begin("handing over")
    if still := await desk.all_comes_back(24 * HOUR):
        raise AssertionError(f"it does not come back: {still}")
    came, cpu = stack.loop.time(), time.process_time() - begun
    wrong = await desk.verdict()
    records, books = await stack.records(), stack.books()
    made = read(records).by_till
    rows = [row["context"]["sale_id"] for row in books["receipts"] if row["is_created_offline"]]
    wanted = [one.name for one in made if one.receipt is not None]
    first, last = _handed(records)
    return Outage(
        stack.profile,
        len(made),
        lost=sum(one.times == 0 for one in made) + len(set(wanted) - set(rows)),
        doubled=sum(one.times > 1 for one in made) + len(rows) - len(set(rows)),
        in_order=rows == wanted,
        wrong=tuple(wrong),
        handed_s=(last - first) / 1000,
        online_s=came - back,
        requests=stack.line.counted["requests"] - requests,
        cpu_ms=cpu * 1000 / len(made),
        state_kb=(waiting[0] - before[0]) // 1024,
        rss_kb=waiting[1] - before[1],
    )


def _handed(records: list[Record]) -> tuple[int, int]:
    """When (monotonic ms) the handing over began, and when the last document was handed over."""
    events = [one.record for one in records if isinstance(one.record, Occurred)]
    last = max(one.mono for one in events if isinstance(one.event, OfflineDocumentDelivered))
    return next(one.mono for one in events if isinstance(one.event, WentOffline)), last


# --- what the state weighs --------------------------------------------------------------------------------------------


async def _weighed(stack: Stack) -> tuple[int, int]:
    """Bytes of the state when it is written down; KiB by which a process grows that reads it back."""
    records = await stack.records()
    core = _core(stack.settings)
    core.restore(None, records)
    body = snapshot.encode(core.rules.state)
    path = stack.folder / "state"
    path.write_bytes(body)
    words = [sys.executable, "-m", "tests.bench.offline", "--weigh", str(path)]
    told = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return len(body), int(told.stdout)


def _core(settings: RuleSettings) -> TillCore:
    class Clock:
        def utc_ms(self) -> int:
            return 0

        def monotonic(self) -> float:
            return 0.0

    return TillCore(settings, COMPOSER, Clock(), "UAH")


def weigh(path: Path) -> int:
    """KiB by which this process grows when it takes over this state."""
    core = _core(RuleSettings(traits=replace(TRAITS, offline="codes")))
    core.restore(snapshot.encode(TillState()), ())
    body = path.read_bytes()
    before = _rss_kb()
    core.restore(body, ())
    del body
    return _rss_kb() - before


def _rss_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


# --- handing over, in real time ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handed:
    """Milliseconds for each document; `bound_ms`: one round trip and the vendor's own time."""

    profile: Profile
    rtt_ms: int
    documents: int
    each_ms: float
    requests: float
    bound_ms: float

    @property
    def ratio(self) -> float:
        return self.each_ms / self.bound_ms

    @property
    def within(self) -> bool:
        return self.each_ms <= ALLOWED * self.bound_ms + OWN_MS


def hand_over(profile: Profile, rtt_ms: int, documents: int = HANDED) -> Handed:
    """Sell without the register, then hand over through a line with a round trip. Raises AssertionError."""
    offline = OfflineSettings(returns="allow", refill_below=documents, refill_to=documents + 60, look_every_ms=1_000)

    async def main(loop: VirtualLoop) -> Handed:
        async with AsyncExitStack() as held:
            folder = held.enter_context(tempfile.TemporaryDirectory())

            async def through(url: str) -> str:
                proxy = Proxy(int(url.rpartition(":")[2]), rtt_ms / 1000)
                return f"http://127.0.0.1:{await held.enter_async_context(proxy.listening())}"

            stack = Stack(loop, Path(folder), profile, offline=offline, through=through)
            held.push_async_callback(stack.close)
            desk = Desk(stack, random.Random(1))
            await stack.start()
            await desk.open()
            await desk.sell()
            await _until(stack, lambda: stack.fiscal()["codes"]["free"] >= documents)
            await stack.set_line("refused")
            for _ in range(documents):
                await desk.sell()
            stack.line.fault("slow", path="/sell-offline", delay_s=SERVER_MS / 1000)
            said = len(stack.line.said)
            await stack.set_line("up")
            await _until(stack, lambda: stack.mode in ("offline_auto", "online"))
            first, last = _handed(await stack.records())
            sent = sum("/receipts/" in one for one in stack.line.said[said:])
            return Handed(profile, rtt_ms, documents, (last - first) / documents, sent / documents, rtt_ms + SERVER_MS)

    return virtually(main, Passing)


async def _until(stack: Stack, fact: Callable[[], bool], within_s: float = 120.0) -> None:
    until = stack.loop.time() + within_s
    while not fact():
        if stack.loop.time() > until:
            raise AssertionError(f"the register is {stack.fiscal()}")
        await stack.rest(0.02)


# --- the page ---------------------------------------------------------------------------------------------------------


def main() -> int:
    """Print both tables; 1 when anything was lost, doubled or out of order, or a document takes too long."""
    if sys.argv[1:2] == ["--weigh"]:
        sys.stdout.write(f"{weigh(Path(sys.argv[2]))}\n")
        return 0
    documents, handed = int(os.environ.get("DOCUMENTS") or DOCUMENTS), int(os.environ.get("HANDED") or HANDED)
    return max(_outages(documents), _lines(handed))


def _outages(documents: int) -> int:
    out, wrong = sys.stdout, 0
    out.write(f"{documents} sales in {SELLS_S / HOUR:.1f} h without the register, virtual time\n")
    out.write("profile   made  lost doubled ordered  handed-over  on-line  requests  cpu-each   state    rss\n")
    for profile in PROFILES:
        with on_terminal() as progress, progress.pulse():
            one = outage(profile, documents, progress=progress)
        bad = bool(one.lost or one.doubled or one.wrong or not one.in_order)
        wrong |= bad
        out.write(
            f"{one.profile:8} {one.made:5} {one.lost:5} {one.doubled:7} {'yes' if one.in_order else 'NO':>7} "
            f"{one.handed_s:10.0f} s {one.online_s:6.0f} s {one.requests:9} {one.cpu_ms:6.1f} ms {one.state_kb:4} KiB "
            f"{one.rss_kb:4} KiB{'  WRONG' if bad else ''}\n"
        )
        out.writelines(f"  {sentence}\n" for sentence in one.wrong[:10])
        out.flush()
    return int(wrong)


def _lines(documents: int) -> int:
    out, wrong = sys.stdout, 0
    out.write(f"\nhanding {documents} documents over, milliseconds each; the vendor needs {SERVER_MS}\n")
    out.write("profile   rtt     each  requests  rtt+server  beyond  ratio\n")
    lines: list[tuple[Profile, int]] = [("seed", rtt_ms) for rtt_ms in ROUND_TRIPS_MS]
    for profile, rtt_ms in [*lines, ("current", ROUND_TRIPS_MS[1])]:
        with on_terminal() as progress, progress.pulse():
            progress.begin(f"handing over at {rtt_ms} ms, {profile}")
            one = hand_over(profile, rtt_ms, documents)
        paced = profile == "current"  # two receipts a second are all that this interface takes
        bad = not one.within and not paced
        wrong |= bad
        out.write(
            f"{one.profile:8} {one.rtt_ms:4} {one.each_ms:8.1f} {one.requests:9.2f} {one.bound_ms:11.0f} "
            f"{one.each_ms - one.bound_ms:7.1f} {one.ratio:6.2f}{'  two a second' if paced else ''}"
            f"{'  TOO MUCH' if bad else ''}\n"
        )
        out.flush()
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
