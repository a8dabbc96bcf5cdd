"""Fault -> what the till says of the document, on every simulated Datecs device. `python -m tests.support.datecs_table`

prints it as markdown, measured; the test compares it with ROWS, which stands here to be read.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from firmware_bridge.progress import on_terminal
from tests.support.datecs_faults import DIALECTS, WHATS, End, Fault, Place, What, judge

PRINTED: Final[End] = "printed"
REFUSED: Final[End] = "refused"
MADE: Final[End] = "doubtful: made"
NOT_MADE: Final[End] = "doubtful: not made"
GONE_ON: Final[End] = "doubtful: gone on with"


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault leads to for receipts (sales and returns), cash, and the Z report; `but`: elsewhere otherwise."""

    fault: Fault
    receipts: End
    cash: End
    closing: End
    but: Mapping[tuple[str, What], End] = field(default_factory=dict)

    def expected(self, dialect: str, what: What) -> End:
        usual = {"cash in": self.cash, "Z": self.closing}.get(what, self.receipts)
        return self.but.get((dialect, what), usual)

    def cells(self) -> Iterator[tuple[str, What]]:
        """Where it can happen: a card terminal hangs on X devices, and is asked for money by a sale only."""
        if self.fault.name == "terminal":
            yield "x", "mixed"
            return
        yield from ((dialect, what) for dialect in DIALECTS for what in WHATS)


def _row(
    name: str,
    value: int | None,
    place: Place,
    *ends: End,
    byte: int | None = None,
    put_right: float = 0.0,
    but: Mapping[tuple[str, What], End] | None = None,
) -> Row:
    """One end for all, or three."""
    receipts, cash, closing = ends * 3 if len(ends) == 1 else ends
    return Row(Fault(name, value, place, put_right, byte), receipts, cash, closing, but or {})


#: These devices let no open receipt be cancelled by command.
_NO_WAY_BACK: Final[Mapping[tuple[str, What], End]] = {
    ("mk", "sale"): "person",
    ("mk", "mixed"): "person",
    ("mk", "return"): "person",
}
_STOPPED: Final = (GONE_ON, REFUSED, REFUSED)
_DEAF: Final = (GONE_ON, NOT_MADE, NOT_MADE)
#: A Z report takes longer than an unanswered frame may be repeated: it is asked about instead.
_SLOW: Final = (PRINTED, PRINTED, MADE)

