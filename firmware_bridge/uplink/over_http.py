"""On a sale's way between till and gateway: what both sides of a request write (SPECIFICATION.md has it in words).

Answers are small msgpack arrays; every "no" is a problem document (RFC 9457) whose `type` begins with PROBLEM. An
answer carries the request's own token back (ECHO), so that one which a proxy kept, or sent for another request, is
known.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgpack

from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.limits import MAX_COMMAND, MAX_ENVELOPE, MAX_ITEMS, MAX_NAME
from firmware_bridge.uplink.link import (
    Delivered,
    LinkDoubtful,
    LinkDown,
    LinkError,
    LinkForeign,
    LinkMisuse,
    OutOfStep,
)
from firmware_bridge.uplink.news import News

VERSION: Final = 1
"""Of what is asked over HTTP; stands in every path. The envelope has a version of its own."""
ECHO: Final = "FB-Echo"
CONTENT: Final = "application/vnd.firmware-bridge+msgpack"
PROBLEM_CONTENT: Final = "application/problem+json"
PROBLEM: Final = "urn:firmware-bridge:gateway:"
MAX_BODY: Final = MAX_ENVELOPE
"""Bytes of a request."""
MAX_DOWN: Final = 1 << 20
"""Bytes of commands and news in one answer, after which the rest waits for the next question; one always fits."""
MAX_ANSWER: Final = MAX_DOWN + 4 * MAX_COMMAND
"""Bytes of an answer that a till reads."""
MAX_WAIT_S: Final = 25
"""How long a question for commands may be kept open, in seconds: less than what lets go of silent connections."""
MAX_LANES: Final = 16
MAX_DETAIL: Final = 1000

STATUS: Final = {
    "bad-request": 400, "unknown-token": 401, "foreign": 403, "not-found": 404, "out-of-step": 409, "misuse": 409,
    "too-large": 413, "wire": 422, "refused": 409, "code-refused": 403, "too-many": 429, "down": 503, "doubtful": 500,
}  # fmt: skip
"""The last part of a problem's `type` -> the status it comes with."""


class NoAnswer(ValueError):
    """Bytes that are no answer of a gateway."""


class Refused(LinkError):
    """The gateway was asked to see to something and it is not possible as things stand; nothing was changed."""


@dataclass(frozen=True, slots=True)
class LaneState:
    """How the lane of one book stands at the gateway: see gateway.status.BookStatus. Times: UTC ms, 0 = none."""

    book: str
    state: str
    reason: str
    retry_at: int
    last_delivered_at: int


@dataclass(frozen=True, slots=True)
class Down:
    """What the gateway has for a till: commands and news above the numbers that were asked for, and its lanes."""

    commands: tuple[Delivered, ...]
    news: tuple[News, ...]
    lanes: tuple[LaneState, ...]


def pack_opening(journal: str, begin: int, release: str) -> bytes:
    """What a till says of itself when it opens its link; `begin`: see Replica."""
    raw: bytes = msgpack.packb([journal, begin, release])
    return raw


def read_opening(body: bytes) -> tuple[str, int, str]:
    """Return journal id, begin, release. Raises NoAnswer."""
    match _unpacked(body):
        case [str(journal), int(begin), str(release), *_] if journal and 0 <= begin < 1 << 63:
            return journal, begin, release
    raise NoAnswer("it does not say which journal is meant")


def pack_head(head: Head) -> bytes:
    """A watermark."""
    raw: bytes = msgpack.packb([head.seq, head.hash])
    return raw


def read_head(body: bytes) -> Head:
    """Raises NoAnswer."""
    match _unpacked(body):
        case [int(seq), bytes(digest), *_] if seq >= 0 and len(digest) == 32:
            return Head(seq, digest)
    raise NoAnswer("it is no watermark")


def pack_down(down: Down) -> bytes:
    """Commands, news and lanes, as many as fit."""
    commands, left = _fitting([(one.number, one.command_id, one.body) for one in down.commands], MAX_DOWN)
    news, _ = _fitting([(one.number, one.body) for one in down.news], left)
    lanes = [(one.book, one.state, one.reason, one.retry_at, one.last_delivered_at) for one in down.lanes[:MAX_LANES]]
    raw: bytes = msgpack.packb([commands, news, lanes])
    return raw


