"""Random days of a shop whose register, line, clocks and power fail, told by a seed; at their end all comes back.

Nothing that is drawn here depends on how the till answers but what a cashier would do: a seed replays.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from firmware_bridge.vendors.checkbox.forms import Profile
from tests.support.offline_stack import FEW_CODES, Stack, quick
from tests.support.offline_stack_desk import HOUR, Desk
from tests.support.offline_stack_journal import read
from tests.support.offline_stack_time import VirtualLoop, virtually

ACTIONS: Final = 40
MINUTE: Final = 60.0
#: A month's end, one with a change to summer time before it, and an ordinary day.
STARTS: Final = (
    datetime(2026, 3, 27, 6, 0, tzinfo=UTC),
    datetime(2026, 4, 29, 15, 0, tzinfo=UTC),
    datetime(2026, 3, 10, 7, 0, tzinfo=UTC),
)
FAMILIES: Final = ("day", "day", "day", "night", "storm", "long")
SHORT: Final = ("day", "day", "night", "storm")
"""`night`: the organisation closes shifts by itself at 23:45. `storm`: much fails at once. `long`: days without."""


@dataclass
class Report:
    """What a life was like. `wrong`: what the judge says."""

    seed: int
    profile: Profile
    family: str
    wrong: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    cpu_s: float = 0.0

    @property
    def replay(self) -> str:
        return f"SEED={self.seed} ({self.profile}, {self.family})"


class Days:
    """One life; `play` returns what was wrong with it."""

    def __init__(self, stack: Stack, family: str, rng: random.Random) -> None:
        self.stack = stack
        self.family = family
        self.rng = rng
        self.desk = Desk(stack, rng)
        self.log: list[str] = []

    async def play(self, actions: int = ACTIONS) -> list[str]:
        await self.desk.open()
        await self.desk.move("in", 50_000)
        await self.stack.rest(20)
        for _ in range(actions):
            action = self._draw()
            self.log.append(f"{self.stack.loop.time():.1f} {action.__name__} [{self._mode()}]")
            await action()
        self.log.append(f"{self.stack.loop.time():.1f} everything comes back [{self._mode()}]")
        await self._comes_back()
        return [*await self._end()]

    def _mode(self) -> str:
        return f"{self.stack.mode} {self.desk.shift_state} line {self.stack.line.state}"

    async def _end(self) -> list[str]:
        still = await self.desk.all_comes_back()
        if still:
            return [f"it does not come back: {still}", *await self.desk.verdict()]
        unsold = await self.desk.sells_on_line()
        return [*([unsold] if unsold else []), *await self.desk.verdict()]

    async def _comes_back(self) -> None:
        stack = self.stack
        stack.line.flaky, stack.line.fates, stack.dies_in = 0.0, [], None
        stack.line.tell("DELETE", "/_fault")
        stack.clock.synchronise()
        await stack.set_line("up")

    # --- what happens -----------------------------------------------------------------------------------------------

    def _draw(self) -> Callable[[], Awaitable[None]]:
        table: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (24, self.sell),
            (4, self.sell_by_card),
            (3, self.sell_and_not_wait),
            (4, self.bring_back),
            (4, self.move),
            (2, self.x_report),
            (4, self.another_shift),
            (9, self.a_moment),
            (5, self.minutes),
            (2, self.hours),
            (6, self.line_breaks),
            (8, self.line_is_back),
            (4, self.breaks_in_a_sale),
            (4, self.back_for_a_moment),
            (3, self.flaky),
            (2, self.one_request_fares_ill),
            (3, self.tax_service),
            (2, self.goes_off_line_by_itself),
            (1, self.signature),
            (3, self.kill),
            (6, self.dies_somewhere),
            (2, self.sets_the_clock),
            (2, self.network_time),
        ]
        if self.family == "storm":
            table += [
                (10, self.dies_somewhere),
                (8, self.one_request_fares_ill),
                (6, self.flaky),
                (4, self.tax_service),
            ]
        if self.family == "long":
            table += [(6, self.hours), (6, self.a_day), (4, self.another_shift)]
        if self.family == "night":
            table = [one for one in table if one[1] not in self._breaking()] + [(4, self.hours)]
        weights = [weight for weight, _ in table]
        return self.rng.choices([action for _, action in table], weights)[0]

    def _breaking(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """What makes the till work without the register: over the hour at which the organisation closes the shift by
        itself no till can, for what the register dates itself comes before what the till has dated."""
        own = (self.line_breaks, self.breaks_in_a_sale, self.back_for_a_moment, self.flaky)
        return (*own, self.one_request_fares_ill, self.sets_the_clock)

    async def sell(self) -> None:
        await self.desk.repeat_unheard()
        await self.desk.shift_wanted()
        await self.desk.sell()

    async def sell_by_card(self) -> None:
        await self.desk.sell(card=True)

    async def sell_and_not_wait(self) -> None:
        """Two at once, the first not waited for."""
        await self.desk.sell(wait_s=self.rng.choice([0.05, 0.3, 2.0]))
        await self.desk.sell()

    async def bring_back(self) -> None:
        await self.desk.bring_back()

    async def move(self) -> None:
        await self.desk.move(self.rng.choice(("in", "in", "out")))

    async def x_report(self) -> None:
        await self.desk.x_report()

    async def another_shift(self) -> None:
        await self.desk.close()
        await self.stack.rest(self.rng.choice([0.1, 5, 300]))
        await self.desk.open()

    async def a_moment(self) -> None:
        await self.stack.rest(self.rng.choice([0.5, 3, 8, 20, 45]))

    async def minutes(self) -> None:
        await self.stack.rest(self.rng.uniform(1, 40) * MINUTE)
        await self.desk.tidy()

    async def hours(self) -> None:
        await self.stack.rest(self.rng.uniform(1, 9) * HOUR)
        await self.desk.tidy()

    async def a_day(self) -> None:
        await self.stack.rest(self.rng.uniform(12, 40) * HOUR)

    async def line_breaks(self) -> None:
        await self.stack.set_line(self.rng.choice(("refused", "refused", "hole")))

    async def line_is_back(self) -> None:
        await self.stack.set_line("up")

    async def breaks_in_a_sale(self) -> None:
        """The line goes while a sale is on its way; sometimes it is back at once."""
        selling = asyncio.create_task(self.desk.sell())
        await asyncio.sleep(self.rng.uniform(0, 2.5))
        await self.stack.set_line(self.rng.choice(("refused", "hole")))
        if self.rng.random() < 0.4:
            await self.stack.set_line("up")
        await selling

    async def back_for_a_moment(self) -> None:
        """The delivery begins, and does not come to its end."""
        await self.stack.set_line("up")
        for _ in range(80):
            if self.stack.mode != "offline_manual":
                break
            await self.stack.rest(4)
        await self.stack.rest(self.rng.uniform(0, 5))
        if self.rng.random() < 0.5:
            await self.stack.set_line(self.rng.choice(("refused", "hole")))
        else:
            await self.stack.kill(self.rng.choice([0.2, 40]), reboot=self.rng.random() < 0.3)

    async def flaky(self) -> None:
        self.stack.line.flaky = self.rng.choice([0.0, 0.0, 0.1, 0.3])

    async def one_request_fares_ill(self) -> None:
        fates = self.rng.choices(("before", "after", "slow", "hang", "late", "maintenance"), k=self.rng.randint(1, 3))
        nothing = ["ok"] * self.rng.randint(0, 6)
        self.stack.line.fates = [*nothing, *fates]  # type: ignore[list-item]  # of choices() mypy knows str alone
        await self.desk.sell()

    async def tax_service(self) -> None:
        if self.rng.random() < 0.5:
            self.stack.line.fault("tax-service-down", self.rng.choice([None, 1, 3]))
        else:
            self.stack.line.clear("tax-service-down")

    async def goes_off_line_by_itself(self) -> None:
        """While the till does not work without it: what it dates by itself then comes before what the till dates.

        Each time costs a code, of which there are few here: so not for hours, every few minutes.
        """
        if self.stack.mode in ("online", "offline_auto") and self.stack.line.state == "up":
            self.stack.line.fault("auto-offline", self.rng.choice([1, 5]))
        else:
            self.stack.line.clear("auto-offline")

    async def signature(self) -> None:
        self.stack.line.fault("signature-off", self.rng.choice([0, 1, 2, 5]))

    async def kill(self) -> None:
        await self.stack.kill(self.rng.choice([0.5, 20, 600]), reboot=self.rng.random() < 0.4)

    async def dies_somewhere(self) -> None:
        """At one of the next awaits, whatever it is doing then."""
        self.stack.dies_in = self.rng.randint(0, 25)
        await self.desk.sell()

    async def sets_the_clock(self) -> None:
        self.stack.counted["clock steps"] += 1
        self.stack.clock.step(round(self.rng.uniform(-30, 30) * HOUR) * 1000)
        if self.rng.random() < 0.4:
            await self.stack.kill(2.0, reboot=self.rng.random() < 0.7)

    async def network_time(self) -> None:
        self.stack.clock.synchronise()


def live(
    seed: int, *, actions: int = ACTIONS, families: Sequence[str] = FAMILIES, log: list[str] | None = None
) -> Report:
    """One life of this seed from its beginning to its end."""
    rng = random.Random(f"life {seed}")
    profile: Profile = "current" if seed % 2 else "seed"
    family = rng.choice(families)
    report = Report(seed, profile, family)
    options: dict[str, Any] = {"signing_delay_s": rng.choice([0.2, 0.6, 1.5])}
    look_every_ms = rng.choice([15_000, 60_000]) if family == "storm" else rng.choice([60_000, 120_000, 300_000])
    offline = replace(FEW_CODES, look_every_ms=look_every_ms)
    if family == "night":
        options["auto_close_shift_at"] = "23:45"
    if family == "long":
        offline = replace(offline, look_every_ms=300_000, returns="refuse")

    async def main(loop: VirtualLoop) -> None:
        with tempfile.TemporaryDirectory(dir=quick()) as folder:
            stack = Stack(
                loop, Path(folder), profile, seed, rng.choice(STARTS), rng.uniform(-0.3, 0.3), offline,
                options=options,
            )  # fmt: skip
            days = Days(stack, family, rng)
            try:
                await stack.start()
                report.wrong = await days.play(actions)
                report.counted = stack.counted + stack.line.counted
                report.counted["offline documents"] = len(read(await stack.records()).by_till)
                report.counted["actions"] = actions
                report.counted["virtual hours"] = int(loop.time() / HOUR)
                report.counted["too soon"] = stack.books()["go_online"]["too_soon"]
            finally:
                if log is not None:
                    log.extend([*days.log, *stack.line.said])
                await stack.close()

    begun = time.process_time()
    virtually(main)
    report.cpu_s = time.process_time() - begun
    return report
