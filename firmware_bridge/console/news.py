"""Beside a till: what happens at the till while somebody sits at the prompt: no paper, a drawer forced, a doubt.

Read from the till's event stream (GET /v1/events) on a thread of its own, which ends with the session. A till that is
away is told of once, and once when it is back; the journal's numbers see to it that nothing is told twice.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_bridge.console.client import ANSWER_S, Api, Refused, Stream, TillAway
from firmware_bridge.errors import UserError

PAUSE_S: Final = 5.0
"""Seconds between two messages at least; what comes meanwhile is counted."""
EXPECTED_S: Final = 60.0
"""For so long after a person stopped or started the till its silence is no news."""
AGAIN_S: Final = 2.0
_MOST: Final = 100
_OF_A_STOP: Final = ("news.silent", "news.drawer_silent")  # a till that is stopped lets its devices go
#: Events of the till -> the key of their sentence, whose facts are members of the event.
_TOLD: Final[Mapping[str, str]] = {
    "PrinterPaperEnd": "news.paper",
    "PrinterCoverOpen": "news.cover",
    "PrinterFault": "news.fault",
    "PrinterSilent": "news.silent",
    "DrawerForced": "news.forced",
    "DrawerLeftOpen": "news.left_open",
    "DrawerSilent": "news.drawer_silent",
    "PrintUnresolved": "news.doubt",
    "FiscalisationDoubtful": "news.doubt",
    "ClosingStopped": "news.closing",
}
_FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "news.fault": ("cause",),
    "news.silent": ("reason",),
    "news.forced": ("drawer_id",),
    "news.left_open": ("drawer_id",),
    "news.drawer_silent": ("drawer_id", "reason"),
    "news.doubt": ("document_id", "reason"),
    "news.closing": ("reason",),
}


@dataclass(frozen=True, slots=True)
class Message:
    """`key` of the table of words with its facts."""

    key: str
    facts: Mapping[str, str] = field(default_factory=dict)


def of_event(event: Mapping[str, Any]) -> Message | None:
    """What a technician is told of an event of the till; None = nothing."""
    key = _TOLD.get(str(event.get("name")))
    found = event.get("data")
    data: Mapping[str, Any] = found if isinstance(found, dict) else {}
    if key is None or (key == "news.doubt" and data.get("person_needed") is not True):
        return None
    return Message(key, {name: str(data.get(name) or "?") for name in _FACTS.get(key, ())})


class Pace:
    """Messages in the order of their coming, one per `PAUSE_S`; those that came meanwhile are only counted."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._waiting: deque[Message] = deque(maxlen=_MOST)
        self._next = monotonic()
        self._door = threading.Lock()

    def put(self, message: Message) -> None:
        """From any thread. Away and back again before anybody was told is nothing."""
        with self._door:
            if message.key == "news.back" and self._waiting and self._waiting[-1].key == "news.away":
                self._waiting.pop()
            else:
                self._waiting.append(message)

    def take(self) -> tuple[Message, int] | None:
        """The next message and how many more there were; None while there is none, or it is too early."""
        with self._door:
            if not self._waiting or self._monotonic() < self._next:
                return None
            first, more = self._waiting[0], len(self._waiting) - 1
            self._waiting.clear()
            self._next = self._monotonic() + PAUSE_S
            return first, more


class News:
    """Listens to a till until `close`. `api`: the till, asked as whoever may look; None = nobody may.

    `again_s`: seconds until a stream that ended is begun again.
    """

    def __init__(
        self, api: Callable[[], Api | None], pace: Pace, monotonic: Callable[[], float], again_s: float = AGAIN_S
    ) -> None:
        self._again_s = again_s
        self._api = api
        self._pace = pace
        self._monotonic = monotonic
        self._ended = threading.Event()
        self._stream: Stream | None = None
        self._door = threading.Lock()
        self._after: int | None = None
        self._known = False
        self._away = False
        self._expected_until = monotonic()
        self._silently = False
        self._thread = threading.Thread(target=self._run, name="console news", daemon=True)
        self._thread.start()

    def expect(self) -> None:
        """The person has just stopped or started the till: its silence, and its devices', is no news."""
        self._expected_until = self._monotonic() + EXPECTED_S

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        with self._door:
            if self._stream is not None:
                self._stream.stop()
        self._thread.join(ANSWER_S + 1)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except TillAway:
                self._lost()
            except (Refused, UserError, ValueError, LookupError, TypeError):
                pass  # another release, no place for one more reader, a token that is gone: status says it
            self._ended.wait(self._again_s)

    def _listen(self) -> None:
        api = self._api()
        if api is None:
            return
        if self._after is None:
            self._after = int(api.get("/v1/status")["journal"]["seq"])
        stream = api.stream(f"/v1/events?after={self._after}")
        try:
            with self._door:
                self._stream = stream
            self._found()
            with contextlib.suppress(TillAway):  # that one is over; whether the till is away shows the next
                for data in stream.lines() if not self._ended.is_set() else ():
                    self._hear(json.loads(data))
        finally:
            with self._door:
                self._stream = None
            stream.close()

    def _hear(self, event: Mapping[str, Any]) -> None:
        self._after = max(self._after or 0, int(event["seq"]))
        message = of_event(event)
        if message is not None and not (message.key in _OF_A_STOP and self._monotonic() < self._expected_until):
            self._pace.put(message)

    def _found(self) -> None:
        if self._away and not self._silently:
            self._pace.put(Message("news.back"))
        self._known, self._away = True, False

    def _lost(self) -> None:
        if self._known and not self._away and not self._ended.is_set():
            self._away, self._silently = True, self._monotonic() < self._expected_until
            if not self._silently:
                self._pace.put(Message("news.away"))
