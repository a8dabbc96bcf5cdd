"""The last step before the wire: one print job as bytes, from what shall stand on the paper.

The order of the bytes is evidence. The job's marker comes first and tells later whether the printer kept its power
since the job began; the END line, the cut, the second marker and the process id come last, each only after all
before it. Nothing but the drawer pulse stands before the marker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.printers.escpos import commands
from drivers.printers.escpos.means import ASCII_ONLY, Means
from drivers.printers.escpos.writer import Writer
from drivers.printers.tally import NOTHING, Amounts
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.paper import Barcode, Block, Image, QrCode, TextLine

# Keys of downloaded graphics that no job has, because a job id has no blanks.
EPOCH_KEY = " E"
DONE_KEY = " D"


@dataclass(frozen=True, slots=True)
class Heading:
    """The logo above a shop's heading: the key under which the printer keeps `image`; "" = it does not."""

    image: Image
    key: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """`data` with the offsets that matter: just behind the kick (0 = none) and just behind the END line.

    `boundaries`: offsets between two commands, ascending, the last one is the end; only there may a real-time
    query be slipped in. `lines` is how many lines of text the job has, for estimating how long it takes. `questions`:
    offsets just behind each question for the status (DLE EOT 1) that the job takes along. `amounts`: what is counted.
    """

    data: bytes
    kick_sent_at: int
    end_sent_at: int
    boundaries: tuple[int, ...]
    lines: int
    questions: tuple[int, ...] = ()
    amounts: Amounts = NOTHING


def marker_key(job_id: str) -> str:
    """The key of a job's marker: the last two characters of its id."""
    return job_id[-2:]


def encode(
    intention: Print,
    means: Means,
    *,
    kick: bytes = b"",
    markers: frozenset[str] | None = None,
    logo: Heading | None = None,
    body: Callable[[Writer], None] | None = None,
    asks: bool = False,
) -> Job:
    """Make the job of `intention`. Raises ValueError for a job id that is not four visible ASCII characters.

    `kick` goes first, as it is. `markers` are the keys that the printer holds now and that this job replaces by
    its own (None: the printer has no downloaded graphics, no marker is written). `logo` stands on papers that have
    a shop's heading. `body` writes what no paper has, in place of the paper's blocks; the END line stands below.
    `asks`: the job takes questions for the printer's status along.
    """
    if len(intention.job_id) != 4 or not all("!" <= char <= "~" for char in intention.job_id):
        raise ValueError(f"job id {intention.job_id!r} is not four visible ASCII characters")
    writer = Writer(means, intention.paper.columns, asks=asks)
    writer.raw(kick)
    key = marker_key(intention.job_id)
    if markers is not None:
        # First the old end goes, then the new beginning comes: at no byte do both say that this job is done.
        writer.raw(commands.delete_marker(DONE_KEY))
        writer.raw(commands.define_marker(key))
        for old in sorted(markers - {DONE_KEY, key}):
            writer.raw(commands.delete_marker(old))
    writer.raw(commands.PLAIN_MODES)
    writer.raw(commands.prologue((means.page or ASCII_ONLY).number))
    writer.raw(commands.align("left"))
    end_sent_at = _body(writer, intention, logo, body)
    writer.cut()
    if markers is not None:
        writer.raw(commands.define_marker(DONE_KEY))
    writer.raw(commands.process_id(intention.job_id))
    return Job(
        bytes(writer.data),
        len(kick),
        end_sent_at,
        tuple(writer.boundaries),
        writer.lines,
        tuple(writer.questions),
        writer.amounts,
    )


def _body(writer: Writer, intention: Print, logo: Heading | None, body: Callable[[Writer], None] | None) -> int:
    paper = intention.paper
    if body is not None:
        body(writer)
    if intention.void_fragment:
        writer.line("-" * paper.columns)
        writer.centred(paper.void_label)
        writer.cut()
    if logo is not None and paper.mark_at > 0:
        _logo(writer, logo)
    mark = f"{paper.copy_label} {intention.copy_no}" if intention.copy_no > 0 else ""
    for index, block in enumerate(paper.blocks):
        if mark and index == paper.mark_at:
            writer.centred(mark)
        _block(writer, block)
    if mark:
        if paper.mark_at >= len(paper.blocks):
            writer.centred(mark)
        writer.centred(mark)
    left = f"#{intention.job_id}"
    writer.line(left + paper.end_label.rjust(paper.columns - len(left)))
    return len(writer.data)


def _block(writer: Writer, block: Block) -> None:
    match block:
        case TextLine(text, tall, wide, bold):
            writer.line(text, tall=tall, wide=wide, bold=bold)
        case QrCode():
            writer.qr_code(block)
        case Barcode():
            writer.barcode(block)
        case Image():
            writer.image(block)


def _logo(writer: Writer, logo: Heading) -> None:
    if logo.key:
        writer.stored(logo.key, logo.image.height)
    else:
        writer.image(logo.image)
