"""A batch of a sale's records between a till and whoever keeps its books: packed, read, and held against the chain.

The journal's hash chain goes over the bodies byte for byte. An envelope does not carry the bodies but what they can
be rebuilt from exactly; a body of which that is not so (another release's order of fields, a newer format, a class
that the table does not have) travels as it stands. The reader rebuilds every body, computes every link from the hash
before the first record, and accepts nothing unless the last link is the hash that the envelope ends with. The digests
of the bodies alone would be 32 bytes a record, more than most records, and would prove nothing about the content that
is read. That the hash before is the one the receiver ended with is for the receiver to compare (`follows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgpack

from firmware_bridge.journal import chain, codec, reading
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.journal.reading import Row
from firmware_bridge.uplink import wire
from firmware_bridge.uplink.columns import Misfit, Reader, Writer
from firmware_bridge.uplink.fields import HEADER, VERBATIM, Column, Shape, Table, shape, table
from firmware_bridge.uplink.limits import (
    AIM_BODIES,
    MAX_BODIES,
    MAX_ID,
    MAX_NAME,
    MAX_RECORDS,
    MAX_SHAPES,
    WireError,
)
from statemachines.vocabulary.day_events import ShiftFoundClosed, ShiftFoundOpen
from statemachines.vocabulary.events import Occurred, ShiftClosed, ShiftOpened, TillStarted

PARTS = 11
"""Elements of the content; a reader ignores what stands after them."""
_HASH = 32
_HEADER = Column("header", (HEADER,))
_INT64 = 1 << 63


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for all records of an envelope: the till, its journal, and the boot and shift at the first record.

    The chain covers `journal` through its genesis. `boot` and `shift` ("" = none, or not known) are the sender's word
    for routing and display; whoever needs proof reads TillStarted and ShiftOpened.
    """

    till: str
    journal: str
    boot: str = ""
    shift: str = ""

    def after(self, record: codec.Stored) -> Context:
        """Return the context once `record` has been written."""
        event = record.event if isinstance(record, Occurred) else None
        if isinstance(event, TillStarted):
            return replace(self, boot=event.boot_id)
        if isinstance(event, ShiftOpened | ShiftFoundOpen):
            return replace(self, shift=event.shift_id)
        if isinstance(event, ShiftClosed | ShiftFoundClosed):
            return replace(self, shift="")
        return self


@dataclass(frozen=True, slots=True)
class Carried:
    """A journal record as it arrived, body and chained hash rebuilt. `at`: UTC ms; `hash`: 32 bytes."""

    seq: int
    at: int
    subject: str
    name: str
    body: bytes
    hash: bytes

    def record(self) -> codec.Stored:
        """Return the record; one that this release does not understand is `Unknown`. Raises WireError when it is none.

        That happens where a journal holds, under a sound chain, what was never a record.
        """
        try:
            return codec.decode(self.body, seq=self.seq)
        except JournalCorrupt as error:
            raise WireError(f"record {self.seq} hashes to the chain and is no record") from error


