"""The X report has the seed's shape to the letter, and its sums fit each other whatever happened in the shift."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.firmware_bridge.vendors.smartone.sandbox_desk import Desk, Json, item

SEED: Json = json.loads((Path(__file__).parent / "seed_x_report.json").read_text(encoding="utf-8"))
KINDS = {"boolean": bool, "integer": int, "string": str}


def same_shape(ours: Any, sample: Any, where: str = "") -> None:
    """Exactly the sample's fields, each of the kind that the sample names."""
    if isinstance(sample, dict):
        assert isinstance(ours, dict), where
        assert ours.keys() == sample.keys(), where
        for name in sample:
            same_shape(ours[name], sample[name], f"{where}.{name}")
        return
    kind = KINDS[sample.split(",")[0]]
    assert isinstance(ours, kind), where
    assert kind is bool or not isinstance(ours, bool), where


def test_the_report_of_a_sale_and_a_withdrawal_is_the_seeds_sample() -> None:
    desk = Desk("core").opened()
    desk.sold(1180, cash=2000)
    desk.ok("withdraw", desk.move(180))
    same_shape(desk.x(), SEED["data"])


def test_its_figures_are_these() -> None:
    desk = Desk("core", cash=5000).opened()
    desk.sold(1180, 1, cash=2000)
    desk.sold(590, 2, card=590)
    desk.ok("withdraw", desk.move(180))
    desk.clock.advance(3600)
    assert desk.x() == {
        "shift_open": True,
        "shift_id": 1,
        "cash": 6000,
        "shift_totals": {
            "startShift": {"openTime": "2026-03-02 10:00:00", "cash": 5000, "openOrdersCnt": 0},
            "endShift": {"closeTime": "2026-03-02 11:00:00", "cash": 6000, "operCount": 3, "openOrdersCnt": 0},
            "firstDocNumber": 1,
            "lastDocNumber": 3,
            "totals": {"sale": {"count": 2, "amount": 1770}, "withdraw": {"count": 1, "amount": 180}},
            # 1770 * 1800 / 11800 = 270
            "taxes": {
                "sale": {"A": {"taxCode": "A", "taxVal": 1800, "taxName": "ƏDV 18%", "amount": 1770, "taxAmount": 270}}
            },
            "payments": {
                "sale": {
                    "C": {"count": 1, "amount": 2000, "change": 820},
                    "V": {"count": 1, "amount": 590, "change": 0},
                }
            },
        },
    }


def test_closing_answers_with_the_same_schema_and_then_there_is_no_shift() -> None:
    desk = Desk("core").opened()
    desk.sold(1180)
    before = desk.x()
    closed = desk.ok("close_shift", {"employeeName": "Aynur"})
    assert closed == {**before, "shift_open": False}
    assert desk.call("x_report").json == {"status": "error", "message": "Shift is not open"}


def test_an_empty_shift_has_zeros_and_no_taxes() -> None:
    totals = Desk("core").opened().x()["shift_totals"]
    assert (totals["firstDocNumber"], totals["lastDocNumber"]) == (0, 0)
    assert totals["totals"] == {"sale": {"count": 0, "amount": 0}, "withdraw": {"count": 0, "amount": 0}}
    assert totals["taxes"] == {"sale": {}}


def test_the_siblings_report_has_the_same_sums() -> None:
    desk = Desk("ecr", cash=5000).opened()
    desk.sold(1180, 1, cash=2000)
    parent = desk.sold(590, 2, card=590)
    desk.ok("refund", desk.back(parent, 590, cash=0, card=590))
    desk.ok("withdraw", desk.move(180))
    said = desk.x()
    wanted = {
        "saleCount": 2,
        "saleSum": 1770,
        "saleCashSum": 1180,
        "saleCashlessSum": 590,
        "saleBonusSum": 0,
        "moneyBackCount": 1,
        "moneyBackSum": 590,
        "moneyBackCashSum": 0,
        "moneyBackCashlessSum": 590,
        "depositCount": 0,
        "depositSum": 0,
        "withdrawCount": 1,
        "withdrawSum": 180,
        "cash": 6000,
        "shiftID": 1,
        "fiscalShiftID": "1",
        "shiftOpenAt": "2026-03-02 10:00:00",
        "currency_name": "AZN",
    }
    assert {name: said[name] for name in wanted} == wanted
    assert said["saleVatAmounts"] == [{"vatPercent": 1800, "vatSum": 1770, "vatAmount": 270}]


