"""Beside a till: by whose language a recorded port is read; each is loaded when it is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from firmware_bridge.wire_show import Bytes, Words

if TYPE_CHECKING:
    from drivers.printers.datecs.dialects import DialectName

_QUOTED: Final = re.compile(r'".*"', re.DOTALL)


class Lines:
    """Each entry is a line of ASCII: requests and answers over HTTP, without their bodies."""

    def out(self, data: bytes) -> list[str]:
        return data.decode("ascii", "backslashreplace").splitlines()

    inward = out

    def pending(self) -> str:
        return ""


def words_of(language: str, dialect: DialectName, encoding: str) -> Words:
    """`language`: as a recording's header names it. `dialect`: of classic Datecs; `encoding`: of ESC/POS text."""
    match language:
        case "escpos":
            from firmware_bridge.wire_escpos import EscPosWords  # noqa: PLC0415 - a till's log needs one of them, if any

            return EscPosWords(encoding)
        case "datecs" | "datecs-x":
            from firmware_bridge.wire_datecs import DatecsWords  # noqa: PLC0415 - as above

            return DatecsWords("x" if language == "datecs-x" else dialect)
        case "http":
            return Lines()
        case _:
            return Bytes()


def without_texts(row: dict[str, Any]) -> dict[str, Any]:
    """A row of wire_show for the log: what was printed or displayed is left out, commands and answers stay."""
    return row | {way: [_QUOTED.sub('"…"', part) for part in row[way]] for way in ("out", "in") if way in row}
