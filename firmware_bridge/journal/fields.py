"""Between a sale's frozen values and the plain maps and lists that are packed into a journal record.

A dataclass becomes a map of its field names, so fields may be added (with a default) and nothing else may change:
a reader ignores names it does not know and takes the default for names that are missing. A field that may hold one
of several dataclasses carries the class name under the key "" of its map; a map without it is the first of them, so
a field of one class can later be widened to several. Values are checked on the way in as on the way out: what is
written can be read.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

TAG = ""
_PLAIN = (str, int, bool, float, bytes, types.NoneType)

Turn = Callable[[Any], Any]


class Misfit(ValueError):
    """A value does not fit its declared type. The text begins with the path to it."""


class Form(NamedTuple):
    """How values of one declared type are written and read. `wire` are the Python types it has once unpacked."""

    write: Turn
    read: Turn
    wire: tuple[type, ...]


class Shape:
    """The fields of one dataclass, without those named in `skip`."""

    def __init__(self, cls: type, skip: frozenset[str] = frozenset()) -> None:
        hints = get_type_hints(cls)
        self.cls = cls
        self._plan = [
            (
                field.name,
                form_of(hints[field.name]),
                field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
            )
            for field in dataclasses.fields(cls)
            if field.init and field.name not in skip
        ]

    def write(self, value: object) -> dict[str, Any]:
        """Return the map of `value`'s fields. Raises Misfit."""
        if type(value) is not self.cls:
            raise Misfit(f"{type(value).__name__} stands where {self.cls.__name__} belongs")
        name = ""
        try:
            out = {}
            for name, form, _ in self._plan:
                out[name] = form.write(getattr(value, name))
        except Misfit as error:
            raise Misfit(f"{name}: {error}") from error
        return out

    def read(self, raw: object) -> dict[str, Any]:
        """Return constructor arguments; unknown names are ignored, missing ones left to the default. Raises Misfit."""
        if type(raw) is not dict:
            raise Misfit(f"no map of {self.cls.__name__}")
        arguments = {}
        for name, form, required in self._plan:
            if name in raw:
                try:
                    arguments[name] = form.read(raw[name])
                except Misfit as error:
                    raise Misfit(f"{name}: {error}") from error
            elif required:
                raise Misfit(f"{name}: missing")
        return arguments


@cache
def form_of(declared: Any) -> Form:
    """Return the form of a declared type: str, int, bool, float, bytes, None, Literal, unions, tuples, dataclasses.

    Raises TypeError for any other type: such a field cannot be journalled.
    """
    origin = get_origin(declared)
    if isinstance(declared, type) and origin is None:
        if declared in _PLAIN:
            return _plain(declared)
        if dataclasses.is_dataclass(declared):
            return _dataclass(declared)
    if origin is Literal:
        return _literal(get_args(declared))
    if origin is tuple:
        return _tuple(get_args(declared))
    if origin is Union or origin is types.UnionType:
        return _union(get_args(declared))
    raise TypeError(f"fields of type {declared} cannot be journalled")


def _plain(kind: type) -> Form:
    def same(value: Any) -> Any:
        if type(value) is not kind:
            raise Misfit(f"{type(value).__name__} instead of {kind.__name__}")
        return value

    return Form(same, same, (kind,))


def _literal(allowed: tuple[Any, ...]) -> Form:
    kinds = {type(value) for value in allowed}

    def one_of(value: Any) -> Any:
        if type(value) not in kinds or value not in allowed:
            raise Misfit(f"{value!r:.40} is none of {', '.join(map(repr, allowed))}")
        return value

    return Form(one_of, one_of, tuple(kinds))


def _dataclass(cls: type) -> Form:
    shape = Shape(cls)
    return Form(shape.write, lambda raw: cls(**shape.read(raw)), (dict,))


def _tuple(items: tuple[Any, ...]) -> Form:
    if len(items) == 2 and items[1] is Ellipsis:
        every = form_of(items[0])
        return Form(
            lambda value: [every.write(item) for item in _of_kind(value, tuple)],
            lambda raw: tuple([every.read(item) for item in _of_kind(raw, list)]),
            (list,),
        )
    forms = [form_of(item) for item in items]

    def sized(value: Any, kind: type) -> Any:
        if len(_of_kind(value, kind)) != len(forms):
            raise Misfit(f"{len(value)} items instead of {len(forms)}")
        return zip(forms, value, strict=True)

    return Form(
        lambda value: [form.write(item) for form, item in sized(value, tuple)],
        lambda raw: tuple([form.read(item) for form, item in sized(raw, list)]),
        (list,),
    )


def _of_kind(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Misfit(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def _union(members: tuple[Any, ...]) -> Form:
    allowed = tuple(value for member in members if get_origin(member) is Literal for value in get_args(member))
    if allowed:  # two lists of words are one longer list
        members = (*(member for member in members if get_origin(member) is not Literal), Literal[allowed])
        if len(members) == 1:
            return _literal(allowed)
    classes = [member for member in members if dataclasses.is_dataclass(member) and isinstance(member, type)]
    others = [form_of(member) for member in members if member not in classes]
    if len(members) == 2 and types.NoneType in members:
        return _optional(next(form_of(member) for member in members if member is not types.NoneType))
    by_name = {cls.__name__: form_of(cls) for cls in classes}
    by_wire = {wire: form for form in others for wire in form.wire}

    def write(value: Any) -> Any:
        if type(value) in classes:
            name = type(value).__name__
            return {TAG: name, **by_name[name].write(value)}
        return _pick(by_wire, list if type(value) is tuple else type(value)).write(value)

    def read(raw: Any) -> Any:
        if type(raw) is dict and classes:
            return _pick(by_name, raw.get(TAG, classes[0].__name__)).read(raw)
        return _pick(by_wire, type(raw)).read(raw)

    wires = (*by_wire, *((dict,) if classes else ()))
    return Form(write, read, wires)


def _pick(forms: dict[Any, Form], key: object) -> Form:
    form = forms.get(key) if isinstance(key, (str, type)) else None
    if form is None:
        raise Misfit(f"{key!r:.60} is none of the kinds that may stand here")
    return form


def _optional(form: Form) -> Form:
    return Form(
        lambda value: None if value is None else form.write(value),
        lambda raw: None if raw is None else form.read(raw),
        (*form.wire, types.NoneType),
    )
