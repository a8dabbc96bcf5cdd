"""What a till makes beside sales, over real HTTP: returns, cash in and out, reports, copies, and the drawer by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Desk, Json, card, cash, desk, line, sale, until


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose books nobody else writes into: 1000.00 in the drawer."""
    with desk(tmp_path) as found:
        yield found


def back(place: Desk, original: Json, quantity: int) -> Json:
    """A return of so many thousandths of the article of that sale, paid out in cash."""
    lines = [line("Сир", 10_000, quantity)]
    return sale(place.new_id("return"), *lines, payments=[cash(10 * quantity)], original={"id": original["id"]})


def expected_cash(place: Desk) -> int:
    amount: int = place.get("/v1/shifts/current")["totals"]["expected_cash"]
    return amount


# --- returns --------------------------------------------------------------------------------------------------------


def test_a_sale_is_returned_piece_by_piece_and_never_more_than_was_sold(own: Desk) -> None:
    sold = own.post("/v1/sales", sale("sold", line("Сир", 10_000, 3000)))
    one = own.post("/v1/returns", back(own, sold, 1000))
    assert (one["kind"], one["state"], one["totals"]["payable"]) == ("return", "paper_out", 10_000)
    refused = own.post("/v1/returns", back(own, sold, 2001), 422)
    assert (refused["type"], refused["outcome"]) == ("urn:firmware-bridge:problem:more-than-sold", "none")
    assert sold["number"] in refused["detail"]
    two = own.post("/v1/returns", back(own, sold, 2000))
    assert own.post("/v1/returns", back(own, sold, 1), 422)["outcome"] == "none"
    assert own.paper_of("return", one["number"]) == own.paper_of("return", two["number"]) == (1, 0)
    assert expected_cash(own) == 100_000


def test_what_was_returned_is_known_after_a_restart(own: Desk) -> None:
    sold = own.post("/v1/sales", sale("sold", line("Сир", 10_000, 2000)))
    own.post("/v1/returns", back(own, sold, 2000))
    own.till.kill()
    own.till.start()
    own.printer_is("ready")
    assert own.post("/v1/returns", back(own, sold, 1000), 422)["type"].endswith(":more-than-sold")


def test_a_return_cannot_pay_out_cash_that_is_not_there(own: Desk) -> None:
    sold = own.post("/v1/sales", sale("sold", line("Сир", 10_000, 11_000), payments=[card(110_000)]))
    refused = own.post("/v1/returns", back(own, sold, 11_000), 409)
    assert (refused["type"], refused["outcome"]) == ("urn:firmware-bridge:problem:not-enough-cash", "none")
    assert "1000.00" in refused["detail"]


# --- cash -----------------------------------------------------------------------------------------------------------


def test_cash_goes_in_and_out_with_a_slip_each_and_never_more_out_than_there_is(own: Desk) -> None:
    put = own.post("/v1/cash", {"id": "in", "type": "add_petty_cash", "amount": 50_000, "reason": "розмін"})
    assert (put["direction"], put["amount"], put["state"]) == ("in", 50_000, "paper_out")
    refused = own.post("/v1/cash", {"id": "out", "type": "cash_pull", "amount": 150_001}, 409)
    assert (refused["type"], refused["outcome"]) == ("urn:firmware-bridge:problem:not-enough-cash", "none")
    pulled = own.post("/v1/cash", {"id": "out", "type": "cash_pull", "amount": 150_000, "reason": "інкасація"})
    assert (pulled["direction"], expected_cash(own)) == ("out", 0)
    assert own.paper_of("cash_in", put["number"]) == own.paper_of("cash_out", pulled["number"]) == (1, 0)
    assert own.pulses() <= 2


# --- reports --------------------------------------------------------------------------------------------------------


