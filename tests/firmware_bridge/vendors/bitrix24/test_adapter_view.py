"""What Bitrix24 is told: WAIT while open, DONE as soon as fiscalised with each fiscaliser's fields, ERROR otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_bridge.vendors.bitrix24.check_view import Outcome, Particulars, answer, particulars

AT = 1_772_442_000_123


def test_while_anything_is_open_it_is_wait() -> None:
    assert answer("u", Outcome("waiting")) == {"STATUS": "WAIT"}


def test_what_nobody_knows_is_an_error_and_never_an_empty_object() -> None:
    said = answer("u", None)
    assert said["STATUS"] == "ERROR"
    assert said["ERROR"]


def test_what_was_refused_is_an_error_with_its_reason() -> None:
    assert answer("u", Outcome("refused", "no paper")) == {"STATUS": "ERROR", "ERROR": "no paper"}
    assert answer("u", Outcome("refused"))["ERROR"]


@pytest.mark.parametrize(
    ("known", "fields"),
    [
        (
            Particulars("checkbox", "TEST-1", "4000000001", "17", "3", vendor_id="x", at=AT),
            ("4000000001", "TEST-1", "17", "17", "4000000001", "3"),
        ),
        (
            Particulars("datecs", "0000017", "FM-9", "0000017", "12", serial="DT000600", vendor_id="UNP-1", at=AT),
            ("DT000600", "UNP-1", "0000017", "0000017", "FM-9", "12"),
        ),
        (
            Particulars("ikassa", "UID", "SKO-1", "8", at=AT, shift="5"),
            ("SKO-1", "UID", "8", "8", "SKO-1", "5"),
        ),
        (
            Particulars("smartone", "FID", "NKA", "21", "44", vendor_id="DOC", at=AT),
            ("NKA", "FID", "21", "21", "NKA", "44"),
        ),
        (
            Particulars(at=AT, local="000042", shift="7", till="till-1"),
            ("till-1", "", "000042", "000042", "", "7"),
        ),
    ],
)
def test_each_fiscalisers_particulars_have_their_fields(known: Particulars, fields: tuple[str, ...]) -> None:
    names = (
        *("REG_NUMBER_KKT", "FISCAL_DOC_ATTR", "FISCAL_DOC_NUMBER"),
        *("FISCAL_RECEIPT_NUMBER", "FN_NUMBER", "SHIFT_NUMBER"),
    )
    expected: dict[str, Any] = dict(zip(names, fields, strict=True))
    assert answer("u", Outcome("done", particulars=known)) == {
        "STATUS": "DONE",
        "UUID": "u",
        **expected,
        "PRINT_END_TIME": 1_772_442_000,
    }
    assert particulars(known) == {**expected, "PRINT_END_TIME": "1772442000"}
