"""The table spells every word that a journal can hold, as the journal writes it."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from firmware_bridge.uplink.fields import HEADER, Column, parse, table
from firmware_bridge.uplink.limits import WireError
from statemachines import vocabulary
from statemachines.vocabulary.effects import Intention
from statemachines.vocabulary.events import Event, Occurred


def words() -> dict[type[Any], str]:
    """Every class that can stand in a journal's record, and what it is."""
    modules = [
        importlib.import_module(it.name) for it in pkgutil.iter_modules(vocabulary.__path__, f"{vocabulary.__name__}.")
    ]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    events = {cls for cls in found if issubclass(cls, Event)}
    leaves = {cls for cls in events if not any(cls in other.__mro__[1:] for other in events)}
    known: dict[type[Any], str] = dict.fromkeys(get_args(Intention), "intention") | dict.fromkeys(leaves, "event")
    inside = [Occurred, *known]
    while inside:
        cls = inside.pop()
        for name, hint in get_type_hints(cls).items():
            for member in () if (cls, name) == (Occurred, "event") else _classes(hint):
                if member not in known:
                    known[member] = "value"
                    inside.append(member)
    return known


def _classes(hint: Any) -> list[type[Any]]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return [hint]
    return [] if get_origin(hint) is Literal else [cls for part in get_args(hint) for cls in _classes(part)]


def _column(name: str, hint: Any) -> Column:
    classes = tuple(cls.__name__ for cls in _classes(hint))
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    many = any(get_origin(option) is tuple for option in options)
    text = any(
        option is str or (get_origin(option) is Literal and isinstance(get_args(option)[0], str)) for option in options
    )
    return Column(name, classes, many and bool(classes), text)


@pytest.mark.parametrize("cls", sorted(words(), key=str), ids=lambda cls: str(cls.__name__))
def test_every_class_of_a_record_has_its_row_in_the_journals_order(cls: type) -> None:
    row = table().named(cls.__name__)
    hints = get_type_hints(cls)
    fields = [_column(field.name, hints[field.name]) for field in dataclasses.fields(cls) if field.init]
    assert row is not None, "give it the next free number in table.txt, behind a +"
    assert (row.kind, list(row.columns)) == (words()[cls], fields), "fields are appended, after a |"


def test_the_header_has_a_row_without_the_times() -> None:
    row = table().named(HEADER)
    assert row is not None
    assert [column.name for column in row.columns] == ["actor", "cause"]


def test_numbers_of_version_1_stay_what_they_are() -> None:
    numbers = {1: "Occurred", 2: "Person", 19: "Receipt", 40: "Print", 41: "Fiscalise", 50: "TillStarted"}
    numbers |= {53: "SaleRequested", 76: "CashMoved", 99: "TimeReached", 126: "OfflineCodeSpent", 127: "NoSaleRecorded"}
    assert {number: table().numbered(number).name for number in numbers} == numbers


@pytest.mark.parametrize(
    "text",
    [
        "1 event A a\n1 event B a",
        "1 event A a\n2 event A a",
        "0 event A a",
        "x event A a",
        "70000 event A a",
        "1 thing A a",
        "1 event A a a",
        "1 event A a:B#",
        "1 event A a*",
        "1 event A-B a",
    ],
)
def test_a_table_that_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        parse(text)


def test_what_is_younger_than_version_1_is_told() -> None:
    young = parse("# a remark\n\n1 event A a\n2 event B a# | b:A*\n+3 event C")
    assert [young.numbered(number).told for number in (1, 2, 3)] == [False, True, True]
    assert young.numbered(2).spelt == "a# b:A*"


def test_the_table_travels_with_the_package() -> None:
    assert (Path(__file__).parents[3] / "firmware_bridge/uplink/table.txt").is_file()
