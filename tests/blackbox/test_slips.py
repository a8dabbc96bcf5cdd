"""Paper beside the sales, over real HTTP and on simulated paper: card slips, kitchen tickets, vouchers, notices."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.png import black, in_base64
from tests.support.processes import Desk, Json, command, desk, line, sale, until

HEADINGS = {
    "card_slip": re.compile(r"^Сліп термінала № (?P<number>D[0-9]+)"),
    "kitchen": re.compile(r"^Замовлення на кухню № (?P<number>D[0-9]+)"),
    "voucher": re.compile(r"^Ваучер № (?P<number>D[0-9]+)"),
    "sale": re.compile(r"^Чек № (?P<number>[0-9]+)"),
}
PAN = "5555 5555 5555 4444"
MASKED = "5555 55** **** 4444"
SLOW = ("--columns", "42", "--speed", "3", "--drawer-closes-after", "0.15")


def slip(document_id: str, *texts: str, kind: str = "card_slip", **more: str) -> Json:
    return {"id": document_id, "kind": kind, "lines": [{"text": text} for text in texts or ("СХВАЛЕНО",)], **more}


def papers(place: Desk, kind: str, number: str) -> tuple[int, int]:
    """Complete unmarked originals and complete marked copies."""
    found = place.papers(HEADINGS).get(f"{kind} {number}")
    return (found.originals, found.copies) if found is not None else (0, 0)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A till whose shift nobody has opened."""
    with desk(tmp_path_factory.mktemp("closed"), shift=False) as found:
        found.printer_is("ready")
        yield found


# --- printed ----------------------------------------------------------------------------------------------------------


def test_a_slip_is_printed_once_for_ever_without_a_shift_and_without_a_drawer(closed: Desk) -> None:
    body = slip("slip-1", "ПРИВАТБАНК", "СУМА             250.00")
    done = closed.post("/v1/documents", body)
    assert (done["kind"], done["state"], done["number"]) == ("card_slip", "paper_out", "D1")
    assert done["paper"]["evidence"] == "process_id"
    assert closed.post("/v1/documents", body, 200) == done
    assert closed.post("/v1/documents", slip("slip-1", "ІНШЕ"), 409)["type"].endswith(":id-reused")
    assert papers(closed, "card_slip", "D1") == (1, 0)
    shown = [text.strip() for text in closed.pieces()[0]]
    assert "НЕ ФІСКАЛЬНИЙ ДОКУМЕНТ" in shown
    assert "СУМА             250.00" in shown
    assert re.fullmatch(r"#\S{4} +КІНЕЦЬ", shown[-1])
    assert closed.pulses() == 0
    assert closed.get("/v1/drawers/main")["state"] == "closed"


def test_everything_that_a_voucher_can_carry_comes_out_on_paper(closed: Desk) -> None:
    lines = [
        {"text": "ПОДАРУНОК", "align": "centre", "tall": True, "wide": True, "bold": True},
        {"feed": 1},
        {"barcode": {"symbology": "EAN13", "data": "482000000001"}},
        {"qr": {"data": "https://shop.example/voucher/1"}},
        {"image": {"png": in_base64(black(96, 24)), "text": "логотип"}},
    ]
    done = closed.post("/v1/documents", {"id": "voucher-1", "kind": "voucher", "lines": lines, "title": "1000 грн"})
    assert papers(closed, "voucher", done["number"]) == (1, 0)
    text = closed.call("GET", "/v1/receipts/voucher-1.txt").body.decode()
    for part in ("1000 грн", "ПОДАРУНОК", "4820000", "https://shop.example/voucher/1", "логотип", "КІНЕЦЬ"):
        assert part in text
    assert closed.call("GET", "/v1/receipts/voucher-1.png").body.startswith(b"\x89PNG")
    told = [event for event in closed.events() if event["name"] == "SlipRequested"][-1]
    assert told["data"]["slip"]["elements"][-1] == {"width": 96, "data": None, "text": "логотип"}


