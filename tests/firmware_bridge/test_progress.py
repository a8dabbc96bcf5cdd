"""How far a long work is, said to whoever waits at a terminal: in an injected time, and on a real pseudo terminal."""

from __future__ import annotations

import io
import re
import sqlite3
import threading

import pytest

from firmware_bridge.journal.patience import ticking
from firmware_bridge.progress import Progress, duration, grouped, on_terminal, speed


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line:
    """A line that cannot be written over: what was said on it, and when (seconds since the beginning)."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.said: list[tuple[float, str]] = []
        self.heard = threading.Event()
        self.progress = Progress(self._say, self.clock)

    def _say(self, text: str) -> None:
        self.said.append((self.clock.now - 1000.0, text))
        self.heard.set()

    def steady(self, total: int, rate: float, seconds: float, step: float = 0.1) -> None:
        """So many a second are done, for so long."""
        for number in range(1, round(seconds / step) + 1):
            self.clock.now = 1000.0 + number * step
            self.progress.at(min(total, int(rate * number * step)))


class Screen(io.StringIO):
    """A terminal of no known size; `rows` is what a person sees on it in the end."""

    def __init__(self, *, terminal: bool = True) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def fileno(self) -> int:
        raise OSError("no descriptor")

    @property
    def row(self) -> str:
        """The last row, as it stands there."""
        shown = ""
        for part in re.split(r"(\r|\x1b\[K)", self.getvalue().rpartition("\n")[2]):
            shown = "" if part == "\r" else shown + part.removeprefix("\x1b[K")
        return shown


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


# --- when, and what ---------------------------------------------------------------------------------------------------


def test_nothing_is_said_in_the_first_two_seconds() -> None:
    line = Line()
    line.progress.begin("reading", 1000, "records")
    line.steady(1000, 100, 1.9)
    assert line.said == []


def test_on_a_line_a_new_one_every_two_seconds_with_rate_and_time_left() -> None:
    line = Line()
    line.progress.begin("reading", 12_000, "records")
    line.steady(12_000, 1000, 9.0)
    assert [round(at, 1) for at, _ in line.said] == [2.0, 4.0, 6.0, 8.0]
    assert line.said[1][1] == "reading: 33 %, 8 s left (4 000 of 12 000 records, 1 000/s)"


def test_the_two_seconds_are_those_of_the_whole_work_and_not_of_each_part() -> None:
    line = Line()
    for part in range(5):
        line.progress.begin(f"part {part}")
        line.clock.now += 0.5
        line.progress.tick()
    assert line.said == [(2.0, "part 3: 0 s so far")]


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    line = Line()
    line.progress.begin("reading", 100_000, "records")
    done = 0
    for number in range(1, 601):  # half a minute fast, half a minute slow
        line.clock.now = 1000.0 + number / 10
        done += 100 if number <= 300 else 10
        line.progress.at(done)
    last = line.said[-1][1]
    assert last == "reading: 33 %, 11 min left (33 000 of 100 000 records, 100/s)"


def test_what_stands_still_is_told_without_a_promise() -> None:
    line = Line()
    line.progress.begin("sending", 100, "bytes")
    line.steady(100, 20, 3.0)
    line.clock.now += 15
    line.progress.tick()
    assert line.said[-1][1] == "sending: 60 %, waiting for 15 s (60 of 100 bytes)"


def test_what_comes_once_a_minute_has_a_rate_and_a_time_left_too() -> None:
    line = Line()
    line.progress.begin("cutting", 40, "cells")
    for _ in range(20):
        line.clock.now += 60
        line.progress.advance()
    line.clock.now += 45
    line.progress.tick()
    assert line.said[-1][1] == "cutting: 50 %, 22 min left (20 of 40 cells, 54.2/h)"


def test_where_nobody_knows_how_much_there_is_the_time_so_far_is_told() -> None:
    line = Line()
    line.progress.begin("asking", unit="receipts")
    line.clock.now += 3
    line.progress.tick()
    line.progress.advance(30)
    line.clock.now += 3
    line.progress.advance(30)
    assert [text for _, text in line.said] == ["asking: 3 s so far", "asking: 60 receipts, 6 s so far (10/s)"]


def test_more_than_there_should_be_is_no_more_than_all() -> None:
    line = Line()
    line.progress.begin("reading", 10, "records")
    line.steady(30, 10, 3.0)
    assert line.said[-1][1] == "reading: 100 %, 0 s left (20 of 20 records, 10/s)"


def test_an_empty_work_has_no_share() -> None:
    line = Line()
    line.progress.begin("reading", 0, "records")
    line.clock.now += 2
    line.progress.tick()
    assert line.said == [(2.0, "reading: waiting for 2 s (0 of 0 records)")]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (9.6, "10 s"),
        (88.0, "90 s"),
        (100, "2 min"),
        (5000, "83 min"),
        (8000, "2 h 13 min"),
    ],
)
def test_time_in_plain_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_numbers_in_plain_words() -> None:
    assert [grouped(number) for number in (7, 1234, 1_234_567)] == ["7", "1 234", "1 234 567"]
    assert [speed(rate) for rate in (4123.4, 2.5, 0.2, 0.001)] == ["4 123/s", "2.5/s", "12.0/min", "3.6/h"]


def test_what_others_said_cannot_move_the_cursor() -> None:
    line = Line()
    line.progress.begin("asking \x1b]0;x\x07\r\n", None)
    line.clock.now += 2
    line.progress.tick()
    assert line.said == [(2.0, "asking <1B>]0;x<07><0D><0A>: 2 s so far")]


# --- where ------------------------------------------------------------------------------------------------------------


def shown(screen: Screen, clock: Clock, *, quiet: bool = False) -> Progress:
    progress = on_terminal(screen, clock, quiet=quiet)
    progress.begin("reading", 1000, "records")
    for _ in range(40):
        clock.now += 0.1
        progress.advance(10)
    return progress


@pytest.mark.usefixtures("terminal")
def test_a_terminal_has_one_line_that_is_written_over_and_wiped() -> None:
    screen, clock = Screen(), Clock()
    progress = shown(screen, clock)
    assert "\n" not in screen.getvalue()
    assert screen.row.startswith("reading: 3")
    assert screen.getvalue().count("\r") == 7  # from the second second on, four a second at most
    progress.close()
    assert screen.row == ""


@pytest.mark.usefixtures("terminal")
def test_a_line_is_never_longer_than_the_terminal() -> None:
    screen, clock = Screen(), Clock()
    progress = on_terminal(screen, clock)
    progress.begin("x" * 200, 1000, "records")
    clock.now += 3
    progress.at(3)
    assert len(screen.row) == 79


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_write_over_gets_new_lines_without_a_control_character(
    monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    screen, clock = Screen(), Clock()
    shown(screen, clock).close()
    assert len(screen.getvalue().splitlines()) == 2
    assert all(line.isprintable() for line in screen.getvalue().splitlines())


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("terminal_there", "quiet"), [(False, False), (True, True)])
def test_not_a_byte_where_nobody_looks(*, terminal_there: bool, quiet: bool) -> None:
    screen, clock = Screen(terminal=terminal_there), Clock()
    shown(screen, clock, quiet=quiet).close()
    assert screen.getvalue() == ""


@pytest.mark.usefixtures("terminal")
def test_a_result_s_line_stands_alone_and_gets_two_seconds_of_peace() -> None:
    screen, clock = Screen(), Clock()
    progress = shown(screen, clock)
    progress.aside(lambda text: print(text, file=screen))("a result")
    assert screen.getvalue().endswith("\r\x1b[Ka result\n")
    clock.now += 1.9
    progress.tick()
    assert screen.getvalue().endswith("a result\n")
    clock.now += 0.2
    progress.tick()
    assert screen.row.startswith("reading: 40 %")


@pytest.mark.usefixtures("terminal")
def test_a_terminal_that_is_gone_does_not_end_the_work() -> None:
    class Gone(Screen):
        def write(self, _: str) -> int:
            raise OSError("hung up")

    shown(Gone(), Clock()).close()


def test_a_pulse_tells_of_the_time_while_one_answer_is_waited_for() -> None:
    line = Line()
    line.progress.begin("asking")
    line.clock.now += 3
    with line.progress.pulse():
        assert line.heard.wait(20)
    assert line.said == [(3.0, "asking: 3 s so far")]


# --- SQLite's own long queries ----------------------------------------------------------------------------------------

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"


def test_a_query_ticks_while_it_runs() -> None:
    line = Line()
    line.progress.begin("counting")
    connection = sqlite3.connect(":memory:")
    line.clock.now += 2
    with ticking(connection, line.progress):
        assert connection.execute(LONG).fetchone() == (300_000,)
    connection.close()
    assert line.said == [(2.0, "counting: 2 s so far")]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ArithmeticError])
def test_what_a_tick_raises_ends_the_query_and_is_raised_there(stop: type[BaseException]) -> None:
    def says(_: str) -> None:
        raise stop

    clock = Clock()
    progress = Progress(says, clock)
    clock.now += 3
    connection = sqlite3.connect(":memory:")
    with pytest.raises(stop), ticking(connection, progress):
        connection.execute(LONG).fetchone()
    assert connection.execute("SELECT 1").fetchone() == (1,)
    connection.close()


def test_a_query_that_is_wrong_keeps_its_own_error() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError, match="no such table"), ticking(connection, Line().progress):
        connection.execute("SELECT * FROM absent")
    connection.close()
