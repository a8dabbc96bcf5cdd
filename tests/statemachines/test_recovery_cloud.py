"""The recovery table on the side of the rules: rows of a cloud register and its offline codes (16, 16a-c, 17)."""

from __future__ import annotations

import random

import pytest

from statemachines import progress
from statemachines.document import Document
from statemachines.rules import Consequences
from statemachines.stamping import Stamping
from statemachines.vocabulary.commands import Refusal, Sell
from statemachines.vocabulary.effects import Ask, Fiscalise
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationUnknown,
    PrinterReady,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodeBound,
    OfflineCodeReleased,
    OfflineCodeSpent,
    OfflineCodesRefilled,
)
from tests.support.cut_sale import NAME, cut, sold_once
from tests.support.fiscal_till import FiscalTill, Victim
from tests.support.fiscalisers import ON_ITS_WAY, Cloud
from tests.support.rules import CASHIER, KEEPS_CODES, NOON, STAMP, Bench, every, only, sale, shop


@pytest.mark.parametrize("victim", ["controller", "line", "both"])
@pytest.mark.parametrize(("at", "sent"), [(ON_ITS_WAY, 2), ("accepted", 1), ("stamped", 1)])
def test_row_16_a_lost_answer_is_looked_up_and_only_the_same_id_is_sent_again(
    at: str, sent: int, victim: Victim
) -> None:
    till = cut(Cloud(), at, victim)
    orders = every(till.served, Fiscalise)
    assert len(orders) == sent
    assert len({order.fiscal_doc_id for order in orders}) == 1
    assert sold_once(till)


def with_codes(*serials: int) -> FiscalTill:
    """One code more than is named: the going offline takes the highest."""
    till = FiscalTill(Cloud(), settings=shop(traits=Cloud.traits, offline=KEEPS_CODES))
    offered = (*serials, 99) if serials else ()
    till.bench.run(OfflineCodesRefilled(NOON, tuple(OfflineCode(f"code-{serial}", serial) for serial in offered)))
    return till


def kept(done: Consequences) -> list[OfflineCodeBound]:
    return [bound for bound in every(done.events, OfflineCodeBound) if bound.reserved]


def power_cut(till: FiscalTill) -> None:
    till.bench.restart()
    till.bench.run(PrinterReady())


def in_doubt(till: FiscalTill, name: str = NAME) -> Fiscalise:
    """Sell, and hear nothing; twenty seconds later a code is reserved."""
    order = only(till.bench.do(Sell(name, CASHIER, sale(name))).effects, Fiscalise)
    till.bench.run(FiscalisationDoubtful(name, "no network"))
    return order


def test_row_16a_a_code_is_reserved_at_the_deadline_and_neither_sent_nor_printed() -> None:
    till = with_codes(1, 2)
    order = in_doubt(till)
    assert every(till.bench.later(19_000).events, OfflineCodeBound) == []
    done = till.bench.later(2_000)
    (bound,) = kept(done)
    assert (bound.document_id, bound.code) == (NAME, OfflineCode("code-2", 2))
    assert done.effects in ([], [Ask(order)])
    assert every(till.bench.later(600_000).events, OfflineCodeBound) == []
    found = till.bench.run(ReceiptFiscalised(NAME, STAMP, "not_mine"))
    assert only(found.events, OfflineCodeReleased).code == OfflineCode("code-2", 2)
    assert [code.value for code in till.bench.rules.state.pool.free] == ["code-2", "code-1"]


def test_row_16a_what_the_register_never_saw_is_sent_under_the_same_id_with_its_code_kept() -> None:
    till = with_codes(1)
    in_doubt(till)
    (bound,) = kept(till.bench.later(21_000))
    done = till.bench.run(FiscalisationUnknown(NAME))
    assert every(done.effects, Fiscalise) == []
    stamp = only(done.events, ReceiptFiscalised).stamp
    assert (stamp.number, stamp.at, stamp.offline, stamp.complete) == ("code-1", bound.fiscal_at, True, False)
    waiting = till.bench.rules.state.offline.queue
    assert [(one.document_id, one.code, one.fiscal_at) for one in waiting] == [(NAME, "code-1", bound.fiscal_at)]


def test_row_16a_later_sales_in_doubt_take_later_codes() -> None:
    till = with_codes(1, 2, 3, 4, 5)
    for name in (NAME, "s-2", "s-3"):
        in_doubt(till, name)
    found = kept(till.bench.later(25_000))
    assert sorted((bound.document_id, bound.code.serial) for bound in found) == [
        (NAME, 5),
        ("s-2", 4),
        ("s-3", 3),
    ], "the register may have used one for each of the others, from the low end"


