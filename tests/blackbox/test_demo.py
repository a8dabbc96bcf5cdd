"""The demo day and its controls, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.journal import browse
from firmware_bridge.journal.verify import verify
from tests.support.processes import processes_with

Done = subprocess.CompletedProcess[str]
Days = Callable[[str], Done]


def played(*arguments: str) -> Done:
    """A whole day of the demo in a process of its own."""
    command = [sys.executable, "-m", "firmware_bridge", "demo", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("days")


@pytest.fixture(scope="module")
def days(kept: Path) -> Days:
    """A day by its name, played when it is first asked for."""
    words = {
        "whole": ("--seed", "1", "--json", "--keep", str(kept / "whole")),
        "none": ("--fiscaliser", "none", "--book", "none", "--json", "--keep", str(kept / "none")),
        "double-send": ("--fault", "double-send", "--book", "none"),
        "drop-record": ("--fault", "drop-record", "--book", "none", "--json"),
        "drop-delivery": ("--fault", "drop-delivery", "--fiscaliser", "none"),
        "datecs": ("--fiscaliser", "datecs", "--json", "--keep", str(kept / "datecs")),
        "datecs-double": ("--fiscaliser", "datecs", "--book", "none", "--fault", "double-send"),
        "datecs-drop": ("--fiscaliser", "datecs", "--book", "none", "--fault", "drop-record"),
    }
    return cache(lambda name: played(*words[name]))


def figures_of(done: Done) -> dict[str, int]:
    """From the last line, whichever of the two forms it has."""
    line = done.stdout.strip().splitlines()[-1]
    if line.startswith("{"):
        found: dict[str, int] = json.loads(line)
        return found
    assert line.startswith("demo: sales=")
    return {key: int(value) for key, _, value in (part.partition("=") for part in line.removeprefix("demo: ").split())}


def names(journal: Path) -> Counter[str]:
    return Counter(str(record["name"]) for record in browse.export(str(journal)))


def test_a_day_with_every_trouble_loses_and_doubles_nothing(days: Days, kept: Path) -> None:
    done = days("whole")
    assert done.returncode == 0, done.stdout + done.stderr
    expected = {"sales": 63, "printed": 63, "fiscalised": 63, "delivered": 47, "lost": 0, "duplicated": 0}
    assert json.loads(done.stdout) == expected
    assert verify(str(kept / "whole" / "journal.sqlite")).ok
    paper = (kept / "whole" / "paper.txt").read_text(encoding="utf-8")
    assert paper.count("ФІСКАЛЬНИЙ ЧЕК") >= 60
    assert (kept / "whole" / "paper.png").read_bytes().startswith(b"\x89PNG")


def test_the_day_had_its_troubles(days: Days, kept: Path) -> None:
    """A day on which nothing went wrong would prove nothing."""
    days("whole")
    counted = names(kept / "whole" / "journal.sqlite")
    assert counted["TillStarted"] == 3, "killed while it printed, and while a sale was on its way to the fiscaliser"
    assert counted["FiscalisationDoubtful"] >= 3, (
        "two answers were lost, and one was on its way when the till was killed"
    )
    assert counted["PrintDoubtful"] >= 1
    assert counted["VendorParked"] == 0, "nobody had to see to anything"
    for vendor in ("checkbox", "newstore"):
        assert books(kept, vendor)["faults"] == [], "every fault of the vendor has struck"
    assert books(kept, "newstore")["tokens_given"] >= 4, "each life of the till, and the token that ended"


def test_the_kept_books_hold_every_sale_once_and_the_cash_of_the_drawer(days: Days, kept: Path) -> None:
    days("whole")
    found = books(kept, "checkbox")
    done = [row for row in found["receipts"] if row["status"] == "DONE"]
    assert (
        len({row["context"]["sale_id"] for row in done}) == len({row["fiscal_code"] for row in done}) == len(done) == 63
    )
    assert sum(row["type"] == "RETURN" for row in done) == 3
    report = next(
        record
        for record in browse.export(str(kept / "whole" / "journal.sqlite"))
        if record["name"] == "ReportRequested" and record["fields"]["report"]["kind"] == "shift_report"
    )
    assert found["balance"] == report["fields"]["report"]["totals"]["expected_cash"] > 100_000
    assert [one["status"] for one in found["shifts"]] == ["CLOSED"]


def test_the_kept_cash_book_holds_the_day_to_the_cent(days: Days, kept: Path) -> None:
    """Its own expected cash, its own counts and the till's figure are one sum; a draft was left, and only one."""
    days("whole")
    found = books(kept, "newstore")
    (day,) = found["drawers"][0]["days"]
    exported = list(browse.export(str(kept / "whole" / "journal.sqlite")))
    closed = next(record["fields"] for record in exported if record["name"] == "DrawerDayClosed")
    assert (round(day["expected"] * 100), round(day["open_float"] * 100)) == (closed["expected"], 100_000)
    assert day["deactivated_at"] is not None
    counts = {(one["reason"], one["status"]): one for one in found["counts"]}
    assert counts.keys() == {("intra_day_balance", "submitted"), ("end_of_day_balance", "submitted")}
    assert all(one["counted"] == one["expected"] for one in counts.values())
    kinds = Counter(one["kind"] for one in found["transactions"] if one["status"] == "completed")
    assert {kind: kinds[kind] for kind in ("add_petty_cash", "remove_petty_cash", "cash_pull", "no_sale")} == {
        **dict.fromkeys(("add_petty_cash", "remove_petty_cash", "cash_pull", "no_sale"), 1)
    }
    assert kinds["sale"] == 39
    assert [one["status"] for one in found["transactions"] if one["status"] != "completed"] == ["draft"]
    known = {one["transaction_id"] for one in found["transactions"]}
    assert {one["correlation_id"] for one in found["activities"]} <= known


