"""Refused, declined, paid and not lawful, handed over: what is not sold, and whose money it is then."""

from __future__ import annotations

import pytest

from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.commands import (
    CloseShift,
    MoveCash,
    ResolveDoubt,
    RetryFiscalisation,
    Sell,
)
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    CashMoved,
    Declined,
    FiscalisationRefused,
    FiscalisationRetried,
    HandedOver,
    SaleCompleted,
    SaleRefused,
)
from tests.support.counting_fiscalisers import LanRegisterByTotals
from tests.support.fiscal_till import FiscalTill
from tests.support.fiscalisers import (
    NOT_SENT,
    UNREACHABLE,
    Cloud,
    LanRegister,
    NoFiscaliser,
    OrderTaker,
)
from tests.support.kinds import KINDS, MANAGER, card, cash
from tests.support.rules import CASHIER, cash_move, every, only, sale


@pytest.mark.parametrize("kind", ["K1 cloud", "K2 hardware printer", "K3 LAN register", "K3 by totals"])
def test_a_refused_cash_sale_did_not_happen(kind: str) -> None:
    till = FiscalTill(KINDS[kind]())
    till.fiscaliser.refuse = "the tax group is unknown"
    till.do(cash())
    assert only(till.about("s-1", SaleRefused), SaleRefused).reason == "the tax group is unknown"
    assert till.fiscaliser.books.of("s-1") == []
    assert (till.pulses, till.bench.rules.state.shift.expected_cash) == (0, 10_000)
    assert not till.bench.rules.state.documents
    assert till.bench.refused(RetryFiscalisation("t-1", MANAGER, "s-1")).code == "no-doubt"


def test_a_declined_card_sells_nothing_and_charges_nothing() -> None:
    till = FiscalTill(LanRegister())
    till.fiscaliser.decline = "insufficient funds"
    till.do(card(collected="by_device"))
    assert till.about("s-1", Declined)
    assert only(till.about("s-1", SaleRefused), SaleRefused).reason == "insufficient funds"
    assert (till.fiscaliser.books.charges, till.fiscaliser.books.of("s-1"), till.pulses) == ([], [], 0)
    till.do(card("s-2", "by_device"))
    assert till.fiscaliser.books.charges == [("s-2", 900)]


def paid_and_refused(till: FiscalTill, command: Sell) -> None:
    till.do(command)
    document = till.bench.document()
    assert (document.state, document.transaction, document.person_needed) == ("paid_unfiscalised", "draft", True)
    assert till.about("s-1", SaleRefused, SaleCompleted) == []
    assert till.fiscaliser.books.of("s-1") == []


def test_a_card_taken_before_and_refused_is_neither_sold_nor_refused_until_it_is_tried_again() -> None:
    till = FiscalTill(Cloud())
    till.fiscaliser.refuse = "the tax group is unknown"
    paid_and_refused(till, card())
    first = only(till.served, Fiscalise)
    till.do(RetryFiscalisation("t-1", MANAGER, "s-1"))
    again = only(till.served, Fiscalise)
    assert (again.attempt, again.fiscal_doc_id) == (2, fiscal_doc_id("s-1", 2))
    assert again.fiscal_doc_id != first.fiscal_doc_id
    assert only(till.about("s-1", FiscalisationRetried), FiscalisationRetried).actor == MANAGER
    assert len(till.fiscaliser.books.of("s-1")) == 1
    assert only(till.about("s-1", SaleCompleted), SaleCompleted).cash_due == 0


def test_a_card_that_the_register_charged_before_it_refused_is_never_charged_again() -> None:
    till = FiscalTill(LanRegister())
    till.fiscaliser.charge_and_refuse = "the fiscal memory is full"
    paid_and_refused(till, card(collected="by_device"))
    till.fiscaliser.refuse = "still full"
    till.do(RetryFiscalisation("t-1", MANAGER, "s-1"))
    assert till.bench.document().state == "paid_unfiscalised"
    till.do(RetryFiscalisation("t-2", MANAGER, "s-1"))
    receipt = only(till.served, Fiscalise).receipt
    assert receipt is not None
    assert [payment.collected for payment in receipt.payments] == ["before"]
    assert only(till.served, Fiscalise).attempt == 3
    assert till.fiscaliser.books.charges == [("s-1", 900)]
    assert len(till.fiscaliser.books.of("s-1")) == 1


