"""Over random days: books that agree are said to agree to the cent, and one difference is named, and it alone."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import pytest

from firmware_bridge.vendors.newstore.audit import reconcile, strangers, sums
from firmware_bridge.vendors.newstore.audit.till_day import TillDay
from tests.firmware_bridge.vendors.newstore.audit_days import PLANTS, PlannedDay
from tests.firmware_bridge.vendors.newstore.audit_shop import Shop

DAYS = 6
LATE_S = (0.0, 14 * 3600.0)


def made(path: Path, dice: random.Random, plant: str = "") -> tuple[Shop, PlannedDay]:
    """A day that happened, was delivered (perhaps hours later) and closed."""
    path.unlink(missing_ok=True)
    shop = Shop(path, lag_s=dice.choice(LATE_S))
    day = PlannedDay(dice)
    if plant:
        PLANTS[plant][1](day, dice)
    day.happen(shop)
    shop.deliver()
    return shop, day


def test_days_that_are_the_same_in_both_books_agree_to_the_cent(tmp_path: Path, seed: int) -> None:
    for number in range(DAYS * 2):
        shop, day = made(tmp_path / f"{number}", random.Random(seed + number))
        found = shop.compared()
        assert (found.findings, found.pending, found.reported) == ((), (), True), seed + number
        assert found.agree == len(day.kinds)
        assert len(found.drafts) == day.drafts
        assert [line.what for line in found.lines if line.ours != line.theirs] == []
        assert found.event.differences == ()
        assert found.event.orphans == day.drafts


@pytest.mark.parametrize("plant", PLANTS)
def test_one_difference_is_named_and_nothing_else(plant: str, tmp_path: Path, seed: int) -> None:
    for number in range(DAYS):
        shop, day = made(tmp_path / f"{number}", random.Random(seed + number), plant)
        found = shop.compared()
        wanted = [PLANTS[plant][0]] if PLANTS[plant][0] else []
        assert [finding.kind for finding in found.findings] == wanted, (seed + number, found.findings)
        assert len(found.drafts) == day.drafts, (seed + number, found.drafts)
        assert found.pending == ()
        assert len(found.event.differences) == len(wanted)


# --- controls: a comparison that is wrong in one place --------------------------------------------------------------


def _by_till_alone(day: TillDay, *_: object) -> frozenset[int]:
    """A variance that does not follow from what was found before."""
    return frozenset({sum(count.variance for count in day.submitted)})


@pytest.mark.parametrize(
    ("plant", "module", "name", "broken"),
    [
        ("foreign", strangers, "completed", lambda *_: ()),
        ("doubled", strangers, "completed", lambda *_: ()),
        ("amount", sums, "variances", _by_till_alone),
        ("canceled", sums, "variances", _by_till_alone),
        ("orphan draft", reconcile, "unmatched", lambda rows, _: (list(rows), [])),
    ],
)
def test_a_comparison_that_is_wrong_in_one_place_is_caught(
    plant: str, module: ModuleType, name: str, broken: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = 0
    monkeypatch.setattr(module, name, broken)
    for number in range(DAYS):
        shop, day = made(tmp_path / f"{number}", random.Random(number), plant)
        found = shop.compared()
        wanted = [PLANTS[plant][0]] if PLANTS[plant][0] else []
        wrong += [finding.kind for finding in found.findings] != wanted or len(found.drafts) != day.drafts
    assert wrong
