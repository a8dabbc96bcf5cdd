"""After the sale: what a person finds who reads all the paper and knows nothing else.

Works from pieces alone, never from what was sent. A document is found by its heading with a number; it is complete
when its END line stands below on the same strip; a strip that the end of the roll or a hand divided is laid
together again. A copy mark makes it a copy; a void line declares everything above it on its strip void.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from drivers.printers.escpos.simulated.paper import Piece

_NUMBER: Final = r"(?P<number>[0-9][^\s]*)(?=\s|$)"
#: Heading of each kind of document in the languages of the receipts; `number` is the group that is read.
HEADINGS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "sale": re.compile(rf"^(?:Receipt|Чек №) {_NUMBER}"),
        "return": re.compile(rf"^(?:Return|Повернення №) {_NUMBER}"),
        "cash_in": re.compile(rf"^(?:Cash in|Службове внесення №) {_NUMBER}"),
        "cash_out": re.compile(rf"^(?:Cash out|Службове вилучення №) {_NUMBER}"),
        "x_report": re.compile(rf"^(?:X report|X-звіт №) {_NUMBER}"),
        "shift_report": re.compile(rf"^(?:Shift report|Звіт зміни №) {_NUMBER}"),
    }
)
VOID_LINES: Final = ("FRAGMENT ABOVE IS VOID", "ФРАГМЕНТ ВИЩЕ НЕДІЙСНИЙ")
COPY_MARK: Final = re.compile(r"^(?:COPY|КОПІЯ|ДУБЛІКАТ) [0-9]+$")
END_LINE: Final = re.compile(r"^#(?P<job>[!-~]{4}) +(?:END|КІНЕЦЬ)$")
_RULE: Final = re.compile(r"^[-=*_ ]*$")


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """One document as found on paper. `number` is "" for paper whose heading is missing (`kind` "" too).

    `originals` and `copies` are complete and not void; `fragments` lack the END line and are not void; `void`
    counts what a void line stands below. `job_ids` are those of all END lines, in order.
    """

    number: str
    kind: str
    job_ids: tuple[str, ...]
    originals: int
    copies: int
    fragments: int
    void: int


@dataclass(slots=True)
class _Section:
    """Lines from one document's beginning to its END line, or to where it breaks off."""

    lines: list[str] = field(default_factory=list)
    number: str = ""
    kind: str = ""
    job_id: str = ""
    copy: bool = False
    void: bool = False

    @property
    def blank(self) -> bool:
        return not self.job_id and all(_RULE.match(line) for line in self.lines)


@dataclass(slots=True)
class _Count:
    job_ids: list[str] = field(default_factory=list)
    originals: int = 0
    copies: int = 0
    fragments: int = 0
    void: int = 0

    def add(self, section: _Section) -> None:
        if section.job_id:
            self.job_ids.append(section.job_id)
        if section.void:
            self.void += 1
        elif not section.job_id:
            self.fragments += 1
        elif section.copy:
            self.copies += 1
        else:
            self.originals += 1


def audit(
    pieces: Iterable[Piece],
    *,
    headings: Mapping[str, re.Pattern[str]] = HEADINGS,
    void_lines: Sequence[str] = VOID_LINES,
    copy_mark: re.Pattern[str] = COPY_MARK,
    end_line: re.Pattern[str] = END_LINE,
) -> list[PrintedDocument]:
    """Every document on the paper, in the order of first appearance.

    `headings` map a kind to a pattern with a group `number`; `end_line` has a group `job`. A complete paper without
    heading is counted under number "".
    """
    counts: dict[tuple[str, str], _Count] = {}
    for strip in _strips(pieces):
        for section in _sections(strip, headings, void_lines, copy_mark, end_line):
            counts.setdefault((section.number, section.kind), _Count()).add(section)
    return [
        PrintedDocument(number, kind, tuple(c.job_ids), c.originals, c.copies, c.fragments, c.void)
        for (number, kind), c in counts.items()
    ]


def _strips(pieces: Iterable[Piece]) -> list[list[str]]:
    """Lines from knife to knife."""
    strips: list[list[str]] = []
    whole = True
    for piece in pieces:
        if whole:
            strips.append([])
        strips[-1].extend(line.strip() for line in piece.text_lines)
        whole = piece.ending in ("full_cut", "partial_cut")
    return strips


def _sections(
    lines: Iterable[str],
    headings: Mapping[str, re.Pattern[str]],
    void_lines: Sequence[str],
    copy_mark: re.Pattern[str],
    end_line: re.Pattern[str],
) -> list[_Section]:
    sections = [_Section()]
    for line in lines:
        section = sections[-1]
        found = _heading(line, headings)
        if line in void_lines:
            for above in sections:
                above.void = True
            sections.append(_Section())
        elif (end := end_line.match(line)) is not None:
            section.job_id = end["job"]
            sections.append(_Section())
        elif found is not None and section.number:
            sections.append(_Section([line], *found))
        elif found is not None:
            section.lines.append(line)
            section.number, section.kind = found
        else:
            section.lines.append(line)
            section.copy = section.copy or copy_mark.match(line) is not None
    return [section for section in sections if not section.blank]


def _heading(line: str, headings: Mapping[str, re.Pattern[str]]) -> tuple[str, str] | None:
    """Number and kind."""
    for kind, pattern in headings.items():
        if (match := pattern.match(line)) is not None:
            return match["number"], kind
    return None