def test_a_copy_is_marked_and_counted(closed: Desk) -> None:
    done = closed.post("/v1/documents", slip("kitchen-1", "2 x Борщ", kind="kitchen"))
    copy = {"id": "copy-1", "reason": "загублено"}
    assert closed.post("/v1/receipts/kitchen-1/copy", copy)["paper"]["copies"] == 1
    assert closed.post("/v1/receipts/kitchen-1/copy", copy, 200)["paper"]["copies"] == 1
    assert papers(closed, "kitchen", done["number"]) == (1, 1)


def test_what_is_wrong_is_named_by_its_field_and_nothing_happens(closed: Desk) -> None:
    before = closed.at_rest(), closed.pieces()
    wrong = {
        "id": "wrong",
        "kind": "voucher",
        "lines": [{"text": "ok"}, {"barcode": {"symbology": "ITF", "data": "1"}}],
    }
    problem = closed.post("/v1/documents", wrong, 422)
    assert (problem["outcome"], problem["errors"][0]["field"]) == ("none", "lines[1].barcode.data")
    assert (closed.head(), closed.pieces()) == before


# --- card numbers -----------------------------------------------------------------------------------------------------


def test_a_card_number_reaches_neither_paper_nor_journal_nor_log(closed: Desk) -> None:
    closed.post("/v1/documents", slip("pan-1", f"PAN {PAN}"))
    problem = closed.post("/v1/documents", slip("pan-2", f";{PAN.replace(' ', '')}=25121011000012300?"), 422)
    assert problem["errors"][0]["field"] == "lines[0].text"
    assert f"PAN {MASKED}" in closed.call("GET", "/v1/receipts/pan-1.txt").body.decode()
    closed.at_rest()
    digits = (PAN, PAN.replace(" ", ""))
    kept = [file.read_bytes() for file in closed.at.folder.iterdir() if file.is_file() and file.suffix != ".toml"]
    paper = "\n".join(text for piece in closed.pieces() for text in piece)
    for number in digits:
        assert number not in paper
        assert not any(number.encode() in file for file in kept)


def test_the_terminals_slip_of_a_sale_stands_on_its_paper_once_and_is_printed_no_second_time(tmp_path: Path) -> None:
    with desk(tmp_path) as own:
        paid = {"type": "card", "amount": 1000, "slip": ["ТЕРМІНАЛ S1XX0001", f"PAN {PAN}"]}
        body = sale("paid", payments=[paid])
        done = own.post("/v1/sales", body)
        assert own.post("/v1/sales", body, 200)["number"] == done["number"]
        shown = [text.strip() for piece in own.pieces() for text in piece]
        assert shown.count("ТЕРМІНАЛ S1XX0001") == shown.count(f"PAN {MASKED}") == 1
        again = slip("again", "ТЕРМІНАЛ S1XX0001", f"PAN {PAN}", **{"for": "paid"})
        refused = own.post("/v1/documents", again, 409)
        assert (refused["type"], refused["outcome"]) == ("urn:firmware-bridge:problem:printed-already", "none")
        assert "manager" in refused["detail"]


