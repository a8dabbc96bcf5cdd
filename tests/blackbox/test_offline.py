"""The register cannot be reached in the middle of the day: the till sells on, and afterwards everything is there once.

Real processes: till, printer, the vendor's sandbox, and between till and vendor a line that is cut. Who judges reads
the vendor's own books and the paper. A day takes half a minute, most of it waiting: most of them are a campaign.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.offline_desk import SOON, Outage, Profile, Sold, outage_desk
from tests.support.processes import MODULE, Json, command, line, until


@contextmanager
def cut(place: Outage) -> Iterator[None]:
    """In the block nobody reaches the register; after it everything was handed over."""
    place.line.cut()
    yield
    place.line.mend()
    place.drained()


def paper_of(place: Outage, number: str) -> str:
    """The last piece of paper on which this fiscal number stands."""
    return "\n".join(next(piece for piece in reversed(place.desk.pieces()) if any(number in row for row in piece)))


# --- a day ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["current", pytest.param("seed", marks=pytest.mark.campaign)])
def test_a_day_goes_on_without_the_register_and_everything_arrives_once_and_in_order(
    tmp_path: Path, profile: Profile
) -> None:
    with outage_desk(tmp_path, profile=profile) as place:
        place.sell()
        with cut(place):
            first = place.sell()
            assert (first["state"], first["fiscal"]["offline"], first["fiscal"]["waiting_for_delivery"]) == (
                "paper_out",
                True,
                True,
            )
            assert "Контрольне число                         *" in paper_of(place, first["fiscal"]["number"])
            place.sell(by_card=True)
            place.desk.post("/v1/cash", {"id": "m-1", "type": "add_petty_cash", "amount": 5000, "reason": "розмін"})
            place.desk.post("/v1/reports/x", {"id": "x-1"})
            closed = place.desk.post("/v1/shifts/current/close", {"id": "z-1"})
            assert closed["fiscal"]["waiting_for_delivery"] is True
            lies_there = closed["totals"]["expected_cash"]
            place.desk.post("/v1/shifts", {"id": "shift-2", "float_amount": lies_there})
            place.sell()
            status = place.fiscal()
            assert (status["mode"], status["waiting"]["count"]) == ("offline_manual", 6)
            assert place.sandbox.books()["receipts"][-1]["is_created_offline"] is False, "nothing has arrived yet"
        assert place.sins() == []
        books = place.sandbox.books()
        assert [shift["status"] for shift in books["shifts"]] == ["CLOSED", "OPENED"]
        assert len(books["service"]) == 2
        assert (books["mode"], books["waiting"], books["codes"]["spent"].keys()) == ("ONLINE", 0, _codes(books))
        _complete_copy(place, first["id"])
        assert command("journal", "verify", place.desk.at.journal).code == 0


def _codes(books: Json) -> set[str]:
    """What stands on offline documents, and on the going offline itself."""
    return {one["offline_id"] for one in books["transactions"] if one["offline_id"]}


def _complete_copy(place: Outage, document_id: str) -> None:
    """What was provisional is complete in GET, and its copy is marked and has everything."""
    view = place.desk.get(f"/v1/receipts/{document_id}")
    stamp = view["fiscal"]
    assert (stamp["complete"], stamp["waiting_for_delivery"]) == (True, False)
    assert stamp["control"]
    assert "&mac=" in stamp["url"]
    place.desk.post(f"/v1/receipts/{document_id}/copy", {"id": place.desk.new_id("copy"), "reason": "повний чек"})
    paper = paper_of(place, stamp["number"])
    assert "КОПІЯ 1" in paper
    assert f"Контрольне число {stamp['control']:>25}" in paper
    assert stamp["url"] in paper
    assert "присвоять" not in paper


def test_control_a_till_that_forgets_its_queue_is_caught_by_the_registers_books(tmp_path: Path) -> None:
    with outage_desk(tmp_path, fault="drop-queue") as place:
        with cut(place):
            for _ in range(4):
                place.sell()
        sins = place.sins()
        assert [sin for sin in sins if "0 times in the register's books" in sin]


# --- the plug is pulled ---------------------------------------------------------------------------------------------


def test_a_till_that_is_killed_in_the_outage_and_in_the_drain_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with outage_desk(tmp_path) as place:
        place.sell()
        place.line.cut()
        place.sell()
        place.restart()
        assert place.fiscal()["clock"]["trusted"] is True, "the register's time outlives the process"
        for _ in range(3):
            place.sell()
        place.restart()
        place.sell(by_card=True)
        place.sandbox.fault("slow", path="/receipts/sell-offline", delay_s=0.4)
        place.line.mend()
        for left in (4, 2):
            place.wait_for_the_last(left)
            place.restart()
        place.sandbox.fault("slow", count=0)
        place.drained()
        assert place.sins() == []
        events = [one["name"] for one in place.desk.events()]
        assert events.count("OfflineDocumentDelivered") == 5
        assert events.count("FiscaliserUnreachable") == 1, "later documents were made without asking"


@pytest.mark.campaign
@pytest.mark.parametrize("fault", ["lost-answer", "not-reached", "maintenance"])
def test_an_answer_that_is_lost_in_the_drain_is_found_again(tmp_path: Path, fault: str) -> None:
    with outage_desk(tmp_path) as place:
        place.line.cut()
        for _ in range(3):
            place.sell()
        for path in ("/cash-registers/go-offline", "/receipts/sell-offline"):
            place.sandbox.fault(fault, count=1, path=path)
        place.line.mend()
        place.drained()
        assert place.sins() == []
        assert place.sandbox.books()["faults"] == [], "the fault has struck"


# --- what the register refuses --------------------------------------------------------------------------------------


def test_what_the_register_refuses_is_told_to_the_cashier_with_what_to_do_and_the_vendors_words(tmp_path: Path) -> None:
    def told(*words: str) -> None:
        until(lambda: all(word in (place.fiscal()["reason"] or "") for word in words), f"{words[0]} in the status")

    with outage_desk(tmp_path) as place:
        place.sandbox.fault("maintenance", path="/cash-registers/go-offline")
        place.line.cut()
        place.sell()
        closed = place.desk.post("/v1/shifts/current/close", {"id": "z-1"})
        place.line.mend()
        told("try again later", '(Checkbox: "Maintenance work till 3:30 GMT+3.')
        place.sandbox.fault("maintenance", count=0)
        place.sandbox.fault("signature-off")
        told("does not run: start it, then try again", '(Checkbox: "CheckBox Підпис неактивний, запустіть його')
        place.sandbox.fault("signature-off", count=0)
        place.sandbox.fault("other-client")
        place.mode_is("jammed")
        told("close it there; the two must not share a register", "Зміну відкрито за допомогою CheckBox Kasa")
        stuck = place.fiscal()["jammed"]
        assert stuck["document"] == "z-1"
        opening = {"id": "shift-2", "float_amount": closed["totals"]["expected_cash"]}
        refused = place.desk.post("/v1/shifts", opening, 409)
        assert (refused["type"].rpartition(":")[2], refused["outcome"]) == ("fiscal-jammed", "none")
        assert stuck["reason"] in refused["detail"]
        assert "before a person has decided" in refused["detail"]
        place.sandbox.fault("other-client", count=0)
        decision = {"id": "j-1", "document": "z-1", "verdict": "deliver_again", "evidence": "closed in Kasa's window"}
        place.desk.post("/v1/fiscal/resolve", decision)
        place.drained()
        assert place.sins() == []


# --- a register that hangs ------------------------------------------------------------------------------------------


@pytest.mark.campaign
def test_a_sale_without_an_answer_gets_a_slip_and_the_next_ones_a_receipt(tmp_path: Path) -> None:
    """The vendor takes the request and does not answer (SIGSTOP): a minute of waiting, so not in every run."""
    with outage_desk(tmp_path) as place:
        place.sell()
        name = place.desk.new_id("sale")
        os.kill(place.sandbox.pid, signal.SIGSTOP)
        try:
            body = {"id": name, "lines": [line()], "payments": [{"type": "cash", "amount": 1000, "given": 1000}]}
            status, answer = place.desk.cashier.request("POST", "/v1/sales", body, wait=1)
            assert (status, answer["state"]) in ((202, "fiscalising"), (202, "fiscal_doubt"))
            place.mode_is("offline_manual", within=120)
            until(lambda: any("ЧЕК РЕЄСТРУЄТЬСЯ" in row for row in place.desk.pieces()[-1][-15:]) or None, "the slip")
            later = place.sell()
            assert later["fiscal"]["offline"] is True
        finally:
            os.kill(place.sandbox.pid, signal.SIGCONT)
        place.drained()
        found = place.desk.get(f"/v1/receipts/{name}")
        assert found["state"] == "paper_out"
        place.sold.insert(1, Sold(name, number=found["fiscal"]["number"], total=1000))
        assert place.sins() == []


# --- what a shop has chosen -----------------------------------------------------------------------------------------


def test_a_shop_that_sells_nothing_without_the_register_says_so(tmp_path: Path) -> None:
    with outage_desk(tmp_path, offline='paper = "refuse"', shift=False) as place:
        place.desk.open_shift()
        place.line.cut()
        name = place.desk.new_id("sale")
        body = {"id": name, "lines": [line()], "payments": [{"type": "cash", "amount": 1000}]}
        refused = place.desk.post("/v1/sales", body, 409)
        assert "nothing was sent" in refused["detail"]
        assert place.fiscal()["mode"] == "online"
        place.line.mend()
        assert place.sandbox.books()["receipts"] == []


@pytest.mark.campaign
def test_without_provisional_paper_a_copy_is_the_first_paper_once_it_is_complete(tmp_path: Path) -> None:
    with outage_desk(tmp_path, offline=f'{SOON}\npaper = "none"') as place:
        place.line.cut()
        name = place.desk.new_id("sale")
        body = {"id": name, "lines": [line()], "payments": [{"type": "card", "amount": 1000}]}
        sold = place.desk.post("/v1/sales", body)
        assert sold["state"] == "paper_missing"
        copy = {"id": "c-1", "reason": "e-mail does not work"}
        refused = place.desk.post(f"/v1/receipts/{name}/copy", copy, 409)
        assert (refused["type"].rpartition(":")[2], refused["outcome"]) == ("not-complete", "none")
        assert sold["fiscal"]["number"] not in json.dumps(place.desk.pieces(), ensure_ascii=False)
        place.line.mend()
        place.drained()
        place.desk.post(f"/v1/receipts/{name}/copy", copy)
        paper = paper_of(place, sold["fiscal"]["number"])
        assert "КОПІЯ 1" in paper
        assert "Контрольне число                         *" not in paper


@pytest.mark.campaign
def test_a_return_waits_for_the_register_unless_the_shop_allows_it(tmp_path: Path) -> None:
    with outage_desk(tmp_path) as place:
        sold = place.sell()
        back = {"original": {"id": sold["id"]}, "lines": [{"line": 1, "quantity": 1000}]}
        body = {"id": "r-1", **back, "payments": [{"type": "cash", "amount": 1000}]}
        place.line.cut()
        place.sell()
        refused = place.desk.post("/v1/returns", body, 409)
        assert refused["type"].endswith(":returns-offline")
        place.line.mend()
        place.drained()
        place.answered("/v1/returns", body, Sold("r-1", "RETURN", total=1000))
        assert place.sins() == []


# --- a technician ---------------------------------------------------------------------------------------------------


def test_a_technician_sees_the_registers_mode_and_its_codes(tmp_path: Path) -> None:
    with outage_desk(tmp_path) as place:
        place.sell()
        config = place.desk.at.config
        mode = command("fiscal", "mode", "--config", config)
        assert (mode.code, mode.err) == (0, "")
        assert "on line" in mode.out
        codes = json.loads(command("fiscal", "codes", "--config", config, "--json").out)
        assert codes["checks"][0]["what"] == "codes"
        assert "60 free" in codes["checks"][0]["found"]
        place.line.cut()
        away = command("fiscal", "mode", "--config", config)
        assert (away.code, away.out) == (1, "")
        assert "nothing was changed there" in away.err


# --- the demo -------------------------------------------------------------------------------------------------------


def demo(*words: str) -> tuple[int, Json]:
    """A trading day; its exit code and figures."""
    words = (*MODULE, "demo", "--json", *words)
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=115, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.campaign
def test_a_demo_day_with_an_outage_loses_and_doubles_nothing(tmp_path: Path) -> None:
    code, figures = demo("--fault", "outage", "--keep", str(tmp_path / "day"))
    assert (code, figures["lost"], figures["duplicated"]) == (0, 0, 0)
    assert figures["sales"] == figures["printed"] == figures["fiscalised"] == 63
    books = json.loads((tmp_path / "day" / "checkbox.json").read_text("utf-8"))
    offline = [row for row in books["receipts"] if row["is_created_offline"]]
    assert len(offline) >= 8, "what was sold while the line was cut"
    assert {row["type"] for row in offline} == {"SELL", "RETURN"}
    assert (books["mode"], books["jam"], books["waiting"]) == ("ONLINE", "", 0)


@pytest.mark.campaign
def test_control_a_demo_day_whose_till_forgets_its_queue_is_caught() -> None:
    code, figures = demo("--fault", "drop-queue", "--book", "none")
    assert code == 1
    assert figures["lost"] >= 1


def test_an_outage_needs_a_register_that_can_go_away() -> None:
    done = command("demo", "--fault", "outage", "--fiscaliser", "none")
    assert (done.code, done.out) == (2, "")
    assert "--fiscaliser checkbox" in done.err
