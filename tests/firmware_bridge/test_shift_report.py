"""The till's own shift in the form of SmartOne's X report: to the page's keys and types, its sums by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_bridge import shift_report
from firmware_bridge.journal.codec import Stored
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.smartone.report import ShiftReport
from statemachines.arithmetic import compute
from statemachines.vocabulary.commands import CloseShift, StartCount
from statemachines.vocabulary.day_events import ShiftFoundOpen
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRequested,
    Event,
    Occurred,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.receipt import CashMove, Payment, Receipt, ShiftTotals, Turnover
from tests.firmware_bridge.api.wire import call, config
from tests.firmware_bridge.api.wire import running as api_running
from tests.firmware_bridge.test_till import CASHIER, DIGEST, Lane, opened, running, sold
from tests.firmware_bridge.test_till import GROUPS as TILL_GROUPS
from tests.firmware_bridge.vendors.smartone.adapter_orders import BAKU, GROUPS, line
from tests.firmware_bridge.vendors.smartone.adapter_samples import PAGE, same_form
from tests.support.memory_backend import MemoryBackend

NINE = 1_772_427_600_000  # 2026-03-02 09:00 in Baku


class Till:
    """Writes a journal as the till does."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.at = NINE
        self.number = 100
        self.cash = 0

    def say(self, event: Event) -> None:
        self.stored.append(Occurred(self.at, 0, event))
        self.at += 60_000

    def open(self, amount: int = 30_000, initial: int | None = None, number: int = 17) -> Till:
        self.cash = amount if initial is None else initial
        self.say(ShiftOpened(f"shift-{number}", number, amount, CASHIER, "2026-03-02", initial=initial))
        return self

    def close(self) -> None:
        totals = ShiftTotals(Turnover(), Turnover(), 0, 0, 0, 0)
        self.say(ShiftClosed("shift-17", 17, totals, "z", "1:0"))

    def sell(self, lines: Sequence[Any], payments: Sequence[Payment], kind: Any = "sale", *, done: bool = True) -> None:
        self.number += 1
        name = f"d-{self.number}"
        sums = compute(lines, (), payments, GROUPS, "none", kind)
        receipt = Receipt(
            name, kind, f"{self.number:06d}", "AZN", "az", CASHIER, "main", sums.lines, (), sums.payments, sums.totals
        )
        self.say(SaleRequested(name, receipt))
        cash = sum(one.amount for one in sums.payments if one.type == "cash") * (1 if kind == "sale" else -1)
        if done:
            self.cash += cash
            self.say(SaleCompleted(name, cash, 0, 0))
        else:
            self.say(SaleRefused(name, "no"))

    def move(self, amount: int, direction: Any) -> None:
        self.number += 1
        name = f"d-{self.number}"
        move = CashMove(
            name, "add_to_float", direction, amount, "AZN", "az", "", CASHIER, "main", number=f"{self.number:06d}"
        )
        self.say(CashMoveRequested(name, move))
        self.cash += amount if direction == "in" else -amount
        self.say(CashMoved(name, "add_to_float", direction, amount))

    def answer(self) -> dict[str, Any]:
        return shift_report.answer(shift_report.of_records(self.stored, GROUPS), self.at, BAKU)

    @property
    def totals(self) -> dict[str, Any]:
        found: dict[str, Any] = self.answer()["data"]["shift_totals"]
        return found


def day() -> Till:
    till = Till().open()
    till.sell([line(5900)], [Payment("cash", 5900, given=6000)])
    till.sell([line(2000), line(500, group="free")], [Payment("card", 2000), Payment("cash", 500, given=1000)])
    till.move(5000, "out")
    till.sell([line(3400)], [Payment("cash", 3400, given=5000)])
    return till


def test_a_shift_has_the_pages_keys_and_types() -> None:
    answer = day().answer()
    assert list(answer) == ["status", "data"]
    assert same_form(answer["data"], PAGE["data"])
    assert answer["status"] == "success"


def test_its_sums_are_those_by_hand() -> None:
    till = day()
    assert till.answer()["data"] == {
        "shift_open": True,
        "shift_id": 17,
        "cash": 30_000 + 5900 + 500 + 3400 - 5000,
        "shift_totals": {
            "startShift": {"openTime": "2026-03-02 09:00:00", "cash": 30_000, "openOrdersCnt": 0},
            "endShift": {"closeTime": "2026-03-02 09:09:00", "cash": 34_800, "operCount": 4, "openOrdersCnt": 0},
            "firstDocNumber": 101,
            "lastDocNumber": 104,
            "totals": {"sale": {"count": 3, "amount": 11_800}, "withdraw": {"count": 1, "amount": 5000}},
            "taxes": {
                "sale": {
                    "A": {"taxCode": "A", "taxVal": 1800, "taxName": "ƏDV", "amount": 11_300, "taxAmount": 1724},
                    "B": {"taxCode": "B", "taxVal": 0, "taxName": "free", "amount": 500, "taxAmount": 0},
                }
            },
            "payments": {
                "sale": {
                    "C": {"count": 3, "amount": 12_000, "change": 2200},
                    "V": {"count": 1, "amount": 2000, "change": 0},
                }
            },
        },
    }


