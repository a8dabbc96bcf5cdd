"""Paper beside the sales: printed once, in nobody's way, and never taken for more than it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from statemachines.drawer import DrawerSettings
from statemachines.rules import Consequences
from statemachines.slips import content
from statemachines.vocabulary.commands import CloseShift, PrintCopy, PrintSlip, ResolveDoubt, Sell
from statemachines.vocabulary.effects import Ask, Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    DrawerOpenRequested,
    FiscalisationDoubtful,
    PrintDoubtful,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleCompleted,
    ShiftClosed,
)
from statemachines.vocabulary.paper import Barcode, Image, QrCode
from statemachines.vocabulary.receipt import Payment, Receipt
from statemachines.vocabulary.slip import (
    SLIP_KINDS,
    Slip,
    SlipBelongs,
    SlipElement,
    SlipFeed,
    SlipIssued,
    SlipKind,
    SlipRefused,
    SlipRequested,
    SlipText,
)
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits
from tests.support.kinds import MANAGER
from tests.support.rules import (
    CASHIER,
    CLOUD,
    REGISTER,
    STAMP,
    Bench,
    every,
    names,
    only,
    replayed,
    sale,
    shop,
    slip,
)


def order(one: Slip | None = None, issued: tuple[SlipBelongs, ...] = ()) -> PrintSlip:
    one = one or slip()
    return PrintSlip(one.document_id, CASHIER, one, issued=issued)


def printing(bench: Bench, one: Slip | None = None) -> Print:
    return only(bench.do(order(one)).effects, Print)


def issued(bench: Bench, one: Slip | None = None) -> list[str]:
    job = printing(bench, one)
    return names(bench.run(ReceiptPrinted(job.document_id, job.job_id, "process_id")))


def in_doubt(bench: Bench, one: Slip | None = None) -> Print:
    """Bytes left, no proof came back, and the printer is gone."""
    job = printing(bench, one)
    bench.run(PrinterSilent("unplugged"))
    bench.run(PrintDoubtful(job.document_id, job.job_id, "the line broke"))
    bench.run(PrintUnresolved(job.document_id, job.job_id, "it does not answer", person_needed=False))
    return job


# --- a document like every other --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SLIP_KINDS)
def test_a_slip_is_printed_and_that_is_all(kind: SlipKind) -> None:
    bench = Bench()
    before = (bench.rules.state.shift.expected_cash, bench.rules.state.next_number)
    assert issued(bench, slip(kind=kind)) == ["ReceiptPrinted", "SlipIssued"]
    assert (bench.rules.state.shift.expected_cash, bench.rules.state.next_number) == before
    assert "d-1" not in bench.rules.state.documents  # finished: the journal keeps it
    assert replayed(bench.records, bench.settings).state == bench.rules.state


def test_a_slip_needs_no_shift_and_no_fiscaliser_hears_of_it() -> None:
    bench = Bench(shop(traits=CLOUD), shift=False)
    done = bench.do(order())
    assert names(done) == ["SlipRequested"]
    assert [type(effect) for effect in done.effects] == [Print]


def test_a_slip_goes_to_the_register_that_prints() -> None:
    assert [type(one) for one in Bench(shop(traits=REGISTER), ready=False).do(order()).effects] == [Print]


@pytest.mark.parametrize("kick_at", ["accepted", "fiscalised", "printed"])
def test_a_slip_never_opens_a_drawer(kick_at: Literal["accepted", "fiscalised", "printed"]) -> None:
    bench = Bench(shop(kick_at=kick_at))
    job = printing(bench)
    done = bench.run(ReceiptPrinted("d-1", job.job_id, "process_id"))
    assert (job.kick, every(done.effects, Kick), every(bench.records, DrawerOpenRequested)) == (None, [], [])


def test_slips_are_numbered_by_themselves() -> None:
    bench = Bench()
    for name in ("d-1", "d-2"):
        issued(bench, slip(name, text=name))
    job = bench.sell()
    assert [event.slip.number for event in every(bench.records, SlipRequested)] == ["D1", "D2"]
    assert bench.document().number == "000001"
    bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    issued(bench, slip("d-3"))
    assert every(bench.records, SlipRequested)[-1].slip.number == "D3"


def test_a_slip_that_never_reached_the_printer_is_refused_for_good() -> None:
    bench = Bench()
    job = printing(bench)
    done = bench.run(PrintRefused("d-1", job.job_id, "the cover is open"))
    assert names(done) == ["PrintRefused", "SlipRefused"]
    assert only(done.events, SlipRefused).reason == "the cover is open"
    assert "d-1" not in bench.rules.state.documents


def test_even_a_shop_that_keeps_unprinted_sales_keeps_no_unprinted_slip() -> None:
    bench = Bench(shop(unprinted_sale="keep"))
    job = printing(bench)
    assert names(bench.run(PrintRefused("d-1", job.job_id, "no paper")))[1:] == ["SlipRefused"]


def test_a_slip_whose_original_may_be_on_paper_is_not_called_refused() -> None:
    bench = Bench()
    job = printing(bench)
    bench.run(PrintDoubtful("d-1", job.job_id, "no answer"))
    missing = PrintFoundMissing("d-1", job.job_id, proven=False, fragment=True, evidence="it lost its power")
    copy = only(bench.run(missing).effects, Print)
    assert copy.copy_no == 1
    done = bench.run(PrintRefused("d-1", copy.job_id, "the cover is open"))
    assert not only(done.events, SlipIssued).printed


def test_a_slip_proven_missing_is_sent_again_unmarked() -> None:
    bench = Bench()
    job = printing(bench)
    bench.run(PrintDoubtful("d-1", job.job_id, "no answer", end_sent=False))
    missing = PrintFoundMissing("d-1", job.job_id, proven=True, fragment=False, evidence="it kept its power")
    again = only(bench.run(missing).effects, Print)
    assert (again.copy_no, again.paper) == (0, job.paper)


@pytest.mark.parametrize(("verdict", "state"), [("printed", "paper_out"), ("not_printed", "paper_missing")])
def test_a_person_ends_the_doubt_about_a_slip(verdict: Literal["printed", "not_printed"], state: str) -> None:
    bench = Bench()
    job = printing(bench)
    bench.run(PrintDoubtful("d-1", job.job_id, "no answer"))
    done = bench.run(PrintUnresolved("d-1", job.job_id, "it cannot tell", person_needed=True))
    assert names(done) == ["PrintUnresolved", "SlipIssued"]
    document = bench.document("d-1")
    bench.do(ResolveDoubt("r-1", CASHIER, "d-1", verdict, "I looked"))
    assert (document.state, document.transaction) == (state, "settled")
    assert "d-1" not in bench.rules.state.documents


def test_a_restart_in_the_middle_of_a_slip_asks_the_printer() -> None:
    bench = Bench()
    job = printing(bench)
    assert names(bench.restart())[:2] == ["TillStarted", "PrintDoubtful"]
    bench.run(PrinterReady())
    assert bench.document("d-1").state == "print_doubt"
    assert names(bench.run(ReceiptPrinted("d-1", job.job_id, "odometer"))) == ["ReceiptPrinted", "SlipIssued"]


# --- what stands in its way ------------------------------------------------------------------------------------------


def test_without_paper_a_slip_is_refused_before_anything_happens() -> None:
    bench = Bench()
    bench.run(PrinterPaperEnd())
    assert bench.refused(order()).code == "printer-not-ready"


def test_a_slip_waits_until_the_printer_is_done_with_a_sale_and_a_sale_until_it_is_done_with_a_slip() -> None:
    bench = Bench()
    job = bench.sell()
    assert bench.refused(order()).code == "busy"
    bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
    printing(bench)
    assert bench.refused(Sell("s-2", CASHIER, sale("s-2"))).code == "busy"


def test_a_slip_waits_for_the_question_about_a_sale() -> None:
    bench = Bench()
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    assert bench.refused(order()).code == "in-doubt"


def test_a_cloud_register_in_doubt_does_not_keep_the_kitchen_waiting_and_one_that_prints_does() -> None:
    for traits, refusal in ((CLOUD, ""), (REGISTER, "in-doubt")):
        bench = Bench(shop(traits=traits))
        bench.do(Sell("s-1", CASHIER, sale()))
        bench.run(FiscalisationDoubtful("s-1", "no answer"))
        decision = bench.decide(order(slip(kind="kitchen")))
        assert getattr(decision, "code", "") == refusal


# --- what it stands in the way of: nothing that can be done without the printer ---------------------------------------


def close(bench: Bench) -> Consequences:
    return bench.do(CloseShift("z-1", CASHIER, "en"))


def test_while_the_printer_is_asked_about_a_slip_everybody_waits_a_moment() -> None:
    bench = Bench()
    job = printing(bench)
    bench.run(PrintDoubtful("d-1", job.job_id, "no answer"))
    for command in (Sell("s-1", CASHIER, sale()), CloseShift("z-1", CASHIER, "en"), order(slip("d-2"))):
        assert bench.refused(command).code == "in-doubt"


def test_a_sale_that_needs_the_printer_waits_until_it_has_told_of_the_slip() -> None:
    bench = Bench()
    job = in_doubt(bench)
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "printer-not-ready"
    bench.run(PrinterReady())
    assert bench.refused(Sell("s-1", CASHIER, sale())).code == "in-doubt"
    bench.run(ReceiptPrinted("d-1", job.job_id, "odometer"))
    assert [type(one) for one in bench.do(Sell("s-1", CASHIER, sale())).effects] == [Print]


def test_a_register_that_prints_sells_while_a_slip_is_in_doubt() -> None:
    bench = Bench(shop(traits=REGISTER))
    in_doubt(bench)
    assert [type(one) for one in bench.do(Sell("s-1", CASHIER, sale())).effects] == [Fiscalise]


@pytest.mark.parametrize("traits", [NO_FISCALISER, CLOUD, REGISTER])
def test_a_slip_in_doubt_does_not_keep_a_shift_from_being_closed(traits: FiscaliserTraits) -> None:
    bench = Bench(shop(traits=traits))
    in_doubt(bench)
    done = close(bench)
    if traits.registers:
        assert only(done.effects, Fiscalise).report is not None
        done = bench.run(ReceiptFiscalised("z-1", STAMP, "yes" if traits.prints else "not_mine"))
    assert only(done.events, ShiftClosed).number == 1


def test_a_slip_that_another_paper_overtook_is_a_persons_matter() -> None:
    bench = Bench()
    job = in_doubt(bench)
    done = close(bench)
    assert not only(done.events, SlipIssued).printed
    assert replayed(bench.records, bench.settings).state == bench.rules.state
    assert bench.document("d-1").person_needed
    assert f"#{job.job_id}" in bench.document("d-1").doubt
    assert every(bench.restart().effects, Ask) == [Ask(only(done.effects, Print))]


def test_a_slip_that_was_overtaken_is_not_asked_about_again() -> None:
    """A question that was on its way comes back unanswered, and behind it the other paper is printed."""
    bench = Bench()
    job = in_doubt(bench)
    bench.run(PrinterReady())
    close(bench)
    bench.run(PrintUnresolved("d-1", job.job_id, "it does not answer", person_needed=False))
    assert bench.document("d-1").person_needed
    assert every(bench.later(60_000).effects, Ask) == []
    assert every(bench.run(PrinterReady()).effects, Ask) == []


def test_a_register_that_prints_overtakes_a_slip_by_fiscalising() -> None:
    bench = Bench(shop(traits=REGISTER))
    in_doubt(bench)
    bench.do(Sell("s-1", CASHIER, sale()))
    assert bench.document("d-1").person_needed


def test_a_cloud_register_overtakes_no_slip() -> None:
    bench = Bench(shop(traits=CLOUD))
    in_doubt(bench)
    close(bench)
    assert not bench.document("d-1").person_needed


def test_an_answer_that_was_asked_for_in_time_still_counts() -> None:
    bench = Bench()
    job = in_doubt(bench)
    bench.run(PrinterReady())  # it is back, and the question is on its way
    close(bench)
    assert names(bench.run(ReceiptPrinted("d-1", job.job_id, "process_id"))) == ["ReceiptPrinted"]
    assert "d-1" not in bench.rules.state.documents


def test_two_jobs_without_outcome_at_a_restart_are_both_a_persons_matter() -> None:
    """A doubt of the fiscaliser was solved while a slip was printed: which of the two does the printer's knife mean?"""
    bench = Bench(shop(traits=CLOUD))
    bench.do(Sell("s-1", CASHIER, sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    printing(bench)
    bench.run(ReceiptFiscalised("s-1", STAMP, "not_mine"))
    done = bench.restart()
    assert every(done.effects, Ask) == []
    assert all(bench.document(name).person_needed for name in ("s-1", "d-1"))
    assert replayed(bench.records, bench.settings).state.documents == bench.rules.state.documents


# --- once for a sale --------------------------------------------------------------------------------------------------


OF_SALE = slip(sale_id="s-1")
ELEMENTS: tuple[SlipElement, ...] = (
    QrCode("u"),
    Barcode("1"),
    Image(8, b"\x80"),
    SlipText("u"),
    Barcode("1", "ITF"),
)


def once(one: Slip = OF_SALE) -> tuple[Bench, tuple[SlipBelongs, ...]]:
    """A till that has printed it, and what its journal says of the sale."""
    bench = Bench()
    issued(bench, one)
    return bench, tuple(every(bench.records, SlipBelongs))


def test_a_slip_of_a_sale_is_printed_once_under_whatever_id() -> None:
    bench, known = once()
    refusal = bench.refused(order(replace(OF_SALE, document_id="d-2"), known))
    assert (refusal.code, refusal.field) == ("printed-already", "for")
    assert "manager" in refusal.text
    assert "/v1/receipts/d-1/copy" in refusal.text


@pytest.mark.parametrize(
    "other",
    [
        replace(OF_SALE, kind="notice"),
        replace(OF_SALE, sale_id="s-2"),
        replace(OF_SALE, title="Copy for the shop"),
        replace(OF_SALE, elements=(SlipText("DECLINED"),)),
        replace(OF_SALE, sale_id=""),
    ],
)
def test_another_slip_is_printed(other: Slip) -> None:
    bench, known = once()
    of_this = tuple(one for one in known if one.sale_id == other.sale_id)
    assert not hasattr(bench.decide(order(replace(other, document_id="d-2"), of_this)), "code")


def test_looks_and_language_make_no_other_slip() -> None:
    bench, known = once()
    big = (SlipFeed(2), SlipText("APPROVED", "centre", tall=True, bold=True), SlipText(" "))
    same = replace(OF_SALE, document_id="d-2", elements=big, language="uk")
    assert bench.refused(order(same, known)).code == "printed-already"


def test_a_slip_that_was_refused_may_be_printed_under_another_id() -> None:
    bench = Bench()
    job = printing(bench, OF_SALE)
    bench.run(PrintRefused("d-1", job.job_id, "the cover is open"))
    assert every(bench.records, SlipBelongs) == []
    assert "SlipIssued" in issued(bench, replace(OF_SALE, document_id="d-2"))


def test_a_slip_that_may_be_on_paper_is_not_printed_under_another_id() -> None:
    bench = Bench()
    job = printing(bench, OF_SALE)
    bench.run(PrintDoubtful("d-1", job.job_id, "no answer"))
    bench.run(PrintUnresolved("d-1", job.job_id, "it cannot tell", person_needed=True))
    assert len(every(bench.records, SlipBelongs)) == 1
    assert bench.refused(order(replace(OF_SALE, document_id="d-2"))).code == "printed-already"


def test_a_terminals_slip_that_stands_on_the_sales_paper_is_not_printed_again() -> None:
    bench = Bench()
    command = replace(order(OF_SALE), belongs_to="sale", with_sale=(("APPROVED",),))
    assert "with the sale" in bench.refused(command).text
    assert not hasattr(bench.decide(replace(command, with_sale=(("APPROVED", "5.00"),))), "code")


def test_a_slip_belongs_to_a_sale_or_to_something_unknown_and_to_nothing_else() -> None:
    bench = Bench()
    assert bench.refused(replace(order(OF_SALE), belongs_to="x_report")).code == "not-a-sale"
    assert bench.refused(order(slip("d-1", sale_id="d-1"))).code == "not-a-sale"
    assert not hasattr(bench.decide(replace(order(OF_SALE), belongs_to="return")), "code")


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_element_counts_for_what_a_slip_says(element: SlipElement) -> None:
    others: list[SlipElement] = [*ELEMENTS, SlipText("1")]
    told = {content(replace(OF_SALE, elements=(one,))) for one in others if one != element}
    assert content(replace(OF_SALE, elements=(element,))) not in told
    assert len(told) == len(others) - 1


# --- copies -----------------------------------------------------------------------------------------------------------


def copy(job: Print, one: Slip, actor: object = CASHIER) -> PrintCopy:
    return PrintCopy("c-1", MANAGER if actor is MANAGER else CASHIER, "d-1", "torn", job.paper, slip=one)


@pytest.mark.parametrize(("one", "code"), [(OF_SALE, "needs-manager"), (slip(), ""), (slip(kind="kitchen"), "")])
def test_a_second_card_slip_of_a_sale_is_a_managers_matter(one: Slip, code: str) -> None:
    bench = Bench()
    job = printing(bench, one)
    bench.run(ReceiptPrinted("d-1", job.job_id, "process_id"))
    assert getattr(bench.decide(copy(job, one)), "code", "") == code
    order_of_copy = only(bench.do(copy(job, one, MANAGER)).effects, Print)
    assert (order_of_copy.copy_no, order_of_copy.paper) == (1, job.paper)


def test_a_slip_is_not_copied_while_the_printer_may_still_tell() -> None:
    bench = Bench()
    job = in_doubt(bench)
    bench.run(PrinterReady())
    assert bench.refused(copy(job, slip())).code == "in-doubt"


# --- the slips of a sale's own payments -----------------------------------------------------------------------------


def with_slip() -> Receipt:
    one = sale(cash=0, card=1250)
    return replace(one, payments=(Payment("card", 1250, slip=("APPROVED", "5.00")),))


@pytest.mark.parametrize("printed", ["yes", "no", "unknown"])
def test_a_register_that_prints_lets_the_terminals_slip_follow_once(printed: Literal["yes", "no", "unknown"]) -> None:
    bench = Bench(shop(traits=REGISTER))
    bench.do(Sell("s-1", CASHIER, with_slip()))
    done = bench.run(ReceiptFiscalised("s-1", STAMP, printed))
    made = only(done.events, SlipRequested).slip
    assert (made.document_id, made.sale_id, made.number) == ("s-1:slip", "s-1", "D1")
    assert [one.text for one in made.elements if isinstance(one, SlipText)] == ["APPROVED", "5.00"]
    job = only(done.effects, Print)
    assert job.document_id == "s-1:slip"
    bench.run(ReceiptPrinted("s-1:slip", job.job_id, "read_back"))
    belongs = only(bench.records, SlipBelongs)
    again = replace(made, document_id="d-1", number="")
    assert bench.refused(order(again, (belongs,))).code == "printed-already"


def test_a_terminals_slip_takes_no_drawers_pulse_with_it() -> None:
    bench = Bench(shop(traits=replace(REGISTER, kicks=False), drawers={"main": DrawerSettings()}))
    paid = replace(sale(cash=250, card=1000), payments=(Payment("cash", 250), Payment("card", 1000, slip=("OK",))))
    bench.do(Sell("s-1", CASHIER, paid))
    done = bench.run(ReceiptFiscalised("s-1", STAMP, "yes"))
    assert only(done.effects, Print).kick is None
    assert len(every(done.effects, Kick)) == 1


def test_what_we_print_ourselves_has_its_slips_on_it_and_none_follows() -> None:
    for traits in (None, CLOUD):
        bench = Bench(shop() if traits is None else shop(traits=traits))
        bench.do(Sell("s-1", CASHIER, with_slip()))
        if traits is not None:
            bench.run(ReceiptFiscalised("s-1", STAMP, "not_mine"))
        job = bench.document().job
        assert job is not None
        bench.run(ReceiptPrinted("s-1", job.job_id, "process_id"))
        assert every(bench.records, SaleCompleted)
        assert every(bench.records, SlipRequested) == []
