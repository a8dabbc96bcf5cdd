"""The adapter before the vendor's sandbox: days, sums that agree, every fault, what each market may demand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import Unanswered
from firmware_bridge.vendors.smartone.client import Times
from firmware_bridge.vendors.smartone.forms import ItemAmount
from statemachines.vocabulary.day_events import ShiftExpired
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event, FiscalisationDoubtful, FiscalisationRefused, ReceiptFiscalised
from statemachines.vocabulary.receipt import AdjustmentRequest, Original, Payment
from tests.firmware_bridge.vendors.smartone.adapter_orders import (
    back,
    line,
    move,
    opening,
    receipt,
    report,
    sale,
    uuid_of,
)
from tests.firmware_bridge.vendors.smartone.adapter_sandbox import Profile, SandboxWorld
from tests.firmware_bridge.vendors.smartone.adapter_world import run, with_forms

PROFILES: tuple[Profile, ...] = ("core", "ecr")


def made(event: Event) -> ReceiptFiscalised:
    assert isinstance(event, ReceiptFiscalised), event
    return event


def refused(event: Event) -> str:
    assert isinstance(event, FiscalisationRefused), event
    return event.reason


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_random_day_ends_with_the_same_cash_here_and_there(tmp_path: Path, profile: Profile, seed: int) -> None:
    draw = random.Random(seed)
    world = SandboxWorld(tmp_path, profile).opened()
    cash, sold, fiscal_ids = 0, 0, []
    for n in range(100, 140):
        kind = draw.choice(["sale", "sale", "sale", "in", "out", "back"])
        amount = draw.randrange(100, 50_000)
        if kind == "sale":
            card = draw.choice([0, amount, amount // 2])
            order = sale(amount, n, card=card, given=None if card else amount + draw.randrange(5_000))
            fiscal_ids.append((made(world.do(order)).stamp.number, amount, card))
            cash, sold = cash + amount - card, sold + amount
        elif kind == "in":
            made(world.do(move(amount, n)))
            cash += amount
        elif kind == "out" and cash >= amount:
            made(world.do(move(amount, n, "out")))
            cash -= amount
        elif kind == "back" and fiscal_ids:
            number, amount, card = fiscal_ids.pop(draw.randrange(len(fiscal_ids)))
            if card == amount or amount <= cash:
                made(world.do(back(amount, n, number, "card" if card == amount else "cash")))
                cash -= 0 if card == amount else amount
    assert made(world.do(report("x_report"))).stamp.balance == world.books()["cash"] == cash
    assert made(world.do(report("shift_report", 91))).stamp.balance == cash
    assert sum(one["amount"] for one in world.books()["documents"] if one["kind"] == "sale") == sold


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("how", ["unit", "line_gross", "line_net"])
def test_receipts_with_adjustments_come_to_the_total_that_the_register_counts(
    tmp_path: Path, profile: Profile, how: ItemAmount
) -> None:
    world = with_forms(SandboxWorld(tmp_path, profile, item_amount=how), item_amount=how)
    made(world.do(opening()))
    off = AdjustmentRequest("discount", "value", 33)
    value = receipt([line(70, 2000), line(333, 1357, off, code="c-2")], [Payment("cash", 559)], n=10)
    made(world.do(Fiscalise(uuid_of(10), uuid_of(10), receipt=value)))
    assert world.books()["documents"][-1]["amount"] == 559
    spread = receipt([line(100, 3000), line(50)], [Payment("cash", 317)], off, n=11)
    made(world.do(Fiscalise(uuid_of(11), uuid_of(11), receipt=spread)))


@pytest.mark.parametrize("profile", PROFILES)
def test_two_shifts_follow_one_another(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile)
    for n in (1, 2):
        made(world.do(opening(n)))
        made(world.do(sale(n=10 + n)))
        made(world.do(report("shift_report", 90 + n, n)))
        world.later(3600)
    assert [len(one["documents"]) for one in world.books()["shifts"]] == [1, 1]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_return_refers_to_its_sale_and_cannot_be_more_than_it(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    number = made(world.do(sale())).stamp.number
    made(world.do(back(1180, 11, number)))
    assert world.books()["documents"][-1]["parent"] == number
    reason = refused(world.do(back(1180, 12, number)))
    assert "nothing was sent" not in reason
    assert world.count(back(1180, 12, number)) == 0


def test_a_return_of_what_was_not_sold_is_refused_with_its_code(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path, "ecr").opened()
    number = made(world.do(sale())).stamp.number
    original = Original(fiscal_number=number, date="2026-03-02")
    value = receipt([line(5, code="c-9")], [Payment("cash", 5)], n=12, kind="return", original=original)
    assert "code 18" in refused(world.do(Fiscalise(uuid_of(12), uuid_of(12), receipt=value)))


# --- the reprint rule -------------------------------------------------------------------------------------------------


def test_the_same_bytes_again_are_only_printed_again_by_ecr_and_a_second_document_in_core(tmp_path: Path) -> None:
    """Why core's documents are never sent again while there is any doubt, and ecr's bytes are always the same."""
    for profile, documents in (("ecr", 1), ("core", 2)):
        world = SandboxWorld(tmp_path / profile, profile).opened()  # type: ignore[arg-type]  # words of a tuple
        made(world.do(sale()))
        world.line.register("/sale", world.line.forms[-1])
        assert world.count(sale()) == documents


@pytest.mark.parametrize("profile", PROFILES)
def test_the_register_prints_its_own_document_once_more(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    stamp = made(world.do(sale())).stamp
    made(world.do(sale(n=12)))
    assert run(world.fiscaliser.copy(stamp)) is True
    assert [row["prints"] for row in world.books()["documents"] if row["kind"] == "sale"] == [2, 1]
    world.fault("printer-failed")
    assert run(world.fiscaliser.copy(stamp)) is False
    assert world.count(sale()) == 1


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_printer_that_failed_makes_a_lawful_document_without_paper(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    world.fault("printer-failed")
    assert made(world.do(sale())).printed == "no"
    assert world.count(sale()) == 1


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("order", [sale(), move(5000), report("shift_report")])
def test_a_register_that_is_blocked_refuses_and_makes_nothing(
    tmp_path: Path, profile: Profile, order: Fiscalise
) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    operation = "close_shift" if order.report else "deposit" if order.move else "sale"
    world.fault("blocked", path=f"/{operation}")
    refused(world.do(order))
    assert world.books()["documents"] == []
    assert world.books()["shifts"][0]["closed_at"] is None


@pytest.mark.parametrize("profile", PROFILES)
def test_an_aged_shift_is_refused_and_told_to_the_rules_and_a_new_one_sells(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    world.later(24 * 3600)
    refused(world.do(sale()))
    (found,) = world.fiscaliser.found().after
    assert isinstance(found, ShiftExpired)
    assert found.shift_id == uuid_of(1)
    made(world.do(report("shift_report")))
    made(world.do(opening(2)))
    made(world.do(sale()))


def test_a_shift_that_the_register_alone_finds_too_old_is_told_to_the_rules_too(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path, "ecr").opened()
    world.fault("aged-shift", path="/sale")
    assert "code 22" in refused(world.do(sale()))
    assert isinstance(world.fiscaliser.found().after[0], ShiftExpired)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_declined_card_sells_nothing(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    world.fault("declined")
    refused(world.do(sale(card=1180)))
    assert (world.books()["documents"], world.books()["charges"]) == ([], [])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("delay", "doubts"), [(170, False), (200, True)])
def test_a_customer_may_take_three_minutes_and_is_never_charged_twice(
    tmp_path: Path, profile: Profile, delay: int, *, doubts: bool
) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    world.fault("slow-card", count=1, delay_s=delay)
    order = sale(card=1180)
    if doubts:
        with pytest.raises(Unanswered):
            world.do(order)
        made(world.ask(order))
    else:
        made(world.do(order))
    assert len(world.books()["charges"]) == 1


def test_cash_is_not_waited_for_as_long_as_a_card(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path, times=Times(answer=20, card=180)).opened()
    world.fault("slow", count=1, path="/sale", delay_s=30)
    with pytest.raises(Unanswered):
        world.do(sale())
    assert made(world.ask(sale())).stamp.complete is False


# --- what a market may demand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_cash_must_be_taken_out_first_in_some_regions(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile, must_empty=True, more={"empties_at_close": True}).opened()
    assert world.fiscaliser.traits.empties_at_close
    made(world.do(sale()))
    refused(world.do(report("shift_report")))
    made(world.do(move(1180, 51, "out")))
    made(world.do(report("shift_report", 91)))


@pytest.mark.parametrize("profile", PROFILES)
def test_an_empty_shift_is_not_closed_in_some_regions(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile, empty_shift="refuse").opened()
    refused(world.do(report("shift_report")))
    assert world.books()["shifts"][0]["closed_at"] is None


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("how", "closes"), [("check", False), ("delete", True), ("renew", True)])
def test_open_orders_hold_a_closing_up_unless_it_is_said_what_becomes_of_them(
    tmp_path: Path, profile: Profile, how: Any, *, closes: bool
) -> None:
    world = with_forms(SandboxWorld(tmp_path, profile), open_orders=how)
    made(world.do(opening()))
    made(world.do(sale()))
    world.service.handle("POST", "/_orders", {}, {}, b'{"open": 2}')
    event = world.do(report("shift_report"))
    assert isinstance(event, ReceiptFiscalised if closes else FiscalisationRefused)
    assert (world.books()["shifts"][0]["closed_at"] is not None) == closes


@pytest.mark.parametrize("profile", PROFILES)
def test_more_cash_than_there_is_cannot_be_taken_out(tmp_path: Path, profile: Profile) -> None:
    world = SandboxWorld(tmp_path, profile).opened()
    refused(world.do(move(1, direction="out")))
    assert world.books()["documents"] == []


def test_a_preview_is_a_picture_for_our_paper_and_nothing_is_printed_there(tmp_path: Path) -> None:
    world = with_forms(SandboxWorld(tmp_path), preview=True)
    made(world.do(opening()))
    event = made(world.do(sale()))
    assert event.printed == "not_mine"
    image = world.fiscaliser.picture(uuid_of(10), 384)
    assert image is not None
    assert image.width <= 384
    assert 100 < sum(byte.bit_count() for byte in image.data) < image.width * image.height / 2
    assert world.books()["documents"][-1]["prints"] == 0


def test_a_wrong_merchant_is_the_technicians_matter(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path, "ecr", merchant_id="another")
    assert "merchant id" in refused(world.do(sale()))


def test_without_a_shift_there_is_no_x_report(tmp_path: Path) -> None:
    for profile in PROFILES:
        assert isinstance(SandboxWorld(tmp_path / profile, profile).do(report("x_report")), FiscalisationRefused)


def test_a_doubt_that_is_not_answered_stays_one(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path).opened()
    world.fault("lost-answer", count=1, path="/sale")
    with pytest.raises(Unanswered):
        world.do(sale())
    world.fault("down", count=1)
    with pytest.raises(Unanswered):
        world.ask(sale())
    assert made(world.ask(sale())).printed == "unknown"


def test_a_sale_whose_shift_was_closed_meanwhile_is_a_persons_matter_in_core(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path).opened()
    world.fault("lost-answer", count=1, path="/sale")
    with pytest.raises(Unanswered):
        world.do(sale())
    made(world.do(report("shift_report")))
    world.later(60)
    event = world.ask(sale())
    assert isinstance(event, FiscalisationDoubtful)
    assert event.person_needed
