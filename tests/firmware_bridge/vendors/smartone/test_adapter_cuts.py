"""The line is cut, or the till loses its power, at every await of every operation; then it does what the rules do.

Counted on the register's own books. Whatever happens: never a second document, never a claim that is not so. What a
register of profile core cannot show ends with a person, never with a repetition.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.vendors.smartone.documents import Documents
from firmware_bridge.vendors.smartone.plans import Plan, Plans
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.smartone.adapter_orders import back, move, opening, report, sale
from tests.firmware_bridge.vendors.smartone.adapter_sandbox import Profile, SandboxWorld
from tests.firmware_bridge.vendors.smartone.adapter_world import Answer, Cut, PowerCut, one_loop

CUTS: Final[tuple[Cut, ...]] = ("before", "on its way", "after", "power before", "power after")
PROFILES: Final[tuple[Profile, ...]] = ("core", "ecr")
NOTHING: Final[tuple[Cut, ...]] = ("",)
PAUSES: Final = (0.0, 2.0, 5.0, 10.0, 30.0)  # as the rules ask again; the last one again and again
Build = Callable[[Path, Profile], SandboxWorld]


@dataclass(frozen=True)
class Case:
    """`order`: what is asked for in a world of `build`."""

    build: Build
    order: Callable[[SandboxWorld], Fiscalise]


def fresh(folder: Path, profile: Profile) -> SandboxWorld:
    return SandboxWorld(folder, profile)


def with_cash(folder: Path, profile: Profile) -> SandboxWorld:
    """An open shift in which each kind of document was made once, and two sales that goods may come back from."""
    world = SandboxWorld(folder, profile).opened()
    sales = (sale(2000, 30), sale(3000, 31, card=3000), sale(100, 34), sale(100, 35, card=100))
    for order in (move(50_000, 40), *sales, move(500, 41, "out")):
        assert isinstance(world.do(order), ReceiptFiscalised)
    assert isinstance(world.do(back(100, 36, parent_of(world, 34))), ReceiptFiscalised)
    assert isinstance(world.do(back(100, 37, parent_of(world, 35), "card")), ReceiptFiscalised)
    world.line.asked.clear()
    return world


def new_shift(folder: Path, profile: Profile) -> SandboxWorld:
    """An open shift with one cash sale; the register has named no refund yet."""
    world = SandboxWorld(folder, profile).opened()
    assert isinstance(world.do(sale(2000, 30)), ReceiptFiscalised)
    world.line.asked.clear()
    return world


def parent_of(world: SandboxWorld, n: int) -> str:
    return next(str(one["fiscal_id"]) for one in world.books()["documents"] if one["doc_number"] == f"{n:06d}")


CASES: Final[dict[str, Case]] = {
    "opening": Case(fresh, lambda _: opening()),
    "first sale of a shift": Case(lambda folder, profile: fresh(folder, profile).opened(), lambda _: sale()),
    "cash sale": Case(with_cash, lambda _: sale(given=2000)),
    "card sale": Case(with_cash, lambda _: sale(card=1180)),
    "mixed sale": Case(with_cash, lambda _: sale(card=1000)),
    "cash return": Case(with_cash, lambda world: back(2000, 60, parent_of(world, 30))),
    "card return": Case(with_cash, lambda world: back(3000, 60, parent_of(world, 31), "card")),
    "first cash return": Case(new_shift, lambda world: back(500, 60, parent_of(world, 30))),
    "deposit": Case(with_cash, lambda _: move(700)),
    "withdrawal": Case(with_cash, lambda _: move(700, direction="out")),
    "closing": Case(with_cash, lambda _: report("shift_report")),
}


@dataclass
class Told:
    """What a till came to in the end; `person`: somebody has to look."""

    events: list[Event] = field(default_factory=list)

    @property
    def last(self) -> Event:
        return self.events[-1]

    @property
    def person(self) -> bool:
        return isinstance(self.last, FiscalisationDoubtful) and self.last.person_needed


def attempt(world: SandboxWorld, order: Fiscalise, *, asks: bool) -> Event:
    """As the lane makes an event of an exception; after a power cut the rules of the next process make it."""
    try:
        return world.ask(order) if asks else world.do(order)
    except (NotSent, Refused) as error:
        kind = FiscalisationDoubtful if asks else FiscalisationRefused
        return kind(order.document_id, error.text)
    except Unanswered as error:
        return FiscalisationDoubtful(order.document_id, error.text)
    except PowerCut:
        world.later(20)
        world.restart()
        return FiscalisationDoubtful(order.document_id, "the till was restarted while the job was on its way")


def to_the_end(world: SandboxWorld, order: Fiscalise) -> Told:
    """What the rules do: doubt is asked about after a pause, unknown is sent again, a refusal or a person ends it."""
    told = Told([attempt(world, order, asks=False)])
    asked = 0
    while len(told.events) < 60 and not (
        isinstance(told.last, ReceiptFiscalised | FiscalisationRefused) or told.person
    ):
        again = isinstance(told.last, FiscalisationUnknown)
        if not again:
            world.later(PAUSES[min(asked, len(PAUSES) - 1)])
            asked += 1
        told.events.append(attempt(world, order, asks=not again))
    return told


def judge(world: SandboxWorld, order: Fiscalise, told: Told) -> list[str]:
    """What is wrong: nothing, when the till's word and the books agree."""
    count = world.count(order)
    sins = [f"{count} documents"] if count > 1 else []
    if isinstance(told.last, ReceiptFiscalised) and count != 1:
        sins.append("the till says made, the books do not")
    if isinstance(told.last, FiscalisationRefused) and count != 0:
        sins.append("the till says refused, the books say made")
    if not (isinstance(told.last, ReceiptFiscalised | FiscalisationRefused) or told.person):
        sins.append("no end")
    return sins


