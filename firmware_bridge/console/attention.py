"""Beside a till: what goes on around the commands of one session: work that takes its time, and what is told unasked.

The session's thread holds the terminal. A command works on a thread of its own (work.py), and what it says and asks
comes through here; whoever does not want to wait for it gets the prompt back.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_bridge.clock import TillClock
from firmware_bridge.console import work
from firmware_bridge.console.client import Api, Refused, TillAway
from firmware_bridge.console.filters import Filter
from firmware_bridge.console.news import News, Pace
from firmware_bridge.console.terminal import Gone, Idle, Interrupted, Terminal
from firmware_bridge.console.words import Words
from firmware_bridge.console.work import LeftAlone, Reached, Work
from firmware_bridge.errors import UserError
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.log_queue import one_line
from firmware_bridge.progress import QUIET, Progress, grouped

Ended = Callable[[str, str, str], None]
"""Told of a command that went on unattended: its name, whose it was, how it ended."""


def explained(words: Words, error: BaseException | None) -> tuple[str, str]:
    """What became of a command: a sentence, and done, refused, failed, doubtful or stopped."""
    match error:
        case None:
            return words("done"), "done"
        case Interrupted() | Gone() | Idle():
            return words("work.stopped"), "stopped"
        case TillAway():
            return words.said(error.text), "doubtful"
        case Refused():
            return words.said(error.text), "refused"
        case UserError():
            told = UserError(words.said(error.text), words.said(error.hint))
            return told.line().removeprefix("firmware-bridge: "), "failed"
        case JournalError():
            return words.said(str(error)), "failed"
        case OSError():
            return f"{error.filename or ''} {words.said(error.strerror or str(error))}".strip(), "failed"
        case _:  # a till of another release, say: the line must stay
            return words("session.odd", text=one_line(error)), "failed"


def minutes(seconds: float) -> str:
    """ "0:07", "12:30": minutes and seconds, in every language."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"


class Attention:
    """`words`: of the session's language now. `ended`: told of what ended unattended."""

    def __init__(self, terminal: Terminal, clock: TillClock, words: Callable[[], Words], ended: Ended) -> None:
        self.filter: Filter | None = None
        self._terminal = terminal
        self._clock = clock
        self._words = words
        self._ended = ended
        self._behind: tuple[Work, str] | None = None
        self._stopping: list[Work] = []
        self._pace = Pace(clock.monotonic)
        self._news: News | None = None

    # --- for commands, on whichever thread --------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Some lines, as far as they are wanted."""
        mine = work.current()
        if mine is None:
            self._say(text)
        else:
            mine.call(lambda: self._say(text), None if mine.stops else "")  # what changes something is not stopped

    def _say(self, text: str) -> str:
        if self.filter is None:
            self._terminal.say(text)
        else:
            self.filter.say(text, self._terminal.say)
        return ""

    def ask(self, question: str, *, hidden: bool = False) -> str:
        """What was typed. Raises Interrupted where nobody waits for the answer any more, and as Terminal.ask."""
        mine = work.current()
        if mine is None:
            return self._terminal.ask(question, hidden=hidden)
        return mine.call(lambda: self._terminal.ask(question, hidden=hidden))

    @property
    def progress(self) -> Progress:
        """For a command to tell how far it is."""
        return work.current() or QUIET

    # --- for the session --------------------------------------------------------------------------------------------

    @property
    def busy(self) -> str:
        """What goes on unattended; "" = nothing."""
        return self._behind[0].name if self._behind is not None and self._behind[0].alive else ""

    def attend(self, name: str, person: str, act: Callable[[], None], *, stops: bool) -> str:
        """Carry it out and wait; returns how it ended: done, stopped, or left. Raises what it raised."""
        one = Work(name, act, self._clock.monotonic, stops=stops)
        try:
            one.wait(self._terminal.interrupted, self._tell_reached)
        except LeftAlone:
            return self._leave(one, person)
        except BaseException:
            one.leave()
            one.join()
            raise
        self.counted()
        return "done"

    def _leave(self, one: Work, person: str) -> str:
        self.filter = None
        one.leave()
        if one.stops:
            self._stopping = [*(other for other in self._stopping if other.alive), one]
            self._terminal.say(self._words()("work.stopped"))
            return "stopped"
        self._terminal.say(self._words()("work.goes_on", what=one.name))
        self._behind = (one, person)
        return "left"

    def counted(self) -> None:
        """Say how many lines there were, where only that was asked for."""
        if self.filter is not None and self.filter.counts:
            self._terminal.say(self._words()("filter.count", count=self.filter.count))

    def _tell_reached(self, reached: Reached) -> None:
        words, spent = self._words(), minutes(reached.spent)
        if not reached.total:
            self._terminal.say(words("work.going", spent=spent))
            return
        facts = {"done": grouped(reached.done), "total": grouped(reached.total), "rate": grouped(round(reached.rate))}
        left = "?" if reached.left is None else minutes(reached.left)
        self._terminal.say(words("work.at", left=left, **facts))

    def finish(self) -> None:
        """Listen no more, and wait for what still goes on: a till that was stopped for it has to be started again."""
        self.listen_no_more()
        for one in [*self._stopping, *([self._behind[0]] if self._behind is not None else [])]:
            one.join()
        self._end_behind()

    # --- what is told unasked ---------------------------------------------------------------------------------------

    def listen(self, looker: Callable[[], Api | None]) -> None:
        """Somebody is at the prompt: hear what happens at the till, asked as `looker`."""
        if self._news is None:
            self._news = News(looker, self._pace, self._clock.monotonic)

    def listen_no_more(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            news.close()

    def expect(self) -> None:
        """The till was stopped or started by hand: its silence is no news."""
        if self._news is not None:
            self._news.expect()

    def heard(self) -> list[str]:
        """What is to be said at the prompt now."""
        told = self._end_behind()
        if (found := self._pace.take()) is not None:
            message, more = found
            words = self._words()
            told.append(words(message.key, **{name: words.said(fact) for name, fact in message.facts.items()}))
            if more:
                told.append(self._words()("news.more", count=more))
        return told

    def _end_behind(self) -> list[str]:
        if self._behind is None or self._behind[0].alive:
            return []
        (one, person), self._behind = self._behind, None
        text, result = explained(self._words(), one.error)
        self._ended(one.name, person, result)
        return [f"{one.name}: {text}"]