def test_what_was_paid_less_the_change_is_what_was_sold() -> None:
    totals = day().totals
    paid = totals["payments"]["sale"].values()
    assert sum(one["amount"] - one["change"] for one in paid) == totals["totals"]["sale"]["amount"]
    assert sum(one["amount"] for one in totals["taxes"]["sale"].values()) == totals["totals"]["sale"]["amount"]


def test_the_cash_is_what_the_till_itself_expects() -> None:
    till = day()
    assert till.answer()["data"]["cash"] == till.cash


def test_what_it_says_is_what_our_own_adapter_reads() -> None:

    report = msgspec.json.decode(json.dumps(day().answer()["data"]).encode(), type=ShiftReport)
    assert report.as_json() == day().answer()["data"]


def test_refunds_and_deposits_have_rows_once_there_are_any() -> None:
    till = day()
    assert list(till.totals["totals"]) == ["sale", "withdraw"]
    till.move(700, "in")
    till.sell([line(1180)], [Payment("cash", 1180)], "return")
    totals = till.totals
    assert totals["totals"]["deposit"] == {"count": 1, "amount": 700}
    assert totals["totals"]["refund"] == {"count": 1, "amount": 1180}
    assert totals["payments"]["refund"] == {"C": {"count": 1, "amount": 1180, "change": 0}}
    assert totals["taxes"]["refund"]["A"]["taxAmount"] == 180
    assert totals["totals"]["sale"]["count"] == 3
    assert till.answer()["data"]["cash"] == till.cash


def test_other_means_of_payment_stand_under_their_own_names() -> None:
    till = Till().open()
    till.sell([line(500)], [Payment("certificate", 300), Payment("transfer", 200)])
    assert till.totals["payments"]["sale"] == {
        "certificate": {"count": 1, "amount": 300, "change": 0},
        "transfer": {"count": 1, "amount": 200, "change": 0},
    }


def test_a_second_tax_of_a_letter_has_a_row_of_its_own() -> None:
    till = Till().open()
    till.sell([line(12_390, group="fuel")], [Payment("cash", 12_390)])
    assert [(code, one["taxCode"], one["taxVal"]) for code, one in till.totals["taxes"]["sale"].items()] == [
        ("C", "C", 1800),
        ("C-Aksiz", "C", 500),
    ]


def test_a_closed_shift_ends_when_it_was_closed() -> None:
    till = day()
    till.close()
    closed = till.at - 60_000
    till.at += 3_600_000
    data = till.answer()["data"]
    assert data["shift_open"] is False
    assert data["shift_totals"]["endShift"]["closeTime"] == "2026-03-02 09:09:00"
    assert closed == NINE + 9 * 60_000


def test_a_new_shift_begins_with_nothing() -> None:
    till = day()
    till.close()
    till.open(34_800, number=18)
    data = till.answer()["data"]
    assert (data["shift_id"], data["cash"], data["shift_totals"]["endShift"]["operCount"]) == (18, 34_800, 0)
    assert (data["shift_totals"]["firstDocNumber"], data["shift_totals"]["lastDocNumber"]) == (0, 0)
    assert data["shift_totals"]["taxes"] == {"sale": {}}


def test_the_books_begin_with_what_the_fiscaliser_counts() -> None:
    data = Till().open(30_000, initial=12_000).answer()["data"]
    assert (data["cash"], data["shift_totals"]["startShift"]["cash"]) == (12_000, 12_000)


def test_a_shift_that_was_found_open_is_counted_from_then_on() -> None:
    till = Till()
    till.say(ShiftFoundOpen("s", 4, NINE - 3_600_000, CASHIER, "2026-03-02", initial=500))
    till.sell([line(100)], [Payment("cash", 100)])
    data = till.answer()["data"]
    assert (data["shift_id"], data["cash"]) == (4, 600)
    assert data["shift_totals"]["startShift"]["openTime"] == "2026-03-02 08:00:00"


def test_what_was_refused_is_not_counted() -> None:
    till = Till().open()
    till.sell([line(100)], [Payment("cash", 100)], done=False)
    assert till.totals["totals"]["sale"] == {"count": 0, "amount": 0}


