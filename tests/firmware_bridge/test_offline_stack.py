"""Whatever happens to line, power, clocks and tax service: the register is never jammed, nothing is lost or doubled.

A whole till (loop, journal, lanes, HTTP) before the vendor's sandbox in virtual time. Who judges reads the journal, the
vendor's books and the papers; that he sees what goes wrong is shown on tills that are broken, and on books that are
changed. `python -m tests.support.offline_stack_campaign` plays as many lives as are wanted.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.forms import Profile
from tests.bench.offline import outage
from tests.support.offline_stack_broken import CONTROLS, Broken
from tests.support.offline_stack_campaign import played
from tests.support.offline_stack_desk import Desk
from tests.support.offline_stack_judge import wrongs
from tests.support.offline_stack_life import SHORT, live
from tests.support.offline_stack_stories import (
    Evidence,
    Story,
    a_delivery_is_not_answered,
    a_doubt_ends_while_no_shift_is_open,
    a_session_ahead_of_the_clock,
    a_working_day,
    codes_that_the_register_has_used,
    ending,
    evidence,
    going_off_line_is_not_answered,
    power_fails_while_documents_wait,
    the_line_is_back_at_once,
    the_register_closes_by_itself_meanwhile,
    told,
)

STORIES: tuple[Story, ...] = (
    a_working_day,
    a_session_ahead_of_the_clock,
    codes_that_the_register_has_used,
    going_off_line_is_not_answered,
    a_delivery_is_not_answered,
    power_fails_while_documents_wait,
    a_doubt_ends_while_no_shift_is_open,
    the_line_is_back_at_once,
)
FIRST, LIVES = 4, 4
PART = 50

# --- lives ------------------------------------------------------------------------------------------------------------


def test_no_life_jams_the_register_or_loses_or_doubles_anything() -> None:
    """The same few lives in every run; the campaign draws others each time."""
    first = int(os.environ.get("SEED") or FIRST)
    tally = played(range(first, first + LIVES), SHORT)
    assert tally.wrong == []
    assert tally.counted["offline documents"] > 0
    assert tally.counted["requests"] > LIVES * 20


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(6))
def test_hundreds_of_lives_jam_nothing(part: int, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    first = (seed + part * PART) % 2**31
    tally = played(range(first, first + PART))
    with capsys.disabled():
        sys.stdout.write("\n".join((f"\nSEED={first} LIVES={PART}", *tally.lines(), "")))
    assert tally.wrong == []


def test_a_seed_plays_the_same_life_again(seed: int) -> None:
    first, second = live(seed, actions=8, families=SHORT), live(seed, actions=8, families=SHORT)
    assert (first.profile, first.family, first.counted) == (second.profile, second.family, second.counted)


# --- stories, and tills that are broken -------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["current", "seed"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_nothing_is_wrong_after(story: Story, profile: Profile) -> None:
    assert told(story, profile=profile) == []


@pytest.mark.parametrize("broken", CONTROLS, ids=lambda broken: broken.name)
def test_control_a_broken_till_is_found_out_and_a_whole_one_is_not(broken: Broken) -> None:
    assert told(broken.story, **broken.options) == []
    with pytest.MonkeyPatch.context() as patch:
        broken.patch(patch)
        wrong = told(broken.story, parts=broken.parts, **broken.options)
    assert any(broken.says in sentence for sentence in wrong), wrong


def test_a_shift_that_the_register_closes_by_itself_meanwhile_stops_the_till_and_jams_nothing() -> None:
    """What the register dated itself lies after what the till has dated: nobody could send that, and nothing is."""

    async def end(desk: Desk) -> list[str]:
        await desk.stack.set_line("up")
        return [await desk.all_comes_back(600)]

    left = evidence(the_register_closes_by_itself_meanwhile, end, auto_close_shift_at="23:45")
    assert "the register is jammed (it has a document that is dated after the first" in left.wrong[0]
    assert (left.books["jam"], left.books["mode"], left.books["waiting"]) == ("", "ONLINE", 0)
    assert left.status["fiscal"]["waiting"]["count"] == 2, "nothing was thrown away"


def test_what_is_sold_in_an_outage_arrives_once_and_in_order() -> None:
    """`python -m tests.bench.offline` does the same with 2,000 sales in 36 hours, for both interfaces."""
    left = outage("current", documents=30, hours=0.4)
    assert (left.lost, left.doubled, left.in_order, left.wrong) == (0, 0, True, ())
    assert left.made == 30


# --- who judges -------------------------------------------------------------------------------------------------------


@cache
def whole() -> Evidence:
    return evidence(a_working_day, ending)


def judged(change: Callable[[dict[str, Any]], None]) -> str:
    """What is said of the same day when the vendor's books are changed."""
    left = whole()
    books = copy.deepcopy(left.books)
    change(books)
    return "; ".join(wrongs(left.records, books, left.printed, expected_cash=left.cash))


