"""What the vendor's books say, whatever was done in whatever order, and whatever answer was lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

import pytest

from firmware_bridge.vendors.newstore.sandbox.capabilities import CAPABILITIES, OPERATIONS
from firmware_bridge.vendors.newstore.sandbox.kinds import NON_SALE
from firmware_bridge.vendors.newstore.sandbox.routes import URLS
from tests.firmware_bridge.vendors.newstore.sandbox_till import DRAWER, Till, usd

Completed = Callable[[str], bool]


def _day(till: Till, seed: int, counts: Completed) -> Decimal:
    """A day of random moves; expected cash by a sum of its own over the moves whose end `counts`."""
    dice = random.Random(seed)
    till.activate(200)
    cents, drafts = 20_000, []
    for _ in range(40):
        value = dice.randrange(1, 20_000)
        kind = dice.choice(["sale", "return", *NON_SALE])
        if kind == "sale":
            drafts.append((till.start(value / 100, (value + dice.randrange(500)) / 100), value))
        elif kind == "return":
            drafts.append((till.start(-value / 100, 0), -value))
        elif kind == "no_sale":
            drafts.append((till.move(kind, amount_in=0), 0))
        else:
            side, sign = ("amount_in", 1) if NON_SALE[kind] == "cash_in" else ("amount_out", -1)
            drafts.append((till.move(kind, **{side: value / 100}), sign * value))
        if dice.random() < 0.6:
            made, moved = drafts.pop(dice.randrange(len(drafts)))
            end = dice.choice(["completed", "completed", "canceled"])
            till.finish(made, end)
            cents += moved if counts(end) else 0
    return Decimal(cents) / 100


@pytest.mark.parametrize("seed", range(20))
def test_expected_is_float_and_completed_moves_in_any_order(seed: int) -> None:
    till = Till()
    assert _day(till, seed, lambda end: end == "completed") == Decimal(str(till.expected))


@pytest.mark.parametrize("seed", range(3))
def test_a_sum_that_counts_canceled_ones_disagrees(seed: int) -> None:
    till = Till()
    assert _day(till, seed, lambda _: True) != Decimal(str(till.expected))


def test_draft_and_canceled_move_nothing() -> None:
    till = Till()
    till.activate()
    made = till.start(45, 50)
    assert till.expected == 200
    till.finish(made, "canceled")
    assert till.expected == 200
    till.finish(till.start(45, 50))
    assert till.expected == 245


def test_lost_answer_of_a_start_leaves_a_draft_that_moves_nothing_and_the_report_tells_of() -> None:
    till = Till()
    till.activate()
    till.fault("lost-answer", count=1, operation="start")
    body = {"order_id": "o", "amount": usd(45), "given": usd(50)}
    lost = till.call(f"POST {DRAWER}/transactions", body)
    assert lost.reply.dropped
    assert [one["status"] for one in till.books()["transactions"]] == ["draft"]
    till.finish(till.start(45, 50))
    assert till.expected == 245
    rows = till.report(transaction_type="sale").json
    assert (rows["total"], len(till.books()["transactions"])) == (2, 2)
    assert not any("transaction" in name.lower() and name != "transactionType" for name in rows["transactionReport"][0])


def test_lost_answer_of_a_count_holds_the_drawer_until_that_count_is_cancelled() -> None:
    till = Till()
    till.activate()
    till.fault("lost-answer", count=1, path="/counts")
    assert till.call(f"POST {DRAWER}/counts", {"reason": "end_of_day_balance"}).reply.dropped
    assert till.call(f"POST {DRAWER}/counts", {"reason": "end_of_day_balance"}).status == 409
    hidden = till.books()["counts"][0]["count_id"]
    till.ok(f"POST {DRAWER}/counts/{hidden}/_cancel")
    till.close_day(200)


def test_books_tell_when_a_day_ended_and_by_which_count() -> None:
    till = Till()
    till.activate(200)
    (day,) = till.books()["drawers"][0]["days"]
    assert (day["expected"], day["deactivated_at"], day["end_count"]) == (200, None, None)
    till.finish(till.start(5, 5))
    till.close_day(204)
    (day,) = till.books()["drawers"][0]["days"]
    assert (day["open_float"], day["expected"], day["deactivated_at"]) == (200, 205, "2026-03-02T09:00:00Z")
    assert day["end_count"] == till.books()["counts"][0]["count_id"]


def test_count_may_be_repeated_recounted_and_submitted_once() -> None:
    till = Till()
    till.activate()
    made = till.ok(f"POST {DRAWER}/counts", {"reason": "intra_day_balance"})["count_id"]
    where = f"{DRAWER}/counts/{made}"
    assert till.call(f"POST {where}/_submit").status == 409
    first = till.ok(f"PATCH {where}", {"counted_amount": usd(190)})
    assert till.ok(f"PATCH {where}", {"counted_amount": usd(190)}) == first
    assert till.call(f"PATCH {where}", {"counted_amount": usd(200)}).status == 409
    till.ok(f"POST {where}/_recount")
    again = till.ok(f"PATCH {where}", {"counted_amount": usd(200)})
    assert (first["discrepancy"], again["discrepancy"], again["discrepancy_amount"]["value"]) == (True, False, 0)
    till.ok(f"POST {where}/_submit")
    assert [till.call(f"POST {where}/{one}").status for one in ("_submit", "_cancel", "_recount")] == [409] * 3


def test_expected_of_a_count_is_that_of_its_arrival() -> None:
    till = Till()
    till.activate()
    draft = till.start(45, 50)
    made = till.ok(f"POST {DRAWER}/counts", {"reason": "intra_day_balance"})["count_id"]
    till.finish(draft)
    answer = till.ok(f"PATCH {DRAWER}/counts/{made}", {"counted_amount": usd(200)})
    assert answer["expected_amount"] == usd(245)


@pytest.mark.parametrize(("late", "status"), [(True, 200), (False, 400)])
def test_activity_after_finish_is_taken_unless_the_tenant_does_not(*, late: bool, status: int) -> None:
    till = Till(late_activities=late)
    till.activate()
    made = till.start(45, 50)
    till.finish(made)
    event = {"timestamp": "2026-03-02T08:00:00+02:00", "event": "close", "correlation": "transaction"}
    assert till.call(f"POST {DRAWER}/activities", event | {"correlation_id": made}).status == status
    assert [one["at"] for one in till.books()["activities"]] == ["2026-03-02T06:00:00Z"] * late
    assert till.call(f"POST {DRAWER}/activities", event | {"correlation_id": "none"}).status == 404
    wrong_kind = event | {"correlation": "count", "correlation_id": made}
    assert till.call(f"POST {DRAWER}/activities", wrong_kind).status == 404


def test_next_day_has_a_float_a_count_and_books_of_its_own() -> None:
    till = Till()
    till.activate(100)
    till.finish(till.start(50, 50))
    old, _ = till.count(150)
    till.ok(f"POST {DRAWER}/_deactivate", {"count_id": old})
    assert till.books()["expected_cash"] == {}
    till.clock.advance(86_400)
    till.sign_in()
    till.activate(80)
    assert till.expected == 80
    assert till.call(f"POST {DRAWER}/_deactivate", {"count_id": old}).status == 409
    till.close_day(80)
    found = till.ok(f"GET {DRAWER}/reports", offset=1, limit=1)
    assert found["pagination_info"] == {"count": 1, "total": 2, "offset": 1}
    assert found["reports"][0]["activation_timestamp"] == "2026-03-03T09:00:00Z"


def test_drawers_of_a_store_do_not_share_cash() -> None:
    till = Till()
    body = {"cash_drawer_id": "d2", "name": "Two", "currency": "EUR", "float": 50, "store_id": "s-1"}
    till.ok("POST /cash_drawers", body | {"type": "integrated"})
    till.activate(100)
    till.ok("POST /cash_drawers/d2/_activate", {"float_amount": {"value": 10, "currency": "EUR"}})
    made = till.start(50, 50)
    assert till.call(f"PATCH /cash_drawers/d2/transactions/{made}", {"status": "completed"}).status == 404
    till.finish(made)
    assert till.books()["expected_cash"] == {"drawer-1": usd(150), "d2": {"value": 10, "currency": "EUR"}}


def test_store_report_is_read_page_by_page_without_a_hole() -> None:
    till = Till()
    till.activate()
    for n in range(25):
        till.finish(till.start(1, 1, f"o-{n}"))
        till.clock.advance(60)
    pages = [till.report(transaction_type="sale", offset=n, limit=10).json for n in (0, 10, 20, 30)]
    assert [one["total"] for one in pages] == [25] * 4
    orders = [row["orderId"] for one in pages for row in one["transactionReport"]]
    assert orders == [f"o-{n}" for n in range(25)]
    window = till.report(start_time="2026-03-02T09:01:00Z", end_time="2026-03-02T09:02:00Z").json
    assert [one["orderId"] for one in window["transactionReport"]] == ["o-1", "o-2"]


# --- tokens, addresses, the table -----------------------------------------------------------------------------------


def test_token_ends_and_a_new_one_helps() -> None:
    till = Till(token_lifetime_s=60)
    till.clock.advance(59)
    assert till.call(f"GET {DRAWER}").status == 200
    till.clock.advance(1)
    assert till.call(f"GET {DRAWER}").status == 403
    till.sign_in()
    assert till.call(f"GET {DRAWER}").status == 200
    till.fault("token-expired", count=1)
    assert [till.call(f"GET {DRAWER}").status for _ in range(2)] == [403, 403]
    till.sign_in()
    assert till.call(f"GET {DRAWER}").status == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"client_id": "ü"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
def test_token_is_refused_in_the_form_of_oauth(form: dict[str, str], status: int, error: str) -> None:
    said = Till().token(**form)
    assert (said.status, said.json["error"]) == (status, error)


def test_token_address_takes_a_form_by_post_alone() -> None:
    till = Till()
    assert till.call(f"GET {till.service.token_path}").status == 405
    assert till.raw("POST", till.service.token_path, b"\xff").status == 400


def test_operation_is_where_the_options_say() -> None:
    till = Till(urls={"get_drawer": "GET /v2/drawer({drawer_id})"})
    assert till.call("GET /v2/drawer(drawer-1)").status == 200
    assert till.call(f"GET {DRAWER}").status == 405


@pytest.mark.parametrize(
    "urls",
    [{"fly": "GET /x"}, {"get_drawer": "GET /x"}, {"list_types": "GET x"}, {"list_types": "GET /_books"}],
)
def test_address_that_cannot_be_is_refused(urls: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="urls"):
        Till(urls=urls)


def test_every_operation_has_its_row_and_every_open_question_its_option() -> None:
    assert [one.operation for one in OPERATIONS] == list(URLS)
    named = {one.option for one in CAPABILITIES if one.option}
    assert named == {
        *("token_lifetime_s", "urls", "add_status", "drafts_block", "foreign_orders", "count_blocks", "no_sale_zero"),
        *("amount_balance", "late_activities", "reported"),
    }


def test_options_answer_the_open_questions_the_other_way() -> None:
    till = Till(drafts_block=False, count_blocks=False, no_sale_zero=False, reported=("completed",))
    till.activate()
    count_id = till.ok(f"POST {DRAWER}/counts", {"reason": "end_of_day_balance"})["count_id"]
    draft = till.start(1, 1)
    assert till.report(transaction_type="sale").json["total"] == 0
    body = {"transaction_type": "no_sale", "amount_in": usd(0)}
    assert till.call(f"POST {DRAWER}/non_sale_transactions", body).status == 400
    till.ok(f"PATCH {DRAWER}/counts/{count_id}", {"counted_amount": usd(200)})
    till.ok(f"POST {DRAWER}/counts/{count_id}/_submit")
    till.ok(f"POST {DRAWER}/_deactivate", {"count_id": count_id})
    assert till.call(f"PATCH {DRAWER}/transactions/{draft}", {"status": "completed"}).status == 409
    till.finish(draft, "canceled")
