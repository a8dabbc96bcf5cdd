"""Between the map of a sale's event, as a journal body has it, and its positions on the wire. Exact both ways.

What an envelope says more than once it says once: texts in `strings`, values of a class (a person, a receipt, a
stamp) in `values`; where one belongs, an integer is its index there. A value may use values before it, so what a few
bytes unfold to is counted while it is read, by reference as much as in place.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import msgpack

from firmware_bridge.uplink.fields import Column, Shape, Table
from firmware_bridge.uplink.limits import MAX_BODIES, MAX_DEPTH, MAX_ITEMS, WireError

TAG = ""
"""The key under which the journal names the class where several may stand."""
WORTH_TEXT, WORTH_VALUE = 3, 8
"""Bytes from which saying something once and naming it by an index is shorter."""


class Misfit(Exception):
    """A body's map is not what the table says: the record travels verbatim."""


class Writer:
    """Maps to positions. First `count` everything, then `write` everything: what repeats is known by then."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._texts: Counter[str] = Counter()
        self._seen: Counter[tuple[int, bytes]] = Counter()
        self._strings: dict[str, int] = {}
        self._places: dict[tuple[int, bytes], int] = {}
        self.strings: list[str] = []
        self.values: list[list[Any]] = []
        self.told: dict[int, Shape] = {}

    def count_text(self, text: object) -> None:
        """Count a text."""
        if type(text) is str:
            self._texts[text] += 1

    def count(self, shape: Shape, found: Any, depth: int = 0) -> None:
        """Count a map's texts and values. Raises Misfit when its keys are not the shape's first ones, in order."""
        if type(found) is not dict or depth > MAX_DEPTH:
            raise Misfit
        if list(found) != [column.name for column in shape.columns[: len(found)]]:
            raise Misfit
        for column, value in zip(shape.columns, found.values(), strict=False):
            if not column.classes or value is None:
                self._count_plain(column, value, depth + 1)
            elif column.many:
                for item in _items(value):
                    self.count_value(column, item, depth + 2)
            else:
                self.count_value(column, value, depth + 1)

    def _count_plain(self, column: Column, value: Any, depth: int) -> None:
        if column.text:
            if type(value) is int:
                raise Misfit
            self.count_text(value)
        _plain(value, depth, Misfit)

    def count_value(self, column: Column, value: Any, depth: int = 0) -> None:
        """Count the map of a class that may stand in a column. Raises Misfit."""
        shape, fields = self._member(column, value)
        key = (shape.number, msgpack.packb(fields))
        if key not in self._seen:
            self.count(shape, fields, depth)
        self._seen[key] += 1

    def _member(self, column: Column, value: Any) -> tuple[Shape, dict[str, Any]]:
        if type(value) is not dict:
            raise Misfit
        name = column.classes[0]
        if len(column.classes) > 1:
            if next(iter(value), None) != TAG or value[TAG] not in column.classes:
                raise Misfit
            name, value = value[TAG], {key: item for key, item in value.items() if key != TAG}
        shape = self._table.named(name)
        if shape is None:
            raise Misfit
        return shape, value

    def text(self, text: Any) -> Any:
        """Return a text, or its index when the envelope says it more than once."""
        if type(text) is not str or self._texts[text] < 2 or len(text) < WORTH_TEXT:
            return text
        if text not in self._strings:
            if len(self.strings) == MAX_ITEMS:
                return text
            self._strings[text] = len(self.strings)
            self.strings.append(text)
        return self._strings[text]

    def write(self, shape: Shape, found: dict[str, Any]) -> list[Any]:
        """Return the positions of a map that was counted."""
        if shape.told:
            self.told[shape.number] = shape
        return [self._field(column, value) for column, value in zip(shape.columns, found.values(), strict=False)]

    def _field(self, column: Column, value: Any) -> Any:
        if column.text:
            return self.text(value)
        if not column.classes or value is None:
            return value
        return [self.value(column, item) for item in value] if column.many else self.value(column, value)

    def value(self, column: Column, value: Any) -> Any:
        """Return a class's positions, or their index when the envelope has them more than once."""
        shape, fields = self._member(column, value)
        body = msgpack.packb(fields)
        key = (shape.number, body)
        if key in self._places:
            return self._places[key]
        written = self.write(shape, fields)
        if len(column.classes) > 1:
            return [column.classes.index(shape.name), *written]
        if self._seen[key] < 2 or len(body) < WORTH_VALUE or len(self.values) == MAX_ITEMS:
            return written
        self._places[key] = len(self.values)
        self.values.append([shape.number, *written])
        return self._places[key]


