"""What is told of a shift in each of its states, of blind counts, and of documents that a person has to help."""

from __future__ import annotations

import pytest

from firmware_bridge import day_views, views
from statemachines import document as documents
from statemachines import shift as shift_machine
from statemachines.cash_count import CANCELLED, RECORDED, SUBMITTED, Count
from statemachines.document import Document
from statemachines.settings import RuleSettings
from statemachines.state import TillState
from statemachines.vocabulary.receipt import Person, ShiftOpening
from statemachines.vocabulary.traits import FiscaliserTraits

CASHIER = Person("7", "Коваль О.", "cashier")
KASA = FiscaliserTraits(
    registers=True, prints=False, kicks=False, collects_card=False, polls=False, offline="none", lookup="our_id",
    copy=False, shift_limit_ms=86_400_000,
)  # fmt: skip
HEAD = (0, "")


def till(state: str, **drawers: Count) -> TillState:
    found = TillState().with_drawers(dict.fromkeys(drawers or ("main",)))
    found.shift = shift_machine.Shift(state, "sh-1", 4, 1_000, CASHIER, "2026-10-01")
    found.counts = dict(drawers)
    return found


@pytest.mark.parametrize("state", shift_machine.STATES)
def test_shift_is_shown_in_each_of_its_states(state: str) -> None:
    view = day_views.shift_view(till(state), RuleSettings(traits=KASA), "cashier")
    assert view is not None
    not_yet = state in ("opening", "opening_doubt", "refused")
    assert (view["state"], view["number"]) == (state, 5 if not_yet else 4)
    assert (view["totals"] is None) == not_yet
    assert (view["closes_at"] is None) == (not_yet or state == "closed")
    assert view["closing"]["state"] == "idle"


def test_shift_that_is_being_opened_is_shown_before_there_was_any() -> None:
    state = TillState()
    assert day_views.shift_view(state, RuleSettings(), "cashier") is None
    opening = ShiftOpening("sh-1", 1, 500, (), CASHIER, "2026-10-01", "UAH", "uk")
    state.documents["sh-1"] = Document("sh-1", "shift_open", "", 0, opening=opening)
    state.shift.state = shift_machine.OPENING_DOUBT
    state.shift.reason = "no answer"
    view = day_views.shift_view(state, RuleSettings(), "cashier")
    assert view is not None
    assert (view["id"], view["number"], view["cashier"], view["reason"]) == ("sh-1", 1, "Коваль О.", "no answer")


@pytest.mark.parametrize(
    ("role", "blind", "state", "hidden"),
    [
        ("cashier", True, RECORDED, True),
        ("cashier", True, SUBMITTED, False),
        ("cashier", True, CANCELLED, False),
        ("cashier", False, RECORDED, False),
        ("manager", True, RECORDED, False),
        ("observer", True, RECORDED, False),
    ],
)
def test_expected_cash_is_hidden_from_a_cashier_while_the_drawer_is_counted_blind(
    role: str, blind: bool, state: str, hidden: bool
) -> None:
    found = till("open", main=Count("n", "main", state, blind=blind), other=Count("m", "other", SUBMITTED, blind=True))
    settings = RuleSettings()
    shown = {"main": day_views.day_view(found.days["main"], hidden=day_views.blind_for(found, role, "main"))}
    shown["other"] = day_views.day_view(found.days["other"], hidden=day_views.blind_for(found, role, "other"))
    for key in ("expected_cash", "cash_in", "cash_out"):
        assert (shown["main"][key] is None) == hidden
        assert shown["other"][key] is not None
    shift = day_views.shift_view(found, settings, role)
    assert shift is not None
    assert (shift["totals"] is None) == hidden


@pytest.mark.parametrize(
    ("state", "person", "words"),
    [
        (documents.PAID_UNFISCALISED, True, ["/v1/receipts/s-1/retry", "refunded"]),
        (documents.FISCAL_DOUBT, True, ["fiscalised or not_fiscalised"]),
        (documents.PRINT_DOUBT, True, ["printed or not_printed"]),
        (documents.FISCAL_DOUBT, False, []),
        (documents.FISCALISING, False, []),
    ],
)
def test_what_to_do_about_an_unfinished_document_is_said(state: str, person: bool, words: list[str]) -> None:
    found = till("open")
    document = Document("s-1", "sale", "000007", 0, state=state, doubt="no answer", person_needed=person)
    found.documents["s-1"] = document
    (told,) = views.status_view(found, [], "1", HEAD)["unfinished"]
    assert (told["id"], told["state"], told["cash_transaction"]) == ("s-1", state, "draft")
    assert (told["advice"] is None) == (not words)
    assert all(word in told["advice"] for word in words)
