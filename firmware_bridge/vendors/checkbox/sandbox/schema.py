"""In the vendor's place on a sale's way: how a field of a request is read, and what a 422 says when it cannot be.

The wording of `seed` is that of the vendor's page (pydantic 1); the Ukrainian of `current` is recorded for a missing
field and a short list, inferred for the rest. Unknown fields are passed over, as the vendor does.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

Path = tuple[str | int, ...]
_N = TypeVar("_N", int, int | Decimal)

#: type of the problem -> its message: seed, current. `{}` is the limit.
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "value_error.missing": ("field required", "Обов'язкове поле не заповнено"),
    "type_error.none.not_allowed": ("none is not an allowed value", "Значення не може бути порожнім"),
    "type_error.str": ("str type expected", "Очікується рядок"),
    "type_error.integer": ("value is not a valid integer", "Значення не є цілим числом"),
    "type_error.float": ("value is not a valid float", "Значення не є числом"),
    "type_error.bool": ("value could not be parsed to a boolean", "Значення не є логічним"),
    "type_error.uuid": ("value is not a valid uuid", "Значення не є UUID"),
    "value_error.datetime": ("invalid datetime format", "Невірний формат дати"),
    "type_error.list": ("value is not a valid list", "Значення не є списком"),
    "type_error.dict": ("value is not a valid dict", "Значення не є об'єктом"),
    "type_error.enum": ("value is not a valid enumeration member; permitted: {}", "Допустимі значення: {}"),
    "value_error.email": ("value is not a valid email address", "Невірна адреса електронної пошти"),
    "value_error.str.regex": ('string does not match regex "{}"', 'Рядок не відповідає шаблону "{}"'),
    "value_error.any_str.min_length": (
        "ensure this value has at least {} characters",
        "Переконайтеся, що це значення містить принаймні {} символів",
    ),
    "value_error.any_str.max_length": (
        "ensure this value has at most {} characters",
        "Переконайтеся, що це значення містить не більше {} символів",
    ),
    "value_error.list.min_items": (
        "ensure this value has at least {} items",
        "Переконайтеся, що це значення містить принаймні {} елементів",
    ),
    "value_error.list.max_items": (
        "ensure this value has at most {} items",
        "Переконайтеся, що це значення містить не більше {} елементів",
    ),
    "value_error.number.not_ge": (
        "ensure this value is greater than or equal to {}",
        "Переконайтеся, що це значення більше або дорівнює {}",
    ),
    "value_error.number.not_gt": (
        "ensure this value is greater than {}",
        "Переконайтеся, що це значення більше ніж {}",
    ),
    "value_error.number.not_le": (
        "ensure this value is less than or equal to {}",
        "Переконайтеся, що це значення менше або дорівнює {}",
    ),
    "value_error.date.not_today": ("ensure this date is today", "Переконайтеся, що це сьогоднішня дата"),
}
_LIMITED: Final = frozenset({"min_length", "max_length", "min_items", "max_items", "not_ge", "not_gt", "not_le"})
#: Decimals beyond so many digits before or after the point are no amounts, and would cost hours of arithmetic.
_DIGITS: Final = 20
_YEARS: Final = (1000, 9000)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Problem(Exception):
    """A value cannot be read. `limit` fills the message."""

    def __init__(self, kind: str, limit: Any = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.limit = limit


@dataclass(slots=True)
class Problems:
    """All that is wrong with one request, as rows of `detail`."""

    current: bool
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, where: Path, problem: Problem) -> None:
        message = _WORDS[problem.kind][self.current].format(problem.limit)
        row: dict[str, Any] = {"loc": list(where), "msg": message, "type": problem.kind}
        if problem.kind.rpartition(".")[2] in _LIMITED:
            row["ctx"] = {"limit_value": problem.limit}
        elif problem.kind == "value_error.str.regex":
            row["ctx"] = {"pattern": problem.limit}
        self.rows.append(row)


#: Reads a value found at a path; what is wrong goes to the problems or is raised as one.
Reader = Callable[[Any, Path, Problems], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object. A field that is not required may be null; absent and null read as `default`."""

    read: Reader
    required: bool = False
    default: Any = None


def read(reader: Reader, value: Any, where: Path, problems: Problems) -> Any:
    """The value as `reader` reads it, or None with a row in `problems`."""
    try:
        return reader(value, where, problems)
    except Problem as problem:
        problems.add(where, problem)
        return None


