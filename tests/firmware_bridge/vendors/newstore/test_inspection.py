"""Does NewStore fit this till? One sentence for everything that was looked at, and for everything to be mended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from drivers.errors import Refused
from firmware_bridge.vendors.newstore import inspection
from firmware_bridge.vendors.newstore.admin import Admin
from firmware_bridge.vendors.newstore.desk import Desk
from firmware_bridge.vendors.newstore.facts import SetUp
from firmware_bridge.vendors.newstore.inspection import Row, Wanted
from firmware_bridge.vendors.newstore.sandbox.kinds import NON_SALE, PETTY, Setting, usual
from firmware_bridge.vendors.newstore.sandbox.options import InitialDrawer
from tests.firmware_bridge.vendors.newstore.audit_shop import CALLS, Line
from tests.firmware_bridge.vendors.newstore.sandbox_till import Till

DRAWERS = {"main": "drawer-1"}


def look(
    till: Till,
    drawers: Mapping[str, str] | None = None,
    reasons: Mapping[str, str] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    told: frozenset[str] = frozenset(),
) -> list[Row]:
    wanted = Wanted(SetUp("s-1", "USD", drawers or DRAWERS), reasons or {}, texts or {}, told)
    return asyncio.run(inspection.inspect(Admin(Desk(Line(till)), CALLS), wanted))


def wrong(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row.what, row.found) for row in rows if not row.ok]


def test_a_tenant_that_fits_is_in_order() -> None:
    till = Till()
    till.activate()
    rows = look(till, reasons={"пошта": "post_office"}, texts={"remove_petty_cash": ["пошта", "Buy snacks", "food"]})
    assert [(row.what, row.ok) for row in rows] == [
        *(("sign-in", True), ("store", True), ("drawer", True)),
        ("types", True),
    ]
    assert rows[2].found == "main is drawer-1 ('Drawer 1'), active, default float 200.00 USD"
    assert rows[3].found == "10 of 10 are allowed in NewStore"


def test_a_store_without_configuration_is_told_with_what_to_do() -> None:
    (found,) = wrong(look(Till(drawer_type=None, drawers=())))
    assert found[0] == "store"
    assert "no cash drawer configuration of store s-1" in found[1]
    assert "book config" in found[1]


def test_cash_management_that_is_off_is_told() -> None:
    till = Till()
    till.ok("PUT /stores/s-1/cash_drawer_config", {"cash_drawer_type": "integrated", "cash_management_enabled": False})
    (found,) = wrong(look(till))
    assert found[0] == "store"
    assert "switched off" in found[1]


@pytest.mark.parametrize(
    ("drawers", "said"),
    [
        ({"main": "drawer-9"}, "no such drawer"),
        ({"main": "drawer-1", "second": "euro"}, "is in EUR, this till in USD"),
    ],
)
def test_a_drawer_that_does_not_fit_is_named(drawers: dict[str, str], said: str) -> None:
    till = Till(drawers=(InitialDrawer("drawer-1"), InitialDrawer("euro", currency="EUR")))
    ((what, found),) = wrong(look(till, drawers))
    assert what == "drawer"
    assert said in found


def test_a_drawer_of_another_type_than_its_store_is_named() -> None:
    till = Till()
    change = {"cash_drawer_type": "non_integrated", "cash_management_enabled": True}
    till.ok("PUT /stores/s-1/cash_drawer_config", change)
    ((what, found),) = wrong(look(till))
    assert what == "drawer"
    assert "is integrated, but its store has non_integrated drawers" in found


def test_every_drawer_has_its_own_sentence() -> None:
    till = Till(drawers=(InitialDrawer("drawer-1"), InitialDrawer("drawer-2", "Two")))
    rows = look(till, {"main": "drawer-1", "second": "drawer-2"})
    assert [row.found.split(" (")[0] for row in rows if row.what == "drawer"] == [
        "main is drawer-1",
        "second is drawer-2",
    ]


def _without(*names: str) -> dict[str, Any]:
    return {name: one for name, one in usual().items() if name not in names}


def test_a_type_that_is_barred_must_be_mended_only_where_the_till_is_set_to_tell_it() -> None:
    till = Till(transaction_types=_without("no_sale", "cash_pull"))
    rows = look(till, told=frozenset({"no_sale"}))
    ((what, found),) = wrong(rows)
    assert what == "types"
    assert found.startswith("no_sale is not allowed in NewStore")
    assert [row.found for row in rows if row.ok and row.what == "types"] == [
        "8 of 10 are allowed in NewStore",
        "NewStore will refuse, should a cashier use them: cash_pull",
    ]


@pytest.mark.parametrize("name", [name for name in NON_SALE if name != "no_sale"])
def test_a_type_of_the_other_direction_is_told(name: str) -> None:
    till = Till(transaction_types={**usual(), name: Setting("neutral")})
    ((what, found),) = wrong(look(till))
    assert what == "types"
    assert found.startswith(f"{name} is cash_")
    assert "neutral in NewStore" in found


@pytest.mark.parametrize("direction", ["cash_in", "cash_out", "neutral"])
def test_a_no_sale_may_have_any_direction(direction: Any) -> None:
    assert wrong(look(Till(transaction_types={**usual(), "no_sale": Setting(direction)}))) == []


def test_a_code_that_newstore_does_not_have_is_told() -> None:
    ((what, found),) = wrong(look(Till(), reasons={"пошта": "post", "їжа": "food"}))
    assert what == "reasons"
    assert "'post'" in found
    assert "[book.newstore.reasons]" in found


def test_a_reason_that_has_no_code_is_told_and_needs_no_mending() -> None:
    till = Till(transaction_types={**usual(), "cash_pull": Setting("cash_out", PETTY)})
    rows = look(till, texts={"cash_pull": ["банк", "food"], "transfer_in": ["каса 2"]})
    assert wrong(rows) == []
    assert rows[-1].found == "cash_pull is told without its reason when that is 'банк'"


@pytest.mark.parametrize(
    ("answered", "ok", "said"),
    [
        (0, True, "no date"),
        (1_000_500, True, "0.5 s ahead of"),
        (1_061_000, False, "61.0 s ahead of"),
        (939_000, False, "61.0 s behind"),
    ],
)
def test_a_clock_that_is_off_is_told(answered: int, ok: Any, said: str) -> None:
    row = inspection.clock(answered, 1_000_000)
    assert (row.what, row.ok) == ("clock", ok)
    assert said in row.found


def test_a_vendor_that_refuses_a_question_is_raised() -> None:
    till = Till()
    till.fault("forbidden", operation="list_types")
    with pytest.raises(Refused, match="403"):
        look(till)
