"""Every fault of the simulated devices, at the points of a document where it matters: how it ends, and is that true?

The table is tests/support/datecs_table.py. Here a slice of its columns is played with every row, drawn by the seed; the
whole is behind `-m campaign`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from drivers.printers.datecs.simulator import FAULTS
from tests.support.datecs_broken import Optimist, SilenceIsNo
from tests.support.datecs_faults import DIALECTS, Driver, Fault, What, judge
from tests.support.datecs_table import MADE, ROWS, Row, markdown

CELLS = [(row, dialect) for row in ROWS for dialect in sorted({dialect for dialect, _ in row.cells()})]


def wrong(row: Row, cells: Iterable[tuple[str, What]], broken: Driver = lambda register: register) -> list[str]:
    """Cells that end otherwise than the table says, or whose end is not what memory and paper say."""
    found = []
    for dialect, what in cells:
        verdict = judge(dialect, what, row.fault, broken)
        expected = row.expected(dialect, what)
        if verdict.end != expected:
            found.append(f"{row.fault}, {dialect}, {what}: {verdict.end}, not {expected}")
        found += [f"{row.fault}, {dialect}, {what}: {sin}" for sin in verdict.sins]
    return found


@pytest.mark.parametrize(("row", "dialect"), CELLS, ids=lambda part: str(getattr(part, "fault", part)))
def test_every_fault_ends_as_the_table_says_and_tells_the_truth(row: Row, dialect: str, seed: int) -> None:
    whats = [what for where, what in row.cells() if where == dialect]
    what = random.Random(f"{seed} {row.fault} {dialect}").choice(whats)
    assert wrong(row, [(dialect, what)]) == []


@pytest.mark.campaign
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.fault))
def test_the_whole_row(row: Row) -> None:
    assert wrong(row, row.cells()) == []


def test_no_fault_of_the_simulated_devices_is_without_a_row() -> None:
    assert {row.fault.name for row in ROWS} == set(FAULTS)


def test_every_row_stands_there_once() -> None:
    assert len({row.fault for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (SilenceIsNo, Fault("power_cut_out", None, "close", byte=12)),
        (SilenceIsNo, Fault("unplug_in", None, "close", byte=-1)),
        (Optimist, Fault("deaf", None, "close")),
        (Optimist, Fault("power_cut_in", None, "open", byte=3)),
    ],
)
def test_a_driver_that_says_what_it_does_not_know_is_caught_by_the_same_check(
    dialect: str, broken: Driver, fault: Fault
) -> None:
    (row,) = (row for row in ROWS if row.fault == fault)
    assert wrong(row, [(dialect, "sale")]) == []
    assert any("says the driver" in sin for sin in wrong(row, [(dialect, "sale")], broken))


def test_the_table_is_printed_as_it_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    row = next(row for row in ROWS if row.fault == Fault("power_cut_out", None, "close", byte=12))
    monkeypatch.setattr("tests.support.datecs_table.ROWS", (row,))
    head, _, line, summary = markdown()
    assert head.startswith("| fault |")
    assert line == f"| power_cut_out at close, byte 12 | {MADE} | {MADE} | {MADE} | 0 |"
    assert summary.endswith("1 faults, 30 cells, 0 wrong.")