def obj(fields: Mapping[str, Field]) -> Reader:
    """An object with these fields; the result has every one of them."""

    def reader(value: Any, where: Path, problems: Problems) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Problem("type_error.dict")
        result: dict[str, Any] = {}
        for name, one in fields.items():
            if name not in value or (value[name] is None and not one.required):
                if one.required:
                    problems.add((*where, name), Problem("value_error.missing"))
                result[name] = one.default
            elif value[name] is None:
                problems.add((*where, name), Problem("type_error.none.not_allowed"))
                result[name] = None
            else:
                result[name] = read(one.read, value[name], (*where, name), problems)
        return result

    return reader


def array(item: Reader, *, least: int = 0, most: int | None = None) -> Reader:
    """A list of `least` to `most` items."""

    def reader(value: Any, where: Path, problems: Problems) -> list[Any]:
        if not isinstance(value, list):
            raise Problem("type_error.list")
        if len(value) < least:
            raise Problem("value_error.list.min_items", least)
        if most is not None and len(value) > most:
            raise Problem("value_error.list.max_items", most)
        return [read(item, one, (*where, i), problems) for i, one in enumerate(value)]

    return reader


def text(least: int = 0, most: int | None = None, pattern: str = "") -> Reader:
    """A string of `least` to `most` characters, matching `pattern` from its start."""

    def reader(value: Any, _where: Path, _problems: Problems) -> str:
        if not isinstance(value, str):
            raise Problem("type_error.str")
        if len(value) < least:
            raise Problem("value_error.any_str.min_length", least)
        if most is not None and len(value) > most:
            raise Problem("value_error.any_str.max_length", most)
        if pattern and not re.match(pattern, value):
            raise Problem("value_error.str.regex", pattern)
        return value

    return reader


def whole(*, least: int | None = None, above: int | None = None, most: int | None = None) -> Reader:
    """An integer."""

    def reader(value: Any, _where: Path, _problems: Problems) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Problem("type_error.integer")
        return _bounded(value, least, above, most)

    return reader


def number(*, least: int | None = None) -> Reader:
    """An integer or decimal number; decimals stay exact."""

    def reader(value: Any, _where: Path, _problems: Problems) -> int | Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise Problem("type_error.float")
        if isinstance(value, Decimal) and value and abs(value.adjusted()) > _DIGITS:
            raise Problem("type_error.float")
        return _bounded(value, least, None, None)

    return reader


def _bounded(value: _N, least: int | None, above: int | None, most: int | None) -> _N:
    if least is not None and value < least:
        raise Problem("value_error.number.not_ge", least)
    if above is not None and value <= above:
        raise Problem("value_error.number.not_gt", above)
    if most is not None and value > most:
        raise Problem("value_error.number.not_le", most)
    return value


def one_of(*permitted: str) -> Reader:
    """One of these words."""

    def reader(value: Any, _where: Path, _problems: Problems) -> str:
        if value not in permitted:
            raise Problem("type_error.enum", ", ".join(f"'{word}'" for word in permitted))
        return str(value)

    return reader


def either(*readers: Reader) -> Reader:
    """The first reader that takes it; the last one's problems if none does."""

    def reader(value: Any, where: Path, problems: Problems) -> Any:
        for one in readers[:-1]:
            trial = Problems(problems.current)
            result = read(one, value, where, trial)
            if not trial.rows:
                return result
        return readers[-1](value, where, problems)

    return reader


def flag(value: Any, _where: Path, _problems: Problems) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Problem("type_error.bool")
    return value


def identifier(value: Any, _where: Path, _problems: Problems) -> str:
    """A UUID, as the text in which the vendor writes it."""
    try:
        return str(uuid.UUID(value if isinstance(value, str) else ""))
    except ValueError as error:
        raise Problem("type_error.uuid") from error


def moment(value: Any, _where: Path, _problems: Problems) -> datetime:
    """ISO 8601; without a zone it is UTC. Years of four digits that no zone can push out of the calendar."""
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Problem("value_error.datetime") from error
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise Problem("value_error.datetime")
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def email(value: Any, _where: Path, _problems: Problems) -> str:
    """Something with an @ and a dot behind it."""
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise Problem("value_error.email")
    return value


def anything(value: Any, _where: Path, _problems: Problems) -> Any:
    """Kept as it is."""
    return value


def fields(required: Sequence[str] = (), /, **readers: Reader) -> dict[str, Field]:
    """A table of fields without defaults, some required."""
    return {name: Field(one, required=name in required) for name, one in readers.items()}