def test_a_slip_of_a_sale_is_printed_once_also_after_a_restart(tmp_path: Path) -> None:
    with desk(tmp_path) as own:
        number = own.post("/v1/sales", sale("sold"))["number"]
        first = own.post("/v1/documents", slip("first", **{"for": "sold"}))
        assert first["for"] == "sold"
        assert any(text.strip().endswith(number) for piece in own.pieces()[1:] for text in piece)
        own.till.kill()
        own.till.start()
        own.printer_is("ready")
        refused = own.post("/v1/documents", slip("second", **{"for": "sold"}), 409)
        assert refused["type"].endswith(":printed-already")
        assert "/v1/receipts/first/copy" in refused["detail"]
        assert own.post("/v1/documents", slip("other", "ВІДХИЛЕНО", **{"for": "sold"}))["state"] == "paper_out"
        assert papers(own, "card_slip", first["number"]) == (1, 0)
        assert own.post("/v1/receipts/first/copy", {"id": "copy", "reason": "torn"})["paper"]["copies"] == 1


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_without_paper_it_is_refused_and_the_same_id_prints_it_later(tmp_path: Path) -> None:
    with desk(tmp_path, shift=False) as own:
        own.printer_is("ready")
        own.bench.do("load_paper", lines=0)
        own.printer_is("paper_end")
        refused = own.post("/v1/documents", slip("late"), 409)
        assert (refused["type"], refused["outcome"]) == ("urn:firmware-bridge:problem:printer-not-ready", "none")
        own.bench.do("load_paper", lines=None)
        own.printer_is("ready")
        assert own.post("/v1/documents", slip("late"))["state"] == "paper_out"


def test_a_till_killed_in_the_middle_of_a_slip_prints_no_second_original(tmp_path: Path) -> None:
    with desk(tmp_path, *SLOW, shift=False) as own:
        own.printer_is("ready")
        body = slip("cut", *[f"рядок {number}" for number in range(25)], kind="kitchen")
        before = own.bench.do("status")["lines"]
        asking = threading.Thread(target=own.cashier.try_post, args=("/v1/documents", body))
        asking.start()
        until(lambda: own.bench.do("status")["lines"] >= before + 12, "the first lines")
        own.till.kill()
        asking.join()
        own.till.start()
        until(lambda: own.cashier.try_post("/v1/documents", body, wait=2)[0] in (200, 201), "the slip to be done")
        number = own.get("/v1/receipts/cut")["number"]
        originals, copies = papers(own, "kitchen", number)
        assert originals <= 1
        assert originals + copies >= 1
        assert command("journal", "verify", own.at.journal).code == 0


def test_a_slip_in_doubt_does_not_hold_up_the_close_of_a_shift_and_a_person_ends_it(tmp_path: Path) -> None:
    with desk(tmp_path, *SLOW) as own:
        body = slip("gone", *[f"рядок {number}" for number in range(25)])
        before = own.bench.do("status")["lines"]
        asking = threading.Thread(target=own.cashier.try_post, args=("/v1/documents", body, 1))
        asking.start()
        until(lambda: own.bench.do("status")["lines"] >= before + 12, "the first lines")
        own.bench.do("unplug")
        own.printer_is("silent")
        asking.join()
        until(lambda: own.status()["unfinished"][0]["state"] == "print_doubt", "the doubt")
        own.post("/v1/shifts/current/close", {"id": "close"})
        assert own.get("/v1/shifts/current")["state"] == "closed"
        waiting = own.status()["unfinished"][0]
        assert (waiting["id"], waiting["person_needed"]) == ("gone", True)
        assert "resolve" in waiting["advice"]
        seen = {"id": "look", "verdict": "not_printed", "evidence": "only half of it is there"}
        assert own.post("/v1/receipts/gone/resolve", seen)["state"] == "paper_missing"
        assert own.status()["unfinished"] == []


def test_the_books_know_nothing_of_slips(tmp_path: Path) -> None:
    with desk(tmp_path) as own:
        own.post("/v1/sales", sale("sold", line(price=5_000)))
        own.post("/v1/documents", slip("slip", **{"for": "sold"}))
        report = own.post("/v1/reports/x", {"id": "x"})
        assert (report["totals"]["sales"]["count"], report["totals"]["expected_cash"]) == (1, 105_000)
        assert [found["id"] for found in own.get("/v1/receipts")["receipts"]] == ["sold"]
        assert own.pulses() == 1
        with sqlite3.connect(f"file:{own.at.journal}?mode=ro", uri=True) as journal:
            names = {name for (name,) in journal.execute("SELECT name FROM records WHERE subject = 'slip'")}
        journal.close()
        assert names == {"SlipRequested", "Print", "ReceiptPrinted", "SlipIssued"}