def test_the_keys_of_the_sandboxes_are_neither_kept_nor_shown(days: Days, kept: Path) -> None:
    days("whole")
    config = (kept / "whole" / "till.toml").read_text(encoding="utf-8")
    assert "license_key = { file = " in config
    assert "client_secret = { file = " in config
    for name in ("password", "license_key", "access_key", "client_secret"):
        assert list(kept.rglob(f"*{name}*")) == []
    assert processes_with(str(kept / "whole")) == []


def test_a_day_without_fiscaliser_and_book_is_as_good(days: Days, kept: Path) -> None:
    done = days("none")
    assert done.returncode == 0, done.stdout + done.stderr
    expected = {"sales": 63, "printed": 63, "fiscalised": 0, "delivered": 0, "lost": 0, "duplicated": 0}
    assert json.loads(done.stdout) == expected
    assert verify(str(kept / "none" / "journal.sqlite")).ok
    assert "Звіт зміни" in (kept / "none" / "paper.txt").read_text(encoding="utf-8")
    assert list((kept / "none").glob("*.json")) == []


def test_control_a_till_that_sends_twice_is_caught_by_its_paper(days: Days) -> None:
    done = days("double-send")
    assert done.returncode == 1
    found = figures_of(done)
    assert found["duplicated"] >= 1
    assert (found["lost"], found["fiscalised"]) == (0, 63)


def test_control_a_till_that_drops_a_record_is_caught_by_its_paper(days: Days) -> None:
    done = days("drop-record")
    assert done.returncode == 1
    found = figures_of(done)
    assert found["lost"] >= 1
    assert found["printed"] + found["lost"] == found["sales"] == 63


def test_control_a_till_that_drops_a_delivery_is_caught_by_the_cash_book(days: Days) -> None:
    done = days("drop-delivery")
    assert done.returncode == 1
    found = figures_of(done)
    assert found["lost"] >= 1
    assert found["delivered"] < 47
    assert (found["printed"], found["duplicated"]) == (63, 0)
    assert "is not in the book" in done.stderr


def test_a_day_on_a_fiscal_printer_loses_and_doubles_nothing(days: Days, kept: Path) -> None:
    done = days("datecs")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert {name: found[name] for name in ("sales", "printed", "fiscalised", "lost", "duplicated")} == {
        "sales": 63,
        "printed": 63,
        "fiscalised": 63,
        "lost": 0,
        "duplicated": 0,
    }
    assert verify(str(kept / "datecs" / "journal.sqlite")).ok
    memory = json.loads((kept / "datecs" / "datecs.json").read_text(encoding="utf-8"))
    assert len(memory["fiscal"]) == 63
    assert len(memory["closures"]) == 1
    counted = names(kept / "datecs" / "journal.sqlite")
    assert counted["TillStarted"] == 2, "killed while a receipt was printed"
    assert counted["FiscalisationDoubtful"] >= 1


@pytest.mark.parametrize(
    ("fault", "figure"),
    [pytest.param("datecs-double", "duplicated", marks=pytest.mark.campaign), ("datecs-drop", "lost")],
)
def test_control_a_till_that_is_wrong_about_its_fiscal_printer_is_caught_by_its_memory(
    days: Days, fault: str, figure: str
) -> None:
    done = days(fault)
    assert done.returncode == 1
    assert figures_of(done)[figure] >= 1


def books(kept: Path, vendor: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((kept / "whole" / f"{vendor}.json").read_text(encoding="utf-8"))
    return found
