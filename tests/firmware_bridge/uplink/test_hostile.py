"""Whatever arrives: the receiver finds it, says so with one error, and sets aside no more memory than it may."""

from __future__ import annotations

import random
import struct
import tracemalloc
import zlib
from typing import Any

import pytest

from firmware_bridge.journal import chain
from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.envelope import Carried, pack, read
from firmware_bridge.uplink.limits import MAX_CONTENT, MAX_ENVELOPE, MAX_ITEMS, WireError
from tests.firmware_bridge.journal.samples import moved
from tests.firmware_bridge.uplink import other
from tests.firmware_bridge.uplink.samples import CONTEXT, START, chained, day, rows_of


def _content(envelope: bytes) -> list[Any]:
    found: list[Any] = other.unpack(other.unseal(envelope))
    return found


def _refused(envelope: object) -> bool:
    try:
        read(envelope)
    except WireError:
        return True
    return False


def test_every_flipped_bit_is_found() -> None:
    for envelope in (pack(CONTEXT, START, rows_of(day(1))), pack(CONTEXT, START, rows_of(day(6)))):
        for place in range(len(envelope)):
            for bit in range(0, 8, 3):
                flipped = bytearray(envelope)
                flipped[place] ^= 1 << bit
                assert _refused(bytes(flipped)), f"byte {place}, bit {bit}"


def test_every_shorter_envelope_is_found() -> None:
    envelope = pack(CONTEXT, START, rows_of(day(6)))
    assert all(_refused(envelope[:size]) for size in range(len(envelope)))
    assert _refused(envelope + b"\0")