def test_before_the_first_shift_the_answer_is_an_error_of_the_pages_form() -> None:
    assert Till().answer() == {"status": "error", "message": shift_report.NO_SHIFT}


def test_a_report_that_counts_one_document_twice_is_found_out() -> None:
    """The control of the sums by hand."""
    till = day()
    once = till.totals
    till.stored.append(till.stored[-2])
    till.stored.append(till.stored[-2])
    assert till.totals != once


# --- from a journal ---------------------------------------------------------------------------------------------------


class Journal:
    """A journal in memory that gives few records at once."""

    def __init__(self, stored: Sequence[Stored]) -> None:
        self.records = [
            Record(seq, NINE, "", type(one.event).__name__, one, b"")
            for seq, one in enumerate(stored, 1)
            if isinstance(one, Occurred)
        ]
        self.read_from: list[int] = []

    async def by_name(self, name: str, limit: int = 50) -> list[Record]:
        return [one for one in reversed(self.records) if one.name == name][:limit]

    async def read(self, after: int, limit: int = 1000) -> list[Record]:
        self.read_from.append(after)
        return [one for one in self.records if one.seq > after][: min(limit, 3)]


@pytest.mark.parametrize("earlier", [0, 3])
def test_a_journal_is_read_from_the_last_opening_on(earlier: int) -> None:

    till = Till()
    for _ in range(earlier):
        till.open()
        till.sell([line(1)], [Payment("cash", 1)])
        till.close()
    opening = len(till.stored)
    till.open()
    till.sell([line(100)], [Payment("cash", 100)])
    till.sell([line(200)], [Payment("cash", 200)])
    journal = Journal(till.stored)
    tally = asyncio.run(shift_report.of_journal(journal, GROUPS))
    assert tally is not None
    assert shift_report.answer(tally, till.at, BAKU) == till.answer()
    assert journal.read_from[0] == opening


def test_an_empty_journal_tells_of_no_shift() -> None:

    assert asyncio.run(shift_report.of_journal(Journal([]), GROUPS)) is None


# --- from a till ------------------------------------------------------------------------------------------------------


def test_a_running_till_answers_about_its_own_shift(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, Lane()) as till:
            assert await till.shift_report(TILL_GROUPS) == {"status": "error", "message": shift_report.NO_SHIFT}
            await opened(till)
            for name in ("a", "b"):
                assert (await sold(till, name)).outcome == "done"
            answer = await till.shift_report(TILL_GROUPS)
            assert same_form(answer["data"], PAGE["data"])
            expected = till.shift()
            assert expected is not None
            assert answer["data"]["cash"] == expected["totals"]["expected_cash"] == 16_400
            totals = answer["data"]["shift_totals"]
            assert (totals["firstDocNumber"], totals["lastDocNumber"]) == (1, 2)
            assert totals["totals"]["sale"] == {"count": 2, "amount": 16_400}
            assert (await till.submit(CloseShift("z", CASHIER, "uk"), DIGEST, 5)).outcome == "done"
            assert (await till.shift_report(TILL_GROUPS))["data"]["shift_open"] is False

    asyncio.run(scenario())


def test_a_cashier_is_not_told_what_should_be_there_while_a_drawer_is_counted_blind(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, Lane()) as till:
            await opened(till)
            started = StartCount("n", CASHIER, "main", "intra_day_balance", blind=True)
            assert (await till.submit(started, DIGEST, 5)).outcome == "done"
            told = await till.shift_report(TILL_GROUPS, "cashier")
            assert told == {"status": "error", "message": shift_report.COUNTED_BLIND}
            assert (await till.shift_report(TILL_GROUPS, "manager"))["status"] == "success"

    asyncio.run(scenario())


def test_the_api_gives_it_in_that_format_its_own_without_one_and_refuses_any_other() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        backend.current_shift = {"id": "s-1"}
        theirs = await call(port, "GET", "/v1/shifts/current?format=smartone")
        assert (theirs.status, theirs.json["status"]) == (200, "success")
        assert "vat20" in theirs.json["data"]["groups"]
        assert backend.roles[-1] == "cashier"
        assert (await call(port, "GET", "/v1/shifts/current")).json == {"id": "s-1"}
        other = await call(port, "GET", "/v1/shifts/current?format=other")
        assert (other.status, other.json["errors"][0]["field"]) == (400, "format")

    async def main() -> None:
        backend = MemoryBackend()
        async with api_running(backend, config()) as server:
            await talk(server.port, backend)

    asyncio.run(main())
