"""Before a sale's way: bodies are checked by the very types that the till checks them with, answers become types."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from firmware_bridge.api.answer_schema import FieldFault
from firmware_bridge.api.schema import CommandBody
from firmware_bridge.client.asking import Asker, untold
from firmware_bridge.client.errors import NotATill, bad_content
from firmware_bridge.client.line import Token
from firmware_bridge.validation import InvalidError, convert

Json = dict[str, Any]
#: The characters of an id (of a command, a document, a drawer …).
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
B = TypeVar("B", bound=CommandBody)
T = TypeVar("T")


def new_id() -> str:
    """An id that no other command has (UUID 4)."""
    return str(uuid.uuid4())


class Typed:
    """Base of the groups of calls: what a command and a look have in common."""

    def __init__(self, asker: Asker, ids: Callable[[], str]) -> None:
        self._asker = asker
        self._ids = ids

    def _do(
        self,
        path: str,
        body: CommandBody | Mapping[str, Any],
        kind: type[B],
        answer: type[T],
        *,
        within: float | None,
        approval: Token | None = None,
        method: str = "POST",
    ) -> T:
        """One command. `body` as its type, or as plain values; without an id it gets one before it is sent."""
        content = checked(body, kind)
        command_id = content.setdefault("id", "") or self._ids()
        content["id"] = command_id
        return understood(str(command_id), self._asker.command(method, path, content, within, approval), answer)

    def _look(self, path: str, answer: type[T], within: float | None = None) -> T:
        reply = self._asker.question(path, within=within)
        try:
            return msgspec.json.decode(reply.body, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotATill(f"The answer to GET {path} is in another form: {error}") from error


def understood(command_id: str, told: Json, kind: type[T]) -> T:
    """The answer to a command that is done, as its type. Raises Untold."""
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as error:
        raise untold(command_id, told, error) from error


def checked(body: CommandBody | Mapping[str, Any], kind: type[B]) -> Json:
    """The plain values of a body, without what is left out anyway. Raises BadContent with every fault: not sent."""
    plain = _plain(body) if isinstance(body, msgspec.Struct) else body
    try:
        found = convert(dict(plain), kind)
    except InvalidError as error:
        faults = [FieldFault(field=fault.path, text=fault.alone()) for fault in error.faults]
        raise bad_content(f"{error.faults[0].sentence()}: nothing was sent", faults) from error
    content: Json = _plain(found)
    if found.id:
        named(found.id, "id")
    return content


def named(value: str, what: str) -> str:
    """An id that can stand in a path. Raises BadContent: nothing was sent."""
    if not _ID.fullmatch(value) or value in (".", "..") or value.endswith((".txt", ".png")):
        text = "must be 1 to 64 of the characters A-Z a-z 0-9 . _ : - and not end in .txt or .png"
        raise bad_content(f"{what} {text}: nothing was sent", [FieldFault(field=what, text=text)], "bad-id")
    return value


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    return tuple(
        (
            field.name,
            field.encode_name,
            field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory(),
        )
        for field in msgspec.structs.fields(kind)
    )


def _plain(value: Any) -> Any:
    """A body as JSON has it. A till of an earlier release does not know a member that came later: none is sent that
    says nothing."""
    if isinstance(value, msgspec.Struct):
        told = ((name, default, getattr(value, own)) for own, name, default in _fields(type(value)))
        return {name: _plain(part) for name, default, part in told if part != default}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
