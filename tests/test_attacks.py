"""The table of attacks is held to the tests that it names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.attacks import ATTACKS, NUMBERS, ROOT, Attack, missing, short


@pytest.mark.parametrize("row", ATTACKS, ids=lambda row: f"{row.number}")
def test_every_test_of_a_row_is_there(row: Attack) -> None:
    assert row.held
    nodes = [*row.held, *([row.control] if row.control else [])]
    assert [why for node in nodes if (why := missing(node))] == []


def test_every_attack_of_the_list_has_its_row_once() -> None:
    numbers = [row.number for row in ATTACKS]
    assert numbers == sorted(set(numbers))
    assert set(numbers) >= set(NUMBERS)


@pytest.mark.parametrize("change", [("def test_a_till", "def test_no_till"), ("def test_a_till", "def a_till")])
def test_a_test_that_is_renamed_is_missed(tmp_path: Path, change: tuple[str, str]) -> None:
    (tmp_path / "test_x.py").write_text("def test_a_till() -> None:\n    assert True\n")
    assert missing("test_x.py::test_a_till", tmp_path) == ""
    (tmp_path / "test_x.py").write_text("def test_a_till() -> None:\n    assert True\n".replace(*change))
    assert "no test test_a_till" in missing("test_x.py::test_a_till", tmp_path)
    assert missing("test_y.py::test_a_till", tmp_path)


def test_the_table_is_printed_for_people() -> None:
    words = [sys.executable, "-m", "tests.support.attacks"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert told.count("\n") == len(ATTACKS) + 2
    assert all(f"| {number} |" in told for number in NUMBERS)


def test_the_readme_has_the_table() -> None:
    assert short() in (ROOT / "README.md").read_text("utf-8")
