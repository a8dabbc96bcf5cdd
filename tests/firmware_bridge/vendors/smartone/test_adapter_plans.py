"""What is about to be sent stands on the disk before it leaves, and what was answered before anybody is told."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from drivers.errors import NotSent
from firmware_bridge.vendors.smartone.evidence import Evidence
from firmware_bridge.vendors.smartone.plans import KEPT, Outcome, Plan, Plans
from statemachines.vocabulary.events import FiscalStamp
from tests.firmware_bridge.vendors.smartone.adapter_orders import uuid_of

STAMP = FiscalStamp("smartone", "d-1", "2026-03-02 14:05:31", url="https://x", balance=5)
BEFORE = Evidence("17", "t", 104, 5, {"sale": (3, 11_800)})


def plan(n: int = 1) -> Plan:
    return Plan(uuid_of(n), "sale", '{"a":"Çörək"}', "2026-03-02 14:05:31", BEFORE)


def test_a_plan_outlives_the_process_with_its_bytes_and_its_sums(tmp_path: Path) -> None:
    file = tmp_path / "journal.smartone"
    Plans(file).put(plan())
    assert Plans(file).find(uuid_of(1)) == plan()
    assert Plans(file).complete


def test_an_outcome_is_added_to_its_plan(tmp_path: Path) -> None:
    file = tmp_path / "journal.smartone"
    first = Plans(file)
    first.put(plan())
    first.note(plan(), Outcome(STAMP, "not_mine", "aGk="))
    found = Plans(file).find(uuid_of(1))
    assert found is not None
    assert found.outcome == Outcome(STAMP, "not_mine", "aGk=")


def test_nobody_else_can_read_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "journal.smartone"
    Plans(file).put(plan())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    plans = Plans(tmp_path / "p")
    for n in range(KEPT + 5):
        plans.put(plan(n))
    again = Plans(tmp_path / "p")
    assert [again.find(uuid_of(n)) is not None for n in range(KEPT + 5)] == [False] * 5 + [True] * KEPT


def test_a_plan_that_is_used_again_is_new_again(tmp_path: Path) -> None:
    plans = Plans(tmp_path / "p")
    for n in range(KEPT):
        plans.put(plan(n))
    plans.put(plan(0))
    plans.put(plan(KEPT))
    assert plans.find(uuid_of(0)) is not None
    assert plans.find(uuid_of(1)) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2, "plans": []}', '{"format": 1, "plans": [1]}'])
def test_a_file_that_cannot_be_read_proves_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "p"
    file.write_text(content)
    plans = Plans(file)
    assert not plans.complete
    assert plans.find(uuid_of(1)) is None
    plans.put(plan())
    assert Plans(file).complete


def test_without_a_file_nothing_is_proved(tmp_path: Path) -> None:
    assert not Plans(tmp_path / "p").complete
    assert not Plans(None).complete


def test_what_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    plans = Plans(tmp_path / "no such folder" / "p")
    with pytest.raises(NotSent, match="could not be written"):
        plans.put(plan())
    assert plans.find(uuid_of(1)) is None


def test_an_answer_that_cannot_be_noted_is_an_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plans = Plans(tmp_path / "no such folder" / "p")
    plans.note(plan(), Outcome(STAMP, "yes"))
    assert "could not be written" in caplog.text
