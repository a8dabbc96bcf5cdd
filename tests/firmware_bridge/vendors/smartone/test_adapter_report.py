"""The X report of the page: read in both its spellings and types, written in the sample's."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from firmware_bridge.vendors.smartone.report import ShiftReport, envelope
from tests.firmware_bridge.vendors.smartone.adapter_samples import DATA, PAGE, data, renamed, same_form


def read(given: Any) -> ShiftReport:
    return msgspec.json.decode(json.dumps(given).encode(), type=ShiftReport, strict=False)


def test_a_report_of_the_pages_form_is_written_as_it_was_read() -> None:
    written = envelope(read(DATA))
    assert written == {"status": "success", "data": DATA}
    assert json.dumps(written) == json.dumps({"status": "success", "data": DATA}), "the order of the sample"


def test_what_is_written_has_the_samples_keys_and_types() -> None:
    assert same_form(envelope(read(DATA))["data"], PAGE["data"])


def test_another_spelling_or_type_is_not_the_samples() -> None:
    """The control."""
    assert not same_form(renamed(data()), PAGE["data"])
    assert not same_form(data(shift_id="17"), PAGE["data"])
    assert not same_form(data(shift_totals__totals__sale={"count": 3}), PAGE["data"])


def test_the_tables_spellings_are_read_and_the_samples_are_written() -> None:
    report = read(renamed(data()))
    assert (report.totals.end_shift.cash_now, report.totals.end_shift.operations) == (34800, 4)
    assert report.as_json() == DATA


@pytest.mark.parametrize(("given", "number"), [(17, "17"), ("17", "17"), ("A-17", "A-17"), (None, "")])
def test_both_types_of_shift_id_are_read_and_an_integer_is_written(given: Any, number: str) -> None:
    report = read(data(shift_id=given))
    assert report.number == number
    assert report.as_json()["shift_id"] == (17 if number == "17" else given)


@pytest.mark.parametrize(
    "empty", [{"totals": []}, {"taxes": []}, {"payments": []}, {"taxes": {"sale": []}}, {"payments": {"sale": []}}]
)
def test_what_the_page_calls_an_array_may_come_as_an_empty_one(empty: dict[str, Any]) -> None:
    report = read(data(**{f"shift_totals__{name}": value for name, value in empty.items()}))
    name = next(iter(empty))
    assert report.as_json()["shift_totals"][name] in ({}, {"sale": {}})


def test_other_operations_are_kept() -> None:
    totals = {
        **DATA["shift_totals"]["totals"],
        "refund": {"count": 1, "amount": 5},
        "deposit": {"count": 2, "amount": 9},
    }
    assert read(data(shift_totals__totals=totals)).as_json()["shift_totals"]["totals"] == totals


@pytest.mark.parametrize(
    "wrong",
    [
        {"cash": 1.5},
        {"cash": "x"},
        {"shift_open": "perhaps"},
        {"shift_totals__totals__sale__count": None},
        {"shift_totals__totals": [1]},
    ],
)
def test_what_is_no_report_is_not_read_as_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(data(**wrong))
    with pytest.raises(msgspec.ValidationError):
        read({"shift_id": 1})
