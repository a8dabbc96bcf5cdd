"""Work that takes its time: a line every two seconds, Ctrl-C heard, and what changes something comes to its end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from firmware_bridge.console.grammar import TECHNICAL, Command, Grammar
from firmware_bridge.console.house import House
from firmware_bridge.console.session import Session
from firmware_bridge.console.terminal import Ended
from tests.firmware_bridge.console.far import PATIENCE_S, Clock, Far, loaded, technicians_config

NOBODY = 9  # the port "discard": no till is there


class Desk:
    """A session whose commands are `do`: `look` only looks, `act` changes something; `far` is who types."""

    def __init__(self, folder: Path, far: Far, do: Callable[[Session], None], *, signed_in: bool = True) -> None:
        self.path = technicians_config(folder, NOBODY)
        self.clock = Clock()
        self.far = far

        def carry_out(session: Session, _: Sequence[str]) -> None:
            do(session)

        grammar = Grammar(
            (
                Command("look", "", carry_out, examples=("look",)),
                Command("act", "", carry_out, TECHNICAL, examples=("act",)),
                Command("quick", "", lambda session, _: session.say("quick it was"), examples=("quick",)),
                Command("other", "", lambda session, _: session.say("other done"), TECHNICAL, examples=("other",)),
            )
        )
        self.session = Session(House.of(self.path, self.clock, "9.9"), far, grammar, "test")
        if signed_in:
            self.session.person = loaded(self.path).api.clients[-1]

    def run(self) -> str:
        self.session.run()
        return self.far.text

    @property
    def results(self) -> list[tuple[str, str]]:
        """Command and result of each act, as it was written down."""
        place = self.path.with_name("journal.sqlite.console")
        rows = [json.loads(line) for line in place.read_text("utf-8").splitlines()] if place.exists() else []
        return [(row["command"].partition(":")[0], row["result"]) for row in rows if row.get("result")]


def test_how_far_it_is_with_rate_and_time_left_every_two_seconds_and_not_before(tmp_path: Path) -> None:
    far = Far(("> ", "look\r"), ("all of it\nolena> ", "\x04"))

    def work(session: Session) -> None:
        session.progress.begin("reading", 1000)
        for done, count, left in ((100, "100", "0:18"), (500, "500", "0:10"), (1000, "1 000", "0:00")):
            desk.clock.now = done / 50
            session.progress.at(done)
            far.until(f"... {count} of 1 000, 50 a second, {left} left\n")
        session.say("all of it")

    desk = Desk(tmp_path, far, work)
    assert desk.run().count("... ") == 3


def test_a_work_that_cannot_tell_says_how_long_it_takes_already(tmp_path: Path) -> None:
    far = Far(("> ", "look\r"), ("ended\nolena> ", "\x04"))

    def work(session: Session) -> None:
        desk.clock.now = 75.0
        far.until("... still at it, 1:15; Ctrl-C ends the waiting\n")
        session.say("ended")

    desk = Desk(tmp_path, far, work)
    assert desk.run().count("still at it") == 1


def test_what_is_done_at_once_says_nothing_of_itself(tmp_path: Path) -> None:
    far = Far(("> ", "quick\r"), ("it was\nolena> ", "\x04"))
    assert "..." not in Desk(tmp_path, far, lambda _: None).run()


@pytest.mark.parametrize("telling", ["progress", "say", "ask"])
def test_ctrl_c_stops_what_only_looks_at_its_next_word(tmp_path: Path, telling: str) -> None:
    begun, ended = threading.Event(), threading.Event()
    far = Far(("> ", "look\r"), ("still at it", "\x03"), ("Stopped. It had only looked: nothing was changed.", "\x04"))

    def work(session: Session) -> None:
        desk.clock.now += 3.0
        begun.set()
        far.until("Stopped.")
        try:
            if telling == "progress":
                session.progress.at(1)
            elif telling == "say":
                session.say("never said")
            else:
                session.ask("never asked?")
        finally:
            ended.set()

    desk = Desk(tmp_path, far, work)
    assert "never" not in desk.run()
    assert ended.is_set(), "a session waits for what it left behind"


def test_ctrl_c_leaves_what_changes_something_to_its_end_which_is_told_and_written_down(tmp_path: Path) -> None:
    end, ended = threading.Event(), threading.Event()
    far = Far(
        ("> ", "act\r"), ("still at it", "\x03"), ("act goes on without you", ""), ("olena> ", "other\r"),
        ("act still goes on; wait for its end. Nothing was done.\nolena> ", "quick\r"), ("quick it was\nolena> ", "ha"),
        ("act: Done.\nolena> ha", "\x15other\r"), ("other done\nolena> ", "\x04"),
    )  # fmt: skip

    def work(session: Session) -> None:
        desk.clock.now += 3.0
        far.until("goes on without you")
        session.say("nobody hears this")
        far.until("quick it was\nolena> ha")
        end.set()
        ended.set()

    desk = Desk(tmp_path, far, work)
    assert "nobody hears" not in desk.run()
    assert desk.results == [("act", "left"), ("act", "done"), ("other", "done")]


def test_whoever_hangs_up_in_the_middle_leaves_no_act_half_done(tmp_path: Path) -> None:
    ended = threading.Event()
    far = Far(("> ", "act\r"), ("still at it", "\x03"), ("goes on without you", "\x04"))

    def work(_: Session) -> None:
        desk.clock.now += 3.0
        far.until("goes on without you")
        for _step in range(20):
            ended.wait(0.01)
        ended.set()

    desk = Desk(tmp_path, far, work)
    desk.run()
    assert ended.is_set()
    assert desk.results == [("act", "left"), ("act", "done")]


def test_a_question_of_an_act_that_nobody_waits_for_is_an_end_of_it(tmp_path: Path) -> None:
    far = Far(("> ", "act\r"), ("still at it", "\x03"), ("olena> ", "x"), ("act: Stopped.", "\x15\x04"))

    def work(session: Session) -> None:
        desk.clock.now += 3.0
        far.until("goes on without you")
        session.ask("Is it open? ")

    desk = Desk(tmp_path, far, work)
    assert "Is it open" not in desk.run()
    assert desk.results == [("act", "left"), ("act", "stopped")]


def test_what_was_typed_meanwhile_is_the_next_line(tmp_path: Path) -> None:
    far = Far(("> ", "look\r"), ("still at it", "quick\r"), ("quick it was\nolena> ", "\x04"))

    def work(session: Session) -> None:
        desk.clock.now += 3.0
        far.until("still at it")
        session.say("looked")

    desk = Desk(tmp_path, far, work)
    text = desk.run()
    assert text.index("looked") < text.index("quick it was")


def test_a_change_that_was_not_kept_is_said_to_be_taken_back_at_the_prompt(tmp_path: Path) -> None:
    far = Far(
        ("> ", "st"), ("The change was taken back: the configuration is as it was before.\nolena> st", "\x15\x04")
    )
    desk = Desk(tmp_path, far, lambda _: None)
    desk.session.tries = True  # a change was on trial, and its note is gone
    assert desk.run().count("taken back") == 1


def test_an_error_of_the_work_is_said_as_ever_and_the_filter_hides_it_not(tmp_path: Path) -> None:
    far = Far(("> ", "look | include nothing\r"), ("no such thing\nolena> ", "\x04"))

    def work(session: Session) -> None:
        session.say("not wanted")
        raise OSError(2, "no such thing")

    assert "not wanted" not in Desk(tmp_path, far, work).run()


def test_lines_are_counted_behind_a_filter(tmp_path: Path) -> None:
    far = Far(("> ", "look | include a | count\r"), ("lines: 2\nolena> ", "\x04"))
    Desk(tmp_path, far, lambda session: session.say("a\nb\nca")).run()


def test_a_console_that_is_told_to_end_stops_a_look_and_waits_for_an_act(tmp_path: Path) -> None:
    class Told(Far):
        """Is told to end while something is at work."""

        def read(self, timeout: float) -> bytes:
            if b"working" in self.seen:
                raise Ended
            return super().read(timeout)

    for line, stopped in (("look", True), ("act", False)):
        told = threading.Event()
        result: list[bool] = []
        far = Told(("> ", f"{line}\r"), ("never", ""))

        def work(session: Session, told: threading.Event = told, result: list[bool] = result) -> None:
            session.say("working")
            try:
                for _ in range(round(PATIENCE_S * 100)):
                    session.progress.tick()
                    if told.wait(0.01):
                        break
                result.append(False)
            except BaseException:
                result.append(True)
                raise

        folder = tmp_path / line
        folder.mkdir()
        desk = Desk(folder, far, work)
        threading.Timer(0.3, told.set).start()
        desk.run()
        assert result == [stopped]