def campaign(case: str, profile: Profile, folder: Path, cuts: Sequence[tuple[Cut, ...]]) -> Counter[str]:
    """Every request of the case with each of `cuts` from there on, and how they ended. A sin has a colon in it."""
    ends: Counter[str] = Counter()
    whole = CASES[case].build(folder / "whole", profile)
    order = CASES[case].order(whole)
    undisturbed = whole.copied(folder / "undisturbed")
    assert isinstance(undisturbed.do(order), ReceiptFiscalised)
    for at in range(len(undisturbed.line.asked)):
        for number, one in enumerate(cuts):
            world = whole.copied(folder / f"{at}-{number}")
            world.line.cuts = [*NOTHING * at, *one]
            told = to_the_end(world, order)
            for sin in judge(world, order, told):
                ends[f"{sin}: {one} at {at}, {[type(event).__name__ for event in told.events]}"] += 1
            ends["person" if told.person else type(told.last).__name__] += 1
    return ends


def sins(ends: Counter[str]) -> list[str]:
    return [end for end in ends if ":" in end]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One loop for a whole test, and a disk that is written at once."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    with one_loop():
        yield


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", CASES)
def test_a_cut_at_any_request_leaves_one_document_or_none_and_the_truth(
    tmp_path: Path, case: str, profile: Profile
) -> None:
    ends = campaign(case, profile, tmp_path, [(cut,) for cut in CUTS])
    assert sins(ends) == []
    assert ends["person"] == 0, "one cut is settled by machine wherever the register names what was made"
    assert ends["ReceiptFiscalised"] > 0


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", CASES)
def test_two_cuts_in_a_row_leave_one_document_or_none_and_the_truth(
    tmp_path: Path, case: str, profile: Profile
) -> None:
    ends = campaign(case, profile, tmp_path, [(one, two) for one in CUTS for two in CUTS])
    assert sins(ends) == []
    assert ends["person"] == 0


def test_a_first_card_return_that_core_cannot_show_ends_with_a_person_and_never_with_a_repetition(
    tmp_path: Path,
) -> None:
    """No cash moves, and the register has named no refund before: its sums show nothing, made or not."""

    def order(world: SandboxWorld) -> Fiscalise:
        return back(3000, 60, parent_of(world, 31), "card")

    def build(folder: Path, profile: Profile) -> SandboxWorld:
        world = new_shift(folder, profile)
        assert isinstance(world.do(sale(3000, 31, card=3000)), ReceiptFiscalised)
        world.line.asked.clear()
        return world

    cuts: tuple[Cut, ...] = ("on its way", "power before")
    for cut in cuts:
        world = build(tmp_path / cut, "core")
        document = order(world)
        world.line.cuts = ["", "", cut]
        told = to_the_end(world, document)
        assert told.person
        assert world.line.calls.count("refund") == (1 if cut == "on its way" else 0)


