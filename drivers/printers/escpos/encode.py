"""The last step before the wire: one print job as bytes, from what shall stand on the paper.

The order of the bytes is evidence. The job's marker comes first and tells later whether the printer kept its power
since the job began; the END line, the cut, the second marker and the process id come last, each only after all
before it. Nothing but the drawer pulse stands before the marker.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.printers.escpos import commands
from drivers.printers.text import printable
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.paper import QrCode, TextLine

# Keys of downloaded graphics that no job has, because a job id has no blanks.
EPOCH_KEY = " E"
DONE_KEY = " D"
_REAL_TIME_SECONDS = frozenset({0x04, 0x05, 0x14})


@dataclass(frozen=True, slots=True)
class CodePage:
    """The one page for a printer's text: a Python codec and the number that selects it there (ESC t)."""

    encoding: str = "cp1251"
    number: int = 46


@dataclass(frozen=True, slots=True)
class Knife:
    """How the paper gets past the knife: lines fed before the cut, motion units fed by the cut itself."""

    lines: int = 0
    dots: int = 24


@dataclass(frozen=True, slots=True)
class Job:
    """`data` with the offsets that matter: just behind the kick (0 = none) and just behind the END line.

    `boundaries`: offsets between two commands, ascending, the last one is the end; only there may a real-time
    query be slipped in. `lines` is how many lines of text the job has, for estimating how long it takes.
    """

    data: bytes
    kick_sent_at: int
    end_sent_at: int
    boundaries: tuple[int, ...]
    lines: int


def marker_key(job_id: str) -> str:
    """The key of a job's marker: the last two characters of its id."""
    return job_id[-2:]


def encode(
    intention: Print,
    page: CodePage,
    *,
    kick: bytes = b"",
    markers: frozenset[str] | None = None,
    knife: Knife | None = None,
) -> Job:
    """Make the job of `intention`. Raises ValueError for a job id that is not four visible ASCII characters.

    `kick` goes first, as it is. `markers` are the keys that the printer holds now and that this job replaces by
    its own (None: the printer has no downloaded graphics, no marker is written).
    """
    if len(intention.job_id) != 4 or not all("!" <= char <= "~" for char in intention.job_id):
        raise ValueError(f"job id {intention.job_id!r} is not four visible ASCII characters")
    writer = _Writer(page, knife or Knife(), intention.paper.columns)
    writer.raw(kick)
    key = marker_key(intention.job_id)
    if markers is not None:
        # First the old end goes, then the new beginning comes: at no byte do both say that this job is done.
        writer.raw(commands.delete_marker(DONE_KEY))
        writer.raw(commands.define_marker(key))
        for old in sorted(markers - {DONE_KEY, key}):
            writer.raw(commands.delete_marker(old))
    writer.raw(commands.PLAIN_MODES)
    writer.raw(commands.KANJI_OFF)
    writer.raw(commands.code_page(page.number))
    writer.raw(commands.align("left"))
    end_sent_at = _body(writer, intention)
    writer.cut()
    if markers is not None:
        writer.raw(commands.define_marker(DONE_KEY))
    writer.raw(commands.process_id(intention.job_id))
    return Job(bytes(writer.data), len(kick), end_sent_at, tuple(writer.boundaries), writer.lines)


def _body(writer: _Writer, intention: Print) -> int:
    paper = intention.paper
    if intention.void_fragment:
        writer.line("-" * paper.columns)
        writer.centred(paper.void_label)
        writer.cut()
    mark = f"{paper.copy_label} {intention.copy_no}" if intention.copy_no > 0 else ""
    for index, block in enumerate(paper.blocks):
        if mark and index == paper.mark_at:
            writer.centred(mark)
        if isinstance(block, TextLine):
            writer.line(block.text, tall=block.tall)
        else:
            writer.qr_code(block)
    if mark:
        if paper.mark_at >= len(paper.blocks):
            writer.centred(mark)
        writer.centred(mark)
    left = f"#{intention.job_id}"
    writer.line(left + paper.end_label.rjust(paper.columns - len(left)))
    return len(writer.data)


@dataclass(slots=True)
class _Writer:
    """Collects commands and remembers where each ends."""

    page: CodePage
    knife: Knife
    columns: int
    data: bytearray = field(default_factory=bytearray)
    boundaries: list[int] = field(default_factory=list)
    lines: int = 0

    def raw(self, command: bytes) -> None:
        if command:
            self.data += command
            self.boundaries.append(len(self.data))

    def line(self, text: str, *, tall: bool = False) -> None:
        if tall:
            self.raw(commands.size(tall=True))
        shown = printable(text, self.page.encoding)
        self.raw(_harmless(shown.encode(self.page.encoding)) + commands.LINE_FEED)
        if tall:
            self.raw(commands.size(tall=False))
        self.lines += 2 if tall else 1

    def centred(self, text: str) -> None:
        self.line(" " * max(0, (self.columns - len(text)) // 2) + text)

    def qr_code(self, code: QrCode) -> None:
        self.raw(commands.align("centre"))
        self.raw(commands.qr_code(_harmless(code.content.encode("utf-8", "replace")), code.module))
        self.raw(commands.align("left"))
        # A module is 1/8 mm, a line of text 24 to 30 of them; a code of a receipt has about 45 modules.
        self.lines += max(1, 45 * code.module // 30)

    def cut(self) -> None:
        if self.knife.lines:
            self.raw(commands.feed_lines(self.knife.lines))
        self.raw(commands.feed_and_cut(self.knife.dots))


def _harmless(payload: bytes) -> bytes:
    """Nobody's data may steer the printer: control bytes are left out, real-time commands cannot be spelt."""
    return bytes(byte for byte in payload if byte >= 0x20)


def real_time_pairs(data: bytes) -> list[int]:
    """Offsets at which `data` spells a real-time command (DLE EOT, DLE ENQ, DLE DC4)."""
    return [at for at in range(len(data) - 1) if data[at] == 0x10 and data[at + 1] in _REAL_TIME_SECONDS]
