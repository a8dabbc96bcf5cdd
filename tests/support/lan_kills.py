"""A till with a register of the network is killed again and again; a stranger reads the register's books afterwards.

Every document has a sum that no other has, so the stranger finds it in the books without any number that somebody gave
out. What was acknowledged must stand there once, what was refused not at all, and nothing else may stand there.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.support.lan_desk import Kind, LanDesk, Vendor, lan_desk
from tests.support.processes import QUICK, Json, command, die_while_starting, until

What = Literal["sale", "card", "return", "deposit", "close"]
WHATS: Final[tuple[What, ...]] = ("sale", "return", "deposit", "close", "sale", "return", "deposit", "card")
MOMENTS: Final = ("at once", "on its way", "answer lost", "while it recovers", "while it starts")
_KINDS: Final[dict[What, Kind]] = {"sale": "sale", "card": "sale", "return": "return", "deposit": "in"}
_PATHS: Final[dict[What, str]] = {
    "sale": "/v1/sales",
    "card": "/v1/sales",
    "return": "/v1/returns",
    "deposit": "/v1/cash",
    "close": "/v1/shifts/current/close",
}
#: How long an answer is held back while the till is killed; longer than it lives then.
_SLOW_S: Final = 0.6
FLOAT: Final = 50_000_000


@dataclass(slots=True)
class Wish:
    """One document that was asked for. `end` is what the till acknowledged: "done" or "refused"."""

    what: What
    body: Json
    amount: int = 0
    moment: str = "no kill"
    end: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, one sentence each; `outcomes` counts (what, moment of the kill, answer and books)."""

    sins: tuple[str, ...]
    outcomes: Counter[tuple[str, str, str]]


