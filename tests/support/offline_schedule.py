"""Days at random between a till and its register: customers, outages, kills, clocks that are set, ends of months.

`play` is one schedule, checked after every step; at its end everything works again, and the journal is held against the
register's books. `python -m tests.support.offline_schedule` plays thousands (SCHEDULES, SEED, SCHEDULE in the
environment; SCHEDULE replays one of a seed).
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from firmware_bridge.progress import QUIET, Progress, on_terminal
from statemachines.drain import LOOK_ON_LINE_MS
from statemachines.rules import Consequences
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.commands import (
    CloseShift,
    MoveCash,
    OpenShift,
    ResolveDoubt,
    RetryFiscalisation,
    Sell,
    TakeXReport,
)
from tests.support.money_model import hold
from tests.support.offline_chain import HOUR, MONTH
from tests.support.offline_shop import MINUTE, MIXES, Shop, a_shop, an_odd_shop
from tests.support.offline_truth import Truth
from tests.support.offline_world import Choose, World
from tests.support.rules import CASHIER, cash_move, sale

REST: Final = 12 * 60 // 5  # times five minutes
MANAGER: Final = replace(CASHIER, role="manager")


@dataclass
class Played:
    """What schedules came to."""

    schedules: int = 0
    steps: int = 0
    counted: Counter[str] = field(default_factory=Counter)

    def add(self, other: Played) -> None:
        self.schedules += other.schedules
        self.steps += other.steps
        self.counted.update(other.counted)


class Schedule(World):
    """One till's life. Each step is a method `on_…`; `steps`: those to choose from, where not any day's."""

    def __init__(self, choose: Choose, steps: Sequence[str] = (), shop: Shop = a_shop) -> None:
        settings, options = shop(choose)
        begins = 600 * MONTH + choose([3 * HOUR, 5 * 24 * HOUR, MONTH - 3 * HOUR])
        super().__init__(settings, options, choose, begins)
        self.truth = Truth(self)
        self.steps = steps or choose(MIXES)
        self.asked: list[str] = []
        self.number = 0
        self.watchers.append(self._watch)
        self.on_shift()
        self.later(5_000)

    def _watch(self, done: Consequences) -> None:
        for one in done.events:
            self.truth.heard(one.event)

    def _name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}-{self.number}"

    def step(self) -> None:
        getattr(self, f"on_{self.choose(self.steps)}")()
        hold(not self.register.jam, f"the register is jammed: {self.register.jam}")
        hold(not self.register.refusals, f"the register refuses: {self.register.refusals[-1:]}")

    # --- customers and cashiers ---------------------------------------------------------------------------------------

    def on_sell(self) -> None:
        if self.state.shift.state in ("closed", "refused") and self.choose([True, True, False]):
            self.on_shift()
            return
        name = self._name("s")
        self._sell(Sell(name, CASHIER, sale(name, cash=500, card=self.choose([0, 0, 300]), drawer="")))

    def _sell(self, command: Sell) -> None:
        name = command.command_id
        if self.choose([0] * 29 + [1]):
            self.register.unlawful.add(fiscal_doc_id(name, 1))
        if self.do(command):
            self.asked.append(name)

    def on_rush(self) -> None:
        """One customer behind the other."""
        for _ in range(self.choose([3, 6, 12])):
            self.on_sell()
            self.later(self.choose([100, 300, 1_000]))

    def on_back(self) -> None:
        """The line is back, and customers come while what was made without it is handed over; or it is gone again while
        the register sends that."""
        self.line, until = "up", self.choose(["draining", "offline_auto"])
        for _ in range(300):
            if self.state.mode.state in (until, "online"):
                break
            self.later(500)
        if until == "offline_auto":
            self.line = "down"
        self.on_rush()

    def on_give_back(self) -> None:
        name = self._name("r")
        receipt = replace(sale(name, cash=500, drawer=""), kind="return", approved_by=MANAGER, return_reason="broken")
        self._sell(Sell(name, MANAGER, receipt))

    def on_move(self) -> None:
        name = self._name("m")
        if self.do(MoveCash(name, CASHIER, replace(cash_move(name, self.choose(["in", "out"])), drawer_id=""))):
            self.asked.append(name)

    def on_x_report(self) -> None:
        self.do(TakeXReport(self._name("x"), CASHIER, "en"))

    def on_shift(self) -> None:
        if self.state.shift.state in ("closed", "refused"):
            self.do(OpenShift(self._name("shift"), CASHIER, 0))
        else:
            self.do(CloseShift(self._name("z"), CASHIER, "en"))

    def on_retry(self) -> None:
        for name in [one.document_id for one in self.state.documents.values() if one.state == "paid_unfiscalised"]:
            self.do(RetryFiscalisation(self._name("t"), CASHIER, name))

    # --- time and clocks ----------------------------------------------------------------------------------------------

    def on_moment(self) -> None:
        self.later(self.choose([0, 100, 1_000, 4_000, 16_000, 25_000]))

    def on_minutes(self) -> None:
        self.later(self.choose([1, 3, 20]) * MINUTE)

    def on_hours(self) -> None:
        rarely = self.settings.offline.look_every_ms > MINUTE
        self.later(self.choose([1, 3, 9, 20]) * HOUR if rarely else self.choose([20, 40]) * MINUTE)

    def on_month(self) -> None:
        """Towards the end of the month, when it is near."""
        left = MONTH - self.t % MONTH
        if left < 6 * HOUR:
            self.later(left - self.choose([10 * MINUTE, 0]) if left > 10 * MINUTE else left)
            self.counted["ends of months"] += self.t % MONTH < HOUR

    def on_wall(self) -> None:
        self.step_wall(self.choose([-30, -5, -1, 1, 7]) * HOUR)

    def on_synchronise(self) -> None:
        self.synchronise()

    # --- what breaks --------------------------------------------------------------------------------------------------

    def on_line(self) -> None:
        if self.line == "up":
            self.counted["outages of the line"] += 1
            self.line = self.choose(["down", "breaking"])
        else:
            self.line = "up"

    def on_blink(self) -> None:
        """It breaks with a sale, and is there again about when the till would begin to do without it."""
        self.counted["short outages of the line"] += 1
        self.line = "breaking"
        self.on_sell()
        self.later(self.choose([9_000, 16_000, 18_500, 19_500]))
        self.line = "up"
        self.on_sell()

    def on_flaky(self) -> None:
        self.flaky = not self.flaky

    def on_tax(self) -> None:
        self.register.tax_down = not self.register.tax_down
        self.counted["outages of the tax service"] += self.register.tax_down

    def on_by_itself(self) -> None:
        """The register goes off line with a sale, or comes back by itself: while nobody sells without it."""
        if self.state.mode.state not in ("online", "offline_auto"):
            return
        if self.register.offline:
            self.register.come_back()
        elif self.line == "up" and self.exchange is None and not self.decisions.cannot_sell():
            self.register.lose_tax_service()
            self.on_sell()

    def on_kill(self) -> None:
        self.counted["kills"] += 1
        self.kill(reboot=False)

    def on_reboot(self) -> None:
        self.counted["restarts of the machine"] += 1
        if self.choose([True, False]):
            self.step_wall(self.choose([-9, -1, 2]) * HOUR)
        self.kill(reboot=True)

    # --- the end ------------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Nothing fails any more; everything is delivered, one more is sold, and then the books are compared."""
        self.line, self.flaky, self.register.tax_down = "up", False, False
        self.synchronise()
        self._rest()
        self.later(LOOK_ON_LINE_MS)  # a register that sends and that nobody reminds of it is found at the next look
        self._rest()
        for _ in range(2):  # a shift that has become too old, or none
            self.on_shift()
            self._rest()
        if self.state.shift.state == "closed":
            self.on_shift()
            self._rest()
        self.register.unlawful.clear()
        self.on_sell()  # a register that has gone off line by itself and without a document is found like this
        self._rest()
        self.truth.at_rest(self.asked)

    def _rest(self) -> None:
        for _ in range(REST):
            self.later(5 * MINUTE)
            for name in [one.document_id for one in self.state.documents.values() if one.person_needed]:
                self.do(ResolveDoubt(self._name("v"), CASHIER, name, "refunded", "given back"))
            if self.truth.resting():
                break
        hold(not self.register.jam, f"the register is jammed: {self.register.jam}")
        hold(self.truth.resting(), f"it never comes to rest: {self.state.mode}, {len(self.state.offline.queue)} wait")


