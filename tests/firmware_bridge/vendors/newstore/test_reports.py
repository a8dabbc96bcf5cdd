"""NewStore's reports, read to the last row: page by page, and while others add to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

import pytest

from drivers.errors import DeviceError, NotSent, Refused, Unanswered
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.newstore.audit import reports
from firmware_bridge.vendors.newstore.desk import Desk
from firmware_bridge.vendors.newstore.messages import DailyReport, ReportRow, StoreReport
from tests.firmware_bridge.vendors.newstore.audit_shop import CALLS, THEIRS, Line
from tests.firmware_bridge.vendors.newstore.sandbox_till import Till

BEGIN, END = 1_772_400_000_000, 1_800_000_000_000
_T = TypeVar("_T")


def run(work: Awaitable[_T]) -> _T:
    return asyncio.run(cast("Coroutine[Any, Any, _T]", work))


def sales(till: Till, count: int) -> None:
    till.activate()
    for number in range(count):
        till.finish(till.start(1, 1, f"o-{number}"))
        till.clock.advance(1)


def read(line: Line, kind: str = "", begin: int = BEGIN, end: int = END) -> list[ReportRow]:
    return run(reports.of_store(Desk(line), CALLS, begin, end, kind))


def orders(rows: list[ReportRow]) -> list[str]:
    return [row.order_id for row in rows if row.transaction_type == "sale"]


# --- the store's report (operation 20) ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_store_report_is_read_whatever_its_length(count: int) -> None:
    till = Till()
    sales(till, count)
    assert orders(read(Line(till))) == [f"o-{number}" for number in range(count)]


def test_store_report_of_one_type_and_time_has_nothing_else() -> None:
    till = Till()
    sales(till, 5)
    till.finish(till.move("cash_pull", amount_out=2))
    assert [row.transaction_type for row in read(Line(till), "cash_pull")] == ["cash_pull"]
    assert read(Line(till), end=BEGIN + 1) == []


def test_one_page_is_of_one_moment_and_read_once() -> None:
    till = Till()
    sales(till, 60)
    line = Line(till)
    read(line)
    assert len(line.asked) == 1


def test_rows_that_are_added_while_it_is_read_are_read_too() -> None:
    till = Till()
    sales(till, 150)
    added = iter(range(3))

    def sell(_: Request) -> None:
        if (number := next(added, None)) is not None:
            till.finish(till.start(1, 1, f"late-{number}"))

    found = orders(read(Line(till, between=sell)))
    assert found == [*(f"o-{number}" for number in range(150)), "late-0", "late-1", "late-2"]


class NewestFirst(Line):
    """A vendor that shows the newest row first, so that every addition moves all pages."""

    async def exchange(self, request: Request) -> Response:
        self.between(request)
        query = dict(request.query)
        rows = sorted(
            (row for offset in (0, 100, 200) for row in self.till.report(offset=offset).json["transactionReport"]),
            key=lambda row: str(row["createdAt"]),
            reverse=True,
        )
        offset = int(query["offset"])
        said = {"transactionReport": rows[offset : offset + int(query["limit"])], "total": len(rows)}
        return Response(200, {}, json.dumps(said).encode())


def test_pages_that_shift_lose_and_double_nothing() -> None:
    till = Till()
    sales(till, 150)
    added = iter(range(2))

    def sell(_: Request) -> None:
        if (number := next(added, None)) is not None:
            till.clock.advance(1)
            till.finish(till.start(1, 1, f"late-{number}"))

    found = orders(read(NewestFirst(till, between=sell)))
    assert sorted(found) == sorted([*(f"o-{number}" for number in range(150)), "late-0", "late-1"])


def test_a_reading_that_takes_shifted_pages_as_they_come_is_wrong() -> None:
    """The control: one pass over the same pages has a row twice."""
    till = Till()
    sales(till, 150)
    line = NewestFirst(till)

    async def once() -> list[ReportRow]:
        desk = Desk(line)
        first = await desk.ask(CALLS.store_report(BEGIN, END), StoreReport)
        till.clock.advance(1)
        till.finish(till.start(1, 1, "late"))
        return first.rows + (await desk.ask(CALLS.store_report(BEGIN, END, "", 100), StoreReport)).rows

    found = orders(run(once()))
    assert len(found) != len(set(found))


def test_a_report_that_never_comes_to_rest_is_not_guessed() -> None:
    till = Till()
    sales(till, 120)

    def sell(_: Request) -> None:
        till.finish(till.start(1, 1, "more"))

    line = Line(till, between=sell)
    with pytest.raises(Unanswered, match="did not come to rest"):
        read(line)
    assert len(line.asked) <= 3 * reports.ATTEMPTS


def test_a_report_without_end_is_refused() -> None:
    till = Till()
    sales(till, 1)

    def endless(said: Any) -> None:
        said["total"] = reports.MOST_ROWS + 1

    with pytest.raises(Refused, match="ask for a shorter time"):
        read(Line(till, tamper={"/reports/transactions": endless}))


def test_pages_that_fall_short_of_their_total_are_not_believed() -> None:
    till = Till()
    sales(till, 3)

    def short(said: Any) -> None:
        said["total"] = 7

    with pytest.raises(Unanswered, match="did not come to rest"):
        read(Line(till, tamper={"/reports/transactions": short}))


# --- daily reports (operation 15) -----------------------------------------------------------------------------------


def days(till: Till, count: int) -> None:
    for number in range(count):
        till.activate(number)
        till.close_day(number)
        till.clock.advance(3_600)
        till.sign_in()


def daily(line: Line, drawer: str = THEIRS) -> list[DailyReport]:
    return run(reports.daily(Desk(line), CALLS, drawer))


@pytest.mark.parametrize("count", [0, 1, 100, 130])
def test_daily_reports_are_read_to_the_last_day(count: int) -> None:
    till = Till()
    days(till, count)
    assert [report.open_float.value for report in daily(Line(till))] == list(range(count))


def test_daily_reports_that_cannot_be_turned_are_not_taken_for_all() -> None:
    till = Till()
    days(till, 101)

    class Deaf(Line):
        async def exchange(self, request: Request) -> Response:
            return await super().exchange(Request(request.method, request.path))

    with pytest.raises(Refused, match="does not turn the page"):
        daily(Deaf(till))


# --- one transaction (operation 16) ---------------------------------------------------------------------------------


def test_a_transaction_is_read_by_its_id() -> None:
    till = Till()
    till.activate()
    made = till.start(45, 50, "A-1")
    found = run(reports.transaction(Desk(Line(till)), CALLS, THEIRS, made))
    assert found is not None
    assert (found.transaction_id, found.order_id, found.status) == (made, "A-1", "draft")
    assert found.amount_in is not None
    assert found.amount_out is not None
    assert (int(found.amount_in.value), int(found.amount_out.value), found.reason) == (50, 5, "sale")


def test_a_transaction_that_is_not_known_is_none() -> None:
    assert run(reports.transaction(Desk(Line(Till())), CALLS, THEIRS, "t-0")) is None


# --- failures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "raised"),
    [("lost-answer", Unanswered), ("server-error", Unanswered), ("maintenance", Unanswered), ("forbidden", Refused)],
)
@pytest.mark.parametrize("ask", [read, daily, lambda line: run(reports.transaction(Desk(line), CALLS, THEIRS, "t-0"))])
def test_what_was_not_told_is_raised(ask: Callable[[Line], object], fault: str, raised: type[DeviceError]) -> None:
    till = Till()
    till.fault(fault)
    with pytest.raises(raised):
        ask(Line(till))


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [(429, b"", NotSent), (302, b"", Unanswered), (200, b"<html>", Unanswered), (200, b"[]", Unanswered)],
)
def test_an_answer_that_says_nothing_is_no_report(status: int, body: bytes, raised: type[DeviceError]) -> None:
    class Odd(Line):
        async def exchange(self, _: Request) -> Response:
            return Response(status, {}, body)

    with pytest.raises(raised):
        read(Odd(Till()))


def test_a_drawer_that_is_not_there_is_the_vendors_word() -> None:
    with pytest.raises(Refused, match="cash_drawer_not_found"):
        daily(Line(Till()), "d-9")