def test_row_16b_a_code_that_anybody_has_seen_used_is_never_bound() -> None:
    till = with_codes(1, 2, 3)
    till.bench.run(OfflineCodeSpent("code-3"))
    offered = tuple(OfflineCode(f"code-{serial}", serial) for serial in (1, 2, 3))
    till.bench.run(OfflineCodesRefilled(NOON + 1, offered))
    in_doubt(till)
    assert [bound.code.value for bound in kept(till.bench.later(25_000))] == ["code-1"]


def test_row_16b_without_a_free_code_nothing_is_reserved_and_the_doubt_stays() -> None:
    till = with_codes(1)
    till.bench.run(OfflineCodeSpent("code-1"))
    in_doubt(till)
    assert every(till.bench.later(600_000).events, OfflineCodeBound) == []
    assert till.bench.document(NAME).state == "fiscal_doubt"


def test_row_16c_a_clock_that_was_set_back_makes_no_earlier_fiscal_date() -> None:
    till = with_codes(1, 2, 3)
    in_doubt(till)
    (first,) = kept(till.bench.later(600_000))
    power_cut(till)  # the bench's clock begins anew, ten minutes earlier
    assert NOON + till.bench.mono < first.fiscal_at
    second = only(till.bench.do(Sell("s-2", CASHIER, sale("s-2"))).events, OfflineCodeBound)
    assert second.fiscal_at >= first.fiscal_at


@pytest.mark.parametrize("seed", range(20))
def test_row_17_no_code_ever_belongs_to_two_documents_whatever_the_power_does(seed: int) -> None:
    chance = random.Random(seed)
    till = with_codes(*range(1, 6))
    sold: list[str] = []
    for step in range(40):
        what = chance.choice(["sell", "time", "restart", "found", "spent"])
        if what == "sell" and len(sold) < 8:
            command = Sell(f"s-{step}", CASHIER, sale(f"s-{step}"))
            if isinstance(till.bench.decide(command), Refusal):  # no code is left, or another document is being made
                continue
            sold.append(command.command_id)
            if every(till.bench.do(command).effects, Fiscalise):
                till.bench.run(FiscalisationDoubtful(sold[-1], "no network"))
        elif what == "time":
            till.bench.later(chance.choice([3_000, 25_000]))
        elif what == "restart":
            power_cut(till)
        elif what == "found" and sold:
            name = chance.choice(sold)
            till.bench.run(ReceiptFiscalised(name, STAMP, "not_mine"))
            printing = till.bench.rules.state.documents.get(name)
            if printing is not None and printing.job is not None:
                till.bench.run(ReceiptPrinted(name, printing.job.job_id, "process_id"))
        elif what == "spent":
            till.bench.run(OfflineCodeSpent(f"code-{chance.randint(1, 5)}"))
        _codes_are_apart(till.bench, f"seed {seed}, step {step}")


def _codes_are_apart(bench: Bench, where: str) -> None:
    """By the journal alone: no code is bound to a document while it is another's, or after it was spent."""
    owner: dict[str, str] = {}
    for event in every(bench.records, OfflineCodeBound | OfflineCodeReleased | OfflineCodeSpent):  # type: ignore[arg-type]  # isinstance takes a union
        if isinstance(event, OfflineCodeBound):
            assert owner.setdefault(event.code.value, event.document_id) == event.document_id, where
        elif isinstance(event, OfflineCodeReleased):
            owner.pop(event.code.value, None)
        elif isinstance(event, OfflineCodeSpent):
            owner[event.value] = "spent"


def test_row_17_control_a_pool_that_binds_a_code_twice_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    till = with_codes(1)

    def first_best(_: Stamping, document: Document, __: str) -> list[OfflineCodeBound]:
        return [OfflineCodeBound(document.document_id, OfflineCode("code-1", 1), 0, reserved=True)]

    monkeypatch.setattr(Stamping, "reserve", first_best)
    monkeypatch.setattr(progress, "may_reserve", lambda document, _settings, _state: document.state == "fiscal_doubt")
    in_doubt(till)
    in_doubt(till, "s-2")
    till.bench.later(25_000)
    with pytest.raises(AssertionError):
        _codes_are_apart(till.bench, "control")
