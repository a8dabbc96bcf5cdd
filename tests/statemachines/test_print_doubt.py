"""A job of which nobody knows whether it is on paper: asked about, never repeated on a guess."""

from __future__ import annotations

from typing import Literal

import pytest

from statemachines.document_guards import MAX_SENDS
from statemachines.vocabulary.commands import PrintCopy, ResolveDoubt, Sell
from statemachines.vocabulary.effects import Ask, Print
from statemachines.vocabulary.events import (
    PrintDoubtful,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleCompleted,
)
from statemachines.vocabulary.evidence import Counters
from tests.support.rules import CASHIER, CLOUD, STAMP, Bench, every, names, only, sale, shop


def in_doubt(bench: Bench, *, end_sent: bool | None = None) -> Print:
    job = bench.sell()
    done = bench.run(PrintDoubtful("s-1", job.job_id, "no answer", end_sent))
    assert names(done) == ["PrintDoubtful"]
    assert done.effects == [Ask(job, end_sent)]
    assert bench.document().state == "print_doubt"
    return job


def missing(job: Print, *, proven: bool, fragment: bool = True) -> PrintFoundMissing:
    return PrintFoundMissing(job.document_id, job.job_id, proven, fragment, "the knife did not cut")


def resolve(verdict: Literal["printed", "not_printed", "abandoned"]) -> ResolveDoubt:
    return ResolveDoubt("d-1", CASHIER, "s-1", verdict, "I looked")


@pytest.mark.parametrize("end_sent", [None, True, False])
def test_a_doubtful_job_is_asked_about_with_what_the_lane_knows(*, end_sent: bool | None) -> None:
    in_doubt(Bench(), end_sent=end_sent)


@pytest.mark.parametrize(("fragment", "cuts"), [(True, 2), (False, 1)])
def test_a_job_proven_missing_is_sent_again_unmarked_and_without_kick(*, fragment: bool, cuts: int) -> None:
    bench = Bench()
    job = in_doubt(bench)
    assert job.kick is not None
    done = bench.run(missing(job, proven=True, fragment=fragment))
    again = only(done.effects, Print)
    assert done.effects == [again]
    assert (again.copy_no, again.kick, again.void_fragment, again.cuts) == (0, None, fragment, cuts)
    assert again.paper == job.paper
    assert again.job_id != job.job_id
    assert bench.document().state == "printing"
    assert bench.document().doubt == ""


def test_a_job_not_proven_missing_comes_again_as_a_marked_copy() -> None:
    bench = Bench()
    job = in_doubt(bench)
    copy = only(bench.run(missing(job, proven=False)).effects, Print)
    assert (copy.copy_no, copy.kick, copy.void_fragment) == (1, None, True)
    assert only(bench.run(ReceiptPrinted("s-1", copy.job_id, "odometer")).events, SaleCompleted).cash_due == 1250
    assert bench.document().copies == 1


def test_after_a_marked_copy_no_proof_leads_back_to_an_unmarked_original() -> None:
    bench = Bench()
    job = in_doubt(bench)
    copy = only(bench.run(missing(job, proven=False)).effects, Print)
    bench.run(PrintDoubtful("s-1", copy.job_id, "no answer"))
    assert only(bench.run(missing(copy, proven=True)).effects, Print).copy_no == 2


def test_a_sale_of_which_only_a_copy_was_allowed_stands_when_the_copy_is_refused() -> None:
    """Its original may be in the customer's hand."""
    bench = Bench()
    job = in_doubt(bench)
    copy = only(bench.run(missing(job, proven=False)).effects, Print)
    done = bench.run(PrintRefused("s-1", copy.job_id, "the cover is open"))
    assert names(done) == ["PrintRefused", "SaleCompleted"]
    assert bench.document().state == "paper_missing"


def test_a_shop_may_want_a_person_instead_of_a_copy() -> None:
    bench = Bench(shop(after_power_loss="ask"))
    job = in_doubt(bench)
    done = bench.run(missing(job, proven=False))
    assert names(done) == ["PrintFoundMissing", "SaleCompleted"]
    assert done.effects == []
    assert bench.document().person_needed
    assert bench.document().doubt == "the knife did not cut"


