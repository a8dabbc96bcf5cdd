"""The figures count what really travels."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.journal.errors import JournalError
from firmware_bridge.uplink.figures import main, measure
from firmware_bridge.uplink.source import stretch
from tests.firmware_bridge.uplink.samples import begin_journal


def test_the_bytes_are_those_of_the_envelopes(tmp_path: Path) -> None:
    begin_journal(tmp_path / "j", 150)
    figures = measure(tmp_path / "j")
    assert (figures.records, figures.envelopes) == (150, 3)
    assert figures.wire == sum(map(len, stretch(tmp_path / "j").envelopes()))
    assert figures.bodies == sum(len(row[4]) for row in stretch(tmp_path / "j").rows)
    assert figures.wire < figures.json_zlib < figures.bodies < figures.json
    assert figures.wire < figures.content < figures.alone < figures.bodies


def test_the_command_prints_a_line_per_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin_journal(tmp_path / "j", 20)
    assert main([str(tmp_path / "j")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 7


def test_no_journal_and_an_empty_one_are_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin_journal(tmp_path / "j", 0)
    assert [main([str(tmp_path / "j")]), main([str(tmp_path / "none")])] == [1, 1]
    assert "has no records" in capsys.readouterr().err
    with pytest.raises(JournalError):
        stretch(tmp_path / "j", 5)
