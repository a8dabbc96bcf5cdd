"""The demo day at registers of the shop's network, and its controls, as a user runs them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.journal.verify import verify
from tests.blackbox.test_demo import Days, Done, figures_of, names, played
from tests.support.processes import command, processes_with

REGISTERS = {"ikassa": ("ikassa",), "core": ("smartone",), "ecr": ("smartone", "--profile", "ecr")}
CONTROLS = {
    "ikassa double": (*REGISTERS["ikassa"], "--fault", "double-send"),
    "core drop": (*REGISTERS["core"], "--fault", "drop-record"),
    "ecr double": (*REGISTERS["ecr"], "--fault", "double-send"),
}
#: A day takes a quarter of a minute; the campaign has all of them.
EACH = pytest.mark.parametrize("register", ["ikassa", "core", pytest.param("ecr", marks=pytest.mark.campaign)])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("days")


@pytest.fixture(scope="module")
def days(kept: Path) -> Days:
    """A day by its name, played when it is first asked for."""

    def day(name: str) -> Done:
        if name in CONTROLS:
            return played("--fiscaliser", *CONTROLS[name], "--book", "none", "--json")
        return played("--fiscaliser", *REGISTERS[name], "--json", "--keep", str(kept / name))

    return cache(day)


def books(kept: Path, register: str) -> dict[str, Any]:
    vendor = REGISTERS[register][0]
    found: dict[str, Any] = json.loads((kept / register / f"{vendor}.json").read_text(encoding="utf-8"))
    return found


@EACH
def test_a_day_with_every_trouble_loses_and_doubles_nothing(days: Days, kept: Path, register: str) -> None:
    done = days(register)
    assert done.returncode == 0, done.stdout + done.stderr
    # where the register is not told of the float it is put in as cash, which the cash book is told of, too
    delivered = 48 if register == "ikassa" else 47
    expected = {"sales": 63, "printed": 63, "fiscalised": 63, "delivered": delivered, "lost": 0, "duplicated": 0}
    assert json.loads(done.stdout) == expected
    assert verify(str(kept / register / "journal.sqlite")).ok


@EACH
def test_the_day_had_its_troubles(days: Days, kept: Path, register: str) -> None:
    """A day on which nothing went wrong would prove nothing."""
    days(register)
    counted = names(kept / register / "journal.sqlite")
    assert counted["TillStarted"] == 3, "killed twice while a sale was on its way"
    assert counted["FiscalisationDoubtful"] >= 6, "four answers were lost, and two were on their way"
    assert books(kept, register)["faults"] == [], "every fault of the register has struck"
    if register == "ikassa":
        assert books(kept, register)["tokens_given"] >= 4, "each life of the till, and the token that ended"


@EACH
def test_the_registers_books_hold_every_sale_once_on_paper_and_the_cash_of_the_drawer(
    days: Days, kept: Path, register: str
) -> None:
    days(register)
    found = books(kept, register)
    if register == "ikassa":
        made = [row for row in found["documents"] if row["kind"] in ("Sale", "MoneyBack")]
        ids = {row["operation_id"] for row in made}
        unprinted = [row["kind"] for row in found["documents"] if not row["printed"]]
        assert unprinted == ["Deposit"], "its printer failed once"
        assert found["shift"]["open"] is False
    else:
        made = [row for row in found["documents"] if row["kind"] in ("sale", "refund")]
        ids = {row["doc_number"] for row in made}
        assert {row["prints"] for row in made} == {1}, "what its printer failed at was printed there once more"
        assert [one["closed_at"] is None for one in found["shifts"]] == [False]
    assert (len(made), len(ids)) == (63, 63)
    moved = sum(row["cash"] for row in found["documents"])
    assert found["cash"] == moved > 100_000


@EACH
def test_no_secret_of_the_register_is_kept_or_shown(days: Days, kept: Path, register: str) -> None:
    days(register)
    config = (kept / register / "till.toml").read_text(encoding="utf-8")
    assert ("pin = { file = " if register == "ikassa" else "merchant_id = { file = ") in config
    for name in ("ikassa.pin", "smartone.merchant_id"):
        assert list(kept.rglob(name)) == []
    assert processes_with(str(kept / register)) == []


@pytest.mark.parametrize(
    "control",
    ["core drop", *(pytest.param(name, marks=pytest.mark.campaign) for name in CONTROLS if name != "core drop")],
)
def test_control_a_till_that_is_wrong_about_its_register_is_caught_by_its_books(days: Days, control: str) -> None:
    done = days(control)
    assert done.returncode == 1
    found = figures_of(done)
    assert found["duplicated" if control.endswith("double") else "lost"] >= 1
    assert found["sales"] == 63


@pytest.mark.parametrize(
    "words",
    [
        ("--fiscaliser", "ikassa", "--profile", "core"),
        ("--fiscaliser", "smartone", "--profile", "seed"),
        ("--fiscaliser", "datecs", "--profile", "ecr"),
    ],
)
def test_a_profile_of_another_register_is_refused_before_anything_is_begun(words: tuple[str, ...]) -> None:
    found = command("demo", *words)
    assert (found.code, found.out) == (2, "")
    assert f"has no profile {words[-1]}; nothing was begun" in found.err
