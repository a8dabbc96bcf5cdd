"""One day of a till and its register that is told and not drawn: nothing fails unless the story says so."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Final

from statemachines.offline import OfflineSettings
from statemachines.rules import Consequences
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import CloseShift, OpenShift, Sell
from statemachines.vocabulary.effects import DrainStep
from statemachines.vocabulary.offline_events import OfflineCode, OfflineCodesRefilled
from tests.support.fiscalisers import Cloud
from tests.support.offline_chain import HOUR, MONTH, Options
from tests.support.offline_truth import Truth
from tests.support.offline_world import World
from tests.support.rules import CASHIER, sale

MINUTE: Final = 60_000
DAY_LONG: Final = 2_000  # documents of the longest outage


class Story(World):
    """A shift is open and codes are there. `steps`: how many of each were ordered."""

    def __init__(self, settings: OfflineSettings | None = None, options: Options | None = None) -> None:
        rules = RuleSettings(traits=Cloud.traits, drawers={}, offline=settings or OfflineSettings())
        super().__init__(rules, options or Options(codes=3_000), lambda among: among[0], 600 * MONTH + HOUR)
        self.truth = Truth(self)
        self.steps: Counter[str] = Counter()
        self.sold: list[str] = []
        self.watchers.append(self._watch)
        self.do(OpenShift("shift-1", CASHIER, 0))
        self.later(MINUTE)

    def _watch(self, done: Consequences) -> None:
        for one in done.events:
            self.truth.heard(one.event)
        self.steps.update(type(one).__name__ for one in done.effects if isinstance(one, DrainStep))

    def sell(self) -> str:
        """One more sale; its id, or "" when it is refused."""
        name = f"s-{len(self.sold) + 1}"
        if not self.do(Sell(name, CASHIER, sale(name, cash=500, drawer=""))):
            return ""
        self.sold.append(name)
        return name

    def given(self, count: int) -> None:
        """The till knows `count` codes, and that they are free."""
        self.register.give(count)
        free = (OfflineCode(code, self.register.codes[code]) for code in self.register.free())
        self.hear(OfflineCodesRefilled(0, tuple(free)))

    def rest(self) -> None:
        """Everything works until nothing is left to do; then the books are compared."""
        for _ in range(20_000):
            if self.truth.resting():
                break
            self.later(1_000)
        assert self.truth.resting(), self.state.mode
        self.truth.at_rest(self.sold)


def long_outage(look_every_ms: int) -> Story:
    """36 hours less a little without a line: 2,000 sales, and a shift closed and one opened in the middle."""
    story = Story(OfflineSettings(look_every_ms=look_every_ms, refill_to=DAY_LONG + 60))
    story.line = "down"
    for number in range(DAY_LONG):
        if number == DAY_LONG // 2:
            assert story.do(CloseShift("z-1", CASHIER, "en"))
            story.later(MINUTE)
            assert story.do(OpenShift("shift-2", CASHIER, 0))
            story.later(MINUTE)
        assert story.sell(), story.counted
        story.later(int(35.2 * HOUR) // DAY_LONG)
    return story


def held_bytes(story: Story) -> int:
    """How much memory the queue takes."""
    queue = story.state.offline.queue
    return sys.getsizeof(queue) + sum(
        sys.getsizeof(one)
        + sum(sys.getsizeof(part) for part in (one.document_id, one.code, one.fiscal_at, one.serial, one.order))
        for one in queue
    )
