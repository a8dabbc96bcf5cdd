"""The verdict over everything that a printer may show: which readings are certain, and which need a person."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from drivers.printers.escpos.evidence import Evidence, judge
from statemachines.vocabulary.events import PrintFoundMissing, PrintUnresolved, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters
from tests.drivers.printers.escpos.rig import job

OWN, OLD, EPOCH, DONE = "Q2", "Q1", " E", " D"
BEFORE = Counters(cuts=10, lines=100)
MARKERS = [None, *(frozenset(keys) for size in range(4) for keys in itertools.combinations((OWN, OLD, DONE), size))]


def marks(*keys: str) -> frozenset[str]:
    return frozenset(keys)


@dataclass(frozen=True)
class World:
    """What really happened, independent of what the driver can see of it."""

    begun: bool
    cut: int
    done: bool
    power_lost: bool
    counter_lags: bool


def seen_in(world: World) -> Evidence:
    """What a printer with odometer and RAM shows after `world`, everything having been processed."""
    counted = world.cut - (1 if world.counter_lags and world.power_lost and world.cut else 0)
    keys = set() if world.power_lost else {OWN} if world.begun else {OLD, DONE}
    if world.done and not world.power_lost:
        keys.add(DONE)
    return Evidence(counters=Counters(10 + counted, 100 + 3 * world.cut), markers=frozenset(keys))


def worlds(cuts: int) -> list[World]:
    """Every history of one job that was cut off somewhere, with and without a loss of power after it."""
    histories = [(False, 0, False)] + [(True, cut, False) for cut in range(cuts + 1)] + [(True, cuts, True)]
    return [
        World(begun, cut, done, lost, lags)
        for begun, cut, done in histories
        for lost in (False, True)
        for lags in (False, True)
    ]


@pytest.mark.parametrize("void", [False, True])
@pytest.mark.parametrize("end_known", [False, True])
def test_no_history_of_a_job_is_judged_wrong(void: bool, end_known: bool) -> None:
    intention = job(before=BEFORE, void=void)
    for world in worlds(intention.cuts):
        printed = world.cut == intention.cuts
        end_sent = printed or world.done if end_known else None
        verdict = judge(intention, end_sent, seen_in(world))
        if isinstance(verdict, ReceiptPrinted):
            assert printed, world
        elif isinstance(verdict, PrintFoundMissing) and verdict.proven:
            assert not printed, world
        if not world.power_lost:
            assert not isinstance(verdict, PrintUnresolved), world


@pytest.mark.parametrize("end_sent", [None, True, False])
@pytest.mark.parametrize("markers", MARKERS)
@pytest.mark.parametrize("moved", [None, -2, -1, 0, 1, 2, 3])
def test_end_that_never_left_is_never_called_printed_without_process_id(
    moved: int | None, markers: frozenset[str] | None, end_sent: bool | None
) -> None:
    counters = None if moved is None else Counters(10 + moved, 100)
    verdict = judge(job(before=BEFORE), end_sent, Evidence(counters=counters, markers=markers))
    if end_sent is False:
        assert not isinstance(verdict, ReceiptPrinted)
    if isinstance(verdict, PrintFoundMissing) and verdict.proven:
        assert end_sent is False or bool((markers or frozenset()) - {DONE})


def test_process_id_is_proof() -> None:
    verdict = judge(job(before=BEFORE), None, Evidence(process_id=True))
    assert isinstance(verdict, ReceiptPrinted)
    assert verdict.evidence == "process_id"


def test_process_id_of_a_tail_that_was_printed_after_a_loss_of_power_is_none() -> None:
    verdict = judge(job(before=BEFORE), None, Evidence(process_id=True, restarted=True))
    assert isinstance(verdict, PrintUnresolved)
    assert verdict.person_needed


def test_both_marks_prove_the_receipt_without_an_odometer() -> None:
    verdict = judge(job(), None, Evidence(markers=marks(OWN, DONE)))
    assert isinstance(verdict, ReceiptPrinted)
    assert verdict.evidence == "barrier"


def test_own_mark_alone_proves_nothing_without_an_odometer() -> None:
    verdict = judge(job(), None, Evidence(markers=marks(OWN)))
    assert isinstance(verdict, PrintUnresolved)
    assert verdict.person_needed


def test_done_mark_alone_is_a_torn_receipt() -> None:
    for moved in (0, 1):
        verdict = judge(job(before=BEFORE), None, Evidence(counters=Counters(10 + moved, 110), markers=marks(DONE)))
        assert isinstance(verdict, PrintUnresolved)


def test_cut_of_a_job_that_was_never_begun_was_somebody_elses() -> None:
    verdict = judge(job(before=BEFORE), None, Evidence(counters=Counters(11, 110), markers=marks(EPOCH)))
    assert isinstance(verdict, PrintUnresolved)


def test_more_cuts_than_the_job_takes_are_a_persons_question() -> None:
    verdict = judge(job(before=BEFORE), None, Evidence(counters=Counters(12, 110), markers=marks(OWN)))
    assert isinstance(verdict, PrintUnresolved)
    assert verdict.person_needed


def test_counter_alone_never_permits_an_unmarked_original() -> None:
    verdict = judge(job(before=BEFORE), None, Evidence(counters=BEFORE, markers=marks()))
    assert verdict == PrintFoundMissing(
        "doc-K7Q2",
        "K7Q2",
        proven=False,
        fragment=True,
        evidence="the printer may have lost its power; its knife cut 0 of 1 times",
        counters=BEFORE,
    )


def test_untouched_counters_with_power_kept_mean_no_fragment() -> None:
    verdict = judge(job(before=BEFORE), None, Evidence(counters=BEFORE, markers=marks(OLD, DONE)))
    assert isinstance(verdict, PrintFoundMissing)
    assert verdict.proven
    assert not verdict.fragment


@pytest.mark.parametrize("seen", [Evidence(superseded=True), Evidence(exchanged=True)])
def test_evidence_of_another_job_or_printer_is_none(seen: Evidence) -> None:
    verdict = judge(job(before=BEFORE), end_sent=False, seen=seen)
    assert isinstance(verdict, PrintUnresolved)
    assert verdict.person_needed
