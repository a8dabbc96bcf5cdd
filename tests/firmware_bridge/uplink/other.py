"""A second implementation of the wire format, from its README alone: only the standard library, nothing of ours.

It stands for a reader in another language; `vector_maker.py` makes the vectors with it.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[3] / "firmware_bridge/uplink/table.txt"


def pack(value: Any) -> bytes:
    """Msgpack in its shortest forms, integers up to 64 bits."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        raw = value.encode()
        return _sized(len(raw), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + raw
    if isinstance(value, bytes):
        return _sized(len(value), 0, 0, (0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, list):
        return _sized(len(value), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        items = b"".join([pack(key) + pack(item) for key, item in value.items()])
        return _sized(len(value), 0x80, 16, (None, 0xDE, 0xDF)) + items
    raise TypeError(value)


def _sized(size: int, fix: int, below: int, marks: tuple[int | None, int, int]) -> bytes:
    if size < below:
        return bytes([fix | size])
    if marks[0] is not None and size < 0x100:
        return bytes([marks[0], size])
    return struct.pack(">BH", marks[1], size) if size < 0x10000 else struct.pack(">BI", marks[2], size)


def _integer(value: int) -> bytes:
    if -32 <= value < 128:
        return struct.pack("b" if value < 0 else "B", value)
    forms = ((0xCC, "B"), (0xCD, "H"), (0xCE, "I"), (0xCF, "Q")) if value >= 0 else (
        (0xD0, "b"), (0xD1, "h"), (0xD2, "i"), (0xD3, "q"),
    )  # fmt: skip
    for mark, form in forms:
        bits = 8 * struct.calcsize(form)
        if value < 1 << bits if value >= 0 else value >= -(1 << (bits - 1)):
            return struct.pack(">B" + form, mark, value)
    raise OverflowError(value)


def unpack(raw: bytes) -> Any:
    """The value of msgpack bytes without maps."""
    value, end = _value(raw, 0)
    assert end == len(raw)
    return value


_NUMBERS = {0xCA: "f", 0xCB: "d", 0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q",
            0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q"}  # fmt: skip
_LENGTHS = {0xC4: ("B", "bin"), 0xC5: ("H", "bin"), 0xC6: ("I", "bin"), 0xD9: ("B", "str"), 0xDA: ("H", "str"),
            0xDB: ("I", "str"), 0xDC: ("H", "array"), 0xDD: ("I", "array")}  # fmt: skip


def _value(raw: bytes, at: int) -> tuple[Any, int]:
    mark, at = raw[at], at + 1
    if mark < 0x80 or mark >= 0xE0:
        return (mark if mark < 0x80 else mark - 256), at
    if mark in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[mark], at
    if mark in _NUMBERS:
        form = ">" + _NUMBERS[mark]
        return struct.unpack_from(form, raw, at)[0], at + struct.calcsize(form)
    if mark in _LENGTHS:
        form, kind = _LENGTHS[mark]
        size = struct.unpack_from(">" + form, raw, at)[0]
        at += struct.calcsize(form)
    else:
        kind, size = ("str", mark & 31) if mark & 0xE0 == 0xA0 else ("array", mark & 15)
    if kind == "array":
        items = []
        for _ in range(size):
            item, at = _value(raw, at)
            items.append(item)
        return items, at
    piece = raw[at : at + size]
    return (piece.decode() if kind == "str" else piece), at + size


def seal(content: bytes, packing: int = 0) -> bytes:
    """The envelope of a content."""
    carried = zlib.compress(content) if packing else content
    front = b"FB\x01" + bytes([packing])
    return front + struct.pack(">I", zlib.crc32(front + carried)) + carried


def unseal(envelope: bytes) -> bytes:
    """The content of a sound envelope."""
    carried = envelope[8:]
    assert envelope[:3] == b"FB\x01"
    assert struct.pack(">I", zlib.crc32(envelope[:4] + carried)) == envelope[4:8]
    return zlib.decompress(carried) if envelope[3] else carried


def genesis(journal: str) -> bytes:
    """The hash before record 1."""
    return hashlib.sha256(b"firmware-bridge journal\0" + journal.encode()).digest()


def link(before: bytes, seq: int, at: int, subject: str, name: str, body: bytes) -> bytes:
    """The hash of a record."""
    about, called = subject.encode(), name.encode()
    return hashlib.sha256(
        before + struct.pack(">qqII", seq, at, len(about), len(called)) + about + called + body
    ).digest()


def read(envelope: bytes) -> dict[str, Any]:  # noqa: C901 - one function, read beside the README
    """What an envelope holds, as the vectors tell it; AssertionError when its chain does not hold."""
    content = unpack(unseal(envelope))
    till, journal, boot, shift, seq, before, after, told, strings, raw_values, raw_records = content[:11]
    rows = {row[0]: row[1:] for row in [*_table(), *told]}
    names = {row[1]: row[2] for row in rows.values()}
    values: list[dict[str, Any]] = []

    def fields(spelt: str, raw: list[Any]) -> dict[str, Any]:
        return dict(field(word, item) for word, item in zip(spelt.split(), raw, strict=False))

    def field(word: str, raw: Any) -> tuple[str, Any]:
        name, _, classes = word.partition(":")
        if classes and raw is not None:
            members = classes.rstrip("*").split("|")
            return name, [member(members, item) for item in raw] if word.endswith("*") else member(members, raw)
        if word.endswith("#"):
            return name[:-1], raw
        return name, text(raw)

    def member(classes: list[str], raw: Any) -> dict[str, Any]:
        if len(classes) > 1:
            return {"": classes[raw[0]], **fields(names[classes[raw[0]]], raw[1:])}
        return values[raw] if isinstance(raw, int) else fields(names[classes[0]], raw)

    def text(raw: Any) -> Any:
        return strings[raw] if isinstance(raw, int) and not isinstance(raw, bool) else raw

    for row in raw_values:
        values += [fields(rows[row[0]][2], row[1:])]
    records, at, skew, head = [], 0, 0, before
    for number, delta, subject, *rest in raw_records:
        seq, at = seq + 1, _near(at + delta)
        if number == 0:
            name, body = rest
        else:
            kind, name, spelt = rows[number]
            header = {}
            if kind == "event":
                skew = _near(skew + rest[0])
                header = {"at": at, "mono": _near(at - skew), **member(["Occurred"], rest[1])}
            body = pack([1, kind, name, header, fields(spelt, rest[2:] if header else rest)])
        head = link(head, seq, at, text(subject), name, body)
        records.append(
            {"seq": seq, "at": at, "subject": text(subject), "name": name, "body": body.hex(), "hash": head.hex()}
        )
    assert head == after, "the records do not hash to the chain"
    context = {"till": till, "journal": journal, "boot": boot, "shift": shift}
    return {**context, "before": [content[4], before.hex()], "records": records}


def _near(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def _table() -> list[list[Any]]:
    rows = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            number, kind, name, *words = line.lstrip("+").split()
            rows.append([int(number), kind, name, " ".join(word for word in words if word != "|")])
    return rows
