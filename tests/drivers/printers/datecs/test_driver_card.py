"""A card terminal on an X device: each of its answers has one outcome, and no card is ever charged twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.framing.datecs import Request, RequestReader, X
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Declined,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from tests.support.datecs_rig import Rig, receipt


class TillCut(BaseException):
    """The till lost its power: no handler of the driver may catch this."""


def with_terminal() -> Rig:
    return Rig("x", change=lambda settings: replace(settings, pinpad=True))


def made(rig: Rig) -> int:
    return len(rig.device.books.fiscal)


def asked(rig: Rig, order: Fiscalise) -> Event:
    """By a new process."""
    till = rig.till(first_seq=0x41)
    assert till.connect()
    return rig.ask(till, order)


@pytest.mark.parametrize(
    ("code", "outcome", "charged"),
    [
        (111026, Declined, False),
        (111028, Declined, False),
        (111518, Declined, False),
        (111550, FiscalisationRefused, False),
        (111027, FiscalisationRefused, True),
        (111556, FiscalisationRefused, True),
        (111029, FiscalisationDoubtful, False),
        (111509, FiscalisationDoubtful, False),
        (111560, ReceiptFiscalised, False),
    ],
)
def test_each_answer_of_the_card_terminal_has_its_outcome(code: int, outcome: type[Event], *, charged: bool) -> None:
    rig = with_terminal()
    till = rig.working()
    rig.device.fault("terminal", code)
    said = rig.give(till, rig.sell(receipt(card=1343, by_device=True)))
    assert isinstance(said, outcome), said
    assert made(rig) == (1 if outcome is ReceiptFiscalised else 0)
    assert not rig.device.books.open_receipt
    if isinstance(said, FiscalisationRefused):
        assert said.charged == charged
    if isinstance(said, FiscalisationDoubtful):
        assert said.person_needed
        assert "card terminal" in said.reason


@pytest.mark.parametrize("terminal", [0, 111029, 111560])
@pytest.mark.parametrize("at", range(0, 420, 5))
def test_a_card_is_never_charged_again_after_a_cut(at: int, terminal: int) -> None:
    """Wherever the till dies: the terminal is asked for money once at most, and who cannot know asks a person."""
    rig = with_terminal()
    till = rig.working()
    order = rig.sell(receipt(card=1343, by_device=True))
    rig.device.fault("terminal", terminal)
    rig.port.cut_after(at, error=TillCut())
    charged = len(payments_sent(rig))
    try:
        till.fiscalise(order)
    except TillCut:
        outcome = asked(rig, order)
        if isinstance(outcome, FiscalisationUnknown):
            outcome = rig.give(rig.connected(), order)
        if isinstance(outcome, FiscalisationDoubtful):
            assert outcome.person_needed
            assert "card terminal" in outcome.reason
    assert len(payments_sent(rig)) - charged <= 1
    assert made(rig) <= 1


def payments_sent(rig: Rig) -> list[Request]:
    """Whole frames that ask the card terminal for money."""
    orders = [one for one in RequestReader(X).feed(bytes(rig.wire)) if isinstance(one, Request)]
    return [one for one in orders if one.command == 0x35 and one.data[:1] == b"2"]


def test_a_receipt_that_was_cancelled_after_the_terminal_s_answer_was_lost_is_a_person_s_question() -> None:
    rig = with_terminal()
    till = rig.working()
    order = rig.sell(receipt(card=1343, by_device=True))
    rig.device.fault("terminal", 111029)  # nobody knows; the receipt is cancelled, and the till dies
    assert isinstance(till.fiscalise(order), FiscalisationDoubtful)
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed
    assert "card terminal" in outcome.reason


@pytest.mark.parametrize("at", [0, 40])
def test_a_slip_before_it_makes_no_question_of_a_card_that_was_never_asked_for(at: int) -> None:
    """The slip moved the device's number, and what moved it is read from the journal."""
    rig = with_terminal()
    till = rig.working()
    till.print(rig.slip())
    order = rig.sell(receipt(card=1343, by_device=True))
    rig.port.cut_after(at, error=TillCut())
    with pytest.raises(TillCut):
        till.fiscalise(order)
    assert asked(rig, order) == FiscalisationUnknown("s-1")


def test_a_receipt_that_was_cancelled_in_between_keeps_the_question() -> None:
    rig = with_terminal()
    till = rig.working()
    till.print(rig.slip())
    order = rig.sell(receipt(card=1343, by_device=True))
    rig.sold_by_hand(paid=False)
    rig.by_hand(rig.speak.cancels()[0])
    outcome = asked(rig, order)
    assert isinstance(outcome, FiscalisationDoubtful), outcome
    assert outcome.person_needed


def test_a_card_is_not_collected_by_a_device_without_terminal() -> None:
    rig = Rig("x")
    till = rig.working()
    outcome = rig.give(till, rig.sell(receipt(card=1343, by_device=True)))
    assert isinstance(outcome, FiscalisationRefused)
    assert "cannot be collected" in outcome.reason
    assert made(rig) == 0
