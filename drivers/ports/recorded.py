"""Before a replay: a recorded port, read back and checked line by line. A recording is other people's data."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from drivers.ports.observed import Direction
from drivers.ports.recording import VERSION, Entry, Header

_LONGEST_LINE: Final = 1024 * 1024
_LARGEST_FILE: Final = 256 * 1024 * 1024
_LATEST: Final = 1e9
_DIRECTIONS: Final[dict[str, Direction]] = {direction: direction for direction in get_args(Direction)}


class RecordingError(Exception):
    """This is no recording that can be read; one sentence with the place."""


@dataclass(frozen=True, slots=True)
class Recording:
    """`cut_off`: the last line was not complete (the power failed while it was written) and is left out."""

    header: Header
    entries: tuple[Entry, ...]
    cut_off: bool = False


def load(path: Path) -> Recording:
    """Read a recording. Raises RecordingError, and OSError when the file cannot be read."""
    with path.open("rb") as file:
        data = file.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise RecordingError(f"{path} is larger than {_LARGEST_FILE} bytes; no recording is")
    try:
        return parse(data)
    except RecordingError as error:
        raise RecordingError(f"{path}, {error}") from error


def parse(data: bytes) -> Recording:
    """A recording from its bytes. Raises RecordingError that names the line."""
    whole = data.endswith(b"\n")
    lines = data.split(b"\n")
    lines.pop()  # empty, or cut off
    if not lines:
        raise RecordingError("line 1: there is no header; is this a recording?")
    header = _header(_object(lines[0], 1))
    entries = tuple(_entry(_object(line, number), number) for number, line in enumerate(lines[1:], 2))
    _check_order(entries)
    return Recording(header, entries, cut_off=not whole)


def _object(line: bytes, number: int) -> dict[str, Any]:
    if len(line) > _LONGEST_LINE:
        raise RecordingError(f"line {number}: longer than {_LONGEST_LINE} bytes")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"line {number}: no JSON") from error
    if not isinstance(found, dict):
        raise RecordingError(f"line {number}: no JSON object")
    return found


def _header(found: dict[str, Any]) -> Header:
    if found.get("version") != VERSION:
        raise RecordingError(f"line 1: version {found.get('version')!r} is not known; this program reads {VERSION}")
    seed = found.get("seed")
    if seed is not None and not isinstance(seed, int):
        raise RecordingError("line 1: seed is no whole number")
    return Header(_text(found, "port", 1), _text(found, "driver", 1), _text(found, "begun", 1), seed)


def _entry(found: dict[str, Any], number: int) -> Entry:
    at = found.get("t")
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at) or not 0 <= at <= _LATEST:
        raise RecordingError(f"line {number}: t is no time in seconds")
    direction = _DIRECTIONS.get(_text(found, "dir", number))
    if direction is None:
        raise RecordingError(f"line {number}: dir is none of {', '.join(_DIRECTIONS)}")
    try:
        data = bytes.fromhex(_text(found, "hex", number))
    except ValueError as error:
        raise RecordingError(f"line {number}: hex is no hexadecimal") from error
    return Entry(float(at), direction, data, _text(found, "note", number))


def _text(found: dict[str, Any], key: str, number: int) -> str:
    value = found.get(key, "")
    if not isinstance(value, str):
        raise RecordingError(f"line {number}: {key} is no text")
    return value


def _check_order(entries: Iterable[Entry]) -> None:
    before = 0.0
    for number, entry in enumerate(entries, 2):
        if entry.t < before:
            raise RecordingError(f"line {number}: {entry.t} s is earlier than the line before it")
        before = entry.t
