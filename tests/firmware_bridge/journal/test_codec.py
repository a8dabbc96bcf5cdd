"""A body is what the format says, reads back as it was, and cannot hurt its reader."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import pkgutil
from typing import Any, get_args

import msgpack
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from firmware_bridge.journal.codec import MAX_BODY, MAX_DEPTH, Unknown, decode, encode
from firmware_bridge.journal.errors import JournalCorrupt, NotStorable
from firmware_bridge.journal.fields import Misfit, form_of
from statemachines import vocabulary
from statemachines.vocabulary.effects import Intention, Print
from statemachines.vocabulary.events import CashMoved, Event, Occurred, TimeReached
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
from tests.firmware_bridge.journal.samples import ANN, moved, occurred, printing


def _few(of: Any) -> st.SearchStrategy[Any]:
    """A tuple with none, one or two of each: five lines of five taxes each take long and show no more."""
    inside = get_args(of)
    if inside[1:] == (Ellipsis,):
        return st.lists(st.from_type(inside[0]), max_size=2).map(tuple)
    return st.tuples(*map(st.from_type, inside))


st.register_type_strategy(tuple, _few)


def _events() -> list[type]:
    modules = [
        importlib.import_module(it.name) for it in pkgutil.iter_modules(vocabulary.__path__, f"{vocabulary.__name__}.")
    ]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return sorted((cls for cls in found if issubclass(cls, Event)), key=lambda cls: cls.__name__)


def test_an_event_is_written_in_the_documented_form() -> None:
    written = b"\x95\x01\xa5event\xabTimeReached"
    written += b"\x84\xa2at\xcd\x01\xf4\xa4mono\x07\xa5actor\xc0\xa5cause\xa1c"
    written += b"\x81\xa3key\xa4age1"
    assert encode(Occurred(500, 7, TimeReached("age1"), None, "c")) == ("TimeReached", written)
    assert decode(written) == Occurred(500, 7, TimeReached("age1"), None, "c")


def test_a_field_of_several_classes_names_the_one_it_holds() -> None:
    _, body = encode(printing().record)
    blocks = msgpack.unpackb(body)[4]["paper"]["blocks"]
    assert blocks[0] == {"": "TextLine", "text": "Кава 2 x 25,00", "tall": False, "wide": False, "bold": False}
    assert blocks[1] == {"": "QrCode", "content": "https://example.org/1", "module": 5}
    assert decode(body) == printing().record


@pytest.mark.parametrize("cls", _events(), ids=lambda cls: str(cls.__name__))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_event_of_the_vocabulary_reads_back_as_it_was(cls: type, data: st.DataObject) -> None:
    record = Occurred(data.draw(st.integers(-(2**63), 2**63 - 1)), 1, data.draw(st.from_type(cls)), ANN, "c")
    try:
        name, body = encode(record)
    except NotStorable as error:
        assume("OverflowError" not in repr(error.__cause__))
        assume("too large" not in str(error) and "out of bounds" not in str(error))
        raise
    assert (name, decode(body)) == (cls.__name__, record)


@pytest.mark.parametrize("cls", get_args(Intention), ids=lambda cls: str(cls.__name__))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_intention_reads_back_as_it_was(cls: type, data: st.DataObject) -> None:
    record = data.draw(st.from_type(cls))
    try:
        name, body = encode(record)
    except NotStorable as error:
        assume(not isinstance(error.__cause__, OverflowError))
        raise
    assert (name, decode(body)) == (cls.__name__, record)


def _changed(change: Any) -> bytes:
    raw = msgpack.unpackb(encode(moved(1).record)[1])
    change(raw)
    return bytes(msgpack.packb(raw))


def test_a_newer_field_and_a_newer_header_and_a_newer_part_are_ignored() -> None:
    def grow(raw: list[Any]) -> None:
        raw[3]["clock"] = {"synced": True}
        raw[4]["counterpart"] = ["safe"]
        raw.append("more")

    assert decode(_changed(grow)) == moved(1).record


def test_a_missing_field_takes_its_default() -> None:
    body = _changed(lambda raw: raw[3].pop("cause"))
    written = moved(1).record
    assert isinstance(written, Occurred)
    assert decode(body) == dataclasses.replace(written, cause="")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw.__setitem__(2, "DrawerSang"), "knows no event DrawerSang"),
        (lambda raw: raw.__setitem__(1, "wish"), "knows no wish CashMoved"),
        (lambda raw: raw.__setitem__(0, 2), "format 2"),
        (lambda raw: raw[4].__setitem__("direction", "sideways"), "direction: 'sideways'"),
        (lambda raw: raw[4].__setitem__("amount", "100"), "amount: str instead of int"),
        (lambda raw: raw[4].pop("amount"), "amount: missing"),
        (lambda raw: raw[3].__setitem__("actor", 5), "actor: no map of Person"),
    ],
)
def test_a_sound_body_that_is_not_understood_is_carried_through(change: Any, reason: str) -> None:
    body = _changed(change)
    record = decode(body, seq=9)
    assert isinstance(record, Unknown)
    assert reason in record.reason
    assert encode(record) == (record.name, body)


def test_a_field_of_one_class_may_be_widened_to_several() -> None:
    narrow, wide = form_of(TextLine), form_of(TextLine | QrCode)
    assert wide.read(narrow.write(TextLine("a"))) == TextLine("a")
    with pytest.raises(Misfit, match="none of the kinds"):
        wide.read({"": "Picture", "dots": b""})


@pytest.mark.parametrize(
    "event",
    [
        CashMoved("d", "cash_pull", "sideways", 1),  # type: ignore[arg-type]  # on purpose
        CashMoved("d", "cash_pull", "out", 1.5),  # type: ignore[arg-type]  # on purpose
        CashMoved("d", "cash_pull", "out", amount=True),
        CashMoved("d", "cash_pull", "out", 2**70),
        CashMoved("d", "\ud800", "out", 1),
        CashMoved("d" * MAX_BODY, "cash_pull", "out", 1),
    ],
)
def test_what_could_not_be_read_back_is_refused_before_it_is_written(event: Event) -> None:
    with pytest.raises(NotStorable, match="CashMoved was not journalled"):
        encode(occurred(event))


def test_an_event_outside_of_the_vocabulary_is_refused() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Dreamt(Event):
        pass

    with pytest.raises(NotStorable, match="Dreamt was not journalled: no such word"):
        encode(occurred(Dreamt()))


def _nested(levels: int) -> bytes:
    return b"\x95\x01\xa5event\xa1X\x80\x81\xa1f" + b"\x91" * levels + b"\xc0"


HOSTILE = {
    "empty": b"",
    "cut short": encode(moved(1).record)[1][:-1],
    "something after it": encode(moved(1).record)[1] + b"\x00",
    "not a list": b"\xa5hello",
    "four parts": b"\x94\x01\xa5event\xa1X\x80",
    "parts of other kinds": b"\x95\xa1a\xa5event\xa1X\x80\x80",
    "a list that claims 4 billion items": b"\xdd\xff\xff\xff\xff",
    "a text that claims 4 GB": b"\xdb\xff\xff\xff\xffa",
    "a number as a key": b"\x95\x01\xa5event\xa1X\x80\x81\x01\x02",
    "text that is not UTF-8": b"\x95\x01\xa5event\xa2\xff\xfe\x80\x80",
    "a time stamp": b"\x95\x01\xa5event\xa1X\x80\x81\xa1t\xd6\xff\x00\x00\x00\x01",
    "an extension": b"\x95\x01\xa5event\xa1X\x80\x81\xa1t\xd4\x05\x00",
    "too deep": _nested(MAX_DEPTH),
    "much too deep": _nested(100_000),
    "too long": b"\x95\x01\xa5event\xa1X\x80\x81\xa1t\xc6" + MAX_BODY.to_bytes(4, "big") + bytes(MAX_BODY),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_reported_as_damage_of_its_record(body: bytes) -> None:
    with pytest.raises(JournalCorrupt, match="Record 77 of the journal cannot be read") as raised:
        decode(body, seq=77)
    assert raised.value.seq == 77


def test_the_deepest_body_allowed_is_read() -> None:
    assert isinstance(decode(_nested(MAX_DEPTH - 4)), Unknown)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_damage_or_unknown_and_nothing_else(body: bytes) -> None:
    with contextlib.suppress(JournalCorrupt):
        assert isinstance(decode(body, seq=1), Unknown)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_byte_never_breaks_the_reader(data: st.DataObject) -> None:
    body = bytearray(encode(printing().record)[1])
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(JournalCorrupt):
        assert isinstance(decode(bytes(body)), Occurred | Print | Unknown)


def test_a_type_that_cannot_be_journalled_is_named() -> None:
    with pytest.raises(TypeError, match="list"):
        form_of(list[int])


def test_a_union_of_plain_kinds_and_tuples_reads_back() -> None:
    form = form_of(str | int | tuple[int, ...] | None | Paper)
    for value in ("a", 5, (1, 2), None, Paper(1, (), "e", "c", "v")):
        assert form.read(form.write(value)) == value
    with pytest.raises(Misfit):
        form.write(1.5)