@dataclass(slots=True)
class Victim:
    """The till that is killed. `floats`: what was told of the drawer's cash at each begin of a shift."""

    desk: LanDesk
    chance: random.Random
    wishes: list[Wish] = field(default_factory=list)
    floats: list[int] = field(default_factory=list)
    kills: int = 0
    closes: int = 0

    # --- wishes -----------------------------------------------------------------------------------------------------

    def wish(self, what: What, moment: str = "no kill") -> Wish:
        """A document with a sum of its own; a return brings back the whole of a sale made for it."""
        amount = 10_000 + 7 * len(self.wishes)
        body: Json
        if what == "close":
            body, amount = {"id": self.desk.new("close")}, 0
        elif what == "deposit":
            body = {"id": self.desk.new("cash"), "type": "add_petty_cash", "amount": amount, "reason": "x"}
        elif what == "return":
            sold = self.wish("sale")
            self.ask(sold)
            number = self.desk.receipt(sold.body["id"])["fiscal"]["number"]
            assert number, "an answer that was not lost tells the sale's number"
            amount = sold.amount
            body = {
                "id": self.desk.new("return"),
                "lines": sold.body["lines"],
                "payments": [{"type": "cash", "amount": amount}],
                "original": {"id": sold.body["id"]},
            }
        else:
            paid: Json = {"type": "cash", "amount": amount, "given": amount + 500}
            card: Json = {"type": "card", "amount": amount, "collected": "by_device"}
            body = self.desk.sale(amount, [card if what == "card" else paid])
        made = Wish(what, body, amount, moment)
        self.wishes.append(made)
        return made

    def ask(self, wish: Wish) -> None:
        """Ask until there is an answer; after a closing there is a shift again."""
        answer = self.desk.answered(_PATHS[wish.what], wish.body)
        wish.end = "refused" if answer.get("outcome") == "refused" else "done"
        if wish.what == "close":
            self.closes += wish.end == "done"
            self.open_shift()

    def open_shift(self) -> None:
        """With the cash that lies there, so that nothing has to be registered beside the wishes."""
        if self.desk.status()["shift"] is None or self.desk.status()["shift"]["state"] != "open":
            self.desk.open_shift(self.desk.cash())

    # --- kills ------------------------------------------------------------------------------------------------------

    def killed(self, what: What, moment: str) -> None:
        """One document, one or more kills at this moment of it, and the answer in the end."""
        wish = self.wish(what, moment)
        before = self._seen(wish)
        {
            "at once": self._at_once,
            "on its way": self._on_its_way,
            "answer lost": self._answer_lost,
            "while it recovers": self._while_it_recovers,
            "while it starts": self._while_it_starts,
        }[moment](wish, before)
        for fault in ("slow", "lost-answer"):  # what the kill came before must not meet somebody else
            self._fault(fault, wish, count=0)
        self.desk.ready()
        self.ask(wish)

    def kill(self) -> None:
        self.desk.till.kill()
        self.kills += 1
        done = command("journal", "verify", self.desk.at.journal)
        assert done.code == 0, done.err

    @contextmanager
    def _asking(self, wish: Wish) -> Iterator[threading.Thread]:
        post = self.desk.cashier.try_post
        asking = threading.Thread(target=post, args=(_PATHS[wish.what], wish.body), kwargs={"wait": 5})
        asking.start()
        try:
            yield asking
        finally:
            asking.join()

    def _seen(self, wish: Wish) -> int:
        """How much of this kind is in the register's books."""
        return self.desk.shifts()[1] if wish.what == "close" else len(self.desk.made())

    def _at_once(self, wish: Wish, _: int) -> None:
        with self._asking(wish) as asking:
            asking.join(self.chance.uniform(0.0, 0.05))
            self.kill()
        self.desk.till.start()

    def _on_its_way(self, wish: Wish, before: int) -> None:
        self._begin(wish, before)
        self.desk.till.start()

    def _answer_lost(self, wish: Wish, _: int) -> None:
        self._fault("lost-answer", wish)
        with self._asking(wish) as asking:
            asking.join(self.chance.uniform(0.0, 0.1))
            self.kill()
        self.desk.till.start()

    def _while_it_recovers(self, wish: Wish, before: int) -> None:
        self._begin(wish, before)
        self.desk.till.start()
        time.sleep(self.chance.uniform(0.0, 0.4))  # not to synchronise: the moment of the kill is drawn at random
        self.kill()
        self.desk.till.start()

    def _while_it_starts(self, wish: Wish, before: int) -> None:
        self._begin(wish, before)
        for _ in range(self.chance.randint(1, 2)):
            self.kills += die_while_starting(self.desk.at, self.chance.uniform(0.02, 0.6))
        self.desk.till.start()

    def _begin(self, wish: Wish, before: int) -> None:
        """The first kill, somewhere between the register's having it and the answer that never comes."""
        self._fault("slow", wish, delay_s=_SLOW_S)
        with self._asking(wish) as asking:
            until(lambda: self._seen(wish) > before or not asking.is_alive(), "the register to have it")
            asking.join(self.chance.uniform(0.0, _SLOW_S))
            self.kill()

    def _fault(self, name: str, wish: Wish, count: int = 1, delay_s: float = 2.0) -> None:
        what = "close" if wish.what == "close" else _KINDS[wish.what]
        self.desk.fault(name, what, count=count, delay_s=delay_s)

    # --- the stranger -----------------------------------------------------------------------------------------------

    def judge(self) -> Findings:
        """Compare the register's books with what was asked for and acknowledged."""
        sins: list[str] = []
        outcomes: Counter[tuple[str, str, str]] = Counter()
        made = self.desk.made()
        there = Counter((one.kind, one.amount) for one in made)
        papers = {(one.kind, one.amount): one.prints for one in made}
        for wish in self.wishes:
            if wish.what == "close":
                outcomes[wish.what, wish.moment, wish.end or "no answer"] += 1
                continue
            count = there.pop((_KINDS[wish.what], wish.amount), 0)
            outcomes[wish.what, wish.moment, f"{wish.end or 'no answer'}: {count} there"] += 1
            named = f"{wish.what} over {wish.amount} (killed {wish.moment})"
            prints = papers.get((_KINDS[wish.what], wish.amount), 0)
            sins += [f"{named} stands there {count} times"] if count > 1 else []
            sins += [f"{named} came out {prints} times"] if prints > 1 else []
            sins += [f"{named} was acknowledged and is not there"] if wish.end == "done" and not count else []
            sins += [f"{named} was refused and is there all the same"] if wish.end == "refused" and count else []
            sins += [f"{named} never had an answer"] if not wish.end else []
        there.pop(("in", FLOAT), None)
        sins += [f"nobody asked for {kind} over {amount}" for kind, amount in there]
        sins += list(self._money())
        return Findings(tuple(sins), outcomes)

    def _money(self) -> Iterator[str]:
        charged = sum(wish.amount for wish in self.wishes if wish.what == "card" and wish.end == "done")
        if self.desk.charged() != charged:
            yield f"cards were charged {self.desk.charged()}, and {charged} was acknowledged"
        opened, closed = self.desk.shifts()
        if (opened, closed) != (self.closes + 1, self.closes):
            yield f"{opened} shifts were opened and {closed} closed there, and {self.closes} closings acknowledged"
        expected = self.desk.status()["shift"]["totals"]["expected_cash"]
        if self.desk.cash() != expected:
            yield f"the register counts {self.desk.cash()} in the drawer, the till {expected}"


def table(outcomes: Counter[tuple[str, str, str]]) -> str:
    """The outcomes as lines of text."""
    return "\n".join(
        f"{what:<8} {moment:<18} {count:>4}  {end}" for (what, moment, end), count in sorted(outcomes.items())
    )


def moments(chance: random.Random, count: int) -> list[tuple[What, str]]:
    """So many, every kind of document and every moment as often as may be, in random order."""
    pairs = [(what, moment) for moment in MOMENTS for what in WHATS]
    chance.shuffle(pairs)
    return (pairs * (count // len(pairs) + 1))[:count]


@contextmanager
def victim(folder: Path, vendor: Vendor, seed: int, *, fault: str = "") -> Iterator[Victim]:
    """A till with this register, its shift open with much cash; everything random is drawn from `seed`."""
    with lan_desk(folder, vendor, fault=fault, shift=False, options=QUICK) as desk:
        found = Victim(desk, random.Random(seed))
        desk.open_shift(0)
        deposit = {"id": "float", "type": "add_to_float", "amount": FLOAT, "reason": "x"}
        desk.answered("/v1/cash", deposit)
        yield found
