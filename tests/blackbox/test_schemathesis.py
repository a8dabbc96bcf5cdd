"""The API against its own description: schemathesis asks a running till for what is described and for what is not.

A slice of it, new in every run; `make cuts ARGS="-k described"` asks for thousands of cases in every role.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.api.operations import OPERATIONS
from firmware_bridge.api.table import BY_NAME
from tests.support.broken_api import BROKEN
from tests.support.fuzzing import Place, fuzz, place

#: What is planted in tests.support.broken_api -> what it is called.
FOUND = {
    "outbox": "ST101 Server error",
    "orders": "ST103 Undocumented status code",
    "session": "ST105 Undocumented Content-Type",
    "cash": "ST107 Missing required response headers",
    "drawers": "ST108 Response violates schema",
    "x_report": "ST201 Schema-violating request accepted",
    "receipts": "ST202 Schema-valid request rejected",
    "status": "ST401 API accepts requests without authentication",
}


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("till")) as found:
        yield found


def test_every_operation_keeps_to_its_description_whatever_a_manager_asks(
    till: Place, tmp_path: Path, seed: int
) -> None:
    report = fuzz(till, "manager", seed, tmp_path, "--phases", "fuzzing", "-n", "2")
    assert report.failures == {}, report.said
    asked = {operation for operation, times in report.operations.items() if times}
    assert len(asked) == len(OPERATIONS)


def test_the_other_roles_are_refused_as_it_is_described(till: Place, tmp_path: Path, seed: int) -> None:
    role = random.Random(seed).choice(["cashier", "technician", "observer"])
    report = fuzz(till, role, seed, tmp_path, "--phases", "fuzzing", "-n", "1")
    assert report.failures == {}, report.said


def test_each_way_to_break_the_word_is_found(tmp_path: Path) -> None:
    words = [word for name in BROKEN for word in ("--include-operation-id", name)]
    options = ("--phases", "coverage", "--no-shrink", *words)
    with place(tmp_path / "broken", "tests.support.broken_api") as broken:
        found = fuzz(broken, "manager", 1, tmp_path / "fuzz", *options).failures
    assert FOUND.keys() == BROKEN.keys()
    for name, called in FOUND.items():
        label = f"{BY_NAME[name].method} {BY_NAME[name].path}"
        assert label in found.get(called, []), (label, called, found)
