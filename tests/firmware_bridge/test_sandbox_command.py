"""What the evening of a demo day counts, and who makes a sandbox: without any process."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge import config, config_check
from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import Books, OnPaper, Result, count
from firmware_bridge.errors import UsageError
from firmware_bridge.rehearsal import Checkbox, NewStore, write_config
from firmware_bridge.sandbox_arguments import Wish
from firmware_bridge.sandbox_command import VENDORS, run


def asked(serial: int, kind: str = "sale", **more: Any) -> Asked:
    told: dict[str, Any] = {
        "number": f"{serial:06}",
        "fiscal": f"TEST-{serial}",
        "state": "paper_out",
        "total": 1000,
        "cash": 1000,
    }
    return Asked(f"id-{serial}", kind, {}, **(told | more))


def row(number: int, **more: Any) -> dict[str, Any]:
    """One receipt as the books have it."""
    known = {
        "status": "DONE",
        "fiscal_code": f"TEST-{number}",
        "type": "SELL",
        "total_sum": 1000,
        "is_created_offline": False,
        "context": {"sale_id": f"id-{number}", "till_id": "1"},
    }
    return known | more


def books(*rows: dict[str, Any], balance: int = 0) -> Books:
    return Books.of({"receipts": list(rows), "balance": balance})


def paper(number: int, originals: int = 1, copies: int = 0) -> OnPaper:
    return OnPaper(f"TEST-{number}", "fiscal", originals, copies)


def figures(result: Result) -> tuple[int, ...]:
    return result.sales, result.printed, result.fiscalised, result.lost, result.duplicated


def test_what_was_made_without_the_registers_answer_is_counted_among_the_rest() -> None:
    made = [asked(1), asked(2), asked(3)]
    rows = [row(1), row(2, is_created_offline=True), row(3, is_created_offline=True)]
    result = count(made, [paper(1), paper(2), paper(3)], books(*rows, row(4, status="ERROR", is_created_offline=True)))
    assert figures(result) == (3, 3, 3, 0, 0)
    assert result.made_offline == 2
    assert ("of them made without its answer", "2") in result.rows


def test_a_day_that_is_whole_counts_every_document_once() -> None:
    made = [asked(1), asked(2, "return"), Asked("in", "cash", {}, "000003", "7", "paper_out", cash=500)]
    result = count(made, [paper(1), paper(2), OnPaper("", "cash", 1, 0)], books(row(1), row(2, type="RETURN")))
    assert figures(result) == (2, 2, 2, 0, 0)
    assert result.good
    assert result.notes == []
    assert result.cash_documents == 3


def test_a_second_fiscal_document_for_one_sale_is_doubled() -> None:
    result = count([asked(1)], [paper(1)], books(row(1), row(1, fiscal_code="TEST-9")))
    assert figures(result) == (1, 1, 1, 0, 1)
    assert not result.good


def test_a_fiscal_document_that_nobody_was_told_of_is_doubled() -> None:
    refused = asked(2, state="refused", fiscal="", number="000002")
    result = count([asked(1), refused], [paper(1)], books(row(1), row(2), row(3)))
    assert figures(result) == (1, 1, 1, 0, 2)


def test_a_sale_that_stands_in_the_books_as_a_return_is_lost_and_doubled() -> None:
    result = count([asked(1)], [paper(1)], books(row(1, type="RETURN")))
    assert figures(result) == (1, 1, 0, 1, 1)


@pytest.mark.parametrize(
    "entry",
    [
        row(1, status="ERROR", fiscal_code=None),
        row(1, status="CREATED", fiscal_code=None),
        row(1, fiscal_code="TEST-9"),
    ],
)
def test_an_acknowledged_sale_that_is_in_no_book_under_its_number_is_lost(entry: dict[str, Any]) -> None:
    result = count([asked(1)], [paper(1)], books(entry))
    assert figures(result) == (1, 1, 0, 1, 0)
    assert not result.good


def test_a_sale_on_no_paper_is_lost_once_even_if_it_is_in_no_book_either() -> None:
    assert figures(count([asked(1)], [], books(row(1)))) == (1, 0, 1, 1, 0)
    assert figures(count([asked(1)], [], books())) == (1, 0, 0, 1, 0)


def test_a_marked_copy_is_paper_but_a_second_original_is_doubled() -> None:
    assert figures(count([asked(1)], [paper(1, 0, 1)], books(row(1)))) == (1, 1, 1, 0, 0)
    assert figures(count([asked(1)], [paper(1, 2, 1)], books(row(1)))) == (1, 1, 1, 0, 1)


def test_paper_that_nobody_asked_for_is_doubled() -> None:
    stranger = [paper(1), paper(8), OnPaper("", "", 1, 0)]
    assert figures(count([asked(1)], stranger, books(row(1)))) == (1, 1, 1, 0, 2)


def test_without_fiscaliser_the_paper_alone_counts() -> None:
    result = count([asked(1), asked(2, "return")], [OnPaper("000001", "sale", 1, 0)], None)
    assert figures(result) == (2, 1, 0, 1, 0)


@pytest.mark.parametrize(
    ("drawer", "till", "register", "agrees"),
    [
        (5, 5, 5, True),
        (5, 5, None, True),
        (5, 5, 6, False),
        (5, 6, 5, False),
        (6, 5, 5, False),
        (5, 6, None, False),
        (0, 0, 0, True),
    ],
)
def test_the_day_is_good_only_when_all_count_the_same_cash(
    drawer: int, till: int, register: int | None, *, agrees: bool
) -> None:
    result = Result(cash_in_drawer=drawer, cash_of_till=till, cash_of_register=register)
    assert result.good is agrees


def test_a_sum_that_differs_in_the_books_is_not_good_although_nothing_is_lost() -> None:
    result = count([asked(1)], [paper(1)], books(row(1, total_sum=999)))
    assert figures(result) == (1, 1, 1, 0, 0)
    assert not result.good


# --- who makes a sandbox --------------------------------------------------------------------------------------------


def test_an_unknown_vendor_starts_nothing() -> None:
    said: list[str] = []
    with pytest.raises(UsageError, match="only of checkbox"):
        run("nobody", Wish(), said.append)
    assert said == []


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@pytest.mark.parametrize("fault", ["", "fire", ":1", "slow:-1", "slow:", "slow:1:1"])
def test_a_fault_that_no_vendor_knows_is_wrong_use(vendor: str, fault: str) -> None:
    with pytest.raises(UsageError, match="nothing was started"):
        VENDORS[vendor](Wish(faults=(fault,)))


@pytest.mark.parametrize(
    "wish",
    [
        Wish(currency="uah"),
        Wish(currency="UAHH"),
        Wish(drawers=("",)),
        Wish(drawers=("main:",)),
        Wish(drawers=("main:1.005",)),
        Wish(drawers=("main:-1",)),
        Wish(drawers=("main", "main:5")),
        Wish(drawers=("a/b",)),
    ],
)
def test_a_drawer_or_currency_that_cannot_be_is_wrong_use(wish: Wish) -> None:
    with pytest.raises(UsageError, match="nothing was started"):
        VENDORS["newstore"](wish)


@pytest.mark.parametrize("wish", [Wish(currency="UAH"), Wish(drawers=("main",)), Wish(drafts_may_stay=True)])
def test_a_vendor_without_drawers_is_given_none(wish: Wish) -> None:
    with pytest.raises(UsageError, match="no drawers"):
        VENDORS["checkbox"](wish)


# --- the till that goes with it -------------------------------------------------------------------------------------

READY = {
    "base_url": "http://127.0.0.1:4711",
    "login": "cashier",
    "password": "secret-password",
    "license_key": "secret-licence",
    "access_key": "secret-access",
}


@pytest.mark.parametrize(("api", "rounding"), [("seed", "round10"), ("current", "round50")])
def test_the_config_of_a_rehearsal_at_checkbox_can_be_used(tmp_path: Path, api: str, rounding: str) -> None:
    rehearsal = write_config(tmp_path, Checkbox.of(READY, api, tmp_path))
    loaded = config.load(rehearsal.config)
    config_check.check(loaded)
    assert loaded.fiscaliser is not None
    assert loaded.fiscaliser.checkbox is not None
    assert (loaded.fiscaliser.checkbox.base_url, loaded.fiscaliser.checkbox.api) == (READY["base_url"], api)
    assert loaded.rounding_mode == rounding


def test_a_rehearsal_without_fiscaliser_has_no_section_of_one(tmp_path: Path) -> None:
    table = tomllib.loads(write_config(tmp_path).config.read_text("utf-8"))
    assert "fiscaliser" not in table
    assert table["rounding"]["mode"] == "round50"


def test_the_keys_stand_in_files_that_nobody_else_can_read_and_nowhere_else(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    rehearsal = write_config(tmp_path, Checkbox.of(READY, "seed", secrets))
    assert len(list(secrets.iterdir())) == 3
    for path in secrets.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text("utf-8").startswith("secret-")
    assert "secret-" not in rehearsal.config.read_text("utf-8")
    with pytest.raises(FileExistsError):
        Checkbox.of(READY, "seed", secrets)


STORE = {
    "base_url": "http://127.0.0.1:4712",
    "token_url": "http://127.0.0.1:4712/token",
    "client_id": "client-1",
    "client_secret": "secret-client",
    "store_id": "store-1",
}


def test_the_section_of_a_cash_book_is_whole_and_its_secret_stands_elsewhere(tmp_path: Path) -> None:
    reasons = {"поштові «витрати»": "post_office"}
    text = write_config(tmp_path, None, NewStore.of(STORE, tmp_path, "drawer-1", reasons)).config.read_text("utf-8")
    section = tomllib.loads(text)["book"]["newstore"]
    secret = Path(section.pop("client_secret")["file"])
    assert secret.read_text("utf-8") == "secret-client"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "secret-" not in text
    known = {name: STORE[name] for name in ("base_url", "token_url", "client_id", "store_id")}
    assert section == {**known, "drawers": {"main": "drawer-1"}, "reasons": reasons}
