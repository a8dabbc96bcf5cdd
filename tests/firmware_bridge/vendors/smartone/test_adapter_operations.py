"""What the adapter asks and sends, and what it makes of answers: sales, returns, cash, pictures, notes on the disk."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.vendors.base import Finder, Fiscaliser
from firmware_bridge.vendors.smartone.plans import Plans
from statemachines.vocabulary.effects import Fiscalise, SignOut
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.smartone.adapter_orders import (
    CASHIER,
    back,
    move,
    report,
    sale,
    uuid_of,
)
from tests.firmware_bridge.vendors.smartone.adapter_samples import jpeg
from tests.firmware_bridge.vendors.smartone.adapter_script import (
    ECR_SOLD,
    SOLD,
    core,
    ecr,
    made,
    refused,
)
from tests.firmware_bridge.vendors.smartone.adapter_world import World, no, ok, run, with_forms


def test_it_is_a_fiscaliser(tmp_path: Path) -> None:
    fiscaliser: Fiscaliser = core(tmp_path).fiscaliser
    assert isinstance(fiscaliser, Finder)
    assert fiscaliser.traits.registers
    run(fiscaliser.sign_out(SignOut(uuid_of(1), CASHIER)))
    run(fiscaliser.close())


# --- a sale -----------------------------------------------------------------------------------------------------------


def test_a_core_sale_is_looked_up_before_it_is_sent_and_sent_once(tmp_path: Path) -> None:
    world = core(tmp_path)
    event = world.do(sale(1180, given=2000))
    assert world.line.calls == ["check_shift", "x_report", "sale"]
    body = world.line.asked[-1][1]
    assert (body["date"], body["docNumber"], body["amount"]) == ("2026-03-02 14:05:31", "000010", 1180)
    assert body["payments"] == [{"type": "C", "amount": 2000}]
    assert event == ReceiptFiscalised(
        uuid_of(10),
        FiscalStamp(
            "smartone",
            "d-1",
            "2026-03-02 14:05:31",
            url="https://monitoring.e-kassa.gov.az/#/index?doc=d-1",
            document_no="105",
            shift_no="17",
            vendor_id="d-1",
            at=1_772_445_931_000,
        ),
        "yes",
    )


def test_an_ecr_sale_needs_no_sums(tmp_path: Path) -> None:
    world = ecr(tmp_path)
    stamp = made(world.do(sale()))
    assert world.line.calls == ["check_shift", "sale"]
    assert world.line.asked[-1][1]["documentExtID"] == uuid_of(10)
    assert (stamp.number, stamp.document_no, stamp.vendor_id) == ("f-1", "105", "77")


def test_ecr_fields_may_stand_in_data_too(tmp_path: Path) -> None:
    inside = {"code": 0, "message": "", "data": {name: value for name, value in ECR_SOLD.items() if name != "code"}}
    assert made(ecr(tmp_path, sale=inside).do(sale())).number == "f-1"


@pytest.mark.parametrize(
    ("more", "printed"),
    [({}, "yes"), ({"printStatus": 0}, "yes"), ({"printError": ""}, "yes"), ({"printStatus": 3}, "no"),
     ({"printError": "kağız yoxdur"}, "no"), ({"printStatus": "0"}, "yes")],
)  # fmt: skip
def test_a_printer_that_failed_is_told(tmp_path: Path, more: dict[str, Any], printed: str) -> None:
    event = core(tmp_path, sale=ok(**SOLD["data"], **more)).do(sale())
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == printed
    (tmp_path / "ecr").mkdir()
    event = ecr(tmp_path / "ecr", sale={**ECR_SOLD, **more}).do(sale(n=12))
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == ("no" if more.get("printError") else "yes")


def test_a_preview_gives_the_paper_a_picture(tmp_path: Path) -> None:
    picture = jpeg(384, 20, (0, 0, 99, 9))
    world = with_forms(core(tmp_path, sale=ok(**SOLD["data"], printData=picture)), preview=True)
    event = world.do(sale())
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == "not_mine"
    assert world.line.asked[-1][1]["genPreview"] is True
    image = world.fiscaliser.picture(uuid_of(10), 384)
    assert image is not None
    assert (image.width, image.text) == (384, event.stamp.url)
    world.restart()
    assert world.fiscaliser.picture(uuid_of(10), 384) == image, "it outlives the till"
    assert world.fiscaliser.picture(uuid_of(99), 384) is None


@pytest.mark.parametrize("print_data", [None, ""])
def test_a_preview_without_a_picture_has_no_paper(tmp_path: Path, print_data: str | None) -> None:
    world = with_forms(core(tmp_path, sale=ok(**SOLD["data"], printData=print_data)), preview=True)
    event = world.do(sale())
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == "no"


def test_a_picture_that_cannot_be_read_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    garbage = base64.b64encode(b"no picture").decode()
    world = with_forms(core(tmp_path, sale=ok(**SOLD["data"], printData=garbage)), preview=True)
    world.do(sale())
    assert world.fiscaliser.picture(uuid_of(10), 384) is None
    assert "cannot be read" in caplog.text


def test_a_return_names_its_sale(tmp_path: Path) -> None:
    world = core(tmp_path)
    made(world.do(back(parent="d-1")))
    assert (world.line.calls[-1], world.line.asked[-1][1]["parentDocID"]) == ("refund", "d-1")


def test_a_return_without_a_known_sale_asks_nobody(tmp_path: Path) -> None:
    world = core(tmp_path)
    event = world.do(back())
    assert "fiscal id of its sale" in refused(event)
    assert isinstance(event, FiscalisationRefused)
    assert event.final
    assert world.line.asked == []


@pytest.mark.parametrize(("direction", "operation"), [("in", "deposit"), ("out", "withdraw")])
def test_cash_goes_in_and_out(tmp_path: Path, direction: Any, operation: str) -> None:
    moved = ok(cash=35_500, documentID=9)
    world = core(tmp_path, deposit=moved, withdraw=moved)
    event = world.do(move(700, direction=direction))
    stamp = made(event)
    assert (world.line.calls[-1], stamp.balance, stamp.vendor_id) == (operation, 35_500, "9")
    assert world.line.asked[-1][1] == {
        "docNumber": "000050", "employeeName": CASHIER.name, "amount": 700, "currency": "AZN",
    }  # fmt: skip


def test_an_answer_to_cash_may_be_empty(tmp_path: Path) -> None:
    assert made(core(tmp_path, deposit={"status": "success"}).do(move(5))).balance is None


# --- paper of the register's own --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "printed"), [(0, True), (3, False), ("0", True), ("", True)])
def test_the_register_prints_a_document_of_its_own_again(tmp_path: Path, status: int | str, *, printed: bool) -> None:
    world = core(tmp_path, print=ok(printStatus=status))
    assert run(world.fiscaliser.copy(stamp("d-1"))) is printed
    assert world.line.asked == [("print", {"documentID": "d-1"})]
    sibling = ecr(tmp_path, print={"code": 0, "printError": status})
    assert run(sibling.fiscaliser.copy(stamp("f-1"))) is printed
    assert sibling.line.asked == [("print", {"fiscalID": "f-1"})]


def test_a_copy_of_which_nothing_is_told_is_in_doubt_in_core(tmp_path: Path) -> None:
    with pytest.raises(Unanswered, match="does not tell whether it has printed"):
        run(core(tmp_path, print=ok()).fiscaliser.copy(stamp("d-1")))
    with pytest.raises(Refused, match="no such document"):
        run(core(tmp_path, print=no("no such document")).fiscaliser.copy(stamp("d-1")))


def stamp(number: str) -> FiscalStamp:
    return FiscalStamp("smartone", number, "")


# --- after a doubt: what needs no register to be known ----------------------------------------------------------------


def test_what_was_never_prepared_was_never_sent(tmp_path: Path) -> None:
    world = core(tmp_path)
    world.do(sale())
    world.line.asked.clear()
    assert world.ask(sale(n=12)) == FiscalisationUnknown(uuid_of(12))
    assert world.line.asked == []


def test_without_the_tills_note_a_person_decides(tmp_path: Path) -> None:
    event = core(tmp_path).ask(sale())
    assert isinstance(event, FiscalisationDoubtful)
    assert event.person_needed


def test_an_x_report_in_doubt_was_not_made(tmp_path: Path) -> None:
    assert core(tmp_path).ask(report("x_report")) == FiscalisationUnknown(uuid_of(90))


def test_an_answer_that_was_heard_and_not_journalled_is_told_again(tmp_path: Path) -> None:
    world = core(tmp_path)
    event = world.do(sale())
    world.restart()
    world.line.asked.clear()
    assert world.ask(sale()) == event
    assert world.line.asked == []


def test_the_plan_on_the_disk_is_what_was_sent(tmp_path: Path) -> None:
    world = core(tmp_path)
    world.do(sale())
    plan = Plans(tmp_path / "journal.smartone").find(uuid_of(10))
    assert plan is not None
    assert json.loads(plan.body) == world.line.asked[-1][1]


@pytest.mark.parametrize(("register", "name"), [(core, "date"), (ecr, "docTime")])
@pytest.mark.parametrize("order", [sale(), move(500)], ids=["sale", "deposit"])
def test_a_document_is_dated_when_it_was_asked_for_however_late_it_is_sent(
    tmp_path: Path, register: Callable[..., World], name: str, order: Fiscalise
) -> None:
    """1772445000 is 13:50 in Baku; the world's clock is further on. Core's cash movements bear no date at all."""
    world = register(tmp_path, deposit={**ok(document_id="d-2"), "code": 0})
    world.do(replace(order, requested_at=1_772_445_000_000))
    sent = world.line.asked[-1][1]
    assert sent.get(name) == (None if register is core and order.move is not None else "2026-03-02 13:50:00")


@pytest.mark.parametrize(("asked_at", "date"), [(1_772_445_000_000, "2026-03-02 13:50:00"), (0, "")])
def test_what_is_found_without_the_tills_note_has_the_documents_own_date(
    tmp_path: Path, asked_at: int, date: str
) -> None:
    """ECR finds it by our id and may leave its time out."""
    world = ecr(tmp_path, status={name: value for name, value in ECR_SOLD.items() if name != "docTime"})
    found = made(world.ask(replace(sale(), requested_at=asked_at)))
    assert (found.date, found.at) == (date, asked_at)


def test_a_try_of_the_next_day_under_a_new_id_carries_the_same_date(tmp_path: Path) -> None:
    """The register was out of order; a day later somebody tries again, and the till had lost its notes."""
    asked_for = replace(sale(), requested_at=1_772_445_000_000)
    world = core(tmp_path, check_shift=ok(shift_open=True), sale=[no("out of order"), SOLD])
    assert "out of order" in refused(world.do(asked_for))
    world.restart()
    world.later(24 * 3600)
    stamp = made(world.do(replace(asked_for, fiscal_doc_id=uuid_of(99), attempt=2)))
    assert {body["date"] for name, body in world.line.asked if name == "sale"} == {"2026-03-02 13:50:00"}
    assert stamp.at == 1_772_445_000_000


def test_what_cannot_be_written_down_is_not_sent(tmp_path: Path) -> None:
    world = core(tmp_path / "no such folder")
    with pytest.raises(NotSent, match="could not be written"):
        world.do(sale())
    assert world.line.calls == ["check_shift", "x_report"]
