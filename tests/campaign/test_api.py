"""Thousands of requests in every role, what is described and what is not: no answer that is not. `make cuts`.

A role takes five minutes of one core: `make cuts ARGS="-k 'described and cashier'"`. SEED replays.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from firmware_bridge.api.operations import OPERATIONS
from firmware_bridge.config import ROLES
from tests.support.fuzzing import fuzz, place

pytestmark = pytest.mark.campaign


@pytest.mark.parametrize("role", ROLES)
def test_no_request_gets_an_answer_that_is_not_described(role: str, tmp_path: Path, seed: int) -> None:
    with place(tmp_path / "till") as till:
        report = fuzz(till, role, seed, tmp_path / "fuzz", "-n", "100")
        alive = till.desk.status()
    print(f"{role}: {report.cases} cases, {report.replay}", *report.table(), sep="\n", file=sys.stderr)  # noqa: T201
    assert report.failures == {}, report.said
    assert alive["journal"]["seq"] > 0
    assert len({operation for operation, status in report.answers if status != 405}) == len(OPERATIONS)
    assert report.cases > 2_000
