"""Offline codes: each is free, bound to one document, spent; never given to two."""

from __future__ import annotations

from dataclasses import replace

from statemachines.offline_codes import Pool, apply, refill
from statemachines.vocabulary.commands import CloseShift, OpenShift, Sell
from statemachines.vocabulary.events import FiscalisationDoubtful, ReceiptFiscalised
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodeBound,
    OfflineCodeReleased,
    OfflineCodeSpent,
    OfflineCodesRefilled,
)
from tests.support.rules import CASHIER, CLOUD, KEEPS_CODES, STAMP, Bench, every, names, only, sale, shop

CODES = tuple(OfflineCode(f"code-{serial}", serial) for serial in (3, 1, 2))
SESSION = OfflineCode("code-4", 4)  # the going offline takes one, too
STAMPS = replace(CLOUD, offline="codes", sells_in_doubt=True)


def pool(*codes: OfflineCode) -> Pool:
    made = Pool()
    refill(made, OfflineCodesRefilled(1, codes or CODES))
    return made


def bound(name: str, code: OfflineCode, *, reserved: bool = False, at: int = 5) -> OfflineCodeBound:
    return OfflineCodeBound(name, code, at, reserved)


def holder(made: Pool, code: str) -> tuple[str, str]:
    return made.codes[code].state, made.codes[code].document_id


def till() -> Bench:
    bench = Bench(shop(traits=STAMPS, offline=KEEPS_CODES), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 10_000))
    bench.run(ReceiptFiscalised("shift-1", STAMP, "not_mine"))
    bench.run(OfflineCodesRefilled(1, (*CODES, SESSION)))
    return bench


def in_doubt(bench: Bench, name: str = "s-1") -> None:
    bench.do(Sell(name, CASHIER, sale(name)))
    bench.run(FiscalisationDoubtful(name, "no answer"))


def test_codes_are_taken_from_the_highest_serial_down() -> None:
    made = pool()
    assert made.highest() == OfflineCode("code-3", 3)
    apply(made, bound("s-1", OfflineCode("code-3", 3)))
    assert made.highest() == OfflineCode("code-2", 2)


def test_a_code_of_one_document_is_never_bound_to_another() -> None:
    made = pool()
    apply(made, bound("s-1", CODES[0]))
    apply(made, bound("s-2", CODES[0]))
    assert holder(made, "code-3") == ("bound", "s-1")


def test_a_reserved_code_becomes_its_own_document_s_or_is_given_back() -> None:
    made = pool()
    apply(made, bound("s-1", CODES[0], reserved=True))
    apply(made, OfflineCodeReleased("s-2", CODES[0]))
    assert holder(made, "code-3") == ("bound", "s-1")
    apply(made, OfflineCodeReleased("s-1", CODES[0]))
    assert holder(made, "code-3") == ("free", "")
    apply(made, bound("s-1", CODES[0], reserved=True))
    apply(made, bound("s-1", CODES[0]))
    apply(made, OfflineCodeReleased("s-1", CODES[0]))
    assert holder(made, "code-3") == ("bound", "s-1")


def test_a_spent_code_is_never_bound_again() -> None:
    made = pool()
    apply(made, OfflineCodeSpent("code-3"))
    apply(made, bound("s-1", CODES[0]))
    assert holder(made, "code-3") == ("spent", "")
    apply(made, OfflineCodeSpent("code-9"))
    assert made.codes["code-9"].state == "spent"


def test_a_refill_leaves_what_is_bound_and_spends_what_is_not_offered_any_more() -> None:
    made = pool()
    apply(made, bound("s-1", CODES[0]))
    refill(made, OfflineCodesRefilled(2, (CODES[0], OfflineCode("code-4", 4))))
    assert holder(made, "code-3") == ("bound", "s-1")
    assert [code.value for code in made.free] == ["code-4"]


def test_a_code_spent_here_is_not_free_again_because_an_old_list_offers_it() -> None:
    made = pool()
    apply(made, OfflineCodeSpent("code-3"))
    refill(made, OfflineCodesRefilled(2, CODES))
    assert [code.value for code in made.free] == ["code-2", "code-1"]


def test_the_fiscal_time_never_runs_backwards() -> None:
    made = pool()
    apply(made, bound("s-1", CODES[0], at=50))
    apply(made, bound("s-2", CODES[2], at=40))
    assert made.last_fiscal_at == 50


def test_a_sale_in_doubt_gets_a_code_after_twenty_seconds_and_each_its_own() -> None:
    bench = till()
    in_doubt(bench)
    in_doubt(bench, "s-2")
    assert every(bench.later(19_999).events, OfflineCodeBound) == []
    events = every(bench.later(1).events, OfflineCodeBound)
    assert [(event.document_id, event.code.serial, event.reserved) for event in events[1:]] == [
        ("s-1", 3, True),
        ("s-2", 2, True),
    ]
    assert every(bench.later(600_000).events, OfflineCodeBound) == []


def test_a_reserved_code_is_free_again_when_the_fiscaliser_has_the_sale() -> None:
    bench = till()
    in_doubt(bench)
    bench.later(20_000)
    done = bench.run(ReceiptFiscalised("s-1", STAMP, "not_mine"))
    assert only(done.events, OfflineCodeReleased).code == OfflineCode("code-3", 3)
    assert bench.rules.state.pool.highest() == OfflineCode("code-3", 3)


def test_a_sale_that_is_certain_to_become_lawful_holds_no_closing_up() -> None:
    bench = till()
    in_doubt(bench)
    bench.later(20_000)
    done = bench.do(CloseShift("z-1", CASHIER, "en"))
    assert only(done.events, ReceiptFiscalised).document_id == "z-1"
    assert "ReportRequested" in names(done)


def test_reserved_codes_are_the_same_behind_a_restart() -> None:
    bench = till()
    in_doubt(bench)
    bench.later(20_000)
    bench.restart()
    assert holder(bench.rules.state.pool, "code-3") == ("bound", "s-1")
