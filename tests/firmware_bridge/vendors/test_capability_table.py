"""The table of operations says what the sandboxes' own tables say, and README holds it as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.vendors import capability_table
from firmware_bridge.vendors.capability_table import ROWS, VENDORS, Row, table
from firmware_bridge.vendors.ikassa.sandbox.capabilities import OPERATIONS as IKASSA
from firmware_bridge.vendors.sandbox.capabilities import Capability
from firmware_bridge.vendors.smartone.sandbox.capabilities import OPERATIONS as SMARTONE

README = Path(__file__).parents[3] / "README.md"


def cells() -> dict[str, dict[str, str]]:
    """operation -> vendor -> basis, as a reader of the markdown finds them."""
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table().splitlines()]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def test_the_block_in_the_readme_is_the_table() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "firmware_bridge.vendors.capability_table"], capture_output=True, text=True, check=True
    ).stdout
    _, begin, rest = README.read_text("utf-8").partition("<!-- capabilities -->\n")
    block, end, _ = rest.partition("<!-- /capabilities -->\n")
    assert (bool(begin), bool(end)) == (True, True), "README has no block for it"
    assert block == printed == table()


@pytest.mark.parametrize(
    ("operation", "vendor", "basis"),
    [
        ("sale", "ikassa", "documented"),
        ("cash out", "ikassa", "inferred"),
        ("open a shift, begin a day", "ikassa", "inferred"),
        ("open a shift, begin a day", "datecs", "-"),
        ("find a document by our id", "smartone", "documented"),
        ("find a document by our id", "newstore", "-"),
        ("sell without it", "checkbox", "documented"),
    ],
)
def test_what_a_vendor_has_is_said_on_the_right_word(operation: str, vendor: str, basis: str) -> None:
    assert cells()[operation][vendor] == basis


def test_every_row_names_vendors_that_there_are_and_somebody_who_does_it() -> None:
    assert list(next(iter(cells().values()))) == list(VENDORS)
    assert all(set(row.by) <= set(VENDORS) for row in ROWS)
    assert all(set(found.values()) - {"-"} for found in cells().values())


@pytest.mark.parametrize(("vendor", "operations"), [("ikassa", IKASSA), ("smartone", SMARTONE)])
def test_no_operation_of_a_register_is_left_out(vendor: str, operations: tuple[Capability, ...]) -> None:
    told = {name for row in ROWS for name in row.by.get(vendor, ())}
    assert {one.operation for one in operations} <= told


def test_an_operation_that_a_vendor_lacks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capability_table, "ROWS", [Row("fly", {"ikassa": ("fly",)})])
    with pytest.raises(LookupError, match="fly: ikassa has no fly"):
        table()
