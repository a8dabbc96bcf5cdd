"""A cashier at a till that is killed again and again, and a stranger who reads the paper afterwards.

The stranger knows what was asked for (every sale sells one article of a name of its own) and what was acknowledged,
looks at the paper and counts drawer pulses, and believes nothing else: no journal, no number that the till gave out.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.processes import Desk, card, cash, command, desk, die_while_starting, line, sale, until

#: The name of the article that is sold once only takes the place of the receipt's number.
ARTICLES = {"sale": re.compile(r"^(?P<number>Річ-[0-9a-f]{8}-[0-9]{4})(?=\s|$)")}
SPEED = ("--columns", "42", "--speed", "5", "--drawer-closes-after", "0.15")
GOODS = (("Хліб пшеничний", 4100), ("Молоко 2,5 %", 5250), ("Серветки", 2199), ("Шоколад чорний", 6790))


@dataclass(slots=True)
class Wish:
    """One sale that was asked for. `end` is what the till acknowledged: "sold" or "refused"."""

    body: dict[str, Any]
    article: str
    cash: bool
    moment: str = "no kill"
    end: str = ""
    pulses: int = 0


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, one sentence each; `outcomes` counts (moment of the kill, what lies on the counter)."""

    sins: tuple[str, ...]
    outcomes: Counter[tuple[str, str]]


def judge(place: Desk, wishes: list[Wish]) -> Findings:
    """Compare the paper with what was asked for and acknowledged."""
    sins: list[str] = []
    outcomes: Counter[tuple[str, str]] = Counter()
    papers = {found.number: found for found in place.papers(ARTICLES).values()}
    for wish in wishes:
        found = papers.pop(wish.article, None)
        originals, copies = (found.originals, found.copies) if found is not None else (0, 0)
        void = found.void if found is not None else 0
        outcomes[wish.moment, _on_the_counter(wish, originals, copies, void)] += 1
        if originals > 1:
            sins.append(f"{wish.article} stands on {originals} unmarked originals (killed {wish.moment})")
        if wish.end == "sold" and not originals + copies:
            sins.append(f"{wish.article} was acknowledged and is on no paper (killed {wish.moment})")
        if wish.end == "refused" and originals + copies:
            sins.append(f"{wish.article} was refused and is on paper all the same (killed {wish.moment})")
        if not wish.end:
            sins.append(f"{wish.article} never had an answer (killed {wish.moment})")
        if wish.pulses > (1 if wish.cash else 0):
            paid = "in cash" if wish.cash else "by card"
            sins.append(f"{wish.article}, paid {paid}, opened the drawer {wish.pulses} times (killed {wish.moment})")
    strangers = [found.number or "(without article)" for found in papers.values() if found.originals + found.copies]
    sins += [f"nobody asked for the paper {number}" for number in strangers]
    if place.pulses() > sum(wish.cash for wish in wishes):
        sins.append(f"{place.pulses()} drawer pulses for {sum(wish.cash for wish in wishes)} cash sales")
    return Findings(tuple(sins), outcomes)


def _on_the_counter(wish: Wish, originals: int, copies: int, void: int) -> str:
    paper = f"{originals} original" if originals <= 1 else f"{originals} ORIGINALS"
    return f"{wish.end or 'no answer'}: {paper}, {copies} marked" + (f", {void} void" if void else "")


def table(outcomes: Counter[tuple[str, str]]) -> str:
    """The outcomes as lines of text."""
    width = max(len(moment) for moment, _ in outcomes)
    rows = [f"{moment:<{width}}  {count:>4}  {what}" for (moment, what), count in sorted(outcomes.items())]
    return "\n".join([f"{'the till was killed':<{width}}     n  answer: paper", *rows])


