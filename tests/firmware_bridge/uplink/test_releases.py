"""Tills and gateways of different releases understand each other, whichever of the two is the older one."""

from __future__ import annotations

import re
from pathlib import Path

import msgpack
import pytest

from firmware_bridge.gateway.commands import Command, decode, encode
from firmware_bridge.journal.reading import Row
from firmware_bridge.uplink import envelope as module
from firmware_bridge.uplink import news, over_http
from firmware_bridge.uplink.envelope import pack, read
from firmware_bridge.uplink.fields import Table, parse
from firmware_bridge.uplink.limits import WireError
from tests.firmware_bridge.uplink import other
from tests.firmware_bridge.uplink.samples import CONTEXT, START, chained, day, rows_of

TEXT = (Path(module.__file__).parent / "table.txt").read_text("utf-8")


def _older() -> Table:
    """Version 1 as it began: no row and no field that came later."""
    return parse("\n".join(re.sub(r" \| .*", "", line) for line in TEXT.splitlines() if not line.startswith("+")))


def _newer() -> Table:
    """A release to come: a field more on a class, and a class more."""
    later = re.sub(r"(?m)^(\+?\d+ event CashMoved .*)$", r"\1 | weighed# by_whom:Person", TEXT)
    return parse(later + "\n+60001 event DrawerWeighed drawer_id grams#\n")


RELEASES = {"older": _older(), "ours": parse(TEXT), "newer": _newer()}


def _rows() -> list[Row]:
    """What all three releases may have written."""
    rows = rows_of(day(40))
    header = {"at": 5, "mono": 2, "actor": None, "cause": ""}
    later = [
        (5, "s", "DrawerWeighed", [1, "event", "DrawerWeighed", header, {"drawer_id": "main", "grams": 7}]),
        (6, "s", "DrawerReady", [1, "event", "DrawerReady", {**header, "at": 6}, {"drawer_id": "main"}]),
    ]
    moved = next(row for row in rows if row[3] == "CashMoved")
    raw = msgpack.unpackb(moved[4])
    raw[4] |= {"weighed": 12, "by_whom": {"id": "7", "name": "Ганна", "role": "cashier"}}
    parts = [(row[1], row[2], row[3], row[4]) for row in rows]
    parts += [(at, subject, name, msgpack.packb(body)) for at, subject, name, body in later]
    return chained([*parts, (moved[1], moved[2], moved[3], msgpack.packb(raw))])


@pytest.mark.parametrize("writer", RELEASES)
@pytest.mark.parametrize("reader", RELEASES)
def test_what_one_release_packs_every_other_proves_and_keeps_byte_for_byte(
    monkeypatch: pytest.MonkeyPatch, writer: str, reader: str
) -> None:
    rows = _rows()
    envelope = pack(CONTEXT, START, rows, known=RELEASES[writer])
    monkeypatch.setattr(module, "table", lambda: RELEASES[reader])
    assert [(r.seq, r.at, r.subject, r.name, r.body, r.hash) for r in read(envelope).records] == rows


def test_control_rows_that_are_not_told_are_not_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    envelope = pack(CONTEXT, START, _rows(), known=RELEASES["newer"])
    content = other.unpack(other.unseal(envelope))
    assert {row[2] for row in content[7]} >= {"CashMoved", "DrawerWeighed", "DrawerReady"}
    untold = other.seal(other.pack([*content[:7], [], *content[8:]]))
    monkeypatch.setattr(module, "table", lambda: RELEASES["older"])
    with pytest.raises(WireError):
        read(untold)


def test_another_wire_version_is_refused_in_a_sentence_that_names_it() -> None:
    sound = pack(CONTEXT, START, rows_of(day(3)))
    with pytest.raises(WireError, match="version 2, this release reads 1"):
        read(sound[:2] + b"\x02" + sound[3:])


def test_what_stands_behind_an_answers_end_is_ignored() -> None:
    for whole, reader in (
        (over_http.pack_head(START), over_http.read_head),
        (over_http.pack_opening("j", 3, "1"), over_http.read_opening),
        (over_http.pack_said("done"), over_http.read_said),
        (over_http.pack_down(over_http.Down((), (), ())), over_http.read_down),
    ):
        longer = msgpack.packb([*msgpack.unpackb(whole), "later", 7])
        assert reader(longer) == reader(whole)


def test_what_stands_behind_news_and_commands_is_ignored() -> None:
    from firmware_bridge.journal.records import Advance, Parked

    row = Parked("newstore", 4, ("main", "day"), "refused", "", "no", 5)
    advance = Advance("newstore", 5, {"a": "b"}, [row], [3], None)
    raw = msgpack.unpackb(news.of_advance(advance))
    raw[4][0].append("later")
    assert news.read(msgpack.packb([*raw, "later"])) == advance
    command = Command("retry", "newstore", 4, "x")
    assert decode(msgpack.packb({**msgpack.unpackb(encode(command)), "later": 1})) == command


def test_news_of_a_kind_that_is_not_known_say_so() -> None:
    with pytest.raises(news.NoNews, match="weather"):
        news.read(msgpack.packb(["weather", "rain"]))
