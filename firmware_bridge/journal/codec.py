"""A sale's events and intentions as bytes of a journal record, and back.

A body is msgpack: `[format, kind, class name, header, fields]`. `format` is FORMAT; `kind` is "event" or
"intention"; `header` maps the fields of `Occurred` other than the event (empty for an intention); `fields` maps
the fields of the class (see `fields.py` for what may change in them). The classes are found by walking the
vocabulary, so a new event needs nothing here.

Reading is bounded in length and depth. Bytes that are no such body raise JournalCorrupt. A sound body that this
release does not understand (a newer format, class or word) is no damage: it becomes `Unknown` and is carried
through, so that a till can go back one release without losing its journal.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

import msgpack

from firmware_bridge.journal.errors import JournalCorrupt, NotStorable
from firmware_bridge.journal.fields import Misfit, Shape
from statemachines import vocabulary
from statemachines.vocabulary.effects import Intention
from statemachines.vocabulary.events import Event, Occurred

FORMAT = 1
MAX_BODY = 1 << 20
"""Bytes. A receipt of 1000 lines with its paper is about 400 kB."""
MAX_DEPTH = 16
"""Levels of nesting. A receipt's line taxes are at 7."""

_LEAVES = (str, int, bool, float, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Unknown:
    """A record that this release does not understand, as it stands in the file. `reason` says why not."""

    kind: str
    name: str
    body: bytes
    reason: str


Stored = Occurred | Intention | Unknown


def encode(record: Stored) -> tuple[str, bytes]:
    """Return the class name and the body of a record. Raises NotStorable, naming the field."""
    if isinstance(record, Unknown):
        return record.name, record.body
    try:
        if isinstance(record, Occurred):
            kind, header = "event", _header().write(record)
            value: Event | Intention = record.event
        else:
            kind, header, value = "intention", {}, record
        name = type(value).__name__
        shape = _known(kind, name)
        if shape is None:
            raise Misfit("no such word in the vocabulary")
        body: bytes = msgpack.packb([FORMAT, kind, name, header, shape.write(value)])
    except (ValueError, OverflowError, TypeError) as error:
        raise NotStorable(
            f"{type(getattr(record, 'event', record)).__name__} was not journalled: {error}; nothing was written."
        ) from error
    if len(body) > MAX_BODY:
        raise NotStorable(f"{name} was not journalled: {len(body)} bytes, more than {MAX_BODY}; nothing was written.")
    return name, body


def decode(body: bytes, *, seq: int = 0) -> Stored:
    """Return the record of a body. Raises JournalCorrupt, naming `seq`, when it is not a body at all."""
    form, kind, name, header, fields = unpack(body, seq=seq)
    if form != FORMAT:
        return Unknown(kind, name, body, f"format {form}; this release reads {FORMAT}")
    shape = _known(kind, name)
    if shape is None:
        return Unknown(kind, name, body, f"this release knows no {kind} {name}")
    try:
        value = shape.cls(**shape.read(fields))
        record: Stored = Occurred(event=value, **_header().read(header)) if kind == "event" else value
    except (ValueError, TypeError) as error:
        return Unknown(kind, name, body, str(error))
    return record


def unpack(body: object, *, seq: int = 0) -> tuple[int, str, str, dict[str, Any], dict[str, Any]]:
    """Return format, kind, class name, header and fields as plain values. Raises JournalCorrupt."""
    if type(body) is not bytes:
        raise _corrupt(seq, "its body is not stored as bytes")
    if len(body) > MAX_BODY:
        raise _corrupt(seq, f"{len(body)} bytes, more than {MAX_BODY}")
    try:
        raw = msgpack.unpackb(body, raw=False, strict_map_key=True, max_ext_len=0)
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise _corrupt(seq, f"no msgpack ({type(error).__name__})") from error
    if not _bounded(raw):
        raise _corrupt(seq, f"nested deeper than {MAX_DEPTH}, or not of plain values")
    if type(raw) is not list or len(raw) < 5 or [type(part) for part in raw[:5]] != [int, str, str, dict, dict]:
        raise _corrupt(seq, "not the five parts of a record")
    form, kind, name, header, fields = raw[:5]
    return form, kind, name, header, fields


def _bounded(raw: object) -> bool:
    level = [raw]
    for _ in range(MAX_DEPTH):
        deeper: list[object] = []
        for item in level:
            if type(item) is dict:
                deeper.extend(item.values())
            elif type(item) is list:
                deeper.extend(item)
            elif type(item) not in _LEAVES:
                return False
        if not deeper:
            return True
        level = deeper
    return False


def _corrupt(seq: int, why: str) -> JournalCorrupt:
    return JournalCorrupt(
        f"Record {seq} of the journal cannot be read: {why}; run `firmware-bridge journal verify` on the file.",
        seq=seq,
    )


@cache
def _header() -> Shape:
    return Shape(Occurred, skip=frozenset({"event"}))


@cache
def _known(kind: str, name: str) -> Shape | None:
    cls = _vocabulary().get((kind, name))
    return None if cls is None else Shape(cls)


@cache
def _vocabulary() -> dict[tuple[str, str], type]:
    """All events and intentions by kind and name.

    Modules are walked and not `Event.__subclasses__()`: a slotted dataclass leaves its unslotted twin there until
    the garbage collector comes by.
    """
    found: dict[tuple[str, str], type] = {("intention", cls.__name__): cls for cls in get_args(Intention)}
    for module in pkgutil.walk_packages(vocabulary.__path__, f"{vocabulary.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            is_event = isinstance(value, type) and issubclass(value, Event)
            if is_event and found.setdefault(("event", value.__name__), value) is not value:
                raise TypeError(f"two events are named {value.__name__}")
    return found
