"""Beside a till: a dump of the wire made fit for a supporter's eyes: the same frames and times, nobody's words in them.

What is printed (goods, names, telephone numbers) is replaced character by character, so that lengths, commands, answers
and their times stay: `wire show` still tells what was said, and `wire replay` still plays it. Frames of a fiscal
printer get a new check sum. What cannot be read as a recording, or still holds a secret afterwards, does not get in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from drivers.framing.datecs import Reader as ReplyReader
from drivers.framing.datecs import Reply, Request, RequestReader
from drivers.framing.datecs_envelope import CLASSIC, Envelope, X
from drivers.ports.recorded import RecordingError, parse
from drivers.ports.recording import Entry
from firmware_bridge.wire_escpos import LEADS, length_of

#: Orders whose answers tell of the device alone: diagnostics, status (Datecs, all dialects).
_OF_THE_DEVICE: Final = frozenset({0x4A, 0x5A})
_PERSONAL: Final = re.compile(rb"[A-Za-z\x80-\xff]{3}|@|(?:[0-9][ ()+-]*){7}")
#: Devices that are told no words; of a vendor only methods, paths and sizes are dumped.
_WORDLESS: Final = frozenset({"trigger_box", "http"})
#: Commands of ESC/POS that carry dots, and at which of their bytes the dots begin (GS ( L, GS 8 L: fn 112).
_DOTS: Final = ((b"\x1dv", 8), (b"\x1b*", 5), (b"\x1d8L", 17), (b"\x1d(L", 15), (b"\x1d*", 4))


def scrubbed(data: bytes, clean: Callable[[str], str]) -> bytes | None:
    """The recording `data` without anybody's words; None when it is none, or when `clean` finds a secret in it still.

    `clean` is the filter that every text passes; it must leave each direction's bytes (as Latin-1) as they are.
    """
    try:
        found = parse(data)
    except RecordingError:
        return None
    header = found.header
    entries = list(found.entries)
    sent, told = _of(entries, "out"), _of(entries, "in")
    if header.driver.startswith("datecs"):
        envelope = X if _frames(sent, X) > _frames(sent, CLASSIC) else CLASSIC
        sent, told = _orders(sent, envelope), _answers(told, envelope)
    elif header.driver == "escpos":
        sent = _printed(sent)
    elif header.driver not in _WORDLESS:
        sent, told = masked(sent), masked(told)
    if any(clean(text) != text for text in (_latin(sent), _latin(told), _latin(sent, "cp1251"), _latin(told, "utf-8"))):
        return None
    _put(entries, "out", sent)
    _put(entries, "in", told)
    safe_head = replace(header, port=clean(header.port), driver=clean(header.driver))
    return safe_head.line() + b"".join(replace(entry, note=clean(entry.note)).line() for entry in entries)


def masked(data: bytes) -> bytes:
    """As many bytes: letters are x, digits 0, the rest as it was."""
    return bytes(_cover(byte) for byte in data)


def _cover(byte: int) -> int:
    if 0x30 <= byte <= 0x39:
        return 0x30
    return 0x78 if byte >= 0x80 or chr(byte).isalpha() else byte


def _latin(data: bytes, encoding: str = "latin-1") -> str:
    return data.decode(encoding, "replace")


def _of(entries: Iterable[Entry], direction: str) -> bytes:
    return b"".join(entry.data for entry in entries if entry.dir == direction)


def _put(entries: list[Entry], direction: str, data: bytes) -> None:
    """Give the bytes of one direction back to their entries; there are as many as before."""
    at = 0
    for index, entry in enumerate(entries):
        if entry.dir == direction:
            entries[index] = replace(entry, data=data[at : at + len(entry.data)])
            at += len(entry.data)


# --- ESC/POS ----------------------------------------------------------------------------------------------------------


def _printed(data: bytes) -> bytes:
    """Text, bar codes and dots covered; commands as they were. What was cut off in the middle is covered whole."""
    found, at, text = bytearray(), 0, 0
    while at < len(data):
        if data[at] not in LEADS:
            at += 1
            continue
        found += masked(data[text:at])
        length = length_of(data[at:])
        if length is None:
            return bytes(found + data[at : at + 2] + masked(data[at + 2 :]))
        found += _command(data[at : at + length])
        at = text = at + length
    return bytes(found + masked(data[text:]))


def _command(data: bytes) -> bytes:
    for name, first in _DOTS:
        if data.startswith(name) and len(data) > first:
            return data[:first] + bytes(len(data) - first)
    if data.startswith(b"\x1dk"):
        kept = 4 if data[2:3] >= b"A" else 3
        return data[:kept] + masked(data[kept:])
    if data.startswith(b"\x1d(k") and len(data) > 8:
        return data[:8] + masked(data[8:])
    return data


# --- Datecs -----------------------------------------------------------------------------------------------------------


def _frames(data: bytes, envelope: Envelope) -> int:
    return sum(isinstance(each, Request) for each in RequestReader(envelope).feed(data))


def _orders(data: bytes, envelope: Envelope) -> bytes:
    reader = RequestReader(envelope)

    def twins(each: object) -> tuple[bytes, bytes] | None:
        if not isinstance(each, Request):
            return None
        seq, command = each.seq, each.command
        return envelope.request(seq, command, each.data), envelope.request(seq, command, _fields(each.data))

    return _spliced(data, reader.feed, twins)


def _answers(data: bytes, envelope: Envelope) -> bytes:
    reader = ReplyReader(envelope)

    def twins(each: object) -> tuple[bytes, bytes] | None:
        if not isinstance(each, Reply):
            return None
        seq, command, status = each.seq, each.command, each.status
        covered = each.data if command in _OF_THE_DEVICE else _fields(each.data)
        return envelope.reply(seq, command, each.data, status), envelope.reply(seq, command, covered, status)

    return _spliced(data, reader.feed, twins)


def _spliced(
    data: bytes, feed: Callable[[bytes], Sequence[object]], twins: Callable[[object], tuple[bytes, bytes] | None]
) -> bytes:
    """Each whole frame is exchanged for its covered twin, byte for byte as long; between frames letters are covered."""
    found, begin = bytearray(), 0
    for end in range(1, len(data) + 1):
        for each in feed(data[end - 1 : end]):
            try:
                pair = twins(each)
            except ValueError:
                continue  # longer than this driver would send it: covered as if it was no frame
            if pair is None or not data[begin:end].endswith(pair[0]):
                continue
            found += masked(data[begin : end - len(pair[0])]) + pair[1]
            begin = end
    return bytes(found + masked(data[begin:]))


def _fields(data: bytes) -> bytes:
    """DATA, of whose fields those are covered that may hold a person's or a shop's words, or a long number."""
    parts = re.split(rb"([\t\n,;])", data)
    return b"".join(masked(part) if _PERSONAL.search(part) else part for part in parts)