def test_after_the_last_attempt_a_person_looks_at_the_printer() -> None:
    bench = Bench()
    job = in_doubt(bench)
    for _ in range(MAX_SENDS - 1):
        job = only(bench.run(missing(job, proven=True)).effects, Print)
        bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    assert bench.document().sends == MAX_SENDS
    assert bench.run(missing(job, proven=True)).effects == []
    assert bench.document().person_needed


def test_found_printed_is_printed() -> None:
    bench = Bench()
    job = in_doubt(bench)
    done = bench.run(ReceiptPrinted("s-1", job.job_id, "odometer"))
    assert names(done) == ["ReceiptPrinted", "SaleCompleted"]
    assert (bench.document().state, bench.document().doubt) == ("paper_out", "")


def test_a_printer_that_cannot_tell_leaves_the_sale_certain_and_a_person_to_look() -> None:
    bench = Bench()
    job = in_doubt(bench)
    done = bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    assert names(done) == ["PrintUnresolved", "SaleCompleted"]
    assert bench.document().person_needed
    assert bench.later(600_000).effects == []
    assert bench.run(PrinterReady()).effects == []


def test_a_printer_that_will_tell_later_is_asked_again_when_it_is_ready() -> None:
    bench = Bench()
    job = in_doubt(bench)
    bench.run(PrinterSilent("unplugged"))
    bench.run(PrintUnresolved("s-1", job.job_id, "it does not answer", person_needed=False))
    assert bench.later(60_000).effects == []
    assert bench.run(PrinterReady()).effects == [Ask(job)]
    assert bench.run(PrinterReady()).effects == []  # the question is on its way
    bench.run(PrintUnresolved("s-1", job.job_id, "it is busy", person_needed=False))
    assert bench.later(9_000).effects == []
    assert bench.later(1_500).effects == [Ask(job)]


@pytest.mark.parametrize(
    ("verdict", "state"), [("printed", "paper_out"), ("not_printed", "paper_missing"), ("abandoned", "paper_missing")]
)
def test_a_person_ends_a_print_doubt_and_the_sale_stands(
    verdict: Literal["printed", "not_printed", "abandoned"], state: str
) -> None:
    bench = Bench()
    in_doubt(bench)
    done = bench.do(resolve(verdict))
    assert names(done) == ["DoubtResolved", "SaleCompleted"]
    assert done.effects == []
    document = bench.document()
    assert (document.state, document.doubt, document.person_needed) == (state, "", False)
    assert document.evidence == ("person" if verdict == "printed" else "none")


def test_a_person_who_was_waited_for_completes_nothing_twice() -> None:
    bench = Bench()
    job = in_doubt(bench)
    bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    assert names(bench.do(resolve("printed"))) == ["DoubtResolved"]


def test_late_evidence_counts_after_a_person_saw_no_paper() -> None:
    bench = Bench()
    job = in_doubt(bench)
    bench.do(resolve("not_printed"))
    assert bench.run(missing(job, proven=True)).effects == []
    bench.run(ReceiptPrinted("s-1", job.job_id, "odometer"))
    assert bench.document().state == "paper_out"


def test_an_outdated_job_is_planned_again_under_its_name_with_the_new_counters() -> None:
    bench = Bench()
    job = bench.sell()
    done = bench.run(PrintOutdated("s-1", job.job_id, Counters(101, 5050)))
    again = only(done.effects, Print)
    assert (again.job_id, again.before, again.kick) == (job.job_id, Counters(101, 5050), job.kick)
    assert bench.document().sends == 1
    assert bench.rules.state.printer.counters == Counters(101, 5050)


@pytest.mark.parametrize(
    "late",
    [
        ReceiptPrinted("s-1", "0001", "odometer"),
        PrintRefused("s-1", "0001", "no paper"),
        PrintDoubtful("s-1", "0001", "no answer"),
        PrintFoundMissing("s-1", "0001", proven=True, fragment=True, evidence="seen"),
        PrintUnresolved("s-1", "0001", "no answer", person_needed=True),
        PrintOutdated("s-1", "0001", Counters(7)),
    ],
)
def test_late_answers_about_an_earlier_job_change_nothing(
    late: ReceiptPrinted | PrintRefused | PrintDoubtful | PrintFoundMissing | PrintUnresolved | PrintOutdated,
) -> None:
    bench = Bench()
    job = in_doubt(bench)
    assert job.job_id == "0001"
    again = only(bench.run(missing(job, proven=True)).effects, Print)
    done = bench.run(late)
    assert names(done) == [type(late).__name__]
    assert done.effects == []
    assert (bench.document().state, bench.document().job) == ("printing", again)