def _changed_but_well_sealed() -> list[bytes]:
    """Flips in the records, their texts and values, under a checksum that was made again."""
    rows = rows_of([moved(1), moved(2), moved(2)])
    content = other.unseal(pack(CONTEXT, START, rows))
    start = len(other.pack(_content(pack(CONTEXT, START, rows))[:4])) + 1
    found = []
    for place in range(start, len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1
        found.append(other.seal(bytes(flipped)))
    return found


def test_the_chain_finds_what_a_new_checksum_hides() -> None:
    envelopes = _changed_but_well_sealed()
    assert len(envelopes) > 100
    assert all(map(_refused, envelopes))


def test_without_the_chain_such_changes_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    after = rows_of([moved(1), moved(2), moved(2)])[-1][5]
    envelopes = _changed_but_well_sealed()
    monkeypatch.setattr(chain, "link", lambda *_: after)
    assert sum(not _refused(envelope) for envelope in envelopes) > 20


def test_a_hole_a_swap_and_a_rewrite_are_found() -> None:
    rows = rows_of(day(12))
    content = _content(pack(CONTEXT, START, rows))
    records = content[10]
    rewritten = [[*record] for record in records]
    rewritten[2][-2] = int(rewritten[2][-2] == 0)
    for broken in (records[1:], records[:4] + records[5:], [*records[:3], records[4], records[3], *records[5:]]):
        assert _refused(other.seal(other.pack([*content[:10], broken])))
    assert _refused(other.seal(other.pack([*content[:10], rewritten])))


def test_a_stretch_rewritten_with_all_its_hashes_does_not_follow_what_was_received() -> None:
    honest = rows_of(day(8))
    received = read(pack(CONTEXT, START, honest[:4])).head
    forged = rows_of([moved(99), *day(8)[1:]])
    envelope = read(pack(CONTEXT, Head(4, forged[3][5]), forged[4:]))
    assert not envelope.follows(received)
    assert read(pack(CONTEXT, received, honest[4:])).follows(received)
    assert not read(pack(CONTEXT, Head(5, honest[4][5]), honest[5:])).follows(received)


# --- bombs ---


def _sealed(told: Any = (), strings: Any = (), values: Any = (), records: Any = ()) -> bytes:
    lists = [list(part) for part in (told, strings, values, records)]
    return other.seal(other.pack(["t", "j", "", "", 0, other.genesis("j"), bytes(32), *lists]))


EVENT = [92, 1, "", 1, [None, ""], "main"]


def _bombs() -> dict[str, bytes]:
    claim = struct.pack(">BI", 0xDD, 0xFFFFFFFF)
    small = struct.pack(">BH", 0xDC, MAX_ITEMS)
    scales = [[200, "value", "A", "a:A b:A"], [201, "event", "E", "a:A"], [202, "value", "T", "a"]]
    doubling = [[200, None, None], *[[200, n, n] for n in range(60)]]
    wide = [[202, 0]] * 4000
    return {
        "an array that claims four thousand million items": other.seal(claim * 9),
        "arrays in arrays, each as long as may be": other.seal(small * 1000),
        "nested without end": other.seal(b"\x91" * 5000),
        "a text that claims more than there is": other.seal(b"\xdb\xff\xff\xff\xff"),
        "a map": other.seal(b"\x81\xa1a\x01"),
        "an extension": other.seal(b"\xd4\x01\x00"),
        "zeros that inflate to far more than they are": _inflating(),
        "values that double": _sealed(scales, [], doubling, [[201, 1, "", 1, [None, ""], 59]]),
        "values that nest": _sealed(scales, [], [[200, None], *[[200, n] for n in range(40)]], [EVENT]),
        "a value of itself": _sealed(scales, [], [[200, 0]], [EVENT]),
        "a class of one long text, a list of it": _sealed(
            [[203, "event", "L", "all:T*"], scales[2]],
            ["x" * 100_000],
            [[202, 0]],
            [[203, 1, "", 1, [None, ""], [0] * 4000]],
        ),
        "many long records": _sealed([scales[2]], ["x" * 900_000], [], [[92, 1, "", 1, [None, ""], 0]] * 64),
        "more values than may be": _sealed([scales[2]], ["x"], wide * 2, [EVENT]),
        "fields without end": _sealed([[204, "event", "F", " ".join(f"f{n}" for n in range(200))]], [], [], [EVENT]),
        "kinds without end": _sealed([[n + 300, "value", f"K{n}", ""] for n in range(100)], [], [], [EVENT]),
    }


def _inflating() -> bytes:
    carried = zlib.compress(bytes(MAX_CONTENT * 8), 9)
    front = b"FB\x01\x01"
    return front + struct.pack(">I", zlib.crc32(front + carried)) + carried


@pytest.mark.parametrize("bomb", _bombs().values(), ids=_bombs().keys())
def test_a_bomb_is_refused_within_bounds(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError) as caught:
            read(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20
    assert "hash to the chain" not in str(caught.value), "it was unfolded to the end"


def test_what_is_no_bytes_or_too_many_is_refused() -> None:
    things: list[object] = [None, 7, "FB", bytearray(b"FB"), b"", bytes(MAX_ENVELOPE + 1), []]
    assert all(map(_refused, things))


# --- fuzz ---

_JUNK: list[Any] = [None, True, -1, 0, 1, 7, 2**63, -(2**63), "", "doc-1", b"", bytes(32), [], [0], [[]], [1, 0, 0]]


def _mutated(node: Any, chance: random.Random) -> Any:
    if isinstance(node, list) and node and chance.random() < 0.8:
        place = chance.randrange(len(node))
        act = chance.randrange(8)
        if act == 0:
            return node[:place] + node[place + 1 :]
        if act == 1:
            return [*node, chance.choice(node)]
        return [*node[:place], _mutated(node[place], chance), *node[place + 1 :]]
    if isinstance(node, int) and chance.random() < 0.5:
        return node + chance.choice([-1, 1, 64])
    return chance.choice(_JUNK)


def _fuzz(chance: random.Random, rounds: int) -> int:
    """Feed mutated contents; return how many held the chain after all, which must be sound then."""
    rows = rows_of(day(6))
    envelope = pack(CONTEXT, START, rows)
    content = [*_content(envelope)]
    content[7] = [[900, "event", "Weighed", "drawer_id grams# by:Person"]]
    sound = tuple(Carried(*row) for row in rows)
    passed = 0
    for _ in range(rounds):
        mutant = other.pack(_mutated(content, chance)) if chance.random() < 0.7 else _noisy(other.pack(content), chance)
        try:
            found = read(other.seal(mutant, chance.randrange(2)))
        except WireError:
            continue
        passed += 1
        assert found.records == sound
    return passed


def _noisy(raw: bytes, chance: random.Random) -> bytes:
    noise = bytearray(raw)
    for _ in range(chance.randrange(1, 4)):
        noise[chance.randrange(len(noise))] = chance.randrange(256)
    return bytes(noise)


def test_mutated_contents_raise_nothing_but_the_one_error_and_never_pass_changed(seed: int) -> None:
    assert _fuzz(random.Random(seed), 6000) < 6000


def test_noise_raises_nothing_but_the_one_error(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        noise = chance.randbytes(chance.randrange(200))
        assert _refused(noise)
        assert _refused(other.seal(noise))


def test_a_sound_chain_over_what_is_no_record_says_so_in_the_same_error() -> None:
    (found,) = read(pack(CONTEXT, START, chained([(1, "", "Later", b"\x00no body")]))).records
    with pytest.raises(WireError):
        found.record()
