"""Every fault that the simulated printers know, on every make: what the till says of the receipt fits the paper.

`python -m tests.support.escpos_table` prints the table; here a slice of it is measured, and all of it by `make cuts`.
"""

from __future__ import annotations

import random

import pytest

from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from firmware_bridge.device_sim import FAULTS
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Event, PrintDoubtful, PrintFoundMissing, ReceiptPrinted
from tests.support.escpos_faults import Fault, judge
from tests.support.escpos_table import ROWS, Row, behind_a_memory, wrong_behind

SLICE = 70
CELLS = [(row, personality) for row in ROWS for personality in row.cells()]
#: What a person at the printer, or its parts, can do to it, beyond the faults that it may be started with.
BY_HAND = {"mechanical_error", "press_feed", "tear_off", "power_off", "unplug"}


def differing(cells: list[tuple[Row, str]], driver: type[EscPosPrinter] = EscPosPrinter) -> tuple[list[str], list[str]]:
    """Where the till says something else than the table, and where what it says is wrong."""
    other, wrong = [], []
    for row, personality in cells:
        verdict = judge(personality, row.fault, driver)
        if verdict.end != row.expected(personality):
            other.append(f"{row.fault} on {personality}: {verdict.end} instead of {row.expected(personality)}")
        wrong += [f"{row.fault} on {personality}: {sin}" for sin in verdict.sins]
    return other, wrong


def test_a_slice_of_the_table_is_as_it_stands_there(seed: int) -> None:
    assert differing(random.Random(seed).sample(CELLS, SLICE)) == ([], [])


@pytest.mark.campaign
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.fault))
def test_the_whole_table_is_as_it_stands_there(row: Row) -> None:
    assert differing([(row, personality) for personality in row.cells()]) == ([], [])


@pytest.mark.parametrize("memory", [4096, 65536])
def test_behind_a_memory_on_a_slow_line_the_till_is_never_wrong(memory: int, seed: int) -> None:
    """Less is certain there: the till does not know how far the printer is."""
    for row, personality in random.Random(seed).sample([*behind_a_memory()], SLICE // 2):
        assert judge(personality, row.fault, memory=memory).sins == (), f"{row.fault} on {personality}"


@pytest.mark.campaign
@pytest.mark.parametrize("memory", [4096, 65536])
def test_behind_a_memory_the_till_is_never_wrong_in_any_cell(memory: int) -> None:
    assert [*wrong_behind(memory)] == []


def test_every_fault_of_the_simulator_has_its_row_and_every_personality_its_cells() -> None:
    named = {row.fault.name for row in ROWS}
    assert set(FAULTS) | BY_HAND <= named
    assert {personality for _, personality in CELLS} == set(PERSONALITIES)


class NeverAsks(EscPosPrinter):
    """Takes silence for "not printed"."""

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        return PrintFoundMissing(
            intention.document_id, intention.job_id, proven=True, fragment=True, evidence="guessed"
        )


class BelievesTheWire(EscPosPrinter):
    """What it could send is printed."""

    def print(self, intention: Print) -> Event:
        outcome = super().print(intention)
        if isinstance(outcome, PrintDoubtful):
            return ReceiptPrinted(intention.document_id, intention.job_id, "barrier")
        return outcome


@pytest.mark.parametrize(
    ("driver", "fault", "said"),
    [
        (NeverAsks, Fault("unplug", "last line", 10), "called missing, proven, and it lies there"),
        (BelievesTheWire, Fault("power_off", "first line", 10), "called printed, and 0 whole receipts lie there"),
        (BelievesTheWire, Fault("unplug", "first line", 10), "called printed, and 0 whole receipts lie there"),
    ],
)
def test_control_a_driver_that_guesses_is_wrong_in_the_table(
    driver: type[EscPosPrinter], fault: Fault, said: str
) -> None:
    cells = [(row, "epson") for row in ROWS if row.fault == fault]
    other, wrong = differing(cells, driver)
    assert len(other) == 1
    assert wrong == [f"{fault} on epson: {said}"]
