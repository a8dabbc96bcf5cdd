"""The table of words: five languages, no string left out, and nothing in it that nobody says."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from firmware_bridge import doctor
from firmware_bridge.console.table import GRAMMAR
from firmware_bridge.console.words import Words, table
from firmware_bridge.journal.records import ParkedState
from firmware_bridge.words.table import LANGUAGES, Language
from statemachines.vocabulary.evidence import PrintEvidence

ROOM = Path(doctor.__file__).parent
KEY = re.compile(r"""["']((?:[a-z]+\.)+[a-z_.]+|done|nothing)["']""")
#: Keys of the till's configuration, not of the table.
SETTINGS = {"printer.page", "printer.port"}
#: Made of parts in the code.
MADE = {
    *(command.help_key for command in GRAMMAR.commands),
    *(f"part.{part}" for part in doctor.PARTS),
    *(f"shift.{name}" for name in ("sales", "returns")),
    *(f"evidence.{name}" for name in get_args(PrintEvidence)),
    *(f"kept.{name}" for name in get_args(ParkedState)),
    *(f"result.{name}" for name in ("done", "refused", "failed", "doubtful", "stopped", "left")),
    *(f"channel.{name}" for name in ("serial", "socket", "terminal", "page")),
}
CYRILLIC = {"uk": "іїє", "ru": "ыэё", "be": "ўыэі"}


def said_in_the_code() -> set[str]:
    """Every key that stands in the sources."""
    sources = [*ROOM.glob("console/*.py"), *ROOM.glob("doctor*.py")]
    found = {key for path in sources for key in KEY.findall(path.read_text("utf-8"))}
    families = {key.partition(".")[0] for key in table()}
    return {
        key for key in found - SETTINGS if key.partition(".")[0] in families and not re.search(r"\.(py|md|json)$", key)
    }


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def faults(words: dict[str, dict[str, str]]) -> list[str]:
    """What is wrong with a table."""
    found = []
    for key, row in words.items():
        if set(row) != set(LANGUAGES):
            found.append(f"{key}: languages")
            continue
        found += [f"{key}: {name} is empty" for name, text in row.items() if not text.strip()]
        found += [f"{key}: {name} has other facts" for name, text in row.items() if places(text) != places(row["en"])]
    return found


def test_every_sentence_is_there_in_every_language_with_the_same_facts() -> None:
    assert set(LANGUAGES) == {"en", "uk", "ru", "az", "be"} == set(get_args(Language))
    assert faults({key: dict(row) for key, row in table().items()}) == []


@pytest.mark.parametrize("spoil", ["drop", "empty", "fact"])
def test_a_table_with_a_gap_is_caught(spoil: str) -> None:
    words = {key: dict(row) for key, row in table().items()}
    row = words["session.slow"]
    if spoil == "drop":
        del row["be"]
    else:
        row["be"] = "" if spoil == "empty" else "{minutes}"
    assert all("session.slow" in fault for fault in faults(words))
    assert faults(words)


def test_the_table_has_exactly_what_the_console_says() -> None:
    wanted = {key for key in said_in_the_code() | MADE if "." in key or key in ("done", "nothing")}
    known = set(table())
    assert wanted - known == set(), "said, and in no language"
    assert known - wanted == set(), "in the table, and never said"


def test_languages_are_themselves_and_not_copies_of_another() -> None:
    for language, letters in CYRILLIC.items():
        whole = "".join(row[language] for row in table().values())
        assert all(letter in whole for letter in letters), language
    other = {"uk": "ыэёў", "ru": "іїєґў", "be": "иїєґщ"}
    for language, letters in other.items():
        wrong = [key for key, row in table().items() if set(row[language].lower()) & set(letters)]
        assert wrong == [], language
    for key, row in table().items():
        same = row["en"] in (row["uk"], row["ru"], row["be"])
        assert not same or not re.search(r"[a-z]{4,} [a-z]{4,} [a-z]{4,}", row["en"]), key


def test_a_fact_is_never_read_as_a_place_for_another_fact() -> None:
    assert Words("en")("doctor.said", text="{vendor} %s {0}") == "{vendor} %s {0}"


def test_every_command_has_help_and_an_example_that_means_it() -> None:
    for command in GRAMMAR.commands:
        assert len(GRAMMAR.examples(command)) == 2, command.usage
        for example in GRAMMAR.examples(command):
            found, _ = GRAMMAR.parse(example)
            assert found is command, example
