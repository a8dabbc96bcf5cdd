"""What others ordered and waits at the till, over HTTP: who sees it, and whose word is taken for whose."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from firmware_bridge.api.backend import OrdersDown, OrderWaits
from statemachines.vocabulary.receipt import Person
from tests.firmware_bridge.api.wire import TOKENS, call, running
from tests.support.memory_backend import MemoryBackend

AT = 1_772_442_000_000
BODY = {"order_id": "17", "lines": [{"name": "Чай"}], "payments": [{"type": "cash", "amount": 2100}]}


class MemoryOrders:
    """One order; remembers every word about it."""

    def __init__(self, *, down: bool = False) -> None:
        self.said: list[tuple[str, str, str, Any]] = []
        self._down = down

    def _check(self) -> None:
        if self._down:
            raise OrdersDown("The file cannot be read.")

    async def waiting(self) -> list[OrderWaits]:
        self._check()
        return [OrderWaits("o-1", "return", "bitrix24:shop", confirm=True, not_after=AT, why="a person", body=BODY)]

    async def confirm(
        self,
        name: str,
        person: Person,
        original: Mapping[str, Any] | None = None,
        approved_by: Person | None = None,
    ) -> bool:
        self._check()
        self.said.append((name, person.name, approved_by.role if approved_by else "", original))
        return name == "o-1"

    async def refuse(self, name: str, person: Person, why: str) -> bool:
        self._check()
        self.said.append((name, person.name, person.role, why))
        return name == "o-1"


def asked(orders: MemoryOrders | None, method: str, path: str, body: object = None, **more: Any) -> tuple[int, Any]:
    async def main() -> tuple[int, Any]:
        async with running(MemoryBackend(), orders=orders) as api:
            reply = await call(api.port, method, path, body, **{"role": "cashier", **more})
            return reply.status, reply.json

    return asyncio.run(main())


def test_what_waits_is_shown_with_what_is_sold_and_why() -> None:
    status, found = asked(MemoryOrders(), "GET", "/v1/orders")
    assert status == 200
    assert found == {
        "orders": [
            {
                "id": "o-1",
                "kind": "return",
                "by": "bitrix24:shop",
                "needs_confirmation": True,
                "not_after": "2026-03-02T09:00:00.000Z",
                "why": "a person",
                **BODY,
            }
        ]
    }
    assert asked(None, "GET", "/v1/orders") == (200, {"orders": []})


def test_a_yes_is_the_cashiers_unless_a_manager_approves_it() -> None:
    orders = MemoryOrders()
    path, body = "/v1/orders/o-1/confirm", {"id": "c1", "cashier": "Олена", "original": {"id": "sale-1"}}
    assert asked(orders, "POST", path, body) == (201, {"id": "o-1", "state": "confirmed"})
    approved = {"Approved-By": f"Bearer {TOKENS['manager']}"}
    asked(orders, "POST", path, {"id": "c2"}, headers=approved)
    asked(orders, "POST", path, {"id": "c3"}, role="manager")
    assert [(name, role) for name, _, role, _ in orders.said] == [
        ("o-1", ""),
        ("o-1", "manager"),
        ("o-1", "manager"),
    ]
    assert orders.said[0][1] == "Олена"
    assert orders.said[0][3]["id"] == "sale-1"


def test_a_no_needs_a_reason() -> None:
    orders = MemoryOrders()
    assert asked(orders, "POST", "/v1/orders/o-1/refuse", {"id": "n1"})[0] == 422
    said = asked(orders, "POST", "/v1/orders/o-1/refuse", {"id": "n1", "reason": "not here"})
    assert said == (201, {"id": "o-1", "state": "refused"})
    assert [one[3] for one in orders.said] == ["not here"]


@pytest.mark.parametrize("orders", [MemoryOrders(), None])
@pytest.mark.parametrize("what", ["confirm", "refuse"])
def test_an_order_that_does_not_wait_is_not_found(orders: MemoryOrders | None, what: str) -> None:
    status, found = asked(
        orders, "POST", f"/v1/orders/other/{what}", {"id": "x", "reason": "y"} if what == "refuse" else {"id": "x"}
    )
    assert status == 404
    assert "nothing was changed" in found["detail"]


def test_a_file_that_cannot_be_read_is_said_so() -> None:
    for method, path, body in (
        ("GET", "/v1/orders", None),
        ("POST", "/v1/orders/o-1/confirm", {"id": "x"}),
        ("POST", "/v1/orders/o-1/refuse", {"id": "x", "reason": "y"}),
    ):
        status, found = asked(MemoryOrders(down=True), method, path, body)
        assert (status, found["type"]) == (409, "urn:firmware-bridge:problem:storage")
