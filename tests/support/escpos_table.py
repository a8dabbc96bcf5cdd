"""Fault -> what the till says of the receipt, on every make of simulated ESC/POS printer.

`python -m tests.support.escpos_table` prints it as markdown, measured; the test compares it with ROWS, which stands
here to be read. *printed*, *refused* (nothing is on paper) and *assumed* (a printer that answers nothing took all
bytes) are said at once. A *doubtful* one is asked about when the printer is back: *printed*, *missing* (a marked copy
at most), *missing, proven* (an original may be sent again), or *person*: nobody but a person can tell.

"power off and on" takes no time at all. Printers that keep no marks in their RAM have forgotten it when they are asked,
so it is no row of theirs; a second without power they cannot hide.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from drivers.printers.escpos.simulated.personality import PERSONALITIES, Personality
from firmware_bridge.progress import on_terminal
from tests.support.escpos_faults import End, Fault, Place, judge

PRINTED: Final[End] = "printed"
ASSUMED: Final[End] = "assumed"
REFUSED: Final[End] = "refused"
FOUND: Final[End] = "doubtful: printed"
PROVEN: Final[End] = "doubtful: missing, proven"
MISSING: Final[End] = "doubtful: missing"
PERSON: Final[End] = "person"

GROUPS: Final = ("Epson", "two-way USB", "clone with odometers", "without counters", "one-way")


def group_of(row: Personality) -> str:
    if not row.answers:
        return "one-way"
    if row.usb:
        return "two-way USB"
    if row.ram_graphics:
        return "Epson"
    return "clone with odometers" if row.odometers else "without counters"


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault leads to on each group of makes; `but`: a personality on which it is otherwise."""

    fault: Fault
    ends: tuple[End, ...]
    but: Mapping[str, End] = field(default_factory=dict)

    def expected(self, personality: str) -> End:
        usual = self.ends[GROUPS.index(group_of(PERSONALITIES[personality]))]
        return self.but.get(personality, usual)

    def cells(self) -> Iterator[str]:
        """The personalities on which it can be told."""
        for name, row in PERSONALITIES.items():
            if row.ram_graphics or self.fault.name != "power off and on":
                yield name


def _rows(
    name: str,
    places: tuple[Place, ...],
    *ends: End,
    put_right: float | None = None,
    but: Mapping[str, End] | None = None,
) -> tuple[Row, ...]:
    """A row for each place: one end for all that answer and "assumed" for those that do not, or five."""
    told = ends * 4 + (ASSUMED,) if len(ends) == 1 else ends
    return tuple(Row(Fault(name, place, put_right), told, but or {}) for place in places)


_BEFORE: Final[tuple[Place, ...]] = ("before",)
_FIRST: Final[tuple[Place, ...]] = ("first line",)
_LATER: Final[tuple[Place, ...]] = ("middle", "last line")
_LAST: Final[tuple[Place, ...]] = ("last line",)
_WHILE: Final[tuple[Place, ...]] = (*_FIRST, *_LATER)
_SAID_NO: Final = (REFUSED, REFUSED, REFUSED, REFUSED, PERSON)
#: It takes nothing while it is offline, so it cannot be talked out of an error: a person switches it off and on.
_STUCK: Final = (PRINTED, MISSING, PRINTED, PRINTED, ASSUMED)
_SWITCHED: Final = (MISSING, MISSING, MISSING, PERSON)
#: Without a sensor that holds it up, a part of it is on no paper.
_PAST_THE_END: Final[Mapping[str, End]] = {"prints_past_paper_end": PERSON}

