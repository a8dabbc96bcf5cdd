"""What is packed is read back byte for byte, by older and newer releases too."""

from __future__ import annotations

import dataclasses
import json
import random
from typing import Any, get_args

import msgpack
import pytest

from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.journal.records import Entry
from firmware_bridge.uplink import wire
from firmware_bridge.uplink.envelope import Carried, Context, batches, pack, read
from firmware_bridge.uplink.fields import parse
from firmware_bridge.uplink.limits import MAX_RECORDS, WireError
from statemachines.vocabulary.effects import Intention
from statemachines.vocabulary.events import DrawerForced, Event, Occurred, ShiftOpened, TillStarted
from tests.firmware_bridge.journal.samples import ANN, moved, printing
from tests.firmware_bridge.uplink import other
from tests.firmware_bridge.uplink.samples import CONTEXT, START, chained, day, invented, rows_of
from tests.firmware_bridge.uplink.test_table import words

WORDS = sorted((cls for cls, kind in words().items() if kind != "value"), key=str)


def _content(envelope: bytes) -> list[Any]:
    found: list[Any] = other.unpack(other.unseal(envelope))
    return found


def _verbatim(envelope: bytes) -> int:
    return [record[0] for record in _content(envelope)[10]].count(0)


@pytest.mark.parametrize("cls", WORDS, ids=lambda cls: str(cls.__name__))
def test_every_record_of_the_vocabulary_arrives_as_it_was_and_in_positions(cls: type, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(10):
        values = [invented(cls, chance) for _ in range(3)]
        entries = [Entry("doc", _told(value, chance)) for value in (*values, values[0])]
        rows = rows_of(entries)
        envelope = pack(CONTEXT, START, rows)
        found = read(envelope)
        assert found.records == tuple(Carried(*row) for row in rows)
        assert [carried.record() for carried in found.records] == [entry.record for entry in entries]
        assert _verbatim(envelope) == 0


def _told(value: Any, chance: random.Random) -> Any:
    if isinstance(value, get_args(Intention)):
        return value
    whens = [chance.choice([0, 1_700_000_000_000, 2**63 - 1, -(2**63)]) for _ in range(2)]
    return Occurred(whens[0], whens[1], value, chance.choice([None, ANN]), "c-1")


def test_what_is_said_twice_travels_once() -> None:
    rows = rows_of([moved(7), moved(7), moved(7)])
    content = _content(pack(CONTEXT, START, rows))
    assert json.dumps(content[7:], ensure_ascii=False, default=str).count("Ганна") == 1
    assert json.dumps(content[7:], ensure_ascii=False, default=str).count("doc-7") == 1


def test_a_batch_is_a_small_part_of_its_bodies() -> None:
    rows = rows_of(day(64))
    assert len(pack(CONTEXT, START, rows)) < 0.12 * sum(len(row[4]) for row in rows)


def test_an_envelope_is_deflated_only_when_that_makes_it_shorter() -> None:
    one = pack(CONTEXT, START, chained([(1, "", "Later", bytes([0x95, 2, 0xA1, 65, 0xA1, 66, 0x80, 0x80]))]))
    many = pack(CONTEXT, START, rows_of(day(64)))
    assert (one[3], many[3]) == (wire.PLAIN, wire.ZLIB)


def test_the_context_follows_the_records() -> None:
    context = Context("UA-17", "journal-1").after(Occurred(1, 1, TillStarted("UA-17", "b2", "1")))
    context = context.after(Occurred(1, 1, ShiftOpened("s9", 1, 0, ANN, "2026-01-01")))
    assert context == Context("UA-17", "journal-1", "b2", "s9")
    assert context.after(moved(1).record) == context


# --- other releases ---


def _body(name: str, fields: dict[str, Any], form: int = 1, **header: Any) -> bytes:
    about = {"at": 5, "mono": 2, "actor": None, "cause": "", **header}
    return bytes(msgpack.packb([form, "event", name, about, fields]))


@pytest.mark.parametrize(
    "body",
    [
        _body("DrawerMelted", {"drawer_id": "main"}),
        _body("DrawerForced", {"drawer_id": "main"}, form=2),
        _body("DrawerForced", {"drawer_id": "main", "at_night": True}),
        _body("CashMoved", {"type": "cash_pull", "document_id": "doc-1"}),
        _body("DrawerForced", {"drawer_id": "main"}, at=6),
        _body("DrawerForced", {"drawer_id": "main"}, mono=2**63),
        _body("DrawerForced", {"drawer_id": "main"}, signed="x"),
        _body("DrawerForced", {"drawer_id": 7}),
        _body("DrawerOpened", {"drawer_id": "main", "cause": {"id": "", "kind": "none"}, "confirmed": "sensed"}),
        msgpack.packb([1, "intention", "Print", {"at": 1}, {"document_id": "doc-1"}]),
        b"\xdd\x00\x00\x00\x05" + _body("DrawerForced", {"drawer_id": "main"})[1:],
        b"\x95\x01 no body at all",
    ],
    ids=range(12),
)
def test_a_body_that_the_table_does_not_spell_arrives_byte_for_byte(body: bytes) -> None:
    try:
        name = msgpack.unpackb(body)[2]
    except ValueError:
        name = "Later"
    rows = chained([(5, "s", name, body)] * 3)
    envelope = pack(CONTEXT, START, rows)
    assert [record.body for record in read(envelope).records] == [body] * 3
    assert _verbatim(envelope) == 3


def test_a_body_of_a_shorter_past_arrives_without_the_fields_it_never_had() -> None:
    body = _body("DrawerOpenRequested", {"drawer_id": "main", "cause": {"kind": "none"}})
    envelope = pack(CONTEXT, START, chained([(5, "", "DrawerOpenRequested", body)]))
    (found,) = read(envelope).records
    assert (found.body, _verbatim(envelope)) == (body, 0)
    record = found.record()
    assert isinstance(record, Occurred)
    assert dataclasses.asdict(record.event) == {
        "drawer_id": "main",
        "cause": {"kind": "none", "id": ""},
        "reason": "",
    }


LATER = parse(
    "1 value Occurred actor:Person cause\n2 value Person id name role\n92 event DrawerForced drawer_id | at_night#\n"
    "+900 event DrawerWeighed drawer_id scales:Scales*\n+901 value Scales maker"
)


def test_a_field_of_a_later_release_is_carried_and_ignored() -> None:
    body = _body("DrawerForced", {"drawer_id": "main", "at_night": True})
    envelope = pack(CONTEXT, START, chained([(5, "", "DrawerForced", body)]), known=LATER)
    (found,) = read(envelope).records
    assert (found.body, _verbatim(envelope)) == (body, 0)
    assert found.record() == Occurred(5, 2, DrawerForced("main"))


def test_a_kind_of_a_later_release_is_carried_unharmed() -> None:
    body = _body("DrawerWeighed", {"drawer_id": "main", "scales": [{"maker": "A"}, {"maker": "B"}]})
    envelope = pack(CONTEXT, START, chained([(5, "", "DrawerWeighed", body)]), known=LATER)
    (found,) = read(envelope).records
    assert _verbatim(envelope) == 0
    assert found.record() == Unknown("event", "DrawerWeighed", body, "this release knows no event DrawerWeighed")
    assert other.read(envelope)["records"][0]["body"] == body.hex()


def test_a_later_table_must_continue_ours() -> None:
    body = _body("CashMoved", {"id": "doc-1"})
    wrong = parse("1 value Occurred actor:Person cause\n2 value Person id name role\n+76 event CashMoved id")
    envelope = pack(CONTEXT, START, chained([(5, "", "CashMoved", body)]), known=wrong)
    assert (read(envelope).records[0].body, _verbatim(envelope)) == (body, 1)


def test_content_after_the_known_parts_is_ignored() -> None:
    envelope = pack(CONTEXT, START, rows_of(day(3)))
    longer = other.seal(other.pack([*_content(envelope), "later", [1]]))
    assert read(longer) == read(envelope)


# --- what is never packed ---


def test_rows_that_do_not_continue_the_chain_never_leave() -> None:
    rows = rows_of(day(4))
    for broken in (rows[1:], [rows[0], rows[2]], [rows[1], rows[0]], [(*rows[0][:4], b"x", rows[0][5])]):
        with pytest.raises(JournalCorrupt, match="No envelope was made"):
            pack(CONTEXT, START, broken)
    with pytest.raises(JournalCorrupt):
        pack(CONTEXT, Head(0, bytes(32)), rows)


def test_no_record_and_too_many_records_are_no_envelope() -> None:
    with pytest.raises(WireError):
        pack(CONTEXT, START, [])
    with pytest.raises(WireError):
        pack(CONTEXT, START, rows_of(day(MAX_RECORDS + 1)))


def test_batches_hold_64_records_or_a_mebibyte_and_leave_nothing_out() -> None:
    rows = rows_of(day(150))
    assert [len(batch) for batch in batches(rows)] == [64, 64, 22]
    large = chained([(1, "", "Later", bytes(600_000))] * 3 + [(1, "", "Later", b"\xc0")])
    assert [len(batch) for batch in batches(large)] == [1, 1, 2]
    assert list(batches([])) == []


def test_the_largest_record_of_a_journal_fits_into_an_envelope(seed: int) -> None:
    noise = random.Random(seed).randbytes(1 << 20)
    rows = chained([(1, "s" * 200, "Later", noise)])
    assert read(pack(CONTEXT, START, rows)).records[0].body == noise


def test_a_receipt_nested_as_deep_as_the_journal_allows_still_arrives() -> None:
    deep: Any = 1
    for _ in range(13):
        deep = [deep]
    rows = chained([(5, "", "DrawerForced", _body("DrawerLeftOpen", {"drawer_id": "m", "open_ms": deep}))] * 2)
    assert read(pack(CONTEXT, START, rows)).records == tuple(Carried(*row) for row in rows)


def test_an_event_class_of_the_vocabulary_is_in_this_tests_list() -> None:
    assert TillStarted in WORDS
    assert Event not in WORDS
    assert type(printing().record) in WORDS
