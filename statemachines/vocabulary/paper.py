"""What shall stand on the paper, before any printer's bytes: lines of text, codes, rules.

A `Paper` is made once by the layout, frozen in the journal with the intention to print it, and repeated by
resends and copies. It is already wrapped to the printer's columns. The heading marks (copy, void fragment)
and the END line belong to a print job, not to the document, and are added when the job is encoded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line, at most `Paper.columns` characters, already aligned with blanks; `tall` = double height."""

    text: str
    tall: bool = False


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code, model 2, level M, centred, `module` dots per module."""

    content: str
    module: int = 5


Block = TextLine | QrCode


@dataclass(frozen=True, slots=True)
class Paper:
    """A document ready for a printer of `columns` characters.

    `end_label`, `copy_label` and `void_label` are the words of the paper's language for the job's END mark
    ("КІНЕЦЬ"), for the mark of copies ("КОПІЯ") and for the line that voids a fragment above it. `mark_at` is the
    index of the block before which a copy's mark stands (after the heading); a copy carries it once more above
    the END line.
    """

    columns: int
    blocks: tuple[Block, ...]
    end_label: str
    copy_label: str
    void_label: str
    mark_at: int = 0
