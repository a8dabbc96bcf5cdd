"""Which position of a wire record is which field of a sale's event: `table.txt`, read, and what an envelope adds.

The table spells only names and where classes stand in each other; types are the vocabulary's business. A row that
does not fit a body costs bytes and never content: that body travels as it stands in the journal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from firmware_bridge.uplink.limits import MAX_FIELDS, MAX_NAME, WireError

ShapeKind = Literal["event", "intention", "value"]
KINDS: tuple[ShapeKind, ...] = ("event", "intention", "value")
HEADER = "Occurred"
"""The row of an event's header, without `at` and `mono`."""
VERBATIM = 0
"""The number of a record that travels as the journal's own body."""
HIGHEST = 0xFFFF

_NAME = rf"[A-Za-z_][A-Za-z0-9_]{{0,{MAX_NAME - 1}}}"
_FIELD = re.compile(rf"({_NAME})(?:(#)|:({_NAME}(?:\|{_NAME}){{0,15}})(\*)?)?", re.ASCII)
_CLASS = re.compile(_NAME, re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """One field. `classes`: of which one stands here, none = no class; `many`: a list of them; `text`: a text."""

    name: str
    classes: tuple[str, ...] = ()
    many: bool = False
    text: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A row: its number, what it is, the class and its fields in the order of the journal's body.

    `told`: whether it, or a field of it, is younger than wire version 1, so that an envelope tells it; `spelt` is how.
    """

    number: int
    kind: ShapeKind
    name: str
    columns: tuple[Column, ...]
    spelt: str
    told: bool = False


class Table:
    """Rows by number and by class. Numbers and classes are unique in it."""

    def __init__(self, shapes: dict[int, Shape]) -> None:
        self._numbers = shapes
        self._names = {shape.name: shape for shape in shapes.values()}

    def numbered(self, number: object) -> Shape:
        """Return the row of a number. Raises WireError."""
        shape = self._numbers.get(number) if type(number) is int else None
        if shape is None:
            raise WireError(f"it uses kind {number!r:.20}, which neither this release knows nor the envelope tells")
        return shape

    def named(self, name: str) -> Shape | None:
        """Return the row of a class, None when there is none."""
        return self._names.get(name)

    def with_told(self, told: list[Shape]) -> Table:
        """Return a table with rows that an envelope tells, which win. Raises WireError where they contradict ours.

        One of two rows of the same number must be the beginning of the other: fields are only ever appended.
        """
        if not told:
            return self
        merged = dict(self._numbers)
        names = {shape.name: shape.number for shape in merged.values()}
        for shape in told:
            ours = merged.get(shape.number)
            if ours is not None and (
                (ours.kind, ours.name) != (shape.kind, shape.name)
                or any(mine != theirs for mine, theirs in zip(ours.columns, shape.columns, strict=False))
            ):
                raise WireError(f"it tells kind {shape.number} otherwise than the table")
            if names.setdefault(shape.name, shape.number) != shape.number:
                raise WireError(f"it tells a second number for {shape.name}")
            merged[shape.number] = shape
        return Table(merged)


def shape(number: object, kind: object, name: object, spelt: object, *, told: bool = True) -> Shape:
    """Return a row from its four parts, the fields parted by single blanks. Raises WireError."""
    if type(number) is not int or not VERBATIM < number <= HIGHEST or kind not in KINDS:
        raise WireError("it tells a kind that has no number or is no event, intention or value")
    if type(name) is not str or not _CLASS.fullmatch(name) or type(spelt) is not str:
        raise WireError(f"kind {number} is told without a name")
    words = spelt.split(" ") if spelt else []
    if len(words) > MAX_FIELDS:
        raise WireError(f"kind {number} is told with more than {MAX_FIELDS} fields")
    columns = tuple([_column(word) for word in words])
    if len({column.name for column in columns}) != len(columns):
        raise WireError(f"kind {number} is told with a field twice")
    return Shape(number, kind, name, columns, spelt, told)


def _column(word: str) -> Column:
    match = _FIELD.fullmatch(word)
    if match is None:
        raise WireError(f"{word!r:.40} is no field")
    name, plain, classes, many = match.groups()
    return Column(name, tuple(classes.split("|")) if classes else (), many is not None, not plain and not classes)


def parse(text: str) -> Table:
    """Return the table of a text like `table.txt`. Raises WireError at a row that is none, or a number used twice."""
    shapes: dict[int, Shape] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        number, kind, name, *words = line.removeprefix("+").split()
        row = shape(
            int(number) if number.isdecimal() else None,
            kind,
            name,
            " ".join(word for word in words if word != "|"),
            told=line.startswith("+") or "|" in words,
        )
        if row.number in shapes:
            raise WireError(f"the table has kind {row.number} twice")
        shapes[row.number] = row
    return Table({}).with_told(list(shapes.values()))


@cache
def table() -> Table:
    """The table of this release."""
    return parse(files("firmware_bridge.uplink").joinpath("table.txt").read_text(encoding="utf-8"))
