"""On a sale's way back: what a till is told of its books by the gateway that keeps them, as bytes, in order.

    ["advance", book, seq, {our id: vendor's id}, [[seq, [place, ...], state, on, reason, at], ...], [seq, ...],
     nil | [seq, operation, sends, at], ...]
    ["event", body, ...]    body: as the journal has an event's

An advance is what the gateway's lane wrote: the till writes the same beside its own journal, so that whoever asks the
till what its books owe is answered from there, with or without a network. Further elements are ignored, and so is a
kind that this release does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast, get_args

import msgpack

from firmware_bridge.journal import codec
from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.journal.records import Advance, Intent, Parked, ParkedState
from firmware_bridge.uplink.limits import MAX_ITEMS
from statemachines.vocabulary.events import Event, Occurred

MAX_NEWS = 64
"""News handed out at once."""
_STATES = get_args(ParkedState)


@dataclass(frozen=True, slots=True)
class News:
    """One piece: its number (from 1) and its bytes."""

    number: int
    body: bytes


class NoNews(ValueError):
    """Bytes that are no news this release knows; nothing was done."""


def of_advance(advance: Advance) -> bytes:
    """Return the news of a lane's step."""
    rows = [[row.seq, row.place, row.state, row.on, row.reason, row.at] for row in advance.parked]
    intent = advance.intent
    request = None if intent is None else [intent.seq, intent.operation, intent.sends, intent.at]
    raw: bytes = msgpack.packb(
        ["advance", advance.book, advance.seq, dict(advance.refs), rows, list(advance.resolved), request]
    )
    return raw


def of_event(event: Event) -> bytes:
    """Return the news of what a lane has to tell the till. Raises NotStorable."""
    _, body = codec.encode(Occurred(event=event, at=0, mono=0))
    raw: bytes = msgpack.packb(["event", body])
    return raw


def read(body: bytes) -> Advance | Event:
    """Return what a piece of news says. Raises NoNews and nothing else."""
    try:
        raw = msgpack.unpackb(body, raw=False, strict_map_key=True, max_ext_len=0, max_array_len=MAX_ITEMS)
        match raw:
            case ["advance", str(book), int(seq), dict(refs), list(rows), list(resolved), intent, *_]:
                return _advance(book, seq, refs, rows, resolved, intent)
            case ["event", bytes(event), *_]:
                return _event(event)
            case [str(kind), *_]:
                raise NoNews(f"this release knows no news {kind!r:.40}")
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        if isinstance(error, NoNews):
            raise
        raise NoNews(f"it is no news ({type(error).__name__})") from error
    raise NoNews("it is no news")


def _advance(
    book: str, seq: int, refs: dict[Any, Any], rows: list[Any], resolved: list[Any], intent: object
) -> Advance:
    if not all(type(ours) is str and type(theirs) is str for ours, theirs in refs.items()):
        raise NoNews("its ids are no texts")
    if not all(type(number) is int for number in (seq, *resolved)):
        raise NoNews("its records are no numbers")
    return Advance(book, seq, refs, [_row(book, row) for row in rows], resolved, _intent(book, intent))


def _row(book: str, raw: object) -> Parked:
    match raw:
        case [int(seq), list(place), str(state), str(on), str(reason), int(at), *_] if state in _STATES:
            if all(type(name) is str for name in place):
                return Parked(book, seq, tuple(place), cast("ParkedState", state), on, reason, at)
    raise NoNews("a record that is set aside cannot be read")


def _intent(book: str, raw: object) -> Intent | None:
    match raw:
        case None:
            return None
        case [int(seq), str(operation), int(sends), int(at), *_]:
            return Intent(book, seq, operation, sends, at)
    raise NoNews("its open request cannot be read")


def _event(body: bytes) -> Event:
    try:
        stored = codec.decode(body)
    except JournalCorrupt as error:
        raise NoNews("its event cannot be read") from error
    if not isinstance(stored, Occurred):
        raise NoNews("its event is not known to this release")
    return stored.event