ROWS: Final[tuple[Row, ...]] = (
    # --- the wire: repeated, or asked about ---
    _row("dribble", None, "before", PRINTED),
    _row("garbage", None, "before", PRINTED),
    _row("duplicate_answer", None, "before", PRINTED),
    _row("stale_answer", None, "before", PRINTED),
    _row("late", 400, "before", *_SLOW),
    _row("late", 700, "before", *_SLOW),
    _row("syn_gap", 900, "before", PRINTED),
    _row("syn_gap", 2900, "before", PRINTED, MADE, MADE),
    _row("silence", 1400, "close", *_SLOW),
    _row("silence", 2500, "close", PRINTED, MADE, MADE),
    _row("deaf", None, "before", REFUSED),
    _row("deaf", None, "open", NOT_MADE),
    _row("deaf", None, "close", *_DEAF),
    _row("lost_answer", 1, "open", *_SLOW),
    _row("lost_answer", 1, "pay", *_SLOW),
    _row("lost_answer", 1, "close", *_SLOW),
    _row("lost_answer", 9, "close", *_SLOW),
    _row("drop_request", 1, "close", PRINTED),
    _row("drop_request", 9, "open", NOT_MADE),
    _row("drop_request", 9, "close", *_DEAF),
    _row("bad_checksum", 3, "close", PRINTED),
    _row("bad_checksum", 9, "close", MADE),
    _row("nak_storm", 6, "close", PRINTED),
    _row("nak_storm", 50, "before", REFUSED),
    _row("nak_storm", 50, "open", REFUSED),
    _row("nak_storm", 50, "close", *_STOPPED),
    _row("wrong_dialect", None, "before", REFUSED),
    _row("wrong_dialect", None, "close", *_STOPPED),
    _row("wrong_speed", None, "before", REFUSED),
    _row("wrong_speed", None, "close", *_DEAF),
    # --- the device says no ---
    _row("error", 111003, "open", REFUSED),
    _row("error", 111003, "pay", REFUSED, but=_NO_WAY_BACK),
    _row("error", 111003, "close", *_STOPPED),
    _row("terminal", 111028, "pay", "declined"),
    _row("terminal", 111027, "pay", REFUSED),
    _row("terminal", 111029, "pay", "person"),
    _row("terminal", 111560, "pay", PRINTED),
    # --- power and cable, at a byte ---
    _row("power_cut_in", None, "before", REFUSED, byte=3),
    _row("power_cut_in", None, "open", NOT_MADE, byte=3),
    _row("power_cut_in", None, "open", GONE_ON, MADE, MADE, byte=-1),
    _row("power_cut_in", None, "close", MADE, byte=-1),
    _row("power_cut_out", None, "close", MADE, byte=1),
    _row("power_cut_out", None, "close", MADE, byte=12),
    _row("unplug_in", None, "before", REFUSED, byte=3),
    _row("unplug_in", None, "open", NOT_MADE, byte=3),
    _row("unplug_in", None, "open", GONE_ON, MADE, MADE, byte=-1),
    _row("unplug_in", None, "close", MADE, byte=-1),
    _row("unplug_out", None, "close", MADE, byte=1),
    _row("unplug_out", None, "close", MADE, byte=12),
    _row("power_off", None, "before", REFUSED),
    _row("power_off", None, "close", *_STOPPED),
    # --- paper, cover, mechanism ---
    _row("paper_end", 0, "before", REFUSED),
    _row("paper_end", 0, "open", REFUSED, put_right=10),
    _row("paper_end", 0, "pay", PRINTED, REFUSED, REFUSED, put_right=10),
    _row("paper_end", 0, "pay", *_STOPPED),
    _row("paper_end", 2, "close", PRINTED, put_right=10),
    _row("near_end", None, "before", PRINTED),
    _row("cover_open", None, "before", REFUSED),
    _row("cover_open", None, "pay", PRINTED, REFUSED, REFUSED, put_right=10),
    _row("cover_open", None, "pay", *_STOPPED),
    _row("cutter_jam", None, "before", PRINTED),
    _row("cutter_jam", None, "pay", PRINTED),
    _row("overheat", 5, "before", REFUSED),
    _row("overheat", 5, "pay", PRINTED, REFUSED, REFUSED),
    # --- memory and clock ---
    _row("fm_full", None, "before", REFUSED, PRINTED, REFUSED),
    _row("ej_full", None, "before", REFUSED, PRINTED, PRINTED),
    _row("ej_near_end", None, "before", PRINTED),
    _row("clock_unset", None, "before", REFUSED, PRINTED, REFUSED),
    _row("day_exceeded", None, "before", REFUSED, PRINTED, PRINTED),
    _row("ram_reset", None, "before", REFUSED, PRINTED, REFUSED),
    _row("ram_reset", None, "pay", REFUSED, PRINTED, REFUSED),
)


def markdown() -> Iterator[str]:
    """The table, measured on all devices; what only some of them do stands in brackets."""
    yield "| fault | sale, mixed, return | cash in | Z report | wrong |"
    yield "| --- | --- | --- | --- | --- |"
    cells = wrong = 0
    for row in ROWS:
        columns: dict[str, Counter[End]] = {"receipts": Counter(), "cash in": Counter(), "Z": Counter()}
        sins = 0
        for dialect, what in row.cells():
            verdict = judge(dialect, what, row.fault)
            columns[what if what in columns else "receipts"][verdict.end] += 1
            sins += bool(verdict.sins)
            cells += 1
        wrong += sins
        yield f"| {row.fault} | {' | '.join(_told(ends) for ends in columns.values())} | {sins} |"
    yield f"\n{len(ROWS)} faults, {cells} cells, {wrong} wrong."


def _told(ends: Counter[End]) -> str:
    if not ends:
        return "-"
    (usual, _), *others = ends.most_common()
    return "".join([usual, *(f" ({end}: {count} of {ends.total()})" for end, count in others)])


if __name__ == "__main__":
    with on_terminal() as progress, progress.pulse():
        progress.begin("playing the table", len(ROWS) + 3, "rows")
        for line in progress.over(markdown()):
            progress.close()
            sys.stdout.write(f"{line}\n")
