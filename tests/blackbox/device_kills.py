"""Both ends of the wire are killed, one or both at a time: the till, and the printer in a process of its own."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.blackbox.kills import Counter24, Findings, Wish, judge
from tests.support.printer_process import KillablePrinter, Wiring, killable_desk
from tests.support.processes import until


def printer_of(counter: Counter24) -> KillablePrinter:
    assert isinstance(counter.place.bench, KillablePrinter)
    return counter.place.bench


def _dark(counter: Counter24) -> None:
    """The printer stays without power for a moment, drawn at random; nothing is synchronised by it."""
    time.sleep(counter.chance.choice((0.0, counter.chance.uniform(0.0, 0.8))))


def _some_lines_later(counter: Counter24, wish: Wish) -> Callable[[], bool]:
    first = counter.lines()
    goal = first + counter.chance.randint(1, 12 + len(wish.body["lines"]))
    return lambda: counter.lines() >= goal


def _printer_while_lines_are_printed(counter: Counter24, wish: Wish) -> None:
    reached = _some_lines_later(counter, wish)
    with counter.asking(wish) as asking:
        until(lambda: reached() or not asking.is_alive(), "the receipt to begin", every=0.01)
        printer_of(counter).kill()
        _dark(counter)
        printer_of(counter).start()


def _printer_after_the_last_line(counter: Counter24, wish: Wish) -> None:
    cuts = counter.place.bench.do("status")["cuts"]
    with counter.asking(wish) as asking:
        until(
            lambda: counter.place.bench.do("status")["cuts"] > cuts or not asking.is_alive(),
            "the receipt to be cut off",
            every=0.01,
        )
        asking.join(counter.chance.choice((0.0, counter.chance.uniform(0.0, 0.1))))
        printer_of(counter).kill()
        _dark(counter)
        printer_of(counter).start()


def _printer_right_after_the_request(counter: Counter24, wish: Wish) -> None:
    pause = counter.chance.uniform(0.0, 0.05)
    with counter.asking(wish) as asking:
        asking.join(pause)
        printer_of(counter).kill()
        _dark(counter)
        printer_of(counter).start()


def _both_while_lines_are_printed(counter: Counter24, wish: Wish) -> None:
    reached = _some_lines_later(counter, wish)
    with counter.asking(wish) as asking:
        until(lambda: reached() or not asking.is_alive(), "the receipt to begin", every=0.01)
        _both(counter)


def _both_after_the_last_line(counter: Counter24, wish: Wish) -> None:
    cuts = counter.place.bench.do("status")["cuts"]
    with counter.asking(wish) as asking:
        until(
            lambda: counter.place.bench.do("status")["cuts"] > cuts or not asking.is_alive(),
            "the receipt to be cut off",
            every=0.01,
        )
        asking.join(counter.chance.choice((0.0, counter.chance.uniform(0.0, 0.1))))
        _both(counter)


def _both(counter: Counter24) -> None:
    """In one order or the other; the printer comes back first or last."""
    deaths: list[Callable[[], None]] = [printer_of(counter).kill, counter.kill]
    lives: list[Callable[[], None]] = [printer_of(counter).start, counter.restart]
    for acts in (deaths, lives):
        counter.chance.shuffle(acts)
        for act in acts:
            act()


def _printer_while_the_till_recovers(counter: Counter24, wish: Wish) -> None:
    reached = _some_lines_later(counter, wish)
    with counter.asking(wish) as asking:
        until(lambda: reached() or not asking.is_alive(), "the receipt to begin", every=0.01)
        counter.kill()
    counter.restart()
    time.sleep(counter.chance.uniform(0.0, 0.4))  # not to synchronise: the moment of the kill is drawn at random
    printer_of(counter).kill()
    _dark(counter)
    printer_of(counter).start()


DEVICE_MOMENTS: dict[str, Callable[[Counter24, Wish], None]] = {
    "printer: right after the request": _printer_right_after_the_request,
    "printer: while lines are printed": _printer_while_lines_are_printed,
    "printer: after the last line": _printer_after_the_last_line,
    "printer: while the till recovers": _printer_while_the_till_recovers,
    "both: while lines are printed": _both_while_lines_are_printed,
    "both: after the last line": _both_after_the_last_line,
}


@contextmanager
def killable24(folder: Path, seed: int, wiring: Wiring, personality: str) -> Iterator[Counter24]:
    """A desk with a printer that can be killed, its shift open; everything random is drawn from `seed`."""
    with killable_desk(folder, wiring, "--speed", "5", "--personality", personality) as place:
        yield Counter24(place, random.Random(seed), moments=DEVICE_MOMENTS)


def found(counter: Counter24) -> Findings:
    """What is wrong on the paper in the end, and the table of it."""
    return judge(counter.place, counter.wishes)


def kills(counter: Counter24) -> Counter[str]:
    """How often each process was killed."""
    return Counter(till=counter.kills, printer=printer_of(counter).kills)