@pytest.mark.parametrize("case", ["cash sale", "card sale", "cash return", "deposit", "withdrawal"])
def test_a_strangers_document_in_the_same_moment_ends_with_a_person(tmp_path: Path, case: str) -> None:
    """Somebody sells at the register itself while ours is in doubt: the sums are two documents further, or one."""
    for number, cut in enumerate(CUTS):
        world = CASES[case].build(tmp_path / str(number), "core")
        order = CASES[case].order(world)
        world.line.cuts = ["", "", cut]
        told = [attempt(world, order, asks=False)]
        stranger = SandboxWorld(tmp_path / f"stranger-{number}", "core")
        stranger.line.register = world.line.register
        assert isinstance(stranger.do(sale(777, 99)), ReceiptFiscalised)
        while len(told) < 20 and isinstance(told[-1], FiscalisationDoubtful) and not told[-1].person_needed:
            world.later(30)
            told.append(attempt(world, order, asks=True))
        assert world.count(order) <= 1
        if isinstance(told[-1], ReceiptFiscalised):
            assert world.count(order) == 1
        elif isinstance(told[-1], FiscalisationRefused):
            assert (cut, world.count(order)) == ("before", 0)
        else:
            assert isinstance(told[-1], FiscalisationDoubtful)
            assert told[-1].person_needed


# --- the disk ---------------------------------------------------------------------------------------------------------


class FailingPlans(Plans):
    """The power fails while the n-th note is written: `kept` says whether it came to the disk."""

    def __init__(self, path: Path, at: int, *, kept: bool) -> None:
        super().__init__(path)
        self.left, self.kept = at, kept

    def put(self, plan: Plan) -> None:
        self.left -= 1
        if self.left < 0:
            if self.kept:
                super().put(plan)
            raise PowerCut
        super().put(plan)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", [case for case in CASES if case != "opening"])
def test_a_power_cut_while_a_note_is_written_leaves_one_document_or_none_and_the_truth(
    tmp_path: Path, case: str, profile: Profile
) -> None:
    for at in range(2):
        for kept in (True, False):
            world = CASES[case].build(tmp_path / f"{at}-{kept}", profile)
            order = CASES[case].order(world)
            failing = FailingPlans(tmp_path / f"{at}-{kept}" / "journal.smartone", at, kept=kept)
            world.restart(failing)
            told = to_the_end(world, order)
            assert judge(world, order, told) == [], (at, kept)
            assert isinstance(told.last, ReceiptFiscalised), (at, kept, told.events)


def test_what_was_answered_before_the_power_failed_is_told_with_its_fiscal_id(tmp_path: Path) -> None:
    """Core cannot be asked for it any more: the note has it."""
    world = with_cash(tmp_path, "core")
    world.line.cuts = []
    event = world.do(sale())
    world.restart()
    assert world.ask(sale()) == event


# --- slow registers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_document_that_comes_into_being_after_the_line_was_cut_is_not_sent_again(
    tmp_path: Path, profile: Profile
) -> None:
    """The customer stands at the terminal for two minutes, the line was cut in the first second."""
    world = with_cash(tmp_path, profile)
    order = sale(card=1180)
    held: list[tuple[str, str]] = []
    whole = world.line.register

    def holds(path: str, form: str) -> Answer:
        if path == "/sale":
            held.append((path, form))
            return Answer(None)
        return whole(path, form)

    world.line.register = holds
    told = [attempt(world, order, asks=False)]
    for _ in range(4):
        world.later(30)
        told.append(attempt(world, order, asks=True))
    assert all(isinstance(event, FiscalisationDoubtful) and not event.person_needed for event in told)
    world.line.register = whole
    whole(*held[0])
    told.append(attempt(world, order, asks=True))
    assert isinstance(told[-1], ReceiptFiscalised)
    assert (world.count(order), len(held)) == (1, 1)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("case", "path"), [("opening", "/open_shift"), ("closing", "/close_shift")])
