"""One document, one cut, one verdict: what the till says compared with what stands in the device's fiscal memory.

A case is a fresh till with a shift and a sale behind it that makes one document more and loses its victim at one point.
After that everything runs until nothing is on its way any more, and the next document must be possible.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal, Self

from statemachines.document import PAID_UNFISCALISED, REFUSED, Document
from statemachines.vocabulary.commands import Command, OpenShift, RetryFiscalisation
from tests.support.datecs_counter import CASHIER
from tests.support.datecs_world import LINE_S, Driver, Past, PowerCut, Victim, Wire, World

What = Literal["sale", "mixed", "return", "cash_in", "z", "card_return"]
#: `card_return`, goods that come back onto a card, moves no cash, which makes it hardest to find again.
WHATS: tuple[What, ...] = ("sale", "mixed", "return", "cash_in", "z")
VICTIMS: tuple[Victim, ...] = ("till", "device", "blip", "both", "line", "cable")
DIALECTS = ("bg", "c", "ua", "mk", "sy55", "x")
NAME = "the-document"
PRICE = 4111  # its total is nobody else's
LOST = "the device has not made it"
SOUND: Driver = lambda register: register  # noqa: E731 - the driver as it is
WHOLE: Wire = lambda port: port  # noqa: E731 - the wire as it is


@dataclass(frozen=True, slots=True)
class Case:
    """Where the cut is: after `byte` bytes of the till's, or `answer` of the device's, or at the `commit`-th commit.

    `slip`: the device has printed a slip since the last document. `keeps`: without power it remembers its last answer.
    """

    dialect: str
    what: What
    victim: Victim
    byte: int = -1
    answer: int = -1
    commit: int = -1
    before: bool = False
    keeps: bool = False
    slip: bool = False
    twice: int = -1
    second: Victim = "till"
    seed: int = 0

    def __str__(self) -> str:
        where = f"byte {self.byte}" if self.byte >= 0 else f"answer {self.answer}"
        if self.commit >= 0:
            where = f"{'before' if self.before else 'after'} commit {self.commit}"
        again = f", then {self.second} {self.twice} bytes later" if self.twice >= 0 else ""
        behind = " behind a slip" if self.slip else ""
        marks = f"(seed {self.seed}, keeps {self.keeps})"
        return f"{self.dialect}, {self.what}{behind}, {self.victim} cut at {where}{again} {marks}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the till says and what the fiscal memory says. `sins` is empty when they agree and nothing is doubled."""

    end: str
    person: bool
    sins: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """The table of a campaign. `lost`: told as made, and not made. `second`: made more than once. `wrong`: the rest."""

    ends: Counter[str] = field(default_factory=Counter)
    sinners: list[str] = field(default_factory=list)
    cases: int = 0
    persons: int = 0
    lost: int = 0
    second: int = 0

    def add(self, case: Case, verdict: Verdict) -> None:
        self.cases += 1
        self.persons += verdict.person
        self.ends["a person is asked" if verdict.person else verdict.end] += 1
        self.sinners += [f"{case}: {sin}" for sin in verdict.sins]
        self.lost += any(LOST in sin for sin in verdict.sins)
        self.second += any(sin.startswith("made ") for sin in verdict.sins)

    def __iadd__(self, other: Tally) -> Self:
        self.ends += other.ends
        self.sinners += other.sinners
        self.cases += other.cases
        self.persons += other.persons
        self.lost += other.lost
        self.second += other.second
        return self

    @property
    def wrong(self) -> int:
        return len(self.sinners) - self.lost - self.second

    @property
    def alone(self) -> float:
        """The share that no person had to be asked about."""
        return 1 - self.persons / max(1, self.cases)

    @property
    def row(self) -> str:
        return f"{self.cases} | {self.lost} | {self.second} | {self.alone:.2%} | {self.persons} | {self.wrong}"

    def lines(self, title: str) -> list[str]:
        ends = [f"    {count:6d}  {end}" for end, count in self.ends.most_common()]
        told = f"{self.cases} cuts, {len(self.sinners)} wrong, {self.alone:.2%} confirmed without a person"
        return [f"{title}: {told}", *ends]


def prepared(case: Case, broken: Driver = SOUND, wire: Wire = WHOLE) -> tuple[World, Command]:
    """A till with a shift and a sale behind it, and the order that will be cut. It has just been started."""
    past = _past(case.dialect, case.keeps)
    world = World(case.dialect, broken=broken, wire=wire, keeps_last_answer=case.keeps, seed=case.seed, past=past)
    world.settle()
    if case.slip:
        world.slip()
    return world, order_of(world, case.what)


@cache
def _past(dialect: str, keeps: bool) -> Past:
    world = World(dialect, keeps_last_answer=keeps)
    world.open_shift()
    world.do(world.sale("carded", card=14_915))
    world.do(world.sale("sold"))
    world.pass_time(LINE_S)  # all of it is on paper
    return world.past


def order_of(world: World, what: What) -> Command:
    match what:
        case "sale":
            return world.sale(NAME, price=PRICE)
        case "mixed":
            return world.sale(NAME, price=PRICE, card=3000)
        case "return":
            return world.give_back(NAME, "sold")
        case "card_return":
            return world.give_back(NAME, "carded", means="card")
        case "cash_in":
            return world.cash_in(NAME)
        case "z":
            return world.close_shift()


