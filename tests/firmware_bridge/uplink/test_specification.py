"""The page that others read says what the program does."""

from __future__ import annotations

from firmware_bridge.uplink import limits
from firmware_bridge.uplink.fields import table
from firmware_bridge.uplink.over_http import CONTENT, ECHO, PROBLEM, VERSION
from firmware_bridge.uplink.specification import PAGE, page

TEXT = PAGE.read_text("utf-8")


def test_its_tables_are_those_of_this_release() -> None:
    assert page(TEXT) == TEXT, "run `python -m firmware_bridge.uplink.specification`"


def test_a_page_that_is_behind_is_found() -> None:
    assert page(TEXT.replace(f"| {limits.MAX_RECORDS} |", "| 65 |", 1)) == TEXT
    assert page(TEXT.replace("1 value Occurred actor:Person cause\n", "", 1)) == TEXT


def test_every_kind_stands_in_it() -> None:
    rows = TEXT.partition("```text\n")[2].partition("```")[0].splitlines()
    assert len(rows) == len({row.lstrip("+").split()[0] for row in rows})
    for row in rows:
        number, kind, name, *words = row.lstrip("+").split()
        shape = table().numbered(int(number))
        assert (shape.kind, shape.name) == (kind, name)
        assert shape.spelt == " ".join(word for word in words if word != "|")


def test_the_words_of_http_stand_in_it() -> None:
    for word in (CONTENT, ECHO, PROBLEM, f"/v{VERSION}/tills/TILL/", f"/v{VERSION}/enrol"):
        assert word in TEXT, word
