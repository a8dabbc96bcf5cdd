"""Power and line cut at every byte of every kind of document, on every dialect: made once or not at all, never twice.

A slice runs always; the whole is behind `-m campaign`. The same check, run on drivers with one mistake each, fails.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from drivers.framing.datecs import CLASSIC
from drivers.ports.memory import MemoryPort
from tests.support.datecs_broken import CancelPort, CancelsFirst, NewNumberPort, SilenceIsNo
from tests.support.datecs_campaign import ANSWERING, Cell, behind_slips, cells
from tests.support.datecs_cuts import DIALECTS, VICTIMS, WHATS, Case, What, campaign, length
from tests.support.datecs_world import Victim


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cut_here_and_there_makes_every_document_once_or_not_at_all(dialect: str, seed: int) -> None:
    chance = random.Random(seed)
    cases = []
    whats: tuple[What, ...] = (*WHATS, "card_return")
    for what in whats:
        orders, answers = length(dialect, what)
        case = Case(dialect, what, "till", seed=seed % 1000)
        for victim in chance.sample(VICTIMS, 2):
            byte, keeps, slip = chance.randrange(orders + 1), chance.random() < 0.5, chance.random() < 0.5
            cases.append(replace(case, victim=victim, byte=byte, keeps=keeps, slip=slip))
        cases.append(replace(case, victim=chance.choice(ANSWERING), answer=chance.randrange(1, answers)))
        cases.append(replace(case, commit=chance.randrange(1, 4), before=chance.random() < 0.5))
    tally = campaign(cases, f"{dialect}, a slice")
    assert tally.sinners == []
    assert tally.persons == 0


def around_the_end(victim: Victim) -> list[Case]:
    """Cuts of a cash sale from the payment on."""
    orders, answers = length("bg", "sale")
    cases = [Case("bg", "sale", victim, byte=byte, seed=byte) for byte in range(orders * 6 // 10, orders, 12)]
    if victim in ANSWERING:
        cases += [Case("bg", "sale", victim, answer=byte, seed=byte) for byte in range(answers // 3, answers, 35)]
    return cases


def test_a_driver_that_takes_silence_for_no_is_caught() -> None:
    assert campaign(around_the_end("till"), "sound").sinners == []
    assert campaign(around_the_end("till"), "silence is no", broken=SilenceIsNo).sinners != []


def test_a_driver_that_cancels_first_is_caught() -> None:
    ports: list[CancelPort] = []

    def wire(port: MemoryPort) -> CancelPort:
        ports.append(CancelPort(port, CLASSIC))
        return ports[-1]

    def broken(register):  # type: ignore[no-untyped-def]  # a driver to a driver
        return CancelsFirst(register, ports[-1])

    assert campaign(around_the_end("line"), "sound").sinners == []
    tally = campaign(around_the_end("line"), "cancels first", broken=broken, wire=wire)
    assert any("made 2 times" in sin for sin in tally.sinners)


def test_a_driver_that_repeats_under_a_new_number_is_caught() -> None:
    answers = length("bg", "cash_in")[1]
    cases = [Case("bg", "cash_in", "cable", answer=byte, seed=byte) for byte in range(1, answers, 16)]
    assert campaign(cases, "sound").sinners == []
    tally = campaign(cases, "a new number", wire=lambda port: NewNumberPort(port, CLASSIC))
    assert any("made 2 times" in sin for sin in tally.sinners)


@pytest.mark.campaign
@pytest.mark.parametrize("cell", list(cells()), ids=str)
def test_every_byte(cell: Cell) -> None:
    tally = cell.play()
    assert tally.sinners == []
    assert tally.alone == 1.0


@pytest.mark.campaign
@pytest.mark.parametrize("cell", list(behind_slips()), ids=str)
def test_a_slip_before_it_leaves_no_question(cell: Cell) -> None:
    tally = cell.play()
    assert tally.sinners == []
    assert tally.alone == 1.0


@pytest.mark.campaign
@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_commit(dialect: str, what: What) -> None:
    cases = [
        Case(dialect, what, "till", commit=number, before=before) for number in range(1, 8) for before in (True, False)
    ]
    assert campaign(cases, f"{dialect}, {what}, at a commit").sinners == []


@pytest.mark.campaign
@pytest.mark.parametrize("dialect", DIALECTS)
def test_two_cuts_in_a_row(dialect: str, seed: int) -> None:
    chance = random.Random(seed)
    cases = []
    for _ in range(300):
        what = chance.choice(WHATS)
        cases.append(
            Case(
                dialect,
                what,
                chance.choice(("till", "both")),
                byte=chance.randrange(length(dialect, what)[0]),
                twice=chance.randrange(300),
                second=chance.choice(VICTIMS),
                keeps=chance.random() < 0.5,
                seed=chance.randrange(10**6),
            )
        )
    tally = campaign(cases, f"{dialect}, cut twice")
    assert tally.sinners == []
    assert tally.alone >= 0.99