def _fitting(rows: Sequence[tuple[Any, ...]], left: int) -> tuple[list[tuple[Any, ...]], int]:
    found: list[tuple[Any, ...]] = []
    for row in rows:
        if found and left < len(row[-1]):
            break
        found.append(row)
        left -= len(row[-1])
    return found, left


def read_down(body: bytes) -> Down:
    """Raises NoAnswer."""
    match _unpacked(body):
        case [list(commands), list(news), list(lanes), *_]:
            return Down(tuple(map(_command, commands)), tuple(map(_news, news)), tuple(map(_lane, lanes[:MAX_LANES])))
    raise NoAnswer("it holds no commands")


def _command(raw: object) -> Delivered:
    match raw:
        case [int(number), str(command_id), bytes(body), *_] if number > 0:
            return Delivered(number, command_id, body)
    raise NoAnswer("a command is no command")


def _news(raw: object) -> News:
    match raw:
        case [int(number), bytes(body), *_] if number > 0:
            return News(number, body)
    raise NoAnswer("a piece of news is none")


def _lane(raw: object) -> LaneState:
    match raw:
        case [str(book), str(state), str(reason), int(retry_at), int(last), *_]:
            return LaneState(book[:MAX_NAME], state[:MAX_NAME], reason[:MAX_DETAIL], retry_at, last)
    raise NoAnswer("a lane is no lane")


def pack_said(sentence: str) -> bytes:
    """What was done, in one sentence."""
    raw: bytes = msgpack.packb([sentence])
    return raw


def read_said(body: bytes) -> str:
    """Raises NoAnswer."""
    match _unpacked(body):
        case [str(sentence), *_]:
            return sentence[:MAX_DETAIL]
    raise NoAnswer("it says nothing")


def _unpacked(body: bytes) -> Any:
    try:
        return msgpack.unpackb(
            body, raw=False, strict_map_key=True, max_ext_len=0, max_map_len=0, max_array_len=MAX_ITEMS
        )
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise NoAnswer(f"it is no msgpack ({type(error).__name__})") from error


# --- every "no" -------------------------------------------------------------------------------------------------------


def problem(slug: str, detail: str, watermark: Head | None = None) -> tuple[int, bytes]:
    """Return status and problem document."""
    outcome = {"doubtful": "doubtful"}.get(slug, "none")
    document: dict[str, Any] = {"type": PROBLEM + slug, "status": STATUS[slug], "detail": detail, "outcome": outcome}
    if watermark is not None:
        document["watermark"] = [watermark.seq, watermark.hash.hex()]
    return STATUS[slug], json.dumps(document, ensure_ascii=False).encode()


def error_of(body: bytes) -> LinkError | None:
    """Return the error that a problem document stands for; None when it is none of a gateway.

    `wire` is a LinkMisuse here: whoever sent the envelope makes the WireError of it.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not str(found.get("type", "")).startswith(PROBLEM):
        return None
    slug, detail = str(found["type"]).removeprefix(PROBLEM), str(found.get("detail", ""))[:MAX_DETAIL]
    if slug == "out-of-step":
        mark = _watermark(found.get("watermark"))
        return None if mark is None else OutOfStep(detail, mark)
    kinds: dict[str, type[LinkError]] = {
        "foreign": LinkForeign, "misuse": LinkMisuse, "wire": LinkMisuse, "doubtful": LinkDoubtful, "refused": Refused,
    }  # fmt: skip
    return kinds.get(slug, LinkDown)(detail or f"The gateway refused: {slug}.")


def is_wire(body: bytes) -> bool:
    """Whether a problem document says that the envelope was none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("type") == f"{PROBLEM}wire"


def _watermark(raw: object) -> Head | None:
    match raw:
        case [int(seq), str(digest)] if seq >= 0 and len(digest) == 64:
            try:
                return Head(seq, bytes.fromhex(digest))
            except ValueError:
                return None
    return None
