"""The vectors, made by another implementation, read as they say; and that other reads what ours writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.envelope import pack, read
from firmware_bridge.uplink.limits import WireError
from tests.firmware_bridge.uplink import other
from tests.firmware_bridge.uplink.samples import CONTEXT, START, day, rows_of
from tests.firmware_bridge.uplink.vector_maker import vectors

FILE = Path(__file__).parents[3] / "firmware_bridge/uplink/vectors.jsonl"
VECTORS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text().splitlines()]
PARTS = ("seq", "at", "subject", "name", "body", "hash")
SOUND = [vector for vector in VECTORS if "records" in vector]
REFUSED = [vector for vector in VECTORS if vector.get("refused")]


def _named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", SOUND, ids=_named)
def test_a_vector_is_read_as_it_says(vector: dict[str, Any]) -> None:
    found = read(bytes.fromhex(vector["envelope"]))
    held = [(r.seq, r.at, r.subject, r.name, r.body.hex(), r.hash.hex()) for r in found.records]
    assert held == [tuple(record[key] for key in PARTS) for record in vector["records"]]
    assert found.before == Head(vector["before"][0], bytes.fromhex(vector["before"][1]))
    context = found.context
    assert [context.till, context.journal, context.boot, context.shift] == [
        vector[key] for key in ("till", "journal", "boot", "shift")
    ]


@pytest.mark.parametrize("vector", REFUSED, ids=_named)
def test_a_vector_to_refuse_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        read(bytes.fromhex(vector["envelope"]))


def test_the_file_is_what_the_other_implementation_makes() -> None:
    assert vectors() == VECTORS
    assert len(SOUND) == 9
    assert len(REFUSED) == 14


@pytest.mark.parametrize("size", [1, 5, 64])
def test_the_other_implementation_reads_what_ours_packs(size: int) -> None:
    rows = rows_of(day(size))
    found = other.read(pack(CONTEXT, START, rows))
    assert [bytes.fromhex(record["body"]) for record in found["records"]] == [row[4] for row in rows]
    assert [record["hash"] for record in found["records"]] == [row[5].hex() for row in rows]
    assert (found["till"], found["boot"], found["shift"]) == ("UA-17", "boot-1", "shift-1")
