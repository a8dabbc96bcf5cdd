"""On a sale's way: the bytes of a request become a checked body, an id, a digest and the patience of the caller."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.api.schema import Body, CommandBody
from firmware_bridge.validation import Fault, InvalidError, convert, too_deep_or_broken
from statemachines.vocabulary.receipt import Person

DEFAULT_WAIT, MAX_WAIT = 20, 60
"""Seconds that a command waits for its end before 202 is answered (Prefer: wait=N, RFC 7240)."""
MAX_SEQ = 2**63 - 1

CALLER = web.RequestKey("caller", Person)
APPROVER = web.RequestKey("approver", Person)
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_B = TypeVar("_B", bound=CommandBody)


@dataclass(frozen=True, slots=True)
class Asked(Generic[_B]):
    """A command as asked for. `person` is the caller with the cashier's name, if the caller told one.

    `approved_by`: the manager who approves it: whoever brought a token of one, or the caller.
    """

    body: _B
    command_id: str
    digest: bytes
    wait: float
    person: Person
    approved_by: Person | None = None


def _as_it_is(body: _B) -> _B:
    return body


async def asked(request: web.Request, schema: type[_B], tidy: Callable[[_B], _B] = _as_it_is) -> Asked[_B]:
    """Read a command. Raises ProblemError (400, 422) with every fault; nothing has happened then.

    `tidy` takes out of the body what may not be kept, before its digest is made: a digest of what lacks six digits of a
    card number would give these digits away to whoever tries them all. It may raise InvalidError.
    """
    raw = await request.read()
    try:
        body = tidy(convert(parse_json(raw), schema))
    except InvalidError as error:
        raise ProblemError(_invalid(error.faults)) from error
    caller = request[CALLER]
    return Asked(
        body=body,
        command_id=_command_id(body.id, request),
        digest=digest(str(request.match_info.route.name), dict(request.match_info), body),
        wait=wait_of(request),
        person=Person(caller.id, body.cashier or caller.name, caller.role),
        approved_by=request.get(APPROVER) or (caller if caller.role == "manager" else None),
    )


def _invalid(faults: tuple[Fault, ...]) -> Problem:
    first = faults[0].sentence()
    more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
    return Problem("invalid", f"{first}{more}: nothing happened, correct it and send it again", errors=faults)


def parse_json(raw: bytes) -> Any:
    """Return the plain value of a JSON text; an empty one is {}. Raises ProblemError naming line and column.

    Refused beyond RFC 8259: duplicate names, NaN and Infinity, half surrogate pairs, more than 32 levels.
    """
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _bad_json(f"the body is not UTF-8: byte {error.start} does not belong there") from error
    except json.JSONDecodeError as error:
        raise _bad_json(f"line {error.lineno}, column {error.colno}: {error.msg.lower()}") from error
    except RecursionError as error:
        raise _bad_json("the data is nested too deep") from error
    except ValueError as error:  # a duplicate, a NaN, or a number with thousands of digits
        raise _bad_json(str(error) if "digits" not in str(error) else "a number has too many digits") from error
    if fault := too_deep_or_broken(value):
        raise _bad_json(fault.sentence())
    return value


def _bad_json(text: str) -> ProblemError:
    return ProblemError(Problem("bad-json", f"{text}: nothing happened"))


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, value in pairs:
        if name in table:
            raise ValueError(f'the name "{name}" stands twice in one object')
        table[name] = value
    return table


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def digest(command: str, target: dict[str, str], body: Body) -> bytes:
    """Return the SHA-256 of what is asked: the command, its target and the validated body without its id.

    Canonical: JSON with sorted names, and without what equals its default, so that a field left out and a field
    written out are the same, and a field added to the schema later does not change what was sent before.
    """
    content = _without_defaults(body)
    content.pop("id", None)
    canonical = json.dumps(
        {"command": command, "target": target, "body": content},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).digest()


@functools.cache
def _fields(schema: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (field.name, field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory())
        for field in msgspec.structs.fields(schema)
    )


def _without_defaults(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        told = ((name, default, getattr(value, name)) for name, default in _fields(type(value)))
        return {name: _without_defaults(part) for name, default, part in told if part != default}
    if isinstance(value, tuple):
        return [_without_defaults(part) for part in value]
    return value


def check_key(request: web.Request) -> str:
    """Return the header Idempotency-Key ("" = none). Raises ProblemError for a wrong one or several."""
    keys = request.headers.getall("Idempotency-Key", [])
    if len(keys) > 1:
        raise ProblemError(Problem("bad-id", "the header Idempotency-Key stands more than once: nothing happened"))
    return _check_id(keys[0], "Idempotency-Key") if keys else ""


def _command_id(in_body: str, request: web.Request) -> str:
    in_header = check_key(request)
    if in_body and in_header and in_body != in_header:
        raise ProblemError(Problem("bad-id", "id and Idempotency-Key differ: nothing happened; send one of them"))
    if not in_body and not in_header:
        raise ProblemError(
            Problem("bad-id", "the command has no id: nothing happened; send one in id or in Idempotency-Key")
        )
    return in_header or _check_id(in_body, "id")


def _check_id(value: str, name: str) -> str:
    if not _ID.fullmatch(value):
        text = f"{name} must be a UUID or 1 to 64 of the characters A-Z a-z 0-9 . _ : - : nothing happened"
        raise ProblemError(Problem("bad-id", text, errors=(Fault(name, "has characters or a length not allowed"),)))
    if value.endswith((".txt", ".png")) or value in (".", ".."):
        text = f"{name} must not be . or .. and not end in .txt or .png: nothing happened"
        raise ProblemError(Problem("bad-id", text, errors=(Fault(name, "would not be reachable"),)))
    return value


def wait_of(request: web.Request) -> float:
    """Return the seconds of `Prefer: wait=N`, at most 60; a preference that is none is ignored (RFC 7240)."""
    for header in request.headers.getall("Prefer", []):
        for part in header.split(","):
            name, _, value = part.partition(";")[0].partition("=")
            text = value.strip().strip('"')
            if name.strip().lower() == "wait" and text.isascii() and text.isdigit() and len(text) <= 9:
                return float(min(int(text), MAX_WAIT))
    return float(DEFAULT_WAIT)


def query_number(request: web.Request, name: str, default: int | None, low: int, high: int) -> int | None:
    """Return a whole number from the query. Raises ProblemError unless it is there once and within bounds."""
    values = request.query.getall(name, [])
    if not values:
        return default
    return number(values[0] if len(values) == 1 else "", name, low, high)


def query_word(request: web.Request, name: str, words: tuple[str, ...]) -> str:
    """Return one of `words` from the query, "" for none. Raises ProblemError unless it is one of them, once."""
    values = request.query.getall(name, [])
    if not values:
        return ""
    if len(values) == 1 and values[0] in words:
        return values[0]
    fault = Fault(name, f"must be one of {', '.join(words)}, once")
    raise ProblemError(Problem("bad-query", fault.sentence(), errors=(fault,)))


def number(text: str, name: str, low: int, high: int) -> int:
    """Return `text` as a whole number from `low` to `high`. Raises ProblemError naming it."""
    if text.isascii() and text.isdigit() and len(text) <= 19 and low <= int(text) <= high:
        return int(text)
    fault = Fault(name, f"must be a whole number from {low} to {high}, once")
    raise ProblemError(Problem("bad-query", fault.sentence(), errors=(fault,)))