class _Known(NamedTuple):
    """An entry of `values`: its row, its map, and what it weighs and how deep it is once unfolded."""

    number: int
    fields: dict[str, Any]
    weight: int
    depth: int


class Reader:
    """Positions to maps, within the limits. Every method raises WireError and nothing else."""

    def __init__(self, table: Table, strings: list[Any], values: list[Any]) -> None:
        if not all(type(text) is str for text in strings):
            raise WireError("its strings are not all texts")
        self._table = table
        self._strings: list[str] = strings
        self._known: list[_Known] = []
        self.weight = 0
        self._deepest = 0
        for raw in values:
            shape = table.numbered(raw[0] if type(raw) is list and raw else None)
            self.begin()
            fields = self.read(shape, raw[1:], 0)
            self._known.append(_Known(shape.number, fields, self.weight, self._deepest))

    def begin(self) -> None:
        """Count from here: a record's weight is its own."""
        self.weight = self._deepest = 0

    def text(self, raw: Any) -> Any:
        """Return the text of an index, or what stands here itself: a text, nil, any plain value but an integer."""
        if type(raw) is int:
            if not 0 <= raw < len(self._strings):
                raise WireError(f"it names text {raw} of {len(self._strings)}")
            raw = self._strings[raw]
        if type(raw) is str:
            self._weigh(4 * len(raw))
        return raw

    def read(self, shape: Shape, raw: list[Any], depth: int) -> dict[str, Any]:
        """Return the map of a shape's first fields, as many as there are positions."""
        if len(raw) > len(shape.columns):
            raise WireError(f"{shape.name} has {len(raw)} fields where {len(shape.columns)} are known")
        self._sink(depth)
        found = {}
        for column, value in zip(shape.columns, raw, strict=False):
            self._weigh(len(column.name) + 1)
            found[column.name] = self._field(column, value, depth + 1)
        return found

    def _field(self, column: Column, raw: Any, depth: int) -> Any:
        if column.classes and raw is not None:
            if not column.many:
                return self.one(column, raw, depth)
            if type(raw) is not list:
                raise WireError(f"{column.name} is no list")
            self._sink(depth)
            self._weigh(len(raw))
            return [self.one(column, item, depth + 1) for item in raw]
        value = self.text(raw) if column.text else raw
        self._deepest = max(self._deepest, depth)
        self._weigh(_plain(value, depth, WireError(f"{column.name} is no plain value")))
        return value

    def one(self, column: Column, raw: Any, depth: int = 0) -> dict[str, Any]:
        """Return the map of a class that may stand in a column: its positions, or the index of a value."""
        several = len(column.classes) > 1
        if type(raw) is int and not several:
            return self._refer(column, raw, depth)
        if type(raw) is not list:
            raise WireError(f"{column.name} is no {' or '.join(column.classes)}")
        which = 0
        if several:
            if not raw or type(raw[0]) is not int or not 0 <= raw[0] < len(column.classes):
                raise WireError(f"{column.name} does not say which class it is")
            which, raw = raw[0], raw[1:]
        shape = self._table.named(column.classes[which])
        if shape is None:
            raise WireError(f"{column.name} is of a class that is not told")
        fields = self.read(shape, raw, depth)
        return {TAG: shape.name, **fields} if several else fields

    def _refer(self, column: Column, index: int, depth: int) -> dict[str, Any]:
        if not 0 <= index < len(self._known):
            raise WireError(f"{column.name} names value {index} of {len(self._known)} before it")
        known = self._known[index]
        if self._table.numbered(known.number).name != column.classes[0]:
            raise WireError(f"{column.name} names a value of another class")
        self._weigh(known.weight)
        self._sink(depth + known.depth)
        return known.fields

    def _weigh(self, more: int) -> None:
        self.weight += more
        if self.weight > 4 * MAX_BODIES:
            raise WireError("a record unfolds to more than a record may hold")

    def _sink(self, depth: int) -> None:
        self._deepest = max(self._deepest, depth)
        if depth > MAX_DEPTH:
            raise WireError(f"it is nested deeper than {MAX_DEPTH}")


def _items(value: Any) -> list[Any]:
    if type(value) is not list or len(value) > MAX_ITEMS:
        raise Misfit
    return value


def _plain(value: Any, depth: int, wrong: Exception | type[Exception]) -> int:
    """Return what a scalar, or lists of them, weigh. Raises `wrong` at anything else and where it is too deep."""
    if type(value) is list:
        if depth > MAX_DEPTH or len(value) > MAX_ITEMS:
            raise wrong
        return 1 + sum([_plain(item, depth + 1, wrong) for item in value])
    if type(value) in (str, bytes):
        return 1 + len(value)
    if value is None or type(value) in (int, bool, float):
        return 1
    raise wrong