def test_a_print_doubt_of_a_fiscal_sale_undoes_nothing() -> None:
    bench = Bench(shop(traits=CLOUD))
    bench.do(Sell("s-1", CASHIER, sale()))
    job = only(bench.run(ReceiptFiscalised("s-1", STAMP, "not_mine")).effects, Print)
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    done = bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    assert names(done) == ["PrintUnresolved"]


# --- copies -----------------------------------------------------------------------------------------------------


def copy_of(bench: Bench, name: str, *, copies: int = 0) -> Print:
    paper = bench.rules.composer.paper(bench.document())
    done = bench.do(PrintCopy(name, CASHIER, "s-1", "lost", paper, copies))
    assert names(done) == ["CopyRequested"]
    return only(done.effects, Print)


def sold(bench: Bench) -> Print:
    job = bench.sell()
    bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    return job


def test_copies_are_marked_and_numbered_and_open_nothing() -> None:
    bench = Bench()
    sold(bench)
    for number in (1, 2):
        copy = copy_of(bench, f"c-{number}")
        assert (copy.copy_no, copy.kick, copy.void_fragment) == (number, None, False)
        done = bench.run(ReceiptPrinted("s-1", copy.job_id, "odometer"))
        assert names(done) == ["ReceiptPrinted", "ReceiptCopyPrinted"]
        assert done.effects == []
    assert bench.document().copies == 2


@pytest.mark.parametrize(
    "outcome", [PrintDoubtful("s-1", "0002", "no answer"), PrintRefused("s-1", "0002", "no paper")]
)
def test_a_copy_that_fails_is_reported_and_its_number_is_not_used_again(outcome: PrintDoubtful | PrintRefused) -> None:
    bench = Bench()
    sold(bench)
    assert copy_of(bench, "c-1").job_id == "0002"
    done = bench.run(outcome)
    assert names(done) == [type(outcome).__name__, "CopyFailed"]
    assert done.effects == []
    assert copy_of(bench, "c-2").copy_no == 2


def test_copies_that_only_the_journal_knows_are_counted_too() -> None:
    bench = Bench()
    sold(bench)
    assert copy_of(bench, "c-1", copies=4).copy_no == 5


def test_an_outdated_copy_is_planned_again_under_its_name() -> None:
    bench = Bench()
    sold(bench)
    copy = copy_of(bench, "c-1")
    again = only(bench.run(PrintOutdated("s-1", copy.job_id, Counters(105))).effects, Print)
    assert (again.job_id, again.copy_no, again.before) == (copy.job_id, 1, Counters(105))


def test_a_copy_takes_the_place_of_a_missing_original() -> None:
    bench = Bench(shop(unprinted_sale="keep"))
    job = bench.sell()
    bench.run(PrintRefused("s-1", job.job_id, "no paper"))
    copy = copy_of(bench, "c-1")
    bench.run(ReceiptPrinted("s-1", copy.job_id, "odometer"))
    assert (bench.document().state, bench.document().doubt) == ("paper_out", "")


def test_a_copy_made_during_a_doubt_leaves_the_doubt() -> None:
    bench = Bench()
    job = in_doubt(bench)
    bench.run(PrintUnresolved("s-1", job.job_id, "it cannot tell", person_needed=True))
    copy = copy_of(bench, "c-1")
    bench.run(ReceiptPrinted("s-1", copy.job_id, "odometer"))
    assert bench.document().state == "print_doubt"
    assert bench.document().person_needed


def test_no_copy_is_made_of_what_was_never_printed() -> None:
    refusal = Bench().refused(PrintCopy("c-1", CASHIER, "s-9", "lost"))
    assert refusal.code == "unknown-receipt"


def test_the_answer_about_a_copy_does_not_touch_its_original() -> None:
    bench = Bench()
    job = sold(bench)
    copy = copy_of(bench, "c-1")
    bench.run(PrintFoundMissing("s-1", copy.job_id, proven=True, fragment=True, evidence="seen"))
    assert bench.document().job == job
    assert every(bench.run(ReceiptPrinted("s-1", job.job_id, "odometer")).effects, Print) == []
