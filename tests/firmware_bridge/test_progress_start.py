"""A till that has to read its whole journal at its start tells how far it is, and knows the same in the end."""

from __future__ import annotations

import asyncio
import itertools
import re
from pathlib import Path

import pytest

from firmware_bridge.journal.records import Entry
from firmware_bridge.journal.store import Journal
from firmware_bridge.progress import Progress
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Occurred, PrinterReady
from tests.firmware_bridge.test_till import CASHIER, Lane, opened, running, sold

SALES = 15


def started_again(folder: Path) -> tuple[list[str], list[str]]:
    """What the second start tells, by a clock on which each look takes a second; and what was done and printed then."""
    told: list[str] = []
    seconds = itertools.count()

    async def day() -> None:
        async with running(folder, Lane()) as till:
            await opened(till)
            for number in range(SALES):
                await sold(till, f"sale-{number}")

    async def next_start() -> list[str]:
        progress = Progress(told.append, lambda: float(next(seconds)))
        lane = Lane()
        async with running(folder, lane, progress=progress) as till:
            answers = [await sold(till, f"sale-{number}") for number in (0, SALES - 1, SALES)]
        orders = [order.document_id for order in lane.orders if isinstance(order, Print)]
        return [*(answer.outcome for answer in answers), *orders]

    asyncio.run(day())
    _snapshot_of_another_release(folder)
    return told, asyncio.run(next_start())


def _snapshot_of_another_release(folder: Path) -> None:
    journal = Journal.open(folder / "journal.sqlite", till_id="1", clock=lambda: 0, new_id=lambda: "journal")
    event = Occurred(0, 0, PrinterReady(paper_near_end=False), CASHIER, "")
    journal.append([Entry("", event)], snapshot=b"of another release")
    journal.close()


def test_a_start_without_a_usable_snapshot_tells_how_far_it_is_and_knows_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told, known = started_again(tmp_path)
    found = [re.fullmatch(r"replaying the journal: .*\((\d+) of (\d+) records, .*\)", text) for text in told]
    counts = [int(match[1]) for match in found if match]
    assert len(counts) == len(told) - 1 > 10, "of the first line nobody knows a rate yet"
    assert counts == sorted(counts)
    assert known == ["replayed", "replayed", "done", f"sale-{SALES}"], (
        "of what was sold before nothing is printed again"
    )
    assert "the snapshot cannot be used by this release: replaying all" in caplog.text
