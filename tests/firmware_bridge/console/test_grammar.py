"""What may be typed, how short, and what a slip is answered with."""

from __future__ import annotations

import pytest

from firmware_bridge.console.grammar import NotUnderstood
from firmware_bridge.console.looks import typed
from firmware_bridge.console.table import GRAMMAR


@pytest.mark.parametrize(
    ("line", "usage", "arguments"),
    [
        ("st", "status", []),
        ("pr te", "printer test", []),
        ("receipt 3 copy", "receipt copy NUMBER|ID", ["3"]),
        ("receipt copy 3", "receipt copy NUMBER|ID", ["3"]),
        ("receipt 1042 res printed", "receipt resolve NUMBER|ID VERDICT", ["1042", "printed"]),
        ("STATUS", "status", []),
        ("drawer main open", "drawer open [ID]", ["main"]),
        ("set printer.page 46", "set KEY VALUE", ["printer.page", "46"]),
    ],
)
def test_words_may_be_as_short_as_they_are_clear(line: str, usage: str, arguments: list[str]) -> None:
    found, rest = GRAMMAR.parse(line)
    assert (found.usage, rest) == (usage, arguments)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("s", "grammar.which"),
        ("frobnicate", "grammar.unknown"),
        ("ыефегы", "grammar.slip"),
        ("journal", "grammar.verb"),
        ("receipt", "grammar.usage"),
        ("status now", "grammar.usage"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(line: str, key: str) -> None:
    with pytest.raises(NotUnderstood) as said:
        GRAMMAR.parse(line)
    assert said.value.key == key


@pytest.mark.parametrize(
    ("line", "meant"),
    [("ыефегы", "status"), ("іефегі", "status"), ("зкштеук еуые", "printer test"), ("вщсещк", "doctor"), ("куе", "")],
)
def test_a_line_typed_on_the_other_layout_is_given_back_as_it_was_meant(line: str, meant: str) -> None:
    with pytest.raises(NotUnderstood) as said:
        GRAMMAR.parse(line)
    assert said.value.facts["word"] == (meant or line)


def test_completion_knows_nouns_and_verbs_and_never_an_argument() -> None:
    assert GRAMMAR.complete("stat") == ["status"]
    assert GRAMMAR.complete("printer ") == ["test", "codepages"]
    assert GRAMMAR.complete("printer te") == ["test"]
    assert GRAMMAR.complete("help rec") == ["receipts", "receipt"]
    assert GRAMMAR.complete("frobnicate ") == []


def test_a_command_that_changes_something_is_for_nobody_without_a_role() -> None:
    looks = {command.usage for command in GRAMMAR.commands if command.roles is None}
    for command in GRAMMAR.commands:
        acts = command.verb in {"accept", "test", "codepages", "learn", "open", "copy", "resolve", "retry", "park"}
        acts |= command.verb in {"drop", "on", "off", "start", "stop", "restart"} or command.noun in {"set", "undo"}
        assert not (acts and command.usage in looks), command.usage


def test_a_call_of_the_api_in_a_sentence_becomes_what_can_be_typed() -> None:
    said = "Look and answer (POST /v1/receipts/sale-1/resolve): printed or not. Open it (POST /v1/shifts)."
    assert typed(said) == "Look and answer (receipt sale-1 resolve): printed or not. Open it."
    assert typed("accept it (POST /v1/devices/printer/accept)") == "accept it (devices accept printer)"
