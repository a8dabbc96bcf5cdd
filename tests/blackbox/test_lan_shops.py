"""Shops that do it otherwise with a register of the network: receipts handed over, drawn ones, a box, a serial line."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from firmware_bridge.played_devices import Device
from firmware_bridge.rehearsal import Cashier, TillProcess
from tests.support.lan_desk import CARD, LanDesk, Vendor, configured, lan_desk, new_ones, sandboxed
from tests.support.processes import Json, until

SAMPLES = Path(__file__).parents[1] / "firmware_bridge/vendors/ikassa"


def test_a_till_that_hands_its_receipts_over_takes_no_money_for_them(tmp_path: Path) -> None:
    with lan_desk(tmp_path, "ikassa", more='profile = "sink"\n') as desk:
        pulses = desk.pulses()
        desk.fault("lost-answer", count=1, operation="ADD_CHEQUES")
        body = desk.sale(1510)
        given = desk.answered("/v1/sales", body)
        assert (given["state"], given["cash_transaction"], given["fiscal"]) == ("handed_over", "cancelled", None)
        books = desk.sandbox.books()
        (cheque,) = books["cheques"].values()
        assert (cheque["info"]["chequeType"], cheque["items"][0]["price"]) == ("Postponed", "15.10")
        assert (books["documents"], desk.pulses()) == ([], pulses), "its own cashier takes the money"
        assert desk.cashier.get("/v1/status")["drawers"][0]["day"]["expected_cash"] == 10_000


def percent(kind: str, value: int) -> Json:
    return {"kind": kind, "mode": "percent", "value": value}


def test_what_the_vendors_page_shows_is_handed_over_to_the_letter(tmp_path: Path) -> None:
    """Its receipt and its order of a table, as a shop's software asks for them; their ids, names and rate are ours."""
    page = json.loads((SAMPLES / "seed_samples.json").read_text(encoding="utf-8"))
    item = {
        "code": "T",
        "name": "Tovar",
        "price": 10_000,
        "quantity": 1000,
        "tax_group": "vat20",
        "barcode": "112321312310",
        "section": {"code": "111", "name": "имя секции"},
        "markings": [{"si": "midom0im20m03223d-2-d"}, {"ukz": "2321987121CAC"}],
        "adjustments": [percent("discount", 1000), percent("surcharge", 500)],
    }
    postponed = {
        "lines": [item],
        "adjustments": [percent("discount", 500), percent("surcharge", 500)],
        "payments": [{"type": "cash", "amount": 9426}],
        "order_id": "111IKASSA",
        "context": {"note": "Cheque2"},
        "customer": {"tax_number": "123456789"},
    }
    order = {
        "lines": [{"code": "c", "name": "Чай", "price": 500, "quantity": 1000, "tax_group": "vat20"}],
        "adjustments": [percent("discount", 500)],
        "payments": [{"type": "cash", "amount": 475}],
        "context": {"table": "2", "place": "3"},
    }
    with lan_desk(tmp_path, "ikassa", more='profile = "sink"\nadjustments = "as_asked"\n') as desk:
        for body in (postponed, order):
            given = desk.answered("/v1/sales", {"id": desk.new("sale"), **body})
            assert (given["state"], given["cash_transaction"]) == ("handed_over", "cancelled")
        told = list(desk.sandbox.books()["cheques"].values())
    (wanted,) = page["success"]["request"]
    assert cheque(told[0]) == cheque(wanted) | {"items": [wanted["items"][0] | {"taxRate": "tax20"}]}
    (wanted,) = page["not unique"]["request"]
    ours = {"code": {"type": "0", "value": "c"}, "quantity": "1", "taxRate": "tax20"}
    assert cheque(told[1]) == cheque(wanted) | {"items": [wanted["items"][0] | ours]}


def cheque(told: Json) -> Json:
    """Without what differs from one till to the other."""
    return told | {"info": {name: value for name, value in told["info"].items() if name not in ("uuid", "name")}}


def drawn(piece: Json) -> list[int]:
    """How tall the pictures on a piece of paper are."""
    return [mark["height"] for mark in piece["printed"] if mark["kind"] == "PrintedImage"]


