"""What every framer is held to, as a table: for each, real frames, and bytes for the nine cases or why one cannot be.

The nine: frames split anywhere, merged in one read, noise before, inside and behind, cut off, with a wrong check sum,
with a wrong length, far too long, with escapes (or what looks like a beginning) at their edges, and the next frame
after one that was spoilt. Frames are those that manuals print or devices sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from drivers.drawers.trigger_box.replies import EscapeReplies, Reports, StatusBytes
from drivers.framing.datecs import CLASSIC, Broken, Envelope, Nak, Reader, Reply, Request, RequestReader, Syn, X
from drivers.framing.escpos_replies import AutoStatus, Block, OneByte, RealTime, ReplyParser
from tests.drivers.printers.datecs.vectors import REPLIES, REQUESTS, Vector

Case = Literal["split", "merged", "noise", "cut off", "check sum", "length", "too long", "edges", "next"]
CASES: Final[tuple[Case, ...]] = (
    "split",
    "merged",
    "noise",
    "cut off",
    "check sum",
    "length",
    "too long",
    "edges",
    "next",
)


class Feeds(Protocol):
    """What all framers have in common."""

    def feed(self, data: bytes) -> list[Any]: ...
    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Framer:
    """`frames`: bytes of a whole frame and what it gives. `noise`: bytes that belong to no frame.

    `given`: by case, bytes and what they give. `excused`: by case, why it cannot be. The cases that are in neither are
    made out of `frames` and `noise`. `next_after_reset`: it needs `reset` to find the next frame after a spoilt one, as
    the driver does when it opens the port anew.
    """

    name: str
    make: Callable[[], Feeds]
    frames: tuple[tuple[bytes, list[Any]], ...]
    noise: bytes = b""
    given: Mapping[Case, tuple[tuple[bytes, list[Any]], ...]] = field(default_factory=dict)
    excused: Mapping[Case, str] = field(default_factory=dict)
    next_after_reset: bool = False

    def __str__(self) -> str:
        return self.name


def _hex(*rows: tuple[str, list[Any]]) -> tuple[tuple[bytes, list[Any]], ...]:
    return tuple((bytes.fromhex(wire), found) for wire, found in rows)


# --- ESC/POS (Epson command reference: DLE EOT, GS a, GS r, GS I, GS ( H) -------------------------------------------

_ESCPOS: Final = Framer(
    "ESC/POS replies",
    ReplyParser,
    _hex(
        ("12", [RealTime(0x12)]),
        ("14 00 00 0F", [AutoStatus(bytes.fromhex("1400000F"))]),
        ("37 22 4B 37 51 32 00", [Block(0x37, b'"K7Q2')]),
        ("5F 54 4D 2D 54 38 38 56 00", [Block(0x5F, b"TM-T88V")]),
        ("0C", [OneByte(0x0C)]),
    ),
    noise=b"\xff\x91\xe3",
    given={
        "noise": _hex(
            ("37 22 4B FF 37 25 00", [Block(0x37, b"%")]),
            ("10 00 FF 12", [RealTime(0x12)]),
            ("5F 31 12 37 00", [RealTime(0x12), Block(0x5F, b"17")]),
        ),
        "length": _hex(
            # a fourth byte that is none, and a packet of three: the next one begins
            ("10 00 00 12", [RealTime(0x12)]),
            ("10 00 14 00 00 0F", [AutoStatus(bytes.fromhex("1400000F"))]),
        ),
        "too long": ((b"\x5f" + b"A" * 128 + b"\xff\x12", [RealTime(0x12)]),),
        "edges": _hex(("5F 37 5F 32 00 37 22 37 5F 37 5F 00", [Block(0x5F, b"7_2"), Block(0x37, b'"7_7_')])),
    },
    excused={"check sum": "the printers send none"},
    # what a block was to end with may be the end of another one
    next_after_reset=True,
)

# --- trigger boxes --------------------------------------------------------------------------------------------------

_ESCAPES: Final = Framer(
    "answers of the Glancetron 8005U",
    EscapeReplies,
    _hex(("1B 34 41", [(1, False)]), ("1B 34 42", [(1, True)]), ("1B 35 41", [(2, False)]), ("1B 35 42", [(2, True)])),
    noise=b"\x00B\xff4A",
    given={
        "noise": _hex(("1B 00 34 42", []), ("1B 34 00 42", []), ("1B 34 7A 42", [])),
        "length": _hex(("1B 42", []), ("1B 36 42", []), ("1B 34 43", [])),
        "too long": ((b"\x1b4" * 100_000 + b"B", [(1, True)]),),
        "edges": _hex(("1B 1B 34 42", [(1, True)]), ("1B 34 1B 35 41", [(2, False)])),
    },
    excused={"check sum": "the box sends none"},
)

_STATUS: Final = Framer(
    "status bytes of the IBM 4840",
    StatusBytes,
    _hex(("10", [(1, False)]), ("50", [(1, True)]), ("38", [(1, False), (2, True)])),
    noise=b"\xff\xd0\x40",
    excused={
        "cut off": "an answer is one byte",
        "check sum": "the drawer sends none",
        "length": "an answer is one byte",
        "too long": "an answer is one byte",
        "edges": "an answer is one byte",
    },
)

_REPORTS: Final = Framer(
    "reports of the Posiflex CR-4000",
    Reports,
    tuple((bytes((first,)).ljust(120, b"\0"), [told]) for first, told in ((0x00, (1, True)), (0x71, (8, False)))),
    given={
        "length": ((b"\x71".ljust(119, b"\0"), []),),
        "too long": ((b"\xff" * 120 * 1000 + b"\x10".ljust(120, b"\0"), [(2, True)]),),
        # a beginning looks like any other byte
        "edges": ((b"\x71" * 120 + b"\x00".ljust(120, b"\0"), [(8, False), (1, True)]),),
    },
    excused={
        "noise": "HID delivers reports whole, and they have no mark to find them by",
        "check sum": "there is none",
    },
    next_after_reset=True,
)

# --- Datecs (programmer's manuals; frames of vectors.txt) ------------------------------------------------------------


def _other_sum(frame: bytes) -> bytes:
    """The same frame with the last digit of its check sum one higher."""
    return frame[:-2] + bytes((0x30 + (frame[-2] - 0x2F) % 16,)) + frame[-1:]


def _other_length(frame: bytes, envelope: Envelope, by: int) -> bytes:
    """The same frame with another LEN."""
    digits = envelope.digits
    if digits == 1:
        return frame[:1] + bytes(((frame[1] + by) & 0xFF,)) + frame[2:]
    value = int("".join(f"{digit - 0x30:X}" for digit in frame[1:5]), 16) + by
    return frame[:1] + bytes(0x30 + int(digit, 16) for digit in f"{value:04X}") + frame[5:]


def _told(vector: Vector) -> list[Any]:
    if vector.status:
        return [Reply(vector.seq, vector.command, vector.data, vector.status)]
    return [Request(vector.seq, vector.command, vector.data)]


def _datecs(envelope: Envelope, *, replies: bool) -> Framer:
    vectors = [one for one in (REPLIES if replies else REQUESTS) if one.envelope == envelope][:4]
    frames = tuple((one.frame, _told(one)) for one in vectors)
    (frame, found), *_ = frames
    whole: Any = found[0]
    escaped = b"\x01a\x10\x03\x1f"
    if replies:
        edge: tuple[bytes, list[Any]] = (
            envelope.reply(0x21, 0x31, escaped, whole.status),
            [Reply(0x21, 0x31, escaped, whole.status)],
        )
        make: Callable[[], Feeds] = lambda: Reader(envelope)  # noqa: E731 - one of two
    else:
        edge = envelope.request(0x21, 0x31, escaped), [Request(0x21, 0x31, escaped)]
        make = lambda: RequestReader(envelope)  # noqa: E731 - one of two
    spoilt = {
        name: tuple((wire + frame, [Broken, *found]) for wire in wires)
        for name, wires in {
            "check sum": (_other_sum(frame),),
            "length": tuple(_other_length(frame, envelope, by) for by in (-1, 1)),
            "too long": (frame[:1] + (b"0?0?" if envelope.digits > 1 else b"\xff") + b"A" * 1000,),
        }.items()
    }
    given: dict[Case, tuple[tuple[bytes, list[Any]], ...]] = {
        "noise": ((frame[:8] + b"\x00" + frame[8:] + frame, [Broken, *found]),),
        "check sum": spoilt["check sum"],
        "length": spoilt["length"],
        "too long": spoilt["too long"],
        "edges": (edge,),
    }
    if replies:
        given["merged"] = ((b"\x16\x15" + frame + b"\x16" + frame, [Syn(), Nak(), *found, Syn(), *found]),)
    side = "replies" if replies else "orders"
    return Framer(f"Datecs {side}, {envelope.name}", make, frames, b"\x00\xfftelnet\x03\x05", given)


FRAMERS: Final[tuple[Framer, ...]] = (
    _ESCPOS,
    _ESCAPES,
    _STATUS,
    _REPORTS,
    *(_datecs(envelope, replies=replies) for envelope in (CLASSIC, X) for replies in (True, False)),
)
