"""Every example of the vendor's page is taken, and its numbers come out."""

from __future__ import annotations

from decimal import Decimal

from firmware_bridge.vendors.newstore.sandbox.kinds import PETTY, Setting
from firmware_bridge.vendors.newstore.sandbox.options import InitialDrawer
from firmware_bridge.vendors.newstore.sandbox.routes import URLS
from tests.firmware_bridge.vendors.newstore.sandbox_till import DRAWER, SAMPLES, Till, same_form, usd


def test_configuration_of_the_page_is_taken_and_answered() -> None:
    till = Till(other_stores=("s-2",))
    till.ok("PUT /stores/s-2/cash_drawer_config", SAMPLES["put_config"]["request"])
    assert till.ok("GET /stores/s-2/cash_drawer_config") == SAMPLES["get_config"]["response"]


def test_types_of_the_page_are_answered() -> None:
    answer = Till(transaction_types={"no_sale": Setting("cash_in", PETTY)}).ok("GET /transaction_types")
    sample = SAMPLES["list_types"]["response"]["transaction_types"]
    assert {name: answer["transaction_types"][name] for name in sample} == sample
    assert len(answer["transaction_types"]) == 10


def test_drawers_of_the_page_are_listed_each_with_its_currency_and_float() -> None:
    euro = InitialDrawer("de70517b", "Kesha2", "EUR", Decimal(250))
    till = Till(drawers=(InitialDrawer("us70517a", "Kesha"), euro))
    till.ok("POST /cash_drawers/us70517a/_activate", {"float_amount": usd(1)})
    assert till.ok("GET /cash_drawers", store_id="s-1") == SAMPLES["list_drawers"]["response"]
    one = till.ok("GET /cash_drawers/us70517a")
    assert one == SAMPLES["get_drawer"]["response"] | {"cash_drawer_id": "us70517a"}


def test_drawer_of_the_page_is_added_updated_and_decommissioned() -> None:
    body = SAMPLES["add_drawer"]["request"]
    till = Till(store_id=body["store_id"], drawers=())
    assert till.call("POST /cash_drawers", body).status == 204
    known = {name: value for name, value in body.items() if name != "store_id"} | {"status": "inactive"}
    assert till.ok("GET /cash_drawers/4G9OZ") == known
    assert till.call("PUT /cash_drawers/4G9OZ", SAMPLES["update_drawer"]["request"]).status == 204
    assert till.call("DELETE /cash_drawers/4G9OZ").status == 204
    assert till.call("GET /cash_drawers/4G9OZ").status == 404


def test_sale_of_the_page_gives_its_change_and_its_transaction() -> None:
    till = Till(amount_balance="amount_in")
    till.ok(f"POST {DRAWER}/_activate", SAMPLES["activate"]["request"])
    answer = till.ok(f"POST {DRAWER}/transactions", SAMPLES["start"]["request"])
    assert answer["change"] == SAMPLES["start"]["response"]["change"]
    made = answer["transaction_id"]
    event = SAMPLES["track_activity"]["request"] | {"correlation_id": made}
    assert same_form(till.ok(f"POST {DRAWER}/activities", event), SAMPLES["track_activity"]["response"])
    assert till.call(f"PATCH {DRAWER}/transactions/{made}", SAMPLES["finish"]["request"]).status == 204
    shown = till.ok(f"GET {DRAWER}/transactions/{made}")
    own = ("transaction_id", "cash_drawer_id", "created_at", "finished_at")
    sample = SAMPLES["get_transaction"]["response"]
    assert same_form(shown, sample)
    assert {k: v for k, v in shown.items() if k not in own} == {k: v for k, v in sample.items() if k not in own}
    assert till.expected == 94.99


def test_balance_is_in_less_out_unless_the_sample_is_wanted() -> None:
    till = Till()
    till.activate()
    made = till.start(45, 50)
    assert till.ok(f"GET {DRAWER}/transactions/{made}")["amount_balance"] == usd(45)


def test_petty_cash_of_the_page_is_taken_out() -> None:
    till = Till()
    till.activate()
    answer = till.ok(f"POST {DRAWER}/non_sale_transactions", SAMPLES["start_non_sale"]["request"])
    assert same_form(answer, SAMPLES["start_non_sale"]["response"])
    till.finish(answer["transaction_id"])
    assert till.expected == 150


def test_count_of_the_page_is_short_by_the_true_difference() -> None:
    till = Till()
    till.activate(101.99)
    made = till.ok(f"POST {DRAWER}/counts", SAMPLES["perform_count"]["request"])
    answer = till.ok(f"PATCH {DRAWER}/counts/{made['count_id']}", SAMPLES["record_count"]["request"])
    sample = SAMPLES["record_count"]["response"]
    assert same_form(answer, sample)
    assert (answer["discrepancy"], answer["expected_amount"]) == (sample["discrepancy"], sample["expected_amount"])
    assert answer["discrepancy_amount"] == usd(-2)  # 99.99 - 101.99; the page prints -1.99
    till.ok(f"POST {DRAWER}/counts/{made['count_id']}/_submit")
    assert till.call(f"POST {DRAWER}/_deactivate", {"count_id": made["count_id"]}).status == 204


def test_daily_report_has_the_numbers_of_the_page() -> None:
    till = Till()
    till.activate(300)
    till.finish(till.start(200, 250))
    till.finish(till.start(-100, 0))
    till.finish(till.move("add_petty_cash", amount_in=100))
    till.finish(till.move("remove_petty_cash", amount_out=100))
    till.close_day(500)
    found = till.ok(f"GET {DRAWER}/reports")
    sample = SAMPLES["daily_reports"]["response"]
    assert same_form(found, sample)
    own = ("activation_timestamp", "deactivation_timestamp", "deposit_total")
    row, wanted = found["reports"][0], sample["reports"][0]
    assert {k: v for k, v in row.items() if k not in own} == {k: v for k, v in wanted.items() if k not in own}
    assert row["deposit_total"] == usd(200)


def test_deposit_grows_by_pulls_and_shrinks_by_added_float() -> None:
    till = Till()
    till.activate(300)
    till.finish(till.move("add_to_float", amount_in=50))
    till.finish(till.move("cash_pull", amount_out=20.01))
    till.close_day(329.99)
    row = till.ok(f"GET {DRAWER}/reports")["reports"][0]
    assert (row["deposit_total"]["value"], row["variance_total"]["value"]) == (0, 0)


def test_store_report_has_rows_of_the_pages_form_and_no_transaction_id() -> None:
    till = Till(orders={"o-1": "AB000001234"})
    till.activate(100)
    made = till.start(100, 100)
    till.finish(made)
    till.close_day(200)
    answer = till.report().json
    sample = SAMPLES["store_report"]["response"]
    assert same_form(answer, sample)
    rows = answer["transactionReport"]
    kinds = [one["transactionType"] for one in sample["transactionReport"]]
    assert [one["transactionType"] for one in rows] == kinds
    assert [one["cashDrawerStatus"] for one in rows] == ["active", "active", "inactive"]
    assert [one["amountBalance"] for one in rows] == [100, 100, 200]
    assert [one["externalOrderId"] for one in rows] == ["", "AB000001234", ""]
    assert made not in till.report().reply.body.decode()


def test_every_operation_of_the_page_is_served() -> None:
    assert list(SAMPLES) == list(URLS)