@dataclass(frozen=True, slots=True)
class Envelope:
    """What `read` found: consecutive records after `before`, every link computed."""

    context: Context
    before: Head
    records: tuple[Carried, ...]

    @property
    def head(self) -> Head:
        """The last record's number and hash."""
        return Head(self.records[-1].seq, self.records[-1].hash)

    def follows(self, head: Head) -> bool:
        """Whether these are the very next records of a chain that ends at `head`: no hole, no swap, no rewrite."""
        return self.before == head


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Part consecutive rows into what goes into one envelope each."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        weight = _weight(row[2], row[3], row[4])
        if batch and (len(batch) == MAX_RECORDS or size + weight > AIM_BODIES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += weight
    if batch:
        yield batch


def pack(context: Context, before: Head, rows: Sequence[Row], *, known: Table | None = None) -> bytes:
    """Return the envelope of the rows that follow `before`, 1 to MAX_RECORDS of them.

    What it holds is read back before it is handed out. Raises JournalCorrupt when a row does not continue the chain
    (nothing damaged ever leaves the till), WireError when the batch or an id is too long for an envelope.
    """
    head = before
    for row in rows:
        wrong = reading.fault(row, head)
        if wrong is not None:
            raise JournalCorrupt(f"No envelope was made: {wrong}; run `firmware-bridge journal verify`.", seq=row[0])
        head = Head(row[0], row[5])
    expected = tuple([Carried(*row) for row in rows])
    for compact in (True, False):
        envelope = wire.seal(msgpack.packb(_content(context, before, rows, known or table(), compact=compact)))
        try:
            if read(envelope).records == expected:
                return envelope
        except WireError:
            if not compact:
                raise
    raise WireError("it does not read back as it was packed")


def _content(context: Context, before: Head, rows: Sequence[Row], known: Table, *, compact: bool) -> list[Any]:
    writer = Writer(known)
    bodies = [_fitting(writer, known, row) if compact else None for row in rows]
    records = []
    at, skew = 0, 0
    for row, body in zip(rows, bodies, strict=True):
        front = [_wrapped(row[1] - at), writer.text(row[2])]
        at = row[1]
        if body is None:
            records.append([VERBATIM, *front, row[3], row[4]])
            continue
        form, header, fields = body
        opening = [form.number, *front]
        if header is not None:
            found = row[1] - header["mono"]
            rest = {key: value for key, value in header.items() if key not in ("at", "mono")}
            opening += [_wrapped(found - skew), writer.value(_HEADER, rest)]
            skew = found
        records.append([*opening, *writer.write(form, fields)])
    told = [[form.number, form.kind, form.name, form.spelt] for form in writer.told.values()]
    ends = [before.seq, before.hash, rows[-1][5] if rows else before.hash]
    about = [context.till, context.journal, context.boot, context.shift]
    return [*about, *ends, told, writer.strings, writer.values, records]


def _fitting(writer: Writer, known: Table, row: Row) -> tuple[Shape, dict[str, Any] | None, dict[str, Any]] | None:
    """Return row, header and fields of a body that positions rebuild exactly, None when it has to go verbatim."""
    _, at, subject, name, body, _ = row
    writer.count_text(subject)
    try:
        raw = codec.unpack(body)
        form, kind, called, header, fields = raw
        shape_of = known.named(called)
        if shape_of is None or (form, kind, called) != (codec.FORMAT, shape_of.kind, name):
            return None
        if msgpack.packb(raw) != body:
            return None
        if kind == "event":
            if list(header)[:2] != ["at", "mono"] or header["at"] != at or not _int64(header["mono"]):
                return None
            rest = {key: value for key, value in header.items() if key not in ("at", "mono")}
            writer.count_value(_HEADER, rest)
        elif header:
            return None
        writer.count(shape_of, fields)
    except (JournalCorrupt, Misfit):
        return None
    return shape_of, header if kind == "event" else None, fields


def read(envelope: object) -> Envelope:
    """Return what an envelope holds, rebuilt and held against the chain. Raises WireError and nothing else."""
    parts: list[Any] = wire.unpack(wire.unseal(envelope))
    if len(parts) < PARTS:
        raise WireError(f"its content has {len(parts)} parts instead of {PARTS}")
    till, journal, boot, shift, seq, before, after, told, strings, values, records = parts[:PARTS]
    if any(type(text) is not str or len(text) > MAX_ID for text in (till, journal, boot, shift)):
        raise WireError("its till, journal, boot or shift is no id")
    if any(type(digest) is not bytes or len(digest) != _HASH for digest in (before, after)):
        raise WireError("it does not say between which two hashes it stands")
    if not _int64(seq) or not 0 <= seq < _INT64 - MAX_RECORDS:
        raise WireError("it does not say after which record it stands")
    if any(type(part) is not list for part in (told, strings, values, records)):
        raise WireError("its lists are not lists")
    if not 1 <= len(records) <= MAX_RECORDS or len(told) > MAX_SHAPES:
        raise WireError(f"it has {len(records)} records and tells {len(told)} kinds")
    if seq == 0 and before != chain.genesis(journal):
        raise WireError("its first record does not begin the chain of its journal")
    rows = [shape(*row) if type(row) is list and len(row) == 4 else _untold() for row in told]
    known = table().with_told(rows)
    found = _carried(_Records(known, Reader(known, strings, values)), Head(seq, before), records)
    if found[-1].hash != after:
        raise WireError("its records do not hash to the chain it claims: something in them was changed")
    return Envelope(Context(till, journal, boot, shift), Head(seq, before), found)


def _carried(reader: _Records, head: Head, raw: list[Any]) -> tuple[Carried, ...]:
    found = []
    size = 0
    for item in raw:
        at, subject, name, body = reader.next(item)
        size += _weight(subject, name, body)
        if size > MAX_BODIES:
            raise WireError(f"its records have more than {MAX_BODIES} bytes together")
        head = Head(head.seq + 1, chain.link(head.hash, head.seq + 1, at, subject, name, body))
        found.append(Carried(head.seq, at, subject, name, body, head.hash))
    return tuple(found)


class _Records:
    """Rebuilds one record after the other; times count from the one before."""

    def __init__(self, known: Table, reader: Reader) -> None:
        self._table = known
        self._reader = reader
        self._at = 0
        self._skew = 0

    def next(self, raw: Any) -> tuple[int, str, str, bytes]:
        """Return UTC ms, subject, class name and body of the next record. Raises WireError."""
        if type(raw) is not list or len(raw) < 3 or not _int64(raw[1]):
            raise WireError("a record is no record")
        number, delta, *rest = raw
        self._reader.begin()
        subject = self._reader.text(rest.pop(0))
        if type(subject) is not str:
            raise WireError("a record has no subject")
        self._at = _wrapped(self._at + delta)
        name, body = self._verbatim(rest) if number == VERBATIM else self._rebuilt(number, rest)
        if len(body) > codec.MAX_BODY:
            raise WireError(f"a record has {len(body)} bytes, more than {codec.MAX_BODY}")
        return self._at, subject, name, body

    def _verbatim(self, rest: list[Any]) -> tuple[str, bytes]:
        if [type(part) for part in rest] != [str, bytes] or len(rest[0]) > MAX_NAME:
            raise WireError("a record that travels verbatim has no name or no body")
        return rest[0], rest[1]

    def _rebuilt(self, number: object, rest: list[Any]) -> tuple[str, bytes]:
        form = self._table.numbered(number)
        if form.kind == "value":
            raise WireError(f"{form.name} stands where a record belongs")
        header = self._header(rest) if form.kind == "event" else {}
        fields = self._reader.read(form, rest[2:] if form.kind == "event" else rest, 0)
        body: bytes = msgpack.packb([codec.FORMAT, form.kind, form.name, header, fields])
        return form.name, body

    def _header(self, rest: list[Any]) -> dict[str, Any]:
        if len(rest) < 2 or not _int64(rest[0]) or rest[1] is None:
            raise WireError("an event has no header")
        self._skew = _wrapped(self._skew + rest[0])
        written = self._reader.one(_HEADER, rest[1])
        return {"at": self._at, "mono": _wrapped(self._at - self._skew), **written}


def _weight(subject: str, name: str, body: bytes) -> int:
    return len(body) + 4 * len(subject) + 4 * len(name)


def _int64(number: object) -> bool:
    return type(number) is int and -_INT64 <= number < _INT64


def _wrapped(number: int) -> int:
    """Differences are taken modulo 2^64, so that any two times have one."""
    return (number + _INT64) % (2 * _INT64) - _INT64


def _untold() -> Shape:
    raise WireError("it tells a kind that is no row of a table")
