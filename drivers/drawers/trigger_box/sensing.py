"""On the way back from a drawer: how a trigger box tells where its drawers stand.

Each way turns what the port gives into levels of a switch, numbered by drawer; `True` is the high one. What a level
means, and whether it is believed, is WatchedDrawer's business. Times in seconds of a clock that only goes forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from drivers.drawers.trigger_box.boxes import LineName
from drivers.drawers.trigger_box.replies import EscapeReplies, Reports, StatusBytes
from drivers.ports.base import HasLines, Lines, Port, PortLost

Levels = list[tuple[int, bool]]
Replies = EscapeReplies | StatusBytes | Reports

_NEVER: Final = float("inf")
_FAST_S: Final = 0.05
_SLOW_S: Final = 0.5
_ASK_FAST_S: Final = 0.1
_ASK_SLOW_S: Final = 1.0
_ANSWER_S: Final = 0.5
_WRITE_S: Final = 0.5
_MISSES: Final = 3
_STREAMS_S: Final = 0.04


class Telling(Protocol):
    """One way of telling, for one connection."""

    def begin(self, now: float) -> None:
        """The port has just been opened."""

    def due(self, now: float, *, moving: bool) -> float:
        """When `look` is wanted, never before `now`; infinity for never."""

    def look(self, now: float) -> Levels:
        """Look by oneself. Raises PortLost."""

    def glance(self, now: float) -> Levels:
        """What can be known at this moment without sending a byte. Raises PortLost."""

    def heard(self, data: bytes, now: float) -> Levels:
        """Bytes came."""

    def kicked(self, now: float) -> None:
        """The last byte of a kick has left."""

    @property
    def silent(self) -> bool:
        """Is it asked and does not answer?"""


class Nothing:
    """It never tells."""

    silent = False

    def begin(self, now: float) -> None: ...

    def due(self, now: float, *, moving: bool) -> float:
        return _NEVER

    def look(self, now: float) -> Levels:
        return []

    def glance(self, now: float) -> Levels:
        return []

    def heard(self, data: bytes, now: float) -> Levels:
        return []

    def kicked(self, now: float) -> None: ...


class OnLine(Nothing):
    """A modem line for each drawer. `seen`: all four, as they were last."""

    def __init__(self, port: Port, lines: Mapping[int, LineName]) -> None:
        self._port = port
        self._lines = lines
        self._looked_at = 0.0
        self.seen: Lines | None = None

    def begin(self, now: float) -> None:
        self._looked_at = float("-inf")

    def due(self, now: float, *, moving: bool) -> float:
        pause = _FAST_S if moving else _SLOW_S
        if isinstance(self._port, HasLines):
            self._port.watch_lines(pause)
        return max(now, self._looked_at + pause)

    def look(self, now: float) -> Levels:
        self._looked_at = now
        seen = self._port.lines() if isinstance(self._port, HasLines) else None
        if seen is None:
            raise PortLost(
                "it has no modem lines, and the drawer's switch is configured to be told on one; nothing was sent; "
                'connect the box to a serial port, or set sense_open_level = "none"',
                port=self._port.name,
            )
        self.seen = seen
        return [(number, bool(getattr(seen, name))) for number, name in self._lines.items()]

    def glance(self, now: float) -> Levels:
        return self.look(now)


class AsStream(Nothing):
    """00 over and over: high. It must last a moment, so that one byte of noise is no open drawer."""

    def __init__(self, gap_s: float = 0.5) -> None:
        self._gap_s = gap_s
        self._first = self._last = self._next = 0.0

    def begin(self, now: float) -> None:
        self._first = self._last = float("-inf")
        self._next = now + self._gap_s

    def due(self, now: float, *, moving: bool) -> float:
        return max(now, self._next)

    def look(self, now: float) -> Levels:
        levels = self.glance(now)
        self._next = now + self._gap_s
        return levels

    def glance(self, now: float) -> Levels:
        """Has nothing come for so long?"""
        return [(1, False)] if now >= self._next else []

    def heard(self, data: bytes, now: float) -> Levels:
        if 0 not in data:
            return []
        if now - self._last > self._gap_s:
            self._first = now
        self._last = now
        self._next = now + self._gap_s
        return [(1, True)] if now - self._first >= _STREAMS_S else []


class ByQuestion:
    """It is asked, one drawer after the other; only an answer that comes twice running counts.

    `deaf_s`: after a kick, and after the port was opened (somebody may have kicked just before), nothing is asked.
    """

    def __init__(self, port: Port, questions: Mapping[int, bytes], replies: Replies, deaf_s: float) -> None:
        self._port = port
        self._questions = questions
        self._replies = replies
        self._deaf_s = deaf_s
        self._not_before = self._asked_at = 0.0
        self._waiting: list[int] = []
        self._last: dict[int, bool] = {}
        self._doubted = False
        self._misses = 0

    def begin(self, now: float) -> None:
        self._replies.reset()
        self._waiting.clear()
        self._last.clear()
        self._doubted = False
        self._misses = 0
        self._not_before = now + self._deaf_s
        self._asked_at = float("-inf")

    @property
    def silent(self) -> bool:
        return self._misses >= _MISSES

    def due(self, now: float, *, moving: bool) -> float:
        if self._waiting:
            return max(now, self._asked_at + _ANSWER_S)
        pause = 0.0 if self._doubted else _ASK_FAST_S if moving else _ASK_SLOW_S
        return max(now, self._not_before, self._asked_at + pause)

    def look(self, now: float) -> Levels:
        """Ask, unless an answer is still on its way or must not be asked for now."""
        if now < self._not_before:
            return []
        if self._waiting:
            if now < self._asked_at + _ANSWER_S:
                return []
            self._misses += 1
        self._doubted = False
        self._asked_at = now
        self._replies.reset()  # a half of something older is no answer to this question
        self._waiting = list(self._questions)
        for question in dict.fromkeys(self._questions.values()):
            _whole(self._port, question)
        return []

    def glance(self, now: float) -> Levels:
        return []

    def heard(self, data: bytes, now: float) -> Levels:
        levels = []
        for number, high in self._replies.feed(data):
            if number not in self._waiting:
                continue  # nobody asked: noise, or somebody else's question
            self._waiting.remove(number)
            self._misses = 0
            if self._last.get(number) is high:
                levels.append((number, high))
            else:
                self._doubted = True
            self._last[number] = high
        return levels

    def kicked(self, now: float) -> None:
        self._not_before = now + self._deaf_s
        self._waiting.clear()


def _whole(port: Port, question: bytes) -> None:
    """Half a question is worse than none: what follows it would be taken for its end."""
    sent = port.write(question, _WRITE_S)
    if 0 < sent < len(question):
        sent += port.write(question[sent:], _WRITE_S)
    if 0 < sent < len(question):
        raise PortLost("it took half a question; it is opened anew; look at the drawer", port=port.name)
