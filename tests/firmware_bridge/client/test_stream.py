"""Events through whatever happens to the line: each once, in order, and none left out."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field

import pytest

from firmware_bridge.api.answer_schema import Event
from firmware_bridge.client import errors
from firmware_bridge.client.asking import Patience
from firmware_bridge.client.line import Tcp, TokenText
from firmware_bridge.client.stream import MAX_EVENT, Silence
from firmware_bridge.client.till import Till
from tests.firmware_bridge.client.scripted import (
    STAYS,
    TOKEN,
    Request,
    Step,
    hang_up,
    problem,
    raw,
    reset,
    scripted,
    silent,
    whole,
)

LAST = 6
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
_BRISK = Patience(answer_s=2, first_pause_s=0.001, longest_pause_s=0.01)


def told(after: int) -> bytes:
    """The stream of a till whose journal has the numbers 2, 4 … 2 * LAST, behind `after`."""
    parts = [b": events\n\n"]
    for number in range(2, 2 * LAST + 1, 2):
        if number > after:
            event = {"seq": number, "at": "2026-01-01T00:00:00Z", "name": "SaleRequested", "subject": f"s-{number}"}
            content = json.dumps({**event, "intention": False, "data": {"text": "Хліб"}}, ensure_ascii=False)
            parts.append(f"id: {number}\ndata: {content}\n\n: keep-alive\n\n".encode())
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


@dataclass
class Cuts:
    """A line that is cut after so many bytes of the answer, connection by connection; afterwards it holds."""

    at: Iterator[int]
    positions: list[int] = field(default_factory=list)

    def __call__(self, line: socket.socket, request: Request) -> None:
        self.positions.append(int(request.headers.get("last-event-id", "0")))
        answer = _HEAD + told(self.positions[-1])
        cut = next(self.at, None)
        line.sendall(answer if cut is None else answer[: cut % len(answer)])
        if cut is not None and cut % 3 == 0:
            reset(line, request)


def careful(port: int) -> list[int]:
    """What the client gives out until the last event that there is."""
    till = Till(lambda: Tcp("127.0.0.1", port), TokenText(TOKEN), _BRISK)
    with till.events(0) as events:
        return [event.seq for event in itertools.takewhile(_not_the_last, events)] + [events.last]


def _not_the_last(event: Event) -> bool:
    return event.seq != 2 * LAST


def careless(port: int) -> list[int]:
    """What a reader gives out that begins anew with each connection."""
    found: list[int] = []
    while 2 * LAST not in found:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/v1/events")
            with connection.getresponse() as response:
                found.extend(int(line[4:]) for line in response if line.startswith(b"id: "))
    return found


def sins(found: list[int]) -> list[str]:
    """What a reader was told too little or too often."""
    wanted = list(range(2, 2 * LAST + 1, 2))
    doubled = [f"{number} came twice" for number in wanted if found.count(number) > 1]
    return [*doubled, *(f"{number} never came" for number in wanted if number not in found)] or (
        [] if found == wanted else ["out of order"]
    )


def test_a_stream_that_is_cut_at_any_byte_has_no_gap_and_no_double(seed: int) -> None:
    length = len(_HEAD) + len(told(0))
    chance = random.Random(seed)
    for first in chance.sample(range(length), 120):
        cuts = Cuts(iter([first, chance.randrange(length)]))
        with scripted(cuts) as till:
            assert sins(careful(till.port)) == [], f"cut at {first}, then from {cuts.positions}"
        assert cuts.positions == sorted(cuts.positions), "it goes on where it was"


def test_a_reader_that_begins_anew_is_caught_by_the_same_check() -> None:
    middle = (len(_HEAD) + len(told(0))) // 6 * 3 + 1  # not reset: all that was sent arrives
    with scripted(Cuts(iter([middle]))) as till:
        assert any("came twice" in sin for sin in sins(careless(till.port)))


@pytest.mark.parametrize(
    "step",
    [
        hang_up,
        reset,
        raw(whole(200, b"<h1>Sign in!</h1>", "text/html")),
        raw(whole(200, b"data: {}\n\n", "text/event-stream")),
        raw(whole(200, b'data: {"seq": "two"}\n\n', "text/event-stream")),
        raw(whole(200, b"data: " + b"x" * (MAX_EVENT + 1), "text/event-stream")),
        problem("internal", 500),
        problem("too-many", 503, headers={"Retry-After": "0"}),
    ],
)
def test_whatever_is_no_stream_is_left_and_tried_again(step: Step) -> None:
    with scripted(step, Cuts(iter(()))) as till:
        assert sins(careful(till.port)) == []


def stays(line: socket.socket, request: Request) -> str:
    """Tells all that there is, and then nothing, not even that it is alive."""
    line.sendall(_HEAD + told(int(request.headers["last-event-id"])))
    return STAYS


def breaks_off(line: socket.socket, request: Request) -> str:
    """The same, but for the end of the last event."""
    line.sendall((_HEAD + told(int(request.headers["last-event-id"])))[:-25])
    return STAYS


def test_a_line_without_a_sign_of_life_is_made_anew() -> None:
    with scripted(silent, breaks_off, stays) as till:
        quick = Patience(answer_s=0.1, first_pause_s=0.001)
        listener = Till(lambda: Tcp("127.0.0.1", till.port), TokenText(TOKEN), quick)
        with listener.events(2 * LAST - 2, Silence(gone_s=0.1)) as events:
            assert next(events).seq == 2 * LAST
        assert len(till.asked) == 3


def test_the_reader_ends_when_nothing_happens_for_so_long() -> None:
    with scripted(stays) as till:
        listener = Till(lambda: Tcp("127.0.0.1", till.port), TokenText(TOKEN), _BRISK)
        with listener.events(4, Silence(wait_s=0.2)) as events:
            assert [event.seq for event in events] == [6, 8, 10, 12]
            assert events.last == 12


def test_closing_from_another_thread_ends_the_reader_at_once() -> None:
    with scripted(stays) as till:
        events = Till(lambda: Tcp("127.0.0.1", till.port), TokenText(TOKEN), _BRISK).events(2 * LAST - 2)
        found: list[Event] = []
        reader = threading.Thread(target=lambda: found.extend(events))
        reader.start()
        began = time.monotonic()
        while events.last < 2 * LAST:
            reader.join(0.005)
        events.close()
        reader.join(5)
        assert not reader.is_alive()
        assert time.monotonic() - began < 4
        assert [event.seq for event in found] == [2 * LAST]
        assert list(events) == []


def test_who_may_not_see_events_is_told_so() -> None:
    with scripted(problem("role-refused", 403)) as till:
        listener = Till(lambda: Tcp("127.0.0.1", till.port), TokenText(TOKEN), _BRISK)
        with listener.events(0) as events, pytest.raises(errors.NotAllowed):
            next(events)


def test_a_till_that_is_away_for_so_long_is_said_to_be() -> None:
    with scripted(hang_up) as till:
        port = till.port
    listener = Till(lambda: Tcp("127.0.0.1", port), TokenText(TOKEN), _BRISK)
    with listener.events(0, Silence(wait_s=0.1)) as events, pytest.raises(errors.TillAway):
        next(events)
    with scripted(raw(b"nothing")) as till:
        listener = Till(lambda: Tcp("127.0.0.1", till.port), TokenText(TOKEN), _BRISK)
        with listener.events(0, Silence(wait_s=0.1)) as events, pytest.raises(errors.NotATill):
            next(events)
