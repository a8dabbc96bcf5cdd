"""While a fiscal document is in doubt: who may sell on, and what a person's answer is worth."""

from __future__ import annotations

from typing import Literal

import pytest

from statemachines.vocabulary.commands import (
    ResolveDoubt,
    RetryFiscalisation,
)
from statemachines.vocabulary.effects import Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    DoubtResolved,
    Event,
    FiscalisationDoubtful,
    ReceiptFiscalised,
    SaleCompleted,
    SaleRefused,
)
from tests.support.counting_fiscalisers import HardwarePrinter
from tests.support.fiscal_till import FiscalTill
from tests.support.fiscalisers import (
    ON_ITS_WAY,
    Cloud,
    Fiscaliser,
)
from tests.support.kinds import KINDS, MANAGER, card, cash
from tests.support.rules import every, only


def doubtful(fiscaliser: Fiscaliser, *, person_needed: bool) -> FiscalTill:
    till = FiscalTill(fiscaliser)
    order = only(till.bench.do(cash()).effects, Fiscalise)
    fiscaliser.serve(order, ON_ITS_WAY)
    till.bench.run(FiscalisationDoubtful("s-1", "its last document is not this one", person_needed))
    return till


@pytest.mark.parametrize("person_needed", [False, True])
@pytest.mark.parametrize("kind", ["K2 hardware printer", "K3 by totals"])
def test_a_doubt_that_is_found_by_the_last_document_blocks_the_next_sale(kind: str, *, person_needed: bool) -> None:
    refusal = doubtful(KINDS[kind](), person_needed=person_needed).bench.refused(cash("s-2"))
    assert refusal.code == ("fiscal-doubt" if person_needed else "in-doubt")


@pytest.mark.parametrize("person_needed", [False, True])
def test_a_cloud_that_knows_our_ids_sells_beside_a_doubt(*, person_needed: bool) -> None:
    till = doubtful(Cloud(), person_needed=person_needed)
    order = only(till.bench.do(cash("s-2")).effects, Fiscalise)
    till.bench.run(only(till.fiscaliser.serve(order), ReceiptFiscalised))
    assert till.about("s-2", SaleCompleted)
    assert till.bench.document("s-1").state == "fiscal_doubt"


@pytest.mark.parametrize(
    ("verdict", "expected", "certain"),
    [
        ("printed", 11_250, [SaleCompleted]),
        ("fiscalised", 11_250, [SaleCompleted]),
        ("not_printed", 10_000, [SaleRefused]),
        ("not_fiscalised", 10_000, [SaleRefused]),
        ("abandoned", 10_000, []),
    ],
)
def test_a_persons_answer_is_evidence_with_its_name_and_what_was_seen(
    verdict: Literal["printed", "fiscalised", "not_printed", "not_fiscalised", "abandoned"],
    expected: int,
    certain: list[type[Event]],
) -> None:
    till = doubtful(HardwarePrinter(), person_needed=True)
    done = till.bench.do(ResolveDoubt("d-1", MANAGER, "s-1", verdict, "journal of the device, no. 000002"))
    told = done.events[0]
    assert told.event == DoubtResolved("s-1", verdict, "journal of the device, no. 000002", MANAGER)
    assert (told.actor, told.cause) == (MANAGER, "d-1")
    assert DoubtResolved.DURABLE
    assert [type(one) for one in till.about("s-1", SaleCompleted, SaleRefused)] == certain
    assert every(done.effects, Kick | Print) == []  # type: ignore[arg-type]  # isinstance takes a union
    assert till.bench.rules.state.shift.expected_cash == expected
    till.do(cash("s-2"))
    assert till.about("s-2", SaleCompleted)


def test_a_sale_paid_by_card_that_a_person_finds_missing_waits_for_its_money() -> None:
    till = FiscalTill(HardwarePrinter())
    till.bench.do(card())
    till.bench.run(FiscalisationDoubtful("s-1", "another device answers", person_needed=True))
    till.do(ResolveDoubt("d-1", MANAGER, "s-1", "not_fiscalised", "nothing in its journal"))
    assert till.bench.document().state == "paid_unfiscalised"
    till.do(RetryFiscalisation("t-1", MANAGER, "s-1"))
    assert len(till.fiscaliser.books.of("s-1")) == 1


def test_a_persons_answer_survives_a_power_cut() -> None:
    till = doubtful(HardwarePrinter(), person_needed=True)
    till.do(ResolveDoubt("d-1", MANAGER, "s-1", "fiscalised", "I looked"))
    till.bench.restart()
    assert till.bench.rules.state.shift.expected_cash == 11_250
    assert not till.bench.rules.state.documents
