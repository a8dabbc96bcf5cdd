"""What can be made to go wrong with the sandbox, and that nothing else goes wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.firmware_bridge.vendors.newstore.sandbox_till import DRAWER, Till, usd


@pytest.mark.parametrize("url", [f"POST {DRAWER}/_activate", "GET /transaction_types"])
def test_request_that_did_not_arrive_did_nothing(url: str) -> None:
    till = Till()
    before = till.books()
    till.fault("not-reached", count=1)
    assert till.call(url, {"float_amount": usd(1)}).reply.dropped
    assert till.books() == before


def test_fault_keeps_to_its_path_and_its_number() -> None:
    till = Till()
    till.fault("maintenance", count=2, path="/reports")
    assert till.call(f"GET {DRAWER}").status == 200
    assert [till.call(f"GET {DRAWER}/reports").status for _ in range(3)] == [503, 503, 200]


def test_slow_answer_is_late_by_what_was_asked() -> None:
    till = Till()
    till.fault("slow", count=1, delay_s=7)
    assert till.call(f"GET {DRAWER}").reply.delay_s == 7
    assert till.call(f"GET {DRAWER}").reply.delay_s == 0


@pytest.mark.parametrize(
    "fault",
    [{"name": "fire"}, {"name": "slow", "delay_s": "x"}, {"name": "slow", "count": 1.5}, {"name": "slow", "count": -1},
     {"name": "slow", "operation": "fly"}, {"name": "slow", "often": 1}],
)  # fmt: skip
def test_fault_that_cannot_be_is_refused(fault: dict[str, Any]) -> None:
    till = Till()
    assert till.call("POST /_fault", fault).status == 400
    assert till.ok("GET /_fault")["set"] == []


@pytest.mark.parametrize(("alias", "name"), [("down", "not-reached"), ("500", "server-error")])
def test_fault_of_another_name_is_the_same_fault(alias: str, name: str) -> None:
    till = Till()
    till.fault(alias)
    assert [one["name"] for one in till.ok("GET /_fault")["set"]] == [name]
    till.fault(alias, count=0)
    assert till.ok("GET /_fault")["set"] == []
    assert [one["name"] for one in Till(signed_in=False, faults=(alias,)).ok("GET /_fault")["set"]] == [name]


def test_down_means_that_nothing_is_answered_until_it_is_cleared() -> None:
    till = Till()
    till.fault("down")
    assert all(till.call(f"GET {DRAWER}").reply.dropped for _ in range(5))
    assert till.token().reply.dropped
    till.fault("down", count=0)
    assert till.call(f"GET {DRAWER}").status == 200


def test_planted_amount_is_a_cent_off_once_and_the_answer_does_not_show_it() -> None:
    till = Till()
    till.activate(200)
    till.fault("wrong-amount", count=2)
    said = till.ok(f"POST {DRAWER}/transactions", {"order_id": "o-1", "amount": usd(45), "given": usd(50)})
    assert said["change"] == usd(5)
    out = till.move("cash_pull", amount_out=10)
    right = till.start(45, 45)
    for made in (said["transaction_id"], out, right):
        till.finish(made)
    rows = [(one["amount_in"], one["amount_out"]) for one in till.books()["transactions"]]
    assert rows == [(50.01, 5), (0, 10.01), (45, 0)]
    assert till.expected == 280
    till.close_day(280)


def test_planted_refusal_does_nothing() -> None:
    till = Till()
    till.activate()
    before = till.books()
    till.fault("refused", count=1, operation="start")
    said = till.call(f"POST {DRAWER}/transactions", {"order_id": "o-1", "amount": usd(45), "given": usd(50)})
    assert (said.status, said.json["error_code"]) == (400, "invalid_body")
    assert till.books() == before