def test_that_a_card_was_charged_is_remembered_over_a_power_cut() -> None:
    till = FiscalTill(LanRegister())
    till.fiscaliser.charge_and_refuse = "the fiscal memory is full"
    paid_and_refused(till, card(collected="by_device"))
    assert till.bench.restart().effects == []
    till.do(RetryFiscalisation("t-1", MANAGER, "s-1"))
    assert till.fiscaliser.books.charges == [("s-1", 900)]
    assert len(till.fiscaliser.books.of("s-1")) == 1


def test_a_charge_of_which_only_a_question_tells_is_not_repeated() -> None:
    till = FiscalTill(LanRegister())
    till.fiscaliser.charge_and_refuse = "the fiscal memory is full"
    till.plan = (0, "registered", "both")
    till.do(card(collected="by_device"))
    assert till.restarts == 1
    assert till.bench.document().state == "paid_unfiscalised"
    till.do(RetryFiscalisation("t-1", MANAGER, "s-1"))
    assert till.fiscaliser.books.charges == [("s-1", 900)]


def test_money_that_was_given_back_ends_a_paid_document_that_is_not_lawful() -> None:
    till = FiscalTill(Cloud())
    till.fiscaliser.refuse = "the tax group is unknown"
    paid_and_refused(till, card())
    assert till.bench.refused(CloseShift("z-1", CASHIER, "en")).code == "drafts"
    assert till.bench.refused(ResolveDoubt("d-1", MANAGER, "s-1", "not_fiscalised", "I looked")).code == "paid"
    till.do(ResolveDoubt("d-2", MANAGER, "s-1", "refunded", "refund slip 77"))
    assert only(till.about("s-1", SaleRefused), SaleRefused).reason == "the money was given back: refund slip 77"
    assert till.bench.rules.state.shift.expected_cash == 10_000
    till.do(CloseShift("z-2", CASHIER, "en"))
    assert till.bench.rules.state.shift.state == "closed"


def test_other_sales_go_on_beside_a_paid_document_that_is_not_lawful() -> None:
    till = FiscalTill(LanRegisterByTotals())
    till.fiscaliser.refuse = "the tax group is unknown"
    paid_and_refused(till, card())
    till.do(cash("s-2"))
    assert till.about("s-2", SaleCompleted)


def test_a_mixed_payment_keeps_its_card_and_moves_its_cash_only_when_it_is_lawful() -> None:
    till = FiscalTill(Cloud())
    till.fiscaliser.refuse = "the tax group is unknown"
    paid_and_refused(till, card(by_cash=300))
    assert till.bench.rules.state.shift.expected_cash == 10_000
    till.do(RetryFiscalisation("t-1", MANAGER, "s-1"))
    assert till.bench.rules.state.shift.expected_cash == 10_300
    assert till.pulses == 1


def test_a_fiscaliser_that_cannot_be_reached_leaves_nothing_behind() -> None:
    till = FiscalTill(Cloud())
    till.plan = (0, NOT_SENT, "line")
    till.do(cash())
    assert only(till.about("s-1", FiscalisationRefused), FiscalisationRefused).reason == UNREACHABLE
    assert till.about("s-1", SaleRefused)


# --- handed over, nothing to fiscalise --------------------------------------------------------------------------------


def test_an_order_handed_over_moves_no_money_and_opens_nothing() -> None:
    till = FiscalTill(OrderTaker())
    till.do(cash())
    assert till.about("s-1", HandedOver)
    assert till.about("s-1", SaleCompleted, SaleRefused) == []
    assert (till.fiscaliser.books.orders, till.pulses, till.printer.whole) == (["s-1"], 0, [])
    assert till.bench.rules.state.shift.expected_cash == 10_000
    assert not till.bench.rules.state.documents


def test_a_register_that_takes_orders_hears_of_nothing_else() -> None:
    till = FiscalTill(OrderTaker())
    till.do(MoveCash("m-1", CASHIER, cash_move()))
    assert every(till.served, Fiscalise) == []
    assert till.about("m-1", CashMoved)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "K4 none"])
def test_a_total_of_zero_is_not_given_to_a_fiscaliser(kind: str) -> None:
    till = FiscalTill(KINDS[kind]())
    refusal = till.bench.refused(Sell("s-1", CASHIER, sale(cash=0)))
    assert (refusal.code, refusal.field) == ("nothing-to-fiscalise", "lines")


def test_a_total_of_zero_is_printed_where_there_is_no_fiscaliser() -> None:
    till = FiscalTill(NoFiscaliser())
    till.do(Sell("s-1", CASHIER, sale(cash=0)))
    assert till.printer.originals("s-1") == 1
    assert till.pulses == 0
