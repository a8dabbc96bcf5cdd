"""The register is never jammed, nothing is lost and nothing doubled, whatever the line, the clocks and the power do.

Rules against a model of the vendor's register, over days at random. Each rule that this rests on is broken once, and
the same check must catch it. `pytest -m campaign` plays thousands of schedules (SCHEDULES, SEED in the environment).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_bridge.progress import QUIET, Progress
from statemachines.offline import OfflineSettings
from statemachines.vocabulary.commands import ResolveJam
from tests.support.money_model import Wrong
from tests.support.offline_bench import MANAGER
from tests.support.offline_broken import pool_never_read
from tests.support.offline_chain import Options
from tests.support.offline_controls import CONTROLS, Control, catch
from tests.support.offline_line import UNSURE
from tests.support.offline_schedule import campaign, replayable
from tests.support.offline_story import MINUTE, Story, held_bytes, long_outage

SLICE = 10
PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_the_register_is_never_jammed_and_nothing_is_lost(part: int, seed: int) -> None:
    played = [replayable(seed, number) for number in range(part * SLICE + 1, (part + 1) * SLICE + 1)]
    assert sum(one.steps for one in played) >= SLICE * 40


def test_a_schedule_is_the_same_again_from_its_seed_and_number() -> None:
    first, again = (replayable(7, 3) for _ in range(2))
    assert (first.steps, first.counted) == (again.steps, again.counted)
    assert first.counted != replayable(8, 3).counted


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")


@pytest.mark.campaign
def test_over_thousands_of_schedules_too(seed: int) -> None:
    count = int(os.environ.get("SCHEDULES") or 3000)
    # whole lines: several workers may have this terminal
    told = Progress(_line, every_s=30) if sys.stderr.isatty() else QUIET
    total = campaign(seed, count, told)
    assert total.schedules == count
    outages = ("outages of the line", "short outages of the line", "outages of the tax service", "automatic offline")
    unanswered = (f"exchange {fate}" for fate in UNSURE)
    for what in (*outages, *unanswered, "kills", "restarts of the machine", "sessions", "documents delivered"):
        assert total.counted[what] > count / 20, what


# --- a rule that is broken ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: str(control.name))
def test_a_broken_rule_is_caught_and_the_whole_rules_pass_the_same_schedule(control: Control) -> None:
    found = catch(control)
    assert found is not None, "not caught"
    assert control.says in found.message
    replayable(1, found.number, control.steps)


def many_times_off_line_by_itself() -> Story:
    """Each time the register spends a code of which nobody tells us; then the till sells down to its reserve."""
    story = Story(OfflineSettings(code_reserve=4, refill_below=0, refill_to=30), Options(codes=30))
    story.given(30)
    for _ in range(8):
        story.register.lose_tax_service()
        assert story.sell()
        story.later(2 * MINUTE)
    story.line = "down"
    while story.sell():
        story.later(MINUTE)
    story.line = "up"
    story.rest()
    return story


def test_codes_that_the_register_used_unseen_stand_on_no_document_of_ours() -> None:
    assert many_times_off_line_by_itself().truth.counted["stamped"] >= 5


def test_control_a_till_that_does_not_read_the_codes_again_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    pool_never_read(monkeypatch)
    with pytest.raises(Wrong, match="is not free"):
        many_times_off_line_by_itself()


def test_what_the_register_makes_by_itself_while_the_till_sells_stops_the_till_and_jams_nothing() -> None:
    """Nobody can prevent that: what is sold meanwhile is dated before it. Nothing is sent, and a manager decides."""
    story = Story()
    story.given(30)
    story.line = "down"
    assert story.sell()
    story.later(MINUTE)
    story.register.lose_tax_service()
    story.line = "up"
    with pytest.raises(Wrong, match="dated after the first that the till has made"):
        story.later(MINUTE)
    assert (story.register.jam, story.register.mode) == ("", "auto")
    story.watchers.clear()  # who watches calls a jam wrong
    assert story.state.mode.state == "jammed"
    for number in range(2):
        if story.state.mode.state == "jammed":
            stuck = story.state.offline.stuck
            assert story.do(ResolveJam(f"j-{number}", MANAGER, stuck, "give_up", "accounted for by hand"))
        story.later(10 * MINUTE)
    assert story.state.mode.state == "online"
    assert story.sell()
    story.later(MINUTE)
    assert (story.register.jam, story.register.refusals) == ("", [])


# --- the check can say no -------------------------------------------------------------------------------------------


def sold_without_line() -> Story:
    """Three sales of a short outage, delivered."""
    story = Story()
    story.line = "down"
    for _ in range(3):
        assert story.sell()
        story.later(20_000)
    story.line = "up"
    story.rest()
    return story


def lose(story: Story, fiscal: str) -> None:
    story.register.documents.pop(fiscal)


def change_date(story: Story, fiscal: str) -> None:
    one = story.register.documents[fiscal]
    story.register.documents[fiscal] = replace(one, date=one.date + 1_000)


def change_code(story: Story, fiscal: str) -> None:
    one = story.register.documents[fiscal]
    story.register.documents[fiscal] = replace(one, code="another")


def double(story: Story, fiscal: str) -> None:
    """It is there under an id that it had before, too."""
    story.ids["s-1"].insert(0, "an earlier id")
    story.register.documents["an earlier id"] = story.register.documents[fiscal]


def turn_round(story: Story, _: str) -> None:
    story.register.arrivals.reverse()


def keep_back(story: Story, fiscal: str) -> None:
    story.register.documents[fiscal].delivered = False


def forget_a_record(story: Story, _: str) -> None:
    del story.records[len(story.records) // 2]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lose, "s-1 was lost"),
        (change_date, "s-1 is there under another code or date"),
        (change_code, "s-1 is there under another code or date"),
        (double, "s-1 is 2 times in the register"),
        (turn_round, "delivered out of order"),
        (keep_back, "s-1 has not reached the tax service"),
        (forget_a_record, "the records tell another state"),
    ],
)
def test_the_check_finds_what_is_wrong_in_the_books(spoil: Callable[[Story, str], None], why: str) -> None:
    story = sold_without_line()
    story.truth.at_rest(story.sold)
    spoil(story, story.ids["s-1"][-1])
    with pytest.raises(Wrong, match=why):
        story.truth.at_rest(story.sold)


# --- the longest outage ---------------------------------------------------------------------------------------------


def delivered_whole(story: Story) -> None:
    """Everything of the long outage is there once and in order, and no step was too much."""
    queue = story.state.offline.queue
    assert len(queue) == 2_003, "with the Z report, the opening and its float"
    assert held_bytes(story) < 1_000_000
    story.steps.clear()
    story.line = "up"
    story.rest()
    assert story.steps["DeliverOffline"] == 2_003
    assert story.steps["GoOffline"] == 1
    assert story.steps["GoOnline"] <= 5
    assert sum(story.steps.values()) < 2_003 + 60


def test_thirty_six_hours_and_two_thousand_documents_lose_and_double_nothing() -> None:
    delivered_whole(long_outage(look_every_ms=10 * MINUTE))


@pytest.mark.campaign
def test_the_same_when_the_register_is_looked_for_every_fifteen_seconds() -> None:
    story = long_outage(look_every_ms=15_000)
    assert story.steps["LookAtRegister"] > 5_000
    delivered_whole(story)