def lose(books: dict[str, Any]) -> None:
    books["receipts"] = [row for row in books["receipts"] if row["context"]["sale_id"] != "sale-5"]


def double(books: dict[str, Any]) -> None:
    row = next(row for row in books["receipts"] if row["is_created_offline"])
    books["receipts"].append({**row, "id": "another"})


def change_the_sum(books: dict[str, Any]) -> None:
    books["receipts"][-1]["total_sum"] += 1


def change_the_number(books: dict[str, Any]) -> None:
    books["receipts"][-1]["fiscal_code"] = "TEST-nobody"


def put_in_what_nobody_asked_for(books: dict[str, Any]) -> None:
    books["receipts"].append({**books["receipts"][-1], "id": "foreign", "context": {"sale_id": "foreign"}})


def lose_a_move(books: dict[str, Any]) -> None:
    books["service"].pop()


def lose_a_shift(books: dict[str, Any]) -> None:
    books["shifts"].pop()


def date_backwards(books: dict[str, Any]) -> None:
    chain = [row for row in books["transactions"] if row["delivered"] and row["hash"]]
    chain[-1]["dated"] = chain[0]["dated"]


def use_a_code_twice(books: dict[str, Any]) -> None:
    first, second = [row for row in books["transactions"] if row["offline_id"]][:2]
    second["offline_id"] = first["offline_id"]


def jam(books: dict[str, Any]) -> None:
    books["jam"] = "a date out of order"


def leave_waiting(books: dict[str, Any]) -> None:
    books["waiting"] = 1


def count_other_cash(books: dict[str, Any]) -> None:
    books["balance"] += 1


def count_another_total(books: dict[str, Any]) -> None:
    books["totals"]["sell"]["sum"] -= 1


def take_too_long(books: dict[str, Any]) -> None:
    for one in books["offline_sessions"]:
        one["start"] = f"2026-03-08{one['start'][10:]}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lose, "sale-5 (done) stands 0 times"),
        (double, "stands 2 times"),
        (change_the_sum, "there,"),
        (change_the_number, "and TEST-nobody at the register"),
        (put_in_what_nobody_asked_for, "nobody asked for foreign"),
        (lose_a_move, "stands 0 times in the register's books"),
        (lose_a_shift, "the register knows nothing of shift"),
        (date_backwards, "comes after"),
        (use_a_code_twice, "is on 2 documents"),
        (jam, "the register is jammed"),
        (leave_waiting, "1 documents wait there"),
        (count_other_cash, "in cash, the register"),
        (count_another_total, "sell come to"),
        (take_too_long, "h after going off line"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_control_books_that_are_changed_are_found_out(change: Callable[[dict[str, Any]], None], says: str) -> None:
    assert judged(lambda _: None) == ""
    assert says in judged(change)


def test_control_a_paper_too_many_or_too_few_is_found_out() -> None:
    left = whole()
    sale = next(job for job in left.printed if job.document_id == "sale-5")
    twice = wrongs(left.records, left.books, [*left.printed, sale], expected_cash=left.cash)
    none = [job for job in left.printed if job.document_id != "sale-5"]
    assert twice == ["sale-5 is on 2 originals"]
    assert wrongs(left.records, left.books, none, expected_cash=left.cash) == ["sale-5 is on 0 originals"]
