"""What is lawful and has no paper is remembered until a copy is out, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from statemachines import paperless
from statemachines.offline import OfflineSettings
from statemachines.vocabulary.commands import PrintCopy, ResolveDoubt, Sell, TakeXReport
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    PrintDoubtful,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleSettled,
    Verdict,
)
from tests.support.rules import CASHIER, CLOUD, REGISTER, STAMP, Bench, only, replayed, sale, shop

KEPT = {"s-1": ("sale", "000001")}


def fiscalised(bench: Bench) -> Print:
    """A sale at a cloud register, its own paper on its way."""
    bench.do(Sell("s-1", CASHIER, sale("s-1")))
    return only(bench.run(ReceiptFiscalised("s-1", STAMP, "not_mine")).effects, Print)


def lost(bench: Bench) -> Bench:
    job = fiscalised(bench)
    bench.run(PrintRefused("s-1", job.job_id, "no paper"))
    return bench


def told(bench: Bench) -> dict[str, tuple[str, str]]:
    assert replayed(bench.records, bench.rules.settings).state == bench.rules.state
    return bench.rules.state.paperless


def test_a_lawful_sale_whose_printer_refused_is_told_of_after_its_money_is_put_away() -> None:
    bench = lost(Bench(shop(traits=CLOUD)))
    assert told(bench) == KEPT
    bench.run(SaleSettled("s-1", "timeout"))
    assert "s-1" not in bench.rules.state.documents
    assert told(bench) == KEPT


def test_a_copy_ends_it_before_and_after_the_sale_is_forgotten() -> None:
    for settled in (False, True):
        bench = lost(Bench(shop(traits=CLOUD)))
        paper = only([one for one in bench.records if isinstance(one, Print)], Print).paper
        if settled:
            bench.run(SaleSettled("s-1", "timeout"))
        job = only(bench.do(PrintCopy("c-1", CASHIER, "s-1", "asked", paper=paper)).effects, Print)
        assert told(bench) == KEPT, "a copy that is only asked for is no paper"
        bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
        assert told(bench) == {}


def test_a_register_that_did_not_print_is_told_of() -> None:
    bench = Bench(shop(traits=REGISTER))
    bench.do(Sell("s-1", CASHIER, sale("s-1")))
    bench.run(ReceiptFiscalised("s-1", STAMP, "no"))
    assert told(bench) == KEPT


@pytest.mark.parametrize(("verdict", "kept"), [("not_printed", KEPT), ("printed", {}), ("abandoned", {})])
def test_whoever_gives_the_paper_up_is_not_told_of_it(verdict: Verdict, kept: dict[str, tuple[str, str]]) -> None:
    bench = Bench(shop(traits=CLOUD))
    job = fiscalised(bench)
    bench.run(PrintDoubtful("s-1", job.job_id, "silence"))
    bench.run(PrintUnresolved("s-1", job.job_id, "silence", person_needed=True))
    bench.do(ResolveDoubt("r-1", CASHIER, "s-1", verdict, "looked"))
    assert told(bench) == kept
    bench.run(SaleSettled("s-1", "timeout"))
    assert told(bench) == kept


def test_a_sale_that_is_refused_for_want_of_paper_is_none_to_be_told_of() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintRefused("s-1", job.job_id, "the cover is open"))
    assert told(bench) == {}


def test_a_sale_that_the_shop_keeps_without_paper_is_told_of() -> None:
    bench = Bench(shop(unprinted_sale="keep"))
    job = bench.sell()
    bench.run(PrintRefused("s-1", job.job_id, "the cover is open"))
    assert told(bench) == KEPT


def test_an_x_report_needs_no_paper() -> None:
    bench = Bench()
    job = only(bench.do(TakeXReport("x-1", CASHIER, "en")).effects, Print)
    bench.run(PrintRefused("x-1", job.job_id, "no paper"))
    assert told(bench) == {}


def test_a_shop_that_chose_no_paper_off_line_is_not_told_of_it() -> None:
    for paper, kept in (("none", {}), ("provisional", KEPT)):
        chosen = OfflineSettings(paper="none" if paper == "none" else "provisional")
        bench = Bench(shop(traits=CLOUD, offline=chosen))
        bench.do(Sell("s-1", CASHIER, sale("s-1")))
        bench.run(ReceiptFiscalised("s-1", replace(STAMP, offline=True), "no"))
        assert told(bench) == kept


@pytest.mark.parametrize("settled", [False, True])
def test_a_person_who_has_the_registers_own_paper_says_so_and_no_other_answer_is_one(*, settled: bool) -> None:
    bench = Bench(shop(traits=REGISTER))
    bench.do(Sell("s-1", CASHIER, sale("s-1")))
    bench.run(ReceiptFiscalised("s-1", STAMP, "no"))
    if settled:
        bench.run(SaleSettled("s-1", "timeout"))
    for verdict in get_args(Verdict):
        if verdict != "printed":
            bench.refused(ResolveDoubt("r-1", CASHIER, "s-1", verdict, "looked"))
    assert told(bench) == KEPT
    bench.do(ResolveDoubt("r-2", CASHIER, "s-1", "printed", "printed there at last"))
    assert told(bench) == {}
    if not settled:
        assert bench.rules.state.documents["s-1"].state == "paper_out"
    bench.refused(ResolveDoubt("r-3", CASHIER, "s-1", "printed", "again"))


def test_what_is_not_lawful_is_on_no_paper_that_counts() -> None:
    """Without a fiscaliser the printer's refusal is the end of the sale: nobody can say later that it has paper."""
    bench = Bench(shop())
    job = only(bench.do(Sell("s-1", CASHIER, sale("s-1"))).effects, Print)
    bench.run(PrintRefused("s-1", job.job_id, "no paper"))
    bench.refused(ResolveDoubt("r-1", CASHIER, "s-1", "printed", "x"))


def test_no_more_are_kept_than_a_person_can_look_at() -> None:
    bench = lost(Bench(shop(traits=CLOUD)))
    state = bench.rules.state
    document, event = state.documents["s-1"], SaleSettled("s-1", "timeout")
    for number in range(paperless.MOST + 5):
        paperless.note(state, replace(document, document_id=f"n-{number}"), event, bench.rules.settings)
    assert len(state.paperless) == paperless.MOST
    assert "n-0" not in state.paperless
    assert f"n-{paperless.MOST + 4}" in state.paperless