def test_a_register_that_draws_its_receipts_has_them_on_our_paper(tmp_path: Path) -> None:
    """Nine lines of 22 rows of dots, and 8 at both edges; of ours but the END line, and a copy's mark."""
    with lan_desk(tmp_path, "core", more="preview = true\n") as desk:
        until(desk.papers, "the slip of the float to be printed")
        sold = desk.sell(1990)
        row = desk.sandbox.books()["documents"][-1]
        assert (sold["state"], row["images"], row["prints"]) == ("paper_out", 1, 0)
        assert sold["fiscal"]["number"] == row["fiscal_id"]
        _, original = desk.pieces()
        assert sum(drawn(original)) == 9 * 22 + 2 * 8
        texts = [line for line in original["lines"] if line.strip() and not line.startswith("[IMAGE")]
        assert [(line[0], line.split()[-1]) for line in texts] == [("#", "SON")]
        desk.till.kill()
        desk.till.start()
        desk.ready()
        desk.answered(f"/v1/receipts/{sold['id']}/copy", {"id": desk.new("copy"), "reason": "x"})
        until(lambda: len(desk.pieces()) == 3, "the copy to be printed")
        copy = desk.pieces()[2]
        assert [height for height in drawn(copy) if height in drawn(original)] == drawn(original)
        assert len(drawn(copy)) > len(drawn(original)), "what marks it as a copy is drawn, too: no page has its letters"


def test_what_a_register_that_draws_has_lost_is_registered_once_and_its_paper_is_missed(tmp_path: Path) -> None:
    """Its sums say that it was made and tell no fiscal id: nobody prints a paper without one."""
    with lan_desk(tmp_path, "core", more="preview = true\n") as desk:
        until(desk.papers, "the slip of the float to be printed")
        before = desk.made()
        desk.fault("lost-answer", "sale")
        sold = desk.answered("/v1/sales", desk.sale(1990))
        assert (sold["state"], len(new_ones(desk, before))) == ("paper_missing", 1)
        copy = {"id": desk.new("copy"), "reason": "no paper"}
        status, answer = desk.cashier.request("POST", f"/v1/receipts/{sold['id']}/copy", copy)
        assert (status, "told nothing that could be printed here" in answer["detail"]) == (409, True)
        assert len(desk.papers()) == 1
        assert desk.sell(1000)["state"] == "paper_out"


def test_a_drawer_on_a_trigger_box_is_opened_where_there_is_no_receipt_printer(tmp_path: Path) -> None:
    with sandboxed("ikassa") as sandbox, Device("drawer-box", tmp_path / "box", ["--box", "ibm-4840"]) as box:
        devices = f'[drawers.main]\ndriver = "trigger_box"\nbox = "ibm-4840"\nport = "{box.url}"\n'
        at = configured(tmp_path, "ikassa", sandbox, devices=devices)
        with TillProcess(at) as till:
            desk = LanDesk("ikassa", at, till, Cashier(till, at.token), sandbox, None, "vat20")
            until(lambda: desk.cashier.get("/v1/drawers/main")["connected"], "the drawer to be there")
            rested = time.monotonic() + 1.2
            desk.open_shift()
            until(lambda: time.monotonic() > rested, "the coil to have rested since the port was opened")
            assert desk.sell(1000)["state"] == "paper_out"
            until(lambda: box.do("drawer")["pulses"], "the drawer to be opened")
            desk.sell(1000, [{**CARD, "amount": 1000}])
            assert len(box.do("drawer")["pulses"]) == 1


@pytest.mark.parametrize("vendor", ["core", "ecr"])
def test_a_register_on_a_serial_line_is_as_good(tmp_path: Path, vendor: Vendor) -> None:
    with lan_desk(tmp_path, vendor, "--serial") as desk:
        before = desk.made()
        assert desk.sell(1230)["state"] == "paper_out"
        desk.fault("slow", count=1, path="sale", delay_s=1.0)
        body = desk.sale(1240)
        asking = threading.Thread(target=desk.cashier.try_post, args=("/v1/sales", body), kwargs={"wait": 5})
        asking.start()
        until(lambda: len(new_ones(desk, before)) == 2, "the register to have it")
        desk.till.kill()
        asking.join()
        desk.till.start()
        desk.ready()
        desk.answered("/v1/sales", body)
        assert [one.amount for one in new_ones(desk, before)] == [1230, 1240]
        assert desk.answered("/v1/shifts/current/close", {"id": desk.new("close")})["state"] == "paper_out"
