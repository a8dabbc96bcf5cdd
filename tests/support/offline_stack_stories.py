"""Short stories of outages, each told to its end, after which nothing may be wrong."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.checkbox.forms import Profile
from statemachines.offline import OfflineSettings
from statemachines.vocabulary.effects import Print
from tests.support.offline_stack import FEW_CODES, Parts, Stack, quick
from tests.support.offline_stack_desk import HOUR, Desk
from tests.support.offline_stack_time import VirtualLoop, virtually

Story = Callable[[Desk], Awaitable[None]]


@dataclass(frozen=True)
class Evidence:
    """What is left of a story: the judge reads nothing else. `wrong`: what he said. `status`: what the till
    tells of itself."""

    records: list[Record]
    books: dict[str, Any]
    printed: list[Print]
    cash: int
    wrong: list[str]
    status: dict[str, Any]


def told(story: Story, *, profile: Profile = "current", parts: Parts | None = None, **options: Any) -> list[str]:
    """What is wrong once a story has come to its end and everything is back; nothing, for a till that is whole."""
    return evidence(story, ending, profile=profile, parts=parts, **options).wrong


def evidence(
    story: Story,
    end: Callable[[Desk], Awaitable[list[str]]],
    *,
    profile: Profile = "current",
    parts: Parts | None = None,
    **options: Any,
) -> Evidence:
    """Tell a story to its `end`, which says what is wrong."""

    async def main(loop: VirtualLoop) -> Evidence:
        with tempfile.TemporaryDirectory(dir=quick()) as folder:
            offline = CHOSEN.get(story, FEW_CODES)
            stack = Stack(loop, Path(folder), profile, offline=offline, parts=parts or Parts(), options=options)
            desk = Desk(stack, random.Random(5))
            try:
                await stack.start()
                await desk.open()
                await desk.sell()
                await stack.rest(20)
                await story(desk)
                wrong = await end(desk)
                return Evidence(
                    await stack.records(), stack.books(), stack.printed, desk.cash, wrong, stack.alive.till.status()
                )
            finally:
                await stack.close()

    return virtually(main)


async def ending(desk: Desk) -> list[str]:
    """Everything comes back, the till sells on line again, and the judge has looked."""
    stack = desk.stack
    stack.line.tell("DELETE", "/_fault")
    stack.clock.synchronise()
    await stack.set_line("up")
    if still := await desk.all_comes_back(max(HOUR, 6 * stack.offline.look_every_ms / 1000)):
        return [f"it does not come back: {still}", *await desk.verdict()]
    unsold = await desk.sells_on_line()
    return [*([unsold] if unsold else []), *await desk.verdict()]


# --- stories ----------------------------------------------------------------------------------------------------------


async def a_session_ahead_of_the_clock(desk: Desk) -> None:
    """A sale has no answer, and before it is known whether the register still acts on it, the line is gone."""
    await desk.stack.set_line("hole")
    await desk.sell(wait_s=16)
    await desk.stack.set_line("refused")
    await desk.sell()
    await desk.sell()
    await desk.stack.rest(2)
    await desk.sell()
    await desk.stack.rest(60)


async def codes_that_the_register_has_used(desk: Desk) -> None:
    """It loses the tax service over a sale whose answer is lost: two codes are used, and the till knows of none."""
    line = desk.stack.line
    line.fault("tax-service-down")
    line.fault("lost-answer", 3)
    await desk.sell(wait_s=1)
    await desk.stack.set_line("refused")
    await desk.sell()
    await desk.sell()
    await desk.stack.rest(40)


async def going_off_line_is_not_answered(desk: Desk) -> None:
    await _two_answers_lost(desk, "/cash-registers/go-offline")


async def a_delivery_is_not_answered(desk: Desk) -> None:
    await _two_answers_lost(desk, "/receipts/sell-offline")


async def _two_answers_lost(desk: Desk, path: str) -> None:
    stack = desk.stack
    await stack.set_line("refused")
    for _ in range(3):
        await desk.sell()
    stack.line.fault("lost-answer", 2, path=path)
    await stack.set_line("up")
    await stack.rest(90)


async def power_fails_while_documents_wait(desk: Desk) -> None:
    await desk.stack.set_line("refused")
    for _ in range(3):
        await desk.sell()
    await desk.stack.kill(5)
    await desk.sell()
    await desk.stack.rest(20)


async def a_working_day(desk: Desk) -> None:
    """Of everything something, on line and without the register."""
    await desk.move("in", 20_000)
    await desk.sell(card=True)
    await desk.stack.set_line("refused")
    for _ in range(3):
        await desk.sell()
    await desk.move("out", 900)
    await desk.close()
    await desk.open()
    await desk.sell()
    await desk.stack.rest(60)


async def the_register_closes_by_itself_meanwhile(desk: Desk) -> None:
    """At 23:45 the organisation closes the shift, while the till sells in it without the register."""
    await desk.stack.rest(14 * HOUR)
    await desk.stack.set_line("refused")
    await desk.sell()
    await desk.sell()
    await desk.stack.rest(3 * HOUR)


async def a_doubt_ends_while_no_shift_is_open(desk: Desk) -> None:
    """Its cash lies in the drawer, and the next shift, opened without the register, begins with it."""
    stack = desk.stack
    await stack.set_line("hole")
    await desk.sell(5300)
    await stack.rest(60)
    await desk.close()
    await stack.set_line("up")
    while any(one["state"] == "fiscal_doubt" for one in stack.alive.till.status()["unfinished"]):
        await stack.rest(0.5)
    await stack.set_line("refused")
    await stack.rest(15)
    await desk.open()
    await desk.sell()


async def the_tax_service_is_away_for_too_long(desk: Desk) -> None:
    """The register goes off line by itself, and what is given to it then counts against the law's hours, too."""
    stack = desk.stack
    stack.line.fault("tax-service-down")
    await desk.sell()
    await stack.rest(20 * HOUR)
    await desk.close()
    await desk.open()
    await stack.rest(15.8 * HOUR)
    await desk.sell()
    await stack.rest(HOUR)
    await desk.sell()
    await desk.close()


async def nobody_sells_while_the_register_is_off_line(desk: Desk) -> None:
    """It went off line without any document of ours: only who looks knows."""
    stack = desk.stack
    stack.line.fault("tax-service-down")
    stack.line.fault("auto-offline", 1)
    await stack.rest(37 * HOUR)
    await desk.close()


async def off_line_again_and_again(desk: Desk) -> None:
    """Each time that it comes back on line it goes off line again by itself, and uses a code up for that."""
    stack = desk.stack
    stack.line.fault("auto-offline")
    await desk.sell()
    await stack.rest(40 * 60)
    await stack.set_line("refused")
    await desk.sell()
    await stack.rest(60)


UNHURRIED: Final = replace(FEW_CODES, look_every_ms=1_800_000)
"""Of a day and a half nobody wants to see every look."""
CHOSEN: Final[dict[Story, OfflineSettings]] = {
    the_tax_service_is_away_for_too_long: UNHURRIED,
    nobody_sells_while_the_register_is_off_line: UNHURRIED,
    off_line_again_and_again: replace(FEW_CODES, code_reserve=12, refill_below=20, refill_to=40, look_every_ms=60_000),
}


async def the_line_is_back_at_once(desk: Desk) -> None:
    """A sale is made in the very moment before the register is looked for."""
    desk.stack.line.rtt_s = 0.002
    await desk.stack.set_line("refused")
    await desk.sell()
    await desk.stack.rest(14.4)
    await desk.sell(wait_s=0.02)
    await desk.stack.set_line("up")
    await desk.stack.rest(30)
