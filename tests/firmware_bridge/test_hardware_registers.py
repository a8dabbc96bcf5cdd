"""From [fiscaliser.datecs] to a driver: what the section says, what the rules are told, what is refused."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from firmware_bridge.errors import UsageError
from firmware_bridge.hardware_registers import build, settings, text_columns, traits
from firmware_bridge.validation import InvalidError, convert
from firmware_bridge.vendors.datecs.config import DatecsConfig
from statemachines.vocabulary.events import PrinterReady
from statemachines.vocabulary.receipt import TaxGroup, TaxRate
from tests.support.datecs_rig import Rig

LEAST = {"port": "serial:/dev/till-fiscal?baud=115200", "dialect": "bg"}


def section(**changes: Any) -> DatecsConfig:
    return convert({**LEAST, **changes}, DatecsConfig)


def test_the_least_section_is_a_whole_device_of_its_dialect() -> None:
    made = settings(section())
    assert (made.dialect.name, made.secret, made.operator, made.till) == ("bg", "0000", 1, 1)
    assert made.unp
    assert made.drawer == "none"


@pytest.mark.parametrize(("dialect", "numbered"), [("c", True), ("ua", False), ("x", True)])
def test_the_unique_sale_number_is_sent_where_the_law_wants_it(dialect: str, *, numbered: bool) -> None:
    assert settings(section(dialect=dialect)).unp == numbered
    assert not settings(section(dialect=dialect, unique_sale_number=False)).unp


def test_the_traits_are_those_of_a_device_that_prints_and_is_asked_by_its_last_document() -> None:
    told = traits(section())
    assert told.registers
    assert told.prints
    assert told.copy
    assert told.carries_balance
    assert (told.lookup, told.offline) == ("last_document", "none")
    assert not told.sells_in_doubt
    assert not told.kicks
    assert not told.collects_card
    assert told.shift_limit_ms == 24 * 3_600_000


def test_a_drawer_that_the_device_opens_and_a_card_terminal_are_traits() -> None:
    assert traits(section(drawer="payment")).kicks
    assert traits(section(dialect="x", pinpad=True)).collects_card
    assert traits(section(dialect="mk")).shift_limit_ms == 0


def test_the_till_s_rates_go_along_where_a_group_has_one() -> None:
    groups = {
        "a": TaxGroup("a", "Б", (TaxRate("ДДС", 2000),)),
        "beer": TaxGroup("beer", "В", (TaxRate("ДДС", 2000), TaxRate("Акциз", 500))),
    }
    assert settings(section(), groups=groups).rates == {"a": 2000}


@pytest.mark.parametrize(
    ("changes", "letter", "words"),
    [
        ({}, "Q", "tax group"),
        ({"operator": 17}, "Б", "operators 1 to 16"),
        ({"payments": {"cash": "coupon"}, "dialect": "c"}, "Б", "cash"),
    ],
)
def test_what_the_device_does_not_have_is_refused_by_name(changes: dict[str, Any], letter: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        settings(section(**changes), taxes={"a": letter})


@pytest.mark.parametrize(
    "changes", [{"dialect": "fp"}, {"pinpad": True}, {"taxes": {"a": "Б"}}, {"colour": "blue"}, {"till": 0}]
)
def test_what_is_no_such_section_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        section(**changes)


def test_what_is_built_speaks_to_the_device() -> None:
    rig = Rig("bg")
    register = build(settings(section()), rig.port, rig.events.append, zone=UTC, utc_ms=rig.utc_ms)
    assert register.connect()
    assert rig.events == [PrinterReady(model="FP-800", serial="DT000600")]
    register.close()


@pytest.mark.parametrize(
    ("dialect", "columns", "letters"), [("x", 0, 40), ("x", 48, 46), ("x", 32, 30), ("bg", 0, 42), ("bg", 32, 32)]
)
def test_a_line_of_text_is_as_long_as_the_paper_lets_it_be(dialect: str, columns: int, letters: int) -> None:
    """X devices print PrintColumns less two characters of free text."""
    chosen = section(dialect=dialect, columns=columns)
    assert text_columns(chosen) == letters
    assert settings(chosen).dialect.text_length == letters


def test_no_paper_is_narrower_than_24_characters() -> None:
    with pytest.raises(InvalidError, match="columns"):
        section(columns=10)