def test_an_x_report_tells_the_books_and_closes_nothing(own: Desk) -> None:
    own.post("/v1/sales", sale("one", line(price=10_000)))
    own.post("/v1/sales", sale("two", line(price=5_000), payments=[card(5_000)]))
    report = own.post("/v1/reports/x", {"id": "x"})
    assert report["totals"]["sales"]["payments"] == {"cash": 10_000, "card": 5_000}
    assert report["totals"]["sales"]["count"] == 2
    assert report["totals"]["expected_cash"] == 110_000
    assert own.paper_of("x_report", report["number"]) == (1, 0)
    assert own.get("/v1/shifts/current")["state"] == "open"


def test_a_closed_shift_sells_nothing_until_the_next_one_is_open(own: Desk) -> None:
    own.post("/v1/sales", sale("one"))
    report = own.post("/v1/shifts/current/close", {"id": "close"})
    assert own.paper_of("shift_report", report["number"]) == (1, 0)
    assert own.post("/v1/sales", sale("two"), 409)["type"].endswith(":shift-closed")
    assert own.post("/v1/shifts/current/close", {"id": "close"}, 200)["number"] == report["number"]
    assert own.open_shift(0)["number"] == 2
    assert own.post("/v1/sales", sale("two"))["state"] == "paper_out"


# --- copies ---------------------------------------------------------------------------------------------------------


def test_copies_are_marked_and_numbered_and_the_original_stays_the_only_one(own: Desk) -> None:
    sold = own.post("/v1/sales", sale("sold"))
    for number in (1, 2):
        body = {"id": f"copy-{number}", "reason": "загублено"}
        assert own.post("/v1/receipts/sold/copy", body)["paper"]["copies"] == number
        assert own.post("/v1/receipts/sold/copy", body, 200)["paper"]["copies"] == number
    assert own.paper_of("sale", sold["number"]) == (1, 2)
    marks = [[text.strip() for text in piece if "КОПІЯ" in text] for piece in own.pieces()]
    assert marks == [[], ["КОПІЯ 1", "КОПІЯ 1"], ["КОПІЯ 2", "КОПІЯ 2"]]
    assert own.pulses() == 1


# --- the drawer -----------------------------------------------------------------------------------------------------


def drawer_events(place: Desk, after: int) -> list[Json]:
    return [event for event in place.events(after) if event["name"].startswith("Drawer")]


def test_the_drawer_opens_by_command_and_is_seen_open_and_closed(place: Desk) -> None:
    place.drawer_shut()
    after, pulses = place.at_rest()[0], place.pulses()
    body = {"id": place.new_id("open"), "reason": "розміняти гроші"}
    opened = place.post("/v1/drawers/main/open", body)
    assert opened["cause"] == {"kind": "no_sale", "id": body["id"]}
    place.drawer_shut()
    place.post("/v1/drawers/main/open", body, 200)
    place.at_rest()
    told = drawer_events(place, after)
    assert [event["name"] for event in told] == ["DrawerOpenRequested", "DrawerKicked", "DrawerOpened", "DrawerClosed"]
    assert told[0]["data"]["reason"] == "розміняти гроші"
    assert told[2]["data"]["confirmed"] == "sensed"
    assert place.pulses() == pulses + 1


def test_a_drawer_forced_open_by_hand_is_told_as_that(place: Desk) -> None:
    place.drawer_shut()
    after = place.at_rest()[0]
    place.bench.do("force_drawer")
    until(lambda: place.get("/v1/drawers/main")["state"] == "forced", "the till to see the drawer forced")
    place.bench.do("close_drawer")
    place.drawer_shut()
    place.at_rest()
    assert [event["name"] for event in drawer_events(place, after)] == ["DrawerForced", "DrawerClosed"]


def test_a_locked_drawer_is_said_to_have_stayed_shut(own: Desk) -> None:
    own.bench.do("lock_drawer")
    refused = own.post("/v1/drawers/main/open", {"id": "open", "reason": "розміняти"}, 409)
    assert (refused["type"], refused["outcome"]) == ("urn:firmware-bridge:problem:drawer-not-opened", "refused")
    assert "stayed shut" in refused["detail"]
    assert own.get("/v1/drawers/main")["state"] == "failed"
    assert {pulse["result"] for pulse in own.bench.do("drawer")["pulses"]} == {"locked"}
