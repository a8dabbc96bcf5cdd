"""The plug is pulled while a document beside the sales is printed: at most one unmarked original, nothing lost.

Every claim has its control: the same check must catch a till that journals no intention, and one that sends again
without asking.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from typing import Literal

import pytest

from drivers.printers.escpos.evidence import Evidence, judge
from drivers.printers.layout import Shop
from firmware_bridge.composer import ShopComposer
from firmware_bridge.core import Batch
from firmware_bridge.simulation import Through
from statemachines.document import Document
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Event, PrintFoundMissing, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from tests.support.cut_slip import CONTENT, SLIP, Campaign, Cut
from tests.support.world import Victim

Then = Literal["", "sell", "close"]
DOCUMENT = Document(SLIP, "card_slip", "D1", 0, slip=CONTENT)
VICTIMS: tuple[Victim, ...] = ("controller", "printer", "both")


def steps(campaign: Campaign, seed: int, count: int) -> range:
    """So many places in the slip, begun at another byte each time."""
    step = max(1, campaign.length() // count)
    return range(random.Random(seed).randrange(step), campaign.length() + 1, step)


def told(campaign: Campaign) -> Campaign:
    """The table, and the first sins."""
    ends = f"{len(campaign.outcomes)} cuts, {len(campaign.sins)} wrong, {campaign.resolved:.1%} without a person"
    table = "\n".join([f"slip, {campaign.personality}: {ends}", *campaign.sins[:10]])
    print(table, file=sys.stderr)  # noqa: T201 - it is the result
    return campaign


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("personality", ["epson", "no_process_id", "barrier_only"])
def test_a_cut_after_any_byte_of_a_slip_loses_and_doubles_nothing(personality: str, victim: Victim, seed: int) -> None:
    campaign = Campaign(personality)
    for byte in steps(campaign, seed, 16 if personality == "epson" else 6):
        campaign.play(Cut(victim, byte))
    assert told(campaign).sins == []
    if personality == "epson":
        assert campaign.resolved >= 0.99


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("personality", ["epson", "barrier_only"])
@pytest.mark.parametrize("then", ["sell", "close"])
def test_whoever_comes_right_after_the_cut_is_served_and_the_slip_is_not_doubled(
    then: Then, personality: str, victim: Victim, seed: int
) -> None:
    campaign = Campaign(personality)
    for byte in steps(campaign, seed, 5):
        campaign.play(Cut(victim, byte, then=then))
    assert told(campaign).sins == []


@pytest.mark.parametrize(
    ("personality", "byte"),
    [("no_clear", 594), ("barrier_only", 1690), ("barrier_only", 5434), ("mute", 1112), ("mute", 5158)],
)
def test_a_sale_behind_a_picture_that_was_cut_off_is_on_paper_when_it_is_called_printed(
    personality: str, byte: int
) -> None:
    """What ends a header must not become the picture's size, or the printer swallows the sale."""
    campaign = Campaign(personality)
    campaign.play(Cut("controller", byte, then="sell"))
    assert told(campaign).sins == []


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("commit", [1, 2])
def test_a_cut_at_any_commit_of_a_slip_loses_and_doubles_nothing(commit: int, before: bool) -> None:
    assert Campaign("epson").play(Cut("controller", commit=commit, before=before)).sins == ()


def test_a_slip_cut_before_its_first_commit_was_never_asked_for() -> None:
    outcome = Campaign("epson").play(Cut("controller", commit=1, before=True))
    assert (outcome.state, outcome.originals, outcome.copies) == ("unknown", 0, 0)


@pytest.mark.campaign
@pytest.mark.parametrize("then", ["", "sell", "close"])
@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize(
    "personality", ["epson", "no_process_id", "odometer_lags", "barrier_only", "no_clear", "cjk", "mute"]
)
def test_hundreds_of_places_in_a_slip(personality: str, victim: Victim, then: Then, seed: int) -> None:
    campaign = Campaign(personality)
    for byte in steps(campaign, seed, 400):
        campaign.play(Cut(victim, byte, then=then))
    assert told(campaign).sins == []


# --- controls -------------------------------------------------------------------------------------------------------


def _without_intentions(batch: Batch) -> Batch:
    return replace(batch, entries=[entry for entry in batch.entries if not isinstance(entry.record, Print)])


class _NeverAsks(Through):
    """A driver that takes silence for "not printed"."""

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        super().ask(intention, end_sent)
        return PrintFoundMissing(intention.document_id, intention.job_id, proven=True, fragment=False, evidence="none")


def test_control_a_till_without_intentions_is_caught() -> None:
    campaign = Campaign("epson", break_batch=_without_intentions)
    for byte in range(100, 700, 100):
        campaign.play(Cut("controller", byte))
    assert len(campaign.sins) >= len(campaign.outcomes)


def test_control_a_till_that_sends_again_without_asking_is_caught() -> None:
    campaign = Campaign("epson", break_printer=_NeverAsks)
    size = campaign.length()
    for byte in range(size - 60, size + 1, 4):
        campaign.play(Cut("controller", byte))
    assert any("2 unmarked originals" in sin for sin in campaign.sins)


def test_control_a_printer_that_is_asked_after_another_paper_answers_for_that_one() -> None:
    """Why a slip that was overtaken is a person's matter: the knife cut once, for the paper behind it."""
    job = Print(SLIP, "0001", ShopComposer(Shop(()), 42, 2).paper(DOCUMENT), before=Counters(100, 5000))
    assert isinstance(judge(job, None, Evidence(counters=Counters(101, 5040))), ReceiptPrinted)
