"""Sales over real HTTP at a real till: the answer, the same answer again, many at once, and the stream of events."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Desk, card, cash, desk, line, sale, until

#: 2 pieces at 34.65 less 5 % (69.30 - 3.47), 0.350 at 41.00 (14.35): 80.18, of it VAT 10.97 + 2.39; in cash 80.00.
FIVE_PER_CENT = {"kind": "discount", "mode": "percent", "value": 500, "name": "Знижка"}
BASKET = [line("Яблука", 3465, 2000, adjustments=[FIVE_PER_CENT]), line("Хліб", 4100, 350)]
MONEY = {"goods": 8365, "adjustments": -347, "total": 8018, "rounding": -18, "payable": 8000, "paid": 10000}
ANSWER = {"id", "state", "number", "totals", "fiscal", "paper", "drawer", "doubts"}


def lasting(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without what goes on after it: the drawer is pushed shut, the sale is put away."""
    return {key: value for key, value in answer.items() if key not in ("drawer", "cash_transaction")}


def test_sale_is_answered_with_every_field_of_the_contract_and_exact_money(place: Desk) -> None:
    body = sale(place.new_id("sale"), *BASKET, payments=[cash(8000, 10000)])
    reply = place.call("POST", "/v1/sales", body)
    answer = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"/v1/receipts/{body['id']}"
    assert answer.keys() >= ANSWER
    assert (answer["id"], answer["state"], answer["doubts"]) == (body["id"], "paper_out", [])
    totals = answer["totals"]
    assert {key: totals[key] for key in MONEY} == MONEY
    assert totals["change"] == 2000
    assert sum(tax["amount"] for tax in totals["tax"]) == 1097 + 239
    assert (answer["paper"]["evidence"], answer["paper"]["copies"]) == ("process_id", 0)


def test_the_customer_holds_a_paper_with_the_same_money(place: Desk) -> None:
    answer = place.post("/v1/sales", sale(place.new_id("sale"), *BASKET, payments=[cash(8000, 10000)]))
    assert place.paper_of("sale", answer["number"]) == (1, 0)
    paper = next(piece for piece in place.pieces() if any(f"№ {answer['number']}" in text for text in piece))
    sums = {" ".join(text.split()[:-1]): text.split()[-1] for text in paper if text.split()}
    assert (sums["СУМА ГРН"], sums["До сплати ГРН"], sums["Готівка"], sums["Решта"]) == (
        "80.18",
        "80.00",
        "100.00",
        "20.00",
    )


def test_mixed_payment_gives_change_from_the_cash_part_only(place: Desk) -> None:
    body = sale(place.new_id("sale"), line(price=10741), payments=[card(5000), cash(5750, 6000)])
    totals = place.post("/v1/sales", body)["totals"]
    assert (totals["payable"], totals["rounding"], totals["paid"], totals["change"]) == (10750, 9, 11000, 250)


# --- the same again -------------------------------------------------------------------------------------------------


def test_the_same_sale_twice_has_one_receipt_and_one_answer(place: Desk) -> None:
    body = sale(place.new_id("sale"))
    first = place.post("/v1/sales", body)
    again = place.post("/v1/sales", body, 200)
    spelled_out = place.post("/v1/sales", {**body, "adjustments": [], "header": ""}, 200)
    assert lasting(first) == lasting(again) == lasting(spelled_out)
    assert place.paper_of("sale", first["number"]) == (1, 0)


def test_the_same_id_in_the_header_is_the_same_sale(place: Desk) -> None:
    body = sale(place.new_id("sale"))
    first = place.post("/v1/sales", body)
    without = {key: value for key, value in body.items() if key != "id"}
    again = place.call("POST", "/v1/sales", without, {"Idempotency-Key": body["id"]})
    assert (again.status, again.json["number"]) == (200, first["number"])


@pytest.mark.parametrize("other", [{"payments": [cash(1000, 2000)]}, {"footer": "інше"}, {"lines": [line("Сіль")]}])
def test_the_same_id_with_another_content_is_refused_and_prints_nothing(place: Desk, other: dict[str, Any]) -> None:
    body = sale(place.new_id("sale"))
    answer = place.post("/v1/sales", body)
    before, head = place.pieces(), place.at_rest()
    problem = place.post("/v1/sales", {**body, **other}, 409)
    assert (problem["type"], problem["outcome"]) == ("urn:firmware-bridge:problem:id-reused", "none")
    assert (place.pieces(), place.head()) == (before, head)
    assert place.paper_of("sale", answer["number"]) == (1, 0)


def test_the_id_of_a_sale_does_not_serve_for_another_command(place: Desk) -> None:
    body = sale(place.new_id("sale"))
    place.post("/v1/sales", body)
    problem = place.post("/v1/cash", {"id": body["id"], "type": "add_to_float", "amount": 100}, 409)
    assert problem["type"].endswith(":id-reused")