@dataclass(slots=True)
class Counter24:
    """The counter that never closes: sells, is killed, sells on. `forget` is done to the journal at each restart.

    `moments`: what happens to a sale, by its name; MOMENTS unless told otherwise.
    """

    place: Desk
    chance: random.Random
    forget: Callable[[Path], None] | None = None
    moments: Mapping[str, Callable[[Counter24, Wish], None]] | None = None
    wishes: list[Wish] = field(default_factory=list)
    kills: int = 0
    _batch: str = ""

    def __post_init__(self) -> None:
        self._batch = f"{self.chance.getrandbits(32):08x}"

    # --- wishes -----------------------------------------------------------------------------------------------------

    def wish(self, moment: str = "no kill") -> Wish:
        """A sale of one article of its own, and some others."""
        article = f"Річ-{self._batch}-{len(self.wishes):04}"
        others = [line(*self.chance.choice(GOODS)) for _ in range(self.chance.randint(0, 14))]
        lines = [line(article, 1000 + len(self.wishes)), *others]
        total = sum(item["price"] for item in lines)
        in_cash = self.chance.random() < 0.6
        payments = [cash((total + 25) // 50 * 50, 200_000)] if in_cash else [card(total)]
        made = Wish(sale(f"kill-{article[4:]}", *lines, payments=payments), article, in_cash, moment)
        self.wishes.append(made)
        return made

    def ask(self, wish: Wish) -> None:
        """Ask until there is an answer, always with the same id, as a careful cash desk program does."""
        before = self.place.pulses() - wish.pulses
        until(lambda: self._answered(wish), f"an answer about {wish.article}")
        until(lambda: not self.place.bench.do("drawer")["open"], "the drawer to be pushed shut")
        wish.pulses = self.place.pulses() - before

    def _answered(self, wish: Wish) -> bool:
        status, answer = self.place.cashier.try_post("/v1/sales", wish.body, wait=2)
        if status in (200, 201):
            wish.end = "sold"
            if answer["state"] == "paper_missing":  # somebody has said so: the customer gets a marked copy
                self.place.printer_is("ready")  # one that was killed is found again after a while
                copy = {"id": self.place.new_id("copy"), "reason": "немає чека"}
                self.place.post(f"/v1/receipts/{wish.body['id']}/copy", copy)
        elif status == 409 and answer["outcome"] == "refused":
            wish.end = "refused"
        elif status == 409 and answer["type"].endswith(":shift-closed"):
            assert self.forget is not None, "the till has forgotten that its shift is open"
            self.place.open_shift()
        else:
            assert status in (0, 202) or answer["outcome"] == "none", (status, answer)
            self._look(wish)
        return bool(wish.end)

    def _look(self, wish: Wish) -> None:
        """Somebody must look at the paper, when the till says so."""
        view = self.place.cashier.try_get(f"/v1/receipts/{wish.body['id']}")
        if view is not None and view["person_needed"]:
            until(lambda: not self.place.bench.do("status")["busy"], "the printer to come to rest")
            found = {found.number: found for found in self.place.papers(ARTICLES).values()}.get(wish.article)
            seen = "printed" if found is not None and found.originals + found.copies else "not_printed"
            body = {"id": self.place.new_id("look"), "verdict": seen, "evidence": "looked at the printer"}
            self.place.cashier.try_post(f"/v1/receipts/{wish.body['id']}/resolve", body)

    # --- kills ------------------------------------------------------------------------------------------------------

    def killed(self, moment: str) -> None:
        """One sale, one or two kills at this moment of it, and the answer in the end."""
        self.place.printer_is("ready")
        wish = self.wish(moment)
        before = self.place.pulses()
        (self.moments or MOMENTS)[moment](self, wish)
        wish.pulses = self.place.pulses() - before
        self.ask(wish)

    def kill(self) -> None:
        self.place.till.kill()
        self.kills += 1
        done = command("journal", "verify", self.place.at.journal)
        assert done.code == 0, done.err
        if self.forget is not None:
            self.forget(self.place.at.journal)

    def restart(self) -> None:
        self.place.till.start()

    @contextmanager
    def asking(self, wish: Wish) -> Iterator[threading.Thread]:
        """The sale is on its way; when the block is left, whatever came of it has come."""
        post = self.place.cashier.try_post
        asking = threading.Thread(target=post, args=("/v1/sales", wish.body), kwargs={"wait": 5})
        asking.start()
        try:
            yield asking
        finally:
            asking.join()

    def lines(self) -> int:
        """Lines on paper by now."""
        count: int = self.place.bench.do("status")["lines"]
        return count


def _before_the_request(counter: Counter24, wish: Wish) -> None:
    counter.kill()
    assert counter.place.cashier.try_post("/v1/sales", wish.body)[0] == 0
    counter.restart()


def _right_after_the_request(counter: Counter24, wish: Wish) -> None:
    pause = counter.chance.uniform(0.0, 0.03)
    with counter.asking(wish) as asking:
        asking.join(pause)
        counter.kill()
    counter.restart()


def _while_lines_are_printed(counter: Counter24, wish: Wish) -> None:
    first = counter.lines()
    more = counter.chance.randint(1, 12 + len(wish.body["lines"]))
    with counter.asking(wish) as asking:
        until(lambda: counter.lines() >= first + more or not asking.is_alive(), "the receipt to begin", every=0.01)
        counter.kill()
    counter.restart()


def _after_the_last_line(counter: Counter24, wish: Wish) -> None:
    cuts = counter.place.bench.do("status")["cuts"]
    pause = counter.chance.choice((0.0, counter.chance.uniform(0.0, 0.1)))
    with counter.asking(wish) as asking:
        until(lambda: counter.place.bench.do("status")["cuts"] > cuts, "the receipt to be cut off", every=0.01)
        asking.join(pause)
        counter.kill()
    counter.restart()


def _while_it_starts_again(counter: Counter24, wish: Wish) -> None:
    _begin(counter, wish)
    for _ in range(counter.chance.randint(1, 2)):
        counter.kills += die_while_starting(counter.place.at, counter.chance.uniform(0.02, 0.5))
    counter.restart()


def _while_it_recovers(counter: Counter24, wish: Wish) -> None:
    _begin(counter, wish)
    counter.restart()
    time.sleep(counter.chance.uniform(0.0, 0.4))  # not to synchronise: the moment of the kill is drawn at random
    counter.kill()
    counter.restart()


def _begin(counter: Counter24, wish: Wish) -> None:
    """The first kill, somewhere while it is printed."""
    first = counter.lines()
    more = counter.chance.randint(0, 20)
    with counter.asking(wish) as asking:
        until(lambda: counter.lines() >= first + more or not asking.is_alive(), "the receipt to begin", every=0.01)
        counter.kill()


MOMENTS: dict[str, Callable[[Counter24, Wish], None]] = {
    "before the request": _before_the_request,
    "right after the request": _right_after_the_request,
    "while lines are printed": _while_lines_are_printed,
    "after the last line": _after_the_last_line,
    "while it starts again": _while_it_starts_again,
    "while it recovers": _while_it_recovers,
}


@contextmanager
def counter24(
    folder: Path,
    seed: int,
    *,
    personality: str = "epson",
    fault: str = "",
    forget: Callable[[Path], None] | None = None,
) -> Iterator[Counter24]:
    """A desk with this printer, its shift open; everything random is drawn from `seed`."""
    with desk(folder, *SPEED, "--personality", personality, fault=fault) as place:
        yield Counter24(place, random.Random(seed), forget)
