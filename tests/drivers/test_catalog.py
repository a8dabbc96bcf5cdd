"""Names in the configuration find their classes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drivers.catalog import CATALOG, Kind, load, names


@pytest.mark.parametrize("key", sorted(CATALOG))
def test_every_row_names_a_class_that_exists(key: tuple[Kind, str]) -> None:
    kind, name = key
    assert kind in {"port", "printer", "drawer", "register"}
    assert load(kind, name).__name__ == CATALOG[key].rpartition(":")[2]


def test_unknown_name_is_refused_with_the_choices() -> None:
    with pytest.raises(LookupError, match=r"'epos'.*escpos"):
        load("printer", "epos")


def test_names_are_listed_by_kind() -> None:
    assert "serial" in names("port")
    assert "serial" not in names("printer")


def test_catalog_itself_loads_no_driver() -> None:
    code = "import sys, drivers.catalog; sys.exit(any(m == 'serial' or 'escpos' in m for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
