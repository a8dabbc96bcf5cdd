"""One table of what the till says: nothing that its source says is left out, and the same is meant in each language."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from firmware_bridge.words.table import LANGUAGES, SHARED, known, part, words
from tests.firmware_bridge.words.sentences import (
    LEFT_OUT,
    PACKAGES,
    ROOT,
    UNSAID,
    Sentence,
    source,
)
from tests.support.words import ELSEWHERE, add, faults, idle, lacking, missing, read, remove, write

SOUND = {
    "en": "Line {line} is busy: wait.",
    "uk": "Рядок {line} зайнятий: зачекайте.",
    "ru": "Строка {line} занята: подождите.",
    "az": "{line} sətri məşğuldur: gözləyin.",
    "be": "Радок {line} заняты: пачакайце.",
}


ALIKE = {"said.system.errno"}
"""The same in every language: a code of the system."""


@cache
def everything() -> tuple[list[Sentence], set[str]]:
    return source()


def told(found: list[Sentence]) -> list[str]:
    return [f"{one.module}:{one.line}: {one.text}" for one in found]


def test_every_sentence_of_the_till_is_in_the_table() -> None:
    found = everything()[0]
    assert len(found) > 2000
    assert told(missing(found, read())) == []


def test_every_sentence_of_the_table_is_said_somewhere() -> None:
    assert idle(*everything(), read()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence(language: str) -> None:
    table = read()
    assert table[language].keys() == table["en"].keys()
    assert list(table[language]) == sorted(table[language])


def test_every_row_has_the_same_places_and_the_letters_of_its_language() -> None:
    table = read()
    found = [fault for key in table["en"] for fault in faults(key, {name: table[name][key] for name in LANGUAGES})]
    assert found == []


def test_no_language_simply_repeats_the_english() -> None:
    for language in LANGUAGES[1:]:
        same = {key for key, text in words(language).items() if key.startswith("said.") and text == words("en")[key]}
        assert same <= ALIKE


def test_a_sentence_taken_out_of_the_table_is_missed() -> None:
    table = read()
    gone = {"said.rules.the_receipt_printer_has_no_paper_load", "said.till.drawer_stands_open_push_it_shut"}
    table["en"] = {key: text for key, text in table["en"].items() if key not in gone}
    assert {one.bare for one in missing(everything()[0], table)} == {
        "The receipt printer has no paper: load a new roll",
        "Drawer {} stands open: push it shut",
    }


def test_a_sentence_that_nobody_says_is_called_idle() -> None:
    table = read()
    table["en"]["said.till.nobody"] = "Nobody ever says this of {drawer}."
    assert idle(*everything(), table) == ["said.till.nobody"]


def test_a_sentence_of_a_new_module_is_found_by_itself(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    text = '''
"""A docstring says nothing to people at the till."""
def why(name: str, log: Log) -> Refusal:
    log.info("this is told to the log alone")
    raise RuntimeError("this is a defect of the program")
    return Refusal("new", f"Drawer {name.id} is painted {'very dark' if name else ''}{name}: wait until it is dry.")
'''
    (tmp_path / "statemachines" / "new.py").write_text(text)
    found, texts = source(root=tmp_path)
    assert {one.text for one in found} == {"Drawer {id} is painted {name}: wait until it is dry.", "very dark"}
    assert "new" in texts
    assert len(missing(found, read())) == 2


def test_every_exception_still_excepts_something() -> None:
    files = [path.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    assert [glob for glob in LEFT_OUT if not any(fnmatch(file, glob) for file in files)] == []
    assert all(reason.strip() for reason in LEFT_OUT.values())
    texts = [(ROOT / file).read_text("utf-8").replace('\\"', '"') for file in files]
    unused = [text for text in UNSAID if not any(text.split("{}")[-1] in file for file in texts)]
    assert unused == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({**SOUND, "uk": "Рядок зайнятий: зачекайте."}, "places"),
        ({**SOUND, "uk": "Строка {line} занята: подождите, мы."}, "letters"),
        ({**SOUND, "be": "Строка {line} занята: подождите."}, "letters"),
        ({**SOUND, "ru": "Строка {line} занята: пoдождите."}, "two alphabets"),
        ({**SOUND, "az": "{line} sətri məşğuldur: gözləyin"}, "full stop"),
        ({**SOUND, "en": "{line}{more}"}, "touch"),
        ({**SOUND, "en": "{line}: {line}"}, "twice"),
        ({**SOUND, "en": "{line}s {more}"}, "no whole word"),
        ({"en": "Line {line} is busy: wait."}, "has ['en']"),
    ],
)
def test_a_bad_row_is_refused_and_nothing_is_written(row: dict[str, str], fault: str, tmp_path: Path) -> None:
    write(read(), tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert any(fault in line for line in add({"till.line": row}, tmp_path))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_row_is_added_in_all_languages_and_taken_out_again(tmp_path: Path) -> None:
    write(read(), tmp_path)
    before = read(tmp_path)
    assert add({"till.line": SOUND}, tmp_path) == []
    assert {
        name: json.loads((tmp_path / f"{name}.json").read_text("utf-8"))["said.till.line"] for name in SOUND
    } == SOUND
    remove(["till.line"], tmp_path)
    assert read(tmp_path) == before


def test_what_is_missing_comes_as_rows_to_fill_in() -> None:
    table = read()
    del table["en"]["said.till.drawer_stands_open_push_it_shut"]
    rows = lacking(["firmware_bridge/alarms.py"], table)
    assert rows == {
        "alarms.drawer_stands_open_push_it_shut": {
            "en": "Drawer {name} stands open: push it shut.", "uk": "", "ru": "", "az": "", "be": "",
        }
    }  # fmt: skip


def test_rows_that_no_single_text_is_are_few() -> None:
    assert sum(key.startswith(ELSEWHERE) for key in words("en")) < 100


def test_page_and_console_get_their_own_words_and_those_they_share() -> None:
    for language in LANGUAGES:
        page, console = part("page", language), part("console", language)
        assert {"signin.wait", "state.printer.ready"} <= page.keys()
        assert {"help.till", "state.printer.ready"} <= console.keys()
        assert not [key for key in (*page, *console) if key.startswith("said.")]
        assert page.keys() & console.keys() >= {key for key in words(language) if key.startswith(SHARED)}


@pytest.mark.parametrize(
    ("name", "language"), [("uk", "uk"), ("UK-ua", "uk"), (" az ", "az"), ("de", None), ("", None), ("*", None)]
)
def test_a_language_is_known_by_its_name(name: str, language: str | None) -> None:
    assert known(name) == language