def play(choose: Choose, count: int, steps: Sequence[str] = (), shop: Shop = a_shop) -> Played:
    """One schedule of `count` steps to its end."""
    schedule = Schedule(choose, steps, shop)
    for _ in range(count):
        schedule.step()
    schedule.finish()
    counted = schedule.counted + schedule.truth.counted + Counter(schedule.register.counted)
    return Played(1, count, Counter({**counted, "documents": len(schedule.register.documents)}))


def replayable(seed: int, number: int, steps: Sequence[str] = ()) -> Played:
    """Schedule `number` of `seed`; a failure names both. Each fifth is played in an odd shop."""
    chance = random.Random(f"{seed}/{number}")
    shop = a_shop if number % 5 else an_odd_shop
    try:
        return play(chance.choice, chance.choice([40, 80, 160]), steps, shop)
    except Exception as wrong:
        wrong.add_note(f"replay with: SEED={seed} SCHEDULE={number} python -m tests.support.offline_schedule")
        raise


def campaign(seed: int, count: int, progress: Progress = QUIET) -> Played:
    """So many schedules of a seed; raises at the first that is wrong."""
    total = Played()
    progress.begin("playing", count, "schedules")
    for number in progress.over(range(1, count + 1)):
        total.add(replayable(seed, number))
    return total


def main() -> None:
    """SEED, SCHEDULES (1000) and SCHEDULE from the environment."""

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(32))
    say(f"seed {seed}")
    if one := os.environ.get("SCHEDULE"):
        say(f"schedule {one}: {dict(replayable(seed, int(one)).counted)}")
        return
    with on_terminal() as progress:
        total = campaign(seed, int(os.environ.get("SCHEDULES") or 1000), progress)
    say(f"{total.schedules:,} schedules, {total.steps:,} steps, never jammed")
    for what, many in sorted(total.counted.items()):
        say(f"{many:>10,}  {what}")


if __name__ == "__main__":
    main()
