"""Beside a sale's way: NewStore's reports, read page by page until nothing is missing and nothing stands twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from drivers.errors import Unanswered
from firmware_bridge.vendors.newstore.calls import Calls
from firmware_bridge.vendors.newstore.desk import Desk, Rejected, Unusable
from firmware_bridge.vendors.newstore.messages import (
    DailyReport,
    DailyReports,
    ReportRow,
    StoreReport,
    Transaction,
)
from firmware_bridge.vendors.newstore.words import ROLE

NOT_FOUND: Final = 404
#: Readings of a report that is added to meanwhile.
ATTEMPTS: Final = 6
MOST_ROWS: Final = 50_000
_Row = TypeVar("_Row", DailyReport, ReportRow)


async def transaction(desk: Desk, calls: Calls, drawer_id: str, transaction_id: str) -> Transaction | None:
    """Operation 16; None: NewStore knows no such transaction in this drawer. Raises NotSent, Unanswered, Refused."""
    try:
        return await desk.ask(calls.get_transaction(drawer_id, transaction_id), Transaction)
    except Rejected as no:
        if no.status == NOT_FOUND:
            return None
        raise


async def daily(desk: Desk, calls: Calls, drawer_id: str) -> list[DailyReport]:
    """Operation 15: all reports of a drawer, in the vendor's order. Raises NotSent, Unanswered, Refused.

    The vendor's page shows `pagination_info` but no parameters for it: should `offset` not be understood, the first
    page comes again, and it is said that not all of them can be read.
    """
    first: list[DailyReport] = []

    async def page(offset: int) -> tuple[list[DailyReport], int]:
        nonlocal first
        found = await desk.ask(calls.daily_reports(drawer_id, offset), DailyReports)
        if not offset:
            first = found.reports
        elif found.reports and found.reports[0] in first:
            raise Unusable(
                f"NewStore tells {offset} of {found.pagination_info.total} daily reports of drawer {drawer_id} and "
                "does not turn the page: the others cannot be read"
            )
        return found.reports, found.pagination_info.total

    return await _at_rest(page, f"the daily reports of drawer {drawer_id}")


async def of_store(desk: Desk, calls: Calls, begin: int, end: int, kind: str = "") -> list[ReportRow]:
    """Operation 20: all rows from `begin` to `end` (UTC ms), of one type or all. Raises as `daily`."""

    async def page(offset: int) -> tuple[list[ReportRow], int]:
        found = await desk.ask(calls.store_report(begin, end, kind, offset), StoreReport)
        return found.rows, found.total

    return await _at_rest(page, "the report of the store")


async def _at_rest(page: Callable[[int], Awaitable[tuple[list[_Row], int]]], what: str) -> list[_Row]:
    """Read all pages. `page`: offset -> its rows and how many there are in all.

    While rows are added the pages shift, so that one is read twice or never. A single page is of one moment; several
    count only when two readings in a row were the same. Raises Unanswered when the report does not come to rest.
    """
    before: list[_Row] | None = None
    for _ in range(ATTEMPTS):
        rows, total = await page(0)
        single, totals = len(rows) >= total, {total}
        while rows and len(rows) < total:
            if total > MOST_ROWS:
                raise Unusable(f"{what} has {total} rows: ask for a shorter time")
            more, total = await page(len(rows))
            totals.add(total)
            if not more:
                break
            rows = rows + more
        if totals == {len(rows)} and (single or rows == before):
            return rows
        before = rows
    raise Unanswered(f"{what} did not come to rest in {ATTEMPTS} readings: read it again later", role=ROLE)