def run(case: Case, *, broken: Driver = SOUND, wire: Wire = WHOLE, on: bool = True) -> Verdict:
    """Play one case. `on`: and see whether the day goes on after it."""
    world, command = prepared(case, broken, wire)
    _arm(world, case)
    try:
        refusal = world.order(command)
        assert refusal is None, refusal
        world.settle()
    except PowerCut:
        _again(world, case)
    world.disarm()
    world.pass_time(LINE_S + 5)  # power and cable are back, and what waits for its turn at the printer comes out
    world.turn()  # which is noticed when the device is asked how it is
    world.settle()
    document = world.document(name_of(case.what))
    end = f"{'not accepted' if document is None else document.state}, {count(world, case.what)} in the fiscal memory"
    person = in_doubt(document)
    sins = list(judge(world, case.what))
    if on and not person:
        sins += goes_on(world, case.what)
    return Verdict(end, person, tuple(sins))


def _arm(world: World, case: Case) -> None:
    if case.commit >= 0:
        world.cut_at_commit(case.commit, before=case.before)
    elif case.answer >= 0:
        world.cut_answer(case.answer, case.victim)
    else:
        world.cut_after_bytes(case.byte, case.victim)


def _again(world: World, case: Case) -> None:
    """The till comes back, perhaps to be cut once more, and comes back."""
    world.boot()
    if case.twice < 0:
        world.settle()
        return
    world.cut_after_bytes(case.twice, case.second)
    try:
        world.settle()
    except PowerCut:
        world.boot()
        world.settle()


def in_doubt(document: Document | None) -> bool:
    """Does a person have to find out what became of it? (That its card money waits is another matter.)"""
    return document is not None and document.person_needed and document.state != PAID_UNFISCALISED


def name_of(what: What) -> str:
    return "close" if what == "z" else NAME


def count(world: World, what: What) -> int:
    """How often the device has made it."""
    books = world.device.books
    match what:
        case "sale" | "mixed":
            return sum(one.kind == "sale" and one.total == 2 * PRICE + 5230 + 1485 for one in books.fiscal)
        case "return" | "card_return":
            return sum(one.kind == "return" for one in books.fiscal)
        case "cash_in":
            return sum(one.kind == "cash_in" for one in books.journal) - 1  # the float is one too
        case "z":
            return len(books.closures)


def judge(world: World, what: What) -> Iterator[str]:
    """Compare the till's word with the fiscal memory."""
    made, document = count(world, what), world.document(name_of(what))
    if made > 1:
        yield f"made {made} times"
    if document is None:
        if made:
            yield "made without the till having accepted it"
        return
    if in_doubt(document):
        return
    certain = document.transaction in ("completed", "settled")
    if certain and not made:
        yield f"the till says {document.state}, {LOST}"
    if document.state in (REFUSED, PAID_UNFISCALISED) and made:
        yield "the till says refused, the device has made it"
    if not certain and document.state not in (REFUSED, PAID_UNFISCALISED):
        yield f"left in state {document.state}"
    yield from unsettled(world)


def unsettled(world: World) -> Iterator[str]:
    """What a document that is decided must not leave behind."""
    books = world.device.books
    if books.open_receipt:
        yield "a receipt was left open at the device"
    if books.cash != world.core.rules.state.shift.expected_cash:
        yield f"the device counts {books.cash}, the till {world.core.rules.state.shift.expected_cash}"
    if len(books.pulses) > 2:
        yield f"{len(books.pulses)} drawer pulses for two documents"


def goes_on(world: World, what: What) -> Iterator[str]:
    """What the rules say next must be possible: what was paid and refused once more, the closing, the next sale."""
    document = world.document(name_of(what))
    if document is not None and document.state == PAID_UNFISCALISED:
        yield from refused(world, RetryFiscalisation("again", CASHIER, name_of(what)))
        if count(world, what) != 1:
            yield f"tried again, it is made {count(world, what)} times"
    if world.core.rules.state.closing.state == "stopped":
        yield from refused(world, replace(world.close_shift(), command_id="close-again"))
    if world.core.rules.state.shift.state == "closed":
        yield from refused(world, OpenShift("shift-2", CASHIER, world.device.books.cash))
    before = len(world.device.books.fiscal)
    yield from refused(world, world.sale("next", price=4222))
    after = world.document("next")
    if after is None or after.transaction == "draft" or len(world.device.books.fiscal) != before + 1:
        yield f"the next sale ends {'nowhere' if after is None else (after.state, after.doubt, after.refusal)}"


def refused(world: World, command: Command) -> Iterator[str]:
    """Carry it out; why it may not be, if so."""
    refusal = world.order(command)
    world.settle()
    if refusal is not None:
        yield f"{type(command).__name__} is refused: {refusal.text}"


def length(dialect: str, what: What) -> tuple[int, int]:
    """How many bytes leave the till, and how many the device, for one document that nothing happens to."""
    world, command = prepared(Case(dialect, what, "till"))
    handed, sent = world.port.handed, world.device.sent
    assert world.order(command) is None
    world.settle()
    return world.port.handed - handed, world.device.sent - sent


def campaign(
    cases: Iterable[Case], title: str, *, broken: Driver = SOUND, wire: Wire = WHOLE, on_every: int = 1
) -> Tally:
    """Play all cases and print the table. Of one in `on_every` cases it is seen too how the day goes on."""
    tally = Tally()
    for number, case in enumerate(cases):
        tally.add(case, run(case, broken=broken, wire=wire, on=number % on_every == 0))
    # to stderr: workers of pytest-xdist have no stdout of their own
    print("\n".join(["", *tally.lines(title), *tally.sinners[:20]]), file=sys.stderr)  # noqa: T201 - it is the result
    return tally
