"""The shift before every document, opening and closing it, and what the register says no to."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from statemachines.vocabulary.day_events import ShiftExpired, ShiftFoundClosed, ShiftFoundOpen
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Declined,
    Event,
    FiscalisationDoubtful,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.smartone.adapter_orders import (
    CASHIER,
    ECR,
    back,
    move,
    opening,
    report,
    sale,
    uuid_of,
)
from tests.firmware_bridge.vendors.smartone.adapter_samples import DATA, data
from tests.firmware_bridge.vendors.smartone.adapter_script import (
    ECR_OPEN,
    ECR_SHUT,
    ECR_SOLD,
    OPEN,
    SHUT,
    X,
    core,
    ecr,
    made,
    refused,
)
from tests.firmware_bridge.vendors.smartone.adapter_world import Answer, Script, World, no, ok, run, with_forms

# --- before each document: the shift ----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [sale(), move(5), back(parent="d-1")])
def test_without_a_shift_nothing_is_sent_and_the_rules_hear_of_it(tmp_path: Path, order: Fiscalise) -> None:
    for world in (core(tmp_path, check_shift=SHUT), ecr(tmp_path, check_shift=ECR_SHUT)):
        assert "no shift is open" in refused(world.do(order))
        assert world.line.calls == ["check_shift"]
        (found,) = world.fiscaliser.found().before
        assert isinstance(found, ShiftFoundClosed)
        assert world.fiscaliser.found().before == ()


@pytest.mark.parametrize(("at", "sells"), [("2026-03-02 14:05:32", True), ("2026-03-02 14:05:31", False)])
def test_a_shift_that_is_open_too_long_sells_nothing_more(tmp_path: Path, at: str, *, sells: bool) -> None:
    """It is 14:05:31 in Baku."""
    world = core(tmp_path, check_shift=ok(shift_open=True, shift_exceeds_at=at), open_shift=ok(shift_id=1))
    world.line.latency_s = 0
    event = world.do(sale())
    if sells:
        assert made(event)
        return
    assert refused(event).endswith("close it and open a new one; nothing was sent")
    (found,) = world.fiscaliser.found().after
    assert isinstance(found, ShiftExpired)
    assert at in found.reason


def test_an_ecr_shift_may_be_open_for_a_day(tmp_path: Path) -> None:
    world = ecr(tmp_path)
    made(world.do(sale()))
    world.later(24 * 3600)
    assert "at the latest" in refused(world.do(sale(n=12)))


def test_a_limit_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    world = core(tmp_path, check_shift=ok(shift_open=True, shift_exceeds_at="sabah"))
    with pytest.raises(NotSent, match="cannot be read"):
        world.do(sale())


def test_the_tills_own_shift_is_named_when_it_is_found_closed(tmp_path: Path) -> None:
    world = core(tmp_path, check_shift=[SHUT, SHUT], open_shift=ok(shift_id=17))
    made(world.do(opening()))
    world.do(sale())
    (found,) = world.fiscaliser.found().before
    assert isinstance(found, ShiftFoundClosed)
    assert found.shift_id == uuid_of(1)


# --- opening and closing ----------------------------------------------------------------------------------------------


def test_a_shift_is_opened_with_the_cash_that_lies_there(tmp_path: Path) -> None:
    world = core(tmp_path, check_shift=SHUT, open_shift=ok(shift_id=17))
    event = world.do(opening())
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == "not_mine"
    stamp = event.stamp
    assert (stamp.number, stamp.shift_no, stamp.balance, stamp.date) == ("17", "17", 30_000, "2026-03-02 09:00:00")
    assert world.line.asked[1] == ("open_shift", {"employeeName": CASHIER.name, "wsName": "t-1"})


def test_an_open_shift_is_adopted_and_none_opened(tmp_path: Path) -> None:
    world = core(tmp_path)
    assert "open already" in refused(world.do(opening()))
    assert "open_shift" not in world.line.calls
    (found,) = world.fiscaliser.found().after
    assert isinstance(found, ShiftFoundOpen)
    assert (found.initial, found.vendor_id, found.business_date) == (34_800, "17", "2026-03-02")
    assert found.opened_at == 1_772_427_600_000, "09:00 in Baku is 05:00 UTC"


@pytest.mark.parametrize("order", [opening(), sale()], ids=["a shift that is to be gone on in", "a sale"])
def test_a_tax_that_is_another_one_there_keeps_everything_out_and_both_sides_are_named(
    tmp_path: Path, order: Fiscalise
) -> None:
    """Under A the register of the sample sells at 18 %."""
    world = with_forms(core(tmp_path), rates={"vat18": 2050, "free": 0})
    with pytest.raises(Refused, match=r"vat18 is 20\.50 % in the configuration, .* at 18 % under its code A"):
        world.do(order)
    assert world.line.calls == ["check_shift", "x_report"]
    assert world.fiscaliser.found().after == ()
    same = with_forms(core(tmp_path), rates={"vat18": 1800, "free": 0, "fuel": 0})
    same.do(order)
    assert same.line.calls[:2] == ["check_shift", "x_report"]
    assert bool(same.fiscaliser.found().after) == (order.opening is not None)


def test_a_tax_that_is_another_one_there_hinders_neither_cash_nor_an_answer_about_a_doubt(tmp_path: Path) -> None:
    world = with_forms(core(tmp_path, sale=None, deposit=ok()), rates={"vat18": 1800})
    with pytest.raises(Unanswered):
        world.do(sale())
    with_forms(world, rates={"vat18": 2000})
    world.later(3600)
    assert isinstance(world.ask(sale()), FiscalisationUnknown)
    assert made(world.do(move(500))).balance is None


def test_a_shift_is_opened_even_if_its_cash_is_not_told(tmp_path: Path) -> None:
    stamp = made(core(tmp_path, check_shift=SHUT, open_shift=ok(shift_id="17"), x_report=None).do(opening()))
    assert (stamp.shift_no, stamp.balance) == ("17", None)


def test_an_x_report_is_read_and_our_own_paper_shows_it(tmp_path: Path) -> None:
    event = core(tmp_path).do(report("x_report"))
    assert isinstance(event, ReceiptFiscalised)
    assert (event.printed, event.stamp.number, event.stamp.balance) == ("not_mine", "17", 34_800)
    told = with_forms(core(tmp_path), prints_others=True).do(report("x_report"))
    assert isinstance(told, ReceiptFiscalised)
    assert told.printed == "yes"


def test_a_shift_is_closed_with_its_figures(tmp_path: Path) -> None:
    world = core(tmp_path, close_shift=ok(**data(shift_open=False, cash=0)))
    event = world.do(report("shift_report"))
    assert isinstance(event, ReceiptFiscalised)
    assert (event.stamp.number, event.stamp.balance, event.stamp.complete) == ("17", 0, True)
    assert world.line.calls == ["check_shift", "x_report", "close_shift"]


def test_closing_a_closed_shift_is_told_to_the_rules(tmp_path: Path) -> None:
    world = core(tmp_path, check_shift=SHUT)
    assert "no shift is open" in refused(world.do(report("shift_report")))
    (found,) = world.fiscaliser.found().before
    assert isinstance(found, ShiftFoundClosed)
    assert found.shift_id == uuid_of(1), "the report names the till's shift"


@pytest.mark.parametrize(("how", "sent"), [("check", False), ("delete", True), ("renew", True)])
def test_open_orders_are_checked_deleted_or_taken_over(tmp_path: Path, how: Any, *, sent: bool) -> None:
    with_orders = ok(**data(shift_totals__endShift__openOrdersCnt=2))
    world = with_forms(core(tmp_path, x_report=with_orders, close_shift=ok(**DATA)), open_orders=how)
    event = world.do(report("shift_report"))
    if not sent:
        assert refused(event).startswith("2 orders are open")
        assert "close_shift" not in world.line.calls
        return
    made(event)
    assert world.line.asked[-1][1]["openOrdersOperation"] == how


@pytest.mark.parametrize(
    ("code", "words"), [(24, "open orders remain"), (26, "nothing was registered"), (27, "cash is left")]
)
def test_a_closing_that_is_refused_says_what_to_do(tmp_path: Path, code: int, words: str) -> None:
    world = ecr(tmp_path, close_shift={"code": code, "message": "x"})
    assert words in refused(world.do(report("shift_report")))


def test_cores_refusal_of_a_closing_is_believed_only_while_the_shift_is_open(tmp_path: Path) -> None:
    words = "Əvvəlcə nağd pulu çıxarın"
    world = core(tmp_path, close_shift=no(words))
    assert words in refused(world.do(report("shift_report")))
    world = core(tmp_path, check_shift=[OPEN, SHUT], close_shift=no("daxili xəta"))
    assert made(world.do(report("shift_report"))).complete is False


# --- what the register says no to -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1, 2, 3, 4, 7, 8, 11, 12, 16, 18, 19, 36])
def test_an_ecr_refusal_with_a_code_is_a_refusal_with_advice(tmp_path: Path, code: int) -> None:
    world = ecr(tmp_path, sale={"code": code, "message": "xəta"})
    assert f"code {code}" in refused(world.do(sale()))
    assert world.line.calls == ["check_shift", "sale"]


@pytest.mark.parametrize(("code", "kind"), [(6, ShiftFoundClosed), (22, ShiftExpired)])
def test_a_refusal_for_the_shifts_sake_is_told_to_the_rules(tmp_path: Path, code: int, kind: type[Event]) -> None:
    world = ecr(tmp_path, sale={"code": code, "message": ""})
    refused(world.do(sale()))
    found = world.fiscaliser.found()
    assert [type(one) for one in (*found.before, *found.after)] == [kind]


@pytest.mark.parametrize("code", [5, 39, 40, 99])
def test_an_ecr_refusal_that_may_mean_anything_is_looked_up(tmp_path: Path, code: int) -> None:
    world = ecr(tmp_path, sale={"code": code, "message": ""})
    assert made(world.do(sale())).number == "f-1"
    world = ecr(tmp_path, sale={"code": code, "message": ""}, status={"code": 9, "message": ""})
    assert f"code {code}" in refused(world.do(sale(n=12)))
    world = ecr(tmp_path, sale={"code": code, "message": ""}, status=None)
    with pytest.raises(Unanswered, match="cannot be looked up"):
        world.do(sale(n=13))


def test_cores_refusal_is_believed_only_when_the_sums_say_so(tmp_path: Path) -> None:
    world = core(tmp_path, sale=no("Vergi dərəcəsi səhvdir"))
    assert refused(world.do(sale())).endswith('(SmartOne: "Vergi dərəcəsi səhvdir")')
    assert world.line.calls == ["check_shift", "x_report", "sale", "x_report"]
    after = copy.deepcopy(DATA)
    after["cash"] += 1180
    after["shift_totals"]["lastDocNumber"] += 1
    after["shift_totals"]["totals"]["sale"] = {"count": 4, "amount": 12_980}
    event = core(tmp_path, sale=no("daxili xəta"), x_report=[X, ok(**after)]).do(sale(n=12))
    assert isinstance(event, ReceiptFiscalised)
    assert (event.printed, event.stamp.complete, event.stamp.document_no) == ("unknown", False, "105")
    after["cash"] += 5
    event = core(tmp_path, sale=no("daxili xəta"), x_report=[X, ok(**after)]).do(sale(n=13))
    assert isinstance(event, FiscalisationDoubtful)
    assert event.person_needed


def test_a_configured_code_is_a_declined_card(tmp_path: Path) -> None:
    world = World(Script(check_shift=ECR_OPEN, sale={"code": 55, "message": "rədd"}), tmp_path, ECR, declined=(55,))
    event = world.do(sale(card=1180))
    assert isinstance(event, Declined)
    assert "let the customer pay otherwise" in event.reason


@pytest.mark.parametrize(
    "garbage",
    [b"", b"<html>", b"[]", b"{}", b'{"status": "success"}', b'{"status": "success", "data": {"document_number": 1}}',
     b'{"code": "x"}', b"\xff", b'{"status": "success", "data": {"document_id": null}}'],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_doubt(tmp_path: Path, garbage: bytes) -> None:
    with pytest.raises(Unanswered):
        core(tmp_path, sale=Answer(garbage)).do(sale())


@pytest.mark.parametrize("odd", [{"fiscalID": ""}, {"fiscalID": None}, {"docStatus": 0}])
def test_an_ecr_document_that_is_not_fiscal_yet_is_doubt(tmp_path: Path, odd: dict[str, Any]) -> None:
    with pytest.raises(Unanswered, match="fiscal id"):
        ecr(tmp_path, sale={**ECR_SOLD, **odd}).do(sale())


def test_a_question_that_is_refused_sends_nothing(tmp_path: Path) -> None:
    world = ecr(tmp_path, check_shift={"code": 1, "message": "AUTH_ERROR"})
    assert "merchant id" in refused(world.do(sale()))
    assert world.line.calls == ["check_shift"]
    with pytest.raises(Refused, match="merchant id"):
        run(world.fiscaliser.connect())
