"""A whole day at a real till: float, blind count, recount, a closing that waits, is called off, killed, and goes on."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firmware_bridge.rehearsal import Cashier, TillProcess, write_config
from firmware_bridge.simulation import Bench
from tests.support.processes import QUICK, Desk, Json, Reply, card, cash, line, sale, until

REQUIRED = """
[rules]
count_at_close = "required"
blind_counts = true
max_copies = 1
returns_without_original = "manager"

[cash.reasons]
cash_pull = ["bank"]
"""
OWN = """
[rules]
drawer_day = "own"
"""


class Day:
    """A desk at which every command is remembered with its first answer, to be asked for again later."""

    def __init__(self, desk: Desk, cashier_token: str) -> None:
        self.desk = desk
        self.bearer = {"Authorization": f"Bearer {cashier_token}"}
        self._asked: list[tuple[str, str, Json, Json]] = []

    def do(self, path: str, body: Json, status: int = 201, method: str = "POST") -> Json:
        """A cashier's command that is over now; its answer is the same for ever."""
        reply = self.cashier(method, path, body)
        assert reply.status == status, (path, reply.status, reply.json)
        self._asked.append((method, path, body, reply.json))
        return reply.json

    def cashier(self, method: str, path: str, body: Json | None = None, **headers: str) -> Reply:
        return self.desk.call(method, path, body, {**self.bearer, **headers})

    def refused(self, path: str, body: Json, slug: str, status: int = 409) -> str:
        """A cashier's command that does not happen: its id stays free. What is said about it."""
        reply = self.cashier("POST", path, body)
        assert (reply.status, reply.json["type"]) == (status, f"urn:firmware-bridge:problem:{slug}"), reply.json
        assert reply.json["outcome"] == "none"
        return str(reply.json["detail"])

    def every_answer_is_the_first_one(self) -> None:
        head = self.desk.at_rest()
        for method, path, body, first in self._asked:
            again = self.cashier(method, path, body)
            assert again.json == first, path
            assert again.status in (200, first.get("status", 200)), path
        assert self.desk.head() == head

    def drawer(self) -> Json:
        found: Json = self.cashier("GET", "/v1/drawers/main").json
        return found


@contextmanager
def at_a_till(folder: Path, more: str) -> Iterator[Day]:
    at = write_config(folder)
    token = secrets.token_hex(32)
    client = f'\n[[api.clients]]\nname = "front"\nrole = "cashier"\ntoken_sha256 = "{_sha256(token)}"\n'
    at.config.write_text(at.config.read_text("utf-8") + client + more, "utf-8")
    with Bench(at.pty, QUICK) as bench, TillProcess(at) as till:
        desk = Desk(at, bench, till, Cashier(till, at.token))
        desk.printer_is("ready")
        yield Day(desk, token)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _closing_waits_for_the_count(desk: Desk) -> None:
    status = desk.status()
    assert (status["closing"]["state"], status["can_sell"]) == ("count", False)
    assert "main" in status["closing"]["waits_for"]
    assert status["reasons"][0]["code"] == "shift-closing"
    assert desk.get("/v1/shifts/current")["closing"] == status["closing"]
    assert desk.get("/v1/shifts/current")["state"] == "open"