ROWS: Final[tuple[Row, ...]] = (
    # --- the drawer: its receipt is printed ---
    *_rows("stuck_latch", _BEFORE, PRINTED),
    *_rows("drawer_locked", _BEFORE, PRINTED),
    *_rows("no_switch", _BEFORE, PRINTED),
    *_rows("inverted_switch", _BEFORE, PRINTED),
    *_rows("nobody_closes", _BEFORE, PRINTED),
    *_rows("bounces_open", _BEFORE, PRINTED),
    *_rows("late_latch", _BEFORE, PRINTED),
    *_rows("wrong_voltage", _BEFORE, PRINTED),
    # --- the wire ---
    *_rows("xonxoff", _BEFORE, PRINTED),
    *_rows("busy_when_offline", _BEFORE, PRINTED),
    *_rows("split_replies", _BEFORE, PRINTED),
    *_rows("late_replies", _BEFORE, PRINTED),
    *_rows("unplug", _BEFORE, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    *_rows("unplug", _FIRST, PROVEN, PROVEN, PROVEN, PERSON, PERSON, put_right=10),
    *_rows("unplug", _LATER, FOUND, FOUND, FOUND, PERSON, PERSON, put_right=10),
    # --- paper and cover ---
    *_rows("near_end", _BEFORE, PRINTED),
    *_rows("paper_end", _BEFORE, *_SAID_NO),
    *_rows("paper_end", _FIRST, PRINTED, PRINTED, PRINTED, PRINTED, PERSON, put_right=10, but=_PAST_THE_END),
    *_rows("paper_end", _LATER, PRINTED, put_right=10, but=_PAST_THE_END),
    *_rows("cover_open", _BEFORE, *_SAID_NO),
    *_rows("cover_open", _FIRST, PRINTED, PRINTED, PRINTED, PRINTED, PERSON, put_right=10),
    *_rows("cover_open", _LATER, PRINTED, put_right=10),
    *_rows("tear_off", (*_BEFORE, *_WHILE), PRINTED),
    *_rows("press_feed", _BEFORE, REFUSED, REFUSED, REFUSED, PRINTED, ASSUMED),
    *_rows("press_feed", _WHILE, PRINTED),
    # --- knife, motor, head ---
    *_rows("cutter_jam", _BEFORE, *_STUCK, put_right=10),
    *_rows("cutter_jam for long", _BEFORE, *_SWITCHED, ASSUMED, put_right=10),
    *_rows("cutter_jam for long", ("first line", "middle"), *_SWITCHED, ASSUMED, put_right=10),
    # one that reports nothing is asked less often, so it has been helped before the till gives up
    *_rows("cutter_jam for long", _LAST, *_SWITCHED, ASSUMED, put_right=10, but={"no_asb": PRINTED}),
    *_rows("mechanical_error", _BEFORE, PRINTED, REFUSED, PRINTED, PRINTED, PERSON),
    *_rows("mechanical_error", _FIRST, PRINTED, PROVEN, PRINTED, PRINTED, PERSON, put_right=10),
    *_rows("mechanical_error", _LATER, *_STUCK, put_right=10),
    *_rows("overheat", _BEFORE, REFUSED),
    *_rows("overheat", _WHILE, PRINTED),
    *_rows("unrecoverable", _BEFORE, *_SAID_NO),
    *_rows("unrecoverable", _FIRST, PROVEN, PROVEN, PROVEN, PERSON, PERSON, put_right=10),
    *_rows("unrecoverable", _LATER, *_SWITCHED, ASSUMED, put_right=10),
    # --- power ---
    *_rows("power_off", _BEFORE, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    *_rows("power_off", _FIRST, MISSING, PROVEN, MISSING, PERSON, PERSON, put_right=10),
    *_rows("power_off", _FIRST, MISSING, PROVEN, MISSING, PERSON, PERSON, put_right=1),
    *_rows("power_off", _LATER, *_SWITCHED, PERSON, put_right=10),
    *_rows("power_off", _LATER, *_SWITCHED, PERSON, put_right=1),
    *_rows("power off and on", _BEFORE, PRINTED),
    *_rows("power off and on", _FIRST, PERSON),
    *_rows("power off and on", _LATER, MISSING),
)


def behind_a_memory() -> Iterator[tuple[Row, str]]:
    """The cells that there are where something holds bytes on a slow line in front of the printer.

    USB printers have nothing there, and answers half a second late are no answers behind a slow line.
    """
    for row in ROWS:
        for name in row.cells():
            if row.fault.name != "late_replies" and not PERSONALITIES[name].usb:
                yield row, name


def markdown() -> Iterator[str]:
    """The table, measured on all personalities; what only some of a group do stands in brackets."""
    yield f"| fault | {' | '.join(GROUPS)} | wrong |"
    yield "| --- |" + " --- |" * (len(GROUPS) + 1)
    cells = wrong = 0
    for row in ROWS:
        columns: dict[str, Counter[End]] = {group: Counter() for group in GROUPS}
        sins = 0
        for name in row.cells():
            verdict = judge(name, row.fault)
            columns[group_of(PERSONALITIES[name])][verdict.end] += 1
            sins += bool(verdict.sins)
            cells += 1
        wrong += sins
        yield f"| {row.fault} | {' | '.join(map(_told, columns.values()))} | {sins} |"
    yield f"\n{len(ROWS)} faults, {cells} cells, {wrong} wrong."


def _told(ends: Counter[End]) -> str:
    if not ends:
        return "-"
    (usual, _), *others = ends.most_common()
    return "".join([usual, *(f" ({end}: {count} of {ends.total()})" for end, count in others)])


def wrong_behind(memory: int) -> Iterator[str]:
    """The same faults behind a memory of so many bytes: what the till says wrong then. Less is certain there."""
    for row, name in behind_a_memory():
        for sin in judge(name, row.fault, memory=memory).sins:
            yield f"{row.fault} on {name}: {sin}"


def main() -> None:
    """Print both."""
    with on_terminal() as progress, progress.pulse():
        progress.begin("playing the table", len(ROWS) + 3, "rows")
        for line in progress.over(markdown()):
            progress.close()
            sys.stdout.write(f"{line}\n")
    for memory in (4096, 65536):
        with on_terminal() as progress, progress.pulse():
            progress.begin(f"playing behind a memory of {memory} bytes")
            wrong = [*wrong_behind(memory)]
        count = sum(1 for _ in behind_a_memory())
        sys.stdout.write(f"\nBehind a memory of {memory} bytes at 9600 bps: {count} cells, {len(wrong)} wrong.\n")
        sys.stdout.writelines(f"{line}\n" for line in wrong)


if __name__ == "__main__":
    main()