def test_the_siblings_report_of_a_shift_that_is_over_is_had_by_its_number() -> None:
    desk = Desk("ecr").opened()
    desk.sold(1180)
    desk.ok("close_shift", {"employeeName": "Aynur"})
    assert desk.ok("x_report", {"shiftID": 1})["saleSum"] == 1180
    assert desk.call("x_report", {"shiftID": 7}).code == 6


def consistent(report: Json) -> bool:
    """What holds of every report, computed anew."""
    totals = report["shift_totals"]
    sums = {name: row["amount"] for name, row in totals["totals"].items()}
    paid = {name: rows.values() for name, rows in totals["payments"].items()}
    net = {name: sum(one["amount"] - one["change"] for one in rows) for name, rows in paid.items()}
    cash = {name: rows.get("C", {"amount": 0, "change": 0}) for name, rows in totals["payments"].items()}
    drawer = totals["startShift"]["cash"] + sums.get("deposit", 0) - sums["withdraw"]
    for name, sign in (("sale", 1), ("refund", -1)):
        if name in cash:
            drawer += sign * (cash[name]["amount"] - cash[name]["change"])
    taxes = [
        2 * one["amount"] * one["taxVal"] + 10_000 + one["taxVal"]
        for rows in totals["taxes"].values()
        for one in rows.values()
    ]
    rates = [2 * (10_000 + one["taxVal"]) for rows in totals["taxes"].values() for one in rows.values()]
    told = [one["taxAmount"] for rows in totals["taxes"].values() for one in rows.values()]
    return (
        report["cash"] == drawer == totals["endShift"]["cash"]
        and all(net[name] == sums[name] for name in net)
        and told == [above // below for above, below in zip(taxes, rates, strict=True)]
    )


@pytest.mark.parametrize("gross", [True, False])
def test_sums_fit_each_other_after_a_random_day(gross: bool, seed: int) -> None:
    draw = random.Random(seed)
    desk = Desk("core", cash=draw.randrange(10_000)).opened()
    sold: list[tuple[str, int]] = []
    for n in range(1, 40):
        match draw.choice(("sale", "sale", "card", "refund", "deposit", "withdraw")):
            case "sale":
                amount = draw.randrange(1, 5000)
                sold.append((desk.sold(amount, n, cash=amount + (draw.randrange(500) if gross else 0)), amount))
            case "card":
                amount = draw.randrange(2, 5000)
                sold.append((desk.sold(amount, n, card=draw.randrange(1, amount)), amount))
            case "refund" if sold:
                desk.call("refund", desk.back(*sold.pop(), n=n))
            case "deposit":
                desk.ok("deposit", desk.move(draw.randrange(1, 1000), n))
            case _:
                desk.call("withdraw", desk.move(draw.randrange(1, 1000), n))
        assert consistent(desk.x()), f"after {n}"
    assert desk.books()["cash"] == desk.x()["cash"]


def test_a_report_with_a_coin_too_much_is_found_out() -> None:
    """The control: the check of the random day sees what is wrong."""
    desk = Desk("core").opened()
    desk.sold(1180, cash=2000)
    for path in (
        ("cash",),
        ("shift_totals", "totals", "sale", "amount"),
        ("shift_totals", "payments", "sale", "C", "change"),
    ):
        report = desk.x()
        assert consistent(report)
        place = report
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] += 1
        assert not consistent(report), path


@pytest.mark.parametrize("way", ["unit", "line_gross", "line_net"])
def test_positions_are_added_up_as_the_option_says(way: Literal["unit", "line_gross", "line_net"]) -> None:
    """Two pieces of 5.00 with 1.00 off: 9.00, told in three ways."""
    told = {"unit": 500, "line_gross": 1000, "line_net": 900}
    for name, amount in told.items():
        goods = [{**item(amount, 2000), "discount": 100}]
        desk = Desk("ecr", item_amount=way).opened()
        body = desk.sale(900, items=goods)
        assert desk.call("sale", body).code == (0 if name == way else 4), (way, name)
        assert Desk("ecr").opened().call("sale", body).code == 0