def _counted(day: Day, count: str, drawer_holds: int) -> Json:
    pieces = [{"value": 100, "pieces": drawer_holds // 100}, {"value": 1, "pieces": drawer_holds % 100}]
    body = {"id": f"{count}-found", "counted": drawer_holds, "denominations": pieces}
    day.do(f"/v1/counts/{count}", body, method="PUT")
    return day.do(f"/v1/counts/{count}/submit", {"id": f"{count}-submit"})


def test_a_whole_day(tmp_path: Path) -> None:
    with at_a_till(tmp_path, REQUIRED) as day:
        _morning(day)
        _blind_count_with_recount(day)
        _closing_called_off(day)
        _closing_that_is_killed_goes_on(day)
        _next_day(day)
        day.every_answer_is_the_first_one()


def _morning(day: Day) -> None:
    day.refused("/v1/sales", sale("early"), "shift-closed")
    opened = day.do("/v1/shifts", {"id": "monday", "floats": {"main": 50_000}, "cashier": "Ірина"})
    assert (opened["state"], opened["cashier"], opened["totals"]["float"]) == ("open", "Ірина", 50_000)
    day.do("/v1/sales", sale("s-1", line(price=10_000), payments=[cash(10_000)], cashier="Оля"))
    day.desk.drawer_shut()
    assert day.drawer()["day"]["expected_cash"] == 60_000
    assert "bank" in day.refused("/v1/cash", {"id": "m-1", "type": "cash_pull", "amount": 500, "reason": "me"},
                                 "unknown-reason", 422)  # fmt: skip
    day.do("/v1/cash", {"id": "m-1", "type": "cash_pull", "amount": 500, "reason": "bank", "counterpart": "safe"})
    day.desk.drawer_shut()
    day.do("/v1/cash", {"id": "m-2", "type": "no_sale", "reason": "change"})
    day.desk.drawer_shut()


def _blind_count_with_recount(day: Day) -> None:
    started = day.do("/v1/counts", {"id": "n-1", "reason": "intra_day_balance"})
    assert (started["state"], started["blind"], started["expected"]) == ("started", True, None)
    # what is expected is hidden from who counts, wherever it could be read; a manager sees it
    assert day.drawer()["day"]["expected_cash"] is None
    assert day.drawer()["count"] == "n-1"
    assert day.cashier("GET", "/v1/shifts/current").json["totals"] is None
    assert day.cashier("GET", "/v1/status").json["shift"]["totals"] is None
    assert day.desk.get("/v1/drawers/main")["day"]["expected_cash"] == 59_500
    assert "being counted" in day.refused("/v1/sales", sale("s-2"), "count-open")
    day.do("/v1/sales", sale("s-2c", payments=[card(1000)]))
    day.refused("/v1/counts", {"id": "n-x", "reason": "intra_day_balance"}, "count-open")
    day.refused("/v1/counts/n-1/submit", {"id": "n-1-early"}, "not-recorded")

    wrong = day.do("/v1/counts/n-1", {"id": "n-1-a", "counted": 59_000}, method="PUT")
    assert (wrong["counted"], wrong["expected"], wrong["difference"]) == (59_000, None, None)
    assert day.desk.get("/v1/counts/n-1")["difference"] == -500
    assert [event["data"]["expected"] for event in _told(day, "CountRecorded")] == [None]
    assert [event["data"]["expected"] for event in day.desk.events() if event["name"] == "CountRecorded"] == [59_500]
    day.do("/v1/counts/n-1/recount", {"id": "n-1-again"})
    reply = day.cashier(
        "PUT", "/v1/counts/n-1", {"id": "b", "counted": 5, "denominations": [{"value": 1, "pieces": 4}]}
    )
    assert (reply.status, reply.json["outcome"], reply.json["errors"][0]["field"]) == (422, "none", "denominations")
    over = _counted(day, "n-1", 59_400)
    assert (over["round"], over["expected"], over["difference"]) == (2, 59_500, -100)
    assert day.cashier("GET", "/v1/counts/n-1").json == over
    day.refused("/v1/counts/n-1/cancel", {"id": "n-1-c", "reason": "late"}, "count-over")
    day.refused("/v1/counts/none/submit", {"id": "q"}, "unknown-count", 404)
    day.do("/v1/counts", {"id": "n-2", "reason": "intra_day_balance"})
    assert day.do("/v1/counts/n-2/cancel", {"id": "n-2-c", "reason": "a customer"})["state"] == "cancelled"
    assert day.drawer()["day"]["expected_cash"] == 59_500  # counting changes no figure


def _told(day: Day, name: str) -> list[Json]:
    """What a cashier hears of by the event stream."""
    last = day.desk.head()[0]
    return [event for event in day.desk.stream(day.bearer, 0, last) if event["name"] == name]


def _closing_called_off(day: Day) -> None:
    reply = day.cashier("POST", "/v1/shifts/current/close", {"id": "z-1"})
    assert (reply.status, reply.json["closing"]["state"]) == (202, "count")
    _closing_waits_for_the_count(day.desk)
    assert "count" in day.refused("/v1/sales", sale("s-3"), "shift-closing")
    off = day.do("/v1/shifts/current/close/cancel", {"id": "off-1", "reason": "a bus of guests"})
    assert off == {"id": "off-1", "state": "called_off"}
    day.refused("/v1/shifts/current/close/cancel", {"id": "off-2", "reason": "x"}, "not-closing")
    again = day.cashier("POST", "/v1/shifts/current/close", {"id": "z-1"})
    assert (again.status, again.json["outcome"]) == (409, "refused")
    assert again.json["type"].endswith(":called-off")
    day.do("/v1/sales", sale("s-3"))
    day.desk.drawer_shut()


def _closing_that_is_killed_goes_on(day: Day) -> None:
    desk = day.desk
    assert day.cashier("POST", "/v1/shifts/current/close", {"id": "z-2"}).status == 202
    desk.till.kill()
    desk.till.start()
    desk.printer_is("ready")
    _closing_waits_for_the_count(desk)
    day.refused("/v1/sales", sale("s-4"), "shift-closing")
    assert day.cashier("POST", "/v1/shifts/current/close", {"id": "z-2"}).status == 202
    day.do("/v1/counts", {"id": "n-3", "reason": "end_of_day_balance"})
    desk.till.kill()
    desk.till.start()
    desk.printer_is("ready")
    assert [count["id"] for count in desk.status()["counts"]] == ["n-3"]
    assert _counted(day, "n-3", 60_500)["difference"] == 0
    until(lambda: desk.get("/v1/shifts/current")["state"] == "closed", "the shift to be closed")
    report = day.do("/v1/shifts/current/close", {"id": "z-2"}, 200)
    assert (report["kind"], report["state"], report["totals"]["expected_cash"]) == ("shift_report", "paper_out", 60_500)
    assert desk.status()["closing"]["state"] == "idle"
    assert day.drawer()["day"]["state"] == "inactive"
    assert len([event for event in desk.events() if event["name"] == "ShiftClosed"]) == 1
    # what was called off stays called off
    assert day.cashier("POST", "/v1/shifts/current/close", {"id": "z-1"}).json["type"].endswith(":called-off")


def _next_day(day: Day) -> None:
    day.do("/v1/shifts", {"id": "tuesday", "float_amount": 60_500})
    day.do("/v1/receipts/s-1/copy", {"id": "c-1", "reason": "lost"})
    body = {"id": "c-2", "reason": "lost again"}
    day.refused("/v1/receipts/s-1/copy", body, "too-many-copies", 403)
    approved = day.cashier("POST", "/v1/receipts/s-1/copy", body, **{"Approved-By": f"Bearer {day.desk.at.token}"})
    assert (approved.status, approved.json["paper"]["copies"]) == (201, 2)
    given_back = [{"type": "cash", "amount": 4000}]
    back = {"id": "r-1", "original": {"id": "s-1"}, "lines": [{"line": 1, "quantity": 400}], "payments": given_back}
    assert day.do("/v1/returns", back)["totals"]["total"] == 4000
    day.desk.drawer_shut()
    more = {**back, "id": "r-2", "lines": [{"line": 1, "quantity": 700}]}
    assert "600" in day.refused("/v1/returns", more, "invalid", 422)
    alone = {"id": "r-3", "lines": [line(price=1000)], "payments": [{"type": "cash", "amount": 1000}]}
    day.refused("/v1/returns", alone, "needs-manager", 403)
    approved = day.cashier("POST", "/v1/returns", alone, **{"Approved-By": f"Bearer {day.desk.at.token}"})
    assert approved.status == 201
    (event,) = [found for found in day.desk.events() if found["subject"] == "r-3" and found["name"] == "SaleRequested"]
    assert event["data"]["receipt"]["approved_by"]["id"] == "pos"
    day.desk.drawer_shut()
    day.do("/v1/sales", sale("s-5", exchange_of="r-1"))
    day.desk.drawer_shut()
    day.refused("/v1/sales", sale("s-6", exchange_of="r-1"), "exchanged")


def test_drawer_with_a_day_of_its_own_is_activated_lent_to_cashiers_and_deactivated(tmp_path: Path) -> None:
    with at_a_till(tmp_path, OWN) as day:
        day.do("/v1/shifts", {"id": "shift"})
        assert "activate" in day.refused("/v1/sales", sale("s-1"), "drawer-not-active")
        active = day.do("/v1/drawers/main/activate", {"id": "a-1", "float_amount": 7_000, "cashiers": ["ira"]})
        assert (active["state"], active["float"], active["cashiers"]) == ("active", 7_000, ["ira"])
        day.refused("/v1/sales", sale("s-1", cashier="olha"), "not-your-drawer", 403)
        assert day.cashier("POST", "/v1/drawers/main/cashiers", {"id": "b-1", "cashiers": []}).status == 403
        lent = day.desk.post("/v1/drawers/main/cashiers", {"id": "b-1", "cashiers": ["olha"]})
        assert lent["cashiers"] == ["olha"]
        day.do("/v1/sales", sale("s-1", cashier="olha"))
        day.desk.drawer_shut()
        assert day.drawer()["day"]["expected_cash"] == 8_000
        ended = day.do("/v1/drawers/main/deactivate", {"id": "d-1"})
        assert (ended["state"], ended["expected_cash"], ended["counted"]) == ("inactive", 8_000, None)
        day.refused("/v1/drawers/main/deactivate", {"id": "d-2"}, "drawer-not-active")
        day.do("/v1/drawers/main/activate", {"id": "a-2", "float_amount": 0})
        day.desk.till.kill()
        day.desk.till.start()
        day.desk.printer_is("ready")
        day.every_answer_is_the_first_one()
        assert day.desk.post("/v1/drawers/main/cashiers", {"id": "b-1", "cashiers": ["olha"]}, 200) == lent


@pytest.mark.parametrize("closes", ["", "later"])
def test_kiosk_opens_its_shift_by_itself_and_once(tmp_path: Path, closes: str) -> None:
    now = datetime.now(ZoneInfo("Europe/Kyiv"))
    opening = now - timedelta(minutes=1)
    schedule = f"\n[schedule]\nopen_at = {json.dumps(opening.strftime('%H:%M'))}\nfloat_amount = 300\n"
    if closes:
        schedule += f"close_at = {json.dumps((now + timedelta(hours=3)).strftime('%H:%M'))}\n"
    with at_a_till(tmp_path, schedule) as day:
        desk = day.desk
        for _ in range(2):
            until(lambda: desk.status()["can_sell"], "the kiosk to open by itself")
            desk.till.kill()
            desk.till.start()
            desk.printer_is("ready")
        shift = desk.get("/v1/shifts/current")
        assert (shift["id"], shift["state"]) == (f"auto-open-{opening.date().isoformat()}", "open")
        assert (shift["totals"]["float"], shift["cashier"]) == (300, "till")
        assert len([event for event in desk.events() if event["name"] == "ShiftOpened"]) == 1
