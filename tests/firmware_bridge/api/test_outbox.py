"""What the books have not confirmed yet, over HTTP: who sees it, who may see to it, and a count that begins late."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from firmware_bridge.api.backend import Answer, OutboxOrder
from firmware_bridge.api.server import Api
from statemachines.vocabulary.commands import Refusal
from tests.firmware_bridge.api.wire import call, running
from tests.support.memory_backend import MemoryBackend

T = TypeVar("T")
PROBLEM = "urn:firmware-bridge:problem:"


class MemoryOutbox:
    """One book that does what it is told; remembers every order."""

    def __init__(self, parked: int = 0, lag: int = 0) -> None:
        self.parked = list(range(1, parked + 1))
        self.lag = lag
        self.orders: list[tuple[str, str, int | None, str]] = []
        self.never: asyncio.Event | None = None

    async def books(self) -> list[dict[str, Any]]:
        return [{"book": "newstore", "state": "idle", "lags": self.lag, "parked": len(self.parked)}]

    async def outbox(self, after: int, limit: int) -> list[dict[str, Any]]:
        rows = [{"seq": seq, "reason": "no such order"} for seq in self.parked if seq > after]
        return [{**(await self.books())[0], "rows": rows[:limit]}]

    async def lags(self) -> list[dict[str, Any]]:
        return [{"book": "newstore", "lags": self.lag}] if self.lag else []

    async def order(self, what: OutboxOrder, book: str, seq: int | None, by: str) -> str | Refusal:
        if self.never is not None:
            await self.never.wait()
        self.orders.append((what, book, seq, by))
        if seq is not None and seq not in self.parked:
            return Refusal("outbox-refused", f"Record {seq} is not parked; nothing was changed")
        return f"{what} was done"


def on(outbox: MemoryOutbox | None, use: Callable[[Api, MemoryBackend], Awaitable[T]]) -> T:
    async def main() -> T:
        backend = MemoryBackend()
        async with running(backend, outbox=outbox) as api:
            return await use(api, backend)

    return asyncio.run(main())


def asked(outbox: MemoryOutbox | None, method: str, path: str, body: object = None, **more: Any) -> tuple[int, Any]:
    async def use(api: Api, _: MemoryBackend) -> tuple[int, Any]:
        reply = await call(api.port, method, path, body, **{"role": "technician", **more})
        return reply.status, reply.json

    return on(outbox, use)


# --- what is shown ---


def test_the_status_tells_where_each_book_stands() -> None:
    status, answer = asked(MemoryOutbox(lag=3), "GET", "/v1/status", role="cashier")
    assert status == 200
    assert answer["books"] == [{"book": "newstore", "state": "idle", "lags": 3, "parked": 0}]


def test_a_till_without_books_says_so() -> None:
    assert asked(None, "GET", "/v1/status")[1]["books"] == []
    assert asked(None, "GET", "/v1/outbox") == (200, {"books": []})
    status, answer = asked(None, "POST", "/v1/outbox/newstore/retry", {"id": "r1"})
    assert (status, answer["type"], answer["outcome"]) == (404, PROBLEM + "unknown-book", "none")


def test_the_outbox_shows_what_is_parked_page_by_page() -> None:
    async def use(api: Api, _: MemoryBackend) -> list[int]:
        path, seen = "/v1/outbox?limit=2", []
        while path:
            answer = (await call(api.port, "GET", path, role="observer")).json
            seen += [row["seq"] for row in answer["books"][0]["rows"]]
            path = answer.get("next", "")
        return seen

    assert on(MemoryOutbox(parked=5), use) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=-1", "after=x"])
def test_a_wrong_page_is_refused(query: str) -> None:
    assert asked(MemoryOutbox(parked=1), "GET", f"/v1/outbox?{query}")[0] == 400


# --- what a person can do ---


@pytest.mark.parametrize("what", ["retry", "park", "drop"])
def test_a_technician_has_a_record_seen_to_and_is_told_what_was_done(what: str) -> None:
    outbox = MemoryOutbox(parked=7)
    status, answer = asked(outbox, "POST", f"/v1/outbox/newstore/{what}", {"id": "o1", "seq": 7, "cashier": "Іван"})
    assert (status, answer) == (201, {"book": "newstore", "done": f"{what} was done"})
    assert outbox.orders == [(what, "newstore", 7, "Іван")]


def test_retry_without_a_record_means_all_of_them() -> None:
    outbox = MemoryOutbox(parked=7)
    assert asked(outbox, "POST", "/v1/outbox/newstore/retry", {"id": "o1"})[0] == 201
    assert outbox.orders == [("retry", "newstore", None, "pos-technician")]


@pytest.mark.parametrize("what", ["park", "drop"])
@pytest.mark.parametrize("body", [{"id": "o1"}, {"id": "o1", "seq": 0}, {"id": "o1", "seq": "7"}, {"seq": 7}])
def test_what_a_command_is_about_must_be_said(what: str, body: dict[str, Any]) -> None:
    outbox = MemoryOutbox(parked=7)
    status, answer = asked(outbox, "POST", f"/v1/outbox/newstore/{what}", body)
    assert status in (400, 422)
    assert answer["outcome"] == "none"
    assert outbox.orders == []


def test_what_is_not_possible_is_a_conflict_and_nothing_was_changed() -> None:
    status, answer = asked(MemoryOutbox(parked=7), "POST", "/v1/outbox/newstore/drop", {"id": "o1", "seq": 99})
    assert (status, answer["type"], answer["outcome"]) == (409, PROBLEM + "outbox-refused", "none")
    assert "Record 99 is not parked" in answer["detail"]


def test_a_book_that_is_at_work_for_too_long_is_doubtful() -> None:
    async def use(api: Api, _: MemoryBackend) -> tuple[int, Any]:
        outbox.never = asyncio.Event()
        body, headers = {"id": "o1", "seq": 7}, {"Prefer": "wait=0"}
        reply = await call(api.port, "POST", "/v1/outbox/newstore/drop", body, headers, role="manager")
        return reply.status, reply.json

    outbox = MemoryOutbox(parked=7)
    status, answer = on(outbox, use)
    assert (status, answer["type"], answer["outcome"]) == (409, PROBLEM + "outbox-busy", "doubtful")
    assert outbox.orders == []


# --- before a count is begun ---


@pytest.mark.parametrize(("lag", "told"), [(0, None), (4, [{"book": "newstore", "lags": 4}])])
def test_whoever_counts_is_told_that_a_book_lags(lag: int, told: object) -> None:
    async def use(api: Api, backend: MemoryBackend) -> list[object]:
        body = {"id": "count-1", "reason": "intra_day_balance", "drawer": "main"}
        begun = await call(api.port, path="/v1/counts", body=body, role="manager")
        assert begun.status == 201, begun.json
        backend.counts["count-1"] = {"id": "count-1"}
        shown = await call(api.port, "GET", "/v1/counts/count-1", role="cashier")
        return [begun.json.get("books"), shown.json.get("books")]

    assert on(MemoryOutbox(lag=lag), use) == [told, told]


def test_a_count_that_was_refused_says_nothing_of_books() -> None:
    async def use(api: Api, backend: MemoryBackend) -> Any:
        backend.next_answer = Answer("none", "", Refusal("count-open", "The drawer is being counted"))
        body = {"id": "count-1", "reason": "intra_day_balance", "drawer": "main"}
        return (await call(api.port, path="/v1/counts", body=body, role="manager")).json

    answer = on(MemoryOutbox(lag=1), use)
    assert answer["outcome"] == "none"
    assert "books" not in answer
