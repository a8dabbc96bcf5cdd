"""What GET /v1/status tells of the register: a sentence for each mode, the hours, the codes, what waits, ways out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_bridge.core import FiscalMoment
from firmware_bridge.fiscal_views import SHOWN, fiscal_view
from firmware_bridge.views import View
from statemachines import fiscal_mode as modes
from statemachines.fiscal_mode import Mode
from statemachines.offline import HOUR_MS, FiscalClock, OfflineSettings
from statemachines.offline_codes import BOUND, Code, Pool
from statemachines.offline_session import Stretch, Waiting
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.traits import NO_FISCALISER

TRAITS = replace(NO_FISCALISER, registers=True, offline="codes", lookup="our_id")
SETTINGS = RuleSettings(traits=TRAITS)
BEGAN = 1_782_900_000_000  # 2026-07-01 10:00:00 UTC, 13:00 in Kyiv
MONTH = BEGAN - 300 * HOUR_MS
ENDS = BEGAN + 400 * HOUR_MS
ON_LINE = TillState()


def moment(after_h: float = 1.0, clock: FiscalClock | None = None) -> FiscalMoment:
    return FiscalMoment(int(BEGAN + after_h * HOUR_MS), clock or FiscalClock(0, trusted=True), MONTH, ENDS)


def state(mode: str = modes.OFFLINE_MANUAL, waiting: int = 2, free: int = 1000, **offline: object) -> TillState:
    """Off line since 13:00 with documents that wait."""
    found = TillState()
    found.mode = Mode(mode, BEGAN, "offline-1", "no route to the register")
    codes = [Code(f"c{at}", at) for at in range(free)] + [Code("used", 9999, BOUND, "s-0")]
    found.pool = Pool({code.value: code for code in codes}, BEGAN - HOUR_MS, BEGAN)
    found.offline.stretches = (Stretch(BEGAN),)
    found.offline.queue = tuple(Waiting(f"s-{at}", "sale", BEGAN + at * 1000, f"n{at}", at) for at in range(waiting))
    for name, value in offline.items():
        setattr(found.offline, name, value)
    return found


def told(found: TillState, at: FiscalMoment | None = None, settings: RuleSettings = SETTINGS) -> View:
    return fiscal_view(found, settings, at or moment(), "Europe/Kyiv")


def test_on_line_the_sentence_says_so_and_nothing_waits() -> None:
    view = told(ON_LINE)
    assert (view["mode"], view["text"]) == ("online", "The register is on line.")
    assert (view["offline"]["since"], view["offline"]["session_s"], view["offline"]["until"]) == (None, 0, None)
    assert (view["waiting"]["count"], view["jammed"], view["advice"]) == (0, None, None)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (modes.OFFLINE_AUTO, "with its own codes"),
        (modes.OFFLINE_MANUAL, "the till sells without it until"),
        (modes.DRAINING, "2 documents made without it are still to be handed over"),
        (modes.JAMMED, "a manager has to decide (POST /v1/fiscal/resolve)"),
    ],
)
def test_each_mode_has_its_sentence(mode: str, words: str) -> None:
    assert words in told(state(mode))["text"]
    assert words not in told(ON_LINE)["text"]


def test_the_hours_are_told_against_the_laws_limits() -> None:
    offline = told(state(free=100_000), moment(1.5))["offline"]
    assert offline["since"] == "2026-07-01T10:00:00.000Z"
    assert (offline["session_s"], offline["session_limit_s"]) == (5401, 36 * 3600)  # dated a second ahead at most
    assert (offline["month_s"], offline["month_limit_s"]) == (5401, 168 * 3600)
    assert offline["until"] == "2026-07-02T21:30:00.000Z"  # 36 h less the half hour before them
    assert offline["ended_by"] == "session"


def test_the_month_ends_it_sooner_where_much_of_it_is_used() -> None:
    before = Stretch(MONTH, MONTH + 150 * HOUR_MS)
    found = state(free=100_000, stretches=(before, Stretch(BEGAN)))
    offline = told(found)["offline"]
    assert offline["ended_by"] == "month"
    assert offline["until"] == "2026-07-02T03:30:00.000Z"  # 17.5 h are left of the 167.5
    ending = replace(moment(), month_ends=BEGAN + 2 * HOUR_MS)
    assert told(found, ending)["offline"]["ended_by"] == "session", "by then the next month has begun"


def test_at_the_pace_of_this_session_the_codes_may_end_it_first() -> None:
    view = told(state(waiting=100, free=120), moment(2))
    assert view["offline"]["ended_by"] == "codes"
    assert view["offline"]["until"].startswith("2026-07-01T14:00:0"), (
        "100 in two hours, 100 are left beside the reserve"
    )
    assert view["codes"] == {"free": 120, "reserve": 20, "documents": 100, "asked_at": "2026-07-01T09:00:00.000Z"}
    assert view["text"].endswith("until 01.07.2026 17:00 at this pace, 100 more documents at most.")


def test_a_reserve_that_is_eaten_into_leaves_no_document() -> None:
    view = told(state(free=7))
    assert (view["codes"]["free"], view["codes"]["documents"]) == (7, 0)
    assert "0 more documents" in view["text"]


def test_what_waits_is_named_oldest_first_and_not_without_end() -> None:
    waiting = told(state(waiting=SHOWN + 5, handed=3, tries=1))["waiting"]
    assert (waiting["count"], waiting["handed"], waiting["tries"]) == (SHOWN + 5, 3, 1)
    assert waiting["oldest"] == "2026-07-01T10:00:00.000Z"
    assert len(waiting["documents"]) == SHOWN
    assert waiting["documents"][1] == {
        "id": "s-1", "kind": "sale", "fiscal_at": "2026-07-01T10:00:01.000Z", "number": "n1",
    }  # fmt: skip


def test_a_jam_names_its_document_and_both_ways_out() -> None:
    jammed = told(state(modes.JAMMED, stuck="s-1"))["jammed"]
    assert (jammed["document"], jammed["reason"]) == ("s-1", "no route to the register")
    assert 'with document "s-1" and verdict deliver_again or give_up' in jammed["advice"]


def test_a_jam_that_is_about_no_document_can_only_be_put_right() -> None:
    jammed = told(state(modes.JAMMED))["jammed"]
    assert jammed["document"] is None
    assert "deliver_again" in jammed["advice"]
    assert "give_up" not in jammed["advice"]


def test_advice_to_call_support_is_passed_on() -> None:
    assert (
        told(state(modes.OFFLINE_AUTO, advice="call the register's support"))["advice"] == "call the register's support"
    )


@pytest.mark.parametrize(
    ("clock", "trusted", "words"),
    [
        (FiscalClock(1500, trusted=True), True, "1.5 s ahead of the till's"),
        (FiscalClock(-90_000, trusted=True), True, "90.0 s behind the till's"),
        (FiscalClock(0, trusted=True), True, "as the till's own"),
        (FiscalClock(0, trusted=False), False, "Nobody knows what time it is"),
    ],
)
def test_the_registers_clock_is_told_or_that_nobody_knows_it(clock: FiscalClock, trusted: bool, words: str) -> None:
    view = told(state(), moment(1, clock))["clock"]
    assert view["trusted"] is trusted
    assert words in view["text"]


def test_no_code_that_is_free_is_told_to_anybody() -> None:
    assert "c999" not in repr(told(state()))


def test_a_shop_that_sells_nothing_off_line_is_told_so() -> None:
    settings = replace(SETTINGS, offline=OfflineSettings(paper="refuse"))
    assert "nothing is sold without it" in told(state(), settings=settings)["text"]


def test_a_fiscaliser_without_codes_has_a_mode_and_no_more() -> None:
    plain = replace(SETTINGS, traits=replace(TRAITS, offline="none"))
    view = told(state(), settings=plain)
    assert (view["mode"], view["reason"], view["session"]) == (
        "offline_manual",
        "no route to the register",
        "offline-1",
    )
    assert view.keys() == {"mode", "since", "reason", "session", "text"}
