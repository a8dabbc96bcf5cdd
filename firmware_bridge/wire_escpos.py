"""Beside a till: recorded ESC/POS bytes in words, for a person who looks for what went wrong.

Which bytes are one command follows the parameters that the Epson command reference gives; what a command means and
what an answer says is taken from the driver's own tables.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from drivers.framing.escpos_replies import AutoStatus, Block, FlowControl, OneByte, RealTime, Reply, ReplyParser
from drivers.printers.escpos.commands import CLEAR_RESPONSE, COMMANDS, KEY_LIST_RESPONSE, PROCESS_ID_RESPONSE
from drivers.printers.escpos.status import PrinterStatus
from firmware_bridge.journal.browse import printable

LEADS: Final = MappingProxyType({0x10: "DLE", 0x1B: "ESC", 0x1C: "FS", 0x1D: "GS"})
_SECONDS: Final = MappingProxyType({0x04: "EOT", 0x05: "ENQ", 0x14: "DC4"})
#: Bytes behind the two that name a command, where they are always as many.
_FIXED: Final = MappingProxyType(
    {
        0x10: {0x04: 1, 0x05: 1},
        0x1B: {
            **dict.fromkeys(b"@2SLimv", 0),
            **dict.fromkeys(b"!-3EGJKMRTVad{te=r? %u", 1),
            **dict.fromkeys(b"$\\c", 2),
            ord("p"): 3,
            ord("W"): 8,
        },
        0x1C: {**dict.fromkeys(b".&", 0), **dict.fromkeys(b"!-CW", 1), **dict.fromkeys(b"Sp", 2)},
        0x1D: {
            ord(":"): 0,
            **dict.fromkeys(b"!BHIabfhrwE/j", 1),
            **dict.fromkeys(b"LPW$\\", 2),
            ord("^"): 3,
            ord("g"): 4,
        },
    }
)
_CLEARING: Final = 8
_LONGEST: Final = 1 << 20
_TEXT: Final = 40
_STATUS: Final = tuple(field.name for field in fields(PrinterStatus) if field.name not in {"auto_seen", "auto_offline"})


class EscPosWords:
    """Both directions of one wire. Never raises; keeps no more than one unfinished command of 1 MiB."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._rest = b""
        self._parser = ReplyParser()
        self._asked: deque[int] = deque(maxlen=16)

    def out(self, data: bytes) -> list[str]:
        """What the till says."""
        found: list[str] = []
        data, at, text = self._rest + data, 0, 0
        while at < len(data):
            if data[at] not in LEADS:
                at += 1
                continue
            self._text(data[text:at], found)
            length = length_of(data[at:])
            if length is None:
                break
            found.append(self._command(data[at : at + length]))
            at = text = at + length
        else:
            self._text(data[text:at], found)
        self._rest = data[at:]
        if len(self._rest) > _LONGEST:
            found.append(f"{len(self._rest)} bytes of an unfinished command")
            self._rest = b""
        return found

    def inward(self, data: bytes) -> list[str]:
        """What the printer says."""
        before = self._parser.dropped
        found = [self._reply(reply) for reply in self._parser.feed(data)]
        if lost := self._parser.dropped - before:
            found.append(f"{lost} bytes that mean nothing")
        return found

    def pending(self) -> str:
        """An unfinished command, "" when there is none."""
        return f"unfinished {_brief(self._rest)}" if self._rest else ""

    # --- out ----------------------------------------------------------------------------------------------------

    def _text(self, data: bytes, found: list[str]) -> None:
        if data:
            found.append(f'"{_short(printable(data.decode(self._encoding, "replace")))}"')

    def _command(self, data: bytes) -> str:
        if data[:2] == b"\x10\x04":
            self._asked.append(data[2])
        name = _name(data)
        meaning = _meaning(name.split())
        return f"{name} ({meaning})" if meaning else name

    # --- in -----------------------------------------------------------------------------------------------------

    def _reply(self, reply: Reply) -> str:
        match reply:
            case RealTime(value):
                asked = self._asked.popleft() if self._asked else 0
                status = PrinterStatus()
                status.take_answer(asked, value)
                return f"status {asked or '?'}: {_on(status)}" if asked else f"status {value:02X} that nobody asked for"
            case AutoStatus(packet):
                status = PrinterStatus()
                status.take_auto(packet)
                return f"automatic status: {_on(status)}"
            case OneByte(value):
                return f"answer {value:02X}"
            case FlowControl(go):
                return "XON" if go else "XOFF"
            case Block(head, body):
                return _block(head, body)


def length_of(data: bytes) -> int | None:
    """Bytes of the command that `data` begins with; None when some are missing."""
    if len(data) < 2:
        return None
    lead, second = data[0], data[1]
    count = _FIXED[lead].get(second)
    if count is None:
        rule = _RULES.get(data[:2])
        count = 0 if rule is None else rule(data[2:])
    return None if count is None or len(data) < 2 + count else 2 + count


