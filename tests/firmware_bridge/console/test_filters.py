"""Behind ` | ` stands which of a command's lines are wanted."""

from __future__ import annotations

import pytest

from firmware_bridge.console.filters import split
from firmware_bridge.console.grammar import NotUnderstood
from firmware_bridge.console.table import GRAMMAR

LINES = "ok  cable\nBAD drawer main\nBAD network\nok  disk"


def filtered(line: str) -> tuple[list[str], int]:
    """What of LINES is shown, and how many lines there were."""
    _, found = split(line)
    assert found is not None
    shown: list[str] = []
    found.say(LINES, shown.append)
    return shown, found.count


def test_a_line_without_a_filter_is_left_as_it_is() -> None:
    assert split("set printer.profile a|b") == ("set printer.profile a|b", None)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("doctor | include bad", ["BAD drawer main", "BAD network"]),
        ("doctor | i BAD", ["BAD drawer main", "BAD network"]),
        ("doctor | exclude ok", ["BAD drawer main", "BAD network"]),
        ("doctor | include bad | exclude net", ["BAD drawer main"]),
        ("doctor | include drawer main", ["BAD drawer main"]),
        ("doctor | include nothing of it", []),
    ],
)
def test_lines_are_taken_in_or_left_out_in_large_and_small_letters(line: str, shown: list[str]) -> None:
    assert split(line)[0] == "doctor"
    assert filtered(line)[0] == shown


def test_count_shows_no_line_and_knows_how_many_there_were() -> None:
    assert filtered("doctor | count") == ([], 4)
    assert filtered("doctor | include bad | count") == ([], 2)


@pytest.mark.parametrize("line", ["doctor | include", "doctor | frob x", "doctor | count x", "doctor | count | count"])
def test_what_is_no_filter_is_said_to_be_none(line: str) -> None:
    with pytest.raises(NotUnderstood) as said:
        split(line)
    assert "include TEXT" in said.value.facts["usage"]


def test_completion_knows_the_filters() -> None:
    assert GRAMMAR.complete("doctor | ") == ["include", "exclude", "count"]
    assert GRAMMAR.complete("doctor | ex") == ["exclude"]