def test_a_shift_that_is_opened_or_closed_after_the_line_was_cut_is_not_ordered_again(
    tmp_path: Path, case: str, path: str, profile: Profile
) -> None:
    world = CASES[case].build(tmp_path, profile)
    order = CASES[case].order(world)
    whole = world.line.register
    held: list[str] = []

    def holds(asked: str, form: str) -> Answer:
        if asked == path:
            held.append(form)
            return Answer(None)
        return whole(asked, form)

    world.line.register = holds
    assert isinstance(attempt(world, order, asks=False), FiscalisationDoubtful)
    for _ in range(3):
        world.later(5)
        told = attempt(world, order, asks=True)
        assert isinstance(told, FiscalisationDoubtful), "it may still be on its way"
        assert not told.person_needed
    world.line.register = whole
    whole(path, held[0])
    assert isinstance(attempt(world, order, asks=True), ReceiptFiscalised)
    assert (world.count(order), len(held)) == (1, 1)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", [case for case in CASES if case not in ("opening", "closing")])
def test_what_is_sent_again_is_the_same_bytes_hours_later(tmp_path: Path, case: str, profile: Profile) -> None:
    world = CASES[case].build(tmp_path, profile)
    order = CASES[case].order(world)
    before = len(world.line.forms)
    calls = 1 if profile == "ecr" and order.receipt is not None else 2
    world.line.cuts = [*NOTHING * calls, "on its way"]
    first = attempt(world, order, asks=False)
    assert isinstance(first, FiscalisationDoubtful)
    world.restart()
    world.later(2 * 3600)
    told = to_the_end_from(world, order)
    assert isinstance(told, ReceiptFiscalised)
    operation = world.line.calls[calls]
    sent = [
        form for form, (name, _) in zip(world.line.forms[before:], world.line.asked, strict=True) if name == operation
    ]
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert world.count(order) == 1


def to_the_end_from(world: SandboxWorld, order: Fiscalise) -> Event:
    event = attempt(world, order, asks=True)
    for _ in range(20):
        if isinstance(event, ReceiptFiscalised):
            break
        world.later(60)
        event = attempt(world, order, asks=not isinstance(event, FiscalisationUnknown))
    return event


# --- controls: the same checks on tills that are broken on purpose ----------------------------------------------------


def test_a_till_that_took_not_shown_yet_for_not_made_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Documents, "_settled", lambda *_: True)
    world = with_cash(tmp_path, "core")
    order = sale(card=1180)
    whole = world.line.register
    held: list[str] = []

    def holds(path: str, form: str) -> Answer:
        if path == "/sale" and not held:
            held.append(form)
            return Answer(None)
        return whole(path, form)

    world.line.register = holds
    to_the_end(world, order)
    whole("/sale", held[0])
    assert world.count(order) == 2, "the late one and the repetition"


def test_a_till_that_sends_again_without_asking_is_caught(tmp_path: Path) -> None:
    class Hasty(SandboxWorld):
        def ask(self, order: Fiscalise) -> Event:
            return FiscalisationUnknown(order.document_id)

        def do(self, order: Fiscalise) -> Event:
            if self._plans is not None:
                self._plans.unlink(missing_ok=True)
            self.restart()
            return super().do(order)

    world = Hasty(tmp_path, "core").opened()
    world.line.cuts = ["", "", "after"]
    told = to_the_end(world, sale())
    assert judge(world, sale(), told) != []


def test_a_till_that_takes_every_cut_for_a_refusal_is_caught(tmp_path: Path) -> None:
    world = with_cash(tmp_path, "core")
    world.line.cuts = ["", "", "after"]
    assert isinstance(attempt(world, sale(), asks=False), FiscalisationDoubtful)
    lie = Told([FiscalisationRefused(sale().document_id, "cut")])
    assert judge(world, sale(), lie) == ["the till says refused, the books say made"]