def _real_time(rest: bytes) -> int | None:
    if not rest:
        return None
    return {_CLEARING: 8, 7: 2}.get(rest[0], 3)


def _announced(rest: bytes) -> int | None:
    """Letter, pL, pH, then as many bytes."""
    return 3 + int.from_bytes(rest[1:3], "little") if len(rest) >= 3 else None


def _announced_long(rest: bytes) -> int | None:
    """Letter and four bytes of length."""
    return 5 + int.from_bytes(rest[1:5], "little") if len(rest) >= 5 else None


def _raster(rest: bytes) -> int | None:
    """GS v 0 m xL xH yL yH data; x in bytes."""
    if len(rest) < 6:
        return None
    return 6 + int.from_bytes(rest[2:4], "little") * int.from_bytes(rest[4:6], "little")


def _columns(rest: bytes) -> int | None:
    """ESC * m nL nH data; three bytes a column where m is 32 or 33."""
    if len(rest) < 3:
        return None
    return 3 + int.from_bytes(rest[1:3], "little") * (3 if rest[0] in {32, 33} else 1)


def _cut(rest: bytes) -> int | None:
    if not rest:
        return None
    return 1 if rest[0] in {0, 1, 48, 49} else 2


def _barcode(rest: bytes) -> int | None:
    """Form A ends with NUL, form B (m from 65 on) announces its length."""
    if len(rest) < 2:
        return None
    if rest[0] >= 65:
        return 2 + rest[1]
    end = rest.find(0, 1)
    return None if end < 0 else end + 1


def _until_nul(rest: bytes) -> int | None:
    end = rest.find(0)
    return None if end < 0 else end + 1


def _downloaded(rest: bytes) -> int | None:
    """GS * x y data."""
    return 2 + rest[0] * rest[1] * 8 if len(rest) >= 2 else None


_RULES: Final[Mapping[bytes, Callable[[bytes], int | None]]] = MappingProxyType(
    {
        b"\x10\x14": _real_time,
        b"\x1b*": _columns,
        b"\x1bD": _until_nul,
        b"\x1c(": _announced,
        b"\x1d(": _announced,
        b"\x1d8": _announced_long,
        b"\x1dv": _raster,
        b"\x1dV": _cut,
        b"\x1dk": _barcode,
        b"\x1d*": _downloaded,
        b"\x1dz": lambda rest: 3,
    }
)


def _name(data: bytes) -> str:
    """The words of the reference: `ESC t 46`, `GS ( L 83`, `DLE EOT 1`."""
    lead, second = data[0], data[1]
    words = [LEADS[lead], _SECONDS.get(second, _letter(second)) if lead == 0x10 else _letter(second)]
    rest = data[2:]
    if second == ord("(") and len(rest) >= 5:
        # GS ( k and GS ( L say m before fn, GS ( H says fn before m.
        words += [_letter(rest[0]), str(rest[3] if rest[:1] == b"H" else rest[4])]
    elif data[:2] in {b"\x1dv", b"\x1d8", b"\x1dg"}:
        words += [_letter(rest[0]), *(str(byte) for byte in rest[1:4] if data[1:2] == b"g")]
    elif data[:2] == b"\x1dk":
        words.append(str(rest[0]))
    elif data[:2] == b"\x1b*" or len(rest) > _CLEARING:
        words.append(f"… {len(rest)} bytes")
    elif data[:3] == b"\x10\x14\x08":
        words.append("8")
    else:
        words += [str(byte) for byte in rest]
    return " ".join(words)


def _letter(byte: int) -> str:
    return chr(byte) if 0x21 <= byte <= 0x7E else f"{byte:02X}"


def _meaning(words: list[str]) -> str:
    """From the driver's table: the row whose words these are, its lower-case ones standing for any number."""
    for row in COMMANDS:
        known = row.name.split()
        if len(known) <= len(words) and all(_alike(one, other) for one, other in zip(known, words, strict=False)):
            return row.meaning
    return ""


def _alike(known: str, word: str) -> bool:
    return known == word or (known in {"n", "m", "t1", "t2"} and word.isdigit())


def _on(status: PrinterStatus) -> str:
    names = [name.replace("_", " ") for name in _STATUS if getattr(status, name)]
    return ", ".join(names) or "nothing the matter"


def _block(head: int, body: bytes) -> str:
    text = printable(body.decode("latin-1"))
    if head == 0x37 and body[:1] == PROCESS_ID_RESPONSE:
        return f"printed {text[1:]}"
    if body == CLEAR_RESPONSE:
        return "buffers cleared"
    if head == 0x37 and body[:1] == KEY_LIST_RESPONSE:
        return f"keys {text[1:]}"
    return f'"{text}"'


def _brief(data: bytes) -> str:
    return data[:8].hex(" ") + (f" … {len(data)} bytes" if len(data) > 8 else "")


def _short(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"
