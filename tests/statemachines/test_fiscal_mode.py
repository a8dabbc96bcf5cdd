"""On line, off line and back: who may stamp, and which ways lead where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statemachines.vocabulary.commands import OpenShift, Sell
from statemachines.vocabulary.events import ReceiptFiscalised
from statemachines.vocabulary.offline_events import FiscalMode, FiscalModeChanged, OfflineCode, OfflineCodesRefilled
from statemachines.vocabulary.traits import FiscaliserTraits
from tests.support.rules import CASHIER, CLOUD, STAMP, Bench, sale, shop

SELL = Sell("s-1", CASHIER, sale())
STAMPS = replace(CLOUD, offline="codes")


def at(*modes: FiscalMode, traits: FiscaliserTraits = STAMPS) -> Bench:
    bench = Bench(shop(traits=traits), shift=False)
    bench.do(OpenShift("shift-1", CASHIER, 10_000))
    bench.run(ReceiptFiscalised("shift-1", STAMP, "not_mine"))
    bench.run(OfflineCodesRefilled(0, (OfflineCode("code-1", 1),)))
    for mode in modes:
        bench.run(FiscalModeChanged(mode, "the network", session_id="session-1"))
    return bench


def state(bench: Bench) -> str:
    return bench.rules.state.mode.state


@pytest.mark.parametrize("mode", ["offline_auto", "offline_manual"])
def test_a_till_that_can_stamp_sells_off_line(mode: FiscalMode) -> None:
    at(mode).do(SELL)


def test_a_till_without_codes_sells_nothing_in_a_session_of_its_own() -> None:
    assert at("offline_manual", traits=CLOUD).refused(SELL).code == "fiscal-offline"
    at("offline_auto", traits=CLOUD).do(SELL)


def test_nothing_is_sold_while_the_session_is_delivered() -> None:
    bench = at("offline_manual", "draining")
    assert bench.refused(SELL).code == "fiscal-draining"
    bench.run(FiscalModeChanged("online", "all is delivered"))
    bench.do(SELL)


def test_from_a_session_of_one_s_own_only_the_delivery_leads_on_line() -> None:
    """Nothing leads there but the delivery, or that there is nothing to deliver."""
    bench = at("offline_manual", "offline_auto")
    assert state(bench) == "offline_manual"


def test_a_delivery_that_breaks_off_leads_back_into_the_session() -> None:
    bench = at("offline_manual", "draining", "offline_manual")
    assert (state(bench), bench.rules.state.mode.session_id) == ("offline_manual", "session-1")


@pytest.mark.parametrize("before", [(), ("offline_auto",), ("offline_manual",), ("offline_manual", "draining")])
def test_a_jammed_register_gets_nothing_until_a_person_has_decided(before: tuple[FiscalMode, ...]) -> None:
    bench = at(*before, "jammed")
    refusal = bench.refused(SELL)
    assert (refusal.code, "a person" in refusal.text) == ("fiscal-jammed", True)
    bench.run(FiscalModeChanged("offline_manual", "no"))
    assert state(bench) == "jammed"
    bench.run(FiscalModeChanged("draining", "a person has looked"))
    bench.run(FiscalModeChanged("online", "done"))
    bench.do(SELL)


def test_the_session_s_name_ends_with_it() -> None:
    bench = at("offline_manual", "draining")
    bench.run(FiscalModeChanged("online", "done"))
    assert bench.rules.state.mode.session_id == ""


def test_a_till_without_fiscaliser_does_not_ask_for_a_mode() -> None:
    bench = Bench()
    bench.run(FiscalModeChanged("jammed", "whatever"))
    bench.do(SELL)


def test_the_mode_is_the_same_behind_a_restart() -> None:
    bench = at("offline_manual")
    bench.restart()
    assert state(bench) == "offline_manual"
