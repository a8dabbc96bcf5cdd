"""A document's stages: what is ordered when, and when the sale is certain."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal
from uuid import UUID

import pytest

from statemachines.drawer import DrawerSettings
from statemachines.rules import Consequences
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import MoveCash, Sell, TakeXReport
from statemachines.vocabulary.effects import Ask, Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    Declined,
    DoubtResolved,
    DrawerOpenRequested,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    HandedOver,
    OriginalReturned,
    PrintDoubtful,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintRefused,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
)
from statemachines.vocabulary.receipt import PaymentTotal, Receipt
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits
from tests.support.rules import (
    CASHIER,
    CLOUD,
    DAY,
    DRAWER,
    REGISTER,
    STAMP,
    Bench,
    cash_move,
    every,
    names,
    only,
    sale,
    shop,
    taken_back,
)

APART = {DRAWER: DrawerSettings(through_printer=False)}
KickAt = Literal["accepted", "fiscalised", "printed"]


def sell(bench: Bench, receipt: Receipt | None = None) -> Consequences:
    receipt = receipt or sale()
    return bench.do(Sell(receipt.document_id, CASHIER, receipt))


def printed(bench: Bench, name: str = "s-1") -> Consequences:
    job = bench.document(name).job
    assert job is not None
    return bench.run(ReceiptPrinted(name, job.job_id, "process_id"))


def stamped(bench: Bench, how: Literal["yes", "no", "unknown", "not_mine"], **more: bool) -> Consequences:
    return bench.run(ReceiptFiscalised("s-1", STAMP, how, **more))


# --- no fiscaliser ----------------------------------------------------------------------------------------------


def test_a_sale_without_fiscaliser_is_one_job_with_the_kick_inside() -> None:
    bench = Bench()
    done = sell(bench)
    assert names(done) == ["SaleRequested", "DrawerOpenRequested"]
    (job,) = done.effects
    assert isinstance(job, Print)
    assert job.kick == Kick(DRAWER, 100, bench.mono + 4000)
    assert (job.copy_no, job.cuts, job.void_fragment, job.before) == (0, 1, False, bench.rules.state.printer.counters)
    assert bench.document().state == "printing"


def test_the_sale_is_completed_when_its_paper_is_out() -> None:
    bench = Bench()
    sell(bench, sale(cash=1250, card=300, given=2000))
    done = printed(bench)
    assert bench.document().state == "paper_out"
    assert bench.document().evidence == "process_id"
    assert only(done.events, SaleCompleted) == SaleCompleted(
        "s-1", 1250, 2000, 750, (PaymentTotal("card", 300),), DRAWER, DAY, "000001"
    )
    assert done.effects == []


def test_a_card_sale_opens_no_drawer() -> None:
    done = sell(Bench(), sale(cash=0, card=900))
    assert names(done) == ["SaleRequested"]
    assert only(done.effects, Print).kick is None


def test_payments_of_one_kind_are_told_as_one_sum() -> None:
    bench = Bench()
    receipt = sale(cash=0, card=300)
    sell(bench, replace(receipt, payments=receipt.payments * 2))
    assert only(printed(bench).events, SaleCompleted).non_cash == (PaymentTotal("card", 600),)


def test_what_was_refused_by_the_printer_did_not_happen() -> None:
    bench = Bench()
    job = bench.sell()
    done = bench.run(PrintRefused("s-1", job.job_id, "the cover is open"))
    assert names(done) == ["PrintRefused", "SaleRefused"]
    assert only(done.events, SaleRefused).reason == "the cover is open"
    assert "s-1" not in bench.rules.state.documents


def test_a_shop_may_keep_a_sale_that_was_not_printed() -> None:
    bench = Bench(shop(unprinted_sale="keep"))
    job = bench.sell()
    done = bench.run(PrintRefused("s-1", job.job_id, "the cover is open"))
    assert names(done) == ["PrintRefused", "SaleCompleted"]
    assert bench.document().state == "paper_missing"


def test_a_sale_that_is_certain_cannot_be_refused_any_more() -> None:
    bench = Bench(shop(unprinted_sale="keep"))
    job = bench.sell()
    bench.run(PrintRefused("s-1", job.job_id, "the cover is open"))
    bench.run(SaleRefused("s-1", "a mistake"))
    assert (bench.document().state, bench.document().transaction) == ("paper_missing", "completed")


def test_a_report_that_was_not_printed_is_taken_all_the_same() -> None:
    bench = Bench()
    done = bench.do(TakeXReport("x-1", CASHIER, "en"))
    job = only(done.effects, Print)
    assert job.kick is None
    done = bench.run(PrintRefused("x-1", job.job_id, "no paper"))
    assert only(done.events, ReportTaken) == ReportTaken("x-1", printed=False)


def test_a_printed_report_is_taken_and_forgotten() -> None:
    bench = Bench()
    bench.do(TakeXReport("x-1", CASHIER, "en"))
    done = printed(bench, "x-1")
    assert only(done.events, ReportTaken) == ReportTaken("x-1", printed=True)
    assert not bench.rules.state.documents


def test_a_cash_move_opens_the_drawer_and_moves_cash_when_its_slip_is_out() -> None:
    bench = Bench()
    done = bench.do(MoveCash("m-1", CASHIER, cash_move()))
    assert only(done.events, DrawerOpenRequested).cause.kind == "move"
    assert only(done.effects, Print).kick is not None
    assert only(printed(bench, "m-1").events, CashMoved) == CashMoved(
        "m-1", "add_to_float", "in", 500, "operator", DRAWER, DAY, "change"
    )


def test_a_cash_move_whose_slip_was_refused_moved_nothing() -> None:
    bench = Bench()
    job = only(bench.do(MoveCash("m-1", CASHIER, cash_move())).effects, Print)
    done = bench.run(PrintRefused("m-1", job.job_id, "no paper"))
    assert names(done) == ["PrintRefused", "CashMoveRefused"]
    assert only(done.events, CashMoveRefused).reason == "no paper"


def test_a_return_pays_out_and_is_noted_at_its_original() -> None:
    bench = Bench()
    original = sale("s-0")
    back = taken_back("r-1", "s-0", cash=1250)
    done = bench.do(Sell("r-1", CASHIER, back, original=original))
    assert only(done.effects, Print).kick is not None
    done = printed(bench, "r-1")
    assert only(done.events, SaleCompleted).cash_due == -1250
    assert only(done.events, OriginalReturned) == OriginalReturned(
        "s-0", "r-1", (("tea", 1000),), 1250, ((1, 1000, 1250),), (PaymentTotal("cash", 1250),)
    )


def test_the_second_request_for_a_document_never_makes_a_second_original() -> None:
    bench = Bench()
    job = bench.sell()
    done = bench.run(SaleRequested("s-1", sale()))
    assert done.effects == []
    assert bench.document().job == job


# --- a cloud register and a plain printer -----------------------------------------------------------------------


def test_a_cloud_register_comes_before_paper_and_drawer() -> None:
    bench = Bench(shop(traits=CLOUD))
    done = sell(bench)
    assert names(done) == ["SaleRequested"]
    order = only(done.effects, Fiscalise)
    assert done.effects == [order]
    assert order.receipt == bench.document().receipt
    assert UUID(order.fiscal_doc_id).version == 8
    done = stamped(bench, "not_mine")
    assert names(done) == ["ReceiptFiscalised", "SaleCompleted", "DrawerOpenRequested"]
    job = only(done.effects, Print)
    assert done.effects == [job]
    assert job.kick is not None
    assert bench.document().stamp == STAMP
    assert names(printed(bench)) == ["ReceiptPrinted"]
    assert bench.document().state == "paper_out"


def test_a_cash_move_is_fiscalised_too() -> None:
    bench = Bench(shop(traits=CLOUD))
    order = only(bench.do(MoveCash("m-1", CASHIER, cash_move())).effects, Fiscalise)
    assert order.move is not None
    assert order.receipt is None
    done = bench.run(FiscalisationRefused("m-1", "no"))
    assert names(done) == ["FiscalisationRefused", "CashMoveRefused"]


def test_an_x_report_is_the_fiscalisers_before_it_is_printed() -> None:
    bench = Bench(shop(traits=CLOUD))
    order = only(bench.do(TakeXReport("x-1", CASHIER, "en")).effects, Fiscalise)
    assert order.report is not None
    assert (order.report.kind, order.receipt, order.move, order.opening) == ("x_report", None, None, None)
    done = bench.run(ReceiptFiscalised("x-1", STAMP, "not_mine"))
    assert names(done) == ["ReceiptFiscalised"]
    assert only(done.effects, Print).kick is None
    assert only(printed(bench, "x-1").events, ReportTaken) == ReportTaken("x-1", printed=True)
    assert bench.rules.state.shift.state == "open"


def test_a_report_that_the_fiscaliser_refused_was_not_taken() -> None:
    bench = Bench(shop(traits=CLOUD))
    bench.do(TakeXReport("x-1", CASHIER, "en"))
    done = bench.run(FiscalisationRefused("x-1", "no"))
    assert names(done) == ["FiscalisationRefused", "ReportRefused"]
    assert done.effects == []


@pytest.mark.parametrize("kick_at", ["accepted", "fiscalised", "printed"])
@pytest.mark.parametrize("traits", [CLOUD, REGISTER, NO_FISCALISER], ids=["cloud", "register", "none"])
def test_a_drawer_opened_without_a_sale_is_no_fiscal_document_and_opens_at_once(
    traits: FiscaliserTraits, kick_at: KickAt
) -> None:
    """Whatever the point of the kick: an opening of the drawer has no other."""
    bench = Bench(shop(traits=traits, kick_at=kick_at, drawers=APART))
    move = replace(cash_move(), type="no_sale", direction="none", amount=0)
    done = bench.do(MoveCash("m-1", CASHIER, move))
    assert names(done) == ["CashMoveRequested", "CashMoved", "DrawerOpenRequested"]
    assert [type(effect) for effect in done.effects] == [Kick]


def test_a_fiscalised_sale_stands_when_the_printer_refuses() -> None:
    bench = Bench(shop(traits=CLOUD))
    sell(bench)
    job = only(stamped(bench, "not_mine").effects, Print)
    done = bench.run(PrintRefused("s-1", job.job_id, "no paper"))
    assert names(done) == ["PrintRefused"]
    assert bench.document().state == "paper_missing"


# --- a register that prints -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "state"), [("yes", "paper_out"), ("no", "paper_missing"), ("unknown", "print_doubt")])
def test_a_register_that_prints_leaves_only_the_drawer_to_us(how: Literal["yes", "no", "unknown"], state: str) -> None:
    bench = Bench(shop(traits=REGISTER))
    fiscalise = only(sell(bench).effects, Fiscalise)
    done = stamped(bench, how)
    assert names(done) == ["ReceiptFiscalised", "SaleCompleted", "DrawerOpenRequested"]
    assert len(every(done.effects, Kick)) == 1
    assert not every(done.effects, Print)
    assert every(done.effects, Ask) == ([Ask(fiscalise)] if how == "unknown" else [])
    assert bench.document().state == state


def test_a_register_that_has_opened_the_drawer_needs_no_kick() -> None:
    bench = Bench(shop(traits=REGISTER))
    sell(bench)
    assert stamped(bench, "yes", kicked=True).effects == []


def test_the_registers_own_paper_is_found_by_asking_the_register() -> None:
    bench = Bench(shop(traits=REGISTER))
    order = only(sell(bench).effects, Fiscalise)
    stamped(bench, "unknown")
    bench.run(PrintUnresolved("s-1", "", "it is busy", person_needed=False))
    assert every(bench.run(PrinterReady()).effects, Ask) == []
    bench.run(PrinterSilent("it is not its printer"))
    assert every(bench.later(5000).effects, Ask) == [Ask(order)]
    done = bench.run(ReceiptPrinted("s-1", "", "read_back"))
    assert names(done) == ["ReceiptPrinted"]
    assert bench.document().state == "paper_out"
    assert bench.document().doubt == ""


@pytest.mark.parametrize(
    ("told", "state", "person_needed"),
    [("yes", "paper_out", False), ("no", "paper_missing", False), ("unknown", "print_doubt", True)],
)
def test_the_register_answers_a_question_about_its_paper_as_it_answers_a_document(
    told: Literal["yes", "no", "unknown"], state: str, *, person_needed: bool
) -> None:
    bench = Bench(shop(traits=REGISTER))
    order = only(sell(bench).effects, Fiscalise)
    stamped(bench, "unknown")
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    assert bench.document().state == "print_doubt"
    assert every(bench.later(5000).effects, Ask) == [Ask(order)]
    done = stamped(bench, told)
    assert names(done) == ["ReceiptFiscalised"]
    assert done.effects == []
    assert (bench.document().state, bench.document().person_needed) == (state, person_needed)


def test_a_plain_printers_job_is_no_question_for_the_fiscaliser() -> None:
    bench = Bench(shop(traits=CLOUD))
    sell(bench)
    job = only(stamped(bench, "not_mine").effects, Print)
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    stamped(bench, "yes")
    assert bench.document().state == "print_doubt"


def test_what_the_register_did_not_print_is_never_printed_by_us() -> None:
    bench = Bench(shop(traits=REGISTER))
    sell(bench)
    stamped(bench, "unknown")
    done = bench.run(PrintFoundMissing("s-1", "", proven=True, fragment=False, evidence="its memory says so"))
    assert done.effects == []
    assert bench.document().person_needed


@pytest.mark.parametrize("outcome", [FiscalisationRefused("s-1", "tax group"), Declined("s-1", "card")])
def test_what_the_register_refuses_did_not_happen(outcome: FiscalisationRefused | Declined) -> None:
    bench = Bench(shop(traits=REGISTER))
    sell(bench)
    done = bench.run(outcome)
    assert done.effects == []
    assert only(done.events, SaleRefused).reason == outcome.reason
    assert "s-1" not in bench.rules.state.documents


def test_a_sale_handed_over_moves_no_cash_and_needs_no_paper() -> None:
    bench = Bench(shop(traits=REGISTER))
    sell(bench)
    done = bench.run(HandedOver("s-1", "the register's own cashier"))
    assert names(done) == ["HandedOver"]
    assert done.effects == []
    assert "s-1" not in bench.rules.state.documents


# --- fiscal doubt -----------------------------------------------------------------------------------------------


def fiscal_doubt(settings: RuleSettings | None = None) -> tuple[Bench, Fiscalise]:
    bench = Bench(settings or shop(traits=CLOUD))
    order = only(sell(bench).effects, Fiscalise)
    done = bench.run(FiscalisationDoubtful("s-1", "no answer"))
    assert names(done) == ["FiscalisationDoubtful"]
    assert done.effects == [Ask(order)]
    return bench, order


def test_a_fiscal_doubt_is_asked_about_again_with_growing_pauses() -> None:
    bench, order = fiscal_doubt()
    asked = []
    for _ in range(6):
        before = bench.mono
        assert bench.run(FiscalisationDoubtful("s-1", "no answer")).effects == []
        while not (found := bench.later(1000).effects):
            assert bench.mono - before < 60_000
        assert found == [Ask(order)]
        asked.append(bench.mono - before)
    assert asked == [5_000, 10_000, 30_000, 30_000, 30_000, 30_000]


def test_what_the_fiscaliser_does_not_know_is_sent_again_under_the_same_id() -> None:
    bench, order = fiscal_doubt()
    done = bench.run(FiscalisationUnknown("s-1"))
    assert done.effects == [order]
    assert bench.document().state == "fiscalising"


@pytest.mark.parametrize("kick_at", ["accepted", "fiscalised", "printed"])
def test_what_is_found_fiscalised_late_opens_no_drawer(kick_at: KickAt) -> None:
    bench, _ = fiscal_doubt(shop(traits=CLOUD, kick_at=kick_at))
    done = stamped(bench, "not_mine")
    assert names(done) == ["ReceiptFiscalised", "SaleCompleted"]
    assert only(done.effects, Print).kick is None
    assert names(printed(bench)) == ["ReceiptPrinted"]


def test_what_is_fiscalised_at_the_second_attempt_opens_no_drawer() -> None:
    bench, _ = fiscal_doubt()
    bench.run(FiscalisationUnknown("s-1"))
    assert only(stamped(bench, "not_mine").effects, Print).kick is None


def test_no_doubt_is_left_when_the_fiscaliser_has_answered() -> None:
    bench, _ = fiscal_doubt(shop(traits=REGISTER))
    stamped(bench, "yes")
    assert (bench.document().state, bench.document().doubt) == ("paper_out", "")


@pytest.mark.parametrize(
    ("verdict", "events"),
    [
        ("printed", ["DoubtResolved", "SaleCompleted"]),
        ("not_printed", ["DoubtResolved", "SaleRefused"]),
        ("abandoned", ["DoubtResolved"]),
    ],
)
def test_a_person_ends_a_fiscal_doubt(
    verdict: Literal["printed", "not_printed", "abandoned"], events: list[str]
) -> None:
    bench, _ = fiscal_doubt()
    done = bench.run(DoubtResolved("s-1", verdict, "looked it up", CASHIER))
    assert names(done)[: len(events)] == events
    assert done.effects == []
    if verdict != "printed":
        assert "s-1" not in bench.rules.state.documents


# --- when the drawer opens --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kick_at", "kicks"),
    [("accepted", ["asked"]), ("fiscalised", ["stamped"]), ("printed", ["printed"])],
)
def test_the_drawer_opens_at_the_configured_point(kick_at: KickAt, kicks: list[str]) -> None:
    bench = Bench(shop(traits=CLOUD, kick_at=kick_at, drawers=APART))
    found = {"asked": sell(bench), "stamped": stamped(bench, "not_mine"), "printed": printed(bench)}
    assert [point for point, done in found.items() if every(done.effects, Kick)] == kicks


@pytest.mark.parametrize(("how", "kicks"), [("yes", 1), ("no", 0), ("unknown", 0)])
def test_a_drawer_that_opens_at_printed_opens_when_the_register_has_printed(
    how: Literal["yes", "no", "unknown"], kicks: int
) -> None:
    bench = Bench(shop(traits=REGISTER, kick_at="printed"))
    sell(bench)
    assert len(every(stamped(bench, how).effects, Kick)) == kicks


def test_a_register_that_has_opened_the_drawer_itself_needs_no_kick_at_printed() -> None:
    bench = Bench(shop(traits=REGISTER, kick_at="printed"))
    sell(bench)
    assert every(stamped(bench, "yes", kicked=True).effects, Kick) == []


@pytest.mark.parametrize(("kick_at", "inside"), [("accepted", True), ("fiscalised", True), ("printed", False)])
def test_without_fiscaliser_only_printed_is_another_point(kick_at: KickAt, *, inside: bool) -> None:
    bench = Bench(shop(kick_at=kick_at))
    assert (bench.sell().kick is not None) is inside
    assert len(every(printed(bench).effects, Kick)) == (0 if inside else 1)


def test_the_kick_of_a_drawer_of_its_own_is_not_part_of_the_job() -> None:
    bench = Bench(shop(drawers=APART))
    done = sell(bench)
    assert only(done.effects, Print).kick is None
    assert only(done.effects, Kick).drawer_id == DRAWER


def test_a_drawer_that_opens_at_printed_stays_shut_after_a_doubt() -> None:
    bench = Bench(shop(kick_at="printed"))
    job = bench.sell()
    bench.run(PrintDoubtful("s-1", job.job_id, "no answer"))
    assert names(printed(bench)) == ["ReceiptPrinted", "SaleCompleted"]
