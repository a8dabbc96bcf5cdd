"""Which language an API request asks for, and what of an answer is said in it."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_bridge.api.languages import accepted, spoken


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("uk", "uk"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("de, fr;q=0.9", "en"),
        ("de, az;q=0.3", "az"),
        ("en;q=0.2, be;q=0.7, ru;q=0.7", "be"),
        ("ru ; q=0.5 , az;q=0.6", "az"),
        ("uk;q=0", "en"),
        ("uk;q=0, ru;q=0.1", "ru"),
        ("*", "en"),
        ("ru;q=nan, uk;q=0.1", "uk"),
        ("ru;q=1e9, uk;q=0.1", "uk"),
        ("ru;q=-1", "en"),
        ("ru;level=1", "en"),
        ("ru;q=9", "ru"),
        ("UK", "uk"),
        (";;;,,,=q", "en"),
        ("x," * 5000 + "uk", "en"),
        ("ükrainian", "en"),
    ],
)
def test_the_language_with_the_greatest_weight_is_taken(header: str, language: str) -> None:
    assert accepted(header) == language


def test_sentences_are_said_in_the_language_and_nothing_else_changes() -> None:
    status: dict[str, Any] = {
        "can_sell": False,
        "reasons": [{"code": "printer-not-ready", "text": "The receipt printer has no paper: load a new roll."}],
        "printer": {
            "state": "paper_end",
            "advice": "The receipt printer has no paper: load a new roll.",
            "model": None,
        },
        "unfinished": [{"doubt": "the till was restarted while the job was on its way", "number": "7"}],
        "closing": {"waits_for": "the count of drawer main", "reason": None},
        "books": [{"book": "newstore", "reason": "the till is not started yet", "lags": 3}],
        "journal": {"seq": 9007199254740993, "hash": "ab"},
    }
    said = spoken(status, "uk")
    paper = "У принтері чеків немає паперу: вставте новий рулон."
    assert said == {
        "can_sell": False,
        "reasons": [{"code": "printer-not-ready", "text": paper}],
        "printer": {"state": "paper_end", "advice": paper, "model": None},
        "unfinished": [{"doubt": "касу перезапустили, поки завдання було в дорозі", "number": "7"}],
        "closing": {"waits_for": "перерахунок скриньки main", "reason": None},
        "books": [{"book": "newstore", "reason": "касу ще не запущено", "lags": 3}],
        "journal": {"seq": 9007199254740993, "hash": "ab"},
    }
    assert spoken(status, "en") == status


@pytest.mark.parametrize(
    "typed",
    [
        {"amount": 100, "direction": "in", "reason": "nothing happened"},
        {"counted": 100, "denominations": [], "reason": "nothing happened"},
        {"title": "Nothing is in doubt", "for": "sale-1"},
        {"lines": [{"text": "nothing happened"}]},
        {"seq": 1, "data": {"reason": "nothing happened"}},
    ],
)
def test_what_people_chose_and_typed_stays_as_it_is(typed: dict[str, Any]) -> None:
    assert spoken(typed, "az") == typed


def test_a_problems_title_is_a_sentence() -> None:
    problem = {"title": "The till failed", "type": "urn:firmware-bridge:problem:internal", "outcome": "none"}
    assert spoken(problem, "be", problem=True) == {**problem, "title": "Каса дала збой"}
    assert spoken(problem, "be") == problem