def test_after_a_restart_the_same_sale_has_the_same_answer(tmp_path: Path) -> None:
    with desk(tmp_path) as own:
        body = sale("before", *BASKET, payments=[cash(8000, 10000)])
        first = own.post("/v1/sales", body)
        seen = own.events()[-3]["sse"]
        assert own.till.stop() == 0
        own.till.start()
        last = own.at_rest()[0]
        missed = list(own.stream({"Last-Event-ID": str(seen)}, None, last))
        assert [event["sse"] for event in missed] == list(range(seen + 1, last + 1))
        assert "TillStarted" in [event["name"] for event in missed]
        assert lasting(own.post("/v1/sales", body, 200)) == lasting(first)
        assert own.post("/v1/sales", {**body, "footer": "інше"}, 409)["type"].endswith(":id-reused")
        own.printer_is("ready")
        after = own.post("/v1/sales", sale("after"))
        assert int(after["number"]) == int(first["number"]) + 1
        assert own.paper_of("sale", first["number"]) == own.paper_of("sale", after["number"]) == (1, 0)


# --- many at once, and no waiting -----------------------------------------------------------------------------------


def test_parallel_sales_are_printed_once_each_and_none_is_lost(place: Desk) -> None:
    bodies = [sale(place.new_id("sale"), payments=[card(1000)]) for _ in range(16)]
    with ThreadPoolExecutor(4) as cashiers:
        replies = list(cashiers.map(lambda body: place.call("POST", "/v1/sales", body), bodies))
    assert [reply.status for reply in replies] == [201] * 16
    numbers = {reply.json["number"] for reply in replies}
    assert len(numbers) == 16
    assert {place.paper_of("sale", number) for number in numbers} == {(1, 0)}


def test_one_sale_from_four_sides_at_once_is_one_receipt(place: Desk) -> None:
    body = sale(place.new_id("sale"))
    with ThreadPoolExecutor(4) as cashiers:
        replies = list(cashiers.map(lambda _: place.call("POST", "/v1/sales", body), range(4)))
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 201]
    assert len({reply.json["number"] for reply in replies}) == 1
    assert place.paper_of("sale", replies[0].json["number"]) == (1, 0)


@pytest.mark.parametrize("wait", ["0", "1"])
def test_who_does_not_wait_is_told_where_to_look_and_finds_the_end_there(tmp_path: Path, wait: str) -> None:
    with desk(tmp_path, "--columns", "42", "--speed", "0.5") as own:
        body = sale("later", *[line() for _ in range(12)])
        reply = own.call("POST", "/v1/sales", body, {"Prefer": f"wait={wait}"})
        assert (reply.status, reply.headers["Location"]) == (202, "/v1/receipts/later")
        assert reply.headers["Preference-Applied"] == f"wait={wait}"
        assert own.bench.do("status")["cuts"] == 0
        until(lambda: own.get(reply.headers["Location"])["state"] == "paper_out", "the end of the sale")
        assert own.paper_of("sale", own.get("/v1/receipts/later")["number"]) == (1, 0)


# --- looking at it --------------------------------------------------------------------------------------------------


def test_events_resume_after_the_last_one_seen_without_gap_or_repetition(place: Desk) -> None:
    after = place.at_rest()[0]
    body = sale(place.new_id("sale"))
    place.post("/v1/sales", body)
    last = place.at_rest()[0]
    first = list(place.stream({}, after, after + 3))
    rest = list(place.stream({"Last-Event-ID": str(first[-1]["sse"])}, None, last))
    assert [event["seq"] for event in [*first, *rest]] == list(range(after + 1, last + 1))
    assert all(event["seq"] == event["sse"] for event in rest)
    names = [event["name"] for event in [*first, *rest] if event["subject"] == body["id"]]
    assert names[0] == "SaleRequested"
    assert names.index("Print") < names.index("ReceiptPrinted") < names.index("SaleCompleted")


def test_a_reader_who_waits_hears_of_a_sale_that_comes_later(place: Desk) -> None:
    head = place.at_rest()[0]
    with ThreadPoolExecutor(1) as reader:
        heard = reader.submit(lambda: list(place.stream({}, head, head + 3)))
        body = sale(place.new_id("sale"))
        place.post("/v1/sales", body)
        assert body["id"] in {event["subject"] for event in heard.result(timeout=10)}


def test_a_receipt_is_shown_as_text_and_as_picture(place: Desk) -> None:
    answer = place.post("/v1/sales", sale(place.new_id("sale"), line("Кава мелена", 18975)))
    path = f"/v1/receipts/{answer['id']}"
    text = place.call("GET", f"{path}.txt")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    paper = next(piece for piece in place.pieces() if any(f"№ {answer['number']}" in line_ for line_ in piece))
    assert text.body.decode().splitlines()[: len(paper)] == [printed.rstrip() for printed in paper]
    picture = place.call("GET", f"{path}.png")
    assert picture.body[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture.body[16:24])
    assert width > 300
    assert height > 10 * len(paper)


def test_receipts_are_listed_newest_first_and_page_by_page(place: Desk) -> None:
    made = [place.post("/v1/sales", sale(place.new_id("sale"), payments=[card(1000)]))["id"] for _ in range(3)]
    page = place.get("/v1/receipts?limit=2")
    assert [receipt["id"] for receipt in page["receipts"]] == made[:0:-1]
    assert place.get(page["next"])["receipts"][0]["id"] == made[0]


def test_an_unknown_receipt_is_not_found(place: Desk) -> None:
    assert place.call("GET", "/v1/receipts/never-sold").status == 404
