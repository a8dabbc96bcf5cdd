"""How many bytes a journal's records cost on the wire: `python -m firmware_bridge.uplink.figures JOURNAL`."""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgpack

from firmware_bridge.journal import browse
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.uplink import wire
from firmware_bridge.uplink.envelope import batches, pack
from firmware_bridge.uplink.limits import MAX_RECORDS, WireError
from firmware_bridge.uplink.source import Stretch, stretch


@dataclass(frozen=True, slots=True)
class Figures:
    """Bytes of all `records` of a journal, in envelopes and in other forms of the same batches.

    `content`: the envelopes before zlib. `alone`: an envelope for each record, deflated where that is shorter.
    `bodies`: the journal's own (msgpack with names), neither batched nor deflated. `json`: an array of the records in
    compact UTF-8 JSON, a batch each, with subject, time and hash; `json_zlib`: the same, deflated.
    """

    records: int
    envelopes: int
    wire: int
    content: int
    alone: int
    bodies: int
    json: int
    json_zlib: int

    def lines(self) -> list[str]:
        """One line per form: bytes per record, and the ratio to JSON."""
        forms = (
            ("JSON, compact UTF-8", self.json),
            ("JSON in batches, zlib", self.json_zlib),
            ("msgpack with names", self.bodies),
            ("our records, each alone", self.alone),
            ("our records in batches", self.content),
            ("  and deflated", self.wire),
        )
        front = f"{self.records} records in {self.envelopes} envelopes of up to {MAX_RECORDS}"
        rows = [
            f"{name:<24}{size / self.records:>9.1f} B/record{size / max(1, self.json):>8.3f} of JSON"
            for name, size in forms
        ]
        return [front, *rows]


def measure(path: str | Path) -> Figures:
    """Return the figures of a journal. Raises JournalError, and ValueError when it has no records."""
    after = records = envelopes = wired = content = alone = bodies = plain = deflated = 0
    exported = browse.export(path)
    while (found := stretch(path, after, MAX_RECORDS)).rows:
        for envelope, batch in zip(found.envelopes(), batches(found.rows), strict=True):
            text = [next(exported) for _ in batch]
            said = json.dumps(text, ensure_ascii=False, separators=(",", ":")).encode()
            envelopes, wired = envelopes + 1, wired + len(envelope)
            content += len(msgpack.packb(wire.unpack(wire.unseal(envelope))))
            plain, deflated = plain + len(said), deflated + len(zlib.compress(said, wire.LEVEL))
            bodies += sum([len(row[4]) for row in batch])
        alone += sum([len(envelope) for envelope in _alone(found)])
        records += len(found.rows)
        after = found.rows[-1][0]
    if not records:
        raise ValueError(f"The journal {path} has no records: there is nothing to measure.")
    return Figures(records, envelopes, wired, content, alone, bodies, plain, deflated)


def _alone(found: Stretch) -> Iterator[bytes]:
    """An envelope for each record of a stretch."""
    before = found.before
    for row in found.rows:
        yield pack(found.context, before, [row])
        before = Head(row[0], row[5])


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of a journal; 1 with a sentence on standard error when they cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m firmware_bridge.uplink.figures", description=__doc__)
    parser.add_argument("journal", type=Path)
    try:
        figures = measure(parser.parse_args(arguments).journal)
    except (JournalError, WireError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(figures.lines()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
